/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 107 to 109, 112 to 114, 119, 124 and 130: what goes in comes out.
 */
#include "suites.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "kit.h"

enum { LARGE = 200000 };

/* --- in and out ----------------------------------------------------------*/

START_TEST(b107_bytes_come_out_as_they_went_in)
{
	struct evbuffer *buf = make();
	unsigned char bytes[300], back[300];
	size_t in = 0, out = 0, size;

	for (int i = 0; i < 20000; i++) {
		size = (size_t)(i * 7 % 300);
		count_up(bytes, size, (unsigned)in);
		ck_assert_int_eq(evbuffer_add(buf, bytes, size), 0);
		in += size;
		size = (size_t)(i * 11 % 290);
		size = size < in - out ? size : in - out;
		count_up(bytes, size, (unsigned)out);
		ck_assert_int_eq(evbuffer_remove(buf, back, size), (int)size);
		ck_assert(!memcmp(bytes, back, size));
		out += size;
		ck_assert_uint_eq(evbuffer_get_length(buf), in - out);
	}
	expect_counting(buf, in - out, (unsigned)out);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b107_one_large_piece)
{
	struct evbuffer *buf = make_counting(LARGE, 5);

	expect_counting(buf, LARGE, 5);
	ck_assert_int_eq(evbuffer_drain(buf, 1), 0);
	expect_counting(buf, LARGE - 1, 6);
	ck_assert_int_eq(evbuffer_drain(buf, LARGE), 0);
	expect_text(buf, "");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b108_remove_and_drain_take_what_there_is)
{
	struct evbuffer *buf = make();
	char bytes[10];

	ck_assert_int_eq(evbuffer_remove(buf, bytes, 10), 0);
	ck_assert_int_eq(evbuffer_drain(buf, 10), 0);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(evbuffer_remove(buf, bytes, 0), 0);
	ck_assert_int_eq(evbuffer_drain(buf, 0), 0);
	expect_text(buf, "abc");
	ck_assert_int_eq(evbuffer_remove(buf, bytes, 10), 3);
	ck_assert(!memcmp(bytes, "abc", 3));
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(evbuffer_drain(buf, SIZE_MAX), 0);
	ck_assert_uint_eq(evbuffer_get_length(buf), 0);
	ck_assert_int_eq(evbuffer_remove(buf, bytes, 10), 0);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b109_what_is_prepended_comes_first)
{
	struct evbuffer *buf = make();

	ck_assert_int_eq(evbuffer_prepend(buf, "c", 1), 0);
	ck_assert_int_eq(evbuffer_prepend(buf, "", 0), 0);
	ck_assert_int_eq(evbuffer_prepend(buf, "ab", 2), 0);
	evbuffer_add(buf, "de", 2);
	expect_text(buf, "abcde");
	evbuffer_drain(buf, 3);
	ck_assert_int_eq(evbuffer_prepend(buf, "xyz", 3), 0);
	expect_text(buf, "xyzde");
	evbuffer_drain(buf, 5);
	ck_assert_int_eq(evbuffer_prepend(buf, "new", 3), 0);
	expect_text(buf, "new");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b109_many_are_prepended)
{
	struct evbuffer *buf = make();
	unsigned char byte;

	for (int i = 4999; i >= 0; i--) {
		byte = (unsigned char)i;
		ck_assert_int_eq(evbuffer_prepend(buf, &byte, 1), 0);
	}
	expect_counting(buf, 5000, 0);
	ck_assert_int_lt(pieces_of(buf), 20);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b109_memory_of_the_programs_is_not_written_in_front)
{
	static const char text[] = "constant";
	struct evbuffer *buf = make_pieces(text, NULL);

	evbuffer_drain(buf, 4);
	ck_assert_int_eq(evbuffer_prepend(buf, "inst", 4), 0);
	expect_text(buf, "insttant");
	ck_assert_str_eq(text, "constant");
	evbuffer_free(buf);
}
END_TEST

