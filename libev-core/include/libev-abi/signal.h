/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The signal seam.  A provider (self-pipe, signalfd, a private kqueue) turns
 * signals into one readable descriptor, and the core watches that descriptor
 * like any other.  So no backend knows that signals exist.
 *
 * Any number of instances, in any number of threads, may watch one signal,
 * and each sees every arrival of it.  Functions of one instance are called
 * one at a time; of different instances, at once.  0 or -errno throughout.
 */
#ifndef EV_ABI_SIGNAL_H
#define EV_ABI_SIGNAL_H

#include "host.h"

#define EV_SIGNAL_ABI EV_ABI_VERSION(1, 0)
#define EV_SIGNAL_MAX 128 /* signal numbers are below this */

struct ev_signal_ops {
	uint32_t abi_version; /* EV_SIGNAL_ABI */
	uint32_t struct_size; /* sizeof(struct ev_signal_ops) */

	const char *name;

	/* A new instance; it opens its descriptor and takes no signal yet. */
	int (*open)(const struct ev_host *host, void **self_out);

	/* Gives every signal back and frees, also with signals in flight. */
	void (*close)(void *self);

	/* Readable when drain() has something to say.  Fixed until reopen(). */
	ev_fd (*fd)(void *self);

	/*
	 * Take SIGNO.  -EINVAL for a number the system refuses.  Watching
	 * twice is watching once.
	 */
	int (*watch)(void *self, int signo);

	/*
	 * Leave SIGNO; with the process's last watcher gone, the disposition
	 * that was found is back, to the flag.
	 */
	int (*unwatch)(void *self, int signo);

	/*
	 * Add the arrivals since the last call to COUNTS[signo]; a count that
	 * would overflow stays at UINT32_MAX.  Never blocks.
	 */
	int (*drain)(void *self, uint32_t counts[EV_SIGNAL_MAX]);

	/*
	 * In the child after fork: signals sent to the parent are not ours.
	 * On failure the instance is as it was and may be reopened again.
	 */
	int (*reopen)(void *self);

	/* New members go here, each with a new minor number. */
};

/* The provider called NAME, or with NULL the best one of this system. */
EV_ABI_EXPORT const struct ev_signal_ops *
ev_signal_provider(uint32_t abi_version, const char *name);

#endif
