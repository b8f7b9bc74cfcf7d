/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 8: what event_base_get_features() says of the backend is what a
 * program observes, and what it does not say is not to be had.
 *
 * EV_FEATURE_O1 is not observed here: what a change costs among many others is a
 * matter of time, on which no test depends.
 */
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/ext_backend.h>

#include "../support/fixture.h"

static int
claims(int feature)
{
	return (event_base_get_features(fx.base) & feature) != 0;
}

/* Data that nobody takes is told once, or again and again. */
START_TEST(b008_b_edges_are_told_if_claimed)
{
	struct calls calls = {0};

	event_add(fixture_event(fx.fd, EV_READ | EV_ET | EV_PERSIST, note_call,
			  &calls),
		NULL);
	send_byte(fx.peer);
	turns(4);
	ck_assert_int_eq(calls.count, claims(EV_FEATURE_ET) ? 1 : 4);
}
END_TEST

/* Room to write, which stays, likewise. */
START_TEST(b008_c_edges_of_writing_are_told_if_claimed)
{
	struct calls calls = {0};

	event_add(fixture_event(fx.fd, EV_WRITE | EV_ET | EV_PERSIST, note_call,
			  &calls),
		NULL);
	turns(4);
	ck_assert_int_eq(calls.count, claims(EV_FEATURE_ET) ? 1 : 4);
}
END_TEST

/* Refused, with a word, or always ready, also at its end. */
START_TEST(b008_d_files_are_taken_if_claimed)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct calls calls = {0};
	struct event *ev;

	ck_assert_int_ge(file, 0);
	ev = fixture_event(file, EV_READ | EV_PERSIST, note_call, &calls);
	errno = 0;
	if (claims(EV_FEATURE_FDS)) {
		ck_assert_int_eq(event_add(ev, NULL), 0);
		turns(2);
		ck_assert_int_eq(calls.count, 2);
		ck_assert_int_gt(lseek(file, 0, SEEK_END), 0);
		turns(2);
		ck_assert_int_eq(calls.count, 4);
	} else {
		ck_assert_int_eq(event_add(ev, NULL), -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
		ck_assert_ptr_nonnull(strstr(
			messages_latest(EVENT_LOG_WARN), strerror(EPERM)));
	}
	event_del(ev);
	turns(1);
	close(file);
}
END_TEST

static const struct {
	int tcp, unread;
} ways[] = {{0, 0}, {0, 3}, {1, 0}, {1, 3}};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

/* Its peer sends no more: a program hears of it that does not read. */
START_TEST(b008_e_early_end_is_told_if_claimed)
{
	struct calls closed = {0}, reads = {0};

	if (ways[_i].tcp)
		use_tcp();
	event_add(fixture_event(
			  fx.fd, EV_CLOSED | EV_PERSIST, note_call, &closed),
		NULL);
	send_bytes(fx.peer, (size_t)ways[_i].unread);
	turns(2);
	ck_assert_int_eq(closed.count, 0);
	ck_assert_int_eq(shutdown(fx.peer, SHUT_WR), 0);
	/* It has arrived when a reader is told. */
	event_add(fixture_event(fx.fd, EV_READ, note_and_take, &reads), NULL);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	turns(2);
	ck_assert_int_eq(closed.count > 0, claims(EV_FEATURE_EARLY_CLOSE));
	ck_assert_int_eq(closed.ever & ~EV_CLOSED, 0);
}
END_TEST

/* --- what is told without a base ------------------------------------------*/

static int
compare(const struct event_backend_info *info, void *shown)
{
	if (strcmp(info->name, event_base_get_method(fx.base)) != 0)
		return 0;
	ck_assert_int_eq(info->features, event_base_get_features(fx.base));
	++*(int *)shown;
	return 0;
}

START_TEST(b008_f_list_of_backends_says_the_same)
{
	int shown = 0;

	setenv("LIBEV_BACKENDS", event_base_get_method(fx.base), 1);
	event_backend_foreach(compare, &shown);
	unsetenv("LIBEV_BACKENDS");
	ck_assert_int_eq(shown, 1);
}
END_TEST

Suite *
suite_features(void)
{
	Suite *suite = suite_create("features");
	TCase *tcase = tcase_create("features");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b008_b_edges_are_told_if_claimed);
	tcase_add_test(tcase, b008_c_edges_of_writing_are_told_if_claimed);
	tcase_add_test(tcase, b008_d_files_are_taken_if_claimed);
	tcase_add_loop_test(
		tcase, b008_e_early_end_is_told_if_claimed, 0, WAYS);
	tcase_add_test(tcase, b008_f_list_of_backends_says_the_same);
	suite_add_tcase(suite, tcase);
	return suite;
}
