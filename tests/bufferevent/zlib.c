/* SPDX-License-Identifier: BSD-3-Clause */
/* Behaviour 149: what two filters deflate and inflate arrives as it was. */
#include <zlib.h>

#include "kit.h"

enum { SIZE = 2000000, CHUNK = 4096 };

typedef int step_fn(z_stream *stream, int flush);

/* As much of SRC as there is goes through STEP to DST. */
static enum bufferevent_filter_result
pass_through(step_fn *step, z_stream *stream, struct evbuffer *src,
	struct evbuffer *dst, int flush)
{
	unsigned char out[CHUNK];
	size_t length = evbuffer_get_length(src);
	int result, added;

	stream->next_in = evbuffer_pullup(src, -1);
	stream->avail_in = (uInt)length;
	do {
		stream->next_out = out;
		stream->avail_out = sizeof(out);
		result = step(stream, flush);
		if (result < 0 && result != Z_BUF_ERROR)
			return BEV_ERROR;
		added = evbuffer_add(dst, out, sizeof(out) - stream->avail_out);
		ck_assert_int_eq(added, 0);
	} while (stream->avail_out == 0);
	evbuffer_drain(src, length - stream->avail_in);
	return length ? BEV_OK : BEV_NEED_MORE;
}

static int
flush_of(enum bufferevent_flush_mode mode)
{
	return mode == BEV_FINISHED ? Z_FINISH
	       : mode == BEV_FLUSH  ? Z_SYNC_FLUSH
				    : Z_NO_FLUSH;
}

static enum bufferevent_filter_result
deflate_all(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *stream)
{
	(void)limit;
	return pass_through(deflate, stream, src, dst, flush_of(mode));
}

static enum bufferevent_filter_result
inflate_all(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *stream)
{
	(void)limit, (void)mode;
	return pass_through(inflate, stream, src, dst, Z_SYNC_FLUSH);
}

static void
end_deflate(void *stream)
{
	(void)deflateEnd(stream);
}

static void
end_inflate(void *stream)
{
	(void)inflateEnd(stream);
}

static z_stream writes, reads;

static void
make_filters(struct bufferevent *below[2], struct bufferevent **to,
	struct heard *heard)
{
	memset(&writes, 0, sizeof(writes));
	memset(&reads, 0, sizeof(reads));
	ck_assert_int_eq(deflateInit(&writes, Z_BEST_SPEED), Z_OK);
	ck_assert_int_eq(inflateInit(&reads), Z_OK);
	to[0] = bufferevent_filter_new(below[0], NULL, deflate_all,
		BEV_OPT_CLOSE_ON_FREE, end_deflate, &writes);
	to[1] = bufferevent_filter_new(below[1], inflate_all, NULL,
		BEV_OPT_CLOSE_ON_FREE, end_inflate, &reads);
	ck_assert(to[0] && to[1]);
	listen_to(to[1], heard);
	bufferevent_enable(to[1], EV_READ);
}

static void
make_below(struct bufferevent *below[2], int kind)
{
	evutil_socket_t fds[2] = {fx.fd, fx.peer};

	if (kind == 1) {
		ck_assert_int_eq(
			bufferevent_pair_new(fx.base, threadsafe(), below), 0);
		return;
	}
	for (int i = 0; i < 2; i++) {
		below[i] = bufferevent_socket_new(
			fx.base, fds[i], BEV_OPT_CLOSE_ON_FREE | threadsafe());
		ck_assert_ptr_nonnull(below[i]);
	}
	fx.fd = fx.peer = -1;
}

START_TEST(b149_what_is_deflated_and_inflated_is_the_same)
{
	struct heard heard = {.got = evbuffer_new()};
	struct bufferevent *below[2], *filters[2];
	struct evbuffer *data = pattern_buffer(SIZE);

	make_below(below, _i);
	make_filters(below, filters, &heard);
	bufferevent_setwatermark(filters[1], EV_READ, 0, 50000);
	ck_assert_int_eq(bufferevent_write_buffer(filters[0], data), 0);
	while (evbuffer_get_length(bufferevent_get_output(filters[0])) > 0)
		turns(1);
	ck_assert_int_eq(
		bufferevent_flush(filters[0], EV_WRITE, BEV_FINISHED), 1);
	until_bytes(&heard.bytes, SIZE);
	ck_assert(is_pattern(heard.got, 0));
	ck_assert_uint_lt(reads.total_in, SIZE / 2);
	bufferevent_free(filters[0]);
	bufferevent_free(filters[1]);
	evbuffer_free(heard.got);
	evbuffer_free(data);
}
END_TEST

static Suite *
zlib_suite(void)
{
	Suite *suite = suite_create("bufferevent zlib");
	TCase *tcase = tcase_create("zlib");

	tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
	tcase_add_loop_test(
		tcase, b149_what_is_deflated_and_inflated_is_the_same, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){zlib_suite, NULL});
}
