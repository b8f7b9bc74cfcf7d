/* SPDX-License-Identifier: BSD-3-Clause */
#include "clients.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "meter.h"

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
	check(listen(fd, 4096) == 0);
	check(getsockname(fd, (struct sockaddr *)address, &size) == 0);
	return fd;
}

void
clients_begin(struct clients *clients, int n, int size)
{
	struct sockaddr_in address;

	descriptors_need(n);
	clients->listener = listen_here(&address);
	clients->pid = fork();
	if (clients->pid == 0)
		run_clients(&address, n, size);
}

int
clients_accept(struct clients *clients)
{
	int fd = accept(clients->listener, NULL, NULL), on = 1;

	/* An answer in pieces is not to wait until the first is acknowledged */
	check(fd >= 0);
	check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	return fd;
}

void
clients_end(struct clients *clients)
{
	check(waitpid(clients->pid, NULL, 0) == clients->pid);
	close(clients->listener);
}
