/* SPDX-License-Identifier: BSD-3-Clause */
#include "shrink.h"

#include <string.h>

#define PAIRS_MAX 60 /* so long a program is tried without any two */

static struct operation attempt[PROGRAM_MAX];

/* Without COUNT operations from FIRST on, if it fails all the same. */
static int
take_out(struct operation *program, int n, int first, int count,
	shrink_try fails)
{
	size_t before = (size_t)first * sizeof(*program);
	size_t behind = (size_t)(n - first - count) * sizeof(*program);

	memcpy(attempt, program, before);
	memcpy(attempt + first, program + first + count, behind);
	if (!fails(attempt, n - count))
		return n;
	memcpy(program + first, attempt + first, behind);
	return n - count;
}

static int
shorten(struct operation *program, int n, shrink_try fails)
{
	for (int piece = n / 2; piece > 0; piece /= 2)
		for (int first = 0; first + piece <= n;) {
			int left = take_out(program, n, first, piece, fails);

			if (left == n)
				first += piece;
			n = left;
		}
	return n;
}

/* Two that belong together need not stand together. */
static int
take_out_pairs(struct operation *program, int n, shrink_try fails)
{
	for (int i = 0; i + 1 < n && n <= PAIRS_MAX; i++)
		for (int j = i + 1; j < n; j++) {
			size_t behind = (size_t)(n - j - 1) * sizeof(*program);

			memcpy(attempt, program, (size_t)n * sizeof(*program));
			memmove(attempt + j, attempt + j + 1, behind);
			behind = (size_t)(n - i - 2) * sizeof(*program);
			memmove(attempt + i, attempt + i + 1, behind);
			if (!fails(attempt, n - 2))
				continue;
			n -= 2;
			memcpy(program, attempt, (size_t)n * sizeof(*program));
			j = i;
		}
	return n;
}

/* OP with its Kth number smaller: an argument, the time, the tie. */
static int
simplify(struct operation *op, int k)
{
	if (k == ARGUMENTS) {
		if (op->when == NOW)
			return 0;
		op->when = NOW;
		op->joined = 0;
	} else if (k > ARGUMENTS) {
		if (!op->joined)
			return 0;
		op->joined = 0;
	} else {
		if (op->args[k] <= 0)
			return 0;
		op->args[k] = 0;
	}
	return 1;
}

static int
make_plain(struct operation *program, int n, shrink_try fails)
{
	int changed = 0;

	for (int i = 0; i < n; i++)
		for (int k = 0; k <= ARGUMENTS + 1; k++) {
			struct operation before = program[i];

			if (!simplify(&program[i], k))
				continue;
			memcpy(attempt, program, (size_t)n * sizeof(*program));
			if (fails(attempt, n))
				changed = 1;
			else
				program[i] = before;
		}
	return changed;
}

int
shrink(struct operation *program, int n, shrink_try fails)
{
	int before;

	do {
		before = n;
		n = shorten(program, n, fails);
		n = take_out_pairs(program, n, fails);
	} while (make_plain(program, n, fails) || n < before);
	return n;
}
