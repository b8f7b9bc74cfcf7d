/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workload: one thing that a program asks of an event loop, at one size.
 *
 * A file work_NOUN.c holds the workloads of one noun, in a table that ends
 * with an entry without a name; main.c lists the tables.  What is called in
 * them is the vocabulary of peer.h, so the same lines run on every library.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "meter.h"

struct work {
	const char *name; /* "ready/plain/100" */
	const char *op;   /* what one operation is: "event" */
	void (*run)(struct meter *, const struct work *);
	int n; /* how many there are */
	int k; /* how many of them are busy */
	int variant;
};

extern const struct work work_ready[], work_pipes[], work_churn[],
	work_timers[], work_active[], work_wakeup[], work_signals[],
	work_start[], work_echo[], work_stream[], work_accept[], work_memory[],
	work_buffer[];

/* The work of the process that start/first_event measures. */
void start_first_event(void);

#endif
