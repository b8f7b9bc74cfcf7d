/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviours 146 and 147: pairs. */
#include "suites.h"

#include <event2/ext_bufferevent.h>

#include "kit.h"

static struct bufferevent *pair[2];
static struct heard heard[2];

static void
setup(void)
{
	fixture_setup();
	memset(heard, 0, sizeof(heard));
	ck_assert_int_eq(bufferevent_pair_new(fx.base, threadsafe(), pair), 0);
	listen_to(pair[0], &heard[0]);
	listen_to(pair[1], &heard[1]);
}

static void
teardown(void)
{
	for (int i = 0; i < 2; i++)
		if (pair[i])
			bufferevent_free(pair[i]);
	fixture_teardown();
}

static size_t
output_of(int i)
{
	return evbuffer_get_length(bufferevent_get_output(pair[i]));
}

static size_t
input_of(int i)
{
	return evbuffer_get_length(bufferevent_get_input(pair[i]));
}

static void
free_end(int i)
{
	bufferevent_free(pair[i]);
	pair[i] = NULL;
}

START_TEST(b146_a_data_moves_when_the_reader_is_enabled)
{
	bufferevent_write(pair[0], "hello", 5);
	turns(2);
	ck_assert_uint_eq(output_of(0), 5);
	bufferevent_enable(pair[1], EV_READ);
	ck_assert_int_eq(heard[1].reads, 0); /* always deferred */
	turns(1);
	ck_assert_uint_eq(heard[1].bytes, 5);
	ck_assert_int_eq(heard[0].writes, 1);
	bufferevent_enable(pair[0], EV_READ);
	bufferevent_write(pair[1], "back", 4);
	until(&heard[0].reads, 1);
	ck_assert_uint_eq(heard[0].bytes, 4);
}
END_TEST

START_TEST(b146_b_data_stops_at_the_readers_mark)
{
	heard[1].keep = 1;
	bufferevent_setwatermark(pair[1], EV_READ, 0, 4);
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_write(pair[0], "0123456789", 10);
	turns(3);
	ck_assert_uint_eq(input_of(1), 4);
	ck_assert_uint_eq(output_of(0), 6);
	ck_assert_int_eq(heard[1].reads, 1);
	ck_assert_int_eq(heard[0].writes, 0);
	evbuffer_drain(bufferevent_get_input(pair[1]), 4);
	turns(3);
	ck_assert_uint_eq(input_of(1), 4);
	evbuffer_drain(bufferevent_get_input(pair[1]), 4);
	turns(3);
	ck_assert_uint_eq(input_of(1), 2);
	ck_assert_int_eq(heard[0].writes, 1);
}
END_TEST

START_TEST(b146_c_disabled_writer_keeps_its_output)
{
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_disable(pair[0], EV_WRITE);
	bufferevent_write(pair[0], "x", 1);
	turns(2);
	ck_assert_uint_eq(output_of(0), 1);
	bufferevent_enable(pair[0], EV_WRITE);
	until(&heard[1].reads, 1);
}
END_TEST

START_TEST(b146_d_there_is_no_descriptor)
{
	ck_assert_int_eq(bufferevent_getfd(pair[0]), -1);
	ck_assert_int_eq(bufferevent_setfd(pair[0], fx.fd), -1);
	ck_assert_int_eq(bufferevent_base_set(fx.base, pair[0]), -1);
	ck_assert_int_eq(bufferevent_priority_set(pair[0], 0), 0);
	ck_assert_ptr_eq(bufferevent_pair_get_partner(pair[0]), pair[1]);
	ck_assert_ptr_eq(bufferevent_pair_get_partner(pair[1]), pair[0]);
}
END_TEST

START_TEST(b146_e_flush_moves_whatever_holds_data_up)
{
	bufferevent_write(pair[0], "abc", 3);
	ck_assert_int_eq(bufferevent_flush(pair[0], EV_WRITE, BEV_NORMAL), 0);
	ck_assert_uint_eq(input_of(1), 0);
	ck_assert_int_eq(bufferevent_flush(pair[0], EV_WRITE, BEV_FLUSH), 1);
	ck_assert_uint_eq(input_of(1), 3);
	ck_assert_int_eq(bufferevent_flush(pair[0], EV_WRITE, BEV_FLUSH), 0);
	until(&heard[1].reads, 1);
	until(&heard[0].writes, 1);
	bufferevent_write(pair[1], "d", 1);
	ck_assert_int_eq(bufferevent_flush(pair[0], EV_READ, BEV_FLUSH), 1);
	until(&heard[0].reads, 1);
}
END_TEST

