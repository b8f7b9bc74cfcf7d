/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits of one bufferevent: its own bucket, its group's, and what a single call
 * moves.  They are made when they are first set.
 */
#ifndef EV_BUFFER_BUFFEREVENT_LIMIT_H
#define EV_BUFFER_BUFFEREVENT_LIMIT_H

#include "bev.h"

/*
 * How many bytes may move now in one direction, EV_READ or EV_WRITE, by the
 * buckets.  If none, the direction is suspended until some may.
 */
size_t limit_tokens(struct bev *bev, short what);
/* The same, but not more than a single call may; it has limits. */
size_t limit_allowance(struct bev *bev, short what);
/* So many have moved; the same. */
void limit_spend(struct bev *bev, short what, size_t n);
/* Its group may have woken it. */
void limit_look_again(struct bev *bev);

/* It leaves its group; and has no limits. */
void limit_leave(struct bev *bev);
void limit_set_base(struct bev *bev, struct event_base *base);
/* Its priority in the loop, when its group cannot wake it. */
void limit_set_priority(struct bev *bev, int priority);
/* Its timer, or NULL. */
struct event *limit_event(struct bev *bev);
void limit_free(struct bev *bev);

/* Most have no limits. */
static inline size_t
limit_allows(struct bev *bev, short what)
{
	return bev->limit ? limit_allowance(bev, what) : BEV_MAX_SINGLE;
}

static inline void
limit_take(struct bev *bev, short what, size_t n)
{
	if (bev->limit)
		limit_spend(bev, what, n);
}

#endif
