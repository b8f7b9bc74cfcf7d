/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 53 and 55 to 58: what numbers of descriptors can stand for, that
 * there may be many of them, and that each may be another file tomorrow.
 */
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/ext_loop.h>
#include <event2/watch.h>

#include "../support/fixture.h"
#include "../support/probe.h"

static struct event *
added(evutil_socket_t fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = fixture_event(fd, what, fn, arg);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

/* Can any file be watched, or only those that may have to be waited for? */
static int
takes_any_file(void)
{
	return event_base_get_features(fx.base) & EV_FEATURE_FDS;
}

static int
pending_events(void)
{
	return event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ADDED);
}

/* --- 53: files that are always ready --------------------------------------*/

static const struct {
	const char *path;
	int flags;
} files[] = {
	{"/proc/self/exe", O_RDONLY},
	{"/", O_RDONLY | O_DIRECTORY},
	{"/dev/null", O_RDWR},
};

enum { FILES = sizeof(files) / sizeof(*files) };

static evutil_socket_t
open_file(int kind)
{
	int fd = open(files[kind].path, files[kind].flags | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
assert_refused(struct event *ev, const struct timeval *tv)
{
	errno = 0;
	ck_assert_int_eq(event_add(ev, tv), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
}

START_TEST(b053_a_file_is_always_ready_or_refused)
{
	evutil_socket_t fd = open_file(_i);
	struct calls calls = {0};
	struct timeval soon = clock_ms(1);
	struct event *ev = fixture_event(
		fd, EV_READ | EV_PERSIST, note_call, &calls);
	int i;

	if (takes_any_file()) {
		ck_assert_int_eq(event_add(ev, NULL), 0);
		turns(3);
		ck_assert_int_eq(calls.count, 3);
		ck_assert_int_eq(calls.ever, EV_READ);
	}
	for (i = 0; i < 100 && !takes_any_file(); i++) {
		assert_refused(ev, i % 2 ? &soon : NULL);
		ck_assert_int_eq(pending_events(), 0);
	}
	event_del(ev);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	close_fd(&fd);
}
END_TEST

/* The answer is about the file that has the number now. */
static void
give_number_to_a_file(evutil_socket_t fd, short what, void *arg)
{
	struct event *ev = arg, *reader;
	evutil_socket_t file = open_file(0);

	(void)what;
	event_del(ev);
	ck_assert_int_eq(dup2(file, fx.fd), fx.fd);
	close_fd(&file);
	reader = fixture_event(fx.fd, EV_READ, count_call, &fd);
	if (takes_any_file())
		ck_assert_int_eq(event_add(reader, NULL), 0);
	else
		assert_refused(reader, NULL);
	event_del(reader);
}

START_TEST(b053_b_a_number_that_is_a_file_from_now_on_is_refused_at_once)
{
	struct event *ev = fixture_event(fx.fd, EV_READ | EV_PERSIST,
		give_number_to_a_file, event_self_cbarg());

	event_add(ev, NULL);
	turns(1);
	if (_i) {
		send_byte(fx.peer);
		turns(1);
	} else {
		give_number_to_a_file(fx.fd, 0, ev);
	}
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

START_TEST(b053_c_a_number_that_was_refused_can_be_used)
{
	evutil_socket_t fd = open_file(0);
	struct calls calls = {0};
	struct event *ev = fixture_event(fd, EV_READ, note_call, &calls);

	if (!takes_any_file())
		assert_refused(ev, NULL);
	ck_assert_int_eq(dup2(fx.fd, fd), fd);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	turns(1);
	ck_assert_int_eq(calls.count, 0);
	send_byte(fx.peer);
	turns(1);
	ck_assert_int_eq(calls.count, 1);
	close_fd(&fd);
}
END_TEST

/* --- 55: numbers that are none, and large ones ----------------------------*/

START_TEST(b055_a_negative_numbers_stand_for_no_descriptor)
{
	static const int numbers[] = {-1, -2, -1000000, INT_MIN};
	struct calls calls = {0};
	struct event *ev = fixture_event(
		numbers[_i], EV_READ | EV_WRITE, note_call, &calls);

	ck_assert_int_eq(event_add(ev, NULL), 0);
	turns(2);
	ck_assert_int_eq(calls.count, 0);
	event_base_active_by_fd(fx.base, numbers[_i], EV_READ);
	event_active(ev, EV_WRITE, 1);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
	ck_assert_int_eq(calls.count, 1);
	ck_assert_int_eq(calls.what, EV_WRITE);
}
END_TEST

/* Refused, or told to its owner as an error would be: once, and no more. */
START_TEST(b055_b_numbers_of_no_open_file_do_no_harm)
{
	static const int numbers[] = {
		900, 19999, 65535, 65536, 1 << 24, INT_MAX - 1, INT_MAX};
	struct calls calls = {0};
	struct event *ev = fixture_event(
		numbers[_i], EV_READ | EV_PERSIST, note_call, &calls);

	if (event_add(ev, NULL) == 0) {
		turns(3);
		ck_assert_int_eq(calls.count, 1);
		ck_assert_int_eq(calls.what, EV_READ);
	} else {
		ck_assert_int_eq(errno, EBADF);
		ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
		ck_assert_int_eq(pending_events(), 0);
	}
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

/* As many descriptors as the system lets us have, up to COUNT. */
static int
allow_descriptors(int count)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < (rlim_t)count)
		count = (int)limit.rlim_max;
	if (limit.rlim_cur < (rlim_t)count) {
		limit.rlim_cur = (rlim_t)count;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
	return count;
}

static int
goes_far(void)
{
	const char *name = event_base_get_method(fx.base);

	return strcmp(name, "select") != 0 || probe_select_beyond_its_size();
}

/* Numbers on both sides of where tables grow. */
START_TEST(b055_c_large_numbers_work_as_small_ones_do)
{
	static const int numbers[] = {255, 256, 257, 1023, 1024, 1025, 4095,
		4096, 9999, 16383, 16384, 65535, 65536, 100000};
	enum { COUNT = sizeof(numbers) / sizeof(*numbers) };
	int limit = goes_far() ? allow_descriptors(100001) : FD_SETSIZE;
	struct calls calls[COUNT] = {{0}};
	evutil_socket_t fds[COUNT];
	int i, n;

	for (n = 0; n < COUNT && numbers[n] < limit; n++) {
		fds[n] = fcntl(fx.fd, F_DUPFD_CLOEXEC, numbers[n]);
		ck_assert_int_eq(fds[n], numbers[n]);
	}
	/* The largest first, so that its neighbours come later. */
	for (i = n; i-- > 0;)
		added(fds[i], EV_READ | EV_PERSIST, note_call, &calls[i]);
	turns(1);
	send_byte(fx.peer);
	turns(2);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(calls[i].count, 2);
		ck_assert_int_eq(calls[i].fd, numbers[i]);
		close_fd(&fds[i]);
	}
}
END_TEST

/* --- 56: another file under the same number -------------------------------*/

/* When the old event is deleted, or not at all. */
enum {
	DELETE_THEN_CLOSE,
	CLOSE_THEN_DELETE,
	REUSE_THEN_DELETE,
	ADD_THEN_DELETE,
	NEVER_DELETE,
	ORDERS
};

/* Where the exchange is made. */
enum {
	BETWEEN_TURNS,
	IN_ITS_OWN_CALLBACK,
	IN_ANOTHER_CALLBACK,
	IN_A_CHECK_WATCHER,
	IN_ANOTHER_THREAD
};

/* What the number stands for afterwards. */
enum { SOCKET, PIPE, KINDS };

/* For each place: with and without a duplicate that lives on. */
enum { EXCHANGES = ORDERS * KINDS * 2 };

/*
 * fx.fd is closed and another file gets its number.  If a duplicate is kept
 * the old file lives on, and stays readable.
 */
struct exchange {
	int order, place, kind, keeps;
	struct event *old, *fresh;
	struct calls old_calls, fresh_calls;
	evutil_socket_t kept; /* -1: no duplicate */
	evutil_socket_t far;  /* makes the new file readable */
	pthread_t thread;
};

static ev_uint64_t
waits(void)
{
	struct event_base_stats stats;

	ck_assert_int_eq(event_base_get_stats(fx.base, &stats), 0);
	return stats.waits;
}

static void
reuse(struct exchange *x, evutil_socket_t number)
{
	int pair[2];

	if (x->kind == SOCKET)
		make_pair(pair);
	else
		ck_assert_int_eq(pipe2(pair, O_NONBLOCK | O_CLOEXEC), 0);
	if (pair[0] != number && pair[1] != number) {
		ck_assert_int_eq(dup2(pair[0], number), number);
		close_fd(&pair[0]);
	} else if (pair[1] == number) {
		pair[1] = dup(pair[1]);
		ck_assert_int_eq(dup2(pair[0], number), number);
		close_fd(&pair[0]);
	}
	x->far = pair[1];
}

static void
make_exchange(struct exchange *x)
{
	evutil_socket_t number = fx.fd;

	if (x->order == DELETE_THEN_CLOSE)
		event_del(x->old);
	if (x->keeps)
		x->kept = dup(number);
	close_fd(&fx.fd);
	if (x->order == CLOSE_THEN_DELETE)
		event_del(x->old);
	reuse(x, number);
	fx.fd = number;
	if (x->order == REUSE_THEN_DELETE)
		event_del(x->old);
	ck_assert_int_eq(event_add(x->fresh, NULL), 0);
	if (x->order == ADD_THEN_DELETE)
		event_del(x->old);
}

static void
exchange_in_callback(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	make_exchange(arg);
}

static void
exchange_in_watcher(struct evwatch *watcher,
	const struct evwatch_check_cb_info *info, void *arg)
{
	(void)watcher;
	(void)info;
	make_exchange(arg);
}

static void
note_and_exchange(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	note_call(fd, what, &x->old_calls);
	if (x->place == IN_ITS_OWN_CALLBACK && x->old_calls.count == 1)
		make_exchange(x);
}

static void *
exchange_in_thread(void *arg)
{
	struct exchange *x = arg;

	/* So that the loop sleeps, most likely; it is right if it does not. */
	usleep(2000);
	make_exchange(x);
	if (x->keeps)
		send_byte(fx.peer);
	ck_assert_int_eq(write(x->far, "x", 1), 1);
	return NULL;
}

static void
note_and_leave(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	note_and_take(fd, what, &x->fresh_calls);
	if (x->place == IN_ANOTHER_THREAD)
		event_base_loopexit(fx.base, NULL);
}

static void
set_up(struct exchange *x, int variant)
{
	*x = (struct exchange){.kept = -1, .far = -1};
	x->order = variant % ORDERS;
	x->kind = variant / ORDERS % KINDS;
	x->keeps = variant / (ORDERS * KINDS) % 2;
	x->place = variant / EXCHANGES;
	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	x->fresh = fixture_event(
		fx.fd, EV_READ | EV_PERSIST, note_and_leave, x);
	x->old = added(fx.fd, EV_READ | EV_PERSIST, note_and_exchange, x);
	turns(1);
}

static void
tear_down(struct exchange *x)
{
	close_fd(&x->kept);
	close_fd(&x->far);
}

static void
run_exchange(struct exchange *x)
{
	struct evwatch *watcher;
	struct event *other;

	if (x->place == BETWEEN_TURNS) {
		send_byte(fx.peer);
		make_exchange(x);
	} else if (x->place == IN_ITS_OWN_CALLBACK) {
		send_byte(fx.peer);
		turns(1);
	} else if (x->place == IN_ANOTHER_CALLBACK) {
		other = fixture_event(-1, 0, exchange_in_callback, x);
		event_active(other, EV_READ, 1);
		send_byte(fx.peer);
		turns(1);
	} else {
		watcher = evwatch_check_new(fx.base, exchange_in_watcher, x);
		send_byte(fx.peer);
		turns(1);
		evwatch_free(watcher);
	}
}

/* A loop that has nothing to do sleeps. */
static void
assert_quiet(void)
{
	struct timeval a_while = clock_ms(10);
	ev_uint64_t before = waits();

	event_base_loopexit(fx.base, &a_while);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	ck_assert_uint_le(waits() - before, 5);
}

START_TEST(b056_a_another_file_under_the_number)
{
	struct exchange x;
	int old_before;

	set_up(&x, _i);
	run_exchange(&x);
	old_before = x.old_calls.count;
	turns(3);
	assert_quiet();
	ck_assert_int_eq(x.fresh_calls.count, 0);
	ck_assert_int_eq(x.old_calls.count, old_before);
	ck_assert_int_eq(write(x.far, "x", 1), 1);
	turns(3);
	ck_assert_int_eq(x.fresh_calls.count, 1);
	ck_assert_int_eq(x.fresh_calls.what, EV_READ);
	if (x.order != NEVER_DELETE)
		ck_assert_int_eq(x.old_calls.count, old_before);
	assert_quiet();
	tear_down(&x);
}
END_TEST

/* --- 56, in another thread ------------------------------------------------*/

static evutil_socket_t
lowest_free_number(void)
{
	evutil_socket_t fd = dup(fx.fd);

	close(fd);
	return fd;
}

/* Then the base opens a descriptor, which may not take the number later. */
static void
sleep_for_the_first_time(void)
{
	evutil_socket_t free_now = lowest_free_number();
	struct timeval delay = {.tv_usec = 1000};

	while (lowest_free_number() == free_now) {
		event_base_loopexit(fx.base, &delay);
		ck_assert_int_eq(event_base_dispatch(fx.base), 0);
		delay.tv_usec *= 2;
	}
}

START_TEST(b056_b_another_file_while_the_loop_sleeps)
{
	struct timeval too_long = {.tv_sec = 20};
	struct exchange x;

	if (!test_threads())
		return;
	set_up(&x, _i);
	sleep_for_the_first_time();
	event_base_loopexit(fx.base, &too_long);
	ck_assert_int_eq(
		pthread_create(&x.thread, NULL, exchange_in_thread, &x), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
	pthread_join(x.thread, NULL);
	ck_assert_int_eq(x.fresh_calls.count, 1);
	tear_down(&x);
}
END_TEST

/* --- 56: closed, and nothing else -----------------------------------------*/

START_TEST(b056_c_a_closed_descriptor_is_told_once_at_most)
{
	struct calls calls = {0};
	struct event *ev = added(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	turns(1);
	close_fd(&fx.fd);
	turns(3);
	ck_assert_int_le(calls.count, 1);
	assert_quiet();
	ck_assert_int_le(calls.count, 1);
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

/*
 * What one waits for on a closed number is told to the backend late, and what
 * it makes of that reaches everyone who waits: he meets the error himself.
 */
START_TEST(b056_n_a_late_refusal_reaches_all_who_wait)
{
	struct calls reads = {0}, writes = {0};
	struct event *reader = added(fx.fd, EV_READ, note_call, &reads);
	struct event *writer = fixture_event(
		fx.fd, EV_WRITE, note_call, &writes);

	turns(1);
	close_fd(&fx.fd);
	ck_assert_int_eq(event_add(writer, NULL), 0);
	turns(3);
	ck_assert_int_eq(reads.count, 1);
	ck_assert_int_eq(writes.count, 1);
	ck_assert_int_eq(event_pending(reader, EV_READ, NULL), 0);
	(void)messages_take(EVENT_LOG_WARN); /* some backends notice it later */
}
END_TEST

/* The duplicate's file is readable for ever, and no event is left for it. */
START_TEST(b056_d_a_duplicate_that_lives_on_makes_no_noise)
{
	evutil_socket_t duplicate = dup(fx.fd);
	struct calls calls = {0}, own = {0};
	struct event *ev = added(
		fx.fd, EV_READ | EV_PERSIST, note_call, &calls);
	int i;

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	assert_quiet();
	send_byte(fx.peer);
	for (i = 0; i < 2; i++) {
		if (_i)
			event_del(ev);
		close_fd(&fx.fd);
		event_del(ev);
		assert_quiet();
		ck_assert_int_eq(calls.count, i);
		fx.fd = dup(duplicate); /* not the same: the loop has it */
		event_assign(ev, fx.base, fx.fd, EV_READ | EV_PERSIST,
			note_call, &calls);
		event_add(ev, NULL);
		turns(1);
		ck_assert_int_eq(calls.count, i + 1);
	}
	/* What watches the duplicate is not disturbed by that. */
	added(duplicate, EV_READ | EV_PERSIST, note_call, &own);
	turns(1);
	event_del(ev);
	close_fd(&fx.fd);
	turns(2);
	ck_assert_int_eq(own.count, 3);
	close_fd(&duplicate);
}
END_TEST

/*
 * Closed under two events, of which one goes on: the generation does as well,
 * and what the duplicate's file is reported for is not what is wanted now.
 * The number is closed (0) or another file's (1).
 */
START_TEST(bug05_ghost_under_an_event_that_lives_on)
{
	evutil_socket_t duplicate = dup(fx.fd), pair[2];
	struct calls reads = {0}, ends = {0};
	struct event *reader = added(
		fx.fd, EV_READ | EV_PERSIST, note_call, &reads);
	struct event *last = added(
		fx.fd, EV_CLOSED | EV_PERSIST, note_call, &ends);

	ck_assert_int_eq(event_base_enable_stats(fx.base, 1), 0);
	turns(1);
	send_byte(fx.peer);
	make_pair(pair);
	if (_i)
		ck_assert_int_eq(dup2(pair[0], fx.fd), fx.fd);
	else
		close(fx.fd);
	event_del(reader);
	turns(10);
	assert_quiet();
	ck_assert_int_eq(reads.count, 0);
	event_del(last);
	if (!_i)
		(void)messages_take(EVENT_LOG_WARN); /* it was refused */
	else
		close(fx.fd);
	fx.fd = -1;
	close_fd(&pair[0]);
	close_fd(&pair[1]);
	close_fd(&duplicate);
}
END_TEST

START_TEST(b056_e_each_duplicate_has_events_of_its_own)
{
	struct calls calls[3] = {{0}};
	evutil_socket_t fds[3];
	struct event *evs[3];
	int i;

	for (i = 0; i < 3; i++) {
		fds[i] = dup(fx.fd);
		evs[i] = added(
			fds[i], EV_READ | EV_PERSIST, note_call, &calls[i]);
	}
	turns(1);
	event_del(evs[0]);
	close_fd(&fds[0]);
	send_byte(fx.peer);
	turns(1);
	event_del(evs[2]);
	close_fd(&fds[2]);
	turns(1);
	ck_assert_int_eq(calls[0].count, 0);
	ck_assert_int_eq(calls[1].count, 2);
	ck_assert_int_eq(calls[2].count, 1);
	event_del(evs[1]);
	close_fd(&fds[1]);
}
END_TEST

/* --- 57: many of them -----------------------------------------------------*/

enum { MANY = 500 };

struct crowd {
	evutil_socket_t near[MANY], far[MANY];
	struct event *evs[MANY];
	struct calls calls[MANY];
	int count;
};

static void
join(struct crowd *crowd, int slowly)
{
	evutil_socket_t pair[2];
	int i = crowd->count++;

	make_pair(pair);
	crowd->near[i] = pair[0];
	crowd->far[i] = pair[1];
	crowd->evs[i] = added(
		pair[0], EV_READ | EV_PERSIST, note_and_take, &crowd->calls[i]);
	if (slowly)
		turns(1);
}

static int
sum_of_calls(const struct crowd *crowd)
{
	int sum = 0, i;

	for (i = 0; i < crowd->count; i++)
		sum += crowd->calls[i].count;
	return sum;
}

static void
disperse(struct crowd *crowd)
{
	while (crowd->count--) {
		event_del(crowd->evs[crowd->count]);
		close_fd(&crowd->near[crowd->count]);
		close_fd(&crowd->far[crowd->count]);
	}
}

/* A turn may tell of some of them only, but never for long. */
static void
turns_until(const struct crowd *crowd, int calls)
{
	int i;

	for (i = 0; i < MANY && sum_of_calls(crowd) < calls; i++)
		turns(1);
}

START_TEST(b057_a_five_hundred_descriptors)
{
	static struct crowd crowd;
	int i;

	allow_descriptors(3 * MANY);
	for (i = 0; i < MANY; i++)
		join(&crowd, _i);
	turns(1);
	ck_assert_int_eq(sum_of_calls(&crowd), 0);
	for (i = 0; i < MANY; i++)
		send_byte(crowd.far[i]);
	turns_until(&crowd, MANY);
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(crowd.calls[i].count, 1);
	for (i = 0; i < MANY; i += 2)
		event_del(crowd.evs[i * 7 % MANY]);
	for (i = 0; i < MANY; i++)
		send_byte(crowd.far[i]);
	turns_until(&crowd, MANY + MANY / 2);
	turns(2);
	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(crowd.calls[i].count, 1 + i % 2);
	disperse(&crowd);
	ck_assert_int_eq(event_base_dispatch(fx.base), 1);
}
END_TEST

/* --- 58: with the flag that collects changes ------------------------------*/

enum { SCRIPT_FDS = 4, SCRIPT_EVENTS = 12, SCRIPT_STEPS = 2000 };

/* What a script did: its events' calls, one after the other. */
struct record {
	char text[4 * SCRIPT_STEPS];
	size_t length;
};

struct actor {
	struct record *record;
	char letter;
};

static void
act(evutil_socket_t fd, short what, void *arg)
{
	const struct actor *actor = arg;
	struct record *record = actor->record;

	(void)fd;
	if (record->length + 2 < sizeof(record->text)) {
		record->text[record->length++] = actor->letter;
		record->text[record->length++] = (char)('0' + (what & 0xf));
	}
}

static unsigned
draw(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

/* Adds, deletes, data in and out, and another file under a number. */
static void
play(struct event_base *base, struct record *record)
{
	static const short kinds[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE,
		EV_READ | EV_PERSIST, EV_WRITE | EV_PERSIST};
	struct actor actors[SCRIPT_EVENTS];
	struct event *evs[SCRIPT_EVENTS];
	evutil_socket_t pairs[SCRIPT_FDS][2];
	unsigned state = 58, i, n;

	for (i = 0; i < SCRIPT_FDS; i++)
		make_pair(pairs[i]);
	for (i = 0; i < SCRIPT_EVENTS; i++) {
		actors[i] = (struct actor){record, (char)('a' + i)};
		evs[i] = event_new(base, pairs[i % SCRIPT_FDS][0], kinds[i % 5],
			act, &actors[i]);
		ck_assert_ptr_nonnull(evs[i]);
	}
	for (i = 0; i < SCRIPT_STEPS; i++) {
		n = draw(&state, SCRIPT_EVENTS);
		switch (draw(&state, 6)) {
		case 0:
		case 1:
			ck_assert_int_eq(event_add(evs[n], NULL), 0);
			break;
		case 2:
			event_del(evs[n]);
			break;
		case 3:
			send_byte(pairs[n % SCRIPT_FDS][1]);
			break;
		case 4:
			take_all(pairs[n % SCRIPT_FDS][0]);
			break;
		default:
			event_base_loop(base, EVLOOP_NONBLOCK);
			record->text[record->length++] = '.';
		}
	}
	for (i = 0; i < SCRIPT_EVENTS; i++)
		event_free(evs[i]);
	for (i = 0; i < SCRIPT_FDS; i++) {
		close_fd(&pairs[i][0]);
		close_fd(&pairs[i][1]);
	}
}

START_TEST(b058_a_collected_changes_give_the_same_results)
{
	static struct record plain, collected;
	struct event_base *base;

	base = fixture_base(0);
	play(base, &plain);
	event_base_free(base);
	base = fixture_base(EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	play(base, &collected);
	event_base_free(base);
	ck_assert_uint_gt(plain.length, SCRIPT_STEPS / 6);
	ck_assert_str_eq(plain.text, collected.text);
}
END_TEST

static TCase *
kinds(void)
{
	TCase *tcase = tcase_create("kinds");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(
		tcase, b053_a_file_is_always_ready_or_refused, 0, FILES);
	tcase_add_loop_test(tcase,
		b053_b_a_number_that_is_a_file_from_now_on_is_refused_at_once,
		0, 2);
	tcase_add_test(tcase, b053_c_a_number_that_was_refused_can_be_used);
	tcase_add_loop_test(
		tcase, b055_a_negative_numbers_stand_for_no_descriptor, 0, 4);
	tcase_add_loop_test(
		tcase, b055_b_numbers_of_no_open_file_do_no_harm, 0, 7);
	tcase_add_test(tcase, b055_c_large_numbers_work_as_small_ones_do);
	return tcase;
}

static TCase *
reused(void)
{
	TCase *tcase = tcase_create("reused");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tcase, b056_a_another_file_under_the_number, 0,
		IN_ANOTHER_THREAD * EXCHANGES);
	tcase_add_loop_test(tcase, b056_b_another_file_while_the_loop_sleeps,
		IN_ANOTHER_THREAD * EXCHANGES,
		(IN_ANOTHER_THREAD + 1) * EXCHANGES);
	tcase_add_test(tcase, b056_c_a_closed_descriptor_is_told_once_at_most);
	tcase_add_test(tcase, b056_n_a_late_refusal_reaches_all_who_wait);
	tcase_add_loop_test(
		tcase, b056_d_a_duplicate_that_lives_on_makes_no_noise, 0, 2);
	tcase_add_loop_test(
		tcase, bug05_ghost_under_an_event_that_lives_on, 0, 2);
	tcase_add_test(tcase, b056_e_each_duplicate_has_events_of_its_own);
	return tcase;
}

static TCase *
many(void)
{
	TCase *tcase = tcase_create("many");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tcase, b057_a_five_hundred_descriptors, 0, 2);
	tcase_add_test(tcase, b058_a_collected_changes_give_the_same_results);
	return tcase;
}

Suite *
suite_numbers(void)
{
	Suite *suite = suite_create("numbers");

	suite_add_tcase(suite, kinds());
	suite_add_tcase(suite, reused());
	suite_add_tcase(suite, many());
	return suite;
}
