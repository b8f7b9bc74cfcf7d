/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 90 to 95: events that are made active, callbacks without events,
 * and how events end.
 */
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <event2/event_struct.h>

#include <libev-abi/core.h>

#include "../support/fixture.h"
#include "../support/trail.h"

static const struct timeval now = {.tv_sec = 0};

/* --- 90, 91: made active --------------------------------------------------*/

START_TEST(b090_a_reasons_add_up_to_one_callback)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_WRITE, note_call, &calls);

	event_active(ev, EV_READ, 1);
	event_active(ev, EV_WRITE, 5);
	event_active(ev, EV_TIMEOUT, 0);
	ck_assert_int_eq(
		event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT, NULL),
		EV_READ | EV_WRITE | EV_TIMEOUT);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_WRITE | EV_TIMEOUT);
	event_active(ev, EV_WRITE, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 2);
	ck_assert_int_eq(calls.what, EV_WRITE);
}
END_TEST

START_TEST(b090_b_readiness_adds_to_what_was_said)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);

	event_add(ev, NULL);
	send_byte(fx.peer);
	event_active(ev, EV_WRITE, 1);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_WRITE);
}
END_TEST

START_TEST(b090_c_reason_may_be_none)
{
	struct calls calls = {0};
	struct event *ev = evuser_new(fx.base, note_call, &calls);

	evuser_trigger(ev);
	evuser_trigger(ev);
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, 0);
	event_free(ev);
}
END_TEST

START_TEST(b091_a_activations_run_in_order_added_or_not)
{
	struct event *timer = fixture_event(-1, 0, mark, (void *)"b");
	struct timeval minute = {.tv_sec = 60};

	event_add(timer, &minute);
	add_active(mark, "a", 0);
	event_active(timer, EV_TIMEOUT, 1);
	add_active(mark, "c", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "abc");
}
END_TEST

static void
mark_and_activate(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	add_active(mark, "x", 0);
	add_active(mark, "y", 0);
	mark(fd, what, (void *)(uintptr_t) ";");
}

START_TEST(b091_b_activations_within_a_callback_come_later)
{
	add_active(mark_and_activate, "a", 0);
	add_active(mark, "b", 0);
	turns(2);
	ck_assert_str_eq(trail(), "a;bxy");
}
END_TEST

START_TEST(b091_c_an_activated_event_is_pending_no_more_unless_persistent)
{
	struct calls calls = {0};
	struct timeval minute = {.tv_sec = 60};
	short persist = _i ? EV_PERSIST : 0;
	short all = EV_READ | EV_TIMEOUT;
	struct event *ev = fixture_event(
		fx.fd, EV_READ | persist, note_call, &calls);

	event_add(ev, &minute);
	event_active(ev, EV_WRITE, 1);
	turns(1);
	ck_assert_int_eq(event_pending(ev, all, NULL), _i ? all : 0);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 1 + _i);
}
END_TEST

static void
count_and_repeat(evutil_socket_t fd, short what, void *arg)
{
	int *count = arg;

	(void)fd;
	if (++*count % 5)
		event_active(event_base_get_running_event(fx.base), what, 1);
}

START_TEST(b091_d_event_may_activate_itself)
{
	int count = 0;
	struct event *ev = fixture_event(
		-1, _i ? EV_PERSIST : 0, count_and_repeat, &count);

	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(count, 5);
}
END_TEST

START_TEST(b091_e_signal_events_are_called_as_often_as_said)
{
	static const struct {
		short ncalls;
		int calls;
	} cases[] = {{0, 1}, {-1, 1}, {1, 1}, {3, 3}};
	struct calls calls = {0};
	struct event *ev = fixture_event(
		SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &calls);

	event_active(ev, EV_SIGNAL, cases[_i].ncalls);
	turns(3);
	ck_assert_int_eq(calls.count, cases[_i].calls);
	ck_assert_int_eq(calls.what, EV_SIGNAL);
	ck_assert_int_eq(calls.fd, SIGUSR1);
}
END_TEST

/* --- 92: and taken back ---------------------------------------------------*/

START_TEST(b092_a_deleting_takes_an_activation_back)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);

	event_add(ev, NULL);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	ck_assert_int_eq(
		event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ACTIVE), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 0);
	event_active(ev, EV_WRITE, 1);
	turns(1);
	ck_assert_int_eq(calls.what, EV_WRITE);
}
END_TEST

