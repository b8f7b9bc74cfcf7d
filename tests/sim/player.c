/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both the loop and "another thread" run in this one: the locks are ours, and
 * so is the answer to who is asking, which makes every order of events one
 * that can be repeated.
 */
#include "player.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/ext_backend.h>
#include <event2/thread.h>
#include <event2/watch.h>

#include <libev-abi/core.h>

#include "kernel.h"
#include "reference.h"

/* The core's: how many forks were seen. */
extern unsigned fork_generation;

#define MS         INT64_C(1000000)
#define PLACE(i)   (20 + (i))
#define WAITS_MAX  1000 /* in one call of the loop */
#define STRAYS_MAX 4    /* on end; then it may be a ghost */
#define QUEUE_MAX  PROGRAM_MAX

enum { LOOP_THREAD = 1, OTHER_THREAD = 2 };

/* Operations that wait for their time. */
struct queue {
	const struct operation *ops[QUEUE_MAX];
	int first, end;
};

/* A loop that runs. */
struct running {
	int base;              /* -1: none does */
	struct running *outer; /* a callback of that one runs it */
	int flags;
	int waits, calls;
	int broke;
	int called; /* the event whose callback runs; -1: none does */

	/* What its last wait brought, until it is with the events. */
	int is_fresh;
	int is_odd; /* a report was of a ghost, or of what had ended */
	int strays; /* waits on end that told what nobody wants any more */
};

static struct {
	const char *method;
	int threads;
	unsigned long thread; /* who acts at the moment */
	struct progress *progress;
	struct event_base *bases[N_BASES];
	struct sim_set *sets[N_BASES];
	struct event *events[N_EVENTS];
	struct queue queues[WHENS];

	int refusals; /* of the kernel's, since ever */
	struct running run;
} play = {.run = {.base = -1, .called = -1}, .thread = LOOP_THREAD};

void
disagree(const char *rule, ...)
{
	va_list args;

	va_start(args, rule);
	vsnprintf(play.progress->text, sizeof(play.progress->text), rule, args);
	va_end(args);
	play.progress->rule = rule;
	_exit(EXIT_FAILURE);
}

/* --- threads -------------------------------------------------------------*/

struct sim_lock {
	unsigned long owner; /* 0: nobody */
	int depth;
};

static void *
lock_alloc(unsigned kind)
{
	(void)kind;
	return calloc(1, sizeof(struct sim_lock));
}

static void
lock_free(void *lock, unsigned kind)
{
	(void)kind;
	free(lock);
}

static int
lock_take(unsigned mode, void *opaque)
{
	struct sim_lock *lock = opaque;

	(void)mode;
	if (lock->depth > 0 && lock->owner != play.thread)
		disagree("a lock is held where others have to come in");
	lock->owner = play.thread;
	lock->depth++;
	return 0;
}

static int
lock_give(unsigned mode, void *opaque)
{
	struct sim_lock *lock = opaque;

	(void)mode;
	if (lock->depth == 0 || lock->owner != play.thread)
		disagree("a lock is given by one who does not hold it");
	lock->depth--;
	return 0;
}

static void *
condition_alloc(unsigned kind)
{
	(void)kind;
	return malloc(1);
}

static void
condition_free(void *condition)
{
	free(condition);
}

static int
condition_signal(void *condition, int all)
{
	(void)condition, (void)all;
	return 0;
}

static int
condition_wait(void *condition, void *lock, const struct timeval *tv)
{
	(void)condition, (void)lock, (void)tv;
	disagree("a thread waits for one that waits for it");
}

static unsigned long
who_asks(void)
{
	return play.thread;
}

static void
use_threads(void)
{
	static const struct evthread_lock_callbacks locks = {
		.lock_api_version = EVTHREAD_LOCK_API_VERSION,
		.supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
		.alloc = lock_alloc,
		.free = lock_free,
		.lock = lock_take,
		.unlock = lock_give,
	};
	static const struct evthread_condition_callbacks conditions = {
		.condition_api_version = EVTHREAD_CONDITION_API_VERSION,
		.alloc_condition = condition_alloc,
		.free_condition = condition_free,
		.signal_condition = condition_signal,
		.wait_condition = condition_wait,
	};

	evthread_set_lock_callbacks(&locks);
	evthread_set_condition_callbacks(&conditions);
	evthread_set_id_callback(who_asks);
}

