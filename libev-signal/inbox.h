/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an instance of any provider is made of: a bell and, for each signal
 * that it watches, a count of arrivals.
 */
#ifndef EV_SIGNAL_INBOX_H
#define EV_SIGNAL_INBOX_H

#include <stdint.h>

#include <libev-abi/signal.h>

#include "bell.h"

struct watch;

struct inbox {
	const struct ev_host *host;
	struct bell bell;
	struct watch *watches;
	unsigned born; /* registry_process() when opened or reopened */
};

int inbox_open(struct inbox *inbox, const struct ev_host *host);
void inbox_close(struct inbox *inbox);

/* Was it opened or reopened in this process?  Else hands off its bell. */
int inbox_is_home(const struct inbox *inbox);

int inbox_watches(const struct inbox *inbox, int signo);
int inbox_watch(struct inbox *inbox, int signo);
/* An error is only about the disposition; the watch is gone in any case. */
int inbox_unwatch(struct inbox *inbox, int signo);

/* Hush the bell, then add what has arrived to COUNTS. */
int inbox_drain(struct inbox *inbox, uint32_t counts[EV_SIGNAL_MAX]);

/* In a child: begin anew, with the just opened bell FRESH. */
void inbox_settle_in(struct inbox *inbox, const struct bell *fresh);

#endif
