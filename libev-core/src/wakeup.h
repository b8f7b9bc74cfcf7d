/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes a wait in another thread return: an eventfd, or a pipe where there is
 * none.  Made on first use; a byte is written only if none is under way.
 */
#ifndef EV_CORE_WAKEUP_H
#define EV_CORE_WAKEUP_H

#include <libev-abi/abi.h>

struct wakeup {
	ev_fd read_fd, write_fd; /* -1: not open; equal for an eventfd */
	int pending;             /* claimed and not yet taken */
};

void wakeup_init(struct wakeup *wakeup);
/* 0 or -errno; does nothing if it is open. */
int wakeup_open(struct wakeup *wakeup);
void wakeup_close(struct wakeup *wakeup);
int wakeup_is_open(const struct wakeup *wakeup);

/* Will read_fd be readable, or is it? */
static inline int
wakeup_is_under_way(const struct wakeup *wakeup)
{
	return wakeup->pending;
}

/*
 * Who is told a descriptor is the one to make read_fd readable, by
 * wakeup_ring(), and needs no lock for it.  -1: nobody has to.
 */
ev_fd wakeup_claim(struct wakeup *wakeup);
void wakeup_ring(ev_fd fd);
/* Make it unreadable again. */
void wakeup_take(struct wakeup *wakeup);

#endif
