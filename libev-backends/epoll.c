/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epoll(7), Linux.
 *
 * The kernel keeps the set, and hands back a word of ours with each report.
 * It holds descriptor and generation, so there is no table here at all, and
 * the core can tell a late report by its generation.
 *
 * Oddities
 *  (a) A registration belongs to a number and an open file together.  When
 *      the number is closed and given to another file, the kernel knows
 *      nothing of it under that number: MOD is ENOENT, and we ADD.  When the
 *      core's idea is older than the kernel's, ADD is EEXIST, and we MOD.
 *  (b) It ends with the file, not with the number.  If a duplicate lives, in
 *      a child perhaps, the closed number is reported on and on and no DEL
 *      reaches it (EBADF).  If none does, close() is all that it takes.  Only a new set helps: the core sees the old
 *      generation and calls reopen().
 *  (c) EPERM for what is always ready: files, folders, /dev/null.  Hence no
 *      EV_CAN_ANY_FD.  DEL says it too, when such a file has got the number.
 *  (d) EPOLLERR and EPOLLHUP come whether asked for or not.  One that was not
 *      passed on would come again at once, for ever.
 *  (e) MOD reports again what is ready, even with EPOLLET.
 *  (f) The set is shared over fork(): what a child removes is gone for its
 *      parent.  So reopen() makes a new set and takes nothing out of the old.
 *  (g) Milliseconds.  epoll_pwait2() is finer, since Linux 5.11; where it is
 *      missing or forbidden, a timerfd inside the set does the same.
 *  (h) The kernel hands out at most what the array holds, and goes round: what
 *      did not fit comes first next time.
 */
#include <libev-abi/sys.h>

#include "common.h"

struct epoll_self {
	const struct ev_host *host;
	struct epoll_event *batch;
	int cap;
	int epfd;
	int timer;   /* inside the set; -1: there was no need for it */
	int precise; /* waits are to be finer than a millisecond */
};

/*
 * The word: generation above, descriptor below.  A descriptor has 31 bits, and
 * the 32nd says that neither reading nor writing is watched.
 */
#define ONLY_CLOSED UINT32_C(0x80000000)
#define TIMER_WORD  UINT64_MAX /* no descriptor is INT_MAX */

static uint64_t
pack(ev_fd fd, uint32_t gen, uint32_t now)
{
	uint32_t low = (uint32_t)fd;

	if (!(now & (EV_ON_READ | EV_ON_WRITE)))
		low |= ONLY_CLOSED;
	return (uint64_t)gen << 32 | low;
}

static uint32_t
to_kernel(uint32_t interest)
{
	uint32_t events = 0;

	if (interest & EV_ON_READ)
		events |= EPOLLIN;
	if (interest & EV_ON_WRITE)
		events |= EPOLLOUT;
	if (interest & EV_ON_CLOSED)
		events |= EPOLLRDHUP;
	if (interest & EV_ON_EDGE)
		events |= EPOLLET;
	return events;
}

/* Errors are for all who watch; the core leaves out what nobody asked for. */
static uint32_t
of_errors(uint32_t events)
{
	return EV_ON_READ | EV_ON_WRITE |
	       (events & EPOLLHUP ? EV_ON_CLOSED : 0u);
}

static uint32_t
from_kernel(uint32_t events)
{
	uint32_t mask;

	if (events == EPOLLIN)
		return EV_ON_READ; /* most are like that */
	mask = (events & EPOLLIN ? EV_ON_READ : 0u) |
	       (events & EPOLLOUT ? EV_ON_WRITE : 0u) |
	       (events & EPOLLRDHUP ? EV_ON_CLOSED : 0u);
	if (events & (EPOLLERR | EPOLLHUP))
		mask |= of_errors(events);
	return mask;
}

static struct ev_ready
unpack(const struct epoll_event *event)
{
	uint32_t low = (uint32_t)event->data.u64;

	return (struct ev_ready){
		.fd = (ev_fd)(low & ~ONLY_CLOSED),
		.gen = (uint32_t)(event->data.u64 >> 32),
		.mask = low & ONLY_CLOSED ? EV_ON_CLOSED
					  : from_kernel(event->events),
	};
}

static int
epoll_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct epoll_self *self = backend_new(host, sizeof(*self));
	int err = -ENOMEM;

	if (!self)
		return err;
	self->host = host;
	self->timer = -1;
	self->precise = (options & EV_OPT_PRECISE) != 0;
	self->batch = backend_grow(
		host, NULL, &self->cap, sizeof(*self->batch), 1);
	if (!self->batch)
		goto free_self;
	self->epfd = sys_epoll_create1(EPOLL_CLOEXEC);
	if (self->epfd < 0) {
		err = -errno;
		goto free_batch;
	}
	*self_out = self;
	return 0;

free_batch:
	host->resize(self->batch, 0);
free_self:
	host->resize(self, 0);
	return err;
}

