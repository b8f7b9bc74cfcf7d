/* SPDX-License-Identifier: BSD-3-Clause */
#include "timers.h"

#include <errno.h>
#include <stddef.h>

#include "log.h"

/* The rest of what stands in a common timeout's tv_usec; see timers.h. */
#define COMMON_SHIFT    20
#define COMMON_USEC(tv) ((tv)->tv_usec & 0x000fffff)
#define COMMON_INDEX(tv) \
	((uint32_t)(((tv)->tv_usec & 0x0ff00000) >> COMMON_SHIFT))

struct timer_queue {
	struct event_heap_node node; /* in the heap while not empty */
	struct event *first, *last;
	int64_t duration;
	struct timeval handle; /* what the user holds */
};

#define next_of(ev) ((ev)->ev_timeout_pos.ev_next_with_common_timeout.tqe_next)
#define prev_of(ev) ((ev)->ev_timeout_pos.ev_next_with_common_timeout.tqe_prev)
#define node_of(ev) (&(ev)->ev_timeout_pos.ev_node)

static struct event *
event_of(struct event_heap_node *node)
{
	return (struct event *)(void *)((char *)node -
					offsetof(struct event, ev_timeout_pos));
}

static struct timer_queue *
queue_of(struct event_heap_node *node)
{
	return (struct timer_queue *)(void *)((char *)node -
					      offsetof(struct timer_queue,
						      node));
}

/* The event whose deadline NODE stands for. */
static struct event *
first_of(struct event_heap_node *node)
{
	return node->is_queue ? queue_of(node)->first : event_of(node);
}

void
timers_init(struct timers *timers)
{
	*timers = (struct timers){.order = 0};
}

void
timers_fini(struct timers *timers)
{
	for (int i = 0; i < timers->n_queues; i++)
		mem_free(timers->queues[i]);
	mem_free(timers->queues);
	heap_fini(&timers->heap);
}

/* Queues are sorted, and almost always by putting the new event last. */
static void
link_in_queue(struct timer_queue *queue, struct event *ev)
{
	struct event *before = queue->last;

	while (before && before->ev_deadline > ev->ev_deadline)
		before = prev_of(before);
	prev_of(ev) = before;
	next_of(ev) = before ? next_of(before) : queue->first;
	if (next_of(ev))
		prev_of(next_of(ev)) = ev;
	else
		queue->last = ev;
	if (before)
		next_of(before) = ev;
	else
		queue->first = ev;
}

static void
unlink_from_queue(struct timer_queue *queue, struct event *ev)
{
	if (next_of(ev))
		prev_of(next_of(ev)) = prev_of(ev);
	else
		queue->last = prev_of(ev);
	if (prev_of(ev))
		next_of(prev_of(ev)) = next_of(ev);
	else
		queue->first = next_of(ev);
}

/*
 * The first of QUEUE is not WAS any more: the heap's entry follows.  A later
 * deadline is left to top(), as in move_in_heap().
 */
static void
follow_first(struct timers *timers, struct timer_queue *queue,
	const struct event *was)
{
	struct event_heap_node *node = &queue->node;
	struct heap *heap = &timers->heap;
	const struct event *first = queue->first;

	if (!first) {
		heap_remove(heap, node);
	} else if (!was) {
		node->order = first->ev_order;
		heap_insert(heap, first->ev_deadline, node);
	} else if (first->ev_deadline <= heap->entries[node->index].key) {
		node->order = first->ev_order;
		heap_update(heap, first->ev_deadline, node);
	}
}

static void
insert(struct timers *timers, struct event *ev)
{
	struct timer_queue *queue;
	struct event *was;

	if (ev->ev_queue == 0) {
		node_of(ev)->is_queue = 0;
		node_of(ev)->order = ev->ev_order;
		heap_insert(&timers->heap, ev->ev_deadline, node_of(ev));
		return;
	}
	queue = timers->queues[ev->ev_queue - 1];
	was = queue->first;
	link_in_queue(queue, ev);
	if (queue->first != was)
		follow_first(timers, queue, was);
}

static void
detach(struct timers *timers, struct event *ev)
{
	struct timer_queue *queue;

	if (ev->ev_queue == 0) {
		heap_remove(&timers->heap, node_of(ev));
		return;
	}
	queue = timers->queues[ev->ev_queue - 1];
	unlink_from_queue(queue, ev);
	if (!prev_of(ev))
		follow_first(timers, queue, ev);
}

/* EV goes on in QUEUE, with another DEADLINE. */
static void
move_in_queue(struct timers *timers, struct timer_queue *queue,
	struct event *ev, int64_t deadline)
{
	struct event *was = queue->first;

	unlink_from_queue(queue, ev);
	ev->ev_deadline = deadline;
	link_in_queue(queue, ev);
	if (was == ev || queue->first == ev)
		follow_first(timers, queue, was);
}

/* A later deadline is only stored; see the head of timers.h. */
static void
move_in_heap(struct timers *timers, struct event *ev, int64_t deadline)
{
	struct event_heap_node *node = node_of(ev);

	ev->ev_deadline = deadline;
	if (deadline > timers->heap.entries[node->index].key)
		return;
	node->order = ev->ev_order;
	heap_update(&timers->heap, deadline, node);
}

static void
move(struct timers *timers, struct event *ev, int64_t deadline)
{
	if (ev->ev_queue == 0)
		move_in_heap(timers, ev, deadline);
	else
		move_in_queue(
			timers, timers->queues[ev->ev_queue - 1], ev, deadline);
}

