/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of evutil: text to bytes and back, with ports, and in order. */
#include <arpa/inet.h>
#include <check.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <event2/util.h>

#include "../support/runner.h"

#define COUNT(table) (int)(sizeof(table) / sizeof(*(table)))

/* --- text to bytes ---------------------------------------------------------*/

static const struct {
	const char *text;
	const char *bytes; /* NULL: not an address */
} v4[] = {
	{"1.2.3.4", "\1\2\3\4"},
	{"0.0.0.0", "\0\0\0\0"},
	{"255.255.255.255", "\xff\xff\xff\xff"},
	{"127.0.0.1", "\x7f\0\0\1"},
	{"256.1.1.1", NULL},
	{"1.2.3.1000", NULL},
	{"1.2.3.4294967297", NULL},
	{"1.2.3", NULL},
	{"1.2.3.4.5", NULL},
	{"1..2.3", NULL},
	{".1.2.3.4", NULL},
	{"1.2.3.4.", NULL},
	{"1.2.3.-4", NULL},
	{"1.2.3.+4", NULL},
	{"0x1.2.3.4", NULL},
	{" 1.2.3.4", NULL},
	{"1.2.3.4 ", NULL},
	{"1.2.3.4x", NULL},
	{"", NULL},
	{"a.b.c.d", NULL},
	{"::1", NULL},
};

START_TEST(pton_reads_v4)
{
	unsigned char bytes[5] = {9, 9, 9, 9, 9};
	int result = evutil_inet_pton(AF_INET, v4[_i].text, bytes);

	ck_assert_msg(result == (v4[_i].bytes != NULL), "'%s' gave %d",
		v4[_i].text, result);
	if (v4[_i].bytes)
		ck_assert_mem_eq(bytes, v4[_i].bytes, 4);
	ck_assert_int_eq(bytes[4], 9);
}
END_TEST

static const struct {
	const char *text;
	uint16_t words[8];
	int result;
} v6[] = {
	{"::", {0}, 1},
	{"::1", {0, 0, 0, 0, 0, 0, 0, 1}, 1},
	{"1::", {1}, 1},
	{"0:0:0:0:0:0:0:0", {0}, 1},
	{"1:2:3:4:5:6:7:8", {1, 2, 3, 4, 5, 6, 7, 8}, 1},
	{"1:2::7:8", {1, 2, 0, 0, 0, 0, 7, 8}, 1},
	{"FE80::ABCD", {0xfe80, 0, 0, 0, 0, 0, 0, 0xabcd}, 1},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		{0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
			0xffff},
		1},
	{"::1.2.3.4", {0, 0, 0, 0, 0, 0, 0x0102, 0x0304}, 1},
	{"::ffff:1.2.3.4", {0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304}, 1},
	{"1:2:3:4:5:6:1.2.3.4", {1, 2, 3, 4, 5, 6, 0x0102, 0x0304}, 1},
	{"1:2:3:4:5:6:7", {0}, 0},
	{"1:2:3:4:5:6:7:8:9", {0}, 0},
	{"1:2:3:4:5:6:7:1.2.3.4", {0}, 0},
	{"1:2:3:4:5:1.2.3.4", {0}, 0},
	{"1::2::3", {0}, 0},
	{":::", {0}, 0},
	{":", {0}, 0},
	{"", {0}, 0},
	{"1:", {0}, 0},
	{"::1:", {0}, 0},
	{":1::2", {0}, 0},
	{"12345::", {0}, 0},
	{"g::", {0}, 0},
	{"::1.2.3", {0}, 0},
	{"::1.2.3.400", {0}, 0},
	{"::1.2.3.4:5", {0}, 0},
	{"[::1]", {0}, 0},
	{"::1 ", {0}, 0},
	{" ::1", {0}, 0},
	{"fe80::1%1", {0}, 0},
	{"1.2.3.4", {0}, 0},
};

