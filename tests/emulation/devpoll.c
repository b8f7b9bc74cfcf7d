/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/poll for tests, on Linux, after Solaris' poll(7D): a table for each
 * descriptor of the device, and poll(2) over it.
 *
 * What is tested here reaches the device by open(), write(), ioctl() and close()
 * as everywhere, and is linked with --wrap for these names.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/devpoll.h>
#include <sys/types.h>
#include <unistd.h>

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *data, size_t size);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_close(int fd);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap___ioctl_time64(int fd, unsigned long request, ...);
int __wrap_close(int fd);

struct device {
	struct device *next;
	struct pollfd *entries;
	nfds_t count;
	nfds_t turn; /* the search goes on where it stopped */
	pid_t owner;
	int fd;
};

/* A write() may be a signal handler's: other numbers go by without the lock. */
enum { NUMBERS = 65536 };

static atomic_char is_device[NUMBERS];

static struct device *devices;
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

static struct device **
find(int fd)
{
	struct device **at = &devices;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void
forget(struct device **at)
{
	struct device *device = *at;

	if (!device)
		return;
	*at = device->next;
	atomic_store(&is_device[device->fd], 0);
	free(device->entries);
	free(device);
}

/* --- open and close ------------------------------------------------------*/

/* /dev/null lends its number, and whether that ends at exec(). */
static int
open_device(int flags)
{
	struct device *device = calloc(1, sizeof(*device));
	int fd = device ? __real_open("/dev/null", flags) : -1;

	if (fd < 0 || fd >= NUMBERS) {
		if (fd >= 0)
			(void)__real_close(fd);
		free(device);
		return -1;
	}
	lock();
	forget(find(fd)); /* its close() was not seen */
	atomic_store(&is_device[fd], 1);
	*device = (struct device){.next = devices, .owner = getpid(), .fd = fd};
	devices = device;
	unlock();
	return fd;
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if (strcmp(path, "/dev/poll") != 0)
		return __real_open(path, flags, mode);
	return open_device(flags);
}

/* The same, where files can be large. */
int
__wrap_open64(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	return __wrap_open(path, flags, mode);
}

int
__wrap_close(int fd)
{
	lock();
	forget(find(fd));
	unlock();
	return __real_close(fd);
}

/* --- write: the set changes ----------------------------------------------*/

static struct pollfd *
entry_of(struct device *device, int fd)
{
	for (nfds_t i = 0; i < device->count; i++)
		if (device->entries[i].fd == fd)
			return &device->entries[i];
	return NULL;
}

static void
remove_entry(struct device *device, struct pollfd *entry)
{
	size_t behind = (size_t)(device->entries + device->count - entry - 1);

	memmove(entry, entry + 1, behind * sizeof(*entry));
	device->count--;
}

static int
append(struct device *device, const struct pollfd *wanted)
{
	size_t size = (device->count + 1) * sizeof(*device->entries);
	struct pollfd *grown = realloc(device->entries, size);

	if (!grown)
		return -1;
	device->entries = grown;
	grown[device->count++] = (struct pollfd){
		.fd = wanted->fd, .events = wanted->events};
	return 0;
}

/*
 * "If the pollfd array contains multiple pollfd entries for the same fd field,
 * the events field in each pollfd entry is OR'ed.  A special event flag
 * POLLREMOVE in the events field of the pollfd structure removes the fd from
 * the monitored set."  What is not open is passed over.
 */
static int
put(struct device *device, const struct pollfd *wanted)
{
	struct pollfd *entry = entry_of(device, wanted->fd);

	if (wanted->events & POLLREMOVE) {
		if (entry)
			remove_entry(device, entry);
		return 0;
	}
	if (fcntl(wanted->fd, F_GETFD) < 0)
		return 0;
	if (!entry)
		return append(device, wanted);
	entry->events = (short)(entry->events | wanted->events);
	return 0;
}

/* "EACCES: A process does not have permission to access the content cached in
 * /dev/poll." */
static int
may_use(const struct device *device)
{
	if (device->owner == getpid())
		return 1;
	errno = EACCES;
	return 0;
}

/* "EINVAL: The request argument ... is not valid", also of a part of one. */
static ssize_t
change(struct device *device, const void *data, size_t size)
{
	const struct pollfd *wanted = data;

	if (!may_use(device))
		return -1;
	if (size % sizeof(*wanted)) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < size / sizeof(*wanted); i++)
		if (put(device, &wanted[i]) < 0)
			return -1;
	return (ssize_t)size;
}

