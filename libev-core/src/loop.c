/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop.  One turn of it is turn(): wait, find what is due, run the most
 * urgent of that.
 *
 * A pass over one priority runs what was due when the pass began, and of what
 * came meanwhile at most EXTRA_CALLS, so that work which asks for more of its
 * kind cannot keep descriptors and timers waiting.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <event2/event.h>
#include <event2/ext_loop.h>

#include "debug.h"
#include "lifetime.h"
#include "log.h"
#include "pending.h"
#include "reinit.h"
#include "watch.h"

#define EXTRA_CALLS 128

/* Without a channel to wake it, a waiting loop looks up this often. */
#define DEAF_WAIT_NS (NS_PER_SEC / 10)

/* What ends a loop call, and what ends a pass. */
#define STOPS_LOOP (STOP_BREAK | STOP_EXIT | STOP_STICKY)
#define STOPS_PASS (STOP_BREAK | STOP_STICKY | STOP_CONTINUE | STOP_URGENT)

/* --- one callback --------------------------------------------------------*/

static void
call_signal(struct event_base *base, struct event *ev)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	evutil_socket_t signo = ev->ev_fd;
	void *arg = ev->ev_evcallback.evcb_arg;
	short res = ev->ev_res;

	/*
	 * Whatever ends the event sets calls_left to 0, and then it may be
	 * gone: nothing of it is looked at after the first call.  One that is
	 * not persistent has ended already.
	 */
	base->current = &ev->ev_evcallback;
	base->calls_left = ev->ev_events & EV_PERSIST ? ev->ev_ncalls : 1;
	while (base->calls_left > 0) {
		base->calls_left--;
		lock_give(&base->lock);
		fn(signo, res, arg);
		lock_take(&base->lock);
		if (base->stops & (STOP_BREAK | STOP_STICKY))
			break;
	}
	/* What a break leaves over is for the next loop. */
	if (base->calls_left > 0)
		pending_activate(base, ev, res, base->calls_left);
	base->calls_left = 0;
}

static inline void
call_event(struct event_base *base, struct event *ev)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	evutil_socket_t fd = ev->ev_fd;
	void *arg = ev->ev_evcallback.evcb_arg;
	short res = ev->ev_res;

	base->current = &ev->ev_evcallback;
	lock_give(&base->lock);
	fn(fd, res, arg);
	lock_take(&base->lock);
}

static void
call_deferred(struct event_base *base, struct event_callback *cb)
{
	void (*fn)(struct event_callback *,
		void *) = cb->evcb_cb_union.evcb_selfcb;
	void *arg = cb->evcb_arg;

	base->current = cb;
	lock_give(&base->lock);
	fn(cb, arg);
	lock_take(&base->lock);
}

static inline void
rearm_or_remove(struct event_base *base, struct event *ev)
{
	if (ev->ev_events & EV_PERSIST)
		pending_rearm(base, ev);
	else if (ev->ev_evcallback.evcb_flags &
		 (EVLIST_INSERTED | EVLIST_TIMEOUT))
		pending_remove(base, ev);
}

/* What is called in another way than most events. */
static void
run_special(struct event_base *base, struct event_callback *cb)
{
	switch ((enum closure)cb->evcb_closure) {
	case CLOSURE_SIGNAL:
		rearm_or_remove(base, event_of_callback(cb));
		call_signal(base, event_of_callback(cb));
		break;
	case CLOSURE_DEFERRED:
		call_deferred(base, cb);
		break;
	case CLOSURE_FINALIZE:
	case CLOSURE_FINALIZE_FREE:
	case CLOSURE_FINALIZE_DEFERRED:
		lifetime_finalize(base, cb);
		break;
	case CLOSURE_EVENT:    /* is run()'s own */
	case CLOSURE_INTERNAL: /* could not be watched, so has nothing to say */
		break;
	}
}

static inline void
run(struct event_base *base, struct event_callback *cb)
{
	struct event *ev = event_of_callback(cb);

	if (cb->evcb_closure == CLOSURE_EVENT) {
		rearm_or_remove(base, ev);
		call_event(base, ev);
	} else {
		run_special(base, cb);
	}
	base->current = NULL;
	base->runs++;
	if (base->awaiting)
		cond_broadcast(&base->idle);
}

/* A callback that is timed: when it began, and what it was. */
struct timing {
	int64_t began;
	int is_event;
	struct event shown; /* the event itself may be gone at the end */
};

static void
timing_begin(struct timing *timing, const struct event_callback *cb)
{
	timing->is_event = cb->evcb_flags & EVLIST_INIT &&
			   !lifetime_is_finalizer(cb);
	if (timing->is_event)
		timing->shown = *(const struct event *)(const void *)cb;
	timing->began = clock_read();
}

static void
timing_end(struct timing *timing, struct event_base *base, struct stats *stats)
{
	int64_t spent = clock_read() - timing->began;
	struct event *shown = &timing->shown;

	if (!stats_callback(stats, spent) || !timing->is_event)
		return;
	shown->ev_evcallback.evcb_flags = EVLIST_INIT;
	lock_give(&base->lock);
	(void)debug_assign(shown);
	stats->slow_fn(base, shown, (ev_uint64_t)spent, stats->slow_arg);
	debug_forget(shown);
	lock_take(&base->lock);
}