/* --- agreement -----------------------------------------------------------*/

static short
active_for(int e)
{
	const struct event *ev = play.events[e];

	return ev->ev_evcallback.evcb_flags & EVLIST_ACTIVE ? ev->ev_res : 0;
}

static const struct ref_number *
number_of(int e)
{
	return &ref_bases[ref_base_of(e)].numbers[ref_events[e].slot];
}

/* What was closed under its events may be refused at any time. */
static void
adopt_refusal(int e, uint64_t place)
{
	const struct ref_event *m = &ref_events[e];

	if (m->inserted && number_of(e)->is_stale && active_for(e) & ~m->due)
		ref_activate(e, active_for(e), place);
}

/* What a break left over, where it is not known how much there was. */
static void
adopt_calls(int e, uint64_t place)
{
	const struct ref_event *m = &ref_events[e];

	if (m->is_vague && m->calls > 0 && !m->due && active_for(e))
		ref_activate(e, EV_SIGNAL, place);
}

static void
check_event(int e)
{
	const int all = EV_TIMEOUT | EV_SIGNAL | IO_EVENTS;
	const struct ref_event *m = &ref_events[e];
	int want, have;

	want = m->due & all;
	if (m->inserted)
		want |= m->events & (EV_SIGNAL | IO_EVENTS);
	if (m->deadline >= 0)
		want |= EV_TIMEOUT;
	have = event_pending(play.events[e], (short)all, NULL);
	if (have != want)
		disagree("event %d is pending for 0x%x, not 0x%x", e, have,
			want);
	if ((active_for(e) != 0) != (m->due != 0))
		disagree("event %d is active for 0x%x, not 0x%x", e,
			active_for(e), m->due);
}

static void
check_all(void)
{
	uint64_t place = ref_next_place();

	for (int e = 0; e < N_EVENTS; e++)
		if (play.events[e]) {
			adopt_refusal(e, place);
			adopt_calls(e, place);
			check_event(e);
		}
	for (int b = 0; b < N_BASES; b++) {
		int have = event_base_get_num_events(
			play.bases[b], EVENT_BASE_COUNT_ADDED);

		if (have != ref_count_added(b))
			disagree("base %d counts %d added, not %d", b, have,
				ref_count_added(b));
	}
}

/* What a set is told of a slot, as far as it can matter. */
static uint32_t
told_of(int base, int slot, uint32_t want)
{
	const struct sim_watch *watch = sim_set_find(play.sets[base], FD(slot));

	return watch && (want || !(watch->is_ghost || watch->is_refused))
		       ? watch->interest
		       : 0;
}

static int
is_plain(int base, int slot)
{
	return sim_file(FD(slot)) && !ref_bases[base].numbers[slot].is_stale;
}

static void
check_told(int base)
{
	for (int slot = 0; slot < N_SLOTS; slot++) {
		uint32_t want = ref_sum(base, slot);

		if (is_plain(base, slot) && told_of(base, slot, want) != want)
			disagree("the wait begins, and of slot %d the backend "
				 "was told 0x%x, not 0x%x",
				slot, told_of(base, slot, want), want);
	}
}

static int
has_stale(int base)
{
	for (int slot = 0; slot < N_SLOTS; slot++)
		if (ref_bases[base].numbers[slot].is_stale)
			return 1;
	return 0;
}

static void
check_timeout(int base, int64_t timeout)
{
	int64_t next = ref_next_deadline(base), right;

	if (play.run.flags & EVLOOP_NONBLOCK || ref_count_due(base))
		right = 0;
	else if (next == SIM_NEVER)
		right = -1;
	else
		right = next > sim_now ? next - sim_now : 0;
	if (timeout == right)
		return;
	/* Looking once more is no harm. */
	if (timeout == 0 && (play.run.calls > 0 || has_stale(base)))
		return;
	disagree("the wait is for %lld ns, not %lld", (long long)timeout,
		(long long)right);
}

/* --- hooks of the kernel -------------------------------------------------*/

static void play_one(const struct operation *op);

