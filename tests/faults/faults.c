/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cannot be made to fail has not been tested.  The session is run once
 * for each allocation and each system call in it, which fails once, or from
 * then on for ever.  Nothing may crash, hang, leak or end the process, and
 * afterwards everything works.
 *
 * Needs a build with -Dtest_seams=true.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/thread.h>

#include <libev-abi/sys.h>

#include "session.h"

#include "../support/refusal.h"
#include "../support/runner.h"

enum call {
	CALL_CLOSE,
	CALL_READ,
	CALL_WRITE,
	CALL_OPEN,
	CALL_FCNTL,
	CALL_PIPE,
	CALL_SIGACTION,
	CALL_SIGMASK,
	CALL_POLL,
	CALL_PPOLL,
	CALL_SELECT,
	CALL_SOCKET,
	CALL_SOCKETPAIR,
	CALL_GETADDRINFO,
	CALL_BIND,
	CALL_LISTEN,
	CALL_ACCEPT,
	CALL_CONNECT,
	CALL_GETSOCKOPT,
	CALL_SETSOCKOPT,
	CALL_SHUTDOWN,
	CALL_READV,
	CALL_WRITEV,
	CALL_PREAD,
	CALL_FSTAT,
	CALL_SENDFILE,
	CALL_SEND,
	CALL_SENDMSG,
	CALL_RECVMMSG,
	CALL_SENDMMSG,
	CALL_EPOLL_CREATE,
	CALL_EPOLL_CTL,
	CALL_EPOLL_WAIT,
	CALL_EPOLL_PWAIT2,
	CALL_RING_SETUP,
	CALL_RING_ENTER,
	CALL_MMAP,
	CALL_EVENTFD,
	CALL_SIGNALFD,
	CALL_TIMERFD_CREATE,
	CALL_TIMERFD_SETTIME,
	CALL_KQUEUE,
	CALL_KEVENT,
	CALL_DEVPOLL,
	CALL_PORT_CREATE,
	CALL_PORT_ASSOCIATE,
	CALL_PORT_DISSOCIATE,
	CALL_PORT_GETN,
	N_CALLS
};

/* An error that stands for: only one byte is done. */
enum { SHORT = -1 };

