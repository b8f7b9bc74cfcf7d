/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 49 to 52: events that are told of changes, not of states.
 */
#include "suites.h"

#include <errno.h>

#include "../support/fixture.h"

#define EDGES (EV_PERSIST | EV_ET)

static struct event *
added(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(fd, what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

/* --- 49: once for each change ---------------------------------------------*/

START_TEST(b049_a_edge_is_told_once)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_call, &calls);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_ET);
	ck_assert_int_eq(calls.fd, fx.fd);
}
END_TEST

START_TEST(b049_b_each_arrival_is_an_edge)
{
	struct calls calls = {0};
	int i;

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_call, &calls);
	for (i = 1; i <= 5; i++) {
		send_byte(fx.peer);
		turns(2);
		ck_assert_int_eq(calls.count, i);
	}
	ck_assert_uint_eq(take_all(fx.fd), 5);
	turns(2);
	ck_assert_int_eq(calls.count, 5);
}
END_TEST

START_TEST(b049_c_room_to_write_is_an_edge)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_WRITE | EDGES, note_call, &calls);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_WRITE | EV_ET);
	ck_assert_uint_gt(send_all(fx.fd), 0);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	take_all(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(b049_d_state_at_the_beginning_is_an_edge)
{
	struct calls calls = {0};
	struct event *ev;

	if (!test_has(EV_FEATURE_ET))
		return;
	send_byte(fx.peer);
	ev = added(fx.fd, EV_READ | EDGES, note_call, &calls);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	event_del(ev);
	turns(1);
	event_add(ev, NULL);
	turns(2);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(b049_e_event_added_again_at_once_begins_anew)
{
	struct calls calls = {0};
	struct event *ev;

	if (!test_has(EV_FEATURE_ET))
		return;
	ev = added(fx.fd, EV_READ | EV_ET, note_call, &calls);
	send_byte(fx.peer);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	event_add(ev, NULL);
	turns(2);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(b049_f_end_of_the_peer_is_an_edge)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_call, &calls);
	turns(1);
	close_fd(&fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.ever, EV_READ | EV_ET);
}
END_TEST

/* A program that takes all there is each time works with every backend. */
START_TEST(b049_g_without_edges_levels_are_told)
{
	struct calls calls = {0};
	int i;

	added(fx.fd, EV_READ | EDGES, note_and_take, &calls);
	for (i = 1; i <= 3; i++) {
		send_bytes(fx.peer, 100);
		turns(3);
		ck_assert_int_eq(calls.count, i);
		ck_assert_int_eq(calls.what & EV_READ, EV_READ);
	}
}
END_TEST

/* --- 50: several of them --------------------------------------------------*/

START_TEST(b050_a_edges_stay_when_another_event_comes_and_goes)
{
	struct calls calls = {0}, others = {0};
	struct event *other;

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_call, &calls);
	other = fixture_event(fx.fd, EV_READ | EDGES, note_call, &others);
	send_byte(fx.peer);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	event_add(other, NULL);
	turns(2);
	event_del(other);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(b050_b_edges_stay_when_another_direction_goes)
{
	struct calls reads = {0}, writes = {0};
	struct event *writer;

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_and_take, &reads);
	writer = added(fx.fd, EV_WRITE | EDGES, note_call, &writes);
	turns(3);
	ck_assert_int_eq(writes.count, 1);
	event_del(writer);
	turns(1);
	ck_assert_int_eq(reads.count, 0);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(reads.count, 1);
	ck_assert_int_eq(writes.count, 1);
}
END_TEST

START_TEST(b050_c_every_event_of_the_descriptor_is_told_of_an_edge)
{
	struct calls calls[3] = {{0}};
	int i;

	if (!test_has(EV_FEATURE_ET))
		return;
	for (i = 0; i < 3; i++)
		added(fx.fd, EV_READ | EDGES, note_call, &calls[i]);
	for (i = 0; i < 2; i++) {
		send_byte(fx.peer);
		turns(2);
	}
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(calls[i].count, 2);
}
END_TEST

/* --- 51: mixed with events that are told of states ------------------------*/

START_TEST(b051_a_edges_and_levels_together_are_levels_for_both)
{
	struct calls edges = {0}, levels = {0};

	added(fx.fd, EV_READ | EDGES, note_call, &edges);
	added(fx.fd, EV_READ | EV_PERSIST, note_call, &levels);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(edges.count, 3);
	ck_assert_int_eq(levels.count, 3);
	ck_assert_int_eq(levels.ever, EV_READ);
	take_byte(fx.fd);
	turns(2);
	ck_assert_int_eq(edges.count + levels.count, 6);
}
END_TEST

