/* SPDX-License-Identifier: BSD-3-Clause */
/* timers.h: deadlines without a loop. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "clock.h"
#include "timers.h"

#include "../support/runner.h"

#define MANY 2000

static struct timers timers;
static struct event events[MANY];
static int allow_memory = 1;

static void *
scarce_malloc(size_t size)
{
	return allow_memory ? malloc(size) : NULL;
}

static void *
scarce_realloc(void *block, size_t size)
{
	return allow_memory ? realloc(block, size) : NULL;
}

static void
setup(void)
{
	event_set_mem_functions(scarce_malloc, scarce_realloc, free);
	memset(events, 0, sizeof(events));
	timers_init(&timers);
}

static void
teardown(void)
{
	allow_memory = 1;
	timers_fini(&timers);
}

static void
set(int i, int64_t deadline, uint32_t queue)
{
	ck_assert_int_eq(timers_set(&timers, &events[i], deadline, queue), 0);
	ck_assert(timers_verify(&timers));
}

static int
due(int64_t now)
{
	struct event *ev = timers_take_due(&timers, now);

	ck_assert(timers_verify(&timers));
	return ev ? (int)(ev - events) : -1;
}

static uint32_t
common(long sec, long usec)
{
	struct timeval tv = {sec, usec};
	const struct timeval *handle = timers_common(&timers, &tv);
	uint32_t queue;

	ck_assert_ptr_nonnull(handle);
	timers_duration(&timers, handle, &queue);
	return queue;
}

START_TEST(none_is_due)
{
	ck_assert_int_eq(timers_next(&timers), CLOCK_NEVER);
	ck_assert_int_eq(due(CLOCK_NEVER), -1);
}
END_TEST

START_TEST(b061_not_before_the_deadline)
{
	set(0, 100, 0);
	ck_assert_int_eq(timers_next(&timers), 100);
	ck_assert_int_eq(due(99), -1);
	ck_assert_int_eq(due(100), 0);
	ck_assert_int_eq(
		events[0].ev_evcallback.evcb_flags & EVLIST_TIMEOUT, 0);
	ck_assert_uint_eq(timers.count, 0);
}
END_TEST

START_TEST(b062_setting_again_moves)
{
	set(0, 100, 0);
	set(1, 150, 0);
	set(0, 200, 0); /* later: the heap's key is left too early */
	ck_assert_int_eq(due(100), -1);
	ck_assert_int_eq(timers_next(&timers), 150);
	ck_assert_int_eq(due(199), 1);
	set(0, 50, 0); /* earlier */
	ck_assert_int_eq(timers_next(&timers), 50);
	ck_assert_int_eq(due(50), 0);
}
END_TEST

/* Also among those that were re-armed, and over heap and queues. */
START_TEST(b069_equal_deadlines_come_in_the_order_set)
{
	uint32_t queue = common(1, 0);

	for (int i = 0; i < 30; i++)
		set(i, 10, 0);
	for (int i = 29; i >= 0; i--)
		set(i, 500, i % 3 ? 0 : queue);
	for (int i = 30; i < 40; i++)
		set(i, 500, i % 2 ? 0 : queue);
	for (int i = 29; i >= 0; i--)
		ck_assert_int_eq(due(500), i);
	for (int i = 30; i < 40; i++)
		ck_assert_int_eq(due(500), i);
}
END_TEST

START_TEST(b068_common_timeouts)
{
	struct timeval half = {0, 500000}, denormal = {0, 500000};
	const struct timeval *handle = timers_common(&timers, &half);
	struct timeval copy = *handle;
	uint32_t queue, none;

	ck_assert_ptr_eq(timers_common(&timers, &denormal), handle);
	ck_assert_ptr_eq(timers_common(&timers, handle), handle);
	ck_assert_int_eq(timers_duration(&timers, &half, &none), 500000000);
	ck_assert_uint_eq(none, 0);
	ck_assert_int_eq(timers_duration(&timers, &copy, &queue), 500000000);
	for (int i = 0; i < 100; i++)
		set(i, 1000 + i / 10, queue);
	ck_assert_uint_eq(timers.heap.count, 1);
	for (int i = 0; i < 100; i += 2)
		timers_clear(&timers, &events[i]);
	ck_assert(timers_verify(&timers));
	for (int i = 1; i < 100; i += 2)
		ck_assert_int_eq(due(2000), i);
	ck_assert_uint_eq(timers.heap.count, 0);
}
END_TEST

