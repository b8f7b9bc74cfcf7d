/* SPDX-License-Identifier: BSD-3-Clause */
/* Back-pressure, word of what was sent, and the end of output. */
#include "suites.h"

#include <event2/ext_bufferevent.h>

#include "kit.h"

static char pressure[16]; /* + for full, - for not */

static void
note_pressure(struct bufferevent *bev, int is_full, void *arg)
{
	(void)bev;
	ck_assert_ptr_eq(arg, pressure);
	ck_assert_uint_lt(strlen(pressure), sizeof(pressure) - 1);
	strcat(pressure, is_full ? "+" : "-");
}

START_TEST(bug37_output_marks_pause_and_resume)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	pressure[0] = '\0';
	ck_assert_int_eq(bufferevent_set_output_marks(
				 bev, 10, 10, note_pressure, pressure),
		-1);
	ck_assert_int_eq(bufferevent_set_output_marks(
				 bev, 10, 100, note_pressure, pressure),
		0);
	send_all(fx.fd);
	bufferevent_set_max_single_write(bev, 30);
	bufferevent_write(bev, "0123456789", 10);
	turns(1);
	ck_assert_str_eq(pressure, "");
	for (int i = 0; i < 10; i++)
		bufferevent_write(bev, "0123456789", 10);
	ck_assert_str_eq(pressure, "");
	turns(1);
	ck_assert_str_eq(pressure, "+");
	while (!heard.writes) {
		take_all(fx.peer);
		turns(1);
	}
	ck_assert_str_eq(pressure, "+-");
	bufferevent_set_output_marks(bev, 0, 0, NULL, NULL);
	bufferevent_free(bev);
}
END_TEST

START_TEST(bug37_output_limit_refuses)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *more = evbuffer_new();

	evbuffer_add(more, "0123456789", 10);
	send_all(fx.fd);
	ck_assert_int_eq(bufferevent_set_output_limit(bev, 25), 0);
	ck_assert_int_eq(bufferevent_write(bev, "0123456789", 10), 0);
	ck_assert_int_eq(bufferevent_write(bev, "0123456789", 10), 0);
	ck_assert_int_eq(bufferevent_write(bev, "0123456789", 10), -1);
	ck_assert_int_eq(errno, ENOBUFS);
	ck_assert_int_eq(bufferevent_write_buffer(bev, more), -1);
	ck_assert_uint_eq(evbuffer_get_length(more), 10);
	ck_assert_int_eq(bufferevent_write(bev, "01234", 5), 0);
	turns(1);
	ck_assert_int_eq(heard.events, 0);
	take_all(fx.peer);
	until(&heard.writes, 1);
	ck_assert_int_eq(bufferevent_write_buffer(bev, more), 0);
	evbuffer_free(more);
	bufferevent_free(bev);
}
END_TEST

START_TEST(bug37_output_limit_is_told_when_the_buffer_goes_beyond)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *output = bufferevent_get_output(bev);

	send_all(fx.fd);
	bufferevent_set_output_limit(bev, 5);
	ck_assert_int_eq(evbuffer_add(output, "0123456789", 10), 0);
	ck_assert_int_eq(evbuffer_add(output, "x", 1), -1);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ENOBUFS);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	while (evbuffer_get_length(output) > 0) {
		take_all(fx.peer);
		turns(1);
	}
	ck_assert_int_eq(evbuffer_add(output, "x", 1), 0);
	ck_assert_int_eq(heard.events, 1);
	bufferevent_free(bev);
}
END_TEST

/* --- word ----------------------------------------------------------------*/

struct told {
	int count;
	int error;
	struct bufferevent *bev;
};

static void
note_flush(struct bufferevent *bev, int error, void *arg)
{
	struct told *told = arg;

	told->count++;
	told->error = error;
	told->bev = bev;
}

static void
free_when_flushed(struct bufferevent *bev, int error, void *arg)
{
	note_flush(bev, error, arg);
	bufferevent_free(bev);
}

