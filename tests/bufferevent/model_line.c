/* SPDX-License-Identifier: BSD-3-Clause */
/* How the lines of the model come and go. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../support/fixture.h"
#include "kit.h"

static unsigned n_made;
static evutil_socket_t listener;
static struct sockaddr_un address;

/* --- options -------------------------------------------------------------*/

static int
draw_options(void)
{
	static const int choices[] = {
		0,
		BEV_OPT_DEFER_CALLBACKS,
		BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
	};
	int options = choices[draw(3)];

	if (draw(4) < 3)
		options |= BEV_OPT_CLOSE_ON_FREE;
	return options | threadsafe();
}

/* --- the lowest layer ----------------------------------------------------*/

static void
make_narrow(evutil_socket_t fd)
{
	int size = (int)draw(4) * 3000;

	if (size > 0)
		AGREE(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
			      sizeof(size)) == 0);
}

static void
put_on(struct end *end, struct bufferevent *bev, int options)
{
	int n = 0;

	AGREE(bev != NULL);
	while (end->layers[n])
		n++;
	end->layers[n] = bev;
	end->options[n] = options;
	end->bev = bev;
}

void
lines_begin(void)
{
	int n = snprintf(address.sun_path, sizeof(address.sun_path),
		"/tmp/libev-model-%ld", (long)getpid());

	AGREE(n > 0 && (size_t)n < sizeof(address.sun_path));
	n_made = 0;
	address.sun_family = AF_UNIX;
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AGREE(bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
		0);
	AGREE(listen(listener, 8) == 0);
}

void
lines_end(void)
{
	close(listener);
	unlink(address.sun_path);
}

static void
put_socket_on(struct end *end, evutil_socket_t fd)
{
	int options = draw_options();

	put_on(end, bufferevent_socket_new(fx.base, fd, options), options);
	if (!(options & BEV_OPT_CLOSE_ON_FREE))
		end->fd = fd;
}

/* One end is connected by the library. */
static evutil_socket_t
connect_end(struct end *end)
{
	evutil_socket_t fd;

	AGREE(bufferevent_socket_connect(end->bev, (struct sockaddr *)&address,
		      sizeof(address)) == 0);
	end->connecting = 1;
	fd = bufferevent_getfd(end->bev);
	make_narrow(fd);
	if (!(end->options[0] & BEV_OPT_CLOSE_ON_FREE))
		end->fd = fd;
	fd = accept(listener, NULL, NULL);
	AGREE(fd >= 0 && evutil_make_socket_nonblocking(fd) == 0);
	return fd;
}

/* The second end may be a plain descriptor, if nothing changes the bytes. */
static void
make_sockets(struct line *line, int is_raw)
{
	evutil_socket_t fds[2] = {-1, -1};
	int connects = draw(4) == 3;

	if (!connects)
		make_pair(fds);
	put_socket_on(&line->ends[0], fds[0]);
	if (connects)
		fds[1] = connect_end(&line->ends[0]);
	else
		make_narrow(fds[0]);
	make_narrow(fds[1]);
	if (is_raw)
		line->ends[1].fd = fds[1];
	else
		put_socket_on(&line->ends[1], fds[1]);
}

static void
make_pair_line(struct line *line)
{
	struct bufferevent *pair[2];
	int options = draw_options();

	AGREE(bufferevent_pair_new(fx.base, options, pair) == 0);
	for (int i = 0; i < 2; i++)
		put_on(&line->ends[i], pair[i], options);
}

/* --- filters -------------------------------------------------------------*/

static void
put_filters_on(struct end *end)
{
	const struct line *line = end->line;
	int options;

	for (int i = 0; i < line->n_filters && end->bev; i++) {
		if (draw(4) == 3)
			bufferevent_setwatermark(
				end->bev, EV_WRITE, 0, 100 + draw(1000));
		options = draw_options();
		put_on(end,
			filter_on(end->bev, end, line->codecs[i], options,
				line->number + (unsigned)i),
			options);
	}
}

int
line_has(const struct line *line, int codec)
{
	for (int i = 0; i < line->n_filters; i++)
		if (line->codecs[i] == codec)
			return 1;
	return 0;
}

/* --- a line --------------------------------------------------------------*/

static void
init_end(struct line *line, int side)
{
	struct end *end = &line->ends[side];

	end->line = line;
	end->other = &line->ends[!side];
	end->fd = -1;
	end->enabled = EV_WRITE;
	end->tokens[READING] = end->tokens[WRITING] = -1;
}

struct line *
line_new(void)
{
	struct line *line = calloc(1, sizeof(*line));
	int is_raw;

	line->number = n_made++;
	init_end(line, 0);
	init_end(line, 1);
	line->is_pair = draw(3) == 0;
	is_raw = !line->is_pair && draw(4) == 0;
	line->n_filters = (int)draw(1 + FILTERS_MAX);
	for (int i = 0; i < line->n_filters; i++)
		line->codecs[i] = is_raw ? CODEC_NONE : (int)draw(N_CODECS);
	if (line->is_pair)
		make_pair_line(line);
	else
		make_sockets(line, is_raw);
	for (int i = 0; i < 2; i++) {
		put_filters_on(&line->ends[i]);
		if (line->ends[i].bev)
			listen_on_top(&line->ends[i]);
	}
	return line;
}

/* From the top down; some take with them what is below. */
static void
free_layers(struct end *end)
{
	int n = 0;

	while (n < 1 + FILTERS_MAX && end->layers[n])
		n++;
	while (n-- > 0) {
		if (draw(8) == 7) {
			bufferevent_incref(end->layers[n]);
			bufferevent_free(end->layers[n]);
			(void)bufferevent_decref(end->layers[n]);
		} else {
			bufferevent_free(end->layers[n]);
		}
		while (n > 0 && end->options[n] & BEV_OPT_CLOSE_ON_FREE)
			n--;
	}
}

void
end_free(struct end *end)
{
	if (end->bev)
		free_layers(end);
	end->bev = NULL;
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
	end->gone = 1;
}
