/* SPDX-License-Identifier: BSD-3-Clause */
/* See kit.h. */
#include "kit.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_MAX = 256 };

static long blocks_before;
static int fds_before;

int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int
count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		count += is_open(fd);
	return count;
}

void
kit_setup(void)
{
	blocks_before = alloc_blocks();
	fds_before = count_fds();
	fake_threads(0);
	fake_keep(0);
}

void
kit_teardown(void)
{
	ck_assert_int_eq(fake_locks_held(), 0);
	ck_assert_int_eq(fake_locks(), 0);
	ck_assert_int_eq(alloc_blocks(), blocks_before);
	ck_assert_int_eq(count_fds(), fds_before);
	ck_assert_msg(!alloc_fault(), "%s", alloc_fault());
}

struct evbuffer *
make(void)
{
	struct evbuffer *buf = evbuffer_new();

	ck_assert_ptr_nonnull(buf);
	return buf;
}

struct evbuffer *
make_pieces(const char *first, ...)
{
	struct evbuffer *buf = make();
	const char *text;
	va_list args;

	va_start(args, first);
	for (text = first; text; text = va_arg(args, const char *))
		ck_assert_int_eq(evbuffer_add_reference(
					 buf, text, strlen(text), NULL, NULL),
			0);
	va_end(args);
	return buf;
}

void
count_up(unsigned char *bytes, size_t count, unsigned first)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (unsigned char)(first + i);
}

struct evbuffer *
make_counting(size_t count, unsigned first)
{
	struct evbuffer *buf = make();
	unsigned char *bytes = malloc(count + 1);

	count_up(bytes, count, first);
	ck_assert_int_eq(evbuffer_add(buf, bytes, count), 0);
	free(bytes);
	return buf;
}

void
expect(struct evbuffer *buf, const void *bytes, size_t count)
{
	unsigned char *found = malloc(count + 1);
	const char *fault = verify(buf);

	ck_assert_msg(!fault, "%s", fault);
	ck_assert_uint_eq(evbuffer_get_length(buf), count);
	ck_assert_int_eq(
		evbuffer_copyout(buf, found, count + 1), (ev_ssize_t)count);
	ck_assert(!memcmp(found, bytes, count));
	free(found);
}

void
expect_text(struct evbuffer *buf, const char *text)
{
	expect(buf, text, strlen(text));
}

void
expect_counting(struct evbuffer *buf, size_t count, unsigned first)
{
	unsigned char *bytes = malloc(count + 1);

	count_up(bytes, count, first);
	expect(buf, bytes, count);
	free(bytes);
}

int
pieces_of(struct evbuffer *buf)
{
	return evbuffer_peek(buf, -1, NULL, NULL, 0);
}

const void *
first_piece_of(struct evbuffer *buf)
{
	struct evbuffer_iovec piece = {.iov_base = NULL};

	(void)evbuffer_peek(buf, -1, NULL, &piece, 1);
	return piece.iov_base;
}

ev_ssize_t
position_of(struct evbuffer *buf, const char *what)
{
	return evbuffer_search(buf, what, strlen(what), NULL).pos;
}

struct evbuffer_ptr
at(struct evbuffer *buf, size_t pos)
{
	struct evbuffer_ptr ptr;

	ck_assert_int_eq(evbuffer_ptr_set(buf, &ptr, pos, EVBUFFER_PTR_SET), 0);
	return ptr;
}

void
note_cleanup(const void *data, size_t length, void *arg)
{
	struct cleaned *cleaned = arg;

	cleaned->calls++;
	cleaned->data = data;
	cleaned->length = length;
}

int
make_file(size_t count)
{
	char path[] = "/tmp/libev-test-XXXXXX";
	unsigned char *bytes = malloc(count + 1);
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(unlink(path), 0);
	count_up(bytes, count, 0);
	ck_assert_int_eq(pwrite(fd, bytes, count, 0), (ssize_t)count);
	free(bytes);
	return fd;
}

void
open_pair(int fds[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(fcntl(fds[i], F_SETFL, O_NONBLOCK), 0);
}

void
close_pair(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}
