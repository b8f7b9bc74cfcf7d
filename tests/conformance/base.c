/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 10 to 19: a base's priorities, what it counts and shows, and its
 * end.
 */
#include "suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <event2/event_struct.h>
#include <event2/thread.h>

#include "../support/fixture.h"

static const struct timeval minute = {.tv_sec = 60};

static int
count_of(unsigned flags)
{
	return event_base_get_num_events(fx.base, flags);
}

static int
max_of(unsigned flags)
{
	return event_base_get_max_events(fx.base, flags, 0);
}

START_TEST(b010_a_number_of_priorities_is_1_to_255)
{
	static const int good[] = {1, 2, 128, 255, 3};
	static const int bad[] = {0, -1, 256, 100000};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ck_assert_int_eq(event_base_priority_init(fx.base, good[i]), 0);
		ck_assert_int_eq(event_base_get_npriorities(fx.base), good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_int_eq(event_base_priority_init(fx.base, bad[i]), -1);
		ck_assert_int_eq(event_base_get_npriorities(fx.base), 3);
	}
	messages_take(EVENT_LOG_WARN);
}
END_TEST

START_TEST(b010_b_number_is_fixed_while_an_event_is_active)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(-1, 0, note_call, &calls);

	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), -1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 3), -1);
	ck_assert_int_eq(event_base_get_npriorities(fx.base), 2);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 3), 0);
	messages_take(EVENT_LOG_WARN);
}
END_TEST

START_TEST(b011_a_there_is_one_priority_at_first)
{
	struct event *ev = fixture_event(-1, 0, note_call, NULL);

	ck_assert_int_eq(event_base_get_npriorities(fx.base), 1);
	ck_assert_int_eq(event_get_priority(ev), 0);
}
END_TEST

START_TEST(b011_b_new_event_gets_the_middle_priority)
{
	static const int numbers[] = {2, 3, 4, 255};
	struct event *ev;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		event_base_priority_init(fx.base, numbers[i]);
		ev = fixture_event(-1, 0, note_call, NULL);
		ck_assert_int_eq(event_get_priority(ev), numbers[i] / 2);
	}
}
END_TEST

START_TEST(b012_a_counts_of_an_idle_base_are_zero)
{
	fixture_event(fx.fd, EV_READ, note_call, NULL);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ACTIVE), 0);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_VIRTUAL), 0);
}
END_TEST

START_TEST(b012_b_added_counts_readiness_and_timeouts)
{
	struct event *reader = fixture_event(fx.fd, EV_READ, note_call, NULL);
	struct event *timer = fixture_event(-1, 0, note_call, NULL);

	event_add(reader, NULL);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 1);
	event_add(timer, &minute);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 2);
	event_add(reader, &minute);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 3);
	event_add(reader, &minute);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 3);
	event_del(reader);
	event_del(timer);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

START_TEST(b012_c_active_counts_callbacks_that_are_due)
{
	struct calls calls = {0};
	struct event *one = fixture_event(-1, 0, note_call, &calls);
	struct event *two = fixture_event(-1, 0, note_call, &calls);

	event_active(one, EV_READ, 1);
	event_active(one, EV_WRITE, 1);
	event_active(two, EV_READ, 1);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ACTIVE), 2);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ACTIVE), 0);
}
END_TEST

START_TEST(b012_d_counts_of_several_kinds_are_summed)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, &calls);
	unsigned all = EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE |
		       EVENT_BASE_COUNT_VIRTUAL;

	event_add(ev, NULL);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(
		count_of(all), count_of(EVENT_BASE_COUNT_ADDED) +
				       count_of(EVENT_BASE_COUNT_ACTIVE));
	ck_assert_int_gt(count_of(all), count_of(EVENT_BASE_COUNT_ACTIVE));
}
END_TEST

