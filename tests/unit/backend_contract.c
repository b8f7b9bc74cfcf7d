/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backend modules against libev-abi/backend.h, a sentence at a time.  Nothing
 * but the table is used; backend_wait.c has the sentences about wait().
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "backend_fixture.h"

/* --- the table -----------------------------------------------------------*/

START_TEST(table_is_complete)
{
	const struct ev_backend_ops *ops = module_ops(_i);

	ck_assert_uint_eq(EV_ABI_MAJOR(ops->abi_version), EV_BACKEND_ABI_MAJOR);
	ck_assert_uint_ge(
		ops->struct_size, EV_ABI_END(struct ev_backend_ops, reopen));
	ck_assert_str_eq(ops->name, modules[_i].name);
	ck_assert(ops->open && ops->close && ops->watch && ops->wait &&
		  ops->reopen);
}
END_TEST

START_TEST(table_claims_what_the_header_knows)
{
	const struct ev_backend_ops *ops = module_ops(_i);

	if (EV_ABI_MINOR(ops->abi_version) > EV_BACKEND_ABI_MINOR)
		return;
	ck_assert_uint_eq(
		ops->features & ~(uint32_t)(EV_CAN_EDGE | EV_CAN_O1 |
					    EV_CAN_ANY_FD | EV_CAN_EARLY_CLOSE),
		0);
	ck_assert_uint_eq(ops->flags & ~(uint32_t)(EV_BACKEND_CONCURRENT |
						   EV_BACKEND_EAGER |
						   EV_BACKEND_FORK_DEAD |
						   EV_BACKEND_CLOSE_ENDS),
		0);
}
END_TEST

/* --- open and close ------------------------------------------------------*/

START_TEST(failed_open_leaves_nothing)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	int mark, err;
	void *self;

	for (int n = 0;; n++) {
		self = &mark;
		atomic_store(&blocks_until_failure, n);
		err = ops->open(&host, 0, &self);
		if (err == 0)
			break;
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_ptr_eq(self, &mark);
		ck_assert_int_eq(atomic_load(&blocks_alive), 0);
		ck_assert_int_eq(count_descriptors(), descriptors_before);
	}
	ck_assert_ptr_ne(self, &mark);
	ops->close(self);
}
END_TEST

START_TEST(open_without_descriptors_leaves_nothing)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct rlimit limit, none;
	int mark, err;
	void *self = &mark;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = ops->open(&host, 0, &self);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (err == 0)
		ops->close(self);
	else
		ck_assert_ptr_eq(self, &mark);
	ck_assert(err == 0 || err == -EMFILE);
	ck_assert_int_eq(atomic_load(&blocks_alive), 0);
}
END_TEST

START_TEST(close_takes_its_own_and_nothing_else)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, EV_OPT_PRECISE);
	struct ev_ready out[8];
	int ends[2], before;

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(ops->watch(self, ends[1], 1, 0, EV_ON_WRITE), 0);
	ck_assert_int_eq(ops->wait(self, 300000, out, 8), 1);
	ops->close(self);
	ck_assert(is_open(ends[0]) && is_open(ends[1]));
	close_both(ends);
	before = count_descriptors();
	ck_assert_int_eq(before, descriptors_before);
	ops->close(NULL);
}
END_TEST

/* What an instance opens does not pass over exec(). */
START_TEST(own_descriptors_end_at_exec)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	char was_open[256];
	struct ev_ready out;
	void *self;

	for (int fd = 0; fd < 256; fd++)
		was_open[fd] = (char)is_open(fd);
	self = open_instance(ops, EV_OPT_PRECISE);
	ck_assert_int_eq(ops->wait(self, 300000, &out, 1), 0);
	for (int round = 0; round < 2; round++) {
		for (int fd = 0; fd < 256; fd++)
			if (is_open(fd) && !was_open[fd])
				ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		ck_assert_int_eq(ops->reopen(self), 0);
	}
	ops->close(self);
}
END_TEST

START_TEST(instances_are_independent)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *one = open_instance(ops, 0), *two = open_instance(ops, 0);
	int ends[2];

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(one, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, two, ends[0], 2, ANY), 0);
	ck_assert_int_eq(ops->watch(two, ends[0], 2, 0, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, one, ends[0], 1, ANY), EV_ON_READ);
	ck_assert_uint_eq(readiness(ops, two, ends[0], 2, ANY), EV_ON_READ);
	ck_assert_int_eq(ops->watch(one, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->reopen(one), 0);
	ops->close(one);
	ck_assert_uint_eq(readiness(ops, two, ends[0], 2, ANY), EV_ON_READ);
	ops->close(two);
	close_both(ends);
}
END_TEST

