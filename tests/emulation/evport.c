/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event ports for tests, on Linux, after port_associate(3C) and port_get(3C):
 * descriptors as the one source of events.
 *
 * A port's descriptor is an epoll, an association a one-shot registration in
 * it.  A number that was closed is found out before it would be reported:
 * adding it once more says EEXIST while it is the same file.  One that got back
 * the very file that it had is not seen to have been closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <port.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

int __real_close(int fd);
int __wrap_close(int fd);

enum { BATCH = 64 };

#define NEVER INT64_MAX

struct association {
	int is_live;
	int events;
	void *user;
	uint32_t serial; /* tells this one in epoll's word */
};

struct port {
	struct port *next;
	struct association *objects; /* by descriptor */
	int count;
	int fd;
	uint32_t serials;
};

static struct port *ports;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void
lock(void)
{
	(void)pthread_mutex_lock(&mutex);
}

static void
unlock(void)
{
	(void)pthread_mutex_unlock(&mutex);
}

__attribute__((constructor)) static void
hook_fork(void)
{
	(void)pthread_atfork(lock, unlock, unlock);
}

static int64_t
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- ports ---------------------------------------------------------------*/

static void
drop_port(int fd)
{
	struct port **at = &ports, *port;

	while ((port = *at) && port->fd != fd)
		at = &port->next;
	if (!port)
		return;
	*at = port->next;
	free(port->objects);
	free(port);
}

/* "EBADF: The port identifier is not valid." */
static struct port *
port_of(int fd)
{
	struct port *port = ports;

	while (port && port->fd != fd)
		port = port->next;
	if (!port)
		errno = EBADF;
	return port;
}

int
port_create(void)
{
	struct port *port = calloc(1, sizeof(*port));
	int fd = port ? epoll_create1(0) : -1;

	if (fd < 0) {
		free(port);
		return -1;
	}
	lock();
	drop_port(fd); /* its close() was not seen */
	port->fd = fd;
	port->next = ports;
	ports = port;
	unlock();
	return fd;
}

int
__wrap_close(int fd)
{
	lock();
	drop_port(fd);
	unlock();
	return __real_close(fd);
}

/* --- associations --------------------------------------------------------*/

static struct association *
find(const struct port *port, uintptr_t object)
{
	if (object >= (uintptr_t)port->count || !port->objects[object].is_live)
		return NULL;
	return &port->objects[object];
}

static struct association *
make(struct port *port, int fd)
{
	int count = fd + 64;
	struct association *grown;

	if (fd < port->count)
		return &port->objects[fd];
	grown = realloc(port->objects, (size_t)count * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + port->count, 0,
		(size_t)(count - port->count) * sizeof(*grown));
	port->objects = grown;
	port->count = count;
	return &grown[fd];
}

static uint32_t
to_epoll(int events)
{
	return (events & POLLIN ? EPOLLIN : 0u) |
	       (events & POLLOUT ? EPOLLOUT : 0u) |
	       (events & POLLRDHUP ? EPOLLRDHUP : 0u) | EPOLLONESHOT;
}

static int
from_epoll(uint32_t events)
{
	return (events & EPOLLIN ? POLLIN : 0) |
	       (events & EPOLLOUT ? POLLOUT : 0) |
	       (events & EPOLLRDHUP ? POLLRDHUP : 0) |
	       (events & EPOLLERR ? POLLERR : 0) |
	       (events & EPOLLHUP ? POLLHUP : 0);
}

