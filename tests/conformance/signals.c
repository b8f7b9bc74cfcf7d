/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 74 to 85: events that wait for signals.
 *
 * A standard signal that is blocked is pending once, however often it was
 * raised: test_arrivals() knows where that shows.  Real-time signals queue up,
 * so they count the same with every provider.
 */
#include "suites.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "../support/fixture.h"
#include "../support/threads.h"
#include "../support/trail.h"

enum { BASES = 8 };

static void
raise_often(int signo, int times)
{
	while (times--)
		ck_assert_int_eq(raise(signo), 0);
}

static struct event *
added_signal(int signo, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(signo, EV_SIGNAL | what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

/* The program's own handler, to see who gets a signal. */
static volatile sig_atomic_t own_calls;

static void
own_handler(int signo)
{
	(void)signo;
	own_calls = own_calls + 1;
}

static void
own_action(int signo, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	own_handler(signo);
}

static void
take_over(int signo)
{
	struct sigaction action = {.sa_handler = own_handler};

	sigemptyset(&action.sa_mask);
	ck_assert_int_eq(sigaction(signo, &action, NULL), 0);
}

/* --- how often, and with what ---------------------------------------------*/

START_TEST(b074_a_callback_gets_the_signals_number)
{
	struct calls calls = {0};

	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_SIGNAL);
	ck_assert_int_eq(calls.fd, SIGUSR1);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

START_TEST(b074_b_signals_are_told_apart)
{
	struct calls one = {0}, two = {0};

	added_signal(SIGUSR1, EV_PERSIST, note_call, &one);
	added_signal(SIGUSR2, EV_PERSIST, note_call, &two);
	raise_often(SIGUSR2, 1);
	turns(1);
	ck_assert_int_eq(one.count, 0);
	ck_assert_int_eq(two.count, 1);
	ck_assert_int_eq(two.fd, SIGUSR2);
}
END_TEST

START_TEST(b074_c_event_without_persist_is_called_once)
{
	struct calls calls = {0};
	struct event *ev;

	take_over(SIGUSR1);
	ev = added_signal(SIGUSR1, 0, note_call, &calls);
	raise_often(SIGUSR1, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), 0);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(own_calls, 1);
}
END_TEST

START_TEST(b074_d_signal_ends_a_sleep)
{
	struct calls calls = {0};
	struct timeval long_time = clock_ms(20000);
	pid_t self = getpid(), child;
	int64_t since = clock_real_ns();

	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	event_add(fixture_event(-1, 0, note_call, &calls), &long_time);
	child = fork();
	if (!child) {
		kill(self, SIGUSR1);
		_exit(0);
	}
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_SIGNAL);
	ck_assert_int_lt(clock_ms_since(since), 20000);
}
END_TEST

START_TEST(b075_a_three_arrivals_are_three_calls)
{
	struct calls calls = {0};

	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	raise_often(SIGUSR1, 3);
	turns(1);
	ck_assert_int_eq(calls.count, test_arrivals(3));
	ck_assert_int_eq(calls.ever, EV_SIGNAL);
}
END_TEST

START_TEST(b075_b_queued_signals_are_never_merged)
{
	struct calls calls = {0};

	added_signal(SIGRTMIN + 3, EV_PERSIST, note_call, &calls);
	raise_often(SIGRTMIN + 3, 30);
	turns(1);
	ck_assert_int_eq(calls.count, 30);
	ck_assert_int_eq(calls.fd, SIGRTMIN + 3);
}
END_TEST

START_TEST(b075_c_arrivals_of_two_turns_are_summed_while_due)
{
	struct calls calls = {0};
	struct event *ev;

	event_base_priority_init(fx.base, 2);
	ev = added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	event_priority_set(ev, 1);
	add_active(mark, "a", 0);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	add_active(mark, "b", 0);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
	ck_assert_str_eq(trail(), "ab");
}
END_TEST

START_TEST(b076_each_of_several_events_is_called)
{
	struct calls calls[3] = {{0}};
	int i;

	for (i = 0; i < 3; i++)
		added_signal(SIGUSR1, EV_PERSIST, note_call, &calls[i]);
	raise_often(SIGUSR1, 2);
	turns(1);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(calls[i].count, test_arrivals(2));
}
END_TEST

