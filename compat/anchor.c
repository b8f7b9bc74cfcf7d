/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library that is only a name.  What a program asks of it is in libev-core,
 * which this reference makes it bring along.
 */
#include <event2/event.h>

extern const char *(*const libev_compat_anchor)(void);
const char *(*const libev_compat_anchor)(void) = event_get_version;
