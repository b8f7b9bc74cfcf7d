/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 100 and 103 to 106: locks and conditions, the program's own and
 * the system's.
 *
 * The locks here know who holds them and that they are dead; the memory of dead
 * ones is kept, so that whoever still uses one is found out.
 */
#include "suites.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <event2/ext_loop.h>
#include <event2/thread.h>
#include <libev-abi/core.h>

#include "../support/fixture.h"
#include "../support/probe.h"
#include "../support/threads.h"

static const struct timeval at_once = {.tv_sec = 0};
static const struct timeval minute = {.tv_sec = 60};

/* --- the program's own locks ----------------------------------------------*/

struct own_lock {
	pthread_mutex_t mutex;
	atomic_int alive;
	int depth; /* the holder's */
	struct own_lock *dead;
};

static pthread_mutex_t graves_lock = PTHREAD_MUTEX_INITIALIZER;
static struct own_lock *graves;
static atomic_int locks_alive, takes, misuses;

static void
blame(int guilty)
{
	if (guilty)
		atomic_fetch_add(&misuses, 1);
}

static void *
own_alloc(unsigned type)
{
	struct own_lock *lock = calloc(1, sizeof(*lock));
	pthread_mutexattr_t attr;

	blame(type != EVTHREAD_LOCKTYPE_RECURSIVE);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock->mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	atomic_store(&lock->alive, 1);
	atomic_fetch_add(&locks_alive, 1);
	return lock;
}

static void
own_free(void *arg, unsigned type)
{
	struct own_lock *lock = arg;

	blame(type != EVTHREAD_LOCKTYPE_RECURSIVE);
	blame(!atomic_exchange(&lock->alive, 0));
	blame(pthread_mutex_destroy(&lock->mutex));
	atomic_fetch_sub(&locks_alive, 1);
	pthread_mutex_lock(&graves_lock);
	lock->dead = graves;
	graves = lock;
	pthread_mutex_unlock(&graves_lock);
}

static int
own_lock(unsigned mode, void *arg)
{
	struct own_lock *lock = arg;

	blame(mode != 0 || !atomic_load(&lock->alive));
	pthread_mutex_lock(&lock->mutex);
	lock->depth++;
	atomic_fetch_add(&takes, 1);
	return 0;
}

static int
own_unlock(unsigned mode, void *arg)
{
	struct own_lock *lock = arg;

	blame(mode != 0 || !atomic_load(&lock->alive));
	blame(lock->depth-- <= 0);
	pthread_mutex_unlock(&lock->mutex);
	return 0;
}

static const struct evthread_lock_callbacks own_locks = {
	.lock_api_version = EVTHREAD_LOCK_API_VERSION,
	.supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
	.alloc = own_alloc,
	.free = own_free,
	.lock = own_lock,
	.unlock = own_unlock,
};

static atomic_int conditions_alive, waits, signals;
static struct gate waiting = GATE_CLOSED;

static void *
own_alloc_condition(unsigned type)
{
	pthread_cond_t *cond = calloc(1, sizeof(*cond));

	blame(type != 0);
	pthread_cond_init(cond, NULL);
	atomic_fetch_add(&conditions_alive, 1);
	return cond;
}

static void
own_free_condition(void *cond)
{
	blame(pthread_cond_destroy(cond));
	free(cond);
	atomic_fetch_sub(&conditions_alive, 1);
}

static int
own_signal(void *cond, int broadcast)
{
	atomic_fetch_add(&signals, 1);
	return broadcast ? pthread_cond_broadcast(cond)
			 : pthread_cond_signal(cond);
}

/* Whoever waits has the lock once, and tells that he is here. */
static int
own_wait(void *cond, void *arg, const struct timeval *timeout)
{
	struct own_lock *lock = arg;

	blame(lock->depth != 1 || timeout);
	atomic_fetch_add(&waits, 1);
	gate_open(&waiting);
	lock->depth--;
	pthread_cond_wait(cond, &lock->mutex);
	lock->depth++;
	return 0;
}

static const struct evthread_condition_callbacks own_conditions = {
	.condition_api_version = EVTHREAD_CONDITION_API_VERSION,
	.alloc_condition = own_alloc_condition,
	.free_condition = own_free_condition,
	.signal_condition = own_signal,
	.wait_condition = own_wait,
};

