/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs of the 1.x days: one global base, events in memory of their own,
 * and fingers in struct event.  Everything of event2/event_compat.h and what
 * programs in use do to the structure's members.
 *
 * Includes event.h alone, as those programs do.
 */
#include <event.h>

#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "suites.h"

#include "../support/fixture.h"
#include "../support/trail.h"

static const struct timeval at_once = {0, 0};
static const struct timeval minute = {60, 0};

static struct event_base *global;

static void
setup(void)
{
	fixture_setup();
	if (test_backend())
		setenv("LIBEV_BACKENDS", test_backend(), 1);
	global = event_init();
	ck_assert_ptr_nonnull(global);
}

static void
teardown(void)
{
	event_base_free(global);
	unsetenv("LIBEV_BACKENDS");
	fixture_teardown();
}

START_TEST(legacy_init_makes_the_global_base)
{
	ck_assert_str_eq(event_get_method(), event_base_get_method(global));
	if (test_backend())
		ck_assert_str_eq(event_get_method(), test_backend());
}
END_TEST

START_TEST(legacy_init_again_replaces_it)
{
	struct event_base *second = event_init();
	struct event ev;

	event_set(&ev, -1, 0, mark, (char[]){"x"});
	ck_assert_ptr_eq(event_get_base(&ev), second);
	event_base_free(second);
}
END_TEST

START_TEST(legacy_dispatch_runs_the_global_base)
{
	struct event timer, reader;

	event_set(&timer, -1, 0, mark, (char[]){"t"});
	event_set(&reader, fx.fd, EV_READ, mark, (char[]){"r"});
	send_byte(fx.peer);
	ck_assert_int_eq(event_add(&reader, NULL), 0);
	ck_assert_int_eq(event_add(&timer, &at_once), 0);
	ck_assert_int_eq(event_dispatch(), 1);
	ck_assert_uint_eq(trail_length(), 2);
	ck_assert_int_eq(event_dispatch(), 1);
}
END_TEST

static void
end_loop(evutil_socket_t fd, short what, void *how)
{
	(void)fd;
	(void)what;
	if (*(const char *)how == 'b')
		ck_assert_int_eq(event_loopbreak(), 0);
	else
		ck_assert_int_eq(event_loopexit(NULL), 0);
}

