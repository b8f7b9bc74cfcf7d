/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evutil over a system that fails or lacks something; for builds with test
 * seams.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/util.h>

#include <libev-abi/sys.h>

#include "../support/runner.h"

#ifndef EV_TEST_SEAMS
#error "this test replaces system calls: configure with -Dtest_seams=true"
#endif

/* --- names -----------------------------------------------------------------*/

/* A resolver of an old system: these flags are unknown to it. */
#define NEW_FLAGS (EVUTIL_AI_ADDRCONFIG | EVUTIL_AI_V4MAPPED | EVUTIL_AI_ALL)

static struct addrinfo seen; /* the hints of the latest call */
static int asked;

static int
old_getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **found)
{
	asked++;
	seen = *hints;
	if (hints->ai_flags & NEW_FLAGS)
		return EAI_BADFLAGS;
	return getaddrinfo(node, service, hints, found);
}

START_TEST(flags_that_a_system_does_not_know_are_done_without)
{
	struct evutil_addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;

	ev_sys.getaddrinfo = old_getaddrinfo;
	hints.ai_flags = NEW_FLAGS | EVUTIL_AI_NUMERICSERV;
	ck_assert_int_eq(
		evutil_getaddrinfo("localhost", "80", &hints, &found), 0);
	ck_assert_int_eq(asked, 2);
	ck_assert_int_eq(seen.ai_flags, EVUTIL_AI_NUMERICSERV);
	ck_assert_int_eq(seen.ai_socktype, SOCK_STREAM);
	evutil_freeaddrinfo(found);
}
END_TEST

static int
note_getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **found)
{
	(void)node, (void)service, (void)found;
	asked++;
	seen = *hints;
	return EAI_AGAIN;
}

/* Where a server listens depends on the addresses there are. */
START_TEST(flags_of_a_listener_reach_the_system)
{
	static const struct {
		const char *node;
		int flags, reaching;
	} rows[] = {
		{NULL, EVUTIL_AI_PASSIVE | EVUTIL_AI_ADDRCONFIG,
			EVUTIL_AI_PASSIVE | EVUTIL_AI_ADDRCONFIG},
		{NULL, EVUTIL_AI_ADDRCONFIG, 0},
		{"1.2.3.4", EVUTIL_AI_PASSIVE | EVUTIL_AI_ADDRCONFIG,
			EVUTIL_AI_PASSIVE},
		{"localhost", EVUTIL_AI_ADDRCONFIG, EVUTIL_AI_ADDRCONFIG},
	};

	ev_sys.getaddrinfo = note_getaddrinfo;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct evutil_addrinfo hints = {.ai_flags = rows[i].flags};
		struct evutil_addrinfo *found = &hints;

		ck_assert_int_eq(
			evutil_getaddrinfo(rows[i].node, "80", &hints, &found),
			EVUTIL_EAI_AGAIN);
		ck_assert_int_eq(seen.ai_flags, rows[i].reaching);
		ck_assert_ptr_eq(found, &hints);
	}
	ck_assert_int_eq(asked, 4);
}
END_TEST

/* --- random bytes ----------------------------------------------------------*/

static int getrandom_error, open_error, read_error;
static int interruptions;
static int fatals;

static int
is_interrupted(void)
{
	if (interruptions == 0)
		return 0;
	interruptions--;
	errno = EINTR;
	return 1;
}

/* Gives three bytes at most, 1, and fails as it is told. */
static ssize_t
poor_getrandom(void *data, size_t size, unsigned flags)
{
	(void)flags;
	if (is_interrupted())
		return -1;
	if (getrandom_error) {
		errno = getrandom_error;
		return -1;
	}
	size = size < 3 ? size : 3;
	memset(data, 1, size);
	return (ssize_t)size;
}

static int
poor_open(const char *path, int flags, mode_t mode)
{
	if (open_error) {
		errno = open_error;
		return -1;
	}
	return open(path, flags, mode);
}

static ssize_t
poor_read(int fd, void *data, size_t size)
{
	if (is_interrupted())
		return -1;
	if (read_error) {
		errno = read_error;
		return -1;
	}
	return read(fd, data, size < 3 ? size : 3);
}

