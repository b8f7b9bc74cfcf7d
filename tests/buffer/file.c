/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 122 and 123: parts of files.
 */
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit.h"

enum { SIZE = 300000 };

/* The ways of sending: FLAGS of the segment, and whether the buffer drains. */
static const struct {
	unsigned flags;
	int drains;
} ways[] = {
	{0, 1},
	{0, 0},
	{EVBUF_FS_DISABLE_SENDFILE, 1},
	{EVBUF_FS_DISABLE_SENDFILE | EVBUF_FS_DISABLE_MMAP, 0},
	{EVBUF_FS_DISABLE_LOCKING, 1},
};

#define WAYS ((int)(sizeof(ways) / sizeof(*ways)))

static struct evbuffer *
make_way(int way)
{
	struct evbuffer *buf = make();

	if (ways[way].drains)
		evbuffer_set_flags(buf, EVBUFFER_FLAG_DRAINS_TO_FD);
	return buf;
}

/* All that is in BUF goes through a pair into the buffer that is returned. */
static struct evbuffer *
send_through(struct evbuffer *buf)
{
	size_t length = evbuffer_get_length(buf);
	struct evbuffer *in = make();
	int fds[2];

	open_pair(fds);
	while (evbuffer_get_length(in) < length) {
		if (evbuffer_get_length(buf) && evbuffer_write(buf, fds[0]) < 0)
			ck_assert_int_eq(errno, EAGAIN);
		ck_assert_int_gt(evbuffer_read(in, fds[1], -1), 0);
		ck_assert_ptr_null(verify(buf));
	}
	close_pair(fds);
	return in;
}

static void
note_segment(const struct evbuffer_file_segment *seg, int flags, void *cleaned)
{
	note_cleanup(seg, (size_t)flags, cleaned);
}

START_TEST(b122_a_file_arrives_whole)
{
	struct evbuffer *buf = make_way(_i), *in;
	int fd = make_file(SIZE);

	evbuffer_add(buf, "head", 4);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 7, -1), 0);
	evbuffer_add(buf, "foot", 4);
	ck_assert_uint_eq(evbuffer_get_length(buf), SIZE - 7 + 8);
	in = send_through(buf);
	ck_assert(!is_open(fd));
	ck_assert(!memcmp(evbuffer_pullup(in, 4), "head", 4));
	evbuffer_drain(in, 4);
	ck_assert(!memcmp(evbuffer_pullup(in, -1) + SIZE - 7, "foot", 4));
	evbuffer_remove_buffer(in, buf, SIZE - 7);
	expect_counting(buf, SIZE - 7, 7);
	evbuffer_free(in);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b122_parts_of_a_segment_in_several_buffers)
{
	static const struct {
		ev_off_t offset, length;
	} parts[] = {{0, 10}, {1, 4096}, {4095, 5000}, {99, -1}, {SIZE / 2, 1}};
	struct evbuffer_file_segment *seg;
	struct evbuffer *bufs[5], *in;
	struct cleaned cleaned = {0};
	int fd = make_file(SIZE);

	seg = evbuffer_file_segment_new(
		fd, 3, SIZE - 3, ways[_i].flags | EVBUF_FS_CLOSE_ON_FREE);
	evbuffer_file_segment_add_cleanup_cb(seg, note_segment, &cleaned);
	for (int i = 0; i < 5; i++) {
		bufs[i] = make_way(_i);
		ck_assert_int_eq(evbuffer_add_file_segment(bufs[i], seg,
					 parts[i].offset, parts[i].length),
			0);
	}
	evbuffer_file_segment_free(seg);
	for (int i = 0; i < 5; i++) {
		size_t length = parts[i].length < 0
					? (size_t)(SIZE - 3 - parts[i].offset)
					: (size_t)parts[i].length;

		ck_assert_int_eq(cleaned.calls, 0);
		ck_assert(is_open(fd));
		in = send_through(bufs[i]);
		expect_counting(in, length, (unsigned)parts[i].offset + 3);
		evbuffer_free(bufs[i]);
		evbuffer_free(in);
	}
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert_ptr_eq(cleaned.data, seg);
	ck_assert(cleaned.length & EVBUF_FS_CLOSE_ON_FREE);
	ck_assert(!is_open(fd));
}
END_TEST

