/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 96 to 102: one base and several threads, with the system's locks.
 * Locks of the program's own making are in locks.c.
 *
 * Threads are on in every run of this suite.  Nothing tells when a loop sleeps,
 * so what has to do with that is done often enough to meet every moment.
 */
#include "suites.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include <event2/event_struct.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>
#include <event2/watch.h>

#include "../support/child.h"
#include "../support/fixture.h"
#include "../support/threads.h"

static const struct timeval at_once = {.tv_sec = 0};
static const struct timeval minute = {.tv_sec = 60};

static void
setup(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	fixture_setup();
}

/* The fixture's allocator has a lock, which would put threads in order. */
static void
setup_plain(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	messages_collect();
}

/* A delay of no length in particular. */
static void
dawdle(unsigned *seed)
{
	volatile int spins = rand_r(seed) % 400;

	while (spins > 0)
		spins = spins - 1;
}

/* --- waking a loop that sleeps --------------------------------------------*/

static struct gate called = GATE_CLOSED;

static void
take_and_open(evutil_socket_t fd, short what, void *gate)
{
	take_all(fd);
	open_gate(fd, what, gate);
}

static void
by_reader(struct event *evs[2])
{
	send_byte(fx.peer);
	event_add(evs[0], NULL);
}

static void
by_timer(struct event *evs[2])
{
	event_add(evs[1], &at_once);
}

static void
by_activation(struct event *evs[2])
{
	event_active(evs[1], EV_READ, 1);
}

static void
by_once(struct event *evs[2])
{
	(void)evs;
	event_base_once(fx.base, -1, EV_TIMEOUT, open_gate, &called, NULL);
}

static void
by_writer(struct event *evs[2])
{
	(void)evs;
	event_base_once(fx.base, fx.peer, EV_WRITE, open_gate, &called, NULL);
}

static void (*const wakers[])(struct event *evs[2]) = {
	by_reader, by_timer, by_activation, by_once, by_writer};

enum { WAKERS = sizeof(wakers) / sizeof(*wakers) };

/* Each is a hand-shake: the next begins when the callback has run. */
static void
shake_hands(void (*waker)(struct event *evs[2]), int rounds)
{
	struct loop_thread loop;
	struct event *evs[2];
	unsigned seed = 1;
	int met = 0;

	evs[0] = fixture_event(fx.fd, EV_READ, take_and_open, &called);
	evs[1] = fixture_event(-1, 0, open_gate, &called);
	loop_thread_start(&loop, fx.base);
	while (met < rounds) {
		dawdle(&seed);
		waker(evs);
		if (!gate_pass(&called))
			break;
		met++;
	}
	loop_thread_stop(&loop);
	ck_assert_int_eq(met, rounds);
}

START_TEST(b096_a_another_thread_wakes_the_loop)
{
	shake_hands(wakers[_i], 200);
}
END_TEST

START_TEST(bug12_no_wake_up_is_lost)
{
	shake_hands(wakers[_i], 3000);
}
END_TEST

static int
end_by_break(struct event_base *base)
{
	return event_base_loopbreak(base);
}

static int
end_by_exit(struct event_base *base)
{
	return event_base_loopexit(base, NULL);
}

static int (*const enders[])(struct event_base *) = {
	end_by_break, end_by_exit, event_base_stop};

enum { ENDERS = sizeof(enders) / sizeof(*enders) };

START_TEST(b096_b_another_thread_ends_the_loop)
{
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, 0, open_gate, &called);
	int i;

	for (i = 0; i < 200; i++) {
		event_active(ev, EV_READ, 1);
		loop_thread_start(&loop, fx.base);
		ck_assert(gate_pass(&called));
		ck_assert_int_eq(enders[_i](fx.base), 0);
		ck_assert_int_eq(loop_thread_join(&loop), 0);
	}
}
END_TEST

static int
end_by_del(struct event *last)
{
	return event_del(last);
}

static int
end_by_removal(struct event *last)
{
	return event_remove_timer(last);
}

static int (*const emptiers[])(struct event *) = {end_by_del, end_by_removal};

