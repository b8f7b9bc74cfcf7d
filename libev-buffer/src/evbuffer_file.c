/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of files.
 *
 * A segment is the holder of all chains that have parts of it.  Its contents
 * are either not in memory, and its chains have none then, or read once, as a
 * whole.  Files are not mapped: a mapped one that another process cuts short
 * would kill the program that looks at it.
 */
#include "evbuffer.h"

#include <errno.h>

#include <libev-abi/sys.h>

struct evbuffer_file_segment {
	struct holder self;
	int fd;
	unsigned flags;
	ev_off_t offset;
	size_t length;
	_Atomic(unsigned char *) contents; /* NULL: not read */
	evbuffer_file_segment_cleanup_cb cleanup;
	void *arg;
};

/* --- segments ------------------------------------------------------------*/

static void
release_segment(struct holder *self)
{
	struct evbuffer_file_segment *seg =
		(struct evbuffer_file_segment *)self;

	if (seg->cleanup)
		seg->cleanup(seg, (int)seg->flags, seg->arg);
	if (seg->flags & EVBUF_FS_CLOSE_ON_FREE)
		(void)sys_close(seg->fd);
	core_free(atomic_load(&seg->contents));
	core_free(seg);
}

/* From OFFSET to the end that the file has now; negative: cannot be said. */
static ev_off_t
length_behind(int fd, ev_off_t offset)
{
	struct stat status;

	if (sys_fstat(fd, &status) < 0)
		return -1;
	return status.st_size - offset;
}

struct evbuffer_file_segment *
evbuffer_file_segment_new(
	int fd, ev_off_t offset, ev_off_t length, unsigned flags)
{
	struct evbuffer_file_segment *seg;

	if (length == -1 && offset >= 0)
		length = length_behind(fd, offset);
	if (offset < 0 || length < 0 || (uintmax_t)length > EV_SSIZE_MAX ||
		(uintmax_t)length > (uintmax_t)(INT64_MAX - offset)) {
		errno = EINVAL;
		return NULL;
	}
	seg = core_alloc(sizeof(*seg));
	if (!seg)
		return NULL;
	holder_init(&seg->self, release_segment);
	seg->fd = fd;
	seg->flags = flags;
	seg->offset = offset;
	seg->length = (size_t)length;
	atomic_init(&seg->contents, NULL);
	seg->cleanup = NULL;
	seg->arg = NULL;
	return seg;
}

void
evbuffer_file_segment_free(struct evbuffer_file_segment *seg)
{
	if (seg)
		holder_drop(&seg->self);
}

void
evbuffer_file_segment_add_cleanup_cb(struct evbuffer_file_segment *seg,
	evbuffer_file_segment_cleanup_cb cb, void *arg)
{
	seg->cleanup = cb;
	seg->arg = arg;
}

/* --- reading -------------------------------------------------------------*/

/* 0, or -1 also when the file is shorter than it was. */
static int
read_all(const struct evbuffer_file_segment *seg, unsigned char *to)
{
	size_t done = 0;
	ssize_t came;

	while (done < seg->length) {
		came = sys_pread(seg->fd, to + done, seg->length - done,
			seg->offset + (ev_off_t)done);
		if (came < 0 && errno == EINTR)
			continue;
		if (came == 0)
			errno = EIO;
		if (came <= 0)
			return -1;
		done += (size_t)came;
	}
	return 0;
}

/* The contents, which stay as long as the segment; NULL: see errno. */
static unsigned char *
load(struct evbuffer_file_segment *seg)
{
	unsigned char *contents = atomic_load(&seg->contents), *other = NULL;

	if (contents)
		return contents;
	contents = core_alloc(seg->length);
	if (!contents)
		return NULL;
	if (read_all(seg, contents) < 0) {
		core_free(contents);
		return NULL;
	}
	/* Another thread may have been faster, for another buffer. */
	if (atomic_compare_exchange_strong(&seg->contents, &other, contents))
		return contents;
	core_free(contents);
	return other;
}

