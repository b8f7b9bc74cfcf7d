/* SPDX-License-Identifier: BSD-3-Clause */
#include "once.h"

#include <errno.h>

#include "debug.h"
#include "mem.h"
#include "pending.h"

/* So many are kept for reuse: what one pass of the loop may run. */
#define SPARE_MAX 128

struct once {
	struct event event;
	struct once *next, **prev; /* prev: only while it is pending */
	event_callback_fn callback;
	void *arg;
};

static struct once *
take_spare(struct onces *onces)
{
	struct once *once = onces->spare;

	if (!once)
		return mem_alloc(sizeof(*once));
	onces->spare = once->next;
	onces->n_spare--;
	return once;
}

static void
keep_spare(struct onces *onces, struct once *once)
{
	debug_forget(&once->event);
	if (onces->n_spare == SPARE_MAX) {
		mem_free(once);
		return;
	}
	once->next = onces->spare;
	onces->spare = once;
	onces->n_spare++;
}

static void
link_once(struct onces *onces, struct once *once)
{
	once->next = onces->pending;
	once->prev = &onces->pending;
	if (once->next)
		once->next->prev = &once->next;
	onces->pending = once;
}

static void
unlink_once(struct once *once)
{
	*once->prev = once->next;
	if (once->next)
		once->next->prev = once->prev;
}

static void
on_once(evutil_socket_t fd, short what, void *arg)
{
	struct once *once = arg;
	struct event_base *base = once->event.ev_base;
	event_callback_fn callback = once->callback;
	void *callback_arg = once->arg;

	lock_take(&base->lock);
	unlink_once(once);
	pending_disown(base, &once->event);
	keep_spare(&base->onces, once);
	base_give(base);
	callback(fd, what, callback_arg);
}

/* A timeout of nothing is simply due. */
static int
start(struct event_base *base, struct once *once, const struct timeval *tv)
{
	struct event *ev = &once->event;

	if (ev->ev_events != EV_TIMEOUT || (tv && clock_from_timeval(tv) > 0))
		return pending_add(base, ev, tv);
	pending_activate(base, ev, EV_TIMEOUT, 1);
	return 0;
}

static int
add(struct event_base *base, evutil_socket_t fd, short events,
	event_callback_fn callback, void *arg, const struct timeval *tv)
{
	struct once *once = take_spare(&base->onces);
	int err;

	if (!once)
		return -ENOMEM;
	once->callback = callback;
	once->arg = arg;
	err = event_assign(&once->event, base, fd, events, on_once, once) < 0
		      ? -EINVAL
		      : start(base, once, tv);
	if (err < 0)
		keep_spare(&base->onces, once);
	else
		link_once(&base->onces, once);
	return err;
}

int
event_base_once(struct event_base *base, evutil_socket_t fd, short events,
	event_callback_fn callback, void *arg, const struct timeval *tv)
{
	int err;

	if (!base || events & (EV_SIGNAL | EV_PERSIST) ||
		!(events & (EV_TIMEOUT | EV_READ | EV_WRITE | EV_CLOSED))) {
		errno = EINVAL;
		return -1;
	}
	if (events == EV_TIMEOUT)
		fd = -1;
	lock_take(&base->lock);
	err = add(base, fd, events, callback, arg, tv);
	base_give(base);
	if (err == 0)
		return 0;
	pending_warn("event_base_once", events, fd, err);
	errno = -err;
	return -1;
}

void
once_free_all(struct event_base *base)
{
	struct onces *onces = &base->onces;
	struct once *once;

	while ((once = onces->pending)) {
		pending_remove(base, &once->event);
		unlink_once(once);
		keep_spare(onces, once);
	}
	while (onces->spare)
		mem_free(take_spare(onces));
}
