/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contract of libev-abi/signal.h, for each provider in turn: the loop
 * variable is the provider.  Threads, storms and fork are in signal_storm.c.
 */
#include <limits.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../support/probe.h"
#include "../support/runner.h"
#include "registry.h"
#include "signal_fixture.h"

START_TEST(chosen_by_name_the_handler_by_default)
{
	const struct ev_signal_ops *ops;
	int i;

	ops = ev_signal_provider(EV_SIGNAL_ABI, NULL);
	ck_assert_str_eq(ops->name, "selfpipe");
	for (i = 0; i < NAMES; i++) {
		ops = ev_signal_provider(EV_SIGNAL_ABI, provider_names[i]);
		ck_assert_str_eq(ops->name, provider_names[i]);
		ck_assert_uint_eq(ops->abi_version, EV_SIGNAL_ABI);
		ck_assert_uint_eq(ops->struct_size, sizeof(*ops));
	}
	ck_assert_ptr_null(ev_signal_provider(EV_SIGNAL_ABI, "selfpip"));
	ck_assert_ptr_null(ev_signal_provider(EV_SIGNAL_ABI, ""));
}
END_TEST

START_TEST(another_major_gets_nothing)
{
	ck_assert_ptr_null(ev_signal_provider(EV_ABI_VERSION(0, 0), NULL));
	ck_assert_ptr_null(ev_signal_provider(EV_ABI_VERSION(2, 0), NULL));
	ck_assert_ptr_nonnull(ev_signal_provider(EV_ABI_VERSION(1, 9), NULL));
}
END_TEST

START_TEST(readable_from_arrival_to_drain)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	int round;

	for (round = 0; round < 100; round++) {
		ck_assert(!readable(ops, self, 0));
		ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
		ck_assert_int_eq(raise(SIGUSR1), 0);
		ck_assert(readable(ops, self, 0));
		ck_assert(readable(ops, self, 0));
		ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	}
	ck_assert(!readable(ops, self, 0));
	ops->close(self);
}
END_TEST

START_TEST(watches_nothing_at_first)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self;

	ck_assert_int_eq(ops->open(&test_host, &self), 0);
	ck_assert(handler_is(SIGUSR1, on_stray));
	raise_often(SIGUSR1, 3);
	ck_assert(!readable(ops, self, 0));
	ck_assert_int_eq(atomic_load(&strays), 3);
	ops->close(self);
}
END_TEST

START_TEST(b075_each_arrival_counts)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	raise_often(SIGUSR1, 3);
	ck_assert_uint_eq(
		fetch(ops, self, SIGUSR1), blocks_signals(ops) ? 1 : 3);
	ops->close(self);
}
END_TEST

START_TEST(bug16_no_count_is_too_big)
{
	static const int sizes[] = {
		127, 128, 255, 256, 257, 32768, 65535, 65536, 65537, 70000};
	const struct ev_signal_ops *ops = provider(0);
	void *self = open_watching(ops, SIGUSR1);

	raise_often(SIGUSR1, sizes[_i]);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), sizes[_i]);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
	ck_assert(!readable(ops, self, 0));
	ops->close(self);
}
END_TEST

START_TEST(bug16_arrivals_saturate)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	struct registry_hold hold;

	if (counts_in_kernel(ops)) {
		ops->close(self);
		return;
	}
	registry_lock(&hold);
	registry_tell(SIGUSR1, UINT32_MAX - 1);
	registry_unlock(&hold);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), UINT32_MAX);
	registry_lock(&hold);
	registry_tell(SIGUSR1, UINT32_MAX);
	registry_unlock(&hold);
	raise_often(SIGUSR1, 1);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), UINT32_MAX);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

