/* SPDX-License-Identifier: BSD-3-Clause */
#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env.h"
#include "fork.h"
#include "image.h"
#include "lock.h"
#include "mem.h"

#ifndef EV_STATIC_BACKENDS
#include <dlfcn.h>
#endif

#define STRINGIFY(x)  STRINGIFY_(x)
#define STRINGIFY_(x) #x
#define ENTRY         STRINGIFY(EV_BACKEND_SYMBOL)
#define SUFFIX        ".so"

const char *const loader_names[] = {EV_BACKEND_NAMES, NULL};
const char *const loader_names_on_request[] = {EV_BACKEND_NAMES_ON_REQUEST};

const char *
loader_objection(const struct ev_backend_ops *ops, const char *name)
{
	if (EV_ABI_MAJOR(ops->abi_version) != EV_BACKEND_ABI_MAJOR)
		return "built for another major of the ABI";
	if (ops->struct_size < EV_ABI_END(struct ev_backend_ops, reopen))
		return "its table is shorter than that of ABI 1.0";
	if (!ops->name || strcmp(ops->name, name) != 0)
		return "its name differs from the file's";
	if (!ops->open || !ops->close || !ops->watch || !ops->wait ||
		!ops->reopen)
		return "a mandatory function is missing";
	return NULL;
}

static void
look_inside(const char *name, struct loader_found *found)
{
	for (int i = 0; loader_builtins[i]; i++)
		if (strcmp(loader_builtins[i]->name, name) == 0)
			found->ops = loader_builtins[i];
}

static int
is_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') &&
	       !strchr(name, '\\');
}

#ifdef EV_STATIC_BACKENDS

void
loader_find(const char *name, struct loader_found *found_out)
{
	*found_out = (struct loader_found){.ops = NULL};
	if (is_plain(name))
		look_inside(name, found_out);
	if (!found_out->ops)
		snprintf(found_out->why, sizeof(found_out->why),
			"%s: not compiled into this static library", name);
}

void
loader_fini(void)
{
}

#else

struct module {
	struct module *next;
	void *handle;
	const struct ev_backend_ops *ops;
	char file[];
};

/* Modules that were taken.  Two threads may each make a base at any time. */
static struct module *modules;
static struct mutex mutex = MUTEX_STATIC;

static void
refuse(struct loader_found *found, const char *file, const char *why)
{
	int n = snprintf(found->why, sizeof(found->why), "%s: %s", file, why);

	(void)n; /* a text that does not fit is cut */
}

static struct module *
find_loaded(const char *file)
{
	struct module *module = modules;

	while (module && strcmp(module->file, file) != 0)
		module = module->next;
	return module;
}

/*
 * TEXT at *END, which moves on; 0 if it does not fit before LIMIT.  Each
 * process comes by here, and most use nothing of printf() besides: its pages
 * would be read for this alone.
 */
static int
put(char **end, const char *limit, const char *text)
{
	size_t length = strlen(text);

	if (length >= (size_t)(limit - *end))
		return 0;
	memcpy(*end, text, length + 1);
	*end += length;
	return 1;
}

/* FOLDER/NAME.so in FILE; 0 if it does not fit, for cut it means another. */
static int
put_together(char *file, size_t size, const char *folder, const char *name)
{
	const char *limit = file + size;

	return put(&file, limit, folder) && put(&file, limit, "/") &&
	       put(&file, limit, name) && put(&file, limit, SUFFIX);
}

/* The folder of the modules that lie where this library's file lies. */
static int
put_own_folder(char *out, size_t size)
{
	Dl_info info;
	char *real = NULL, *slash, *end = out;
	int fits = 0;

	if (dladdr((const void *)&modules, &info) && info.dli_fname)
		real = realpath(info.dli_fname, NULL);
	slash = real ? strrchr(real, '/') : NULL;
	if (slash) {
		*slash = '\0';
		fits = put(&end, out + size, real) &&
		       put(&end, out + size, "/" EV_BACKEND_SUBDIR);
	}
	free(real);
	return fits;
}

/* The same, looked up once; "": there is none.  With the mutex held. */
static const char *
own_folder(void)
{
	static char folder[LOADER_PATH_MAX];
	static int known;

	if (!known && !put_own_folder(folder, sizeof(folder)))
		folder[0] = '\0';
	known = 1;
	return folder;
}

