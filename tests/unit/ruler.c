/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ruler.h: what it tells is never less than the clock, in a world whose counter
 * and clock are known to the picosecond.
 */
#include <check.h>
#include <stdlib.h>

#include "ruler.h"

#include "../support/runner.h"

#define PS_PER_NS INT64_C(1000)
#define US        1000
#define MS        1000000

#define MOST_AHEAD (RULER_LENGTH_NS + RULER_AHEAD_NS)

struct world {
	int64_t clock_ps, counter_ps;
	int64_t tick_ps; /* how long the counter takes for one */
	int bend;        /* of the clock, in thousandths */
	int64_t reading_ns;
	struct ruler ruler;
	int64_t told; /* how often the ruler told the time */
};

static struct world
new_world(void)
{
	return (struct world){
		.clock_ps = 5000000000 * PS_PER_NS,
		.counter_ps = 7777777777 * PS_PER_NS,
		.tick_ps = 385,
		.bend = 1000,
		.reading_ns = 20,
	};
}

static void
pass(struct world *world, int64_t ns)
{
	world->counter_ps += ns * PS_PER_NS;
	world->clock_ps += ns * world->bend;
}

static int64_t
clock_of(const struct world *world)
{
	return world->clock_ps / PS_PER_NS;
}

static uint64_t
ticks_of(const struct world *world)
{
	return (uint64_t)(world->counter_ps / world->tick_ps);
}

/* As clock_lay() does it. */
static void
lay(struct world *world)
{
	uint64_t before = ticks_of(world);
	int64_t ns;

	pass(world, world->reading_ns / 2);
	ns = clock_of(world);
	pass(world, world->reading_ns - world->reading_ns / 2);
	ruler_lay(&world->ruler, before, ns);
	if (ruler_may_learn(&world->ruler, ns))
		ruler_learn(&world->ruler, before, ticks_of(world), ns);
}

static int
reaches(const struct world *world)
{
	return ruler_reaches(&world->ruler, ticks_of(world));
}

/* Ask for the time; 1 if the ruler told it. */
static int
ask(struct world *world)
{
	int64_t told;

	if (!reaches(world)) {
		lay(world);
		return 0;
	}
	told = ruler_tell(&world->ruler, ticks_of(world));
	/* An assertion that holds is a system call; there are millions. */
	if (told < clock_of(world) || told > clock_of(world) + MOST_AHEAD)
		ck_abort_msg("told %lld at %lld", (long long)told,
			(long long)clock_of(world));
	world->told++;
	return 1;
}

/* Ask every microsecond for NS; how often the ruler told the time. */
static int64_t
ask_for(struct world *world, int64_t ns)
{
	int64_t told = world->told;

	for (int64_t passed = 0; passed < ns; passed += US) {
		pass(world, US);
		ask(world);
	}
	return world->told - told;
}

START_TEST(it_learns_within_milliseconds)
{
	struct world world = new_world();

	ck_assert_int_eq(ask_for(&world, 2 * RULER_SPAN_MIN_NS - MS / 2), 0);
	ck_assert_int_gt(ask_for(&world, MS), 0);
	/* As long as it is, and not longer. */
	lay(&world);
	pass(&world, RULER_LENGTH_NS / 2);
	ck_assert(reaches(&world));
	pass(&world, RULER_LENGTH_NS / 2);
	ck_assert(!reaches(&world));
}
END_TEST

START_TEST(a_slow_counter_will_do)
{
	struct world world = new_world();

	world.tick_ps = 52083; /* 19.2 MHz */
	ck_assert_int_gt(ask_for(&world, 5 * MS), 0);
	for (int i = 0; i < 100000; i++) {
		pass(&world, 7 + i % 50);
		ask(&world);
	}
	ck_assert_int_gt(world.told, 90000);
}
END_TEST

