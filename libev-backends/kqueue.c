/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue(2): FreeBSD, OpenBSD, NetBSD, macOS.
 *
 * The kernel keeps the set and hands back a word of ours with each event, the
 * generation.  Reading and writing are two events, each with a filter, so one
 * change of interest is two changes of the set, in one call.
 *
 * Oddities
 *  (a) A filter that is added again gets the new word, but stays level- or
 *      edge-triggered as it was: from one to the other it is deleted first.
 *  (b) Changes and events share an array.  Without EV_RECEIPT a call that
 *      brings changes also fetches what is ready, and stops at the first
 *      failure where there is no room for it.  With EV_RECEIPT each change gets
 *      an answer, EV_ERROR with errno or 0 in data, and nothing is fetched.
 *      Where that is missing each change is a call of its own.
 *  (c) Deleting what is not there is ENOENT, and EBADF if it is closed: the
 *      end that it was to have.  close() deletes both filters, and does so
 *      for the number, whether duplicates live or not: there are no ghosts.
 *  (d) EVFILT_WRITE on a pipe without a reader is refused, with EPIPE, by
 *      NetBSD with EBADF.  poll() would call it ready.  A timer of the same
 *      number stands in for it, and runs out every millisecond as long as
 *      poll() calls the pipe broken; timers do not end with the number.
 *  (e) EV_EOF comes with data that is left, and for each filter by itself.
 *      What it says of the reading side does not tell a half-closed peer from
 *      data without a level of its own: no EV_CAN_EARLY_CLOSE, and who watches
 *      EV_ON_CLOSED alone is told nothing.
 *  (f) A file at its end is not readable, unless NOTE_FILE_POLL (FreeBSD) or
 *      NOTE_EOF (OpenBSD) says so: EV_CAN_ANY_FD where there is one of them.
 *  (g) A kqueue is not inherited over fork(): in the child its number is free,
 *      or another file's by now, and is not ours to close.
 *  (h) The types of filter, flags and udata differ (NetBSD's filter is unsigned
 *      and its udata was an integer), so nothing here depends on them.
 *  (i) It goes round: what did not fit in one call comes first in the next.
 *  (j) It is not close-on-exec by itself.
 */
#include <stdatomic.h>

#include <libev-abi/sys.h>

#include "common.h"

#if defined(NOTE_FILE_POLL)
#define LIKE_POLL NOTE_FILE_POLL
#elif defined(NOTE_EOF)
#define LIKE_POLL NOTE_EOF
#else
#define LIKE_POLL 0
#endif

struct kqueue_self {
	const struct ev_host *host;
	struct kevent *batch;
	int cap;
	int kq;
	pid_t owner;            /* the process whose number it is: (g) */
	atomic_int stood_in;    /* there was a stand-in: (d) */
	struct fd_words places; /* for wait(): index of a report, plus 1 */
};

/* Two for each filter, where an edge comes or goes, and one: (a), (d). */
enum { CHANGES_MAX = 5 };

struct changes {
	struct kevent list[CHANGES_MAX];
	int is_end[CHANGES_MAX];
	int count;
};

/* --- opening and closing -------------------------------------------------*/

static int
open_kq(struct kqueue_self *self)
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
	self->kq = kq;
	self->owner = sys_getpid();
	return 0;
}

static void
close_kq(int kq, pid_t owner)
{
	if (owner == sys_getpid())
		(void)sys_close(kq);
}

static int
kqueue_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct kqueue_self *self = backend_new(host, sizeof(*self));
	int err = -ENOMEM;

	(void)options; /* waits are precise as it is */
	if (!self)
		return err;
	self->host = host;
	self->batch = backend_grow(
		host, NULL, &self->cap, sizeof(*self->batch), 1);
	if (!self->batch)
		goto free_self;
	err = open_kq(self);
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
kqueue_close(void *opaque)
{
	struct kqueue_self *self = opaque;

	if (!self)
		return;
	close_kq(self->kq, self->owner);
	fd_words_clear(self->host, &self->places);
	self->host->resize(self->batch, 0);
	self->host->resize(self, 0);
}

static int
kqueue_reopen(void *opaque)
{
	struct kqueue_self *self = opaque;
	int old = self->kq;
	pid_t owner = self->owner;
	int err = open_kq(self);

	if (err == 0)
		close_kq(old, owner);
	return err;
}

