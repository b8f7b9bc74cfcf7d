/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/event.h
 *
 * Event bases, events, and the loop.
 *
 * An event_base holds events and runs a loop.  An event waits for a descriptor
 * to become readable or writable, for a signal, for a moment in time, or to be
 * activated by the program; when that happens the loop calls its callback.
 *
 * @code
 * static void
 * on_tick(evutil_socket_t fd, short what, void *arg)
 * {
 *         puts("tick");
 * }
 *
 * int
 * main(void)
 * {
 *         struct event_base *base = event_base_new();
 *         struct event *ev = event_new(base, -1, EV_PERSIST, on_tick, NULL);
 *         struct timeval second = {1, 0};
 *
 *         event_add(ev, &second);
 *         return event_base_dispatch(base);
 * }
 * @endcode
 *
 * @par States of an event
 * event_new() and event_assign() make an event.  event_add() makes it
 * @e pending: it waits.  When what it waits for happens it becomes @e active:
 * its callback is due.  One without EV_PERSIST stops being pending right
 * before its callback runs.  event_del() ends both states.
 *
 * @par One turn of the loop
 * It waits, and what has come to pass makes events active.  Then the callbacks
 * of the most urgent priority that has any run, in the order in which they
 * became active: those that were active when they began, and of those that
 * join them meanwhile at most 128, so that work which asks for more of itself
 * cannot starve descriptors and timers.  Less urgent ones wait for a turn in
 * which nothing more urgent is active.
 *
 * @par Arguments
 * Pointers must not be NULL unless it is said that they may.  Durations are
 * struct timeval, seconds and microseconds; one that is not normalised is
 * taken at its value.  After a failure nothing has changed unless it is said
 * what has.  What reports a failure by -1 or NULL often logs why, too: see
 * event_set_log_callback().  No call ends the process.
 *
 * @par Threads
 * Each function says where it may be called from.
 * - "Thread: any": from every thread at every time, if threads were turned on
 *   (event2/thread.h) before the base was made, and not EVENT_BASE_FLAG_NOLOCK
 *   chosen.  Without threads only from one thread at a time.
 * - "Thread: one": no other thread uses the same object meanwhile; the caller
 *   sees to it.
 * - "Thread: loop": the thread that runs the loop of the base, or is going to.
 * - "Thread: setup": it concerns the whole process.  While the program has one
 *   thread, and before its first base and event.
 *
 * No function may use an event or a base while another thread assigns or frees
 * it.
 *
 * @par Callbacks
 * "Callback: yes" says that callbacks of the base's events may call it, and
 * "also its own" that this holds for the very event that is being called.
 * No lock is held while a callback of an event runs.
 */
#ifndef EVENT2_EVENT_H_INCLUDED_
#define EVENT2_EVENT_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif
#include <stddef.h>
#include <stdio.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Events and their loop; see event_base_new(). */
struct event_base;

/** Something to wait for, and what to call then; see event_new(). */
struct event;

/** What a base is to be like; see event_config_new(). */
struct event_config;

/* --- versions ------------------------------------------------------------*/

/**
 * @name The version of libevent's API that these headers have
 * Compare with event_get_version() and event_get_version_number().
 * @{
 */
#define LIBEVENT_VERSION        EVENT__VERSION
#define LIBEVENT_VERSION_NUMBER EVENT__NUMERIC_VERSION
/** @} */

/**
 * The version of libevent's API that the library has, as text.
 *
 * @return a string that is always valid, such as "2.1.13-stable".
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_version(void);

/**
 * The version of libevent's API that the library has, to compare.
 *
 * @return a byte each for major, minor and patch level from the top; the
 *     lowest is 0 in a release.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_uint32_t event_get_version_number(void);

/* --- the library as a whole ----------------------------------------------*/

/** event_set_mem_functions() is there. */
#define EVENT_SET_MEM_FUNCTIONS_IMPLEMENTED

/**
 * Have the library allocate with functions of the program's.
 *
 * They have to behave as the C library's, also from several threads.  What the
 * library gives to the program to free is of these functions too.
 *
 * @param malloc_fn  like malloc(); never asked for 0 bytes
 * @param realloc_fn  like realloc(); never given NULL or 0 bytes
 * @param free_fn  like free(); never given NULL
 *
 * Give all three, or three times NULL to go back to the C library's.
 * @remark Thread: setup, before every other call of the library.
 *     Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_mem_functions(void *(*malloc_fn)(size_t size),
	void *(*realloc_fn)(void *block, size_t size),
	void (*free_fn)(void *block));

/**
 * @name How serious a message is
 * @{
 */
#define EVENT_LOG_DEBUG 0 /**< see event_enable_debug_logging() */
#define EVENT_LOG_MSG   1 /**< said because it was asked for */
#define EVENT_LOG_WARN  2 /**< something did not work */
#define EVENT_LOG_ERR   3 /**< a rule was broken that must not be */
/** @} */

