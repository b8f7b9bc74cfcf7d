/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviour 148, and bug class 36: filters. */
#include "suites.h"

#include <pthread.h>

#include <event2/ext_bufferevent.h>

#include "kit.h"

/* What a filter function saw and is to do. */
struct notes {
	int in_calls, out_calls, freed;
	size_t in_bytes, out_bytes;
	ev_ssize_t limit;
	enum bufferevent_flush_mode mode;
	enum bufferevent_filter_result result; /* BEV_OK: what is right */
	size_t record; /* 0: any number of bytes goes; else only so many */
};

static struct notes notes;
static struct bufferevent *below;

static enum bufferevent_filter_result
pass(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, int *calls, size_t *bytes)
{
	size_t length = evbuffer_get_length(src), unit = notes.record;

	++*calls;
	notes.limit = limit;
	notes.mode = mode;
	if (notes.result != BEV_OK)
		return notes.result;
	if (unit && length < unit && mode != BEV_FINISHED)
		return BEV_NEED_MORE;
	if (unit && length > unit)
		length = unit;
	*bytes += length;
	return evbuffer_remove_buffer(src, dst, length) < 0 ? BEV_ERROR
							    : BEV_OK;
}

static enum bufferevent_filter_result
pass_in(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	ck_assert_ptr_eq(ctx, &notes);
	return pass(src, dst, limit, mode, &notes.in_calls, &notes.in_bytes);
}

static enum bufferevent_filter_result
pass_out(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	ck_assert_ptr_eq(ctx, &notes);
	return pass(src, dst, limit, mode, &notes.out_calls, &notes.out_bytes);
}

static void
note_free(void *ctx)
{
	ck_assert_ptr_eq(ctx, &notes);
	notes.freed++;
}

static struct bufferevent *
filter_on_fixture(int options, struct heard *heard)
{
	struct bufferevent *filter;

	memset(&notes, 0, sizeof(notes));
	below = bufferevent_socket_new(fx.base, fx.fd, threadsafe());
	ck_assert_ptr_nonnull(below);
	filter = bufferevent_filter_new(below, pass_in, pass_out,
		options | BEV_OPT_CLOSE_ON_FREE, note_free, &notes);
	ck_assert_ptr_nonnull(filter);
	listen_to(filter, heard);
	return filter;
}

START_TEST(b148_a_data_goes_through_both_ways)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_get_enabled(filter), EV_WRITE);
	ck_assert_int_eq(bufferevent_get_enabled(below), EV_READ | EV_WRITE);
	ck_assert_ptr_eq(bufferevent_get_underlying(filter), below);
	ck_assert_int_eq(bufferevent_getfd(filter), fx.fd);
	bufferevent_enable(filter, EV_READ);
	bufferevent_write(filter, "hello", 5);
	until(&heard.writes, 1);
	turns(1);
	ck_assert_str_eq(hear(fx.peer), "hello");
	say(fx.peer, "answer");
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 6);
	ck_assert_uint_eq(notes.in_bytes, 6);
	ck_assert_uint_eq(notes.out_bytes, 5);
	ck_assert_int_eq(notes.limit, -1);
	ck_assert_int_eq(notes.mode, BEV_NORMAL);
	bufferevent_free(filter);
	turns(2);
	ck_assert_int_eq(notes.freed, 1);
}
END_TEST

