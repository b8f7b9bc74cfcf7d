/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * histogram: how often which value came, to within three per cent.
 *
 * Values below 64 have a slot each; from there on every doubling has 32.  So
 * slot 32 * k + m holds the values from m << k on, where m is 32 to 63 (or,
 * for k = 0, 0 to 63), and all 64 bits take 1920 slots.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_SLOTS = 1920 };

struct histogram {
	uint64_t count;
	uint64_t slots[HISTOGRAM_SLOTS];
};

static inline void
histogram_add(struct histogram *histogram, uint64_t value)
{
	unsigned k = 0;

	while (value >> k >= 64)
		k++;
	histogram->slots[32 * k + (value >> k)]++;
	histogram->count++;
}

/* The value that SHARE of all, 0 to 1, do not exceed; 0 if there are none. */
static inline uint64_t
histogram_at(const struct histogram *histogram, double share)
{
	uint64_t below = 0;

	for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
		unsigned k = slot < 64 ? 0 : slot / 32 - 1;

		below += histogram->slots[slot];
		if (below > 0 && below >= share * histogram->count)
			return ((uint64_t)(slot - 32 * k + 1) << k) - 1;
	}
	return 0;
}

#endif
