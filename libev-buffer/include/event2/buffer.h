/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/buffer.h
 *
 * Buffers: bytes go in at the end, and come out at the front.
 *
 * An evbuffer is a chain of pieces of memory.  Growing never copies what is in
 * it, and moving data from one buffer to another passes pieces on.  A piece may
 * also be memory of the program's, a part of another buffer, or part of a file.
 *
 * @code
 * struct evbuffer *buf = evbuffer_new();
 * char *line;
 *
 * while (evbuffer_read(buf, fd, -1) > 0)
 *         while ((line = evbuffer_readln(buf, NULL, EVBUFFER_EOL_CRLF))) {
 *                 puts(line);
 *                 free(line);
 *         }
 * evbuffer_free(buf);
 * @endcode
 *
 * @par Sizes
 * A buffer holds at most EV_SSIZE_MAX bytes.  What would make it longer is
 * refused, as is a size that cannot be.  Functions that return a count as an
 * int take or move at most INT_MAX bytes a call.
 *
 * @par Failures
 * A function that fails leaves every buffer as it was, and what it was given
 * with its caller: no cleanup function is called, no descriptor closed, no
 * reference taken.
 *
 * @par Memory in a buffer
 * Some functions tell where data or room is: evbuffer_pullup(),
 * evbuffer_peek(), evbuffer_reserve_space().  Adding at the end never moves
 * data, so such a pointer to data stays good until its bytes are removed or
 * moved to another buffer, or evbuffer_pullup() is called for more than is in
 * one piece; a pointer to room, until anything is added.
 *
 * @par Callbacks
 * evbuffer_add_cb() has a function told of every change.  Callbacks run at the
 * very end of the function that changed the buffer, when that is whole again:
 * they may do anything to it, even free it.  Changes that they make are told
 * after that, never within another callback of the same buffer.
 *
 * @par Threads
 * Without evbuffer_enable_locking() a buffer is for one thread at a time.  With
 * it every function here may be called from any thread, and its callbacks run
 * with the lock held.  Functions that take two buffers lock both, whatever
 * their order, and hold one lock only while callbacks run.
 * evbuffer_lock() makes one step of several calls.
 */
#ifndef EVENT2_BUFFER_H_INCLUDED_
#define EVENT2_BUFFER_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_UIO_H
#include <sys/uio.h>
#endif
#include <stdarg.h>
#include <stddef.h>

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

/** Bytes in a row; see evbuffer_new(). */
struct evbuffer;

/**
 * A place in a buffer: before one of its bytes, or behind the last.
 *
 * It is set by evbuffer_ptr_set() or returned by a search.  Bytes that come or
 * go before it make it mean another place, as a count from the front does.  It
 * holds no memory: a stale one may name the wrong byte, or a place that is not
 * there any more, which is refused; it never makes anything worse happen.
 */
struct evbuffer_ptr {
	ev_ssize_t pos; /**< bytes before it; -1: nowhere */
	struct {
		void *chain;
		size_t pos_in_chain;
	} internal_; /**< not to be touched */
};

#ifdef EVENT__HAVE_SYS_UIO_H
/** A piece of memory: iov_len bytes at iov_base. */
#define evbuffer_iovec iovec
#define EVBUFFER_IOVEC_IS_NATIVE_
#else
struct evbuffer_iovec {
	void *iov_base;
	size_t iov_len;
};
#endif

/* --- life ----------------------------------------------------------------*/

/**
 * Make an empty buffer.
 *
 * @return the buffer, or NULL when memory is short.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *evbuffer_new(void);

/**
 * Free a buffer and what is in it.
 *
 * A deferred callback that is due still comes, and the buffer is there until
 * it has run.  A bufferevent frees its own buffers; asked for one of those, this
 * does nothing but log a warning.
 *
 * @param buf  the buffer; NULL does nothing
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_free(struct evbuffer *buf);

/**
 * Let several threads use a buffer.
 *
 * Before any of them does.  Locks are recursive.
 *
 * @param buf  the buffer
 * @param lock  a lock made by this library, to share it; NULL makes one of the
 *     buffer's own
 * @return 0, or -1 when it has a lock already, threads are off (see
 *     event2/thread.h) or memory is short.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_enable_locking(struct evbuffer *buf, void *lock);

/**
 * Take the lock; does nothing without one.
 *
 * @param buf  the buffer
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_lock(struct evbuffer *buf);

/**
 * Give the lock; does nothing without one.
 *
 * @param buf  the buffer
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_unlock(struct evbuffer *buf);

/**
 * The data leaves through evbuffer_write() alone: files that are added need
 * not be read into memory.
 */
