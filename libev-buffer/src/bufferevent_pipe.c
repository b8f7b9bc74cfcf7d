/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipes: what one bufferevent reads, another one writes.
 *
 * The two may have different locks and bases, so neither is touched with the
 * other's lock held.  What happens to them is noted, under the pipe's own lock,
 * which comes after theirs; and the pipe's work, in the loop of the reading one,
 * acts on it.
 *
 * The output of the writing one never grows beyond the mark by the pipe, and the
 * reading one does not read while its input cannot go on.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bev.h"
#include "bufferevent_extras.h"

struct bufferevent_pipe {
	struct event_callback work;
	struct bev_tap data, room; /* at `from' and at `to' */
	struct bufferevent *from, *to;
	struct event_base *base; /* of `from' */
	size_t high;
	bufferevent_pipe_cb fn;
	void *arg;

	void *lock; /* of what follows */
	uint64_t moved;
	int ended;     /* nothing more comes from `from' */
	int end_error; /* why: 0, or an errno */
	int error;     /* `to' has failed, or one of them was freed: an errno */
	int freed;

	/* Of work() alone. */
	int closing; /* `to' was shut down; its last bytes are on their way */
	int over;    /* and the program was told */
};

static void
lock(struct bufferevent_pipe *pipe)
{
	core()->lock(pipe->lock);
}

static void
unlock(struct bufferevent_pipe *pipe)
{
	core()->unlock(pipe->lock);
}

/* --- notes ---------------------------------------------------------------*/

static struct bufferevent_pipe *
of_data(struct bev_tap *tap)
{
	char *member = (char *)tap;
	const size_t offset = offsetof(struct bufferevent_pipe, data);

	return (struct bufferevent_pipe *)(void *)(member - offset);
}

static struct bufferevent_pipe *
of_room(struct bev_tap *tap)
{
	char *member = (char *)tap;
	const size_t offset = offsetof(struct bufferevent_pipe, room);

	return (struct bufferevent_pipe *)(void *)(member - offset);
}

static void
schedule(struct bufferevent_pipe *pipe)
{
	if (!pipe->freed)
		(void)core()->defer_schedule(pipe->base, &pipe->work);
}

static void
note_end(struct bufferevent_pipe *pipe, int error)
{
	lock(pipe);
	if (!pipe->ended)
		pipe->end_error = error;
	pipe->ended = 1;
	schedule(pipe);
	unlock(pipe);
}

static void
note_failure(struct bufferevent_pipe *pipe, int error)
{
	lock(pipe);
	if (!pipe->error)
		pipe->error = error;
	schedule(pipe);
	unlock(pipe);
}

static void
on_data(struct bev_tap *tap)
{
	struct bufferevent_pipe *pipe = of_data(tap);

	lock(pipe);
	schedule(pipe);
	unlock(pipe);
}

static void
on_room(struct bev_tap *tap)
{
	struct bufferevent_pipe *pipe = of_room(tap);

	if (pipe->to->output->length > pipe->high / 2)
		return;
	lock(pipe);
	schedule(pipe);
	unlock(pipe);
}

/* What it had read is still to go on, but not if it was freed. */
static void
on_data_end(struct bev_tap *tap, int error)
{
	if (error == ECANCELED)
		note_failure(of_data(tap), error);
	else
		note_end(of_data(tap), error);
}

/* There is no orderly end of writing. */
static void
on_room_end(struct bev_tap *tap, int error)
{
	note_failure(of_room(tap), error ? error : EPIPE);
}

/* --- work ----------------------------------------------------------------*/

static size_t
length_of(struct evbuffer *buf)
{
	return evbuffer_get_length(buf);
}

/* Do not read while what was read cannot go on; when freed, it has let go. */
static void
hold_up(struct bufferevent_pipe *pipe, int wait)
{
	struct bev *from = bev_of(pipe->from);

	bev_lock(from);
	if (wait && extras_is_tapped(from, 0, &pipe->data))
		bev_suspend(from, EV_READ, SUSPEND_PIPE);
	else if (from->suspended[0] & SUSPEND_PIPE)
		bev_resume(from, EV_READ, SUSPEND_PIPE);
	bev_leave(from);
}

/* The program has shut `to' down: then nothing can be added any more. */
static int
is_closed(struct bufferevent_pipe *pipe)
{
	const struct bev *to = bev_of(pipe->to);
	int shut;

	bev_lock(to);
	shut = to->shut && !pipe->closing;
	bev_unlock(to);
	return shut;
}

/* As much as there is room for; is there more?  -1: memory is short. */
static int
move(struct bufferevent_pipe *pipe)
{
	struct evbuffer *input = pipe->from->input, *output = pipe->to->output;
	size_t length = length_of(output);
	size_t room = length < pipe->high ? pipe->high - length : 0;
	int n = 0;

	if (room > 0 && length_of(input) > 0)
		n = evbuffer_remove_buffer(
			input, output, bev_min(room, INT_MAX));
	if (n < 0 && errno == ENOMEM)
		return -1;
	if (n > 0) {
		lock(pipe);
		pipe->moved += (unsigned)n;
		unlock(pipe);
	}
	return length_of(input) > 0;
}