START_TEST(adding_never_moves_what_is_there)
{
	struct evbuffer *buf = make_counting(100, 0);
	const unsigned char *seen = evbuffer_pullup(buf, 100);
	unsigned char expected[100], more[1000] = {0};

	count_up(expected, 100, 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(evbuffer_add(buf, more, sizeof(more)), 0);
	ck_assert_int_eq(evbuffer_expand(buf, LARGE), 0);
	ck_assert_ptr_eq(first_piece_of(buf), seen);
	ck_assert(!memcmp(seen, expected, 100));
	evbuffer_free(buf);
}
END_TEST

START_TEST(a_buffer_is_added_to_itself_by_pointer)
{
	struct evbuffer *buf = make_counting(1000, 0);

	ck_assert_int_eq(evbuffer_add(buf, evbuffer_pullup(buf, -1), 1000), 0);
	ck_assert_uint_eq(evbuffer_get_length(buf), 2000);
	evbuffer_drain(buf, 1000);
	expect_counting(buf, 1000, 0);
	evbuffer_free(buf);
}
END_TEST

START_TEST(a_small_buffer_takes_little_memory)
{
	long before = alloc_calls();
	struct evbuffer *buf = make();

	for (int i = 0; i < 100000; i++) {
		evbuffer_add(buf, "0123456789abcdef", 16);
		evbuffer_drain(buf, 16);
	}
	ck_assert_int_eq(alloc_calls() - before, 2);
	evbuffer_free(buf);
}
END_TEST

/* Memory that comes and goes in bulk is not asked for each time. */
START_TEST(large_blocks_are_used_again)
{
	struct evbuffer *buf = make();
	static unsigned char bytes[LARGE];
	long calls;

	fake_keep(1);
	for (int i = 0; i < 30; i++) {
		for (int k = 0; k < LARGE; k += 10000)
			evbuffer_add(buf, bytes, 10000);
		evbuffer_drain(buf, LARGE);
	}
	calls = alloc_calls();
	for (int k = 0; k < LARGE; k += 10000)
		evbuffer_add(buf, bytes, 10000);
	ck_assert_int_eq(alloc_calls(), calls);
	evbuffer_drain(buf, LARGE);
	fake_shutdown();
	fake_shutdown();
	evbuffer_add(buf, bytes, LARGE / 4);
	ck_assert_int_gt(alloc_calls(), calls);
	evbuffer_free(buf);
	fake_shutdown();
}
END_TEST

START_TEST(only_so_much_memory_is_kept)
{
	struct evbuffer *buf = make();
	static unsigned char bytes[LARGE];
	long before = alloc_blocks();

	fake_keep(1);
	for (int i = 0; i < 100; i++)
		evbuffer_add(buf, bytes, 60000);
	ck_assert_int_gt(alloc_blocks() - before, 80);
	evbuffer_drain(buf, SIZE_MAX);
	ck_assert_int_le(alloc_blocks() - before, 20);
	evbuffer_free(buf);
	fake_shutdown();
}
END_TEST

/* --- room ----------------------------------------------------------------*/

START_TEST(b112_after_expand_adding_cannot_fail)
{
	static const size_t sizes[] = {0, 1, 100, 4096, LARGE};
	static unsigned char bytes[LARGE];
	struct evbuffer *buf = make_counting(50, 0);
	size_t sum = 50;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		ck_assert_int_eq(evbuffer_expand(buf, sizes[i]), 0);
		count_up(bytes, sizes[i], (unsigned)sum);
		alloc_fail(1, 1);
		ck_assert_int_eq(evbuffer_add(buf, bytes, sizes[i]), 0);
		alloc_fail(0, 0);
		sum += sizes[i];
		expect_counting(buf, sum, 0);
	}
	evbuffer_free(buf);
}
END_TEST

