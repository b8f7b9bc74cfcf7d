/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table behind libev-abi/sys.h, for builds with test seams alone: what
 * every system call is until a test puts something else in its place.  It
 * stands here because this is the lowest library.
 *
 * An entry is libc's own function wherever its type allows that.
 */
#include <libev-abi/sys.h>

/* Variadic in libc. */
static int
call_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

static int
call_fcntl(int fd, int command, int arg)
{
	return fcntl(fd, command, arg);
}

/* Some libcs take a union of all kinds of addresses. */
static int
call_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	return bind(fd, address, len);
}

static int
call_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	return accept(fd, address, len);
}

static int
call_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return connect(fd, address, len);
}

static int
call_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
	return getsockname(fd, address, len);
}

/* Not in every system. */
static ssize_t
call_getrandom(void *data, size_t size, unsigned flags)
{
#if SYS_HAS_GETRANDOM
	return getrandom(data, size, flags);
#else
	(void)data;
	(void)size;
	(void)flags;
	errno = ENOSYS;
	return -1;
#endif
}

#ifdef __linux__
static int
call_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	return accept4(fd, address, len, flags);
}

/* The type of their flags is not the same everywhere. */
static int
call_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags,
	struct timespec *timeout)
{
	return recvmmsg(fd, messages, n, flags, timeout);
}

static int
call_sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
	return sendmmsg(fd, messages, n, flags);
}
#endif

#ifdef EV_SYS_DEVPOLL
static int
call_devpoll(int fd, struct dvpoll *request)
{
	return ioctl(fd, DP_POLL, request);
}
#endif

struct ev_sys ev_sys = {
	.clock_gettime = clock_gettime,
	.close = close,
	.read = read,
	.write = write,
	.open = call_open,
	.fcntl = call_fcntl,
	.fstat = fstat,
	.pipe = pipe,
	.getpid = getpid,
	.sigaction = sigaction,
	.pthread_sigmask = pthread_sigmask,
	.poll = poll,
	.select = select,
	.socket = socket,
	.socketpair = socketpair,
	.bind = call_bind,
	.listen = listen,
	.accept = call_accept,
	.connect = call_connect,
	.getsockname = call_getsockname,
	.getsockopt = getsockopt,
	.setsockopt = setsockopt,
	.getaddrinfo = getaddrinfo,
	.getrandom = call_getrandom,
	.readv = readv,
	.writev = writev,
	.pread = pread,
	.send = send,
	.sendmsg = sendmsg,
	.recvmsg = recvmsg,
	.shutdown = shutdown,
#ifdef __linux__
	.accept4 = call_accept4,
	.recvmmsg = call_recvmmsg,
	.sendmmsg = call_sendmmsg,
	.ppoll = ppoll,
	.epoll_create1 = epoll_create1,
	.epoll_ctl = epoll_ctl,
	.epoll_wait = epoll_wait,
	.epoll_pwait2 = sys_call_epoll_pwait2,
	.io_uring_setup = sys_call_io_uring_setup,
	.io_uring_enter = sys_call_io_uring_enter,
	.mmap = mmap,
	.munmap = munmap,
	.eventfd = eventfd,
	.signalfd = signalfd,
	.timerfd_create = timerfd_create,
	.timerfd_settime = timerfd_settime,
	.sendfile = sendfile,
	.sigtimedwait = sigtimedwait,
#endif
#ifdef EV_SYS_KQUEUE
	.kqueue = kqueue,
	.kevent = kevent,
#endif
#ifdef EV_SYS_DEVPOLL
	.devpoll = call_devpoll,
#endif
#ifdef EV_SYS_PORT
	.port_create = port_create,
	.port_associate = port_associate,
	.port_dissociate = port_dissociate,
	.port_getn = port_getn,
#endif
};
