/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend modules against what libev-abi/backend.h says of wait(), wake(),
 * pollable(), and of threads.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "backend_fixture.h"

/* --- the array -----------------------------------------------------------*/

enum { MANY = 200 };

static int many[MANY][2];

static void
make_many_ready(const struct ev_backend_ops *ops, void *self)
{
	for (int i = 0; i < MANY; i++) {
		make_pipe(many[i]);
		put_byte(many[i][1]);
		ck_assert_int_eq(ops->watch(self, many[i][0], (uint32_t)i, 0,
					 EV_ON_READ),
			0);
	}
}

static void
close_many(void)
{
	for (int i = 0; i < MANY; i++)
		close_both(many[i]);
}

START_TEST(no_more_than_fits)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const struct ev_ready blank = {-7, 7, 7};
	void *self = open_instance(ops, 0);
	struct ev_ready out[MANY + 1];
	int n;

	make_many_ready(ops, self);
	for (int cap = 1; cap <= MANY; cap++) {
		out[cap] = blank;
		n = ops->wait(self, -1, out, cap);
		ck_assert(n > 0 && n <= cap);
		ck_assert_mem_eq(&out[cap], &blank, sizeof(blank));
	}
	ops->close(self);
	close_many();
}
END_TEST

/* Which of many[] are in the N reports of OUT; none of them twice. */
static int
tick_off(const struct ev_ready *out, int n, char seen[MANY])
{
	int fresh = 0;

	for (int i = 0; i < n; i++) {
		ck_assert_uint_lt(out[i].gen, MANY);
		ck_assert_int_eq(out[i].fd, many[out[i].gen][0]);
		ck_assert_uint_eq(out[i].mask & EV_ON_READ, EV_ON_READ);
		for (int j = 0; j < i; j++)
			ck_assert_int_ne(out[i].fd, out[j].fd);
		fresh += !seen[out[i].gen];
		seen[out[i].gen] = 1;
	}
	return fresh;
}

START_TEST(none_is_passed_over_for_ever)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	char seen[MANY] = {0};
	struct ev_ready out[7];
	int left = MANY, n, fd;

	make_many_ready(ops, self);
	for (int round = 0; left > 0; round++) {
		ck_assert_int_le(round, 2 * MANY);
		n = ops->wait(self, 0, out, 7);
		ck_assert_int_eq(n, 7);
		left -= tick_off(out, n, seen);
		fd = many[round % MANY][0]; /* the set is not still */
		ck_assert_int_eq(ops->watch(self, fd, (uint32_t)(round % MANY),
					 EV_ON_READ, 0),
			0);
		ck_assert_int_eq(ops->watch(self, fd, (uint32_t)(round % MANY),
					 0, EV_ON_READ),
			0);
	}
	ops->close(self);
	close_many();
}
END_TEST

/* Memory for larger batches is a convenience, not a need. */
START_TEST(all_are_seen_without_memory)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	char seen[MANY] = {0};
	struct ev_ready out[MANY];
	int left = MANY, n;

	make_many_ready(ops, self);
	for (int round = 0; left > 0; round++) {
		ck_assert_int_lt(round, 100);
		atomic_store(&fail_for_ever, round < 3);
		atomic_store(&blocks_until_failure, round < 3 ? 0 : -1);
		n = ops->wait(self, 0, out, MANY);
		ck_assert_int_gt(n, 0);
		left -= tick_off(out, n, seen);
	}
	ops->close(self);
	close_many();
}
END_TEST

START_TEST(both_directions_are_one_report)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int ends[2];

	make_sockets(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 3, 0, DIRECTIONS), 0);
	ck_assert_int_eq(ops->wait(self, -1, out, 4), 1);
	ck_assert_int_eq(out[0].fd, ends[0]);
	ck_assert_uint_eq(out[0].gen, 3);
	ck_assert_uint_eq(out[0].mask, DIRECTIONS);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* --- levels and edges ----------------------------------------------------*/

START_TEST(levels_are_reported_until_they_fall)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int ends[2];

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	put_byte(ends[1]);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
	take_byte(ends[0]);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* What was so between two waits is nothing to the second. */
