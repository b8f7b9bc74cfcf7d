/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lists are changed under the lock and read without it, by the handler.
 *
 *   heads[signo] -> watch -> watch -> NULL      (atomic pointers)
 *
 * At every moment each list is whole: a watch is complete before it is linked
 * and keeps its own next pointer when it is unlinked, so that a handler which
 * stands on it walks on.  Before its memory or its descriptor goes away,
 * registry_settle() waits for the handlers that may have seen it: each counts
 * itself in on entry and out at its end.  There are two counters, of which
 * newcomers use one while the other runs dry, so that no storm of signals can
 * keep the waiter waiting.  The waiter has signals blocked, so it never waits
 * for a handler that it interrupts itself, and handlers wait for nobody.
 *
 * home names the process that the lists are about.  In a child it is another
 * one, and handlers there look no further until the first lock has emptied
 * the lists and put the child's own name in.
 */
#include "registry.h"

#include <errno.h>
#include <pthread.h>

#include <libev-abi/signal.h>
#include <libev-abi/sys.h>

#include "disposition.h"

_Static_assert(ATOMIC_POINTER_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
	"a handler must not meet a lock");

/* What handlers read. */
static _Atomic pid_t home;
static atomic_uint side;
static atomic_uint handlers[2];
static _Atomic(struct watch *) heads[EV_SIGNAL_MAX];

/* What the lock guards. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct disposition dispositions[EV_SIGNAL_MAX];
static atomic_uint process; /* read without the lock as well */

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static int fork_error;

static void
add_saturating(_Atomic uint32_t *sum, uint32_t n)
{
	uint32_t old = atomic_load(sum);
	uint32_t now;

	do
		now = n > UINT32_MAX - old ? UINT32_MAX : old + n;
	while (!atomic_compare_exchange_weak(sum, &old, now));
}

void
registry_tell(int signo, uint32_t n)
{
	struct watch *watch = atomic_load(&heads[signo]);

	for (; watch; watch = atomic_load(&watch->next)) {
		add_saturating(&watch->arrived, n);
		bell_ring(watch->bell);
	}
}

/*
 * In any thread, and in a child made by any means.  write() is a point of
 * cancellation, and a thread that ended here would be counted in for ever.
 */
static void
on_signal(int signo)
{
	int saved_errno = errno;
	unsigned mine;
	int cancel;

	if (sys_getpid() == atomic_load(&home)) {
		(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
		mine = atomic_load(&side);
		atomic_fetch_add(&handlers[mine], 1);
		registry_tell(signo, 1);
		atomic_fetch_sub(&handlers[mine], 1);
		(void)pthread_setcancelstate(cancel, NULL);
	}
	errno = saved_errno;
}

static void
before_fork(void)
{
	(void)pthread_mutex_lock(&mutex);
}

static void
in_parent(void)
{
	(void)pthread_mutex_unlock(&mutex);
}

/* Process numbers repeat across namespaces; nobody's is nobody's. */
static void
in_child(void)
{
	atomic_store(&home, 0);
	(void)pthread_mutex_unlock(&mutex);
}

static void
hook_fork(void)
{
	fork_error = -pthread_atfork(before_fork, in_parent, in_child);
}

int
registry_hook_fork(void)
{
	int err = pthread_once(&fork_once, hook_fork);

	return err ? -err : fork_error;
}

static void
empty_list(_Atomic(struct watch *) *head)
{
	struct watch *watch = atomic_load(head);

	for (; watch; watch = atomic_load(&watch->next))
		watch->link = NULL;
	atomic_store(head, NULL);
}

/*
 * The lists speak of the parent's instances, and the counters of threads
 * that did not come along.  No handler reads either before home is set.
 */
static void
settle_in(pid_t pid)
{
	int signo;

	for (signo = 1; signo < EV_SIGNAL_MAX; signo++)
		empty_list(&heads[signo]);
	atomic_store(&handlers[0], 0);
	atomic_store(&handlers[1], 0);
	atomic_fetch_add(&process, 1);
	atomic_store(&home, pid);
}

void
registry_lock(struct registry_hold *hold)
{
	pid_t pid = sys_getpid();
	sigset_t all;

	sigfillset(&all);
	hold->masked = !sys_pthread_sigmask(SIG_SETMASK, &all, &hold->mask);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &hold->cancel);
	(void)pthread_mutex_lock(&mutex);
	if (atomic_load(&home) != pid)
		settle_in(pid);
}

void
registry_unlock(const struct registry_hold *hold)
{
	(void)pthread_mutex_unlock(&mutex);
	(void)pthread_setcancelstate(hold->cancel, NULL);
	if (hold->masked)
		(void)sys_pthread_sigmask(SIG_SETMASK, &hold->mask, NULL);
}

unsigned
registry_process(void)
{
	return atomic_load(&process);
}

int
registry_is_home(unsigned born)
{
	return sys_getpid() == atomic_load(&home) &&
	       atomic_load(&process) == born;
}

void
registry_link(struct watch *watch)
{
	_Atomic(struct watch *) *head = &heads[watch->signo];
	struct watch *first = atomic_load(head);

	atomic_store(&watch->next, first);
	watch->link = head;
	if (first)
		first->link = &watch->next;
	atomic_store(head, watch);
}

void
registry_unlink(struct watch *watch)
{
	struct watch *next = atomic_load(&watch->next);

	if (!watch->link)
		return;
	atomic_store(watch->link, next);
	if (next)
		next->link = watch->link;
	watch->link = NULL;
}

/* A handler takes microseconds; sleep when it has lost its processor. */
static void
wait_for(atomic_uint *running)
{
	int tries = 0;

	while (atomic_load(running) > 0)
		(void)sys_poll(NULL, 0, tries++ < 100 ? 0 : 1);
}

void
registry_settle(void)
{
	wait_for(&handlers[atomic_fetch_xor(&side, 1)]);
	wait_for(&handlers[atomic_fetch_xor(&side, 1)]);
}

int
registry_take(int signo)
{
	return disposition_take(&dispositions[signo], signo, on_signal);
}

int
registry_restore(int signo)
{
	return disposition_restore(&dispositions[signo], signo);
}
