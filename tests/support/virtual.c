/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * virtual.h: each call that waits, put in place of the system's.
 */
#include "virtual.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

#include <libev-abi/sys.h>

#define NS_PER_SEC INT64_C(1000000000)
#define NEVER      INT64_MAX

static int64_t now = 1000 * NS_PER_SEC;
static int64_t wall_off = INT64_C(1700000000) * NS_PER_SEC;
static int64_t timer_at = NEVER; /* of the timer inside an epoll set */
static long sleeps;
static int refusal;

static int
read_clock(clockid_t id, struct timespec *out)
{
	int64_t ns = id == CLOCK_REALTIME ? now + wall_off : now;

	out->tv_sec = (time_t)(ns / NS_PER_SEC);
	out->tv_nsec = (long)(ns % NS_PER_SEC);
	return 0;
}

/* N descriptors are ready.  With none the sleep lasts UNTIL then. */
static int
sleep_unless(int n, int64_t until)
{
	if (n != 0 || until <= now)
		return n;
	if (until == NEVER) {
		errno = EDEADLK; /* nothing will ever happen */
		return -1;
	}
	now = until;
	sleeps++;
	return 0;
}

static int64_t
after_ms(int timeout_ms)
{
	return timeout_ms < 0 ? NEVER : now + timeout_ms * VIRTUAL_MS;
}

static int64_t
after(const struct timespec *timeout)
{
	return timeout ? now + timeout->tv_sec * NS_PER_SEC + timeout->tv_nsec
		       : NEVER;
}

static int
wait_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return sleep_unless(poll(fds, count, 0), after_ms(timeout_ms));
}

static int
wait_select(int width, fd_set *reads, fd_set *writes, fd_set *errors,
	struct timeval *timeout)
{
	struct timeval at_once = {.tv_sec = 0};
	int64_t until = timeout ? now + timeout->tv_sec * NS_PER_SEC +
					  timeout->tv_usec * 1000
				: NEVER;

	return sleep_unless(
		select(width, reads, writes, errors, &at_once), until);
}

#ifdef __linux__
static int
wait_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	const sigset_t *mask)
{
	(void)mask;
	if (refusal) {
		errno = ENOSYS;
		return -1;
	}
	return sleep_unless(poll(fds, count, 0), after(timeout));
}

static int
wait_epoll(int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	int64_t until = after_ms(timeout_ms);

	if (timer_at < until) {
		until = timer_at;
		timer_at = NEVER;
	}
	return sleep_unless(epoll_wait(epfd, events, max, 0), until);
}

static int
wait_epoll_precisely(int epfd, struct epoll_event *events, int max,
	const struct timespec *timeout)
{
	if (refusal) {
		errno = refusal;
		return -1;
	}
	return sleep_unless(epoll_wait(epfd, events, max, 0), after(timeout));
}

/* io_uring_getevents_arg, for who has no header of it. */
struct ring_wait {
	uint64_t signals;
	uint32_t signals_size, unused;
	uint64_t timeout;
};

static int
has_answers(int ring, unsigned await, unsigned flags)
{
	const int64_t no_time[2] = {0, 0};
	const struct ring_wait at_once = {
		.timeout = (uint64_t)(uintptr_t)no_time,
	};

	return sys_call_io_uring_enter(
		       ring, 0, await, flags, &at_once, sizeof(at_once)) == 0;
}

static int
wait_ring(int ring, unsigned submit, unsigned await, unsigned flags,
	const void *arg, size_t size)
{
	const struct ring_wait *wait = arg;
	const int64_t *wide = (const int64_t *)(uintptr_t)wait->timeout;
	int64_t until = wide ? now + wide[0] * NS_PER_SEC + wide[1] : NEVER;
	int sent = sys_call_io_uring_enter(ring, submit, 0, flags, arg, size);

	if (sent < 0 || await == 0 || has_answers(ring, await, flags))
		return sent;
	if (sleep_unless(0, until) == 0)
		errno = ETIME;
	return sent > 0 && errno == ETIME ? sent : -1;
}

/* The kernel's own timer stays unset, or real time would come in. */
static int
set_timer(
	int fd, int flags, const struct itimerspec *at, struct itimerspec *old)
{
	(void)fd;
	(void)flags;
	(void)old;
	timer_at = after(&at->it_value);
	return 0;
}
#endif

/* Of other systems: what stands for them is only in the table. */
static struct ev_sys system_calls;

#ifdef EV_SYS_KQUEUE
static int
wait_kevent(int kq, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events, const struct timespec *timeout)
{
	const struct timespec at_once = {0, 0};
	int n = system_calls.kevent(
		kq, changes, n_changes, events, n_events, &at_once);

	return n_changes > 0 ? n : sleep_unless(n, after(timeout));
}
#endif

#ifdef EV_SYS_DEVPOLL
static int
wait_devpoll(int fd, struct dvpoll *request)
{
	struct dvpoll at_once = *request;

	at_once.dp_timeout = 0;
	return sleep_unless(system_calls.devpoll(fd, &at_once),
		after_ms(request->dp_timeout));
}
#endif

#ifdef EV_SYS_PORT
static int
wait_port(int port, port_event_t *list, unsigned max, unsigned *nget,
	struct timespec *timeout)
{
	struct timespec at_once = {0, 0};
	int result = system_calls.port_getn(port, list, max, nget, &at_once);

	if (result == 0 || errno != ETIME)
		return result;
	if (sleep_unless(0, after(timeout)) == 0)
		errno = ETIME;
	return -1;
}
#endif

void
virtual_time(void)
{
	if (ev_sys.clock_gettime != read_clock)
		system_calls = ev_sys;
	ev_sys.clock_gettime = read_clock;
	ev_sys.poll = wait_poll;
	ev_sys.select = wait_select;
#ifdef __linux__
	ev_sys.ppoll = wait_ppoll;
	ev_sys.epoll_wait = wait_epoll;
	ev_sys.epoll_pwait2 = wait_epoll_precisely;
	ev_sys.timerfd_settime = set_timer;
	ev_sys.io_uring_enter = wait_ring;
#endif
#ifdef EV_SYS_KQUEUE
	ev_sys.kevent = wait_kevent;
#endif
#ifdef EV_SYS_DEVPOLL
	ev_sys.devpoll = wait_devpoll;
#endif
#ifdef EV_SYS_PORT
	ev_sys.port_getn = wait_port;
#endif
}

int64_t
virtual_now(void)
{
	return now;
}

void
virtual_pass(int64_t ns)
{
	now += ns;
}

void
virtual_turn_back(int64_t ns)
{
	wall_off -= ns;
}

long
virtual_sleeps(void)
{
	return sleeps;
}

void
virtual_refuse_precision(int error)
{
	refusal = error;
}
