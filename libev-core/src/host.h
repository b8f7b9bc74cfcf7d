/* SPDX-License-Identifier: BSD-3-Clause */
/* The table that the core lends to backends and signal providers. */
#ifndef EV_CORE_HOST_H
#define EV_CORE_HOST_H

#include <libev-abi/host.h>

const struct ev_host *host_table(void);

#endif
