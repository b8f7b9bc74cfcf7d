/* SPDX-License-Identifier: BSD-3-Clause */
/* With the seams, time passes when the model says so; without, it is left out. */
#include "model.h"

#ifndef EV_TEST_SEAMS
void
time_begin(void)
{
}

int64_t
time_now(void)
{
	return 0;
}

void
time_pass(int64_t ns)
{
	(void)ns;
}
#else

#include "../support/virtual.h"

void
time_begin(void)
{
	virtual_time();
}

int64_t
time_now(void)
{
	return virtual_now();
}

void
time_pass(int64_t ns)
{
	virtual_pass(ns);
}
#endif
