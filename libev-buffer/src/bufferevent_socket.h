/* SPDX-License-Identifier: BSD-3-Clause */
/* What reading and writing a socket shares with connecting it. */
#ifndef EV_BUFFER_BUFFEREVENT_SOCKET_H
#define EV_BUFFER_BUFFEREVENT_SOCKET_H

#include "bev.h"

struct resolve;

/*
 * Its descriptor is in the two events.  It is of no use before there is a
 * connection, and after one has failed.
 */
struct socket_bev {
	struct bev bev;
	struct resolve *resolve; /* a lookup is under way */
	struct evutil_addrinfo *found,
		*next;           /* what it has found, to be tried */
	int dns_error;           /* EVUTIL_EAI_* */
	int error;               /* why connecting has failed */
	unsigned connecting : 1; /* writable: there is news of it */
	unsigned failed : 1;     /* to be told by work() */
	unsigned useless : 1;
	unsigned opened : 1;  /* by connecting: the next time another one is */
	unsigned blocked : 1; /* the kernel takes no more: ev_write waits */
};

extern const struct bufferevent_ops socket_ops;

static inline struct socket_bev *
socket_of(struct bufferevent *bufev)
{
	return (struct socket_bev *)(void *)bufev;
}

static inline evutil_socket_t
socket_fd(const struct socket_bev *sock)
{
	return sock->bev.pub.ev_read.ev_fd;
}

static inline int
socket_is_usable(const struct socket_bev *sock)
{
	return socket_fd(sock) >= 0 && !sock->useless && !sock->connecting;
}

/* --- bufferevent_socket.c ------------------------------------------------*/

/* Neither waits for the descriptor any more; the next one is FD. */
void socket_set_fd(struct socket_bev *sock, evutil_socket_t fd);
/* Wait until it can be written to, with the timeout; 0 or -1. */
int socket_await_writable(struct socket_bev *sock);
/* Begin with what may move; 0 or -1. */
int socket_begin(struct socket_bev *sock);

/* --- bufferevent_connect.c -----------------------------------------------*/

/* Something has come of it: find out what. */
void connect_look(struct socket_bev *sock);
/* It has failed at once, and now the owner is told. */
void connect_tell_failure(struct socket_bev *sock);
/* Forget what is under way. */
void connect_cancel(struct socket_bev *sock);

#endif
