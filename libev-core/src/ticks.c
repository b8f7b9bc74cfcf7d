/* SPDX-License-Identifier: BSD-3-Clause */
#include "ticks.h"

#include <stdatomic.h>

#ifdef TICKS_X86
#include <cpuid.h>

#define POWER_LEAF    0x80000007
#define INVARIANT_TSC (1u << 8)

static int
ask(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(POWER_LEAF, &a, &b, &c, &d) && d & INVARIANT_TSC;
}
#elif defined(TICKS_ARM)
static int
ask(void)
{
	return 1; /* the architecture promises it */
}
#else
static int
ask(void)
{
	return 0;
}
#endif

/* Under a hypervisor the question itself takes microseconds. */
int
ticks_are_steady(void)
{
	static atomic_int answer; /* 0: not asked, 1: no, 2: yes */
	int known = atomic_load_explicit(&answer, memory_order_relaxed);

	if (known == 0) {
		known = 1 + ask();
		atomic_store_explicit(&answer, known, memory_order_relaxed);
	}
	return known == 2;
}
