/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 61 to 71 and 73 in real time: what can be said of timers without
 * knowing how busy the machine is.  tests/seams/schedule.c says it exactly.
 */
#include "suites.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "../support/fixture.h"
#include "../support/trail.h"

static const struct timeval now = {.tv_sec = 0};
static const struct timeval hour = {.tv_sec = 3600};

static struct event *
timer(const struct timeval *tv, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(-1, what, fn, arg);

	ck_assert_int_eq(event_add(ev, tv), 0);
	return ev;
}

static void
run_for_ms(long ms)
{
	struct timeval tv = clock_ms(ms);

	ck_assert_int_eq(event_base_loopexit(fx.base, &tv), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
}

/* --- 61: never early ------------------------------------------------------*/

enum { CROWD = 300 };

struct promise {
	int64_t not_before;
	int fired;
};

static void
keep_promise(evutil_socket_t fd, short what, void *arg)
{
	struct promise *promise = arg;

	(void)fd;
	ck_assert_int_eq(what, EV_TIMEOUT);
	ck_assert_int_ge(clock_real_ns(), promise->not_before);
	promise->fired++;
}

static void
promise(struct event *ev, struct promise *promise, long us)
{
	struct timeval tv = {.tv_usec = us};

	promise->not_before = clock_real_ns() + us * 1000;
	ck_assert_int_eq(event_add(ev, &tv), 0);
}

START_TEST(b061_a_timer_never_fires_early)
{
	static const int flags[] = {0, EVENT_BASE_FLAG_PRECISE_TIMER,
		EVENT_BASE_FLAG_NO_CACHE_TIME};
	struct event_base *base = fixture_base(flags[_i]);
	struct promise promises[CROWD] = {{0}};
	struct event *evs[CROWD];
	int i;

	for (i = 0; i < CROWD; i++) {
		evs[i] = evtimer_new(base, keep_promise, &promises[i]);
		promise(evs[i], &promises[i], i * 7919 % 30000);
	}
	ck_assert_int_eq(event_base_dispatch(base), 1);
	for (i = 0; i < CROWD; i++) {
		ck_assert_int_eq(promises[i].fired, 1);
		event_free(evs[i]);
	}
	event_base_free(base);
}
END_TEST

struct chain {
	struct event *ev;
	struct promise promise;
};

static void
burn_and_promise(evutil_socket_t fd, short what, void *arg)
{
	struct chain *chain = arg;

	(void)fd;
	(void)what;
	clock_burn_ms(20);
	promise(chain->ev, &chain->promise, 5000);
}

START_TEST(b061_b_nor_when_set_in_a_long_callback)
{
	struct chain chain = {0};

	chain.ev = fixture_event(-1, 0, keep_promise, &chain.promise);
	timer(&now, 0, burn_and_promise, &chain);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(chain.promise.fired, 1);
}
END_TEST

/* --- 62: set again --------------------------------------------------------*/

START_TEST(b062_a_adding_again_replaces_the_deadline)
{
	struct promise later = {0};
	struct event *ev = timer(&hour, 0, mark, (void *)"a");

	event_add(ev, &now);
	event_add(timer(&now, 0, mark, (void *)"b"), &hour);
	promise(timer(&now, 0, keep_promise, &later), &later, 10000);
	run_for_ms(15);
	ck_assert_str_eq(trail(), "a");
	ck_assert_int_eq(later.fired, 1);
}
END_TEST

START_TEST(b062_b_adding_without_a_time_leaves_it)
{
	struct timeval soon = clock_ms(10);
	struct promise promise = {.not_before = clock_real_ns() + 10000000};
	struct event *ev = timer(&soon, 0, keep_promise, &promise);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(promise.fired, 1);
}
END_TEST

START_TEST(b062_c_a_deleted_timer_does_not_fire)
{
	struct event *ev = timer(&now, 0, mark, (void *)"a");

	event_del(ev);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	event_add(ev, &now);
	event_active(ev, EV_TIMEOUT, 1);
	event_del(ev);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "");
}
END_TEST

