/* SPDX-License-Identifier: BSD-3-Clause */
#include "core_link.h"

#include <stdio.h>

_Atomic(const struct ev_core_ops *) core_link;

static void *
no_memory(void *block, size_t size)
{
	(void)block, (void)size;
	return NULL;
}

/* What cannot be made is never used: nothing else of it is called. */
static const struct ev_core_ops none = {.resize = no_memory};

static int
is_usable(const struct ev_core_ops *ops)
{
	return ops && EV_ABI_HAS(struct ev_core_ops, ops, close_fd);
}

const struct ev_core_ops *
core_link_fetch(void)
{
	const struct ev_core_ops *ops = ev_core_table(EV_CORE_ABI);

	if (!is_usable(ops)) {
		fputs("libev-buffer: libev-core is of another major version\n",
			stderr);
		ops = &none;
	}
	atomic_store_explicit(&core_link, ops, memory_order_release);
	return ops;
}
