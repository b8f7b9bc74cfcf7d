/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the signal tests share: a host that keeps accounts, the providers to
 * run with, and how to wait for arrivals without sleeping.
 *
 * SIGUSR1 and SIGUSR2 have a handler of the test's own before any provider
 * comes, so that a stray signal is counted and does not end the test.
 */
#ifndef EV_TEST_SIGNAL_FIXTURE_H
#define EV_TEST_SIGNAL_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libev-abi/signal.h>
#include <libev-abi/sys.h>

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

enum { PATIENCE_MS = 20000, CASE_SECONDS = 120, STORM_MS = 4000, CHURNERS = 2 };

/* In a build with seams each of them also once more, on pipes. */
static const char *const provider_names[] = {
	"selfpipe",
#ifdef __linux__
	"signalfd",
#endif
/* It makes other calls; their failures are tried on backends. */
#if defined(EV_SYS_KQUEUE) && !defined(EV_TEST_SEAMS)
	"kqueue",
#endif
};

enum {
	NAMES = sizeof(provider_names) / sizeof(*provider_names),
#if defined(EV_TEST_SEAMS) && defined(__linux__)
	PROVIDERS = 2 * NAMES
#else
	PROVIDERS = NAMES
#endif
};

static atomic_int blocks_alive;
static atomic_int blocks_until_failure = -1; /* negative: never */
static atomic_int lines_logged;
static atomic_int strays;
static int descriptors_before;

static void *
test_resize(void *block, size_t size)
{
	void *fresh;

	if (size == 0) {
		if (block)
			atomic_fetch_sub(&blocks_alive, 1);
		free(block);
		return NULL;
	}
	if (atomic_load(&blocks_until_failure) >= 0 &&
		atomic_fetch_sub(&blocks_until_failure, 1) == 0)
		return NULL;
	fresh = realloc(block, size);
	if (fresh && !block)
		atomic_fetch_add(&blocks_alive, 1);
	return fresh;
}

static void
test_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
	atomic_fetch_add(&lines_logged, 1);
}

static const struct ev_host test_host = {
	.abi_version = EV_HOST_ABI,
	.struct_size = sizeof(struct ev_host),
	.resize = test_resize,
	.log = test_log,
};

static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void
on_stray(int signo)
{
	(void)signo;
	atomic_fetch_add(&strays, 1);
}

static void
fixture_up(void)
{
	struct sigaction action = {.sa_handler = on_stray};

	sigemptyset(&action.sa_mask);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR2, &action, NULL), 0);
	descriptors_before = count_descriptors();
}

static int
handler_is(int signo, void (*handler)(int))
{
	struct sigaction now;

	return sigaction(signo, NULL, &now) == 0 && now.sa_handler == handler;
}

/* Everything that was opened, allocated or taken over has been given back. */
static void
fixture_down(void)
{
	ck_assert_int_eq(atomic_load(&blocks_alive), 0);
	ck_assert_int_eq(count_descriptors(), descriptors_before);
	ck_assert_int_eq(atomic_load(&lines_logged), 0);
	ck_assert(handler_is(SIGUSR1, on_stray));
	ck_assert(handler_is(SIGUSR2, on_stray));
}

#if defined(EV_TEST_SEAMS) && defined(__linux__)
static int
no_eventfd(unsigned count, int flags)
{
	(void)count;
	(void)flags;
	errno = ENOSYS;
	return -1;
}
#endif

static const struct ev_signal_ops *
provider(int index)
{
#if defined(EV_TEST_SEAMS) && defined(__linux__)
	ev_sys.eventfd = index < NAMES ? eventfd : no_eventfd;
#endif
	return ev_signal_provider(EV_SIGNAL_ABI, provider_names[index % NAMES]);
}

/* It then reads what the others are told of, one of each. */
static inline int
blocks_signals(const struct ev_signal_ops *ops)
{
	return strcmp(ops->name, "signalfd") == 0;
}

/* Nothing of it is in our memory: it needs none, and cannot be filled. */
static inline int
counts_in_kernel(const struct ev_signal_ops *ops)
{
	return strcmp(ops->name, "kqueue") == 0;
}

