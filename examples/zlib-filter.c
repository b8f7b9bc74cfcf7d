/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * zlib-filter: an echo server whose connections are compressed.
 *
 *	cc zlib-filter.c $(pkg-config --cflags --libs libev-buffer zlib)
 *	./a.out 127.0.0.1:7777
 *
 * The program reads and writes plain bytes: a filter stands between it and the
 * socket, with a function for each direction.  Those take a piece of the
 * source, which need not be a whole of anything, and add what it gives to the
 * target.  A compressor holds back what it has, hoping for more; whoever has
 * said all he has to say for now asks for it, by bufferevent_flush().
 *
 * Without an address it is 127.0.0.1, without a port the system picks one.
 * SIGTERM ends the server.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

enum {
	PIECE = 1024, /* taken at once; a thousand times that may come out */
	ROOM = 16 * 1024,    /* asked for at once */
	ENOUGH = 256 * 1024, /* bytes on their way */
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *term;
	struct connection *connections;
	unsigned long served;
};

struct connection {
	struct connection *next, **link; /* its place in the server's list */
	struct bufferevent *bev;         /* the filter */
	z_stream deflate, inflate;
	int has_ended; /* the peer sends no more */
};

/* --- the filter -----------------------------------------------------------*/

/* Add what STEP gives to TARGET; Z_OK: it wants more. */
static int
run(z_stream *z, int (*step)(z_stream *, int), int flush,
	struct evbuffer *target)
{
	struct evbuffer_iovec room;
	int result;

	do {
		if (evbuffer_reserve_space(target, ROOM, &room, 1) < 1)
			return Z_MEM_ERROR;
		z->next_out = room.iov_base;
		z->avail_out = ROOM;
		result = step(z, flush);
		room.iov_len = ROOM - z->avail_out;
		if (evbuffer_commit_space(target, &room, 1) < 0)
			return Z_MEM_ERROR;
	} while (result == Z_OK && z->avail_out == 0);
	return result;
}

static enum bufferevent_filter_result
pass(z_stream *z, int (*step)(z_stream *, int), int flush,
	struct evbuffer *source, struct evbuffer *target)
{
	struct evbuffer_iovec piece = {0};
	size_t before = evbuffer_get_length(target), taken;
	int result;

	evbuffer_peek(source, PIECE, NULL, &piece, 1);
	if (piece.iov_len > PIECE)
		piece.iov_len = PIECE;
	if (piece.iov_len < evbuffer_get_length(source))
		flush = Z_NO_FLUSH; /* that is for the last piece */
	z->next_in = piece.iov_base;
	z->avail_in = (uInt)piece.iov_len;
	result = run(z, step, flush, target);
	taken = piece.iov_len - z->avail_in;
	evbuffer_drain(source, taken);
	/* Z_BUF_ERROR: there is nothing to do, which is no error. */
	if ((result < 0 && result != Z_BUF_ERROR) || result == Z_NEED_DICT)
		return BEV_ERROR;
	return taken || evbuffer_get_length(target) > before ? BEV_OK
							     : BEV_NEED_MORE;
}

static enum bufferevent_filter_result
on_output(struct evbuffer *source, struct evbuffer *target, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	static const int flush[] = {
		[BEV_NORMAL] = Z_NO_FLUSH,
		[BEV_FLUSH] = Z_SYNC_FLUSH,
		[BEV_FINISHED] = Z_FINISH,
	};
	struct connection *c = arg;

	(void)limit;
	return pass(&c->deflate, deflate, flush[mode], source, target);
}

static enum bufferevent_filter_result
on_input(struct evbuffer *source, struct evbuffer *target, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	struct connection *c = arg;

	(void)limit, (void)mode;
	return pass(&c->inflate, inflate, Z_SYNC_FLUSH, source, target);
}

/* Nobody calls the functions any more. */
static void
on_filter_free(void *arg)
{
	struct connection *c = arg;

	deflateEnd(&c->deflate);
	inflateEnd(&c->inflate);
	free(c);
}

/* --- the server -----------------------------------------------------------*/

