/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an operation costs.
 *
 * A workload prepares, and then repeats its operation in rounds:
 *
 *	while (meter_round(meter, OPERATIONS_PER_TURN))
 *		for (long i = 0; i < meter->turns; i++)
 *			...;
 *
 * The first rounds warm up and find out how many turns fill the time; the
 * last one is what counts.  Time is CPU time of the process, user and system,
 * so that what others do on the machine matters little.
 *
 * Under callgrind instructions are counted instead: few turns are enough,
 * since the same ones cost the same.
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>

struct work;

enum meter_mode { METER_TIME, METER_COUNT };

struct meter {
	enum meter_mode mode;
	int64_t target_ns; /* a round that takes so long counts */
	long turns;        /* of the present round */
	int rounds;
	int64_t began_ns; /* 0: paused, or not begun */
	int64_t spent_ns;
	double ops;   /* operations of the last round */
	double value; /* instead of time; negative: there is none */
};

/* Another round is to be made, of meter->turns turns. */
int meter_round(struct meter *meter, long ops_per_turn);
/* What lies between the two does not count. */
void meter_pause(struct meter *meter);
void meter_resume(struct meter *meter);
/* Count other operations than the turns make, or another time than ours. */
void meter_set_ops(struct meter *meter, double ops);
void meter_add_ns(struct meter *meter, int64_t ns);
/* The result is VALUE, and no rounds are made. */
void meter_set_value(struct meter *meter, double value);

/* Run WORK and print its line. */
void meter_run(const struct work *work, enum meter_mode mode, int64_t ns);

/* The work was not done: say so, and end.  A wrong figure is worse than none */
#define check(is_so)                                            \
	do {                                                    \
		if (!(is_so))                                   \
			meter_fail(#is_so, __FILE__, __LINE__); \
	} while (0)
_Noreturn void meter_fail(const char *what, const char *file, int line);
/* This peer, backend or machine cannot do it. */
_Noreturn void meter_skip(const char *why);

#endif