START_TEST(drain_adds_and_saturates)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	uint32_t counts[EV_SIGNAL_MAX] = {0};

	counts[SIGUSR1] = 40;
	counts[SIGUSR2] = 7;
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(ops->drain(self, counts), 0);
	ck_assert_uint_eq(counts[SIGUSR1], 41);
	ck_assert_uint_eq(counts[SIGUSR2], 7);
	counts[SIGUSR1] = UINT32_MAX - 1;
	for (int i = 0; i < 3; i++) {
		raise_often(SIGUSR1, 1);
		ck_assert_int_eq(ops->drain(self, counts), 0);
		ck_assert_uint_eq(counts[SIGUSR1], UINT32_MAX);
	}
	ops->close(self);
}
END_TEST

START_TEST(signals_are_told_apart)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	uint32_t counts[EV_SIGNAL_MAX] = {0};
	int signo;

	ck_assert_int_eq(ops->watch(self, SIGUSR2), 0);
	ck_assert_int_eq(ops->watch(self, SIGWINCH), 0);
	raise_often(SIGUSR2, 1);
	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(ops->drain(self, counts), 0);
	for (signo = 0; signo < EV_SIGNAL_MAX; signo++)
		ck_assert_uint_eq(
			counts[signo], signo == SIGUSR1 || signo == SIGUSR2);
	ops->close(self);
}
END_TEST

static int
is_catchable(int signo)
{
	struct sigaction probe = {.sa_handler = on_stray};
	struct sigaction found;

	sigemptyset(&probe.sa_mask);
	return sigaction(signo, &probe, &found) == 0 &&
	       sigaction(signo, &found, NULL) == 0;
}

static int
is_sent(int signo)
{
	const struct sigaction caught = {.sa_handler = on_stray};
	struct sigaction found;
	int sent;

	ck_assert_int_eq(sigaction(signo, &caught, &found), 0);
	sent = probe_signal_waits(signo);
	ck_assert_int_eq(sigaction(signo, &found, NULL), 0);
	return sent;
}

START_TEST(every_catchable_signal_is_taken)
{
	const struct ev_signal_ops *ops = provider(_i);
	int signo, taken = 0;
	void *self;

	ck_assert_int_eq(ops->open(&test_host, &self), 0);
	for (signo = 1; signo < EV_SIGNAL_MAX; signo++) {
		if (!is_catchable(signo)) {
			ck_assert_int_eq(ops->watch(self, signo), -EINVAL);
			continue;
		}
		if (!is_sent(signo))
			continue;
		ck_assert_int_eq(ops->watch(self, signo), 0);
		ck_assert_int_eq(raise(signo), 0);
		ck_assert_uint_eq(fetch(ops, self, signo), 1);
		taken++;
	}
	ck_assert_int_ge(taken, 28);
	ops->close(self);
}
END_TEST

START_TEST(child_that_ends_is_an_arrival)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGCHLD);
	pid_t child = fork();

	if (child == 0)
		(void)raise(SIGKILL);
	ck_assert_int_gt(child, 0);
	ck_assert_uint_eq(await(ops, self, SIGCHLD, 1), 1);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ops->close(self);
}
END_TEST

START_TEST(real_time_signals_never_coalesce)
{
	enum { TIMES = 1000 };
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGRTMIN + 3);
	const union sigval value = {.sival_int = 0};
	int i;

	for (i = 0; i < TIMES; i++)
		ck_assert_int_eq(sigqueue(getpid(), SIGRTMIN + 3, value), 0);
	ck_assert_uint_eq(fetch(ops, self, SIGRTMIN + 3), TIMES);
	ck_assert(!readable(ops, self, 0));
	ops->close(self);
}
END_TEST

START_TEST(b083_bad_numbers_are_refused)
{
	static const int bad[] = {0, -1, INT_MIN, INT_MAX, SIGKILL, SIGSTOP,
		EV_SIGNAL_MAX, EV_SIGNAL_MAX + 1};
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);
	int blocks = atomic_load(&blocks_alive);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_int_eq(ops->watch(self, bad[i]), -EINVAL);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(ops->unwatch(self, bad[i]),
			bad[i] == SIGKILL ? 0 : -EINVAL);
	ck_assert_int_eq(ops->unwatch(self, EV_SIGNAL_MAX), -EINVAL);
	ck_assert_int_eq(atomic_load(&blocks_alive), blocks);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

