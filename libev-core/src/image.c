/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library for another machine is "no such file" to glibc's dlopen(); one of
 * which the end is missing, as after a copy onto a full disk, is a SIGBUS.
 */
#include "image.h"

#include <stddef.h>
#ifdef __linux__
#include <link.h>
#include <string.h>

#include <libev-abi/sys.h>

/* The head of what this code is linked into: the machine that it runs on. */
extern const ElfW(Ehdr) __ehdr_start
	__attribute__((visibility("hidden"), weak));

/* 0 if it cannot be read, which is for dlopen() to tell. */
static int
read_head(const char *file, ElfW(Ehdr) * head_out, struct stat *status_out)
{
	int fd = sys_open(file, O_RDONLY | O_CLOEXEC, 0);
	ssize_t n = -1;

	if (fd < 0)
		return 0;
	if (sys_fstat(fd, status_out) == 0)
		n = sys_read(fd, head_out, sizeof(*head_out));
	(void)sys_close(fd);
	return n == (ssize_t)sizeof(*head_out) &&
	       memcmp(head_out->e_ident, ELFMAG, SELFMAG) == 0;
}

/* Of another class, the rest of the head lies elsewhere. */
static int
is_for_us(const ElfW(Ehdr) * head)
{
	const ElfW(Ehdr) *ours = &__ehdr_start;

	return head->e_ident[EI_CLASS] == ours->e_ident[EI_CLASS] &&
	       head->e_ident[EI_DATA] == ours->e_ident[EI_DATA] &&
	       head->e_machine == ours->e_machine;
}

/* The table of sections is what linkers write last. */
static int
is_whole(const ElfW(Ehdr) * head, const struct stat *status)
{
	uint64_t sections = (uint64_t)head->e_shnum * head->e_shentsize;

	return status->st_size >= 0 &&
	       head->e_shoff <= (uint64_t)status->st_size &&
	       sections <= (uint64_t)status->st_size - head->e_shoff;
}

const char *
image_objection(const char *file)
{
	ElfW(Ehdr) head;
	struct stat status;

	if (!&__ehdr_start || !read_head(file, &head, &status))
		return NULL;
	if (!is_for_us(&head))
		return "built for another machine";
	if (!is_whole(&head, &status))
		return "its end is missing";
	return NULL;
}

#else

const char *
image_objection(const char *file)
{
	(void)file;
	return NULL;
}

#endif
