/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 61 to 73 in virtual time: when a timer fires, to the nanosecond.
 */
#include "suites.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "../support/fixture.h"
#include "../support/trail.h"
#include "../support/virtual.h"

#define MS  VIRTUAL_MS
#define US  INT64_C(1000)
#define SEC (1000 * MS)

static int64_t began;

static void
setup(void)
{
	virtual_time();
	fixture_setup();
	began = virtual_now();
}

static struct timeval
duration(int64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / SEC),
		.tv_usec = (suseconds_t)(ns % SEC / US)};
}

static void
add(struct event *ev, int64_t ns)
{
	struct timeval tv = duration(ns);

	ck_assert_int_eq(event_add(ev, &tv), 0);
}

static struct event *
timer(int64_t ns, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(-1, what, fn, arg);

	add(ev, ns);
	return ev;
}

/* Run the loop for so long. */
static void
run_for(int64_t ns)
{
	struct timeval tv = duration(ns);

	ck_assert_int_eq(event_base_loopexit(fx.base, &tv), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
}

/* --- when it fired --------------------------------------------------------*/

enum { FIRINGS = 16 };

struct firings {
	int count;
	int64_t at[FIRINGS]; /* milliseconds since the beginning */
	short what[FIRINGS];
	int64_t takes[FIRINGS]; /* how long the callback goes on */
};

static void
note_firing(evutil_socket_t fd, short what, void *arg)
{
	struct firings *firings = arg;
	int i = firings->count++;

	(void)fd;
	ck_assert_int_lt(i, FIRINGS);
	firings->at[i] = (virtual_now() - began) / MS;
	firings->what[i] = what;
	virtual_pass(firings->takes[i] * MS);
}

static void
note_firing_and_take(evutil_socket_t fd, short what, void *arg)
{
	note_firing(fd, what, arg);
	take_all(fd);
}

static void
assert_firings(const struct firings *firings, const char *expected)
{
	char text[16 * FIRINGS] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < firings->count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%ld%s",
			i ? " " : "", (long)firings->at[i],
			firings->what[i] & EV_READ ? "r" : "");
	ck_assert_str_eq(text, expected);
}

/* --- 61: never early, and not late ----------------------------------------*/

static void
use_base(int flags)
{
	event_base_free(fx.base);
	fx.base = fixture_base(flags);
}

/* What the backend's waits are rounded up to. */
static int64_t
granularity(int precise)
{
	const char *method = event_base_get_method(fx.base);

	if (!strcmp(method, "select"))
		return US;
	return precise && strcmp(method, "devpoll") ? 1 : MS;
}

static const int64_t durations[] = {1, 20, 999, 1000, 1001, 1500, 20000, 999999,
	1000001, INT64_C(1800000001), INT64_C(2147483648000),
	INT64_C(31536000000123)};

enum { DURATIONS = sizeof(durations) / sizeof(*durations) };

static void
assert_punctual(int precise)
{
	struct calls calls = {0};
	struct event *ev = evtimer_new(fx.base, note_call, &calls);
	int64_t asked, since, sleeps;
	int i;

	for (i = 0; i < DURATIONS; i++) {
		asked = durations[i] * US;
		virtual_pass(1234567 * i); /* on no round number */
		since = virtual_now();
		sleeps = virtual_sleeps();
		add(ev, asked);
		ck_assert_int_eq(event_base_dispatch(fx.base), 1);
		ck_assert_int_eq(calls.count, i + 1);
		ck_assert_int_ge(virtual_now() - since, asked);
		ck_assert_int_lt(
			virtual_now() - since, asked + granularity(precise));
		/* Half an hour is the longest sleep. */
		ck_assert_int_le(
			virtual_sleeps() - sleeps, 1 + asked / (1800 * SEC));
	}
	event_free(ev);
}

START_TEST(b061_a_timer_is_never_early_and_hardly_late)
{
	assert_punctual(0);
}
END_TEST

START_TEST(b061_b_precise_timers_by_flag)
{
	use_base(EVENT_BASE_FLAG_PRECISE_TIMER);
	assert_punctual(1);
}
END_TEST

