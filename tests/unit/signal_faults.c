/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signal providers over a system that fails; for builds with test seams.
 * The loop variable is the provider.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "../support/runner.h"
#include "signal_fixture.h"

#ifndef EV_TEST_SEAMS
#error "this test replaces system calls: configure with -Dtest_seams=true"
#endif

/*
 * Calls to let through before one fails; negative: all of them.  Volatile,
 * because a signal's handler comes here from within raise().
 */
static volatile int until_failure = -1;
static int failure; /* its error number */

static int
fails(void)
{
	if (until_failure < 0)
		return 0;
	until_failure = until_failure - 1;
	if (until_failure >= 0)
		return 0;
	errno = failure;
	return 1;
}

static int
fail_pipe(int ends[2])
{
	return fails() ? -1 : pipe(ends);
}

static int
fail_fcntl(int fd, int command, int arg)
{
	return fails() ? -1 : fcntl(fd, command, arg);
}

static int
fail_sigaction(int signo, const struct sigaction *now, struct sigaction *old)
{
	return fails() ? -1 : sigaction(signo, now, old);
}

static int
fail_sigmask(int how, const sigset_t *now, sigset_t *old)
{
	return fails() ? failure : pthread_sigmask(how, now, old);
}

static ssize_t
fail_read(int fd, void *data, size_t size)
{
	return fails() ? -1 : read(fd, data, size);
}

static ssize_t
fail_write(int fd, const void *data, size_t size)
{
	return fails() ? -1 : write(fd, data, size);
}

#ifdef __linux__
static int
fail_signalfd(int fd, const sigset_t *set, int flags)
{
	return fails() ? -1 : signalfd(fd, set, flags);
}

static int
fail_epoll_create1(int flags)
{
	return fails() ? -1 : epoll_create1(flags);
}

static int
fail_epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	return fails() ? -1 : epoll_ctl(epoll_fd, op, fd, event);
}
#endif

static void
faults_up(void)
{
	fixture_up();
	ev_sys.pipe = fail_pipe;
	ev_sys.fcntl = fail_fcntl;
	ev_sys.sigaction = fail_sigaction;
	ev_sys.pthread_sigmask = fail_sigmask;
	ev_sys.read = fail_read;
	ev_sys.write = fail_write;
#ifdef __linux__
	ev_sys.signalfd = fail_signalfd;
	ev_sys.epoll_create1 = fail_epoll_create1;
	ev_sys.epoll_ctl = fail_epoll_ctl;
#endif
}

static void
arm(int calls, int error)
{
	failure = error;
	until_failure = calls;
}

/* A call was to fail and has done so. */
static int
struck(void)
{
	int result = until_failure < 0;

	until_failure = -1;
	return result;
}

static void
unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void
live_once(const struct ev_signal_ops *ops)
{
	uint32_t counts[EV_SIGNAL_MAX] = {0};
	void *self;

	if (ops->open(&test_host, &self) < 0)
		return;
	if (ops->watch(self, SIGUSR1) == 0) {
		raise_often(SIGUSR1, 1);
		(void)ops->drain(self, counts);
		(void)ops->unwatch(self, SIGUSR1);
	}
	(void)ops->watch(self, SIGUSR2);
	ops->close(self);
}

/* Whichever call fails, nothing is left behind and the next one lives. */
START_TEST(any_call_may_fail)
{
	const struct ev_signal_ops *ops = provider(_i);
	int n = 0, again;
	void *self;

	do {
		arm(n++, EPERM);
		live_once(ops);
		again = struck();
		unblock_all();
		ck_assert_int_eq(atomic_load(&blocks_alive), 0);
		ck_assert_int_eq(count_descriptors(), descriptors_before);
		self = open_watching(ops, SIGUSR1);
		ck_assert_int_eq(ops->watch(self, SIGUSR2), 0);
		ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
		raise_often(SIGUSR1, 1);
		ck_assert(readable(ops, self, 0));
		ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
		ops->close(self);
		ck_assert(handler_is(SIGUSR1, on_stray));
		ck_assert(handler_is(SIGUSR2, on_stray));
	} while (again);
	ck_assert_int_gt(n, 10);
	atomic_store(&lines_logged, 0);
}
END_TEST

START_TEST(failed_watch_watches_nothing)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self;
	int n, failed = 0;

	ck_assert_int_eq(ops->open(&test_host, &self), 0);
	for (n = 0; n < 20; n++) {
		arm(n, EPERM);
		if (ops->watch(self, SIGUSR1) < 0) {
			until_failure = -1;
			failed++;
			ck_assert(handler_is(SIGUSR1, on_stray));
			raise_often(SIGUSR1, 1);
			ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
			ck_assert_int_eq(atomic_load(&strays), failed);
		}
		until_failure = -1;
		unblock_all();
		ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	}
	ck_assert_int_ge(failed, 1);
	ops->close(self);
}
END_TEST

