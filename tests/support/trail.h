/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order in which callbacks ran: each leaves a letter.
 *
 * The callbacks take a string as their argument, and its first letter is left.
 */
#ifndef EV_TEST_TRAIL_H
#define EV_TEST_TRAIL_H

#include <event2/event.h>

/** All letters so far. */
const char *trail(void);

/** How many letters were left, those beyond 255 as well. */
size_t trail_length(void);

/** Leave the first letter of a string; beyond 255 they are not kept. */
void leave_mark(const char *letter);

/** An event_callback_fn: leaves its letter. */
void mark(evutil_socket_t fd, short what, void *letter);

/** The same, and takes all that can be read. */
void mark_and_take(evutil_socket_t fd, short what, void *letter);

/** The same, and makes fx.fd readable. */
void mark_and_send(evutil_socket_t fd, short what, void *letter);

/** The same, and ends the loop of fx.base after this callback. */
void mark_and_break(evutil_socket_t fd, short what, void *letter);

/** The same, and ends the loop of fx.base after the present round. */
void mark_and_exit(evutil_socket_t fd, short what, void *letter);

/** Activate a new event of fx.base, of this priority. */
void add_active(event_callback_fn fn, const char *letter, int priority);

/** Add a new persistent reader of fx.fd, of this priority. */
void add_reader(event_callback_fn fn, const char *letter, int priority);

#endif
