/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bug classes 8, 9 and 11 with threads: one runs the loop, others write,
 * disable, trigger and free.  They fail by hanging, and under TSan by what it
 * says; without threads there is nothing to test.
 */
#include "suites.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <event2/bufferevent_struct.h>
#include <event2/ext_bufferevent.h>
#include <event2/ext_loop.h>
#include <event2/listener.h>
#include <event2/thread.h>

#include "kit.h"

enum { THREADS = 3, ROUNDS = 100 };

static void *
run_loop(void *base)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

static pthread_t
start_loop(void)
{
	pthread_t thread;

	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_loop, fx.base), 0);
	return thread;
}

static void
stop_loop(pthread_t thread)
{
	event_base_stop(fx.base);
	pthread_join(thread, NULL);
}

static pthread_mutex_t application = PTHREAD_MUTEX_INITIALIZER;
static atomic_int calls;

/* A callback that takes the application's lock, as others do around calls. */
static void
lock_and_echo(struct bufferevent *bev, void *arg)
{
	(void)arg;
	pthread_mutex_lock(&application);
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
	pthread_mutex_unlock(&application);
	calls++;
}

static void
lock_and_count(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	pthread_mutex_lock(&application);
	calls++;
	pthread_mutex_unlock(&application);
}

static void
lock_and_note(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what, (void)arg;
	pthread_mutex_lock(&application);
	calls++;
	pthread_mutex_unlock(&application);
}

/*
 * What one thread works with.  Its sockets stay open until the loop has ended:
 * the loop may tell the kernel late that it does not want one any more, and
 * then the number should not be another thread's.
 */
struct torturer {
	pthread_t thread;
	unsigned seed;
	int count;
	evutil_socket_t fds[ROUNDS][2];
};

static int
options_of(int i)
{
	return BEV_OPT_THREADSAFE | (i % 2 ? BEV_OPT_DEFER_CALLBACKS : 0);
}