static struct event *victims[3];

static void
mark_and_delete_others(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	event_del(victims[0]);
	event_free(victims[1]);
	event_del(victims[2]);
	event_active(victims[2], EV_READ, 1);
}

START_TEST(b092_b_what_is_due_may_be_deleted_by_what_runs_before)
{
	static const char *const letters[3] = {"a", "b", "c"};
	int i;

	add_active(mark_and_delete_others, "!", 0);
	for (i = 0; i < 3; i++) {
		victims[i] = event_new(
			fx.base, -1, 0, mark, (void *)(uintptr_t)letters[i]);
		event_active(victims[i], EV_READ, 1);
	}
	add_active(mark, "d", 0);
	turns(2);
	ck_assert_str_eq(trail(), "!dc");
	event_free(victims[0]);
	event_free(victims[2]);
}
END_TEST

/* --- work that asks for more of its kind ----------------------------------*/

struct busy {
	struct event *ev;
	struct event_callback callback;
	long runs;
	int over;
};

static void
run_again(evutil_socket_t fd, short what, void *arg)
{
	struct busy *busy = arg;

	(void)fd;
	busy->runs++;
	if (!busy->over)
		event_active(busy->ev, what, 1);
}

static const struct ev_core_ops *
core(void)
{
	const struct ev_core_ops *ops = ev_core_table(EV_CORE_ABI);

	ck_assert_ptr_nonnull(ops);
	return ops;
}

static void
run_deferred_again(struct event_callback *cb, void *arg)
{
	struct busy *busy = arg;

	busy->runs++;
	if (!busy->over)
		core()->defer_schedule(fx.base, cb);
}

static void
run_once_again(evutil_socket_t fd, short what, void *arg)
{
	struct busy *busy = arg;

	busy->runs++;
	if (!busy->over)
		event_base_once(fx.base, fd, what, run_once_again, arg, NULL);
}

static void
stop_busy(evutil_socket_t fd, short what, void *arg)
{
	struct busy *busy = arg;

	(void)what;
	take_all(fd);
	busy->over = 1;
}

static void
start_busy(struct busy *busy, int kind)
{
	busy->ev = fixture_event(-1, 0, run_again, busy);
	core()->defer_init(&busy->callback, 0, run_deferred_again, busy);
	if (kind == 0)
		event_active(busy->ev, EV_READ, 1);
	else if (kind == 1)
		core()->defer_schedule(fx.base, &busy->callback);
	else
		event_base_once(
			fx.base, -1, EV_TIMEOUT, run_once_again, busy, NULL);
}

START_TEST(bug25_a_busy_callbacks_do_not_starve_descriptors)
{
	struct busy busy = {0};
	struct event *reader = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, stop_busy, &busy);

	event_add(reader, NULL);
	start_busy(&busy, _i);
	send_byte(fx.peer);
	while (!busy.over)
		ck_assert_int_ge(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	turns(2);
	ck_assert_int_le(busy.runs, 1000);
}
END_TEST

START_TEST(bug25_b_nor_timers)
{
	struct busy busy = {0};
	struct event *timer = fixture_event(-1, 0, stop_busy, &busy);

	event_add(timer, &now);
	start_busy(&busy, _i);
	while (!busy.over)
		turns(1);
	turns(2);
	ck_assert_int_le(busy.runs, 1000);
}
END_TEST

/* --- callbacks without events ---------------------------------------------*/

static void
mark_deferred(struct event_callback *cb, void *letter)
{
	(void)cb;
	leave_mark(letter);
}

START_TEST(deferred_callbacks_run_in_order_among_events)
{
	struct event_callback callbacks[2];

	core()->defer_init(
		&callbacks[0], 0, mark_deferred, (void *)(uintptr_t) "b");
	core()->defer_init(
		&callbacks[1], 0, mark_deferred, (void *)(uintptr_t) "d");
	add_active(mark, "a", 0);
	ck_assert_int_eq(core()->defer_schedule(fx.base, &callbacks[0]), 1);
	add_active(mark, "c", 0);
	ck_assert_int_eq(core()->defer_schedule(fx.base, &callbacks[1]), 1);
	ck_assert_int_eq(core()->defer_schedule(fx.base, &callbacks[0]), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "abcd");
	ck_assert_int_eq(core()->defer_schedule(fx.base, &callbacks[0]), 1);
	turns(1);
	ck_assert_str_eq(trail(), "abcdb");
}
END_TEST

