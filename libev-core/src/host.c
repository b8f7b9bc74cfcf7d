/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <event2/event.h>

#include "log.h"
#include "mem.h"

_Static_assert(EV_SEV_DEBUG == EVENT_LOG_DEBUG && EV_SEV_MSG == EVENT_LOG_MSG &&
		       EV_SEV_WARN == EVENT_LOG_WARN &&
		       EV_SEV_ERR == EVENT_LOG_ERR,
	"severities cross the seam unchanged");

const struct ev_host *
host_table(void)
{
	static const struct ev_host table = {
		.abi_version = EV_HOST_ABI,
		.struct_size = sizeof(struct ev_host),
		.resize = mem_resize,
		.log = log_line,
	};

	return &table;
}
