/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated kernel (kernel.h) as a backend.  The build defines SIM_NAME,
 * SIM_KIND, and the module's promises.
 */
#include <errno.h>

#include "kernel.h"

struct sim_self {
	struct sim_set set;
	const struct ev_host *host;
};

static int
sim_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct sim_self *self = host->resize(NULL, sizeof(*self));

	(void)options;
	if (!self)
		return -ENOMEM;
	self->host = host;
	sim_set_init(&self->set, SIM_KIND);
	*self_out = self;
	return 0;
}

static void
sim_shut(void *opaque)
{
	struct sim_self *self = opaque;

	if (!self)
		return;
	sim_set_fini(&self->set);
	self->host->resize(self, 0);
}

static int
sim_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct sim_self *self = opaque;

	(void)old;
	return sim_set_watch(&self->set, fd, gen, now);
}

static int
sim_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct sim_self *self = opaque;

	return sim_set_wait(&self->set, timeout_ns, out, cap);
}

static int
sim_reopen(void *opaque)
{
	struct sim_self *self = opaque;

	sim_set_reopen(&self->set);
	return 0;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = SIM_NAME,
	.features = SIM_FEATURES | EV_CAN_ANY_FD | EV_CAN_EARLY_CLOSE,
	.flags = SIM_FLAGS,
	.open = sim_open,
	.close = sim_shut,
	.watch = sim_watch,
	.wait = sim_wait,
	.reopen = sim_reopen,
};
