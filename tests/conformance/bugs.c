/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes of bugs that event loops have had, one or more tests for each.
 *
 * Those that no numbered behaviour asks for are here; the others are where
 * their subject is.  By number of the class:
 *
 *   1  event freed in its own callback is touched          here
 *   2  pointer into a dead stack frame kept in the event   here
 *   3  callback frees events of the same batch             here, signals b084
 *   4  stale readiness reaches a number's new owner        here, numbers b056,
 *                                                          unit/backend_contract
 *   5  duplicate keeps a closed one registered             numbers b056,
 *                                                          seams/changes
 *   6  closed without delete: spin                         numbers b056,
 *                                                          unit/backend_wait
 *   7  callback after event_del()                          threads, b097
 *   8  event_del() and the user's lock                     threads, b098
 *  10  lock used after its end                             locks
 *  12  wake-up lost                                        threads, b096
 *  13  end asked for before the loop began                 threads, loop_end b031
 *  14  signal handler sees what is half written            unit/signal_*
 *  15  one base deafens another                            signals b080, unit
 *  16  signal counts overflow                              here, unit, b081
 *  17  signals of parent and child                         fork b021, unit
 *  18  kernel objects shared after fork                    here, fork b020
 *  19  disposition not restored                            signals b079, unit
 *  20  interrupted calls                                   here, faults,
 *                                                          unit/signal_faults
 *  21  time of day jumps                                   seams, b072
 *  22  timers early                                        here, timers b061,
 *                                                          seams
 *  23  times that overflow                                 timers, seams, unit
 *  24  heap corrupted                                      unit/heap, timers
 *  25  work without end                                    active, loop b037
 *  26  priorities inverted, limits                         here, loop_time b041,
 *                                                          priority b087, b088
 *  28  shortage ends the process                           here, faults
 *  29  hang-up with nobody to tell                         here, unit
 *  30  edges lost, and phantoms                            here, edge b049 to
 *                                                          b052
 *  31  large numbers                                       numbers b055, unit
 *  39  errors leak or crash                                faults, library b015
 *  40  code chosen by others                               unit/loader
 */
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <event2/event_struct.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>
#include <event2/watch.h>

#include "../support/child.h"
#include "../support/fixture.h"
#include "../support/threads.h"
#include "../support/trail.h"

static const struct timeval at_once = {.tv_sec = 0};

/* --- kinds of events ------------------------------------------------------*/

enum kind { READER, WRITER, TIMER, SIGNAL, ACTIVE, KINDS };

static struct event *
new_event(enum kind kind, short persist, event_callback_fn fn, void *arg)
{
	evutil_socket_t numbers[] = {
		[READER] = fx.fd,
		[WRITER] = fx.fd,
		[TIMER] = -1,
		[SIGNAL] = SIGRTMIN + 3,
		[ACTIVE] = -1,
	};
	static const short whats[] = {
		[READER] = EV_READ,
		[WRITER] = EV_WRITE,
		[TIMER] = EV_TIMEOUT,
		[SIGNAL] = EV_SIGNAL,
		[ACTIVE] = 0,
	};
	struct event *ev = event_new(fx.base, numbers[kind],
		(short)(whats[kind] | persist), fn, arg);

	ck_assert_ptr_nonnull(ev);
	return ev;
}

static void
add_event(enum kind kind, struct event *ev)
{
	if (kind == ACTIVE)
		event_active(ev, EV_READ, 3);
	else
		ck_assert_int_eq(
			event_add(ev, kind == TIMER ? &at_once : NULL), 0);
}

/* Some happening for those that wait for one. */
static void
make_due(enum kind kind)
{
	int i;

	if (kind == READER)
		send_byte(fx.peer);
	for (i = 0; i < 3 && kind == SIGNAL; i++)
		raise(SIGRTMIN + 3);
}

/* --- 1: freed in its own callback ------------------------------------------*/

static void
no_finalizer(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
}

enum { WAYS = 5 };

static void
free_in_a_way(int way, struct event *ev)
{
	if (way == 1)
		event_del(ev);
	if (way == 2)
		event_active(ev, EV_SIGNAL | EV_READ, 2);
	if (way == 3)
		event_add(ev, &at_once);
	if (way == 4)
		event_free_finalize(0, ev, no_finalizer);
	else
		event_free(ev);
}

