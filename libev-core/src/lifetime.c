/* SPDX-License-Identifier: BSD-3-Clause */
#include "lifetime.h"

#include "debug.h"
#include "log.h"
#include "mem.h"
#include "pending.h"

/* EV takes no new work, and its callback is the finalizer from now on. */
static int
finalize(struct event *ev, event_finalize_callback_fn fn, enum closure closure,
	const char *name)
{
	struct event_base *base = ev->ev_base;
	struct event_callback *cb = &ev->ev_evcallback;

	if (debug_use(ev, name) < 0)
		return -1;
	if (!base) {
		log_warn("%s: the event has no event_base", name);
		return -1;
	}
	lock_take(&base->lock);
	if (!(cb->evcb_flags & EVLIST_FINALIZING)) {
		pending_remove(base, ev);
		ev->ev_res = 0;
		cb->evcb_closure = (ev_uint8_t)closure;
		cb->evcb_cb_union.evcb_evfinalize = fn;
		(void)pending_schedule(base, cb);
		cb->evcb_flags |= EVLIST_FINALIZING;
	}
	base_give(base);
	return 0;
}

int
event_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn fn)
{
	(void)flags;
	return finalize(ev, fn, CLOSURE_FINALIZE, "event_finalize");
}

int
event_free_finalize(
	unsigned flags, struct event *ev, event_finalize_callback_fn fn)
{
	(void)flags;
	return finalize(ev, fn, CLOSURE_FINALIZE_FREE, "event_free_finalize");
}

int
lifetime_is_finalizer(const struct event_callback *cb)
{
	return cb->evcb_closure >= CLOSURE_FINALIZE;
}

int
lifetime_finalize_callbacks(struct event_base *base, int n,
	struct event_callback **cbs,
	void (*fn)(struct event_callback *, void *))
{
	if (n < 1)
		return 0;
	for (int i = 0; i < n; i++) {
		if (cbs[i]->evcb_flags & EVLIST_INIT)
			pending_remove(base, event_of_callback(cbs[i]));
		else
			pending_cancel(base, cbs[i]);
		if (i > 0)
			cbs[i]->evcb_flags |= EVLIST_FINALIZING;
	}
	/* The loop runs one callback at a time, so none runs when this does. */
	cbs[0]->evcb_closure = CLOSURE_FINALIZE_DEFERRED;
	cbs[0]->evcb_cb_union.evcb_cbfinalize = fn;
	(void)pending_schedule(base, cbs[0]);
	cbs[0]->evcb_flags |= EVLIST_FINALIZING;
	return 0;
}

void
lifetime_finalize(struct event_base *base, struct event_callback *cb)
{
	struct event *ev = event_of_callback(cb);
	enum closure closure = (enum closure)cb->evcb_closure;
	void *arg = cb->evcb_arg;

	base->current = NULL;
	if (closure == CLOSURE_FINALIZE_DEFERRED) {
		void (*fn)(struct event_callback *,
			void *) = cb->evcb_cb_union.evcb_cbfinalize;

		lock_give(&base->lock);
		fn(cb, arg);
	} else {
		event_finalize_callback_fn fn =
			cb->evcb_cb_union.evcb_evfinalize;

		lock_give(&base->lock);
		debug_finalized(ev);
		fn(ev, arg);
		if (closure == CLOSURE_FINALIZE_FREE) {
			debug_forget(ev);
			mem_free(ev);
		}
	}
	lock_take(&base->lock);
}
