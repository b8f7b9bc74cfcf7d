/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams, with their addresses and in batches. */
#include "suites.h"

#include <arpa/inet.h>

#include <event2/ext_bufferevent.h>

#include "kit.h"

/* Two sockets of UDP, each bound to an address of its own. */
static evutil_socket_t fds[2];
static struct sockaddr_in addresses[2];
static struct bufferevent *bev;
static struct heard heard;

static evutil_socket_t
open_udp(struct sockaddr_in *address_out)
{
	evutil_socket_t fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(*address_out);

	memset(address_out, 0, sizeof(*address_out));
	address_out->sin_family = AF_INET;
	address_out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address_out, len), 0);
	ck_assert_int_eq(
		getsockname(fd, (struct sockaddr *)address_out, &len), 0);
	return fd;
}

static void
setup(void)
{
	fixture_setup();
	for (int i = 0; i < 2; i++)
		fds[i] = open_udp(&addresses[i]);
	bev = bufferevent_datagram_new(
		fx.base, fds[0], BEV_OPT_CLOSE_ON_FREE | threadsafe());
	ck_assert_ptr_nonnull(bev);
	memset(&heard, 0, sizeof(heard));
	heard.keep = 1;
	listen_to(bev, &heard);
}

static void
teardown(void)
{
	bufferevent_free(bev);
	turns(1);
	if (fds[1] >= 0)
		close(fds[1]);
	fixture_teardown();
}

static void
throw_at(int i, const void *data, size_t size)
{
	ck_assert_int_eq(
		sendto(fds[!i], data, size, 0, (struct sockaddr *)&addresses[i],
			sizeof(addresses[i])),
		(ssize_t)size);
}

static int
send_to_other(const void *data, size_t size)
{
	return bufferevent_datagram_send(bev, data, size,
		(struct sockaddr *)&addresses[1], sizeof(addresses[1]));
}

START_TEST(datagrams_come_one_by_one_with_their_address)
{
	struct sockaddr_in from;
	int len = sizeof(from);
	char data[16] = "";

	bufferevent_enable(bev, EV_READ);
	throw_at(0, "one", 3);
	throw_at(0, "", 0);
	throw_at(0, "three", 5);
	while (bufferevent_datagram_count(bev) < 3)
		event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_int_ge(heard.reads, 1);
	ck_assert_int_eq(bufferevent_datagram_recv(bev, data, sizeof(data),
				 (struct sockaddr *)&from, &len),
		3);
	ck_assert_str_eq(data, "one");
	ck_assert_int_eq(len, sizeof(from));
	ck_assert_int_eq(from.sin_port, addresses[1].sin_port);
	ck_assert_int_eq(
		bufferevent_datagram_recv(bev, data, sizeof(data), NULL, NULL),
		0);
	/* Of one that does not fit the rest is lost, and said to be. */
	ck_assert_int_eq(
		bufferevent_datagram_recv(bev, data, 2, NULL, NULL), 5);
	ck_assert_int_eq(data[0], 't');
	ck_assert_int_eq(
		bufferevent_datagram_recv(bev, data, sizeof(data), NULL, NULL),
		-1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(heard.events, 0);
}
END_TEST

START_TEST(datagrams_go_to_their_address)
{
	char data[16];

	ck_assert_int_eq(send_to_other("one", 3), 0);
	ck_assert_int_eq(send_to_other("", 0), 0);
	ck_assert_int_eq(send_to_other("three", 5), 0);
	ck_assert_int_eq(recv(fds[1], data, sizeof(data), 0), -1);
	until(&heard.writes, 1);
	ck_assert_int_eq(recv(fds[1], data, sizeof(data), 0), 3);
	ck_assert_int_eq(recv(fds[1], data, sizeof(data), 0), 0);
	ck_assert_int_eq(recv(fds[1], data, sizeof(data), 0), 5);
	ck_assert(memcmp(data, "three", 5) == 0);
}
END_TEST

START_TEST(datagrams_in_large_numbers)
{
	char data[100];
	int got = 0;

	for (int i = 0; i < 60; i++) {
		memset(data, i, sizeof(data));
		ck_assert_int_eq(send_to_other(data, (size_t)i + 1), 0);
	}
	for (int i = 0; i < 60; i++) {
		while (recv(fds[1], data, sizeof(data), MSG_PEEK) < 0)
			event_base_loop(fx.base, EVLOOP_NONBLOCK);
		ck_assert_int_eq(recv(fds[1], data, sizeof(data), 0), i + 1);
		ck_assert_int_eq(data[i], i);
	}
	bufferevent_enable(bev, EV_READ);
	for (int i = 0; i < 60; i++)
		throw_at(0, data, 50);
	while (got < 60) {
		event_base_loop(fx.base, EVLOOP_NONBLOCK);
		while (bufferevent_datagram_recv(
			       bev, data, sizeof(data), NULL, NULL) == 50)
			got++;
	}
}
END_TEST

START_TEST(datagrams_larger_than_expected_are_cut)
{
	char data[5000];

	memset(data, 'x', sizeof(data));
	bufferevent_enable(bev, EV_READ);
	throw_at(0, data, 3000);
	until(&heard.reads, 1);
	ck_assert_int_ge(
		bufferevent_datagram_recv(bev, data, sizeof(data), NULL, NULL),
		2049);
	ck_assert_int_eq(bufferevent_datagram_set_size(bev, 4000), 0);
	throw_at(0, data, 3000);
	until(&heard.reads, 2);
	ck_assert_int_eq(
		bufferevent_datagram_recv(bev, data, sizeof(data), NULL, NULL),
		3000);
	ck_assert_int_eq(bufferevent_datagram_set_size(bev, 0), -1);
	ck_assert_int_eq(bufferevent_datagram_set_size(bev, 65536), -1);
}
END_TEST

START_TEST(datagrams_keep_to_marks_and_limits)
{
	char data[100];

	memset(data, 'x', sizeof(data));
	bufferevent_setwatermark(bev, EV_READ, 0, 1);
	bufferevent_enable(bev, EV_READ);
	for (int i = 0; i < 20; i++)
		throw_at(0, data, sizeof(data));
	turns(5);
	ck_assert_uint_le(bufferevent_datagram_count(bev), 16);
	bufferevent_set_output_limit(bev, 300);
	ck_assert_int_eq(send_to_other(data, 100), 0);
	ck_assert_int_eq(send_to_other(data, 100), 0);
	ck_assert_int_eq(send_to_other(data, 100), -1);
	ck_assert_int_eq(errno, ENOBUFS);
	until(&heard.writes, 1);
	ck_assert_int_eq(send_to_other(data, 100), 0);
	ck_assert_int_eq(heard.events, 0);
}
END_TEST

START_TEST(datagrams_that_cannot_be_sent_end_nothing)
{
	static char data[65535];
	char small[16];

	/* More than IPv4 can carry. */
	ck_assert_int_eq(send_to_other(data, sizeof(data)), 0);
	ck_assert_int_eq(send_to_other("after", 5), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, EMSGSIZE);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	until(&heard.writes, 1);
	turns(2);
	ck_assert_int_eq(recv(fds[1], small, sizeof(small), 0), 5);
	ck_assert_int_eq(
		bufferevent_datagram_send(bev, data, sizeof(data) + 1, NULL, 0),
		-1);
	ck_assert_int_eq(errno, EMSGSIZE);
}
END_TEST

/* Nobody is there, which the kernel hears, and tells a connected socket. */
START_TEST(datagrams_nobody_takes_are_an_error)
{
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&addresses[1],
				 sizeof(addresses[1])),
		0);
	close(fds[1]);
	fds[1] = -1;
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_datagram_send(bev, "x", 1, NULL, 0), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.error, ECONNREFUSED);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ | EV_WRITE);
}
END_TEST