START_TEST(flush_notify_comes_when_all_is_sent)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct told first = {0}, second = {0}, empty = {0};

	ck_assert_int_eq(bufferevent_flush_notify(bev, note_flush, &empty), 0);
	ck_assert_int_eq(empty.count, 0);
	turns(1);
	ck_assert_int_eq(empty.count, 1);
	send_all(fx.fd);
	bufferevent_set_max_single_write(bev, 10);
	bufferevent_write(bev, "0123456789", 10);
	bufferevent_flush_notify(bev, note_flush, &first);
	bufferevent_write(bev, "0123456789", 10);
	bufferevent_flush_notify(bev, note_flush, &second);
	turns(3);
	ck_assert_int_eq(first.count, 0);
	while (!first.count) {
		take_all(fx.peer);
		turns(1);
	}
	ck_assert_int_eq(first.error, 0);
	ck_assert_ptr_eq(first.bev, bev);
	while (!second.count) {
		take_all(fx.peer);
		turns(1);
	}
	ck_assert_int_eq(second.error, 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(flush_notify_may_free)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(BEV_OPT_CLOSE_ON_FREE, &heard);
	struct told told = {0}, never = {0};

	bufferevent_write(bev, "bye", 3);
	bufferevent_flush_notify(bev, free_when_flushed, &told);
	bufferevent_flush_notify(bev, note_flush, &never);
	fx.fd = -1;
	until(&told.count, 1);
	turns(2);
	ck_assert_str_eq(hear(fx.peer), "bye");
	ck_assert_int_eq(never.count, 0);
}
END_TEST

START_TEST(flush_notify_tells_of_failure)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct told told = {0};

	close_fd(&fx.peer);
	bufferevent_write(bev, "x", 1);
	bufferevent_flush_notify(bev, note_flush, &told);
	until(&told.count, 1);
	ck_assert_int_eq(told.error, EPIPE);
	bufferevent_free(bev);
}
END_TEST

START_TEST(flush_notify_after_a_failure_is_answered)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct told told = {0}, again = {0};

	close_fd(&fx.peer);
	bufferevent_write(bev, "x", 1);
	until(&heard.events, 1);
	bufferevent_flush_notify(bev, note_flush, &told);
	turns(2);
	ck_assert_int_eq(told.count, 1);
	ck_assert_int_eq(told.error, EPIPE);
	another_pair();
	bufferevent_setfd(bev, fx.fd);
	bufferevent_enable(bev, EV_WRITE);
	bufferevent_flush_notify(bev, note_flush, &again);
	until(&again.count, 1);
	ck_assert_int_eq(again.error, 0);
	ck_assert_str_eq(hear(fx.peer), "x");
	bufferevent_free(bev);
}
END_TEST

/* --- the end of output ---------------------------------------------------*/

START_TEST(shutdown_sends_first_and_reads_on)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	char byte;

	bufferevent_enable(bev, EV_READ);
	send_all(fx.fd);
	bufferevent_write(bev, "last", 4);
	ck_assert_int_eq(bufferevent_shutdown(bev), 0);
	ck_assert_int_eq(bufferevent_shutdown(bev), 0);
	ck_assert_int_eq(bufferevent_write(bev, "x", 1), -1);
	ck_assert_int_eq(evbuffer_add(bufferevent_get_output(bev), "x", 1), -1);
	turns(2);
	while (!heard.writes) {
		take_all(fx.peer);
		turns(1);
	}
	take_all(fx.peer);
	ck_assert_int_eq(read(fx.peer, &byte, 1), 0);
	say(fx.peer, "answer");
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 6);
	bufferevent_free(bev);
}
END_TEST

Suite *
extras_suite(void)
{
	Suite *suite = suite_create("bufferevent extras");
	TCase *tcase = tcase_create("extras");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, bug37_output_marks_pause_and_resume);
	tcase_add_test(tcase, bug37_output_limit_refuses);
	tcase_add_test(
		tcase, bug37_output_limit_is_told_when_the_buffer_goes_beyond);
	tcase_add_test(tcase, flush_notify_comes_when_all_is_sent);
	tcase_add_test(tcase, flush_notify_may_free);
	tcase_add_test(tcase, flush_notify_tells_of_failure);
	tcase_add_test(tcase, flush_notify_after_a_failure_is_answered);
	tcase_add_test(tcase, shutdown_sends_first_and_reads_on);
	suite_add_tcase(suite, tcase);
	return suite;
}
