/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks that are made due by hand, and what a turn of the loop costs when
 * there is nothing to do.
 */
#include <stdlib.h>

#include "descriptors.h"
#include "peer.h"
#include "work.h"

enum { PLAIN, LOCKED };

struct active {
	struct loop loop;
	long calls, left;
	struct post *posts;
};

ON_IO(on_nothing)
{
	struct active *active = arg;

	active->calls++;
}

static void
turn_idly(struct meter *meter, const struct work *work)
{
	struct active active = {.calls = 0};
	int *fds = descriptors_pairs(2);
	struct io io;

	check(loop_open(&active.loop, work->variant == LOCKED) == 0);
	io_init(&io, &active.loop, fds[0], IO_READ, on_nothing, &active);
	io_start(&io);
	while (meter_round(meter, 1))
		for (long i = 0; i < meter->turns; i++)
			loop_turn(&active.loop);
	check(active.calls == 0);
	io_stop(&io);
	loop_close(&active.loop);
	descriptors_close(fds, 2);
}

#ifdef PEER_HAS_POST
ON_POST(on_self)
{
	struct active *active = arg;

	active->calls++;
	if (--active->left > 0)
		post_send(&active->posts[0]);
}

/* One callback that asks for itself again. */
static void
self(struct meter *meter, const struct work *work)
{
	struct active active = {.calls = 0};
	struct post post;

	check(loop_open(&active.loop, work->variant == LOCKED) == 0);
	active.posts = &post;
	post_init(&post, &active.loop, on_self, &active);
	while (meter_round(meter, 1000)) {
		active.calls = 0;
		active.left = meter->turns * 1000;
		post_send(&post);
		while (active.left > 0)
			loop_turn(&active.loop);
		check(active.calls == meter->turns * 1000);
	}
	loop_close(&active.loop);
}

ON_POST(on_post)
{
	struct active *active = arg;

	active->calls++;
}

static void
batch(struct meter *meter, const struct work *work)
{
	struct active active = {.calls = 0};

	check(loop_open(&active.loop, work->variant == LOCKED) == 0);
	active.posts = calloc((size_t)work->n, sizeof(*active.posts));
	for (int i = 0; i < work->n; i++)
		post_init(&active.posts[i], &active.loop, on_post, &active);
	while (meter_round(meter, work->n)) {
		active.calls = 0;
		for (long turn = 0; turn < meter->turns; turn++) {
			for (int i = 0; i < work->n; i++)
				post_send(&active.posts[i]);
			loop_turn(&active.loop);
		}
		check(active.calls == meter->turns * work->n);
	}
	loop_close(&active.loop);
	free(active.posts);
}
#endif

#ifdef PEER_HAS_ONCE
ON_ONCE(on_once)
{
	struct active *active = arg;

	active->calls++;
}

static void
once(struct meter *meter, const struct work *work)
{
	struct active active = {.calls = 0};

	check(loop_open(&active.loop, work->variant == LOCKED) == 0);
	while (meter_round(meter, work->n)) {
		active.calls = 0;
		for (long turn = 0; turn < meter->turns; turn++) {
			for (int i = 0; i < work->n; i++)
				loop_once(&active.loop, on_once, &active);
			while (active.calls < (turn + 1) * work->n)
				loop_turn(&active.loop);
		}
		check(active.calls == meter->turns * work->n);
	}
	loop_close(&active.loop);
}
#endif

const struct work work_active[] = {
#ifdef PEER_HAS_POST
	{"active/self", "callback", self, .variant = PLAIN},
	{"active/batch/1000", "callback", batch, .n = 1000, .variant = PLAIN},
#endif
#ifdef PEER_HAS_ONCE
	{"active/once/100", "callback", once, .n = 100, .variant = PLAIN},
#endif
	{"active/idle_turn", "turn", turn_idly, .variant = PLAIN},
/* Where there are no locks, the plain ones are what to compare with. */
#if defined(PEER_HAS_POST)
	{"locked/self", "callback", self, .variant = LOCKED},
	{"locked/batch/1000", "callback", batch, .n = 1000, .variant = LOCKED},
#endif
#ifdef PEER_HAS_ONCE
	{"locked/once/100", "callback", once, .n = 100, .variant = LOCKED},
#endif
	{"locked/idle_turn", "turn", turn_idly, .variant = LOCKED},
	{0},
};
