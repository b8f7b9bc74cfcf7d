/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 46 to 48: what is told of when the other end goes.
 */
#include "suites.h"

#include <sys/socket.h>

#include "../support/fixture.h"

static struct event *
added(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(fd, what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

static void
fill(evutil_socket_t fd)
{
	ck_assert_uint_gt(send_all(fd), 0);
}

static void
shut_peer(void)
{
	ck_assert_int_eq(shutdown(fx.peer, SHUT_WR), 0);
}

static void
close_peer(void)
{
	close_fd(&fx.peer);
}

/* Ways in which the other end goes, and what kind of socket they need. */
static const struct {
	void (*go)(void);
	int tcp;
} ends[] = {
	{close_peer, 0},
	{close_peer, 1},
	{shut_peer, 0},
	{shut_peer, 1},
	{reset_peer, 1},
};

enum { ENDS = sizeof(ends) / sizeof(*ends) };

static void
end_connection(int how)
{
	ends[how].go();
	/* News on a loopback connection may take a moment. */
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
}

START_TEST(b046_a_end_of_the_peer_wakes_a_reader)
{
	struct calls calls = {0};

	if (ends[_i].tcp)
		use_tcp();
	added(fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	turns(1);
	end_connection(_i);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(b046_b_end_of_the_peer_wakes_reader_and_writer)
{
	struct calls calls = {0};

	if (ends[_i].tcp)
		use_tcp();
	fill(fx.fd);
	added(fx.fd, EV_READ | EV_WRITE | EV_PERSIST, note_call, &calls);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	end_connection(_i);
	ck_assert_int_eq(calls.what & EV_READ, EV_READ);
	ck_assert_int_eq(calls.ever & ~(EV_READ | EV_WRITE), 0);
}
END_TEST

START_TEST(b046_c_end_of_the_peer_is_told_to_those_who_ask)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_EARLY_CLOSE))
		return;
	if (ends[_i].tcp)
		use_tcp();
	added(fx.fd, EV_CLOSED | EV_PERSIST, note_call, &calls);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	end_connection(_i);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_CLOSED);
}
END_TEST

START_TEST(b046_d_end_of_the_peer_is_told_with_all_else)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_EARLY_CLOSE))
		return;
	if (ends[_i].tcp)
		use_tcp();
	added(fx.fd, EV_READ | EV_CLOSED | EV_PERSIST, note_call, &calls);
	end_connection(_i);
	ck_assert_int_eq(calls.what, EV_READ | EV_CLOSED);
}
END_TEST

START_TEST(b046_e_nobody_hears_of_what_he_did_not_ask_for)
{
	struct calls calls = {0};

	added(fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	close_fd(&fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 3);
	ck_assert_int_eq(calls.ever, EV_READ);
}
END_TEST

START_TEST(b047_a_writer_alone_is_woken_by_a_hang_up)
{
	struct calls calls = {0};

	fill(fx.fd);
	added(fx.fd, EV_WRITE | EV_PERSIST, note_call, &calls);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	close_fd(&fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_WRITE);
}
END_TEST

START_TEST(b047_b_writer_of_a_full_pipe_is_woken_by_its_readers_end)
{
	struct calls calls = {0};
	char bytes[4096] = {0};
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	evutil_make_socket_nonblocking(pipe_ends[1]);
	while (write(pipe_ends[1], bytes, sizeof(bytes)) > 0)
		;
	added(pipe_ends[1], EV_WRITE, note_call, &calls);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	close(pipe_ends[0]);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.what, EV_WRITE);
	close(pipe_ends[1]);
}
END_TEST

START_TEST(b047_c_reader_of_a_pipe_is_woken_by_its_writers_end)
{
	struct calls calls = {0};
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	added(pipe_ends[0], EV_READ, note_call, &calls);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	close(pipe_ends[1]);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.what, EV_READ);
	close(pipe_ends[0]);
}
END_TEST

START_TEST(b048_a_closed_is_told_while_data_is_unread)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_EARLY_CLOSE))
		return;
	added(fx.fd, EV_CLOSED, note_call, &calls);
	send_bytes(fx.peer, 3);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	close_fd(&fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_CLOSED);
	ck_assert_uint_eq(take_all(fx.fd), 3);
}
END_TEST

START_TEST(b048_b_data_alone_is_no_closed)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_EARLY_CLOSE))
		return;
	added(fx.fd, EV_READ | EV_CLOSED | EV_PERSIST, note_call, &calls);
	send_byte(fx.peer);
	turns(2);
	ck_assert_int_eq(calls.ever, EV_READ);
}
END_TEST

Suite *
suite_hang_up(void)
{
	Suite *suite = suite_create("hang_up");
	TCase *tcase = tcase_create("hang_up");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(
		tcase, b046_a_end_of_the_peer_wakes_a_reader, 0, ENDS);
	tcase_add_loop_test(
		tcase, b046_b_end_of_the_peer_wakes_reader_and_writer, 0, ENDS);
	tcase_add_loop_test(tcase,
		b046_c_end_of_the_peer_is_told_to_those_who_ask, 0, ENDS);
	tcase_add_loop_test(
		tcase, b046_d_end_of_the_peer_is_told_with_all_else, 0, ENDS);
	tcase_add_test(tcase, b046_e_nobody_hears_of_what_he_did_not_ask_for);
	tcase_add_test(tcase, b047_a_writer_alone_is_woken_by_a_hang_up);
	tcase_add_test(tcase,
		b047_b_writer_of_a_full_pipe_is_woken_by_its_readers_end);
	tcase_add_test(
		tcase, b047_c_reader_of_a_pipe_is_woken_by_its_writers_end);
	tcase_add_test(tcase, b048_a_closed_is_told_while_data_is_unread);
	tcase_add_test(tcase, b048_b_data_alone_is_no_closed);
	suite_add_tcase(suite, tcase);
	return suite;
}