static unsigned long
own_id(void)
{
	return (unsigned long)pthread_self();
}

static void
setup_own_locks(void)
{
	ck_assert_int_eq(evthread_set_lock_callbacks(&own_locks), 0);
	evthread_set_id_callback(own_id);
	fixture_setup();
}

static void
setup_own(void)
{
	ck_assert_int_eq(evthread_set_condition_callbacks(&own_conditions), 0);
	setup_own_locks();
}

static void
teardown_own(void)
{
	fixture_teardown();
	ck_assert_int_eq(atomic_load(&locks_alive), 0);
	ck_assert_int_eq(atomic_load(&conditions_alive), 0);
	ck_assert_int_eq(atomic_load(&misuses), 0);
}

/* --- a callback that is held up -------------------------------------------*/

struct held {
	struct gate entered, leave;
	atomic_int over;
};

static void
hold_up(evutil_socket_t fd, short what, void *arg)
{
	struct held *held = arg;

	(void)fd;
	(void)what;
	gate_open(&held->entered);
	gate_pass(&held->leave);
	atomic_store(&held->over, 1);
}

static struct event *
begin(struct held *held, struct loop_thread *loop)
{
	struct event *ev;

	*held = (struct held){.entered = GATE_CLOSED, .leave = GATE_CLOSED};
	ev = fixture_event(-1, 0, hold_up, held);
	event_active(ev, EV_READ, 1);
	loop_thread_start(loop, fx.base);
	ck_assert(gate_pass(&held->entered));
	return ev;
}

static void *
delete_event(void *ev)
{
	event_del(ev);
	return NULL;
}

START_TEST(b100_a_event_del_waits_with_the_programs_conditions)
{
	struct loop_thread loop;
	struct held held;
	struct event *ev = begin(&held, &loop);
	pthread_t deleters[3];
	int i;

	for (i = 0; i < 3; i++)
		deleters[i] = start_thread(delete_event, ev);
	for (i = 0; i < 3; i++)
		ck_assert(gate_pass(&waiting));
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	for (i = 0; i < 3; i++)
		join_thread(deleters[i]);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	ck_assert_int_ge(atomic_load(&signals), 1);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b100_b_nobody_is_signalled_when_nobody_waits)
{
	struct calls calls = {0};
	struct event *ev = fixture_event(-1, 0, note_call, &calls);
	int i;

	for (i = 0; i < 10; i++) {
		event_active(ev, EV_READ, 1);
		turns(1);
	}
	ck_assert_int_eq(calls.count, 10);
	ck_assert_int_eq(atomic_load(&signals), 0);
	ck_assert_int_eq(atomic_load(&waits), 0);
}
END_TEST

START_TEST(b100_c_without_conditions_event_del_cannot_wait)
{
	struct loop_thread loop;
	struct held held;
	struct event *ev = begin(&held, &loop);

	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(atomic_load(&held.over), 0);
	gate_open(&held.leave);
	loop_thread_stop(&loop);
}
END_TEST

/* --- changing them afterwards ---------------------------------------------*/

static int
lock_nothing(unsigned mode, void *lock)
{
	(void)mode;
	(void)lock;
	return 0;
}

START_TEST(b103_a_other_locks_are_refused_afterwards)
{
	struct evthread_lock_callbacks other = own_locks;
	int before;

	other.lock = lock_nothing;
	ck_assert_int_eq(evthread_set_lock_callbacks(&other), -1);
	ck_assert_int_eq(evthread_use_pthreads(), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 2);
	before = atomic_load(&takes);
	event_base_free(fixture_base(0));
	ck_assert_int_gt(atomic_load(&takes), before);
}
END_TEST

START_TEST(b103_b_the_same_locks_may_be_set_again)
{
	struct evthread_lock_callbacks same = own_locks;

	ck_assert_int_eq(evthread_set_lock_callbacks(&own_locks), 0);
	ck_assert_int_eq(evthread_set_lock_callbacks(&same), 0);
	ck_assert_int_eq(evthread_set_condition_callbacks(&own_conditions), 0);
}
END_TEST

