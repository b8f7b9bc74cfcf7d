/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 115 to 118: lines, searches, places, and looking.
 */
#include "suites.h"

#include "kit.h"

enum { STYLES = EVBUFFER_EOL_NUL + 1 };

/* --- every cut of a text --------------------------------------------------*/

/*
 * TEXT of LENGTH bytes in chains of up to three pieces, all ways of cutting
 * it; what is found must not depend on that.
 */
typedef void on_cut_fn(struct evbuffer *buf, const void *arg);

static void
add_piece(struct evbuffer *buf, const char *text, size_t from, size_t to)
{
	ck_assert_int_eq(
		evbuffer_add_reference(buf, text + from, to - from, NULL, NULL),
		0);
}

static void
for_each_cut(const char *text, size_t length, on_cut_fn *fn, const void *arg)
{
	struct evbuffer *buf;

	for (size_t a = 0; a <= length; a++)
		for (size_t b = a; b <= length; b++) {
			buf = make();
			add_piece(buf, text, 0, a);
			add_piece(buf, text, a, b);
			add_piece(buf, text, b, length);
			fn(buf, arg);
			ck_assert_ptr_null(verify(buf));
			evbuffer_free(buf);
		}
}

/* --- lines ---------------------------------------------------------------*/

static const char lines[] = "a\r\nbb\r\r\nc\nd\n\r\0e\r";

static const struct {
	size_t lengths[8]; /* of the lines */
	size_t eols[8];    /* of what ends them; 0: no more */
} lines_by[STYLES] = {
	[EVBUFFER_EOL_ANY] = {{1, 2, 1, 1, 2}, {2, 3, 1, 2, 1}},
	[EVBUFFER_EOL_CRLF] = {{1, 3, 1, 1}, {2, 2, 1, 1}},
	[EVBUFFER_EOL_CRLF_STRICT] = {{1, 3}, {2, 2}},
	[EVBUFFER_EOL_LF] = {{2, 4, 1, 1}, {1, 1, 1, 1}},
	[EVBUFFER_EOL_NUL] = {{13}, {1}},
};

static void
read_all_lines(struct evbuffer *buf, const void *arg)
{
	enum evbuffer_eol_style style = *(const enum evbuffer_eol_style *)arg;
	const size_t *eols = lines_by[style].eols;
	const char *at_text = lines;
	size_t length, eol;
	char *line;

	for (int i = 0; eols[i]; i++) {
		length = lines_by[style].lengths[i];
		ck_assert_int_eq(
			evbuffer_search_eol(buf, NULL, &eol, style).pos,
			(ev_ssize_t)length);
		ck_assert_uint_eq(eol, eols[i]);
		line = evbuffer_readln(buf, &length, style);
		ck_assert_ptr_nonnull(line);
		ck_assert_uint_eq(length, lines_by[style].lengths[i]);
		ck_assert(!memcmp(line, at_text, length));
		ck_assert_int_eq(line[length], 0);
		alloc_free(line);
		at_text += length + eol;
	}
	ck_assert_ptr_null(evbuffer_readln(buf, &length, style));
	ck_assert_uint_eq(length, 0);
	expect(buf, at_text, (size_t)(lines + sizeof(lines) - 1 - at_text));
}

START_TEST(b115_lines_of_every_style_however_cut)
{
	enum evbuffer_eol_style style = (enum evbuffer_eol_style)_i;

	for_each_cut(lines, sizeof(lines) - 1, read_all_lines, &style);
}
END_TEST