#define EVBUFFER_FLAG_DRAINS_TO_FD 1

/**
 * Turn flags on.
 *
 * @param buf  the buffer
 * @param flags  EVBUFFER_FLAG_*; others are ignored
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_set_flags(struct evbuffer *buf, ev_uint64_t flags);

/**
 * Turn flags off.  What is in the buffer stays as it was added.
 *
 * @param buf  the buffer
 * @param flags  EVBUFFER_FLAG_*; others are ignored
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags);

/**
 * How many bytes are in a buffer.
 *
 * @param buf  the buffer
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_length(const struct evbuffer *buf);

/**
 * How many bytes the first piece of memory has: so many evbuffer_pullup() gives
 * without copying.
 *
 * @param buf  the buffer
 * @return a count; 0 when the buffer is empty.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_get_contiguous_space(const struct evbuffer *buf);

/**
 * Forbid changes at one end.
 *
 * @param buf  the buffer
 * @param at_front  not 0: nothing is drained, removed, copied out, written or
 *     prepended; 0: nothing is added at the end.  What is refused returns -1.
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_freeze(struct evbuffer *buf, int at_front);

/**
 * Allow changes again.
 *
 * @param buf  the buffer
 * @param at_front  as for evbuffer_freeze()
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_unfreeze(struct evbuffer *buf, int at_front);

/* --- in ------------------------------------------------------------------*/

/**
 * Add bytes at the end.
 *
 * @param buf  the buffer
 * @param data  the bytes; may lie in this very buffer
 * @param datlen  how many
 * @return 0, or -1 when memory is short, the buffer would be too long, or its
 *     end is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add(struct evbuffer *buf, const void *data, size_t datlen);

/**
 * Add bytes at the front.
 *
 * @param buf  the buffer
 * @param data  the bytes
 * @param size  how many
 * @return 0, or -1 when memory is short, the buffer would be too long, or its
 *     front is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend(struct evbuffer *buf, const void *data, size_t size);

/**
 * Add several pieces of memory at the end: all of them or nothing.
 *
 * @param buffer  the buffer
 * @param vec  the pieces
 * @param n_vec  how many
 * @return how many bytes were added; 0 when nothing was, as evbuffer_add()
 *     says.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t evbuffer_add_iovec(
	struct evbuffer *buffer, struct evbuffer_iovec *vec, int n_vec);

#if defined(__GNUC__)
#define EVBUFFER_PRINTF_(text, first) \
	__attribute__((format(printf, text, first)))
#else
#define EVBUFFER_PRINTF_(text, first)
#endif

/**
 * Add formatted text at the end, as printf() makes it.
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @return how many bytes were added, or -1 as evbuffer_add() says, or when the
 *     format is bad.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_printf(struct evbuffer *buf, const char *fmt, ...)
	EVBUFFER_PRINTF_(2, 3);

/**
 * The same with a va_list, as vprintf() takes it.
 *
 * @param buf  the buffer
 * @param fmt  the format
 * @param ap  the arguments
 * @return as evbuffer_add_printf()
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_vprintf(struct evbuffer *buf, const char *fmt, va_list ap)
	EVBUFFER_PRINTF_(2, 0);

/**
 * Make room at the end, in one piece, so that adding so many bytes next needs
 * no memory and cannot fail.
 *
 * @param buf  the buffer; its end may be frozen
 * @param datlen  how many bytes
 * @return 0, or -1 when memory is short or the buffer would be too long.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_expand(struct evbuffer *buf, size_t datlen);

/**
 * Get room behind the data, to write there what is to be added.
 *
 * What was written is added by evbuffer_commit_space().  Until that or another
 * change of the buffer's end the same room is given again.
 *
 * @param buf  the buffer
 * @param size  how many bytes of room at least; there may be more
 * @param vec  gets the pieces of room, in order
 * @param n_vec  how many pieces there may be; 2 or more save memory
 * @return how many pieces there are, or -1 when memory is short, the buffer
 *     would be too long, its end is frozen, or an argument is bad.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_reserve_space(struct evbuffer *buf, ev_ssize_t size,
	struct evbuffer_iovec *vec, int n_vec);

/**
 * Add what was written to the room of evbuffer_reserve_space().
 *
 * @param buf  the buffer
 * @param vec  the pieces as they were given, each with iov_len lowered to what
 *     was written there
 * @param n_vecs  how many; 0 adds nothing
 * @return 0, or -1 when these are not pieces of room of this buffer any more,
 *     a length is more than it was, or the end is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_commit_space(
	struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs);

/* --- out -----------------------------------------------------------------*/

