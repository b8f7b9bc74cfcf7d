/* SPDX-License-Identifier: BSD-3-Clause */
/* Look up a name without keeping the loop waiting. */
#ifndef EV_BUFFER_RESOLVE_H
#define EV_BUFFER_RESOLVE_H

#include <event2/event.h>
#include <event2/util.h>

struct resolve;

/* ERROR is 0 and FOUND the receiver's, or EVUTIL_EAI_* and FOUND is NULL. */
typedef void resolve_fn(struct resolve *resolve, int error,
	struct evutil_addrinfo *found, void *arg);

/*
 * FN is called once, in the loop of BASE, unless it is cancelled before; NULL
 * when it cannot be begun.
 */
struct resolve *
resolve_start(struct event_base *base, const char *name, const char *service,
	const struct evutil_addrinfo *hints, resolve_fn *fn, void *arg);
/*
 * It is of no use any more: also after FN was called.  Waits for nobody, so FN
 * may be about to be called all the same.
 */
void resolve_cancel(struct resolve *resolve);

#endif
