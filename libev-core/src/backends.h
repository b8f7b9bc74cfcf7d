/* SPDX-License-Identifier: BSD-3-Clause */
/* From a configuration to an open backend. */
#ifndef EV_CORE_BACKENDS_H
#define EV_CORE_BACKENDS_H

#include "config.h"

/*
 * Open the first backend that CONFIG, the environment and the system allow.
 * 0, or -errno after one warning that names every one that was tried and what
 * was wrong with it.
 */
int backends_open(struct io *io, const struct event_config *config);

#endif