START_TEST(b148_b_nothing_is_read_while_reading_is_disabled)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	say(fx.peer, "early");
	turns(3);
	ck_assert_int_eq(notes.in_calls, 0);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_input(below)), 0);
	bufferevent_enable(filter, EV_READ);
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 5);
	bufferevent_disable(filter, EV_READ);
	say(fx.peer, "late");
	turns(3);
	ck_assert_int_eq(heard.reads, 1);
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_c_functions_that_need_more)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	notes.record = 8;
	bufferevent_enable(filter, EV_READ);
	say(fx.peer, "1234");
	turns(3);
	ck_assert_int_eq(notes.in_calls, 1);
	ck_assert_int_eq(heard.reads, 0);
	say(fx.peer, "567890123456");
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 16);
	bufferevent_write(filter, "abc", 3);
	turns(3);
	ck_assert_int_eq(heard.writes, 0);
	ck_assert_uint_eq(
		evbuffer_get_length(bufferevent_get_output(filter)), 3);
	bufferevent_write(filter, "defgh", 5);
	until(&heard.writes, 1);
	turns(1);
	ck_assert_str_eq(hear(fx.peer), "abcdefgh");
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_d_functions_that_fail)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	notes.result = BEV_ERROR;
	bufferevent_enable(filter, EV_READ);
	say(fx.peer, "x");
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	bufferevent_write(filter, "x", 1);
	until(&heard.events, 2);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(bufferevent_get_enabled(filter), 0);
	turns(3);
	ck_assert_int_eq(heard.events, 2);
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_e_flush_modes_reach_the_functions)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_flush(filter, EV_WRITE, BEV_NORMAL), 0);
	ck_assert_int_eq(notes.out_calls, 0);
	ck_assert_int_eq(bufferevent_flush(filter, EV_WRITE, BEV_FLUSH), 0);
	ck_assert_int_eq(notes.out_calls, 1);
	ck_assert_int_eq(notes.mode, BEV_FLUSH);
	notes.record = 8;
	bufferevent_write(filter, "abc", 3);
	ck_assert_int_eq(bufferevent_flush(filter, EV_WRITE, BEV_FINISHED), 1);
	ck_assert_int_eq(notes.mode, BEV_FINISHED);
	ck_assert_uint_eq(
		evbuffer_get_length(bufferevent_get_output(below)), 3);
	turns(2);
	ck_assert_str_eq(hear(fx.peer), "abc");
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_f_what_is_left_at_the_end_is_finished)
{
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	notes.record = 8;
	bufferevent_enable(filter, EV_READ);
	say(fx.peer, "0123456789");
	close_fd(&fx.peer);
	until(&heard.events, 1);
	ck_assert_uint_eq(heard.bytes, 10);
	ck_assert_str_eq(heard.trail, "rre");
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_EOF);
	ck_assert_int_eq(bufferevent_get_enabled(filter), EV_WRITE);
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_g_without_close_on_free_the_lower_one_stays)
{
	struct heard heard = {0}, below_heard = {0};
	struct bufferevent *filter;
	bufferevent_data_cb readcb;

	below = bufferevent_socket_new(fx.base, fx.fd, 0);
	filter = bufferevent_filter_new(below, NULL, NULL, 0, NULL, NULL);
	listen_to(filter, &heard);
	bufferevent_free(filter);
	turns(2);
	bufferevent_getcb(below, &readcb, NULL, NULL, NULL);
	ck_assert(readcb == NULL);
	listen_to(below, &below_heard);
	say(fx.peer, "x");
	until(&below_heard.reads, 1);
	ck_assert_int_eq(heard.reads, 0);
	bufferevent_free(below);
}
END_TEST

START_TEST(b148_h_half_close_goes_through)
{
	char byte;
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	notes.record = 8;
	bufferevent_write(filter, "abc", 3);
	turns(2);
	ck_assert_str_eq(hear(fx.peer), "");
	ck_assert_int_eq(bufferevent_shutdown(filter), 0);
	turns(3);
	ck_assert_int_eq(notes.mode, BEV_FINISHED);
	ck_assert_int_eq(notes.out_calls, 2);
	ck_assert_str_eq(hear(fx.peer), "abc");
	ck_assert_int_eq(read(fx.peer, &byte, 1), 0);
	bufferevent_free(filter);
}
END_TEST

START_TEST(b148_i_an_end_that_fails_is_no_orderly_end)
{
	char byte;
	struct heard heard = {0};
	struct bufferevent *filter = filter_on_fixture(0, &heard);

	bufferevent_write(filter, "abc", 3);
	turns(2);
	ck_assert_str_eq(hear(fx.peer), "abc");
	notes.result = BEV_ERROR;
	bufferevent_shutdown(filter);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	turns(3);
	ck_assert_int_eq(heard.events, 1);
	ck_assert_int_eq(read(fx.peer, &byte, 1), -1);
	bufferevent_free(filter);
}
END_TEST

/* --- bug 36 --------------------------------------------------------------*/