static void
mark_and_raise(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	raise_often(SIGUSR1, 1);
}

START_TEST(b077_a_signal_raised_in_a_callback_waits_a_round)
{
	added_signal(SIGUSR1, EV_PERSIST, mark, (void *)(uintptr_t) "s");
	add_active(mark_and_raise, "a", 0);
	add_active(mark, "b", 0);
	turns(1);
	ck_assert_str_eq(trail(), "ab");
	turns(1);
	ck_assert_str_eq(trail(), "abs");
}
END_TEST

START_TEST(b077_b_signal_raised_in_its_own_callback_waits_a_round)
{
	added_signal(
		SIGUSR1, EV_PERSIST, mark_and_raise, (void *)(uintptr_t) "s");
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_str_eq(trail(), "s");
	turns(1);
	ck_assert_str_eq(trail(), "ss");
}
END_TEST

static int pigeons;

static void
note_pigeon(int severity, const char *text)
{
	pigeons += severity == EVENT_LOG_WARN && strstr(text, "pigeon");
}

START_TEST(b074_e_provider_that_is_unknown_is_named)
{
	struct event_base *other = fixture_base(EVENT_BASE_FLAG_IGNORE_ENV);
	struct event *ev = fixture_event(SIGUSR1, EV_SIGNAL, note_call, NULL);

	setenv("LIBEV_SIGNALS", "pigeon", 1);
	event_set_log_callback(note_pigeon);
	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(pigeons, 1);
	event_base_set(other, ev);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(pigeons, 1);
	event_base_free(other);
}
END_TEST

/* --- with a timeout -------------------------------------------------------*/

START_TEST(b078_a_signal_event_fires_by_time)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(10);
	struct event *ev = fixture_event(SIGUSR1, EV_SIGNAL, note_call, &calls);
	int64_t since = clock_real_ns();

	take_over(SIGUSR1);
	ck_assert_int_eq(event_add(ev, &after), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_TIMEOUT);
	ck_assert_int_eq(calls.fd, SIGUSR1);
	ck_assert_int_ge(clock_ms_since(since), 10);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(own_calls, 1);
}
END_TEST

START_TEST(b078_b_signal_takes_the_timeout_away)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(20000);
	struct event *ev = fixture_event(SIGUSR1, EV_SIGNAL, note_call, &calls);

	event_add(ev, &after);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_SIGNAL);
}
END_TEST

START_TEST(b078_c_persistent_one_goes_on_after_its_timeout)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(5);
	struct event *ev = fixture_event(
		SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls);

	event_add(ev, &after);
	while (calls.count < 3)
		event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_int_eq(calls.ever, EV_TIMEOUT);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.what & EV_SIGNAL, EV_SIGNAL);
}
END_TEST

START_TEST(b078_d_interval_begins_anew_with_the_signal)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(60);
	struct event *ev = fixture_event(
		SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls);
	int64_t since;

	event_add(ev, &after);
	clock_burn_ms(30);
	raise_often(SIGUSR1, 1);
	since = clock_real_ns();
	turns(1);
	if (calls.what != EV_SIGNAL)
		return; /* this machine was away for too long */
	while (!(calls.what & EV_TIMEOUT))
		event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_int_ge(clock_ms_since(since), 60);
}
END_TEST

/* The moment of the timeout is no arrival. */
START_TEST(b078_e_timeout_in_the_same_round_adds_no_call)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(1);
	struct event *ev = fixture_event(
		SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls);

	event_add(ev, &after);
	raise_often(SIGUSR1, 3);
	clock_burn_ms(3);
	turns(1);
	ck_assert_int_eq(calls.count, test_arrivals(3));
	ck_assert_int_eq(calls.what, EV_SIGNAL | EV_TIMEOUT);
}
END_TEST

/* --- what was there before ------------------------------------------------*/

static void
fill_action(struct sigaction *action, int kind)
{
	memset(action, 0, sizeof(*action));
	sigemptyset(&action->sa_mask);
	if (kind == 0)
		action->sa_handler = SIG_DFL;
	if (kind == 1)
		action->sa_handler = SIG_IGN;
	if (kind == 2) {
		action->sa_handler = own_handler;
		action->sa_flags = SA_NODEFER | SA_RESETHAND;
		sigaddset(&action->sa_mask, SIGHUP);
	}
	if (kind == 3) {
		action->sa_sigaction = own_action;
		action->sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
		sigaddset(&action->sa_mask, SIGUSR2);
		sigaddset(&action->sa_mask, SIGTERM);
	}
}

