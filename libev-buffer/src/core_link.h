/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way to the core: its table, fetched once, and what the buffers ask of it
 * most.  Whatever is not in the public headers goes through here, so a test can
 * bring an ev_core_table() of its own and needs no loop.
 */
#ifndef EV_BUFFER_CORE_LINK_H
#define EV_BUFFER_CORE_LINK_H

#include <stdatomic.h>
#include <stddef.h>

#include <libev-abi/core.h>

extern _Atomic(const struct ev_core_ops *) core_link;

/* Never NULL: of a core of another major it can allocate nothing. */
const struct ev_core_ops *core_link_fetch(void);

static inline const struct ev_core_ops *
core(void)
{
	const struct ev_core_ops *ops = atomic_load_explicit(
		&core_link, memory_order_acquire);

	return ops ? ops : core_link_fetch();
}

/* NULL, and ENOMEM, when memory is short. */
static inline void *
core_alloc(size_t size)
{
	return core()->resize(NULL, size);
}

static inline void
core_free(void *block)
{
	if (block)
		(void)core()->resize(block, 0);
}

#endif