START_TEST(b103_c_other_conditions_are_refused_afterwards)
{
	struct evthread_condition_callbacks other = own_conditions;

	other.free_condition = free;
	ck_assert_int_eq(evthread_set_condition_callbacks(&other), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
}
END_TEST

START_TEST(b103_d_locks_are_refused_after_those_of_the_system)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(evthread_set_lock_callbacks(&own_locks), -1);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	event_base_free(fixture_base(0));
	ck_assert_int_eq(atomic_load(&takes), 0);
}
END_TEST

START_TEST(b103_e_incomplete_tables_are_refused)
{
	struct evthread_lock_callbacks locks[5];
	struct evthread_condition_callbacks conditions[5];
	int i;

	for (i = 0; i < 5; i++) {
		locks[i] = own_locks;
		conditions[i] = own_conditions;
	}
	locks[0].lock_api_version++;
	locks[1].alloc = NULL;
	locks[2].free = NULL;
	locks[3].lock = NULL;
	locks[4].unlock = NULL;
	conditions[0].condition_api_version++;
	conditions[1].alloc_condition = NULL;
	conditions[2].free_condition = NULL;
	conditions[3].signal_condition = NULL;
	conditions[4].wait_condition = NULL;
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(evthread_set_lock_callbacks(&locks[i]), -1);
		ck_assert_int_eq(
			evthread_set_condition_callbacks(&conditions[i]), -1);
	}
	messages_take(EVENT_LOG_WARN);
}
END_TEST

START_TEST(b103_f_locks_that_exist_work_on_when_threads_go_off)
{
	struct loop_thread loop;
	struct held held;
	struct event *ev = begin(&held, &loop);
	pthread_t deleter;

	ck_assert_int_eq(evthread_set_condition_callbacks(NULL), 0);
	ck_assert_int_eq(evthread_set_lock_callbacks(NULL), 0);
	ck_assert_int_eq(messages_take(EVENT_LOG_WARN), 1);
	deleter = start_thread(delete_event, ev);
	ck_assert(gate_pass(&waiting));
	gate_open(&held.leave);
	join_thread(deleter);
	loop_thread_stop(&loop);
}
END_TEST

/* --- a base without a lock ------------------------------------------------*/

static void
final(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
}

/* Calls of every kind, from one thread. */
static void
use_everything(struct event_base *base)
{
	struct calls calls = {0};
	struct event *ev = event_new(base, fx.fd, EV_READ, note_call, &calls);

	event_add(ev, &at_once);
	event_active(ev, EV_READ, 1);
	event_pending(ev, EV_READ, NULL);
	event_base_once(base, -1, EV_TIMEOUT, note_call, &calls, NULL);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	event_add(ev, &minute);
	event_del(ev);
	event_base_loopexit(base, NULL);
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	event_base_stop(base);
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
	event_free_finalize(0, ev, final);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(calls.count, 2);
}

START_TEST(b104_base_without_lock_is_never_locked)
{
	struct event_base *base;
	int before = atomic_load(&takes);

	base = fixture_base(EVENT_BASE_FLAG_NOLOCK);
	use_everything(base);
	event_base_free(base);
	ck_assert_int_eq(atomic_load(&takes), before);
	use_everything(fx.base);
	ck_assert_int_gt(atomic_load(&takes), before);
}
END_TEST

START_TEST(bug10_no_lock_is_used_after_its_end)
{
	struct event_base *base;
	struct event *evs[3];
	struct loop_thread loop;
	int round, i;

	for (round = 0; round < 50; round++) {
		base = fixture_base(0);
		for (i = 0; i < 3; i++) {
			evs[i] = event_new(
				base, fx.fd, EV_READ, note_call, NULL);
			event_add(evs[i], &minute);
		}
		event_base_once(base, -1, EV_TIMEOUT, note_call, NULL, &minute);
		event_free(evs[0]);
		event_free_finalize(0, evs[1], final);
		loop_thread_start(&loop, base);
		loop_thread_stop(&loop);
		event_base_free(base);
		event_free(evs[2]);
	}
	ck_assert_int_eq(atomic_load(&locks_alive), 1);
}
END_TEST

/* --- checked locks --------------------------------------------------------*/

static const struct ev_core_ops *
core(void)
{
	const struct ev_core_ops *ops = ev_core_table(EV_CORE_ABI);

	ck_assert_ptr_nonnull(ops);
	return ops;
}

