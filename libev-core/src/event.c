/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls on one event. */
#include <errno.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/ext_inspect.h>

#include "current.h"
#include "debug.h"
#include "log.h"
#include "mem.h"
#include "pending.h"

#define ALL_EVENTS                                                          \
	(EV_TIMEOUT | EV_READ | EV_WRITE | EV_SIGNAL | EV_PERSIST | EV_ET | \
		EV_FINALIZE | EV_CLOSED)

#if defined(__LP64__) && !defined(_WIN32)
/* Programs built against libevent 2.1 reach into these. */
_Static_assert(sizeof(struct event) == 128, "size of struct event");
_Static_assert(sizeof(struct event_callback) == 40, "size of the callback");
_Static_assert(offsetof(struct event_callback, evcb_flags) == 16, "flags");
_Static_assert(offsetof(struct event_callback, evcb_pri) == 18, "priority");
_Static_assert(offsetof(struct event_callback, evcb_cb_union) == 24, "fn");
_Static_assert(offsetof(struct event_callback, evcb_arg) == 32, "argument");
_Static_assert(offsetof(struct event, ev_fd) == 56, "ev_fd");
_Static_assert(offsetof(struct event, ev_base) == 64, "ev_base");
_Static_assert(offsetof(struct event, ev_events) == 104, "ev_events");
_Static_assert(offsetof(struct event, ev_res) == 106, "ev_res");
#endif

static int
has_flag(const struct event *ev, int flag)
{
	return ev->ev_evcallback.evcb_flags & flag;
}

/* Events assigned without a base get theirs from event_base_set(). */
static int
middle_priority(const struct event_base *base)
{
	return base ? base->ready.levels / 2 : 0;
}

int
event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd,
	short events, event_callback_fn callback, void *arg)
{
	if (!base)
		base = current_base();
	if (arg == event_self_cbarg())
		arg = ev;
	if (events & EV_SIGNAL && events & (EV_READ | EV_WRITE | EV_CLOSED)) {
		log_warn("event_assign: a signal's event cannot wait for a "
			 "descriptor as well");
		return -1;
	}
	if (debug_assign(ev) < 0)
		return -1;
	debug_close_door();
	memset(ev, 0, sizeof(*ev));
	ev->ev_evcallback.evcb_flags = EVLIST_INIT;
	ev->ev_evcallback.evcb_pri = (ev_uint8_t)middle_priority(base);
	ev->ev_evcallback.evcb_closure = events & EV_SIGNAL ? CLOSURE_SIGNAL
							    : CLOSURE_EVENT;
	ev->ev_evcallback.evcb_cb_union.evcb_callback = callback;
	ev->ev_evcallback.evcb_arg = arg;
	ev->ev_base = base;
	ev->ev_fd = fd;
	ev->ev_events = (short)(events & ALL_EVENTS);
	ev->ev_interval = -1;
	return 0;
}

void
event_set(struct event *ev, evutil_socket_t fd, short events,
	void (*callback)(evutil_socket_t, short, void *), void *arg)
{
	(void)event_assign(ev, NULL, fd, events, callback, arg);
}

void *
event_self_cbarg(void)
{
	static int address;

	return &address;
}

struct event *
event_new(struct event_base *base, evutil_socket_t fd, short events,
	event_callback_fn callback, void *arg)
{
	struct event *ev = mem_alloc(sizeof(*ev));

	if (!ev)
		return NULL;
	if (event_assign(ev, base, fd, events, callback, arg) < 0) {
		mem_free(ev);
		return NULL;
	}
	return ev;
}

/* What the callback did while we waited for it is undone as well. */
static inline void
remove_event(struct event_base *base, struct event *ev, int waits)
{
	pending_remove(base, ev);
	if (waits && pending_await(base, &ev->ev_evcallback))
		pending_remove(base, ev);
}

/* EV is about to be freed; one that is finalized has ended already. */
static void
end(struct event_base *base, struct event *ev)
{
	lock_take(&base->lock);
	if (!has_flag(ev, EVLIST_FINALIZING)) {
		remove_event(base, ev, !(ev->ev_events & EV_FINALIZE));
		pending_disown(base, ev);
	}
	base_give(base);
}

void
event_free(struct event *ev)
{
	if (!ev || debug_free(ev) < 0)
		return;
	if (ev->ev_base)
		end(ev->ev_base, ev);
	debug_forget(ev);
	mem_free(ev);
}

void
event_debug_unassign(struct event *ev)
{
	debug_forget(ev);
	ev->ev_evcallback.evcb_flags &= ~EVLIST_INIT;
}

static int
has_base(const struct event *ev, const char *call)
{
	if (ev->ev_base)
		return 1;
	log_warn("%s: the event has no event_base", call);
	return 0;
}

int
event_add(struct event *ev, const struct timeval *timeout)
{
	struct event_base *base = ev->ev_base;
	int err;

	if (debug_use(ev, "event_add") < 0 || !has_base(ev, "event_add"))
		return -1;
	lock_take(&base->lock);
	err = pending_add(base, ev, timeout);
	base_give(base);
	if (err == 0)
		return 0;
	if (!has_flag(ev, EVLIST_FINALIZING))
		pending_warn("event_add", ev->ev_events, ev->ev_fd, err);
	errno = -err;
	return -1;
}

enum blocking { BLOCK_NEVER, BLOCK_ALWAYS, BLOCK_UNLESS_FINALIZE };

