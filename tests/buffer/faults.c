/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What cannot be made to fail has not been tested.  A session with buffers is
 * run once for each allocation in it, which fails once or from then on for
 * ever; and with -Dtest_seams=true for each system call, which fails with each
 * error of its manual page, or does only a part of what it was asked.
 *
 * Whatever fails, buffers stay sound, what arrives is what was sent, nothing
 * leaks, and what was refused stays with its owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <libev-abi/sys.h>

#include "kit.h"

enum { FILE_SIZE = 9000, TRIES = 400 };

/* --- the session ---------------------------------------------------------*/

static int references;

static void
drop_reference(const void *data, size_t length, void *arg)
{
	(void)data, (void)length, (void)arg;
	references--;
}

static void
refuse_or_keep(int result)
{
	references += result == 0;
}

static void
be_told(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *calls)
{
	ck_assert_uint_eq(info->orig_size + info->n_added - info->n_deleted,
		evbuffer_get_length(buf));
	++*(int *)calls;
}

static void
fill(struct evbuffer *buf, struct evbuffer *other)
{
	struct evbuffer_iovec vec[3] = {
		{.iov_base = "ab", .iov_len = 2},
		{.iov_base = "cd", .iov_len = 2},
		{.iov_base = "ef", .iov_len = 2},
	};
	struct evbuffer_iovec room[2];
	int n;

	(void)evbuffer_add(buf, "line one\r\n", 10);
	(void)evbuffer_prepend(buf, "x", 1);
	(void)evbuffer_add_printf(buf, "%0300d\n", 7);
	(void)evbuffer_add_iovec(buf, vec, 3);
	references++; /* of no bytes: cleaned up before it returns */
	if (evbuffer_add_reference(buf, "", 0, drop_reference, NULL) < 0)
		references--;
	refuse_or_keep(evbuffer_add_reference(
		buf, "reference\n", 10, drop_reference, NULL));
	refuse_or_keep(evbuffer_add_iovec_reference(
		buf, vec, 3, drop_reference, NULL));
	n = evbuffer_reserve_space(buf, 5000, room, 2);
	for (int i = 0; i < n; i++)
		memset(room[i].iov_base, 'r', room[i].iov_len);
	if (n > 0)
		ck_assert_int_eq(evbuffer_commit_space(buf, room, n), 0);
	(void)evbuffer_add_buffer_reference(other, buf);
	(void)evbuffer_expand(other, 10000);
	(void)evbuffer_remove_buffer(buf, other, 3000);
	(void)evbuffer_remove_buffer(other, buf, 100);
}

static void
use(struct evbuffer *buf, struct evbuffer *other)
{
	char *line;

	(void)evbuffer_pullup(buf, 50);
	(void)evbuffer_pullup(other, -1);
	line = evbuffer_readln(buf, NULL, EVBUFFER_EOL_CRLF);
	alloc_free(line);
	alloc_free(evbuffer_readln(other, NULL, EVBUFFER_EOL_LF));
	(void)evbuffer_add_buffer(buf, other);
	(void)evbuffer_find(buf, (const unsigned char *)"reference", 9);
}

/* A file into BUF; FD is the buffer's then, or closed here. */
static void
add_file(struct evbuffer *buf, unsigned flags)
{
	struct evbuffer_file_segment *seg;
	int fd = make_file(FILE_SIZE);

	if (flags) {
		seg = evbuffer_file_segment_new(fd, 0, FILE_SIZE / 2, flags);
		if (seg)
			(void)evbuffer_add_file_segment(buf, seg, 0, -1);
		evbuffer_file_segment_free(seg);
		if (!seg || !(flags & EVBUF_FS_CLOSE_ON_FREE))
			close(fd);
	} else if (evbuffer_add_file(buf, fd, 0, -1) < 0) {
		close(fd);
	}
}

