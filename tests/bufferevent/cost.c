/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What steady traffic costs, in calls of the system: what a loop written by
 * hand would make.  Needs a build with -Dtest_seams=true.
 */
#include "suites.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <event2/ext_loop.h>
#include <event2/thread.h>

#include <libev-abi/sys.h>

#include "kit.h"

enum { REQUESTS = 100 };

static struct ev_sys real;
static struct {
	int reads, writes, interests;
	atomic_int waits;
} made;

static ssize_t
count_read(int fd, void *data, size_t size)
{
	made.reads++;
	return real.read(fd, data, size);
}

static ssize_t
count_readv(int fd, const struct iovec *vec, int n)
{
	made.reads++;
	return real.readv(fd, vec, n);
}

static ssize_t
count_write(int fd, const void *data, size_t size)
{
	made.writes++;
	return real.write(fd, data, size);
}

static ssize_t
count_writev(int fd, const struct iovec *vec, int n)
{
	made.writes++;
	return real.writev(fd, vec, n);
}

static ssize_t
count_send(int fd, const void *data, size_t size, int flags)
{
	made.writes++;
	return real.send(fd, data, size, flags);
}

static ssize_t
count_sendmsg(int fd, const struct msghdr *message, int flags)
{
	made.writes++;
	return real.sendmsg(fd, message, flags);
}

#ifdef __linux__
static int
count_epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	made.interests++;
	return real.epoll_ctl(epoll_fd, op, fd, event);
}

static int
count_epoll_wait(int epoll_fd, struct epoll_event *events, int max, int ms)
{
	made.waits++;
	return real.epoll_wait(epoll_fd, events, max, ms);
}
#endif

static void
setup(void)
{
	fixture_setup();
	real = ev_sys;
	memset(&made, 0, sizeof(made));
	ev_sys.read = count_read;
	ev_sys.readv = count_readv;
	ev_sys.write = count_write;
	ev_sys.writev = count_writev;
	ev_sys.send = count_send;
	ev_sys.sendmsg = count_sendmsg;
#ifdef __linux__
	ev_sys.epoll_ctl = count_epoll_ctl;
	ev_sys.epoll_wait = count_epoll_wait;
#endif
}

static void
teardown(void)
{
	ev_sys = real;
	fixture_teardown();
}

/* --- an echo server of whole requests ------------------------------------*/

static size_t request_size;

static void
echo_whole(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);

	(void)arg;
	if (evbuffer_get_length(input) >= request_size)
		bufferevent_write_buffer(bev, input);
}

static void
ask(const char *request, char *answer)
{
	size_t got = 0;
	ssize_t n;

	ck_assert_int_eq(
		write(fx.peer, request, request_size), (ssize_t)request_size);
	while (got < request_size) {
		event_base_loop(fx.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		n = read(fx.peer, answer + got, request_size - got);
		if (n > 0)
			got += (size_t)n;
	}
	ck_assert(memcmp(request, answer, request_size) == 0);
}

static void
measure(size_t size, int options)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, options | threadsafe());
	char *request = malloc(size), *answer = malloc(size);

	ck_assert(bev && request && answer);
	request_size = size;
	pattern(request, 0, size);
	bufferevent_setcb(bev, echo_whole, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	for (int i = 0; i < 10; i++) /* until it has learned the size */
		ask(request, answer);
	memset(&made, 0, sizeof(made));
	for (int i = 0; i < REQUESTS; i++)
		ask(request, answer);
	bufferevent_free(bev);
	free(request);
	free(answer);
}

START_TEST(small_request_costs_one_read_and_one_write)
{
	measure(64, _i);
	ck_assert_int_eq(made.reads, REQUESTS);
	ck_assert_int_eq(made.writes, REQUESTS);
	ck_assert_int_eq(made.interests, 0);
	ck_assert_int_le(made.waits, REQUESTS);
}
END_TEST

START_TEST(large_request_costs_at_most_two_reads)
{
	measure(16384, 0);
	ck_assert_int_le(made.reads, 2 * REQUESTS);
	ck_assert_int_le(made.writes, 2 * REQUESTS);
	ck_assert_int_eq(made.interests, 0);
}
END_TEST