/* --- watch ---------------------------------------------------------------*/

/* Bytes to read, room to write, and a peer that sends no more. */
static void
make_ready_for_all(int ends[2])
{
	make_sockets(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
}

static const uint32_t interests[] = {
	0,
	EV_ON_READ,
	EV_ON_WRITE,
	EV_ON_READ | EV_ON_WRITE,
	EV_ON_CLOSED,
	EV_ON_READ | EV_ON_CLOSED,
	EV_ON_WRITE | EV_ON_CLOSED,
	EV_ON_READ | EV_ON_WRITE | EV_ON_CLOSED,
};

enum { INTERESTS = sizeof(interests) / sizeof(*interests) };

START_TEST(every_change_of_interest)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	uint32_t seen = can(ops, EV_CAN_EARLY_CLOSE) ? ANY : DIRECTIONS;
	void *self = open_instance(ops, 0);
	uint32_t gen = 0, old, now;
	int ends[2];

	make_ready_for_all(ends);
	for (int i = 0; i < INTERESTS * INTERESTS; i++) {
		old = interests[i / INTERESTS];
		now = interests[i % INTERESTS];
		ck_assert_int_eq(ops->watch(self, ends[0], ++gen, 0, old), 0);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], gen, old), old & seen);
		ck_assert_int_eq(ops->watch(self, ends[0], ++gen, old, now), 0);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], gen, now), now & seen);
		ck_assert_int_eq(ops->watch(self, ends[0], gen, now, 0), 0);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

START_TEST(reports_carry_the_latest_generation)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const uint32_t gens[] = {0, 1, 0x7fffffff, 0x80000000u, 0xffffffffu};
	void *self = open_instance(ops, 0);
	uint32_t old = 0;
	int ends[2];

	make_pipe(ends);
	put_byte(ends[1]);
	for (size_t i = 0; i < sizeof(gens) / sizeof(*gens); i++) {
		ck_assert_int_eq(
			ops->watch(self, ends[0], gens[i], old, EV_ON_READ), 0);
		ck_assert_uint_eq(readiness(ops, self, ends[0], gens[i], ANY),
			EV_ON_READ);
		old = EV_ON_READ;
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* OLD is what the core last said, and the kernel may know better. */
START_TEST(old_interest_is_only_hearsay)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int ends[2];

	make_sockets(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, ANY, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
	ck_assert_int_eq(ops->watch(self, ends[0], 2, 0, EV_ON_WRITE), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 2, ANY), EV_ON_WRITE);
	ck_assert_int_eq(ops->watch(self, ends[0], 2, 0, 0), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 2, ANY), 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* Another file takes the number of FD, which its old one loses. */
static void
replace(int fd, int other)
{
	close(fd);
	ck_assert_int_eq(dup2(other, fd), fd);
	close(other);
}

START_TEST(bug04_number_that_was_given_again)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int first[2], second[2];

	for (int told = 0; told < 3; told++) {
		make_pipe(first);
		make_pipe(second);
		ck_assert_int_eq(
			ops->watch(self, first[0], 1, 0, EV_ON_READ), 0);
		put_byte(first[1]);
		replace(first[0], second[0]);
		close(first[1]);
		if (told > 0)
			ck_assert_int_eq(
				ops->watch(self, first[0], 1, EV_ON_READ, 0),
				0);
		ck_assert_int_eq(
			ops->watch(self, first[0], 2,
				told == 1 ? 0 : EV_ON_READ, EV_ON_READ),
			0);
		ck_assert_uint_eq(readiness(ops, self, first[0], 2, ANY), 0);
		put_byte(second[1]);
		ck_assert_uint_eq(
			readiness(ops, self, first[0], 2, ANY), EV_ON_READ);
		ck_assert_int_eq(
			ops->watch(self, first[0], 2, EV_ON_READ, 0), 0);
		close(first[0]);
		close(second[1]);
	}
	ops->close(self);
}
END_TEST

START_TEST(ending_succeeds_whatever_became_of_it)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int ends[2], file;

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	close(ends[0]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	close(ends[1]);

	make_pipe(ends);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	file = open("/dev/null", O_RDONLY);
	ck_assert_int_ge(file, 0);
	replace(ends[0], file);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->watch(self, 1 << 20, 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->watch(self, -1, 1, EV_ON_READ, 0), 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* Refused, or met as readiness; not a failure of everything else. */
START_TEST(beginning_on_a_number_that_is_not_open)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	const int numbers[] = {200, 5000, 60000};
	int ends[2], err;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, -1, 1, 0, EV_ON_READ), -EBADF);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		err = ops->watch(self, numbers[i], 1, 0, EV_ON_READ);
		ck_assert(err == 0 || err == -EBADF);
		ck_assert_uint_eq(
			readiness(ops, self, numbers[i], 1, EV_ON_READ),
			err ? 0 : EV_ON_READ);
		ck_assert_uint_eq(readiness(ops, self, numbers[i], 1, ANY), 0);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

