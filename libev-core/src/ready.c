/* SPDX-License-Identifier: BSD-3-Clause */
#include "ready.h"

#include <errno.h>

#include "mem.h"

static struct ready_queue *
new_queues(int levels)
{
	struct ready_queue *queues = mem_zero((size_t)levels, sizeof(*queues));

	for (int i = 0; queues && i < levels; i++)
		queues[i].end = &queues[i].first;
	return queues;
}

int
ready_init(struct ready *ready, int levels)
{
	*ready = (struct ready){.levels = 0};
	return ready_set_levels(ready, levels);
}

void
ready_fini(struct ready *ready)
{
	mem_free(ready->queues);
}

int
ready_set_levels(struct ready *ready, int levels)
{
	struct ready_queue *queues = new_queues(levels);

	if (!queues)
		return -ENOMEM;
	mem_free(ready->queues);
	ready->queues = queues;
	ready->levels = levels;
	return 0;
}

void
ready_insert(struct ready *ready, struct event_callback *cb)
{
	struct ready_queue *queue;

	/* The priority was set when there were more of them. */
	if (cb->evcb_pri >= ready->levels)
		cb->evcb_pri = (ev_uint8_t)(ready->levels - 1);
	queue = &ready->queues[cb->evcb_pri];
	cb->evcb_active_next.tqe_next = NULL;
	cb->evcb_active_next.tqe_prev = queue->end;
	*queue->end = cb;
	queue->end = &cb->evcb_active_next.tqe_next;
	queue->count++;
	ready->filled[cb->evcb_pri / 64] |= UINT64_C(1) << cb->evcb_pri % 64;
	ready->count++;
	cb->evcb_flags |= EVLIST_ACTIVE;
}

void
ready_remove(struct ready *ready, struct event_callback *cb)
{
	struct ready_queue *queue = &ready->queues[cb->evcb_pri];
	struct event_callback *next = cb->evcb_active_next.tqe_next;

	*cb->evcb_active_next.tqe_prev = next;
	if (next)
		next->evcb_active_next.tqe_prev = cb->evcb_active_next.tqe_prev;
	else
		queue->end = cb->evcb_active_next.tqe_prev;
	if (--queue->count == 0)
		ready->filled[cb->evcb_pri / 64] &= ~(
			UINT64_C(1) << cb->evcb_pri % 64);
	ready->count--;
	cb->evcb_flags &= ~EVLIST_ACTIVE;
}

int
ready_level(const struct ready *ready)
{
	for (int i = 0; i < READY_LEVELS_MAX / 64; i++)
		if (ready->filled[i])
			return i * 64 + __builtin_ctzll(ready->filled[i]);
	return -1;
}
