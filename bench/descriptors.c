/* SPDX-License-Identifier: BSD-3-Clause */
#include "descriptors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"
#include "peer.h"

/* For the standard ones, and what a library opens. */
#define SPARE 64

void
descriptors_need(int n)
{
	struct rlimit limit;

	check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < (rlim_t)n + SPARE)
		meter_skip("the limit of open files");
	if (n + SPARE > 1024 && strcmp(peer_method(), "select") == 0)
		meter_skip("select takes descriptors up to 1023");
}

int *
descriptors_pairs(int n)
{
	int *fds = malloc((size_t)n * sizeof(*fds));

	descriptors_need(n);
	for (int i = 0; i < n; i += 2)
		check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			      fds + i) == 0);
	return fds;
}

int *
descriptors_ready(int n)
{
	int *fds = malloc((size_t)n * sizeof(*fds));

	descriptors_need(n);
	for (int i = 0; i < n; i++)
		check((fds[i] = eventfd(1, EFD_NONBLOCK)) >= 0);
	return fds;
}

void
descriptors_close(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
}
