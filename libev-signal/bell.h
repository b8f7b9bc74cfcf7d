/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A descriptor that a signal handler makes readable: an eventfd where there
 * is one, else a pipe.
 *
 * Whoever has something to say writes it down and then rings.  Whoever hears
 * it hushes the bell and then looks what was written down.  So nothing said
 * after the look goes unheard, and between two hushes at most one ring, the
 * first, costs a system call.
 */
#ifndef EV_SIGNAL_BELL_H
#define EV_SIGNAL_BELL_H

#include <stdatomic.h>

struct bell {
	int fd;      /* readable when rung */
	int ring_fd; /* the same eventfd, or the pipe's other end */
	atomic_int rung;
};

int bell_open(struct bell *bell);
void bell_close(struct bell *bell);

/* TO, closed, becomes FROM, just opened, which is to be forgotten. */
void bell_move(struct bell *to, const struct bell *from);

/* From any thread and from a signal handler; spoils errno. */
void bell_ring(struct bell *bell);

/* Make it unreadable; on failure it is as it was.  Never blocks. */
int bell_hush(struct bell *bell);

#endif