static void
hang_up(struct connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	bufferevent_free(c->bev); /* frees the rest, too, when it can */
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	if (bufferevent_write_buffer(bev, bufferevent_get_input(bev)) < 0 ||
		bufferevent_flush(bev, EV_WRITE, BEV_FLUSH) < 0)
		hang_up(arg);
}

/* What is flushed ends up with the socket: its output is what may grow. */
static void
on_pressure(struct bufferevent *below, int is_full, void *arg)
{
	const struct connection *c = arg;

	(void)below;
	if (is_full)
		bufferevent_disable(c->bev, EV_READ);
	else if (!c->has_ended)
		bufferevent_enable(c->bev, EV_READ);
}

static void
on_sent(struct bufferevent *bev, int error, void *arg)
{
	(void)bev, (void)error;
	hang_up(arg);
}

/* The filter has handed all down; the socket has not sent it yet. */
static void
on_finished(struct bufferevent *bev, int error, void *arg)
{
	if (error || bufferevent_flush_notify(
			     bufferevent_get_underlying(bev), on_sent, arg) < 0)
		hang_up(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	c->has_ended = 1;
	if (!(what & BEV_EVENT_EOF) || bufferevent_shutdown(bev) < 0 ||
		bufferevent_flush_notify(bev, on_finished, c) < 0)
		hang_up(c);
}

/* NULL: it cannot be, and FD is closed. */
static struct connection *
connection_new(struct event_base *base, evutil_socket_t fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct bufferevent *below = bufferevent_socket_new(
		base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (c && below &&
		deflateInit(&c->deflate, Z_DEFAULT_COMPRESSION) == Z_OK &&
		inflateInit(&c->inflate) == Z_OK)
		c->bev = bufferevent_filter_new(below, on_input, on_output,
			BEV_OPT_CLOSE_ON_FREE, on_filter_free, c);
	if (c && c->bev)
		return c;
	if (below)
		bufferevent_free(below);
	else
		evutil_closesocket(fd);
	if (c)
		on_filter_free(c);
	return NULL;
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *arg)
{
	struct server *server = arg;
	struct connection *c = connection_new(server->base, fd);

	(void)listener, (void)address, (void)length;
	if (!c)
		return;
	c->next = server->connections;
	c->link = &server->connections;
	if (c->next)
		c->next->link = &c->next;
	server->connections = c;
	server->served++;
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	if (bufferevent_set_output_marks(bufferevent_get_underlying(c->bev),
		    ROOM, ENOUGH, on_pressure, c) < 0 ||
		bufferevent_enable(c->bev, EV_READ) < 0)
		hang_up(c);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

/* Which port the system picked; comes when a SIGTERM may come, too. */
static void
announce(struct evconnlistener *listener)
{
	struct sockaddr_in addr;
	socklen_t length = sizeof(addr);

	if (getsockname(evconnlistener_get_fd(listener),
		    (struct sockaddr *)&addr, &length) == 0)
		printf("listening on port %d\n", ntohs(addr.sin_port));
	fflush(stdout);
}

static int
open_up(struct server *server, const char *address)
{
	struct sockaddr_in addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr);

	if (evutil_parse_sockaddr_port(address, sa, &length) < 0) {
		fprintf(stderr, "%s: not an IPv4 address\n", address);
		return -1;
	}
	server->listener = evconnlistener_new_bind(server->base, on_accept,
		server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, sa,
		length);
	server->term = evsignal_new(
		server->base, SIGTERM, on_stop, server->base);
	if (!server->listener || !server->term ||
		event_add(server->term, NULL) < 0) {
		perror(address);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct server server = {.base = event_base_new()};
	int result = -1;

	if (server.base &&
		open_up(&server, argc > 1 ? argv[1] : "127.0.0.1") == 0) {
		announce(server.listener);
		result = event_base_dispatch(server.base);
	}
	while (server.connections)
		hang_up(server.connections);
	evconnlistener_free(server.listener);
	event_free(server.term);
	if (server.base)
		event_base_free(server.base);
	if (result == 0)
		printf("%lu connections served\n", server.served);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
