/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 20 and 21: a base in parent and child after fork().
 */
#include "suites.h"

#include <signal.h>

#include "../support/child.h"
#include "../support/fixture.h"

static int
pass(void)
{
	return event_base_loop(fx.base, EVLOOP_NONBLOCK);
}

/* A pass that waits; the net is the case's time-out. */
static int
sleepy_pass(void)
{
	return event_base_loop(fx.base, EVLOOP_ONCE);
}

START_TEST(b020_a_child_keeps_its_events)
{
	struct calls calls = {0}, ticks = {0};
	struct timeval soon = clock_ms(5);
	pid_t child;

	event_add(fixture_event(
			  fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls),
		NULL);
	event_add(fixture_event(-1, 0, note_call, &ticks), &soon);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(puts_byte(fx.peer));
		while (!calls.count || !ticks.count)
			INSIST(sleepy_pass() == 0);
		INSIST(calls.count == 1 && calls.what == EV_READ);
		_exit(0);
	}
	expect_good_end(child);
}
END_TEST

START_TEST(b020_b_child_leaves_the_parents_registrations)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);
	pid_t child;

	event_add(ev, NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(event_del(ev) == 0);
		INSIST(pass() >= 0);
		event_base_free(fx.base);
		_exit(0);
	}
	expect_good_end(child);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

START_TEST(b020_c_parent_leaves_the_childs_registrations)
{
	evutil_socket_t talk[2];
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);
	pid_t child;

	make_pair(talk);
	event_add(ev, NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(pass() == 0);
		INSIST(puts_byte(talk[1]));
		while (!calls.count)
			INSIST(sleepy_pass() == 0);
		_exit(0);
	}
	ck_assert(comes_byte(talk[0]));
	event_del(ev);
	turns(1);
	send_byte(fx.peer);
	expect_good_end(child);
	close_fd(&talk[0]);
	close_fd(&talk[1]);
}
END_TEST

START_TEST(b020_d_child_may_reinit_twice)
{
	struct calls calls = {0};
	pid_t child;

	event_add(fixture_event(fx.fd, EV_READ, note_and_take, &calls), NULL);
	event_add(fixture_event(fx.fd, EV_WRITE, note_call, &calls), NULL);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(event_reinit(fx.base) == 0);
		INSIST(puts_byte(fx.peer));
		INSIST(event_base_dispatch(fx.base) == 1);
		INSIST(calls.count == 2);
		_exit(0);
	}
	expect_good_end(child);
}
END_TEST

static pid_t child_of_callback;

static void
fork_and_reinit(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	child_of_callback = start_child();
	if (!child_of_callback)
		INSIST(event_reinit(base) == 0);
}

START_TEST(b020_e_child_made_in_a_callback_goes_on)
{
	struct calls calls = {0};

	event_active(
		fixture_event(-1, 0, fork_and_reinit, fx.base), EV_READ, 1);
	event_add(fixture_event(fx.fd, EV_READ, note_and_take, &calls), NULL);
	turns(1);
	if (!child_of_callback) {
		INSIST(calls.count == 0);
		INSIST(puts_byte(fx.peer));
		INSIST(event_base_dispatch(fx.base) == 1);
		INSIST(calls.count == 1);
		_exit(0);
	}
	expect_good_end(child_of_callback);
}
END_TEST

START_TEST(b021_a_childs_signal_stays_in_the_child)
{
	struct calls calls = {0};
	pid_t child;

	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls),
		NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(raise(SIGUSR1) == 0);
		while (!calls.count)
			INSIST(sleepy_pass() == 0);
		INSIST(calls.count == 1 && calls.what == EV_SIGNAL);
		INSIST(pass() == 0 && calls.count == 1);
		_exit(0);
	}
	expect_good_end(child);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

START_TEST(b021_b_parents_signal_stays_in_the_parent)
{
	evutil_socket_t talk[2];
	struct calls calls = {0};
	pid_t child;

	make_pair(talk);
	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls),
		NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(puts_byte(talk[1]));
		INSIST(comes_byte(talk[1]));
		INSIST(pass() == 0 && pass() == 0);
		INSIST(calls.count == 0);
		_exit(0);
	}
	ck_assert(comes_byte(talk[0]));
	raise(SIGUSR1);
	while (!calls.count)
		event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_int_eq(calls.count, 1);
	send_byte(talk[0]);
	expect_good_end(child);
	close_fd(&talk[0]);
	close_fd(&talk[1]);
}
END_TEST

START_TEST(b021_c_signal_from_outside_reaches_the_child)
{
	evutil_socket_t talk[2];
	struct calls calls = {0};
	pid_t child;

	make_pair(talk);
	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls),
		NULL);
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(puts_byte(talk[1]));
		while (!calls.count)
			INSIST(sleepy_pass() == 0);
		INSIST(calls.count == 1);
		_exit(0);
	}
	ck_assert(comes_byte(talk[0]));
	ck_assert_int_eq(kill(child, SIGUSR1), 0);
	expect_good_end(child);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	close_fd(&talk[0]);
	close_fd(&talk[1]);
}
END_TEST

Suite *
suite_fork(void)
{
	Suite *suite = suite_create("fork");
	TCase *tcase = tcase_create("fork");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b020_a_child_keeps_its_events);
	tcase_add_test(tcase, b020_b_child_leaves_the_parents_registrations);
	tcase_add_test(tcase, b020_c_parent_leaves_the_childs_registrations);
	tcase_add_test(tcase, b020_d_child_may_reinit_twice);
	tcase_add_test(tcase, b020_e_child_made_in_a_callback_goes_on);
	tcase_add_test(tcase, b021_a_childs_signal_stays_in_the_child);
	tcase_add_test(tcase, b021_b_parents_signal_stays_in_the_parent);
	tcase_add_test(tcase, b021_c_signal_from_outside_reaches_the_child);
	suite_add_tcase(suite, tcase);
	return suite;
}
