/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

const char *
peer_version(void)
{
	return event_get_version();
}

const char *
peer_method(void)
{
	struct event_base *base = event_base_new();
	const char *name = base ? event_base_get_method(base) : "none";

	if (base)
		event_base_free(base);
	return name;
}
