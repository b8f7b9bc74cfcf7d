/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * io_uring where the system refuses it, or has too little of it: the next
 * backend is taken, and what was wrong is told in words.
 */
#include "suites.h"

#include <errno.h>
#include <string.h>

#include <event2/ext_backend.h>

#include <libev-abi/sys.h>

#include "../support/fixture.h"

#if defined(__linux__) && defined(SYS_io_uring_setup) && \
	__has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>

static int refusal;
static uint32_t lacking; /* IORING_FEAT_* */

static int
refuse_setup(unsigned entries, struct io_uring_params *params)
{
	int fd;

	errno = refusal;
	if (refusal)
		return -1;
	fd = sys_call_io_uring_setup(entries, params);
	params->features &= ~lacking;
	return fd;
}

/* Is io_uring under test?  Then every other setup is what this test has. */
static int
use_ring(void)
{
	if (strcmp(event_base_get_method(fx.base), "io_uring") != 0)
		return 0;
	ev_sys.io_uring_setup = refuse_setup;
	return 1;
}

static struct event_base *
base_of(const char *second)
{
	const char *names[] = {"io_uring", second, NULL};
	struct event_config *config = event_config_new();
	struct event_base *base;

	ck_assert_int_eq(event_config_set_methods(config, names), 0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
assert_refused(const char *why)
{
	struct event_base *base = base_of("poll");

	ck_assert_str_eq(event_base_get_method(base), "poll");
	event_base_free(base);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 0);
	ck_assert_ptr_null(base_of(NULL));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_ptr_nonnull(strstr(messages_latest(EVENT_LOG_WARN), why));
}

static const struct {
	int error;
	const char *why;
} refusals[] = {
	{EPERM, "io_uring (forbidden, by kernel.io_uring_disabled"},
	{EACCES, "io_uring (forbidden, by kernel.io_uring_disabled"},
	{ENOSYS, "older than Linux 5.13"},
	{EINVAL, "older than Linux 5.13"},
	{ENOMEM, "RLIMIT_MEMLOCK"},
	{EMFILE, "Too many open files"},
};

enum { REFUSALS = sizeof(refusals) / sizeof(*refusals) };

START_TEST(what_refuses_it_is_told_in_words)
{
	if (!use_ring())
		return;
	refusal = refusals[_i].error;
	assert_refused(refusals[_i].why);
}
END_TEST

static const uint32_t needed[] = {IORING_FEAT_SINGLE_MMAP, IORING_FEAT_NODROP,
	IORING_FEAT_EXT_ARG, IORING_FEAT_RSRC_TAGS};

enum { NEEDED = sizeof(needed) / sizeof(*needed) };

START_TEST(kernel_that_lacks_something_is_too_old)
{
	if (!use_ring())
		return;
	lacking = needed[_i];
	assert_refused("older than Linux 5.13");
}
END_TEST

/* --- a kernel that is short of something for a while ---------------------*/

static int shortage, failures_left;

static int
fail_to_enter(int ring, unsigned submit, unsigned await, unsigned flags,
	const void *arg, size_t size)
{
	if (failures_left > 0) {
		failures_left--;
		errno = shortage;
		return -1;
	}
	return sys_call_io_uring_enter(ring, submit, await, flags, arg, size);
}

static const int shortages[] = {EAGAIN, EBUSY, ENOMEM, EINTR};

enum { SHORTAGES = sizeof(shortages) / sizeof(*shortages) };

/* What could not be asked for is asked for again, and nothing is lost. */
START_TEST(shortages_pass)
{
	struct calls calls = {0}, gone = {0};
	evutil_socket_t pair[2];
	struct event *ev;

	if (!use_ring())
		return;
	ev_sys.io_uring_enter = fail_to_enter;
	shortage = shortages[_i];
	event_add(fixture_event(
			  fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls),
		NULL);
	for (int i = 1; i <= 20; i++) {
		make_pair(pair);
		ev = fixture_event(
			pair[0], EV_READ | EV_PERSIST, note_call, &gone);
		event_add(ev, NULL);
		turns(1);
		failures_left = i % 5;
		send_byte(fx.peer);
		event_del(ev);
		while (calls.count < i)
			ck_assert_int_ge(
				event_base_loop(fx.base, EVLOOP_ONCE), 0);
		close_fd(&pair[0]);
		turns(2);
		ck_assert_int_eq(take_all(pair[1]), 0);
		ck_assert_int_eq(recv(pair[1], &(char){0}, 1, 0), 0);
		close_fd(&pair[1]);
	}
	ck_assert_int_eq(gone.count, 0);
}
END_TEST

static int
take_a_few(int ring, unsigned submit, unsigned await, unsigned flags,
	const void *arg, size_t size)
{
	return sys_call_io_uring_enter(
		ring, submit > 3 ? 3 : submit, await, flags, arg, size);
}

/* A kernel may take fewer requests than it was given. */
START_TEST(requests_that_are_not_taken_are_given_again)
{
	enum { PAIRS = 40 };
	evutil_socket_t pairs[PAIRS][2];
	struct calls calls[PAIRS] = {{0}};

	if (!use_ring())
		return;
	ev_sys.io_uring_enter = take_a_few;
	for (int i = 0; i < PAIRS; i++) {
		make_pair(pairs[i]);
		event_add(fixture_event(pairs[i][0], EV_READ | EV_PERSIST,
				  note_and_take, &calls[i]),
			NULL);
		send_byte(pairs[i][1]);
	}
	turns(PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		ck_assert_int_eq(calls[i].count, 1);
		close_fd(&pairs[i][0]);
		close_fd(&pairs[i][1]);
	}
}
END_TEST

static void
add_tests(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, what_refuses_it_is_told_in_words, 0, REFUSALS);
	tcase_add_loop_test(
		tcase, kernel_that_lacks_something_is_too_old, 0, NEEDED);
	tcase_add_loop_test(tcase, shortages_pass, 0, SHORTAGES);
	tcase_add_test(tcase, requests_that_are_not_taken_are_given_again);
}
#else
static void
add_tests(TCase *tcase)
{
	(void)tcase;
}
#endif

Suite *
suite_ring(void)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = tcase_create("ring");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
