/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports, port_create(3C): illumos and Solaris.
 *
 * The kernel keeps associations of descriptors with the port, and hands back a
 * word of ours with each event, the generation.  wants[], by descriptor, is the
 * interest, and whether its association is spent; the last `got` events stay in
 * batch[] until the next wait, which begins with associating theirs anew.
 *
 * Oddities
 *  (a) An event ends its association.  It is made anew before the next wait,
 *      not at once, since what is still ready would come again at once; whoever
 *      was watched anew in between, or not any more, is passed over.
 *  (b) Associating asks for the level: what is ready already is an event.
 *  (c) Associating again changes events and word.
 *  (d) port_getn() waits for as many events as *nget says, and one is enough.
 *      When the time has passed it fails with ETIME, and *nget may say all the
 *      same that there are some; so it may with EINTR, but there some systems
 *      leave *nget as it was.  Whether the first event was filled in decides.
 *  (e) close() ends the association, whether duplicates live or not: there are
 *      no ghosts, and dissociating then is ENOENT or EBADFD, the end that it
 *      was to have.
 *  (f) A descriptor that it cannot watch is EBADFD like one that is closed.
 *      Where it is open that becomes EPERM, as with epoll: no EV_CAN_ANY_FD.
 *  (g) POLLERR and POLLHUP come whether asked for or not.
 *  (h) POLLRDHUP is not in every system.  Without it a close is seen as
 *      POLLHUP, which says less: the peer can have shut down one side only.
 *  (i) There are no edges: EV_ON_EDGE is heard and not heeded.
 *  (j) A child has the port, but what is associated belongs to its parent.
 */
#include <libev-abi/sys.h>

#include "common.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

struct evport_self {
	const struct ev_host *host;
	port_event_t *batch;
	int cap;
	int got;
	int port;
	struct fd_words wants;
};

/* Beside the interest, EV_ON_*. */
#define IS_SPENT 0x100u
#define INTEREST 0xffu

/* --- opening and closing -------------------------------------------------*/

static int
open_port(struct evport_self *self)
{
	int port = sys_port_create();
	int err;

	if (port < 0)
		return -errno;
	if (sys_fcntl(port, F_SETFD, FD_CLOEXEC) < 0) {
		err = -errno;
		(void)sys_close(port);
		return err;
	}
	self->port = port;
	return 0;
}

static int
evport_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct evport_self *self = backend_new(host, sizeof(*self));
	int err = -ENOMEM;

	(void)options; /* waits are precise as it is */
	if (!self)
		return err;
	self->host = host;
	self->batch = backend_grow(
		host, NULL, &self->cap, sizeof(*self->batch), 1);
	if (!self->batch)
		goto free_self;
	err = open_port(self);
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
evport_close(void *opaque)
{
	struct evport_self *self = opaque;

	if (!self)
		return;
	(void)sys_close(self->port);
	fd_words_clear(self->host, &self->wants);
	self->host->resize(self->batch, 0);
	self->host->resize(self, 0);
}

static int
evport_reopen(void *opaque)
{
	struct evport_self *self = opaque;
	int old = self->port;
	int err = open_port(self);

	if (err < 0)
		return err;
	(void)sys_close(old);
	fd_words_clear(self->host, &self->wants);
	self->got = 0;
	return 0;
}

/* --- changes -------------------------------------------------------------*/

static int
to_kernel(uint32_t interest)
{
	return (interest & EV_ON_READ ? POLLIN : 0) |
	       (interest & EV_ON_WRITE ? POLLOUT : 0) |
	       (interest & EV_ON_CLOSED ? POLLRDHUP : 0);
}

static int
associate(struct evport_self *self, ev_fd fd, uint32_t gen, uint32_t interest)
{
	void *word = (void *)(uintptr_t)gen;

	return sys_port_associate(self->port, PORT_SOURCE_FD, (uintptr_t)fd,
		       to_kernel(interest), word) < 0
		       ? -errno
		       : 0;
}

/* (f) */
static int
refusal(ev_fd fd, int err)
{
	if (err != -EBADFD)
		return err;
	return sys_fcntl(fd, F_GETFD, 0) < 0 ? -EBADF : -EPERM;
}

static void
forget(struct evport_self *self, ev_fd fd)
{
	uint32_t *word = fd_words_find(&self->wants, fd);

	if (!word || !*word)
		return;
	if (!(*word & IS_SPENT))
		(void)sys_port_dissociate(
			self->port, PORT_SOURCE_FD, (uintptr_t)fd); /* (e) */
	*word = 0;
}