START_TEST(level_that_has_fallen_is_not_reported)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int ends[2];

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
		put_byte(ends[1]);
		take_byte(ends[0]);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* Once for each edge; without the feature a level, never less. */
START_TEST(edges_are_reported_once)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const uint32_t interest = EV_ON_READ | EV_ON_EDGE;
	void *self = open_instance(ops, 0);
	uint32_t again = can(ops, EV_CAN_EDGE) ? 0 : EV_ON_READ;
	int ends[2];

	make_sockets(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, interest), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
		ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), again);
		put_byte(ends[1]);
	}
	ck_assert_int_eq(ops->watch(self, ends[0], 1, interest, EV_ON_READ), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* As many descriptors as there may be, up to COUNT. */
static int
allow_descriptors(int count)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < (rlim_t)count)
		count = (int)limit.rlim_max;
	limit.rlim_cur = (rlim_t)count;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return count;
}

enum { STATIONS = 1000, TRIPS = 20 };

/*
 * What comes to station I goes on to the next one; how many bytes it was.
 * With edges all of it has to be taken.
 */
static int
pass_on(int stations[STATIONS][2], int i)
{
	char bytes[2 * STATIONS];
	ssize_t n = read(stations[i][0], bytes, sizeof(bytes));

	ck_assert(n > 0 || errno == EAGAIN);
	if (n > 0)
		ck_assert_int_eq(write(stations[(i + 1) % STATIONS][1], bytes,
					 (size_t)n),
			n);
	return n > 0 ? (int)n : 0;
}

static void
open_stations(const struct ev_backend_ops *ops, void *self,
	int stations[STATIONS][2], uint32_t interest)
{
	for (int i = 0; i < STATIONS; i++) {
		make_pipe(stations[i]);
		ck_assert_int_eq(fcntl(stations[i][0], F_SETFL, O_NONBLOCK), 0);
		put_byte(stations[i][1]);
		ck_assert_int_eq(ops->watch(self, stations[i][0], (uint32_t)i,
					 0, interest),
			0);
	}
}

/* Everywhere is a byte under way: one that is not told of is not moved. */
START_TEST(no_report_is_lost_in_a_crowd)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	static int stations[STATIONS][2];
	static struct ev_ready out[STATIONS];

	if (allow_descriptors(2 * STATIONS + 50) < 2 * STATIONS + 50 ||
		!goes_far(ops))
		return;
	for (int edges = 0; edges < 2; edges++) {
		void *self = open_instance(ops, 0);
		int moved = 0, n;

		open_stations(ops, self, stations,
			EV_ON_READ | (edges ? EV_ON_EDGE : 0u));
		while (moved < STATIONS * TRIPS) {
			n = ops->wait(self, 10000 * MILLISECOND, out, STATIONS);
			ck_assert_int_gt(n, 0);
			for (int i = 0; i < n; i++)
				moved += pass_on(stations, (int)out[i].gen);
		}
		ops->close(self);
		for (int i = 0; i < STATIONS; i++)
			close_both(stations[i]);
	}
}
END_TEST

enum { CROWD = 5000 };

/* More than kernels queue, all ready before anybody looks. */
START_TEST(everybody_at_once)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self;
	int crowd = allow_descriptors(2 * CROWD + 50) / 2 - 25, left = crowd;
	static int pipes[CROWD][2];
	static char seen[CROWD];
	struct ev_ready out[64];
	int n;

	if (!goes_far(ops))
		return;
	self = open_instance(ops, 0);
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < crowd; i++) {
		make_pipe(pipes[i]);
		ck_assert_int_eq(ops->watch(self, pipes[i][0], (uint32_t)i, 0,
					 EV_ON_READ),
			0);
	}
	ck_assert_int_eq(ops->wait(self, 0, out, 64), 0);
	for (int i = 0; i < crowd; i++)
		put_byte(pipes[i][1]);
	for (int round = 0; left > 0; round++) {
		ck_assert_int_le(round, crowd);
		n = ops->wait(self, 10000 * MILLISECOND, out, 64);
		ck_assert_int_gt(n, 0);
		for (int i = 0; i < n; i++) {
			left -= !seen[out[i].gen];
			seen[out[i].gen] = 1;
		}
	}
	for (int i = 0; i < crowd; i++)
		take_byte(pipes[i][0]);
	for (int round = 0; ops->wait(self, 0, out, 64) > 0; round++)
		ck_assert_int_le(round, crowd / 64 + 2);
	ops->close(self);
	for (int i = 0; i < crowd; i++)
		close_both(pipes[i]);
}
END_TEST

