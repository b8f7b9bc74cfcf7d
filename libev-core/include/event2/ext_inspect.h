/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/ext_inspect.h
 *
 * Names for events, and a base's contents for programs to read.
 *
 * This header is an extension: libevent has nothing of it.  What "Thread:" and
 * "Callback:" mean below is said at the head of event2/event.h.
 */
#ifndef EVENT2_EXT_INSPECT_H_INCLUDED_
#define EVENT2_EXT_INSPECT_H_INCLUDED_

#include <stdio.h>

#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event;
struct event_base;

/**
 * Give an event a name, for dumps and for the report of slow callbacks.
 *
 * The event keeps the pointer, not the text: give a string literal, or text
 * that lives longer than the event.  event_assign() takes the name away.
 *
 * @param ev  the event, pending or not
 * @param literal  the name, in UTF-8; NULL for none
 * @return 0.  In debug mode -1 for an event that was never assigned.
 * @remark Thread: one.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_set_name(struct event *ev, const char *literal);

/**
 * An event's name.
 *
 * @return the pointer given to event_set_name(), or NULL.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
const char *event_get_name(const struct event *ev);

/**
 * Write what is in a base as one JSON object, ended by a newline.
 *
 * Its members: "method" (the backend's name), "priorities", "running", and
 * "events", an array of all that are pending or active, the library's own
 * included.  Each of these has "event" (its address, as text), "name" (or
 * null), "fd" or "signal", "priority", "events" (words), "internal",
 * "pending"; "timeout_ns" (until its deadline, negative: since) if it has one;
 * and "active" (words) if its callback is due.  Members may be added.
 *
 * The base is locked meanwhile, so other threads' calls wait for the stream.
 *
 * @param base  the base
 * @param out  where to
 * @return 0, or -1 when the stream has an error.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_base_dump_json(struct event_base *base, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
