/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole public API of libev-core, named once: every function with its
 * exact type, every constant with its value, and every macro in use.
 *
 * That it compiles proves types and values; that it links, that each function
 * is exported; that it runs, that the macros do what their names say.  Only
 * public headers are included.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <event.h>
#include <evutil.h>
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/ext_backend.h>
#include <event2/ext_inspect.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <event2/visibility.h>
#include <event2/watch.h>

#include "api.h"

/* --- functions -----------------------------------------------------------*/

static void
take_process_functions(void)
{
	TAKE(const char *, event_get_version, (void));
	TAKE(ev_uint32_t, event_get_version_number, (void));
	TAKE(void, event_set_mem_functions,
		(void *(*)(size_t), void *(*)(void *, size_t),
			void (*)(void *)));
	TAKE(void, event_set_log_callback, (event_log_cb));
	TAKE(void, event_enable_debug_logging, (ev_uint32_t));
	TAKE(void, event_set_fatal_callback, (event_fatal_cb));
	TAKE(void, event_enable_debug_mode, (void));
	TAKE(void, event_debug_unassign, (struct event *));
	TAKE(void, libevent_global_shutdown, (void));
}

static void
take_config_functions(void)
{
	TAKE(struct event_config *, event_config_new, (void));
	TAKE(void, event_config_free, (struct event_config *));
	TAKE(int, event_config_avoid_method,
		(struct event_config *, const char *));
	TAKE(int, event_config_require_features, (struct event_config *, int));
	TAKE(int, event_config_set_flag, (struct event_config *, int));
	TAKE(int, event_config_set_num_cpus_hint, (struct event_config *, int));
	TAKE(int, event_config_set_max_dispatch_interval,
		(struct event_config *, const struct timeval *, int, int));
	TAKE(int, event_config_set_methods,
		(struct event_config *, const char *const *));
	TAKE(int, event_backend_foreach,
		(int (*)(const struct event_backend_info *, void *), void *));
}

static void
take_base_functions(void)
{
	TAKE(struct event_base *, event_base_new, (void));
	TAKE(struct event_base *, event_base_new_with_config,
		(const struct event_config *));
	TAKE(void, event_base_free, (struct event_base *));
	TAKE(void, event_base_free_nofinalize, (struct event_base *));
	TAKE(int, event_reinit, (struct event_base *));
	TAKE(const char *, event_base_get_method, (const struct event_base *));
	TAKE(const char *, event_base_get_signal_method,
		(const struct event_base *));
	TAKE(int, event_base_get_features, (const struct event_base *));
	TAKE(const char **, event_get_supported_methods, (void));
	TAKE(int, event_base_priority_init, (struct event_base *, int));
	TAKE(int, event_base_get_npriorities, (struct event_base *));
	TAKE(int, event_base_get_num_events, (struct event_base *, unsigned));
	TAKE(int, event_base_get_max_events,
		(struct event_base *, unsigned, int));
	TAKE(int, event_base_foreach_event,
		(struct event_base *, event_base_foreach_event_cb, void *));
	TAKE(void, event_base_dump_events, (struct event_base *, FILE *));
	TAKE(int, event_base_dump_json, (struct event_base *, FILE *));
	TAKE(void, event_base_active_by_fd,
		(struct event_base *, evutil_socket_t, short));
	TAKE(void, event_base_active_by_signal, (struct event_base *, int));
}