/* The next of those that wait for WHEN, and what is joined to it. */
static void
play_group(enum when when)
{
	struct queue *queue = &play.queues[when];

	while (queue->first < queue->end) {
		play_one(queue->ops[queue->first++]);
		check_all();
		if (queue->first == queue->end ||
			!queue->ops[queue->first]->joined)
			break;
	}
}

static void
play_others(enum when when)
{
	if (!play.threads)
		return;
	play.thread = OTHER_THREAD;
	play_group(when);
	play.thread = LOOP_THREAD;
}

static void
on_wait(struct sim_set *set, int64_t timeout_ns)
{
	if (play.run.base < 0 || play.sets[play.run.base] != set)
		disagree("a base waits whose loop does not run");
	play.progress->turns++;
	if (++play.run.waits > WAITS_MAX)
		disagree("the loop spins");
	check_all(); /* what the settling before has refused */
	check_told(play.run.base);
	check_timeout(play.run.base, timeout_ns);
	play.run.is_odd = has_stale(play.run.base);
	ref_begin_wait(play.run.base);
}

static void
on_meanwhile(struct sim_set *set)
{
	(void)set;
	play_others(MEAN);
}

/* The loop of BASE is to hear of a signal. */
static int
has_signal(int base)
{
	for (int i = 0; i < N_SIGNALS; i++) {
		const struct ref_number *number =
			&ref_bases[base].numbers[N_SLOTS + i];

		if (number->raised && !number->is_lost)
			return 1;
	}
	return 0;
}

static void
on_sleep(struct sim_set *set, int64_t until)
{
	int base = play.run.base;

	if (play.run.broke || has_stale(base))
		return;
	if (ref_count_due(base))
		disagree("the loop sleeps on though something is due");
	if (ref_next_deadline(base) < until)
		disagree("the loop sleeps on past a deadline");
	if (ref_is_empty(base))
		disagree("the loop sleeps on though nothing is left");
	if (has_signal(base))
		disagree("the loop sleeps on and does not hear of a signal");
	for (int slot = 0; slot < N_SLOTS; slot++) {
		uint32_t want = ref_sum(base, slot) & SIM_ANY;

		if (sim_file(FD(slot)) && want & ~told_of(base, slot, want))
			disagree("the loop sleeps on and does not see slot %d",
				slot);
		if (!want && set->kind == SIM_PINNING && told_of(base, slot, 0))
			disagree("the loop sleeps on and holds slot %d", slot);
	}
}

static void
on_stuck(struct sim_set *set)
{
	on_sleep(set, SIM_NEVER);
	if (play.threads)
		play.thread = OTHER_THREAD;
	event_base_loopbreak(play.bases[play.run.base]);
	play.thread = LOOP_THREAD;
	play.run.broke = 1;
}

static void
on_report(struct sim_set *set, const struct sim_watch *watch, uint32_t mask)
{
	int slot = watch->fd - FD(0);
	struct ref_number *number;

	if (slot < 0 || slot >= N_SLOTS)
		return;
	number = &ref_bases[play.run.base].numbers[slot];
	if (watch == &set->ended || watch->is_ghost ||
		(watch->file && watch->file != sim_file(watch->fd))) {
		play.run.is_odd = 1;
		return;
	}
	/* Whether it is about those who wait now depends on who was refused. */
	if (watch->is_refused)
		play.run.is_odd = 1;
	else if (watch->told >= number->since)
		number->must |= mask;
	if (watch->is_refused || watch->told >= number->since)
		number->may |= mask;
}

static int
has_strays(int base)
{
	for (int slot = 0; slot < N_SLOTS; slot++)
		if (ref_bases[base].numbers[slot].may & ~ref_sum(base, slot))
			return 1;
	return 0;
}

static void
on_wait_end(struct sim_set *set)
{
	(void)set;
	play_others(LATE);
	play.run.strays = has_strays(play.run.base) ? play.run.strays + 1 : 0;
	play.run.is_odd |= has_stale(play.run.base);
	play.run.is_fresh = 1;
}

static int
base_of(const struct sim_set *set)
{
	int base = 0;

	while (play.sets[base] != set)
		base++;
	return base;
}

