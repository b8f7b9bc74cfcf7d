/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every system call that the libraries and modules make, and the clock.
 *
 * A release build calls libc directly and pays nothing.  A build with
 * -Dtest_seams=true goes through the table ev_sys, so that a test can fail
 * the n-th call of any kind, run virtual time, or stand in for a kernel.
 * What cannot be made to fail has not been tested.
 *
 * The functions behave as those of libc do: -1 and errno.
 */
#ifndef EV_ABI_SYS_H
#define EV_ABI_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#endif
#if defined(__linux__) || defined(__FreeBSD__) || defined(__sun)
#include <sys/random.h>
#define SYS_HAS_GETRANDOM 1
#else
#define SYS_HAS_GETRANDOM 0
#endif
/* Set by the build where the system has them, or a test stands in for it. */
#ifdef EV_SYS_KQUEUE
#include <sys/event.h>
#endif
#ifdef EV_SYS_DEVPOLL
#include <sys/devpoll.h>
#include <sys/ioctl.h>
#endif
#ifdef EV_SYS_PORT
#include <port.h>
#endif

#include "abi.h"

/*
 * The peer is gone, and no signal comes: a flag of send, else an option of the
 * socket.  Headers of macOS have the flag also for kernels that do not.
 */
#ifdef __ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__
#define SYS_OLD_MACOS (__ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__ < 110000)
#else
#define SYS_OLD_MACOS 0
#endif
#if defined(MSG_NOSIGNAL) && !SYS_OLD_MACOS
#define SYS_NOSIGNAL MSG_NOSIGNAL
#else
#define SYS_NOSIGNAL 0
#ifdef SO_NOSIGPIPE
#define SYS_NOSIGNAL_OPTION SO_NOSIGPIPE
#endif
#endif

/* A datagram: where it is, and how long it was or is; laid out as mmsghdr. */
struct sys_message {
	struct msghdr header;
	unsigned length;
};

struct io_uring_params; /* of <linux/io_uring.h> */

/* Flags of sys_accept_with(). */
enum { SYS_NONBLOCK = 1, SYS_CLOEXEC = 2 };

#ifdef EV_TEST_SEAMS
struct ev_sys {
	int (*clock_gettime)(clockid_t, struct timespec *);
	int (*close)(int);
	ssize_t (*read)(int, void *, size_t);
	ssize_t (*write)(int, const void *, size_t);
	int (*open)(const char *, int, mode_t);
	int (*fcntl)(int, int, int);
	int (*fstat)(int, struct stat *);
	int (*pipe)(int[2]);
	pid_t (*getpid)(void);
	int (*sigaction)(int, const struct sigaction *, struct sigaction *);
	int (*pthread_sigmask)(int, const sigset_t *, sigset_t *);
	int (*poll)(struct pollfd *, nfds_t, int);
	int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
	int (*socket)(int, int, int);
	int (*socketpair)(int, int, int, int[2]);
	int (*bind)(int, const struct sockaddr *, socklen_t);
	int (*listen)(int, int);
	int (*accept)(int, struct sockaddr *, socklen_t *);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	int (*getsockname)(int, struct sockaddr *, socklen_t *);
	int (*getsockopt)(int, int, int, void *, socklen_t *);
	int (*setsockopt)(int, int, int, const void *, socklen_t);
	int (*getaddrinfo)(const char *, const char *, const struct addrinfo *,
		struct addrinfo **);
	ssize_t (*getrandom)(void *, size_t, unsigned);
	ssize_t (*readv)(int, const struct iovec *, int);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*pread)(int, void *, size_t, off_t);
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
	int (*shutdown)(int, int);
