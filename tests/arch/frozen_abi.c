/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every layout that was ever released, never to be edited: a later table must
 * begin like them.
 */
#include <stddef.h>

#include <libev-abi/backend.h>
#include <libev-abi/core.h>
#include <libev-abi/host.h>
#include <libev-abi/signal.h>

#define STAYS(old, now, member)                                               \
	_Static_assert(                                                       \
		offsetof(struct old, member) == offsetof(struct now, member), \
		#member " moved")
#define GROWS(old, now) \
	_Static_assert( \
		sizeof(struct now) >= sizeof(struct old), "a table shrank")

struct host_1_0 {
	uint32_t abi_version, struct_size;
	void *(*resize)(void *, size_t);
	void (*log)(int, const char *);
};

STAYS(host_1_0, ev_host, abi_version);
STAYS(host_1_0, ev_host, struct_size);
STAYS(host_1_0, ev_host, resize);
STAYS(host_1_0, ev_host, log);
GROWS(host_1_0, ev_host);

struct ready_1 {
	ev_fd fd;
	uint32_t gen, mask;
};

/* An array of these is filled by the module: it can never grow. */
STAYS(ready_1, ev_ready, fd);
STAYS(ready_1, ev_ready, gen);
STAYS(ready_1, ev_ready, mask);
_Static_assert(sizeof(struct ev_ready) == sizeof(struct ready_1), "ev_ready");

struct backend_1_0 {
	uint32_t abi_version, struct_size;
	const char *name;
	uint32_t features, flags;
	int (*open)(const struct ev_host *, uint32_t, void **);
	void (*close)(void *);
	int (*watch)(void *, ev_fd, uint32_t, uint32_t, uint32_t);
	int (*wait)(void *, int64_t, struct ev_ready *, int);
	int (*reopen)(void *);
	int (*wake)(void *);
	ev_fd (*pollable)(void *);
};

STAYS(backend_1_0, ev_backend_ops, abi_version);
STAYS(backend_1_0, ev_backend_ops, struct_size);
STAYS(backend_1_0, ev_backend_ops, name);
STAYS(backend_1_0, ev_backend_ops, features);
STAYS(backend_1_0, ev_backend_ops, flags);
STAYS(backend_1_0, ev_backend_ops, open);
STAYS(backend_1_0, ev_backend_ops, close);
STAYS(backend_1_0, ev_backend_ops, watch);
STAYS(backend_1_0, ev_backend_ops, wait);
STAYS(backend_1_0, ev_backend_ops, reopen);
STAYS(backend_1_0, ev_backend_ops, wake);
STAYS(backend_1_0, ev_backend_ops, pollable);
GROWS(backend_1_0, ev_backend_ops);

struct signal_1_0 {
	uint32_t abi_version, struct_size;
	const char *name;
	int (*open)(const struct ev_host *, void **);
	void (*close)(void *);
	ev_fd (*fd)(void *);
	int (*watch)(void *, int);
	int (*unwatch)(void *, int);
	int (*drain)(void *, uint32_t[EV_SIGNAL_MAX]);
	int (*reopen)(void *);
};

STAYS(signal_1_0, ev_signal_ops, abi_version);
STAYS(signal_1_0, ev_signal_ops, struct_size);
STAYS(signal_1_0, ev_signal_ops, name);
STAYS(signal_1_0, ev_signal_ops, open);
STAYS(signal_1_0, ev_signal_ops, close);
STAYS(signal_1_0, ev_signal_ops, fd);
STAYS(signal_1_0, ev_signal_ops, watch);
STAYS(signal_1_0, ev_signal_ops, unwatch);
STAYS(signal_1_0, ev_signal_ops, drain);
STAYS(signal_1_0, ev_signal_ops, reopen);
GROWS(signal_1_0, ev_signal_ops);

struct core_1_0 {
	uint32_t abi_version, struct_size;
	void *(*resize)(void *, size_t);
	void (*log)(int, const char *);
	void *(*lock_new)(int);
	void (*lock_free)(void *);
	void (*lock)(void *);
	void (*unlock)(void *);
	void (*defer_init)(struct event_callback *, int,
		void (*)(struct event_callback *, void *), void *);
	int (*defer_schedule)(struct event_base *, struct event_callback *);
	void (*defer_cancel)(struct event_base *, struct event_callback *);
	int (*finalize)(struct event_base *, int, struct event_callback **,
		void (*)(struct event_callback *, void *));
	int (*may_keep)(void (*)(void));
	int (*close_fd)(struct event_base *, ev_fd);
};

STAYS(core_1_0, ev_core_ops, resize);
STAYS(core_1_0, ev_core_ops, log);
STAYS(core_1_0, ev_core_ops, lock_new);
STAYS(core_1_0, ev_core_ops, lock_free);
STAYS(core_1_0, ev_core_ops, lock);
STAYS(core_1_0, ev_core_ops, unlock);
STAYS(core_1_0, ev_core_ops, defer_init);
STAYS(core_1_0, ev_core_ops, defer_schedule);
STAYS(core_1_0, ev_core_ops, defer_cancel);
STAYS(core_1_0, ev_core_ops, finalize);
STAYS(core_1_0, ev_core_ops, may_keep);
STAYS(core_1_0, ev_core_ops, close_fd);
GROWS(core_1_0, ev_core_ops);

/* The numbers that cross the seams. */
_Static_assert(EV_ON_READ == 0x02 && EV_ON_WRITE == 0x04 &&
		       EV_ON_EDGE == 0x20 && EV_ON_CLOSED == 0x80,
	"readiness");
_Static_assert(EV_CAN_EDGE == 1 && EV_CAN_O1 == 2 && EV_CAN_ANY_FD == 4 &&
		       EV_CAN_EARLY_CLOSE == 8,
	"features");
_Static_assert(EV_BACKEND_CONCURRENT == 1 && EV_BACKEND_EAGER == 2 &&
		       EV_BACKEND_FORK_DEAD == 4 &&
		       EV_BACKEND_CLOSE_ENDS == 8 && EV_OPT_PRECISE == 1,
	"flags and options");
_Static_assert(EV_SIGNAL_MAX == 128, "length of the array of counts");
