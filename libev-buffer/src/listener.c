/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners.
 *
 * One turn accepts a batch of connections.  When the system has no descriptor
 * for another, the listener waits for time instead of for connections, longer
 * from try to try; what it waits for is in `state', and one event serves both.
 *
 * No lock is held while a callback runs, so after each one it is looked at what
 * is still wanted.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>

#include <libev-abi/sys.h>

#include "core_link.h"

enum {
	BATCH = 64, /* connections a turn */
	DEFAULT_BACKLOG = 128,
	PAUSE_LEAST_MS = 10,
	PAUSE_MOST_MS = 1000
};

struct evconnlistener {
	struct event ev;    /* waits for connections */
	struct event retry; /* waits until it is worth while to try again */
	void *lock;
	unsigned flags; /* LEV_OPT_* */
	unsigned refs;  /* of its owner and of calls that go on */
	evutil_socket_t fd;
	evconnlistener_cb cb;
	evconnlistener_errorcb errorcb;
	void *arg;
	unsigned pause_ms; /* 0: it is not short of anything */
	unsigned enabled : 1;
	unsigned freed : 1;
	unsigned accepting : 1; /* it waits, for one thing or the other */
};

static void
lock(const struct evconnlistener *lev)
{
	if (lev->lock)
		core()->lock(lev->lock);
}

static void
unlock(const struct evconnlistener *lev)
{
	if (lev->lock)
		core()->unlock(lev->lock);
}

/* --- life ----------------------------------------------------------------*/

static void
destroy(struct evconnlistener *lev)
{
	core()->lock_free(lev->lock);
	event_debug_unassign(&lev->ev);
	event_debug_unassign(&lev->retry);
	core_free(lev);
}

static void
on_final(struct event_callback *cb, void *arg)
{
	(void)arg;
	destroy((struct evconnlistener *)(void *)cb);
}

_Static_assert(offsetof(struct evconnlistener, ev) == 0 &&
		       offsetof(struct event, ev_evcallback) == 0,
	"on_final() takes one for the other");

/* Let go of one reference, and of the lock. */
static void
drop(struct evconnlistener *lev)
{
	struct event_callback *callbacks[] = {
		&lev->ev.ev_evcallback,
		&lev->retry.ev_evcallback,
	};
	struct event_base *base = event_get_base(&lev->ev);
	int last = --lev->refs == 0;

	unlock(lev);
	if (last)
		(void)core()->finalize(base, 2, callbacks, on_final);
}

/* --- waiting -------------------------------------------------------------*/

static int
is_wanted(const struct evconnlistener *lev)
{
	return lev->enabled && lev->cb && !lev->freed;
}

/* If that cannot be, it goes on as it does. */
static void
wait_for_time(struct evconnlistener *lev)
{
	struct timeval tv = {
		.tv_sec = lev->pause_ms / 1000,
		.tv_usec = (int)(lev->pause_ms % 1000) * 1000,
	};

	if (event_add(&lev->retry, &tv) == 0)
		(void)event_del_noblock(&lev->ev);
}

/* Wait for what is wanted now; 0 or -1. */
static int
update(struct evconnlistener *lev)
{
	int err = 0;

	if (is_wanted(lev) && !lev->accepting) {
		err = event_add(&lev->ev, NULL);
		lev->accepting = err == 0;
	} else if (!is_wanted(lev) && lev->accepting) {
		lev->accepting = 0;
		lev->pause_ms = 0;
		(void)event_del_noblock(&lev->ev);
		(void)event_del_noblock(&lev->retry);
	}
	return err;
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *lev = arg;

	(void)fd, (void)what;
	lock(lev);
	if (lev->refs > 0 && lev->accepting && event_add(&lev->ev, NULL) < 0)
		wait_for_time(lev);
	unlock(lev);
}

/* --- failures ------------------------------------------------------------*/

/* Of this connection, or of this moment. */
static int
passes(int error)
{
	switch (error) {
	case EINTR:
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
	case ECONNABORTED:
#ifdef EPROTO
	case EPROTO:
#endif
		return 1;
	default:
		return 0;
	}
}

static void
warn(const struct evconnlistener *lev, int error)
{
	char line[128];

	snprintf(line, sizeof(line),
		"listener on descriptor %ld: cannot accept, and tries again "
		"from time to time: %s",
		(long)lev->fd, strerror(error));
	core()->log(EVENT_LOG_WARN, line);
}

static void
pause_after(struct evconnlistener *lev, int error)
{
	evconnlistener_errorcb errorcb = lev->errorcb;
	void *arg = lev->arg;
	int is_first = lev->pause_ms == 0;

	lev->pause_ms = is_first ? PAUSE_LEAST_MS : lev->pause_ms * 2;
	if (lev->pause_ms > PAUSE_MOST_MS)
		lev->pause_ms = PAUSE_MOST_MS;
	wait_for_time(lev);
	unlock(lev);
	if (errorcb) {
		errno = error;
		errorcb(lev, arg);
	} else if (is_first) {
		warn(lev, error);
	}
	lock(lev);
}

/* --- connections ---------------------------------------------------------*/

static evutil_socket_t
accept_one(struct evconnlistener *lev, struct sockaddr_storage *address,
	socklen_t *len_out)
{
	unsigned flags = 0;

	if (!(lev->flags & LEV_OPT_LEAVE_SOCKETS_BLOCKING))
		flags |= SYS_NONBLOCK;
	if (lev->flags & LEV_OPT_CLOSE_ON_EXEC)
		flags |= SYS_CLOEXEC;
	*len_out = sizeof(*address);
	return sys_accept_with(
		lev->fd, (struct sockaddr *)address, len_out, flags);
}

static void
hand_out(struct evconnlistener *lev, evutil_socket_t fd,
	struct sockaddr_storage *address, socklen_t len)
{
	evconnlistener_cb cb = lev->cb;
	void *arg = lev->arg;

	lev->pause_ms = 0;
	unlock(lev);
	cb(lev, fd, (struct sockaddr *)address, (int)len, arg);
	lock(lev);
}

static void
accept_batch(struct evconnlistener *lev)
{
	struct sockaddr_storage address;
	evutil_socket_t fd;
	socklen_t len;

	for (int n = 0; n < BATCH && is_wanted(lev); n++) {
		fd = accept_one(lev, &address, &len);
		if (fd >= 0) {
			hand_out(lev, fd, &address, len);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			break;
		} else if (!passes(errno)) {
			pause_after(lev, errno);
			break;
		}
	}
}

static void
on_connections(evutil_socket_t fd, short what, void *arg)
{
	struct evconnlistener *lev = arg;

	(void)fd, (void)what;
	lock(lev);
	if (lev->refs == 0) {
		unlock(lev);
		return;
	}
	lev->refs++;
	accept_batch(lev);
	drop(lev);
}

/* --- the beginning -------------------------------------------------------*/

static int
begin_to_listen(evutil_socket_t fd, int backlog)
{
	if (backlog == 0)
		return 0;
	return sys_listen(fd, backlog < 0 ? DEFAULT_BACKLOG : backlog);
}

/* 0, also if threads are off; else -1. */
static int
make_lock(struct evconnlistener *lev)
{
	if (!(lev->flags & LEV_OPT_THREADSAFE))
		return 0;
	errno = 0;
	lev->lock = core()->lock_new(1);
	return lev->lock || !errno ? 0 : -1;
}

static int
init(struct evconnlistener *lev, struct event_base *base)
{
	if (event_assign(&lev->ev, base, lev->fd,
		    EV_READ | EV_PERSIST | EV_FINALIZE, on_connections,
		    lev) < 0 ||
		event_assign(
			&lev->retry, base, -1, EV_FINALIZE, on_retry, lev) < 0)
		return -1;
	if (lev->flags & LEV_OPT_CLOSE_ON_EXEC &&
		evutil_make_socket_closeonexec(lev->fd) < 0)
		return -1;
	return make_lock(lev);
}

struct evconnlistener *
evconnlistener_new(struct event_base *base, evconnlistener_cb cb, void *ptr,
	unsigned flags, int backlog, evutil_socket_t fd)
{
	struct evconnlistener *lev;
	int saved;

	if (begin_to_listen(fd, backlog) < 0)
		return NULL;
	lev = core_alloc(sizeof(*lev));
	if (!lev)
		return NULL;
	memset(lev, 0, sizeof(*lev));
	lev->flags = flags;
	lev->fd = fd;
	lev->cb = cb;
	lev->arg = ptr;
	lev->refs = 1;
	lev->enabled = !(flags & LEV_OPT_DISABLED);
	if (init(lev, base) == 0 && update(lev) == 0)
		return lev;
	saved = errno;
	destroy(lev);
	errno = saved;
	return NULL;
}

/* What has to be said to a socket before it is bound; 0 or -1. */
static int
set_options(evutil_socket_t fd, unsigned flags, int family)
{
	int on = 1;

	if (evutil_make_socket_nonblocking(fd) < 0)
		return -1;
	if (family == AF_INET || family == AF_INET6)
		(void)sys_setsockopt(
			fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (flags & LEV_OPT_REUSEABLE &&
		evutil_make_listen_socket_reuseable(fd) < 0)
		return -1;
	if (flags & LEV_OPT_REUSEABLE_PORT &&
		evutil_make_listen_socket_reuseable_port(fd) < 0)
		return -1;
	if (flags & LEV_OPT_DEFERRED_ACCEPT &&
		evutil_make_tcp_listen_socket_deferred(fd) < 0)
		return -1;
	if (flags & LEV_OPT_BIND_IPV6ONLY && family == AF_INET6 &&
		evutil_make_listen_socket_ipv6only(fd) < 0)
		return -1;
	if (flags & LEV_OPT_BIND_IPV4_AND_IPV6 && family == AF_INET6 &&
		evutil_make_listen_socket_not_ipv6only(fd) < 0)
		return -1;
	return 0;
}

struct evconnlistener *
evconnlistener_new_bind(struct event_base *base, evconnlistener_cb cb,
	void *ptr, unsigned flags, int backlog, const struct sockaddr *sa,
	int socklen)
{
	struct evconnlistener *lev = NULL;
	evutil_socket_t fd;
	int saved;

	if (backlog == 0 || !sa) {
		errno = EINVAL;
		return NULL;
	}
	fd = sys_socket(sa->sa_family, SOCK_STREAM, 0);
	if (fd < 0)
		return NULL;
	if (set_options(fd, flags, sa->sa_family) == 0 &&
		sys_bind(fd, sa, (socklen_t)socklen) == 0)
		lev = evconnlistener_new(base, cb, ptr, flags, backlog, fd);
	if (lev)
		return lev;
	saved = errno;
	evutil_closesocket(fd);
	errno = saved;
	return NULL;
}

/* --- from outside --------------------------------------------------------*/

void
evconnlistener_free(struct evconnlistener *lev)
{
	evutil_socket_t fd = -1;

	if (!lev)
		return;
	lock(lev);
	lev->freed = 1;
	lev->cb = NULL;
	lev->errorcb = NULL;
	(void)update(lev);
	if (lev->flags & LEV_OPT_CLOSE_ON_FREE)
		fd = lev->fd;
	lev->fd = -1;
	if (fd >= 0)
		(void)core()->close_fd(event_get_base(&lev->ev), fd);
	drop(lev);
}

static int
set_enabled(struct evconnlistener *lev, unsigned enabled)
{
	int err;

	lock(lev);
	lev->enabled = enabled & 1;
	err = update(lev);
	unlock(lev);
	return err;
}

int
evconnlistener_enable(struct evconnlistener *lev)
{
	return set_enabled(lev, 1);
}

int
evconnlistener_disable(struct evconnlistener *lev)
{
	return set_enabled(lev, 0);
}

struct event_base *
evconnlistener_get_base(struct evconnlistener *lev)
{
	return event_get_base(&lev->ev);
}

evutil_socket_t
evconnlistener_get_fd(struct evconnlistener *lev)
{
	evutil_socket_t fd;

	lock(lev);
	fd = lev->fd;
	unlock(lev);
	return fd;
}

void
evconnlistener_set_cb(
	struct evconnlistener *lev, evconnlistener_cb cb, void *arg)
{
	lock(lev);
	if (!lev->freed) {
		lev->cb = cb;
		lev->arg = arg;
		(void)update(lev);
	}
	unlock(lev);
}

void
evconnlistener_set_error_cb(
	struct evconnlistener *lev, evconnlistener_errorcb errorcb)
{
	lock(lev);
	if (!lev->freed)
		lev->errorcb = errorcb;
	unlock(lev);
}
