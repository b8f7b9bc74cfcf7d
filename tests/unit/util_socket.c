/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets of evutil: pairs, and what can be asked of one. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/util.h>

#include "../support/runner.h"

/* No process of a test has so many. */
#define NOT_OPEN 100000

static int
option(evutil_socket_t sock, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(sock, level, name, &value, &size), 0);
	return value;
}

static evutil_socket_t
open_socket(int family, int type)
{
	evutil_socket_t sock = socket(family, type, 0);

	ck_assert_int_ge(sock, 0);
	return sock;
}

/* --- pairs -----------------------------------------------------------------*/

static void
check_way(evutil_socket_t from, evutil_socket_t to)
{
	char text[6];

	ck_assert_int_eq(send(from, "hello", 6, 0), 6);
	ck_assert_int_eq(recv(to, text, sizeof(text), MSG_WAITALL), 6);
	ck_assert_str_eq(text, "hello");
}

static void
check_pair(int family, int type)
{
	evutil_socket_t pair[2] = {-1, -1};
	struct sockaddr_storage name;
	socklen_t size = sizeof(name);

	ck_assert_int_eq(evutil_socketpair(family, type, 0, pair), 0);
	ck_assert_int_ne(pair[0], pair[1]);
	check_way(pair[0], pair[1]);
	check_way(pair[1], pair[0]);
	ck_assert_int_eq(
		getsockname(pair[0], (struct sockaddr *)&name, &size), 0);
	ck_assert_int_eq(name.ss_family, family);
	ck_assert_int_eq(option(pair[1], SOL_SOCKET, SO_TYPE), type);
	ck_assert_int_eq(evutil_closesocket(pair[0]), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(recv(pair[1], &name, 1, 0), 0);
	ck_assert_int_eq(evutil_closesocket(pair[1]), 0);
}

START_TEST(socketpair_connects_both_ways)
{
	check_pair(AF_UNIX, SOCK_STREAM);
	check_pair(AF_UNIX, SOCK_DGRAM);
	check_pair(AF_INET, SOCK_STREAM);
}
END_TEST

/* Only the two ends are open, and nobody listens any more. */
START_TEST(socketpair_leaves_no_listener)
{
	evutil_socket_t pair[2], next = dup(0);
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	evutil_socket_t stranger = open_socket(AF_INET, SOCK_STREAM);

	close(next);
	ck_assert_int_eq(evutil_socketpair(AF_INET, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(
		getpeername(pair[0], (struct sockaddr *)&name, &size), 0);
	ck_assert_uint_eq(name.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ck_assert_int_lt(
		connect(stranger, (struct sockaddr *)&name, sizeof(name)), 0);
	close(pair[0]);
	close(pair[1]);
	close(stranger);
	ck_assert_int_eq(fcntl(next + 3, F_GETFD), -1);
}
END_TEST

START_TEST(socketpair_refuses_what_it_cannot_do)
{
	static const struct {
		int family, type, protocol;
	} kinds[] = {
		{AF_INET, SOCK_DGRAM, 0},
		{AF_INET, SOCK_STREAM, IPPROTO_UDP},
		{AF_INET6, SOCK_STREAM, 0},
		{AF_UNSPEC, SOCK_STREAM, 0},
		{AF_UNIX, 9999, 0},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		evutil_socket_t pair[2] = {-7, -7};

		errno = 0;
		ck_assert_int_eq(
			evutil_socketpair(kinds[i].family, kinds[i].type,
				kinds[i].protocol, pair),
			-1);
		ck_assert_int_ne(errno, 0);
		ck_assert_int_eq(pair[0], -7);
		ck_assert_int_eq(pair[1], -7);
	}
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* --- properties ------------------------------------------------------------*/

START_TEST(nonblocking_is_added_to_what_was_set)
{
	evutil_socket_t pair[2];
	char byte;

	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_APPEND), 0);
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_int_eq(evutil_make_socket_nonblocking(pair[0]), 0);
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), -1);
		ck_assert(errno == EAGAIN || errno == EWOULDBLOCK);
	}
	ck_assert_int_eq(fcntl(pair[0], F_GETFL) & O_APPEND, O_APPEND);
	ck_assert_int_eq(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(closeonexec_is_set)
{
	evutil_socket_t sock = open_socket(AF_UNIX, SOCK_STREAM);

	ck_assert_int_eq(fcntl(sock, F_GETFD) & FD_CLOEXEC, 0);
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_int_eq(evutil_make_socket_closeonexec(sock), 0);
		ck_assert_int_eq(fcntl(sock, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	}
	close(sock);
}
END_TEST

static int
bind_port(evutil_socket_t sock, in_port_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET};

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	name.sin_port = port;
	return bind(sock, (struct sockaddr *)&name, sizeof(name));
}

static in_port_t
port_of(evutil_socket_t sock)
{
	struct sockaddr_in name;
	socklen_t size = sizeof(name);

	ck_assert_int_eq(getsockname(sock, (struct sockaddr *)&name, &size), 0);
	return name.sin_port;
}

/* The server has closed first, so that its end lingers at the port. */
static in_port_t
make_port_linger(void)
{
	evutil_socket_t server = open_socket(AF_INET, SOCK_STREAM);
	evutil_socket_t client = open_socket(AF_INET, SOCK_STREAM), accepted;
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	in_port_t port;
	char byte;

	ck_assert_int_eq(evutil_make_listen_socket_reuseable(server), 0);
	ck_assert_int_eq(bind_port(server, 0), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	getsockname(server, (struct sockaddr *)&name, &size);
	ck_assert_int_eq(
		connect(client, (struct sockaddr *)&name, sizeof(name)), 0);
	accepted = accept(server, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	port = port_of(server);
	close(server);
	close(accepted);
	ck_assert_int_eq(recv(client, &byte, 1, 0), 0);
	close(client);
	return port;
}

START_TEST(reuseable_listener_takes_the_port_of_one_gone)
{
	in_port_t port = make_port_linger();
	evutil_socket_t sock = open_socket(AF_INET, SOCK_STREAM);

	ck_assert_int_eq(option(sock, SOL_SOCKET, SO_REUSEADDR), 0);
	ck_assert_int_eq(evutil_make_listen_socket_reuseable(sock), 0);
	ck_assert_int_ne(option(sock, SOL_SOCKET, SO_REUSEADDR), 0);
	ck_assert_int_eq(bind_port(sock, port), 0);
	close(sock);
}
END_TEST

START_TEST(reuseable_port_is_shared)
{
	evutil_socket_t first = open_socket(AF_INET, SOCK_STREAM);
	evutil_socket_t second = open_socket(AF_INET, SOCK_STREAM);

	if (evutil_make_listen_socket_reuseable_port(first) == 0) {
		ck_assert_int_eq(
			evutil_make_listen_socket_reuseable_port(second), 0);
		ck_assert_int_eq(bind_port(first, 0), 0);
		ck_assert_int_eq(listen(first, 1), 0);
		ck_assert_int_eq(bind_port(second, port_of(first)), 0);
		ck_assert_int_eq(listen(second, 1), 0);
	} else {
		ck_assert_int_eq(errno, ENOPROTOOPT);
	}
	close(first);
	close(second);
}
END_TEST

START_TEST(ipv6only_goes_on_and_off)
{
	evutil_socket_t sock = socket(AF_INET6, SOCK_STREAM, 0);

	if (sock < 0)
		return; /* a system without IPv6 */
	ck_assert_int_eq(evutil_make_listen_socket_ipv6only(sock), 0);
	ck_assert_int_ne(option(sock, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	ck_assert_int_eq(evutil_make_listen_socket_not_ipv6only(sock), 0);
	ck_assert_int_eq(option(sock, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	close(sock);
}
END_TEST

START_TEST(deferred_listener_waits_for_data)
{
	evutil_socket_t sock = open_socket(AF_INET, SOCK_STREAM);

	ck_assert_int_eq(evutil_make_tcp_listen_socket_deferred(sock), 0);
#ifdef TCP_DEFER_ACCEPT
	ck_assert_int_gt(option(sock, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
#endif
	close(sock);
}
END_TEST

#ifdef TCP_KEEPIDLE
/* When a peer that went silent is given up. */
static int
gives_up_after(evutil_socket_t sock)
{
	return option(sock, IPPROTO_TCP, TCP_KEEPIDLE) +
	       option(sock, IPPROTO_TCP, TCP_KEEPINTVL) *
		       option(sock, IPPROTO_TCP, TCP_KEEPCNT);
}
#endif

START_TEST(keepalive_goes_on_and_off)
{
	evutil_socket_t sock = open_socket(AF_INET, SOCK_STREAM);

	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 1, 300), 0);
	ck_assert_int_ne(option(sock, SOL_SOCKET, SO_KEEPALIVE), 0);
#ifdef TCP_KEEPIDLE
	ck_assert_int_ge(gives_up_after(sock), 295);
	ck_assert_int_le(gives_up_after(sock), 300);
	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 1, 1), 0);
	ck_assert_int_le(gives_up_after(sock), 4);
#endif
	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 0, 300), 0);
	ck_assert_int_eq(option(sock, SOL_SOCKET, SO_KEEPALIVE), 0);
	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 1, 0), 0);
	ck_assert_int_ne(option(sock, SOL_SOCKET, SO_KEEPALIVE), 0);
	close(sock);
}
END_TEST

START_TEST(keepalive_that_is_refused_stays_off)
{
	evutil_socket_t sock = open_socket(AF_INET, SOCK_STREAM);

	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 1, -1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(option(sock, SOL_SOCKET, SO_KEEPALIVE), 0);
#ifdef __linux__ /* which has a limit */
	ck_assert_int_eq(evutil_set_tcp_keepalive(sock, 1, INT_MAX), -1);
	ck_assert_int_eq(option(sock, SOL_SOCKET, SO_KEEPALIVE), 0);
#endif
	close(sock);
}
END_TEST

/* --- errors ----------------------------------------------------------------*/

static int (*const calls[])(evutil_socket_t) = {
	evutil_make_socket_nonblocking,
	evutil_make_socket_closeonexec,
	evutil_make_listen_socket_reuseable,
	evutil_make_listen_socket_reuseable_port,
	evutil_make_listen_socket_ipv6only,
	evutil_make_listen_socket_not_ipv6only,
#ifdef TCP_DEFER_ACCEPT
	evutil_make_tcp_listen_socket_deferred,
#endif
	evutil_closesocket,
};

START_TEST(what_is_not_open_is_refused)
{
	static const evutil_socket_t bad[] = {
		NOT_OPEN, EVUTIL_INVALID_SOCKET, INT_MIN};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		errno = 0;
		ck_assert_int_eq(calls[_i](bad[i]), -1);
		ck_assert_int_eq(EVUTIL_SOCKET_ERROR(), EBADF);
		ck_assert_int_eq(evutil_socket_geterror(bad[i]), EBADF);
	}
	ck_assert_int_eq(evutil_set_tcp_keepalive(NOT_OPEN, 1, 9), -1);
}
END_TEST

START_TEST(closed_is_closed)
{
	evutil_socket_t sock = open_socket(AF_UNIX, SOCK_STREAM);

	ck_assert_int_eq(EVUTIL_CLOSESOCKET(sock), 0);
	ck_assert_int_eq(fcntl(sock, F_GETFD), -1);
	ck_assert_int_eq(evutil_closesocket(sock), -1);
}
END_TEST

START_TEST(socket_errors_have_texts)
{
	EVUTIL_SET_SOCKET_ERROR(ECONNREFUSED);
	ck_assert_int_eq(EVUTIL_SOCKET_ERROR(), ECONNREFUSED);
	ck_assert_str_eq(evutil_socket_error_to_string(ECONNREFUSED),
		strerror(ECONNREFUSED));
}
END_TEST

static Suite *
suite_socket(void)
{
	Suite *suite = suite_create("util_socket");
	TCase *pairs = tcase_create("pairs");
	TCase *properties = tcase_create("properties");
	TCase *errors = tcase_create("errors");

	tcase_add_test(pairs, socketpair_connects_both_ways);
	tcase_add_test(pairs, socketpair_leaves_no_listener);
	tcase_add_test(pairs, socketpair_refuses_what_it_cannot_do);
	tcase_add_test(properties, nonblocking_is_added_to_what_was_set);
	tcase_add_test(properties, closeonexec_is_set);
	tcase_add_test(
		properties, reuseable_listener_takes_the_port_of_one_gone);
	tcase_add_test(properties, reuseable_port_is_shared);
	tcase_add_test(properties, ipv6only_goes_on_and_off);
	tcase_add_test(properties, deferred_listener_waits_for_data);
	tcase_add_test(properties, keepalive_goes_on_and_off);
	tcase_add_test(properties, keepalive_that_is_refused_stays_off);
	tcase_add_loop_test(errors, what_is_not_open_is_refused, 0,
		(int)(sizeof(calls) / sizeof(*calls)));
	tcase_add_test(errors, closed_is_closed);
	tcase_add_test(errors, socket_errors_have_texts);
	suite_add_tcase(suite, pairs);
	suite_add_tcase(suite, properties);
	suite_add_tcase(suite, errors);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_socket, NULL});
}
