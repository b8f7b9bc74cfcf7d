/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program at random, as a test.
 *
 * Always the same one, so that a change is judged by what it changes.
 * LIBEV_TEST_SEED and LIBEV_TEST_STEPS make another; a run prints both.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../support/runner.h"
#include "program.h"

static uint64_t
choose_seed(void)
{
	const char *text = getenv("LIBEV_TEST_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

static long
choose_steps(void)
{
	const char *text = getenv("LIBEV_TEST_STEPS");

	return text ? strtol(text, NULL, 0) : program.steps;
}

START_TEST(random_programs_agree_with_the_model)
{
	uint64_t seed = choose_seed();
	long steps = choose_steps();

	printf("# seed %llu, %ld steps\n", (unsigned long long)seed, steps);
	fflush(stdout);
	program_run_seed(seed, steps);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create(program.name);
	TCase *tcase = tcase_create("random programs");

	tcase_set_timeout(tcase, 1200);
	tcase_add_test(tcase, random_programs_agree_with_the_model);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){make_suite, NULL});
}
