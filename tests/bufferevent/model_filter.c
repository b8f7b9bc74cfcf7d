/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the filters of the model do: nothing, xor, cut into frames, or hold
 * back.
 *
 * As long as data goes through at all, how much a function takes at a time is
 * drawn.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

enum { FRAME_MAX = 200, FRAME_HEAD = 2, HELD_MAX = 100 };

struct codec {
	struct end *end;
	struct evbuffer *held;
	unsigned char key;
};

int contexts;

/* --- what a function may do besides --------------------------------------*/

static void
flush_within(struct end *end)
{
	if (!end->bev)
		return;
	flushing++;
	AGREE(bufferevent_flush(end->bev, draw(2) ? EV_READ : EV_WRITE,
		      draw(2) ? BEV_FLUSH : BEV_NORMAL) >= 0 ||
		end->failed);
	flushing--;
}

/* Anything to other lines; its own is flushed, or freed.  1: it fails. */
static int
disturb(struct codec *codec)
{
	const struct line *before = untouchable;
	struct end *end = codec->end;
	size_t what;

	if (calm || draw(8) < 7)
		return 0;
	untouchable = end->line;
	what = draw(16);
	if (what == 15)
		end_free(end);
	else if (what == 14)
		end->failed = 1;
	else if (what > 10)
		flush_within(end);
	else
		maybe_act();
	untouchable = before;
	return what == 14;
}

static size_t
piece_of(struct evbuffer *src, ev_ssize_t limit, size_t most)
{
	size_t count = evbuffer_get_length(src);

	if (limit >= 0 && count > (size_t)limit)
		count = (size_t)limit;
	if (count > most)
		count = most;
	return count > 0 ? count - draw(count) : 0;
}

/* --- the functions -------------------------------------------------------*/

static enum bufferevent_filter_result
mask(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	struct codec *codec = arg;
	size_t count = piece_of(src, limit, PIECE_MAX);
	unsigned char bytes[PIECE_MAX];

	(void)mode;
	if (disturb(codec))
		return BEV_ERROR;
	if (evbuffer_get_length(src) == 0)
		return BEV_NEED_MORE;
	AGREE(evbuffer_remove(src, bytes, count) == (int)count);
	for (size_t i = 0; i < count; i++)
		bytes[i] ^= codec->key;
	AGREE(evbuffer_add(dst, bytes, count) == 0);
	return BEV_OK;
}

static enum bufferevent_filter_result
to_frame(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	size_t count = piece_of(src, -1, FRAME_MAX);
	unsigned char head[FRAME_HEAD] = {
		(unsigned char)count,
		(unsigned char)(count ^ 0x55),
	};

	(void)limit, (void)mode;
	if (disturb(arg))
		return BEV_ERROR;
	if (count == 0)
		return BEV_NEED_MORE;
	AGREE(evbuffer_add(dst, head, FRAME_HEAD) == 0);
	AGREE(evbuffer_remove_buffer(src, dst, count) == (int)count);
	return BEV_OK;
}

static enum bufferevent_filter_result
from_frame(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	unsigned char head[FRAME_HEAD] = {0, 0};
	size_t length = evbuffer_get_length(src);

	(void)limit, (void)mode;
	if (disturb(arg))
		return BEV_ERROR;
	if (evbuffer_copyout(src, head, FRAME_HEAD) < FRAME_HEAD)
		return BEV_NEED_MORE;
	AGREE((head[0] ^ 0x55) == head[1] && head[0] > 0);
	if (length < FRAME_HEAD + (size_t)head[0])
		return BEV_NEED_MORE;
	AGREE(evbuffer_drain(src, FRAME_HEAD) == 0);
	AGREE(evbuffer_remove_buffer(src, dst, head[0]) == head[0]);
	return BEV_OK;
}

static enum bufferevent_filter_result
hold_back(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
	enum bufferevent_flush_mode mode, void *arg)
{
	struct codec *codec = arg;

	(void)limit;
	if (disturb(codec))
		return BEV_ERROR;
	AGREE(evbuffer_add_buffer(codec->held, src) == 0);
	if (mode == BEV_NORMAL && evbuffer_get_length(codec->held) < HELD_MAX)
		return BEV_NEED_MORE;
	AGREE(evbuffer_add_buffer(dst, codec->held) == 0);
	return BEV_OK;
}

static const struct {
	bufferevent_filter_cb in, out;
} functions[N_CODECS] = {
	[CODEC_NONE] = {NULL, NULL},
	[CODEC_MASK] = {mask, mask},
	[CODEC_FRAME] = {from_frame, to_frame},
	[CODEC_HOLD] = {NULL, hold_back},
};

/* --- life ----------------------------------------------------------------*/

static void
codec_free(void *arg)
{
	struct codec *codec = arg;

	evbuffer_free(codec->held);
	free(codec);
	contexts--;
}

struct bufferevent *
filter_on(struct bufferevent *below, struct end *end, int kind, int options,
	unsigned key)
{
	struct codec *codec = malloc(sizeof(*codec));

	codec->end = end;
	codec->held = evbuffer_new();
	codec->key = (unsigned char)key;
	contexts++;
	return bufferevent_filter_new(below, functions[kind].in,
		functions[kind].out, options, codec_free, codec);
}
