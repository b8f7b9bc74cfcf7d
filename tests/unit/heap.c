/* SPDX-License-Identifier: BSD-3-Clause */
/* heap.h: order, indices, and memory that goes back. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#include "../support/runner.h"

#define MANY 5000

static struct heap heap;
static struct event_heap_node nodes[MANY];
static int64_t keys[MANY]; /* -1: not in the heap */

static void
setup(void)
{
	heap = (struct heap){.count = 0};
	for (int i = 0; i < MANY; i++) {
		nodes[i] = (struct event_heap_node){.order = (ev_uint64_t)i};
		keys[i] = -1;
	}
}

static void
teardown(void)
{
	heap_fini(&heap);
}

static void
insert(int i, int64_t key)
{
	ck_assert_int_eq(heap_reserve(&heap), 0);
	heap_insert(&heap, key, &nodes[i]);
	keys[i] = key;
}

static void
verify(void)
{
	for (uint32_t i = 0; i < heap.count; i++) {
		const struct heap_entry *entry = &heap.entries[i];

		if (entry->node->index != i)
			ck_abort_msg(
				"entry %u has index %u", i, entry->node->index);
		if (i > 0 &&
			heap_before(entry, &heap.entries[(i - 1) / HEAP_ARITY]))
			ck_abort_msg("entry %u is before its parent", i);
	}
}

static int
take_first(void)
{
	struct event_heap_node *node = heap.entries[0].node;

	heap_remove(&heap, node);
	keys[node - nodes] = -1;
	return (int)(node - nodes);
}

/* Every order of up to seven keys, and the removal of each one of them. */
static void
permute(int *order, int n, int done)
{
	if (done < n) {
		for (int i = done; i < n; i++) {
			int held = order[i];

			order[i] = order[done];
			order[done] = held;
			permute(order, n, done + 1);
			order[done] = order[i];
			order[i] = held;
		}
		return;
	}
	for (int gone = 0; gone < n; gone++) {
		for (int i = 0; i < n; i++)
			insert(order[i], order[i]);
		heap_remove(&heap, &nodes[gone]);
		verify();
		for (int i = 0; i < n; i++)
			if (i != gone && take_first() != i)
				ck_abort_msg("wrong order of %d", n);
	}
}

START_TEST(every_order_of_seven)
{
	for (int n = 1; n <= 7; n++) {
		int order[7] = {0, 1, 2, 3, 4, 5, 6};

		permute(order, n, 0);
	}
}
END_TEST

START_TEST(equal_keys_come_in_order)
{
	for (int i = 0; i < 200; i++)
		insert((i * 37) % 200, 5);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(take_first(), i);
}
END_TEST

START_TEST(b073_random_changes_keep_the_heap)
{
	unsigned state = 12345;

	for (int step = 0; step < 100000; step++) {
		int i;

		state = state * 1103515245 + 12345;
		i = (int)(state >> 8) % MANY;
		if (keys[i] < 0) {
			insert(i, state % 1000);
		} else if (state & 0x10000) {
			keys[i] = state % 977;
			heap_update(&heap, keys[i], &nodes[i]);
		} else {
			heap_remove(&heap, &nodes[i]);
			keys[i] = -1;
		}
		if (step % 1000 == 0)
			verify();
	}
	for (int64_t last = 0; heap.count > 0;) {
		ck_assert_int_ge(heap.entries[0].key, last);
		last = heap.entries[0].key;
		take_first();
	}
}
END_TEST

START_TEST(memory_goes_back_on_request)
{
	uint32_t full;

	for (int i = 0; i < MANY; i++)
		insert(i, i);
	full = heap.cap;
	ck_assert_uint_ge(full, MANY);
	while (heap.count > 10)
		take_first();
	ck_assert_uint_eq(heap.cap, full);
	heap_trim(&heap);
	ck_assert_uint_le(heap.cap, 64);
	ck_assert_uint_ge(heap.cap, heap.count);
}
END_TEST

static Suite *
suite_heap(void)
{
	Suite *suite = suite_create("heap");
	TCase *tcase = tcase_create("heap");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_order_of_seven);
	tcase_add_test(tcase, equal_keys_come_in_order);
	tcase_add_test(tcase, b073_random_changes_keep_the_heap);
	tcase_add_test(tcase, memory_goes_back_on_request);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_heap, NULL});
}