/* The errors that its manual page gives a call, less those of our own bugs. */
static const struct {
	const char *name;
	int errors[10];
} documented[N_CALLS] = {
	[CALL_CLOSE] = {"close", {EINTR, EIO}},
	[CALL_READ] = {"read", {EINTR, EAGAIN, EIO, ECONNRESET, SHORT}},
	[CALL_WRITE] = {"write", {EINTR, EAGAIN, EIO, ENOSPC, EPIPE, SHORT}},
	[CALL_OPEN] = {"open", {EMFILE, ENFILE, EACCES, ENOENT}},
	[CALL_FCNTL] = {"fcntl", {EINVAL, EPERM}},
	[CALL_PIPE] = {"pipe", {EMFILE, ENFILE}},
	[CALL_SIGACTION] = {"sigaction", {EINVAL}},
	[CALL_SIGMASK] = {"pthread_sigmask", {EINVAL}},
	[CALL_POLL] = {"poll", {EINTR, ENOMEM, EINVAL}},
	[CALL_PPOLL] = {"ppoll", {EINTR, ENOMEM, EINVAL, ENOSYS}},
	[CALL_SELECT] = {"select", {EINTR, ENOMEM, EINVAL}},
	[CALL_SOCKET] = {"socket", {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}},
	[CALL_SOCKETPAIR] = {"socketpair", {EMFILE, ENFILE, EAFNOSUPPORT}},
	[CALL_GETADDRINFO] = {"getaddrinfo", {ENOMEM, EIO}},
	[CALL_BIND] = {"bind", {EADDRINUSE, EACCES}},
	[CALL_LISTEN] = {"listen", {EADDRINUSE, EOPNOTSUPP}},
	[CALL_ACCEPT] = {"accept4", {EINTR, EAGAIN, ECONNABORTED, EMFILE,
					    ENFILE, ENOBUFS, ENOMEM, EPROTO}},
	[CALL_CONNECT] = {"connect", {EINTR, EAGAIN, ECONNREFUSED, ETIMEDOUT,
					     ENETUNREACH, EADDRNOTAVAIL}},
	[CALL_GETSOCKOPT] = {"getsockopt", {ENOBUFS}},
	[CALL_SETSOCKOPT] = {"setsockopt", {ENOMEM, ENOPROTOOPT}},
	[CALL_SHUTDOWN] = {"shutdown", {ENOTCONN}},
	[CALL_READV] = {"readv", {EINTR, EAGAIN, EIO, ECONNRESET, SHORT}},
	[CALL_WRITEV] = {"writev", {EINTR, EAGAIN, EIO, ENOSPC, EPIPE, SHORT}},
	[CALL_PREAD] = {"pread", {EIO, EISDIR, SHORT}},
	[CALL_FSTAT] = {"fstat", {EIO, EOVERFLOW}},
	[CALL_SENDFILE] = {"sendfile",
		{EAGAIN, EINTR, EINVAL, EIO, ENOMEM, EPIPE, ECONNRESET, SHORT}},
	[CALL_SEND] = {"send",
		{EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOMEM, SHORT}},
	[CALL_SENDMSG] = {"sendmsg",
		{EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOMEM, SHORT}},
	[CALL_RECVMMSG] = {"recvmmsg", {EINTR, EAGAIN, ECONNREFUSED, ENOMEM}},
	[CALL_SENDMMSG] = {"sendmmsg",
		{EINTR, EAGAIN, ECONNREFUSED, EMSGSIZE, ENOBUFS}},
	[CALL_EPOLL_CREATE] = {"epoll_create1", {EMFILE, ENFILE, ENOMEM}},
	[CALL_EPOLL_CTL] = {"epoll_ctl", {ENOMEM, ENOSPC, EPERM, EBADF}},
	[CALL_EPOLL_WAIT] = {"epoll_wait", {EINTR, EBADF}},
	[CALL_EPOLL_PWAIT2] = {"epoll_pwait2", {EINTR, ENOSYS, EPERM, EBADF}},
	[CALL_RING_SETUP] = {"io_uring_setup",
		{ENOSYS, EPERM, EINVAL, EMFILE, ENFILE, ENOMEM}},
	[CALL_RING_ENTER] = {"io_uring_enter",
		{EINTR, EAGAIN, EBUSY, ENOMEM, EBADF}},
	[CALL_MMAP] = {"mmap", {ENOMEM, EAGAIN, EPERM}},
	[CALL_EVENTFD] = {"eventfd", {EMFILE, ENFILE, ENODEV, ENOMEM}},
	[CALL_SIGNALFD] = {"signalfd", {EMFILE, ENFILE, ENODEV, ENOMEM}},
	[CALL_TIMERFD_CREATE] = {"timerfd_create",
		{EMFILE, ENFILE, ENODEV, ENOMEM, EPERM}},
	[CALL_TIMERFD_SETTIME] = {"timerfd_settime", {EINVAL}},
	[CALL_KQUEUE] = {"kqueue", {EMFILE, ENFILE, ENOMEM}},
	[CALL_KEVENT] = {"kevent", {EINTR, ENOMEM, EACCES, EBADF}},
	[CALL_DEVPOLL] = {"ioctl", {EINTR, EACCES, EBADF}},
	[CALL_PORT_CREATE] = {"port_create", {EMFILE, EAGAIN, ENOMEM}},
	[CALL_PORT_ASSOCIATE] = {"port_associate",
		{EAGAIN, ENOMEM, EBADF, EACCES}},
	[CALL_PORT_DISSOCIATE] = {"port_dissociate",
		{EACCES, ENOENT, EBADF, EBADFD}},
	[CALL_PORT_GETN] = {"port_getn", {EINTR, ETIME, EBADF, EBADFD}},
};

#define FOR_EVER INT_MAX

/* Which occurrence fails, and how many after it; none while first is 0. */
static struct {
	enum call call;
	int error;
	int first, count;
	int seen, injected;
} fault;

static struct ev_sys real;

/* 0: go on; 1: it fails; 2: it is to be short. */
static int
is_faulty(enum call call)
{
	if (fault.first == 0 || call != fault.call)
		return 0;
	fault.seen++;
	if (fault.seen < fault.first || fault.seen - fault.first >= fault.count)
		return 0;
	fault.injected++;
	if (fault.error == SHORT)
		return 2;
	errno = fault.error;
	return 1;
}

#define WRAP(call, type, name, parameters, arguments)              \
	static type faulty_##name parameters                       \
	{                                                          \
		return is_faulty(call) ? -1 : real.name arguments; \
	}

#define WRAP_SIZED(call, name, parameters, whole, part) \
	static ssize_t faulty_##name parameters         \
	{                                               \
		int what = is_faulty(call);             \
                                                        \
		if (what == 1)                          \
			return -1;                      \
		return what ? real.part : real.whole;   \
	}

