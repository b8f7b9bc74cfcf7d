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
static inline void
ready_insert(struct ready *ready, struct event_callback *cb)
{
	struct ready_queue *queue;

	/* The priority was set when there were more of them. */
	if (cb->evcb_pri >= ready->levels)
		cb->evcb_pri = (ev_uint8_t)(ready->levels - 1);
	queue = &ready->queues[cb->evcb_pri];
	cb->evcb_active_next.tqe_next = NULL;
	cb->evcb_active_next.tqe_prev = queue->end;
	*queue->end = cb;
	queue->end = &cb->evcb_active_next.tqe_next;
	if (queue->count++ == 0)
		ready->filled[cb->evcb_pri / 64] |= UINT64_C(1)
						    << cb->evcb_pri % 64;
	ready->count++;
	cb->evcb_flags |= EVLIST_ACTIVE;
}

/* CB, which is due, is not due any more. */
static inline void
ready_remove(struct ready *ready, struct event_callback *cb)
{
	struct ready_queue *queue = &ready->queues[cb->evcb_pri];
	struct event_callback *next = cb->evcb_active_next.tqe_next;

	*cb->evcb_active_next.tqe_prev = next;
	if (next)
		next->evcb_active_next.tqe_prev = cb->evcb_active_next.tqe_prev;
	else
		queue->end = cb->evcb_active_next.tqe_prev;
	if (--queue->count == 0)
		ready->filled[cb->evcb_pri / 64] &= ~(
			UINT64_C(1) << cb->evcb_pri % 64);
	ready->count--;
	cb->evcb_flags &= ~EVLIST_ACTIVE;
}

/* The most urgent level that has something due; -1: none has. */
static inline int
ready_level(const struct ready *ready)
{
	if (ready->count == 0)
		return -1;
	for (int i = 0; i < READY_LEVELS_MAX / 64; i++)
		if (ready->filled[i])
			return i * 64 + __builtin_ctzll(ready->filled[i]);
	return -1;
}

/* What is due first at LEVEL, which may be one that is not there any more. */
static inline struct event_callback *
ready_first(const struct ready *ready, int level)
{
	return level < ready->levels ? ready->queues[level].first : NULL;
}

/* The same, and it is not due any more. */
static inline struct event_callback *
ready_take(struct ready *ready, int level)
{
	struct event_callback *cb = ready_first(ready, level), *next;
	struct ready_queue *queue;

	if (!cb)
		return NULL;
	queue = &ready->queues[level];
	next = cb->evcb_active_next.tqe_next;
	queue->first = next;
	if (next) {
		next->evcb_active_next.tqe_prev = &queue->first;
		queue->count--;
	} else {
		queue->end = &queue->first;
		queue->count = 0;
		ready->filled[level / 64] &= ~(UINT64_C(1) << level % 64);
	}
	ready->count--;
	cb->evcb_flags &= ~EVLIST_ACTIVE;
	return cb;
}

#endif
