/* SPDX-License-Identifier: BSD-3-Clause */
#include "operation.h"

#include <string.h>

#include <event2/event.h>

#include "player.h"

#define LINE_SIZE 256

/* How an argument is drawn. */
enum kind {
	NOTHING,
	EVENT,
	SLOT,
	SLOT_OR_OTHER,
	FLAGS,
	PRIORITY,
	WHAT,
	STATE,
	PLACE,
	SHORT_MS, /* often -1 */
	MS,
	BASE,
	TIMES,
	SIGNAL,
	YES,
	SEED
};

struct verb_info {
	const char *name;
	int weight;
	enum kind kinds[ARGUMENTS];
};

static const struct verb_info verbs[VERBS] = {
	[MAKE] = {"make", 6, {EVENT, SLOT_OR_OTHER, FLAGS, PRIORITY}},
	[FREE] = {"free", 2, {EVENT}},
	[ADD] = {"add", 24, {EVENT, SHORT_MS}},
	[ADD_LIKE] = {"add-like", 2, {EVENT, MS}},
	[DEL] = {"del", 9, {EVENT}},
	[UNTIME] = {"untime", 2, {EVENT}},
	[ACTIVATE] = {"activate", 5, {EVENT, WHAT}},
	[LEVEL] = {"level", 2, {EVENT, PRIORITY}},
	[CHANGE] = {"change", 14, {SLOT, STATE, STATE}},
	[CHANGE_LATER] = {"change-later", 4, {SLOT, STATE, STATE, MS}},
	[CLOSE] = {"close", 3, {SLOT}},
	[FINISH] = {"finish", 3, {SLOT, BASE}},
	[OPEN] = {"open", 4, {SLOT, STATE}},
	[KEEP] = {"keep", 2, {SLOT, PLACE}},
	[RESTORE] = {"restore", 2, {SLOT, PLACE}},
	[LET_GO] = {"let-go", 1, {PLACE}},
	[REFUSE] = {"refuse", 2, {SLOT, BASE, TIMES}},
	[RAISE] = {"raise", 5, {SIGNAL}},
	[FORK] = {"fork", 1, {NOTHING}},
	[PASS] = {"pass", 4, {MS}},
	[TURN] = {"turn", 22, {BASE, YES, SEED}},
	[BREAK] = {"break", 1, {BASE}},
	[REINIT] = {"reinit", 1, {BASE}},
};

static const char *const whens[WHENS] = {"now", "call", "mean", "late"};

/* --- by chance -----------------------------------------------------------*/

static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16) % below;
}

static int
draw_flags(uint64_t *state)
{
	static const int kinds[] = {EV_READ, EV_READ, EV_WRITE,
		EV_READ | EV_WRITE, EV_READ | EV_CLOSED, EV_CLOSED};

	return kinds[draw(state, 6)] | (draw(state, 2) ? EV_PERSIST : 0) |
	       (draw(state, 6) == 0 ? EV_ET : 0);
}

static int
draw_state(uint64_t *state)
{
	static const int states[] = {EV_READ, EV_READ, EV_READ, EV_WRITE,
		EV_READ | EV_WRITE, EV_READ | EV_CLOSED, 0, 0};

	return states[draw(state, 8)];
}

static int
draw_argument(uint64_t *state, enum kind kind)
{
	static const int whats[] = {
		EV_READ, EV_WRITE, EV_TIMEOUT, EV_READ | EV_TIMEOUT};

	switch (kind) {
	case EVENT:
		return (int)draw(state, N_EVENTS);
	case SLOT:
		return (int)draw(state, N_SLOTS);
	case SLOT_OR_OTHER:
		return (int)draw(state, N_SLOTS + N_SIGNALS + 2) - 2;
	case FLAGS:
		return draw_flags(state);
	case PRIORITY:
		return (int)draw(state, N_LEVELS);
	case WHAT:
		return whats[draw(state, 4)];
	case STATE:
		return draw_state(state);
	case PLACE:
		return (int)draw(state, N_PLACES);
	case SHORT_MS:
		return draw(state, 2) ? -1 : (int)draw(state, 12);
	case MS:
		return (int)draw(state, draw(state, 4) ? 8 : 5000);
	case BASE:
		return draw(state, 4) == 0;
	case TIMES:
		return 1 + (int)draw(state, 3);
	case SIGNAL:
		return (int)draw(state, N_SIGNALS);
	case YES:
		return (int)draw(state, 2);
	case SEED:
		return draw(state, 3) ? (int)draw(state, 1 << 30) : 0;
	case NOTHING:
		break;
	}
	return 0;
}

