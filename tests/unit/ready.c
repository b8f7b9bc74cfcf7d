/* SPDX-License-Identifier: BSD-3-Clause */
/* ready.h: first come first served within a priority. */
#include <check.h>
#include <string.h>

#include "ready.h"

#include "../support/runner.h"

#define MANY 600

static struct ready ready;
static struct event_callback cbs[MANY];

static void
setup(void)
{
	memset(cbs, 0, sizeof(cbs));
	ck_assert_int_eq(ready_init(&ready, 1), 0);
}

static void
teardown(void)
{
	ready_fini(&ready);
}

static void
insert(int i, int level)
{
	cbs[i].evcb_pri = (ev_uint8_t)level;
	ready_insert(&ready, &cbs[i]);
}

static int
take(void)
{
	int level = ready_level(&ready);
	struct event_callback *cb;

	if (level < 0)
		return -1;
	cb = ready_first(&ready, level);
	ready_remove(&ready, cb);
	return (int)(cb - cbs);
}

START_TEST(empty)
{
	ck_assert_int_eq(ready_level(&ready), -1);
	ck_assert_int_eq(take(), -1);
}
END_TEST

START_TEST(first_come_first_served)
{
	for (int i = 0; i < 10; i++)
		insert(i, 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(cbs[i].evcb_flags, EVLIST_ACTIVE);
		ck_assert_int_eq(take(), i);
		ck_assert_int_eq(cbs[i].evcb_flags, 0);
	}
	ck_assert_uint_eq(ready.count, 0);
}
END_TEST

START_TEST(removal_anywhere)
{
	for (int gone = 0; gone < 5; gone++) {
		for (int i = 0; i < 5; i++)
			insert(i, 0);
		ready_remove(&ready, &cbs[gone]);
		insert(5, 0);
		for (int i = 0; i < 6; i++)
			if (i != gone)
				ck_assert_int_eq(take(), i);
	}
}
END_TEST

START_TEST(b086_lower_number_first)
{
	ck_assert_int_eq(ready_set_levels(&ready, 255), 0);
	for (int i = 0; i < 255; i++)
		insert(i, 254 - i);
	for (int i = 254; i >= 0; i--)
		ck_assert_int_eq(take(), i);
}
END_TEST

START_TEST(priority_of_before_is_clamped)
{
	insert(0, 7); /* set when there were more levels */
	ck_assert_int_eq(cbs[0].evcb_pri, 0);
	ck_assert_int_eq(take(), 0);
}
END_TEST

static Suite *
suite_ready(void)
{
	Suite *suite = suite_create("ready");
	TCase *tcase = tcase_create("ready");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, first_come_first_served);
	tcase_add_test(tcase, removal_anywhere);
	tcase_add_test(tcase, b086_lower_number_first);
	tcase_add_test(tcase, priority_of_before_is_clamped);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_ready, NULL});
}