static void
on_refuse(struct sim_set *set, int fd)
{
	play.refusals++;
	ref_refuse(base_of(set), fd - FD(0));
}

/* What came before may not be told any more; what comes now will be. */
static void
begin_signals_anew(int base)
{
	for (int i = 0; i < N_SIGNALS; i++) {
		struct ref_number *number =
			&ref_bases[base].numbers[N_SLOTS + i];

		number->is_lost = number->raised > 0;
	}
}

/* That is dear, and changes how ends are told. */
static void
on_reopen(struct sim_set *set)
{
	begin_signals_anew(base_of(set));
	if (set->is_inherited)
		return;
	if (play.run.is_fresh && set == play.sets[play.run.base] &&
		!play.run.is_odd && play.run.strays < STRAYS_MAX)
		disagree("the set is built anew, and there is no ghost");
}

static void
on_broken(const char *rule)
{
	disagree("the contract is broken: %s", rule);
}

static void
adopt(int e, uint64_t place)
{
	const struct ref_event *m = &ref_events[e];
	const struct ref_number *number = number_of(e);
	int wanted = m->events & IO_EVENTS;
	int have = active_for(e), news = have & ~m->due & IO_EVENTS;

	if (news & ~(number->is_stale ? wanted : (int)number->may & wanted))
		disagree("event %d is active for 0x%x, which nobody reported "
			 "of its file",
			e, news);
	if (!number->is_stale && (int)number->must & wanted & ~have)
		disagree("event %d is not active for 0x%x, which was reported",
			e, (int)number->must & wanted & ~have);
	if (have & ~m->due)
		ref_activate(e, have, place);
}

/*
 * Signals are told all at once, or none of them.  How often one of a base that
 * was opened anew is told, is known no better than that.
 */
static int
hears_signals(int base)
{
	for (int e = 0; e < N_EVENTS; e++)
		if (play.events[e] && ref_base_of(e) == base &&
			ref_is_signal(e) && active_for(e) & ~ref_events[e].due)
			return 1;
	return 0;
}

static void
adopt_signal(int e, uint64_t place)
{
	struct ref_event *m = &ref_events[e];
	const struct ref_number *number = number_of(e);
	int have = active_for(e);

	if (have & ~m->due && !number->raised)
		disagree(
			"event %d is active for a signal that did not come", e);
	if (!have && number->raised && !number->is_lost)
		disagree("event %d is not active for a signal that came", e);
	if (!have || !number->raised)
		return;
	m->calls += number->raised;
	m->is_vague |= number->is_lost;
	ref_activate(e, have, place);
}

/* E was due already, so that nobody can see whether it heard. */
static void
suppose_signal(int e)
{
	struct ref_event *m = &ref_events[e];
	struct ref_number *number = &ref_bases[ref_base_of(e)].numbers[m->slot];

	if (!m->due || !number->raised)
		return;
	m->calls += number->raised;
	m->is_vague = number->is_lost = 1;
}

static void
adopt_signals(int base, uint64_t place)
{
	int heard = hears_signals(base);

	for (int e = 0; e < N_EVENTS; e++) {
		if (!play.events[e] || ref_base_of(e) != base ||
			!ref_is_signal(e) || !ref_events[e].inserted)
			continue;
		if (heard)
			adopt_signal(e, place);
		else
			suppose_signal(e);
	}
	for (int i = 0; heard && i < N_SIGNALS; i++)
		ref_bases[base].numbers[N_SLOTS + i].raised = 0;
}

/*
 * With deadlines about, the loop reads its clock for them now.  Without, it
 * may be anybody who asks first, and that is left to nobody.
 */
static void
fix_turn_time(void)
{
	struct timeval tv;

	if (ref_next_deadline(play.run.base) == SIM_NEVER)
		event_base_gettimeofday_cached(play.bases[play.run.base], &tv);
}

/* Reports are with their events, deadlines not yet. */
static void
on_check(struct evwatch *watcher, const struct evwatch_check_cb_info *info,
	void *arg)
{
	uint64_t place = ref_next_place();

	(void)watcher, (void)info, (void)arg;
	for (int e = 0; e < N_EVENTS; e++)
		if (play.events[e] && ref_base_of(e) == play.run.base &&
			ref_events[e].inserted && ref_events[e].slot >= 0 &&
			!ref_is_signal(e))
			adopt(e, place);
	adopt_signals(play.run.base, place);
	check_all();
	play.run.is_fresh = 0;
	fix_turn_time();
	ref_end_wait(play.run.base);
}

