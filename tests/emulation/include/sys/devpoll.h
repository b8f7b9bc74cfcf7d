/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll(7D), for tests on Linux: the names of Solaris, as far as
 * tests/emulation/devpoll.c knows them.  POLLREMOVE is in <poll.h>.
 */
#ifndef EV_EMULATION_SYS_DEVPOLL_H
#define EV_EMULATION_SYS_DEVPOLL_H

#include <poll.h>

#define DPIOC       (0xD0 << 8)
#define DP_POLL     (DPIOC | 1)
#define DP_ISPOLLED (DPIOC | 2)

struct dvpoll {
	struct pollfd *dp_fds;
	nfds_t dp_nfds;
	int dp_timeout;
};

#endif
