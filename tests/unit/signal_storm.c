/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signal providers among threads, senders in other processes, and instances
 * that come and go.  The loop variable is the provider.  What a thread finds
 * wrong it writes down; the test's own thread judges.
 */
#include <sched.h>

#include "../support/runner.h"
#include "signal_fixture.h"

enum { LISTENERS = 4, ARRIVALS = 10000 };

struct listener {
	const struct ev_signal_ops *ops;
	pthread_t thread;
	int signo;
	int failed;
	uint32_t heard;
};

static pthread_barrier_t all_listen;

static void *
listen_to_all(void *arg)
{
	struct listener *me = arg;
	void *self = open_watching(me->ops, me->signo);

	if (!blocks_signals(me->ops))
		change_mask(SIG_UNBLOCK, me->signo);
	pthread_barrier_wait(&all_listen);
	me->failed = !self;
	if (self)
		me->heard = await(me->ops, self, me->signo, ARRIVALS);
	pthread_barrier_wait(&all_listen);
	if (self)
		me->ops->close(self);
	return NULL;
}

static void
start_listeners(
	struct listener *all, const struct ev_signal_ops *ops, int signo)
{
	int i;

	pthread_barrier_init(&all_listen, NULL, LISTENERS + 1);
	for (i = 0; i < LISTENERS; i++) {
		all[i] = (struct listener){.ops = ops, .signo = signo};
		ck_assert_int_eq(pthread_create(&all[i].thread, NULL,
					 listen_to_all, &all[i]),
			0);
	}
	pthread_barrier_wait(&all_listen);
}

static void
judge_listeners(struct listener *all)
{
	int i;

	for (i = 0; i < LISTENERS; i++) {
		ck_assert_int_eq(pthread_join(all[i].thread, NULL), 0);
		ck_assert_int_eq(all[i].failed, 0);
		ck_assert_uint_eq(all[i].heard, ARRIVALS);
	}
	pthread_barrier_destroy(&all_listen);
}

/* Raised in a thread that has it unblocked: nothing coalesces. */
START_TEST(bug15_four_threads_hear_every_arrival)
{
	struct listener listeners[LISTENERS];
	struct churner churners[CHURNERS];

	start_listeners(listeners, provider(_i), SIGUSR1);
	start_churners(churners, provider(_i), SIGUSR1);
	raise_often(SIGUSR1, ARRIVALS);
	pthread_barrier_wait(&all_listen);
	stop_churners(churners);
	judge_listeners(listeners);
}
END_TEST

static void
queue_often(int signo, int times)
{
	const union sigval value = {.sival_int = 0};

	while (times > 0)
		if (sigqueue(getpid(), signo, value) == 0)
			times--;
		else
			(void)sched_yield(); /* the queue is full */
}

/*
 * Queued to the process, whoever takes it, and blocked in this thread.  The
 * thread sanitizer puts off handlers, and lets signals coalesce meanwhile.
 */
START_TEST(bug15_queued_signals_are_heard_by_all)
{
	struct listener listeners[LISTENERS];
	struct churner churners[CHURNERS];
	int signo = SIGRTMIN + 1;

	if (UNDER_TSAN && !blocks_signals(provider(_i)))
		return;
	change_mask(SIG_BLOCK, signo);
	start_listeners(listeners, provider(_i), signo);
	start_churners(churners, provider(_i), signo);
	queue_often(signo, ARRIVALS);
	pthread_barrier_wait(&all_listen);
	stop_churners(churners);
	judge_listeners(listeners);
}
END_TEST

static void *
wait_for_stop(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		(void)poll(NULL, 0, 1);
	return NULL;
}

START_TEST(handler_may_run_in_any_thread)
{
	const struct ev_signal_ops *ops = provider(_i);
	pthread_t other;
	void *self;
	int i;

	ck_assert_int_eq(pthread_create(&other, NULL, wait_for_stop, NULL), 0);
	self = open_watching(ops, SIGUSR1);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(pthread_kill(other, SIGUSR1), 0);
		ck_assert_uint_eq(await(ops, self, SIGUSR1, 1), 1);
	}
	atomic_store(&stop, 1);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	ops->close(self);
}
END_TEST

/* No point of cancellation on the way; the handler must not add one. */
static void *
spin(void *arg)
{
	atomic_int *ended = arg;

	while (!atomic_load(&stop))
		(void)sched_yield();
	atomic_store(ended, 1);
	pthread_testcancel();
	return NULL;
}