/**
 * Drop bytes from the front.
 *
 * @param buf  the buffer
 * @param len  how many; more than there are empties it
 * @return 0, or -1 when the front is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_drain(struct evbuffer *buf, size_t len);

/**
 * Copy bytes from the front, and drop them.
 *
 * @param buf  the buffer
 * @param data  where to
 * @param datlen  how many at most
 * @return how many it was, or -1 when the front is frozen or a file cannot be
 *     read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove(struct evbuffer *buf, void *data, size_t datlen);

/**
 * Copy bytes from the front, and leave them.
 *
 * @param buf  the buffer
 * @param data_out  where to
 * @param datlen  how many at most
 * @return how many it was, or -1 when the front is frozen or a file cannot be
 *     read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t
evbuffer_copyout(struct evbuffer *buf, void *data_out, size_t datlen);

/**
 * Copy bytes from some place on, and leave them.
 *
 * @param buf  the buffer
 * @param pos  the place; NULL: the front
 * @param data_out  where to
 * @param datlen  how many at most
 * @return how many it was, or -1 when there is no such place, the front is
 *     frozen or a file cannot be read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t evbuffer_copyout_from(struct evbuffer *buf,
	const struct evbuffer_ptr *pos, void *data_out, size_t datlen);

/**
 * Have so many bytes from the front in one piece of memory.
 *
 * @param buf  the buffer; its front may be frozen
 * @param size  how many; negative: all
 * @return where they are; NULL when there are not so many, none were asked for,
 *     memory is short or a file cannot be read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
unsigned char *evbuffer_pullup(struct evbuffer *buf, ev_ssize_t size);

/** How a line ends. */
enum evbuffer_eol_style {
	/**
	 * Any row of CR and LF.  If it comes in two parts, and is looked for in
	 * between, it is two ends.
	 */
	EVBUFFER_EOL_ANY,
	/** LF, or CR and LF. */
	EVBUFFER_EOL_CRLF,
	/** CR and LF. */
	EVBUFFER_EOL_CRLF_STRICT,
	/** LF; a CR before it belongs to the line. */
	EVBUFFER_EOL_LF,
	/** A zero byte. */
	EVBUFFER_EOL_NUL
};

/**
 * Take a line from the front, and drop what ends it.
 *
 * @param buffer  the buffer
 * @param n_read_out  gets the length of the line; NULL if nobody asks.  The
 *     line may have zero bytes in it.
 * @param eol_style  what ends it
 * @return the line with a zero byte behind it, to be freed with free(), or with
 *     the function given to event_set_mem_functions(); NULL, and length 0, when
 *     no line is complete, memory is short, the front is frozen or a file
 *     cannot be read: then nothing is dropped.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
char *evbuffer_readln(struct evbuffer *buffer, size_t *n_read_out,
	enum evbuffer_eol_style eol_style);

/* --- from buffer to buffer -----------------------------------------------*/