static void
take_loop_functions(void)
{
	TAKE(int, event_base_dispatch, (struct event_base *));
	TAKE(int, event_base_loop, (struct event_base *, int));
	TAKE(int, event_base_loopexit,
		(struct event_base *, const struct timeval *));
	TAKE(int, event_base_loopbreak, (struct event_base *));
	TAKE(int, event_base_loopcontinue, (struct event_base *));
	TAKE(int, event_base_got_exit, (struct event_base *));
	TAKE(int, event_base_got_break, (struct event_base *));
	TAKE(int, event_base_gettimeofday_cached,
		(struct event_base *, struct timeval *));
	TAKE(int, event_base_update_cache_time, (struct event_base *));
	TAKE(int, event_gettime_monotonic,
		(struct event_base *, struct timeval *));
	TAKE(const struct timeval *, event_base_init_common_timeout,
		(struct event_base *, const struct timeval *));
	TAKE(int, event_base_stop, (struct event_base *));
	TAKE(int, event_base_get_pollable_fd, (struct event_base *));
	TAKE(int, event_base_get_next_timeout,
		(struct event_base *, struct timeval *));
	TAKE(int, event_base_enable_stats, (struct event_base *, int));
	TAKE(int, event_base_get_stats,
		(struct event_base *, struct event_base_stats *));
	TAKE(int, event_base_set_slow_callback,
		(struct event_base *, const struct timeval *,
			event_slow_callback_fn, void *));
	TAKE(struct evwatch *, evwatch_prepare_new,
		(struct event_base *, evwatch_prepare_cb, void *));
	TAKE(struct evwatch *, evwatch_check_new,
		(struct event_base *, evwatch_check_cb, void *));
	TAKE(struct event_base *, evwatch_base, (struct evwatch *));
	TAKE(void, evwatch_free, (struct evwatch *));
	TAKE(int, evwatch_prepare_get_timeout,
		(const struct evwatch_prepare_cb_info *, struct timeval *));
}

static void
take_event_functions(void)
{
	TAKE(void *, event_self_cbarg, (void));
	TAKE(struct event *, event_new,
		(struct event_base *, evutil_socket_t, short, event_callback_fn,
			void *));
	TAKE(int, event_assign,
		(struct event *, struct event_base *, evutil_socket_t, short,
			event_callback_fn, void *));
	TAKE(void, event_free, (struct event *));
	TAKE(int, event_finalize,
		(unsigned, struct event *, event_finalize_callback_fn));
	TAKE(int, event_free_finalize,
		(unsigned, struct event *, event_finalize_callback_fn));
	TAKE(int, event_base_once,
		(struct event_base *, evutil_socket_t, short, event_callback_fn,
			void *, const struct timeval *));
	TAKE(int, event_base_set, (struct event_base *, struct event *));
	TAKE(int, event_add, (struct event *, const struct timeval *));
	TAKE(int, event_remove_timer, (struct event *));
	TAKE(int, event_del, (struct event *));
	TAKE(int, event_del_noblock, (struct event *));
	TAKE(int, event_del_block, (struct event *));
	TAKE(void, event_active, (struct event *, int, short));
	TAKE(int, event_priority_set, (struct event *, int));
}

static void
take_event_questions(void)
{
	TAKE(int, event_pending,
		(const struct event *, short, struct timeval *));
	TAKE(struct event *, event_base_get_running_event,
		(struct event_base *));
	TAKE(int, event_initialized, (const struct event *));
	TAKE(evutil_socket_t, event_get_fd, (const struct event *));
	TAKE(struct event_base *, event_get_base, (const struct event *));
	TAKE(short, event_get_events, (const struct event *));
	TAKE(event_callback_fn, event_get_callback, (const struct event *));
	TAKE(void *, event_get_callback_arg, (const struct event *));
	TAKE(int, event_get_priority, (const struct event *));
	TAKE(void, event_get_assignment,
		(const struct event *, struct event_base **, evutil_socket_t *,
			short *, event_callback_fn *, void **));
	TAKE(size_t, event_get_struct_event_size, (void));
	TAKE(int, event_set_name, (struct event *, const char *));
	TAKE(const char *, event_get_name, (const struct event *));
}

