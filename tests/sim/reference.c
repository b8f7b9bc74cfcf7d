/* SPDX-License-Identifier: BSD-3-Clause */
#include "reference.h"

#include <string.h>

#include <event2/event.h>

#include "kernel.h"

struct ref_event ref_events[N_EVENTS];
struct ref_base ref_bases[N_BASES];

static uint64_t orders, places;

void
ref_start(void)
{
	memset(ref_events, 0, sizeof(ref_events));
	memset(ref_bases, 0, sizeof(ref_bases));
	for (int b = 0; b < N_BASES; b++)
		ref_bases[b].level = -1;
	orders = places = 0;
}

static int
is_of(int base, int e)
{
	return ref_events[e].exists && ref_base_of(e) == base;
}

static int
is_watching(int base, int slot, int e)
{
	return is_of(base, e) && ref_events[e].inserted &&
	       ref_events[e].slot == slot;
}

/* --- what a program does -------------------------------------------------*/

static void
clear(struct ref_event *m)
{
	m->inserted = 0;
	m->deadline = -1;
	m->interval = -1;
	m->due = 0;
	m->calls = m->is_vague = 0;
}

void
ref_make(int e, int slot, int events, int level)
{
	struct ref_event *m = &ref_events[e];

	*m = (struct ref_event){.exists = 1,
		.slot = slot,
		.events = (short)events,
		.level = level};
	clear(m);
}

uint32_t
ref_sum(int base, int slot)
{
	uint32_t sum = 0;
	int levels = 0;

	for (int e = 0; e < N_EVENTS; e++) {
		if (!is_watching(base, slot, e))
			continue;
		sum |= (uint32_t)(ref_events[e].events & IO_EVENTS);
		levels += !(ref_events[e].events & EV_ET);
	}
	return sum && !levels ? sum | EV_ON_EDGE : sum;
}

/*
 * The first event of a number, and one that joins others for what they want,
 * may mean another file than those before.  For edges it is only the first.
 */
void
ref_insert(int e, uint64_t told, uint32_t sum)
{
	struct ref_event *m = &ref_events[e];
	int base = ref_base_of(e);
	struct ref_number *number = &ref_bases[base].numbers[m->slot];
	int is_open = sim_file(FD(m->slot)) != NULL;

	m->inserted = 1;
	if (ref_is_signal(e))
		return;
	if (sum && (ref_sum(base, m->slot) != sum || sum & EV_ON_EDGE))
		return;
	number->since = told + 1;
	number->must = number->may = 0;
	if (!sum || is_open)
		number->is_stale = !is_open;
}

void
ref_set_timeout(int e, int64_t duration)
{
	struct ref_event *m = &ref_events[e];

	m->interval = m->events & EV_PERSIST ? duration : -1;
	m->deadline = sim_now + duration;
	m->order = ++orders;
	m->due &= ~EV_TIMEOUT;
}

void
ref_remove(int e)
{
	struct ref_event *m = &ref_events[e];

	clear(m);
	if (m->slot >= 0 && !ref_is_watched(ref_base_of(e), m->slot)) {
		struct ref_number *number =
			&ref_bases[ref_base_of(e)].numbers[m->slot];

		number->is_stale = number->raised = 0;
	}
}

uint64_t
ref_next_place(void)
{
	return ++places;
}

void
ref_activate(int e, int what, uint64_t place)
{
	struct ref_event *m = &ref_events[e];
	struct ref_base *base = &ref_bases[ref_base_of(e)];

	if (!m->due) {
		m->place = place;
		if (base->level >= 0 && m->level < base->level)
			base->interrupted = 1;
	}
	m->due = (short)(m->due | what);
}

void
ref_close(int slot)
{
	for (int b = 0; b < N_BASES; b++)
		if (ref_sum(b, slot))
			ref_bases[b].numbers[slot].is_stale = 1;
}

void
ref_raise(int signal)
{
	for (int b = 0; b < N_BASES; b++)
		if (ref_is_watched(b, N_SLOTS + signal)) {
			struct ref_number *number =
				&ref_bases[b].numbers[N_SLOTS + signal];

			number->raised++;
		}
}

