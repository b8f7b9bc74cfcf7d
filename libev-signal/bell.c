/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rung says that the descriptor is readable, or about to be made so by the
 * one who set it.  That is why bell_hush() reads first and clears rung last:
 * the other way round a ring in between would lose its write to the read,
 * and leave rung set for ever over a descriptor that is silent.
 */
#include "bell.h"

#include <errno.h>

#include <libev-abi/sys.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler must not meet a lock");

static int
prepare_end(int fd)
{
	int flags = sys_fcntl(fd, F_GETFL, 0);

	if (flags < 0 || sys_fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		sys_fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int
open_pipe(int ends[2])
{
	int err;

	if (sys_pipe(ends) < 0)
		return -errno;
	err = prepare_end(ends[0]);
	if (!err)
		err = prepare_end(ends[1]);
	if (err) {
		(void)sys_close(ends[0]);
		(void)sys_close(ends[1]);
	}
	return err;
}

/* A kernel or a sandbox without eventfd may yet have pipes. */
static int
open_ends(int ends[2])
{
#ifdef __linux__
	int fd = sys_eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd >= 0) {
		ends[0] = fd;
		ends[1] = fd;
		return 0;
	}
#endif
	return open_pipe(ends);
}

int
bell_open(struct bell *bell)
{
	int ends[2];
	int err = open_ends(ends);

	if (err)
		return err;
	bell->fd = ends[0];
	bell->ring_fd = ends[1];
	atomic_init(&bell->rung, 0);
	return 0;
}

void
bell_close(struct bell *bell)
{
	(void)sys_close(bell->fd);
	if (bell->ring_fd != bell->fd)
		(void)sys_close(bell->ring_fd);
}

void
bell_move(struct bell *to, const struct bell *from)
{
	to->fd = from->fd;
	to->ring_fd = from->ring_fd;
	atomic_store(&to->rung, 0);
}

/* Eight bytes suit both kinds.  A full pipe is readable, which is the aim. */
void
bell_ring(struct bell *bell)
{
	const uint64_t once = 1;
	ssize_t n;

	if (atomic_exchange(&bell->rung, 1))
		return;
	do
		n = sys_write(bell->ring_fd, &once, sizeof(once));
	while (n < 0 && errno == EINTR);
}

/* A short read has emptied a pipe, and any read empties an eventfd. */
int
bell_hush(struct bell *bell)
{
	uint64_t sink[8];
	ssize_t n;

	do
		n = sys_read(bell->fd, sink, sizeof(sink));
	while (n == (ssize_t)sizeof(sink) || (n < 0 && errno == EINTR));
	if (n < 0 && errno != EAGAIN)
		return -errno;
	atomic_store(&bell->rung, 0);
	return 0;
}
