/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/poll, poll(7D): Solaris.
 *
 * The driver keeps a set of struct pollfd; write() changes it and an ioctl
 * waits.  wants[] and gens[], by descriptor, say what the set is to be;
 * changed[] lists the descriptors whose place in the set is not up to date, and
 * wait() brings all of them over in one write().
 *
 * Oddities
 *  (a) An entry that is written again is or'ed into what is there.  So each
 *      change is two entries, POLLREMOVE and what is wanted now.  That is right
 *      for a number of another file as well, whatever the driver holds of it.
 *  (b) POLLREMOVE of what is not there is no error.
 *  (c) What is not open is passed over by write() without a word: watch() asks.
 *  (d) A descriptor that was closed is POLLNVAL at every call, which would
 *      spin.  It is reported once, and removed.
 *  (e) POLLERR and POLLHUP come whether asked for or not.
 *  (f) POLLRDHUP is not on every Solaris.  Without it a close is seen as
 *      POLLHUP, which says less: the peer can have shut down one side only.
 *  (g) Milliseconds.
 *  (h) How it chooses when more is ready than there is room for is not said.
 *      So there is room for all here, and when the core takes less they have
 *      their turn by number.
 *  (i) In another process every call is EACCES: a child opens its own.
 *  (j) There are no edges: EV_ON_EDGE is heard and not heeded.
 */
#include <stdlib.h>

#include <libev-abi/sys.h>

#include "common.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

struct devpoll_self {
	const struct ev_host *host;
	int dp;
	struct fd_words wants; /* interest, and whether it is in changed[] */
	struct fd_words gens;
	ev_fd *changed;
	struct pollfd *batch; /* what is written, and what was ready */
	int n_changed;
	int count; /* of those that are wanted */
	int cap_changed, cap_batch;
	ev_fd last; /* was reported last when there was no room for all */
};

/* Beside the interest, EV_ON_*. */
#define IS_CHANGED 0x100u
#define INTEREST   0xffu

/* --- opening and closing -------------------------------------------------*/

static int
open_dp(struct devpoll_self *self)
{
	int dp = sys_open("/dev/poll", O_RDWR | O_CLOEXEC, 0);

	if (dp < 0)
		return -errno;
	self->dp = dp;
	return 0;
}

static int
devpoll_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct devpoll_self *self = backend_new(host, sizeof(*self));
	int err = -ENOMEM;

	(void)options;
	if (!self)
		return err;
	self->host = host;
	self->batch = backend_grow(
		host, NULL, &self->cap_batch, sizeof(*self->batch), 1);
	if (!self->batch)
		goto free_self;
	err = open_dp(self);
	if (err < 0)
		goto free_batch;
	*self_out = self;
	return 0;

free_batch:
	host->resize(self->batch, 0);
free_self:
	host->resize(self, 0);
	return err;
}

static void
clear(struct devpoll_self *self)
{
	fd_words_clear(self->host, &self->wants);
	fd_words_clear(self->host, &self->gens);
	self->n_changed = 0;
	self->count = 0;
}

static void
devpoll_close(void *opaque)
{
	struct devpoll_self *self = opaque;

	if (!self)
		return;
	(void)sys_close(self->dp);
	clear(self);
	self->host->resize(self->batch, 0);
	self->host->resize(self->changed, 0);
	self->host->resize(self, 0);
}

static int
devpoll_reopen(void *opaque)
{
	struct devpoll_self *self = opaque;
	int old = self->dp;
	int err = open_dp(self);

	if (err < 0)
		return err;
	(void)sys_close(old);
	clear(self);
	return 0;
}

/* --- changes -------------------------------------------------------------*/

/* Room for one change more, and for all that can be ready then. */
static int
reserve(struct devpoll_self *self)
{
	int changes = 2 * (self->n_changed + 1), ready = self->count + 1;
	void *block;

	block = backend_grow(self->host, self->changed, &self->cap_changed,
		sizeof(*self->changed), self->n_changed + 1);
	if (!block)
		return -ENOMEM;
	self->changed = block;
	block = backend_grow(self->host, self->batch, &self->cap_batch,
		sizeof(*self->batch), changes > ready ? changes : ready);
	if (!block)
		return -ENOMEM;
	self->batch = block;
	return 0;
}

static int
make_words(struct devpoll_self *self, ev_fd fd)
{
	return fd_words_make(self->host, &self->wants, fd) &&
	       fd_words_make(self->host, &self->gens, fd);
}

static void
set_interest(struct devpoll_self *self, uint32_t *word, uint32_t now)
{
	self->count += !!now - !!(*word & INTEREST);
	*word = (*word & ~INTEREST) | now;
}

static int
devpoll_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct devpoll_self *self = opaque;
	uint32_t *word = fd_words_find(&self->wants, fd);

	(void)old;
	if (!now && !word)
		return 0;
	if (now && sys_fcntl(fd, F_GETFD, 0) < 0)
		return -errno;
	if ((now && !make_words(self, fd)) || reserve(self) < 0)
		return -ENOMEM;
	word = fd_words_find(&self->wants, fd);
	set_interest(self, word, now);
	*fd_words_find(&self->gens, fd) = gen;
	if (!(*word & IS_CHANGED)) {
		*word |= IS_CHANGED;
		self->changed[self->n_changed++] = fd;
	}
	return 0;
}