int
timers_set(struct timers *timers, struct event *ev, int64_t deadline,
	uint32_t queue)
{
	if (timers_has(ev) && ev->ev_queue == queue) {
		ev->ev_order = ++timers->order;
		move(timers, ev, deadline);
		return 0;
	}
	if (heap_reserve(&timers->heap) < 0)
		return -ENOMEM;
	timers_clear(timers, ev);
	ev->ev_order = ++timers->order;
	ev->ev_deadline = deadline;
	ev->ev_queue = queue;
	ev->ev_evcallback.evcb_flags |= EVLIST_TIMEOUT;
	timers->count++;
	insert(timers, ev);
	return 0;
}

void
timers_take_out(struct timers *timers, struct event *ev)
{
	detach(timers, ev);
	ev->ev_evcallback.evcb_flags &= ~EVLIST_TIMEOUT;
	timers->count--;
}

/* Put right a key at the top that re-arming left too early. */
static struct event_heap_node *
top(struct timers *timers)
{
	struct heap *heap = &timers->heap;

	while (heap->count > 0) {
		struct event_heap_node *node = heap->entries[0].node;
		struct event *ev = first_of(node);

		if (heap->entries[0].key == ev->ev_deadline)
			return node;
		node->order = ev->ev_order;
		heap_update(heap, ev->ev_deadline, node);
	}
	return NULL;
}

int64_t
timers_next(struct timers *timers)
{
	return top(timers) ? timers->heap.entries[0].key : CLOCK_NEVER;
}

struct event *
timers_take_due(struct timers *timers, int64_t now)
{
	struct event_heap_node *node;
	struct event *ev;

	/* The key is never late, so most calls end without a look at events. */
	if (timers->heap.count == 0 || timers->heap.entries[0].key > now)
		return NULL;
	node = top(timers);
	if (timers->heap.entries[0].key > now)
		return NULL;
	ev = first_of(node);
	timers_clear(timers, ev);
	return ev;
}

static struct timeval
normal(const struct timeval *tv)
{
	struct timeval plain = *tv;

	if (timers_is_common(tv))
		plain.tv_usec = COMMON_USEC(tv);
	return plain;
}

static const struct timer_queue *
find_queue(const struct timers *timers, int64_t duration)
{
	for (int i = 0; i < timers->n_queues; i++)
		if (timers->queues[i]->duration == duration)
			return timers->queues[i];
	return NULL;
}

const struct timeval *
timers_common(struct timers *timers, const struct timeval *duration)
{
	struct timeval plain = normal(duration);
	int64_t ns = clock_from_timeval(&plain);
	const struct timer_queue *found = find_queue(timers, ns);
	struct timer_queue *queue, **grown;
	int n = timers->n_queues;

	if (found)
		return &found->handle;
	if (n == TIMERS_QUEUES_MAX)
		return NULL;
	grown = mem_resize(timers->queues, (size_t)(n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	timers->queues = grown;
	queue = mem_zero(1, sizeof(*queue));
	if (!queue)
		return NULL;
	queue->node.is_queue = 1;
	queue->duration = ns;
	queue->handle.tv_sec = (time_t)(ns / NS_PER_SEC);
	queue->handle.tv_usec = (suseconds_t)(ns % NS_PER_SEC / NS_PER_US) |
				COMMON_MAGIC | n << COMMON_SHIFT;
	timers->queues[timers->n_queues++] = queue;
	return &queue->handle;
}

int64_t
timers_duration_marked(const struct timers *timers, const struct timeval *tv,
	uint32_t *queue_out)
{
	struct timeval plain = normal(tv);
	int64_t duration = clock_from_timeval(&plain);
	uint32_t index = COMMON_INDEX(tv);

	*queue_out = 0;
	if (index < (uint32_t)timers->n_queues &&
		timers->queues[index]->duration == duration)
		*queue_out = index + 1;
	else
		log_warn("a common timeout of another event_base: taken "
			 "as an ordinary one of its length");
	return duration;
}

int
timers_foreach(const struct timers *timers, int (*fn)(struct event *, void *),
	void *arg)
{
	int result = 0;

	for (uint32_t i = 0; i < timers->heap.count && !result; i++) {
		struct event_heap_node *node = timers->heap.entries[i].node;

		if (!node->is_queue)
			result = fn(event_of(node), arg);
	}
	for (int i = 0; i < timers->n_queues && !result; i++) {
		struct event *ev = timers->queues[i]->first;

		for (; ev && !result; ev = next_of(ev))
			result = fn(ev, arg);
	}
	return result;
}

static int
queue_is_sound(const struct timer_queue *queue, uint32_t number)
{
	const struct event *before = NULL, *ev;

	for (ev = queue->first; ev; before = ev, ev = next_of(ev))
		if (prev_of(ev) != before || ev->ev_queue != number ||
			!timers_has(ev) ||
			(before && before->ev_deadline > ev->ev_deadline))
			return 0;
	return queue->last == before;
}

int
timers_verify(const struct timers *timers)
{
	const struct heap *heap = &timers->heap;

	for (uint32_t i = 0; i < heap->count; i++) {
		const struct heap_entry *entry = &heap->entries[i];

		if (entry->node->index != i)
			return 0;
		if (i > 0 && heap_before(entry,
				     &heap->entries[(i - 1) / HEAP_ARITY]))
			return 0;
		if (entry->key > first_of(entry->node)->ev_deadline)
			return 0;
	}
	for (int i = 0; i < timers->n_queues; i++)
		if (!queue_is_sound(timers->queues[i], (uint32_t)i + 1))
			return 0;
	return 1;
}
