/* SPDX-License-Identifier: BSD-3-Clause */
#include "wakeup.h"

#include <errno.h>
#include <stdint.h>

#include <libev-abi/sys.h>

void
wakeup_init(struct wakeup *wakeup)
{
	*wakeup = (struct wakeup){.read_fd = -1, .write_fd = -1};
}

int
wakeup_is_open(const struct wakeup *wakeup)
{
	return wakeup->read_fd >= 0;
}

static int
prepare(int fd)
{
	if (sys_fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		sys_fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int
open_pipe(struct wakeup *wakeup)
{
	int fds[2], err;

	if (sys_pipe(fds) < 0)
		return -errno;
	err = prepare(fds[0]);
	if (err == 0)
		err = prepare(fds[1]);
	if (err < 0) {
		sys_close(fds[0]);
		sys_close(fds[1]);
		return err;
	}
	wakeup->read_fd = fds[0];
	wakeup->write_fd = fds[1];
	return 0;
}

int
wakeup_open(struct wakeup *wakeup)
{
	if (wakeup_is_open(wakeup))
		return 0;
	wakeup->pending = 0;
#ifdef __linux__
	wakeup->read_fd = wakeup->write_fd = sys_eventfd(
		0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wakeup_is_open(wakeup))
		return 0;
#endif
	return open_pipe(wakeup);
}

void
wakeup_close(struct wakeup *wakeup)
{
	if (!wakeup_is_open(wakeup))
		return;
	sys_close(wakeup->read_fd);
	if (wakeup->write_fd != wakeup->read_fd)
		sys_close(wakeup->write_fd);
	wakeup_init(wakeup);
}

ev_fd
wakeup_claim(struct wakeup *wakeup)
{
	if (wakeup->pending || !wakeup_is_open(wakeup))
		return -1;
	wakeup->pending = 1;
	return wakeup->write_fd;
}

void
wakeup_ring(ev_fd fd)
{
	const uint64_t one = 1;
	ssize_t n;

	do
		n = sys_write(fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

void
wakeup_take(struct wakeup *wakeup)
{
	uint64_t sink;
	ssize_t n;

	wakeup->pending = 0;
	do
		n = sys_read(wakeup->read_fd, &sink, sizeof(sink));
	while (n < 0 && errno == EINTR);
}
