/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

#include "clock.h"

/* Bucket k holds [2^k, 2^(k+1)), and bucket 0 also 0. */
static int
bucket(int64_t ns)
{
	return ns < 2 ? 0 : 63 - __builtin_clzll((unsigned long long)ns);
}

void
stats_loop_begins(struct stats *stats)
{
	stats->since = clock_read();
}

void
stats_wait_begins(struct stats *stats)
{
	int64_t now;

	if (!stats->counting)
		return;
	now = clock_read();
	stats->sums.turns++;
	stats->sums.busy_ns += (ev_uint64_t)(now - stats->since);
	stats->since = now;
}

void
stats_wait_ends(struct stats *stats)
{
	int64_t now;

	if (!stats->counting)
		return;
	now = clock_read();
	stats->sums.waits++;
	stats->sums.idle_ns += (ev_uint64_t)(now - stats->since);
	stats->since = now;
}

void
stats_timer(struct stats *stats, int64_t deadline, int64_t now)
{
	if (stats->counting)
		stats->sums.timer_late_ns[bucket(now - deadline)]++;
}

int
stats_callback(struct stats *stats, int64_t spent)
{
	if (stats->counting) {
		stats->sums.callbacks++;
		stats->sums.callback_ns[bucket(spent)]++;
	}
	return stats->slow_fn && spent >= stats->slow_ns;
}
