/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which tables of libev-signal the core takes.  This file stands in for that
 * library, which may be of another release than the core.
 */
#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <libev-abi/signal.h>

#include "../support/runner.h"

/* --- a provider -----------------------------------------------------------*/

static int ends[2]; /* what is written to the second has arrived */

static int
fake_open(const struct ev_host *host, void **self_out)
{
	(void)host;
	*self_out = ends;
	return pipe(ends);
}

static void
fake_close(void *self)
{
	(void)self;
	close(ends[0]);
	close(ends[1]);
}

static ev_fd
fake_fd(void *self)
{
	(void)self;
	return ends[0];
}

static int
fake_watch(void *self, int signo)
{
	(void)self, (void)signo;
	return 0;
}

static int
fake_drain(void *self, uint32_t counts[EV_SIGNAL_MAX])
{
	unsigned char signo;

	(void)self;
	if (read(ends[0], &signo, 1) == 1)
		counts[signo]++;
	return 0;
}

static int
fake_reopen(void *self)
{
	(void)self;
	return 0;
}

static const struct ev_signal_ops sound = {
	.abi_version = EV_SIGNAL_ABI,
	.struct_size = sizeof(struct ev_signal_ops),
	.name = "fake",
	.open = fake_open,
	.close = fake_close,
	.fd = fake_fd,
	.watch = fake_watch,
	.unwatch = fake_watch,
	.drain = fake_drain,
	.reopen = fake_reopen,
};

static struct ev_signal_ops table;
static int is_there;

const struct ev_signal_ops *
ev_signal_provider(uint32_t abi_version, const char *name)
{
	ck_assert_uint_eq(abi_version, EV_SIGNAL_ABI);
	return is_there && (!name || strcmp(name, "fake") == 0) ? &table : NULL;
}

/* --- what the core makes of it --------------------------------------------*/

static char warnings[2048];

static void
note_message(int severity, const char *text)
{
	size_t length = strlen(warnings);

	if (severity == EVENT_LOG_WARN)
		snprintf(warnings + length, sizeof(warnings) - length, "%s\n",
			text);
}

static void
setup(void)
{
	event_set_log_callback(note_message);
	table = sound;
	warnings[0] = '\0';
	is_there = 1;
}

static void
note_signal(evutil_socket_t signo, short what, void *count)
{
	ck_assert_int_eq(signo, SIGUSR1);
	ck_assert_int_eq(what, EV_SIGNAL);
	++*(int *)count;
}

static void
expect_taken(void)
{
	struct event_base *base = event_base_new();
	int count = 0;
	struct event *ev = evsignal_new(base, SIGUSR1, note_signal, &count);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(write(ends[1], &(char){SIGUSR1}, 1), 1);
	while (count == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(count, 1);
	event_free(ev);
	event_base_free(base);
	ck_assert_str_eq(warnings, "");
}

/* The event is not added, which is said; everything else goes on. */
static void
expect_refused(const char *why)
{
	struct event_base *base = event_base_new();
	int count = 0;
	struct event *ev = evsignal_new(base, SIGUSR1, note_signal, &count);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_msg(strstr(warnings, why) != NULL, "%s", warnings);
	ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	event_free(ev);
	event_base_free(base);
}

START_TEST(provider_of_this_version_is_taken)
{
	expect_taken();
}
END_TEST

START_TEST(longer_table_of_a_later_minor_is_taken)
{
	table.abi_version = EV_SIGNAL_ABI + 5;
	table.struct_size = 4096;
	expect_taken();
}
END_TEST

START_TEST(library_of_another_major_is_refused)
{
	is_there = 0;
	expect_refused("provider of this system is not used: libev-signal");
}
END_TEST

START_TEST(name_that_is_not_known_is_told)
{
	setenv("LIBEV_SIGNALS", "telepathy", 1);
	expect_refused("provider telepathy is not used: libev-signal");
}
END_TEST

START_TEST(table_of_another_major_is_refused)
{
	table.abi_version = EV_ABI_VERSION(2, 0);
	expect_refused("another major");
}
END_TEST

START_TEST(short_table_is_refused)
{
	table.struct_size = offsetof(struct ev_signal_ops, reopen);
	expect_refused("shorter");
}
END_TEST

START_TEST(table_without_a_mandatory_function_is_refused)
{
	if (_i == 0)
		table.drain = NULL;
	else
		table.reopen = NULL;
	expect_refused("missing");
}
END_TEST

static Suite *
suite_providers(void)
{
	Suite *suite = suite_create("providers");
	TCase *tcase = tcase_create("providers");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, provider_of_this_version_is_taken);
	tcase_add_test(tcase, longer_table_of_a_later_minor_is_taken);
	tcase_add_test(tcase, library_of_another_major_is_refused);
	tcase_add_test(tcase, name_that_is_not_known_is_told);
	tcase_add_test(tcase, table_of_another_major_is_refused);
	tcase_add_test(tcase, short_table_is_refused);
	tcase_add_loop_test(
		tcase, table_without_a_mandatory_function_is_refused, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_providers, NULL});
}