static int
evport_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct evport_self *self = opaque;
	uint32_t *word;
	int err;

	(void)old;
	if (!now) {
		forget(self, fd);
		return 0;
	}
	if (fd < 0)
		return -EBADF;
	word = fd_words_make(self->host, &self->wants, fd);
	if (!word)
		return -ENOMEM;
	err = associate(self, fd, gen, now);
	if (err < 0) {
		forget(self, fd);
		return refusal(fd, err);
	}
	*word = now & INTEREST;
	return 0;
}

/* --- waiting -------------------------------------------------------------*/

/*
 * Associate the last events' descriptors anew; 0, or -errno and what is left is
 * for the next wait.  One that was closed has been reported, once.  (a)
 */
static int
renew(struct evport_self *self)
{
	for (; self->got > 0; self->got--) {
		const port_event_t *event = &self->batch[self->got - 1];
		ev_fd fd = (ev_fd)event->portev_object;
		uint32_t *word = fd_words_find(&self->wants, fd);
		int err;

		if (!(*word & IS_SPENT))
			continue;
		err = associate(self, fd,
			(uint32_t)(uintptr_t)event->portev_user, *word);
		if (err == -EBADFD)
			*word = 0;
		else if (err < 0)
			return err;
		*word &= INTEREST;
	}
	return 0;
}

/* Errors are for all who watch; the core leaves out what nobody asked for. */
static uint32_t
from_kernel(int events, uint32_t interest)
{
	uint32_t mask = 0;

	if (!(interest & (EV_ON_READ | EV_ON_WRITE)))
		return EV_ON_CLOSED;
	if (events & (POLLERR | POLLHUP | POLLNVAL))
		mask |= EV_ON_READ | EV_ON_WRITE;
	if (events & POLLIN)
		mask |= EV_ON_READ;
	if (events & POLLOUT)
		mask |= EV_ON_WRITE;
	if (events & (POLLRDHUP | POLLHUP))
		mask |= EV_ON_CLOSED;
	return mask;
}

/* The events in the batch become reports. */
static int
collect(struct evport_self *self, struct ev_ready *out)
{
	int count = 0;

	for (int i = 0; i < self->got; i++) {
		const port_event_t *event = &self->batch[i];
		ev_fd fd = (ev_fd)event->portev_object;
		uint32_t *word = fd_words_find(&self->wants, fd);

		if (!*word)
			continue;
		*word |= IS_SPENT;
		out[count++] = (struct ev_ready){
			.fd = fd,
			.gen = (uint32_t)(uintptr_t)event->portev_user,
			.mask = from_kernel(event->portev_events, *word),
		};
	}
	return count;
}

/* For the next wait; without memory the batch stays as it is, and serves. */
static void
grow_batch(struct evport_self *self)
{
	void *grown = backend_grow(self->host, self->batch, &self->cap,
		sizeof(*self->batch), self->cap + 1);

	if (grown)
		self->batch = grown;
}

/* How many events are in the batch, or -errno: (d). */
static int
ask_kernel(struct evport_self *self, int64_t timeout_ns, int most)
{
	struct timespec timeout = {0, 0};
	unsigned n = 1;
	int failed;

	if (timeout_ns > 0)
		timeout = backend_timespec(timeout_ns);
	self->batch[0].portev_source = 0;
	failed = sys_port_getn(self->port, self->batch, (unsigned)most, &n,
			 timeout_ns < 0 ? NULL : &timeout) < 0;
	if (failed && errno != ETIME && errno != EINTR)
		return -errno;
	if (self->batch[0].portev_source == PORT_SOURCE_FD)
		return (int)n;
	return failed && errno == EINTR ? -EINTR : 0;
}

static int
evport_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct evport_self *self = opaque;
	int n = renew(self), count;

	if (n < 0)
		return n;
	n = ask_kernel(self, timeout_ns, cap < self->cap ? cap : self->cap);
	if (n < 0)
		return n;
	self->got = n;
	count = collect(self, out);
	if (n == self->cap && n < cap)
		grow_batch(self);
	return count;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "evport",
	.features = EV_CAN_O1 | (POLLRDHUP ? EV_CAN_EARLY_CLOSE : 0),
	.flags = EV_BACKEND_FORK_DEAD,
	.open = evport_open,
	.close = evport_close,
	.watch = evport_watch,
	.wait = evport_wait,
	.reopen = evport_reopen,
};
