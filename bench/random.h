/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers that look random and are the same in every run. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

#define RANDOM_SEED                   \
	{                             \
		0x9e3779b97f4a7c15ull \
	}

/* From 0 to BELOW - 1. */
static inline uint64_t
random_below(struct random *random, uint64_t below)
{
	uint64_t x = random->state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	random->state = x;
	return (x >> 11) % below;
}

/* 0 to N - 1 in random order. */
static inline void
random_order(struct random *random, int *order, int n)
{
	for (int i = 0; i < n; i++) {
		int other = (int)random_below(random, (uint64_t)i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

#endif
