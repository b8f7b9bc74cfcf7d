/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/bufferevent.h
 *
 * Bufferevents: a connection with an input and an output buffer.
 *
 * The program adds to the output, and the loop sends it; what arrives is in the
 * input when the program is called.
 *
 * @code
 * static void
 * on_read(struct bufferevent *bev, void *arg)
 * {
 *         bufferevent_write_buffer(bev, bufferevent_get_input(bev));
 * }
 *
 * static void
 * on_event(struct bufferevent *bev, short what, void *arg)
 * {
 *         if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
 *                 bufferevent_free(bev);
 * }
 *
 * bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
 * bufferevent_setcb(bev, on_read, NULL, on_event, NULL);
 * bufferevent_enable(bev, EV_READ);
 * @endcode
 *
 * @par Kinds
 * A @e socket bufferevent sits on a descriptor: bufferevent_socket_new().  A
 * @e pair is two ends within a process: bufferevent_pair_new().  A @e filter
 * changes what goes through another one: bufferevent_filter_new().  With
 * event2/ext_bufferevent.h there are datagrams, and kinds of a program's own.
 *
 * @par When data moves
 * In a direction that is enabled, and that nothing holds up: the input is full
 * (bufferevent_setwatermark()), or a rate limit is used up.  Output is sent by
 * the loop, at the end of the turn in which it was written.  One turn reads and
 * writes at most once for each bufferevent.
 *
 * @par Callbacks
 * They run in the loop's thread, one after the other, and with no lock held,
 * whatever the options say.  None begins after bufferevent_free() has returned.
 * In one go CONNECTED comes first, then the read callback, the write callback,
 * and other events.
 *
 * @par Failures
 * What cannot go on in a direction says so: that is disabled, and the event
 * callback hears BEV_EVENT_ERROR with the reason in errno; ENOMEM when memory is
 * short, also for a timer.  The buffers keep what they have, and
 * bufferevent_enable() goes on with it.
 *
 * @par Buffers
 * Only the library adds to the input and drains the output: evbuffer functions
 * that would do so fail.
 *
 * @par Threads
 * "Thread: any" and the like mean what event2/event.h says, and need
 * BEV_OPT_THREADSAFE.  Functions that say nothing of threads and callbacks only
 * ask, and may be called from any of both.  A lock can be held over several calls:
 * bufferevent_lock().
 */
#ifndef EVENT2_BUFFEREVENT_H_INCLUDED_
#define EVENT2_BUFFEREVENT_H_INCLUDED_

#include <event2/event-config.h>
#include <event2/visibility.h>

#ifdef EVENT__HAVE_SYS_TYPES_H
#include <sys/types.h>
#endif
#ifdef EVENT__HAVE_SYS_TIME_H
#include <sys/time.h>
#endif

#include <event2/util.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;
struct event_base;
struct evbuffer;
struct sockaddr;

/**
 * @name What happened
 *
 * A set of these is what an event callback gets.  EVUTIL_SOCKET_ERROR() tells
 * more of an error.
 * @{
 */
#define BEV_EVENT_READING 0x01 /**< while reading */
#define BEV_EVENT_WRITING 0x02 /**< while writing */
#define BEV_EVENT_EOF     0x10 /**< the other side sends no more */
#define BEV_EVENT_ERROR   0x20 /**< it cannot go on in that direction */
#define BEV_EVENT_TIMEOUT 0x40 /**< see bufferevent_set_timeouts() */
#define BEV_EVENT_CONNECTED \
	0x80 /**< a connection that was asked for is there */
/** @} */

/**
 * A callback for data.
 *
 * @param bev  the bufferevent
 * @param ctx  as given to bufferevent_setcb()
 */
typedef void (*bufferevent_data_cb)(struct bufferevent *bev, void *ctx);

/**
 * A callback for events.
 *
 * After an error, an end or a timeout the direction that it concerns is
 * disabled.
 *
 * @param bev  the bufferevent
 * @param what  BEV_EVENT_*
 * @param ctx  as given to bufferevent_setcb()
 */
