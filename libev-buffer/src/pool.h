/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Large blocks of memory that are used again.  Without that the allocator gives
 * them back to the system, which hands them out anew a page at a time, each
 * with a fault: many times what it costs to fill them.
 *
 * The pool is small and belongs to the process.  It is only ever tried: where
 * another thread is in it, or it has nothing or is full, the allocator serves.
 */
#ifndef EV_BUFFER_POOL_H
#define EV_BUFFER_POOL_H

#include <stddef.h>

/* NULL, and ENOMEM, when memory is short. */
void *pool_alloc(size_t size);
/* SIZE as it was given to pool_alloc(). */
void pool_free(void *block, size_t size);

#endif
