/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The notes that the suite was asked for by, statement by statement.  Their
 * sections, and where each is tested:
 *
 *   event_base; locks, threads     seed_base_*, seed_methods_*,
 *                                  seed_constants_*
 *   default and complex bases      seed_new_*, seed_config_*, seed_avoided_*,
 *                                  seed_required_*, seed_flag_*,
 *                                  seed_configuration_*, seed_changelist_*
 *   the backend in use             seed_example_lists_*, seed_example_tells_*
 *   priorities of a base, fork     seed_priorities_*, seed_example_goes_on_*
 *   the loop                       seed_loop_*, seed_dispatch_*
 *   stopping it                    seed_example_watchdog_*, _ticks_*,
 *                                  seed_loopexit_*, seed_loopbreak_*,
 *                                  seed_got_*
 *   dumping                        seed_dump_*
 *   events and their states        seed_event_*, seed_new_event_*
 *   making events                  seed_event_new_*, seed_pending_and_*,
 *                                  seed_example_reads_*
 *   persistence                    seed_persistent_*, seed_callback_*
 *   signals                        seed_example_hears_*, seed_every_base_*
 *   adding and deleting            seed_add_*, seed_time_*, seed_del_*,
 *                                  seed_deleted_*
 *   priorities of events           seed_priority_*, seed_default_*,
 *                                  seed_example_important_*
 *   asking an event                seed_pending_tells_*, seed_getters_*,
 *                                  seed_example_replaces_*
 *   once, and by hand              seed_once_*, seed_active_*
 *
 * The notes' example programs stand here as functions, as far as they can with
 * what they print going to a file; where the notes misspell a name the real
 * one counts, and where they wait for seconds these wait for milliseconds.
 * Bufferevents, the notes' last section, are another library's.
 */
#include "suites.h"

#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <event2/event_struct.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

#include "../support/fixture.h"
#include "../support/trail.h"

static const struct timeval minute = {.tv_sec = 60};

/* --- what the examples print ----------------------------------------------*/

static FILE *screen;

static FILE *
open_screen(void)
{
	screen = tmpfile();
	ck_assert_ptr_nonnull(screen);
	return screen;
}

/* All that was printed; closes the screen. */
static const char *
read_screen(void)
{
	static char text[4096];
	size_t size;

	rewind(screen);
	size = fread(text, 1, sizeof(text) - 1, screen);
	text[size] = '\0';
	fclose(screen);
	return text;
}

/* --- configuration and backends -------------------------------------------*/

START_TEST(seed_constants_have_the_values_of_the_notes)
{
	ck_assert_int_eq(EV_FEATURE_ET, 0x01);
	ck_assert_int_eq(EV_FEATURE_O1, 0x02);
	ck_assert_int_eq(EV_FEATURE_FDS, 0x04);
	ck_assert_int_eq(EVENT_BASE_FLAG_NOLOCK, 0x01);
	ck_assert_int_eq(EVENT_BASE_FLAG_IGNORE_ENV, 0x02);
	ck_assert_int_eq(EVENT_BASE_FLAG_STARTUP_IOCP, 0x04);
	ck_assert_int_eq(EVENT_BASE_FLAG_NO_CACHE_TIME, 0x08);
	ck_assert_int_eq(EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST, 0x10);
	ck_assert_int_eq(EVENT_BASE_FLAG_PRECISE_TIMER, 0x20);
	ck_assert_int_eq(EVLOOP_ONCE, 0x01);
	ck_assert_int_eq(EVLOOP_NONBLOCK, 0x02);
	ck_assert_int_eq(EVLOOP_NO_EXIT_ON_EMPTY, 0x04);
	ck_assert_int_eq(EV_TIMEOUT, 0x01);
	ck_assert_int_eq(EV_READ, 0x02);
	ck_assert_int_eq(EV_WRITE, 0x04);
	ck_assert_int_eq(EV_SIGNAL, 0x08);
	ck_assert_int_eq(EV_PERSIST, 0x10);
	ck_assert_int_eq(EV_ET, 0x20);
}
END_TEST

START_TEST(seed_new_base_has_default_settings)
{
	struct event_base *base = event_base_new();

	ck_assert_ptr_nonnull(base);
	ck_assert_ptr_nonnull(event_base_get_method(base));
	ck_assert_int_eq(event_base_get_npriorities(base), 1);
	event_base_free(base);
}
END_TEST

/* Have the environment rule a method out. */
static void
forbid(const char *method)
{
	char name[64] = "EVENT_NO";
	size_t length = strlen(name);

	while (*method && length + 1 < sizeof(name))
		name[length++] = (char)toupper((unsigned char)*method++);
	ck_assert_int_eq(setenv(name, "1", 1), 0);
}

static void
expect_method(struct event_base *base, const char *method)
{
	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_base_get_method(base), method);
	event_base_free(base);
}

/* The fastest is the first of the list; the next one is the second. */
START_TEST(seed_new_base_looks_at_the_environment)
{
	const char **methods = event_get_supported_methods();
	const char *first = methods[0], *second = methods[1];

	if (!second)
		return;
	expect_method(event_base_new(), first);
	forbid(first);
	expect_method(event_base_new(), second);
}
END_TEST

START_TEST(seed_new_without_memory_gives_nothing)
{
	alloc_fail(1, 1);
	ck_assert_ptr_null(event_base_new());
	ck_assert_ptr_null(event_config_new());
	ck_assert_ptr_null(event_new(fx.base, -1, 0, note_call, NULL));
	alloc_fail(0, 0);
	messages_take(EVENT_LOG_WARN);
}
END_TEST

START_TEST(seed_flag_ignore_env_hides_the_environment)
{
	const char **methods = event_get_supported_methods();
	struct event_config *cfg = event_config_new();
	const char *first = methods[0];

	forbid(first);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV);
	expect_method(event_base_new_with_config(cfg), first);
	event_config_free(cfg);
}
END_TEST

