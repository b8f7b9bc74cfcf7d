/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 43 to 45, 54, 59 and 60: events of descriptors that are told of as
 * long as they are ready.
 */
#include "suites.h"

#include <string.h>

#include <event2/event_struct.h>
#include <event2/watch.h>

#include "../support/fixture.h"

static const struct timeval minute = {.tv_sec = 60};

static struct event *
added(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(fd, what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

static void
fill(evutil_socket_t fd)
{
	ck_assert_uint_gt(send_all(fd), 0);
}

/* --- 43: again and again, or once -----------------------------------------*/

START_TEST(b043_a_level_read_fires_again)
{
	struct calls calls = {0};

	added(fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 3);
	ck_assert_int_eq(calls.ever, EV_READ);
	ck_assert_int_eq(calls.fd, fx.fd);
	take_byte(fx.fd);
	turns(2);
	ck_assert_int_eq(calls.count, 3);
}
END_TEST

START_TEST(b043_b_level_write_fires_again)
{
	struct calls calls = {0};

	added(fx.fd, EV_WRITE | EV_PERSIST, note_call, &calls);
	turns(3);
	ck_assert_int_eq(calls.count, 3);
	ck_assert_int_eq(calls.ever, EV_WRITE);
	fill(fx.fd);
	turns(2);
	ck_assert_int_eq(calls.count, 3);
	take_all(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 4);
}
END_TEST

START_TEST(b043_c_event_without_persist_fires_once)
{
	struct calls calls = {0};
	struct event *ev = added(fx.fd, EV_READ, note_call, &calls);

	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	event_add(ev, NULL);
	turns(2);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

/* What event_pending() says inside the callback. */
static void
note_pending(evutil_socket_t fd, short what, void *seen)
{
	struct event *ev = event_base_get_running_event(fx.base);

	(void)fd;
	(void)what;
	*(int *)seen = event_pending(ev, EV_READ | EV_TIMEOUT, NULL);
}

START_TEST(b043_d_event_without_persist_is_removed_before_its_callback)
{
	struct event *ev;
	int seen = -1;

	ev = fixture_event(fx.fd, EV_READ, note_pending, &seen);
	event_add(ev, &minute);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(seen, 0);
}
END_TEST

START_TEST(b043_e_persistent_event_stays_pending)
{
	int seen = -1;
	struct event *ev = added(
		fx.fd, EV_READ | EV_PERSIST, note_pending, &seen);

	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(seen, EV_READ);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
}
END_TEST

static void
take_and_add_again(evutil_socket_t fd, short what, void *count)
{
	(void)what;
	++*(int *)count;
	take_byte(fd);
	event_add(event_base_get_running_event(fx.base), NULL);
}

START_TEST(b043_f_event_may_be_added_again_in_its_callback)
{
	int count = 0, i;

	added(fx.fd, EV_READ, take_and_add_again, &count);
	for (i = 1; i <= 5; i++) {
		send_byte(fx.peer);
		turns(2);
		ck_assert_int_eq(count, i);
	}
}
END_TEST

static void
take_and_delete(evutil_socket_t fd, short what, void *count)
{
	(void)fd;
	(void)what;
	++*(int *)count;
	event_del(event_base_get_running_event(fx.base));
}

START_TEST(b043_g_persistent_event_may_be_deleted_in_its_callback)
{
	int count = 0;

	added(fx.fd, EV_READ | EV_PERSIST, take_and_delete, &count);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(b043_h_deleted_event_does_not_fire)
{
	struct calls calls = {0};
	struct event *ev = added(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);

	turns(1);
	send_byte(fx.peer);
	event_del(ev);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	event_add(ev, NULL);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

/* --- 44, 45: several at a time --------------------------------------------*/

START_TEST(b044_a_one_callback_for_read_and_write)
{
	struct calls calls = {0};

	added(fx.fd, EV_READ | EV_WRITE | EV_PERSIST, note_call, &calls);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_WRITE);
	take_byte(fx.fd);
	turns(1);
	ck_assert_int_eq(calls.what, EV_WRITE);
	fill(fx.fd);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 3);
	ck_assert_int_eq(calls.what, EV_READ);
}
END_TEST

START_TEST(b044_b_reader_and_writer_of_one_descriptor)
{
	struct calls reads = {0}, writes = {0};
	struct event *writer;

	added(fx.fd, EV_READ | EV_PERSIST, note_call, &reads);
	writer = added(fx.fd, EV_WRITE | EV_PERSIST, note_call, &writes);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(reads.ever, EV_READ);
	ck_assert_int_eq(writes.ever, EV_WRITE);
	event_del(writer);
	turns(1);
	ck_assert_int_eq(reads.count, 2);
	ck_assert_int_eq(writes.count, 1);
}
END_TEST

static char trail[16];

static void
mark(evutil_socket_t fd, short what, void *letter)
{
	(void)fd;
	(void)what;
	strncat(trail, letter, 1);
}

START_TEST(b045_a_events_of_one_descriptor_fire_newest_first)
{
	added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"a");
	added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"b");
	added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"c");
	send_byte(fx.peer);
	turns(1);
	ck_assert_str_eq(trail, "cba");
}
END_TEST

