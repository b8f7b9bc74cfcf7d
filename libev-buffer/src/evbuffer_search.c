/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places in a buffer, and what is found there.
 *
 * Within a chain the C library's searches do the work; only what begins in one
 * chain and ends in another is compared here.
 */
#include "evbuffer.h"

#include <limits.h>
#include <string.h>

enum { EOL_STEP = 512 };

/* --- places --------------------------------------------------------------*/

int
buf_seek(struct evbuffer *buf, size_t pos, struct place *place_out)
{
	struct chain *chain = buf->first;
	size_t before = 0;

	if (pos > buf->length)
		return -1;
	place_out->chain = NULL;
	place_out->offset = 0;
	place_out->pos = pos;
	if (pos == buf->length)
		return 0;
	if (buf->sought && pos >= buf->sought_pos) {
		chain = buf->sought;
		before = buf->sought_pos;
	}
	for (; pos - before >= chain->length; chain = chain->next)
		before += chain->length;
	buf->sought = chain;
	buf->sought_pos = before;
	place_out->chain = chain;
	place_out->offset = pos - before;
	return 0;
}

/* A place that a caller means; NULL is the front. */
static int
seek_ptr(struct evbuffer *buf, const struct evbuffer_ptr *ptr,
	struct place *place_out)
{
	return buf_seek(buf, ptr ? (size_t)ptr->pos : 0, place_out);
}

static struct evbuffer_ptr
make_ptr(ev_ssize_t pos)
{
	struct evbuffer_ptr ptr = {.pos = pos};

	return ptr;
}

/* To the beginning of the next chain; the place stands in one. */
static void
go_on(const struct evbuffer *buf, struct place *place)
{
	place->pos += place->chain->length - place->offset;
	place->offset = 0;
	place->chain = place->pos < buf->length ? place->chain->next : NULL;
}

static const unsigned char *
bytes_at(const struct place *place)
{
	return chain_data(place->chain) + place->offset;
}

/* How many bytes of PLACE's chain are from there on before END. */
static size_t
bytes_before(const struct place *place, size_t end)
{
	size_t count = place->chain->length - place->offset;

	return count < end - place->pos ? count : end - place->pos;
}

int
evbuffer_ptr_set(struct evbuffer *buf, struct evbuffer_ptr *ptr,
	size_t position, enum evbuffer_ptr_how how)
{
	size_t from = how == EVBUFFER_PTR_ADD ? (size_t)ptr->pos : 0;
	size_t length;

	buf_lock(buf);
	length = buf->length;
	buf_unlock(buf);
	if (from > length || position > length - from) {
		*ptr = make_ptr(-1);
		return -1;
	}
	*ptr = make_ptr((ev_ssize_t)(from + position));
	return 0;
}

/* --- bytes ---------------------------------------------------------------*/

/* Does the buffer have these bytes at PLACE?  It is long enough. */
static int
matches(const struct evbuffer *buf, struct place place, const char *what,
	size_t length)
{
	size_t piece;

	while (length) {
		piece = bytes_before(&place, place.pos + length);
		if (memcmp(bytes_at(&place), what, piece))
			return 0;
		what += piece;
		length -= piece;
		go_on(buf, &place);
	}
	return 1;
}

/* Where the bytes begin in DATA, all of them within COUNT; NULL: nowhere. */
static const unsigned char *
find_in(const unsigned char *data, size_t count, const char *what,
	size_t length)
{
#ifdef EV_HAVE_MEMMEM
	return memmem(data, count, what, length);
#else
	const unsigned char *end = data + count, *at = data;

	while ((size_t)(end - at) >= length) {
		at = memchr(at, *what, (size_t)(end - at) - length + 1);
		if (!at || !memcmp(at, what, length))
			return at;
		at++;
	}
	return NULL;
#endif
}

/*
 * The first place in PLACE's chain at which they begin, and end in a later
 * one, before END; -1: none.
 */
static ev_ssize_t
find_across(const struct evbuffer *buf, struct place place, size_t end,
	const char *what, size_t length)
{
	size_t count = bytes_before(&place, end - length + 1), skip;
	const unsigned char *at;

	while (count && (at = memchr(bytes_at(&place), *what, count))) {
		skip = (size_t)(at - bytes_at(&place));
		place.offset += skip;
		place.pos += skip;
		if (matches(buf, place, what, length))
			return (ev_ssize_t)place.pos;
		place.offset++;
		place.pos++;
		count -= skip + 1;
	}
	return -1;
}

/* LENGTH bytes, more than none, from PLACE on and before END; -1: not there. */
static ev_ssize_t
find(const struct evbuffer *buf, struct place place, size_t end,
	const char *what, size_t length)
{
	const unsigned char *at;
	ev_ssize_t pos;
	size_t count;

	while (place.chain && place.pos < end && end - place.pos >= length) {
		count = bytes_before(&place, end);
		at = find_in(bytes_at(&place), count, what, length);
		if (at)
			return (ev_ssize_t)(place.pos +
					    (size_t)(at - bytes_at(&place)));
		if (count >= length) {
			place.offset += count - length + 1;
			place.pos += count - length + 1;
		}
		if (length > 1 && end - place.pos >= length) {
			pos = find_across(buf, place, end, what, length);
			if (pos >= 0)
				return pos;
		}
		go_on(buf, &place);
	}
	return -1;
}

