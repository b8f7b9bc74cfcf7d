/* SPDX-License-Identifier: BSD-3-Clause */
#include "fork.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
unsigned fork_generation;
static int result;

static void
in_child(void)
{
	fork_generation++;
}

static void
begin(void)
{
	result = -pthread_atfork(NULL, NULL, in_child);
}

int
fork_watch(void)
{
	pthread_once(&once, begin);
	return result;
}