static void
swallow(int severity, const char *text)
{
	(void)severity, (void)text;
}

static void
count_fatal(int err)
{
	(void)err;
	fatals++;
}

static void
poor_up(void)
{
	ev_sys.getrandom = poor_getrandom;
	ev_sys.open = poor_open;
	ev_sys.read = poor_read;
	event_set_log_callback(swallow);
	event_set_fatal_callback(count_fatal);
}

START_TEST(rng_goes_on_until_it_has_all)
{
	unsigned char bytes[11] = {0};

	interruptions = 2;
	evutil_secure_rng_get_bytes(bytes, 10);
	ck_assert_mem_eq(bytes, "\1\1\1\1\1\1\1\1\1\1\0", 11);
	ck_assert_int_eq(fatals, 0);
}
END_TEST

static char own_device[64];

/* A file in place of the device, so that one knows what it holds. */
static void
make_device(const char *content)
{
	int fd;

	strcpy(own_device, "/tmp/libev-device-XXXXXX");
	fd = mkstemp(own_device);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	ck_assert_int_eq(
		evutil_secure_rng_set_urandom_device_file(own_device), 0);
}

START_TEST(rng_without_the_call_reads_the_device)
{
	unsigned char bytes[9] = {0};

	getrandom_error = ENOSYS;
	make_device("abcdefgh");
	interruptions = 2; /* the call's, and then the device's */
	evutil_secure_rng_get_bytes(bytes, 8);
	ck_assert_mem_eq(bytes, "abcdefgh\0", 9);
	ck_assert_int_eq(evutil_secure_rng_init(), 0);
	ck_assert_int_eq(fatals, 0);
	unlink(own_device);
}
END_TEST

/* Zeros for a key are bad, but what was in the buffer is no better. */
static void
check_no_bytes(void)
{
	static const unsigned char zeros[8];
	unsigned char bytes[8];

	memset(bytes, 0x5a, sizeof(bytes));
	fatals = 0;
	evutil_secure_rng_get_bytes(bytes, sizeof(bytes));
	ck_assert_int_eq(fatals, 1);
	ck_assert_mem_eq(bytes, zeros, sizeof(bytes));
}

START_TEST(rng_that_gives_nothing_is_fatal)
{
	getrandom_error = ENOSYS;
	open_error = EACCES;
	check_no_bytes();
	ck_assert_int_eq(evutil_secure_rng_init(), -1);
	open_error = 0;
	read_error = EIO;
	check_no_bytes();
	read_error = 0;
	make_device("short");
	check_no_bytes();
	unlink(own_device);
}
END_TEST

/* --- a clock ---------------------------------------------------------------*/

static struct timespec wall;
static int clock_error;

static int
set_clock(clockid_t id, struct timespec *now)
{
	if (clock_error) {
		errno = clock_error;
		return -1;
	}
	if (id != CLOCK_REALTIME)
		return clock_gettime(id, now);
	*now = wall;
	return 0;
}

static long
read_seconds(struct evutil_monotonic_timer *timer)
{
	struct timeval now;

	ck_assert_int_eq(evutil_gettime_monotonic(timer, &now), 0);
	return (long)now.tv_sec;
}

START_TEST(clock_by_the_time_of_day_never_goes_back)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();

	ev_sys.clock_gettime = set_clock;
	evutil_configure_monotonic_time(timer, EV_MONOT_FALLBACK);
	wall.tv_sec = 1000;
	ck_assert_int_eq(read_seconds(timer), 1000);
	wall.tv_sec = 1010;
	ck_assert_int_eq(read_seconds(timer), 1010);
	wall.tv_sec = 500; /* somebody set it back */
	ck_assert_int_eq(read_seconds(timer), 1010);
	wall.tv_sec = 507;
	ck_assert_int_eq(read_seconds(timer), 1017);
	wall.tv_sec = 0;
	ck_assert_int_eq(read_seconds(timer), 1017);
	wall.tv_sec = 1;
	ck_assert_int_eq(read_seconds(timer), 1018);
	evutil_monotonic_timer_free(timer);
}
END_TEST

