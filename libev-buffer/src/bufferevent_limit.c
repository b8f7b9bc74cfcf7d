/* SPDX-License-Identifier: BSD-3-Clause */
#include "bufferevent_limit.h"

#include <errno.h>
#include <string.h>

#include "ratelimit.h"

struct bev_limit {
	const struct ev_token_bucket_cfg *cfg; /* NULL: no bucket of its own */
	struct bucket bucket;
	size_t single[SIDES]; /* the most that one call moves */
	struct rate_member member;
	struct event refill; /* runs while its own bucket holds something up */
};

static enum side
side_of(short what)
{
	return what == EV_READ ? SIDE_READ : SIDE_WRITE;
}

/* Nobody would ever wake what waits for REASON: memory is short. */
static void
fail_waiting(struct bev *bev, enum suspend reason)
{
	for (int side = 0; side < SIDES; side++) {
		short what = side == SIDE_READ ? EV_READ : EV_WRITE;

		if (!(bev->suspended[side] & reason))
			continue;
		if (bev->pub.enabled & what)
			bev_fail(bev, what, BEV_EVENT_ERROR, ENOMEM);
		bev_resume(bev, what, reason);
		bev_want_work(bev);
	}
}

/* --- its own bucket ------------------------------------------------------*/

/* Look again when a direction that waits has tokens. */
static void
set_timer(struct bev *bev)
{
	struct bev_limit *limit = bev->limit;
	struct timeval soonest, tv;
	int any = 0;

	for (int side = 0; side < SIDES; side++) {
		if (!(bev->suspended[side] & SUSPEND_RATE))
			continue;
		tv = bucket_wait(&limit->bucket, limit->cfg, (enum side)side);
		if (!any || evutil_timercmp(&tv, &soonest, <))
			soonest = tv;
		any = 1;
	}
	if (any && bev->pub.ev_base && event_add(&limit->refill, &soonest) < 0)
		fail_waiting(bev, SUSPEND_RATE);
}

static void
await(struct bev *bev, short what)
{
	bev_suspend(bev, what, SUSPEND_RATE);
	set_timer(bev);
}

static void
look_at_bucket(struct bev *bev, short what)
{
	struct bev_limit *limit = bev->limit;

	if (!(bev->suspended[side_of(what)] & SUSPEND_RATE))
		return;
	if (!limit->cfg || limit->bucket.tokens[side_of(what)] > 0)
		bev_resume(bev, what, SUSPEND_RATE);
}

static void
look_at_own(struct bev *bev)
{
	if (bev->limit->cfg)
		(void)bucket_fill(&bev->limit->bucket, bev->limit->cfg);
	look_at_bucket(bev, EV_READ);
	look_at_bucket(bev, EV_WRITE);
	set_timer(bev);
}

static void
on_refill(evutil_socket_t fd, short what, void *arg)
{
	struct bev *bev = arg;

	(void)fd, (void)what;
	if (!bev_enter(bev))
		return;
	look_at_own(bev);
	bev_run(bev, !bev_is_deferred(bev));
}

/* --- its group -----------------------------------------------------------*/

static void
look_at_group(struct bev *bev, short what)
{
	struct rate_member *member = &bev->limit->member;
	ev_ssize_t n = 1;

	if (!(bev->suspended[side_of(what)] & SUSPEND_GROUP))
		return;
	if (member->group)
		n = group_allows(member, side_of(what), 1);
	if (n > 0)
		bev_resume(bev, what, SUSPEND_GROUP);
	else if (n < 0)
		fail_waiting(bev, SUSPEND_GROUP);
}

/* Its group has nothing for it now, or not even the means to wait: -1. */
static void
await_group(struct bev *bev, short what, ev_ssize_t n)
{
	bev_suspend(bev, what, SUSPEND_GROUP);
	if (n < 0)
		fail_waiting(bev, SUSPEND_GROUP);
}

void
limit_look_again(struct bev *bev)
{
	if (!bev->limit)
		return;
	look_at_group(bev, EV_READ);
	look_at_group(bev, EV_WRITE);
}

/* --- for those who move --------------------------------------------------*/

static size_t
max_single(const struct bev *bev, short what)
{
	return bev->limit ? bev->limit->single[side_of(what)] : BEV_MAX_SINGLE;
}

/* By the bucket; less than 1: nothing. */
static ev_ssize_t
own_tokens(struct bev *bev, short what)
{
	struct bev_limit *limit = bev->limit;

	if (!limit || !limit->cfg)
		return EV_SSIZE_MAX;
	(void)bucket_fill(&limit->bucket, limit->cfg);
	return limit->bucket.tokens[side_of(what)];
}

