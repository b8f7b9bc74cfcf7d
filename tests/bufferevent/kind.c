/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of the program's own: one that gives back what is written to it. */
#include "suites.h"

#include <event2/ext_bufferevent.h>

#include "kit.h"

struct mirror {
	struct evbuffer *held; /* taken off the output, not yet in the input */
	int started, stopped, destroyed;
	int fails;
};

static int
mirror_start(struct bufferevent *bev, short what)
{
	struct mirror *mirror = bufferevent_kind_arg(bev);

	mirror->started |= what;
	if (mirror->fails) {
		errno = ENODEV;
		return -1;
	}
	bufferevent_kind_schedule(bev);
	return 0;
}

static void
mirror_stop(struct bufferevent *bev, short what)
{
	struct mirror *mirror = bufferevent_kind_arg(bev);

	mirror->stopped |= what;
}

static void
mirror_work(struct bufferevent *bev)
{
	struct mirror *mirror = bufferevent_kind_arg(bev);

	bufferevent_kind_output(bev, mirror->held, 1000);
	bufferevent_kind_input(bev, mirror->held);
}

static int
mirror_shutdown(struct bufferevent *bev)
{
	bufferevent_kind_report(bev, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
	return 0;
}

static void
mirror_destroy(struct bufferevent *bev)
{
	struct mirror *mirror = bufferevent_kind_arg(bev);

	mirror->destroyed++;
	evbuffer_free(mirror->held);
}

static const struct bufferevent_ops mirror_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "mirror",
	.start = mirror_start,
	.stop = mirror_stop,
	.work = mirror_work,
	.shutdown = mirror_shutdown,
	.destroy = mirror_destroy,
};

static struct bufferevent *
new_mirror(struct mirror *mirror, struct heard *heard)
{
	struct bufferevent *bev;

	memset(mirror, 0, sizeof(*mirror));
	mirror->held = evbuffer_new();
	bev = bufferevent_kind_new(fx.base, &mirror_ops, threadsafe(), mirror);
	ck_assert_ptr_nonnull(bev);
	listen_to(bev, heard);
	return bev;
}

START_TEST(kind_moves_data)
{
	struct mirror mirror;
	struct heard heard = {0};
	struct bufferevent *bev = new_mirror(&mirror, &heard);

	ck_assert_int_eq(mirror.started, EV_WRITE);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(mirror.started, EV_READ | EV_WRITE);
	bufferevent_write(bev, "hello", 5);
	until(&heard.reads, 1);
	ck_assert_uint_eq(heard.bytes, 5);
	until(&heard.writes, 1);
	bufferevent_free(bev);
	ck_assert_int_eq(mirror.stopped, EV_READ | EV_WRITE);
	turns(1);
	ck_assert_int_eq(mirror.destroyed, 1);
}
END_TEST

START_TEST(kind_has_marks_timeouts_and_limits)
{
	struct timeval tv = clock_ms(30);
	struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
		4, 4, 4, 4, &(struct timeval){1000, 0});
	struct mirror mirror;
	struct heard heard = {.keep = 1};
	struct bufferevent *bev = new_mirror(&mirror, &heard);

	bufferevent_setwatermark(bev, EV_READ, 2, 3);
	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "0123456789", 10);
	turns(3);
	ck_assert_int_eq(heard.reads, 1);
	ck_assert_uint_eq(heard.length, 3);
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	turns(2);
	ck_assert_uint_eq(heard.length, 10);
	bufferevent_set_rate_limit(bev, cfg);
	bufferevent_write(bev, "0123456789", 10);
	turns(5);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 6);
	bufferevent_set_rate_limit(bev, NULL);
	turns(3);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 0);
	bufferevent_set_timeouts(bev, &tv, NULL);
	until(&heard.events, 1);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_TIMEOUT);
	bufferevent_free(bev);
	turns(1);
	ev_token_bucket_cfg_free(cfg);
}
END_TEST

START_TEST(kind_shuts_down)
{
	struct mirror mirror;
	struct heard heard = {0};
	struct bufferevent *bev = new_mirror(&mirror, &heard);

	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "last", 4);
	ck_assert_int_eq(bufferevent_shutdown(bev), 0);
	until(&heard.events, 1);
	ck_assert_uint_eq(heard.bytes, 4);
	ck_assert_int_eq(heard.what, BEV_EVENT_READING | BEV_EVENT_EOF);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	bufferevent_free(bev);
	turns(1);
}
END_TEST

START_TEST(kind_may_refuse_to_start)
{
	struct mirror mirror;
	struct heard heard = {0};
	struct bufferevent *bev = new_mirror(&mirror, &heard);

	mirror.fails = 1;
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ), -1);
	ck_assert_int_eq(errno, ENODEV);
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_WRITE);
	bufferevent_free(bev);
	turns(1);
}
END_TEST

START_TEST(kind_tables_are_checked)
{
	struct bufferevent_ops ops = mirror_ops;

	ops.struct_size = sizeof(ops) - 1;
	ck_assert_ptr_null(bufferevent_kind_new(fx.base, &ops, 0, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ops = mirror_ops;
	ops.work = NULL;
	ck_assert_ptr_null(bufferevent_kind_new(fx.base, &ops, 0, NULL));
	ck_assert_ptr_null(bufferevent_kind_new(fx.base, NULL, 0, NULL));
}
END_TEST

Suite *
kind_suite(void)
{
	Suite *suite = suite_create("bufferevent kind");
	TCase *tcase = tcase_create("kind");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_test(tcase, kind_moves_data);
	tcase_add_test(tcase, kind_has_marks_timeouts_and_limits);
	tcase_add_test(tcase, kind_shuts_down);
	tcase_add_test(tcase, kind_may_refuse_to_start);
	tcase_add_test(tcase, kind_tables_are_checked);
	suite_add_tcase(suite, tcase);
	return suite;
}