/* Is the set of the backend under test changed by write()? */
static int
writes_changes(void)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");

	return name && strcmp(name, "devpoll") == 0;
}

/* A number for a bell, or a change of a set, goes whole or not at all. */
static size_t
little(size_t n)
{
	if (n <= sizeof(uint64_t))
		return n;
	return writes_changes() ? sizeof(struct pollfd) : 1;
}

WRAP_SIZED(CALL_READ, read, (int fd, void *p, size_t n), read(fd, p, n),
	read(fd, p, little(n)))
WRAP_SIZED(CALL_WRITE, write, (int fd, const void *p, size_t n),
	write(fd, p, n), write(fd, p, little(n)))
WRAP_SIZED(CALL_READV, readv, (int fd, const struct iovec *v, int n),
	readv(fd, v, n), read(fd, v->iov_base, 1))
WRAP_SIZED(CALL_WRITEV, writev, (int fd, const struct iovec *v, int n),
	writev(fd, v, n), write(fd, v->iov_base, 1))
WRAP_SIZED(CALL_PREAD, pread, (int fd, void *p, size_t n, off_t o),
	pread(fd, p, n, o), pread(fd, p, 1, o))
WRAP_SIZED(CALL_SENDFILE, sendfile, (int to, int from, off_t *o, size_t n),
	sendfile(to, from, o, n), sendfile(to, from, o, 1))
WRAP_SIZED(CALL_SEND, send, (int s, const void *p, size_t n, int f),
	send(s, p, n, f), send(s, p, 1, f))
WRAP_SIZED(CALL_SENDMSG, sendmsg, (int s, const struct msghdr *m, int f),
	sendmsg(s, m, f), send(s, m->msg_iov->iov_base, 1, f))