START_TEST(b146_f_timeouts)
{
	struct timeval tv = clock_ms(30);

	bufferevent_set_timeouts(pair[0], &tv, &tv);
	bufferevent_enable(pair[0], EV_READ);
	until(&heard[0].events, 1);
	ck_assert_int_eq(heard[0].what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	run_for(60); /* nothing to write: writing has no time to lose */
	ck_assert_int_eq(heard[0].events, 1);
	bufferevent_write(pair[0], "x", 1);
	until(&heard[0].events, 2);
	ck_assert_int_eq(heard[0].what, BEV_EVENT_WRITING | BEV_EVENT_TIMEOUT);
}
END_TEST

/* A member's share of the tokens is less than all that it may take in turn. */
START_TEST(b146_g_share_of_a_group_is_not_all)
{
	struct timeval tick = clock_ms(1000000);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		1000, 1000, 1000, 1000, &tick);
	struct bufferevent_rate_limit_group *group =
		bufferevent_rate_limit_group_new(fx.base, cfg);
	struct bufferevent *other = on_fixture(0, &heard[0]);
	char bytes[800] = "";

	ck_assert_ptr_nonnull(group);
	bufferevent_add_to_rate_limit_group(pair[0], group);
	bufferevent_add_to_rate_limit_group(other, group);
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_write(pair[0], bytes, sizeof(bytes));
	until_bytes(&heard[1].bytes, sizeof(bytes));
	bufferevent_free(other);
	free_end(0);
	turns(2);
	bufferevent_rate_limit_group_free(group);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(b147_a_finished_is_an_end_for_the_partner)
{
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_write(pair[0], "abc", 3);
	bufferevent_flush(pair[0], EV_WRITE, BEV_FINISHED);
	until(&heard[1].events, 1);
	ck_assert_str_eq(heard[1].trail, "re");
	ck_assert_int_eq(heard[1].what, BEV_EVENT_READING | BEV_EVENT_EOF);
	turns(2);
	ck_assert_int_eq(heard[1].reads, 1);
}
END_TEST

START_TEST(b147_b_freeing_one_end_is_an_end_for_the_other)
{
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_write(pair[0], "last", 4);
	free_end(0);
	until(&heard[1].events, 1);
	ck_assert_uint_eq(heard[1].bytes, 4);
	ck_assert_str_eq(heard[1].trail, "re");
	ck_assert_int_eq(heard[1].what, BEV_EVENT_READING | BEV_EVENT_EOF);
	ck_assert_ptr_null(bufferevent_pair_get_partner(pair[1]));
	turns(3);
	ck_assert_int_eq(heard[1].events, 1);
}
END_TEST

START_TEST(b147_c_the_end_waits_for_reading)
{
	free_end(0);
	turns(2);
	ck_assert_int_eq(heard[1].events, 0);
	bufferevent_enable(pair[1], EV_READ);
	until(&heard[1].events, 1);
	ck_assert_int_eq(heard[1].what, BEV_EVENT_READING | BEV_EVENT_EOF);
}
END_TEST

START_TEST(b147_d_writing_to_nobody_is_an_error)
{
	free_end(0);
	bufferevent_write(pair[1], "x", 1);
	until(&heard[1].events, 1);
	ck_assert_int_eq(heard[1].what, BEV_EVENT_WRITING | BEV_EVENT_ERROR);
	ck_assert_int_eq(heard[1].error, EPIPE);
	ck_assert_int_eq(bufferevent_get_enabled(pair[1]), 0);
	bufferevent_write(pair[1], "x", 1);
	turns(2);
	ck_assert_int_eq(heard[1].events, 1);
}
END_TEST

START_TEST(b147_e_half_close)
{
	bufferevent_enable(pair[1], EV_READ);
	bufferevent_enable(pair[0], EV_READ);
	bufferevent_write(pair[0], "last", 4);
	ck_assert_int_eq(bufferevent_shutdown(pair[0]), 0);
	ck_assert_int_eq(bufferevent_write(pair[0], "x", 1), -1);
	until(&heard[1].events, 1);
	ck_assert_str_eq(heard[1].trail, "re");
	bufferevent_write(pair[1], "still", 5);
	until(&heard[0].reads, 1);
	ck_assert_uint_eq(heard[0].bytes, 5);
}
END_TEST

Suite *
pair_suite(void)
{
	Suite *suite = suite_create("bufferevent pair");
	TCase *tcase = tcase_create("pair");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, b146_a_data_moves_when_the_reader_is_enabled);
	tcase_add_test(tcase, b146_b_data_stops_at_the_readers_mark);
	tcase_add_test(tcase, b146_c_disabled_writer_keeps_its_output);
	tcase_add_test(tcase, b146_d_there_is_no_descriptor);
	tcase_add_test(tcase, b146_e_flush_moves_whatever_holds_data_up);
	tcase_add_test(tcase, b146_f_timeouts);
	tcase_add_test(tcase, b146_g_share_of_a_group_is_not_all);
	tcase_add_test(tcase, b147_a_finished_is_an_end_for_the_partner);
	tcase_add_test(tcase, b147_b_freeing_one_end_is_an_end_for_the_other);
	tcase_add_test(tcase, b147_c_the_end_waits_for_reading);
	tcase_add_test(tcase, b147_d_writing_to_nobody_is_an_error);
	tcase_add_test(tcase, b147_e_half_close);
	suite_add_tcase(suite, tcase);
	return suite;
}
