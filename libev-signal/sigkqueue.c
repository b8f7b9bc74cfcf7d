/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue(2) with EVFILT_SIGNAL, in a kqueue of its own: the kernel counts the
 * arrivals, and its descriptor is the one to listen to.  The provider differs
 * from the default one:
 *
 *  (a) A signal is counted when it is sent, for every kqueue that asks for it,
 *      whatever the process does on it.  That must not be the default, which
 *      would often be the end, nor is it ignoring, which for SIGCHLD takes the
 *      children away.  So the default provider's handler stands; it finds no
 *      watch of ours, and counts nothing.
 *  (b) It is counted even while it is blocked.  One that is still pending when
 *      the last watcher goes meets what was found.
 *  (c) A kqueue is not inherited over fork(): in the child its number is free,
 *      or another file's by now.  Until reopen() it is left alone.
 *  (d) The types of filter, flags and data differ from system to system.
 */
#include <errno.h>
#include <string.h>

#include <libev-abi/sys.h>

#include "providers.h"
#include "registry.h"

enum { BATCH = 16 };

struct kqueue_self {
	const struct ev_host *host;
	int kq;
	unsigned born; /* registry_process() when opened or reopened */
	uint8_t watched[EV_SIGNAL_MAX];
};

/* 0 or -errno. */
static int
change(int kq, int signo, int is_watched)
{
	struct kevent event;

	memset(&event, 0, sizeof(event));
	event.ident = (uintptr_t)signo;
	event.filter = EVFILT_SIGNAL;
	event.flags = EV_DELETE;
	if (is_watched)
		event.flags = EV_ADD;
	return sys_kevent(kq, &event, 1, NULL, 0, NULL) < 0 ? -errno : 0;
}

static int
open_kq(void)
{
	int kq = sys_kqueue();
	int err;

	if (kq < 0)
		return -errno;
	if (sys_fcntl(kq, F_SETFD, FD_CLOEXEC) < 0) {
		err = -errno;
		(void)sys_close(kq);
		return err;
	}
	return kq;
}

static void
settle_in(struct kqueue_self *self, int kq)
{
	struct registry_hold hold;

	self->kq = kq;
	registry_lock(&hold);
	self->born = registry_process();
	registry_unlock(&hold);
}

static int
kqueue_open(const struct ev_host *host, void **self_out)
{
	struct kqueue_self *self = host->resize(NULL, sizeof(*self));
	int err, kq;

	if (!self)
		return -ENOMEM;
	memset(self, 0, sizeof(*self));
	self->host = host;
	err = registry_hook_fork();
	kq = err ? err : open_kq();
	if (kq < 0) {
		(void)host->resize(self, 0);
		return kq;
	}
	settle_in(self, kq);
	*self_out = self;
	return 0;
}

static ev_fd
kqueue_fd(void *opaque)
{
	const struct kqueue_self *self = opaque;

	return self->kq;
}

static int
is_home(const struct kqueue_self *self)
{
	return registry_is_home(self->born);
}

static int
take(int signo)
{
	struct registry_hold hold;
	int err;

	registry_lock(&hold);
	err = registry_take(signo);
	registry_unlock(&hold);
	return err;
}

static int
restore(int signo)
{
	struct registry_hold hold;
	int err;

	registry_lock(&hold);
	err = registry_restore(signo);
	registry_unlock(&hold);
	return err;
}

/* Counted first and taken then, so that none falls between the two. */
static int
kqueue_watch(void *opaque, int signo)
{
	struct kqueue_self *self = opaque;
	int err;

	if (signo <= 0 || signo >= EV_SIGNAL_MAX)
		return -EINVAL;
	if (self->watched[signo])
		return 0;
	err = is_home(self) ? change(self->kq, signo, 1) : 0;
	if (err)
		return err;
	err = take(signo);
	if (err) {
		if (is_home(self))
			(void)change(self->kq, signo, 0);
		return err;
	}
	self->watched[signo] = 1;
	return 0;
}

/* An error is only about the disposition; the watch is gone in any case. */
static int
kqueue_unwatch(void *opaque, int signo)
{
	struct kqueue_self *self = opaque;
	int err;

	if (signo <= 0 || signo >= EV_SIGNAL_MAX)
		return -EINVAL;
	if (!self->watched[signo])
		return 0;
	self->watched[signo] = 0;
	err = restore(signo);
	if (is_home(self))
		(void)change(self->kq, signo, 0);
	return err;
}

static void
kqueue_close(void *opaque)
{
	struct kqueue_self *self = opaque;
	int signo, err = 0;

	if (!self)
		return;
	for (signo = 1; signo < EV_SIGNAL_MAX; signo++)
		if (self->watched[signo] && restore(signo) < 0)
			err = 1;
	if (is_home(self))
		(void)sys_close(self->kq);
	if (err)
		self->host->log(EV_SEV_WARN,
			"a signal's disposition could not be restored");
	(void)self->host->resize(self, 0);
}

static void
add(const struct kevent *event, uint32_t counts[EV_SIGNAL_MAX])
{
	uint32_t *count = &counts[event->ident];

	if ((uint64_t)event->data > UINT32_MAX - *count)
		*count = UINT32_MAX;
	else
		*count += (uint32_t)event->data;
}

/* Each signal comes once, so this ends. */
static int
kqueue_drain(void *opaque, uint32_t counts[EV_SIGNAL_MAX])
{
	const struct timespec at_once = {0, 0};
	struct kqueue_self *self = opaque;
	struct kevent batch[BATCH];
	int n = BATCH, i;

	while (is_home(self) && n == BATCH) {
		do
			n = sys_kevent(
				self->kq, NULL, 0, batch, BATCH, &at_once);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
		for (i = 0; i < n; i++)
			add(&batch[i], counts);
	}
	return 0;
}

/* Where nothing was forked there is nothing to give up. */
static int
kqueue_reopen(void *opaque)
{
	struct kqueue_self *self = opaque;
	int kq, signo, err = 0;

	if (is_home(self))
		return 0;
	kq = open_kq();
	if (kq < 0)
		return kq;
	for (signo = 1; signo < EV_SIGNAL_MAX && !err; signo++)
		if (self->watched[signo])
			err = change(kq, signo, 1);
	if (err) {
		(void)sys_close(kq);
		return err;
	}
	settle_in(self, kq);
	return 0;
}

const struct ev_signal_ops provider_kqueue = {
	.abi_version = EV_SIGNAL_ABI,
	.struct_size = sizeof(struct ev_signal_ops),
	.name = "kqueue",
	.open = kqueue_open,
	.close = kqueue_close,
	.fd = kqueue_fd,
	.watch = kqueue_watch,
	.unwatch = kqueue_unwatch,
	.drain = kqueue_drain,
	.reopen = kqueue_reopen,
};
