/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program with bufferevents of every kind and a listener, which goes on as
 * well as it can: what tests/faults/faults.c lets fail everywhere.
 */
#include "../faults/session.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_backend.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

enum { TURNS = 30, SIZE = 30000 };

static int refused, is_silent;
static struct event_base *base;

static void
need(int fulfilled)
{
	if (!fulfilled)
		refused = 1;
}

/* If it is not, then something was refused, or told: else it just stopped. */
static void
expect(int fulfilled)
{
	if (!fulfilled && !refused)
		is_silent = 1;
	need(fulfilled);
}

static void
turns(void)
{
	for (int i = 0; i < TURNS; i++)
		need(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
}

static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	const char *names[] = {getenv("LIBEV_TEST_BACKEND"), NULL};
	struct event_base *made = NULL;

	if (config && event_config_set_methods(config, names) == 0)
		made = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return made;
}

/* --- callbacks -----------------------------------------------------------*/

static size_t arrived;
static int told;

/* Under a rate limit it takes its time; but not that much. */
static void
turns_until_arrived(time_t seconds)
{
	time_t began = time(NULL);

	do
		turns();
	while (arrived < SIZE && !refused && time(NULL) < began + seconds);
	turns();
}

static void
take(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	(void)arg;
	arrived += evbuffer_get_length(input);
	need(evbuffer_drain(input, evbuffer_get_length(input)) == 0);
}

static void
note_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)arg;
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		refused = 1;
	told++;
}

static void
note_flush(struct bufferevent *bev, int error, void *arg)
{
	(void)bev, (void)arg;
	need(error == 0);
	told++;
}

static void
note_pressure(struct bufferevent *bev, int is_full, void *arg)
{
	(void)bev, (void)is_full, (void)arg;
}

static int
options(void)
{
	return BEV_OPT_CLOSE_ON_FREE |
	       (getenv("LIBEV_TEST_THREADS") ? BEV_OPT_THREADSAFE : 0);
}

/* --- data between two ends -----------------------------------------------*/

static void
decorate(struct bufferevent *bev)
{
	struct timeval tv = {100, 0};

	need(bufferevent_set_timeouts(bev, &tv, &tv) == 0);
	need(bufferevent_set_output_marks(bev, 10, 1000, note_pressure, NULL) ==
		0);
	need(bufferevent_set_output_limit(bev, 1000000) == 0);
}

/* Write a lot into one end, read it from the other; then free both. */
static void
exchange(struct bufferevent *from, struct bufferevent *to, time_t seconds)
{
	static char data[SIZE];

	arrived = 0;
	told = 0;
	bufferevent_setcb(from, NULL, NULL, note_event, NULL);
	bufferevent_setcb(to, take, NULL, note_event, NULL);
	decorate(from);
	need(bufferevent_enable(to, EV_READ) == 0);
	need(bufferevent_write(from, data, SIZE) == 0);
	need(bufferevent_flush_notify(from, note_flush, NULL) == 0);
	turns_until_arrived(seconds);
	expect(arrived == SIZE);
	expect(told == 1);
	need(bufferevent_shutdown(from) == 0);
	turns();
	expect(told == 2);
	bufferevent_free(from);
	bufferevent_free(to);
	turns();
}

static struct bufferevent *
on_socket(evutil_socket_t fd)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, options());

	if (!bev)
		close(fd);
	return bev;
}

static struct bufferevent *
on_top_of(struct bufferevent *below)
{
	struct bufferevent *filter;

	if (!below)
		return NULL;
	filter = bufferevent_filter_new(
		below, NULL, NULL, options(), NULL, NULL);
	if (!filter)
		bufferevent_free(below);
	return filter;
}

static void
exchange_if_whole(struct bufferevent *from, struct bufferevent *to)
{
	if (from && to) {
		exchange(from, to, 0);
		return;
	}
	refused = 1;
	if (from)
		bufferevent_free(from);
	if (to)
		bufferevent_free(to);
	turns();
}

static void
with_sockets(int filtered)
{
	struct bufferevent *from, *to;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
		return;
	from = on_socket(fds[0]);
	to = on_socket(fds[1]);
	if (filtered) {
		from = on_top_of(on_top_of(from));
		to = on_top_of(to);
	}
	exchange_if_whole(from, to);
}