static ev_fd
kqueue_pollable(void *opaque)
{
	const struct kqueue_self *self = opaque;

	return self->kq;
}

/* --- changes -------------------------------------------------------------*/

/* The word is put and taken by its bytes, since its type differs: (h). */
static void
set_gen(struct kevent *event, uint32_t gen)
{
	uintptr_t word = gen;

	_Static_assert(sizeof(event->udata) == sizeof(word), "one word");
	memcpy(&event->udata, &word, sizeof(word));
}

static uint32_t
gen_of(const struct kevent *event)
{
	uintptr_t word;

	memcpy(&word, &event->udata, sizeof(word));
	return (uint32_t)word;
}

static struct kevent *
put(struct changes *changes, ev_fd fd, int filter, int flags)
{
	struct kevent *change = &changes->list[changes->count];

	memset(change, 0, sizeof(*change));
	change->ident = (uintptr_t)fd;
	change->filter = filter;
	change->flags = flags;
	changes->is_end[changes->count++] = flags == EV_DELETE;
	return change;
}

/* One direction, whatever the kernel holds of it now. */
static void
put_direction(struct changes *changes, ev_fd fd, uint32_t gen, int filter,
	uint32_t now, int turned)
{
	struct kevent *change;

	if (!now || turned)
		put(changes, fd, filter, EV_DELETE);
	if (!now)
		return;
	change = put(changes, fd, filter,
		now & EV_ON_EDGE ? EV_ADD | EV_CLEAR : EV_ADD);
	if (filter == EVFILT_READ)
		change->fflags = LIKE_POLL;
	set_gen(change, gen);
}

/*
 * The answer to each change in its data; 0, or -errno if the call failed.  One
 * that was interrupted has made all of them.
 */
static int
submit(struct kqueue_self *self, struct changes *changes)
{
	struct kevent *list = changes->list;
	int n;

#ifdef EV_RECEIPT
	for (int i = 0; i < changes->count; i++)
		list[i].flags |= EV_RECEIPT;
	n = sys_kevent(
		self->kq, list, changes->count, list, changes->count, NULL);
	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = n < 0 ? 0 : n; i < changes->count; i++)
		list[i].data = 0;
#else
	for (int i = 0; i < changes->count; i++) {
		n = sys_kevent(self->kq, &list[i], 1, NULL, 0, NULL);
		list[i].data = n < 0 && errno != EINTR ? errno : 0;
	}
#endif
	return 0;
}

static int
is_open(ev_fd fd)
{
	return sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/* Does the error say that FD is a pipe without a reader?  (d) */
static int
tells_broken_pipe(const struct kevent *answer, ev_fd fd)
{
	return answer->filter == EVFILT_WRITE &&
	       (answer->data == EPIPE ||
		       (answer->data == EBADF && is_open(fd)));
}

static int
stand_in(struct kqueue_self *self, ev_fd fd, uint32_t gen)
{
	struct changes changes = {.count = 0};
	struct kevent *timer = put(&changes, fd, EVFILT_TIMER, EV_ADD);
	int err;

	timer->data = 1; /* milliseconds */
	set_gen(timer, gen);
	atomic_store(&self->stood_in, 1);
	err = submit(self, &changes);
	return err < 0 ? err : -(int)timer->data;
}

/* What the kernel said of the changes; an end that fails was one before. */
static int
judge(struct kqueue_self *self, const struct changes *changes, ev_fd fd,
	uint32_t gen)
{
	int err = 0;

	for (int i = 0; i < changes->count && err == 0; i++) {
		const struct kevent *answer = &changes->list[i];

		if (changes->is_end[i] || answer->data == 0)
			continue;
		if (tells_broken_pipe(answer, fd))
			err = stand_in(self, fd, gen);
		else
			err = -(int)answer->data;
	}
	return err;
}

/* Make NOW true of FD; 0 or -errno. */
static int
tell(struct kqueue_self *self, ev_fd fd, uint32_t gen, uint32_t now, int turned)
{
	struct changes changes = {.count = 0};
	uint32_t edge = now & EV_ON_EDGE;
	int err;

	put_direction(&changes, fd, gen, EVFILT_READ,
		now & EV_ON_READ ? EV_ON_READ | edge : 0, turned);
	put_direction(&changes, fd, gen, EVFILT_WRITE,
		now & EV_ON_WRITE ? EV_ON_WRITE | edge : 0, turned);
	if (atomic_load(&self->stood_in))
		put(&changes, fd, EVFILT_TIMER, EV_DELETE);
	err = submit(self, &changes);
	return err < 0 ? err : judge(self, &changes, fd, gen);
}

/* After a failure nothing is left, so that OLD is right the next time. */
static int
kqueue_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct kqueue_self *self = opaque;
	int turned = old && (old ^ now) & EV_ON_EDGE;
	int err = tell(self, fd, gen, now, turned);

	if (err < 0)
		(void)tell(self, fd, gen, 0, 0);
	return now ? err : 0;
}

