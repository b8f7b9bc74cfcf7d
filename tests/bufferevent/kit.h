/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents for tests, and callbacks that take notes.
 */
#ifndef EV_TEST_BUFFEREVENT_KIT_H
#define EV_TEST_BUFFEREVENT_KIT_H

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "../support/fixture.h"

/** What the callbacks of a bufferevent heard, and what they are to do. */
struct heard {
	int reads, writes, events; /* how often each was called */
	short what, ever;          /* of events: the latest, and all or'ed */
	int error;                 /* errno of the latest event */
	size_t bytes;              /* taken off the input so far */
	size_t length;             /* of the input at the latest read */
	char trail[64];            /* r, w, c (connected), e: in order */
	int keep;                  /* do not take the input */
	struct evbuffer *got;      /* NULL: what is taken is forgotten */
	void (*then)(struct bufferevent *bev); /* at the end of each call */
};

/** bufferevent_setcb() with callbacks that note in @p heard. */
void listen_to(struct bufferevent *bev, struct heard *heard);

/** A new socket bufferevent on fx.fd, which stays the fixture's. */
struct bufferevent *on_fixture(int options, struct heard *heard);

/** Have a new pair in place of the fixture's, which is closed. */
void another_pair(void);

/** BEV_OPT_THREADSAFE if the test runs with threads. */
int threadsafe(void);

/** Run the loop of fx.base until a counter is at @p count or above. */
void until(const int *counter, int count);
/** The same for a number of bytes. */
void until_bytes(const size_t *counter, size_t count);
/** Until so many milliseconds have passed. */
void run_for(long ms);

/** Send text; take as much as there is, into a static string. */
void say(evutil_socket_t fd, const char *text);
const char *hear(evutil_socket_t fd);

/** All of a buffer as a string, which is static. */
const char *text_of(struct evbuffer *buf);

/** Bytes that say where they are: @p count of them at @p offset on. */
void pattern(char *data, size_t offset, size_t count);
/** A buffer with such bytes. */
struct evbuffer *pattern_buffer(size_t count);
/** Is that what is in the buffer? */
int is_pattern(struct evbuffer *buf, size_t offset);

/** A listening socket on the loopback interface; its address. */
evutil_socket_t listening(struct sockaddr_in *address_out);

#endif
