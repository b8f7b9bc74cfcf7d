/* SPDX-License-Identifier: BSD-3-Clause */
/* Pipes: what one reads, another one writes, and no faster. */
#include "suites.h"

#include <pthread.h>

#include <event2/ext_bufferevent.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

#include "kit.h"

enum { MARK = 5000, SIZE = 400000 };

/* Two connections: what is said to `source' arrives at `sink'. */
static evutil_socket_t source[2], sink[2];
static struct bufferevent *from, *to;
static struct heard from_heard, to_heard;

static struct {
	int count;
	int error;
	int then_free;
} end;

static void
on_end(struct bufferevent_pipe *pipe, int error, void *arg)
{
	ck_assert_ptr_eq(arg, &end);
	end.count++;
	end.error = error;
	if (end.then_free)
		bufferevent_pipe_free(pipe);
}

static struct bufferevent *
on_descriptor(struct event_base *base, evutil_socket_t fd, struct heard *heard)
{
	struct bufferevent *bev = bufferevent_socket_new(
		base, fd, threadsafe());

	ck_assert_ptr_nonnull(bev);
	memset(heard, 0, sizeof(*heard));
	listen_to(bev, heard);
	return bev;
}

static void
setup(void)
{
	fixture_setup();
	make_pair(source);
	make_pair(sink);
	from = on_descriptor(fx.base, source[1], &from_heard);
	to = on_descriptor(fx.base, sink[0], &to_heard);
	memset(&end, 0, sizeof(end));
}

static void
teardown(void)
{
	if (from)
		bufferevent_free(from);
	if (to)
		bufferevent_free(to);
	turns(2);
	for (int i = 0; i < 2; i++) {
		if (source[i] >= 0)
			close(source[i]);
		if (sink[i] >= 0)
			close(sink[i]);
	}
	fixture_teardown();
}

static struct bufferevent_pipe *
make_pipe(void)
{
	struct bufferevent_pipe *pipe = bufferevent_pipe_new(
		from, to, MARK, on_end, &end);

	ck_assert_ptr_nonnull(pipe);
	return pipe;
}

static size_t
waiting(void)
{
	return evbuffer_get_length(bufferevent_get_output(to));
}

START_TEST(pipe_moves_everything_and_then_the_end)
{
	struct bufferevent_pipe *pipe = make_pipe();
	struct evbuffer *data = pattern_buffer(SIZE), *got = evbuffer_new();
	char byte;

	while (evbuffer_get_length(got) < SIZE) {
		if (evbuffer_get_length(data) > 0)
			evbuffer_write(data, source[0]);
		else
			shutdown(source[0], SHUT_WR);
		turns(1);
		ck_assert_uint_le(waiting(), MARK);
		evbuffer_read(got, sink[1], 3000);
	}
	ck_assert(is_pattern(got, 0));
	until(&end.count, 1);
	ck_assert_int_eq(end.error, 0);
	ck_assert_int_eq(read(sink[1], &byte, 1), 0);
	ck_assert_uint_eq(bufferevent_pipe_get_count(pipe), SIZE);
	ck_assert_int_eq(from_heard.reads, 0);
	ck_assert_int_eq(from_heard.events, 0);
	bufferevent_pipe_free(pipe);
	evbuffer_free(data);
	evbuffer_free(got);
}
END_TEST

START_TEST(pipe_waits_for_a_reader_that_does_not_read)
{
	struct bufferevent_pipe *pipe = make_pipe();
	size_t sent = 0, before;

	do {
		before = sent;
		sent += send_all(source[0]);
		turns(10);
		ck_assert_uint_le(waiting(), MARK);
		ck_assert_uint_le(
			evbuffer_get_length(bufferevent_get_input(from)),
			16384);
	} while (sent > before);
	ck_assert_int_eq(end.count, 0);
	bufferevent_pipe_free(pipe);
	/* Then it is the program's again. */
	turns(3);
	ck_assert_int_ge(from_heard.reads, 1);
}
END_TEST

START_TEST(pipe_to_itself_is_an_echo)
{
	struct bufferevent_pipe *pipe = bufferevent_pipe_new(
		from, from, MARK, on_end, &end);

	ck_assert_ptr_nonnull(pipe);
	ck_assert_ptr_null(bufferevent_pipe_new(from, to, MARK, on_end, &end));
	say(source[0], "hello");
	turns(3);
	ck_assert_str_eq(hear(source[0]), "hello");
	shutdown(source[0], SHUT_WR);
	until(&end.count, 1);
	ck_assert_int_eq(end.error, 0);
	bufferevent_pipe_free(pipe);
}
END_TEST

START_TEST(pipes_both_ways_are_a_proxy)
{
	struct bufferevent_pipe *there = make_pipe();
	struct bufferevent_pipe *back = bufferevent_pipe_new(
		to, from, MARK, on_end, &end);

	ck_assert_ptr_nonnull(back);
	end.then_free = 1;
	say(source[0], "question");
	turns(3);
	ck_assert_str_eq(hear(sink[1]), "question");
	say(sink[1], "answer");
	turns(3);
	ck_assert_str_eq(hear(source[0]), "answer");
	close_fd(&source[0]);
	turns(3);
	ck_assert_int_ge(end.count, 1);
	close_fd(&sink[1]);
	until(&end.count, 2);
	(void)there;
}
END_TEST

