/* SPDX-License-Identifier: BSD-3-Clause */
/* The native mutex and condition of a POSIX system; lock.h wraps them. */
#ifndef EV_CORE_MUTEX_POSIX_H
#define EV_CORE_MUTEX_POSIX_H

#include <pthread.h>
#include <unistd.h> /* tells whether there is priority inheritance */

struct mutex {
	pthread_mutex_t native;
};

/* For mutexes that exist before and without evthread_use_pthreads(). */
#define MUTEX_STATIC                      \
	{                                 \
		PTHREAD_MUTEX_INITIALIZER \
	}

struct mutex_cond {
	pthread_cond_t native;
};

/* Recursive; INHERIT: a holder runs at its most urgent waiter's priority. */
static inline int
mutex_init(struct mutex *mutex, int inherit)
{
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (err)
		return -err;
	err = pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
#ifdef _POSIX_THREAD_PRIO_INHERIT
	if (!err && inherit)
		err = pthread_mutexattr_setprotocol(
			&attr, PTHREAD_PRIO_INHERIT);
#else
	(void)inherit;
#endif
	if (!err)
		err = pthread_mutex_init(&mutex->native, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

static inline void
mutex_fini(struct mutex *mutex)
{
	pthread_mutex_destroy(&mutex->native);
}

static inline void
mutex_take(struct mutex *mutex)
{
	pthread_mutex_lock(&mutex->native);
}

static inline int
mutex_try(struct mutex *mutex)
{
	return -pthread_mutex_trylock(&mutex->native);
}

static inline void
mutex_give(struct mutex *mutex)
{
	pthread_mutex_unlock(&mutex->native);
}

static inline int
mutex_cond_init(struct mutex_cond *cond)
{
	return -pthread_cond_init(&cond->native, NULL);
}

static inline void
mutex_cond_fini(struct mutex_cond *cond)
{
	pthread_cond_destroy(&cond->native);
}

static inline void
mutex_cond_wait(struct mutex_cond *cond, struct mutex *mutex)
{
	pthread_cond_wait(&cond->native, &mutex->native);
}

static inline void
mutex_cond_broadcast(struct mutex_cond *cond)
{
	pthread_cond_broadcast(&cond->native);
}

static inline unsigned long
mutex_self(void)
{
	return (unsigned long)pthread_self();
}

#endif
