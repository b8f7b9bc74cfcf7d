/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviour 138: connecting to addresses and names. */
#include "suites.h"

#include <fcntl.h>
#include <sys/un.h>

#include <event2/thread.h>

#include "kit.h"

static const int all_options[] = {
	BEV_OPT_CLOSE_ON_FREE,
	BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS,
	BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS |
		BEV_OPT_UNLOCK_CALLBACKS,
	BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE,
};

enum { N_OPTIONS = sizeof(all_options) / sizeof(all_options[0]) };

static struct sockaddr_in address;
static evutil_socket_t listener;
static int descriptors;

static void
setup(void)
{
	fixture_setup();
	listener = listening(&address);
	if (test_threads())
		ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
	descriptors = open_descriptors();
}

/* Threads that look names up end, and close what is theirs, on their own. */
static void
teardown(void)
{
	while (open_descriptors() > descriptors)
		turns(1);
	if (listener >= 0)
		close(listener);
	fixture_teardown();
}

static struct bufferevent *
unconnected(int options, struct heard *heard)
{
	struct bufferevent *bev = bufferevent_socket_new(fx.base, -1, options);

	ck_assert_ptr_nonnull(bev);
	listen_to(bev, heard);
	return bev;
}

static int
connect_to(struct bufferevent *bev, const struct sockaddr_in *to)
{
	return bufferevent_socket_connect(
		bev, (const struct sockaddr *)to, sizeof(*to));
}

/* A port of this host where nobody listens. */
static struct sockaddr_in
dead_address(void)
{
	struct sockaddr_in dead;

	close(listening(&dead));
	return dead;
}

START_TEST(b138_a_connected_once_and_output_follows)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(all_options[_i], &heard);
	evutil_socket_t fd;

	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_write(bev, "hello", 5), 0);
	ck_assert_int_eq(connect_to(bev, &address), 0);
	ck_assert_str_eq(heard.trail, "");
	until(&heard.writes, 1);
	ck_assert_str_eq(heard.trail, "cw");
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	fd = accept(listener, NULL, NULL);
	ck_assert_str_eq(hear(fd), "hello");
	say(fd, "back");
	until(&heard.reads, 1);
	ck_assert_int_eq(heard.events, 1);
	bufferevent_free(bev);
	close(fd);
}
END_TEST

START_TEST(b138_b_refused)
{
	struct sockaddr_in dead = dead_address();
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(all_options[_i], &heard);

	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(connect_to(bev, &dead), 0);
	ck_assert_int_eq(heard.events, 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ECONNREFUSED);
	turns(5);
	ck_assert_int_eq(heard.events, 1);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_c_refused_and_then_tried_elsewhere)
{
	struct sockaddr_in dead = dead_address();
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(connect_to(bev, &dead), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(connect_to(bev, &address), 0);
	until(&heard.events, 2);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_d_what_cannot_be_tried_is_refused_at_once)
{
	struct sockaddr_un nowhere = {AF_UNIX, "/nonexistent/socket"};
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);
	struct bufferevent *pair[2];

	ck_assert_int_eq(
		bufferevent_socket_connect(
			bev, (struct sockaddr *)&nowhere, (int)sizeof(nowhere)),
		-1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	turns(2);
	ck_assert_int_eq(heard.events, 0);
	bufferevent_pair_new(fx.base, 0, pair);
	ck_assert_int_eq(connect_to(pair[0], &address), -1);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_e_socket_of_the_program_stays_after_failure)
{
	struct sockaddr_un nowhere = {AF_UNIX, "/nonexistent/socket"};
	evutil_socket_t fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct bufferevent *bev = bufferevent_socket_new(fx.base, fd, 0);

	ck_assert_int_eq(
		bufferevent_socket_connect(
			bev, (struct sockaddr *)&nowhere, (int)sizeof(nowhere)),
		-1);
	ck_assert_int_eq(bufferevent_getfd(bev), fd);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	bufferevent_free(bev);
	turns(1);
	close(fd);
}
END_TEST

START_TEST(b138_f_without_an_address_it_is_connecting_already)
{
	struct heard heard = {0};
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fd, BEV_OPT_CLOSE_ON_FREE);

	listen_to(bev, &heard);
	connect(fd, (struct sockaddr *)&address, sizeof(address));
	ck_assert_int_eq(bufferevent_socket_connect(bev, NULL, 0), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_g_unix_sockets_connect_as_well)
{
	char folder[] = "/tmp/libev-test-XXXXXX";
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);
	evutil_socket_t fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path.sun_path, sizeof(path.sun_path), "%s/s", folder);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(bufferevent_socket_connect(bev,
				 (struct sockaddr *)&path, (int)sizeof(path)),
		0);
	ck_assert_int_eq(heard.events, 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	bufferevent_free(bev);
	close(fd);
	unlink(path.sun_path);
	rmdir(folder);
}
END_TEST

START_TEST(b138_h_enabling_writing_does_not_invite_before_the_connection)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(connect_to(bev, &address), 0);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	until(&heard.events, 1);
	turns(2);
	ck_assert_str_eq(heard.trail, "c");
	bufferevent_free(bev);
}
END_TEST

/* An address that answers to nobody: a listener whose queue is full. */
static int
fill_queue(evutil_socket_t fds[8])
{
	int n;

	ck_assert_int_eq(listen(listener, 0), 0);
	for (n = 0; n < 8; n++) {
		fds[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[n], (struct sockaddr *)&address, sizeof(address));
	}
	return n;
}

