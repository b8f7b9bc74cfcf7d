/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h: conversions at the edges, and what a turn remembers. */
#include <check.h>
#include <limits.h>

#include "clock.h"

#include "../support/runner.h"

static const struct {
	struct timeval tv;
	int64_t ns;
} conversions[] = {
	{{0, 0}, 0},
	{{0, 1}, 1000},
	{{1, 500000}, 1500000000},
	{{0, 2500000}, 2500000000}, /* denormal */
	{{2, -500000}, 1500000000}, /* denormal */
	{{-1, 0}, 0},               /* past */
	{{-1, 1500000}, 500000000}, /* denormal, and not past */
	{{0, -1}, 0},
	{{-2147483647, 0}, 0},
#ifdef __LP64__
	{{LONG_MAX, 0}, CLOCK_NEVER},
	{{LONG_MAX, 999999}, CLOCK_NEVER},
	{{LONG_MIN, 0}, 0},
	{{0, LONG_MAX}, CLOCK_NEVER},
	{{0, LONG_MIN}, 0},
	{{9223372036, 854775}, 9223372036854775000},
	{{9223372036, 854776}, CLOCK_NEVER},
#endif
};

START_TEST(bug23_every_timeval_has_a_meaning)
{
	ck_assert_int_eq(
		clock_from_timeval(&conversions[_i].tv), conversions[_i].ns);
}
END_TEST

START_TEST(back_to_a_timeval_rounds_up)
{
	ck_assert_int_eq(clock_to_timeval(1).tv_usec, 1);
	ck_assert_int_eq(clock_to_timeval(1000).tv_usec, 1);
	ck_assert_int_eq(clock_to_timeval(1001).tv_usec, 2);
	ck_assert_int_eq(clock_to_timeval(999999999).tv_sec, 1);
	ck_assert_int_eq(clock_to_timeval(999999999).tv_usec, 0);
	ck_assert_int_gt(clock_to_timeval(CLOCK_NEVER).tv_sec, 2000000000);
}
END_TEST

START_TEST(sums_saturate)
{
	ck_assert_int_eq(clock_add(1, 2), 3);
	ck_assert_int_eq(clock_add(CLOCK_NEVER, 1), CLOCK_NEVER);
	ck_assert_int_eq(clock_add(1, CLOCK_NEVER), CLOCK_NEVER);
}
END_TEST

START_TEST(b040_a_turn_has_one_time)
{
	struct clock clock = {0};
	int64_t first, wall;

	clock_cache(&clock, 1);
	first = clock_turn(&clock);
	wall = clock_wall(&clock);
	while (clock_read() < first + 2000000)
		;
	ck_assert_int_eq(clock_turn(&clock), first);
	ck_assert_int_eq(clock_wall(&clock), wall);
	clock_forget(&clock);
	ck_assert_int_gt(clock_turn(&clock), first);
	clock_cache(&clock, 0);
	first = clock_turn(&clock);
	while (clock_turn(&clock) == first)
		;
}
END_TEST

/* With the processor's counter in between, where there is one. */
START_TEST(deadlines_count_from_now_and_in_order)
{
	struct clock clock = {0};
	int64_t last = 0, began = clock_read();

	while (last < began + 20000000) {
		int64_t before = clock_read(), now = clock_now(&clock);
		int64_t after = clock_read();

		ck_assert_int_ge(now, before);
		ck_assert_int_le(now, after + RULER_LENGTH_NS + RULER_AHEAD_NS);
		ck_assert_int_ge(now, last);
		last = now;
	}
	ck_assert_int_ge(clock_in_order(&clock, began), last);
}
END_TEST

static Suite *
suite_clock(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_loop_test(tcase, bug23_every_timeval_has_a_meaning, 0,
		sizeof(conversions) / sizeof(*conversions));
	tcase_add_test(tcase, back_to_a_timeval_rounds_up);
	tcase_add_test(tcase, sums_saturate);
	tcase_add_test(tcase, b040_a_turn_has_one_time);
	tcase_add_test(tcase, deadlines_count_from_now_and_in_order);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_clock, NULL});
}
