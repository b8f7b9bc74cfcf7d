/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Token buckets, and groups that share one.
 *
 * A bucket is filled when somebody looks at it, by as many whole ticks as have
 * passed; no timer runs for that.  A timer runs while members of a group wait
 * for tokens, until there are some.
 *
 * A group reaches its members by their callbacks in their loops alone.  So
 * members may hold their locks when they call a group, and it never needs
 * theirs.
 */
#ifndef EV_BUFFER_RATELIMIT_H
#define EV_BUFFER_RATELIMIT_H

#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event_struct.h>

enum side { SIDE_READ, SIDE_WRITE, SIDES };

struct ev_token_bucket_cfg {
	ev_ssize_t rate[SIDES];  /* tokens a tick; 1 or more */
	ev_ssize_t burst[SIDES]; /* not less than the rate */
	int64_t tick_ns;
};

struct bucket {
	ev_ssize_t
		tokens[SIDES]; /* less than 0: more was taken than there was */
	int64_t filled_ns;     /* ticks up to then are in */
};

void bucket_init(struct bucket *bucket, const struct ev_token_bucket_cfg *cfg);
/* 1 if a tick has passed. */
int bucket_fill(struct bucket *bucket, const struct ev_token_bucket_cfg *cfg);
/* N may be negative. */
void bucket_take(struct bucket *bucket, enum side side, ev_ssize_t n);
/* How long until there are tokens. */
struct timeval bucket_wait(const struct bucket *bucket,
	const struct ev_token_bucket_cfg *cfg, enum side side);

/* Somebody in a group, or not: then GROUP is NULL. */
struct rate_member {
	struct bufferevent_rate_limit_group *group;
	struct rate_member *next, **prev;
	struct event_base *base;
	struct event_callback *wake; /* is scheduled there when waiting ends */
	unsigned char waits[SIDES];
};

void group_join(struct bufferevent_rate_limit_group *group,
	struct rate_member *member, struct event_base *base,
	struct event_callback *wake);
void group_leave(struct rate_member *member);
/* Hold the group, which cannot wake anybody meanwhile; and let it go. */
void group_hold(struct rate_member *member);
void group_let_go(struct rate_member *member);
/*
 * How much the member may move now; if nothing and WAIT, it is woken later, or
 * -1: it cannot be, since memory is short.
 */
ev_ssize_t group_allows(struct rate_member *member, enum side side, int wait);
/* It has moved that much. */
void group_take(struct rate_member *member, enum side side, size_t n);

#endif
