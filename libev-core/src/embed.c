/* SPDX-License-Identifier: BSD-3-Clause */
/* Our loop inside another: what that one has to wait for, and how long. */
#include <errno.h>

#include <event2/ext_loop.h>

#include "pending.h"

int
event_base_get_pollable_fd(struct event_base *base)
{
	const struct ev_backend_ops *ops = base->io.ops;
	int fd = -1;

	if (!EV_ABI_HAS(struct ev_backend_ops, ops, pollable))
		return -1;
	lock_take(&base->lock);
	if (pending_open_wakeup(base) == 0) {
		base->embedded = 1;
		fd = (int)ops->pollable(base->io.self);
	}
	base_give(base);
	return fd;
}

static int64_t
time_left(struct event_base *base)
{
	int64_t next, now;

	if (base->ready.count > 0 || base->stops & (STOP_EXIT | STOP_STICKY))
		return 0;
	next = timers_next(&base->timers);
	if (next == CLOCK_NEVER)
		return -1;
	now = clock_read();
	return next > now ? next - now : 0;
}

int
event_base_get_next_timeout(struct event_base *base, struct timeval *tv)
{
	int64_t left;

	lock_take(&base->lock);
	pending_settle(base);
	left = time_left(base);
	base_give(base);
	if (left < 0)
		return 0;
	*tv = clock_to_timeval(left);
	return 1;
}
