/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How every test program runs its suites.
 *
 * Output is TAP on stdout, or in the file that CK_TAP_LOG_FILE_NAME names, and
 * nothing else.  Each test runs in a process of its own unless CK_FORK=no, and
 * has 30 seconds unless its case or CK_DEFAULT_TIMEOUT says otherwise.
 * CK_RUN_SUITE and CK_RUN_CASE choose a suite and a case by name;
 * LIBEV_TEST_FILTER=text leaves only tests that have the text in their names.
 */
#ifndef EV_TEST_RUNNER_H
#define EV_TEST_RUNNER_H

#include <check.h>

/**
 * Make the suites, run them, and tell the results in TAP.
 *
 * @param suites  functions that make one suite each; ended by NULL
 * @return what main() returns: 0 when there was a test and all results were
 *     told, passes and failures alike (TAP's reader judges them); else not 0.
 */
int runner_main(Suite *(*const suites[])(void));

/** Does LIBEV_TEST_FILTER let a test of this name run? */
int runner_wants(const char *test);

/** tcase_add_loop_test(), but for tests that are not wanted. */
void runner_add(TCase *tcase, const TTest *test, int start, int end);

/*
 * Check has no way to choose a single test, so adding goes through the runner.
 */
#undef tcase_add_test
#define tcase_add_test(tcase, test) runner_add((tcase), (test), 0, 1)
#undef tcase_add_loop_test
#define tcase_add_loop_test(tcase, test, start, end) \
	runner_add((tcase), (test), (start), (end))

#endif
