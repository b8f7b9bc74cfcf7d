/* SPDX-License-Identifier: BSD-3-Clause */
/* How a loop is ended, from inside and outside, and why one ended. */
#include <event2/event.h>
#include <event2/ext_loop.h>

#include "log.h"
#include "pending.h"

static void
ask(struct event_base *base, enum stop stop)
{
	lock_take(&base->lock);
	base->stops |= stop;
	base_wake(base);
	base_give(base);
}

static void
on_exit_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	ask(arg, STOP_EXIT);
}

int
event_base_loopexit(struct event_base *base, const struct timeval *tv)
{
	if (!base)
		return -1;
	if (tv)
		return event_base_once(
			base, -1, EV_TIMEOUT, on_exit_time, base, tv);
	ask(base, STOP_EXIT);
	return 0;
}

int
event_base_loopbreak(struct event_base *base)
{
	if (!base)
		return -1;
	ask(base, STOP_BREAK);
	return 0;
}

int
event_base_loopcontinue(struct event_base *base)
{
	if (!base)
		return -1;
	ask(base, STOP_CONTINUE);
	return 0;
}

int
event_base_stop(struct event_base *base)
{
	if (!base)
		return -1;
	ask(base, STOP_STICKY);
	return 0;
}

static int
was_stopped(struct event_base *base, unsigned by)
{
	int answer;

	lock_take(&base->lock);
	answer = ((base->got | base->stops) & by) != 0;
	base_give(base);
	return answer;
}

int
event_base_got_exit(struct event_base *base)
{
	return was_stopped(base, STOP_EXIT);
}

int
event_base_got_break(struct event_base *base)
{
	return was_stopped(base, STOP_BREAK | STOP_STICKY);
}
