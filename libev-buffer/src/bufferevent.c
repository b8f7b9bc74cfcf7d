/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls that are the same for every kind. */
#include "bev.h"

#include <errno.h>
#include <string.h>

#include <event2/bufferevent_compat.h>

#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

void
bufferevent_lock(struct bufferevent *bufev)
{
	bev_lock(bev_of(bufev));
}

void
bufferevent_unlock(struct bufferevent *bufev)
{
	bev_unlock(bev_of(bufev));
}

/* --- callbacks -----------------------------------------------------------*/

void
bufferevent_setcb(struct bufferevent *bufev, bufferevent_data_cb readcb,
	bufferevent_data_cb writecb, bufferevent_event_cb eventcb, void *cbarg)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	if (!bev->freed) {
		bufev->readcb = readcb;
		bufev->writecb = writecb;
		bufev->errorcb = eventcb;
		bufev->cbarg = cbarg;
		bev->is_below = 0;
	}
	bev_unlock(bev);
}

void
bufferevent_getcb(struct bufferevent *bufev, bufferevent_data_cb *readcb_ptr,
	bufferevent_data_cb *writecb_ptr, bufferevent_event_cb *eventcb_ptr,
	void **cbarg_ptr)
{
	bev_lock(bev_of(bufev));
	if (readcb_ptr)
		*readcb_ptr = bufev->readcb;
	if (writecb_ptr)
		*writecb_ptr = bufev->writecb;
	if (eventcb_ptr)
		*eventcb_ptr = bufev->errorcb;
	if (cbarg_ptr)
		*cbarg_ptr = bufev->cbarg;
	bev_unlock(bev_of(bufev));
}

/* --- data ----------------------------------------------------------------*/

struct evbuffer *
bufferevent_get_input(struct bufferevent *bufev)
{
	return bufev->input;
}

struct evbuffer *
bufferevent_get_output(struct bufferevent *bufev)
{
	return bufev->output;
}

int
bufferevent_write(struct bufferevent *bufev, const void *data, size_t size)
{
	struct bev *bev = bev_of(bufev);
	int err = -1;

	bev_lock(bev);
	if (extras_may_add(bev, size))
		err = evbuffer_add(bufev->output, data, size);
	bev_unlock(bev);
	return err;
}

/* The program's buffer has a lock of its own, which comes before ours. */
int
bufferevent_write_buffer(struct bufferevent *bufev, struct evbuffer *buf)
{
	struct bev *bev = bev_of(bufev);
	size_t size = evbuffer_get_length(buf);
	int may;

	bev_lock(bev);
	may = extras_may_add(bev, size);
	bev_unlock(bev);
	return may ? evbuffer_add_buffer(bufev->output, buf) : -1;
}

size_t
bufferevent_read(struct bufferevent *bufev, void *data, size_t size)
{
	int n = evbuffer_remove(bufev->input, data, size);

	return n < 0 ? 0 : (size_t)n;
}

int
bufferevent_read_buffer(struct bufferevent *bufev, struct evbuffer *buf)
{
	return evbuffer_add_buffer(buf, bufev->input);
}

/* --- directions ----------------------------------------------------------*/

/* If there is no output, a socket will tell that it can be written to. */
static void
invite_output(struct bev *bev)
{
	bev->invites = bev->pub.output->length == 0;
	bev->wants_work |= bev->invites;
}

int
bufferevent_enable(struct bufferevent *bufev, short event)
{
	struct bev *bev = bev_of(bufev);
	int err = 0;

	bev_lock(bev);
	if (!bev->freed) {
		bufev->enabled |= event & BEV_BOTH;
		err = bev_update(bev);
		if (event & EV_WRITE)
			invite_output(bev);
	}
	bev_leave(bev);
	if (err < 0)
		errno = -err;
	return err < 0 ? -1 : 0;
}

int
bufferevent_disable(struct bufferevent *bufev, short event)
{
	struct bev *bev = bev_of(bufev);

	bev_lock(bev);
	bufev->enabled &= (short)~event;
	(void)bev_update(bev);
	bev_leave(bev);
	return 0;
}

short
bufferevent_get_enabled(struct bufferevent *bufev)
{
	short enabled;

	bev_lock(bev_of(bufev));
	enabled = bufev->enabled;
	bev_unlock(bev_of(bufev));
	return enabled;
}

/* --- marks ---------------------------------------------------------------*/

void
bufferevent_setwatermark(struct bufferevent *bufev, short events,
	size_t lowmark, size_t highmark)
{
	struct bev *bev = bev_of(bufev);
	struct event_watermark marks = {lowmark, highmark};

	bev_lock(bev);
	if (events & EV_WRITE)
		bufev->wm_write = marks;
	if (events & EV_READ) {
		bufev->wm_read = marks;
		bev_check_mark(bev);
	}
	bev_leave(bev);
}

int
bufferevent_getwatermark(struct bufferevent *bufev, short events,
	size_t *lowmark, size_t *highmark)
{
	struct event_watermark marks;

	if (events != EV_READ && events != EV_WRITE)
		return -1;
	bev_lock(bev_of(bufev));
	marks = events == EV_READ ? bufev->wm_read : bufev->wm_write;
	bev_unlock(bev_of(bufev));
	if (lowmark)
		*lowmark = marks.low;
	if (highmark)
		*highmark = marks.high;
	return 0;
}

