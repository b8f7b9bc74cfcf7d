/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the floor waits with: epoll.  Every change of interest is one
 * epoll_ctl(), and the user word is the watcher.
 */
#ifndef BENCH_FLOOR_EPOLL_H
#define BENCH_FLOOR_EPOLL_H

#include <sys/epoll.h>
#include <unistd.h>

#define FLOOR_METHOD "epoll"
#define PEER_HAS_EXCLUSIVE

enum {
	IO_READ = EPOLLIN,
	IO_WRITE = EPOLLOUT,
	IO_ONCE = EPOLLONESHOT,
	IO_EXCLUSIVE = EPOLLEXCLUSIVE
};

#define FLOOR_EVENTS 4096

struct floor_set {
	int epfd;
	struct epoll_event events[FLOOR_EVENTS];
};

struct floor_watch {
	int fd;
	uint32_t events;
	int added;
};

static inline int
floor_open(struct floor_set *set)
{
	set->epfd = epoll_create1(EPOLL_CLOEXEC);
	return set->epfd < 0 ? -1 : 0;
}

static inline void
floor_close(struct floor_set *set)
{
	close(set->epfd);
}

static inline void
floor_watch(struct floor_set *set, struct floor_watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	epoll_ctl(set->epfd, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
		watch->fd, &event);
	watch->added = 1;
}

static inline void
floor_unwatch(struct floor_set *set, struct floor_watch *watch)
{
	struct epoll_event unused;

	epoll_ctl(set->epfd, EPOLL_CTL_DEL, watch->fd, &unused);
	watch->added = 0;
}

/* How many reports there are. */
static inline int
floor_reports(struct floor_set *set, int timeout)
{
	return epoll_wait(set->epfd, set->events, FLOOR_EVENTS, timeout);
}

/* Whose the Ith is; NULL: nobody's. */
static inline struct floor_watch *
floor_report(struct floor_set *set, int i)
{
	return set->events[i].data.ptr;
}

/* It was told, and is to be told again. */
static inline void
floor_again(struct floor_set *set, struct floor_watch *watch)
{
	(void)set, (void)watch; /* the kernel goes on by itself */
}

#endif
