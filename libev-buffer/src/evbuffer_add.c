/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes in by copying.
 */
#include "evbuffer.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room that printf() is tried in first. */
enum { TEXT_ROOM = 64 };

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
	struct chain *chain;

	if (!count)
		return 0;
	if (!buf->length || chain_room(buf->tail) >= count) {
		chain = buf_room_in_one(buf, count);
		if (!chain)
			return -1;
		chain_append(chain, data, count);
		buf->tail = chain;
	} else {
		if (buf_make_room(buf, count, INT_MAX) < 0)
			return -1;
		copy_in(buf, data, count);
	}
	buf_added(buf, count);
	return 0;
}

int
buf_add(struct evbuffer *buf, const void *data, size_t count)
{
	int result = -1;

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
		chain = buf_new_chain(chain, count);
		if (!chain)
			return -1;
		chain->begin = chain->capacity;
		chain->next = buf->first;
		buf->first = chain;
	}
	chain->begin -= count;
	chain->length += count;
	memcpy(chain_data(chain), data, count);
	buf->sought = NULL;
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

	*chain_out = buf_room_in_one(buf, size);
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