static enum verb
draw_verb(uint64_t *state)
{
	int total = 0, left;
	enum verb verb = MAKE;

	for (int i = 0; i < VERBS; i++)
		total += verbs[i].weight;
	left = (int)draw(state, (uint32_t)total);
	while (left >= verbs[verb].weight)
		left -= verbs[verb++].weight;
	return verb;
}

static enum when
draw_when(uint64_t *state, enum verb verb)
{
	static const enum when table[] = {
		NOW, NOW, NOW, NOW, CALL, CALL, CALL, MEAN, MEAN, LATE};

	/* A callback may run another base's loop; who waits cannot. */
	if (verb == TURN)
		return draw(state, 6) ? NOW : CALL;
	return verb == FORK && draw(state, 2) ? NOW : table[draw(state, 10)];
}

void
program_draw(struct operation *program, int n, uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (int i = 0; i < n; i++) {
		struct operation *op = &program[i];
		enum verb verb = i < N_EVENTS ? MAKE : draw_verb(&state);

		*op = (struct operation){.verb = verb};
		for (int k = 0; k < ARGUMENTS; k++)
			op->args[k] = draw_argument(
				&state, verbs[verb].kinds[k]);
		if (i < N_EVENTS) {
			op->args[0] = i;
			continue;
		}
		op->when = draw_when(&state, verb);
		op->joined = op->when != NOW && draw(&state, 2);
	}
}

/* --- as text -------------------------------------------------------------*/

static int
count_arguments(enum verb verb)
{
	int n = 0;

	while (n < ARGUMENTS && verbs[verb].kinds[n] != NOTHING)
		n++;
	return n;
}

void
program_write(const struct operation *program, int n, FILE *out)
{
	for (int i = 0; i < n; i++) {
		const struct operation *op = &program[i];

		fprintf(out, "%s%s %s", op->joined ? "+" : "", whens[op->when],
			verbs[op->verb].name);
		for (int k = 0; k < count_arguments(op->verb); k++)
			fprintf(out, " %d", op->args[k]);
		fputc('\n', out);
	}
}

static int
find_name(const char *name, const char *(*name_of)(int), int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(name, name_of(i)) == 0)
			return i;
	return -1;
}

static const char *
when_name(int i)
{
	return whens[i];
}

static const char *
verb_name(int i)
{
	return verbs[i].name;
}

/* 1: read, 0: the line is empty, -1: it is none of ours. */
static int
read_line(const char *line, struct operation *op)
{
	char when[16], verb[16];
	int *a = op->args, found, when_index, verb_index;

	*op = (struct operation){.joined = 0};
	found = sscanf(line, " %15s %15s %d %d %d %d", when, verb, &a[0], &a[1],
		&a[2], &a[3]);
	if (found < 1 || when[0] == '#')
		return 0;
	op->joined = when[0] == '+';
	when_index = find_name(when + op->joined, when_name, WHENS);
	verb_index = found < 2 ? -1 : find_name(verb, verb_name, VERBS);
	if (when_index < 0 || verb_index < 0 ||
		found - 2 != count_arguments((enum verb)verb_index))
		return -1;
	op->when = (enum when)when_index;
	op->verb = (enum verb)verb_index;
	return 1;
}

int
program_read(struct operation *program, int max, FILE *in)
{
	char line[LINE_SIZE];
	int n = 0, found;

	while (n < max && fgets(line, sizeof(line), in)) {
		found = read_line(line, &program[n]);
		if (found < 0) {
			fprintf(stderr, "no operation: %s", line);
			return -1;
		}
		n += found;
	}
	return n;
}
