/* SPDX-License-Identifier: BSD-3-Clause */
#include "meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <valgrind/callgrind.h>

#include "work.h"

/* Enough for start-up effects to vanish in the fraction of a percent. */
#define COUNTED_OPS 4000
#define GROWTH_MAX  16

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* callgrind starts with collecting off, and the first round only warms up. */
static int
is_counted(const struct meter *meter)
{
	return meter->mode == METER_COUNT && meter->rounds == 2;
}

void
meter_pause(struct meter *meter)
{
	if (is_counted(meter))
		CALLGRIND_TOGGLE_COLLECT;
	meter->spent_ns += cpu_ns() - meter->began_ns;
}

void
meter_resume(struct meter *meter)
{
	meter->began_ns = cpu_ns();
	if (is_counted(meter))
		CALLGRIND_TOGGLE_COLLECT;
}

void
meter_add_ns(struct meter *meter, int64_t ns)
{
	meter->spent_ns += ns;
}

void
meter_set_ops(struct meter *meter, double ops)
{
	meter->ops = ops;
}

void
meter_set_value(struct meter *meter, double value)
{
	meter->value = value;
}

/* How many turns the next round makes; 0: the last one is good. */
static long
next_turns(const struct meter *meter, long ops_per_turn)
{
	int64_t spent = meter->spent_ns > 0 ? meter->spent_ns : 1;
	int64_t growth = meter->target_ns / spent + 1;

	if (meter->rounds == 0)
		return 1;
	if (meter->mode == METER_COUNT && meter->rounds == 2)
		return 0;
	if (meter->mode == METER_COUNT)
		return COUNTED_OPS / ops_per_turn + 1;
	if (meter->rounds > 1 && spent >= meter->target_ns)
		return 0;
	return meter->turns * (growth < GROWTH_MAX ? growth : GROWTH_MAX);
}

int
meter_round(struct meter *meter, long ops_per_turn)
{
	if (meter->rounds > 0)
		meter_pause(meter);
	meter->turns = next_turns(meter, ops_per_turn);
	if (meter->turns == 0)
		return 0;
	meter->rounds++;
	if (is_counted(meter))
		CALLGRIND_START_INSTRUMENTATION;
	meter->ops = (double)meter->turns * (double)ops_per_turn;
	meter->spent_ns = 0;
	meter_resume(meter);
	return 1;
}

void
meter_run(const struct work *work, enum meter_mode mode, int64_t ns)
{
	struct meter meter = {
		.mode = mode,
		.target_ns = ns,
		.value = -1,
	};

	printf("%s\t%s\t", work->name, work->op);
	fflush(stdout);
	work->run(&meter, work);
	if (meter.value >= 0)
		printf("value\t%.9g\n", meter.value);
	else
		printf("%.9g\t%.9g\n", (double)meter.spent_ns, meter.ops);
	fflush(stdout);
}

void
meter_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	exit(1);
}

void
meter_skip(const char *why)
{
	printf("skip\t%s\n", why);
	exit(0);
}