/* The time that callbacks see: their turn's, or the clock's. */
static struct timeval seen[2];

static void
see_time(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_gettimeofday_cached(base, &seen[0]);
	clock_burn_ms(2);
	event_base_gettimeofday_cached(base, &seen[1]);
}

static int64_t
time_passed_in_a_callback(int flags)
{
	struct event_base *base = fixture_base(flags);
	const struct timeval now = {.tv_sec = 0};

	event_base_once(base, -1, EV_TIMEOUT, see_time, base, &now);
	event_base_dispatch(base);
	event_base_free(base);
	return clock_us_between(&seen[0], &seen[1]);
}

START_TEST(seed_flag_no_cache_time_looks_at_the_clock_each_time)
{
	ck_assert_int_eq(time_passed_in_a_callback(0), 0);
	ck_assert_int_gt(
		time_passed_in_a_callback(EVENT_BASE_FLAG_NO_CACHE_TIME), 0);
}
END_TEST

/* A base with these flags works as any other does. */
START_TEST(seed_config_takes_every_flag)
{
	static const int flags[] = {EVENT_BASE_FLAG_NOLOCK,
		EVENT_BASE_FLAG_IGNORE_ENV, EVENT_BASE_FLAG_STARTUP_IOCP,
		EVENT_BASE_FLAG_NO_CACHE_TIME,
		EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST,
		EVENT_BASE_FLAG_PRECISE_TIMER};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct event_base *base = fixture_base(flags[i]);
		struct calls calls = {0};
		struct event *ev = event_new(
			base, fx.fd, EV_WRITE, note_call, &calls);

		ck_assert_int_eq(event_add(ev, NULL), 0);
		ck_assert_int_eq(event_base_dispatch(base), 1);
		ck_assert_int_eq(calls.count, 1);
		event_free(ev);
		event_base_free(base);
	}
}
END_TEST

START_TEST(seed_config_calls_return_0_or_minus_1)
{
	struct event_config *cfg = event_config_new();
	enum event_base_config_flag flag = EVENT_BASE_FLAG_NO_CACHE_TIME;

	ck_assert_ptr_nonnull(cfg);
	ck_assert_int_eq(event_config_avoid_method(cfg, "devpoll"), 0);
	ck_assert_int_eq(event_config_require_features(cfg, 0), 0);
	ck_assert_int_eq(event_config_set_flag(cfg, flag), 0);
	event_config_free(cfg);
	ck_assert_int_eq(event_config_avoid_method(NULL, "poll"), -1);
	ck_assert_int_eq(event_config_require_features(NULL, 0), -1);
	ck_assert_int_eq(event_config_set_flag(NULL, flag), -1);
}
END_TEST

START_TEST(seed_avoided_method_is_not_used)
{
	struct event_config *cfg = event_config_new();
	const char **methods = event_get_supported_methods();
	struct event_base *base;

	if (!methods[1]) {
		event_config_free(cfg);
		return;
	}
	ck_assert_int_eq(event_config_avoid_method(cfg, methods[0]), 0);
	base = event_base_new_with_config(cfg);
	ck_assert_ptr_nonnull(base);
	ck_assert_str_ne(event_base_get_method(base), methods[0]);
	event_base_free(base);
	event_config_free(cfg);
}
END_TEST

/* Whoever has no such feature is not used. */
START_TEST(seed_required_features_choose_the_method)
{
	static const int features[] = {
		EV_FEATURE_ET, EV_FEATURE_O1, EV_FEATURE_FDS};

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		struct event_config *cfg = event_config_new();
		struct event_base *base;

		event_config_require_features(cfg, features[i]);
		base = event_base_new_with_config(cfg);
		event_config_free(cfg);
		if (!base) {
			messages_take(EVENT_LOG_WARN);
			continue;
		}
		ck_assert_int_eq(event_base_get_features(base) & features[i],
			features[i]);
		event_base_free(base);
	}
}
END_TEST

START_TEST(seed_configuration_nobody_can_satisfy_gives_no_base)
{
#ifdef __linux__
	struct event_config *cfg = event_config_new();

	ck_assert_int_eq(event_config_require_features(
				 cfg, EV_FEATURE_FDS | EV_FEATURE_O1),
		0);
	ck_assert_ptr_null(event_base_new_with_config(cfg));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	event_config_free(cfg);
#endif
}
END_TEST

