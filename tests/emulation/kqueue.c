/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue(2) for tests, on Linux, after FreeBSD's manual page.  It does what the
 * suite asks of a kqueue, and refuses the rest with EINVAL.
 *
 *   struct queue     a kqueue.  Its descriptor is an epoll that holds
 *     inner[2]         an epoll for each direction: READ and WRITE of one
 *                      descriptor are two events
 *     timer            a timerfd, at the first deadline of all timers
 *     tally.kick       an eventfd: signals, and files, which are always ready
 *   struct knote     what is registered, "an event is uniquely identified by
 *                    (kq, ident, filter)"
 *
 * Numbers are as they are in the system: a kqueue ends with close(), which is
 * why what is tested here is linked with --wrap=close.  That the program closed
 * something that is watched is found out before it would be reported: adding
 * it to the epoll once more says EEXIST while it is the same file.
 *
 * Not as in the system:
 *  - A number that got back the very file that it had is not seen to have been
 *    closed.
 *  - A closed descriptor of which a duplicate lives has the epoll made anew,
 *    and edges are reported once more.
 *  - EVFILT_WRITE's data is always 1, EV_EOF's fflags are always 0.
 *  - A file that grows wakes nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "kqueue.h"

int __real_close(int fd);
int __wrap_close(int fd);

enum { BUCKETS = 1024, BATCH = 256, INNER = 2, SOURCES = 3 };
enum { WORD_READ, WORD_WRITE, WORD_TIMER, WORD_KICK };

#define KEPT  (EV_ONESHOT | EV_CLEAR) /* flags of a registration */
#define KNOWN (EV_ADD | EV_DELETE | EV_RECEIPT | KEPT)
#define NEVER INT64_MAX

struct knote {
	struct knote *next;
	struct kevent event;
	uint32_t serial;   /* tells this life of the number in epoll's word */
	struct stat file;  /* which one, where epoll takes none of its kind */
	int is_file;       /* that is the case */
	int is_due;        /* a file that is to be reported */
	int64_t deadline;  /* of a timer */
	int64_t period_ns; /* 0: once */
};

struct queue {
	struct queue *next;
	struct knote *knotes[BUCKETS];
	struct tally tally;
	int fd;
	int inner[INNER];
	int timer;
	int is_haunted; /* something closed was reported by inner[] */
	int others;     /* knotes that are no descriptors of inner[] */
	unsigned turn;  /* which source is asked first */
	uint32_t serials;
};

static struct queue *queues;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- queues --------------------------------------------------------------*/

static void
close_all(struct queue *queue)
{
	const int fds[] = {queue->inner[0], queue->inner[1], queue->timer,
		queue->tally.kick};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			(void)__real_close(fds[i]);
}

static void
free_queue(struct queue *queue)
{
	struct knote *knote;

	close_all(queue);
	for (int i = 0; i < BUCKETS; i++)
		while ((knote = queue->knotes[i])) {
			queue->knotes[i] = knote->next;
			free(knote);
		}
	free(queue);
}

/* The queue that has the number is no more. */
static void
drop_queue(int fd)
{
	struct queue **at = &queues, *queue;

	while ((queue = *at) && queue->fd != fd)
		at = &queue->next;
	if (!queue)
		return;
	*at = queue->next;
	tally_close(&queue->tally);
	free_queue(queue);
}

static void
lock(void)
{
	(void)pthread_mutex_lock(&mutex);
}

static void
unlock(void)
{
	(void)pthread_mutex_unlock(&mutex);
}

/* "A kqueue is not inherited by a child created with fork(2)." */
static void
in_child(void)
{
	struct queue *queue;

	tally_forget_all();
	while ((queue = queues)) {
		queues = queue->next;
		(void)__real_close(queue->fd);
		free_queue(queue);
	}
	unlock();
}

__attribute__((constructor)) static void
hook_fork(void)
{
	(void)pthread_atfork(lock, unlock, in_child);
}

