/* SPDX-License-Identifier: BSD-3-Clause */
/* What the random programs of model.c have found, one by one. */
#include "suites.h"

#include <event2/bufferevent_struct.h>
#include <event2/ext_bufferevent.h>
#include <event2/ext_loop.h>

#include "kit.h"

/* Events, one after the other: what each said, and errno. */
static struct {
	short what;
	int error;
} events[8];
static int n_events;

static void
note_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)arg;
	ck_assert_int_lt(n_events, 8);
	events[n_events].error = errno;
	events[n_events++].what = what;
}

static void
ck_event(int i, short what, int error)
{
	ck_assert_int_lt(i, n_events);
	ck_assert_int_eq(events[i].what, what);
	ck_assert_int_eq(events[i].error, error);
}

/* Both directions end in the same turn, below a filter that has yet to look. */
START_TEST(ends_below_a_filter_are_told_apart)
{
	struct bufferevent *below = bufferevent_socket_new(
				   fx.base, fx.fd, threadsafe()),
			   *filter = bufferevent_filter_new(below, NULL, NULL,
				   BEV_OPT_CLOSE_ON_FREE | threadsafe(), NULL,
				   NULL);

	ck_assert(below && filter);
	bufferevent_setcb(filter, NULL, NULL, note_event, NULL);
	bufferevent_disable(below, EV_WRITE);
	bufferevent_write(filter, "hello", 5);
	turns(3);
	bufferevent_enable(filter, EV_READ);
	close_fd(&fx.peer);
	bufferevent_enable(below, EV_WRITE);
	turns(5);
	ck_assert_int_eq(n_events, 2);
	ck_event(0, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	ck_event(1, BEV_EVENT_WRITING | BEV_EVENT_ERROR, EPIPE);
	bufferevent_free(filter);
}
END_TEST

START_TEST(who_does_not_read_hears_of_the_end_of_writing_alone)
{
	struct bufferevent *pair[2], *filter;

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	filter = bufferevent_filter_new(pair[0], NULL, NULL,
		BEV_OPT_CLOSE_ON_FREE | threadsafe(), NULL, NULL);
	bufferevent_setcb(filter, NULL, NULL, note_event, NULL);
	bufferevent_enable(filter, EV_READ);
	bufferevent_flush(pair[1], EV_READ | EV_WRITE, BEV_FINISHED);
	bufferevent_disable(filter, EV_READ);
	turns(5);
	ck_assert_int_eq(n_events, 1);
	ck_event(0, BEV_EVENT_WRITING | BEV_EVENT_EOF, 0);
	bufferevent_enable(filter, EV_READ);
	turns(5);
	ck_assert_int_eq(n_events, 2);
	ck_event(1, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	bufferevent_free(filter);
	bufferevent_free(pair[1]);
}
END_TEST

/* Beyond its limit output is still sent, so that must not look like an end. */
START_TEST(a_limit_and_an_end_of_output_are_told_apart)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, threadsafe());

	bufferevent_setcb(bev, NULL, NULL, note_event, NULL);
	bufferevent_set_output_limit(bev, 5);
	close_fd(&fx.peer);
	evbuffer_add(bufferevent_get_output(bev), "0123456789", 10);
	turns(3);
	ck_assert_int_eq(n_events, 2);
	ck_event(0, BEV_EVENT_WRITING | BEV_EVENT_ERROR, ENOBUFS);
	ck_event(1, BEV_EVENT_WRITING | BEV_EVENT_ERROR, EPIPE);
	bufferevent_free(bev);
}
END_TEST