/**
 * Move all of one buffer to the end of another.  Nothing is copied.
 *
 * @param outbuf  gets the data
 * @param inbuf  is empty then; the same buffer, or one that is empty already,
 *     changes nothing
 * @return 0, or -1 when OUTBUF would be too long, its end or the front of INBUF
 *     is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Move all of one buffer to the front of another.  Nothing is copied.
 *
 * @param dst  gets the data
 * @param src  is empty then; as for evbuffer_add_buffer()
 * @return 0, or -1 when DST would be too long, or the front of either is
 *     frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src);

/**
 * Move bytes from the front of one buffer to the end of another.  At most a
 * few are copied.
 *
 * @param src  loses them
 * @param dst  gets them; the same buffer changes nothing
 * @param datlen  how many at most
 * @return how many it was, or -1 when memory is short, DST would be too long,
 *     its end or the front of SRC is frozen.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_buffer(
	struct evbuffer *src, struct evbuffer *dst, size_t datlen);

/**
 * Have the data of one buffer also at the end of another.
 *
 * Both share the memory, which goes when neither needs it.  What is done to one
 * buffer later does not change the other.
 *
 * @param outbuf  gets the data
 * @param inbuf  keeps it; must not hold parts of files, or what was added to it
 *     by this function
 * @return 0, or -1 when memory is short, OUTBUF would be too long, its end is
 *     frozen, INBUF must not be used here, or both are the same.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
evbuffer_add_buffer_reference(struct evbuffer *outbuf, struct evbuffer *inbuf);

/**
 * Is told that memory is not needed any more.
 *
 * @param data  the memory
 * @param datalen  how many bytes
 * @param extra  as given to evbuffer_add_reference()
 */
typedef void (*evbuffer_ref_cleanup_cb)(
	const void *data, size_t datalen, void *extra);

/**
 * Add memory of the program's at the end, without copying it.
 *
 * It must stay as it is until the cleanup function is called: once, when the
 * last of its bytes was drained, written or freed, also after they moved to
 * other buffers.  Of no bytes that is at once.
 *
 * @param outbuf  the buffer
 * @param data  the memory
 * @param datlen  how many bytes
 * @param cleanupfn  the cleanup function; NULL if nobody asks.  It runs when
 *     the buffer is whole again.
 * @param cleanupfn_arg  handed to it
 * @return 0, or -1 as for evbuffer_add(); then it is not called.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_reference(struct evbuffer *outbuf, const void *data,
	size_t datlen, evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg);

/* --- files ---------------------------------------------------------------*/

/**
 * A part of a file, to be added to any number of buffers; see
 * evbuffer_file_segment_new().
 */
struct evbuffer_file_segment;

/** Close the descriptor when the segment goes. */
#define EVBUF_FS_CLOSE_ON_FREE 1
/** Accepted; files are never mapped, so that cutting one is harmless. */
#define EVBUF_FS_DISABLE_MMAP 2
/** Read the file into memory even where the kernel could send it. */
#define EVBUF_FS_DISABLE_SENDFILE 4
/** Accepted; segments need no lock. */
#define EVBUF_FS_DISABLE_LOCKING 8

/**
 * Is told that a file segment goes.
 *
 * @param seg  the segment, about to be freed; its descriptor is still open
 * @param flags  EVBUF_FS_* as given to evbuffer_file_segment_new()
 * @param arg  as given to evbuffer_file_segment_add_cleanup_cb()
 */
typedef void (*evbuffer_file_segment_cleanup_cb)(
	struct evbuffer_file_segment const *seg, int flags, void *arg);

