/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connecting a socket: to an address, or to the addresses of a name, one after
 * the other until one is there.
 */
#include "bufferevent_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libev-abi/sys.h>

#include "bufferevent_extras.h"
#include "resolve.h"

/* --- one address ---------------------------------------------------------*/

static evutil_socket_t
open_socket(int family)
{
	evutil_socket_t fd = sys_socket(family, SOCK_STREAM, 0);
	int saved;

	if (fd < 0)
		return -1;
	if (evutil_make_socket_nonblocking(fd) == 0 &&
		evutil_make_socket_closeonexec(fd) == 0)
		return fd;
	saved = errno;
	evutil_closesocket(fd);
	errno = saved;
	return -1;
}

/* A socket to connect: the program's, or a new one; 0 or -1. */
static int
need_socket(struct socket_bev *sock, int family)
{
	evutil_socket_t old = socket_fd(sock), fd;

	if (old >= 0 && !sock->opened) {
		socket_set_fd(sock, old);
		return 0;
	}
	fd = open_socket(family);
	if (fd < 0)
		return -1;
	socket_set_fd(sock, fd);
	sock->opened = 1;
	if (old >= 0)
		(void)core()->close_fd(sock->bev.pub.ev_base, old);
	return 0;
}

static void
drop_socket(struct socket_bev *sock)
{
	evutil_socket_t fd = socket_fd(sock);
	int saved = errno;

	if (sock->opened) {
		socket_set_fd(sock, -1);
		(void)core()->close_fd(sock->bev.pub.ev_base, fd);
	}
	errno = saved;
}

/* Wait for what comes of it; 0 or -1. */
static int
await(struct socket_bev *sock)
{
	sock->connecting = 1;
	if (socket_await_writable(sock) == 0 && socket_begin(sock) == 0)
		return 0;
	sock->connecting = 0;
	return -1;
}

/* Has connect() begun something?  As for errno, if not. */
static int
has_begun(int result)
{
	return result == 0 || errno == EINPROGRESS || errno == EINTR;
}

/* 0: it is under way, or was refused; -1: it cannot be tried. */
static int
try_address(
	struct socket_bev *sock, const struct sockaddr *address, socklen_t len)
{
	if (need_socket(sock, address->sa_family) < 0)
		return -1;
	if (has_begun(sys_connect(socket_fd(sock), address, len))) {
		if (await(sock) == 0)
			return 0;
	} else if (errno == ECONNREFUSED) {
		sock->useless = 1;
		sock->failed = 1;
		sock->error = errno;
		bev_want_work(&sock->bev);
		return 0;
	}
	drop_socket(sock);
	return -1;
}

int
bufferevent_socket_connect(
	struct bufferevent *bufev, const struct sockaddr *addr, int socklen)
{
	struct bev *bev = bev_of(bufev);
	struct socket_bev *sock = socket_of(bufev);
	int result = -1;

	if (bufev->be_ops != &socket_ops || !bufev->ev_base) {
		errno = EINVAL;
		return -1;
	}
	bev_lock(bev);
	connect_cancel(sock);
	if (addr)
		result = try_address(sock, addr, (socklen_t)socklen);
	else if (socket_fd(sock) >= 0)
		result = await(sock);
	bev_leave(bev);
	return result;
}

/* --- what comes of it ----------------------------------------------------*/

static void
forget_addresses(struct socket_bev *sock)
{
	evutil_freeaddrinfo(sock->found);
	sock->found = sock->next = NULL;
}

void
connect_cancel(struct socket_bev *sock)
{
	if (sock->resolve)
		resolve_cancel(sock->resolve);
	sock->resolve = NULL;
	sock->connecting = 0;
	sock->failed = 0;
	forget_addresses(sock);
}

static void
succeed(struct socket_bev *sock)
{
	struct bev *bev = &sock->bev;

	sock->connecting = 0;
	forget_addresses(sock);
	(void)event_del_noblock(&bev->pub.ev_write);
	bev_report(bev, BEV_EVENT_CONNECTED, 0);
	if (bev->pub.output->length > 0 || bev->wants_shutdown)
		bev_want_work(bev);
}

static void
give_up(struct socket_bev *sock, int error)
{
	sock->connecting = 0;
	sock->useless = 1;
	forget_addresses(sock);
	(void)event_del_noblock(&sock->bev.pub.ev_read);
	(void)event_del_noblock(&sock->bev.pub.ev_write);
	extras_fail(&sock->bev, error);
	bev_report(&sock->bev, BEV_EVENT_ERROR, error);
}

/* The next address that can be tried; -1: none is left, or it is not ours. */
static int
try_next(struct socket_bev *sock)
{
	while (sock->next) {
		struct evutil_addrinfo *ai = sock->next;

		sock->next = ai->ai_next;
		if (try_address(sock, ai->ai_addr, ai->ai_addrlen) == 0)
			return 0;
		sock->error = errno;
	}
	return -1;
}

/* A socket of the program's is tried once. */
static void
fail(struct socket_bev *sock, int error)
{
	sock->failed = 0;
	sock->error = error;
	if (socket_fd(sock) >= 0 && !sock->opened)
		sock->next = NULL;
	if (try_next(sock) < 0)
		give_up(sock, sock->error);
}

