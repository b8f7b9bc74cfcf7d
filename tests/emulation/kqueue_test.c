/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The emulation of kqueue(2) against the sentences of the manual page that the
 * module and the signal provider lean on.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/runner.h"

enum { ROOM = 16 };

static int kq;
static int ends[2];
static struct kevent got[ROOM];
static const struct timespec at_once;

static void
set_up(void)
{
	kq = kqueue();
	ck_assert_int_ge(kq, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void
tear_down(void)
{
	close(kq);
	close(ends[0]);
	close(ends[1]);
}

static struct kevent
event_of(int ident, int filter, int flags)
{
	struct kevent event;

	memset(&event, 0, sizeof(event));
	event.ident = (uintptr_t)ident;
	event.filter = (short)filter;
	event.flags = (unsigned short)flags;
	return event;
}

/* 0 or errno. */
static int
change(int ident, int filter, int flags)
{
	struct kevent event = event_of(ident, filter, flags);

	return kevent(kq, &event, 1, NULL, 0, NULL) < 0 ? errno : 0;
}

static int
look(void)
{
	return kevent(kq, NULL, 0, got, ROOM, &at_once);
}

static void
put_byte(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

/* --- changes -------------------------------------------------------------*/

/* "An event is uniquely identified by the (ident, filter) pair." */
START_TEST(reading_and_writing_are_two_events)
{
	put_byte(ends[1]);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
	ck_assert_int_eq(look(), 2);
	ck_assert_int_eq((int)got[0].ident, ends[0]);
	ck_assert_int_ne(got[0].filter, got[1].filter);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_DELETE), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].filter, EVFILT_WRITE);
}
END_TEST

/* "Re-adding an existing event will modify the parameters of the original
 * event, and not result in a duplicate entry." */
START_TEST(adding_again_changes_the_word)
{
	struct kevent event = event_of(ends[0], EVFILT_READ, EV_ADD);
	int words[2];

	put_byte(ends[1]);
	for (int i = 0; i < 2; i++) {
		event.udata = &words[i];
		ck_assert_int_eq(kevent(kq, &event, 1, NULL, 0, NULL), 0);
		ck_assert_int_eq(look(), 1);
		ck_assert_ptr_eq(got[0].udata, &words[i]);
	}
}
END_TEST

/* Not so its flags: the trigger stays what it was. */
START_TEST(adding_again_keeps_the_trigger)
{
	put_byte(ends[1]);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_DELETE), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(look(), 1);
}
END_TEST

/* "ENOENT: The event could not be found to be modified or deleted."  "EBADF:
 * The specified descriptor is invalid."  "EINVAL: ... the filter is invalid." */
