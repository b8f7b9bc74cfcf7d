/* SPDX-License-Identifier: BSD-3-Clause */
/* Bufferevents and listeners, on the backend that LIBEV_TEST_BACKEND names. */
#include <stddef.h>

#include "../support/refusal.h"
#include "../support/runner.h"
#include "suites.h"

int
main(void)
{
	static Suite *(*const suites[])(void) = {
		socket_suite,
		callbacks_suite,
		life_suite,
		connect_suite,
		pair_suite,
		filter_suite,
		rate_suite,
		extras_suite,
		pipe_suite,
		datagram_suite,
		kind_suite,
		listener_suite,
		found_suite,
		threads_suite,
		shared_suite,
		bugs_suite,
		shortage_suite,
		NULL,
	};

	return nothing_to_test() ? 0 : runner_main(suites);
}