/* --- 63, 64, 65: persistent -----------------------------------------------*/

struct metronome {
	int64_t began;
	int count;
};

static void
beat(evutil_socket_t fd, short what, void *arg)
{
	struct metronome *metronome = arg;

	(void)fd;
	(void)what;
	metronome->count++;
	ck_assert_int_ge(
		clock_real_ns() - metronome->began, metronome->count * 3000000);
	if (metronome->count == 7)
		clock_burn_ms(10);
	if (metronome->count == 12)
		event_base_loopexit(fx.base, NULL);
}

START_TEST(b063_a_persistent_timer_is_never_ahead_of_its_schedule)
{
	struct timeval tv = clock_ms(3);
	struct metronome metronome = {.began = clock_real_ns()};
	struct event *ev = timer(&tv, EV_PERSIST, beat, &metronome);

	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_eq(metronome.count, 12);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
}
END_TEST

START_TEST(b063_b_persistent_timers_need_no_memory_to_go_on)
{
	struct calls calls[CROWD] = {{0}};
	int i;

	for (i = 0; i < CROWD; i++)
		timer(&now, EV_PERSIST, note_call, &calls[i]);
	turns(2);
	alloc_fail(_i, 1);
	turns(5);
	alloc_fail(0, 0);
	turns(1);
	for (i = 0; i < CROWD; i++)
		ck_assert_int_eq(calls[i].count, 8);
}
END_TEST

struct patience {
	int64_t since; /* the readiness came no earlier */
	int reads, timeouts;
};

static void
lose_patience(evutil_socket_t fd, short what, void *arg)
{
	struct patience *patience = arg;

	if (what & EV_READ) {
		patience->reads++;
		patience->timeouts = 0;
	} else if (patience->reads) {
		patience->timeouts++;
		ck_assert_int_ge(clock_ms_since(patience->since),
			20 * patience->timeouts);
	}
	if (patience->timeouts == 2)
		event_base_loopexit(fx.base, NULL);
	take_all(fd);
}

static void
burn(evutil_socket_t fd, short what, void *arg)
{
	struct patience *patience = arg;

	(void)fd;
	(void)what;
	clock_burn_ms(40);
	patience->since = clock_real_ns();
}

/* Also when the turn in which it came took longer than that. */
START_TEST(b064_a_readiness_begins_the_interval_anew)
{
	struct patience patience = {0};
	struct timeval tv = clock_ms(20);
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, lose_patience, &patience);

	event_add(ev, &tv);
	clock_burn_ms(10);
	patience.since = clock_real_ns();
	send_byte(fx.peer);
	if (_i)
		event_active(fixture_event(-1, 0, burn, &patience), EV_READ, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_eq(patience.reads, 1);
	ck_assert_int_eq(patience.timeouts, 2);
}
END_TEST

START_TEST(b065_a_timeout_by_hand_leaves_the_deadline)
{
	struct calls calls = {0};
	struct event *ev = timer(&hour, EV_PERSIST, note_call, &calls);
	struct timeval before, after;

	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &before), EV_TIMEOUT);
	event_active(ev, EV_TIMEOUT, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &after), EV_TIMEOUT);
	/* Both are as exact as two readings of two clocks can be. */
	ck_assert_int_le(clock_us_between(&before, &after), 1000000);
	ck_assert_int_ge(clock_us_between(&before, &after), -1000000);
}
END_TEST

/* --- 66, 67: what can be asked and taken away ------------------------------*/

START_TEST(b066_a_removing_the_timer_leaves_the_rest)
{
	short persist = _i ? EV_PERSIST : 0;
	struct event *ev = fixture_event(
		fx.fd, EV_READ | persist, mark_and_take, (void *)"r");

	ck_assert_int_eq(event_remove_timer(ev), 0);
	event_add(ev, &now);
	ck_assert_int_eq(event_remove_timer(ev), 0);
	ck_assert_int_eq(event_remove_timer(ev), 0);
	ck_assert_int_eq(
		event_pending(ev, EV_TIMEOUT | EV_READ, NULL), EV_READ);
	turns(2);
	ck_assert_str_eq(trail(), "");
	send_byte(fx.peer);
	turns(2);
	ck_assert_str_eq(trail(), "r");
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), 0);
}
END_TEST

