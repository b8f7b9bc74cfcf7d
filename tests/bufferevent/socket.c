/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 132 to 137, 140, 142, 143 and 145: a bufferevent on a socket.
 */
#include "suites.h"

#include <fcntl.h>
#include <signal.h>

#include <event2/bufferevent_compat.h>
#include <event2/bufferevent_struct.h>
#include <event2/event_compat.h>
#include <event2/ext_bufferevent.h>

#include "kit.h"

/* A signal's action is that of the system, so that SIGPIPE would kill. */
static void
default_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
}

START_TEST(b132_a_new_one_may_write_and_does_not_read)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 16384);
	ck_assert_int_eq(bufferevent_get_max_single_write(bev), 16384);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), EV_SSIZE_MAX);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), EV_SSIZE_MAX);
	ck_assert_int_eq(bufferevent_getfd(bev), fx.fd);
	ck_assert_ptr_eq(bufferevent_get_base(bev), fx.base);
	ck_assert_ptr_null(bufferevent_get_underlying(bev));
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(heard.reads, 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b132_b_single_reads_have_a_limit)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_set_max_single_read(bev, 10), 0);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 10);
	bufferevent_enable(bev, EV_READ);
	send_bytes(fx.peer, 25);
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.length, 10);
	until(&heard.reads, 3);
	ck_assert_uint_eq(heard.length, 25);
	bufferevent_set_max_single_read(bev, 0);
	ck_assert_int_eq(bufferevent_get_max_single_read(bev), 16384);
	bufferevent_set_max_single_write(bev, SIZE_MAX);
	ck_assert_int_eq(bufferevent_get_max_single_write(bev), 16384);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b133_a_output_waits_for_the_loop)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_write(bev, "hello", 5), 0);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 5);
	ck_assert_str_eq(hear(fx.peer), "");
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "hello");
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b133_b_low_mark_of_output)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_WRITE, 10, 0);
	bufferevent_set_max_single_write(bev, 10);
	send_all(fx.fd);
	bufferevent_write(bev, "0123456789012345678901234", 25);
	turns(3);
	ck_assert_int_eq(heard.writes, 0);
	while (!heard.writes) {
		take_all(fx.peer);
		turns(1);
	}
	ck_assert_uint_le(evbuffer_get_length(bufferevent_get_output(bev)), 10);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b133_c_more_than_the_kernel_takes_arrives_whole)
{
	enum { SIZE = 3000000 };
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *data = pattern_buffer(SIZE), *got = evbuffer_new();

	ck_assert_int_eq(bufferevent_write_buffer(bev, data), 0);
	ck_assert_uint_eq(evbuffer_get_length(data), 0);
	while (evbuffer_get_length(got) < SIZE) {
		turns(1);
		while (evbuffer_read(got, fx.peer, -1) > 0)
			;
	}
	ck_assert(is_pattern(got, 0));
	until(&heard.writes, 1);
	evbuffer_free(data);
	evbuffer_free(got);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b133_d_enabling_writing_without_output_calls_once)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	turns(2);
	ck_assert_int_eq(heard.writes, 0);
	ck_assert_int_eq(bufferevent_enable(bev, EV_WRITE), 0);
	ck_assert_int_eq(heard.writes, 0);
	turns(3);
	ck_assert_int_eq(heard.writes, 1);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b133_e_disabled_output_stays)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_disable(bev, EV_WRITE);
	bufferevent_write(bev, "x", 1);
	turns(3);
	ck_assert_str_eq(hear(fx.peer), "");
	bufferevent_enable(bev, EV_WRITE);
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "x");
	ck_assert_int_eq(heard.writes, 1);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b134_a_low_mark_holds_the_read_callback_back)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_READ, 5, 0);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "1234");
	turns(3);
	ck_assert_int_eq(heard.reads, 0);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_input(bev)), 4);
	say(fx.peer, "5");
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.length, 5);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b134_b_high_mark_stops_reading_and_draining_resumes)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *input = bufferevent_get_input(bev);

	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "0123456789");
	turns(5);
	ck_assert_uint_eq(evbuffer_get_length(input), 4);
	ck_assert_int_eq(heard.reads, 1);
	evbuffer_drain(input, 3);
	turns(5);
	ck_assert_str_eq(text_of(input), "3456");
	evbuffer_drain(input, 4);
	turns(5);
	ck_assert_str_eq(text_of(input), "789");
	bufferevent_free(bev);
}
END_TEST

