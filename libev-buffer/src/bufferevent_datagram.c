/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents on datagram sockets.
 *
 * A buffer has no bounds between what was added to it, so each datagram goes in
 * as a record: its head, its address, its data.  Therefore the program touches
 * neither buffer itself: the ends that are its own are frozen too.
 *
 * An error is about one datagram, and ends nothing.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <libev-abi/sys.h>

#include "bev.h"
#include "bufferevent_extras.h"
#include "bufferevent_limit.h"

#ifdef __linux__
_Static_assert(sizeof(struct sys_message) == sizeof(struct mmsghdr) &&
		       offsetof(struct sys_message, length) ==
			       offsetof(struct mmsghdr, msg_len),
	"one is passed for the other");
#endif

enum {
	BATCH = 16, /* datagrams a turn */
	SIZE_DEFAULT = 2048,
	SIZE_MOST = 65535,
	WINDOW = 131072 /* of output looked at; more than the largest record */
};

struct record {
	uint32_t size;        /* bytes of data that follow */
	uint32_t full_size;   /* more, if the rest did not fit */
	uint32_t address_len; /* bytes between this and the data */
};

struct datagram_bev {
	struct bev bev;
	size_t size;            /* of the largest datagram taken whole */
	unsigned char *scratch; /* BATCH pieces of that size, or NULL */
	size_t count;           /* in the input */
	unsigned blocked : 1;   /* the kernel takes no more: ev_write waits */
};

extern const struct bufferevent_ops datagram_ops;

static struct datagram_bev *
datagram_of(struct bufferevent *bufev)
{
	return (struct datagram_bev *)(void *)bufev;
}

static evutil_socket_t
fd_of(const struct datagram_bev *dg)
{
	return dg->bev.pub.ev_read.ev_fd;
}