START_TEST(pipe_tells_of_a_writer_that_failed)
{
	struct bufferevent_pipe *pipe = make_pipe();

	close_fd(&sink[1]);
	say(source[0], "x");
	until(&end.count, 1);
	ck_assert_int_eq(end.error, EPIPE);
	ck_assert_int_eq(to_heard.events, 0);
	/* What cannot go on is not read. */
	send_all(source[0]);
	turns(10);
	ck_assert_uint_le(
		evbuffer_get_length(bufferevent_get_input(from)), 16384);
	bufferevent_pipe_free(pipe);
	turns(10);
	ck_assert_int_gt(from_heard.reads, 0);
}
END_TEST

/* What was read before is sent, and the end; then the failure is told. */
START_TEST(pipe_tells_of_a_reader_that_failed_when_all_is_sent)
{
	struct bufferevent_pipe *pipe = make_pipe();
	char byte;

	bufferevent_disable(to, EV_WRITE);
	bufferevent_write(from, "unread", 6);
	turns(2);
	say(source[0], "last words");
	close_fd(&source[0]);
	turns(5);
	ck_assert_int_eq(end.count, 0);
	bufferevent_enable(to, EV_WRITE);
	until(&end.count, 1);
	ck_assert_int_eq(end.error, ECONNRESET);
	ck_assert_int_eq(from_heard.events, 0);
	ck_assert_str_eq(hear(sink[1]), "last words");
	turns(1);
	ck_assert_int_eq(read(sink[1], &byte, 1), 0);
	bufferevent_pipe_free(pipe);
}
END_TEST

START_TEST(pipe_tells_of_an_end_that_was_freed)
{
	struct bufferevent_pipe *pipe = make_pipe();

	turns(1);
	if (_i) {
		bufferevent_free(from);
		from = NULL;
	} else {
		bufferevent_free(to);
		to = NULL;
	}
	until(&end.count, 1);
	ck_assert_int_eq(end.error, ECANCELED);
	say(source[0], "x");
	turns(2);
	bufferevent_pipe_free(pipe);
}
END_TEST

START_TEST(pipe_of_an_output_that_was_shut_down)
{
	struct bufferevent_pipe *pipe = make_pipe();

	bufferevent_shutdown(to);
	say(source[0], "x");
	until(&end.count, 1);
	ck_assert_int_eq(end.error, EPIPE);
	bufferevent_pipe_free(pipe);
	bufferevent_pipe_free(NULL);
	ck_assert_ptr_null(bufferevent_pipe_new(from, to, 0, NULL, NULL));
}
END_TEST

static void *
run_loop(void *base)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

START_TEST(pipe_between_two_bases)
{
	struct event_base *other;
	struct bufferevent_pipe *pipe;
	struct evbuffer *data, *got;
	pthread_t loop;

	if (!test_threads())
		return;
	other = fixture_base(0);
	evthread_make_base_notifiable(other);
	data = pattern_buffer(SIZE);
	got = evbuffer_new();
	bufferevent_free(to);
	to = on_descriptor(other, sink[0], &to_heard);
	pipe = make_pipe();
	pthread_create(&loop, NULL, run_loop, other);
	while (evbuffer_get_length(got) < SIZE) {
		if (evbuffer_get_length(data) > 0)
			evbuffer_write(data, source[0]);
		turns(1);
		evbuffer_read(got, sink[1], 3000);
	}
	ck_assert(is_pattern(got, 0));
	bufferevent_pipe_free(pipe);
	turns(2);
	bufferevent_free(to);
	to = NULL;
	event_base_stop(other);
	pthread_join(loop, NULL);
	event_base_free(other);
	evbuffer_free(data);
	evbuffer_free(got);
}
END_TEST

Suite *
pipe_suite(void)
{
	Suite *suite = suite_create("bufferevent pipe");
	TCase *tcase = tcase_create("pipe");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, pipe_moves_everything_and_then_the_end);
	tcase_add_test(tcase, pipe_waits_for_a_reader_that_does_not_read);
	tcase_add_test(tcase, pipe_to_itself_is_an_echo);
	tcase_add_test(tcase, pipes_both_ways_are_a_proxy);
	tcase_add_test(tcase, pipe_tells_of_a_writer_that_failed);
	tcase_add_test(
		tcase, pipe_tells_of_a_reader_that_failed_when_all_is_sent);
	tcase_add_loop_test(tcase, pipe_tells_of_an_end_that_was_freed, 0, 2);
	tcase_add_test(tcase, pipe_of_an_output_that_was_shut_down);
	tcase_add_test(tcase, pipe_between_two_bases);
	suite_add_tcase(suite, tcase);
	return suite;
}