START_TEST(pton_reads_v6)
{
	unsigned char bytes[17], expected[16];
	int i, result;

	memset(bytes, 9, sizeof(bytes));
	result = evutil_inet_pton(AF_INET6, v6[_i].text, bytes);
	ck_assert_msg(
		result == v6[_i].result, "'%s' gave %d", v6[_i].text, result);
	for (i = 0; i < 8; i++) {
		expected[2 * i] = (unsigned char)(v6[_i].words[i] >> 8);
		expected[2 * i + 1] = (unsigned char)v6[_i].words[i];
	}
	if (result == 1)
		ck_assert_mem_eq(bytes, expected, sizeof(expected));
	ck_assert_int_eq(bytes[16], 9);
}
END_TEST

START_TEST(families_without_such_a_text_are_refused)
{
	unsigned char bytes[16] = {0};
	char text[64];
	unsigned scope;

	errno = 0;
	ck_assert_int_eq(evutil_inet_pton(AF_UNIX, "/x", bytes), -1);
	ck_assert_int_eq(errno, EAFNOSUPPORT);
	ck_assert_int_eq(evutil_inet_pton(AF_UNSPEC, "1.2.3.4", bytes), -1);
	ck_assert_int_eq(
		evutil_inet_pton_scope(AF_UNIX, "/x", bytes, &scope), -1);
	errno = 0;
	ck_assert_ptr_null(
		evutil_inet_ntop(AF_UNIX, bytes, text, sizeof(text)));
	ck_assert_int_eq(errno, EAFNOSUPPORT);
}
END_TEST

static const struct {
	const char *text;
	int result;
	unsigned scope;
} scopes[] = {
	{"fe80::1", 1, 0},
	{"fe80::1%1", 1, 1},
	{"fe80::1%99", 1, 99},
	{"fe80::1%007", 1, 7},
	{"fe80::1%4294967295", 1, 4294967295},
	{"fe80::1%0", 1, 0}, /* RFC 4007: the default zone */
	{"fe80::1%4294967296", 0, 0},
	{"fe80::1%99999999999999999999", 0, 0},
	{"fe80::1%", 0, 0},
	{"fe80::1%1x", 0, 0},
	{"fe80::1%-1", 0, 0},
	{"fe80::1%+1", 0, 0},
	{"fe80::1% 1", 0, 0},
	{"fe80::1%1%2", 0, 0},
	{"fe80::1%no_such_interface", 0, 0},
	{"bad%1", 0, 0},
	{"%1", 0, 0},
	{"", 0, 0},
};

START_TEST(pton_scope_reads_what_follows_the_percent_sign)
{
	unsigned char bytes[16];
	unsigned scope = 77;
	int result = evutil_inet_pton_scope(
		AF_INET6, scopes[_i].text, bytes, &scope);

	ck_assert_msg(result == scopes[_i].result, "'%s' gave %d",
		scopes[_i].text, result);
	if (result == 1)
		ck_assert_uint_eq(scope, scopes[_i].scope);
}
END_TEST

START_TEST(pton_scope_takes_names_of_interfaces)
{
	struct if_nameindex *all = if_nameindex();
	char text[64];
	unsigned char bytes[16];
	unsigned scope;

	for (int i = 0; all && all[i].if_index; i++) {
		snprintf(text, sizeof(text), "fe80::1%%%s", all[i].if_name);
		ck_assert_int_eq(
			evutil_inet_pton_scope(AF_INET6, text, bytes, &scope),
			1);
		ck_assert_uint_eq(scope, all[i].if_index);
	}
	if (all)
		if_freenameindex(all);
}
END_TEST

START_TEST(pton_scope_of_v4_is_none)
{
	unsigned char bytes[4];
	unsigned scope = 77;

	ck_assert_int_eq(
		evutil_inet_pton_scope(AF_INET, "1.2.3.4", bytes, &scope), 1);
	ck_assert_uint_eq(scope, 0);
	ck_assert_int_eq(
		evutil_inet_pton_scope(AF_INET, "1.2.3.4%1", bytes, &scope), 0);
}
END_TEST

