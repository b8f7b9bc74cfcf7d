/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 86 to 89: the urgent first.
 */
#include "suites.h"

#include "../support/fixture.h"
#include "../support/trail.h"

enum { LEVELS = 3 };

static void
use_levels(void)
{
	ck_assert_int_eq(event_base_priority_init(fx.base, LEVELS), 0);
}

/* --- 86: order ------------------------------------------------------------*/

START_TEST(b086_a_lower_numbers_run_first)
{
	static const char *const letters[LEVELS] = {"a", "b", "c"};
	int i;

	use_levels();
	for (i = LEVELS; i-- > 0;) {
		add_active(mark, letters[i], i);
		add_active(mark, letters[i], i);
	}
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "aabbcc");
}
END_TEST

START_TEST(b086_b_each_turn_runs_one_priority)
{
	use_levels();
	add_active(mark, "c", 2);
	add_active(mark, "a", 0);
	add_active(mark, "b", 1);
	add_active(mark, "b", 1);
	turns(1);
	ck_assert_str_eq(trail(), "a");
	turns(1);
	ck_assert_str_eq(trail(), "abb");
	turns(1);
	ck_assert_str_eq(trail(), "abbc");
}
END_TEST

START_TEST(b086_c_descriptors_are_looked_at_between_priorities)
{
	use_levels();
	add_reader(mark_and_take, "r", 1);
	add_active(mark_and_send, "a", 0);
	add_active(mark, "c", 2);
	turns(3);
	ck_assert_str_eq(trail(), "arc");
}
END_TEST

START_TEST(b086_d_descriptors_and_timers_have_priorities)
{
	static const struct timeval now = {.tv_sec = 0};
	struct event *timer = fixture_event(-1, 0, mark, (void *)"t");

	use_levels();
	add_reader(mark_and_take, "r", 2);
	ck_assert_int_eq(event_priority_set(timer, 1), 0);
	event_add(timer, &now);
	send_byte(fx.peer);
	add_active(mark, "a", 0);
	turns(3);
	ck_assert_str_eq(trail(), "atr");
}
END_TEST

/* The letter's event, of the most urgent priority. */
static void
mark_and_hurry(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	add_active(mark, "a", 0);
}

START_TEST(b087_a_something_more_urgent_runs_before_the_rest)
{
	use_levels();
	add_active(mark_and_hurry, "m", 1);
	add_active(mark, "b", 1);
	add_active(mark, "c", 1);
	turns(4);
	ck_assert_str_eq(trail(), "mabc");
}
END_TEST

START_TEST(b087_b_in_a_loop_once_too)
{
	use_levels();
	add_active(mark_and_hurry, "m", 1);
	add_active(mark, "b", 1);
	add_active(mark_and_hurry, "n", 2);
	add_active(mark, "c", 2);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "mabnac");
}
END_TEST

static void
mark_and_add_idle(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	add_active(mark, "z", 2);
}

START_TEST(b087_c_something_less_urgent_waits)
{
	use_levels();
	add_active(mark_and_add_idle, "a", 0);
	add_active(mark, "b", 1);
	turns(4);
	ck_assert_str_eq(trail(), "abz");
}
END_TEST

/* --- 88: work that never ends ---------------------------------------------*/

struct worker {
	struct event *ev;
	int left; /* how often it still activates itself */
	int at_reader, at_idle;
};

static void
work(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;

	(void)fd;
	if (worker->left-- > 0)
		event_active(worker->ev, what, 1);
}

static void
note_reader(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;

	(void)what;
	take_all(fd);
	worker->at_reader = worker->left;
}

static void
note_idle(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;

	(void)fd;
	(void)what;
	worker->at_idle = worker->left;
}

START_TEST(b088_an_urgent_worker_starves_the_less_urgent_alone)
{
	struct worker worker = {.left = 10000, .at_reader = -2, .at_idle = -2};
	struct event *reader, *idle;

	use_levels();
	reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_reader, &worker);
	idle = fixture_event(-1, 0, note_idle, &worker);
	worker.ev = fixture_event(-1, 0, work, &worker);
	event_priority_set(worker.ev, 0);
	event_priority_set(reader, 0);
	event_priority_set(idle, 1);
	event_add(reader, NULL);
	event_active(idle, EV_READ, 1);
	event_active(worker.ev, EV_READ, 1);
	send_byte(fx.peer);
	while (worker.at_idle == -2)
		turns(1);
	ck_assert_int_ge(worker.at_reader, 9000);
	ck_assert_int_eq(worker.at_idle, -1);
}
END_TEST

/* --- 89: what is refused --------------------------------------------------*/