START_TEST(b066_b_a_timer_without_its_time_is_nothing)
{
	struct event *ev = timer(&now, EV_PERSIST, mark, (void *)"t");

	turns(1);
	ck_assert_int_eq(event_remove_timer(ev), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "t");
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "tt");
}
END_TEST

START_TEST(b066_c_what_is_due_already_still_runs)
{
	struct event *ev = timer(&hour, EV_PERSIST, mark, (void *)"t");

	event_active(ev, EV_TIMEOUT, 1);
	ck_assert_int_eq(event_remove_timer(ev), 0);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "t");
}
END_TEST

static struct timeval
time_of_day(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (struct timeval){
		.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
}

START_TEST(b067_a_expiry_is_told_as_a_time_of_day)
{
	enum { TOLERANCE_US = 1000 };
	struct event *ev = fixture_event(
		fx.fd, EV_READ | (_i ? EV_PERSIST : 0), mark, (void *)"a");
	struct timeval before, after, expiry;

	before = time_of_day();
	event_add(ev, &hour);
	after = time_of_day();
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT | EV_READ, &expiry),
		EV_TIMEOUT | EV_READ);
	expiry.tv_sec -= hour.tv_sec;
	ck_assert_int_ge(clock_us_between(&before, &expiry), -TOLERANCE_US);
	ck_assert_int_le(clock_us_between(&after, &expiry), TOLERANCE_US);
	expiry.tv_sec = -1;
	ck_assert_int_eq(event_pending(ev, EV_READ, &expiry), EV_READ);
	ck_assert_int_eq(expiry.tv_sec, -1);
}
END_TEST

/* --- 68: common durations -------------------------------------------------*/

enum { DURATIONS_MAX = 256 };

START_TEST(b068_a_a_common_duration_has_one_handle)
{
	struct timeval tv = clock_ms(10), same = {.tv_usec = 10000};
	struct timeval other = clock_ms(11);
	const struct timeval *handle;

	handle = event_base_init_common_timeout(fx.base, &tv);
	ck_assert_ptr_nonnull(handle);
	ck_assert_ptr_ne(handle, &tv);
	ck_assert_ptr_eq(
		event_base_init_common_timeout(fx.base, &same), handle);
	ck_assert_ptr_eq(
		event_base_init_common_timeout(fx.base, handle), handle);
	ck_assert_ptr_ne(
		event_base_init_common_timeout(fx.base, &other), handle);
}
END_TEST

START_TEST(b068_b_there_is_room_for_256)
{
	const struct timeval *handles[DURATIONS_MAX];
	struct calls calls = {0};
	struct timeval tv;
	int i;

	for (i = 0; i < DURATIONS_MAX; i++) {
		tv = clock_ms(i);
		handles[i] = event_base_init_common_timeout(fx.base, &tv);
		ck_assert_ptr_nonnull(handles[i]);
	}
	tv = clock_ms(DURATIONS_MAX);
	ck_assert_ptr_null(event_base_init_common_timeout(fx.base, &tv));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	for (i = 0; i < DURATIONS_MAX; i++) {
		tv = clock_ms(i);
		ck_assert_ptr_eq(event_base_init_common_timeout(fx.base, &tv),
			handles[i]);
		timer(handles[i], 0, note_call, &calls);
	}
	/* The greatest of them is a quarter of a second. */
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, DURATIONS_MAX);
}
END_TEST

START_TEST(b068_c_common_timers_fire_in_the_order_they_were_added)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	struct timeval tv = clock_ms(5);
	const struct timeval *handle;
	int i;

	handle = event_base_init_common_timeout(fx.base, &tv);
	for (i = 0; i < 26; i++)
		timer(handle, 0, mark, (void *)(uintptr_t)&letters[i]);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), letters);
}
END_TEST