START_TEST(what_cannot_be_is_refused)
{
	int fd = dup(ends[0]);

	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_DELETE), ENOENT);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), 0);
	close(fd);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_DELETE), EBADF);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), EBADF);
	ck_assert_int_eq(change(-1, EVFILT_READ, EV_ADD), EBADF);
	ck_assert_int_eq(change(ends[0], -99, EV_ADD), EINVAL);
	ck_assert_int_eq(kevent(ends[0], NULL, 0, got, 1, &at_once), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* "If ... there is enough room in the eventlist, then the event will be placed
 * in the eventlist with EV_ERROR set in flags and the system error in data." */
START_TEST(errors_go_to_the_list_and_end_the_call)
{
	struct kevent list[3] = {
		event_of(ends[0], EVFILT_READ, EV_DELETE),
		event_of(ends[0], EVFILT_READ, EV_ADD),
		event_of(ends[0], EVFILT_WRITE, EV_DELETE),
	};

	put_byte(ends[1]);
	ck_assert_int_eq(kevent(kq, list, 3, list, 3, NULL), 2);
	ck_assert_int_eq(list[0].flags, EV_ERROR);
	ck_assert_int_eq(list[0].data, ENOENT);
	ck_assert_int_eq(list[1].filter, EVFILT_WRITE);
	ck_assert_int_eq(list[1].data, ENOENT);
	ck_assert_int_eq(look(), 1);
}
END_TEST

/* "Otherwise, -1 will be returned, and errno will be set." */
START_TEST(without_room_the_first_error_is_the_last)
{
	const struct kevent list[2] = {
		event_of(ends[0], EVFILT_READ, EV_DELETE),
		event_of(ends[0], EVFILT_WRITE, EV_ADD),
	};

	ck_assert_int_eq(kevent(kq, list, 2, NULL, 0, NULL), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(look(), 0);
}
END_TEST

/* "EV_RECEIPT: ... useful for making bulk changes to a kqueue without draining
 * any pending events.  When passed as input, it forces EV_ERROR to always be
 * returned.  When a filter is successfully added the data field is zero." */
START_TEST(receipts_answer_each_change_and_drain_nothing)
{
	struct kevent list[2] = {
		event_of(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR | EV_RECEIPT),
		event_of(ends[0], EVFILT_WRITE, EV_DELETE | EV_RECEIPT),
	};

	put_byte(ends[1]);
	ck_assert_int_eq(kevent(kq, list, 2, list, 2, NULL), 2);
	ck_assert_int_eq(list[0].flags, EV_ERROR);
	ck_assert_int_eq(list[0].data, 0);
	ck_assert_int_eq(list[1].data, ENOENT);
	ck_assert_int_eq(look(), 1);
}
END_TEST

/* --- readiness -----------------------------------------------------------*/

/* "EV_CLEAR: After the event is retrieved by the user, its state is reset." */
START_TEST(levels_stay_and_edges_go)
{
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	put_byte(ends[1]);
	ck_assert_int_eq(look(), 2);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].filter, EVFILT_WRITE);
	put_byte(ends[1]);
	ck_assert_int_eq(look(), 2);
}
END_TEST

/* "EV_ONESHOT: ... only the first occurrence ... After the user retrieves the
 * event from the kqueue, it is deleted." */
START_TEST(one_shot_is_gone_then)
{
	put_byte(ends[1]);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_DELETE), ENOENT);
}
END_TEST

/* "If the read direction of the socket has shutdown, then the filter also sets
 * EV_EOF ... It is possible for EOF to be returned (indicating the connection
 * is gone) while there is still data pending in the socket buffer." */
START_TEST(end_comes_with_what_is_left)
{
	put_byte(ends[1]);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].flags & EV_EOF, 0);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].flags & EV_EOF, EV_EOF);
	ck_assert_int_eq(got[0].data, 1);
	ck_assert_int_eq(change(ends[0], EVFILT_WRITE, EV_ADD), 0);
	ck_assert_int_eq(look(), 2);
	for (int i = 0; i < 2; i++)
		if (got[i].filter == EVFILT_WRITE)
			ck_assert_int_eq(got[i].flags & EV_EOF, 0);
}
END_TEST

/* "Filters will set EV_EOF when the reader disconnects"; a pipe that has none
 * takes no filter any more. */
START_TEST(pipe_without_a_reader)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(change(fds[1], EVFILT_WRITE, EV_ADD), 0);
	close(fds[0]);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(got[0].flags & EV_EOF, EV_EOF);
	ck_assert_int_eq(change(fds[1], EVFILT_WRITE, EV_DELETE), 0);
	ck_assert_int_eq(change(fds[1], EVFILT_WRITE, EV_ADD), EPIPE);
	ck_assert_int_eq(look(), 0);
	close(fds[1]);
}
END_TEST

/* Vnodes: "Returns when the file pointer is not at the end of file ...
 * NOTE_FILE_POLL: Makes EVFILT_READ ... always return immediately." */
START_TEST(files_are_ready_but_at_their_end)
{
	struct kevent like_poll;
	int fd = open("/etc/passwd", O_RDONLY);

	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_gt(lseek(fd, 0, SEEK_END), 0);
	ck_assert_int_eq(look(), 0);
	like_poll = event_of(fd, EVFILT_READ, EV_ADD);
	like_poll.fflags = NOTE_FILE_POLL;
	ck_assert_int_eq(kevent(kq, &like_poll, 1, NULL, 0, NULL), 0);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), 1);
	close(fd);
	ck_assert_int_eq(look(), 0);
}
END_TEST

