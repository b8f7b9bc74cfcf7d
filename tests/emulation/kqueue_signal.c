/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EVFILT_SIGNAL for tests: "it will record all attempts to deliver a signal to
 * a process, even if the signal has been marked as SIG_IGN", and "coexists with
 * the signal() and sigaction() facilities".
 *
 * Linux tells nobody of a signal but its handler.  So a handler of ours stands
 * before whatever the process does on a watched signal: it records, and then
 * does that.  The code under test is linked with --wrap=sigaction, and sees and
 * changes what stands behind.
 *
 * Unlike the real filter this one does not see a signal while it is blocked,
 * and does not survive another's sigaction().
 */
#include "kqueue.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

int
__real_sigaction(int signo, const struct sigaction *now, struct sigaction *old);
int
__wrap_sigaction(int signo, const struct sigaction *now, struct sigaction *old);

enum { TALLIES = 256 };

static _Atomic(struct tally *) tallies[TALLIES];
static atomic_int handlers; /* that are running */

/* What stands behind the recorder. */
static struct {
	int users;
	struct sigaction action;
	_Atomic(void (*)(int)) handler;
	_Atomic(void (*)(int, siginfo_t *, void *)) detailed;
} behind[SIGNALS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int
is_ignored_by_default(int signo)
{
	return signo == SIGCHLD || signo == SIGCONT || signo == SIGURG ||
	       signo == SIGWINCH;
}

static void
do_default(int signo)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	if (is_ignored_by_default(signo))
		return;
	(void)__real_sigaction(signo, &action, NULL);
	(void)raise(signo); /* comes when the recorder has returned */
}

static void
go_on(int signo, siginfo_t *info, void *context)
{
	void (*detailed)(int, siginfo_t *, void *) = atomic_load(
		&behind[signo].detailed);
	void (*handler)(int) = atomic_load(&behind[signo].handler);

	if (detailed)
		detailed(signo, info, context);
	else if (handler == SIG_DFL)
		do_default(signo);
	else if (handler != SIG_IGN)
		handler(signo);
}

/* write() is a point of cancellation, and the kernel's own records are none. */
static void
record(int signo, siginfo_t *info, void *context)
{
	const uint64_t once = 1;
	int saved_errno = errno, cancel;
	struct tally *tally;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	atomic_fetch_add(&handlers, 1);
	for (int i = 0; i < TALLIES; i++) {
		tally = atomic_load(&tallies[i]);
		if (!tally || !atomic_load(&tally->watched[signo]))
			continue;
		atomic_fetch_add(&tally->sent[signo], 1);
		if (write(tally->kick, &once, sizeof(once)) < 0)
			continue; /* readable anyway */
	}
	atomic_fetch_sub(&handlers, 1);
	(void)pthread_setcancelstate(cancel, NULL);
	errno = saved_errno;
	go_on(signo, info, context);
}

static void
remember(int signo, const struct sigaction *action)
{
	int is_detailed = (action->sa_flags & SA_SIGINFO) != 0;

	behind[signo].action = *action;
	atomic_store(&behind[signo].handler, action->sa_handler);
	atomic_store(&behind[signo].detailed,
		is_detailed ? action->sa_sigaction : NULL);
}

/* With what stands behind, for its mask and flags. */
static int
stand_before(int signo, const struct sigaction *action)
{
	struct sigaction recorder = *action;

	recorder.sa_sigaction = record;
	recorder.sa_flags |= SA_SIGINFO;
	recorder.sa_flags &= ~(int)SA_RESETHAND;
	if (!(action->sa_flags & SA_SIGINFO) &&
		(action->sa_handler == SIG_IGN ||
			(action->sa_handler == SIG_DFL &&
				is_ignored_by_default(signo))))
		recorder.sa_flags |= SA_RESTART;
	return __real_sigaction(signo, &recorder, NULL);
}

static int
replace(int signo, const struct sigaction *now)
{
	struct sigaction before = behind[signo].action;

	remember(signo, now);
	if (stand_before(signo, now) == 0)
		return 0;
	remember(signo, &before);
	return -1;
}

int
__wrap_sigaction(int signo, const struct sigaction *now, struct sigaction *old)
{
	struct sigaction before;
	int result = 0;

	if (signo <= 0 || signo >= SIGNALS)
		return __real_sigaction(signo, now, old);
	(void)pthread_mutex_lock(&mutex);
	if (behind[signo].users == 0) {
		result = __real_sigaction(signo, now, old);
	} else {
		before = behind[signo].action;
		if (now)
			result = replace(signo, now);
		if (result == 0 && old)
			*old = before;
	}
	(void)pthread_mutex_unlock(&mutex);
	return result;
}

static int
take(int signo)
{
	struct sigaction found;
	int err = 0;

	(void)pthread_mutex_lock(&mutex);
	if (behind[signo].users == 0) {
		if (__real_sigaction(signo, NULL, &found) < 0)
			err = errno;
		else
			remember(signo, &found);
		if (!err && stand_before(signo, &found) < 0)
			err = errno;
	}
	behind[signo].users += !err;
	(void)pthread_mutex_unlock(&mutex);
	return err;
}

static void
give_back(int signo)
{
	(void)pthread_mutex_lock(&mutex);
	if (--behind[signo].users == 0)
		(void)__real_sigaction(signo, &behind[signo].action, NULL);
	(void)pthread_mutex_unlock(&mutex);
}

static int
list(struct tally *tally)
{
	struct tally *none;

	for (int i = 0; i < TALLIES && tally->slot < 0; i++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&tallies[i], &none, tally))
			tally->slot = i;
	}
	return tally->slot < 0 ? ENOMEM : 0;
}

int
tally_watch(struct tally *tally, int signo)
{
	int err;

	if (signo <= 0 || signo >= SIGNALS)
		return EINVAL;
	err = list(tally);
	if (err || atomic_load(&tally->watched[signo]))
		return err;
	atomic_store(&tally->sent[signo], 0);
	atomic_store(&tally->watched[signo], 1);
	err = take(signo);
	if (err)
		atomic_store(&tally->watched[signo], 0);
	return err;
}

void
tally_unwatch(struct tally *tally, int signo)
{
	if (signo > 0 && signo < SIGNALS &&
		atomic_exchange(&tally->watched[signo], 0))
		give_back(signo);
}

void
tally_close(struct tally *tally)
{
	for (int signo = 1; signo < SIGNALS; signo++)
		tally_unwatch(tally, signo);
	if (tally->slot >= 0)
		atomic_store(&tallies[tally->slot], NULL);
	while (atomic_load(&handlers) > 0)
		(void)sched_yield();
}

void
tally_forget_all(void)
{
	for (int i = 0; i < TALLIES; i++)
		atomic_store(&tallies[i], NULL);
	for (int signo = 1; signo < SIGNALS; signo++)
		if (behind[signo].users > 0) {
			behind[signo].users = 0;
			(void)__real_sigaction(
				signo, &behind[signo].action, NULL);
		}
	atomic_store(&handlers, 0);
	mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}
