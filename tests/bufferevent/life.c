/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 141, and bug classes 10 and 11: freed in every place, of every
 * kind, with all options.
 */
#include "suites.h"

#include <fcntl.h>

#include "kit.h"

START_TEST(b141_a_freed_at_once_closed_by_the_loop)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(BEV_OPT_CLOSE_ON_FREE, &heard);

	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	bufferevent_write(bev, "x", 1);
	bufferevent_free(bev);
	turns(1);
	ck_assert_int_eq(fcntl(fx.fd, F_GETFD), -1);
	fx.fd = -1;
	ck_assert_str_eq(heard.trail, "");
	ck_assert_str_eq(hear(fx.peer), "");
}
END_TEST

START_TEST(b141_b_the_end_of_the_base_frees_what_is_left)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(BEV_OPT_CLOSE_ON_FREE, &heard);

	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "x", 1);
	bufferevent_free(bev);
	fx.fd = -1; /* and the fixture looks for leaks */
}
END_TEST

START_TEST(b141_c_base_goes_first_while_work_is_due)
{
	struct event_base *base = fixture_base(0);
	struct bufferevent *bev = bufferevent_socket_new(base, fx.fd, 0);

	bufferevent_write(bev, "x", 1);
	bufferevent_incref(bev);
	bufferevent_free(bev);
	ck_assert_int_eq(bufferevent_decref(bev), 1);
	event_base_free(base);
}
END_TEST

START_TEST(b141_d_input_of_a_freed_one_with_references_can_be_read)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "abc");
	until(&heard.reads, 1);
	bufferevent_incref(bev);
	bufferevent_free(bev);
	turns(2);
	ck_assert_str_eq(text_of(bufferevent_get_input(bev)), "abc");
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), 0);
	say(fx.peer, "def");
	turns(2);
	ck_assert_int_eq(heard.reads, 1);
	ck_assert_int_eq(bufferevent_decref(bev), 1);
}
END_TEST

static void
note_change(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *count)
{
	(void)buf, (void)info;
	++*(int *)count;
}

/* The buffer outlives its bufferevent until its deferred callback has run. */
START_TEST(bug10_buffer_outlives_the_bufferevent)
{
	struct event_base *other = fixture_base(0);
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *input = bufferevent_get_input(bev);
	int changes = 0;

	evbuffer_add_cb(input, note_change, &changes);
	evbuffer_defer_callbacks(input, other);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	bufferevent_free(bev);
	turns(2);
	event_base_loop(other, EVLOOP_NONBLOCK);
	event_base_free(other);
}
END_TEST

/* --- what is done to a buffer alone --------------------------------------*/

/* _i: 1 when a filter brings a lock for all, later. */
START_TEST(a_buffer_may_have_a_lock_of_its_own)
{
	struct heard heard = {0};
	struct bufferevent *bev = bufferevent_socket_new(fx.base, fx.fd, 0),
			   *top = bev;
	int has_threads = threadsafe() != 0;

	ck_assert_int_eq(
		evbuffer_enable_locking(bufferevent_get_input(bev), NULL),
		has_threads ? 0 : -1);
	ck_assert_int_eq(
		evbuffer_enable_locking(bufferevent_get_output(bev), NULL),
		has_threads ? 0 : -1);
	if (_i)
		top = bufferevent_filter_new(bev, NULL, NULL,
			BEV_OPT_CLOSE_ON_FREE | threadsafe(), NULL, NULL);
	listen_to(top, &heard);
	bufferevent_enable(top, EV_READ);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	bufferevent_free(top);
	turns(2);
}
END_TEST

START_TEST(a_buffer_of_one_is_not_freed_alone)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_enable(bev, EV_READ);
	evbuffer_free(bufferevent_get_input(bev));
	evbuffer_free(bufferevent_get_output(bev));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 2);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	bufferevent_write(bev, "abc", 3);
	turns(2);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 0);
	bufferevent_free(bev);
	turns(2);
}
END_TEST

/* --- bug 11 --------------------------------------------------------------*/

static const int all_options[] = {
	0,
	BEV_OPT_DEFER_CALLBACKS,
	BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
	BEV_OPT_THREADSAFE,
	BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS,
};

enum { N_OPTIONS = sizeof(all_options) / sizeof(all_options[0]) };

enum kind { SOCKET, PAIR, FILTER, FILTER_OF_PAIR, N_KINDS };

