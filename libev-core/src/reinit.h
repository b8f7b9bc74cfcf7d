/* SPDX-License-Identifier: BSD-3-Clause */
/* A base in the child of a fork. */
#ifndef EV_CORE_REINIT_H
#define EV_CORE_REINIT_H

#include "base.h"

/*
 * Give BASE kernel objects of its own, so that neither process sees what the
 * other does.  The lock is held.  0 or -errno, and it may be tried again.
 */
int reinit_base(struct event_base *base);

#endif
