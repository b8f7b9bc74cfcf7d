/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A heap of deadlines.
 *
 * Four children a node, and the keys stand in the heap itself, so that a
 * comparison touches no node; only equal keys are decided by the nodes' order.
 * Each node knows its index.  Invariant: no entry is smaller than its parent.
 *
 * heap_reserve() before heap_insert(): nothing else needs memory, so nothing
 * else can fail.
 */
#ifndef EV_CORE_HEAP_H
#define EV_CORE_HEAP_H

#include <stdint.h>

#include <event2/event_struct.h>

#include "mem.h"

#define HEAP_ARITY   4
#define HEAP_MIN_CAP 16

struct heap_entry {
	int64_t key;
	struct event_heap_node *node;
};

struct heap {
	struct heap_entry *entries;
	uint32_t count, cap;
};

static inline int
heap_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key < b->key ||
	       (a->key == b->key && a->node->order < b->node->order);
}

static inline void
heap_put(struct heap *heap, uint32_t index, struct heap_entry entry)
{
	heap->entries[index] = entry;
	entry.node->index = index;
}

static inline void
heap_sift_up(struct heap *heap, uint32_t index, struct heap_entry entry)
{
	while (index > 0) {
		uint32_t parent = (index - 1) / HEAP_ARITY;

		if (!heap_before(&entry, &heap->entries[parent]))
			break;
		heap_put(heap, index, heap->entries[parent]);
		index = parent;
	}
	heap_put(heap, index, entry);
}

/* The least of N siblings. */
static inline uint32_t
heap_least_of(const struct heap_entry *siblings, uint32_t n)
{
	uint32_t least = 0;

	for (uint32_t i = 1; i < n; i++)
		if (heap_before(&siblings[i], &siblings[least]))
			least = i;
	return least;
}

/*
 * The same for a full set, by keys alone and without branches: which of them
 * is least is what no processor can guess.
 */
static inline uint32_t
heap_least_of_all(const struct heap_entry *siblings)
{
	const struct heap_entry *e = siblings;
	uint32_t a = e[1].key < e[0].key, b = 2 + (e[3].key < e[2].key);
	int tie = e[0].key == e[1].key || e[2].key == e[3].key ||
		  e[a].key == e[b].key;

	if (tie)
		return heap_least_of(siblings, HEAP_ARITY);
	return e[b].key < e[a].key ? b : a;
}

static inline uint32_t
heap_least_child(const struct heap *heap, uint32_t first)
{
	const struct heap_entry *siblings = &heap->entries[first];

	if (first + HEAP_ARITY <= heap->count)
		return first + heap_least_of_all(siblings);
	return first + heap_least_of(siblings, heap->count - first);
}

static inline void
heap_sift_down(struct heap *heap, uint32_t index, struct heap_entry entry)
{
	for (;;) {
		uint32_t child = index * HEAP_ARITY + 1;

		if (child >= heap->count)
			break;
		child = heap_least_child(heap, child);
		if (!heap_before(&heap->entries[child], &entry))
			break;
		heap_put(heap, index, heap->entries[child]);
		index = child;
	}
	heap_put(heap, index, entry);
}

/* Room for one entry more; 0 or -1 without memory. */
static inline int
heap_reserve(struct heap *heap)
{
	uint32_t cap = heap->cap ? heap->cap * 2 : HEAP_MIN_CAP;
	struct heap_entry *grown;

	if (heap->count < heap->cap)
		return 0;
	/* Keeps index * HEAP_ARITY + HEAP_ARITY within 32 bits. */
	if (cap > UINT32_MAX / HEAP_ARITY / 2)
		return -1;
	grown = mem_resize(heap->entries, cap * sizeof(*grown));
	if (!grown)
		return -1;
	heap->entries = grown;
	heap->cap = cap;
	return 0;
}

/* Are three quarters of the memory unused? */
static inline int
heap_is_loose(const struct heap *heap)
{
	return heap->cap > HEAP_MIN_CAP && heap->count <= heap->cap / 4;
}

/*
 * Give that memory back; keeping it is harmless.  Never by itself: what is
 * taken out may have to go in again.
 */
static inline void
heap_trim(struct heap *heap)
{
	struct heap_entry *trimmed;
	uint32_t cap = heap->cap;

	while (cap > HEAP_MIN_CAP && heap->count <= cap / 4)
		cap /= 2;
	if (cap == heap->cap)
		return;
	trimmed = mem_resize(heap->entries, cap * sizeof(*trimmed));
	if (!trimmed)
		return;
	heap->entries = trimmed;
	heap->cap = cap;
}

static inline void
heap_insert(struct heap *heap, int64_t key, struct event_heap_node *node)
{
	struct heap_entry entry = {key, node};

	heap_sift_up(heap, heap->count++, entry);
}

/* ENTRY takes INDEX, whose own is gone, or finds its place from there. */
static inline void
heap_sift(struct heap *heap, uint32_t index, struct heap_entry entry)
{
	if (index > 0 &&
		heap_before(&entry, &heap->entries[(index - 1) / HEAP_ARITY]))
		heap_sift_up(heap, index, entry);
	else
		heap_sift_down(heap, index, entry);
}

/* NODE has another key or order from now on. */
static inline void
heap_update(struct heap *heap, int64_t key, struct event_heap_node *node)
{
	struct heap_entry entry = {key, node};

	heap_sift(heap, node->index, entry);
}

static inline void
heap_remove(struct heap *heap, struct event_heap_node *node)
{
	struct heap_entry last = heap->entries[--heap->count];

	/* The last one's node is only written to: it may be far away. */
	if (last.node != node)
		heap_sift(heap, node->index, last);
}

static inline void
heap_fini(struct heap *heap)
{
	mem_free(heap->entries);
	heap->entries = NULL;
	heap->count = heap->cap = 0;
}

#endif