START_TEST(b115_an_unfinished_line_stays)
{
	struct evbuffer *buf = make();
	size_t length = 5;

	for (int style = 0; style < STYLES; style++) {
		ck_assert_ptr_null(evbuffer_readln(
			buf, &length, (enum evbuffer_eol_style)style));
		ck_assert_uint_eq(length, 0);
	}
	evbuffer_add(buf, "no end", 6);
	for (int style = 0; style < STYLES; style++)
		ck_assert_ptr_null(evbuffer_readln(
			buf, NULL, (enum evbuffer_eol_style)style));
	ck_assert_ptr_null(
		evbuffer_readln(buf, NULL, (enum evbuffer_eol_style)99));
	expect_text(buf, "no end");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b115_a_line_that_cannot_be_copied_stays)
{
	struct evbuffer *buf = make_pieces("li", "ne\n", NULL);
	size_t length = 5;

	alloc_fail(1, 0);
	ck_assert_ptr_null(evbuffer_readln(buf, &length, EVBUFFER_EOL_LF));
	ck_assert_uint_eq(length, 0);
	expect_text(buf, "line\n");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b115_a_line_end_from_some_place_on)
{
	struct evbuffer *buf = make_pieces("a\r", "\nb\r", "\n", NULL);
	struct evbuffer_ptr from = at(buf, 2), found;
	size_t length;

	found = evbuffer_search_eol(buf, &from, &length, EVBUFFER_EOL_CRLF);
	ck_assert_int_eq(found.pos, 2);
	ck_assert_uint_eq(length, 1);
	found = evbuffer_search_eol(
		buf, &from, &length, EVBUFFER_EOL_CRLF_STRICT);
	ck_assert_int_eq(found.pos, 4);
	ck_assert_uint_eq(length, 2);
	from = at(buf, 6);
	found = evbuffer_search_eol(buf, &from, &length, EVBUFFER_EOL_ANY);
	ck_assert_int_eq(found.pos, -1);
	ck_assert_uint_eq(length, 0);
	from.pos = -1;
	found = evbuffer_search_eol(buf, &from, NULL, EVBUFFER_EOL_ANY);
	ck_assert_int_eq(found.pos, -1);
	from.pos = 7;
	found = evbuffer_search_eol(buf, &from, NULL, EVBUFFER_EOL_LF);
	ck_assert_int_eq(found.pos, -1);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b115_long_lines_with_other_ends_far_behind)
{
	struct evbuffer *buf = make();
	size_t length;
	char *line;

	for (int i = 0; i < 3000; i++)
		evbuffer_add(buf, "x", 1);
	evbuffer_add(buf, "\r", 1);
	for (int i = 0; i < 3000; i++)
		evbuffer_add(buf, "y", 1);
	evbuffer_add(buf, "\n", 1);
	line = evbuffer_readline(buf);
	ck_assert_uint_eq(strlen(line), 3000);
	alloc_free(line);
	line = evbuffer_readln(buf, &length, EVBUFFER_EOL_ANY);
	ck_assert_uint_eq(length, 3000);
	alloc_free(line);
	ck_assert_ptr_null(evbuffer_readline(buf));
	evbuffer_free(buf);
}
END_TEST

/* --- bytes ---------------------------------------------------------------*/

static const char haystack[] = "abababcabcab";

static void
search_everything(struct evbuffer *buf, const void *arg)
{
	const char *expected;
	ev_ssize_t pos;

	(void)arg;
	for (size_t from = 0; from < sizeof(haystack); from++)
		for (size_t n = 1; from + n < sizeof(haystack); n++) {
			char what[sizeof(haystack)] = "";

			memcpy(what, haystack + from, n);
			expected = strstr(haystack, what);
			pos = position_of(buf, what);
			ck_assert_int_eq(pos, expected - haystack);
			what[n - 1] = 'x';
			ck_assert_int_eq(position_of(buf, what), -1);
		}
}

START_TEST(b116_searches_find_the_first_however_cut)
{
	for_each_cut(haystack, sizeof(haystack) - 1, search_everything, NULL);
}
END_TEST

/* What a search from START before END has to say. */
static ev_ssize_t
plain_search(const char *what, size_t start, size_t end)
{
	size_t length = strlen(what);

	for (; start + length <= end; start++)
		if (!memcmp(haystack + start, what, length))
			return (ev_ssize_t)start;
	return -1;
}