struct evbuffer_ptr
evbuffer_search_range(struct evbuffer *buf, const char *what, size_t length,
	const struct evbuffer_ptr *start, const struct evbuffer_ptr *end)
{
	struct place from, to;
	ev_ssize_t pos = -1;

	buf_lock(buf);
	to.pos = buf->length;
	if (buf_load(buf) == 0 && seek_ptr(buf, start, &from) == 0 &&
		(!end || seek_ptr(buf, end, &to) == 0))
		pos = length ? find(buf, from, to.pos, what, length)
			     : (ev_ssize_t)from.pos;
	buf_unlock(buf);
	return make_ptr(pos);
}

struct evbuffer_ptr
evbuffer_search(struct evbuffer *buf, const char *what, size_t length,
	const struct evbuffer_ptr *start)
{
	return evbuffer_search_range(buf, what, length, start, NULL);
}

/* --- lines ---------------------------------------------------------------*/

/* PLACE goes to the next byte BYTE; 0 or -1: there is none. */
static int
find_byte(const struct evbuffer *buf, struct place *place, int byte)
{
	const unsigned char *at;
	size_t skip;

	for (; place->chain; go_on(buf, place)) {
		at = memchr(bytes_at(place), byte,
			place->chain->length - place->offset);
		if (!at)
			continue;
		skip = (size_t)(at - bytes_at(place));
		place->offset += skip;
		place->pos += skip;
		return 0;
	}
	return -1;
}

/* PLACE goes to the next CR or LF; 0 or -1: there is none. */
static int
find_cr_or_lf(const struct evbuffer *buf, struct place *place)
{
	const unsigned char *cr, *lf;
	size_t count;

	while (place->chain) {
		/* In steps, so that neither is looked for far beyond the other. */
		count = bytes_before(place, place->pos + EOL_STEP);
		lf = memchr(bytes_at(place), '\n', count);
		if (lf)
			count = (size_t)(lf - bytes_at(place));
		cr = memchr(bytes_at(place), '\r', count);
		if (cr)
			count = (size_t)(cr - bytes_at(place));
		place->offset += count;
		place->pos += count;
		if (cr || lf)
			return 0;
		if (place->offset == place->chain->length)
			go_on(buf, place);
	}
	return -1;
}

/* How many bytes from PLACE on are CR or LF. */
static size_t
span_cr_and_lf(const struct evbuffer *buf, struct place place)
{
	size_t from = place.pos;

	while (place.chain &&
		(*bytes_at(&place) == '\r' || *bytes_at(&place) == '\n')) {
		place.pos++;
		if (++place.offset == place.chain->length)
			go_on(buf, &place);
	}
	return place.pos - from;
}

/* Is the byte before PLACE, not before FROM, a CR? */
static int
follows_cr(struct evbuffer *buf, const struct place *place, size_t from)
{
	struct place before;

	if (place->pos == from)
		return 0;
	if (place->offset)
		return bytes_at(place)[-1] == '\r';
	(void)buf_seek(buf, place->pos - 1, &before);
	return *bytes_at(&before) == '\r';
}

/* PLACE goes there; how many bytes it takes, 0: there is none. */
static size_t
find_eol(struct evbuffer *buf, struct place *place,
	enum evbuffer_eol_style style)
{
	size_t from = place->pos;
	ev_ssize_t pos;

	switch (style) {
	case EVBUFFER_EOL_ANY:
		return find_cr_or_lf(buf, place) < 0
			       ? 0
			       : span_cr_and_lf(buf, *place);
	case EVBUFFER_EOL_CRLF_STRICT:
		pos = find(buf, *place, buf->length, "\r\n", 2);
		place->pos = (size_t)pos;
		return pos < 0 ? 0 : 2;
	case EVBUFFER_EOL_CRLF:
		if (find_byte(buf, place, '\n') < 0)
			return 0;
		if (!follows_cr(buf, place, from))
			return 1;
		place->pos--;
		return 2;
	case EVBUFFER_EOL_LF:
		return find_byte(buf, place, '\n') == 0;
	case EVBUFFER_EOL_NUL:
		return find_byte(buf, place, '\0') == 0;
	}
	return 0;
}

ev_ssize_t
buf_find_eol(struct evbuffer *buf, struct place *place,
	enum evbuffer_eol_style style, size_t *length_out)
{
	*length_out = find_eol(buf, place, style);
	return *length_out ? (ev_ssize_t)place->pos : -1;
}

struct evbuffer_ptr
evbuffer_search_eol(struct evbuffer *buf, struct evbuffer_ptr *start,
	size_t *length_out, enum evbuffer_eol_style style)
{
	struct place place;
	size_t length = 0;
	ev_ssize_t pos = -1;

	buf_lock(buf);
	if (buf_load(buf) == 0 && seek_ptr(buf, start, &place) == 0)
		pos = buf_find_eol(buf, &place, style, &length);
	buf_unlock(buf);
	if (length_out)
		*length_out = length;
	return make_ptr(pos);
}

/* --- a look --------------------------------------------------------------*/

int
evbuffer_peek(struct evbuffer *buf, ev_ssize_t length,
	struct evbuffer_ptr *start, struct evbuffer_iovec *vec, int n_vec)
{
	struct place place = {.chain = NULL};
	size_t end = 0;
	int pieces = 0;

	buf_lock(buf);
	if (buf_load(buf) == 0 && seek_ptr(buf, start, &place) == 0) {
		end = buf->length;
		if (length >= 0 && (size_t)length < end - place.pos)
			end = place.pos + (size_t)length;
	}
	for (; place.chain && place.pos < end; go_on(buf, &place)) {
		if (pieces < n_vec) {
			vec[pieces].iov_base = (void *)(uintptr_t)bytes_at(
				&place);
			vec[pieces].iov_len = place.chain->length -
					      place.offset;
		}
		pieces++;
	}
	buf_unlock(buf);
	return pieces;
}
