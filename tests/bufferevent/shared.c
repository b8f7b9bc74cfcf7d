/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads, and more, at one bufferevent, pair, group or pipe, against the
 * loops that run them.  What is wrong shows by hanging, until the time of the
 * test is up, and under TSan by what it says; without threads there is nothing
 * to test.
 */
#include "suites.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <event2/ext_bufferevent.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

#include "../support/threads.h"
#include "kit.h"

enum { ROUNDS = 100, STEPS = 8, USERS = 2 };

static atomic_int calls;

static void
take_and_count(struct bufferevent *bev, void *arg)
{
	char bytes[64];

	(void)arg;
	while (bufferevent_read(bev, bytes, sizeof(bytes)) > 0)
		;
	calls++;
}

static void
count(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	calls++;
}

static void
count_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what, (void)arg;
	calls++;
}

static unsigned
next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* --- what one may do to a bufferevent at any time -------------------------*/

static void
write_more(struct bufferevent *bev)
{
	(void)bufferevent_write(bev, "some data", 9);
}

static void
write_to_output(struct bufferevent *bev)
{
	(void)evbuffer_add_printf(bufferevent_get_output(bev), "%d", 42);
}

static void
read_some(struct bufferevent *bev)
{
	char bytes[16];

	(void)bufferevent_read(bev, bytes, sizeof(bytes));
}

static void
toggle(struct bufferevent *bev)
{
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
set_marks(struct bufferevent *bev)
{
	bufferevent_setwatermark(bev, EV_READ, 0, 5);
	bufferevent_setwatermark(bev, EV_READ | EV_WRITE, 0, 0);
}

static void
set_times(struct bufferevent *bev)
{
	struct timeval soon = clock_ms(1);

	bufferevent_set_timeouts(bev, &soon, &soon);
	bufferevent_set_timeouts(bev, NULL, NULL);
}

static void
set_callbacks(struct bufferevent *bev)
{
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_setcb(bev, take_and_count, count, count_event, NULL);
}

static void
trigger(struct bufferevent *bev)
{
	bufferevent_trigger(bev, EV_READ | EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
	bufferevent_trigger_event(bev, BEV_EVENT_TIMEOUT, 0);
}

static void
flush(struct bufferevent *bev)
{
	bufferevent_flush(bev, EV_READ | EV_WRITE, BEV_FLUSH);
}

static void
hold(struct bufferevent *bev)
{
	bufferevent_lock(bev);
	write_more(bev);
	toggle(bev);
	bufferevent_unlock(bev);
}

static void
ask(struct bufferevent *bev)
{
	(void)bufferevent_get_enabled(bev);
	(void)bufferevent_getfd(bev);
	(void)bufferevent_get_max_to_read(bev);
	(void)evbuffer_get_length(bufferevent_get_input(bev));
}

static void
note_pressure(struct bufferevent *bev, int is_full, void *arg)
{
	(void)bev, (void)is_full, (void)arg;
	calls++;
}

static void
press(struct bufferevent *bev)
{
	bufferevent_set_output_marks(bev, 2, 20, note_pressure, NULL);
	bufferevent_flush_notify(bev, note_pressure, NULL);
}

static void (*const deeds[])(struct bufferevent *) = {write_more,
	write_to_output, read_some, toggle, set_marks, set_times, set_callbacks,
	trigger, flush, hold, ask, press};

enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

static void
do_anything(struct bufferevent *bev, unsigned *seed)
{
	for (int i = 0; i < STEPS; i++)
		deeds[next(seed) % DEEDS](bev);
}

/* --- users ---------------------------------------------------------------*/

/*
 * Each user has a bufferevent for each round, which may be the other one's as
 * well: it holds a reference, and lets go of it at the end.
 */
struct user {
	pthread_t thread;
	unsigned seed;
	struct bufferevent *bevs[ROUNDS];
	struct ev_token_bucket_cfg *cfg;
	struct bufferevent_rate_limit_group *group;
};

static struct user users[USERS];
static pthread_barrier_t round_begins;
static struct event *bell;
static struct gate loop_came = GATE_CLOSED;

/* On a busy machine all users might be done before the loop gets a turn. */
static void
let_the_loop_come(void)
{
	event_active(bell, EV_READ, 1);
	ck_assert(gate_pass(&loop_came));
}

static void
join_and_leave(struct user *user, struct bufferevent *bev)
{
	unsigned choice = next(&user->seed) % 8;

	if (choice < 3)
		bufferevent_add_to_rate_limit_group(bev, user->group);
	else if (choice == 3)
		bufferevent_remove_from_rate_limit_group(bev);
	else if (choice == 4)
		bufferevent_set_rate_limit(bev, user->cfg);
	else if (choice == 5)
		bufferevent_rate_limit_group_decrement_read(user->group, 5);
	else if (choice == 6)
		bufferevent_rate_limit_group_set_cfg(user->group, user->cfg);
	else
		bufferevent_set_rate_limit(bev, NULL);
}

static void *
use(void *arg)
{
	struct user *user = arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&round_begins);
		do_anything(user->bevs[i], &user->seed);
		if (user->group)
			join_and_leave(user, user->bevs[i]);
		if (user == users && i % 4 == 0)
			let_the_loop_come();
		do_anything(user->bevs[i], &user->seed);
		bufferevent_decref(user->bevs[i]);
	}
	return NULL;
}

