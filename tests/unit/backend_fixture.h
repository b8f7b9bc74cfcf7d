/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the backend tests share: the modules under test, a host that keeps
 * accounts, and things to watch.
 *
 * LIBEV_TEST_MODULE names one module by its path; without it every module in
 * the folder LIBEV_BACKEND_PATH is tested.  The loop variable of each test is
 * the module.
 */
#ifndef EV_TEST_BACKEND_FIXTURE_H
#define EV_TEST_BACKEND_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libev-abi/backend.h>

#include "../support/probe.h"
#include "../support/runner.h"

enum { MODULES_MAX = 16, CASE_SECONDS = 120 };

#define MILLISECOND INT64_C(1000000)
#define DIRECTIONS  ((uint32_t)(EV_ON_READ | EV_ON_WRITE))
#define ANY         (DIRECTIONS | EV_ON_CLOSED)

/* --- the host ------------------------------------------------------------*/

static atomic_long blocks_alive, bytes_alive;
static atomic_long blocks_until_failure = -1; /* negative: never */
static atomic_int fail_for_ever;

union account {
	size_t size;
	max_align_t align;
};

static inline int
is_to_fail(void)
{
	if (atomic_load(&blocks_until_failure) < 0)
		return 0;
	if (atomic_load(&blocks_until_failure) == 0 &&
		atomic_load(&fail_for_ever))
		return 1;
	return atomic_fetch_sub(&blocks_until_failure, 1) == 0;
}

static inline void *
host_resize(void *block, size_t size)
{
	union account *old = block ? (union account *)block - 1 : NULL;
	size_t before = old ? old->size : 0;
	union account *now;

	if (size > 0 && is_to_fail())
		return NULL;
	atomic_fetch_sub(&bytes_alive, (long)before);
	if (size == 0) {
		atomic_fetch_sub(&blocks_alive, old != NULL);
		free(old);
		return NULL;
	}
	atomic_fetch_add(&bytes_alive, (long)size);
	atomic_fetch_add(&blocks_alive, old == NULL);
	now = malloc(sizeof(*now) + size); /* moves, so that users show */
	if (!now)
		abort();
	memset(now + 1, 0xa5, size);
	memcpy(now + 1, block ? block : "", before < size ? before : size);
	now->size = size;
	free(old);
	return now + 1;
}

static inline void
host_log(int severity, const char *text)
{
	(void)severity, (void)text;
}

static const struct ev_host host = {
	.abi_version = EV_HOST_ABI,
	.struct_size = sizeof(struct ev_host),
	.resize = host_resize,
	.log = host_log,
};

/* --- the modules ---------------------------------------------------------*/

struct module {
	char name[64]; /* of the file, without its suffix */
	const struct ev_backend_ops *ops;
};

static struct module modules[MODULES_MAX];
static int n_modules;

/* Old kernels and sandboxes do not have it, and then nothing is tested. */
static inline int
is_refused(const struct module *module)
{
	void *self;
	int err;

	if (strcmp(module->name, "io_uring") != 0)
		return 0;
	err = module->ops->open(&host, 0, &self);
	if (err < 0)
		printf("# %s is not tested: %s\n", module->name,
			strerror(-err));
	else
		module->ops->close(self);
	return err < 0;
}

/* A file that cannot be loaded stays in the list: its tests fail. */
static inline void
load_module(const char *path)
{
	struct module *module = &modules[n_modules++];
	const char *slash = strrchr(path, '/');
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	snprintf(module->name, sizeof(module->name), "%.*s",
		(int)strcspn(slash ? slash + 1 : path, "."),
		slash ? slash + 1 : path);
	if (!handle)
		fprintf(stderr, "%s\n", dlerror());
	else
		module->ops = dlsym(handle, "ev_backend_v1");
	if (module->ops && is_refused(module))
		n_modules--;
}

static inline void
load_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[4096];

	while (dir && n_modules < MODULES_MAX && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length < 4 ||
			strcmp(entry->d_name + length - 3, ".so") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		load_module(path);
	}
	if (dir)
		closedir(dir);
}

/* How many there are; none makes a program without tests, which fails. */
static inline int
load_modules(void)
{
	const char *path = getenv("LIBEV_TEST_MODULE");
	const char *folder = getenv("LIBEV_BACKEND_PATH");

	if (n_modules > 0)
		return n_modules;
	if (path)
		load_module(path);
	else if (folder)
		load_folder(folder);
	return n_modules;
}

static inline const struct ev_backend_ops *
module_ops(int i)
{
	ck_assert_msg(
		modules[i].ops != NULL, "%s is no module", modules[i].name);
	return modules[i].ops;
}

static inline int
can(const struct ev_backend_ops *ops, uint32_t feature)
{
	return (ops->features & feature) != 0;
}

/* With more than FD_SETSIZE descriptors? */
static inline int
goes_far(const struct ev_backend_ops *ops)
{
	return strcmp(ops->name, "select") != 0 ||
	       probe_select_beyond_its_size();
}

/* --- descriptors ---------------------------------------------------------*/

static int descriptors_before;

static inline int
count_descriptors(void)
{
	DIR *dir = opendir("/dev/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static inline void
fixture_up(void)
{
	descriptors_before = count_descriptors();
}

/* No test leaves anything open, and no instance any memory. */
static inline void
fixture_down(void)
{
	ck_assert_int_eq(atomic_load(&blocks_alive), 0);
	ck_assert_int_eq(atomic_load(&bytes_alive), 0);
	ck_assert_int_eq(count_descriptors(), descriptors_before);
}

static inline int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static inline void
make_pipe(int ends[2])
{
	ck_assert_int_eq(pipe(ends), 0);
}

static inline void
make_sockets(int ends[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static inline void
close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static inline void
put_byte(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

static inline void
take_byte(int fd)
{
	char byte;

	ck_assert_int_eq(read(fd, &byte, 1), 1);
}

/* --- instances -----------------------------------------------------------*/

static inline void *
open_instance(const struct ev_backend_ops *ops, uint32_t options)
{
	void *self = NULL;

	ck_assert_int_eq(ops->open(&host, options, &self), 0);
	ck_assert_ptr_nonnull(self);
	return self;
}

static inline int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * One wait that does not wait: what it says of FD under GEN, as far as WANTED
 * was asked for.  No other report of FD may come.
 */
static inline uint32_t
readiness(const struct ev_backend_ops *ops, void *self, ev_fd fd, uint32_t gen,
	uint32_t wanted)
{
	struct ev_ready out[64];
	int n = ops->wait(self, 0, out, 64), seen = 0;
	uint32_t mask = 0;

	ck_assert_msg(n >= 0 && n <= 64, "wait() returned %d", n);
	for (int i = 0; i < n; i++) {
		ck_assert_uint_eq(out[i].mask & ~ANY, 0);
		ck_assert_uint_ne(out[i].mask, 0);
		if (out[i].fd != fd)
			continue;
		ck_assert_uint_eq(out[i].gen, gen);
		ck_assert_int_eq(seen++, 0);
		mask = out[i].mask & wanted;
	}
	return mask;
}

static inline void
add_module_tests(TCase *tcase, const TTest *const *tests, size_t n)
{
	tcase_set_timeout(tcase, CASE_SECONDS);
	tcase_add_checked_fixture(tcase, fixture_up, fixture_down);
	for (size_t i = 0; i < n; i++)
		tcase_add_loop_test(tcase, tests[i], 0, load_modules());
}

#endif
