/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two queues that io_uring(7) shares with the kernel, and no more.
 *
 * We write requests (sqes) and move the tail of theirs; the kernel moves its
 * head.  With completions (cqes) it is the other way round.  So each index has
 * one writer, and is released by it and acquired by the other: whatever stands
 * before the index is then seen as well.
 */
#ifndef EV_BACKENDS_RING_H
#define EV_BACKENDS_RING_H

#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <stdatomic.h>

#include <libev-abi/sys.h>

#include "common.h"

typedef _Atomic(uint32_t) ring_index;

struct ring {
	int fd;
	uint32_t sq_entries, sq_mask, cq_mask;
	ring_index *sq_head, *sq_tail, *cq_head, *cq_tail;
	struct io_uring_sqe *sqes;
	const struct io_uring_cqe *cqes;
	void *queues; /* the mapping that the others but sqes point into */
	size_t queues_size, sqes_size;
};

/*
 * What is relied on came with Linux 5.4, 5.5, 5.11 and 5.13.  Polls that stay
 * have no bit of their own; they came together with the last.
 */
#define RING_NEEDS                                                            \
	(IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | \
		IORING_FEAT_RSRC_TAGS)

static inline void *
ring_map(int fd, size_t size, uint64_t offset)
{
	void *at = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, fd, (off_t)offset);

	return at == MAP_FAILED ? NULL : at;
}

static inline void *
ring_at(const struct ring *ring, uint32_t offset)
{
	return (char *)ring->queues + offset;
}

/* Request number i stands in place i, now and for ever. */
static inline void
ring_number_places(const struct ring *ring, uint32_t offset)
{
	uint32_t *places = ring_at(ring, offset);

	for (uint32_t i = 0; i < ring->sq_entries; i++)
		places[i] = i;
}

static inline int
ring_map_all(struct ring *ring, const struct io_uring_params *params)
{
	size_t sq_end = params->sq_off.array +
			params->sq_entries * sizeof(uint32_t);
	size_t cq_end = params->cq_off.cqes +
			params->cq_entries * sizeof(struct io_uring_cqe);

	ring->queues_size = sq_end > cq_end ? sq_end : cq_end;
	ring->sqes_size = params->sq_entries * sizeof(struct io_uring_sqe);
	ring->queues = ring_map(
		ring->fd, ring->queues_size, IORING_OFF_SQ_RING);
	if (!ring->queues)
		return -errno;
	ring->sqes = ring_map(ring->fd, ring->sqes_size, IORING_OFF_SQES);
	if (ring->sqes)
		return 0;
	sys_munmap(ring->queues, ring->queues_size);
	return -errno;
}

static inline void
ring_find_indices(struct ring *ring, const struct io_uring_params *params)
{
	ring->sq_entries = params->sq_entries;
	ring->sq_mask = params->sq_entries - 1; /* powers of two, both */
	ring->cq_mask = params->cq_entries - 1;
	ring->sq_head = ring_at(ring, params->sq_off.head);
	ring->sq_tail = ring_at(ring, params->sq_off.tail);
	ring->cq_head = ring_at(ring, params->cq_off.head);
	ring->cq_tail = ring_at(ring, params->cq_off.tail);
	ring->cqes = ring_at(ring, params->cq_off.cqes);
	ring_number_places(ring, params->sq_off.array);
}

/* Room for so many requests and completions; -errno: RING is as it was. */
static inline int
ring_open(struct ring *ring, uint32_t requests, uint32_t completions)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_CQSIZE,
		.cq_entries = completions,
	};
	struct ring made = {.fd = sys_io_uring_setup(requests, &params)};
	int err;

	if (made.fd < 0)
		return -errno;
	err = (params.features & RING_NEEDS) == RING_NEEDS
		      ? ring_map_all(&made, &params)
		      : -ENOSYS;
	if (err < 0) {
		sys_close(made.fd);
		return err;
	}
	ring_find_indices(&made, &params);
	*ring = made;
	return 0;
}

/* What was asked for goes on for as long as anybody has the descriptor. */
static inline void
ring_close(struct ring *ring)
{
	sys_munmap(ring->sqes, ring->sqes_size);
	sys_munmap(ring->queues, ring->queues_size);
	sys_close(ring->fd);
}

/* --- requests ------------------------------------------------------------*/

/* Those that the kernel has not taken yet. */
static inline uint32_t
ring_unsent(const struct ring *ring)
{
	return atomic_load_explicit(ring->sq_tail, memory_order_relaxed) -
	       atomic_load_explicit(ring->sq_head, memory_order_acquire);
}

/* Add one; 0: there is no room. */
static inline int
ring_ask(struct ring *ring, const struct io_uring_sqe *request)
{
	uint32_t tail = atomic_load_explicit(
		ring->sq_tail, memory_order_relaxed);

	if (ring_unsent(ring) == ring->sq_entries)
		return 0;
	ring->sqes[tail & ring->sq_mask] = *request;
	atomic_store_explicit(ring->sq_tail, tail + 1, memory_order_release);
	return 1;
}

/*
 * Send what is unsent, and wait for AWAIT completions, at most for TIMEOUT
 * (NULL: for ever).  0 or -errno.
 */
static inline int
ring_enter(struct ring *ring, uint32_t await,
	const struct __kernel_timespec *timeout)
{
	const struct io_uring_getevents_arg arg = {
		.ts = (uint64_t)(uintptr_t)timeout,
	};
	int sent = sys_io_uring_enter(ring->fd, ring_unsent(ring), await,
		IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
		sizeof(arg));

	return sent < 0 ? -errno : 0;
}

/* --- completions ---------------------------------------------------------*/

/* They are counted from 0, without end: the first one, and behind the last. */
static inline uint32_t
ring_begin(const struct ring *ring)
{
	return atomic_load_explicit(ring->cq_head, memory_order_relaxed);
}

static inline uint32_t
ring_end(const struct ring *ring)
{
	return atomic_load_explicit(ring->cq_tail, memory_order_acquire);
}

static inline uint32_t
ring_ready(const struct ring *ring)
{
	return ring_end(ring) - ring_begin(ring);
}

static inline const struct io_uring_cqe *
ring_answer(const struct ring *ring, uint32_t number)
{
	return &ring->cqes[number & ring->cq_mask];
}

/* The first one may be overwritten. */
static inline void
ring_drop_first(struct ring *ring)
{
	atomic_store_explicit(
		ring->cq_head, ring_begin(ring) + 1, memory_order_release);
}

#endif
