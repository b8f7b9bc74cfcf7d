/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signal providers and fork.  The loop variable is the provider.  A child
 * tells its parent which line found a fault, and the parent judges.
 */
#include <sys/resource.h>

#include "../support/runner.h"
#include "signal_fixture.h"

struct family {
	const struct ev_signal_ops *ops;
	void *self, *other;
};

static int report_fd;

/*
 * The child's last word: the line that found a fault, or 0.  SIGKILL: what
 * threads had that did not come along is not to be called a leak.
 */
static void
report(int line)
{
	(void)!write(report_fd, &line, sizeof(line));
	(void)raise(SIGKILL);
}

static void
want(int condition, int line)
{
	if (!condition)
		report(line);
}

#define WANT(condition) want((condition), __LINE__)

static void
run_child(void (*fn)(const struct family *), const struct family *family)
{
	int ends[2], line = -1;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)close(ends[0]);
		report_fd = ends[1];
		(void)signal(SIGALRM, SIG_DFL);
		(void)alarm(CASE_SECONDS / 2);
		fn(family);
		report(0);
	}
	(void)close(ends[1]);
	ck_assert_int_eq(read(ends[0], &line, sizeof(line)), sizeof(line));
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_msg(line == 0, "the child complains in line %d", line);
}

static struct family
found_family(int index)
{
	struct family family = {.ops = provider(index)};

	family.self = open_watching(family.ops, SIGUSR1);
	family.other = open_watching(family.ops, SIGUSR1);
	ck_assert_ptr_nonnull(family.self);
	ck_assert_ptr_nonnull(family.other);
	return family;
}

/* The parent hears what is its own and has heard nothing else. */
static void
judge_family(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;

	ck_assert(!readable(ops, family->self, 0));
	ck_assert(!readable(ops, family->other, 0));
	ck_assert_uint_eq(fetch(ops, family->self, SIGUSR1), 0);
	raise_often(SIGUSR1, 1);
	ck_assert(readable(ops, family->self, 0));
	ck_assert_uint_eq(fetch(ops, family->self, SIGUSR1), 1);
	ck_assert(readable(ops, family->other, 0));
	ck_assert_uint_eq(fetch(ops, family->other, SIGUSR1), 1);
	ops->close(family->self);
	ops->close(family->other);
}

static int
hears(const struct ev_signal_ops *ops, void *self, int signo)
{
	raise_often(signo, 1);
	return readable(ops, self, 0) && fetch(ops, self, signo) == 1 &&
	       !readable(ops, self, 0);
}

static void
raise_unopened(const struct family *family)
{
	raise_often(SIGUSR1, 10);
	WANT(fetch(family->ops, family->self, SIGUSR1) == 0);
}

START_TEST(bug17_childs_signal_is_not_the_parents)
{
	struct family family = found_family(_i);

	run_child(raise_unopened, &family);
	judge_family(&family);
}
END_TEST

static void
reopen_and_hear(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;
	int i;

	WANT(ops->reopen(family->self) == 0);
	WANT(!readable(ops, family->self, 0));
	WANT(fetch(ops, family->self, SIGUSR1) == 0);
	for (i = 0; i < 100; i++)
		WANT(hears(ops, family->self, SIGUSR1));
	WANT(ops->reopen(family->other) == 0);
	WANT(hears(ops, family->self, SIGUSR1));
	WANT(fetch(ops, family->other, SIGUSR1) == 1);
	ops->close(family->self);
	WANT(hears(ops, family->other, SIGUSR1));
	ops->close(family->other);
	WANT(handler_is(SIGUSR1, on_stray));
	WANT(count_descriptors() == descriptors_before + 1);
	WANT(atomic_load(&blocks_alive) == 0);
}

START_TEST(bug17_reopened_child_hears_its_own)
{
	struct family family = found_family(_i);

	run_child(reopen_and_hear, &family);
	judge_family(&family);
}
END_TEST

