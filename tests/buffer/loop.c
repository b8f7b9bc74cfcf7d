/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behaviours 127 and 131 with a real core: deferred callbacks in its loop, and
 * buffers that threads share.
 */
#include <pthread.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/thread.h>

#include "../support/fixture.h"

static struct evbuffer *
make(void)
{
	struct evbuffer *buf = evbuffer_new();

	ck_assert_ptr_nonnull(buf);
	return buf;
}

/* --- deferred ------------------------------------------------------------*/

struct news {
	int calls;
	size_t added, deleted;
};

static void
take_news(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
	struct news *news = arg;

	ck_assert_uint_eq(info->orig_size + info->n_added - info->n_deleted,
		evbuffer_get_length(buf));
	news->calls++;
	news->added += info->n_added;
	news->deleted += info->n_deleted;
}

START_TEST(b127_changes_come_from_the_loop_in_one)
{
	struct evbuffer *buf = make();
	struct news news = {0};

	evbuffer_add_cb(buf, take_news, &news);
	ck_assert_int_eq(evbuffer_defer_callbacks(buf, fx.base), 0);
	evbuffer_add(buf, "abc", 3);
	evbuffer_drain(buf, 1);
	ck_assert_int_eq(news.calls, 0);
	turns(1);
	ck_assert_int_eq(news.calls, 1);
	ck_assert_uint_eq(news.added, 3);
	ck_assert_uint_eq(news.deleted, 1);
	turns(2);
	ck_assert_int_eq(news.calls, 1);
	evbuffer_free(buf);
}
END_TEST

START_TEST(b127_a_due_callback_outlives_its_buffer)
{
	struct evbuffer *buf = make();
	struct news news = {0};

	ck_assert_int_eq(event_base_priority_init(fx.base, 5), 0);
	evbuffer_add_cb(buf, take_news, &news);
	evbuffer_defer_callbacks(buf, fx.base);
	evbuffer_add(buf, "abc", 3);
	evbuffer_free(buf);
	turns(1);
	ck_assert_int_eq(news.calls, 1);
}
END_TEST

static void
fall_over(const void *data, size_t length, void *cleaned)
{
	(void)data, (void)length;
	++*(int *)cleaned;
}

/* The buffer is freed before its base, or after it, or not at all for long. */
START_TEST(bug39_a_base_goes_while_a_callback_is_due)
{
	struct evbuffer *buf = make();
	struct news news = {0};
	int cleaned = 0;

	evbuffer_add_reference(buf, "abc", 3, fall_over, &cleaned);
	evbuffer_add_cb(buf, take_news, &news);
	evbuffer_defer_callbacks(buf, fx.base);
	evbuffer_drain(buf, 1);
	if (_i == 0)
		evbuffer_free(buf);
	if (_i == 1)
		event_base_free_nofinalize(fx.base);
	else
		event_base_free(fx.base);
	fx.base = NULL;
	ck_assert_int_eq(news.calls, 0);
	if (_i != 0) {
		ck_assert_int_eq(evbuffer_drain(buf, 1), 0);
		ck_assert_int_eq(news.calls, 1);
		evbuffer_free(buf);
	}
	ck_assert_int_eq(cleaned, 1);
}
END_TEST

/* --- threads -------------------------------------------------------------*/

enum { THREADS = 2, BYTES = 200000 };

static struct evbuffer *shared[2];

static void *
produce(void *arg)
{
	unsigned char byte[7];
	size_t sent = 0, size;

	(void)arg;
	while (sent < BYTES) {
		size = sent % 7 + 1;
		size = size < BYTES - sent ? size : BYTES - sent;
		for (size_t i = 0; i < size; i++)
			byte[i] = (unsigned char)(sent + i);
		if (evbuffer_add(shared[0], byte, size) < 0)
			return "evbuffer_add() failed";
		sent += size;
	}
	return NULL;
}

static void *
consume(void *arg)
{
	unsigned char bytes[100];
	size_t got = 0;
	int n;

	(void)arg;
	while (got < BYTES) {
		n = evbuffer_remove(shared[0], bytes, sizeof(bytes));
		for (int i = 0; i < n; i++)
			if (bytes[i] != (unsigned char)(got + (size_t)i))
				return "another byte than was sent";
		got += (size_t)n;
	}
	return NULL;
}

static void
run_both(void *(*a)(void *), void *(*b)(void *))
{
	void *(*runs[THREADS])(void *) = {a, b};
	pthread_t threads[THREADS];
	void *fault;

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, runs[i], NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &fault), 0);
		ck_assert_msg(!fault, "%s", (char *)fault);
	}
}

static void
make_shared(void)
{
	for (int i = 0; i < 2; i++) {
		shared[i] = make();
		ck_assert_int_eq(evbuffer_enable_locking(shared[i], NULL), 0);
	}
}

static void
free_shared(void)
{
	evbuffer_free(shared[0]);
	evbuffer_free(shared[1]);
}

START_TEST(b131_one_thread_adds_and_another_removes)
{
	make_shared();
	run_both(produce, consume);
	free_shared();
}
END_TEST

enum { MOVES = 20000 };

static void *
move_there(void *arg)
{
	(void)arg;
	for (int i = 0; i < MOVES; i++) {
		(void)evbuffer_add_buffer(shared[0], shared[1]);
		(void)evbuffer_remove_buffer(shared[0], shared[1], 10);
	}
	return NULL;
}

static void *
move_back(void *arg)
{
	(void)arg;
	for (int i = 0; i < MOVES; i++) {
		(void)evbuffer_add_buffer(shared[1], shared[0]);
		(void)evbuffer_prepend_buffer(shared[0], shared[1]);
	}
	return NULL;
}