typedef void (*bufferevent_event_cb)(
	struct bufferevent *bev, short what, void *ctx);

/** Options for new bufferevents. */
enum bufferevent_options {
	/** bufferevent_free() closes the descriptor, or frees what is below. */
	BEV_OPT_CLOSE_ON_FREE = 1 << 0,
	/** May be used from several threads, if the program has turned them on. */
	BEV_OPT_THREADSAFE = 1 << 1,
	/**
	 * Callbacks come later in the turn, not from within what caused them.
	 * (Without it they already run with no call of the program's below
	 * them, but for bufferevent_trigger() and bufferevent_flush().)
	 */
	BEV_OPT_DEFER_CALLBACKS = 1 << 2,
	/** No lock is held during callbacks.  It never is; the option is only
	 * taken together with BEV_OPT_DEFER_CALLBACKS. */
	BEV_OPT_UNLOCK_CALLBACKS = 1 << 3
};

/**
 * @name Life
 * @{
 */

/**
 * Make a bufferevent on a socket.
 *
 * Writing is enabled, reading is not.
 *
 * @param base  the base that runs it
 * @param fd  a non-blocking stream socket, or anything else that a backend can
 *     wait for; -1: comes later, see bufferevent_socket_connect() and
 *     bufferevent_setfd()
 * @param options  BEV_OPT_*
 * @return it, or NULL when memory is short or options contradict each other.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_socket_new(
	struct event_base *base, evutil_socket_t fd, int options);

/**
 * Free a bufferevent.
 *
 * No callback of it begins from now on; one that another thread runs may go on.
 * Output that was not sent is lost: bufferevent_flush_notify() tells when there
 * is none.  Its memory and, with BEV_OPT_CLOSE_ON_FREE, its descriptor go in the
 * loop soon, or with the base.  The call waits for nobody.
 *
 * @param bufev  the bufferevent
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_free(struct bufferevent *bufev);

/**
 * Have the bufferevent's memory stay until bufferevent_decref().
 *
 * @param bufev  the bufferevent
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_incref(struct bufferevent *bufev);

/**
 * Take back a bufferevent_incref().
 *
 * Without one before it, it is like bufferevent_free().
 *
 * @param bufev  the bufferevent
 * @return 1 if it was the last and the bufferevent goes, else 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decref(struct bufferevent *bufev);

/**
 * Hold the lock over several calls.
 *
 * Its buffers have the same lock.  Callbacks of this bufferevent may run
 * meanwhile, but wait in any call on it.  Without BEV_OPT_THREADSAFE nothing
 * happens.
 *
 * @param bufev  the bufferevent
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_lock(struct bufferevent *bufev);

/** Give the lock again.  @param bufev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
void bufferevent_unlock(struct bufferevent *bufev);

/**
 * Move to another base.
 *
 * @param base  the base
 * @param bufev  a socket bufferevent that waits for nothing: nothing is
 *     enabled, or it has no descriptor, or never had a base
 * @return 0; -1 for another kind, or one that waits.
 * @remark Thread: one.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_base_set(struct event_base *base, struct bufferevent *bufev);

/** The base.  @param bev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
struct event_base *bufferevent_get_base(struct bufferevent *bev);

/**
 * Set the priority of all it does in the loop.
 *
 * @param bufev  the bufferevent, of whichever kind
 * @param pri  0 is the most urgent; see event_base_priority_init()
 * @return 0, or -1 when there is no such priority, or it is due to run.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_priority_set(struct bufferevent *bufev, int pri);

/** The priority.  @param bufev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
int bufferevent_get_priority(const struct bufferevent *bufev);
/** @} */

/**
 * @name Connections
 * @{
 */