/* epoll has a second way, a timer in its set; poll has none. */
START_TEST(b061_c_precise_timers_without_the_newest_kernel)
{
	static const int errors[] = {ENOSYS, EPERM};

	use_base(EVENT_BASE_FLAG_PRECISE_TIMER);
	virtual_refuse_precision(errors[_i]);
	assert_punctual(!strcmp(event_base_get_method(fx.base), "epoll"));
}
END_TEST

START_TEST(b061_d_descriptors_are_seen_between_precise_timers)
{
	struct firings firings = {0};
	struct event *reader;

	use_base(EVENT_BASE_FLAG_PRECISE_TIMER);
	virtual_refuse_precision(_i ? ENOSYS : 0);
	reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_firing_and_take, &firings);
	event_add(reader, NULL);
	timer(2 * MS, EV_PERSIST, mark_and_send, (void *)".");
	run_for(7 * MS);
	ck_assert_str_eq(trail(), "...");
	assert_firings(&firings, "2r 4r 6r");
}
END_TEST

static void
pass_and_add(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	virtual_pass(50 * MS);
	add(ev, 10 * MS);
	virtual_pass(5 * MS);
}

START_TEST(b061_e_deadline_counts_from_the_call_in_a_long_callback)
{
	struct firings firings = {0};
	struct event *ev = fixture_event(-1, 0, note_firing, &firings);

	timer(0, 0, pass_and_add, ev);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	assert_firings(&firings, "60");
}
END_TEST

/* --- 62: set again --------------------------------------------------------*/

START_TEST(b062_a_adding_again_moves_the_deadline)
{
	struct firings firings = {0};
	struct event *evs[2];
	int i;

	for (i = 0; i < 2; i++)
		evs[i] = timer(20 * MS, 0, note_firing, &firings);
	timer(5 * MS, 0, mark, (void *)"5");
	run_for(7 * MS);
	add(evs[0], 30 * MS);
	add(evs[1], 3 * MS);
	add(evs[0], 40 * MS);
	add(evs[0], 35 * MS);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	assert_firings(&firings, "10 42");
}
END_TEST

START_TEST(b062_b_adding_without_a_time_leaves_the_deadline)
{
	struct firings firings = {0};
	struct event *ev = timer(
		20 * MS, _i ? EV_PERSIST : 0, note_firing, &firings);

	run_for(7 * MS);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	run_for(40 * MS);
	assert_firings(&firings, _i ? "20 40" : "20");
}
END_TEST

START_TEST(b062_c_a_new_deadline_takes_back_that_the_old_one_passed)
{
	struct firings firings = {0};
	struct event *ev = timer(5 * MS, 0, note_firing, &firings);

	event_base_priority_init(fx.base, 2);
	event_priority_set(ev, 1);
	event_priority_set(timer(5 * MS, 0, mark, (void *)"a"), 0);
	virtual_pass(5 * MS);
	turns(1); /* runs the other one, which is more urgent */
	ck_assert_str_eq(trail(), "a");
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
	add(ev, 10 * MS);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	assert_firings(&firings, "15");
}
END_TEST

/* --- 63: again and again --------------------------------------------------*/

START_TEST(b063_a_persistent_timer_keeps_its_schedule)
{
	struct firings firings = {.takes = {3, 0, 9, 1, 0, 8}};

	timer(10 * MS, EV_PERSIST, note_firing, &firings);
	run_for(75 * MS);
	assert_firings(&firings, "10 20 30 40 50 60 70");
}
END_TEST

START_TEST(b063_b_after_a_stall_the_schedule_begins_anew)
{
	struct firings firings = {.takes = {35}};

	timer(10 * MS, EV_PERSIST, note_firing, &firings);
	run_for(80 * MS);
	assert_firings(&firings, "10 45 55 65 75");
}
END_TEST

