/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/event_compat.h
 *
 * The calls of libevent 1.x, which name no event_base: they mean the one that
 * event_init() made last, the "global base" below.  All of them are
 * deprecated, none of them is going away.
 *
 * The global base is one variable, without a lock.  What "Thread:" and
 * "Callback:" mean below is said at the head of event2/event.h.
 */
#ifndef EVENT2_EVENT_COMPAT_H_INCLUDED_
#define EVENT2_EVENT_COMPAT_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event;
struct event_base;

/**
 * Make a base and let it be the global one.
 *
 * A base that was global before lives on, but only under its own name.
 *
 * @deprecated Use event_base_new().
 * @return the base, which event_base_free() frees; NULL as from
 *     event_base_new(), and the global base is as it was.
 * @remark Thread: setup.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_init(void);

/**
 * event_base_dispatch() of the global base.
 *
 * @deprecated Use event_base_dispatch().
 * @return as event_base_loop(); -1 also without a global base.
 * @remark Thread: loop.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_dispatch(void);

/**
 * event_base_loop() of the global base.
 *
 * @deprecated Use event_base_loop().
 * @param flags  EVLOOP_*
 * @return as event_base_loop(); -1 also without a global base.
 * @remark Thread: loop.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_loop(int flags);

/**
 * event_base_loopexit() of the global base.
 *
 * @deprecated Use event_base_loopexit().
 * @param tv  when, from now; NULL: after the present round
 * @return as event_base_loopexit(); -1 also without a global base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_loopexit(const struct timeval *tv);

/**
 * event_base_loopbreak() of the global base.
 *
 * @deprecated Use event_base_loopbreak().
 * @return as event_base_loopbreak(); -1 also without a global base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_loopbreak(void);

/**
 * event_base_once() of the global base.
 *
 * @deprecated Use event_base_once().
 * @param fd  the descriptor, or -1 for a timer
 * @param events  EV_TIMEOUT, EV_READ, EV_WRITE, EV_CLOSED
 * @param callback  called once
 * @param arg  handed to it
 * @param timeout  the longest time to wait; NULL: no limit
 * @return as event_base_once(); -1 also without a global base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_once(evutil_socket_t fd, short events,
	void (*callback)(evutil_socket_t, short, void *), void *arg,
	const struct timeval *timeout);

/**
 * event_base_get_method() of the global base.
 *
 * @deprecated Use event_base_get_method().
 * @return the backend's name; NULL without a global base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_method(void);

/**
 * event_base_priority_init() of the global base.
 *
 * @deprecated Use event_base_priority_init().
 * @param n_priorities  1 to 255
 * @return as event_base_priority_init(); -1 also without a global base.
 * @remark Thread: any.  Callback: no, as an event is active then.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_priority_init(int n_priorities);

/**
 * Set up an event in memory of the caller's, on the global base.
 *
 * Without a global base the event gets its base from event_base_set(), which
 * then has to come before event_add().  The event must be neither pending nor
 * active.  Arguments that event_assign() refuses are logged and leave the
 * memory as it was.
 *
 * @deprecated Use event_assign() or event_new().
 * @param ev  where the event goes
 * @param fd  descriptor, signal's number or -1
 * @param events  EV_*
 * @param callback  called when the event is due
 * @param arg  handed to it
 * @remark Thread: one.  Callback: yes, also its own, once it is not pending.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_set(struct event *ev, evutil_socket_t fd, short events,
	void (*callback)(evutil_socket_t, short, void *), void *arg);

/**
 * @name Timers and signals on the global base
 * @deprecated Use evtimer_assign() and evsignal_assign().
 * @{
 */
#define evtimer_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
#define evsignal_set(ev, x, cb, arg) \
	event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
/** @} */

/**
 * @name Older names of evtimer_*
 * @deprecated Use evtimer_add() and its relatives.
 * @{
 */
#define timeout_add(ev, tv)      event_add((ev), (tv))
#define timeout_set(ev, cb, arg) event_set((ev), -1, 0, (cb), (arg))
#define timeout_del(ev)          event_del(ev)
#define timeout_pending(ev, tv)  event_pending((ev), EV_TIMEOUT, (tv))
#define timeout_initialized(ev)  event_initialized(ev)
/** @} */

/**
 * @name Older names of evsignal_*
 * @deprecated Use evsignal_add() and its relatives.
 * @{
 */
#define signal_add(ev, tv) event_add((ev), (tv))
#define signal_set(ev, x, cb, arg) \
	event_set((ev), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
#define signal_del(ev)         event_del(ev)
#define signal_pending(ev, tv) event_pending((ev), EV_SIGNAL, (tv))
#define signal_initialized(ev) event_initialized(ev)
/** @} */

/**
 * @name What an event waits for
 * @deprecated Use event_get_fd() and event_get_signal().
 * @{
 */
#ifndef EVENT_FD
#define EVENT_FD(ev)     ((int)event_get_fd(ev))
#define EVENT_SIGNAL(ev) event_get_signal(ev)
#endif
/** @} */

#ifdef __cplusplus
}
#endif

#endif