static void
take_compat_functions(void)
{
	TAKE(struct event_base *, event_init, (void));
	TAKE(int, event_dispatch, (void));
	TAKE(int, event_loop, (int));
	TAKE(int, event_loopexit, (const struct timeval *));
	TAKE(int, event_loopbreak, (void));
	TAKE(int, event_once,
		(evutil_socket_t, short,
			void (*)(evutil_socket_t, short, void *), void *,
			const struct timeval *));
	TAKE(const char *, event_get_method, (void));
	TAKE(int, event_priority_init, (int));
	TAKE(void, event_set,
		(struct event *, evutil_socket_t, short,
			void (*)(evutil_socket_t, short, void *), void *));
}

static void
take_thread_functions(void)
{
	TAKE(int, evthread_set_lock_callbacks,
		(const struct evthread_lock_callbacks *));
	TAKE(int, evthread_set_condition_callbacks,
		(const struct evthread_condition_callbacks *));
	TAKE(void, evthread_set_id_callback, (unsigned long (*)(void)));
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
	TAKE(int, evthread_use_pthreads, (void));
	TAKE(int, evthread_use_pthreads_with_flags, (int));
#endif
#ifdef EVTHREAD_USE_WINDOWS_THREADS_IMPLEMENTED
	TAKE(int, evthread_use_windows_threads, (void));
#endif
	TAKE(void, evthread_enable_lock_debugging, (void));
	TAKE(void, evthread_enable_lock_debuging, (void));
	TAKE(int, evthread_make_base_notifiable, (struct event_base *));
}

static void
take_socket_functions(void)
{
	TAKE(int, evutil_socketpair, (int, int, int, evutil_socket_t *));
	TAKE(int, evutil_make_socket_nonblocking, (evutil_socket_t));
	TAKE(int, evutil_make_socket_closeonexec, (evutil_socket_t));
	TAKE(int, evutil_make_listen_socket_reuseable, (evutil_socket_t));
	TAKE(int, evutil_make_listen_socket_reuseable_port, (evutil_socket_t));
	TAKE(int, evutil_make_listen_socket_ipv6only, (evutil_socket_t));
	TAKE(int, evutil_make_listen_socket_not_ipv6only, (evutil_socket_t));
	TAKE(int, evutil_make_tcp_listen_socket_deferred, (evutil_socket_t));
	TAKE(int, evutil_set_tcp_keepalive, (evutil_socket_t, int, int));
	TAKE(int, evutil_closesocket, (evutil_socket_t));
}

static void
take_address_functions(void)
{
	TAKE(const char *, evutil_inet_ntop,
		(int, const void *, char *, size_t));
	TAKE(int, evutil_inet_pton_scope,
		(int, const char *, void *, unsigned *));
	TAKE(int, evutil_inet_pton, (int, const char *, void *));
	TAKE(int, evutil_parse_sockaddr_port,
		(const char *, struct sockaddr *, int *));
	TAKE(int, evutil_sockaddr_cmp,
		(const struct sockaddr *, const struct sockaddr *, int));
	TAKE(int, evutil_getaddrinfo,
		(const char *, const char *, const struct evutil_addrinfo *,
			struct evutil_addrinfo **));
	TAKE(void, evutil_freeaddrinfo, (struct evutil_addrinfo *));
	TAKE(const char *, evutil_gai_strerror, (int));
}

static void
take_other_utilities(void)
{
	TAKE(int, evutil_date_rfc1123, (char *, size_t, const struct tm *));
	TAKE(struct evutil_monotonic_timer *, evutil_monotonic_timer_new,
		(void));
	TAKE(void, evutil_monotonic_timer_free,
		(struct evutil_monotonic_timer *));
	TAKE(int, evutil_configure_monotonic_time,
		(struct evutil_monotonic_timer *, int));
	TAKE(int, evutil_gettime_monotonic,
		(struct evutil_monotonic_timer *, struct timeval *));
	TAKE(ev_int64_t, evutil_strtoll, (const char *, char **, int));
	TAKE(int, evutil_snprintf, (char *, size_t, const char *, ...));
	TAKE(int, evutil_vsnprintf, (char *, size_t, const char *, va_list));
	TAKE(int, evutil_ascii_strcasecmp, (const char *, const char *));
	TAKE(int, evutil_ascii_strncasecmp,
		(const char *, const char *, size_t));
	TAKE(void, evutil_secure_rng_get_bytes, (void *, size_t));
	TAKE(int, evutil_secure_rng_init, (void));
	TAKE(int, evutil_secure_rng_set_urandom_device_file, (char *));
	TAKE(void, evutil_secure_rng_add_bytes, (const char *, size_t));
}

