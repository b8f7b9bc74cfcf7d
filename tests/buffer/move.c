/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 110, 111, 120 and 121: from buffer to buffer, and memory that is
 * another's.
 */
#include "suites.h"

#include "kit.h"

/* --- moving --------------------------------------------------------------*/

START_TEST(b110_add_buffer_moves_memory)
{
	struct evbuffer *src = make_counting(5000, 0), *dst = make();
	const void *first = first_piece_of(src);
	int pieces = pieces_of(src);

	ck_assert_int_eq(evbuffer_add_buffer(dst, src), 0);
	ck_assert_ptr_eq(first_piece_of(dst), first);
	ck_assert_int_eq(pieces_of(dst), pieces);
	expect_counting(dst, 5000, 0);
	expect_text(src, "");
	evbuffer_add(src, "again", 5);
	expect_text(src, "again");
	expect_counting(dst, 5000, 0);
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b110_add_buffer_with_nothing)
{
	struct evbuffer *buf = make_counting(10, 0), *none = make();

	ck_assert_int_eq(evbuffer_add_buffer(buf, none), 0);
	ck_assert_int_eq(evbuffer_add_buffer(buf, buf), 0);
	ck_assert_int_eq(evbuffer_prepend_buffer(buf, none), 0);
	ck_assert_int_eq(evbuffer_prepend_buffer(buf, buf), 0);
	expect_counting(buf, 10, 0);
	ck_assert_int_eq(evbuffer_add_buffer(none, buf), 0);
	expect_counting(none, 10, 0);
	evbuffer_freeze(buf, 0);
	evbuffer_freeze(buf, 1);
	ck_assert_int_eq(evbuffer_add_buffer(none, buf), 0);
	evbuffer_free(none);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b110_data_and_room_of_both_are_kept_apart)
{
	struct evbuffer *src = make(), *dst = make();

	for (unsigned i = 0; i < 32; i++) {
		if (i & 1)
			evbuffer_add(dst, "dst", 3);
		if (i & 2)
			evbuffer_expand(dst, 1000);
		if (i & 4)
			evbuffer_add(src, "src", 3);
		if (i & 8)
			evbuffer_expand(src, 1000);
		if (i & 16)
			ck_assert_int_eq(evbuffer_prepend_buffer(dst, src), 0);
		else
			ck_assert_int_eq(evbuffer_add_buffer(dst, src), 0);
		expect_text(src, "");
		expect_text(
			dst, (const char *[]){"", "dst", "src",
				     i & 16 ? "srcdst"
					    : "dstsrc"}[(i & 1) + (i & 4) / 2]);
		evbuffer_add(dst, "end", 3);
		ck_assert_ptr_null(verify(dst));
		evbuffer_drain(dst, 100);
		evbuffer_add(src, "x", 1);
		expect_text(src, "x");
		evbuffer_drain(src, 1);
	}
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b109_prepend_buffer_puts_data_in_front)
{
	struct evbuffer *dst = make_pieces("cd", "ef", NULL);
	struct evbuffer *src = make_pieces("a", "b", NULL);
	struct evbuffer *none = make();

	ck_assert_int_eq(evbuffer_prepend_buffer(dst, src), 0);
	expect_text(dst, "abcdef");
	expect_text(src, "");
	ck_assert_int_eq(evbuffer_prepend_buffer(none, dst), 0);
	expect_text(none, "abcdef");
	evbuffer_add(none, "g", 1);
	expect_text(none, "abcdefg");
	evbuffer_free(none);
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b111_remove_buffer_moves_exactly_so_much)
{
	for (size_t n = 0; n < 12; n++) {
		struct evbuffer *src = make_pieces("ab", "cde", "fghi", NULL);
		struct evbuffer *dst = make_pieces("x", NULL);
		char text[16] = "x";

		strncat(text, "abcdefghi", n);
		ck_assert_int_eq(evbuffer_remove_buffer(src, dst, n),
			n < 9 ? (int)n : 9);
		expect_text(dst, text);
		expect_text(src, &"abcdefghi"[n < 9 ? n : 9]);
		evbuffer_add(dst, "!", 1);
		evbuffer_add(src, "?", 1);
		ck_assert_ptr_null(verify(dst));
		ck_assert_ptr_null(verify(src));
		evbuffer_free(src);
		evbuffer_free(dst);
	}
}
END_TEST

