/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP server that sends back what it reads, with plain events: the CPU time
 * of the server for each request.
 */
#include <stdlib.h>
#include <unistd.h>

#include "clients.h"
#include "peer.h"
#include "work.h"

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

static void
accept_all(struct server *server, struct clients *clients, int n)
{
	server->connections = calloc((size_t)n, sizeof(*server->connections));
	for (int i = 0; i < n; i++) {
		struct connection *connection = &server->connections[i];

		connection->server = server;
		connection->fd = clients_accept(clients);
		io_init(&connection->io, &server->loop, connection->fd, IO_READ,
			on_message, connection);
		io_start(&connection->io);
	}
}

static void
echo(struct meter *meter, const struct work *work)
{
	struct server server = {.bytes = 0};
	struct clients clients;

	clients_begin(&clients, work->n, work->k);
	check(loop_open(&server.loop, 0) == 0);
	accept_all(&server, &clients, work->n);
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
	clients_end(&clients);
}

const struct work work_echo[] = {
	{"echo/1/64", "request", echo, .n = 1, .k = 64},
	{"echo/100/64", "request", echo, .n = 100, .k = 64},
	{"echo/1000/64", "request", echo, .n = 1000, .k = 64},
	{"echo/1/16384", "request", echo, .n = 1, .k = 16384},
	{"echo/100/16384", "request", echo, .n = 100, .k = 16384},
	{"echo/1000/16384", "request", echo, .n = 1000, .k = 16384},
	{"grow/connections/1", "request", echo, .n = 1, .k = 64},
	{"grow/connections/10", "request", echo, .n = 10, .k = 64},
	{"grow/connections/100", "request", echo, .n = 100, .k = 64},
	{"grow/connections/1000", "request", echo, .n = 1000, .k = 64},
	{"grow/connections/10000", "request", echo, .n = 10000, .k = 64},
	{"grow/connections/19000", "request", echo, .n = 19000, .k = 64},
	{0},
};
