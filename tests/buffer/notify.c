/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 125 to 127 and 131: who is told of changes, and locks.
 */
#include "suites.h"

#include <stdio.h>
#include <unistd.h>

#include "kit.h"

/* What callbacks were told: "name(orig+added-deleted)" each. */
static char told[512];

static void
tell(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	size_t length = strlen(told);

	ck_assert_ptr_null(verify(buf));
	ck_assert_uint_eq(info->orig_size + info->n_added - info->n_deleted,
		evbuffer_get_length(buf));
	snprintf(told + length, sizeof(told) - length, "%s(%zu+%zu-%zu)",
		(char *)name, info->orig_size, info->n_added, info->n_deleted);
}

static void
expect_told(const char *what)
{
	ck_assert_str_eq(told, what);
	told[0] = '\0';
}

/* --- at once -------------------------------------------------------------*/

START_TEST(b125_the_newest_is_told_first_and_everything)
{
	struct evbuffer *buf = make(), *other = make_counting(5, 0);
	struct evbuffer_iovec room;

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_add_cb(buf, tell, "b");
	evbuffer_add(buf, "abc", 3);
	expect_told("b(0+3-0)a(0+3-0)");
	ck_assert_int_eq(evbuffer_remove_cb(buf, tell, "a"), 0);
	ck_assert_int_eq(evbuffer_remove_cb(buf, tell, "a"), -1);
	evbuffer_prepend(buf, "ab", 2);
	expect_told("b(3+2-0)");
	evbuffer_drain(buf, 4);
	expect_told("b(5+0-4)");
	evbuffer_add_printf(buf, "%d", 42);
	expect_told("b(1+2-0)");
	evbuffer_add_buffer(buf, other);
	expect_told("b(3+5-0)");
	evbuffer_remove_buffer(buf, other, 6);
	expect_told("b(8+0-6)");
	evbuffer_prepend_buffer(buf, other);
	expect_told("b(2+6-0)");
	evbuffer_reserve_space(buf, 10, &room, 1);
	expect_told("");
	room.iov_len = 7;
	evbuffer_commit_space(buf, &room, 1);
	expect_told("b(8+7-0)");
	evbuffer_add_reference(buf, "x", 1, NULL, NULL);
	expect_told("b(15+1-0)");
	evbuffer_add_buffer_reference(other, buf);
	evbuffer_free(other);
	expect_told("");
	evbuffer_free(buf);
	expect_told("");
}
END_TEST

START_TEST(b125_what_changes_nothing_is_not_told)
{
	struct evbuffer *buf = make_counting(10, 0), *none = make();

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_add(buf, "", 0);
	evbuffer_prepend(buf, "", 0);
	evbuffer_drain(buf, 0);
	evbuffer_add_printf(buf, "%s", "");
	evbuffer_add_buffer(buf, none);
	evbuffer_remove_buffer(buf, none, 0);
	evbuffer_pullup(buf, -1);
	evbuffer_expand(buf, 1000);
	evbuffer_freeze(buf, 0);
	evbuffer_add(buf, "abc", 3);
	expect_told("");
	evbuffer_free(none);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b125_a_disabled_callback_misses_what_happens)
{
	struct evbuffer *buf = make();
	struct evbuffer_cb_entry *a = evbuffer_add_cb(buf, tell, "a");

	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(
		evbuffer_cb_clear_flags(buf, a, EVBUFFER_CB_ENABLED), 0);
	evbuffer_add(buf, "de", 2);
	ck_assert_int_eq(evbuffer_cb_set_flags(buf, a, 0x100), 0);
	evbuffer_add(buf, "f", 1);
	expect_told("a(0+3-0)");
	evbuffer_cb_set_flags(buf, a, EVBUFFER_CB_ENABLED);
	evbuffer_add(buf, "ghij", 4);
	expect_told("a(6+4-0)");
	evbuffer_cb_set_flags(buf, a, EVBUFFER_CB_ENABLED);
	evbuffer_drain(buf, 1);
	expect_told("a(10+0-1)");
	evbuffer_free(buf);
}
END_TEST