enum { KINDS = 4, LEAVES = 4 };

static int
is_same_action(const struct sigaction *a, const struct sigaction *b)
{
	int signo, differ = 0;

	for (signo = 1; signo < NSIG; signo++)
		differ |= sigismember(&a->sa_mask, signo) !=
			  sigismember(&b->sa_mask, signo);
	if (a->sa_flags & SA_SIGINFO)
		differ |= a->sa_sigaction != b->sa_sigaction;
	else
		differ |= a->sa_handler != b->sa_handler;
	return !differ && a->sa_flags == b->sa_flags;
}

/* Ways in which the last event of a signal goes. */
static void
leave(int way, struct event_base *base, struct event *ev)
{
	if (way == 0)
		ck_assert_int_eq(event_del(ev), 0);
	if (way == 1)
		raise_often(SIGUSR1, 1);
	if (way == 1)
		ck_assert_int_eq(event_base_dispatch(base), 1);
	if (way == 2) {
		event_base_free(base);
		event_free(ev);
		return;
	}
	event_free(ev);
	event_base_free(base);
}

START_TEST(b079_a_disposition_is_back_whole)
{
	struct event_base *base = fixture_base(0);
	struct sigaction before, now;
	struct calls calls = {0};
	sigset_t mask_before, mask_now;
	struct event *ev = event_new(
		base, SIGUSR1, EV_SIGNAL, note_call, &calls);

	fill_action(&before, _i / LEAVES);
	ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
	sigaction(SIGUSR1, NULL, &before);
	pthread_sigmask(SIG_BLOCK, NULL, &mask_before);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	leave(_i % LEAVES, base, ev);
	sigaction(SIGUSR1, NULL, &now);
	pthread_sigmask(SIG_BLOCK, NULL, &mask_now);
	ck_assert(is_same_action(&now, &before));
	ck_assert_int_eq(sigismember(&mask_now, SIGUSR1),
		sigismember(&mask_before, SIGUSR1));
}
END_TEST

START_TEST(b079_b_another_event_keeps_the_signal)
{
	struct calls calls = {0};
	struct event *one, *two;

	take_over(SIGUSR1);
	one = added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	two = added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	event_del(one);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(own_calls, 0);
	event_del(two);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(own_calls, 1);
}
END_TEST

START_TEST(b079_c_signal_that_was_blocked_stays_blocked)
{
	struct calls calls = {0};
	sigset_t one, now;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	event_del(added_signal(SIGUSR1, EV_PERSIST, note_call, &calls));
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	ck_assert_int_eq(sigismember(&now, SIGUSR1), 1);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}
END_TEST

/* --- several bases --------------------------------------------------------*/

struct crowd {
	struct event_base *bases[BASES];
	struct event *evs[BASES];
	struct calls calls[BASES];
};

static void
gather(struct crowd *crowd, int signo)
{
	int i;

	memset(crowd, 0, sizeof(*crowd));
	for (i = 0; i < BASES; i++) {
		crowd->bases[i] = fixture_base(0);
		crowd->evs[i] = event_new(crowd->bases[i], signo,
			EV_SIGNAL | EV_PERSIST, note_call, &crowd->calls[i]);
		ck_assert_int_eq(event_add(crowd->evs[i], NULL), 0);
	}
}

static void
turn_all(struct crowd *crowd)
{
	int i;

	for (i = 0; i < BASES; i++)
		if (crowd->bases[i])
			event_base_loop(crowd->bases[i], EVLOOP_NONBLOCK);
}

static void
free_one(struct crowd *crowd, int i)
{
	event_free(crowd->evs[i]);
	event_base_free(crowd->bases[i]);
	crowd->bases[i] = NULL;
}

static void
scatter(struct crowd *crowd)
{
	int i;

	for (i = 0; i < BASES; i++)
		if (crowd->bases[i])
			free_one(crowd, i);
}

