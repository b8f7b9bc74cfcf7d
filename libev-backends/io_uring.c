/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * io_uring(7), Linux, from 5.13 on: readiness by poll requests.
 *
 * Each descriptor that is watched has a slot, and each slot at most one request
 * in the kernel.  What the kernel has to do for a slot waits in a list, until
 * wait() asks for all of it with the one system call that waits.  A request
 * carries its slot's number and a ticket; an answer with another ticket than
 * the slot's is about something gone.
 *
 *	          wait()             answer
 *	 listed ----------> armed ----------> listed, and reported
 *	    ^                 |
 *	    +-----------------+  watch(): outdated, to be taken back and armed
 *	                         anew by wait(); an end is taken back at once
 *
 * Oddities
 *  (a) No poll stays and tells levels: every kernel so far refuses
 *      IORING_POLL_ADD_LEVEL.  So a level is polled for once, and again by the
 *      next wait(); an edge by a poll that stays, and that is armed anew when
 *      it ends (no IORING_CQE_F_MORE).
 *  (b) A poll also ends for POLLRDHUP, POLLERR and POLLHUP.  The first of them
 *      may be nobody's business, and is there at once if it is polled again.
 *      Then one that stays takes its place, and is quiet until something else
 *      happens.
 *  (c) An answer tells what was so when it was given, and only the part of it
 *      that came first.  Those that came since the last wait, perhaps long ago,
 *      are not reported: their slots are polled again, which answers at once.
 *  (d) An armed poll holds the open file: after close() no FIN is sent, and a
 *      listener listens on.  So an end is sent at once (EV_BACKEND_EAGER), and
 *      close() and reopen() take everything back.  Nothing helps who closes a
 *      descriptor before event_del(): its peer waits until that.
 *  (e) What is armed is of a file, and what is to be armed of a number.  So an
 *      interest that changes is taken back and armed anew, never updated: the
 *      number may be another file's.
 *  (f) A number that is not open is EBADF when it is armed.  Who has just asked
 *      for it meets that as readiness.  One that was closed while it was
 *      watched is left alone until it is watched again.
 *  (g) An answer is given by the thread that armed the poll, which is sent into
 *      the kernel for it: a system call of a callback's own, such as
 *      epoll_wait(), can be EINTR by that without a signal.  If that thread
 *      has ended the answer is ECANCELED, and another thread arms anew.
 *  (h) IORING_SETUP_DEFER_TASKRUN would change that, and be faster.  But it
 *      ties a ring to one thread, while loops move and ends come from others;
 *      and in an experiment with a thousand polls that stay it lost wake-ups
 *      (Linux 6.18).
 *  (i) What does not fit into the queue of answers is kept by the kernel, which
 *      takes no requests meanwhile (EBUSY): the answers come first.
 *  (j) The ring is shared over fork(), with all that is armed.  So a child
 *      leaves it alone; and since a child that lives on has it open, closing
 *      it takes nothing back.
 *  (k) What is always ready, such as a file, can be watched, as with poll().
 */
#include <poll.h>

#include <libev-abi/sys.h>

#include "ring.h"

#define REQUESTS    256 /* sent at once; more take more system calls */
#define COMPLETIONS 4096

#define NO_SLOT   0u /* slots are counted from 1 */
#define NO_TICKET 0u

struct slot {
	ev_fd fd;        /* -1: the interest is over */
	uint32_t gen;    /* as given to watch() */
	uint32_t ticket; /* of the request that is armed, or NO_TICKET */
	uint32_t report; /* its place among the reports of a wait */
	uint32_t next;   /* in its list */
	uint8_t interest;
	uint8_t listed;   /* in to_do */
	uint8_t outdated; /* what is armed is not what is wanted */
	uint8_t patient;  /* a poll that stays is to be armed, see (b) */
	uint8_t met;      /* reported since it was watched, see (f) */
};

/* First in, first out. */
struct slot_list {
	uint32_t first, last;
};

struct uring_self {
	const struct ev_host *host;
	struct ring ring;
	struct fd_words places; /* the slot of each descriptor */
	struct slot *slots;     /* number 1 comes first */
	int cap;
	uint32_t n_slots;
	struct slot_list to_do, unused;
	uint32_t last_ticket;
	uint32_t known; /* answers before this one came during a wait */
	pid_t owner;    /* the process that opened the ring */
};

/* --- slots ---------------------------------------------------------------*/

static struct slot *
slot_at(struct uring_self *self, uint32_t number)
{
	return &self->slots[number - 1];
}

static uint32_t
number_of(const struct uring_self *self, const struct slot *slot)
{
	return (uint32_t)(slot - self->slots) + 1;
}

