/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the floor waits with: io_uring.  A watch is a poll request, which is
 * made anew when it was reported; all of them go to the kernel with the call
 * that waits.
 *
 * The user word is the watcher and, in the bits that its alignment leaves,
 * which of its requests it is: what an earlier one reports is nobody's.
 */
#ifndef BENCH_FLOOR_IO_URING_H
#define BENCH_FLOOR_IO_URING_H

#include <linux/io_uring.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLOOR_METHOD "io_uring"

enum { IO_READ = POLLIN, IO_WRITE = POLLOUT, IO_ONCE = 1 << 20 };

#define FLOOR_ENTRIES 4096
#define FLOOR_NUMBERS 7u

struct floor_set {
	int fd;
	char *rings;
	size_t rings_size;
	struct io_uring_params params;
	struct io_uring_sqe *requests;
	struct io_uring_cqe *reports;
	unsigned *head, *tail; /* of the reports */
	unsigned *end;         /* of the requests */
	unsigned untold;       /* that the kernel has not seen */
	unsigned first;        /* report of this turn */
};

struct floor_watch {
	uint64_t number; /* of the last request */
	int fd;
	uint32_t events;
	int added, armed;
};

static inline int
floor_open(struct floor_set *set)
{
	const int how = PROT_READ | PROT_WRITE;
	struct io_uring_params *p = &set->params;
	unsigned *order;

	*set = (struct floor_set){.params = {.flags = IORING_SETUP_CQSIZE,
					  .cq_entries = 16 * FLOOR_ENTRIES}};
	set->fd = (int)syscall(SYS_io_uring_setup, FLOOR_ENTRIES, p);
	if (set->fd < 0)
		return -1;
	/* One map for both rings; the requests' order is what lies last. */
	set->rings_size = p->sq_off.array + p->sq_entries * sizeof(*order);
	set->rings = mmap(NULL, set->rings_size, how, MAP_SHARED, set->fd,
		IORING_OFF_SQ_RING);
	set->requests = mmap(NULL, p->sq_entries * sizeof(*set->requests), how,
		MAP_SHARED, set->fd, IORING_OFF_SQES);
	if (set->rings == MAP_FAILED || set->requests == MAP_FAILED)
		return -1;
	order = (unsigned *)(void *)(set->rings + p->sq_off.array);
	for (unsigned i = 0; i < p->sq_entries; i++)
		order[i] = i;
	set->end = (unsigned *)(void *)(set->rings + p->sq_off.tail);
	set->head = (unsigned *)(void *)(set->rings + p->cq_off.head);
	set->tail = (unsigned *)(void *)(set->rings + p->cq_off.tail);
	set->reports = (void *)(set->rings + p->cq_off.cqes);
	return 0;
}

static inline void
floor_close(struct floor_set *set)
{
	munmap(set->requests, set->params.sq_entries * sizeof(*set->requests));
	munmap(set->rings, set->rings_size);
	close(set->fd);
}

static inline void
floor_enter(struct floor_set *set, unsigned least, unsigned flags)
{
	long n = syscall(SYS_io_uring_enter, set->fd, set->untold, least, flags,
		NULL, 0);

	if (n > 0)
		set->untold -= (unsigned)n;
}

static inline void
floor_request(struct floor_set *set, struct io_uring_sqe request)
{
	if (set->untold == set->params.sq_entries)
		floor_enter(set, 0, 0);
	set->requests[*set->end & (set->params.sq_entries - 1)] = request;
	__atomic_store_n(set->end, *set->end + 1, __ATOMIC_RELEASE);
	set->untold++;
}

static inline uint64_t
floor_word(const struct floor_watch *watch)
{
	return (uint64_t)(uintptr_t)watch | (watch->number & FLOOR_NUMBERS);
}

static inline void
floor_unarm(struct floor_set *set, struct floor_watch *watch)
{
	if (watch->armed)
		floor_request(set,
			(struct io_uring_sqe){.opcode = IORING_OP_POLL_REMOVE,
				.addr = floor_word(watch)});
	watch->armed = 0;
	watch->number++;
}

static inline void
floor_watch(struct floor_set *set, struct floor_watch *watch)
{
	floor_unarm(set, watch);
	floor_request(set, (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD,
				   .fd = watch->fd,
				   .poll32_events = watch->events & ~IO_ONCE,
				   .user_data = floor_word(watch)});
	watch->added = watch->armed = 1;
}

static inline void
floor_unwatch(struct floor_set *set, struct floor_watch *watch)
{
	floor_unarm(set, watch);
	watch->added = 0;
}

/* How many reports there are. */
static inline int
floor_reports(struct floor_set *set, int timeout)
{
	floor_enter(set, timeout < 0, IORING_ENTER_GETEVENTS);
	set->first = *set->head;
	return (int)(__atomic_load_n(set->tail, __ATOMIC_ACQUIRE) - set->first);
}

/* Whose the Ith is; NULL: nobody's. */
static inline struct floor_watch *
floor_report(struct floor_set *set, int i)
{
	unsigned at = set->first + (unsigned)i;
	struct io_uring_cqe report =
		set->reports[at & (set->params.cq_entries - 1)];
	struct floor_watch *watch =
		(void *)(uintptr_t)(report.user_data &
				    ~(uint64_t)FLOOR_NUMBERS);

	__atomic_store_n(set->head, at + 1, __ATOMIC_RELEASE);
	if (!watch || report.res < 0 || floor_word(watch) != report.user_data)
		return NULL;
	watch->armed = 0;
	return watch;
}

/* It was told, and is to be told again. */
static inline void
floor_again(struct floor_set *set, struct floor_watch *watch)
{
	if (watch->added && !watch->armed && !(watch->events & IO_ONCE))
		floor_watch(set, watch);
}

#endif
