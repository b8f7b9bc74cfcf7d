/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who in this process wants which signal.  One table serves every instance
 * of every provider: however an arrival is noticed, all watchers learn of it.
 *
 * Everything but registry_lock() and registry_hook_fork() wants the lock
 * held.  Under it all signals are blocked and cancellation is off: nothing
 * that could fork, jump out or come back in runs on top of the holder.
 */
#ifndef EV_SIGNAL_REGISTRY_H
#define EV_SIGNAL_REGISTRY_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

#include "bell.h"

/* One instance's interest in one signal; zeroed before it is linked. */
struct watch {
	struct watch *sibling; /* the instance's own list */
	struct bell *bell;
	int signo;
	_Atomic uint32_t arrived;      /* stays at UINT32_MAX */
	_Atomic(struct watch *) next;  /* the signal's list */
	_Atomic(struct watch *) *link; /* what points here; NULL: unlinked */
};

/* What the holder of the lock gets back when it lets go. */
struct registry_hold {
	sigset_t mask;
	int masked;
	int cancel;
};

/* Call before the first lock: a child never inherits a lock that is held. */
int registry_hook_fork(void);

void registry_lock(struct registry_hold *hold);
void registry_unlock(const struct registry_hold *hold);

/*
 * A number for this process, another one in each child.  Lists are empty in
 * a child, and an instance's watches belong into them once it has been
 * reopened: while it was born in this process.
 */
unsigned registry_process(void);

/* Was BORN the number of this very process?  Needs no lock. */
int registry_is_home(unsigned born);

void registry_link(struct watch *watch);

/* Linked or not.  Handlers may look at it until registry_settle(). */
void registry_unlink(struct watch *watch);

/* Return when no handler knows any more what was unlinked before. */
void registry_settle(void);

/* Route SIGNO here; as often as taken, it has to be restored. */
int registry_take(int signo);
int registry_restore(int signo);

/* SIGNO arrived N times: what a handler says, for those that read. */
void registry_tell(int signo, uint32_t n);

#endif
