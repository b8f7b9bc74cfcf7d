/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo-load: keeps an echo server busy, verifies every byte, times each reply.
 *
 *	cc echo-load.c $(pkg-config --cflags --libs libev-core)
 *	./a.out 127.0.0.1:7777 200 5
 *
 * First all connections are made.  Then each sends a message of random size
 * and content, waits until all of it is back, and sends the next one, until
 * SECONDS are over or MESSAGES were sent.  What is under way then is still
 * waited for: a reply that stays away is an error, as a wrong byte is.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "histogram.h"

enum { LARGEST = 64 * 1024, CONTENT = 2 * LARGEST, PATIENCE_S = 10 };

struct load {
	struct event_base *base;
	struct connection *connections;
	long n_connections, seconds, limit;
	long busy, started, failures; /* of connections; of messages */
	int is_over;
	uint64_t began_us, bytes;
	struct histogram latency_us;
	char content[CONTENT]; /* random; messages are pieces of it */
};

struct connection {
	struct load *load;
	struct event *readable, *writable;
	evutil_socket_t fd;
	const char *message;
	size_t size, sent, received;
	uint64_t began_us;
};

static uint64_t
now_us(const struct load *load)
{
	struct timeval tv;

	event_gettime_monotonic(load->base, &tv);
	return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

static void
fail(struct connection *c, const char *what)
{
	fprintf(stderr, "connection %d, byte %zu of %zu: %s\n",
		(int)(c - c->load->connections), c->received, c->size, what);
	c->load->failures++;
	event_base_loopbreak(c->load->base);
}

static int
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Send what goes; the rest, if any, when there is room again. */
static void
send_rest(struct connection *c)
{
	ssize_t n = send(
		c->fd, c->message + c->sent, c->size - c->sent, MSG_NOSIGNAL);

	if (n < 0 && !is_passing(errno)) {
		fail(c, strerror(errno));
		return;
	}
	c->sent += n > 0 ? (size_t)n : 0;
	if (c->sent == c->size)
		event_del(c->writable);
	else if (event_add(c->writable, NULL) < 0)
		fail(c, "cannot wait for room");
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	send_rest(arg);
}

/* Mostly small, a few large: 3 KiB on average. */
static size_t
pick_size(void)
{
	static const int up_to[16] = {64, 64, 64, 64, 512, 512, 512, 512, 512,
		4096, 4096, 4096, 4096, 4096, 16384, LARGEST};

	return 1 + (size_t)(rand() % up_to[rand() % 16]);
}

static void
send_next(struct connection *c)
{
	struct load *load = c->load;

	if (load->is_over || load->started == load->limit) {
		if (--load->busy == 0)
			event_base_loopbreak(load->base);
		return;
	}
	load->started++;
	c->size = pick_size();
	c->message = load->content + rand() % (CONTENT - LARGEST);
	c->sent = c->received = 0;
	c->began_us = now_us(load);
	send_rest(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	static char bytes[LARGEST];
	struct connection *c = arg;
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	(void)what;
	if (n < 0 && is_passing(errno))
		return;
	if (n <= 0) {
		fail(c, n == 0 ? "closed by the server" : strerror(errno));
		return;
	}
	if ((size_t)n > c->sent - c->received ||
		memcmp(bytes, c->message + c->received, (size_t)n) != 0) {
		fail(c, "the reply is not what was sent");
		return;
	}
	c->received += (size_t)n;
	if (c->received < c->size)
		return;
	histogram_add(&c->load->latency_us, now_us(c->load) - c->began_us);
	c->load->bytes += c->size;
	send_next(c);
}

static void
on_time_up(evutil_socket_t fd, short what, void *arg)
{
	struct load *load = arg;

	(void)fd, (void)what;
	load->is_over = 1;
}

/* The loop has not begun, so nobody minds that connect() waits. */
static int
open_connection(struct connection *c, const struct sockaddr *sa, int length)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct event_base *base = c->load->base;
	int on = 1;

	c->fd = socket(sa->sa_family, SOCK_STREAM, 0);
	if (c->fd < 0 ||
		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			sizeof(patience)) < 0 ||
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) <
			0 ||
		connect(c->fd, sa, (socklen_t)length) < 0 ||
		evutil_make_socket_nonblocking(c->fd) < 0) {
		fail(c, strerror(errno));
		return -1;
	}
	c->readable = event_new(
		base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(
		base, c->fd, EV_WRITE | EV_PERSIST, on_writable, c);
	return c->readable && c->writable ? event_add(c->readable, NULL) : -1;
}

