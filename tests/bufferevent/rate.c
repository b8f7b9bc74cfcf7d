/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviour 144: rate limits. */
#include "suites.h"

#include "kit.h"

static struct ev_token_bucket_cfg *
bucket(size_t rate, size_t burst, long tick_ms)
{
	struct timeval tick = clock_ms(tick_ms);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		rate, burst, rate, burst, &tick);

	ck_assert_ptr_nonnull(cfg);
	return cfg;
}

static int
is_refused(size_t rate, size_t burst, time_t seconds, suseconds_t us)
{
	struct timeval tick = {seconds, us};
	struct ev_token_bucket_cfg *read_cfg = ev_token_bucket_cfg_new(
		rate, burst, 1, 1, &tick);
	struct ev_token_bucket_cfg *write_cfg = ev_token_bucket_cfg_new(
		1, 1, rate, burst, &tick);

	if (!read_cfg && !write_cfg)
		return 1;
	ev_token_bucket_cfg_free(read_cfg);
	ev_token_bucket_cfg_free(write_cfg);
	return 0;
}

START_TEST(b144_a_senseless_buckets_are_refused)
{
	ck_assert(is_refused(0, 1, 1, 0));
	ck_assert(is_refused(2, 1, 1, 0));
	ck_assert(is_refused(1, (size_t)EV_RATE_LIMIT_MAX + 1, 1, 0));
	ck_assert(is_refused(1, 1, 0, 0));
	ck_assert(is_refused(1, 1, 0, 1));
	ck_assert(is_refused(1, 1, -1, 0));
	ck_assert(is_refused(1, 1, 0, -1));
	ck_assert(!is_refused(1, 1, 0, 1000));
	ck_assert(
		!is_refused(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX, 1000000, 0));
	ev_token_bucket_cfg_free(NULL);
}
END_TEST

START_TEST(b144_b_tokens)
{
	struct ev_token_bucket_cfg *cfg = bucket(10, 20, 1000000);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(bufferevent_decrement_read_limit(bev, 1), -1);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, 1), -1);
	ck_assert_ptr_null(bufferevent_get_token_bucket_cfg(bev));
	ck_assert_int_eq(bufferevent_set_rate_limit(bev, cfg), 0);
	ck_assert_ptr_eq(bufferevent_get_token_bucket_cfg(bev), cfg);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), 10);
	ck_assert_int_eq(bufferevent_get_max_to_write(bev), 10);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, 30), 0);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), -20);
	ck_assert_int_eq(bufferevent_get_max_to_write(bev), 0);
	ck_assert_int_eq(bufferevent_decrement_write_limit(bev, -100), 0);
	ck_assert_int_eq(bufferevent_get_write_limit(bev), 80);
	ck_assert_int_eq(
		bufferevent_decrement_read_limit(bev, EV_SSIZE_MAX), 0);
	ck_assert_int_eq(
		bufferevent_decrement_read_limit(bev, EV_SSIZE_MAX), 0);
	ck_assert_int_eq(
		bufferevent_decrement_read_limit(bev, EV_SSIZE_MAX), 0);
	ck_assert_int_lt(bufferevent_get_read_limit(bev), 0);
	ck_assert_int_eq(bufferevent_set_rate_limit(bev, NULL), 0);
	ck_assert_int_eq(bufferevent_get_read_limit(bev), EV_SSIZE_MAX);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

/* Bytes that come within a time, by a limit of its own or a group's. */
static size_t
come_within(struct heard *heard, long ms)
{
	size_t before = heard->bytes;
	int64_t began = clock_real_ns();

	while (clock_ms_since(began) < ms) {
		send_all(fx.peer);
		run_for(2);
	}
	return heard->bytes - before;
}

/* Never more than the time allows; not much less, unless the machine is busy. */
static void
check_reading(struct bufferevent *bev, struct heard *heard)
{
	int64_t began = clock_real_ns();
	size_t bytes;
	long ticks;

	bufferevent_enable(bev, EV_READ);
	bytes = come_within(heard, 300);
	ticks = (long)(clock_ms_since(began) / 10) + 2;
	ck_assert_uint_le(bytes, (size_t)ticks * 1000 + 64);
	ck_assert_uint_ge(bytes, 5000);
}

START_TEST(b144_c_reading_keeps_to_the_rate)
{
	struct ev_token_bucket_cfg *cfg = bucket(1000, 1000, 10);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_set_rate_limit(bev, cfg);
	check_reading(bev, &heard);
	bufferevent_set_rate_limit(bev, NULL);
	ck_assert_uint_gt(come_within(&heard, 20), 0);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(b144_d_writing_keeps_to_the_rate)
{
	struct ev_token_bucket_cfg *cfg = bucket(1000, 1000, 10);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	struct evbuffer *data = pattern_buffer(20000);
	int64_t began = clock_real_ns();
	size_t bytes = 0;

	bufferevent_set_rate_limit(bev, cfg);
	bufferevent_write_buffer(bev, data);
	while (!heard.writes) {
		run_for(1);
		bytes += take_all(fx.peer);
	}
	bytes += take_all(fx.peer);
	ck_assert_uint_eq(bytes, 20000);
	ck_assert_int_ge(clock_ms_since(began), 180);
	evbuffer_free(data);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(b144_e_group_keeps_to_the_rate)
{
	struct ev_token_bucket_cfg *cfg = bucket(1000, 1000, 10);
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);
	ev_uint64_t read_total, written_total;

	ev_token_bucket_cfg_free(cfg); /* it has a copy */
	ck_assert_ptr_nonnull(group);
	ck_assert_int_eq(bufferevent_add_to_rate_limit_group(bev, group), 0);
	check_reading(bev, &heard);
	bufferevent_rate_limit_group_get_totals(
		group, &read_total, &written_total);
	ck_assert_uint_eq(read_total, heard.bytes);
	ck_assert_uint_eq(written_total, 0);
	bufferevent_rate_limit_group_reset_totals(group);
	bufferevent_rate_limit_group_get_totals(group, &read_total, NULL);
	ck_assert_uint_eq(read_total, 0);
	ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(bev), 0);
	ck_assert_int_eq(bufferevent_remove_from_rate_limit_group(bev), 0);
	ck_assert_uint_gt(come_within(&heard, 20), 0);
	bufferevent_rate_limit_group_free(group);
	bufferevent_free(bev);
}
END_TEST