START_TEST(b012_e_maximum_outlives_the_events)
{
	struct event *evs[5];
	int i;

	for (i = 0; i < 5; i++) {
		evs[i] = fixture_event(-1, 0, note_call, NULL);
		event_add(evs[i], &minute);
	}
	for (i = 0; i < 5; i++)
		event_del(evs[i]);
	ck_assert_int_eq(count_of(EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(max_of(EVENT_BASE_COUNT_ADDED), 5);
}
END_TEST

START_TEST(b012_f_maximum_is_cleared_on_request)
{
	struct event *ev = fixture_event(-1, 0, note_call, NULL);
	struct calls calls = {0};
	struct event *active = fixture_event(-1, 0, note_call, &calls);

	event_add(ev, &minute);
	event_del(ev);
	event_active(active, EV_READ, 1);
	turns(1);
	ck_assert_int_ge(
		event_base_get_max_events(fx.base, EVENT_BASE_COUNT_ADDED, 1),
		1);
	ck_assert_int_eq(max_of(EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_int_eq(max_of(EVENT_BASE_COUNT_ACTIVE), 1);
	event_add(ev, &minute);
	ck_assert_int_eq(max_of(EVENT_BASE_COUNT_ADDED), 1);
}
END_TEST

/* Counts, in the array's order, how often each event was shown. */
struct walk {
	const struct event *evs[4];
	int seen[4];
	int total;
	int stop_at;
};

static int
see(const struct event_base *base, const struct event *ev, void *arg)
{
	struct walk *walk = arg;
	int i;

	ck_assert_ptr_eq(base, fx.base);
	for (i = 0; i < 4; i++)
		walk->seen[i] += ev == walk->evs[i];
	walk->total++;
	return walk->total == walk->stop_at ? 37 : 0;
}

static void
fill(struct walk *walk)
{
	struct event *idle = fixture_event(fx.peer, EV_READ, note_call, NULL);
	struct event *reader = fixture_event(fx.fd, EV_READ, note_call, NULL);
	struct event *timer = fixture_event(-1, 0, note_call, NULL);
	struct event *active = fixture_event(-1, 0, note_call, walk);

	event_add(reader, &minute);
	event_add(timer, &minute);
	event_active(active, EV_READ, 1);
	walk->evs[0] = idle;
	walk->evs[1] = reader;
	walk->evs[2] = timer;
	walk->evs[3] = active;
}

START_TEST(b013_a_foreach_shows_each_pending_and_active_event)
{
	struct walk walk = {.total = 0};

	fill(&walk);
	ck_assert_int_eq(event_base_foreach_event(fx.base, see, &walk), 0);
	ck_assert_int_eq(walk.seen[0], 0);
	ck_assert_int_eq(walk.seen[1], 1);
	ck_assert_int_eq(walk.seen[2], 1);
	ck_assert_int_eq(walk.seen[3], 1);
	event_del((struct event *)walk.evs[3]);
}
END_TEST

START_TEST(b013_b_foreach_shows_a_pending_active_event_once)
{
	struct walk walk = {.total = 0};
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, NULL);

	event_add(ev, &minute);
	event_active(ev, EV_READ, 1);
	walk.evs[0] = ev;
	event_base_foreach_event(fx.base, see, &walk);
	ck_assert_int_eq(walk.seen[0], 1);
	event_del(ev);
}
END_TEST

START_TEST(b013_c_foreach_ends_with_what_is_not_zero)
{
	struct walk walk = {.stop_at = 2};

	fill(&walk);
	ck_assert_int_eq(event_base_foreach_event(fx.base, see, &walk), 37);
	ck_assert_int_eq(walk.total, 2);
	event_del((struct event *)walk.evs[3]);
}
END_TEST

/* Lines of a base's dump that have all the words. */
static int
lines_with(const char *one, const char *two)
{
	FILE *file = tmpfile();
	char line[512];
	int count = 0;

	ck_assert_ptr_nonnull(file);
	event_base_dump_events(fx.base, file);
	rewind(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, one) && strstr(line, two);
	fclose(file);
	return count;
}

START_TEST(b014_a_dump_has_a_line_for_a_pending_event)
{
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, NULL);
	char address[32];

	snprintf(address, sizeof(address), "%p", (void *)ev);
	ck_assert_int_eq(lines_with(address, ""), 0);
	event_add(ev, &minute);
	ck_assert_int_eq(lines_with(address, "Read"), 1);
	ck_assert_int_eq(lines_with(address, "Persist"), 1);
	ck_assert_int_eq(lines_with(address, "Timeout"), 1);
	ck_assert_int_eq(lines_with(address, "Write"), 0);
}
END_TEST

START_TEST(b014_b_dump_has_a_second_line_for_an_active_event)
{
	struct event *ev = fixture_event(fx.fd, EV_WRITE, note_call, NULL);
	char address[32], fd[32];

	snprintf(address, sizeof(address), "%p", (void *)ev);
	snprintf(fd, sizeof(fd), "%d", (int)fx.fd);
	event_add(ev, NULL);
	ck_assert_int_eq(lines_with(address, fd), 1);
	event_active(ev, EV_WRITE, 1);
	ck_assert_int_eq(lines_with(address, fd), 2);
	ck_assert_int_eq(lines_with(address, "Write"), 2);
	event_del(ev);
}
END_TEST

START_TEST(b016_base_gives_back_its_descriptors)
{
	struct event_base *base;
	struct event *ev;
	int before = open_descriptors();
	int free_number = dup(fx.fd);
	int i;

	close(free_number);
	for (i = 0; i < 1000; i++) {
		base = fixture_base(0);
		if (test_threads())
			ck_assert_int_eq(
				evthread_make_base_notifiable(base), 0);
		if (i % 10 == 0) {
			ev = evsignal_new(base, SIGUSR1, note_call, NULL);
			ck_assert_int_eq(event_add(ev, NULL), 0);
			event_free(ev);
		}
		event_base_free(base);
	}
	ck_assert_int_eq(open_descriptors(), before);
	ck_assert_int_eq(fcntl(free_number, F_GETFD), -1);
}
END_TEST

/* Events of all kinds, pending and active, in a base of their own. */
static struct event_base *
busy_base(struct event *evs[5])
{
	struct event_base *base = fixture_base(0);
	int i;

	evs[0] = event_new(base, fx.fd, EV_READ | EV_PERSIST, note_call, NULL);
	evs[1] = event_new(base, fx.fd, EV_WRITE, note_call, NULL);
	evs[2] = event_new(base, -1, EV_PERSIST, note_call, NULL);
	evs[3] = evsignal_new(base, SIGUSR2, note_call, NULL);
	evs[4] = event_new(base, -1, 0, note_call, NULL);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(event_add(evs[i], &minute), 0);
	event_active(evs[2], EV_TIMEOUT, 1);
	event_active(evs[4], EV_READ, 1);
	return base;
}

START_TEST(b017_a_events_may_be_freed_before_their_base)
{
	struct event *evs[5];
	struct event_base *base = busy_base(evs);
	int i;

	for (i = 0; i < 5; i++)
		event_free(evs[(i * 3 + 1) % 5]);
	event_base_free(base);
}
END_TEST

START_TEST(b017_b_base_may_be_freed_with_all_its_events)
{
	struct event *evs[5];
	struct event_base *base = busy_base(evs);
	int i;

	event_base_free(base);
	for (i = 0; i < 5; i++)
		event_free(evs[i]);
}
END_TEST

START_TEST(b017_c_events_may_be_freed_on_both_sides_of_their_base)
{
	struct event *evs[5];
	struct event_base *base = busy_base(evs);
	int i;

	event_free(evs[0]);
	event_free(evs[4]);
	event_base_free(base);
	for (i = 1; i < 4; i++)
		event_free(evs[i]);
}
END_TEST

START_TEST(b017_d_nothing_runs_while_a_base_is_freed)
{
	struct event_base *base = fixture_base(0);
	struct calls calls = {0};
	struct event *ev = event_new(base, -1, 0, note_call, &calls);

	event_active(ev, EV_READ, 1);
	event_base_free(base);
	ck_assert_int_eq(calls.count, 0);
	event_free(ev);
}
END_TEST

START_TEST(b018_once_that_never_ran_leaves_its_argument_alone)
{
	struct calls *calls = calloc(1, sizeof(*calls));
	struct event_base *base = fixture_base(0);

	ck_assert_int_eq(
		event_base_once(base, fx.fd, EV_READ, note_call, calls, NULL),
		0);
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, note_call, calls,
				 &minute),
		0);
	ck_assert_int_eq(
		event_base_once(base, -1, EV_TIMEOUT, note_call, calls, NULL),
		0);
	event_base_free(base);
	ck_assert_int_eq(calls->count, 0);
	free(calls);
}
END_TEST

