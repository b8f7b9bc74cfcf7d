/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables that provider.c chooses from. */
#ifndef EV_SIGNAL_PROVIDERS_H
#define EV_SIGNAL_PROVIDERS_H

#include <libev-abi/signal.h>

extern const struct ev_signal_ops provider_selfpipe;
extern const struct ev_signal_ops provider_signalfd;
extern const struct ev_signal_ops provider_kqueue;

#endif
