/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time: monotonic nanoseconds in 64 bits, which last 292 years.
 *
 * Deadlines are reckoned from the moment of asking, so that no timer is early.
 * What may be as old as the turn of the loop (expiry, keeping a schedule, the
 * cached time of day) uses the turn's reading, which is taken when it is first
 * asked for.
 */
#ifndef EV_CORE_CLOCK_H
#define EV_CORE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

#include "ruler.h"
#include "ticks.h"

#define NS_PER_SEC 1000000000
#define NS_PER_US  1000

#define CLOCK_NEVER INT64_MAX

struct clock {
	int in_turn;      /* caching is on */
	int64_t turn_ns;  /* the turn's reading; 0: none yet */
	int64_t wall_off; /* time of day minus monotonic time, if wall_known */
	int wall_known;
	struct ruler ruler;
	int64_t latest; /* that deadlines were reckoned from */
};

/* Now, read from the system. */
int64_t clock_read(void);
/* Now, as of this turn of the loop. */
int64_t clock_turn(struct clock *clock);
/* Lay the ruler on anew at TICKS, just read: what the clock says. */
int64_t clock_lay(struct clock *clock, uint64_t ticks);
/* A deadline is reckoned from NS, or from where the one before it was. */
static inline int64_t
clock_in_order(struct clock *clock, int64_t ns)
{
	if (ns > clock->latest)
		clock->latest = ns;
	return clock->latest;
}

/* The moment from which a deadline counts: now, or microseconds later. */
static inline int64_t
clock_now(struct clock *clock)
{
	uint64_t ticks = ticks_now();

	return clock_in_order(clock, ruler_reaches(&clock->ruler, ticks)
					     ? ruler_tell(&clock->ruler, ticks)
					     : clock_lay(clock, ticks));
}

/* The same for DURATION: one of 0 is due at once, not microseconds later. */
static inline int64_t
clock_start(struct clock *clock, int64_t duration)
{
	return duration > 0 ? clock_now(clock) : clock_read();
}

/* Was the turn's clock read? */
static inline int
clock_is_known(const struct clock *clock)
{
	return clock->turn_ns != 0;
}

/* The next clock_turn() reads anew. */
static inline void
clock_forget(struct clock *clock)
{
	clock->turn_ns = 0;
	clock->wall_known = 0;
}

/* A turn begins (1) or the loop ends (0). */
static inline void
clock_cache(struct clock *clock, int on)
{
	clock->in_turn = on;
	clock_forget(clock);
}

/* Time of day in nanoseconds since 1970, as of this turn. */
int64_t clock_wall(struct clock *clock);
/* The time of day that DEADLINE has, by the clocks' present difference. */
int64_t clock_wall_of(int64_t deadline);

/*
 * Nanoseconds of TV, which may be denormal: negative becomes 0, and what does
 * not fit becomes CLOCK_NEVER.
 */
int64_t clock_from_timeval(const struct timeval *tv);
/* Rounded up to a microsecond. */
struct timeval clock_to_timeval(int64_t ns);
/* A + B for B >= 0, or CLOCK_NEVER. */
static inline int64_t
clock_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? CLOCK_NEVER : sum;
}

#endif
