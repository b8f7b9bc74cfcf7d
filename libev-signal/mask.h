/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals blocked in a thread on behalf of many: the first blocks, the last
 * unblocks what was not blocked before.  A mask belongs to its thread, so
 * only that thread can give back what it took.
 */
#ifndef EV_SIGNAL_MASK_H
#define EV_SIGNAL_MASK_H

/* Block SIGNO in the calling thread.  The thread, or 0 where that failed. */
unsigned mask_block(int signo);

/* Undo it; in any other thread than THREAD nothing is done. */
int mask_unblock(int signo, unsigned thread);

/* Is THREAD the calling one?  0 is nobody. */
int mask_is_mine(unsigned thread);

#endif
