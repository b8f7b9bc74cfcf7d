/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer's life, its lock, and what is frozen.
 */
#include "evbuffer.h"

#include <limits.h>
#include <string.h>

#include <event2/ext_buffer.h>

enum { FIRST_READ = 4096, MAX_READ = 65536 };

struct evbuffer *
evbuffer_new(void)
{
	struct evbuffer *buf = core_alloc(sizeof(*buf));

	if (!buf)
		return NULL;
	memset(buf, 0, sizeof(*buf));
	buf->count = 1;
	buf->max_read = MAX_READ;
	buf->read_size = FIRST_READ;
	return buf;
}

static void
destroy(struct evbuffer *buf)
{
	struct chain *all = buf->first;

	buf->first = buf->tail = NULL;
	buf->length = 0;
	if (buf->observers)
		observers_free(buf);
	buf_unlock(buf);
	if (buf->own_lock)
		core()->lock_free(buf->lock);
	core_free(buf);
	chain_drop_list(all);
}

void
buf_release(struct evbuffer *buf)
{
	if (--buf->count == 0)
		destroy(buf);
	else
		buf_unlock(buf);
}

void
evbuffer_free(struct evbuffer *buf)
{
	if (!buf)
		return;
	buf_lock(buf);
	buf->freed = 1;
	buf_release(buf);
}

/* --- locks ---------------------------------------------------------------*/

int
evbuffer_enable_locking(struct evbuffer *buf, void *lock)
{
	int own = !lock;

	if (buf->lock)
		return -1;
	if (own)
		lock = core()->lock_new(1);
	if (!lock)
		return -1;
	buf->lock = lock;
	buf->own_lock = (unsigned)own;
	return 0;
}

void
evbuffer_lock(struct evbuffer *buf)
{
	buf_lock(buf);
}

void
evbuffer_unlock(struct evbuffer *buf)
{
	buf_unlock(buf);
}

void
buf_lock_both(struct evbuffer *a, struct evbuffer *b)
{
	int a_first = (uintptr_t)a->lock < (uintptr_t)b->lock;

	buf_lock(a_first ? a : b);
	buf_lock(a_first ? b : a);
}

/* --- after a change ------------------------------------------------------*/

void
buf_leave_observed(struct evbuffer *buf)
{
	buf->count++;
	observers_tell(buf);
	buf_release(buf);
}

void
buf_leave_dropping(struct evbuffer *buf, struct chain *spent)
{
	if (!spent) {
		buf_leave(buf);
		return;
	}
	buf->count++;
	chain_drop_list(spent);
	if (buf->observers)
		observers_tell(buf);
	buf_release(buf);
}

void
buf_leave_both(struct evbuffer *a, struct evbuffer *b)
{
	if (!a->observers && !b->observers) {
		buf_unlock(a);
		buf_unlock(b);
		return;
	}
	b->count++;
	buf_unlock(b);
	buf_leave(a);
	buf_lock(b);
	if (b->observers)
		observers_tell(b);
	buf_release(b);
}

/* --- questions and switches ----------------------------------------------*/

int
evbuffer_set_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	buf_lock(buf);
	if (flags & EVBUFFER_FLAG_DRAINS_TO_FD)
		buf->drains_to_fd = 1;
	buf_unlock(buf);
	return 0;
}

int
evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	buf_lock(buf);
	if (flags & EVBUFFER_FLAG_DRAINS_TO_FD)
		buf->drains_to_fd = 0;
	buf_unlock(buf);
	return 0;
}

size_t
evbuffer_get_length(const struct evbuffer *buf)
{
	size_t length;

	buf_lock(buf);
	length = buf->length;
	buf_unlock(buf);
	return length;
}

size_t
evbuffer_get_contiguous_space(const struct evbuffer *buf)
{
	size_t length;

	buf_lock(buf);
	length = buf->first ? buf->first->length : 0;
	buf_unlock(buf);
	return length;
}

static int
set_frozen(struct evbuffer *buf, int at_front, unsigned frozen)
{
	buf_lock(buf);
	if (at_front)
		buf->frozen_front = frozen;
	else
		buf->frozen_back = frozen;
	buf_unlock(buf);
	return 0;
}

int
evbuffer_freeze(struct evbuffer *buf, int at_front)
{
	return set_frozen(buf, at_front, 1);
}

int
evbuffer_unfreeze(struct evbuffer *buf, int at_front)
{
	return set_frozen(buf, at_front, 0);
}

int
evbuffer_set_max_read(struct evbuffer *buf, size_t max)
{
	if (max == 0 || max > INT_MAX)
		return -1;
	buf_lock(buf);
	buf->max_read = max;
	buf_unlock(buf);
	return 0;
}

size_t
evbuffer_get_max_read(struct evbuffer *buf)
{
	size_t max;

	buf_lock(buf);
	max = buf->max_read;
	buf_unlock(buf);
	return max;
}
