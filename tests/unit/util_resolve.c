/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of evutil, as far as they can be looked up without a network:
 * numbers, nobody, and the local host.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <event2/util.h>

#include "../support/runner.h"

#define COUNT(table) (int)(sizeof(table) / sizeof(*(table)))

static int
look_up(const char *node, const char *service, int flags, int family, int type,
	int protocol, struct evutil_addrinfo **found)
{
	struct evutil_addrinfo hints;

	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = flags;
	hints.ai_family = family;
	hints.ai_socktype = type;
	hints.ai_protocol = protocol;
	return evutil_getaddrinfo(node, service, &hints, found);
}

/* "1.2.3.4:80" or "[::1]:80", of one result. */
static const char *
text_of(const struct evutil_addrinfo *found)
{
	static char text[128];
	char address[64];
	const struct sockaddr_in *in = (const void *)found->ai_addr;
	const struct sockaddr_in6 *in6 = (const void *)found->ai_addr;

	ck_assert_int_eq(found->ai_family, found->ai_addr->sa_family);
	if (found->ai_family == AF_INET) {
		ck_assert_uint_eq(found->ai_addrlen, sizeof(*in));
		evutil_inet_ntop(
			AF_INET, &in->sin_addr, address, sizeof(address));
		snprintf(text, sizeof(text), "%s:%d", address,
			ntohs(in->sin_port));
	} else {
		ck_assert_int_eq(found->ai_family, AF_INET6);
		ck_assert_uint_eq(found->ai_addrlen, sizeof(*in6));
		evutil_inet_ntop(
			AF_INET6, &in6->sin6_addr, address, sizeof(address));
		snprintf(text, sizeof(text), "[%s]:%d", address,
			ntohs(in6->sin6_port));
	}
	return text;
}

static int
has(const struct evutil_addrinfo *found, const char *text)
{
	for (; found; found = found->ai_next)
		if (strcmp(text_of(found), text) == 0)
			return 1;
	return 0;
}

/* --- numbers ---------------------------------------------------------------*/

static const struct {
	const char *node, *service;
	int flags, family;
	const char *text; /* NULL: an error */
} numeric[] = {
	{"1.2.3.4", "80", 0, AF_UNSPEC, "1.2.3.4:80"},
	{"1.2.3.4", "80", 0, AF_INET, "1.2.3.4:80"},
	{"1.2.3.4", NULL, 0, AF_UNSPEC, "1.2.3.4:0"},
	{"1.2.3.4", "0", 0, AF_UNSPEC, "1.2.3.4:0"},
	{"1.2.3.4", "65535", 0, AF_UNSPEC, "1.2.3.4:65535"},
	{"1.2.3.4", "00080", 0, AF_UNSPEC, "1.2.3.4:80"},
	{"1.2.3.4", "000000080", 0, AF_UNSPEC, "1.2.3.4:80"},
	{"::1", "80", 0, AF_UNSPEC, "[::1]:80"},
	{"::1", "80", 0, AF_INET6, "[::1]:80"},
	{"2001:db8::1", "443", 0, AF_UNSPEC, "[2001:db8::1]:443"},
	{"1.2.3.4", "80", EVUTIL_AI_NUMERICHOST, AF_UNSPEC, "1.2.3.4:80"},
	{"1.2.3.4", "80", EVUTIL_AI_NUMERICSERV, AF_UNSPEC, "1.2.3.4:80"},
	{"1.2.3.4", "80", EVUTIL_AI_PASSIVE, AF_UNSPEC, "1.2.3.4:80"},
	/* whatever addresses this host has */
	{"1.2.3.4", "80", EVUTIL_AI_ADDRCONFIG, AF_UNSPEC, "1.2.3.4:80"},
	{"1.2.3.4", "80", EVUTIL_AI_ADDRCONFIG, AF_INET, "1.2.3.4:80"},
	{"::1", "80", EVUTIL_AI_ADDRCONFIG, AF_UNSPEC, "[::1]:80"},
	{"::1", "80", EVUTIL_AI_ADDRCONFIG, AF_INET6, "[::1]:80"},
	{"1.2.3.4", "80", EVUTIL_AI_V4MAPPED, AF_INET6, "[::ffff:1.2.3.4]:80"},
	/* errors */
	{"1.2.3.4", "65536", 0, AF_UNSPEC, NULL},
	{"1.2.3.4", "4294967376", 0, AF_UNSPEC, NULL},
	{"1.2.3.4", "18446744073709551696", 0, AF_UNSPEC, NULL},
	{"1.2.3.4", "-1", 0, AF_UNSPEC, NULL},
	{"1.2.3.4", "80x", 0, AF_UNSPEC, NULL},
	{"1.2.3.4", "80", 0, AF_INET6, NULL},
	{"::1", "80", 0, AF_INET, NULL},
	{"localhost", "80", EVUTIL_AI_NUMERICHOST, AF_UNSPEC, NULL},
	{"127.0.0.1", "http", EVUTIL_AI_NUMERICSERV, AF_UNSPEC, NULL},
	{"127.0.0.1", "80", 0, AF_UNIX, NULL},
	{"127.0.0.1", "80", 0, 9999, NULL},
	{NULL, NULL, 0, AF_UNSPEC, NULL},
};