START_TEST(bug36_marks_do_not_stall_whole_records)
{
	enum { SIZE = 100000 };
	struct heard heard = {.got = evbuffer_new()};
	struct bufferevent *filter = filter_on_fixture(0, &heard);
	struct evbuffer *data = pattern_buffer(SIZE);

	notes.record = 100;
	bufferevent_setwatermark(filter, EV_READ, 0, 150);
	bufferevent_setwatermark(below, EV_WRITE, 0, 300);
	bufferevent_enable(filter, EV_READ);
	while (heard.bytes < SIZE) {
		evbuffer_write(data, fx.peer);
		turns(1);
		ck_assert_uint_le(
			evbuffer_get_length(bufferevent_get_input(filter)),
			250);
	}
	ck_assert(is_pattern(heard.got, 0));
	ck_assert_int_eq(bufferevent_write_buffer(filter, heard.got), 0);
	while (evbuffer_get_length(data) < SIZE) {
		turns(1);
		while (evbuffer_read(data, fx.peer, -1) > 0)
			;
		ck_assert_uint_le(
			evbuffer_get_length(bufferevent_get_output(below)),
			400);
	}
	ck_assert(is_pattern(data, 0));
	evbuffer_free(data);
	evbuffer_free(heard.got);
	bufferevent_free(filter);
}
END_TEST

enum { LAYERS = 30, STACK = 256 * 1024 };

/* Data through a stack of filters, up and down, in a thread of little stack. */
static void *
through_layers(void *arg)
{
	struct heard *heard = arg;
	struct bufferevent *top = bufferevent_socket_new(
		fx.base, fx.fd, BEV_OPT_CLOSE_ON_FREE | threadsafe());

	fx.fd = -1;
	for (int i = 0; i < LAYERS && top; i++)
		top = bufferevent_filter_new(
			top, NULL, NULL, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	if (!top)
		return NULL;
	listen_to(top, heard);
	bufferevent_enable(top, EV_READ);
	bufferevent_write(top, "down", 4);
	if (write(fx.peer, "up", 2) != 2)
		return NULL;
	while (heard->reads < 1 || heard->writes < 1)
		event_base_loop(fx.base, EVLOOP_ONCE);
	bufferevent_write(top, "!", 1);
	if (bufferevent_flush(top, EV_READ | EV_WRITE, BEV_FLUSH) != 1)
		return NULL;
	for (int i = 0; i < 5; i++)
		event_base_loop(fx.base, EVLOOP_NONBLOCK);
	bufferevent_free(top);
	event_base_loop(fx.base, EVLOOP_NONBLOCK);
	return heard;
}

/* It needs eight bytes, and has the rest of them sent when it sees three. */
static enum bufferevent_filter_result
send_for_the_rest(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	struct bufferevent *partner = ctx;

	(void)limit, (void)mode;
	if (evbuffer_get_length(src) == 8)
		return evbuffer_add_buffer(dst, src) < 0 ? BEV_ERROR : BEV_OK;
	ck_assert_uint_eq(evbuffer_get_length(src), 3);
	bufferevent_write(partner, "other", 5);
	ck_assert_int_eq(bufferevent_flush(partner, EV_WRITE, BEV_FLUSH), 1);
	return BEV_NEED_MORE;
}

START_TEST(bug36_what_comes_while_a_function_runs_is_news)
{
	struct bufferevent *pair[2], *filter;
	struct heard heard = {0};

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	filter = bufferevent_filter_new(pair[1], send_for_the_rest, NULL,
		threadsafe() | BEV_OPT_CLOSE_ON_FREE, NULL, pair[0]);
	listen_to(filter, &heard);
	bufferevent_enable(filter, EV_READ);
	bufferevent_write(pair[0], "one", 3);
	turns(10);
	ck_assert_uint_eq(heard.bytes, 8);
	bufferevent_free(pair[0]);
	bufferevent_free(filter);
	turns(2);
}
END_TEST

/* The upper one wants what it has seen at the first time to be flushed. */
static enum bufferevent_filter_result
take_when_flushed(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	int *flushed = ctx;

	(void)limit;
	*flushed |= mode == BEV_FLUSH;
	if (!*flushed)
		return BEV_NEED_MORE;
	return evbuffer_add_buffer(dst, src) < 0 ? BEV_ERROR : BEV_OK;
}

/* The lower one flushes the upper one first, from its second call on. */
static enum bufferevent_filter_result
flush_and_pass(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	static int calls;
	struct bufferevent **upper = ctx;

	(void)limit, (void)mode;
	if (calls++ > 0)
		bufferevent_flush(*upper, EV_READ, BEV_FLUSH);
	return evbuffer_add_buffer(dst, src) < 0 ? BEV_ERROR : BEV_OK;
}

START_TEST(bug36_what_takes_the_place_of_what_was_taken_is_news)
{
	struct bufferevent *pair[2], *lower, *upper;
	struct heard heard = {0};
	int flushed = 0;

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	lower = bufferevent_filter_new(pair[1], flush_and_pass, NULL,
		threadsafe() | BEV_OPT_CLOSE_ON_FREE, NULL, &upper);
	upper = bufferevent_filter_new(lower, take_when_flushed, NULL,
		threadsafe() | BEV_OPT_CLOSE_ON_FREE, NULL, &flushed);
	listen_to(upper, &heard);
	bufferevent_enable(upper, EV_READ);
	bufferevent_write(pair[0], "ab", 2);
	turns(5);
	ck_assert_uint_eq(heard.bytes, 0);
	bufferevent_write(pair[0], "cd", 2);
	turns(5);
	ck_assert_uint_eq(heard.bytes, 4);
	bufferevent_free(pair[0]);
	bufferevent_free(upper);
	turns(2);
}
END_TEST

START_TEST(bug36_thirty_layers_in_a_small_stack)
{
	struct heard heard = {0};
	pthread_attr_t attr;
	pthread_t thread;
	void *result;

	pthread_attr_init(&attr);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, STACK), 0);
	ck_assert_int_eq(
		pthread_create(&thread, &attr, through_layers, &heard), 0);
	pthread_join(thread, &result);
	pthread_attr_destroy(&attr);
	ck_assert_ptr_nonnull(result);
	ck_assert_uint_eq(heard.bytes, 2);
	ck_assert_str_eq(hear(fx.peer), "down!");
}
END_TEST