START_TEST(datagram_buffers_are_the_librarys)
{
	struct timeval tv = clock_ms(20);
	struct bufferevent *other = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_write(bev, "x", 1), -1);
	bufferevent_set_output_limit(bev, 10);
	bufferevent_set_output_limit(bev, 0);
	ck_assert_int_eq(evbuffer_add(bufferevent_get_output(bev), "x", 1), -1);
	ck_assert_int_eq(bufferevent_shutdown(bev), -1);
	ck_assert_int_eq(bufferevent_getfd(bev), fds[0]);
	ck_assert_int_eq(bufferevent_datagram_send(other, "x", 1, NULL, 0), -1);
	ck_assert_int_eq(
		bufferevent_datagram_recv(other, NULL, 0, NULL, NULL), -1);
	ck_assert_uint_eq(bufferevent_datagram_count(other), 0);
	ck_assert_int_eq(bufferevent_datagram_set_size(other, 10), -1);
	ck_assert_ptr_null(bufferevent_datagram_new(fx.base, -1, 0));
	bufferevent_set_timeouts(bev, &tv, NULL);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	bufferevent_free(other);
}
END_TEST

Suite *
datagram_suite(void)
{
	Suite *suite = suite_create("bufferevent datagram");
	TCase *tcase = tcase_create("datagram");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, datagrams_come_one_by_one_with_their_address);
	tcase_add_test(tcase, datagrams_go_to_their_address);
	tcase_add_test(tcase, datagrams_in_large_numbers);
	tcase_add_test(tcase, datagrams_larger_than_expected_are_cut);
	tcase_add_test(tcase, datagrams_keep_to_marks_and_limits);
	tcase_add_test(tcase, datagrams_that_cannot_be_sent_end_nothing);
	tcase_add_test(tcase, datagrams_nobody_takes_are_an_error);
	tcase_add_test(tcase, datagram_buffers_are_the_librarys);
	suite_add_tcase(suite, tcase);
	return suite;
}
