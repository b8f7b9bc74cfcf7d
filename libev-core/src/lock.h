/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks and conditions of the kind that is in force when they are made:
 *
 *   LOCK_NONE    threads are off: nothing is done
 *   LOCK_NATIVE  after evthread_use_pthreads(): straight to the system
 *   LOCK_CUSTOM  after evthread_set_lock_callbacks(): through the user's table
 *
 * After evthread_enable_lock_debugging() native and custom locks also check
 * who holds them.  All locks are recursive.  A lock that could not be made is
 * of kind LOCK_NONE, and its maker is told.
 */
#ifndef EV_CORE_LOCK_H
#define EV_CORE_LOCK_H

#include "mutex_posix.h"

enum lock_kind { LOCK_NONE, LOCK_NATIVE, LOCK_CUSTOM };

struct lock {
	enum lock_kind kind;
	int debug;           /* holder and depth are kept and checked */
	unsigned long owner; /* valid while depth > 0; written by the holder */
	unsigned depth;
	struct mutex native;
	void *custom;
};

struct cond {
	enum lock_kind kind; /* LOCK_NONE: nobody can wait here */
	struct mutex_cond native;
	void *custom;
};

/* The kind of a lock made now. */
enum lock_kind lock_kind_now(void);
/* From now on LOCK_NATIVE; -EEXIST if the user's callbacks are in force. */
int lock_use_native(int inherit);

/* 0, also for a lock that does nothing; -errno and a lock of LOCK_NONE. */
int lock_init(struct lock *lock);
/* 0; -EBUSY if somebody is seen to hold it: then it lives on. */
int lock_fini(struct lock *lock);
/*
 * In the child after fork: nobody holds it, whoever did in the parent.  A
 * custom lock is left to its makers, who know how theirs get over a fork.
 */
void lock_renew(struct lock *lock);

/* Never call these two; they are the long way of lock_take and lock_give. */
void lock_take_slow(struct lock *lock);
void lock_give_slow(struct lock *lock);

static inline void
lock_take(struct lock *lock)
{
	if (lock->kind == LOCK_NONE)
		return;
	if (lock->kind == LOCK_NATIVE && !lock->debug)
		mutex_take(&lock->native);
	else
		lock_take_slow(lock);
}

static inline void
lock_give(struct lock *lock)
{
	if (lock->kind == LOCK_NONE)
		return;
	if (lock->kind == LOCK_NATIVE && !lock->debug)
		mutex_give(&lock->native);
	else
		lock_give_slow(lock);
}

/* A condition for use with LOCK; 0 or -errno. */
int cond_init(struct cond *cond, const struct lock *lock);
void cond_fini(struct cond *cond);
/* Give LOCK, sleep, take it again; LOCK must be held once, not deeper. */
void cond_wait(struct cond *cond, struct lock *lock);
void cond_broadcast(struct cond *cond);
/* In the child after fork: nobody waits, whoever did in the parent. */
void cond_renew(struct cond *cond);

/* The calling thread. */
unsigned long lock_thread_id(void);

#endif