START_TEST(b080_a_every_base_sees_every_arrival)
{
	struct crowd crowd;
	int i;

	gather(&crowd, SIGUSR1);
	raise_often(SIGUSR1, 3);
	turn_all(&crowd);
	for (i = 0; i < BASES; i++) {
		ck_assert_int_eq(crowd.calls[i].count, test_arrivals(3));
		ck_assert_int_eq(crowd.calls[i].what, EV_SIGNAL);
	}
	scatter(&crowd);
}
END_TEST

START_TEST(b080_b_every_base_sees_every_queued_signal)
{
	struct crowd crowd;
	int i;

	gather(&crowd, SIGRTMIN + 4);
	raise_often(SIGRTMIN + 4, 20);
	turn_all(&crowd);
	raise_often(SIGRTMIN + 4, 1);
	turn_all(&crowd);
	for (i = 0; i < BASES; i++)
		ck_assert_int_eq(crowd.calls[i].count, 21);
	scatter(&crowd);
}
END_TEST

START_TEST(b080_c_one_that_leaves_does_not_deafen_the_others)
{
	struct crowd crowd;
	int gone, i;

	take_over(SIGUSR1);
	gather(&crowd, SIGUSR1);
	for (gone = 0; gone < BASES - 1; gone++) {
		free_one(&crowd, gone * 3 % BASES);
		raise_often(SIGUSR1, 1);
		turn_all(&crowd);
		for (i = 0; i < BASES; i++)
			if (crowd.bases[i])
				ck_assert_int_eq(
					crowd.calls[i].count, gone + 1);
	}
	ck_assert_int_eq(own_calls, 0);
	scatter(&crowd);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(own_calls, 1);
}
END_TEST

START_TEST(b080_d_one_that_sleeps_through_it_sees_it_later)
{
	struct crowd crowd;

	gather(&crowd, SIGUSR1);
	raise_often(SIGUSR1, 1);
	event_base_loop(crowd.bases[0], EVLOOP_NONBLOCK);
	raise_often(SIGUSR1, 1);
	event_base_loop(crowd.bases[0], EVLOOP_NONBLOCK);
	ck_assert_int_eq(crowd.calls[0].count, 2);
	ck_assert_int_eq(event_base_loop(crowd.bases[1], EVLOOP_ONCE), 0);
	ck_assert_int_eq(crowd.calls[1].count, 2);
	scatter(&crowd);
}
END_TEST

/* --- nothing is lost ------------------------------------------------------*/

START_TEST(b081_a_seventy_thousand_arrivals_are_as_many_calls)
{
	struct calls calls = {0};

	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	raise_often(SIGUSR1, 70000);
	turns(1);
	ck_assert_int_eq(calls.count, test_arrivals(70000));
}
END_TEST

START_TEST(b081_b_arrivals_between_loops_are_kept)
{
	struct calls calls = {0};
	int i;

	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	for (i = 0; i < 100; i++) {
		raise_often(SIGUSR1, 1);
		turns(1);
	}
	ck_assert_int_eq(calls.count, 100);
}
END_TEST

START_TEST(b081_c_deleting_one_event_leaves_the_others_arrivals)
{
	struct calls one = {0}, two = {0};
	struct event *ev = added_signal(SIGUSR1, EV_PERSIST, note_call, &one);

	added_signal(SIGUSR1, EV_PERSIST, note_call, &two);
	raise_often(SIGUSR1, 3);
	event_del(ev);
	turns(1);
	ck_assert_int_eq(one.count, 0);
	ck_assert_int_eq(two.count, test_arrivals(3));
}
END_TEST

START_TEST(b081_d_loop_that_breaks_off_leaves_the_rest_for_later)
{
	added_signal(SIGRTMIN + 3, EV_PERSIST, mark_and_break,
		(void *)(uintptr_t) "s");
	raise_often(SIGRTMIN + 3, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "s");
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "ss");
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "sss");
	turns(1);
	ck_assert_str_eq(trail(), "sss");
}
END_TEST

static void
delete_and_break(evutil_socket_t fd, short what, void *ev)
{
	mark(fd, what, (void *)(uintptr_t) "s");
	event_free(ev);
	event_base_loopbreak(fx.base);
}