START_TEST(seed_changelist_can_be_asked_for_by_environment)
{
	struct calls calls = {0};
	struct event_base *base;

	setenv("EVENT_EPOLL_USE_CHANGELIST", "1", 1);
	base = fixture_base(0);
	ck_assert_int_eq(
		event_base_once(base, fx.fd, EV_WRITE, note_call, &calls, NULL),
		0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(calls.count, 1);
	event_base_free(base);
	unsetenv("EVENT_EPOLL_USE_CHANGELIST");
}
END_TEST

static void
example_methods(FILE *out)
{
	int i;
	const char **methods = event_get_supported_methods();

	fprintf(out, "Starting Libevent %s. Available methods are:\n",
		event_get_version());
	for (i = 0; methods[i] != NULL; ++i) {
		fprintf(out, "    %s\n", methods[i]);
	}
}

START_TEST(seed_example_lists_the_methods)
{
	const char **methods = event_get_supported_methods();
	char expected[512];
	int n = snprintf(expected, sizeof(expected),
		"Starting Libevent %s. Available methods are:\n",
		event_get_version());

	for (int i = 0; methods[i]; i++)
		n += snprintf(expected + n, sizeof(expected) - (size_t)n,
			"    %s\n", methods[i]);
	example_methods(open_screen());
	ck_assert_str_eq(read_screen(), expected);
}
END_TEST

START_TEST(seed_methods_are_those_of_the_notes)
{
	static const char *const notes[] = {"select", "poll", "epoll", "kqueue",
		"devpoll", "evport", "win32", "io_uring"};
	const char **methods = event_get_supported_methods();

	for (int i = 0; methods[i]; i++) {
		int known = 0;

		for (size_t k = 0; k < sizeof(notes) / sizeof(*notes); k++)
			known |= strcmp(methods[i], notes[k]) == 0;
		ck_assert_msg(known, "method %s", methods[i]);
	}
}
END_TEST

static void
example_backend(struct event_base *base, FILE *out)
{
	int f;

	if (!base) {
		fputs("Couldn't get an event_base!\n", out);
	} else {
		fprintf(out, "Using Libevent with backend method %s.",
			event_base_get_method(base));
		f = event_base_get_features(base);
		if ((f & EV_FEATURE_ET))
			fprintf(out, "    Edge-triggered events are "
				     "supported.");
		if ((f & EV_FEATURE_O1))
			fprintf(out, "    O(1) event notification is "
				     "supported.");
		if ((f & EV_FEATURE_FDS))
			fprintf(out, "    All FD types are supported");
		fputs("\n", out);
	}
}

START_TEST(seed_example_tells_backend_and_features)
{
	const char *method = event_base_get_method(fx.base);
	int features = event_base_get_features(fx.base);
	const char *text;

	example_backend(fx.base, open_screen());
	text = read_screen();
	ck_assert_ptr_nonnull(strstr(text, method));
	ck_assert_int_eq(
		strstr(text, "Edge") != NULL, (features & EV_FEATURE_ET) != 0);
	ck_assert_int_eq(
		strstr(text, "O(1)") != NULL, (features & EV_FEATURE_O1) != 0);
	ck_assert_int_eq(strstr(text, "All FD") != NULL,
		(features & EV_FEATURE_FDS) != 0);
}
END_TEST

/* --- threads --------------------------------------------------------------*/

struct helper {
	pthread_t thread;
	struct event *ev;
	int loop_result;
};

/* Uses the base while its loop runs, and tries to run it as well. */
static void *
use_base(void *arg)
{
	struct helper *helper = arg;
	struct event *own_event = event_new(fx.base, -1, 0, note_call, NULL);

	event_add(own_event, &minute);
	helper->loop_result = event_base_loop(fx.base, EVLOOP_NONBLOCK);
	event_free(own_event);
	event_active(helper->ev, EV_READ, 1);
	return NULL;
}

static void
start_helper(evutil_socket_t fd, short what, void *arg)
{
	struct helper *helper = arg;

	(void)fd;
	(void)what;
	ck_assert_int_eq(
		pthread_create(&helper->thread, NULL, use_base, helper), 0);
}

START_TEST(seed_base_is_used_by_threads_and_run_by_one)
{
	struct helper helper = {.loop_result = 7};
	struct calls calls = {0};
	const struct timeval now = {.tv_sec = 0};

	if (!test_threads())
		return;
	helper.ev = fixture_event(fx.fd, EV_READ, note_call, &calls);
	event_add(helper.ev, NULL);
	event_base_once(fx.base, -1, EV_TIMEOUT, start_helper, &helper, &now);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	pthread_join(helper.thread, NULL);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(helper.loop_result, -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

/* --- priorities of a base, and fork ---------------------------------------*/

START_TEST(seed_priorities_are_at_least_1_and_have_a_limit)
{
	ck_assert_int_eq(event_base_priority_init(fx.base, 0), -1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 1), 0);
	ck_assert_int_eq(
		event_base_priority_init(fx.base, EVENT_MAX_PRIORITIES + 1),
		-1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 5), 0);
	for (int priority = 0; priority < 5; priority++)
		ck_assert_int_eq(event_priority_set(
					 fixture_event(-1, 0, note_call, NULL),
					 priority),
			0);
}
END_TEST

START_TEST(seed_priorities_are_set_before_an_event_is_active)
{
	struct calls calls = {0};

	event_active(fixture_event(-1, 0, note_call, &calls), EV_READ, 1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 3), -1);
	turns(1);
	ck_assert_int_eq(event_base_priority_init(fx.base, 3), 0);
}
END_TEST

