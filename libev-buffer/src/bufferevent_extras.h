/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What bufferevents have beyond libevent's, made when it is first asked for:
 * back-pressure, and word of what was sent.
 */
#ifndef EV_BUFFER_BUFFEREVENT_EXTRAS_H
#define EV_BUFFER_BUFFEREVENT_EXTRAS_H

#include "bev.h"

/* The output has changed; so many bytes have left it. */
void extras_on_output(struct bev *bev, size_t n_deleted);
/* Nothing more is sent. */
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
