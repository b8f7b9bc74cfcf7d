/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks asked for by another thread.  Both threads share the CPU that the
 * runner gave us, so that the time is theirs and not that of an idle core.
 */
#include <pthread.h>

#include "peer.h"
#include "work.h"

struct game;

struct side {
	struct loop loop;
	struct wake wake;
	struct side *other;
	struct game *game;
	long calls;
	pthread_t thread;
};

/* Belongs to whoever has the ball. */
struct game {
	long left;
	int over;
};

static void
open_side(struct side *side)
{
	side->calls = 0;
	check(loop_open(&side->loop, 1) == 0);
}

static void
close_side(struct side *side)
{
	wake_close(&side->wake);
	loop_close(&side->loop);
}

ON_WAKE(on_ball)
{
	struct side *side = arg;
	struct game *game = side->game;
	int was_over = game->over;

	side->calls++;
	if (game->left-- <= 0) {
		game->over = 1;
		loop_stop(&side->loop);
	}
	if (!was_over)
		wake_send(&side->other->wake);
}

static void *
play(void *arg)
{
	struct side *side = arg;

	loop_run(&side->loop);
	return NULL;
}

/* Two loops in two threads wake each other in turn. */
static void
round_trip(struct meter *meter, const struct work *work)
{
	struct side sides[2];
	struct game game;

	(void)work;
	for (int i = 0; i < 2; i++) {
		open_side(&sides[i]);
		sides[i].other = &sides[!i];
		sides[i].game = &game;
		wake_init(&sides[i].wake, &sides[i].loop, on_ball, &sides[i]);
	}
	while (meter_round(meter, 100)) {
		long trips = meter->turns * 100;

		sides[0].calls = sides[1].calls = 0;
		game = (struct game){.left = 2 * trips, .over = 0};
		pthread_create(&sides[1].thread, NULL, play, &sides[1]);
		wake_send(&sides[0].wake);
		play(&sides[0]);
		pthread_join(sides[1].thread, NULL);
		check(sides[0].calls + sides[1].calls == 2 * trips + 2);
	}
	for (int i = 0; i < 2; i++)
		close_side(&sides[i]);
}

ON_WAKE(on_burst)
{
	struct side *side = arg;

	side->calls++;
}

struct burst {
	struct side side;
	long sends;
};

static void *
send_burst(void *arg)
{
	struct burst *burst = arg;

	for (long i = 0; i < burst->sends; i++)
		wake_send(&burst->side.wake);
	return NULL;
}

/* Another thread asks many times before the loop looks. */
static void
bursts(struct meter *meter, const struct work *work)
{
	struct burst burst;
	struct side *side = &burst.side;

	open_side(side);
	wake_init(&side->wake, &side->loop, on_burst, side);
	while (meter_round(meter, work->n)) {
		side->calls = 0;
		burst.sends = meter->turns * work->n;
		pthread_create(&side->thread, NULL, send_burst, &burst);
		pthread_join(side->thread, NULL);
		while (side->calls == 0)
			loop_turn(&side->loop);
		check(side->calls >= 1 && side->calls <= burst.sends);
	}
	close_side(side);
}

const struct work work_wakeup[] = {
	{"wakeup/round_trip", "trip", round_trip, .n = 2},
	{"wakeup/burst", "post", bursts, .n = 10000},
	{0},
};
