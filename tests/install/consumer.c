/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program of somebody else: timers, descriptors and a signal on one base.
 * Says what it saw; the tests of installations compare that.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <event2/event.h>

struct seen {
	struct event_base *base;
	struct event *timer;
	struct event *readable;
	int timers;
	int bytes;
	int signals;
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct seen *seen = arg;

	(void)fd, (void)what;
	if (++seen->timers < 3)
		return;
	event_del(seen->timer);
	raise(SIGUSR1);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct seen *seen = arg;
	char bytes[16];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n > 0)
		seen->bytes += (int)n;
	else
		event_del(seen->readable);
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct seen *seen = arg;

	(void)signo, (void)what;
	seen->signals++;
	event_base_loopexit(seen->base, NULL);
}

static int
run(struct seen *seen, int input)
{
	const struct timeval soon = {0, 1000};
	struct event *usr1 = evsignal_new(seen->base, SIGUSR1, on_signal, seen);
	int failed;

	seen->timer = event_new(
		seen->base, -1, EV_TIMEOUT | EV_PERSIST, on_timer, seen);
	seen->readable = event_new(
		seen->base, input, EV_READ | EV_PERSIST, on_readable, seen);
	failed = event_add(seen->timer, &soon) || event_add(usr1, NULL) ||
		 event_add(seen->readable, NULL) ||
		 event_base_dispatch(seen->base);
	event_free(seen->readable);
	event_free(usr1);
	event_free(seen->timer);
	return failed;
}

int
main(void)
{
	struct seen seen = {event_base_new(), NULL, NULL, 0, 0, 0};
	int ends[2];

	if (!seen.base || pipe(ends) || write(ends[1], "hello", 5) != 5)
		return 2;
	close(ends[1]);
	if (run(&seen, ends[0]))
		return 1;
	printf("timers %d, bytes %d, signals %d\n", seen.timers, seen.bytes,
		seen.signals);
	printf("backend %s\n", event_base_get_method(seen.base));
	event_base_free(seen.base);
	close(ends[0]);
	return 0;
}
