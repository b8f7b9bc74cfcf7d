/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 42: watchers, right before and right after the loop waits.
 */
#include "suites.h"

#include <string.h>

#include <event2/watch.h>

#include "../support/fixture.h"

/* The order in which things happened, a letter each. */
static char trail[64];
static struct evwatch *spare;

static void
leave_mark(const char *letter)
{
	ck_assert_uint_lt(strlen(trail), sizeof(trail) - 1);
	strncat(trail, letter, 1);
}

static void
mark(evutil_socket_t fd, short what, void *letter)
{
	(void)fd;
	(void)what;
	leave_mark(letter);
}

static void
prepare(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *letter)
{
	(void)info;
	ck_assert_ptr_eq(evwatch_base(watcher), fx.base);
	leave_mark(letter);
}

static void
check(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *letter)
{
	(void)info;
	ck_assert_ptr_eq(evwatch_base(watcher), fx.base);
	leave_mark(letter);
}

static void
free_spare(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *letter)
{
	check(watcher, info, letter);
	evwatch_free(spare);
	spare = NULL;
}

static void
free_self(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *letter)
{
	prepare(watcher, info, letter);
	evwatch_free(watcher);
}

static void
activate(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *ev)
{
	(void)watcher;
	(void)info;
	event_active(ev, EV_READ, 1);
}

static struct evwatch *
watch_prepare(evwatch_prepare_cb fn, const void *arg)
{
	struct evwatch *watcher = evwatch_prepare_new(
		fx.base, fn, (void *)(uintptr_t)arg);

	ck_assert_ptr_nonnull(watcher);
	return watcher;
}

static struct evwatch *
watch_check(evwatch_check_cb fn, const void *arg)
{
	struct evwatch *watcher = evwatch_check_new(
		fx.base, fn, (void *)(uintptr_t)arg);

	ck_assert_ptr_nonnull(watcher);
	return watcher;
}

/* Something ready, so that the loop has a callback to run in each turn. */
static void
keep_busy(void)
{
	event_add(fixture_event(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"r"),
		NULL);
	send_byte(fx.peer);
}

START_TEST(b042_a_prepare_wait_check_callbacks)
{
	watch_check(check, "c");
	watch_prepare(prepare, "p");
	keep_busy();
	turns(2);
	ck_assert_str_eq(trail, "pcrpcr");
}
END_TEST

START_TEST(b042_b_watchers_are_called_in_the_order_they_were_made)
{
	watch_prepare(prepare, "1");
	watch_check(check, "4");
	watch_prepare(prepare, "2");
	watch_check(check, "5");
	watch_prepare(prepare, "3");
	keep_busy();
	turns(1);
	ck_assert_str_eq(trail, "12345r");
}
END_TEST

START_TEST(b042_c_freed_watchers_are_not_called)
{
	struct evwatch *first = watch_prepare(prepare, "1");
	struct evwatch *last = watch_check(check, "3");

	watch_prepare(prepare, "2");
	keep_busy();
	turns(1);
	evwatch_free(first);
	evwatch_free(last);
	evwatch_free(NULL);
	turns(1);
	ck_assert_str_eq(trail, "123r2r");
}
END_TEST

START_TEST(b042_d_watcher_may_free_watchers)
{
	watch_prepare(free_self, "1");
	watch_prepare(prepare, "2");
	watch_check(free_spare, "3");
	spare = watch_check(check, "x");
	watch_check(check, "4");
	keep_busy();
	turns(2);
	ck_assert_str_eq(trail, "1234r234r");
}
END_TEST

static void
make_another(struct evwatch *watcher,
	const struct evwatch_prepare_cb_info *info, void *letter)
{
	prepare(watcher, info, letter);
	watch_prepare(prepare, "n");
}

START_TEST(b042_e_watcher_made_by_a_watcher_waits_a_turn)
{
	watch_prepare(make_another, "1");
	keep_busy();
	turns(1);
	ck_assert_str_eq(trail, "1r");
	turns(1);
	ck_assert_str_eq(trail, "1r1nr");
}
END_TEST

START_TEST(b042_f_what_prepare_activates_runs_without_sleep)
{
	event_add(fixture_event(fx.fd, EV_READ, mark, (void *)"r"), NULL);
	watch_prepare(activate, fixture_event(-1, 0, mark, (void *)"a"));
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(trail, "a");
}
END_TEST

START_TEST(b042_g_watchers_do_not_keep_the_loop_going)
{
	watch_prepare(prepare, "p");
	watch_check(check, "c");
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

START_TEST(b042_h_base_frees_its_watchers)
{
	watch_prepare(prepare, "p");
	watch_check(check, "c");
}
END_TEST

/* --- how long the wait will be --------------------------------------------*/

struct answer {
	int has;
	struct timeval timeout;
	struct event *end; /* of the wait */
};

static void
ask(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *arg)
{
	struct answer *answer = arg;

	(void)watcher;
	answer->has = evwatch_prepare_get_timeout(info, &answer->timeout);
	if (answer->end)
		event_active(answer->end, EV_TIMEOUT, 0);
}

START_TEST(b042_i_prepare_learns_how_long_the_wait_will_be)
{
	struct timeval minute = {.tv_sec = 60};
	struct answer answer = {.has = -1};
	int64_t us;

	answer.end = fixture_event(-1, 0, mark, (void *)"e");
	watch_prepare(ask, &answer);
	event_add(fixture_event(-1, 0, mark, (void *)"t"), &minute);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(answer.has, 1);
	us = (int64_t)answer.timeout.tv_sec * 1000000 + answer.timeout.tv_usec;
	ck_assert_int_gt(us, 0);
	ck_assert_int_le(us, 60000000);
}
END_TEST

START_TEST(b042_j_there_is_no_such_time_without_sleep)
{
	struct timeval minute = {.tv_sec = 60};
	struct answer answer = {.has = -1};

	watch_prepare(ask, &answer);
	event_add(fixture_event(-1, 0, mark, (void *)"t"), &minute);
	turns(1);
	ck_assert_int_eq(answer.has, 0);
}
END_TEST

START_TEST(b042_k_there_is_no_such_time_without_timers)
{
	struct answer answer = {.has = -1};

	watch_prepare(ask, &answer);
	keep_busy();
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(answer.has, 0);
}
END_TEST

Suite *
suite_watch(void)
{
	Suite *suite = suite_create("watch");
	TCase *tcase = tcase_create("watch");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b042_a_prepare_wait_check_callbacks);
	tcase_add_test(
		tcase, b042_b_watchers_are_called_in_the_order_they_were_made);
	tcase_add_test(tcase, b042_c_freed_watchers_are_not_called);
	tcase_add_test(tcase, b042_d_watcher_may_free_watchers);
	tcase_add_test(tcase, b042_e_watcher_made_by_a_watcher_waits_a_turn);
	tcase_add_test(tcase, b042_f_what_prepare_activates_runs_without_sleep);
	tcase_add_test(tcase, b042_g_watchers_do_not_keep_the_loop_going);
	tcase_add_test(tcase, b042_h_base_frees_its_watchers);
	tcase_add_test(tcase, b042_i_prepare_learns_how_long_the_wait_will_be);
	tcase_add_test(tcase, b042_j_there_is_no_such_time_without_sleep);
	tcase_add_test(tcase, b042_k_there_is_no_such_time_without_timers);
	suite_add_tcase(suite, tcase);
	return suite;
}
