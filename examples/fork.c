/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork: a base made before fork() serves parent and child.
 *
 *	cc fork.c $(pkg-config --cflags --libs libev-core)
 *
 * The child calls event_reinit() first of all: it then has a backend of its
 * own with all the events in it, and the parent does not notice.  Events that
 * are the parent's affair the child frees; with the others it goes on.  Here
 * the parent asks, the child answers, and each loop ends by itself when its
 * process has nothing left to wait for.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

static void
hear(const char *who, evutil_socket_t fd, struct event *ev, const char *reply)
{
	char text[16];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	if (n > 0)
		printf("%s heard %.*s\n", who, (int)n, text);
	if (n <= 0 || !reply)
		event_del(ev); /* the last word, or the other side is gone */
	else if (send(fd, reply, strlen(reply), MSG_NOSIGNAL) < 0)
		perror("send");
}

static void
on_question(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	hear("child", fd, arg, "pong");
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	hear("parent", fd, arg, NULL);
	shutdown(fd, SHUT_WR); /* tells the child that this was all */
}

static void
on_child_ended(evutil_socket_t number, short what, void *arg)
{
	int status;

	(void)number, (void)what;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		printf("child ended with %d\n", WEXITSTATUS(status));
		event_del(arg);
	}
}

static int
run(struct event_base *base, evutil_socket_t parent, evutil_socket_t child)
{
	short what = EV_READ | EV_PERSIST;
	void *self = event_self_cbarg(); /* each callback gets its own event */
	struct event *question = event_new(
		base, child, what, on_question, self);
	struct event *answer = event_new(base, parent, what, on_answer, self);
	struct event *ended = evsignal_new(base, SIGCHLD, on_child_ended, self);
	int result = -1;
	pid_t pid;

	if (!question || !answer || !ended || event_add(question, NULL) < 0 ||
		event_add(answer, NULL) < 0 || event_add(ended, NULL) < 0)
		goto out;
	fflush(stdout); /* a fork copies what is buffered */
	pid = fork();
	if (pid < 0 || (pid == 0 && event_reinit(base) < 0))
		goto out;
	if (pid == 0) {
		event_del(ended);
		event_del(answer); /* first this, then close */
		close(parent);
	} else {
		event_del(question);
		close(child);
		if (send(parent, "ping", 4, MSG_NOSIGNAL) < 0)
			perror("send");
	}
	result = event_base_dispatch(base);
	fflush(stdout);
	close(pid == 0 ? child : parent);
out:
	event_free(question);
	event_free(answer);
	event_free(ended);
	return result;
}

int
main(void)
{
	evutil_socket_t fds[2];
	struct event_base *base = event_base_new();
	int result = -1;

	if (base && evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0)
		result = run(base, fds[0], fds[1]);
	if (base)
		event_base_free(base);
	return result == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