static void
close_set(struct epoll_self *self)
{
	if (self->timer >= 0)
		sys_close(self->timer);
	sys_close(self->epfd);
}

static void
epoll_close(void *opaque)
{
	struct epoll_self *self = opaque;

	if (!self)
		return;
	close_set(self);
	self->host->resize(self->batch, 0);
	self->host->resize(self, 0);
}

static int
epoll_reopen(void *opaque)
{
	struct epoll_self *self = opaque;
	int epfd = sys_epoll_create1(EPOLL_CLOEXEC);

	if (epfd < 0)
		return -errno;
	close_set(self);
	self->epfd = epfd;
	self->timer = -1;
	return 0;
}

static int
control(struct epoll_self *self, int op, ev_fd fd, struct epoll_event *event)
{
	return sys_epoll_ctl(self->epfd, op, fd, event) < 0 ? -errno : 0;
}

static int
forget(struct epoll_self *self, ev_fd fd)
{
	struct epoll_event unused = {.events = 0};
	int err = control(self, EPOLL_CTL_DEL, fd, &unused);

	/* Closed, or the number is another file's: the end it was to have. */
	return err == -ENOENT || err == -EBADF || err == -EPERM ? 0 : err;
}

static int
epoll_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct epoll_self *self = opaque;
	struct epoll_event event = {
		.events = to_kernel(now),
		.data.u64 = pack(fd, gen, now),
	};
	int err;

	if (!now)
		return forget(self, fd);
	if (!old) {
		err = control(self, EPOLL_CTL_ADD, fd, &event);
		if (err == -EEXIST)
			err = control(self, EPOLL_CTL_MOD, fd, &event);
	} else {
		err = control(self, EPOLL_CTL_MOD, fd, &event);
		if (err == -ENOENT)
			err = control(self, EPOLL_CTL_ADD, fd, &event);
	}
	return err;
}

/* --- waiting -------------------------------------------------------------*/

/*
 * Edge-triggered, so that a timer that has run out reports once and need not
 * be read or stopped.
 */
static int
open_timer(struct epoll_self *self)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = TIMER_WORD,
	};
	int fd = sys_timerfd_create(
		CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int err;

	if (fd < 0)
		return -errno;
	err = control(self, EPOLL_CTL_ADD, fd, &event);
	if (err < 0) {
		sys_close(fd);
		return err;
	}
	self->timer = fd;
	return 0;
}

/* The timer runs out after TIMEOUT_NS. */
static int
set_timer(struct epoll_self *self, int64_t timeout_ns)
{
	struct itimerspec once = {.it_value = backend_timespec(timeout_ns)};
	int err = self->timer < 0 ? open_timer(self) : 0;

	if (err < 0)
		return err;
	return sys_timerfd_settime(self->timer, 0, &once, NULL) < 0 ? -errno
								    : 0;
}

/* Once there is a timer, epoll_pwait2() is known to be refused. */
static int
ask_kernel(struct epoll_self *self, int64_t timeout_ns, int cap)
{
	struct timespec timeout;
	int n;

	if (self->precise && timeout_ns > 0) {
		if (self->timer < 0) {
			timeout = backend_timespec(timeout_ns);
			n = sys_epoll_pwait2(
				self->epfd, self->batch, cap, &timeout);
			if (n >= 0 || (errno != ENOSYS && errno != EPERM))
				return n;
		}
		if (set_timer(self, timeout_ns) == 0)
			timeout_ns = -1;
	}
	return sys_epoll_wait(
		self->epfd, self->batch, cap, backend_ms(timeout_ns));
}

/* For the next wait; without memory the batch stays as it is, and serves. */
static void
grow_batch(struct epoll_self *self)
{
	void *grown = backend_grow(self->host, self->batch, &self->cap,
		sizeof(*self->batch), self->cap + 1);

	if (grown)
		self->batch = grown;
}

static int
epoll_wait_ready(
	void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct epoll_self *self = opaque;
	int n = ask_kernel(self, timeout_ns, cap < self->cap ? cap : self->cap);
	struct ev_ready *next = out;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		if (self->batch[i].data.u64 != TIMER_WORD)
			*next++ = unpack(&self->batch[i]);
	if (n == self->cap && n < cap)
		grow_batch(self);
	return (int)(next - out);
}

static ev_fd
epoll_pollable(void *opaque)
{
	const struct epoll_self *self = opaque;

	return self->epfd;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "epoll",
	.features = EV_CAN_EDGE | EV_CAN_O1 | EV_CAN_EARLY_CLOSE,
	.flags = EV_BACKEND_CONCURRENT | EV_BACKEND_FORK_DEAD |
		 EV_BACKEND_CLOSE_ENDS,
	.open = epoll_open,
	.close = epoll_close,
	.watch = epoll_watch,
	.wait = epoll_wait_ready,
	.reopen = epoll_reopen,
	.pollable = epoll_pollable,
};