static short
to_kernel(uint32_t interest)
{
	return (short)((interest & EV_ON_READ ? POLLIN : 0) |
		       (interest & EV_ON_WRITE ? POLLOUT : 0) |
		       (interest & EV_ON_CLOSED ? POLLRDHUP : 0));
}

/* The first N entries of the batch; 0 or -errno. */
static int
write_batch(struct devpoll_self *self, int n)
{
	const char *data = (const char *)self->batch;
	size_t left = (size_t)n * sizeof(*self->batch);
	ssize_t written;

	while (left > 0) {
		written = sys_write(self->dp, data, left);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			left -= (size_t)written;
		}
	}
	return 0;
}

/* Bring all changes to the driver; 0, or -errno and they are still to come. */
static int
flush(struct devpoll_self *self)
{
	int n = 0, err;

	for (int i = 0; i < self->n_changed; i++) {
		ev_fd fd = self->changed[i];
		uint32_t word = *fd_words_find(&self->wants, fd);

		self->batch[n++] = (struct pollfd){
			.fd = fd, .events = POLLREMOVE};
		if (word & INTEREST)
			self->batch[n++] = (struct pollfd){
				.fd = fd, .events = to_kernel(word)};
	}
	err = write_batch(self, n);
	if (err < 0)
		return err;
	while (self->n_changed > 0)
		*fd_words_find(&self->wants,
			self->changed[--self->n_changed]) &= ~IS_CHANGED;
	return 0;
}

/* --- waiting -------------------------------------------------------------*/

/* Errors are for all who watch; the core leaves out what nobody asked for. */
static uint32_t
from_kernel(const struct pollfd *entry, uint32_t interest)
{
	uint32_t mask = 0;

	if (!(interest & (EV_ON_READ | EV_ON_WRITE)))
		return EV_ON_CLOSED;
	if (entry->revents & (POLLERR | POLLHUP | POLLNVAL))
		mask |= EV_ON_READ | EV_ON_WRITE;
	if (entry->revents & POLLIN)
		mask |= EV_ON_READ;
	if (entry->revents & POLLOUT)
		mask |= EV_ON_WRITE;
	if (entry->revents & (POLLRDHUP | POLLHUP))
		mask |= EV_ON_CLOSED;
	return mask;
}

/* (d); what fails will be POLLNVAL once more. */
static void
drop(struct devpoll_self *self, ev_fd fd, uint32_t *word)
{
	const struct pollfd gone = {.fd = fd, .events = POLLREMOVE};

	set_interest(self, word, 0);
	(void)sys_write(self->dp, &gone, sizeof(gone));
}

static struct ev_ready
report(struct devpoll_self *self, const struct pollfd *entry)
{
	uint32_t *word = fd_words_find(&self->wants, entry->fd);
	struct ev_ready ready = {
		.fd = entry->fd,
		.gen = *fd_words_find(&self->gens, entry->fd),
		.mask = from_kernel(entry, *word),
	};

	if (entry->revents & POLLNVAL)
		drop(self, entry->fd, word);
	return ready;
}

static int
by_number(const void *one, const void *other)
{
	const struct pollfd *a = one, *b = other;

	return (a->fd > b->fd) - (a->fd < b->fd);
}

/* The index of the one whose turn it is, of N that are sorted. */
static int
find_turn(const struct devpoll_self *self, int n)
{
	int i = 0;

	while (i < n && self->batch[i].fd <= self->last)
		i++;
	return i % n;
}

/* Of the N that are ready at most CAP: (h). */
static int
collect(struct devpoll_self *self, int n, struct ev_ready *out, int cap)
{
	int count = n < cap ? n : cap, first = 0;

	if (n > cap) {
		qsort(self->batch, (size_t)n, sizeof(*self->batch), by_number);
		first = find_turn(self, n);
		self->last = self->batch[(first + cap - 1) % n].fd;
	}
	for (int i = 0; i < count; i++)
		out[i] = report(self, &self->batch[(first + i) % n]);
	return count;
}

static int
devpoll_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct devpoll_self *self = opaque;
	int err = self->n_changed > 0 ? flush(self) : 0;
	struct dvpoll request = {
		.dp_fds = self->batch,
		.dp_nfds = (nfds_t)(self->count > 0 ? self->count : 1),
		.dp_timeout = backend_ms(timeout_ns),
	};
	int n;

	if (err < 0)
		return err;
	n = sys_devpoll(self->dp, &request);
	return n < 0 ? -errno : collect(self, n, out, cap);
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "devpoll",
	.features = EV_CAN_O1 | EV_CAN_ANY_FD |
		    (POLLRDHUP ? EV_CAN_EARLY_CLOSE : 0),
	.flags = EV_BACKEND_FORK_DEAD,
	.open = devpoll_open,
	.close = devpoll_close,
	.watch = devpoll_watch,
	.wait = devpoll_wait,
	.reopen = devpoll_reopen,
};