void
connect_tell_failure(struct socket_bev *sock)
{
	fail(sock, sock->error);
}

void
connect_look(struct socket_bev *sock)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (sys_getsockopt(
		    socket_fd(sock), SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		return;
	if (error == 0)
		succeed(sock);
	else
		fail(sock, error);
}

/* --- names ---------------------------------------------------------------*/

static void
fail_lookup(struct socket_bev *sock, int error)
{
	sock->dns_error = error;
	(void)event_del_noblock(&sock->bev.pub.ev_write);
	(void)event_del_noblock(&sock->bev.pub.ev_read);
	extras_fail(&sock->bev, EHOSTUNREACH);
	bev_report(&sock->bev, BEV_EVENT_ERROR, 0);
}

static void
use_addresses(struct socket_bev *sock, struct evutil_addrinfo *found)
{
	sock->found = sock->next = found;
	sock->error = EADDRNOTAVAIL;
	if (try_next(sock) < 0)
		give_up(sock, sock->error);
}

/* In the loop, without a lock. */
static void
on_resolved(struct resolve *resolve, int error, struct evutil_addrinfo *found,
	void *arg)
{
	struct socket_bev *sock = arg;
	struct bev *bev = &sock->bev;

	if (!bev_enter(bev)) {
		evutil_freeaddrinfo(found);
		return;
	}
	if (sock->resolve != resolve) {
		evutil_freeaddrinfo(found); /* it was cancelled */
	} else {
		resolve_cancel(resolve);
		sock->resolve = NULL;
		if (error)
			fail_lookup(sock, error);
		else
			use_addresses(sock, found);
	}
	bev_run(bev, !bev_is_deferred(bev));
}

/* "[::1]" to "::1"; the same if it has no brackets.  0 or -1. */
static int
strip(const char *name, char *bare, size_t size)
{
	size_t len = strlen(name);

	if (len >= 2 && name[0] == '[' && name[len - 1] == ']') {
		name++;
		len -= 2;
	}
	if (len >= size)
		return -1;
	memcpy(bare, name, len);
	bare[len] = '\0';
	return 0;
}

/* An address needs no lookup; 0 or -1. */
static int
look_up(struct socket_bev *sock, const char *name, const char *port,
	const struct evutil_addrinfo *hints)
{
	struct evutil_addrinfo numeric = *hints, *found = NULL;
	int error;

	numeric.ai_flags |= EVUTIL_AI_NUMERICHOST;
	error = evutil_getaddrinfo(name, port, &numeric, &found);
	if (error == 0)
		use_addresses(sock, found);
	else if (error != EVUTIL_EAI_NONAME)
		fail_lookup(sock, error);
	if (error != EVUTIL_EAI_NONAME)
		return 0;
	sock->resolve = resolve_start(
		sock->bev.pub.ev_base, name, port, hints, on_resolved, sock);
	if (!sock->resolve)
		return -1;
	(void)socket_begin(sock); /* timeouts count */
	return 0;
}

static struct evutil_addrinfo
stream_hints(const struct evutil_addrinfo *from)
{
	struct evutil_addrinfo hints;

	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = from->ai_flags;
	hints.ai_family = from->ai_family;
	hints.ai_socktype = from->ai_socktype ? from->ai_socktype : SOCK_STREAM;
	hints.ai_protocol = from->ai_protocol;
	return hints;
}

int
bufferevent_socket_connect_hostname_hints(struct bufferevent *bufev,
	struct evdns_base *evdns_base, const struct evutil_addrinfo *hints_in,
	const char *hostname, int port)
{
	struct bev *bev = bev_of(bufev);
	struct socket_bev *sock = socket_of(bufev);
	struct evutil_addrinfo hints = stream_hints(hints_in);
	char name[NI_MAXHOST], service[8];
	int result;

	(void)evdns_base;
	if (bufev->be_ops != &socket_ops || !bufev->ev_base || port < 1 ||
		port > 65535 || strip(hostname, name, sizeof(name)) < 0) {
		errno = EINVAL;
		return -1;
	}
	evutil_snprintf(service, sizeof(service), "%d", port);
	bev_lock(bev);
	connect_cancel(sock);
	sock->dns_error = 0;
	bev->write_error = 0;
	result = look_up(sock, name, service, &hints);
	bev_leave(bev);
	return result;
}

int
bufferevent_socket_connect_hostname(struct bufferevent *bufev,
	struct evdns_base *evdns_base, int family, const char *hostname,
	int port)
{
	struct evutil_addrinfo hints;

	if (family != AF_INET && family != AF_INET6 && family != AF_UNSPEC) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = IPPROTO_TCP;
	hints.ai_flags = EVUTIL_AI_ADDRCONFIG;
	return bufferevent_socket_connect_hostname_hints(
		bufev, evdns_base, &hints, hostname, port);
}

int
bufferevent_socket_get_dns_error(struct bufferevent *bufev)
{
	int error;

	if (bufev->be_ops != &socket_ops)
		return 0;
	bev_lock(bev_of(bufev));
	error = socket_of(bufev)->dns_error;
	bev_unlock(bev_of(bufev));
	return error;
}