START_TEST(b134_c_raising_the_high_mark_resumes)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "0123456789");
	until(&heard.reads, 1);
	bufferevent_setwatermark(bev, EV_READ, 0, 6);
	until(&heard.reads, 2);
	ck_assert_uint_eq(heard.length, 6);
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	until(&heard.reads, 3);
	ck_assert_uint_eq(heard.length, 10);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b135_undrained_input_at_the_high_mark_is_told_once)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_READ, 0, 4);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "0123456789");
	turns(20);
	ck_assert_int_eq(heard.reads, 1);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b136_end_is_told_once_and_disables_reading)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "last");
	close_fd(&fx.peer);
	until(&heard.events, 1);
	ck_assert_str_eq(heard.trail, "re");
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_EOF);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	turns(5);
	ck_assert_int_eq(heard.events, 1);
	bufferevent_free(bev);
}
END_TEST

/* --- timeouts ------------------------------------------------------------*/

START_TEST(b137_a_read_timeout)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct timeval tv = clock_ms(20);
	int64_t began = clock_real_ns();

	bufferevent_set_timeouts(bev, &tv, NULL);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 1);
	ck_assert_int_ge(clock_ms_since(began), 20);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 2);
	ck_assert_int_ge(clock_ms_since(began), 40);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b137_b_write_timeout_counts_while_nothing_is_taken)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct timeval tv = clock_ms(30);
	int64_t began;

	bufferevent_set_timeouts(bev, NULL, &tv);
	run_for(60);
	ck_assert_int_eq(heard.events, 0);
	send_all(fx.fd);
	began = clock_real_ns();
	bufferevent_write(bev, "x", 1);
	until(&heard.events, 1);
	ck_assert_int_ge(clock_ms_since(began), 30);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_TIMEOUT);
	ck_assert_int_eq(bufferevent_get_enabled(bev), 0);
	bufferevent_free(bev);
}
END_TEST

/* When a deadline would pass, seconds and microseconds in one number. */
static int64_t
deadline_of(const struct event *ev)
{
	struct timeval tv = {0, 0};

	ck_assert(event_pending(ev, EV_TIMEOUT, &tv));
	return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

START_TEST(b137_c_traffic_begins_the_time_anew)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct timeval tv = clock_ms(100000);
	int64_t before;

	bufferevent_set_timeouts(bev, &tv, NULL);
	bufferevent_enable(bev, EV_READ);
	before = deadline_of(&bev->ev_read);
	run_for(20);
	ck_assert_int_le(deadline_of(&bev->ev_read), before + 1000);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	ck_assert_int_ge(deadline_of(&bev->ev_read), before + 10000);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b137_d_no_time_counts_while_reading_is_held_up)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct timeval tv = clock_ms(20);

	bufferevent_setwatermark(bev, EV_READ, 0, 1);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	bufferevent_set_timeouts(bev, &tv, NULL);
	run_for(60);
	ck_assert_int_eq(heard.events, 0);
	evbuffer_drain(bufferevent_get_input(bev), 1);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b137_e_timeouts_can_be_taken_back)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct timeval tv = clock_ms(20);

	bufferevent_set_timeouts(bev, &tv, &tv);
	bufferevent_enable(bev, EV_READ);
	bufferevent_set_timeouts(bev, NULL, NULL);
	run_for(50);
	ck_assert_int_eq(heard.events, 0);
	bufferevent_settimeout(bev, 1, 0);
	ck_assert_int_eq(bev->timeout_read.tv_sec, 1);
	ck_assert_int_eq(bev->timeout_write.tv_sec, 0);
	bufferevent_free(bev);
}
END_TEST

/* --- what the program may not --------------------------------------------*/

START_TEST(b140_only_the_library_fills_input_and_drains_output)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *output = bufferevent_get_output(bev);

	ck_assert_int_eq(evbuffer_add(bufferevent_get_input(bev), "x", 1), -1);
	ck_assert_int_eq(evbuffer_add(output, "abc", 3), 0);
	ck_assert_int_eq(evbuffer_drain(output, 1), -1);
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "abc");
	ck_assert_int_eq(evbuffer_add(bufferevent_get_input(bev), "x", 1), -1);
	bufferevent_free(bev);
}
END_TEST

/* --- descriptors and bases -----------------------------------------------*/

START_TEST(b142_a_another_descriptor)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	evutil_socket_t pair[2];

	make_pair(pair);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_setfd(bev, -1), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ | EV_WRITE);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(heard.reads, 0);
	ck_assert_int_eq(bufferevent_setfd(bev, pair[0]), 0);
	say(pair[1], "abc");
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 3);
	bufferevent_write(bev, "def", 3);
	until(&heard.writes, 2); /* the first time it only may write */
	ck_assert_str_eq(hear(pair[1]), "def");
	bufferevent_free(bev);
	turns(1);
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}
END_TEST

START_TEST(b142_b_replacing_the_descriptor_closes_the_old_one)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	evutil_socket_t pair[2];

	make_pair(pair);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_replacefd(bev, pair[0]), 0);
	ck_assert_int_eq(fcntl(fx.fd, F_GETFD), -1);
	fx.fd = -1;
	say(pair[1], "abc");
	until(&heard.reads, 1);
	bufferevent_free(bev);
	turns(1);
	close_fd(&pair[0]);
	close_fd(&pair[1]);
}
END_TEST

