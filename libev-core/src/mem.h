/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory.  Every allocation of the library goes through these, and they go
 * through the functions given to event_set_mem_functions(), if any.
 */
#ifndef EV_CORE_MEM_H
#define EV_CORE_MEM_H

#include <stddef.h>

/* NULL when memory is short or SIZE is 0. */
void *mem_alloc(size_t size);
/* N zeroed elements of SIZE bytes; NULL also when the product overflows. */
void *mem_zero(size_t n, size_t size);
/* NULL when memory is short, and BLOCK is as it was; SIZE 0 frees BLOCK. */
void *mem_resize(void *block, size_t size);
/* A copy of TEXT, or NULL. */
char *mem_dup(const char *text);
void mem_free(void *block);

/* See ev_core_ops.may_keep; and have everything that was kept be freed. */
int mem_may_keep(void (*give_back)(void));
void mem_give_back(void);

#endif