START_TEST(watching_twice_is_watching_once)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	ck_assert(handler_is(SIGUSR1, on_stray));
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR2), 0);
	ops->close(self);
}
END_TEST

START_TEST(begins_anew_after_unwatch)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	raise_often(SIGUSR1, 5);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	raise_often(SIGUSR1, 2);
	ck_assert_int_eq(atomic_load(&strays), 2);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

/* The default of SIGVTALRM is the end: what was taken must not come back. */
START_TEST(undelivered_arrivals_do_not_meet_the_default)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGVTALRM);

	raise_often(SIGVTALRM, 1);
	ck_assert_int_eq(ops->unwatch(self, SIGVTALRM), 0);
	ck_assert(handler_is(SIGVTALRM, SIG_DFL));
	ck_assert_int_eq(ops->watch(self, SIGVTALRM), 0);
	raise_often(SIGVTALRM, 1);
	ops->close(self);
	ck_assert(handler_is(SIGVTALRM, SIG_DFL));
}
END_TEST

static void
set_kind(int kind)
{
	struct sigaction action = {.sa_handler = on_stray};

	sigemptyset(&action.sa_mask);
	if (kind == 0)
		action.sa_handler = SIG_DFL;
	if (kind == 1)
		action.sa_handler = SIG_IGN;
	if (kind == 2) {
		action.sa_flags = SA_NODEFER | SA_RESETHAND;
		sigaddset(&action.sa_mask, SIGALRM);
	}
	ck_assert_int_eq(sigaction(SIGHUP, &action, NULL), 0);
}

static void
check_kind(int kind)
{
	struct sigaction now;

	ck_assert_int_eq(sigaction(SIGHUP, NULL, &now), 0);
	if (kind == 0)
		ck_assert(now.sa_handler == SIG_DFL);
	if (kind == 1)
		ck_assert(now.sa_handler == SIG_IGN);
	if (kind == 2) {
		ck_assert(now.sa_handler == on_stray);
		ck_assert(now.sa_flags & SA_NODEFER);
		ck_assert(now.sa_flags & (int)SA_RESETHAND);
		ck_assert_int_eq(sigismember(&now.sa_mask, SIGALRM), 1);
		ck_assert_int_eq(sigismember(&now.sa_mask, SIGTERM), 0);
	}
}

static void
leave(const struct ev_signal_ops *ops, void *self, int by_close)
{
	if (!by_close)
		ck_assert_int_eq(ops->unwatch(self, SIGHUP), 0);
	ops->close(self);
}

START_TEST(bug19_last_watcher_restores_in_any_order)
{
	const struct ev_signal_ops *ops = provider(_i);
	int kind, order, by_close;

	for (kind = 0; kind < 3; kind++)
		for (order = 0; order < 2; order++)
			for (by_close = 0; by_close < 2; by_close++) {
				void *two[2];

				set_kind(kind);
				two[0] = open_watching(ops, SIGHUP);
				two[1] = open_watching(ops, SIGHUP);
				leave(ops, two[order], by_close);
				raise_often(SIGHUP, 1);
				ck_assert_uint_eq(
					fetch(ops, two[!order], SIGHUP), 1);
				leave(ops, two[!order], by_close);
				check_kind(kind);
			}
}
END_TEST

START_TEST(b079_freed_one_leaves_the_others_signals)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	ck_assert_int_eq(ops->watch(self, SIGUSR2), 0);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	ck_assert(handler_is(SIGUSR1, on_stray));
	ck_assert(!handler_is(SIGUSR2, on_stray));
	raise_often(SIGUSR2, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR2), 1);
	ops->close(self);
}
END_TEST

