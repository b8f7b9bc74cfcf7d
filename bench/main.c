/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One peer: lists its workloads, or runs one of them and prints a line
 *
 *	name  operation  nanoseconds  operations
 *	name  operation  value        figure
 *	name  operation  skip         reason
 *
 * Each workload has a process of its own, so that none meets the memory that
 * another one left behind.  "run" beside this file calls it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "work.h"

static const struct work *const tables[] = {work_ready, work_pipes, work_churn,
	work_timers, work_active, work_wakeup, work_signals, work_start,
	work_echo, work_stream, work_accept, work_buffer, work_memory};

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static void
list(void)
{
	for (size_t i = 0; i < N_TABLES; i++)
		for (const struct work *work = tables[i]; work->name; work++)
			puts(work->name);
}

static const struct work *
find(const char *name)
{
	for (size_t i = 0; i < N_TABLES; i++)
		for (const struct work *work = tables[i]; work->name; work++)
			if (strcmp(work->name, name) == 0)
				return work;
	return NULL;
}

static int
usage(void)
{
	fprintf(stderr, "usage: bench-PEER list | version | "
			"time WORK MILLISECONDS | count WORK\n");
	return 2;
}

int
main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	const struct work *work = argc > 2 ? find(argv[2]) : NULL;

	if (strcmp(command, "list") == 0)
		list();
	else if (strcmp(command, "version") == 0)
		printf("%s\t%s\t%s\n", peer_version(), peer_method(),
			__VERSION__);
	else if (strcmp(command, "first_event") == 0)
		start_first_event();
	else if (strcmp(command, "time") == 0 && work && argc == 4)
		meter_run(work, METER_TIME, atol(argv[3]) * 1000000);
	else if (strcmp(command, "count") == 0 && work)
		meter_run(work, METER_COUNT, 0);
	else
		return usage();
	return 0;
}
