/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ruler of ticks, laid on at a reading of the clock, which tells the time
 * for a few microseconds from there on.
 *
 * Invariant: what it tells is never less than the clock would, and at most
 * RULER_LENGTH_NS + RULER_AHEAD_NS more.  So a deadline that is reckoned from
 * it can be a little late, but not early.
 *
 *  - The ticks are read before the clock, and one is added: what has passed
 *    is never counted too short.
 *  - A tick is taken for a quarter longer than it was, which is more than
 *    adjtimex() can bend a clock from one moment to the next.
 *  - How long it was is learnt from readings of the clock a millisecond and
 *    more apart.  Two such spans in a row have to agree, and none may hold a
 *    gap in which the process or the machine slept, or was moved.
 *  - A clock that takes its time is not read from this counter: then the
 *    kernel does not trust it, and nothing is learnt.
 *
 * Until it has learnt, it reaches nowhere.
 */
#ifndef EV_CORE_RULER_H
#define EV_CORE_RULER_H

#include <stdint.h>

#define RULER_LENGTH_NS 16000
/* A processor may read the ticks ahead, and an emulator counts microseconds. */
#define RULER_AHEAD_NS 1200

/* A span to learn from, and what it takes to read the clock. */
#define RULER_SPAN_MIN_NS 1000000
#define RULER_SPAN_MAX_NS 100000000
#define RULER_READING_NS  256

struct ruler {
	int64_t ns;     /* where it was laid on */
	uint64_t ticks; /* the same place */
	uint64_t rate;  /* nanoseconds a tick, in 2^-32, and a quarter more */
	uint64_t reach; /* so many ticks it is long; 0: it has not learnt */

	int64_t span_ns; /* where the span began that it learns from */
	uint64_t span_ticks;
};

static inline int
ruler_reaches(const struct ruler *ruler, uint64_t ticks)
{
	/* Ticks of before are beyond all reach. */
	return ticks - ruler->ticks < ruler->reach;
}

/* The time at TICKS, which it reaches. */
static inline int64_t
ruler_tell(const struct ruler *ruler, uint64_t ticks)
{
	uint64_t passed = ticks - ruler->ticks + 1;

	return ruler->ns + (int64_t)(passed * ruler->rate >> 32);
}

/* The clock said NS after TICKS. */
static inline void
ruler_lay(struct ruler *ruler, uint64_t ticks, int64_t ns)
{
	ruler->ticks = ticks;
	ruler->ns = ns + RULER_AHEAD_NS;
}

/* Is there something to learn from a reading of NS? */
static inline int
ruler_may_learn(const struct ruler *ruler, int64_t ns)
{
	return ns - ruler->span_ns >= RULER_SPAN_MIN_NS;
}

/* The clock said NS between the ticks BEFORE and AFTER. */
void
ruler_learn(struct ruler *ruler, uint64_t before, uint64_t after, int64_t ns);

#endif
