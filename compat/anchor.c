/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library that is only a name.  What a program asks of it is in libev-core
 * and libev-buffer, which these references make it bring along.
 */
#include <event2/buffer.h>
#include <event2/event.h>

struct anchor {
	const char *(*core)(void);
	struct evbuffer *(*buffer)(void);
};

extern const struct anchor libev_compat_anchor;
const struct anchor libev_compat_anchor = {
	.core = event_get_version,
	.buffer = evbuffer_new,
};