static void
tell_old(struct evbuffer *buf, size_t old_length, size_t length, void *name)
{
	size_t end = strlen(told);

	(void)buf;
	snprintf(told + end, sizeof(told) - end, "%s(%zu->%zu)", (char *)name,
		old_length, length);
}

START_TEST(b125_setcb_replaces_all)
{
	struct evbuffer *buf = make();

	ck_assert_int_eq(evbuffer_setcb(buf, NULL, NULL), 0);
	evbuffer_add_cb(buf, tell, "a");
	ck_assert_int_eq(evbuffer_setcb(buf, tell_old, "b"), 0);
	evbuffer_add(buf, "abc", 3);
	expect_told("b(0->3)");
	ck_assert_int_eq(evbuffer_setcb(buf, tell_old, "c"), 0);
	evbuffer_drain(buf, 1);
	expect_told("c(3->2)");
	alloc_fail(1, 0);
	ck_assert_int_eq(evbuffer_setcb(buf, tell_old, "d"), -1);
	evbuffer_drain(buf, 1);
	expect_told("c(2->1)");
	ck_assert_int_eq(evbuffer_setcb(buf, NULL, NULL), 0);
	evbuffer_drain(buf, 1);
	expect_told("");
	evbuffer_free(buf);
}
END_TEST

static void
drain_two(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	tell(buf, info, name);
	if (info->n_added)
		ck_assert_int_eq(evbuffer_drain(buf, 2), 0);
}

START_TEST(b126_a_callback_may_change_the_buffer)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "old");
	evbuffer_add_cb(buf, drain_two, "new");
	evbuffer_add(buf, "12345", 5);
	expect_told("new(0+5-0)old(0+5-2)new(5+0-2)");
	ck_assert_uint_eq(evbuffer_get_length(buf), 3);
	evbuffer_free(buf);
}
END_TEST

static void
fill_up(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *depth)
{
	(void)info;
	ck_assert_int_eq(++*(int *)depth, 1);
	if (evbuffer_get_length(buf) < 10000)
		evbuffer_add(buf, "x", 1);
	--*(int *)depth;
}

/* Ten thousand changes, and never one call within another. */
START_TEST(b126_callbacks_do_not_nest)
{
	struct evbuffer *buf = make();
	int depth = 0;

	evbuffer_add_cb(buf, fill_up, &depth);
	evbuffer_add(buf, "x", 1);
	ck_assert_uint_eq(evbuffer_get_length(buf), 10000);
	evbuffer_free(buf);
}
END_TEST

static struct evbuffer_cb_entry *victim;

static void
remove_victim(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	tell(buf, info, name);
	if (victim)
		ck_assert_int_eq(evbuffer_remove_cb_entry(buf, victim), 0);
	if (victim)
		ck_assert_int_eq(evbuffer_remove_cb_entry(buf, victim), -1);
	victim = NULL;
}

START_TEST(bug34_a_callback_removes_a_callback)
{
	struct evbuffer_cb_entry *entries[3];
	struct evbuffer *buf;

	for (int i = 0; i < 3; i++) {
		buf = make();
		entries[0] = evbuffer_add_cb(buf, tell, "a");
		entries[1] = evbuffer_add_cb(buf, remove_victim, "b");
		entries[2] = evbuffer_add_cb(buf, tell, "c");
		victim = entries[i];
		evbuffer_add(buf, "x", 1);
		expect_told(i == 0 ? "c(0+1-0)b(0+1-0)"
				   : "c(0+1-0)b(0+1-0)a(0+1-0)");
		evbuffer_add(buf, "x", 1);
		expect_told(i == 0   ? "c(1+1-0)b(1+1-0)"
			    : i == 1 ? "c(1+1-0)a(1+1-0)"
				     : "b(1+1-0)a(1+1-0)");
		evbuffer_free(buf);
	}
}
END_TEST

static void
add_another(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	tell(buf, info, name);
	ck_assert_ptr_nonnull(evbuffer_add_cb(buf, tell, "n"));
	ck_assert_int_eq(evbuffer_remove_cb(buf, add_another, name), 0);
}