static void
run_timed(
	struct event_base *base, struct event_callback *cb, struct stats *stats)
{
	struct timing timing;

	timing_begin(&timing, cb);
	run(base, cb);
	timing_end(&timing, base, stats);
}

/* --- one pass ------------------------------------------------------------*/

/* Until when and how many: what event_config_set_max_dispatch_interval set. */
struct quota {
	int64_t calls;
	int64_t until; /* CLOCK_NEVER: nobody looks at the clock */
	int64_t free;  /* so many calls go by without a look at either */
};

static struct quota
quota_of(const struct event_base *base, int level, int64_t calls)
{
	const struct dispatch_limits *limits = &base->limits;
	struct quota quota = {calls, CLOCK_NEVER, calls};

	if (level < limits->min_priority)
		return quota;
	if (limits->callbacks < calls)
		quota.calls = quota.free = limits->callbacks;
	if (limits->interval_ns != CLOCK_NEVER) {
		quota.until = clock_add(clock_read(), limits->interval_ns);
		quota.free = 0;
	}
	return quota;
}

static inline int
is_used_up(const struct quota *quota, int64_t n)
{
	if (n < quota->free)
		return 0;
	return n >= quota->calls || clock_read() >= quota->until;
}

/* Run at most CALLS callbacks of LEVEL, as the limits allow; how many. */
static int64_t
pass(struct event_base *base, int level, int64_t calls)
{
	struct quota quota = quota_of(base, level, calls);
	struct event_callback *cb;
	int64_t n = 0;

	base->level = level;
	while ((cb = ready_take(&base->ready, level))) {
		if (base->stats)
			run_timed(base, cb, base->stats);
		else
			run(base, cb);
		n++;
		if (base->stops & STOPS_PASS || is_used_up(&quota, n))
			break;
	}
	base->level = 0;
	return n;
}

static void
run_most_urgent(struct event_base *base)
{
	int level = ready_level(&base->ready);

	if (level >= 0)
		pass(base, level,
			(int64_t)base->ready.queues[level].count + EXTRA_CALLS);
}

/* --- waiting -------------------------------------------------------------*/

static int64_t
timeout_of(struct event_base *base, int flags)
{
	int64_t next, now;

	if (flags & EVLOOP_NONBLOCK || base->ready.count > 0 ||
		base->stops & STOPS_LOOP)
		return 0;
	next = timers_next(&base->timers);
	base->wait_until = next;
	if (next == CLOCK_NEVER)
		return -1;
	now = clock_read(); /* the turn's may be long ago */
	return next > now ? next - now : 0;
}

static int64_t
shorten(int64_t timeout)
{
	return timeout < 0 || timeout > DEAF_WAIT_NS ? DEAF_WAIT_NS : timeout;
}

/* Other threads must be able to reach a loop that sleeps. */
static int64_t
limit_deaf_wait(struct event_base *base, int64_t timeout)
{
	if (timeout == 0 || base->lock.kind == LOCK_NONE ||
		pending_open_wakeup(base) == 0)
		return timeout;
	return shorten(timeout);
}

/* Wait with the lock given up; the count of reports, or -errno. */
static int
wait_unlocked(struct event_base *base, int64_t timeout)
{
	int n;

	/* A callback forked, and this is the child. */
	if (io_is_inherited(&base->io) && (n = reinit_base(base)) < 0)
		return n;
	pending_settle(base);
	if (base->ready.count > 0)
		timeout = 0; /* settling made something due */
	else if (!io_is_settled(&base->io))
		timeout = shorten(timeout); /* ours is refused for now */
	if (base->stats)
		stats_wait_begins(base->stats);
	base->io.waiting = base->lock.kind != LOCK_NONE;
	lock_give(&base->lock);
	n = io_wait(&base->io, timeout);
	lock_take(&base->lock);
	base->io.waiting = 0;
	base->wait_until = 0;
	clock_forget(&base->clock);
	if (base->stats)
		stats_wait_ends(base->stats);
	return n;
}

/* --- what the wait brought -----------------------------------------------*/

static void
activate_one(struct event_base *base, struct event *ev, uint32_t mask)
{
	uint32_t what = mask & (uint32_t)ev->ev_events;

	if (!what)
		return;
	if (ev->ev_evcallback.evcb_closure == CLOSURE_INTERNAL)
		ev->ev_evcallback.evcb_cb_union.evcb_callback(
			ev->ev_fd, (short)what, ev->ev_evcallback.evcb_arg);
	else
		pending_report(base, ev,
			(int)(what | (uint32_t)(ev->ev_events & EV_ET)));
}

static void
activate_io(struct event_base *base, int n)
{
	const struct ev_ready *report = base->io.ready, *end = report + n;

	for (; report < end; report++) {
		struct fd_entry *entry = io_match(&base->io, report);
		struct event *ev = entry ? entry->events : NULL;

		for (; ev; ev = ev->ev_peers.le_next)
			activate_one(base, ev, report->mask);
	}
	pending_count_due(base);
	io_after_wait(&base->io, n);
}