/* --- types ---------------------------------------------------------------*/

typedef void event_fn(evutil_socket_t, short, void *);
typedef void finalize_fn(struct event *, void *);
typedef int foreach_fn(const struct event_base *, const struct event *, void *);
typedef void log_fn(int, const char *);
typedef void fatal_fn(int);
typedef void
prepare_fn(struct evwatch *, const struct evwatch_prepare_cb_info *, void *);
typedef void
check_fn(struct evwatch *, const struct evwatch_check_cb_info *, void *);
typedef void
slow_fn(struct event_base *, const struct event *, ev_uint64_t, void *);

SAME(event_callback_fn, event_fn *);
SAME(event_finalize_callback_fn, finalize_fn *);
SAME(event_base_foreach_event_cb, foreach_fn *);
SAME(event_log_cb, log_fn *);
SAME(event_fatal_cb, fatal_fn *);
SAME(evwatch_prepare_cb, prepare_fn *);
SAME(evwatch_check_cb, check_fn *);
SAME(event_slow_callback_fn, slow_fn *);

SAME(ev_uint64_t, uint64_t);
SAME(ev_int64_t, int64_t);
SAME(ev_uint32_t, uint32_t);
SAME(ev_int32_t, int32_t);
SAME(ev_uint16_t, uint16_t);
SAME(ev_int16_t, int16_t);
SAME(ev_uint8_t, uint8_t);
SAME(ev_int8_t, int8_t);
SAME(ev_uintptr_t, uintptr_t);
SAME(ev_intptr_t, intptr_t);

_Static_assert(sizeof(ev_ssize_t) == sizeof(size_t), "ev_ssize_t");
_Static_assert((ev_ssize_t)-1 < 0, "ev_ssize_t");
_Static_assert(sizeof(ev_off_t) >= sizeof(long), "ev_off_t");
_Static_assert((ev_socklen_t)1 == 1, "ev_socklen_t");
#ifdef _WIN32
SAME(evutil_socket_t, intptr_t);
#else
SAME(evutil_socket_t, int);
#endif

/* --- constants -----------------------------------------------------------*/

EQUAL(LIBEVENT_VERSION_NUMBER, 0x02010d00);
_Static_assert(sizeof(LIBEVENT_VERSION) > 1, "a string literal");

EQUAL(EV_TIMEOUT, 0x01);
EQUAL(EV_READ, 0x02);
EQUAL(EV_WRITE, 0x04);
EQUAL(EV_SIGNAL, 0x08);
EQUAL(EV_PERSIST, 0x10);
EQUAL(EV_ET, 0x20);
EQUAL(EV_FINALIZE, 0x40);
EQUAL(EV_CLOSED, 0x80);

EQUAL(EVLOOP_ONCE, 0x01);
EQUAL(EVLOOP_NONBLOCK, 0x02);
EQUAL(EVLOOP_NO_EXIT_ON_EMPTY, 0x04);

EQUAL(EV_FEATURE_ET, 0x01);
EQUAL(EV_FEATURE_O1, 0x02);
EQUAL(EV_FEATURE_FDS, 0x04);
EQUAL(EV_FEATURE_EARLY_CLOSE, 0x08);
_Static_assert(sizeof(enum event_method_feature) == sizeof(int), "an enum");