static int
arm(struct port *port, int fd, int events, uint32_t serial)
{
	struct epoll_event event = {
		.events = to_epoll(events),
		.data.u64 = (uint64_t)serial << 32 | (uint32_t)fd,
	};

	if (epoll_ctl(port->fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	if (errno == EEXIST)
		return epoll_ctl(port->fd, EPOLL_CTL_MOD, fd, &event);
	/* "EBADFD: ... the object argument is not a valid file descriptor." */
	errno = EBADFD;
	return -1;
}

static int
is_alive(const struct port *port, int fd)
{
	struct epoll_event event = {.events = 0};

	if (epoll_ctl(port->fd, EPOLL_CTL_ADD, fd, &event) == 0) {
		(void)epoll_ctl(port->fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	return errno == EEXIST;
}

/*
 * "If the specified object is already associated with the specified port, the
 * port_associate() function will update the events and user arguments."
 */
static int
associate(struct port *port, int fd, int events, void *user)
{
	struct association *association;

	if (fcntl(fd, F_GETFD) < 0) {
		errno = EBADFD;
		return -1;
	}
	association = make(port, fd);
	if (!association || arm(port, fd, events, ++port->serials) < 0)
		return -1;
	*association = (struct association){1, events, user, port->serials};
	return 0;
}

int
port_associate(int fd, int source, uintptr_t object, int events, void *user)
{
	struct port *port;
	int result = -1;

	if (source != PORT_SOURCE_FD) {
		errno = EINVAL;
		return -1;
	}
	lock();
	port = port_of(fd);
	if (port)
		result = associate(port, (int)object, events, user);
	unlock();
	return result;
}

/*
 * "ENOENT: The specified object is not associated with the port": also after an
 * event, and after close().
 */
static int
dissociate(struct port *port, uintptr_t object)
{
	struct association *association = find(port, object);
	int was_alive = association && is_alive(port, (int)object);

	if (association)
		association->is_live = 0;
	if (!was_alive) {
		errno = ENOENT;
		return -1;
	}
	return epoll_ctl(port->fd, EPOLL_CTL_DEL, (int)object, NULL);
}

int
port_dissociate(int fd, int source, uintptr_t object)
{
	struct port *port;
	int result = -1;

	if (source != PORT_SOURCE_FD) {
		errno = EINVAL;
		return -1;
	}
	lock();
	port = port_of(fd);
	if (port)
		result = dissociate(port, object);
	unlock();
	return result;
}

/* --- events --------------------------------------------------------------*/

/* "Once an event is retrieved ... the object is no longer associated." */
static int
take_one(struct port *port, const struct epoll_event *event, port_event_t *out)
{
	int fd = (int)(uint32_t)event->data.u64;
	struct association *association = find(port, (uintptr_t)fd);

	if (!association || association->serial != event->data.u64 >> 32)
		return 0;
	association->is_live = 0;
	if (!is_alive(port, fd))
		return 0;
	*out = (port_event_t){
		.portev_events = from_epoll(event->events),
		.portev_source = PORT_SOURCE_FD,
		.portev_object = (uintptr_t)fd,
		.portev_user = association->user,
	};
	return 1;
}

/* What is there; at most MAX. */
static unsigned
take(struct port *port, port_event_t *list, unsigned max)
{
	struct epoll_event batch[BATCH];
	unsigned count = 0;
	int n = BATCH;

	while (n == BATCH && count < max) {
		n = epoll_wait(port->fd, batch,
			max - count < BATCH ? (int)(max - count) : BATCH, 0);
		for (int i = 0; i < n; i++)
			count += (unsigned)take_one(
				port, &batch[i], &list[count]);
	}
	return count;
}

/* poll() needs a limit of descriptors above none; without that in small naps. */
static int
sleep_until_readable(int fd, const struct timespec *rest)
{
	const struct timespec nap = {0, 1000000};
	struct pollfd one = {.fd = fd, .events = POLLIN};
	int n = ppoll(&one, 1, rest, NULL);

	if (n < 0 && errno == EINVAL)
		n = nanosleep(&nap, NULL);
	if (n > 0 && one.revents & POLLNVAL) {
		errno = EBADF;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* Without the lock until there is something, or the time has passed. */
static int
sleep_on(int fd, int64_t deadline)
{
	int64_t left = deadline == NEVER ? 0 : deadline - now_ns();
	struct timespec rest = {0, 0};
	int result;

	if (deadline != NEVER && left <= 0) {
		errno = ETIME;
		return -1;
	}
	if (left > 0)
		rest = (struct timespec){left / 1000000000, left % 1000000000};
	unlock();
	result = sleep_until_readable(fd, deadline == NEVER ? NULL : &rest);
	lock();
	return result;
}

/*
 * "The nget argument points to the desired number of events to be retrieved.
 * On return ... is updated with the actual number of events retrieved in list.
 * The port_getn() function will block until the desired number of events is
 * available, the timeout expires, or a signal occurs", of which the latter two
 * are errors, ETIME and EINTR, with what has been retrieved all the same.
 */
static int
get(int fd, port_event_t *list, unsigned max, unsigned *nget, int64_t deadline)
{
	unsigned count = 0, wanted = *nget;
	struct port *port;
	int result = 0;

	while (result == 0) {
		port = port_of(fd);
		if (!port)
			return -1;
		count += take(port, list + count, max - count);
		if (count >= wanted)
			break;
		result = sleep_on(fd, deadline);
	}
	*nget = count;
	return result;
}

static int64_t
deadline_of(const struct timespec *timeout)
{
	if (!timeout || timeout->tv_sec > INT32_MAX)
		return NEVER;
	return now_ns() + (int64_t)timeout->tv_sec * 1000000000 +
	       timeout->tv_nsec;
}

/* "EINVAL: The timeout element tv_sec is < 0 or the timeout element tv_nsec is
 * < 0 or > 1000000000, or the list argument is NULL, max is 0 or ... nget". */
int
port_getn(int fd, port_event_t list[], unsigned max, unsigned *nget,
	struct timespec *timeout)
{
	int result;

	if (!list || !nget || max == 0 || *nget > max ||
		(timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
				    timeout->tv_nsec > 1000000000))) {
		errno = EINVAL;
		return -1;
	}
	lock();
	result = get(fd, list, max, nget, deadline_of(timeout));
	unlock();
	return result;
}