START_TEST(bug15_every_instance_hears)
{
	enum { MANY = 100 };
	const struct ev_signal_ops *ops = provider(_i);
	void *all[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		ck_assert_ptr_nonnull(all[i] = open_watching(ops, SIGUSR1));
	raise_often(SIGUSR1, 1);
	for (i = 0; i < MANY; i++) {
		ck_assert(readable(ops, all[i], 0));
		ck_assert_uint_eq(fetch(ops, all[i], SIGUSR1), 1);
		ck_assert(!readable(ops, all[i], 0));
	}
	for (i = 0; i < MANY; i += 2)
		ops->close(all[i]);
	raise_often(SIGUSR1, 1);
	for (i = 1; i < MANY; i += 2)
		ck_assert_uint_eq(fetch(ops, all[i], SIGUSR1), 1);
	for (i = 1; i < MANY; i += 2)
		ops->close(all[i]);
}
END_TEST

START_TEST(bug15_providers_share_a_signal)
{
	const struct ev_signal_ops *ops[2] = {provider(0), provider(_i)};
	void *self[2];
	int round;

	self[0] = open_watching(ops[0], SIGUSR1);
	self[1] = open_watching(ops[1], SIGUSR1);
	for (round = 0; round < 10; round++) {
		raise_often(SIGUSR1, 1);
		ck_assert_uint_eq(fetch(ops[1], self[1], SIGUSR1), 1);
		ck_assert(readable(ops[0], self[0], 0));
		ck_assert_uint_eq(fetch(ops[0], self[0], SIGUSR1), 1);
	}
	ops[1]->close(self[1]);
	raise_often(SIGUSR1, 3);
	ck_assert_uint_eq(fetch(ops[0], self[0], SIGUSR1), 3);
	ops[0]->close(self[0]);
}
END_TEST

START_TEST(bug14_errno_is_left_alone)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	errno = ENOTTY;
	(void)kill(getpid(), SIGUSR1);
	ck_assert_int_eq(errno, ENOTTY);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

START_TEST(descriptors_do_not_leak_into_programs)
{
	enum { LOOK_AT = 256 };
	const struct ev_signal_ops *ops = provider(_i);
	int before[LOOK_AT];
	int fd, fresh = 0;
	void *self;

	for (fd = 0; fd < LOOK_AT; fd++)
		before[fd] = fcntl(fd, F_GETFD);
	self = open_watching(ops, SIGUSR1);
	for (fd = 0; fd < LOOK_AT; fd++)
		if (before[fd] < 0 && fcntl(fd, F_GETFD) >= 0) {
			ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			fresh++;
		}
	ck_assert_int_ge(fresh, 1);
	ops->close(self);
}
END_TEST

START_TEST(close_of_nothing)
{
	provider(_i)->close(NULL);
}
END_TEST

START_TEST(short_memory_leaves_nothing)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = NULL;

	atomic_store(&blocks_until_failure, 0);
	ck_assert_int_eq(ops->open(&test_host, &self), -ENOMEM);
	ck_assert_ptr_null(self);
	ck_assert_int_eq(ops->open(&test_host, &self), 0);
	atomic_store(&blocks_until_failure, counts_in_kernel(ops) ? -1 : 0);
	if (!counts_in_kernel(ops))
		ck_assert_int_eq(ops->watch(self, SIGUSR1), -ENOMEM);
	ck_assert(handler_is(SIGUSR1, on_stray));
	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

START_TEST(short_descriptors_leave_nothing)
{
	const struct ev_signal_ops *ops = provider(_i);
	struct rlimit found, limit;
	void *self = NULL;
	int err = -EMFILE;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &found), 0);
	limit = found;
	for (limit.rlim_cur = 0; err; limit.rlim_cur++) {
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		err = ops->open(&test_host, &self);
		if (!err)
			break;
		ck_assert_int_eq(err, -EMFILE);
		ck_assert_ptr_null(self);
		ck_assert_int_eq(atomic_load(&blocks_alive), 0);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &found), 0);
	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

/* Where nothing was forked, nothing is to be given up. */
START_TEST(reopen_at_home_keeps_what_arrived)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGUSR1);

	raise_often(SIGUSR1, 1);
	ck_assert_int_eq(ops->reopen(self), 0);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGUSR1), 1);
	ops->close(self);
}
END_TEST

