/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/thread.h
 *
 * Locking, for programs that use one event_base from several threads.
 *
 * Threads are off until one of evthread_use_pthreads() and
 * evthread_set_lock_callbacks() is called, and then a program pays nothing for
 * them.  An event_base gets its lock when it is made, so turn threads on
 * before that:
 *
 * @code
 * if (evthread_use_pthreads() < 0)
 *         return -1;
 * base = event_base_new();
 * @endcode
 *
 * A base that only one thread ever uses can do without a lock although threads
 * are on: EVENT_BASE_FLAG_NOLOCK.  What "Thread:" and "Callback:" mean below
 * is said at the head of event2/event.h.
 */
#ifndef EVENT2_THREAD_H_INCLUDED_
#define EVENT2_THREAD_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct timeval;

/**
 * @name Modes of locking
 * The first argument of a lock function.  The library asks for plain
 * exclusive locks only, that is, for mode 0.
 * @{
 */
#define EVTHREAD_WRITE 0x04 /**< to write, of a read-write lock */
#define EVTHREAD_READ  0x08 /**< to read, of a read-write lock */
#define EVTHREAD_TRY   0x10 /**< fail instead of waiting */
/** @} */

/** Version of struct evthread_lock_callbacks, for its first member. */
#define EVTHREAD_LOCK_API_VERSION 1

/**
 * @name Kinds of locks
 * @{
 */
/** Its holder may take it again, and gives it up as often as he took it. */
#define EVTHREAD_LOCKTYPE_RECURSIVE 1
/** For many readers or one writer; the library never asks for one. */
#define EVTHREAD_LOCKTYPE_READWRITE 2
/** @} */

/** Locks of the program's own making; see evthread_set_lock_callbacks(). */
struct evthread_lock_callbacks {
	/** EVTHREAD_LOCK_API_VERSION. */
	int lock_api_version;
	/** The EVTHREAD_LOCKTYPE_* that alloc() can make, or'ed. */
	unsigned supported_locktypes;
	/** A new lock of kind @p locktype, or NULL.  Always a recursive one. */
	void *(*alloc)(unsigned locktype);
	/** Destroy a lock that alloc() made of that kind.  Nobody holds it. */
	void (*free)(void *lock, unsigned locktype);
	/** Take it; 0 on success.  Waits, unless mode has EVTHREAD_TRY. */
	int (*lock)(unsigned mode, void *lock);
	/** Give it up; 0 on success.  @p mode is that of the taking. */
	int (*unlock)(unsigned mode, void *lock);
};

/**
 * Have the library lock with functions of the program's.
 *
 * Only for programs with a thread system of their own; all others call
 * evthread_use_pthreads().  Give condition functions and an id function too:
 * without evthread_set_condition_callbacks() event_del() cannot wait for a
 * callback in another thread, and without evthread_set_id_callback() no
 * thread is told from another.
 *
 * @param callbacks  the functions; copied.  NULL turns threads off for what is
 *     made from now on, with a warning if they were on.
 * @return 0, also when the same functions are set again.  -1 when a function
 *     is missing, the version is unknown, or other locks are in force already;
 *     then nothing has changed.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
evthread_set_lock_callbacks(const struct evthread_lock_callbacks *callbacks);

/** Version of struct evthread_condition_callbacks, for its first member. */
#define EVTHREAD_CONDITION_API_VERSION 1

/** Conditions; see evthread_set_condition_callbacks(). */
struct evthread_condition_callbacks {
	/** EVTHREAD_CONDITION_API_VERSION. */
	int condition_api_version;
	/** A new condition, or NULL.  @p condtype is 0. */
	void *(*alloc_condition)(unsigned condtype);
	/** Destroy it.  Nobody waits for it. */
	void (*free_condition)(void *cond);
	/**
	 * Wake one thread that waits, or all of them when @p broadcast is not
	 * 0; the lock is held.  0, or -1 on failure.
	 */
	int (*signal_condition)(void *cond, int broadcast);
	/**
	 * Give up @p lock, sleep until woken, take @p lock again.  A lock
	 * that comes here is held once, not deeper.  Waking up for no reason
	 * is allowed.
	 *
	 * @p timeout is the longest time to sleep, NULL is for ever.  0, 1
	 * when the time has passed, -1 on failure.
	 */
	int (*wait_condition)(
		void *cond, void *lock, const struct timeval *timeout);
};

/**
 * Have the library wait with functions of the program's.
 *
 * They work on the locks of evthread_set_lock_callbacks().
 *
 * @param callbacks  the functions; copied.  NULL: none for conditions made from
 *     now on; those that exist keep working.
 * @return 0, also when the same functions are set again.  -1 when a function
 *     is missing, the version is unknown, or others are set already; then
 *     nothing has changed.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_set_condition_callbacks(
	const struct evthread_condition_callbacks *callbacks);

/**
 * Have the library tell threads apart with a function of the program's.
 *
 * @param id_fn  gives the calling thread's number, which no other living
 *     thread has.  NULL goes back to the system's own numbers.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_set_id_callback(unsigned long (*id_fn)(void));

#if defined(_WIN32) || defined(EVENT_IN_DOXYGEN_)
/**
 * Turn threads on, with the locks of Windows.
 *
 * @return 0, or -1 when other locks are in force already.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_windows_threads(void);
/** evthread_use_windows_threads() is there. */
#define EVTHREAD_USE_WINDOWS_THREADS_IMPLEMENTED 1
#endif

#if defined(EVENT__HAVE_PTHREADS) || defined(EVENT_IN_DOXYGEN_)
/**
 * Turn threads on, with POSIX mutexes and conditions.
 *
 * The functions live in the core itself; nothing else has to be linked.
 *
 * @return 0, also when it was called before.  -1 after
 *     evthread_set_lock_callbacks(), and those stay in force.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_pthreads(void);
/** evthread_use_pthreads() is there. */
#define EVTHREAD_USE_PTHREADS_IMPLEMENTED 1

/**
 * For evthread_use_pthreads_with_flags(): a thread that holds a lock runs at
 * the priority of the most urgent one that waits for it.
 */
#define EVTHREAD_PTHREAD_PRIO_INHERIT 0x01

/**
 * Like evthread_use_pthreads(), with a say in the kind of mutex.
 *
 * @param flags  0 or EVTHREAD_PTHREAD_PRIO_INHERIT; where the system has no
 *     priority inheritance, that has no effect.  Locks that exist keep their
 *     kind.
 * @return 0, or -1 for an unknown flag or after evthread_set_lock_callbacks().
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_pthreads_with_flags(int flags);
#endif

/**
 * Check the use of every lock that is made from now on.
 *
 * Giving up a lock that the thread does not hold, and destroying one that
 * somebody holds, is then reported as a fatal error (see
 * event_set_fatal_callback()).  Costs time at each lock; meant for tests.
 *
 * @remark Thread: setup, before or after threads are turned on.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debugging(void);

/**
 * evthread_enable_lock_debugging() as it was once misspelt.
 *
 * @deprecated Use the other name.
 * @remark Thread: setup.  Callback: no.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debuging(void);

/**
 * Open the channel through which other threads wake this base's loop.
 *
 * A base with a lock does it by itself before it first sleeps.  Call it to
 * learn early that there are no descriptors left, or for a base that is to
 * go into a sandbox.
 *
 * @param base  the base; with NULL, -1
 * @return 0, also when it was open already.  -1 when the system refuses a
 *     descriptor or memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_make_base_notifiable(struct event_base *base);

#ifdef __cplusplus
}
#endif

#endif
