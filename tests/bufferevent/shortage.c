/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bug class 39: what stops while memory is short says so, and has lost nothing:
 * it goes on when it is enabled again.
 */
#include "suites.h"

#include <event2/ext_bufferevent.h>

#include "kit.h"

/* The loop has all that it needs itself. */
static void
setup(void)
{
	struct calls calls = {0};
	struct event *ev;

	fixture_setup();
	ev = event_new(fx.base, fx.fd, EV_WRITE, note_call, &calls);
	event_add(ev, NULL);
	until(&calls.count, 1);
	event_free(ev);
}

static void
begin_shortage(void)
{
	alloc_fail(1, 1);
}

static void
end_shortage(void)
{
	alloc_fail(0, 0);
	(void)messages_take(EVENT_LOG_WARN);
}

/* --- timers --------------------------------------------------------------*/

START_TEST(bug39_timeout_that_cannot_be_set_is_an_error)
{
	struct timeval tv = clock_ms(20);
	struct bufferevent *pair[2];
	struct heard heard = {0};

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	listen_to(pair[0], &heard);
	bufferevent_set_timeouts(pair[0], &tv, NULL);
	begin_shortage();
	bufferevent_enable(pair[0], EV_READ);
	until(&heard.events, 1);
	end_shortage();
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ENOMEM);
	ck_assert_int_eq(bufferevent_get_enabled(pair[0]), EV_WRITE);
	bufferevent_enable(pair[0], EV_READ);
	until(&heard.events, 2);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
}
END_TEST

START_TEST(bug39_timeout_of_a_socket_that_cannot_be_set_is_an_error)
{
	struct timeval tv = clock_ms(20);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_set_timeouts(bev, &tv, NULL);
	begin_shortage();
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), -1);
	ck_assert_int_eq(errno, ENOMEM);
	end_shortage();
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), 0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	bufferevent_free(bev);
}
END_TEST

static struct ev_token_bucket_cfg *
small_bucket(void)
{
	struct timeval tick = clock_ms(5);

	return ev_token_bucket_cfg_new(10, 10, 10, 10, &tick);
}

static void
check_limited(struct bufferevent *bev, struct heard *heard)
{
	until(&heard->events, 1);
	end_shortage();
	ck_assert_int_eq(heard->what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard->error, ENOMEM);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	bufferevent_enable(bev, EV_READ);
	until(&heard->reads, 1);
	ck_assert_int_eq(heard->events, 1);
	bufferevent_free(bev);
}

START_TEST(bug39_limit_without_its_timer_is_an_error)
{
	struct ev_token_bucket_cfg *cfg = small_bucket();
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_set_rate_limit(bev, cfg), 0);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	begin_shortage();
	bufferevent_decrement_read_limit(bev, 15);
	check_limited(bev, &heard);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(bug39_group_without_its_timer_is_an_error)
{
	struct ev_token_bucket_cfg *cfg = small_bucket();
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_add_to_rate_limit_group(bev, group), 0);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	begin_shortage();
	bufferevent_rate_limit_group_decrement_read(group, 15);
	check_limited(bev, &heard);
	bufferevent_rate_limit_group_free(group);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(bug39_limit_of_a_call_is_refused_or_holds)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	begin_shortage();
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 10), -1);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 16384);
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 0), 0);
	end_shortage();
	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 10), 0);
	begin_shortage();
	ck_assert_int_eq(bufferevent_set_max_single_write(bev, 20), 0);
	end_shortage();
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 10);
	ck_assert_int_eq(bufferevent_get_max_single_write(bev), 20);
	bufferevent_free(bev);
}
END_TEST

/* --- data ----------------------------------------------------------------*/

enum { SIZE = 20000 };

START_TEST(bug39_reading_without_memory_is_an_error)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	begin_shortage();
	until(&heard.events, 1);
	end_shortage();
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ENOMEM);
	bufferevent_enable(bev, EV_READ);
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 1);
	bufferevent_free(bev);
}
END_TEST

