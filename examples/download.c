/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * download: fetches a file by HTTP, not faster than it may.
 *
 *	cc download.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out example.org 80 / 20000 >page.html
 *
 * The bucket gets a tenth of the rate ten times a second, which is also all
 * that it holds, so the stream is even.  While it is empty nothing is read, and
 * TCP has the server wait.  One bucket for several connections is called a
 * group: bufferevent_rate_limit_group_new().
 *
 * A download counts only if as much came as was announced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

enum { STATUS, HEADERS, BODY, DONE, FAILED };

struct download {
	struct bufferevent *bev;
	int state;
	long long announced; /* length of the body; -1: all that comes */
	long long received;
	struct timeval began;
};

static void
conclude(struct download *download, const char *problem)
{
	download->state = problem ? FAILED : DONE;
	if (problem)
		fprintf(stderr, "failed: %s\n", problem);
	bufferevent_disable(download->bev, EV_READ | EV_WRITE);
	event_base_loopbreak(bufferevent_get_base(download->bev));
}

static void
take_line(struct download *download, const char *line)
{
	if (download->state == STATUS) {
		if (strncmp(line, "HTTP/1.", 7) != 0 ||
			strncmp(line + 8, " 200 ", 5) != 0)
			conclude(download, line);
		else
			download->state = HEADERS;
	} else if (*line == '\0')
		download->state = BODY;
	else if (strncasecmp(line, "Content-Length:", 15) == 0)
		download->announced = strtoll(line + 15, NULL, 10);
}

/* Files and terminals know no "later": writing them may block, and does here
 * no harm, as nothing else is going on. */
static void
take_body(struct download *download, struct evbuffer *input)
{
	while (evbuffer_get_length(input) > 0) {
		int n = evbuffer_write(input, STDOUT_FILENO);

		if (n < 0) {
			conclude(download, "cannot write");
			return;
		}
		download->received += n;
	}
	if (download->received == download->announced)
		conclude(download, NULL);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct download *download = arg;
	char *line;

	while (download->state < BODY &&
		(line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF))) {
		take_line(download, line);
		free(line);
	}
	if (download->state == BODY)
		take_body(download, input);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct download *download = arg;
	int error = EVUTIL_SOCKET_ERROR();
	int lookup = bufferevent_socket_get_dns_error(bev);

	if (what & BEV_EVENT_CONNECTED)
		return;
	if (what & BEV_EVENT_TIMEOUT)
		conclude(download, "nothing comes any more");
	else if (what & BEV_EVENT_ERROR)
		conclude(download,
			lookup ? evutil_gai_strerror(lookup)
			       : evutil_socket_error_to_string(error));
	else if (download->state == BODY && download->announced < 0)
		conclude(download, NULL); /* the end is the end of the body */
	else
		conclude(download, "the server has ended early");
}

/* The request is written at once, and sent when there is a connection. */
static int
start(struct download *download, char **argv, struct ev_token_bucket_cfg *limit)
{
	const struct timeval patience = {.tv_sec = 20};
	struct bufferevent *bev = download->bev;

	bufferevent_setcb(bev, on_read, NULL, on_event, download);
	if (bufferevent_set_rate_limit(bev, limit) < 0 ||
		bufferevent_set_timeouts(bev, &patience, &patience) < 0 ||
		evbuffer_add_printf(bufferevent_get_output(bev),
			"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", argv[3],
			argv[1]) < 0 ||
		bufferevent_enable(bev, EV_READ) < 0)
		return -1;
	return bufferevent_socket_connect_hostname(
		bev, NULL, AF_UNSPEC, argv[1], atoi(argv[2]));
}

static void
report(const struct download *download, struct event_base *base)
{
	struct timeval now, took;
	double seconds;

	event_gettime_monotonic(base, &now);
	evutil_timersub(&now, &download->began, &took);
	seconds = (double)took.tv_sec + (double)took.tv_usec / 1e6;
	fprintf(stderr, "%lld bytes in %.2f s\n", download->received, seconds);
}

static int
fetch(struct event_base *base, char **argv, struct ev_token_bucket_cfg *limit)
{
	struct download download = {.announced = -1};

	event_gettime_monotonic(base, &download.began);
	download.bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!download.bev)
		return -1;
	if (start(&download, argv, limit) < 0)
		fputs("cannot start\n", stderr);
	else
		event_base_dispatch(base);
	if (download.state == DONE)
		report(&download, base);
	bufferevent_free(download.bev);
	return download.state == DONE ? 0 : -1;
}

int
main(int argc, char **argv)
{
	const struct timeval tick = {.tv_usec = 100 * 1000};
	size_t share = argc == 5 ? strtoul(argv[4], NULL, 10) / 10 : 0;
	struct ev_token_bucket_cfg *limit = NULL;
	struct event_base *base = event_base_new();
	int result = -1;

	if (share > 0)
		limit = ev_token_bucket_cfg_new(share, share, EV_RATE_LIMIT_MAX,
			EV_RATE_LIMIT_MAX, &tick);
	if (!limit)
		fputs("usage: download HOST PORT PATH BYTES-A-SECOND\n",
			stderr);
	else if (base)
		result = fetch(base, argv, limit);
	if (base)
		event_base_free(base);
	if (limit) /* after all bufferevents that use it */
		ev_token_bucket_cfg_free(limit);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
