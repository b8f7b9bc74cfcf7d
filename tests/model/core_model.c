/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs against a naive reference.
 *
 * A few descriptors, some dozens of events, a virtual clock.  Each step draws
 * one thing that a program could do; callbacks draw more of them.  The model
 * keeps for each event what the documentation says of it, and asks poll(2) of
 * a descriptor's state; every callback, every return value and every event's
 * state after every step must agree with it.
 *
 * Needs a build with -Dtest_seams=true, for the clock.  LIBEV_TEST_SEED and
 * LIBEV_TEST_STEPS replay a run; a failure prints both.
 */
#include <check.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_backend.h>

#include <libev-abi/sys.h>

#include "../support/refusal.h"
#include "../support/runner.h"

#define N_SLOTS   6
#define N_EVENTS  24
#define N_LEVELS  3
#define N_GHOSTS  4
#define MS        1000000
#define IO_EVENTS (EV_READ | EV_WRITE)
#define ALL       (EV_TIMEOUT | EV_READ | EV_WRITE)

struct slot {
	int near, far;
};

struct model_event {
	struct event *ev; /* NULL: does not exist now */
	int slot;         /* -1: a timer */
	short events;
	int level;
	int inserted;
	int64_t deadline; /* -1: none */
	int64_t interval; /* -1: none */
	int64_t expired;  /* the deadline that passed last */
	uint64_t order;   /* of the deadline, among equal ones */
	short due;
	uint64_t place; /* in the queue; equal: any order will do */
};

static struct event_base *base;
static struct slot slots[N_SLOTS];
static struct model_event events[N_EVENTS];
static int ghosts[N_GHOSTS];
static int next_ghost;

static int64_t now_ns;
static uint64_t orders, places;
static uint64_t random_state, seed;
static long step;

/* The pass that is under way. */
static int pass_level; /* -1: none */
static int interrupted;

static void disagree(const struct model_event *m, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static void
disagree(const struct model_event *m, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("seed %llu, step %ld, event %ld: %s",
		(unsigned long long)seed, step, m ? (long)(m - events) : -1L,
		text);
	abort();
}

static uint32_t
draw(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % below;
}

static int
virtual_clock(clockid_t id, struct timespec *now)
{
	if (id != CLOCK_MONOTONIC)
		return clock_gettime(id, now);
	now->tv_sec = (time_t)(now_ns / 1000000000);
	now->tv_nsec = (long)(now_ns % 1000000000);
	return 0;
}

/* --- the model -----------------------------------------------------------*/

static void
model_clear(struct model_event *m)
{
	m->inserted = 0;
	m->deadline = -1;
	m->interval = -1;
	m->due = 0;
}

static void
model_set_deadline(struct model_event *m, int64_t deadline)
{
	m->deadline = deadline;
	m->order = ++orders;
}

static void
model_activate(struct model_event *m, short what, uint64_t place)
{
	if (!m->due) {
		m->place = place;
		if (pass_level >= 0 && m->level < pass_level)
			interrupted = 1;
	}
	m->due = (short)(m->due | what);
}

static short
state_of(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT};

	if (poll(&entry, 1, 0) < 0)
		return 0;
	return (short)((entry.revents & POLLIN ? EV_READ : 0) |
		       (entry.revents & POLLOUT ? EV_WRITE : 0));
}

static void
model_poll(void)
{
	uint64_t place = ++places;

	for (int i = 0; i < N_EVENTS; i++) {
		struct model_event *m = &events[i];
		short what;

		if (!m->ev || !m->inserted || m->slot < 0)
			continue;
		what = state_of(slots[m->slot].near) & m->events & IO_EVENTS;
		if (what)
			model_activate(m, what, place);
	}
}

static struct model_event *
first_due_timer(void)
{
	struct model_event *first = NULL;

	for (int i = 0; i < N_EVENTS; i++) {
		struct model_event *m = &events[i];

		if (!m->ev || m->deadline < 0 || m->deadline > now_ns)
			continue;
		if (!first || m->deadline < first->deadline ||
			(m->deadline == first->deadline &&
				m->order < first->order))
			first = m;
	}
	return first;
}

static void
model_expire(void)
{
	struct model_event *m;

	while ((m = first_due_timer())) {
		m->expired = m->deadline;
		m->deadline = -1;
		model_activate(m, EV_TIMEOUT, ++places);
	}
}

static int
most_urgent(void)
{
	int level = -1;

	for (int i = 0; i < N_EVENTS; i++)
		if (events[i].ev && events[i].due &&
			(level < 0 || events[i].level < level))
			level = events[i].level;
	return level;
}