/* An instance that watches SIGNO; NULL if that failed. */
static void *
open_watching(const struct ev_signal_ops *ops, int signo)
{
	void *self;

	if (ops->open(&test_host, &self) < 0)
		return NULL;
	if (ops->watch(self, signo) < 0) {
		ops->close(self);
		return NULL;
	}
	return self;
}

static int
readable(const struct ev_signal_ops *ops, void *self, int timeout_ms)
{
	struct pollfd one = {.fd = ops->fd(self), .events = POLLIN};

	return poll(&one, 1, timeout_ms) == 1;
}

/* What has arrived of SIGNO by now; UINT32_MAX if drain() fails. */
static uint32_t
fetch(const struct ev_signal_ops *ops, void *self, int signo)
{
	uint32_t counts[EV_SIGNAL_MAX] = {0};

	return ops->drain(self, counts) < 0 ? UINT32_MAX : counts[signo];
}

static inline int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until N of SIGNO have arrived; how many came, also when too few. */
static inline uint32_t
await(const struct ev_signal_ops *ops, void *self, int signo, uint32_t n)
{
	int64_t deadline = now_ms() + PATIENCE_MS;
	uint32_t total = 0;

	while (total < n && now_ms() < deadline)
		if (readable(ops, self, 100))
			total += fetch(ops, self, signo);
	return total;
}

static inline int
is_blocked(int signo)
{
	sigset_t now;

	return pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 &&
	       sigismember(&now, signo) == 1;
}

static inline void
raise_often(int signo, int times)
{
	while (times-- > 0)
		(void)raise(signo);
}

/* What the storm and fork tests share. */

static atomic_int stop; /* tells threads to end */

static inline void
change_mask(int how, int signo)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, signo);
	(void)pthread_sigmask(how, &one, NULL);
}

struct churner {
	const struct ev_signal_ops *ops;
	pthread_t thread;
	int signo;
	int failed;
	unsigned rounds;
};

/* Comes and goes, and reads now and then what all others want to hear. */
static inline void *
churn(void *arg)
{
	struct churner *me = arg;

	while (!atomic_load(&stop)) {
		void *self = open_watching(me->ops, me->signo);

		if (!self) {
			me->failed = 1;
			break;
		}
		if (me->rounds++ % 2)
			(void)fetch(me->ops, self, me->signo);
		me->ops->close(self);
	}
	return NULL;
}

static inline void
start_churners(struct churner *all, const struct ev_signal_ops *ops, int signo)
{
	int i;

	atomic_store(&stop, 0);
	for (i = 0; i < CHURNERS; i++) {
		all[i] = (struct churner){.ops = ops, .signo = signo};
		ck_assert_int_eq(
			pthread_create(&all[i].thread, NULL, churn, &all[i]),
			0);
	}
}

static inline void
stop_churners(struct churner *all)
{
	int i;

	atomic_store(&stop, 1);
	for (i = 0; i < CHURNERS; i++) {
		ck_assert_int_eq(pthread_join(all[i].thread, NULL), 0);
		ck_assert_int_eq(all[i].failed, 0);
	}
}

/* A process that sends SIGNO to its parent until it is killed. */
static inline pid_t
start_sender(int signo)
{
	pid_t target = getpid();
	pid_t sender = fork();

	ck_assert_int_ge(sender, 0);
	if (sender > 0)
		return sender;
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(CASE_SECONDS);
	while (getppid() == target && kill(target, signo) == 0)
		;
	_exit(0);
}

static inline void
stop_sender(pid_t sender)
{
	ck_assert_int_eq(kill(sender, SIGKILL), 0);
	ck_assert_int_eq(waitpid(sender, NULL, 0), sender);
}

struct errand {
	const struct ev_signal_ops *ops;
	void *self;
	int blocked; /* afterwards, in the thread that ran it */
};

static inline void *
open_elsewhere(void *arg)
{
	struct errand *errand = arg;

	errand->self = open_watching(errand->ops, SIGUSR1);
	errand->blocked = is_blocked(SIGUSR1);
	return NULL;
}

static inline void
run_elsewhere(void *(*fn)(void *), struct errand *errand)
{
	pthread_t other;

	ck_assert_int_eq(pthread_create(&other, NULL, fn, errand), 0);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
}

#endif