START_TEST(b142_c_callbacks_can_be_read_back)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	bufferevent_data_cb readcb, writecb;
	bufferevent_event_cb eventcb;
	void *arg;

	bufferevent_getcb(bev, &readcb, &writecb, &eventcb, &arg);
	ck_assert(readcb == bev->readcb && writecb == bev->writecb);
	ck_assert(eventcb == bev->errorcb && arg == &heard);
	bufferevent_getcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b142_d_another_base)
{
	struct event_base *other = fixture_base(0);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_base_set(other, bev), 0);
	ck_assert_ptr_eq(bufferevent_get_base(bev), other);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(bufferevent_base_set(fx.base, bev), -1);
	send_byte(fx.peer);
	while (!heard.reads)
		event_base_loop(other, EVLOOP_ONCE);
	bufferevent_free(bev);
	event_base_free(other);
}
END_TEST

START_TEST(b142_e_priority)
{
	struct event_base *base = fixture_base(0);
	struct bufferevent *bev;

	event_base_priority_init(base, 3);
	bev = bufferevent_socket_new(base, fx.fd, 0);
	ck_assert_int_eq(bufferevent_get_priority(bev), 1);
	ck_assert_int_eq(bufferevent_priority_set(bev, 2), 0);
	ck_assert_int_eq(bufferevent_get_priority(bev), 2);
	ck_assert_int_eq(bufferevent_priority_set(bev, 3), -1);
	ck_assert_int_eq(bufferevent_priority_set(bev, -1), -1);
	bufferevent_free(bev);
	event_base_free(base);
}
END_TEST

START_TEST(b142_f_references)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_incref(bev);
	ck_assert_int_eq(bufferevent_decref(bev), 0);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	ck_assert_int_eq(bufferevent_decref(bev), 1);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(heard.reads, 1);
}
END_TEST

START_TEST(b142_g_marks_can_be_read_back)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	size_t low = 9, high = 9;

	ck_assert_int_eq(
		bufferevent_getwatermark(bev, EV_READ, &low, &high), 0);
	ck_assert(low == 0 && high == 0);
	bufferevent_setwatermark(bev, EV_READ | EV_WRITE, 3, 7);
	ck_assert_int_eq(
		bufferevent_getwatermark(bev, EV_WRITE, &low, &high), 0);
	ck_assert(low == 3 && high == 7);
	ck_assert_int_eq(
		bufferevent_getwatermark(bev, EV_READ | EV_WRITE, &low, &high),
		-1);
	ck_assert_int_eq(bufferevent_getwatermark(bev, EV_READ, NULL, NULL), 0);
	bufferevent_free(bev);
}
END_TEST

START_TEST(b143_unlocked_callbacks_need_deferred_ones)
{
	ck_assert_ptr_null(bufferevent_socket_new(
		fx.base, fx.fd, BEV_OPT_UNLOCK_CALLBACKS));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

/* --- errors --------------------------------------------------------------*/

/* A connection of TCP that was reset by its other end. */
static evutil_socket_t
reset_connection(void)
{
	struct linger at_once = {1, 0};
	evutil_socket_t pair[2];

	ck_assert_int_eq(evutil_socketpair(AF_INET, SOCK_STREAM, 0, pair), 0);
	evutil_make_socket_nonblocking(pair[0]);
	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(pair[1]);
	return pair[0];
}

START_TEST(b145_a_reset_is_an_error_of_reading)
{
	struct heard heard = {0};
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, reset_connection(), BEV_OPT_CLOSE_ON_FREE);

	listen_to(bev, &heard);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, ECONNRESET);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	bufferevent_free(bev);
}
END_TEST

START_TEST(bug38_writing_to_a_closed_connection_raises_no_signal)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	default_sigpipe();
	close_fd(&fx.peer);
	bufferevent_write(bev, "x", 1);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard.error, EPIPE);
	ck_assert_int_eq(bufferevent_get_enabled(bev), 0);
	bufferevent_free(bev);
}
END_TEST

/* In an event callback errno is the event's, until the program asks for more. */
START_TEST(success_leaves_errno_alone)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	errno = ECONNRESET;
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	bufferevent_write(bev, "x", 1);
	bufferevent_setwatermark(bev, EV_READ, 1, 2);
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_free(bev);
	ck_assert_int_eq(errno, ECONNRESET);
}
END_TEST

/* --- old programs --------------------------------------------------------*/

static void
count_old(struct bufferevent *bev, void *count)
{
	evbuffer_drain(EVBUFFER_INPUT(bev), 100);
	++*(int *)count;
}