START_TEST(b081_e_but_not_if_the_event_is_gone)
{
	struct event *ev = event_new(fx.base, SIGRTMIN + 3,
		EV_SIGNAL | EV_PERSIST, delete_and_break, event_self_cbarg());

	event_add(ev, NULL);
	raise_often(SIGRTMIN + 3, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "s");
}
END_TEST

/* --- the end of a base ----------------------------------------------------*/

static struct event_base *
base_with_signals(struct event *evs[3], struct calls *calls)
{
	struct event_base *base = fixture_base(0);
	int signos[] = {SIGUSR1, SIGUSR1, SIGUSR2};
	int i;

	for (i = 0; i < 3; i++) {
		evs[i] = event_new(base, signos[i], EV_SIGNAL | EV_PERSIST,
			note_call, calls);
		ck_assert_int_eq(event_add(evs[i], NULL), 0);
	}
	return base;
}

static void
free_events(struct event *evs[3])
{
	int i;

	for (i = 0; i < 3; i++)
		event_free(evs[i]);
}

/* Raised while the base was there, so they were for it. */
START_TEST(b082_a_base_may_be_freed_with_signals_in_flight)
{
	struct event *evs[3];
	struct calls calls = {0};
	struct event_base *base;

	take_over(SIGUSR1);
	take_over(SIGUSR2);
	base = base_with_signals(evs, &calls);
	raise_often(SIGUSR1, 5);
	raise_often(SIGUSR2, 1);
	event_base_free(base);
	ck_assert_int_eq(own_calls, 0);
	raise_often(SIGUSR1, 1);
	raise_often(SIGUSR2, 1);
	ck_assert_int_eq(own_calls, 2);
	ck_assert_int_eq(calls.count, 0);
	free_events(evs);
}
END_TEST

START_TEST(b082_b_base_may_be_freed_with_signals_due)
{
	struct event *evs[3];
	struct calls calls = {0};
	struct event_base *base;

	take_over(SIGUSR1);
	base = base_with_signals(evs, &calls);
	event_active(evs[0], EV_SIGNAL, 4);
	raise_often(SIGUSR1, 1);
	event_base_loopbreak(base);
	event_base_free(base);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(own_calls, 1);
	ck_assert_int_eq(calls.count, 0);
	free_events(evs);
}
END_TEST

START_TEST(b082_c_next_base_hears_only_its_own)
{
	struct event *evs[3];
	struct calls old = {0}, fresh = {0};
	struct event_base *base;

	take_over(SIGUSR1);
	base = base_with_signals(evs, &old);
	raise_often(SIGUSR1, 3);
	event_base_free(base);
	free_events(evs);
	added_signal(SIGUSR1, EV_PERSIST, note_call, &fresh);
	turns(1);
	ck_assert_int_eq(fresh.count, 0);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(fresh.count, 1);
	ck_assert_int_eq(old.count, 0);
}
END_TEST

/* --- numbers that are no signals ------------------------------------------*/

static const int bad_numbers[] = {
	-1, 0, SIGKILL, SIGSTOP, 65, 100, 127, 128, 1000, 65536 + 10, INT_MAX};

enum { BAD_NUMBERS = sizeof(bad_numbers) / sizeof(*bad_numbers) };

START_TEST(b083_a_number_that_is_no_signal_is_refused)
{
	struct calls calls = {0};
	struct timeval soon = clock_ms(1);
	struct event *ev = fixture_event(
		bad_numbers[_i], EV_SIGNAL | EV_PERSIST, note_call, &calls);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(event_add(ev, &soon), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 2);
	ck_assert_int_eq(event_pending(ev, EV_SIGNAL | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

START_TEST(b083_b_such_an_event_does_no_harm)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		INT_MAX, EV_SIGNAL | EV_PERSIST, note_call, &calls);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	messages_take(EVENT_LOG_WARN);
	event_active(ev, EV_SIGNAL, 2);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
	ck_assert_int_eq(event_del(ev), 0);
	added_signal(SIGUSR1, EV_PERSIST, note_call, &calls);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 3);
}
END_TEST

START_TEST(b083_c_an_event_is_for_a_signal_or_a_descriptor)
{
	static const short both[] = {EV_READ, EV_WRITE, EV_CLOSED};
	size_t i;

	for (i = 0; i < sizeof(both) / sizeof(*both); i++)
		ck_assert_ptr_null(event_new(fx.base, SIGUSR1,
			(short)(EV_SIGNAL | both[i]), note_call, NULL));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 3);
}
END_TEST