START_TEST(b111_whole_chains_go_by_pointer)
{
	struct evbuffer *src = make_counting(3000, 0), *dst = make();
	const void *first = first_piece_of(src);

	evbuffer_add_buffer(dst, src);
	evbuffer_add_buffer(src, dst);
	evbuffer_add(src, "tail", 4);
	ck_assert_int_eq(evbuffer_remove_buffer(src, dst, 3001), 3001);
	ck_assert_ptr_eq(first_piece_of(dst), first);
	expect_text(src, "ail");
	ck_assert_int_eq(evbuffer_remove_buffer(src, src, 2), 0);
	ck_assert_int_eq(evbuffer_remove_buffer(dst, src, 0), 0);
	expect_text(src, "ail");
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

/* The large part that is split off shares its memory. */
START_TEST(b111_a_large_chain_is_split_without_copying)
{
	struct evbuffer *src = make_counting(60000, 0), *dst = make();
	const void *first = first_piece_of(src);

	ck_assert_int_eq(evbuffer_remove_buffer(src, dst, 30000), 30000);
	ck_assert_ptr_eq(first_piece_of(dst), first);
	expect_counting(dst, 30000, 0);
	expect_counting(src, 30000, 30000);
	ck_assert_int_eq(evbuffer_prepend(src, "x", 1), 0);
	ck_assert_int_eq(evbuffer_add(dst, "y", 1), 0);
	ck_assert_int_eq(evbuffer_drain(src, 1), 0);
	ck_assert_uint_eq(evbuffer_get_length(dst), 30001);
	expect_counting(src, 30000, 30000);
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

/* --- memory of the program's ---------------------------------------------*/

START_TEST(b120_cleanup_comes_once_when_the_last_byte_goes)
{
	static const char text[] = "hello";
	struct evbuffer *buf = make();
	struct cleaned cleaned = {0};

	ck_assert_int_eq(
		evbuffer_add_reference(buf, text, 5, note_cleanup, &cleaned),
		0);
	ck_assert_ptr_eq(first_piece_of(buf), text);
	evbuffer_add(buf, "more", 4);
	expect_text(buf, "hellomore");
	evbuffer_drain(buf, 4);
	ck_assert_int_eq(cleaned.calls, 0);
	evbuffer_drain(buf, 1);
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert_ptr_eq(cleaned.data, text);
	ck_assert_uint_eq(cleaned.length, 5);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 1);
}
END_TEST

START_TEST(b120_cleanup_comes_when_the_buffer_is_freed)
{
	struct evbuffer *buf = make();
	struct cleaned cleaned = {0};

	evbuffer_add_reference(buf, "a", 1, note_cleanup, &cleaned);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 1);
}
END_TEST

START_TEST(b120_cleanup_comes_after_a_move)
{
	struct evbuffer *buf = make(), *other = make();
	struct cleaned cleaned = {0};

	evbuffer_add_reference(buf, "abc", 3, note_cleanup, &cleaned);
	evbuffer_remove_buffer(buf, other, 2);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 1);
	evbuffer_add_reference(other, "de", 2, note_cleanup, &cleaned);
	buf = make();
	evbuffer_add_buffer(buf, other);
	evbuffer_free(other);
	ck_assert_int_eq(cleaned.calls, 1);
	expect_text(buf, "abde");
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 2);
}
END_TEST

START_TEST(b120_a_reference_to_nothing_is_over_at_once)
{
	struct evbuffer *buf = make();
	struct cleaned cleaned = {0};

	ck_assert_int_eq(
		evbuffer_add_reference(buf, "", 0, note_cleanup, &cleaned), 0);
	ck_assert_int_eq(evbuffer_prepend(buf, "b", 1), 0);
	ck_assert_int_eq(evbuffer_add_reference(buf, "c", 1, NULL, NULL), 0);
	ck_assert_int_eq(evbuffer_prepend(buf, "a", 1), 0);
	expect_text(buf, "abc");
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 1);
}
END_TEST

START_TEST(b120_a_failed_reference_stays_with_its_owner)
{
	struct evbuffer *buf = make();
	struct evbuffer_iovec vec[2] = {
		{.iov_base = "ab", .iov_len = 2},
		{.iov_base = "cd", .iov_len = 2},
	};
	struct cleaned cleaned = {0};

	for (int n = 1; n <= 3; n++) {
		alloc_fail(n, 1);
		ck_assert_int_eq(evbuffer_add_iovec_reference(
					 buf, vec, 2, note_cleanup, &cleaned),
			-1);
	}
	alloc_fail(1, 0);
	ck_assert_int_eq(
		evbuffer_add_reference(buf, "a", 1, note_cleanup, &cleaned),
		-1);
	alloc_fail(0, 0);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 0);
}
END_TEST

/* It runs when the buffer is whole, so that it can use it. */
struct refill {
	struct evbuffer *buf;
	int left;
};

