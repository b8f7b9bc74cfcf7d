/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/ext_buffer.h
 *
 * More about buffers: memory of the program's in several pieces or from the
 * middle, and how much is read at once.
 *
 * This header is an extension: libevent 2.1 has nothing of it.
 */
#ifndef EVENT2_EXT_BUFFER_H_INCLUDED_
#define EVENT2_EXT_BUFFER_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/buffer.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Add memory of the program's at the end, in several pieces, without copying.
 *
 * As evbuffer_add_reference(), but the cleanup function is called once for all
 * of the pieces, when none is needed any more; its first argument is NULL and
 * the second the number of all bytes.
 *
 * @param outbuf  the buffer
 * @param vec  the pieces; the array itself is not needed later
 * @param n_vec  how many
 * @param cleanupfn  the cleanup function; NULL if nobody asks
 * @param cleanupfn_arg  handed to it
 * @return 0, or -1 as for evbuffer_add(), or when N_VEC is negative.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_iovec_reference(struct evbuffer *outbuf,
	const struct evbuffer_iovec *vec, int n_vec,
	evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Add a part of some memory of the program's at the end, without copying.
 *
 * As evbuffer_add_reference(), but the part begins later.
 *
 * @param outbuf  the buffer
 * @param data  the memory, as the cleanup function gets it
 * @param offset  how many bytes of it are left out
 * @param datlen  how many bytes after those are added; the cleanup function
 *     gets the sum
 * @param cleanupfn  the cleanup function; NULL if nobody asks
 * @param cleanupfn_arg  handed to it
 * @return 0, or -1 as for evbuffer_add()
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference_with_offset(struct evbuffer *outbuf,
	const void *data, size_t offset, size_t datlen,
	evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/**
 * Set how many bytes one evbuffer_read() may read.
 *
 * Within that the buffer finds by itself what is right: it begins with less,
 * and offers more when reads fill what they were offered.
 *
 * @param buf  the buffer
 * @param max  the limit; 65536 at first
 * @return 0, or -1 when it is 0 or more than INT_MAX.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_set_max_read(struct evbuffer *buf, size_t max);

/**
 * How many bytes one evbuffer_read() may read.
 *
 * @param buf  the buffer
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_max_read(struct evbuffer *buf);

#ifdef __cplusplus
}
#endif

#endif