static void
count_final(struct event *ev, void *count)
{
	(void)ev;
	++*(int *)count;
}

START_TEST(b019_a_free_runs_finalizers_that_are_due)
{
	struct event_base *base = fixture_base(0);
	int count = 0;
	struct event *ev = event_new(base, fx.fd, EV_READ, count_call, &count);
	struct event own;

	event_assign(&own, base, -1, 0, count_call, &count);
	event_add(ev, &minute);
	ck_assert_int_eq(event_free_finalize(0, ev, count_final), 0);
	ck_assert_int_eq(event_finalize(0, &own, count_final), 0);
	ck_assert_int_eq(count, 0);
	event_base_free(base);
	ck_assert_int_eq(count, 2);
}
END_TEST

START_TEST(b019_b_free_nofinalize_does_not)
{
	struct event_base *base = fixture_base(0);
	int count = 0;
	struct event own;

	event_assign(&own, base, fx.fd, EV_READ, count_call, &count);
	event_add(&own, &minute);
	ck_assert_int_eq(event_finalize(0, &own, count_final), 0);
	event_base_free_nofinalize(base);
	ck_assert_int_eq(count, 0);
}
END_TEST

static void
free_argument(struct event *ev, void *arg)
{
	(void)ev;
	free(arg);
}

START_TEST(b019_c_finalizer_may_free_what_the_callback_used)
{
	struct event_base *base = fixture_base(0);
	struct calls *calls = calloc(1, sizeof(*calls));
	struct event *ev = event_new(base, fx.fd, EV_READ, note_call, calls);

	event_add(ev, NULL);
	event_free_finalize(0, ev, free_argument);
	event_base_free(base);
}
END_TEST

