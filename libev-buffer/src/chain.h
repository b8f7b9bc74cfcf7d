/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One piece of memory with data in it, a link of a buffer's chain.
 *
 *	memory         begin            begin + length      capacity
 *	  | was data, or  |      data          |      room      |
 *	  | room in front |                    |                |
 *
 * Who keeps the memory alive is a holder, and counts: a chain of its own memory
 * is its own holder, others name one, which may be another chain, a file
 * segment, or memory of the program's.  Counts are atomic, because chains of
 * several buffers, each with a lock of its own, share a holder.
 *
 * What was data once is never written again while somebody else may see it.
 * Room behind the data is nobody else's: only the buffer that a chain is in
 * writes there, and chains that share memory have none.
 *
 * Lengths that change together stand apart, here and in a buffer: a compiler
 * would change neighbours as one, and reading them so waits until what was
 * written to each has arrived.
 */
#ifndef EV_BUFFER_CHAIN_H
#define EV_BUFFER_CHAIN_H

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <event2/buffer.h>

enum chain_kind {
	CHAIN_OWN,    /* memory of its own, behind the struct */
	CHAIN_SHARED, /* memory of the program's, or a part of another chain's */
	CHAIN_COPY,   /* the same, by evbuffer_add_buffer_reference() */
	CHAIN_FILE    /* a part of a file segment */
};

/* The last one that drops it calls release(). */
struct holder {
	void (*release)(struct holder *holder);
	atomic_uint count;
};

struct chain {
	struct holder self;
	enum chain_kind kind;
	struct chain *next;
	struct holder *holder; /* of the memory; NULL: the chain itself */
	unsigned char *memory; /* NULL: a file that has not been read */
	size_t begin;          /* of a file: in its segment */
	size_t capacity;
	size_t length;
};

/* A chain with room for SIZE bytes or more; NULL when memory is short. */
struct chain *chain_new(size_t size);
/* How much room a chain gets that follows one with room for SIZE bytes. */
size_t chain_next_size(size_t size);

/* DATA from OFFSET on, for LENGTH bytes; cleanup() gets both together. */
struct chain *chain_new_reference(const void *data, size_t offset,
	size_t length, evbuffer_ref_cleanup_cb cleanup, void *arg);
/* LENGTH bytes at DATA, which HOLDER, counted once more, keeps alive. */
struct chain *chain_new_held(struct holder *holder, enum chain_kind kind,
	unsigned char *data, size_t begin, size_t length);
/* The first LENGTH bytes of CHAIN, which share its memory. */
struct chain *
chain_new_part(struct chain *chain, size_t length, enum chain_kind kind);
/* A holder for memory of the program's, counted once; NULL: no memory. */
struct holder *chain_new_holder(void);
/* Have it call cleanup() when it goes, which it does not do before. */
void chain_arm_holder(struct holder *holder, size_t total,
	evbuffer_ref_cleanup_cb cleanup, void *arg);

/* Let go of all chains of a list; may call cleanup functions. */
void chain_drop_list(struct chain *chain);

static inline void
holder_init(struct holder *holder, void (*release)(struct holder *))
{
	holder->release = release;
	atomic_init(&holder->count, 1);
}

static inline void
holder_take(struct holder *holder)
{
	atomic_fetch_add_explicit(&holder->count, 1, memory_order_relaxed);
}

/* Nobody else has it: then nobody else can take it. */
static inline int
holder_is_mine(struct holder *holder)
{
	return atomic_load_explicit(&holder->count, memory_order_acquire) == 1;
}

static inline void
holder_drop(struct holder *holder)
{
	if (holder_is_mine(holder) || atomic_fetch_sub_explicit(&holder->count,
					      1, memory_order_acq_rel) == 1)
		holder->release(holder);
}

static inline void
chain_drop(struct chain *chain)
{
	holder_drop(&chain->self);
}

static inline unsigned char *
chain_data(const struct chain *chain)
{
	return chain->memory + chain->begin;
}

/* Where room begins, and how much there is. */
static inline unsigned char *
chain_end(const struct chain *chain)
{
	return chain->memory + chain->begin + chain->length;
}

static inline size_t
chain_room(const struct chain *chain)
{
	return chain->capacity - chain->begin - chain->length;
}

/* May what was data once be written again? */
static inline int
chain_is_mine(struct chain *chain)
{
	return chain->kind == CHAIN_OWN && holder_is_mine(&chain->self);
}

/* COUNT bytes, for which there is room. */
static inline void
chain_append(struct chain *chain, const void *data, size_t count)
{
	unsigned char *end = chain_end(chain);

	chain->length += count;
	memcpy(end, data, count);
}

#endif
