/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes a program that fails shorter and plainer, for as long as it fails.
 */
#ifndef EV_TEST_SIM_SHRINK_H
#define EV_TEST_SIM_SHRINK_H

#include "operation.h"

/* Does this one fail in the same way? */
typedef int (*shrink_try)(const struct operation *program, int n);

/*
 * Takes out as many operations as it can, in ever smaller pieces, then makes
 * what is left plainer.  Returns how many are left.
 */
int shrink(struct operation *program, int n, shrink_try fails);

#endif
