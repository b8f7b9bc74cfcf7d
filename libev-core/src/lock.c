/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which locks there are is decided once, before the first base is made; so
 * the variables here are written while the program has one thread and only
 * read later.
 */
#include "lock.h"

#include <errno.h>

#include <event2/thread.h>

#include "log.h"

static enum lock_kind kind_now = LOCK_NONE;
static int native_inherit;
static int debugging;
static struct evthread_lock_callbacks lock_callbacks;
static struct evthread_condition_callbacks condition_callbacks;
static int has_conditions;
static unsigned long (*id_callback)(void);

enum lock_kind
lock_kind_now(void)
{
	return kind_now;
}

int
lock_use_native(int inherit)
{
	if (kind_now == LOCK_CUSTOM)
		return -EEXIST;
	kind_now = LOCK_NATIVE;
	native_inherit = inherit;
	return 0;
}

static int
same_locks(const struct evthread_lock_callbacks *a,
	const struct evthread_lock_callbacks *b)
{
	return a->lock_api_version == b->lock_api_version &&
	       a->supported_locktypes == b->supported_locktypes &&
	       a->alloc == b->alloc && a->free == b->free &&
	       a->lock == b->lock && a->unlock == b->unlock;
}

int
evthread_set_lock_callbacks(const struct evthread_lock_callbacks *callbacks)
{
	if (!callbacks) {
		if (kind_now != LOCK_NONE)
			log_warn("locking was switched off after it was "
				 "switched on; locks that exist keep working");
		kind_now = LOCK_NONE;
		return 0;
	}
	if (kind_now == LOCK_CUSTOM && same_locks(callbacks, &lock_callbacks))
		return 0;
	if (kind_now != LOCK_NONE) {
		log_warn("the lock callbacks cannot be changed any more");
		return -1;
	}
	if (callbacks->lock_api_version != EVTHREAD_LOCK_API_VERSION ||
		!callbacks->alloc || !callbacks->free || !callbacks->lock ||
		!callbacks->unlock)
		return -1;
	lock_callbacks = *callbacks;
	kind_now = LOCK_CUSTOM;
	return 0;
}

int
evthread_set_condition_callbacks(
	const struct evthread_condition_callbacks *callbacks)
{
	const struct evthread_condition_callbacks *have = &condition_callbacks;

	if (!callbacks) { /* conditions that exist keep working */
		has_conditions = 0;
		return 0;
	}
	if (callbacks->condition_api_version !=
			EVTHREAD_CONDITION_API_VERSION ||
		!callbacks->alloc_condition || !callbacks->free_condition ||
		!callbacks->signal_condition || !callbacks->wait_condition)
		return -1;
	if (has_conditions &&
		(have->alloc_condition != callbacks->alloc_condition ||
			have->free_condition != callbacks->free_condition ||
			have->signal_condition != callbacks->signal_condition ||
			have->wait_condition != callbacks->wait_condition)) {
		log_warn("the condition callbacks cannot be changed any more");
		return -1;
	}
	condition_callbacks = *callbacks;
	has_conditions = 1;
	return 0;
}

void
evthread_set_id_callback(unsigned long (*id_fn)(void))
{
	id_callback = id_fn;
}

void
evthread_enable_lock_debugging(void)
{
	debugging = 1;
}

void
evthread_enable_lock_debuging(void)
{
	evthread_enable_lock_debugging();
}

unsigned long
lock_thread_id(void)
{
	return id_callback ? id_callback() : mutex_self();
}

int
lock_init(struct lock *lock)
{
	int err = 0;

	*lock = (struct lock){.kind = kind_now, .debug = debugging};
	if (lock->kind == LOCK_NATIVE)
		err = mutex_init(&lock->native, native_inherit);
	if (lock->kind == LOCK_CUSTOM) {
		lock->custom = lock_callbacks.alloc(
			EVTHREAD_LOCKTYPE_RECURSIVE);
		err = lock->custom ? 0 : -ENOMEM;
	}
	if (err < 0)
		lock->kind = LOCK_NONE;
	return err;
}

int
lock_fini(struct lock *lock)
{
	if (lock->debug && lock->depth > 0) {
		log_fatal("a lock is destroyed while it is held");
		return -EBUSY;
	}
	if (lock->kind == LOCK_NATIVE)
		mutex_fini(&lock->native);
	if (lock->kind == LOCK_CUSTOM)
		lock_callbacks.free(lock->custom, EVTHREAD_LOCKTYPE_RECURSIVE);
	lock->kind = LOCK_NONE;
	return 0;
}

void
lock_renew(struct lock *lock)
{
	lock->depth = 0;
	if (lock->kind == LOCK_NATIVE &&
		mutex_init(&lock->native, native_inherit) < 0)
		lock->kind = LOCK_NONE;
}

void
lock_take_slow(struct lock *lock)
{
	if (lock->kind == LOCK_NATIVE)
		mutex_take(&lock->native);
	else
		lock_callbacks.lock(0, lock->custom);
	if (lock->debug) {
		lock->owner = lock_thread_id();
		lock->depth++;
	}
}

static int
may_give(const struct lock *lock)
{
	return lock->depth > 0 && lock->owner == lock_thread_id();
}

void
lock_give_slow(struct lock *lock)
{
	if (lock->debug && !may_give(lock)) {
		log_fatal("a lock is released by a thread that does not "
			  "hold it");
		return;
	}
	if (lock->debug)
		lock->depth--;
	if (lock->kind == LOCK_NATIVE)
		mutex_give(&lock->native);
	else
		lock_callbacks.unlock(0, lock->custom);
}

int
cond_init(struct cond *cond, const struct lock *lock)
{
	int err = 0;

	*cond = (struct cond){.kind = lock->kind};
	if (cond->kind == LOCK_NATIVE)
		err = mutex_cond_init(&cond->native);
	if (cond->kind == LOCK_CUSTOM && !has_conditions)
		cond->kind = LOCK_NONE; /* the user gave locks alone */
	if (cond->kind == LOCK_CUSTOM) {
		cond->custom = condition_callbacks.alloc_condition(0);
		err = cond->custom ? 0 : -ENOMEM;
	}
	if (err < 0)
		cond->kind = LOCK_NONE;
	return err;
}

void
cond_fini(struct cond *cond)
{
	if (cond->kind == LOCK_NATIVE)
		mutex_cond_fini(&cond->native);
	if (cond->kind == LOCK_CUSTOM)
		condition_callbacks.free_condition(cond->custom);
	cond->kind = LOCK_NONE;
}

void
cond_wait(struct cond *cond, struct lock *lock)
{
	unsigned depth = lock->depth;

	lock->depth = 0;
	if (cond->kind == LOCK_NATIVE)
		mutex_cond_wait(&cond->native, &lock->native);
	else if (cond->kind == LOCK_CUSTOM)
		condition_callbacks.wait_condition(
			cond->custom, lock->custom, NULL);
	if (lock->debug) {
		lock->owner = lock_thread_id();
		lock->depth = depth;
	}
}

void
cond_broadcast(struct cond *cond)
{
	if (cond->kind == LOCK_NATIVE)
		mutex_cond_broadcast(&cond->native);
	else if (cond->kind == LOCK_CUSTOM)
		condition_callbacks.signal_condition(cond->custom, 1);
}

void
cond_renew(struct cond *cond)
{
	if (cond->kind == LOCK_NATIVE && mutex_cond_init(&cond->native) < 0)
		cond->kind = LOCK_NONE;
}
