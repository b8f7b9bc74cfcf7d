/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The processor's counter: a number that grows at a steady rate, and is read
 * in less than half the time that the clock takes.  It may be read a little
 * ahead of what comes before it in the program.
 *
 * Where there is none it stands still.  So it does for tests that stand in
 * for the system: they own the time.
 */
#ifndef EV_CORE_TICKS_H
#define EV_CORE_TICKS_H

#include <stdint.h>

#if !defined(EV_TEST_SEAMS) && defined(__GNUC__)
#if defined(__x86_64__) || defined(__i386__)
#define TICKS_X86 1
#elif defined(__aarch64__) && defined(__linux__)
#define TICKS_ARM 1
#endif
#endif

static inline uint64_t
ticks_now(void)
{
#if defined(TICKS_X86)
	return __builtin_ia32_rdtsc();
#elif defined(TICKS_ARM)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

/* Does it promise a rate that neither sleep nor thrift changes? */
int ticks_are_steady(void);

#endif