static void
append(struct uring_self *self, struct slot_list *list, uint32_t number)
{
	slot_at(self, number)->next = NO_SLOT;
	if (list->first == NO_SLOT)
		list->first = number;
	else
		slot_at(self, list->last)->next = number;
	list->last = number;
}

static uint32_t
take_first(struct uring_self *self, struct slot_list *list)
{
	uint32_t number = list->first;

	if (number != NO_SLOT)
		list->first = slot_at(self, number)->next;
	return number;
}

/* The kernel has something to do for it. */
static void
enlist(struct uring_self *self, uint32_t number)
{
	if (slot_at(self, number)->listed)
		return;
	slot_at(self, number)->listed = 1;
	append(self, &self->to_do, number);
}

/* NO_SLOT: no memory. */
static uint32_t
new_slot(struct uring_self *self)
{
	uint32_t number = take_first(self, &self->unused);
	void *grown;

	if (number == NO_SLOT) {
		grown = backend_grow(self->host, self->slots, &self->cap,
			sizeof(*self->slots), (int)self->n_slots + 1);
		if (!grown)
			return NO_SLOT;
		self->slots = grown;
		number = ++self->n_slots;
	}
	*slot_at(self, number) = (struct slot){.ticket = NO_TICKET};
	return number;
}

/* --- requests ------------------------------------------------------------*/

static uint64_t
pack(uint32_t number, uint32_t ticket)
{
	return (uint64_t)ticket << 32 | number;
}

static uint32_t
to_kernel(uint32_t interest)
{
	uint32_t events = (interest & EV_ON_READ ? POLLIN : 0u) |
			  (interest & EV_ON_WRITE ? POLLOUT : 0u) |
			  (interest & EV_ON_CLOSED ? POLLRDHUP : 0u);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	events = events << 16 |
		 events >> 16; /* two halves, the low one first */
#endif
	return events;
}

static uint32_t
new_ticket(struct uring_self *self)
{
	if (++self->last_ticket == NO_TICKET)
		self->last_ticket++;
	return self->last_ticket;
}

/* 0, and so below: there is no room for the request. */
static int
arm(struct uring_self *self, uint32_t number)
{
	struct slot *slot = slot_at(self, number);
	uint32_t ticket = new_ticket(self);
	int stays = slot->interest & EV_ON_EDGE || slot->patient;
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_POLL_ADD,
		.fd = slot->fd,
		.len = stays ? IORING_POLL_ADD_MULTI : 0,
		.poll32_events = to_kernel(slot->interest),
		.user_data = pack(number, ticket),
	};

	if (!ring_ask(&self->ring, &request))
		return 0;
	slot->ticket = ticket;
	slot->outdated = 0;
	return 1;
}

static int
take_back(struct uring_self *self, uint32_t number)
{
	struct slot *slot = slot_at(self, number);
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_POLL_REMOVE,
		.fd = -1,
		.addr = pack(number, slot->ticket),
		.user_data = pack(NO_SLOT, NO_TICKET),
	};

	if (slot->ticket == NO_TICKET)
		return 1;
	if (!ring_ask(&self->ring, &request))
		return 0;
	slot->ticket = NO_TICKET;
	return 1;
}

/* What NUMBER, the first in the list, needs. */
static int
ask_for(struct uring_self *self, uint32_t number)
{
	struct slot *slot = slot_at(self, number);

	if (!take_back(self, number))
		return 0;
	if (slot->fd >= 0)
		return arm(self, number);
	append(self, &self->unused, number);
	return 1;
}

/* All of them; -errno: some stay, and are sent with the next. */
static int
send_requests(struct uring_self *self)
{
	uint32_t left = ring_unsent(&self->ring), before = left + 1;
	int err = 0;

	/* An early end of the kernel's: after a request that it refuses. */
	while (err == 0 && left > 0 && left < before) {
		err = ring_enter(&self->ring, 0, NULL);
		before = left;
		left = ring_unsent(&self->ring);
	}
	return err == 0 && left > 0 ? -EAGAIN : err;
}

/*
 * Ask for all that is listed.  When CAP answers are there already the rest of
 * it can wait, so that the queue of answers need not overflow.
 */
static int
ask_for_all(struct uring_self *self, uint32_t cap)
{
	int err = 0;

	while (err == 0 && self->to_do.first != NO_SLOT &&
		ring_ready(&self->ring) < cap) {
		uint32_t number = self->to_do.first;
		uint32_t next = slot_at(self, number)->next;

		if (!ask_for(self, number)) {
			err = send_requests(self);
			continue;
		}
		slot_at(self, number)->listed = 0;
		self->to_do.first = next;
	}
	return err;
}

/* --- opening and closing -------------------------------------------------*/

