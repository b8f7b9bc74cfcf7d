/* SPDX-License-Identifier: BSD-3-Clause */
#include "base.h"

#include <libev-abi/sys.h>

#define LOOK_AGAIN_MS 1

void
base_give_and_ring(struct event_base *base)
{
	const struct ev_backend_ops *ops = base->io.ops;
	int by_backend = EV_ABI_HAS(struct ev_backend_ops, ops, wake);
	ev_fd bell = by_backend ? -1 : wakeup_claim(&base->wakeup);

	base->ring = 0;
	atomic_fetch_add(&base->ringers, 1);
	lock_give(&base->lock);
	if (by_backend)
		ops->wake(base->io.self);
	else if (bell >= 0)
		wakeup_ring(bell);
	/* The last look at it: base_await_ringers() waits for that. */
	atomic_fetch_sub(&base->ringers, 1);
}

/* Those of the parent did not come along into a child. */
void
base_await_ringers(struct event_base *base)
{
	if (io_is_inherited(&base->io))
		atomic_store(&base->ringers, 0);
	while (atomic_load(&base->ringers) > 0)
		(void)sys_poll(NULL, 0, LOOK_AGAIN_MS);
}
