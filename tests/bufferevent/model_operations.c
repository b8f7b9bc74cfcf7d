/* SPDX-License-Identifier: BSD-3-Clause */
/* What the random programs of model.c do. */
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

/* --- writing -------------------------------------------------------------*/

static int
is_frozen(const struct end *end)
{
	return end->shut ||
	       (end->output_limit > 0 && output_of(end) >= end->output_limit);
}

static int
refuses(const struct end *end, size_t count)
{
	size_t limit = end->output_limit, length = output_of(end);

	return end->shut ||
	       (limit > 0 && (length > limit || count > limit - length));
}

static int
add_by_buffer(struct end *end, const unsigned char *bytes, size_t count)
{
	struct evbuffer *buf = evbuffer_new();
	int err;

	AGREE(evbuffer_add(buf, bytes, count) == 0);
	err = bufferevent_write_buffer(end->bev, buf);
	AGREE(evbuffer_get_length(buf) == (err ? count : 0));
	evbuffer_free(buf);
	return err;
}

static void
free_bytes(const void *data, size_t size, void *arg)
{
	(void)data, (void)size;
	free(arg);
}

static int
add_reference(struct end *end, const unsigned char *bytes, size_t count)
{
	unsigned char *copy = malloc(count + 1);
	int err;

	memcpy(copy, bytes, count);
	err = evbuffer_add_reference(bufferevent_get_output(end->bev), copy,
		count, free_bytes, copy);
	if (err)
		free(copy);
	return err;
}

/* What is empty may be added at any time: nothing comes of it. */
static void
do_write(void)
{
	struct end *end = any_end(1);
	size_t count = draw_size(PIECE_MAX), way = draw(4);
	unsigned char *bytes;
	int err, refused;

	if (!end || end->written - end->other->taken > BACKLOG_MAX)
		return;
	bytes = bytes_of(end, end->written, count);
	refused = way < 2 ? refuses(end, count) : is_frozen(end);
	if (way == 0)
		err = bufferevent_write(end->bev, bytes, count);
	else if (way == 1)
		err = add_by_buffer(end, bytes, count);
	else if (way == 2)
		err = evbuffer_add(
			bufferevent_get_output(end->bev), bytes, count);
	else
		err = add_reference(end, bytes, count);
	if (count > 0)
		AGREE(err == (refused ? -1 : 0));
	if (err == 0)
		end->written += count;
}

/* Nobody but the library adds to the input and takes from the output. */
static void
do_meddle(void)
{
	struct end *end = any_end(1);

	if (!end)
		return;
	AGREE(evbuffer_add(bufferevent_get_input(end->bev), "x", 1) < 0);
	if (output_of(end) > 0)
		AGREE(evbuffer_drain(bufferevent_get_output(end->bev), 1) < 0);
}

static void
do_take(void)
{
	struct end *end = any_end(1);

	if (end)
		take(end, input_of(end) - draw(input_of(end) + 1));
}

/* --- what holds data up --------------------------------------------------*/

static short
draw_sides(void)
{
	static const short sides[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE};

	return sides[draw(3)];
}

static void
do_enable(void)
{
	struct end *end = any_end(1);
	short what = draw_sides();

	if (end)
		enable(end, what);
}

static void
do_disable(void)
{
	struct end *end = any_end(1);
	short what = draw_sides();

	if (!end)
		return;
	AGREE(bufferevent_disable(end->bev, what) == 0);
	end->enabled &= (short)~what;
}

static void
do_read_marks(void)
{
	struct end *end = any_end(1);
	size_t low = draw(3) ? 0 : draw_size(500);
	size_t high = draw(3) ? low + draw_size(3000) : 0;

	if (!end)
		return;
	bufferevent_setwatermark(end->bev, EV_READ, low, high);
	end->low[READING] = low;
	end->high = high;
}

static void
do_write_mark(void)
{
	struct end *end = any_end(1);
	size_t low = draw_size(500);

	if (!end)
		return;
	bufferevent_setwatermark(end->bev, EV_WRITE, low, 0);
	end->low[WRITING] = low;
}

static void
do_output_marks(void)
{
	struct end *end = any_end(1);
	size_t low = draw_size(2000);
	size_t high = draw(3) ? low + 1 + draw_size(3000) : 0;

	if (!end)
		return;
	AGREE(bufferevent_set_output_marks(
		      end->bev, low, high, note_pressure, end) == 0);
	end->mark_low = low;
	end->mark_high = high;
}

static void
do_output_limit(void)
{
	struct end *end = any_end(1);
	size_t limit = draw(2) ? 1 + draw_size(5000) : 0;

	if (!end)
		return;
	AGREE(bufferevent_set_output_limit(end->bev, limit) == 0);
	end->output_limit = limit;
	end->had_limit |= limit > 0;
}