EQUAL(EVENT_BASE_FLAG_NOLOCK, 0x01);
EQUAL(EVENT_BASE_FLAG_IGNORE_ENV, 0x02);
EQUAL(EVENT_BASE_FLAG_STARTUP_IOCP, 0x04);
EQUAL(EVENT_BASE_FLAG_NO_CACHE_TIME, 0x08);
EQUAL(EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST, 0x10);
EQUAL(EVENT_BASE_FLAG_PRECISE_TIMER, 0x20);
EQUAL(EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD, 0x40);
EQUAL(EVENT_BASE_FLAG_USE_SIGNALFD, 0x80);
_Static_assert(sizeof(enum event_base_config_flag) == sizeof(int), "an enum");

EQUAL(EVENT_BASE_COUNT_ACTIVE, 1);
EQUAL(EVENT_BASE_COUNT_VIRTUAL, 2);
EQUAL(EVENT_BASE_COUNT_ADDED, 4);
EQUAL(EVENT_MAX_PRIORITIES, 256);

EQUAL(EVENT_LOG_DEBUG, 0);
EQUAL(EVENT_LOG_MSG, 1);
EQUAL(EVENT_LOG_WARN, 2);
EQUAL(EVENT_LOG_ERR, 3);
EQUAL(_EVENT_LOG_DEBUG, 0);
EQUAL(_EVENT_LOG_MSG, 1);
EQUAL(_EVENT_LOG_WARN, 2);
EQUAL(_EVENT_LOG_ERR, 3);
EQUAL(EVENT_DBG_ALL, 0xffffffff);
EQUAL(EVENT_DBG_NONE, 0);

EQUAL(EVLIST_TIMEOUT, 0x01);
EQUAL(EVLIST_INSERTED, 0x02);
EQUAL(EVLIST_SIGNAL, 0x04);
EQUAL(EVLIST_ACTIVE, 0x08);
EQUAL(EVLIST_INTERNAL, 0x10);
EQUAL(EVLIST_ACTIVE_LATER, 0x20);
EQUAL(EVLIST_FINALIZING, 0x40);
EQUAL(EVLIST_INIT, 0x80);
EQUAL(EVLIST_ALL, 0xff);

EQUAL(EVTHREAD_WRITE, 0x04);
EQUAL(EVTHREAD_READ, 0x08);
EQUAL(EVTHREAD_TRY, 0x10);
EQUAL(EVTHREAD_LOCK_API_VERSION, 1);
EQUAL(EVTHREAD_LOCKTYPE_RECURSIVE, 1);
EQUAL(EVTHREAD_LOCKTYPE_READWRITE, 2);
EQUAL(EVTHREAD_CONDITION_API_VERSION, 1);
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
EQUAL(EVTHREAD_USE_PTHREADS_IMPLEMENTED, 1);
EQUAL(EVTHREAD_PTHREAD_PRIO_INHERIT, 1);
#endif

EQUAL(EV_UINT64_MAX, UINT64_MAX);
EQUAL(EV_INT64_MAX, INT64_MAX);
EQUAL(EV_INT64_MIN, INT64_MIN);
EQUAL(EV_UINT32_MAX, UINT32_MAX);
EQUAL(EV_INT32_MAX, INT32_MAX);
EQUAL(EV_INT32_MIN, INT32_MIN);
EQUAL(EV_UINT16_MAX, UINT16_MAX);
EQUAL(EV_INT16_MAX, INT16_MAX);
EQUAL(EV_INT16_MIN, INT16_MIN);
EQUAL(EV_UINT8_MAX, UINT8_MAX);
EQUAL(EV_INT8_MAX, INT8_MAX);
EQUAL(EV_INT8_MIN, INT8_MIN);
EQUAL(EV_SIZE_MAX, SIZE_MAX);
EQUAL(EV_SSIZE_MAX, PTRDIFF_MAX);
EQUAL(EV_SSIZE_MIN, PTRDIFF_MIN);
EQUAL(EV_MONOT_PRECISE, 1);
EQUAL(EV_MONOT_FALLBACK, 2);
EQUAL(EVUTIL_EAI_CANCEL, -90001);

