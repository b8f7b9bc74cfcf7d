/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks that are due, by priority, first come first served.
 *
 * EVLIST_ACTIVE is set exactly while a callback is in here.
 */
#ifndef EV_CORE_READY_H
#define EV_CORE_READY_H

#include <stdint.h>

#include <event2/event_struct.h>

#define READY_LEVELS_MAX 256

struct ready_queue {
	struct event_callback *first;
	struct event_callback **end; /* the link that the next one goes to */
	uint32_t count;
};

struct ready {
	struct ready_queue *queues;
	int levels;
	uint32_t count;                         /* in all queues */
	uint64_t filled[READY_LEVELS_MAX / 64]; /* levels that are not empty */
};

/* 0 or -ENOMEM. */
int ready_init(struct ready *ready, int levels);
void ready_fini(struct ready *ready);
/* Only while nothing is due; 0 or -ENOMEM, and all is as it was. */
int ready_set_levels(struct ready *ready, int levels);

/* CB, which is not due yet, becomes due at its priority. */
void ready_insert(struct ready *ready, struct event_callback *cb);
/* CB, which is due, is not due any more. */
void ready_remove(struct ready *ready, struct event_callback *cb);

/* The most urgent level that has something due; -1: none has. */
int ready_level(const struct ready *ready);

/* What is due first at LEVEL, which may be one that is not there any more. */
static inline struct event_callback *
ready_first(const struct ready *ready, int level)
{
	return level < ready->levels ? ready->queues[level].first : NULL;
}

#endif