START_TEST(b089_a_priority_has_bounds)
{
	struct event *ev = fixture_event(-1, 0, mark, (void *)"a");

	ck_assert_int_eq(event_priority_set(ev, 1), -1);
	use_levels();
	ck_assert_int_eq(event_priority_set(ev, -1), -1);
	ck_assert_int_eq(event_priority_set(ev, LEVELS), -1);
	ck_assert_int_eq(event_priority_set(ev, 1 << 20), -1);
	ck_assert_int_eq(event_get_priority(ev), 0);
	ck_assert_int_eq(event_priority_set(ev, LEVELS - 1), 0);
	ck_assert_int_eq(event_get_priority(ev), LEVELS - 1);
}
END_TEST

START_TEST(b089_b_priority_of_an_active_event_stays)
{
	static const struct timeval minute = {.tv_sec = 60};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, mark, (void *)"a");

	use_levels();
	event_add(ev, &minute);
	ck_assert_int_eq(event_priority_set(ev, 2), 0);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_priority_set(ev, 1), -1);
	turns(1);
	ck_assert_str_eq(trail(), "a");
	ck_assert_int_eq(event_priority_set(ev, 1), 0);
	ck_assert_int_eq(event_get_priority(ev), 1);
}
END_TEST

static void
mark_and_demote(evutil_socket_t fd, short what, void *letter)
{
	struct event *ev = event_base_get_running_event(fx.base);

	mark(fd, what, letter);
	if (event_get_priority(ev) == 2)
		return;
	ck_assert_int_eq(event_priority_set(ev, 2), 0);
	event_active(ev, EV_READ, 1);
	event_del(ev);
	event_active(ev, EV_READ, 1);
}

START_TEST(b089_c_priority_can_be_set_in_the_callback)
{
	struct event *ev = fixture_event(-1, 0, mark_and_demote, (void *)"a");

	use_levels();
	event_priority_set(ev, 0);
	event_active(ev, EV_READ, 1);
	turns(1);
	add_active(mark, "b", 1);
	turns(2);
	ck_assert_str_eq(trail(), "aba");
	ck_assert_int_eq(event_get_priority(ev), 2);
}
END_TEST

static void
mark_and_use_one_level(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	ck_assert_int_eq(event_base_priority_init(fx.base, 1), 0);
}

/* The level that runs may be one that is not there any more. */
START_TEST(b089_d_number_of_priorities_can_be_set_in_a_callback)
{
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	add_active(mark_and_use_one_level, "a", 1);
	ck_assert_int_eq(event_base_loop(fx.base, _i), 1 - !!_i);
	add_active(mark, "b", 0);
	turns(1);
	ck_assert_str_eq(trail(), "ab");
	ck_assert_int_eq(event_base_get_npriorities(fx.base), 1);
}
END_TEST

START_TEST(b089_e_events_of_lost_priorities_take_the_last)
{
	struct event *ev = fixture_event(-1, 0, mark, (void *)"a");

	use_levels();
	event_priority_set(ev, 2);
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	event_active(ev, EV_READ, 1);
	add_active(mark, "b", 1);
	turns(1);
	ck_assert_str_eq(trail(), "ab");
	ck_assert_int_eq(event_get_priority(ev), 1);
}
END_TEST

Suite *
suite_priority(void)
{
	Suite *suite = suite_create("priority");
	TCase *tcase = tcase_create("priority");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b086_a_lower_numbers_run_first);
	tcase_add_test(tcase, b086_b_each_turn_runs_one_priority);
	tcase_add_test(
		tcase, b086_c_descriptors_are_looked_at_between_priorities);
	tcase_add_test(tcase, b086_d_descriptors_and_timers_have_priorities);
	tcase_add_test(
		tcase, b087_a_something_more_urgent_runs_before_the_rest);
	tcase_add_test(tcase, b087_b_in_a_loop_once_too);
	tcase_add_test(tcase, b087_c_something_less_urgent_waits);
	tcase_add_test(
		tcase, b088_an_urgent_worker_starves_the_less_urgent_alone);
	tcase_add_test(tcase, b089_a_priority_has_bounds);
	tcase_add_test(tcase, b089_b_priority_of_an_active_event_stays);
	tcase_add_test(tcase, b089_c_priority_can_be_set_in_the_callback);
	tcase_add_loop_test(tcase,
		b089_d_number_of_priorities_can_be_set_in_a_callback, 0, 2);
	tcase_add_test(tcase, b089_e_events_of_lost_priorities_take_the_last);
	suite_add_tcase(suite, tcase);
	return suite;
}