START_TEST(b122_the_descriptor_may_stay_the_programs)
{
	struct evbuffer *buf = make();
	struct evbuffer_file_segment *seg;
	int fd = make_file(10);

	seg = evbuffer_file_segment_new(fd, 0, 10, 0);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 0, 10), 0);
	evbuffer_file_segment_free(seg);
	expect_counting(buf, 10, 0);
	evbuffer_free(buf);
	ck_assert(is_open(fd));
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
}
END_TEST

/* What libevent calls undefined: here it is read when it is needed. */
START_TEST(b122_data_that_drains_to_a_descriptor_can_be_read)
{
	struct evbuffer *buf, *other = make();
	char bytes[100];
	struct evbuffer_iovec vec[4];

	for (int i = 0; i < 8; i++) {
		buf = make_way(0);
		ck_assert_int_eq(
			evbuffer_add_file(buf, make_file(100), 0, -1), 0);
		evbuffer_add(buf, "end", 3);
		switch (i) {
		case 0:
			ck_assert_int_eq(evbuffer_remove(buf, bytes, 50), 50);
			ck_assert_int_eq(bytes[49], 49);
			break;
		case 1:
			ck_assert_int_eq(evbuffer_pullup(buf, 50)[49], 49);
			break;
		case 2:
			ck_assert_int_eq(position_of(buf, "end"), 100);
			break;
		case 3:
			ck_assert_int_eq(
				evbuffer_peek(buf, -1, NULL, vec, 4), 2);
			ck_assert_int_eq(((char *)vec[0].iov_base)[9], 9);
			break;
		case 4:
			alloc_free(evbuffer_readln(buf, NULL, EVBUFFER_EOL_LF));
			ck_assert_uint_eq(evbuffer_get_length(buf), 92);
			break;
		case 5:
			evbuffer_remove_buffer(buf, other, 30);
			expect_counting(other, 30, 0);
			evbuffer_add_buffer(other, buf);
			evbuffer_remove_buffer(other, buf, 100);
			expect_counting(buf, 100, 0);
			break;
		case 6:
			evbuffer_drain(buf, 90);
			evbuffer_prepend(buf, "x", 1);
			ck_assert(!memcmp(evbuffer_pullup(buf, 3), "xZ[", 3));
			break;
		default:
			evbuffer_prepend_buffer(other, buf);
			ck_assert_int_eq(evbuffer_copyout(other, bytes, 5), 5);
			ck_assert_int_eq(bytes[4], 4);
		}
		ck_assert_ptr_null(verify(buf));
		ck_assert_ptr_null(verify(other));
		evbuffer_free(buf);
	}
	evbuffer_free(other);
}
END_TEST

START_TEST(b123_a_bad_part_leaves_the_segment_with_its_owner)
{
	struct evbuffer *buf = make();
	struct evbuffer_file_segment *seg;
	struct cleaned cleaned = {0};
	int fd = make_file(100);

	seg = evbuffer_file_segment_new(fd, 10, 50, EVBUF_FS_CLOSE_ON_FREE);
	evbuffer_file_segment_add_cleanup_cb(seg, note_segment, &cleaned);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 51, 0), -1);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 51, -1), -1);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 0, 51), -1);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 50, 1), -1);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, -1, 1), -1);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 0, -2), -1);
	ck_assert_int_eq(
		evbuffer_add_file_segment(buf, seg, 1, (ev_off_t)EV_INT64_MAX),
		-1);
	evbuffer_freeze(buf, 0);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 0, 1), -1);
	evbuffer_unfreeze(buf, 0);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 50, -1), 0);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 20, 0), 0);
	ck_assert_int_eq(cleaned.calls, 0);
	ck_assert_int_eq(evbuffer_add_file_segment(buf, seg, 20, 30), 0);
	expect_counting(buf, 30, 30);
	evbuffer_free(buf);
	ck_assert_int_eq(cleaned.calls, 0);
	evbuffer_file_segment_free(seg);
	ck_assert_int_eq(cleaned.calls, 1);
	ck_assert(!is_open(fd));
}
END_TEST