/**
 * Connect to an address.
 *
 * The event callback hears BEV_EVENT_CONNECTED, or BEV_EVENT_ERROR; the
 * timeouts of bufferevent_set_timeouts() count meanwhile.
 *
 * @param bufev  a socket bufferevent.  If it has no descriptor, or one that an
 *     earlier call of this has opened, it gets a new socket.
 * @param addr  the address; NULL: its socket is connecting already
 * @param socklen  how long the address is
 * @return 0, also if the other side refuses at once: the callback says so
 *     later; -1 and errno: it cannot be tried, and a socket that the program
 *     has given is still there.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect(
	struct bufferevent *bufev, const struct sockaddr *addr, int socklen);

struct evdns_base;
struct evutil_addrinfo;

/**
 * Look up a name and connect to it.
 *
 * The loop does not wait: the system's resolver runs in a thread of its own.
 * If there is more than one address they are tried in turn, and
 * BEV_EVENT_ERROR means that none could be reached, or that there is none:
 * bufferevent_socket_get_dns_error() tells.
 *
 * @param bufev  a socket bufferevent
 * @param evdns_base  not used, may be NULL: there is no evdns in this suite
 * @param family  AF_INET, AF_INET6 or AF_UNSPEC
 * @param hostname  a name or an address; "[::1]" also goes
 * @param port  1 to 65535
 * @return 0, also if the name turns out to have no address; -1 when the
 *     arguments or the bufferevent are not of the right kind, or memory is
 *     short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname(struct bufferevent *bufev,
	struct evdns_base *evdns_base, int family, const char *hostname,
	int port);

/**
 * The same, with hints for the resolver.
 *
 * @param bufev  a socket bufferevent
 * @param evdns_base  not used, may be NULL
 * @param hints_in  as for evutil_getaddrinfo(); of its flags, family, socket
 *     type and protocol a copy is made
 * @param hostname  a name or an address
 * @param port  1 to 65535
 * @return as bufferevent_socket_connect_hostname().
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_connect_hostname_hints(struct bufferevent *bufev,
	struct evdns_base *evdns_base, const struct evutil_addrinfo *hints_in,
	const char *hostname, int port);

/**
 * Why the latest lookup failed.
 *
 * @param bev  a socket bufferevent
 * @return EVUTIL_EAI_*; 0: it did not.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_socket_get_dns_error(struct bufferevent *bev);

/**
 * Give it another descriptor.
 *
 * The old one is not closed, a connection under way is no longer waited for.
 * What is enabled stays so, what is in the buffers too.
 *
 * @param bufev  a socket bufferevent, or a filter above one
 * @param fd  the descriptor, or -1
 * @return 0; -1 for another kind.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * The same, and close the old descriptor, whoever has opened it.
 *
 * @param bufev  a socket bufferevent, or a filter above one
 * @param fd  the descriptor, or -1
 * @return 0; -1 for another kind.
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd);

/**
 * The descriptor: its own, or that of what is below a filter.
 *
 * @param bufev  the bufferevent
 * @return it; -1: there is none.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
evutil_socket_t bufferevent_getfd(struct bufferevent *bufev);

/**
 * What is below a filter.
 *
 * @param bufev  the bufferevent
 * @return it; NULL: it is no filter.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_get_underlying(struct bufferevent *bufev);
/** @} */

/**
 * @name Data
 * @{
 */

