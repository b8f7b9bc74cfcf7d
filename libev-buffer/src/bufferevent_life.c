/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How bufferevents come and go.
 *
 * One is freed in three steps, and nobody waits in any of them: its callbacks
 * and interests end at once; when the last reference is dropped the core is
 * asked for its finalizer; that runs in the loop, where no callback of it can be
 * running, and gives back memory and descriptor.
 */
#include "bev.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

#if defined(__LP64__) && !defined(_WIN32)
/* Programs built against libevent 2.1 reach into these. */
#define AT(member, offset) \
	_Static_assert(    \
		offsetof(struct bufferevent, member) == (offset), #member)
_Static_assert(sizeof(struct bufferevent) == 392, "size");
AT(ev_base, 0);
AT(be_ops, 8);
AT(ev_read, 16);
AT(ev_write, 144);
AT(input, 272);
AT(output, 280);
AT(wm_read, 288);
AT(wm_write, 304);
AT(readcb, 320);
AT(writecb, 328);
AT(errorcb, 336);
AT(cbarg, 344);
AT(timeout_read, 352);
AT(timeout_write, 368);
AT(enabled, 384);
#endif

/* --- locks ---------------------------------------------------------------*/

static void
release_lock(struct holder *holder)
{
	struct bev_lock *lock = (struct bev_lock *)(void *)holder;

	core()->lock_free(lock->lock);
	core_free(lock);
}

/* 0 and a lock, or none because threads are off; else -1. */
static int
new_lock(struct bev_lock **lock_out)
{
	struct bev_lock *lock = core_alloc(sizeof(*lock));

	if (!lock)
		return -1;
	errno = 0;
	lock->lock = core()->lock_new(1);
	if (!lock->lock) {
		core_free(lock);
		return errno ? -1 : 0;
	}
	holder_init(&lock->holder, release_lock);
	*lock_out = lock;
	return 0;
}

static void
share_lock(struct bev *bev, struct bev_lock *lock)
{
	holder_take(&lock->holder);
	bev->lock = lock;
	buf_share_lock(&bev->input, lock->lock);
	buf_share_lock(&bev->output, lock->lock);
}

/* It and LOCK_OF, if that has none yet, get a lock; 0 or -1. */
static int
lock_both(struct bev *bev, struct bev *lock_of)
{
	struct bev_lock *lock = NULL;

	if (lock_of && lock_of->lock) {
		share_lock(bev, lock_of->lock);
		return 0;
	}
	if (!(bev->options & BEV_OPT_THREADSAFE))
		return 0;
	if (new_lock(&lock) < 0)
		return -1;
	if (!lock)
		return 0;
	share_lock(bev, lock);
	if (lock_of)
		share_lock(lock_of, lock);
	holder_drop(&lock->holder);
	return 0;
}

/* --- its buffers ---------------------------------------------------------*/

static struct bev *
bev_of_input(struct evbuffer *buf)
{
	return (struct bev *)(void *)((char *)buf -
				      offsetof(struct bev, input));
}

static struct bev *
bev_of_output(struct evbuffer *buf)
{
	return (struct bev *)(void *)((char *)buf -
				      offsetof(struct bev, output));
}

static void
on_input(struct evbuffer *buf, unsigned what)
{
	struct bev *bev = bev_of_input(buf);

	bev_check_mark(bev);
	if (!bev->own_timers && what & BUF_GREW)
		bev_follow_timer(bev, EV_READ, 1);
}

static void
on_output(struct evbuffer *buf, unsigned what)
{
	struct bev *bev = bev_of_output(buf);

	if (bev->quiet)
		return;
	if (bev->extras)
		extras_on_output(bev);
	if (!bev->own_timers)
		bev_follow_timer(bev, EV_WRITE, (what & BUF_SHRANK) != 0);
	if (what & BUF_GREW && buf->length > 0)
		bev_want_work(bev);
}

/* With the last one the memory of all goes. */
static void
drop_buffer(struct bev *bev, const struct evbuffer *buf)
{
	struct bev_lock *lock = bev->lock;
	int is_last = --bev->buffers == 0;

	buf_unlock(buf);
	if (!is_last)
		return;
	core_free(bev);
	if (lock)
		holder_drop(&lock->holder);
}

static void
on_input_end(struct evbuffer *buf)
{
	drop_buffer(bev_of_input(buf), buf);
}

static void
on_output_end(struct evbuffer *buf)
{
	drop_buffer(bev_of_output(buf), buf);
}

static const struct buf_owner input_owner = {on_input, on_input_end};
static const struct buf_owner output_owner = {on_output, on_output_end};

static void
init_buffers(struct bev *bev)
{
	buf_init(&bev->input, &input_owner);
	buf_init(&bev->output, &output_owner);
	bev_freeze(&bev->input, BUF_BACK_FROZEN);
	bev_freeze(&bev->output, BUF_FRONT_FROZEN);
	bev->pub.input = &bev->input;
	bev->pub.output = &bev->output;
	bev->buffers = 2;
}

/* --- timers of kinds that have no descriptor -----------------------------*/

static void
on_timer(struct bev *bev, short what)
{
	if (!bev_enter(bev))
		return;
	bev_time_out(bev, what);
	bev_run(bev, !bev_is_deferred(bev));
}

static void
on_read_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	on_timer(arg, EV_READ);
}

