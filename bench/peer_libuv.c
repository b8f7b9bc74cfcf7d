/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

const char *
peer_version(void)
{
	return uv_version_string();
}

const char *
peer_method(void)
{
	return "epoll";
}