/* A part of a large piece can only go over with something that counts it. */
START_TEST(bug39_pair_without_memory_is_an_error)
{
	struct heard heard[2] = {{0}, {.got = evbuffer_new()}};
	struct evbuffer *data = pattern_buffer(SIZE);
	struct bufferevent *pair[2];

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	listen_to(pair[0], &heard[0]);
	listen_to(pair[1], &heard[1]);
	bufferevent_setwatermark(pair[1], EV_READ, 0, SIZE / 2);
	bufferevent_write_buffer(pair[0], data);
	begin_shortage();
	bufferevent_enable(pair[1], EV_READ);
	until(&heard[0].events, 1);
	end_shortage();
	ck_assert_int_eq(heard[0].what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard[0].error, ENOMEM);
	bufferevent_enable(pair[0], EV_WRITE);
	until_bytes(&heard[1].bytes, SIZE);
	ck_assert(is_pattern(heard[1].got, 0));
	evbuffer_free(heard[1].got);
	evbuffer_free(data);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
}
END_TEST

static int pipe_error;

static void
note_pipe(struct bufferevent_pipe *pipe, int error, void *calls)
{
	(void)pipe;
	pipe_error = error;
	++*(int *)calls;
}

START_TEST(bug39_pipe_without_memory_is_an_error)
{
	struct evbuffer *data = pattern_buffer(SIZE);
	struct bufferevent *one[2], *two[2];
	struct bufferevent_pipe *pipe;
	int calls = 0;

	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), one), 0);
	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), two), 0);
	pipe = bufferevent_pipe_new(
		one[1], two[0], SIZE / 2, note_pipe, &calls);
	ck_assert_ptr_nonnull(pipe);
	bufferevent_write_buffer(one[0], data);
	begin_shortage();
	until(&calls, 1);
	end_shortage();
	ck_assert_int_eq(pipe_error, ENOMEM);
	turns(3);
	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_input(one[1])) +
				  (size_t)bufferevent_pipe_get_count(pipe),
		SIZE);
	bufferevent_pipe_free(pipe);
	for (int i = 0; i < 2; i++) {
		bufferevent_free(one[i]);
		bufferevent_free(two[i]);
	}
	evbuffer_free(data);
}
END_TEST

/* --- kinds of the program's ----------------------------------------------*/

static void
no_work(struct bufferevent *bev)
{
	(void)bev;
}

static const struct bufferevent_ops idle_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "idle",
	.work = no_work,
};

START_TEST(bug39_kind_is_told_that_memory_is_short)
{
	struct bufferevent *bev = bufferevent_kind_new(
		fx.base, &idle_ops, threadsafe(), NULL);
	struct evbuffer *data = pattern_buffer(SIZE);

	ck_assert_ptr_nonnull(bev);
	bufferevent_enable(bev, EV_READ);
	bufferevent_setwatermark(bev, EV_READ, 0, SIZE / 2);
	begin_shortage();
	ck_assert_int_eq(bufferevent_kind_input(bev, data), -1);
	end_shortage();
	ck_assert_uint_eq(evbuffer_get_length(data), SIZE);
	ck_assert_int_eq(bufferevent_kind_input(bev, data), SIZE / 2);
	bufferevent_write_buffer(bev, data);
	begin_shortage();
	ck_assert_int_eq(bufferevent_kind_output(bev, data, SIZE / 4), -1);
	end_shortage();
	ck_assert_int_eq(
		bufferevent_kind_output(bev, data, SIZE / 4), SIZE / 4);
	ck_assert(is_pattern(data, SIZE / 2));
	evbuffer_free(data);
	bufferevent_free(bev);
}
END_TEST

Suite *
shortage_suite(void)
{
	Suite *suite = suite_create("bufferevent shortage");
	TCase *tcase = tcase_create("shortage");

	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_add_test(tcase, bug39_timeout_that_cannot_be_set_is_an_error);
	tcase_add_test(tcase,
		bug39_timeout_of_a_socket_that_cannot_be_set_is_an_error);
	tcase_add_test(tcase, bug39_limit_without_its_timer_is_an_error);
	tcase_add_test(tcase, bug39_group_without_its_timer_is_an_error);
	tcase_add_test(tcase, bug39_limit_of_a_call_is_refused_or_holds);
	tcase_add_test(tcase, bug39_reading_without_memory_is_an_error);
	tcase_add_test(tcase, bug39_pair_without_memory_is_an_error);
	tcase_add_test(tcase, bug39_pipe_without_memory_is_an_error);
	tcase_add_test(tcase, bug39_kind_is_told_that_memory_is_short);
	suite_add_tcase(suite, tcase);
	return suite;
}