/* Both lock the same two buffers, in either order, and neither waits long. */
START_TEST(b131_two_threads_move_in_both_directions)
{
	char text[1000];

	memset(text, 'x', sizeof(text));
	make_shared();
	evbuffer_add(shared[0], text, sizeof(text));
	evbuffer_add(shared[1], text, sizeof(text));
	run_both(move_there, move_back);
	ck_assert_uint_eq(
		evbuffer_get_length(shared[0]) + evbuffer_get_length(shared[1]),
		2 * sizeof(text));
	free_shared();
}
END_TEST

/* The memory of one buffer is read through others, which go meanwhile. */
static struct evbuffer *copies[THREADS][100];

static void *
drop_copies(void *arg)
{
	struct evbuffer **mine = arg;
	char byte;

	for (int i = 0; i < 100; i++) {
		if (evbuffer_remove(mine[i], &byte, 1) != 1 || byte != 'x')
			return "another byte than was shared";
		evbuffer_free(mine[i]);
	}
	return NULL;
}

START_TEST(b131_memory_shared_by_buffers_of_two_threads)
{
	struct evbuffer *src = make();
	pthread_t threads[THREADS];
	void *fault;
	int cleaned = 0;

	evbuffer_add(src, "xyz", 3);
	evbuffer_add_reference(src, "abc", 3, fall_over, &cleaned);
	for (int i = 0; i < THREADS * 100; i++) {
		copies[i % THREADS][i / THREADS] = make();
		ck_assert_int_eq(evbuffer_add_buffer_reference(
					 copies[i % THREADS][i / THREADS], src),
			0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, drop_copies, copies[i]);
	for (int i = 0; i < 100; i++) {
		evbuffer_add(src, "more", 4);
		evbuffer_drain(src, 3);
	}
	evbuffer_free(src);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &fault), 0);
		ck_assert_msg(!fault, "%s", (char *)fault);
	}
	ck_assert_int_eq(cleaned, 1);
}
END_TEST

/* Changes of one thread are told in the loop of another. */
static void
stop_when_all_came(
	struct evbuffer *buf, const struct evbuffer_cb_info *info, void *sum)
{
	(void)buf;
	*(size_t *)sum += info->n_added;
	if (*(size_t *)sum == BYTES)
		event_base_loopexit(fx.base, NULL);
}

static void *
add_everything(void *buf)
{
	for (int i = 0; i < BYTES / 10; i++)
		if (evbuffer_add(buf, "0123456789", 10) < 0)
			return "evbuffer_add() failed";
	return NULL;
}

START_TEST(b131_deferred_to_the_loop_of_another_thread)
{
	struct evbuffer *buf = make();
	pthread_t thread;
	size_t sum = 0;
	void *fault;

	ck_assert_int_eq(evbuffer_enable_locking(buf, NULL), 0);
	evbuffer_add_cb(buf, stop_when_all_came, &sum);
	evbuffer_defer_callbacks(buf, fx.base);
	pthread_create(&thread, NULL, add_everything, buf);
	ck_assert_int_eq(event_base_loop(fx.base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	ck_assert_uint_eq(sum, BYTES);
	ck_assert_int_eq(pthread_join(thread, &fault), 0);
	ck_assert_msg(!fault, "%s", (char *)fault);
	evbuffer_free(buf);
}
END_TEST

/* Large blocks are kept for the process, by whichever thread. */
static void *
churn(void *arg)
{
	static const char bytes[50000];
	struct evbuffer *buf = evbuffer_new();

	(void)arg;
	for (int i = 0; i < 2000; i++) {
		evbuffer_add(buf, bytes, sizeof(bytes));
		evbuffer_drain(buf, i % 4 * (sizeof(bytes) / 2));
	}
	evbuffer_free(buf);
	return NULL;
}

START_TEST(b131_threads_use_large_blocks_again)
{
	event_set_mem_functions(NULL, NULL, NULL);
	run_both(churn, churn);
	libevent_global_shutdown();
}
END_TEST

static void
setup_threads(void)
{
	evthread_use_pthreads();
	fixture_setup();
}

static Suite *
suite_buffer_loop(void)
{
	Suite *suite = suite_create("buffer_loop");
	TCase *deferred = tcase_create("deferred");
	TCase *threads = tcase_create("threads");
	TCase *memory = tcase_create("memory");

	tcase_add_checked_fixture(deferred, fixture_setup, fixture_teardown);
	tcase_add_test(deferred, b127_changes_come_from_the_loop_in_one);
	tcase_add_test(deferred, b127_a_due_callback_outlives_its_buffer);
	tcase_add_loop_test(
		deferred, bug39_a_base_goes_while_a_callback_is_due, 0, 3);
	suite_add_tcase(suite, deferred);

	tcase_add_checked_fixture(threads, setup_threads, fixture_teardown);
	tcase_add_test(threads, b131_one_thread_adds_and_another_removes);
	tcase_add_test(threads, b131_two_threads_move_in_both_directions);
	tcase_add_test(threads, b131_memory_shared_by_buffers_of_two_threads);
	tcase_add_test(threads, b131_deferred_to_the_loop_of_another_thread);
	suite_add_tcase(suite, threads);

	tcase_add_test(memory, b131_threads_use_large_blocks_again);
	suite_add_tcase(suite, memory);
	return suite;
}

int
main(void)
{
	return runner_main((Suite *(*const[])(void)){suite_buffer_loop, NULL});
}
