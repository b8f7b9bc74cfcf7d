/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes in by copying, and room for what the caller writes himself.
 */
#include "evbuffer.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room that printf() is tried in first. */
enum { TEXT_ROOM = 64 };

int
buf_fits(const struct evbuffer *buf, size_t count)
{
	if (count <= EV_SSIZE_MAX - buf->length)
		return 1;
	errno = ENOMEM;
	return 0;
}

int
buf_may_take(const struct evbuffer *buf)
{
	if (!(buf->flags & BUF_FRONT_FROZEN))
		return 1;
	errno = EPERM;
	return 0;
}

int
buf_may_add(const struct evbuffer *buf, size_t count)
{
	if (!(buf->flags & BUF_BACK_FROZEN))
		return buf_fits(buf, count);
	errno = EPERM;
	return 0;
}

/* --- room ----------------------------------------------------------------*/

/* Where the chains without data begin. */
static struct chain **
room_link(struct evbuffer *buf)
{
	return buf->length ? &buf->tail->next : &buf->first;
}

/* Room for SIZE bytes, and for more than NEAR has, which it is to stand by. */
static struct chain *
new_chain(const struct chain *near, size_t size)
{
	size_t grown = 0;

	if (near && near->kind == CHAIN_OWN)
		grown = chain_next_size(near->capacity);
	return chain_new(size > grown ? size : grown);
}

static struct chain *
add_chain(struct evbuffer *buf, size_t size)
{
	struct chain **link = room_link(buf);
	struct chain *chain = new_chain(buf->tail, size);

	if (!chain)
		return NULL;
	while (*link)
		link = &(*link)->next;
	*link = chain;
	if (!buf->tail)
		buf->tail = chain;
	return chain;
}

/* The chains without data give way to CHAIN. */
static void
replace_room(struct evbuffer *buf, struct chain *chain)
{
	struct chain **link = room_link(buf);

	chain_drop_list(*link);
	*link = chain;
	if (!buf->length)
		buf->tail = chain;
}

/* Room of SIZE bytes in one piece, SIZE > 0; the chain, or NULL. */
static struct chain *
room_in_one(struct evbuffer *buf, size_t size)
{
	struct chain *chain = buf->tail;

	if (chain && chain_room(chain) >= size)
		return chain;
	chain = *room_link(buf);
	if (chain && chain->capacity >= size)
		return chain;
	chain = new_chain(buf->tail, size);
	if (chain)
		replace_room(buf, chain);
	return chain;
}

int
buf_make_room(struct evbuffer *buf, size_t size, int n)
{
	struct chain *chain;
	size_t room = 0;
	int pieces = 0;

	for (chain = buf->tail; chain && room < size && pieces < n;
		chain = chain->next) {
		room += chain_room(chain);
		pieces += chain_room(chain) > 0;
	}
	if (room >= size)
		return 0;
	if (pieces < n)
		return add_chain(buf, size - room) ? 0 : -1;
	return room_in_one(buf, size) ? 0 : -1;
}

/* As one piece. */
static int
tell_room(const struct chain *chain, struct evbuffer_iovec *piece)
{
	piece->iov_base = chain_end(chain);
	piece->iov_len = chain_room(chain);
	return 1;
}

int
buf_list_room(
	struct evbuffer *buf, size_t size, struct evbuffer_iovec *vec, int n)
{
	struct chain *chain = buf->tail;
	size_t room = 0;
	int pieces = 0;

	for (; chain && room < size && pieces < n; chain = chain->next) {
		if (!chain_room(chain))
			continue;
		pieces += tell_room(chain, &vec[pieces]);
		room += chain_room(chain);
	}
	return pieces;
}

void
buf_fill_room(struct evbuffer *buf, size_t count)
{
	struct chain *chain;
	size_t piece, left = count;

	for (chain = buf->tail; left; chain = chain->next) {
		piece = chain_room(chain);
		if (piece > left)
			piece = left;
		if (!piece)
			continue;
		chain->length += piece;
		left -= piece;
		buf->tail = chain;
	}
	buf_added(buf, count);
}

