/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of a TCP server: a process of its own, the same for every peer.
 * Each sends a message, and the next one when all of it has come back.
 */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include <sys/types.h>

#define MESSAGE_MAX 16384

struct clients {
	int listener;
	pid_t pid;
};

/* N clients, which send SIZE bytes at a time. */
void clients_begin(struct clients *clients, int n, int size);
/* The connection of the next one. */
int clients_accept(struct clients *clients);
/* They leave when their server has hung up. */
void clients_end(struct clients *clients);

#endif