/* Nobody looks for so long that a kernel cannot queue what it has to tell. */
START_TEST(edges_without_end)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const uint32_t interest = EV_ON_READ | EV_ON_EDGE;
	void *self = open_instance(ops, 0);
	uint32_t again = can(ops, EV_CAN_EDGE) ? 0 : EV_ON_READ;
	int ends[2];

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, interest), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 6000; k++)
			put_byte(ends[1]);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
		for (int k = 0; k < 3; k++) /* what was queued may repeat it */
			(void)readiness(ops, self, ends[0], 1, ANY);
		ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), again);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* --- errors and hang-ups -------------------------------------------------*/

START_TEST(end_of_a_pipe)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int first[2], second[2];

	make_pipe(first);
	make_pipe(second);
	ck_assert_int_eq(ops->watch(self, first[0], 1, 0, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, self, first[0], 1, EV_ON_READ), 0);
	close(first[1]);
	ck_assert_uint_eq(
		readiness(ops, self, first[0], 1, EV_ON_READ), EV_ON_READ);
	while (poll(&(struct pollfd){.fd = second[1], .events = POLLOUT}, 1,
		       0) == 1)
		put_byte(second[1]);
	ck_assert_int_eq(ops->watch(self, second[1], 2, 0, EV_ON_WRITE), 0);
	ck_assert_uint_eq(readiness(ops, self, second[1], 2, EV_ON_WRITE), 0);
	close(second[0]);
	ck_assert_uint_eq(
		readiness(ops, self, second[1], 2, EV_ON_WRITE), EV_ON_WRITE);
	ops->close(self);
	close(first[0]);
	close(second[1]);
}
END_TEST

/* Two connected TCP sockets. */
static void
make_connection(int ends[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (void *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (void *)&address, &len), 0);
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ends[1], (void *)&address, len), 0);
	ends[0] = accept(listener, NULL, NULL);
	ck_assert_int_ge(ends[0], 0);
	close(listener);
}

static void
reset(int fd)
{
	const struct linger now = {.l_onoff = 1};

	ck_assert_int_eq(
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

/* Without early close, a close may be told or not. */
static uint32_t
promised(const struct ev_backend_ops *ops)
{
	return can(ops, EV_CAN_EARLY_CLOSE) ? ANY : DIRECTIONS;
}

/* b046, b047: whatever is watched hears of it. */
START_TEST(broken_connection_is_all_that_is_watched)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	uint32_t seen = promised(ops);
	void *self = open_instance(ops, 0);
	int ends[2];

	for (uint32_t now = 1; now <= 7; now++) {
		uint32_t interest = (now & 1 ? EV_ON_READ : 0u) |
				    (now & 2 ? EV_ON_WRITE : 0u) |
				    (now & 4 ? EV_ON_CLOSED : 0u);

		make_connection(ends);
		ck_assert_int_eq(
			ops->watch(self, ends[0], now, 0, interest), 0);
		ck_assert_uint_eq(readiness(ops, self, ends[0], now,
					  interest & ~EV_ON_WRITE),
			0);
		reset(ends[1]);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], now, interest & seen),
			interest & seen);
		ck_assert_int_eq(
			ops->watch(self, ends[0], now, interest, 0), 0);
		close(ends[0]);
	}
	ops->close(self);
}
END_TEST

/* b048: before what was sent is read. */
START_TEST(early_close_is_seen_behind_data)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	uint32_t seen = promised(ops);
	void *self = open_instance(ops, 0);
	int ends[2];

	make_connection(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_CLOSED), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(readiness(ops, self, ends[0], 1, seen),
			seen & EV_ON_CLOSED);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* A socket with an error waiting, but not closed: nobody takes datagrams. */
