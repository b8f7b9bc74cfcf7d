/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http-load: keeps a file server busy, verifies every byte, times each file.
 *
 *	cc http-load.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out 127.0.0.1:8080 100 5 site/page.html site/picture.png
 *
 * The files are those that the server has in its folder, so it is known what has
 * to come.  Each connection is kept, and asks for one after the other, until
 * SECONDS are over; what is under way then is still waited for.
 *
 * Of HTTP it knows as much as that takes: a head ends with an empty line, and
 * the file is behind it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "histogram.h"

enum { PATIENCE_S = 10 };

struct file {
	const char *name;
	char *content;
	size_t size;
};

struct load {
	struct event_base *base;
	struct connection *connections;
	struct file *files;
	int n_connections, n_files, busy, failures, is_over;
	uint64_t began_us, bytes, responses;
	struct histogram latency_us;
};

struct connection {
	struct load *load;
	struct bufferevent *bev;
	const struct file *file; /* that was asked for */
	int has_head;
	size_t received; /* of the file */
	uint64_t began_us;
};

static uint64_t
now_us(const struct load *load)
{
	struct timeval tv;

	event_gettime_monotonic(load->base, &tv);
	return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

static void
fail(struct connection *c, const char *what)
{
	fprintf(stderr, "connection %d, byte %zu of %s: %s\n",
		(int)(c - c->load->connections), c->received,
		c->file ? c->file->name : "nothing", what);
	c->load->failures++;
	event_base_loopbreak(c->load->base);
}

static void
ask(struct connection *c)
{
	struct load *load = c->load;

	if (load->is_over) {
		if (--load->busy == 0)
			event_base_loopbreak(load->base);
		return;
	}
	if (!c->file || ++c->file == load->files + load->n_files)
		c->file = load->files;
	c->has_head = 0;
	c->received = 0;
	c->began_us = now_us(load);
	if (evbuffer_add_printf(bufferevent_get_output(c->bev),
		    "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		    c->file->name) < 0)
		fail(c, "no memory");
}

/* 1: the head is through; 0: more of it is to come; -1: it is no good. */
static int
take_head(struct evbuffer *input)
{
	static const char good[] = "HTTP/1.1 200 ";
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	char start[sizeof(good) - 1];

	if (end.pos < 0)
		return 0;
	evbuffer_copyout(input, start, sizeof(start));
	evbuffer_drain(input, (size_t)end.pos + 4);
	return memcmp(start, good, sizeof(start)) == 0 ? 1 : -1;
}

/* Piece by piece, as it lies in the buffer; 0, or -1: it is another. */
static int
take_content(struct connection *c, struct evbuffer *input)
{
	struct evbuffer_iovec piece;
	size_t left;

	while ((left = c->file->size - c->received) > 0 &&
		evbuffer_peek(input, -1, NULL, &piece, 1) > 0) {
		if (piece.iov_len > left)
			piece.iov_len = left;
		if (memcmp(piece.iov_base, c->file->content + c->received,
			    piece.iov_len) != 0)
			return -1;
		c->received += piece.iov_len;
		evbuffer_drain(input, piece.iov_len);
	}
	return 0;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct connection *c = arg;

	if (!c->has_head)
		c->has_head = take_head(input);
	if (!c->has_head)
		return;
	if (c->has_head < 0 || take_content(c, input) < 0) {
		fail(c, "the response is not what it should be");
		return;
	}
	if (c->received < c->file->size)
		return;
	histogram_add(&c->load->latency_us, now_us(c->load) - c->began_us);
	c->load->bytes += c->file->size;
	c->load->responses++;
	ask(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		ask(c);
	else
		fail(c, what & BEV_EVENT_EOF ? "closed by the server"
					     : strerror(errno));
}

static void
on_time_up(evutil_socket_t fd, short what, void *arg)
{
	struct load *load = arg;

	(void)fd, (void)what;
	load->is_over = 1;
}

static int
begin(struct load *load, const struct sockaddr *sa, int length, long seconds)
{
	const struct timeval limit = {.tv_sec = seconds};
	const struct timeval end = {.tv_sec = seconds + PATIENCE_S};

	load->busy = load->n_connections;
	load->began_us = now_us(load);
	for (int i = 0; i < load->n_connections; i++) {
		struct connection *c = &load->connections[i];

		c->load = load;
		c->bev = bufferevent_socket_new(
			load->base, -1, BEV_OPT_CLOSE_ON_FREE);
		if (!c->bev)
			return -1;
		bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
		if (bufferevent_socket_connect(c->bev, sa, length) < 0 ||
			bufferevent_enable(c->bev, EV_READ) < 0)
			return -1;
	}
	if (event_base_once(
		    load->base, -1, EV_TIMEOUT, on_time_up, load, &limit) < 0)
		return -1;
	return event_base_loopexit(load->base, &end);
}

static int
report(const struct load *load)
{
	double seconds = (double)(now_us(load) - load->began_us) / 1e6;
	const struct histogram *latency = &load->latency_us;

	if (load->failures == 0 && load->busy > 0)
		fprintf(stderr, "%d responses have not come\n", load->busy);
	if (load->failures || load->busy > 0)
		return EXIT_FAILURE;
	printf("messages %llu\nbytes %llu\nper_second %.0f\n"
	       "p50_us %llu\np99_us %llu\n",
		(unsigned long long)load->responses,
		(unsigned long long)load->bytes,
		(double)load->responses / seconds,
		(unsigned long long)histogram_at(latency, 0.5),
		(unsigned long long)histogram_at(latency, 0.99));
	return EXIT_SUCCESS;
}

static long
size_of(FILE *stream)
{
	long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;

	rewind(stream);
	return size;
}

/* The whole of a file, which is asked for by the last part of its path. */
static int
read_file(struct file *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	FILE *stream = fopen(path, "rb");
	long size = stream ? size_of(stream) : -1;

	file->name = slash ? slash + 1 : path;
	if (size >= 0)
		file->content = malloc((size_t)size + 1);
	if (file->content)
		file->size = fread(file->content, 1, (size_t)size, stream);
	if (stream)
		fclose(stream);
	if (file->content && (long)file->size == size)
		return 0;
	fprintf(stderr, "%s cannot be read\n", path);
	return -1;
}

static void
free_all(struct load *load)
{
	for (int i = 0; load->connections && i < load->n_connections; i++)
		if (load->connections[i].bev)
			bufferevent_free(load->connections[i].bev);
	for (int i = 0; load->files && i < load->n_files; i++)
		free(load->files[i].content);
	free(load->connections);
	free(load->files);
	if (load->base)
		event_base_free(load->base);
}

static int
usage(void)
{
	fputs("usage: http-load ADDRESS:PORT CONNECTIONS SECONDS FILE...\n",
		stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static struct load load;
	struct sockaddr_storage addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr), status = EXIT_FAILURE;
	long seconds;

	if (argc < 5 || evutil_parse_sockaddr_port(argv[1], sa, &length) < 0)
		return usage();
	load.n_connections = atoi(argv[2]);
	seconds = atol(argv[3]);
	load.n_files = argc - 4;
	if (load.n_connections < 1 || seconds < 1)
		return usage();
	load.base = event_base_new();
	load.connections = calloc(
		(size_t)load.n_connections, sizeof(*load.connections));
	load.files = calloc((size_t)load.n_files, sizeof(*load.files));
	for (int i = 0; load.files && i < load.n_files; i++)
		load.failures += read_file(&load.files[i], argv[4 + i]) < 0;
	if (!load.base || !load.connections || !load.files)
		fputs("http-load: no memory, or no backend\n", stderr);
	else if (!load.failures && begin(&load, sa, length, seconds) == 0 &&
		 event_base_dispatch(load.base) == 0)
		status = report(&load);
	free_all(&load);
	return status;
}
