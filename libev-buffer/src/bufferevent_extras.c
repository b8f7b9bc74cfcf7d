/* SPDX-License-Identifier: BSD-3-Clause */
#include "bufferevent_extras.h"

#include <errno.h>
#include <string.h>

/* Wants to hear when the output up to a byte is gone. */
struct notice {
	struct notice *next;
	uint64_t target; /* of bev_extras.sent */
	bufferevent_flush_cb fn;
	void *arg;
};

struct bev_extras {
	uint64_t sent; /* bytes that ever left the output */
	size_t seen;   /* its count of them, when it was looked at */
	struct notice *first, **end;
	int error; /* not 0: nothing is sent any more */

	size_t low, high; /* marks of the output; high is 0: there are none */
	size_t limit;     /* 0: none */
	int froze;        /* the output, at its limit */
	int overflowed;   /* beyond it, and that is to be told */
	bufferevent_pressure_cb fn;
	void *arg;
	struct bev_tap *taps[2]; /* of reading, of writing; or NULL */
	int is_full; /* the high mark was reached, and since not the low one */
	int told;    /* the callback's idea of that */
};

static struct bev_extras *
need_extras(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;

	if (extras)
		return extras;
	extras = core_alloc(sizeof(*extras));
	if (!extras)
		return NULL;
	memset(extras, 0, sizeof(*extras));
	extras->end = &extras->first;
	extras->seen = bev->output.deleted;
	bev->extras = extras;
	return extras;
}

/* --- the output's marks and limit ----------------------------------------*/

static void
look_at_marks(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;
	size_t length = bev->pub.output->length;

	if (extras->high == 0)
		extras->is_full = 0;
	else if (length >= extras->high)
		extras->is_full = 1;
	else if (length <= extras->low)
		extras->is_full = 0;
}

/* At the limit the program cannot add, by whichever call. */
static void
look_at_limit(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;
	size_t length = bev->pub.output->length;
	int over = extras->limit && length >= extras->limit;

	if (over == extras->froze || bev->shut || bev->closed)
		return;
	extras->froze = over;
	if (over)
		bev_freeze(bev->pub.output, BUF_BACK_FROZEN);
	else
		bev_thaw(bev->pub.output, BUF_BACK_FROZEN);
	if (over && length > extras->limit)
		extras->overflowed = 1;
}

void
extras_on_sent(struct bev *bev, size_t n)
{
	struct bev_tap *tap = bev->extras->taps[1];

	bev->extras->sent += n;
	bev->extras->seen = bev->output.deleted;
	if (tap && n > 0)
		tap->on_data(tap);
	look_at_marks(bev);
	look_at_limit(bev);
}

void
extras_on_output(struct bev *bev)
{
	extras_on_sent(bev, bev->output.deleted - bev->extras->seen);
}

int
extras_may_add(const struct bev *bev, size_t n)
{
	const struct bev_extras *extras = bev->extras;
	size_t length = bev->pub.output->length;

	if (bev->shut) {
		errno = EPIPE;
		return 0;
	}
	if (extras && extras->limit &&
		(length > extras->limit || n > extras->limit - length)) {
		errno = ENOBUFS;
		return 0;
	}
	return 1;
}

int
bufferevent_set_output_marks(struct bufferevent *bufev, size_t low, size_t high,
	bufferevent_pressure_cb fn, void *arg)
{
	struct bev *bev = bev_of(bufev);
	struct bev_extras *extras;

	if (high && low >= high)
		return -1;
	bev_lock(bev);
	extras = need_extras(bev);
	if (extras) {
		extras->low = low;
		extras->high = high;
		extras->fn = fn;
		extras->arg = arg;
		look_at_marks(bev);
	}
	bev_leave(bev);
	return extras ? 0 : -1;
}

int
bufferevent_set_output_limit(struct bufferevent *bufev, size_t limit)
{
	struct bev *bev = bev_of(bufev);
	struct bev_extras *extras;

	bev_lock(bev);
	extras = need_extras(bev);
	if (extras) {
		extras->limit = limit;
		look_at_limit(bev);
	}
	bev_leave(bev);
	return extras ? 0 : -1;
}

/* --- word of what was sent -----------------------------------------------*/

void
extras_fail(struct bev *bev, int error)
{
	bev->write_error = error ? error : ECANCELED;
	if (bev->extras && bev->extras->first)
		bev->extras->error = bev->write_error;
}

static int
notice_is_due(const struct bev_extras *extras)
{
	return extras->first &&
	       (extras->error || extras->first->target <= extras->sent);
}

int
bufferevent_flush_notify(
	struct bufferevent *bufev, bufferevent_flush_cb fn, void *arg)
{
	struct bev *bev = bev_of(bufev);
	struct notice *notice = core_alloc(sizeof(*notice));
	struct bev_extras *extras;

