/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * threads.h: nothing here waits for ever, so that a lost wake-up is seen as a
 * test that fails, and not as one that hangs.
 */
#include "threads.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include <event2/ext_loop.h>

#include "fixture.h"

enum { PATIENCE_S = 20 };

void
gate_open(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->tickets++;
	pthread_cond_signal(&gate->more);
	pthread_mutex_unlock(&gate->lock);
}

int
gate_pass(struct gate *gate)
{
	struct timespec until;
	int got, err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&gate->lock);
	while (!gate->tickets && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&gate->more, &gate->lock, &until);
	got = gate->tickets > 0;
	gate->tickets -= got;
	pthread_mutex_unlock(&gate->lock);
	return got;
}

void
open_gate(evutil_socket_t fd, short what, void *gate)
{
	(void)fd;
	(void)what;
	gate_open(gate);
}

pthread_t
start_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	return thread;
}

void
join_thread(pthread_t thread)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *
run_loop(void *arg)
{
	struct loop_thread *loop = arg;

	loop->result = event_base_loop(loop->base, loop->flags);
	return NULL;
}

void
loop_thread_start_flags(
	struct loop_thread *loop, struct event_base *base, int flags)
{
	loop->base = base;
	loop->flags = flags;
	loop->thread = start_thread(run_loop, loop);
}

void
loop_thread_start(struct loop_thread *loop, struct event_base *base)
{
	loop_thread_start_flags(loop, base, EVLOOP_NO_EXIT_ON_EMPTY);
}

/* A turn is counted before its wait, and the wait after it. */
void
loop_thread_await_sleep(struct loop_thread *loop)
{
	struct event_base_stats stats = {0};

	do
		ck_assert_int_eq(event_base_get_stats(loop->base, &stats), 0);
	while (stats.turns == stats.waits && !sched_yield());
}

int
loop_thread_join(struct loop_thread *loop)
{
	join_thread(loop->thread);
	return loop->result;
}

void
loop_thread_stop(struct loop_thread *loop)
{
	ck_assert_int_eq(event_base_stop(loop->base), 0);
	ck_assert_int_eq(loop_thread_join(loop), 0);
}
