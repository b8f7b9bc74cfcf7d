/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * struct event_base: the parts, composed.  Only the files of this layer and
 * above know it; the parts do not.
 *
 * The lock guards everything here.  It is taken in public functions and in
 * loop.c, which gives it up while it waits and while a callback runs.  Public
 * functions give it by base_give().
 */
#ifndef EV_CORE_BASE_H
#define EV_CORE_BASE_H

#include <stdatomic.h>
#include <stddef.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "clock.h"
#include "io.h"
#include "lock.h"
#include "ready.h"
#include "signals.h"
#include "stats.h"
#include "timers.h"
#include "wakeup.h"

/* How a callback is run; event_callback.evcb_closure. */
enum closure {
	CLOSURE_EVENT,         /* re-armed or removed, then called */
	CLOSURE_SIGNAL,        /* called as often as the signal arrived */
	CLOSURE_INTERNAL,      /* called at once, with the lock held */
	CLOSURE_DEFERRED,      /* no event: a callback of libev-buffer's */
	CLOSURE_FINALIZE,      /* the last call for an event */
	CLOSURE_FINALIZE_FREE, /* and then its memory goes */
	CLOSURE_FINALIZE_DEFERRED
};

/* What ends or interrupts the loop; event_base.stops. */
enum stop {
	STOP_BREAK = 1 << 0,    /* after the present callback */
	STOP_EXIT = 1 << 1,     /* after the present round; waits for a loop */
	STOP_STICKY = 1 << 2,   /* like break, but waits for a loop */
	STOP_CONTINUE = 1 << 3, /* not an end: poll again before the rest */
	STOP_URGENT = 1 << 4    /* the same, for something more urgent */
};

/* How much may run between two polls: event_config_set_max_dispatch_interval */
struct dispatch_limits {
	int64_t interval_ns; /* CLOCK_NEVER: no limit */
	int callbacks;       /* INT_MAX: no limit */
	int min_priority;    /* more urgent levels have no limits */
};

struct watch_list {
	struct evwatch *first, *last;
	struct evwatch *next; /* of a pass that is under way */
	unsigned count;
};

struct once;

struct onces {
	struct once *pending, *spare;
	unsigned n_spare;
};

/*
 * The clock stands first because programs free events after their base, which
 * no libevent has minded: what allocators write into the first words of freed
 * memory must not turn the lock, which is of no kind by then, into another.
 */
struct event_base {
	struct clock clock;

	struct lock lock;
	struct cond idle; /* the callback that was awaited has ended */

	struct timers timers;
	struct ready ready;
	struct io io;
	struct signals signals;
	struct wakeup wakeup;
	struct event wake_event, signal_event;
	struct stats *stats; /* NULL: off */

	int flags; /* EVENT_BASE_FLAG_* */
	struct dispatch_limits limits;

	/* Events that wait for a descriptor or signal, but for internal ones. */
	uint32_t inserted;
	uint32_t virtuals;
	uint32_t max_added, max_active, max_virtual;

	/* The loop. */
	int running;
	unsigned long owner; /* thread that runs it */
	unsigned stops;      /* enum stop, asked for */
	unsigned got;        /* those that ended the last loop */
	int64_t wait_until;  /* when the present wait ends by itself */
	int level;           /* priority that is run, or that of the last one */
	int stay;            /* EVLOOP_NO_EXIT_ON_EMPTY */
	int embedded;        /* a foreign loop waits for our descriptor */

	/* Whoever waits has to be woken, by who holds the lock. */
	int ring;
	atomic_int ringers; /* threads that do so, and hold it no more */

	/* The callback that runs, and how often its signal still calls it. */
	struct event_callback *current;
	uint32_t calls_left;
	uint64_t runs; /* counts callbacks, so that one is told from the next */
	int awaiting;  /* threads that wait for the end of current */
	/* So many had run when the turn's clock was read, and none since. */
	uint64_t runs_at_clock;

	struct onces onces;
	struct watch_list watches[2];
	struct evwatch *watch_running;
};

_Static_assert(offsetof(struct event_base, lock) >= 4 * sizeof(void *),
	"an allocator's notes would lie in the lock");

/* Something changed that whoever waits must look at; base_give() tells it. */
static inline void
base_wake(struct event_base *base)
{
	if ((base->io.waiting || (base->embedded && !base->running)) &&
		!wakeup_is_under_way(&base->wakeup))
		base->ring = 1;
}

/*
 * Give the lock, and wake whoever waits: in this order, for the first thing
 * that one wants is the lock.
 */
void base_give_and_ring(struct event_base *base);
static inline void
base_give(struct event_base *base)
{
	if (base->ring)
		base_give_and_ring(base);
	else
		lock_give(&base->lock);
}

/* Before what they ring is closed: until no thread is at it any more. */
void base_await_ringers(struct event_base *base);

/* Is the calling thread the one that runs the loop? */
static inline int
base_in_loop(const struct event_base *base)
{
	return base->running && base->owner == lock_thread_id();
}

/* Registrations, each of its interests counted, and what is due. */
static inline uint32_t
base_added(const struct event_base *base)
{
	return base->inserted + base->timers.count + base->ready.count;
}

/* Is there anything left to wait for? */
static inline int
base_is_empty(const struct event_base *base)
{
	return base_added(base) == 0 && base->virtuals == 0;
}

static inline struct event *
event_of_callback(struct event_callback *cb)
{
	return (struct event *)(void *)cb;
}

#endif
