/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guarded mutexes are held over each fork, so what they guard is whole in the
 * child, and they are free there.  The mutex that guards their list is taken
 * first and given up last: the list is the same before and after.
 */
#include "fork.h"

#include <errno.h>
#include <pthread.h>

#include "mutex_posix.h"

enum { GUARDED_MAX = 4 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
unsigned fork_generation;
static int result;

static struct mutex list = MUTEX_STATIC;
static struct mutex *guarded[GUARDED_MAX];
static int n_guarded;

static void
before(void)
{
	mutex_take(&list);
	for (int i = 0; i < n_guarded; i++)
		mutex_take(guarded[i]);
}

static void
in_parent(void)
{
	for (int i = n_guarded; i > 0; i--)
		mutex_give(guarded[i - 1]);
	mutex_give(&list);
}

static void
in_child(void)
{
	fork_generation++;
	in_parent();
}

static void
begin(void)
{
	result = -pthread_atfork(before, in_parent, in_child);
}

int
fork_watch(void)
{
	pthread_once(&once, begin);
	return result;
}

int
fork_guard(struct mutex *mutex)
{
	int err = fork_watch(), i = 0;

	if (err < 0)
		return err;
	mutex_take(&list);
	while (i < n_guarded && guarded[i] != mutex)
		i++;
	if (i == GUARDED_MAX)
		err = -ENOSPC;
	else if (i == n_guarded)
		guarded[n_guarded++] = mutex;
	mutex_give(&list);
	return err;
}
