/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port_create(3C) and its family, for tests on Linux: the names of illumos, as
 * far as tests/emulation/evport.c knows them.
 */
#ifndef EV_EMULATION_PORT_H
#define EV_EMULATION_PORT_H

#include <poll.h>
#include <stdint.h>
#include <time.h>

#define PORT_SOURCE_FD 4

typedef struct port_event {
	int portev_events;
	unsigned short portev_source;
	unsigned short portev_pad;
	uintptr_t portev_object;
	void *portev_user;
} port_event_t;

int port_create(void);
int
port_associate(int port, int source, uintptr_t object, int events, void *user);
int port_dissociate(int port, int source, uintptr_t object);
int port_getn(int port, port_event_t list[], unsigned max, unsigned *nget,
	struct timespec *timeout);

#endif