START_TEST(counts_of_before_stay_with_the_parent)
{
	struct family family = found_family(_i);

	raise_often(SIGUSR1, 1);
	run_child(reopen_and_hear, &family);
	ck_assert(readable(family.ops, family.self, 0));
	ck_assert(readable(family.ops, family.other, 0));
	ck_assert_uint_eq(fetch(family.ops, family.self, SIGUSR1), 1);
	ck_assert_uint_eq(fetch(family.ops, family.other, SIGUSR1), 1);
	judge_family(&family);
}
END_TEST

static void
drain_unopened(const struct family *family)
{
	WANT(fetch(family->ops, family->self, SIGUSR1) == 0);
	family->ops->close(family->other);
}

START_TEST(childs_drain_leaves_the_parents_wake_up)
{
	struct family family = found_family(_i);

	raise_often(SIGUSR1, 1);
	run_child(drain_unopened, &family);
	ck_assert(readable(family.ops, family.self, 0));
	ck_assert_uint_eq(fetch(family.ops, family.self, SIGUSR1), 1);
	ck_assert_uint_eq(fetch(family.ops, family.other, SIGUSR1), 1);
	judge_family(&family);
}
END_TEST

static void
reopen_one(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;

	WANT(ops->reopen(family->self) == 0);
	WANT(hears(ops, family->self, SIGUSR1));
	WANT(fetch(ops, family->other, SIGUSR1) == 0);
	ops->close(family->other);
	WANT(hears(ops, family->self, SIGUSR1));
	ops->close(family->self);
	WANT(handler_is(SIGUSR1, on_stray));
	raise_often(SIGUSR1, 1);
	WANT(atomic_load(&strays) == 1);
}

START_TEST(one_never_reopened_is_harmless)
{
	struct family family = found_family(_i);

	run_child(reopen_one, &family);
	judge_family(&family);
}
END_TEST

static void
close_unopened(const struct family *family)
{
	family->ops->close(family->self);
	WANT(!handler_is(SIGUSR1, on_stray));
	family->ops->close(family->other);
	WANT(handler_is(SIGUSR1, on_stray));
	WANT(count_descriptors() == descriptors_before + 1);
	WANT(atomic_load(&blocks_alive) == 0);
}

START_TEST(child_closes_what_it_never_reopened)
{
	struct family family = found_family(_i);

	run_child(close_unopened, &family);
	judge_family(&family);
}
END_TEST

static void
change_unopened(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;

	WANT(ops->unwatch(family->self, SIGUSR1) == 0);
	WANT(ops->watch(family->self, SIGUSR2) == 0);
	raise_often(SIGUSR2, 1);
	WANT(fetch(ops, family->self, SIGUSR2) == 0);
	/* What is pending in the child, blocked, is the child's own. */
	WANT(ops->reopen(family->self) == 0);
	(void)fetch(ops, family->self, SIGUSR2);
	WANT(hears(ops, family->self, SIGUSR2));
	raise_often(SIGUSR1, 1);
	WANT(fetch(ops, family->self, SIGUSR1) == 0);
}

START_TEST(child_changes_only_its_own_interest)
{
	struct family family = found_family(_i);

	run_child(change_unopened, &family);
	raise_often(SIGUSR2, 1);
	ck_assert_int_eq(atomic_load(&strays), 1);
	judge_family(&family);
}
END_TEST

static void
reopen_when_possible(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;
	struct rlimit found, limit;
	int err;

	WANT(getrlimit(RLIMIT_NOFILE, &found) == 0);
	limit = found;
	limit.rlim_cur = 0;
	do {
		WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		err = ops->reopen(family->self);
		WANT(err == 0 || err == -EMFILE);
		raise_often(SIGUSR1, !!err);
		limit.rlim_cur++;
	} while (err);
	WANT(setrlimit(RLIMIT_NOFILE, &found) == 0);
	(void)fetch(ops, family->self, SIGUSR1);
	WANT(hears(ops, family->self, SIGUSR1));
	ops->close(family->self);
	ops->close(family->other);
	WANT(count_descriptors() == descriptors_before + 1);
}

START_TEST(failed_reopen_can_be_tried_again)
{
	struct family family = found_family(_i);

	run_child(reopen_when_possible, &family);
	judge_family(&family);
}
END_TEST