START_TEST(seed_example_goes_on_in_the_child)
{
	struct calls calls = {0};
	int status;
	pid_t child;

	event_add(fixture_event(fx.fd, EV_WRITE, note_call, &calls), NULL);
	child = fork();
	if (child) {
		ck_assert_int_eq(event_base_dispatch(fx.base), 1);
		ck_assert_int_eq(calls.count, 1);
	} else {
		if (event_reinit(fx.base) != 0)
			_exit(1);
		if (event_base_dispatch(fx.base) != 1)
			_exit(2);
		_exit(calls.count == 1 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* --- the loop -------------------------------------------------------------*/

START_TEST(seed_loop_runs_until_nothing_is_registered)
{
	struct calls reads = {0}, times = {0};
	const struct timeval soon = {.tv_usec = 5000};

	event_add(fixture_event(fx.fd, EV_READ, note_call, &reads), NULL);
	event_add(fixture_event(-1, 0, note_call, &times), &soon);
	send_byte(fx.peer);
	ck_assert_int_eq(event_base_loop(fx.base, 0), 1);
	ck_assert_int_eq(reads.count, 1);
	ck_assert_int_eq(times.count, 1);
}
END_TEST

START_TEST(seed_loop_once_waits_runs_all_and_returns)
{
	const struct timeval soon = {.tv_usec = 5000};
	struct calls calls = {0}, later = {0};

	event_add(fixture_event(-1, 0, note_call, &calls), &soon);
	event_add(fixture_event(-1, 0, note_call, &later), &minute);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(later.count, 0);
}
END_TEST

START_TEST(seed_loop_nonblock_does_not_wait)
{
	struct calls calls = {0}, later = {0};
	int64_t began = clock_real_ns();

	event_add(fixture_event(fx.fd, EV_READ, note_call, &later), &minute);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	event_add(fixture_event(fx.fd, EV_WRITE, note_call, &calls), NULL);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(later.count, 0);
	ck_assert_int_lt(clock_ms_since(began), 30000);
}
END_TEST

START_TEST(seed_loop_no_exit_on_empty_goes_on_without_events)
{
	const struct timeval soon = {.tv_usec = 5000};

	event_base_loopexit(fx.base, &soon);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	ck_assert(event_base_got_exit(fx.base));
	ck_assert_int_eq(event_base_loop(fx.base, 0), 1);
}
END_TEST

/* Its descriptor is the backend's; others have none to take away. */
START_TEST(seed_loop_returns_minus_1_when_its_backend_fails)
{
	evutil_socket_t fd = event_base_get_pollable_fd(fx.base);

	if (fd < 0)
		return;
	event_add(fixture_event(-1, 0, note_call, NULL), &minute);
	turns(1); /* whatever there is to be told is told */
	close_fd(&fd);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

/* The algorithm of the notes: the most urgent run, then all is looked at. */
START_TEST(seed_loop_looks_again_after_each_priority)
{
	event_base_priority_init(fx.base, 3);
	add_active(mark, "c", 2);
	add_active(mark_and_send, "b", 1);
	add_reader(mark_and_take, "a", 0);
	turns(3);
	ck_assert_str_eq(trail(), "bac");
}
END_TEST

START_TEST(seed_dispatch_is_loop_without_flags)
{
	struct calls calls = {0};

	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	event_add(fixture_event(fx.fd, EV_WRITE, note_call, &calls), NULL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
}
END_TEST

/* --- its ends -------------------------------------------------------------*/

/* A callback that calls loopbreak, as in the notes' first example. */
static void
break_cb(evutil_socket_t sock, short what, void *arg)
{
	struct event_base *base = arg;

	(void)sock;
	(void)what;
	leave_mark("!");
	event_base_loopbreak(base);
}

static void
example_watchdog(struct event_base *base, evutil_socket_t watchdog_fd)
{
	struct event *watchdog_event;

	watchdog_event = event_new(base, watchdog_fd, EV_READ, break_cb, base);
	event_add(watchdog_event, NULL);
	event_base_dispatch(base);
	event_free(watchdog_event);
}

START_TEST(seed_example_watchdog_ends_the_loop_at_once)
{
	send_byte(fx.peer);
	/* Newest first: it is active when the watchdog's callback runs. */
	event_base_priority_init(fx.base, 3);
	add_reader(mark, "x", 2);
	example_watchdog(fx.base, fx.fd);
	ck_assert_str_eq(trail(), "!");
	ck_assert(event_base_got_break(fx.base));
	ck_assert(!event_base_got_exit(fx.base));
}
END_TEST

/* The second example, with 10 ms for 10 s, and an end after three ticks. */
static void
example_ticks(struct event_base *base, FILE *out)
{
	struct timeval ten_ms;
	int ticks = 3;

	ten_ms.tv_sec = 0;
	ten_ms.tv_usec = 10000;
	while (ticks--) {
		event_base_loopexit(base, &ten_ms);
		event_base_dispatch(base);
		fputs("Tick\n", out);
	}
}

START_TEST(seed_example_ticks_no_faster_than_told)
{
	int64_t began = clock_real_ns();

	example_ticks(fx.base, open_screen());
	ck_assert_str_eq(read_screen(), "Tick\nTick\nTick\n");
	ck_assert_int_ge(clock_ms_since(began), 30);
	ck_assert(event_base_got_exit(fx.base));
}
END_TEST

START_TEST(seed_loopexit_ends_after_the_time_given)
{
	const struct timeval soon = {.tv_usec = 10000};
	int64_t began = clock_real_ns();

	event_add(fixture_event(fx.fd, EV_READ, note_call, NULL), NULL);
	event_base_loopexit(fx.base, &soon);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_int_ge(clock_ms_since(began), 10);
	ck_assert(event_base_got_exit(fx.base));
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(seed_loopexit_lets_active_callbacks_finish)
{
	add_active(mark_and_exit, "a", 0);
	add_active(mark, "b", 0);
	add_active(mark, "c", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "abc");
}
END_TEST

START_TEST(seed_loopbreak_ends_after_the_present_callback)
{
	add_active(mark_and_break, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "a");
}
END_TEST

START_TEST(seed_loopexit_outside_a_loop_ends_the_next_after_a_round)
{
	event_base_loopexit(fx.base, NULL);
	event_add(fixture_event(-1, EV_PERSIST, mark, (char[]){"t"}), &minute);
	add_active(mark, "a", 0);
	add_active(mark, "b", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_str_eq(trail(), "ab");
}
END_TEST

START_TEST(seed_loopbreak_outside_a_loop_has_no_effect)
{
	event_base_loopbreak(fx.base);
	add_active(mark, "a", 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "a");
	ck_assert(!event_base_got_break(fx.base));
}
END_TEST

START_TEST(seed_got_exit_and_got_break_are_set_anew_by_each_loop)
{
	add_active(mark_and_break, "a", 0);
	event_base_dispatch(fx.base);
	ck_assert(event_base_got_break(fx.base));
	add_active(mark_and_exit, "b", 0);
	event_base_dispatch(fx.base);
	ck_assert(!event_base_got_break(fx.base));
	ck_assert(event_base_got_exit(fx.base));
	event_base_dispatch(fx.base);
	ck_assert(!event_base_got_exit(fx.base));
}
END_TEST

START_TEST(seed_dump_lists_the_events)
{
	const char *text;
	char number[32];

	event_add(fixture_event(fx.fd, EV_READ, note_call, NULL), &minute);
	event_base_dump_events(fx.base, open_screen());
	text = read_screen();
	snprintf(number, sizeof(number), "%d]", (int)fx.fd);
	ck_assert_ptr_nonnull(strstr(text, number));
	ck_assert_ptr_nonnull(strstr(text, "Read"));
}
END_TEST

/* --- events and their states ----------------------------------------------*/

START_TEST(seed_new_event_is_initialized_and_not_pending)
{
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, NULL);

	ck_assert(event_initialized(ev));
	ck_assert_int_eq(
		event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(
		event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

/* The conditions that an event stands for: each makes its callback run. */
START_TEST(seed_event_waits_for_each_kind_of_condition)
{
	const struct timeval soon = {.tv_usec = 1000};
	struct calls reads = {0}, writes = {0}, times = {0}, user = {0};
	struct event *triggered = fixture_event(-1, 0, note_call, &user);

	send_byte(fx.peer);
	event_add(fixture_event(fx.fd, EV_READ, note_call, &reads), NULL);
	event_add(fixture_event(fx.fd, EV_WRITE, note_call, &writes), NULL);
	event_add(fixture_event(-1, 0, note_call, &times), &soon);
	event_active(triggered, EV_WRITE, 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(reads.what, EV_READ);
	ck_assert_int_eq(writes.what, EV_WRITE);
	ck_assert_int_eq(times.what, EV_TIMEOUT);
	ck_assert_int_eq(user.what, EV_WRITE);
}
END_TEST

/* Becoming ready is told, being ready is not. */
START_TEST(seed_event_edge_triggered_waits_for_changes)
{
	struct calls calls = {0};

	if (!test_has(EV_FEATURE_ET))
		return;
	event_add(fixture_event(fx.fd, EV_READ | EV_ET | EV_PERSIST, note_call,
			  &calls),
		NULL);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	send_byte(fx.peer);
	turns(3);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

/* Each arrow of the notes' picture. */
START_TEST(seed_event_goes_through_its_states)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, &calls);

	ck_assert_int_eq(event_add(ev, NULL), 0); /* -> pending */
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	ck_assert_int_eq(event_del(ev), 0); /* -> initialized */
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	send_byte(fx.peer);
	turns(1); /* -> active -> initialized */
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	ck_assert_int_eq(event_add(ev, NULL), 0); /* and again */
	turns(1);
	ck_assert_int_eq(calls.count, 2);
	event_active(ev, EV_READ, 1); /* initialized -> active */
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	ck_assert_int_eq(event_del(ev), 0); /* active -> initialized */
	turns(1);
	ck_assert_int_eq(calls.count, 2);
}
END_TEST

START_TEST(seed_event_new_refuses_what_makes_no_sense)
{
	ck_assert_ptr_null(event_new(
		fx.base, SIGUSR1, EV_SIGNAL | EV_READ, note_call, NULL));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

START_TEST(seed_pending_and_active_events_may_be_freed)
{
	struct event *pending = event_new(
		fx.base, fx.fd, EV_READ, mark, (char[]){"p"});
	struct event *active = event_new(fx.base, -1, 0, mark, (char[]){"a"});

	event_add(pending, &minute);
	event_active(active, EV_READ, 1);
	event_free(pending);
	event_free(active);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_str_eq(trail(), "");
}
END_TEST

static int events_seen;

static void
cb_func(evutil_socket_t fd, short what, void *arg)
{
	const char *data = arg;

	fprintf(screen, "Got an event on socket %d:%s%s%s%s [%s]\n", (int)fd,
		(what & EV_TIMEOUT) ? " timeout" : "",
		(what & EV_READ) ? " read" : "",
		(what & EV_WRITE) ? " write" : "",
		(what & EV_SIGNAL) ? " signal" : "", data);
	if (++events_seen == 2)
		event_base_loopbreak(fx.base);
}

static void
example_two_events(
	struct event_base *base, evutil_socket_t fd1, evutil_socket_t fd2)
{
	struct event *ev1, *ev2;
	struct timeval five_seconds = {5, 0};

	ev1 = event_new(base, fd1, EV_TIMEOUT | EV_READ | EV_PERSIST, cb_func,
		(char[]){"Reading event"});
	ev2 = event_new(base, fd2, EV_WRITE | EV_PERSIST, cb_func,
		(char[]){"Writing event"});
	event_add(ev1, &five_seconds);
	event_add(ev2, NULL);
	event_base_dispatch(base);
	event_free(ev1);
	event_free(ev2);
}

START_TEST(seed_example_reads_and_writes)
{
	char line[128];
	const char *text;

	open_screen();
	send_byte(fx.peer);
	example_two_events(fx.base, fx.fd, fx.peer);
	text = read_screen();
	snprintf(line, sizeof(line),
		"Got an event on socket %d: read [Reading event]\n",
		(int)fx.fd);
	ck_assert_ptr_nonnull(strstr(text, line));
	snprintf(line, sizeof(line),
		"Got an event on socket %d: write [Writing event]\n",
		(int)fx.peer);
	ck_assert_ptr_nonnull(strstr(text, line));
}
END_TEST

/* --- persistence ----------------------------------------------------------*/

static struct event *own;
static int pending_inside;

static void
look_at_itself(evutil_socket_t fd, short what, void *again)
{
	(void)fd;
	(void)what;
	pending_inside = event_pending(own, EV_READ, NULL);
	if (again)
		event_add(own, NULL);
}

static void
delete_itself(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(event_del(own), 0);
}

START_TEST(seed_event_is_not_pending_any_more_in_its_callback)
{
	own = fixture_event(fx.fd, EV_READ, look_at_itself, NULL);
	event_add(own, NULL);
	send_byte(fx.peer);
	pending_inside = -1;
	turns(1);
	ck_assert_int_eq(pending_inside, 0);
	ck_assert_int_eq(event_pending(own, EV_READ, NULL), 0);
}
END_TEST

START_TEST(seed_callback_may_add_its_event_again)
{
	own = fixture_event(fx.fd, EV_READ, look_at_itself, &own);
	event_add(own, NULL);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(event_pending(own, EV_READ, NULL), EV_READ);
}
END_TEST

START_TEST(seed_persistent_event_stays_pending)
{
	own = fixture_event(fx.fd, EV_READ | EV_PERSIST, look_at_itself, NULL);
	event_add(own, NULL);
	send_byte(fx.peer);
	pending_inside = 0;
	turns(2);
	ck_assert_int_eq(pending_inside, EV_READ);
	ck_assert_int_eq(event_pending(own, EV_READ, NULL), EV_READ);
}
END_TEST

START_TEST(seed_persistent_event_is_deleted_in_its_callback)
{
	own = fixture_event(fx.fd, EV_WRITE | EV_PERSIST, delete_itself, NULL);
	event_add(own, NULL);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(event_pending(own, EV_WRITE, NULL), 0);
}
END_TEST

/* EV_READ|EV_PERSIST with a timeout: by readiness, and by each time-out. */
START_TEST(seed_persistent_event_comes_by_readiness_and_by_time)
{
	const struct timeval soon = {.tv_usec = 5000};
	struct calls calls = {0};
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);

	event_add(ev, &minute);
	send_byte(fx.peer);
	event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_int_eq(calls.what, EV_READ);
	event_add(ev, &soon);
	for (int i = 2; i <= 4; i++) {
		event_base_loop(fx.base, EVLOOP_ONCE);
		ck_assert_int_eq(calls.count, i);
		ck_assert_int_eq(calls.what, EV_TIMEOUT);
	}
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
}
END_TEST

START_TEST(seed_persistent_timeout_begins_anew_with_each_callback)
{
	const struct timeval limit = {.tv_sec = 5};
	struct calls calls = {0};
	struct timeval before, after;
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_take, &calls);
	int64_t began;

	event_add(ev, &limit);
	event_pending(ev, EV_TIMEOUT, &before);
	for (began = clock_real_ns(); clock_ms_since(began) < 3;)
		;
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ);
	event_pending(ev, EV_TIMEOUT, &after);
	ck_assert_int_gt(clock_us_between(&before, &after), 1500);
}
END_TEST

/* --- signals --------------------------------------------------------------*/

START_TEST(seed_example_hears_sighup)
{
	struct calls calls = {0};
	struct event *hup_event = evsignal_new(
		fx.base, SIGHUP, note_call, &calls);

	ck_assert_int_eq(evsignal_add(hup_event, NULL), 0);
	ck_assert(evsignal_pending(hup_event, NULL)); /* as libevent has it */
	ck_assert_int_eq(raise(SIGHUP), 0);
	ck_assert_int_eq(calls.count, 0); /* it runs in the loop */
	turns(2);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_SIGNAL);
	ck_assert_int_eq(calls.fd, SIGHUP);
	ck_assert_int_eq(evsignal_del(hup_event), 0);
	event_free(hup_event);
}
END_TEST

/* The limit of one base a process was libevent's; kqueue never had it. */
START_TEST(seed_every_base_may_listen_to_signals)
{
	struct event_base *other = fixture_base(0);
	struct calls here = {0}, there = {0};
	struct event *ev = evsignal_new(other, SIGUSR1, note_call, &there);

	event_add(fixture_event(
			  SIGUSR1, EV_SIGNAL | EV_PERSIST, note_call, &here),
		NULL);
	event_add(ev, NULL);
	raise(SIGUSR1);
	turns(2);
	event_base_loop(other, EVLOOP_NONBLOCK);
	event_base_loop(other, EVLOOP_NONBLOCK);
	ck_assert_int_eq(here.count, 1);
	ck_assert_int_eq(there.count, 1);
	event_free(ev);
	event_base_free(other);
}
END_TEST

/* --- adding and deleting --------------------------------------------------*/

START_TEST(seed_add_without_time_never_times_out)
{
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, NULL);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	ck_assert_int_eq(event_pending(ev, EV_TIMEOUT, NULL), 0);
}
END_TEST

START_TEST(seed_add_that_fails_returns_minus_1)
{
	struct event *ev = fixture_event(
		NSIG + 1000, EV_SIGNAL, note_call, NULL);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(event_pending(ev, EV_SIGNAL, NULL), 0);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

START_TEST(seed_add_again_sets_the_time_anew)
{
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, NULL);
	const struct timeval hour = {.tv_sec = 3600};
	struct timeval first, second;

	event_add(ev, &minute);
	event_pending(ev, EV_TIMEOUT, &first);
	ck_assert_int_eq(event_add(ev, &hour), 0);
	ck_assert(event_pending(ev, EV_READ, NULL));
	event_pending(ev, EV_TIMEOUT, &second);
	ck_assert_int_ge(second.tv_sec - first.tv_sec, 3500);
}
END_TEST

START_TEST(seed_time_is_relative)
{
	struct event *ev = fixture_event(-1, 0, note_call, NULL);
	struct timeval now, then;

	evutil_gettimeofday(&now, NULL);
	event_add(ev, &minute);
	event_pending(ev, EV_TIMEOUT, &then);
	ck_assert_int_ge(then.tv_sec - now.tv_sec, 59);
	ck_assert_int_le(then.tv_sec - now.tv_sec, 120);
}
END_TEST

START_TEST(seed_del_of_an_idle_event_does_nothing)
{
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, NULL);

	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_del(ev), 0);
}
END_TEST

START_TEST(seed_deleted_after_activation_is_not_called)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, &calls);

	event_add(ev, NULL);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 0);
}
END_TEST