/**
 * @name Older names of the same
 * @deprecated They begin like the compiler's own names.
 * @{
 */
#define _EVENT_LOG_DEBUG EVENT_LOG_DEBUG
#define _EVENT_LOG_MSG   EVENT_LOG_MSG
#define _EVENT_LOG_WARN  EVENT_LOG_WARN
#define _EVENT_LOG_ERR   EVENT_LOG_ERR
/** @} */

/**
 * A function that takes messages.
 *
 * It may be called from every thread that uses the library, also from several
 * at once, and must not call the library.
 *
 * @param severity  EVENT_LOG_*
 * @param msg  one line, without a newline; valid during the call
 */
typedef void (*event_log_cb)(int severity, const char *msg);

/**
 * Send the library's messages to a function instead of to stderr.
 *
 * @param cb  the function; NULL for stderr again
 * @remark Thread: setup; later only while no other thread uses the library.
 *     Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_log_callback(event_log_cb cb);

/** @name For event_enable_debug_logging()
 * @{ */
#define EVENT_DBG_ALL  0xffffffffu
#define EVENT_DBG_NONE 0
/** @} */

/**
 * Have messages of severity EVENT_LOG_DEBUG sent, too.
 *
 * They tell, among other things, why a backend was not taken.
 *
 * @param which  EVENT_DBG_ALL or EVENT_DBG_NONE; every value but 0 stands for
 *     all messages.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_logging(ev_uint32_t which);

/**
 * A function that is told of a fatal error, after it was logged.
 *
 * @param err  not 0, and otherwise without a meaning
 */
typedef void (*event_fatal_cb)(int err);

/**
 * Be told when the program has broken a rule so badly that it should not go
 * on: what debug mode and lock debugging find.
 *
 * The library itself never ends the process.  If the function returns, or
 * there is none, the call that found the fault refuses what was asked of it.
 *
 * @param cb  the function, which may end the process; NULL for none
 * @remark Thread: setup; later only while no other thread uses the library.
 *     Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_set_fatal_callback(event_fatal_cb cb);

/**
 * Turn on debug mode: the library watches over the use of events.
 *
 * It finds, and reports as fatal errors, that an event is used which was never
 * assigned or has been freed or finalized, and that one is assigned which is
 * pending or active.  event_add() then also refuses to mix events with and
 * without EV_ET on one descriptor.
 *
 * Every event is remembered, which costs memory and time.  For events in
 * memory of the program's own call event_debug_unassign() when they end.
 *
 * Called too late, or twice, it reports a fatal error and does nothing.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_enable_debug_mode(void);

/**
 * Let debug mode forget an event that event_assign() made.
 *
 * To be called before its memory is freed or put to another use.
 * event_free() does it by itself.  Afterwards event_initialized() says no,
 * with or without debug mode.
 *
 * @param ev  the event, neither pending nor active
 * @remark Thread: one.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_debug_unassign(struct event *ev);

/**
 * Give back everything that the library keeps for the whole process.
 *
 * For leak checkers, as the very last call: all bases and events have been
 * freed, and nothing of the library is used afterwards.
 *
 * @remark Thread: one, of the whole process.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void libevent_global_shutdown(void);

/* --- what a base is to be like -------------------------------------------*/

/** What a backend can do. */
enum event_method_feature {
	/** It knows EV_ET, edge-triggered events. */
	EV_FEATURE_ET = 0x01,
	/** Adding, deleting and finding one ready event take constant time. */
	EV_FEATURE_O1 = 0x02,
	/** It takes every kind of descriptor, regular files included. */
	EV_FEATURE_FDS = 0x04,
	/** It reports EV_CLOSED while unread data is left. */
	EV_FEATURE_EARLY_CLOSE = 0x08
};

/** For event_config_set_flag(). */
enum event_base_config_flag {
	/**
	 * The base has no lock, although threads are on.  It is then for one
	 * thread alone, and no other can wake it.
	 */
	EVENT_BASE_FLAG_NOLOCK = 0x01,
	/** No environment variable has a say about this base. */
	EVENT_BASE_FLAG_IGNORE_ENV = 0x02,
	/** Completion ports of Windows; without effect elsewhere. */
	EVENT_BASE_FLAG_STARTUP_IOCP = 0x04,
	/** The time is read at each use, not once a turn of the loop. */
	EVENT_BASE_FLAG_NO_CACHE_TIME = 0x08,
	/**
	 * Without effect: changes of interest are always collected until the
	 * next wait, in a way that stays right with duplicated descriptors.
	 */
	EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST = 0x10,
	/** Waits are timed finer than a millisecond, where it costs more. */
	EVENT_BASE_FLAG_PRECISE_TIMER = 0x20,
	/** Without effect: how it times its waits is the backend's affair. */
	EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD = 0x40,
	/**
	 * Signals are received through a signalfd.  Then what arrives of one
	 * signal between two turns counts once, and the signals are blocked in
	 * the thread, which programs that are started from there inherit.
	 */
	EVENT_BASE_FLAG_USE_SIGNALFD = 0x80
};

