/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * file-server: serves a folder to browsers, by HTTP/1.1.
 *
 *	cc file-server.c $(pkg-config --cflags --libs libev-buffer)
 *	./a.out . 127.0.0.1:8080
 *
 * It knows GET, HEAD, connections that are kept, and pipelining; a request with
 * a body is refused, so that it is never in doubt where the next one begins.
 *
 * A request is read line by line, and answered when its empty line comes.  As
 * long as enough is on its way to a client, no more of his requests are looked
 * at; then the input fills up to its mark, and he is not read from either.  So
 * each connection has bounded memory, whatever its peer does.
 *
 * A file goes from the disk to the socket by sendfile(), where that exists, and
 * a small one in one packet with its head.
 *
 * Paths are opened name by name below the folder.  No name begins with a dot,
 * so none leads up; links are not followed, so none leads out.
 *
 * Without an address it is 127.0.0.1, without a port the system picks one.
 * SIGTERM ends it.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_bufferevent.h>
#include <event2/listener.h>

enum {
	LONGEST_HEAD = 8 * 1024, /* of a request */
	SMALL = 16 * 1024,       /* files that are copied */
	ENOUGH = 64 * 1024,      /* bytes on their way to a client */
	PORTION = 256 * 1024,    /* sent before others have their turn */
	PATIENCE = 30,           /* seconds without a byte */
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *term;
	struct connection *connections;
	int root; /* the folder */
	unsigned long responses;
};

struct request {
	char *path;    /* NULL: its first line has not come */
	size_t length; /* of the lines that were read of it */
	int hosts;     /* how many headers of that name */
	int is_head, is_old, is_last;
	const char *refusal; /* what is wrong with it, if anything */
};

struct connection {
	struct connection *next, **link; /* its place in the server's list */
	struct server *server;
	struct bufferevent *bev;
	struct request request;
	int is_closing; /* what the peer sends is of no interest any more */
	int has_ended;  /* the peer sends no more */
};

static void
hang_up(struct connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	bufferevent_free(c->bev);
	free(c->request.path);
	free(c);
}

/* --- responses ------------------------------------------------------------*/