static void
model_run(struct model_event *m, short what)
{
	int64_t next;

	m->due = 0;
	if (!(m->events & EV_PERSIST)) {
		model_clear(m);
		return;
	}
	if (m->interval < 0 || (what == EV_TIMEOUT && m->deadline >= 0))
		return;
	next = (what == EV_TIMEOUT ? m->expired : now_ns) + m->interval;
	if (next <= now_ns)
		next = now_ns + m->interval;
	model_set_deadline(m, next);
}

/* --- agreement -----------------------------------------------------------*/

static void
check_event(const struct model_event *m)
{
	int want = m->due, have;

	if (m->inserted)
		want |= m->events & IO_EVENTS;
	if (m->deadline >= 0)
		want |= EV_TIMEOUT;
	have = event_pending(m->ev, ALL, NULL);
	if (have != want)
		disagree(m, "pending 0x%x, not 0x%x", have, want);
}

static void
check_all(void)
{
	int added = 0, due = 0;

	for (int i = 0; i < N_EVENTS; i++) {
		const struct model_event *m = &events[i];

		if (!m->ev)
			continue;
		check_event(m);
		added += m->inserted + (m->deadline >= 0) + (m->due != 0);
		due += m->due != 0;
	}
	if (event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) != added)
		disagree(NULL, "%d added, not %d",
			event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
			added);
	if (event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE) != due)
		disagree(NULL, "wrong count of active events");
}

/* --- what a program does -------------------------------------------------*/

static void act(int inside);

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct model_event *m = arg;

	(void)fd;
	if (!m->ev || !m->due)
		disagree(m, "called with 0x%x though not due", what);
	if (what != m->due)
		disagree(m, "called with 0x%x, not 0x%x", what, m->due);
	if (m->level != pass_level)
		disagree(m, "level %d called in a pass of %d", m->level,
			pass_level);
	if (interrupted)
		disagree(m, "called though something more urgent is due");
	for (int i = 0; i < N_EVENTS; i++)
		if (events[i].ev && events[i].due &&
			events[i].level == m->level &&
			events[i].place < m->place)
			disagree(m, "called before event %d", i);
	model_run(m, what);
	for (uint32_t n = draw(3); n > 0; n--)
		act(1);
}

static struct model_event *
some_event(void)
{
	struct model_event *m = &events[draw(N_EVENTS)];

	return m->ev ? m : NULL;
}

static void
make(struct model_event *m)
{
	static const short kinds[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, 0};
	short kind = kinds[draw(4)];

	m->slot = kind ? (int)draw(N_SLOTS) : -1;
	m->events = (short)(kind | (draw(2) ? EV_PERSIST : 0));
	m->level = (int)draw(N_LEVELS);
	model_clear(m);
	m->ev = event_new(
		base, kind ? slots[m->slot].near : -1, m->events, on_event, m);
	if (!m->ev || event_priority_set(m->ev, m->level) < 0)
		disagree(m, "cannot be made");
}