static int
uring_open(const struct ev_host *host, uint32_t options, void **self_out)
{
	struct uring_self *self = backend_new(host, sizeof(*self));
	int err;

	(void)options; /* waits are always precise */
	if (!self)
		return -ENOMEM;
	err = ring_open(&self->ring, REQUESTS, COMPLETIONS);
	if (err < 0) {
		host->resize(self, 0);
		return err;
	}
	self->host = host;
	self->owner = sys_getpid();
	*self_out = self;
	return 0;
}

/* (d), (j) */
static void
close_ring(struct uring_self *self)
{
	uint32_t number = self->owner == sys_getpid() ? self->n_slots : 0;

	for (; number > 0; number--)
		if (!take_back(self, number) && send_requests(self) == 0)
			(void)take_back(self, number);
	(void)send_requests(self);
	ring_close(&self->ring);
}

static void
uring_close(void *opaque)
{
	struct uring_self *self = opaque;

	if (!self)
		return;
	close_ring(self);
	fd_words_clear(self->host, &self->places);
	self->host->resize(self->slots, 0);
	self->host->resize(self, 0);
}

static int
uring_reopen(void *opaque)
{
	struct uring_self *self = opaque;
	struct ring fresh;
	int err = ring_open(&fresh, REQUESTS, COMPLETIONS);

	if (err < 0)
		return err;
	close_ring(self);
	fd_words_clear(self->host, &self->places);
	self->ring = fresh;
	self->owner = sys_getpid();
	self->n_slots = self->known = 0;
	self->to_do = self->unused = (struct slot_list){NO_SLOT, NO_SLOT};
	return 0;
}

static const char *
uring_explain(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "forbidden, by kernel.io_uring_disabled or a sandbox";
	case ENOSYS:
	case EINVAL:
		return "not in this kernel, or it is older than Linux 5.13, "
		       "or a sandbox hides it";
	case ENOMEM:
		return "no memory for it, or too little may be locked "
		       "(RLIMIT_MEMLOCK)";
	}
	return NULL;
}

/* --- interest ------------------------------------------------------------*/

/* (d) */
static void
end(struct uring_self *self, ev_fd fd)
{
	uint32_t *place = fd_words_find(&self->places, fd);
	uint32_t number = place ? *place : NO_SLOT;

	if (number == NO_SLOT)
		return;
	*place = NO_SLOT;
	if (take_back(self, number))
		(void)send_requests(self);
	slot_at(self, number)->fd = -1;
	slot_at(self, number)->outdated = 1;
	enlist(self, number);
}

static int
uring_watch(void *opaque, ev_fd fd, uint32_t gen, uint32_t old, uint32_t now)
{
	struct uring_self *self = opaque;
	uint32_t *place;
	struct slot *slot;

	(void)old;
	if (!now) {
		end(self, fd);
		return 0;
	}
	if (fd < 0)
		return -EBADF;
	place = fd_words_make(self->host, &self->places, fd);
	if (place && *place == NO_SLOT)
		*place = new_slot(self);
	if (!place || *place == NO_SLOT)
		return -ENOMEM;
	slot = slot_at(self, *place);
	slot->fd = fd;
	slot->gen = gen;
	slot->interest = (uint8_t)now;
	slot->outdated = 1;
	slot->patient = slot->met = 0;
	enlist(self, *place);
	return 0;
}

/* --- answers -------------------------------------------------------------*/

/* The slot whose request USER_DATA is of; NULL: that is gone. */
static struct slot *
find(struct uring_self *self, uint64_t user_data)
{
	uint32_t number = (uint32_t)user_data;
	struct slot *slot = number ? slot_at(self, number) : NULL;

	return slot && slot->ticket == user_data >> 32 ? slot : NULL;
}

static int
is_last(const struct io_uring_cqe *answer)
{
	return !(answer->flags & IORING_CQE_F_MORE);
}

/*
 * The oldest answer that somebody waits for, with its slot; NULL: none.  Those
 * before it are dropped.
 */
static const struct io_uring_cqe *
first_answer(struct uring_self *self, struct slot **slot_out)
{
	while (ring_ready(&self->ring) > 0) {
		const struct io_uring_cqe *answer = ring_answer(
			&self->ring, ring_begin(&self->ring));
		struct slot *slot = find(self, answer->user_data);

		if (slot && !slot->outdated) {
			*slot_out = slot;
			return answer;
		}
		if (slot && is_last(answer))
			slot->ticket = NO_TICKET;
		ring_drop_first(&self->ring);
	}
	return NULL;
}

/* Errors are for all who watch. */
static uint32_t
from_kernel(uint32_t interest, int32_t result)
{
	uint32_t mask = 0;

	if (!(interest & (EV_ON_READ | EV_ON_WRITE)))
		return EV_ON_CLOSED;
	if (result < 0)
		return interest & (EV_ON_READ | EV_ON_WRITE);
	if (result & (POLLERR | POLLHUP))
		mask |= EV_ON_READ | EV_ON_WRITE;
	if (result & POLLIN)
		mask |= EV_ON_READ;
	if (result & POLLOUT)
		mask |= EV_ON_WRITE;
	if (result & (POLLRDHUP | POLLHUP))
		mask |= EV_ON_CLOSED;
	return mask & interest;
}

