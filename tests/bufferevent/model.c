/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs with stacks of bufferevents.
 *
 * Each step draws one thing that a program could do, and callbacks and the
 * functions of filters draw more of them.  Every byte that arrives is the next
 * one that was written; every callback has a cause, and comes from the loop or
 * from a call that may call back.  When nothing happens any more, nothing is
 * owed: what may go has gone, and who is to be told was told.
 *
 * With -Dtest_seams=true the system does less than it could, see
 * model_faults.c.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

#include "../support/fixture.h"

enum { TURNS_MAX = 50000 };

struct line *lines[N_LINES];
struct ev_token_bucket_cfg *configs[N_CONFIGS];
struct bufferevent_rate_limit_group *groups[N_GROUPS];
int calm, taking_all, looping, triggering, flushing;
const struct line *untouchable;

static struct line *dead;
static int depth; /* of what is done within callbacks */
static int descriptors_before;
static long blocks_before;

/* --- choices -------------------------------------------------------------*/

size_t
draw_size(size_t most)
{
	static const size_t limits[] = {1, 4, 40, 400, PIECE_MAX};
	size_t limit = limits[draw(5)];

	return draw((limit < most ? limit : most) + 1);
}

void
touch(struct end *end)
{
	end->touched_ns = time_now();
}

struct end *
any_end(int open)
{
	struct line *line = lines[draw(N_LINES)];
	struct end *end;

	if (line == untouchable)
		return NULL;
	end = &line->ends[draw(2)];
	if (open && !end->bev)
		return NULL;
	touch(end);
	return end;
}

void
maybe_act(void)
{
	const char *before = doing;
	const struct operation *operation;

	if (calm || depth > 1 || draw(4) < 3)
		return;
	operation = &operations[draw(n_operations)];
	if (operation->is_for_loops)
		return;
	depth++;
	doing = operation->name;
	operation->run();
	doing = before;
	depth--;
}

/* --- bytes ---------------------------------------------------------------*/

static unsigned char
byte_of(const struct end *end, uint64_t pos)
{
	unsigned stream = end->line->number * 2 + (end > end->other);

	return (unsigned char)(pos * 7 + pos / 251 + stream * 31);
}

unsigned char *
bytes_of(const struct end *end, uint64_t pos, size_t count)
{
	static unsigned char bytes[PIECE_MAX];

	AGREE(count <= PIECE_MAX);
	for (size_t i = 0; i < count; i++)
		bytes[i] = byte_of(end, pos + i);
	return bytes;
}

void
expect_bytes(
	const struct end *end, uint64_t pos, const void *data, size_t count)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < count; i++)
		AGREE(bytes[i] == byte_of(end->other, pos + i));
}

size_t
input_of(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_input(end->bev));
}

size_t
output_of(const struct end *end)
{
	return evbuffer_get_length(bufferevent_get_output(end->bev));
}

uint64_t
gone_from(const struct end *end)
{
	return end->written - output_of(end);
}

/* --- what is owed when all is quiet --------------------------------------*/

static int
is_limited(const struct end *end)
{
	return end->in_group || end->tokens[READING] >= 0 ||
	       end->tokens[WRITING] >= 0;
}

static int
may_write(const struct end *end)
{
	return end->bev && !is_limited(end) && !end->ended[WRITING] &&
	       end->enabled & EV_WRITE;
}

static int
may_read(const struct end *end)
{
	return end->bev && !is_limited(end) && !end->ended[READING] &&
	       end->enabled & EV_READ &&
	       (end->high == 0 || input_of(end) < end->high);
}

/* A plain descriptor writes at once or not at all. */
static void
check_arrived(const struct end *end)
{
	const struct end *from = end->other;
	int holds = line_has(end->line, CODEC_HOLD) && !from->shut;

	if (from->gone || !may_read(end) || (from->bev && !may_write(from)))
		return;
	AGREE(holds || end->arrived == from->written);
	AGREE(!from->shut);
}

