/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets of evutil. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <event2/util.h>

#include <libev-abi/sys.h>

static int
set_option(evutil_socket_t sock, int level, int option, int value)
{
	return sys_setsockopt(sock, level, option, &value, sizeof(value));
}

static int
add_flag(evutil_socket_t sock, int get, int set, int flag)
{
	int flags = sys_fcntl(sock, get, 0);

	if (flags < 0)
		return -1;
	if (flags & flag)
		return 0;
	return sys_fcntl(sock, set, flags | flag) < 0 ? -1 : 0;
}

int
evutil_make_socket_nonblocking(evutil_socket_t sock)
{
	return add_flag(sock, F_GETFL, F_SETFL, O_NONBLOCK);
}

int
evutil_make_socket_closeonexec(evutil_socket_t sock)
{
	return add_flag(sock, F_GETFD, F_SETFD, FD_CLOEXEC);
}

int
evutil_closesocket(evutil_socket_t sock)
{
	return sys_close(sock);
}

int
evutil_make_listen_socket_reuseable(evutil_socket_t sock)
{
	return set_option(sock, SOL_SOCKET, SO_REUSEADDR, 1);
}

int
evutil_make_listen_socket_reuseable_port(evutil_socket_t sock)
{
#ifdef SO_REUSEPORT
	return set_option(sock, SOL_SOCKET, SO_REUSEPORT, 1);
#else
	(void)sock;
	errno = ENOPROTOOPT;
	return -1;
#endif
}

int
evutil_make_listen_socket_ipv6only(evutil_socket_t sock)
{
	return set_option(sock, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

int
evutil_make_listen_socket_not_ipv6only(evutil_socket_t sock)
{
	return set_option(sock, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

int
evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock)
{
#ifdef TCP_DEFER_ACCEPT
	return set_option(sock, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
#else
	(void)sock;
	return 0;
#endif
}

/* One third of the time passes before the first question, and then three. */
static int
set_keepalive_times(evutil_socket_t sock, int timeout)
{
#ifdef TCP_KEEPIDLE
	int idle = timeout / 3 > 0 ? timeout / 3 : 1;
	int interval = (timeout - idle) / 3 > 0 ? (timeout - idle) / 3 : 1;

	if (set_option(sock, IPPROTO_TCP, TCP_KEEPIDLE, idle) < 0 ||
		set_option(sock, IPPROTO_TCP, TCP_KEEPINTVL, interval) < 0)
		return -1;
	return set_option(sock, IPPROTO_TCP, TCP_KEEPCNT, 3);
#else
	(void)sock, (void)timeout;
	return 0;
#endif
}

int
evutil_set_tcp_keepalive(evutil_socket_t sock, int on, int timeout)
{
	if (timeout < 0) {
		errno = EINVAL;
		return -1;
	}
	if (on && timeout > 0 && set_keepalive_times(sock, timeout) < 0)
		return -1;
	return set_option(sock, SOL_SOCKET, SO_KEEPALIVE, on != 0);
}

/* --- a pair over the loopback interface ----------------------------------*/

static int
listen_on_loopback(struct sockaddr_in *address_out)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int sock = sys_socket(AF_INET, SOCK_STREAM, 0), saved;

	if (sock < 0)
		return -1;
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sys_bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		sys_listen(sock, 1) < 0 ||
		sys_getsockname(sock, (struct sockaddr *)&address, &len) < 0) {
		saved = errno;
		sys_close(sock);
		errno = saved;
		return -1;
	}
	*address_out = address;
	return sock;
}

/* Anybody on this host may connect in between: the peer must be us. */
static int
accept_from(int listener, int connector)
{
	struct sockaddr_in peer, own;
	socklen_t peer_len = sizeof(peer), own_len = sizeof(own);
	int sock = sys_accept(listener, (struct sockaddr *)&peer, &peer_len);

	if (sock < 0)
		return -1;
	if (sys_getsockname(connector, (struct sockaddr *)&own, &own_len) < 0 ||
		peer_len != own_len || peer.sin_port != own.sin_port ||
		peer.sin_addr.s_addr != own.sin_addr.s_addr) {
		sys_close(sock);
		errno = ECONNABORTED;
		return -1;
	}
	return sock;
}

static int
loopback_pair(evutil_socket_t sv[2])
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address), connector, accepted, saved;

	if (listener < 0)
		return -1;
	accepted = -1;
	connector = sys_socket(AF_INET, SOCK_STREAM, 0);
	if (connector >= 0 &&
		sys_connect(connector, (struct sockaddr *)&address,
			sizeof(address)) == 0)
		accepted = accept_from(listener, connector);
	saved = errno;
	sys_close(listener);
	if (accepted < 0 && connector >= 0)
		sys_close(connector);
	errno = saved;
	if (accepted < 0)
		return -1;
	sv[0] = connector;
	sv[1] = accepted;
	return 0;
}

/* A kernel may store numbers before it fails. */
static int
system_pair(int d, int type, int protocol, evutil_socket_t sv[2])
{
	int pair[2];

	if (sys_socketpair(d, type, protocol, pair) < 0)
		return -1;
	sv[0] = pair[0];
	sv[1] = pair[1];
	return 0;
}

int
evutil_socketpair(int d, int type, int protocol, evutil_socket_t sv[2])
{
	if (!sv) {
		errno = EINVAL;
		return -1;
	}
	if (d != AF_INET)
		return system_pair(d, type, protocol, sv);
	if (type != SOCK_STREAM || protocol) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return loopback_pair(sv);
}