START_TEST(any_kind_of_descriptor)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int file = open("/etc/passwd", O_RDONLY);
	int err = ops->watch(self, file, 1, 0, EV_ON_READ);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(err, can(ops, EV_CAN_ANY_FD) ? 0 : -EPERM);
	for (int at_end = 0; at_end < 2; at_end++) {
		ck_assert_uint_eq(readiness(ops, self, file, 1, ANY),
			can(ops, EV_CAN_ANY_FD) ? EV_ON_READ : 0);
		ck_assert_int_gt(lseek(file, 0, SEEK_END), 0);
	}
	ck_assert_int_eq(ops->watch(self, file, 1, EV_ON_READ, 0), 0);
	ops->close(self);
	close(file);
}
END_TEST

START_TEST(bug31_large_numbers)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	struct rlimit limit;
	int ends[2], high;
	void *self;

	if (!goes_far(ops))
		return;
	self = open_instance(ops, 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	high = limit.rlim_cur < 10000001 ? (int)limit.rlim_cur - 1 : 10000000;
	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(dup2(ends[0], high), high);
	ck_assert_int_eq(ops->watch(self, high, 1, 0, EV_ON_READ), 0);
	ck_assert_uint_eq(readiness(ops, self, high, 1, ANY), EV_ON_READ);
	(void)ops->watch(self, 10000000, 1, 0, EV_ON_READ);
	ck_assert_int_lt(atomic_load(&bytes_alive), 8 * 1024 * 1024);
	ck_assert_int_eq(ops->watch(self, 10000000, 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->watch(self, high, 1, EV_ON_READ, 0), 0);
	close(high);
	ops->close(self);
	close_both(ends);
}
END_TEST

START_TEST(small_numbers_beside_large_ones)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int ends[2], high = 900;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(dup2(ends[0], high), high);
	ck_assert_int_eq(ops->watch(self, high, 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(ops->wait(self, 0, out, 4), 2);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_eq(ops->wait(self, 0, out, 4), 1);
	ck_assert_int_eq(out[0].fd, high);
	close(high);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* --- failures ------------------------------------------------------------*/

/* Calls again what lacked memory; how often that was. */
static int
watch_firmly(const struct ev_backend_ops *ops, void *self, int fd, uint32_t now)
{
	int err, failed = 0;

	while ((err = ops->watch(self, fd, 7, 0, now)) != 0) {
		ck_assert_int_eq(err, -ENOMEM);
		ck_assert_int_eq(failed++, 0);
	}
	return failed;
}

START_TEST(everything_may_be_called_again)
{
	enum { PIPES = 40 };
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	int ends[PIPES][2], failed;

	for (int i = 0; i < PIPES; i++) {
		make_pipe(ends[i]);
		put_byte(ends[i][1]);
	}
	for (int n = 0; n < 8; n++) {
		failed = 0;
		atomic_store(&blocks_until_failure, n);
		for (int i = 0; i < PIPES; i++)
			failed += watch_firmly(
				ops, self, ends[i][0], EV_ON_READ);
		for (int i = 0; i < PIPES; i++)
			ck_assert_uint_eq(
				readiness(ops, self, ends[i][0], 7, ANY),
				EV_ON_READ);
		ck_assert_int_eq(ops->reopen(self), 0);
		ck_assert_int_le(failed, 1);
	}
	atomic_store(&blocks_until_failure, -1);
	ops->close(self);
	for (int i = 0; i < PIPES; i++)
		close_both(ends[i]);
}
END_TEST

START_TEST(errno_means_nothing)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	const int values[] = {EINTR, EBADF, ENOENT, EEXIST, ENOSYS, 0};
	struct ev_ready out;
	int ends[2];
	void *self;

	make_pipe(ends);
	put_byte(ends[1]);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		errno = values[i];
		ck_assert_int_eq(ops->open(&host, EV_OPT_PRECISE, &self), 0);
		errno = values[i];
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
		errno = values[i];
		ck_assert_int_eq(ops->wait(self, 300000, &out, 1), 1);
		errno = values[i];
		ck_assert_int_eq(
			ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
		errno = values[i];
		ck_assert_int_eq(ops->wait(self, 0, &out, 1), 0);
		errno = values[i];
		ck_assert_int_eq(ops->reopen(self), 0);
		ops->close(self);
	}
	close_both(ends);
}
END_TEST

/* --- reopen --------------------------------------------------------------*/

START_TEST(reopen_starts_empty)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int ends[2], before;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	before = count_descriptors();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ops->reopen(self), 0);
		ck_assert_int_eq(count_descriptors(), before);
		ck_assert_int_eq(ops->wait(self, 0, out, 4), 0);
		ck_assert_int_eq(
			ops->watch(self, ends[0], 2, 0, EV_ON_READ), 0);
		ck_assert_uint_eq(
			readiness(ops, self, ends[0], 2, ANY), EV_ON_READ);
	}
	ops->close(self);
	close_both(ends);
}
END_TEST

