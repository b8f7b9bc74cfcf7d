/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs against a naive reference.
 *
 * Four buffers, each with a flat array beside it.  Each step draws one thing
 * that a program could do, and sometimes has an allocation fail in it.  After
 * each step every buffer has to be sound (verify.h), to have in it what its
 * array has, and to have told its callback of every byte.
 *
 * LIBEV_TEST_SEED and LIBEV_TEST_STEPS replay a run; a failure prints both.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../libev-buffer/src/evbuffer.h"
#include "kit.h"

struct model models[N_MODELS];
int near_fd, far_fd, file_fd, references;
unsigned char file_bytes[FILE_BYTES];

static uint64_t random_state, seed;
static long step;
static const char *doing = "nothing";

void
disagree(const char *what, int line)
{
	ck_abort_msg("seed %llu, step %ld, %s, line %d: not so: %s",
		(unsigned long long)seed, step, doing, line, what);
	abort();
}

size_t
draw(size_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (size_t)(random_state >> 16) % below;
}

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

unsigned char *
random_bytes(size_t count)
{
	static const unsigned char few[] = "aab\r\n\n";
	static unsigned char bytes[PIECE_MAX];

	AGREE(count <= PIECE_MAX);
	for (size_t i = 0; i < count; i++)
		bytes[i] = few[draw(sizeof(few))];
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
		disagree(fault, __LINE__);
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

	doing = operation->name;
	alloc_fail(draw(8) ? 0 : (long)(1 + draw(3)), draw(2) == 0);
	operation->run();
	alloc_fail(0, 0);
	for (int i = 0; i < N_MODELS; i++) {
		shorten(&models[i]);
		check(&models[i]);
	}
}

/* --- life ----------------------------------------------------------------*/

static void
setup(void)
{
	const char *text = getenv("LIBEV_TEST_SEED");
	int fds[2];

	kit_setup();
	seed = text ? strtoull(text, NULL, 0)
		    : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20;
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	fake_keep((int)(seed & 1));
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
teardown(void)
{
	for (int i = 0; i < N_MODELS; i++) {
		evbuffer_free(models[i].buf);
		free(models[i].bytes);
	}
	fake_turn();
	fake_shutdown();
	ck_assert_int_eq(references, 0);
	close(near_fd);
	close(far_fd);
	close(file_fd);
	kit_teardown();
}

START_TEST(random_programs_agree_with_flat_arrays)
{
	const char *text = getenv("LIBEV_TEST_STEPS");
	long steps = text ? strtol(text, NULL, 0) : 400000;

	printf("# seed %llu, %ld steps, %d operations\n",
		(unsigned long long)seed, steps, n_operations);
	fflush(stdout);
	for (step = 0; step < steps; step++)
		act();
}
END_TEST

static Suite *
suite_buffer_model(void)
{
	Suite *suite = suite_create("buffer_model");
	TCase *tcase = tcase_create("random programs");

	tcase_set_timeout(tcase, 1200);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, random_programs_agree_with_flat_arrays);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_buffer_model, NULL});
}
