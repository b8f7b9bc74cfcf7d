/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking a signal over, and giving it back as it was found. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <libev-abi/sys.h>

#include "../support/runner.h"
#include "disposition.h"

enum { SIGNO = SIGUSR1, RESTORER = 0x04000000 /* libc's own flag */ };

static void
ours(int signo)
{
	(void)signo;
}

static void
theirs(int signo)
{
	(void)signo;
}

static void
theirs_long(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
}

static int
same_set(const sigset_t *a, const sigset_t *b)
{
	int signo;

	for (signo = 1; signo < NSIG; signo++)
		if (sigismember(a, signo) != sigismember(b, signo))
			return 0;
	return 1;
}

static int
same_action(const struct sigaction *a, const struct sigaction *b)
{
	return a->sa_handler == b->sa_handler &&
	       (a->sa_flags & ~RESTORER) == (b->sa_flags & ~RESTORER) &&
	       same_set(&a->sa_mask, &b->sa_mask);
}

enum { FOUND_KINDS = 5 };

/* Five kinds of what may be found, told to the kernel and read back. */
static struct sigaction
install(int kind)
{
	struct sigaction action = {0};
	struct sigaction found;

	sigemptyset(&action.sa_mask);
	switch (kind) {
	case 0:
		action.sa_handler = SIG_DFL;
		break;
	case 1:
		action.sa_handler = SIG_IGN;
		break;
	case 2:
		action.sa_handler = theirs;
		break;
	case 3:
		action.sa_handler = theirs;
		action.sa_flags = SA_NODEFER | SA_RESETHAND | SA_ONSTACK;
		sigaddset(&action.sa_mask, SIGALRM);
		sigaddset(&action.sa_mask, SIGCHLD);
		break;
	default:
		action.sa_sigaction = theirs_long;
		action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP;
		sigaddset(&action.sa_mask, SIGTERM);
	}
	ck_assert_int_eq(sigaction(SIGNO, &action, NULL), 0);
	ck_assert_int_eq(sigaction(SIGNO, NULL, &found), 0);
	return found;
}

static struct sigaction
current(void)
{
	struct sigaction now;

	ck_assert_int_eq(sigaction(SIGNO, NULL, &now), 0);
	return now;
}

START_TEST(bug19_found_sigaction_is_back_to_the_flag)
{
	struct disposition disposition = {0};
	struct sigaction found = install(_i);
	struct sigaction now;

	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), 0);
	now = current();
	ck_assert(now.sa_handler == ours);
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	now = current();
	ck_assert(same_action(&now, &found));
}
END_TEST

START_TEST(handler_runs_alone_and_restarts_calls)
{
	struct disposition disposition = {0};
	struct sigaction now;

	install(0);
	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), 0);
	now = current();
	ck_assert(now.sa_flags & SA_RESTART);
	ck_assert(now.sa_flags & SA_ONSTACK);
	ck_assert(!(now.sa_flags & (SA_RESETHAND | SA_NODEFER | SA_SIGINFO)));
	ck_assert_int_eq(sigismember(&now.sa_mask, SIGALRM), 1);
	ck_assert_int_eq(sigismember(&now.sa_mask, SIGRTMAX), 1);
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
}
END_TEST

START_TEST(last_user_restores)
{
	struct disposition disposition = {0};
	struct sigaction found = install(3);
	struct sigaction now;
	int i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(
			disposition_take(&disposition, SIGNO, ours), 0);
	for (i = 0; i < 3; i++) {
		now = current();
		ck_assert(now.sa_handler == ours);
		ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	}
	now = current();
	ck_assert(same_action(&now, &found));
}
END_TEST

START_TEST(restore_without_take_does_nothing)
{
	struct disposition disposition = {0};
	struct sigaction found = install(2);
	struct sigaction now;

	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), 0);
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	now = current();
	ck_assert(same_action(&now, &found));
}
END_TEST

START_TEST(what_is_found_is_found_anew_each_time)
{
	struct disposition disposition = {0};
	struct sigaction found, now;
	int kind;

	for (kind = 0; kind < FOUND_KINDS; kind++) {
		found = install(kind);
		ck_assert_int_eq(
			disposition_take(&disposition, SIGNO, ours), 0);
		ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
		now = current();
		ck_assert(same_action(&now, &found));
	}
}
END_TEST

START_TEST(refused_numbers_change_nothing)
{
	static const int refused[] = {SIGKILL, SIGSTOP, 0, -1, 100000};
	const struct disposition untouched = {0};
	struct disposition disposition = {0};

	ck_assert_int_eq(
		disposition_take(&disposition, refused[_i], ours), -EINVAL);
	ck_assert_int_eq(
		memcmp(&disposition, &untouched, sizeof(untouched)), 0);
}
END_TEST

#ifdef EV_TEST_SEAMS
static int
broken_sigaction(int signo, const struct sigaction *now, struct sigaction *old)
{
	(void)signo;
	(void)now;
	(void)old;
	errno = EPERM;
	return -1;
}

START_TEST(failed_take_changes_nothing)
{
	struct disposition disposition = {0};

	install(2);
	ev_sys.sigaction = broken_sigaction;
	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), -EPERM);
	ev_sys.sigaction = sigaction;
	ck_assert_uint_eq(disposition.users, 0);
	ck_assert_int_eq(disposition.taken, 0);
}
END_TEST

START_TEST(failed_restore_forgets_nothing)
{
	struct disposition disposition = {0};
	struct sigaction found = install(4);
	struct sigaction now;

	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), 0);
	ev_sys.sigaction = broken_sigaction;
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), -EPERM);
	ck_assert_int_eq(disposition_take(&disposition, SIGNO, ours), 0);
	ev_sys.sigaction = sigaction;
	ck_assert_int_eq(disposition_restore(&disposition, SIGNO), 0);
	now = current();
	ck_assert(same_action(&now, &found));
}
END_TEST
#endif

static Suite *
suite_disposition(void)
{
	Suite *suite = suite_create("disposition");
	TCase *tcase = tcase_create("take and restore");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, bug19_found_sigaction_is_back_to_the_flag, 0,
		FOUND_KINDS);
	tcase_add_test(tcase, handler_runs_alone_and_restarts_calls);
	tcase_add_test(tcase, last_user_restores);
	tcase_add_test(tcase, restore_without_take_does_nothing);
	tcase_add_test(tcase, what_is_found_is_found_anew_each_time);
	tcase_add_loop_test(tcase, refused_numbers_change_nothing, 0, 5);
#ifdef EV_TEST_SEAMS
	tcase_add_test(tcase, failed_take_changes_nothing);
	tcase_add_test(tcase, failed_restore_forgets_nothing);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_disposition, NULL});
}
