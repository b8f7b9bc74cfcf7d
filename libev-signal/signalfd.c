/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signalfd(2): a watched signal is blocked, in the thread that watches it,
 * and read.  The provider differs from the default one:
 *
 *  (a) The kernel keeps one standard signal pending, not two: what arrives
 *      between two reads counts once.  Real-time signals queue up.
 *  (b) Only threads that called watch() have the signal blocked.  In others
 *      the handler of the default provider takes it, and it counts as well;
 *      for all to be read, block it before threads are made.
 *  (c) A signal sent to one thread, by raise() or pthread_kill(), that has it
 *      blocked reaches a loop of that same thread only.
 *  (d) unwatch() and close() give back the mask of the thread that watched
 *      if they are called in it.  In another one they leave all masks alone.
 *  (e) Programs started by exec inherit the blocked signals.
 *
 * A read takes the signal away from every other signalfd.  So who reads tells
 * the registry, which counts the arrival for every watcher in the process,
 * of whatever provider, and rings its bell.  Hence two descriptors to listen
 * to, the signalfd and the bell; an epoll that holds both makes them one.
 *
 * In a child not yet reopened all three are shared with the parent, and even
 * a change of the signalfd's set would be the parent's.  It is left alone.
 */
#include <errno.h>

#include <libev-abi/sys.h>

#include "inbox.h"
#include "mask.h"
#include "providers.h"
#include "registry.h"

/* A flood must not keep drain(); what is left keeps the descriptor readable. */
enum { BATCH = 16, READS_MAX = 4096 };

struct signalfd_self {
	struct inbox inbox;
	int signal_fd;
	int both_fd; /* the epoll over signal_fd and the bell */
	sigset_t set;
	unsigned blocked_in[EV_SIGNAL_MAX]; /* thread, see mask.h */
};