static struct evbuffer_file_segment *
segment_of(struct chain *chain)
{
	return (struct evbuffer_file_segment *)chain->holder;
}

int
file_load(struct chain *chain)
{
	if (!chain->memory)
		chain->memory = load(segment_of(chain));
	return chain->memory ? 0 : -1;
}

int
buf_load(struct evbuffer *buf)
{
	struct chain *chain;

	if (!(buf->flags & BUF_FILES))
		return 0;
	for (chain = buf->first; chain; chain = chain->next)
		if (file_load(chain) < 0)
			return -1;
	buf->flags &= ~(unsigned)BUF_FILES;
	return 0;
}

/* --- sending -------------------------------------------------------------*/

/*
 * As sendfile(), which knows no way to ask for EPIPE alone, and no SIGPIPE.
 * It may raise that and say how much went before.
 */
static ssize_t
send_quietly(int to, int from, off_t offset, size_t count)
{
	static const struct timespec at_once = {0, 0};
	sigset_t pipe_signal, old;
	ssize_t went;
	int error;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	(void)sys_pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
	went = sys_sendfile(to, from, &offset, count);
	error = errno;
	if ((went < 0 ? error == EPIPE : (size_t)went < count) &&
		!sigismember(&old, SIGPIPE))
		(void)sys_sigtimedwait(&pipe_signal, &at_once);
	(void)sys_pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return went;
}

ssize_t
file_send(struct chain *chain, evutil_socket_t fd, size_t count)
{
	const struct evbuffer_file_segment *seg = segment_of(chain);
	ssize_t went = send_quietly(
		fd, seg->fd, seg->offset + (ev_off_t)chain->begin, count);

	if (went < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		errno = EINVAL;
	if (went != 0)
		return went;
	errno = EIO; /* the file is shorter than it was */
	return -1;
}

/* --- adding --------------------------------------------------------------*/

static int
may_be_sent(const struct evbuffer *buf, const struct evbuffer_file_segment *seg)
{
	return buf->flags & BUF_DRAINS_TO_FD &&
	       !(seg->flags & EVBUF_FS_DISABLE_SENDFILE);
}

static int
add_part(struct evbuffer *buf, struct evbuffer_file_segment *seg, size_t offset,
	size_t length)
{
	unsigned char *contents = NULL;
	struct chain *chain;

	if (!length)
		return 0;
	if (!may_be_sent(buf, seg) && !(contents = load(seg)))
		return -1;
	chain = chain_new_held(
		&seg->self, CHAIN_FILE, contents, offset, length);
	if (!chain)
		return -1;
	if (!contents)
		buf->flags |= BUF_FILES;
	buf_link(buf, chain, chain, length);
	return 0;
}

int
evbuffer_add_file_segment(struct evbuffer *buf,
	struct evbuffer_file_segment *seg, ev_off_t offset, ev_off_t length)
{
	int result = -1;

	if (offset < 0 || (uintmax_t)offset > seg->length || length < -1)
		return -1;
	if (length == -1)
		length = (ev_off_t)(seg->length - (size_t)offset);
	if ((uintmax_t)length > seg->length - (size_t)offset)
		return -1;
	buf_lock(buf);
	if (buf_may_add(buf, (size_t)length))
		result = add_part(buf, seg, (size_t)offset, (size_t)length);
	buf_leave(buf);
	return result;
}

int
evbuffer_add_file(
	struct evbuffer *buf, int fd, ev_off_t offset, ev_off_t length)
{
	struct evbuffer_file_segment *seg = evbuffer_file_segment_new(
		fd, offset, length, 0);
	int result;

	if (!seg)
		return -1;
	result = evbuffer_add_file_segment(buf, seg, 0, -1);
	if (result == 0)
		seg->flags |= EVBUF_FS_CLOSE_ON_FREE;
	evbuffer_file_segment_free(seg);
	return result;
}