/* Another thread writes to the filter, and is waited for, in its function. */
static struct bufferevent *shared;
static int written;

static void *
write_to_shared(void *arg)
{
	(void)arg;
	written += bufferevent_write(shared, "x", 1) == 0;
	return NULL;
}

static enum bufferevent_filter_result
pass_after_other(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *ctx)
{
	pthread_t thread;

	(void)limit, (void)mode, (void)ctx;
	if (written < 3) {
		pthread_create(&thread, NULL, write_to_shared, NULL);
		pthread_join(thread, NULL);
	}
	return evbuffer_add_buffer(dst, src) < 0 ? BEV_ERROR : BEV_OK;
}

START_TEST(bug08_no_lock_is_held_in_filter_functions)
{
	struct heard heard = {0};

	if (!test_threads())
		return;
	below = bufferevent_socket_new(fx.base, fx.fd, BEV_OPT_THREADSAFE);
	shared = bufferevent_filter_new(below, NULL, pass_after_other,
		BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	listen_to(shared, &heard);
	written = 0;
	bufferevent_write(shared, "x", 1);
	until(&heard.writes, 1);
	while (written < 3)
		turns(1);
	turns(3);
	ck_assert_str_eq(hear(fx.peer), "xxxx");
	bufferevent_free(shared);
}
END_TEST

Suite *
filter_suite(void)
{
	Suite *suite = suite_create("bufferevent filter");
	TCase *tcase = tcase_create("filter");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b148_a_data_goes_through_both_ways);
	tcase_add_test(tcase, b148_b_nothing_is_read_while_reading_is_disabled);
	tcase_add_test(tcase, b148_c_functions_that_need_more);
	tcase_add_test(tcase, b148_d_functions_that_fail);
	tcase_add_test(tcase, b148_e_flush_modes_reach_the_functions);
	tcase_add_test(tcase, b148_f_what_is_left_at_the_end_is_finished);
	tcase_add_test(tcase, b148_g_without_close_on_free_the_lower_one_stays);
	tcase_add_test(tcase, b148_h_half_close_goes_through);
	tcase_add_test(tcase, b148_i_an_end_that_fails_is_no_orderly_end);
	tcase_add_test(tcase, bug36_marks_do_not_stall_whole_records);
	tcase_add_test(tcase, bug36_what_comes_while_a_function_runs_is_news);
	tcase_add_test(
		tcase, bug36_what_takes_the_place_of_what_was_taken_is_news);
	tcase_add_test(tcase, bug36_thirty_layers_in_a_small_stack);
	tcase_add_test(tcase, bug08_no_lock_is_held_in_filter_functions);
	suite_add_tcase(suite, tcase);
	return suite;
}