/**
 * Add a part of a file at the end.
 *
 * The same as making a segment that closes the descriptor, adding all of it,
 * and freeing it.
 *
 * @param outbuf  the buffer
 * @param fd  the file, open for reading; on success it belongs to the buffer,
 *     which closes it when the data is gone
 * @param offset  where the part begins
 * @param length  how many bytes; -1: to the end of the file
 * @return 0, or -1 as for the functions named.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file(
	struct evbuffer *outbuf, int fd, ev_off_t offset, ev_off_t length);

/**
 * Take a part of a file.
 *
 * The file's own offset is neither used nor moved.  Nothing is read before the
 * segment is added to a buffer.  The file should not change while it is in use;
 * if it is cut short, reading or sending it fails.
 *
 * @param fd  the file, open for reading until the segment is gone
 * @param offset  where the part begins
 * @param length  how many bytes; -1: to the end that the file has now
 * @param flags  EVBUF_FS_*
 * @return the segment, to be freed with evbuffer_file_segment_free(), or NULL
 *     when memory is short, OFFSET is negative or behind the end that was asked
 *     for, or the length cannot be found out.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_file_segment *evbuffer_file_segment_new(
	int fd, ev_off_t offset, ev_off_t length, unsigned flags);

/**
 * Let go of a segment.  Buffers that hold parts of it keep it alive.
 *
 * @param seg  the segment; NULL does nothing
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_free(struct evbuffer_file_segment *seg);

/**
 * Be told when a segment goes.
 *
 * @param seg  the segment
 * @param cb  the function; a later one replaces it, NULL ends it
 * @param arg  handed to it
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void evbuffer_file_segment_add_cleanup_cb(struct evbuffer_file_segment *seg,
	evbuffer_file_segment_cleanup_cb cb, void *arg);

/**
 * Add a part of a segment at the end.
 *
 * If the buffer has EVBUFFER_FLAG_DRAINS_TO_FD, the kernel sends it straight
 * from the file; else it is in memory when this returns.  Data that is not in
 * memory can be used like any other: it is read when a function needs it.
 *
 * @param buf  the buffer
 * @param seg  the segment; the caller keeps it, whatever is returned
 * @param offset  where in the segment the part begins
 * @param length  how many bytes; -1: all behind OFFSET
 * @return 0, or -1 when memory is short, the buffer would be too long, its end
 *     is frozen, the part is not within the segment, or the file cannot be
 *     read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_add_file_segment(struct evbuffer *buf,
	struct evbuffer_file_segment *seg, ev_off_t offset, ev_off_t length);

/* --- descriptors ---------------------------------------------------------*/

/**
 * Read from a descriptor to the end of a buffer: one call of the system.
 *
 * @param buffer  the buffer
 * @param fd  the descriptor
 * @param howmuch  how many bytes at most; negative: as many as seem right
 * @return how many came; 0 at the end of the stream; -1, and errno, when the
 *     system says so (EAGAIN: nothing yet), memory is short, the buffer would
 *     be too long or its end is frozen.
 * @see evbuffer_set_max_read()
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_read(struct evbuffer *buffer, evutil_socket_t fd, int howmuch);

/**
 * Write a buffer to a descriptor, and drop what was written: one call of the
 * system.
 *
 * @param buffer  the buffer
 * @param fd  the descriptor; a socket whose peer is gone gives EPIPE, and no
 *     SIGPIPE
 * @return how many bytes went; -1, and errno, when the system says so (EAGAIN:
 *     no room), the buffer is empty, its front is frozen or a file is shorter
 *     than it was.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write(struct evbuffer *buffer, evutil_socket_t fd);

/**
 * The same, but not more than so many bytes.
 *
 * @param buffer  the buffer
 * @param fd  the descriptor
 * @param howmuch  how many bytes at most; negative: all
 * @return as evbuffer_write()
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_write_atmost(
	struct evbuffer *buffer, evutil_socket_t fd, ev_ssize_t howmuch);

/* --- places --------------------------------------------------------------*/

/** What evbuffer_ptr_set() counts from. */
enum evbuffer_ptr_how {
	EVBUFFER_PTR_SET, /**< the front */
	EVBUFFER_PTR_ADD  /**< where the place is now */
};