	if (!notice)
		return -1;
	bev_lock(bev);
	extras = need_extras(bev);
	if (extras) {
		notice->next = NULL;
		notice->fn = fn;
		notice->arg = arg;
		notice->target = extras->sent + bev->pub.output->length;
		if (!extras->first)
			extras->error = bev->write_error;
		*extras->end = notice;
		extras->end = &notice->next;
	}
	bev_leave(bev);
	if (!extras)
		core_free(notice);
	return extras ? 0 : -1;
}

static struct notice *
take_notice(struct bev_extras *extras)
{
	struct notice *notice = extras->first;

	extras->first = notice->next;
	if (!extras->first)
		extras->end = &extras->first;
	return notice;
}

/* --- telling -------------------------------------------------------------*/

int
extras_are_due(const struct bev *bev)
{
	const struct bev_extras *extras = bev->extras;

	return notice_is_due(extras) || extras->overflowed ||
	       (extras->fn && extras->is_full != extras->told);
}

static void
tell_pressure(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;
	bufferevent_pressure_cb fn = extras->fn;
	void *arg = extras->arg;
	int is_full = extras->is_full;

	if (!fn || is_full == extras->told)
		return;
	extras->told = is_full;
	bev_unlock(bev);
	fn(&bev->pub, is_full, arg);
	bev_lock(bev);
}

static void
tell_notice(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;
	struct notice *notice = take_notice(extras);
	int error = notice->target <= extras->sent ? 0 : extras->error;

	if (!extras->first)
		extras->error = 0;
	bev_unlock(bev);
	notice->fn(&bev->pub, error, notice->arg);
	core_free(notice);
	bev_lock(bev);
}

/* Writing goes on, so it is told apart from what ends that. */
static void
tell_overflow(struct bev *bev)
{
	int has = bev->extras->overflowed;

	bev->extras->overflowed = 0;
	if (has)
		bev_call_event(
			bev, BEV_EVENT_WRITING | BEV_EVENT_ERROR, ENOBUFS);
}

/* Those that are asked for meanwhile wait. */
void
extras_tell(struct bev *bev)
{
	struct bev_extras *extras = bev->extras;
	struct notice **end = extras->end;

	while (notice_is_due(extras)) {
		int last = &extras->first->next == end;

		tell_notice(bev);
		if (last)
			break;
	}
	tell_pressure(bev);
	tell_overflow(bev);
}

/* --- taps ----------------------------------------------------------------*/

int
extras_set_tap(struct bev *bev, int side, struct bev_tap *tap)
{
	struct bev_extras *extras = need_extras(bev);

	if (!extras || extras->taps[side] || bev->freed)
		return -1;
	extras->taps[side] = tap;
	return 0;
}

void
extras_clear_tap(struct bev *bev, int side)
{
	bev->extras->taps[side] = NULL;
}

int
extras_is_tapped(const struct bev *bev, int side, const struct bev_tap *tap)
{
	return bev->extras && bev->extras->taps[side] == tap;
}

int
extras_tap_data(struct bev *bev)
{
	struct bev_tap *tap = bev->extras ? bev->extras->taps[0] : NULL;

	if (tap)
		tap->on_data(tap);
	return tap != NULL;
}

int
extras_tap_event(struct bev *bev, int side, short what, int error)
{
	struct bev_tap *tap = bev->extras ? bev->extras->taps[side] : NULL;

	if (!tap ||
		!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)))
		return 0;
	if (what & BEV_EVENT_TIMEOUT)
		error = ETIMEDOUT;
	tap->on_end(tap, what & BEV_EVENT_EOF ? 0 : error ? error : EIO);
	return 1;
}

static void
end_tap(struct bev *bev, int side)
{
	struct bev_tap *tap = bev->extras->taps[side];

	if (tap)
		tap->on_end(tap, ECANCELED);
}

/* --- the end -------------------------------------------------------------*/

void
extras_cancel(struct bev *bev)
{
	if (!bev->extras)
		return;
	end_tap(bev, 0);
	end_tap(bev, 1);
	bev->extras->fn = NULL;
	while (bev->extras->first)
		core_free(take_notice(bev->extras));
}

void
extras_free(struct bev *bev)
{
	extras_cancel(bev);
	core_free(bev->extras);
	bev->extras = NULL;
}

/* --- no more output ------------------------------------------------------*/

int
bufferevent_shutdown(struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);
	int can = bufev->be_ops->shutdown != NULL;

	bev_lock(bev);
	if (can && !bev->shut) {
		bev->shut = 1;
		bev->wants_shutdown = 1;
		bev_freeze(bev->pub.output, BUF_BACK_FROZEN);
		bev->wants_work = 1;
	}
	bev_leave(bev);
	return can ? 0 : -1;
}
