/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the process does on one signal: taken over by the first user, given
 * back by the last.  The caller serialises the calls.
 */
#ifndef EV_SIGNAL_DISPOSITION_H
#define EV_SIGNAL_DISPOSITION_H

#include <signal.h>
#include <stddef.h>

/* Zeroed: nobody uses it. */
struct disposition {
	struct sigaction found; /* valid while taken */
	size_t users;
	int taken; /* our handler stands; also after a failed restore */
};

/* One more user.  -EINVAL for a number that the system does not let go. */
int disposition_take(
	struct disposition *disposition, int signo, void (*handler)(int));

/*
 * One user less, whatever is returned.  When the last one's restoring fails,
 * the handler stays, and the next first user or restore works with what was
 * found in the beginning.
 */
int disposition_restore(struct disposition *disposition, int signo);

#endif
