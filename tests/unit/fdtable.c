/* SPDX-License-Identifier: BSD-3-Clause */
/* fdtable.h: pages, marks, large numbers. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>

#include "fdtable.h"

#include "../support/runner.h"

static struct fdtable table;
static size_t allocated;

static void *
counting_malloc(size_t size)
{
	allocated += size;
	return malloc(size);
}

static void *
counting_realloc(void *block, size_t size)
{
	allocated += size;
	return realloc(block, size);
}

static void
setup(void)
{
	event_set_mem_functions(counting_malloc, counting_realloc, free);
	allocated = 0;
	fdtable_init(&table);
}

static void
teardown(void)
{
	fdtable_fini(&table);
}

static struct fd_entry *
get(ev_fd fd)
{
	struct fd_entry *entry = NULL;

	ck_assert_int_eq(fdtable_get(&table, fd, &entry), 0);
	ck_assert_ptr_eq(entry, fdtable_find(&table, fd));
	return entry;
}

START_TEST(entries_never_move)
{
	struct fd_entry *first = get(0), *last = get(20000);

	for (ev_fd fd = 0; fd < 30000; fd += 7)
		get(fd);
	ck_assert_ptr_eq(get(0), first);
	ck_assert_ptr_eq(get(20000), last);
}
END_TEST

START_TEST(b055_numbers_that_cannot_be)
{
	struct fd_entry *entry = (void *)&table;

	ck_assert_int_eq(fdtable_get(&table, -1, &entry), -EBADF);
	ck_assert_int_eq(fdtable_get(&table, 1000000000, &entry), -EBADF);
	ck_assert_ptr_eq(entry, (void *)&table);
	ck_assert_ptr_null(fdtable_find(&table, -1));
	ck_assert_ptr_null(fdtable_find(&table, 2147483647));
}
END_TEST

START_TEST(bug31_a_large_number_costs_a_page)
{
	struct rlimit limit;
	ev_fd fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = limit.rlim_cur > 1000001 ? 1000000 : (ev_fd)limit.rlim_cur - 1;
	fd = fcntl(0, F_DUPFD, fd);
	ck_assert_int_ge(fd, 0);
	get(fd);
	ck_assert_uint_lt(allocated, 200000);
	close(fd);
}
END_TEST

START_TEST(marks_come_once)
{
	struct fd_marks marks = FD_MARKS_EMPTY;
	struct fd_entry *entry;
	int seen = 0;
	ev_fd fd;

	for (ev_fd i = 0; i < 1000; i += 100) {
		fd_marks_add(&marks, i, get(i));
		fd_marks_add(&marks, i, get(i));
	}
	while ((fd = fd_marks_take(&marks, &table, &entry)) >= 0) {
		ck_assert_ptr_eq(entry, get(fd));
		seen++;
	}
	ck_assert_int_eq(seen, 10);
	fd_marks_add(&marks, 0, get(0));
	ck_assert_int_eq(fd_marks_take(&marks, &table, &entry), 0);
}
END_TEST

static int
stop_at(ev_fd fd, struct fd_entry *entry, void *arg)
{
	entry->told = 1;
	return fd == *(ev_fd *)arg ? fd : 0;
}

START_TEST(foreach_is_in_order_and_stops)
{
	ev_fd where = 513;

	get(3);
	get(600);
	ck_assert_int_eq(fdtable_foreach(&table, stop_at, &where), 513);
	ck_assert_int_eq(get(0)->told, 1);
	ck_assert_int_eq(get(514)->told, 0);
	where = -1;
	ck_assert_int_eq(fdtable_foreach(&table, stop_at, &where), 0);
	ck_assert_int_eq(get(600)->told, 1);
}
END_TEST

static Suite *
suite_fdtable(void)
{
	Suite *suite = suite_create("fdtable");
	TCase *tcase = tcase_create("fdtable");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, entries_never_move);
	tcase_add_test(tcase, b055_numbers_that_cannot_be);
	tcase_add_test(tcase, bug31_a_large_number_costs_a_page);
	tcase_add_test(tcase, marks_come_once);
	tcase_add_test(tcase, foreach_is_in_order_and_stops);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_fdtable, NULL});
}
