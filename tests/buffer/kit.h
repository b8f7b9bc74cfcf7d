/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of buffers use.
 *
 *	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
 *
 * After a test all memory is back, as many descriptors are open as before, no
 * lock is held, and no freed block was written to.
 */
#ifndef EV_TEST_KIT_H
#define EV_TEST_KIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/ext_buffer.h>

#include "../support/alloc.h"
#include "../support/runner.h"
#include "fake_core.h"
#include "verify.h"

void kit_setup(void);
void kit_teardown(void);

/** A new buffer. */
struct evbuffer *make(void);

/** A new buffer with these texts, each in a chain of its own; NULL ends. */
struct evbuffer *make_pieces(const char *first, ...);

/** A new buffer with @p count bytes that count from @p first on. */
struct evbuffer *make_counting(size_t count, unsigned first);

/** Bytes that count up from @p first on. */
void count_up(unsigned char *bytes, size_t count, unsigned first);

/** The buffer is sound and has exactly this in it. */
void expect(struct evbuffer *buf, const void *bytes, size_t count);
void expect_text(struct evbuffer *buf, const char *text);
void expect_counting(struct evbuffer *buf, size_t count, unsigned first);

/** How many pieces of memory a buffer is in, and where the first one is. */
int pieces_of(struct evbuffer *buf);
const void *first_piece_of(struct evbuffer *buf);

/** evbuffer_search(), of a text and from the front. */
ev_ssize_t position_of(struct evbuffer *buf, const char *what);

/** A place; it is there. */
struct evbuffer_ptr at(struct evbuffer *buf, size_t pos);

/** Calls of cleanup functions: the argument is one of these. */
struct cleaned {
	int calls;
	const void *data;
	size_t length;
};

void note_cleanup(const void *data, size_t length, void *cleaned);

/** A file with @p count bytes that count from 0 on; to be closed. */
int make_file(size_t count);

/** Is this number an open descriptor? */
int is_open(int fd);

/** A connected, non-blocking pair; to be closed with close_pair(). */
void open_pair(int fds[2]);
void close_pair(int fds[2]);

#endif
