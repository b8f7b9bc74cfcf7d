/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds backends by name: as a module in the modules' folder, else among
 * those that are compiled in.
 *
 * The folder is LIBEV_BACKEND_PATH (absolute, and not in a setuid program),
 * else the one beside this library's own file, else the configured one.  It
 * is never searched: a name is a file's name in it.  A module that was taken
 * is kept until loader_fini(), so its code can run at any time.
 */
#ifndef EV_CORE_LOADER_H
#define EV_CORE_LOADER_H

#include <libev-abi/backend.h>

#define LOADER_PATH_MAX 1024
#define LOADER_WHY_MAX  (LOADER_PATH_MAX + 256)

struct loader_found {
	const struct ev_backend_ops *ops; /* NULL: refused, see why */
	const char *file;         /* the module's path; NULL: compiled in */
	char why[LOADER_WHY_MAX]; /* why there is no module, if there is none */
};

/* The names this build knows, in order of choice, NULL-terminated. */
extern const char *const loader_names[];
/* Those besides that nobody gets who does not ask for them. */
extern const char *const loader_names_on_request[];

/* The backends that are compiled in, NULL-terminated; the build makes it. */
extern const struct ev_backend_ops *const loader_builtins[];

/* Look for NAME; safe from any thread. */
void loader_find(const char *name, struct loader_found *found_out);

/* NULL if the core can use OPS under NAME, else the reason why not. */
const char *
loader_objection(const struct ev_backend_ops *ops, const char *name);

/* Unload all; nothing of theirs may be in use. */
void loader_fini(void);

#endif
