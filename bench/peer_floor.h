/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The floor: what one writes by hand on the raw kernel for exactly this work, and
 * nothing else.  One thread, one priority, no error paths, no reuse of
 * descriptors, no order among equal deadlines.  See peer.h.
 *
 * floor_epoll.h or, with FLOOR_IO_URING, floor_io_uring.h asks the kernel; the
 * callback is called from the array of its reports.  Timers are a 4-ary
 * heap of {deadline, timer}; a later deadline is only stored.  A buffer is one
 * piece of memory that grows.
 */
#ifndef BENCH_PEER_FLOOR_H
#define BENCH_PEER_FLOOR_H

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#ifdef FLOOR_IO_URING
#include "floor_io_uring.h"
#else
#include "floor_epoll.h"
#endif

#define PEER_HAS_POST
#define PEER_HAS_ONCE
#define PEER_HAS_BUFFER
#define PEER_HAS_STREAM

#define PEER_IO_SIZE     sizeof(struct io)
#define PEER_TIMER_SIZE  sizeof(struct timer)
#define PEER_STREAM_SIZE sizeof(struct stream)

#define ON_CALL(name) static void name(void *arg)
#define ON_IO         ON_CALL
#define ON_TIMER      ON_CALL
#define ON_POST       ON_CALL
#define ON_ONCE       ON_CALL
#define ON_WAKE       ON_CALL
#define ON_SIGNAL     ON_CALL
#define ON_STREAM     ON_CALL

typedef void (*call_fn)(void *);

/* --- timers --------------------------------------------------------------*/

struct timer {
	int64_t deadline, every;
	uint32_t index; /* in the heap, from 1; 0: not in it */
	call_fn fn;
	void *arg;
	struct loop *loop;
};

struct heap_slot {
	int64_t key; /* not later than the timer's deadline */
	struct timer *timer;
};

struct heap {
	struct heap_slot *slots; /* [0] is unused */
	uint32_t count, cap;
};

/* The children of slot i are 4i-2 to 4i+1. */
static inline void
heap_put(struct heap *heap, uint32_t i, struct heap_slot slot)
{
	heap->slots[i] = slot;
	slot.timer->index = i;
}

static inline void
heap_up(struct heap *heap, uint32_t i, struct heap_slot slot)
{
	for (uint32_t parent; i > 1; i = parent) {
		parent = (i + 2) / 4;
		if (heap->slots[parent].key <= slot.key)
			break;
		heap_put(heap, i, heap->slots[parent]);
	}
	heap_put(heap, i, slot);
}

static inline void
heap_down(struct heap *heap, uint32_t i, struct heap_slot slot)
{
	for (uint32_t least; (least = 4 * i - 2) <= heap->count; i = least) {
		uint32_t end = least + 4;

		if (end > heap->count + 1)
			end = heap->count + 1;
		for (uint32_t child = least + 1; child < end; child++)
			if (heap->slots[child].key < heap->slots[least].key)
				least = child;
		if (heap->slots[least].key >= slot.key)
			break;
		heap_put(heap, i, heap->slots[least]);
	}
	heap_put(heap, i, slot);
}

static inline void
heap_insert(struct heap *heap, struct timer *timer)
{
	if (heap->count + 1 >= heap->cap) {
		heap->cap = heap->cap ? heap->cap * 2 : 64;
		heap->slots = realloc(
			heap->slots, heap->cap * sizeof(*heap->slots));
	}
	heap_up(heap, ++heap->count,
		(struct heap_slot){timer->deadline, timer});
}

static inline void
heap_remove(struct heap *heap, struct timer *timer)
{
	struct heap_slot last = heap->slots[heap->count--];
	uint32_t i = timer->index;

	timer->index = 0;
	if (last.timer == timer)
		return;
	if (i > 1 && last.key < heap->slots[(i + 2) / 4].key)
		heap_up(heap, i, last);
	else
		heap_down(heap, i, last);
}

/* --- loop ----------------------------------------------------------------*/

#define FLOOR_EXTRA_CALLS 128 /* those asked for by the ones that run */

struct call {
	call_fn fn;
	void *arg;
};

struct loop {
	struct floor_set set;
	int stop;
	int64_t now; /* as of this turn */
	struct heap heap;
	struct call *calls; /* a ring: due by hand */
	uint32_t call_first, call_end, call_cap;
};

