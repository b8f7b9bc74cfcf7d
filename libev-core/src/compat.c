/* SPDX-License-Identifier: BSD-3-Clause */
/* The 1.x calls, which mean the base that event_init() made last. */
#include <event2/event.h>
#include <event2/event_compat.h>

#include "current.h"
#include "log.h"

struct event_base *
event_init(void)
{
	struct event_base *base = event_base_new();

	if (base)
		current_set(base);
	return base;
}

static struct event_base *
need_base(const char *call)
{
	struct event_base *base = current_base();

	if (!base)
		log_warn("%s: event_init() has not been called", call);
	return base;
}

int
event_dispatch(void)
{
	struct event_base *base = need_base("event_dispatch");

	return base ? event_base_dispatch(base) : -1;
}

int
event_loop(int flags)
{
	struct event_base *base = need_base("event_loop");

	return base ? event_base_loop(base, flags) : -1;
}

int
event_loopexit(const struct timeval *tv)
{
	struct event_base *base = need_base("event_loopexit");

	return base ? event_base_loopexit(base, tv) : -1;
}

int
event_loopbreak(void)
{
	struct event_base *base = need_base("event_loopbreak");

	return base ? event_base_loopbreak(base) : -1;
}

int
event_once(evutil_socket_t fd, short events,
	void (*callback)(evutil_socket_t, short, void *), void *arg,
	const struct timeval *tv)
{
	struct event_base *base = need_base("event_once");

	return base ? event_base_once(base, fd, events, callback, arg, tv) : -1;
}

const char *
event_get_method(void)
{
	struct event_base *base = need_base("event_get_method");

	return base ? event_base_get_method(base) : NULL;
}

int
event_priority_init(int n)
{
	struct event_base *base = need_base("event_priority_init");

	return base ? event_base_priority_init(base, n) : -1;
}