START_TEST(queue_stays_sorted_when_set_out_of_order)
{
	uint32_t queue = common(2, 0);

	set(0, 300, queue);
	set(1, 100, queue);
	set(2, 200, queue);
	set(3, 100, queue);
	ck_assert_int_eq(due(400), 1);
	ck_assert_int_eq(due(400), 3);
	ck_assert_int_eq(due(400), 2);
	ck_assert_int_eq(due(400), 0);
}
END_TEST

START_TEST(b068_256_durations_and_no_more)
{
	for (int i = 0; i < TIMERS_QUEUES_MAX; i++)
		ck_assert_uint_eq(common(1, i), (uint32_t)i + 1);
	ck_assert_ptr_null(timers_common(&timers, &(struct timeval){9, 9}));
	ck_assert_uint_eq(common(1, 7), 8);
}
END_TEST

START_TEST(clearing_twice_is_clearing_once)
{
	timers_clear(&timers, &events[0]);
	set(0, 5, 0);
	timers_clear(&timers, &events[0]);
	timers_clear(&timers, &events[0]);
	ck_assert_uint_eq(timers.count, 0);
	ck_assert_int_eq(due(10), -1);
}
END_TEST

START_TEST(between_heap_and_queue)
{
	uint32_t queue = common(3, 0);

	set(0, 100, 0);
	set(0, 200, queue);
	ck_assert_int_eq(due(150), -1);
	set(0, 50, 0);
	ck_assert_int_eq(due(50), 0);
}
END_TEST

START_TEST(without_memory_all_is_as_it_was)
{
	uint32_t queue = common(3, 0);

	set(50, 90, queue);
	set(51, 95, queue);
	for (int i = 0; i < 5 || timers.heap.count < timers.heap.cap; i++)
		set(i, 100 + i, 0);
	allow_memory = 0;
	ck_assert_int_eq(timers_set(&timers, &events[60], 1, 0), -ENOMEM);
	ck_assert_int_eq(events[60].ev_evcallback.evcb_flags, 0);
	ck_assert_int_eq(timers_set(&timers, &events[51], 1, 0), -ENOMEM);
	ck_assert_ptr_null(timers_common(&timers, &(struct timeval){77, 0}));
	ck_assert_int_eq(timers_set(&timers, &events[3], 7, 0), 0);
	ck_assert(timers_verify(&timers));
	allow_memory = 1;
	ck_assert_int_eq(due(1000), 3);
	ck_assert_int_eq(due(1000), 50);
	ck_assert_int_eq(due(1000), 51);
}
END_TEST

/* Against a list that is searched from end to end. */
START_TEST(bug24_random_changes_agree_with_a_list)
{
	static int64_t deadline[MANY];
	static uint64_t order[MANY];
	uint32_t queue = common(1, 500);
	unsigned state = 99;
	uint64_t orders = 0;
	int64_t now = 0;

	memset(deadline, -1, sizeof(deadline));
	for (int step = 0; step < 60000; step++) {
		int i, first = -1;

		state = state * 1664525 + 1013904223;
		i = (int)(state >> 16) % 64;
		if ((state >> 4) % 4) {
			deadline[i] = now + (state >> 8) % 50;
			order[i] = ++orders;
			set(i, deadline[i], state & 0x1000 ? queue : 0);
		} else {
			timers_clear(&timers, &events[i]);
			deadline[i] = -1;
		}
		now += state % 3;
		for (int k = 0; k < 64; k++)
			if (deadline[k] >= 0 && deadline[k] <= now &&
				(first < 0 || deadline[k] < deadline[first] ||
					(deadline[k] == deadline[first] &&
						order[k] < order[first])))
				first = k;
		i = due(now);
		if (i != first)
			ck_abort_msg("step %d: %d, not %d", step, i, first);
		if (first >= 0)
			deadline[first] = -1;
	}
}
END_TEST

static Suite *
suite_timers_unit(void)
{
	Suite *suite = suite_create("timers");
	TCase *tcase = tcase_create("timers");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, none_is_due);
	tcase_add_test(tcase, b061_not_before_the_deadline);
	tcase_add_test(tcase, b062_setting_again_moves);
	tcase_add_test(tcase, b069_equal_deadlines_come_in_the_order_set);
	tcase_add_test(tcase, b068_common_timeouts);
	tcase_add_test(tcase, queue_stays_sorted_when_set_out_of_order);
	tcase_add_test(tcase, b068_256_durations_and_no_more);
	tcase_add_test(tcase, clearing_twice_is_clearing_once);
	tcase_add_test(tcase, between_heap_and_queue);
	tcase_add_test(tcase, without_memory_all_is_as_it_was);
	tcase_add_test(tcase, bug24_random_changes_agree_with_a_list);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_timers_unit, NULL});
}