/* A pair, sockets, or a filter on one of them; and what talks to it. */
static struct bufferevent *
make_shape(struct torturer *torturer, int i, struct bufferevent **partner_out)
{
	struct bufferevent *pair[2];
	evutil_socket_t *fds = torturer->fds[torturer->count];

	if (i % 3 == 0) {
		if (bufferevent_pair_new(fx.base, options_of(i), pair) < 0)
			return NULL;
	} else {
		make_pair(fds);
		torturer->count++;
		pair[0] = bufferevent_socket_new(
			fx.base, fds[0], options_of(i));
		pair[1] = bufferevent_socket_new(
			fx.base, fds[1], options_of(i));
	}
	if (i % 3 == 1)
		pair[0] = bufferevent_filter_new(pair[0], NULL, NULL,
			options_of(i) | BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
	*partner_out = pair[1];
	return pair[0];
}

static void
wait_for_a_call(int before)
{
	while (calls == before)
		sched_yield();
}

/* Uses bufferevents of its own against the loop, with a lock around calls. */
static void *
torture(void *arg)
{
	struct torturer *torturer = arg;
	unsigned seed = torturer->seed;

	for (int i = 0; i < ROUNDS; i++) {
		struct bufferevent *bev, *partner;
		int steps = 1 + (int)(seed % 7), before = calls;

		seed = seed * 1103515245 + 12345;
		bev = make_shape(torturer, i, &partner);
		if (!bev)
			continue;
		bufferevent_setcb(bev, lock_and_echo, lock_and_count,
			lock_and_note, NULL);
		bufferevent_setcb(partner, lock_and_count, lock_and_count,
			lock_and_note, NULL);
		bufferevent_enable(bev, EV_READ | EV_WRITE);
		bufferevent_enable(partner, EV_READ | EV_WRITE);
		for (int step = 0; step < steps; step++) {
			pthread_mutex_lock(&application);
			bufferevent_write(partner, "some data", 9);
			bufferevent_disable(bev, EV_READ);
			bufferevent_write(bev, "some more", 9);
			bufferevent_enable(bev, EV_READ);
			bufferevent_setwatermark(bev, EV_READ, 0, 5);
			bufferevent_trigger(bev, EV_READ | EV_WRITE,
				BEV_TRIG_DEFER_CALLBACKS);
			bufferevent_flush(bev, EV_WRITE, BEV_FLUSH);
			pthread_mutex_unlock(&application);
		}
		if (i % 16 == 0)
			wait_for_a_call(before);
		pthread_mutex_lock(&application);
		bufferevent_free(i % 2 ? bev : partner);
		bufferevent_free(i % 2 ? partner : bev);
		pthread_mutex_unlock(&application);
	}
	return NULL;
}

START_TEST(bug08_any_call_from_any_thread_waits_for_nobody)
{
	static struct torturer torturers[THREADS];
	pthread_t loop;

	if (!test_threads())
		return;
	loop = start_loop();
	for (int i = 0; i < THREADS; i++) {
		torturers[i].seed = (unsigned)i;
		torturers[i].count = 0;
		pthread_create(
			&torturers[i].thread, NULL, torture, &torturers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(torturers[i].thread, NULL);
	stop_loop(loop);
	turns(2);
	for (int i = 0; i < THREADS; i++)
		for (int j = 0; j < torturers[i].count; j++) {
			close(torturers[i].fds[j][0]);
			close(torturers[i].fds[j][1]);
		}
	ck_assert_int_gt(calls, 0);
}
END_TEST

/* --- a callback that takes its time --------------------------------------*/

static atomic_int inside, let_go;

static void
stay_inside(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	inside = 1;
	while (!let_go)
		sched_yield();
	inside = 0;
}

START_TEST(bug11_free_does_not_wait_for_a_callback)
{
	struct bufferevent *bev;
	pthread_t loop;

	if (!test_threads())
		return;
	inside = let_go = 0;
	bev = bufferevent_socket_new(fx.base, fx.fd, BEV_OPT_THREADSAFE);
	bufferevent_setcb(bev, stay_inside, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	loop = start_loop();
	while (!inside)
		sched_yield();
	bufferevent_write(bev, "x", 1);
	bufferevent_disable(bev, EV_READ);
	bufferevent_free(bev);
	ck_assert_int_eq(inside, 1);
	let_go = 1;
	stop_loop(loop);
}
END_TEST

/* --- a callback that begins beside a change ------------------------------*/

static int64_t
deadline_of(struct bufferevent *bev)
{
	struct timeval tv = {0};

	(void)event_pending(&bev->ev_read, EV_TIMEOUT, &tv);
	return (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
}

static void
note_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	++*(atomic_int *)arg;
}

/* A timer that has been set anew says that the callback is on its way. */
START_TEST(bug04_what_was_for_the_descriptor_before_is_void)
{
	struct timeval tv = clock_ms(1);
	atomic_int events = 0;
	struct bufferevent *bev;
	evutil_socket_t fds[2];
	pthread_t loop;
	int64_t deadline;

	if (!test_threads())
		return;
	make_pair(fds);
	calls = 0;
	bev = bufferevent_socket_new(fx.base, fx.fd, BEV_OPT_THREADSAFE);
	bufferevent_setcb(bev, lock_and_count, NULL, note_event, &events);
	bufferevent_lock(bev);
	bufferevent_set_timeouts(bev, &tv, NULL);
	bufferevent_enable(bev, EV_READ);
	deadline = deadline_of(bev);
	loop = start_loop();
	while (deadline_of(bev) == deadline)
		sched_yield();
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_setfd(bev, fds[0]);
	bufferevent_unlock(bev);
	send_byte(fds[1]);
	while (calls == 0 && events == 0)
		sched_yield();
	ck_assert_int_eq(events, 0);
	bufferevent_free(bev);
	stop_loop(loop);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
}
END_TEST

/* --- groups over several bases -------------------------------------------*/

START_TEST(group_of_members_with_other_bases)
{
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		1000, 1000, 1000, 1000, &(struct timeval){0, 5000});
	struct bufferevent_rate_limit_group *group;
	struct event_base *other;
	struct heard heard = {0};
	struct bufferevent *bev;
	pthread_t loop;

	if (!test_threads()) {
		ev_token_bucket_cfg_free(cfg);
		return;
	}
	other = fixture_base(0);
	group = bufferevent_rate_limit_group_new(other, cfg);
	bev = bufferevent_socket_new(fx.base, fx.fd, BEV_OPT_THREADSAFE);
	listen_to(bev, &heard);
	evthread_make_base_notifiable(other);
	pthread_create(&loop, NULL, run_loop, other);
	bufferevent_add_to_rate_limit_group(bev, group);
	bufferevent_enable(bev, EV_READ);
	while (heard.bytes < 5000) {
		send_all(fx.peer);
		run_for(2);
	}
	bufferevent_free(bev);
	bufferevent_rate_limit_group_free(group);
	event_base_stop(other);
	pthread_join(loop, NULL);
	turns(1);
	event_base_free(other);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

/* --- listeners -----------------------------------------------------------*/

static void
close_it(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *addr,
	int socklen, void *arg)
{
	(void)lev, (void)addr, (void)socklen, (void)arg;
	pthread_mutex_lock(&application);
	close(fd);
	calls++;
	pthread_mutex_unlock(&application);
}

static void
knock(const struct sockaddr_in *address)
{
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)!connect(fd, (const struct sockaddr *)address, sizeof(*address));
	close(fd);
}

START_TEST(bug09_listener_disabled_in_parallel_with_its_callback)
{
	struct sockaddr_in address;
	struct evconnlistener *lev;
	evutil_socket_t fd;
	pthread_t loop;

	if (!test_threads())
		return;
	fd = listening(&address);
	evutil_make_socket_nonblocking(fd);
	lev = evconnlistener_new(fx.base, close_it, NULL,
		LEV_OPT_THREADSAFE | LEV_OPT_CLOSE_ON_FREE, 0, fd);
	loop = start_loop();
	for (int i = 0; i < 200; i++) {
		knock(&address);
		pthread_mutex_lock(&application);
		evconnlistener_disable(lev);
		evconnlistener_enable(lev);
		pthread_mutex_unlock(&application);
	}
	knock(&address);
	pthread_mutex_lock(&application);
	evconnlistener_free(lev);
	pthread_mutex_unlock(&application);
	stop_loop(loop);
}
END_TEST

Suite *
threads_suite(void)
{
	Suite *suite = suite_create("bufferevent threads");
	TCase *tcase = tcase_create("threads");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, bug08_any_call_from_any_thread_waits_for_nobody);
	tcase_add_test(tcase, bug11_free_does_not_wait_for_a_callback);
	tcase_add_test(tcase, bug04_what_was_for_the_descriptor_before_is_void);
	tcase_add_test(tcase, group_of_members_with_other_bases);
	tcase_add_test(
		tcase, bug09_listener_disabled_in_parallel_with_its_callback);
	suite_add_tcase(suite, tcase);
	return suite;
}