/**
 * Begin a description of a base.
 *
 * @return one that asks for nothing special, to be freed with
 *     event_config_free(); NULL when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_config *event_config_new(void);

/**
 * Free a description.  Bases made from it do not need it any more.
 *
 * @param cfg  the description; NULL is allowed
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_config_free(struct event_config *cfg);

/**
 * Exclude a backend.  Several calls exclude several.
 *
 * event_config_set_methods() in event2/ext_backend.h says it the other way
 * round.
 *
 * @param cfg  the description
 * @param method  the backend's name as event_base_get_method() gives it, in
 *     upper or lower case; copied
 * @return 0, or -1 when memory is short or an argument is NULL.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_avoid_method(struct event_config *cfg, const char *method);

/**
 * Demand that the backend can do something.
 *
 * @param cfg  the description
 * @param feature  EV_FEATURE_*, or'ed; it replaces what was demanded before
 * @return 0, or -1 when @p cfg is NULL.  That no backend can do it shows when
 *     the base is made.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_require_features(struct event_config *cfg, int feature);

/**
 * Set flags.  Those that were set stay set.
 *
 * @param cfg  the description
 * @param flag  EVENT_BASE_FLAG_*, or'ed
 * @return 0, or -1 when @p cfg is NULL.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_flag(struct event_config *cfg, int flag);

/**
 * Say how many processors there are, for completion ports of Windows.
 *
 * @param cfg  the description
 * @param cpus  how many; without effect elsewhere
 * @return 0, or -1 when @p cfg is NULL.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_num_cpus_hint(struct event_config *cfg, int cpus);

/**
 * Limit how much may run before the loop looks for new events again.
 *
 * Without limits many callbacks of little urgency can delay an urgent event
 * that comes up meanwhile.  With them the loop polls, without sleeping, after
 * so much time or so many callbacks, and goes on with what is most urgent then.
 *
 * @param cfg  the description
 * @param max_interval  the longest time between two polls, looked at after
 *     each callback; NULL: no limit
 * @param max_callbacks  the most callbacks between two polls; negative: no
 *     limit; 0 counts as 1
 * @param min_priority  priorities more urgent than this one (that is, of a
 *     lower number) have no limits
 * @return 0, or -1 when @p cfg is NULL.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_config_set_max_dispatch_interval(struct event_config *cfg,
	const struct timeval *max_interval, int max_callbacks,
	int min_priority);

/* --- bases ---------------------------------------------------------------*/

/**
 * Make a base with the best backend of this system.
 *
 * Backends are tried in a fixed order, on Linux epoll, poll, select; the
 * first that works is taken.  Unless EVENT_BASE_FLAG_IGNORE_ENV is set, or the
 * program is privileged (set-uid), environment variables have a say:
 * EVENT_NO<METHOD> (such as EVENT_NOEPOLL) excludes a backend, LIBEV_BACKENDS
 * is a list of names to try instead, with commas between, EVENT_SHOW_METHOD
 * has the choice logged, and EVENT_PRECISE_TIMER and EVENT_USE_SIGNALFD stand
 * for the flags of these names.
 *
 * @return the base, which event_base_free() frees.  NULL when no backend can
 *     be used, which is logged with the reason for each, or when memory or
 *     descriptors are short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new(void);

/**
 * Make a base as described.
 *
 * @param cfg  the description, which may be freed or changed afterwards; NULL
 *     is allowed and asks for nothing special
 * @return as event_base_new(); NULL also when no backend is left that has what
 *     the description demands.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_base_new_with_config(const struct event_config *cfg);

/**
 * Free a base.
 *
 * Its loop must not run.  Finalizers that are due are called first (see
 * event_finalize()).  Events that are pending or active become neither; they
 * belong to the program, which may free them before or afterwards.  Events of
 * event_base_once() and watchers (event2/watch.h) are freed.  Descriptors of
 * the program's stay open, and arguments of callbacks are left alone.
 *
 * @param base  the base.  NULL frees the base of event_init(), with a warning.
 * @remark Thread: one.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_free(struct event_base *base);

/**
 * Free a base as event_base_free() does, but without calling finalizers.
 *
 * Memory that they would have freed is lost.
 *
 * @param base  the base
 * @remark Thread: one.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_free_nofinalize(struct event_base *base);

/**
 * Make a base usable in the child after fork().
 *
 * The child gets a backend, a wake-up channel and a receiver of signals of its
 * own, with all events in them; the parent does not notice.  Only the child
 * calls it, before it does anything else with the base.  (A loop that finds
 * itself in a child where nobody did calls it.)  A child that only goes on to
 * exec need not.
 *
 * Of several threads only the one that forked is in the child, so a loop that
 * ran in another one runs no more there.  Fork while no other thread is inside
 * a call on the base: one that sleeps in the loop, or runs a callback, is not.
 *
 * @param base  the base
 * @return 0, or -1 when the system refuses a descriptor or memory is short; it
 *     may then be called again.  -1 as well when nothing was forked and the
 *     loop sleeps in another thread.
 * @remark Thread: one.  Callback: yes, for a child made in a callback.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_reinit(struct event_base *base);

/**
 * The name of a base's backend, such as "epoll".
 *
 * @return a string that is valid as long as the base is.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_base_get_method(const struct event_base *base);

/**
 * How a base receives signals, such as "selfpipe" or "signalfd".
 *
 * @return a string that is valid as long as the base is.  NULL as long as no
 *     event for a signal was ever added: only then the choice is made.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_base_get_signal_method(const struct event_base *base);

/**
 * What a base's backend can do.
 *
 * @return EV_FEATURE_*, or'ed.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_features(const struct event_base *base);

/**
 * The names of the backends that there are, without those that the
 * environment excludes.
 *
 * A backend in the list can be loaded; whether the system lets it work shows
 * when a base is made.  event_backend_foreach() in event2/ext_backend.h tells
 * more.
 *
 * @return the names in order of choice, ended by NULL.  The array is the
 *     library's, and is filled anew by the next call.
 * @remark Thread: one, of the whole process.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char **event_get_supported_methods(void);

/* --- priorities ----------------------------------------------------------*/

