/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain.h"

#include <errno.h>
#include <stdint.h>

#include "core_link.h"
#include "pool.h"

/*
 * Blocks, heads included: the first of a buffer is small, each next one twice
 * as large.  What is asked for in one piece may be larger than that.
 */
enum { BLOCK_MIN = 256, BLOCK_GROWN = 65536, BLOCK_UNIT = 4096 };

/* Memory of the program's, and a chain of it: the chain is its holder. */
struct reference {
	struct chain chain;
	evbuffer_ref_cleanup_cb cleanup;
	void *arg;
};

/* Memory of the program's that several chains have parts of. */
struct lease {
	struct holder self;
	size_t total;
	evbuffer_ref_cleanup_cb cleanup;
	void *arg;
};

/* 0 when there is no such size. */
static size_t
block_size(size_t room)
{
	size_t size = BLOCK_MIN, least = room + sizeof(struct chain);

	if (room > EV_SSIZE_MAX - sizeof(struct chain) - BLOCK_UNIT)
		return 0;
	if (least > BLOCK_GROWN)
		return (least + BLOCK_UNIT - 1) / BLOCK_UNIT * BLOCK_UNIT;
	while (size < least)
		size *= 2;
	return size;
}

static void
release_chain(struct holder *self)
{
	struct chain *chain = (struct chain *)self;

	if (chain->holder)
		holder_drop(chain->holder);
	if (chain->kind == CHAIN_OWN)
		pool_free(chain, chain->capacity + sizeof(*chain));
	else
		core_free(chain);
}

static void
init(struct chain *chain, enum chain_kind kind, unsigned char *memory,
	size_t capacity)
{
	holder_init(&chain->self, release_chain);
	chain->kind = kind;
	chain->next = NULL;
	chain->holder = NULL;
	chain->memory = memory;
	chain->capacity = capacity;
	chain->begin = 0;
	chain->length = 0;
}

struct chain *
chain_new(size_t room)
{
	size_t size = block_size(room);
	struct chain *chain;

	if (!size) {
		errno = ENOMEM;
		return NULL;
	}
	chain = pool_alloc(size);
	if (chain)
		init(chain, CHAIN_OWN, (unsigned char *)(chain + 1),
			size - sizeof(*chain));
	return chain;
}

size_t
chain_next_size(size_t size)
{
	size_t block = size + sizeof(struct chain);

	if (block >= BLOCK_GROWN / 2)
		return BLOCK_GROWN - sizeof(struct chain);
	return 2 * block - sizeof(struct chain);
}

static void
release_reference(struct holder *self)
{
	struct reference *reference = (struct reference *)self;

	if (reference->cleanup)
		reference->cleanup(reference->chain.memory,
			reference->chain.capacity, reference->arg);
	core_free(reference);
}

struct chain *
chain_new_reference(const void *data, size_t offset, size_t length,
	evbuffer_ref_cleanup_cb cleanup, void *arg)
{
	struct reference *reference = core_alloc(sizeof(*reference));
	struct chain *chain;

	if (!reference)
		return NULL;
	chain = &reference->chain;
	/* It is never written to: it has no room and is not CHAIN_OWN. */
	init(chain, CHAIN_SHARED, (unsigned char *)(uintptr_t)data,
		offset + length);
	chain->self.release = release_reference;
	chain->begin = offset;
	chain->length = length;
	reference->cleanup = cleanup;
	reference->arg = arg;
	return chain;
}

struct chain *
chain_new_held(struct holder *holder, enum chain_kind kind,
	unsigned char *memory, size_t begin, size_t length)
{
	struct chain *chain = core_alloc(sizeof(*chain));

	if (!chain)
		return NULL;
	init(chain, kind, memory, begin + length);
	chain->begin = begin;
	chain->length = length;
	chain->holder = holder;
	holder_take(holder);
	return chain;
}

struct chain *
chain_new_part(struct chain *chain, size_t length, enum chain_kind kind)
{
	return chain_new_held(chain->holder ? chain->holder : &chain->self,
		kind, chain->memory, chain->begin, length);
}

static void
release_lease(struct holder *self)
{
	struct lease *lease = (struct lease *)self;

	if (lease->cleanup)
		lease->cleanup(NULL, lease->total, lease->arg);
	core_free(lease);
}

struct holder *
chain_new_holder(void)
{
	struct lease *lease = core_alloc(sizeof(*lease));

	if (!lease)
		return NULL;
	memset(lease, 0, sizeof(*lease));
	holder_init(&lease->self, release_lease);
	return &lease->self;
}

void
chain_arm_holder(struct holder *holder, size_t total,
	evbuffer_ref_cleanup_cb cleanup, void *arg)
{
	struct lease *lease = (struct lease *)holder;

	lease->total = total;
	lease->cleanup = cleanup;
	lease->arg = arg;
}

void
chain_drop_list(struct chain *chain)
{
	struct chain *next;

	for (; chain; chain = next) {
		next = chain->next;
		chain_drop(chain);
	}
}
