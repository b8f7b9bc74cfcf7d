/* SPDX-License-Identifier: BSD-3-Clause */
/* N timers: begun, put off, stopped, run out.  One operation is one timer. */
#include <stdlib.h>
#include <time.h>

#include "peer.h"
#include "random.h"
#include "work.h"

#define MS 1000000

enum { PLAIN, EQUAL, COMMON };

struct timers {
	struct loop loop;
	int n;
	struct timer *timers;
	struct delay *delays, *others; /* two for each timer */
	int *order;                    /* another than that of creation */
	long calls;
};

ON_TIMER(on_timer)
{
	struct timers *timers = arg;

	timers->calls++;
}

static struct delay *
random_delays(struct random *random, int n, int64_t from, int64_t to)
{
	struct delay *delays = calloc((size_t)n, sizeof(*delays));
	uint64_t range = (uint64_t)(to - from);

	for (int i = 0; i < n; i++)
		delays[i] = delay_of(
			from + (int64_t)random_below(random, range));
	return delays;
}

/* Delays from FROM to TO nanoseconds. */
static void
begin(struct timers *timers, int n, int every, int64_t from, int64_t to)
{
	struct random random = RANDOM_SEED;

	*timers = (struct timers){.n = n};
	check(loop_open(&timers->loop, 0) == 0);
	timers->timers = calloc((size_t)n, sizeof(*timers->timers));
	timers->order = calloc((size_t)n, sizeof(*timers->order));
	timers->delays = random_delays(&random, n, from, to);
	timers->others = random_delays(&random, n, from, to);
	random_order(&random, timers->order, n);
	for (int i = 0; i < n; i++)
		timer_init(&timers->timers[i], &timers->loop, every, on_timer,
			timers);
}

static void
end(struct timers *timers)
{
	loop_close(&timers->loop);
	free(timers->timers);
	free(timers->order);
	free(timers->delays);
	free(timers->others);
}

static void
start_all(struct timers *timers)
{
	for (int i = 0; i < timers->n; i++)
		timer_start(&timers->timers[i], &timers->delays[i]);
}

static void
stop_all(struct timers *timers)
{
	for (int i = 0; i < timers->n; i++) {
		int which = timers->order[i];

		timer_stop(&timers->timers[which]);
	}
}

static void
reset_all(struct timers *timers, const struct delay *delays)
{
	for (int i = 0; i < timers->n; i++) {
		int which = timers->order[i];

		timer_reset(&timers->timers[which], &delays[which]);
	}
}

static void
sleep_ms(int ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * MS};

	nanosleep(&time, NULL);
}

static void
insert(struct meter *meter, const struct work *work)
{
	struct timers timers;

	begin(&timers, work->n, 0, 1000000ll * MS, 7000000ll * MS);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			start_all(&timers);
			meter_pause(meter);
			stop_all(&timers);
			meter_resume(meter);
		}
	check(timers.calls == 0);
	end(&timers);
}

static void delete (struct meter *meter, const struct work *work)
{
	struct timers timers;

	begin(&timers, work->n, 0, 1000000ll * MS, 7000000ll * MS);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			meter_pause(meter);
			start_all(&timers);
			meter_resume(meter);
			stop_all(&timers);
		}
	check(timers.calls == 0);
	end(&timers);
}

/* What a server does with its connections' timeouts. */
static void
reset(struct meter *meter, const struct work *work)
{
	struct timers timers;
	long n = work->n;

	begin(&timers, work->n, 0, 1000000ll * MS, 7000000ll * MS);
	start_all(&timers);
	while (meter_round(meter, 2 * n))
		for (long turn = 0; turn < meter->turns; turn++) {
			reset_all(&timers, timers.others);
			reset_all(&timers, timers.delays);
			loop_turn(&timers.loop);
		}
	check(timers.calls == 0);
	stop_all(&timers);
	end(&timers);
}

