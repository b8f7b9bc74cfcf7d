/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be asked of an event_base, and the few things that can be set. */
#include <errno.h>

#include <event2/event.h>
#include <event2/thread.h>
#include <event2/util.h>

#include "base.h"
#include "current.h"
#include "log.h"
#include "pending.h"

/* --- priorities ----------------------------------------------------------*/

int
event_base_priority_init(struct event_base *base, int n)
{
	int err = -EBUSY;

	if (n < 1 || n >= EVENT_MAX_PRIORITIES)
		return -1;
	lock_take(&base->lock);
	if (base->ready.count == 0)
		err = ready_set_levels(&base->ready, n);
	base_give(base);
	return err < 0 ? -1 : 0;
}

int
event_base_get_npriorities(struct event_base *base)
{
	base = base ? base : current_base();
	return base ? base->ready.levels : -1;
}

/* --- questions -----------------------------------------------------------*/

const char *
event_base_get_method(const struct event_base *base)
{
	return base->io.ops->name;
}

int
event_base_get_features(const struct event_base *base)
{
	return (int)base->io.ops->features;
}

const char *
event_base_get_signal_method(const struct event_base *base)
{
	return signals_is_open(&base->signals) ? base->signals.ops->name : NULL;
}

struct event *
event_base_get_running_event(struct event_base *base)
{
	struct event_callback *cb;

	lock_take(&base->lock);
	cb = base_in_loop(base) ? base->current : NULL;
	base_give(base);
	return cb && cb->evcb_flags & EVLIST_INIT ? event_of_callback(cb)
						  : NULL;
}

int
event_base_get_num_events(struct event_base *base, unsigned which)
{
	uint32_t n = 0;

	lock_take(&base->lock);
	if (which & EVENT_BASE_COUNT_ACTIVE)
		n += base->ready.count;
	if (which & EVENT_BASE_COUNT_VIRTUAL)
		n += base->virtuals;
	if (which & EVENT_BASE_COUNT_ADDED)
		n += base_added(base);
	base_give(base);
	return (int)n;
}

static uint32_t
take_max(uint32_t *max, int clear)
{
	uint32_t n = *max;

	if (clear)
		*max = 0;
	return n;
}

int
event_base_get_max_events(struct event_base *base, unsigned which, int clear)
{
	uint32_t n = 0;

	lock_take(&base->lock);
	if (which & EVENT_BASE_COUNT_ACTIVE)
		n += take_max(&base->max_active, clear);
	if (which & EVENT_BASE_COUNT_VIRTUAL)
		n += take_max(&base->max_virtual, clear);
	if (which & EVENT_BASE_COUNT_ADDED)
		n += take_max(&base->max_added, clear);
	base_give(base);
	return (int)n;
}

/* --- time ----------------------------------------------------------------*/

int
event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv)
{
	int64_t ns;

	if (!base)
		base = current_base();
	if (!base)
		return evutil_gettimeofday(tv, NULL);
	lock_take(&base->lock);
	ns = clock_wall(&base->clock);
	base_give(base);
	tv->tv_sec = (time_t)(ns / NS_PER_SEC);
	tv->tv_usec = (suseconds_t)(ns % NS_PER_SEC / NS_PER_US);
	return 0;
}

int
event_base_update_cache_time(struct event_base *base)
{
	if (!base)
		base = current_base();
	if (!base)
		return -1;
	lock_take(&base->lock);
	clock_forget(&base->clock);
	base_give(base);
	return 0;
}

int
event_gettime_monotonic(struct event_base *base, struct timeval *tv)
{
	int64_t ns;

	if (!base || !tv)
		return -1;
	ns = clock_read();
	tv->tv_sec = (time_t)(ns / NS_PER_SEC);
	tv->tv_usec = (suseconds_t)(ns % NS_PER_SEC / NS_PER_US);
	return 0;
}

const struct timeval *
event_base_init_common_timeout(
	struct event_base *base, const struct timeval *duration)
{
	const struct timeval *handle;

	if (!base || !duration)
		return NULL;
	lock_take(&base->lock);
	handle = timers_common(&base->timers, duration);
	base_give(base);
	if (!handle)
		log_warn("event_base_init_common_timeout: no room for another "
			 "duration");
	return handle;
}

/* --- threads -------------------------------------------------------------*/

int
evthread_make_base_notifiable(struct event_base *base)
{
	int err;

	if (!base)
		return -1;
	lock_take(&base->lock);
	err = pending_open_wakeup(base);
	base_give(base);
	return err < 0 ? -1 : 0;
}
