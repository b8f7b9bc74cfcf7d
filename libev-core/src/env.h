/* SPDX-License-Identifier: BSD-3-Clause */
/* The environment, which a program with more rights than its user ignores. */
#ifndef EV_CORE_ENV_H
#define EV_CORE_ENV_H

/* Was the program given rights (setuid, capabilities) that its user lacks? */
int env_is_privileged(void);
/* The value of NAME, or NULL if it is not set or not to be trusted. */
const char *env_get(const char *name);
/* Is NAME set to anything? */
int env_is_set(const char *name);

#endif
