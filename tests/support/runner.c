/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * runner.h: suites to TAP.
 *
 * A program that ran nothing has failed: a wrong name in a filter must not
 * look like success.
 */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_PER_TEST "30"

int
runner_wants(const char *test)
{
	const char *filter = getenv("LIBEV_TEST_FILTER");

	return !filter || strstr(test, filter);
}

void
runner_add(TCase *tcase, const TTest *test, int start, int end)
{
	if (runner_wants(test->name))
		_tcase_add_test(tcase, test, 0, 0, start, end);
}

static SRunner *
make(Suite *(*const suites[])(void))
{
	SRunner *runner = srunner_create(NULL);
	int i;

	for (i = 0; suites[i]; i++)
		srunner_add_suite(runner, suites[i]());
	if (!getenv("CK_TAP_LOG_FILE_NAME"))
		srunner_set_tap(runner, "-");
	return runner;
}

int
runner_main(Suite *(*const suites[])(void))
{
	SRunner *runner;
	int ran;

	if (setenv("CK_DEFAULT_TIMEOUT", SECONDS_PER_TEST, 0) < 0)
		return EXIT_FAILURE;
	runner = make(suites);
	srunner_run_all(runner, CK_SILENT);
	ran = srunner_ntests_run(runner);
	srunner_free(runner);
	if (!ran)
		fprintf(stderr, "no test was run\n");
	return ran && !fflush(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
