/* SPDX-License-Identifier: BSD-3-Clause */
/* What the emulation of kqueue(2) is made of: descriptors, timers, signals. */
#ifndef EV_EMULATION_KQUEUE_H
#define EV_EMULATION_KQUEUE_H

#include <stdatomic.h>

enum { SIGNALS = 65 };

/*
 * How often each signal was sent since it was asked last, of those watched;
 * what it is written to, eight bytes, makes the queue readable.
 */
struct tally {
	atomic_int watched[SIGNALS];
	atomic_uint sent[SIGNALS];
	int kick;
	int slot; /* among all tallies; -1: none yet */
};

/* 0 or an errno value; the caller serialises the calls. */
int tally_watch(struct tally *tally, int signo);
void tally_unwatch(struct tally *tally, int signo);

/* Returns when no handler looks at TALLY any more. */
void tally_close(struct tally *tally);

/* In a child: nothing is watched by anybody. */
void tally_forget_all(void);

#endif