/* --- freed in its own callback --------------------------------------------*/

static void
mark_and_free(evutil_socket_t fd, short what, void *ev)
{
	mark(fd, what, (void *)(uintptr_t) "s");
	event_free(ev);
}

START_TEST(b084_a_event_may_be_freed_in_its_callback)
{
	short persist = _i ? EV_PERSIST : 0;
	struct event *ev = event_new(fx.base, SIGRTMIN + 3,
		(short)(EV_SIGNAL | persist), mark_and_free,
		event_self_cbarg());

	event_add(ev, NULL);
	raise_often(SIGRTMIN + 3, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "s");
}
END_TEST

static struct event *to_be_freed[3];

/* All of them are due; whoever comes first frees all. */
static void
free_all_three(evutil_socket_t fd, short what, void *letter)
{
	int i;

	mark(fd, what, letter);
	for (i = 0; i < 3; i++)
		event_free(to_be_freed[i]);
}

START_TEST(b084_b_event_may_be_freed_in_anothers_callback)
{
	int i;

	for (i = 0; i < 3; i++) {
		to_be_freed[i] = event_new(fx.base, SIGRTMIN + 3,
			EV_SIGNAL | EV_PERSIST, free_all_three,
			(void *)(uintptr_t) "s");
		event_add(to_be_freed[i], NULL);
	}
	raise_often(SIGRTMIN + 3, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "s");
}
END_TEST

static void
mark_and_begin_anew(evutil_socket_t fd, short what, void *ev)
{
	mark(fd, what, (void *)(uintptr_t) "s");
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_add(ev, NULL), 0);
}

/* What arrived for the event that was deleted went with it. */
START_TEST(b084_c_event_may_begin_anew_in_its_callback)
{
	struct event *ev = fixture_event(SIGRTMIN + 3, EV_SIGNAL | EV_PERSIST,
		mark_and_begin_anew, event_self_cbarg());

	event_add(ev, NULL);
	raise_often(SIGRTMIN + 3, 3);
	turns(2);
	ck_assert_str_eq(trail(), "s");
	raise_often(SIGRTMIN + 3, 1);
	turns(1);
	ck_assert_str_eq(trail(), "ss");
}
END_TEST

/* --- where callbacks run --------------------------------------------------*/

struct scene {
	pthread_t thread;
	sigset_t mask;
	int count;
};

static void
look_around(evutil_socket_t fd, short what, void *arg)
{
	struct scene *scene = arg;

	(void)fd;
	(void)what;
	scene->thread = pthread_self();
	pthread_sigmask(SIG_BLOCK, NULL, &scene->mask);
	scene->count++;
}

START_TEST(b085_a_nothing_is_called_before_the_loop_runs)
{
	struct scene scene = {.count = 0};

	added_signal(SIGUSR1, EV_PERSIST, look_around, &scene);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(scene.count, 0);
	turns(1);
	ck_assert_int_eq(scene.count, 1);
	ck_assert(pthread_equal(scene.thread, pthread_self()));
}
END_TEST

START_TEST(b085_b_callback_has_the_mask_of_the_loop)
{
	struct scene scene = {.count = 0};
	sigset_t before;
	int signo;

	added_signal(SIGUSR1, EV_PERSIST, look_around, &scene);
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	raise_often(SIGUSR1, 1);
	turns(1);
	ck_assert_int_eq(scene.count, 1);
	for (signo = 1; signo < NSIG; signo++)
		ck_assert_int_eq(sigismember(&scene.mask, signo),
			sigismember(&before, signo));
}
END_TEST

static void *
kill_myself(void *unused)
{
	(void)unused;
	pthread_kill(pthread_self(), SIGUSR1);
	return NULL;
}

START_TEST(b085_c_signal_of_another_thread_is_called_in_the_loops)
{
	struct scene scene = {.count = 0};
	sigset_t one;

	added_signal(SIGUSR1, EV_PERSIST, look_around, &scene);
	/* A thread that blocks it keeps it; a new one inherits the mask. */
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	if (test_arrivals(2) == 1)
		pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	join_thread(start_thread(kill_myself, NULL));
	turns(1);
	ck_assert_int_eq(scene.count, 1);
	ck_assert(pthread_equal(scene.thread, pthread_self()));
}
END_TEST