START_TEST(deferred_callbacks_can_be_cancelled)
{
	struct event_callback callback;

	core()->defer_init(
		&callback, 0, mark_deferred, (void *)(uintptr_t) "a");
	core()->defer_cancel(fx.base, &callback);
	core()->defer_schedule(fx.base, &callback);
	core()->defer_cancel(fx.base, &callback);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "");
}
END_TEST

START_TEST(deferred_callbacks_have_priorities)
{
	struct event_callback callbacks[3];

	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	core()->defer_init(
		&callbacks[0], 1, mark_deferred, (void *)(uintptr_t) "b");
	core()->defer_init(
		&callbacks[1], 0, mark_deferred, (void *)(uintptr_t) "a");
	core()->defer_init(
		&callbacks[2], 200, mark_deferred, (void *)(uintptr_t) "c");
	core()->defer_schedule(fx.base, &callbacks[0]);
	core()->defer_schedule(fx.base, &callbacks[1]);
	core()->defer_schedule(fx.base, &callbacks[2]);
	turns(2);
	ck_assert_str_eq(trail(), "abc");
}
END_TEST

START_TEST(deferred_callbacks_end_together)
{
	struct event_callback callbacks[2], *both[2];
	int i;

	for (i = 0; i < 2; i++) {
		both[i] = &callbacks[i];
		core()->defer_init(both[i], 0, mark_deferred,
			(void *)(uintptr_t)(i ? "b" : "a"));
		core()->defer_schedule(fx.base, both[i]);
	}
	ck_assert_int_eq(core()->finalize(fx.base, 2, both, mark_deferred), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(core()->defer_schedule(fx.base, both[i]), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
}
END_TEST

/* --- which event runs -----------------------------------------------------*/

static void
note_running(evutil_socket_t fd, short what, void *seen)
{
	(void)fd;
	(void)what;
	*(struct event **)seen = event_base_get_running_event(fx.base);
}

static void
note_running_deferred(struct event_callback *cb, void *seen)
{
	(void)cb;
	note_running(-1, 0, seen);
}

START_TEST(running_a_event_is_known_in_its_callback)
{
	struct event *seen = NULL;
	struct event *ev = fixture_event(-1, 0, note_running, &seen);
	struct event_callback callback;

	ck_assert_ptr_null(event_base_get_running_event(fx.base));
	event_active(ev, EV_READ, 1);
	turns(1);
	ck_assert_ptr_eq(seen, ev);
	ck_assert_ptr_null(event_base_get_running_event(fx.base));
	core()->defer_init(&callback, 0, note_running_deferred, &seen);
	core()->defer_schedule(fx.base, &callback);
	turns(1);
	ck_assert_ptr_null(seen);
}
END_TEST

static void
free_and_note_running(evutil_socket_t fd, short what, void *seen)
{
	event_free(event_base_get_running_event(fx.base));
	note_running(fd, what, seen);
}

START_TEST(running_b_event_that_was_freed_is_none)
{
	struct event *own = NULL, *seen;
	struct event *ev = event_new(fx.base, SIGUSR1,
		_i ? EV_SIGNAL | EV_PERSIST : 0, free_and_note_running, &seen);

	seen = ev;
	event_active(ev, EV_SIGNAL, 3);
	turns(1);
	ck_assert_ptr_null(seen);
	seen = ev;
	event_base_once(fx.base, -1, EV_TIMEOUT, note_running, &own, NULL);
	event_base_once(fx.base, -1, EV_TIMEOUT, note_running, &seen, NULL);
	turns(1);
	ck_assert_ptr_null(own);
	ck_assert_ptr_null(seen);
}
END_TEST

/* --- 93: the last call ----------------------------------------------------*/

static struct event *final_event;

static void
mark_final(struct event *ev, void *letter)
{
	final_event = ev;
	leave_mark(letter);
}

START_TEST(b093_a_finalizer_runs_once_in_the_loop)
{
	struct timeval minute = {.tv_sec = 60};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, mark, (void *)"a");

	event_add(ev, &minute);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_finalize(0, ev, mark_final), 0);
	ck_assert_str_eq(trail(), "");
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(event_finalize(0, ev, mark_final), 0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
	ck_assert_ptr_eq(final_event, ev);
	ck_assert_int_eq(event_finalize(0, ev, mark_final), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
}
END_TEST

START_TEST(b093_b_a_finalized_event_does_nothing_more)
{
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, mark, (void *)"a");
	int i;

	event_finalize(0, ev, mark_final);
	send_byte(fx.peer);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(event_add(ev, &now), -1);
		event_active(ev, EV_READ, 1);
		ck_assert_int_eq(event_del(ev), 0);
		turns(2);
		ck_assert_str_eq(trail(), "a");
	}
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

static void
mark_and_finalize(evutil_socket_t fd, short what, void *letter)
{
	struct event *ev = event_base_get_running_event(fx.base);

	mark(fd, what, letter);
	ck_assert_int_eq(event_free_finalize(0, ev, mark_final), 0);
	leave_mark(";");
}

START_TEST(b093_c_event_may_be_finalized_in_its_callback)
{
	static const short kinds[] = {
		0, EV_READ, EV_READ | EV_PERSIST, EV_SIGNAL | EV_PERSIST};
	struct event *ev = event_new(fx.base,
		kinds[_i] & EV_SIGNAL ? SIGUSR1 : fx.fd, kinds[_i],
		mark_and_finalize, (void *)(uintptr_t) "a");

	event_add(ev, NULL);
	event_active(ev, EV_READ, 3);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a;a");
	ck_assert_ptr_eq(final_event, ev);
}
END_TEST

START_TEST(b093_d_finalizer_has_the_events_priority)
{
	struct event *ev;

	ck_assert_int_eq(event_base_priority_init(fx.base, 2), 0);
	ev = event_new(fx.base, -1, 0, mark, (void *)(uintptr_t) "f");
	event_priority_set(ev, 1);
	event_free_finalize(0, ev, mark_final);
	add_active(mark, "b", 1);
	add_active(mark, "a", 0);
	turns(2);
	ck_assert_str_eq(trail(), "afb");
}
END_TEST

static void
free_final(struct event *ev, void *letter)
{
	mark_final(ev, letter);
	event_free(ev);
}

static void
reuse_final(struct event *ev, void *letter)
{
	mark_final(ev, letter);
	event_assign(ev, fx.base, -1, 0, mark, (void *)(uintptr_t) "b");
	event_active(ev, EV_READ, 1);
}

START_TEST(b093_e_finalizer_may_free_the_event_or_use_it_anew)
{
	struct event own;
	struct event *ev = event_new(
		fx.base, -1, 0, mark, (void *)(uintptr_t) "a");

	event_finalize(0, ev, free_final);
	turns(1);
	event_assign(&own, fx.base, -1, 0, mark, (void *)(uintptr_t) "a");
	event_finalize(0, &own, reuse_final);
	turns(2);
	ck_assert_str_eq(trail(), "aab");
}
END_TEST

START_TEST(b093_f_without_a_base_there_is_no_finalizer)
{
	struct event own;

	memset(&own, 0, sizeof(own));
	event_assign(&own, NULL, -1, 0, mark, NULL);
	ck_assert_int_eq(event_finalize(0, &own, mark_final), -1);
	ck_assert_int_eq(event_free_finalize(0, &own, mark_final), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 2);
}
END_TEST

START_TEST(b093_g_finalize_flag_is_kept)
{
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_FINALIZE, mark, (void *)"a");

	ck_assert_int_eq(event_get_events(ev), EV_READ | EV_FINALIZE);
	event_add(ev, NULL);
	send_byte(fx.peer);
	turns(2);
	ck_assert_str_eq(trail(), "a");
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del(ev), 0);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del_block(ev), 0);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del_noblock(ev), 0);
	turns(1);
	ck_assert_str_eq(trail(), "a");
}
END_TEST