/**
 * Set the callbacks.
 *
 * @param bufev  the bufferevent
 * @param readcb  data came, and the input is at its low mark or above; it is
 *     called once for what came, also if it leaves that; may be NULL
 * @param writecb  data went, and the output is at its low mark or below; may be
 *     NULL.  bufferevent_enable() with EV_WRITE also calls it once if there is
 *     no output.
 * @param eventcb  BEV_EVENT_*; may be NULL
 * @param cbarg  handed to them
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
	bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg);

/**
 * The callbacks.
 *
 * @param bufev  the bufferevent
 * @param readcb_ptr,writecb_ptr,eventcb_ptr,cbarg_ptr  where they go; each may
 *     be NULL
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_getcb(struct bufferevent *bufev,
	bufferevent_data_cb *readcb_ptr, bufferevent_data_cb *writecb_ptr,
	bufferevent_event_cb *eventcb_ptr, void **cbarg_ptr);

/**
 * Send bytes: add a copy to the output.
 *
 * @param bufev  the bufferevent
 * @param data  the bytes
 * @param size  how many
 * @return 0, or -1: memory is short, bufferevent_shutdown() was called, or the
 *     output is at the limit of bufferevent_set_output_limit() (ENOBUFS).
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_write(struct bufferevent *bufev, const void *data, size_t size);

/**
 * Send what is in a buffer, which is empty afterwards.  Nothing is copied.
 *
 * @param bufev  the bufferevent
 * @param buf  the buffer
 * @return as bufferevent_write().
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_write_buffer(struct bufferevent *bufev, struct evbuffer *buf);

/**
 * Take bytes off the input.
 *
 * @param bufev  the bufferevent
 * @param data  where they go
 * @param size  how many at most
 * @return how many it was.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
size_t bufferevent_read(struct bufferevent *bufev, void *data, size_t size);

/**
 * Move the input to the end of a buffer.  Nothing is copied.
 *
 * @param bufev  the bufferevent
 * @param buf  the buffer
 * @return 0 or -1.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_read_buffer(struct bufferevent *bufev, struct evbuffer *buf);

/** The input, to be read.  @param bufev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_input(struct bufferevent *bufev);

/** The output, to be added to.  @param bufev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
struct evbuffer *bufferevent_get_output(struct bufferevent *bufev);

/**
 * Begin to read, to write, or both.
 *
 * @param bufev  the bufferevent
 * @param event  EV_READ, EV_WRITE, or both
 * @return 0; -1 and errno: the descriptor cannot be waited for, or memory is
 *     short; then that direction is not enabled.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_enable(struct bufferevent *bufev, short event);

/**
 * Stop reading, writing, or both.
 *
 * The buffers stay as they are, timeouts do not count.  A callback that is due
 * already still comes.
 *
 * @param bufev  the bufferevent
 * @param event  EV_READ, EV_WRITE, or both
 * @return 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_disable(struct bufferevent *bufev, short event);

/** What is enabled.  @param bufev  the bufferevent @since 0.1 */
EVENT2_EXPORT_SYMBOL
short bufferevent_get_enabled(struct bufferevent *bufev);

/**
 * Set how long a direction may be without progress.
 *
 * When the time is over the direction is disabled and the event callback hears
 * BEV_EVENT_TIMEOUT with BEV_EVENT_READING or BEV_EVENT_WRITING.  Time counts
 * while data could move: reading is enabled and nothing holds it up; or there
 * is output, writing is enabled, and the other side takes none.
 *
 * @param bufev  the bufferevent
 * @param timeout_read  for reading; NULL or 0: none
 * @param timeout_write  for writing; NULL or 0: none
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_timeouts(struct bufferevent *bufev,
	const struct timeval *timeout_read,
	const struct timeval *timeout_write);

/**
 * Set the marks.
 *
 * Reading: the read callback comes when the input has at least @p lowmark
 * bytes; while it has @p highmark or more nothing is read (0: no limit).
 * Writing: the write callback comes when the output has not more than
 * @p lowmark bytes; a filter puts no more than @p highmark bytes into the output
 * of what is below it.
 *
 * @param bufev  the bufferevent
 * @param events  EV_READ, EV_WRITE, or both: both get the same marks
 * @param lowmark  bytes; 0 at first
 * @param highmark  bytes; 0 (no limit) at first
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_setwatermark(struct bufferevent *bufev, short events,
	size_t lowmark, size_t highmark);

/**
 * The marks.
 *
 * @param bufev  the bufferevent
 * @param events  EV_READ or EV_WRITE
 * @param lowmark,highmark  where they go; each may be NULL
 * @return 0; -1 when @p events is something else.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_getwatermark(struct bufferevent *bufev, short events,
	size_t *lowmark, size_t *highmark);
/** @} */

/**
 * @name Now, please
 * @{
 */