START_TEST(bug34_a_callback_adds_a_callback)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_add_cb(buf, add_another, "b");
	evbuffer_add(buf, "x", 1);
	expect_told("b(0+1-0)a(0+1-0)");
	evbuffer_add(buf, "x", 1);
	expect_told("n(1+1-0)a(1+1-0)");
	evbuffer_free(buf);
}
END_TEST

static void
set_another(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	tell(buf, info, name);
	ck_assert_int_eq(evbuffer_setcb(buf, tell_old, "n"), 0);
}

START_TEST(bug34_a_callback_replaces_all)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_add_cb(buf, set_another, "b");
	evbuffer_add(buf, "x", 1);
	expect_told("b(0+1-0)");
	evbuffer_add(buf, "x", 1);
	expect_told("n(1->2)");
	evbuffer_free(buf);
}
END_TEST

static void
free_buffer(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *name)
{
	tell(buf, info, name);
	evbuffer_free(buf);
}

START_TEST(bug34_a_callback_frees_the_buffer)
{
	struct evbuffer *buf = make(), *src = make_counting(10, 0);

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_add_cb(buf, free_buffer, "b");
	ck_assert_int_eq(evbuffer_add(buf, "x", 1), 0);
	expect_told("b(0+1-0)");

	buf = make();
	evbuffer_add_cb(buf, free_buffer, "b");
	ck_assert_int_eq(evbuffer_add_buffer(buf, src), 0);
	expect_told("b(0+10-0)");
	evbuffer_free(src);
}
END_TEST

/* When one buffer's callbacks free both, the other's are not called any more. */
static void
free_both(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *other)
{
	tell(buf, info, "f");
	evbuffer_free(other);
	evbuffer_free(buf);
}

START_TEST(bug34_a_callback_frees_both_buffers)
{
	struct evbuffer *dst = make(), *src = make_counting(10, 0);

	evbuffer_add_cb(src, free_both, dst);
	evbuffer_add_cb(dst, tell, "d");
	ck_assert_int_eq(evbuffer_remove_buffer(src, dst, 4), 4);
	expect_told("f(10+0-4)");
}
END_TEST

/* In libevent a callback within evbuffer_remove_buffer() corrupts both. */
static int takes_left;

static void
take_back(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *other)
{
	(void)info;
	ck_assert_ptr_null(verify(buf));
	ck_assert_ptr_null(verify(other));
	if (takes_left-- > 0)
		evbuffer_remove_buffer(other, buf, 3);
}

START_TEST(bug33_callbacks_come_when_both_buffers_are_whole)
{
	struct evbuffer *src = make_counting(5000, 0), *dst = make();

	takes_left = 100;
	evbuffer_add_cb(src, take_back, dst);
	evbuffer_add_cb(dst, take_back, src);
	ck_assert_int_eq(evbuffer_remove_buffer(src, dst, 1000), 1000);
	ck_assert_uint_eq(
		evbuffer_get_length(src) + evbuffer_get_length(dst), 5000);
	ck_assert_ptr_null(verify(src));
	ck_assert_ptr_null(verify(dst));
	evbuffer_free(src);
	evbuffer_free(dst);
}
END_TEST

/* --- deferred ------------------------------------------------------------*/

START_TEST(b127_deferred_changes_are_told_once)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "a");
	ck_assert_int_eq(evbuffer_defer_callbacks(buf, fake_base()), 0);
	evbuffer_add(buf, "abc", 3);
	evbuffer_drain(buf, 1);
	expect_told("");
	ck_assert_int_eq(fake_turn(), 1);
	expect_told("a(0+3-1)");
	ck_assert_int_eq(fake_turn(), 0);
	evbuffer_add(buf, "d", 1);
	ck_assert_int_eq(evbuffer_defer_callbacks(buf, NULL), 0);
	ck_assert_int_eq(fake_turn(), 1);
	evbuffer_add(buf, "e", 1);
	expect_told("a(2+1-0)a(3+1-0)");
	evbuffer_free(buf);
}
END_TEST

