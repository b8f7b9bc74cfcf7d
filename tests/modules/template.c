/* SPDX-License-Identifier: BSD-3-Clause */
/* A module that is sound but for what the build defines. */
#include <errno.h>
#include <stddef.h>

#include <libev-abi/backend.h>

#ifndef VERSION
#define VERSION EV_BACKEND_ABI
#endif
#ifndef SIZE
#define SIZE sizeof(struct ev_backend_ops)
#endif
#ifndef NAME
#define NAME MODULE
#endif
#ifndef WAIT
#define WAIT stub_wait
#endif
#ifndef LATER
#define LATER(fn) fn
#endif
#ifndef OPEN_RESULT
#define OPEN_RESULT 0
#endif

static void
stub_close(void *self)
{
	(void)self;
}

static int
stub_watch(void *self, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	(void)self, (void)fd, (void)gen, (void)old, (void)now;
	return 0;
}

static int
stub_wait(void *self, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	(void)self, (void)timeout_ns, (void)out, (void)cap;
	return 0;
}

static int
stub_reopen(void *self)
{
	(void)self;
	return 0;
}

static int
stub_wake(void *self)
{
	(void)self;
	return 0;
}

static ev_fd
stub_pollable(void *self)
{
	(void)self;
	return 0;
}

static const char *
stub_explain(int err)
{
	return err == -EPERM ? "not on a Sunday" : NULL;
}

static int
stub_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	static int instance;

	(void)host, (void)options;
	/* A variant leaves some of them out of its table. */
	(void)stub_wait, (void)stub_wake, (void)stub_pollable;
	(void)stub_explain;
	*self_out = &instance;
	return OPEN_RESULT;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = VERSION,
	.struct_size = SIZE,
	.name = NAME,
	.open = stub_open,
	.close = stub_close,
	.watch = stub_watch,
	.wait = WAIT,
	.reopen = stub_reopen,
	.wake = LATER(stub_wake),
	.pollable = LATER(stub_pollable),
#if EV_BACKEND_ABI_MINOR >= 1
	.explain = LATER(stub_explain),
#endif
};
