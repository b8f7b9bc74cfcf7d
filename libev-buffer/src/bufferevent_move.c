/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may move: enabled directions, less those that something holds up; the
 * mark of the input; and timeouts.
 */
#include <errno.h>

#include "bev.h"

static short
allowed(const struct bev *bev)
{
	short what = bev->pub.enabled;

	if (bev->suspended[0])
		what &= ~EV_READ;
	if (bev->suspended[1])
		what &= ~EV_WRITE;
	return what;
}

/* --- plain timers --------------------------------------------------------*/

static int
is_waited_for(const struct bev *bev, short what)
{
	return bev->moving & what &&
	       (what == EV_READ || bev->pub.output->length > 0);
}

void
bev_follow_timer(struct bev *bev, short what, int progress)
{
	struct bufferevent *pub = &bev->pub;
	struct event *ev = what == EV_READ ? &pub->ev_read : &pub->ev_write;
	const struct timeval *tv = what == EV_READ ? &pub->timeout_read
						   : &pub->timeout_write;
	int wanted = is_waited_for(bev, what) && evutil_timerisset(tv);

	if (wanted && (progress || !(bev->timed & what))) {
		bev->timed |= what;
		if (event_add(ev, tv) < 0) {
			bev_fail(bev, what, BEV_EVENT_ERROR, ENOMEM);
			bev_want_work(bev);
		}
	} else if (!wanted && bev->timed & what) {
		bev->timed &= (short)~what;
		(void)event_del_noblock(ev);
	}
}

/* --- beginning and end ---------------------------------------------------*/

static int
start(struct bev *bev, short what)
{
	const struct bufferevent_ops *ops = bev->pub.be_ops;
	int before = errno;

	errno = 0;
	if (!ops->start || ops->start(&bev->pub, what) == 0) {
		errno = before;
		return 0;
	}
	bev->pub.enabled &= (short)~what;
	bev->moving &= (short)~what;
	return errno ? -errno : -EINVAL;
}

/* One direction; 0 or -errno. */
static int
update(struct bev *bev, short what)
{
	short now = allowed(bev) & what;
	int err = 0;

	if (now == (bev->moving & what))
		return 0;
	bev->moving = (short)((bev->moving & ~what) | now);
	if (now & EV_WRITE)
		bev->write_error = 0;
	if (now)
		err = start(bev, what);
	else if (bev->pub.be_ops->stop)
		bev->pub.be_ops->stop(&bev->pub, what);
	if (!bev->own_timers)
		bev_follow_timer(bev, what, 0);
	return err;
}

int
bev_update(struct bev *bev)
{
	int read_err = update(bev, EV_READ), write_err = update(bev, EV_WRITE);

	return read_err < 0 ? read_err : write_err;
}

void
bev_update_or_fail(struct bev *bev)
{
	short before = bev->pub.enabled;
	int err = bev_update(bev);
	short lost = before & (short)~bev->pub.enabled;

	if (err == 0)
		return;
	bev_report(bev,
		(lost & EV_READ ? BEV_EVENT_READING : BEV_EVENT_WRITING) |
			BEV_EVENT_ERROR,
		-err);
	bev_want_work(bev);
}

void
bev_suspend(struct bev *bev, short what, enum suspend reason)
{
	if (what & EV_READ)
		bev->suspended[0] |= (uint8_t)reason;
	if (what & EV_WRITE)
		bev->suspended[1] |= (uint8_t)reason;
	bev_update_or_fail(bev);
}

void
bev_resume(struct bev *bev, short what, enum suspend reason)
{
	if (what & EV_READ)
		bev->suspended[0] &= (uint8_t)~reason;
	if (what & EV_WRITE)
		bev->suspended[1] &= (uint8_t)~reason;
	bev_update_or_fail(bev);
}

/* --- the mark ------------------------------------------------------------*/

size_t
bev_room(const struct bev *bev)
{
	size_t high = bev->pub.wm_read.high, length = bev->pub.input->length;

	if (high == 0)
		return EV_SSIZE_MAX;
	return high > length ? high - length : 0;
}

void
bev_check_mark(struct bev *bev)
{
	int is_full = bev_room(bev) == 0;
	int was_full = bev->suspended[0] & SUSPEND_MARK;

	if (is_full && !was_full)
		bev_suspend(bev, EV_READ, SUSPEND_MARK);
	else if (!is_full && was_full)
		bev_resume(bev, EV_READ, SUSPEND_MARK);
}

/* --- when it cannot go on ------------------------------------------------*/

void
bev_fail(struct bev *bev, short what, short event, int error)
{
	bev->pub.enabled &= (short)~what;
	(void)bev_update(bev);
	bev_report(bev,
		(what & EV_READ ? BEV_EVENT_READING : BEV_EVENT_WRITING) |
			event,
		error);
}

void
bev_time_out(struct bev *bev, short what)
{
	if (bev->moving & what)
		bev_fail(bev, what, BEV_EVENT_TIMEOUT, 0);
}
