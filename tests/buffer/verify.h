/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What evbuffer.h and chain.h say about a buffer, looked at from inside.
 */
#ifndef EV_TEST_VERIFY_H
#define EV_TEST_VERIFY_H

struct evbuffer;

/** What is wrong with a buffer, in words, or NULL. */
const char *verify(const struct evbuffer *buf);

#endif
