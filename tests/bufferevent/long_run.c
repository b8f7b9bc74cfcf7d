/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviour 144 over a long time, which is virtual: rates are kept to within a
 * percent.  Needs a build with -Dtest_seams=true.
 */
#include "suites.h"

#include "../support/virtual.h"
#include "kit.h"

enum { RATE = 1000, TICK_MS = 10, SECONDS = 100, MEMBERS = 4 };

/* How much goes in that time. */
#define DUE ((size_t)RATE * 1000 / TICK_MS * SECONDS)

static struct ev_token_bucket_cfg *cfg;
static struct bufferevent *sources[MEMBERS], *sinks[MEMBERS];
static struct heard heard[MEMBERS];

static void
write_more(struct bufferevent *bev, void *arg)
{
	static char data[100000];

	(void)arg;
	bufferevent_write(bev, data, sizeof(data));
}

static void
connect_ends(int i, int kind)
{
	struct bufferevent *pair[2];
	evutil_socket_t fds[2];

	if (kind == 0) {
		make_pair(fds);
		for (int j = 0; j < 2; j++)
			pair[j] = bufferevent_socket_new(fx.base, fds[j],
				BEV_OPT_CLOSE_ON_FREE | threadsafe());
	} else {
		bufferevent_pair_new(fx.base, threadsafe(), pair);
	}
	sources[i] = pair[0];
	sinks[i] = pair[1];
	bufferevent_setcb(sources[i], NULL, write_more, NULL, NULL);
	listen_to(sinks[i], &heard[i]);
	write_more(sources[i], NULL);
	bufferevent_enable(sinks[i], EV_READ);
}

static void
setup(void)
{
	struct timeval tick = clock_ms(TICK_MS);

	virtual_time();
	fixture_setup();
	memset(heard, 0, sizeof(heard));
	cfg = ev_token_bucket_cfg_new(RATE, RATE, RATE, RATE, &tick);
}

static void
free_ends(int count)
{
	for (int i = 0; i < count; i++) {
		bufferevent_free(sources[i]);
		bufferevent_free(sinks[i]);
	}
	turns(1);
}

static void
teardown(void)
{
	turns(1);
	ev_token_bucket_cfg_free(cfg);
	fixture_teardown();
}

static size_t
bytes_of(int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += heard[i].bytes;
	return bytes;
}

/* Not more than what is due and one burst, and not a percent less. */
static void
check_rate(int count)
{
	run_for(SECONDS * 1000L);
	ck_assert_uint_le(bytes_of(count), DUE + 2 * RATE);
	ck_assert_uint_ge(bytes_of(count), DUE - DUE / 100);
}

START_TEST(b144_h_reading_keeps_to_the_rate_for_long)
{
	connect_ends(0, _i);
	bufferevent_set_rate_limit(sinks[0], cfg);
	check_rate(1);
	free_ends(1);
}
END_TEST

START_TEST(b144_i_writing_keeps_to_the_rate_for_long)
{
	connect_ends(0, _i);
	bufferevent_set_rate_limit(sources[0], cfg);
	check_rate(1);
	free_ends(1);
}
END_TEST

START_TEST(b144_j_group_keeps_to_the_rate_for_long)
{
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);

	for (int i = 0; i < MEMBERS; i++) {
		connect_ends(i, _i);
		bufferevent_add_to_rate_limit_group(sinks[i], group);
	}
	check_rate(MEMBERS);
	for (int i = 0; i < MEMBERS; i++) {
		ck_assert_uint_ge(heard[i].bytes, DUE / MEMBERS / 10 * 9);
		ck_assert_uint_le(heard[i].bytes, DUE / MEMBERS / 10 * 11);
	}
	free_ends(MEMBERS);
	bufferevent_rate_limit_group_free(group);
}
END_TEST

Suite *
long_run_suite(void)
{
	Suite *suite = suite_create("bufferevent long run");
	TCase *tcase = tcase_create("long run");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
		tcase, b144_h_reading_keeps_to_the_rate_for_long, 0, 2);
	tcase_add_loop_test(
		tcase, b144_i_writing_keeps_to_the_rate_for_long, 0, 2);
	tcase_add_loop_test(
		tcase, b144_j_group_keeps_to_the_rate_for_long, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
