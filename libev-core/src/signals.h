/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events that wait for signals, over a provider of libev-signal.
 *
 * The provider is opened with the first of them, and has one descriptor that
 * the base watches like any other.
 */
#ifndef EV_CORE_SIGNALS_H
#define EV_CORE_SIGNALS_H

#include <libev-abi/host.h>
#include <libev-abi/signal.h>

#include <event2/event_struct.h>

struct signals {
	const struct ev_signal_ops *ops; /* NULL: no provider yet */
	void *self;
	struct event **events; /* by signal's number, newest first */
	uint32_t *counts;      /* drained and not yet handed on */
};

void signals_init(struct signals *signals);
void signals_fini(struct signals *signals);

/* Open the provider called NAME (NULL: the best); 0 or -errno. */
int signals_open(
	struct signals *signals, const char *name, const struct ev_host *host);
int signals_is_open(const struct signals *signals);
/* The descriptor to watch; another one after signals_reopen(). */
ev_fd signals_fd(const struct signals *signals);

/* EV waits for its signal; 0, or -errno and nothing changed. */
int signals_add(struct signals *signals, struct event *ev);
void signals_remove(struct signals *signals, struct event *ev);

/* Fetch what arrived. */
void signals_drain(struct signals *signals);
/* The next signal that arrived and how often; 0: there is none left. */
int signals_take(struct signals *signals, uint32_t *count_out);
/* The newest event of SIGNO; the others follow by ev_peers. */
struct event *signals_first(const struct signals *signals, int signo);

/* In the child after fork; 0 or -errno. */
int signals_reopen(struct signals *signals);

#endif
