/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the loop does with its time: counters and histograms, and the watch
 * over slow callbacks.  A base without them has a NULL and pays one test.
 */
#ifndef EV_CORE_STATS_H
#define EV_CORE_STATS_H

#include <stdint.h>

#include <event2/event.h>
#include <event2/ext_loop.h>

struct stats {
	int counting; /* event_base_enable_stats() */
	struct event_base_stats sums;
	int64_t since;   /* when the loop last began or ended to wait */
	int64_t slow_ns; /* callbacks from here on are slow */
	event_slow_callback_fn slow_fn; /* NULL: nobody asks */
	void *slow_arg;
};

void stats_loop_begins(struct stats *stats);
void stats_wait_begins(struct stats *stats);
void stats_wait_ends(struct stats *stats);
/* A timer that was due at DEADLINE was found at NOW. */
void stats_timer(struct stats *stats, int64_t deadline, int64_t now);
/* A callback took SPENT; 1 if that was slow and somebody wants to know. */
int stats_callback(struct stats *stats, int64_t spent);

#endif