START_TEST(b137_f_timeouts_count_while_connecting)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);
	struct timeval tv = clock_ms(50);
	evutil_socket_t fds[8];
	int n = fill_queue(fds);
	short side = _i ? BEV_EVENT_READING : BEV_EVENT_WRITING;

	ck_assert_int_eq(connect_to(bev, &address), 0);
	bufferevent_set_timeouts(bev, _i ? &tv : NULL, _i ? NULL : &tv);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 1);
	if (heard.what != BEV_EVENT_CONNECTED) /* the kernel may be generous */
		ck_assert_int_eq(heard.what, side | BEV_EVENT_TIMEOUT);
	bufferevent_free(bev);
	while (n)
		close(fds[--n]);
}
END_TEST

/* --- names ---------------------------------------------------------------*/

static int
connect_by_name(struct bufferevent *bev, const char *name, int port)
{
	return bufferevent_socket_connect_hostname(
		bev, NULL, AF_INET, name, port);
}

START_TEST(b138_i_numeric_names_need_no_lookup)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(
		connect_by_name(bev, "127.0.0.1", ntohs(address.sin_port)), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_j_localhost_is_looked_up_without_holding_the_loop_up)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	bufferevent_write(bev, "hello", 5);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(
		connect_by_name(bev, "localhost", ntohs(address.sin_port)), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	until(&heard.writes, 1);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_k_names_without_address_are_an_error)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(connect_by_name(bev, "no.such.name.invalid", 80), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_ERROR);
	ck_assert_int_ne(bufferevent_socket_get_dns_error(bev), 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_l_refused_by_name)
{
	struct sockaddr_in dead = dead_address();
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(
		connect_by_name(bev, "127.0.0.1", ntohs(dead.sin_port)), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ECONNREFUSED);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_m_senseless_names_are_refused)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);
	char *name = malloc(5001);

	memset(name, 'a', 5000);
	name[5000] = '\0';
	ck_assert_int_eq(connect_by_name(bev, name, 80), -1);
	ck_assert_int_eq(connect_by_name(bev, "localhost", 0), -1);
	ck_assert_int_eq(connect_by_name(bev, "localhost", 65536), -1);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(
				 bev, NULL, AF_UNIX, "localhost", 80),
		-1);
	free(name);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_n_freed_during_a_lookup)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(connect_by_name(bev, "no.such.name.invalid", 80), 0);
	bufferevent_free(bev);
	turns(2);
	ck_assert_int_eq(heard.events, 0);
}
END_TEST

/* Where the name has an address of IPv6 as well, nobody listens on that. */
START_TEST(b138_o_addresses_are_tried_in_turn)
{
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(
		bufferevent_socket_connect_hostname(bev, NULL, AF_UNSPEC,
			"localhost", ntohs(address.sin_port)),
		0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b138_p_hints_choose_the_family)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET6};
	struct heard heard = {0};
	struct bufferevent *bev = unconnected(BEV_OPT_CLOSE_ON_FREE, &heard);

	ck_assert_int_eq(bufferevent_socket_connect_hostname_hints(bev, NULL,
				 &hints, "127.0.0.1", ntohs(address.sin_port)),
		0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_ERROR);
	ck_assert_int_ne(bufferevent_socket_get_dns_error(bev), 0);
	hints.ai_family = AF_INET;
	hints.ai_flags = EVUTIL_AI_NUMERICHOST;
	ck_assert_int_eq(bufferevent_socket_connect_hostname_hints(bev, NULL,
				 &hints, "127.0.0.1", ntohs(address.sin_port)),
		0);
	until(&heard.events, 2);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	bufferevent_free(bev);
}
END_TEST

Suite *
connect_suite(void)
{
	Suite *suite = suite_create("bufferevent connect");
	TCase *tcase = tcase_create("connect");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
		tcase, b138_a_connected_once_and_output_follows, 0, N_OPTIONS);
	tcase_add_loop_test(tcase, b138_b_refused, 0, N_OPTIONS);
	tcase_add_test(tcase, b138_c_refused_and_then_tried_elsewhere);
	tcase_add_test(tcase, b138_d_what_cannot_be_tried_is_refused_at_once);
	tcase_add_test(tcase, b138_e_socket_of_the_program_stays_after_failure);
	tcase_add_test(
		tcase, b138_f_without_an_address_it_is_connecting_already);
	tcase_add_test(tcase, b138_g_unix_sockets_connect_as_well);
	tcase_add_test(tcase,
		b138_h_enabling_writing_does_not_invite_before_the_connection);
	tcase_add_loop_test(
		tcase, b137_f_timeouts_count_while_connecting, 0, 2);
	tcase_add_test(tcase, b138_i_numeric_names_need_no_lookup);
	tcase_add_test(tcase,
		b138_j_localhost_is_looked_up_without_holding_the_loop_up);
	tcase_add_test(tcase, b138_k_names_without_address_are_an_error);
	tcase_add_test(tcase, b138_l_refused_by_name);
	tcase_add_test(tcase, b138_m_senseless_names_are_refused);
	tcase_add_test(tcase, b138_n_freed_during_a_lookup);
	tcase_add_test(tcase, b138_o_addresses_are_tried_in_turn);
	tcase_add_test(tcase, b138_p_hints_choose_the_family);
	suite_add_tcase(suite, tcase);
	return suite;
}