static void
reopen_and_look_at_mask(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;

	WANT(!is_blocked(SIGUSR1));
	WANT(ops->reopen(family->self) == 0);
	WANT(is_blocked(SIGUSR1) == blocks_signals(ops));
	WANT(hears(ops, family->self, SIGUSR1));
	ops->close(family->self);
	WANT(!is_blocked(SIGUSR1));
}

/* The thread that forks is not the one that watched. */
START_TEST(mask_follows_into_the_child)
{
	struct errand errand = {.ops = provider(_i)};
	struct family family = {.ops = errand.ops};

	run_elsewhere(open_elsewhere, &errand);
	family.self = errand.self;
	run_child(reopen_and_look_at_mask, &family);
	errand.ops->close(errand.self);
}
END_TEST

static void
open_fresh(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;
	void *fresh = open_watching(ops, SIGUSR1);

	WANT(fresh != NULL);
	WANT(hears(ops, fresh, SIGUSR1));
	WANT(fetch(ops, family->self, SIGUSR1) == 0);
	ops->close(fresh);
}

START_TEST(child_opens_instances_of_its_own)
{
	struct family family = found_family(_i);

	run_child(open_fresh, &family);
	judge_family(&family);
}
END_TEST

static void
have_a_child(const struct family *family)
{
	struct family ours = {.ops = family->ops, .self = family->self};
	int status = -1;
	pid_t child;

	WANT(ours.ops->reopen(ours.self) == 0);
	child = fork();
	if (child == 0)
		_exit(ours.ops->reopen(ours.self) < 0 ||
			!hears(ours.ops, ours.self, SIGUSR1) ||
			!hears(ours.ops, ours.self, SIGUSR1));
	WANT(waitpid(child, &status, 0) == child);
	WANT(status == 0);
	WANT(!readable(ours.ops, ours.self, 0));
	WANT(hears(ours.ops, ours.self, SIGUSR1));
}

START_TEST(grandchildren_hear_their_own)
{
	struct family family = found_family(_i);

	run_child(have_a_child, &family);
	judge_family(&family);
}
END_TEST

/* The thread sanitizer runs no handlers in the child of many threads. */
static void
live_on(const struct family *family)
{
	const struct ev_signal_ops *ops = family->ops;

	WANT(ops->reopen(family->self) == 0);
	WANT(UNDER_TSAN || hears(ops, family->self, SIGUSR1));
	ops->close(family->other);
	ops->close(family->self);
}

/* Locks held and handlers halfway in other threads: the child is not stuck. */
START_TEST(bug17_fork_in_the_middle_of_everything)
{
	enum { FORKS = 100 };
	int64_t end = now_ms() + STORM_MS;
	struct family family = found_family(_i);
	struct churner churners[CHURNERS];
	pid_t sender = start_sender(SIGUSR1);
	int i;

	start_churners(churners, family.ops, SIGUSR1);
	for (i = 0; i < FORKS && now_ms() < end; i++)
		run_child(live_on, &family);
	stop_sender(sender);
	stop_churners(churners);
	for (i = 0; i < 4; i++)
		(void)fetch(family.ops, i % 2 ? family.self : family.other,
			SIGUSR1);
	judge_family(&family);
}
END_TEST

static Suite *
suite_signal_fork(void)
{
	const TTest *const each[] = {
		bug17_childs_signal_is_not_the_parents,
		bug17_reopened_child_hears_its_own,
		counts_of_before_stay_with_the_parent,
		childs_drain_leaves_the_parents_wake_up,
		one_never_reopened_is_harmless,
		child_closes_what_it_never_reopened,
		child_changes_only_its_own_interest,
		failed_reopen_can_be_tried_again,
		mask_follows_into_the_child,
		child_opens_instances_of_its_own,
		grandchildren_hear_their_own,
		bug17_fork_in_the_middle_of_everything,
	};
	Suite *suite = suite_create("signal_fork");
	TCase *tcase = tcase_create("children");
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
	return runner_main((Suite *(*const[])(void)){suite_signal_fork, NULL});
}
