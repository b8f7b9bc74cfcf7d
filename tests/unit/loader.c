/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loader.h and backends.h: which modules are taken, for what reason the others
 * are refused, and what serves instead.
 *
 * env.h is played by this file, so that a test can say where modules lie and
 * whether the program is privileged.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_backend.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

#include "env.h"
#include "loader.h"

#include "../support/runner.h"

/* --- the environment ------------------------------------------------------*/

static const char *module_path; /* LIBEV_BACKEND_PATH */
static const char *wanted;      /* LIBEV_BACKENDS */
static int privileged;

int
env_is_privileged(void)
{
	return privileged;
}

const char *
env_get(const char *name)
{
	if (strcmp(name, "LIBEV_BACKEND_PATH") == 0)
		return module_path;
	return strcmp(name, "LIBEV_BACKENDS") == 0 ? wanted : NULL;
}

int
env_is_set(const char *name)
{
	return env_get(name) != NULL;
}

/* --- messages -------------------------------------------------------------*/

static int warnings, refusals;
static char warning[1024];

static void
note_message(int severity, const char *text)
{
	if (severity == EVENT_LOG_WARN) {
		warnings++;
		snprintf(warning, sizeof(warning), "%s", text);
	}
	refusals += severity == EVENT_LOG_DEBUG &&
		    strstr(text, "is not used") != NULL;
}

/* --- folders --------------------------------------------------------------*/

static const char *faulty; /* the folder with a module of each kind */
static char folder[64];    /* one of the test's own */

static void
setup(void)
{
	event_set_log_callback(note_message);
	event_enable_debug_logging(EVENT_DBG_ALL);
	faulty = getenv("LIBEV_BACKEND_PATH");
	ck_assert_ptr_nonnull(faulty);
	module_path = faulty;
	wanted = NULL;
	privileged = 0;
	snprintf(folder, sizeof(folder), "/tmp/libev-loader-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *
file_in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s.so", folder, name);
	return path;
}

static const char *const made[] = {
	"older_minor", "directory", "poll", "broken", "unreadable"};

static void
teardown(void)
{
	size_t i;

	loader_fini();
	for (i = 0; i < sizeof(made) / sizeof(*made); i++)
		(void)remove(file_in_folder(made[i]));
	ck_assert_int_eq(rmdir(folder), 0);
}

static unsigned char image[1 << 20]; /* of a module */
static size_t image_size;

static void
read_image(const char *name)
{
	char path[1024];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s.so", faulty, name);
	in = fopen(path, "rb");
	ck_assert_ptr_nonnull(in);
	image_size = fread(image, 1, sizeof(image), in);
	ck_assert_uint_lt(image_size, sizeof(image));
	fclose(in);
}

static void
write_image(const char *name)
{
	FILE *out = fopen(file_in_folder(name), "wb");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(image, 1, image_size, out), image_size);
	fclose(out);
}

/* A module of the folder of faulty ones, in our own under another name. */
static void
copy_module(const char *name, const char *as)
{
	read_image(name);
	write_image(as);
}

/* --- verdicts -------------------------------------------------------------*/

static const struct {
	const char *module;
	const char *reason; /* NULL: taken */
} verdicts[] = {
	{"other_major", "built for another major of the ABI"},
	{"short_table", "its table is shorter than that of ABI 1.0"},
	{"wrong_name", "its name differs from the file's"},
	{"no_wait", "a mandatory function is missing"},
	{"no_symbol", "has no symbol ev_backend_v1"},
	{"no_such_file", "No such file or directory"},
	{"cannot_open", NULL},
	{"older_minor", NULL},
	{"newer_minor", NULL},
};

enum { VERDICTS = sizeof(verdicts) / sizeof(*verdicts) };