struct suicide {
	struct event *ev;
	int way, count;
};

static void
free_oneself(evutil_socket_t fd, short what, void *arg)
{
	struct suicide *suicide = arg;

	(void)fd;
	(void)what;
	suicide->count++;
	free_in_a_way(suicide->way, suicide->ev);
}

START_TEST(bug01_event_is_freed_in_its_own_callback)
{
	enum kind kind = (enum kind)(_i / WAYS % KINDS);
	short persist = _i / WAYS / KINDS ? EV_PERSIST : 0;
	struct suicide suicide = {.way = _i % WAYS};
	struct suicide second = {.way = 0};

	suicide.ev = new_event(kind, persist, free_oneself, &suicide);
	second.ev = new_event(kind, persist, free_oneself, &second);
	add_event(kind, suicide.ev);
	add_event(kind, second.ev);
	make_due(kind);
	turns(4);
	ck_assert_int_eq(suicide.count, 1);
	ck_assert_int_eq(second.count, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

/* --- 2: nothing of the stack stays behind -----------------------------------*/

static void
delete_oneself(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_del(ev), 0);
}

/* Where the loop's frames were there is a pattern now, and stays. */
static __attribute__((noinline)) void
delete_over_old_frames(struct event *ev)
{
	volatile unsigned char frames[16384];
	size_t i;

	for (i = 0; i < sizeof(frames); i++)
		frames[i] = 0x5a;
	ck_assert_int_eq(event_del(ev), 0);
	for (i = 0; i < sizeof(frames); i++)
		ck_assert_int_eq(frames[i], 0x5a);
}

START_TEST(bug02_signal_event_is_deleted_in_its_callback)
{
	struct event *ev = new_event(
		SIGNAL, EV_PERSIST, delete_oneself, event_self_cbarg());

	add_event(SIGNAL, ev);
	make_due(SIGNAL);
	turns(1);
	delete_over_old_frames(ev);
	add_event(SIGNAL, ev);
	delete_over_old_frames(ev);
	event_free(ev);
}
END_TEST

/* --- 3: the others of the batch ---------------------------------------------*/

enum { BATCH = 3 * KINDS };

static struct event *batch[BATCH];
static int batch_calls;

static void
free_the_batch(evutil_socket_t fd, short what, void *arg)
{
	int i;

	(void)fd;
	(void)what;
	(void)arg;
	batch_calls++;
	for (i = 0; i < BATCH; i++)
		event_free(batch[i]);
}

START_TEST(bug03_callback_frees_events_of_the_same_batch)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		batch[i] = new_event((enum kind)(i % KINDS),
			_i ? EV_PERSIST : 0, free_the_batch, NULL);
		add_event((enum kind)(i % KINDS), batch[i]);
	}
	make_due(READER);
	make_due(SIGNAL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(batch_calls, 1);
}
END_TEST

/* --- 4: a number's new owner ------------------------------------------------*/

struct swap {
	evutil_socket_t pairs[2][2];
	struct event *evs[2];
	struct calls fresh;
	int calls, given;
};

/* Both are ready; the first to be called gives the other's number away. */
static void
give_number_away(evutil_socket_t fd, short what, void *arg)
{
	struct swap *swap = arg;
	int other = fd == swap->pairs[0][0];
	evutil_socket_t pair[2];

	(void)what;
	swap->calls++;
	swap->given = other;
	take_all(fd);
	event_free(swap->evs[other]);
	make_pair(pair);
	ck_assert_int_eq(
		dup2(pair[0], swap->pairs[other][0]), swap->pairs[other][0]);
	close_fd(&pair[0]);
	close_fd(&swap->pairs[other][1]);
	swap->pairs[other][1] = pair[1];
	swap->evs[other] = event_new(fx.base, swap->pairs[other][0],
		EV_READ | EV_PERSIST, note_call, &swap->fresh);
	ck_assert_int_eq(event_add(swap->evs[other], NULL), 0);
}

