/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes of bugs that event loops have had, as bufferevents and listeners can
 * have them.  Those that no numbered behaviour asks for are here; the others
 * are where their subject is.  By number of the class, see
 * tests/conformance/bugs.c, those that are missing being of events alone:
 *
 *   1  freed in its own callback is touched                life, 11; filter
 *   3  callback frees others of the same batch             here
 *   4  stale readiness reaches a number's new owner        here
 *   5  duplicate keeps a closed one registered             here, cost
 *   6  closed without being told: spin                     here
 *   7  callback after the end                              11
 *   8  deadlock with the user's lock                       callbacks, filter,
 *                                                          shared, threads
 *   9  listener disabled beside its callback               threads
 *  10  lock used after its end                             life
 *  11  callbacks after bufferevent_free()                  life, threads
 *  12  wake-up lost                                        shared
 *  18  kernel objects shared after fork                    here
 *  20  interrupted calls                                   here, faults,
 *                                                          buffer/faults
 *  22  timeouts early                                      here, socket b137
 *  23  times that overflow                                 here, rate b144
 *  25  work without end                                    callbacks
 *  26  priorities inverted                                 here
 *  27  out of descriptors, a listener spins                listener b152, refusals
 *  28  shortage ends the process                           here, faults
 *  29  hang-up with nobody to tell                         here
 *  31  large numbers                                       here
 *  32  sizes that overflow                                 buffer/evbuffer
 *  33  buffers that are not whole                          buffer
 *  34  callbacks that change the list of callbacks         buffer/notify
 *  35  files cut short                                     buffer/file
 *  36  filters stall, recurse                              filter
 *  37  memory without bounds, groups' lives                extras, pipe, rate,
 *                                                          shared, socket b134
 *  38  SIGPIPE                                             socket, buffer/io
 *  39  errors leak, crash or stall                         shortage, refusals,
 *                                                          faults,
 *                                                          buffer/faults
 *  40  parsers of what others send                         connect b138_m
 */
#include "suites.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

#include <event2/watch.h>

#include "../support/child.h"
#include "kit.h"

static void
count_turn(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *count)
{
	(void)watcher, (void)info;
	++*(int *)count;
}

/* Run for a while; how many turns that took. */
static int
turns_within(long ms)
{
	int count = 0;
	struct evwatch *watcher = evwatch_check_new(
		fx.base, count_turn, &count);

	run_for(ms);
	evwatch_free(watcher);
	return count;
}

/* --- 3, 4: others of the same batch --------------------------------------*/

enum { BATCH = 8 };

static struct {
	evutil_socket_t pairs[BATCH][2];
	struct bufferevent *bevs[BATCH];
	int calls;
} batch;

static void
make_batch(bufferevent_data_cb fn, int options)
{
	memset(&batch, 0, sizeof(batch));
	for (int i = 0; i < BATCH; i++) {
		make_pair(batch.pairs[i]);
		batch.bevs[i] = bufferevent_socket_new(
			fx.base, batch.pairs[i][0], options | threadsafe());
		bufferevent_setcb(batch.bevs[i], fn, NULL, NULL, NULL);
		bufferevent_enable(batch.bevs[i], EV_READ);
		send_byte(batch.pairs[i][1]);
	}
}

static void
close_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		close_fd(&batch.pairs[i][0]);
		close_fd(&batch.pairs[i][1]);
	}
}

static void
free_the_batch(struct bufferevent *bev, void *arg)
{
	(void)bev, (void)arg;
	batch.calls++;
	for (int i = 0; i < BATCH; i++)
		bufferevent_free(batch.bevs[i]);
}

START_TEST(bug03_callback_frees_the_whole_batch)
{
	make_batch(free_the_batch, _i);
	turns(4);
	ck_assert_int_eq(batch.calls, 1);
	close_batch();
}
END_TEST

static struct heard fresh;

/* The first that is called gives the numbers of all others away. */
static void
give_numbers_away(struct bufferevent *bev, void *arg)
{
	evutil_socket_t pair[2];

	(void)arg;
	if (batch.calls++)
		return;
	for (int i = 0; i < BATCH; i++) {
		if (batch.bevs[i] == bev)
			continue;
		bufferevent_free(batch.bevs[i]);
		make_pair(pair);
		ck_assert_int_eq(
			dup2(pair[0], batch.pairs[i][0]), batch.pairs[i][0]);
		close_fd(&pair[0]);
		close_fd(&batch.pairs[i][1]);
		batch.pairs[i][1] = pair[1];
		batch.bevs[i] = bufferevent_socket_new(
			fx.base, batch.pairs[i][0], threadsafe());
		listen_to(batch.bevs[i], &fresh);
		bufferevent_enable(batch.bevs[i], EV_READ);
	}
}

