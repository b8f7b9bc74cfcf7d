/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole public API of evbuffers, named once: every function with its exact
 * type, every constant with its value, and every macro in use.  As
 * api_complete.c does it for libev-core.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/ext_buffer.h>

#include "api.h"

/* --- functions -----------------------------------------------------------*/

static void
take_life(void)
{
	TAKE(struct evbuffer *, evbuffer_new, (void));
	TAKE(void, evbuffer_free, (struct evbuffer *));
	TAKE(int, evbuffer_enable_locking, (struct evbuffer *, void *));
	TAKE(void, evbuffer_lock, (struct evbuffer *));
	TAKE(void, evbuffer_unlock, (struct evbuffer *));
	TAKE(int, evbuffer_set_flags, (struct evbuffer *, ev_uint64_t));
	TAKE(int, evbuffer_clear_flags, (struct evbuffer *, ev_uint64_t));
	TAKE(size_t, evbuffer_get_length, (const struct evbuffer *));
	TAKE(size_t, evbuffer_get_contiguous_space, (const struct evbuffer *));
	TAKE(int, evbuffer_freeze, (struct evbuffer *, int));
	TAKE(int, evbuffer_unfreeze, (struct evbuffer *, int));
}

static void
take_input(void)
{
	TAKE(int, evbuffer_add, (struct evbuffer *, const void *, size_t));
	TAKE(int, evbuffer_prepend, (struct evbuffer *, const void *, size_t));
	TAKE(size_t, evbuffer_add_iovec,
		(struct evbuffer *, struct evbuffer_iovec *, int));
	TAKE(int, evbuffer_add_printf, (struct evbuffer *, const char *, ...));
	TAKE(int, evbuffer_add_vprintf,
		(struct evbuffer *, const char *, va_list));
	TAKE(int, evbuffer_expand, (struct evbuffer *, size_t));
	TAKE(int, evbuffer_reserve_space,
		(struct evbuffer *, ev_ssize_t, struct evbuffer_iovec *, int));
	TAKE(int, evbuffer_commit_space,
		(struct evbuffer *, struct evbuffer_iovec *, int));
}

static void
take_output(void)
{
	TAKE(int, evbuffer_drain, (struct evbuffer *, size_t));
	TAKE(int, evbuffer_remove, (struct evbuffer *, void *, size_t));
	TAKE(ev_ssize_t, evbuffer_copyout, (struct evbuffer *, void *, size_t));
	TAKE(ev_ssize_t, evbuffer_copyout_from,
		(struct evbuffer *, const struct evbuffer_ptr *, void *,
			size_t));
	TAKE(unsigned char *, evbuffer_pullup, (struct evbuffer *, ev_ssize_t));
	TAKE(char *, evbuffer_readln,
		(struct evbuffer *, size_t *, enum evbuffer_eol_style));
}

static void
take_moves(void)
{
	TAKE(int, evbuffer_add_buffer, (struct evbuffer *, struct evbuffer *));
	TAKE(int, evbuffer_prepend_buffer,
		(struct evbuffer *, struct evbuffer *));
	TAKE(int, evbuffer_remove_buffer,
		(struct evbuffer *, struct evbuffer *, size_t));
	TAKE(int, evbuffer_add_buffer_reference,
		(struct evbuffer *, struct evbuffer *));
	TAKE(int, evbuffer_add_reference,
		(struct evbuffer *, const void *, size_t,
			evbuffer_ref_cleanup_cb, void *));
}

static void
take_files_and_descriptors(void)
{
	TAKE(int, evbuffer_add_file,
		(struct evbuffer *, int, ev_off_t, ev_off_t));
	TAKE(struct evbuffer_file_segment *, evbuffer_file_segment_new,
		(int, ev_off_t, ev_off_t, unsigned));
	TAKE(void, evbuffer_file_segment_free,
		(struct evbuffer_file_segment *));
	TAKE(void, evbuffer_file_segment_add_cleanup_cb,
		(struct evbuffer_file_segment *,
			evbuffer_file_segment_cleanup_cb, void *));
	TAKE(int, evbuffer_add_file_segment,
		(struct evbuffer *, struct evbuffer_file_segment *, ev_off_t,
			ev_off_t));
	TAKE(int, evbuffer_read, (struct evbuffer *, evutil_socket_t, int));
	TAKE(int, evbuffer_write, (struct evbuffer *, evutil_socket_t));
	TAKE(int, evbuffer_write_atmost,
		(struct evbuffer *, evutil_socket_t, ev_ssize_t));
}

static void
take_places(void)
{
	TAKE(int, evbuffer_ptr_set,
		(struct evbuffer *, struct evbuffer_ptr *, size_t,
			enum evbuffer_ptr_how));
	TAKE(struct evbuffer_ptr, evbuffer_search,
		(struct evbuffer *, const char *, size_t,
			const struct evbuffer_ptr *));
	TAKE(struct evbuffer_ptr, evbuffer_search_range,
		(struct evbuffer *, const char *, size_t,
			const struct evbuffer_ptr *,
			const struct evbuffer_ptr *));
	TAKE(struct evbuffer_ptr, evbuffer_search_eol,
		(struct evbuffer *, struct evbuffer_ptr *, size_t *,
			enum evbuffer_eol_style));
	TAKE(int, evbuffer_peek,
		(struct evbuffer *, ev_ssize_t, struct evbuffer_ptr *,
			struct evbuffer_iovec *, int));
}