static int
make_error(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int taker = socket(AF_INET, SOCK_DGRAM, 0);
	int sender = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(taker, (void *)&address, len), 0);
	ck_assert_int_eq(getsockname(taker, (void *)&address, &len), 0);
	ck_assert_int_eq(connect(sender, (void *)&address, len), 0);
	close(taker);
	put_byte(sender);
	return sender;
}

START_TEST(error_is_a_direction_and_no_close)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const uint32_t interest = EV_ON_READ | EV_ON_CLOSED;
	void *self = open_instance(ops, 0);
	int fd = make_error();

	ck_assert_int_eq(ops->watch(self, fd, 1, 0, interest), 0);
	ck_assert_uint_eq(readiness(ops, self, fd, 1, interest), EV_ON_READ);
	ck_assert_int_eq(ops->watch(self, fd, 1, interest, EV_ON_WRITE), 0);
	ck_assert_uint_eq(
		readiness(ops, self, fd, 1, EV_ON_WRITE), EV_ON_WRITE);
	ops->close(self);
	close(fd);
}
END_TEST

/* How often wait() returns in the time it was told to take. */
static int
count_waits(const struct ev_backend_ops *ops, void *self, int64_t time_ns)
{
	int64_t end = now_ns() + time_ns, left;
	struct ev_ready out[4];
	int waits = 0;

	while ((left = end - now_ns()) > 0) {
		ck_assert_int_eq(ops->wait(self, left, out, 4), 0);
		waits++;
	}
	return waits;
}

/* That the peer sends no more is no news to who waits for room. */
START_TEST(bug29_half_closed_and_full_is_quiet)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	char bytes[65536];
	int ends[2];

	make_sockets(ends);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	memset(bytes, 0, sizeof(bytes));
	while (write(ends[0], bytes, sizeof(bytes)) > 0)
		;
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_WRITE), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_le(count_waits(ops, self, 20 * MILLISECOND), 8);
		while (read(ends[1], bytes, sizeof(bytes)) > 0)
			;
		for (int k = 0; k < 3; k++)
			ck_assert_uint_eq(
				readiness(ops, self, ends[0], 1, EV_ON_WRITE),
				EV_ON_WRITE);
		while (write(ends[0], bytes, sizeof(bytes)) > 0)
			;
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* Or wait() would come back at once with nothing, for ever. */
START_TEST(bug29_error_with_nobody_to_read_is_a_close)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	uint32_t seen = promised(ops);
	void *self = open_instance(ops, 0);
	int fd = make_error();

	ck_assert_int_eq(ops->watch(self, fd, 1, 0, EV_ON_CLOSED), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(
			readiness(ops, self, fd, 1, seen), seen & EV_ON_CLOSED);
	ops->close(self);
	close(fd);
}
END_TEST

/* --- closed while watched ------------------------------------------------*/

/* Before the kernel may have heard of it, or after. */
static void
close_watched(const struct ev_backend_ops *ops, void *self, int has_waited)
{
	struct ev_ready out[4];
	int ends[2], n, reports = 0;

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	if (has_waited)
		ck_assert_int_eq(ops->wait(self, 0, out, 4), 0);
	close_both(ends);
	for (int i = 0; i < 20; i++) {
		n = ops->wait(self, 0, out, 4);
		ck_assert_int_ge(n, 0);
		ck_assert(n == 0 || out[0].gen == 1);
		reports += n;
	}
	ck_assert_int_le(reports, 1);
}

START_TEST(bug06_closed_descriptor_is_reported_once_at_most)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int other[2];

	make_pipe(other);
	ck_assert_int_eq(ops->watch(self, other[0], 2, 0, EV_ON_READ), 0);
	for (int has_waited = 0; has_waited < 2; has_waited++) {
		close_watched(ops, self, has_waited);
		ck_assert_int_le(count_waits(ops, self, 20 * MILLISECOND), 5);
	}
	put_byte(other[1]);
	ck_assert_int_eq(ops->wait(self, -1, out, 4), 1);
	ck_assert_int_eq(out[0].fd, other[0]);
	ops->close(self);
	close_both(other);
}
END_TEST