START_TEST(handler_is_no_point_of_cancellation)
{
	const struct ev_signal_ops *ops = provider(_i);
	atomic_int ended = 0;
	pthread_t doomed;
	void *self, *result;

	ck_assert_int_eq(pthread_create(&doomed, NULL, spin, &ended), 0);
	self = open_watching(ops, SIGUSR1);
	ck_assert_int_eq(pthread_cancel(doomed), 0);
	ck_assert_int_eq(pthread_kill(doomed, SIGUSR1), 0);
	ck_assert_uint_eq(await(ops, self, SIGUSR1, 1), 1);
	atomic_store(&stop, 1);
	ck_assert_int_eq(pthread_join(doomed, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert_int_eq(atomic_load(&ended), 1);
	ops->close(self);
}
END_TEST

static void *
close_elsewhere(void *arg)
{
	struct errand *errand = arg;

	errand->ops->close(errand->self);
	errand->blocked = is_blocked(SIGUSR1);
	return NULL;
}

/* A thread inherits the mask of its maker, and it is not ours to give back. */
START_TEST(closing_elsewhere_leaves_masks_alone)
{
	struct errand errand = {.ops = provider(_i)};
	int blocks = blocks_signals(errand.ops);

	errand.self = open_watching(errand.ops, SIGUSR1);
	run_elsewhere(close_elsewhere, &errand);
	ck_assert_int_eq(errand.blocked, blocks);
	ck_assert_int_eq(is_blocked(SIGUSR1), blocks);
	change_mask(SIG_UNBLOCK, SIGUSR1);
	run_elsewhere(open_elsewhere, &errand);
	ck_assert_int_eq(errand.blocked, blocks);
	ck_assert(!is_blocked(SIGUSR1));
	raise_often(SIGUSR1, 3);
	ck_assert_uint_eq(fetch(errand.ops, errand.self, SIGUSR1), 3);
	errand.ops->close(errand.self);
	ck_assert(!is_blocked(SIGUSR1));
}
END_TEST

/* Takes the numbers that were just closed: a late handler would write here. */
static void *
probe_numbers(void *arg)
{
	int *failed = arg;

	while (!atomic_load(&stop)) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		struct pollfd one = {.fd = fd, .events = POLLIN};

		if (fd < 0 || poll(&one, 1, 1) > 0)
			*failed = 1;
		(void)close(fd);
	}
	return NULL;
}

START_TEST(bug14_storm_over_coming_and_going)
{
	enum { ROUNDS = 1000 };
	const struct ev_signal_ops *ops = provider(_i);
	int64_t end = now_ms() + STORM_MS;
	struct churner churners[CHURNERS];
	pid_t sender = start_sender(SIGUSR1);
	pthread_t prober;
	int i, failed = 0;

	start_churners(churners, ops, SIGUSR1);
	ck_assert_int_eq(
		pthread_create(&prober, NULL, probe_numbers, &failed), 0);
	for (i = 0; i < ROUNDS && now_ms() < end; i++) {
		void *self = open_watching(ops, SIGUSR1);

		ck_assert_ptr_nonnull(self);
		ck_assert_uint_ge(await(ops, self, SIGUSR1, 1), 1);
		if (i % 2)
			ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
		ops->close(self);
	}
	stop_sender(sender);
	stop_churners(churners);
	ck_assert_int_eq(pthread_join(prober, NULL), 0);
	ck_assert_int_eq(failed, 0);
}
END_TEST

/* The kernel may coalesce, but it must not be different for two watchers. */
START_TEST(bug15_storm_is_the_same_for_all)
{
	const struct ev_signal_ops *ops = provider(_i);
	uint64_t heard[2] = {0};
	void *self[2];
	pid_t sender;
	int i;

	self[0] = open_watching(ops, SIGUSR1);
	self[1] = open_watching(ops, SIGUSR1);
	sender = start_sender(SIGUSR1);
	while (heard[0] + heard[1] < 20000)
		for (i = 0; i < 2; i++)
			if (readable(ops, self[i], 1))
				heard[i] += fetch(ops, self[i], SIGUSR1);
	stop_sender(sender);
	for (i = 0; i < 4; i++)
		heard[i % 2] += fetch(ops, self[i % 2], SIGUSR1);
	ck_assert_uint_eq(heard[0], heard[1]);
	ops->close(self[0]);
	ops->close(self[1]);
}
END_TEST

static Suite *
suite_signal_storm(void)
{
	const TTest *const each[] = {
		bug15_four_threads_hear_every_arrival,
		bug15_queued_signals_are_heard_by_all,
		handler_may_run_in_any_thread,
		handler_is_no_point_of_cancellation,
		closing_elsewhere_leaves_masks_alone,
		bug14_storm_over_coming_and_going,
		bug15_storm_is_the_same_for_all,
	};
	Suite *suite = suite_create("signal_storm");
	TCase *tcase = tcase_create("threads and storms");
	size_t i;

	tcase_set_timeout(tcase, CASE_SECONDS);
	tcase_add_checked_fixture(tcase, fixture_up, fixture_down);
	for (i = 0; i < sizeof(each) / sizeof(*each); i++)
		tcase_add_loop_test(tcase, each[i], 0, PROVIDERS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_signal_storm, NULL});
}
