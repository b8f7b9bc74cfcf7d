/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hello-timer: something every 100 ms, three times.
 *
 *	cc hello-timer.c $(pkg-config --cflags --libs libev-core)
 *
 * A base, an event, a loop: every program on the library begins like this.
 * The loop ends by itself when no event is pending any more.
 */
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

struct greeting {
	struct event *timer;
	int left;
};

/* A timer waits for no descriptor: fd is -1, what is EV_TIMEOUT. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct greeting *greeting = arg;

	(void)fd, (void)what;
	printf("hello, %d to go\n", --greeting->left);
	if (greeting->left == 0)
		event_del(greeting->timer);
}

int
main(void)
{
	struct timeval interval = {.tv_sec = 0, .tv_usec = 100 * 1000};
	struct greeting greeting = {.left = 3};
	struct event_base *base = event_base_new();
	int status = EXIT_FAILURE;

	if (!base)
		return status; /* the reason was logged */
	greeting.timer = event_new(base, -1, EV_PERSIST, on_tick, &greeting);
	if (greeting.timer && event_add(greeting.timer, &interval) == 0 &&
		event_base_dispatch(base) == 1) {
		puts("nothing left to wait for");
		status = EXIT_SUCCESS;
	}
	event_free(greeting.timer); /* events before their base */
	event_base_free(base);
	return status;
}