#ifdef __linux__
	int (*accept4)(int, struct sockaddr *, socklen_t *, int);
	int (*recvmmsg)(
		int, struct mmsghdr *, unsigned, int, struct timespec *);
	int (*sendmmsg)(int, struct mmsghdr *, unsigned, int);
	int (*ppoll)(struct pollfd *, nfds_t, const struct timespec *,
		const sigset_t *);
	int (*epoll_create1)(int);
	int (*epoll_ctl)(int, int, int, struct epoll_event *);
	int (*epoll_wait)(int, struct epoll_event *, int, int);
	int (*epoll_pwait2)(
		int, struct epoll_event *, int, const struct timespec *);
	int (*io_uring_setup)(unsigned, struct io_uring_params *);
	int (*io_uring_enter)(
		int, unsigned, unsigned, unsigned, const void *, size_t);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
	int (*eventfd)(unsigned, int);
	int (*signalfd)(int, const sigset_t *, int);
	int (*timerfd_create)(int, int);
	int (*timerfd_settime)(
		int, int, const struct itimerspec *, struct itimerspec *);
	ssize_t (*sendfile)(int, int, off_t *, size_t);
	int (*sigtimedwait)(
		const sigset_t *, siginfo_t *, const struct timespec *);
#endif
#ifdef EV_SYS_KQUEUE
	int (*kqueue)(void);
	int (*kevent)(int, const struct kevent *, int, struct kevent *, int,
		const struct timespec *);
#endif
#ifdef EV_SYS_DEVPOLL
	int (*devpoll)(int, struct dvpoll *);
#endif
#ifdef EV_SYS_PORT
	int (*port_create)(void);
	int (*port_associate)(int, int, uintptr_t, int, void *);
	int (*port_dissociate)(int, int, uintptr_t);
	int (*port_getn)(
		int, port_event_t *, unsigned, unsigned *, struct timespec *);
#endif
};

extern EV_ABI_EXPORT struct ev_sys ev_sys;
#define EV_SYS(call) ev_sys.call
#else
#define EV_SYS(call) call
#endif

static inline int
sys_clock_gettime(clockid_t id, struct timespec *now)
{
	return EV_SYS(clock_gettime)(id, now);
}

/* Monotonic nanoseconds; a system without the clock has stood still. */
static inline int64_t
sys_now_ns(void)
{
	struct timespec now = {0, 0};

	(void)EV_SYS(clock_gettime)(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int
sys_close(int fd)
{
	return EV_SYS(close)(fd);
}

static inline ssize_t
sys_read(int fd, void *data, size_t size)
{
	return EV_SYS(read)(fd, data, size);
}

static inline ssize_t
sys_write(int fd, const void *data, size_t size)
{
	return EV_SYS(write)(fd, data, size);
}

static inline int
sys_open(const char *path, int flags, mode_t mode)
{
	return EV_SYS(open)(path, flags, mode);
}

static inline int
sys_fcntl(int fd, int command, int arg)
{
	return EV_SYS(fcntl)(fd, command, arg);
}

static inline int
sys_fstat(int fd, struct stat *status)
{
	return EV_SYS(fstat)(fd, status);
}

static inline int
sys_pipe(int fds[2])
{
	return EV_SYS(pipe)(fds);
}

static inline pid_t
sys_getpid(void)
{
	return EV_SYS(getpid)();
}

static inline int
sys_sigaction(int signo, const struct sigaction *now, struct sigaction *old)
{
	return EV_SYS(sigaction)(signo, now, old);
}

/* Unlike the others, and like libc's, it returns the error number. */
static inline int
sys_pthread_sigmask(int how, const sigset_t *now, sigset_t *old)
{
	return EV_SYS(pthread_sigmask)(how, now, old);
}

static inline int
sys_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return EV_SYS(poll)(fds, n, timeout_ms);
}

/* Not everywhere: ENOSYS. */
static inline int
sys_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout)
{
#ifdef __linux__
	return EV_SYS(ppoll)(fds, n, timeout, NULL);
#else
	(void)fds, (void)n, (void)timeout;
	errno = ENOSYS;
	return -1;
#endif
}