static const char *
type_of(const char *path)
{
	static const char *const types[][2] = {
		{".css", "text/css"},
		{".gif", "image/gif"},
		{".html", "text/html; charset=utf-8"},
		{".ico", "image/x-icon"},
		{".jpg", "image/jpeg"},
		{".js", "text/javascript"},
		{".json", "application/json"},
		{".mp4", "video/mp4"},
		{".pdf", "application/pdf"},
		{".png", "image/png"},
		{".svg", "image/svg+xml"},
		{".txt", "text/plain; charset=utf-8"},
		{".wasm", "application/wasm"},
		{".webp", "image/webp"},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* All of a response up to its body; negative if memory is short. */
static int
add_head(struct connection *c, const char *status, const char *header,
	const char *value, ev_off_t length)
{
	char date[32];

	evutil_date_rfc1123(date, sizeof(date), NULL);
	c->server->responses++;
	return evbuffer_add_printf(bufferevent_get_output(c->bev),
		"HTTP/1.1 %s\r\nDate: %s\r\n%s: %s\r\n"
		"Content-Length: %lld\r\n%s\r\n",
		status, date, header, value, (long long)length,
		c->request.is_last ? "Connection: close\r\n" : "");
}

/* What is missing of a response cannot be made up for: it is the last. */
static void
answer_page(struct connection *c, const char *status, struct evbuffer *page)
{
	if (add_head(c, status, "Content-Type", "text/html; charset=utf-8",
		    (ev_off_t)evbuffer_get_length(page)) < 0 ||
		(!c->request.is_head &&
			bufferevent_write_buffer(c->bev, page) < 0))
		c->request.is_last = 1;
}

static void
answer_error(struct connection *c, const char *status)
{
	struct evbuffer *page = evbuffer_new();

	if (!page || evbuffer_add_printf(page, "<h1>%s</h1>\n", status) < 0)
		c->request.is_last = 1;
	else
		answer_page(c, status, page);
	if (page)
		evbuffer_free(page);
}

/* Takes FILE. */
static void
answer_file(struct connection *c, int file, off_t size, const char *type)
{
	struct evbuffer_file_segment *segment = evbuffer_file_segment_new(file,
		0, size,
		EVBUF_FS_CLOSE_ON_FREE |
			(size <= SMALL ? EVBUF_FS_DISABLE_SENDFILE : 0));

	if (!segment) {
		close(file);
		answer_error(c, "500 Internal Server Error");
		return;
	}
	if (add_head(c, "200 OK", "Content-Type", type, size) < 0 ||
		(!c->request.is_head && evbuffer_add_file_segment(
						bufferevent_get_output(c->bev),
						segment, 0, -1) < 0))
		c->request.is_last = 1;
	evbuffer_file_segment_free(segment);
}

/* --- folders --------------------------------------------------------------*/

static void
add_as_html(struct evbuffer *page, const char *text)
{
	for (; *text; text++)
		if (strchr("<>&\"'", *text))
			evbuffer_add_printf(page, "&#%d;", *text);
		else
			evbuffer_add(page, text, 1);
}

static void
add_as_url(struct evbuffer *page, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			evbuffer_add(page, text, 1);
		else
			evbuffer_add_printf(
				page, "%%%02X", (unsigned char)*text);
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
add_entry(struct evbuffer *page, int folder, const char *name)
{
	struct stat st;
	const char *slash;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		!(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return;
	slash = S_ISDIR(st.st_mode) ? "/" : "";
	evbuffer_add_printf(page, "<tr><td><a href=\"./");
	add_as_url(page, name);
	evbuffer_add_printf(page, "%s\">", slash);
	add_as_html(page, name);
	evbuffer_add_printf(page, "%s</a><td align=right>", slash);
	if (!*slash)
		evbuffer_add_printf(page, "%lld", (long long)st.st_size);
	evbuffer_add_printf(page, "\n");
}

static void
answer_listing(struct connection *c, int folder)
{
	struct evbuffer *page = evbuffer_new();
	struct dirent **entries = NULL;
	int count = -1;

	if (page && fchdir(folder) == 0)
		count = scandir(".", &entries, is_shown, alphasort);
	if (count >= 0) {
		evbuffer_add_printf(page, "<!DOCTYPE html>\n<title>");
		add_as_html(page, c->request.path);
		evbuffer_add_printf(page, "</title>\n<h1>");
		add_as_html(page, c->request.path);
		evbuffer_add_printf(page, "</h1>\n<table>\n");
		for (int i = 0; i < count; i++) {
			add_entry(page, folder, entries[i]->d_name);
			free(entries[i]);
		}
		evbuffer_add_printf(page, "</table>\n");
		answer_page(c, "200 OK", page);
	} else
		answer_error(c, "500 Internal Server Error");
	free(entries);
	if (page)
		evbuffer_free(page);
}

/* --- paths ----------------------------------------------------------------*/

static int
open_in(int folder, const char *name)
{
	return openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Open what PATH names below the root, name by name; -1 and errno. */
static int
open_below(int root, const char *path)
{
	char *copy = strdup(path), *rest = NULL;
	const char *name = copy ? strtok_r(copy, "/", &rest) : NULL;
	int fd = copy ? open_in(root, name ? name : ".") : -1;

	while (fd >= 0 && name && (name = strtok_r(NULL, "/", &rest))) {
		int inner = open_in(fd, name);

		close(fd);
		fd = inner;
	}
	free(copy);
	return fd;
}

/* Links in a page are relative to its folder, whose path ends with a slash. */
static void
answer_elsewhere(struct connection *c, const char *name)
{
	struct evbuffer *where = evbuffer_new();
	const char *text = NULL;

	if (where) {
		add_as_url(where, name);
		evbuffer_add(where, "/", sizeof("/"));
		text = (const char *)evbuffer_pullup(where, -1);
	}
	if (!text ||
		add_head(c, "301 Moved Permanently", "Location", text, 0) < 0)
		c->request.is_last = 1;
	if (where)
		evbuffer_free(where);
}

static void
answer_folder(struct connection *c, int folder)
{
	const char *path = c->request.path;
	int index = open_in(folder, "index.html");
	struct stat st;

	if (path[strlen(path) - 1] != '/')
		answer_elsewhere(c, strrchr(path, '/') + 1);
	else if (index >= 0 && fstat(index, &st) == 0 && S_ISREG(st.st_mode)) {
		answer_file(c, index, st.st_size, type_of(".html"));
		index = -1;
	} else
		answer_listing(c, folder);
	if (index >= 0)
		close(index);
}

static void
answer_path(struct connection *c)
{
	const char *path = c->request.path;
	int fd = strstr(path, "/.") ? -1 : open_below(c->server->root, path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		answer_error(c, "404 Not Found");
	} else if (S_ISREG(st.st_mode)) {
		answer_file(c, fd, st.st_size, type_of(path));
		return;
	} else if (S_ISDIR(st.st_mode))
		answer_folder(c, fd);
	else
		answer_error(c, "403 Forbidden");
	if (fd >= 0)
		close(fd);
}

/* --- requests -------------------------------------------------------------*/

/* Resolve %XX in place; -1: not as it should be. */
static int
decode(char *path)
{
	char *to = path;

	for (const char *from = path; *from; from++) {
		*to = *from;
		if (*from == '%') {
			if (strspn(from + 1, "0123456789abcdefABCDEF") < 2)
				return -1;
			*to = (char)strtol(
				(char[]){from[1], from[2], '\0'}, NULL, 16);
			from += 2;
		}
		if (*to++ == '\0')
			return -1;
	}
	*to = '\0';
	return 0;
}

/* METHOD PATH[?QUERY] VERSION */
static void
take_first_line(struct request *request, char *line)
{
	char *rest = NULL, *method = strtok_r(line, " ", &rest);
	char *path = strtok_r(NULL, " ", &rest);
	const char *version = strtok_r(NULL, "", &rest);

	if (!version || path[0] != '/' || strncmp(version, "HTTP/1.", 7) != 0) {
		request->refusal = "400 Bad Request";
		return;
	}
	request->is_head = strcmp(method, "HEAD") == 0;
	request->is_old = strcmp(version, "HTTP/1.0") == 0;
	request->is_last = request->is_old;
	path[strcspn(path, "?")] = '\0';
	if (!request->is_head && strcmp(method, "GET") != 0)
		request->refusal = "501 Not Implemented";
	else if (decode(path) < 0 || !(request->path = strdup(path)))
		request->refusal = "400 Bad Request";
}

static void
take_header(struct request *request, char *line)
{
	char *value = strchr(line, ':');

	if (!value || strcspn(line, " \t") < (size_t)(value - line)) {
		request->refusal = "400 Bad Request";
		return;
	}
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcasecmp(line, "Host") == 0)
		request->hosts++;
	else if (strcasecmp(line, "Connection") == 0)
		request->is_last |= strcasecmp(value, "close") == 0;
	else if (strcasecmp(line, "Transfer-Encoding") == 0 ||
		 (strcasecmp(line, "Content-Length") == 0 &&
			 strcmp(value, "0") != 0))
		request->refusal = "413 Content Too Large";
}

/* The request is whole, or refused.  The next one begins. */
static void
answer(struct connection *c)
{
	struct request *request = &c->request;

	if (!request->refusal && !request->is_old && request->hosts != 1)
		request->refusal = "400 Bad Request";
	if (request->refusal) {
		request->is_last = 1;
		answer_error(c, request->refusal);
	} else
		answer_path(c);
	if (request->is_last) {
		c->is_closing = 1;
		bufferevent_shutdown(c->bev);
	}
	free(request->path);
	memset(request, 0, sizeof(*request));
}

static void
answer_too_long(struct connection *c)
{
	c->request.refusal = "431 Request Header Fields Too Large";
	answer(c);
}

static void
take_line(struct connection *c, char *line, size_t length)
{
	struct request *request = &c->request;
	int has_begun = request->path || request->refusal;

	request->length += length + 2;
	if (request->length > LONGEST_HEAD)
		answer_too_long(c);
	else if (strlen(line) != length)
		request->refusal = "400 Bad Request";
	else if (!has_begun && length > 0)
		take_first_line(request, line);
	else if (length > 0 && !request->refusal)
		take_header(request, line);
	else if (length == 0 && has_begun)
		answer(c);
}

/* --- connections ----------------------------------------------------------*/

/* No more requests are taken while enough is on its way. */
static int
may_answer(const struct connection *c)
{
	return !c->is_closing &&
	       evbuffer_get_length(bufferevent_get_output(c->bev)) < ENOUGH;
}

/* What can be done now; always the last that is done with a connection. */
static void
proceed(struct connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct evbuffer *output = bufferevent_get_output(c->bev);
	size_t length;
	char *line;

	while (may_answer(c) &&
		(line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF))) {
		take_line(c, line, length);
		free(line);
	}
	if (may_answer(c) &&
		c->request.length + evbuffer_get_length(input) > LONGEST_HEAD)
		answer_too_long(c);
	if (c->is_closing)
		evbuffer_drain(input, evbuffer_get_length(input));
	if (c->has_ended && evbuffer_get_length(output) == 0)
		hang_up(c);
}

static void
on_data(struct bufferevent *bev, void *arg)
{
	(void)bev;
	proceed(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	if (what & BEV_EVENT_EOF) {
		c->has_ended = 1;
		proceed(c);
	} else if (what == (BEV_EVENT_TIMEOUT | BEV_EVENT_READING) &&
		   evbuffer_get_length(bufferevent_get_output(bev)) > 0)
		bufferevent_enable(bev, EV_READ); /* he is busy listening */
	else
		hang_up(c);
}

static int
begin(struct connection *c)
{
	const struct timeval patience = {.tv_sec = PATIENCE};

	bufferevent_setcb(c->bev, on_data, on_data, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, (size_t)2 * LONGEST_HEAD);
	bufferevent_set_max_single_write(c->bev, PORTION);
	if (bufferevent_set_timeouts(c->bev, &patience, &patience) < 0)
		return -1;
	return bufferevent_enable(c->bev, EV_READ);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *address, int length, void *arg)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct server *server = arg;
	int on = 1;

	(void)listener, (void)address, (void)length;
	if (c)
		c->bev = bufferevent_socket_new(
			server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->bev) {
		free(c);
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->server = server;
	c->next = server->connections;
	c->link = &server->connections;
	if (c->next)
		c->next->link = &c->next;
	server->connections = c;
	if (begin(c) < 0)
		hang_up(c);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

/* Which port the system picked; comes when a SIGTERM may come, too. */
static void
announce(struct evconnlistener *listener)
{
	struct sockaddr_in addr;
	socklen_t length = sizeof(addr);

	if (getsockname(evconnlistener_get_fd(listener),
		    (struct sockaddr *)&addr, &length) == 0)
		printf("listening on port %d\n", ntohs(addr.sin_port));
	fflush(stdout);
}

static int
open_up(struct server *server, const char *folder, const char *address)
{
	struct sockaddr_in addr;
	struct sockaddr *sa = (struct sockaddr *)&addr;
	int length = sizeof(addr);

	server->root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (server->root < 0) {
		perror(folder);
		return -1;
	}
	if (evutil_parse_sockaddr_port(address, sa, &length) < 0) {
		fprintf(stderr, "%s: not an IPv4 address\n", address);
		return -1;
	}
	server->listener = evconnlistener_new_bind(server->base, on_accept,
		server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, sa,
		length);
	server->term = evsignal_new(
		server->base, SIGTERM, on_stop, server->base);
	if (!server->listener || !server->term ||
		event_add(server->term, NULL) < 0) {
		perror(address);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct server server = {.base = event_base_new(), .root = -1};
	const char *folder = argc > 1 ? argv[1] : ".";
	const char *address = argc > 2 ? argv[2] : "127.0.0.1";
	int result = -1;

	if (server.base && open_up(&server, folder, address) == 0) {
		announce(server.listener);
		result = event_base_dispatch(server.base);
	}
	while (server.connections)
		hang_up(server.connections);
	evconnlistener_free(server.listener);
	event_free(server.term);
	if (server.base)
		event_base_free(server.base);
	if (server.root >= 0)
		close(server.root);
	if (result == 0)
		printf("%lu responses sent\n", server.responses);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