/* Let all users go through their rounds while the loops of two bases run. */
static void
run_users(struct event_base *other)
{
	struct loop_thread loops[2];

	calls = 0;
	bell = fixture_event(-1, 0, open_gate, &loop_came);
	pthread_barrier_init(&round_begins, NULL, USERS);
	loop_thread_start(&loops[0], fx.base);
	if (other)
		loop_thread_start(&loops[1], other);
	for (int i = 0; i < USERS; i++) {
		users[i].seed = (unsigned)(i + 1);
		users[i].thread = start_thread(use, &users[i]);
	}
	for (int i = 0; i < USERS; i++)
		join_thread(users[i].thread);
	loop_thread_stop(&loops[0]);
	if (other)
		loop_thread_stop(&loops[1]);
	pthread_barrier_destroy(&round_begins);
	turns(2);
	ck_assert_int_gt(calls, 0);
	memset(users, 0, sizeof(users));
}

static int
options_of(int i)
{
	return BEV_OPT_THREADSAFE | BEV_OPT_CLOSE_ON_FREE |
	       (i % 2 ? BEV_OPT_DEFER_CALLBACKS : 0);
}

static void
begin(struct bufferevent *bev)
{
	ck_assert_ptr_nonnull(bev);
	set_callbacks(bev);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* --- the same one --------------------------------------------------------*/

static evutil_socket_t peers[USERS * ROUNDS];
static int n_peers;

/* Its peer has said something, and stays open to the end. */
static struct bufferevent *
one_with_a_peer(struct event_base *base)
{
	evutil_socket_t pair[2];

	make_pair(pair);
	send_byte(pair[1]);
	peers[n_peers++] = pair[1];
	return bufferevent_socket_new(base, pair[0], options_of(n_peers));
}

static void
close_peers(void)
{
	while (n_peers > 0)
		close(peers[--n_peers]);
}

START_TEST(bug08_two_threads_use_and_free_one_bufferevent)
{
	if (!test_threads())
		return;
	for (int i = 0; i < ROUNDS; i++) {
		struct bufferevent *bev = one_with_a_peer(fx.base);

		if (i % 3 == 1)
			bev = bufferevent_filter_new(
				bev, NULL, NULL, options_of(i), NULL, NULL);
		begin(bev);
		bufferevent_incref(bev);
		users[0].bevs[i] = users[1].bevs[i] = bev;
	}
	run_users(NULL);
	close_peers();
}
END_TEST

/* --- a part each ---------------------------------------------------------*/

static void
hand_out(int i, struct bufferevent *const bevs[USERS])
{
	for (int j = 0; j < USERS; j++) {
		begin(bevs[j]);
		users[j].bevs[i] = bevs[j];
	}
}

static void
hand_out_a_pair(int i)
{
	struct bufferevent *pair[2];

	ck_assert_int_eq(bufferevent_pair_new(fx.base, options_of(i), pair), 0);
	hand_out(i, pair);
}

static void
hand_out_sockets(int i, struct event_base *other)
{
	struct bufferevent *bevs[USERS] = {
		one_with_a_peer(fx.base), one_with_a_peer(other)};

	hand_out(i, bevs);
}

START_TEST(bug08_two_threads_have_an_end_each_of_a_pair)
{
	if (!test_threads())
		return;
	for (int i = 0; i < ROUNDS; i++)
		hand_out_a_pair(i);
	run_users(NULL);
}
END_TEST

START_TEST(bug08_two_threads_have_a_layer_each_of_a_stack)
{
	if (!test_threads())
		return;
	for (int i = 0; i < ROUNDS; i++) {
		struct bufferevent *below = one_with_a_peer(fx.base);
		struct bufferevent *above = bufferevent_filter_new(
			below, NULL, NULL, BEV_OPT_THREADSAFE, NULL, NULL);

		begin(above);
		users[i % 2].bevs[i] = above;
		users[(i + 1) % 2].bevs[i] = below;
	}
	run_users(NULL);
	close_peers();
}
END_TEST

/* --- groups --------------------------------------------------------------*/

/* Members of two bases, of a group that is refilled by one of them. */
START_TEST(bug37_two_threads_use_members_of_a_group)
{
	struct timeval tick = clock_ms(1);
	struct ev_token_bucket_cfg *cfg;
	struct bufferevent_rate_limit_group *group;
	struct event_base *other;

	if (!test_threads())
		return;
	cfg = ev_token_bucket_cfg_new(20, 40, 20, 40, &tick);
	other = fixture_base(0);
	group = bufferevent_rate_limit_group_new(other, cfg);
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2)
			hand_out_a_pair(i);
		else
			hand_out_sockets(i, other);
		for (int j = 0; j < USERS; j++)
			bufferevent_add_to_rate_limit_group(
				users[j].bevs[i], group);
	}
	for (int j = 0; j < USERS; j++) {
		users[j].group = group;
		users[j].cfg = cfg;
	}
	run_users(other);
	bufferevent_rate_limit_group_free(group);
	event_base_free(other);
	ev_token_bucket_cfg_free(cfg);
	close_peers();
}
END_TEST