struct io {
	struct floor_watch watch; /* the first: reports lead to it */
	struct call call;
	struct timer timeout;
	int64_t within;
	struct loop *loop;
};

static inline int64_t
floor_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int
loop_open(struct loop *loop, int locked)
{
	(void)locked;
	loop->stop = 0;
	loop->heap = (struct heap){0};
	loop->calls = NULL;
	loop->call_first = loop->call_end = loop->call_cap = 0;
	return floor_open(&loop->set);
}

static inline void
loop_close(struct loop *loop)
{
	floor_close(&loop->set);
	free(loop->heap.slots);
	free(loop->calls);
}

static inline void
floor_expire(struct loop *loop)
{
	struct heap *heap = &loop->heap;
	int64_t now = loop->now;

	while (heap->count > 0 && heap->slots[1].key <= now) {
		struct timer *timer = heap->slots[1].timer;

		if (timer->deadline > now || timer->every) {
			int due = timer->deadline <= now;

			if (due)
				timer->deadline += timer->every;
			heap_down(heap, 1,
				(struct heap_slot){timer->deadline, timer});
			if (!due)
				continue;
		} else {
			heap_remove(heap, timer);
		}
		timer->fn(timer->arg);
	}
}

static inline void
floor_calls(struct loop *loop)
{
	uint32_t most = loop->call_end - loop->call_first + FLOOR_EXTRA_CALLS;

	for (; loop->call_first != loop->call_end && most > 0; most--) {
		uint32_t i = loop->call_first++ & (loop->call_cap - 1);

		loop->calls[i].fn(loop->calls[i].arg);
	}
}

static inline void
floor_wait(struct loop *loop, int timeout)
{
	int n = floor_reports(&loop->set, timeout);

	if (loop->heap.count > 0)
		loop->now = floor_now();
	for (int i = 0; i < n; i++) {
		struct floor_watch *watch = floor_report(&loop->set, i);
		struct io *io = (struct io *)watch;

		if (!io)
			continue;
		io->call.fn(io->call.arg);
		floor_again(&loop->set, watch);
	}
	if (loop->heap.count > 0)
		floor_expire(loop);
	floor_calls(loop);
}

static inline void
loop_turn(struct loop *loop)
{
	floor_wait(loop, 0);
}

static inline void
loop_run(struct loop *loop)
{
	for (loop->stop = 0; !loop->stop;)
		floor_wait(loop, -1);
}

static inline void
loop_stop(struct loop *loop)
{
	loop->stop = 1;
}

/* --- delays and timers ---------------------------------------------------*/

struct delay {
	int64_t ns;
};

static inline struct delay
delay_of(int64_t ns)
{
	return (struct delay){ns};
}

static inline void
timer_init(struct timer *timer, struct loop *loop, int every, call_fn fn,
	void *arg)
{
	*timer = (struct timer){
		.every = every, .fn = fn, .arg = arg, .loop = loop};
}

static inline void
timer_start(struct timer *timer, const struct delay *delay)
{
	timer->deadline = floor_now() + delay->ns;
	if (timer->every)
		timer->every = delay->ns;
	heap_insert(&timer->loop->heap, timer);
}

static inline void
timer_reset(struct timer *timer, const struct delay *delay)
{
	struct heap *heap = &timer->loop->heap;

	timer->deadline = floor_now() + delay->ns;
	if (timer->deadline < heap->slots[timer->index].key)
		heap_up(heap, timer->index,
			(struct heap_slot){timer->deadline, timer});
}

static inline void
timer_stop(struct timer *timer)
{
	heap_remove(&timer->loop->heap, timer);
}

/* --- descriptors ---------------------------------------------------------*/

static inline void
io_init(struct io *io, struct loop *loop, int fd, int events, call_fn fn,
	void *arg)
{
	*io = (struct io){
		.watch = {.fd = fd, .events = (uint32_t)events},
		.call = {fn, arg},
		.loop = loop,
	};
	timer_init(&io->timeout, loop, 0, fn, arg);
}

static inline void
io_start(struct io *io)
{
	floor_watch(&io->loop->set, &io->watch);
}

static inline void
io_start_within(struct io *io, const struct delay *delay)
{
	io_start(io);
	io->within = delay->ns;
	timer_start(&io->timeout, delay);
}