static void
setup_checked(void)
{
	evthread_enable_lock_debugging();
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	fixture_setup();
}

static void
setup_own_checked(void)
{
	evthread_enable_lock_debugging();
	setup_own();
}

/* The fixture finds nobody to blame. */
START_TEST(b105_a_proper_use_is_not_blamed)
{
	struct loop_thread loop;
	struct held held;
	struct event *ev;
	pthread_t deleter;

	use_everything(fx.base);
	ev = begin(&held, &loop);
	deleter = start_thread(delete_event, ev);
	gate_open(&held.leave);
	join_thread(deleter);
	ck_assert_int_eq(atomic_load(&held.over), 1);
	loop_thread_stop(&loop);
}
END_TEST

START_TEST(b105_b_lock_has_to_be_held_to_be_given_up)
{
	void *lock = core()->lock_new(1);

	ck_assert_ptr_nonnull(lock);
	core()->unlock(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	core()->lock(lock);
	core()->lock(lock);
	core()->unlock(lock);
	core()->unlock(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
	core()->unlock(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_eq(messages_take(EVENT_LOG_ERR), 2);
	core()->lock_free(lock);
}
END_TEST

static void *
give_up(void *lock)
{
	core()->unlock(lock);
	return NULL;
}

START_TEST(b105_c_only_its_holder_gives_a_lock_up)
{
	void *lock = core()->lock_new(1);

	core()->lock(lock);
	join_thread(start_thread(give_up, lock));
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_eq(messages_take(EVENT_LOG_ERR), 1);
	core()->unlock(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
	core()->lock_free(lock);
}
END_TEST

START_TEST(b105_d_lock_that_is_held_is_not_destroyed)
{
	void *lock = core()->lock_new(1);

	core()->lock(lock);
	core()->lock_free(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 1);
	ck_assert_int_eq(messages_take(EVENT_LOG_ERR), 1);
	core()->unlock(lock);
	core()->lock_free(lock);
	ck_assert_int_eq(messages_take(MESSAGE_FATAL), 0);
}
END_TEST

/* --- priority inheritance -------------------------------------------------*/

START_TEST(b106_a_inheritance_is_asked_for_by_a_flag)
{
	struct loop_thread loop;
	struct gate called = GATE_CLOSED;
	struct event_base *base;
	int i;

	if (!probe_priority_is_lent())
		return;
	ck_assert_int_eq(evthread_use_pthreads_with_flags(0x40), -1);
	ck_assert_int_eq(
		evthread_use_pthreads_with_flags(EVTHREAD_PTHREAD_PRIO_INHERIT),
		0);
	base = fixture_base(0);
	loop_thread_start(&loop, base);
	for (i = 0; i < 100; i++) {
		event_base_once(
			base, -1, EV_TIMEOUT, open_gate, &called, &at_once);
		ck_assert(gate_pass(&called));
	}
	loop_thread_stop(&loop);
	event_base_free(base);
}
END_TEST

#ifdef __linux__
struct contender {
	void *lock;
	int priority;
	struct gate ready, go;
	long thread;
	int refused;
};

static int
become_urgent(struct contender *me)
{
	struct sched_param param = {.sched_priority = me->priority};

	me->thread = syscall(SYS_gettid);
	me->refused = sched_setscheduler(0, SCHED_FIFO, &param) < 0;
	return !me->refused;
}

static void *
contend(void *arg)
{
	struct contender *me = arg;

	if (!become_urgent(me)) {
		gate_open(&me->ready);
		return NULL;
	}
	core()->lock(me->lock);
	gate_open(&me->ready);
	gate_pass(&me->go);
	core()->unlock(me->lock);
	return NULL;
}

/* The priority that the kernel runs a thread at; 0 if it does not tell. */
static int
priority_of(long thread)
{
	char path[64], text[512], *at;
	FILE *file;
	size_t size;
	int priority = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", thread);
	file = fopen(path, "r");
	if (!file)
		return 0;
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	at = strrchr(text, ')');
	if (at)
		sscanf(at,
			") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u"
			" %*u %*d %*d %d",
			&priority);
	return -1 - priority;
}

/* Only where this program may have threads of such priorities. */
START_TEST(b106_b_holder_runs_at_the_priority_of_a_waiter)
{
	struct contender low = {
		.priority = 10, .ready = GATE_CLOSED, .go = GATE_CLOSED};
	struct contender high = {
		.priority = 20, .ready = GATE_CLOSED, .go = GATE_CLOSED};
	int64_t since = clock_real_ns();
	pthread_t threads[2];

	if (!probe_priority_is_lent())
		return;
	ck_assert_int_eq(
		evthread_use_pthreads_with_flags(EVTHREAD_PTHREAD_PRIO_INHERIT),
		0);
	low.lock = high.lock = core()->lock_new(1);
	threads[0] = start_thread(contend, &low);
	ck_assert(gate_pass(&low.ready));
	if (!low.refused) {
		gate_open(&high.go);
		threads[1] = start_thread(contend, &high);
		while (priority_of(low.thread) != 20 &&
			clock_ms_since(since) < 15000)
			sched_yield();
		ck_assert_int_eq(priority_of(low.thread), 20);
		gate_open(&low.go);
		join_thread(threads[1]);
	}
	join_thread(threads[0]);
	core()->lock_free(low.lock);
}
END_TEST
#endif

static TCase *
own_case(void)
{
	TCase *tcase = tcase_create("own_locks");

	tcase_add_checked_fixture(tcase, setup_own, teardown_own);
	tcase_add_test(
		tcase, b100_a_event_del_waits_with_the_programs_conditions);
	tcase_add_test(tcase, b100_b_nobody_is_signalled_when_nobody_waits);
	tcase_add_test(tcase, b103_a_other_locks_are_refused_afterwards);
	tcase_add_test(tcase, b103_b_the_same_locks_may_be_set_again);
	tcase_add_test(tcase, b103_c_other_conditions_are_refused_afterwards);
	tcase_add_test(
		tcase, b103_f_locks_that_exist_work_on_when_threads_go_off);
	tcase_add_test(tcase, b104_base_without_lock_is_never_locked);
	tcase_add_test(tcase, bug10_no_lock_is_used_after_its_end);
	return tcase;
}

static TCase *
own_locks_alone_case(void)
{
	TCase *tcase = tcase_create("own_locks_alone");

	tcase_add_checked_fixture(tcase, setup_own_locks, teardown_own);
	tcase_add_test(tcase, b100_c_without_conditions_event_del_cannot_wait);
	return tcase;
}

static TCase *
checked_case(const char *name, void (*setup)(void), void (*teardown)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, b105_a_proper_use_is_not_blamed);
	tcase_add_test(tcase, b105_b_lock_has_to_be_held_to_be_given_up);
	tcase_add_test(tcase, b105_c_only_its_holder_gives_a_lock_up);
	tcase_add_test(tcase, b105_d_lock_that_is_held_is_not_destroyed);
	return tcase;
}

static TCase *
system_case(void)
{
	TCase *tcase = tcase_create("system_locks");

	tcase_add_checked_fixture(
		tcase, fixture_setup_bare, fixture_teardown_bare);
	tcase_add_test(
		tcase, b103_d_locks_are_refused_after_those_of_the_system);
	tcase_add_test(tcase, b106_a_inheritance_is_asked_for_by_a_flag);
#ifdef __linux__
	tcase_add_test(tcase, b106_b_holder_runs_at_the_priority_of_a_waiter);
#endif
	return tcase;
}

static TCase *
no_locks_case(void)
{
	TCase *tcase = tcase_create("no_locks");

	tcase_add_checked_fixture(
		tcase, fixture_setup_bare, fixture_teardown_bare);
	tcase_add_test(tcase, b103_e_incomplete_tables_are_refused);
	return tcase;
}

/* Own locks only where the system's are not on already. */
Suite *
suite_locks(void)
{
	Suite *suite = suite_create("locks");

	if (!test_threads()) {
		suite_add_tcase(suite, own_case());
		suite_add_tcase(suite, own_locks_alone_case());
		suite_add_tcase(
			suite, checked_case("own_locks_checked",
				       setup_own_checked, teardown_own));
	}
	suite_add_tcase(suite, no_locks_case());
	suite_add_tcase(suite, system_case());
	suite_add_tcase(suite,
		checked_case("checked_locks", setup_checked, fixture_teardown));
	return suite;
}