/* --- 94: in debug mode ----------------------------------------------------*/

START_TEST(b094_a_use_after_the_finalizer_is_found)
{
	struct event_base *base;
	struct event own;

	event_enable_debug_mode();
	base = fixture_base(0);
	event_assign(&own, base, -1, 0, mark, (void *)(uintptr_t) "a");
	event_finalize(0, &own, mark_final);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
	ck_assert_int_eq(event_add(&own, &now), -1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	event_active(&own, EV_READ, 1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_eq(event_del(&own), -1);
	ck_assert_int_eq(event_finalize(0, &own, mark_final), -1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 2);
	messages_take(EVENT_LOG_ERR);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_str_eq(trail(), "a");
	event_base_free(base);
}
END_TEST

START_TEST(b094_b_freeing_after_the_finalizer_is_right)
{
	struct event_base *base;
	struct event *ev;

	event_enable_debug_mode();
	base = fixture_base(0);
	ev = event_new(base, -1, 0, mark, (void *)(uintptr_t) "a");
	event_finalize(0, ev, free_final);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ev = event_new(base, -1, 0, mark, (void *)(uintptr_t) "b");
	event_finalize(0, ev, mark_final);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_free(ev);
	ev = event_new(base, -1, 0, mark, (void *)(uintptr_t) "c");
	event_free_finalize(0, ev, mark_final);
	event_base_free(base);
	ck_assert_str_eq(trail(), "abc");
}
END_TEST

START_TEST(b094_c_freeing_twice_is_found_and_refused)
{
	struct event_base *base;
	struct event *ev;

	event_enable_debug_mode();
	base = fixture_base(0);
	ev = event_new(base, -1, 0, mark, (void *)(uintptr_t) "a");
	if (_i) {
		event_finalize(0, ev, mark_final);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	event_free(ev);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
	event_free(ev);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_eq(messages_take(EVENT_LOG_ERR), 1);
	event_base_free(base);
}
END_TEST

/* --- 95: once, and without an event ---------------------------------------*/

START_TEST(b095_a_once_refuses_what_cannot_be_once)
{
	static const short kinds[] = {EV_SIGNAL, EV_READ | EV_PERSIST,
		EV_TIMEOUT | EV_PERSIST, EV_SIGNAL | EV_PERSIST, 0, EV_ET,
		EV_FINALIZE};
	struct calls calls = {0};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		ck_assert_int_eq(event_base_once(fx.base, fx.fd, kinds[i],
					 note_call, &calls, &now),
			-1);
	ck_assert_int_eq(
		event_base_once(NULL, fx.fd, EV_READ, note_call, &calls, &now),
		-1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

START_TEST(b095_b_once_is_called_once)
{
	struct calls calls = {0};

	ck_assert_int_eq(event_base_once(fx.base, fx.fd, EV_READ | EV_WRITE,
				 note_call, &calls, NULL),
		0);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_WRITE);
	ck_assert_int_eq(calls.fd, fx.fd);
}
END_TEST

START_TEST(b095_c_once_may_end_by_time)
{
	struct calls calls = {0};
	struct timeval soon = clock_ms(5);
	int64_t since = clock_real_ns();

	ck_assert_int_eq(event_base_once(fx.base, fx.fd, EV_READ, note_call,
				 &calls, &soon),
		0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_TIMEOUT);
	ck_assert_int_ge(clock_ms_since(since), 5);
}
END_TEST

START_TEST(b095_d_once_without_a_time_is_due_at_once)
{
	struct calls calls = {0};

	ck_assert_int_eq(event_base_once(fx.base, -1, EV_TIMEOUT, note_call,
				 &calls, _i ? &now : NULL),
		0);
	ck_assert_int_eq(calls.count, 0);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_TIMEOUT);
	ck_assert_int_eq(calls.fd, -1);
}
END_TEST

static void
mark_and_once(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	event_base_once(
		fx.base, -1, EV_TIMEOUT, mark, (void *)(uintptr_t) "c", NULL);
	event_base_once(
		fx.base, fx.fd, EV_WRITE, mark, (void *)(uintptr_t) "d", NULL);
	leave_mark(";");
}

START_TEST(b095_e_once_within_once_comes_later)
{
	event_base_once(fx.base, -1, EV_TIMEOUT, mark_and_once,
		(void *)(uintptr_t) "a", NULL);
	event_base_once(
		fx.base, -1, EV_TIMEOUT, mark, (void *)(uintptr_t) "b", NULL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a;bcd");
}
END_TEST

START_TEST(b095_f_once_tells_that_a_descriptor_cannot_be_watched)
{
	struct calls calls = {0};
	evutil_socket_t file = open("/dev/null", O_RDWR | O_CLOEXEC);
	int any = event_base_get_features(fx.base) & EV_FEATURE_FDS;

	ck_assert_int_eq(event_base_once(fx.base, file, EV_READ, note_call,
				 &calls, NULL),
		any ? 0 : -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), any ? 0 : 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, any ? 1 : 0);
	close_fd(&file);
}
END_TEST

static TCase *
activation(void)
{
	TCase *tcase = tcase_create("activation");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b090_a_reasons_add_up_to_one_callback);
	tcase_add_test(tcase, b090_b_readiness_adds_to_what_was_said);
	tcase_add_test(tcase, b090_c_reason_may_be_none);
	tcase_add_test(tcase, b091_a_activations_run_in_order_added_or_not);
	tcase_add_test(tcase, b091_b_activations_within_a_callback_come_later);
	tcase_add_loop_test(tcase,
		b091_c_an_activated_event_is_pending_no_more_unless_persistent,
		0, 2);
	tcase_add_loop_test(tcase, b091_d_event_may_activate_itself, 0, 2);
	tcase_add_loop_test(
		tcase, b091_e_signal_events_are_called_as_often_as_said, 0, 4);
	tcase_add_test(tcase, b092_a_deleting_takes_an_activation_back);
	tcase_add_test(
		tcase, b092_b_what_is_due_may_be_deleted_by_what_runs_before);
	tcase_add_loop_test(
		tcase, bug25_a_busy_callbacks_do_not_starve_descriptors, 0, 3);
	tcase_add_loop_test(tcase, bug25_b_nor_timers, 0, 3);
	return tcase;
}

static TCase *
callbacks(void)
{
	TCase *tcase = tcase_create("callbacks");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, deferred_callbacks_run_in_order_among_events);
	tcase_add_test(tcase, deferred_callbacks_can_be_cancelled);
	tcase_add_test(tcase, deferred_callbacks_have_priorities);
	tcase_add_test(tcase, deferred_callbacks_end_together);
	tcase_add_test(tcase, running_a_event_is_known_in_its_callback);
	tcase_add_loop_test(
		tcase, running_b_event_that_was_freed_is_none, 0, 2);
	return tcase;
}

static TCase *
ends(void)
{
	TCase *tcase = tcase_create("ends");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b093_a_finalizer_runs_once_in_the_loop);
	tcase_add_test(tcase, b093_b_a_finalized_event_does_nothing_more);
	tcase_add_loop_test(
		tcase, b093_c_event_may_be_finalized_in_its_callback, 0, 4);
	tcase_add_test(tcase, b093_d_finalizer_has_the_events_priority);
	tcase_add_test(
		tcase, b093_e_finalizer_may_free_the_event_or_use_it_anew);
	tcase_add_test(tcase, b093_f_without_a_base_there_is_no_finalizer);
	tcase_add_test(tcase, b093_g_finalize_flag_is_kept);
	return tcase;
}

