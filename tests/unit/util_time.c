/* SPDX-License-Identifier: BSD-3-Clause */
/* Times of evutil: arithmetic, the time of day, and a clock. */
#include <check.h>
#include <stddef.h>
#include <time.h>

#include <event2/util.h>

#include "../support/runner.h"

#define COUNT(table) (int)(sizeof(table) / sizeof(*(table)))

static const struct {
	struct timeval left, right, sum;
} sums[] = {
	{{0, 0}, {0, 0}, {0, 0}},
	{{1, 2}, {3, 4}, {4, 6}},
	{{0, 500000}, {0, 499999}, {0, 999999}},
	{{0, 500000}, {0, 500000}, {1, 0}},
	{{1, 999999}, {1, 999999}, {3, 999998}},
	{{0, 0}, {5, 0}, {5, 0}},
	{{-1, 500000}, {0, 500000}, {0, 0}},
	{{-3, 900000}, {1, 200000}, {-1, 100000}},
};

static void
check_time(const struct timeval *found, const struct timeval *expected)
{
	ck_assert_int_eq(found->tv_sec, expected->tv_sec);
	ck_assert_int_eq(found->tv_usec, expected->tv_usec);
}

START_TEST(timeradd_carries)
{
	struct timeval left = sums[_i].left, right = sums[_i].right, sum;

	evutil_timeradd(&left, &right, &sum);
	check_time(&sum, &sums[_i].sum);
	evutil_timeradd(&right, &left, &sum);
	check_time(&sum, &sums[_i].sum);
	evutil_timeradd(&left, &right, &left); /* in place */
	check_time(&left, &sums[_i].sum);
}
END_TEST

START_TEST(timersub_borrows)
{
	struct timeval sum = sums[_i].sum, left;

	evutil_timersub(&sum, &sums[_i].right, &left);
	check_time(&left, &sums[_i].left);
	evutil_timersub(&sum, &sums[_i].left, &sum);
	check_time(&sum, &sums[_i].right);
}
END_TEST

/* Every pair of times in rising order, by every operator. */
START_TEST(timercmp_takes_every_operator)
{
	static const struct timeval rising[] = {{-1, 0}, {-1, 999999}, {0, 0},
		{0, 1}, {0, 999999}, {1, 0}, {1, 1}, {2, 0}};

	for (int i = 0; i < COUNT(rising); i++)
		for (int k = 0; k < COUNT(rising); k++) {
			const struct timeval *a = &rising[i], *b = &rising[k];

			ck_assert_int_eq(evutil_timercmp(a, b, <), i < k);
			ck_assert_int_eq(evutil_timercmp(a, b, <=), i <= k);
			ck_assert_int_eq(evutil_timercmp(a, b, ==), i == k);
			ck_assert_int_eq(evutil_timercmp(a, b, !=), i != k);
			ck_assert_int_eq(evutil_timercmp(a, b, >=), i >= k);
			ck_assert_int_eq(evutil_timercmp(a, b, >), i > k);
		}
}
END_TEST

START_TEST(timerclear_leaves_what_timerisset_denies)
{
	struct timeval tv = {1, 2};

	ck_assert(evutil_timerisset(&tv));
	evutil_timerclear(&tv);
	ck_assert(!evutil_timerisset(&tv));
	check_time(&tv, &(struct timeval){0, 0});
	tv.tv_usec = 1;
	ck_assert(evutil_timerisset(&tv));
	tv = (struct timeval){1, 0};
	ck_assert(evutil_timerisset(&tv));
}
END_TEST

struct outer {
	char before;
	struct {
		long deep[3];
	} inner;
};

START_TEST(offsetof_is_that_of_the_language)
{
	ck_assert_uint_eq(evutil_offsetof(struct outer, before), 0);
	ck_assert_uint_eq(evutil_offsetof(struct outer, inner),
		offsetof(struct outer, inner));
	ck_assert_uint_eq(evutil_offsetof(struct outer, inner.deep[2]),
		offsetof(struct outer, inner) + 2 * sizeof(long));
}
END_TEST

START_TEST(gettimeofday_is_the_time_of_day)
{
	struct timeval tv = {0, -1};
	time_t before = time(NULL);

	ck_assert_int_eq(evutil_gettimeofday(&tv, NULL), 0);
	ck_assert_int_ge(tv.tv_sec, before - 1); /* time() may be coarser */
	ck_assert_int_le(tv.tv_sec, time(NULL) + 1);
	ck_assert_int_ge(tv.tv_usec, 0);
	ck_assert_int_lt(tv.tv_usec, 1000000);
}
END_TEST

/* --- a clock ---------------------------------------------------------------*/

static const int kinds[] = {
	0, EV_MONOT_PRECISE, EV_MONOT_FALLBACK, EV_MONOT_PRECISE | 0x100};

static struct timeval
read_timer(struct evutil_monotonic_timer *timer)
{
	struct timeval now = {0, -1};

	ck_assert_int_eq(evutil_gettime_monotonic(timer, &now), 0);
	ck_assert_int_ge(now.tv_usec, 0);
	ck_assert_int_lt(now.tv_usec, 1000000);
	return now;
}

START_TEST(monotonic_timer_goes_on_and_never_back)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct timeval first, last, now;

	ck_assert_ptr_nonnull(timer);
	ck_assert_int_eq(evutil_configure_monotonic_time(timer, kinds[_i]), 0);
	first = last = read_timer(timer);
	do {
		now = read_timer(timer);
		ck_assert(evutil_timercmp(&now, &last, >=));
		last = now;
		evutil_timersub(&now, &first, &now);
	} while (now.tv_sec == 0 && now.tv_usec < 2000);
	evutil_monotonic_timer_free(timer);
}
END_TEST

START_TEST(monotonic_timer_works_as_it_was_made)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct timespec before, after;
	struct timeval now;

	clock_gettime(CLOCK_MONOTONIC, &before);
	now = read_timer(timer);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_ge(now.tv_sec, before.tv_sec);
	ck_assert_int_le(now.tv_sec, after.tv_sec);
	evutil_monotonic_timer_free(timer);
}
END_TEST

START_TEST(monotonic_timer_needs_its_arguments)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct timeval now;

	ck_assert_int_eq(evutil_configure_monotonic_time(NULL, 0), -1);
	ck_assert_int_eq(evutil_gettime_monotonic(NULL, &now), -1);
	ck_assert_int_eq(evutil_gettime_monotonic(timer, NULL), -1);
	evutil_monotonic_timer_free(timer);
	evutil_monotonic_timer_free(NULL);
}
END_TEST

static Suite *
suite_time(void)
{
	Suite *suite = suite_create("util_time");
	TCase *arithmetic = tcase_create("arithmetic");
	TCase *clocks = tcase_create("clocks");

	tcase_add_loop_test(arithmetic, timeradd_carries, 0, COUNT(sums));
	tcase_add_loop_test(arithmetic, timersub_borrows, 0, COUNT(sums));
	tcase_add_test(arithmetic, timercmp_takes_every_operator);
	tcase_add_test(arithmetic, timerclear_leaves_what_timerisset_denies);
	tcase_add_test(arithmetic, offsetof_is_that_of_the_language);
	tcase_add_test(clocks, gettimeofday_is_the_time_of_day);
	tcase_add_loop_test(clocks, monotonic_timer_goes_on_and_never_back, 0,
		COUNT(kinds));
	tcase_add_test(clocks, monotonic_timer_works_as_it_was_made);
	tcase_add_test(clocks, monotonic_timer_needs_its_arguments);
	suite_add_tcase(suite, arithmetic);
	suite_add_tcase(suite, clocks);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_time, NULL});
}
