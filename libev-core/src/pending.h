/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An event's way through its states: pending for a descriptor, a signal or a
 * deadline, then due, then run.  All of it with the base's lock held.
 */
#ifndef EV_CORE_PENDING_H
#define EV_CORE_PENDING_H

#include "base.h"

/* Why there is no waiting for FD.  Call it without the lock. */
void pending_warn(const char *call, short events, evutil_socket_t fd, int err);

/*
 * EV becomes pending, and with TV gets a new deadline.  0, or -errno and
 * nothing changed.
 */
int pending_add(
	struct event_base *base, struct event *ev, const struct timeval *tv);
/* EV is neither pending nor due any more. */
void pending_remove(struct event_base *base, struct event *ev);
/* EV has no deadline any more, but may still be pending otherwise. */
void pending_remove_timer(struct event_base *base, struct event *ev);
/* EV, about to run, comes due again INTERVAL later, if it has one. */
void pending_rearm_slow(struct event_base *base, struct event *ev);
static inline void
pending_rearm(struct event_base *base, struct event *ev)
{
	if (ev->ev_interval >= 0)
		pending_rearm_slow(base, ev);
}

/* EV becomes due because of RES, for a signal COUNT times. */
void pending_activate(
	struct event_base *base, struct event *ev, int res, uint32_t count);

/* So much was due at one time. */
static inline void
pending_count_due(struct event_base *base)
{
	if (base->ready.count > base->max_active)
		base->max_active = base->ready.count;
}

/*
 * pending_activate() for the loop itself, which looks what is due: nobody
 * sleeps, and no pass is under way.  pending_count_due() comes after the last.
 */
static inline void
pending_report(struct event_base *base, struct event *ev, int res)
{
	if (ev->ev_evcallback.evcb_flags &
		(EVLIST_ACTIVE | EVLIST_FINALIZING)) {
		pending_activate(base, ev, res, 1);
		return;
	}
	ev->ev_res = (short)res;
	ev->ev_ncalls = 1;
	ready_insert(&base->ready, &ev->ev_evcallback);
}

/* CB becomes due; 1 if it was not. */
int pending_schedule(struct event_base *base, struct event_callback *cb);
void pending_cancel(struct event_base *base, struct event_callback *cb);

/* If another thread runs CB now, wait until that is over; 1 if one did. */
int
pending_await_slow(struct event_base *base, const struct event_callback *cb);
static inline int
pending_await(struct event_base *base, const struct event_callback *cb)
{
	return base->current == cb ? pending_await_slow(base, cb) : 0;
}

/* EV is about to be freed: it is not what runs, though its callback may. */
void pending_disown(struct event_base *base, const struct event *ev);

/* Every event of SIGNO that is pending becomes due COUNT times. */
void
pending_activate_signal(struct event_base *base, int signo, uint32_t count);

/* Tell the backend of all changes, and owners of what it refuses. */
void pending_settle_slow(struct event_base *base);
static inline void
pending_settle(struct event_base *base)
{
	if (!io_is_settled(&base->io))
		pending_settle_slow(base);
}

/* Open the wake-up channel and watch it; 0 or -errno. */
int pending_open_wakeup(struct event_base *base);

#endif
