/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's one door: the providers of this system, the default first. */
#include <string.h>

#include "providers.h"

static const struct ev_signal_ops *const providers[] = {
	&provider_selfpipe,
#ifdef __linux__
	&provider_signalfd,
#endif
#ifdef EV_SYS_KQUEUE
	&provider_kqueue,
#endif
};

const struct ev_signal_ops *
ev_signal_provider(uint32_t abi_version, const char *name)
{
	size_t i;

	if (EV_ABI_MAJOR(abi_version) != EV_ABI_MAJOR(EV_SIGNAL_ABI))
		return NULL;
	for (i = 0; i < sizeof(providers) / sizeof(*providers); i++)
		if (!name || strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}
