/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libuv.  See peer.h.  Its timers count milliseconds, and it has no callback
 * that is made due by hand.
 */
#ifndef BENCH_PEER_LIBUV_H
#define BENCH_PEER_LIBUV_H

#include <stdint.h>
#include <stdlib.h>

#include <uv.h>

#define PEER_HAS_STREAM

#define PEER_IO_SIZE     sizeof(uv_poll_t)
#define PEER_TIMER_SIZE  sizeof(uv_timer_t)
#define PEER_STREAM_SIZE sizeof(uv_tcp_t)

#define ON_IO(name)                                               \
	static void name##_body(void *);                          \
	static void name(uv_poll_t *handle, int status, int what) \
	{                                                         \
		(void)status, (void)what;                         \
		name##_body(handle->data);                        \
	}                                                         \
	static void name##_body(void *arg)
#define ON_HANDLE(type, name)              \
	static void name##_body(void *);   \
	static void name(type *handle)     \
	{                                  \
		name##_body(handle->data); \
	}                                  \
	static void name##_body(void *arg)
#define ON_TIMER(name) ON_HANDLE(uv_timer_t, name)
#define ON_WAKE(name)  ON_HANDLE(uv_async_t, name)
#define ON_SIGNAL(name)                                  \
	static void name##_body(void *);                 \
	static void name(uv_signal_t *handle, int signo) \
	{                                                \
		(void)signo;                             \
		name##_body(handle->data);               \
	}                                                \
	static void name##_body(void *arg)

/* --- loop ----------------------------------------------------------------*/

struct loop {
	uv_loop_t uv;
};

static inline int
loop_open(struct loop *loop, int locked)
{
	(void)locked;
	return uv_loop_init(&loop->uv);
}

static inline void
loop_close_handle(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static inline void
loop_close(struct loop *loop)
{
	uv_walk(&loop->uv, loop_close_handle, NULL);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	uv_loop_close(&loop->uv);
}

static inline void
loop_turn(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_NOWAIT);
}

static inline void
loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static inline void
loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

/* --- delays --------------------------------------------------------------*/

struct delay {
	uint64_t ms;
};

static inline struct delay
delay_of(int64_t ns)
{
	return (struct delay){(uint64_t)((ns + 999999) / 1000000)};
}

/* --- descriptors ---------------------------------------------------------*/

struct io {
	uv_poll_t poll;
	uv_timer_t timeout;
	uv_poll_cb fn;
	int events;
};

enum { IO_READ = UV_READABLE, IO_WRITE = UV_WRITABLE, IO_ONCE = 0x4000 };

static inline void
io_on_timeout(uv_timer_t *timeout)
{
	struct io *io = timeout->data;

	io->fn(&io->poll, 0, 0);
}

static inline void
io_init(struct io *io, struct loop *loop, int fd, int events, uv_poll_cb fn,
	void *arg)
{
	uv_poll_init(&loop->uv, &io->poll, fd);
	io->poll.data = arg;
	uv_timer_init(&loop->uv, &io->timeout);
	io->timeout.data = io;
	io->fn = fn;
	io->events = events & ~IO_ONCE;
}

static inline void
io_start(struct io *io)
{
	uv_poll_start(&io->poll, io->events, io->fn);
}

static inline void
io_start_within(struct io *io, const struct delay *delay)
{
	uv_poll_start(&io->poll, io->events, io->fn);
	uv_timer_start(&io->timeout, io_on_timeout, delay->ms, delay->ms);
}

static inline void
io_stop(struct io *io)
{
	uv_poll_stop(&io->poll);
	uv_timer_stop(&io->timeout);
}

static inline void
io_touch(struct io *io)
{
	uv_timer_again(&io->timeout);
}

static inline void
io_spend(struct io *io)
{
	uv_poll_stop(&io->poll);
}

/* A descriptor has one handle, with one callback for all that it reports. */
struct writer {
	struct io *io;
};

static inline void
writer_init(struct writer *writer, struct io *io, uv_poll_cb fn, void *arg)
{
	(void)fn, (void)arg;
	writer->io = io;
}

static inline void
writer_start(struct writer *writer)
{
	uv_poll_start(
		&writer->io->poll, UV_READABLE | UV_WRITABLE, writer->io->fn);
}

