/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * struct evbuffer: a list of chains, and what its parts share.
 *
 *	first -> ... data ... -> tail -> ... room ... -> NULL
 *
 * Each chain up to and with `tail' has data, each behind it has none.  While
 * the buffer is empty `tail' is `first', and all chains are room; it may have
 * no chain at all.  A chain without data is of its own memory, nobody else has
 * it, and its room begins where its memory does.
 *
 * Every public function takes the lock, does its work, and ends with
 * buf_leave(): that tells the observers, when the buffer is whole, and gives
 * the lock.  What can fail comes before the first change.
 */
#ifndef EV_BUFFER_EVBUFFER_H
#define EV_BUFFER_EVBUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/buffer.h>

#include "chain.h"
#include "core_link.h"

struct evbuffer;
struct observers;

/*
 * What a buffer is a part of; most are by themselves.  The buffer's lock is its
 * owner's, if he has one, who is called with it held.
 */
struct buf_owner {
	/* The buffer has changed and is whole: BUF_GREW, BUF_SHRANK or both. */
	void (*on_change)(struct evbuffer *buf, unsigned what);
	/* Nobody has the buffer any more; gives the lock. */
	void (*on_end)(struct evbuffer *buf);
};

struct evbuffer {
	struct chain *first;
	struct chain *tail;
	size_t length;
	void *lock;     /* set before any other thread has the buffer */
	size_t deleted; /* bytes that ever left it; may wrap around */
	const struct buf_owner *owner; /* NULL: none */
	struct observers *observers;
	struct chain *sought; /* where something was sought last, or NULL */
	size_t sought_pos;    /* how many bytes are before that chain */
	uint32_t max_read;
	uint32_t read_size; /* what the next read will bring, it seems */
	uint32_t count;     /* of its owner and of calls that go on */
	unsigned flags;     /* BUF_* */
};

enum {
	BUF_OBSERVED = 1 << 0, /* `observers' is not NULL */
	BUF_OWNED = 1 << 1,    /* `owner' is not NULL */
	BUF_GREW = 1 << 2,     /* and nobody was told yet */
	BUF_SHRANK = 1 << 3,   /* the same */
	BUF_FRONT_FROZEN = 1 << 4,
	BUF_BACK_FROZEN = 1 << 5,
	BUF_FILES = 1 << 6, /* there may be chains without memory */
	BUF_DRAINS_TO_FD = 1 << 7,
	BUF_OWN_LOCK = 1 << 8,
	BUF_FREED = 1 << 9,        /* nobody but calls that go on has it */
	BUF_READ_LITTLE = 1 << 10, /* the last read was */
	BUF_WATCHED = BUF_OBSERVED | BUF_OWNED,
	BUF_CHANGED = BUF_GREW | BUF_SHRANK
};

/* An empty buffer that keeps a chain keeps no larger one than this. */
#define BUF_KEPT_ROOM ((size_t)4096)

/* --- evbuffer.c ----------------------------------------------------------*/

/* An empty buffer, a part of what OWNER says, or of nothing: NULL. */
void buf_init(struct evbuffer *buf, const struct buf_owner *owner);
/* As evbuffer_free(), which is not for buffers that have an owner. */
void buf_free(struct evbuffer *buf);
/* LOCK is the owner's, and instead of any that it has. */
void buf_share_lock(struct evbuffer *buf, void *lock);

/* Give the lock after a change that somebody wants to be told of. */
void buf_leave_changed(struct evbuffer *buf);
/* The same, and before that let go of chains that are out of the buffer. */
void buf_leave_spent(struct evbuffer *buf, struct chain *spent);
/* The buffer was taken once more; without that and the lock it may go. */
void buf_release(struct evbuffer *buf);

/* Both locks, in an order that is the same for all. */
void buf_lock_both(struct evbuffer *a, struct evbuffer *b);
/* Each buffer's observers are told with only its own lock held. */
void buf_leave_both(struct evbuffer *a, struct evbuffer *b);

/* Can it hold COUNT bytes more?  Sets errno if not. */
int buf_fits(const struct evbuffer *buf, size_t count);
/* May anything be done at the front?  Sets errno if not. */
int buf_may_take(const struct evbuffer *buf);
/* May COUNT bytes be added at the end?  Sets errno if not. */
int buf_may_add(const struct evbuffer *buf, size_t count);

/* --- evbuffer_notify.c ---------------------------------------------------*/

/* Bytes came or went. */
void observers_tell(struct evbuffer *buf);
void observers_free(struct evbuffer *buf);

/* --- the long way of what evbuffer_plain.c has a short one for -----------*/

int buf_add(struct evbuffer *buf, const void *data, size_t count);
int buf_drain(struct evbuffer *buf, size_t count);
int buf_remove(struct evbuffer *buf, void *data, size_t count);
int buf_reserve(struct evbuffer *buf, ev_ssize_t size,
	struct evbuffer_iovec *vec, int n_vec);
