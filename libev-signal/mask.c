/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads are told apart by a number of our own: the system's are used again,
 * and the next owner of one must not have its mask changed.  A forked child's
 * only thread goes on with the number, the counts and the mask that it had.
 */
#include "mask.h"

#include <stdatomic.h>
#include <stdint.h>

#include <libev-abi/signal.h>
#include <libev-abi/sys.h>

static atomic_uint last_thread;

/* Each thread's own. */
static _Thread_local struct {
	unsigned thread; /* 0: none given yet */
	sigset_t found;  /* was blocked before the first user came */
	uint32_t users[EV_SIGNAL_MAX];
} mine;

static unsigned
this_thread(void)
{
	while (mine.thread == 0)
		mine.thread = atomic_fetch_add(&last_thread, 1) + 1;
	return mine.thread;
}

static int
change(int how, int signo, sigset_t *before)
{
	sigset_t one;

	sigemptyset(&one);
	(void)sigaddset(&one, signo);
	return -sys_pthread_sigmask(how, &one, before);
}

static void
remember(int signo, const sigset_t *before)
{
	if (sigismember(before, signo) == 1)
		(void)sigaddset(&mine.found, signo);
	else
		(void)sigdelset(&mine.found, signo);
}

unsigned
mask_block(int signo)
{
	sigset_t before;

	if (mine.users[signo] == 0) {
		if (change(SIG_BLOCK, signo, &before) < 0)
			return 0;
		remember(signo, &before);
	}
	mine.users[signo]++;
	return this_thread();
}

int
mask_is_mine(unsigned thread)
{
	return thread != 0 && thread == mine.thread;
}

int
mask_unblock(int signo, unsigned thread)
{
	if (!mask_is_mine(thread) || --mine.users[signo] > 0)
		return 0;
	if (sigismember(&mine.found, signo) == 1)
		return 0;
	return change(SIG_UNBLOCK, signo, NULL);
}