START_TEST(b112_expanded_room_is_in_one_piece)
{
	struct evbuffer *buf = make_counting(100, 0);
	struct evbuffer_iovec room;

	ck_assert_int_eq(evbuffer_expand(buf, 10), 0);
	ck_assert_int_eq(evbuffer_expand(buf, LARGE), 0);
	alloc_fail(1, 1);
	ck_assert_int_eq(evbuffer_reserve_space(buf, LARGE, &room, 1), 1);
	alloc_fail(0, 0);
	ck_assert_uint_ge(room.iov_len, LARGE);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b113_what_is_written_to_room_is_committed)
{
	struct evbuffer *buf = make_counting(100, 0);
	struct evbuffer_iovec room[4];
	unsigned sum = 100;
	int n;

	for (int want = 1; want < 3000; want += 37) {
		n = evbuffer_reserve_space(buf, want, room, 1 + want % 4);
		ck_assert_int_ge(n, 1);
		ck_assert_int_le(n, 1 + want % 4);
		for (int i = 0; i < n; i++) {
			count_up(room[i].iov_base, room[i].iov_len, sum);
			sum += (unsigned)room[i].iov_len;
		}
		ck_assert_int_eq(evbuffer_commit_space(buf, room, n), 0);
		expect_counting(buf, sum, 0);
	}
	evbuffer_free(buf);
}
END_TEST

START_TEST(b113_room_is_the_same_until_it_is_used)
{
	struct evbuffer *buf = make_counting(150, 0);
	struct evbuffer_iovec room[2], again[2];

	ck_assert_int_eq(evbuffer_reserve_space(buf, 1000, room, 2), 2);
	ck_assert_int_eq(evbuffer_reserve_space(buf, 1000, again, 2), 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_eq(room[i].iov_base, again[i].iov_base);
		ck_assert_uint_eq(room[i].iov_len, again[i].iov_len);
	}
	evbuffer_free(buf);
}
END_TEST

START_TEST(b113_part_of_the_room_is_committed)
{
	struct evbuffer *buf = make_counting(150, 0);
	struct evbuffer_iovec room[2];

	ck_assert_int_eq(evbuffer_reserve_space(buf, 1000, room, 2), 2);
	count_up(room[0].iov_base, 3, 150);
	room[0].iov_len = 3;
	room[1].iov_len = 0;
	ck_assert_int_eq(evbuffer_commit_space(buf, room, 2), 0);
	expect_counting(buf, 153, 0);
	evbuffer_free(buf);
}
END_TEST

/* Nothing goes to the first piece, which then is a gap. */
START_TEST(b113_only_the_second_piece_is_committed)
{
	for (unsigned before = 0; before < 200; before += 20) {
		struct evbuffer *buf = make_counting(before, 0);
		struct evbuffer_iovec room[2];
		int n;

		ck_assert_int_eq(evbuffer_reserve_space(buf, 1, room, 1), 1);
		n = evbuffer_reserve_space(buf, 5000, room, 2);
		if (n == 2) {
			room[0].iov_len = 0;
			count_up(room[1].iov_base, 10, before);
			room[1].iov_len = 10;
			ck_assert_int_eq(
				evbuffer_commit_space(buf, room, 2), 0);
			expect_counting(buf, before + 10, 0);
		}
		evbuffer_free(buf);
	}
}
END_TEST