START_TEST(bug04_readiness_is_not_for_the_next_owner_of_a_number)
{
	memset(&fresh, 0, sizeof(fresh));
	make_batch(give_numbers_away, 0);
	turns(4);
	ck_assert_int_eq(batch.calls, 1);
	ck_assert_int_eq(fresh.reads + fresh.events, 0);
	for (int i = 0; i < BATCH; i++)
		send_byte(batch.pairs[i][1]);
	until(&fresh.reads, BATCH - 1);
	ck_assert_int_eq(fresh.events, 0);
	for (int i = 0; i < BATCH; i++)
		bufferevent_free(batch.bevs[i]);
	turns(1);
	close_batch();
}
END_TEST

/* --- 5: a duplicate lives ------------------------------------------------*/

static void
free_it(struct bufferevent *bev)
{
	bufferevent_free(bev);
}

START_TEST(bug05_duplicate_of_a_closed_descriptor_makes_no_noise)
{
	struct heard heard = {.then = free_it};
	evutil_socket_t copies[3][2];

	for (int i = 0; i < 3; i++) {
		heard.reads = 0;
		bufferevent_enable(
			on_fixture(BEV_OPT_CLOSE_ON_FREE, &heard), EV_READ);
		copies[i][0] = dup(fx.fd);
		copies[i][1] = dup(fx.peer);
		send_byte(fx.peer);
		until(&heard.reads, 1);
		turns(1);
		fx.fd = -1; /* closed, and readable still by its copy */
		send_byte(copies[i][1]);
		another_pair();
		ck_assert_int_le(turns_within(20), 10);
		ck_assert_int_eq(heard.reads, 1);
	}
	for (int i = 0; i < 3; i++) {
		close_fd(&copies[i][0]);
		close_fd(&copies[i][1]);
	}
}
END_TEST

/* --- 6: closed by the program --------------------------------------------*/

START_TEST(bug06_closed_under_a_bufferevent_it_does_not_spin)
{
	struct heard heard = {0}, other = {0};
	struct bufferevent *bev = on_fixture(0, &heard), *live;

	bufferevent_enable(bev, EV_READ);
	turns(1);
	close_fd(&fx.fd);
	another_pair();
	live = on_fixture(0, &other);
	if (bufferevent_getfd(live) == bufferevent_getfd(bev))
		bufferevent_setfd(bev, -1); /* it has got the same number */
	bufferevent_enable(live, EV_READ);
	ck_assert_int_le(turns_within(20), 10);
	ck_assert_int_le(heard.events, 1);
	send_byte(fx.peer);
	until(&other.reads, 1);
	ck_assert_int_eq(heard.reads, 0);
	bufferevent_free(bev);
	bufferevent_free(live);
}
END_TEST

/* --- 18: a child ---------------------------------------------------------*/

START_TEST(bug18_child_that_frees_bufferevents_leaves_its_parent_alone)
{
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(BEV_OPT_CLOSE_ON_FREE, &heard);
	pid_t child;

	bufferevent_enable(bev, EV_READ);
	turns(1);
	child = start_child();
	if (!child) {
		bufferevent_free(bev);
		if (_i)
			INSIST(event_base_loop(fx.base, EVLOOP_NONBLOCK) >= 0);
		event_base_free(fx.base);
		_exit(0);
	}
	expect_good_end(child);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	bufferevent_write(bev, "x", 1);
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "x");
	ck_assert_int_eq(heard.events, 0);
	bufferevent_free(bev);
	fx.fd = -1;
}
END_TEST

/* --- 20: interrupted all the time ----------------------------------------*/

static void
ignore(int signo)
{
	(void)signo;
}

