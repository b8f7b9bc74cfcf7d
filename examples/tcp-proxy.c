/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp-proxy: hands connections on to another address.
 *
 *	cc tcp-proxy.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out 127.0.0.1:7777 example.org 80
 *
 * A tunnel has two ends, and what is said of one is true of the other: what it
 * reads goes to the output of its opposite, by moving, not by copying.  When
 * that output is full, it is not read from until there is room.  So the slower
 * side sets the pace of the faster one, and a tunnel holds little memory
 * whatever goes through it.
 *
 * An end that hears the end of its stream has the opposite one pass it on, and
 * the other direction goes on.  A tunnel is over when both directions are.
 *
 * The client may be quicker than the connection to the target: what it sends
 * waits in the output.  With port 0 the system picks one.  SIGTERM ends it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

/* An output with so much in it is full; with so little it has room again. */
enum { FULL = 256 * 1024, ROOM = 64 * 1024 };

struct proxy {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *term;
	struct tunnel *tunnels;
	const char *host;
	int port;
	unsigned long served;
};

struct end {
	struct tunnel *tunnel;
	struct end *opposite;
	struct bufferevent *bev;
	int has_ended;    /* nothing more is read from it */
	int is_passed_on; /* all that it has sent, its end included */
};

struct tunnel {
	struct tunnel *next, **link; /* its place in the proxy's list */
	struct end client, target;
	int is_broken; /* one end failed: the other gets the rest, no more */
};

static void
tear_down(struct tunnel *tunnel)
{
	*tunnel->link = tunnel->next;
	if (tunnel->next)
		tunnel->next->link = tunnel->link;
	if (tunnel->client.bev)
		bufferevent_free(tunnel->client.bev);
	if (tunnel->target.bev)
		bufferevent_free(tunnel->target.bev);
	free(tunnel);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	if (bufferevent_write_buffer(
		    end->opposite->bev, bufferevent_get_input(bev)) < 0)
		tear_down(end->tunnel);
}

static void
on_pressure(struct bufferevent *bev, int is_full, void *arg)
{
	struct end *end = arg;

	(void)bev;
	if (is_full)
		bufferevent_disable(end->opposite->bev, EV_READ);
	else if (!end->opposite->has_ended)
		bufferevent_enable(end->opposite->bev, EV_READ);
}

static void
on_passed_on(struct bufferevent *bev, int error, void *arg)
{
	struct end *end = arg;

	(void)bev;
	end->is_passed_on = 1;
	if (error || end->tunnel->is_broken || end->opposite->is_passed_on)
		tear_down(end->tunnel);
}

/* What was read before the end of the stream goes first. */
static void
pass_on_end(struct end *end)
{
	struct bufferevent *to = end->opposite->bev;

	end->has_ended = 1;
	if (bufferevent_flush_notify(to, on_passed_on, end) < 0 ||
		bufferevent_shutdown(to) < 0)
		tear_down(end->tunnel);
}

/* The opposite gets what is under way, if it takes it soon. */
static void
give_up(struct end *end)
{
	const struct timeval patience = {.tv_sec = 10};
	struct end *opposite = end->opposite;

	if (end->tunnel->is_broken) {
		tear_down(end->tunnel);
		return;
	}
	end->tunnel->is_broken = 1;
	opposite->has_ended = 1;
	bufferevent_disable(opposite->bev, EV_READ);
	bufferevent_set_timeouts(opposite->bev, NULL, &patience);
	pass_on_end(end);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;

	if (what & BEV_EVENT_CONNECTED)
		bufferevent_set_timeouts(bev, NULL, NULL);
	else if (what & BEV_EVENT_EOF)
		pass_on_end(end);
	else
		give_up(end);
}

static int
begin(struct end *end, struct end *opposite, struct tunnel *tunnel,
	struct event_base *base, evutil_socket_t fd)
{
	end->tunnel = tunnel;
	end->opposite = opposite;
	end->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!end->bev)
		return -1;
	bufferevent_setcb(end->bev, on_read, NULL, on_event, end);
	return bufferevent_set_output_marks(
		end->bev, ROOM, FULL, on_pressure, end);
}

static int
connect_to_target(const struct proxy *proxy, struct tunnel *tunnel)
{
	const struct timeval patience = {.tv_sec = 10};
	struct bufferevent *bev = tunnel->target.bev;

	if (bufferevent_set_timeouts(bev, NULL, &patience) < 0 ||
		bufferevent_socket_connect_hostname(
			bev, NULL, AF_UNSPEC, proxy->host, proxy->port) < 0 ||
		bufferevent_enable(bev, EV_READ) < 0)
		return -1;
	return bufferevent_enable(tunnel->client.bev, EV_READ);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *arg)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	struct proxy *proxy = arg;
	struct end *client, *target;

	(void)listener, (void)address, (void)length;
	if (!tunnel) {
		evutil_closesocket(fd);
		return;
	}
	tunnel->next = proxy->tunnels;
	tunnel->link = &proxy->tunnels;
	if (tunnel->next)
		tunnel->next->link = &tunnel->next;
	proxy->tunnels = tunnel;
	proxy->served++;
	client = &tunnel->client;
	target = &tunnel->target;
	if (begin(target, client, tunnel, proxy->base, -1) < 0 ||
		begin(client, target, tunnel, proxy->base, fd) < 0 ||
		connect_to_target(proxy, tunnel) < 0) {
		if (!client->bev)
			evutil_closesocket(fd);
		tear_down(tunnel);
	}
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
listen_on(struct proxy *proxy, const char *address)
{
	struct sockaddr_in addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr);

	if (evutil_parse_sockaddr_port(address, sa, &length) < 0) {
		fprintf(stderr, "%s: not an IPv4 address\n", address);
		return -1;
	}
	proxy->listener = evconnlistener_new_bind(proxy->base, on_accept, proxy,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, sa, length);
	proxy->term = evsignal_new(proxy->base, SIGTERM, on_stop, proxy->base);
	if (!proxy->listener || !proxy->term ||
		event_add(proxy->term, NULL) < 0) {
		perror(address);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct proxy proxy = {.base = event_base_new()};
	int result = -1;

	if (argc != 4) {
		fputs("usage: tcp-proxy ADDRESS[:PORT] HOST PORT\n", stderr);
	} else if (proxy.base && listen_on(&proxy, argv[1]) == 0) {
		proxy.host = argv[2];
		proxy.port = atoi(argv[3]);
		announce(proxy.listener);
		result = event_base_dispatch(proxy.base);
	}
	while (proxy.tunnels)
		tear_down(proxy.tunnels);
	evconnlistener_free(proxy.listener);
	event_free(proxy.term);
	if (proxy.base)
		event_base_free(proxy.base);
	if (result == 0)
		printf("%lu connections served\n", proxy.served);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
