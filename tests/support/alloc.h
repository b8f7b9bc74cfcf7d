/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An allocator that keeps accounts, for event_set_mem_functions().
 *
 * It counts blocks, fails on request, and finds misuse: freed blocks are filled
 * with a pattern and kept for a while, so that a later write shows; a few bytes
 * behind each block show writes beyond its end.  All may be called from any
 * thread.
 */
#ifndef EV_TEST_ALLOC_H
#define EV_TEST_ALLOC_H

#include <stddef.h>

void *alloc_malloc(size_t size);
void *alloc_realloc(void *block, size_t size);
void alloc_free(void *block);

/** Have the library allocate here.  Before its first other call. */
void alloc_install(void);

/** Blocks that are alive. */
long alloc_blocks(void);

/** Bytes that were asked for in blocks that are alive. */
size_t alloc_bytes(void);

/** Calls of alloc_malloc() and alloc_realloc() so far, failed ones too. */
long alloc_calls(void);

/**
 * Let allocations fail.
 *
 * @param nth  the nth call from now fails; 1 is the next one, 0 none
 * @param and_later  not 0: and so do all after it
 */
void alloc_fail(long nth, int and_later);

/** Has an allocation failed since alloc_fail() was last called? */
int alloc_has_failed(void);

/** What was done wrong first, in words, or NULL: looks at every block. */
const char *alloc_fault(void);

#endif
