/* SPDX-License-Identifier: BSD-3-Clause */
#include "current.h"

#include <stddef.h>

static struct event_base *current;

struct event_base *
current_base(void)
{
	return current;
}

void
current_set(struct event_base *base)
{
	current = base;
}
