/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds that a program makes: event2/ext_bufferevent.h. */
#include <errno.h>
#include <limits.h>

#include "bev.h"
#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

struct kind_bev {
	struct bev bev;
	void *arg;
};

/* All that has to be there: the rest of a later version's may be missing. */
static int
is_table(const struct bufferevent_ops *ops)
{
	return ops && ops->struct_size >= sizeof(*ops) && ops->work;
}

struct bufferevent *
bufferevent_kind_new(struct event_base *base, const struct bufferevent_ops *ops,
	int options, void *arg)
{
	struct bev *bev;
	struct kind_bev *kind;

	if (!is_table(ops)) {
		errno = EINVAL;
		return NULL;
	}
	bev = bev_new(ops, sizeof(*kind), base, options, NULL);
	if (!bev)
		return NULL;
	kind = (struct kind_bev *)(void *)bev;
	kind->arg = arg;
	bev->is_kind = 1;
	bev_lock(bev);
	(void)bev_update(bev);
	bev_leave(bev);
	return &bev->pub;
}

void *
bufferevent_kind_arg(struct bufferevent *bufev)
{
	struct kind_bev *kind = (struct kind_bev *)(void *)bufev;

	return kind->bev.is_kind ? kind->arg : NULL;
}

void
bufferevent_kind_schedule(struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	bev_want_work(bev);
	bev_unlock(bev);
}

/* Not more than MOST bytes; how many, or -1. */
static int
move(struct evbuffer *from, struct evbuffer *to, size_t most)
{
	return most ? evbuffer_remove_buffer(from, to, bev_min(most, INT_MAX))
		    : 0;
}

ev_ssize_t
bufferevent_kind_input(struct bufferevent *bufev, struct evbuffer *data)
{
	struct bev *bev = bev_of(bufev);
	int n = 0;

	bev_lock(bev);
	if (bev->moving & EV_READ) {
		bev_thaw(bufev->input, BUF_BACK_FROZEN);
		n = move(data, bufev->input,
			bev_min(limit_allows(bev, EV_READ), bev_room(bev)));
		bev_freeze(bufev->input, BUF_BACK_FROZEN);
	}
	if (n > 0) {
		limit_take(bev, EV_READ, (size_t)n);
		bev_got(bev);
		if (bev->moving & EV_READ && evbuffer_get_length(data) > 0)
			bev_want_work(bev); /* there is more than one share */
	}
	bev_leave(bev);
	return n;
}

ev_ssize_t
bufferevent_kind_output(
	struct bufferevent *bufev, struct evbuffer *data, size_t most)
{
	struct bev *bev = bev_of(bufev);
	int n = 0;

	bev_lock(bev);
	if (bev->moving & EV_WRITE && bufev->output->length > 0) {
		bev_thaw(bufev->output, BUF_FRONT_FROZEN);
		n = move(bufev->output, data,
			bev_min(limit_allows(bev, EV_WRITE), most));
		bev_freeze(bufev->output, BUF_FRONT_FROZEN);
	}
	if (n > 0) {
		limit_take(bev, EV_WRITE, (size_t)n);
		bev_sent(bev);
		if (bev->moving & EV_WRITE && (size_t)n < most &&
			bufev->output->length > 0)
			bev_want_work(bev);
	}
	bev_leave(bev);
	return n;
}

void
bufferevent_kind_report(struct bufferevent *bufev, short what, int error)
{
	const short ends = BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT;
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	if (what & ends && what & BEV_EVENT_READING)
		bufev->enabled &= ~EV_READ;
	if (what & ends && what & BEV_EVENT_WRITING) {
		bufev->enabled &= ~EV_WRITE;
		extras_fail(bev, error);
	}
	(void)bev_update(bev);
	bev_report(bev, what, error);
	bev_leave(bev);
}