START_TEST(b127_a_deferred_callback_outlives_the_buffer)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_defer_callbacks(buf, fake_base());
	evbuffer_add(buf, "abc", 3);
	evbuffer_free(buf);
	expect_told("");
	ck_assert_int_eq(fake_turn(), 1);
	expect_told("a(0+3-0)");
}
END_TEST

START_TEST(b127_a_deferred_callback_may_do_anything)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, drain_two, "a");
	evbuffer_defer_callbacks(buf, fake_base());
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(fake_turn(), 1);
	expect_told("a(0+3-0)");
	ck_assert_int_eq(fake_turn(), 1);
	expect_told("a(3+0-2)");
	ck_assert_int_eq(fake_turn(), 0);
	evbuffer_add_cb(buf, free_buffer, "f");
	evbuffer_add(buf, "d", 1);
	ck_assert_int_eq(fake_turn(), 1);
	expect_told("f(1+1-0)a(1+1-0)");
	ck_assert_int_eq(fake_turn(), 0);
}
END_TEST

START_TEST(b127_nothing_is_told_when_all_was_removed_or_disabled)
{
	struct evbuffer *buf = make();
	struct evbuffer_cb_entry *a = evbuffer_add_cb(buf, tell, "a");

	evbuffer_defer_callbacks(buf, fake_base());
	evbuffer_add(buf, "abc", 3);
	evbuffer_cb_clear_flags(buf, a, EVBUFFER_CB_ENABLED);
	ck_assert_int_eq(fake_turn(), 1);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(fake_turn(), 0);
	evbuffer_remove_cb_entry(buf, a);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(fake_turn(), 0);
	expect_told("");
	evbuffer_free(buf);
}
END_TEST

/* The base goes while a callback is due: with it, or after it, or before. */
START_TEST(bug39_nothing_is_lost_with_the_base)
{
	struct evbuffer *buf = make();

	evbuffer_add_cb(buf, tell, "a");
	evbuffer_defer_callbacks(buf, fake_base());
	evbuffer_add(buf, "abc", 3);
	if (_i == 0)
		evbuffer_free(buf);
	ck_assert_int_eq(fake_base_ends(), 1);
	expect_told("");
	if (_i == 0)
		return;
	evbuffer_add(buf, "d", 1);
	expect_told("a(0+4-0)");
	evbuffer_free(buf);
}
END_TEST

START_TEST(bug39_callbacks_without_memory)
{
	struct evbuffer *buf = make();

	for (int n = 1; n <= 2; n++) {
		alloc_fail(n, 0);
		ck_assert_ptr_null(evbuffer_add_cb(buf, tell, "a"));
	}
	evbuffer_add(buf, "abc", 3);
	evbuffer_free(buf);
	buf = make();
	alloc_fail(1, 0);
	ck_assert_int_eq(evbuffer_defer_callbacks(buf, fake_base()), -1);
	evbuffer_free(buf);
	expect_told("");
}
END_TEST

/* --- locks ---------------------------------------------------------------*/

static void
note_held(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *held)
{
	(void)buf, (void)info;
	*(int *)held = fake_locks_held();
}

START_TEST(b131_locks_are_made_once)
{
	struct evbuffer *buf = make();

	ck_assert_int_eq(evbuffer_enable_locking(buf, NULL), -1);
	fake_threads(1);
	alloc_fail(1, 0);
	ck_assert_int_eq(evbuffer_enable_locking(buf, NULL), -1);
	ck_assert_int_eq(evbuffer_enable_locking(buf, NULL), 0);
	ck_assert_int_eq(evbuffer_enable_locking(buf, NULL), -1);
	ck_assert_int_eq(fake_locks(), 1);
	evbuffer_lock(buf);
	evbuffer_lock(buf);
	ck_assert_int_eq(fake_locks_held(), 2);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(fake_locks_held(), 2);
	evbuffer_unlock(buf);
	evbuffer_unlock(buf);
	evbuffer_free(buf);
	ck_assert_int_eq(fake_locks(), 0);
}
END_TEST

