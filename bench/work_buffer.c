/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes through a buffer.  The floor is one piece of memory that grows, which
 * is all that a program needs that never shares, moves or scatters its data.
 */
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"
#include "peer.h"
#include "work.h"

#ifdef PEER_HAS_BUFFER
enum { SMALL = 16, PIECE = 64, MESSAGE = 1024, LARGE = 16384, LINE = 40 };

static char bytes[LARGE];

/* N pieces of K bytes in, and all out at once. */
static void
append(struct meter *meter, const struct work *work)
{
	struct buffer buffer;

	buffer_init(&buffer);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			for (int i = 0; i < work->n; i++)
				buffer_add(&buffer, bytes, (size_t)work->k);
			buffer_drop(&buffer, (size_t)(work->n * work->k));
		}
	buffer_fini(&buffer);
}

static void
add_and_drop(struct meter *meter, const struct work *work)
{
	struct buffer buffer;

	(void)work;
	buffer_init(&buffer);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_add(&buffer, bytes, SMALL);
			buffer_drop(&buffer, SMALL);
		}
	buffer_fini(&buffer);
}

static void
add_and_take(struct meter *meter, const struct work *work)
{
	struct buffer buffer;
	char taken[SMALL];

	(void)work;
	buffer_init(&buffer);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_add(&buffer, bytes, SMALL);
			memset(taken, 1, SMALL);
			buffer_take(&buffer, taken, SMALL);
			check(taken[SMALL - 1] == 0);
		}
	buffer_fini(&buffer);
}

static void
fill_room(struct meter *meter, const struct work *work)
{
	struct buffer buffer;
	char *room;

	(void)work;
	buffer_init(&buffer);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			room = buffer_room(&buffer, PIECE);
			*room = 1;
			buffer_filled(&buffer, room, PIECE);
			buffer_drop(&buffer, PIECE);
		}
	buffer_fini(&buffer);
}

static void
print(struct meter *meter, const struct work *work)
{
	struct buffer buffer;

	(void)work;
	buffer_init(&buffer);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_print(&buffer, "hello world", (int)turn);
			buffer_drop(&buffer, PIECE);
		}
	buffer_fini(&buffer);
}

static void
add_lines(struct buffer *buffer, int n)
{
	char line[LINE];

	memset(line, 'x', LINE);
	line[LINE - 2] = '\r';
	line[LINE - 1] = '\n';
	for (int i = 0; i < n; i++)
		buffer_add(buffer, line, LINE);
}

static void
find_eols(struct meter *meter, const struct work *work)
{
	struct buffer buffer;
	long at, next;

	buffer_init(&buffer);
	add_lines(&buffer, work->n);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			next = 0;
			for (int i = 0; i < work->n; i++) {
				at = buffer_eol(&buffer, next, &next);
				check(at == next - 2);
			}
			check(next == (long)work->n * LINE);
		}
	buffer_fini(&buffer);
}

/* That they were added is in it. */
static void
take_lines(struct meter *meter, const struct work *work)
{
	struct buffer buffer;
	char *line;

	buffer_init(&buffer);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++) {
			add_lines(&buffer, work->n);
			for (int i = 0; i < work->n; i++) {
				line = buffer_line(&buffer);
				check(line[LINE - 3] == 'x');
				free(line);
			}
		}
	buffer_fini(&buffer);
}

/* Each byte is the beginning of what is looked for, for KiB of them. */
static void
miss(struct meter *meter, const struct work *work)
{
	struct buffer buffer;
	char same[MESSAGE];

	memset(same, 'x', MESSAGE);
	buffer_init(&buffer);
	for (int i = 0; i < work->n; i++)
		buffer_add(&buffer, same, MESSAGE);
	while (meter_round(meter, work->n))
		for (long turn = 0; turn < meter->turns; turn++)
			check(buffer_find(&buffer, "xxxxxxxxy", 9) == -1);
	buffer_fini(&buffer);
}

static void
move(struct meter *meter, const struct work *work)
{
	struct buffer from, to;

	(void)work;
	buffer_init(&from);
	buffer_init(&to);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_add(&from, bytes, PIECE);
			buffer_move(&to, &from);
			buffer_drop(&to, PIECE);
		}
	buffer_fini(&from);
	buffer_fini(&to);
}

static void
through_descriptors(struct meter *meter, const struct work *work)
{
	struct buffer from, to;
	int *fds = descriptors_pairs(2);

	(void)work;
	buffer_init(&from);
	buffer_init(&to);
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_add(&from, bytes, MESSAGE);
			check(buffer_write(&from, fds[0]) == MESSAGE);
			check(buffer_read(&to, fds[1]) == MESSAGE);
			buffer_drop(&to, MESSAGE);
		}
	buffer_fini(&from);
	buffer_fini(&to);
	descriptors_close(fds, 2);
}

static void
live(struct meter *meter, const struct work *work)
{
	struct buffer buffer;

	(void)work;
	while (meter_round(meter, 1))
		for (long turn = 0; turn < meter->turns; turn++) {
			buffer_init(&buffer);
			buffer_add(&buffer, bytes, PIECE);
			buffer_fini(&buffer);
		}
}
#endif

const struct work work_buffer[] = {
#ifdef PEER_HAS_BUFFER
	{"buffer/append/16B", "add", append, .n = 1000, .k = SMALL},
	{"buffer/append/16KiB", "add", append, .n = 16, .k = LARGE},
	{"buffer/add_drop", "pair", add_and_drop, .n = 1},
	{"buffer/add_take", "pair", add_and_take, .n = 1},
	{"buffer/room", "piece", fill_room, .n = 1},
	{"buffer/print", "text", print, .n = 1},
	{"buffer/eol", "line", find_eols, .n = 1000},
	{"buffer/line", "line", take_lines, .n = 100},
	{"buffer/miss", "KiB", miss, .n = 64},
	{"buffer/move", "move", move, .n = 1},
	{"buffer/descriptors", "message", through_descriptors, .n = 1},
	{"buffer/life", "buffer", live, .n = 1},
#endif
	{0},
};
