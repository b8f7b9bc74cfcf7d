/* SPDX-License-Identifier: BSD-3-Clause */
/* The public calls around stats.h. */
#include <string.h>

#include <event2/ext_loop.h>

#include "base.h"
#include "mem.h"

/* Once made they stay, so that the loop never finds them gone. */
static struct stats *
need_stats(struct event_base *base)
{
	if (base->stats)
		return base->stats;
	base->stats = mem_zero(1, sizeof(*base->stats));
	if (base->stats)
		base->stats->since = clock_read();
	return base->stats;
}

int
event_base_enable_stats(struct event_base *base, int on)
{
	struct stats *stats;

	lock_take(&base->lock);
	stats = on ? need_stats(base) : base->stats;
	if (stats && on && !stats->counting)
		stats->since = clock_read();
	if (stats)
		stats->counting = on != 0;
	base_give(base);
	return on && !stats ? -1 : 0;
}

int
event_base_get_stats(struct event_base *base, struct event_base_stats *out)
{
	int known;

	lock_take(&base->lock);
	known = base->stats != NULL;
	if (known)
		*out = base->stats->sums;
	base_give(base);
	return known ? 0 : -1;
}

int
event_base_set_slow_callback(struct event_base *base,
	const struct timeval *limit, event_slow_callback_fn fn, void *arg)
{
	struct stats *stats;

	if (fn && !limit)
		return -1;
	lock_take(&base->lock);
	stats = fn ? need_stats(base) : base->stats;
	if (stats) {
		stats->slow_fn = fn;
		stats->slow_arg = arg;
		stats->slow_ns = fn ? clock_from_timeval(limit) : 0;
	}
	base_give(base);
	return fn && !stats ? -1 : 0;
}
