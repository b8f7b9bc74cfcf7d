/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 28 to 33: how a loop is ended, and interrupted.
 */
#include "suites.h"

#include <event2/ext_loop.h>

#include "../support/fixture.h"
#include "../support/trail.h"

static void
mark_and_stop(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	ck_assert_int_eq(event_base_stop(fx.base), 0);
}

static void
mark_and_continue(evutil_socket_t fd, short what, void *letter)
{
	mark_and_send(fd, what, letter);
	ck_assert_int_eq(event_base_loopcontinue(fx.base), 0);
}

static int
active_count(void)
{
	return event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ACTIVE);
}

START_TEST(b028_a_loopbreak_ends_after_the_present_callback)
{
	add_active(mark, "a", 0);
	add_active(mark_and_break, "b", 0);
	add_active(mark, "c", 0);
	add_active(mark, "d", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "ab");
	ck_assert_int_eq(active_count(), 2);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "abcd");
}
END_TEST

START_TEST(b028_b_loopbreak_ends_a_loop_once_too)
{
	add_active(mark_and_break, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail(), "a");
	ck_assert(event_base_got_break(fx.base));
	turns(1);
	ck_assert_str_eq(trail(), "ab");
}
END_TEST

START_TEST(b029_a_loopexit_lets_the_round_finish)
{
	add_active(mark_and_exit, "a", 0);
	add_active(mark, "b", 0);
	add_active(mark, "c", 0);
	add_reader(mark_and_take, "r", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "abc");
	ck_assert_int_eq(active_count(), 0);
	ck_assert(event_base_got_exit(fx.base));
}
END_TEST

START_TEST(b029_b_next_round_is_not_part_of_it)
{
	event_base_priority_init(fx.base, 2);
	add_active(mark, "z", 1);
	add_active(mark_and_exit, "a", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "a");
	turns(1);
	ck_assert_str_eq(trail(), "az");
}
END_TEST

START_TEST(b030_a_loopexit_never_comes_early)
{
	struct timeval after = clock_ms(40);
	int64_t since;

	add_reader(mark_and_take, "r", 0);
	since = clock_real_ns();
	ck_assert_int_eq(event_base_loopexit(fx.base, &after), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_ge(clock_ms_since(since), 40);
	ck_assert(event_base_got_exit(fx.base));
}
END_TEST

START_TEST(b030_b_several_loopexits_may_be_under_way)
{
	struct timeval late = clock_ms(60), early = clock_ms(20);
	int64_t since = clock_real_ns();

	add_reader(mark_and_take, "r", 0);
	event_base_loopexit(fx.base, &late);
	event_base_loopexit(fx.base, &early);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_ge(clock_ms_since(since), 20);
	/* On a slow machine both may have come in one round, which ends once. */
	if (event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED) == 1)
		return;
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_ge(clock_ms_since(since), 60);
}
END_TEST

START_TEST(b030_c_loopexit_keeps_the_loop_going)
{
	struct timeval after = clock_ms(20);
	int64_t since = clock_real_ns();

	event_base_loopexit(fx.base, &after);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_ge(clock_ms_since(since), 20);
}
END_TEST

START_TEST(b031_a_loopexit_before_the_loop_is_honoured)
{
	add_reader(mark_and_take, "r", 0);
	add_active(mark, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_loopexit(fx.base, NULL), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "ab");
	ck_assert(event_base_got_exit(fx.base));
}
END_TEST

START_TEST(b031_b_loopexit_before_the_loop_does_not_sleep)
{
	add_reader(mark_and_take, "r", 0);
	event_base_loopexit(fx.base, NULL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "");
}
END_TEST