static void
set_alarms(long interval_us)
{
	struct sigaction action = {.sa_handler = ignore};
	struct itimerval often = {.it_interval.tv_usec = interval_us,
		.it_value.tv_usec = interval_us};

	sigemptyset(&action.sa_mask);
	if (interval_us)
		ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

START_TEST(bug20_interruptions_lose_nothing)
{
	enum { SIZE = 2000000 };
	struct heard near = {.got = evbuffer_new()};
	struct heard far = {.got = evbuffer_new()};
	struct bufferevent *one = on_fixture(0, &near);
	struct bufferevent *two = bufferevent_socket_new(
		fx.base, fx.peer, threadsafe());
	struct evbuffer *data = pattern_buffer(SIZE);

	listen_to(two, &far);
	evbuffer_add_buffer_reference(bufferevent_get_output(two), data);
	bufferevent_write_buffer(one, data);
	bufferevent_enable(one, EV_READ);
	bufferevent_enable(two, EV_READ);
	set_alarms(200);
	until_bytes(&near.bytes, SIZE);
	until_bytes(&far.bytes, SIZE);
	set_alarms(0);
	ck_assert_int_eq(near.events + far.events, 0);
	ck_assert(is_pattern(near.got, 0) && is_pattern(far.got, 0));
	evbuffer_free(near.got);
	evbuffer_free(far.got);
	evbuffer_free(data);
	bufferevent_free(one);
	bufferevent_free(two);
}
END_TEST

/* --- 22, 23: timeouts ----------------------------------------------------*/

static int64_t enabled_at;

static void
begin_late(struct bufferevent *bev)
{
	struct timeval tv = clock_ms(20);

	clock_burn_ms(30); /* the turn's time is old now */
	enabled_at = clock_real_ns();
	bufferevent_set_timeouts(bev, &tv, NULL);
}

START_TEST(bug22_timeout_set_in_a_long_callback_is_not_early)
{
	struct heard heard = {.then = begin_late};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_enable(bev, EV_READ);
	send_byte(fx.peer);
	until(&heard.reads, 1);
	heard.then = NULL;
	until(&heard.events, 1);
	ck_assert_int_ge(clock_ms_since(enabled_at), 20);
	bufferevent_free(bev);
}
END_TEST

START_TEST(bug23_timeouts_without_end_never_pass)
{
	static const struct timeval never[] = {
		{sizeof(time_t) > 4 ? LONG_MAX : INT_MAX, 0},
		{sizeof(time_t) > 4 ? LONG_MAX : INT_MAX, 999999},
		{INT_MAX, 0},
	};
	struct bufferevent *pair[2];
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_pair_new(fx.base, threadsafe(), pair);
	listen_to(pair[0], &heard);
	send_all(fx.fd);
	bufferevent_set_timeouts(bev, &never[_i], &never[_i]);
	bufferevent_set_timeouts(pair[0], &never[_i], &never[_i]);
	bufferevent_write(bev, "x", 1);
	bufferevent_write(pair[0], "x", 1);
	bufferevent_enable(bev, EV_READ);
	bufferevent_enable(pair[0], EV_READ);
	ck_assert_int_le(turns_within(20), 20);
	ck_assert_int_eq(heard.events, 0);
	bufferevent_free(bev);
	bufferevent_free(pair[0]);
	bufferevent_free(pair[1]);
}
END_TEST

/* --- 26: urgent ones -----------------------------------------------------*/

static char order[8];

static void
note_order(struct bufferevent *bev, void *letter)
{
	(void)bev;
	strncat(order, letter, sizeof(order) - strlen(order) - 1);
}

START_TEST(bug26_urgent_bufferevents_come_first)
{
	static char letters[][2] = {"c", "b", "a"};
	evutil_socket_t pairs[3][2];
	struct bufferevent *bevs[3];

	order[0] = '\0';
	ck_assert_int_eq(event_base_priority_init(fx.base, 3), 0);
	for (int i = 0; i < 3; i++) {
		make_pair(pairs[i]);
		bevs[i] = bufferevent_socket_new(
			fx.base, pairs[i][0], _i | threadsafe());
		ck_assert_int_eq(bufferevent_priority_set(bevs[i], 2 - i), 0);
		bufferevent_setcb(bevs[i], note_order, NULL, NULL, letters[i]);
		bufferevent_enable(bevs[i], EV_READ);
		send_byte(pairs[i][1]);
	}
	turns(6);
	ck_assert_str_eq(order, "abc");
	for (int i = 0; i < 3; i++)
		bufferevent_free(bevs[i]);
	turns(3);
	for (int i = 0; i < 3; i++) {
		close_fd(&pairs[i][0]);
		close_fd(&pairs[i][1]);
	}
}
END_TEST

/* --- 28, 31: descriptors -------------------------------------------------*/

START_TEST(bug28_without_descriptors_a_connection_is_refused)
{
	struct sockaddr_in address;
	evutil_socket_t listener = listening(&address);
	struct heard heard = {0};
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, -1, BEV_OPT_CLOSE_ON_FREE | threadsafe());
	struct rlimit before, none;

	listen_to(bev, &heard);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	errno = 0;
	ck_assert_int_eq(bufferevent_socket_connect(bev,
				 (struct sockaddr *)&address, sizeof(address)),
		-1);
	ck_assert_int_eq(errno, EMFILE);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	ck_assert_int_eq(bufferevent_socket_connect(bev,
				 (struct sockaddr *)&address, sizeof(address)),
		0);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_CONNECTED);
	bufferevent_free(bev);
	close(listener);
}
END_TEST

