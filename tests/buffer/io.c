/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 128 and 129: descriptors.
 */
#include "suites.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kit.h"

enum { LARGE = 100000 };

START_TEST(b128_read_appends_what_is_there)
{
	struct evbuffer *buf = make();
	int fds[2];

	open_pair(fds);
	errno = 0;
	ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(write(fds[1], "hello", 5), 5);
	ck_assert_int_eq(evbuffer_read(buf, fds[0], 2), 2);
	expect_text(buf, "he");
	ck_assert_int_eq(evbuffer_read(buf, fds[0], 0), 0);
	ck_assert_int_eq(evbuffer_read(buf, fds[0], 1000), 3);
	expect_text(buf, "hello");
	shutdown(fds[1], SHUT_WR);
	ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), 0);
	expect_text(buf, "hello");
	close_pair(fds);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b128_read_of_a_bad_descriptor)
{
	struct evbuffer *buf = make();

	errno = 0;
	ck_assert_int_eq(evbuffer_read(buf, -1, -1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_null(verify(buf));
	evbuffer_free(buf);
}
END_TEST

START_TEST(b128_read_keeps_to_the_limit)
{
	struct evbuffer *buf = make();
	int fd = make_file(LARGE);
	size_t sum = 0;
	int came;

	ck_assert_uint_eq(evbuffer_get_max_read(buf), 65536);
	ck_assert_int_eq(evbuffer_set_max_read(buf, 0), -1);
	ck_assert_int_eq(evbuffer_set_max_read(buf, (size_t)INT_MAX + 1), -1);
	ck_assert_int_eq(evbuffer_set_max_read(buf, 1000), 0);
	ck_assert_uint_eq(evbuffer_get_max_read(buf), 1000);
	while ((came = evbuffer_read(buf, fd, INT_MAX)) > 0) {
		ck_assert_int_le(came, 1000);
		sum += (size_t)came;
	}
	ck_assert_int_eq(came, 0);
	ck_assert_uint_eq(sum, LARGE);
	expect_counting(buf, LARGE, 0);
	close(fd);
	evbuffer_free(buf);
}
END_TEST

/* From full reads it learns to ask for more. */
START_TEST(b128_reads_grow_with_what_comes)
{
	struct evbuffer *buf = make();
	int fd = make_file(1000000), reads = 0, largest = 0, came;

	while ((came = evbuffer_read(buf, fd, -1)) > 0) {
		reads++;
		largest = came > largest ? came : largest;
	}
	ck_assert_int_lt(reads, 30);
	ck_assert_int_gt(largest, 32768);
	ck_assert_int_le(largest, 65536);
	expect_counting(buf, 1000000, 0);
	close(fd);
	evbuffer_free(buf);
}
END_TEST

/* The same for a buffer that is emptied each time; and then the other way. */
START_TEST(b128_reads_are_as_large_as_the_last_ones)
{
	struct evbuffer *buf = make();
	int fd = make_file(1000000), fds[2], came = 0;
	long blocks = alloc_blocks();
	static char bytes[4096];

	for (int i = 0; i < 10; i++) {
		came = evbuffer_read(buf, fd, -1);
		evbuffer_drain(buf, SIZE_MAX);
	}
	ck_assert_int_gt(came, 32768);
	open_pair(fds);
	/* Room for that much is not kept by a buffer with nothing in it. */
	ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), -1);
	ck_assert_int_le(alloc_blocks(), blocks + 1);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(write(fds[1], "x", 1), 1);
		ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), 1);
		evbuffer_drain(buf, 1);
	}
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(write(fds[1], bytes, 4096), 4096);
	ck_assert_int_lt(evbuffer_read(buf, fds[0], -1), 8192);
	close_pair(fds);
	close(fd);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b129_write_drains_what_went)
{
	struct evbuffer *buf = make_pieces("abc", "de", "fghi", NULL);
	char bytes[20];
	int fds[2];

	open_pair(fds);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], 4), 4);
	expect_text(buf, "efghi");
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], 1), 1);
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), 4);
	expect_text(buf, "");
	ck_assert_int_eq(read(fds[1], bytes, 20), 9);
	ck_assert(!memcmp(bytes, "abcdefghi", 9));
	errno = 0;
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_int_eq(errno, EINVAL);
	evbuffer_add(buf, "x", 1);
	evbuffer_freeze(buf, 1);
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_int_eq(errno, EPERM);
	evbuffer_unfreeze(buf, 1);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], 0), -1);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], EV_SSIZE_MAX), 1);
	close_pair(fds);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b129_a_short_write_leaves_the_rest)
{
	struct evbuffer *buf = make_counting(2000000, 0), *in = make();
	size_t went = 0;
	int fds[2], n;

	open_pair(fds);
	while ((n = evbuffer_write(buf, fds[0])) > 0)
		went += (size_t)n;
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_gt(went, 0);
	expect_counting(buf, 2000000 - went, (unsigned)went);
	while (evbuffer_get_length(in) < 2000000) {
		if (evbuffer_get_length(buf))
			(void)evbuffer_write(buf, fds[0]);
		ck_assert_int_gt(evbuffer_read(in, fds[1], -1), 0);
	}
	expect_counting(in, 2000000, 0);
	close_pair(fds);
	evbuffer_free(in);
	evbuffer_free(buf);
}
END_TEST