START_TEST(bug04_readiness_is_not_for_the_next_owner_of_a_number)
{
	struct swap swap = {.calls = 0};
	int i;

	for (i = 0; i < 2; i++) {
		make_pair(swap.pairs[i]);
		swap.evs[i] = event_new(fx.base, swap.pairs[i][0],
			EV_READ | EV_PERSIST, give_number_away, &swap);
		event_add(swap.evs[i], NULL);
		send_byte(swap.pairs[i][1]);
	}
	turns(5);
	ck_assert_int_eq(swap.calls, 1);
	ck_assert_int_eq(swap.fresh.count, 0);
	send_byte(swap.pairs[swap.given][1]);
	turns(1);
	ck_assert_int_eq(swap.fresh.count, 1);
	ck_assert_int_eq(swap.fresh.fd, swap.pairs[swap.given][0]);
	for (i = 0; i < 2; i++) {
		event_free(swap.evs[i]);
		close_fd(&swap.pairs[i][0]);
		close_fd(&swap.pairs[i][1]);
	}
}
END_TEST

/* --- 16: many arrivals ------------------------------------------------------*/

static const int sizes[] = {
	127, 128, 255, 256, 257, 32767, 32768, 65535, 65536, 65537};

enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

START_TEST(bug16_no_number_of_arrivals_is_none)
{
	struct calls calls = {0};
	int i;

	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls),
		NULL);
	for (i = 0; i < sizes[_i]; i++)
		raise(SIGUSR1);
	turns(1);
	ck_assert_int_eq(calls.count, test_arrivals(sizes[_i]));
}
END_TEST

/* --- 18: a child that forgot event_reinit() ---------------------------------*/

START_TEST(bug18_child_without_reinit_leaves_its_parent_alone)
{
	struct calls calls = {0};
	struct event *reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);
	struct event *writer = fixture_event(
		fx.peer, EV_WRITE, note_call, &calls);
	pid_t child;

	event_add(reader, NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_del(reader) == 0);
		INSIST(event_add(writer, NULL) == 0);
		INSIST(event_base_loop(fx.base, EVLOOP_NONBLOCK) >= 0);
		event_base_free(fx.base);
		_exit(0);
	}
	expect_good_end(child);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

START_TEST(bug18_loop_finds_itself_in_a_child)
{
	struct calls calls = {0}, signals = {0};
	pid_t child;

	event_add(fixture_event(
			  fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls),
		NULL);
	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &signals),
		NULL);
	turns(1);
	child = start_child();
	if (!child) {
		INSIST(event_base_loop(fx.base, EVLOOP_NONBLOCK) >= 0);
		INSIST(puts_byte(fx.peer));
		while (!calls.count)
			INSIST(event_base_loop(fx.base, EVLOOP_ONCE) == 0);
		raise(SIGUSR1);
		while (!signals.count)
			INSIST(event_base_loop(fx.base, EVLOOP_ONCE) == 0);
		INSIST(calls.count == 1 && signals.count == 1);
		_exit(0);
	}
	expect_good_end(child);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	ck_assert_int_eq(signals.count, 0);
}
END_TEST

/* --- 20: interrupted all the time --------------------------------------------*/

static void
ignore(int signo)
{
	(void)signo;
}

static void
set_alarms(long interval_us)
{
	struct sigaction action = {.sa_handler = ignore};
	struct itimerval often = {.it_interval.tv_usec = interval_us,
		.it_value.tv_usec = interval_us};

	sigemptyset(&action.sa_mask);
	if (interval_us)
		ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

struct relay {
	size_t taken;
	int ticks, early;
	int64_t due;
};

static void
take_some(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)what;
	relay->taken += take_all(fd);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct relay *relay = arg;

	(void)fd;
	(void)what;
	relay->early += clock_real_ns() < relay->due;
	relay->ticks++;
}

START_TEST(bug20_interruptions_cost_nothing)
{
	struct relay relay = {0};
	struct timeval soon = clock_ms(3);
	struct event *timer = fixture_event(-1, 0, tick, &relay);
	int i;

	event_add(fixture_event(fx.fd, EV_READ | EV_PERSIST, take_some, &relay),
		NULL);
	set_alarms(200);
	for (i = 0; i < 100; i++) {
		relay.due = clock_real_ns() + 3000000;
		event_add(timer, &soon);
		while (send(fx.peer, "xx", 2, MSG_NOSIGNAL) != 2)
			;
		while (relay.ticks <= i)
			ck_assert_int_eq(
				event_base_loop(fx.base, EVLOOP_ONCE), 0);
	}
	set_alarms(0);
	ck_assert_int_eq(relay.early, 0);
	ck_assert_uint_eq(relay.taken, 200);
}
END_TEST