START_TEST(pton_scope_of_a_long_text_is_no_address)
{
	char text[400];
	unsigned char bytes[16];
	unsigned scope;

	memset(text, ':', sizeof(text));
	memcpy(text + sizeof(text) - 3, "%1", 3);
	ck_assert_int_eq(
		evutil_inet_pton_scope(AF_INET6, text, bytes, &scope), 0);
}
END_TEST

/* --- bytes to text ---------------------------------------------------------*/

/* In the short form: the longest run of zeros, the first of equal ones. */
static const char *const short_forms[] = {
	"::",
	"::1",
	"1::",
	"1:2:3:4:5:6:7:8",
	"1:0:3:4:5:6:7:8", /* one is no run */
	"1:0:0:4::",
	"1:0:0:2::3",
	"1::2:0:0:3:4",
	"abcd:ef01::",
	"fe80::1",
	"::ffff:1.2.3.4",
	"64:ff9b::102:304",
	"2001:db8::ff00:42:8329",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

START_TEST(ntop_gives_the_short_form)
{
	unsigned char bytes[16];
	char text[64];

	ck_assert_int_eq(evutil_inet_pton(AF_INET6, short_forms[_i], bytes), 1);
	ck_assert_ptr_eq(
		evutil_inet_ntop(AF_INET6, bytes, text, sizeof(text)), text);
	ck_assert_str_eq(text, short_forms[_i]);
}
END_TEST

static void
check_room(int af, const char *address)
{
	unsigned char bytes[16];
	char text[64];
	size_t room;

	ck_assert_int_eq(evutil_inet_pton(af, address, bytes), 1);
	for (room = 0; room < sizeof(text); room++) {
		memset(text, '#', sizeof(text));
		if (room <= strlen(address)) {
			ck_assert_ptr_null(
				evutil_inet_ntop(af, bytes, text, room));
		} else {
			ck_assert_ptr_eq(
				evutil_inet_ntop(af, bytes, text, room), text);
			ck_assert_str_eq(text, address);
		}
		for (size_t i = room; i < sizeof(text); i++)
			ck_assert_int_eq(text[i], '#');
	}
	ck_assert_ptr_eq(evutil_inet_ntop(af, bytes, text, SIZE_MAX), text);
}

START_TEST(ntop_gives_all_or_nothing)
{
	check_room(AF_INET, "255.255.255.255");
	check_room(AF_INET, "1.2.3.4");
	check_room(AF_INET6, "::");
	check_room(AF_INET6, "::ffff:255.255.255.255");
	check_room(AF_INET6, "1111:2222:3333:4444:5555:6666:7777:8888");
}
END_TEST

/* --- with ports ------------------------------------------------------------*/

static const struct {
	const char *text;
	int family; /* 0: refused */
	const char *address;
	int port;
	unsigned scope;
} endpoints[] = {
	{"1.2.3.4", AF_INET, "1.2.3.4", 0, 0},
	{"1.2.3.4:80", AF_INET, "1.2.3.4", 80, 0},
	{"1.2.3.4:1", AF_INET, "1.2.3.4", 1, 0},
	{"1.2.3.4:65535", AF_INET, "1.2.3.4", 65535, 0},
	{"1.2.3.4:00080", AF_INET, "1.2.3.4", 80, 0},
	{"1.2.3.4:000000080", AF_INET, "1.2.3.4", 80, 0},
	{"::1", AF_INET6, "::1", 0, 0},
	{"[::1]", AF_INET6, "::1", 0, 0},
	{"[::1]:80", AF_INET6, "::1", 80, 0},
	{"[::]:65535", AF_INET6, "::", 65535, 0},
	{"::1:80", AF_INET6, "::1:80", 0, 0},
	{"1:2:3:4:5:6:7:8", AF_INET6, "1:2:3:4:5:6:7:8", 0, 0},
	{"::ffff:1.2.3.4", AF_INET6, "::ffff:1.2.3.4", 0, 0},
	{"[::ffff:1.2.3.4]:7", AF_INET6, "::ffff:1.2.3.4", 7, 0},
	{"fe80::1%1", AF_INET6, "fe80::1", 0, 1},
	{"[fe80::1%2]:22", AF_INET6, "fe80::1", 22, 2},
	/* ports that are none */
	{"1.2.3.4:0", 0, NULL, 0, 0},
	{"1.2.3.4:65536", 0, NULL, 0, 0},
	{"1.2.3.4:4294967376", 0, NULL, 0, 0},
	{"1.2.3.4:18446744073709551696", 0, NULL, 0, 0},
	{"1.2.3.4:", 0, NULL, 0, 0},
	{"1.2.3.4:-1", 0, NULL, 0, 0},
	{"1.2.3.4:+80", 0, NULL, 0, 0},
	{"1.2.3.4: 80", 0, NULL, 0, 0},
	{"1.2.3.4:80 ", 0, NULL, 0, 0},
	{"1.2.3.4:80x", 0, NULL, 0, 0},
	{"1.2.3.4:0x50", 0, NULL, 0, 0},
	{"1.2.3.4:http", 0, NULL, 0, 0},
	{"1.2.3.4:80:90", 0, NULL, 0, 0},
	{"[::1]:", 0, NULL, 0, 0},
	{"[::1]:0", 0, NULL, 0, 0},
	{"[::1]:65536", 0, NULL, 0, 0},
	{"[::1]:80:90", 0, NULL, 0, 0},
	/* brackets that do not match */
	{"[::1", 0, NULL, 0, 0},
	{"::1]", 0, NULL, 0, 0},
	{"[::1]x", 0, NULL, 0, 0},
	{"[::1]80", 0, NULL, 0, 0},
	{"[::1]]:80", 0, NULL, 0, 0},
	{"[[::1]]:80", 0, NULL, 0, 0},
	{"[", 0, NULL, 0, 0},
	{"]", 0, NULL, 0, 0},
	{"[]", 0, NULL, 0, 0},
	{"[]:80", 0, NULL, 0, 0},
	{"[1.2.3.4]", 0, NULL, 0, 0},
	{"[1.2.3.4]:80", 0, NULL, 0, 0},
	{"[ ::1]", 0, NULL, 0, 0},
	/* addresses that are none */
	{"", 0, NULL, 0, 0},
	{":", 0, NULL, 0, 0},
	{":80", 0, NULL, 0, 0},
	{"1.2.3", 0, NULL, 0, 0},
	{"1.2.3.4.5:6", 0, NULL, 0, 0},
	{" 1.2.3.4", 0, NULL, 0, 0},
	{"1:2:3:4:5:6:7:8:9", 0, NULL, 0, 0},
	{"localhost", 0, NULL, 0, 0},
	{"localhost:80", 0, NULL, 0, 0},
	{"[fe80::1%]:22", 0, NULL, 0, 0},
};

static void
check_endpoint(int i, const struct sockaddr_storage *found, int size)
{
	const struct sockaddr_in *in = (const void *)found;
	const struct sockaddr_in6 *in6 = (const void *)found;
	unsigned char bytes[16];

	ck_assert_int_eq(found->ss_family, endpoints[i].family);
	evutil_inet_pton(endpoints[i].family, endpoints[i].address, bytes);
	if (endpoints[i].family == AF_INET) {
		ck_assert_int_eq(size, (int)sizeof(*in));
		ck_assert_int_eq(ntohs(in->sin_port), endpoints[i].port);
		ck_assert_mem_eq(&in->sin_addr, bytes, 4);
	} else {
		ck_assert_int_eq(size, (int)sizeof(*in6));
		ck_assert_int_eq(ntohs(in6->sin6_port), endpoints[i].port);
		ck_assert_mem_eq(&in6->sin6_addr, bytes, 16);
		ck_assert_uint_eq(in6->sin6_scope_id, endpoints[i].scope);
		ck_assert_uint_eq(in6->sin6_flowinfo, 0);
	}
}

/* What is refused leaves address and length as they were. */
START_TEST(parse_reads_addresses_with_ports)
{
	struct sockaddr_storage found, before;
	int size = sizeof(found), result;

	memset(&found, 9, sizeof(found));
	before = found;
	result = evutil_parse_sockaddr_port(
		endpoints[_i].text, (struct sockaddr *)&found, &size);
	ck_assert_msg(result == (endpoints[_i].family ? 0 : -1), "'%s' gave %d",
		endpoints[_i].text, result);
	if (result == 0) {
		check_endpoint(_i, &found, size);
	} else {
		ck_assert_int_eq(size, (int)sizeof(found));
		ck_assert_mem_eq(&found, &before, sizeof(found));
	}
}
END_TEST

/* CVE-2016-10196: a long text between brackets overran a buffer. */
START_TEST(cve_2016_10196_a_long_text_is_no_address)
{
	struct sockaddr_storage found;
	char text[512];
	static const char *const ends[] = {"]", "]:80", "", ":80", "%1]:80"};

	for (size_t length = 1; length < 300; length++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			int size = sizeof(found);

			memset(text, '1', sizeof(text));
			text[0] = '[';
			strcpy(text + length, ends[i]);
			ck_assert_int_eq(
				evutil_parse_sockaddr_port(
					text, (struct sockaddr *)&found, &size),
				-1);
		}
}
END_TEST

START_TEST(parse_needs_room_for_its_address)
{
	struct sockaddr_storage found;

	for (int room = -1; room <= (int)sizeof(found); room++) {
		int v4_room = room, v6_room = room;

		ck_assert_int_eq(evutil_parse_sockaddr_port("1.2.3.4:80",
					 (struct sockaddr *)&found, &v4_room),
			room < (int)sizeof(struct sockaddr_in) ? -1 : 0);
		ck_assert_int_eq(evutil_parse_sockaddr_port("[::1]:80",
					 (struct sockaddr *)&found, &v6_room),
			room < (int)sizeof(struct sockaddr_in6) ? -1 : 0);
	}
}
END_TEST

/* --- order -----------------------------------------------------------------*/

/* In rising order, with ports. */
static const char *const rising[] = {
	"1.0.0.2",
	"1.0.0.2:1",
	"1.0.0.2:255",
	"1.0.0.2:256",
	"1.0.0.3",
	"2.0.0.1",
	"127.0.0.1",
	"200.0.0.1",
	"::",
	"::1",
	"[::1]:255",
	"[::1]:256",
	"::100",
	"1::",
	"ff::",
	"ff00::",
};

static void
make_endpoint(struct sockaddr_storage *out, const char *text)
{
	int size = sizeof(*out);

	memset(out, 0, sizeof(*out));
	ck_assert_int_eq(
		evutil_parse_sockaddr_port(text, (struct sockaddr *)out, &size),
		0);
}

static int
order_of(const char *left, const char *right, int ports)
{
	struct sockaddr_storage a, b;
	int result;

	make_endpoint(&a, left);
	make_endpoint(&b, right);
	result = evutil_sockaddr_cmp(
		(struct sockaddr *)&a, (struct sockaddr *)&b, ports);
	return (result > 0) - (result < 0);
}

START_TEST(sockaddr_cmp_is_an_order)
{
	for (int k = 0; k < COUNT(rising); k++)
		ck_assert_int_eq(order_of(rising[_i], rising[k], 1),
			(_i > k) - (_i < k));
}
END_TEST

START_TEST(sockaddr_cmp_heeds_ports_on_request)
{
	ck_assert_int_eq(order_of("1.2.3.4:1", "1.2.3.4:2", 0), 0);
	ck_assert_int_eq(order_of("1.2.3.4:1", "1.2.3.4:2", 1), -1);
	ck_assert_int_eq(order_of("[::1]:2", "[::1]:1", 0), 0);
	ck_assert_int_eq(order_of("[::1]:2", "[::1]:1", 1), 1);
	ck_assert_int_eq(order_of("1.2.3.4:9", "1.2.3.5:1", 1), -1);
}
END_TEST

static int
order_of_paths(const char *left, const char *right)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct sockaddr_un b = {.sun_family = AF_UNIX};
	int result;

	strcpy(a.sun_path, left);
	strcpy(b.sun_path, right);
	result = evutil_sockaddr_cmp(
		(struct sockaddr *)&a, (struct sockaddr *)&b, 1);
	return (result > 0) - (result < 0);
}

