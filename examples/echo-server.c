/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo-server: sends back what it gets, to any number of connections.
 *
 *	cc echo-server.c $(pkg-config --cflags --libs libev-core)
 *	./a.out 127.0.0.1:7777 & nc 127.0.0.1 7777
 *
 * A connection is in one of two states: it reads, or it has bytes that the
 * peer does not take yet.  One of its two events is pending accordingly.  So a
 * peer that never reads is not read from, memory does not grow, and a socket
 * that merely is writable wakes nobody.
 *
 * Without an address it is 127.0.0.1, without a port the system picks one.
 * SIGTERM ends the server.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>

struct server {
	struct event_base *base;
	struct event *listener, *term;
	struct connection *connections;
	unsigned long accepted;
};

struct connection {
	struct connection *next, **link; /* its place in the server's list */
	struct event *readable, *writable;
	evutil_socket_t fd;
	size_t sent, length; /* how much of bytes[] */
	char bytes[16 * 1024];
};

static void
hang_up(struct connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	event_free(c->readable); /* events first, then their descriptor */
	event_free(c->writable);
	evutil_closesocket(c->fd);
	free(c);
}

static int
is_passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* Send what there is; then wait for more, or until the rest can go. */
static void
proceed(struct connection *c)
{
	size_t left = c->length - c->sent;
	ssize_t n = send(c->fd, c->bytes + c->sent, left, MSG_NOSIGNAL);

	if (n < 0 && !is_passing(errno)) {
		hang_up(c);
		return;
	}
	if (n > 0)
		c->sent += (size_t)n;
	left = c->length - c->sent;
	event_del(left ? c->readable : c->writable);
	if (event_add(left ? c->writable : c->readable, NULL) < 0)
		hang_up(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	ssize_t n = recv(fd, c->bytes, sizeof(c->bytes), 0);

	(void)what;
	if (n > 0) {
		c->sent = 0;
		c->length = (size_t)n;
		proceed(c);
	} else if (n == 0 || !is_passing(errno))
		hang_up(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	proceed(arg);
}

static void
welcome(struct server *server, evutil_socket_t fd)
{
	struct connection *c = malloc(sizeof(*c));
	int on = 1;

	if (!c) {
		evutil_closesocket(fd);
		return;
	}
	c->fd = fd;
	c->next = server->connections;
	c->link = &server->connections;
	if (c->next)
		c->next->link = &c->next;
	server->connections = c;
	server->accepted++;
	c->readable = event_new(
		server->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(
		server->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (evutil_make_socket_nonblocking(fd) < 0 || !c->readable ||
		!c->writable || event_add(c->readable, NULL) < 0)
		hang_up(c);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_add(arg, NULL);
}

/* Out of descriptors it stays readable, for nothing: look away for a while. */
static void
look_away(struct server *server)
{
	const struct timeval pause = {.tv_usec = 100 * 1000};

	if (event_base_once(server->base, -1, EV_TIMEOUT, on_pause_over,
		    server->listener, &pause) == 0)
		event_del(server->listener);
}

/* Several at a time, but not for ever: the others have their turn, too. */
static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < 64; i++) {
		evutil_socket_t fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			welcome(arg, fd);
		else if (is_passing(errno))
			return;
		else if (errno != ECONNABORTED) {
			look_away(arg);
			return;
		}
	}
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

static int
listen_on(evutil_socket_t fd, const char *address)
{
	struct sockaddr_in addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr);

	if (evutil_parse_sockaddr_port(address, sa, &length) < 0) {
		fprintf(stderr, "%s: not an IPv4 address\n", address);
		return -1;
	}
	if (fd < 0 || evutil_make_listen_socket_reuseable(fd) < 0 ||
		evutil_make_socket_nonblocking(fd) < 0 ||
		bind(fd, sa, (socklen_t)length) < 0 ||
		listen(fd, SOMAXCONN) < 0) {
		perror("listen");
		return -1;
	}
	return 0;
}

/* Which port the system picked; comes when a SIGTERM may come, too. */
static void
announce(evutil_socket_t fd)
{
	struct sockaddr_in addr;
	socklen_t length = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &length) == 0)
		printf("listening on port %d\n", ntohs(addr.sin_port));
	fflush(stdout);
}

static int
serve(struct server *server, evutil_socket_t fd)
{
	struct event_base *base = server->base;

	server->listener = event_new(
		base, fd, EV_READ | EV_PERSIST, on_connection, server);
	server->term = evsignal_new(base, SIGTERM, on_stop, base);
	if (!server->listener || event_add(server->listener, NULL) < 0 ||
		!server->term || event_add(server->term, NULL) < 0)
		return -1;
	announce(fd);
	return event_base_dispatch(base);
}

int
main(int argc, char **argv)
{
	struct server server = {.base = event_base_new()};
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = -1;

	if (server.base && listen_on(fd, argc > 1 ? argv[1] : "127.0.0.1") == 0)
		result = serve(&server, fd);
	while (server.connections)
		hang_up(server.connections);
	event_free(server.listener);
	event_free(server.term);
	if (server.base)
		event_base_free(server.base);
	if (fd >= 0)
		evutil_closesocket(fd);
	if (result == 0)
		printf("%lu connections served\n", server.accepted);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
