/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * select(2): a bit for each descriptor in each of two sets.
 *
 * sets[WANT ...] is what is watched, sets[GOT ...] is where the kernel writes;
 * all four have room for `cap` words.  The words behind the first `used` are
 * zero in the first two.  gens holds the generation by descriptor.
 *
 * Oddities
 *  (a) fd_set ends at FD_SETSIZE, and a checked build ends the process that
 *      goes beyond.  The kernel takes sets of any length, so they are made
 *      here, by hand, and as long as need be.
 *  (b) One closed descriptor makes the whole call fail with EBADF, and which
 *      one it was is not said.  Each is asked for; those that are closed are
 *      reported once and watched no longer, until they are watched anew.
 *  (c) Linux passes over numbers beyond the process's table, and leaves their
 *      bits as they were: ready for ever.  So watch() refuses what is closed.
 *  (d) A hang-up shows as readable and an error as both, nothing as closed:
 *      who watches EV_ON_CLOSED alone is told nothing, and there is no
 *      EV_CAN_EARLY_CLOSE.
 *  (e) There are no edges: EV_ON_EDGE is heard and not heeded.
 */
#include <libev-abi/sys.h>

#include "common.h"

enum { WANT_READ, WANT_WRITE, GOT_READ, GOT_WRITE, SETS };
enum { WANT = WANT_READ, GOT = GOT_READ }; /* the pairs */

struct select_self {
	const struct ev_host *host;
	unsigned long *sets[SETS];
	int cap, used; /* words */
	int next;      /* the descriptor whose turn it is to be reported */
	struct fd_words gens;
};

/* --- bits ----------------------------------------------------------------*/

/*
 * The one place that knows how an fd_set is laid out.  Nothing promises it, so
 * open() compares it with what FD_SET does.
 */
enum { WORD_BITS = CHAR_BIT * sizeof(unsigned long) };

static unsigned long
bit(ev_fd fd)
{
	return 1ul << fd % WORD_BITS;
}

static int
has(const unsigned long *set, ev_fd fd)
{
	return (set[fd / WORD_BITS] & bit(fd)) != 0;
}

static void
put(unsigned long *set, ev_fd fd, int on)
{
	if (on)
		set[fd / WORD_BITS] |= bit(fd);
	else
		set[fd / WORD_BITS] &= ~bit(fd);
}

static int
layout_is_ours(void)
{
	unsigned long ours[sizeof(fd_set) / sizeof(unsigned long)] = {0};
	fd_set theirs;

	memset(&theirs, 0, sizeof(theirs));
	for (int fd = 1; fd < FD_SETSIZE; fd *= 2) {
		FD_SET(fd, &theirs);
		put(ours, fd, 1);
	}
	return memcmp(ours, &theirs, sizeof(theirs)) == 0;
}

/* --- the instance --------------------------------------------------------*/

static size_t
bytes_used(const struct select_self *self)
{
	return (size_t)self->used * sizeof(unsigned long);
}

static int
select_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct select_self *self;

	(void)options; /* microseconds, always */
	if (!layout_is_ours())
		return -ENOSYS;
	self = backend_new(host, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->host = host;
	*self_out = self;
	return 0;
}

static int
select_reopen(void *opaque)
{
	struct select_self *self = opaque;

	if (self->used > 0) {
		memset(self->sets[WANT_READ], 0, bytes_used(self));
		memset(self->sets[WANT_WRITE], 0, bytes_used(self));
	}
	self->used = 0;
	fd_words_clear(self->host, &self->gens);
	return 0;
}

static void
select_close(void *opaque)
{
	struct select_self *self = opaque;

	if (!self)
		return;
	for (int i = 0; i < SETS; i++)
		self->host->resize(self->sets[i], 0);
	fd_words_clear(self->host, &self->gens);
	self->host->resize(self, 0);
}

/* --- interest ------------------------------------------------------------*/

/* Room for FD in every set.  After a failure some are longer than `cap`. */
static int
reserve(struct select_self *self, ev_fd fd)
{
	int cap = self->cap;
	void *block;

	for (int i = 0; i < SETS; i++) {
		cap = self->cap;
		block = backend_grow(self->host, self->sets[i], &cap,
			sizeof(*self->sets[i]), fd / WORD_BITS + 1);
		if (!block)
			return -ENOMEM;
		self->sets[i] = block;
	}
	self->cap = cap;
	return 0;
}