START_TEST(bug40_each_module_is_judged)
{
	const char *name = verdicts[_i].module;
	struct loader_found found;
	char expected[LOADER_WHY_MAX];

	loader_find(name, &found);
	if (verdicts[_i].reason) {
		snprintf(expected, sizeof(expected), "%s/%s.so: %s", faulty,
			name, verdicts[_i].reason);
		ck_assert_ptr_null(found.ops);
		ck_assert_ptr_null(found.file);
		ck_assert_str_eq(found.why, expected);
	} else {
		ck_assert_str_eq(found.why, "");
		ck_assert_ptr_nonnull(found.ops);
		ck_assert_str_eq(found.ops->name, name);
		ck_assert_ptr_nonnull(strstr(found.file, name));
	}
}
END_TEST

static const char *const no_names[] = {"../poll", "./poll", "/poll", "a/poll",
	"a\\poll", "..", ".", ".poll", ""};

enum { NO_NAMES = sizeof(no_names) / sizeof(*no_names) };

START_TEST(bug40_name_is_not_a_path)
{
	struct loader_found found;

	loader_find(no_names[_i], &found);
	ck_assert_ptr_null(found.ops);
	ck_assert_ptr_nonnull(
		strstr(found.why, "a backend's name is not a path"));
}
END_TEST

static void
expect_refusal(const char *name, const char *reason)
{
	struct loader_found found;

	loader_find(name, &found);
	ck_assert_ptr_null(found.ops);
	ck_assert_msg(strstr(found.why, reason) != NULL, "%s", found.why);
}

START_TEST(bug40_folder_is_refused)
{
	module_path = folder;
	ck_assert_int_eq(mkdir(file_in_folder("directory"), 0755), 0);
	expect_refusal("directory", "not a regular file");
}
END_TEST

/* --- files that are no library of this machine ----------------------------*/

static void
make_empty(void)
{
	image_size = 0;
}

static void
make_text(void)
{
	image_size = 1000;
	memset(image, 'x', image_size);
}

static void
cut_in_the_head(void)
{
	image_size = 10;
}

static void
cut_in_the_middle(void)
{
	image_size /= 2;
}

static void
cut_at_the_end(void)
{
	image_size--;
}

static void
claim_no_end(void)
{
	memset(image + (image[4] == 2 ? 40 : 32), 0xff, image[4] == 2 ? 8 : 4);
}

static void
change_word_size(void)
{
	image[4] ^= 3;
}

static void
change_byte_order(void)
{
	image[5] ^= 3;
}

static void
change_processor(void)
{
	image[18] ^= 1;
}

#ifdef __GLIBC__
#define TOO_SHORT "too short"
#define NO_HEADER "invalid ELF header"
#else
#define TOO_SHORT ": " /* in the words of that system */
#define NO_HEADER ": "
#endif

static const struct {
	void (*change)(void);
	const char *reason;
} broken[] = {
	{make_empty, TOO_SHORT},
	{cut_in_the_head, TOO_SHORT},
	{make_text, NO_HEADER},
#ifdef __linux__
	{cut_in_the_middle, "its end is missing"},
	{cut_at_the_end, "its end is missing"},
	{claim_no_end, "its end is missing"},
	{change_word_size, "built for another machine"},
	{change_byte_order, "built for another machine"},
	{change_processor, "built for another machine"},
#endif
};

enum { BROKEN = sizeof(broken) / sizeof(*broken) };

/* Nor does any of them end the process, as a page that is not there would. */
START_TEST(bug40_what_is_no_library_is_refused)
{
	struct loader_found found;

	module_path = folder;
	read_image("older_minor");
	broken[_i].change();
	write_image("broken");
	expect_refusal("broken", broken[_i].reason);
	/* Its path is told, and that only once. */
	loader_find("broken", &found);
	ck_assert_ptr_eq(
		strstr(found.why, file_in_folder("broken")), (char *)found.why);
	ck_assert_ptr_null(strstr(found.why + 1, file_in_folder("broken")));
}
END_TEST

