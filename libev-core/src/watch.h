/* SPDX-License-Identifier: BSD-3-Clause */
/* Callbacks right before and right after the loop waits. */
#ifndef EV_CORE_WATCH_H
#define EV_CORE_WATCH_H

#include <stdint.h>

#include "base.h"

enum watch_kind { WATCH_PREPARE, WATCH_CHECK };

/*
 * Run those of KIND, in the order in which they were made, with the lock
 * given up for each.  TIMEOUT_NS is how long the loop is going to wait.
 */
void
watch_run(struct event_base *base, enum watch_kind kind, int64_t timeout_ns);
/* The base goes, and they with it. */
void watch_free_all(struct event_base *base);

static inline int
watch_any(const struct event_base *base, enum watch_kind kind)
{
	return base->watches[kind].first != NULL;
}

#endif