/* All of them in one call as far as there is room, and nobody waits for ever. */
START_TEST(it_goes_round)
{
	int seen[2] = {0, 0};

	put_byte(ends[1]);
	put_byte(ends[0]);
	for (int i = 0; i < 2; i++)
		for (int filter = EVFILT_WRITE; filter <= EVFILT_READ; filter++)
			ck_assert_int_eq(change(ends[i], filter, EV_ADD), 0);
	ck_assert_int_eq(look(), 4);
	for (int i = 0; i < 16; i++) {
		ck_assert_int_eq(kevent(kq, NULL, 0, got, 1, &at_once), 1);
		if (got[0].filter == EVFILT_READ)
			seen[(int)got[0].ident == ends[1]]++;
	}
	ck_assert_int_gt(seen[0], 0);
	ck_assert_int_gt(seen[1], 0);
}
END_TEST

/* --- numbers -------------------------------------------------------------*/

/* "Calling close() on a file descriptor will remove any kevents that reference
 * the descriptor": also when a duplicate lives. */
START_TEST(close_removes_though_a_duplicate_lives)
{
	int fd = dup(ends[0]);
	struct timespec a_while = {0, 20000000};

	put_byte(ends[1]);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	close(fd);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, &a_while), 0);
}
END_TEST

START_TEST(another_file_under_the_number_is_not_watched)
{
	int fd = dup(ends[0]), other[2];

	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(pipe(other), 0);
	ck_assert_int_eq(dup2(other[0], fd), fd);
	put_byte(other[1]);
	put_byte(ends[1]);
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_DELETE), ENOENT);
	ck_assert_int_eq(change(fd, EVFILT_READ, EV_ADD), 0);
	ck_assert_int_eq(look(), 1);
	close(fd);
	close(other[0]);
	close(other[1]);
}
END_TEST

/* "The queue is not inherited by a child created with fork(2)." */
START_TEST(child_has_no_queue)
{
	int status;
	pid_t child;

	put_byte(ends[1]);
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	child = fork();
	if (child == 0)
		_exit(look() == -1 && errno == EBADF && fcntl(kq, F_GETFD) < 0
				? 0
				: 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(look(), 1);
}
END_TEST

/* --- waiting -------------------------------------------------------------*/

static void *
make_readable(void *unused)
{
	(void)unused;
	ck_assert_int_eq(change(ends[0], EVFILT_READ, EV_ADD), 0);
	put_byte(ends[1]);
	return NULL;
}

/* "If timeout is NULL, kevent() waits indefinitely"; a change by another
 * thread takes effect in it. */
START_TEST(waits_for_what_comes)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, make_readable, NULL), 0);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void
do_nothing(int signo)
{
	(void)signo;
}

/* "EINTR: A signal was delivered before the timeout expired." */
START_TEST(signals_interrupt)
{
	const struct sigaction action = {.sa_handler = do_nothing};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	alarm(1);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), -1);
	ck_assert_int_eq(errno, EINTR);
}
END_TEST

/* "If nevents is zero, kevent() will return immediately." */
START_TEST(without_room_it_does_not_wait)
{
	ck_assert_int_eq(kevent(kq, NULL, 0, NULL, 0, NULL), 0);
}
END_TEST

/* "EVFILT_TIMER: Establishes an arbitrary timer identified by ident ... The
 * timer will be periodic unless EV_ONESHOT is specified.  On return, data
 * contains the number of times the timeout has expired." */
START_TEST(timers_run_out)
{
	struct kevent timer = event_of(ends[0], EVFILT_TIMER, EV_ADD);

	timer.data = 1;
	ck_assert_int_eq(kevent(kq, &timer, 1, NULL, 0, NULL), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), 1);
		ck_assert_int_eq(got[0].filter, EVFILT_TIMER);
		ck_assert_int_ge(got[0].data, 1);
	}
	timer.flags = EV_DELETE;
	ck_assert_int_eq(kevent(kq, &timer, 1, NULL, 0, NULL), 0);
	timer.flags = EV_ADD | EV_ONESHOT;
	ck_assert_int_eq(kevent(kq, &timer, 1, NULL, 0, NULL), 0);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), 1);
	ck_assert_int_eq(change(ends[0], EVFILT_TIMER, EV_DELETE), ENOENT);
}
END_TEST