static int
hold(int outer, int fd, uint64_t word)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = word};

	return epoll_ctl(outer, EPOLL_CTL_ADD, fd, &event);
}

static int
open_inner(struct queue *queue)
{
	for (int i = 0; i < INNER; i++) {
		queue->inner[i] = epoll_create1(EPOLL_CLOEXEC);
		if (queue->inner[i] < 0 ||
			hold(queue->fd, queue->inner[i], (uint64_t)i) < 0)
			return -1;
	}
	queue->timer = timerfd_create(
		CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	queue->tally.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->timer < 0 || queue->tally.kick < 0)
		return -1;
	return hold(queue->fd, queue->timer, WORD_TIMER) < 0 ||
			       hold(queue->fd, queue->tally.kick, WORD_KICK) < 0
		       ? -1
		       : 0;
}

static struct queue *
new_queue(void)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	int saved;

	if (!queue)
		return NULL;
	queue->tally.slot = queue->tally.kick = queue->timer = -1;
	queue->inner[0] = queue->inner[1] = -1;
	queue->fd = epoll_create1(0);
	if (queue->fd >= 0 && open_inner(queue) == 0)
		return queue;
	saved = errno;
	if (queue->fd >= 0)
		(void)__real_close(queue->fd);
	free_queue(queue);
	errno = saved;
	return NULL;
}

int
kqueue(void)
{
	struct queue *queue;

	lock();
	queue = new_queue();
	if (queue) {
		drop_queue(queue->fd);
		queue->next = queues;
		queues = queue;
	}
	unlock();
	return queue ? queue->fd : -1;
}

int
__wrap_close(int fd)
{
	lock();
	drop_queue(fd);
	unlock();
	return __real_close(fd);
}

/* --- what is registered --------------------------------------------------*/

static int
is_io(const struct kevent *event)
{
	return event->filter == EVFILT_READ || event->filter == EVFILT_WRITE;
}

static int
direction(const struct kevent *event)
{
	return event->filter == EVFILT_WRITE ? WORD_WRITE : WORD_READ;
}

static int
inner_of(const struct queue *queue, const struct knote *knote)
{
	return queue->inner[direction(&knote->event)];
}

static struct knote **
find(struct queue *queue, uintptr_t ident, int filter)
{
	struct knote **at = &queue->knotes[ident % BUCKETS];

	while (*at &&
		((*at)->event.ident != ident || (*at)->event.filter != filter))
		at = &(*at)->next;
	return at;
}

static struct epoll_event
to_epoll(const struct knote *knote)
{
	uint32_t events = knote->event.filter == EVFILT_WRITE
				  ? EPOLLOUT
				  : EPOLLIN | EPOLLRDHUP;

	if (knote->event.flags & EV_CLEAR)
		events |= EPOLLET;
	return (struct epoll_event){
		.events = events,
		.data.u64 = (uint64_t)knote->serial << 32 |
			    (uint32_t)knote->event.ident,
	};
}

/* Has the number still the file that was registered? */
static int
is_same_file(const struct knote *knote)
{
	struct stat now;

	return fstat((int)knote->event.ident, &now) == 0 &&
	       now.st_dev == knote->file.st_dev &&
	       now.st_ino == knote->file.st_ino;
}