START_TEST(module_that_may_not_be_read_is_refused)
{
	module_path = folder;
	copy_module("older_minor", "unreadable");
	ck_assert_int_eq(chmod(file_in_folder("unreadable"), 0), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(1), 0);
	expect_refusal("unreadable", "Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* A module that takes it for granted that the core's names are there. */
START_TEST(module_that_needs_what_nobody_has_is_refused)
{
	expect_refusal("unresolved", "event_of_nobody");
}
END_TEST

/* --- where modules are looked for -----------------------------------------*/

START_TEST(a_relative_folder_is_not_used)
{
	struct loader_found found;

	ck_assert_int_eq(chdir(faulty), 0);
	module_path = ".";
	expect_refusal("older_minor", "No such file");
	module_path = "";
	expect_refusal("older_minor", "No such file");
	module_path = NULL;
	expect_refusal("older_minor", "No such file");
	module_path = faulty;
	loader_find("older_minor", &found);
	ck_assert_ptr_nonnull(found.ops);
}
END_TEST

/* Cut off, it would be the path of another file. */
START_TEST(bug40_path_that_is_too_long_is_refused)
{
	static char path[LOADER_PATH_MAX + 16];
	size_t length;

	for (length = LOADER_PATH_MAX - 16; length < sizeof(path); length++) {
		memset(path, 'a', length);
		path[0] = '/';
		path[length] = '\0';
		module_path = path;
		expect_refusal("older_minor",
			length + strlen("/older_minor.so") < LOADER_PATH_MAX
				? "/older_minor.so: "
				: "older_minor: its path is too long");
	}
}
END_TEST

START_TEST(a_module_is_loaded_once)
{
	struct loader_found one, two;

	loader_find("older_minor", &one);
	loader_find("older_minor", &two);
	ck_assert_ptr_eq(one.ops, two.ops);
	ck_assert_ptr_eq(one.file, two.file);
	loader_fini();
	loader_find("older_minor", &one);
	ck_assert_ptr_nonnull(one.ops);
}
END_TEST

static void *
find_again_and_again(void *arg)
{
	struct loader_found found;
	int i;

	for (i = 0; i < 100; i++) {
		loader_find(i % 2 ? "older_minor" : "no_symbol", &found);
		if (i % 2 == (found.ops == NULL))
			atomic_fetch_add((atomic_int *)arg, 1);
	}
	return NULL;
}

START_TEST(modules_are_found_from_any_thread)
{
	pthread_t threads[4];
	atomic_int failed = 0;
	int i;

	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
					 find_again_and_again, &failed),
			0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&failed), 0);
}
END_TEST

/* --- a program with more rights than its user -----------------------------*/

static void
expect_taken(const char *name)
{
	struct loader_found found;

	loader_find(name, &found);
	ck_assert_msg(found.ops != NULL, "%s", found.why);
	loader_fini();
}

/* What others may write to. */
static void
open_to_others(const char *path, mode_t mode)
{
	ck_assert_int_eq(chmod(path, mode), 0);
	privileged = 0;
	expect_taken("older_minor");
	privileged = 1;
	expect_refusal("older_minor", "and this program is privileged");
	ck_assert_int_eq(chmod(path, 0755), 0);
}

