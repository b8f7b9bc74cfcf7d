/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains that pass from buffer to buffer, and such whose memory is another's.
 */
#include "evbuffer.h"

#include <limits.h>
#include <string.h>

#include <event2/ext_buffer.h>

/* Copying so much costs no more than another chain that shares the memory. */
enum { PIECE_COPIED = 1024 };

/* --- lists of chains -----------------------------------------------------*/

struct chain *
buf_take_room(struct evbuffer *buf)
{
	struct chain *room = buf->first;

	if (!buf->length) {
		buf->first = buf->tail = NULL;
		return room;
	}
	room = buf->tail->next;
	buf->tail->next = NULL;
	return room;
}

void
buf_give_room(struct evbuffer *buf, struct chain *room)
{
	if (!buf->first)
		buf->first = buf->tail = room;
	else
		buf->tail->next = room;
}

/* At the end; there is no room behind the tail. */
static void
link_last(struct evbuffer *buf, struct chain *first, struct chain *last)
{
	if (buf->first)
		buf->tail->next = first;
	else
		buf->first = first;
	buf->tail = last;
}

void
buf_link(struct evbuffer *buf, struct chain *first, struct chain *last,
	size_t length)
{
	struct chain *room = buf_take_room(buf);

	link_last(buf, first, last);
	buf_added(buf, length);
	buf_give_room(buf, room);
}

/* All of it changes hands, and a buffer left with nothing gets room for it. */
static void
move_all(struct evbuffer *dst, struct evbuffer *src, int to_front)
{
	struct chain *dst_room = buf_take_room(dst);
	struct chain *src_room = buf_take_room(src);

	dst->sought = NULL;
	if (to_front && dst->first) {
		src->tail->next = dst->first;
		dst->first = src->first;
	} else {
		link_last(dst, src->first, src->tail);
	}
	src->first = src->tail = NULL;
	dst->flags |= src->flags & BUF_FILES;
	src->flags &= ~(unsigned)BUF_FILES;
	buf_added(dst, src->length);
	buf_deleted(src, src->length);
	if (!src_room) {
		src_room = dst_room;
		dst_room = NULL;
	}
	buf_give_room(dst, dst_room);
	buf_give_room(src, src_room);
}

int
evbuffer_add_buffer(struct evbuffer *dst, struct evbuffer *src)
{
	int result = 0;

	if (dst == src)
		return 0;
	buf_lock_both(dst, src);
	if (src->length) {
		if (!buf_may_take(src) || !buf_may_add(dst, src->length))
			result = -1;
		else
			move_all(dst, src, 0);
	}
	buf_leave_both(src, dst);
	return result;
}

int
evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src)
{
	int result = 0;

	if (dst == src)
		return 0;
	buf_lock_both(dst, src);
	if (src->length) {
		if (!buf_may_take(src) || !buf_may_take(dst) ||
			!buf_fits(dst, src->length))
			result = -1;
		else
			move_all(dst, src, 1);
	}
	buf_leave_both(src, dst);
	return result;
}

/* --- a part --------------------------------------------------------------*/

/* The first COUNT bytes of CHAIN as a chain of their own. */
static struct chain *
split(struct chain *chain, size_t count)
{
	struct chain *piece;

	if (chain->memory && count <= PIECE_COPIED) {
		piece = chain_new(count);
		if (piece)
			chain_append(piece, chain_data(chain), count);
		return piece;
	}
	return chain_new_part(chain, count,
		chain->kind == CHAIN_OWN ? CHAIN_SHARED : chain->kind);
}

/* LAST_OUT: the last chain of which all goes; what goes of the one behind. */
static size_t
find_cut(struct evbuffer *buf, size_t count, struct chain **last_out)
{
	struct chain *chain = buf->first;

	*last_out = NULL;
	for (; count && count >= chain->length; chain = chain->next) {
		count -= chain->length;
		*last_out = chain;
	}
	return count;
}

/* COUNT is less than all that SRC has. */
static int
move_some(struct evbuffer *dst, struct evbuffer *src, size_t count)
{
	struct chain *last, *cut, *piece, *first = src->first;
	size_t part = find_cut(src, count, &last);

	cut = last ? last->next : first;
	if (part) {
		piece = split(cut, part);
		if (!piece)
			return -1;
		cut->begin += part;
		cut->length -= part;
		if (last)
			last->next = piece;
		else
			first = piece;
		last = piece;
	}
	last->next = NULL;
	src->first = cut;
	dst->flags |= src->flags & BUF_FILES;
	buf_deleted(src, count);
	buf_link(dst, first, last, count);
	return 0;
}

static int
move(struct evbuffer *dst, struct evbuffer *src, size_t count)
{
	if (!buf_may_take(src) || !buf_may_add(dst, count))
		return -1;
	if (count && count == src->length)
		move_all(dst, src, 0);
	else if (count && move_some(dst, src, count) < 0)
		return -1;
	return (int)count;
}

