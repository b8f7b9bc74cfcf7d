/* SPDX-License-Identifier: BSD-3-Clause */
#include "kit.h"

#include <arpa/inet.h>

static void
leave(struct heard *heard, char letter)
{
	size_t n = strlen(heard->trail);

	if (n + 1 < sizeof(heard->trail))
		heard->trail[n] = letter;
}

static void
go_on(struct bufferevent *bev, struct heard *heard)
{
	if (heard->then)
		heard->then(bev);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct heard *heard = arg;

	leave(heard, 'r');
	heard->reads++;
	heard->length = evbuffer_get_length(input);
	if (!heard->keep) {
		heard->bytes += heard->length;
		if (heard->got)
			evbuffer_add_buffer(heard->got, input);
		else
			evbuffer_drain(input, heard->length);
	}
	go_on(bev, heard);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct heard *heard = arg;

	leave(heard, 'w');
	heard->writes++;
	go_on(bev, heard);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct heard *heard = arg;

	heard->error = errno;
	leave(heard, what & BEV_EVENT_CONNECTED ? 'c' : 'e');
	heard->events++;
	heard->what = what;
	heard->ever |= what;
	go_on(bev, heard);
}

void
listen_to(struct bufferevent *bev, struct heard *heard)
{
	bufferevent_setcb(bev, on_read, on_write, on_event, heard);
}

int
threadsafe(void)
{
	return test_threads() ? BEV_OPT_THREADSAFE : 0;
}

void
another_pair(void)
{
	evutil_socket_t pair[2];

	make_pair(pair);
	close_fd(&fx.fd);
	close_fd(&fx.peer);
	fx.fd = pair[0];
	fx.peer = pair[1];
}

struct bufferevent *
on_fixture(int options, struct heard *heard)
{
	struct bufferevent *bev = bufferevent_socket_new(
		fx.base, fx.fd, options | threadsafe());

	ck_assert_ptr_nonnull(bev);
	listen_to(bev, heard);
	return bev;
}

void
until(const int *counter, int count)
{
	while (*counter < count)
		ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
}

void
until_bytes(const size_t *counter, size_t count)
{
	while (*counter < count)
		ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_ONCE), 0);
}

void
run_for(long ms)
{
	struct timeval tv = clock_ms(ms);

	ck_assert_int_eq(event_base_loopexit(fx.base, &tv), 0);
	ck_assert_int_eq(event_base_dispatch(fx.base), 0);
}

void
say(evutil_socket_t fd, const char *text)
{
	ssize_t size = (ssize_t)strlen(text);

	ck_assert_int_eq(write(fd, text, (size_t)size), size);
}

const char *
hear(evutil_socket_t fd)
{
	static char text[1024];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

const char *
text_of(struct evbuffer *buf)
{
	static char text[1024];
	ev_ssize_t n = evbuffer_copyout(buf, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static char
byte_at(size_t offset)
{
	return (char)(offset * 7 + offset / 251);
}

void
pattern(char *data, size_t offset, size_t count)
{
	for (size_t i = 0; i < count; i++)
		data[i] = byte_at(offset + i);
}

struct evbuffer *
pattern_buffer(size_t count)
{
	struct evbuffer *buf = evbuffer_new();
	char *data = malloc(count);

	ck_assert(buf && data);
	pattern(data, 0, count);
	ck_assert_int_eq(evbuffer_add(buf, data, count), 0);
	free(data);
	return buf;
}

int
is_pattern(struct evbuffer *buf, size_t offset)
{
	size_t length = evbuffer_get_length(buf);
	const unsigned char *data = evbuffer_pullup(buf, -1);

	for (size_t i = 0; i < length; i++)
		if ((char)data[i] != byte_at(offset + i))
			return 0;
	return 1;
}

evutil_socket_t
listening(struct sockaddr_in *address_out)
{
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(*address_out);

	memset(address_out, 0, sizeof(*address_out));
	address_out->sin_family = AF_INET;
	address_out->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)address_out, sizeof(*address_out)),
		0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(
		getsockname(fd, (struct sockaddr *)address_out, &len), 0);
	return fd;
}