START_TEST(bug40_privileged_program_takes_nothing_of_others)
{
	const char *file = file_in_folder("older_minor");

	module_path = folder;
	copy_module("older_minor", "older_minor");
	ck_assert_int_eq(chmod(file, 0755), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	open_to_others(file, 0757);
	open_to_others(file, 0775);
	open_to_others(folder, 0777);
	open_to_others(folder, 0775);
}
END_TEST

START_TEST(bug40_privileged_program_takes_what_is_roots)
{
	const char *file = file_in_folder("older_minor");

	module_path = folder;
	copy_module("older_minor", "older_minor");
	ck_assert_int_eq(chmod(file, 0755), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	privileged = 1;
	if (geteuid() != 0) {
		expect_refusal("older_minor", "and this program is privileged");
		return;
	}
	expect_taken("older_minor");
	ck_assert_int_eq(chown(file, 1, 0), 0);
	expect_refusal("older_minor", "and this program is privileged");
	ck_assert_int_eq(chown(file, 0, 0), 0);
	ck_assert_int_eq(chown(folder, 1, 0), 0);
	expect_refusal("older_minor", "and this program is privileged");
	ck_assert_int_eq(chown(folder, 0, 0), 0);
	expect_taken("older_minor");
}
END_TEST

/* --- what serves instead --------------------------------------------------*/

static struct event_base *
base_of(const char *const *names)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	ck_assert_int_eq(event_config_set_methods(config, names), 0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
expect_method(struct event_base *base, const char *name)
{
	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_base_get_method(base), name);
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	event_base_free(base);
	ck_assert_int_eq(warnings, 0);
}

START_TEST(next_backend_serves_for_one_that_is_refused)
{
	static const char *const names[] = {"other_major", "no_symbol",
		"no_such_file", "cannot_open", "older_minor", "newer_minor",
		NULL};

	expect_method(base_of(names), "older_minor");
	ck_assert_int_eq(refusals, 4);
}
END_TEST

START_TEST(built_in_one_serves_for_a_missing_module)
{
	static const char *const names[] = {"other_major", "poll", NULL};
	struct loader_found found;

	expect_method(base_of(names), "poll");
	loader_find("poll", &found);
	ck_assert_ptr_nonnull(found.ops);
	ck_assert_ptr_null(found.file);
	ck_assert_ptr_nonnull(strstr(found.why, "No such file"));
}
END_TEST

START_TEST(built_in_one_serves_for_a_refused_module)
{
	static const char *const names[] = {"poll", NULL};
	struct loader_found found;

	module_path = folder;
	copy_module("other_major", "poll");
	expect_method(base_of(names), "poll");
	loader_find("poll", &found);
	ck_assert_ptr_nonnull(found.ops);
	ck_assert_ptr_null(found.file);
	ck_assert_ptr_nonnull(strstr(found.why, "another major"));
}
END_TEST

START_TEST(one_warning_names_each_backend_and_its_fault)
{
	static const char *const names[] = {"other_major", "short_table",
		"no_wait", "wrong_name", "no_symbol", "cannot_open", NULL};
	int i;

	ck_assert_ptr_null(base_of(names));
	ck_assert_int_eq(warnings, 1);
	ck_assert_int_eq(refusals, 6);
	for (i = 0; names[i]; i++) {
		ck_assert_msg(strstr(warning, names[i]) != NULL, "%s", warning);
		if (i < 5)
			ck_assert_ptr_nonnull(
				strstr(warning, verdicts[i].reason));
	}
	ck_assert_ptr_nonnull(strstr(warning, strerror(ENOSYS)));
}
END_TEST

START_TEST(a_module_says_in_words_why_it_is_refused)
{
	static const char *const names[] = {"forbidden", NULL};

	ck_assert_ptr_null(base_of(names));
	ck_assert_int_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(warning, "forbidden (not on a Sunday)"));
}
END_TEST

START_TEST(no_name_at_all_is_said_so)
{
	static const char *const names[] = {NULL};

	ck_assert_ptr_null(base_of(names));
	ck_assert_int_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(warning, "none is named"));
}
END_TEST

START_TEST(missing_feature_is_a_reason_as_well)
{
	static const char *const names[] = {"older_minor", NULL};
	struct event_config *config = event_config_new();

	event_config_set_methods(config, names);
	event_config_require_features(config, EV_FEATURE_ET);
	ck_assert_ptr_null(event_base_new_with_config(config));
	event_config_free(config);
	ck_assert_int_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(warning, "older_minor (lacks a feature"));
}
END_TEST

/* --- shorter and longer tables --------------------------------------------*/

static void *
loop_for_a_while(void *base)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* A loop without callbacks gives its lock up to wait, and at no other time. */
static void
await_waiting(struct event_base *base)
{
	struct event_base_stats stats = {0};

	while (stats.turns == 0)
		ck_assert_int_eq(event_base_get_stats(base, &stats), 0);
}

/* What lies behind the end of its table is never called. */
START_TEST(older_table_ends_where_it_says)
{
	static const char *const names[] = {"older_minor", NULL};
	struct event_base *base;
	pthread_t thread;

	ck_assert_int_eq(evthread_use_pthreads(), 0);
	base = base_of(names);
	ck_assert_int_eq(event_base_get_pollable_fd(base), -1);
	ck_assert_int_eq(event_base_enable_stats(base, 1), 0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, loop_for_a_while, base), 0);
	await_waiting(base);
	event_base_stop(base);
	pthread_join(thread, NULL);
	expect_method(base, "older_minor");
}
END_TEST

