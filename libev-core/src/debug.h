/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode: the set of all events that were assigned and not given up, so
 * that the use of one that is not in it, and the assignment of one that is
 * pending, are found.  Off, everything here is one test of a variable.
 */
#ifndef EV_CORE_DEBUG_H
#define EV_CORE_DEBUG_H

#include <event2/event_struct.h>

extern int debug_on;

/* An event or a base exists: debug mode comes too late from now on. */
void debug_close_door(void);

/* Each is 0, or -EINVAL after a complaint: then refuse what was asked. */
int debug_assign_slow(const struct event *ev);
int debug_use_slow(const struct event *ev, const char *call);
int debug_free_slow(const struct event *ev);
void debug_finalized_slow(const struct event *ev);
void debug_forget_slow(const struct event *ev);
/* Give the set's memory back. */
void debug_fini(void);

/* EV is about to be assigned. */
static inline int
debug_assign(const struct event *ev)
{
	return debug_on ? debug_assign_slow(ev) : 0;
}

/* EV is about to be used in CALL. */
static inline int
debug_use(const struct event *ev, const char *call)
{
	return debug_on ? debug_use_slow(ev, call) : 0;
}

/* EV is about to be freed by its owner, finalized or not. */
static inline int
debug_free(const struct event *ev)
{
	return debug_on ? debug_free_slow(ev) : 0;
}

/* EV's last callback is about to run: nothing but freeing is left. */
static inline void
debug_finalized(const struct event *ev)
{
	if (debug_on)
		debug_finalized_slow(ev);
}

/* EV is no event any more. */
static inline void
debug_forget(const struct event *ev)
{
	if (debug_on)
		debug_forget_slow(ev);
}

#endif
