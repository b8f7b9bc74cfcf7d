/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who wants to be told of changes, and when.
 *
 * The buffer knows how many bytes ever came and went, and each callback
 * remembers up to where it was told; so what one hears is always right, in
 * whatever order things happen.  Callbacks of a buffer never run within one
 * another: a change that one makes waits for it to return.
 *
 * Deferred callbacks run in a loop.  While that is due the loop holds the
 * buffer.  After evbuffer_free() only such as were due then are still told.
 */
#include "evbuffer.h"

#include <string.h>

#include <event2/buffer_compat.h>
#include <event2/event.h>
#include <event2/event_struct.h>

/* Flags that are nobody's but ours, beyond the public ones. */
enum { CB_PUBLIC = EVBUFFER_CB_ENABLED, CB_OLD = 4 };

struct evbuffer_cb_entry {
	struct evbuffer_cb_entry *next; /* an older one */
	union {
		evbuffer_cb_func fn;
		evbuffer_cb old_fn; /* CB_OLD */
	};
	void *arg;
	size_t added, deleted; /* told up to here */
	ev_uint32_t flags;     /* 0 when it was removed */
	int removed;
};

struct observers {
	struct evbuffer_cb_entry *newest;
	struct event_base *base; /* NULL: nothing is deferred */
	struct event_base *due;  /* `later' is scheduled there */
	struct event_callback later;
	int telling; /* removed entries stay for now */
};

/* Bytes that ever came to it; may wrap around. */
static size_t
added(const struct evbuffer *buf)
{
	return buf->deleted + buf->length;
}

/* Is there news for it? */
static int
is_behind(const struct evbuffer *buf, const struct evbuffer_cb_entry *cb)
{
	return cb->flags & EVBUFFER_CB_ENABLED &&
	       (cb->added != added(buf) || cb->deleted != buf->deleted);
}

static void
catch_up(const struct evbuffer *buf, struct evbuffer_cb_entry *cb)
{
	cb->added = added(buf);
	cb->deleted = buf->deleted;
}

static void
call(struct evbuffer *buf, struct evbuffer_cb_entry *cb)
{
	struct evbuffer_cb_info info = {
		.n_added = added(buf) - cb->added,
		.n_deleted = buf->deleted - cb->deleted,
	};

	info.orig_size = buf->length - info.n_added + info.n_deleted;
	catch_up(buf, cb);
	if (cb->flags & CB_OLD)
		cb->old_fn(buf, info.orig_size, buf->length, cb->arg);
	else
		cb->fn(buf, &info, cb->arg);
}

static int
are_deferred(const struct observers *observers)
{
	return observers->base != NULL;
}

/* Call those that are behind, once, if they are DEFERRED; how many it was. */
static int
tell_once(struct evbuffer *buf, int deferred)
{
	struct observers *observers = buf->observers;
	struct evbuffer_cb_entry *cb;
	int told = 0;

	for (cb = observers->newest; cb; cb = cb->next) {
		if (are_deferred(observers) != deferred || !is_behind(buf, cb))
			continue;
		if (!deferred && buf->flags & BUF_FREED)
			return 0;
		call(buf, cb);
		told++;
	}
	return told;
}

static void
sweep(struct observers *observers)
{
	struct evbuffer_cb_entry **link = &observers->newest, *cb;

	while ((cb = *link)) {
		if (cb->removed) {
			*link = cb->next;
			core_free(cb);
		} else {
			link = &cb->next;
		}
	}
}

static void run_deferred(struct event_callback *later, void *arg);

static int
is_any_behind(const struct evbuffer *buf)
{
	const struct evbuffer_cb_entry *cb;

	for (cb = buf->observers->newest; cb; cb = cb->next)
		if (is_behind(buf, cb))
			return 1;
	return 0;
}

static void
schedule(struct evbuffer *buf)
{
	struct observers *observers = buf->observers;

	if (observers->due || !is_any_behind(buf))
		return;
	buf->count++;
	observers->due = observers->base;
	core()->defer_init(&observers->later,
		event_base_get_npriorities(observers->base) / 2, run_deferred,
		buf);
	(void)core()->defer_schedule(observers->due, &observers->later);
}

void
observers_tell(struct evbuffer *buf)
{
	struct observers *observers = buf->observers;

	if (observers->telling)
		return;
	observers->telling = 1;
	while (tell_once(buf, 0))
		;
	if (observers->base && !(buf->flags & BUF_FREED))
		schedule(buf);
	observers->telling = 0;
	sweep(observers);
}

/* From a loop; or, when ARG is NULL, from the end of its base. */
static void
run_deferred(struct event_callback *later, void *arg)
{
	/* ARG may be NULL, but defer_init() stored it. */
	struct evbuffer *buf = later->evcb_arg;
	struct observers *observers;

	buf_lock(buf);
	observers = buf->observers;
	if (!arg && observers->base == observers->due)
		observers->base = NULL;
	observers->due = NULL;
	if (arg) {
		observers->telling = 1;
		(void)tell_once(buf, 1);
		observers->telling = 0;
		observers_tell(buf);
	}
	buf_release(buf);
}

