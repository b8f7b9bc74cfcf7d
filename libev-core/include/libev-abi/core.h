/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What libev-buffer may use of libev-core beyond the public headers.  A test
 * can hand it a table of its own and drive buffers without a loop.
 */
#ifndef EV_ABI_CORE_H
#define EV_ABI_CORE_H

#include "abi.h"

#define EV_CORE_ABI EV_ABI_VERSION(1, 0)

struct event_base;
struct event_callback;

struct ev_core_ops {
	uint32_t abi_version; /* EV_CORE_ABI */
	uint32_t struct_size; /* sizeof(struct ev_core_ops) */

	/* As in host.h. */
	void *(*resize)(void *block, size_t size);
	void (*log)(int severity, const char *text);

	/* NULL: threads are off, or no memory (then errno is ENOMEM). */
	void *(*lock_new)(int recursive);
	void (*lock_free)(void *lock);
	void (*lock)(void *lock); /* NULL: nothing to do */
	void (*unlock)(void *lock);

	/*
	 * A callback that the loop runs once for each time it is scheduled,
	 * however often that is asked for before it runs.  From any thread.
	 * FN gets CB and ARG.  When the base is freed while CB is scheduled, FN
	 * is called by event_base_free(), with NULL in place of ARG: it has to
	 * let go of what waits for the call, and no user's code is to run.
	 */
	void (*defer_init)(struct event_callback *cb, int priority,
		void (*fn)(struct event_callback *, void *), void *arg);
	/* 1 if it was not scheduled before, else 0. */
	int (*defer_schedule)(
		struct event_base *base, struct event_callback *cb);
	/* After it returns CB is not scheduled; it may be running. */
	void (*defer_cancel)(
		struct event_base *base, struct event_callback *cb);

	/*
	 * From now on none of the N callbacks runs, and when none of them is
	 * running FN runs in the loop, once, with CBS[0] and its argument.
	 */
	int (*finalize)(struct event_base *base, int n,
		struct event_callback **cbs,
		void (*fn)(struct event_callback *, void *));

	/*
	 * May freed memory be kept, to be used again?  If 1, GIVE_BACK is
	 * called by libevent_global_shutdown().  0 while the program has memory
	 * functions of its own, which may count; ask before keeping each block.
	 */
	int (*may_keep)(void (*give_back)(void));

	/*
	 * Close FD, which no event of BASE (it may be NULL) waits for any more.
	 * An end of interest that the backend has not been told yet is told
	 * before, or not at all where close() says the same.  -1 and errno.
	 */
	int (*close_fd)(struct event_base *base, ev_fd fd);

	/* New members go here, each with a new minor number. */
};

/* NULL if the major is another. */
EV_ABI_EXPORT const struct ev_core_ops *ev_core_table(uint32_t abi_version);

#endif