/* A registration that close() left behind, as a duplicate lives, goes. */
START_TEST(bug05_reopen_drives_out_ghosts)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct ev_ready out[4];
	int ends[2], copy;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	copy = dup(ends[0]);
	close(ends[0]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, EV_ON_READ, 0), 0);
	ck_assert_int_le(ops->wait(self, 0, out, 4), 1);
	ck_assert_int_eq(ops->reopen(self), 0);
	ck_assert_int_eq(ops->wait(self, 0, out, 4), 0);
	ops->close(self);
	close(copy);
	close(ends[1]);
}
END_TEST

/* What the child does with its own set; 0 if all was right. */
static int
live_in_child(const struct ev_backend_ops *ops, void *self, const int ends[2])
{
	struct ev_ready out[4];

	return ops->reopen(self) != 0 || ops->wait(self, 0, out, 4) != 0 ||
	       ops->watch(self, ends[1], 2, 0, EV_ON_WRITE) != 0 ||
	       ops->wait(self, 0, out, 4) != 1 || out[0].fd != ends[1] ||
	       ops->watch(self, ends[0], 1, EV_ON_READ, 0) != 0 ||
	       ops->watch(self, ends[1], 2, EV_ON_WRITE, 0) != 0 ||
	       ops->wait(self, 300000, out, 4) != 0;
}

START_TEST(bug18_child_does_not_disturb_its_parent)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, EV_OPT_PRECISE);
	int ends[2], status = -1;
	struct ev_ready out;
	pid_t child;

	make_sockets(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(ops->wait(self, 300000, &out, 1), 1);
	child = fork();
	if (child == 0) {
		status = live_in_child(ops, self, ends);
		ops->close(self);
		_exit(status);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), EV_ON_READ);
	take_byte(ends[0]);
	ck_assert_uint_eq(readiness(ops, self, ends[0], 1, ANY), 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

/* A system without descriptors to spare: as it was, or anew, but whole. */
START_TEST(failed_reopen_changes_nothing)
{
	const struct ev_backend_ops *ops = module_ops(_i);
	void *self = open_instance(ops, 0);
	struct rlimit limit, none;
	int ends[2], err;

	make_pipe(ends);
	put_byte(ends[1]);
	ck_assert_int_eq(ops->watch(self, ends[0], 1, 0, EV_ON_READ), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = ops->reopen(self);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert(err == 0 || err == -EMFILE);
	ck_assert_uint_eq(
		readiness(ops, self, ends[0], 1, ANY), err ? EV_ON_READ : 0);
	ops->close(self);
	close_both(ends);
}
END_TEST

static Suite *
suite_backend_contract(void)
{
	const TTest *const each[] = {
		table_is_complete,
		table_claims_what_the_header_knows,
		failed_open_leaves_nothing,
		open_without_descriptors_leaves_nothing,
		close_takes_its_own_and_nothing_else,
		own_descriptors_end_at_exec,
		instances_are_independent,
		every_change_of_interest,
		reports_carry_the_latest_generation,
		old_interest_is_only_hearsay,
		bug04_number_that_was_given_again,
		ending_succeeds_whatever_became_of_it,
		beginning_on_a_number_that_is_not_open,
		any_kind_of_descriptor,
		bug31_large_numbers,
		small_numbers_beside_large_ones,
		everything_may_be_called_again,
		errno_means_nothing,
		reopen_starts_empty,
		bug05_reopen_drives_out_ghosts,
		bug18_child_does_not_disturb_its_parent,
		failed_reopen_changes_nothing,
	};
	Suite *suite = suite_create("backend_contract");
	TCase *tcase = tcase_create("table, watch, reopen");

	add_module_tests(tcase, each, sizeof(each) / sizeof(*each));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return runner_main(
		(Suite *(*const[])(void)){suite_backend_contract, NULL});
}
