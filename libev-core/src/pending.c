/* SPDX-License-Identifier: BSD-3-Clause */
#include "pending.h"

#include <errno.h>
#include <string.h>

#include "debug.h"
#include "env.h"
#include "host.h"
#include "log.h"

#define IO_EVENTS (EV_READ | EV_WRITE | EV_CLOSED)

static int
has_flag(const struct event *ev, int flag)
{
	return ev->ev_evcallback.evcb_flags & flag;
}

/*
 * Internal events read the base's own descriptors.  Their callbacks run as
 * soon as a report comes in, not by priority.
 */
static int
watch_internal(struct event_base *base, struct event *ev, ev_fd fd,
	void (*fn)(evutil_socket_t, short, void *))
{
	int result;

	memset(ev, 0, sizeof(*ev));
	ev->ev_evcallback.evcb_flags = EVLIST_INIT | EVLIST_INTERNAL |
				       EVLIST_INSERTED;
	ev->ev_evcallback.evcb_closure = CLOSURE_INTERNAL;
	ev->ev_evcallback.evcb_cb_union.evcb_callback = fn;
	ev->ev_evcallback.evcb_arg = base;
	ev->ev_events = EV_READ | EV_PERSIST;
	ev->ev_fd = fd;
	ev->ev_base = base;
	result = io_add(&base->io, ev);
	if (result > 0)
		base_wake(base);
	return result < 0 ? result : 0;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct event_base *base = arg;

	(void)fd, (void)what;
	wakeup_take(&base->wakeup);
}

int
pending_open_wakeup(struct event_base *base)
{
	int err;

	if (wakeup_is_open(&base->wakeup))
		return 0;
	err = wakeup_open(&base->wakeup);
	if (err < 0)
		return err;
	err = watch_internal(
		base, &base->wake_event, base->wakeup.read_fd, on_wake);
	if (err < 0)
		wakeup_close(&base->wakeup);
	return err;
}

static void
on_signals(evutil_socket_t fd, short what, void *arg)
{
	struct event_base *base = arg;
	uint32_t count;
	int signo;

	(void)fd, (void)what;
	signals_drain(&base->signals);
	while ((signo = signals_take(&base->signals, &count)))
		pending_activate_signal(base, signo, count);
}

static const char *
signal_provider(const struct event_base *base)
{
	int env = !(base->flags & EVENT_BASE_FLAG_IGNORE_ENV);
	const char *name = env ? env_get("LIBEV_SIGNALS") : NULL;

	if (name && *name)
		return name;
	if (base->flags & EVENT_BASE_FLAG_USE_SIGNALFD ||
		(env && env_is_set("EVENT_USE_SIGNALFD")))
		return "signalfd";
	return NULL;
}

static int
open_signals(struct event_base *base)
{
	int err;

	if (signals_is_open(&base->signals))
		return 0;
	err = signals_open(&base->signals, signal_provider(base), host_table());
	if (err < 0)
		return err;
	err = watch_internal(base, &base->signal_event,
		signals_fd(&base->signals), on_signals);
	if (err < 0)
		signals_fini(&base->signals);
	return err;
}

static int
mixes_edges(struct event_base *base, const struct event *ev)
{
	const struct fd_entry *entry = fdtable_find(&base->io.fds, ev->ev_fd);

	return entry && entry->events &&
	       (entry->events->ev_events & EV_ET) != (ev->ev_events & EV_ET);
}

/* Begin to wait for EV's descriptor or signal, if it has one. */
static int
insert(struct event_base *base, struct event *ev)
{
	int result = 0;

	if (ev->ev_events & EV_SIGNAL) {
		result = open_signals(base);
		if (result == 0)
			result = signals_add(&base->signals, ev);
	} else if (ev->ev_fd >= 0) {
		if (debug_on && mixes_edges(base, ev))
			return -EINVAL;
		result = io_add(&base->io, ev);
	}
	if (result < 0)
		return result;
	ev->ev_evcallback.evcb_flags |= EVLIST_INSERTED;
	base->inserted++;
	if (result > 0)
		base_wake(base);
	return 0;
}