/* Freed or closed: whatever of it was not sent, its end arrives. */
static void
check_told_of_end(const struct end *end)
{
	AGREE(!end->other->gone || !may_read(end));
}

static void
check_pressure(const struct end *end)
{
	if (end->mark_high == 0)
		return;
	if (output_of(end) >= end->mark_high)
		AGREE(end->pressed);
	if (output_of(end) <= end->mark_low)
		AGREE(!end->pressed);
}

/* What has been waited for long enough has been given up. */
static void
check_timeouts(const struct end *end)
{
	int64_t spent_ns = time_now() - end->touched_ns;

	if (end->timeout_ns[READING] > 0 && may_read(end))
		AGREE(spent_ns < end->timeout_ns[READING]);
	if (end->timeout_ns[WRITING] > 0 && may_write(end) &&
		output_of(end) > 0)
		AGREE(spent_ns < end->timeout_ns[WRITING]);
}

static void
check_quiet(struct end *end)
{
	if (!end->bev)
		return;
	AGREE(bufferevent_get_enabled(end->bev) == end->enabled);
	AGREE(end->arrived - end->taken == input_of(end));
	AGREE(!end->must_tell[READING] && !end->must_tell[WRITING]);
	if (output_of(end) == 0)
		AGREE(gone_from(end) == end->told_gone);
	AGREE(end->n_notices == 0 || end->notices[0] > gone_from(end));
	AGREE(!end->asked && end->connecting != 1);
	check_pressure(end);
	check_arrived(end);
	check_told_of_end(end);
	check_timeouts(end);
	end->enabled_anew = 0;
}

/* --- the loop ------------------------------------------------------------*/

void
turn(void)
{
	looping++;
	AGREE(event_base_loop(fx.base, EVLOOP_NONBLOCK) >= 0);
	looping--;
}

static uint64_t
callbacks_run(void)
{
	struct event_base_stats stats;

	AGREE(event_base_get_stats(fx.base, &stats) == 0);
	return stats.callbacks;
}

/* Until a turn has nothing to do, which it has to come to. */
void
become_quiet(void)
{
	uint64_t before;
	int turns = 0;

	calm++;
	do {
		before = callbacks_run();
		turn();
		AGREE(turns++ < TURNS_MAX);
	} while (callbacks_run() > before);
	calm--;
	AGREE(event_base_get_num_events(fx.base, EVENT_BASE_COUNT_ACTIVE) == 0);
}

static void
for_each_end(void (*fn)(struct end *))
{
	for (int i = 0; i < N_LINES; i++)
		for (int side = 0; side < 2; side++)
			fn(&lines[i]->ends[side]);
}

void
settle(void)
{
	become_quiet();
	for_each_end(check_quiet);
}

/* --- moving ----------------------------------------------------------*/

void
enable(struct end *end, short what)
{
	short fresh = what & (short)~end->enabled;

	AGREE(bufferevent_enable(end->bev, what) == 0);
	end->enabled |= what;
	end->enabled_anew |= what;
	if (fresh & EV_READ)
		end->began_ns[READING] = time_now();
	if (fresh & EV_WRITE)
		end->began_ns[WRITING] = time_now();
	if (what & EV_WRITE && output_of(end) == 0)
		may_tell(end, WRITING);
}

static void
open_up(struct end *end)
{
	short what = 0;

	if (!end->bev)
		return;
	what |= end->ended[READING] ? 0 : EV_READ;
	what |= end->ended[WRITING] ? 0 : EV_WRITE;
	touch(end);
	AGREE(bufferevent_set_rate_limit(end->bev, NULL) == 0);
	AGREE(bufferevent_remove_from_rate_limit_group(end->bev) == 0);
	end->in_group = 0;
	end->tokens[READING] = end->tokens[WRITING] = -1;
	AGREE(bufferevent_set_max_single_read(end->bev, 0) == 0);
	AGREE(bufferevent_set_max_single_write(end->bev, 0) == 0);
	bufferevent_setwatermark(end->bev, EV_READ, 0, 0);
	end->high = end->low[READING] = 0;
	enable(end, what);
	take(end, input_of(end));
}

