/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One entry for each descriptor that was ever watched: its events, what they
 * want, what the backend was told, and which generation of the number we mean.
 *
 * A generation ends when the last event goes.  Reports carry the generation
 * they were asked under, so one that arrives late for a number that is in use
 * again does not match.
 *
 * Entries stand in pages, so that a large number costs a page and not a table
 * as long as the number; they never move.
 */
#ifndef EV_CORE_FDTABLE_H
#define EV_CORE_FDTABLE_H

#include <libev-abi/abi.h>

#include <event2/event_struct.h>

struct fd_entry {
	struct event *events; /* newest first */
	uint32_t gen;
	ev_fd next_marked; /* 0: not marked, 1: last, else number plus 2 */
	uint16_t reads, writes, closes, levels; /* events that want it */
	uint8_t wanted; /* what they want together, EV_ON_* */
	uint8_t told;   /* what the backend was told last */
	uint8_t ended;  /* an end of interest that it was not told yet */
};

#define FDTABLE_PAGE 256

/* A list of entries through their next_marked; an entry is on one at most. */
struct fd_marks {
	ev_fd first; /* as next_marked; 1 when there is none */
};

struct fdtable {
	struct fd_entry **pages;
	int n_pages;
};

void fdtable_init(struct fdtable *table);
void fdtable_fini(struct fdtable *table);

/* The entry of FD, made if there is none; -EBADF, -ENOMEM. */
int fdtable_get(struct fdtable *table, ev_fd fd, struct fd_entry **entry_out);

/* The entry of FD, or NULL if it never had one. */
static inline struct fd_entry *
fdtable_find(const struct fdtable *table, ev_fd fd)
{
	/* A negative one is beyond all pages. */
	size_t page = (size_t)fd / FDTABLE_PAGE;

	if (page >= (size_t)table->n_pages || !table->pages[page])
		return NULL;
	return &table->pages[page][(size_t)fd % FDTABLE_PAGE];
}

#define FD_MARKS_EMPTY \
	{              \
		1      \
	}

static inline int
fd_marks_are_none(const struct fd_marks *marks)
{
	return marks->first == 1;
}

/* Put FD on MARKS, unless it is on a list already; needs no memory. */
void fd_marks_add(struct fd_marks *marks, ev_fd fd, struct fd_entry *entry);
/* Take one off, with its entry in TABLE; -1: none is left. */
ev_fd fd_marks_take(struct fd_marks *marks, const struct fdtable *table,
	struct fd_entry **entry_out);

/* Calls FN for each entry there is, in order, until it returns non-zero. */
int fdtable_foreach(const struct fdtable *table,
	int (*fn)(ev_fd, struct fd_entry *, void *), void *arg);

#endif
