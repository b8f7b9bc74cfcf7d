/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll(2), the plainest backend: docs/writing-a-backend.md reads it aloud.
 *
 * entries[] is what the kernel reads.  gens[] stands beside it, places leads
 * from a descriptor to its entry, and the last entry moves into a hole; so the
 * first `count` entries are in use, and a change costs the same for any number
 * of them.
 *
 * Oddities
 *  (a) A closed descriptor is POLLNVAL at every call, which would spin.  It is
 *      reported once; then its entry is parked, that is, holds ~fd: poll
 *      passes over negative numbers.  Watching it again ends that.
 *  (b) POLLERR, POLLHUP and POLLNVAL come whether asked for or not.
 *  (c) POLLRDHUP is Linux's and FreeBSD's.  Without it a close is seen as
 *      POLLHUP, which says less: the peer can have shut down one side only.
 *  (d) Milliseconds.  ppoll(2) is finer, where there is one.
 *  (e) More entries than RLIMIT_NOFILE are EINVAL, so a sandbox that lowers
 *      the limit to nothing shuts poll out as well.
 *  (f) There are no edges: EV_ON_EDGE is heard and not heeded.
 */
#include <libev-abi/sys.h>

#include "common.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

struct poll_self {
	const struct ev_host *host;
	struct pollfd *entries;
	uint32_t *gens;
	struct fd_words places; /* index of the descriptor's entry, plus 1 */
	int count;
	int cap_entries, cap_gens;
	int next;    /* the entry whose turn it is to be looked at first */
	int precise; /* ppoll is wanted, and was not refused */
};

static int
poll_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct poll_self *self = backend_new(host, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->host = host;
	self->precise = (options & EV_OPT_PRECISE) != 0;
	*self_out = self;
	return 0;
}

static int
poll_reopen(void *opaque)
{
	struct poll_self *self = opaque;

	fd_words_clear(self->host, &self->places);
	self->count = 0;
	return 0;
}

static void
poll_close(void *opaque)
{
	struct poll_self *self = opaque;

	if (!self)
		return;
	fd_words_clear(self->host, &self->places);
	self->host->resize(self->entries, 0);
	self->host->resize(self->gens, 0);
	self->host->resize(self, 0);
}

/* Room for one entry more. */
static int
reserve(struct poll_self *self)
{
	void *block;

	block = backend_grow(self->host, self->entries, &self->cap_entries,
		sizeof(*self->entries), self->count + 1);
	if (!block)
		return -ENOMEM;
	self->entries = block;
	block = backend_grow(self->host, self->gens, &self->cap_gens,
		sizeof(*self->gens), self->count + 1);
	if (!block)
		return -ENOMEM;
	self->gens = block;
	return 0;
}

static ev_fd
owner(const struct pollfd *entry)
{
	return entry->fd < 0 ? ~entry->fd : entry->fd;
}

static void
forget(struct poll_self *self, ev_fd fd)
{
	uint32_t *place = fd_words_find(&self->places, fd);
	uint32_t hole;
	int last;

	if (!place || !*place)
		return;
	hole = *place;
	last = --self->count;
	self->entries[hole - 1] = self->entries[last];
	self->gens[hole - 1] = self->gens[last];
	*fd_words_find(&self->places, owner(&self->entries[last])) = hole;
	*place = 0; /* last, for the hole may be its own */
}

static short
to_kernel(uint32_t interest)
{
	return (short)((interest & EV_ON_READ ? POLLIN : 0) |
		       (interest & EV_ON_WRITE ? POLLOUT : 0) |
		       (interest & EV_ON_CLOSED ? POLLRDHUP : 0));
}

static int
poll_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct poll_self *self = opaque;
	uint32_t *place;

	(void)old;
	if (!now) {
		forget(self, fd);
		return 0;
	}
	if (fd < 0)
		return -EBADF;
	place = fd_words_make(self->host, &self->places, fd);
	if (!place || (!*place && reserve(self) < 0))
		return -ENOMEM;
	if (!*place)
		*place = (uint32_t)++self->count;
	self->gens[*place - 1] = gen;
	self->entries[*place - 1] = (struct pollfd){
		.fd = fd, .events = to_kernel(now)};
	return 0;
}

/* Errors are for all who watch; the core leaves out what nobody asked for. */
static uint32_t
from_kernel(const struct pollfd *entry)
{
	uint32_t mask = 0;

	if (!(entry->events & (POLLIN | POLLOUT)))
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

static struct ev_ready
report(struct poll_self *self, int i)
{
	struct pollfd *entry = &self->entries[i];
	struct ev_ready ready = {
		.fd = entry->fd,
		.gen = self->gens[i],
		.mask = from_kernel(entry),
	};

	if (entry->revents & POLLNVAL)
		entry->fd = ~entry->fd;
	return ready;
}

/*
 * At most CAP of the LEFT entries that are ready.  The search goes on where
 * the last one stopped, so those that do not fit are the first next time.
 */
static int
collect(struct poll_self *self, int left, struct ev_ready *out, int cap)
{
	int count = 0;

	if (left > cap)
		left = cap;
	for (int seen = 0; seen < self->count && count < left; seen++) {
		if (self->next >= self->count)
			self->next = 0;
		if (self->entries[self->next].revents)
			out[count++] = report(self, self->next);
		self->next++;
	}
	return count;
}

static int
ask_kernel(struct poll_self *self, int64_t timeout_ns)
{
	nfds_t count = (nfds_t)self->count;
	struct timespec timeout;
	int n;

	if (self->precise && timeout_ns > 0) {
		timeout = backend_timespec(timeout_ns);
		n = sys_ppoll(self->entries, count, &timeout);
		if (n >= 0 || errno != ENOSYS)
			return n;
		self->precise = 0;
	}
	return sys_poll(self->entries, count, backend_ms(timeout_ns));
}

static int
poll_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct poll_self *self = opaque;
	int n = ask_kernel(self, timeout_ns);

	return n < 0 ? -errno : collect(self, n, out, cap);
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "poll",
	.features = EV_CAN_ANY_FD | (POLLRDHUP ? EV_CAN_EARLY_CLOSE : 0),
	.open = poll_open,
	.close = poll_close,
	.watch = poll_watch,
	.wait = poll_wait,
	.reopen = poll_reopen,
};
