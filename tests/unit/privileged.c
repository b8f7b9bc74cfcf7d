/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that was really given more rights than its user: what the
 * environment says of modules and backends counts for nothing.
 *
 * This program copies itself, gives the copy to somebody else, with the setuid
 * bit, and starts it.  That takes root, and a file system that knows the bit.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_backend.h>

#include "env.h"

#include "../support/probe.h"
#include "../support/runner.h"

enum { SOMEBODY = 1 };

static char folder[64], copy[80];

/* --- in the copy: what is seen of the environment -------------------------*/

static void
print_message(int severity, const char *text)
{
	(void)severity;
	printf("message: %s\n", text);
}

static int
print_backend(const struct event_backend_info *info, void *arg)
{
	(void)arg;
	printf("backend: %s of %s\n", info->name,
		info->file ? info->file : "itself");
	return 0;
}

static _Noreturn void
report(void)
{
	struct event_base *base;

	event_set_log_callback(print_message);
	printf("privileged: %d\n", env_is_privileged());
	base = event_base_new();
	printf("method: %s\n", base ? event_base_get_method(base) : "none");
	if (base)
		event_base_free(base);
	event_backend_foreach(print_backend, NULL);
	fflush(stdout);
	_exit(0); /* LeakSanitizer cannot look into a setuid program */
}

/* --- the copy -------------------------------------------------------------*/

static void
copy_bytes(int in, int out)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(write(out, bytes, (size_t)n), n);
}

static void
setup(void)
{
	int in = open("/proc/self/exe", O_RDONLY), out;

	snprintf(folder, sizeof(folder), "/tmp/libev-privileged-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chmod(folder, 0755), 0);
	snprintf(copy, sizeof(copy), "%s/program", folder);
	out = open(copy, O_WRONLY | O_CREAT, 0755);
	ck_assert(in >= 0 && out >= 0);
	copy_bytes(in, out);
	close(in);
	close(out);
}

static void
teardown(void)
{
	ck_assert_int_eq(unlink(copy), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

/*
 * What the copy says of an environment that wants other things; NULL where the
 * shell could not start it: no files are run from there, or by an emulator alone.
 */
static const char *
run_copy(void)
{
	static char said[65536];
	FILE *out;
	size_t n;
	int status;

	ck_assert_ptr_nonnull(getenv("LIBEV_BACKEND_PATH"));
	setenv("LIBEV_BACKENDS", "older_minor", 1);
	setenv("EVENT_SHOW_METHOD", "1", 1);
	setenv("REPORT", "1", 1);
	out = popen(copy, "r");
	ck_assert_ptr_nonnull(out);
	n = fread(said, 1, sizeof(said) - 1, out);
	said[n] = '\0';
	status = pclose(out);
	if (!probe_says(!WIFEXITED(status) || WEXITSTATUS(status) != 126,
		    "what was copied cannot be started here"))
		return NULL;
	ck_assert_int_eq(status, 0);
	return said;
}

static void
expect(const char *said, const char *what, int is_there)
{
	ck_assert_msg((strstr(said, what) != NULL) == is_there, "%s%s: %s",
		is_there ? "no " : "", what, said);
}

START_TEST(ordinary_program_heeds_its_environment)
{
	const char *said = run_copy();

	if (!said)
		return;
	expect(said, "privileged: 0", 1);
	expect(said, "method: older_minor", 1);
	expect(said, "message: event loop method: older_minor", 1);
	expect(said, getenv("LIBEV_BACKEND_PATH"), 1);
}
END_TEST

static int
give_away(void)
{
	return geteuid() == 0 && chown(copy, SOMEBODY, (gid_t)-1) == 0 &&
	       chmod(copy, 04755) == 0;
}

START_TEST(bug40_setuid_program_heeds_nothing)
{
	const char *said;

	if (!give_away())
		return; /* nobody to be given rights by */
	said = run_copy();
	if (!said || strstr(said, "privileged: 0"))
		return; /* no rights are given here: nosuid, no_new_privs */
	expect(said, "privileged: 1", 1);
	expect(said, "older_minor", 0);
	expect(said, "message:", 0);
	expect(said, getenv("LIBEV_BACKEND_PATH"), 0);
	/* It runs all the same, on what is its own. */
	expect(said, "method: none", 0);
}
END_TEST

static Suite *
suite_privileged(void)
{
	Suite *suite = suite_create("privileged");
	TCase *tcase = tcase_create("privileged");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ordinary_program_heeds_its_environment);
	tcase_add_test(tcase, bug40_setuid_program_heeds_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (getenv("REPORT"))
		report();
	return runner_main((Suite *(*const[])(void)){suite_privileged, NULL});
}