static int
listen_to(int both_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (sys_epoll_ctl(both_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return 0;
}

/* The descriptor over SIGNAL_FD and BELL, or -errno. */
static int
open_both(int signal_fd, const struct bell *bell)
{
	int both_fd = sys_epoll_create1(EPOLL_CLOEXEC);
	int err;

	if (both_fd < 0)
		return -errno;
	err = listen_to(both_fd, signal_fd);
	if (!err)
		err = listen_to(both_fd, bell->fd);
	if (err) {
		(void)sys_close(both_fd);
		return err;
	}
	return both_fd;
}

/* Fills in the two descriptors, for the set that SELF has. */
static int
open_fds(struct signalfd_self *self, const struct bell *bell)
{
	int signal_fd = sys_signalfd(
		-1, &self->set, SFD_CLOEXEC | SFD_NONBLOCK);
	int both_fd;

	if (signal_fd < 0)
		return -errno;
	both_fd = open_both(signal_fd, bell);
	if (both_fd < 0) {
		(void)sys_close(signal_fd);
		return both_fd;
	}
	self->signal_fd = signal_fd;
	self->both_fd = both_fd;
	return 0;
}

static int
signalfd_open(const struct ev_host *host, void **self_out)
{
	struct signalfd_self *self = host->resize(NULL, sizeof(*self));
	int err;

	if (!self)
		return -ENOMEM;
	sigemptyset(&self->set);
	err = inbox_open(&self->inbox, host);
	if (err)
		goto free_self;
	err = open_fds(self, &self->inbox.bell);
	if (err)
		goto close_inbox;
	*self_out = self;
	return 0;

close_inbox:
	inbox_close(&self->inbox);
free_self:
	(void)host->resize(self, 0);
	return err;
}

static ev_fd
signalfd_fd(void *opaque)
{
	const struct signalfd_self *self = opaque;

	return self->both_fd;
}

static int
apply_set(struct signalfd_self *self)
{
	if (!inbox_is_home(&self->inbox))
		return 0;
	return sys_signalfd(self->signal_fd, &self->set, 0) < 0 ? -errno : 0;
}

/* Blocked last: as long as it is not, the handler takes the signal. */
static int
signalfd_watch(void *opaque, int signo)
{
	struct signalfd_self *self = opaque;
	int err;

	if (inbox_watches(&self->inbox, signo))
		return 0;
	err = inbox_watch(&self->inbox, signo);
	if (err)
		return err;
	(void)sigaddset(&self->set, signo);
	err = apply_set(self);
	if (err) {
		(void)sigdelset(&self->set, signo);
		(void)inbox_unwatch(&self->inbox, signo);
		return err;
	}
	self->blocked_in[signo] = mask_block(signo);
	return 0;
}

/*
 * Unblocked while the handler stands: it takes what is pending, which the
 * disposition of before might answer with the end of the process.
 */
static int
signalfd_unwatch(void *opaque, int signo)
{
	struct signalfd_self *self = opaque;
	int err, later;

	if (!inbox_watches(&self->inbox, signo))
		return inbox_unwatch(&self->inbox, signo);
	err = mask_unblock(signo, self->blocked_in[signo]);
	(void)sigdelset(&self->set, signo);
	later = apply_set(self);
	if (!err)
		err = later;
	later = inbox_unwatch(&self->inbox, signo);
	return err ? err : later;
}

static void
signalfd_close(void *opaque)
{
	struct signalfd_self *self = opaque;
	int signo;

	if (!self)
		return;
	for (signo = 1; signo < EV_SIGNAL_MAX; signo++)
		if (inbox_watches(&self->inbox, signo))
			(void)mask_unblock(signo, self->blocked_in[signo]);
	(void)sys_close(self->both_fd);
	(void)sys_close(self->signal_fd);
	inbox_close(&self->inbox);
	(void)self->inbox.host->resize(self, 0);
}

static void
tell_all(const struct signalfd_siginfo *infos, size_t n)
{
	struct registry_hold hold;
	size_t i;

	registry_lock(&hold);
	for (i = 0; i < n; i++)
		registry_tell((int)infos[i].ssi_signo, 1);
	registry_unlock(&hold);
}

static int
read_signals(int fd)
{
	struct signalfd_siginfo infos[BATCH];
	const ssize_t full = sizeof(infos);
	ssize_t n = full;
	int reads;

	for (reads = 0; n == full && reads < READS_MAX; reads++) {
		do
			n = sys_read(fd, infos, sizeof(infos));
		while (n < 0 && errno == EINTR);
		if (n > 0)
			tell_all(infos, (size_t)n / sizeof(*infos));
	}
	return n < 0 && errno != EAGAIN ? -errno : 0;
}

static int
signalfd_drain(void *opaque, uint32_t counts[EV_SIGNAL_MAX])
{
	struct signalfd_self *self = opaque;
	int err;

	if (!inbox_is_home(&self->inbox))
		return 0;
	err = read_signals(self->signal_fd);
	return err ? err : inbox_drain(&self->inbox, counts);
}

/* The thread that forked need not be the one that watched. */
static void
block_again(struct signalfd_self *self)
{
	int signo;

	for (signo = 1; signo < EV_SIGNAL_MAX; signo++)
		if (inbox_watches(&self->inbox, signo) &&
			!mask_is_mine(self->blocked_in[signo]))
			self->blocked_in[signo] = mask_block(signo);
}

static int
signalfd_reopen(void *opaque)
{
	struct signalfd_self *self = opaque;
	int old_signal_fd = self->signal_fd;
	int old_both_fd = self->both_fd;
	struct bell fresh;
	int err;

	if (inbox_is_home(&self->inbox))
		return 0;
	err = bell_open(&fresh);
	if (err)
		return err;
	err = open_fds(self, &fresh);
	if (err) {
		bell_close(&fresh);
		return err;
	}
	(void)sys_close(old_both_fd);
	(void)sys_close(old_signal_fd);
	inbox_settle_in(&self->inbox, &fresh);
	block_again(self);
	return 0;
}

const struct ev_signal_ops provider_signalfd = {
	.abi_version = EV_SIGNAL_ABI,
	.struct_size = sizeof(struct ev_signal_ops),
	.name = "signalfd",
	.open = signalfd_open,
	.close = signalfd_close,
	.fd = signalfd_fd,
	.watch = signalfd_watch,
	.unwatch = signalfd_unwatch,
	.drain = signalfd_drain,
	.reopen = signalfd_reopen,
};