START_TEST(legacy_loop_ends_on_request)
{
	struct event timer, far;

	event_set(&far, -1, 0, mark, (char[]){"f"});
	event_add(&far, &minute);
	event_set(&timer, -1, 0, end_loop, (char[]){"b"});
	event_add(&timer, &at_once);
	ck_assert_int_eq(event_loop(0), 0);
	event_set(&timer, -1, 0, end_loop, (char[]){"e"});
	event_add(&timer, &at_once);
	ck_assert_int_eq(event_loop(0), 0);
	ck_assert_int_eq(event_loop(EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(event_del(&far), 0);
	ck_assert_str_eq(trail(), "");
}
END_TEST

START_TEST(legacy_loopexit_takes_a_time)
{
	const struct timeval soon = {0, 10000};
	int64_t began = clock_real_ns();

	ck_assert_int_eq(event_loopexit(&soon), 0);
	ck_assert_int_eq(event_dispatch(), 0);
	ck_assert_int_ge(clock_ms_since(began), 10);
}
END_TEST

START_TEST(legacy_once_is_once)
{
	ck_assert_int_eq(
		event_once(fx.fd, EV_WRITE, mark, (void *)"w", NULL), 0);
	ck_assert_int_eq(
		event_once(-1, EV_TIMEOUT, mark, (void *)"t", &at_once), 0);
	ck_assert_int_eq(event_dispatch(), 1);
	ck_assert_uint_eq(trail_length(), 2);
	ck_assert_int_eq(event_once(SIGUSR1, EV_SIGNAL, mark, NULL, NULL), -1);
	ck_assert_int_eq(
		event_once(fx.fd, EV_READ | EV_PERSIST, mark, NULL, NULL), -1);
}
END_TEST

START_TEST(legacy_priorities)
{
	struct event urgent, other;

	ck_assert_int_eq(event_priority_init(2), 0);
	ck_assert_int_eq(event_priority_init(0), -1);
	event_set(&urgent, -1, 0, mark, (char[]){"u"});
	event_set(&other, -1, 0, mark, (char[]){"o"});
	ck_assert_int_eq(event_priority_set(&urgent, 0), 0);
	event_active(&other, EV_READ, 1);
	event_active(&urgent, EV_READ, 1);
	ck_assert_int_eq(event_dispatch(), 1);
	ck_assert_str_eq(trail(), "uo");
}
END_TEST

/* --- the macros -----------------------------------------------------------*/

START_TEST(legacy_timer_macros)
{
	struct event ev;
	struct timeval when = {0, 0};

	memset(&ev, 0, sizeof(ev));
	ck_assert(!timeout_initialized(&ev));
	timeout_set(&ev, mark, (char[]){"a"});
	ck_assert(timeout_initialized(&ev));
	ck_assert_int_eq(timeout_add(&ev, &minute), 0);
	ck_assert_int_eq(timeout_pending(&ev, &when), EV_TIMEOUT);
	ck_assert_int_gt(when.tv_sec, 0);
	ck_assert_int_eq(timeout_del(&ev), 0);
	ck_assert_int_eq(timeout_pending(&ev, NULL), 0);
	evtimer_set(&ev, mark, (char[]){"b"});
	ck_assert(evtimer_initialized(&ev));
	ck_assert_int_eq(evtimer_add(&ev, &at_once), 0);
	ck_assert_int_eq(evtimer_pending(&ev, NULL), EV_TIMEOUT);
	ck_assert_int_eq(event_dispatch(), 1);
	ck_assert_int_eq(evtimer_del(&ev), 0);
	ck_assert_str_eq(trail(), "b");
}
END_TEST

START_TEST(legacy_signal_macros)
{
	struct event ev;

	signal_set(&ev, SIGUSR1, mark, (char[]){"s"});
	ck_assert(signal_initialized(&ev));
	ck_assert_int_eq(EVENT_SIGNAL(&ev), SIGUSR1);
	ck_assert_int_eq(signal_add(&ev, NULL), 0);
	ck_assert_int_eq(signal_pending(&ev, NULL), EV_SIGNAL);
	raise(SIGUSR1);
	event_loop(EVLOOP_ONCE);
	ck_assert_str_eq(trail(), "s");
	ck_assert_int_eq(signal_pending(&ev, NULL), EV_SIGNAL); /* persists */
	ck_assert_int_eq(signal_del(&ev), 0);
	evsignal_set(&ev, SIGUSR2, mark, (char[]){"t"});
	ck_assert_int_eq(evsignal_add(&ev, NULL), 0);
	ck_assert_int_eq(evsignal_pending(&ev, NULL), EV_SIGNAL);
	ck_assert_int_eq(evsignal_del(&ev), 0);
}
END_TEST

START_TEST(legacy_event_fd_is_the_descriptor)
{
	struct event ev;

	event_set(&ev, fx.fd, EV_READ, mark, NULL);
	ck_assert_int_eq(EVENT_FD(&ev), fx.fd);
}
END_TEST

/* --- without a base -------------------------------------------------------*/

START_TEST(legacy_calls_without_a_base_are_refused)
{
	struct event ev;

	ck_assert_int_eq(event_dispatch(), -1);
	ck_assert_int_eq(event_loop(EVLOOP_ONCE), -1);
	ck_assert_int_eq(event_loopexit(NULL), -1);
	ck_assert_int_eq(event_loopbreak(), -1);
	ck_assert_int_eq(event_once(-1, EV_TIMEOUT, mark, NULL, &at_once), -1);
	ck_assert_int_eq(event_priority_init(2), -1);
	ck_assert_ptr_null(event_get_method());
	event_set(&ev, -1, 0, mark, NULL);
	ck_assert_int_eq(event_add(&ev, &at_once), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 8);
}
END_TEST

START_TEST(legacy_base_set_gives_an_event_its_base)
{
	struct event ev;

	event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"w"});
	ck_assert_int_eq(event_base_set(fx.base, &ev), 0);
	ck_assert_ptr_eq(ev.ev_base, fx.base);
	ck_assert_int_eq(event_add(&ev, NULL), 0);
	ck_assert_int_eq(event_base_set(fx.base, &ev), -1); /* pending */
	turns(1);
	ck_assert_str_eq(trail(), "w");
}
END_TEST

/* --- fingers in the structure ---------------------------------------------*/

START_TEST(legacy_zeroed_event_is_not_initialized)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ck_assert(!event_initialized(&ev));
	event_set(&ev, -1, 0, mark, NULL);
	ck_assert(event_initialized(&ev));
}
END_TEST

/* Between del and add a program changes what an event waits for. */
START_TEST(legacy_descriptor_and_interest_are_taken_from_the_event)
{
	struct event ev;

	event_set(&ev, fx.fd, EV_READ | EV_PERSIST, mark, (char[]){"x"});
	event_add(&ev, NULL);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "");
	event_del(&ev);
	ev.ev_fd = fx.peer;
	ev.ev_events = EV_WRITE | EV_PERSIST;
	ck_assert_int_eq(event_add(&ev, NULL), 0);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "x");
	ck_assert_int_eq(event_get_fd(&ev), fx.peer);
	event_del(&ev);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "x");
}
END_TEST