START_TEST(b113_what_is_not_room_is_refused)
{
	struct evbuffer *buf = make_counting(50, 0);
	struct evbuffer_iovec room[2], other;
	char elsewhere[10];

	ck_assert_int_eq(evbuffer_reserve_space(buf, 10, room, 1), 1);
	other = room[0];
	other.iov_len++;
	ck_assert_int_eq(evbuffer_commit_space(buf, &other, 1), -1);
	other.iov_len = SIZE_MAX;
	ck_assert_int_eq(evbuffer_commit_space(buf, &other, 1), -1);
	other.iov_base = elsewhere;
	other.iov_len = 1;
	ck_assert_int_eq(evbuffer_commit_space(buf, &other, 1), -1);
	room[1] = room[0];
	ck_assert_int_eq(evbuffer_commit_space(buf, room, 2), -1);
	ck_assert_int_eq(evbuffer_commit_space(buf, room, -1), -1);
	evbuffer_add(buf, "x", 1);
	room[0].iov_len = 5;
	ck_assert_int_eq(evbuffer_commit_space(buf, room, 1), -1);
	ck_assert_uint_eq(evbuffer_get_length(buf), 51);
	ck_assert_int_eq(evbuffer_commit_space(buf, room, 0), 0);
	ck_assert_int_eq(evbuffer_reserve_space(buf, -1, room, 2), -1);
	ck_assert_int_eq(evbuffer_reserve_space(buf, 1, room, 0), -1);
	ck_assert_int_eq(evbuffer_reserve_space(buf, 1, room, -1), -1);
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug33_no_room_is_reserved_in_a_full_chain)
{
	struct evbuffer *buf = make();
	struct evbuffer_iovec room;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(evbuffer_reserve_space(buf, 1, &room, 1), 1);
		memset(room.iov_base, 'x', room.iov_len);
		ck_assert_int_eq(evbuffer_commit_space(buf, &room, 1), 0);
		ck_assert_int_eq(evbuffer_reserve_space(buf, 0, &room, 1), 1);
		ck_assert_ptr_null(verify(buf));
	}
	evbuffer_free(buf);
}
END_TEST

/* --- in one piece --------------------------------------------------------*/

START_TEST(b114_pullup_puts_bytes_together)
{
	struct evbuffer *buf = make_pieces("ab", "c", "defg", "hi", NULL);
	struct cleaned cleaned = {0};

	evbuffer_add_reference(buf, "jk", 2, note_cleanup, &cleaned);
	ck_assert(!memcmp(evbuffer_pullup(buf, 4), "abcd", 4));
	expect_text(buf, "abcdefghijk");
	ck_assert_uint_ge(evbuffer_get_contiguous_space(buf), 4);
	ck_assert(!memcmp(evbuffer_pullup(buf, 9), "abcdefghi", 9));
	ck_assert_int_eq(cleaned.calls, 0);
	ck_assert(!memcmp(evbuffer_pullup(buf, -1), "abcdefghijk", 11));
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert_int_eq(pieces_of(buf), 1);
	evbuffer_add(buf, "l", 1);
	expect_text(buf, "abcdefghijkl");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b114_pullup_of_what_is_not_there)
{
	struct evbuffer *buf = make();

	ck_assert_ptr_null(evbuffer_pullup(buf, -1));
	ck_assert_ptr_null(evbuffer_pullup(buf, 0));
	ck_assert_ptr_null(evbuffer_pullup(buf, 1));
	evbuffer_add(buf, "abc", 3);
	ck_assert_ptr_null(evbuffer_pullup(buf, 0));
	ck_assert_ptr_null(evbuffer_pullup(buf, 4));
	ck_assert_ptr_null(evbuffer_pullup(buf, EV_SSIZE_MAX));
	expect_text(buf, "abc");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b114_pullup_uses_the_room_of_the_first_chain)
{
	struct evbuffer *buf = make_counting(10, 0);
	const void *first = first_piece_of(buf);
	unsigned char more[20];
	struct evbuffer *other = make();

	count_up(more, 20, 10);
	evbuffer_add(other, more, 20);
	evbuffer_add_buffer(buf, other);
	ck_assert_int_eq(pieces_of(buf), 2);
	ck_assert_ptr_eq(evbuffer_pullup(buf, -1), first);
	expect_counting(buf, 30, 0);
	evbuffer_free(other);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b119_copying_leaves_the_bytes)
{
	struct evbuffer *buf = make_pieces("ab", "cd", "ef", NULL);
	struct evbuffer_ptr pos = at(buf, 3), end = at(buf, 6), bad;
	char bytes[10];

	ck_assert_int_eq(evbuffer_copyout(buf, bytes, 3), 3);
	ck_assert(!memcmp(bytes, "abc", 3));
	ck_assert_int_eq(evbuffer_copyout(buf, bytes, 10), 6);
	ck_assert(!memcmp(bytes, "abcdef", 6));
	ck_assert_int_eq(evbuffer_copyout_from(buf, &pos, bytes, 10), 3);
	ck_assert(!memcmp(bytes, "def", 3));
	ck_assert_int_eq(evbuffer_copyout_from(buf, &pos, bytes, 2), 2);
	ck_assert_int_eq(evbuffer_copyout_from(buf, &end, bytes, 10), 0);
	ck_assert_int_eq(evbuffer_copyout_from(buf, NULL, bytes, 1), 1);
	ck_assert_int_eq(evbuffer_copyout(buf, bytes, 0), 0);
	bad.pos = -1;
	ck_assert_int_eq(evbuffer_copyout_from(buf, &bad, bytes, 1), -1);
	bad.pos = 7;
	ck_assert_int_eq(evbuffer_copyout_from(buf, &bad, bytes, 1), -1);
	expect_text(buf, "abcdef");
	evbuffer_free(buf);
}
END_TEST

