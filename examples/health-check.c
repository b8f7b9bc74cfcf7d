/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * health-check: which of several services can be reached, and how soon.
 *
 *	cc health-check.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out 2000 localhost 22 example.org 443
 *
 * All are tried at once.  A name is looked up without holding up the loop, its
 * addresses are tried one after the other, and one time limit counts for all
 * of that.  Each check ends in exactly one event: connected, an error, or the
 * time is over.  The loop ends by itself with the last one.
 *
 * Exit status 0: all can be reached; 1: some cannot; 2: wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

struct check {
	const char *host, *port;
	struct bufferevent *bev;
	struct timeval began, took;
	int is_up;
	const char *reason; /* why it is down */
};

static void
conclude(struct check *check, const char *reason)
{
	struct event_base *base = bufferevent_get_base(check->bev);
	struct timeval now;

	event_gettime_monotonic(base, &now);
	evutil_timersub(&now, &check->began, &check->took);
	check->is_up = !reason;
	check->reason = reason;
	bufferevent_free(check->bev);
	check->bev = NULL;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	int error = EVUTIL_SOCKET_ERROR(); /* first: other calls change it */
	int lookup = bufferevent_socket_get_dns_error(bev);

	if (what & BEV_EVENT_CONNECTED)
		conclude(arg, NULL);
	else if (what & BEV_EVENT_TIMEOUT)
		conclude(arg, "no answer in time");
	else if (lookup)
		conclude(arg, evutil_gai_strerror(lookup));
	else
		conclude(arg, evutil_socket_error_to_string(error));
}

static int
start(struct check *check, struct event_base *base, const struct timeval *limit)
{
	struct bufferevent *bev = bufferevent_socket_new(
		base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!bev)
		return -1;
	check->bev = bev;
	event_gettime_monotonic(base, &check->began);
	bufferevent_setcb(bev, NULL, NULL, on_event, check);
	if (bufferevent_set_timeouts(bev, NULL, limit) < 0)
		return -1;
	if (bufferevent_socket_connect_hostname(
		    bev, NULL, AF_UNSPEC, check->host, atoi(check->port)) < 0)
		conclude(check, "cannot be tried");
	return 0;
}

/* Prints one line a check; how many are down. */
static int
report(const struct check *checks, int count)
{
	int down = 0;

	for (const struct check *c = checks; c < checks + count; c++) {
		printf("%s %s: ", c->host, c->port);
		if (c->is_up)
			printf("up, %.1f ms\n",
				(double)c->took.tv_sec * 1e3 +
					(double)c->took.tv_usec / 1e3);
		else
			printf("down, %s\n", c->reason);
		down += !c->is_up;
	}
	return down;
}

static int
check_all(struct event_base *base, struct check *checks, char **names,
	int count, const struct timeval *limit)
{
	for (int i = 0; i < count; i++) {
		checks[i].host = names[2 * i];
		checks[i].port = names[2 * i + 1];
		if (start(&checks[i], base, limit) < 0)
			return -1;
	}
	return event_base_dispatch(base);
}

int
main(int argc, char **argv)
{
	long limit_ms = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	const struct timeval limit = {
		.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000};
	int status = EXIT_FAILURE, count = argc / 2 - 1;
	struct event_base *base;
	struct check *checks;

	if (limit_ms <= 0 || count < 1 || argc % 2 != 0) {
		fputs("usage: health-check MS HOST PORT...\n", stderr);
		return 2;
	}
	base = event_base_new();
	checks = calloc((size_t)count, sizeof(*checks));
	if (base && checks &&
		check_all(base, checks, argv + 2, count, &limit) >= 0 &&
		report(checks, count) == 0)
		status = EXIT_SUCCESS;
	for (int i = 0; checks && i < count; i++)
		if (checks[i].bev)
			bufferevent_free(checks[i].bev);
	free(checks);
	if (base)
		event_base_free(base);
	return status;
}
