/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 40 and 41: the loop's time, and limits on what runs between polls.
 */
#include "suites.h"

#include <string.h>

#include "../support/fixture.h"

/* The time of day may be slewed meanwhile, so a little less is good enough. */
enum { MANY = 10, BURN_MS = 20, BURNT_US = (BURN_MS - 1) * 1000 };

/* --- the cached time ------------------------------------------------------*/

struct reading {
	struct event_base *base;
	struct timeval before, after;
};

static struct timeval
cached(struct event_base *base)
{
	struct timeval tv;

	ck_assert_int_eq(event_base_gettimeofday_cached(base, &tv), 0);
	return tv;
}

static void
read_and_burn(evutil_socket_t fd, short what, void *arg)
{
	struct reading *reading = arg;

	(void)fd;
	(void)what;
	reading->before = cached(reading->base);
	clock_burn_ms(BURN_MS);
	reading->after = cached(reading->base);
}

static void
read_update_read(evutil_socket_t fd, short what, void *arg)
{
	struct reading *reading = arg;

	(void)fd;
	(void)what;
	reading->before = cached(reading->base);
	clock_burn_ms(BURN_MS);
	ck_assert_int_eq(event_base_update_cache_time(reading->base), 0);
	reading->after = cached(reading->base);
}

/* What two callbacks of one turn read. */
static void
run_two(struct event_base *base, event_callback_fn fn,
	struct reading readings[2])
{
	struct event *evs[2];
	int i;

	for (i = 0; i < 2; i++) {
		readings[i].base = base;
		evs[i] = event_new(base, -1, 0, fn, &readings[i]);
		event_active(evs[i], EV_READ, 1);
	}
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	for (i = 0; i < 2; i++)
		event_free(evs[i]);
}

static int64_t
us_from_real_time(const struct timeval *tv)
{
	struct timeval real;
	int64_t us;

	evutil_gettimeofday(&real, NULL);
	us = clock_us_between(tv, &real);
	return us < 0 ? -us : us;
}

START_TEST(b040_a_time_stands_still_within_a_turn)
{
	struct reading readings[2];

	run_two(fx.base, read_and_burn, readings);
	ck_assert_int_eq(
		clock_us_between(&readings[0].before, &readings[0].after), 0);
	ck_assert_int_eq(
		clock_us_between(&readings[0].before, &readings[1].after), 0);
}
END_TEST

START_TEST(b040_b_time_goes_on_with_the_next_turn)
{
	struct reading one[2], two[2];

	run_two(fx.base, read_and_burn, one);
	run_two(fx.base, read_and_burn, two);
	ck_assert_int_ge(
		clock_us_between(&one[0].before, &two[0].before), 2 * BURNT_US);
}
END_TEST

START_TEST(b040_c_time_catches_up_on_request)
{
	struct reading readings[2];

	run_two(fx.base, read_update_read, readings);
	ck_assert_int_ge(
		clock_us_between(&readings[0].before, &readings[0].after),
		BURNT_US);
	ck_assert_int_eq(
		clock_us_between(&readings[0].after, &readings[1].before), 0);
}
END_TEST

START_TEST(b040_d_time_is_real_outside_the_loop)
{
	struct timeval before = cached(fx.base), after;

	clock_burn_ms(BURN_MS);
	after = cached(fx.base);
	ck_assert_int_ge(clock_us_between(&before, &after), BURNT_US);
	ck_assert_int_lt(us_from_real_time(&after), 10 * 1000000);
	ck_assert_int_eq(event_base_update_cache_time(fx.base), 0);
	before = cached(fx.base);
	clock_burn_ms(BURN_MS);
	after = cached(fx.base);
	ck_assert_int_ge(clock_us_between(&before, &after), BURNT_US);
}
END_TEST

START_TEST(b040_e_time_is_not_cached_when_told_so)
{
	struct event_base *base = fixture_base(EVENT_BASE_FLAG_NO_CACHE_TIME);
	struct reading readings[2];

	run_two(base, read_and_burn, readings);
	ck_assert_int_ge(
		clock_us_between(&readings[0].before, &readings[0].after),
		BURNT_US);
	event_base_free(base);
}
END_TEST

START_TEST(b040_f_time_is_the_time_of_day)
{
	struct reading readings[2];

	run_two(fx.base, read_and_burn, readings);
	ck_assert_int_lt(us_from_real_time(&readings[1].after), 10 * 1000000);
}
END_TEST

/* --- limits between two polls ---------------------------------------------*/

static char trail[64];

static void
mark(evutil_socket_t fd, short what, void *letter)
{
	(void)fd;
	(void)what;
	strncat(trail, letter, 1);
}

static void
mark_and_take(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	take_all(fd);
}

static void
mark_and_send(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	send_byte(fx.peer);
}