/* --- priorities of events -------------------------------------------------*/

START_TEST(seed_priority_is_within_those_of_the_base)
{
	struct event *ev = fixture_event(-1, 0, note_call, NULL);

	event_base_priority_init(fx.base, 4);
	ck_assert_int_eq(event_priority_set(ev, 0), 0);
	ck_assert_int_eq(event_priority_set(ev, 3), 0);
	ck_assert_int_eq(event_priority_set(ev, 4), -1);
	ck_assert_int_eq(event_priority_set(ev, -1), -1);
	ck_assert_int_eq(event_get_priority(ev), 3);
}
END_TEST

START_TEST(seed_default_priority_is_half_their_number)
{
	static const int numbers[] = {1, 2, 3, 8};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		event_base_priority_init(fx.base, numbers[i]);
		ck_assert_int_eq(event_get_priority(
					 fixture_event(-1, 0, note_call, NULL)),
			numbers[i] / 2);
	}
}
END_TEST

static struct event *important, *unimportant;
static int writes_seen;

static void
read_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	leave_mark("r");
	event_base_loopbreak(fx.base);
}

static void
write_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	leave_mark("w");
	if (++writes_seen == 3)
		event_del(important);
}

static void
example_priorities(struct event_base *base, evutil_socket_t fd)
{
	event_base_priority_init(base, 2);
	important = event_new(base, fd, EV_WRITE | EV_PERSIST, write_cb, NULL);
	unimportant = event_new(base, fd, EV_READ | EV_PERSIST, read_cb, NULL);
	event_priority_set(important, 0);
	event_priority_set(unimportant, 1);
}

