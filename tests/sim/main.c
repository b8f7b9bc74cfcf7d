/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs on a simulated kernel, against a reference.
 *
 * LIBEV_TEST_BACKEND  sim, sim_list or sim_pin
 * LIBEV_TEST_THREADS  there is another thread
 * LIBEV_TEST_SEED     the first program
 * LIBEV_TEST_STEPS    so many operations, of all programs
 * LIBEV_TEST_PROGRAM  play this file, and nothing else
 *
 * Programs run in a child, so that one which crashes or hangs is as good a
 * failure as any.  One that fails is shrunk and printed: it can be pasted
 * into a file.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "../support/runner.h"
#include "player.h"
#include "shrink.h"

/* A program takes a millisecond.  Shrinking ends in any case. */
enum { PROGRAM_LENGTH = 600, PATIENCE_S = 10, SHRINK_S = 60 };

/* What became of a program; rule is that of struct progress. */
struct outcome {
	int status; /* of waitpid() */
	const char *rule;
};

static struct progress *progress;
static struct operation program[PROGRAM_MAX];

/* While we shrink. */
static struct outcome wanted;
static time_t shrink_until;

static const char *
setting(const char *name, const char *otherwise)
{
	const char *text = getenv(name);

	return text && *text ? text : otherwise;
}

static void
say_nothing(int severity, const char *text)
{
	(void)severity, (void)text;
}

static void
prepare_child(void)
{
	signal(SIGALRM, SIG_DFL);
	event_set_log_callback(say_nothing);
	player_init(setting("LIBEV_TEST_BACKEND", "sim"),
		*setting("LIBEV_TEST_THREADS", "") != '\0', progress);
}

static struct outcome
await(pid_t child)
{
	struct outcome outcome = {.status = -1};

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &outcome.status, 0), child);
	outcome.rule = progress->rule;
	return outcome;
}

static pid_t
begin_child(void)
{
	fflush(stdout);
	progress->rule = NULL;
	progress->text[0] = '\0';
	return fork();
}

/* --- one program, again and again ----------------------------------------*/

static struct outcome
play(const struct operation *ops, int n)
{
	pid_t child = begin_child();

	if (child == 0) {
		prepare_child();
		alarm(PATIENCE_S);
		player_run(ops, n);
		_exit(EXIT_SUCCESS);
	}
	return await(child);
}

static int
fails_alike(const struct operation *ops, int n)
{
	struct outcome outcome;

	if (time(NULL) > shrink_until)
		return 0;
	outcome = play(ops, n);
	return outcome.status == wanted.status && outcome.rule == wanted.rule;
}

static const char *
words_for(const struct outcome *outcome)
{
	static char text[80];

	if (outcome->rule)
		return progress->text;
	if (WIFSIGNALED(outcome->status))
		snprintf(text, sizeof(text), "ended by signal %d%s",
			WTERMSIG(outcome->status),
			WTERMSIG(outcome->status) == SIGALRM ? ": hangs" : "");
	else
		snprintf(text, sizeof(text), "ended with status %d",
			WEXITSTATUS(outcome->status));
	return text;
}

/* Shrink the first N operations, which end as OUTCOME says, and tell. */
static void
tell(struct outcome outcome, int n)
{
	uint64_t seed = progress->seed;

	wanted = outcome;
	shrink_until = time(NULL) + SHRINK_S;
	if (!fails_alike(program, n))
		ck_abort_msg("program %llu: %s; but not when it is repeated",
			(unsigned long long)seed, words_for(&outcome));
	n = shrink(program, n, fails_alike);
	outcome = play(program, n);
	fprintf(stderr, "# program %llu, shrunk: %s\n",
		(unsigned long long)seed, words_for(&outcome));
	program_write(program, n, stderr);
	ck_abort_msg("program %llu: %s", (unsigned long long)seed,
		words_for(&outcome));
}

/* --- many programs -------------------------------------------------------*/

static void
run_many(uint64_t seed, long steps)
{
	for (; steps > 0; steps -= PROGRAM_LENGTH, seed++) {
		progress->seed = seed;
		program_draw(program, PROGRAM_LENGTH, seed);
		alarm(PATIENCE_S);
		player_run(program, PROGRAM_LENGTH);
	}
}

static void
begin_tests(void)
{
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(progress, MAP_FAILED);
}

START_TEST(random_programs_agree_with_the_reference)
{
	char by_time[32];
	uint64_t seed;
	long steps = strtol(setting("LIBEV_TEST_STEPS", "2000000"), NULL, 0);
	struct outcome outcome;
	pid_t child;

	snprintf(by_time, sizeof(by_time), "%lld000", (long long)time(NULL));
	seed = strtoull(setting("LIBEV_TEST_SEED", by_time), NULL, 0);
	printf("# seed %llu, %ld steps\n", (unsigned long long)seed, steps);
	child = begin_child();
	if (child == 0) {
		prepare_child();
		run_many(seed, steps);
		_exit(EXIT_SUCCESS);
	}
	outcome = await(child);
	printf("# %ld waits\n", progress->turns);
	fflush(stdout);
	if (outcome.status == 0)
		return;
	program_draw(program, PROGRAM_LENGTH, progress->seed);
	tell(outcome, PROGRAM_LENGTH);
}
END_TEST

START_TEST(program_from_file)
{
	FILE *in = fopen(getenv("LIBEV_TEST_PROGRAM"), "r");
	struct outcome outcome;
	int n;

	ck_assert_msg(in != NULL, "LIBEV_TEST_PROGRAM is no file");
	n = program_read(program, PROGRAM_MAX, in);
	fclose(in);
	ck_assert_int_gt(n, 0);
	outcome = play(program, n);
	if (outcome.status != 0)
		tell(outcome, n);
}
END_TEST

static Suite *
suite_sim(void)
{
	Suite *suite = suite_create("sim");
	TCase *tcase = tcase_create("programs");

	tcase_set_timeout(tcase, 1200);
	tcase_add_checked_fixture(tcase, begin_tests, NULL);
	if (getenv("LIBEV_TEST_PROGRAM"))
		tcase_add_test(tcase, program_from_file);
	else
		tcase_add_test(tcase, random_programs_agree_with_the_reference);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_sim, NULL});
}