static inline int
sys_select(int width, fd_set *reads, fd_set *writes, fd_set *errors,
	struct timeval *timeout)
{
	return EV_SYS(select)(width, reads, writes, errors, timeout);
}

static inline int
sys_socket(int family, int type, int protocol)
{
	return EV_SYS(socket)(family, type, protocol);
}

static inline int
sys_socketpair(int family, int type, int protocol, int fds[2])
{
	return EV_SYS(socketpair)(family, type, protocol, fds);
}

static inline int
sys_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	return EV_SYS(bind)(fd, address, len);
}

static inline int
sys_listen(int fd, int backlog)
{
	return EV_SYS(listen)(fd, backlog);
}

static inline int
sys_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	return EV_SYS(accept)(fd, address, len);
}

static inline int
sys_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return EV_SYS(connect)(fd, address, len);
}

static inline int
sys_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
	return EV_SYS(getsockname)(fd, address, len);
}

static inline int
sys_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	return EV_SYS(getsockopt)(fd, level, option, value, len);
}

static inline int
sys_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	return EV_SYS(setsockopt)(fd, level, option, value, len);
}

/* Not everywhere: ENOSYS. */
static inline ssize_t
sys_getrandom(void *data, size_t size, unsigned flags)
{
#if SYS_HAS_GETRANDOM || defined(EV_TEST_SEAMS)
	return EV_SYS(getrandom)(data, size, flags);
#else
	(void)data, (void)size, (void)flags;
	errno = ENOSYS;
	return -1;
#endif
}

static inline int
sys_getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **out)
{
	return EV_SYS(getaddrinfo)(node, service, hints, out);
}

static inline ssize_t
sys_readv(int fd, const struct iovec *vec, int n)
{
	return EV_SYS(readv)(fd, vec, n);
}

static inline ssize_t
sys_writev(int fd, const struct iovec *vec, int n)
{
	return EV_SYS(writev)(fd, vec, n);
}

static inline ssize_t
sys_pread(int fd, void *data, size_t size, off_t offset)
{
	return EV_SYS(pread)(fd, data, size, offset);
}

/*
 * Before anything is sent.  A connection that is over both ways refuses the
 * option; sending would raise the signal, so its error is given at once.
 */
static inline int
sys_quiet(int fd)
{
#ifdef SYS_NOSIGNAL_OPTION
	static const int on = 1;

	if (sys_setsockopt(
		    fd, SOL_SOCKET, SYS_NOSIGNAL_OPTION, &on, sizeof(on)) < 0 &&
		errno == EINVAL) {
		errno = EPIPE;
		return -1;
	}
#else
	(void)fd;
#endif
	return 0;
}

/* None of these raises SIGPIPE. */
static inline ssize_t
sys_send(int fd, const void *data, size_t size)
{
	if (sys_quiet(fd) < 0)
		return -1;
	return EV_SYS(send)(fd, data, size, SYS_NOSIGNAL);
}

static inline ssize_t
sys_sendmsg(int fd, const struct msghdr *message)
{
	if (sys_quiet(fd) < 0)
		return -1;
	return EV_SYS(sendmsg)(fd, message, SYS_NOSIGNAL);
}

static inline ssize_t
sys_recvmsg(int fd, struct msghdr *message, int flags)
{
	return EV_SYS(recvmsg)(fd, message, flags);
}

/*
 * Up to N datagrams, as many as there are; the length of one that did not fit
 * is what it was, or at least more than what is there.
 */
static inline int
sys_receive(int fd, struct sys_message *messages, unsigned n)
{
#ifdef __linux__
	return EV_SYS(recvmmsg)(
		fd, (struct mmsghdr *)(void *)messages, n, MSG_TRUNC, NULL);
#else
	unsigned i;

	for (i = 0; i < n; i++) {
		ssize_t length = sys_recvmsg(fd, &messages[i].header, 0);

		if (length < 0)
			break;
		messages[i].length = (unsigned)length;
		if (messages[i].header.msg_flags & MSG_TRUNC)
			messages[i].length++;
	}
	return i > 0 ? (int)i : -1;
#endif
}

