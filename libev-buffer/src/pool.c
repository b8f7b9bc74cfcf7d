/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool.h"

#include <stdatomic.h>

#include "core_link.h"

/* Blocks of SIZE_MIN bytes, and of twice and four times that. */
enum { SIZE_MIN = 16384, N_SIZES = 3, KEPT_MAX = 1 << 20 };

struct spare {
	struct spare *next;
};

static struct {
	atomic_flag taken;
	struct spare *spares[N_SIZES];
	size_t kept; /* bytes */
} pool = {.taken = ATOMIC_FLAG_INIT};

static int
enter(void)
{
	return !atomic_flag_test_and_set_explicit(
		&pool.taken, memory_order_acquire);
}

static void
leave(void)
{
	atomic_flag_clear_explicit(&pool.taken, memory_order_release);
}

/* Blocks of that size, or NULL: none such are kept. */
static struct spare **
spares_of(size_t size)
{
	for (int i = 0; i < N_SIZES; i++)
		if (size == (size_t)SIZE_MIN << i)
			return &pool.spares[i];
	return NULL;
}

static void *
take(struct spare **spares, size_t size)
{
	struct spare *spare;

	if (!enter())
		return NULL;
	spare = *spares;
	if (spare) {
		*spares = spare->next;
		pool.kept -= size;
	}
	leave();
	return spare;
}

void *
pool_alloc(size_t size)
{
	struct spare **spares = size < SIZE_MIN ? NULL : spares_of(size);
	void *block = spares ? take(spares, size) : NULL;

	return block ? block : core_alloc(size);
}

static int
keep(struct spare **spares, void *block, size_t size)
{
	struct spare *spare = block;
	int fits;

	if (!enter())
		return 0;
	fits = pool.kept + size <= KEPT_MAX;
	if (fits) {
		spare->next = *spares;
		*spares = spare;
		pool.kept += size;
	}
	leave();
	return fits;
}

static void
give_back(void)
{
	struct spare *all[N_SIZES], *next;

	if (!enter())
		return;
	for (int i = 0; i < N_SIZES; i++) {
		all[i] = pool.spares[i];
		pool.spares[i] = NULL;
	}
	pool.kept = 0;
	leave();
	for (int i = 0; i < N_SIZES; i++)
		for (; all[i]; all[i] = next) {
			next = all[i]->next;
			core_free(all[i]);
		}
}

void
pool_free(void *block, size_t size)
{
	struct spare **spares = size < SIZE_MIN ? NULL : spares_of(size);

	if (!spares || !core()->may_keep(give_back) ||
		!keep(spares, block, size))
		core_free(block);
}