/* --- waiting -------------------------------------------------------------*/

/* The index of FD's report among COUNT, or COUNT: there is none. */
static int
find_report(struct kqueue_self *self, ev_fd fd, const struct ev_ready *out,
	int count)
{
	uint32_t *place = fd_words_make(self->host, &self->places, fd);
	int i = 0;

	if (!place) /* no memory */
		while (i < count && out[i].fd != fd)
			i++;
	else if (*place)
		i = (int)*place - 1;
	else
		*place = (uint32_t)(i = count) + 1;
	return i;
}

static void
forget_places(struct kqueue_self *self, const struct ev_ready *out, int count)
{
	for (int i = 0; i < count; i++) {
		uint32_t *place = fd_words_find(&self->places, out[i].fd);

		if (place)
			*place = 0;
	}
}

/* A stand-in has run out: is its pipe still broken?  If not it goes.  (d) */
static int
is_broken(struct kqueue_self *self, ev_fd fd)
{
	struct pollfd one = {.fd = fd, .events = POLLOUT};
	struct changes changes = {.count = 0};

	if (sys_poll(&one, 1, 0) == 1 && one.revents & (POLLERR | POLLHUP))
		return 1;
	put(&changes, fd, EVFILT_TIMER, EV_DELETE);
	(void)submit(self, &changes);
	return 0;
}

static uint32_t
from_kernel(struct kqueue_self *self, const struct kevent *event)
{
	if (event->filter == EVFILT_READ)
		return EV_ON_READ;
	if (event->filter == EVFILT_TIMER &&
		!is_broken(self, (ev_fd)event->ident))
		return 0;
	return EV_ON_WRITE;
}

/* The two events of a descriptor become one report. */
static int
collect(struct kqueue_self *self, int n, struct ev_ready *out)
{
	int count = 0;

	for (int i = 0; i < n; i++) {
		const struct kevent *event = &self->batch[i];
		uint32_t mask = from_kernel(self, event);
		ev_fd fd = (ev_fd)event->ident;
		int at;

		if (!mask)
			continue;
		at = find_report(self, fd, out, count);
		if (at == count)
			out[count++] = (struct ev_ready){
				.fd = fd, .gen = gen_of(event)};
		out[at].mask |= mask;
	}
	forget_places(self, out, count);
	return count;
}

/* For the next wait; without memory the batch stays as it is, and serves. */
static void
grow_batch(struct kqueue_self *self)
{
	void *grown = backend_grow(self->host, self->batch, &self->cap,
		sizeof(*self->batch), self->cap + 1);

	if (grown)
		self->batch = grown;
}

static int
kqueue_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct kqueue_self *self = opaque;
	int most = cap < self->cap ? cap : self->cap;
	struct timespec timeout = {0, 0};
	int n, count;

	if (timeout_ns > 0)
		timeout = backend_timespec(timeout_ns);
	n = sys_kevent(self->kq, NULL, 0, self->batch, most,
		timeout_ns < 0 ? NULL : &timeout);
	if (n < 0)
		return -errno;
	count = collect(self, n, out);
	if (n == self->cap && n < cap)
		grow_batch(self);
	return count;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "kqueue",
	.features = EV_CAN_EDGE | EV_CAN_O1 | (LIKE_POLL ? EV_CAN_ANY_FD : 0),
	.flags = EV_BACKEND_CONCURRENT | EV_BACKEND_FORK_DEAD,
	.open = kqueue_open,
	.close = kqueue_close,
	.watch = kqueue_watch,
	.wait = kqueue_wait,
	.reopen = kqueue_reopen,
	.pollable = kqueue_pollable,
};