/* N datagrams, as many as go; -1: the first does not. */
static inline int
sys_transmit(int fd, struct sys_message *messages, unsigned n)
{
#ifdef __linux__
	return EV_SYS(sendmmsg)(
		fd, (struct mmsghdr *)(void *)messages, n, SYS_NOSIGNAL);
#else
	unsigned i;

	for (i = 0; i < n; i++)
		if (sys_sendmsg(fd, &messages[i].header) < 0)
			break;
	return i > 0 ? (int)i : -1;
#endif
}

static inline int
sys_shutdown(int fd, int how)
{
	return EV_SYS(shutdown)(fd, how);
}

/* What is accepted gets flags of its own: SYS_NONBLOCK, SYS_CLOEXEC. */
static inline int
sys_accept_with(
	int fd, struct sockaddr *address, socklen_t *len, unsigned flags)
{
#ifdef __linux__
	int native = (flags & SYS_NONBLOCK ? SOCK_NONBLOCK : 0) |
		     (flags & SYS_CLOEXEC ? SOCK_CLOEXEC : 0);

	return EV_SYS(accept4)(fd, address, len, native);
#else
	int accepted = sys_accept(fd, address, len);

	if (accepted < 0)
		return -1;
	if ((!(flags & SYS_NONBLOCK) ||
		    sys_fcntl(accepted, F_SETFL, O_NONBLOCK) == 0) &&
		(!(flags & SYS_CLOEXEC) ||
			sys_fcntl(accepted, F_SETFD, FD_CLOEXEC) == 0))
		return accepted;
	(void)sys_close(accepted);
	return -1;
#endif
}

/* Not everywhere: ENOSYS. */
static inline ssize_t
sys_sendfile(int to, int from, off_t *offset, size_t size)
{
#ifdef __linux__
	return EV_SYS(sendfile)(to, from, offset, size);
#else
	(void)to, (void)from, (void)offset, (void)size;
	errno = ENOSYS;
	return -1;
#endif
}

/* Not everywhere: ENOSYS. */
static inline int
sys_sigtimedwait(const sigset_t *set, const struct timespec *timeout)
{
#ifdef __linux__
	return EV_SYS(sigtimedwait)(set, NULL, timeout);
#else
	(void)set, (void)timeout;
	errno = ENOSYS;
	return -1;
#endif
}

#ifdef __linux__
static inline int
sys_epoll_create1(int flags)
{
	return EV_SYS(epoll_create1)(flags);
}

static inline int
sys_epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	return EV_SYS(epoll_ctl)(epoll_fd, op, fd, event);
}

static inline int
sys_epoll_wait(
	int epoll_fd, struct epoll_event *events, int max, int timeout_ms)
{
	return EV_SYS(epoll_wait)(epoll_fd, events, max, timeout_ms);
}

/*
 * Younger than many a libc: the system call itself, which takes 64 bits
 * wherever it runs.  Not in every kernel: ENOSYS.
 */
static inline int
sys_call_epoll_pwait2(int epoll_fd, struct epoll_event *events, int max,
	const struct timespec *timeout)
{
#ifdef SYS_epoll_pwait2
	const struct {
		int64_t seconds, nanoseconds;
	} wide = {
		timeout ? timeout->tv_sec : 0,
		timeout ? timeout->tv_nsec : 0,
	};

	return (int)syscall(SYS_epoll_pwait2, epoll_fd, events, max,
		timeout ? &wide : NULL, NULL, (size_t)0);
#else
	(void)epoll_fd, (void)events, (void)max, (void)timeout;
	errno = ENOSYS;
	return -1;
#endif
}

static inline int
sys_epoll_pwait2(int epoll_fd, struct epoll_event *events, int max,
	const struct timespec *timeout)
{
#ifdef EV_TEST_SEAMS
	return ev_sys.epoll_pwait2(epoll_fd, events, max, timeout);
#else
	return sys_call_epoll_pwait2(epoll_fd, events, max, timeout);
#endif
}

