/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program as data: a list of operations, each of which stands for itself.
 *
 * Whatever is left out of a list, the rest is a program: an operation that
 * has no sense where it stands does nothing.  All that chance decides is in
 * the list, so a list does the same each time.
 *
 * As text, an operation is one line, and # begins a comment:
 *
 *   WHEN VERB ARGUMENT ...      now add 3 20
 */
#ifndef EV_TEST_SIM_OPERATION_H
#define EV_TEST_SIM_OPERATION_H

#include <stdint.h>
#include <stdio.h>

#define ARGUMENTS   4
#define PROGRAM_MAX 4096

enum when {
	NOW,  /* outside of the loop, in order */
	CALL, /* in the next callback that runs */
	MEAN, /* by another thread, while a loop waits */
	LATE, /* the same, after the wait's reports were made */
	WHENS
};

enum verb {
	MAKE,         /* event, slot (-1: timer; from N_SLOTS: a signal), EV_*
			 flags, priority */
	FREE,         /* event */
	ADD,          /* event, ms (-1: no timeout) */
	ADD_LIKE,     /* event, ms, as a common timeout */
	DEL,          /* event */
	UNTIME,       /* event */
	ACTIVATE,     /* event, EV_* */
	LEVEL,        /* event, priority */
	CHANGE,       /* slot, ready for EV_*, not ready for EV_* */
	CHANGE_LATER, /* the same, in so many ms */
	CLOSE,        /* slot */
	FINISH,       /* slot, base: closed as libev-buffer does it */
	OPEN,         /* slot, ready for EV_*: another file, same number */
	KEEP,         /* slot, place: a duplicate */
	RESTORE,      /* slot, place: the duplicate's file has the number */
	LET_GO,       /* place */
	REFUSE,       /* slot, base, how often its set refuses the number */
	RAISE,        /* signal */
	FORK,         /* it is the child that goes on */
	PASS,         /* ms */
	TURN,         /* base, block, seed of mischief */
	BREAK,        /* base */
	REINIT,       /* base */
	VERBS
};

struct operation {
	enum when when;
	int joined; /* with the one before: in the same callback or turn */
	enum verb verb;
	int args[ARGUMENTS];
};

/* N operations that follow from SEED. */
void program_draw(struct operation *program, int n, uint64_t seed);

void program_write(const struct operation *program, int n, FILE *out);
/* How many were read, at most MAX; -1: a line is none, and was told. */
int program_read(struct operation *program, int max, FILE *in);

#endif