static inline void
io_stop(struct io *io)
{
	floor_unwatch(&io->loop->set, &io->watch);
	if (io->timeout.index)
		timer_stop(&io->timeout);
}

static inline void
io_touch(struct io *io)
{
	io->timeout.deadline = io->loop->now + io->within;
}

static inline void
io_spend(struct io *io)
{
	(void)io; /* the kernel has forgotten it */
}

struct writer {
	struct io *io;
};

static inline void
writer_init(struct writer *writer, struct io *io, call_fn fn, void *arg)
{
	(void)fn, (void)arg; /* one callback for all */
	writer->io = io;
}

static inline void
writer_start(struct writer *writer)
{
	writer->io->watch.events = IO_READ | IO_WRITE;
	io_start(writer->io);
}

static inline void
writer_stop(struct writer *writer)
{
	writer->io->watch.events = IO_READ;
	io_start(writer->io);
}

/* --- callbacks by hand ---------------------------------------------------*/

static inline void
floor_more_calls(struct loop *loop)
{
	uint32_t cap = loop->call_cap ? loop->call_cap * 2 : 64;
	struct call *grown = malloc(cap * sizeof(*grown));

	for (uint32_t i = loop->call_first; i != loop->call_end; i++)
		grown[i & (cap - 1)] = loop->calls[i & (loop->call_cap - 1)];
	free(loop->calls);
	loop->calls = grown;
	loop->call_cap = cap;
}

static inline void
loop_once(struct loop *loop, call_fn fn, void *arg)
{
	if (loop->call_end - loop->call_first == loop->call_cap)
		floor_more_calls(loop);
	loop->calls[loop->call_end++ & (loop->call_cap - 1)] = (struct call){
		fn, arg};
}

struct post {
	struct call call;
	struct loop *loop;
};

static inline void
post_init(struct post *post, struct loop *loop, call_fn fn, void *arg)
{
	*post = (struct post){{fn, arg}, loop};
}

static inline void
post_send(struct post *post)
{
	loop_once(post->loop, post->call.fn, post->call.arg);
}

/* --- other threads and signals: an eventfd -------------------------------*/

struct wake {
	struct io io;
	struct call call;
	int sent;
};

static inline void
wake_take(void *arg)
{
	struct wake *wake = arg;
	uint64_t sink;
	ssize_t n = read(wake->io.watch.fd, &sink, sizeof(sink));

	(void)n;
	__atomic_store_n(&wake->sent, 0, __ATOMIC_SEQ_CST);
	wake->call.fn(wake->call.arg);
}

static inline void
wake_init(struct wake *wake, struct loop *loop, call_fn fn, void *arg)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	io_init(&wake->io, loop, fd, IO_READ, wake_take, wake);
	wake->call = (struct call){fn, arg};
	wake->sent = 0;
	io_start(&wake->io);
}

static inline void
wake_send(struct wake *wake)
{
	const uint64_t one = 1;
	ssize_t n;

	if (__atomic_load_n(&wake->sent, __ATOMIC_SEQ_CST))
		return;
	__atomic_store_n(&wake->sent, 1, __ATOMIC_SEQ_CST);
	n = write(wake->io.watch.fd, &one, sizeof(one));
	(void)n;
}

static inline void
wake_close(struct wake *wake)
{
	io_stop(&wake->io);
	close(wake->io.watch.fd);
}

struct sig {
	struct wake wake;
	int signo;
};

extern struct wake *floor_signals[65];
void floor_on_signal(int signo);

static inline void
sig_init(struct sig *sig, struct loop *loop, int signo, call_fn fn, void *arg)
{
	wake_init(&sig->wake, loop, fn, arg);
	sig->signo = signo;
}

static inline void
sig_start(struct sig *sig)
{
	struct sigaction action = {.sa_handler = floor_on_signal};

	floor_signals[sig->signo] = &sig->wake;
	sigaction(sig->signo, &action, NULL);
}

static inline void
sig_stop(struct sig *sig)
{
	signal(sig->signo, SIG_DFL);
	wake_close(&sig->wake);
}

/* --- buffers -------------------------------------------------------------*/

struct buffer {
	char *memory;
	size_t begin, end, size;
};

/* The compiler has to believe that somebody looks at the bytes now. */
static inline void
floor_show(struct buffer *buffer)
{
	__asm__ volatile("" : : "r"(buffer) : "memory");
}

