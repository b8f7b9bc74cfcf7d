/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A core without a loop: the table that libev-buffer asks of its core, and the
 * public functions that it calls, so that buffers can be tested alone.
 *
 * Memory comes from alloc.h.  Locks only count, and a loop is a list of
 * callbacks that fake_turn() calls.
 */
#ifndef EV_TEST_FAKE_CORE_H
#define EV_TEST_FAKE_CORE_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

/** Something to defer callbacks to. */
struct event_base *fake_base(void);

/** Run all callbacks that are scheduled now; how many it was. */
int fake_turn(void);

/** Do to the callbacks what the end of their base does; how many it was. */
int fake_base_ends(void);

/** Let evbuffer_enable_locking() make locks, or not. */
void fake_threads(int on);

/** May buffers keep freed memory? */
void fake_keep(int on);

/**
 * Be of another release: what its table says of its version, and how long it
 * is.  0: there is none, as the major is another.
 */
void fake_release(uint32_t abi_version, size_t table_size);

/** Have what they kept given back, as libevent_global_shutdown() does. */
void fake_shutdown(void);

/** How often locks are held, all together. */
int fake_locks_held(void);

/** How often locks were taken, ever. */
int fake_locks_taken(void);

/** Locks that were made and not freed. */
int fake_locks(void);

#endif
