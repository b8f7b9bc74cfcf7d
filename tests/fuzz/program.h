/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs that do anything, beside a model of what has to come of it.
 *
 * A model says how such a program begins, what one step of it may be, and how
 * it ends; each choice in it is a draw().  Where the choices come from is not
 * its business: seeded.c makes a test of it, with as many steps as one likes,
 * replay.c tests with the files of a corpus, fuzzer.c a target of libFuzzer.
 */
#ifndef EV_TEST_PROGRAM_H
#define EV_TEST_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

struct program {
	const char *name;
	long steps; /* in a test by seed */
	void (*begin)(void);
	void (*step)(void);
	void (*end)(void);
};

/** The one in this executable. */
extern const struct program program;

/** A choice: a number less than BELOW, which is more than 0. */
size_t draw(size_t below);

/** What the program does now, for messages. */
extern const char *doing;

/** Whether what was said is so; else the test fails and names the step. */
#define AGREE(truth) ((truth) ? (void)0 : disagree(#truth, __FILE__, __LINE__))

void disagree(const char *what, const char *file, int line)
	__attribute__((noreturn));

/** Run it: so many steps, with choices from a seed. */
void program_run_seed(uint64_t seed, long steps);

/** Run it: with choices from bytes, until there are none left. */
void
program_run_bytes(const char *name, const unsigned char *bytes, size_t count);

#endif
