/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers against flat arrays; see model.c.
 */
#ifndef EV_TEST_BUFFER_MODEL_H
#define EV_TEST_BUFFER_MODEL_H

#include <stdint.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/ext_buffer.h>

#include "../fuzz/program.h"

enum {
	N_MODELS = 4,
	MODEL_MAX = 20000,  /* a buffer that is longer is drained */
	PIECE_MAX = 6000,   /* the most that comes in one step */
	FILE_BYTES = 100000 /* in the file that parts are added of */
};

struct model {
	struct evbuffer *buf;
	unsigned char *bytes;
	size_t length;
	int frozen_front, frozen_back;
	int deferred;
	struct evbuffer_cb_entry *cb; /* NULL: nobody is told */
	size_t told;                  /* the length, by what was told */
};

/** Something that a program could do. */
struct operation {
	const char *name;
	void (*run)(void);
};

extern const struct operation operations[];
extern const int n_operations;

extern struct model models[N_MODELS];

/** Any of the buffers. */
struct model *any_model(void);

/**
 * How the call just made ended: it agrees that it failed, or not, when it had
 * to, and that nothing but what was refused or memory made it fail.
 *
 * @return 1 when it was done
 */
int done(int succeeded, int allowed);

/** Random bytes, of few different ones; valid until the next call. */
unsigned char *random_bytes(size_t count);

/** Change what a buffer has to be. */
void model_insert(struct model *m, size_t at, const void *bytes, size_t count);
void model_cut(struct model *m, size_t count);

/** The descriptors of a pair, the descriptor of a file, and what is in it. */
extern int near_fd, far_fd, file_fd;
extern unsigned char file_bytes[FILE_BYTES];

/** Memory of the program's, counted until its cleanup function ran. */
extern int references;

#endif
