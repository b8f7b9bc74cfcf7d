/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alloc.h: every block in one of two rings, alive or in quarantine.
 *
 * A block has a head before and a few known bytes behind what its user sees.
 * Quarantine is first in, first out; a block leaves it when newer ones need its
 * room, and its pattern is looked at then.  Under AddressSanitizer, which also
 * sees reads, freed blocks leave at once.
 */
#include "alloc.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#if defined(__SANITIZE_ADDRESS__)
#define QUARANTINE_BYTES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QUARANTINE_BYTES 0
#endif
#endif
#ifndef QUARANTINE_BYTES
#define QUARANTINE_BYTES ((size_t)8 << 20)
#endif

enum { TAIL = 8, FRESH = 0xa5, FREED = 0xdb, BEHIND = 0x7e };

struct head {
	struct head *next, *prev;
	size_t size;
	/* So that the block behind is aligned for everything. */
	_Alignas(max_align_t) char block[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct head alive = {.next = &alive, .prev = &alive};
static struct head freed = {.next = &freed, .prev = &freed};
static size_t freed_bytes;
static long blocks;
static size_t alive_bytes;
static long calls;
static long until_failure;
static int keep_failing;
static int failed;
static const char *fault;

static void
enter(void)
{
	pthread_mutex_lock(&lock);
}

static void
leave(void)
{
	pthread_mutex_unlock(&lock);
}

static void
blame(const char *what)
{
	if (!fault)
		fault = what;
}

static void
append(struct head *ring, struct head *head)
{
	head->next = ring;
	head->prev = ring->prev;
	ring->prev->next = head;
	ring->prev = head;
}

static void
unlink_head(struct head *head)
{
	head->prev->next = head->next;
	head->next->prev = head->prev;
}

static struct head *
head_of(void *block)
{
	return (struct head *)((char *)block - offsetof(struct head, block));
}

static int
all_are(const char *bytes, size_t count, unsigned char value)
{
	size_t i;

	for (i = 0; i < count; i++)
		if ((unsigned char)bytes[i] != value)
			return 0;
	return 1;
}

static void
check_tail(const struct head *head)
{
	if (!all_are(head->block + head->size, TAIL, BEHIND))
		blame("a write beyond the end of a block");
}

static void
check_freed(const struct head *head)
{
	if (!all_are(head->block, head->size, FREED))
		blame("a write to a block that was freed");
}

static int
must_fail(void)
{
	calls++;
	if (!until_failure || --until_failure)
		return 0;
	until_failure = keep_failing;
	failed = 1;
	return 1;
}

static void *
make(size_t size)
{
	struct head *head;

	if (size > SIZE_MAX - sizeof(*head) - TAIL)
		return NULL;
	head = malloc(sizeof(*head) + size + TAIL);
	if (!head)
		return NULL;
	head->size = size;
	memset(head->block, FRESH, size);
	memset(head->block + size, BEHIND, TAIL);
	append(&alive, head);
	blocks++;
	alive_bytes += size;
	return head->block;
}

static void
release_oldest(void)
{
	struct head *head = freed.next;

	check_freed(head);
	unlink_head(head);
	freed_bytes -= head->size + sizeof(*head);
	free(head);
}

static int
is_freed(const struct head *head)
{
	const struct head *at;

	for (at = freed.prev; at != &freed; at = at->prev)
		if (at == head)
			return 1;
	return 0;
}

static void
drop(void *block)
{
	struct head *head = head_of(block);

	/* The pattern is read first: a walk for each block costs too much. */
	if (QUARANTINE_BYTES && head->size &&
		all_are(block, head->size, FREED) && is_freed(head)) {
		blame("a block that was freed twice");
		return;
	}
	check_tail(head);
	unlink_head(head);
	blocks--;
	alive_bytes -= head->size;
	memset(head->block, FREED, head->size);
	append(&freed, head);
	freed_bytes += head->size + sizeof(*head);
	while (freed_bytes > QUARANTINE_BYTES)
		release_oldest();
}

void *
alloc_malloc(size_t size)
{
	void *block;

	enter();
	block = must_fail() ? NULL : make(size);
	leave();
	return block;
}

static void *
move(void *old, size_t size)
{
	size_t old_size = head_of(old)->size;
	void *block = make(size);

	if (!block)
		return NULL;
	memcpy(block, old, old_size < size ? old_size : size);
	drop(old);
	return block;
}

/* Always moves, so that a pointer kept from before shows. */
void *
alloc_realloc(void *old, size_t size)
{
	void *block;

	enter();
	if (must_fail())
		block = NULL;
	else
		block = old ? move(old, size) : make(size);
	leave();
	return block;
}

void
alloc_free(void *block)
{
	if (!block)
		return;
	enter();
	drop(block);
	leave();
}

void
alloc_install(void)
{
	static int installed;

	/* A child made while another thread allocates can allocate, too. */
	if (!installed++)
		pthread_atfork(enter, leave, leave);
	event_set_mem_functions(alloc_malloc, alloc_realloc, alloc_free);
}

long
alloc_blocks(void)
{
	long count;

	enter();
	count = blocks;
	leave();
	return count;
}

size_t
alloc_bytes(void)
{
	size_t count;

	enter();
	count = alive_bytes;
	leave();
	return count;
}

long
alloc_calls(void)
{
	long count;

	enter();
	count = calls;
	leave();
	return count;
}

void
alloc_fail(long nth, int and_later)
{
	enter();
	until_failure = nth;
	keep_failing = and_later ? 1 : 0;
	failed = 0;
	leave();
}

int
alloc_has_failed(void)
{
	int has;

	enter();
	has = failed;
	leave();
	return has;
}

const char *
alloc_fault(void)
{
	const struct head *at;
	const char *what;

	enter();
	for (at = alive.next; at != &alive; at = at->next)
		check_tail(at);
	for (at = freed.next; at != &freed; at = at->next)
		check_freed(at);
	what = fault;
	leave();
	return what;
}