static void
do_single(void)
{
	struct end *end = any_end(1);
	size_t most = draw(2) ? 64 + draw_size(2000) : 0;

	if (!end)
		return;
	if (draw(2))
		AGREE(bufferevent_set_max_single_read(end->bev, most) == 0);
	else
		AGREE(bufferevent_set_max_single_write(end->bev, most) == 0);
}

static void
do_rate(void)
{
	struct end *end = any_end(1);
	size_t which = draw(2 * N_CONFIGS);
	struct ev_token_bucket_cfg *cfg = which < N_CONFIGS ? configs[which]
							    : NULL;

	if (!end)
		return;
	AGREE(bufferevent_set_rate_limit(end->bev, cfg) == 0);
	for (int side = 0; side < SIDES; side++)
		end->tokens[side] = cfg ? RATE_UNIT * (int64_t)(which + 1) : -1;
}

static void
do_group(void)
{
	struct end *end = any_end(1);
	size_t which = draw(2 * N_GROUPS);

	if (!end)
		return;
	end->in_group = which < N_GROUPS;
	if (end->in_group)
		AGREE(bufferevent_add_to_rate_limit_group(
			      end->bev, groups[which]) == 0);
	else
		AGREE(bufferevent_remove_from_rate_limit_group(end->bev) == 0);
}

/* Nothing is due, so what is told later was waited for so long. */
static void
do_timeouts(void)
{
	static const long choices_ms[] = {0, 100, 1000};
	struct end *end = any_end(1);
	struct timeval tv[SIDES];

	become_quiet();
	if (!end || !end->bev)
		return;
	for (int side = 0; side < SIDES; side++) {
		long ms = time_now() > 0 ? choices_ms[draw(3)] : 0;

		tv[side].tv_sec = ms / 1000;
		tv[side].tv_usec = ms % 1000 * 1000;
		end->timeout_ns[side] = ms * 1000000;
		end->began_ns[side] = time_now();
	}
	touch(end);
	AGREE(bufferevent_set_timeouts(end->bev, &tv[READING], &tv[WRITING]) ==
		0);
}

static void
fill_buckets(void)
{
	for (int i = 0; i < N_LINES; i++)
		for (int side = 0; side < 2 * SIDES; side++) {
			int64_t *tokens =
				&lines[i]->ends[side / 2].tokens[side % 2];

			if (*tokens >= 0)
				*tokens = N_CONFIGS * RATE_UNIT;
		}
}

static void
do_time(void)
{
	become_quiet();
	time_pass((int64_t)draw(20) * 100000000);
	fill_buckets();
}

/* It is refused while an event of it is active. */
static void
do_priority(void)
{
	struct end *end = any_end(1);
	int priority = (int)draw(3), before;

	if (!end)
		return;
	before = bufferevent_get_priority(end->bev);
	if (bufferevent_priority_set(end->bev, priority) < 0)
		priority = before;
	AGREE(bufferevent_get_priority(end->bev) == priority);
}

/* --- wishes --------------------------------------------------------------*/

static void
do_flush(void)
{
	struct end *end = any_end(1);
	short what = draw_sides();
	enum bufferevent_flush_mode mode = (enum bufferevent_flush_mode)draw(3);

	if (!end)
		return;
	if (mode == BEV_FINISHED)
		end->finished = 1;
	flushing++;
	AGREE(bufferevent_flush(end->bev, what, mode) >= 0 || end->failed);
	flushing--;
}

static void
do_notify(void)
{
	struct end *end = any_end(1);

	if (!end || end->n_notices == NOTICES_MAX)
		return;
	AGREE(bufferevent_flush_notify(end->bev, note_sent, end) == 0);
	end->notices[end->n_notices++] = end->written;
}

static void
do_trigger(void)
{
	struct end *end = any_end(1);
	short what = draw_sides();
	int options = draw(2) ? BEV_TRIG_IGNORE_WATERMARKS : 0;
	int ignores = options;

	options |= draw(2) ? BEV_TRIG_DEFER_CALLBACKS : 0;
	if (!end)
		return;
	if (what & EV_READ && (ignores || input_of(end) >= end->low[READING])) {
		may_tell(end, READING);
		end->must_tell[READING] = 1;
	}
	if (what & EV_WRITE &&
		(ignores || output_of(end) <= end->low[WRITING])) {
		may_tell(end, WRITING);
		end->must_tell[WRITING] = 1;
	}
	triggering++;
	bufferevent_trigger(end->bev, what, options);
	triggering--;
}

static void
do_trigger_event(void)
{
	struct end *end = any_end(1);

	if (!end || end->inside)
		return;
	end->asked = 1;
	triggering++;
	bufferevent_trigger_event(
		end->bev, EVENT_ASKED, draw(2) ? BEV_TRIG_DEFER_CALLBACKS : 0);
	triggering--;
}

