/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The backend seam: what the core asks of epoll, poll, kqueue, ...
 *
 * A module is one shared object that defines one data symbol,
 * EV_BACKEND_SYMBOL.  The symbol's name carries the ABI's major, so a module
 * of another major is simply not found.  docs/writing-a-backend.md walks
 * through the plainest one, poll.c.
 *
 * Contract
 *  - Nothing is called upwards but the host table: a backend returns facts.
 *    It never sees an event, a base, a lock or a signal.
 *  - The core calls one function at a time on one instance.  Two exceptions:
 *    wake() at any time before close(), even in reopen(), and watch() during
 *    wait() with EV_BACKEND_CONCURRENT.
 *  - 0 or a count on success, -errno on failure; errno itself means nothing.
 *  - After a failure every function may be called again.
 *  - Instances are independent: any number of them, each in its own thread.
 */
#ifndef EV_ABI_BACKEND_H
#define EV_ABI_BACKEND_H

#include "host.h"

#define EV_BACKEND_ABI_MAJOR 1 /* read by meson.build for the modules' folder */
#define EV_BACKEND_ABI_MINOR 1
#define EV_BACKEND_ABI \
	EV_ABI_VERSION(EV_BACKEND_ABI_MAJOR, EV_BACKEND_ABI_MINOR)

/* A build that compiles a backend into the core names the symbol itself. */
#ifndef EV_BACKEND_SYMBOL
#define EV_BACKEND_SYMBOL ev_backend_v1
#endif

/* Interest and readiness; equal to EV_READ ... of event2/event.h. */
enum {
	EV_ON_READ = 0x02,
	EV_ON_WRITE = 0x04,
	EV_ON_EDGE = 0x20,
	EV_ON_CLOSED = 0x80
};

/* What the backend can do; equal to enum event_method_feature. */
enum {
	EV_CAN_EDGE = 0x01,
	EV_CAN_O1 = 0x02,
	EV_CAN_ANY_FD = 0x04,
	EV_CAN_EARLY_CLOSE = 0x08
};

/* How the core has to treat the module. */
enum {
	EV_BACKEND_CONCURRENT = 1 << 0, /* watch() is safe during wait() */
	EV_BACKEND_EAGER = 1 << 1,      /* an end of interest must not wait */
	EV_BACKEND_FORK_DEAD = 1 << 2, /* unusable in a child before reopen() */
	EV_BACKEND_CLOSE_ENDS = 1 << 3 /* close() ends interest, untold */
};

/* Options of open(). */
enum {
	EV_OPT_PRECISE = 1 << 0 /* waits are to be finer than a millisecond */
};

/* One descriptor's readiness, as wait() reports it. */
struct ev_ready {
	ev_fd fd;
	uint32_t gen;  /* as given to watch(): tells a reused number apart */
	uint32_t mask; /* EV_ON_READ, _WRITE, _CLOSED */
};

struct ev_backend_ops {
	uint32_t abi_version; /* EV_BACKEND_ABI */
	uint32_t struct_size; /* sizeof(struct ev_backend_ops) */

	const char *name;  /* the module's file name without its suffix */
	uint32_t features; /* EV_CAN_* */
	uint32_t flags;    /* EV_BACKEND_* */

	/*
	 * A new instance in *SELF_OUT.  -ENOSYS, -EPERM, ... when this system
	 * refuses; the core then takes the next backend.
	 */
	int (*open)(
		const struct ev_host *host, uint32_t options, void **self_out);

	/* Frees the instance and closes what it opened, nothing else. */
	void (*close)(void *self);

	/*
	 * Interest in FD was OLD and is now NOW (EV_ON_*; 0: none).  Reports
	 * of it carry GEN from now on.  Between two calls the user may have
	 * closed FD and opened another file under the same number, so OLD is
	 * what the core last said, not what the kernel holds: make NOW true
	 * of the file that has the number now.  Ending (NOW is 0) succeeds
	 * even if the descriptor is closed already.
	 */
	int (*watch)(
		void *self, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now);

	/*
	 * Fill at most CAP entries of OUT, at most one for each fd, and return
	 * how many.  Wait at most TIMEOUT_NS (-1: for ever), rounded up to
	 * what the kernel can do, never down; 0 does not wait.  0 may come
	 * early, and -EINTR when a signal arrived.
	 *
	 * Errors and hang-ups are reported as readiness of every direction
	 * watched, so that their owner meets them; without EV_ON_READ or
	 * _WRITE watched, as EV_ON_CLOSED.  Readiness is level-triggered
	 * unless EV_ON_EDGE is watched.  A descriptor that was closed while
	 * watched is reported once at most, and never makes wait() spin or
	 * fail.  No ready descriptor is passed over for ever.
	 */
	int (*wait)(
		void *self, int64_t timeout_ns, struct ev_ready *out, int cap);

	/* In the child after fork: start empty; the core watches all anew. */
	int (*reopen)(void *self);

	/* Optional.  Make a wait() in another thread return. */
	int (*wake)(void *self);

	/*
	 * Optional.  A descriptor that polls readable whenever wait() would
	 * report something, for loops that embed ours.
	 */
	ev_fd (*pollable)(void *self);

	/*
	 * Optional, since 1.1.  What ERR (-errno), which open() returned,
	 * means here, as a line of text that stays; NULL: no more than
	 * strerror() says.
	 */
	const char *(*explain)(int err);

	/* New members go here, each with a new minor number. */
};

extern EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL;

#endif
