/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The default provider: a signal handler counts, and rings.
 *
 * The data, and who touches it:
 *
 *   heads[signo]   registry.c   one list a signal: the watches of all
 *                               instances, in all threads
 *   struct watch   registry.h   one instance's interest in one signal, with
 *                               the count of arrivals not yet fetched
 *   struct bell    bell.h       one an instance: the descriptor that the
 *                               core watches, and whether it was rung
 *   disposition    disposition.h  one a signal: how many use it, and the
 *                               sigaction that was found
 *
 * One arrival, from left to right:
 *
 *   handler                            the loop's thread
 *   for each watch of the signal:      sees the bell's descriptor readable
 *     add one to its count             reads the descriptor, clears rung
 *     ring: set rung, and if it was    takes each count, leaving zero
 *       clear, write the descriptor
 *
 * Counting comes before ringing there, and hushing before counting here, so
 * no arrival waits for the next one.  Counts do not live in the descriptor,
 * so none is lost when that is full, and 70,000 arrivals cost one write.
 *
 * The handler reads and writes atomics, and the descriptor, and nothing else.
 * What it may look at is unlinked first and freed or closed only when no
 * handler that may have seen it is running any more: see registry.c, which
 * also tells about fork.
 */
#include <errno.h>

#include "inbox.h"
#include "providers.h"

static int
selfpipe_open(const struct ev_host *host, void **self_out)
{
	struct inbox *self = host->resize(NULL, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	err = inbox_open(self, host);
	if (err) {
		(void)host->resize(self, 0);
		return err;
	}
	*self_out = self;
	return 0;
}

static void
selfpipe_close(void *opaque)
{
	struct inbox *self = opaque;

	if (!self)
		return;
	inbox_close(self);
	(void)self->host->resize(self, 0);
}

static ev_fd
selfpipe_fd(void *opaque)
{
	const struct inbox *self = opaque;

	return self->bell.fd;
}

static int
selfpipe_watch(void *self, int signo)
{
	return inbox_watch(self, signo);
}

static int
selfpipe_unwatch(void *self, int signo)
{
	return inbox_unwatch(self, signo);
}

static int
selfpipe_drain(void *self, uint32_t counts[EV_SIGNAL_MAX])
{
	return inbox_drain(self, counts);
}

/* Where nothing was forked there is nothing to give up. */
static int
selfpipe_reopen(void *opaque)
{
	struct inbox *self = opaque;
	struct bell fresh;
	int err;

	if (inbox_is_home(self))
		return 0;
	err = bell_open(&fresh);
	if (err)
		return err;
	inbox_settle_in(self, &fresh);
	return 0;
}

const struct ev_signal_ops provider_selfpipe = {
	.abi_version = EV_SIGNAL_ABI,
	.struct_size = sizeof(struct ev_signal_ops),
	.name = "selfpipe",
	.open = selfpipe_open,
	.close = selfpipe_close,
	.fd = selfpipe_fd,
	.watch = selfpipe_watch,
	.unwatch = selfpipe_unwatch,
	.drain = selfpipe_drain,
	.reopen = selfpipe_reopen,
};