/* What is ready and not wanted any more, in whole or in part. */
START_TEST(ended_interest_wakes_nobody)
{
	static const uint32_t left[] = {0, EV_ON_CLOSED, EV_ON_READ};
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, EV_OPT_PRECISE);
	int ends[2];

	make_sockets(ends);
	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++) {
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, 0, DIRECTIONS), 0);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_WRITE);
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, DIRECTIONS, left[i]), 0);
		ck_assert_int_le(count_waits(ops, self, 20 * MILLISECOND), 5);
		ck_assert_int_eq(ops->watch(self, ends[0], 1, left[i], 0), 0);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* The number can be watched again, whether its end was told or not. */
START_TEST(bug06_closed_number_comes_back)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int ends[2], again[2];

	for (int told = 0; told < 2; told++) {
		make_pipe(ends);
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
		close_both(ends);
		ck_assert_int_ge(ops->wait(self, 0, out, 4), 0);
		ck_assert_int_ge(ops->wait(self, 0, out, 4), 0);
		if (told)
			ck_assert_int_eq(
				ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
		make_pipe(again);
		ck_assert_int_eq(again[0], ends[0]);
		ck_assert_int_eq(ops->watch(self, again[0], 2,
					 told ? 0 : EV_ON_READ, EV_ON_READ),
			0);
		put_byte(again[1]);
		ck_assert_uint_eq(
			readiness(ops, self, again[0], 2, ANY), EV_ON_READ);
		ck_assert_int_eq(
			ops->watch(self, again[0], 2, EV_ON_READ, 0), 0);
		close_both(again);
	}
	ops->close(self);
}
END_TEST

START_TEST(bug06_many_closed_at_once)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	char seen[MANY] = {0};
	struct ev_ready out;
	int n;

	make_many_ready(ops, self);
	close_many();
	for (int i = 0; i < 2 * MANY; i++) {
		n = ops->wait(self, 0, &out, 1);
		ck_assert_int_ge(n, 0);
		ck_assert_int_eq(n, tick_off(&out, n, seen));
	}
	ck_assert_int_le(count_waits(ops, self, 20 * MILLISECOND), 5);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(ops->watch(self, many[i][0], (uint32_t)i,
					 EV_ON_READ, 0),
			0);
	ops->close(self);
}
END_TEST

/* Some backends have something else stand in for what cannot be watched. */
START_TEST(bug06_closed_pipe_without_a_reader)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out;
	int ends[2], n, reports = 0;

	make_pipe(ends);
	close(ends[0]);
	ck_assert_int_eq(ops->watch(self, ends[1], 1, 0, EV_ON_WRITE), 0);
	close(ends[1]);
	for (int i = 0; i < 10; i++) {
		n = ops->wait(self, 3 * MILLISECOND, &out, 1);
		ck_assert_int_ge(n, 0);
		reports += n;
	}
	ck_assert_int_le(reports, 1);
	ck_assert_int_eq(ops->watch(self, ends[1], 1, EV_ON_WRITE, 0), 0);
	ops->close(self);
}
END_TEST

/* --- time ----------------------------------------------------------------*/

/* A wait that rounds down comes back again and again before its end. */
START_TEST(timeouts_are_rounded_up)
{
	static const int64_t timeouts[] = {1, 999, 1000, 1001, 299999, 999999,
		1000000, 1000001, 3500000, 12345678};
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self;

	for (uint32_t options = 0; options <= EV_OPT_PRECISE; options++) {
		self = open_instance(ops, options);
		for (size_t i = 0; i < sizeof(timeouts) / sizeof(*timeouts);
			i++)
			ck_assert_int_le(
				count_waits(ops, self, timeouts[i]), 3);
		ops->close(self);
	}
}
END_TEST

START_TEST(zero_does_not_wait)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, EV_OPT_PRECISE);
	struct ev_ready out;
	int ends[2];

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(ops->wait(self, 0, &out, 1), 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

static void
do_nothing(int signo)
{
	(void)signo;
}

/* SIGALRM again and again: one alone could come before the wait. */
static void
ring(int on)
{
	const struct sigaction action = {.sa_handler = do_nothing};
	const struct itimerval often = {{0, 5000}, {0, 5000}};
	const struct itimerval never = {{0, 0}, {0, 0}};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, on ? &often : &never, NULL), 0);
}

