/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/bufferevent_compat.h
 *
 * Bufferevents as they were before libevent 2.0.  New programs use
 * event2/bufferevent.h.
 */
#ifndef EVENT2_BUFFEREVENT_COMPAT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_COMPAT_H_INCLUDED_

#include <event2/visibility.h>

#include <event2/bufferevent.h>

#ifdef __cplusplus
extern "C" {
#endif

#define evbuffercb bufferevent_data_cb
#define everrorcb  bufferevent_event_cb

/**
 * Make a bufferevent on the base that event_init() made last.
 *
 * @deprecated bufferevent_socket_new() and bufferevent_setcb().
 *
 * @param fd  as for bufferevent_socket_new()
 * @param readcb,writecb,errorcb,cbarg  as for bufferevent_setcb()
 * @return it, or NULL when memory is short.  If there is no such base it has
 *     none, and bufferevent_base_set() comes before bufferevent_enable().
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_new(evutil_socket_t fd, evbuffercb readcb,
	evbuffercb writecb, everrorcb errorcb, void *cbarg);

/**
 * Set timeouts in whole seconds.
 *
 * @deprecated bufferevent_set_timeouts().
 *
 * @param bufev  the bufferevent
 * @param timeout_read,timeout_write  seconds; 0: none
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_settimeout(
	struct bufferevent *bufev, int timeout_read, int timeout_write);

#define EVBUFFER_READ    BEV_EVENT_READING
#define EVBUFFER_WRITE   BEV_EVENT_WRITING
#define EVBUFFER_EOF     BEV_EVENT_EOF
#define EVBUFFER_ERROR   BEV_EVENT_ERROR
#define EVBUFFER_TIMEOUT BEV_EVENT_TIMEOUT

/** The input buffer. */
#define EVBUFFER_INPUT(x) bufferevent_get_input(x)
/** The output buffer. */
#define EVBUFFER_OUTPUT(x) bufferevent_get_output(x)

#ifdef __cplusplus
}
#endif

#endif
