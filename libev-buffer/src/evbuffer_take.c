/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What goes out at the front, or is looked at there.
 */
#include "evbuffer.h"

#include <limits.h>
#include <string.h>

#include <event2/buffer_compat.h>

/* --- dropping ------------------------------------------------------------*/

struct chain *
buf_trim(struct evbuffer *buf)
{
	struct chain *all = buf->first, **link, **best = NULL, *kept = NULL;

	if (buf->length)
		return NULL;
	if (all && !all->next && buf_may_keep(all)) {
		all->begin = all->length = 0;
		return NULL;
	}
	for (link = &all; *link; link = &(*link)->next)
		if (buf_may_keep(*link) &&
			(!best || (*link)->capacity > (*best)->capacity))
			best = link;
	if (best) {
		kept = *best;
		*best = kept->next;
		kept->next = NULL;
		kept->begin = kept->length = 0;
	}
	buf->first = buf->tail = kept;
	buf->flags &= ~(unsigned)BUF_FILES;
	return all;
}

struct chain *
buf_cut(struct evbuffer *buf, size_t count)
{
	struct chain *spent = buf->first, *chain = spent, *last = NULL;
	size_t left = count;

	while (left && left >= chain->length) {
		left -= chain->length;
		last = chain;
		chain = chain->next;
	}
	if (left) {
		chain->begin += left;
		chain->length -= left;
	}
	buf_deleted(buf, count);
	if (!last)
		return NULL;
	if (!buf->length)
		return buf_trim(buf);
	last->next = NULL;
	buf->first = chain;
	return spent;
}

int
buf_drain(struct evbuffer *buf, size_t count)
{
	struct chain *spent = NULL;
	int result = -1;

	buf_lock(buf);
	if (buf_may_take(buf)) {
		spent = buf_cut(buf, count < buf->length ? count : buf->length);
		result = 0;
	}
	buf_leave_dropping(buf, spent);
	return result;
}

/* --- copying -------------------------------------------------------------*/

void
buf_copy(const struct chain *chain, size_t offset, void *data, size_t count)
{
	unsigned char *to = data;
	size_t piece;

	for (; count; chain = chain->next, offset = 0) {
		piece = chain->length - offset;
		if (piece > count)
			piece = count;
		memcpy(to, chain_data(chain) + offset, piece);
		to += piece;
		count -= piece;
	}
}

static int
may_look(struct evbuffer *buf)
{
	return buf_may_take(buf) && buf_load(buf) == 0;
}

int
buf_remove(struct evbuffer *buf, void *data, size_t count)
{
	struct chain *spent = NULL;
	int result = -1;

	buf_lock(buf);
	if (may_look(buf)) {
		if (count > buf->length)
			count = buf->length;
		if (count > INT_MAX)
			count = INT_MAX;
		buf_copy(buf->first, 0, data, count);
		spent = buf_cut(buf, count);
		result = (int)count;
	}
	buf_leave_dropping(buf, spent);
	return result;
}

ev_ssize_t
evbuffer_copyout_from(struct evbuffer *buf, const struct evbuffer_ptr *pos,
	void *data, size_t count)
{
	struct place place;
	ev_ssize_t result = -1;

	buf_lock(buf);
	if (may_look(buf) &&
		buf_seek(buf, pos ? (size_t)pos->pos : 0, &place) == 0) {
		if (count > buf->length - place.pos)
			count = buf->length - place.pos;
		buf_copy(place.chain, place.offset, data, count);
		result = (ev_ssize_t)count;
	}
	buf_unlock(buf);
	return result;
}

ev_ssize_t
evbuffer_copyout(struct evbuffer *buf, void *data, size_t count)
{
	return evbuffer_copyout_from(buf, NULL, data, count);
}

/* --- in one piece --------------------------------------------------------*/

/* Behind its data, which nobody else sees there. */
static int
holds_own(const struct chain *chain, size_t count)
{
	return chain->kind == CHAIN_OWN &&
	       chain->capacity - chain->begin >= count;
}

/* Data moves from the chains behind CHAIN until that has COUNT; what is to go. */
static struct chain *
gather(struct evbuffer *buf, struct chain *chain, struct chain *from,
	size_t count)
{
	struct chain *spent = NULL, *next;
	size_t piece;

	while (chain->length < count) {
		piece = count - chain->length;
		if (piece > from->length)
			piece = from->length;
		chain_append(chain, chain_data(from), piece);
		from->begin += piece;
		from->length -= piece;
		if (from->length)
			break;
		next = from->next;
		if (buf->tail == from)
			buf->tail = chain;
		from->next = spent;
		spent = from;
		from = next;
	}
	chain->next = from;
	buf->first = chain;
	buf->sought = NULL;
	return spent;
}

/* 0 < COUNT <= length, and all of it in memory; what is to go. */
static int
pull_up(struct evbuffer *buf, size_t count, struct chain **spent_out)
{
	struct chain *first = buf->first, *chain;

	if (first->length >= count)
		return 0;
	if (holds_own(first, count)) {
		*spent_out = gather(buf, first, first->next, count);
		return 0;
	}
	chain = chain_new(count);
	if (!chain)
		return -1;
	*spent_out = gather(buf, chain, first, count);
	return 0;
}

unsigned char *
evbuffer_pullup(struct evbuffer *buf, ev_ssize_t size)
{
	struct chain *spent = NULL;
	unsigned char *data = NULL;
	size_t count;

	buf_lock(buf);
	count = size < 0 ? buf->length : (size_t)size;
	if (count && count <= buf->length && buf_load(buf) == 0 &&
		pull_up(buf, count, &spent) == 0)
		data = chain_data(buf->first);
	buf_leave_dropping(buf, spent);
	return data;
}

unsigned char *
evbuffer_find(struct evbuffer *buf, const unsigned char *what, size_t length)
{
	unsigned char *data = NULL;
	struct evbuffer_ptr at;

	buf_lock(buf);
	at = evbuffer_search(buf, (const char *)what, length, NULL);
	if (at.pos >= 0)
		data = evbuffer_pullup(
			buf, at.pos + (ev_ssize_t)(length ? length : 1));
	buf_unlock(buf);
	return data ? data + at.pos : NULL;
}

/* --- lines ---------------------------------------------------------------*/

/* A copy of COUNT bytes, with a zero byte behind them; NULL: no memory. */
static char *
copy_line(struct evbuffer *buf, size_t count)
{
	char *line = core_alloc(count + 1);

	if (line) {
		buf_copy(buf->first, 0, line, count);
		line[count] = '\0';
	}
	return line;
}

char *
evbuffer_readln(
	struct evbuffer *buf, size_t *length_out, enum evbuffer_eol_style style)
{
	struct chain *spent = NULL;
	struct place front;
	size_t eol_length;
	ev_ssize_t length = -1;
	char *line = NULL;

	buf_lock(buf);
	if (may_look(buf) && buf_seek(buf, 0, &front) == 0)
		length = buf_find_eol(buf, &front, style, &eol_length);
	if (length >= 0)
		line = copy_line(buf, (size_t)length);
	if (line)
		spent = buf_cut(buf, (size_t)length + eol_length);
	if (length_out)
		*length_out = line ? (size_t)length : 0;
	buf_leave_dropping(buf, spent);
	return line;
}

char *
evbuffer_readline(struct evbuffer *buf)
{
	return evbuffer_readln(buf, NULL, EVBUFFER_EOL_ANY);
}