static void
refill(const void *data, size_t length, void *arg)
{
	struct refill *refill_arg = arg;

	ck_assert_ptr_null(verify(refill_arg->buf));
	if (refill_arg->left-- > 0)
		ck_assert_int_eq(evbuffer_add_reference(refill_arg->buf, data,
					 length, refill, arg),
			0);
}

START_TEST(b120_cleanup_may_use_the_buffer)
{
	struct evbuffer *buf = make();
	struct refill state = {.buf = buf, .left = 5};

	evbuffer_add_reference(buf, "abc", 3, refill, &state);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(evbuffer_drain(buf, 3), 0);
		expect_text(buf, "abc");
	}
	ck_assert_int_eq(evbuffer_drain(buf, 3), 0);
	expect_text(buf, "");
	evbuffer_free(buf);
}
END_TEST

static void
free_it(const void *data, size_t length, void *buf)
{
	(void)data, (void)length;
	evbuffer_free(buf);
}

START_TEST(b120_cleanup_may_free_the_buffer)
{
	struct evbuffer *buf = make();

	evbuffer_add_reference(buf, "abc", 3, free_it, buf);
	evbuffer_add(buf, "def", 3);
	ck_assert_int_eq(evbuffer_drain(buf, 4), 0);
}
END_TEST

START_TEST(a_reference_from_the_middle)
{
	static const char text[] = "0123456789";
	struct evbuffer *buf = make();
	struct cleaned cleaned = {0};

	ck_assert_int_eq(evbuffer_add_reference_with_offset(
				 buf, text, 3, 4, note_cleanup, &cleaned),
		0);
	expect_text(buf, "3456");
	ck_assert_ptr_eq(first_piece_of(buf), text + 3);
	evbuffer_drain(buf, 4);
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert_ptr_eq(cleaned.data, text);
	ck_assert_uint_eq(cleaned.length, 7);
	evbuffer_free(buf);
}
END_TEST

START_TEST(references_in_several_pieces_are_cleaned_up_once)
{
	struct evbuffer *buf = make(), *other = make();
	struct evbuffer_iovec vec[3] = {
		{.iov_base = "abc", .iov_len = 3},
		{.iov_base = NULL, .iov_len = 0},
		{.iov_base = "de", .iov_len = 2},
	};
	struct cleaned cleaned = {0};

	ck_assert_int_eq(evbuffer_add_iovec_reference(
				 buf, vec, 3, note_cleanup, &cleaned),
		0);
	expect_text(buf, "abcde");
	ck_assert_int_eq(pieces_of(buf), 2);
	ck_assert_ptr_eq(first_piece_of(buf), vec[0].iov_base);
	evbuffer_remove_buffer(buf, other, 3);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 0);
	evbuffer_free(other);
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert_uint_eq(cleaned.length, 5);

	buf = make();
	ck_assert_int_eq(evbuffer_add_iovec_reference(
				 buf, vec + 1, 1, note_cleanup, &cleaned),
		0);
	ck_assert_int_eq(cleaned.calls, 2);
	ck_assert_int_eq(evbuffer_add_iovec_reference(
				 buf, vec, 0, note_cleanup, &cleaned),
		0);
	ck_assert_int_eq(cleaned.calls, 3);
	ck_assert_int_eq(evbuffer_add_iovec_reference(
				 buf, vec, -1, note_cleanup, &cleaned),
		-1);
	ck_assert_int_eq(cleaned.calls, 3);
	evbuffer_free(buf);
}
END_TEST

/* --- shared by two buffers -----------------------------------------------*/

START_TEST(b121_both_buffers_have_the_data)
{
	struct evbuffer *src = make_counting(5000, 0), *dst = make();

	evbuffer_add(dst, "\xff", 1);
	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, src), 0);
	expect_counting(src, 5000, 0);
	expect_counting(dst, 5001, 255);
	evbuffer_drain(dst, 1);
	ck_assert_ptr_eq(first_piece_of(dst), first_piece_of(src));
	evbuffer_free(src);
	expect_counting(dst, 5000, 0);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b121_what_is_done_to_one_does_not_show_in_the_other)
{
	struct evbuffer *src = make_counting(100, 0), *dst = make();

	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, src), 0);
	evbuffer_drain(src, 50);
	ck_assert_int_eq(evbuffer_prepend(src, "xxxx", 4), 0);
	ck_assert_int_eq(evbuffer_add(src, "yyyy", 4), 0);
	ck_assert_int_eq(evbuffer_add(dst, "zzzz", 4), 0);
	evbuffer_drain(src, 1000);
	for (int i = 0; i < 100; i++)
		evbuffer_add(src, "overwritten", 11);
	evbuffer_remove_buffer(dst, src, 100);
	expect_text(dst, "zzzz");
	evbuffer_drain(src, 1100);
	expect_counting(src, 100, 0);
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b121_the_last_one_cleans_up)
{
	struct evbuffer *src = make(), *dst = make(), *third = make();
	struct cleaned cleaned = {0};

	evbuffer_add_reference(src, "abc", 3, note_cleanup, &cleaned);
	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, src), 0);
	ck_assert_int_eq(evbuffer_add_buffer_reference(third, src), 0);
	evbuffer_free(src);
	evbuffer_drain(dst, 3);
	ck_assert_int_eq(cleaned.calls, 0);
	expect_text(third, "abc");
	evbuffer_free(third);
	ck_assert_int_eq(cleaned.calls, 1);
	evbuffer_free(dst);
}
END_TEST

