/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real time for tests: never to wait by, only to say "not before" and, very
 * generously, "not long after".
 */
#ifndef EV_TEST_CLOCK_H
#define EV_TEST_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

/** Nanoseconds of the monotonic clock. */
int64_t clock_real_ns(void);

/** Milliseconds since clock_real_ns() said @p since, rounded down. */
int64_t clock_ms_since(int64_t since);

/** A duration of so many milliseconds. */
struct timeval clock_ms(long ms);

/** @p later less @p earlier, in microseconds. */
int64_t
clock_us_between(const struct timeval *earlier, const struct timeval *later);

/** Keep the processor busy for so long: a callback that takes its time. */
void clock_burn_ms(long ms);

#endif