static void
with_plain_sockets(void)
{
	with_sockets(0);
}

static void
with_filters(void)
{
	with_sockets(1);
}

static void
with_pair(void)
{
	struct bufferevent *pair[2] = {NULL, NULL};

	if (bufferevent_pair_new(base, options(), pair) < 0)
		refused = 1;
	else
		exchange(pair[0], pair[1], 0);
}

/* --- datagrams -----------------------------------------------------------*/

static void
take_datagrams(struct bufferevent *bev, void *arg)
{
	char data[100];

	(void)arg;
	while (bufferevent_datagram_recv(bev, data, sizeof(data), NULL, NULL) ==
		100)
		arrived++;
}

static void
with_datagrams(void)
{
	struct bufferevent *ends[2] = {NULL, NULL};
	char data[100] = "";
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) < 0)
		return;
	arrived = 0;
	for (int i = 0; i < 2; i++) {
		ends[i] = bufferevent_datagram_new(base, fds[i], options());
		if (!ends[i])
			close(fds[i]);
	}
	if (ends[0] && ends[1]) {
		bufferevent_setcb(
			ends[1], take_datagrams, NULL, note_event, NULL);
		bufferevent_setcb(ends[0], NULL, NULL, note_event, NULL);
		need(bufferevent_enable(ends[1], EV_READ) == 0);
		for (int i = 0; i < 5; i++)
			need(bufferevent_datagram_send(ends[0], data,
				     sizeof(data), NULL, 0) == 0);
		turns();
		expect(arrived == 5);
	} else {
		refused = 1;
	}
	for (int i = 0; i < 2; i++)
		if (ends[i])
			bufferevent_free(ends[i]);
	turns();
}

/* --- files ---------------------------------------------------------------*/

/* Its own descriptor is the file's, without a name. */
static int
make_file(void)
{
	static char data[SIZE];
	FILE *file = tmpfile();
	int fd;

	if (!file)
		return -1;
	(void)fwrite(data, 1, SIZE, file);
	(void)fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

/* By sendfile(), if that is possible, and read and written by hand. */
static void
send_file(struct bufferevent *from, unsigned flags)
{
	int fd = make_file();
	struct evbuffer_file_segment *segment = evbuffer_file_segment_new(
		fd, 0, SIZE, flags | EVBUF_FS_CLOSE_ON_FREE);

	if (!segment) {
		close(fd);
		refused = 1;
		return;
	}
	need(evbuffer_add_file_segment(
		     bufferevent_get_output(from), segment, 0, SIZE) == 0);
	evbuffer_file_segment_free(segment);
}

static void
send_files_and_bytes(struct bufferevent *from)
{
	static char data[SIZE];

	send_file(from, 0);
	send_file(from, EVBUF_FS_DISABLE_SENDFILE);
	need(bufferevent_write(from, data, SIZE) == 0);
	need(evbuffer_add_reference(bufferevent_get_output(from), data, SIZE,
		     NULL, NULL) == 0);
}

/* What is no socket is read and written by other calls. */
static void
with_files(int fds[2])
{
	struct bufferevent *from = on_socket(fds[1]), *to = on_socket(fds[0]);

	arrived = 0;
	need(from && to);
	if (from && to) {
		bufferevent_setcb(from, NULL, NULL, note_event, NULL);
		bufferevent_setcb(to, take, NULL, note_event, NULL);
		need(bufferevent_enable(to, EV_READ) == 0);
		send_files_and_bytes(from);
		turns();
		expect(arrived == 4 * SIZE);
	}
	if (from)
		bufferevent_free(from);
	if (to)
		bufferevent_free(to);
	turns();
}

/* --- pipes ---------------------------------------------------------------*/

static void
note_pipe(struct bufferevent_pipe *pipe, int error, void *arg)
{
	(void)pipe, (void)arg;
	need(error == 0);
	told++;
}

/* What is written to the first end arrives at the last one. */
static void
through_pipe(struct bufferevent *one[2], struct bufferevent *two[2])
{
	struct bufferevent_pipe *pipe = bufferevent_pipe_new(
		one[1], two[0], 1000, note_pipe, NULL);

	need(pipe != NULL);
	arrived = 0;
	told = 0;
	bufferevent_setcb(two[1], take, NULL, note_event, NULL);
	need(bufferevent_enable(two[1], EV_READ) == 0);
	need(bufferevent_write(one[0], "0123456789", 10) == 0);
	need(bufferevent_shutdown(one[0]) == 0);
	turns();
	expect(arrived == 10);
	expect(told == 2);
	bufferevent_pipe_free(pipe);
}

static void
with_pipe(void)
{
	struct bufferevent *one[2] = {NULL, NULL}, *two[2] = {NULL, NULL};

	if (bufferevent_pair_new(base, options(), one) == 0 &&
		bufferevent_pair_new(base, options(), two) == 0)
		through_pipe(one, two);
	else
		refused = 1;
	for (int i = 0; i < 2; i++) {
		if (one[i])
			bufferevent_free(one[i]);
		if (two[i])
			bufferevent_free(two[i]);
	}
	turns();
}

/* --- limits --------------------------------------------------------------*/

static void
with_limits(void)
{
	struct timeval tick = {0, 1000};
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		SIZE / 2, SIZE / 2, SIZE / 2, SIZE / 2, &tick);
	struct bufferevent_rate_limit_group *group = NULL;
	struct bufferevent *pair[2] = {NULL, NULL};

	if (cfg)
		group = bufferevent_rate_limit_group_new(base, cfg);
	if (group && bufferevent_pair_new(base, options(), pair) == 0) {
		need(bufferevent_set_rate_limit(pair[0], cfg) == 0);
		need(bufferevent_add_to_rate_limit_group(pair[1], group) == 0);
		exchange(pair[0], pair[1], 3);
	} else {
		refused = 1;
	}
	bufferevent_rate_limit_group_free(group);
	turns();
	ev_token_bucket_cfg_free(cfg);
}