/* One result a row, of the kind that was asked for. */
START_TEST(getaddrinfo_reads_numbers)
{
	struct evutil_addrinfo *const untouched = (void *)"untouched";
	struct evutil_addrinfo *found = untouched;
	int err = look_up(numeric[_i].node, numeric[_i].service,
		numeric[_i].flags, numeric[_i].family, SOCK_STREAM, 0, &found);

	ck_assert_int_eq(err == 0, numeric[_i].text != NULL);
	if (err) {
		ck_assert_ptr_eq(found, untouched);
		return;
	}
	ck_assert_str_eq(text_of(found), numeric[_i].text);
	ck_assert_int_eq(found->ai_socktype, SOCK_STREAM);
	ck_assert_int_eq(found->ai_protocol, IPPROTO_TCP);
#ifdef __GLIBC__ /* repeats them; musl gives none, as POSIX allows */
	ck_assert_int_eq(found->ai_flags & EVUTIL_AI_NUMERICSERV,
		numeric[_i].flags & EVUTIL_AI_NUMERICSERV);
#endif
	ck_assert_ptr_null(found->ai_next);
	evutil_freeaddrinfo(found);
}
END_TEST

START_TEST(getaddrinfo_tells_what_is_wrong)
{
	struct evutil_addrinfo *found;
	int err;

	ck_assert_int_eq(
		look_up(NULL, NULL, 0, 0, 0, 0, &found), EVUTIL_EAI_NONAME);
	ck_assert_int_eq(evutil_getaddrinfo(NULL, NULL, NULL, &found),
		EVUTIL_EAI_NONAME);
	ck_assert_int_eq(
		look_up("1.2.3.4", "65536", 0, 0, SOCK_STREAM, 0, &found),
		EVUTIL_EAI_SERVICE);
	ck_assert_int_eq(
		look_up("1.2.3.4", "80", 0, 9999, SOCK_STREAM, 0, &found),
		EVUTIL_EAI_FAMILY);
	ck_assert_int_eq(look_up("localhost", "80", EVUTIL_AI_NUMERICHOST, 0,
				 SOCK_STREAM, 0, &found),
		EVUTIL_EAI_NONAME);
	ck_assert_int_eq(look_up("1.2.3.4", "http", EVUTIL_AI_NUMERICSERV, 0,
				 SOCK_STREAM, 0, &found),
		EVUTIL_EAI_NONAME);
	err = look_up("::1", "80", 0, AF_INET, SOCK_STREAM, 0, &found);
	ck_assert(err == EVUTIL_EAI_ADDRFAMILY || err == EVUTIL_EAI_NONAME ||
		  err == EVUTIL_EAI_NODATA);
}
END_TEST

START_TEST(getaddrinfo_keeps_the_scope)
{
	struct evutil_addrinfo *found;
	const struct sockaddr_in6 *in6;

	ck_assert_int_eq(
		look_up("fe80::1%1", "80", 0, 0, SOCK_STREAM, 0, &found), 0);
	in6 = (const void *)found->ai_addr;
	ck_assert_uint_eq(in6->sin6_scope_id, 1);
	evutil_freeaddrinfo(found);
}
END_TEST

START_TEST(getaddrinfo_names_a_number_by_itself)
{
	struct evutil_addrinfo *found;

	ck_assert_int_eq(look_up("1.2.3.4", "80", EVUTIL_AI_CANONNAME, 0,
				 SOCK_STREAM, 0, &found),
		0);
	ck_assert_ptr_nonnull(found->ai_canonname);
	ck_assert_str_eq(found->ai_canonname, "1.2.3.4");
	evutil_freeaddrinfo(found);
}
END_TEST

/* --- kinds of sockets ------------------------------------------------------*/

static const struct {
	int type, protocol;
	int type_found, protocol_found; /* 0: an error */
} socket_kinds[] = {
	{SOCK_STREAM, 0, SOCK_STREAM, IPPROTO_TCP},
	{SOCK_DGRAM, 0, SOCK_DGRAM, IPPROTO_UDP},
	{0, IPPROTO_TCP, SOCK_STREAM, IPPROTO_TCP},
	{0, IPPROTO_UDP, SOCK_DGRAM, IPPROTO_UDP},
	{SOCK_STREAM, IPPROTO_TCP, SOCK_STREAM, IPPROTO_TCP},
	{SOCK_DGRAM, IPPROTO_UDP, SOCK_DGRAM, IPPROTO_UDP},
	{SOCK_STREAM, IPPROTO_UDP, 0, 0},
	{SOCK_DGRAM, IPPROTO_TCP, 0, 0},
	{9999, 0, 0, 0},
};

