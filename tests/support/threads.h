/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests with several threads are made of: a gate to wait at, and a loop
 * that runs in a thread of its own.
 *
 * Check's assertions are for the test's first thread alone: others take notes.
 */
#ifndef EV_TEST_THREADS_H
#define EV_TEST_THREADS_H

#include <pthread.h>

#include <event2/event.h>

/** Tickets that anybody may add and anybody may take. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t more;
	int tickets;
};

#define GATE_CLOSED                                            \
	{                                                      \
		.lock = PTHREAD_MUTEX_INITIALIZER,             \
		.more = PTHREAD_COND_INITIALIZER, .tickets = 0 \
	}

/** Add a ticket. */
void gate_open(struct gate *gate);

/** Take a ticket; waits for one, and after long enough gives up: 0. */
int gate_pass(struct gate *gate);

/** An event_callback_fn: adds a ticket to a gate. */
void open_gate(evutil_socket_t fd, short what, void *gate);

/** A thread that has to begin. */
pthread_t start_thread(void *(*fn)(void *), void *arg);

void join_thread(pthread_t thread);

/** event_base_loop() in a thread. */
struct loop_thread {
	struct event_base *base;
	int flags;  /* EVLOOP_* */
	int result; /* of event_base_loop(), once it has ended */
	pthread_t thread;
};

/** Run a base's loop in another thread, even while it is empty. */
void loop_thread_start(struct loop_thread *loop, struct event_base *base);

/** The same, with flags of one's own. */
void loop_thread_start_flags(
	struct loop_thread *loop, struct event_base *base, int flags);

/**
 * Wait until the loop waits, or is about to: it holds no lock then.  Counts
 * (event_base_enable_stats()) have to be on since before it began.
 */
void loop_thread_await_sleep(struct loop_thread *loop);

/** Wait until the loop has ended; what it returned. */
int loop_thread_join(struct loop_thread *loop);

/** End it, and wait until it has ended. */
void loop_thread_stop(struct loop_thread *loop);

#endif
