/* SPDX-License-Identifier: BSD-3-Clause */
/* fork.h: a child can take what threads that it does not have were holding. */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fork.h"
#include "mutex_posix.h"

#include "../support/runner.h"

enum { FORKS = 50, HOLDERS = 2 };

static struct mutex mutexes[HOLDERS] = {MUTEX_STATIC, MUTEX_STATIC};
static atomic_int over, rounds[HOLDERS];

/* Holds its mutex almost always. */
static void *
hold(void *arg)
{
	int i = *(int *)arg;

	while (!atomic_load(&over)) {
		mutex_take(&mutexes[i]);
		atomic_fetch_add(&rounds[i], 1);
		sched_yield();
		mutex_give(&mutexes[i]);
	}
	return NULL;
}

/* Does a child find all of them free? */
static int
child_can_take_them(void)
{
	pid_t child = fork();
	int status, i;

	if (child == 0) {
		for (i = 0; i < HOLDERS; i++)
			if (mutex_try(&mutexes[i]) < 0)
				_exit(1);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(b101_guarded_mutexes_are_free_in_every_child)
{
	pthread_t threads[HOLDERS];
	int numbers[HOLDERS], taken = 0, i;

	for (i = 0; i < HOLDERS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(fork_guard(&mutexes[i]), 0);
		ck_assert_int_eq(fork_guard(&mutexes[i]), 0);
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, hold, &numbers[i]),
			0);
		while (atomic_load(&rounds[i]) == 0)
			sched_yield();
	}
	for (i = 0; i < FORKS; i++)
		taken += child_can_take_them();
	atomic_store(&over, 1);
	for (i = 0; i < HOLDERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(taken, FORKS);
}
END_TEST

START_TEST(forks_are_counted_in_the_child)
{
	unsigned before;
	int status;
	pid_t child;

	ck_assert_int_eq(fork_watch(), 0);
	before = fork_count();
	child = fork();
	if (child == 0)
		_exit(fork_count() == before + 1 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_uint_eq(fork_count(), before);
}
END_TEST

static Suite *
suite_fork(void)
{
	Suite *suite = suite_create("fork");
	TCase *tcase = tcase_create("fork");

	tcase_add_test(tcase, b101_guarded_mutexes_are_free_in_every_child);
	tcase_add_test(tcase, forks_are_counted_in_the_child);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_fork, NULL});
}