/* It really waits, also for times that no kernel takes; signals end that. */
START_TEST(signals_end_long_waits)
{
	static const int64_t timeouts[] = {-1, INT64_MAX, INT64_MAX - 1,
		INT64_C(2147483648) * MILLISECOND, 2147483 * MILLISECOND};
	const struct ev_backend_ops *ops = module_ops(_i);
	struct ev_ready out;
	void *self;

	ring(1);
	for (uint32_t options = 0; options <= EV_OPT_PRECISE; options++) {
		self = open_instance(ops, options);
		for (size_t i = 0; i < sizeof(timeouts) / sizeof(*timeouts);
			i++)
			ck_assert_int_eq(
				ops->wait(self, timeouts[i], &out, 1), -EINTR);
		ops->close(self);
	}
	ring(0);
}
END_TEST

/* A time that was given once does not end a later wait over and over. */
START_TEST(old_timeouts_do_not_spin)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, EV_OPT_PRECISE);
	struct ev_ready out;
	int ends[2], err, waits = 0;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(ops->wait(self, 2 * MILLISECOND, &out, 1), 1);
	take_byte(ends[0]);
	ring(1);
	while ((err = ops->wait(self, -1, &out, 1)) == 0)
		ck_assert_int_le(waits++, 3);
	ring(0);
	ck_assert_int_eq(err, -EINTR);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* --- threads -------------------------------------------------------------*/

struct helper {
	const struct ev_backend_ops *ops;
	void *self;
	int fd;
	pthread_t thread;
};

static void *
write_a_byte(void *arg)
{
	struct helper *helper = arg;

	put_byte(helper->fd);
	return NULL;
}

START_TEST(waits_until_something_happens)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct helper helper = {.ops = ops};
	struct ev_ready out;
	int ends[2], n;
	void *self;

	for (uint32_t options = 0; options <= EV_OPT_PRECISE; options++) {
		self = open_instance(ops, options);
		make_pipe(ends);
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
		helper.fd = ends[1];
		ck_assert_int_eq(pthread_create(&helper.thread, NULL,
					 write_a_byte, &helper),
			0);
		while ((n = ops->wait(
				self, options ? INT64_MAX : -1, &out, 1)) == 0)
			;
		ck_assert_int_eq(n, 1);
		ck_assert_int_eq(out.fd, ends[0]);
		ck_assert_int_eq(pthread_join(helper.thread, NULL), 0);
		ops->close(self);
		close_both(ends);
	}
}
END_TEST

static void *
live_alone(void *arg)
{
	struct helper *helper = arg;
	const struct ev_backend_ops *ops = helper->ops;
	void *self = open_instance(ops, EV_OPT_PRECISE);
	struct ev_ready out[4];
	int ends[2];

	for (uint32_t i = 0; i < 100; i++) {
		make_pipe(ends);
		put_byte(ends[1]);
		ck_assert_int_eq(
			ops->watch(self, ends[0], i, 0, EV_ON_READ), 0);
		ck_assert_int_eq(ops->wait(self, 1000, out, 4), 1);
		ck_assert_uint_eq(out[0].gen, i);
		ck_assert_int_eq(
			ops->watch(self, ends[0], i, EV_ON_READ, 0), 0);
		close_both(ends);
		if (i % 10 == 0)
			ck_assert_int_eq(ops->reopen(self), 0);
	}
	ops->close(self);
	return NULL;
}

START_TEST(each_instance_in_its_own_thread)
{
	struct helper helpers[4];

	for (int i = 0; i < 4; i++) {
		helpers[i] = (struct helper){.ops = module_ops(_i)};
		ck_assert_int_eq(pthread_create(&helpers[i].thread, NULL,
					 live_alone, &helpers[i]),
			0);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(helpers[i].thread, NULL), 0);
}
END_TEST

static void *
wait_for_one(void *arg)
{
	struct helper *helper = arg;
	struct ev_ready out;
	int n;

	while ((n = helper->ops->wait(helper->self, -1, &out, 1)) == 0)
		;
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(out.fd, helper->fd);
	return NULL;
}

