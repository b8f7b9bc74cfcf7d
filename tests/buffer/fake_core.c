/* SPDX-License-Identifier: BSD-3-Clause */
/* See fake_core.h. */
#include "fake_core.h"

#include <errno.h>
#include <string.h>

#include <check.h>

#include <event2/event_struct.h>

#include <libev-abi/core.h>

#include "../support/alloc.h"

struct event_base {
	int priorities;
};

static struct event_base base = {.priorities = 3};
static struct event_callback *scheduled[64];
static int n_scheduled;
static int threads, held, taken, locks, keep;
static void (*keeper)(void);

struct event_base *
fake_base(void)
{
	return &base;
}

int
event_base_get_npriorities(struct event_base *of)
{
	return of->priorities;
}

/* alloc.h could ask for it, but has nothing to replace here. */
void
event_set_mem_functions(void *(*malloc_fn)(size_t),
	void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *))
{
	(void)malloc_fn, (void)realloc_fn, (void)free_fn;
}

static void *
fake_resize(void *block, size_t size)
{
	if (size == 0) {
		alloc_free(block);
		return NULL;
	}
	block = block ? alloc_realloc(block, size) : alloc_malloc(size);
	if (!block)
		errno = ENOMEM;
	return block;
}

static void
fake_log(int severity, const char *text)
{
	(void)severity;
	ck_abort_msg("a message: %s", text);
}

static void *
fake_lock_new(int recursive)
{
	int *depth = threads ? alloc_malloc(sizeof(*depth)) : NULL;

	ck_assert_int_eq(recursive, 1);
	if (!depth)
		return NULL;
	*depth = 0;
	locks++;
	return depth;
}

static void
fake_lock_free(void *lock)
{
	if (!lock)
		return;
	ck_assert_int_eq(*(int *)lock, 0);
	locks--;
	alloc_free(lock);
}

static void
fake_lock(void *lock)
{
	++*(int *)lock;
	held++;
	taken++;
}

static void
fake_unlock(void *lock)
{
	ck_assert_int_gt(*(int *)lock, 0);
	--*(int *)lock;
	held--;
}

static void
fake_defer_init(struct event_callback *cb, int priority,
	void (*fn)(struct event_callback *, void *), void *arg)
{
	ck_assert_int_eq(priority, 1);
	memset(cb, 0, sizeof(*cb));
	cb->evcb_cb_union.evcb_selfcb = fn;
	cb->evcb_arg = arg;
}

static int
index_of(const struct event_callback *cb)
{
	for (int i = 0; i < n_scheduled; i++)
		if (scheduled[i] == cb)
			return i;
	return -1;
}

static int
fake_defer_schedule(struct event_base *of, struct event_callback *cb)
{
	ck_assert_ptr_eq(of, &base);
	if (index_of(cb) >= 0)
		return 0;
	ck_assert_int_lt(n_scheduled, 64);
	scheduled[n_scheduled++] = cb;
	return 1;
}

static struct event_callback *
take_first(void)
{
	struct event_callback *cb = scheduled[0];

	memmove(scheduled, scheduled + 1,
		(size_t)--n_scheduled * sizeof(*scheduled));
	return cb;
}

static void
fake_defer_cancel(struct event_base *of, struct event_callback *cb)
{
	int i = index_of(cb);

	ck_assert_ptr_eq(of, &base);
	if (i >= 0)
		scheduled[i] = scheduled[--n_scheduled];
}

static int
fake_finalize(struct event_base *of, int n, struct event_callback **cbs,
	void (*fn)(struct event_callback *, void *))
{
	(void)of, (void)n, (void)cbs, (void)fn;
	ck_abort_msg("buffers have nothing to finalize");
	return -1;
}

static int
fake_may_keep(void (*give_back)(void))
{
	if (keep)
		keeper = give_back;
	return keep;
}

static int
fake_close_fd(struct event_base *of, ev_fd fd)
{
	(void)of, (void)fd;
	ck_abort_msg("buffers close no descriptor of a loop");
	return -1;
}

void
fake_keep(int on)
{
	keep = on;
}

void
fake_shutdown(void)
{
	if (keeper)
		keeper();
}

int
fake_turn(void)
{
	int n = n_scheduled;
	struct event_callback *cb;

	for (int i = 0; i < n; i++) {
		cb = take_first();
		cb->evcb_cb_union.evcb_selfcb(cb, cb->evcb_arg);
	}
	return n;
}

int
fake_base_ends(void)
{
	int n = n_scheduled;
	struct event_callback *cb;

	while (n_scheduled) {
		cb = take_first();
		cb->evcb_cb_union.evcb_selfcb(cb, NULL);
	}
	return n;
}

void
fake_threads(int on)
{
	threads = on;
}

int
fake_locks_held(void)
{
	return held;
}

int
fake_locks_taken(void)
{
	return taken;
}

int
fake_locks(void)
{
	return locks;
}

static const struct ev_core_ops sound = {
	.abi_version = EV_CORE_ABI,
	.struct_size = sizeof(sound),
	.resize = fake_resize,
	.log = fake_log,
	.lock_new = fake_lock_new,
	.lock_free = fake_lock_free,
	.lock = fake_lock,
	.unlock = fake_unlock,
	.defer_init = fake_defer_init,
	.defer_schedule = fake_defer_schedule,
	.defer_cancel = fake_defer_cancel,
	.finalize = fake_finalize,
	.may_keep = fake_may_keep,
	.close_fd = fake_close_fd,
};

/* Of another release, if a test says so; NULL: of another major. */
static struct ev_core_ops changed;
static const struct ev_core_ops *shown = &sound;

void
fake_release(uint32_t abi_version, size_t table_size)
{
	changed = sound;
	changed.abi_version = abi_version;
	changed.struct_size = (uint32_t)table_size;
	shown = table_size ? &changed : NULL;
}

const struct ev_core_ops *
ev_core_table(uint32_t abi_version)
{
	ck_assert_uint_eq(EV_ABI_MAJOR(abi_version), EV_ABI_MAJOR(EV_CORE_ABI));
	return shown;
}