START_TEST(b123_a_bad_segment_is_not_made)
{
	int fd = make_file(100), fds[2];
	struct evbuffer_file_segment *seg;

	open_pair(fds);
	ck_assert_ptr_null(evbuffer_file_segment_new(fd, -1, 5, 0));
	ck_assert_ptr_null(evbuffer_file_segment_new(fd, -1, -1, 0));
	ck_assert_ptr_null(evbuffer_file_segment_new(fd, 0, -2, 0));
	ck_assert_ptr_null(evbuffer_file_segment_new(fd, 101, -1, 0));
	ck_assert_ptr_null(
		evbuffer_file_segment_new(fd, (ev_off_t)INT64_MAX - 5, 10, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(evbuffer_file_segment_new(-1, 0, -1, 0));
	seg = evbuffer_file_segment_new(fd, 100, -1, EVBUF_FS_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(seg);
	evbuffer_file_segment_free(seg);
	ck_assert(!is_open(fd));
	close_pair(fds);
}
END_TEST

START_TEST(b123_a_failed_file_stays_with_its_owner)
{
	struct evbuffer *buf = make();
	int fd = make_file(100);

	ck_assert_int_eq(evbuffer_add_file(buf, fd, 101, -1), -1);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 50, 51), -1);
	for (int n = 1; n <= 3; n++) {
		alloc_fail(n, 0);
		ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, 50), -1);
	}
	evbuffer_freeze(buf, 0);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, 50), -1);
	evbuffer_unfreeze(buf, 0);
	ck_assert(is_open(fd));
	expect_text(buf, "");
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, 50), 0);
	expect_counting(buf, 50, 0);
	evbuffer_free(buf);
	ck_assert(!is_open(fd));
}
END_TEST

START_TEST(b122_a_file_of_nothing)
{
	struct evbuffer *buf = make_way(_i);
	int fd = make_file(0);

	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, -1), 0);
	ck_assert(!is_open(fd));
	expect_text(buf, "");
	evbuffer_free(buf);
}
END_TEST

/* Another process cuts the file while it is queued: an error, no SIGBUS. */
START_TEST(bug35_a_file_cut_short_is_an_error)
{
	struct evbuffer *buf = make_way(_i);
	int fd = make_file(SIZE), fds[2], went = 0, n;
	char byte;

	open_pair(fds);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, -1), 0);
	ck_assert_int_eq(ftruncate(fd, 1000), 0);
	while ((n = evbuffer_write(buf, fds[0])) > 0)
		went += n;
	ck_assert_int_eq(n, -1);
	if (ways[_i].drains && !ways[_i].flags) {
		ck_assert_int_eq(errno, EIO);
		ck_assert_int_eq(went, 1000);
		ck_assert_int_eq(evbuffer_remove(buf, &byte, 1), -1);
		errno = 0;
		ck_assert_ptr_null(evbuffer_pullup(buf, -1));
		ck_assert_int_eq(errno, EIO);
		ck_assert_int_eq(evbuffer_search(buf, "a", 1, NULL).pos, -1);
		ck_assert_int_eq(evbuffer_peek(buf, -1, NULL, NULL, 0), 0);
	}
	ck_assert_int_eq(evbuffer_drain(buf, SIZE), 0);
	ck_assert(!is_open(fd));
	close_pair(fds);
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug38_sending_a_file_to_a_peer_that_is_gone)
{
	struct evbuffer *buf = make_way(0);
	sigset_t pipe_signal, pending;
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	open_pair(fds);
	close(fds[1]);
	ck_assert_int_eq(evbuffer_add_file(buf, make_file(100), 0, -1), 0);
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_int_eq(errno, EPIPE);
	/* And none is left behind, nor is it blocked. */
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &pipe_signal), 0);
	ck_assert_int_eq(sigismember(&pipe_signal, SIGPIPE), 0);
	close(fds[0]);
	evbuffer_free(buf);
}
END_TEST

/* Two ends of a connection by TCP. */
static void
open_connection(int fds[2])
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	struct sockaddr *sa = (struct sockaddr *)&addr;
	socklen_t length = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, sa, length), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, sa, &length), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[0], sa, length), 0);
	fds[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(fds[1], 0);
	close(listener);
}