enum { EMPTIERS = sizeof(emptiers) / sizeof(*emptiers) };

START_TEST(bug12_loop_that_another_thread_empties_ends)
{
	struct loop_thread loop;
	struct event *last = fixture_event(-1, 0, note_call, NULL);
	int64_t since = clock_real_ns();

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	event_add(last, &minute);
	loop_thread_start_flags(&loop, fx.base, 0);
	loop_thread_await_sleep(&loop);
	ck_assert_int_eq(emptiers[_i](last), 0);
	ck_assert_int_eq(loop_thread_join(&loop), 1);
	ck_assert_int_lt(clock_real_ns() - since, INT64_C(50000000000));
}
END_TEST

START_TEST(b096_c_interest_in_a_known_descriptor_wakes_the_loop)
{
	struct loop_thread loop;
	struct event *writer = fixture_event(
		fx.fd, EV_WRITE, open_gate, &called);
	struct calls calls = {0};
	int i;

	event_add(fixture_event(fx.fd, EV_READ | EV_PERSIST, note_call, &calls),
		NULL);
	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 500; i++) {
		ck_assert_int_eq(event_add(writer, NULL), 0);
		ck_assert(gate_pass(&called));
	}
	loop_thread_stop(&loop);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

START_TEST(b096_d_channel_can_be_opened_early)
{
	struct event_base *base = fixture_base(EVENT_BASE_FLAG_NOLOCK);

	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(NULL), -1);
	event_base_free(base);
}
END_TEST

struct crowd {
	struct gate start;
	atomic_int calls;
};

/* Every thread's own. */
static void *
live_a_life(void *arg)
{
	struct crowd *crowd = arg;
	struct event_base *base;
	struct calls calls;
	struct event *ev;
	int i;

	gate_pass(&crowd->start);
	for (i = 0; i < 30; i++) {
		calls = (struct calls){0};
		base = event_base_new();
		ev = event_new(base, -1, 0, note_call, &calls);
		event_add(ev, &at_once);
		event_base_dispatch(base);
		event_free(ev);
		event_base_free(base);
		atomic_fetch_add(&crowd->calls, calls.count);
	}
	return NULL;
}

/* The very first ones of the process. */
START_TEST(b096_e_bases_of_several_threads_do_not_meet)
{
	struct crowd crowd = {.start = GATE_CLOSED};
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++)
		threads[i] = start_thread(live_a_life, &crowd);
	for (i = 0; i < 4; i++)
		gate_open(&crowd.start);
	for (i = 0; i < 4; i++)
		join_thread(threads[i]);
	ck_assert_int_eq(atomic_load(&crowd.calls), 4 * 30);
}
END_TEST

/* --- a stop that cannot be missed -----------------------------------------*/

struct stopper {
	struct gate go;
	int (*end)(struct event_base *);
	int rounds;
};

static void *
stop_again_and_again(void *arg)
{
	struct stopper *stopper = arg;
	unsigned seed = 2;
	int i;

	for (i = 0; i < stopper->rounds && gate_pass(&stopper->go); i++) {
		dawdle(&seed);
		stopper->end(fx.base);
	}
	return NULL;
}

