/* SPDX-License-Identifier: BSD-3-Clause */
/* What buffers make of a libev-core that is of another release. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include <event2/buffer.h>

#include <libev-abi/core.h>

#include "../../libev-buffer/src/core_link.h"
#include "../support/runner.h"
#include "fake_core.h"

static void
setup(void)
{
	atomic_store(&core_link, NULL); /* it is looked for anew */
	fake_release(EV_CORE_ABI, sizeof(struct ev_core_ops));
}

START_TEST(longer_table_of_a_later_minor_is_taken)
{
	struct evbuffer *buf;

	fake_release(EV_CORE_ABI + 5, 4096);
	buf = evbuffer_new();
	ck_assert_ptr_nonnull(buf);
	ck_assert_int_eq(evbuffer_add(buf, "abc", 3), 0);
	evbuffer_free(buf);
}
END_TEST

/* No buffer can be made, and stderr says why. */
static void
expect_refused(const char *why)
{
	int stderr_before = dup(STDERR_FILENO);
	FILE *said = tmpfile();
	char text[256] = "";

	ck_assert(said && dup2(fileno(said), STDERR_FILENO) >= 0);
	ck_assert_ptr_null(evbuffer_new());
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	rewind(said);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), said));
	fclose(said);
	ck_assert_msg(strstr(text, why) != NULL, "%s", text);
}

START_TEST(core_of_another_major_is_refused)
{
	fake_release(EV_ABI_VERSION(2, 0), _i ? sizeof(struct ev_core_ops) : 0);
	expect_refused("another major");
}
END_TEST

START_TEST(short_table_is_refused)
{
	fake_release(EV_CORE_ABI, offsetof(struct ev_core_ops, close_fd));
	expect_refused("shorter");
}
END_TEST

static Suite *
suite_core_link(void)
{
	Suite *suite = suite_create("core_link");
	TCase *tcase = tcase_create("core_link");

	tcase_add_checked_fixture(tcase, setup, setup);
	tcase_add_test(tcase, longer_table_of_a_later_minor_is_taken);
	tcase_add_loop_test(tcase, core_of_another_major_is_refused, 0, 2);
	tcase_add_test(tcase, short_table_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_core_link, NULL});
}