static int
is_alive(const struct queue *queue, const struct knote *knote)
{
	struct epoll_event event = {.events = 0};
	int fd = (int)knote->event.ident;

	if (!is_io(&knote->event))
		return 1;
	if (knote->is_file)
		return is_same_file(knote);
	if (epoll_ctl(inner_of(queue, knote), EPOLL_CTL_ADD, fd, &event) == 0) {
		(void)epoll_ctl(
			inner_of(queue, knote), EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	return errno == EEXIST;
}

static void
set_timer(const struct queue *queue)
{
	struct itimerspec first = {.it_value = {0, 0}};
	int64_t deadline = NEVER;

	for (int i = 0; i < BUCKETS; i++)
		for (struct knote *knote = queue->knotes[i]; knote;
			knote = knote->next)
			if (knote->event.filter == EVFILT_TIMER &&
				knote->deadline < deadline)
				deadline = knote->deadline;
	if (deadline != NEVER) {
		first.it_value.tv_sec = deadline / 1000000000;
		first.it_value.tv_nsec = deadline % 1000000000;
	}
	(void)timerfd_settime(queue->timer, TFD_TIMER_ABSTIME, &first, NULL);
}

/* Make the queue's descriptor readable. */
static void
kick(const struct queue *queue)
{
	const uint64_t one = 1;

	if (write(queue->tally.kick, &one, sizeof(one)) < 0)
		return; /* it is */
}

static void
forget(struct queue *queue, struct knote **at)
{
	struct knote *knote = *at;

	*at = knote->next;
	queue->others -= knote->is_file || !is_io(&knote->event);
	free(knote);
}

static void
remove_knote(struct queue *queue, struct knote **at)
{
	const struct kevent event = (*at)->event;
	int inner = (*at)->is_file ? -1 : inner_of(queue, *at);

	forget(queue, at);
	if (event.filter == EVFILT_SIGNAL)
		tally_unwatch(&queue->tally, (int)event.ident);
	else if (event.filter == EVFILT_TIMER)
		set_timer(queue);
	else if (inner >= 0)
		(void)epoll_ctl(inner, EPOLL_CTL_DEL, (int)event.ident, NULL);
}

/* "Calling close() on a file descriptor will remove any kevents." */
static void
forget_if_closed(struct queue *queue, struct knote **at)
{
	if (*at && !is_alive(queue, *at))
		forget(queue, at);
}

static struct knote **
find_alive(struct queue *queue, uintptr_t ident, int filter)
{
	forget_if_closed(queue, find(queue, ident, filter));
	return find(queue, ident, filter);
}

static int
arm_io(struct queue *queue, struct knote *knote)
{
	struct epoll_event event = to_epoll(knote);
	int fd = (int)knote->event.ident, inner = inner_of(queue, knote);

	if (!knote->is_file &&
		(epoll_ctl(inner, EPOLL_CTL_ADD, fd, &event) == 0 ||
			(errno == EEXIST && epoll_ctl(inner, EPOLL_CTL_MOD, fd,
						    &event) == 0)))
		return 0;
	if (!knote->is_file && errno != EPERM)
		return errno;
	if (fstat(fd, &knote->file) < 0)
		return errno;
	queue->others += !knote->is_file;
	knote->is_file = knote->is_due = 1;
	kick(queue);
	return 0;
}

/* "data specifies the moment to fire ... the default is milliseconds." */
static int
arm_timer(struct queue *queue, struct knote *knote)
{
	int64_t ns = knote->event.data * 1000000;

	if (knote->event.data < 0 || knote->event.data > INT32_MAX ||
		knote->event.fflags)
		return EINVAL;
	knote->deadline = now_ns() + ns;
	knote->period_ns = knote->event.flags & EV_ONESHOT ? 0 : ns;
	set_timer(queue);
	return 0;
}

static int
arm(struct queue *queue, struct knote *knote)
{
	switch (knote->event.filter) {
	case EVFILT_SIGNAL:
		return tally_watch(&queue->tally, (int)knote->event.ident);
	case EVFILT_TIMER:
		return arm_timer(queue, knote);
	default:
		return arm_io(queue, knote);
	}
}

/* A pipe that nobody will read. */
static int
is_broken_pipe(int fd)
{
	struct pollfd one = {.fd = fd, .events = POLLOUT};
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
	       poll(&one, 1, 0) == 1 && one.revents & POLLERR;
}

static int
add(struct queue *queue, const struct kevent *change)
{
	struct knote *knote = calloc(1, sizeof(*knote));
	struct knote **at = find(queue, change->ident, change->filter);
	int err;

	if (!knote)
		return ENOMEM;
	knote->event = *change;
	knote->event.flags = change->flags & KEPT;
	if (!is_io(change))
		knote->event.flags |= EV_CLEAR;
	knote->serial = ++queue->serials;
	knote->next = *at;
	*at = knote;
	queue->others += !is_io(change);
	err = arm(queue, knote);
	if (err)
		remove_knote(queue, find(queue, change->ident, change->filter));
	return err;
}

/*
 * "Re-adding an existing event will modify the parameters of the original
 * event, and not result in a duplicate entry."  Not so EV_CLEAR and EV_ONESHOT.
 */
static int
update(struct queue *queue, struct knote *knote, const struct kevent *change)
{
	knote->event.udata = change->udata;
	knote->event.fflags = change->fflags;
	knote->event.data = change->data;
	return arm(queue, knote);
}

static int
is_known(const struct kevent *change)
{
	return (is_io(change) || change->filter == EVFILT_TIMER ||
		       change->filter == EVFILT_SIGNAL) &&
	       !(change->flags & ~KNOWN);
}

/* 0 or an errno value. */
static int
apply(struct queue *queue, const struct kevent *change)
{
	struct knote **at = find_alive(queue, change->ident, change->filter);

	if (!is_known(change))
		return EINVAL;
	if (is_io(change) && (change->ident > INT32_MAX ||
				     fcntl((int)change->ident, F_GETFD) < 0))
		return EBADF;
	if (!(change->flags & EV_ADD) && !*at)
		return ENOENT;
	if (change->flags & EV_DELETE) {
		remove_knote(queue, at);
		return 0;
	}
	if (!(change->flags & EV_ADD))
		return 0;
	if (*at)
		return update(queue, *at, change);
	if (change->filter == EVFILT_WRITE &&
		is_broken_pipe((int)change->ident))
		return EPIPE;
	return add(queue, change);
}

/* --- what has happened ---------------------------------------------------*/

/* Something closed stays in an epoll while a duplicate lives. */
static int
rebuild(struct queue *queue, int which)
{
	int fresh = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	if (fresh < 0)
		return -1;
	(void)epoll_ctl(queue->fd, EPOLL_CTL_DEL, queue->inner[which], NULL);
	(void)dup3(fresh, queue->inner[which], O_CLOEXEC);
	(void)__real_close(fresh);
	(void)hold(queue->fd, queue->inner[which], (uint64_t)which);
	for (int i = 0; i < BUCKETS; i++)
		for (struct knote *knote = queue->knotes[i]; knote;
			knote = knote->next) {
			if (!is_io(&knote->event) || knote->is_file ||
				direction(&knote->event) != which)
				continue;
			event = to_epoll(knote);
			(void)epoll_ctl(queue->inner[which], EPOLL_CTL_ADD,
				(int)knote->event.ident, &event);
		}
	return 0;
}

static int
drive_out(struct queue *queue)
{
	if (!queue->is_haunted)
		return 0;
	for (int i = 0; i < BUCKETS; i++)
		for (struct knote **at = &queue->knotes[i]; *at;) {
			struct knote *knote = *at;

			forget_if_closed(queue, at);
			if (*at == knote)
				at = &knote->next;
		}
	for (int which = 0; which < INNER; which++)
		if (rebuild(queue, which) < 0)
			return -1;
	queue->is_haunted = 0;
	return 0;
}

/* The knote is reported, with DATA and FLAGS; one-shot ones are gone then. */
static struct kevent
report(struct queue *queue, struct knote **at, int64_t data, unsigned flags)
{
	struct kevent event = (*at)->event;

	event.flags = (unsigned short)(event.flags | flags);
	event.fflags = 0;
	event.data = data;
	if (event.flags & EV_ONESHOT)
		remove_knote(queue, at);
	return event;
}

static struct kevent
report_io(struct queue *queue, struct knote **at, uint32_t events)
{
	int is_write = (*at)->event.filter == EVFILT_WRITE;
	uint32_t ends = is_write ? EPOLLHUP | EPOLLERR : EPOLLHUP | EPOLLRDHUP;
	int bytes = 1;

	if (!is_write && ioctl((int)(*at)->event.ident, FIONREAD, &bytes) < 0)
		bytes = 1;
	return report(queue, at, bytes, events & ends ? EV_EOF : 0);
}

static int
harvest_io(struct queue *queue, int which, struct kevent *out, int cap)
{
	struct epoll_event batch[BATCH];
	int filter = which == WORD_WRITE ? EVFILT_WRITE : EVFILT_READ;
	int n = epoll_wait(
		queue->inner[which], batch, cap < BATCH ? cap : BATCH, 0);
	int count = 0;

	for (int i = 0; i < n; i++) {
		struct knote **at = find_alive(
			queue, (uint32_t)batch[i].data.u64, filter);

		if (*at && (*at)->serial == batch[i].data.u64 >> 32)
			out[count++] = report_io(queue, at, batch[i].events);
		else
			queue->is_haunted = 1;
	}
	return count;
}

/*
 * "When the file pointer is not at the end of file"; with NOTE_FILE_POLL
 * always, "consistent with poll(2) and select(2)".
 */
static int
is_ready_file(const struct knote *knote)
{
	int fd = (int)knote->event.ident;
	struct stat status;

	if (!knote->is_file || !knote->is_due)
		return 0;
	if (knote->event.filter == EVFILT_WRITE ||
		knote->event.fflags & NOTE_FILE_POLL)
		return 1;
	return fstat(fd, &status) == 0 &&
	       (!S_ISREG(status.st_mode) ||
		       lseek(fd, 0, SEEK_CUR) < status.st_size);
}

/* How often the timer ran out since it was asked last. */
static int64_t
expired(struct queue *queue, struct knote *knote, int64_t now)
{
	int64_t times = 1;

	if (knote->deadline > now)
		return 0;
	if (knote->period_ns > 0) {
		times += (now - knote->deadline) / knote->period_ns;
		knote->deadline += times * knote->period_ns;
	} else {
		knote->deadline = NEVER;
	}
	set_timer(queue);
	return times;
}

static int64_t
due(struct queue *queue, struct knote *knote, int64_t now)
{
	switch (knote->event.filter) {
	case EVFILT_TIMER:
		return expired(queue, knote, now);
	case EVFILT_SIGNAL:
		return atomic_exchange(
			&queue->tally.sent[knote->event.ident], 0);
	default:
		return is_ready_file(knote);
	}
}

static int
harvest_others(struct queue *queue, struct kevent *out, int cap)
{
	int64_t now = now_ns();
	int count = 0;

	if (queue->others == 0)
		return 0;
	for (int i = 0; i < BUCKETS; i++)
		for (struct knote **at = &queue->knotes[i]; *at;) {
			struct knote *knote = *at;
			int64_t data = 0;

			forget_if_closed(queue, at);
			if (*at != knote)
				continue;
			if (count < cap)
				data = due(queue, knote, now);
			if (data > 0) {
				knote->is_due = !(
					knote->event.flags & EV_CLEAR);
				out[count++] = report(queue, at, data, 0);
			}
			if (*at == knote)
				at = &knote->next;
		}
	return count;
}

/* Files stay ready, and what did not fit is still to be told. */
static void
settle(struct queue *queue)
{
	uint64_t sink;

	if (read(queue->tally.kick, &sink, sizeof(sink)) < 0 &&
		queue->others == 0)
		return;
	for (int i = 0; queue->others > 0 && i < BUCKETS; i++)
		for (struct knote *knote = queue->knotes[i]; knote;
			knote = knote->next)
			if (is_ready_file(knote) ||
				(knote->event.filter == EVFILT_SIGNAL &&
					atomic_load(
						&queue->tally.sent
							 [knote->event.ident])))
				kick(queue);
}

/* No source is passed over for ever. */
static int
harvest(struct queue *queue, struct kevent *out, int cap)
{
	unsigned turn = queue->turn++;
	int count = 0;

	if (drive_out(queue) < 0)
		return -1;
	for (unsigned i = 0; i < SOURCES && count < cap; i++) {
		int source = (int)((turn + i) % SOURCES);

		if (source < INNER)
			count += harvest_io(
				queue, source, out + count, cap - count);
		else
			count += harvest_others(
				queue, out + count, cap - count);
	}
	settle(queue);
	return count;
}

/* --- kevent --------------------------------------------------------------*/

/*
 * "If an error occurs while processing an element of the changelist and there
 * is enough room in the eventlist, then the event will be placed in the
 * eventlist with EV_ERROR set in flags and the system error in data.
 * Otherwise, -1 will be returned, and errno will be set."  And EV_RECEIPT:
 * "data will be zero if the filter was successfully added".
 */
static int
apply_all(struct queue *queue, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events)
{
	int count = 0, err;

	for (int i = 0; i < n_changes; i++) {
		struct kevent change = changes[i]; /* may be one array */

		err = apply(queue, &change);
		if (!err && !(change.flags & EV_RECEIPT))
			continue;
		if (count == n_events) {
			errno = err;
			return err ? -1 : count;
		}
		change.flags = EV_ERROR;
		change.data = err;
		events[count++] = change;
	}
	return count;
}

static struct queue *
queue_of(int fd)
{
	struct queue *queue = queues;

	while (queue && queue->fd != fd)
		queue = queue->next;
	if (!queue)
		errno = EBADF;
	return queue;
}

/* poll() needs a limit of descriptors above none; epoll_wait() does not. */
static int
sleep_until_readable(int fd, const struct timespec *rest)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	struct epoll_event unused;
	int ms = rest ? (int)(rest->tv_sec * 1000 + rest->tv_nsec / 1000000) + 1
		      : -1;
	int n = ppoll(&one, 1, rest, NULL);

	if (n < 0 && errno == EINVAL)
		n = epoll_wait(fd, &unused, 1, ms);
	if (n > 0 && one.revents & POLLNVAL) {
		errno = EBADF;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* Without the lock until the queue is readable; 0, or -1 and errno. */
static int
sleep_on(int fd, int64_t deadline)
{
	int64_t left = deadline == NEVER ? 0 : deadline - now_ns();
	struct timespec rest = {0, 0};
	int result;

	if (left > 0)
		rest = (struct timespec){left / 1000000000, left % 1000000000};
	unlock();
	result = sleep_until_readable(fd, deadline == NEVER ? NULL : &rest);
	lock();
	return result;
}

static int
wait_for(int fd, struct kevent *events, int n_events, int64_t deadline)
{
	struct queue *queue;
	int n;

	for (;;) {
		queue = queue_of(fd);
		if (!queue)
			return -1;
		n = harvest(queue, events, n_events);
		if (n != 0 || (deadline != NEVER && now_ns() >= deadline))
			return n;
		if (queue->is_haunted)
			continue;
		if (sleep_on(fd, deadline) < 0)
			return -1;
	}
}

static int
deadline_of(const struct timespec *timeout, int64_t *deadline_out)
{
	*deadline_out = NEVER;
	if (!timeout)
		return 0;
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
		timeout->tv_nsec >= 1000000000) {
		errno = EINVAL;
		return -1;
	}
	if (timeout->tv_sec < INT32_MAX)
		*deadline_out = now_ns() +
				(int64_t)timeout->tv_sec * 1000000000 +
				timeout->tv_nsec;
	return 0;
}

/* "If nevents is zero, kevent() will return immediately." */
int
kevent(int kq, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events, const struct timespec *timeout)
{
	struct queue *queue;
	int64_t deadline;
	int n = -1;

	if (deadline_of(timeout, &deadline) < 0)
		return -1;
	lock();
	queue = queue_of(kq);
	if (queue)
		n = apply_all(queue, changes, n_changes, events, n_events);
	if (n == 0 && n_events > 0)
		n = wait_for(kq, events, n_events, deadline);
	unlock();
	return n;
}