/** How much bufferevent_flush() is to bring about. */
enum bufferevent_flush_mode {
	BEV_NORMAL = 0,  /**< what would move by itself */
	BEV_FLUSH = 1,   /**< all there is, whatever the marks say */
	BEV_FINISHED = 2 /**< the same, and no more will come */
};

/**
 * Move data now.
 *
 * A filter's functions are called with @p mode, and then what is below is
 * flushed.  Of a pair data goes over, with BEV_FINISHED and an end after it.
 * For a socket there is nothing to do: what the kernel takes it gets anyway.
 *
 * @param bufev  the bufferevent
 * @param iotype  EV_READ, EV_WRITE, or both
 * @param mode  how much
 * @return 1 if something moved, 0 if nothing did, -1 if a filter failed.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_flush(struct bufferevent *bufev, short iotype,
	enum bufferevent_flush_mode mode);

/** Options of bufferevent_trigger() and bufferevent_trigger_event(). */
enum bufferevent_trigger_options {
	/** Call whatever the marks say. */
	BEV_TRIG_IGNORE_WATERMARKS = 1 << 16,
	/** Call from the loop. */
	BEV_TRIG_DEFER_CALLBACKS = BEV_OPT_DEFER_CALLBACKS
};

/**
 * Call the data callbacks, as if data had moved.
 *
 * At once and in this thread, unless the bufferevent or @p options defer it, or
 * a callback of it runs: then from the loop.
 *
 * @param bufev  the bufferevent
 * @param iotype  EV_READ, EV_WRITE, or both
 * @param options  BEV_TRIG_*
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_trigger(struct bufferevent *bufev, short iotype, int options);

/**
 * Call the event callback.
 *
 * @param bufev  the bufferevent
 * @param what  BEV_EVENT_*, or whatever else it is to be told
 * @param options  BEV_TRIG_DEFER_CALLBACKS or 0; see bufferevent_trigger()
 * @remark Thread: any.  Callback: yes, also its own.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void
bufferevent_trigger_event(struct bufferevent *bufev, short what, int options);
/** @} */

/**
 * @name Filters
 * @{
 */

/** What a filter function says. */
enum bufferevent_filter_result {
	BEV_OK = 0,        /**< it put something into the target */
	BEV_NEED_MORE = 1, /**< it cannot without more of the source */
	BEV_ERROR = 2      /**< it cannot at all */
};

/**
 * A function that data goes through.
 *
 * It takes from @p src what it can use, and adds to @p dst what that gives.  It
 * is called again as long as it says BEV_OK and moved something.  It may be
 * called with an empty source when bufferevent_flush() asks for more than
 * BEV_NORMAL.
 *
 * No lock is held, and nobody else uses the two buffers meanwhile: they belong
 * to the filter, which puts what is left of @p src back.
 *
 * @param src  the source
 * @param dst  the target, empty at first
 * @param dst_limit  do not add more bytes than that, if it can be helped;
 *     -1: there is no limit
 * @param mode  how much to bring about: BEV_FLUSH and BEV_FINISHED ask for
 *     everything that is held back
 * @param ctx  as given to bufferevent_filter_new()
 */
typedef enum bufferevent_filter_result (*bufferevent_filter_cb)(
	struct evbuffer *src, struct evbuffer *dst, ev_ssize_t dst_limit,
	enum bufferevent_flush_mode mode, void *ctx);

/**
 * Put a filter on top of a bufferevent.
 *
 * From then on the program uses the filter alone: it owns the callbacks of what
 * is below, and has it read only while it has room itself.  Writing is enabled,
 * reading is not.  When a function says BEV_ERROR, that direction is disabled
 * and the event callback hears BEV_EVENT_ERROR.
 *
 * @param underlying  what is below
 * @param input_filter  from its input to ours; NULL: as it is
 * @param output_filter  from our output to its; NULL: as it is
 * @param options  BEV_OPT_*; with BEV_OPT_CLOSE_ON_FREE what is below is freed
 *     together with the filter.  The lock, if any, is the one of below.
 * @param free_context  is called with @p ctx when the filter is gone; may be
 *     NULL
 * @param ctx  handed to the functions
 * @return it, or NULL when memory is short or options contradict each other;
 *     then what is below is as it was.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_filter_new(struct bufferevent *underlying,
	bufferevent_filter_cb input_filter, bufferevent_filter_cb output_filter,
	int options, void (*free_context)(void *ctx), void *ctx);
/** @} */