/* --- what is frozen ------------------------------------------------------*/

START_TEST(b124_frozen_back_takes_nothing)
{
	struct evbuffer *buf = make_counting(10, 0),
			*full = make_counting(5, 0);
	struct evbuffer_iovec vec = {.iov_base = "abc", .iov_len = 3};
	struct evbuffer_iovec room;
	int fd = make_file(10);

	ck_assert_int_eq(evbuffer_reserve_space(buf, 1, &room, 1), 1);
	ck_assert_int_eq(evbuffer_freeze(buf, 0), 0);
	errno = 0;
	ck_assert_int_eq(evbuffer_add(buf, "a", 1), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(evbuffer_add(buf, "a", 0), -1);
	ck_assert_int_eq(evbuffer_add_printf(buf, "a"), -1);
	ck_assert_uint_eq(evbuffer_add_iovec(buf, &vec, 1), 0);
	ck_assert_int_eq(evbuffer_reserve_space(buf, 1, &room, 1), -1);
	ck_assert_int_eq(evbuffer_commit_space(buf, &room, 1), -1);
	ck_assert_int_eq(evbuffer_read(buf, fd, 10), -1);
	ck_assert_int_eq(evbuffer_add_buffer(buf, full), -1);
	ck_assert_int_eq(evbuffer_remove_buffer(full, buf, 2), -1);
	ck_assert_int_eq(evbuffer_add_buffer_reference(buf, full), -1);
	ck_assert_int_eq(evbuffer_add_reference(buf, "a", 1, NULL, NULL), -1);
	ck_assert_int_eq(evbuffer_add_reference(buf, "", 0, NULL, NULL), -1);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, 5), -1);
	expect_counting(buf, 10, 0);
	expect_counting(full, 5, 0);

	ck_assert_int_eq(evbuffer_expand(buf, 1000), 0);
	ck_assert_int_eq(evbuffer_prepend(buf, "a", 1), 0);
	ck_assert_int_eq(evbuffer_drain(buf, 1), 0);
	ck_assert_ptr_nonnull(evbuffer_pullup(buf, -1));
	ck_assert_int_eq(evbuffer_prepend_buffer(buf, full), 0);
	ck_assert_uint_eq(evbuffer_get_length(buf), 15);
	ck_assert_int_eq(evbuffer_unfreeze(buf, 0), 0);
	ck_assert_int_eq(evbuffer_add(buf, "a", 1), 0);
	close(fd);
	evbuffer_free(full);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b124_frozen_front_gives_nothing)
{
	struct evbuffer *buf = make(), *full = make_counting(5, 0);
	struct evbuffer_iovec piece;
	char bytes[10];
	size_t length = 7;
	int fds[2];

	open_pair(fds);
	evbuffer_add(buf, "ab\ncd", 5);
	ck_assert_int_eq(evbuffer_freeze(buf, 1), 0);
	ck_assert_int_eq(evbuffer_drain(buf, 1), -1);
	ck_assert_int_eq(evbuffer_remove(buf, bytes, 1), -1);
	ck_assert_int_eq(evbuffer_copyout(buf, bytes, 1), -1);
	ck_assert_int_eq(evbuffer_prepend(buf, "a", 1), -1);
	ck_assert_int_eq(evbuffer_prepend_buffer(buf, full), -1);
	ck_assert_int_eq(evbuffer_add_buffer(full, buf), -1);
	ck_assert_int_eq(evbuffer_remove_buffer(buf, full, 1), -1);
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_ptr_null(evbuffer_readln(buf, &length, EVBUFFER_EOL_LF));
	ck_assert_uint_eq(length, 0);

	ck_assert_int_eq(evbuffer_add(buf, "e", 1), 0);
	ck_assert(!memcmp(evbuffer_pullup(buf, -1), "ab\ncde", 6));
	ck_assert_int_eq(evbuffer_peek(buf, -1, NULL, &piece, 1), 1);
	ck_assert_int_eq(position_of(buf, "cd"), 3);
	ck_assert_int_eq(evbuffer_add_buffer_reference(full, buf), 0);
	ck_assert_uint_eq(evbuffer_get_length(full), 11);
	ck_assert_int_eq(evbuffer_unfreeze(buf, 1), 0);
	ck_assert_int_eq(evbuffer_drain(buf, 3), 0);
	expect_text(buf, "cde");
	close_pair(fds);
	evbuffer_free(full);
	evbuffer_free(buf);
}
END_TEST

