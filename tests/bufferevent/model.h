/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stacks of bufferevents, and what is known of each; see model.c.
 *
 * A line has two ends: sockets or a pair, and on each of them the same filters,
 * which undo at one end what they did at the other.  What the program writes at
 * an end are bytes that say where they are, so only numbers have to be kept.
 */
#ifndef EV_TEST_BUFFEREVENT_MODEL_H
#define EV_TEST_BUFFEREVENT_MODEL_H

#include <stdint.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/ext_bufferevent.h>

#include "../fuzz/program.h"

enum {
	N_LINES = 3,
	N_CONFIGS = 3,
	N_GROUPS = 2,
	FILTERS_MAX = 3,
	NOTICES_MAX = 4,
	PIECE_MAX = 6000,    /* the most that is written at once */
	BACKLOG_MAX = 50000, /* no more is written while so much is under way */
	RATE_UNIT = 3000, /* bytes in the bucket of the first of the limits */
#ifdef EV_TEST_SEAMS
	RATE_TICK = 1 /* seconds */
#else
	RATE_TICK = 1000000
#endif
};

enum { READING, WRITING, SIDES };

/* An event that nobody but the program tells of. */
#define EVENT_ASKED 0x1000

struct line;

struct end {
	struct line *line;
	struct end *other;
	struct bufferevent *layers[1 + FILTERS_MAX]; /* the lowest first */
	int options[1 + FILTERS_MAX];
	/* What the program talks to: the highest.  NULL: it was freed, or the
	 * end is but a descriptor. */
	struct bufferevent *bev;
	evutil_socket_t fd; /* -1: none */

	/* Bytes, since ever: written here; come here; taken off the input. */
	uint64_t written, arrived, taken;

	/* As the program has set it. */
	short enabled;
	short enabled_anew; /* since all was quiet */
	size_t low[SIDES], high;
	size_t mark_low, mark_high, output_limit;
	int64_t tokens[SIDES]; /* -1: no limit */
	int in_group;
	int64_t timeout_ns[SIDES]; /* 0: none */
	int64_t began_ns[SIDES];   /* since when it counts, at the earliest */
	int64_t touched_ns;        /* and at the latest */

	/* What may be told, and what must be before all is quiet. */
	int may_tell[SIDES];  /* how often */
	int must_tell[SIDES]; /* 2: before any end of that side */
	uint64_t told_gone;   /* the output that was gone at the latest write */
	int had_limit;        /* of the output, at any time */
	int pressed;          /* as was told last */
	int asked;            /* for EVENT_ASKED */
	uint64_t notices[NOTICES_MAX];
	int n_notices;

	/* How it stands with the ends of the two directions. */
	int shut;         /* no more is written here */
	int gone;         /* freed, or closed */
	int finished;     /* flushed with BEV_FINISHED */
	int ended[SIDES]; /* was told */
	int failed;       /* a function of one of its filters has */
	int connecting;   /* 1: that is to be told; 2 and more: it may be */

	int inside; /* one of its callbacks */
	int taking; /* off its input */
};

struct line {
	struct end ends[2];
	unsigned number;
	int is_pair;
	int codecs[FILTERS_MAX];
	int n_filters;
	struct line *dead; /* the next one of those that were */
};

/** Something that a program could do. */
struct operation {
	const char *name;
	void (*run)(void);
	int is_for_loops; /* not for callbacks */
};

extern const struct operation operations[];
extern const size_t n_operations;

extern struct line *lines[N_LINES];
extern struct ev_token_bucket_cfg *configs[N_CONFIGS];
extern struct bufferevent_rate_limit_group *groups[N_GROUPS];
extern int calm;                /* callbacks are to take data, and no more */
extern int taking_all;          /* and all of it */
extern int looping, triggering; /* calls that may call back */
extern int flushing; /* a call that moves data whatever holds it up */
extern const struct line *untouchable;

/* --- model.c --------------------------------------------------------------*/

/** Free a line; nobody is to hear of it again. */
void line_bury(int i);
/** Something has been done to an end, or has happened to it. */
void touch(struct end *end);
/** Any end, with a bufferevent if OPEN; NULL: not this time. */
struct end *any_end(int open);
/** A callback may do something as well. */
void maybe_act(void);
/** Run the loop once; until nothing happens any more; see what is owed. */
void turn(void);
void become_quiet(void);
void settle(void);
/** Enable directions. */
void enable(struct end *end, short what);
/** Have all that holds data up taken away: then it has to arrive. */
void deliver(void);

/** Mostly small, sometimes large, often nothing. */
size_t draw_size(size_t most);
/** COUNT bytes of what END writes, at POS; valid until the next call. */
unsigned char *bytes_of(const struct end *end, uint64_t pos, size_t count);
/** DATA is what the other end wrote, at POS. */
void expect_bytes(
	const struct end *end, uint64_t pos, const void *data, size_t count);
/** What is in the top's buffers. */
size_t input_of(const struct end *end);
size_t output_of(const struct end *end);
/** Bytes that have left the output. */
uint64_t gone_from(const struct end *end);

/* --- model_line.c ---------------------------------------------------------*/

/** What lines need; sockets have something to connect to. */
void lines_begin(void);
void lines_end(void);
struct line *line_new(void);
void end_free(struct end *end);
/** Is data changed, or held back, on the way? */
int line_has(const struct line *line, int codec);

/* --- model_filter.c -------------------------------------------------------*/

enum { CODEC_NONE, CODEC_MASK, CODEC_FRAME, CODEC_HOLD, N_CODECS };

/** Put a filter on top; NULL when that cannot be. */
struct bufferevent *filter_on(struct bufferevent *below, struct end *end,
	int codec, int options, unsigned key);
/** Contexts of filters that exist. */
extern int contexts;

/* --- model_callbacks.c ----------------------------------------------------*/

/** Hear of everything about the highest layer. */
void listen_on_top(struct end *end);
/** That one of the data callbacks comes is right from now on. */
void may_tell(struct end *end, int side);
/** Take so much off the input; it has to be what was written. */
void take(struct end *end, size_t count);
void note_sent(struct bufferevent *bev, int error, void *end);
void note_pressure(struct bufferevent *bev, int is_full, void *end);

/* --- model_time.c ---------------------------------------------------------*/

/** Time is ours: it passes when it is said to, if it can be. */
void time_begin(void);
/** Nanoseconds; always 0 when time is not ours. */
int64_t time_now(void);
void time_pass(int64_t ns);

/* --- model_faults.c -------------------------------------------------------*/

/** Let calls of the system do less than they could, at random. */
void faults_begin(void);
void faults_end(void);

#endif