START_TEST(b016_b_nothing_to_free_is_no_error)
{
	event_base_free(NULL);
	event_base_free_nofinalize(NULL);
	event_config_free(NULL);
	event_free(NULL);
}
END_TEST

Suite *
suite_base(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b010_a_number_of_priorities_is_1_to_255);
	tcase_add_test(tcase, b010_b_number_is_fixed_while_an_event_is_active);
	tcase_add_test(tcase, b011_a_there_is_one_priority_at_first);
	tcase_add_test(tcase, b011_b_new_event_gets_the_middle_priority);
	tcase_add_test(tcase, b012_a_counts_of_an_idle_base_are_zero);
	tcase_add_test(tcase, b012_b_added_counts_readiness_and_timeouts);
	tcase_add_test(tcase, b012_c_active_counts_callbacks_that_are_due);
	tcase_add_test(tcase, b012_d_counts_of_several_kinds_are_summed);
	tcase_add_test(tcase, b012_e_maximum_outlives_the_events);
	tcase_add_test(tcase, b012_f_maximum_is_cleared_on_request);
	tcase_add_test(
		tcase, b013_a_foreach_shows_each_pending_and_active_event);
	tcase_add_test(tcase, b013_b_foreach_shows_a_pending_active_event_once);
	tcase_add_test(tcase, b013_c_foreach_ends_with_what_is_not_zero);
	tcase_add_test(tcase, b014_a_dump_has_a_line_for_a_pending_event);
	tcase_add_test(
		tcase, b014_b_dump_has_a_second_line_for_an_active_event);
	tcase_add_test(tcase, b016_base_gives_back_its_descriptors);
	tcase_add_test(tcase, b016_b_nothing_to_free_is_no_error);
	tcase_add_test(tcase, b017_a_events_may_be_freed_before_their_base);
	tcase_add_test(tcase, b017_b_base_may_be_freed_with_all_its_events);
	tcase_add_test(
		tcase, b017_c_events_may_be_freed_on_both_sides_of_their_base);
	tcase_add_test(tcase, b017_d_nothing_runs_while_a_base_is_freed);
	tcase_add_test(
		tcase, b018_once_that_never_ran_leaves_its_argument_alone);
	tcase_add_test(tcase, b019_a_free_runs_finalizers_that_are_due);
	tcase_add_test(tcase, b019_b_free_nofinalize_does_not);
	tcase_add_test(tcase, b019_c_finalizer_may_free_what_the_callback_used);
	suite_add_tcase(suite, tcase);
	return suite;
}
