/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interest in descriptors, and waiting for them.
 *
 * Events come and go through io_add() and io_remove(); the backend is told of
 * the sum of what they want:
 *
 *  - A beginning is told at once, so that event_add() can say what the kernel
 *    says of the descriptor.
 *  - Everything else is told by io_settle(), before the next wait.  So what
 *    is changed and changed back in one turn costs nothing.
 *  - An end is never folded away: what is wanted under that number afterwards
 *    may be another file, so the backend is asked even if the sum is the same:
 *    at once, as for every beginning.  The same holds for an event that joins
 *    others, of a file that may have been closed without their knowledge.
 *
 * A closed descriptor of which a duplicate lives can leave a registration in
 * the kernel that nobody can remove any more: a ghost.  Its reports carry an
 * old generation and are dropped; when one is seen the set is built anew once,
 * and from then on ends are told at once, before the number can be closed.
 * Under events that live on the generation does not end; then a ghost shows in
 * reports of what nobody wants any more, wait after wait.
 */
#ifndef EV_CORE_IO_H
#define EV_CORE_IO_H

#include <errno.h>

#include <libev-abi/backend.h>
#include <libev-abi/host.h>

#include <event2/event_struct.h>

#include "fdtable.h"
#include "fork.h"

struct io {
	const struct ev_backend_ops *ops; /* NULL: not open */
	void *self;
	struct fdtable fds;
	struct ev_ready *ready;
	int cap;
	int waiting;            /* some thread is inside ops->wait */
	int eager;              /* ends are told at once */
	int ghosts;             /* seen since the set was built */
	int stray;              /* this wait reported what nobody wants */
	int strays;             /* waits on end that did */
	int haunted;            /* it was said that they stay for now */
	unsigned forks;         /* fork_count() when the backend was opened */
	struct fd_marks untold; /* entries that io_settle() looks at */
	struct fd_marks failed; /* see io_next_failed() */
};

/* Open OPS; 0 or -errno. */
int io_open(struct io *io, const struct ev_backend_ops *ops,
	const struct ev_host *host, uint32_t options);
void io_close(struct io *io);

/*
 * EV waits for its descriptor, or does not any more.  -errno: io_add() changed
 * nothing.  1: it takes effect when the thread that waits is woken.
 */
int io_add(struct io *io, struct event *ev);
int io_remove(struct io *io, struct event *ev);

/* Tell the backend what it was not told yet. */
void io_settle(struct io *io);
/*
 * FD is about to be closed: the last moment to tell its end, if it was not told
 * yet.  A kernel that forgets it with the file need not hear of it, but where
 * there were ghosts duplicates are to be expected.
 */
void io_closing(struct io *io, ev_fd fd);
/* There is nothing of that. */
static inline int
io_is_settled(const struct io *io)
{
	return fd_marks_are_none(&io->untold);
}

/*
 * A descriptor that the backend refused late, with the entry; -1: none.  Its
 * owner cannot have heard of it.
 */
ev_fd io_next_failed(struct io *io, struct fd_entry **entry_out);

/* Such a one is to be tried again by the next io_settle(). */
void io_tell_later(struct io *io, ev_fd fd, struct fd_entry *entry);

/* Room for more reports, up to a limit; 0 or -ENOMEM. */
int io_make_room(struct io *io);
/*
 * Wait, without a lock: the count of reports in io->ready, or -errno.
 * io->waiting is set and cleared by the caller, who holds the lock then.
 */
static inline int
io_wait(struct io *io, int64_t timeout_ns)
{
	int n;

	if (io->cap == 0 && io_make_room(io) < 0)
		return -ENOMEM;
	n = io->ops->wait(io->self, timeout_ns, io->ready, io->cap);
	return n > io->cap ? io->cap : n;
}

/* REPORT is about nothing that is wanted now. */
void io_miss(struct io *io, const struct fd_entry *entry,
	const struct ev_ready *report);
/* The entry that REPORT is about; NULL: it is about something gone. */
static inline struct fd_entry *
io_match(struct io *io, const struct ev_ready *report)
{
	struct fd_entry *entry = fdtable_find(&io->fds, report->fd);

	if (entry && entry->gen == report->gen && entry->wanted & report->mask)
		return entry;
	io_miss(io, entry, report);
	return NULL;
}

/* After a batch of reports: more room, and no ghosts. */
void io_after_wait(struct io *io, int n);

/*
 * In the child after fork, first half: an empty set of its own; -errno, and
 * all is as it was.  Between the halves descriptors may be swapped, and the
 * parent does not notice; io_settle() is the second half.
 */
int io_reopen(struct io *io);
/* Was the process forked since the backend was opened? */
static inline int
io_is_inherited(const struct io *io)
{
	return io->forks != fork_count();
}

#endif