START_TEST(b051_b_in_the_other_order_too)
{
	struct calls edges = {0}, levels = {0};

	added(fx.fd, EV_WRITE | EV_PERSIST, note_call, &levels);
	turns(1);
	added(fx.fd, EV_READ | EDGES, note_call, &edges);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(levels.count, 4);
	ck_assert_int_eq(edges.count, 3);
}
END_TEST

START_TEST(b051_c_with_the_last_level_edges_are_back)
{
	struct calls edges = {0}, levels = {0};
	struct event *level;

	if (!test_has(EV_FEATURE_ET))
		return;
	added(fx.fd, EV_READ | EDGES, note_and_take, &edges);
	level = added(fx.fd, EV_READ | EV_PERSIST, note_call, &levels);
	send_byte(fx.peer);
	turns(1);
	event_del(level);
	turns(1);
	edges.count = 0;
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(edges.count, 1);
	ck_assert_int_eq(levels.count, 1);
}
END_TEST

START_TEST(b051_d_debug_mode_refuses_the_mixture)
{
	struct calls calls[2] = {{0}};
	struct event *edge, *level;
	evutil_socket_t pair[2];
	struct event_base *base;

	event_enable_debug_mode();
	base = fixture_base(0);
	make_pair(pair);
	edge = event_new(base, pair[0], EV_READ | EDGES, note_call, &calls[0]);
	level = event_new(
		base, pair[0], EV_READ | EV_PERSIST, note_call, &calls[1]);
	ck_assert_int_eq(event_add(_i ? level : edge, NULL), 0);
	errno = 0;
	ck_assert_int_eq(event_add(_i ? edge : level, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	send_byte(pair[1]);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(calls[_i].count, 1);
	ck_assert_int_eq(calls[!_i].count, 0);
	/* One after the other they may have it. */
	event_del(_i ? level : edge);
	ck_assert_int_eq(event_add(_i ? edge : level, NULL), 0);
	event_free(edge);
	event_free(level);
	event_base_free(base);
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}
END_TEST

/* --- 52: nothing but what was asked for -----------------------------------*/

START_TEST(b052_a_data_is_no_edge_of_closed)
{
	struct calls closed = {0}, reads = {0};

	if (!test_has(EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE))
		return;
	added(fx.fd, EV_CLOSED | EDGES, note_call, &closed);
	added(fx.fd, EV_READ | EDGES, note_and_take, &reads);
	send_byte(fx.peer);
	turns(2);
	ck_assert_int_eq(reads.count, 1);
	ck_assert_int_eq(reads.ever, EV_READ | EV_ET);
	ck_assert_int_eq(closed.count, 0);
}
END_TEST

START_TEST(b052_b_closed_is_told_as_an_edge)
{
	struct calls closed = {0};

	if (!test_has(EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE))
		return;
	added(fx.fd, EV_CLOSED | EDGES, note_call, &closed);
	send_byte(fx.peer);
	turns(2);
	ck_assert_int_eq(closed.count, 0);
	close_fd(&fx.peer);
	turns(3);
	ck_assert_int_eq(closed.count, 1);
	ck_assert_int_eq(closed.what, EV_CLOSED | EV_ET);
}
END_TEST

static TCase *
edges(void)
{
	TCase *tcase = tcase_create("edges");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b049_a_edge_is_told_once);
	tcase_add_test(tcase, b049_b_each_arrival_is_an_edge);
	tcase_add_test(tcase, b049_c_room_to_write_is_an_edge);
	tcase_add_test(tcase, b049_d_state_at_the_beginning_is_an_edge);
	tcase_add_test(tcase, b049_e_event_added_again_at_once_begins_anew);
	tcase_add_test(tcase, b049_f_end_of_the_peer_is_an_edge);
	tcase_add_test(tcase, b049_g_without_edges_levels_are_told);
	tcase_add_test(
		tcase, b050_a_edges_stay_when_another_event_comes_and_goes);
	tcase_add_test(tcase, b050_b_edges_stay_when_another_direction_goes);
	tcase_add_test(
		tcase, b050_c_every_event_of_the_descriptor_is_told_of_an_edge);
	tcase_add_test(
		tcase, b051_a_edges_and_levels_together_are_levels_for_both);
	tcase_add_test(tcase, b051_b_in_the_other_order_too);
	tcase_add_test(tcase, b051_c_with_the_last_level_edges_are_back);
	tcase_add_test(tcase, b052_a_data_is_no_edge_of_closed);
	tcase_add_test(tcase, b052_b_closed_is_told_as_an_edge);
	return tcase;
}

Suite *
suite_edge(void)
{
	Suite *suite = suite_create("edge");
	TCase *debug = tcase_create("debug mode");

	suite_add_tcase(suite, edges());
	tcase_add_checked_fixture(
		debug, fixture_setup_bare, fixture_teardown_bare);
	tcase_add_loop_test(debug, b051_d_debug_mode_refuses_the_mixture, 0, 2);
	suite_add_tcase(suite, debug);
	return suite;
}