START_TEST(b131_a_lock_may_be_anothers)
{
	struct evbuffer *buf = make(), *other = make();
	int lock = 0;

	ck_assert_int_eq(evbuffer_enable_locking(buf, &lock), 0);
	ck_assert_int_eq(evbuffer_enable_locking(other, &lock), 0);
	evbuffer_lock(buf);
	ck_assert_int_eq(lock, 1);
	evbuffer_unlock(buf);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(evbuffer_add_buffer(other, buf), 0);
	ck_assert_int_eq(evbuffer_remove_buffer(other, buf, 2), 2);
	ck_assert_int_eq(lock, 0);
	evbuffer_free(buf);
	evbuffer_free(other);
	ck_assert_int_eq(lock, 0);
}
END_TEST

/* What one buffer, and what two can be asked for. */
static void
ask_one(int what, struct evbuffer *buf, int fd)
{
	struct evbuffer_ptr ptr = {.pos = 0};
	struct evbuffer_iovec vec = {.iov_base = "x", .iov_len = 1};
	char byte;

	switch (what) {
	case 0:
		evbuffer_add(buf, "x", 1);
		break;
	case 1:
		evbuffer_prepend(buf, "x", 1);
		break;
	case 2:
		evbuffer_add_printf(buf, "x");
		break;
	case 3:
		evbuffer_add_iovec(buf, &vec, 1);
		break;
	case 4:
		evbuffer_expand(buf, 1);
		break;
	case 5:
		evbuffer_reserve_space(buf, 1, &vec, 1);
		break;
	case 6:
		evbuffer_commit_space(buf, &vec, 0);
		break;
	case 7:
		evbuffer_drain(buf, 1);
		break;
	case 8:
		evbuffer_remove(buf, &byte, 1);
		break;
	case 9:
		evbuffer_copyout(buf, &byte, 1);
		break;
	case 10:
		evbuffer_pullup(buf, 1);
		break;
	case 11:
		alloc_free(evbuffer_readln(buf, NULL, EVBUFFER_EOL_LF));
		break;
	case 12:
		evbuffer_ptr_set(buf, &ptr, 0, EVBUFFER_PTR_SET);
		break;
	case 13:
		evbuffer_search(buf, "x", 1, NULL);
		break;
	case 14:
		evbuffer_search_eol(buf, NULL, NULL, EVBUFFER_EOL_LF);
		break;
	case 15:
		evbuffer_peek(buf, -1, NULL, NULL, 0);
		break;
	case 16:
		evbuffer_get_length(buf);
		break;
	case 17:
		evbuffer_get_contiguous_space(buf);
		break;
	case 18:
		evbuffer_freeze(buf, 0);
		break;
	case 19:
		evbuffer_unfreeze(buf, 0);
		break;
	case 20:
		evbuffer_set_flags(buf, EVBUFFER_FLAG_DRAINS_TO_FD);
		break;
	case 21:
		evbuffer_clear_flags(buf, EVBUFFER_FLAG_DRAINS_TO_FD);
		break;
	case 22:
		evbuffer_set_max_read(buf, 100);
		break;
	case 23:
		evbuffer_get_max_read(buf);
		break;
	case 24:
		evbuffer_add_reference(buf, "x", 1, NULL, NULL);
		break;
	case 25:
		evbuffer_add_iovec_reference(buf, &vec, 1, NULL, NULL);
		break;
	case 26:
		evbuffer_add_file(buf, dup(fd), 0, 1);
		break;
	case 27:
		evbuffer_read(buf, fd, 1);
		break;
	case 28:
		evbuffer_write(buf, fd);
		break;
	case 29:
		evbuffer_cb_set_flags(buf, evbuffer_add_cb(buf, tell, "a"),
			EVBUFFER_CB_ENABLED);
		break;
	case 30:
		evbuffer_remove_cb(buf, tell, "a");
		break;
	case 31:
		evbuffer_setcb(buf, NULL, NULL);
		break;
	default:
		evbuffer_defer_callbacks(buf, NULL);
	}
}

enum { ASK_ONE = 33 };