START_TEST(clock_that_fails_says_so)
{
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct timeval now = {-5, -5};

	ev_sys.clock_gettime = set_clock;
	clock_error = EINVAL;
	ck_assert_int_eq(evutil_gettime_monotonic(timer, &now), -1);
	ck_assert_int_eq(now.tv_sec, -5);
	clock_error = 0;
	ck_assert_int_eq(evutil_gettime_monotonic(timer, &now), 0);
	evutil_monotonic_timer_free(timer);
}
END_TEST

/* --- pairs -----------------------------------------------------------------*/

static int
lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static int stranger = -1;

/* Somebody else is faster than we are. */
static int
late_connect(int sock, const struct sockaddr *address, socklen_t size)
{
	stranger = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(stranger, address, size), 0);
	return connect(sock, address, size);
}

START_TEST(socketpair_is_with_nobody_else)
{
	evutil_socket_t pair[2] = {-7, -7};
	int free_before = lowest_free();

	ev_sys.connect = late_connect;
	ck_assert_int_eq(evutil_socketpair(AF_INET, SOCK_STREAM, 0, pair), -1);
	ck_assert_int_eq(errno, ECONNABORTED);
	ck_assert_int_eq(pair[0], -7);
	ck_assert_int_eq(pair[1], -7);
	close(stranger);
	ck_assert_int_eq(lowest_free(), free_before);
}
END_TEST

static int
no_bind(int sock, const struct sockaddr *address, socklen_t size)
{
	(void)sock, (void)address, (void)size;
	errno = EADDRNOTAVAIL;
	return -1;
}

static int
no_listen(int sock, int backlog)
{
	(void)sock, (void)backlog;
	errno = EADDRINUSE;
	return -1;
}

static int
no_connect(int sock, const struct sockaddr *address, socklen_t size)
{
	(void)sock, (void)address, (void)size;
	errno = ECONNREFUSED;
	return -1;
}

static int
no_accept(int sock, struct sockaddr *address, socklen_t *size)
{
	(void)sock, (void)address, (void)size;
	errno = EMFILE;
	return -1;
}

static void
check_failing_pair(int error)
{
	evutil_socket_t pair[2] = {-7, -7};
	int free_before = lowest_free();

	ck_assert_int_eq(evutil_socketpair(AF_INET, SOCK_STREAM, 0, pair), -1);
	ck_assert_int_eq(errno, error);
	ck_assert_int_eq(pair[0], -7);
	ck_assert_int_eq(lowest_free(), free_before);
}

START_TEST(socketpair_that_fails_leaves_nothing_open)
{
	const struct ev_sys real = ev_sys;

	ev_sys.bind = no_bind;
	check_failing_pair(EADDRNOTAVAIL);
	ev_sys = real;
	ev_sys.listen = no_listen;
	check_failing_pair(EADDRINUSE);
	ev_sys = real;
	ev_sys.connect = no_connect;
	check_failing_pair(ECONNREFUSED);
	ev_sys = real;
	ev_sys.accept = no_accept;
	check_failing_pair(EMFILE);
}
END_TEST

static Suite *
suite_faults(void)
{
	Suite *suite = suite_create("util_faults");
	TCase *names = tcase_create("names");
	TCase *random = tcase_create("random");
	TCase *clocks = tcase_create("clocks");
	TCase *pairs = tcase_create("pairs");

	tcase_add_checked_fixture(random, poor_up, NULL);
	tcase_add_test(
		names, flags_that_a_system_does_not_know_are_done_without);
	tcase_add_test(names, flags_of_a_listener_reach_the_system);
	tcase_add_test(random, rng_goes_on_until_it_has_all);
	tcase_add_test(random, rng_without_the_call_reads_the_device);
	tcase_add_test(random, rng_that_gives_nothing_is_fatal);
	tcase_add_test(clocks, clock_by_the_time_of_day_never_goes_back);
	tcase_add_test(clocks, clock_that_fails_says_so);
	tcase_add_test(pairs, socketpair_is_with_nobody_else);
	tcase_add_test(pairs, socketpair_that_fails_leaves_nothing_open);
	suite_add_tcase(suite, names);
	suite_add_tcase(suite, random);
	suite_add_tcase(suite, clocks);
	suite_add_tcase(suite, pairs);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_faults, NULL});
}