/**
 * @name Pairs
 * @{
 */

/**
 * Make two bufferevents, each of which reads what the other one writes.
 *
 * Data goes over when one end may write and the other read.  There is no
 * descriptor.  Callbacks are always deferred.  Both have one lock.  When one end
 * is freed the other hears BEV_EVENT_EOF, and if it writes after that
 * BEV_EVENT_ERROR with EPIPE.
 *
 * @param base  the base that runs both
 * @param options  BEV_OPT_*
 * @param pair  where they go
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_pair_new(
	struct event_base *base, int options, struct bufferevent *pair[2]);

/**
 * The other end.
 *
 * @param bev  one end
 * @return the other; NULL: it was freed, or @p bev is no end of a pair.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent *bufferevent_pair_get_partner(struct bufferevent *bev);
/** @} */

/**
 * @name Limits
 *
 * A bucket gets so many tokens (bytes) each tick, up to its burst.  Reading and
 * writing take them, and wait while there are none.
 * @{
 */

struct ev_token_bucket_cfg;
struct bufferevent_rate_limit_group;

/** The largest rate and burst: as good as no limit. */
#define EV_RATE_LIMIT_MAX EV_SSIZE_MAX

/**
 * Describe a bucket.
 *
 * @param read_rate  bytes to be read in a tick, on average
 * @param read_burst  bytes to be read at once, at most
 * @param write_rate  the same for writing
 * @param write_burst  the same for writing
 * @param tick_len  the tick, not less than a millisecond; NULL: one second
 * @return it; NULL when memory is short, a rate is 0 or larger than its burst, a
 *     burst is larger than EV_RATE_LIMIT_MAX, or the tick is no time.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct ev_token_bucket_cfg *
ev_token_bucket_cfg_new(size_t read_rate, size_t read_burst, size_t write_rate,
	size_t write_burst, const struct timeval *tick_len);

/**
 * Free it, when no bufferevent uses it any more.
 *
 * Groups have copies.
 *
 * @param cfg  the description
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void ev_token_bucket_cfg_free(struct ev_token_bucket_cfg *cfg);

/**
 * Limit one bufferevent.
 *
 * The bucket begins with one tick's tokens.
 *
 * @param bev  the bufferevent
 * @param cfg  the bucket; NULL: no limit any more
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_rate_limit(
	struct bufferevent *bev, struct ev_token_bucket_cfg *cfg);

/**
 * Make a group, whose members share a bucket.
 *
 * Members may have other bases, and limits of their own.
 *
 * @param base  the base that fills the bucket
 * @param cfg  the bucket; a copy is made
 * @return it, or NULL when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
struct bufferevent_rate_limit_group *bufferevent_rate_limit_group_new(
	struct event_base *base, const struct ev_token_bucket_cfg *cfg);

/**
 * Give a group another bucket.
 *
 * What is in the bucket stays, up to the new burst.
 *
 * @param group  the group
 * @param cfg  the bucket; a copy is made
 * @return 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int
bufferevent_rate_limit_group_set_cfg(struct bufferevent_rate_limit_group *group,
	const struct ev_token_bucket_cfg *cfg);

/**
 * Set how much a member may move at least, when there is anything.
 *
 * What is in the bucket is divided evenly; without this, many members would
 * move a few bytes each.
 *
 * @param group  the group
 * @param min_share  bytes, 64 at first; not more than a tick's tokens count
 * @return 0, or -1 when it is larger than EV_SSIZE_MAX.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_set_min_share(
	struct bufferevent_rate_limit_group *group, size_t min_share);

/**
 * Free a group.
 *
 * Members that are left have no limit by it any more.
 *
 * @param group  the group
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void
bufferevent_rate_limit_group_free(struct bufferevent_rate_limit_group *group);

/**
 * Join a group, and leave the one it is in.
 *
 * @param bev  the bufferevent
 * @param g  the group; NULL: only leave
 * @return 0, or -1 when memory is short.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_add_to_rate_limit_group(
	struct bufferevent *bev, struct bufferevent_rate_limit_group *g);

/** Leave the group, if any.  @param bev  the bufferevent @return 0
 * @since 0.1 */
