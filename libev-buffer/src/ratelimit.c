/* SPDX-License-Identifier: BSD-3-Clause */
#include "ratelimit.h"

#include <event2/event.h>

#include <string.h>

#include <libev-abi/sys.h>

#include "core_link.h"

#define NS_PER_SEC 1000000000
#define NS_PER_MS  1000000

enum { MIN_SHARE = 64 };

/* --- what a bucket is like -----------------------------------------------*/

/* Nanoseconds; 0: no time that goes. */
static int64_t
tick_of(const struct timeval *tv)
{
	int64_t ns;

	if (!tv)
		return NS_PER_SEC;
	if (tv->tv_sec < 0 || tv->tv_usec < 0 ||
		__builtin_mul_overflow((int64_t)tv->tv_sec, NS_PER_SEC, &ns) ||
		__builtin_add_overflow(ns, (int64_t)tv->tv_usec * 1000, &ns))
		return 0;
	return ns < NS_PER_MS ? 0 : ns;
}

static int
is_rate(size_t rate, size_t burst)
{
	return rate > 0 && rate <= burst && burst <= (size_t)EV_RATE_LIMIT_MAX;
}

struct ev_token_bucket_cfg *
ev_token_bucket_cfg_new(size_t read_rate, size_t read_burst, size_t write_rate,
	size_t write_burst, const struct timeval *tick_len)
{
	struct ev_token_bucket_cfg *cfg;
	int64_t tick_ns = tick_of(tick_len);

	if (!is_rate(read_rate, read_burst) ||
		!is_rate(write_rate, write_burst) || tick_ns == 0)
		return NULL;
	cfg = core_alloc(sizeof(*cfg));
	if (!cfg)
		return NULL;
	cfg->rate[SIDE_READ] = (ev_ssize_t)read_rate;
	cfg->burst[SIDE_READ] = (ev_ssize_t)read_burst;
	cfg->rate[SIDE_WRITE] = (ev_ssize_t)write_rate;
	cfg->burst[SIDE_WRITE] = (ev_ssize_t)write_burst;
	cfg->tick_ns = tick_ns;
	return cfg;
}

void
ev_token_bucket_cfg_free(struct ev_token_bucket_cfg *cfg)
{
	core_free(cfg);
}

/* --- one bucket ----------------------------------------------------------*/

void
bucket_init(struct bucket *bucket, const struct ev_token_bucket_cfg *cfg)
{
	bucket->tokens[SIDE_READ] = cfg->rate[SIDE_READ];
	bucket->tokens[SIDE_WRITE] = cfg->rate[SIDE_WRITE];
	bucket->filled_ns = sys_now_ns();
}

/* What was put in beyond the burst stays. */
static void
fill_side(struct bucket *bucket, const struct ev_token_bucket_cfg *cfg,
	enum side side, uint64_t ticks)
{
	ev_ssize_t tokens = bucket->tokens[side], burst = cfg->burst[side];
	uint64_t rate = (uint64_t)cfg->rate[side], lack;

	if (tokens >= burst)
		return;
	lack = (uint64_t)burst - (uint64_t)tokens;
	if (ticks > lack / rate)
		bucket->tokens[side] = burst;
	else
		bucket->tokens[side] = (ev_ssize_t)((uint64_t)tokens +
						    ticks * rate);
}

int
bucket_fill(struct bucket *bucket, const struct ev_token_bucket_cfg *cfg)
{
	int64_t passed = sys_now_ns() - bucket->filled_ns;
	int64_t ticks = passed / cfg->tick_ns;

	if (ticks <= 0)
		return 0;
	bucket->filled_ns += ticks * cfg->tick_ns;
	fill_side(bucket, cfg, SIDE_READ, (uint64_t)ticks);
	fill_side(bucket, cfg, SIDE_WRITE, (uint64_t)ticks);
	return 1;
}

void
bucket_take(struct bucket *bucket, enum side side, ev_ssize_t n)
{
	if (__builtin_sub_overflow(
		    bucket->tokens[side], n, &bucket->tokens[side]))
		bucket->tokens[side] = n < 0 ? EV_SSIZE_MAX : -EV_SSIZE_MAX;
}

struct timeval
bucket_wait(const struct bucket *bucket, const struct ev_token_bucket_cfg *cfg,
	enum side side)
{
	ev_ssize_t tokens = bucket->tokens[side];
	uint64_t lack = tokens > 0 ? 0 : (uint64_t)1 - (uint64_t)tokens;
	uint64_t rate = (uint64_t)cfg->rate[side];
	uint64_t ticks = lack / rate + (lack % rate != 0);
	struct timeval tv;
	int64_t until, left;

	if (__builtin_mul_overflow(ticks, (uint64_t)cfg->tick_ns, &until) ||
		__builtin_add_overflow(until, bucket->filled_ns, &until))
		until = INT64_MAX;
	left = until - sys_now_ns();
	if (left < 0)
		left = 0;
	tv.tv_sec = (time_t)(left / NS_PER_SEC);
	tv.tv_usec = (suseconds_t)((left % NS_PER_SEC + 999) / 1000);
	return tv;
}

