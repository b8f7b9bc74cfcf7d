/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/buffer_compat.h
 *
 * Buffers as programs written for libevent 1.x use them.  New programs find
 * something better in event2/buffer.h for each of these.
 */
#ifndef EVENT2_BUFFER_COMPAT_H_INCLUDED_
#define EVENT2_BUFFER_COMPAT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Take a line from the front that any row of CR and LF ends.
 *
 * @param buffer  the buffer
 * @return as evbuffer_readln() with EVBUFFER_EOL_ANY
 * @deprecated Use evbuffer_readln().
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
char *evbuffer_readline(struct evbuffer *buffer);

/**
 * Is told that a buffer has changed.
 *
 * @param buffer  the buffer
 * @param old_len  how long it was
 * @param new_len  how long it is
 * @param arg  as given to evbuffer_setcb()
 */
typedef void (*evbuffer_cb)(
	struct evbuffer *buffer, size_t old_len, size_t new_len, void *arg);

/**
 * Replace all callbacks by one.
 *
 * @param buffer  the buffer
 * @param cb  the callback; NULL: there are none then
 * @param cbarg  handed to it
 * @return 0, or -1 and nothing changed when memory is short.
 * @deprecated Use evbuffer_add_cb().
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_setcb(struct evbuffer *buffer, evbuffer_cb cb, void *cbarg);

/**
 * Look for bytes, and have all up to their end in one piece.
 *
 * @param buffer  the buffer
 * @param what  the bytes
 * @param len  how many
 * @return where they are, or NULL.
 * @deprecated Use evbuffer_search().
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
unsigned char *
evbuffer_find(struct evbuffer *buffer, const unsigned char *what, size_t len);

/** How many bytes are in a buffer. */
#define EVBUFFER_LENGTH(x) evbuffer_get_length(x)
/** All of a buffer, in one piece. */
#define EVBUFFER_DATA(x) evbuffer_pullup((x), -1)

#ifdef __cplusplus
}
#endif

#endif