/* --- 28: no descriptor is left ------------------------------------------------*/

static int hoard[256];
static int hoarded;
static struct rlimit limit_before;

static void
take_all_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit_before), 0);
	limit = limit_before;
	limit.rlim_cur = 128;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while ((hoard[hoarded] = dup(fx.fd)) >= 0)
		hoarded++;
	ck_assert_int_eq(errno, EMFILE);
}

static void
give_descriptors_back(void)
{
	while (hoarded)
		close(hoard[--hoarded]);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit_before), 0);
}

/* poll and select need none, and then there is nothing to complain about. */
START_TEST(bug28_without_descriptors_a_base_is_null_and_one_warning)
{
	struct event_config *cfg = fixture_config();
	struct event_base *base;
	int i;

	take_all_descriptors();
	for (i = 0; i < 3; i++) {
		base = event_base_new_with_config(cfg);
		ck_assert_int_eq(messages_take(EVENT_LOG_WARN), base ? 0 : 1);
		if (base)
			event_base_free(base);
	}
	give_descriptors_back();
	base = event_base_new_with_config(cfg);
	ck_assert_ptr_nonnull(base);
	event_base_free(base);
	event_config_free(cfg);
}
END_TEST

START_TEST(bug28_without_descriptors_a_signal_event_is_refused)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls);

	take_all_descriptors();
	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 1);
	give_descriptors_back();
	ck_assert_int_eq(event_add(ev, NULL), 0);
	raise(SIGUSR1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

START_TEST(bug28_loop_that_cannot_be_woken_looks_up_by_itself)
{
	struct gate called = GATE_CLOSED;
	struct loop_thread loop;
	struct event *ev = fixture_event(-1, 0, open_gate, &called);
	int i;

	if (!test_threads())
		return;
	take_all_descriptors();
	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), -1);
	loop_thread_start(&loop, fx.base);
	for (i = 0; i < 3; i++) {
		event_active(ev, EV_READ, 1);
		ck_assert(gate_pass(&called));
	}
	loop_thread_stop(&loop);
	give_descriptors_back();
	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
}
END_TEST

/* --- 29: nobody to tell -------------------------------------------------------*/

static void
count_turn(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *count)
{
	(void)watcher;
	(void)info;
	++*(int *)count;
}

/* Watch what is left after the other end went. */
static evutil_socket_t
lonely_end(int kind)
{
	int ends[2];

	if (kind < 2) {
		ck_assert_int_eq(pipe(ends), 0);
		close(ends[!kind]);
		return ends[kind];
	}
	if (kind == 2)
		use_tcp();
	if (kind == 2)
		reset_peer();
	close_fd(&fx.peer);
	return dup(fx.fd);
}

static const short interests[] = {
	EV_CLOSED, EV_CLOSED | EV_PERSIST, EV_READ, EV_WRITE};

enum { ENDS = 4, INTERESTS = sizeof(interests) / sizeof(*interests) };

START_TEST(bug29_hang_up_with_nobody_to_tell_does_not_spin)
{
	struct calls calls = {0};
	struct timeval after = clock_ms(30);
	evutil_socket_t fd = lonely_end(_i % ENDS);
	int turn_count = 0;
	struct event *ev = event_new(
		fx.base, fd, interests[_i / ENDS], note_call, &calls);

	evwatch_check_new(fx.base, count_turn, &turn_count);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	event_base_loopexit(fx.base, &after);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	/* Turns that called nobody, less those of the timer. */
	ck_assert_int_le(turn_count - calls.count, 10);
	event_free(ev);
	close_fd(&fd);
}
END_TEST

/* --- 22: a deadline that is reckoned from a time long past ----------------*/

struct late_start {
	struct event *timer;
	int64_t since, waited_ms;
};

static void
begin_late(evutil_socket_t fd, short what, void *arg)
{
	struct late_start *late = arg;
	struct timeval wait = clock_ms(20);

	(void)fd;
	(void)what;
	clock_burn_ms(30); /* the turn's time is old now */
	late->since = clock_real_ns();
	ck_assert_int_eq(event_add(late->timer, &wait), 0);
}

