/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/ext_bufferevent.h
 *
 * More about bufferevents: back-pressure, pipes, the end of output, datagrams,
 * and kinds of one's own.
 *
 * This header is an extension: libevent has nothing of it.
 */
#ifndef EVENT2_EXT_BUFFEREVENT_H_INCLUDED_
#define EVENT2_EXT_BUFFEREVENT_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#include <event2/bufferevent.h>
#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @name Back-pressure
 *
 * A producer that is faster than the other side must pause, or the output grows
 * without bounds.
 * @{
 */

/**
 * The output has become full, or has room again.
 *
 * Called in turns: full, not full, full.
 *
 * @param bev  the bufferevent
 * @param is_full  1: pause, it is at the high mark; 0: go on, it is at the low
 *     mark
 * @param arg  as given to bufferevent_set_output_marks()
 */
typedef void (*bufferevent_pressure_cb)(
	struct bufferevent *bev, int is_full, void *arg);

/**
 * Set marks for the output, and who is to hear of them.
 *
 * @param bufev  the bufferevent
 * @param low  bytes; at or below, after having been full: room again
 * @param high  bytes, more than @p low; at or above: full; 0: no marks
 * @param fn  is called from the loop; NULL: nobody
 * @param arg  handed to it
 * @return 0, or -1: the marks make no sense, or memory is short.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_output_marks(struct bufferevent *bufev, size_t low,
	size_t high, bufferevent_pressure_cb fn, void *arg);

/**
 * Set how large the output may become.
 *
 * bufferevent_write() and bufferevent_write_buffer() refuse, with ENOBUFS, what
 * would make it larger.  What the program adds to the buffer itself may go
 * beyond once: the event callback then hears BEV_EVENT_ERROR and
 * BEV_EVENT_WRITING, with ENOBUFS, and until it is below the limit the buffer
 * takes nothing.  What is in it is still sent.
 *
 * @param bufev  the bufferevent
 * @param limit  bytes; 0: no limit
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_output_limit(struct bufferevent *bufev, size_t limit);
/** @} */

/**
 * @name Pipes
 *
 * A pipe moves what one bufferevent reads to the output of another, as fast as
 * that takes it and no faster: data waits where it comes from.  Two of them make
 * a proxy; one from a bufferevent to itself is an echo.
 * @{
 */
struct bufferevent_pipe;

/**
 * A pipe has come to its end.
 *
 * @param pipe  the pipe; bufferevent_pipe_free() may be called
 * @param error  0: the reading one has ended, and all that it had was sent; else
 *     an errno: reading has failed, and all that came before was sent; or writing
 *     has, and what is left is where it was; ENOMEM: memory is short; ECANCELED:
 *     one of the two was freed
 * @param arg  as given to bufferevent_pipe_new()
 */
typedef void (*bufferevent_pipe_cb)(
	struct bufferevent_pipe *pipe, int error, void *arg);

/**
 * Move what one reads to the output of the other.
 *
 * Reading of the one and writing of the other are enabled.  Until the pipe is
 * freed neither the read callback of @p from is called, nor the event callbacks
 * for the end of reading of @p from and of writing of @p to.  When @p from ends,
 * in order or by an error, @p to is shut down as by bufferevent_shutdown().
 *
 * @param from  what is read
 * @param to  what is written to; may be the same, or of another base
 * @param high  bytes, more than 0: the pipe does not make the output of @p to
 *     larger, and does not have @p from read while it is that large
 * @param fn  is called once at the end, in the loop of @p from; may be NULL
 * @param arg  handed to it
 * @return the pipe; NULL when memory is short, @p high is 0, or one of the two is
 *     at that side of a pipe already.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent_pipe *bufferevent_pipe_new(struct bufferevent *from,
	struct bufferevent *to, size_t high, bufferevent_pipe_cb fn, void *arg);

/**
 * Take a pipe away.
 *
 * The two bufferevents stay, with what is in their buffers.  One that was freed
 * before goes now: a pipe holds references.  Free the pipe before their bases.
 *
 * @param pipe  the pipe; may be NULL
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_pipe_free(struct bufferevent_pipe *pipe);

/** How many bytes have gone through.  @param pipe  the pipe @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_uint64_t bufferevent_pipe_get_count(struct bufferevent_pipe *pipe);
/** @} */

/**
 * @name The end of output
 * @{
 */

/**
 * What was to be sent is gone.
 *
 * @param bev  the bufferevent
 * @param error  0: the kernel has it, or whoever is next; else an errno: writing
 *     has failed, or ended, before
 * @param arg  as given to bufferevent_flush_notify()
 */
typedef void (*bufferevent_flush_cb)(
	struct bufferevent *bev, int error, void *arg);

/**
 * Ask to be told when all that is in the output now has been sent.
 *
 * @code
 * bufferevent_write(bev, bye, strlen(bye));
 * bufferevent_flush_notify(bev, free_it, NULL);
 * @endcode
 *
 * @param bufev  the bufferevent
 * @param fn  is called once, from the loop; not after bufferevent_free()
 * @param arg  handed to it
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_flush_notify(
	struct bufferevent *bufev, bufferevent_flush_cb fn, void *arg);

/**
 * Send what is in the output, and then tell the other side that no more comes.
 *
 * From now on nothing can be added to the output; reading goes on.  A socket is
 * shut down for writing, a pair's partner hears BEV_EVENT_EOF, a filter is
 * flushed with BEV_FINISHED and what is below it shut down.  When the system
 * refuses, the event callback hears BEV_EVENT_WRITING and BEV_EVENT_ERROR.
 *
 * @param bufev  the bufferevent
 * @return 0; -1: its kind cannot.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_shutdown(struct bufferevent *bufev);
/** @} */

/**
 * @name Datagrams
 *
 * A bufferevent on a datagram socket has callbacks, marks, timeouts and limits
 * like any other.  Its buffers hold whole datagrams with their addresses, in a
 * form of their own: the program uses the calls below and not the buffers.  A
 * turn receives and sends up to 16 at once, so the input may go beyond its mark
 * by as many.
 *
 * BEV_EVENT_ERROR with BEV_EVENT_READING or BEV_EVENT_WRITING is about one
 * datagram, and ends nothing.
 * @{
 */

/**
 * Make a bufferevent on a datagram socket.
 *
 * Writing is enabled, reading is not.
 *
 * @param base  the base that runs it
 * @param fd  a non-blocking datagram socket
 * @param options  BEV_OPT_*
 * @return it, or NULL and errno.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_datagram_new(
	struct event_base *base, evutil_socket_t fd, int options);

/**
 * Set how large a datagram may be that arrives whole; the rest is cut off.
 *
 * @param bufev  a datagram bufferevent
 * @param size  bytes, 1 to 65535; 2048 at first
 * @return 0, or -1.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_datagram_set_size(struct bufferevent *bufev, size_t size);

/**
 * Send a datagram: add a copy to the output.
 *
 * @param bufev  a datagram bufferevent
 * @param data  the bytes
 * @param size  how many, not more than 65535; 0 goes as well
 * @param to  where to; NULL: where the socket is connected to
 * @param tolen  how long the address is
 * @return 0, or -1 and errno: it is too long, memory is short, or the output is at
 *     its limit.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_datagram_send(struct bufferevent *bufev, const void *data,
	size_t size, const struct sockaddr *to, int tolen);

/**
 * Take a datagram off the input.
 *
 * @param bufev  a datagram bufferevent
 * @param data  where it goes
 * @param size  how many bytes there is room for; the rest is lost
 * @param from  where its address goes; may be NULL
 * @param fromlen  how much room there is for that, and then how long it is; may
 *     be NULL
 * @return how many bytes it was when it was sent, so more than @p size, or than
 *     bufferevent_datagram_set_size(), if something was cut off; -1: there is
 *     none.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_datagram_recv(struct bufferevent *bufev, void *data,
	size_t size, struct sockaddr *from, int *fromlen);

/** How many datagrams are in the input.  @param bufev  the bufferevent
 * @since 0.1 */
EVENT2_EXPORT_SYMBOL
size_t bufferevent_datagram_count(struct bufferevent *bufev);
/** @} */

/**
 * @name Kinds of one's own
 *
 * A kind is a table of functions.  It takes what the program has written off the
 * output, adds what it has to the input, and tells of events; the library does
 * the rest: marks, timeouts, callbacks, locks, back-pressure.
 *
 * The functions are called with the bufferevent's lock held, but for destroy().
 * They must not call back into the program, nor wait.
 * @{
 */
struct bufferevent_ops {
	size_t struct_size; /**< sizeof(struct bufferevent_ops) */
	const char *name;

	/**
	 * Data may move in a direction, EV_READ or EV_WRITE, from now on.
	 * 0; or -1 and errno: it cannot be.  May be NULL.
	 */
	int (*start)(struct bufferevent *bev, short what);
	/** It may not any more.  May be NULL. */
	void (*stop)(struct bufferevent *bev, short what);
	/**
	 * In the loop: there is new output, or bufferevent_kind_schedule() was
	 * called.  It moves what may move.
	 */
	void (*work)(struct bufferevent *bev);
	/** See bufferevent_flush(), for this one alone.  May be NULL: 0. */
	int (*flush)(struct bufferevent *bev, short what,
		enum bufferevent_flush_mode mode);
	/**
	 * The output is empty, and nothing more comes.  0; or -1: not yet, it
	 * is called again after work().  May be NULL.
	 */
	int (*shutdown)(struct bufferevent *bev);
	/** Its descriptor.  May be NULL: -1. */
	evutil_socket_t (*get_fd)(struct bufferevent *bev);
	/** Another descriptor; 0 or -1.  May be NULL: -1. */
	int (*set_fd)(struct bufferevent *bev, evutil_socket_t fd);
	/** What is below it.  May be NULL: there is nothing. */
	struct bufferevent *(*get_underlying)(struct bufferevent *bev);
	/** It is freed: let go of others; stop() follows.  May be NULL. */
	void (*unlink)(struct bufferevent *bev);
	/**
	 * The very end, in the loop, without a lock; nobody else uses it any
	 * more.  May be NULL.
	 */
	void (*destroy)(struct bufferevent *bev);
};

/**
 * Make a bufferevent of a kind.
 *
 * Writing is enabled, reading is not.
 *
 * @param base  the base that runs it
 * @param ops  the kind; it has to outlive it
 * @param options  BEV_OPT_*; what BEV_OPT_CLOSE_ON_FREE means is up to the kind
 * @param arg  for the kind: bufferevent_kind_arg()
 * @return it, or NULL and errno: memory is short, options contradict each
 *     other, or the table is not one.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_kind_new(struct event_base *base,
	const struct bufferevent_ops *ops, int options, void *arg);

/** What was given to bufferevent_kind_new(); NULL for the library's kinds.
 * @since 0.1 */
EVENT2_EXPORT_SYMBOL
void *bufferevent_kind_arg(struct bufferevent *bev);

/**
 * Have work() called, once, from the loop.
 *
 * @param bev  a bufferevent of the program's kind
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_kind_schedule(struct bufferevent *bev);

/**
 * Put data into the input, as far as it has room.
 *
 * Nothing while reading is disabled or held up; start() tells of the end.
 *
 * @param bev  a bufferevent of the program's kind
 * @param data  the data; what goes in is taken off it
 * @return how many bytes, or -1 when memory is short.
 * @remark Thread: any, from the kind's functions and elsewhere.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t
bufferevent_kind_input(struct bufferevent *bev, struct evbuffer *data);

/**
 * Take data off the output.
 *
 * Nothing while writing is disabled or held up.
 *
 * @param bev  a bufferevent of the program's kind
 * @param data  the data is added to it
 * @param most  bytes at most
 * @return how many bytes, or -1 when memory is short.
 * @remark Thread: any, from the kind's functions and elsewhere.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_kind_output(
	struct bufferevent *bev, struct evbuffer *data, size_t most);

/**
 * Tell the program of an event.
 *
 * An end, an error or a timeout with BEV_EVENT_READING disables reading, one
 * with BEV_EVENT_WRITING writing.
 *
 * @param bev  a bufferevent of the program's kind
 * @param what  BEV_EVENT_*
 * @param error  what errno will be in the callback
 * @remark Thread: any, from the kind's functions and elsewhere.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_kind_report(struct bufferevent *bev, short what, int error);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
