/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place of a pass stands in the list, so that a callback may free any
 * watcher, itself too: freeing the one that comes next moves the place on.
 */
#include "watch.h"

#include <event2/watch.h>

#include "mem.h"

struct evwatch {
	struct evwatch *next, *prev;
	struct event_base *base;
	enum watch_kind kind;
	union {
		evwatch_prepare_cb prepare;
		evwatch_check_cb check;
	} callback;
	void *arg;
};

struct evwatch_prepare_cb_info {
	int64_t timeout_ns;
	int is_timer; /* the wait ends with a timer's deadline */
};

struct evwatch_check_cb_info {
	int unused; /* a structure has a member */
};

static void
append(struct evwatch *watcher)
{
	struct watch_list *list = &watcher->base->watches[watcher->kind];

	watcher->prev = list->last;
	if (list->last)
		list->last->next = watcher;
	else
		list->first = watcher;
	list->last = watcher;
	list->count++;
}

static void
detach(struct evwatch *watcher)
{
	struct watch_list *list = &watcher->base->watches[watcher->kind];

	if (list->next == watcher)
		list->next = watcher->next;
	if (watcher->next)
		watcher->next->prev = watcher->prev;
	else
		list->last = watcher->prev;
	if (watcher->prev)
		watcher->prev->next = watcher->next;
	else
		list->first = watcher->next;
	list->count--;
}

static struct evwatch *
new_watcher(struct event_base *base, enum watch_kind kind, void *arg)
{
	struct evwatch *watcher = mem_zero(1, sizeof(*watcher));

	if (!watcher)
		return NULL;
	watcher->base = base;
	watcher->kind = kind;
	watcher->arg = arg;
	return watcher;
}

static struct evwatch *
publish(struct evwatch *watcher)
{
	lock_take(&watcher->base->lock);
	append(watcher);
	base_give(watcher->base);
	return watcher;
}

struct evwatch *
evwatch_prepare_new(
	struct event_base *base, evwatch_prepare_cb callback, void *arg)
{
	struct evwatch *watcher = new_watcher(base, WATCH_PREPARE, arg);

	if (!watcher)
		return NULL;
	watcher->callback.prepare = callback;
	return publish(watcher);
}

struct evwatch *
evwatch_check_new(struct event_base *base, evwatch_check_cb callback, void *arg)
{
	struct evwatch *watcher = new_watcher(base, WATCH_CHECK, arg);

	if (!watcher)
		return NULL;
	watcher->callback.check = callback;
	return publish(watcher);
}

struct event_base *
evwatch_base(struct evwatch *watcher)
{
	return watcher->base;
}

void
evwatch_free(struct evwatch *watcher)
{
	struct event_base *base;

	if (!watcher)
		return;
	base = watcher->base;
	lock_take(&base->lock);
	detach(watcher);
	while (base->watch_running == watcher && !base_in_loop(base) &&
		base->idle.kind != LOCK_NONE) {
		base->awaiting++;
		cond_wait(&base->idle, &base->lock);
		base->awaiting--;
	}
	if (base->watch_running == watcher)
		base->watch_running = NULL;
	base_give(base);
	mem_free(watcher);
}

int
evwatch_prepare_get_timeout(
	const struct evwatch_prepare_cb_info *info, struct timeval *timeout)
{
	if (!info->is_timer)
		return 0;
	*timeout = clock_to_timeval(info->timeout_ns);
	return 1;
}

/* Nothing of the watcher is touched after the call: it may be gone. */
static void
call(struct event_base *base, struct evwatch *watcher, int64_t timeout_ns)
{
	struct evwatch_prepare_cb_info prepare = {timeout_ns, timeout_ns > 0};
	struct evwatch_check_cb_info check = {0};

	base->watch_running = watcher;
	base_give(base);
	if (watcher->kind == WATCH_PREPARE)
		watcher->callback.prepare(watcher, &prepare, watcher->arg);
	else
		watcher->callback.check(watcher, &check, watcher->arg);
	lock_take(&base->lock);
	base->watch_running = NULL;
	if (base->awaiting)
		cond_broadcast(&base->idle);
}

/* One that is made during the pass has to wait for the next. */
void
watch_run(struct event_base *base, enum watch_kind kind, int64_t timeout_ns)
{
	struct watch_list *list = &base->watches[kind];
	unsigned left = list->count;

	list->next = list->first;
	while (left-- > 0 && list->next) {
		struct evwatch *watcher = list->next;

		list->next = watcher->next;
		call(base, watcher, timeout_ns);
	}
	list->next = NULL;
}

void
watch_free_all(struct event_base *base)
{
	for (int kind = WATCH_PREPARE; kind <= WATCH_CHECK; kind++)
		while (base->watches[kind].first) {
			struct evwatch *watcher = base->watches[kind].first;

			detach(watcher);
			mem_free(watcher);
		}
}