/* From one buffer through a pair into another, as long as anything goes. */
static void
transfer(struct evbuffer *from, struct evbuffer *to)
{
	size_t all = evbuffer_get_length(from);
	int fds[2], files[2];

	open_pair(fds);
	ck_assert_int_eq(pipe(files), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(fcntl(files[i], F_SETFL, O_NONBLOCK), 0);
	for (int i = 0; i < TRIES && evbuffer_get_length(to) < all; i++) {
		(void)evbuffer_write_atmost(from, fds[0], 4000);
		(void)evbuffer_read(to, fds[1], -1);
		ck_assert_ptr_null(verify(from));
		ck_assert_ptr_null(verify(to));
	}
	/* No sockets: the other calls. */
	for (int i = 0; i < 3; i++) {
		(void)evbuffer_write_atmost(to, files[1], i ? -1 : 500);
		if (evbuffer_get_length(to) < all)
			(void)evbuffer_read(to, files[0], 500);
		ck_assert_ptr_null(verify(to));
	}
	close_pair(fds);
	close_pair(files);
}

/* Everything came in order, however much of it. */
static void
check_order(struct evbuffer *to)
{
	size_t length = evbuffer_get_length(to);
	unsigned char *bytes = malloc(length + 1);

	ck_assert_int_eq(
		evbuffer_copyout(to, bytes, length), (ev_ssize_t)length);
	for (size_t i = 1; i < length; i++)
		if (bytes[i] != (unsigned char)(bytes[i - 1] + 1))
			ck_assert_uint_eq(bytes[i], 0);
	free(bytes);
}

static void
send_files(struct evbuffer *from, struct evbuffer *to, int drains)
{
	if (drains)
		evbuffer_set_flags(from, EVBUFFER_FLAG_DRAINS_TO_FD);
	add_file(from, 0);
	add_file(from, EVBUF_FS_DISABLE_SENDFILE | EVBUF_FS_CLOSE_ON_FREE);
	transfer(from, to);
	check_order(to);
	evbuffer_clear_flags(from, EVBUFFER_FLAG_DRAINS_TO_FD);
	add_file(to, 0);
}

/* What is made of memory alone. */
static void
session_in_memory(void)
{
	struct evbuffer *buf = evbuffer_new(), *other = evbuffer_new();
	int calls = 0;

	fake_threads(1);
	if (buf && other) {
		(void)evbuffer_enable_locking(buf, NULL);
		(void)evbuffer_add_cb(buf, be_told, &calls);
		(void)evbuffer_setcb(other, NULL, NULL);
		(void)evbuffer_add_cb(other, be_told, &calls);
		(void)evbuffer_defer_callbacks(other, fake_base());
		fill(buf, other);
		ck_assert_ptr_null(verify(buf));
		ck_assert_ptr_null(verify(other));
		use(buf, other);
		ck_assert_ptr_null(verify(buf));
		ck_assert_ptr_null(verify(other));
	}
	evbuffer_free(buf);
	evbuffer_free(other);
	fake_turn();
}

static void
session_with_files(void)
{
	for (int drains = 0; drains < 2; drains++) {
		struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();

		if (from && to)
			send_files(from, to, drains);
		evbuffer_free(from);
		evbuffer_free(to);
	}
}

static void
check_rest(void)
{
	kit_teardown();
	ck_assert_int_eq(references, 0);
}

/* --- memory --------------------------------------------------------------*/

/* How often the session was run: once more than it allocates. */
static long
fail_each(void (*session)(void), int for_ever)
{
	long n = 0;

	do {
		alloc_fail(++n, for_ever);
		session();
		check_rest();
	} while (alloc_has_failed());
	alloc_fail(0, 0);
	return n;
}

START_TEST(bug39_every_allocation_fails)
{
	ck_assert_int_gt(fail_each(session_in_memory, 0), 15);
	ck_assert_int_gt(fail_each(session_with_files, 0), 15);
}
END_TEST

START_TEST(bug39_from_every_allocation_on_all_fail)
{
	ck_assert_int_gt(fail_each(session_in_memory, 1), 15);
	ck_assert_int_gt(fail_each(session_with_files, 1), 15);
}
END_TEST

/* --- the system ----------------------------------------------------------*/

#ifdef EV_TEST_SEAMS
enum call {
	CALL_READ,
	CALL_READV,
	CALL_WRITE,
	CALL_WRITEV,
	CALL_SEND,
	CALL_SENDMSG,
	CALL_SENDFILE,
	CALL_PREAD,
	CALL_FSTAT,
	N_CALLS
};

/* An error that stands for: only one byte is done. */
enum { SHORT = -1 };

static const struct {
	const char *name;
	int errors[8];
} documented[N_CALLS] = {
	[CALL_READ] = {"read", {EINTR, EAGAIN, EIO, ECONNRESET, SHORT}},
	[CALL_READV] = {"readv", {EINTR, EAGAIN, EIO, ECONNRESET}},
	[CALL_WRITE] = {"write", {EINTR, EAGAIN, EIO, EPIPE, ENOSPC, SHORT}},
	[CALL_WRITEV] = {"writev", {EINTR, EAGAIN, EIO, EPIPE}},
	[CALL_SEND] = {"send",
		{EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOTSOCK, SHORT}},
	[CALL_SENDMSG] = {"sendmsg",
		{EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOTSOCK}},
	[CALL_SENDFILE] = {"sendfile",
		{EINTR, EAGAIN, EIO, EINVAL, ENOSYS, EPIPE, SHORT}},
	[CALL_PREAD] = {"pread", {EINTR, EIO, EISDIR, SHORT}},
	[CALL_FSTAT] = {"fstat", {EIO, EOVERFLOW}},
};

static struct {
	enum call call;
	int error;
	int first, count; /* which occurrences; none while first is 0 */
	int seen, injected;
} fault;

static struct ev_sys real;

/* 0: go on; 1: it failed; 2: it is to be short. */
static int
meddle(enum call call)
{
	if (!fault.first || call != fault.call)
		return 0;
	fault.seen++;
	if (fault.seen < fault.first || fault.seen - fault.first >= fault.count)
		return 0;
	fault.injected++;
	if (fault.error == SHORT)
		return 2;
	errno = fault.error;
	return 1;
}

#define WRAP_SIZED(call, name, parameters, whole, part)         \
	static ssize_t faulty_##name parameters                 \
	{                                                       \
		int what = meddle(call);                        \
                                                                \
		if (what == 1)                                  \
			return -1;                              \
		return what ? real.name part : real.name whole; \
	}

WRAP_SIZED(CALL_READ, read, (int fd, void *p, size_t n), (fd, p, n), (fd, p, 1))
WRAP_SIZED(CALL_WRITE, write, (int fd, const void *p, size_t n), (fd, p, n),
	(fd, p, 1))
WRAP_SIZED(CALL_READV, readv, (int fd, const struct iovec *v, int n),
	(fd, v, n), (fd, v, n))
WRAP_SIZED(CALL_WRITEV, writev, (int fd, const struct iovec *v, int n),
	(fd, v, n), (fd, v, n))
WRAP_SIZED(CALL_SEND, send, (int fd, const void *p, size_t n, int f),
	(fd, p, n, f), (fd, p, 1, f))
WRAP_SIZED(CALL_SENDMSG, sendmsg, (int fd, const struct msghdr *m, int f),
	(fd, m, f), (fd, m, f))
WRAP_SIZED(CALL_PREAD, pread, (int fd, void *p, size_t n, off_t o),
	(fd, p, n, o), (fd, p, 1, o))
#ifdef __linux__
WRAP_SIZED(CALL_SENDFILE, sendfile, (int to, int from, off_t *o, size_t n),
	(to, from, o, n), (to, from, o, 1))
#endif

static int
faulty_fstat(int fd, struct stat *status)
{
	return meddle(CALL_FSTAT) ? -1 : real.fstat(fd, status);
}

static void
stand_in(void)
{
	real = ev_sys;
	ev_sys.read = faulty_read;
	ev_sys.readv = faulty_readv;
	ev_sys.write = faulty_write;
	ev_sys.writev = faulty_writev;
	ev_sys.send = faulty_send;
	ev_sys.sendmsg = faulty_sendmsg;
	ev_sys.pread = faulty_pread;
	ev_sys.fstat = faulty_fstat;
#ifdef __linux__
	ev_sys.sendfile = faulty_sendfile;
#endif
}

static void
run_with_fault(enum call call, int error, int first, int count)
{
	fault.call = call;
	fault.error = error;
	fault.first = first;
	fault.count = count;
	fault.seen = fault.injected = 0;
	session_with_files();
	session_in_memory();
	fault.first = 0;
	check_rest();
}

/* The one call that is made again, for as long as it is interrupted. */
static int
is_endless(enum call call, int error, int count)
{
	return call == CALL_PREAD && error == EINTR && count > 1;
}

START_TEST(bug20_every_system_call_fails)
{
	enum call call = (enum call)_i;
	int runs = 0;

	stand_in();
	for (const int *error = documented[call].errors; *error; error++)
		for (int count = 1; count < 1 << 30; count += (1 << 30) - 2)
			for (int first = 1; first <= 30; first++) {
				if (is_endless(call, *error, count))
					break;
				run_with_fault(call, *error, first, count);
				runs += fault.injected > 0;
				if (!fault.injected)
					break;
			}
	ev_sys = real;
	ck_assert_msg(runs > 0, "%s is never called", documented[call].name);
}
END_TEST
#endif

static Suite *
suite_buffer_faults(void)
{
	Suite *suite = suite_create("buffer_faults");
	TCase *tcase = tcase_create("sessions");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_test(tcase, bug39_every_allocation_fails);
	tcase_add_test(tcase, bug39_from_every_allocation_on_all_fail);
#ifdef EV_TEST_SEAMS
	tcase_add_loop_test(tcase, bug20_every_system_call_fails, 0, N_CALLS);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(
		(Suite *(*const[])(void)){suite_buffer_faults, NULL});
}
