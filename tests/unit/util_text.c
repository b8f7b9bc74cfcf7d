/* SPDX-License-Identifier: BSD-3-Clause */
/* Text of evutil: formats, numbers, comparison, dates. */
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <event2/util.h>

#include "../support/runner.h"

/* --- formats ---------------------------------------------------------------*/

/* Whatever the room, what lies behind it is untouched. */
START_TEST(snprintf_never_writes_beyond_its_room)
{
	char text[10], expected[10] = "abcdef";
	size_t room = (size_t)_i;

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(evutil_snprintf(text, room, "%s", "abcdef"), 6);
	if (room > 0 && room <= 6)
		expected[room - 1] = '\0';
	if (room > 0)
		ck_assert_str_eq(text, expected);
	for (; room < sizeof(text); room++)
		ck_assert_int_eq(text[room], '#');
}
END_TEST

START_TEST(snprintf_measures_without_room)
{
	ck_assert_int_eq(evutil_snprintf(NULL, 0, "%d %s", -12, "abc"), 7);
	ck_assert_int_eq(evutil_snprintf(NULL, 0, "%s", ""), 0);
}
END_TEST

static int
format_list(char *text, size_t room, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = evutil_vsnprintf(text, room, format, args);
	va_end(args);
	return n;
}

START_TEST(vsnprintf_takes_a_list)
{
	char text[16];

	ck_assert_int_eq(
		format_list(text, sizeof(text), "%d-%s-%c", 7, "x", 'y'), 5);
	ck_assert_str_eq(text, "7-x-y");
	ck_assert_int_eq(format_list(text, 4, "%d-%s-%c", 7, "x", 'y'), 5);
	ck_assert_str_eq(text, "7-x");
}
END_TEST

/* --- numbers ---------------------------------------------------------------*/

static const struct {
	const char *text;
	int base;
	ev_int64_t value;
	int used;
	int error;
} numbers[] = {
	{"0", 10, 0, 1, 0},
	{"12345", 10, 12345, 5, 0},
	{"-12345", 10, -12345, 6, 0},
	{"+7", 10, 7, 2, 0},
	{"  42", 10, 42, 4, 0},
	{"42abc", 10, 42, 2, 0},
	{"0x1f", 16, 31, 4, 0},
	{"0x1f", 0, 31, 4, 0},
	{"077", 0, 63, 3, 0},
	{"zz", 36, 1295, 2, 0},
	{"1111", 2, 15, 4, 0},
	{"4294967296", 10, 4294967296, 10, 0},
	{"9223372036854775807", 10, EV_INT64_MAX, 19, 0},
	{"-9223372036854775808", 10, EV_INT64_MIN, 20, 0},
	{"9223372036854775808", 10, EV_INT64_MAX, 19, ERANGE},
	{"-9223372036854775809", 10, EV_INT64_MIN, 20, ERANGE},
};

START_TEST(strtoll_reads_numbers)
{
	const char *text = numbers[_i].text;
	char *end = NULL;

	errno = 0;
	ck_assert_int_eq(evutil_strtoll(text, &end, numbers[_i].base),
		numbers[_i].value);
	ck_assert_int_eq(end - text, numbers[_i].used);
	ck_assert_int_eq(errno, numbers[_i].error);
}
END_TEST

START_TEST(strtoll_uses_nothing_of_what_is_no_number)
{
	static const char *const texts[] = {"", "-", "abc", "  x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *end = NULL;

		ck_assert_int_eq(evutil_strtoll(texts[i], &end, 10), 0);
		ck_assert_ptr_eq(end, texts[i]);
	}
	ck_assert_int_eq(evutil_strtoll("9", NULL, 10), 9);
}
END_TEST

/* --- comparison ------------------------------------------------------------*/

static const struct {
	const char *left, *right;
	int sign;        /* of the comparison */
	int first_three; /* the same for three bytes */
} pairs[] = {
	{"", "", 0, 0},
	{"abc", "ABC", 0, 0},
	{"Content-Length", "content-length", 0, 0},
	{"abc", "abd", -1, -1},
	{"ABD", "abc", 1, 1},
	{"abcd", "ABCE", -1, 0},
	{"abc", "abcd", -1, 0},
	{"ab", "abc", -1, -1},
	{"", "a", -1, -1},
	/* neighbours of the letters, and what differs by the same bit */
	{"[", "{", -1, -1},
	{"@", "`", -1, -1},
	{"\\", "|", -1, -1},
	{"Z", "[", 1, 1},
	/* bytes beyond ASCII are themselves, and greater than it */
	{"\xc4", "\xe4", -1, -1},
	{"\xc0", "\xe0", -1, -1},
	{"z", "\x80", -1, -1},
	{"i", "\xdd", -1, -1},
};

static int
sign(int number)
{
	return (number > 0) - (number < 0);
}

START_TEST(strcasecmp_knows_ascii_alone)
{
	const char *left = pairs[_i].left, *right = pairs[_i].right;

	ck_assert_int_eq(
		sign(evutil_ascii_strcasecmp(left, right)), pairs[_i].sign);
	ck_assert_int_eq(
		sign(evutil_ascii_strcasecmp(right, left)), -pairs[_i].sign);
	ck_assert_int_eq(sign(evutil_ascii_strncasecmp(left, right, 3)),
		pairs[_i].first_three);
	ck_assert_int_eq(evutil_ascii_strncasecmp(left, right, 0), 0);
	ck_assert_int_eq(sign(evutil_ascii_strncasecmp(left, right, SIZE_MAX)),
		pairs[_i].sign);
}
END_TEST

