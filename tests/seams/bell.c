/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a thread may do while another one wakes the loop: a test stands in for
 * the write that does so.  Where the backend itself is woken there is none.
 */
#include "suites.h"

#include <stdatomic.h>
#include <time.h>

#include <libev-abi/sys.h>

#include <event2/event.h>
#include <event2/ext_loop.h>

#include "../support/fixture.h"
#include "../support/threads.h"

/* So much later a base would be gone if nobody waited for the thread. */
#define LONG_ENOUGH_NS 20000000

static struct gate gate = GATE_CLOSED;
static atomic_int rung, asked, freed, freed_meanwhile;

static void *
ask(void *arg)
{
	(void)event_pending(arg, EV_TIMEOUT, NULL);
	gate_open(&gate);
	return NULL;
}

static struct event *to_ask;

static ssize_t
write_while_another_asks(int fd, const void *data, size_t size)
{
	pthread_t thread;

	rung++;
	if (pthread_create(&thread, NULL, ask, to_ask) == 0) {
		asked += gate_pass(&gate);
		pthread_detach(thread);
	}
	return write(fd, data, size);
}

START_TEST(who_is_woken_finds_the_lock_free)
{
	struct loop_thread loop;
	int calls = 0;

	if (!test_threads())
		return;
	to_ask = fixture_event(-1, 0, count_call, &calls);
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	loop_thread_start(&loop, fx.base);
	loop_thread_await_sleep(&loop);
	ev_sys.write = write_while_another_asks;
	event_active(to_ask, EV_TIMEOUT, 1);
	ev_sys.write = write;
	loop_thread_stop(&loop);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(asked, rung);
}
END_TEST

/* Runs in the thread of the loop, which ends the base as well. */
static void *
run_and_free(void *arg)
{
	struct event_base *base = arg;

	(void)event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	gate_open(&gate);
	event_base_free(base);
	freed = 1;
	return NULL;
}

static ssize_t
write_and_linger(int fd, const void *data, size_t size)
{
	const struct timespec time = {.tv_nsec = LONG_ENOUGH_NS};
	ssize_t n = write(fd, data, size);

	if (gate_pass(&gate))
		nanosleep(&time, NULL);
	freed_meanwhile = freed;
	return n;
}

START_TEST(who_rings_has_the_base_until_it_is_done)
{
	struct event_base *base;
	pthread_t thread;

	if (!test_threads())
		return;
	base = fixture_base(0);
	ck_assert_int_eq(event_base_enable_stats(base, 1), 0);
	thread = start_thread(run_and_free, base);
	loop_thread_await_sleep(&(struct loop_thread){.base = base});
	ev_sys.write = write_and_linger;
	ck_assert_int_eq(event_base_stop(base), 0);
	ev_sys.write = write;
	join_thread(thread);
	ck_assert_int_eq(freed_meanwhile, 0);
}
END_TEST

Suite *
suite_bell(void)
{
	Suite *suite = suite_create("bell");
	TCase *tcase = tcase_create("bell");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, who_is_woken_finds_the_lock_free);
	tcase_add_test(tcase, who_rings_has_the_base_until_it_is_done);
	suite_add_tcase(suite, tcase);
	return suite;
}
