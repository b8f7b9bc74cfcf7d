/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending on a system that knows no MSG_NOSIGNAL, but an option of the socket,
 * as an old macOS: sys.h is compiled for it; for builds with test seams.
 */
#include <check.h>
#include <errno.h>
#include <sys/socket.h>

#define __ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__ 101500
#define SO_NOSIGPIPE                                  0x1022
#include <libev-abi/sys.h>

#include "../support/runner.h"

#ifndef EV_TEST_SEAMS
#error "this test replaces system calls: configure with -Dtest_seams=true"
#endif

enum { SOCKET = 7 };

static int set_calls, send_calls, refusal;

static int
note_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size)
{
	ck_assert_int_eq(fd, SOCKET);
	ck_assert_int_eq(level, SOL_SOCKET);
	ck_assert_int_eq(option, SO_NOSIGPIPE);
	ck_assert_uint_eq(size, sizeof(int));
	ck_assert_int_eq(*(const int *)value, 1);
	ck_assert_int_eq(send_calls, set_calls++);
	errno = refusal;
	return refusal ? -1 : 0;
}

static ssize_t
note_send(int fd, const void *data, size_t size, int flags)
{
	(void)fd, (void)data;
	ck_assert_int_eq(flags, 0);
	ck_assert_int_eq(set_calls, ++send_calls);
	return (ssize_t)size;
}

static ssize_t
note_sendmsg(int fd, const struct msghdr *message, int flags)
{
	return note_send(fd, message, 3, flags);
}

static void
set_up(void)
{
	set_calls = send_calls = refusal = 0;
	ev_sys.setsockopt = note_setsockopt;
	ev_sys.send = note_send;
	ev_sys.sendmsg = note_sendmsg;
}

START_TEST(the_option_is_set_before_anything_is_sent)
{
	struct msghdr message = {.msg_iov = NULL};

	ck_assert_int_eq(sys_send(SOCKET, "ab", 2), 2);
	ck_assert_int_eq(sys_sendmsg(SOCKET, &message), 3);
	ck_assert_int_eq(send_calls, 2);
}
END_TEST

START_TEST(a_connection_that_is_over_is_a_broken_pipe)
{
	struct msghdr message = {.msg_iov = NULL};

	refusal = EINVAL;
	ck_assert_int_eq(sys_send(SOCKET, "ab", 2), -1);
	ck_assert_int_eq(errno, EPIPE);
	set_calls = 0;
	ck_assert_int_eq(sys_sendmsg(SOCKET, &message), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(send_calls, 0);
}
END_TEST

/* What is no socket has an error of its own. */
START_TEST(other_refusals_are_for_send_to_tell)
{
	refusal = ENOTSOCK;
	ck_assert_int_eq(sys_send(SOCKET, "ab", 2), 2);
	ck_assert_int_eq(send_calls, 1);
}
END_TEST

static Suite *
suite_no_signal(void)
{
	Suite *suite = suite_create("no_signal");
	TCase *tcase = tcase_create("option");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, the_option_is_set_before_anything_is_sent);
	tcase_add_test(tcase, a_connection_that_is_over_is_a_broken_pipe);
	tcase_add_test(tcase, other_refusals_are_for_send_to_tell);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_no_signal, NULL});
}
