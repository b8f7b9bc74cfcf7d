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

static const char *
objection(const struct ev_core_ops *ops)
{
	if (!ops || EV_ABI_MAJOR(ops->abi_version) != EV_ABI_MAJOR(EV_CORE_ABI))
		return "libev-core is of another major of the ABI";
	if (!EV_ABI_HAS(struct ev_core_ops, ops, close_fd))
		return "libev-core's table is shorter than that of ABI 1.0";
	return NULL;
}

const struct ev_core_ops *
core_link_fetch(void)
{
	const struct ev_core_ops *ops = ev_core_table(EV_CORE_ABI);
	const char *why = objection(ops);

	if (why) {
		fprintf(stderr, "libev-buffer: nothing can be made: %s\n", why);
		ops = &none;
	}
	atomic_store_explicit(&core_link, ops, memory_order_release);
	return ops;
}
