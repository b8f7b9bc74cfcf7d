/* SPDX-License-Identifier: BSD-3-Clause */
/* What a base is to be like, and which backend suits that. */
#ifndef EV_CORE_CONFIG_H
#define EV_CORE_CONFIG_H

#include <event2/event.h>

#include <libev-abi/backend.h>

#include "base.h"

struct config_name {
	struct config_name *next;
	char text[];
};

struct event_config {
	struct config_name *avoided;
	const char **methods; /* in order of preference; NULL: as usual */
	int required;         /* EV_FEATURE_* */
	int flags;            /* EVENT_BASE_FLAG_* */
	struct dispatch_limits limits;
};

void config_init(struct event_config *config);

/* The names to try, in order, NULL-terminated; *OWNED_OUT is to be freed. */
const char *const *
config_names(const struct event_config *config, char **owned_out);
/* NULL if CONFIG and the environment allow NAME, else why not. */
const char *
config_objection(const struct event_config *config, const char *name);
/* The same for what a backend can do. */
const char *config_lacks(const struct event_config *config, uint32_t features);

#endif
