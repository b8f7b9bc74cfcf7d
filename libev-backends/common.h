/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the backends share: memory, time, and a table by descriptor.
 *
 * All of it is static, because a module links to nothing of ours.
 */
#ifndef EV_BACKENDS_COMMON_H
#define EV_BACKENDS_COMMON_H

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <libev-abi/backend.h>

/* --- memory --------------------------------------------------------------*/

/* SIZE bytes, all zero; NULL: no memory. */
static inline void *
backend_new(const struct ev_host *host, size_t size)
{
	void *block = host->resize(NULL, size);

	if (block)
		memset(block, 0, size);
	return block;
}

#define BACKEND_CAP_MIN 32

/*
 * BLOCK, an array of *CAP elements of SIZE bytes, with room for WANT of them;
 * new ones are zero.  NULL: no memory, and all is as it was.
 */
static inline void *
backend_grow(const struct ev_host *host, void *block, int *cap, size_t size,
	int want)
{
	int n = *cap ? *cap : BACKEND_CAP_MIN;
	char *grown;

	if (want <= *cap)
		return block;
	while (n < want && n <= INT_MAX / 2)
		n *= 2;
	if (n < want || (size_t)n > SIZE_MAX / size)
		return NULL;
	grown = host->resize(block, (size_t)n * size);
	if (!grown)
		return NULL;
	memset(grown + (size_t)*cap * size, 0, (size_t)(n - *cap) * size);
	*cap = n;
	return grown;
}

/* --- time ----------------------------------------------------------------*/

/*
 * The longest single wait: kernels have taken more than 35 minutes for ever,
 * or for an error.  That a longer one ends early is allowed.
 */
#define BACKEND_WAIT_MAX_NS (INT64_C(30) * 60 * 1000000000)

/* In units of UNIT_NS, rounded up: a wait that ends too early spins. */
static inline int64_t
backend_units(int64_t timeout_ns, int64_t unit_ns)
{
	if (timeout_ns > BACKEND_WAIT_MAX_NS)
		timeout_ns = BACKEND_WAIT_MAX_NS;
	return timeout_ns / unit_ns + (timeout_ns % unit_ns != 0);
}

/* As poll() and epoll_wait() want it. */
static inline int
backend_ms(int64_t timeout_ns)
{
	if (timeout_ns <= 0)
		return timeout_ns < 0 ? -1 : 0;
	return (int)backend_units(timeout_ns, 1000000);
}

/* TIMEOUT_NS is not negative. */
static inline struct timespec
backend_timespec(int64_t timeout_ns)
{
	int64_t ns = backend_units(timeout_ns, 1);

	return (struct timespec){
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};
}

/* --- a table by descriptor -----------------------------------------------*/

/*
 * One word for each descriptor, zero until it is set.  The words stand in
 * pages, so that a large number costs a page, not a table as long as itself.
 */
struct fd_words {
	uint32_t **pages;
	int n_pages;
};

#define FD_WORDS_PAGE 1024

/* The word of FD; NULL: it never had one. */
static inline uint32_t *
fd_words_find(const struct fd_words *words, ev_fd fd)
{
	int page = (int)(fd / FD_WORDS_PAGE);

	if (fd < 0 || page >= words->n_pages || !words->pages[page])
		return NULL;
	return &words->pages[page][fd % FD_WORDS_PAGE];
}

/* The same, made if need be; FD is not negative.  NULL: no memory. */
static inline uint32_t *
fd_words_make(const struct ev_host *host, struct fd_words *words, ev_fd fd)
{
	int page = (int)(fd / FD_WORDS_PAGE);
	void *pages = backend_grow(host, words->pages, &words->n_pages,
		sizeof(*words->pages), page + 1);

	if (!pages)
		return NULL;
	words->pages = pages;
	if (!words->pages[page])
		words->pages[page] = backend_new(
			host, FD_WORDS_PAGE * sizeof(uint32_t));
	return fd_words_find(words, fd);
}

/* All words are zero again, and take no memory. */
static inline void
fd_words_clear(const struct ev_host *host, struct fd_words *words)
{
	for (int i = 0; i < words->n_pages; i++)
		host->resize(words->pages[i], 0);
	host->resize(words->pages, 0);
	*words = (struct fd_words){.n_pages = 0};
}

#endif
