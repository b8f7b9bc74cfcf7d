/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory: the program's own object of a peer, and what the peer keeps for it
 * on the heap.
 */
#include <malloc.h>
#include <stdlib.h>

#include "descriptors.h"
#include "peer.h"
#include "random.h"
#include "work.h"

enum { EMPTY, FILLED };

ON_TIMER(on_timer)
{
	(void)arg;
}

ON_IO(on_report)
{
	(void)arg;
}

static double
in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)info.uordblks + (double)info.hblkhd;
}

static void
timer_bytes(struct meter *meter, const struct work *work)
{
	static struct loop loop;
	struct random random = RANDOM_SEED;
	struct timer *timers;
	double before;

	check(loop_open(&loop, 0) == 0);
	loop_turn(&loop);
	before = in_use();
	timers = calloc((size_t)work->n, sizeof(*timers));
	for (int i = 0; i < work->n; i++) {
		struct delay delay = delay_of(
			(int64_t)(10000 + random_below(&random, 50000)) *
			1000000);

		timer_init(&timers[i], &loop, 0, on_timer, NULL);
		timer_start(&timers[i], &delay);
	}
	meter_set_value(meter, (in_use() - before) / work->n -
				       (double)sizeof(struct timer) +
				       PEER_TIMER_SIZE);
	for (int i = 0; i < work->n; i++)
		timer_stop(&timers[i]);
	loop_close(&loop);
	free(timers);
}

static void
io_bytes(struct meter *meter, const struct work *work)
{
	static struct loop loop;
	int *fds = descriptors_pairs(work->n);
	struct io *ios;
	double before;

	check(loop_open(&loop, 0) == 0);
	loop_turn(&loop);
	before = in_use();
	ios = calloc((size_t)work->n, sizeof(*ios));
	for (int i = 0; i < work->n; i++) {
		io_init(&ios[i], &loop, fds[i], IO_READ, on_report, NULL);
		io_start(&ios[i]);
	}
	loop_turn(&loop);
	meter_set_value(meter, (in_use() - before) / work->n -
				       (double)sizeof(struct io) +
				       PEER_IO_SIZE);
	for (int i = 0; i < work->n; i++)
		io_stop(&ios[i]);
	loop_close(&loop);
	descriptors_close(fds, work->n);
	free(ios);
}

#ifdef PEER_HAS_STREAM
ON_STREAM(on_bytes)
{
	(void)arg;
}

static void
stream_bytes(struct meter *meter, const struct work *work)
{
	static struct loop loop;
	int *fds = descriptors_pairs(work->n);
	struct stream *streams = calloc((size_t)work->n, sizeof(*streams));
	double before;

	check(loop_open(&loop, 0) == 0);
	loop_turn(&loop);
	before = in_use();
	for (int i = 0; i < work->n; i++)
		stream_open(&streams[i], &loop, fds[i], on_bytes, NULL);
	loop_turn(&loop);
	meter_set_value(
		meter, (in_use() - before) / work->n + PEER_STREAM_SIZE);
	for (int i = 0; i < work->n; i++)
		stream_close(&streams[i]);
	loop_close(&loop);
	free(fds);
	free(streams);
}
#endif

#ifdef PEER_HAS_BUFFER
/* Empty ones, or what the first bytes in each add to that. */
static void
buffer_bytes(struct meter *meter, const struct work *work)
{
	struct buffer *buffers = calloc((size_t)work->n, sizeof(*buffers));
	double before = in_use(), empty;

	for (int i = 0; i < work->n; i++)
		buffer_init(&buffers[i]);
	empty = in_use();
	for (int i = 0; i < work->n; i++)
		buffer_add(&buffers[i], "12345", 5);
	meter_set_value(meter,
		(work->variant == EMPTY ? empty - before : in_use() - empty) /
			work->n);
	for (int i = 0; i < work->n; i++)
		buffer_fini(&buffers[i]);
	free(buffers);
}
#endif

const struct work work_memory[] = {
	{"memory/timer", "bytes", timer_bytes, .n = 100000},
	{"memory/io", "bytes", io_bytes, .n = 19000},
#ifdef PEER_HAS_STREAM
	{"memory/stream", "bytes", stream_bytes, .n = 2000},
#endif
#ifdef PEER_HAS_BUFFER
	{"memory/buffer", "bytes", buffer_bytes, .n = 10000, .variant = EMPTY},
	{"memory/first_bytes", "bytes", buffer_bytes, .n = 10000,
		.variant = FILLED},
#endif
	{0},
};