#ifdef __linux__
START_TEST(mask_changes_for_the_watching_time)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *a = open_watching(ops, SIGUSR1);
	void *b = open_watching(ops, SIGUSR1);

	ck_assert_int_eq(is_blocked(SIGUSR1), blocks_signals(ops));
	ck_assert(!is_blocked(SIGUSR2));
	ck_assert_int_eq(ops->watch(b, SIGUSR2), 0);
	ck_assert_int_eq(ops->unwatch(b, SIGUSR1), 0);
	ck_assert_int_eq(is_blocked(SIGUSR1), blocks_signals(ops));
	ops->close(a);
	ck_assert(!is_blocked(SIGUSR1));
	ops->close(b);
	ck_assert(!is_blocked(SIGUSR2));
}
END_TEST

START_TEST(what_was_blocked_stays_blocked)
{
	const struct ev_signal_ops *ops = provider(_i);
	sigset_t one;
	void *self;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &one, NULL), 0);
	self = open_watching(ops, SIGUSR1);
	ck_assert_int_eq(ops->unwatch(self, SIGUSR1), 0);
	ck_assert(is_blocked(SIGUSR1));
	ck_assert_int_eq(ops->watch(self, SIGUSR1), 0);
	ops->close(self);
	ck_assert(is_blocked(SIGUSR1));
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &one, NULL), 0);
	self = open_watching(ops, SIGUSR1);
	ops->close(self);
	ck_assert(!is_blocked(SIGUSR1));
}
END_TEST

/* Unblocked behind its back, a signal meets the handler and still counts. */
START_TEST(unblocked_signals_arrive_as_well)
{
	const struct ev_signal_ops *ops = provider(_i);
	void *self = open_watching(ops, SIGVTALRM);
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGVTALRM);
	ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &one, NULL), 0);
	raise_often(SIGVTALRM, 3);
	ck_assert(readable(ops, self, 0));
	ck_assert_uint_eq(fetch(ops, self, SIGVTALRM), 3);
	ops->close(self);
}
END_TEST
#endif

static Suite *
suite_signal_provider(void)
{
	const TTest *const each[] = {
		readable_from_arrival_to_drain,
		watches_nothing_at_first,
		b075_each_arrival_counts,
		bug16_arrivals_saturate,
		drain_adds_and_saturates,
		signals_are_told_apart,
		every_catchable_signal_is_taken,
		child_that_ends_is_an_arrival,
		real_time_signals_never_coalesce,
		b083_bad_numbers_are_refused,
		watching_twice_is_watching_once,
		begins_anew_after_unwatch,
		undelivered_arrivals_do_not_meet_the_default,
		bug19_last_watcher_restores_in_any_order,
		b079_freed_one_leaves_the_others_signals,
		bug15_every_instance_hears,
		bug15_providers_share_a_signal,
		bug14_errno_is_left_alone,
		descriptors_do_not_leak_into_programs,
		close_of_nothing,
		short_memory_leaves_nothing,
		short_descriptors_leave_nothing,
		reopen_at_home_keeps_what_arrived,
#ifdef __linux__
		mask_changes_for_the_watching_time,
		what_was_blocked_stays_blocked,
		unblocked_signals_arrive_as_well,
#endif
	};
	Suite *suite = suite_create("signal_provider");
	TCase *tcase = tcase_create("contract");
	size_t i;

	tcase_set_timeout(tcase, CASE_SECONDS);
	tcase_add_checked_fixture(tcase, fixture_up, fixture_down);
	tcase_add_test(tcase, chosen_by_name_the_handler_by_default);
	tcase_add_test(tcase, another_major_gets_nothing);
	tcase_add_loop_test(tcase, bug16_no_count_is_too_big, 0, 10);
	for (i = 0; i < sizeof(each) / sizeof(*each); i++)
		tcase_add_loop_test(tcase, each[i], 0, PROVIDERS);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(
		(Suite *(*const[])(void)){suite_signal_provider, NULL});
}