static const struct sim_hooks hooks = {
	.begins = on_wait,
	.meanwhile = on_meanwhile,
	.sleeps = on_sleep,
	.is_stuck = on_stuck,
	.reports = on_report,
	.ends = on_wait_end,
	.refuses = on_refuse,
	.reopens = on_reopen,
	.is_broken = on_broken,
};

/* --- what a program does -------------------------------------------------*/

/* Its turn has come, and not that of another one. */
static void
check_order(int e)
{
	const struct ref_event *m = &ref_events[e];
	const struct ref_base *base = &ref_bases[ref_base_of(e)];

	if (m->level != ref_most_urgent(play.run.base))
		disagree("event %d is called before one more urgent", e);
	if (play.run.flags & EVLOOP_NONBLOCK &&
		(m->level != base->level || base->interrupted))
		disagree("event %d is called in another's pass", e);
	if (ref_before(e) >= 0)
		disagree(
			"event %d is called before event %d", e, ref_before(e));
}

/* What a break leaves over of a signal's calls is for the next loop. */
static void
keep_calls(int e)
{
	const struct ref_event *m = &ref_events[e];

	if (play.run.broke && m->calls > 0 && !m->is_vague)
		ref_activate(e, EV_SIGNAL, ref_next_place());
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	int e = (int)((struct event **)arg - play.events);
	struct ref_event *m = &ref_events[e];
	int again = !m->due && m->calls > 0;
	int calls = m->events & EV_PERSIST ? m->calls : 0;

	(void)fd;
	play.run.calls++;
	if (!m->exists || !(m->due || again))
		disagree("event %d is called though it is not due", e);
	if (ref_base_of(e) != play.run.base)
		disagree("event %d is called in another's loop", e);
	if (what != (again ? EV_SIGNAL : m->due))
		disagree("event %d is called for 0x%x, not 0x%x", e, what,
			m->due);
	if (!again) {
		check_order(e);
		ref_run(e);
	}
	m->calls = calls > 0 ? calls - 1 : 0;
	check_all();
	play.run.called = e;
	play_group(CALL);
	play.run.called = -1;
	keep_calls(e);
}

/* Nothing comes of them where nobody listens. */
static const int signals[N_SIGNALS] = {SIGURG, SIGWINCH};

static evutil_socket_t
number_for(int slot)
{
	if (slot < 0)
		return -1;
	return slot < N_SLOTS ? FD(slot) : signals[slot - N_SLOTS];
}

static void
make(int e, int slot, int events, int level)
{
	struct event_base *base = play.bases[ref_base_of(e)];

	if (play.events[e] || slot >= N_SLOTS + N_SIGNALS)
		return;
	if (slot < 0)
		events &= EV_PERSIST;
	else if (slot >= N_SLOTS)
		events = EV_SIGNAL | (events & EV_PERSIST);
	else if (!(events & IO_EVENTS))
		return;
	play.events[e] = event_new(base, number_for(slot), (short)events,
		on_event, &play.events[e]);
	if (!play.events[e] || event_priority_set(play.events[e], level) < 0)
		disagree("event %d cannot be made", e);
	ref_make(e, slot < 0 ? -1 : slot, events, level);
}

/* An add may fail where its number is closed or refused, and only there. */
static void
check_failure(int e, int inserts, int refused)
{
	const struct ref_event *m = &ref_events[e];

	if (!inserts || ref_is_signal(e) || (sim_file(FD(m->slot)) && !refused))
		disagree("event %d cannot be added", e);
}

/* Who waits is told afterwards, and a child of its parent's set nothing. */
static int
is_told_at_once(int base)
{
	return !play.sets[base]->is_waiting && !play.sets[base]->is_inherited;
}

