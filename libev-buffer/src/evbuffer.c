/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer's life, its lock, and what is frozen.
 */
#include "evbuffer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <event2/event.h>
#include <event2/ext_buffer.h>

enum { FIRST_READ = 4096, MAX_READ = 65536 };

void
buf_init(struct evbuffer *buf, const struct buf_owner *owner)
{
	memset(buf, 0, sizeof(*buf));
	buf->count = 1;
	buf->max_read = MAX_READ;
	buf->read_size = FIRST_READ;
	buf->owner = owner;
	buf->flags = owner ? BUF_OWNED : 0;
}

struct evbuffer *
evbuffer_new(void)
{
	struct evbuffer *buf = core_alloc(sizeof(*buf));

	if (buf)
		buf_init(buf, NULL);
	return buf;
}

/* Or NULL. */
static void *
own_lock(const struct evbuffer *buf)
{
	return buf->flags & BUF_OWN_LOCK ? buf->lock : NULL;
}

static void
free_single(struct evbuffer *buf)
{
	buf_unlock(buf);
	core_free(buf);
}

static void
destroy(struct evbuffer *buf)
{
	struct chain *all = buf->first;
	void *lock = own_lock(buf);

	buf->first = buf->tail = NULL;
	buf->length = 0;
	if (buf->flags & BUF_OBSERVED)
		observers_free(buf);
	if (buf->flags & BUF_OWNED)
		buf->owner->on_end(buf);
	else
		free_single(buf);
	if (lock)
		core()->lock_free(lock);
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
buf_free(struct evbuffer *buf)
{
	buf_lock(buf);
	buf->flags |= BUF_FREED;
	buf_release(buf);
}

void
evbuffer_free(struct evbuffer *buf)
{
	if (buf && buf->owner)
		core()->log(EVENT_LOG_WARN,
			"evbuffer_free: a bufferevent has this buffer");
	else if (buf)
		buf_free(buf);
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
	if (own)
		buf->flags |= BUF_OWN_LOCK;
	return 0;
}

void
buf_share_lock(struct evbuffer *buf, void *lock)
{
	void *before = own_lock(buf);

	buf->flags &= ~(unsigned)BUF_OWN_LOCK;
	buf->lock = lock;
	if (before)
		core()->lock_free(before);
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

/* Its owner hears of all that happens as long as he has it. */
static void
tell_owner(struct evbuffer *buf, unsigned changes)
{
	if (!(buf->flags & BUF_FREED))
		buf->owner->on_change(buf, changes);
}

static void
tell(struct evbuffer *buf)
{
	unsigned changes = buf->flags & BUF_CHANGED;

	buf->flags &= ~(unsigned)BUF_CHANGED;
	if (buf->flags & BUF_OWNED && changes)
		tell_owner(buf, changes);
	if (buf->flags & BUF_OBSERVED)
		observers_tell(buf);
}

void
buf_leave_changed(struct evbuffer *buf)
{
	buf->count++;
	tell(buf);
	buf_release(buf);
}

void
buf_leave_spent(struct evbuffer *buf, struct chain *spent)
{
	buf->count++;
	chain_drop_list(spent);
	tell(buf);
	buf_release(buf);
}

void
buf_leave_both(struct evbuffer *a, struct evbuffer *b)
{
	if (!((a->flags | b->flags) & BUF_CHANGED)) {
		buf_unlock(a);
		buf_unlock(b);
		return;
	}
	b->count++;
	buf_unlock(b);
	buf_leave(a);
	buf_lock(b);
	tell(b);
	buf_release(b);
}

/* --- what may be done ---------------------------------------------------*/

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

/* --- questions and switches ----------------------------------------------*/

static int
switch_flag(struct evbuffer *buf, unsigned flag, int on)
{
	buf_lock(buf);
	if (on)
		buf->flags |= flag;
	else
		buf->flags &= ~flag;
	buf_unlock(buf);
	return 0;
}

static unsigned
flags_for(ev_uint64_t flags)
{
	return flags & EVBUFFER_FLAG_DRAINS_TO_FD ? BUF_DRAINS_TO_FD : 0;
}

int
evbuffer_set_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	return switch_flag(buf, flags_for(flags), 1);
}

int
evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	return switch_flag(buf, flags_for(flags), 0);
}

int
evbuffer_freeze(struct evbuffer *buf, int at_front)
{
	return switch_flag(
		buf, at_front ? BUF_FRONT_FROZEN : BUF_BACK_FROZEN, 1);
}

int
evbuffer_unfreeze(struct evbuffer *buf, int at_front)
{
	return switch_flag(
		buf, at_front ? BUF_FRONT_FROZEN : BUF_BACK_FROZEN, 0);
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

int
evbuffer_set_max_read(struct evbuffer *buf, size_t max)
{
	if (max == 0 || max > INT_MAX)
		return -1;
	buf_lock(buf);
	buf->max_read = (uint32_t)max;
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
