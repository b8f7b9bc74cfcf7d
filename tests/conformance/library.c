/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 15 and 22 to 25: memory, messages, fatal errors, debug mode.
 */
#include "suites.h"

#include <signal.h>
#include <string.h>

#include <event2/event_struct.h>
#include <event2/ext_backend.h>

#include "../support/fixture.h"

static const struct timeval minute = {.tv_sec = 60};

/* --- memory ---------------------------------------------------------------*/

struct session {
	struct event_base *base;
	struct event *evs[3];
	struct calls calls;
	evutil_socket_t pair[2];
	int refusals;
};

static int
refused(struct session *session, int refused)
{
	session->refusals += refused;
	return refused;
}

static void
open_session(struct session *session)
{
	struct event_config *cfg = event_config_new();
	const char *names[] = {test_backend(), NULL};

	if (refused(session, !cfg))
		return;
	/* Without its names another backend would be loaded, and kept. */
	if (!names[0] ||
		!refused(session, event_config_set_methods(cfg, names) < 0)) {
		refused(session, event_config_avoid_method(cfg, "win32") < 0);
		session->base = event_base_new_with_config(cfg);
		refused(session, !session->base);
	}
	event_config_free(cfg);
}

static void
add_events(struct session *session)
{
	static const struct {
		int number;
		short what;
	} kinds[] = {{0, EV_READ | EV_PERSIST}, {-1, EV_PERSIST},
		{SIGUSR1, EV_SIGNAL | EV_PERSIST}};
	struct event *ev;
	int i;

	for (i = 0; i < 3; i++) {
		ev = event_new(session->base,
			i ? kinds[i].number : session->pair[0], kinds[i].what,
			note_call, &session->calls);
		session->evs[i] = ev;
		if (!refused(session, !ev))
			refused(session, event_add(ev, &minute) < 0);
	}
}

static void
use_base(struct session *session)
{
	struct event_base *base = session->base;
	struct timeval now = {.tv_sec = 0};

	refused(session, event_base_priority_init(base, 3) < 0);
	add_events(session);
	refused(session, event_base_once(base, session->pair[1], EV_WRITE,
				 note_call, &session->calls, NULL) < 0);
	refused(session, !event_base_init_common_timeout(base, &minute));
	refused(session, event_base_loopexit(base, &now) < 0);
	if (session->evs[1])
		event_active(session->evs[1], EV_TIMEOUT, 1);
	refused(session, event_base_loop(base, EVLOOP_NONBLOCK) < 0);
}

static void
close_session(struct session *session)
{
	int i;

	for (i = 0; i < 3; i++)
		if (session->evs[i])
			event_free(session->evs[i]);
	if (session->base)
		event_base_free(session->base);
	memset(session->evs, 0, sizeof(session->evs));
	session->base = NULL;
}

static void
run_session(struct session *session)
{
	session->refusals = 0;
	open_session(session);
	if (session->base)
		use_base(session);
	close_session(session);
}

static void
forget_messages(void)
{
	messages_take(EVENT_LOG_WARN);
	messages_take(EVENT_LOG_ERR);
}

static void
try_with_failures(int and_later)
{
	struct session session = {.base = NULL};
	long nth = 0, blocks;

	make_pair(session.pair);
	run_session(&session); /* what is kept for ever is made here */
	ck_assert_int_eq(session.refusals, 0);
	blocks = alloc_blocks();
	do {
		alloc_fail(++nth, and_later);
		run_session(&session);
		ck_assert_msg(alloc_blocks() == blocks,
			"%ld blocks lost when allocation %ld fails",
			alloc_blocks() - blocks, nth);
	} while (alloc_has_failed());
	alloc_fail(0, 0);
	forget_messages();
	ck_assert_int_gt(nth, 5);
	run_session(&session);
	ck_assert_int_eq(session.refusals, 0);
	close_fd(&session.pair[0]);
	close_fd(&session.pair[1]);
}

START_TEST(b015_a_allocations_use_the_programs_functions)
{
	long calls = alloc_calls();
	struct event_base *base = fixture_base(0);
	struct event *ev;

	ck_assert_int_gt(alloc_calls(), calls);
	calls = alloc_calls();
	ev = event_new(base, -1, 0, note_call, NULL);
	ck_assert_int_gt(alloc_calls(), calls);
	event_free(ev);
	event_base_free(base);
}
END_TEST

START_TEST(b015_b_one_failed_allocation_leaks_nothing)
{
	try_with_failures(0);
}
END_TEST

