/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 1 to 9: which backend a base gets, and how a program has a say.
 *
 * These tests choose for themselves, whatever LIBEV_TEST_BACKEND says, but for
 * those that look at fx.base.
 */
#include "suites.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../support/fixture.h"

enum { METHODS_MAX = 16 };

/* What the library would choose, best first; a copy, and no environment. */
static char methods[METHODS_MAX][32];
static int methods_known;

static const char *const known_order[] = {
	"evport", "kqueue", "epoll", "devpoll", "poll", "select", "win32"};

static const struct {
	const char *method;
	int features;
} known_features[] = {
	{"epoll", EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE},
	{"poll", EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE},
	{"select", EV_FEATURE_FDS},
};

enum {
	KNOWN_FEATURES = sizeof(known_features) / sizeof(*known_features),
	KNOWN_ORDER = sizeof(known_order) / sizeof(*known_order)
};

static void
variable_of(const char *method, char name[64])
{
	size_t at = (size_t)snprintf(name, 64, "EVENT_NO%s", method);

	while (at--)
		name[at] = (char)toupper((unsigned char)name[at]);
}

static void
forbid(const char *method)
{
	char name[64];

	variable_of(method, name);
	setenv(name, "1", 1);
}

static void
clear_environment(void)
{
	char name[64];
	int i;

	for (i = 0; i < KNOWN_ORDER; i++) {
		variable_of(known_order[i], name);
		unsetenv(name);
	}
	unsetenv("LIBEV_BACKENDS");
	unsetenv("EVENT_SHOW_METHOD");
}

static void
setup(void)
{
	const char **names;

	clear_environment();
	fixture_setup_bare();
	names = event_get_supported_methods();
	for (methods_known = 0; names[methods_known]; methods_known++)
		snprintf(methods[methods_known], sizeof(*methods), "%s",
			names[methods_known]);
}

static void
teardown(void)
{
	fixture_teardown_bare();
	clear_environment();
}

static void
expect_method(struct event_base *base, const char *method)
{
	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_base_get_method(base), method);
	event_base_free(base);
}

static struct event_config *
config_with_flag(int flag)
{
	struct event_config *cfg = event_config_new();

	ck_assert_ptr_nonnull(cfg);
	ck_assert_int_eq(event_config_set_flag(cfg, flag), 0);
	return cfg;
}

static int
features_of(const char *method)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;
	int features, i;

	for (i = 0; i < methods_known; i++)
		if (strcmp(methods[i], method))
			event_config_avoid_method(cfg, methods[i]);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	ck_assert_ptr_nonnull(base);
	features = event_base_get_features(base);
	event_base_free(base);
	return features;
}

static const char *
first_with(int features)
{
	int i;

	for (i = 0; i < methods_known; i++)
		if ((features_of(methods[i]) & features) == features)
			return methods[i];
	return NULL;
}

static void
expect_for_features(int features, const char *method)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	ck_assert_int_eq(event_config_require_features(cfg, features), 0);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (method) {
		expect_method(base, method);
		return;
	}
	ck_assert_ptr_null(base);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}

START_TEST(b001_a_new_base_has_the_first_method)
{
	ck_assert_int_gt(methods_known, 0);
	expect_method(event_base_new(), methods[0]);
	expect_method(event_base_new_with_config(NULL), methods[0]);
}
END_TEST

START_TEST(b001_b_avoided_methods_leave_the_next_one)
{
	struct event_config *cfg = event_config_new();
	int i;

	for (i = 0; i < methods_known; i++) {
		expect_method(event_base_new_with_config(cfg), methods[i]);
		ck_assert_int_eq(event_config_avoid_method(cfg, methods[i]), 0);
	}
	event_config_free(cfg);
}
END_TEST

START_TEST(b001_c_avoiding_knows_no_upper_case)
{
	struct event_config *cfg;
	char upper[32];
	int i;

	if (methods_known < 2)
		return;
	cfg = event_config_new();
	for (i = 0; methods[0][i]; i++)
		upper[i] = (char)toupper((unsigned char)methods[0][i]);
	upper[i] = '\0';
	ck_assert_int_eq(event_config_avoid_method(cfg, upper), 0);
	expect_method(event_base_new_with_config(cfg), methods[1]);
	event_config_free(cfg);
}
END_TEST

