/* SPDX-License-Identifier: BSD-3-Clause */
/* kernel.h: what watches files. */
#include "kernel.h"

#include <errno.h>
#include <string.h>

#define MS INT64_C(1000000)

struct sim_set *sim_sets;

static const uint32_t bits[SIM_BITS] = {EV_ON_READ, EV_ON_WRITE, EV_ON_CLOSED};

void
sim_set_init(struct sim_set *set, enum sim_kind kind)
{
	*set = (struct sim_set){.kind = kind, .next = sim_sets};
	sim_sets = set;
}

static void
end_watch(struct sim_set *set, struct sim_watch *watch)
{
	set->ended = *watch;
	if (set->kind == SIM_PINNING)
		watch->file->pins--;
	watch->interest = 0;
}

static void
clear(struct sim_set *set)
{
	for (int i = 0; i < SIM_WATCHES; i++)
		if (set->watches[i].interest)
			end_watch(set, &set->watches[i]);
	set->ended.interest = 0;
}

void
sim_set_fini(struct sim_set *set)
{
	struct sim_set **at = &sim_sets;

	clear(set);
	while (*at != set)
		at = &(*at)->next;
	*at = set->next;
}

void
sim_set_reopen(struct sim_set *set)
{
	sim_hooks.reopens(set);
	clear(set);
	set->is_inherited = 0;
}

void
sim_sets_inherit(void)
{
	for (struct sim_set *set = sim_sets; set; set = set->next)
		set->is_inherited = 1;
}

void
sim_sets_note_close(int fd, const struct sim_file *file)
{
	for (struct sim_set *set = sim_sets; set; set = set->next)
		for (int i = 0; i < SIM_WATCHES; i++)
			if (set->watches[i].fd == fd &&
				set->watches[i].file == file)
				set->watches[i].is_ghost = 1;
}

/* --- interest ------------------------------------------------------------*/

static struct sim_watch *
find(struct sim_set *set, int fd, const struct sim_file *file)
{
	for (int i = 0; i < SIM_WATCHES; i++) {
		struct sim_watch *watch = &set->watches[i];

		if (watch->interest && watch->fd == fd && watch->file == file)
			return watch;
	}
	return NULL;
}

struct sim_watch *
sim_set_find(struct sim_set *set, int fd)
{
	return find(set, fd, set->kind == SIM_BY_NUMBER ? NULL : sim_file(fd));
}

static struct sim_watch *
free_place(struct sim_set *set)
{
	for (int i = 0; i < SIM_WATCHES; i++)
		if (!set->watches[i].interest)
			return &set->watches[i];
	return NULL;
}

/* Of a pinned number that has another file by now. */
static void
end_old(struct sim_set *set, int fd)
{
	for (int i = 0; i < SIM_WATCHES; i++)
		if (set->watches[i].interest && set->watches[i].fd == fd)
			end_watch(set, &set->watches[i]);
}

static struct sim_watch *
begin_watch(struct sim_set *set, int fd, struct sim_file *file)
{
	struct sim_watch *watch = free_place(set);

	if (!watch)
		return NULL;
	*watch = (struct sim_watch){.fd = fd};
	if (set->kind != SIM_BY_NUMBER)
		watch->file = file;
	if (set->kind == SIM_PINNING)
		file->pins++;
	return watch;
}

int
sim_set_watch(struct sim_set *set, int fd, uint32_t gen, uint32_t now)
{
	struct sim_watch *watch = sim_set_find(set, fd);
	struct sim_file *file = sim_file(fd);

	sim_tells++;
	if (set->is_inherited)
		sim_hooks.is_broken("a child changes its parent's set");
	if (set->is_waiting && set->kind != SIM_BY_FILE)
		sim_hooks.is_broken("watch() during wait()");
	if (set->kind != SIM_BY_FILE && (!watch || !file)) {
		end_old(set, fd);
		watch = NULL;
	}
	if (!now) {
		if (watch)
			end_watch(set, watch);
		return 0;
	}
	if (!file)
		return -EBADF;
	if (set->refuses[fd] > 0) {
		set->refuses[fd]--;
		if (watch)
			watch->is_refused = 1;
		sim_hooks.refuses(set, fd);
		return -ENOSPC;
	}
	if (!watch && !(watch = begin_watch(set, fd, file)))
		return -ENOSPC;
	watch->interest = now;
	watch->gen = gen;
	watch->told = sim_tells;
	watch->is_ghost = watch->is_refused = watch->is_parked = 0;
	for (int i = 0; i < SIM_BITS; i++)
		watch->reported[i] = file->rises[i] - 1;
	return 0;
}

