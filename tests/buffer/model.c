/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs against a naive reference.
 *
 * Four buffers, each with a flat array beside it.  Each step draws one thing
 * that a program could do, and sometimes has an allocation fail in it.  After
 * each step every buffer has to be sound (verify.h), to have in it what its
 * array has, and to have told its callback of every byte.
 */
#include "model.h"

#include <string.h>
#include <unistd.h>

#include "../../libev-buffer/src/evbuffer.h"
#include "kit.h"

struct model models[N_MODELS];
int near_fd, far_fd, file_fd, references;
unsigned char file_bytes[FILE_BYTES];

struct model *
any_model(void)
{
	return &models[draw(N_MODELS)];
}

int
done(int succeeded, int allowed)
{
	if (succeeded)
		AGREE(allowed);
	else
		AGREE(!allowed || alloc_has_failed());
	return succeeded;
}

/* One draw, however many there are: the bytes of a fuzzer are for choices. */
unsigned char *
random_bytes(size_t count)
{
	static const unsigned char few[] = "aab\r\n\n";
	static unsigned char bytes[PIECE_MAX];
	uint32_t state = (uint32_t)draw(0x10000);

	AGREE(count <= PIECE_MAX);
	for (size_t i = 0; i < count; i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = few[(state >> 16) % sizeof(few)];
	}
	return bytes;
}

void
model_insert(struct model *m, size_t at, const void *bytes, size_t count)
{
	if (!count)
		return;
	m->bytes = realloc(m->bytes, m->length + count);
	memmove(m->bytes + at + count, m->bytes + at, m->length - at);
	memcpy(m->bytes + at, bytes, count);
	m->length += count;
}

void
model_cut(struct model *m, size_t count)
{
	if (!count)
		return;
	m->length -= count;
	memmove(m->bytes, m->bytes + count, m->length);
}

/* --- what has to hold ----------------------------------------------------*/

/* Without the functions that could change something, such as read a file. */
static void
check_bytes(const struct model *m)
{
	const struct chain *chain;
	const unsigned char *bytes;
	size_t pos = 0;

	for (chain = m->buf->first; chain && pos < m->length;
		chain = chain->next) {
		bytes = chain->memory ? chain->memory : file_bytes;
		AGREE(!memcmp(
			bytes + chain->begin, m->bytes + pos, chain->length));
		pos += chain->length;
	}
	AGREE(pos == m->length);
}

static void
check(const struct model *m)
{
	const char *fault = verify(m->buf);

	if (fault)
		disagree(fault, __FILE__, __LINE__);
	AGREE(evbuffer_get_length(m->buf) == m->length);
	check_bytes(m);
	if (m->cb && !m->deferred)
		AGREE(m->told == m->length);
}

static void
shorten(struct model *m)
{
	size_t count = m->length / 4 * 3;

	if (m->length <= MODEL_MAX || m->frozen_front)
		return;
	AGREE(evbuffer_drain(m->buf, count) == 0);
	model_cut(m, count);
}

static void
act(void)
{
	const struct operation *operation =
		&operations[draw((size_t)n_operations)];
	long nth = draw(8) ? 0 : (long)(1 + draw(3));

	doing = operation->name;
	alloc_fail(nth, nth && draw(2));
	operation->run();
	alloc_fail(0, 0);
	for (int i = 0; i < N_MODELS; i++) {
		shorten(&models[i]);
		check(&models[i]);
	}
}

/* --- life ----------------------------------------------------------------*/

static void
begin(void)
{
	int fds[2];

	kit_setup();
	fake_keep((int)draw(2));
	open_pair(fds);
	near_fd = fds[0];
	far_fd = fds[1];
	file_fd = make_file(FILE_BYTES);
	count_up(file_bytes, FILE_BYTES, 0);
	memset(models, 0, sizeof(models));
	for (int i = 0; i < N_MODELS; i++) {
		models[i].buf = make();
		models[i].bytes = malloc(1);
	}
}

static void
end(void)
{
	for (int i = 0; i < N_MODELS; i++) {
		evbuffer_free(models[i].buf);
		free(models[i].bytes);
	}
	fake_turn();
	fake_shutdown();
	AGREE(references == 0);
	close(near_fd);
	close(far_fd);
	close(file_fd);
	kit_teardown();
}

const struct program program = {
	.name = "evbuffer",
	.steps = 400000,
	.begin = begin,
	.step = act,
	.end = end,
};