static void
note_wait(evutil_socket_t fd, short what, void *arg)
{
	struct late_start *late = arg;

	(void)fd;
	(void)what;
	late->waited_ms = clock_ms_since(late->since);
}

START_TEST(bug22_timer_of_a_long_callback_is_not_early)
{
	struct late_start late = {.waited_ms = -1};

	late.timer = fixture_event(-1, 0, note_wait, &late);
	event_active(fixture_event(-1, 0, begin_late, &late), EV_READ, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_ge(late.waited_ms, 20);
}
END_TEST

/* --- 26: urgent work behind a crowd ---------------------------------------*/

/* The limit counts callbacks, and what is urgent comes before the rest. */
START_TEST(bug26_crowd_does_not_hold_up_what_is_urgent)
{
	struct event_config *cfg = fixture_config();

	ck_assert_int_eq(
		event_config_set_max_dispatch_interval(cfg, NULL, 2, 1), 0);
	event_base_free(fx.base);
	fx.base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	add_reader(mark_and_take, "u", 0);
	add_active(mark_and_send, "a", 1);
	add_active(mark, "b", 1);
	add_active(mark, "c", 1);
	turns(3);
	ck_assert_str_eq(trail(), "abuc");
}
END_TEST

/* --- 30: edges -----------------------------------------------------------*/

/* A sibling goes: no edge is lost, and none comes that there was not. */
START_TEST(bug30_edges_outlive_a_sibling)
{
	struct calls reads = {0}, sibling = {0};
	struct event *other;

	if (!test_has(EV_FEATURE_ET))
		return;
	ck_assert_int_eq(
		event_add(fixture_event(fx.fd, EV_READ | EV_ET | EV_PERSIST,
				  note_call, &reads),
			NULL),
		0);
	other = fixture_event(
		fx.fd, EV_CLOSED | EV_ET | EV_PERSIST, note_call, &sibling);
	ck_assert_int_eq(event_add(other, NULL), 0);
	turns(1);
	event_del(other);
	turns(2);
	ck_assert_int_eq(reads.count, 0);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(reads.count, 1);
	ck_assert_int_eq(reads.ever, EV_READ | EV_ET);
	ck_assert_int_eq(sibling.count, 0);
}
END_TEST

static void
add_freeing_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, bug01_event_is_freed_in_its_own_callback, 0,
		2 * KINDS * WAYS);
	tcase_add_test(tcase, bug02_signal_event_is_deleted_in_its_callback);
	tcase_add_loop_test(
		tcase, bug03_callback_frees_events_of_the_same_batch, 0, 2);
	tcase_add_test(
		tcase, bug04_readiness_is_not_for_the_next_owner_of_a_number);
}

static void
add_system_tests(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, bug16_no_number_of_arrivals_is_none, 0, SIZES);
	tcase_add_test(
		tcase, bug18_child_without_reinit_leaves_its_parent_alone);
	tcase_add_test(tcase, bug18_loop_finds_itself_in_a_child);
	tcase_add_test(tcase, bug20_interruptions_cost_nothing);
	tcase_add_test(tcase,
		bug28_without_descriptors_a_base_is_null_and_one_warning);
	tcase_add_test(
		tcase, bug28_without_descriptors_a_signal_event_is_refused);
	tcase_add_test(
		tcase, bug28_loop_that_cannot_be_woken_looks_up_by_itself);
	tcase_add_loop_test(tcase,
		bug29_hang_up_with_nobody_to_tell_does_not_spin, 0,
		ENDS * INTERESTS);
}

static void
add_order_tests(TCase *tcase)
{
	tcase_add_test(tcase, bug22_timer_of_a_long_callback_is_not_early);
	tcase_add_test(tcase, bug26_crowd_does_not_hold_up_what_is_urgent);
	tcase_add_test(tcase, bug30_edges_outlive_a_sibling);
}

Suite *
suite_bugs(void)
{
	Suite *suite = suite_create("bugs");
	TCase *tcase = tcase_create("bugs");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	add_freeing_tests(tcase);
	add_system_tests(tcase);
	add_order_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
