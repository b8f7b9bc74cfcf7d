/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/listener.h
 *
 * Listeners: accept connections and hand them to the program.
 *
 * @code
 * static void
 * on_accept(struct evconnlistener *lev, evutil_socket_t fd,
 *         struct sockaddr *addr, int socklen, void *arg)
 * {
 *         serve(evconnlistener_get_base(lev), fd);
 * }
 *
 * lev = evconnlistener_new_bind(base, on_accept, NULL,
 *         LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
 *         (struct sockaddr *)&sin, sizeof(sin));
 * @endcode
 *
 * When the process or the system is out of descriptors (or of memory for
 * sockets), a listener says so once, pauses, and tries again after 10 ms, then
 * 20, up to a second, until it goes on by itself.  It does not spin.
 *
 * "Thread: any" means what event2/event.h says, and needs LEV_OPT_THREADSAFE.
 * Functions that say nothing of it only ask.
 * No lock is held while a callback runs.
 */
#ifndef EVENT2_LISTENER_H_INCLUDED_
#define EVENT2_LISTENER_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/event.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;
struct evconnlistener;

/**
 * There is a new connection.
 *
 * @param lev  the listener
 * @param fd  the connection; it is the program's now
 * @param addr  where it comes from
 * @param socklen  how long that is
 * @param ptr  as given to evconnlistener_new()
 */
typedef void (*evconnlistener_cb)(struct evconnlistener *lev,
	evutil_socket_t fd, struct sockaddr *addr, int socklen, void *ptr);

/**
 * A connection could not be accepted; EVUTIL_SOCKET_ERROR() says why.
 *
 * Not for what passes: interruptions, and connections that are gone again.
 *
 * @param lev  the listener, which is paused for a while
 * @param ptr  as given to evconnlistener_new()
 */
typedef void (*evconnlistener_errorcb)(struct evconnlistener *lev, void *ptr);

/** New connections are blocking; else they are not. */
#define LEV_OPT_LEAVE_SOCKETS_BLOCKING (1u << 0)
/** evconnlistener_free() closes the descriptor. */
#define LEV_OPT_CLOSE_ON_FREE (1u << 1)
/** The listener's descriptor and new ones do not survive exec(). */
#define LEV_OPT_CLOSE_ON_EXEC (1u << 2)
/** SO_REUSEADDR: do not wait for old connections of the port to time out. */
#define LEV_OPT_REUSEABLE (1u << 3)
/** May be used from several threads, if the program has turned them on. */
#define LEV_OPT_THREADSAFE (1u << 4)
/** Begin disabled. */
#define LEV_OPT_DISABLED (1u << 5)
/**
 * Only tell of a connection when it has sent something, where the system can;
 * for evconnlistener_new_bind().
 */
#define LEV_OPT_DEFERRED_ACCEPT (1u << 6)
/** SO_REUSEPORT: others, who set it too, may bind the same port. */
#define LEV_OPT_REUSEABLE_PORT (1u << 7)
/** An IPv6 socket takes no IPv4 connections. */
#define LEV_OPT_BIND_IPV6ONLY (1u << 8)
/** An IPv6 socket takes IPv4 connections as well. */
#define LEV_OPT_BIND_IPV4_AND_IPV6 (1u << 9)

/**
 * Accept connections of a socket.
 *
 * @param base  the base
 * @param cb  is called for each; NULL: nothing is accepted until
 *     evconnlistener_set_cb()
 * @param ptr  handed to it
 * @param flags  LEV_OPT_*
 * @param backlog  for listen(); negative: a sensible number; 0: it listens
 *     already
 * @param fd  a socket that is bound and non-blocking
 * @return it, or NULL and errno; then @p fd is still the program's.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *
evconnlistener_new(struct event_base *base, evconnlistener_cb cb, void *ptr,
	unsigned flags, int backlog, evutil_socket_t fd);

/**
 * Bind a new socket to an address, and accept its connections.
 *
 * @param base  the base
 * @param cb,ptr,flags  as for evconnlistener_new()
 * @param backlog  not 0, else as for evconnlistener_new()
 * @param sa  the address, of whatever family
 * @param socklen  how long it is
 * @return it, or NULL and errno.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evconnlistener *evconnlistener_new_bind(struct event_base *base,
	evconnlistener_cb cb, void *ptr, unsigned flags, int backlog,
	const struct sockaddr *sa, int socklen);

/**
 * Free a listener.
 *
 * No callback of it begins from now on.  With LEV_OPT_CLOSE_ON_FREE the
 * descriptor is closed at once, so the address is free.
 *
 * @param lev  the listener; may be NULL
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_free(struct evconnlistener *lev);

/**
 * Accept again.
 *
 * @param lev  the listener
 * @return 0, or -1: the descriptor cannot be waited for.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_enable(struct evconnlistener *lev);

/**
 * Accept no more: also within the batch that is being handed out.
 *
 * @param lev  the listener
 * @return 0.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evconnlistener_disable(struct evconnlistener *lev);

/** The base.  @param lev  the listener @since 0.1 */
EVENT2_EXPORT_SYMBOL
struct event_base *evconnlistener_get_base(struct evconnlistener *lev);

/** The descriptor.  @param lev  the listener @since 0.1 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t evconnlistener_get_fd(struct evconnlistener *lev);

/**
 * Set the callback.
 *
 * @param lev  the listener
 * @param cb  the callback; NULL: nothing is accepted until there is one
 * @param arg  handed to it
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_set_cb(
	struct evconnlistener *lev, evconnlistener_cb cb, void *arg);

/**
 * Set the callback for errors.
 *
 * @param lev  the listener
 * @param errorcb  the callback; NULL: a warning is logged instead, once until
 *     there is a connection again
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evconnlistener_set_error_cb(
	struct evconnlistener *lev, evconnlistener_errorcb errorcb);

#ifdef __cplusplus
}
#endif

#endif