static void
tell(struct bufferevent_pipe *pipe, int error)
{
	bufferevent_pipe_cb fn;

	if (pipe->over)
		return;
	pipe->over = 1;
	lock(pipe);
	fn = pipe->fn;
	unlock(pipe);
	if (fn)
		fn(pipe, error, pipe->arg);
}

/* All has been moved, and no more comes: `to' ends when it has sent it. */
static void
close_output(struct bufferevent_pipe *pipe, int error)
{
	if (!pipe->closing) {
		pipe->closing = 1;
		(void)bufferevent_shutdown(pipe->to);
	}
	if (length_of(pipe->to->output) == 0)
		tell(pipe, error);
}

static void
on_work(struct event_callback *cb, void *arg)
{
	struct bufferevent_pipe *pipe = arg;
	int more, ended, end_error, error;

	(void)cb;
	if (!pipe)
		return; /* the base is going */
	lock(pipe);
	ended = pipe->ended;
	end_error = pipe->end_error;
	error = pipe->freed ? ECANCELED : pipe->error;
	unlock(pipe);
	if (!error && is_closed(pipe))
		error = EPIPE;
	more = error ? 1 : move(pipe);
	hold_up(pipe, more);
	if (more < 0)
		error = ENOMEM;
	if (error)
		tell(pipe, error);
	else if (!more && ended)
		close_output(pipe, end_error);
}

/* --- life ----------------------------------------------------------------*/

static int
attach(struct bufferevent *bufev, int side, struct bev_tap *tap)
{
	struct bev *bev = bev_of(bufev);
	int err;

	bev_lock(bev);
	err = extras_set_tap(bev, side, tap);
	bev_unlock(bev);
	if (err == 0)
		bufferevent_incref(bufev);
	return err;
}

static void
detach(struct bufferevent *bufev, int side)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	extras_clear_tap(bev, side);
	if (side == 0)
		bev_resume(bev, EV_READ, SUSPEND_PIPE);
	bev_leave(bev);
}

static int
make_lock(struct bufferevent_pipe *pipe)
{
	errno = 0;
	pipe->lock = core()->lock_new(0);
	return pipe->lock || !errno ? 0 : -1;
}

struct bufferevent_pipe *
bufferevent_pipe_new(struct bufferevent *from, struct bufferevent *to,
	size_t high, bufferevent_pipe_cb fn, void *arg)
{
	struct bufferevent_pipe *pipe;

	if (high == 0 || !from->ev_base)
		return NULL;
	pipe = core_alloc(sizeof(*pipe));
	if (!pipe)
		return NULL;
	memset(pipe, 0, sizeof(*pipe));
	pipe->data = (struct bev_tap){on_data, on_data_end};
	pipe->room = (struct bev_tap){on_room, on_room_end};
	pipe->from = from;
	pipe->to = to;
	pipe->base = from->ev_base;
	pipe->high = high;
	pipe->fn = fn;
	pipe->arg = arg;
	core()->defer_init(
		&pipe->work, bufferevent_get_priority(from), on_work, pipe);
	if (make_lock(pipe) < 0 || attach(from, 0, &pipe->data) < 0)
		goto free_pipe;
	if (attach(to, 1, &pipe->room) < 0)
		goto detach_from;
	(void)bufferevent_enable(from, EV_READ);
	(void)bufferevent_enable(to, EV_WRITE);
	on_data(&pipe->data); /* what is there already */
	return pipe;

detach_from:
	detach(from, 0);
	(void)bufferevent_decref(from);
free_pipe:
	core()->lock_free(pipe->lock);
	core_free(pipe);
	return NULL;
}

static void
on_final(struct event_callback *cb, void *arg)
{
	struct bufferevent_pipe *pipe = arg;

	(void)cb;
	(void)bufferevent_decref(pipe->from);
	(void)bufferevent_decref(pipe->to);
	core()->lock_free(pipe->lock);
	core_free(pipe);
}

void
bufferevent_pipe_free(struct bufferevent_pipe *pipe)
{
	struct event_callback *callback;

	if (!pipe)
		return;
	callback = &pipe->work;
	lock(pipe);
	pipe->freed = 1;
	pipe->fn = NULL;
	unlock(pipe);
	detach(pipe->from, 0);
	detach(pipe->to, 1);
	(void)core()->finalize(pipe->base, 1, &callback, on_final);
}

ev_uint64_t
bufferevent_pipe_get_count(struct bufferevent_pipe *pipe)
{
	ev_uint64_t moved;

	lock(pipe);
	moved = pipe->moved;
	unlock(pipe);
	return moved;
}
