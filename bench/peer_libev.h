/* SPDX-License-Identifier: BSD-3-Clause */
/* libev.  See peer.h. */
#ifndef BENCH_PEER_LIBEV_H
#define BENCH_PEER_LIBEV_H

#include <stdint.h>

#include <ev.h>

#define PEER_HAS_POST
#define PEER_HAS_ONCE

#define PEER_IO_SIZE    sizeof(ev_io)
#define PEER_TIMER_SIZE sizeof(ev_timer)

#define ON_WATCHER(type, name)                                          \
	static void name##_body(void *);                                \
	static void name(struct ev_loop *loop, type *watcher, int what) \
	{                                                               \
		(void)loop, (void)what;                                 \
		name##_body(watcher->data);                             \
	}                                                               \
	static void name##_body(void *arg)
#define ON_IO(name)     ON_WATCHER(ev_io, name)
#define ON_TIMER(name)  ON_WATCHER(ev_timer, name)
#define ON_POST(name)   ON_WATCHER(ev_prepare, name)
#define ON_WAKE(name)   ON_WATCHER(ev_async, name)
#define ON_SIGNAL(name) ON_WATCHER(ev_signal, name)

/* --- loop ----------------------------------------------------------------*/

struct loop {
	struct ev_loop *ev;
};

/* Signals go to the default loop only if one asks; any other takes them. */
static inline int
loop_open(struct loop *loop, int locked)
{
	(void)locked;
	loop->ev = ev_loop_new(EVFLAG_AUTO);
	return loop->ev ? 0 : -1;
}

static inline void
loop_close(struct loop *loop)
{
	ev_loop_destroy(loop->ev);
}

static inline void
loop_turn(struct loop *loop)
{
	ev_run(loop->ev, EVRUN_NOWAIT);
}

static inline void
loop_run(struct loop *loop)
{
	ev_run(loop->ev, 0);
}

static inline void
loop_stop(struct loop *loop)
{
	ev_break(loop->ev, EVBREAK_ALL);
}

/* --- delays --------------------------------------------------------------*/

struct delay {
	ev_tstamp seconds;
};

static inline struct delay
delay_of(int64_t ns)
{
	return (struct delay){(ev_tstamp)ns / 1e9};
}

/* --- descriptors ---------------------------------------------------------*/

/* The timeout of a descriptor is a timer beside it, as the manual shows. */
struct io {
	ev_io io;
	struct ev_loop *ev;
	ev_timer timeout;
};

enum { IO_READ = EV_READ, IO_WRITE = EV_WRITE, IO_ONCE = 0x4000 };

static inline void
io_on_timeout(struct ev_loop *loop, ev_timer *timeout, int what)
{
	(void)what;
	ev_feed_event(loop, timeout->data, EV_TIMER);
}

static inline void
io_init(struct io *io, struct loop *loop, int fd, int events,
	void (*fn)(struct ev_loop *, ev_io *, int), void *arg)
{
	ev_io_init(&io->io, fn, fd, events & ~IO_ONCE);
	io->io.data = arg;
	ev_init(&io->timeout, io_on_timeout);
	io->timeout.data = &io->io;
	io->ev = loop->ev;
}

static inline void
io_start(struct io *io)
{
	ev_io_start(io->ev, &io->io);
}

static inline void
io_start_within(struct io *io, const struct delay *delay)
{
	ev_io_start(io->ev, &io->io);
	io->timeout.repeat = delay->seconds;
	ev_timer_again(io->ev, &io->timeout);
}

static inline void
io_stop(struct io *io)
{
	ev_io_stop(io->ev, &io->io);
	ev_timer_stop(io->ev, &io->timeout);
}

static inline void
io_touch(struct io *io)
{
	ev_timer_again(io->ev, &io->timeout);
}

static inline void
io_spend(struct io *io)
{
	ev_io_stop(io->ev, &io->io);
}

struct writer {
	ev_io io;
	struct ev_loop *ev;
};

static inline void
writer_init(struct writer *writer, struct io *io,
	void (*fn)(struct ev_loop *, ev_io *, int), void *arg)
{
	ev_io_init(&writer->io, fn, io->io.fd, EV_WRITE);
	writer->io.data = arg;
	writer->ev = io->ev;
}

static inline void
writer_start(struct writer *writer)
{
	ev_io_start(writer->ev, &writer->io);
}

static inline void
writer_stop(struct writer *writer)
{
	ev_io_stop(writer->ev, &writer->io);
}

/* --- timers --------------------------------------------------------------*/

struct timer {
	ev_timer timer;
	struct ev_loop *ev;
	int every;
};

static inline void
timer_init(struct timer *timer, struct loop *loop, int every,
	void (*fn)(struct ev_loop *, ev_timer *, int), void *arg)
{
	ev_init(&timer->timer, fn);
	timer->timer.data = arg;
	timer->ev = loop->ev;
	timer->every = every;
}

static inline void
timer_start(struct timer *timer, const struct delay *delay)
{
	ev_timer_set(&timer->timer, delay->seconds,
		timer->every ? delay->seconds : 0.);
	ev_timer_start(timer->ev, &timer->timer);
}

static inline void
timer_reset(struct timer *timer, const struct delay *delay)
{
	timer->timer.repeat = delay->seconds;
	ev_timer_again(timer->ev, &timer->timer);
}

static inline void
timer_stop(struct timer *timer)
{
	ev_timer_stop(timer->ev, &timer->timer);
}

/* --- callbacks by hand, other threads, signals ---------------------------*/

struct post {
	ev_prepare watcher; /* any kind that is never started */
	struct ev_loop *ev;
};

static inline void
post_init(struct post *post, struct loop *loop,
	void (*fn)(struct ev_loop *, ev_prepare *, int), void *arg)
{
	ev_prepare_init(&post->watcher, fn);
	post->watcher.data = arg;
	post->ev = loop->ev;
}

static inline void
post_send(struct post *post)
{
	ev_feed_event(post->ev, &post->watcher, EV_CUSTOM);
}

#define ON_ONCE(name)                         \
	static void name##_body(void *);      \
	static void name(int what, void *arg) \
	{                                     \
		(void)what;                   \
		name##_body(arg);             \
	}                                     \
	static void name##_body(void *arg)

static inline void
loop_once(struct loop *loop, void (*fn)(int, void *), void *arg)
{
	ev_once(loop->ev, -1, 0, 0., fn, arg);
}

struct wake {
	ev_async async;
	struct ev_loop *ev;
};

static inline void
wake_init(struct wake *wake, struct loop *loop,
	void (*fn)(struct ev_loop *, ev_async *, int), void *arg)
{
	ev_async_init(&wake->async, fn);
	wake->async.data = arg;
	wake->ev = loop->ev;
	ev_async_start(loop->ev, &wake->async);
}

static inline void
wake_send(struct wake *wake)
{
	ev_async_send(wake->ev, &wake->async);
}

static inline void
wake_close(struct wake *wake)
{
	ev_async_stop(wake->ev, &wake->async);
}

struct sig {
	ev_signal signal;
	struct ev_loop *ev;
};

static inline void
sig_init(struct sig *sig, struct loop *loop, int signo,
	void (*fn)(struct ev_loop *, ev_signal *, int), void *arg)
{
	ev_signal_init(&sig->signal, fn, signo);
	sig->signal.data = arg;
	sig->ev = loop->ev;
}

static inline void
sig_start(struct sig *sig)
{
	ev_signal_start(sig->ev, &sig->signal);
}

static inline void
sig_stop(struct sig *sig)
{
	ev_signal_stop(sig->ev, &sig->signal);
}

#endif
