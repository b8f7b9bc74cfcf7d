/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole public API of bufferevents and listeners, named once, as
 * api_evbuffer.c has that of evbuffers.
 */
#include <stddef.h>
#include <stdio.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_compat.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

#include "api.h"

/* --- functions -----------------------------------------------------------*/

static void
take_life(void)
{
	TAKE(struct bufferevent *, bufferevent_socket_new,
		(struct event_base *, evutil_socket_t, int));
	TAKE(void, bufferevent_free, (struct bufferevent *));
	TAKE(void, bufferevent_incref, (struct bufferevent *));
	TAKE(int, bufferevent_decref, (struct bufferevent *));
	TAKE(void, bufferevent_lock, (struct bufferevent *));
	TAKE(void, bufferevent_unlock, (struct bufferevent *));
	TAKE(int, bufferevent_base_set,
		(struct event_base *, struct bufferevent *));
	TAKE(struct event_base *, bufferevent_get_base, (struct bufferevent *));
	TAKE(int, bufferevent_priority_set, (struct bufferevent *, int));
	TAKE(int, bufferevent_get_priority, (const struct bufferevent *));
}

static void
take_connections(void)
{
	TAKE(int, bufferevent_socket_connect,
		(struct bufferevent *, const struct sockaddr *, int));
	TAKE(int, bufferevent_socket_connect_hostname,
		(struct bufferevent *, struct evdns_base *, int, const char *,
			int));
	TAKE(int, bufferevent_socket_connect_hostname_hints,
		(struct bufferevent *, struct evdns_base *,
			const struct evutil_addrinfo *, const char *, int));
	TAKE(int, bufferevent_socket_get_dns_error, (struct bufferevent *));
	TAKE(int, bufferevent_setfd, (struct bufferevent *, evutil_socket_t));
	TAKE(int, bufferevent_replacefd,
		(struct bufferevent *, evutil_socket_t));
	TAKE(evutil_socket_t, bufferevent_getfd, (struct bufferevent *));
	TAKE(struct bufferevent *, bufferevent_get_underlying,
		(struct bufferevent *));
}

static void
take_data(void)
{
	TAKE(void, bufferevent_setcb,
		(struct bufferevent *, bufferevent_data_cb, bufferevent_data_cb,
			bufferevent_event_cb, void *));
	TAKE(void, bufferevent_getcb,
		(struct bufferevent *, bufferevent_data_cb *,
			bufferevent_data_cb *, bufferevent_event_cb *,
			void **));
	TAKE(int, bufferevent_write,
		(struct bufferevent *, const void *, size_t));
	TAKE(int, bufferevent_write_buffer,
		(struct bufferevent *, struct evbuffer *));
	TAKE(size_t, bufferevent_read, (struct bufferevent *, void *, size_t));
	TAKE(int, bufferevent_read_buffer,
		(struct bufferevent *, struct evbuffer *));
	TAKE(struct evbuffer *, bufferevent_get_input, (struct bufferevent *));
	TAKE(struct evbuffer *, bufferevent_get_output, (struct bufferevent *));
}

static void
take_directions(void)
{
	TAKE(int, bufferevent_enable, (struct bufferevent *, short));
	TAKE(int, bufferevent_disable, (struct bufferevent *, short));
	TAKE(short, bufferevent_get_enabled, (struct bufferevent *));
	TAKE(int, bufferevent_set_timeouts,
		(struct bufferevent *, const struct timeval *,
			const struct timeval *));
	TAKE(void, bufferevent_setwatermark,
		(struct bufferevent *, short, size_t, size_t));
	TAKE(int, bufferevent_getwatermark,
		(struct bufferevent *, short, size_t *, size_t *));
	TAKE(int, bufferevent_flush,
		(struct bufferevent *, short, enum bufferevent_flush_mode));
	TAKE(void, bufferevent_trigger, (struct bufferevent *, short, int));
	TAKE(void, bufferevent_trigger_event,
		(struct bufferevent *, short, int));
}

static void
take_kinds(void)
{
	TAKE(struct bufferevent *, bufferevent_filter_new,
		(struct bufferevent *, bufferevent_filter_cb,
			bufferevent_filter_cb, int, void (*)(void *), void *));
	TAKE(int, bufferevent_pair_new,
		(struct event_base *, int, struct bufferevent **));
	TAKE(struct bufferevent *, bufferevent_pair_get_partner,
		(struct bufferevent *));
}