static inline void
writer_stop(struct writer *writer)
{
	uv_poll_start(&writer->io->poll, UV_READABLE, writer->io->fn);
}

/* --- timers --------------------------------------------------------------*/

struct timer {
	uv_timer_t timer;
	uv_timer_cb fn;
	int every;
};

static inline void
timer_init(struct timer *timer, struct loop *loop, int every, uv_timer_cb fn,
	void *arg)
{
	uv_timer_init(&loop->uv, &timer->timer);
	timer->timer.data = arg;
	timer->fn = fn;
	timer->every = every;
}

static inline void
timer_start(struct timer *timer, const struct delay *delay)
{
	uv_timer_start(&timer->timer, timer->fn, delay->ms,
		timer->every ? delay->ms : 0);
}

static inline void
timer_reset(struct timer *timer, const struct delay *delay)
{
	uv_timer_start(&timer->timer, timer->fn, delay->ms, 0);
}

static inline void
timer_stop(struct timer *timer)
{
	uv_timer_stop(&timer->timer);
}

/* --- other threads, signals ----------------------------------------------*/

struct wake {
	uv_async_t async;
};

static inline void
wake_init(struct wake *wake, struct loop *loop, uv_async_cb fn, void *arg)
{
	uv_async_init(&loop->uv, &wake->async, fn);
	wake->async.data = arg;
}

static inline void
wake_send(struct wake *wake)
{
	uv_async_send(&wake->async);
}

static inline void
wake_close(struct wake *wake)
{
	uv_close((uv_handle_t *)&wake->async, NULL);
}

struct sig {
	uv_signal_t signal;
	uv_signal_cb fn;
	int signo;
};

static inline void
sig_init(struct sig *sig, struct loop *loop, int signo, uv_signal_cb fn,
	void *arg)
{
	uv_signal_init(&loop->uv, &sig->signal);
	sig->signal.data = arg;
	sig->fn = fn;
	sig->signo = signo;
}

static inline void
sig_start(struct sig *sig)
{
	uv_signal_start(&sig->signal, sig->fn, sig->signo);
}

static inline void
sig_stop(struct sig *sig)
{
	uv_signal_stop(&sig->signal);
}

/* --- streams -------------------------------------------------------------*/

#define ON_STREAM(name) static void name(void *arg)

/* Memory is had for each read, and given back when it is written. */
struct stream {
	uv_tcp_t tcp;
	void (*fn)(void *);
	void *arg;
	char *bytes;
	ssize_t count;
};

struct stream_write {
	uv_write_t write;
	char *bytes;
};

static inline void
stream_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	(void)handle;
	*buf = uv_buf_init(malloc(size), (unsigned)size);
}

static inline void
stream_on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buf)
{
	struct stream *stream = handle->data;

	stream->bytes = buf->base;
	stream->count = count;
	if (count > 0)
		stream->fn(stream->arg);
	free(stream->bytes);
}

static inline void
stream_on_written(uv_write_t *write, int status)
{
	struct stream_write *done = (struct stream_write *)write;

	(void)status;
	free(done->bytes);
	free(done);
}

static inline void
stream_open(struct stream *stream, struct loop *loop, int fd,
	void (*fn)(void *), void *arg)
{
	stream->fn = fn;
	stream->arg = arg;
	uv_tcp_init(&loop->uv, &stream->tcp);
	stream->tcp.data = stream;
	uv_tcp_open(&stream->tcp, fd);
	uv_read_start(
		(uv_stream_t *)&stream->tcp, stream_alloc, stream_on_read);
}

static inline long
stream_echo(struct stream *stream)
{
	struct stream_write *write = malloc(sizeof(*write));
	uv_buf_t buf = uv_buf_init(stream->bytes, (unsigned)stream->count);

	write->bytes = stream->bytes;
	stream->bytes = NULL;
	uv_write(&write->write, (uv_stream_t *)&stream->tcp, &buf, 1,
		stream_on_written);
	return stream->count;
}

static inline void
stream_close(struct stream *stream)
{
	uv_close((uv_handle_t *)&stream->tcp, NULL);
}

#endif
