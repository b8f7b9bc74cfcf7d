/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signals: reload on SIGHUP, and a graceful stop on SIGTERM or SIGINT.
 *
 *	cc signals.c $(pkg-config --cflags --libs libev-core)
 *
 * Work comes in every 100 ms and takes 250 ms, so there is always some under
 * way.  To stop gracefully nothing needs to be counted or broken off: free the
 * events that bring new work, and the loop runs dry when the last job is done.
 * As nobody listens to the signals any more, a second SIGTERM ends the program
 * at once.
 *
 * Callbacks of signal events run in the loop, not in a signal handler: they
 * may print, allocate, and use every event.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

enum { WORK, HANG_UP, TERMINATE, INTERRUPT, N_EVENTS };

struct service {
	struct event_base *base;
	struct event *events[N_EVENTS]; /* what keeps the service going */
	int started, done;
};

static void
on_done(evutil_socket_t fd, short what, void *arg)
{
	struct service *service = arg;

	(void)fd, (void)what;
	service->done++;
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval takes = {.tv_usec = 250 * 1000};
	struct service *service = arg;

	(void)fd, (void)what;
	if (event_base_once(service->base, -1, EV_TIMEOUT, on_done, service,
		    &takes) < 0)
		fputs("no memory, a job is lost\n", stderr);
	else
		service->started++;
}

static void
on_reload(evutil_socket_t number, short what, void *arg)
{
	const struct service *service = arg;

	(void)number, (void)what;
	printf("reloaded, with %d jobs under way\n",
		service->started - service->done);
}

static void
close_down(struct service *service)
{
	for (int i = 0; i < N_EVENTS; i++) {
		if (service->events[i])
			event_free(service->events[i]);
		service->events[i] = NULL;
	}
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	struct service *service = arg;

	(void)number, (void)what;
	puts("no new work; finishing what is under way");
	close_down(service);
}

static int
open_up(struct service *service)
{
	const struct timeval interval = {.tv_usec = 100 * 1000};
	struct event_base *base = service->base;
	struct event **ev = service->events;

	ev[WORK] = event_new(base, -1, EV_PERSIST, on_work, service);
	ev[HANG_UP] = evsignal_new(base, SIGHUP, on_reload, service);
	ev[TERMINATE] = evsignal_new(base, SIGTERM, on_stop, service);
	ev[INTERRUPT] = evsignal_new(base, SIGINT, on_stop, service);
	for (int i = 0; i < N_EVENTS; i++)
		if (!ev[i] || event_add(ev[i], i == WORK ? &interval : NULL))
			return -1;
	return 0;
}

int
main(void)
{
	struct service service = {.base = event_base_new()};
	int status = EXIT_FAILURE;

	if (!service.base)
		return status;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (open_up(&service) == 0) {
		printf("process %ld is ready\n", (long)getpid());
		if (event_base_dispatch(service.base) == 1)
			status = EXIT_SUCCESS;
		printf("%d jobs, %d done\n", service.started, service.done);
	}
	close_down(&service);
	event_base_free(service.base);
	return status;
}
