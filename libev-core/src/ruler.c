/* SPDX-License-Identifier: BSD-3-Clause */
#include "ruler.h"

static uint64_t
ticks_of(uint64_t ns, uint64_t rate)
{
	return (ns << 32) / rate;
}

static int
agree(uint64_t a, uint64_t b)
{
	return (a < b ? b - a : a - b) <= b / 8;
}

/* May a span of RATE, that ends with a reading of so many TICKS, be believed? */
static int
is_sound(const struct ruler *ruler, uint64_t rate, uint64_t ticks)
{
	return rate > 0 && agree(ruler->rate, rate) &&
	       ticks <= ticks_of(RULER_READING_NS, rate);
}

/* The span's ticks are its fewest, so its rate is the highest it can be. */
void
ruler_learn(struct ruler *ruler, uint64_t before, uint64_t after, int64_t ns)
{
	uint64_t passed = before - ruler->span_ticks, rate = 0;
	int64_t elapsed = ns - ruler->span_ns;

	if (elapsed < RULER_SPAN_MAX_NS && passed > 0)
		rate = ((uint64_t)elapsed << 32) / passed;
	rate += rate / 4;
	ruler->reach = 0;
	if (is_sound(ruler, rate, after - before))
		ruler->reach = ticks_of(RULER_LENGTH_NS, rate);
	ruler->rate = rate;
	ruler->span_ticks = after;
	ruler->span_ns = ns;
}