static void
add(int e, const struct timeval *tv, int64_t duration)
{
	const struct ref_event *m = &ref_events[e];
	int inserts = m->slot >= 0 && !m->inserted;
	int is_io = inserts && !ref_is_signal(e);
	uint32_t sum = is_io ? ref_sum(ref_base_of(e), m->slot) : 0;
	struct ref_number before = {.since = 0};
	int refusals = play.refusals;
	uint64_t told = sim_tells;

	if (is_io)
		before = *number_of(e);
	if (event_add(play.events[e], tv) < 0) {
		check_failure(e, inserts, play.refusals != refusals);
		/* A second time was about those that were there before. */
		if (play.refusals <= refusals + 1)
			ref_bases[ref_base_of(e)].numbers[m->slot] = before;
		return;
	}
	if (is_io && play.refusals != refusals)
		disagree("event %d waits for a number that was refused", e);
	if (is_io && !sim_file(FD(m->slot)) && !sum &&
		is_told_at_once(ref_base_of(e)))
		disagree("event %d waits for a number that is closed", e);
	if (inserts)
		ref_insert(e, told, sum);
	if (tv)
		ref_set_timeout(e, duration);
}

static struct timeval
timeval_of(int ms)
{
	return (struct timeval){
		(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
}

static void
add_plain(int e, int ms)
{
	struct timeval tv = timeval_of(ms);

	if (ref_is_signal(e) || (ms < 0 && ref_events[e].slot >= 0))
		add(e, NULL, 0);
	else
		add(e, &tv, ms < 0 ? 0 : ms * MS);
}

static void
add_like(int e, int ms)
{
	struct timeval tv = timeval_of(ms);

	if (ref_is_signal(e))
		return;
	add(e, event_base_init_common_timeout(play.bases[ref_base_of(e)], &tv),
		ms * MS);
}

/* An end that another thread makes in a wait is told after it. */
static void
note_end(int e)
{
	int base = ref_base_of(e), slot = ref_events[e].slot;

	if (slot >= 0 && !ref_sum(base, slot))
		ref_bases[base].numbers[slot].is_late |=
			play.sets[base]->is_waiting;
}

static void
unmake(int e)
{
	event_free(play.events[e]);
	play.events[e] = NULL;
	ref_remove(e);
	note_end(e);
	ref_events[e].exists = 0;
}

static void
del(int e)
{
	if (event_del(play.events[e]) < 0)
		disagree("event %d cannot be removed", e);
	ref_remove(e);
	note_end(e);
}

static void
untime(int e)
{
	if (event_remove_timer(play.events[e]) < 0)
		disagree("event %d keeps its timer", e);
	ref_events[e].deadline = ref_events[e].interval = -1;
}

static void
activate(int e, int what)
{
	if (ref_is_signal(e)) /* how often is for those that came */
		return;
	event_active(play.events[e], what, 1);
	ref_activate(e, what, ref_next_place());
}

static void
set_level(int e, int level)
{
	int result = event_priority_set(play.events[e], level);

	if ((result < 0) != (ref_events[e].due != 0))
		disagree("event %d: priority set: %d", e, result);
	if (result == 0)
		ref_events[e].level = level;
}

/* A close has to be one, at once, for whoever is at the other end. */
static void
check_not_held(int slot)
{
	struct sim_file *file = sim_file(FD(slot));

	for (int b = 0; file && b < N_BASES; b++)
		if (play.sets[b]->kind == SIM_PINNING && !ref_sum(b, slot) &&
			!play.sets[b]->is_inherited &&
			!ref_bases[b].numbers[slot].is_late &&
			!play.sets[b]->is_waiting && told_of(b, slot, 0))
			disagree("slot %d is closed, and the backend holds it",
				slot);
}

static void
close_slot(int slot)
{
	check_not_held(slot);
	sim_close(FD(slot));
	ref_close(slot);
}

static void
finish(int slot, int base)
{
	const struct ev_core_ops *core = ev_core_table(EV_CORE_ABI);

	check_not_held(slot);
	if (sim_file(FD(slot)) &&
		core->close_fd(play.bases[base], FD(slot)) < 0)
		disagree("slot %d cannot be closed", slot);
	ref_close(slot);
}

static void
open_slot(int slot, uint32_t state)
{
	close_slot(slot);
	sim_open_at(FD(slot), state);
}

static void
restore(int slot, int place)
{
	if (!sim_file(PLACE(place)))
		return;
	close_slot(slot);
	sim_dup(PLACE(place), FD(slot));
}

static void
change(const int *args, int64_t at)
{
	struct sim_file *file = sim_file(FD(args[0]));

	if (file && at == sim_now)
		sim_change(file, (uint32_t)args[1], (uint32_t)args[2]);
	else if (file)
		sim_change_later(
			file, (uint32_t)args[1], (uint32_t)args[2], at);
}

static void
break_loop(int base)
{
	struct running *run = &play.run;

	event_base_loopbreak(play.bases[base]);
	while (run && run->base != base)
		run = run->outer;
	if (run)
		run->broke = 1;
}

static int
is_running(int base)
{
	for (const struct running *run = &play.run; run; run = run->outer)
		if (run->base == base)
			return 1;
	return 0;
}

/*
 * In a child, who runs a base's loop opens it anew: a thread that was made since
 * would find a loop that, for all it knows, stayed behind in the parent.
 */
static void
reinit(int base)
{
	int busy = play.sets[base]->is_waiting;

	if (play.sets[base]->is_inherited && is_running(base) &&
		play.thread != LOOP_THREAD)
		return;
	if ((event_reinit(play.bases[base]) < 0) != busy)
		disagree("base %d: it is %d that a wait goes on, and reinit "
			 "says something else",
			base, busy);
}

/* Whoever waits is in another thread, and does not come along. */
static int
is_anybody_waiting(void)
{
	for (int b = 0; b < N_BASES; b++)
		if (play.sets[b]->is_waiting)
			return 1;
	return 0;
}

/* As the core sees it: a fork was counted, and the sets are the parent's. */
static void
begin_child(void)
{
	if (is_anybody_waiting())
		return;
	fork_generation++;
	sim_sets_inherit();
	for (int b = 0; b < N_BASES; b++)
		for (int i = 0; i < N_SIGNALS; i++)
			ref_bases[b].numbers[N_SLOTS + i].is_lost = 1;
}

/* --- the loop ------------------------------------------------------------*/

static void
check_result(int base, int was_empty, int result)
{
	int dry = was_empty;

	if (!(play.run.flags & EVLOOP_NONBLOCK) && !play.run.calls &&
		!play.run.broke)
		dry = ref_is_empty(base);
	if (result != dry)
		disagree("the loop returned %d, not %d", result, dry);
}

static void
check_calls(int e)
{
	struct ref_event *m = &ref_events[e];

	if (m->due || !m->calls)
		return;
	if (!m->is_vague)
		disagree("event %d is called %d times less than its signal "
			 "came",
			e, m->calls);
	m->calls = m->is_vague = 0;
}

static void
check_left(int base)
{
	const struct ref_base *m = &ref_bases[base];

	if (play.run.broke || m->level < 0)
		return;
	for (int e = 0; e < N_EVENTS; e++) {
		if (!play.events[e] || ref_base_of(e) != base)
			continue;
		check_calls(e);
		if (!ref_events[e].due)
			continue;
		if (!(play.run.flags & EVLOOP_NONBLOCK) ||
			(ref_events[e].level == m->level && !m->interrupted))
			disagree("event %d was due and was not called", e);
	}
}

/* A loop is refused within itself; that of another base is not. */
static void
turn(int base, int block, int seed)
{
	struct running outer = play.run;
	int flags = block ? EVLOOP_ONCE : EVLOOP_NONBLOCK;
	int was_empty = ref_is_empty(base), result;
	uint32_t mischief = sim_mischief((uint32_t)seed);

	if (is_running(base)) {
		result = event_base_loop(play.bases[base], flags);
		if (result != -1)
			disagree("base %d runs within itself", base);
	} else {
		play.run = (struct running){.base = base,
			.outer = &outer,
			.flags = flags,
			.called = -1};
		result = event_base_loop(play.bases[base], flags);
		check_result(base, was_empty, result);
		check_left(base);
		ref_bases[base].level = -1;
		play.run = outer;
	}
	sim_mischief(mischief);
}

/* An end waits for a callback that runs in another thread, which is to go on. */
static int
would_wait(const struct operation *op)
{
	const struct running *run = &play.run;

	if (play.thread == LOOP_THREAD || (op->verb != FREE && op->verb != DEL))
		return 0;
	while (run && run->called != op->args[0])
		run = run->outer;
	return run != NULL;
}

/* --- a whole program -----------------------------------------------------*/

static void
play_on_event(const struct operation *op)
{
	int e = op->args[0];

	switch (op->verb) {
	case FREE:
		unmake(e);
		break;
	case ADD:
		add_plain(e, op->args[1]);
		break;
	case ADD_LIKE:
		add_like(e, op->args[1]);
		break;
	case DEL:
		del(e);
		break;
	case UNTIME:
		untime(e);
		break;
	case ACTIVATE:
		activate(e, op->args[1]);
		break;
	case LEVEL:
		set_level(e, op->args[1]);
		break;
	default:
		break;
	}
}

static void
play_one(const struct operation *op)
{
	const int *args = op->args;

	switch (op->verb) {
	case MAKE:
		make(args[0], args[1], args[2], args[3]);
		break;
	case CHANGE:
		change(args, sim_now);
		break;
	case CHANGE_LATER:
		change(args, sim_now + args[3] * MS);
		break;
	case CLOSE:
		close_slot(args[0]);
		break;
	case FINISH:
		finish(args[0], args[1]);
		break;
	case OPEN:
		open_slot(args[0], (uint32_t)args[1]);
		break;
	case KEEP:
		sim_dup(FD(args[0]), PLACE(args[1]));
		break;
	case RESTORE:
		restore(args[0], args[1]);
		break;
	case LET_GO:
		sim_close(PLACE(args[0]));
		break;
	case REFUSE:
		play.sets[args[1]]->refuses[FD(args[0])] = args[2];
		break;
	case RAISE:
		raise(signals[args[0]]);
		ref_raise(args[0]);
		break;
	case FORK:
		begin_child();
		break;
	case PASS:
		sim_pass(sim_now + args[0] * MS);
		break;
	case TURN:
		turn(args[0], args[1], args[2]);
		break;
	case BREAK:
		break_loop(args[0]);
		break;
	case REINIT:
		reinit(args[0]);
		break;
	default:
		if (play.events[args[0]] && !would_wait(op))
			play_on_event(op);
	}
}

static void
begin_base(int b)
{
	const char *names[] = {play.method, NULL};
	struct event_config *config = event_config_new();
	struct event_base *base;

	event_config_set_methods(config, names);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base || event_base_priority_init(base, N_LEVELS) < 0 ||
		!evwatch_check_new(base, on_check, NULL))
		disagree("no base with %s", play.method);
	play.bases[b] = base;
	play.sets[b] = sim_sets;
}

static void
begin(void)
{
	sim_start();
	sim_hooks = hooks;
	ref_start();
	memset(play.queues, 0, sizeof(play.queues));
	for (int b = 0; b < N_BASES; b++)
		begin_base(b);
	for (int slot = 0; slot < N_SLOTS; slot++)
		sim_open_at(FD(slot), slot % 2 ? EV_ON_WRITE : 0);
}

static void
end(void)
{
	for (int e = 0; e < N_EVENTS; e++)
		if (play.events[e])
			unmake(e);
	for (int b = 0; b < N_BASES; b++)
		event_base_free(play.bases[b]);
	if (sim_sets || sim_count_own())
		disagree("the library left something open");
}

void
player_init(const char *method, int threads, struct progress *progress)
{
	play.method = method;
	play.threads = threads;
	play.progress = progress;
	if (threads)
		use_threads();
}

/* Without threads, what others were to do is done by callbacks. */
static void
postpone(const struct operation *op)
{
	struct queue *queue = &play.queues[play.threads ? op->when : CALL];

	if (queue->end < QUEUE_MAX)
		queue->ops[queue->end++] = op;
}

void
player_run(const struct operation *program, int n)
{
	begin();
	for (int i = 0; i < n; i++) {
		play.progress->step = i;
		if (program[i].when != NOW) {
			postpone(&program[i]);
			continue;
		}
		play_one(&program[i]);
		check_all();
	}
	end();
}