/* --- text and vectors ----------------------------------------------------*/

START_TEST(b130_printf_counts_and_grows)
{
	struct evbuffer *buf = make();
	char *expected = malloc(LARGE + 1);

	ck_assert_int_eq(evbuffer_add_printf(buf, "%d-%s", 42, "abcde"), 8);
	ck_assert_int_eq(evbuffer_add_printf(buf, "%s", ""), 0);
	expect_text(buf, "42-abcde");
	evbuffer_drain(buf, 8);
	snprintf(expected, LARGE + 1, "%0*d", LARGE, 7);
	ck_assert_int_eq(evbuffer_add_printf(buf, "%0*d", LARGE, 7), LARGE);
	expect_text(buf, expected);
	free(expected);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b130_printf_at_every_length_of_room)
{
	struct evbuffer *buf;
	char text[400];

	for (int i = 0; i < 399; i++) {
		memset(text, 'a' + i % 26, (size_t)i);
		text[i] = '\0';
		buf = make();
		ck_assert_int_eq(evbuffer_add_printf(buf, "%s", text), i);
		expect_text(buf, text);
		ck_assert_int_eq(evbuffer_add_printf(buf, "%s", text), i);
		ck_assert_uint_eq(evbuffer_get_length(buf), (size_t)i * 2);
		evbuffer_free(buf);
	}
}
END_TEST

START_TEST(b130_iovec_adds_all_pieces)
{
	struct evbuffer *buf = make();
	struct evbuffer_iovec vec[3] = {
		{.iov_base = "abc", .iov_len = 3},
		{.iov_base = NULL, .iov_len = 0},
		{.iov_base = "de", .iov_len = 2},
	};

	ck_assert_uint_eq(evbuffer_add_iovec(buf, vec, 3), 5);
	ck_assert_uint_eq(evbuffer_add_iovec(buf, vec, 0), 0);
	ck_assert_uint_eq(evbuffer_add_iovec(buf, vec, -1), 0);
	expect_text(buf, "abcde");
	evbuffer_free(buf);
}
END_TEST

