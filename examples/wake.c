/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wake: another thread computes, the loop takes its results.
 *
 *	cc wake.c $(pkg-config --cflags --libs libev-core) -pthread
 *
 * event_active() may be called from every thread, and it wakes a loop that
 * sleeps.  Several calls before the loop comes to it are one callback, so the
 * event says only that there is something: what, stands in a queue.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>
#include <event2/thread.h>

enum { N_RESULTS = 5 };

struct mailbox {
	struct event_base *base;
	struct event *mail; /* is active when there is something in it */

	pthread_mutex_t lock;   /* for what follows */
	int results[N_RESULTS]; /* all that were ever put in */
	int put, taken;
};

static int
square(int n)
{
	return n * n; /* think of something that takes its time */
}

/* The worker's thread. */
static void *
compute(void *arg)
{
	struct mailbox *box = arg;

	for (int n = 1; n <= N_RESULTS; n++) {
		int result = square(n);

		pthread_mutex_lock(&box->lock);
		box->results[box->put++] = result;
		pthread_mutex_unlock(&box->lock);
		event_active(box->mail, 0, 0);
	}
	return NULL;
}

/* The loop's thread. */
static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct mailbox *box = arg;

	(void)fd, (void)what;
	pthread_mutex_lock(&box->lock);
	while (box->taken < box->put)
		printf("result %d\n", box->results[box->taken++]);
	pthread_mutex_unlock(&box->lock);
	if (box->taken == N_RESULTS)
		event_base_loopbreak(box->base);
}

static int
run(struct mailbox *box)
{
	pthread_t worker;
	int result;

	if (pthread_create(&worker, NULL, compute, box) != 0)
		return -1;
	/* Nothing is pending until the first result: do not end for that. */
	result = event_base_loop(box->base, EVLOOP_NO_EXIT_ON_EMPTY);
	pthread_join(worker, NULL); /* from here on nobody uses the event */
	return result;
}

int
main(void)
{
	struct mailbox box = {.lock = PTHREAD_MUTEX_INITIALIZER};
	int status = EXIT_FAILURE;

	if (evthread_use_pthreads() < 0) /* before the base is made */
		return status;
	box.base = event_base_new();
	if (!box.base)
		return status;
	box.mail = evuser_new(box.base, on_mail, &box);
	if (box.mail && run(&box) == 0)
		status = EXIT_SUCCESS;
	event_free(box.mail);
	event_base_free(box.base);
	return status;
}