START_TEST(getaddrinfo_completes_type_and_protocol)
{
	struct evutil_addrinfo *found;
	int err = look_up("1.2.3.4", "80", 0, AF_UNSPEC, socket_kinds[_i].type,
		socket_kinds[_i].protocol, &found);

	ck_assert_int_eq(err == 0, socket_kinds[_i].type_found != 0);
	if (err)
		return;
	ck_assert_int_eq(found->ai_socktype, socket_kinds[_i].type_found);
	ck_assert_int_eq(found->ai_protocol, socket_kinds[_i].protocol_found);
	ck_assert_ptr_null(found->ai_next);
	evutil_freeaddrinfo(found);
}
END_TEST

static int
has_type(const struct evutil_addrinfo *found, int type)
{
	for (; found; found = found->ai_next)
		if (found->ai_socktype == type)
			return 1;
	return 0;
}

START_TEST(getaddrinfo_without_a_type_gives_all)
{
	struct evutil_addrinfo *found;

	ck_assert_int_eq(evutil_getaddrinfo("1.2.3.4", "80", NULL, &found), 0);
	ck_assert(has(found, "1.2.3.4:80"));
	ck_assert(has_type(found, SOCK_STREAM));
	ck_assert(has_type(found, SOCK_DGRAM));
	evutil_freeaddrinfo(found);
}
END_TEST

/* --- nobody ----------------------------------------------------------------*/

START_TEST(getaddrinfo_of_nobody_is_any_address_or_this_host)
{
	struct evutil_addrinfo *found;

	ck_assert_int_eq(look_up(NULL, "80", EVUTIL_AI_PASSIVE, AF_INET,
				 SOCK_STREAM, 0, &found),
		0);
	ck_assert_str_eq(text_of(found), "0.0.0.0:80");
	evutil_freeaddrinfo(found);
	ck_assert_int_eq(look_up(NULL, "80", EVUTIL_AI_PASSIVE, AF_INET6,
				 SOCK_STREAM, 0, &found),
		0);
	ck_assert_str_eq(text_of(found), "[::]:80");
	evutil_freeaddrinfo(found);
	ck_assert_int_eq(look_up(NULL, "80", EVUTIL_AI_ADDRCONFIG, AF_INET,
				 SOCK_STREAM, 0, &found),
		0);
	ck_assert_str_eq(text_of(found), "127.0.0.1:80");
	evutil_freeaddrinfo(found);
	ck_assert_int_eq(
		look_up(NULL, "80", 0, AF_INET6, SOCK_STREAM, 0, &found), 0);
	ck_assert_str_eq(text_of(found), "[::1]:80");
	evutil_freeaddrinfo(found);
}
END_TEST

START_TEST(getaddrinfo_of_nobody_gives_both_families)
{
	struct evutil_addrinfo *found;

	ck_assert_int_eq(look_up(NULL, "80", EVUTIL_AI_PASSIVE, AF_UNSPEC,
				 SOCK_STREAM, 0, &found),
		0);
	ck_assert(has(found, "0.0.0.0:80"));
	ck_assert(has(found, "[::]:80"));
	evutil_freeaddrinfo(found);
}
END_TEST

/* --- names -----------------------------------------------------------------*/

START_TEST(getaddrinfo_knows_this_host)
{
	struct evutil_addrinfo *found;

	ck_assert_int_eq(
		look_up("localhost", "80", 0, AF_INET, SOCK_STREAM, 0, &found),
		0);
	ck_assert(has(found, "127.0.0.1:80"));
	evutil_freeaddrinfo(found);
}
END_TEST

START_TEST(getaddrinfo_knows_services)
{
	struct evutil_addrinfo *found;

	if (!getservbyname("http", "tcp"))
		return; /* a system without the table */
	ck_assert_int_eq(
		look_up("1.2.3.4", "http", 0, 0, SOCK_STREAM, 0, &found), 0);
	ck_assert_str_eq(text_of(found), "1.2.3.4:80");
	evutil_freeaddrinfo(found);
	ck_assert_int_eq(look_up("1.2.3.4", "no-such-service", 0, 0,
				 SOCK_STREAM, 0, &found),
		EVUTIL_EAI_SERVICE);
}
END_TEST

/* Members that are no hints may hold anything. */
START_TEST(getaddrinfo_looks_at_hints_alone)
{
	struct evutil_addrinfo hints, *found;

	memset(&hints, 0x5a, sizeof(hints));
	hints.ai_flags = 0;
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = 0;
	ck_assert_int_eq(
		evutil_getaddrinfo("1.2.3.4", "80", &hints, &found), 0);
	ck_assert_str_eq(text_of(found), "1.2.3.4:80");
	evutil_freeaddrinfo(found);
	evutil_freeaddrinfo(NULL);
}
END_TEST