#if !defined(EVENT_SET_MEM_FUNCTIONS_IMPLEMENTED) || \
	!defined(EVENT2_EXPORT_SYMBOL) || !defined(EVENT2_CORE_EXPORT_SYMBOL)
#error "a macro without a value is missing"
#endif

/* --- macros in use -------------------------------------------------------*/

static int macros, faults;

#define EXPECT(truth) expect((truth) != 0, #truth)

static void
expect(int truth, const char *what)
{
	macros++;
	if (truth)
		return;
	faults++;
	printf("not so: %s\n", what);
}

static void
count_call(evutil_socket_t fd, short what, void *arg)
{
	int *calls = arg;

	(void)fd, (void)what;
	++*calls;
}

/* One pass that does not sleep. */
static void
pass(struct event_base *base)
{
	(void)event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
}

static void
use_timers(struct event_base *base)
{
	struct timeval none = {0, 0}, long_time = {3600, 0};
	struct event own, *ev;
	int calls = 0;

	ev = evtimer_new(base, count_call, &calls);
	EXPECT(ev && evtimer_initialized(ev));
	EXPECT(evtimer_add(ev, &long_time) == 0);
	EXPECT(evtimer_pending(ev, NULL) == EV_TIMEOUT);
	EXPECT(evtimer_del(ev) == 0 && !evtimer_pending(ev, NULL));
	EXPECT(evtimer_assign(&own, base, count_call, &calls) == 0);
	evtimer_add(&own, &none);
	pass(base);
	EXPECT(calls == 1);
	event_debug_unassign(&own);
	event_free(ev);
}

static void
use_signals(struct event_base *base)
{
	struct event own, *ev;
	int calls = 0;

	ev = evsignal_new(base, SIGUSR1, count_call, &calls);
	EXPECT(ev && evsignal_initialized(ev));
	EXPECT(event_get_signal(ev) == SIGUSR1);
	EXPECT(evsignal_add(ev, NULL) == 0);
	EXPECT(evsignal_pending(ev, NULL) == EV_SIGNAL);
	EXPECT(evsignal_assign(&own, base, SIGUSR2, count_call, &calls) == 0);
	raise(SIGUSR1);
	pass(base);
	EXPECT(calls == 1);
	EXPECT(evsignal_del(ev) == 0 && !evsignal_pending(ev, NULL));
	event_debug_unassign(&own);
	event_free(ev);
}

static void
use_user_events(struct event_base *base)
{
	struct event *ev;
	int calls = 0;

	ev = evuser_new(base, count_call, &calls);
	EXPECT(ev && evuser_initialized(ev));
	evuser_trigger(ev);
	EXPECT(evuser_pending(ev, NULL) == 0);
	pass(base);
	EXPECT(calls == 1);
	evuser_trigger(ev);
	EXPECT(evuser_del(ev) == 0);
	pass(base);
	EXPECT(calls == 1);
	event_free(ev);
}

/* On the base of event_init(). */
static void
use_old_timers(void)
{
	struct timeval long_time = {3600, 0};
	struct event ev;
	int calls = 0;

	evtimer_set(&ev, count_call, &calls);
	EXPECT(EVENT_FD(&ev) == -1);
	timeout_set(&ev, count_call, &calls);
	EXPECT(timeout_initialized(&ev));
	EXPECT(timeout_add(&ev, &long_time) == 0);
	EXPECT(timeout_pending(&ev, NULL) == EV_TIMEOUT);
	EXPECT(timeout_del(&ev) == 0 && !timeout_pending(&ev, NULL));
	event_debug_unassign(&ev);
}

