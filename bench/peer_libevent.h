/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The API of libevent; compiled twice, against libevent and against the suite.
 * See peer.h.
 */
#ifndef BENCH_PEER_LIBEVENT_H
#define BENCH_PEER_LIBEVENT_H

#include <stdint.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>

#define PEER_HAS_POST
#define PEER_HAS_ONCE
#define PEER_HAS_COMMON
#define PEER_HAS_LOCKS
#define PEER_HAS_BUFFER
#define PEER_HAS_STREAM

#define PEER_IO_SIZE    sizeof(struct event)
#define PEER_TIMER_SIZE sizeof(struct event)
/* On the heap. */
#define PEER_STREAM_SIZE 0

#define ON_EVENT(name)                                              \
	static void name##_body(void *);                            \
	static void name(evutil_socket_t fd, short what, void *arg) \
	{                                                           \
		(void)fd, (void)what;                               \
		name##_body(arg);                                   \
	}                                                           \
	static void name##_body(void *arg)
#define ON_IO     ON_EVENT
#define ON_TIMER  ON_EVENT
#define ON_POST   ON_EVENT
#define ON_WAKE   ON_EVENT
#define ON_SIGNAL ON_EVENT
#define ON_ONCE   ON_EVENT

/* --- loop ----------------------------------------------------------------*/

struct loop {
	struct event_base *base;
};

static inline int
loop_open(struct loop *loop, int locked)
{
	if (locked)
		evthread_use_pthreads();
	loop->base = event_base_new();
	return loop->base ? 0 : -1;
}

static inline void
loop_close(struct loop *loop)
{
	event_base_free(loop->base);
}