/* The request was not answered for what is polled. */
static int
is_no_answer(int32_t result)
{
	/* (g), or the kernel was short of memory */
	return result == -ECANCELED || result == -ENOMEM || result == -EAGAIN;
}

/* What is to be reported of an answer to SLOT's request; 0: nothing. */
static uint32_t
heed(struct uring_self *self, struct slot *slot, int32_t result, int is_last)
{
	uint32_t mask = from_kernel(slot->interest, result);
	int is_level = !(slot->interest & EV_ON_EDGE);

	if (is_last)
		slot->ticket = NO_TICKET;
	if (result == -EBADF)
		return slot->met ? 0 : mask; /* (f) */
	if (is_no_answer(result))
		mask = 0;
	else if (is_level)
		slot->patient = !mask; /* (b) */
	if (is_last || (is_level && mask)) {
		slot->outdated = 1;
		enlist(self, number_of(self, slot));
	}
	return mask;
}

/* (c) */
static void
doubt(struct uring_self *self)
{
	uint32_t end = ring_end(&self->ring);

	for (; self->known != end; self->known++) {
		const struct io_uring_cqe *answer = ring_answer(
			&self->ring, self->known);
		struct slot *slot = find(self, answer->user_data);

		if (!slot || slot->interest & EV_ON_EDGE)
			continue;
		if (is_last(answer))
			slot->ticket = NO_TICKET;
		slot->outdated = 1;
		enlist(self, number_of(self, slot));
	}
}

/* How many reports there are now; a second edge joins the first. */
static int
report(struct slot *slot, uint32_t mask, struct ev_ready *out, int count)
{
	uint32_t place = slot->report;

	slot->met = 1;
	if (place < (uint32_t)count && out[place].fd == slot->fd) {
		out[place].mask |= mask;
		return count;
	}
	slot->report = (uint32_t)count;
	out[count] = (struct ev_ready){slot->fd, slot->gen, mask};
	return count + 1;
}

static int
collect(struct uring_self *self, struct ev_ready *out, int cap)
{
	const struct io_uring_cqe *answer;
	struct slot *slot;
	uint32_t mask;
	int count = 0;

	while (count < cap && (answer = first_answer(self, &slot))) {
		mask = heed(self, slot, answer->res, is_last(answer));
		ring_drop_first(&self->ring);
		if (mask)
			count = report(slot, mask, out, count);
	}
	return count;
}

/* --- waiting -------------------------------------------------------------*/

static int
wait_for_answers(struct uring_self *self, int64_t timeout_ns)
{
	struct timespec time = backend_timespec(
		timeout_ns < 0 ? 0 : timeout_ns);
	const struct __kernel_timespec timeout = {time.tv_sec, time.tv_nsec};
	struct slot *slot;

	if (first_answer(self, &slot) || self->to_do.first != NO_SLOT)
		timeout_ns = 0;
	return ring_enter(
		&self->ring, timeout_ns != 0, timeout_ns > 0 ? &timeout : NULL);
}

/* Nothing can be asked for now: not at once again, unless TIMEOUT_NS is 0. */
static int
try_later(int64_t timeout_ns)
{
	if (timeout_ns != 0)
		(void)sys_poll(NULL, 0, 1);
	return 0;
}

static int
uring_wait(void *opaque, int64_t timeout_ns, struct ev_ready *out, int cap)
{
	struct uring_self *self = opaque;
	int err, count;

	doubt(self);
	err = ask_for_all(self, (uint32_t)cap);
	if (err == 0)
		err = wait_for_answers(self, timeout_ns);
	self->known = ring_end(&self->ring);
	count = collect(self, out, cap);
	if (count > 0 || err == 0 || err == -ETIME)
		return count;
	if (err == -EAGAIN || err == -ENOMEM || err == -EBUSY) /* (i) */
		return try_later(timeout_ns);
	return err;
}

EV_ABI_EXPORT const struct ev_backend_ops EV_BACKEND_SYMBOL = {
	.abi_version = EV_BACKEND_ABI,
	.struct_size = sizeof(struct ev_backend_ops),
	.name = "io_uring",
	.features = EV_CAN_EDGE | EV_CAN_O1 | EV_CAN_ANY_FD |
		    EV_CAN_EARLY_CLOSE,
	.flags = EV_BACKEND_EAGER | EV_BACKEND_FORK_DEAD,
	.open = uring_open,
	.close = uring_close,
	.watch = uring_watch,
	.wait = uring_wait,
	.reopen = uring_reopen,
	.explain = uring_explain,
};
