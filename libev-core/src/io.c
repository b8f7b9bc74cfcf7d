/* SPDX-License-Identifier: BSD-3-Clause */
#include "io.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <event2/event.h>

#include "log.h"
#include "mem.h"

_Static_assert(EV_ON_READ == EV_READ && EV_ON_WRITE == EV_WRITE &&
		       EV_ON_EDGE == EV_ET && EV_ON_CLOSED == EV_CLOSED,
	"interest crosses the seam unchanged");
_Static_assert((int)EV_CAN_EDGE == EV_FEATURE_ET &&
		       (int)EV_CAN_O1 == EV_FEATURE_O1 &&
		       (int)EV_CAN_ANY_FD == EV_FEATURE_FDS &&
		       (int)EV_CAN_EARLY_CLOSE == EV_FEATURE_EARLY_CLOSE,
	"features cross the seam unchanged");

#define READY_MIN 32
#define READY_MAX 4096

/* What was changed during a wait may be reported as it was, but not for long. */
#define STRAYS_MAX 4

int
io_open(struct io *io, const struct ev_backend_ops *ops,
	const struct ev_host *host, uint32_t options)
{
	void *self;
	int err = ops->open(host, options, &self);

	if (err < 0)
		return err;
	*io = (struct io){
		.ops = ops,
		.self = self,
		.eager = (ops->flags & EV_BACKEND_EAGER) != 0,
		.forks = fork_count(),
		.untold = FD_MARKS_EMPTY,
		.failed = FD_MARKS_EMPTY,
	};
	fdtable_init(&io->fds);
	return 0;
}

void
io_close(struct io *io)
{
	if (!io->ops)
		return;
	io->ops->close(io->self);
	fdtable_fini(&io->fds);
	mem_free(io->ready);
	io->ops = NULL;
}

static int
tell(struct io *io, ev_fd fd, struct fd_entry *entry)
{
	int err = io->ops->watch(
		io->self, fd, entry->gen, entry->told, entry->wanted);

	entry->told = err < 0 ? 0 : entry->wanted;
	entry->ended = 0;
	return err;
}

/* May the backend be called now, and would the answer be about now? */
static int
may_tell(const struct io *io)
{
	return !io_is_inherited(io) &&
	       (!io->waiting || io->ops->flags & EV_BACKEND_CONCURRENT);
}

static int
is_new(const struct fd_entry *entry)
{
	return !entry->told && !entry->ended;
}

/*
 * May ENTRY's change be told at once?  In another thread's wait a change of
 * what goes on can be, since its reports are right before and after; an end
 * cannot, or a late report of it would look like a ghost.
 */
static int
is_for_now(const struct io *io, const struct fd_entry *entry)
{
	if (!may_tell(io))
		return 0;
	if (!entry->wanted)
		return io->eager && !io->waiting;
	if (entry->ended)
		return !io->waiting;
	return is_new(entry) || io->waiting;
}

/*
 * Does the thread that waits miss something that ENTRY wants?  Or its end: what
 * a system call waits for it may hold open, so that close() is not seen.
 */
static int
is_missed(const struct io *io, const struct fd_entry *entry)
{
	if (!io->waiting)
		return 0;
	if (!entry->wanted)
		return entry->told && !(io->ops->flags & EV_BACKEND_CONCURRENT);
	return entry->wanted & (entry->ended ? ~0u : ~(unsigned)entry->told);
}

/* Bring ENTRY's change to the backend, now or before the next wait. */
static int
change(struct io *io, ev_fd fd, struct fd_entry *entry)
{
	if (is_for_now(io, entry))
		return tell(io, fd, entry);
	fd_marks_add(&io->untold, fd, entry);
	return is_missed(io, entry) != 0;
}

/* Reports that were asked for until now are about something else. */
static void
end_generation(struct fd_entry *entry)
{
	entry->gen++;
	entry->ended = entry->ended || entry->told;
}

static uint8_t
sum(const struct fd_entry *entry)
{
	uint32_t mask = (entry->reads ? EV_ON_READ : 0u) |
			(entry->writes ? EV_ON_WRITE : 0u) |
			(entry->closes ? EV_ON_CLOSED : 0u);

	/* One event that wants levels would miss them under edges. */
	return (uint8_t)(mask && !entry->levels ? mask | EV_ON_EDGE : mask);
}

static void
count(struct fd_entry *entry, const struct event *ev, int by)
{
	entry->reads = (uint16_t)(entry->reads +
				  !!(ev->ev_events & EV_READ) * by);
	entry->writes = (uint16_t)(entry->writes +
				   !!(ev->ev_events & EV_WRITE) * by);
	entry->closes = (uint16_t)(entry->closes +
				   !!(ev->ev_events & EV_CLOSED) * by);
	entry->levels = (uint16_t)(entry->levels +
				   !(ev->ev_events & EV_ET) * by);
}

static int
is_full(const struct fd_entry *entry)
{
	return entry->reads == UINT16_MAX || entry->writes == UINT16_MAX ||
	       entry->closes == UINT16_MAX || entry->levels == UINT16_MAX;
}