START_TEST(seed_example_important_comes_first)
{
	example_priorities(fx.base, fx.fd);
	event_add(important, NULL);
	event_add(unimportant, NULL);
	send_byte(fx.peer);
	event_base_dispatch(fx.base);
	ck_assert_str_eq(trail(), "wwwr");
	event_free(important);
	event_free(unimportant);
}
END_TEST

/* --- questions to an event ------------------------------------------------*/

START_TEST(seed_pending_tells_the_flags_asked_for)
{
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_WRITE, note_call, NULL);
	struct timeval when = {0, 0};

	event_add(ev, &minute);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	ck_assert_int_eq(
		event_pending(
			ev, EV_READ | EV_WRITE | EV_SIGNAL | EV_TIMEOUT, &when),
		EV_READ | EV_WRITE | EV_TIMEOUT);
	ck_assert_int_gt(when.tv_sec, 0);
}
END_TEST

START_TEST(seed_getters_tell_what_an_event_is)
{
	int arg;
	struct event *ev = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_call, &arg);
	struct event *sig = fixture_event(SIGUSR2, EV_SIGNAL, note_call, NULL);

	ck_assert_int_eq(event_get_fd(ev), fx.fd);
	ck_assert_int_eq(event_get_signal(sig), SIGUSR2);
	ck_assert_ptr_eq(event_get_base(ev), fx.base);
	ck_assert_int_eq(event_get_events(ev), EV_READ | EV_PERSIST);
	ck_assert(event_get_callback(ev) == note_call);
	ck_assert_ptr_eq(event_get_callback_arg(ev), &arg);
	ck_assert_int_eq(event_get_priority(ev), 0);
	event_get_assignment(ev, NULL, NULL, NULL, NULL, NULL);
}
END_TEST

