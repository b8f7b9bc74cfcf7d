/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 58: what changes of interest cost in system calls, with epoll.
 *
 * Each test runs without and with EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST (_i),
 * and the figures are the same.
 */
#include "suites.h"

#include <errno.h>
#include <string.h>

#include <event2/watch.h>

#include <libev-abi/sys.h>

#include "../support/fixture.h"

enum { MANY = 50 };

static int calls, sets, sets_refused;

#ifdef __linux__
static int
count_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	calls++;
	return epoll_ctl(epfd, op, fd, event);
}

static int
count_epoll_create(int flags)
{
	sets++;
	if (sets_refused) {
		errno = EMFILE;
		return -1;
	}
	return epoll_create1(flags);
}
#endif

/* A base whose calls are counted, if it makes any. */
static int
use_epoll(int changelist)
{
	if (strcmp(event_base_get_method(fx.base), "epoll") != 0)
		return 0;
#ifdef __linux__
	ev_sys.epoll_ctl = count_epoll_ctl;
	ev_sys.epoll_create1 = count_epoll_create;
#endif
	event_base_free(fx.base);
	fx.base = fixture_base(
		changelist ? EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST : 0);
	return 1;
}

static struct event *
added(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(fd, what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

/* How many calls the last turn and all before it made. */
static int
take_calls(void)
{
	int count;

	turns(1);
	count = calls;
	calls = 0;
	return count;
}

START_TEST(b058_b_changes_to_and_fro_cost_nothing)
{
	struct calls reads = {0}, writes = {0};
	struct event *writer;
	int i;

	if (!use_epoll(_i))
		return;
	added(fx.fd, EV_READ | EV_PERSIST, note_call, &reads);
	writer = fixture_event(fx.fd, EV_WRITE, note_call, &writes);
	ck_assert_int_eq(take_calls(), 1);
	for (i = 0; i < MANY; i++) {
		event_add(writer, NULL);
		event_del(writer);
	}
	ck_assert_int_eq(take_calls(), 0);
	for (i = 0; i < MANY; i++) {
		event_add(writer, NULL);
		event_del(writer);
	}
	event_add(writer, NULL);
	ck_assert_int_eq(take_calls(), 1);
	ck_assert_int_eq(writes.count, 1);
	ck_assert_int_eq(take_calls(), 1);
}
END_TEST

static void
take_and_add_again(evutil_socket_t fd, short what, void *count)
{
	(void)what;
	++*(int *)count;
	take_all(fd);
	event_add(event_base_get_running_event(fx.base), NULL);
}

START_TEST(b058_c_an_event_that_is_added_again_costs_one_call)
{
	int count = 0, i;

	if (!use_epoll(_i))
		return;
	added(fx.fd, EV_READ, take_and_add_again, &count);
	ck_assert_int_eq(take_calls(), 1);
	for (i = 0; i < MANY; i++) {
		send_byte(fx.peer);
		ck_assert_int_eq(take_calls(), 1);
	}
	ck_assert_int_eq(count, MANY);
}
END_TEST

START_TEST(b058_d_persistent_events_cost_nothing)
{
	struct calls reads = {0};
	int i;

	if (!use_epoll(_i))
		return;
	added(fx.fd, EV_READ | EV_PERSIST, note_and_take, &reads);
	ck_assert_int_eq(take_calls(), 1);
	for (i = 0; i < MANY; i++) {
		send_byte(fx.peer);
		ck_assert_int_eq(take_calls(), 0);
	}
	ck_assert_int_eq(reads.count, MANY);
}
END_TEST

static void
add_again(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *ev)
{
	(void)watcher;
	(void)info;
	event_del(ev);
	event_add(ev, NULL);
}

/* What was reported and then ended is no sign of a registration gone astray. */
START_TEST(b058_e_ends_within_a_turn_cost_no_new_set)
{
	struct calls reads = {0};
	struct evwatch *watcher;
	struct event *ev;
	int i;

	if (!use_epoll(_i))
		return;
	ev = added(fx.fd, EV_READ | EV_PERSIST, note_call, &reads);
	watcher = evwatch_check_new(fx.base, add_again, ev);
	send_byte(fx.peer);
	turns(MANY);
	ck_assert_int_eq(sets, 1);
	evwatch_free(watcher);
	for (i = 0; i < MANY; i++) {
		event_del(ev);
		turns(1);
		event_add(ev, NULL);
		turns(1);
	}
	ck_assert_int_eq(sets, 1);
	ck_assert_int_eq(reads.count, MANY);
}
END_TEST

#ifdef __linux__
static int
refuse_precise_wait(int epfd, struct epoll_event *events, int max,
	const struct timespec *timeout)
{
	(void)epfd, (void)events, (void)max, (void)timeout;
	errno = ENOSYS;
	return -1;
}
#endif

/* Where a descriptor stands in for precise waits, it is nobody's ghost. */
START_TEST(b061_e_precise_timers_cost_no_new_set)
{
	struct timeval soon = {.tv_usec = 1500};
	struct calls fired = {0};
	int i;

	if (!use_epoll(0))
		return;
#ifdef __linux__
	ev_sys.epoll_pwait2 = refuse_precise_wait;
#endif
	event_base_free(fx.base);
	fx.base = fixture_base(EVENT_BASE_FLAG_PRECISE_TIMER);
	sets = 0;
	for (i = 0; i < 5; i++) {
		event_add(fixture_event(-1, 0, note_call, &fired), &soon);
		ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	}
	ck_assert_int_eq(fired.count, 5);
	ck_assert_int_eq(sets, 0);
}
END_TEST

/* Out of descriptors, a ghost stays for a while: it is said once. */
START_TEST(bug05_ghost_that_has_to_stay_is_told_once)
{
	struct calls reads = {0};
	evutil_socket_t copy;
	struct event *ev;

	if (!use_epoll(_i))
		return;
	ev = added(fx.fd, EV_READ | EV_PERSIST, note_call, &reads);
	send_byte(fx.peer);
	turns(1);
	added(fx.peer, EV_READ, note_call, &reads); /* something to wait for */
	copy = dup(fx.fd);
	close_fd(&fx.fd);
	event_del(ev);
	sets_refused = 1;
	turns(MANY);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	sets_refused = 0;
	turns(1);
	calls = sets = 0;
	turns(MANY);
	ck_assert_int_eq(sets, 0);
	ck_assert_int_eq(reads.count, 1);
	close_fd(&copy);
}
END_TEST

Suite *
suite_changes(void)
{
	Suite *suite = suite_create("changes");
	TCase *tcase = tcase_create("changes");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(
		tcase, b058_b_changes_to_and_fro_cost_nothing, 0, 2);
	tcase_add_loop_test(tcase,
		b058_c_an_event_that_is_added_again_costs_one_call, 0, 2);
	tcase_add_loop_test(tcase, b058_d_persistent_events_cost_nothing, 0, 2);
	tcase_add_loop_test(
		tcase, b058_e_ends_within_a_turn_cost_no_new_set, 0, 2);
	tcase_add_loop_test(
		tcase, bug05_ghost_that_has_to_stay_is_told_once, 0, 2);
	tcase_add_test(tcase, b061_e_precise_timers_cost_no_new_set);
	suite_add_tcase(suite, tcase);
	return suite;
}