START_TEST(b131_every_function_takes_the_lock_and_gives_it)
{
	struct evbuffer *buf = make(), *other = make();
	int fd = make_file(10), taken, fds[2];

	open_pair(fds);
	fake_threads(1);
	evbuffer_enable_locking(buf, NULL);
	evbuffer_enable_locking(other, NULL);
	for (int i = 0; i < ASK_ONE; i++) {
		taken = fake_locks_taken();
		ask_one(i, buf, i == 28 ? fds[0] : fd);
		ck_assert_msg(fake_locks_taken() > taken, "case %d", i);
		ck_assert_msg(fake_locks_held() == 0, "case %d", i);
	}
	taken = fake_locks_taken();
	evbuffer_add_buffer(buf, other);
	evbuffer_prepend_buffer(buf, other);
	evbuffer_remove_buffer(buf, other, 1);
	evbuffer_add_buffer_reference(buf, other);
	ck_assert_int_ge(fake_locks_taken() - taken, 8);
	ck_assert_int_eq(fake_locks_held(), 0);
	evbuffer_free(buf);
	evbuffer_free(other);
	close_pair(fds);
	close(fd);
}
END_TEST

START_TEST(b131_one_lock_is_held_during_callbacks)
{
	struct evbuffer *buf = make(), *other = make();
	int held = 0;

	fake_threads(1);
	evbuffer_enable_locking(buf, NULL);
	evbuffer_enable_locking(other, NULL);
	evbuffer_add_cb(buf, note_held, &held);
	evbuffer_add(buf, "abc", 3);
	ck_assert_int_eq(held, 1);
	held = 0;
	evbuffer_add_buffer(other, buf);
	ck_assert_int_eq(held, 1);
	held = 0;
	evbuffer_remove_buffer(other, buf, 2);
	ck_assert_int_eq(held, 1);
	evbuffer_defer_callbacks(buf, fake_base());
	held = 0;
	evbuffer_drain(buf, 1);
	ck_assert_int_eq(held, 0);
	fake_turn();
	ck_assert_int_eq(held, 1);
	evbuffer_free(buf);
	evbuffer_free(other);
}
END_TEST

Suite *
notify_suite(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("callbacks");

	tcase_add_checked_fixture(tcase, kit_setup, kit_teardown);
	tcase_add_test(tcase, b125_the_newest_is_told_first_and_everything);
	tcase_add_test(tcase, b125_what_changes_nothing_is_not_told);
	tcase_add_test(tcase, b125_a_disabled_callback_misses_what_happens);
	tcase_add_test(tcase, b125_setcb_replaces_all);
	tcase_add_test(tcase, b126_a_callback_may_change_the_buffer);
	tcase_add_test(tcase, b126_callbacks_do_not_nest);
	tcase_add_test(tcase, bug34_a_callback_removes_a_callback);
	tcase_add_test(tcase, bug34_a_callback_adds_a_callback);
	tcase_add_test(tcase, bug34_a_callback_replaces_all);
	tcase_add_test(tcase, bug34_a_callback_frees_the_buffer);
	tcase_add_test(tcase, bug34_a_callback_frees_both_buffers);
	tcase_add_test(tcase, bug33_callbacks_come_when_both_buffers_are_whole);
	tcase_add_test(tcase, b127_deferred_changes_are_told_once);
	tcase_add_test(tcase, b127_a_deferred_callback_outlives_the_buffer);
	tcase_add_test(tcase, b127_a_deferred_callback_may_do_anything);
	tcase_add_test(
		tcase, b127_nothing_is_told_when_all_was_removed_or_disabled);
	tcase_add_loop_test(tcase, bug39_nothing_is_lost_with_the_base, 0, 2);
	tcase_add_test(tcase, bug39_callbacks_without_memory);
	tcase_add_test(tcase, b131_locks_are_made_once);
	tcase_add_test(tcase, b131_a_lock_may_be_anothers);
	tcase_add_test(tcase, b131_every_function_takes_the_lock_and_gives_it);
	tcase_add_test(tcase, b131_one_lock_is_held_during_callbacks);
	suite_add_tcase(suite, tcase);
	return suite;
}