/* --- timeouts ------------------------------------------------------------*/

static void
store_timeout(struct timeval *to, const struct timeval *from)
{
	if (from)
		*to = *from;
	else
		evutil_timerclear(to);
}

/* What moves is stopped and started: so its timer begins anew. */
static int
restart(struct bev *bev)
{
	short was = bev->pub.enabled;
	int err;

	bev->pub.enabled = 0;
	(void)bev_update(bev);
	bev->pub.enabled = was;
	err = bev_update(bev);
	return err < 0 ? -1 : 0;
}

int
bufferevent_set_timeouts(struct bufferevent *bufev,
	const struct timeval *timeout_read, const struct timeval *timeout_write)
{
	struct bev *bev = bev_of(bufev);
	int err;

	bev_lock(bev);
	store_timeout(&bufev->timeout_read, timeout_read);
	store_timeout(&bufev->timeout_write, timeout_write);
	err = restart(bev);
	bev_leave(bev);
	return err;
}

void
bufferevent_settimeout(
	struct bufferevent *bufev, int timeout_read, int timeout_write)
{
	struct timeval reading = {timeout_read, 0};
	struct timeval writing = {timeout_write, 0};

	(void)bufferevent_set_timeouts(bufev,
		timeout_read > 0 ? &reading : NULL,
		timeout_write > 0 ? &writing : NULL);
}

/* --- the base ------------------------------------------------------------*/

struct event_base *
bufferevent_get_base(struct bufferevent *bufev)
{
	return bufev->ev_base;
}

int
bufferevent_priority_set(struct bufferevent *bufev, int pri)
{
	struct bev *bev = bev_of(bufev);
	int was, result = -1;

	bev_lock(bev);
	was = event_get_priority(&bufev->ev_read);
	if (event_priority_set(&bufev->ev_read, pri) == 0 &&
		event_priority_set(&bufev->ev_write, pri) == 0) {
		limit_set_priority(bev, pri);
		result = 0;
	} else {
		(void)event_priority_set(&bufev->ev_read, was);
	}
	bev_leave(bev);
	return result;
}

int
bufferevent_get_priority(const struct bufferevent *bufev)
{
	return event_get_priority(&bufev->ev_read);
}

/* --- what is up to the kind ----------------------------------------------*/

static int
flush_one(
	struct bufferevent *bufev, short what, enum bufferevent_flush_mode mode)
{
	struct bev *bev = bev_of(bufev);
	int result = 0;

	bev_lock(bev);
	if (bufev->be_ops->flush && !bev->freed)
		result = bufev->be_ops->flush(bufev, what, mode);
	bev_leave(bev);
	return result;
}

static int
worse(int a, int b)
{
	return a < 0 || b < 0 ? -1 : a | b;
}

/* Input comes from below, output goes there; no lock is held in between. */
int
bufferevent_flush(struct bufferevent *bufev, short iotype,
	enum bufferevent_flush_mode mode)
{
	struct bufferevent *below;
	int result = 0;

	bufferevent_incref(bufev);
	below = bufferevent_get_underlying(bufev);
	if (below && iotype & EV_READ)
		result = bufferevent_flush(below, EV_READ, mode);
	result = worse(result, flush_one(bufev, iotype, mode));
	if (below && iotype & EV_WRITE)
		result = worse(
			result, bufferevent_flush(below, EV_WRITE, mode));
	(void)bufferevent_decref(bufev);
	return result;
}

evutil_socket_t
bufferevent_getfd(struct bufferevent *bufev)
{
	evutil_socket_t fd = -1;

	bev_lock(bev_of(bufev));
	if (bufev->be_ops->get_fd)
		fd = bufev->be_ops->get_fd(bufev);
	bev_unlock(bev_of(bufev));
	return fd;
}

int
bufferevent_setfd(struct bufferevent *bufev, evutil_socket_t fd)
{
	struct bev *bev = bev_of(bufev);
	int result = -1;

	bev_lock(bev);
	if (bufev->be_ops->set_fd && !bev->freed)
		result = bufev->be_ops->set_fd(bufev, fd);
	if (result == 0)
		invite_output(bev);
	bev_leave(bev);
	return result;
}

int
bufferevent_replacefd(struct bufferevent *bufev, evutil_socket_t fd)
{
	struct bev *bev = bev_of(bufev);
	evutil_socket_t old = -1;
	int result = -1;

	bev_lock(bev);
	if (bufev->be_ops->get_fd && bufev->be_ops->set_fd)
		old = bufev->be_ops->get_fd(bufev);
	result = bufferevent_setfd(bufev, fd);
	bev_unlock(bev);
	if (result == 0 && old >= 0 && old != fd)
		(void)core()->close_fd(bufev->ev_base, old);
	return result;
}

struct bufferevent *
bufferevent_get_underlying(struct bufferevent *bufev)
{
	struct bufferevent *under = NULL;

	bev_lock(bev_of(bufev));
	if (bufev->be_ops->get_underlying)
		under = bufev->be_ops->get_underlying(bufev);
	bev_unlock(bev_of(bufev));
	return under;
}