/* Some of it goes before the refusal comes: a success, and yet a signal. */
START_TEST(bug38_sending_a_file_to_a_peer_that_has_just_gone)
{
	struct evbuffer *buf = make_way(0);
	sigset_t pending;
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	open_connection(fds);
	close(fds[1]);
	ck_assert_int_eq(evbuffer_add_file(buf, make_file(SIZE), 0, -1), 0);
	while (evbuffer_write(buf, fds[0]) > 0)
		continue;
	ck_assert_int_ne(errno, EAGAIN);
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
	close(fds[0]);
	evbuffer_free(buf);
}
END_TEST

/* One that the program has blocked, and has waiting, is the program's. */
START_TEST(bug38_a_sigpipe_that_waits_is_left_alone)
{
	struct evbuffer *buf = make_way(0);
	sigset_t set;
	int fds[2];

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_eq(raise(SIGPIPE), 0);
	open_pair(fds);
	ck_assert_int_eq(evbuffer_add_file(buf, make_file(100), 0, -1), 0);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fds[0], 10), 10);
	close(fds[1]);
	ck_assert_int_eq(evbuffer_write(buf, fds[0]), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(sigpending(&set), 0);
	ck_assert_int_eq(sigismember(&set, SIGPIPE), 1);
	close(fds[0]);
	evbuffer_free(buf);
}
END_TEST

/* The system does not send to a descriptor opened for appending. */
START_TEST(b122_what_the_system_does_not_send_is_read_and_written)
{
	struct evbuffer *buf = make_way(0), *in = make();
	int fd = make_file(0);

	ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
	ck_assert_int_eq(evbuffer_add_file(buf, make_file(1000), 0, -1), 0);
	ck_assert_int_eq(evbuffer_write_atmost(buf, fd, 300), 300);
	ck_assert_int_eq(evbuffer_write(buf, fd), 700);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(evbuffer_read(in, fd, -1), 1000);
	expect_counting(in, 1000, 0);
	close(fd);
	evbuffer_free(in);
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug35_nor_can_a_file_cut_short_be_read_instead)
{
	struct evbuffer *buf = make_way(0);
	int fd = make_file(1000), to = make_file(0);

	ck_assert_int_eq(fcntl(to, F_SETFL, O_APPEND), 0);
	ck_assert_int_eq(evbuffer_add_file(buf, fd, 0, -1), 0);
	ck_assert_int_eq(ftruncate(fd, 999), 0);
	errno = 0;
	ck_assert_int_eq(evbuffer_write(buf, to), -1);
	ck_assert_int_eq(errno, EIO);
	ck_assert_uint_eq(evbuffer_get_length(buf), 1000);
	close(to);
	evbuffer_free(buf);
}
END_TEST

Suite *
file_suite(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("segments");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_loop_test(tcase, b122_a_file_arrives_whole, 0, WAYS);
	tcase_add_loop_test(
		tcase, b122_parts_of_a_segment_in_several_buffers, 0, WAYS);
	tcase_add_test(tcase, b122_the_descriptor_may_stay_the_programs);
	tcase_add_test(
		tcase, b122_data_that_drains_to_a_descriptor_can_be_read);
	tcase_add_test(
		tcase, b123_a_bad_part_leaves_the_segment_with_its_owner);
	tcase_add_test(tcase, b123_a_bad_segment_is_not_made);
	tcase_add_test(tcase, b123_a_failed_file_stays_with_its_owner);
	tcase_add_loop_test(tcase, b122_a_file_of_nothing, 0, WAYS);
	tcase_add_loop_test(tcase, bug35_a_file_cut_short_is_an_error, 0, WAYS);
	tcase_add_test(tcase, bug35_nor_can_a_file_cut_short_be_read_instead);
	tcase_add_test(tcase, bug38_sending_a_file_to_a_peer_that_is_gone);
	tcase_add_test(tcase, bug38_a_sigpipe_that_waits_is_left_alone);
	tcase_add_test(
		tcase, bug38_sending_a_file_to_a_peer_that_has_just_gone);
	tcase_add_test(
		tcase, b122_what_the_system_does_not_send_is_read_and_written);
	suite_add_tcase(suite, tcase);
	return suite;
}