static int
file_beside_us(char *file, size_t size, const char *name)
{
	const char *folder = own_folder();
	struct stat status;

	return *folder && put_together(file, size, folder, name) &&
	       (find_loaded(file) || stat(file, &status) == 0);
}

/* 0 if the path does not fit. */
static int
choose_file(char *file, size_t size, const char *name)
{
	const char *folder = env_get("LIBEV_BACKEND_PATH");

	if (folder && *folder == '/')
		return put_together(file, size, folder, name);
	return file_beside_us(file, size, name) ||
	       put_together(file, size, EV_BACKEND_DIR, name);
}

/* Nobody can write to it but root, and the user whose rights were given. */
static int
is_safe(const struct stat *status)
{
	uid_t given = geteuid() != getuid() ? geteuid() : 0;

	return (status->st_uid == 0 || status->st_uid == given) &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH));
}

static int
is_folder_safe(const char *file)
{
	size_t length = (size_t)(strrchr(file, '/') - file);
	char folder[LOADER_PATH_MAX];
	struct stat status;

	memcpy(folder, file, length);
	folder[length] = '\0';
	return stat(folder, &status) == 0 && is_safe(&status);
}

/*
 * What runs with more rights than its caller takes no code that others may
 * have written.
 */
static const char *
mistrust(const char *file)
{
	struct stat status;

	if (stat(file, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (!env_is_privileged())
		return NULL;
	if (!is_safe(&status))
		return "others may write to it, and this program is privileged";
	if (!is_folder_safe(file))
		return "others may write to its folder, and this program is "
		       "privileged";
	return NULL;
}

static const char *
text_after_path(const char *text, const char *file)
{
	size_t length = strlen(file);

	if (text && strncmp(text, file, length) == 0 &&
		strncmp(text + length, ": ", 2) == 0)
		return text + length + 2;
	return text ? text : "cannot be loaded";
}

static const char *
check(void *handle, const char *name, const struct ev_backend_ops **ops_out)
{
	const struct ev_backend_ops *ops = dlsym(handle, ENTRY);
	const char *why = ops ? loader_objection(ops, name)
			      : "has no symbol " ENTRY;

	if (!why)
		*ops_out = ops;
	return why;
}

static struct module *
load(const char *name, const char *file, struct loader_found *found)
{
	size_t size = strlen(file) + 1;
	const struct ev_backend_ops *ops = NULL;
	const char *why = mistrust(file);
	struct module *module;
	void *handle;

	if (!why)
		why = image_objection(file);
	if (why) {
		refuse(found, file, why);
		return NULL;
	}
	handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		refuse(found, file, text_after_path(dlerror(), file));
		return NULL;
	}
	why = check(handle, name, &ops);
	module = why ? NULL : mem_alloc(sizeof(*module) + size);
	if (!module) {
		refuse(found, file, why ? why : "no memory");
		dlclose(handle);
		return NULL;
	}
	module->handle = handle;
	module->ops = ops;
	memcpy(module->file, file, size);
	module->next = modules;
	modules = module;
	return module;
}

static struct module *
find_module(const char *name, struct loader_found *found)
{
	struct module *module = NULL;
	char file[LOADER_PATH_MAX];

	(void)fork_guard(&mutex);
	mutex_take(&mutex);
	if (!choose_file(file, sizeof(file), name)) {
		refuse(found, name, "its path is too long");
	} else {
		module = find_loaded(file);
		if (!module)
			module = load(name, file, found);
	}
	mutex_give(&mutex);
	return module;
}

void
loader_find(const char *name, struct loader_found *found_out)
{
	struct module *module;

	*found_out = (struct loader_found){.ops = NULL};
	if (!is_plain(name)) {
		refuse(found_out, name, "a backend's name is not a path");
		return;
	}
	module = find_module(name, found_out);
	if (module) {
		found_out->ops = module->ops;
		found_out->file = module->file;
	} else {
		look_inside(name, found_out);
	}
}

void
loader_fini(void)
{
	struct module *module;

	mutex_take(&mutex);
	while ((module = modules)) {
		modules = module->next;
		dlclose(module->handle);
		mem_free(module);
	}
	mutex_give(&mutex);
}

#endif
