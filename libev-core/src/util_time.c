/* SPDX-License-Identifier: BSD-3-Clause */
/* A clock that never goes back, for programs. */
#include <event2/util.h>

#include <libev-abi/sys.h>

#include "clock.h"
#include "mem.h"

struct evutil_monotonic_timer {
	int by_wall;   /* EV_MONOT_FALLBACK */
	int64_t last;  /* what was read last */
	int64_t shift; /* what the clock went back by, in all */
};

struct evutil_monotonic_timer *
evutil_monotonic_timer_new(void)
{
	return mem_zero(1, sizeof(struct evutil_monotonic_timer));
}

void
evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer)
{
	mem_free(timer);
}

int
evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer, int flags)
{
	if (!timer)
		return -1;
	*timer = (struct evutil_monotonic_timer){
		.by_wall = (flags & EV_MONOT_FALLBACK) != 0,
	};
	return 0;
}

/* -errno or nanoseconds. */
static int64_t
read_clock(const struct evutil_monotonic_timer *timer)
{
	struct timespec now;

	if (sys_clock_gettime(timer->by_wall ? CLOCK_REALTIME : CLOCK_MONOTONIC,
		    &now) < 0)
		return -errno;
	return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

int
evutil_gettime_monotonic(
	struct evutil_monotonic_timer *timer, struct timeval *tp)
{
	int64_t now;

	if (!timer || !tp)
		return -1;
	now = read_clock(timer);
	if (now < 0)
		return -1;
	now += timer->shift;
	if (now < timer->last) {
		timer->shift += timer->last - now;
		now = timer->last;
	}
	timer->last = now;
	tp->tv_sec = (time_t)(now / NS_PER_SEC);
	tp->tv_usec = (suseconds_t)(now % NS_PER_SEC / NS_PER_US);
	return 0;
}
