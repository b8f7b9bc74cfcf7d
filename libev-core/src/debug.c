/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The set is a hash table with open addressing.  Whoever stands behind a place
 * that is given up moves up, so that no search ends too early, and the set is
 * as large as the events there are and not as those there ever were.
 *
 * An event that was finalized is marked, and can only be freed, or assigned
 * anew.  Its memory may have another use by now, so it is never looked at.
 */
#include "debug.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "fork.h"
#include "lock.h"
#include "log.h"
#include "mem.h"

#define CAP_MIN 64

int debug_on;
static atomic_int door_closed; /* by whichever thread comes first */

static struct mutex mutex = MUTEX_STATIC;
static const struct event **places;
static size_t cap, used;
static int incomplete; /* memory ran out once: say nothing of the unknown */

void
event_enable_debug_mode(void)
{
	if (debug_on)
		log_fatal("event_enable_debug_mode: called twice");
	else if (atomic_load_explicit(&door_closed, memory_order_relaxed))
		log_fatal("event_enable_debug_mode: must come before the "
			  "first event and event_base");
	else
		debug_on = 1;
	(void)fork_guard(&mutex);
}

void
debug_close_door(void)
{
	if (!atomic_load_explicit(&door_closed, memory_order_relaxed))
		atomic_store_explicit(&door_closed, 1, memory_order_relaxed);
}

static size_t
slot(const struct event *ev)
{
	uint64_t hash = (uint64_t)(uintptr_t)ev * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) & (cap - 1);
}

/* Events are aligned, which leaves a bit for the mark. */
static const struct event *
marked(const struct event *ev)
{
	return (const struct event *)((uintptr_t)ev | 1);
}

static const struct event *
unmarked(const struct event *ev)
{
	return (const struct event *)((uintptr_t)ev & ~(uintptr_t)1);
}

/* The place of EV, or the free one where it would go. */
static const struct event **
find(const struct event *ev)
{
	size_t i = slot(ev);

	while (places[i] && unmarked(places[i]) != ev)
		i = (i + 1) & (cap - 1);
	return &places[i];
}

static int
grow(void)
{
	const struct event **old = places;
	size_t n = cap;
	const struct event **grown = mem_zero(
		cap ? cap * 2 : CAP_MIN, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	places = grown;
	cap = cap ? cap * 2 : CAP_MIN;
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*find(unmarked(old[i])) = old[i];
	mem_free(old);
	return 0;
}

static int
is_known(const struct event *ev)
{
	return cap > 0 && *find(ev) == ev;
}

static void
insert(const struct event *ev)
{
	const struct event **place;

	if (used * 2 >= cap && grow() < 0) {
		incomplete = 1;
		return;
	}
	place = find(ev);
	used += !*place;
	*place = ev;
}

/* How far the one in place I is behind where searches for it begin. */
static size_t
way(size_t i)
{
	return (i - slot(unmarked(places[i]))) & (cap - 1);
}

/* Empty place HOLE, and fill it again with who would not be found behind it. */
static void
give_up(size_t hole)
{
	size_t last = cap - 1, i;

	used--;
	places[hole] = NULL;
	for (i = (hole + 1) & last; places[i]; i = (i + 1) & last)
		if (way(i) >= ((i - hole) & last)) {
			places[hole] = places[i];
			places[i] = NULL;
			hole = i;
		}
}

int
debug_assign_slow(const struct event *ev)
{
	int pending;

	mutex_take(&mutex);
	pending = is_known(ev) &&
		  ev->ev_evcallback.evcb_flags &
			  (EVLIST_INSERTED | EVLIST_TIMEOUT | EVLIST_ACTIVE);
	if (!pending)
		insert(ev);
	mutex_give(&mutex);
	if (!pending)
		return 0;
	log_fatal("event_assign: event %p is pending or active", (void *)ev);
	return -EINVAL;
}

static int
complain(const struct event *ev, const char *call)
{
	log_fatal("%s: event %p was never assigned, or is gone", call,
		(const void *)ev);
	return -EINVAL;
}

int
debug_use_slow(const struct event *ev, const char *call)
{
	int known;

	mutex_take(&mutex);
	known = is_known(ev) || incomplete;
	mutex_give(&mutex);
	return known ? 0 : complain(ev, call);
}

void
debug_finalized_slow(const struct event *ev)
{
	mutex_take(&mutex);
	if (is_known(ev))
		*find(ev) = marked(ev);
	mutex_give(&mutex);
}

int
debug_free_slow(const struct event *ev)
{
	int known;

	mutex_take(&mutex);
	known = (cap > 0 && *find(ev)) || incomplete;
	mutex_give(&mutex);
	return known ? 0 : complain(ev, "event_free");
}

void
debug_forget_slow(const struct event *ev)
{
	mutex_take(&mutex);
	if (cap > 0 && *find(ev))
		give_up((size_t)(find(ev) - places));
	mutex_give(&mutex);
}

void
debug_fini(void)
{
	mutex_take(&mutex);
	mem_free(places);
	places = NULL;
	cap = used = 0;
	mutex_give(&mutex);
}