int
evbuffer_remove_buffer(struct evbuffer *src, struct evbuffer *dst, size_t count)
{
	int result;

	if (src == dst)
		return 0;
	buf_lock_both(src, dst);
	if (count > src->length)
		count = src->length;
	if (count > INT_MAX)
		count = INT_MAX;
	result = move(dst, src, count);
	buf_leave_both(src, dst);
	return result;
}

/* --- shared by two buffers -----------------------------------------------*/

/* A list of chains that share the memory of all of BUF's; NULL: no memory. */
static struct chain *
copy_chains(const struct evbuffer *buf, struct chain **last_out)
{
	struct chain *all = NULL, **end = &all, *chain = buf->first;
	size_t left = buf->length;

	for (; left; chain = chain->next) {
		*end = chain_new_part(chain, chain->length, CHAIN_COPY);
		if (!*end) {
			chain_drop_list(all);
			return NULL;
		}
		*last_out = *end;
		end = &(*end)->next;
		left -= chain->length;
	}
	return all;
}

static int
may_be_shared(const struct evbuffer *buf)
{
	const struct chain *chain;

	for (chain = buf->first; chain; chain = chain->next)
		if (chain->kind == CHAIN_COPY || chain->kind == CHAIN_FILE)
			return 0;
	return 1;
}

static int
share(struct evbuffer *dst, struct evbuffer *src)
{
	struct chain *copies, *last;

	if (!buf_may_add(dst, src->length) || !may_be_shared(src))
		return -1;
	if (!src->length)
		return 0;
	copies = copy_chains(src, &last);
	if (!copies)
		return -1;
	buf_link(dst, copies, last, src->length);
	return 0;
}

int
evbuffer_add_buffer_reference(struct evbuffer *dst, struct evbuffer *src)
{
	int result;

	if (dst == src)
		return -1;
	buf_lock_both(dst, src);
	result = share(dst, src);
	buf_leave_both(src, dst);
	return result;
}

/* --- memory of the program's ---------------------------------------------*/

int
evbuffer_add_reference_with_offset(struct evbuffer *buf, const void *data,
	size_t offset, size_t length, evbuffer_ref_cleanup_cb cleanup,
	void *arg)
{
	struct chain *chain = NULL;

	if (offset > EV_SSIZE_MAX)
		return -1;
	buf_lock(buf);
	if (buf_may_add(buf, length))
		chain = chain_new_reference(data, offset, length, cleanup, arg);
	if (!chain) {
		buf_unlock(buf);
		return -1;
	}
	if (length) {
		buf_link(buf, chain, chain, length);
		chain = NULL;
	}
	buf_leave_dropping(buf, chain);
	return 0;
}

int
evbuffer_add_reference(struct evbuffer *buf, const void *data, size_t length,
	evbuffer_ref_cleanup_cb cleanup, void *arg)
{
	return evbuffer_add_reference_with_offset(
		buf, data, 0, length, cleanup, arg);
}

/* Chains for the pieces that are not empty; 0, or -1: no memory. */
static int
hold_pieces(struct holder *holder, const struct evbuffer_iovec *vec, int n,
	struct chain **first_out, struct chain **last_out)
{
	struct chain **end = first_out;

	*first_out = *last_out = NULL;
	for (int i = 0; i < n; i++) {
		if (!vec[i].iov_len)
			continue;
		*end = chain_new_held(holder, CHAIN_SHARED, vec[i].iov_base, 0,
			vec[i].iov_len);
		if (!*end)
			return -1;
		*last_out = *end;
		end = &(*end)->next;
	}
	return 0;
}

static int
add_pieces(struct evbuffer *buf, const struct evbuffer_iovec *vec, int n,
	struct holder *holder, size_t total)
{
	struct chain *first, *last;

	if (hold_pieces(holder, vec, n, &first, &last) < 0) {
		chain_drop_list(first);
		return -1;
	}
	if (first)
		buf_link(buf, first, last, total);
	return 0;
}

int
evbuffer_add_iovec_reference(struct evbuffer *buf,
	const struct evbuffer_iovec *vec, int n_vec,
	evbuffer_ref_cleanup_cb cleanup, void *arg)
{
	struct holder *holder = NULL;
	size_t total;
	int result = -1;

	if (n_vec < 0 || buf_sum_up(vec, n_vec, &total) < 0)
		return -1;
	buf_lock(buf);
	if (buf_may_add(buf, total))
		holder = chain_new_holder();
	if (holder)
		result = add_pieces(buf, vec, n_vec, holder, total);
	if (result == 0)
		chain_arm_holder(holder, total, cleanup, arg);
	buf_leave(buf);
	if (holder)
		holder_drop(holder);
	return result;
}
