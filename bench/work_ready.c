/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that are ready all the time, and nothing is read from them: what
 * it costs to get from the kernel's report to the callback.
 */
#include <stdlib.h>

#include "descriptors.h"
#include "peer.h"
#include "random.h"
#include "work.h"

enum { PLAIN, EQUAL, RANDOM };

struct watched {
	struct io io;
	long calls;
};

ON_IO(on_ready)
{
	struct watched *watched = arg;

	watched->calls++;
}

ON_IO(on_ready_in_time)
{
	struct watched *watched = arg;

	watched->calls++;
	io_touch(&watched->io);
}

static void
start(struct watched *watched, int variant, struct random *random)
{
	int64_t ms = 30000;
	struct delay delay;

	if (variant == PLAIN) {
		io_start(&watched->io);
		return;
	}
	if (variant == RANDOM)
		ms = 20000 + (int64_t)random_below(random, 20000);
	delay = delay_of(ms * 1000000);
	io_start_within(&watched->io, &delay);
}

static long
least_calls(const struct watched *watched, int n)
{
	long least = watched[0].calls;

	for (int i = 1; i < n; i++)
		if (watched[i].calls < least)
			least = watched[i].calls;
	return least;
}

static void
forget_calls(struct watched *watched, int n)
{
	for (int i = 0; i < n; i++)
		watched[i].calls = 0;
}

static void
ready(struct meter *meter, const struct work *work)
{
	struct watched *watched = calloc((size_t)work->n, sizeof(*watched));
	struct random random = RANDOM_SEED;
	int *fds = descriptors_ready(work->n);
	struct loop loop;

	check(loop_open(&loop, 0) == 0);
	for (int i = 0; i < work->n; i++) {
		io_init(&watched[i].io, &loop, fds[i], IO_READ,
			work->variant == PLAIN ? on_ready : on_ready_in_time,
			&watched[i]);
		start(&watched[i], work->variant, &random);
	}
	/* Until every peer's array takes all reports at once. */
	for (int i = 0; i < 20; i++)
		loop_turn(&loop);
	while (meter_round(meter, work->n)) {
		forget_calls(watched, work->n);
		for (long i = 0; i < meter->turns; i++)
			loop_turn(&loop);
		check(least_calls(watched, work->n) >= meter->turns);
	}
	for (int i = 0; i < work->n; i++)
		io_stop(&watched[i].io);
	loop_close(&loop);
	descriptors_close(fds, work->n);
	free(watched);
}

const struct work work_ready[] = {
	{"ready/plain/1", "event", ready, .n = 1, .variant = PLAIN},
	{"ready/plain/100", "event", ready, .n = 100, .variant = PLAIN},
	{"ready/plain/1000", "event", ready, .n = 1000, .variant = PLAIN},
	{"ready/equal_timeouts/1", "event", ready, .n = 1, .variant = EQUAL},
	{"ready/equal_timeouts/100", "event", ready, .n = 100,
		.variant = EQUAL},
	{"ready/equal_timeouts/1000", "event", ready, .n = 1000,
		.variant = EQUAL},
	{"ready/random_timeouts/1", "event", ready, .n = 1, .variant = RANDOM},
	{"ready/random_timeouts/100", "event", ready, .n = 100,
		.variant = RANDOM},
	{"ready/random_timeouts/1000", "event", ready, .n = 1000,
		.variant = RANDOM},
	{0},
};