static void
add_counting_tests(TCase *tcase)
{
	tcase_add_test(tcase, b074_a_callback_gets_the_signals_number);
	tcase_add_test(tcase, b074_b_signals_are_told_apart);
	tcase_add_test(tcase, b074_c_event_without_persist_is_called_once);
	tcase_add_test(tcase, b074_d_signal_ends_a_sleep);
	tcase_add_test(tcase, b074_e_provider_that_is_unknown_is_named);
	tcase_add_test(tcase, b075_a_three_arrivals_are_three_calls);
	tcase_add_test(tcase, b075_b_queued_signals_are_never_merged);
	tcase_add_test(
		tcase, b075_c_arrivals_of_two_turns_are_summed_while_due);
	tcase_add_test(tcase, b076_each_of_several_events_is_called);
	tcase_add_test(tcase, b077_a_signal_raised_in_a_callback_waits_a_round);
	tcase_add_test(
		tcase, b077_b_signal_raised_in_its_own_callback_waits_a_round);
	tcase_add_test(tcase, b078_a_signal_event_fires_by_time);
	tcase_add_test(tcase, b078_b_signal_takes_the_timeout_away);
	tcase_add_test(tcase, b078_c_persistent_one_goes_on_after_its_timeout);
	tcase_add_test(tcase, b078_d_interval_begins_anew_with_the_signal);
	tcase_add_test(tcase, b078_e_timeout_in_the_same_round_adds_no_call);
	tcase_add_test(
		tcase, b081_a_seventy_thousand_arrivals_are_as_many_calls);
	tcase_add_test(tcase, b081_b_arrivals_between_loops_are_kept);
	tcase_add_test(
		tcase, b081_c_deleting_one_event_leaves_the_others_arrivals);
	tcase_add_test(
		tcase, b081_d_loop_that_breaks_off_leaves_the_rest_for_later);
	tcase_add_test(tcase, b081_e_but_not_if_the_event_is_gone);
}

static void
add_sharing_tests(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, b079_a_disposition_is_back_whole, 0, KINDS * LEAVES);
	tcase_add_test(tcase, b079_b_another_event_keeps_the_signal);
	tcase_add_test(tcase, b079_c_signal_that_was_blocked_stays_blocked);
	tcase_add_test(tcase, b080_a_every_base_sees_every_arrival);
	tcase_add_test(tcase, b080_b_every_base_sees_every_queued_signal);
	tcase_add_test(
		tcase, b080_c_one_that_leaves_does_not_deafen_the_others);
	tcase_add_test(tcase, b080_d_one_that_sleeps_through_it_sees_it_later);
	tcase_add_test(tcase, b082_a_base_may_be_freed_with_signals_in_flight);
	tcase_add_test(tcase, b082_b_base_may_be_freed_with_signals_due);
	tcase_add_test(tcase, b082_c_next_base_hears_only_its_own);
}

static void
add_safety_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, b083_a_number_that_is_no_signal_is_refused,
		0, BAD_NUMBERS);
	tcase_add_test(tcase, b083_b_such_an_event_does_no_harm);
	tcase_add_test(tcase, b083_c_an_event_is_for_a_signal_or_a_descriptor);
	tcase_add_loop_test(
		tcase, b084_a_event_may_be_freed_in_its_callback, 0, 2);
	tcase_add_test(tcase, b084_b_event_may_be_freed_in_anothers_callback);
	tcase_add_test(tcase, b084_c_event_may_begin_anew_in_its_callback);
	tcase_add_test(tcase, b085_a_nothing_is_called_before_the_loop_runs);
	tcase_add_test(tcase, b085_b_callback_has_the_mask_of_the_loop);
	tcase_add_test(
		tcase, b085_c_signal_of_another_thread_is_called_in_the_loops);
}

Suite *
suite_signals(void)
{
	Suite *suite = suite_create("signals");
	TCase *tcase = tcase_create("signals");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	add_counting_tests(tcase);
	add_sharing_tests(tcase);
	add_safety_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
