/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event.h
 *
 * Everything at once, as programs written for libevent 1.x include it.  New
 * programs include the headers in event2/ that they use.
 *
 * With libev-buffer installed beside the core its headers are here too.
 */
#ifndef EVENT1_EVENT_H_INCLUDED_
#define EVENT1_EVENT_H_INCLUDED_

#include <event2/event-config.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif
#ifdef EVENT__HAVE_STDINT_H
#include <stdint.h>
#endif
#include <stdarg.h>

#include <evutil.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/event_compat.h>

/*
 * The question is put for a header that libev-buffer alone has: a buffer.h
 * found on the way may be another library's, and is not to be mixed in.
 */
#if defined(__has_include)
#if __has_include(<event2/ext_buffer.h>)
#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <event2/bufferevent_struct.h>
#endif
#endif

#endif
