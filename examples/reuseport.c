/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reuseport: a base for each thread, and the kernel deals out connections.
 *
 *	cc reuseport.c $(pkg-config --cflags --libs libev-core) -pthread
 *	./a.out 4 & nc 127.0.0.1 PORT
 *
 * Each thread listens on the same port (SO_REUSEPORT) and runs a loop of its
 * own: no lock is shared, no thread waits for another.  The main thread waits
 * for SIGTERM or SIGINT and stops the others; event_base_stop() is kept for a
 * loop that has not begun yet.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>

enum { MAX_WORKERS = 64 };

struct worker {
	pthread_t thread;
	int runs; /* the thread was made */
	struct event_base *base;
	struct event *listener;
	evutil_socket_t fd;
	int number, served;
};

/* Out of descriptors?  examples/echo-server.c shows how to wait then. */
static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct worker *worker = arg;
	evutil_socket_t fd = accept(listener, NULL, NULL);
	char text[32];
	int n = snprintf(text, sizeof(text), "thread %d\n", worker->number);

	(void)what;
	if (fd < 0)
		return;
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) == n)
		worker->served++;
	evutil_closesocket(fd);
}

/* Listen on *PORT, and tell which one it is if the kernel is to choose. */
static int
listen_on(evutil_socket_t fd, in_port_t *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = *port};
	struct sockaddr *sa = (struct sockaddr *)&addr;
	socklen_t length = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || evutil_make_listen_socket_reuseable_port(fd) < 0 ||
		evutil_make_socket_nonblocking(fd) < 0 ||
		bind(fd, sa, length) < 0 || listen(fd, SOMAXCONN) < 0 ||
		getsockname(fd, sa, &length) < 0)
		return -1;
	*port = addr.sin_port;
	return 0;
}

static void *
work(void *arg)
{
	event_base_dispatch(((struct worker *)arg)->base);
	return NULL;
}

static int
start(struct worker *w, in_port_t *port)
{
	w->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (listen_on(w->fd, port) < 0) {
		perror("listen");
		return -1;
	}
	w->base = event_base_new();
	if (!w->base)
		return -1;
	w->listener = event_new(
		w->base, w->fd, EV_READ | EV_PERSIST, on_connection, w);
	if (!w->listener || event_add(w->listener, NULL) < 0)
		return -1;
	w->runs = pthread_create(&w->thread, NULL, work, w) == 0;
	return w->runs ? 0 : -1;
}

/* Stop, join, free, close: in this order. */
static void
finish(struct worker *w)
{
	if (w->runs) {
		event_base_stop(w->base);
		pthread_join(w->thread, NULL);
		printf("thread %d served %d\n", w->number, w->served);
	}
	event_free(w->listener);
	event_base_free(w->base);
	if (w->fd >= 0)
		evutil_closesocket(w->fd);
}

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

static int
wait_for_stop(struct event_base *base, in_port_t port)
{
	struct event *term = evsignal_new(base, SIGTERM, on_stop, base);
	struct event *intr = evsignal_new(base, SIGINT, on_stop, base);
	int result = -1;

	if (term && intr && event_add(term, NULL) == 0 &&
		event_add(intr, NULL) == 0) {
		printf("listening on port %d\n", ntohs(port));
		fflush(stdout);
		result = event_base_dispatch(base);
	}
	event_free(term);
	event_free(intr);
	return result;
}

int
main(int argc, char **argv)
{
	static struct worker workers[MAX_WORKERS];
	int wanted = argc > 1 ? atoi(argv[1]) : 4;
	int n = 0, result = -1;
	in_port_t port = 0;
	struct event_base *base;

	if (wanted < 1 || wanted > MAX_WORKERS) {
		fprintf(stderr, "usage: reuseport [1..%d]\n", MAX_WORKERS);
		return 2;
	}
	if (evthread_use_pthreads() < 0 || !(base = event_base_new()))
		return EXIT_FAILURE;
	do {
		workers[n].number = n;
		result = start(&workers[n], &port);
	} while (++n < wanted && result == 0);
	if (result == 0)
		result = wait_for_stop(base, port);
	while (n > 0)
		finish(&workers[--n]);
	event_base_free(base);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