static void
add(struct model_event *m)
{
	int64_t ms = draw(3) ? (int64_t)draw(6) : (int64_t)draw(5000);
	struct timeval tv = {
		(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	int timed = m->slot < 0 || draw(2);

	if (event_add(m->ev, timed ? &tv : NULL) < 0)
		disagree(m, "cannot be added");
	m->inserted = m->slot >= 0;
	if (!timed)
		return;
	m->interval = m->events & EV_PERSIST ? ms * MS : -1;
	model_set_deadline(m, now_ns + ms * MS);
	m->due &= ~EV_TIMEOUT;
}

static void
del(struct model_event *m)
{
	if (event_del(m->ev) < 0)
		disagree(m, "cannot be removed");
	model_clear(m);
}

static void
remove_timer(struct model_event *m)
{
	if (event_remove_timer(m->ev) < 0)
		disagree(m, "timer cannot be removed");
	m->deadline = -1;
	m->interval = -1;
}

static void
activate(struct model_event *m)
{
	static const short whats[] = {
		EV_READ, EV_WRITE, EV_TIMEOUT, EV_READ | EV_TIMEOUT};
	short what = whats[draw(4)];

	event_active(m->ev, what, 1);
	model_activate(m, what, ++places);
}

static void
unmake(struct model_event *m)
{
	event_free(m->ev);
	m->ev = NULL;
}

static void
set_level(struct model_event *m)
{
	int level = (int)draw(N_LEVELS);
	int result = event_priority_set(m->ev, level);

	if ((result < 0) != (m->due != 0))
		disagree(m, "priority set: %d", result);
	if (result == 0)
		m->level = level;
}

static void
move_bytes(void)
{
	struct slot *slot = &slots[draw(N_SLOTS)];
	char bytes[64];

	if (draw(2)) {
		if (write(slot->far, "x", 1) < 0)
			return; /* full */
	} else if (read(slot->near, bytes, sizeof(bytes)) < 0) {
		return; /* empty */
	}
}

/* Keep the old file alive under another number for a while. */
static void
leave_ghost(int fd)
{
	int *place = &ghosts[next_ghost++ % N_GHOSTS];

	if (*place >= 0)
		close(*place);
	*place = dup(fd);
}

/* Another file under the same number, as a careful program does it. */
static void
replace(int index)
{
	struct slot *slot = &slots[index];
	int pair[2];

	for (int i = 0; i < N_EVENTS; i++)
		if (events[i].ev && events[i].slot == index)
			del(&events[i]);
	if (draw(3) == 0)
		leave_ghost(slot->near);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		disagree(NULL, "no socket pair");
	if (dup2(pair[0], slot->near) < 0 || dup2(pair[1], slot->far) < 0)
		disagree(NULL, "no duplicate");
	close(pair[0]);
	close(pair[1]);
}

static void
act(int inside)
{
	uint32_t choice = draw(inside ? 16 : 18);
	struct model_event *m = some_event();

	if (!m && choice < 12)
		return; /* drew a place that is empty */
	else if (choice < 5)
		add(m);
	else if (choice < 7)
		del(m);
	else if (choice < 9)
		activate(m);
	else if (choice == 9)
		unmake(m);
	else if (choice == 10)
		remove_timer(m);
	else if (choice == 11)
		set_level(m);
	else if (choice < 15)
		move_bytes();
	else if (choice == 15)
		replace((int)draw(N_SLOTS));
	else
		now_ns += (int64_t)draw(8) * MS;
}

/* One turn of the loop, and that nothing was forgotten in it. */
static void
turn(void)
{
	int empty = event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) ==
		    0;
	int result;

	if (!empty) {
		model_poll();
		model_expire();
	}
	pass_level = most_urgent();
	interrupted = 0;
	result = event_base_loop(base, EVLOOP_NONBLOCK);
	if (result != empty)
		disagree(NULL, "the loop returned %d", result);
	for (int i = 0; i < N_EVENTS && !interrupted; i++)
		if (events[i].ev && events[i].due &&
			events[i].level == pass_level)
			disagree(&events[i], "was due and not called");
	pass_level = -1;
}

/* --- set-up --------------------------------------------------------------*/

static void
make_missing(void)
{
	for (int i = 0; i < N_EVENTS; i++)
		if (!events[i].ev && draw(4) == 0)
			make(&events[i]);
}

static struct event_base *
new_base(void)
{
	const char *name = getenv("LIBEV_TEST_BACKEND");
	const char *names[] = {name, NULL};
	struct event_config *config = event_config_new();
	struct event_base *made;

	if (name)
		event_config_set_methods(config, names);
	made = event_base_new_with_config(config);
	event_config_free(config);
	return made;
}

static void
setup(void)
{
	const char *text = getenv("LIBEV_TEST_SEED");

	seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	now_ns = INT64_C(1000000000);
	pass_level = -1;
	ev_sys.clock_gettime = virtual_clock;
	base = new_base();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(event_base_priority_init(base, N_LEVELS), 0);
	memset(ghosts, -1, sizeof(ghosts));
	for (int i = 0; i < N_SLOTS; i++) {
		int pair[2];

		ck_assert_int_eq(socketpair(AF_UNIX,
					 SOCK_STREAM | SOCK_NONBLOCK, 0, pair),
			0);
		slots[i] = (struct slot){pair[0], pair[1]};
	}
}

static void
teardown(void)
{
	for (int i = 0; i < N_EVENTS; i++)
		if (events[i].ev)
			event_free(events[i].ev);
	event_base_free(base);
	for (int i = 0; i < N_SLOTS; i++) {
		close(slots[i].near);
		close(slots[i].far);
	}
	for (int i = 0; i < N_GHOSTS; i++)
		if (ghosts[i] >= 0)
			close(ghosts[i]);
	ev_sys.clock_gettime = clock_gettime;
}

START_TEST(random_programs_agree_with_the_model)
{
	const char *text = getenv("LIBEV_TEST_STEPS");
	long steps = text ? strtol(text, NULL, 0) : 1000000;

	printf("# seed %llu, %ld steps\n", (unsigned long long)seed, steps);
	fflush(stdout);
	for (step = 0; step < steps; step++) {
		make_missing();
		act(0);
		if (draw(3) == 0)
			turn();
		check_all();
	}
}
END_TEST

static Suite *
suite_core_model(void)
{
	Suite *suite = suite_create("core_model");
	TCase *tcase = tcase_create("random programs");

	tcase_set_timeout(tcase, 1200);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, random_programs_agree_with_the_model);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (nothing_to_test())
		return 0;
	return runner_main((Suite *(*const[])(void)){suite_core_model, NULL});
}
