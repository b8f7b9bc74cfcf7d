/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The emulation of event ports against the sentences of port_create(3C),
 * port_associate(3C) and port_get(3C) that the module leans on.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <port.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/runner.h"

enum { ROOM = 8 };

static int port;
static int ends[2];
static port_event_t got[ROOM];
static unsigned n_got;
static int words[2];

static void
set_up(void)
{
	port = port_create();
	ck_assert_int_ge(port, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void
tear_down(void)
{
	close(port);
	close(ends[0]);
	close(ends[1]);
}

/* 0 or errno. */
static int
associate(int fd, int events, void *word)
{
	return port_associate(
		       port, PORT_SOURCE_FD, (uintptr_t)fd, events, word) < 0
		       ? errno
		       : 0;
}

static int
dissociate(int fd)
{
	return port_dissociate(port, PORT_SOURCE_FD, (uintptr_t)fd) < 0 ? errno
									: 0;
}

/* 0 or errno; what came is in got[]. */
static int
get(unsigned wanted, struct timespec *timeout)
{
	n_got = wanted;
	return port_getn(port, got, ROOM, &n_got, timeout) < 0 ? errno : 0;
}

static int
look(void)
{
	struct timespec at_once = {0, 0};

	return get(1, &at_once);
}

static void
put_byte(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

/* "Once an event has been retrieved, the object is no longer associated with
 * the port"; and what is ready when it is associated again is an event. */
START_TEST(one_event_ends_an_association)
{
	put_byte(ends[1]);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(associate(ends[0], POLLIN, &words[0]), 0);
		ck_assert_int_eq(look(), 0);
		ck_assert_uint_eq(n_got, 1);
		ck_assert_int_eq(got[0].portev_source, PORT_SOURCE_FD);
		ck_assert_int_eq((int)got[0].portev_object, ends[0]);
		ck_assert_int_eq(got[0].portev_events, POLLIN);
		ck_assert_ptr_eq(got[0].portev_user, &words[0]);
		ck_assert_int_eq(look(), ETIME);
		ck_assert_int_eq(dissociate(ends[0]), ENOENT);
	}
}
END_TEST

/* "If the specified object is already associated with the specified port, the
 * port_associate() function will update the events and user arguments." */
START_TEST(associating_again_changes_both)
{
	put_byte(ends[1]);
	ck_assert_int_eq(associate(ends[0], POLLIN, &words[0]), 0);
	ck_assert_int_eq(associate(ends[0], POLLOUT, &words[1]), 0);
	ck_assert_int_eq(look(), 0);
	ck_assert_uint_eq(n_got, 1);
	ck_assert_int_eq(got[0].portev_events, POLLOUT);
	ck_assert_ptr_eq(got[0].portev_user, &words[1]);
}
END_TEST

START_TEST(dissociated_says_nothing)
{
	put_byte(ends[1]);
	ck_assert_int_eq(associate(ends[0], POLLIN, NULL), 0);
	ck_assert_int_eq(dissociate(ends[0]), 0);
	ck_assert_int_eq(look(), ETIME);
	ck_assert_int_eq(dissociate(ends[0]), ENOENT);
}
END_TEST

/* "A file descriptor that is closed is dissociated", duplicates or not. */
START_TEST(close_dissociates)
{
	int fd = dup(ends[0]), other[2];

	ck_assert_int_eq(associate(fd, POLLIN, NULL), 0);
	close(fd);
	put_byte(ends[1]);
	ck_assert_int_eq(look(), ETIME);
	ck_assert_int_eq(pipe(other), 0);
	ck_assert_int_eq(other[0], fd);
	put_byte(other[1]);
	ck_assert_int_eq(look(), ETIME);
	ck_assert_int_eq(dissociate(fd), ENOENT);
	ck_assert_int_eq(associate(fd, POLLIN, NULL), 0);
	ck_assert_int_eq(look(), 0);
	close(other[0]);
	close(other[1]);
}
END_TEST

/* "POLLERR, POLLHUP ... whether or not they were requested". */
START_TEST(hang_ups_come_unasked)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(associate(fds[0], POLLIN, NULL), 0);
	close(fds[1]);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(got[0].portev_events, POLLHUP);
	close(fds[0]);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	struct timespec wrong = {0, -1};
	int file = open("/etc/passwd", O_RDONLY);

	ck_assert_int_eq(associate(-1, POLLIN, NULL), EBADFD);
	ck_assert_int_eq(associate(file, POLLIN, NULL), EBADFD);
	ck_assert_int_eq(port_associate(port, 99, 0, POLLIN, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(
		port_associate(ends[0], PORT_SOURCE_FD, 0, POLLIN, NULL), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(get(1, &wrong), EINVAL);
	ck_assert_int_eq(get(ROOM + 1, NULL), EINVAL);
	close(file);
}
END_TEST

/* "Up to max events": all that there are, once there are enough. */
START_TEST(more_than_wanted_come_as_well)
{
	put_byte(ends[0]);
	put_byte(ends[1]);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(associate(ends[i], POLLIN, NULL), 0);
	ck_assert_int_eq(get(1, NULL), 0);
	ck_assert_uint_eq(n_got, 2);
}
END_TEST

/* "ETIME: The time interval expired before the expected number of events have
 * been posted"; nget "is updated with the actual number". */
START_TEST(too_few_in_time_are_told_all_the_same)
{
	struct timespec soon = {0, 2000000};

	put_byte(ends[1]);
	ck_assert_int_eq(associate(ends[0], POLLIN, NULL), 0);
	ck_assert_int_eq(get(2, &soon), ETIME);
	ck_assert_uint_eq(n_got, 1);
	ck_assert_int_eq(look(), ETIME);
	ck_assert_uint_eq(n_got, 0);
}
END_TEST

static void *
make_readable(void *unused)
{
	(void)unused;
	ck_assert_int_eq(associate(ends[0], POLLIN, NULL), 0);
	put_byte(ends[1]);
	return NULL;
}

/* "If timeout is NULL, the function waits"; other threads associate. */
START_TEST(waits_for_what_comes)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, make_readable, NULL), 0);
	ck_assert_int_eq(get(1, NULL), 0);
	ck_assert_uint_eq(n_got, 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void
do_nothing(int signo)
{
	(void)signo;
}

/* "EINTR: A signal was caught during the execution of the function." */
START_TEST(signals_interrupt)
{
	const struct sigaction action = {.sa_handler = do_nothing};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	alarm(1);
	ck_assert_int_eq(get(1, NULL), EINTR);
	ck_assert_uint_eq(n_got, 0);
}
END_TEST

static Suite *
suite_evport(void)
{
	Suite *suite = suite_create("emulation of event ports");
	TCase *tcase = tcase_create("manual page");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, one_event_ends_an_association);
	tcase_add_test(tcase, associating_again_changes_both);
	tcase_add_test(tcase, dissociated_says_nothing);
	tcase_add_test(tcase, close_dissociates);
	tcase_add_test(tcase, hang_ups_come_unasked);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, more_than_wanted_come_as_well);
	tcase_add_test(tcase, too_few_in_time_are_told_all_the_same);
	tcase_add_test(tcase, waits_for_what_comes);
	tcase_add_test(tcase, signals_interrupt);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_evport, NULL});
}