START_TEST(b063_c_a_timer_of_the_past_fires_once)
{
	struct firings firings = {0};

	timer(10 * MS, EV_PERSIST, note_firing, &firings);
	turns(1);
	virtual_pass(1000 * MS);
	turns(3);
	assert_firings(&firings, "1000");
	run_for(25 * MS);
	assert_firings(&firings, "1000 1010 1020");
}
END_TEST

START_TEST(b063_d_schedule_does_not_drift)
{
	struct calls calls = {0};

	/* No multiple of what most backends can wait. */
	timer(7333 * US, EV_PERSIST, note_call, &calls);
	run_for(7333 * MS + 2 * MS);
	ck_assert_int_eq(calls.count, 1000);
}
END_TEST

START_TEST(b063_e_interval_may_be_nothing)
{
	struct calls calls = {0};

	timer(0, EV_PERSIST, note_call, &calls);
	turns(5);
	ck_assert_int_eq(calls.count, 5);
	ck_assert_int_eq(calls.ever, EV_TIMEOUT);
}
END_TEST

/* --- 64: the longest time to wait for something ---------------------------*/

static struct event *
reader(short what, int64_t ns, struct firings *firings)
{
	struct event *ev = fixture_event(
		fx.fd, EV_READ | what, note_firing_and_take, firings);

	add(ev, ns);
	return ev;
}

START_TEST(b064_a_readiness_begins_the_interval_anew)
{
	struct firings firings = {0};

	reader(EV_PERSIST, 50 * MS, &firings);
	timer(30 * MS, 0, mark_and_send, (void *)"s");
	run_for(190 * MS);
	assert_firings(&firings, "30r 80 130 180");
}
END_TEST

static void
take_long(evutil_socket_t fd, short what, void *ms)
{
	(void)fd;
	(void)what;
	virtual_pass(*(int *)ms * MS);
}

/* Other callbacks of the turn take longer than the whole interval. */
START_TEST(b064_b_interval_counts_from_the_callback)
{
	struct firings firings = {0};
	int ms = 70;

	reader(EV_PERSIST, 50 * MS, &firings);
	event_active(fixture_event(-1, 0, take_long, &ms), EV_READ, 1);
	send_byte(fx.peer);
	run_for(190 * MS);
	assert_firings(&firings, "70r 120 170");
}
END_TEST

START_TEST(b064_c_readiness_ends_the_time_of_an_event_that_is_not_persistent)
{
	struct firings firings = {0};

	reader(0, 50 * MS, &firings);
	timer(30 * MS, 0, mark_and_send, (void *)"s");
	run_for(100 * MS);
	assert_firings(&firings, "30r");
}
END_TEST

START_TEST(b064_d_time_ends_the_waiting_of_an_event_that_is_not_persistent)
{
	struct firings firings = {0};

	reader(0, 20 * MS, &firings);
	timer(30 * MS, 0, mark_and_send, (void *)"s");
	run_for(100 * MS);
	assert_firings(&firings, "20");
}
END_TEST

/* --- 65: activated by hand ------------------------------------------------*/

static int hand;

static void
activate(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	event_active(ev, hand, 1);
}

START_TEST(b065_a_timeout_by_hand_leaves_the_schedule)
{
	struct firings firings = {0};

	hand = EV_TIMEOUT;
	timer(4 * MS, 0, activate,
		timer(10 * MS, EV_PERSIST, note_firing, &firings));
	run_for(35 * MS);
	assert_firings(&firings, "4 10 20 30");
}
END_TEST

START_TEST(b065_b_readiness_by_hand_begins_the_interval_anew)
{
	struct firings firings = {0};

	hand = EV_READ;
	timer(4 * MS, 0, activate,
		timer(10 * MS, EV_PERSIST, note_firing, &firings));
	run_for(35 * MS);
	assert_firings(&firings, "4r 14 24 34");
}
END_TEST

START_TEST(b065_c_timer_that_is_not_persistent_ends_with_it)
{
	struct firings firings = {0};

	hand = EV_TIMEOUT;
	timer(4 * MS, 0, activate, timer(10 * MS, 0, note_firing, &firings));
	run_for(35 * MS);
	assert_firings(&firings, "4");
}
END_TEST