static void
extract(struct event_base *base, struct event *ev)
{
	ev->ev_evcallback.evcb_flags &= ~EVLIST_INSERTED;
	base->inserted--;
	if (ev->ev_events & EV_SIGNAL)
		signals_remove(&base->signals, ev);
	else if (ev->ev_fd >= 0 && io_remove(&base->io, ev) > 0)
		base_wake(base);
}

/* A new deadline takes back that the old one has passed. */
static void
take_back_timeout(struct event_base *base, struct event *ev)
{
	if (!has_flag(ev, EVLIST_ACTIVE) || !(ev->ev_res & EV_TIMEOUT))
		return;
	ev->ev_res &= ~EV_TIMEOUT;
	if (!ev->ev_res)
		ready_remove(&base->ready, &ev->ev_evcallback);
}

static int
set_deadline(
	struct event_base *base, struct event *ev, const struct timeval *tv)
{
	uint32_t queue;
	int64_t duration = timers_duration(&base->timers, tv, &queue);
	int64_t start = clock_start(&base->clock, duration);
	int64_t deadline = clock_add(start, duration);
	int err = timers_set(&base->timers, ev, deadline, queue);

	if (err < 0)
		return err;
	ev->ev_interval = ev->ev_events & EV_PERSIST ? duration : -1;
	take_back_timeout(base, ev);
	if (deadline < base->wait_until)
		base_wake(base);
	return 0;
}

static void
count_added(struct event_base *base)
{
	uint32_t added = base_added(base);

	if (added > base->max_added)
		base->max_added = added;
}

void
pending_warn(const char *call, short events, evutil_socket_t fd, int err)
{
	log_warn("%s: cannot wait for %s %ld: %s", call,
		events & EV_SIGNAL ? "signal" : "descriptor", (long)fd,
		strerror(-err));
}

int
pending_add(struct event_base *base, struct event *ev, const struct timeval *tv)
{
	int inserts = ev->ev_events & (IO_EVENTS | EV_SIGNAL) &&
		      !has_flag(ev, EVLIST_INSERTED);
	int err = 0;

	if (has_flag(ev, EVLIST_FINALIZING))
		return -EINVAL;
	if (inserts)
		err = insert(base, ev);
	if (err == 0 && tv) {
		err = set_deadline(base, ev, tv);
		if (err < 0 && inserts)
			extract(base, ev);
	}
	if (err == 0)
		count_added(base);
	return err;
}

/* A loop that was left with nothing to wait for ends. */
static void
wake_if_empty(struct event_base *base)
{
	if (base->io.waiting && !base->stay && base_is_empty(base))
		base_wake(base);
}

void
pending_remove_timer(struct event_base *base, struct event *ev)
{
	timers_clear(&base->timers, ev);
	ev->ev_interval = -1;
	wake_if_empty(base);
}

void
pending_remove(struct event_base *base, struct event *ev)
{
	if (base->current == &ev->ev_evcallback)
		base->calls_left = 0;
	pending_remove_timer(base, ev);
	if (has_flag(ev, EVLIST_INSERTED))
		extract(base, ev);
	if (has_flag(ev, EVLIST_ACTIVE))
		ready_remove(&base->ready, &ev->ev_evcallback);
	wake_if_empty(base);
}

/* The turn may have begun long ago, if it is not its first callback. */
static int64_t
moment_of_call(struct event_base *base, int64_t interval)
{
	if (base->runs != base->runs_at_clock || interval == 0)
		return clock_start(&base->clock, interval);
	return clock_in_order(&base->clock, clock_turn(&base->clock));
}

/*
 * After its deadline an event keeps to its schedule, unless it is a whole
 * interval behind; after anything else the interval begins anew, and now.  One
 * that was activated by hand before its deadline keeps that.
 */