START_TEST(b045_b_deleting_one_leaves_the_others)
{
	struct event *first, *last;

	first = added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"a");
	added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"b");
	last = added(fx.fd, EV_READ | EV_PERSIST, mark, (void *)"c");
	send_byte(fx.peer);
	event_del(first);
	turns(1);
	event_del(last);
	turns(1);
	ck_assert_str_eq(trail, "cbb");
}
END_TEST

START_TEST(b045_c_events_of_one_descriptor_may_delete_each_other)
{
	struct calls calls[2] = {{0}};
	int count = 0;
	struct event *both[2];
	int i;

	for (i = 0; i < 2; i++)
		both[i] = added(fx.fd, EV_READ, note_call, &calls[i]);
	added(fx.fd, EV_READ | EV_PERSIST, take_and_delete, &count);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(count, 1);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(calls[i].count, 1);
		ck_assert_int_eq(event_pending(both[i], EV_READ, NULL), 0);
	}
}
END_TEST

/* --- 54: no descriptor ----------------------------------------------------*/

START_TEST(b054_a_reader_of_nothing_fires_by_time)
{
	struct calls calls = {0};
	struct timeval soon = clock_ms(5);
	struct event *ev = fixture_event(-1, EV_READ, note_call, &calls);

	ck_assert_int_eq(event_add(ev, &soon), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_TIMEOUT);
	ck_assert_int_eq(calls.fd, -1);
}
END_TEST

START_TEST(b054_b_reader_of_nothing_fires_when_activated)
{
	struct calls calls = {0};
	struct event *ev = added(-1, EV_READ | EV_PERSIST, note_call, &calls);

	turns(2);
	ck_assert_int_eq(calls.count, 0);
	event_active(ev, EV_READ, 1);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ);
	ck_assert_int_eq(event_del(ev), 0);
}
END_TEST

/* --- what has ended wakes nobody ------------------------------------------*/

enum { DELETED_WHOLE, DELETED_WRITE, DELETED_READ, HUNG_UP, ONCE, ENDS };
enum { TURNS_AT_MOST = 10 };

static void
count_turn(struct evwatch *watcher, const struct evwatch_prepare_cb_info *info,
	void *turns_made)
{
	(void)watcher;
	(void)info;
	++*(int *)turns_made;
}

/* How often the loop looks for something to do in a time when there is none. */
static int
count_wakeups(void)
{
	struct timeval a_while = clock_ms(50);
	int turns_made = 0;
	struct evwatch *watcher = evwatch_prepare_new(
		fx.base, count_turn, &turns_made);

	ck_assert_ptr_nonnull(watcher);
	ck_assert_int_eq(event_base_loopexit(fx.base, &a_while), 0);
	ck_assert_int_ge(event_base_dispatch(fx.base), 0);
	evwatch_free(watcher);
	return turns_made;
}