/* --- 67, 72: the time of day ----------------------------------------------*/

static int64_t
time_of_day(void)
{
	struct timeval tv;

	ck_assert_int_eq(event_base_gettimeofday_cached(fx.base, &tv), 0);
	return tv.tv_sec * SEC + tv.tv_usec * US;
}

static int64_t
expiry(struct event *ev)
{
	struct timeval tv = {.tv_sec = 0};

	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &tv), EV_TIMEOUT);
	return tv.tv_sec * SEC + tv.tv_usec * US;
}

START_TEST(b067_a_expiry_is_a_time_of_day)
{
	struct event *ev = timer(
		5000 * MS, _i ? EV_PERSIST : 0, mark, (void *)"a");

	ck_assert_int_eq(expiry(ev) - time_of_day(), 5000 * MS);
	virtual_pass(1500 * MS);
	ck_assert_int_eq(expiry(ev) - time_of_day(), 3500 * MS);
	virtual_turn_back(3600 * SEC);
	ck_assert_int_eq(expiry(ev) - time_of_day(), 3500 * MS);
	/* Fractions of a microsecond: not before the deadline. */
	virtual_pass(1);
	ck_assert_int_ge(expiry(ev) - time_of_day(), 3500 * MS - 1);
	ck_assert_int_le(expiry(ev) - time_of_day(), 3500 * MS + US);
}
END_TEST

static void
turn_clock(evutil_socket_t fd, short what, void *ns)
{
	mark(fd, what, (void *)(uintptr_t) "j");
	virtual_turn_back(*(int64_t *)ns);
}

START_TEST(b072_a_another_time_of_day_moves_no_timer)
{
	static int64_t jumps[] = {86400 * SEC, -86400 * SEC};
	struct firings firings = {0};

	timer(5 * MS, 0, turn_clock, &jumps[_i]);
	timer(10 * MS, EV_PERSIST, note_firing, &firings);
	run_for(35 * MS);
	ck_assert_str_eq(trail(), "j");
	assert_firings(&firings, "10 20 30");
}
END_TEST

/* However often it is set, and a timer that is added meanwhile is no other. */
START_TEST(bug21_time_of_day_that_jumps_about_moves_no_timer)
{
	static int64_t jumps[] = {86400 * SEC, -86400 * SEC};
	struct firings before = {0}, after = {0};

	timer(10 * MS, EV_PERSIST, note_firing, &before);
	timer(12 * MS, 0, turn_clock, &jumps[0]);
	timer(14 * MS, 0, turn_clock, &jumps[1]);
	timer(16 * MS, 0, turn_clock, &jumps[1]);
	run_for(17 * MS);
	ck_assert_str_eq(trail(), "jjj");
	timer(8 * MS, 0, note_firing, &after);
	run_for(18 * MS);
	assert_firings(&before, "10 20 30");
	assert_firings(&after, "25");
}
END_TEST

/* --- 68: common durations -------------------------------------------------*/

static const struct timeval *
common(int64_t ns)
{
	struct timeval tv = duration(ns);
	const struct timeval *handle = event_base_init_common_timeout(
		fx.base, &tv);

	ck_assert_ptr_nonnull(handle);
	return handle;
}

START_TEST(b068_a_common_durations_time_like_any_other)
{
	struct firings firings = {0};
	struct event *ev = fixture_event(-1, EV_PERSIST, note_firing, &firings);
	struct timeval copy = *common(10 * MS);

	event_add(ev, &copy);
	run_for(25 * MS);
	assert_firings(&firings, "10 20");
	event_add(ev, &copy); /* at 25 */
	run_for(20 * MS);
	add(ev, 7 * MS); /* at 45: no common one any more */
	run_for(8 * MS);
	event_add(ev, common(20 * MS)); /* at 53 */
	run_for(41 * MS);
	assert_firings(&firings, "10 20 35 45 52 73 93");
}
END_TEST