enum place {
	IN_READ,
	IN_WRITE,
	IN_EVENT,
	AT_ONCE,
	WHILE_DUE,
	IN_A_TIMER,
	IN_A_BUFFER_CALLBACK,
	N_PLACES
};

static struct {
	struct bufferevent *bev, *other; /* the other: of a pair */
	enum place place;
	int freed;
	int late; /* calls after the free */
} subject;

static void
free_subject(void)
{
	if (subject.freed)
		return;
	subject.freed = 1;
	bufferevent_free(subject.bev);
}

static void
data_came(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	subject.late += subject.freed;
	if (subject.place == IN_READ)
		free_subject();
}

static void
data_went(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	subject.late += subject.freed;
	if (subject.place == IN_WRITE)
		free_subject();
}

static void
something_came(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)arg, (void)what;
	subject.late += subject.freed;
	if (subject.place == IN_EVENT)
		free_subject();
}

static void
time_came(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	free_subject();
}

static void
buffer_changed(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
	(void)buf, (void)info, (void)arg;
	if (subject.place == IN_A_BUFFER_CALLBACK)
		free_subject();
}

static void
make_subject(enum kind kind, int options)
{
	struct bufferevent *pair[2] = {NULL, NULL}, *below;

	options |= BEV_OPT_CLOSE_ON_FREE;
	if (kind == PAIR || kind == FILTER_OF_PAIR) {
		ck_assert_int_eq(
			bufferevent_pair_new(fx.base, options, pair), 0);
		below = pair[0];
		bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	} else {
		below = bufferevent_socket_new(fx.base, fx.fd, options);
		fx.fd = -1;
	}
	if (kind == FILTER || kind == FILTER_OF_PAIR)
		below = bufferevent_filter_new(
			below, NULL, NULL, options, NULL, NULL);
	ck_assert_ptr_nonnull(below);
	subject.bev = below;
	subject.other = pair[1];
	bufferevent_setcb(
		subject.bev, data_came, data_went, something_came, NULL);
	evbuffer_add_cb(bufferevent_get_output(below), buffer_changed, NULL);
}

static void
exercise(void)
{
	if (subject.other)
		bufferevent_write(subject.other, "data", 4);
	else
		say(fx.peer, "data");
	if (subject.place == WHILE_DUE)
		bufferevent_trigger(subject.bev, EV_READ | EV_WRITE,
			BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_enable(subject.bev, EV_READ | EV_WRITE);
	bufferevent_write(subject.bev, "data", 4);
	if (!subject.freed)
		bufferevent_trigger_event(subject.bev, BEV_EVENT_TIMEOUT,
			BEV_TRIG_DEFER_CALLBACKS);
	if (subject.place == IN_A_TIMER)
		event_base_once(fx.base, -1, EV_TIMEOUT, time_came, NULL, NULL);
	if (subject.place == AT_ONCE || subject.place == WHILE_DUE)
		free_subject();
	turns(4);
	if (subject.other)
		bufferevent_free(subject.other);
	else
		close_fd(&fx.peer);
	turns(4);
}

START_TEST(bug11_freed_anywhere_it_is_quiet)
{
	enum kind kind = (enum kind)(_i / N_PLACES);

	for (int i = 0; i < N_OPTIONS; i++) {
		memset(&subject, 0, sizeof(subject));
		subject.place = (enum place)(_i % N_PLACES);
		if (fx.peer < 0)
			another_pair();
		make_subject(kind, all_options[i]);
		exercise();
		ck_assert_int_eq(subject.freed, 1);
		ck_assert_int_eq(subject.late, 0);
	}
}
END_TEST

Suite *
life_suite(void)
{
	Suite *suite = suite_create("bufferevent life");
	TCase *tcase = tcase_create("life");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b141_a_freed_at_once_closed_by_the_loop);
	tcase_add_test(tcase, b141_b_the_end_of_the_base_frees_what_is_left);
	tcase_add_test(tcase, b141_c_base_goes_first_while_work_is_due);
	tcase_add_test(
		tcase, b141_d_input_of_a_freed_one_with_references_can_be_read);
	tcase_add_test(tcase, bug10_buffer_outlives_the_bufferevent);
	tcase_add_loop_test(tcase, a_buffer_may_have_a_lock_of_its_own, 0, 2);
	tcase_add_test(tcase, a_buffer_of_one_is_not_freed_alone);
	tcase_add_loop_test(
		tcase, bug11_freed_anywhere_it_is_quiet, 0, N_KINDS * N_PLACES);
	suite_add_tcase(suite, tcase);
	return suite;
}
