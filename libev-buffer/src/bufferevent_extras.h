/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bufferevents have beyond libevent's, made when it is first asked for:
 * back-pressure, and word of what was sent.
 */
#ifndef EV_BUFFER_BUFFEREVENT_EXTRAS_H
#define EV_BUFFER_BUFFEREVENT_EXTRAS_H

#include "bev.h"

/*
 * Somebody of ours who stands in for the program: at the reading side (0) he is
 * told of data and the end instead of its callbacks, at the writing side (1) of
 * room and the end.  With the lock held: he takes a note.
 */
struct bev_tap {
	void (*on_data)(struct bev_tap *tap); /* or room */
	/* It ends: 0 is an orderly end, ECANCELED the bufferevent's own. */
	void (*on_end)(struct bev_tap *tap, int error);
};

/* 0; -1: memory is short, or there is one already. */
int extras_set_tap(struct bev *bev, int side, struct bev_tap *tap);
void extras_clear_tap(struct bev *bev, int side);
int
extras_is_tapped(const struct bev *bev, int side, const struct bev_tap *tap);
/* 1: there is a tap, and it was told. */
int extras_tap_data(struct bev *bev);
int extras_tap_event(struct bev *bev, int side, short what, int error);

/* The output has changed. */
void extras_on_output(struct bev *bev);
/* The same, and so many bytes are sent, whatever has left it meanwhile. */
void extras_on_sent(struct bev *bev, size_t n);
/* Nothing more is sent, until writing begins anew. */
void extras_fail(struct bev *bev, int error);

int extras_are_due(const struct bev *bev);
/* Call what is due, with the lock given up. */
void extras_tell(struct bev *bev);

/* May the program add so many bytes?  errno if not. */
int extras_may_add(const struct bev *bev, size_t n);

/* No callback comes any more. */
void extras_cancel(struct bev *bev);
void extras_free(struct bev *bev);

#endif