START_TEST(b068_b_many_of_common_duration_fire_in_order)
{
	static const char *const letters[] = {"a", "b", "c", "d", "e"};
	struct event *evs[5];
	int i;

	for (i = 0; i < 5; i++) {
		evs[i] = fixture_event(
			-1, 0, mark, (void *)(uintptr_t)letters[i]);
		event_add(evs[i], common(10 * MS));
		virtual_pass(MS);
	}
	event_del(evs[1]);
	event_add(evs[0], common(10 * MS));
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "cdea");
	ck_assert_int_eq((virtual_now() - began) / MS, 15);
}
END_TEST

/* --- 69: at the same time -------------------------------------------------*/

START_TEST(b069_a_equal_deadlines_fire_in_the_order_they_were_set)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	struct event *evs[26];
	int i;

	for (i = 0; i < 26; i++)
		evs[i] = fixture_event(
			-1, 0, mark, (void *)(uintptr_t)&letters[i]);
	/* All are due at 26 ms, by many durations, plain and common. */
	for (i = 0; i < 26; i++) {
		if (i % 3)
			add(evs[i], (26 - i) * MS);
		else
			event_add(evs[i], common((26 - i) * MS));
		virtual_pass(MS);
	}
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), letters);
}
END_TEST

START_TEST(b069_b_setting_again_goes_to_the_end)
{
	struct event *a = timer(10 * MS, 0, mark, (void *)"a");
	struct event *b = timer(10 * MS, 0, mark, (void *)"b");
	struct event *c = timer(10 * MS, 0, mark, (void *)"c");

	(void)c;
	timer(10 * MS, 0, mark, (void *)"d");
	add(a, 10 * MS);
	add(b, 5 * MS);
	add(b, 10 * MS);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "cdab");
}
END_TEST

START_TEST(b069_c_persistent_timers_keep_their_order)
{
	timer(10 * MS, EV_PERSIST, mark, (void *)"a");
	timer(5 * MS, EV_PERSIST, mark, (void *)"b");
	timer(10 * MS, EV_PERSIST, mark, (void *)"c");
	run_for(31 * MS);
	/* At 10, 20 and 30; b was set at 5, 15 and 25, and so last. */
	ck_assert_str_eq(trail(), "bacbbacbbacb");
}
END_TEST

/* --- 70, 71 ---------------------------------------------------------------*/

START_TEST(b070_a_time_and_readiness_in_one_round_are_both_told)
{
	struct firings firings = {0};

	reader(_i ? EV_PERSIST : 0, 10 * MS, &firings);
	send_byte(fx.peer);
	virtual_pass(10 * MS);
	turns(2);
	ck_assert_int_eq(firings.count, 1);
	ck_assert_int_eq(firings.what[0], EV_READ | EV_TIMEOUT);
}
END_TEST

START_TEST(b070_b_time_and_activation_in_one_round_are_both_told)
{
	struct firings firings = {0};
	struct event *ev = timer(
		10 * MS, _i ? EV_PERSIST : 0, note_firing, &firings);

	event_active(ev, EV_WRITE, 1);
	virtual_pass(10 * MS);
	turns(2);
	ck_assert_int_eq(firings.count, 1);
	ck_assert_int_eq(firings.what[0], EV_WRITE | EV_TIMEOUT);
}
END_TEST

static void
add_again(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	add(event_base_get_running_event(fx.base), 0);
	leave_mark(";");
}

START_TEST(b071_a_no_time_is_the_next_round)
{
	timer(0, 0, add_again, (void *)"t");
	add_reader(mark_and_take, "r", 0);
	turns(1);
	ck_assert_str_eq(trail(), "t;");
	send_byte(fx.peer);
	turns(2);
	ck_assert_str_eq(trail(), "t;rt;t;");
	ck_assert_int_eq(virtual_now(), began);
}
END_TEST

/* --- what a timeval may say -----------------------------------------------*/

static const struct {
	time_t sec;
	suseconds_t usec;
	long ms; /* -1: never */
} values[] = {
	{0, 0, 0},
	{0, -1, 0},
	{-1, 0, 0},
	{-1, 999999, 0},
	{-1, 1500000, 500},
	{1, -500000, 500},
	{0, 2500000, 2500},
	{2, 1000000, 3000},
	{LONG_MIN, 0, 0},
	{LONG_MIN, LONG_MIN, 0},
	{0, LONG_MIN, 0},
	{LONG_MAX, 0, -1},
	{LONG_MAX, 999999, -1},
	{LONG_MAX, LONG_MAX, -1},
};