START_TEST(sockaddr_cmp_tells_paths_apart)
{
	ck_assert_int_eq(order_of_paths("/run/a", "/run/a"), 0);
	ck_assert_int_eq(order_of_paths("/run/a", "/run/b"), -1);
	ck_assert_int_eq(order_of_paths("/run/b", "/run/a"), 1);
	ck_assert_int_eq(order_of_paths("/run/a", "/run/aa"), -1);
	ck_assert_int_eq(order_of_paths("", "/run/a"), -1);
	ck_assert_int_eq(order_of_paths("/run/a", ""), 1);
}
END_TEST

/* Their length is not known, so nobody can say that they are the same. */
START_TEST(sockaddr_cmp_takes_no_unknown_ones_for_equal)
{
	struct sockaddr_storage a = {.ss_family = AF_UNSPEC}, b = a;
	struct sockaddr *left = (struct sockaddr *)&a;
	struct sockaddr *right = (struct sockaddr *)&b;
	int result = evutil_sockaddr_cmp(left, right, 0);

	ck_assert_int_eq(evutil_sockaddr_cmp(left, left, 0), 0);
	ck_assert_int_ne(result, 0);
	ck_assert_int_eq(result > 0, evutil_sockaddr_cmp(right, left, 0) < 0);
	ck_assert_int_ne(order_of_paths("", ""), 0);
}
END_TEST