START_TEST(b015_c_no_memory_any_more_leaks_nothing)
{
	try_with_failures(1);
}
END_TEST

START_TEST(b015_d_failed_allocation_is_null_or_minus_one)
{
	struct event_base *base;

	alloc_fail(1, 1);
	ck_assert_ptr_null(event_config_new());
	ck_assert_ptr_null(event_base_new());
	alloc_fail(0, 0);
	forget_messages();
	base = fixture_base(0);
	alloc_fail(1, 1);
	ck_assert_ptr_null(event_new(base, -1, 0, note_call, NULL));
	ck_assert_int_eq(
		event_base_once(base, -1, EV_TIMEOUT, note_call, NULL, &minute),
		-1);
	ck_assert_ptr_null(event_base_init_common_timeout(base, &minute));
	ck_assert_int_eq(event_base_priority_init(base, 200), -1);
	ck_assert_int_eq(event_base_get_npriorities(base), 1);
	alloc_fail(0, 0);
	forget_messages();
	event_base_free(base);
}
END_TEST

/* --- debug mode -----------------------------------------------------------*/

static void
setup_debug(void)
{
	fixture_setup_bare();
	event_enable_debug_mode();
}

START_TEST(b022_a_pending_event_is_not_to_be_assigned)
{
	struct event_base *base = fixture_base(0);
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ck_assert_int_eq(event_assign(&ev, base, -1, 0, note_call, NULL), 0);
	event_add(&ev, &minute);
	event_assign(&ev, base, -1, EV_PERSIST, note_call, NULL);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_gt(messages_take(EVENT_LOG_ERR), 0);
	ck_assert_int_eq(event_get_events(&ev), 0);
	ck_assert_int_eq(event_pending(&ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_del(&ev);
	ck_assert_int_eq(event_assign(&ev, base, -1, 0, note_call, NULL), 0);
	event_debug_unassign(&ev);
	event_base_free(base);
}
END_TEST

START_TEST(b022_b_event_has_to_be_assigned_before_use)
{
	struct event_base *base = fixture_base(0);
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ck_assert_int_eq(event_add(&ev, &minute), -1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_gt(messages_take(EVENT_LOG_ERR), 0);
	event_active(&ev, EV_READ, 1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_gt(messages_take(EVENT_LOG_ERR), 0);
	event_base_free(base);
}
END_TEST

START_TEST(b022_c_unassigned_event_is_unknown_again)
{
	struct event_base *base = fixture_base(0);
	struct event ev;

	event_assign(&ev, base, -1, 0, note_call, NULL);
	event_debug_unassign(&ev);
	ck_assert_int_eq(event_add(&ev, &minute), -1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_gt(messages_take(EVENT_LOG_ERR), 0);
	event_base_free(base);
}
END_TEST

START_TEST(b022_d_debug_mode_comes_first)
{
	struct event_base *base = fixture_base(0);

	event_enable_debug_mode();
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_gt(messages_take(EVENT_LOG_ERR), 0);
	event_base_free(base);
}
END_TEST

START_TEST(b022_e_proper_use_is_not_blamed)
{
	struct event_base *base = fixture_base(0);
	struct calls calls = {0};
	struct event *ev = event_new(base, -1, EV_PERSIST, note_call, &calls);
	struct event own;

	event_assign(&own, base, -1, 0, note_call, &calls);
	event_add(ev, &minute);
	event_active(ev, EV_READ, 1);
	event_active(&own, EV_READ, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(calls.count, 2);
	event_assign(&own, base, -1, EV_PERSIST, note_call, &calls);
	event_debug_unassign(&own);
	event_free(ev);
	event_base_free(base);
}
END_TEST

START_TEST(b022_f_past_events_take_no_memory)
{
	enum { LIVING = 100 };
	static struct event evs[LIVING * 3];
	struct event_base *base = fixture_base(0);
	long calls;
	int i, n;

	for (i = 0; i < LIVING; i++)
		event_assign(&evs[i], base, -1, 0, note_call, NULL);
	calls = alloc_calls();
	for (n = 0; n < 100000; n++, i++) {
		i %= LIVING * 3;
		event_debug_unassign(&evs[(i + LIVING * 2) % (LIVING * 3)]);
		event_assign(&evs[i], base, -1, 0, note_call, NULL);
	}
	ck_assert_int_eq(alloc_calls(), calls);
	for (n = 0; n < LIVING; n++, i++) {
		i %= LIVING * 3;
		event_debug_unassign(&evs[(i + LIVING * 2) % (LIVING * 3)]);
	}
	for (i = 0; i < LIVING * 3; i++)
		ck_assert_int_eq(event_add(&evs[i], NULL), -1);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), LIVING * 3);
	ck_assert_int_eq(messages_take(EVENT_LOG_ERR), LIVING * 3);
	event_base_free(base);
}
END_TEST

/* --- fatal errors and messages --------------------------------------------*/

static int fatal_calls;
static int fatal_code;

static void
note_fatal(int code)
{
	fatal_calls++;
	fatal_code = code;
}

START_TEST(b023_fatal_callback_is_called_instead_of_the_end)
{
	struct event_base *base = fixture_base(0);

	event_set_fatal_callback(note_fatal);
	event_enable_debug_mode();
	ck_assert_int_eq(fatal_calls, 1);
	ck_assert_int_ne(fatal_code, 0);
	event_set_fatal_callback(NULL);
	event_enable_debug_mode();
	ck_assert_int_eq(fatal_calls, 1);
	messages_take(EVENT_LOG_ERR);
	event_base_free(base);
}
END_TEST

static int last_severity = -1;
static char last_text[256];

static void
note_message(int severity, const char *text)
{
	last_severity = severity;
	strncpy(last_text, text, sizeof(last_text) - 1);
}

/* A loop within the loop: the library warns of it with every backend. */
static void
nest(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), -1);
}

static void
provoke_warning(struct event_base *base)
{
	struct event *ev = event_new(base, -1, 0, nest, base);

	event_active(ev, EV_READ, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_free(ev);
}

START_TEST(b024_a_log_callback_gets_severity_and_text)
{
	struct event_base *base = fixture_base(0);

	event_set_log_callback(note_message);
	provoke_warning(base);
	ck_assert_int_eq(last_severity, EVENT_LOG_WARN);
	ck_assert_uint_gt(strlen(last_text), 0);
	ck_assert_ptr_null(strchr(last_text, '\n'));
	event_base_free(base);
}
END_TEST

START_TEST(b024_b_without_a_callback_messages_go_to_stderr)
{
	struct event_base *base = fixture_base(0);
	int ends[2], saved = dup(STDERR_FILENO);
	char text[512];
	ssize_t size;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	event_set_log_callback(NULL);
	provoke_warning(base);
	ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	ck_assert_int_gt(size, 1);
	text[size] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "warn"));
	ck_assert_ptr_eq(strchr(text, '\n'), text + size - 1);
	close(ends[0]);
	close(saved);
	event_base_free(base);
}
END_TEST

/* The fixture looks, after libevent_global_shutdown(). */
START_TEST(b025_shutdown_leaves_nothing)
{
	struct session session = {.base = NULL};

	make_pair(session.pair);
	run_session(&session);
	event_get_supported_methods();
	ck_assert_int_eq(session.refusals, 0);
	close_fd(&session.pair[0]);
	close_fd(&session.pair[1]);
}
END_TEST

Suite *
suite_library(void)
{
	Suite *suite = suite_create("library");
	TCase *bare = tcase_create("library");
	TCase *debug = tcase_create("debug_mode");

	tcase_add_checked_fixture(
		bare, fixture_setup_bare, fixture_teardown_bare);
	tcase_add_test(bare, b015_a_allocations_use_the_programs_functions);
	tcase_add_test(bare, b015_b_one_failed_allocation_leaks_nothing);
	tcase_add_test(bare, b015_c_no_memory_any_more_leaks_nothing);
	tcase_add_test(bare, b015_d_failed_allocation_is_null_or_minus_one);
	tcase_add_test(bare, b022_d_debug_mode_comes_first);
	tcase_add_test(bare, b023_fatal_callback_is_called_instead_of_the_end);
	tcase_add_test(bare, b024_a_log_callback_gets_severity_and_text);
	tcase_add_test(bare, b024_b_without_a_callback_messages_go_to_stderr);
	tcase_add_test(bare, b025_shutdown_leaves_nothing);
	suite_add_tcase(suite, bare);

	tcase_add_checked_fixture(debug, setup_debug, fixture_teardown_bare);
	tcase_add_test(debug, b022_a_pending_event_is_not_to_be_assigned);
	tcase_add_test(debug, b022_b_event_has_to_be_assigned_before_use);
	tcase_add_test(debug, b022_c_unassigned_event_is_unknown_again);
	tcase_add_test(debug, b022_f_past_events_take_no_memory);
	tcase_add_test(debug, b022_e_proper_use_is_not_blamed);
	suite_add_tcase(suite, debug);
	return suite;
}
