/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/ext_loop.h
 *
 * More about the loop: a stop that cannot be missed, our loop inside another
 * one, how the loop spends its time, and callbacks that take too long.
 *
 * This header is an extension: libevent has nothing of it.  What "Thread:" and
 * "Callback:" mean below is said at the head of event2/event.h.
 */
#ifndef EVENT2_EXT_LOOP_H_INCLUDED_
#define EVENT2_EXT_LOOP_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event;
struct event_base;
struct timeval;

/**
 * Stop the loop, also one that has not begun.
 *
 * A loop that runs ends after the present callback, as with
 * event_base_loopbreak(); what is active stays active.  If none runs, the next
 * event_base_loop() returns at once, without a callback.  So a thread that
 * stops a loop need not know whether the other one has come to its loop yet.
 * One stop ends one loop, however often it was asked for.
 *
 * The loop then returns 0, and event_base_got_break() says yes.
 *
 * @param base  the base
 * @return 0, or -1 when @p base is NULL.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_stop(struct event_base *base);

/**
 * @name Our loop inside another
 *
 * A program with another main loop (a toolkit's, say) has that one wait for
 * our descriptor and our time, and then asks us for one pass:
 *
 * @code
 * fd = event_base_get_pollable_fd(base);
 * for (;;) {
 *         limit = event_base_get_next_timeout(base, &tv) ? &tv : NULL;
 *         foreign_wait_readable(fd, limit);
 *         event_base_loop(base, EVLOOP_NONBLOCK);
 * }
 * @endcode
 * @{
 */

/**
 * The descriptor that becomes readable when this base has something to do.
 *
 * It covers descriptors, signals, and what other threads do to the base, but
 * not time: see event_base_get_next_timeout().  It belongs to the base: poll
 * it, never read or close it.  event_reinit() makes another one.
 *
 * @param base  the base
 * @return the descriptor; -1 when the backend has none (poll and select), or
 *     when the base's wake-up channel cannot be opened.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_pollable_fd(struct event_base *base);

/**
 * How long a foreign loop may sleep, called right before each of its sleeps.
 *
 * It also tells the kernel of every change made since the last wait: without
 * that the descriptor of event_base_get_pollable_fd() answers to interests of
 * yesterday.
 *
 * @param base  the base; its loop does not run
 * @param tv_out  the time until something is due by time alone, rounded up to
 *     a microsecond; 0 when something is active already
 * @return 1 and the time in @p tv_out, or 0 and nothing stored: sleep until
 *     the descriptor is readable.
 * @remark Thread: loop.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
event_base_get_next_timeout(struct event_base *base, struct timeval *tv_out);
/** @} */

/**
 * What a loop did with its time.
 *
 * All times are in nanoseconds of the monotonic clock.  Element k of a
 * histogram counts times of at least 2^k and less than 2^(k+1) ns; the first
 * one also has 0.
 */
struct event_base_stats {
	ev_uint64_t turns;     /**< turns of the loop */
	ev_uint64_t waits;     /**< calls of the backend, slept in or not */
	ev_uint64_t callbacks; /**< callbacks run, deferred ones included */
	ev_uint64_t busy_ns;   /**< spent outside the backend */
	ev_uint64_t idle_ns;   /**< spent in the backend, mostly asleep */
	/** How long callbacks took. */
	ev_uint64_t callback_ns[64];
	/** How long after their deadlines timers were found due. */
	ev_uint64_t timer_late_ns[64];
	ev_uint64_t spare[8]; /**< 0; for counters to come */
};

/**
 * Count what the loop does, or stop counting.
 *
 * Costs two readings of the clock a wait and two a callback.  Counters are
 * kept when counting stops, and go on from there when it begins again.
 *
 * @param base  the base
 * @param on  1 to count, 0 to stop
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_enable_stats(struct event_base *base, int on);

/**
 * Read the counters; see event_base_enable_stats().
 *
 * The wait or callback under way is not in them yet.
 *
 * @param base  the base
 * @param stats_out  a copy of the counters
 * @return 0, or -1 and nothing stored when the base has no counters yet;
 *     event_base_enable_stats() makes them.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_stats(
	struct event_base *base, struct event_base_stats *stats_out);

/**
 * Is told of a callback that took too long.
 *
 * Runs in the loop's thread, without a lock, right after that callback.
 *
 * @param base  the base
 * @param ev  a copy of the event, as it was before its callback ran, for
 *     event_get_name(), event_get_fd(), event_get_callback() and the other
 *     questions; the event itself may be gone.  Valid during the call; not to
 *     be added, activated or deleted.
 * @param spent_ns  how long the callback took, in nanoseconds
 * @param arg  as given to event_base_set_slow_callback()
 */
typedef void (*event_slow_callback_fn)(struct event_base *base,
	const struct event *ev, ev_uint64_t spent_ns, void *arg);

/**
 * Ask to be told of events' callbacks that take too long.
 *
 * One function a base: another one replaces it.  Costs two readings of the
 * clock a callback, and does not need event_base_enable_stats().
 *
 * @param base  the base
 * @param limit  callbacks that take so long, or longer, are told of
 * @param fn  the function; NULL ends it, and then @p limit means nothing
 * @param arg  handed to it
 * @return 0, or -1 when memory is short or @p limit is NULL; then nothing has
 *     changed.
 * @remark Thread: any.  Callback: yes, also that function itself.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_set_slow_callback(struct event_base *base,
	const struct timeval *limit, event_slow_callback_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
