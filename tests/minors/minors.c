/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of the suite that were built for different minors of their seams work
 * together, and make use of what both sides have: no less, and no more.
 *
 * The program is linked with a core of the backend seam 1.CORE_MINOR, and with
 * libev-signal and libev-buffer of their seams' 1.PARTS_MINOR.  The modules in
 * LIBEV_BACKEND_PATH are of 1.LIBEV_TEST_MODULES.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/ext_backend.h>

#include "../support/runner.h"

static const char *const all[] = {"epoll", "poll", "select", "io_uring"};

enum { ALL = sizeof(all) / sizeof(*all) };

static unsigned modules_minor;
static char messages[16384];

static void
note_message(int severity, const char *text)
{
	size_t length = strlen(messages);

	(void)severity;
	snprintf(messages + length, sizeof(messages) - length, "%s\n", text);
}

static int
was_said(const char *text)
{
	return strstr(messages, text) != NULL;
}

static void
setup(void)
{
	const char *minor = getenv("LIBEV_TEST_MODULES");

	ck_assert_ptr_nonnull(minor);
	modules_minor = (unsigned)atoi(minor);
	event_set_log_callback(note_message);
	event_enable_debug_logging(EVENT_DBG_ALL);
	messages[0] = '\0';
}

static struct event_base *
base_of(const char *name)
{
	const char *names[] = {name, NULL};
	struct event_config *config = event_config_new();
	struct event_base *base;

	ck_assert_int_eq(event_config_set_methods(config, names), 0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* --- modules --------------------------------------------------------------*/

struct usable {
	const char *name;
	int here; /* there is such a module, and the system lets us use it */
};

static int
look(const struct event_backend_info *info, void *arg)
{
	struct usable *usable = arg;

	if (strcmp(info->name, usable->name) != 0 || !info->usable)
		return 0;
	usable->here = 1;
	ck_assert_ptr_nonnull(info->file);
	ck_assert_uint_eq(info->abi_major, 1);
	ck_assert_uint_eq(info->abi_minor, modules_minor);
	return 1;
}

static int
is_built(const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s.so", getenv("LIBEV_BACKEND_PATH"),
		name);
	return access(path, R_OK) == 0;
}

/* io_uring may be refused here, and 1.0 did not have it. */
static int
is_usable(const char *name)
{
	struct usable usable = {.name = name};

	if (!is_built(name))
		return 0;
	setenv("LIBEV_BACKENDS", name, 1);
	event_backend_foreach(look, &usable);
	unsetenv("LIBEV_BACKENDS");
	ck_assert(usable.here || strcmp(name, "io_uring") == 0);
	return usable.here;
}

static void
count(evutil_socket_t fd, short what, void *counts)
{
	char byte;

	if (what & EV_READ)
		ck_assert_int_eq(read(fd, &byte, 1), 1);
	++((int *)counts)[what & EV_READ ? 0 : what & EV_SIGNAL ? 1 : 2];
}

/* A descriptor, a signal and a timer. */
static void
use(struct event_base *base)
{
	struct timeval soon = {.tv_usec = 1000};
	struct event *events[3];
	int counts[3] = {0}, pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	events[0] = event_new(base, pair[0], EV_READ, count, counts);
	events[1] = evsignal_new(base, SIGUSR1, count, counts);
	events[2] = evtimer_new(base, count, counts);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			event_add(events[i], i == 2 ? &soon : NULL), 0);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	raise(SIGUSR1);
	while (!counts[0] || !counts[1] || !counts[2])
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(counts[i], 1);
		event_free(events[i]);
	}
	close(pair[0]);
	close(pair[1]);
}

START_TEST(modules_of_another_minor_serve)
{
	struct event_base *base;

	if (!is_usable(all[_i]))
		return;
	base = base_of(all[_i]);
	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_base_get_method(base), all[_i]);
	use(base);
	event_base_free(base);
}
END_TEST

/* remark() is of backend 1.2: the core may ask, if the module has an answer. */
START_TEST(what_a_module_has_is_used_by_a_core_that_knows_it)
{
	struct event_base *base;

	if (!is_usable(all[_i]))
		return;
	messages[0] = '\0';
	base = base_of(all[_i]);
	ck_assert_int_eq(
		was_said("asked: "), CORE_MINOR >= 2 && modules_minor >= 2);
	event_base_free(base);
}
END_TEST

/* mood() is of host 1.1, which a core of backend 1.2 has. */
START_TEST(what_the_host_has_is_used_by_a_module_that_knows_it)
{
	struct event_base *base;

	if (!is_usable(all[_i]))
		return;
	messages[0] = '\0';
	base = base_of(all[_i]);
	ck_assert_int_eq(was_said("the host is merry"),
		CORE_MINOR >= 2 && modules_minor >= 2);
	ck_assert_int_eq(was_said("the host is moodless"),
		CORE_MINOR < 2 && modules_minor >= 2);
	event_base_free(base);
}
END_TEST

/* explain() is of backend 1.1.  The module's open() says -EPERM. */
START_TEST(refusal_is_explained_if_both_know_how)
{
	int explained = CORE_MINOR >= 1 && modules_minor >= 1;

	setenv("LIBEV_BACKEND_PATH", getenv("LIBEV_TEST_FORBIDDEN"), 1);
	ck_assert_ptr_null(base_of("forbidden"));
	ck_assert_int_eq(was_said("not on a Sunday"), explained);
	ck_assert_int_eq(was_said("Operation not permitted"), !explained);
}
END_TEST

/* --- the other libraries --------------------------------------------------*/

/* motto() is of signal 1.1. */
START_TEST(what_a_provider_has_is_used_by_a_core_that_knows_it)
{
	struct event_base *base = base_of("poll");

	use(base);
	event_base_free(base);
	ck_assert_int_eq(was_said("the provider says: none is lost"),
		CORE_MINOR >= 2 && PARTS_MINOR >= 1);
}
END_TEST

/* motto() is of core 1.1. */
START_TEST(what_the_core_has_is_used_by_buffers_that_know_it)
{
	struct evbuffer *buffer = evbuffer_new();

	ck_assert_ptr_nonnull(buffer);
	ck_assert_int_eq(evbuffer_add_printf(buffer, "%d", 42), 2);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 2);
	evbuffer_free(buffer);
	ck_assert_int_eq(
		was_said("festina lente"), CORE_MINOR >= 2 && PARTS_MINOR >= 1);
}
END_TEST

static Suite *
suite_minors(void)
{
	Suite *suite = suite_create("minors");
	TCase *tcase = tcase_create("minors");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, modules_of_another_minor_serve, 0, ALL);
	tcase_add_loop_test(tcase,
		what_a_module_has_is_used_by_a_core_that_knows_it, 0, ALL);
	tcase_add_loop_test(tcase,
		what_the_host_has_is_used_by_a_module_that_knows_it, 0, ALL);
	tcase_add_test(tcase, refusal_is_explained_if_both_know_how);
	tcase_add_test(
		tcase, what_a_provider_has_is_used_by_a_core_that_knows_it);
	tcase_add_test(
		tcase, what_the_core_has_is_used_by_buffers_that_know_it);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_minors, NULL});
}