/** Priorities are below this, and so is their number. */
#define EVENT_MAX_PRIORITIES 256

/**
 * Set how many priorities a base has.
 *
 * There is 1 at first.  Priority 0 is the most urgent.  A new event gets the
 * middle one, half of the number rounded down.  Events that exist keep theirs,
 * or if there are fewer now run with the least urgent.
 *
 * @param base  the base
 * @param n_priorities  1 to 255
 * @return 0.  -1 for another number, while an event is active, or when memory
 *     is short.
 * @remark Thread: any.  Callback: yes, but -1 if another event is active.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_priority_init(struct event_base *base, int n_priorities);

/**
 * How many priorities a base has.
 *
 * @param base  NULL: the current base
 * @return 1 to 255; -1 if there is no such base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_npriorities(struct event_base *base);

/**
 * Set an event's priority.
 *
 * @param ev  the event, pending or not
 * @param priority  0, the most urgent, up to the base's number less 1
 * @return 0.  -1 for another number, while the event is active, or when it has
 *     no base.
 * @remark Thread: one.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_priority_set(struct event *ev, int priority);

/* --- the loop ------------------------------------------------------------*/

/**
 * @name How a loop runs
 * @{
 */
/**
 * Wait until something is active, run all that is active, of every priority
 * and without polling in between, and return.
 */
#define EVLOOP_ONCE 0x01
/**
 * Make one turn without sleeping, and return: one poll, and the callbacks of
 * the most urgent priority that has any.  With EVLOOP_ONCE: of every priority.
 */
#define EVLOOP_NONBLOCK 0x02
/**
 * Go on although no event is pending or active: another thread may add one.
 */
#define EVLOOP_NO_EXIT_ON_EMPTY 0x04
/** @} */

/**
 * Run the loop until nothing is pending or active any more, or until it is
 * told to stop.  The same as event_base_loop() with 0.
 *
 * @param base  the base
 * @return as event_base_loop().
 * @remark Thread: loop.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_dispatch(struct event_base *base);

/**
 * Run the loop.
 *
 * @param base  the base
 * @param flags  EVLOOP_*, or'ed.  Without any the loop ends as
 *     event_base_dispatch() says.
 * @return 0 when it was told to stop, or has done what the flags ask for.
 *     1 when nothing was pending or active (any more).
 *     -1 when the loop of this base runs already, or the backend failed.
 * @remark Thread: loop.  Callback: no; -1 and a warning.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loop(struct event_base *base, int flags);

/**
 * Stop the loop, but let it finish the round.
 *
 * With NULL the callbacks that would run in the present turn still do.  If no
 * loop runs, the request is kept: the next loop makes one turn, without
 * sleeping, and ends.
 *
 * With a time this is done when it has passed, never before.  The wait for it
 * is an event, so that it keeps the loop going; several may be under way.
 *
 * @param base  the base
 * @param tv  when, from now; NULL: after the present round
 * @return 0, or -1 when memory is short or @p base is NULL.
 * @see event_base_loopbreak(), event_base_stop()
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopexit(struct event_base *base, const struct timeval *tv);

/**
 * Stop the loop right after the present callback.
 *
 * Other events that are active stay so, and their callbacks run in the next
 * loop.  If no loop runs, nothing is stopped, neither now nor later:
 * event_base_stop() in event2/ext_loop.h is kept until a loop comes.
 *
 * @param base  the base
 * @return 0, or -1 when @p base is NULL.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopbreak(struct event_base *base);

/**
 * Have the loop poll again right after the present callback, before it runs
 * the rest of what is active.
 *
 * If no loop runs, nothing happens.
 *
 * @param base  the base
 * @return 0, or -1 when @p base is NULL.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_loopcontinue(struct event_base *base);

/**
 * Has event_base_loopexit() stopped the loop, or is it about to?
 *
 * @return 1 from the call with NULL, or the end of the time, until the next
 *     loop after the one that it stopped begins; else 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_got_exit(struct event_base *base);

/**
 * Has event_base_loopbreak() or event_base_stop() stopped the loop, or is one
 * of them about to?
 *
 * @return 1 from the call of one of them until the next loop after the one
 *     that it stopped begins; else 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_got_break(struct event_base *base);

/* --- time ----------------------------------------------------------------*/