/* --- waiting -------------------------------------------------------------*/

static uint32_t
risen(const struct sim_watch *watch)
{
	uint32_t mask = 0;

	for (int i = 0; i < SIM_BITS; i++)
		if (watch->reported[i] != watch->file->rises[i])
			mask |= bits[i];
	return mask;
}

static uint32_t
mask_of(const struct sim_set *set, const struct sim_watch *watch)
{
	const struct sim_file *file = set->kind == SIM_BY_NUMBER
					      ? sim_file(watch->fd)
					      : watch->file;

	if (!watch->interest || watch->is_parked)
		return 0;
	if (!file)
		return EV_ON_READ | EV_ON_WRITE;
	if (watch->interest & EV_ON_EDGE && set->kind != SIM_BY_NUMBER)
		return file->state & watch->interest & risen(watch);
	return file->state & watch->interest;
}

/* A watch of this kind goes with its file. */
static void
bury(struct sim_set *set)
{
	for (int i = 0; i < SIM_WATCHES; i++)
		if (set->watches[i].interest && set->watches[i].file &&
			!sim_is_alive(set->watches[i].file))
			set->watches[i].interest = 0;
}

static int
has_news(const struct sim_set *set)
{
	for (int i = 0; i < SIM_WATCHES; i++)
		if (mask_of(set, &set->watches[i]))
			return 1;
	return 0;
}

static void
sleep_until(struct sim_set *set, int64_t until)
{
	int64_t next;

	while (!has_news(set) && sim_now < until && !sim_happens(6)) {
		next = sim_next() < until ? sim_next() : until;
		if (next == SIM_NEVER) {
			sim_hooks.is_stuck(set);
			return;
		}
		sim_hooks.sleeps(set, next);
		sim_pass(next);
	}
	if (sim_happens(5))
		sim_pass(sim_now + sim_draw(20) * MS);
}

static void
note_reported(struct sim_watch *watch, uint32_t mask)
{
	if (!watch->file) {
		watch->is_parked = !sim_file(watch->fd);
		return;
	}
	for (int i = 0; i < SIM_BITS; i++)
		if (mask & bits[i])
			watch->reported[i] = watch->file->rises[i];
}

static struct ev_ready
report(struct sim_set *set, const struct sim_watch *watch, uint32_t mask)
{
	sim_hooks.reports(set, watch, mask);
	return (struct ev_ready){watch->fd, watch->gen, mask};
}

/* From any place on, and round, so that what is passed over comes later. */
static int
collect(struct sim_set *set, struct ev_ready *out, int cap)
{
	int first = sim_happens(2) ? (int)sim_draw(SIM_WATCHES) : 0;
	int n = 0;

	if (sim_happens(8))
		cap = 1;
	if (set->ended.interest && sim_happens(12))
		out[n++] = report(set, &set->ended, SIM_ANY);
	for (int i = 0; i < SIM_WATCHES && n < cap; i++) {
		struct sim_watch *watch =
			&set->watches[(first + i) % SIM_WATCHES];
		uint32_t mask = mask_of(set, watch);

		if (!mask && watch->interest && !watch->is_parked &&
			sim_happens(40))
			mask = watch->interest & SIM_ANY;
		else if (!mask || sim_happens(4))
			continue;
		out[n++] = report(set, watch, mask);
		note_reported(watch, mask);
	}
	return n;
}

static int
wait_for_news(
	struct sim_set *set, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	int64_t until = timeout_ns < 0 ? SIM_NEVER : sim_now + timeout_ns;

	sim_hooks.meanwhile(set);
	bury(set);
	sleep_until(set, until);
	if (sim_happens(10))
		return -EINTR;
	return collect(set, out, cap);
}

int
sim_set_wait(
	struct sim_set *set, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	int n;

	if (set->is_inherited)
		sim_hooks.is_broken("a child waits on its parent's set");
	bury(set);
	sim_hooks.begins(set, timeout_ns);
	set->is_waiting = 1;
	n = wait_for_news(set, timeout_ns, out, cap);
	sim_hooks.ends(set);
	set->is_waiting = 0;
	return n;
}