START_TEST(watch_during_wait)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct helper helper = {.ops = ops};
	int ends[2], idle[2];

	if (!(ops->flags & EV_BACKEND_CONCURRENT))
		return;
	helper.self = open_instance(ops, 0);
	make_pipe(idle);
	for (uint32_t i = 0; i < 50; i++) {
		make_pipe(ends);
		put_byte(ends[1]);
		helper.fd = ends[0];
		ck_assert_int_eq(pthread_create(&helper.thread, NULL,
					 wait_for_one, &helper),
			0);
		ck_assert_int_eq(
			ops->watch(helper.self, idle[0], i, 0, EV_ON_READ), 0);
		ck_assert_int_eq(
			ops->watch(helper.self, idle[0], i, EV_ON_READ, 0), 0);
		ck_assert_int_eq(
			ops->watch(helper.self, ends[0], i, 0, EV_ON_READ), 0);
		ck_assert_int_eq(pthread_join(helper.thread, NULL), 0);
		ck_assert_int_eq(
			ops->watch(helper.self, ends[0], i, EV_ON_READ, 0), 0);
		close_both(ends);
	}
	ops->close(helper.self);
	close_both(idle);
}
END_TEST

static void *
wait_and_return(void *arg)
{
	struct helper *helper = arg;
	struct ev_ready out;

	ck_assert_int_eq(helper->ops->wait(helper->self, -1, &out, 1), 0);
	return NULL;
}

START_TEST(wake_ends_a_wait)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct helper helper = {.ops = ops};

	if (!EV_ABI_HAS(struct ev_backend_ops, ops, wake))
		return;
	helper.self = open_instance(ops, 0);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(pthread_create(&helper.thread, NULL,
					 wait_and_return, &helper),
			0);
		ck_assert_int_eq(ops->wake(helper.self), 0);
		ck_assert_int_eq(pthread_join(helper.thread, NULL), 0);
	}
	ops->close(helper.self);
}
END_TEST

START_TEST(pollable_says_when_to_wait)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct pollfd embedded = {.events = POLLIN};
	int ends[2];
	void *self;

	if (!EV_ABI_HAS(struct ev_backend_ops, ops, pollable))
		return;
	self = open_instance(ops, 0);
	make_pipe(ends);
	for (uint32_t i = 0; i < 2; i++) {
		embedded.fd = ops->pollable(self);
		ck_assert_int_ge(embedded.fd, 0);
		ck_assert_int_eq(poll(&embedded, 1, 0), 0);
		ck_assert_int_eq(
			ops->watch(self, ends[0], i, 0, EV_ON_READ), 0);
		ck_assert_int_eq(poll(&embedded, 1, 0), 0);
		put_byte(ends[1]);
		ck_assert_int_eq(poll(&embedded, 1, -1), 1);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], i, ANY), EV_ON_READ);
		take_byte(ends[0]);
		ck_assert_int_eq(ops->reopen(self), 0);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

static Suite *
suite_backend_wait(void)
{
	const TTest *const each[] = {
		no_more_than_fits,
		none_is_passed_over_for_ever,
		all_are_seen_without_memory,
		both_directions_are_one_report,
		levels_are_reported_until_they_fall,
		level_that_has_fallen_is_not_reported,
		edges_are_reported_once,
		no_report_is_lost_in_a_crowd,
		everybody_at_once,
		edges_without_end,
		end_of_a_pipe,
		broken_connection_is_all_that_is_watched,
		early_close_is_seen_behind_data,
		error_is_a_direction_and_no_close,
		bug29_half_closed_and_full_is_quiet,
		bug29_error_with_nobody_to_read_is_a_close,
		ended_interest_wakes_nobody,
		bug06_closed_descriptor_is_reported_once_at_most,
		bug06_closed_number_comes_back,
		bug06_many_closed_at_once,
		bug06_closed_pipe_without_a_reader,
		timeouts_are_rounded_up,
		zero_does_not_wait,
		signals_end_long_waits,
		old_timeouts_do_not_spin,
		waits_until_something_happens,
		each_instance_in_its_own_thread,
		watch_during_wait,
		wake_ends_a_wait,
		pollable_says_when_to_wait,
	};
	Suite *suite = suite_create("backend_wait");
	TCase *tcase = tcase_create("wait, threads");

	add_module_tests(tcase, each, sizeof(each) / sizeof(*each));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_backend_wait, NULL});
}
