/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.h: the monotonic clock, read from the system and not through the
 * library under test.
 */
#include "clock.h"

#include <time.h>

int64_t
clock_real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_ms_since(int64_t since)
{
	return (clock_real_ns() - since) / 1000000;
}

struct timeval
clock_ms(long ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	return tv;
}

int64_t
clock_us_between(const struct timeval *earlier, const struct timeval *later)
{
	return ((int64_t)later->tv_sec - earlier->tv_sec) * 1000000 +
	       later->tv_usec - earlier->tv_usec;
}

void
clock_burn_ms(long ms)
{
	int64_t since = clock_real_ns();

	while (clock_ms_since(since) < ms)
		;
}
