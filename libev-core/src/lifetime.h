/* SPDX-License-Identifier: BSD-3-Clause */
/* The last call for an event. */
#ifndef EV_CORE_LIFETIME_H
#define EV_CORE_LIFETIME_H

#include "base.h"

/*
 * Run the finalizer that CB has become; the lock is held, and given up during
 * the call.
 */
void lifetime_finalize(struct event_base *base, struct event_callback *cb);
int lifetime_is_finalizer(const struct event_callback *cb);

/* See ev_core_ops.finalize; the lock is held. */
int lifetime_finalize_callbacks(struct event_base *base, int n,
	struct event_callback **cbs,
	void (*fn)(struct event_callback *, void *));

#endif
