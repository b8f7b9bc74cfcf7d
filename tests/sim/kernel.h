/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A kernel that is simulated: files, the numbers that lead to them, sets that
 * watch them, and time.
 *
 *   numbers[fd] -> file { what it is ready for }
 *   set { watch { fd, file, interest, generation } ... }
 *
 * A file is no more than the readiness that somebody gives it.  Nothing is
 * random in here but what sim_mischief() asks for, and that follows from its
 * seed: the same calls have the same results.
 *
 * A set keeps its watches in one of three ways, as real kernels do:
 *
 *   SIM_BY_FILE    a watch belongs to number and file, and ends with the file
 *                  (epoll, kqueue)
 *   SIM_BY_NUMBER  it belongs to the number, whatever has that (poll, select)
 *   SIM_PINNING    it keeps the file alive (io_uring)
 *
 * Needs a build with -Dtest_seams=true.
 */
#ifndef EV_TEST_SIM_KERNEL_H
#define EV_TEST_SIM_KERNEL_H

#include <stdint.h>

#include <libev-abi/backend.h>

#define SIM_NUMBERS 64
#define SIM_WATCHES 64
#define SIM_NEVER   INT64_MAX
#define SIM_BITS    3 /* EV_ON_READ, _WRITE, _CLOSED */
#define SIM_ANY     ((uint32_t)(EV_ON_READ | EV_ON_WRITE | EV_ON_CLOSED))

enum sim_kind { SIM_BY_FILE, SIM_BY_NUMBER, SIM_PINNING };

struct sim_file {
	int names;                /* numbers that lead to it */
	int pins;                 /* watches that keep it alive */
	uint32_t state;           /* what it is ready for, EV_ON_* */
	uint32_t rises[SIM_BITS]; /* how often it became so */
};

struct sim_watch {
	struct sim_file *file; /* by number: NULL */
	int fd;
	uint32_t gen;
	uint32_t interest; /* 0: the place is free */
	uint32_t reported[SIM_BITS];
	uint64_t told;  /* sim_tells when the core said so last */
	int is_ghost;   /* its number was closed while it was watched */
	int is_refused; /* a change of it was: it goes on as it is */
	int is_parked;  /* by number: it was reported as closed */
};

struct sim_set {
	struct sim_set *next;
	enum sim_kind kind;
	int is_waiting;
	int is_inherited;         /* the parent's: not to be touched */
	int refuses[SIM_NUMBERS]; /* so many calls for that number */
	struct sim_watch watches[SIM_WATCHES];
	struct sim_watch ended; /* the last one that ended */
};

/* What is told of, and may do something about, a wait. */
struct sim_hooks {
	/* The core's next call waits so long. */
	void (*begins)(struct sim_set *set, int64_t timeout_ns);
	/* Other threads have their turn. */
	void (*meanwhile)(struct sim_set *set);
	/* Time is about to pass, up to UNTIL. */
	void (*sleeps)(struct sim_set *set, int64_t until);
	/* Nothing will ever happen. */
	void (*is_stuck)(struct sim_set *set);
	/* A report of WATCH with MASK was made; the core has not seen it. */
	void (*reports)(struct sim_set *set, const struct sim_watch *watch,
		uint32_t mask);
	/* All were made.  Other threads have another turn. */
	void (*ends)(struct sim_set *set);
	/* The core was told that the number cannot be watched. */
	void (*refuses)(struct sim_set *set, int fd);
	/* The core starts anew with an empty set. */
	void (*reopens)(struct sim_set *set);
	/* The contract was broken by the core. */
	void (*is_broken)(const char *rule);
};

extern struct sim_hooks sim_hooks;
extern int64_t sim_now;          /* nanoseconds */
extern uint64_t sim_tells;       /* calls of watch(), ever */
extern struct sim_set *sim_sets; /* the newest first */

/* Everything is as at the beginning, and the library's calls come here. */
void sim_start(void);

/*
 * From now on waits misbehave, as far as the contract lets them: they end
 * early or late or with -EINTR, report in any order, some things later and
 * some that are not so, and now and then what has ended.  0: they do not.
 * Returned is what follows from the seed before.
 */
uint32_t sim_mischief(uint32_t seed);
/* One time in N, if there is to be mischief at all. */
int sim_happens(uint32_t n);
/* A number below BELOW that follows from the seed. */
uint32_t sim_draw(uint32_t below);

/* --- files and numbers ---------------------------------------------------*/

/* FD leads to a new file that is ready for STATE. */
void sim_open_at(int fd, uint32_t state);
/* TO leads to what FROM leads to, if that is anything. */
void sim_dup(int from, int to);
/* No matter if it is closed already. */
void sim_close(int fd);
/* NULL: it is closed. */
struct sim_file *sim_file(int fd);
/* The file is not ready for OFF any more, then for ON, maybe once more. */
void sim_change(struct sim_file *file, uint32_t on, uint32_t off);
/* Numbers that the library has open. */
int sim_count_own(void);
/* Is there any way to it? */
int sim_is_alive(const struct sim_file *file);

/* --- time ----------------------------------------------------------------*/

/* Change a file at a later time. */
void
sim_change_later(struct sim_file *file, uint32_t on, uint32_t off, int64_t at);
/* It is NOW, and what was to happen until then has. */
void sim_pass(int64_t now);
/* When something is going to happen; SIM_NEVER. */
int64_t sim_next(void);

/* --- sets, for modules ---------------------------------------------------*/

void sim_set_init(struct sim_set *set, enum sim_kind kind);
void sim_set_fini(struct sim_set *set);
/* From now on all sets are those of a parent. */
void sim_sets_inherit(void);
/* Nothing is watched any more, and the set is this process's. */
void sim_set_reopen(struct sim_set *set);
/* FD does not lead to FILE any more. */
void sim_sets_note_close(int fd, const struct sim_file *file);
/* The watch of FD, of the file that it leads to now; NULL: there is none. */
struct sim_watch *sim_set_find(struct sim_set *set, int fd);
int sim_set_watch(struct sim_set *set, int fd, uint32_t gen, uint32_t now);
int sim_set_wait(
	struct sim_set *set, int64_t timeout_ns, struct ev_ready *out, int cap);

#endif
