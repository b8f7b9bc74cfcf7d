/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The classic: N connected descriptors, all watched, of which K hand a byte
 * on to the next one at any time.  One operation is one byte: a report, a
 * callback, a read and a write.
 */
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"
#include "peer.h"
#include "random.h"
#include "work.h"

enum { PLAIN, TIMEOUTS, ONE_SHOT };

struct ring;

struct end {
	struct io io;
	struct ring *ring;
	int fd;
	int next; /* written to: the far end of it is the next to read */
};

struct ring {
	struct end *ends;
	int n;
	long to_send, received, lost;
};

static void
hand_on(struct end *end)
{
	struct ring *ring = end->ring;
	char byte;

	if (read(end->fd, &byte, 1) != 1) {
		ring->lost++; /* reported, but not there */
		return;
	}
	ring->received++;
	if (ring->to_send > 0) {
		ring->to_send--;
		check(write(end->next, "x", 1) == 1);
	}
}

ON_IO(on_byte)
{
	hand_on(arg);
}

ON_IO(on_byte_in_time)
{
	struct end *end = arg;

	io_touch(&end->io);
	hand_on(end);
}

ON_IO(on_byte_once)
{
	struct end *end = arg;

	io_spend(&end->io);
	hand_on(end);
	io_start(&end->io);
}

static void
start(struct end *end, struct loop *loop, int variant, struct random *random)
{
	struct delay delay = delay_of(
		(int64_t)(10000 + random_below(random, 50000)) * 1000000);

	if (variant == PLAIN) {
		io_init(&end->io, loop, end->fd, IO_READ, on_byte, end);
		io_start(&end->io);
	} else if (variant == ONE_SHOT) {
		io_init(&end->io, loop, end->fd, IO_READ | IO_ONCE,
			on_byte_once, end);
		io_start(&end->io);
	} else {
		io_init(&end->io, loop, end->fd, IO_READ, on_byte_in_time, end);
		io_start_within(&end->io, &delay);
	}
}

/* BYTES go around, K of them at a time. */
static void
go_round(struct ring *ring, struct loop *loop, int k, long bytes)
{
	ring->received = ring->lost = 0;
	ring->to_send = bytes - k;
	for (int i = 0; i < k; i++)
		check(write(ring->ends[(long)i * ring->n / k].next, "x", 1) ==
			1);
	while (ring->received < bytes)
		loop_turn(loop);
	check(ring->received == bytes && ring->lost == 0);
}

static void
pipes(struct meter *meter, const struct work *work)
{
	int n = work->n;
	int *fds = descriptors_pairs(n);
	struct ring ring = {calloc((size_t)n, sizeof(*ring.ends)), n, 0, 0, 0};
	struct random random = RANDOM_SEED;
	struct loop loop;

	check(loop_open(&loop, 0) == 0);
	for (int i = 0; i < n; i++) {
		struct end *end = &ring.ends[i];

		end->ring = &ring;
		end->fd = fds[i];
		end->next = fds[((i + 2) % n) ^ 1];
		start(end, &loop, work->variant, &random);
	}
	while (meter_round(meter, work->k * 10))
		go_round(&ring, &loop, work->k, meter->turns * work->k * 10);
	for (int i = 0; i < n; i++)
		io_stop(&ring.ends[i].io);
	loop_close(&loop);
	descriptors_close(fds, n);
	free(ring.ends);
}

const struct work work_pipes[] = {
	{"pipes/plain/100/1", "byte", pipes, .n = 100, .k = 1},
	{"pipes/plain/100/100", "byte", pipes, .n = 100, .k = 100},
	{"pipes/plain/1000/100", "byte", pipes, .n = 1000, .k = 100},
	{"pipes/plain/1000/1000", "byte", pipes, .n = 1000, .k = 1000},
	{"pipes/plain/19000/1", "byte", pipes, .n = 19000, .k = 1},
	{"pipes/plain/19000/1000", "byte", pipes, .n = 19000, .k = 1000},
	{"pipes/timeouts/1000/100", "byte", pipes, .n = 1000, .k = 100,
		.variant = TIMEOUTS},
	{"pipes/timeouts/19000/1000", "byte", pipes, .n = 19000, .k = 1000,
		.variant = TIMEOUTS},
	{"pipes/one_shot/1000/100", "byte", pipes, .n = 1000, .k = 100,
		.variant = ONE_SHOT},
	{"pipes/one_shot/19000/1000", "byte", pipes, .n = 19000, .k = 1000,
		.variant = ONE_SHOT},
	{"grow/descriptors/100", "byte", pipes, .n = 100, .k = 100},
	{"grow/descriptors/300", "byte", pipes, .n = 300, .k = 100},
	{"grow/descriptors/1000", "byte", pipes, .n = 1000, .k = 100},
	{"grow/descriptors/3000", "byte", pipes, .n = 3000, .k = 100},
	{"grow/descriptors/10000", "byte", pipes, .n = 10000, .k = 100},
	{"grow/descriptors/19000", "byte", pipes, .n = 19000, .k = 100},
	{"grow/active/1", "byte", pipes, .n = 10000, .k = 1},
	{"grow/active/10", "byte", pipes, .n = 10000, .k = 10},
	{"grow/active/100", "byte", pipes, .n = 10000, .k = 100},
	{"grow/active/1000", "byte", pipes, .n = 10000, .k = 1000},
	{"grow/active/10000", "byte", pipes, .n = 10000, .k = 10000},
	{0},
};