enum { VALUES = sizeof(values) / sizeof(*values) };

START_TEST(bug23_a_every_timeval_has_a_meaning)
{
	struct timeval tv = {
		.tv_sec = values[_i].sec, .tv_usec = values[_i].usec};
	struct event *ev;
	struct firings firings = {0};
	char expected[32] = "";

	ev = fixture_event(-1, 0, note_firing, &firings);
	ck_assert_int_eq(event_add(ev, &tv), 0);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &tv), EV_TIMEOUT);
	run_for(100000 * SEC);
	if (values[_i].ms >= 0)
		snprintf(expected, sizeof(expected), "%ld", values[_i].ms);
	assert_firings(&firings, expected);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL),
		values[_i].ms < 0 ? EV_TIMEOUT : 0);
}
END_TEST

START_TEST(bug23_b_never_is_no_burden)
{
	struct timeval never = {.tv_sec = LONG_MAX};
	struct event *ev = fixture_event(-1, EV_PERSIST, mark, (void *)"n");
	struct timeval tv;

	event_add(ev, &never);
	event_active(ev, EV_READ, 1); /* and never again */
	run_for(1000000 * SEC);
	ck_assert_str_eq(trail(), "n");
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, &tv), EV_TIMEOUT);
	ck_assert_int_gt(tv.tv_sec, 0);
	add(ev, MS);
	run_for(MS);
	ck_assert_str_eq(trail(), "nn");
}
END_TEST

/* --- 73: very many --------------------------------------------------------*/

enum { VERY_MANY = 100000, BLOCKS = 4 };

static struct {
	int64_t deadline; /* -1: none */
	int fired;
} many[VERY_MANY];

static int64_t fired_last;
static int fired;

static void
note_order(evutil_socket_t fd, short what, void *arg)
{
	size_t i = (uintptr_t)arg;

	(void)fd;
	(void)what;
	ck_assert_int_ge(virtual_now(), many[i].deadline);
	ck_assert_int_ge(many[i].deadline, fired_last);
	fired_last = many[i].deadline;
	many[i].fired++;
	many[i].deadline = -1;
	fired++;
}

static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(*state >> 33) % below;
}

static void
set_many(struct event **evs, int64_t *pending)
{
	uint64_t state = 73;
	struct timeval tv;
	int step;

	for (step = 0; step < 2 * VERY_MANY; step++) {
		uint32_t i = draw(&state, VERY_MANY);

		if (draw(&state, 4) == 0) {
			event_del(evs[i]);
			many[i].deadline = -1;
			continue;
		}
		tv = duration(draw(&state, 1000000) * US);
		ck_assert_int_eq(event_add(evs[i], &tv), 0);
		many[i].deadline = virtual_now() + tv.tv_usec * US;
	}
	for (step = 0; step < VERY_MANY; step++)
		*pending += many[step].deadline >= 0;
}

START_TEST(b073_a_very_many_timers_fire_in_order_and_leave_nothing)
{
	static struct event *evs[VERY_MANY];
	size_t before, most;
	int64_t pending = 0;
	uintptr_t i;

	for (i = 0; i < VERY_MANY; i++) {
		many[i].deadline = -1;
		evs[i] = evtimer_new(fx.base, note_order, (void *)i);
	}
	before = alloc_bytes();
	set_many(evs, &pending);
	most = alloc_bytes();
	ck_assert_int_eq(
		event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED),
		pending);
	if (_i)
		for (i = 0; i < VERY_MANY; i++)
			event_del(evs[i]);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(fired, _i ? 0 : pending);
	/* What the loop itself makes on first use is small. */
	ck_assert_uint_gt(most, before + VERY_MANY * sizeof(void *));
	ck_assert_uint_lt(alloc_bytes(), before + 65536);
	for (i = 0; i < VERY_MANY; i++)
		event_free(evs[i]);
}
END_TEST