int
evbuffer_expand(struct evbuffer *buf, size_t size)
{
	int result = -1;

	buf_lock(buf);
	if (buf_fits(buf, size) && (!size || room_in_one(buf, size)))
		result = 0;
	buf_unlock(buf);
	return result;
}

int
evbuffer_reserve_space(struct evbuffer *buf, ev_ssize_t size,
	struct evbuffer_iovec *vec, int n_vec)
{
	size_t least = size > 0 ? (size_t)size : 1;
	struct chain *chain;
	int pieces = -1;

	if (size < 0 || n_vec < 1)
		return -1;
	buf_lock(buf);
	if (buf_may_add(buf, least)) {
		if (n_vec > 1 && buf_make_room(buf, least, n_vec) == 0)
			pieces = buf_list_room(buf, least, vec, n_vec);
		else if (n_vec == 1 && (chain = room_in_one(buf, least)))
			pieces = tell_room(chain, vec);
	}
	buf_unlock(buf);
	return pieces;
}

/* The chain from CHAIN on whose room is PIECE, or NULL. */
static struct chain *
chain_of_room(struct chain *chain, const struct evbuffer_iovec *piece)
{
	for (; chain; chain = chain->next)
		if (chain_room(chain) && chain_end(chain) == piece->iov_base)
			break;
	return chain && piece->iov_len <= chain_room(chain) ? chain : NULL;
}

/* How many bytes are in the pieces, or -1 if they are not room of BUF. */
static ev_ssize_t
check_room(const struct evbuffer *buf, const struct evbuffer_iovec *vec, int n)
{
	struct chain *chain = buf->tail;
	size_t sum = 0;

	for (int i = 0; i < n; i++) {
		chain = chain_of_room(chain, &vec[i]);
		if (!chain || !buf_may_add(buf, sum + vec[i].iov_len))
			return -1;
		sum += vec[i].iov_len;
		chain = chain->next;
	}
	return (ev_ssize_t)sum;
}

/* Chains from LINK to the tail may be without data. */
static void
drop_gaps(struct evbuffer *buf, struct chain **link)
{
	struct chain *chain;

	while (*link != buf->tail) {
		chain = *link;
		if (chain->length) {
			link = &chain->next;
			continue;
		}
		*link = chain->next;
		chain_drop(chain);
	}
}

static void
commit(struct evbuffer *buf, const struct evbuffer_iovec *vec, int n)
{
	struct chain **link = room_link(buf), *old = buf->tail, *chain = old;

	for (int i = 0; i < n; i++) {
		chain = chain_of_room(chain, &vec[i]);
		chain->length += vec[i].iov_len;
		if (vec[i].iov_len)
			buf->tail = chain;
		chain = chain->next;
	}
	if (buf->tail != old)
		drop_gaps(buf, link);
}

int
evbuffer_commit_space(
	struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs)
{
	ev_ssize_t sum = -1;

	buf_lock(buf);
	if (n_vecs >= 0 && buf_may_add(buf, 0))
		sum = check_room(buf, vec, n_vecs);
	if (sum > 0) {
		commit(buf, vec, n_vecs);
		buf_added(buf, (size_t)sum);
	}
	buf_leave(buf);
	return sum < 0 ? -1 : 0;
}

/* --- data ----------------------------------------------------------------*/

/* There is room for all of it, in whatever pieces. */
static void
copy_in(struct evbuffer *buf, const unsigned char *data, size_t count)
{
	struct chain *chain;
	size_t piece;

	for (chain = buf->tail; count; chain = chain->next) {
		piece = chain_room(chain);
		if (piece > count)
			piece = count;
		if (!piece)
			continue;
		chain_append(chain, data, piece);
		buf->tail = chain;
		data += piece;
		count -= piece;
	}
}

int
buf_append(struct evbuffer *buf, const void *data, size_t count)
{
	if (buf->tail && chain_room(buf->tail) >= count && count) {
		chain_append(buf->tail, data, count);
	} else if (count) {
		if (buf_make_room(buf, count, INT_MAX) < 0)
			return -1;
		copy_in(buf, data, count);
	}
	buf_added(buf, count);
	return 0;
}