/*
 * libc has no functions for these.  Not in every kernel: ENOSYS; forbidden in
 * many a sandbox: EPERM.
 */
static inline int
sys_call_io_uring_setup(unsigned entries, struct io_uring_params *params)
{
#ifdef SYS_io_uring_setup
	return (int)syscall(SYS_io_uring_setup, entries, params);
#else
	(void)entries, (void)params;
	errno = ENOSYS;
	return -1;
#endif
}

static inline int
sys_call_io_uring_enter(int ring_fd, unsigned submit, unsigned await,
	unsigned flags, const void *arg, size_t size)
{
#ifdef SYS_io_uring_enter
	return (int)syscall(
		SYS_io_uring_enter, ring_fd, submit, await, flags, arg, size);
#else
	(void)ring_fd, (void)submit, (void)await, (void)flags;
	(void)arg, (void)size;
	errno = ENOSYS;
	return -1;
#endif
}

static inline int
sys_io_uring_setup(unsigned entries, struct io_uring_params *params)
{
#ifdef EV_TEST_SEAMS
	return ev_sys.io_uring_setup(entries, params);
#else
	return sys_call_io_uring_setup(entries, params);
#endif
}

static inline int
sys_io_uring_enter(int ring_fd, unsigned submit, unsigned await, unsigned flags,
	const void *arg, size_t size)
{
#ifdef EV_TEST_SEAMS
	return ev_sys.io_uring_enter(ring_fd, submit, await, flags, arg, size);
#else
	return sys_call_io_uring_enter(
		ring_fd, submit, await, flags, arg, size);
#endif
}

/* MAP_FAILED and errno. */
static inline void *
sys_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return EV_SYS(mmap)(at, size, protection, flags, fd, offset);
}

static inline int
sys_munmap(void *at, size_t size)
{
	return EV_SYS(munmap)(at, size);
}

static inline int
sys_timerfd_create(int clock, int flags)
{
	return EV_SYS(timerfd_create)(clock, flags);
}

static inline int
sys_timerfd_settime(
	int fd, int flags, const struct itimerspec *now, struct itimerspec *old)
{
	return EV_SYS(timerfd_settime)(fd, flags, now, old);
}

static inline int
sys_eventfd(unsigned count, int flags)
{
	return EV_SYS(eventfd)(count, flags);
}

static inline int
sys_signalfd(int fd, const sigset_t *set, int flags)
{
	return EV_SYS(signalfd)(fd, set, flags);
}
#endif

#ifdef EV_SYS_KQUEUE
static inline int
sys_kqueue(void)
{
	return EV_SYS(kqueue)();
}

static inline int
sys_kevent(int kq, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events, const struct timespec *timeout)
{
	return EV_SYS(kevent)(
		kq, changes, n_changes, events, n_events, timeout);
}
#endif

#ifdef EV_SYS_DEVPOLL
static inline int
sys_devpoll(int fd, struct dvpoll *request)
{
#ifdef EV_TEST_SEAMS
	return ev_sys.devpoll(fd, request);
#else
	return ioctl(fd, DP_POLL, request);
#endif
}
#endif

#ifdef EV_SYS_PORT
static inline int
sys_port_create(void)
{
	return EV_SYS(port_create)();
}

static inline int
sys_port_associate(
	int port, int source, uintptr_t object, int events, void *user)
{
	return EV_SYS(port_associate)(port, source, object, events, user);
}

static inline int
sys_port_dissociate(int port, int source, uintptr_t object)
{
	return EV_SYS(port_dissociate)(port, source, object);
}

static inline int
sys_port_getn(int port, port_event_t *list, unsigned max, unsigned *nget,
	struct timespec *timeout)
{
	return EV_SYS(port_getn)(port, list, max, nget, timeout);
}
#endif

#endif