/* --- connections ---------------------------------------------------------*/

static struct bufferevent *accepted;

static void
on_accept(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *addr,
	int socklen, void *arg)
{
	(void)lev, (void)addr, (void)socklen, (void)arg;
	if (accepted)
		close(fd);
	else
		accepted = on_socket(fd);
}

static void
dial(const struct sockaddr_in *address)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, options());

	accepted = NULL;
	told = 0;
	if (bev) {
		bufferevent_setcb(bev, NULL, NULL, note_event, NULL);
		need(bufferevent_socket_connect_hostname(bev, NULL, AF_INET,
			     "127.0.0.1", ntohs(address->sin_port)) == 0);
		for (int i = 0; i < 20 && !accepted && !told; i++)
			turns();
		turns();
	}
	exchange_if_whole(bev, accepted);
}

static void
with_listener(void)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
			 LEV_OPT_REUSEABLE;
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	struct evconnlistener *lev;

	if (getenv("LIBEV_TEST_THREADS"))
		flags |= LEV_OPT_THREADSAFE;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lev = evconnlistener_new_bind(base, on_accept, NULL, flags, -1,
		(struct sockaddr *)&address, sizeof(address));
	if (!lev) {
		refused = 1;
		return;
	}
	if (getsockname(evconnlistener_get_fd(lev), (struct sockaddr *)&address,
		    &len) == 0)
		dial(&address);
	need(evconnlistener_disable(lev) == 0);
	need(evconnlistener_enable(lev) == 0);
	evconnlistener_free(lev);
	turns();
}

static void
with_two_sockets(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0)
		with_files(fds);
}

static void
with_a_pipe_of_the_system(void)
{
	int fds[2];

	if (pipe2(fds, O_NONBLOCK) == 0)
		with_files(fds);
}

static void (*const parts[])(void) = {with_plain_sockets, with_filters,
	with_pair, with_two_sockets, with_a_pipe_of_the_system, with_pipe,
	with_datagrams, with_limits, with_listener};

/* Each part has a base of its own, that has made nothing yet. */
int
session_run(void)
{
	refused = is_silent = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		base = new_base();
		if (!base)
			return 0;
		parts[i]();
		event_base_free(base);
	}
	return is_silent ? -1 : !refused;
}
