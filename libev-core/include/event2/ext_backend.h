/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/ext_backend.h
 *
 * Choosing a backend by name, and finding out which ones work here.
 *
 * This header is an extension: libevent has nothing of it.  What "Thread:" and
 * "Callback:" mean below is said at the head of event2/event.h.
 */
#ifndef EVENT2_EXT_BACKEND_H_INCLUDED_
#define EVENT2_EXT_BACKEND_H_INCLUDED_

#include <stddef.h>

#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_config;

/**
 * Name the backends that a base may have, in order of preference.
 *
 * The first of them that is allowed, has the required features, and works on
 * this system is taken; no other one ever is.  This is the way to a backend
 * that is only used when asked for, such as "io_uring".  It comes before the
 * environment variable LIBEV_BACKENDS; event_config_avoid_method() and
 * EVENT_NO<METHOD> still take names out.
 *
 * @param cfg  the configuration
 * @param names  the names, in lower case, ended by NULL; copied.  NULL for the
 *     usual order.  A list without any name leaves no backend, so that making
 *     a base fails.
 * @return 0, or -1 when memory is short or @p cfg is NULL; the names are then
 *     what they were.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
event_config_set_methods(struct event_config *cfg, const char *const *names);

/**
 * What is known of one backend.
 *
 * The library makes it and programs read it.  Later releases append members: a
 * program that may meet an older library than its headers asks struct_size
 * whether a member is there.
 */
struct event_backend_info {
	size_t struct_size; /**< of the structure that the library made */

	const char *name; /**< as event_base_get_method() gives it */
	const char *file; /**< the module's path; NULL: no module was loaded */

	/** @name Version of the interface it was built for; 0.0: not found
	 * @{ */
	unsigned abi_major;
	unsigned abi_minor;
	/** @} */

	int features; /**< EV_FEATURE_*, or'ed; 0: not found */
	int usable;   /**< 1: event_base_new() could use it now */
	int picked;   /**< 1: event_base_new() would use it now */

	const char *reason; /**< why it is not usable, in words; else NULL */
};

/**
 * Show every backend that event_base_new() would look at, in its order, and
 * then, if nobody named any, those that are only used when asked for: they are
 * not opened, and not usable for that reason.
 *
 * The environment variables that event_base_new() heeds are heeded here too.
 * To find out whether a backend works it is loaded and opened for a moment,
 * unless the environment forbids it.
 *
 * @param fn  called for each; not 0 ends the walk.  The structure and the
 *     strings that it points to are valid during the call.
 * @param arg  handed to it
 * @return what the last call of @p fn returned; 0 when there was none.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int event_backend_foreach(
	int (*fn)(const struct event_backend_info *info, void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif
