/* SPDX-License-Identifier: BSD-3-Clause */
/* libevent 1.x's name for event2/util.h. */
#ifndef EVENT1_EVUTIL_H_INCLUDED_
#define EVENT1_EVUTIL_H_INCLUDED_

#include <event2/util.h>

#endif
