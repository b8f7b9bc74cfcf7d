/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbered behaviours of the API, one suite for each part of it.
 *
 * Run once for each backend (LIBEV_TEST_BACKEND), with threads and without
 * (LIBEV_TEST_THREADS=1), and once for each signal provider (LIBEV_SIGNALS).
 */
#include "suites.h"

#include "../support/refusal.h"
#include "../support/runner.h"

static Suite *(*const suites[])(void) = {
	suite_config,
	suite_base,
	suite_fork,
	suite_library,
	suite_legacy,
	suite_loop,
	suite_loop_end,
	suite_loop_time,
	suite_watch,
	suite_io,
	suite_hang_up,
	suite_seed,
	suite_edge,
	suite_features,
	suite_numbers,
	suite_closing,
	suite_timers,
	suite_priority,
	suite_active,
	suite_signals,
	suite_threads,
	suite_locks,
	suite_bugs,
	NULL,
};

int
main(void)
{
	return nothing_to_test() ? 0 : runner_main(suites);
}