ssize_t
__wrap_write(int fd, const void *data, size_t size)
{
	struct device *device;
	ssize_t n = 0;

	if (fd < 0 || fd >= NUMBERS || !atomic_load(&is_device[fd]))
		return __real_write(fd, data, size);
	lock();
	device = *find(fd);
	if (device)
		n = change(device, data, size);
	unlock();
	return device ? n : __real_write(fd, data, size);
}

/* --- ioctl: waiting ------------------------------------------------------*/

/*
 * "The DP_ISPOLLED ioctl returns 1 if the file descriptor is in the set.  The
 * events field contains the currently polled events.  The revents field
 * contains 0.  The ioctl returns 0 if the file descriptor is not in the set."
 */
static int
is_polled(struct device *device, struct pollfd *one)
{
	const struct pollfd *entry = entry_of(device, one->fd);

	if (!entry)
		return 0;
	*one = (struct pollfd){.fd = entry->fd, .events = entry->events};
	return 1;
}

/* Those of ALL that are ready, as many as there is room for. */
static int
collect(struct device *device, const struct pollfd *all, nfds_t n,
	const struct dvpoll *request)
{
	nfds_t count = 0, at = device->turn, seen;

	for (seen = 0; seen < n && count < request->dp_nfds; seen++, at++)
		if (all[at % n].revents)
			request->dp_fds[count++] = all[at % n];
	if (n > 0)
		device->turn = at % n;
	return (int)count;
}

/*
 * "The dp_nfds field also indicates the maximum number of file descriptors from
 * which poll information should be obtained.  If there is no interested events
 * ... the DP_POLL ioctl call will wait dp_timeout milliseconds".  Others may
 * change the set meanwhile.
 */
static int
wait_for(int fd, const struct dvpoll *request)
{
	struct device *device = *find(fd);
	nfds_t n = device->count;
	struct pollfd *all = calloc(n + 1, sizeof(*all));
	int ready;

	if (!all)
		return -1;
	if (n > 0)
		memcpy(all, device->entries, n * sizeof(*all));
	unlock();
	ready = poll(all, n, request->dp_timeout);
	lock();
	device = *find(fd);
	if (ready > 0 && device)
		ready = collect(device, all, n, request);
	free(all);
	return ready;
}

static int
control(struct device *device, unsigned long request, void *arg)
{
	if (!may_use(device))
		return -1;
	switch (request) {
	case DP_POLL:
		return wait_for(device->fd, arg);
	case DP_ISPOLLED:
		return is_polled(device, arg);
	default:
		errno = EINVAL;
		return -1;
	}
}

int
__wrap_ioctl(int fd, unsigned long request, ...)
{
	struct device *device;
	va_list rest;
	void *arg;
	int result = 0;

	va_start(rest, request);
	arg = va_arg(rest, void *);
	va_end(rest);
	lock();
	device = *find(fd);
	if (device)
		result = control(device, request, arg);
	unlock();
	return device ? result : __real_ioctl(fd, request, arg);
}

/* The same, where times can be late. */
int
__wrap___ioctl_time64(int fd, unsigned long request, ...)
{
	va_list rest;
	void *arg;

	va_start(rest, request);
	arg = va_arg(rest, void *);
	va_end(rest);
	return __wrap_ioctl(fd, request, arg);
}