/* Of the length that it stands for; this base may have one in its place. */
START_TEST(b068_d_a_common_timeout_elsewhere_is_an_ordinary_one)
{
	struct event_base *other = event_base_new();
	struct timeval tv = clock_ms(5), minute = {60, 0};
	struct calls calls = {0};
	const struct timeval *handle;

	if (_i)
		event_base_init_common_timeout(fx.base, &minute);
	handle = event_base_init_common_timeout(other, &tv);
	timer(handle, 0, note_call, &calls);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	event_base_free(other);
}
END_TEST

/* --- 69, 70, 71: at the same time -----------------------------------------*/

START_TEST(b069_a_timers_fire_in_the_order_they_were_added)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	int i;

	for (i = 0; i < 26; i++)
		timer(&now, 0, mark, (void *)(uintptr_t)&letters[i]);
	turns(1);
	ck_assert_str_eq(trail(), letters);
}
END_TEST

START_TEST(b070_a_time_and_readiness_are_both_told)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);

	event_add(ev, &now);
	if (_i)
		send_byte(fx.peer);
	else
		event_active(ev, EV_READ, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_TIMEOUT);
}
END_TEST

static void
add_again(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	event_add(event_base_get_running_event(fx.base), &now);
	leave_mark(";");
}

START_TEST(b071_a_no_time_is_the_next_round)
{
	timer(&now, 0, add_again, (void *)"t");
	add_reader(mark_and_take, "r", 0);
	turns(1);
	ck_assert_str_eq(trail(), "t;");
	send_byte(fx.peer);
	turns(1);
	ck_assert_str_eq(trail(), "t;rt;");
}
END_TEST

/* So many deadlines are set meanwhile that the clock is not read for each. */
START_TEST(b071_b_also_in_a_busy_program)
{
	short what = _i ? EV_READ | EV_PERSIST : 0;
	struct event *other = fixture_event(-1, 0, mark, (void *)"o");
	struct calls calls = {0};
	struct event *ev = fixture_event(fx.fd, what, note_call, &calls);
	int64_t since = clock_real_ns();
	int rounds;

	send_byte(fx.peer);
	event_add(ev, &now);
	for (rounds = 1; clock_ms_since(since) < 20; rounds++) {
		event_add(other, &hour);
		if (!_i)
			event_add(ev, &now);
		turns(1);
		ck_assert_int_eq(calls.count, rounds);
		ck_assert_int_eq(calls.what, EV_TIMEOUT | (what & EV_READ));
	}
}
END_TEST

/* --- 73: very many --------------------------------------------------------*/

enum { VERY_MANY = 100000 };

static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(*state >> 33) % below;
}

static void
fire_once(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(++*(unsigned char *)arg, 1);
}

START_TEST(b073_a_very_many_timers_leave_no_memory_behind)
{
	static struct event *evs[VERY_MANY];
	static unsigned char fired[VERY_MANY];
	struct timeval tv = {.tv_sec = 0};
	uint64_t state = 73;
	int left = 0, i;
	size_t before;

	for (i = 0; i < VERY_MANY; i++)
		evs[i] = evtimer_new(fx.base, fire_once, &fired[i]);
	before = alloc_bytes();
	for (i = 0; i < 2 * VERY_MANY; i++) {
		struct event *ev = evs[draw(&state, VERY_MANY)];

		tv.tv_usec = (suseconds_t)draw(&state, 20000);
		if (draw(&state, 4))
			ck_assert_int_eq(event_add(ev, &tv), 0);
		else
			ck_assert_int_eq(event_del(ev), 0);
	}
	for (i = 0; i < VERY_MANY; i++)
		left += event_pending(evs[i], EV_TIMEOUT, NULL) != 0;
	ck_assert_int_gt(left, VERY_MANY / 4);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	for (i = 0; i < VERY_MANY; i++)
		left -= fired[i];
	ck_assert_int_eq(left, 0);
	ck_assert_uint_lt(alloc_bytes(), before + 16384);
	for (i = 0; i < VERY_MANY; i++)
		event_free(evs[i]);
}
END_TEST