void
ref_refuse(int base, int slot)
{
	if (ref_is_watched(base, slot))
		ref_bases[base].numbers[slot].is_stale = 1;
}

/* --- what the loop does --------------------------------------------------*/

void
ref_begin_wait(int base)
{
	struct ref_base *m = &ref_bases[base];

	m->level = -1;
	for (int slot = 0; slot < N_SLOTS; slot++)
		m->numbers[slot].must = m->numbers[slot].may =
			(uint32_t)(m->numbers[slot].is_late = 0);
}

static int
first_expired(int base)
{
	int first = -1;

	for (int e = 0; e < N_EVENTS; e++) {
		const struct ref_event *m = &ref_events[e];

		if (!is_of(base, e) || m->deadline < 0 || m->deadline > sim_now)
			continue;
		if (first < 0 || m->deadline < ref_events[first].deadline ||
			(m->deadline == ref_events[first].deadline &&
				m->order < ref_events[first].order))
			first = e;
	}
	return first;
}

void
ref_end_wait(int base)
{
	int e;

	ref_bases[base].turn_time = sim_now;
	while ((e = first_expired(base)) >= 0) {
		ref_events[e].expired = ref_events[e].deadline;
		ref_events[e].deadline = -1;
		ref_activate(e, EV_TIMEOUT, ref_next_place());
	}
	ref_bases[base].level = ref_most_urgent(base);
	ref_bases[base].interrupted = 0;
}

void
ref_run(int e)
{
	struct ref_event *m = &ref_events[e];
	int by_deadline = m->due == EV_TIMEOUT;
	int64_t now, next;

	m->due = 0;
	if (!(m->events & EV_PERSIST)) {
		ref_remove(e);
		return;
	}
	if (m->interval < 0 || (by_deadline && m->deadline >= 0))
		return;
	now = by_deadline ? ref_bases[ref_base_of(e)].turn_time : sim_now;
	next = (by_deadline ? m->expired : now) + m->interval;
	m->deadline = next <= now ? now + m->interval : next;
	m->order = ++orders;
}

/* --- questions -----------------------------------------------------------*/

int
ref_is_signal(int e)
{
	return ref_events[e].slot >= N_SLOTS;
}

int
ref_is_watched(int base, int slot)
{
	for (int e = 0; e < N_EVENTS; e++)
		if (is_watching(base, slot, e))
			return 1;
	return 0;
}

int
ref_count_due(int base)
{
	int n = 0;

	for (int e = 0; e < N_EVENTS; e++)
		n += is_of(base, e) && ref_events[e].due;
	return n;
}

int
ref_count_added(int base)
{
	int n = 0;

	for (int e = 0; e < N_EVENTS; e++)
		if (is_of(base, e))
			n += ref_events[e].inserted +
			     (ref_events[e].deadline >= 0) +
			     (ref_events[e].due != 0);
	return n;
}

int
ref_is_empty(int base)
{
	return ref_count_added(base) == 0;
}

int64_t
ref_next_deadline(int base)
{
	int64_t next = SIM_NEVER;

	for (int e = 0; e < N_EVENTS; e++)
		if (is_of(base, e) && ref_events[e].deadline >= 0 &&
			ref_events[e].deadline < next)
			next = ref_events[e].deadline;
	return next;
}

int
ref_most_urgent(int base)
{
	int level = -1;

	for (int e = 0; e < N_EVENTS; e++)
		if (is_of(base, e) && ref_events[e].due &&
			(level < 0 || ref_events[e].level < level))
			level = ref_events[e].level;
	return level;
}

int
ref_before(int e)
{
	for (int i = 0; i < N_EVENTS; i++)
		if (is_of(ref_base_of(e), i) && ref_events[i].due &&
			ref_events[i].level == ref_events[e].level &&
			ref_events[i].place < ref_events[e].place)
			return i;
	return -1;
}
