/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * After event_del() a descriptor is its owner's alone: close() is seen by the
 * peer, whatever the backend had in the kernel for it.  And what a thread had
 * asked for is answered when that thread has ended.
 */
#include "suites.h"

#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include <event2/ext_loop.h>

#include "../support/child.h"
#include "../support/fixture.h"
#include "../support/threads.h"

static int
hears_the_end(evutil_socket_t fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* The same, of something that another thread may still have to do. */
static int
comes_to_hear_the_end(evutil_socket_t fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, CHILD_PATIENCE_MS) == 1 && hears_the_end(fd);
}

static const short interests[] = {
	EV_READ,
	EV_READ | EV_PERSIST,
	EV_READ | EV_PERSIST | EV_ET,
	EV_READ | EV_CLOSED | EV_PERSIST,
};

enum { INTERESTS = sizeof(interests) / sizeof(*interests) };

static struct event *
watched(short interest, event_callback_fn fn)
{
	struct event *ev = fixture_event(
		fx.fd, interest, fn, event_self_cbarg());

	ck_assert_int_eq(event_add(ev, NULL), 0);
	turns(2);
	return ev;
}

static void
delete_and_close(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	event_del(arg);
	take_all(fd); /* or it would be a reset */
	close_fd(&fx.fd);
	ck_assert(hears_the_end(fx.peer));
}

START_TEST(b056_f_peer_hears_of_a_close_between_turns)
{
	struct event *ev = watched(interests[_i], delete_and_close);

	delete_and_close(fx.fd, 0, ev);
}
END_TEST

START_TEST(b056_g_peer_hears_of_a_close_in_a_callback)
{
	watched(interests[_i], delete_and_close);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(fx.fd, -1);
}
END_TEST

START_TEST(b056_h_peer_hears_of_a_close_after_a_timeout)
{
	struct event *ev = watched(interests[_i], delete_and_close);
	struct timeval soon = clock_ms(1);

	event_add(ev, &soon);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(fx.fd, -1);
}
END_TEST

static void
free_base_and_close(void)
{
	event_base_free(fx.base);
	fx.base = NULL;
	close_fd(&fx.fd);
}

START_TEST(b056_i_peer_hears_of_a_close_after_the_base)
{
	watched(interests[_i], delete_and_close);
	free_base_and_close();
	ck_assert(hears_the_end(fx.peer));
}
END_TEST

/* The child has all that the parent has, but not the descriptor itself. */
START_TEST(b056_j_peer_hears_of_a_close_while_a_child_lives)
{
	struct event *ev = watched(interests[_i % INTERESTS], delete_and_close);
	evutil_socket_t talk[2];
	pid_t child;

	make_pair(talk);
	child = start_child();
	if (child == 0) {
		close(fx.fd);
		INSIST(puts_byte(talk[1]));
		INSIST(comes_byte(talk[1]));
		_exit(0);
	}
	ck_assert(comes_byte(talk[0]));
	if (_i < INTERESTS)
		delete_and_close(fx.fd, 0, ev);
	else
		free_base_and_close();
	ck_assert(hears_the_end(fx.peer));
	ck_assert(puts_byte(talk[0]));
	expect_good_end(child);
	close_fd(&talk[0]);
	close_fd(&talk[1]);
}
END_TEST

START_TEST(b056_k_peer_hears_of_a_close_while_the_loop_sleeps)
{
	struct loop_thread loop;
	struct event *ev;

	if (!test_threads())
		return;
	ev = watched(interests[_i], delete_and_close);
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	loop_thread_start(&loop, fx.base);
	loop_thread_await_sleep(&loop);
	event_del(ev);
	close_fd(&fx.fd);
	ck_assert(comes_to_hear_the_end(fx.peer));
	loop_thread_stop(&loop);
}
END_TEST

static atomic_int is_busy;

static void
be_busy(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	atomic_store(&is_busy, 1);
	while (atomic_load(&is_busy))
		; /* without a single system call */
}

START_TEST(b056_l_peer_hears_of_a_close_while_a_callback_runs)
{
	struct loop_thread loop;
	struct event *ev;
	int heard;

	if (!test_threads())
		return;
	ev = fixture_event(
		fx.fd, interests[_i], delete_and_close, event_self_cbarg());
	event_add(ev, NULL);
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	loop_thread_start(&loop, fx.base);
	loop_thread_await_sleep(&loop);
	event_active(fixture_event(-1, 0, be_busy, NULL), EV_READ, 1);
	while (!atomic_load(&is_busy))
		sched_yield();
	event_del(ev);
	close_fd(&fx.fd);
	heard = comes_to_hear_the_end(fx.peer);
	atomic_store(&is_busy, 0);
	loop_thread_stop(&loop);
	ck_assert(heard);
}
END_TEST

static void *
turn_twice(void *arg)
{
	(void)arg;
	event_base_loop(fx.base, EVLOOP_NONBLOCK);
	event_base_loop(fx.base, EVLOOP_NONBLOCK);
	return NULL;
}

/* One thread after the other runs the loop, and is gone. */
START_TEST(b056_m_loop_goes_on_in_another_thread)
{
	struct timeval too_long = clock_ms(CHILD_PATIENCE_MS);
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, interests[_i] | EV_PERSIST, note_and_take, &calls);

	event_add(ev, &too_long);
	for (int i = 0; i < 3; i++) {
		join_thread(start_thread(turn_twice, NULL));
		send_byte(fx.peer);
		while (calls.count == i)
			ck_assert_int_eq(
				event_base_loop(fx.base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(calls.what & EV_TIMEOUT, 0);
		send_byte(fx.peer);
		join_thread(start_thread(turn_twice, NULL));
		ck_assert_int_eq(calls.count, i + 2);
		calls.count = i + 1;
	}
}
END_TEST

Suite *
suite_closing(void)
{
	Suite *suite = suite_create("closing");
	TCase *tcase = tcase_create("closing");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tcase, b056_f_peer_hears_of_a_close_between_turns,
		0, INTERESTS);
	tcase_add_loop_test(tcase, b056_g_peer_hears_of_a_close_in_a_callback,
		0, INTERESTS);
	tcase_add_loop_test(tcase, b056_h_peer_hears_of_a_close_after_a_timeout,
		0, INTERESTS);
	tcase_add_loop_test(tcase, b056_i_peer_hears_of_a_close_after_the_base,
		0, INTERESTS);
	tcase_add_loop_test(tcase,
		b056_j_peer_hears_of_a_close_while_a_child_lives, 0,
		2 * INTERESTS);
	tcase_add_loop_test(tcase,
		b056_k_peer_hears_of_a_close_while_the_loop_sleeps, 0,
		INTERESTS);
	tcase_add_loop_test(tcase,
		b056_l_peer_hears_of_a_close_while_a_callback_runs, 0,
		INTERESTS);
	tcase_add_loop_test(
		tcase, b056_m_loop_goes_on_in_another_thread, 0, INTERESTS);
	suite_add_tcase(suite, tcase);
	return suite;
}