static void
search_ranges(struct evbuffer *buf, const void *what)
{
	struct evbuffer_ptr from, to, found;
	size_t length = sizeof(haystack) - 1;

	for (size_t start = 0; start <= length; start++)
		for (size_t end = 0; end <= length; end++) {
			from = at(buf, start);
			to = at(buf, end);
			found = evbuffer_search_range(
				buf, what, strlen(what), &from, &to);
			ck_assert_int_eq(
				found.pos, plain_search(what, start, end));
		}
}

START_TEST(b116_searches_stay_within_their_range)
{
	for_each_cut(haystack, sizeof(haystack) - 1, search_ranges, "ab");
	for_each_cut(haystack, sizeof(haystack) - 1, search_ranges, "cabc");
	for_each_cut(haystack, sizeof(haystack) - 1, search_ranges, "b");
}
END_TEST

START_TEST(b116_nothing_is_found_everywhere)
{
	struct evbuffer *buf = make_pieces("abc", NULL), *none = make();
	struct evbuffer_ptr place = at(buf, 2), end = at(buf, 3), bad;

	ck_assert_int_eq(evbuffer_search(buf, "", 0, NULL).pos, 0);
	ck_assert_int_eq(evbuffer_search(buf, "", 0, &place).pos, 2);
	ck_assert_int_eq(evbuffer_search(buf, "", 0, &end).pos, 3);
	ck_assert_int_eq(evbuffer_search(none, "", 0, NULL).pos, 0);
	ck_assert_int_eq(evbuffer_search(none, "a", 1, NULL).pos, -1);
	ck_assert_int_eq(evbuffer_search(buf, "c", 1, &end).pos, -1);
	ck_assert_int_eq(evbuffer_search(buf, "abcd", 4, NULL).pos, -1);
	ck_assert_int_eq(evbuffer_search(buf, "abc", SIZE_MAX, NULL).pos, -1);
	bad.pos = -1;
	ck_assert_int_eq(evbuffer_search(buf, "a", 1, &bad).pos, -1);
	ck_assert_int_eq(
		evbuffer_search_range(buf, "a", 1, NULL, &bad).pos, -1);
	evbuffer_free(none);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b116_find_puts_what_it_finds_together)
{
	struct evbuffer *buf = make_pieces("xab", "c", "d", NULL);
	unsigned char *found;

	found = evbuffer_find(buf, (const unsigned char *)"bcd", 3);
	ck_assert_ptr_nonnull(found);
	ck_assert(!memcmp(found, "bcd", 3));
	ck_assert_ptr_null(evbuffer_find(buf, (const unsigned char *)"bd", 2));
	found = evbuffer_find(buf, (const unsigned char *)"", 0);
	ck_assert_ptr_eq(found, EVBUFFER_DATA(buf));
	ck_assert_uint_eq(EVBUFFER_LENGTH(buf), 5);
	evbuffer_free(buf);
}
END_TEST

/* --- places --------------------------------------------------------------*/

START_TEST(b117_places_reach_from_the_front_to_the_end)
{
	struct evbuffer *buf = make_pieces("ab", "cde", NULL);
	struct evbuffer_ptr ptr;

	for (size_t i = 0; i <= 5; i++) {
		ck_assert_int_eq(
			evbuffer_ptr_set(buf, &ptr, i, EVBUFFER_PTR_SET), 0);
		ck_assert_int_eq(ptr.pos, (ev_ssize_t)i);
		ck_assert_int_eq(
			evbuffer_ptr_set(buf, &ptr, 5 - i, EVBUFFER_PTR_ADD),
			0);
		ck_assert_int_eq(ptr.pos, 5);
		ck_assert_int_eq(
			evbuffer_ptr_set(buf, &ptr, 0, EVBUFFER_PTR_ADD), 0);
	}
	ck_assert_int_eq(evbuffer_ptr_set(buf, &ptr, 1, EVBUFFER_PTR_ADD), -1);
	ck_assert_int_eq(ptr.pos, -1);
	ck_assert_int_eq(evbuffer_ptr_set(buf, &ptr, 0, EVBUFFER_PTR_ADD), -1);
	ck_assert_int_eq(evbuffer_ptr_set(buf, &ptr, 6, EVBUFFER_PTR_SET), -1);
	ck_assert_int_eq(ptr.pos, -1);
	ptr = at(buf, 2);
	ck_assert_int_eq(
		evbuffer_ptr_set(buf, &ptr, SIZE_MAX - 1, EVBUFFER_PTR_ADD),
		-1);
	evbuffer_free(buf);
}
END_TEST

