/* SPDX-License-Identifier: BSD-3-Clause */
#include "mem.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

/* Of libraries above this one. */
enum { KEEPERS_MAX = 4 };

static _Atomic(void (*)(void)) keepers[KEEPERS_MAX];

static void *(*user_malloc)(size_t);
static void *(*user_realloc)(void *, size_t);
static void (*user_free)(void *);

void
event_set_mem_functions(void *(*malloc_fn)(size_t),
	void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *))
{
	user_malloc = malloc_fn;
	user_realloc = realloc_fn;
	user_free = free_fn;
}

static void *
checked(void *block)
{
	if (!block)
		errno = ENOMEM;
	return block;
}

void *
mem_alloc(size_t size)
{
	if (size == 0)
		return NULL;
	return checked(user_malloc ? user_malloc(size) : malloc(size));
}

void *
mem_zero(size_t n, size_t size)
{
	void *block;

	if (n == 0 || size == 0 || n > SIZE_MAX / size)
		return n && size ? checked(NULL) : NULL;
	if (!user_malloc)
		return checked(calloc(n, size));
	block = mem_alloc(n * size);
	if (block)
		memset(block, 0, n * size);
	return block;
}

void *
mem_resize(void *block, size_t size)
{
	if (size == 0) {
		mem_free(block);
		return NULL;
	}
	if (!block)
		return mem_alloc(size);
	return checked(user_realloc ? user_realloc(block, size)
				    : realloc(block, size));
}

char *
mem_dup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = mem_alloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void
mem_free(void *block)
{
	if (!block)
		return;
	if (user_free)
		user_free(block);
	else
		free(block);
}

int
mem_may_keep(void (*give_back)(void))
{
	void (*found)(void);

	if (user_malloc)
		return 0;
	for (int i = 0; i < KEEPERS_MAX; i++) {
		found = NULL;
		if (atomic_compare_exchange_strong(
			    &keepers[i], &found, give_back) ||
			found == give_back)
			return 1;
	}
	return 0;
}

void
mem_give_back(void)
{
	void (*give_back)(void);

	for (int i = 0; i < KEEPERS_MAX; i++)
		if ((give_back = atomic_load(&keepers[i])))
			give_back();
}