START_TEST(b001_d_avoiding_the_unknown_changes_nothing)
{
	struct event_config *cfg = event_config_new();

	ck_assert_int_eq(event_config_avoid_method(cfg, "telepathy"), 0);
	expect_method(event_base_new_with_config(cfg), methods[0]);
	event_config_free(cfg);
}
END_TEST

START_TEST(b002_a_methods_are_listed_in_order_of_choice)
{
	int at = 0, i;

	for (i = 0; i < methods_known; i++, at++) {
		while (at < KNOWN_ORDER && strcmp(methods[i], known_order[at]))
			at++;
		ck_assert_msg(
			at < KNOWN_ORDER, "%s is out of order", methods[i]);
	}
}
END_TEST

#ifdef __linux__
START_TEST(b002_b_on_linux_they_are_epoll_poll_select)
{
	int at = 0;

	if (methods_known < 3)
		return; /* built with fewer */
	ck_assert_str_eq(methods[at++], "epoll");
	ck_assert_str_eq(methods[at++], "poll");
	ck_assert_str_eq(methods[at++], "select");
	ck_assert_int_eq(methods_known, at);
}
END_TEST
#endif

START_TEST(b002_c_forbidden_methods_are_not_listed)
{
	const char **names;
	int i;

	forbid(methods[0]);
	names = event_get_supported_methods();
	for (i = 1; i < methods_known; i++)
		ck_assert_str_eq(names[i - 1], methods[i]);
	ck_assert_ptr_null(names[i - 1]);
}
END_TEST

START_TEST(b003_a_environment_forbids_a_method)
{
	if (methods_known < 2)
		return;
	forbid(methods[0]);
	expect_method(event_base_new(), methods[1]);
}
END_TEST

START_TEST(b003_b_flag_ignores_the_environment)
{
	struct event_config *cfg = config_with_flag(EVENT_BASE_FLAG_IGNORE_ENV);
	int i;

	for (i = 0; i < methods_known; i++)
		forbid(methods[i]);
	expect_method(event_base_new_with_config(cfg), methods[0]);
	event_config_free(cfg);
}
END_TEST

START_TEST(b004_a_environment_has_the_method_shown)
{
	struct event_base *base;

	setenv("EVENT_SHOW_METHOD", "1", 1);
	base = event_base_new();
	ck_assert_int_eq(messages_take(EVENT_LOG_MSG), 1);
	ck_assert_ptr_nonnull(strstr(
		messages_latest(EVENT_LOG_MSG), event_base_get_method(base)));
	event_base_free(base);
}
END_TEST

START_TEST(b004_b_method_is_not_shown_unasked)
{
	struct event_config *cfg = config_with_flag(EVENT_BASE_FLAG_IGNORE_ENV);

	event_base_free(event_base_new());
	setenv("EVENT_SHOW_METHOD", "1", 1);
	event_base_free(event_base_new_with_config(cfg));
	event_config_free(cfg);
	ck_assert_int_eq(messages_take(EVENT_LOG_MSG), 0);
}
END_TEST

START_TEST(b005_a_no_method_left_is_null_and_a_warning)
{
	struct event_config *cfg = event_config_new();
	int i;

	for (i = 0; i < methods_known; i++)
		event_config_avoid_method(cfg, methods[i]);
	ck_assert_ptr_null(event_base_new_with_config(cfg));
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	event_config_free(cfg);
}
END_TEST

