/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deadlines of events.
 *
 * An event's deadline stands in ev_deadline.  It is either in the heap, or,
 * when it shares its duration with others, in the queue of that duration, of
 * which only the first is in the heap.  Equal deadlines come due in the order
 * in which they were set.
 *
 * Re-arming to a later time only stores the deadline, and a queue whose first
 * goes may have a later one: the heap's key then is too early, never too late,
 * and is put right when it reaches the top.
 *
 * EVLIST_TIMEOUT is set exactly while an event is in here.
 */
#ifndef EV_CORE_TIMERS_H
#define EV_CORE_TIMERS_H

#include <event2/event_struct.h>

#include "clock.h"
#include "heap.h"

#define TIMERS_QUEUES_MAX 256

struct timer_queue;

struct timers {
	struct heap heap;
	struct timer_queue **queues; /* [0] stands for number 1 */
	int n_queues;
	uint32_t count; /* events that have a deadline */
	uint64_t order; /* of the deadline set last */
};

void timers_init(struct timers *timers);
void timers_fini(struct timers *timers);

/*
 * EV comes due at DEADLINE, in QUEUE (0: the heap), and not at the deadline
 * it may have had.  0, or -ENOMEM and all is as it was; an event that stays in
 * the heap, or in its queue, cannot fail.
 */
int timers_set(struct timers *timers, struct event *ev, int64_t deadline,
	uint32_t queue);
static inline int
timers_has(const struct event *ev)
{
	return ev->ev_evcallback.evcb_flags & EVLIST_TIMEOUT;
}

/* EV has no deadline any more; no matter if it had none. */
void timers_take_out(struct timers *timers, struct event *ev);
static inline void
timers_clear(struct timers *timers, struct event *ev)
{
	if (timers_has(ev))
		timers_take_out(timers, ev);
}

/* The earliest deadline, CLOCK_NEVER if there is none. */
int64_t timers_next(struct timers *timers);
/* Take out the event that was due first at NOW; NULL: none is due. */
struct event *timers_take_due(struct timers *timers, int64_t now);

/* Give unused memory back, at a time when none is about to be set again. */
static inline void
timers_trim(struct timers *timers)
{
	if (heap_is_loose(&timers->heap))
		heap_trim(&timers->heap);
}

/*
 * The common timeout of DURATION, made if there is none: a timeval that
 * stands for it in event_add(), valid as long as the timers are.  NULL when
 * there are too many or memory is short.
 */
const struct timeval *
timers_common(struct timers *timers, const struct timeval *duration);

/*
 * What event_base_init_common_timeout() hands out carries the queue's number
 * in bits of tv_usec that no normal duration has, so that copies of it work.
 */
#define COMMON_MAGIC 0x50000000
#define COMMON_MASK  0x70000000

static inline int
timers_is_common(const struct timeval *tv)
{
	return (tv->tv_usec & COMMON_MASK) == COMMON_MAGIC;
}

/*
 * How long TV is in nanoseconds, and the queue that it stands for; 0: none.
 * What other timers handed out is the duration that it was made of.
 */
int64_t timers_duration_marked(const struct timers *timers,
	const struct timeval *tv, uint32_t *queue_out);
static inline int64_t
timers_duration(const struct timers *timers, const struct timeval *tv,
	uint32_t *queue_out)
{
	if (timers_is_common(tv))
		return timers_duration_marked(timers, tv, queue_out);
	*queue_out = 0;
	return clock_from_timeval(tv);
}

/* Calls FN for each event with a deadline until it returns non-zero. */
int timers_foreach(const struct timers *timers,
	int (*fn)(struct event *, void *), void *arg);
/* Is all as it must be?  For tests. */
int timers_verify(const struct timers *timers);

#endif
