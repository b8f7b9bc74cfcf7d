/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * embed: the loop of the library as a guest in another loop.
 *
 *	cc embed.c $(pkg-config --cflags --libs libev-core)
 *
 * A program that has a main loop already (a toolkit's, a game's) lets that one
 * wait for one descriptor of the base, for as long as the base allows, and
 * then has the base do what is due.  Here the other loop is poll(2) with a
 * pipe of its own; a timer in the base writes into that pipe.
 *
 * The backend must have such a descriptor: epoll has, poll and select do not.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_loop.h>

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	const int *pipe_end = arg;

	(void)fd, (void)what;
	puts("guest: a timer is due");
	if (write(*pipe_end, "!", 1) < 0)
		perror("write");
}

/* Milliseconds, rounded up: too early would mean to spin. */
static int
next_timeout_ms(struct event_base *base)
{
	struct timeval tv;

	if (!event_base_get_next_timeout(base, &tv))
		return -1;
	if (tv.tv_sec > 1000)
		return 1000 * 1000;
	return (int)(tv.tv_sec * 1000 + (tv.tv_usec + 999) / 1000);
}

/* The other loop: three bytes from its own pipe end it. */
static int
run_host(struct event_base *base, int pipe_fd)
{
	struct pollfd fds[] = {
		{.fd = pipe_fd, .events = POLLIN},
		{.fd = event_base_get_pollable_fd(base), .events = POLLIN},
	};
	int bytes = 0;

	if (fds[1].fd < 0) {
		fprintf(stderr, "%s cannot be embedded, epoll can\n",
			event_base_get_method(base));
		return -1;
	}
	while (bytes < 3) {
		char byte;

		if (poll(fds, 2, next_timeout_ms(base)) < 0) {
			perror("poll");
			return -1;
		}
		if (fds[0].revents && read(pipe_fd, &byte, 1) == 1)
			printf("host: byte %d came\n", ++bytes);
		/* Always, also when nothing but time has passed. */
		if (event_base_loop(base, EVLOOP_NONBLOCK) < 0)
			return -1;
	}
	return 0;
}

int
main(void)
{
	const struct timeval interval = {.tv_usec = 50 * 1000};
	int ends[2], status = EXIT_FAILURE;
	struct event_base *base = event_base_new();
	struct event *timer;

	if (!base || pipe(ends) < 0)
		return status;
	timer = event_new(base, -1, EV_PERSIST, on_tick, &ends[1]);
	if (timer && event_add(timer, &interval) == 0 &&
		run_host(base, ends[0]) == 0)
		status = EXIT_SUCCESS;
	event_free(timer);
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
	return status;
}
