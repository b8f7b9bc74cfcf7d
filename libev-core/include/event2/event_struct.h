/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/event_struct.h
 *
 * The layout of struct event, for programs that embed one in a structure of
 * their own and set it up with event_assign() or event_set().
 *
 * Prefer event_new(): a program that never names sizeof(struct event) keeps
 * working when the structure grows.  On LP64 systems the structure has the
 * size, and the members below marked "stays" the place, that they have in
 * libevent 2.1, so that programs built against it keep working; everything
 * else is private and may change.  ev_fd, ev_base and ev_events are read back
 * when the event is added; change them only while it is not.
 */
#ifndef EVENT2_EVENT_STRUCT_H_INCLUDED_
#define EVENT2_EVENT_STRUCT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

#include <event2/event-config.h>
#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif

#include <event2/util.h>
#include <event2/event.h>

/* States of an event, in ev_evcallback.evcb_flags. */
#define EVLIST_TIMEOUT      0x01 /**< has a deadline */
#define EVLIST_INSERTED     0x02 /**< waits for its descriptor */
#define EVLIST_SIGNAL       0x04 /**< waits for its signal (unused) */
#define EVLIST_ACTIVE       0x08 /**< its callback is due */
#define EVLIST_INTERNAL     0x10 /**< belongs to the library */
#define EVLIST_ACTIVE_LATER 0x20 /**< (unused) */
#define EVLIST_FINALIZING   0x40 /**< takes no new work */
#define EVLIST_INIT         0x80 /**< was assigned */

#define EVLIST_ALL 0xff

struct event_base;
struct event;
struct event_callback;

/** A callback that can be due; every struct event begins with one. */
struct event_callback {
	struct {
		struct event_callback *tqe_next;
		struct event_callback **tqe_prev;
	} evcb_active_next;
	short evcb_flags;        /**< EVLIST_*; stays */
	ev_uint8_t evcb_pri;     /**< priority, 0 is the most urgent; stays */
	ev_uint8_t evcb_closure; /**< how to run it */
	union {
		void (*evcb_callback)(evutil_socket_t, short, void *);
		void (*evcb_selfcb)(struct event_callback *, void *);
		void (*evcb_evfinalize)(struct event *, void *);
		void (*evcb_cbfinalize)(struct event_callback *, void *);
	} evcb_cb_union;
	void *evcb_arg;
};

/** Place of a deadline in the heap of them. */
struct event_heap_node {
	ev_uint32_t index; /**< where in the heap */
	ev_uint32_t
		is_queue;  /**< of a common timeout's queue, not of an event */
	ev_uint64_t order; /**< decides between equal deadlines */
};

/** One event.  See event_new(). */
struct event {
	struct event_callback ev_evcallback;

	/** Place among the deadlines: in the heap, or in a queue. */
	union {
		struct {
			struct event *tqe_next;
			struct event *tqe_prev;
		} ev_next_with_common_timeout;
		struct event_heap_node ev_node;
	} ev_timeout_pos;

	evutil_socket_t ev_fd; /**< or the signal's number; stays */
	ev_uint32_t ev_queue;  /**< 0: heap, else a common timeout's number */
	struct event_base *ev_base; /**< stays */

	/** The other events of the same descriptor or signal. */
	struct {
		struct event *le_next;
		struct event **le_prev;
	} ev_peers;

	ev_int64_t ev_deadline; /**< monotonic nanoseconds */
	ev_int64_t ev_interval; /**< nanoseconds; negative: none */

	short ev_events;       /**< EV_*; stays */
	short ev_res;          /**< EV_* that made it active; stays */
	ev_uint32_t ev_ncalls; /**< how often a signal's callback is due */

	ev_uint64_t ev_order; /**< when the deadline was set, among others */
	const char *ev_name;  /**< see event_set_name() */
};

/** Heads of lists of events, for programs that keep some of their own. */
struct event_list {
	struct event *tqh_first;
	struct event **tqh_last;
};

struct event_dlist {
	struct event *lh_first;
};

#ifdef __cplusplus
}
#endif

#endif