/* A reset is due and not told; the program goes on, and reads the end. */
START_TEST(an_end_does_not_hide_why_there_was_an_error)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, threadsafe() | BEV_OPT_DEFER_CALLBACKS);

	bufferevent_setcb(bev, NULL, NULL, note_event, NULL);
	errno = ECONNRESET;
	bufferevent_trigger_event(bev, BEV_EVENT_READING | BEV_EVENT_ERROR, 0);
	errno = 0;
	bufferevent_trigger_event(bev, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	turns(2);
	ck_assert_int_eq(n_events, 1);
	ck_event(0, BEV_EVENT_READING | BEV_EVENT_ERROR | BEV_EVENT_EOF,
		ECONNRESET);
	bufferevent_free(bev);
}
END_TEST

/* It fails when it is told of the end, and has something later on. */
static enum bufferevent_filter_result
come_too_late(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	(void)src, (void)limit, (void)arg;
	if (mode == BEV_FINISHED)
		return BEV_ERROR;
	evbuffer_add(dst, "late", 4);
	return BEV_OK;
}

START_TEST(after_the_end_of_output_a_filter_has_no_say)
{
	struct bufferevent *below = bufferevent_socket_new(
				   fx.base, fx.fd, threadsafe()),
			   *filter = bufferevent_filter_new(below, NULL,
				   come_too_late,
				   BEV_OPT_CLOSE_ON_FREE | threadsafe(), NULL,
				   NULL);

	ck_assert(below && filter);
	bufferevent_setcb(filter, NULL, NULL, note_event, NULL);
	ck_assert_int_eq(bufferevent_shutdown(filter), 0);
	turns(3);
	ck_assert_int_eq(n_events, 1);
	ck_event(0, BEV_EVENT_WRITING | BEV_EVENT_ERROR, EIO);
	ck_assert_int_eq(bufferevent_flush(filter, EV_WRITE, BEV_FLUSH), 0);
	turns(3);
	ck_assert_int_eq(n_events, 1);
	ck_assert_uint_eq(
		evbuffer_get_length(bufferevent_get_output(below)), 0);
	bufferevent_free(filter);
}
END_TEST

static ev_uint64_t
callbacks_run(void)
{
	struct event_base_stats stats;

	ck_assert_int_eq(event_base_get_stats(fx.base, &stats), 0);
	return stats.callbacks;
}

/* It had work, and never does it again. */
START_TEST(bug25_one_that_is_freed_and_held_lets_the_loop_sleep)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, threadsafe());
	ev_uint64_t before;

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	bufferevent_write(bev, "hello", 5);
	bufferevent_incref(bev);
	bufferevent_free(bev);
	turns(3);
	before = callbacks_run();
	turns(10);
	ck_assert_uint_eq(callbacks_run(), before);
	bufferevent_decref(bev);
}
END_TEST

START_TEST(a_priority_that_is_refused_changes_nothing)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, threadsafe());

	ck_assert_int_eq(event_base_priority_init(fx.base, 3), 0);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);
	event_active(&bev->ev_write, EV_WRITE, 1);
	ck_assert_int_eq(bufferevent_priority_set(bev, 0), -1);
	ck_assert_int_eq(bufferevent_get_priority(bev), 2);
	turns(2);
	ck_assert_int_eq(bufferevent_priority_set(bev, 0), 0);
	bufferevent_free(bev);
}
END_TEST

static void
setup(void)
{
	fixture_setup();
	n_events = 0;
}

Suite *
found_suite(void)
{
	Suite *suite = suite_create("found by random programs");
	TCase *tcase = tcase_create("found");

	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_add_test(tcase, ends_below_a_filter_are_told_apart);
	tcase_add_test(
		tcase, who_does_not_read_hears_of_the_end_of_writing_alone);
	tcase_add_test(tcase, a_limit_and_an_end_of_output_are_told_apart);
	tcase_add_test(tcase, after_the_end_of_output_a_filter_has_no_say);
	tcase_add_test(tcase, an_end_does_not_hide_why_there_was_an_error);
	tcase_add_test(
		tcase, bug25_one_that_is_freed_and_held_lets_the_loop_sleep);
	tcase_add_test(tcase, a_priority_that_is_refused_changes_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
