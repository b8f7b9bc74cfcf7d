/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <stdio.h>

const char *
peer_version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%d.%d", ev_version_major(),
		ev_version_minor());
	return text;
}

const char *
peer_method(void)
{
	return ev_recommended_backends() & EVBACKEND_EPOLL ? "epoll" : "other";
}
