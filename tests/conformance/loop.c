/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 26 to 39: how a loop runs, and how it ends.
 */
#include "suites.h"

#include <pthread.h>

#include <event2/ext_loop.h>

#include "../support/fixture.h"
#include "../support/trail.h"

static const struct timeval now = {.tv_sec = 0};

static ev_uint64_t
waits(void)
{
	struct event_base_stats stats;

	ck_assert_int_eq(event_base_get_stats(fx.base, &stats), 0);
	return stats.waits;
}

/* --- its results ----------------------------------------------------------*/

START_TEST(b026_empty_base_ends_at_once)
{
	fixture_event(fx.fd, EV_READ, count_call, NULL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(event_base_loop(fx.base, 0), 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 1);
	ck_assert_int_eq(
		event_base_loop(fx.base, EVLOOP_ONCE | EVLOOP_NONBLOCK), 1);
}
END_TEST

START_TEST(b027_a_loop_that_runs_dry_returns_1)
{
	int count = 0;

	event_add(fixture_event(fx.fd, EV_WRITE, count_call, &count), NULL);
	event_add(fixture_event(-1, 0, count_call, &count), &now);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(count, 2);
	ck_assert(!event_base_got_exit(fx.base));
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(b027_b_loop_that_was_ended_returns_0)
{
	add_reader(mark_and_take, "r", 0);
	add_active(mark_and_exit, "e", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	add_active(mark_and_break, "b", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "eb");
}
END_TEST

START_TEST(b027_c_loop_without_sleep_returns_0_while_events_wait)
{
	add_reader(mark_and_take, "r", 0);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	ck_assert_str_eq(trail(), "r");
}
END_TEST

/* --- its ends -------------------------------------------------------------*/

static void
nest(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), -1);
	ck_assert_int_eq(event_base_dispatch(fx.base), -1);
}

START_TEST(b034_loop_within_itself_is_refused)
{
	add_active(nest, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "ab");
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 2);
}
END_TEST

/* --- its flags ------------------------------------------------------------*/

START_TEST(b035_a_once_waits_until_something_is_active)
{
	struct timeval after = clock_ms(20);
	int64_t since = clock_real_ns();

	add_reader(mark_and_take, "r", 0);
	event_add(fixture_event(-1, 0, mark, (void *)"t"), &after);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "t");
	ck_assert_int_ge(clock_ms_since(since), 20);
}
END_TEST

START_TEST(b035_b_once_runs_all_priorities)
{
	event_base_priority_init(fx.base, 3);
	add_active(mark, "c", 2);
	add_active(mark, "a", 0);
	add_active(mark, "b", 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "abc");
}
END_TEST

START_TEST(b035_c_once_does_not_poll_between_priorities)
{
	event_base_priority_init(fx.base, 2);
	add_reader(mark_and_take, "r", 1);
	add_active(mark_and_send, "a", 0);
	add_active(mark, "b", 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "ab");
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "abr");
}
END_TEST

static struct event *heir;

static void
mark_and_activate_heir(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	event_active(heir, EV_READ, 1);
}

START_TEST(b035_d_once_runs_what_its_callbacks_activate)
{
	event_base_priority_init(fx.base, 2);
	heir = fixture_event(-1, 0, mark, (void *)"h");
	event_priority_set(heir, 1);
	add_active(mark_and_activate_heir, "a", 0);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "ah");
}
END_TEST

