/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What not every kernel can do though it has the call, nor every emulator of
 * one.  Found by trying; where it is missing, that is said.
 */
#ifndef EV_TEST_PROBE_H
#define EV_TEST_PROBE_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

static inline int
probe_says(int able, const char *lack)
{
	if (!able)
		printf("# not tested: %s\n", lack);
	fflush(stdout);
	return able;
}

/* In a child, since qemu's select() ends the program, with last words. */
static inline int
probe_select_beyond_its_size(void)
{
	fd_set sets[2];
	struct timeval none = {0, 0};
	pid_t child = fork();
	int status;

	if (child == 0) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		memset(sets, 0xff, sizeof(sets));
		(void)select(FD_SETSIZE + 1, sets, NULL, NULL, &none);
		_exit(0);
	}
	return probe_says(waitpid(child, &status, 0) == child && status == 0,
		"select() takes no number beyond FD_SETSIZE here");
}

/* Qemu keeps the last two for itself, and never holds back faults. */
static inline int
probe_signal_waits(int signo)
{
	sigset_t one, before, waiting;
	char lack[64];
	int able;

	snprintf(lack, sizeof(lack), "signal %d cannot be sent and wait here",
		signo);
	sigemptyset(&one);
	sigaddset(&one, signo);
	sigemptyset(&waiting);
	sigprocmask(SIG_BLOCK, &one, &before);
	able = raise(signo) == 0 && sigpending(&waiting) == 0 &&
	       sigismember(&waiting, signo);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return probe_says(able, lack);
}

#ifdef __linux__
/* Qemu of another byte order leaves the holder's number to the kernel. */
static inline int
probe_priority_is_lent(void)
{
	enum { TRYLOCK_PI = 8 }; /* of <linux/futex.h> */
	uint32_t lock = 0;
	long status = syscall(SYS_futex, &lock, TRYLOCK_PI, 0, NULL, NULL, 0);

	return probe_says(status == 0 && lock == (uint32_t)syscall(SYS_gettid),
		"locks lend no priority here");
}
#endif

#endif
