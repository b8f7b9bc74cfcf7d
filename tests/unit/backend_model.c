/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend modules against a naive reference: random calls, random lives of
 * descriptors, and after each step what wait() says is compared with what
 * poll() says of every descriptor by itself.
 *
 * LIBEV_TEST_SEED and LIBEV_TEST_STEPS choose the walk.  A failure tells the
 * seed and the step.
 */
#include "backend_fixture.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

enum { NUMBERS = 64, OPEN_MAX_HERE = 28, STEPS = 4000 };
enum { WAITS = 3, PATIENCE = 1000 };

/* What is known of a descriptor's number. */
struct number {
	int is_open;
	int is_stale; /* closed since the backend was last told of it */
	int reports;  /* since it was closed */
	uint32_t gen;
	uint32_t interest; /* as told */
};

struct walk {
	const struct ev_backend_ops *ops;
	void *self;
	struct number numbers[NUMBERS];
	int n_open;
	uint64_t random;
	char where[48]; /* seed and step, for messages */
};

static uint32_t
below(struct walk *walk, uint32_t limit)
{
	walk->random ^= walk->random << 13;
	walk->random ^= walk->random >> 7;
	walk->random ^= walk->random << 17;
	return (uint32_t)(walk->random >> 32) % limit;
}

static long
number_from(const char *variable, long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 0) : otherwise;
}

/* --- lives ---------------------------------------------------------------*/