START_TEST(sleep_makes_it_forget)
{
	struct world world = new_world();

	ck_assert_int_gt(ask_for(&world, 5 * MS), 0);
	pass(&world, RULER_SPAN_MAX_NS);
	ck_assert(!reaches(&world));
	lay(&world);
	ck_assert(!reaches(&world));
	ck_assert_int_gt(ask_for(&world, 5 * MS), 0);
}
END_TEST

/* The machine slept, and its counter went on, or began anew. */
START_TEST(a_counter_that_jumped_is_not_believed)
{
	static const int64_t jumps_ns[] = {20 * US, MS,
		3600 * INT64_C(1000000000), -20 * US, -MS, -7000000000};
	struct world world = new_world();

	ck_assert_int_gt(ask_for(&world, 5 * MS), 0);
	lay(&world);
	world.counter_ps += jumps_ns[_i] * PS_PER_NS;
	ck_assert(!reaches(&world));
	/* A span that holds the jump teaches nothing false. */
	ck_assert_int_gt(ask_for(&world, 300 * MS), 0);
}
END_TEST

START_TEST(a_counter_of_no_rate_is_not_believed)
{
	struct world world = new_world();

	for (int i = 0; i < 100000; i++) {
		world.tick_ps = 385 << i / 1000 % 2;
		pass(&world, US);
		ask(&world);
	}
	ck_assert_int_eq(world.told, 0);
}
END_TEST

START_TEST(a_counter_that_stands_still_is_not_believed)
{
	struct world world = new_world();

	world.tick_ps = INT64_MAX;
	ck_assert_int_eq(ask_for(&world, 300 * MS), 0);
}
END_TEST

START_TEST(a_clock_that_takes_its_time_is_not_believed)
{
	struct world world = new_world();

	world.reading_ns = 2 * RULER_READING_NS;
	ck_assert_int_eq(ask_for(&world, 300 * MS), 0);
	world.reading_ns = 20;
	ck_assert_int_gt(ask_for(&world, 5 * MS), 0);
	/* And one that has become slow is not for long. */
	world.reading_ns = 2 * RULER_READING_NS;
	ask_for(&world, RULER_SPAN_MIN_NS);
	ck_assert_int_eq(ask_for(&world, 300 * MS), 0);
}
END_TEST

/* A clock bent as far as adjtimex() can, interruptions, sleep. */
START_TEST(it_is_never_early)
{
	static const int64_t ticks_ps[] = {385, 52083, 3000000};
	struct world world = new_world();
	unsigned seed = 1;

	world.tick_ps = ticks_ps[_i];
	for (int i = 0; i < 1000000; i++) {
		int chance = rand_r(&seed) % 10000;

		if (chance < 5)
			world.bend = 900 + rand_r(&seed) % 201;
		world.reading_ns = chance % 50 == 0 ? rand_r(&seed) % 40000
						    : 20;
		if (chance == 9999)
			pass(&world, rand_r(&seed) % (300 * MS));
		pass(&world, rand_r(&seed) % (chance < 1000 ? 9000 : 300));
		ask(&world);
	}
	ck_assert_int_gt(world.told, 300000);
}
END_TEST

static Suite *
suite_ruler(void)
{
	Suite *suite = suite_create("ruler");
	TCase *tcase = tcase_create("ruler");

	tcase_add_test(tcase, it_learns_within_milliseconds);
	tcase_add_test(tcase, a_slow_counter_will_do);
	tcase_add_test(tcase, sleep_makes_it_forget);
	tcase_add_loop_test(tcase, a_counter_that_jumped_is_not_believed, 0, 6);
	tcase_add_test(tcase, a_counter_of_no_rate_is_not_believed);
	tcase_add_test(tcase, a_counter_that_stands_still_is_not_believed);
	tcase_add_test(tcase, a_clock_that_takes_its_time_is_not_believed);
	tcase_add_loop_test(tcase, it_is_never_early, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_ruler, NULL});
}
