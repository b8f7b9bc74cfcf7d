/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the documentation says of events, in the plainest form: arrays that are
 * searched from end to end.  It never looks into the core.
 *
 * Which reports a kernel makes, the reference is told; what has to come of
 * them it knows itself.  A number's `must` and `may` are the readiness that
 * its events have to, or may, become active for.
 */
#ifndef EV_TEST_SIM_REFERENCE_H
#define EV_TEST_SIM_REFERENCE_H

#include <stdint.h>

#include "player.h"

#define IO_EVENTS (EV_READ | EV_WRITE | EV_CLOSED)

struct ref_event {
	int exists;
	int slot; /* -1: a timer; from N_SLOTS on: a signal */
	short events;
	int level;
	int inserted;
	int64_t deadline; /* -1: none */
	int64_t interval; /* -1: none */
	int64_t expired;  /* the deadline that passed last */
	uint64_t order;   /* of the deadline, among equal ones */
	short due;
	int calls;      /* of a signal that is due: how many are to come */
	int is_vague;   /* or fewer */
	uint64_t place; /* in the queue; equal: any order will do */
};

/* One base's interest in one slot's number, or in a signal. */
struct ref_number {
	uint64_t since; /* reports of watches told before mean nothing */
	uint32_t must, may;
	int is_stale; /* closed under its events: anything goes */
	int is_late;  /* its end came while the base waited */
	int raised;   /* a signal: so often since its events were told */
	int is_lost;  /* it may be that they are never told */
};

struct ref_base {
	struct ref_number numbers[N_SLOTS + N_SIGNALS];
	int64_t turn_time; /* the clock, as the turn began to call */
	int level;         /* of the pass that is under way; -1: none is */
	int interrupted;   /* by something more urgent */
};

extern struct ref_event ref_events[N_EVENTS];
extern struct ref_base ref_bases[N_BASES];

/* Ends the process: RULE, which is a format, does not hold. */
void
disagree(const char *rule, ...) __attribute__((format(printf, 1, 2), noreturn));

void ref_start(void);

static inline int
ref_base_of(int e)
{
	return e >= N_EVENTS * 2 / 3;
}

/* --- what a program does -------------------------------------------------*/

void ref_make(int e, int slot, int events, int level);
/* Before the core is told: what EV_ON_* its number is to be watched for. */
uint32_t ref_sum(int base, int slot);
/* It was added; TOLD is sim_tells before, SUM is ref_sum() before. */
void ref_insert(int e, uint64_t told, uint32_t sum);
void ref_set_timeout(int e, int64_t duration);
void ref_remove(int e);
void ref_activate(int e, int what, uint64_t place);
/* A new place in the queue, behind all others. */
uint64_t ref_next_place(void);
/* SLOT was closed. */
void ref_close(int slot);
/* A signal came.  Which of its events are told is seen later. */
void ref_raise(int signal);
/* Its number cannot be watched: its events may be told so at any time. */
void ref_refuse(int base, int slot);

/* --- what the loop does --------------------------------------------------*/

void ref_begin_wait(int base);
/* Deadlines that have passed are due, and a pass begins. */
void ref_end_wait(int base);
/* Its callback is called: what becomes of it. */
void ref_run(int e);

/* --- questions -----------------------------------------------------------*/

int ref_is_signal(int e);
/* Does any event of BASE wait for SLOT? */
int ref_is_watched(int base, int slot);
int ref_is_empty(int base);
int ref_count_due(int base);
int ref_count_added(int base);
/* The first deadline; SIM_NEVER. */
int64_t ref_next_deadline(int base);
/* The priority of what is due and most urgent; -1: nothing is. */
int ref_most_urgent(int base);
/* What has to be called before E; -1: nothing has. */
int ref_before(int e);

#endif
