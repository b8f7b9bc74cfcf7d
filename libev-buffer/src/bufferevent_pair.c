/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two bufferevents, each of which reads what the other one writes.
 *
 * Both have one lock, so either may look at the other.  Data goes over in the
 * work of the writing end, and an end of it after the last byte.
 */
#include <errno.h>
#include <limits.h>

#include "bev.h"
#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

struct pair_bev {
	struct bev bev;
	struct pair_bev *partner; /* NULL: it was freed */
	unsigned eof : 1;         /* no more comes; told when it may read */
};

extern const struct bufferevent_ops pair_ops;

static struct pair_bev *
pair_of(struct bufferevent *bufev)
{
	return (struct pair_bev *)(void *)bufev;
}

/* --- data ----------------------------------------------------------------*/

static void
tell_eof(struct pair_bev *to)
{
	if (!to->eof || !(to->bev.moving & EV_READ))
		return;
	to->eof = 0;
	bev_fail(&to->bev, EV_READ, BEV_EVENT_EOF, 0);
	bev_want_work(&to->bev);
}

static void
fail_writing(struct pair_bev *from, int error)
{
	extras_fail(&from->bev, error);
	bev_fail(&from->bev, EV_WRITE, BEV_EVENT_ERROR, error);
	bev_want_work(&from->bev);
}

/* COUNT bytes go over; how many did. */
static size_t
hand_over(struct pair_bev *from, struct pair_bev *to, size_t count)
{
	struct evbuffer *output = from->bev.pub.output;
	struct evbuffer *input = to->bev.pub.input;
	int n;

	bev_thaw(output, BUF_FRONT_FROZEN);
	bev_thaw(input, BUF_BACK_FROZEN);
	n = evbuffer_remove_buffer(output, input, bev_min(count, INT_MAX));
	bev_freeze(output, BUF_FRONT_FROZEN);
	bev_freeze(input, BUF_BACK_FROZEN);
	if (n < 0)
		fail_writing(from, ENOMEM);
	if (n <= 0)
		return 0;
	limit_take(&from->bev, EV_WRITE, (size_t)n);
	limit_take(&to->bev, EV_READ, (size_t)n);
	bev_got(&to->bev);
	bev_sent(&from->bev);
	return (size_t)n;
}

/* How much may go over. */
static size_t
allowance(struct pair_bev *from, struct pair_bev *to)
{
	size_t count = bev_min(
		from->bev.pub.output->length, bev_room(&to->bev));

	if (!(from->bev.moving & EV_WRITE) || !(to->bev.moving & EV_READ))
		return 0;
	if (count && from->bev.limit)
		count = bev_min(count, limit_tokens(&from->bev, EV_WRITE));
	if (count && to->bev.limit)
		count = bev_min(count, limit_tokens(&to->bev, EV_READ));
	return count;
}

/* Make the loop come to an end for which something has become due. */
static void
stir(struct pair_bev *end)
{
	bev_want_work(&end->bev);
}

static void
stir_if_it_has_output(struct pair_bev *end)
{
	if (end->bev.pub.output->length > 0)
		stir(end);
}

static size_t
move(struct pair_bev *from, struct pair_bev *to)
{
	size_t count = allowance(from, to);

	if (count)
		count = hand_over(from, to, count);
	if (count) {
		stir(to);
		stir_if_it_has_output(from); /* a share is not all there is */
	}
	return count;
}

/* Nobody reads what it writes. */
static void
refuse_output(struct pair_bev *from)
{
	if (!(from->bev.moving & EV_WRITE) || from->bev.pub.output->length == 0)
		return;
	fail_writing(from, EPIPE);
}

static void
pair_work(struct bufferevent *bufev)
{
	struct pair_bev *pair = pair_of(bufev);

	if (pair->partner)
		(void)move(pair, pair->partner);
	else
		refuse_output(pair);
	tell_eof(pair);
}

/* --- the kind ------------------------------------------------------------*/

static int
pair_start(struct bufferevent *bufev, short what)
{
	struct pair_bev *pair = pair_of(bufev);

	if (what == EV_WRITE)
		stir_if_it_has_output(pair);
	else if (pair->partner)
		stir_if_it_has_output(pair->partner);
	if (pair->eof)
		stir(pair);
	return 0;
}

static void
end_input(struct pair_bev *to)
{
	to->eof = 1;
	stir(to);
}

/* Data goes over whatever holds it up, unless MODE is the ordinary one. */
static size_t
flush(struct pair_bev *from, struct pair_bev *to,
	enum bufferevent_flush_mode mode)
{
	size_t length = from->bev.pub.output->length;

	if (mode == BEV_NORMAL)
		return move(from, to);
	if (length)
		length = hand_over(from, to, length);
	stir(from);
	stir(to);
	return length;
}

static int
pair_flush(
	struct bufferevent *bufev, short what, enum bufferevent_flush_mode mode)
{
	struct pair_bev *pair = pair_of(bufev), *partner = pair->partner;
	size_t moved = 0;

	if (!partner)
		return 0;
	if (what & EV_READ)
		moved += flush(partner, pair, mode);
	if (what & EV_WRITE)
		moved += flush(pair, partner, mode);
	if (mode == BEV_FINISHED && what & EV_WRITE)
		bev_fail(&partner->bev, EV_READ, BEV_EVENT_EOF, 0);
	if (mode == BEV_FINISHED && what & EV_READ)
		bev_fail(&partner->bev, EV_WRITE, BEV_EVENT_EOF, 0);
	return moved > 0;
}

static int
pair_shutdown(struct bufferevent *bufev)
{
	if (pair_of(bufev)->partner)
		end_input(pair_of(bufev)->partner);
	return 0;
}

/* What may go over still does. */
static void
pair_unlink(struct bufferevent *bufev)
{
	struct pair_bev *pair = pair_of(bufev), *partner = pair->partner;

	if (!partner)
		return;
	(void)move(pair, partner);
	pair->partner = NULL;
	partner->partner = NULL;
	end_input(partner);
}

const struct bufferevent_ops pair_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "pair",
	.start = pair_start,
	.work = pair_work,
	.flush = pair_flush,
	.shutdown = pair_shutdown,
	.unlink = pair_unlink,
};

/* --- life ----------------------------------------------------------------*/

static struct pair_bev *
new_end(struct event_base *base, int options, struct bev *other)
{
	struct bev *bev = bev_new(
		&pair_ops, sizeof(struct pair_bev), base, options, other);

	return (struct pair_bev *)(void *)bev;
}

int
bufferevent_pair_new(
	struct event_base *base, int options, struct bufferevent *pair[2])
{
	struct pair_bev *one, *two;

	options |= BEV_OPT_DEFER_CALLBACKS;
	one = new_end(base, options, NULL);
	if (!one)
		return -1;
	two = new_end(base, options, &one->bev);
	if (!two) {
		bev_discard(&one->bev);
		return -1;
	}
	one->partner = two;
	two->partner = one;
	bev_lock(&one->bev);
	(void)bev_update(&one->bev);
	(void)bev_update(&two->bev);
	bev_unlock(&one->bev);
	pair[0] = &one->bev.pub;
	pair[1] = &two->bev.pub;
	return 0;
}

struct bufferevent *
bufferevent_pair_get_partner(struct bufferevent *bufev)
{
	struct bufferevent *partner = NULL;

	if (bufev->be_ops != &pair_ops)
		return NULL;
	bev_lock(bev_of(bufev));
	if (pair_of(bufev)->partner)
		partner = &pair_of(bufev)->partner->bev.pub;
	bev_unlock(bev_of(bufev));
	return partner;
}
