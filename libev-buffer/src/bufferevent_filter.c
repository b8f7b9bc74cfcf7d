/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents that change what goes through another one.
 *
 * A filter is a state machine that the loop drives: whatever happens below it,
 * above it, or in its buffers makes it want work, and its work calls the two
 * functions.  So a stack of filters is not a stack of calls, however high.
 *
 * The functions are the program's, and run with the lock given up.  They work
 * on buffers that nobody else has: what they are to see is moved there before,
 * and what they leave goes back to where it was.  One call is under way at a
 * time; who comes meanwhile only notes that there is more to do.
 */
#include <errno.h>
#include <limits.h>

#include "bev.h"
#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

struct filter_bev {
	struct bev bev;
	struct bufferevent *under;
	bufferevent_filter_cb in, out;
	void (*free_context)(void *);
	void *context;
	struct evbuffer *source, *target; /* what a function is given */
	/* Of so much a function has said that it needs more; 0: it has not. */
	size_t input_wanting, output_wanting;
	struct bev_event below[2]; /* see bev_side_of() */
	unsigned calling : 1;      /* a function runs */
	unsigned finished : 1; /* bufferevent_shutdown(): told the function */
	unsigned broken : 1;   /* and it could not */
	unsigned again : 1;    /* somebody came meanwhile */
};

extern const struct bufferevent_ops filter_ops;

static struct filter_bev *
filter_of(struct bufferevent *bufev)
{
	return (struct filter_bev *)(void *)bufev;
}

static struct bev *
under(const struct filter_bev *filter)
{
	return bev_of(filter->under);
}

/* --- one call ------------------------------------------------------------*/

static enum bufferevent_filter_result
pass_on(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *context)
{
	int err;

	(void)mode, (void)context;
	if (evbuffer_get_length(src) == 0)
		return BEV_NEED_MORE;
	if (limit < 0)
		err = evbuffer_add_buffer(dst, src);
	else
		err = evbuffer_remove_buffer(src, dst, (size_t)limit) < 0;
	return err ? BEV_ERROR : BEV_OK;
}

/* Between the stack's buffers and ours, whatever is frozen. */
static int
shift(struct evbuffer *from, struct evbuffer *to, int to_front)
{
	const unsigned ends = BUF_FRONT_FROZEN | BUF_BACK_FROZEN;
	unsigned from_was = from->flags & ends, to_was = to->flags & ends;
	int err;

	bev_thaw(from, ends);
	bev_thaw(to, ends);
	err = to_front ? evbuffer_prepend_buffer(to, from)
		       : evbuffer_add_buffer(to, from);
	bev_freeze(from, from_was);
	bev_freeze(to, to_was);
	return err;
}

/* Data on its way through a function. */
struct passage {
	bufferevent_filter_cb fn;
	struct evbuffer *from, *to;
	enum bufferevent_flush_mode mode;
	ev_ssize_t limit;
	size_t *wanting;     /* see filter_bev */
	size_t taken, given; /* by the latest call */
	int moved, gave;     /* by any */
};

/* One call of a function; the lock is given up meanwhile. */
static enum bufferevent_filter_result
call(struct filter_bev *filter, struct passage *p)
{
	enum bufferevent_filter_result result;
	size_t before = p->from->length, left;

	filter->bev.quiet = 1;
	if (shift(p->from, filter->source, 0) < 0)
		return BEV_ERROR;
	filter->bev.quiet = 0;
	filter->calling = 1;
	bev_unlock(&filter->bev);
	result = p->fn(filter->source, filter->target, p->limit, p->mode,
		filter->context);
	bev_lock(&filter->bev);
	filter->calling = 0;
	left = filter->source->length; /* and more may have come meanwhile */
	p->taken = before - bev_min(before, left);
	p->given = filter->target->length;
	p->moved |= p->taken || p->given;
	p->gave |= p->given > 0;
	if (shift(filter->target, p->to, 0) < 0)
		result = BEV_ERROR;
	filter->bev.quiet = 1;
	if (shift(filter->source, p->from, 1) < 0)
		result = BEV_ERROR;
	filter->bev.quiet = 0;
	*p->wanting = result == BEV_NEED_MORE ? left : 0;
	if (filter->again)
		bev_want_work(&filter->bev);
	filter->again = 0;
	return result;
}

/* Is there anything new for the function to see? */
static int
has_news(const struct passage *p)
{
	return p->from->length > 0 && p->from->length != *p->wanting;
}

/* A function said OK: is it worth while to call it again? */
static int
goes_on(enum bufferevent_filter_result result, const struct passage *p)
{
	return result == BEV_OK && (p->taken || p->given) &&
	       p->from->length > 0;
}

/* --- input ---------------------------------------------------------------*/

static ev_ssize_t
limit_of(size_t high, size_t length)
{
	if (high == 0)
		return -1;
	return (ev_ssize_t)(high > length ? high - length : 0);
}

