/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * child.h: line numbers are folded into the 251 statuses 1 to 251.
 */
#include "child.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fixture.h"

pid_t
start_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(CHILD_PATIENCE_MS / 1000);
	}
	return child;
}

void
insist(int holds, int line)
{
	if (!holds)
		_exit(line % 251 + 1);
}

void
expect_good_end(pid_t child)
{
	int status;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "the child died of signal %d",
		WTERMSIG(status));
	ck_assert_msg(!WEXITSTATUS(status), "the child failed at line %d - 1",
		WEXITSTATUS(status));
}

int
comes_byte(evutil_socket_t fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&wait, 1, CHILD_PATIENCE_MS) == 1 &&
	       read(fd, &byte, 1) == 1;
}

int
puts_byte(evutil_socket_t fd)
{
	return send(fd, "x", 1, MSG_NOSIGNAL) == 1;
}