size_t
limit_tokens(struct bev *bev, short what)
{
	ev_ssize_t own = own_tokens(bev, what), shared = EV_SSIZE_MAX;

	if (own <= 0)
		await(bev, what);
	if (bev->limit->member.group) {
		shared = group_allows(&bev->limit->member, side_of(what), 1);
		if (shared <= 0)
			await_group(bev, what, shared);
	}
	if (own <= 0 || shared <= 0)
		return 0;
	return bev_min((size_t)own, (size_t)shared);
}

size_t
limit_allowance(struct bev *bev, short what)
{
	return bev_min(max_single(bev, what), limit_tokens(bev, what));
}

void
limit_spend(struct bev *bev, short what, size_t n)
{
	struct bev_limit *limit = bev->limit;

	if (limit->cfg) {
		bucket_take(&limit->bucket, side_of(what), (ev_ssize_t)n);
		if (limit->bucket.tokens[side_of(what)] <= 0)
			await(bev, what);
	}
	if (limit->member.group)
		group_take(&limit->member, side_of(what), n);
}

/* --- life ----------------------------------------------------------------*/

static int
need_limit(struct bev *bev)
{
	struct bev_limit *limit;

	if (bev->limit)
		return 0;
	limit = core_alloc(sizeof(*limit));
	if (!limit)
		return -1;
	memset(limit, 0, sizeof(*limit));
	limit->single[SIDE_READ] = limit->single[SIDE_WRITE] = BEV_MAX_SINGLE;
	(void)event_assign(&limit->refill, bev->pub.ev_base, -1, EV_FINALIZE,
		on_refill, bev);
	bev->limit = limit;
	return 0;
}

void
limit_leave(struct bev *bev)
{
	if (!bev->limit)
		return;
	group_leave(&bev->limit->member);
	bev->limit->cfg = NULL;
	look_at_group(bev, EV_READ);
	look_at_group(bev, EV_WRITE);
	look_at_own(bev);
}

/* Take the callback out of the queue that it is in. */
static void
unschedule(struct bev *bev)
{
	if (bev->pub.ev_base)
		core()->defer_cancel(bev->pub.ev_base, &bev->work);
	bev->scheduled = 0;
	bev->wants_work = 1;
}

void
limit_set_priority(struct bev *bev, int priority)
{
	struct bev_limit *limit = bev->limit;

	if (limit)
		group_hold(&limit->member);
	unschedule(bev);
	bev->work.evcb_pri = (ev_uint8_t)priority;
	if (limit)
		group_let_go(&limit->member);
}

void
limit_set_base(struct bev *bev, struct event_base *base)
{
	struct bev_limit *limit = bev->limit;

	if (limit)
		group_hold(&limit->member);
	unschedule(bev);
	bev->pub.ev_base = base;
	bev->work.evcb_pri = (ev_uint8_t)event_get_priority(&bev->pub.ev_read);
	if (!limit)
		return;
	limit->member.base = base;
	group_let_go(&limit->member);
	(void)event_del_noblock(&limit->refill);
	(void)event_base_set(base, &limit->refill);
	set_timer(bev);
}

struct event *
limit_event(struct bev *bev)
{
	return bev->limit ? &bev->limit->refill : NULL;
}

void
limit_free(struct bev *bev)
{
	if (!bev->limit)
		return;
	event_debug_unassign(&bev->limit->refill);
	core_free(bev->limit);
	bev->limit = NULL;
}

/* --- for the program -----------------------------------------------------*/

int
bufferevent_set_rate_limit(
	struct bufferevent *bufev, struct ev_token_bucket_cfg *cfg)
{
	struct bev *bev = bev_of(bufev);
	int err = 0;

	bev_lock(bev);
	if (cfg)
		err = need_limit(bev);
	if (bev->limit && err == 0) {
		bev->limit->cfg = cfg;
		if (cfg)
			bucket_init(&bev->limit->bucket, cfg);
		look_at_own(bev);
	}
	bev_leave(bev);
	return err;
}

const struct ev_token_bucket_cfg *
bufferevent_get_token_bucket_cfg(const struct bufferevent *bufev)
{
	const struct bev *bev = bev_of(bufev);
	const struct ev_token_bucket_cfg *cfg;

	bev_lock(bev);
	cfg = bev->limit ? bev->limit->cfg : NULL;
	bev_unlock(bev);
	return cfg;
}