/* --- sizes that cannot be ------------------------------------------------*/

static const size_t impossible[] = {
	SIZE_MAX,
	SIZE_MAX - 1,
	SIZE_MAX - 64,
	SIZE_MAX - 4096,
	SIZE_MAX / 2 + 1,
	SIZE_MAX / 2,
	SIZE_MAX / 2 - 1,
	SIZE_MAX / 2 - 72,
};

static void
refuse_size(struct evbuffer *buf, size_t size)
{
	struct evbuffer_iovec vec[2] = {
		{.iov_base = "abc", .iov_len = 3},
		{.iov_base = "abc", .iov_len = size},
	};

	ck_assert_int_eq(evbuffer_add(buf, "abc", size), -1);
	ck_assert_int_eq(evbuffer_prepend(buf, "abc", size), -1);
	ck_assert_int_eq(evbuffer_expand(buf, size), -1);
	ck_assert_int_eq(
		evbuffer_reserve_space(buf, (ev_ssize_t)size, vec, 1), -1);
	ck_assert_int_eq(
		evbuffer_reserve_space(buf, (ev_ssize_t)size, vec, 2), -1);
	ck_assert_uint_eq(evbuffer_add_iovec(buf, vec, 2), 0);
	ck_assert_ptr_null(evbuffer_pullup(
		buf, (ev_ssize_t)(size > EV_SSIZE_MAX ? EV_SSIZE_MAX : size)));
}

START_TEST(cve_2014_6272_sizes_near_the_end_are_refused)
{
	struct evbuffer *buf = make_counting(10, 0);
	struct evbuffer *none = make();

	for (size_t i = 0; i < sizeof(impossible) / sizeof(*impossible); i++) {
		refuse_size(buf, impossible[i]);
		expect_counting(buf, 10, 0);
		refuse_size(none, impossible[i]);
		expect_counting(none, 0, 0);
	}
	evbuffer_free(none);
	evbuffer_free(buf);
}
END_TEST

/* Memory that is not there, but never looked at. */
START_TEST(bug32_lengths_do_not_add_up_beyond_the_limit)
{
	struct evbuffer *buf = make(), *other = make_counting(2, 0);
	struct cleaned cleaned = {0};
	struct evbuffer_iovec vec[2] = {
		{.iov_base = "a", .iov_len = EV_SSIZE_MAX},
		{.iov_base = "b", .iov_len = EV_SSIZE_MAX},
	};

	ck_assert_int_eq(evbuffer_add_reference(
				 buf, "", SIZE_MAX, note_cleanup, &cleaned),
		-1);
	ck_assert_int_eq(evbuffer_add_reference_with_offset(
				 buf, "", SIZE_MAX, 2, note_cleanup, &cleaned),
		-1);
	ck_assert_int_eq(evbuffer_add_iovec_reference(
				 buf, vec, 2, note_cleanup, &cleaned),
		-1);
	ck_assert_int_eq(evbuffer_add_reference(buf, "", EV_SSIZE_MAX - 1,
				 note_cleanup, &cleaned),
		0);
	ck_assert_int_eq(evbuffer_add(buf, "ab", 2), -1);
	ck_assert_int_eq(evbuffer_prepend(buf, "ab", 2), -1);
	ck_assert_int_eq(evbuffer_add_buffer(buf, other), -1);
	ck_assert_int_eq(evbuffer_prepend_buffer(buf, other), -1);
	ck_assert_int_eq(evbuffer_remove_buffer(other, buf, 2), -1);
	ck_assert_int_eq(evbuffer_add_buffer_reference(buf, other), -1);
	ck_assert_int_eq(evbuffer_add_printf(buf, "ab"), -1);
	ck_assert_uint_eq(evbuffer_get_length(buf), EV_SSIZE_MAX - 1);
	ck_assert_int_eq(cleaned.calls, 0);
	ck_assert_int_eq(evbuffer_add(buf, "a", 1), 0);
	ck_assert_int_eq(evbuffer_drain(buf, SIZE_MAX), 0);
	ck_assert_int_eq(cleaned.calls, 1);
	expect_counting(other, 2, 0);
	evbuffer_free(other);
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug32_counts_do_not_wrap_in_an_int)
{
	struct evbuffer *buf = make(), *other = make();
	/* With 32 bits a buffer holds no more than an int can tell. */
	size_t more = (size_t)EV_SSIZE_MAX > (size_t)INT_MAX ? 10 : 0;

	evbuffer_add_reference(buf, "", (size_t)INT_MAX + more, NULL, NULL);
	ck_assert_int_eq(evbuffer_remove_buffer(buf, other, SIZE_MAX), INT_MAX);
	ck_assert_uint_eq(evbuffer_get_length(buf), more);
	ck_assert_uint_eq(evbuffer_get_length(other), INT_MAX);
	evbuffer_free(other);
	evbuffer_free(buf);
}
END_TEST

