/* SPDX-License-Identifier: BSD-3-Clause */
#include "session.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/ext_backend.h>
#include <event2/ext_inspect.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <event2/watch.h>

static int calls, finalized, refused;

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	char bytes[16];

	(void)arg;
	calls++;
	if (what & EV_READ && fd >= 0 && read(fd, bytes, sizeof(bytes)) < 0)
		refused = 1;
}

static void
on_finalize(struct event *ev, void *arg)
{
	(void)ev, (void)arg;
	finalized++;
}

static void
on_prepare(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *arg)
{
	struct timeval tv;

	(void)watcher, (void)arg;
	(void)evwatch_prepare_get_timeout(info, &tv);
}

static void
on_check(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *arg)
{
	(void)watcher, (void)info, (void)arg;
}

static void
on_slow(struct event_base *base, const struct event *ev, ev_uint64_t spent_ns,
	void *arg)
{
	(void)base, (void)ev, (void)spent_ns, (void)arg;
}

static int
visit(const struct event_base *base, const struct event *ev, void *arg)
{
	(void)base, (void)arg;
	return event_get_priority(ev) < 0;
}

static void
need(int ok)
{
	refused |= !ok;
}

static struct event_base *
new_base(void)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");
	const char *names[] = {name ? name : "poll", NULL};
	struct timeval interval = {0, 50000};
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	need(event_config_avoid_method(config, "nothing") == 0);
	need(event_config_set_methods(config, names) == 0);
	need(event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0);
	need(event_config_set_max_dispatch_interval(config, &interval, 20, 1) ==
		0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
turn(struct event_base *base)
{
	need(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
}

static void
with_descriptors(struct event_base *base, int fds[2])
{
	const struct timeval *common = event_base_init_common_timeout(
		base, &(struct timeval){5, 0});
	struct event *reader = event_new(
		base, fds[0], EV_READ | EV_PERSIST, on_event, NULL);
	struct event *writer = event_new(
		base, fds[0], EV_WRITE, on_event, NULL);

	need(common && reader && writer);
	if (reader) {
		need(event_add(reader, common) == 0);
		event_set_name(reader, "reader");
		need(write(fds[1], "x", 1) == 1);
	}
	if (writer)
		need(event_add(writer, NULL) == 0);
	turn(base);
	turn(base);
	if (reader) {
		event_active(reader, EV_READ | EV_TIMEOUT, 1);
		need(event_remove_timer(reader) == 0);
		need(event_del(reader) == 0);
		need(event_add(reader, NULL) == 0);
		turn(base);
		event_free(reader);
	}
	if (writer)
		event_free(writer);
	need(event_base_once(base, fds[1], EV_WRITE, on_event, NULL, NULL) ==
		0);
	turn(base);
}

static void
with_signals(struct event_base *base)
{
	struct event *ev = evsignal_new(base, SIGUSR1, on_event, NULL);

	need(ev != NULL);
	if (!ev)
		return;
	if (event_add(ev, NULL) == 0) {
		raise(SIGUSR1);
		turn(base);
		turn(base);
	} else {
		refused = 1;
	}
	event_free(ev);
}

static void
with_finalizers(struct event_base *base)
{
	struct event *ev = event_new(base, -1, 0, on_event, NULL);
	static struct event embedded; /* outlives a turn that fails */

	need(ev != NULL);
	if (ev)
		need(event_free_finalize(0, ev, on_finalize) == 0);
	need(event_assign(&embedded, base, -1, EV_TIMEOUT, on_event, NULL) ==
		0);
	need(event_finalize(0, &embedded, on_finalize) == 0);
	turn(base);
}

static void
with_watchers(struct event_base *base)
{
	struct evwatch *prepare = evwatch_prepare_new(base, on_prepare, NULL);
	struct evwatch *check = evwatch_check_new(base, on_check, NULL);

	need(prepare && check);
	turn(base);
	evwatch_free(prepare); /* the other goes with the base */
}

static void
with_inspection(struct event_base *base)
{
	struct timeval tv = {1, 0};
	struct event_base_stats stats;
	FILE *out = fopen("/dev/null", "w");

	need(event_base_enable_stats(base, 1) == 0);
	need(event_base_set_slow_callback(base, &tv, on_slow, NULL) == 0);
	need(event_base_foreach_event(base, visit, NULL) == 0);
	turn(base);
	need(event_base_get_stats(base, &stats) == 0);
	if (out) {
		event_base_dump_events(base, out);
		need(event_base_dump_json(base, out) == 0);
		fclose(out);
	}
	(void)event_base_gettimeofday_cached(base, &tv);
	(void)event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
}

/* A loop that blocks, and ends whatever happens to its timer. */
static void
with_blocking(struct event_base *base)
{
	struct timeval tv = {0, 2000};

	if (event_base_loopexit(base, &tv) == 0)
		need(event_base_dispatch(base) >= 0);
	else
		refused = 1;
	need(event_base_stop(base) == 0);
	need(event_base_dispatch(base) >= 0);
}

static void
with_evutil(void)
{
	struct evutil_addrinfo hints, *found = NULL;
	evutil_socket_t pair[2];
	unsigned char bytes[16];

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_INET;
	hints.ai_socktype = SOCK_STREAM;
	if (evutil_getaddrinfo("127.0.0.1", "80", &hints, &found) == 0)
		evutil_freeaddrinfo(found);
	else
		refused = 1;
	if (evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
		need(evutil_make_socket_nonblocking(pair[0]) == 0);
		need(evutil_make_socket_closeonexec(pair[0]) == 0);
		evutil_closesocket(pair[0]);
		evutil_closesocket(pair[1]);
	} else {
		refused = 1;
	}
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
}

int
session_run(void)
{
	struct event_base *base;
	int fds[2];

	refused = 0;
	calls = finalized = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		return 0;
	base = new_base();
	if (base) {
		need(event_base_priority_init(base, 3) == 0);
		need(evthread_make_base_notifiable(base) == 0);
		with_descriptors(base, fds);
		with_signals(base);
		with_finalizers(base);
		with_watchers(base);
		with_inspection(base);
		with_blocking(base);
		need(event_reinit(base) == 0);
		turn(base);
		event_base_free(base);
	}
	with_evutil();
	close(fds[0]);
	close(fds[1]);
	return base && !refused;
}