START_TEST(bug31_large_numbers_work_as_small_ones_do)
{
	struct heard heard = {0};
	struct bufferevent *bev;
	int large = fcntl(fx.fd, F_DUPFD_CLOEXEC, 3000);

	if (large < 0)
		return; /* this system allows no such number */
	close_fd(&fx.fd);
	bev = bufferevent_socket_new(
		fx.base, large, BEV_OPT_CLOSE_ON_FREE | threadsafe());
	listen_to(bev, &heard);
	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "there", 5);
	until(&heard.writes, 1);
	ck_assert_str_eq(hear(fx.peer), "there");
	say(fx.peer, "back");
	until_bytes(&heard.bytes, 4);
	bufferevent_free(bev);
}
END_TEST

/* --- 29: nobody to tell --------------------------------------------------*/

/* It does not read: it never did, not any more, or not now. */
START_TEST(bug29_hang_up_while_nobody_reads_does_not_spin)
{
	struct heard heard = {.keep = 1};
	struct bufferevent *bev;

	use_tcp();
	bev = on_fixture(0, &heard);
	bufferevent_setwatermark(bev, EV_READ, 0, 1);
	if (_i > 0)
		bufferevent_enable(bev, EV_READ);
	if (_i == 1)
		bufferevent_disable(bev, EV_READ);
	send_byte(fx.peer);
	turns(3);
	reset_peer();
	close_fd(&fx.peer);
	ck_assert_int_le(turns_within(20), 10);
	ck_assert_int_eq(heard.events, 0);
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	bufferevent_enable(bev, EV_READ);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_ERROR);
	ck_assert_int_le(turns_within(20), 10);
	ck_assert_int_eq(heard.events, 1);
	bufferevent_free(bev);
}
END_TEST

static void
add_descriptor_tests(TCase *tcase)
{
	tcase_add_test(
		tcase, bug04_readiness_is_not_for_the_next_owner_of_a_number);
	tcase_add_test(
		tcase, bug05_duplicate_of_a_closed_descriptor_makes_no_noise);
	tcase_add_test(
		tcase, bug06_closed_under_a_bufferevent_it_does_not_spin);
	tcase_add_loop_test(tcase,
		bug18_child_that_frees_bufferevents_leaves_its_parent_alone, 0,
		2);
	tcase_add_test(
		tcase, bug28_without_descriptors_a_connection_is_refused);
	tcase_add_loop_test(
		tcase, bug29_hang_up_while_nobody_reads_does_not_spin, 0, 3);
	tcase_add_test(tcase, bug31_large_numbers_work_as_small_ones_do);
}

static void
add_other_tests(TCase *tcase)
{
	tcase_add_test(tcase, bug20_interruptions_lose_nothing);
	tcase_add_test(
		tcase, bug22_timeout_set_in_a_long_callback_is_not_early);
	tcase_add_loop_test(tcase, bug23_timeouts_without_end_never_pass, 0, 3);
	for (int options = 0; options <= BEV_OPT_DEFER_CALLBACKS;
		options += BEV_OPT_DEFER_CALLBACKS) {
		tcase_add_loop_test(tcase, bug03_callback_frees_the_whole_batch,
			options, options + 1);
		tcase_add_loop_test(tcase, bug26_urgent_bufferevents_come_first,
			options, options + 1);
	}
}

Suite *
bugs_suite(void)
{
	Suite *suite = suite_create("bufferevent bugs");
	TCase *tcase = tcase_create("bugs");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	add_descriptor_tests(tcase);
	add_other_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