static void
on_write_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	on_timer(arg, EV_WRITE);
}

/* --- the beginning -------------------------------------------------------*/

static int
options_are_good(int options)
{
	if (options & BEV_OPT_UNLOCK_CALLBACKS &&
		!(options & BEV_OPT_DEFER_CALLBACKS)) {
		core()->log(EVENT_LOG_WARN, "bufferevent: "
					    "BEV_OPT_UNLOCK_CALLBACKS needs "
					    "BEV_OPT_DEFER_CALLBACKS");
		errno = EINVAL;
		return 0;
	}
	return 1;
}

static void
init_events(struct bev *bev, struct event_base *base)
{
	struct bufferevent *pub = &bev->pub;

	(void)event_assign(&pub->ev_read, base, -1, EV_PERSIST | EV_FINALIZE,
		on_read_timer, bev);
	(void)event_assign(&pub->ev_write, base, -1, EV_PERSIST | EV_FINALIZE,
		on_write_timer, bev);
	pub->ev_base = event_get_base(&pub->ev_read);
	core()->defer_init(&bev->work, event_get_priority(&pub->ev_read),
		bev_on_work, bev);
}

struct bev *
bev_new(const struct bufferevent_ops *ops, size_t size, struct event_base *base,
	int options, struct bev *lock_of)
{
	struct bev *bev;

	if (!options_are_good(options))
		return NULL;
	bev = core_alloc(size);
	if (!bev)
		return NULL;
	memset(bev, 0, size);
	bev->pub.be_ops = ops;
	bev->pub.enabled = EV_WRITE;
	bev->options = (short)options;
	bev->owners = bev->refs = 1;
	init_events(bev, base);
	init_buffers(bev);
	if (lock_both(bev, lock_of) < 0) {
		bev_discard(bev);
		errno = ENOMEM;
		return NULL;
	}
	return bev;
}

/* --- the end -------------------------------------------------------------*/

/* Deferred callbacks of the program's may hold a buffer for a while. */
void
bev_discard(struct bev *bev)
{
	limit_free(bev);
	extras_free(bev);
	event_debug_unassign(&bev->pub.ev_read);
	event_debug_unassign(&bev->pub.ev_write);
	buf_free(&bev->input);
	buf_free(&bev->output);
}

static void
destroy(struct bev *bev)
{
	if (bev->pub.be_ops->destroy)
		bev->pub.be_ops->destroy(&bev->pub);
	bev_discard(bev);
}

static void
on_final(struct event_callback *cb, void *arg)
{
	(void)cb;
	destroy(arg);
}

/* Nobody can reach it any more but callbacks that find no reference left. */
static void
retire(struct bev *bev)
{
	struct event *refill = limit_event(bev);
	struct event_callback *callbacks[] = {
		&bev->work,
		&bev->pub.ev_read.ev_evcallback,
		&bev->pub.ev_write.ev_evcallback,
		refill ? &refill->ev_evcallback : NULL,
	};

	if (bev->pub.ev_base)
		(void)core()->finalize(
			bev->pub.ev_base, refill ? 4 : 3, callbacks, on_final);
	else
		destroy(bev);
}

void
bev_drop(struct bev *bev)
{
	int is_last = --bev->refs == 0;

	bev_unlock(bev);
	if (is_last)
		retire(bev);
}

/* All that it waits for ends, and whoever is connected to it is told. */
static void
end(struct bev *bev)
{
	struct bufferevent *pub = &bev->pub;

	bev->freed = 1;
	pub->readcb = pub->writecb = NULL;
	pub->errorcb = NULL;
	if (pub->be_ops->unlink)
		pub->be_ops->unlink(pub);
	pub->enabled = 0;
	(void)bev_update(bev);
	limit_leave(bev);
	extras_cancel(bev);
}

/* Give the lock. */
static void
disown(struct bev *bev)
{
	bev->owners--;
	bev_drop(bev);
}

void
bufferevent_free(struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	if (bev->freed) {
		bev_unlock(bev);
		core()->log(EVENT_LOG_WARN,
			"bufferevent_free: it has been freed before");
		return;
	}
	end(bev);
	disown(bev);
}

void
bufferevent_incref(struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	bev->owners++;
	bev->refs++;
	bev_unlock(bev);
}

int
bufferevent_decref(struct bufferevent *bufev)
{
	struct bev *bev = bev_of(bufev);
	int is_last;

	bev_lock(bev);
	is_last = bev->owners == 1;
	if (is_last && !bev->freed)
		end(bev);
	disown(bev);
	return is_last;
}
