/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random bytes: the system's call, else its device.  Nothing is kept here, so
 * a child of a fork cannot repeat what its parent got.
 */
#include <event2/util.h>

#include <libev-abi/sys.h>

#include "log.h"

static const char *device = "/dev/urandom";

static int
from_call(unsigned char *out, size_t size)
{
	while (size > 0) {
		ssize_t n = sys_getrandom(out, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		out += n;
		size -= (size_t)n;
	}
	return 0;
}

static int
read_all(int fd, unsigned char *out, size_t size)
{
	while (size > 0) {
		ssize_t n = sys_read(fd, out, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		out += n;
		size -= (size_t)n;
	}
	return 0;
}

static int
from_device(unsigned char *out, size_t size)
{
	int fd = sys_open(device, O_RDONLY | O_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, out, size);
	sys_close(fd);
	return err;
}

static int
fill(void *out, size_t size)
{
	return from_call(out, size) == 0 ? 0 : from_device(out, size);
}

void
evutil_secure_rng_get_bytes(void *buf, size_t n)
{
	if (fill(buf, n) == 0)
		return;
	memset(buf, 0, n);
	log_fatal("evutil_secure_rng_get_bytes: the system gives no random "
		  "bytes; the buffer holds zeros");
}

int
evutil_secure_rng_init(void)
{
	unsigned char byte;

	return fill(&byte, 1) < 0 ? -1 : 0;
}

int
evutil_secure_rng_set_urandom_device_file(char *fname)
{
	if (!fname)
		return -1;
	device = fname;
	return 0;
}

void
evutil_secure_rng_add_bytes(const char *dat, size_t datlen)
{
	(void)dat, (void)datlen;
}