START_TEST(unwatch_reports_a_disposition_that_stays)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	int n, err;

	for (n = 0, err = 0; n < 20 && err == 0; n++) {
		ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
		ev_sys.pthread_sigmask = pthread_sigmask;
		arm(n, EPERM);
		err = ops->unwatch(self, SIGUSR1);
		until_failure = -1;
	}
	ck_assert_int_eq(err, -EPERM);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	ck_assert(handler_is(SIGUSR1, on_stray));
	ops->close(self);
}
END_TEST

START_TEST(close_logs_a_disposition_that_stays)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	ev_sys.pthread_sigmask = pthread_sigmask;
	arm(0, EPERM);
	ops->close(self);
	ck_assert(struck());
	ck_assert_int_eq(atomic_load(&lines_logged), 1);
	ck_assert(!handler_is(SIGUSR1, on_stray));
	raise_often(SIGUSR1, 1);
	self = open_watching(ops, SIGUSR1);
	ops->close(self);
	atomic_store(&lines_logged, 0);
}
END_TEST

START_TEST(bug20_interrupted_calls_are_made_again)
{
	const struct ev_signal_ops *ops = provider(_i);
	uint32_t counts[EV_SIGNAL_MAX] = {0};
	void *self = open_watching(ops, SIGUSR1);
	int n;

	ev_sys.pthread_sigmask = pthread_sigmask;
	for (n = 0; n < 4; n++) {
		unblock_all();
		arm(0, EINTR);
		raise_often(SIGUSR1, 1);
		ck_assert(struck());
		ck_assert(readable(ops, self, 0));
		arm(n, EINTR);
		ck_assert_int_eq(ops->drain(self, counts), 0);
		(void)struck();
		ck_assert_uint_eq(counts[SIGUSR1], n + 1);
		ck_assert(!readable(ops, self, 0));
	}
	ops->close(self);
}
END_TEST

START_TEST(bug14_full_pipe_and_errno)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	unblock_all();
	errno = ENOTTY;
	arm(0, EAGAIN);
	(void)raise(SIGUSR1);
	ck_assert_int_eq(errno, ENOTTY);
	ck_assert(struck());
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	(void)raise(SIGUSR1);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

START_TEST(failed_drain_loses_nothing)
{
	const struct ev_signal_ops *ops = provider(_i);
	uint32_t counts[EV_SIGNAL_MAX] = {0};
	void *self = open_watching(ops, SIGUSR1);

	raise_often(SIGUSR1, 1);
	arm(0, EIO);
	ck_assert_int_eq(ops->drain(self, counts), -EIO);
	ck_assert_uint_eq(counts[SIGUSR1], 0);
	ck_assert(readable(ops, self, 0));
	ck_assert_int_eq(ops->drain(self, counts), 0);
	ck_assert_uint_eq(counts[SIGUSR1], 1);
	raise_often(SIGUSR1, 1);
	ck_assert(readable(ops, self, 0));
	ops->close(self);
}
END_TEST

static pid_t
another_process(void)
{
	return getpid() + 1;
}

/* As after vfork() or clone(), which no hook hears of. */
START_TEST(bug17_handler_knows_its_process)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	unblock_all();
	ev_sys.getpid = another_process;
	raise_often(SIGUSR1, 1);
	ev_sys.getpid = getpid;
	ck_assert(!readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

/* 0, or the number of failures that went wrong. */
static int
reopen_through_failures(const struct ev_signal_ops *ops, void *self)
{
	int n, wrong = 0, descriptors = count_descriptors();

	for (n = 0; n < 20; n++) {
		arm(n, EPERM);
		if (ops->reopen(self) == 0)
			break;
		wrong += !struck() || count_descriptors() != descriptors;
	}
	until_failure = -1;
	wrong += ops->reopen(self) != 0 || count_descriptors() != descriptors;
	raise_often(SIGUSR1, 1);
	wrong += !readable(ops, self, 0) || fetch(ops, self, SIGUSR1) != 1;
	ops->close(self);
	return wrong;
}

START_TEST(reopen_fails_as_if_not_called)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(reopen_through_failures(ops, self));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

static Suite *
suite_signal_faults(void)
{
	const TTest *const each[] = {
		any_call_may_fail,
		failed_watch_watches_nothing,
		unwatch_reports_a_disposition_that_stays,
		close_logs_a_disposition_that_stays,
		bug20_interrupted_calls_are_made_again,
		bug14_full_pipe_and_errno,
		failed_drain_loses_nothing,
		bug17_handler_knows_its_process,
		reopen_fails_as_if_not_called,
	};
	Suite *suite = suite_create("signal_faults");
	TCase *tcase = tcase_create("failing system calls");
	size_t i;

	tcase_set_timeout(tcase, CASE_SECONDS);
	tcase_add_checked_fixture(tcase, faults_up, fixture_down);
	for (i = 0; i < sizeof(each) / sizeof(*each); i++)
		tcase_add_loop_test(tcase, each[i], 0, PROVIDERS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(
		(Suite *(*const[])(void)){suite_signal_faults, NULL});
}
