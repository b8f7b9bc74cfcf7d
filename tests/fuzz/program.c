/* SPDX-License-Identifier: BSD-3-Clause */
/* See program.h. */
#include "program.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

const char *doing = "nothing";

static char origin[300]; /* of the choices */
static long step;

/* One of the two. */
static uint64_t random_state;
static const unsigned char *next_byte, *end_of_bytes;

void
disagree(const char *what, const char *file, int line)
{
	ck_abort_msg("%s, step %ld, %s, %s:%d: not so: %s", origin, step, doing,
		file, line, what);
	abort();
}

static size_t
draw_byte(void)
{
	return next_byte < end_of_bytes ? *next_byte++ : 0;
}

/* As few bytes as will do, so that one that is changed changes little. */
static size_t
draw_from_bytes(size_t below)
{
	size_t number = 0;

	for (size_t most = below - 1; most > 0; most >>= 8)
		number = number << 8 | draw_byte();
	return number % below;
}

static size_t
draw_at_random(size_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (size_t)(random_state >> 16) % below;
}

size_t
draw(size_t below)
{
	return next_byte ? draw_from_bytes(below) : draw_at_random(below);
}

void
program_run_seed(uint64_t seed, long steps)
{
	snprintf(origin, sizeof(origin), "seed %llu", (unsigned long long)seed);
	next_byte = NULL;
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	program.begin();
	for (step = 0; step < steps; step++)
		program.step();
	program.end();
}

void
program_run_bytes(const char *name, const unsigned char *bytes, size_t count)
{
	snprintf(origin, sizeof(origin), "%s", name);
	next_byte = bytes;
	end_of_bytes = bytes + count;
	program.begin();
	for (step = 0; next_byte < end_of_bytes; step++)
		program.step();
	program.end();
}
