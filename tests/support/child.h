/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Children of a test, and talk with them over a pair of sockets.
 *
 * A child tells what it saw by its exit status: 0, or the number of the line
 * that went wrong.  Nothing of Check's may run in it.
 */
#ifndef EV_TEST_CHILD_H
#define EV_TEST_CHILD_H

#include <sys/types.h>

#include <event2/util.h>

enum { CHILD_PATIENCE_MS = 20000 };

/** fork(); a child that hangs is ended by SIGALRM. */
pid_t start_child(void);

/** In the child: go on if it holds, else end and tell the line. */
#define INSIST(condition) insist((condition) ? 1 : 0, __LINE__)
void insist(int holds, int line);

/** In the parent: wait for the child, which has to have ended with 0. */
void expect_good_end(pid_t child);

/** Did a byte come from the other one?  Waits for it, with patience. */
int comes_byte(evutil_socket_t fd);

/** Send a byte to the other one; could it be sent? */
int puts_byte(evutil_socket_t fd);

#endif
