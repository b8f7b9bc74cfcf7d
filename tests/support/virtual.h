/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time that passes only while the library sleeps, or when a test says so.
 *
 * Descriptors stay real: a wait asks the kernel what is ready, and when nothing
 * is, its whole time-out has passed.  So a test of hours takes no time, and can
 * say to the nanosecond when something must happen.
 *
 * Needs a build with -Dtest_seams=true.
 */
#ifndef EV_TEST_VIRTUAL_H
#define EV_TEST_VIRTUAL_H

#include <stdint.h>

#define VIRTUAL_MS INT64_C(1000000)

/** From now on, until the process ends. */
void virtual_time(void);

/** Nanoseconds of the monotonic clock. */
int64_t virtual_now(void);

/** So much time passes. */
void virtual_pass(int64_t ns);

/** The time of day is another; the monotonic clock goes on. */
void virtual_turn_back(int64_t ns);

/** How often the library slept so far. */
long virtual_sleeps(void);

/**
 * Waits that are finer than a millisecond are refused.
 *
 * @param error  errno, as of a kernel that does not have them or a sandbox that
 *     does not know them
 */
void virtual_refuse_precision(int error);

#endif