static int
may_take_in(struct filter_bev *filter, struct passage *p)
{
	struct bufferevent *pub = &filter->bev.pub;

	if (filter->bev.freed)
		return 0;
	p->limit = -1;
	if (p->mode != BEV_NORMAL)
		return 1;
	p->limit = limit_of(pub->wm_read.high, pub->input->length);
	return filter->bev.moving & EV_READ && has_news(p) &&
	       limit_allows(&filter->bev, EV_READ) > 0;
}

/* Did anything move?  Or -1. */
static int
take_in(struct filter_bev *filter, enum bufferevent_flush_mode mode)
{
	struct passage p = {
		.fn = filter->in,
		.from = filter->under->input,
		.to = filter->bev.pub.input,
		.wanting = &filter->input_wanting,
		.mode = mode,
	};
	enum bufferevent_filter_result result = BEV_OK;

	while (may_take_in(filter, &p)) {
		result = call(filter, &p);
		limit_take(&filter->bev, EV_READ, p.given);
		if (!goes_on(result, &p))
			break;
	}
	if (p.gave)
		bev_got(&filter->bev);
	if (result != BEV_ERROR)
		return p.moved;
	bev_fail(&filter->bev, EV_READ, BEV_EVENT_ERROR, EIO);
	return -1;
}

/* --- output --------------------------------------------------------------*/

static int
may_put_out(struct filter_bev *filter, struct passage *p)
{
	size_t high = filter->under->wm_write.high;

	if (filter->bev.freed)
		return 0;
	p->limit = -1;
	if (p->mode != BEV_NORMAL)
		return 1;
	p->limit = limit_of(high, p->to->length);
	return filter->bev.moving & EV_WRITE && has_news(p) && p->limit != 0 &&
	       limit_allows(&filter->bev, EV_WRITE) > 0;
}

/* Nobody was to look at the output while it was away. */
static void
account(struct filter_bev *filter, size_t taken)
{
	struct bev *bev = &filter->bev;

	if (bev->extras)
		extras_on_sent(bev, taken);
	limit_take(bev, EV_WRITE, taken);
	bev_follow_timer(bev, EV_WRITE, taken > 0);
	if (taken)
		bev_sent(bev);
}

static int
put_out(struct filter_bev *filter, enum bufferevent_flush_mode mode)
{
	struct passage p = {
		.fn = filter->out,
		.from = filter->bev.pub.output,
		.to = filter->under->output,
		.wanting = &filter->output_wanting,
		.mode = mode,
	};
	enum bufferevent_filter_result result = BEV_OK;

	while (may_put_out(filter, &p)) {
		result = call(filter, &p);
		account(filter, p.taken);
		if (!goes_on(result, &p))
			break;
	}
	if (result != BEV_ERROR)
		return p.moved;
	extras_fail(&filter->bev, EIO);
	bev_fail(&filter->bev, EV_WRITE, BEV_EVENT_ERROR, EIO);
	return -1;
}

/* --- work ----------------------------------------------------------------*/

/* Reading has ended below.  Who does not read does not hear of it either. */
static void
tell_end_of_input(struct filter_bev *filter)
{
	struct bev *bev = &filter->bev;
	struct bev_event end = filter->below[0];

	if (!end.what || !(bev->moving & EV_READ))
		return;
	filter->below[0].what = 0;
	if (end.what & BEV_EVENT_EOF && filter->under->input->length > 0)
		(void)take_in(filter, BEV_FINISHED);
	bev->pub.enabled &= ~EV_READ;
	(void)bev_update(bev);
	bev_report(bev, end.what, end.error);
}

static void
tell_end_of_output(struct filter_bev *filter)
{
	struct bev *bev = &filter->bev;
	struct bev_event end = filter->below[1];

	if (!end.what)
		return;
	filter->below[1].what = 0;
	if (end.what & BEV_EVENT_WRITING) {
		extras_fail(bev, end.error);
		bev->pub.enabled &= ~EV_WRITE;
		(void)bev_update(bev);
	}
	bev_report(bev, end.what, end.error);
}

/*
 * No more is written: the function gives what it has held back.  When it cannot,
 * what is below must not look as if all had been sent.
 */
static void
finish(struct filter_bev *filter)
{
	if (!filter->finished)
		filter->broken = filter->bev.write_error ||
				 put_out(filter, BEV_FINISHED) < 0;
	filter->finished = 1;
}

static void
filter_work(struct bufferevent *bufev)
{
	struct filter_bev *filter = filter_of(bufev);

	if (filter->calling) {
		filter->again = 1;
		return;
	}
	(void)take_in(filter, BEV_NORMAL);
	if (bev_of(bufev)->wants_shutdown && bev_of(bufev)->moving & EV_WRITE)
		finish(filter);
	else
		(void)put_out(filter, BEV_NORMAL);
	tell_end_of_input(filter);
	tell_end_of_output(filter);
}

/* --- what happens below: a note, with the lock held ----------------------*/

static void
on_data_below(struct bufferevent *below, void *arg)
{
	struct filter_bev *filter = arg;

	(void)below;
	bev_want_work(&filter->bev);
}