/* libevent goes on under EVLOOP_NONBLOCK alone while anything is ready. */
static inline void
loop_turn(struct loop *loop)
{
	event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static inline void
loop_run(struct loop *loop)
{
	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

static inline void
loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}

static inline void
loop_once(struct loop *loop, event_callback_fn fn, void *arg)
{
	event_base_once(loop->base, -1, EV_TIMEOUT, fn, arg, NULL);
}

/* --- delays --------------------------------------------------------------*/

struct delay {
	struct timeval tv;
};

static inline struct delay
delay_of(int64_t ns)
{
	return (struct delay){{
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_usec = (suseconds_t)(ns % 1000000000 / 1000),
	}};
}

static inline struct delay
delay_common(struct loop *loop, int64_t ns)
{
	struct delay plain = delay_of(ns);

	return (struct delay){
		*event_base_init_common_timeout(loop->base, &plain.tv)};
}

/* --- descriptors ---------------------------------------------------------*/

struct io {
	struct event event;
};

enum { IO_READ = EV_READ, IO_WRITE = EV_WRITE, IO_ONCE = 0x4000 };

static inline void
io_init(struct io *io, struct loop *loop, int fd, int events,
	event_callback_fn fn, void *arg)
{
	int what = events & IO_ONCE ? events & ~IO_ONCE : events | EV_PERSIST;

	event_assign(&io->event, loop->base, fd, (short)what, fn, arg);
}

static inline void
io_start(struct io *io)
{
	event_add(&io->event, NULL);
}

static inline void
io_start_within(struct io *io, const struct delay *delay)
{
	event_add(&io->event, &delay->tv);
}

static inline void
io_stop(struct io *io)
{
	event_del(&io->event);
}

/* Persistent events begin their timeouts anew by themselves. */
static inline void
io_touch(struct io *io)
{
	(void)io;
}

/* An event that is not persistent has ended before its callback. */
static inline void
io_spend(struct io *io)
{
	(void)io;
}

/* Interest in writing is an event of its own. */
struct writer {
	struct event event;
};

static inline void
writer_init(
	struct writer *writer, struct io *io, event_callback_fn fn, void *arg)
{
	event_assign(&writer->event, event_get_base(&io->event),
		event_get_fd(&io->event), EV_WRITE | EV_PERSIST, fn, arg);
}

static inline void
writer_start(struct writer *writer)
{
	event_add(&writer->event, NULL);
}

static inline void
writer_stop(struct writer *writer)
{
	event_del(&writer->event);
}

/* --- timers --------------------------------------------------------------*/

struct timer {
	struct event event;
};

static inline void
timer_init(struct timer *timer, struct loop *loop, int every,
	event_callback_fn fn, void *arg)
{
	event_assign(
		&timer->event, loop->base, -1, every ? EV_PERSIST : 0, fn, arg);
}

static inline void
timer_start(struct timer *timer, const struct delay *delay)
{
	event_add(&timer->event, &delay->tv);
}

static inline void
timer_reset(struct timer *timer, const struct delay *delay)
{
	event_add(&timer->event, &delay->tv);
}

static inline void
timer_stop(struct timer *timer)
{
	event_del(&timer->event);
}

/* --- callbacks by hand, other threads, signals ---------------------------*/

struct post {
	struct event event;
};

static inline void
post_init(struct post *post, struct loop *loop, event_callback_fn fn, void *arg)
{
	event_assign(&post->event, loop->base, -1, 0, fn, arg);
}

static inline void
post_send(struct post *post)
{
	event_active(&post->event, EV_READ, 1);
}

struct wake {
	struct event event;
};

static inline void
wake_init(struct wake *wake, struct loop *loop, event_callback_fn fn, void *arg)
{
	event_assign(&wake->event, loop->base, -1, EV_PERSIST, fn, arg);
}

static inline void
wake_send(struct wake *wake)
{
	event_active(&wake->event, EV_READ, 1);
}

static inline void
wake_close(struct wake *wake)
{
	event_del(&wake->event);
}

struct sig {
	struct event event;
};

static inline void
sig_init(struct sig *sig, struct loop *loop, int signo, event_callback_fn fn,
	void *arg)
{
	event_assign(&sig->event, loop->base, signo, EV_SIGNAL | EV_PERSIST, fn,
		arg);
}

static inline void
sig_start(struct sig *sig)
{
	event_add(&sig->event, NULL);
}

static inline void
sig_stop(struct sig *sig)
{
	event_del(&sig->event);
}

/* --- buffers -------------------------------------------------------------*/

struct buffer {
	struct evbuffer *evbuffer;
};

static inline void
buffer_init(struct buffer *buffer)
{
	buffer->evbuffer = evbuffer_new();
}

static inline void
buffer_fini(struct buffer *buffer)
{
	evbuffer_free(buffer->evbuffer);
}

static inline void
buffer_add(struct buffer *buffer, const void *data, size_t size)
{
	evbuffer_add(buffer->evbuffer, data, size);
}

static inline void
buffer_drop(struct buffer *buffer, size_t size)
{
	evbuffer_drain(buffer->evbuffer, size);
}

static inline void
buffer_take(struct buffer *buffer, void *data, size_t size)
{
	evbuffer_remove(buffer->evbuffer, data, size);
}

static inline void *
buffer_room(struct buffer *buffer, size_t size)
{
	struct evbuffer_iovec room;

	evbuffer_reserve_space(buffer->evbuffer, (ev_ssize_t)size, &room, 1);
	return room.iov_base;
}

static inline void
buffer_filled(struct buffer *buffer, void *room, size_t size)
{
	struct evbuffer_iovec vec = {.iov_base = room, .iov_len = size};

	evbuffer_commit_space(buffer->evbuffer, &vec, 1);
}

static inline void
buffer_print(struct buffer *buffer, const char *text, int number)
{
	evbuffer_add_printf(buffer->evbuffer, "%s %d\r\n", text, number);
}

static inline long
buffer_eol(struct buffer *buffer, long from, long *next)
{
	struct evbuffer_ptr at;
	size_t length;

	evbuffer_ptr_set(buffer->evbuffer, &at, (size_t)from, EVBUFFER_PTR_SET);
	at = evbuffer_search_eol(
		buffer->evbuffer, &at, &length, EVBUFFER_EOL_CRLF);
	*next = at.pos + (long)length;
	return at.pos;
}

static inline char *
buffer_line(struct buffer *buffer)
{
	return evbuffer_readln(buffer->evbuffer, NULL, EVBUFFER_EOL_CRLF);
}

static inline long
buffer_find(struct buffer *buffer, const char *what, size_t size)
{
	return evbuffer_search(buffer->evbuffer, what, size, NULL).pos;
}

static inline void
buffer_move(struct buffer *to, struct buffer *from)
{
	evbuffer_add_buffer(to->evbuffer, from->evbuffer);
}

static inline int
buffer_write(struct buffer *buffer, int fd)
{
	return evbuffer_write(buffer->evbuffer, fd);
}

static inline int
buffer_read(struct buffer *buffer, int fd)
{
	return evbuffer_read(buffer->evbuffer, fd, -1);
}

/* --- streams -------------------------------------------------------------*/

#define ON_STREAM(name)                                      \
	static void name##_body(void *);                     \
	static void name(struct bufferevent *bev, void *arg) \
	{                                                    \
		(void)bev;                                   \
		name##_body(arg);                            \
	}                                                    \
	static void name##_body(void *arg)

struct stream {
	struct bufferevent *bev;
};

static inline void
stream_open(struct stream *stream, struct loop *loop, int fd,
	bufferevent_data_cb fn, void *arg)
{
	evutil_make_socket_nonblocking(fd);
	stream->bev = bufferevent_socket_new(
		loop->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(stream->bev, fn, NULL, NULL, arg);
	bufferevent_enable(stream->bev, EV_READ | EV_WRITE);
}

static inline long
stream_echo(struct stream *stream)
{
	struct evbuffer *input = bufferevent_get_input(stream->bev);
	long size = (long)evbuffer_get_length(input);

	bufferevent_write_buffer(stream->bev, input);
	return size;
}

static inline void
stream_close(struct stream *stream)
{
	bufferevent_free(stream->bev);
}

#endif
