/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviours 151 to 154, and bug classes 9 and 27: listeners. */
#include "suites.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>

#include <event2/listener.h>

#include "kit.h"

/* What a listener handed out. */
struct calls_of {
	int count, errors;
	int error;
	evutil_socket_t fds[8];
	struct sockaddr_in from;
	struct sockaddr_storage address;
	int socklen;
	int then_disable, then_free, then_close, then_stop;
};

static void
on_accept(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *addr,
	int socklen, void *arg)
{
	struct calls_of *calls = arg;

	if (socklen == (int)sizeof(calls->from))
		memcpy(&calls->from, addr, sizeof(calls->from));
	calls->socklen = socklen;
	memcpy(&calls->address, addr, (size_t)socklen);
	if (calls->then_close || calls->count >= 8)
		close(fd);
	else
		calls->fds[calls->count] = fd;
	calls->count++;
	if (calls->then_disable)
		evconnlistener_disable(lev);
	if (calls->then_free)
		evconnlistener_free(lev);
}

static void
on_failure(struct evconnlistener *lev, void *arg)
{
	struct calls_of *calls = arg;

	calls->error = errno;
	calls->errors++;
	if (calls->then_disable)
		evconnlistener_disable(lev);
	if (calls->then_free)
		evconnlistener_free(lev);
	if (calls->then_stop)
		event_base_loopbreak(evconnlistener_get_base(lev));
}

static void
close_all(struct calls_of *calls)
{
	for (int i = 0; i < calls->count && i < 8; i++)
		close(calls->fds[i]);
	calls->count = 0;
}

static unsigned
flags_of_test(unsigned flags)
{
	return flags | (test_threads() ? LEV_OPT_THREADSAFE : 0);
}

static struct evconnlistener *
listen_anywhere(
	struct calls_of *calls, unsigned flags, struct sockaddr_in *address_out)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t len = sizeof(*address_out);
	struct evconnlistener *lev;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lev = evconnlistener_new_bind(fx.base, calls ? on_accept : NULL, calls,
		flags_of_test(flags | LEV_OPT_CLOSE_ON_FREE), -1,
		(struct sockaddr *)&any, sizeof(any));
	ck_assert_ptr_nonnull(lev);
	ck_assert_int_eq(getsockname(evconnlistener_get_fd(lev),
				 (struct sockaddr *)address_out, &len),
		0);
	ck_assert_int_ne(address_out->sin_port, 0);
	return lev;
}

static evutil_socket_t
dial(const struct sockaddr_in *address)
{
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		connect(fd, (const struct sockaddr *)address, sizeof(*address)),
		0);
	return fd;
}