/* The same, all of one duration. */
static void
equal(struct meter *meter, const struct work *work)
{
	struct timers timers;

	begin(&timers, work->n, 0, 1000000ll * MS, 7000000ll * MS);
	for (int i = 0; i < work->n; i++)
		timers.delays[i] = delay_of(3000000ll * MS);
#ifdef PEER_HAS_COMMON
	if (work->variant == COMMON)
		for (int i = 0; i < work->n; i++)
			timers.delays[i] = delay_common(
				&timers.loop, 3000000ll * MS);
#endif
	start_all(&timers);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			reset_all(&timers, timers.delays);
			loop_turn(&timers.loop);
		}
	check(timers.calls == 0);
	stop_all(&timers);
	end(&timers);
}

/* All are late when the loop looks, and it calls each. */
static void
expire(struct meter *meter, const struct work *work)
{
	struct timers timers;
	long due;

	begin(&timers, work->n, 0, 1 * MS, 2 * MS);
	while (meter_round(meter, work->n)) {
		timers.calls = due = 0;
		for (long turn = 0; turn < meter->turns; turn++) {
			meter_pause(meter);
			start_all(&timers);
			sleep_ms(3);
			meter_resume(meter);
			for (due += work->n; timers.calls < due;)
				loop_turn(&timers.loop);
		}
		check(timers.calls == due);
	}
	end(&timers);
}

/* 250 to 1000 of them run out in a millisecond; the loop sleeps in between. */
static void
every(struct meter *meter, const struct work *work)
{
	struct timers timers;
	int64_t period = (int64_t)work->n * MS / 1000;

	begin(&timers, work->n, 1, period, 4 * period);
	start_all(&timers);
	while (meter_round(meter, work->n)) {
		timers.calls = 0;
		while (timers.calls < meter->turns * work->n) {
			meter_pause(meter);
			sleep_ms(1);
			meter_resume(meter);
			loop_turn(&timers.loop);
		}
		meter_set_ops(meter, (double)timers.calls);
	}
	stop_all(&timers);
	end(&timers);
}

const struct work work_timers[] = {
	{"timers/insert/1000", "timer", insert, .n = 1000},
	{"timers/insert/100000", "timer", insert, .n = 100000},
	{"timers/insert/1000000", "timer", insert, .n = 1000000},
	{"timers/reset/1000", "timer", reset, .n = 1000},
	{"timers/reset/100000", "timer", reset, .n = 100000},
	{"timers/reset/1000000", "timer", reset, .n = 1000000},
	{"timers/delete/1000", "timer", delete, .n = 1000},
	{"timers/delete/100000", "timer", delete, .n = 100000},
	{"timers/delete/1000000", "timer", delete, .n = 1000000},
	{"timers/expire/1000", "timer", expire, .n = 1000},
	{"timers/expire/100000", "timer", expire, .n = 100000},
	{"timers/expire/1000000", "timer", expire, .n = 1000000},
	{"timers/equal/1000", "timer", equal, .n = 1000, .variant = EQUAL},
	{"timers/equal/100000", "timer", equal, .n = 100000, .variant = EQUAL},
	{"timers/equal/1000000", "timer", equal, .n = 1000000,
		.variant = EQUAL},
#ifdef PEER_HAS_COMMON
	{"timers/common/1000", "timer", equal, .n = 1000, .variant = COMMON},
	{"timers/common/100000", "timer", equal, .n = 100000,
		.variant = COMMON},
	{"timers/common/1000000", "timer", equal, .n = 1000000,
		.variant = COMMON},
#endif
	{"timers/every/1000", "timer", every, .n = 1000},
	{"timers/every/100000", "timer", every, .n = 100000},
	{"timers/every/1000000", "timer", every, .n = 1000000},
	{"grow/timers/100", "timer", reset, .n = 100},
	{"grow/timers/1000", "timer", reset, .n = 1000},
	{"grow/timers/10000", "timer", reset, .n = 10000},
	{"grow/timers/100000", "timer", reset, .n = 100000},
	{"grow/timers/1000000", "timer", reset, .n = 1000000},
	{0},
};