static TCase *
debug_mode(void)
{
	TCase *tcase = tcase_create("debug mode");

	tcase_add_checked_fixture(
		tcase, fixture_setup_bare, fixture_teardown_bare);
	tcase_add_test(tcase, b094_a_use_after_the_finalizer_is_found);
	tcase_add_test(tcase, b094_b_freeing_after_the_finalizer_is_right);
	tcase_add_loop_test(
		tcase, b094_c_freeing_twice_is_found_and_refused, 0, 2);
	return tcase;
}

static TCase *
once(void)
{
	TCase *tcase = tcase_create("once");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b095_a_once_refuses_what_cannot_be_once);
	tcase_add_test(tcase, b095_b_once_is_called_once);
	tcase_add_test(tcase, b095_c_once_may_end_by_time);
	tcase_add_loop_test(
		tcase, b095_d_once_without_a_time_is_due_at_once, 0, 2);
	tcase_add_test(tcase, b095_e_once_within_once_comes_later);
	tcase_add_test(
		tcase, b095_f_once_tells_that_a_descriptor_cannot_be_watched);
	return tcase;
}

Suite *
suite_active(void)
{
	Suite *suite = suite_create("active");

	suite_add_tcase(suite, activation());
	suite_add_tcase(suite, callbacks());
	suite_add_tcase(suite, ends());
	suite_add_tcase(suite, debug_mode());
	suite_add_tcase(suite, once());
	return suite;
}