/* --- pipes ---------------------------------------------------------------*/

static void
note_pipe(struct bufferevent_pipe *pipe, int error, void *arg)
{
	(void)pipe, (void)error, (void)arg;
	calls++;
}

/* In both directions, between two bases; freed when the loops have ended. */
START_TEST(bug08_two_threads_have_an_end_each_of_two_pipes)
{
	struct bufferevent_pipe *pipes[ROUNDS][2];
	struct event_base *other;

	if (!test_threads())
		return;
	other = fixture_base(0);
	for (int i = 0; i < ROUNDS; i++) {
		struct bufferevent *one, *two;

		hand_out_sockets(i, other);
		one = users[0].bevs[i];
		two = users[1].bevs[i];
		pipes[i][0] = bufferevent_pipe_new(
			one, two, 30, note_pipe, NULL);
		pipes[i][1] = bufferevent_pipe_new(
			two, one, 30, note_pipe, NULL);
		ck_assert(pipes[i][0] && pipes[i][1]);
	}
	run_users(other);
	for (int i = 0; i < ROUNDS; i++) {
		bufferevent_pipe_free(pipes[i][0]);
		bufferevent_pipe_free(pipes[i][1]);
	}
	turns(2);
	event_base_free(other);
	close_peers();
}
END_TEST

/* It may be at work: then it holds nothing up any more. */
START_TEST(bug08_pipe_that_is_freed_elsewhere_lets_go)
{
	struct loop_thread loop;
	struct bufferevent *pair[2], *sink[2];

	if (!test_threads())
		return;
	calls = 0;
	for (int i = 0; i < 2; i++)
		bufferevent_pair_new(fx.base, options_of(0), i ? sink : pair);
	begin(pair[1]); /* alone, so all calls are of its reading */
	loop_thread_start(&loop, fx.base);
	for (int i = 0; i < 300; i++) {
		struct bufferevent_pipe *pipe = bufferevent_pipe_new(
			pair[1], sink[0], 10, note_pipe, NULL);
		int before;

		ck_assert_ptr_nonnull(pipe);
		bufferevent_write(pair[0], "more than it takes", 18);
		for (int j = 0; j < i % 7; j++)
			sched_yield();
		bufferevent_pipe_free(pipe);
		before = calls;
		bufferevent_write(pair[0], "x", 1);
		while (calls == before)
			sched_yield();
	}
	loop_thread_stop(&loop);
	for (int i = 0; i < 2; i++) {
		bufferevent_free(pair[i]);
		bufferevent_free(sink[i]);
	}
}
END_TEST

/* --- wake-ups ------------------------------------------------------------*/

/* The loop sleeps, and what another thread writes has to wake it each time. */
START_TEST(bug12_output_of_another_thread_wakes_the_loop)
{
	struct loop_thread loop;
	struct bufferevent *bev;
	char byte;

	if (!test_threads())
		return;
	ck_assert_int_eq(fcntl(fx.peer, F_SETFL, 0), 0);
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	bev = bufferevent_socket_new(fx.base, fx.fd, BEV_OPT_THREADSAFE);
	loop_thread_start(&loop, fx.base);
	for (int i = 0; i < 2000; i++) {
		if (i % 16 == 0)
			loop_thread_await_sleep(&loop);
		ck_assert_int_eq(bufferevent_write(bev, "x", 1), 0);
		ck_assert_int_eq(read(fx.peer, &byte, 1), 1);
	}
	loop_thread_stop(&loop);
	bufferevent_free(bev);
}
END_TEST

Suite *
shared_suite(void)
{
	Suite *suite = suite_create("bufferevent shared");
	TCase *tcase = tcase_create("shared");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, bug08_two_threads_use_and_free_one_bufferevent);
	tcase_add_test(tcase, bug08_two_threads_have_an_end_each_of_a_pair);
	tcase_add_test(tcase, bug08_two_threads_have_a_layer_each_of_a_stack);
	tcase_add_test(tcase, bug08_two_threads_have_an_end_each_of_two_pipes);
	tcase_add_test(tcase, bug08_pipe_that_is_freed_elsewhere_lets_go);
	tcase_add_test(tcase, bug12_output_of_another_thread_wakes_the_loop);
	tcase_add_test(tcase, bug37_two_threads_use_members_of_a_group);
	suite_add_tcase(suite, tcase);
	return suite;
}
