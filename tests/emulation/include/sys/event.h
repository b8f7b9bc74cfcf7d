/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kqueue(2), for tests on Linux: the names and the layout of FreeBSD, as far as
 * tests/emulation/kqueue.c knows them.
 */
#ifndef EV_EMULATION_SYS_EVENT_H
#define EV_EMULATION_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_READ   (-1)
#define EVFILT_WRITE  (-2)
#define EVFILT_SIGNAL (-6)
#define EVFILT_TIMER  (-7)

/* What is to be done. */
#define EV_ADD     0x0001
#define EV_DELETE  0x0002
#define EV_ONESHOT 0x0010
#define EV_CLEAR   0x0020
#define EV_RECEIPT 0x0040

/* What is reported. */
#define EV_ERROR 0x4000
#define EV_EOF   0x8000

#define NOTE_FILE_POLL 0x0002 /* EVFILT_READ: files as poll() sees them */

struct kevent {
	uintptr_t ident;
	short filter;
	unsigned short flags;
	unsigned fflags;
	int64_t data;
	void *udata;
	uint64_t ext[4];
};

int kqueue(void);
int kevent(int kq, const struct kevent *changes, int n_changes,
	struct kevent *events, int n_events, const struct timespec *timeout);

#endif
