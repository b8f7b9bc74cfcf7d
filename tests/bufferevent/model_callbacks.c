/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the model hears, and whether it could be: each callback has a cause, and
 * what was caused first is told first.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>

#include "../support/fixture.h"

#define ENDS (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)

/* Within a callback the next one may be on its way already. */
void
may_tell(struct end *end, int side)
{
	if (end->may_tell[side] < 1 + end->inside)
		end->may_tell[side] = 1 + end->inside;
}

/* --- changes of buffers --------------------------------------------------*/

static int
is_filter(const struct end *end)
{
	return end->line->n_filters > 0;
}

static void
take_tokens(struct end *end, int side, size_t count)
{
	int64_t *tokens = &end->tokens[side];

	if (*tokens < 0 || flushing || is_filter(end))
		return;
	AGREE(count <= (uint64_t)*tokens);
	*tokens -= (int64_t)count;
}

static void
check_arrival(const struct end *end, struct evbuffer *input, size_t count)
{
	static unsigned char bytes[2 * BACKLOG_MAX];
	size_t length = evbuffer_get_length(input);
	struct evbuffer_ptr ptr;

	AGREE(count <= sizeof(bytes) && count <= length);
	AGREE(evbuffer_ptr_set(input, &ptr, length - count, EVBUFFER_PTR_SET) ==
		0);
	AGREE(evbuffer_copyout_from(input, &ptr, bytes, count) ==
		(ev_ssize_t)count);
	expect_bytes(end, end->arrived, bytes, count);
}

static void
on_input(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
	struct end *end = arg;
	size_t count = info->n_added, length = info->orig_size + count;

	touch(end);
	AGREE(info->n_deleted == 0 || end->taking);
	if (count == 0)
		return;
	if (!flushing)
		end->began_ns[READING] = time_now();
	AGREE(end->arrived + count <= end->other->written);
	AGREE(end->enabled & EV_READ || flushing);
	AGREE(is_filter(end) || flushing || end->high == 0 ||
		length <= end->high);
	check_arrival(end, buf, count);
	take_tokens(end, READING, count);
	end->arrived += count;
	if (length >= end->low[READING]) {
		may_tell(end, READING);
		end->must_tell[READING] = end->inside ? 1 : 2;
	}
}

static void
on_output(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
	struct end *end = arg;

	touch(end);
	if (info->n_deleted == 0)
		return;
	if (!flushing && !is_filter(end))
		end->began_ns[WRITING] = time_now();
	take_tokens(end, WRITING, info->n_deleted);
	if (evbuffer_get_length(buf) <= end->low[WRITING])
		may_tell(end, WRITING);
}

/* --- taking --------------------------------------------------------------*/

static void
take_by_buffer(struct end *end, size_t count)
{
	struct evbuffer *buf = evbuffer_new();
	unsigned char *bytes;

	if (count == input_of(end))
		AGREE(bufferevent_read_buffer(end->bev, buf) == 0);
	else
		AGREE(evbuffer_remove_buffer(bufferevent_get_input(end->bev),
			      buf, count) == (int)count);
	AGREE(evbuffer_get_length(buf) == count);
	bytes = evbuffer_pullup(buf, -1);
	expect_bytes(end, end->taken, bytes, count);
	evbuffer_free(buf);
}

static void
take_by_copy(struct end *end, size_t count, int in_place)
{
	struct evbuffer *input = bufferevent_get_input(end->bev);
	unsigned char *bytes = malloc(count + 1);

	if (in_place) {
		AGREE(count == 0 ||
			evbuffer_pullup(input, (ev_ssize_t)count) != NULL);
		AGREE(evbuffer_copyout(input, bytes, count) ==
			(ev_ssize_t)count);
		AGREE(evbuffer_drain(input, count) == 0);
	} else {
		AGREE(bufferevent_read(end->bev, bytes, count) == count);
	}
	expect_bytes(end, end->taken, bytes, count);
	free(bytes);
}

void
take(struct end *end, size_t count)
{
	size_t way = draw(3);

	end->taking++;
	if (way == 2)
		take_by_buffer(end, count);
	else
		take_by_copy(end, count, way == 1);
	end->taking--;
	end->taken += count;
	AGREE(end->arrived - end->taken == input_of(end));
}

/* --- callbacks -----------------------------------------------------------*/

static void
enter(struct end *end, const struct bufferevent *bev)
{
	AGREE(end->bev == bev);
	AGREE(fx.base && (looping || triggering));
	AGREE(!end->inside);
	end->inside = 1;
	touch(end);
}