static inline void
buffer_init(struct buffer *buffer)
{
	*buffer = (struct buffer){0};
}

static inline void
buffer_fini(struct buffer *buffer)
{
	floor_show(buffer);
	free(buffer->memory);
}

static inline void
floor_grow(struct buffer *buffer, size_t size)
{
	size_t length = buffer->end - buffer->begin;

	memmove(buffer->memory, buffer->memory + buffer->begin, length);
	buffer->begin = 0;
	buffer->end = length;
	while (buffer->size - length < size)
		buffer->size = buffer->size ? buffer->size * 2 : 256;
	buffer->memory = realloc(buffer->memory, buffer->size);
}

static inline void *
buffer_room(struct buffer *buffer, size_t size)
{
	if (buffer->size - buffer->end < size)
		floor_grow(buffer, size);
	return buffer->memory + buffer->end;
}

static inline void
buffer_filled(struct buffer *buffer, void *room, size_t size)
{
	(void)room;
	buffer->end += size;
	floor_show(buffer);
}

static inline void
buffer_add(struct buffer *buffer, const void *data, size_t size)
{
	memcpy(buffer_room(buffer, size), data, size);
	buffer->end += size;
	floor_show(buffer);
}

static inline void
buffer_drop(struct buffer *buffer, size_t size)
{
	buffer->begin += size;
	if (buffer->begin >= buffer->end)
		buffer->begin = buffer->end = 0;
	floor_show(buffer);
}

static inline void
buffer_take(struct buffer *buffer, void *data, size_t size)
{
	memcpy(data, buffer->memory + buffer->begin, size);
	buffer_drop(buffer, size);
}

static inline void
buffer_print(struct buffer *buffer, const char *text, int number)
{
	buffer->end += (size_t)snprintf(
		buffer_room(buffer, 64), 64, "%s %d\r\n", text, number);
}

static inline long
buffer_eol(struct buffer *buffer, long from, long *next)
{
	const char *first = buffer->memory + buffer->begin;
	const char *at = memchr(
		first + from, '\n', buffer->end - buffer->begin - (size_t)from);

	*next = at - first + 1;
	return *next - (at[-1] == '\r' ? 2 : 1);
}

static inline char *
buffer_line(struct buffer *buffer)
{
	long next, length = buffer_eol(buffer, 0, &next);
	char *line = malloc((size_t)length + 1);

	memcpy(line, buffer->memory + buffer->begin, (size_t)length);
	line[length] = '\0';
	buffer_drop(buffer, (size_t)next);
	return line;
}

static inline long
buffer_find(struct buffer *buffer, const char *what, size_t size)
{
	const char *first = buffer->memory + buffer->begin;
	const char *at = memmem(first, buffer->end - buffer->begin, what, size);

	floor_show(buffer);
	return at ? at - first : -1;
}

static inline void
buffer_move(struct buffer *to, struct buffer *from)
{
	struct buffer empty = *to;

	*to = *from;
	*from = empty;
}

static inline int
buffer_write(struct buffer *buffer, int fd)
{
	ssize_t n = write(fd, buffer->memory + buffer->begin,
		buffer->end - buffer->begin);

	if (n > 0)
		buffer_drop(buffer, (size_t)n);
	return (int)n;
}

static inline int
buffer_read(struct buffer *buffer, int fd)
{
	ssize_t n = read(fd, buffer_room(buffer, 4096), 4096);

	if (n > 0)
		buffer->end += (size_t)n;
	return (int)n;
}

/* --- streams -------------------------------------------------------------*/

/* What is read is written at once, and all of it is taken. */
struct stream {
	struct io io;
	int fd;
};

static inline void
stream_open(
	struct stream *stream, struct loop *loop, int fd, call_fn fn, void *arg)
{
	stream->fd = fd;
	io_init(&stream->io, loop, fd, IO_READ, fn, arg);
	io_start(&stream->io);
}

static inline long
stream_echo(struct stream *stream)
{
	char bytes[16384];
	ssize_t count = read(stream->fd, bytes, sizeof(bytes));

	return count > 0 ? write(stream->fd, bytes, (size_t)count) : 0;
}

static inline void
stream_close(struct stream *stream)
{
	io_stop(&stream->io);
	close(stream->fd);
}

#endif