enum { MEMBERS = 4 };

START_TEST(b144_f_members_have_shares)
{
	struct ev_token_bucket_cfg *cfg = bucket(1000, 1000, 10);
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct heard heard[MEMBERS];
	struct bufferevent *bevs[MEMBERS];
	evutil_socket_t pairs[MEMBERS][2];
	int64_t began = clock_real_ns();
	size_t all = 0;

	memset(heard, 0, sizeof(heard));
	for (int i = 0; i < MEMBERS; i++) {
		make_pair(pairs[i]);
		bevs[i] = bufferevent_socket_new(
			fx.base, pairs[i][0], threadsafe());
		listen_to(bevs[i], &heard[i]);
		bufferevent_add_to_rate_limit_group(bevs[i], group);
		bufferevent_enable(bevs[i], EV_READ);
	}
	ck_assert_int_le(bufferevent_get_max_to_read(bevs[0]), 250);
	while (clock_ms_since(began) < 400) {
		for (int i = 0; i < MEMBERS; i++)
			send_all(pairs[i][1]);
		run_for(2);
	}
	for (int i = 0; i < MEMBERS; i++)
		all += heard[i].bytes;
	for (int i = 0; i < MEMBERS; i++) {
		ck_assert_uint_ge(heard[i].bytes, all / MEMBERS / 2);
		ck_assert_uint_le(heard[i].bytes, all / MEMBERS * 2);
		bufferevent_free(bevs[i]);
	}
	bufferevent_rate_limit_group_free(group);
	turns(2);
	for (int i = 0; i < MEMBERS; i++) {
		close_fd(&pairs[i][0]);
		close_fd(&pairs[i][1]);
	}
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(b144_g_group_tokens_and_shares)
{
	struct ev_token_bucket_cfg *cfg = bucket(100, 200, 1000000);
	struct ev_token_bucket_cfg *less = bucket(10, 20, 1000000);
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	ck_assert_int_eq(
		bufferevent_rate_limit_group_get_read_limit(group), 100);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_decrement_read(group, 30), 0);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_decrement_write(group, -30), 0);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_get_read_limit(group), 70);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_get_write_limit(group), 130);
	ck_assert_int_eq(bufferevent_rate_limit_group_set_cfg(group, less), 0);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_get_read_limit(group), 20);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_set_min_share(group, 5), 0);
	ck_assert_int_eq(
		bufferevent_rate_limit_group_set_min_share(group, SIZE_MAX),
		-1);
	bufferevent_add_to_rate_limit_group(bev, group);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 20);
	bufferevent_rate_limit_group_decrement_read(group, 100);
	ck_assert_int_eq(bufferevent_get_max_to_read(bev), 0);
	bufferevent_free(bev);
	bufferevent_rate_limit_group_free(group);
	ev_token_bucket_cfg_free(cfg);
	ev_token_bucket_cfg_free(less);
}
END_TEST

START_TEST(bug37_group_freed_before_its_members)
{
	struct ev_token_bucket_cfg *cfg = bucket(1, 1, 1000000);
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct heard heard = {0};
	struct bufferevent *bev = on_fixture(0, &heard);

	bufferevent_add_to_rate_limit_group(bev, group);
	bufferevent_rate_limit_group_set_min_share(group, 1);
	bufferevent_enable(bev, EV_READ);
	say(fx.peer, "0123456789");
	turns(5);
	ck_assert_uint_eq(heard.bytes, 1);
	bufferevent_rate_limit_group_free(group);
	until_bytes(&heard.bytes, 10);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

Suite *
rate_suite(void)
{
	Suite *suite = suite_create("bufferevent rate limits");
	TCase *tcase = tcase_create("rate");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, b144_a_senseless_buckets_are_refused);
	tcase_add_test(tcase, b144_b_tokens);
	tcase_add_test(tcase, b144_c_reading_keeps_to_the_rate);
	tcase_add_test(tcase, b144_d_writing_keeps_to_the_rate);
	tcase_add_test(tcase, b144_e_group_keeps_to_the_rate);
	tcase_add_test(tcase, b144_f_members_have_shares);
	tcase_add_test(tcase, b144_g_group_tokens_and_shares);
	tcase_add_test(tcase, bug37_group_freed_before_its_members);
	suite_add_tcase(suite, tcase);
	return suite;
}