WRAP(CALL_FSTAT, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(CALL_OPEN, int, open, (const char *p, int f, mode_t m), (p, f, m))
WRAP(CALL_FCNTL, int, fcntl, (int fd, int c, int a), (fd, c, a))
WRAP(CALL_PIPE, int, pipe, (int fds[2]), (fds))
WRAP(CALL_SIGACTION, int, sigaction,
	(int s, const struct sigaction *a, struct sigaction *b), (s, a, b))
WRAP(CALL_POLL, int, poll, (struct pollfd * p, nfds_t n, int t), (p, n, t))
WRAP(CALL_PPOLL, int, ppoll,
	(struct pollfd * p, nfds_t n, const struct timespec *t,
		const sigset_t *s),
	(p, n, t, s))
WRAP(CALL_SELECT, int, select,
	(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t),
	(n, r, w, e, t))
WRAP(CALL_SOCKET, int, socket, (int f, int t, int p), (f, t, p))
WRAP(CALL_SOCKETPAIR, int, socketpair, (int f, int t, int p, int s[2]),
	(f, t, p, s))
WRAP(CALL_BIND, int, bind, (int s, const struct sockaddr *a, socklen_t n),
	(s, a, n))
WRAP(CALL_LISTEN, int, listen, (int s, int n), (s, n))
WRAP(CALL_ACCEPT, int, accept4,
	(int s, struct sockaddr *a, socklen_t *n, int f), (s, a, n, f))
WRAP(CALL_CONNECT, int, connect, (int s, const struct sockaddr *a, socklen_t n),
	(s, a, n))
WRAP(CALL_GETSOCKOPT, int, getsockopt,
	(int s, int l, int o, void *v, socklen_t *n), (s, l, o, v, n))
WRAP(CALL_SETSOCKOPT, int, setsockopt,
	(int s, int l, int o, const void *v, socklen_t n), (s, l, o, v, n))
WRAP(CALL_SHUTDOWN, int, shutdown, (int s, int how), (s, how))
WRAP(CALL_RECVMMSG, int, recvmmsg,
	(int s, struct mmsghdr *m, unsigned n, int f, struct timespec *t),
	(s, m, n, f, t))
WRAP(CALL_SENDMMSG, int, sendmmsg,
	(int s, struct mmsghdr *m, unsigned n, int f), (s, m, n, f))
WRAP(CALL_EPOLL_CREATE, int, epoll_create1, (int flags), (flags))
WRAP(CALL_EPOLL_CTL, int, epoll_ctl,
	(int e, int op, int fd, struct epoll_event *ev), (e, op, fd, ev))
WRAP(CALL_EPOLL_WAIT, int, epoll_wait,
	(int e, struct epoll_event *ev, int n, int t), (e, ev, n, t))
WRAP(CALL_EPOLL_PWAIT2, int, epoll_pwait2,
	(int e, struct epoll_event *ev, int n, const struct timespec *t),
	(e, ev, n, t))
WRAP(CALL_RING_SETUP, int, io_uring_setup,
	(unsigned n, struct io_uring_params *p), (n, p))
WRAP(CALL_RING_ENTER, int, io_uring_enter,
	(int fd, unsigned n, unsigned w, unsigned f, const void *p, size_t s),
	(fd, n, w, f, p, s))
WRAP(CALL_EVENTFD, int, eventfd, (unsigned n, int flags), (n, flags))
WRAP(CALL_SIGNALFD, int, signalfd, (int fd, const sigset_t *s, int flags),
	(fd, s, flags))
WRAP(CALL_TIMERFD_CREATE, int, timerfd_create, (int clock, int flags),
	(clock, flags))
WRAP(CALL_TIMERFD_SETTIME, int, timerfd_settime,
	(int fd, int flags, const struct itimerspec *a, struct itimerspec *b),
	(fd, flags, a, b))

/* An interrupted call has made all changes: the wait is what was interrupted. */
#ifdef EV_SYS_KQUEUE
WRAP(CALL_KQUEUE, int, kqueue, (void), ())

static int
faulty_kevent(int kq, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events, const struct timespec *timeout)
{
	if (!is_faulty(CALL_KEVENT))
		return real.kevent(
			kq, changes, n_changes, events, n_events, timeout);
	if (fault.error == EINTR && n_changes > 0)
		(void)real.kevent(kq, changes, n_changes, events, n_events,
			&(struct timespec){0, 0});
	errno = fault.error;
	return -1;
}
#endif

#ifdef EV_SYS_DEVPOLL
WRAP(CALL_DEVPOLL, int, devpoll, (int fd, struct dvpoll *r), (fd, r))
#endif

#ifdef EV_SYS_PORT
WRAP(CALL_PORT_CREATE, int, port_create, (void), ())
WRAP(CALL_PORT_ASSOCIATE, int, port_associate,
	(int port, int s, uintptr_t o, int e, void *u), (port, s, o, e, u))
WRAP(CALL_PORT_DISSOCIATE, int, port_dissociate, (int port, int s, uintptr_t o),
	(port, s, o))
WRAP(CALL_PORT_GETN, int, port_getn,
	(int port, port_event_t *e, unsigned m, unsigned *n,
		struct timespec *t),
	(port, e, m, n, t))
#endif

/* The kernel closes the descriptor even if it then reports an error. */
static int
faulty_close(int fd)
{
	int result = real.close(fd);

	return is_faulty(CALL_CLOSE) ? -1 : result;
}

static void *
faulty_mmap(void *at, size_t size, int protection, int flags, int fd, off_t off)
{
	return is_faulty(CALL_MMAP)
		       ? MAP_FAILED
		       : real.mmap(at, size, protection, flags, fd, off);
}

static int
faulty_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return is_faulty(CALL_SIGMASK) ? fault.error
				       : real.pthread_sigmask(how, set, old);
}

static int
faulty_getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **out)
{
	return is_faulty(CALL_GETADDRINFO)
		       ? EAI_SYSTEM
		       : real.getaddrinfo(node, service, hints, out);
}

