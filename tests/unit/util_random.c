/* SPDX-License-Identifier: BSD-3-Clause */
/* Random bytes of evutil: not that they are random, but that they came. */
#include <check.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/util.h>

#include "../support/runner.h"

START_TEST(rng_is_ready)
{
	ck_assert_int_eq(evutil_secure_rng_init(), 0);
	ck_assert_int_eq(evutil_secure_rng_init(), 0);
}
END_TEST

/* 64 draws: a byte that stays the same comes by chance once in 2^504. */
START_TEST(rng_fills_every_byte_and_no_more)
{
	unsigned char bytes[34], first[32], changed[32] = {0};

	evutil_secure_rng_get_bytes(first, sizeof(first));
	for (int draw = 0; draw < 64; draw++) {
		memset(bytes, 0x5a, sizeof(bytes));
		evutil_secure_rng_get_bytes(bytes + 1, 32);
		ck_assert_uint_eq(bytes[0], 0x5a);
		ck_assert_uint_eq(bytes[33], 0x5a);
		for (int i = 0; i < 32; i++)
			changed[i] |= bytes[i + 1] ^ first[i];
	}
	for (int i = 0; i < 32; i++)
		ck_assert_uint_ne(changed[i], 0);
}
END_TEST

/* More than the kernel gives at a time: no block is left as it was. */
START_TEST(rng_fills_large_requests)
{
	static unsigned char bytes[1 << 20], zeros[64];

	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
	for (size_t at = 0; at < sizeof(bytes); at += sizeof(zeros))
		ck_assert_mem_ne(bytes + at, zeros, sizeof(zeros));
}
END_TEST

START_TEST(rng_takes_small_requests)
{
	unsigned char byte = 0x5a;

	evutil_secure_rng_get_bytes(&byte, 0);
	ck_assert_uint_eq(byte, 0x5a);
	evutil_secure_rng_get_bytes(NULL, 0);
	evutil_secure_rng_add_bytes("seed", 4);
	evutil_secure_rng_add_bytes(NULL, 0);
	evutil_secure_rng_get_bytes(&byte, 1);
}
END_TEST

START_TEST(rng_of_a_child_does_not_repeat_the_parent)
{
	unsigned char here[32], there[32];
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	evutil_secure_rng_get_bytes(here, sizeof(here));
	child = fork();
	ck_assert_int_ge(child, 0);
	evutil_secure_rng_get_bytes(here, sizeof(here));
	if (child == 0)
		_exit(write(ends[1], here, sizeof(here)) != sizeof(here));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], there, sizeof(there)), sizeof(there));
	ck_assert_mem_ne(here, there, sizeof(here));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(rng_device_can_be_named)
{
	static char device[] = "/dev/urandom";

	ck_assert_int_eq(evutil_secure_rng_set_urandom_device_file(device), 0);
	ck_assert_int_eq(evutil_secure_rng_set_urandom_device_file(NULL), -1);
	ck_assert_int_eq(evutil_secure_rng_init(), 0);
}
END_TEST

static Suite *
suite_random(void)
{
	Suite *suite = suite_create("util_random");
	TCase *tcase = tcase_create("random");

	tcase_add_test(tcase, rng_is_ready);
	tcase_add_test(tcase, rng_fills_every_byte_and_no_more);
	tcase_add_test(tcase, rng_fills_large_requests);
	tcase_add_test(tcase, rng_takes_small_requests);
	tcase_add_test(tcase, rng_of_a_child_does_not_repeat_the_parent);
	tcase_add_test(tcase, rng_device_can_be_named);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_random, NULL});
}
