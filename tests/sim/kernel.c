/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <libev-abi/sys.h>

#define FILES_MAX  4096
#define AGENDA_MAX 256
#define OWN_FIRST  40 /* numbers from here on are the library's */

struct change {
	struct sim_file *file;
	uint32_t on, off;
	int64_t at;
};

struct sim_hooks sim_hooks;
int64_t sim_now;
uint64_t sim_tells;

/* Files are never used again, so that a stale pointer shows. */
static struct sim_file files[FILES_MAX];
static int n_files;
static struct sim_file *numbers[SIM_NUMBERS];
static struct change agenda[AGENDA_MAX];
static int n_agenda;

static uint32_t mischief;

uint32_t
sim_draw(uint32_t below)
{
	mischief = mischief * 1664525 + 1013904223;
	return (mischief >> 8) % below;
}

int
sim_happens(uint32_t n)
{
	return mischief != 0 && sim_draw(n) == 0;
}

uint32_t
sim_mischief(uint32_t seed)
{
	uint32_t before = mischief;

	mischief = seed;
	return before;
}

/* --- files and numbers ---------------------------------------------------*/

static const uint32_t bits[SIM_BITS] = {EV_ON_READ, EV_ON_WRITE, EV_ON_CLOSED};

struct sim_file *
sim_file(int fd)
{
	return fd >= 0 && fd < SIM_NUMBERS ? numbers[fd] : NULL;
}

void
sim_open_at(int fd, uint32_t state)
{
	struct sim_file *file;

	if (n_files == FILES_MAX)
		return;
	sim_close(fd);
	file = &files[n_files++];
	*file = (struct sim_file){.names = 1};
	numbers[fd] = file;
	sim_change(file, state, 0);
}

void
sim_dup(int from, int to)
{
	struct sim_file *file = sim_file(from);

	if (!file || from == to)
		return;
	file->names++;
	sim_close(to);
	numbers[to] = file;
}

void
sim_close(int fd)
{
	struct sim_file *file = sim_file(fd);

	if (!file)
		return;
	numbers[fd] = NULL;
	file->names--;
	sim_sets_note_close(fd, file);
}

int
sim_is_alive(const struct sim_file *file)
{
	return file->names > 0 || file->pins > 0;
}

void
sim_change(struct sim_file *file, uint32_t on, uint32_t off)
{
	file->state = (file->state & ~off) | on;
	for (int i = 0; i < SIM_BITS; i++)
		file->rises[i] += (on & bits[i]) != 0;
}

int
sim_count_own(void)
{
	int n = 0;

	for (int fd = OWN_FIRST; fd < SIM_NUMBERS; fd++)
		n += numbers[fd] != NULL;
	return n;
}

/* --- time ----------------------------------------------------------------*/

void
sim_change_later(struct sim_file *file, uint32_t on, uint32_t off, int64_t at)
{
	if (n_agenda < AGENDA_MAX)
		agenda[n_agenda++] = (struct change){file, on, off, at};
}

static struct change *
first_change(void)
{
	struct change *first = NULL;

	for (int i = 0; i < n_agenda; i++)
		if (!first || agenda[i].at < first->at)
			first = &agenda[i];
	return first;
}

int64_t
sim_next(void)
{
	const struct change *first = first_change();

	return first ? first->at : SIM_NEVER;
}

void
sim_pass(int64_t now)
{
	struct change *first;

	while ((first = first_change()) && first->at <= now) {
		sim_change(first->file, first->on, first->off);
		n_agenda--;
		memmove(first, first + 1,
			(size_t)(agenda + n_agenda - first) * sizeof(*first));
	}
	if (now > sim_now)
		sim_now = now;
}

/* --- what a library calls ------------------------------------------------*/

static int
call_clock_gettime(clockid_t id, struct timespec *out)
{
	(void)id;
	out->tv_sec = (time_t)(sim_now / 1000000000);
	out->tv_nsec = (long)(sim_now % 1000000000);
	return 0;
}

static int
call_eventfd(unsigned count, int flags)
{
	(void)flags;
	for (int fd = OWN_FIRST; fd < SIM_NUMBERS; fd++)
		if (!numbers[fd]) {
			sim_open_at(fd, EV_ON_WRITE);
			if (count)
				sim_change(numbers[fd], EV_ON_READ, 0);
			return fd;
		}
	errno = EMFILE;
	return -1;
}

static ssize_t
call_write(int fd, const void *data, size_t size)
{
	struct sim_file *file = sim_file(fd);

	(void)data;
	if (!file) {
		errno = EBADF;
		return -1;
	}
	sim_change(file, EV_ON_READ, 0);
	return (ssize_t)size;
}

static ssize_t
call_read(int fd, void *data, size_t size)
{
	struct sim_file *file = sim_file(fd);

	if (!file || !(file->state & EV_ON_READ)) {
		errno = file ? EAGAIN : EBADF;
		return -1;
	}
	memset(data, 0, size);
	sim_change(file, 0, EV_ON_READ);
	return (ssize_t)size;
}

static int
call_close(int fd)
{
	if (!sim_file(fd)) {
		errno = EBADF;
		return -1;
	}
	sim_close(fd);
	return 0;
}

static int
call_fcntl(int fd, int command, int arg)
{
	(void)command, (void)arg;
	if (sim_file(fd))
		return 0;
	errno = EBADF;
	return -1;
}

void
sim_start(void)
{
	memset(numbers, 0, sizeof(numbers));
	n_files = n_agenda = 0;
	mischief = 0;
	sim_now = INT64_C(1000000000);
	sim_tells = 0;
	ev_sys.clock_gettime = call_clock_gettime;
	ev_sys.eventfd = call_eventfd;
	ev_sys.write = call_write;
	ev_sys.read = call_read;
	ev_sys.close = call_close;
	ev_sys.fcntl = call_fcntl;
}