START_TEST(b142_h_made_without_a_base_it_is_on_the_latest)
{
	struct event_base *base = event_init();
	struct bufferevent *bev;
	int count = 0;

	ck_assert_ptr_nonnull(base);
	bev = bufferevent_new(fx.fd, count_old, NULL, NULL, &count);
	ck_assert_ptr_nonnull(bev);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	while (!count)
		ck_assert_int_eq(event_loop(EVLOOP_ONCE), 0);
	/* What redsocks does. */
	bev->readcb = NULL;
	send_byte(fx.peer);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_int_eq(count, 1);
	bufferevent_free(bev);
	event_base_free(base);
}
END_TEST

START_TEST(b142_i_base_set_after_being_made_without_one)
{
	struct bufferevent *bev = bufferevent_new(
		fx.fd, NULL, NULL, NULL, NULL);

	ck_assert_ptr_nonnull(bev);
	ck_assert_int_eq(bufferevent_base_set(fx.base, bev), 0);
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), 0);
	bufferevent_free(bev);
	bev = bufferevent_new(fx.fd, NULL, NULL, NULL, NULL);
	bufferevent_free(bev); /* of no base at all */
}
END_TEST

/* --- what it costs -------------------------------------------------------*/

static void
answer(struct bufferevent *bev)
{
	bufferevent_write(bev, "answer", 6);
}

START_TEST(answer_goes_out_in_the_turn_of_the_question)
{
	struct heard heard = {.then = NULL};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_setwatermark(bev, EV_WRITE, 0, 0);
	heard.then = NULL;
	bufferevent_enable(bev, EV_READ);
	turns(1);
	heard.then = answer;
	say(fx.peer, "question");
	event_base_loop(fx.base, EVLOOP_ONCE);
	heard.then = NULL;
	ck_assert_int_ge(heard.reads, 1);
	ck_assert(strncmp(hear(fx.peer), "answer", 6) == 0);
	bufferevent_free(bev);
}
END_TEST

Suite *
socket_suite(void)
{
	Suite *suite = suite_create("bufferevent socket");
	TCase *tcase = tcase_create("socket");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b132_a_new_one_may_write_and_does_not_read);
	tcase_add_test(tcase, b132_b_single_reads_have_a_limit);
	tcase_add_test(tcase, b133_a_output_waits_for_the_loop);
	tcase_add_test(tcase, b133_b_low_mark_of_output);
	tcase_add_test(tcase, b133_c_more_than_the_kernel_takes_arrives_whole);
	tcase_add_test(
		tcase, b133_d_enabling_writing_without_output_calls_once);
	tcase_add_test(tcase, b133_e_disabled_output_stays);
	tcase_add_test(tcase, b134_a_low_mark_holds_the_read_callback_back);
	tcase_add_test(
		tcase, b134_b_high_mark_stops_reading_and_draining_resumes);
	tcase_add_test(tcase, b134_c_raising_the_high_mark_resumes);
	tcase_add_test(
		tcase, b135_undrained_input_at_the_high_mark_is_told_once);
	tcase_add_test(tcase, b136_end_is_told_once_and_disables_reading);
	tcase_add_test(tcase, b137_a_read_timeout);
	tcase_add_test(
		tcase, b137_b_write_timeout_counts_while_nothing_is_taken);
	tcase_add_test(tcase, b137_c_traffic_begins_the_time_anew);
	tcase_add_test(tcase, b137_d_no_time_counts_while_reading_is_held_up);
	tcase_add_test(tcase, b137_e_timeouts_can_be_taken_back);
	tcase_add_test(
		tcase, b140_only_the_library_fills_input_and_drains_output);
	tcase_add_test(tcase, b142_a_another_descriptor);
	tcase_add_test(
		tcase, b142_b_replacing_the_descriptor_closes_the_old_one);
	tcase_add_test(tcase, b142_c_callbacks_can_be_read_back);
	tcase_add_test(tcase, b142_d_another_base);
	tcase_add_test(tcase, b142_e_priority);
	tcase_add_test(tcase, b142_f_references);
	tcase_add_test(tcase, b142_g_marks_can_be_read_back);
	tcase_add_test(tcase, success_leaves_errno_alone);
	tcase_add_test(tcase, b142_h_made_without_a_base_it_is_on_the_latest);
	tcase_add_test(tcase, b142_i_base_set_after_being_made_without_one);
	tcase_add_test(tcase, b143_unlocked_callbacks_need_deferred_ones);
	tcase_add_test(tcase, b145_a_reset_is_an_error_of_reading);
	tcase_add_test(
		tcase, bug38_writing_to_a_closed_connection_raises_no_signal);
	tcase_add_test(tcase, answer_goes_out_in_the_turn_of_the_question);
	suite_add_tcase(suite, tcase);
	return suite;
}