/* All connections, then a first message on each. */
static int
begin(struct load *load, const struct sockaddr *sa, int length)
{
	const struct timeval limit = {.tv_sec = load->seconds};
	const struct timeval end = {.tv_sec = load->seconds + PATIENCE_S};
	struct connection *c = load->connections;

	for (long i = 0; i < load->n_connections; i++) {
		c[i] = (struct connection){.load = load, .fd = -1};
		if (open_connection(&c[i], sa, length) < 0)
			return -1;
	}
	if (event_base_once(
		    load->base, -1, EV_TIMEOUT, on_time_up, load, &limit) < 0 ||
		event_base_loopexit(load->base, &end) < 0)
		return -1;
	load->began_us = now_us(load);
	load->busy = load->n_connections;
	for (long i = 0; i < load->n_connections; i++)
		send_next(&c[i]);
	return load->failures ? -1 : 0;
}

static int
report(const struct load *load)
{
	double seconds = (double)(now_us(load) - load->began_us) / 1e6;
	const struct histogram *latency = &load->latency_us;

	if (load->failures == 0 && load->busy > 0)
		fprintf(stderr, "%ld of %ld replies have not come\n",
			load->busy, load->started);
	if (load->failures || load->busy > 0)
		return EXIT_FAILURE;
	printf("connections %ld\nmessages %ld\nbytes %llu\nseconds %.3f\n"
	       "per_second %.0f\np50_us %llu\np99_us %llu\np999_us %llu\n",
		load->n_connections, load->started,
		(unsigned long long)load->bytes, seconds,
		(double)load->started / seconds,
		(unsigned long long)histogram_at(latency, 0.5),
		(unsigned long long)histogram_at(latency, 0.99),
		(unsigned long long)histogram_at(latency, 0.999));
	return EXIT_SUCCESS;
}

static void
close_all(struct load *load)
{
	for (long i = 0; load->connections && i < load->n_connections; i++) {
		struct connection *c = &load->connections[i];

		event_free(c->readable);
		event_free(c->writable);
		if (c->load && c->fd >= 0)
			evutil_closesocket(c->fd);
	}
	free(load->connections);
	if (load->base)
		event_base_free(load->base);
}

/* The argument, 1 to MOST, or 0 for nonsense; without one what is usual. */
static long
number(const char *text, long most, long usual)
{
	char *end;
	long n;

	if (!text)
		return usual;
	n = strtol(text, &end, 10);
	return *end || n < 1 || n > most ? 0 : n;
}

static int
usage(void)
{
	fputs("usage: echo-load ADDRESS:PORT "
	      "[CONNECTIONS [SECONDS [MESSAGES]]]\n",
		stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static struct load load;
	struct sockaddr_storage addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr), status = EXIT_FAILURE;

	load.n_connections = number(argc > 2 ? argv[2] : NULL, 1000000, 200);
	load.seconds = number(argc > 3 ? argv[3] : NULL, 86400, 5);
	load.limit = number(argc > 4 ? argv[4] : NULL, LONG_MAX, LONG_MAX);
	if (argc < 2 || argc > 5 || !load.n_connections || !load.seconds ||
		!load.limit ||
		evutil_parse_sockaddr_port(argv[1], sa, &length) < 0)
		return usage();
	load.connections = calloc(
		(size_t)load.n_connections, sizeof(*load.connections));
	load.base = event_base_new();
	evutil_secure_rng_get_bytes(load.content, sizeof(load.content));
	if (!load.connections || !load.base)
		fputs("echo-load: no memory, or no backend\n", stderr);
	else if (begin(&load, sa, length) == 0 &&
		 event_base_dispatch(load.base) == 0)
		status = report(&load);
	close_all(&load);
	return status;
}
