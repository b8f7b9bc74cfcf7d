/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers alone, on a core without a loop. */
#include <stddef.h>

#include "../support/runner.h"
#include "suites.h"

int
main(void)
{
	static Suite *(*const suites[])(void) = {
		evbuffer_suite,
		move_suite,
		search_suite,
		io_suite,
		file_suite,
		notify_suite,
		NULL,
	};

	return runner_main(suites);
}