static void
adopt(struct walk *walk, int fd)
{
	struct number *number = &walk->numbers[fd];

	ck_assert_int_lt(fd, NUMBERS);
	ck_assert_int_eq(
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
	number->is_open = 1;
	walk->n_open++;
}

static void
open_two(struct walk *walk)
{
	int ends[2];

	if (walk->n_open + 2 > OPEN_MAX_HERE)
		return;
	if (below(walk, 2))
		make_pipe(ends);
	else
		make_sockets(ends);
	adopt(walk, ends[0]);
	adopt(walk, ends[1]);
}

static void
close_one(struct walk *walk, int fd)
{
	struct number *number = &walk->numbers[fd];

	close(fd);
	number->is_open = 0;
	number->is_stale = number->interest != 0;
	number->reports = 0;
	walk->n_open--;
}

static void
change_contents(struct walk *walk, int fd)
{
	char bytes[3000] = {0};
	ssize_t n = 0;

	switch (below(walk, 8)) {
	case 0:
		n = shutdown(fd, SHUT_WR);
		break;
	case 1: /* until no more goes */
		while (write(fd, bytes, sizeof(bytes)) > 0)
			;
		break;
	case 2:
	case 3:
		n = write(fd, bytes, 1);
		break;
	default:
		n = read(fd, bytes, sizeof(bytes));
	}
	(void)n; /* whatever came of it, poll() knows */
}

/* --- telling -------------------------------------------------------------*/

/* Like the core: OLD is what was said last, whatever is true by now. */
static void
tell(struct walk *walk, int fd, uint32_t now)
{
	struct number *number = &walk->numbers[fd];
	uint32_t old = below(walk, 8) ? number->interest : below(walk, 2) * ANY;
	int err;

	if (!number->interest || number->is_stale)
		number->gen++;
	atomic_store(&blocks_until_failure, (long)below(walk, 6) - 3);
	err = walk->ops->watch(walk->self, fd, number->gen, old, now);
	atomic_store(&blocks_until_failure, -1);
	if (err == -ENOMEM)
		err = walk->ops->watch(walk->self, fd, number->gen, 0, now);
	ck_assert_msg(err == 0 || (err == -EBADF && now && !number->is_open),
		"%s: watch() returned %d", walk->where, err);
	number->interest = err ? 0 : now;
	number->is_stale = now && !number->is_open;
	number->reports = 0;
}

static uint32_t
some_interest(struct walk *walk)
{
	static const uint32_t bits[] = {EV_ON_READ, EV_ON_WRITE, EV_ON_CLOSED};
	uint32_t chosen = 1 + below(walk, 7), interest = 0;

	for (int i = 0; i < 3; i++)
		if (chosen >> i & 1)
			interest |= bits[i];
	return interest;
}

static void
start_anew(struct walk *walk)
{
	int again = (int)below(walk, 2);

	ck_assert_int_eq(walk->ops->reopen(walk->self), 0);
	for (int fd = 0; fd < NUMBERS; fd++) {
		struct number *number = &walk->numbers[fd];
		uint32_t interest = number->interest;

		number->interest = 0;
		number->is_stale = 0;
		if (interest && again && number->is_open)
			tell(walk, fd, interest);
	}
}

/* --- the reference -------------------------------------------------------*/

/* What must be reported of FD, and what may be. */
static void
expect(const struct walk *walk, int fd, uint32_t *must, uint32_t *may)
{
	uint32_t interest = walk->numbers[fd].interest;
	int early = can(walk->ops, EV_CAN_EARLY_CLOSE);
	struct pollfd one = {
		.fd = fd,
		.events = (short)((interest & EV_ON_READ ? POLLIN : 0) |
				  (interest & EV_ON_WRITE ? POLLOUT : 0) |
				  (interest & EV_ON_CLOSED ? POLLRDHUP : 0)),
	};

	ck_assert_int_ge(poll(&one, 1, 0), 0);
	*must = (one.revents & POLLIN ? EV_ON_READ : 0u) |
		(one.revents & POLLOUT ? EV_ON_WRITE : 0u) |
		(one.revents & POLLRDHUP ? EV_ON_CLOSED : 0u);
	*may = *must;
	if (one.revents & (POLLERR | POLLHUP)) {
		*must |= interest & DIRECTIONS ? interest & DIRECTIONS
					       : EV_ON_CLOSED;
		*may = *must;
	}
	if (one.revents & POLLHUP)
		*may |= interest & EV_ON_CLOSED;
	if (!early)
		*must &= ~(uint32_t)EV_ON_CLOSED;
	if (!early && (one.revents & (POLLHUP | POLLERR | POLLOUT)) == POLLHUP)
		*must &= ~(uint32_t)EV_ON_WRITE;
}

static void
judge(struct walk *walk, const struct ev_ready *report)
{
	struct number *number = &walk->numbers[report->fd];
	uint32_t must, may, mask;

	ck_assert(report->fd >= 0 && report->fd < NUMBERS);
	ck_assert_msg(number->interest != 0,
		"%s: %d is reported but not watched", walk->where, report->fd);
	ck_assert_msg(report->gen == number->gen,
		"%s: %d is reported under a generation that has ended",
		walk->where, report->fd);
	mask = report->mask & number->interest;
	if (number->is_stale) {
		ck_assert_msg(number->is_open || ++number->reports == 1,
			"%s: %d is closed and reported again", walk->where,
			report->fd);
		return;
	}
	expect(walk, report->fd, &must, &may);
	ck_assert_msg((mask & ~may) == 0 && mask != 0,
		"%s: %d watched for %x is reported as %x, not %x to %x",
		walk->where, report->fd, number->interest, report->mask, must,
		may);
}

/* One wait with room for all; what it says is added to SEEN. */
static void
look(struct walk *walk, int64_t timeout_ns, uint32_t seen[NUMBERS])
{
	struct ev_ready out[NUMBERS];
	int n = walk->ops->wait(walk->self, timeout_ns, out, NUMBERS);

	ck_assert_msg(n >= 0, "%s: wait() returned %d", walk->where, n);
	for (int i = 0; i < n; i++) {
		judge(walk, &out[i]);
		seen[out[i].fd] |= out[i].mask;
	}
}

/* A descriptor of which not all has been seen that must be; -1: none. */
static int
find_unseen(const struct walk *walk, const uint32_t seen[NUMBERS])
{
	uint32_t must, may;

	for (int fd = 0; fd < NUMBERS; fd++) {
		const struct number *number = &walk->numbers[fd];

		if (!number->interest || number->is_stale)
			continue;
		expect(walk, fd, &must, &may);
		if (must & ~seen[fd])
			return fd;
	}
	return -1;
}

/*
 * After a few waits each that is ready has been seen, in all that it is ready
 * for.  The first one may be about closed descriptors alone; and what a kernel
 * refuses to watch may take a moment.
 */
static void
compare(struct walk *walk)
{
	uint32_t seen[NUMBERS] = {0};
	int fd;

	for (int round = 0; round < WAITS; round++)
		look(walk, 0, seen);
	fd = find_unseen(walk, seen);
	for (int round = 0; fd >= 0 && round < PATIENCE; round++) {
		look(walk, MILLISECOND, seen);
		fd = find_unseen(walk, seen);
	}
	ck_assert_msg(fd < 0, "%s: %d watched for %x is only reported as %x",
		walk->where, fd, fd < 0 ? 0 : walk->numbers[fd].interest,
		fd < 0 ? 0 : seen[fd]);
}

static void
wait_a_little(struct walk *walk)
{
	struct ev_ready out[8];
	int cap = 1 + (int)below(walk, 8);
	int n = walk->ops->wait(walk->self, below(walk, 2) * 1000, out, cap);

	ck_assert(n >= 0 && n <= cap);
	for (int i = 0; i < n; i++)
		judge(walk, &out[i]);
}

/* --- the walk ------------------------------------------------------------*/

static void
take_step(struct walk *walk)
{
	int fd = (int)below(walk, NUMBERS);
	struct number *number = &walk->numbers[fd];
	int is_ours = number->is_open || number->is_stale;

	switch (below(walk, 16)) {
	case 0:
	case 1:
		open_two(walk);
		break;
	case 2:
		if (number->is_open && below(walk, 2))
			tell(walk, fd, 0);
		if (number->is_open)
			close_one(walk, fd);
		break;
	case 3:
		if (is_ours)
			tell(walk, fd, 0);
		break;
	case 4:
		wait_a_little(walk);
		break;
	case 5:
		if (below(walk, 50) == 0)
			start_anew(walk);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		if (number->is_open)
			change_contents(walk, fd);
		break;
	default:
		if (is_ours)
			tell(walk, fd, some_interest(walk));
	}
}

START_TEST(random_walk)
{
	struct walk walk = {.ops = module_ops(_i)};
	long seed = number_from("LIBEV_TEST_SEED", 20210);
	long steps = number_from("LIBEV_TEST_STEPS", STEPS);

	signal(SIGPIPE, SIG_IGN);
	walk.random = (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	walk.self = open_instance(walk.ops, seed & 1 ? EV_OPT_PRECISE : 0);
	for (long step = 0; step < steps; step++) {
		snprintf(walk.where, sizeof(walk.where), "seed %ld, step %ld",
			seed, step);
		take_step(&walk);
		compare(&walk);
	}
	walk.ops->close(walk.self);
	for (int fd = 0; fd < NUMBERS; fd++)
		if (walk.numbers[fd].is_open)
			close(fd);
}
END_TEST

static Suite *
suite_backend_model(void)
{
	const TTest *const each[] = {random_walk};
	Suite *suite = suite_create("backend_model");
	TCase *tcase = tcase_create("random walks");

	add_module_tests(tcase, each, sizeof(each) / sizeof(*each));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(
		(Suite *(*const[])(void)){suite_backend_model, NULL});
}