/**
 * Set a place.
 *
 * @param buffer  the buffer
 * @param ptr  the place
 * @param position  how many bytes on
 * @param how  from where
 * @return 0, or -1 when that is behind the end; then the place is nowhere.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_ptr_set(struct evbuffer *buffer, struct evbuffer_ptr *ptr,
	size_t position, enum evbuffer_ptr_how how);

/**
 * Look for bytes.
 *
 * @param buffer  the buffer
 * @param what  the bytes
 * @param len  how many; none are found at once
 * @param start  where to begin; NULL: at the front
 * @return where they begin; its pos is -1 if they are not there, or a file
 *     cannot be read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr evbuffer_search(struct evbuffer *buffer, const char *what,
	size_t len, const struct evbuffer_ptr *start);

/**
 * Look for bytes up to some place.
 *
 * @param buffer  the buffer
 * @param what  the bytes
 * @param len  how many
 * @param start  where to begin; NULL: at the front
 * @param end  the last of the bytes must be before it; NULL: the end
 * @return as evbuffer_search()
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr
evbuffer_search_range(struct evbuffer *buffer, const char *what, size_t len,
	const struct evbuffer_ptr *start, const struct evbuffer_ptr *end);

/**
 * Look for the end of a line.
 *
 * @param buffer  the buffer
 * @param start  where to begin; NULL: at the front
 * @param eol_len_out  gets how many bytes end the line, 0 if none do; NULL if
 *     nobody asks
 * @param eol_style  what ends it
 * @return where the line ends; its pos is -1 if it does not, or a file cannot
 *     be read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_ptr
evbuffer_search_eol(struct evbuffer *buffer, struct evbuffer_ptr *start,
	size_t *eol_len_out, enum evbuffer_eol_style eol_style);

/**
 * Find out where data is, without copying it.
 *
 * @param buffer  the buffer
 * @param len  how many bytes; negative: all
 * @param start_at  where to begin; NULL: at the front
 * @param vec_out  gets the pieces of memory; the last may hold more than was
 *     asked for
 * @param n_vec  how many pieces it has place for; 0 only counts
 * @return how many pieces there are, which may be more than N_VEC; 0 when
 *     nothing is there, or a file cannot be read.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_peek(struct evbuffer *buffer, ev_ssize_t len,
	struct evbuffer_ptr *start_at, struct evbuffer_iovec *vec_out,
	int n_vec);

/* --- being told of changes -----------------------------------------------*/

/** What has changed since a callback ran last. */
struct evbuffer_cb_info {
	size_t orig_size; /**< how long the buffer was */
	size_t n_added;   /**< bytes that came */
	size_t n_deleted; /**< bytes that went */
};

/**
 * Is told that a buffer has changed.
 *
 * @param buffer  the buffer
 * @param info  what has changed; orig_size + n_added - n_deleted is its length
 * @param arg  as given to evbuffer_add_cb()
 */
typedef void (*evbuffer_cb_func)(struct evbuffer *buffer,
	const struct evbuffer_cb_info *info, void *arg);

/** One callback of one buffer; see evbuffer_add_cb(). */
struct evbuffer_cb_entry;

/** The callback is called; without it, changes go by it. */
#define EVBUFFER_CB_ENABLED 1

/**
 * Be told of changes.  The newest callback is told first.
 *
 * @param buffer  the buffer
 * @param cb  the callback.  It may do anything to the buffer and to its
 *     callbacks.
 * @param cbarg  handed to it
 * @return a handle, valid until the callback is removed or the buffer freed;
 *     NULL when memory is short.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct evbuffer_cb_entry *
evbuffer_add_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/**
 * Remove a callback.
 *
 * @param buffer  the buffer
 * @param ent  the callback's handle, which is not valid any more then
 * @return 0, or -1 when the buffer has no such callback.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_remove_cb_entry(
	struct evbuffer *buffer, struct evbuffer_cb_entry *ent);

/**
 * Remove the newest callback of this function and argument.
 *
 * @param buffer  the buffer
 * @param cb  the function
 * @param cbarg  the argument
 * @return 0, or -1 when the buffer has no such callback.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
evbuffer_remove_cb(struct evbuffer *buffer, evbuffer_cb_func cb, void *cbarg);

/**
 * Turn flags of a callback on.
 *
 * @param buffer  the buffer
 * @param cb  the callback's handle
 * @param flags  EVBUFFER_CB_ENABLED; what happened while it was off is not
 *     told.  Others are ignored.
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_set_flags(struct evbuffer *buffer, struct evbuffer_cb_entry *cb,
	ev_uint32_t flags);

/**
 * Turn flags of a callback off.
 *
 * @param buffer  the buffer
 * @param cb  the callback's handle
 * @param flags  EVBUFFER_CB_ENABLED; others are ignored
 * @return 0
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_cb_clear_flags(struct evbuffer *buffer,
	struct evbuffer_cb_entry *cb, ev_uint32_t flags);

/**
 * Have the callbacks of a buffer run in a loop, once for all changes of the
 * meantime, and not where the changes are made.
 *
 * @param buffer  the buffer
 * @param base  whose loop; NULL: at once again.  When the base is freed while
 *     a callback is due, that does not come, and later ones run at once.
 * @return 0, or -1 when memory is short.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int evbuffer_defer_callbacks(struct evbuffer *buffer, struct event_base *base);

#ifdef __cplusplus
}
#endif

#endif