static void
meet_stops(int (*end)(struct event_base *))
{
	struct stopper stopper = {GATE_CLOSED, end, 10000};
	pthread_t thread = start_thread(stop_again_and_again, &stopper);
	unsigned seed = 3;
	int i;

	for (i = 0; i < stopper.rounds; i++) {
		gate_open(&stopper.go);
		dawdle(&seed);
		ck_assert_int_eq(
			event_base_loop(fx.base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	}
	join_thread(thread);
	ck_assert(!event_base_loop(fx.base, EVLOOP_NONBLOCK) ||
		  event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED) ==
			  0);
}

START_TEST(bug13_stop_at_any_time_ends_the_loop)
{
	meet_stops(event_base_stop);
}
END_TEST

START_TEST(bug13_exit_at_any_time_ends_the_loop)
{
	meet_stops(end_by_exit);
}
END_TEST

/* --- deleting while the callback runs -------------------------------------*/

/* A callback that is held up. */
struct held {
	struct gate entered, leave;
	struct event *ev;
	atomic_int over;
	int adds_itself;
};

static void
hold_up(evutil_socket_t fd, short what, void *arg)
{
	struct held *held = arg;

	(void)fd;
	(void)what;
	gate_open(&held->entered);
	gate_pass(&held->leave);
	if (held->adds_itself)
		event_add(held->ev, &minute);
	/* Whoever does not wait for the end comes before it. */
	clock_burn_ms(30);
	atomic_store(&held->over, 1);
}

static void
begin(struct held *held, struct loop_thread *loop, short what)
{
	*held = (struct held){.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	held->ev = fixture_event(-1, what, hold_up, held);
	event_active(held->ev, EV_READ, 1);
	loop_thread_start(loop, fx.base);
	ck_assert(gate_pass(&held->entered));
}

START_TEST(b097_a_event_del_waits_for_the_callback)
{
	struct loop_thread loop;
	struct held held;

	begin(&held, &loop, 0);
	gate_open(&held.leave);
	ck_assert_int_eq(event_del(held.ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b097_b_event_that_adds_itself_is_gone_as_well)
{
	struct loop_thread loop;
	struct held held;

	begin(&held, &loop, 0);
	held.adds_itself = 1;
	gate_open(&held.leave);
	ck_assert_int_eq(event_del(held.ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	ck_assert_int_eq(event_pending(held.ev, EV_TIMEOUT, NULL), 0);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b097_c_event_del_does_not_wait_for_others)
{
	struct loop_thread loop;
	struct held held;
	struct event *other = fixture_event(fx.fd, EV_READ, note_call, NULL);

	event_add(other, NULL);
	begin(&held, &loop, 0);
	ck_assert_int_eq(event_del(other), 0);
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	loop_thread_stop(&loop);
}
END_TEST

static void
hold_watcher(struct evwatch *watcher,
	const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watcher;
	(void)info;
	hold_up(-1, 0, arg);
}

START_TEST(b097_d_freeing_a_watcher_waits_for_it)
{
	struct held held = {.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	struct loop_thread loop;
	struct evwatch *watcher = evwatch_prepare_new(
		fx.base, hold_watcher, &held);

	loop_thread_start(&loop, fx.base);
	ck_assert(gate_pass(&held.entered));
	gate_open(&held.leave);
	evwatch_free(watcher);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	loop_thread_stop(&loop);
}
END_TEST

/* Is called over and over, until it may not be called any more. */
struct victim {
	atomic_int dead, late, count;
};

static void
tell_if_late(evutil_socket_t fd, short what, void *arg)
{
	struct victim *victim = arg;

	(void)fd;
	(void)what;
	atomic_fetch_add(&victim->count, 1);
	atomic_fetch_add(&victim->late, atomic_load(&victim->dead));
}

static struct event *
new_victim(int kind, struct victim *victim)
{
	static const short whats[] = {
		EV_READ | EV_PERSIST, EV_PERSIST, EV_SIGNAL | EV_PERSIST, 0};
	evutil_socket_t numbers[] = {fx.fd, -1, SIGUSR1, -1};
	struct event *ev = event_new(
		fx.base, numbers[kind], whats[kind], tell_if_late, victim);

	ck_assert_ptr_nonnull(ev);
	if (kind == 3)
		event_active(ev, EV_READ, 1);
	else
		ck_assert_int_eq(event_add(ev, kind == 1 ? &at_once : NULL), 0);
	if (kind == 2)
		raise(SIGUSR1);
	return ev;
}

/* Nor after event_free() alone. */
START_TEST(bug07_no_callback_after_event_del)
{
	struct victim victim = {0};
	struct loop_thread loop;
	unsigned seed = 4;
	int i;

	send_byte(fx.peer);
	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 1500; i++) {
		struct event *ev = new_victim(_i % 4, &victim);

		dawdle(&seed);
		if (_i < 4)
			ck_assert_int_eq(event_del(ev), 0);
		else
			event_free(ev);
		atomic_store(&victim.dead, 1);
		if (_i < 4)
			event_free(ev);
		dawdle(&seed);
		atomic_store(&victim.dead, 0);
	}
	loop_thread_stop(&loop);
	ck_assert_int_eq(atomic_load(&victim.late), 0);
}
END_TEST

START_TEST(b098_a_noblock_returns_while_the_callback_runs)
{
	struct loop_thread loop;
	struct held held;

	begin(&held, &loop, 0);
	ck_assert_int_eq(event_del_noblock(held.ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b098_b_so_does_event_del_of_one_with_a_finalizer)
{
	struct loop_thread loop;
	struct held held;

	begin(&held, &loop, EV_FINALIZE);
	ck_assert_int_eq(event_del(held.ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b098_c_block_waits_for_that_one_too)
{
	struct loop_thread loop;
	struct held held;

	begin(&held, &loop, EV_FINALIZE);
	gate_open(&held.leave);
	ck_assert_int_eq(event_del_block(held.ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	loop_thread_stop(&loop);
}
END_TEST

static void
open_final(struct event *ev, void *gate)
{
	(void)ev;
	gate_open(gate);
}

START_TEST(b098_d_finalizer_comes_after_the_callback)
{
	struct loop_thread loop;
	struct held held = {.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	struct event *ev = event_new(fx.base, -1, EV_FINALIZE, hold_up, &held);

	event_active(ev, EV_READ, 1);
	loop_thread_start(&loop, fx.base);
	ck_assert(gate_pass(&held.entered));
	ck_assert_int_eq(event_free_finalize(0, ev, open_final), 0);
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	ck_assert(gate_pass(&held.entered));
	ck_assert_int_eq(atomic_load(&held.over), 1);
	loop_thread_stop(&loop);
}
END_TEST

static pthread_mutex_t programs_own = PTHREAD_MUTEX_INITIALIZER;

static void
want_lock(evutil_socket_t fd, short what, void *held)
{
	gate_open(&((struct held *)held)->entered);
	pthread_mutex_lock(&programs_own);
	pthread_mutex_unlock(&programs_own);
	open_gate(fd, what, &((struct held *)held)->leave);
}

/* The callback waits for a lock that we hold; nothing may wait for it. */
START_TEST(bug08_noblock_under_a_lock_that_the_callback_wants)
{
	struct held held = {.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, EV_PERSIST, want_lock, &held);
	struct event *other = fixture_event(fx.fd, EV_READ, note_call, NULL);

	pthread_mutex_lock(&programs_own);
	event_active(ev, EV_READ, 1);
	loop_thread_start(&loop, fx.base);
	ck_assert(gate_pass(&held.entered));
	ck_assert_int_eq(event_del_noblock(ev), 0);
	ck_assert_int_eq(event_add(ev, &minute), 0);
	ck_assert_int_eq(event_add(other, &minute), 0);
	ck_assert_int_eq(event_del(other), 0);
	ck_assert_int_eq(event_del_noblock(ev), 0);
	pthread_mutex_unlock(&programs_own);
	ck_assert(gate_pass(&held.leave));
	loop_thread_stop(&loop);
}
END_TEST

static void
delete_oneself(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	event_del(ev);
	event_del_block(ev);
	event_del_noblock(ev);
	gate_open(&called);
}

START_TEST(b099_a_event_del_in_its_callback_does_not_wait)
{
	struct loop_thread loop;
	struct event *ev = fixture_event(
		-1, EV_PERSIST, delete_oneself, event_self_cbarg());

	event_add(ev, &at_once);
	loop_thread_start(&loop, fx.base);
	ck_assert(gate_pass(&called));
	loop_thread_stop(&loop);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), 0);
}
END_TEST

static void
free_oneself(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	event_free(ev);
	gate_open(&called);
}

START_TEST(b099_b_nor_does_event_free)
{
	struct loop_thread loop;
	int i;

	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 200; i++) {
		struct event *ev = event_new(fx.base, -1, EV_PERSIST,
			free_oneself, event_self_cbarg());

		event_add(ev, &at_once);
		ck_assert(gate_pass(&called));
	}
	loop_thread_stop(&loop);
}
END_TEST

/* --- fork -----------------------------------------------------------------*/

/*
 * What a child's only thread has to be able to do with the base.  The byte is
 * left where it is, for the parent's loop sees it as well.
 */
static void
use_base(struct event *reader, const struct calls *calls)
{
	int before = calls->count;

	INSIST(puts_byte(fx.peer));
	while (calls->count == before)
		INSIST(event_base_loop(fx.base, EVLOOP_ONCE) == 0);
	INSIST(event_del(reader) == 0);
	INSIST(event_base_loop(fx.base, EVLOOP_NONBLOCK) >= 0);
	event_base_free(fx.base);
	_exit(0);
}

START_TEST(b101_a_child_runs_the_loop_that_slept_in_another_thread)
{
	struct calls calls = {0};
	struct loop_thread loop;
	struct event *reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	pid_t child;

	event_add(reader, NULL);
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	loop_thread_start(&loop, fx.base);
	loop_thread_await_sleep(&loop);
	child = start_child();
	if (!child) {
		if (_i == 0)
			INSIST(event_reinit(fx.base) == 0);
		use_base(reader, &calls);
	}
	expect_good_end(child);
	loop_thread_stop(&loop);
}
END_TEST

static void *
delete_held(void *held)
{
	event_del(((struct held *)held)->ev);
	return NULL;
}

/* The callback and whoever waits for it stay behind in the parent. */
START_TEST(b101_b_child_of_a_thread_while_a_callback_runs_elsewhere)
{
	struct calls calls = {0};
	struct loop_thread loop;
	struct event *reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	struct held held;
	pthread_t waiter;
	pid_t child;

	event_add(reader, NULL);
	begin(&held, &loop, 0);
	event_add(held.ev, &minute);
	waiter = start_thread(delete_held, &held);
	while (event_pending(held.ev, EV_TIMEOUT, NULL))
		sched_yield();
	child = start_child();
	if (!child) {
		INSIST(event_reinit(fx.base) == 0);
		INSIST(event_del(held.ev) == 0);
		INSIST(event_add(held.ev, &at_once) == 0);
		gate_open(&held.leave);
		use_base(reader, &calls);
	}
	expect_good_end(child);
	gate_open(&held.leave);
	join_thread(waiter);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b101_c_child_may_free_the_base_at_once)
{
	struct loop_thread loop;
	struct held held;
	pthread_t waiter;
	pid_t child;

	begin(&held, &loop, 0);
	event_add(held.ev, &minute);
	waiter = start_thread(delete_held, &held);
	while (event_pending(held.ev, EV_TIMEOUT, NULL))
		sched_yield();
	child = start_child();
	if (!child) {
		event_base_free(fx.base);
		_exit(0);
	}
	expect_good_end(child);
	gate_open(&held.leave);
	join_thread(waiter);
	loop_thread_stop(&loop);
}
END_TEST

/* Holds the lock of the base, as every other call does for a moment. */
static int
hold_lock(const struct event_base *base, const struct event *ev, void *held)
{
	(void)base;
	(void)ev;
	hold_up(-1, 0, held);
	return 1;
}

static void *
hold_lock_elsewhere(void *held)
{
	event_base_foreach_event(fx.base, hold_lock, held);
	return NULL;
}

START_TEST(b101_d_lock_of_another_thread_stays_behind)
{
	struct calls calls = {0};
	struct event *reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	struct held held = {.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	pthread_t holder;
	pid_t child;

	event_add(reader, NULL);
	holder = start_thread(hold_lock_elsewhere, &held);
	ck_assert(gate_pass(&held.entered));
	child = start_child();
	if (!child) {
		if (_i == 0)
			INSIST(event_reinit(fx.base) == 0);
		if (_i == 1)
			use_base(reader, &calls);
		event_base_free(fx.base);
		_exit(0);
	}
	expect_good_end(child);
	gate_open(&held.leave);
	join_thread(holder);
}
END_TEST

static pid_t forked;

static void
fork_here(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	forked = start_child();
	if (forked)
		event_base_loopbreak(fx.base);
}

START_TEST(b101_e_child_of_a_callback_goes_on_in_its_loop)
{
	struct calls calls = {0};
	struct event *reader = fixture_event(
		fx.fd, EV_READ, note_and_take, &calls);

	event_add(reader, NULL);
	event_active(fixture_event(-1, 0, fork_here, NULL), EV_READ, 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	if (!forked) {
		INSIST(puts_byte(fx.peer));
		INSIST(event_base_dispatch(fx.base) == 1);
		INSIST(calls.count == 1);
		_exit(0);
	}
	expect_good_end(forked);
}
END_TEST

/* Nothing was forked, so the set that the loop waits with is its own. */
START_TEST(b101_f_reinit_under_a_loop_that_sleeps_is_refused)
{
	struct loop_thread loop;

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	event_add(fixture_event(fx.fd, EV_READ, take_and_open, &called), NULL);
	loop_thread_start(&loop, fx.base);
	loop_thread_await_sleep(&loop);
	ck_assert_int_eq(event_reinit(fx.base), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	send_byte(fx.peer);
	ck_assert(gate_pass(&called));
	loop_thread_stop(&loop);
	ck_assert_int_eq(event_reinit(fx.base), 0);
}
END_TEST

/* --- timers ---------------------------------------------------------------*/

struct alarm_clock {
	struct gate rang;
	int64_t at;
};

static void
ring(evutil_socket_t fd, short what, void *arg)
{
	struct alarm_clock *alarm = arg;

	alarm->at = clock_real_ns();
	open_gate(fd, what, &alarm->rang);
}

START_TEST(b102_a_timer_of_another_thread_comes_in_time)
{
	struct alarm_clock alarm = {.rang = GATE_CLOSED};
	struct timeval after = clock_ms(10);
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, 0, ring, &alarm);
	int64_t since;
	int i;

	event_add(fixture_event(-1, 0, note_call, NULL), &minute);
	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 10; i++) {
		since = clock_real_ns();
		ck_assert_int_eq(event_add(ev, &after), 0);
		ck_assert(gate_pass(&alarm.rang));
		ck_assert_int_ge(alarm.at - since, 10000000);
	}
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b102_b_timer_can_be_brought_forward)
{
	struct alarm_clock alarm = {.rang = GATE_CLOSED};
	struct timeval after = clock_ms(10);
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, 0, ring, &alarm);
	int i;

	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 10; i++) {
		event_add(ev, &minute);
		ck_assert_int_eq(event_add(ev, &after), 0);
		ck_assert(gate_pass(&alarm.rang));
	}
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b102_c_timer_can_be_put_off)
{
	struct alarm_clock alarm = {.rang = GATE_CLOSED};
	struct timeval early = clock_ms(5), late = clock_ms(60);
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, 0, ring, &alarm);
	int64_t since;

	loop_thread_start(&loop, fx.base);
	event_add(ev, &early);
	since = clock_real_ns();
	ck_assert_int_eq(event_add(ev, &late), 0);
	ck_assert(gate_pass(&alarm.rang));
	if (alarm.at < since)
		ck_assert(gate_pass(&alarm.rang)); /* it was too late for it */
	ck_assert_int_ge(alarm.at - since, 60000000);
	loop_thread_stop(&loop);
}
END_TEST

/* --- signals --------------------------------------------------------------*/

START_TEST(b080_e_bases_in_threads_see_every_arrival)
{
	enum { LOOPS = 4 };
	struct loop_thread loops[LOOPS];
	struct event_base *bases[LOOPS];
	struct event *evs[LOOPS];
	int i, round;

	for (i = 0; i < LOOPS; i++) {
		bases[i] = fixture_base(0);
		evs[i] = event_new(bases[i], SIGUSR1, EV_SIGNAL | EV_PERSIST,
			open_gate, &called);
		ck_assert_int_eq(event_add(evs[i], NULL), 0);
		loop_thread_start(&loops[i], bases[i]);
	}
	for (round = 0; round < 300; round++) {
		ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
		for (i = 0; i < LOOPS; i++)
			ck_assert(gate_pass(&called));
	}
	for (i = 0; i < LOOPS; i++) {
		loop_thread_stop(&loops[i]);
		event_free(evs[i]);
		event_base_free(bases[i]);
	}
	ck_assert_int_eq(called.tickets, 0);
}
END_TEST

static void
add_wake_tests(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, b096_a_another_thread_wakes_the_loop, 0, WAKERS);
	tcase_add_loop_test(
		tcase, b096_b_another_thread_ends_the_loop, 0, ENDERS);
	tcase_add_loop_test(tcase, bug12_loop_that_another_thread_empties_ends,
		0, EMPTIERS);
	tcase_add_test(
		tcase, b096_c_interest_in_a_known_descriptor_wakes_the_loop);
	tcase_add_test(tcase, b096_d_channel_can_be_opened_early);
	tcase_add_loop_test(tcase, bug12_no_wake_up_is_lost, 0, WAKERS);
	tcase_add_test(tcase, bug13_stop_at_any_time_ends_the_loop);
	tcase_add_test(tcase, bug13_exit_at_any_time_ends_the_loop);
	tcase_add_test(tcase, b102_a_timer_of_another_thread_comes_in_time);
	tcase_add_test(tcase, b102_b_timer_can_be_brought_forward);
	tcase_add_test(tcase, b102_c_timer_can_be_put_off);
	tcase_add_test(tcase, b080_e_bases_in_threads_see_every_arrival);
}

static void
add_delete_tests(TCase *tcase)
{
	tcase_add_test(tcase, b097_a_event_del_waits_for_the_callback);
	tcase_add_test(tcase, b097_b_event_that_adds_itself_is_gone_as_well);
	tcase_add_test(tcase, b097_c_event_del_does_not_wait_for_others);
	tcase_add_test(tcase, b097_d_freeing_a_watcher_waits_for_it);
	tcase_add_loop_test(tcase, bug07_no_callback_after_event_del, 0, 8);
	tcase_add_test(tcase, b098_a_noblock_returns_while_the_callback_runs);
	tcase_add_test(tcase, b098_b_so_does_event_del_of_one_with_a_finalizer);
	tcase_add_test(tcase, b098_c_block_waits_for_that_one_too);
	tcase_add_test(tcase, b098_d_finalizer_comes_after_the_callback);
	tcase_add_test(
		tcase, bug08_noblock_under_a_lock_that_the_callback_wants);
	tcase_add_test(tcase, b099_a_event_del_in_its_callback_does_not_wait);
	tcase_add_test(tcase, b099_b_nor_does_event_free);
}

static void
add_fork_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase,
		b101_a_child_runs_the_loop_that_slept_in_another_thread, 0, 2);
	tcase_add_test(tcase,
		b101_b_child_of_a_thread_while_a_callback_runs_elsewhere);
	tcase_add_test(tcase, b101_c_child_may_free_the_base_at_once);
	tcase_add_test(tcase, b101_e_child_of_a_callback_goes_on_in_its_loop);
	tcase_add_loop_test(
		tcase, b101_d_lock_of_another_thread_stays_behind, 0, 3);
	tcase_add_test(
		tcase, b101_f_reinit_under_a_loop_that_sleeps_is_refused);
}

Suite *
suite_threads(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = tcase_create("threads");
	TCase *plain = tcase_create("first_bases");

	tcase_add_checked_fixture(plain, setup_plain, NULL);
	tcase_add_loop_test(
		plain, b096_e_bases_of_several_threads_do_not_meet, 0, 10);
	suite_add_tcase(suite, plain);
	tcase_add_checked_fixture(tcase, setup, fixture_teardown);
	tcase_set_timeout(tcase, 120);
	add_wake_tests(tcase);
	add_delete_tests(tcase);
	add_fork_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
