/* SPDX-License-Identifier: BSD-3-Clause */
/* The base that the 1.x calls mean: the one event_init() made last. */
#ifndef EV_CORE_CURRENT_H
#define EV_CORE_CURRENT_H

struct event_base;

struct event_base *current_base(void);
void current_set(struct event_base *base);

#endif