/* Change the callback and argument of 'ev', which must not be pending. */
static int
replace_callback(struct event *ev, event_callback_fn new_callback,
	void *new_callback_arg)
{
	struct event_base *base;
	evutil_socket_t fd;
	short events;
	int pending;

	pending = event_pending(
		ev, EV_READ | EV_WRITE | EV_SIGNAL | EV_TIMEOUT, NULL);
	if (pending) {
		fprintf(screen, "Error! replace_callback called on a pending "
				"event!\n");
		return -1;
	}
	event_get_assignment(ev, &base, &fd, &events, NULL, NULL);
	event_assign(ev, base, fd, events, new_callback, new_callback_arg);
	return 0;
}

START_TEST(seed_example_replaces_a_callback)
{
	struct calls old = {0}, new = {0};
	struct event *ev = fixture_event(fx.fd, EV_WRITE, note_call, &old);

	open_screen();
	event_add(ev, NULL);
	ck_assert_int_eq(replace_callback(ev, note_call, &new), -1);
	event_del(ev);
	ck_assert_int_eq(replace_callback(ev, note_call, &new), 0);
	ck_assert_ptr_nonnull(strstr(read_screen(), "pending event"));
	event_add(ev, NULL);
	turns(1);
	ck_assert_int_eq(old.count, 0);
	ck_assert_int_eq(new.count, 1);
}
END_TEST

/* --- once, and by hand ----------------------------------------------------*/

START_TEST(seed_once_is_called_once_at_default_priority)
{
	struct calls calls = {0};

	event_base_priority_init(fx.base, 3); /* of which 1 is the default */
	add_active(mark, "c", 2);
	event_base_once(fx.base, -1, EV_TIMEOUT, mark, (char[]){"b"}, NULL);
	add_active(mark, "a", 0);
	event_base_loop(fx.base, EVLOOP_ONCE);
	ck_assert_str_eq(trail(), "abc");
	ck_assert_int_eq(event_base_once(fx.base, fx.fd, EV_WRITE, note_call,
				 &calls, NULL),
		0);
	turns(3);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(event_base_once(fx.base, SIGUSR1, EV_SIGNAL, note_call,
				 &calls, NULL),
		-1);
	ck_assert_int_eq(event_base_once(fx.base, fx.fd, EV_READ | EV_PERSIST,
				 note_call, &calls, NULL),
		-1);
}
END_TEST

START_TEST(seed_active_needs_no_condition_and_makes_nothing_pending)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(fx.fd, EV_READ, note_call, &calls);

	event_active(ev, EV_READ | EV_TIMEOUT, 1);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_READ | EV_TIMEOUT);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
}
END_TEST