/* A kernel that still holds what is ended would wake the loop for ever. */
START_TEST(ended_interest_wakes_nobody)
{
	struct calls calls = {0};
	short what = EV_READ | (_i == ONCE ? 0 : EV_PERSIST);
	struct event *reader = added(fx.fd, what, note_call, &calls);
	struct event *writer = fixture_event(
		fx.fd, EV_WRITE | EV_PERSIST, note_call, &calls);

	if (_i == DELETED_READ)
		fill(fx.fd);
	if (_i == DELETED_READ || _i == DELETED_WRITE)
		ck_assert_int_eq(event_add(writer, NULL), 0);
	if (_i == HUNG_UP)
		close_fd(&fx.peer);
	else if (_i != DELETED_WRITE)
		send_byte(fx.peer);
	turns(3);
	ck_assert_int_gt(calls.count, 0);
	if (_i != ONCE)
		event_del(_i == DELETED_WRITE ? writer : reader);
	calls.count = 0;
	ck_assert_int_le(count_wakeups(), TURNS_AT_MOST);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

/* --- 59: what an event is -------------------------------------------------*/

START_TEST(b059_a_event_gives_back_what_it_was_made_of)
{
	struct calls calls = {0};
	short what = EV_READ | EV_WRITE | EV_PERSIST;
	struct event *ev = fixture_event(fx.fd, what, note_call, &calls);

	ck_assert_ptr_eq(event_get_base(ev), fx.base);
	ck_assert_int_eq(event_get_fd(ev), fx.fd);
	ck_assert_int_eq(event_get_events(ev), what);
	ck_assert(event_get_callback(ev) == note_call);
	ck_assert_ptr_eq(event_get_callback_arg(ev), &calls);
	ck_assert_int_eq(event_get_priority(ev), 0);
	ck_assert(event_initialized(ev));
}
END_TEST

START_TEST(b059_b_get_assignment_gives_all_of_it)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_WRITE | EV_CLOSED, note_call, &calls);
	struct event_base *base = NULL;
	evutil_socket_t fd = -1;
	event_callback_fn fn = NULL;
	short what = 0;
	void *arg = NULL;

	event_get_assignment(ev, &base, &fd, &what, &fn, &arg);
	ck_assert_ptr_eq(base, fx.base);
	ck_assert_int_eq(fd, fx.fd);
	ck_assert_int_eq(what, EV_WRITE | EV_CLOSED);
	ck_assert(fn == note_call);
	ck_assert_ptr_eq(arg, &calls);
	event_get_assignment(ev, NULL, NULL, NULL, NULL, NULL);
}
END_TEST

START_TEST(b059_c_event_can_be_its_own_argument)
{
	struct event *ev = fixture_event(-1, 0, note_call, event_self_cbarg());
	struct event own;

	ck_assert_ptr_eq(event_get_callback_arg(ev), ev);
	memset(&own, 0, sizeof(own));
	ck_assert(!event_initialized(&own));
	event_assign(&own, fx.base, -1, 0, note_call, event_self_cbarg());
	ck_assert_ptr_eq(event_get_callback_arg(&own), &own);
	ck_assert(event_initialized(&own));
}
END_TEST

START_TEST(b059_d_size_of_an_event_is_known)
{
	ck_assert_uint_eq(event_get_struct_event_size(), sizeof(struct event));
}
END_TEST

/* --- 60: activated by descriptor ------------------------------------------*/