START_TEST(b031_c_loopbreak_before_the_loop_is_lost)
{
	ck_assert_int_eq(event_base_loopbreak(fx.base), 0);
	add_active(mark, "a", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(b031_d_stop_before_the_loop_is_kept)
{
	add_active(mark, "a", 0);
	ck_assert_int_eq(event_base_stop(fx.base), 0);
	ck_assert(event_base_got_break(fx.base));
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "");
	ck_assert(event_base_got_break(fx.base));
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(b031_e_one_stop_ends_one_loop)
{
	add_active(mark, "a", 0);
	event_base_stop(fx.base);
	event_base_stop(fx.base);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
}
END_TEST

START_TEST(b031_f_stop_in_a_callback_is_a_loopbreak)
{
	add_active(mark_and_stop, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "a");
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "ab");
}
END_TEST

START_TEST(b032_a_got_exit_is_true_until_the_next_loop)
{
	add_reader(mark_and_take, "r", 0);
	ck_assert(!event_base_got_exit(fx.base));
	add_active(mark_and_exit, "a", 0);
	event_base_dispatch(fx.base);
	ck_assert(event_base_got_exit(fx.base));
	ck_assert(event_base_got_exit(fx.base));
	ck_assert(!event_base_got_break(fx.base));
	turns(1);
	ck_assert(!event_base_got_exit(fx.base));
}
END_TEST

START_TEST(b032_b_got_break_is_true_until_the_next_loop)
{
	add_reader(mark_and_take, "r", 0);
	add_active(mark_and_break, "a", 0);
	event_base_dispatch(fx.base);
	ck_assert(event_base_got_break(fx.base));
	ck_assert(!event_base_got_exit(fx.base));
	turns(1);
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(b033_a_loopcontinue_polls_before_the_rest)
{
	event_base_priority_init(fx.base, 2);
	add_reader(mark_and_take, "r", 0);
	add_active(mark_and_continue, "a", 1);
	add_active(mark, "b", 1);
	add_active(mark, "c", 1);
	turns(3);
	ck_assert_str_eq(trail(), "arbc");
}
END_TEST

START_TEST(b033_b_without_loopcontinue_the_rest_comes_first)
{
	event_base_priority_init(fx.base, 2);
	add_reader(mark_and_take, "r", 0);
	add_active(mark_and_send, "a", 1);
	add_active(mark, "b", 1);
	add_active(mark, "c", 1);
	turns(3);
	ck_assert_str_eq(trail(), "abcr");
}
END_TEST

START_TEST(b033_c_loopcontinue_without_a_loop_does_nothing)
{
	event_base_priority_init(fx.base, 2);
	add_reader(mark_and_take, "r", 0);
	event_base_loopcontinue(fx.base);
	add_active(mark_and_send, "a", 1);
	add_active(mark, "b", 1);
	turns(2);
	ck_assert_str_eq(trail(), "abr");
}
END_TEST

Suite *
suite_loop_end(void)
{
	Suite *suite = suite_create("loop_end");
	TCase *tcase = tcase_create("loop_end");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b028_a_loopbreak_ends_after_the_present_callback);
	tcase_add_test(tcase, b028_b_loopbreak_ends_a_loop_once_too);
	tcase_add_test(tcase, b029_a_loopexit_lets_the_round_finish);
	tcase_add_test(tcase, b029_b_next_round_is_not_part_of_it);
	tcase_add_test(tcase, b030_a_loopexit_never_comes_early);
	tcase_add_test(tcase, b030_b_several_loopexits_may_be_under_way);
	tcase_add_test(tcase, b030_c_loopexit_keeps_the_loop_going);
	tcase_add_test(tcase, b031_a_loopexit_before_the_loop_is_honoured);
	tcase_add_test(tcase, b031_b_loopexit_before_the_loop_does_not_sleep);
	tcase_add_test(tcase, b031_c_loopbreak_before_the_loop_is_lost);
	tcase_add_test(tcase, b031_d_stop_before_the_loop_is_kept);
	tcase_add_test(tcase, b031_e_one_stop_ends_one_loop);
	tcase_add_test(tcase, b031_f_stop_in_a_callback_is_a_loopbreak);
	tcase_add_test(tcase, b032_a_got_exit_is_true_until_the_next_loop);
	tcase_add_test(tcase, b032_b_got_break_is_true_until_the_next_loop);
	tcase_add_test(tcase, b033_a_loopcontinue_polls_before_the_rest);
	tcase_add_test(tcase, b033_b_without_loopcontinue_the_rest_comes_first);
	tcase_add_test(tcase, b033_c_loopcontinue_without_a_loop_does_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