static void
add_base_tests(TCase *tcase)
{
	tcase_add_test(tcase, seed_constants_have_the_values_of_the_notes);
	tcase_add_test(tcase, seed_new_base_has_default_settings);
	tcase_add_test(tcase, seed_new_base_looks_at_the_environment);
	tcase_add_test(tcase, seed_new_without_memory_gives_nothing);
	tcase_add_test(tcase, seed_config_takes_every_flag);
	tcase_add_test(tcase, seed_flag_ignore_env_hides_the_environment);
	tcase_add_test(
		tcase, seed_flag_no_cache_time_looks_at_the_clock_each_time);
	tcase_add_test(tcase, seed_config_calls_return_0_or_minus_1);
	tcase_add_test(tcase, seed_avoided_method_is_not_used);
	tcase_add_test(tcase, seed_required_features_choose_the_method);
	tcase_add_test(
		tcase, seed_configuration_nobody_can_satisfy_gives_no_base);
	tcase_add_test(tcase, seed_changelist_can_be_asked_for_by_environment);
	tcase_add_test(tcase, seed_example_lists_the_methods);
	tcase_add_test(tcase, seed_methods_are_those_of_the_notes);
	tcase_add_test(tcase, seed_example_tells_backend_and_features);
	tcase_add_test(tcase, seed_base_is_used_by_threads_and_run_by_one);
	tcase_add_test(tcase, seed_priorities_are_at_least_1_and_have_a_limit);
	tcase_add_test(
		tcase, seed_priorities_are_set_before_an_event_is_active);
	tcase_add_test(tcase, seed_example_goes_on_in_the_child);
}

static void
add_loop_tests(TCase *tcase)
{
	tcase_add_test(tcase, seed_loop_runs_until_nothing_is_registered);
	tcase_add_test(tcase, seed_loop_once_waits_runs_all_and_returns);
	tcase_add_test(tcase, seed_loop_nonblock_does_not_wait);
	tcase_add_test(
		tcase, seed_loop_no_exit_on_empty_goes_on_without_events);
	tcase_add_test(tcase, seed_loop_returns_minus_1_when_its_backend_fails);
	tcase_add_test(tcase, seed_loop_looks_again_after_each_priority);
	tcase_add_test(tcase, seed_dispatch_is_loop_without_flags);
	tcase_add_test(tcase, seed_example_watchdog_ends_the_loop_at_once);
	tcase_add_test(tcase, seed_example_ticks_no_faster_than_told);
	tcase_add_test(tcase, seed_loopexit_ends_after_the_time_given);
	tcase_add_test(tcase, seed_loopexit_lets_active_callbacks_finish);
	tcase_add_test(tcase, seed_loopbreak_ends_after_the_present_callback);
	tcase_add_test(tcase,
		seed_loopexit_outside_a_loop_ends_the_next_after_a_round);
	tcase_add_test(tcase, seed_loopbreak_outside_a_loop_has_no_effect);
	tcase_add_test(
		tcase, seed_got_exit_and_got_break_are_set_anew_by_each_loop);
	tcase_add_test(tcase, seed_dump_lists_the_events);
}

static void
add_event_tests(TCase *tcase)
{
	tcase_add_test(tcase, seed_new_event_is_initialized_and_not_pending);
	tcase_add_test(tcase, seed_event_waits_for_each_kind_of_condition);
	tcase_add_test(tcase, seed_event_edge_triggered_waits_for_changes);
	tcase_add_test(tcase, seed_event_goes_through_its_states);
	tcase_add_test(tcase, seed_event_new_refuses_what_makes_no_sense);
	tcase_add_test(tcase, seed_pending_and_active_events_may_be_freed);
	tcase_add_test(tcase, seed_example_reads_and_writes);
	tcase_add_test(
		tcase, seed_event_is_not_pending_any_more_in_its_callback);
	tcase_add_test(tcase, seed_callback_may_add_its_event_again);
	tcase_add_test(tcase, seed_persistent_event_stays_pending);
	tcase_add_test(tcase, seed_persistent_event_is_deleted_in_its_callback);
	tcase_add_test(
		tcase, seed_persistent_event_comes_by_readiness_and_by_time);
	tcase_add_test(
		tcase, seed_persistent_timeout_begins_anew_with_each_callback);
	tcase_add_test(tcase, seed_example_hears_sighup);
	tcase_add_test(tcase, seed_every_base_may_listen_to_signals);
	tcase_add_test(tcase, seed_add_without_time_never_times_out);
	tcase_add_test(tcase, seed_add_that_fails_returns_minus_1);
	tcase_add_test(tcase, seed_add_again_sets_the_time_anew);
	tcase_add_test(tcase, seed_time_is_relative);
	tcase_add_test(tcase, seed_del_of_an_idle_event_does_nothing);
	tcase_add_test(tcase, seed_deleted_after_activation_is_not_called);
	tcase_add_test(tcase, seed_priority_is_within_those_of_the_base);
	tcase_add_test(tcase, seed_default_priority_is_half_their_number);
	tcase_add_test(tcase, seed_example_important_comes_first);
	tcase_add_test(tcase, seed_pending_tells_the_flags_asked_for);
	tcase_add_test(tcase, seed_getters_tell_what_an_event_is);
	tcase_add_test(tcase, seed_example_replaces_a_callback);
	tcase_add_test(tcase, seed_once_is_called_once_at_default_priority);
	tcase_add_test(tcase,
		seed_active_needs_no_condition_and_makes_nothing_pending);
}

Suite *
suite_seed(void)
{
	Suite *suite = suite_create("seed");
	TCase *base = tcase_create("base");
	TCase *loop = tcase_create("loop");
	TCase *events = tcase_create("events");

	tcase_add_checked_fixture(base, fixture_setup, fixture_teardown);
	tcase_add_checked_fixture(loop, fixture_setup, fixture_teardown);
	tcase_add_checked_fixture(events, fixture_setup, fixture_teardown);
	add_base_tests(base);
	add_loop_tests(loop);
	add_event_tests(events);
	suite_add_tcase(suite, base);
	suite_add_tcase(suite, loop);
	suite_add_tcase(suite, events);
	return suite;
}
