/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP server that sends back what it reads, with plain events: the CPU time
 * of the server for each request.  The clients are a process of its own, the
 * same for every peer; each sends its next message when the last is back.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "work.h"

#define MESSAGE_MAX 16384

/* --- the clients ---------------------------------------------------------*/

static int
connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	check(fd >= 0);
	check(connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
		0);
	check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	return fd;
}

static void
send_message(int fd, int size)
{
	static char message[MESSAGE_MAX];

	check(write(fd, message, (size_t)size) == size);
}

/* Send on each that has its message back, until the server hangs up. */
static void
answer_replies(int epfd, int size, long *got)
{
	struct epoll_event events[256];
	char reply[MESSAGE_MAX];

	for (;;) {
		int n = epoll_wait(epfd, events, 256, -1);

		for (int i = 0; i < n; i++) {
			int fd = (int)(uint32_t)events[i].data.u64;
			ssize_t count = read(fd, reply, sizeof(reply));

			if (count <= 0)
				return;
			got[fd] += count;
			if (got[fd] < size)
				continue;
			got[fd] = 0;
			send_message(fd, size);
		}
	}
}

static void
run_clients(const struct sockaddr_in *address, int n, int size)
{
	static long got[65536];
	int epfd = epoll_create1(0);

	signal(SIGPIPE, SIG_DFL);
	for (int i = 0; i < n; i++) {
		int fd = connect_to(address);
		struct epoll_event event = {
			.events = EPOLLIN, .data.u64 = (uint64_t)fd};

		check(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) == 0);
		send_message(fd, size);
	}
	answer_replies(epfd, size, got);
	_exit(0);
}

/* --- the server ----------------------------------------------------------*/

struct server;

struct connection {
	struct io io;
	struct server *server;
	int fd;
};

struct server {
	struct loop loop;
	struct connection *connections;
	long bytes, wanted;
};

ON_IO(on_message)
{
	struct connection *connection = arg;
	struct server *server = connection->server;
	char message[MESSAGE_MAX];
	ssize_t count = read(connection->fd, message, sizeof(message));

	check(count > 0);
	check(write(connection->fd, message, (size_t)count) == count);
	server->bytes += count;
	if (server->bytes >= server->wanted)
		loop_stop(&server->loop);
}

static int
listen_here(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	check(bind(fd, (struct sockaddr *)address, sizeof(*address)) == 0);
	check(listen(fd, 1024) == 0);
	check(getsockname(fd, (struct sockaddr *)address, &size) == 0);
	return fd;
}

static void
accept_all(struct server *server, int listener, int n)
{
	server->connections = calloc((size_t)n, sizeof(*server->connections));
	for (int i = 0; i < n; i++) {
		struct connection *connection = &server->connections[i];

		connection->server = server;
		connection->fd = accept(listener, NULL, NULL);
		check(connection->fd >= 0);
		io_init(&connection->io, &server->loop, connection->fd, IO_READ,
			on_message, connection);
		io_start(&connection->io);
	}
}

static void
echo(struct meter *meter, const struct work *work)
{
	struct server server = {.bytes = 0};
	struct sockaddr_in address;
	int listener = listen_here(&address);
	pid_t clients = fork();

	if (clients == 0)
		run_clients(&address, work->n, work->k);
	check(loop_open(&server.loop, 0) == 0);
	accept_all(&server, listener, work->n);
	while (meter_round(meter, 100)) {
		server.bytes = 0;
		server.wanted = meter->turns * 100 * work->k;
		loop_run(&server.loop);
		meter_set_ops(meter, (double)server.bytes / work->k);
	}
	for (int i = 0; i < work->n; i++) {
		io_stop(&server.connections[i].io);
		close(server.connections[i].fd);
	}
	loop_close(&server.loop);
	free(server.connections);
	check(waitpid(clients, NULL, 0) == clients);
	close(listener);
}

const struct work work_echo[] = {
	{"echo/1/64", "request", echo, .n = 1, .k = 64},
	{"echo/100/64", "request", echo, .n = 100, .k = 64},
	{"echo/100/4096", "request", echo, .n = 100, .k = 4096},
	{0},
};