START_TEST(b060_a_pending_events_of_the_descriptor_are_activated)
{
	struct calls reader = {0}, writer = {0}, idle = {0}, other = {0};

	fill(fx.fd);
	added(fx.fd, EV_READ | EV_PERSIST, note_call, &reader);
	added(fx.fd, EV_WRITE | EV_PERSIST, note_call, &writer);
	fixture_event(fx.fd, EV_READ, note_call, &idle);
	added(fx.peer, EV_CLOSED, note_call, &other);
	event_base_active_by_fd(fx.base, fx.fd, EV_READ);
	turns(1);
	ck_assert_int_eq(reader.count, 1);
	ck_assert_int_eq(reader.what, EV_READ);
	ck_assert_int_eq(writer.count + idle.count + other.count, 0);
	event_base_active_by_fd(fx.base, fx.fd, EV_READ | EV_WRITE);
	turns(1);
	ck_assert_int_eq(reader.count, 2);
	ck_assert_int_eq(writer.count, 1);
	ck_assert_int_eq(writer.what, EV_WRITE);
}
END_TEST

START_TEST(b060_b_timeouts_of_the_descriptor_are_activated)
{
	struct calls timed = {0}, untimed = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &timed);

	event_add(ev, &minute);
	added(fx.fd, EV_READ | EV_PERSIST, note_call, &untimed);
	event_base_active_by_fd(fx.base, fx.fd, EV_TIMEOUT);
	turns(1);
	ck_assert_int_eq(timed.count, 1);
	ck_assert_int_eq(timed.what, EV_TIMEOUT);
	ck_assert_int_eq(untimed.count, 0);
}
END_TEST

START_TEST(b060_c_unknown_descriptor_has_no_events)
{
	event_base_active_by_fd(fx.base, fx.fd, EV_READ);
	event_base_active_by_fd(fx.base, 1000000, EV_READ | EV_TIMEOUT);
	event_base_active_by_fd(fx.base, -1, EV_READ | EV_TIMEOUT);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 1);
}
END_TEST

static TCase *
readiness(void)
{
	TCase *tcase = tcase_create("readiness");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b043_a_level_read_fires_again);
	tcase_add_test(tcase, b043_b_level_write_fires_again);
	tcase_add_test(tcase, b043_c_event_without_persist_fires_once);
	tcase_add_test(tcase,
		b043_d_event_without_persist_is_removed_before_its_callback);
	tcase_add_test(tcase, b043_e_persistent_event_stays_pending);
	tcase_add_test(tcase, b043_f_event_may_be_added_again_in_its_callback);
	tcase_add_test(
		tcase, b043_g_persistent_event_may_be_deleted_in_its_callback);
	tcase_add_test(tcase, b043_h_deleted_event_does_not_fire);
	tcase_add_test(tcase, b044_a_one_callback_for_read_and_write);
	tcase_add_test(tcase, b044_b_reader_and_writer_of_one_descriptor);
	tcase_add_test(
		tcase, b045_a_events_of_one_descriptor_fire_newest_first);
	tcase_add_test(tcase, b045_b_deleting_one_leaves_the_others);
	tcase_add_test(
		tcase, b045_c_events_of_one_descriptor_may_delete_each_other);
	tcase_add_test(tcase, b054_a_reader_of_nothing_fires_by_time);
	tcase_add_test(tcase, b054_b_reader_of_nothing_fires_when_activated);
	tcase_add_loop_test(tcase, ended_interest_wakes_nobody, 0, ENDS);
	return tcase;
}

static TCase *
inspection(void)
{
	TCase *tcase = tcase_create("inspection");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b059_a_event_gives_back_what_it_was_made_of);
	tcase_add_test(tcase, b059_b_get_assignment_gives_all_of_it);
	tcase_add_test(tcase, b059_c_event_can_be_its_own_argument);
	tcase_add_test(tcase, b059_d_size_of_an_event_is_known);
	tcase_add_test(
		tcase, b060_a_pending_events_of_the_descriptor_are_activated);
	tcase_add_test(tcase, b060_b_timeouts_of_the_descriptor_are_activated);
	tcase_add_test(tcase, b060_c_unknown_descriptor_has_no_events);
	return tcase;
}

Suite *
suite_io(void)
{
	Suite *suite = suite_create("io");

	suite_add_tcase(suite, readiness());
	suite_add_tcase(suite, inspection());
	return suite;
}