START_TEST(b151_a_connections_come_with_their_address)
{
	struct calls_of calls = {0};
	struct sockaddr_in address, mine;
	struct evconnlistener *lev = listen_anywhere(&calls, 0, &address);
	socklen_t len = sizeof(mine);
	evutil_socket_t fd = dial(&address);

	until(&calls.count, 1);
	ck_assert_ptr_eq(evconnlistener_get_base(lev), fx.base);
	getsockname(fd, (struct sockaddr *)&mine, &len);
	ck_assert_int_eq(calls.from.sin_port, mine.sin_port);
	ck_assert(fcntl(calls.fds[0], F_GETFL) & O_NONBLOCK);
	ck_assert(!(fcntl(calls.fds[0], F_GETFD) & FD_CLOEXEC));
	close_all(&calls);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b151_b_a_burst_comes_whole)
{
	struct calls_of calls = {.then_close = 1};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(&calls, 0, &address);
	evutil_socket_t fds[100];

	for (int i = 0; i < 100; i++)
		fds[i] = dial(&address);
	until(&calls.count, 100);
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b151_c_without_a_callback_nothing_is_accepted)
{
	struct calls_of calls = {0};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(NULL, 0, &address);
	evutil_socket_t fd = dial(&address);

	ck_assert_int_eq(
		event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED), 0);
	turns(2);
	evconnlistener_set_cb(lev, on_accept, &calls);
	until(&calls.count, 1);
	evconnlistener_set_cb(lev, NULL, NULL);
	ck_assert_int_eq(
		event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED), 0);
	close_all(&calls);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b151_d_a_socket_of_the_programs)
{
	struct calls_of calls = {0};
	struct sockaddr_in address;
	evutil_socket_t fd = listening(&address), peer;
	struct evconnlistener *lev;

	evutil_make_socket_nonblocking(fd);
	lev = evconnlistener_new(fx.base, on_accept, &calls,
		flags_of_test(
			LEV_OPT_LEAVE_SOCKETS_BLOCKING | LEV_OPT_CLOSE_ON_EXEC),
		0, fd);
	ck_assert_ptr_nonnull(lev);
	ck_assert_int_eq(evconnlistener_get_fd(lev), fd);
	peer = dial(&address);
	until(&calls.count, 1);
	ck_assert(!(fcntl(calls.fds[0], F_GETFL) & O_NONBLOCK));
	ck_assert(fcntl(calls.fds[0], F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close_all(&calls);
	evconnlistener_free(lev);
	turns(1);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	close(fd);
	close(peer);
}
END_TEST

START_TEST(b151_e_what_cannot_be_bound_is_refused)
{
	struct calls_of calls = {0};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(&calls, 0, &address);

	ck_assert_ptr_null(evconnlistener_new_bind(fx.base, on_accept, NULL,
		LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address,
		sizeof(address)));
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_ptr_null(evconnlistener_new_bind(fx.base, on_accept, NULL, 0,
		0, (struct sockaddr *)&address, sizeof(address)));
	ck_assert_ptr_null(evconnlistener_new(
		fx.base, on_accept, NULL, 0, -1, fx.base ? -1 : 0));
	evconnlistener_free(lev);
	evconnlistener_free(NULL);
}
END_TEST

/* --- failures ------------------------------------------------------------*/

static evutil_socket_t
lowest_free_number(void)
{
	evutil_socket_t fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

/* Use up all descriptors; the connection to be accepted is made before. */
static rlim_t
take_all_descriptors(void)
{
	struct rlimit limit;
	rlim_t before;

	getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)lowest_free_number();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void
give_descriptors(rlim_t number)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = number;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Valgrind takes the connection that it then has no number for: so another. */
static void
accept_at_last(struct calls_of *calls, const struct sockaddr_in *address)
{
	evutil_socket_t fd = dial(address);

	until(&calls->count, 1);
	turns(1);
	close_all(calls);
	close(fd);
}

START_TEST(bug27_out_of_descriptors_it_warns_once_and_recovers)
{
	struct calls_of calls = {0};
	struct sockaddr_in address;
	struct evconnlistener *lev;
	int64_t cpu, wall;
	evutil_socket_t fd;
	rlim_t before;

	lev = listen_anywhere(&calls, 0, &address);
	turns(1);
	fd = dial(&address);
	run_for(0);
	close_all(&calls);
	close(fd);
	calls.count = 0;
	fd = dial(&address);
	before = take_all_descriptors();
	cpu = cpu_ns();
	wall = clock_real_ns();
	run_for(1000);
	cpu = cpu_ns() - cpu;
	wall = clock_real_ns() - wall;
	ck_assert_int_eq(calls.count, 0);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_int_lt(cpu, wall / 20);
	give_descriptors(before);
	accept_at_last(&calls, &address);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b152_a_the_error_callback_hears_instead_of_the_log)
{
	struct calls_of calls = {.then_stop = 1};
	struct sockaddr_in address;
	struct evconnlistener *lev;
	evutil_socket_t fd;
	rlim_t before;

	lev = listen_anywhere(&calls, 0, &address);
	evconnlistener_set_error_cb(lev, on_failure);
	turns(1);
	fd = dial(&address);
	before = take_all_descriptors();
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	give_descriptors(before);
	ck_assert_int_eq(calls.errors, 1);
	ck_assert_int_eq(calls.error, EMFILE);
	accept_at_last(&calls, &address);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b152_b_disabled_or_freed_in_the_error_callback)
{
	struct calls_of calls = {.then_stop = 1};
	struct sockaddr_in address;
	struct evconnlistener *lev;
	evutil_socket_t fd;
	rlim_t before;

	calls.then_free = _i;
	calls.then_disable = !_i;
	lev = listen_anywhere(&calls, 0, &address);
	evconnlistener_set_error_cb(lev, on_failure);
	turns(1);
	fd = dial(&address);
	before = take_all_descriptors();
	calls.then_stop = !_i;
	event_base_loop(fx.base, EVLOOP_ONCE);
	give_descriptors(before);
	turns(2);
	ck_assert_int_eq(calls.errors, 1);
	ck_assert_int_eq(calls.count, 0);
	if (!_i)
		evconnlistener_free(lev);
	close(fd);
}
END_TEST

START_TEST(b152_c_disabling_in_the_callback_stops_the_batch)
{
	struct calls_of calls = {.then_disable = 1};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(&calls, 0, &address);
	evutil_socket_t fds[3];

	for (int i = 0; i < 3; i++)
		fds[i] = dial(&address);
	until(&calls.count, 1);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	calls.then_disable = 0;
	ck_assert_int_eq(evconnlistener_enable(lev), 0);
	until(&calls.count, 3);
	close_all(&calls);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b153_a_freed_in_its_callback)
{
	struct calls_of calls = {.then_free = 1};
	struct sockaddr_in address;
	evutil_socket_t fds[2];

	listen_anywhere(&calls, 0, &address);
	fds[0] = dial(&address);
	fds[1] = dial(&address);
	until(&calls.count, 1);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	close_all(&calls);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(b153_b_the_connection_may_be_closed_in_the_callback)
{
	struct calls_of calls = {.then_close = 1};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(&calls, 0, &address);
	evutil_socket_t fd = dial(&address);

	until(&calls.count, 1);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

/* --- options -------------------------------------------------------------*/

static int
option(evutil_socket_t fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

START_TEST(b154_a_options_reach_the_socket)
{
	struct sockaddr_in address;
	struct calls_of calls = {0};
	struct evconnlistener *lev = listen_anywhere(
		&calls, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC, &address);
	evutil_socket_t fd = evconnlistener_get_fd(lev);

	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	evconnlistener_free(lev);
	/* The address is free at once. */
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(b154_b_two_listeners_may_share_a_port)
{
	struct sockaddr_in address;
	struct calls_of calls = {0};
	struct evconnlistener *lev = listen_anywhere(
		&calls, LEV_OPT_REUSEABLE_PORT, &address);
	struct evconnlistener *other = evconnlistener_new_bind(fx.base,
		on_accept, &calls,
		flags_of_test(LEV_OPT_REUSEABLE_PORT | LEV_OPT_CLOSE_ON_FREE),
		-1, (struct sockaddr *)&address, sizeof(address));

	ck_assert_ptr_nonnull(other);
	evconnlistener_free(lev);
	evconnlistener_free(other);
}
END_TEST

START_TEST(b154_c_ipv6_alone_or_not)
{
	unsigned flag = _i ? LEV_OPT_BIND_IPV6ONLY : LEV_OPT_BIND_IPV4_AND_IPV6;
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	struct evconnlistener *lev = evconnlistener_new_bind(fx.base, on_accept,
		NULL, flags_of_test(flag | LEV_OPT_CLOSE_ON_FREE), -1,
		(struct sockaddr *)&any, sizeof(any));

	if (!lev && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		return; /* this host has no IPv6 */
	ck_assert_ptr_nonnull(lev);
	ck_assert_int_eq(
		option(evconnlistener_get_fd(lev), IPPROTO_IPV6, IPV6_V6ONLY),
		_i);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b154_d_unix_sockets_and_deferred_accept)
{
	char folder[] = "/tmp/libev-test-XXXXXX";
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct calls_of calls = {0};
	struct sockaddr_in address;
	struct evconnlistener *lev;
	evutil_socket_t fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path.sun_path, sizeof(path.sun_path), "%s/s", folder);
	lev = evconnlistener_new_bind(fx.base, on_accept, &calls,
		flags_of_test(LEV_OPT_CLOSE_ON_FREE), -1,
		(struct sockaddr *)&path, (int)sizeof(path));
	ck_assert_ptr_nonnull(lev);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(
		connect(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	until(&calls.count, 1);
	close_all(&calls);
	close(fd);
	evconnlistener_free(lev);
	unlink(path.sun_path);
	rmdir(folder);
	lev = listen_anywhere(&calls, LEV_OPT_DEFERRED_ACCEPT, &address);
	evconnlistener_free(lev);
}
END_TEST

/* The longest names, of no file: they begin with a byte 0, on Linux. */
static struct sockaddr_un
long_name(char letter)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memset(name.sun_path + 1, letter, sizeof(name.sun_path) - 1);
	snprintf(name.sun_path + 1, 32, "libev-test-%ld", (long)getpid());
	return name;
}

static struct evconnlistener *
listen_on_name(struct calls_of *calls, unsigned flags)
{
	struct sockaddr_un name = long_name('n');

	return evconnlistener_new_bind(fx.base, on_accept, calls,
		flags_of_test(flags | LEV_OPT_CLOSE_ON_FREE), -1,
		(struct sockaddr *)&name, (int)sizeof(name));
}

/* A unix socket has no such option: it is refused, as by libevent. */
START_TEST(b154_f_options_that_a_socket_has_not_are_refused)
{
	struct calls_of calls = {0};
	struct evconnlistener *lev = listen_on_name(&calls, 0);

	if (!lev)
		return; /* this system has no such names */
	evconnlistener_free(lev);
	ck_assert_ptr_null(listen_on_name(&calls, LEV_OPT_DEFERRED_ACCEPT));
	ck_assert_int_eq(errno, EOPNOTSUPP);
}
END_TEST

/* No byte 0 ends them. */
START_TEST(cve_2026_63388_longest_unix_addresses_fit)
{
	struct sockaddr_un there = long_name('n'), mine = long_name('m');
	struct calls_of calls = {0};
	struct evconnlistener *lev = listen_on_name(&calls, 0);
	evutil_socket_t fd;

	if (!lev)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&mine, sizeof(mine)), 0);
	ck_assert_int_eq(
		connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	until(&calls.count, 1);
	ck_assert_int_eq(calls.socklen, (int)sizeof(mine));
	ck_assert_int_eq(memcmp(&calls.address, &mine, sizeof(mine)), 0);
	close_all(&calls);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

START_TEST(b154_e_begins_disabled_on_request)
{
	struct calls_of calls = {0};
	struct sockaddr_in address;
	struct evconnlistener *lev = listen_anywhere(
		&calls, LEV_OPT_DISABLED, &address);
	evutil_socket_t fd = dial(&address);

	turns(2);
	ck_assert_int_eq(calls.count, 0);
	evconnlistener_enable(lev);
	until(&calls.count, 1);
	close_all(&calls);
	close(fd);
	evconnlistener_free(lev);
}
END_TEST

Suite *
listener_suite(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = tcase_create("listener");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b151_a_connections_come_with_their_address);
	tcase_add_test(tcase, b151_b_a_burst_comes_whole);
	tcase_add_test(tcase, b151_c_without_a_callback_nothing_is_accepted);
	tcase_add_test(tcase, b151_d_a_socket_of_the_programs);
	tcase_add_test(tcase, b151_e_what_cannot_be_bound_is_refused);
	tcase_add_test(
		tcase, bug27_out_of_descriptors_it_warns_once_and_recovers);
	tcase_add_test(
		tcase, b152_a_the_error_callback_hears_instead_of_the_log);
	tcase_add_loop_test(
		tcase, b152_b_disabled_or_freed_in_the_error_callback, 0, 2);
	tcase_add_test(tcase, b152_c_disabling_in_the_callback_stops_the_batch);
	tcase_add_test(tcase, b153_a_freed_in_its_callback);
	tcase_add_test(
		tcase, b153_b_the_connection_may_be_closed_in_the_callback);
	tcase_add_test(tcase, b154_a_options_reach_the_socket);
	tcase_add_test(tcase, b154_b_two_listeners_may_share_a_port);
	tcase_add_loop_test(tcase, b154_c_ipv6_alone_or_not, 0, 2);
	tcase_add_test(tcase, b154_d_unix_sockets_and_deferred_accept);
	tcase_add_test(tcase, b154_e_begins_disabled_on_request);
	tcase_add_test(tcase, b154_f_options_that_a_socket_has_not_are_refused);
	tcase_add_test(tcase, cve_2026_63388_longest_unix_addresses_fit);
	suite_add_tcase(suite, tcase);
	return suite;
}
