/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The same server as that of work_echo.c on what a library has for connections
 * with buffers: bufferevents, for the suite.
 */
#include <stdlib.h>

#include "clients.h"
#include "peer.h"
#include "work.h"

#ifdef PEER_HAS_STREAM
struct server;

struct connection {
	struct stream stream;
	struct server *server;
};

struct server {
	struct loop loop;
	struct connection *connections;
	long bytes, wanted;
};

ON_STREAM(on_bytes)
{
	struct connection *connection = arg;
	struct server *server = connection->server;

	server->bytes += stream_echo(&connection->stream);
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
		stream_open(&connection->stream, &server->loop,
			clients_accept(clients), on_bytes, connection);
	}
}

static void
streams(struct meter *meter, const struct work *work)
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
	for (int i = 0; i < work->n; i++)
		stream_close(&server.connections[i].stream);
	loop_close(&server.loop);
	free(server.connections);
	clients_end(&clients);
}
#endif

const struct work work_stream[] = {
#ifdef PEER_HAS_STREAM
	{"stream/1/64", "request", streams, .n = 1, .k = 64},
	{"stream/100/64", "request", streams, .n = 100, .k = 64},
	{"stream/1000/64", "request", streams, .n = 1000, .k = 64},
	{"stream/1/16384", "request", streams, .n = 1, .k = 16384},
	{"stream/100/16384", "request", streams, .n = 100, .k = 16384},
	{"stream/1000/16384", "request", streams, .n = 1000, .k = 16384},
#endif
	{0},
};
