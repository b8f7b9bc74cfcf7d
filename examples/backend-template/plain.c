/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A backend to begin your own from: poll(2) over one array.
 *
 * It is complete, and as plain as that can be: the first `count` entries are
 * watched, finding one is a walk, and removing it moves the last into the
 * hole.  docs/writing-a-backend.md explains the contract; replace the kernel's
 * part, and run `libev selftest` on what you have.
 *
 * Oddities (begin your own with those of your kernel)
 *  (a) A closed descriptor is POLLNVAL at every call, which would spin.  It is
 *      reported once; then its entry holds ~fd, which poll passes over.
 *  (b) POLLERR and POLLHUP come whether asked for or not, and are told as
 *      readiness of all that is watched, so that the owner meets them.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include <libev-abi/backend.h>

struct entry {
	ev_fd fd; /* ~fd: closed, and told */
	uint32_t gen;
	uint32_t interest;
};

struct plain {
	const struct ev_host *host;
	struct entry *entries;
	struct pollfd *polled; /* made of the entries for each wait */
	int count, room;
	int next; /* the entry that is looked at first */
};

static int
plain_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct plain *self = host->resize(NULL, sizeof(*self));

	(void)options; /* poll() knows milliseconds alone */
	if (!self)
		return -ENOMEM;
	*self = (struct plain){.host = host};
	*self_out = self;
	return 0;
}

static void
plain_close(void *opaque)
{
	struct plain *self = opaque;

	if (!self)
		return;
	self->host->resize(self->entries, 0);
	self->host->resize(self->polled, 0);
	self->host->resize(self, 0);
}

/* Nothing is shared with the parent; the core watches all anew. */
static int
plain_reopen(void *opaque)
{
	struct plain *self = opaque;

	self->count = 0;
	return 0;
}

static struct entry *
find(struct plain *self, ev_fd fd)
{
	for (int i = 0; i < self->count; i++)
		if (self->entries[i].fd == fd || self->entries[i].fd == ~fd)
			return &self->entries[i];
	return NULL;
}

/* Both arrays, before anything is changed: a failure changes nothing. */
static int
make_room(struct plain *self)
{
	int room = self->room ? self->room * 2 : 16;
	void *block;

	if (self->count < self->room)
		return 0;
	if (self->room > INT_MAX / 2 ||
		(size_t)room > SIZE_MAX / sizeof(*self->entries))
		return -ENOMEM;
	block = self->host->resize(
		self->entries, (size_t)room * sizeof(*self->entries));
	if (!block)
		return -ENOMEM;
	self->entries = block;
	block = self->host->resize(
		self->polled, (size_t)room * sizeof(*self->polled));
	if (!block)
		return -ENOMEM;
	self->polled = block;
	self->room = room;
	return 0;
}

/* OLD is what the core said last; the number may be another file since. */
static int
plain_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct plain *self = opaque;
	struct entry *entry = find(self, fd);

	(void)old;
	if (!now) {
		if (entry)
			*entry = self->entries[--self->count];
		return 0;
	}
	if (fd < 0)
		return -EBADF;
	if (!entry) {
		if (make_room(self) < 0)
			return -ENOMEM;
		entry = &self->entries[self->count++];
	}
	*entry = (struct entry){.fd = fd, .gen = gen, .interest = now};
	return 0;
}

static void
fill(struct plain *self)
{
	for (int i = 0; i < self->count; i++) {
		const struct entry *entry = &self->entries[i];

		self->polled[i] = (struct pollfd){
			.fd = entry->fd,
			.events = (short)((entry->interest & EV_ON_READ ? POLLIN
									: 0) |
					  (entry->interest & EV_ON_WRITE
							  ? POLLOUT
							  : 0)),
		};
	}
}

static uint32_t
mask_of(const struct entry *entry, short revents)
{
	uint32_t both = EV_ON_READ | EV_ON_WRITE, mask = 0;

	if (!(entry->interest & both))
		return EV_ON_CLOSED;
	if (revents & (POLLERR | POLLHUP | POLLNVAL))
		mask = both;
	if (revents & POLLHUP)
		mask |= EV_ON_CLOSED;
	if (revents & POLLIN)
		mask |= EV_ON_READ;
	if (revents & POLLOUT)
		mask |= EV_ON_WRITE;
	return mask;
}

/* What does not fit is the first to be told the next time. */
static int
collect(struct plain *self, int left, struct ev_ready *out, int cap)
{
	int count = 0;

	for (int seen = 0; seen < self->count && left && count < cap; seen++) {
		int i = self->next = self->next < self->count ? self->next : 0;
		struct entry *entry = &self->entries[i];
		short revents = self->polled[i].revents;

		self->next++;
		if (!revents)
			continue;
		left--;
		out[count++] = (struct ev_ready){
			.fd = entry->fd,
			.gen = entry->gen,
			.mask = mask_of(entry, revents),
		};
		if (revents & POLLNVAL)
			entry->fd = ~entry->fd;
	}
	return count;
}

/* Rounded up, for a wait that ends too early makes the core wait again. */
static int
milliseconds(int64_t ns)
{
	if (ns < 0)
		return -1;
	return ns / 1000000 >= INT_MAX
		       ? INT_MAX
		       : (int)(ns / 1000000 + (ns % 1000000 > 0));
}

static int
plain_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct plain *self = opaque;
	int n;

	fill(self);
	n = poll(self->polled, (nfds_t)self->count, milliseconds(timeout_ns));
	return n < 0 ? -errno : collect(self, n, out, cap);
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "plain",
	.features = EV_CAN_ANY_FD,
	.open = plain_open,
	.close = plain_close,
	.watch = plain_watch,
	.wait = plain_wait,
	.reopen = plain_reopen,
};