static void
use_old_signals(void)
{
	struct event ev;
	int calls = 0;

	evsignal_set(&ev, SIGUSR1, count_call, &calls);
	EXPECT(EVENT_SIGNAL(&ev) == SIGUSR1);
	signal_set(&ev, SIGUSR2, count_call, &calls);
	EXPECT(signal_initialized(&ev));
	EXPECT(signal_add(&ev, NULL) == 0);
	EXPECT(signal_pending(&ev, NULL) == EV_SIGNAL);
	EXPECT(signal_del(&ev) == 0 && !signal_pending(&ev, NULL));
	event_debug_unassign(&ev);
}

static void
use_times(void)
{
	struct timeval a = {1, 600000}, b = {2, 700000}, c;

	evutil_timeradd(&a, &b, &c);
	EXPECT(c.tv_sec == 4 && c.tv_usec == 300000);
	evutil_timersub(&b, &a, &c);
	EXPECT(c.tv_sec == 1 && c.tv_usec == 100000);
	EXPECT(evutil_timercmp(&a, &b, <) && !evutil_timercmp(&a, &b, >));
	EXPECT(evutil_timerisset(&c));
	evutil_timerclear(&c);
	EXPECT(!evutil_timerisset(&c));
	EXPECT(evutil_gettimeofday(&c, NULL) == 0 && c.tv_sec > 0);
}

static void
use_sockets(void)
{
	struct pair {
		char first;
		int second;
	};

	EVUTIL_SET_SOCKET_ERROR(EAGAIN);
	EXPECT(EVUTIL_SOCKET_ERROR() == EAGAIN);
	EXPECT(evutil_socket_geterror(0) == EAGAIN);
	EXPECT(*evutil_socket_error_to_string(EAGAIN));
	EXPECT(EVUTIL_CLOSESOCKET(EVUTIL_INVALID_SOCKET) == -1);
	EXPECT(evutil_offsetof(struct pair, second) ==
		offsetof(struct pair, second));
}

/* The system gives their values; here they only have to be told apart. */
static void
use_resolver_constants(void)
{
	static const int errors[] = {EVUTIL_EAI_ADDRFAMILY, EVUTIL_EAI_AGAIN,
		EVUTIL_EAI_BADFLAGS, EVUTIL_EAI_FAIL, EVUTIL_EAI_FAMILY,
		EVUTIL_EAI_MEMORY, EVUTIL_EAI_NODATA, EVUTIL_EAI_NONAME,
		EVUTIL_EAI_SERVICE, EVUTIL_EAI_SOCKTYPE, EVUTIL_EAI_SYSTEM,
		EVUTIL_EAI_CANCEL};
	static const unsigned flags[] = {EVUTIL_AI_PASSIVE, EVUTIL_AI_CANONNAME,
		EVUTIL_AI_NUMERICHOST, EVUTIL_AI_NUMERICSERV,
		EVUTIL_AI_V4MAPPED, EVUTIL_AI_ALL, EVUTIL_AI_ADDRCONFIG};
	unsigned seen = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		for (size_t k = 0; k <= i; k++)
			EXPECT((errors[i] == errors[k]) == (i == k));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		EXPECT(flags[i] && !(seen & flags[i]));
		seen |= flags[i];
	}
}

int
main(void)
{
	struct event_base *base;

	take_process_functions();
	take_config_functions();
	take_base_functions();
	take_loop_functions();
	take_event_functions();
	take_event_questions();
	take_compat_functions();
	take_thread_functions();
	take_socket_functions();
	take_address_functions();
	take_other_utilities();

	base = event_init();
	if (!base) {
		printf("not ok: no event_base\n");
		return 1;
	}
	use_timers(base);
	use_signals(base);
	use_user_events(base);
	use_old_timers();
	use_old_signals();
	event_base_free(base);
	use_times();
	use_sockets();
	use_resolver_constants();
	libevent_global_shutdown();

	printf("%s: %d functions, %d checks of macros, %d faults\n",
		faults ? "not ok" : "ok", functions, macros, faults);
	return faults != 0;
}