int buf_commit(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs);

/* --- evbuffer_add.c ------------------------------------------------------*/

/* How many bytes are in the pieces; 0, or -1: more than a buffer holds. */
int buf_sum_up(const struct evbuffer_iovec *vec, int n, size_t *sum_out);
/* 0, or -1 and nothing has changed. */
int buf_append(struct evbuffer *buf, const void *data, size_t count);

/* --- evbuffer_room.c -----------------------------------------------------*/

/* A chain for SIZE bytes or more, to stand beside another, or none. */
struct chain *buf_new_chain(const struct chain *beside, size_t size);
/* Room for SIZE bytes in one piece, SIZE > 0: the chain, or NULL. */
struct chain *buf_room_in_one(struct evbuffer *buf, size_t size);
/* Room for SIZE bytes in at most N pieces, N > 1; 0 or -1. */
int buf_make_room(struct evbuffer *buf, size_t size, int n);
/* Pieces of room, in order, not more than N or than hold SIZE bytes. */
int buf_list_room(
	struct evbuffer *buf, size_t size, struct evbuffer_iovec *vec, int n);
/* COUNT bytes were written to the room, from its beginning on. */
void buf_fill_room(struct evbuffer *buf, size_t count);

/* --- evbuffer_take.c -----------------------------------------------------*/

/* Take COUNT bytes off the front, not more than there are; what is to go. */
struct chain *buf_cut(struct evbuffer *buf, size_t count);
/* An empty buffer keeps little room; what is to go. */
struct chain *buf_trim(struct evbuffer *buf);
/* Copy COUNT bytes from OFFSET in CHAIN on; they are there, and in memory. */
void
buf_copy(const struct chain *chain, size_t offset, void *data, size_t count);

/* --- evbuffer_move.c -----------------------------------------------------*/

/* The chains without data come out; and go in again, at the end. */
struct chain *buf_take_room(struct evbuffer *buf);
void buf_give_room(struct evbuffer *buf, struct chain *room);
/* Chains with data, LENGTH bytes in all, come in at the end. */
void buf_link(struct evbuffer *buf, struct chain *first, struct chain *last,
	size_t length);

/* --- evbuffer_search.c ---------------------------------------------------*/

/* A byte: of a chain, and of the buffer.  At the end there is no chain. */
struct place {
	struct chain *chain;
	size_t offset;
	size_t pos;
};

/* 0 and the place POS bytes from the front, or -1: there is none. */
int buf_seek(struct evbuffer *buf, size_t pos, struct place *place_out);
/*
 * The end of a line from PLACE on, which goes on: its position, and how many
 * bytes it takes; -1, and 0, if there is none.
 */
ev_ssize_t buf_find_eol(struct evbuffer *buf, struct place *place,
	enum evbuffer_eol_style style, size_t *eol_len_out);

/* --- evbuffer_file.c -----------------------------------------------------*/

/* Read CHAIN's file, if that was not done; 0 or -1. */
int file_load(struct chain *chain);
/* Send up to COUNT bytes of CHAIN; -1 and EINVAL: it has to be read first. */
ssize_t file_send(struct chain *chain, evutil_socket_t fd, size_t count);
/* All that is in the buffer is in memory from now on; 0 or -1. */
int buf_load(struct evbuffer *buf);

/* --- in every function ---------------------------------------------------*/

static inline void
buf_lock(const struct evbuffer *buf)
{
	if (buf->lock)
		core()->lock(buf->lock);
}

static inline void
buf_unlock(const struct evbuffer *buf)
{
	if (buf->lock)
		core()->unlock(buf->lock);
}

static inline void
buf_leave(struct evbuffer *buf)
{
	if (buf->flags & BUF_CHANGED)
		buf_leave_changed(buf);
	else
		buf_unlock(buf);
}

static inline void
buf_leave_dropping(struct evbuffer *buf, struct chain *spent)
{
	if (spent)
		buf_leave_spent(buf, spent);
	else
		buf_leave(buf);
}

static inline void
buf_added(struct evbuffer *buf, size_t count)
{
	buf->length += count;
	if (buf->flags & BUF_WATCHED && count)
		buf->flags |= BUF_GREW;
}

static inline void
buf_deleted(struct evbuffer *buf, size_t count)
{
	buf->length -= count;
	buf->deleted += count;
	buf->sought = NULL;
	if (buf->flags & BUF_WATCHED && count)
		buf->flags |= BUF_SHRANK;
}

/* May it stay in an empty buffer, as room? */
static inline int
buf_may_keep(struct chain *chain)
{
	return chain->capacity <= BUF_KEPT_ROOM && chain_is_mine(chain);
}

#endif
