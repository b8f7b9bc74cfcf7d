/* SPDX-License-Identifier: BSD-3-Clause */
/* What libev-buffer gets of the core: libev-abi/core.h. */
#include <errno.h>
#include <string.h>

#include <event2/util.h>

#include <libev-abi/core.h>

#include "lifetime.h"
#include "log.h"
#include "mem.h"
#include "pending.h"

static void *
table_lock_new(int recursive)
{
	struct lock *lock;

	(void)recursive; /* all locks are */
	errno = 0;
	if (lock_kind_now() == LOCK_NONE)
		return NULL;
	lock = mem_alloc(sizeof(*lock));
	if (lock && lock_init(lock) < 0) {
		mem_free(lock);
		lock = NULL;
	}
	if (!lock)
		errno = ENOMEM;
	return lock;
}

static void
table_lock_free(void *lock)
{
	if (lock && lock_fini(lock) == 0)
		mem_free(lock);
}

static void
table_lock(void *lock)
{
	if (lock)
		lock_take(lock);
}

static void
table_unlock(void *lock)
{
	if (lock)
		lock_give(lock);
}

static void
table_defer_init(struct event_callback *cb, int priority,
	void (*fn)(struct event_callback *, void *), void *arg)
{
	memset(cb, 0, sizeof(*cb));
	cb->evcb_closure = CLOSURE_DEFERRED;
	cb->evcb_pri = (ev_uint8_t)priority;
	cb->evcb_cb_union.evcb_selfcb = fn;
	cb->evcb_arg = arg;
}

static int
table_defer_schedule(struct event_base *base, struct event_callback *cb)
{
	int fresh;

	lock_take(&base->lock);
	fresh = pending_schedule(base, cb);
	base_give(base);
	return fresh;
}

static void
table_defer_cancel(struct event_base *base, struct event_callback *cb)
{
	lock_take(&base->lock);
	pending_cancel(base, cb);
	base_give(base);
}

static int
table_finalize(struct event_base *base, int n, struct event_callback **cbs,
	void (*fn)(struct event_callback *, void *))
{
	int result;

	lock_take(&base->lock);
	result = lifetime_finalize_callbacks(base, n, cbs, fn);
	base_give(base);
	return result;
}

static int
table_close_fd(struct event_base *base, ev_fd fd)
{
	if (base) {
		lock_take(&base->lock);
		io_closing(&base->io, fd);
		base_give(base);
	}
	return evutil_closesocket(fd);
}

const struct ev_core_ops *
ev_core_table(uint32_t abi_version)
{
	static const struct ev_core_ops table = {
		.abi_version = EV_CORE_ABI,
		.struct_size = sizeof(struct ev_core_ops),
		.resize = mem_resize,
		.log = log_line,
		.lock_new = table_lock_new,
		.lock_free = table_lock_free,
		.lock = table_lock,
		.unlock = table_unlock,
		.defer_init = table_defer_init,
		.defer_schedule = table_defer_schedule,
		.defer_cancel = table_defer_cancel,
		.finalize = table_finalize,
		.may_keep = mem_may_keep,
		.close_fd = table_close_fd,
	};

	if (EV_ABI_MAJOR(abi_version) != EV_ABI_MAJOR(EV_CORE_ABI))
		return NULL;
	return &table;
}
