/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server for cost.py, as one would write it: what comes goes back when SIZE
 * bytes of it are there.  It ends with the first connection that says nothing.
 *
 * usage: bufferevent-echo SIZE
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

static size_t size;

static void
on_read(struct bufferevent *bev, void *has_spoken)
{
	*(int *)has_spoken = 1;
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void
on_event(struct bufferevent *bev, short what, void *has_spoken)
{
	(void)what;
	if (!*(int *)has_spoken)
		event_base_loopbreak(bufferevent_get_base(bev));
	free(has_spoken);
	bufferevent_free(bev);
}

static void
on_accept(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *from,
	int length, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(
		evconnlistener_get_base(lev), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)from, (void)length, (void)arg;
	bufferevent_setcb(bev, on_read, NULL, on_event, calloc(1, sizeof(int)));
	bufferevent_setwatermark(bev, EV_READ, size, 0);
	bufferevent_enable(bev, EV_READ);
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	struct evconnlistener *lev;

	if (argc != 2 || !base)
		return 1;
	size = strtoul(argv[1], NULL, 10);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lev = evconnlistener_new_bind(base, on_accept, NULL,
		LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address,
		sizeof(address));
	if (!lev || getsockname(evconnlistener_get_fd(lev),
			    (struct sockaddr *)&address, &length) < 0)
		return 1;
	printf("listening on port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	event_base_dispatch(base);
	evconnlistener_free(lev);
	event_base_free(base);
	return 0;
}
