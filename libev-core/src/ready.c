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