/* Does it fit in the chain that the data ends in, with nobody to ask? */
static int
may_just_append(const struct evbuffer *buf, size_t count)
{
	return buf_is_plain(buf, BUF_BACK_FROZEN) && buf->tail && count &&
	       count <= chain_room(buf->tail) && buf_fits(buf, count);
}

int
evbuffer_add(struct evbuffer *buf, const void *data, size_t count)
{
	int result = -1;

	if (may_just_append(buf, count)) {
		chain_append(buf->tail, data, count);
		buf->length += count;
		return 0;
	}
	buf_lock(buf);
	if (buf_may_add(buf, count))
		result = buf_append(buf, data, count);
	buf_leave(buf);
	return result;
}

/* The new chain is filled from its end, so that there is room in front. */
static int
put_in_front(struct evbuffer *buf, const void *data, size_t count)
{
	struct chain *chain = buf->first;

	if (!chain_is_mine(chain) || chain->begin < count) {
		chain = new_chain(chain, count);
		if (!chain)
			return -1;
		chain->begin = chain->capacity;
		chain->next = buf->first;
		buf->first = chain;
	}
	chain->begin -= count;
	chain->length += count;
	memcpy(chain_data(chain), data, count);
	buf->near = NULL;
	buf_added(buf, count);
	return 0;
}

int
evbuffer_prepend(struct evbuffer *buf, const void *data, size_t count)
{
	int result = -1;

	buf_lock(buf);
	if (buf_may_take(buf) && buf_fits(buf, count))
		result = buf->length && count ? put_in_front(buf, data, count)
					      : buf_append(buf, data, count);
	buf_leave(buf);
	return result;
}

int
buf_sum_up(const struct evbuffer_iovec *vec, int n, size_t *sum_out)
{
	size_t sum = 0;

	for (int i = 0; i < n; i++) {
		if (vec[i].iov_len > EV_SSIZE_MAX - sum)
			return -1;
		sum += vec[i].iov_len;
	}
	*sum_out = sum;
	return 0;
}

size_t
evbuffer_add_iovec(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vec)
{
	size_t sum = 0;

	buf_lock(buf);
	if (buf_sum_up(vec, n_vec, &sum) < 0 || !buf_may_add(buf, sum) ||
		buf_make_room(buf, sum, INT_MAX) < 0)
		sum = 0;
	if (sum)
		for (int i = 0; i < n_vec; i++)
			copy_in(buf, vec[i].iov_base, vec[i].iov_len);
	buf_added(buf, sum);
	buf_leave(buf);
	return sum;
}

/* --- text ----------------------------------------------------------------*/

/* As vsnprintf(), into the room that there is; CHAIN_OUT has it. */
static int
format_once(struct evbuffer *buf, size_t size, struct chain **chain_out,
	const char *format, va_list args)
{
	va_list copy;
	int length;

	*chain_out = room_in_one(buf, size);
	if (!*chain_out)
		return -1;
	va_copy(copy, args);
	length = vsnprintf((char *)chain_end(*chain_out),
		chain_room(*chain_out), format, copy);
	va_end(copy);
	return length;
}

static int
add_text(struct evbuffer *buf, const char *format, va_list args)
{
	struct chain *chain;
	int length = format_once(buf, TEXT_ROOM, &chain, format, args);

	if (length >= 0 && (size_t)length >= chain_room(chain))
		length = format_once(
			buf, (size_t)length + 1, &chain, format, args);
	if (length < 0 || (size_t)length >= chain_room(chain) ||
		!buf_fits(buf, (size_t)length))
		return -1;
	chain->length += (size_t)length;
	if (length)
		buf->tail = chain;
	buf_added(buf, (size_t)length);
	return length;
}

int
evbuffer_add_vprintf(struct evbuffer *buf, const char *format, va_list args)
{
	int result = -1;

	buf_lock(buf);
	if (buf_may_add(buf, 0))
		result = add_text(buf, format, args);
	buf_leave(buf);
	return result;
}

int
evbuffer_add_printf(struct evbuffer *buf, const char *format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = evbuffer_add_vprintf(buf, format, args);
	va_end(args);
	return result;
}