/* --- errors ----------------------------------------------------------------*/

START_TEST(gai_strerror_has_a_text_for_each)
{
	static const int errors[] = {0, EVUTIL_EAI_ADDRFAMILY, EVUTIL_EAI_AGAIN,
		EVUTIL_EAI_BADFLAGS, EVUTIL_EAI_FAIL, EVUTIL_EAI_FAMILY,
		EVUTIL_EAI_MEMORY, EVUTIL_EAI_NODATA, EVUTIL_EAI_NONAME,
		EVUTIL_EAI_SERVICE, EVUTIL_EAI_SOCKTYPE, EVUTIL_EAI_SYSTEM,
		EVUTIL_EAI_CANCEL};

	for (int i = 0; i < COUNT(errors); i++) {
		const char *text = evutil_gai_strerror(errors[i]);

		ck_assert_ptr_nonnull(text);
		ck_assert_str_ne(text, "");
		for (int k = 0; k < i; k++)
			ck_assert_int_ne(errors[k], errors[i]);
	}
	ck_assert_str_eq(
		evutil_gai_strerror(EVUTIL_EAI_CANCEL), "Request canceled");
	ck_assert_str_eq(evutil_gai_strerror(0), "No error");
	ck_assert_ptr_nonnull(evutil_gai_strerror(-123456));
}
END_TEST

/* The numbers of util.h are those of this system. */
START_TEST(errors_and_flags_are_the_systems)
{
	ck_assert_int_eq(EVUTIL_EAI_AGAIN, EAI_AGAIN);
	ck_assert_int_eq(EVUTIL_EAI_BADFLAGS, EAI_BADFLAGS);
	ck_assert_int_eq(EVUTIL_EAI_FAIL, EAI_FAIL);
	ck_assert_int_eq(EVUTIL_EAI_FAMILY, EAI_FAMILY);
	ck_assert_int_eq(EVUTIL_EAI_MEMORY, EAI_MEMORY);
	ck_assert_int_eq(EVUTIL_EAI_NONAME, EAI_NONAME);
	ck_assert_int_eq(EVUTIL_EAI_SERVICE, EAI_SERVICE);
	ck_assert_int_eq(EVUTIL_EAI_SOCKTYPE, EAI_SOCKTYPE);
	ck_assert_int_eq(EVUTIL_EAI_SYSTEM, EAI_SYSTEM);
	ck_assert_int_eq(EVUTIL_AI_PASSIVE, AI_PASSIVE);
	ck_assert_int_eq(EVUTIL_AI_CANONNAME, AI_CANONNAME);
	ck_assert_int_eq(EVUTIL_AI_NUMERICHOST, AI_NUMERICHOST);
	ck_assert_int_eq(EVUTIL_AI_NUMERICSERV, AI_NUMERICSERV);
	ck_assert_int_eq(EVUTIL_AI_ADDRCONFIG, AI_ADDRCONFIG);
	ck_assert_int_eq(EVUTIL_AI_V4MAPPED, AI_V4MAPPED);
	ck_assert_int_eq(EVUTIL_AI_ALL, AI_ALL);
}
END_TEST

static Suite *
suite_resolve(void)
{
	Suite *suite = suite_create("util_resolve");
	TCase *numbers = tcase_create("numbers");
	TCase *names = tcase_create("names");
	TCase *errors = tcase_create("errors");

	tcase_add_loop_test(
		numbers, getaddrinfo_reads_numbers, 0, COUNT(numeric));
	tcase_add_test(numbers, getaddrinfo_tells_what_is_wrong);
	tcase_add_test(numbers, getaddrinfo_keeps_the_scope);
	tcase_add_test(numbers, getaddrinfo_names_a_number_by_itself);
	tcase_add_loop_test(numbers, getaddrinfo_completes_type_and_protocol, 0,
		COUNT(socket_kinds));
	tcase_add_test(numbers, getaddrinfo_without_a_type_gives_all);
	tcase_add_test(
		names, getaddrinfo_of_nobody_is_any_address_or_this_host);
	tcase_add_test(names, getaddrinfo_of_nobody_gives_both_families);
	tcase_add_test(names, getaddrinfo_knows_this_host);
	tcase_add_test(names, getaddrinfo_knows_services);
	tcase_add_test(names, getaddrinfo_looks_at_hints_alone);
	tcase_add_test(errors, gai_strerror_has_a_text_for_each);
	tcase_add_test(errors, errors_and_flags_are_the_systems);
	suite_add_tcase(suite, numbers);
	suite_add_tcase(suite, names);
	suite_add_tcase(suite, errors);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_resolve, NULL});
}
