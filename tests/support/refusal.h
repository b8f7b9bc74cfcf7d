/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Some systems refuse io_uring: an old kernel, a sandbox, valgrind in parts.
 * Where they do there is nothing to test, which is said, with the reason.
 */
#ifndef EV_TEST_REFUSAL_H
#define EV_TEST_REFUSAL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/ext_backend.h>

static inline int
say_why_not(const struct event_backend_info *info, void *refused)
{
	if (info->usable)
		return 0;
	printf("1..0 # SKIP %s: %s\n", info->name, info->reason);
	fflush(stdout);
	*(int *)refused = 1;
	return 1;
}

/* In a child, so that the tests find the library as it was. */
static inline int
is_refused(const char *name)
{
	int refused = 0;
	pid_t child = fork();

	if (child == 0) {
		setenv("LIBEV_BACKENDS", name, 1);
		event_backend_foreach(say_why_not, &refused);
		_exit(refused);
	}
	return waitpid(child, &refused, 0) == child && WIFEXITED(refused) &&
	       WEXITSTATUS(refused) == 1;
}

/* Is the backend under test one that the system may refuse, and does? */
static inline int
nothing_to_test(void)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");

	return name && strcmp(name, "io_uring") == 0 && is_refused(name);
}

#endif