START_TEST(b036_once_without_sleep_polls_once)
{
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	add_reader(mark, "r", 0);
	send_byte(fx.peer);
	ck_assert_int_eq(
		event_base_loop(fx.base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "r");
	ck_assert_uint_eq(waits(), 1);
	ck_assert_int_eq(
		event_base_loop(fx.base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "rr");
	ck_assert_uint_eq(waits(), 2);
}
END_TEST

START_TEST(b037_a_without_sleep_is_one_pass)
{
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	add_reader(mark, "r", 0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	ck_assert_str_eq(trail(), "r");
	ck_assert_uint_eq(waits(), 1);
}
END_TEST

START_TEST(b037_b_one_pass_runs_the_most_urgent)
{
	event_base_priority_init(fx.base, 2);
	add_active(mark, "b", 1);
	add_active(mark, "a", 0);
	turns(1);
	ck_assert_str_eq(trail(), "a");
	turns(1);
	ck_assert_str_eq(trail(), "ab");
}
END_TEST

static void
mark_and_come_again(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	event_active(event_base_get_running_event(fx.base), EV_READ, 1);
}

START_TEST(b037_c_work_without_end_ends_a_pass)
{
	add_active(mark_and_come_again, "a", 0);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_ge(trail_length(), 1);
	ck_assert_uint_le(trail_length(), 1 + 128);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
}
END_TEST

START_TEST(b037_d_work_without_end_starves_nobody)
{
	add_active(mark_and_come_again, "a", 0);
	add_reader(mark_and_exit, "r", 0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_uint_le(trail_length(), 3 * 129);
}
END_TEST

START_TEST(b038_a_no_exit_on_empty_goes_on_without_events)
{
	ck_assert_int_eq(event_base_loop(fx.base,
				 EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_NONBLOCK),
		0);
}
END_TEST

/* --- from another thread --------------------------------------------------*/

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
open_gate(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	pthread_mutex_unlock(&gate);
}

static void
wait_at_gate(void)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void *
stop_behind_gate(void *base)
{
	wait_at_gate();
	event_base_stop(base);
	return NULL;
}

static void *
exit_behind_gate(void *base)
{
	wait_at_gate();
	event_base_loopexit(base, NULL);
	return NULL;
}

static void *
delete_behind_gate(void *ev)
{
	wait_at_gate();
	event_del(ev);
	return NULL;
}

/*
 * Runs the loop, and in another thread a function that locks the gate first:
 * it gets through once the loop is under way.
 */
static int
loop_beside(void *(*fn)(void *), void *arg, int flags)
{
	pthread_t thread;
	int result;

	pthread_mutex_lock(&gate);
	event_add(fixture_event(-1, 0, open_gate, NULL), &now);
	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	result = event_base_loop(fx.base, flags);
	pthread_join(thread, NULL);
	return result;
}

START_TEST(b038_b_empty_loop_sleeps_until_it_is_ended)
{
	if (!test_threads())
		return;
	event_base_enable_stats(fx.base, 1);
	ck_assert_int_eq(
		loop_beside(exit_behind_gate, fx.base, EVLOOP_NO_EXIT_ON_EMPTY),
		0);
	ck_assert(event_base_got_exit(fx.base));
	ck_assert_uint_le(waits(), 10);
}
END_TEST

START_TEST(b038_c_empty_loop_sleeps_until_it_is_stopped)
{
	if (!test_threads())
		return;
	ck_assert_int_eq(
		loop_beside(stop_behind_gate, fx.base, EVLOOP_NO_EXIT_ON_EMPTY),
		0);
	ck_assert(event_base_got_break(fx.base));
}
END_TEST

START_TEST(b039_a_deleting_the_last_event_ends_a_sleeping_loop)
{
	struct event *last = fixture_event(fx.fd, EV_READ, count_call, NULL);

	if (!test_threads())
		return;
	event_add(last, NULL);
	ck_assert_int_eq(loop_beside(delete_behind_gate, last, 0), 1);
}
END_TEST

START_TEST(b039_b_deleting_the_last_timer_ends_a_sleeping_loop)
{
	struct event *last = fixture_event(-1, 0, count_call, NULL);
	struct timeval hour = {.tv_sec = 3600};

	if (!test_threads())
		return;
	event_add(last, &hour);
	ck_assert_int_eq(loop_beside(delete_behind_gate, last, 0), 1);
}
END_TEST

Suite *
suite_loop(void)
{
	Suite *suite = suite_create("loop");
	TCase *tcase = tcase_create("loop");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b026_empty_base_ends_at_once);
	tcase_add_test(tcase, b027_a_loop_that_runs_dry_returns_1);
	tcase_add_test(tcase, b027_b_loop_that_was_ended_returns_0);
	tcase_add_test(
		tcase, b027_c_loop_without_sleep_returns_0_while_events_wait);
	tcase_add_test(tcase, b034_loop_within_itself_is_refused);
	tcase_add_test(tcase, b035_a_once_waits_until_something_is_active);
	tcase_add_test(tcase, b035_b_once_runs_all_priorities);
	tcase_add_test(tcase, b035_c_once_does_not_poll_between_priorities);
	tcase_add_test(tcase, b035_d_once_runs_what_its_callbacks_activate);
	tcase_add_test(tcase, b036_once_without_sleep_polls_once);
	tcase_add_test(tcase, b037_a_without_sleep_is_one_pass);
	tcase_add_test(tcase, b037_b_one_pass_runs_the_most_urgent);
	tcase_add_test(tcase, b037_c_work_without_end_ends_a_pass);
	tcase_add_test(tcase, b037_d_work_without_end_starves_nobody);
	tcase_add_test(tcase, b038_a_no_exit_on_empty_goes_on_without_events);
	tcase_add_test(tcase, b038_b_empty_loop_sleeps_until_it_is_ended);
	tcase_add_test(tcase, b038_c_empty_loop_sleeps_until_it_is_stopped);
	tcase_add_test(
		tcase, b039_a_deleting_the_last_event_ends_a_sleeping_loop);
	tcase_add_test(
		tcase, b039_b_deleting_the_last_timer_ends_a_sleeping_loop);
	suite_add_tcase(suite, tcase);
	return suite;
}
