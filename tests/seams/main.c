/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours that can be told exactly when a test stands in for the system.
 *
 * Needs a build with -Dtest_seams=true.  Run once for each backend
 * (LIBEV_TEST_BACKEND), with threads and without (LIBEV_TEST_THREADS=1).
 */
#include "suites.h"

#include "../support/refusal.h"
#include "../support/runner.h"

static Suite *(*const suites[])(void) = {
	suite_ring,
	suite_schedule,
	suite_changes,
	suite_bell,
	NULL,
};

int
main(void)
{
	return nothing_to_test() ? 0 : runner_main(suites);
}