static void
take_over_system(void)
{
	if (ev_sys.close == faulty_close)
		return; /* without forks the tests share a process */
	real = ev_sys;
	ev_sys.close = faulty_close;
	ev_sys.read = faulty_read;
	ev_sys.write = faulty_write;
	ev_sys.open = faulty_open;
	ev_sys.fcntl = faulty_fcntl;
	ev_sys.pipe = faulty_pipe;
	ev_sys.sigaction = faulty_sigaction;
	ev_sys.pthread_sigmask = faulty_sigmask;
	ev_sys.poll = faulty_poll;
	ev_sys.ppoll = faulty_ppoll;
	ev_sys.select = faulty_select;
	ev_sys.socket = faulty_socket;
	ev_sys.socketpair = faulty_socketpair;
	ev_sys.getaddrinfo = faulty_getaddrinfo;
	ev_sys.bind = faulty_bind;
	ev_sys.listen = faulty_listen;
	ev_sys.accept4 = faulty_accept4;
	ev_sys.connect = faulty_connect;
	ev_sys.getsockopt = faulty_getsockopt;
	ev_sys.setsockopt = faulty_setsockopt;
	ev_sys.shutdown = faulty_shutdown;
	ev_sys.readv = faulty_readv;
	ev_sys.writev = faulty_writev;
	ev_sys.pread = faulty_pread;
	ev_sys.fstat = faulty_fstat;
	ev_sys.sendfile = faulty_sendfile;
	ev_sys.send = faulty_send;
	ev_sys.sendmsg = faulty_sendmsg;
	ev_sys.recvmmsg = faulty_recvmmsg;
	ev_sys.sendmmsg = faulty_sendmmsg;
	ev_sys.epoll_create1 = faulty_epoll_create1;
	ev_sys.epoll_ctl = faulty_epoll_ctl;
	ev_sys.epoll_wait = faulty_epoll_wait;
	ev_sys.epoll_pwait2 = faulty_epoll_pwait2;
	ev_sys.io_uring_setup = faulty_io_uring_setup;
	ev_sys.io_uring_enter = faulty_io_uring_enter;
	ev_sys.mmap = faulty_mmap;
	ev_sys.eventfd = faulty_eventfd;
	ev_sys.signalfd = faulty_signalfd;
	ev_sys.timerfd_create = faulty_timerfd_create;
	ev_sys.timerfd_settime = faulty_timerfd_settime;
#ifdef EV_SYS_KQUEUE
	ev_sys.kqueue = faulty_kqueue;
	ev_sys.kevent = faulty_kevent;
#endif
#ifdef EV_SYS_DEVPOLL
	ev_sys.devpoll = faulty_devpoll;
#endif
#ifdef EV_SYS_PORT
	ev_sys.port_create = faulty_port_create;
	ev_sys.port_associate = faulty_port_associate;
	ev_sys.port_dissociate = faulty_port_dissociate;
	ev_sys.port_getn = faulty_port_getn;
#endif
}

/* --- memory --------------------------------------------------------------*/

static int alloc_first, alloc_count, alloc_seen, alloc_injected;
static long live;

static int
alloc_fails(void)
{
	alloc_seen++;
	if (alloc_first == 0 || alloc_seen < alloc_first ||
		alloc_seen - alloc_first >= alloc_count)
		return 0;
	alloc_injected++;
	return 1;
}

static void *
scarce_malloc(size_t size)
{
	void *block = alloc_fails() ? NULL : malloc(size);

	live += block != NULL;
	return block;
}

static void *
scarce_realloc(void *block, size_t size)
{
	void *grown = alloc_fails() ? NULL : realloc(block, size);

	live += grown && !block;
	return grown;
}

static void
counting_free(void *block)
{
	live -= block != NULL;
	free(block);
}

/* --- what must hold ------------------------------------------------------*/

static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void
silent(int severity, const char *text)
{
	(void)severity, (void)text;
}

static void
on_fatal(int code)
{
	ck_abort_msg(
		"the fatal callback was called (%d) over a shortage", code);
}

static long live_before;
static int descriptors_before;

static void
check_balance(const char *what, int nth, int count)
{
	if (live != live_before)
		ck_abort_msg("%s %d x %d: %ld allocations leaked", what, nth,
			count, live - live_before);
	if (count_descriptors() != descriptors_before)
		ck_abort_msg(
			"%s %d x %d: descriptors leaked", what, nth, count);
}

/* What fails for good may have nobody left to tell. */
static void
check_word(int result, const char *what, int nth, int count)
{
	if (result < 0 && count == 1)
		ck_abort_msg("%s %d x %d: something has stopped, and nobody "
			     "said so (%s)",
			what, nth, count, strerror(fault.error));
}

static void
check_works(const char *what, int nth, int count)
{
	fault.first = 0;
	alloc_first = 0;
	if (session_run() != 1)
		ck_abort_msg("after %s %d x %d the library is broken", what,
			nth, count);
	check_balance(what, nth, count);
}

static void
setup(void)
{
	event_set_log_callback(silent);
	event_set_fatal_callback(on_fatal);
	event_set_mem_functions(scarce_malloc, scarce_realloc, counting_free);
	take_over_system();
	/* Modules are loaded, registries made. */
	(void)event_get_supported_methods();
	ck_assert_int_eq(session_run(), 1);
	live_before = live;
	descriptors_before = count_descriptors();
	check_works("nothing", 0, 0);
}

static void
fail_allocations(int count)
{
	int nth = 1;

	do {
		alloc_seen = alloc_injected = 0;
		alloc_first = nth;
		alloc_count = count;
		check_word(session_run(), "allocation", nth, count);
		alloc_first = 0;
		check_balance("allocation", nth, count);
		if (nth % 8 == 0)
			check_works("allocation", nth, count);
		nth++;
	} while (alloc_injected > 0);
	ck_assert_int_gt(nth, 20);
	check_works("allocation", nth, count);
}