/* More pieces than the system takes at once. */
START_TEST(b129_thousands_of_pieces)
{
	struct evbuffer *buf = make(), *in = make();
	int fds[2];

	open_pair(fds);
	for (int i = 0; i < 5000; i++)
		evbuffer_add_reference(buf, "ab", 2, NULL, NULL);
	while (evbuffer_get_length(in) < 10000) {
		if (evbuffer_get_length(buf))
			(void)evbuffer_write(buf, fds[0]);
		ck_assert_int_gt(evbuffer_read(in, fds[1], -1), 0);
	}
	ck_assert_int_eq(position_of(in, "aa"), -1);
	ck_assert_int_eq(position_of(in, "bb"), -1);
	close_pair(fds);
	evbuffer_free(in);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b129_pipes_and_files_are_written_too)
{
	struct evbuffer *buf = make_pieces("abc", "de", NULL), *in = make();
	int fds[2], fd = make_file(0);

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[1], 2), 2);
	ck_assert_int_eq(evbuffer_write(buf, fds[1]), 3);
	ck_assert_int_eq(evbuffer_read(in, fds[0], -1), 5);
	expect_text(in, "abcde");
	ck_assert_int_eq(evbuffer_write(in, fd), 5);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(evbuffer_read(in, fd, -1), 5);
	expect_text(in, "abcde");
	close(fd);
	close_pair(fds);
	evbuffer_free(in);
	evbuffer_free(buf);
}
END_TEST

/* SIGPIPE has its default: it would end the test. */
START_TEST(bug38_a_peer_that_is_gone_is_an_error_and_no_signal)
{
	struct evbuffer *buf = make_pieces("abc", "de", NULL);
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	open_pair(fds);
	close(fds[1]);
	errno = 0;
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], 2), -1);
	ck_assert_int_eq(errno, EPIPE);
	expect_text(buf, "abcde");
	close(fds[0]);
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug39_read_without_memory_reads_nothing)
{
	struct evbuffer *buf = make();
	int fds[2];

	open_pair(fds);
	ck_assert_int_eq(write(fds[1], "hello", 5), 5);
	alloc_fail(1, 0);
	ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), -1);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(evbuffer_read(buf, fds[0], -1), 5);
	expect_text(buf, "hello");
	close_pair(fds);
	evbuffer_free(buf);
}
END_TEST

Suite *
io_suite(void)
{
	Suite *suite = suite_create("io");
	TCase *tcase = tcase_create("descriptors");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_test(tcase, b128_read_appends_what_is_there);
	tcase_add_test(tcase, b128_read_of_a_bad_descriptor);
	tcase_add_test(tcase, b128_read_keeps_to_the_limit);
	tcase_add_test(tcase, b128_reads_grow_with_what_comes);
	tcase_add_test(tcase, b128_reads_are_as_large_as_the_last_ones);
	tcase_add_test(tcase, b129_write_drains_what_went);
	tcase_add_test(tcase, b129_a_short_write_leaves_the_rest);
	tcase_add_test(tcase, b129_thousands_of_pieces);
	tcase_add_test(tcase, b129_pipes_and_files_are_written_too);
	tcase_add_test(
		tcase, bug38_a_peer_that_is_gone_is_an_error_and_no_signal);
	tcase_add_test(tcase, bug39_read_without_memory_reads_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