static void
take_limits(void)
{
	TAKE(struct ev_token_bucket_cfg *, ev_token_bucket_cfg_new,
		(size_t, size_t, size_t, size_t, const struct timeval *));
	TAKE(void, ev_token_bucket_cfg_free, (struct ev_token_bucket_cfg *));
	TAKE(int, bufferevent_set_rate_limit,
		(struct bufferevent *, struct ev_token_bucket_cfg *));
	TAKE(const struct ev_token_bucket_cfg *,
		bufferevent_get_token_bucket_cfg, (const struct bufferevent *));
	TAKE(int, bufferevent_set_max_single_read,
		(struct bufferevent *, size_t));
	TAKE(int, bufferevent_set_max_single_write,
		(struct bufferevent *, size_t));
	TAKE(ev_ssize_t, bufferevent_get_max_single_read,
		(struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_get_max_single_write,
		(struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_get_read_limit, (struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_get_write_limit, (struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_get_max_to_read, (struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_get_max_to_write, (struct bufferevent *));
	TAKE(int, bufferevent_decrement_read_limit,
		(struct bufferevent *, ev_ssize_t));
	TAKE(int, bufferevent_decrement_write_limit,
		(struct bufferevent *, ev_ssize_t));
}

static void
take_groups(void)
{
	TAKE(struct bufferevent_rate_limit_group *,
		bufferevent_rate_limit_group_new,
		(struct event_base *, const struct ev_token_bucket_cfg *));
	TAKE(void, bufferevent_rate_limit_group_free,
		(struct bufferevent_rate_limit_group *));
	TAKE(int, bufferevent_rate_limit_group_set_cfg,
		(struct bufferevent_rate_limit_group *,
			const struct ev_token_bucket_cfg *));
	TAKE(int, bufferevent_rate_limit_group_set_min_share,
		(struct bufferevent_rate_limit_group *, size_t));
	TAKE(int, bufferevent_add_to_rate_limit_group,
		(struct bufferevent *, struct bufferevent_rate_limit_group *));
	TAKE(int, bufferevent_remove_from_rate_limit_group,
		(struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_rate_limit_group_get_read_limit,
		(struct bufferevent_rate_limit_group *));
	TAKE(ev_ssize_t, bufferevent_rate_limit_group_get_write_limit,
		(struct bufferevent_rate_limit_group *));
	TAKE(int, bufferevent_rate_limit_group_decrement_read,
		(struct bufferevent_rate_limit_group *, ev_ssize_t));
	TAKE(int, bufferevent_rate_limit_group_decrement_write,
		(struct bufferevent_rate_limit_group *, ev_ssize_t));
	TAKE(void, bufferevent_rate_limit_group_get_totals,
		(struct bufferevent_rate_limit_group *, ev_uint64_t *,
			ev_uint64_t *));
	TAKE(void, bufferevent_rate_limit_group_reset_totals,
		(struct bufferevent_rate_limit_group *));
}

static void
take_compat_functions(void)
{
	TAKE(struct bufferevent *, bufferevent_new,
		(evutil_socket_t, evbuffercb, evbuffercb, everrorcb, void *));
	TAKE(void, bufferevent_settimeout, (struct bufferevent *, int, int));
}

static void
take_listeners(void)
{
	TAKE(struct evconnlistener *, evconnlistener_new,
		(struct event_base *, evconnlistener_cb, void *, unsigned, int,
			evutil_socket_t));
	TAKE(struct evconnlistener *, evconnlistener_new_bind,
		(struct event_base *, evconnlistener_cb, void *, unsigned, int,
			const struct sockaddr *, int));
	TAKE(void, evconnlistener_free, (struct evconnlistener *));
	TAKE(int, evconnlistener_enable, (struct evconnlistener *));
	TAKE(int, evconnlistener_disable, (struct evconnlistener *));
	TAKE(struct event_base *, evconnlistener_get_base,
		(struct evconnlistener *));
	TAKE(evutil_socket_t, evconnlistener_get_fd, (struct evconnlistener *));
	TAKE(void, evconnlistener_set_cb,
		(struct evconnlistener *, evconnlistener_cb, void *));
	TAKE(void, evconnlistener_set_error_cb,
		(struct evconnlistener *, evconnlistener_errorcb));
}

static void
take_extensions(void)
{
	TAKE(int, bufferevent_set_output_marks,
		(struct bufferevent *, size_t, size_t, bufferevent_pressure_cb,
			void *));
	TAKE(int, bufferevent_set_output_limit, (struct bufferevent *, size_t));
	TAKE(struct bufferevent_pipe *, bufferevent_pipe_new,
		(struct bufferevent *, struct bufferevent *, size_t,
			bufferevent_pipe_cb, void *));
	TAKE(void, bufferevent_pipe_free, (struct bufferevent_pipe *));
	TAKE(ev_uint64_t, bufferevent_pipe_get_count,
		(struct bufferevent_pipe *));
	TAKE(int, bufferevent_flush_notify,
		(struct bufferevent *, bufferevent_flush_cb, void *));
	TAKE(int, bufferevent_shutdown, (struct bufferevent *));
}

static void
take_datagrams(void)
{
	TAKE(struct bufferevent *, bufferevent_datagram_new,
		(struct event_base *, evutil_socket_t, int));
	TAKE(int, bufferevent_datagram_set_size,
		(struct bufferevent *, size_t));
	TAKE(int, bufferevent_datagram_send,
		(struct bufferevent *, const void *, size_t,
			const struct sockaddr *, int));
	TAKE(ev_ssize_t, bufferevent_datagram_recv,
		(struct bufferevent *, void *, size_t, struct sockaddr *,
			int *));
	TAKE(size_t, bufferevent_datagram_count, (struct bufferevent *));
}

static void
take_own_kinds(void)
{
	TAKE(struct bufferevent *, bufferevent_kind_new,
		(struct event_base *, const struct bufferevent_ops *, int,
			void *));
	TAKE(void *, bufferevent_kind_arg, (struct bufferevent *));
	TAKE(void, bufferevent_kind_schedule, (struct bufferevent *));
	TAKE(ev_ssize_t, bufferevent_kind_input,
		(struct bufferevent *, struct evbuffer *));
	TAKE(ev_ssize_t, bufferevent_kind_output,
		(struct bufferevent *, struct evbuffer *, size_t));
	TAKE(void, bufferevent_kind_report, (struct bufferevent *, short, int));
}

/* --- types and constants -------------------------------------------------*/

typedef void data_fn(struct bufferevent *, void *);
typedef void event_fn(struct bufferevent *, short, void *);
typedef enum bufferevent_filter_result filter_fn(struct evbuffer *,
	struct evbuffer *, ev_ssize_t, enum bufferevent_flush_mode, void *);
typedef void accept_fn(struct evconnlistener *, evutil_socket_t,
	struct sockaddr *, int, void *);
typedef void failure_fn(struct evconnlistener *, void *);
typedef void pressure_fn(struct bufferevent *, int, void *);
typedef void pipe_fn(struct bufferevent_pipe *, int, void *);

SAME(bufferevent_data_cb, data_fn *);
SAME(bufferevent_event_cb, event_fn *);
SAME(bufferevent_filter_cb, filter_fn *);
SAME(evbuffercb, data_fn *);
SAME(everrorcb, event_fn *);
SAME(evconnlistener_cb, accept_fn *);
SAME(evconnlistener_errorcb, failure_fn *);
SAME(bufferevent_pressure_cb, pressure_fn *);
SAME(bufferevent_flush_cb, pressure_fn *);
SAME(bufferevent_pipe_cb, pipe_fn *);

EQUAL(BEV_EVENT_READING, 0x01);
EQUAL(BEV_EVENT_WRITING, 0x02);
EQUAL(BEV_EVENT_EOF, 0x10);
EQUAL(BEV_EVENT_ERROR, 0x20);
EQUAL(BEV_EVENT_TIMEOUT, 0x40);
EQUAL(BEV_EVENT_CONNECTED, 0x80);
EQUAL(EVBUFFER_READ, 0x01);
EQUAL(EVBUFFER_WRITE, 0x02);
EQUAL(EVBUFFER_EOF, 0x10);
EQUAL(EVBUFFER_ERROR, 0x20);
EQUAL(EVBUFFER_TIMEOUT, 0x40);
EQUAL(BEV_OPT_CLOSE_ON_FREE, 1);
EQUAL(BEV_OPT_THREADSAFE, 2);
EQUAL(BEV_OPT_DEFER_CALLBACKS, 4);
EQUAL(BEV_OPT_UNLOCK_CALLBACKS, 8);
EQUAL(BEV_NORMAL, 0);
EQUAL(BEV_FLUSH, 1);
EQUAL(BEV_FINISHED, 2);
EQUAL(BEV_TRIG_IGNORE_WATERMARKS, 1 << 16);
EQUAL(BEV_TRIG_DEFER_CALLBACKS, 4);
EQUAL(BEV_OK, 0);
EQUAL(BEV_NEED_MORE, 1);
EQUAL(BEV_ERROR, 2);
EQUAL(EV_RATE_LIMIT_MAX, EV_SSIZE_MAX);
EQUAL(LEV_OPT_LEAVE_SOCKETS_BLOCKING, 1u << 0);
EQUAL(LEV_OPT_CLOSE_ON_FREE, 1u << 1);
EQUAL(LEV_OPT_CLOSE_ON_EXEC, 1u << 2);
EQUAL(LEV_OPT_REUSEABLE, 1u << 3);
EQUAL(LEV_OPT_THREADSAFE, 1u << 4);
EQUAL(LEV_OPT_DISABLED, 1u << 5);
EQUAL(LEV_OPT_DEFERRED_ACCEPT, 1u << 6);
EQUAL(LEV_OPT_REUSEABLE_PORT, 1u << 7);
EQUAL(LEV_OPT_BIND_IPV6ONLY, 1u << 8);
EQUAL(LEV_OPT_BIND_IPV4_AND_IPV6, 1u << 9);

_Static_assert(sizeof(enum bufferevent_options) == sizeof(int), "an enum");
_Static_assert(sizeof(enum bufferevent_flush_mode) == sizeof(int), "an enum");
_Static_assert(
	sizeof(enum bufferevent_filter_result) == sizeof(int), "an enum");

/* What old programs look at; its layout is frozen by the library itself. */
#define MEMBER(type, member, of) \
	_Static_assert(_Generic(&((of *)0)->member, type * : 1), #member)

MEMBER(struct event_base *, ev_base, struct bufferevent);
MEMBER(const struct bufferevent_ops *, be_ops, struct bufferevent);
MEMBER(struct event, ev_read, struct bufferevent);
MEMBER(struct event, ev_write, struct bufferevent);
MEMBER(struct evbuffer *, input, struct bufferevent);
MEMBER(struct evbuffer *, output, struct bufferevent);
MEMBER(struct event_watermark, wm_read, struct bufferevent);
MEMBER(struct event_watermark, wm_write, struct bufferevent);
MEMBER(bufferevent_data_cb, readcb, struct bufferevent);
MEMBER(bufferevent_data_cb, writecb, struct bufferevent);
MEMBER(bufferevent_event_cb, errorcb, struct bufferevent);
MEMBER(void *, cbarg, struct bufferevent);
MEMBER(struct timeval, timeout_read, struct bufferevent);
MEMBER(struct timeval, timeout_write, struct bufferevent);
MEMBER(short, enabled, struct bufferevent);
MEMBER(size_t, low, struct event_watermark);
MEMBER(size_t, high, struct event_watermark);

/* --- macros in use -------------------------------------------------------*/

static int
use_macros(void)
{
	struct event_base *base = event_base_new();
	struct bufferevent *bev = NULL;
	int so = 0;

	if (base)
		bev = bufferevent_socket_new(base, -1, 0);
	if (bev) {
		so = EVBUFFER_INPUT(bev) == bufferevent_get_input(bev) &&
		     EVBUFFER_OUTPUT(bev) == bufferevent_get_output(bev);
		bufferevent_free(bev);
	}
	if (base)
		event_base_free(base);
	return so ? 0 : -1;
}

int
main(void)
{
	int result = use_macros();

	take_life();
	take_connections();
	take_data();
	take_directions();
	take_kinds();
	take_limits();
	take_groups();
	take_compat_functions();
	take_listeners();
	take_extensions();
	take_datagrams();
	take_own_kinds();
	printf("%s: %d functions\n", result ? "not ok" : "ok", functions);
	return result != 0;
}