START_TEST(bug39_each_allocation_fails_once)
{
	fail_allocations(1);
}
END_TEST

START_TEST(bug39_allocations_fail_for_ever)
{
	fail_allocations(FOR_EVER);
}
END_TEST

/* Interrupted once, told to come again, or done in part: no data is lost. */
static int
is_survived(enum call call, int error)
{
	int moves_data = call == CALL_READ || call == CALL_WRITE ||
			 (call >= CALL_READV && call <= CALL_SENDMMSG) ||
			 call == CALL_ACCEPT || call == CALL_POLL ||
			 call == CALL_PPOLL || call == CALL_SELECT ||
			 call == CALL_EPOLL_WAIT || call == CALL_EPOLL_PWAIT2 ||
			 call == CALL_KEVENT || call == CALL_DEVPOLL ||
			 call == CALL_PORT_GETN;

	if (call == CALL_WRITE && error == EAGAIN && writes_changes())
		return 0; /* a set is never full for a while */
	return moves_data &&
	       (error == EINTR || error == EAGAIN || error == SHORT);
}

static const char *
name_of(int error)
{
	return error == SHORT ? "a short transfer" : strerror(error);
}

static void
fail_call(enum call call, int error, int count)
{
	int nth = 1, works;

	fault.call = call;
	fault.error = error;
	do {
		fault.seen = fault.injected = 0;
		fault.first = nth;
		fault.count = count;
		works = session_run();
		fault.first = 0;
		check_word(works, documented[call].name, nth, count);
		if (!works && count == 1 && is_survived(call, error))
			ck_abort_msg("%s: %s is not survived",
				documented[call].name, name_of(error));
		check_balance(documented[call].name, nth, count);
		nth++;
	} while (fault.injected > 0 && nth <= 40);
	check_works(documented[call].name, nth, count);
}

/* Waiting, on each; some have two ways. */
static const struct {
	const char *backend;
	enum call call;
} waits[] = {
	{"epoll", CALL_EPOLL_WAIT},
	{"epoll", CALL_EPOLL_PWAIT2},
	{"poll", CALL_POLL},
	{"poll", CALL_PPOLL},
	{"select", CALL_SELECT},
	{"io_uring", CALL_RING_ENTER},
	{"kqueue", CALL_KEVENT},
	{"devpoll", CALL_DEVPOLL},
	{"evport", CALL_PORT_GETN},
};

/* Or nothing would have been tested. */
START_TEST(calls_of_the_backend_are_reached)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");
	int reached = 0;

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		fault.call = waits[i].call;
		fault.first = FOR_EVER;
		fault.seen = 0;
		ck_assert_int_eq(session_run(), 1);
		if (name && strcmp(name, waits[i].backend) == 0)
			reached += fault.seen;
	}
	ck_assert(!name || reached > 0);
}
END_TEST

/* Interrupted for ever, a call of a loop would never end: that is no error. */
START_TEST(bug28_system_calls_fail)
{
	enum call call = (enum call)_i;

	for (int i = 0; documented[call].errors[i]; i++) {
		int error = documented[call].errors[i];

		fail_call(call, error, 1);
		if (error != EINTR)
			fail_call(call, error, FOR_EVER);
	}
}
END_TEST

static Suite *
suite_faults(void)
{
	Suite *suite = suite_create("faults");
	TCase *memory = tcase_create("memory");
	TCase *system = tcase_create("system calls");

	tcase_set_timeout(memory, 300);
	tcase_add_checked_fixture(memory, setup, NULL);
	tcase_add_test(memory, bug39_each_allocation_fails_once);
	tcase_add_test(memory, bug39_allocations_fail_for_ever);
	suite_add_tcase(suite, memory);
	tcase_set_timeout(system, 300);
	tcase_add_checked_fixture(system, setup, NULL);
	tcase_add_test(system, calls_of_the_backend_are_reached);
	tcase_add_loop_test(system, bug28_system_calls_fail, 0, N_CALLS);
	suite_add_tcase(suite, system);
	return suite;
}

int
main(void)
{
	if (nothing_to_test())
		return 0;
	if (getenv("LIBEV_TEST_THREADS"))
		evthread_use_pthreads();
	return runner_main((Suite *(*const[])(void)){suite_faults, NULL});
}
