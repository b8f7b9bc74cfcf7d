/* SPDX-License-Identifier: BSD-3-Clause */
/* An event_base's beginning and end. */
#include <event2/event.h>

#include "backends.h"
#include "current.h"
#include "debug.h"
#include "fork.h"
#include "lifetime.h"
#include "loader.h"
#include "log.h"
#include "mem.h"
#include "once.h"
#include "pending.h"
#include "watch.h"

static int
init_lock(struct event_base *base)
{
	int err = 0;

	if (base->flags & EVENT_BASE_FLAG_NOLOCK)
		return 0;
	err = lock_init(&base->lock);
	if (err < 0)
		return err;
	err = cond_init(&base->idle, &base->lock);
	if (err < 0)
		lock_fini(&base->lock);
	return err;
}

static struct event_base *
new_base(const struct event_config *config)
{
	struct event_base *base = mem_zero(1, sizeof(*base));

	if (!base)
		return NULL;
	base->flags = config->flags;
	base->limits = config->limits;
	timers_init(&base->timers);
	signals_init(&base->signals);
	wakeup_init(&base->wakeup);
	debug_close_door();
	if (fork_watch() < 0 || ready_init(&base->ready, 1) < 0)
		goto free_base;
	if (init_lock(base) < 0)
		goto fini_ready;
	if (backends_open(&base->io, config) < 0)
		goto fini_lock;
	return base;

fini_lock:
	cond_fini(&base->idle);
	lock_fini(&base->lock);
fini_ready:
	ready_fini(&base->ready);
free_base:
	mem_free(base);
	return NULL;
}

struct event_base *
event_base_new_with_config(const struct event_config *config)
{
	struct event_config plain;

	config_init(&plain);
	return new_base(config ? config : &plain);
}

struct event_base *
event_base_new(void)
{
	return event_base_new_with_config(NULL);
}

/* --- the end -------------------------------------------------------------*/

/* It may be freed later than its base, and then must not reach for it. */
static void
abandon(struct event_base *base, struct event *ev)
{
	pending_remove(base, ev);
	ev->ev_base = NULL;
}

static int
collect_fd(ev_fd fd, struct fd_entry *entry, void *arg)
{
	struct event_base *base = arg;
	struct event *ev = entry->events, *next;

	(void)fd;
	for (; ev; ev = next) {
		next = ev->ev_peers.le_next;
		if (!(ev->ev_evcallback.evcb_flags & EVLIST_INTERNAL))
			abandon(base, ev);
	}
	return 0;
}

static void
remove_signal_events(struct event_base *base)
{
	struct event *ev;

	if (!signals_is_open(&base->signals))
		return;
	for (int signo = 1; signo < EV_SIGNAL_MAX; signo++)
		while ((ev = signals_first(&base->signals, signo)))
			abandon(base, ev);
}

/* Its owner may keep something for this call, which is not to come. */
static void
call_off(struct event_base *base, struct event_callback *cb)
{
	lock_give(&base->lock);
	cb->evcb_cb_union.evcb_selfcb(cb, NULL);
	lock_take(&base->lock);
}

/* How many finalizers ran; they may have made new events. */
static int
empty_ready(struct event_base *base, int run_finalizers)
{
	struct event_callback *cb;
	int level, n = 0;

	while ((level = ready_level(&base->ready)) >= 0) {
		cb = ready_first(&base->ready, level);
		ready_remove(&base->ready, cb);
		if (lifetime_is_finalizer(cb) && run_finalizers) {
			lifetime_finalize(base, cb);
			n++;
		} else if (cb->evcb_flags & EVLIST_INIT) {
			abandon(base, event_of_callback(cb));
		} else if (cb->evcb_closure == CLOSURE_DEFERRED) {
			call_off(base, cb);
		}
	}
	return n;
}

static int
remove_events(struct event_base *base, int run_finalizers)
{
	struct event *ev;

	once_free_all(base);
	while ((ev = timers_take_due(&base->timers, CLOCK_NEVER)))
		abandon(base, ev);
	fdtable_foreach(&base->io.fds, collect_fd, base);
	remove_signal_events(base);
	return empty_ready(base, run_finalizers);
}

static void
free_base(struct event_base *base, int run_finalizers)
{
	if (!base && (base = current_base()))
		log_warn("event_base_free: no base given, so the global one");
	if (!base)
		return;
	if (base == current_base())
		current_set(NULL);
	if (io_is_inherited(&base->io)) {
		lock_renew(&base->lock);
		cond_renew(&base->idle);
	}
	lock_take(&base->lock);
	while (remove_events(base, run_finalizers) > 0)
		;
	watch_free_all(base);
	lock_give(&base->lock);
	base_await_ringers(base);
	signals_fini(&base->signals);
	io_close(&base->io);
	wakeup_close(&base->wakeup);
	timers_fini(&base->timers);
	ready_fini(&base->ready);
	cond_fini(&base->idle);
	lock_fini(&base->lock);
	mem_free(base->stats);
	mem_free(base);
}

void
event_base_free(struct event_base *base)
{
	free_base(base, 1);
}

void
event_base_free_nofinalize(struct event_base *base)
{
	free_base(base, 0);
}

void
libevent_global_shutdown(void)
{
	current_set(NULL);
	debug_fini();
	loader_fini();
	mem_give_back();
}
