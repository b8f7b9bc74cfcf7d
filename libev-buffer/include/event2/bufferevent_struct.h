/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/bufferevent_struct.h
 *
 * The members of struct bufferevent, for old programs that look at them.
 *
 * Prefer functions.  On LP64 systems each member has the place that it has in
 * libevent 2.1.  A program may read them all, and write readcb, writecb, errorcb
 * and cbarg; everything else is kept by the library.
 */
#ifndef EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_STRUCT_H_INCLUDED_

#ifdef __cplusplus
extern "C" {
#endif

#include <event2/event-config.h>
#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif

#include <event2/util.h>
#include <event2/event_struct.h>
#include <event2/bufferevent.h>

/** Two marks of a buffer; see bufferevent_setwatermark(). */
struct event_watermark {
	size_t low;
	size_t high;
};

struct bufferevent_ops;

/** The public part of a bufferevent; more follows it. */
struct bufferevent {
	struct event_base *ev_base;
	/** What kind it is; see event2/ext_bufferevent.h. */
	const struct bufferevent_ops *be_ops;

	/** Wait for the descriptor, if there is one, and time out. */
	struct event ev_read;
	struct event ev_write;

	struct evbuffer *input;
	struct evbuffer *output;

	struct event_watermark wm_read;
	struct event_watermark wm_write;

	bufferevent_data_cb readcb;
	bufferevent_data_cb writecb;
	bufferevent_event_cb errorcb; /**< the event callback */
	void *cbarg;

	struct timeval timeout_read;
	struct timeval timeout_write;

	short enabled; /**< EV_READ, EV_WRITE */
};

#ifdef __cplusplus
}
#endif

#endif
