/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents on a descriptor.
 *
 * Output is written at once when the loop comes by; the loop waits for the
 * descriptor to become writable only after the kernel has taken less than all.
 * So steady traffic costs one read and one write, and no change of interest.
 */
#include "bufferevent_socket.h"

#include <errno.h>
#include <limits.h>

#include <event2/bufferevent_compat.h>

#include <libev-abi/sys.h>

#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

static int
is_temporary(int error)
{
	return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

static const struct timeval *
timeout_or_null(const struct timeval *tv)
{
	return evutil_timerisset(tv) ? tv : NULL;
}

/* --- waiting -------------------------------------------------------------*/

int
socket_await_writable(struct socket_bev *sock)
{
	struct bufferevent *pub = &sock->bev.pub;
	const struct timeval *tv = NULL;

	if (sock->bev.moving & EV_WRITE)
		tv = timeout_or_null(&pub->timeout_write);
	return event_add(&pub->ev_write, tv);
}

static void
forget_writable(struct socket_bev *sock)
{
	sock->blocked = 0;
	(void)event_del_noblock(&sock->bev.pub.ev_write);
}

static void
block(struct socket_bev *sock)
{
	if (sock->blocked)
		return;
	sock->blocked = 1;
	if (socket_await_writable(sock) < 0) {
		sock->blocked = 0;
		bev_fail(&sock->bev, EV_WRITE, BEV_EVENT_ERROR, errno);
	}
}

/* --- writing -------------------------------------------------------------*/

static int
write_some(struct bev *bev, evutil_socket_t fd, size_t limit)
{
	int n;

	bev_thaw(bev->pub.output, BUF_FRONT_FROZEN);
	n = evbuffer_write_atmost(bev->pub.output, fd, (ev_ssize_t)limit);
	bev_freeze(bev->pub.output, BUF_FRONT_FROZEN);
	return n;
}

static void
fail_writing(struct socket_bev *sock, int error)
{
	extras_fail(&sock->bev, error);
	bev_fail(&sock->bev, EV_WRITE, BEV_EVENT_ERROR, error);
}

/* One write; what is left waits for the descriptor. */
static void
put_out(struct socket_bev *sock)
{
	struct bev *bev = &sock->bev;
	size_t limit = bev_min(limit_allows(bev, EV_WRITE), INT_MAX);
	int n;

	if (limit == 0)
		return;
	n = write_some(bev, socket_fd(sock), limit);
	if (n < 0 && !is_temporary(errno)) {
		fail_writing(sock, errno);
		return;
	}
	if (n > 0) {
		limit_take(bev, EV_WRITE, (size_t)n);
		bev_sent(bev);
	}
	if (bev->pub.output->length > 0 && bev->moving & EV_WRITE)
		block(sock);
	else if (sock->blocked)
		forget_writable(sock);
}

static void
socket_work(struct bufferevent *bufev)
{
	struct socket_bev *sock = socket_of(bufev);
	unsigned invites = sock->bev.invites;

	sock->bev.invites = 0;
	if (sock->failed)
		connect_tell_failure(sock);
	if (!(sock->bev.moving & EV_WRITE) || !socket_is_usable(sock))
		return;
	if (bufev->output->length > 0 && !sock->blocked)
		put_out(sock);
	else if (invites)
		bev_sent(&sock->bev);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct socket_bev *sock = arg;
	struct bev *bev = &sock->bev;

	if (!bev_enter(bev))
		return;
	if (fd != socket_fd(sock)) {
		/* It was for a descriptor before this one. */
	} else if (!(what & EV_WRITE)) {
		connect_cancel(sock);
		bev_time_out(bev, EV_WRITE);
	} else if (sock->connecting) {
		connect_look(sock);
	} else if (bev->moving & EV_WRITE && socket_is_usable(sock)) {
		put_out(sock);
	}
	bev_run(bev, !bev_is_deferred(bev));
}

/* --- reading -------------------------------------------------------------*/

static int
read_some(struct bev *bev, evutil_socket_t fd, size_t limit)
{
	int n;

	bev_thaw(bev->pub.input, BUF_BACK_FROZEN);
	n = evbuffer_read(bev->pub.input, fd, (int)limit);
	bev_freeze(bev->pub.input, BUF_BACK_FROZEN);
	return n;
}

static void
take_in(struct socket_bev *sock)
{
	struct bev *bev = &sock->bev;
	size_t limit = bev_min(limit_allows(bev, EV_READ), bev_room(bev));
	int n;

	if (limit == 0 || !(bev->moving & EV_READ))
		return;
	n = read_some(bev, socket_fd(sock), bev_min(limit, INT_MAX));
	if (n > 0) {
		limit_take(bev, EV_READ, (size_t)n);
		bev_got(bev);
	} else if (n == 0) {
		bev_fail(bev, EV_READ, BEV_EVENT_EOF, 0);
	} else if (!is_temporary(errno)) {
		bev_fail(bev, EV_READ, BEV_EVENT_ERROR, errno);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct socket_bev *sock = arg;
	struct bev *bev = &sock->bev;

	if (!bev_enter(bev))
		return;
	if (fd != socket_fd(sock)) {
		/* It was for a descriptor before this one. */
	} else if (!(what & EV_READ)) {
		bev_time_out(bev, EV_READ);
	} else if (sock->connecting) {
		connect_look(sock);
	} else if (socket_is_usable(sock)) {
		take_in(sock);
	}
	bev_run(bev, !bev_is_deferred(bev));
}

/* --- the kind ------------------------------------------------------------*/

static int
start_reading(struct socket_bev *sock)
{
	struct bufferevent *pub = &sock->bev.pub;

	if (sock->useless)
		return 0;
	if (socket_fd(sock) < 0 && !sock->resolve)
		return 0;
	return event_add(&pub->ev_read, timeout_or_null(&pub->timeout_read));
}

static int
start_writing(struct socket_bev *sock)
{
	if (sock->connecting || sock->resolve)
		return socket_await_writable(sock);
	if (sock->bev.pub.output->length > 0)
		bev_want_work(&sock->bev);
	return 0;
}

static int
socket_start(struct bufferevent *bufev, short what)
{
	return what == EV_READ ? start_reading(socket_of(bufev))
			       : start_writing(socket_of(bufev));
}

/* A connection under way is waited for in any case. */
static void
socket_stop(struct bufferevent *bufev, short what)
{
	struct socket_bev *sock = socket_of(bufev);

	if (what == EV_READ)
		(void)event_del_noblock(&bufev->ev_read);
	else if (sock->connecting && !sock->bev.freed)
		(void)event_remove_timer(&bufev->ev_write);
	else
		forget_writable(sock);
}

void
socket_set_fd(struct socket_bev *sock, evutil_socket_t fd)
{
	struct bufferevent *pub = &sock->bev.pub;

	if (pub->ev_base) {
		(void)event_del_noblock(&pub->ev_read);
		forget_writable(sock);
	}
	sock->bev.write_error = 0;
	sock->connecting = 0;
	sock->useless = 0;
	sock->opened = 0;
	pub->ev_read.ev_fd = pub->ev_write.ev_fd = fd;
}

int
socket_begin(struct socket_bev *sock)
{
	struct bev *bev = &sock->bev;

	if (bev->moving & EV_READ && start_reading(sock) < 0)
		return -1;
	return bev->moving & EV_WRITE ? start_writing(sock) : 0;
}

static int
socket_change_fd(struct bufferevent *bufev, evutil_socket_t fd)
{
	struct socket_bev *sock = socket_of(bufev);

	connect_cancel(sock);
	socket_set_fd(sock, fd);
	if (socket_begin(sock) < 0)
		bev_fail(&sock->bev, EV_READ, BEV_EVENT_ERROR, errno);
	return 0;
}

static evutil_socket_t
socket_get_fd(struct bufferevent *bufev)
{
	return socket_fd(socket_of(bufev));
}

static int
socket_shutdown(struct bufferevent *bufev)
{
	struct socket_bev *sock = socket_of(bufev);

	if (!socket_is_usable(sock))
		return -1;
	if (sys_shutdown(socket_fd(sock), SHUT_WR) < 0)
		fail_writing(sock, errno);
	return 0;
}

static void
socket_unlink(struct bufferevent *bufev)
{
	struct socket_bev *sock = socket_of(bufev);

	connect_cancel(sock);
	forget_writable(sock);
}

static void
socket_destroy(struct bufferevent *bufev)
{
	struct socket_bev *sock = socket_of(bufev);

	if (sock->bev.options & BEV_OPT_CLOSE_ON_FREE && socket_fd(sock) >= 0)
		(void)core()->close_fd(bufev->ev_base, socket_fd(sock));
}

const struct bufferevent_ops socket_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "socket",
	.start = socket_start,
	.stop = socket_stop,
	.work = socket_work,
	.shutdown = socket_shutdown,
	.get_fd = socket_get_fd,
	.set_fd = socket_change_fd,
	.unlink = socket_unlink,
	.destroy = socket_destroy,
};

/* --- life ----------------------------------------------------------------*/

static void
assign_events(struct socket_bev *sock, evutil_socket_t fd)
{
	struct bufferevent *pub = &sock->bev.pub;

	(void)event_assign(&pub->ev_read, pub->ev_base, fd,
		EV_READ | EV_PERSIST | EV_FINALIZE, on_readable, sock);
	(void)event_assign(&pub->ev_write, pub->ev_base, fd,
		EV_WRITE | EV_PERSIST | EV_FINALIZE, on_writable, sock);
}

struct bufferevent *
bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options)
{
	struct bev *bev = bev_new(
		&socket_ops, sizeof(struct socket_bev), base, options, NULL);
	struct socket_bev *sock = (struct socket_bev *)(void *)bev;

	if (!bev)
		return NULL;
	bev->own_timers = 1;
	assign_events(sock, fd);
	(void)evbuffer_set_flags(bev->pub.output, EVBUFFER_FLAG_DRAINS_TO_FD);
	bev->moving = EV_WRITE; /* there is nothing to begin */
	return &bev->pub;
}

struct bufferevent *
bufferevent_new(evutil_socket_t fd, evbuffercb readcb, evbuffercb writecb,
	everrorcb errorcb, void *cbarg)
{
	struct bufferevent *bufev = bufferevent_socket_new(NULL, fd, 0);

	if (bufev)
		bufferevent_setcb(bufev, readcb, writecb, errorcb, cbarg);
	return bufev;
}

/* It may write, but has nothing to: then it does not wait either. */
static int
is_idle(const struct socket_bev *sock)
{
	return !sock->resolve && !sock->connecting && !sock->blocked &&
	       (!(sock->bev.moving & EV_READ) || socket_fd(sock) < 0 ||
		       !sock->bev.pub.ev_base);
}

int
bufferevent_base_set(struct event_base *base, struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);
	int result = -1;

	if (bufev->be_ops != &socket_ops)
		return -1;
	bev_lock(bev);
	if (is_idle(socket_of(bufev)) &&
		event_base_set(base, &bufev->ev_read) == 0 &&
		event_base_set(base, &bufev->ev_write) == 0) {
		limit_set_base(bev, base);
		result = 0;
	}
	bev_leave(bev);
	return result;
}