static int
is_temporary(int error)
{
	return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

static const struct timeval *
timeout_or_null(const struct timeval *tv)
{
	return evutil_timerisset(tv) ? tv : NULL;
}

/* --- records -------------------------------------------------------------*/

/* 0 or -1. */
static int
add_record(struct evbuffer *buf, struct record head, void *address, void *data)
{
	struct evbuffer_iovec vec[] = {
		{.iov_base = &head, .iov_len = sizeof(head)},
		{.iov_base = address, .iov_len = head.address_len},
		{.iov_base = data, .iov_len = head.size},
	};
	size_t size = sizeof(head) + head.address_len + head.size, added;

	bev_thaw(buf, BUF_BACK_FROZEN);
	added = evbuffer_expand(buf, size) < 0
			? 0
			: evbuffer_add_iovec(buf, vec, 3);
	bev_freeze(buf, BUF_BACK_FROZEN);
	return added == size ? 0 : -1;
}

static void
drain(struct evbuffer *buf, size_t count)
{
	bev_thaw(buf, BUF_FRONT_FROZEN);
	(void)evbuffer_drain(buf, count);
	bev_freeze(buf, BUF_FRONT_FROZEN);
}

static int
take(struct evbuffer *buf, void *data, size_t count)
{
	int n;

	bev_thaw(buf, BUF_FRONT_FROZEN);
	n = evbuffer_remove(buf, data, count);
	bev_freeze(buf, BUF_FRONT_FROZEN);
	return n;
}

/* --- receiving -----------------------------------------------------------*/

struct batch {
	struct sys_message messages[BATCH];
	struct iovec pieces[BATCH];
	struct sockaddr_storage addresses[BATCH];
};

static int
need_scratch(struct datagram_bev *dg)
{
	if (!dg->scratch)
		dg->scratch = core_alloc(BATCH * dg->size);
	return dg->scratch ? 0 : -1;
}

/* How many arrived, or -1. */
static int
receive(struct datagram_bev *dg, struct batch *batch, unsigned n)
{
	memset(batch->messages, 0, sizeof(batch->messages));
	for (unsigned i = 0; i < n; i++) {
		struct msghdr *header = &batch->messages[i].header;

		batch->pieces[i].iov_base = dg->scratch + i * dg->size;
		batch->pieces[i].iov_len = dg->size;
		header->msg_iov = &batch->pieces[i];
		header->msg_iovlen = 1;
		header->msg_name = &batch->addresses[i];
		header->msg_namelen = sizeof(batch->addresses[i]);
	}
	return sys_receive(fd_of(dg), batch->messages, n);
}

/* Its bytes; or 0, and it is lost. */
static size_t
store(struct datagram_bev *dg, struct batch *batch, int i)
{
	const struct sys_message *message = &batch->messages[i];
	struct record head = {
		.size = (uint32_t)bev_min(message->length, dg->size),
		.full_size = message->length,
		.address_len = message->header.msg_namelen,
	};

	if (head.address_len > sizeof(batch->addresses[i]))
		head.address_len = sizeof(batch->addresses[i]);
	if (add_record(dg->bev.pub.input, head, &batch->addresses[i],
		    batch->pieces[i].iov_base) < 0) {
		bev_report(
			&dg->bev, BEV_EVENT_READING | BEV_EVENT_ERROR, ENOMEM);
		return 0;
	}
	dg->count++;
	return message->length;
}

/* One batch, smaller if a limit says so. */
static void
take_in(struct datagram_bev *dg)
{
	struct bev *bev = &dg->bev;
	size_t limit = limit_allows(bev, EV_READ), bytes = 0;
	struct batch batch;
	int n;

	if (limit == 0 || !(bev->moving & EV_READ))
		return;
	if (need_scratch(dg) < 0) {
		bev_fail(bev, EV_READ, BEV_EVENT_ERROR, ENOMEM);
		return;
	}
	if (!bev->limit)
		limit = BATCH * dg->size;
	n = receive(dg, &batch,
		(unsigned)bev_min(BATCH, (limit - 1) / dg->size + 1));
	if (n < 0 && !is_temporary(errno))
		bev_report(bev, BEV_EVENT_READING | BEV_EVENT_ERROR, errno);
	for (int i = 0; i < n; i++)
		bytes += store(dg, &batch, i);
	limit_take(bev, EV_READ, bytes);
	if (n > 0)
		bev_got(bev);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct datagram_bev *dg = arg;
	struct bev *bev = &dg->bev;

	if (!bev_enter(bev))
		return;
	if (fd == fd_of(dg) && what & EV_READ)
		take_in(dg);
	else if (fd == fd_of(dg))
		bev_time_out(bev, EV_READ);
	bev_run(bev, !bev_is_deferred(bev));
}

/* --- sending -------------------------------------------------------------*/

/* Records at the front of the output, as messages; how many bytes each is. */
static unsigned
collect(struct datagram_bev *dg, struct batch *batch, size_t sizes[BATCH])
{
	struct evbuffer *output = dg->bev.pub.output;
	size_t left = bev_min(output->length, WINDOW);
	unsigned char *data = evbuffer_pullup(output, (ev_ssize_t)left);
	struct record head;
	unsigned n = 0;

	memset(batch->messages, 0, sizeof(batch->messages));
	for (; data && n < BATCH && left >= sizeof(head); n++) {
		struct msghdr *header = &batch->messages[n].header;

		memcpy(&head, data, sizeof(head));
		sizes[n] = sizeof(head) + head.address_len + head.size;
		if (sizes[n] > left)
			break;
		data += sizeof(head);
		memcpy(&batch->addresses[n], data, head.address_len);
		header->msg_name = head.address_len ? &batch->addresses[n]
						    : NULL;
		header->msg_namelen = head.address_len;
		data += head.address_len;
		batch->pieces[n].iov_base = data;
		batch->pieces[n].iov_len = head.size;
		header->msg_iov = &batch->pieces[n];
		header->msg_iovlen = 1;
		data += head.size;
		left -= sizes[n];
	}
	return n;
}

static void
forget_writable(struct datagram_bev *dg)
{
	dg->blocked = 0;
	(void)event_del_noblock(&dg->bev.pub.ev_write);
}

static void
block(struct datagram_bev *dg)
{
	struct bufferevent *pub = &dg->bev.pub;

	if (dg->blocked)
		return;
	dg->blocked = 1;
	if (event_add(&pub->ev_write, timeout_or_null(&pub->timeout_write)) ==
		0)
		return;
	dg->blocked = 0;
	bev_fail(&dg->bev, EV_WRITE, BEV_EVENT_ERROR, errno);
}

/* N went; or, if that is negative, the first was refused and is dropped. */
static void
finish(struct datagram_bev *dg, int n, const size_t sizes[BATCH], int error)
{
	struct bev *bev = &dg->bev;
	size_t bytes = 0;

	if (n < 0) {
		bev_report(bev, BEV_EVENT_WRITING | BEV_EVENT_ERROR, error);
		n = 1;
	}
	for (int i = 0; i < n; i++)
		bytes += sizes[i];
	drain(bev->pub.output, bytes);
	limit_take(bev, EV_WRITE, bytes);
	bev_sent(bev);
}

static void
put_out(struct datagram_bev *dg)
{
	struct bev *bev = &dg->bev;
	size_t sizes[BATCH];
	struct batch batch;
	unsigned count;
	int n;

	if (limit_allows(bev, EV_WRITE) == 0)
		return;
	count = collect(dg, &batch, sizes);
	if (count == 0) {
		bev_fail(bev, EV_WRITE, BEV_EVENT_ERROR, ENOMEM);
		return;
	}
	n = sys_transmit(fd_of(dg), batch.messages, count);
	if (n > 0 || (n < 0 && !is_temporary(errno)))
		finish(dg, n, sizes, errno);
	if (bev->pub.output->length == 0)
		forget_writable(dg);
	else if (bev->moving & EV_WRITE)
		block(dg);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct datagram_bev *dg = arg;
	struct bev *bev = &dg->bev;

	if (!bev_enter(bev))
		return;
	if (fd == fd_of(dg) && !(what & EV_WRITE))
		bev_time_out(bev, EV_WRITE);
	else if (fd == fd_of(dg) && bev->moving & EV_WRITE)
		put_out(dg);
	bev_run(bev, !bev_is_deferred(bev));
}

static void
datagram_work(struct bufferevent *bufev)
{
	struct datagram_bev *dg = datagram_of(bufev);
	unsigned invites = dg->bev.invites;

	dg->bev.invites = 0;
	if (!(dg->bev.moving & EV_WRITE))
		return;
	if (bufev->output->length > 0 && !dg->blocked)
		put_out(dg);
	else if (invites)
		bev_sent(&dg->bev);
}

/* --- the kind ------------------------------------------------------------*/

static int
datagram_start(struct bufferevent *bufev, short what)
{
	if (what == EV_READ)
		return event_add(
			&bufev->ev_read, timeout_or_null(&bufev->timeout_read));
	if (bufev->output->length > 0)
		bev_want_work(bev_of(bufev));
	return 0;
}

static void
datagram_stop(struct bufferevent *bufev, short what)
{
	if (what == EV_READ)
		(void)event_del_noblock(&bufev->ev_read);
	else
		forget_writable(datagram_of(bufev));
}

static evutil_socket_t
datagram_get_fd(struct bufferevent *bufev)
{
	return fd_of(datagram_of(bufev));
}

static void
datagram_destroy(struct bufferevent *bufev)
{
	struct datagram_bev *dg = datagram_of(bufev);

	core_free(dg->scratch);
	if (dg->bev.options & BEV_OPT_CLOSE_ON_FREE)
		(void)core()->close_fd(bufev->ev_base, fd_of(dg));
}

const struct bufferevent_ops datagram_ops = {
	.struct_size = sizeof(struct bufferevent_ops),
	.name = "datagram",
	.start = datagram_start,
	.stop = datagram_stop,
	.work = datagram_work,
	.get_fd = datagram_get_fd,
	.destroy = datagram_destroy,
};

struct bufferevent *
bufferevent_datagram_new(
	struct event_base *base, evutil_socket_t fd, int options)
{
	struct datagram_bev *dg;
	struct bev *bev;

	if (fd < 0) {
		errno = EBADF;
		return NULL;
	}
	bev = bev_new(&datagram_ops, sizeof(*dg), base, options, NULL);
	if (!bev)
		return NULL;
	dg = (struct datagram_bev *)(void *)bev;
	dg->size = SIZE_DEFAULT;
	bev->own_timers = 1;
	bev->closed = 1;
	bev->moving = EV_WRITE; /* there is nothing to begin */
	(void)event_assign(&bev->pub.ev_read, bev->pub.ev_base, fd,
		EV_READ | EV_PERSIST | EV_FINALIZE, on_readable, dg);
	(void)event_assign(&bev->pub.ev_write, bev->pub.ev_base, fd,
		EV_WRITE | EV_PERSIST | EV_FINALIZE, on_writable, dg);
	bev_freeze(bev->pub.input, BUF_FRONT_FROZEN);
	bev_freeze(bev->pub.output, BUF_BACK_FROZEN);
	return &bev->pub;
}

/* --- for the program -----------------------------------------------------*/

static int
is_datagram(const struct bufferevent *bufev)
{
	if (bufev->be_ops == &datagram_ops)
		return 1;
	errno = EINVAL;
	return 0;
}

int
bufferevent_datagram_set_size(struct bufferevent *bufev, size_t size)
{
	struct datagram_bev *dg = datagram_of(bufev);

	if (!is_datagram(bufev) || size == 0 || size > SIZE_MOST)
		return -1;
	bev_lock(&dg->bev);
	core_free(dg->scratch);
	dg->scratch = NULL;
	dg->size = size;
	bev_unlock(&dg->bev);
	return 0;
}

int
bufferevent_datagram_send(struct bufferevent *bufev, const void *data,
	size_t size, const struct sockaddr *to, int tolen)
{
	struct bev *bev = bev_of(bufev);
	struct record head = {
		.size = (uint32_t)size,
		.full_size = (uint32_t)size,
		.address_len = to ? (uint32_t)tolen : 0,
	};
	int err = -1;

	if (!is_datagram(bufev))
		return -1;
	if (size > SIZE_MOST ||
		(to && (tolen < 0 ||
			       (size_t)tolen >
				       sizeof(struct sockaddr_storage)))) {
		errno = EMSGSIZE;
		return -1;
	}
	bev_lock(bev);
	if (extras_may_add(bev, sizeof(head) + head.address_len + size))
		err = add_record(bufev->output, head, (void *)(uintptr_t)to,
			(void *)(uintptr_t)data);
	bev_unlock(bev);
	return err;
}

/* The first datagram of the input, which has one. */
static ev_ssize_t
take_first(struct datagram_bev *dg, void *data, size_t size,
	struct sockaddr *from, int *fromlen)
{
	struct evbuffer *input = dg->bev.pub.input;
	size_t room = from && fromlen && *fromlen > 0 ? (size_t)*fromlen : 0;
	struct record head;

	dg->count--;
	(void)take(input, &head, sizeof(head));
	room = bev_min(room, head.address_len);
	if (room > 0)
		(void)take(input, from, room);
	drain(input, head.address_len - room);
	if (fromlen)
		*fromlen = (int)head.address_len;
	size = bev_min(size, head.size);
	if (size > 0)
		(void)take(input, data, size);
	drain(input, head.size - size);
	return (ev_ssize_t)head.full_size;
}

ev_ssize_t
bufferevent_datagram_recv(struct bufferevent *bufev, void *data, size_t size,
	struct sockaddr *from, int *fromlen)
{
	struct datagram_bev *dg = datagram_of(bufev);
	ev_ssize_t result = -1;

	if (!is_datagram(bufev))
		return -1;
	bev_lock(&dg->bev);
	if (dg->count > 0)
		result = take_first(dg, data, size, from, fromlen);
	else
		errno = EAGAIN;
	bev_leave(&dg->bev);
	return result;
}

size_t
bufferevent_datagram_count(struct bufferevent *bufev)
{
	struct datagram_bev *dg = datagram_of(bufev);
	size_t count;

	if (!is_datagram(bufev))
		return 0;
	bev_lock(&dg->bev);
	count = dg->count;
	bev_unlock(&dg->bev);
	return count;
}