static inline int
del(struct event *ev, enum blocking blocking, const char *call)
{
	struct event_base *base = ev->ev_base;

	if (debug_use(ev, call) < 0)
		return -1;
	if (!base)
		return -1;
	if (blocking == BLOCK_UNLESS_FINALIZE && ev->ev_events & EV_FINALIZE)
		blocking = BLOCK_NEVER;
	lock_take(&base->lock);
	if (!has_flag(ev, EVLIST_FINALIZING))
		remove_event(base, ev, blocking != BLOCK_NEVER);
	base_give(base);
	return 0;
}

int
event_del(struct event *ev)
{
	return del(ev, BLOCK_UNLESS_FINALIZE, "event_del");
}

int
event_del_block(struct event *ev)
{
	return del(ev, BLOCK_ALWAYS, "event_del_block");
}

int
event_del_noblock(struct event *ev)
{
	return del(ev, BLOCK_NEVER, "event_del_noblock");
}

int
event_remove_timer(struct event *ev)
{
	struct event_base *base = ev->ev_base;

	if (debug_use(ev, "event_remove_timer") < 0 ||
		!has_base(ev, "event_remove_timer"))
		return -1;
	lock_take(&base->lock);
	pending_remove_timer(base, ev);
	base_give(base);
	return 0;
}

void
event_active(struct event *ev, int res, short ncalls)
{
	struct event_base *base = ev->ev_base;

	if (debug_use(ev, "event_active") < 0 || !has_base(ev, "event_active"))
		return;
	lock_take(&base->lock);
	pending_activate(base, ev, res, ncalls > 0 ? (uint32_t)ncalls : 1);
	base_give(base);
}

int
event_pending(const struct event *ev, short events, struct timeval *tv)
{
	struct event_base *base = ev->ev_base;
	int flags = 0;

	if (debug_use(ev, "event_pending") < 0 ||
		!has_base(ev, "event_pending"))
		return 0;
	lock_take(&base->lock);
	if (has_flag(ev, EVLIST_INSERTED))
		flags |= ev->ev_events &
			 (EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL);
	if (has_flag(ev, EVLIST_ACTIVE))
		flags |= ev->ev_res;
	if (has_flag(ev, EVLIST_TIMEOUT))
		flags |= EV_TIMEOUT;
	flags &= events &
		 (EV_TIMEOUT | EV_READ | EV_WRITE | EV_CLOSED | EV_SIGNAL);
	if (tv && flags & EV_TIMEOUT)
		*tv = clock_to_timeval(clock_wall_of(ev->ev_deadline));
	base_give(base);
	return flags;
}

int
event_initialized(const struct event *ev)
{
	return has_flag(ev, EVLIST_INIT) != 0;
}

int
event_base_set(struct event_base *base, struct event *ev)
{
	if (has_flag(ev, EVLIST_INSERTED | EVLIST_TIMEOUT | EVLIST_ACTIVE) ||
		debug_use(ev, "event_base_set") < 0)
		return -1;
	ev->ev_base = base;
	ev->ev_evcallback.evcb_pri = (ev_uint8_t)middle_priority(base);
	return 0;
}

int
event_priority_set(struct event *ev, int priority)
{
	if (debug_use(ev, "event_priority_set") < 0 || !ev->ev_base ||
		has_flag(ev, EVLIST_ACTIVE) || priority < 0 ||
		priority >= ev->ev_base->ready.levels)
		return -1;
	ev->ev_evcallback.evcb_pri = (ev_uint8_t)priority;
	return 0;
}

evutil_socket_t
event_get_fd(const struct event *ev)
{
	return debug_use(ev, "event_get_fd") < 0 ? -1 : ev->ev_fd;
}

struct event_base *
event_get_base(const struct event *ev)
{
	return debug_use(ev, "event_get_base") < 0 ? NULL : ev->ev_base;
}

short
event_get_events(const struct event *ev)
{
	return debug_use(ev, "event_get_events") < 0 ? 0 : ev->ev_events;
}

event_callback_fn
event_get_callback(const struct event *ev)
{
	if (debug_use(ev, "event_get_callback") < 0)
		return NULL;
	return ev->ev_evcallback.evcb_cb_union.evcb_callback;
}

void *
event_get_callback_arg(const struct event *ev)
{
	if (debug_use(ev, "event_get_callback_arg") < 0)
		return NULL;
	return ev->ev_evcallback.evcb_arg;
}

int
event_get_priority(const struct event *ev)
{
	if (debug_use(ev, "event_get_priority") < 0)
		return -1;
	return ev->ev_evcallback.evcb_pri;
}

void
event_get_assignment(const struct event *ev, struct event_base **base_out,
	evutil_socket_t *fd_out, short *events_out,
	event_callback_fn *callback_out, void **arg_out)
{
	if (debug_use(ev, "event_get_assignment") < 0)
		return;
	if (base_out)
		*base_out = ev->ev_base;
	if (fd_out)
		*fd_out = ev->ev_fd;
	if (events_out)
		*events_out = ev->ev_events;
	if (callback_out)
		*callback_out = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	if (arg_out)
		*arg_out = ev->ev_evcallback.evcb_arg;
}

size_t
event_get_struct_event_size(void)
{
	return sizeof(struct event);
}

int
event_set_name(struct event *ev, const char *literal)
{
	if (debug_use(ev, "event_set_name") < 0)
		return -1;
	ev->ev_name = literal;
	return 0;
}

const char *
event_get_name(const struct event *ev)
{
	return debug_use(ev, "event_get_name") < 0 ? NULL : ev->ev_name;
}