void
pending_rearm_slow(struct event_base *base, struct event *ev)
{
	int by_deadline = ev->ev_res == EV_TIMEOUT;
	int64_t interval = ev->ev_interval, now, next;

	if (by_deadline && has_flag(ev, EVLIST_TIMEOUT))
		return;
	now = by_deadline ? clock_turn(&base->clock)
			  : moment_of_call(base, interval);
	next = clock_add(by_deadline ? ev->ev_deadline : now, interval);
	if (next <= now)
		next = clock_add(now, interval);
	if (timers_set(&base->timers, ev, next, ev->ev_queue) < 0)
		log_warn("no memory to re-arm an event: its timeout is lost");
}

/* CB is due and the loop has to see it. */
static void
enqueue(struct event_base *base, struct event_callback *cb)
{
	ready_insert(&base->ready, cb);
	pending_count_due(base);
	if (cb->evcb_pri < base->level)
		base->stops |= STOP_URGENT;
	base_wake(base);
}

/* Only arrivals are counted: what else made EV due comes along with them. */
static void
merge(struct event *ev, int res, uint32_t count)
{
	uint32_t before = ev->ev_res & EV_SIGNAL ? ev->ev_ncalls : 0;

	ev->ev_res = (short)(ev->ev_res | res);
	if (!(res & EV_SIGNAL))
		return;
	if (__builtin_add_overflow(before, count, &ev->ev_ncalls))
		ev->ev_ncalls = UINT32_MAX;
}

void
pending_activate(
	struct event_base *base, struct event *ev, int res, uint32_t count)
{
	if (has_flag(ev, EVLIST_FINALIZING))
		return;
	if (has_flag(ev, EVLIST_ACTIVE)) {
		merge(ev, res, count);
		return;
	}
	ev->ev_res = (short)res;
	ev->ev_ncalls = count;
	enqueue(base, &ev->ev_evcallback);
}

void
pending_activate_signal(struct event_base *base, int signo, uint32_t count)
{
	struct event *ev = signals_first(&base->signals, signo);

	for (; ev; ev = ev->ev_peers.le_next)
		pending_activate(base, ev, EV_SIGNAL, count);
}

int
pending_schedule(struct event_base *base, struct event_callback *cb)
{
	if (cb->evcb_flags & (EVLIST_ACTIVE | EVLIST_FINALIZING))
		return 0;
	enqueue(base, cb);
	return 1;
}

void
pending_cancel(struct event_base *base, struct event_callback *cb)
{
	if (cb->evcb_flags & EVLIST_ACTIVE)
		ready_remove(&base->ready, cb);
	wake_if_empty(base);
}

int
pending_await_slow(struct event_base *base, const struct event_callback *cb)
{
	uint64_t run = base->runs;

	if (base->idle.kind == LOCK_NONE || base_in_loop(base))
		return 0;
	while (base->current == cb && base->runs == run) {
		base->awaiting++;
		cond_wait(&base->idle, &base->lock);
		base->awaiting--;
	}
	return 1;
}

void
pending_disown(struct event_base *base, const struct event *ev)
{
	if (base->current == &ev->ev_evcallback)
		base->current = NULL;
}

/*
 * The backend refuses late what FD's owner was told it had: he meets the error
 * on the descriptor itself.  Ours are tried again before the next wait.
 */
static void
meet_refusal(struct event_base *base, ev_fd fd, struct fd_entry *entry)
{
	struct event *ev = entry->events;

	if (ev && has_flag(ev, EVLIST_INTERNAL)) {
		io_tell_later(&base->io, fd, entry);
		return;
	}
	log_warn("descriptor %ld cannot be watched; its events are made "
		 "active instead",
		(long)fd);
	for (; ev; ev = ev->ev_peers.le_next)
		pending_activate(base, ev, ev->ev_events & IO_EVENTS, 1);
}

void
pending_settle_slow(struct event_base *base)
{
	struct fd_entry *entry;
	ev_fd fd;

	io_settle(&base->io);
	while ((fd = io_next_failed(&base->io, &entry)) >= 0)
		meet_refusal(base, fd, entry);
}