START_TEST(strncasecmp_stops_where_it_is_told)
{
	static const char left[] = {'a', 'B', 'c'}, right[] = {'A', 'b', 'C'};

	/* There is no end of the text to find. */
	ck_assert_int_eq(evutil_ascii_strncasecmp(left, right, 3), 0);
	ck_assert_int_eq(evutil_ascii_strncasecmp("ab\0x", "AB\0y", 4), 0);
}
END_TEST

/* In a Turkish locale I and i are no pair, and in ISO 8859-9 it says so. */
START_TEST(text_is_the_same_in_every_locale)
{
	static const char *const locales[] = {
		"tr_TR.ISO-8859-9", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "C"};
	const struct tm day = {.tm_year = 94, .tm_mon = 2, .tm_mday = 1};
	char text[64];

	for (size_t i = 0; i < sizeof(locales) / sizeof(*locales); i++) {
		if (!setlocale(LC_ALL, locales[i]))
			continue;
		ck_assert_int_eq(evutil_ascii_strcasecmp("TITLE", "title"), 0);
		ck_assert_int_ne(evutil_ascii_strcasecmp("\xc4", "\xe4"), 0);
		ck_assert_int_gt(
			evutil_date_rfc1123(text, sizeof(text), &day), 0);
		ck_assert_str_eq(text, "Sun, 01 Mar 1994 00:00:00 GMT");
	}
}
END_TEST

/* --- dates -----------------------------------------------------------------*/

static const struct {
	time_t seconds;
	const char *text;
} dates[] = {
	{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
	{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
	{951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	{1234567890, "Fri, 13 Feb 2009 23:31:30 GMT"},
	{-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
};

START_TEST(date_is_that_of_rfc_1123)
{
	struct tm utc;
	char text[30];

	ck_assert_ptr_nonnull(gmtime_r(&dates[_i].seconds, &utc));
	ck_assert_int_eq(evutil_date_rfc1123(text, sizeof(text), &utc), 29);
	ck_assert_str_eq(text, dates[_i].text);
}
END_TEST

START_TEST(date_is_cut_to_its_room)
{
	const struct tm utc = {.tm_year = 70, .tm_mday = 1, .tm_wday = 4};
	char text[8] = "#######";

	ck_assert_int_eq(evutil_date_rfc1123(text, 4, &utc), 29);
	ck_assert_str_eq(text, "Thu");
	ck_assert_int_eq(text[4], '#');
	ck_assert_int_eq(evutil_date_rfc1123(NULL, 0, &utc), 29);
}
END_TEST

/* A weekday or month that is none has no name, and nothing is read there. */
START_TEST(date_takes_any_fields)
{
	const struct tm odd = {.tm_wday = 7, .tm_mon = -1, .tm_mday = 1};
	char text[64];

	ck_assert_int_gt(evutil_date_rfc1123(text, sizeof(text), &odd), 0);
	ck_assert_str_eq(text, "???, 01 ??? 1900 00:00:00 GMT");
}
END_TEST

START_TEST(date_is_now_without_a_time)
{
	char text[30], before[30], after[30];
	time_t now = time(NULL);
	struct tm utc;

	evutil_date_rfc1123(before, sizeof(before), gmtime_r(&now, &utc));
	ck_assert_int_eq(evutil_date_rfc1123(text, sizeof(text), NULL), 29);
	now = time(NULL);
	evutil_date_rfc1123(after, sizeof(after), gmtime_r(&now, &utc));
	if (strcmp(before, after) == 0)
		ck_assert_str_eq(text, before);
	ck_assert_str_eq(text + 25, " GMT");
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(*(table)))

static Suite *
suite_text(void)
{
	Suite *suite = suite_create("util_text");
	TCase *formats = tcase_create("formats");
	TCase *comparison = tcase_create("comparison");
	TCase *date = tcase_create("dates");

	tcase_add_loop_test(
		formats, snprintf_never_writes_beyond_its_room, 0, 9);
	tcase_add_test(formats, snprintf_measures_without_room);
	tcase_add_test(formats, vsnprintf_takes_a_list);
	tcase_add_loop_test(formats, strtoll_reads_numbers, 0, COUNT(numbers));
	tcase_add_test(formats, strtoll_uses_nothing_of_what_is_no_number);
	tcase_add_loop_test(
		comparison, strcasecmp_knows_ascii_alone, 0, COUNT(pairs));
	tcase_add_test(comparison, strncasecmp_stops_where_it_is_told);
	tcase_add_test(comparison, text_is_the_same_in_every_locale);
	tcase_add_loop_test(date, date_is_that_of_rfc_1123, 0, COUNT(dates));
	tcase_add_test(date, date_is_cut_to_its_room);
	tcase_add_test(date, date_takes_any_fields);
	tcase_add_test(date, date_is_now_without_a_time);
	suite_add_tcase(suite, formats);
	suite_add_tcase(suite, comparison);
	suite_add_tcase(suite, date);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_text, NULL});
}