/* Which of the two it is, too. */
START_TEST(legacy_persistence_is_taken_from_the_event)
{
	struct event ev;

	event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"p"});
	ev.ev_events |= EV_PERSIST;
	event_add(&ev, &minute);
	event_loop(EVLOOP_NONBLOCK);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "pp");
	ck_assert_int_eq(event_pending(&ev, EV_WRITE | EV_TIMEOUT, NULL),
		EV_WRITE | EV_TIMEOUT);
	event_del(&ev);
	ev.ev_events &= ~EV_PERSIST;
	event_add(&ev, &minute);
	event_loop(EVLOOP_NONBLOCK);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "ppp");
	ck_assert_int_eq(event_pending(&ev, EV_WRITE | EV_TIMEOUT, NULL), 0);
}
END_TEST

/* memcached sets its events anew on the base that it reads from them. */
START_TEST(legacy_base_is_read_from_the_event)
{
	struct event ev;
	struct event_base *base;

	event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"a"});
	ck_assert_int_eq(event_base_set(fx.base, &ev), 0);
	event_add(&ev, NULL);
	base = ev.ev_base;
	event_del(&ev);
	event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"b"});
	ck_assert_ptr_eq(ev.ev_base, global);
	ck_assert_int_eq(event_base_set(base, &ev), 0);
	event_add(&ev, NULL);
	turns(1);
	ck_assert_str_eq(trail(), "b");
}
END_TEST

/* A program that does not know the structure asks how large it is. */
START_TEST(legacy_event_may_be_of_the_size_asked_for)
{
	size_t size = event_get_struct_event_size();
	unsigned char *memory = malloc(size + 16);
	struct event *ev = (struct event *)memory;

	ck_assert_uint_eq(size, sizeof(struct event));
	memset(memory, 0x5a, size + 16);
	event_set(ev, fx.fd, EV_WRITE, mark, (char[]){"s"});
	ck_assert_int_eq(event_add(ev, &minute), 0);
	event_loop(EVLOOP_NONBLOCK);
	event_del(ev);
	for (size_t i = size; i < size + 16; i++)
		ck_assert_uint_eq(memory[i], 0x5a);
	ck_assert_str_eq(trail(), "s");
	free(memory);
}
END_TEST

START_TEST(legacy_callback_and_argument_are_taken_from_the_event)
{
	struct event ev;

	event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"a"});
	ev.ev_evcallback.evcb_arg = (char[]){"b"};
	event_add(&ev, NULL);
	event_loop(EVLOOP_NONBLOCK);
	ck_assert_str_eq(trail(), "b");
}
END_TEST

/* An event that is used anew without a word: set again, then added again. */
START_TEST(legacy_event_may_be_set_again_when_it_is_idle)
{
	struct event ev;

	for (int i = 0; i < 3; i++) {
		event_set(&ev, fx.fd, EV_WRITE, mark, (char[]){"n"});
		ck_assert_int_eq(event_base_set(global, &ev), 0);
		ck_assert_int_eq(event_add(&ev, NULL), 0);
		event_loop(EVLOOP_NONBLOCK);
	}
	ck_assert_str_eq(trail(), "nnn");
}
END_TEST

Suite *
suite_legacy(void)
{
	Suite *suite = suite_create("legacy");
	TCase *tcase = tcase_create("global base");
	TCase *without = tcase_create("no global base");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, legacy_init_makes_the_global_base);
	tcase_add_test(tcase, legacy_init_again_replaces_it);
	tcase_add_test(tcase, legacy_dispatch_runs_the_global_base);
	tcase_add_test(tcase, legacy_loop_ends_on_request);
	tcase_add_test(tcase, legacy_loopexit_takes_a_time);
	tcase_add_test(tcase, legacy_once_is_once);
	tcase_add_test(tcase, legacy_priorities);
	tcase_add_test(tcase, legacy_timer_macros);
	tcase_add_test(tcase, legacy_signal_macros);
	tcase_add_test(tcase, legacy_event_fd_is_the_descriptor);
	tcase_add_test(tcase, legacy_zeroed_event_is_not_initialized);
	tcase_add_test(
		tcase, legacy_descriptor_and_interest_are_taken_from_the_event);
	tcase_add_test(tcase, legacy_persistence_is_taken_from_the_event);
	tcase_add_test(tcase, legacy_base_is_read_from_the_event);
	tcase_add_test(tcase, legacy_event_may_be_of_the_size_asked_for);
	tcase_add_test(
		tcase, legacy_callback_and_argument_are_taken_from_the_event);
	tcase_add_test(tcase, legacy_event_may_be_set_again_when_it_is_idle);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(without, fixture_setup, fixture_teardown);
	tcase_add_test(without, legacy_calls_without_a_base_are_refused);
	tcase_add_test(without, legacy_base_set_gives_an_event_its_base);
	suite_add_tcase(suite, without);
	return suite;
}