/* A stale place is another byte or refused, and reads no freed memory. */
START_TEST(b117_a_stale_place_harms_nobody)
{
	struct evbuffer *buf = make_counting(20000, 0);
	struct evbuffer_ptr ptr = at(buf, 15000);
	struct evbuffer_iovec piece;
	char byte;

	evbuffer_drain(buf, 19990);
	ck_assert_int_eq(evbuffer_copyout_from(buf, &ptr, &byte, 1), -1);
	ck_assert_int_eq(evbuffer_search(buf, "a", 1, &ptr).pos, -1);
	ck_assert_int_eq(evbuffer_peek(buf, -1, &ptr, &piece, 1), 0);
	ck_assert_int_eq(evbuffer_ptr_set(buf, &ptr, 0, EVBUFFER_PTR_ADD), -1);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b118_peek_counts_pieces)
{
	struct evbuffer *buf = make_pieces("ab", "cde", "f", NULL);
	struct evbuffer_ptr from = at(buf, 3), end = at(buf, 6);
	struct evbuffer_iovec vec[4];

	ck_assert_int_eq(evbuffer_peek(buf, -1, NULL, NULL, 0), 3);
	ck_assert_int_eq(evbuffer_peek(buf, -1, NULL, vec, 2), 3);
	ck_assert(!memcmp(vec[1].iov_base, "cde", 3));
	ck_assert_uint_eq(vec[1].iov_len, 3);
	ck_assert_int_eq(evbuffer_peek(buf, 0, NULL, vec, 4), 0);
	ck_assert_int_eq(evbuffer_peek(buf, 1, NULL, vec, 4), 1);
	ck_assert_uint_eq(vec[0].iov_len, 2);
	ck_assert_int_eq(evbuffer_peek(buf, 3, NULL, vec, 4), 2);
	ck_assert_uint_eq(vec[1].iov_len, 3);
	ck_assert_int_eq(evbuffer_peek(buf, 100, NULL, vec, 4), 3);
	ck_assert_int_eq(evbuffer_peek(buf, -1, &from, vec, 4), 2);
	ck_assert(!memcmp(vec[0].iov_base, "de", 2));
	ck_assert_uint_eq(vec[0].iov_len, 2);
	ck_assert_int_eq(evbuffer_peek(buf, 2, &from, vec, 4), 1);
	ck_assert_int_eq(evbuffer_peek(buf, -1, &end, vec, 4), 0);
	evbuffer_drain(buf, 6);
	ck_assert_int_eq(evbuffer_peek(buf, -1, NULL, vec, 4), 0);
	evbuffer_free(buf);
}
END_TEST

Suite *
search_suite(void)
{
	Suite *suite = suite_create("search");
	TCase *tcase = tcase_create("bytes");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_loop_test(
		tcase, b115_lines_of_every_style_however_cut, 0, STYLES);
	tcase_add_test(tcase, b115_an_unfinished_line_stays);
	tcase_add_test(tcase, b115_a_line_that_cannot_be_copied_stays);
	tcase_add_test(tcase, b115_a_line_end_from_some_place_on);
	tcase_add_test(tcase, b115_long_lines_with_other_ends_far_behind);
	tcase_add_test(tcase, b116_searches_find_the_first_however_cut);
	tcase_add_test(tcase, b116_searches_stay_within_their_range);
	tcase_add_test(tcase, b116_nothing_is_found_everywhere);
	tcase_add_test(tcase, b116_find_puts_what_it_finds_together);
	tcase_add_test(tcase, b117_places_reach_from_the_front_to_the_end);
	tcase_add_test(tcase, b117_a_stale_place_harms_nobody);
	tcase_add_test(tcase, b118_peek_counts_pieces);
	suite_add_tcase(suite, tcase);
	return suite;
}