/**
 * The time of day, as the loop knows it.
 *
 * During a turn of the loop it stands still, which saves system calls and
 * lets callbacks of one turn agree.  Outside a loop, and with
 * EVENT_BASE_FLAG_NO_CACHE_TIME, it is the real one.
 *
 * @param base  the base.  NULL stands for the one of event_init(), or if there
 *     is none for the real time.
 * @param tv_out  seconds and microseconds since 1970
 * @return 0, or -1 on failure.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv_out);

/**
 * Let the loop's time catch up, in a callback that has taken long.
 *
 * Outside a loop it has no effect.
 *
 * @param base  the base; NULL stands for the one of event_init()
 * @return 0, or -1 without a base.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_update_cache_time(struct event_base *base);

/**
 * The time of the monotonic clock, which nobody sets and by which timers run.
 *
 * It is read at each call.
 *
 * @param base  the base
 * @param tv_out  seconds and microseconds since some moment in the past
 * @return 0, or -1 when an argument is NULL.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_gettime_monotonic(struct event_base *base, struct timeval *tv_out);

/**
 * Make a base know a timeout that many events share.
 *
 * Give the result to event_add() in place of the duration itself: such events
 * stand in a queue, and adding one takes constant time.  The structure must
 * only be passed on, or copied whole; what is in it is no time to reckon with.
 *
 * @param base  the base
 * @param duration  the timeout; only for events of this base
 * @return what stands for it, valid as long as the base is, and the same each
 *     time for the same duration.  NULL when there are 256 durations already,
 *     which is logged, or when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const struct timeval *event_base_init_common_timeout(
	struct event_base *base, const struct timeval *duration);

/* --- events --------------------------------------------------------------*/

/**
 * @name What an event waits for, and what made it active
 * @{
 */
/** A time has passed.  As something to wait for it need not be given. */
#define EV_TIMEOUT 0x01
/** The descriptor is readable: data, the peer's end, or an error. */
#define EV_READ 0x02
/** The descriptor is writable, or an error would come of writing. */
#define EV_WRITE 0x04
/** The signal has come. */
#define EV_SIGNAL 0x08
/** Stay pending while and after the callback runs. */
#define EV_PERSIST 0x10
/**
 * Be active once each time the descriptor becomes ready, not as long as it is;
 * needs a backend with EV_FEATURE_ET.  All events of a descriptor should agree
 * on it.
 */
#define EV_ET 0x20
/** event_del() does not wait for a callback that runs in another thread. */
#define EV_FINALIZE 0x40
/**
 * The peer has closed, or shut down its sending side; unread data may be left.
 * Needs a backend with EV_FEATURE_EARLY_CLOSE.
 */
#define EV_CLOSED 0x80
/** @} */

/**
 * What an event calls.
 *
 * It runs in the thread of the loop, without a lock.  It may do with its own
 * event whatever can be done with one, freeing it included.
 *
 * @param fd  the descriptor or the signal's number, as assigned
 * @param what  why: EV_TIMEOUT, EV_READ, EV_WRITE, EV_CLOSED, EV_SIGNAL or'ed,
 *     with EV_ET if that was asked for; or what event_active() was given
 * @param arg  as assigned
 */
typedef void (*event_callback_fn)(evutil_socket_t fd, short what, void *arg);

/**
 * @name Timers
 * Events that wait for nothing but a time, or for event_active().
 * @{
 */
/** See event_assign(). */
#define evtimer_assign(ev, b, cb, arg) \
	event_assign((ev), (b), -1, 0, (cb), (arg))
/** See event_new(). */
#define evtimer_new(b, cb, arg) event_new((b), -1, 0, (cb), (arg))
/** See event_add(). */
#define evtimer_add(ev, tv) event_add((ev), (tv))
/** See event_del(). */
#define evtimer_del(ev) event_del(ev)
/** See event_pending(). */
#define evtimer_pending(ev, tv) event_pending((ev), EV_TIMEOUT, (tv))
/** See event_initialized(). */
#define evtimer_initialized(ev) event_initialized(ev)
/** @} */

