/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the core lends to the parts below it: backend modules and signal
 * providers.  They reach nothing else of ours; they link to libc alone.
 */
#ifndef EV_ABI_HOST_H
#define EV_ABI_HOST_H

#include "abi.h"

#define EV_HOST_ABI EV_ABI_VERSION(1, 0)

/* Equal to EVENT_LOG_DEBUG ... EVENT_LOG_ERR of event2/event.h. */
enum ev_severity { EV_SEV_DEBUG, EV_SEV_MSG, EV_SEV_WARN, EV_SEV_ERR };

struct ev_host {
	uint32_t abi_version;
	uint32_t struct_size;

	/*
	 * The one allocator: resize(NULL, n) allocates, resize(p, n) grows or
	 * shrinks, resize(p, 0) frees and returns NULL.  NULL for n > 0 means
	 * no memory, and p is as it was.  From any thread, not from a signal
	 * handler.
	 */
	void *(*resize)(void *block, size_t size);

	/* One line without a newline.  From any thread, not from a handler. */
	void (*log)(int severity, const char *text);
};

#endif
