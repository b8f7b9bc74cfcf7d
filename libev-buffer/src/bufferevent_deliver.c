/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When callbacks run.
 *
 * What happens marks them due.  bev_run() has the kind work and calls what is
 * due, twice: so that what a read callback writes goes out in the same turn,
 * and no bufferevent takes more of a turn than that.  Whatever is left then
 * waits for the loop to come again.
 *
 * While somebody is at it, in whichever thread, others only mark.
 */
#include "bev.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

enum { ROUNDS = 2 };

/* --- what is due ---------------------------------------------------------*/

void
bev_got(struct bev *bev)
{
	if (bev->pub.input->length >= bev->pub.wm_read.low)
		bev->due.data |= EV_READ;
}

void
bev_sent(struct bev *bev)
{
	if (bev->pub.output->length <= bev->pub.wm_write.low)
		bev->due.data |= EV_WRITE;
}

void
bev_report(struct bev *bev, short what, int error)
{
	if (what & BEV_EVENT_CONNECTED)
		bev->due.connected = 1;
	what &= ~BEV_EVENT_CONNECTED;
	if (what)
		bev_event_add(&bev->due.events[bev_side_of(what)], what, error);
}

static int
is_due(const struct bev *bev)
{
	const struct bev_due *due = &bev->due;

	return due->data || due->connected || due->events[0].what ||
	       due->events[1].what || (bev->extras && extras_are_due(bev));
}

/* --- calls ---------------------------------------------------------------*/

/*
 * The program is called without the lock.  A filter takes a note, with the
 * lock held: without it another thread might free the filter meanwhile.
 */
static int
give_up_lock(const struct bev *bev)
{
	int gives = !bev->is_below;

	if (gives)
		bev_unlock(bev);
	return gives;
}

static void
call_data(struct bev *bev, bufferevent_data_cb fn)
{
	void *arg = bev->pub.cbarg;
	int given;

	if (!fn)
		return;
	given = give_up_lock(bev);
	fn(&bev->pub, arg);
	if (given)
		bev_lock(bev);
}

void
bev_call_event(struct bev *bev, short what, int error)
{
	bufferevent_event_cb fn = bev->pub.errorcb;
	void *arg = bev->pub.cbarg;
	int given;

	if (!fn)
		return;
	given = give_up_lock(bev);
	errno = error;
	fn(&bev->pub, what, arg);
	if (given)
		bev_lock(bev);
}

static void
tell_event(struct bev *bev, int side, const struct bev_due *due)
{
	short what = due->events[side].what;
	int error = due->events[side].error;

	if (what && !extras_tap_event(bev, side, what, error))
		bev_call_event(bev, what, error);
}

/* Call what is due now; what becomes due meanwhile stays. */
static void
tell(struct bev *bev)
{
	struct bev_due due = bev->due;

	memset(&bev->due, 0, sizeof(bev->due));
	if (due.connected)
		bev_call_event(bev, BEV_EVENT_CONNECTED, 0);
	if (due.data & EV_READ && !extras_tap_data(bev))
		call_data(bev, bev->pub.readcb);
	if (due.data & EV_WRITE)
		call_data(bev, bev->pub.writecb);
	if (bev->extras)
		extras_tell(bev);
	for (int side = 0; side < 2; side++)
		tell_event(bev, side, &due);
}

/* --- the loop ------------------------------------------------------------*/

static void
schedule(struct bev *bev)
{
	if (bev->scheduled || !bev->pub.ev_base || bev->refs == 0)
		return;
	bev->scheduled = 1;
	(void)core()->defer_schedule(bev->pub.ev_base, &bev->work);
}

static void
schedule_if_needed(struct bev *bev)
{
	if ((bev->wants_work && !bev->freed) || is_due(bev))
		schedule(bev);
}

void
bev_want_work(struct bev *bev)
{
	bev->wants_work = 1;
	if (!bev->busy)
		schedule(bev);
}

void
bev_leave(struct bev *bev)
{
	if (!bev->busy)
		schedule_if_needed(bev);
	bev_unlock(bev);
}

int
bev_enter(struct bev *bev)
{
	bev_lock(bev);
	if (bev->refs == 0) {
		bev_unlock(bev);
		return 0;
	}
	bev->refs++;
	return 1;
}

static void
work(struct bev *bev)
{
	bev->wants_work = 0;
	if (bev->pub.be_ops->work)
		bev->pub.be_ops->work(&bev->pub);
}

/* bufferevent_shutdown() waits for the output to go. */
static void
end_output(struct bev *bev)
{
	if (bev->wants_shutdown && !bev->freed &&
		bev->pub.output->length == 0 &&
		bev->pub.be_ops->shutdown(&bev->pub) == 0)
		bev->wants_shutdown = 0;
}

void
bev_run(struct bev *bev, int now)
{
	if (!bev->busy) {
		bev->busy = 1;
		for (int round = 0; round < ROUNDS; round++) {
			if (bev->wants_work && !bev->freed)
				work(bev);
			end_output(bev);
			if (now && is_due(bev))
				tell(bev);
		}
		bev->busy = 0;
		schedule_if_needed(bev);
	}
	bev_drop(bev);
}

/* The base is going when there is no ARG: then nothing is to be done. */
void
bev_on_work(struct event_callback *cb, void *arg)
{
	struct bev *bev = (struct bev *)(void *)((char *)cb -
						 offsetof(struct bev, work));

	if (!bev_enter(bev))
		return;
	bev->scheduled = 0;
	if (!arg) {
		bev_drop(bev);
		return;
	}
	limit_look_again(bev);
	bev_run(bev, 1);
}

/* --- the program wants them ----------------------------------------------*/

/* Unless a callback runs already, call what is due from here. */
static void
tell_from_here(struct bev *bev, int options)
{
	if (bev_is_deferred(bev) || options & BEV_TRIG_DEFER_CALLBACKS ||
		bev->busy || bev->freed) {
		bev_leave(bev);
		return;
	}
	bev->refs++;
	bev_run(bev, 1);
}

void
bufferevent_trigger(struct bufferevent *bufev, short iotype, int options)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	if (options & BEV_TRIG_IGNORE_WATERMARKS) {
		bev->due.data |= iotype & BEV_BOTH;
	} else {
		if (iotype & EV_READ)
			bev_got(bev);
		if (iotype & EV_WRITE)
			bev_sent(bev);
	}
	tell_from_here(bev, options);
}

void
bufferevent_trigger_event(struct bufferevent *bufev, short what, int options)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	bev_report(bev, what, errno);
	tell_from_here(bev, options);
}