START_TEST(b005_b_environment_can_leave_none)
{
	int i;

	for (i = 0; i < methods_known; i++)
		forbid(methods[i]);
	ck_assert_ptr_null(event_base_new());
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

START_TEST(b006_a_features_choose_the_first_that_has_them)
{
	int features;

	for (features = 0; features < 16; features++)
		expect_for_features(features, first_with(features));
}
END_TEST

#ifdef __linux__
START_TEST(b006_b_on_linux_no_method_has_all_features)
{
	if (methods_known < 3)
		return; /* built with fewer */
	expect_for_features(EV_FEATURE_FDS | EV_FEATURE_ET, NULL);
	expect_for_features(EV_FEATURE_FDS | EV_FEATURE_O1, NULL);
	expect_for_features(EV_FEATURE_FDS, "poll");
	expect_for_features(EV_FEATURE_ET | EV_FEATURE_O1, "epoll");
}
END_TEST
#endif

START_TEST(b007_demands_replace_each_other)
{
	struct event_config *cfg = event_config_new();

	event_config_require_features(cfg, EV_FEATURE_ET | EV_FEATURE_O1 |
						   EV_FEATURE_FDS |
						   EV_FEATURE_EARLY_CLOSE);
	ck_assert_int_eq(event_config_require_features(cfg, 0), 0);
	expect_method(event_base_new_with_config(cfg), methods[0]);
	ck_assert_int_eq(event_config_require_features(cfg, EV_FEATURE_FDS), 0);
	expect_method(
		event_base_new_with_config(cfg), first_with(EV_FEATURE_FDS));
	event_config_free(cfg);
}
END_TEST

START_TEST(b008_features_of_the_backend_under_test)
{
	const char *method = event_base_get_method(fx.base);
	int i;

	ck_assert_int_eq(event_base_get_features(fx.base) & ~0xf, 0);
	for (i = 0; i < KNOWN_FEATURES; i++)
		if (!strcmp(method, known_features[i].method))
			ck_assert_int_eq(event_base_get_features(fx.base),
				known_features[i].features);
}
END_TEST

START_TEST(b009_a_method_is_the_one_in_use)
{
	if (test_backend())
		ck_assert_str_eq(
			event_base_get_method(fx.base), test_backend());
}
END_TEST

START_TEST(b009_b_versions_of_library_and_headers_agree)
{
	unsigned number = event_get_version_number();
	char text[32];

	ck_assert_str_eq(event_get_version(), LIBEVENT_VERSION);
	ck_assert_uint_eq(number, LIBEVENT_VERSION_NUMBER);
	snprintf(text, sizeof(text), "%u.%u.%u-", number >> 24,
		number >> 16 & 0xff, number >> 8 & 0xff);
	ck_assert_int_eq(strncmp(event_get_version(), text, strlen(text)), 0);
	ck_assert_uint_ge(number, 0x02010000);
}
END_TEST

Suite *
suite_config(void)
{
	Suite *suite = suite_create("config");
	TCase *choice = tcase_create("choice");
	TCase *in_use = tcase_create("in_use");

	tcase_add_checked_fixture(choice, setup, teardown);
	tcase_add_test(choice, b001_a_new_base_has_the_first_method);
	tcase_add_test(choice, b001_b_avoided_methods_leave_the_next_one);
	tcase_add_test(choice, b001_c_avoiding_knows_no_upper_case);
	tcase_add_test(choice, b001_d_avoiding_the_unknown_changes_nothing);
	tcase_add_test(choice, b002_a_methods_are_listed_in_order_of_choice);
#ifdef __linux__
	tcase_add_test(choice, b002_b_on_linux_they_are_epoll_poll_select);
#endif
	tcase_add_test(choice, b002_c_forbidden_methods_are_not_listed);
	tcase_add_test(choice, b003_a_environment_forbids_a_method);
	tcase_add_test(choice, b003_b_flag_ignores_the_environment);
	tcase_add_test(choice, b004_a_environment_has_the_method_shown);
	tcase_add_test(choice, b004_b_method_is_not_shown_unasked);
	tcase_add_test(choice, b005_a_no_method_left_is_null_and_a_warning);
	tcase_add_test(choice, b005_b_environment_can_leave_none);
	tcase_add_test(choice, b006_a_features_choose_the_first_that_has_them);
#ifdef __linux__
	tcase_add_test(choice, b006_b_on_linux_no_method_has_all_features);
#endif
	tcase_add_test(choice, b007_demands_replace_each_other);
	suite_add_tcase(suite, choice);

	tcase_add_checked_fixture(in_use, fixture_setup, fixture_teardown);
	tcase_add_test(in_use, b008_features_of_the_backend_under_test);
	tcase_add_test(in_use, b009_a_method_is_the_one_in_use);
	tcase_add_test(in_use, b009_b_versions_of_library_and_headers_agree);
	suite_add_tcase(suite, in_use);
	return suite;
}
