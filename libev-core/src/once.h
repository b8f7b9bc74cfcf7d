/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events of event_base_once(): each is gone when it has run.  Its memory stays
 * with the base for the next ones.
 */
#ifndef EV_CORE_ONCE_H
#define EV_CORE_ONCE_H

#include "base.h"

/* None is pending any more, and their memory is free. */
void once_free_all(struct event_base *base);

#endif