static void
mark_and_burn(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	clock_burn_ms(5);
}

static void
mark_send_and_burn(evutil_socket_t fd, short what, void *letter)
{
	mark_and_send(fd, what, letter);
	clock_burn_ms(5);
}

/* fx.base anew, with limits and two priorities. */
static void
limit(const struct timeval *interval, int callbacks, int min_priority)
{
	struct event_config *cfg = fixture_config();

	ck_assert_int_eq(event_config_set_max_dispatch_interval(
				 cfg, interval, callbacks, min_priority),
		0);
	event_base_free(fx.base);
	fx.base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	ck_assert_ptr_nonnull(fx.base);
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
}

static struct event *
of_priority(struct event *ev, int priority)
{
	ck_assert_int_eq(event_priority_set(ev, priority), 0);
	return ev;
}

/*
 * MANY active events of a priority, of which the first makes fx.fd readable;
 * its reader has priority 0.
 */
static void
crowd(int priority, event_callback_fn first, event_callback_fn other)
{
	int i;

	event_add(of_priority(fixture_event(fx.fd, EV_READ | EV_PERSIST,
				      mark_and_take, (void *)"r"),
			  0),
		NULL);
	for (i = 0; i < MANY; i++)
		event_active(of_priority(fixture_event(-1, 0, i ? other : first,
						 (void *)"."),
				     priority),
			EV_READ, 1);
}

START_TEST(b041_a_without_limits_the_crowd_comes_first)
{
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	crowd(1, mark_and_send, mark);
	turns(MANY + 2);
	ck_assert_str_eq(trail, "..........r");
}
END_TEST

START_TEST(b041_b_callbacks_between_polls_are_limited)
{
	limit(NULL, 3, 1);
	crowd(1, mark_and_send, mark);
	turns(MANY + 2);
	ck_assert_str_eq(trail, "...r.......");
}
END_TEST

START_TEST(b041_c_urgent_priorities_have_no_limit)
{
	limit(NULL, 3, 1);
	crowd(0, mark_and_send, mark);
	turns(MANY + 2);
	ck_assert_str_eq(trail, "..........r");
}
END_TEST

START_TEST(b041_d_limit_of_zero_is_one)
{
	limit(NULL, 0, 0);
	crowd(1, mark_and_send, mark);
	turns(MANY + 2);
	ck_assert_str_eq(trail, ".r.........");
}
END_TEST

START_TEST(b041_e_time_between_polls_is_limited)
{
	struct timeval interval = clock_ms(4);

	limit(&interval, -1, 1);
	crowd(1, mark_send_and_burn, mark_and_burn);
	turns(MANY + 2);
	ck_assert_str_eq(trail, ".r.........");
}
END_TEST

START_TEST(b041_f_limits_hold_in_a_loop_once_too)
{
	limit(NULL, 2, 1);
	crowd(1, mark_and_send, mark);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail, "..r........");
}
END_TEST

START_TEST(b041_g_limits_lose_nothing)
{
	struct timeval soon = clock_ms(10);

	limit(NULL, 1, 0);
	crowd(1, mark_and_send, mark);
	ck_assert_int_eq(event_base_loopexit(fx.base, &soon), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_uint_eq(strlen(trail), MANY + 1);
}
END_TEST

Suite *
suite_loop_time(void)
{
	Suite *suite = suite_create("loop_time");
	TCase *clock = tcase_create("clock");
	TCase *limits = tcase_create("limits");

	tcase_add_checked_fixture(clock, fixture_setup, fixture_teardown);
	tcase_add_test(clock, b040_a_time_stands_still_within_a_turn);
	tcase_add_test(clock, b040_b_time_goes_on_with_the_next_turn);
	tcase_add_test(clock, b040_c_time_catches_up_on_request);
	tcase_add_test(clock, b040_d_time_is_real_outside_the_loop);
	tcase_add_test(clock, b040_e_time_is_not_cached_when_told_so);
	tcase_add_test(clock, b040_f_time_is_the_time_of_day);
	suite_add_tcase(suite, clock);

	tcase_add_checked_fixture(limits, fixture_setup, fixture_teardown);
	tcase_add_test(limits, b041_a_without_limits_the_crowd_comes_first);
	tcase_add_test(limits, b041_b_callbacks_between_polls_are_limited);
	tcase_add_test(limits, b041_c_urgent_priorities_have_no_limit);
	tcase_add_test(limits, b041_d_limit_of_zero_is_one);
	tcase_add_test(limits, b041_e_time_between_polls_is_limited);
	tcase_add_test(limits, b041_f_limits_hold_in_a_loop_once_too);
	tcase_add_test(limits, b041_g_limits_lose_nothing);
	suite_add_tcase(suite, limits);
	return suite;
}