static void
flush_out(struct end *end)
{
	if (!end->bev || end->ended[WRITING])
		return;
	flushing++;
	AGREE(bufferevent_flush(end->bev, EV_WRITE, BEV_FLUSH) >= 0 ||
		end->failed);
	flushing--;
}

static void
check_delivered(struct end *end)
{
	const struct end *from = end->other;

	if (end->bev && !end->ended[READING] && from->bev &&
		!from->ended[WRITING])
		AGREE(end->taken == from->written);
}

void
deliver(void)
{
	become_quiet();
	for_each_end(open_up);
	calm++;
	taking_all++;
	become_quiet();
	for_each_end(flush_out);
	settle();
	for_each_end(check_delivered);
	taking_all--;
	calm--;
}

/* --- life ----------------------------------------------------------------*/

static void
step(void)
{
	const struct operation *operation = &operations[draw(n_operations)];

	doing = operation->name;
	operation->run();
}

/* What the library makes once and keeps is there before anything is counted. */
static void
warm_up(void)
{
	static int is_warm;

	if (!is_warm) {
		alloc_install();
		if (test_threads())
			AGREE(evthread_use_pthreads() == 0);
		time_begin();
		event_base_free(fixture_base(0));
	}
	is_warm = 1;
	messages_collect();
}

static void
make_limits(void)
{
	const struct timeval tick = {RATE_TICK, 0};

	for (size_t i = 0; i < N_CONFIGS; i++) {
		size_t most = RATE_UNIT * (i + 1);

		configs[i] = ev_token_bucket_cfg_new(
			most, most, most, most, &tick);
		AGREE(configs[i] != NULL);
	}
	for (int i = 0; i < N_GROUPS; i++) {
		groups[i] = bufferevent_rate_limit_group_new(
			fx.base, configs[i]);
		AGREE(groups[i] != NULL);
	}
}

static void
begin(void)
{
	struct event_base *base;

	warm_up();
	descriptors_before = open_descriptors();
	blocks_before = alloc_blocks();
	base = fixture_base(0);
	fx.base = base;
	AGREE(event_base_priority_init(base, 3) == 0);
	AGREE(event_base_enable_stats(base, 1) == 0);
	make_limits();
	lines_begin();
	calm = taking_all = looping = triggering = flushing = depth = 0;
	untouchable = NULL;
	faults_begin();
	for (int i = 0; i < N_LINES; i++)
		lines[i] = line_new();
}

void
line_bury(int i)
{
	end_free(&lines[i]->ends[0]);
	end_free(&lines[i]->ends[1]);
	lines[i]->dead = dead;
	dead = lines[i];
	lines[i] = NULL;
}

static void
free_all(void)
{
	struct line *next;

	for (int i = 0; i < N_LINES; i++)
		line_bury(i);
	for (int i = 0; i < N_GROUPS; i++)
		bufferevent_rate_limit_group_free(groups[i]);
	/* Else some go together with their base. */
	if (draw(2))
		become_quiet();
	event_base_free(fx.base);
	fx.base = NULL;
	for (int i = 0; i < N_CONFIGS; i++)
		ev_token_bucket_cfg_free(configs[i]);
	for (; dead; dead = next) {
		next = dead->dead;
		free(dead);
	}
}

static void
end(void)
{
	doing = "the end";
	deliver();
	faults_end();
	free_all();
	lines_end();
	AGREE(contexts == 0);
	AGREE(open_descriptors() == descriptors_before);
	AGREE(alloc_blocks() == blocks_before);
	AGREE(!alloc_fault());
	AGREE(messages_take(EVENT_LOG_WARN) == 0);
	AGREE(messages_take(EVENT_LOG_ERR) == 0);
}

const struct program program = {
	.name = "bufferevent",
	.steps = 200000,
	.begin = begin,
	.step = step,
	.end = end,
};
