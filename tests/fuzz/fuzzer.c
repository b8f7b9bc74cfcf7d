/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program by the bytes that libFuzzer thinks of.
 *
 * There is no runner of tests, so Check's assertions end in two functions of
 * ours instead of its own.
 */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

void
_mark_point(const char *file, int line)
{
	(void)file, (void)line;
}

void
_ck_assert_failed(
	const char *file, int line, const char *expr, const char *msg, ...)
{
	va_list args;

	va_start(args, msg);
	fprintf(stderr, "%s:%d: %s: ", file, line, expr);
	if (msg)
		vfprintf(stderr, msg, args);
	fprintf(stderr, "\n");
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count > 0)
		program_run_bytes("bytes", bytes, count);
	return 0;
}