START_TEST(nothing_is_freed)
{
	evbuffer_free(NULL);
	evbuffer_file_segment_free(NULL);
}
END_TEST

Suite *
evbuffer_suite(void)
{
	Suite *suite = suite_create("evbuffer");
	TCase *tcase = tcase_create("bytes");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_test(tcase, b107_bytes_come_out_as_they_went_in);
	tcase_add_test(tcase, b107_one_large_piece);
	tcase_add_test(tcase, b108_remove_and_drain_take_what_there_is);
	tcase_add_test(tcase, b109_what_is_prepended_comes_first);
	tcase_add_test(tcase, b109_many_are_prepended);
	tcase_add_test(
		tcase, b109_memory_of_the_programs_is_not_written_in_front);
	tcase_add_test(tcase, adding_never_moves_what_is_there);
	tcase_add_test(tcase, a_buffer_is_added_to_itself_by_pointer);
	tcase_add_test(tcase, a_small_buffer_takes_little_memory);
	tcase_add_test(tcase, large_blocks_are_used_again);
	tcase_add_test(tcase, only_so_much_memory_is_kept);
	tcase_add_test(tcase, b112_after_expand_adding_cannot_fail);
	tcase_add_test(tcase, b112_expanded_room_is_in_one_piece);
	tcase_add_test(tcase, b113_what_is_written_to_room_is_committed);
	tcase_add_test(tcase, b113_room_is_the_same_until_it_is_used);
	tcase_add_test(tcase, b113_part_of_the_room_is_committed);
	tcase_add_test(tcase, b113_only_the_second_piece_is_committed);
	tcase_add_test(tcase, b113_what_is_not_room_is_refused);
	tcase_add_test(tcase, bug33_no_room_is_reserved_in_a_full_chain);
	tcase_add_test(tcase, b114_pullup_puts_bytes_together);
	tcase_add_test(tcase, b114_pullup_of_what_is_not_there);
	tcase_add_test(tcase, b114_pullup_uses_the_room_of_the_first_chain);
	tcase_add_test(tcase, b119_copying_leaves_the_bytes);
	tcase_add_test(tcase, b124_frozen_back_takes_nothing);
	tcase_add_test(tcase, b124_frozen_front_gives_nothing);
	tcase_add_test(tcase, b130_printf_counts_and_grows);
	tcase_add_test(tcase, b130_printf_at_every_length_of_room);
	tcase_add_test(tcase, b130_iovec_adds_all_pieces);
	tcase_add_test(tcase, cve_2014_6272_sizes_near_the_end_are_refused);
	tcase_add_test(tcase, bug32_lengths_do_not_add_up_beyond_the_limit);
	tcase_add_test(tcase, bug32_counts_do_not_wrap_in_an_int);
	tcase_add_test(tcase, nothing_is_freed);
	suite_add_tcase(suite, tcase);
	return suite;
}