void
observers_free(struct evbuffer *buf)
{
	struct observers *observers = buf->observers;
	struct evbuffer_cb_entry *cb;

	buf->observers = NULL;
	buf->flags &= ~(unsigned)BUF_OBSERVED;
	for (cb = observers->newest; cb; cb = cb->next)
		cb->removed = 1;
	sweep(observers);
	core_free(observers);
}

/* --- from outside --------------------------------------------------------*/

/* 0 or -1. */
static int
need_observers(struct evbuffer *buf)
{
	if (buf->flags & BUF_OBSERVED)
		return 0;
	buf->observers = core_alloc(sizeof(*buf->observers));
	if (!buf->observers)
		return -1;
	buf->flags |= BUF_OBSERVED;
	memset(buf->observers, 0, sizeof(*buf->observers));
	return 0;
}

static struct evbuffer_cb_entry *
add(struct evbuffer *buf, ev_uint32_t flags, void *arg)
{
	struct evbuffer_cb_entry *cb = NULL;

	if (need_observers(buf) == 0)
		cb = core_alloc(sizeof(*cb));
	if (!cb)
		return NULL;
	memset(cb, 0, sizeof(*cb));
	cb->flags = flags;
	cb->arg = arg;
	catch_up(buf, cb);
	cb->next = buf->observers->newest;
	buf->observers->newest = cb;
	return cb;
}

struct evbuffer_cb_entry *
evbuffer_add_cb(struct evbuffer *buf, evbuffer_cb_func fn, void *arg)
{
	struct evbuffer_cb_entry *cb;

	buf_lock(buf);
	cb = add(buf, EVBUFFER_CB_ENABLED, arg);
	if (cb)
		cb->fn = fn;
	buf_unlock(buf);
	return cb;
}

static void
forget(struct evbuffer_cb_entry *cb)
{
	cb->removed = 1;
	cb->flags = 0;
}

/* Nothing is freed while somebody walks over the list. */
static void
sweep_if_idle(struct evbuffer *buf)
{
	if (buf->observers && !buf->observers->telling)
		sweep(buf->observers);
}

static struct evbuffer_cb_entry *
newest(struct evbuffer *buf)
{
	return buf->observers ? buf->observers->newest : NULL;
}

int
evbuffer_remove_cb_entry(struct evbuffer *buf, struct evbuffer_cb_entry *ent)
{
	struct evbuffer_cb_entry *cb;

	buf_lock(buf);
	for (cb = newest(buf); cb; cb = cb->next)
		if (cb == ent && !cb->removed)
			break;
	if (cb)
		forget(cb);
	sweep_if_idle(buf);
	buf_unlock(buf);
	return cb ? 0 : -1;
}

int
evbuffer_remove_cb(struct evbuffer *buf, evbuffer_cb_func fn, void *arg)
{
	struct evbuffer_cb_entry *cb;

	buf_lock(buf);
	for (cb = newest(buf); cb; cb = cb->next)
		if (!cb->removed && !(cb->flags & CB_OLD) && cb->fn == fn &&
			cb->arg == arg)
			break;
	if (cb)
		forget(cb);
	sweep_if_idle(buf);
	buf_unlock(buf);
	return cb ? 0 : -1;
}

int
evbuffer_cb_set_flags(
	struct evbuffer *buf, struct evbuffer_cb_entry *cb, ev_uint32_t flags)
{
	buf_lock(buf);
	if (flags & ~cb->flags & EVBUFFER_CB_ENABLED)
		catch_up(buf, cb);
	if (!cb->removed)
		cb->flags |= flags & CB_PUBLIC;
	buf_unlock(buf);
	return 0;
}

int
evbuffer_cb_clear_flags(
	struct evbuffer *buf, struct evbuffer_cb_entry *cb, ev_uint32_t flags)
{
	buf_lock(buf);
	cb->flags &= ~(flags & CB_PUBLIC);
	buf_unlock(buf);
	return 0;
}

int
evbuffer_setcb(struct evbuffer *buf, evbuffer_cb fn, void *arg)
{
	struct evbuffer_cb_entry *older, *cb = NULL;

	buf_lock(buf);
	older = newest(buf);
	if (fn && !(cb = add(buf, EVBUFFER_CB_ENABLED | CB_OLD, arg))) {
		buf_unlock(buf);
		return -1;
	}
	if (cb)
		cb->old_fn = fn;
	for (; older; older = older->next)
		forget(older);
	sweep_if_idle(buf);
	buf_unlock(buf);
	return 0;
}

int
evbuffer_defer_callbacks(struct evbuffer *buf, struct event_base *base)
{
	int result;

	buf_lock(buf);
	result = need_observers(buf);
	if (result == 0)
		buf->observers->base = base;
	buf_unlock(buf);
	return result;
}