START_TEST(b121_what_may_not_be_shared_is_refused)
{
	struct evbuffer *src = make_counting(10, 0), *dst = make();
	struct evbuffer *third = make(), *file = make();

	ck_assert_int_eq(evbuffer_add_buffer_reference(src, src), -1);
	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, src), 0);
	ck_assert_int_eq(evbuffer_add_buffer_reference(third, dst), -1);
	evbuffer_add_buffer(third, dst);
	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, third), -1);
	ck_assert_int_eq(evbuffer_add_file(file, make_file(10), 0, 5), 0);
	ck_assert_int_eq(evbuffer_add_buffer_reference(src, file), -1);
	expect_counting(src, 10, 0);
	expect_counting(third, 10, 0);
	expect_text(dst, "");
	/* Sharing ends where the data is copied. */
	ck_assert_int_eq(evbuffer_remove_buffer(third, dst, 3), 3);
	ck_assert_int_eq(evbuffer_add_buffer_reference(src, dst), 0);
	evbuffer_free(file);
	evbuffer_free(third);
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

START_TEST(cve_2026_63381_an_emptied_buffer_is_shared)
{
	struct evbuffer *src = make_counting(10, 0), *dst = make();

	evbuffer_drain(src, 10);
	ck_assert_int_eq(evbuffer_add_buffer_reference(dst, src), 0);
	evbuffer_add(src, "abc", 3);
	evbuffer_add(dst, "def", 3);
	evbuffer_expand(dst, 5000);
	expect_text(src, "abc");
	expect_text(dst, "def");
	evbuffer_drain(src, 3);
	evbuffer_drain(dst, 3);
	ck_assert_int_eq(evbuffer_add_buffer_reference(src, dst), 0);
	evbuffer_add(dst, "x", 1);
	evbuffer_free(src);
	expect_text(dst, "x");
	evbuffer_free(dst);
}
END_TEST

Suite *
move_suite(void)
{
	Suite *suite = suite_create("move");
	TCase *tcase = tcase_create("chains");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_test(tcase, b110_add_buffer_moves_memory);
	tcase_add_test(tcase, b110_add_buffer_with_nothing);
	tcase_add_test(tcase, b110_data_and_room_of_both_are_kept_apart);
	tcase_add_test(tcase, b109_prepend_buffer_puts_data_in_front);
	tcase_add_test(tcase, b111_remove_buffer_moves_exactly_so_much);
	tcase_add_test(tcase, b111_whole_chains_go_by_pointer);
	tcase_add_test(tcase, b111_a_large_chain_is_split_without_copying);
	tcase_add_test(tcase, b120_cleanup_comes_once_when_the_last_byte_goes);
	tcase_add_test(tcase, b120_cleanup_comes_when_the_buffer_is_freed);
	tcase_add_test(tcase, b120_cleanup_comes_after_a_move);
	tcase_add_test(tcase, b120_a_reference_to_nothing_is_over_at_once);
	tcase_add_test(tcase, b120_a_failed_reference_stays_with_its_owner);
	tcase_add_test(tcase, b120_cleanup_may_use_the_buffer);
	tcase_add_test(tcase, b120_cleanup_may_free_the_buffer);
	tcase_add_test(tcase, a_reference_from_the_middle);
	tcase_add_test(tcase, references_in_several_pieces_are_cleaned_up_once);
	tcase_add_test(tcase, b121_both_buffers_have_the_data);
	tcase_add_test(
		tcase, b121_what_is_done_to_one_does_not_show_in_the_other);
	tcase_add_test(tcase, b121_the_last_one_cleans_up);
	tcase_add_test(tcase, b121_what_may_not_be_shared_is_refused);
	tcase_add_test(tcase, cve_2026_63381_an_emptied_buffer_is_shared);
	suite_add_tcase(suite, tcase);
	return suite;
}
