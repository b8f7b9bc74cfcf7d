/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * N threads, each with a loop, take the connections that come in: all of one
 * listening socket, or each of one of its own at the same address
 * (SO_REUSEPORT).  One operation is one connection.  Told are also how often
 * a thread wakes for that, mostly for nothing if all of them do, and what the
 * busiest thread gets, in percent of its share.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "work.h"

enum { SHARED, OWN, EXCLUSIVE };
enum { THREADS_MAX = 16, CLIENTS_MAX = 8, SEEN = 4000 };

struct house;

struct door {
	struct house *house;
	struct loop loop;
	struct io io;
	struct wake closing;
	pthread_t thread;
	int listener;
	long guests;
};

struct house {
	struct door doors[THREADS_MAX];
	int n, variant, n_clients;
	struct sockaddr_in address;
	pid_t clients[CLIENTS_MAX];
	atomic_long left;
};

/* --- the clients ---------------------------------------------------------*/

/* Come, wait to be sent away, and leave nothing behind. */
static void
visit(const struct sockaddr_in *address)
{
	struct linger at_once = {.l_onoff = 1};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	check(fd >= 0);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		_exit(0);
	(void)!read(fd, &byte, 1);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void
begin_clients(struct house *house)
{
	for (int i = 0; i < house->n_clients; i++) {
		house->clients[i] = fork();
		if (house->clients[i] == 0)
			for (;;)
				visit(&house->address);
	}
}

static void
end_clients(struct house *house)
{
	for (int i = 0; i < house->n_clients; i++)
		kill(house->clients[i], SIGKILL);
	for (int i = 0; i < house->n_clients; i++)
		check(waitpid(house->clients[i], NULL, 0) > 0);
}

/* --- the server ----------------------------------------------------------*/

ON_IO(on_guest)
{
	struct door *door = arg;
	struct house *house = door->house;
	int fd = accept(door->listener, NULL, NULL);

	if (fd < 0)
		return;
	close(fd);
	door->guests++;
	if (atomic_fetch_sub(&house->left, 1) == 1)
		for (int i = 0; i < house->n; i++)
			wake_send(&house->doors[i].closing);
}

ON_WAKE(on_closing)
{
	struct door *door = arg;

	loop_stop(&door->loop);
}

static int
listen_at(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
	socklen_t size = sizeof(*address);

	check(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0);
	check(bind(fd, (struct sockaddr *)address, sizeof(*address)) == 0);
	check(listen(fd, 1024) == 0);
	check(getsockname(fd, (struct sockaddr *)address, &size) == 0);
	return fd;
}

static void
open_door(struct house *house, int i)
{
	struct door *door = &house->doors[i];
	int how = IO_READ;

#ifdef PEER_HAS_EXCLUSIVE
	if (house->variant == EXCLUSIVE)
		how |= IO_EXCLUSIVE;
#endif
	*door = (struct door){.house = house};
	door->listener = house->variant == OWN || i == 0
				 ? listen_at(&house->address)
				 : dup(house->doors[0].listener);
	check(loop_open(&door->loop, 1) == 0);
	io_init(&door->io, &door->loop, door->listener, how, on_guest, door);
	io_start(&door->io);
	wake_init(&door->closing, &door->loop, on_closing, door);
}

static void
close_door(struct door *door)
{
	io_stop(&door->io);
	wake_close(&door->closing);
	loop_close(&door->loop);
	close(door->listener);
}

static void *
serve(void *arg)
{
	struct door *door = arg;

	loop_run(&door->loop);
	return NULL;
}

static void
take_in(struct house *house, long guests)
{
	atomic_store(&house->left, guests);
	for (int i = 0; i < house->n; i++)
		check(pthread_create(&house->doors[i].thread, NULL, serve,
			      &house->doors[i]) == 0);
	for (int i = 0; i < house->n; i++)
		pthread_join(house->doors[i].thread, NULL);
	check(atomic_load(&house->left) <= 0);
}

/* The threads are to have every CPU that there is. */
static void
spread_out(void)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	(void)sched_setaffinity(0, sizeof(all), &all);
}

static void
begin(struct house *house, const struct work *work, int clients)
{
	*house = (struct house){
		.n = work->n, .variant = work->variant, .n_clients = clients};
	house->address.sin_family = AF_INET;
	house->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	spread_out();
	for (int i = 0; i < house->n; i++)
		open_door(house, i);
	begin_clients(house);
}

static void
end(struct house *house)
{
	end_clients(house);
	for (int i = 0; i < house->n; i++)
		close_door(&house->doors[i]);
}

static void
take_all(struct meter *meter, const struct work *work)
{
	static struct house house;

	if (meter->mode == METER_COUNT)
		meter_skip("callgrind runs one thread at a time");
	begin(&house, work, CLIENTS_MAX);
	while (meter_round(meter, 100))
		take_in(&house, meter->turns * 100);
	end(&house);
}

/* How often the threads fell asleep since ever: once for each waking. */
static long
sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw;
}

static void
wakes(struct meter *meter, const struct work *work)
{
	static struct house house;
	long before, guests = 0;

	/* One guest at a time: all sleep when he comes. */
	begin(&house, work, 1);
	before = sleeps();
	take_in(&house, SEEN);
	for (int i = 0; i < house.n; i++)
		guests += house.doors[i].guests;
	meter_set_value(meter, (double)(sleeps() - before) / (double)guests);
	end(&house);
}

static void
busiest(struct meter *meter, const struct work *work)
{
	static struct house house;
	long most = 0, guests = 0;

	begin(&house, work, CLIENTS_MAX);
	take_in(&house, SEEN);
	for (int i = 0; i < house.n; i++) {
		if (house.doors[i].guests > most)
			most = house.doors[i].guests;
		guests += house.doors[i].guests;
	}
	meter_set_value(meter, (double)most * house.n * 100 / (double)guests);
	end(&house);
}

#define THREADS(count, name, how)                                    \
	{"accept/" name "/" #count, "guest", take_all, .n = (count), \
		.variant = (how)},                                   \
		{"accept_wakes/" name "/" #count, "wakes", wakes,    \
			.n = (count), .variant = (how)},             \
		{"accept_most/" name "/" #count, "% fair", busiest,  \
			.n = (count), .variant = (how)},

const struct work work_accept[] = {
	/* clang-format off */
	THREADS(1, "shared", SHARED)
	THREADS(4, "shared", SHARED)
	THREADS(16, "shared", SHARED)
	THREADS(4, "reuseport", OWN)
	THREADS(16, "reuseport", OWN)
#ifdef PEER_HAS_EXCLUSIVE
	THREADS(4, "exclusive", EXCLUSIVE)
	THREADS(16, "exclusive", EXCLUSIVE)
#endif
	/* clang-format on */
	{0},
};