static TCase *
precision(void)
{
	TCase *tcase = tcase_create("precision");

	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_add_test(tcase, b061_a_timer_is_never_early_and_hardly_late);
	tcase_add_test(tcase, b061_b_precise_timers_by_flag);
	tcase_add_loop_test(
		tcase, b061_c_precise_timers_without_the_newest_kernel, 0, 2);
	tcase_add_loop_test(tcase,
		b061_d_descriptors_are_seen_between_precise_timers, 0, 2);
	tcase_add_test(
		tcase, b061_e_deadline_counts_from_the_call_in_a_long_callback);
	tcase_add_loop_test(
		tcase, bug23_a_every_timeval_has_a_meaning, 0, VALUES);
	tcase_add_test(tcase, bug23_b_never_is_no_burden);
	return tcase;
}

static TCase *
deadlines(void)
{
	TCase *tcase = tcase_create("deadlines");

	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_add_test(tcase, b062_a_adding_again_moves_the_deadline);
	tcase_add_loop_test(
		tcase, b062_b_adding_without_a_time_leaves_the_deadline, 0, 2);
	tcase_add_test(tcase,
		b062_c_a_new_deadline_takes_back_that_the_old_one_passed);
	tcase_add_test(tcase, b063_a_persistent_timer_keeps_its_schedule);
	tcase_add_test(tcase, b063_b_after_a_stall_the_schedule_begins_anew);
	tcase_add_test(tcase, b063_c_a_timer_of_the_past_fires_once);
	tcase_add_test(tcase, b063_d_schedule_does_not_drift);
	tcase_add_test(tcase, b063_e_interval_may_be_nothing);
	tcase_add_test(tcase, b064_a_readiness_begins_the_interval_anew);
	tcase_add_test(tcase, b064_b_interval_counts_from_the_callback);
	tcase_add_test(tcase,
		b064_c_readiness_ends_the_time_of_an_event_that_is_not_persistent);
	tcase_add_test(tcase,
		b064_d_time_ends_the_waiting_of_an_event_that_is_not_persistent);
	tcase_add_test(tcase, b065_a_timeout_by_hand_leaves_the_schedule);
	tcase_add_test(
		tcase, b065_b_readiness_by_hand_begins_the_interval_anew);
	tcase_add_test(tcase, b065_c_timer_that_is_not_persistent_ends_with_it);
	tcase_add_loop_test(tcase, b067_a_expiry_is_a_time_of_day, 0, 2);
	tcase_add_loop_test(
		tcase, b072_a_another_time_of_day_moves_no_timer, 0, 2);
	tcase_add_test(
		tcase, bug21_time_of_day_that_jumps_about_moves_no_timer);
	return tcase;
}

static TCase *
order(void)
{
	TCase *tcase = tcase_create("order");

	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_add_test(tcase, b068_a_common_durations_time_like_any_other);
	tcase_add_test(tcase, b068_b_many_of_common_duration_fire_in_order);
	tcase_add_test(
		tcase, b069_a_equal_deadlines_fire_in_the_order_they_were_set);
	tcase_add_test(tcase, b069_b_setting_again_goes_to_the_end);
	tcase_add_test(tcase, b069_c_persistent_timers_keep_their_order);
	tcase_add_loop_test(tcase,
		b070_a_time_and_readiness_in_one_round_are_both_told, 0, 2);
	tcase_add_loop_test(tcase,
		b070_b_time_and_activation_in_one_round_are_both_told, 0, 2);
	tcase_add_test(tcase, b071_a_no_time_is_the_next_round);
	tcase_add_loop_test(tcase,
		b073_a_very_many_timers_fire_in_order_and_leave_nothing, 0, 2);
	return tcase;
}

Suite *
suite_schedule(void)
{
	Suite *suite = suite_create("schedule");

	suite_add_tcase(suite, precision());
	suite_add_tcase(suite, deadlines());
	suite_add_tcase(suite, order());
	return suite;
}