EVENT2_EXPORT_SYMBOL
int bufferevent_remove_from_rate_limit_group(struct bufferevent *bev);

/**
 * Set how much one read takes at most: how much of a turn one gets.
 *
 * @param bev  the bufferevent
 * @param size  bytes; 0, or more than EV_SSIZE_MAX: 16384, as at first
 * @return 0, or -1 when memory is short; not for 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_max_single_read(struct bufferevent *bev, size_t size);

/** The same for writing.  @param bev  the bufferevent @param size  bytes
 * @return 0 or -1 @since 0.1 */
EVENT2_EXPORT_SYMBOL
int bufferevent_set_max_single_write(struct bufferevent *bev, size_t size);

/** See bufferevent_set_max_single_read().  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_read(struct bufferevent *bev);

/** See bufferevent_set_max_single_write().  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_single_write(struct bufferevent *bev);

/**
 * The tokens in its own bucket; less than 0 after a large read.
 *
 * @param bev  the bufferevent
 * @return tokens; EV_SSIZE_MAX: there is no bucket.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_read_limit(struct bufferevent *bev);

/** The same for writing.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_write_limit(struct bufferevent *bev);

/**
 * How much it could read now, by all its limits.
 *
 * @param bev  the bufferevent
 * @return bytes
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_to_read(struct bufferevent *bev);

/** The same for writing.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_get_max_to_write(struct bufferevent *bev);

/** Its bucket's description, or NULL.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
const struct ev_token_bucket_cfg *
bufferevent_get_token_bucket_cfg(const struct bufferevent *bev);

/** The tokens in a group's bucket.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_rate_limit_group_get_read_limit(
	struct bufferevent_rate_limit_group *group);

/** The same for writing.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
ev_ssize_t bufferevent_rate_limit_group_get_write_limit(
	struct bufferevent_rate_limit_group *group);

/**
 * Take tokens out of its bucket, for what the program has moved by other ways.
 *
 * @param bev  the bufferevent
 * @param decr  tokens; negative: put in, also beyond the burst
 * @return 0; -1: there is no bucket.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_read_limit(struct bufferevent *bev, ev_ssize_t decr);

/** The same for writing.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
int bufferevent_decrement_write_limit(struct bufferevent *bev, ev_ssize_t decr);

/**
 * The same for a group's bucket.
 *
 * @param group  the group
 * @param decr  tokens; negative: put in
 * @return 0.
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_read(
	struct bufferevent_rate_limit_group *group, ev_ssize_t decr);

/** The same for writing.  @since 0.1 */
EVENT2_EXPORT_SYMBOL
int bufferevent_rate_limit_group_decrement_write(
	struct bufferevent_rate_limit_group *group, ev_ssize_t decr);

/**
 * What all members together have moved.
 *
 * @param grp  the group
 * @param total_read_out,total_written_out  bytes; each may be NULL
 * @remark Thread: any.  Callback: yes.
 * @since 0.1
 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_get_totals(
	struct bufferevent_rate_limit_group *grp, ev_uint64_t *total_read_out,
	ev_uint64_t *total_written_out);

/** Count from 0 again.  @param grp  the group @since 0.1 */
EVENT2_EXPORT_SYMBOL
void bufferevent_rate_limit_group_reset_totals(
	struct bufferevent_rate_limit_group *grp);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