/* --- ends ----------------------------------------------------------------*/

static void
do_shutdown(void)
{
	struct end *end = any_end(1);

	if (!end || draw(4) < 3)
		return;
	AGREE(bufferevent_shutdown(end->bev) == 0);
	end->shut = 1;
}

static void
do_free(void)
{
	struct end *end = any_end(0);

	if (end && draw(4) == 3)
		end_free(end);
}

/* The same connection by another number. */
static void
do_descriptor(void)
{
	struct end *end = any_end(1);
	evutil_socket_t fd, copy;

	if (!end)
		return;
	fd = bufferevent_getfd(end->bev);
	AGREE((fd >= 0) == !end->line->is_pair);
	if (fd < 0)
		return;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	AGREE(copy >= 0);
	if (output_of(end) == 0)
		may_tell(end, WRITING);
	end->connecting *= 2;
	if (end->fd >= 0)
		end->fd = copy;
	if (draw(2)) {
		AGREE(bufferevent_replacefd(end->bev, copy) == 0);
		return;
	}
	AGREE(bufferevent_setfd(end->bev, copy) == 0);
	close(fd);
}

static void
do_replace(void)
{
	size_t i = draw(N_LINES);

	if (lines[i] == untouchable || draw(4) < 3)
		return;
	line_bury((int)i);
	lines[i] = line_new();
}

/* --- plain descriptors ---------------------------------------------------*/

static struct end *
any_descriptor(void)
{
	struct end *end = any_end(0);

	return end && !end->bev && end->fd >= 0 ? end : NULL;
}

static void
do_send(void)
{
	struct end *end = any_descriptor();
	size_t count = draw_size(PIECE_MAX);
	ssize_t went;

	if (!end || end->shut)
		return;
	went = send(end->fd, bytes_of(end, end->written, count), count,
		MSG_NOSIGNAL);
	if (went >= 0)
		end->written += (size_t)went;
	else
		AGREE(errno == EAGAIN || end->other->gone);
}

static void
do_receive(void)
{
	struct end *end = any_descriptor();
	size_t count = 1 + draw_size(PIECE_MAX - 1);
	unsigned char bytes[PIECE_MAX];
	ssize_t came;

	if (!end)
		return;
	came = recv(end->fd, bytes, count, 0);
	if (came < 0) {
		AGREE(errno == EAGAIN ||
			(errno == ECONNRESET && end->other->gone));
	} else if (came == 0) {
		AGREE(end->other->shut || end->other->gone);
		AGREE(end->other->gone || end->taken == end->other->written);
	} else {
		expect_bytes(end, end->taken, bytes, (size_t)came);
		end->arrived = end->taken += (size_t)came;
	}
}

static void
do_half_close(void)
{
	struct end *end = any_descriptor();

	if (!end || draw(4) < 3)
		return;
	AGREE(shutdown(end->fd, SHUT_WR) == 0);
	end->shut = 1;
}

/* --- the loop ------------------------------------------------------------*/

static void
do_turn(void)
{
	turn();
}

static void
do_settle(void)
{
	settle();
}

static void
do_deliver(void)
{
	if (draw(2))
		deliver();
}

/* What is to happen more often is there more often. */
const struct operation operations[] = {
	{"turn", do_turn, 1},
	{"write", do_write, 0},
	{"take", do_take, 0},
	{"settle", do_settle, 1},
	{"enable", do_enable, 0},
	{"disable", do_disable, 0},
	{"read_marks", do_read_marks, 0},
	{"write_mark", do_write_mark, 0},
	{"output_marks", do_output_marks, 0},
	{"output_limit", do_output_limit, 0},
	{"single", do_single, 0},
	{"rate", do_rate, 0},
	{"group", do_group, 0},
	{"timeouts", do_timeouts, 1},
	{"time", do_time, 1},
	{"priority", do_priority, 0},
	{"meddle", do_meddle, 0},
	{"flush", do_flush, 0},
	{"notify", do_notify, 0},
	{"trigger", do_trigger, 0},
	{"trigger_event", do_trigger_event, 0},
	{"descriptor", do_descriptor, 0},
	{"shutdown", do_shutdown, 0},
	{"free", do_free, 0},
	{"replace", do_replace, 0},
	{"send", do_send, 0},
	{"receive", do_receive, 0},
	{"half_close", do_half_close, 0},
	{"deliver", do_deliver, 1},
	{"turn", do_turn, 1},
	{"write", do_write, 0},
	{"turn", do_turn, 1},
	{"write", do_write, 0},
	{"turn", do_turn, 1},
	{"write", do_write, 0},
	{"turn", do_turn, 1},
	{"write", do_write, 0},
	{"take", do_take, 0},
	{"enable", do_enable, 0},
};

const size_t n_operations = sizeof(operations) / sizeof(*operations);
