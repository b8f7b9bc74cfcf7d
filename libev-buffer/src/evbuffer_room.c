/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Room behind the data: made, offered to the caller, and filled.
 */
#include "evbuffer.h"

/* Where the chains without data begin. */
static struct chain **
room_link(struct evbuffer *buf)
{
	return buf->length ? &buf->tail->next : &buf->first;
}

struct chain *
buf_new_chain(const struct chain *beside, size_t size)
{
	size_t grown = 0;

	if (beside && beside->kind == CHAIN_OWN)
		grown = chain_next_size(beside->capacity);
	return chain_new(size > grown ? size : grown);
}

static struct chain *
add_chain(struct evbuffer *buf, size_t size)
{
	struct chain **link = room_link(buf);
	struct chain *chain = buf_new_chain(buf->tail, size);

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

struct chain *
buf_room_in_one(struct evbuffer *buf, size_t size)
{
	struct chain *chain = buf->tail;

	if (chain && chain_room(chain) >= size)
		return chain;
	chain = *room_link(buf);
	if (chain && chain->capacity >= size)
		return chain;
	chain = buf_new_chain(buf->tail, size);
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
	return buf_room_in_one(buf, size) ? 0 : -1;
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

/* --- from outside --------------------------------------------------------*/

int
evbuffer_expand(struct evbuffer *buf, size_t size)
{
	int result = -1;

	buf_lock(buf);
	if (buf_fits(buf, size) && (!size || buf_room_in_one(buf, size)))
		result = 0;
	buf_unlock(buf);
	return result;
}

int
buf_reserve(struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec,
	int n_vec)
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
		else if (n_vec == 1 && (chain = buf_room_in_one(buf, least)))
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
buf_commit(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs)
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
