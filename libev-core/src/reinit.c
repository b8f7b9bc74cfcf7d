/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order matters: first the set becomes the child's own, and empty; then
 * descriptors of ours are swapped without a word to the kernel; the loop's
 * next settling tells it everything.
 */
#include "reinit.h"

#include <errno.h>
#include <string.h>

#include "fork.h"
#include "log.h"
#include "pending.h"

/* FD takes the place of the descriptor of EV, an internal event. */
static int
swap(struct event_base *base, struct event *ev, ev_fd fd)
{
	int result;

	ev->ev_fd = fd;
	result = io_add(&base->io, ev);
	return result < 0 ? result : 0;
}

static int
reopen_wakeup(struct event_base *base)
{
	if (!wakeup_is_open(&base->wakeup))
		return 0;
	io_remove(&base->io, &base->wake_event);
	wakeup_close(&base->wakeup);
	return pending_open_wakeup(base);
}

static int
reopen_signals(struct event_base *base)
{
	int err;

	if (!signals_is_open(&base->signals))
		return 0;
	io_remove(&base->io, &base->signal_event);
	err = signals_reopen(&base->signals);
	if (err == 0)
		return swap(
			base, &base->signal_event, signals_fd(&base->signals));
	(void)swap(base, &base->signal_event, signals_fd(&base->signals));
	return err;
}

/* It ran in a thread of the parent's that did not come along. */
static void
abandon_loop(struct event_base *base)
{
	base->running = 0;
	base->io.waiting = 0;
	base->stay = 0;
	base->stops = 0;
	base->level = 0;
	base->wait_until = 0;
	base->current = NULL;
	base->calls_left = 0;
	base->watch_running = NULL;
	clock_cache(&base->clock, 0);
}

/* Of the parent's threads there is only the one that forked. */
static void
leave_threads(struct event_base *base)
{
	cond_renew(&base->idle);
	base->awaiting = 0;
	if (base->running && !base_in_loop(base))
		abandon_loop(base);
}

int
reinit_base(struct event_base *base)
{
	int err;

	base_await_ringers(base);
	if (io_is_inherited(&base->io))
		leave_threads(base);
	err = io_reopen(&base->io);
	if (err < 0)
		return err;
	err = reopen_wakeup(base);
	if (err == 0)
		err = reopen_signals(base);
	pending_settle(base);
	if (err < 0) /* so that the next try does it all again */
		base->io.forks = fork_count() - 1;
	return err;
}

int
event_reinit(struct event_base *base)
{
	int inherited = io_is_inherited(&base->io);
	int err = -EBUSY;

	if (inherited)
		lock_renew(&base->lock);
	lock_take(&base->lock);
	if (inherited || !base->io.waiting)
		err = reinit_base(base);
	base_give(base);
	if (err < 0)
		log_warn("event_reinit: %s", strerror(-err));
	return err < 0 ? -1 : 0;
}
