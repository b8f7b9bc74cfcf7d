/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The found sigaction is kept whole, handler, flags and mask, and goes back
 * whole.  It is never overwritten while our own handler stands, so that our
 * handler is never taken for the user's.
 */
#include "disposition.h"

#include <errno.h>

#include <libev-abi/sys.h>

/*
 * No other handler runs on top of ours, which bounds the time that ours may
 * take.  SA_ONSTACK: a thread with an alternate stack has it for a reason.
 */
int
disposition_take(
	struct disposition *disposition, int signo, void (*handler)(int))
{
	struct sigaction action = {.sa_flags = SA_RESTART | SA_ONSTACK};
	struct sigaction found;

	if (!disposition->taken) {
		action.sa_handler = handler;
		sigfillset(&action.sa_mask);
		if (sys_sigaction(signo, &action, &found) < 0)
			return -errno;
		disposition->found = found;
		disposition->taken = 1;
	}
	disposition->users++;
	return 0;
}

int
disposition_restore(struct disposition *disposition, int signo)
{
	if (disposition->users == 0 || --disposition->users > 0)
		return 0;
	if (sys_sigaction(signo, &disposition->found, NULL) < 0)
		return -errno;
	disposition->taken = 0;
	return 0;
}