static void
take_callbacks(void)
{
	TAKE(struct evbuffer_cb_entry *, evbuffer_add_cb,
		(struct evbuffer *, evbuffer_cb_func, void *));
	TAKE(int, evbuffer_remove_cb_entry,
		(struct evbuffer *, struct evbuffer_cb_entry *));
	TAKE(int, evbuffer_remove_cb,
		(struct evbuffer *, evbuffer_cb_func, void *));
	TAKE(int, evbuffer_cb_set_flags,
		(struct evbuffer *, struct evbuffer_cb_entry *, ev_uint32_t));
	TAKE(int, evbuffer_cb_clear_flags,
		(struct evbuffer *, struct evbuffer_cb_entry *, ev_uint32_t));
	TAKE(int, evbuffer_defer_callbacks,
		(struct evbuffer *, struct event_base *));
}

static void
take_compat_functions(void)
{
	TAKE(char *, evbuffer_readline, (struct evbuffer *));
	TAKE(int, evbuffer_setcb, (struct evbuffer *, evbuffer_cb, void *));
	TAKE(unsigned char *, evbuffer_find,
		(struct evbuffer *, const unsigned char *, size_t));
}

static void
take_extensions(void)
{
	TAKE(int, evbuffer_add_iovec_reference,
		(struct evbuffer *, const struct evbuffer_iovec *, int,
			evbuffer_ref_cleanup_cb, void *));
	TAKE(int, evbuffer_add_reference_with_offset,
		(struct evbuffer *, const void *, size_t, size_t,
			evbuffer_ref_cleanup_cb, void *));
	TAKE(int, evbuffer_set_max_read, (struct evbuffer *, size_t));
	TAKE(size_t, evbuffer_get_max_read, (struct evbuffer *));
}

/* --- types and constants -------------------------------------------------*/

typedef void cleanup_fn(const void *, size_t, void *);
typedef void segment_fn(struct evbuffer_file_segment const *, int, void *);
typedef void
callback_fn(struct evbuffer *, const struct evbuffer_cb_info *, void *);
typedef void old_callback_fn(struct evbuffer *, size_t, size_t, void *);

SAME(evbuffer_ref_cleanup_cb, cleanup_fn *);
SAME(evbuffer_file_segment_cleanup_cb, segment_fn *);
SAME(evbuffer_cb_func, callback_fn *);
SAME(evbuffer_cb, old_callback_fn *);
#ifdef EVBUFFER_IOVEC_IS_NATIVE_
SAME(struct evbuffer_iovec, struct iovec);
#endif

/* What programs built for libevent have compiled in. */
_Static_assert(offsetof(struct evbuffer_ptr, pos) == 0, "evbuffer_ptr");
_Static_assert(sizeof(struct evbuffer_ptr) ==
		       sizeof(ev_ssize_t) + sizeof(void *) + sizeof(size_t),
	"evbuffer_ptr");
_Static_assert(
	sizeof(struct evbuffer_cb_info) == 3 * sizeof(size_t), "cb_info");
_Static_assert(offsetof(struct evbuffer_cb_info, n_added) == sizeof(size_t),
	"cb_info");
_Static_assert(sizeof(enum evbuffer_eol_style) == sizeof(int), "an enum");
_Static_assert(sizeof(enum evbuffer_ptr_how) == sizeof(int), "an enum");

EQUAL(EVBUFFER_FLAG_DRAINS_TO_FD, 1);
EQUAL(EVBUF_FS_CLOSE_ON_FREE, 1);
EQUAL(EVBUF_FS_DISABLE_MMAP, 2);
EQUAL(EVBUF_FS_DISABLE_SENDFILE, 4);
EQUAL(EVBUF_FS_DISABLE_LOCKING, 8);
EQUAL(EVBUFFER_CB_ENABLED, 1);
EQUAL(EVBUFFER_EOL_ANY, 0);
EQUAL(EVBUFFER_EOL_CRLF, 1);
EQUAL(EVBUFFER_EOL_CRLF_STRICT, 2);
EQUAL(EVBUFFER_EOL_LF, 3);
EQUAL(EVBUFFER_EOL_NUL, 4);
EQUAL(EVBUFFER_PTR_SET, 0);
EQUAL(EVBUFFER_PTR_ADD, 1);

/* --- macros in use -------------------------------------------------------*/

static int
use_macros(void)
{
	struct evbuffer *buf = evbuffer_new();
	int so;

	if (!buf)
		return -1;
	evbuffer_add(buf, "abc", 3);
	so = EVBUFFER_LENGTH(buf) == 3 && !memcmp(EVBUFFER_DATA(buf), "abc", 3);
	evbuffer_free(buf);
	return so ? 0 : -1;
}

int
main(void)
{
	int result = use_macros();

	take_life();
	take_input();
	take_output();
	take_moves();
	take_files_and_descriptors();
	take_places();
	take_callbacks();
	take_compat_functions();
	take_extensions();
	printf("%s: %d functions\n", result ? "not ok" : "ok", functions);
	return result != 0;
}
