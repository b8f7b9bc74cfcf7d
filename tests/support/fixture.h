/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A base and a connected pair of sockets for each test.
 *
 * Used as a checked fixture:
 *
 *	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
 *
 * After the test everything is freed, and then as many descriptors are open and
 * as many blocks allocated as before; no warning was logged that the test did
 * not take (messages.h); no freed block was written to (alloc.h).
 *
 * LIBEV_TEST_BACKEND names the backend of every base made here; without it the
 * library chooses.  LIBEV_TEST_THREADS=1 turns threads on first.
 */
#ifndef EV_TEST_FIXTURE_H
#define EV_TEST_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "alloc.h"
#include "clock.h"
#include "messages.h"
#include "runner.h"

struct fixture {
	struct event_base *base;
	/* A connected, non-blocking pair: to watch, and to make things happen
	 * with.  -1 for one that the test has closed. */
	evutil_socket_t fd;
	evutil_socket_t peer;
};

extern struct fixture fx;

void fixture_setup(void);
void fixture_teardown(void);

/** Setup and teardown that check for leaks, but make no base and no pair. */
void fixture_setup_bare(void);
void fixture_teardown_bare(void);

/** A configuration that names the backend under test; the caller frees it. */
struct event_config *fixture_config(void);

/** Another base with flags EVENT_BASE_FLAG_*; the caller frees it. */
struct event_base *fixture_base(int flags);

/**
 * An event of fx.base that is freed after the test.
 *
 * @param fd  as for event_new(), and so the others
 */
struct event *
fixture_event(evutil_socket_t fd, short what, event_callback_fn fn, void *arg);

/** The name of the backend under test, or NULL when the library chooses. */
const char *test_backend(void);

/** Are threads turned on? */
int test_threads(void);

/**
 * How often a callback runs when a standard signal was raised @p times times
 * before the loop looked: once where the kernel collects the signal for us.
 */
int test_arrivals(int times);

/**
 * Has fx.base all these features (EV_FEATURE_*)?
 *
 * If no, the test does not apply and returns.  A feature that none of several
 * backends has is an error: then its tests would never run at all.
 */
int test_has(int features);

/** How many descriptors this process has open. */
int open_descriptors(void);

/** A connected pair of non-blocking stream sockets. */
void make_pair(evutil_socket_t pair[2]);

/** Have a connected pair of TCP sockets in place of the fixture's. */
void use_tcp(void);

/** Close the TCP peer so that the other end learns of a reset. */
void reset_peer(void);

/** Close a descriptor, once: what it held becomes -1. */
void close_fd(evutil_socket_t *fd);

void send_byte(evutil_socket_t fd);
void send_bytes(evutil_socket_t fd, size_t count);

/** Take one byte that has to be there. */
void take_byte(evutil_socket_t fd);

/** Take all that is there; how many bytes it was. */
size_t take_all(evutil_socket_t fd);

/** Send until no more goes; how many bytes it was. */
size_t send_all(evutil_socket_t fd);

/** So many passes of the loop of fx.base, none of which sleeps. */
void turns(int count);

/* --- callbacks that only take notes --------------------------------------*/

/** What a callback was called with, and how often. */
struct calls {
	int count;
	short what; /* the latest */
	short ever; /* all of them, or'ed */
	evutil_socket_t fd;
};

/** An event_callback_fn; its argument is a struct calls. */
void note_call(evutil_socket_t fd, short what, void *calls);

/** The same, and takes all that can be read. */
void note_and_take(evutil_socket_t fd, short what, void *calls);

/** An event_callback_fn; adds 1 to an int. */
void count_call(evutil_socket_t fd, short what, void *count);

/** An event_callback_fn; ends the loop of a base after the present round. */
void exit_loop(evutil_socket_t fd, short what, void *base);

#endif
