/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp-proxy: hands connections on to another address.
 *
 *	cc tcp-proxy.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out 127.0.0.1:7777 example.org 80
 *
 * A tunnel is two connections and two pipes.  A pipe moves what one of them reads
 * to the output of the other, without a copy, and has it read no more while that
 * is full.  So the slower side sets the pace of the faster one, and a tunnel
 * holds little memory whatever goes through it.
 *
 * The end of a stream goes through a pipe as well, when all before it has; the
 * other direction goes on.  A tunnel is over when both are.  After a failure
 * what is under way still arrives, if it is taken soon.
 *
 * The client may be quicker than the connection to the target: what it sends
 * waits in the output.  With port 0 the system picks one.  SIGTERM ends it.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

enum {
	FULL = 256 * 1024, /* an output with so much in it */
	PATIENCE = 10      /* seconds */
};

struct proxy {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *term;
	struct tunnel *tunnels;
	const char *host;
	int port;
	unsigned long served;
};

struct tunnel {
	struct tunnel *next, **link; /* its place in the proxy's list */
	struct bufferevent *client, *target;
	struct bufferevent_pipe *there, *back;
	int is_connected;
	int ended; /* how many of the pipes */
};

static void
tear_down(struct tunnel *tunnel)
{
	*tunnel->link = tunnel->next;
	if (tunnel->next)
		tunnel->next->link = tunnel->link;
	bufferevent_pipe_free(tunnel->there);
	bufferevent_pipe_free(tunnel->back);
	if (tunnel->client)
		bufferevent_free(tunnel->client);
	if (tunnel->target)
		bufferevent_free(tunnel->target);
	free(tunnel);
}

static void
on_pipe_end(struct bufferevent_pipe *pipe, int error, void *arg)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	struct tunnel *tunnel = arg;

	(void)pipe;
	if (++tunnel->ended == 2 || (error && !tunnel->is_connected)) {
		tear_down(tunnel);
	} else if (error) {
		bufferevent_set_timeouts(tunnel->client, &patience, &patience);
		bufferevent_set_timeouts(tunnel->target, &patience, &patience);
	}
}

/* All other events are for the pipes. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct tunnel *tunnel = arg;

	if (what & BEV_EVENT_CONNECTED) {
		tunnel->is_connected = 1;
		bufferevent_set_timeouts(bev, NULL, NULL);
	}
}

static int
connect_ends(struct proxy *proxy, struct tunnel *tunnel, evutil_socket_t fd)
{
	const struct timeval patience = {.tv_sec = PATIENCE};

	tunnel->target = bufferevent_socket_new(
		proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	tunnel->client = bufferevent_socket_new(
		proxy->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!tunnel->target || !tunnel->client)
		return -1;
	bufferevent_setcb(tunnel->target, NULL, NULL, on_event, tunnel);
	tunnel->there = bufferevent_pipe_new(
		tunnel->client, tunnel->target, FULL, on_pipe_end, tunnel);
	tunnel->back = bufferevent_pipe_new(
		tunnel->target, tunnel->client, FULL, on_pipe_end, tunnel);
	if (!tunnel->there || !tunnel->back ||
		bufferevent_set_timeouts(tunnel->target, NULL, &patience) < 0)
		return -1;
	return bufferevent_socket_connect_hostname(
		tunnel->target, NULL, AF_UNSPEC, proxy->host, proxy->port);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *arg)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	struct proxy *proxy = arg;

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
	if (connect_ends(proxy, tunnel, fd) < 0) {
		if (!tunnel->client)
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
