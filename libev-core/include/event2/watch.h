/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/watch.h
 *
 * Watchers: functions that the loop calls right before and right after it
 * waits, to measure how long it sleeps and how long it works, or to do things
 * once a turn.
 *
 * A turn of the loop is: prepare watchers, wait, check watchers, callbacks of
 * events.  Watchers of one kind are called in the order in which they were
 * made, in the loop's thread, without a lock.  Whatever a callback of an event
 * may do, they may do.  A watcher does not keep a loop running.
 *
 * What "Thread:" and "Callback:" mean below is said at the head of
 * event2/event.h.
 */
#ifndef EVENT2_WATCH_H_INCLUDED_
#define EVENT2_WATCH_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct timeval;

/** A watcher, of either kind. */
struct evwatch;

/** What a prepare watcher can ask about the wait to come. */
struct evwatch_prepare_cb_info;

/** What a check watcher can ask about the wait that is over: nothing yet. */
struct evwatch_check_cb_info;

/**
 * A function that is called right before the loop waits.
 *
 * What it changes counts for the very same wait: an event that it activates
 * keeps the loop from sleeping.
 *
 * @param watcher  the watcher; the function may free it
 * @param info  see evwatch_prepare_get_timeout(); valid during the call
 * @param arg  as given to evwatch_prepare_new()
 */
typedef void (*evwatch_prepare_cb)(struct evwatch *watcher,
	const struct evwatch_prepare_cb_info *info, void *arg);

/**
 * A function that is called right after the loop has waited, before any
 * callback of an event.
 *
 * @param watcher  the watcher; the function may free it
 * @param info  holds nothing yet; valid during the call
 * @param arg  as given to evwatch_check_new()
 */
typedef void (*evwatch_check_cb)(struct evwatch *watcher,
	const struct evwatch_check_cb_info *info, void *arg);

/**
 * Have a function called each time before the loop waits.
 *
 * Made by a watcher's function, it is first called in the next turn.
 *
 * @param base  the base whose loop is meant
 * @param callback  the function
 * @param arg  handed to it
 * @return the watcher, which evwatch_free() or else event_base_free() frees;
 *     NULL when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evwatch *evwatch_prepare_new(
	struct event_base *base, evwatch_prepare_cb callback, void *arg);

/**
 * Have a function called each time after the loop has waited.
 *
 * Made by a watcher's function, it is first called in the next turn.
 *
 * @param base  the base whose loop is meant
 * @param callback  the function
 * @param arg  handed to it
 * @return the watcher, which evwatch_free() or else event_base_free() frees;
 *     NULL when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evwatch *evwatch_check_new(
	struct event_base *base, evwatch_check_cb callback, void *arg);

/**
 * The base that a watcher belongs to.
 *
 * @param watcher  the watcher
 * @return the base that it was made for.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *evwatch_base(struct evwatch *watcher);

/**
 * End a watcher and free it.
 *
 * When it returns, the watcher's function does not run and will not: if it
 * runs in another thread just now, this waits for its end.  So do not hold a
 * lock here that the function wants.  Every watcher may be freed from every
 * watcher's function, also from its own.
 *
 * @param watcher  the watcher; NULL is allowed.  Not one whose base is gone:
 *     that was freed with it.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evwatch_free(struct evwatch *watcher);

/**
 * How long the loop is going to wait if nothing comes between.
 *
 * @param info  as the prepare watcher got it
 * @param timeout_out  the time until the next timer is due
 * @return 1 and the time in @p timeout_out.  0, and nothing stored, when no
 *     timer limits the wait: there is none, or the loop is not going to sleep
 *     because something is due already or of EVLOOP_NONBLOCK.
 * @remark Thread: the watcher's function, during its call.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evwatch_prepare_get_timeout(const struct evwatch_prepare_cb_info *info,
	struct timeval *timeout_out);

#ifdef __cplusplus
}
#endif

#endif