static void
want(struct select_self *self, ev_fd fd, uint32_t interest)
{
	int word = fd / WORD_BITS;

	put(self->sets[WANT_READ], fd, (interest & EV_ON_READ) != 0);
	put(self->sets[WANT_WRITE], fd, (interest & EV_ON_WRITE) != 0);
	if (word >= self->used)
		self->used = word + 1;
	while (self->used > 0 && !self->sets[WANT_READ][self->used - 1] &&
		!self->sets[WANT_WRITE][self->used - 1])
		self->used--;
}

static int
select_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct select_self *self = opaque;
	uint32_t *own_gen;

	(void)old;
	if (fd >= 0 && fd / WORD_BITS < self->cap)
		want(self, fd, 0);
	if (!now)
		return 0;
	if (fd < 0 || sys_fcntl(fd, F_GETFD, 0) < 0)
		return -EBADF;
	own_gen = fd_words_make(self->host, &self->gens, fd);
	if (!own_gen || reserve(self, fd) < 0)
		return -ENOMEM;
	*own_gen = gen;
	want(self, fd, now);
	return 0;
}

/* --- waiting -------------------------------------------------------------*/

static ev_fd
end_of_sets(const struct select_self *self)
{
	return self->used * WORD_BITS;
}

/* The first descriptor from FD on that is in one set of PAIR, or the end. */
static ev_fd
next_in(const struct select_self *self, int pair, ev_fd fd)
{
	const unsigned long *reads = self->sets[pair];
	const unsigned long *writes = self->sets[pair + 1];
	ev_fd end = end_of_sets(self);

	while (fd < end && !has(reads, fd) && !has(writes, fd)) {
		int word = fd / WORD_BITS;

		fd = reads[word] | writes[word] ? fd + 1
						: (word + 1) * WORD_BITS;
	}
	return fd;
}

static struct ev_ready
report(const struct select_self *self, int pair, ev_fd fd)
{
	return (struct ev_ready){
		.fd = fd,
		.gen = *fd_words_find(&self->gens, fd),
		.mask = (has(self->sets[pair], fd) ? EV_ON_READ : 0u) |
			(has(self->sets[pair + 1], fd) ? EV_ON_WRITE : 0u),
	};
}

/* What the kernel got, from FD up to END. */
static int
collect(const struct select_self *self, ev_fd fd, ev_fd end,
	struct ev_ready *out, int cap)
{
	int count = 0;

	for (fd = next_in(self, GOT, fd); fd < end && count < cap;
		fd = next_in(self, GOT, fd + 1))
		out[count++] = report(self, GOT, fd);
	return count;
}

/* All round, and the next time on from where this ended. */
static int
collect_in_turn(struct select_self *self, struct ev_ready *out, int cap)
{
	ev_fd end = end_of_sets(self);
	int count;

	if (self->next >= end)
		self->next = 0;
	count = collect(self, self->next, end, out, cap);
	count += collect(self, 0, self->next, out + count, cap - count);
	if (count > 0)
		self->next = out[count - 1].fd + 1;
	return count;
}

/*
 * Closed descriptors are reported here and watched no longer.  When CAP is too
 * small for all, the next call fails with EBADF again.
 */
static int
collect_closed(struct select_self *self, struct ev_ready *out, int cap)
{
	int count = 0;

	for (ev_fd fd = next_in(self, WANT, 0);
		fd < end_of_sets(self) && count < cap;
		fd = next_in(self, WANT, fd + 1)) {
		if (sys_fcntl(fd, F_GETFD, 0) >= 0)
			continue;
		out[count++] = report(self, WANT, fd);
		want(self, fd, 0);
	}
	return count;
}

static int
ask_kernel(struct select_self *self, int64_t timeout_ns)
{
	int64_t us = backend_units(timeout_ns < 0 ? 0 : timeout_ns, 1000);
	struct timeval timeout = {
		.tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000),
	};

	if (self->used > 0) {
		memcpy(self->sets[GOT_READ], self->sets[WANT_READ],
			bytes_used(self));
		memcpy(self->sets[GOT_WRITE], self->sets[WANT_WRITE],
			bytes_used(self));
	}
	return sys_select(end_of_sets(self),
		(fd_set *)(void *)self->sets[GOT_READ],
		(fd_set *)(void *)self->sets[GOT_WRITE], NULL,
		timeout_ns < 0 ? NULL : &timeout);
}

static int
select_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct select_self *self = opaque;
	int n = ask_kernel(self, timeout_ns);

	if (n < 0)
		return errno == EBADF ? collect_closed(self, out, cap) : -errno;
	return n > 0 ? collect_in_turn(self, out, cap) : 0;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "select",
	.features = EV_CAN_ANY_FD,
	.open = select_open,
	.close = select_close,
	.watch = select_watch,
	.wait = select_wait,
	.reopen = select_reopen,
};