static void
free_at_the_end(struct bufferevent *bev, short what, void *ended)
{
	ck_assert_int_eq(what, BEV_EVENT_READING | BEV_EVENT_EOF);
	bufferevent_free(bev);
	++*(int *)ended;
}

static void
serve_one(void)
{
	char request[64] = "", answer[64];
	int ended = 0;
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, BEV_OPT_CLOSE_ON_FREE | threadsafe());

	request_size = sizeof(request);
	bufferevent_setcb(bev, echo_whole, NULL, free_at_the_end, &ended);
	bufferevent_enable(bev, EV_READ);
	ask(request, answer);
	close_fd(&fx.peer);
	until(&ended, 1);
	turns(1);
	fx.fd = -1;
	another_pair();
}

/* The kernel forgets a descriptor with its file: nobody has to tell it. */
START_TEST(bug05_short_connection_costs_one_interest)
{
	serve_one(); /* what is made on first use is there */
	memset(&made, 0, sizeof(made));
	for (int i = 0; i < REQUESTS; i++)
		serve_one();
	ck_assert_int_le(made.interests, REQUESTS);
}
END_TEST

static atomic_int heard_in_wait; /* the latest one before it */

static void
note_wait(struct bufferevent *bev, void *arg)
{
	(void)arg;
	(void)evbuffer_drain(bufferevent_get_input(bev), 1);
	heard_in_wait = made.waits;
}

static void *
run_loop(void *base)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* The loop waits for the descriptor, and for nothing else. */
static struct bufferevent *
one_that_is_waited_for(void)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE);

	heard_in_wait = 0;
	bufferevent_setcb(bev, note_wait, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	while (heard_in_wait == 0 || made.waits == heard_in_wait)
		sched_yield();
	return bev;
}

/* Who closes a descriptor need not say that it is not waited for any more. */
START_TEST(bug05_one_freed_by_another_thread_costs_no_interest)
{
	struct bufferevent *bev;
	pthread_t loop;
	char byte;
	int before;

	if (!test_threads() ||
		strcmp(event_base_get_method(fx.base), "epoll") != 0)
		return; /* of others the calls that wait are not counted */
	ck_assert_int_eq(evthread_make_base_notifiable(fx.base), 0);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, fx.base), 0);
	bev = one_that_is_waited_for();
	before = made.interests;
	bufferevent_free(bev);
	fx.fd = -1;
	while (read(fx.peer, &byte, 1) < 0)
		sched_yield(); /* until it is closed */
	event_base_stop(fx.base);
	pthread_join(loop, NULL);
	ck_assert_int_eq(made.interests, before);
}
END_TEST

/* Who waits for tokens does not wait for the descriptor as well. */
START_TEST(limited_output_costs_no_interest)
{
	struct timeval tick = clock_ms(1);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		10, 10, 10, 10, &tick);
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, threadsafe());
	char bytes[100] = "";
	size_t got = 0;
	ssize_t n;

	ck_assert(cfg && bev);
	bufferevent_set_rate_limit(bev, cfg);
	bufferevent_write(bev, bytes, sizeof(bytes));
	while (got < sizeof(bytes)) {
		event_base_loop(fx.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		n = read(fx.peer, bytes, sizeof(bytes));
		if (n > 0)
			got += (size_t)n;
	}
	ck_assert_int_gt(made.writes, 1);
	ck_assert_int_eq(made.interests, 0);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

static Suite *
cost_suite(void)
{
	Suite *suite = suite_create("bufferevent cost");
	TCase *tcase = tcase_create("cost");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, large_request_costs_at_most_two_reads);
	tcase_add_loop_test(
		tcase, small_request_costs_one_read_and_one_write, 0, 1);
	tcase_add_loop_test(tcase, small_request_costs_one_read_and_one_write,
		BEV_OPT_DEFER_CALLBACKS, BEV_OPT_DEFER_CALLBACKS + 1);
	tcase_add_test(tcase, bug05_short_connection_costs_one_interest);
	tcase_add_test(
		tcase, bug05_one_freed_by_another_thread_costs_no_interest);
	tcase_add_test(tcase, limited_output_costs_no_interest);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){
		cost_suite, refusals_suite, long_run_suite, NULL});
}
