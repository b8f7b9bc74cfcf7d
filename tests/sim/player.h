/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Carries a program out, on the core and on the reference at once, and ends
 * the process where the two disagree.
 */
#ifndef EV_TEST_SIM_PLAYER_H
#define EV_TEST_SIM_PLAYER_H

#include "operation.h"

#define N_BASES   2
#define N_SLOTS   4
#define N_SIGNALS 2
#define N_EVENTS  12 /* the last third belongs to the second base */
#define N_LEVELS  3
#define N_PLACES  3 /* for duplicates */
#define FD(slot)  (10 + (slot))

/* Where a program is, and what went wrong; shared between processes. */
struct progress {
	uint64_t seed;
	int step;         /* of the operation that is under way */
	long turns;       /* waits, of all programs */
	const char *rule; /* what does not hold; NULL: nothing was seen */
	char text[256];   /* the same in words, with figures */
};

/* Backend METHOD from now on; with THREADS a second one has its say. */
void player_init(const char *method, int threads, struct progress *progress);

/* From the beginning to the end; returns only if all went well. */
void player_run(const struct operation *program, int n);

#endif
