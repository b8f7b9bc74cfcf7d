/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The emulation of /dev/poll against the sentences of poll(7D) that the module
 * leans on.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/devpoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/runner.h"

enum { ROOM = 8 };

static int dp;
static int ends[2];
static struct pollfd got[ROOM];

static void
set_up(void)
{
	dp = open("/dev/poll", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(dp, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void
tear_down(void)
{
	close(dp);
	close(ends[0]);
	close(ends[1]);
}

static void
put(int fd, int events)
{
	const struct pollfd entry = {.fd = fd, .events = (short)events};

	ck_assert_int_eq(write(dp, &entry, sizeof(entry)), sizeof(entry));
}

static int
look_for(int room, int timeout_ms)
{
	struct dvpoll request = {got, (nfds_t)room, timeout_ms};

	return ioctl(dp, DP_POLL, &request);
}

static int
look(void)
{
	return look_for(ROOM, 0);
}

/* "The events field contains the currently polled events ... The ioctl returns
 * 0 if the file descriptor is not in the set." */
static int
polled(int fd)
{
	struct pollfd one = {.fd = fd, .revents = 7};

	if (ioctl(dp, DP_ISPOLLED, &one) == 0)
		return 0;
	ck_assert_int_eq(one.revents, 0);
	return one.events;
}

/* "The events field in each pollfd entry is OR'ed." */
START_TEST(entries_are_ored)
{
	put(ends[0], POLLIN);
	put(ends[0], POLLOUT);
	ck_assert_int_eq(polled(ends[0]), POLLIN | POLLOUT);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].fd, ends[0]);
	ck_assert_int_eq(got[0].events, POLLIN | POLLOUT);
	ck_assert_int_eq(got[0].revents, POLLOUT);
}
END_TEST

/* "POLLREMOVE ... removes the fd from the monitored set", also in one write
 * with what is to be there then, and if it was not there. */
START_TEST(removal_comes_before_less)
{
	const struct pollfd both[] = {
		{.fd = ends[0], .events = POLLREMOVE},
		{.fd = ends[0], .events = POLLIN},
	};

	put(ends[0], POLLIN | POLLOUT);
	ck_assert_int_eq(write(dp, both, sizeof(both)), sizeof(both));
	ck_assert_int_eq(polled(ends[0]), POLLIN);
	put(ends[0], POLLREMOVE);
	ck_assert_int_eq(polled(ends[0]), 0);
	put(ends[0], POLLREMOVE);
	ck_assert_int_eq(look(), 0);
}
END_TEST

START_TEST(levels_are_told_again)
{
	put(ends[0], POLLIN);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].revents, POLLIN);
}
END_TEST

/* What was closed is POLLNVAL as with poll(2), until it is removed. */
START_TEST(closed_is_told_until_it_is_removed)
{
	int fd = dup(ends[0]);

	put(fd, POLLIN);
	close(fd);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].revents, POLLNVAL);
	ck_assert_int_eq(look(), 1);
	put(fd, POLLREMOVE);
	ck_assert_int_eq(look(), 0);
	put(fd, POLLIN);
	ck_assert_int_eq(look(), 0);
}
END_TEST

/* "dp_nfds ... indicates the maximum number of file descriptors". */
START_TEST(no_more_than_there_is_room_for)
{
	put(ends[0], POLLOUT);
	put(ends[1], POLLOUT);
	ck_assert_int_eq(look(), 2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(look_for(1, 0), 1);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	struct pollfd entry = {.fd = ends[0], .events = POLLIN};

	ck_assert_int_eq(write(dp, &entry, sizeof(entry) - 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(ioctl(dp, DPIOC | 99, &entry), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

/* "EACCES: A process does not have permission to access the content cached". */
START_TEST(another_process_may_not)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(look() == -1 && errno == EACCES ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(look(), 0);
}
END_TEST

static void *
make_readable(void *unused)
{
	(void)unused;
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	return NULL;
}

/* "If dp_timeout is -1, the call blocks until an interested poll events is
 * available"; a number of milliseconds else. */
START_TEST(waits_for_what_comes)
{
	pthread_t thread;

	put(ends[0], POLLIN);
	ck_assert_int_eq(look_for(ROOM, 2), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, make_readable, NULL), 0);
	ck_assert_int_eq(look_for(ROOM, -1), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(other_files_are_what_they_were)
{
	int fd = open("/dev/null", O_RDWR), left;

	ck_assert_int_eq(write(fd, "abc", 3), 3);
	ck_assert_int_eq(ioctl(fd, FIONREAD, &left), -1);
	ck_assert_int_eq(errno, ENOTTY);
	close(fd);
}
END_TEST

static Suite *
suite_devpoll(void)
{
	Suite *suite = suite_create("emulation of /dev/poll");
	TCase *tcase = tcase_create("manual page");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, entries_are_ored);
	tcase_add_test(tcase, removal_comes_before_less);
	tcase_add_test(tcase, levels_are_told_again);
	tcase_add_test(tcase, closed_is_told_until_it_is_removed);
	tcase_add_test(tcase, no_more_than_there_is_room_for);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, another_process_may_not);
	tcase_add_test(tcase, waits_for_what_comes);
	tcase_add_test(tcase, other_files_are_what_they_were);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_devpoll, NULL});
}