START_TEST(bug23_a_the_longest_time_is_never)
{
	static const struct timeval values[] = {
		{LONG_MAX, 0}, {LONG_MAX, 999999}, {LONG_MAX, LONG_MAX}};
	struct timeval tv;
	struct event *ev = timer(&values[_i], EV_PERSIST, mark, (void *)"n");

	run_for_ms(5);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &tv), EV_TIMEOUT);
	ck_assert_str_eq(trail(), "");
}
END_TEST

START_TEST(bug23_b_negative_times_are_past)
{
	static const struct timeval values[] = {
		{-1, 0}, {0, -1}, {LONG_MIN, 0}, {LONG_MIN, LONG_MIN}};

	timer(&values[_i], 0, mark, (void *)"p");
	turns(1);
	ck_assert_str_eq(trail(), "p");
}
END_TEST

static TCase *
times(void)
{
	TCase *tcase = tcase_create("times");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tcase, b061_a_timer_never_fires_early, 0, 3);
	tcase_add_test(tcase, b061_b_nor_when_set_in_a_long_callback);
	tcase_add_test(tcase, b062_a_adding_again_replaces_the_deadline);
	tcase_add_test(tcase, b062_b_adding_without_a_time_leaves_it);
	tcase_add_test(tcase, b062_c_a_deleted_timer_does_not_fire);
	tcase_add_test(
		tcase, b063_a_persistent_timer_is_never_ahead_of_its_schedule);
	tcase_add_loop_test(
		tcase, b063_b_persistent_timers_need_no_memory_to_go_on, 1, 12);
	tcase_add_loop_test(
		tcase, b064_a_readiness_begins_the_interval_anew, 0, 2);
	tcase_add_test(tcase, b065_a_timeout_by_hand_leaves_the_deadline);
	tcase_add_loop_test(tcase, bug23_a_the_longest_time_is_never, 0, 3);
	tcase_add_loop_test(tcase, bug23_b_negative_times_are_past, 0, 4);
	return tcase;
}

static TCase *
questions(void)
{
	TCase *tcase = tcase_create("questions");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(
		tcase, b066_a_removing_the_timer_leaves_the_rest, 0, 2);
	tcase_add_test(tcase, b066_b_a_timer_without_its_time_is_nothing);
	tcase_add_test(tcase, b066_c_what_is_due_already_still_runs);
	tcase_add_loop_test(
		tcase, b067_a_expiry_is_told_as_a_time_of_day, 0, 2);
	return tcase;
}

static TCase *
crowds(void)
{
	TCase *tcase = tcase_create("crowds");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b068_a_a_common_duration_has_one_handle);
	tcase_add_test(tcase, b068_b_there_is_room_for_256);
	tcase_add_test(
		tcase, b068_c_common_timers_fire_in_the_order_they_were_added);
	tcase_add_loop_test(tcase,
		b068_d_a_common_timeout_elsewhere_is_an_ordinary_one, 0, 2);
	tcase_add_test(tcase, b069_a_timers_fire_in_the_order_they_were_added);
	tcase_add_loop_test(
		tcase, b070_a_time_and_readiness_are_both_told, 0, 2);
	tcase_add_test(tcase, b071_a_no_time_is_the_next_round);
	tcase_add_loop_test(tcase, b071_b_also_in_a_busy_program, 0, 2);
	tcase_add_test(tcase, b073_a_very_many_timers_leave_no_memory_behind);
	return tcase;
}

Suite *
suite_timers(void)
{
	Suite *suite = suite_create("timers");

	suite_add_tcase(suite, times());
	suite_add_tcase(suite, questions());
	suite_add_tcase(suite, crowds());
	return suite;
}
