/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chat-server: what one says, all the others hear, line by line.
 *
 *	cc chat-server.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out 127.0.0.1:7777 & nc 127.0.0.1 7777
 *
 * The first line that somebody sends is a name.  A read callback comes for
 * bytes, not for lines: it takes all that are complete, and leaves the rest of
 * the input to the next one.  The end of a connection may come with such a
 * rest, which is the last line.
 *
 * Clients are freed in callbacks of their own alone, never while others are
 * told something: the list is whole whenever it is walked.  Who does not
 * listen is given up when too much waits for him, or for too long.
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

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

enum {
	LONGEST_LINE = 1000,
	LONGEST_NAME = 20,
	MOST_UNHEARD = 256 * 1024, /* bytes that wait for one client */
};

struct room {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *term;
	struct client *clients;
	unsigned long lines;
};

struct client {
	struct client *next, **link; /* its place in the room's list */
	struct room *room;
	struct bufferevent *bev;
	char *name; /* NULL: not known yet */
};

/* One line of text, shared by all outputs: nothing is copied for each. */
static void
tell_others(struct client *author, const char *format, const char *text)
{
	struct evbuffer *line = evbuffer_new();
	struct client *c;

	if (line && evbuffer_add_printf(line, format, author->name, text) > 0)
		for (c = author->room->clients; c; c = c->next)
			if (c != author && c->name)
				evbuffer_add_buffer_reference(
					bufferevent_get_output(c->bev), line);
	if (line)
		evbuffer_free(line);
}

static void
leave(struct client *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	if (c->name)
		tell_others(c, "* %s has left%s\n", "");
	bufferevent_free(c->bev);
	free(c->name);
	free(c);
}

static void
on_said_goodbye(struct bufferevent *bev, int error, void *arg)
{
	(void)bev, (void)error;
	leave(arg);
}

/* Not before he has been told why: freeing drops what was not sent. */
static void
send_away(struct client *c, const char *why)
{
	bufferevent_disable(c->bev, EV_READ);
	if (bufferevent_write(c->bev, why, strlen(why)) < 0 ||
		bufferevent_flush_notify(c->bev, on_said_goodbye, c) < 0)
		leave(c);
}

/* Terminals obey control characters; those of strangers they should not. */
static void
make_harmless(char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
}

/* A line belongs to the client; of the first it makes its name. */
static void
take_line(struct client *c, char *line, size_t length)
{
	make_harmless(line, length);
	if (c->name) {
		tell_others(c, "%s: %s\n", line);
		c->room->lines++;
		free(line);
	} else {
		line[length < LONGEST_NAME ? length : LONGEST_NAME] = '\0';
		c->name = line;
		tell_others(c, "* %s is here%s\n", "");
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t length;
	char *line;

	while ((line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF)) &&
		length <= LONGEST_LINE)
		take_line(arg, line, length);
	if (line || evbuffer_get_length(input) > LONGEST_LINE)
		send_away(arg, "* keep it short, please\n");
	free(line);
}

/* Nothing more comes: what has no end of a line is a line all the same. */
static void
take_rest(struct client *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	size_t length = evbuffer_get_length(input);
	char *rest = length ? malloc(length + 1) : NULL;

	if (rest) {
		evbuffer_remove(input, rest, length);
		rest[length] = '\0';
		take_line(c, rest, length);
	}
}

/* The end, an error, or a client that does not listen: a time out, ENOBUFS. */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & BEV_EVENT_EOF)
		take_rest(arg);
	leave(arg);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *arg)
{
	const struct timeval patience = {.tv_sec = 30}; /* for writing */
	struct client *c = calloc(1, sizeof(*c));
	struct room *room = arg;

	(void)listener, (void)address, (void)length;
	if (c)
		c->bev = bufferevent_socket_new(
			room->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		evutil_closesocket(fd);
		return;
	}
	c->room = room;
	c->next = room->clients;
	c->link = &room->clients;
	if (c->next)
		c->next->link = &c->next;
	room->clients = c;
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	if (bufferevent_set_timeouts(c->bev, NULL, &patience) < 0 ||
		bufferevent_set_output_limit(c->bev, MOST_UNHEARD) < 0 ||
		bufferevent_enable(c->bev, EV_READ) < 0)
		leave(c);
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
open_room(struct room *room, const char *address)
{
	struct sockaddr_in addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr);

	if (evutil_parse_sockaddr_port(address, sa, &length) < 0) {
		fprintf(stderr, "%s: not an IPv4 address\n", address);
		return -1;
	}
	room->listener = evconnlistener_new_bind(room->base, on_accept, room,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, sa, length);
	room->term = evsignal_new(room->base, SIGTERM, on_stop, room->base);
	if (!room->listener || !room->term || event_add(room->term, NULL) < 0) {
		perror(address);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct room room = {.base = event_base_new()};
	int result = -1;

	if (room.base &&
		open_room(&room, argc > 1 ? argv[1] : "127.0.0.1") == 0) {
		announce(room.listener);
		result = event_base_dispatch(room.base);
	}
	while (room.clients)
		leave(room.clients);
	evconnlistener_free(room.listener);
	event_free(room.term);
	if (room.base)
		event_base_free(room.base);
	if (result == 0)
		printf("%lu lines were said\n", room.lines);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