static void
leave(struct end *end)
{
	maybe_act();
	end->inside = 0;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;
	size_t length;

	enter(end, bev);
	AGREE(end->may_tell[READING]);
	AGREE(end->must_tell[READING] < 2 || end->connecting != 1);
	end->may_tell[READING]--;
	end->must_tell[READING] = 0;
	length = input_of(end);
	AGREE(end->arrived - end->taken == length);
	take(end, taking_all ? length : length - draw(length + 1));
	leave(end);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct end *end = arg;

	enter(end, bev);
	AGREE(end->may_tell[WRITING]);
	end->may_tell[WRITING]--;
	end->must_tell[WRITING] = 0;
	end->told_gone = gone_from(end);
	leave(end);
}

/* The end of what the other one wrote: it wrote no more than has come. */
static void
check_end_of_input(struct end *end, short what, int error)
{
	const struct end *from = end->other;

	AGREE(end->must_tell[READING] < 2);
	if (what & BEV_EVENT_EOF) {
		AGREE(from->shut || from->gone || from->finished);
		AGREE(from->gone || from->finished || from->failed ||
			end->arrived == from->written);
	}
	if (what & BEV_EVENT_ERROR)
		AGREE((error == EIO && end->failed) ||
			(error == ECONNRESET && from->gone &&
				!end->line->is_pair));
}

static void
check_end_of_output(const struct end *end, short what, int error)
{
	const struct end *to = end->other;

	if (what & BEV_EVENT_EOF)
		AGREE(to->finished);
	if (what & BEV_EVENT_ERROR)
		AGREE((error == EIO && end->failed) ||
			(to->gone && (error == EPIPE || error == ECONNRESET)));
}

static void
check_timeout(const struct end *end, int side)
{
	int64_t spent_ns = time_now() - end->began_ns[side];

	AGREE(end->timeout_ns[side] > 0 && spent_ns >= end->timeout_ns[side]);
}

static void
note_end(struct end *end, int side, short bit)
{
	short enabled = bufferevent_get_enabled(end->bev);

	AGREE(!(enabled & bit) || end->enabled_anew & bit);
	end->enabled = (short)((end->enabled & ~bit) | (enabled & bit));
	end->ended[side] = 1;
}

static void
hear_of_end(struct end *end, int side, short what, int error)
{
	if (what & BEV_EVENT_TIMEOUT)
		check_timeout(end, side);
	if (side == READING)
		check_end_of_input(end, what, error);
	else
		check_end_of_output(end, what, error);
	note_end(end, side, side == READING ? EV_READ : EV_WRITE);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct end *end = arg;
	int error = errno;

	enter(end, bev);
	AGREE(!(what & BEV_EVENT_READING) || !(what & BEV_EVENT_WRITING));
	if (what & BEV_EVENT_CONNECTED) {
		AGREE(end->connecting && what == BEV_EVENT_CONNECTED);
		end->connecting = 0;
	}
	if (what & EVENT_ASKED) {
		AGREE(end->asked);
		end->asked = 0;
	}
	if (what & BEV_EVENT_ERROR && error == ENOBUFS)
		AGREE(end->had_limit);
	else if (what & ENDS)
		hear_of_end(end, what & BEV_EVENT_READING ? READING : WRITING,
			what, error);
	leave(end);
}

void
note_sent(struct bufferevent *bev, int error, void *arg)
{
	struct end *end = arg;

	enter(end, bev);
	AGREE(end->n_notices > 0);
	if (error == 0)
		AGREE(gone_from(end) >= end->notices[0]);
	else
		AGREE(end->other->gone || end->other->finished || end->failed ||
			end->timeout_ns[WRITING] > 0);
	end->n_notices--;
	for (int i = 0; i < end->n_notices; i++)
		end->notices[i] = end->notices[i + 1];
	leave(end);
}

void
note_pressure(struct bufferevent *bev, int is_full, void *arg)
{
	struct end *end = arg;

	enter(end, bev);
	AGREE(is_full == !end->pressed);
	end->pressed = is_full;
	leave(end);
}

/* --- where they are hung on ----------------------------------------------*/

static void
observe(struct evbuffer *buf, evbuffer_cb_func fn, struct end *end)
{
	AGREE(evbuffer_add_cb(buf, fn, end) != NULL);
}

void
listen_on_top(struct end *end)
{
	observe(bufferevent_get_input(end->bev), on_input, end);
	observe(bufferevent_get_output(end->bev), on_output, end);
	bufferevent_setcb(end->bev, on_read, on_write, on_event, end);
	if (draw(4) < 3)
		enable(end, EV_READ);
}
