/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts the forks between this process and the program's first one, so that
 * kernel objects shared with a parent are recognised without a system call.
 */
#ifndef EV_CORE_FORK_H
#define EV_CORE_FORK_H

struct mutex;

/* Begin to count; any number of times.  0 or -ENOMEM. */
int fork_watch(void);

/*
 * From now on no child finds MUTEX, which is static, held by a thread that it
 * does not have; any number of times, not while it is held.  0 or -errno.
 */
int fork_guard(struct mutex *mutex);

/* Written in a child that has one thread yet. */
extern unsigned fork_generation;

static inline unsigned
fork_count(void)
{
	return fork_generation;
}

#endif
