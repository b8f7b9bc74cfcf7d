/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A system that does less than it could: a call is interrupted, says that it is
 * not ready, or moves a part of what it was offered.
 *
 * Without the seams there is nothing to be done, and no draw either.
 */
#include "model.h"

#ifndef EV_TEST_SEAMS
void
faults_begin(void)
{
}

void
faults_end(void)
{
}
#else

#include <libev-abi/sys.h>

static struct ev_sys real;
static int is_ours;

/* A call is not made, and can be made again. */
static int
fails(void)
{
	static const int errors[] = {EINTR, EAGAIN};
	size_t what = draw(16);

	if (what < 14)
		return 0;
	errno = errors[what - 14];
	return 1;
}

static size_t
less_of(size_t count)
{
	if (count == 0 || draw(8) < 7)
		return count;
	return 1 + draw(count);
}

/* The first piece, cut: a read or a write in pieces that falls short. */
static int
cut_pieces(struct iovec *first, const struct iovec *vec, int n)
{
	*first = vec[0];
	if (n < 2 && vec[0].iov_len < 2)
		return 0;
	first->iov_len = less_of(vec[0].iov_len);
	return first->iov_len < vec[0].iov_len;
}

static ssize_t
short_read(int fd, void *data, size_t count)
{
	return fails() ? -1 : real.read(fd, data, less_of(count));
}

static ssize_t
short_readv(int fd, const struct iovec *vec, int n)
{
	struct iovec first;

	if (fails())
		return -1;
	if (cut_pieces(&first, vec, n))
		return real.readv(fd, &first, 1);
	return real.readv(fd, vec, n);
}

static ssize_t
short_send(int fd, const void *data, size_t count, int flags)
{
	return fails() ? -1 : real.send(fd, data, less_of(count), flags);
}

static ssize_t
short_sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr shorter = *message;
	struct iovec first;

	if (fails())
		return -1;
	if (cut_pieces(&first, message->msg_iov, (int)message->msg_iovlen)) {
		shorter.msg_iov = &first;
		shorter.msg_iovlen = 1;
	}
	return real.sendmsg(fd, &shorter, flags);
}

void
faults_begin(void)
{
	is_ours = draw(2) == 1;
	if (!is_ours)
		return;
	real = ev_sys;
	ev_sys.read = short_read;
	ev_sys.readv = short_readv;
	ev_sys.send = short_send;
	ev_sys.sendmsg = short_sendmsg;
}

void
faults_end(void)
{
	if (is_ours)
		ev_sys = real;
	is_ours = 0;
}
#endif