static void
link_first(struct fd_entry *entry, struct event *ev)
{
	ev->ev_peers.le_next = entry->events;
	ev->ev_peers.le_prev = &entry->events;
	if (entry->events)
		entry->events->ev_peers.le_prev = &ev->ev_peers.le_next;
	entry->events = ev;
}

static void
unlink_from(struct event *ev)
{
	if (ev->ev_peers.le_next)
		ev->ev_peers.le_next->ev_peers.le_prev = ev->ev_peers.le_prev;
	*ev->ev_peers.le_prev = ev->ev_peers.le_next;
}

int
io_add(struct io *io, struct event *ev)
{
	struct fd_entry *entry;
	uint8_t before;
	int result = fdtable_get(&io->fds, ev->ev_fd, &entry);

	if (result < 0)
		return result;
	if (is_full(entry))
		return -ENOSPC;
	before = entry->wanted;
	count(entry, ev, 1);
	entry->wanted = sum(entry);
	/* The newcomer may mean another file; but asking repeats an edge. */
	if (entry->wanted == before && !(before & EV_ON_EDGE))
		end_generation(entry);
	if (entry->wanted != before || entry->ended || is_new(entry))
		result = change(io, ev->ev_fd, entry);
	if (result < 0) {
		count(entry, ev, -1);
		entry->wanted = before;
		if (before)
			fd_marks_add(&io->untold, ev->ev_fd, entry);
		return result;
	}
	link_first(entry, ev);
	return result;
}

int
io_remove(struct io *io, struct event *ev)
{
	struct fd_entry *entry = fdtable_find(&io->fds, ev->ev_fd);
	uint8_t before = entry->wanted;

	unlink_from(ev);
	count(entry, ev, -1);
	entry->wanted = sum(entry);
	if (entry->wanted == before)
		return 0;
	if (!entry->wanted)
		end_generation(entry);
	/* An end that cannot be told at once is no failure of the caller's. */
	return change(io, ev->ev_fd, entry) > 0;
}

static void
settle_one(struct io *io, ev_fd fd, struct fd_entry *entry)
{
	if (!entry->ended && entry->told == entry->wanted)
		return;
	if (tell(io, fd, entry) < 0 && entry->wanted)
		fd_marks_add(&io->failed, fd, entry);
}

void
io_settle(struct io *io)
{
	struct fd_entry *entry;
	ev_fd fd;

	while ((fd = fd_marks_take(&io->untold, &io->fds, &entry)) >= 0)
		settle_one(io, fd, entry);
}

void
io_closing(struct io *io, ev_fd fd)
{
	struct fd_entry *entry = fdtable_find(&io->fds, fd);

	if (!entry || !entry->ended || entry->wanted || io->waiting ||
		io_is_inherited(io))
		return;
	if (io->eager || !(io->ops->flags & EV_BACKEND_CLOSE_ENDS))
		(void)tell(io, fd, entry);
	entry->told = 0;
	entry->ended = 0;
}

ev_fd
io_next_failed(struct io *io, struct fd_entry **entry_out)
{
	return fd_marks_take(&io->failed, &io->fds, entry_out);
}

void
io_tell_later(struct io *io, ev_fd fd, struct fd_entry *entry)
{
	fd_marks_add(&io->untold, fd, entry);
}

/* Room for reports is made before the first wait, and doubled when filled. */
int
io_make_room(struct io *io)
{
	int cap = io->cap ? io->cap * 2 : READY_MIN;
	struct ev_ready *grown;

	if (cap > READY_MAX)
		return 0;
	grown = mem_resize(io->ready, (size_t)cap * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	io->ready = grown;
	io->cap = cap;
	return 0;
}

static int
tell_again(ev_fd fd, struct fd_entry *entry, void *arg)
{
	struct io *io = arg;

	entry->told = 0;
	entry->ended = 0;
	if (entry->wanted)
		fd_marks_add(&io->untold, fd, entry);
	return 0;
}

int
io_reopen(struct io *io)
{
	int err = io->ops->reopen(io->self);

	if (err < 0)
		return err;
	io->forks = fork_count();
	io->ghosts = 0;
	io->strays = 0;
	io->haunted = 0;
	fdtable_foreach(&io->fds, tell_again, io);
	return 0;
}

void
io_miss(struct io *io, const struct fd_entry *entry,
	const struct ev_ready *report)
{
	if (entry && entry->gen == report->gen && entry->wanted)
		io->stray = 1;
	else if (!entry || !entry->ended)
		io->ghosts++; /* else its end is not told: it is only late */
}

static void
count_strays(struct io *io)
{
	io->strays = io->stray ? io->strays + 1 : 0;
	io->stray = 0;
	if (io->strays >= STRAYS_MAX)
		io->ghosts++;
}

void
io_after_wait(struct io *io, int n)
{
	/* Without memory the rest waits a turn longer. */
	if (n == io->cap)
		(void)io_make_room(io);
	count_strays(io);
	if (!io->ghosts)
		return;
	io->eager = 1;
	if (io_reopen(io) < 0 && !io->haunted) {
		io->haunted = 1;
		log_warn("a closed descriptor is still reported, and the set "
			 "cannot be built anew yet");
	}
	io->ghosts = 0;
}