int
bufferevent_add_to_rate_limit_group(
	struct bufferevent *bufev, struct bufferevent_rate_limit_group *g)
{
	struct bev *bev = bev_of(bufev);
	int err = 0;

	bev_lock(bev);
	if (g)
		err = need_limit(bev);
	if (bev->limit && err == 0 && bev->limit->member.group != g) {
		group_leave(&bev->limit->member);
		if (g)
			group_join(g, &bev->limit->member, bev->pub.ev_base,
				&bev->work);
		look_at_group(bev, EV_READ);
		look_at_group(bev, EV_WRITE);
	}
	bev_leave(bev);
	return err;
}

int
bufferevent_remove_from_rate_limit_group(struct bufferevent *bufev)
{
	return bufferevent_add_to_rate_limit_group(bufev, NULL);
}

static int
set_max_single(struct bufferevent *bufev, short what, size_t size)
{
	struct bev *bev = bev_of(bufev);
	int err = 0;

	if (size == 0 || size > (size_t)EV_SSIZE_MAX)
		size = BEV_MAX_SINGLE;
	bev_lock(bev);
	if (size != max_single(bev, what))
		err = need_limit(bev);
	if (bev->limit && err == 0)
		bev->limit->single[side_of(what)] = size;
	bev_unlock(bev);
	return err;
}

int
bufferevent_set_max_single_read(struct bufferevent *bufev, size_t size)
{
	return set_max_single(bufev, EV_READ, size);
}

int
bufferevent_set_max_single_write(struct bufferevent *bufev, size_t size)
{
	return set_max_single(bufev, EV_WRITE, size);
}

static ev_ssize_t
get_max_single(struct bufferevent *bufev, short what)
{
	struct bev *bev = bev_of(bufev);
	ev_ssize_t size;

	bev_lock(bev);
	size = (ev_ssize_t)max_single(bev, what);
	bev_unlock(bev);
	return size;
}

ev_ssize_t
bufferevent_get_max_single_read(struct bufferevent *bufev)
{
	return get_max_single(bufev, EV_READ);
}

ev_ssize_t
bufferevent_get_max_single_write(struct bufferevent *bufev)
{
	return get_max_single(bufev, EV_WRITE);
}

static ev_ssize_t
get_limit(struct bufferevent *bufev, short what)
{
	struct bev *bev = bev_of(bufev);
	ev_ssize_t n;

	bev_lock(bev);
	n = own_tokens(bev, what);
	bev_unlock(bev);
	return n;
}

ev_ssize_t
bufferevent_get_read_limit(struct bufferevent *bufev)
{
	return get_limit(bufev, EV_READ);
}

ev_ssize_t
bufferevent_get_write_limit(struct bufferevent *bufev)
{
	return get_limit(bufev, EV_WRITE);
}

static ev_ssize_t
get_max(struct bufferevent *bufev, short what)
{
	struct bev *bev = bev_of(bufev);
	ev_ssize_t most, shared = EV_SSIZE_MAX;

	bev_lock(bev);
	most = own_tokens(bev, what);
	if (bev->limit && bev->limit->member.group)
		shared = group_allows(&bev->limit->member, side_of(what), 0);
	if (shared < most)
		most = shared;
	if ((ev_ssize_t)max_single(bev, what) < most)
		most = (ev_ssize_t)max_single(bev, what);
	bev_unlock(bev);
	return most > 0 ? most : 0;
}

ev_ssize_t
bufferevent_get_max_to_read(struct bufferevent *bufev)
{
	return get_max(bufev, EV_READ);
}

ev_ssize_t
bufferevent_get_max_to_write(struct bufferevent *bufev)
{
	return get_max(bufev, EV_WRITE);
}

static int
decrement(struct bufferevent *bufev, short what, ev_ssize_t decr)
{
	struct bev *bev = bev_of(bufev);
	int has_bucket;

	bev_lock(bev);
	has_bucket = bev->limit && bev->limit->cfg;
	if (has_bucket) {
		(void)own_tokens(bev, what);
		bucket_take(&bev->limit->bucket, side_of(what), decr);
		if (bev->limit->bucket.tokens[side_of(what)] <= 0)
			await(bev, what);
		else
			look_at_bucket(bev, what);
	}
	bev_leave(bev);
	return has_bucket ? 0 : -1;
}

int
bufferevent_decrement_read_limit(struct bufferevent *bufev, ev_ssize_t decr)
{
	return decrement(bufev, EV_READ, decr);
}

int
bufferevent_decrement_write_limit(struct bufferevent *bufev, ev_ssize_t decr)
{
	return decrement(bufev, EV_WRITE, decr);
}
