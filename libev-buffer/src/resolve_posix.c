/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thread a lookup, which tells the loop through a pipe.
 *
 * The thread calls nothing of ours but getaddrinfo(), so it needs no locks, and
 * the program need not have turned threads on.  It cannot be interrupted; when
 * nobody wants its answer any more it ends on its own.  Therefore the request
 * belongs to both, and whoever is last frees it; that may be the thread, so its
 * memory comes from malloc() itself.
 */
#include "resolve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event_struct.h>

#include <libev-abi/sys.h>

struct resolve {
	atomic_int owners; /* the loop's side and the thread */
	atomic_int done;   /* there is an answer */
	struct event ev;
	int fds[2];
	resolve_fn *fn;
	void *arg;

	struct evutil_addrinfo hints;
	int error;
	struct evutil_addrinfo *found;
	char *service;
	char name[];
};

static void
drop(struct resolve *resolve)
{
	if (atomic_fetch_sub(&resolve->owners, 1) > 1)
		return;
	evutil_freeaddrinfo(resolve->found);
	free(resolve);
}

static void *
run(void *arg)
{
	struct resolve *resolve = arg;
	int fd = resolve->fds[1];

	resolve->error = evutil_getaddrinfo(resolve->name, resolve->service,
		&resolve->hints, &resolve->found);
	atomic_store(&resolve->done, 1);
	/* A copy of the descriptor in a forked child keeps it from ending. */
	(void)sys_write(fd, "", 1);
	sys_close(fd);
	drop(resolve);
	return NULL;
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct resolve *resolve = arg;
	struct evutil_addrinfo *found;
	char byte;

	(void)what;
	(void)sys_read(fd, &byte, 1);
	if (!atomic_load(&resolve->done))
		return;
	found = resolve->found;
	(void)event_del_noblock(&resolve->ev);
	resolve->found = NULL;
	resolve->fn(resolve, resolve->error, found, resolve->arg);
}

/* --- beginning -----------------------------------------------------------*/

static struct resolve *
new_request(const char *name, const char *service,
	const struct evutil_addrinfo *hints)
{
	size_t name_size = strlen(name) + 1, service_size = strlen(service) + 1;
	struct resolve *resolve = calloc(
		1, sizeof(*resolve) + name_size + service_size);

	if (!resolve)
		return NULL;
	memcpy(resolve->name, name, name_size);
	resolve->service = resolve->name + name_size;
	memcpy(resolve->service, service, service_size);
	resolve->hints = *hints;
	return resolve;
}

static int
open_pipe(int fds[2])
{
	if (sys_pipe(fds) < 0)
		return -1;
	if (evutil_make_socket_closeonexec(fds[0]) == 0 &&
		evutil_make_socket_closeonexec(fds[1]) == 0 &&
		evutil_make_socket_nonblocking(fds[0]) == 0)
		return 0;
	sys_close(fds[0]);
	sys_close(fds[1]);
	return -1;
}

/* The program's signals are not this thread's business; 0 or an error. */
static int
start_thread(struct resolve *resolve)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	err = sys_pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!err) {
		err = pthread_create(&thread, &attr, run, resolve);
		(void)sys_pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
	return err;
}

struct resolve *
resolve_start(struct event_base *base, const char *name, const char *service,
	const struct evutil_addrinfo *hints, resolve_fn *fn, void *arg)
{
	struct resolve *resolve = new_request(name, service, hints);

	if (!resolve)
		return NULL;
	if (open_pipe(resolve->fds) < 0)
		goto free_request;
	resolve->fn = fn;
	resolve->arg = arg;
	atomic_init(&resolve->owners, 2);
	atomic_init(&resolve->done, 0);
	if (event_assign(&resolve->ev, base, resolve->fds[0],
		    EV_READ | EV_PERSIST | EV_FINALIZE, on_answer,
		    resolve) < 0 ||
		event_add(&resolve->ev, NULL) < 0)
		goto close_pipe;
	if (start_thread(resolve) != 0)
		goto delete_event;
	return resolve;

delete_event:
	(void)event_del_noblock(&resolve->ev);
close_pipe:
	event_debug_unassign(&resolve->ev);
	sys_close(resolve->fds[0]);
	sys_close(resolve->fds[1]);
free_request:
	free(resolve);
	return NULL;
}

/* --- end -----------------------------------------------------------------*/

static void
on_final(struct event *ev, void *arg)
{
	struct resolve *resolve = arg;

	(void)ev;
	sys_close(resolve->fds[0]);
	drop(resolve);
}

void
resolve_cancel(struct resolve *resolve)
{
	(void)event_finalize(0, &resolve->ev, on_final);
}
