/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <libev-abi/sys.h>

int64_t
clock_read(void)
{
	return sys_now_ns();
}

int64_t
clock_lay(struct clock *clock, uint64_t ticks)
{
	int64_t ns = clock_read();

	ruler_lay(&clock->ruler, ticks, ns);
	if (ruler_may_learn(&clock->ruler, ns) && ticks_are_steady())
		ruler_learn(&clock->ruler, ticks, ticks_now(), ns);
	return ns;
}

static int64_t
read_wall(void)
{
	struct timespec now = {0, 0};

	(void)sys_clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

int64_t
clock_turn(struct clock *clock)
{
	if (!clock->in_turn)
		return clock_read();
	if (clock->turn_ns == 0)
		clock->turn_ns = clock_read();
	return clock->turn_ns;
}

int64_t
clock_wall(struct clock *clock)
{
	if (!clock->in_turn)
		return read_wall();
	if (!clock->wall_known) {
		clock->wall_off = read_wall() - clock_read();
		clock->wall_known = 1;
	}
	return clock_turn(clock) + clock->wall_off;
}

int64_t
clock_wall_of(int64_t deadline)
{
	int64_t offset = read_wall() - clock_read();

	return offset > 0 ? clock_add(deadline, offset) : deadline + offset;
}

int64_t
clock_from_timeval(const struct timeval *tv)
{
	int64_t ns, us = (int64_t)tv->tv_usec;

	if (__builtin_mul_overflow(
		    (int64_t)tv->tv_sec, (int64_t)NS_PER_SEC, &ns))
		return tv->tv_sec < 0 ? 0 : CLOCK_NEVER;
	if (__builtin_mul_overflow(us, (int64_t)NS_PER_US, &us))
		return tv->tv_usec < 0 ? 0 : CLOCK_NEVER;
	if (__builtin_add_overflow(ns, us, &ns))
		return us < 0 ? 0 : CLOCK_NEVER;
	return ns < 0 ? 0 : ns;
}

struct timeval
clock_to_timeval(int64_t ns)
{
	int64_t us = ns / NS_PER_US + (ns % NS_PER_US > 0);
	struct timeval tv = {0, 0};

	/* A 32-bit time_t saturates as our own time does. */
	tv.tv_sec = (time_t)(us / 1000000);
	if (tv.tv_sec != us / 1000000)
		tv.tv_sec = (time_t)((UINT64_C(1) << (sizeof(time_t) * 8 - 1)) -
				     1);
	tv.tv_usec = (suseconds_t)(us % 1000000);
	return tv;
}
