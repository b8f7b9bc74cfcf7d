/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between buffers and descriptors: one call of the system each.
 *
 * Nobody is asked how much there is to read.  A read is offered what the last
 * ones brought: four times as much when one filled it, half when two in a row
 * use little of it (one may be the rest of a message).  It goes into the room of
 * the last chain and one more; into an empty buffer, into one piece.
 */
#include "evbuffer.h"

#include <errno.h>
#include <limits.h>

#include <libev-abi/sys.h>

enum {
	READ_PIECES = 2,
	READ_LEAST = 512, /* the memory of a chain, its head included */
	READ_MOST = 65536,
	WRITE_PIECES = 64
};

/* --- reading -------------------------------------------------------------*/

/* How many bytes are in the pieces, the last being cut so that it is MOST. */
static size_t
limit(struct evbuffer_iovec *vec, int *n, size_t most)
{
	size_t sum = 0;

	for (int i = 0; i < *n; i++) {
		if (vec[i].iov_len >= most - sum) {
			vec[i].iov_len = most - sum;
			*n = i + 1;
			return most;
		}
		sum += vec[i].iov_len;
	}
	return sum;
}

static void
learn(struct evbuffer *buf, size_t offered, size_t came)
{
	unsigned little = came < offered / 4 ? BUF_READ_LITTLE : 0;

	if (came == offered)
		buf->read_size = buf->read_size <= READ_MOST / 4
					 ? buf->read_size * 4
					 : READ_MOST;
	else if (buf->flags & little && buf->read_size >= READ_LEAST * 2)
		buf->read_size /= 2;
	buf->flags = (buf->flags & ~(unsigned)BUF_READ_LITTLE) | little;
}

/* One piece is of a block that has just been in use, and not of kept room too. */
static int
make_room(struct evbuffer *buf, size_t size)
{
	if (buf->length)
		return buf_make_room(buf, size, READ_PIECES);
	return buf_room_in_one(buf, size) ? 0 : -1;
}

/* MOST > 0; as read(). */
static ssize_t
read_some(struct evbuffer *buf, evutil_socket_t fd, size_t most)
{
	struct evbuffer_iovec vec[READ_PIECES];
	size_t want = buf->read_size - sizeof(struct chain), offered;
	ssize_t came;
	int n;

	if (want > most)
		want = most;
	if (make_room(buf, want) < 0)
		return -1;
	n = buf_list_room(buf, want, vec, READ_PIECES);
	offered = limit(vec, &n, most);
	if (n == 1)
		came = sys_read(fd, vec[0].iov_base, vec[0].iov_len);
	else
		came = sys_readv(fd, vec, n);
	if (came > 0) {
		buf_fill_room(buf, (size_t)came);
		learn(buf, offered, (size_t)came);
	}
	return came;
}

int
evbuffer_read(struct evbuffer *buf, evutil_socket_t fd, int howmuch)
{
	struct chain *spent = NULL;
	size_t most;
	ssize_t came = -1;
	int error;

	buf_lock(buf);
	most = buf->max_read;
	if (howmuch >= 0 && (size_t)howmuch < most)
		most = (size_t)howmuch;
	if (most > EV_SSIZE_MAX - buf->length)
		most = EV_SSIZE_MAX - buf->length;
	if (buf_may_add(buf, howmuch != 0))
		came = most ? read_some(buf, fd, most) : 0;
	error = errno;
	if (came <= 0)
		spent = buf_trim(buf);
	buf_leave_dropping(buf, spent);
	errno = error;
	return (int)came;
}

/* --- writing -------------------------------------------------------------*/

/* Not a socket: then there is no way to write without SIGPIPE. */
static ssize_t
send_one(evutil_socket_t fd, const struct evbuffer_iovec *piece)
{
	ssize_t went = sys_send(fd, piece->iov_base, piece->iov_len);

	if (went < 0 && errno == ENOTSOCK)
		went = sys_write(fd, piece->iov_base, piece->iov_len);
	return went;
}

static ssize_t
send_pieces(evutil_socket_t fd, struct evbuffer_iovec *vec, int n)
{
	struct msghdr message = {.msg_iov = vec};
	ssize_t went;

	message.msg_iovlen = n;
	went = sys_sendmsg(fd, &message);
	if (went < 0 && errno == ENOTSOCK)
		went = sys_writev(fd, vec, n);
	return went;
}

/* COUNT > 0; as write(). */
static ssize_t
write_memory(struct evbuffer *buf, evutil_socket_t fd, size_t count)
{
	struct evbuffer_iovec vec[WRITE_PIECES];
	const struct chain *chain = buf->first;
	size_t left = count;
	int n = 0;

	for (; left && n < WRITE_PIECES && chain->memory; chain = chain->next) {
		vec[n].iov_base = chain_data(chain);
		vec[n].iov_len = chain->length < left ? chain->length : left;
		left -= vec[n++].iov_len;
	}
	return n == 1 ? send_one(fd, vec) : send_pieces(fd, vec, n);
}

static ssize_t
write_some(struct evbuffer *buf, evutil_socket_t fd, size_t count)
{
	struct chain *first = buf->first;
	ssize_t went;

	if (!first->memory) {
		went = file_send(first, fd,
			count < first->length ? count : first->length);
		if (went >= 0 || errno != EINVAL)
			return went;
		if (file_load(first) < 0)
			return -1;
	}
	return write_memory(buf, fd, count);
}

int
evbuffer_write_atmost(
	struct evbuffer *buf, evutil_socket_t fd, ev_ssize_t howmuch)
{
	struct chain *spent = NULL;
	ssize_t went = -1;
	size_t count;
	int error;

	buf_lock(buf);
	count = howmuch < 0 || (size_t)howmuch > buf->length ? buf->length
							     : (size_t)howmuch;
	if (count > INT_MAX)
		count = INT_MAX;
	if (!count)
		errno = EINVAL;
	else if (buf_may_take(buf))
		went = write_some(buf, fd, count);
	error = errno;
	if (went > 0)
		spent = buf_cut(buf, (size_t)went);
	buf_leave_dropping(buf, spent);
	errno = error;
	return (int)went;
}

int
evbuffer_write(struct evbuffer *buf, evutil_socket_t fd)
{
	return evbuffer_write_atmost(buf, fd, -1);
}