/* --- signals -------------------------------------------------------------*/

static int calls;

static void
count_call(int signo)
{
	(void)signo;
	calls++;
}

/* "data returns the number of times the signal has been generated since the
 * last call to kevent(). This filter automatically sets the EV_CLEAR flag." */
START_TEST(signals_are_counted_beside_the_handler)
{
	const struct sigaction action = {.sa_handler = count_call};

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(change(SIGUSR1, EVFILT_SIGNAL, EV_ADD), 0);
	for (int i = 0; i < 3; i++)
		(void)raise(SIGUSR1);
	ck_assert_int_eq(kevent(kq, NULL, 0, got, ROOM, NULL), 1);
	ck_assert_int_eq((int)got[0].ident, SIGUSR1);
	ck_assert_int_eq(got[0].data, 3);
	ck_assert_int_eq(calls, 3);
	ck_assert_int_eq(look(), 0);
}
END_TEST

/* "It will record all attempts to deliver a signal to a process, even if the
 * signal has been marked as SIG_IGN", to every queue; and it changes nothing of
 * what the process does. */
START_TEST(ignored_signals_are_counted_for_every_queue)
{
	struct sigaction found, action = {.sa_handler = SIG_IGN};
	struct kevent event = event_of(SIGUSR2, EVFILT_SIGNAL, EV_ADD);
	int other = kqueue();

	ck_assert_int_eq(change(SIGUSR2, EVFILT_SIGNAL, EV_ADD), 0);
	ck_assert_int_eq(kevent(other, &event, 1, NULL, 0, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR2, &action, &found), 0);
	ck_assert(found.sa_handler == SIG_DFL);
	(void)raise(SIGUSR2);
	ck_assert_int_eq(look(), 1);
	ck_assert_int_eq(kevent(other, NULL, 0, got, ROOM, &at_once), 1);
	close(other);
	ck_assert_int_eq(change(SIGUSR2, EVFILT_SIGNAL, EV_DELETE), 0);
	ck_assert_int_eq(sigaction(SIGUSR2, NULL, &found), 0);
	ck_assert(found.sa_handler == SIG_IGN);
	(void)raise(SIGUSR2);
	ck_assert_int_eq(look(), 0);
}
END_TEST

START_TEST(default_action_stays)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		kq = kqueue();
		(void)change(SIGUSR1, EVFILT_SIGNAL, EV_ADD);
		(void)raise(SIGUSR1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}
END_TEST

static Suite *
suite_kqueue(void)
{
	Suite *suite = suite_create("emulation of kqueue");
	TCase *tcase = tcase_create("manual page");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, reading_and_writing_are_two_events);
	tcase_add_test(tcase, adding_again_changes_the_word);
	tcase_add_test(tcase, adding_again_keeps_the_trigger);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, errors_go_to_the_list_and_end_the_call);
	tcase_add_test(tcase, without_room_the_first_error_is_the_last);
	tcase_add_test(tcase, receipts_answer_each_change_and_drain_nothing);
	tcase_add_test(tcase, levels_stay_and_edges_go);
	tcase_add_test(tcase, one_shot_is_gone_then);
	tcase_add_test(tcase, end_comes_with_what_is_left);
	tcase_add_test(tcase, pipe_without_a_reader);
	tcase_add_test(tcase, files_are_ready_but_at_their_end);
	tcase_add_test(tcase, it_goes_round);
	tcase_add_test(tcase, close_removes_though_a_duplicate_lives);
	tcase_add_test(tcase, another_file_under_the_number_is_not_watched);
	tcase_add_test(tcase, child_has_no_queue);
	tcase_add_test(tcase, waits_for_what_comes);
	tcase_add_test(tcase, signals_interrupt);
	tcase_add_test(tcase, without_room_it_does_not_wait);
	tcase_add_test(tcase, timers_run_out);
	tcase_add_test(tcase, signals_are_counted_beside_the_handler);
	tcase_add_test(tcase, ignored_signals_are_counted_for_every_queue);
	tcase_add_test(tcase, default_action_stays);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_kqueue, NULL});
}