static void
activate_timers(struct event_base *base)
{
	struct event *ev;
	int64_t now;

	/* Of what a watcher asked for nobody knows how long ago it was. */
	base->runs_at_clock = clock_is_known(&base->clock) ? UINT64_MAX
							   : base->runs;
	if (base->timers.count == 0)
		return;
	now = clock_turn(&base->clock);
	while ((ev = timers_take_due(&base->timers, now))) {
		if (base->stats)
			stats_timer(base->stats, ev->ev_deadline, now);
		pending_report(base, ev, EV_TIMEOUT);
	}
	pending_count_due(base);
}

/* --- the loop ------------------------------------------------------------*/

/* Wait and find out what is due; 0 or -errno. */
static int
look(struct event_base *base, int64_t timeout)
{
	int n = wait_unlocked(base, timeout);

	if (n < 0 && n != -EINTR)
		return n;
	/* Reports first: whoever is called may end what they are about. */
	if (n > 0)
		activate_io(base, n);
	if (watch_any(base, WATCH_CHECK))
		watch_run(base, WATCH_CHECK, 0);
	activate_timers(base);
	return 0;
}

/*
 * All that is due, of every priority.  Nothing is polled for in between, but
 * where the configuration limits a pass.
 */
static int
run_all(struct event_base *base)
{
	int64_t left = (int64_t)base->ready.count + EXTRA_CALLS;
	int level, err = 0;

	while (left > 0 && err == 0 &&
		(level = ready_level(&base->ready)) >= 0) {
		int64_t due = base->ready.queues[level].count;
		int64_t n = pass(base, level, left);

		left -= n;
		if (base->stops & STOPS_PASS & ~STOP_URGENT)
			break;
		if (n < due && !(base->stops & STOP_URGENT))
			err = look(base, 0);
		base->stops &= ~STOP_URGENT;
	}
	return err;
}

/* What is due may be a timer that repeats, and needs its place again. */
static void
trim(struct event_base *base)
{
	if (base->ready.count == 0)
		timers_trim(&base->timers);
}

static int
turn(struct event_base *base, int flags)
{
	int64_t timeout;
	int err;

	trim(base);
	timeout = limit_deaf_wait(base, timeout_of(base, flags));
	if (watch_any(base, WATCH_PREPARE)) {
		watch_run(base, WATCH_PREPARE, timeout);
		timeout = limit_deaf_wait(base, timeout_of(base, flags));
	}
	err = look(base, timeout);
	if (err < 0)
		return err;
	if (flags & EVLOOP_ONCE)
		return run_all(base);
	run_most_urgent(base);
	return 0;
}

static int
begin(struct event_base *base, int flags)
{
	if (base->running) {
		log_warn("event_base_loop: the loop of this base runs already");
		return -1;
	}
	base->running = 1;
	base->owner = lock_thread_id();
	base->stay = (flags & EVLOOP_NO_EXIT_ON_EMPTY) != 0;
	base->stops &= STOP_EXIT | STOP_STICKY;
	base->got = 0;
	clock_cache(
		&base->clock, !(base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME));
	if (base->stats)
		stats_loop_begins(base->stats);
	return 0;
}

static void
end(struct event_base *base)
{
	base->got = base->stops & STOPS_LOOP;
	base->stops = 0;
	base->running = 0;
	base->stay = 0;
	clock_cache(&base->clock, 0);
	trim(base);
}

enum verdict { GO_ON, STOPPED, RAN_DRY };

/* TURNED: there was a turn.  CALLED: it ran something. */
static enum verdict
judge(const struct event_base *base, int flags, int turned, int called)
{
	if (base->stops & (STOP_BREAK | STOP_STICKY))
		return STOPPED;
	if (turned && base->stops & STOP_EXIT)
		return STOPPED;
	if (turned && base->stops & STOP_CONTINUE)
		return GO_ON;
	if ((turned && flags & EVLOOP_NONBLOCK) ||
		(called && flags & EVLOOP_ONCE))
		return STOPPED;
	if (base->stay || base->stops & STOP_EXIT || !base_is_empty(base))
		return GO_ON;
	return RAN_DRY;
}

int
event_base_loop(struct event_base *base, int flags)
{
	enum verdict verdict;
	uint64_t runs;
	int turned = 0, err = 0;

	if (io_is_inherited(&base->io) && event_reinit(base) < 0)
		return -1;
	lock_take(&base->lock);
	if (begin(base, flags) < 0) {
		lock_give(&base->lock);
		return -1;
	}
	runs = base->runs;
	while (err == 0 && (verdict = judge(base, flags, turned,
				    base->runs != runs)) == GO_ON) {
		base->stops &= ~(STOP_CONTINUE | STOP_URGENT);
		err = turn(base, flags);
		turned = 1;
	}
	end(base);
	lock_give(&base->lock);
	if (err == 0)
		return verdict == RAN_DRY;
	log_warn("event_base_loop: waiting with %s: %s", base->io.ops->name,
		strerror(-err));
	return -1;
}

int
event_base_dispatch(struct event_base *base)
{
	return event_base_loop(base, 0);
}