/* --- groups --------------------------------------------------------------*/

struct bufferevent_rate_limit_group {
	void *lock;
	struct event refill;
	struct ev_token_bucket_cfg cfg;
	struct bucket bucket;
	ev_ssize_t share[SIDES]; /* of each member, until the next tick */
	size_t min_share;
	struct rate_member *members;
	size_t count;
	ev_uint64_t totals[SIDES];
	int freed; /* there are no limits any more */
};

static void
divide(struct bufferevent_rate_limit_group *group)
{
	for (int side = 0; side < SIDES; side++) {
		ev_ssize_t share = group->bucket.tokens[side];
		ev_ssize_t least = (ev_ssize_t)group->min_share;

		if (group->count > 1)
			share /= (ev_ssize_t)group->count;
		if (least > group->cfg.rate[side])
			least = group->cfg.rate[side];
		group->share[side] = share > least ? share : least;
	}
}

static void
fill(struct bufferevent_rate_limit_group *group)
{
	if (bucket_fill(&group->bucket, &group->cfg))
		divide(group);
}

/* Those who came first wait at the end of the queue the next time. */
static void
rotate(struct bufferevent_rate_limit_group *group)
{
	struct rate_member *first = group->members, *last = first;

	if (!first || !first->next)
		return;
	while (last->next)
		last = last->next;
	group->members = first->next;
	first->next->prev = &group->members;
	last->next = first;
	first->prev = &last->next;
	first->next = NULL;
}

static void
wake_all(struct bufferevent_rate_limit_group *group, int side)
{
	for (struct rate_member *m = group->members; m; m = m->next) {
		if (!m->waits[side])
			continue;
		m->waits[side] = 0;
		if (m->base)
			(void)core()->defer_schedule(m->base, m->wake);
	}
}

static void
wake_everybody(struct bufferevent_rate_limit_group *group)
{
	wake_all(group, SIDE_READ);
	wake_all(group, SIDE_WRITE);
}

static int
anybody_waits(const struct bufferevent_rate_limit_group *group, int side)
{
	for (const struct rate_member *m = group->members; m; m = m->next)
		if (m->waits[side])
			return 1;
	return 0;
}

/* Look again when one side has tokens for those who wait; 0 or -1. */
static int
await(struct bufferevent_rate_limit_group *group)
{
	struct timeval soonest, tv;
	int any = 0;

	for (int side = 0; side < SIDES; side++) {
		if (!anybody_waits(group, side))
			continue;
		tv = bucket_wait(&group->bucket, &group->cfg, (enum side)side);
		if (!any || evutil_timercmp(&tv, &soonest, <))
			soonest = tv;
		any = 1;
	}
	return any ? event_add(&group->refill, &soonest) : 0;
}

static void
on_refill(evutil_socket_t fd, short what, void *arg)
{
	struct bufferevent_rate_limit_group *group = arg;

	(void)fd, (void)what;
	core()->lock(group->lock);
	fill(group);
	for (int side = 0; side < SIDES; side++)
		if (group->bucket.tokens[side] > 0)
			wake_all(group, side);
	if (await(group) < 0)
		wake_everybody(group);
	rotate(group);
	core()->unlock(group->lock);
}

struct bufferevent_rate_limit_group *
bufferevent_rate_limit_group_new(
	struct event_base *base, const struct ev_token_bucket_cfg *cfg)
{
	struct bufferevent_rate_limit_group *group = core_alloc(sizeof(*group));

	if (!group)
		return NULL;
	memset(group, 0, sizeof(*group));
	errno = 0;
	group->lock = core()->lock_new(0);
	if ((!group->lock && errno) ||
		event_assign(&group->refill, base, -1, EV_FINALIZE, on_refill,
			group) < 0) {
		core()->lock_free(group->lock);
		core_free(group);
		return NULL;
	}
	group->cfg = *cfg;
	group->min_share = MIN_SHARE;
	bucket_init(&group->bucket, cfg);
	divide(group);
	return group;
}

static void
free_group(struct event *refill, void *arg)
{
	struct bufferevent_rate_limit_group *group = arg;

	(void)refill;
	core()->lock_free(group->lock);
	core_free(group);
}

/* Give the lock; if nobody is left, it goes when its timer cannot be running. */
static void
leave(struct bufferevent_rate_limit_group *group)
{
	int last = group->freed && group->count == 0;

	core()->unlock(group->lock);
	if (last)
		(void)event_finalize(0, &group->refill, free_group);
}

void
bufferevent_rate_limit_group_free(struct bufferevent_rate_limit_group *group)
{
	if (!group)
		return;
	core()->lock(group->lock);
	group->freed = 1;
	wake_everybody(group);
	leave(group);
}

