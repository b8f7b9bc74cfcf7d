/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <libev-abi/sys.h>

#include "mem.h"

/* A number from here on must be that of an open descriptor. */
#define PLAIN_MAX 65536

void
fdtable_init(struct fdtable *table)
{
	*table = (struct fdtable){.n_pages = 0};
}

void
fdtable_fini(struct fdtable *table)
{
	for (int i = 0; i < table->n_pages; i++)
		mem_free(table->pages[i]);
	mem_free(table->pages);
}

/* The list of pages, long enough for PAGE. */
static int
grow(struct fdtable *table, int page)
{
	int n = table->n_pages ? table->n_pages : 4;
	struct fd_entry **grown;

	while (n <= page)
		n *= 2;
	grown = mem_resize(table->pages, (size_t)n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + table->n_pages, 0,
		(size_t)(n - table->n_pages) * sizeof(*grown));
	table->pages = grown;
	table->n_pages = n;
	return 0;
}

static int
add_page(struct fdtable *table, ev_fd fd)
{
	int page = fd / FDTABLE_PAGE;

	if (fd >= PLAIN_MAX && sys_fcntl(fd, F_GETFD, 0) < 0)
		return -EBADF;
	if (page >= table->n_pages && grow(table, page) < 0)
		return -ENOMEM;
	table->pages[page] = mem_zero(FDTABLE_PAGE, sizeof(struct fd_entry));
	return table->pages[page] ? 0 : -ENOMEM;
}

int
fdtable_get(struct fdtable *table, ev_fd fd, struct fd_entry **entry_out)
{
	int err;

	if (fd < 0)
		return -EBADF;
	if (!fdtable_find(table, fd)) {
		err = add_page(table, fd);
		if (err < 0)
			return err;
	}
	*entry_out = fdtable_find(table, fd);
	return 0;
}

void
fd_marks_add(struct fd_marks *marks, ev_fd fd, struct fd_entry *entry)
{
	if (entry->next_marked)
		return;
	entry->next_marked = marks->first;
	marks->first = fd + 2;
}

ev_fd
fd_marks_take(struct fd_marks *marks, const struct fdtable *table,
	struct fd_entry **entry_out)
{
	ev_fd fd = marks->first - 2;
	struct fd_entry *entry;

	if (fd < 0)
		return -1;
	entry = fdtable_find(table, fd);
	marks->first = entry->next_marked;
	entry->next_marked = 0;
	*entry_out = entry;
	return fd;
}

int
fdtable_foreach(const struct fdtable *table,
	int (*fn)(ev_fd, struct fd_entry *, void *), void *arg)
{
	int result = 0;

	for (ev_fd fd = 0; fd / FDTABLE_PAGE < table->n_pages && !result; fd++)
		if (fdtable_find(table, fd))
			result = fn(fd, fdtable_find(table, fd), arg);
		else
			fd += FDTABLE_PAGE - 1;
	return result;
}