/**
 * @name Signals
 * Events that wait for signal number @p x, persistently.
 *
 * Any number of events, in any number of bases, may wait for one signal, and
 * each is called as often as the system delivered it.  The callback runs in
 * the loop, not in the signal's handler, so it may do anything.  When the last
 * event for a signal is deleted the signal is treated as it was before the
 * first.
 * @{
 */
/** See event_add(). */
#define evsignal_add(ev, tv) event_add((ev), (tv))
/** See event_assign(). */
#define evsignal_assign(ev, b, x, cb, arg) \
	event_assign((ev), (b), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
/** See event_new(). */
#define evsignal_new(b, x, cb, arg) \
	event_new((b), (x), EV_SIGNAL | EV_PERSIST, (cb), (arg))
/** See event_del(). */
#define evsignal_del(ev) event_del(ev)
/** See event_pending(). */
#define evsignal_pending(ev, tv) event_pending((ev), EV_SIGNAL, (tv))
/** See event_initialized(). */
#define evsignal_initialized(ev) event_initialized(ev)
/** @} */

/**
 * @name Events of the program's own
 * They become active through evuser_trigger() alone, and need not be added.
 * @{
 */
/** See event_new(). */
#define evuser_new(b, cb, arg) event_new((b), -1, 0, (cb), (arg))
/** See event_del(). */
#define evuser_del(ev) event_del(ev)
/** Asks event_pending() for nothing, so that it is always 0. */
#define evuser_pending(ev, tv) event_pending((ev), 0, (tv))
/** See event_initialized(). */
#define evuser_initialized(ev) event_initialized(ev)
/** See event_active(). */
#define evuser_trigger(ev) event_active((ev), 0, 0)
/** @} */

/**
 * Stands for the event itself, as the argument of its callback.
 *
 * @code
 * ev = event_new(base, fd, EV_READ, on_read, event_self_cbarg());
 * @endcode
 *
 * @return a pointer for event_new() and event_assign() only.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void *event_self_cbarg(void);

/**
 * Make an event.  event_add() then makes it pending.
 *
 * Several events may wait for one descriptor or signal.
 *
 * @param base  its base.  NULL stands for the one of event_init(); if there is
 *     none the event gets its base from event_base_set().
 * @param fd  the descriptor; with EV_SIGNAL the signal's number; else -1
 * @param events  EV_READ, EV_WRITE, EV_CLOSED, or EV_SIGNAL alone, or 0 for a
 *     timer; with EV_PERSIST, EV_ET, EV_FINALIZE
 * @param callback  called when the event is active
 * @param callback_arg  handed to it; see also event_self_cbarg()
 * @return the event, which event_free() frees.  NULL when memory is short, or
 *     when EV_SIGNAL comes with EV_READ, EV_WRITE or EV_CLOSED.  That a
 *     descriptor or a signal cannot be waited for shows in event_add().
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event *event_new(struct event_base *base, evutil_socket_t fd,
	short events, event_callback_fn callback, void *callback_arg);

/**
 * Set up an event in memory of the program's own.
 *
 * The type is complete in event2/event_struct.h.  An event that exists may be
 * assigned anew, but only while it is neither pending nor active: otherwise
 * the base's lists are torn, and only debug mode notices.
 *
 * @param ev  where the event goes
 * @param base  as for event_new()
 * @param fd  as for event_new()
 * @param events  as for event_new()
 * @param callback  as for event_new()
 * @param callback_arg  as for event_new(); event_self_cbarg() is the same as
 *     @p ev
 * @return 0, or -1 when EV_SIGNAL comes with EV_READ, EV_WRITE or EV_CLOSED.
 * @remark Thread: one.  Callback: yes, also its own, once it is not pending.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd,
	short events, event_callback_fn callback, void *callback_arg);

/**
 * Delete an event as event_del() does, and free it.
 *
 * So it waits for a callback that runs in another thread, unless the event has
 * EV_FINALIZE: then use event_free_finalize() if there may be one.
 *
 * @param ev  an event of event_new(); NULL is allowed
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_free(struct event *ev);

/** An event's last call; see event_finalize(). */
typedef void (*event_finalize_callback_fn)(struct event *ev, void *arg);

/**
 * Delete an event without waiting, and be told when its callback is over.
 *
 * The event is neither pending nor active at once, and is not to be used any
 * more: event_add() fails, event_active() and event_del() do nothing.  The
 * loop calls @p fn, once, with the event's argument, at the event's priority,
 * and never while its callback runs.  If no loop comes event_base_free() does.
 * What the callback used can be freed there, and the event's own memory, too,
 * or put to another use.
 *
 * It is how an event ends that other threads use while they hold locks which
 * its callback wants.
 *
 * @param flags  0
 * @param ev  the event
 * @param fn  the last call
 * @return 0, or -1 when the event has no base.  Doing it twice is doing it
 *     once.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
event_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn fn);

/**
 * event_finalize(), after which the library frees the event.
 *
 * @param flags  0
 * @param ev  an event of event_new()
 * @param fn  the last call; the event is freed when it returns
 * @return as event_finalize().
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_free_finalize(
	unsigned flags, struct event *ev, event_finalize_callback_fn fn);

/**
 * Call a function once, when something has happened, without an event to keep.
 *
 * It cannot be taken back.  If it has not happened when the base is freed, the
 * library frees its own memory; the argument is the program's.
 *
 * @param base  the base
 * @param fd  the descriptor, or -1 for a timer
 * @param events  EV_TIMEOUT, EV_READ, EV_WRITE, EV_CLOSED
 * @param callback  called once
 * @param arg  handed to it
 * @param timeout  the longest time to wait.  NULL: no limit, but with
 *     EV_TIMEOUT alone the callback is due at once, as it is with 0.
 * @return 0.  -1, with errno set, when memory is short, when the descriptor
 *     cannot be waited for, with EV_SIGNAL or EV_PERSIST, and with nothing to
 *     wait for.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_once(struct event_base *base, evutil_socket_t fd, short events,
	event_callback_fn callback, void *arg, const struct timeval *timeout);

/**
 * Give an event another base.  Its priority becomes that base's middle one.
 *
 * @param base  the base
 * @param ev  the event
 * @return 0, or -1 while the event is pending or active.
 * @remark Thread: one.  Callback: yes, also its own, once it is not pending.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_set(struct event_base *base, struct event *ev);

/**
 * Make an event pending.
 *
 * For one that is pending already it sets the timeout, and nothing else.  An
 * event that is active stays so, but a new timeout withdraws that the old one
 * had passed.
 *
 * With EV_PERSIST the timeout repeats: after a timeout the next one is an
 * interval after the time at which that one was due (or, when the loop is more
 * than an interval late, from now), after anything else an interval from now.
 * A timer never fires early.  Timers due at the same time fire in the order in
 * which they were added.
 *
 * @param ev  the event
 * @param timeout  the longest time to wait from now; negative counts as 0, and
 *     more than the clock can hold as never.  NULL: no timeout, or if it has
 *     one that stays.  May come from event_base_init_common_timeout().
 * @return 0.  -1, with errno set, when memory is short, when the descriptor
 *     or the signal cannot be waited for (a regular file with epoll, a number
 *     that is no signal), when the event was finalized, or has no base.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_add(struct event *ev, const struct timeval *timeout);

/**
 * Take an event's timeout away, and leave it pending for all else.
 *
 * Without anything else it stops being pending.  A callback that is due
 * already still runs.
 *
 * @param ev  the event, with a timeout or without
 * @return 0, or -1 when the event has no base.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_remove_timer(struct event *ev);

/**
 * Make an event neither pending nor active.
 *
 * When it returns the callback does not run, and will not until the event is
 * added or activated again: if another thread is in it, this waits for its
 * end.  So do not hold a lock here that the callback wants.  An event with
 * EV_FINALIZE is not waited for.  In the loop's own thread there is nothing to
 * wait for.
 *
 * Delete the events of a descriptor before closing it.
 *
 * @param ev  the event, pending or not
 * @return 0, or -1 when the event has no base.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_del(struct event *ev);

/**
 * event_del() that never waits for the callback.
 *
 * @param ev  the event, pending or not
 * @return 0, or -1 when the event has no base.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_del_noblock(struct event *ev);

/**
 * event_del() that waits for the callback also with EV_FINALIZE.
 *
 * @param ev  the event, pending or not
 * @return 0, or -1 when the event has no base.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_del_block(struct event *ev);

/**
 * Make an event active, whether or not anything has happened, and whether or
 * not it is pending.
 *
 * Its callback then runs in the loop, also when this is called there.  One
 * that is active already gets the new reasons, too, and still one callback.
 * Without EV_PERSIST the event is not pending any more when the callback runs.
 * EV_TIMEOUT leaves the schedule of a persistent timer as it is; every other
 * reason begins its interval anew, as readiness does.
 *
 * From another thread it wakes the loop: the usual way to send it work.
 *
 * @param ev  the event; if it was finalized nothing happens
 * @param res  what the callback gets as the reason: EV_*
 * @param ncalls  with EV_SIGNAL events, how often the callback is called; less
 *     than 1 counts as 1.  Without effect otherwise.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_active(struct event *ev, int res, short ncalls);

/**
 * What an event is pending or active for.
 *
 * @param ev  the event
 * @param events  what is asked about: EV_TIMEOUT, EV_READ, EV_WRITE,
 *     EV_CLOSED, EV_SIGNAL, or'ed
 * @param tv_out  gets the time of day at which the timeout will have passed,
 *     if EV_TIMEOUT was asked about and the event has a timeout; NULL is
 *     allowed
 * @return those of @p events that it is pending or active for; 0: none.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_pending(const struct event *ev, short events, struct timeval *tv_out);

/**
 * The event whose callback is running.
 *
 * @param base  the base
 * @return the event, for as long as it is not freed.  NULL outside a callback
 *     of an event, and in every thread but the loop's.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event *event_base_get_running_event(struct event_base *base);

/**
 * Has this memory been assigned an event?
 *
 * @param ev  memory that held an event, or is all zeros
 * @return 1 if event_assign() or event_set() was called on it, else 0.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_initialized(const struct event *ev);

/** The number of the signal that an event waits for. */
#define event_get_signal(ev) ((int)event_get_fd(ev))

/**
 * The descriptor that an event waits for, or the signal's number.
 *
 * @return as assigned; -1 for most timers.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t event_get_fd(const struct event *ev);

/**
 * An event's base.
 *
 * @return the base; NULL if it has none yet.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct event_base *event_get_base(const struct event *ev);

/**
 * What an event waits for.
 *
 * @return EV_*, or'ed, as assigned.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
short event_get_events(const struct event *ev);

/**
 * An event's callback.
 *
 * @return as assigned.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
event_callback_fn event_get_callback(const struct event *ev);

/**
 * The argument of an event's callback.
 *
 * @return as assigned.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void *event_get_callback_arg(const struct event *ev);

/**
 * An event's priority.
 *
 * @return 0, the most urgent, up to the base's number less 1.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_get_priority(const struct event *ev);

/**
 * Everything that event_assign() was given, at once.
 *
 * @param ev  the event
 * @param base_out  its base; each of these may be NULL
 * @param fd_out  its descriptor or signal's number
 * @param events_out  what it waits for
 * @param callback_out  its callback
 * @param arg_out  the argument of that
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_get_assignment(const struct event *ev, struct event_base **base_out,
	evutil_socket_t *fd_out, short *events_out,
	event_callback_fn *callback_out, void **arg_out);

/**
 * The size of struct event in the library, in bytes.
 *
 * A program that allocates as many for each event does not depend on the size
 * that the structure had in its headers.
 *
 * @return 128 on LP64 systems, in this release.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t event_get_struct_event_size(void);

/* --- what is in a base ---------------------------------------------------*/

/**
 * @name What is counted
 * @{
 */
/** Events whose callbacks are due. */
#define EVENT_BASE_COUNT_ACTIVE 1U
/** Work under way that is no event but keeps the loop going. */
#define EVENT_BASE_COUNT_VIRTUAL 2U
/**
 * What events are in a base for: one each for waiting for a descriptor or a
 * signal, for having a timeout, and for being active.
 */
#define EVENT_BASE_COUNT_ADDED 4U
/** @} */

/**
 * How many events a base has.
 *
 * @param base  the base
 * @param flags  EVENT_BASE_COUNT_*, or'ed
 * @return the sum of what is asked about.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_num_events(struct event_base *base, unsigned int flags);

/**
 * How many events a base has had at the most.
 *
 * @param base  the base
 * @param flags  EVENT_BASE_COUNT_*, or'ed
 * @param clear  not 0: forget those maxima that are asked about
 * @return the sum of their maxima; these need not have been at one time.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_get_max_events(
	struct event_base *base, unsigned int flags, int clear);

/**
 * Is shown an event; see event_base_foreach_event().
 *
 * It runs with the base locked.  It may ask about events, and must not add,
 * delete, activate or free any.
 *
 * @param base  the base
 * @param ev  the event
 * @param arg  as given to event_base_foreach_event()
 * @return 0 to go on; anything else ends the walk.
 */
typedef int (*event_base_foreach_event_cb)(
	const struct event_base *base, const struct event *ev, void *arg);

/**
 * Show every event that is pending or active, each once, in no special order.
 *
 * Events of the library's own are shown, too.
 *
 * @param base  the base
 * @param fn  called for each
 * @param arg  handed to it
 * @return what the last call returned; 0 when there was none.  -1 when
 *     @p base or @p fn is NULL.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_foreach_event(
	struct event_base *base, event_base_foreach_event_cb fn, void *arg);

/**
 * Write what is in a base, for people to read.
 *
 * A line for each event that is pending, then a line for each that is active.
 * The text may change from release to release; event_base_dump_json() in
 * event2/ext_inspect.h is for programs.  The base is locked meanwhile.
 *
 * @param base  the base
 * @param out  where to
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_dump_events(struct event_base *base, FILE *out);

/**
 * Make the pending events of a descriptor active.
 *
 * @param base  the base
 * @param fd  the descriptor
 * @param events  EV_READ, EV_WRITE, EV_CLOSED, or'ed: events that wait for one
 *     of them become active for it.  With EV_TIMEOUT, events of that
 *     descriptor that have a timeout become active as if it had passed.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_active_by_fd(
	struct event_base *base, evutil_socket_t fd, short events);

/**
 * Make the pending events of a signal active, as if it had come once.
 *
 * @param base  the base; events of other bases are left alone
 * @param sig  the signal's number
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void event_base_active_by_signal(struct event_base *base, int sig);

#ifdef __cplusplus
}
#endif

#endif