static Suite *
suite_addr(void)
{
	Suite *suite = suite_create("util_addr");
	TCase *pton = tcase_create("pton");
	TCase *ntop = tcase_create("ntop");
	TCase *parse = tcase_create("parse");
	TCase *order = tcase_create("order");

	tcase_add_loop_test(pton, pton_reads_v4, 0, COUNT(v4));
	tcase_add_loop_test(pton, pton_reads_v6, 0, COUNT(v6));
	tcase_add_test(pton, families_without_such_a_text_are_refused);
	tcase_add_loop_test(pton,
		pton_scope_reads_what_follows_the_percent_sign, 0,
		COUNT(scopes));
	tcase_add_test(pton, pton_scope_takes_names_of_interfaces);
	tcase_add_test(pton, pton_scope_of_v4_is_none);
	tcase_add_test(pton, pton_scope_of_a_long_text_is_no_address);
	tcase_add_loop_test(
		ntop, ntop_gives_the_short_form, 0, COUNT(short_forms));
	tcase_add_test(ntop, ntop_gives_all_or_nothing);
	tcase_add_loop_test(
		parse, parse_reads_addresses_with_ports, 0, COUNT(endpoints));
	tcase_add_test(parse, cve_2016_10196_a_long_text_is_no_address);
	tcase_add_test(parse, parse_needs_room_for_its_address);
	tcase_add_loop_test(order, sockaddr_cmp_is_an_order, 0, COUNT(rising));
	tcase_add_test(order, sockaddr_cmp_heeds_ports_on_request);
	tcase_add_test(order, sockaddr_cmp_tells_paths_apart);
	tcase_add_test(order, sockaddr_cmp_takes_no_unknown_ones_for_equal);
	suite_add_tcase(suite, pton);
	suite_add_tcase(suite, ntop);
	suite_add_tcase(suite, parse);
	suite_add_tcase(suite, order);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_addr, NULL});
}
