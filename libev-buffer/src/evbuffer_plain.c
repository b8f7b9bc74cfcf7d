/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The short way: most calls find a buffer that has no lock and that nobody
 * watches, and touch one chain of it.  All others go the long way.
 */
#include "evbuffer.h"

#include <limits.h>

/* No lock to take, nobody to tell, and none of FLAGS. */
static inline int
is_plain(const struct evbuffer *buf, unsigned flags)
{
	return !buf->lock && !(buf->flags & (flags | BUF_WATCHED));
}

/* Is there room for COUNT bytes, and not none, where the data ends? */
static inline int
may_append(const struct evbuffer *buf, size_t count)
{
	return is_plain(buf, BUF_BACK_FROZEN) && buf->tail &&
	       count - 1 < chain_room(buf->tail) &&
	       count <= EV_SSIZE_MAX - buf->length;
}

int
evbuffer_add(struct evbuffer *buf, const void *data, size_t count)
{
	if (!may_append(buf, count))
		return buf_add(buf, data, count);
	buf->length += count;
	chain_append(buf->tail, data, count);
	return 0;
}

int
evbuffer_reserve_space(struct evbuffer *buf, ev_ssize_t size,
	struct evbuffer_iovec *vec, int n_vec)
{
	if (n_vec != 1 || size < 0 || !may_append(buf, (size_t)size))
		return buf_reserve(buf, size, vec, n_vec);
	vec->iov_base = chain_end(buf->tail);
	vec->iov_len = chain_room(buf->tail);
	return 1;
}

int
evbuffer_commit_space(
	struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs)
{
	if (n_vecs != 1 || !may_append(buf, vec->iov_len) ||
		vec->iov_base != chain_end(buf->tail))
		return buf_commit(buf, vec, n_vecs);
	buf->tail->length += vec->iov_len;
	buf->length += vec->iov_len;
	return 0;
}

/* Does no chain go when COUNT bytes are taken off the first one? */
static inline int
may_cut(const struct evbuffer *buf, size_t count)
{
	struct chain *first = buf->first;

	return count < first->length ||
	       (count == buf->length && !first->next && buf_may_keep(first));
}

/* Room begins where the memory of a chain does. */
static inline void
cut(struct evbuffer *buf, size_t count)
{
	struct chain *first = buf->first;

	first->length -= count;
	first->begin = first->length ? first->begin + count : 0;
	buf->length -= count;
	buf->deleted += count;
	buf->sought = NULL;
}

int
evbuffer_drain(struct evbuffer *buf, size_t count)
{
	size_t piece;

	if (!is_plain(buf, BUF_FRONT_FROZEN) || !buf->length)
		return buf_drain(buf, count);
	piece = count < buf->length ? count : buf->length;
	if (!may_cut(buf, piece))
		return buf_drain(buf, count);
	cut(buf, piece);
	return 0;
}

int
evbuffer_remove(struct evbuffer *buf, void *data, size_t count)
{
	const unsigned char *front;

	if (!is_plain(buf, BUF_FRONT_FROZEN | BUF_FILES) || !buf->length ||
		count - 1 >= buf->first->length || count > INT_MAX ||
		!may_cut(buf, count))
		return buf_remove(buf, data, count);
	front = chain_data(buf->first);
	cut(buf, count);
	memcpy(data, front, count);
	return (int)count;
}