static void
on_event_below(struct bufferevent *below, short what, void *arg)
{
	struct filter_bev *filter = arg;
	int error = errno;

	(void)below;
	if (what & BEV_EVENT_CONNECTED)
		bev_report(&filter->bev, BEV_EVENT_CONNECTED, 0);
	what &= ~BEV_EVENT_CONNECTED;
	if (what)
		bev_event_add(&filter->below[bev_side_of(what)], what, error);
	bev_want_work(&filter->bev);
}

/* --- the kind ------------------------------------------------------------*/

static int
filter_start(struct bufferevent *bufev, short what)
{
	struct filter_bev *filter = filter_of(bufev);

	if (what == EV_READ)
		bev_resume(under(filter), EV_READ, SUSPEND_ABOVE);
	bev_want_work(&filter->bev);
	return 0;
}

static int
filter_flush(
	struct bufferevent *bufev, short what, enum bufferevent_flush_mode mode)
{
	struct filter_bev *filter = filter_of(bufev);
	int in = 0, out = 0;

	if (filter->calling) {
		filter->again = 1;
		return 0;
	}
	if (what & EV_READ)
		in = take_in(filter, mode);
	if (what & EV_WRITE && !filter->finished)
		out = put_out(filter, mode);
	return in < 0 || out < 0 ? -1 : in || out;
}

static int
filter_shutdown(struct bufferevent *bufev)
{
	struct filter_bev *filter = filter_of(bufev);

	if (filter->calling)
		return -1;
	finish(filter);
	return filter->broken ? 0 : bufferevent_shutdown(filter->under);
}

static evutil_socket_t
filter_get_fd(struct bufferevent *bufev)
{
	return bufferevent_getfd(filter_of(bufev)->under);
}

static int
filter_set_fd(struct bufferevent *bufev, evutil_socket_t fd)
{
	return bufferevent_setfd(filter_of(bufev)->under, fd);
}

static struct bufferevent *
filter_get_underlying(struct bufferevent *bufev)
{
	return filter_of(bufev)->under;
}

/* What is below is its owner's again, or goes as well. */
static void
filter_unlink(struct bufferevent *bufev)
{
	struct filter_bev *filter = filter_of(bufev);

	bufferevent_setcb(filter->under, NULL, NULL, NULL, NULL);
	if (filter->bev.options & BEV_OPT_CLOSE_ON_FREE)
		bufferevent_free(filter->under);
	else
		bev_resume(under(filter), EV_READ, SUSPEND_ABOVE);
}

static void
filter_stop(struct bufferevent *bufev, short what)
{
	struct filter_bev *filter = filter_of(bufev);

	if (what == EV_READ && !filter->bev.freed)
		bev_suspend(under(filter), EV_READ, SUSPEND_ABOVE);
}

static void
filter_destroy(struct bufferevent *bufev)
{
	struct filter_bev *filter = filter_of(bufev);

	if (filter->free_context)
		filter->free_context(filter->context);
	evbuffer_free(filter->source);
	evbuffer_free(filter->target);
	if (filter->under)
		(void)bufferevent_decref(filter->under);
}

const struct bufferevent_ops filter_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "filter",
	.start = filter_start,
	.stop = filter_stop,
	.work = filter_work,
	.flush = filter_flush,
	.shutdown = filter_shutdown,
	.get_fd = filter_get_fd,
	.set_fd = filter_set_fd,
	.get_underlying = filter_get_underlying,
	.unlink = filter_unlink,
	.destroy = filter_destroy,
};

/* --- life ----------------------------------------------------------------*/

/* From now on it is ours, and reads when we have room. */
static void
take_over(struct filter_bev *filter, struct bufferevent *below)
{
	filter->under = below;
	bufferevent_incref(below);
	bufferevent_setcb(
		below, on_data_below, on_data_below, on_event_below, filter);
	bev_of(below)->is_below = 1;
	bev_suspend(bev_of(below), EV_READ, SUSPEND_ABOVE);
	(void)bufferevent_enable(below, BEV_BOTH);
}

struct bufferevent *
bufferevent_filter_new(struct bufferevent *underlying,
	bufferevent_filter_cb input_filter, bufferevent_filter_cb output_filter,
	int options, void (*free_context)(void *), void *ctx)
{
	struct evbuffer *source = evbuffer_new(), *target = evbuffer_new();
	struct bev *bev = NULL;
	struct filter_bev *filter;

	if (source && target)
		bev = bev_new(&filter_ops, sizeof(*filter), underlying->ev_base,
			options, bev_of(underlying));
	if (!bev) {
		evbuffer_free(source);
		evbuffer_free(target);
		return NULL;
	}
	filter = (struct filter_bev *)(void *)bev;
	filter->in = input_filter ? input_filter : pass_on;
	filter->out = output_filter ? output_filter : pass_on;
	filter->free_context = free_context;
	filter->context = ctx;
	filter->source = source;
	filter->target = target;
	bev_lock(bev);
	take_over(filter, underlying);
	(void)bev_update(bev);
	bev_want_work(bev);
	bev_leave(bev);
	return &bev->pub;
}
