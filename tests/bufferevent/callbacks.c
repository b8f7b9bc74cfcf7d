/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 139, and when callbacks run: in order, never within one another,
 * with no lock held.
 */
#include "suites.h"

#include <pthread.h>

#include <event2/buffer_compat.h>

#include "kit.h"

static int
deferred(void)
{
	return BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS;
}

START_TEST(b139_a_triggers_call_at_once)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	ck_assert_str_eq(heard.trail, "rw");
	bufferevent_trigger_event(bev, BEV_EVENT_EOF, 0);
	ck_assert_str_eq(heard.trail, "rwe");
	ck_assert_int_eq(heard.what, BEV_EVENT_EOF);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b139_b_triggers_wait_for_the_loop_on_request)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_trigger(bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger_event(bev, BEV_EVENT_EOF | BEV_EVENT_CONNECTED,
		BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	ck_assert_str_eq(heard.trail, "");
	turns(1);
	ck_assert_str_eq(heard.trail, "crwe");
	bufferevent_free(bev);
}
END_TEST

START_TEST(b139_c_deferred_bufferevents_always_wait_for_the_loop)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(deferred(), &heard);

	bufferevent_trigger(bev, EV_READ, 0);
	bufferevent_trigger(bev, EV_READ, 0);
	ck_assert_str_eq(heard.trail, "");
	turns(1);
	ck_assert_str_eq(heard.trail, "r");
	bufferevent_free(bev);
}
END_TEST

START_TEST(b139_d_triggers_heed_marks_unless_told_not_to)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_READ, 5, 0);
	bufferevent_trigger(bev, EV_READ, 0);
	ck_assert_int_eq(heard.reads, 0);
	bufferevent_trigger(bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS);
	ck_assert_int_eq(heard.reads, 1);
	bufferevent_free(bev);
}
END_TEST

static struct heard *nested;

static void
trigger_again(struct bufferevent *bev)
{
	int before = nested->reads + nested->writes;

	if (before > 1)
		return;
	bufferevent_trigger(bev, EV_READ | EV_WRITE, 0);
	ck_assert_int_eq(nested->reads + nested->writes, before);
}

START_TEST(b139_e_triggers_within_callbacks_wait)
{
	struct heard heard = {.then = trigger_again};
	struct bufferevent *bev = on_fixture(0, &heard);

	nested = &heard;
	bufferevent_trigger(bev, EV_READ, 0);
	ck_assert_str_eq(heard.trail, "rrw");
	bufferevent_free(bev);
}
END_TEST

static void
trigger_for_ever(struct bufferevent *bev)
{
	bufferevent_trigger(bev, EV_READ, 0);
}

static void
count_call_now(evutil_socket_t fd, short what, void *count)
{
	(void)fd, (void)what;
	++*(int *)count;
}

START_TEST(bug25_callbacks_that_trigger_themselves_let_others_run)
{
	struct heard heard = {.then = trigger_for_ever};
	struct bufferevent *bev = on_fixture(0, &heard);
	int calls = 0;

	event_add(
		fixture_event(fx.peer, EV_WRITE, count_call_now, &calls), NULL);
	bufferevent_trigger(bev, EV_READ, 0);
	until(&calls, 1);
	ck_assert_int_lt(heard.reads, 2000);
	bufferevent_free(bev);
}
END_TEST

START_TEST(callbacks_set_while_one_is_due_get_it)
{
	struct heard first = {0}, second = {0};
	struct bufferevent *bev = on_fixture(deferred(), &first);

	bufferevent_trigger(bev, EV_READ, 0);
	listen_to(bev, &second);
	turns(1);
	ck_assert_int_eq(first.reads, 0);
	ck_assert_int_eq(second.reads, 1);
	bufferevent_trigger(bev, EV_READ, 0);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	turns(1);
	ck_assert_int_eq(second.reads, 1);
	bufferevent_free(bev);
}
END_TEST

static void
note_length(struct evbuffer *buf, size_t old_len, size_t new_len, void *count)
{
	(void)buf, (void)old_len, (void)new_len;
	++*(int *)count;
}

/* It replaces the program's callbacks on a buffer, but not the library's. */
START_TEST(evbuffer_setcb_does_not_break_a_bufferevent)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *input = bufferevent_get_input(bev);
	int in = 0, out = 0;

	ck_assert_int_eq(evbuffer_setcb(input, note_length, &in), 0);
	ck_assert_int_eq(
		evbuffer_setcb(bufferevent_get_output(bev), note_length, &out),
		0);
	bufferevent_setwatermark(bev, EV_READ, 0, 2);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "abcd");
	until(&heard.reads, 1);
	evbuffer_drain(input, 2);
	until(&heard.reads, 2);
	bufferevent_write(bev, "answer", 6);
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "answer");
	ck_assert_int_ge(in, 3);
	ck_assert_int_ge(out, 2);
	bufferevent_free(bev);
}
END_TEST

/* --- what is held --------------------------------------------------------*/

static struct bufferevent *shared;
static int got_through;

static void *
use_shared(void *arg)
{
	(void)arg;
	bufferevent_lock(shared);
	got_through++;
	bufferevent_unlock(shared);
	(void)bufferevent_write(shared, "x", 1);
	(void)bufferevent_get_enabled(shared);
	return NULL;
}

/* Another thread uses it, and is waited for, within a callback. */
static void
use_elsewhere(struct bufferevent *bev)
{
	pthread_t thread;

	if (got_through >= 3)
		return;
	shared = bev;
	ck_assert_int_eq(pthread_create(&thread, NULL, use_shared, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void
check_no_lock(int options)
{
	struct heard heard = {.then = use_elsewhere};
	struct bufferevent *bev = on_fixture(options, &heard);

	got_through = 0;
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "x");
	until(&heard.reads, 1);
	until(&heard.writes, 1);
	close_fd(&fx.peer);
	until(&heard.events, 1);
	ck_assert_int_ge(got_through, 3);
	bufferevent_free(bev);
}

START_TEST(bug08_no_lock_is_held_in_callbacks)
{
	if (!test_threads())
		return;
	check_no_lock(0);
}
END_TEST

START_TEST(bug08_no_lock_is_held_in_deferred_callbacks)
{
	if (!test_threads())
		return;
	check_no_lock(deferred());
}
END_TEST

Suite *
callbacks_suite(void)
{
	Suite *suite = suite_create("bufferevent callbacks");
	TCase *tcase = tcase_create("callbacks");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b139_a_triggers_call_at_once);
	tcase_add_test(tcase, b139_b_triggers_wait_for_the_loop_on_request);
	tcase_add_test(
		tcase, b139_c_deferred_bufferevents_always_wait_for_the_loop);
	tcase_add_test(tcase, b139_d_triggers_heed_marks_unless_told_not_to);
	tcase_add_test(tcase, b139_e_triggers_within_callbacks_wait);
	tcase_add_test(
		tcase, bug25_callbacks_that_trigger_themselves_let_others_run);
	tcase_add_test(tcase, callbacks_set_while_one_is_due_get_it);
	tcase_add_test(tcase, evbuffer_setcb_does_not_break_a_bufferevent);
	tcase_add_test(tcase, bug08_no_lock_is_held_in_callbacks);
	tcase_add_test(tcase, bug08_no_lock_is_held_in_deferred_callbacks);
	suite_add_tcase(suite, tcase);
	return suite;
}