START_TEST(newer_table_is_used_as_far_as_it_is_known)
{
	static const char *const names[] = {"newer_minor", NULL};
	struct event_base *base = base_of(names);

	ck_assert_int_eq(event_base_get_pollable_fd(base), 0);
	expect_method(base, "newer_minor");
}
END_TEST

/* --- telling the user -----------------------------------------------------*/

struct survey {
	int shown, usable, picked, reasons;
};

static int
survey_one(const struct event_backend_info *info, void *arg)
{
	struct survey *survey = arg;

	survey->shown++;
	survey->usable += info->usable;
	survey->picked += info->picked;
	survey->reasons += info->reason != NULL;
	ck_assert_int_eq(!info->usable, info->reason != NULL);
	if (strcmp(info->name, "newer_minor") == 0) {
		ck_assert_uint_eq(info->abi_major, 1);
		ck_assert_uint_eq(info->abi_minor, 7);
		ck_assert_ptr_nonnull(strstr(info->file, "newer_minor.so"));
	}
	if (strcmp(info->name, "no_wait") == 0)
		ck_assert_ptr_nonnull(strstr(info->reason, "mandatory"));
	return 0;
}

START_TEST(a_survey_gives_the_reasons)
{
	struct survey survey = {0};

	wanted = "other_major,no_wait,,newer_minor,cannot_open,older_minor";
	ck_assert_int_eq(event_backend_foreach(survey_one, &survey), 0);
	ck_assert_int_eq(survey.shown, 5);
	ck_assert_int_eq(survey.usable, 2);
	ck_assert_int_eq(survey.picked, 1);
	ck_assert_int_eq(survey.reasons, 3);
	ck_assert_int_eq(warnings, 0);
}
END_TEST

static void
add_verdicts(TCase *tcase)
{
	tcase_add_loop_test(tcase, bug40_each_module_is_judged, 0, VERDICTS);
	tcase_add_loop_test(tcase, bug40_name_is_not_a_path, 0, NO_NAMES);
	tcase_add_test(tcase, bug40_folder_is_refused);
	tcase_add_loop_test(
		tcase, bug40_what_is_no_library_is_refused, 0, BROKEN);
	tcase_add_test(tcase, module_that_may_not_be_read_is_refused);
	tcase_add_test(tcase, module_that_needs_what_nobody_has_is_refused);
	tcase_add_test(tcase, a_relative_folder_is_not_used);
	tcase_add_test(tcase, bug40_path_that_is_too_long_is_refused);
	tcase_add_test(tcase, a_module_is_loaded_once);
	tcase_add_test(tcase, modules_are_found_from_any_thread);
	tcase_add_test(tcase, bug40_privileged_program_takes_nothing_of_others);
	tcase_add_test(tcase, bug40_privileged_program_takes_what_is_roots);
}

static void
add_choices(TCase *tcase)
{
	tcase_add_test(tcase, next_backend_serves_for_one_that_is_refused);
	tcase_add_test(tcase, built_in_one_serves_for_a_missing_module);
	tcase_add_test(tcase, built_in_one_serves_for_a_refused_module);
	tcase_add_test(tcase, one_warning_names_each_backend_and_its_fault);
	tcase_add_test(tcase, a_module_says_in_words_why_it_is_refused);
	tcase_add_test(tcase, no_name_at_all_is_said_so);
	tcase_add_test(tcase, missing_feature_is_a_reason_as_well);
	tcase_add_test(tcase, older_table_ends_where_it_says);
	tcase_add_test(tcase, newer_table_is_used_as_far_as_it_is_known);
	tcase_add_test(tcase, a_survey_gives_the_reasons);
}

static Suite *
suite_loader(void)
{
	Suite *suite = suite_create("loader");
	TCase *tcase = tcase_create("loader");

	tcase_add_checked_fixture(tcase, setup, teardown);
	add_verdicts(tcase);
	add_choices(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_loader, NULL});
}
