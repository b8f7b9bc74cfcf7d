/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kinds of bufferevents share.
 *
 * A direction moves while it is enabled and nothing suspends it; its kind is
 * told when that begins and ends, start() and stop().  What happens makes
 * callbacks due.  bev_run(), in the loop, has the kind work and then calls what
 * is due, with the lock given up, so no callback runs within another call of
 * ours and none of one bufferevent overlaps with another one of it.
 *
 * Locks are taken downwards: bufferevent (and its buffers, which share its
 * lock), rate limit group, base.  Nothing is waited for with one of them held.
 *
 * Public functions begin with bev_lock() and end with bev_leave(), callbacks
 * from the loop with bev_enter() and bev_run().
 */
#ifndef EV_BUFFER_BEV_H
#define EV_BUFFER_BEV_H

#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>

#include "chain.h"
#include "core_link.h"
#include "evbuffer.h"

#define BEV_BOTH (EV_READ | EV_WRITE)

/* What a single call moves at most, unless the program says otherwise. */
enum { BEV_MAX_SINGLE = 16384 };

/* Why a direction is suspended; more than one reason may hold. */
enum suspend {
	SUSPEND_MARK = 1 << 0,  /* the input is full */
	SUSPEND_RATE = 1 << 1,  /* its own bucket is empty */
	SUSPEND_GROUP = 1 << 2, /* its group's is */
	SUSPEND_ABOVE = 1 << 3, /* the filter on top has no room */
	SUSPEND_PIPE = 1 << 4   /* the other end of the pipe has none */
};

/* What has several owners: bufferevents of one stack or pair. */
struct bev_lock {
	struct holder holder;
	void *lock;
};

/* Events that are to be told together, and errno for them. */
struct bev_event {
	short what; /* BEV_EVENT_* */
	int error;
};

/* Callbacks that are to be called. */
struct bev_due {
	short data; /* EV_READ, EV_WRITE */
	short connected;
	struct bev_event events[2]; /* see bev_side_of() */
};

struct bev_limit;
struct bev_extras;

struct bev {
	struct bufferevent pub;
	struct event_callback work;
	struct bev_lock *lock;     /* NULL: no threads */
	struct bev_limit *limit;   /* NULL: nothing of bufferevent_limit.c */
	struct bev_extras *extras; /* NULL: nothing of bufferevent_extras.c */
	uint32_t owners;           /* bufferevent_incref() and _decref() */
	uint32_t refs;             /* the same, and calls that go on */
	struct evbuffer input, output; /* pub.input and pub.output */
	uint32_t buffers;              /* how many of them somebody has yet */
	int write_error; /* why writing has failed; 0: it may begin */

	struct bev_due due;
	uint8_t suspended[2];    /* reading and writing: enum suspend */
	short options;           /* BEV_OPT_* */
	short moving;            /* EV_READ, EV_WRITE: the kind was told to */
	short timed;             /* EV_READ, EV_WRITE: plain timers that run */
	unsigned busy : 1;       /* bev_run() is at it, and looks again */
	unsigned scheduled : 1;  /* the loop will come */
	unsigned wants_work : 1; /* the kind has something to do */
	unsigned invites : 1;    /* the program has just enabled writing */
	unsigned own_timers : 1; /* the kind sets timeouts itself */
	unsigned quiet : 1;      /* changes of the output mean nothing */
	unsigned is_below : 1;   /* a filter has its callbacks */
	unsigned freed : 1;
	unsigned is_kind : 1;        /* a kind of the program's */
	unsigned closed : 1;         /* the program never adds to the output */
	unsigned shut : 1;           /* bufferevent_shutdown() */
	unsigned wants_shutdown : 1; /* when the output is gone */
};

static inline struct bev *
bev_of(const struct bufferevent *bufev)
{
	return (struct bev *)(uintptr_t)bufev;
}

static inline void
bev_lock(const struct bev *bev)
{
	if (bev->lock)
		core()->lock(bev->lock->lock);
}

static inline void
bev_unlock(const struct bev *bev)
{
	if (bev->lock)
		core()->unlock(bev->lock->lock);
}

/*
 * The program adds to the output and drains the input, and we do the rest: for
 * as long as that takes BUF_FRONT_FROZEN or BUF_BACK_FROZEN is off.
 */
static inline void
bev_thaw(struct evbuffer *buf, unsigned end)
{
	buf->flags &= ~end;
}

static inline void
bev_freeze(struct evbuffer *buf, unsigned end)
{
	buf->flags |= end;
}

/* Events of reading are told apart from those of writing and all else. */
static inline int
bev_side_of(short what)
{
	return what & BEV_EVENT_READING ? 0 : 1;
}

/* What is not an error has no say in what errno will be if there is one. */
static inline void
bev_event_add(struct bev_event *event, short what, int error)
{
	if (what & BEV_EVENT_ERROR || !(event->what & BEV_EVENT_ERROR))
		event->error = error;
	event->what |= what;
}

static inline size_t
bev_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* --- bufferevent_life.c ---------------------------------------------------*/

/*
 * Make the common part of a new bufferevent, SIZE bytes in all, of which it is
 * the first; the rest is 0.  LOCK_OF: whose lock it shares, or NULL.  NULL and
 * errno when it cannot be.
 */
struct bev *bev_new(const struct bufferevent_ops *ops, size_t size,
	struct event_base *base, int options, struct bev *lock_of);
/* Undo bev_new() before anybody knows of it. */
void bev_discard(struct bev *bev);
/* Let go of one reference, and of the lock. */
void bev_drop(struct bev *bev);

/* --- bufferevent_move.c ---------------------------------------------------*/

/* Tell the kind what has changed; 0 or -errno, and that side is disabled. */
int bev_update(struct bev *bev);
/* The same, and a failure becomes an event. */
void bev_update_or_fail(struct bev *bev);
void bev_suspend(struct bev *bev, short what, enum suspend reason);
void bev_resume(struct bev *bev, short what, enum suspend reason);
/* The input has grown or shrunk, or its mark has changed. */
void bev_check_mark(struct bev *bev);
/* How many bytes the input may take until it is full. */
size_t bev_room(const struct bev *bev);
/*
 * A plain timer runs while there is something to wait for, and after PROGRESS
 * from the beginning.
 */
void bev_follow_timer(struct bev *bev, short what, int progress);
/* A timeout passed: the direction ends. */
void bev_time_out(struct bev *bev, short what);
/* A direction cannot go on: it ends, and its owner hears of it. */
void bev_fail(struct bev *bev, short what, short event, int error);

/* --- bufferevent_deliver.c ------------------------------------------------*/

/* The input has got more, the output has less: if the marks say so, tell. */
void bev_got(struct bev *bev);
void bev_sent(struct bev *bev);
/* WHAT, BEV_EVENT_*, is to be told; errno will be ERROR. */
void bev_report(struct bev *bev, short what, int error);
/* Tell it now, with the lock given up if the program is told. */
void bev_call_event(struct bev *bev, short what, int error);

/* A callback of the loop begins, with the lock; 0: it does not, without. */
int bev_enter(struct bev *bev);
/* Work, and if NOW call what is due; give the lock and a reference. */
void bev_run(struct bev *bev, int now);
/* A call from the program ends: what it caused waits for the loop. */
void bev_leave(struct bev *bev);
/* The kind's work() is to come. */
void bev_want_work(struct bev *bev);
/* In bev.work; see ev_core_ops.defer_init. */
void bev_on_work(struct event_callback *cb, void *arg);

static inline int
bev_is_deferred(const struct bev *bev)
{
	return bev->options & BEV_OPT_DEFER_CALLBACKS;
}

#endif