int
bufferevent_rate_limit_group_set_cfg(struct bufferevent_rate_limit_group *group,
	const struct ev_token_bucket_cfg *cfg)
{
	core()->lock(group->lock);
	fill(group);
	group->cfg = *cfg;
	for (int side = 0; side < SIDES; side++)
		if (group->bucket.tokens[side] > cfg->burst[side])
			group->bucket.tokens[side] = cfg->burst[side];
	divide(group);
	/* Whoever waits may have to wait shorter now. */
	wake_everybody(group);
	(void)event_del_noblock(&group->refill);
	core()->unlock(group->lock);
	return 0;
}

int
bufferevent_rate_limit_group_set_min_share(
	struct bufferevent_rate_limit_group *group, size_t min_share)
{
	if (min_share > (size_t)EV_SSIZE_MAX)
		return -1;
	core()->lock(group->lock);
	group->min_share = min_share;
	divide(group);
	core()->unlock(group->lock);
	return 0;
}

static ev_ssize_t
tokens(struct bufferevent_rate_limit_group *group, enum side side)
{
	ev_ssize_t n;

	core()->lock(group->lock);
	fill(group);
	n = group->bucket.tokens[side];
	core()->unlock(group->lock);
	return n;
}

ev_ssize_t
bufferevent_rate_limit_group_get_read_limit(
	struct bufferevent_rate_limit_group *group)
{
	return tokens(group, SIDE_READ);
}

ev_ssize_t
bufferevent_rate_limit_group_get_write_limit(
	struct bufferevent_rate_limit_group *group)
{
	return tokens(group, SIDE_WRITE);
}

static int
decrement(struct bufferevent_rate_limit_group *group, enum side side,
	ev_ssize_t decr)
{
	core()->lock(group->lock);
	fill(group);
	bucket_take(&group->bucket, side, decr);
	if (group->bucket.tokens[side] > 0)
		wake_all(group, side);
	core()->unlock(group->lock);
	return 0;
}

int
bufferevent_rate_limit_group_decrement_read(
	struct bufferevent_rate_limit_group *group, ev_ssize_t decr)
{
	return decrement(group, SIDE_READ, decr);
}

int
bufferevent_rate_limit_group_decrement_write(
	struct bufferevent_rate_limit_group *group, ev_ssize_t decr)
{
	return decrement(group, SIDE_WRITE, decr);
}

void
bufferevent_rate_limit_group_get_totals(
	struct bufferevent_rate_limit_group *grp, ev_uint64_t *total_read_out,
	ev_uint64_t *total_written_out)
{
	core()->lock(grp->lock);
	if (total_read_out)
		*total_read_out = grp->totals[SIDE_READ];
	if (total_written_out)
		*total_written_out = grp->totals[SIDE_WRITE];
	core()->unlock(grp->lock);
}

void
bufferevent_rate_limit_group_reset_totals(
	struct bufferevent_rate_limit_group *grp)
{
	core()->lock(grp->lock);
	grp->totals[SIDE_READ] = grp->totals[SIDE_WRITE] = 0;
	core()->unlock(grp->lock);
}

/* --- members -------------------------------------------------------------*/

void
group_join(struct bufferevent_rate_limit_group *group,
	struct rate_member *member, struct event_base *base,
	struct event_callback *wake)
{
	memset(member, 0, sizeof(*member));
	member->group = group;
	member->base = base;
	member->wake = wake;
	core()->lock(group->lock);
	member->next = group->members;
	member->prev = &group->members;
	if (member->next)
		member->next->prev = &member->next;
	group->members = member;
	group->count++;
	divide(group);
	core()->unlock(group->lock);
}

void
group_leave(struct rate_member *member)
{
	struct bufferevent_rate_limit_group *group = member->group;

	if (!group)
		return;
	core()->lock(group->lock);
	*member->prev = member->next;
	if (member->next)
		member->next->prev = member->prev;
	group->count--;
	divide(group);
	member->group = NULL;
	leave(group);
}

void
group_hold(struct rate_member *member)
{
	if (member->group)
		core()->lock(member->group->lock);
}

void
group_let_go(struct rate_member *member)
{
	if (member->group)
		core()->unlock(member->group->lock);
}

ev_ssize_t
group_allows(struct rate_member *member, enum side side, int wait)
{
	struct bufferevent_rate_limit_group *group = member->group;
	ev_ssize_t n = EV_SSIZE_MAX;

	core()->lock(group->lock);
	if (!group->freed) {
		fill(group);
		n = group->bucket.tokens[side] > 0 ? group->share[side] : 0;
	}
	if (n == 0 && wait) {
		member->waits[side] = 1;
		if (await(group) < 0) {
			member->waits[side] = 0;
			n = -1;
		}
	}
	core()->unlock(group->lock);
	return n;
}

void
group_take(struct rate_member *member, enum side side, size_t n)
{
	struct bufferevent_rate_limit_group *group = member->group;

	core()->lock(group->lock);
	bucket_take(&group->bucket, side, (ev_ssize_t)n);
	group->totals[side] += n;
	core()->unlock(group->lock);
}
