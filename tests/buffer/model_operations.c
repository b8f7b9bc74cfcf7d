/* SPDX-License-Identifier: BSD-3-Clause */
/* What the random programs of model.c do. */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"

/* Mostly small, sometimes large, often nothing. */
static size_t
draw_size(size_t most)
{
	size_t limits[] = {1, 4, 40, 400, PIECE_MAX};
	size_t limit = limits[draw(5)];

	return draw((limit < most ? limit : most) + 1);
}

/* --- in ------------------------------------------------------------------*/

static void
do_add(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX);
	unsigned char *bytes = random_bytes(count);

	if (done(evbuffer_add(m->buf, bytes, count) == 0, !m->frozen_back))
		model_insert(m, m->length, bytes, count);
}

static void
do_prepend(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX);
	unsigned char *bytes = random_bytes(count);

	if (done(evbuffer_prepend(m->buf, bytes, count) == 0, !m->frozen_front))
		model_insert(m, 0, bytes, count);
}

static void
do_printf(void)
{
	struct model *m = any_model();
	size_t count = draw_size(2000);
	char text[2001];
	int added;

	memset(text, 'a' + (int)draw(4), count);
	text[count] = '\0';
	added = evbuffer_add_printf(m->buf, "%s", text);
	if (done(added >= 0, !m->frozen_back)) {
		AGREE((size_t)added == count);
		model_insert(m, m->length, text, count);
	}
}

static int
cut_up(unsigned char *bytes, size_t count, struct evbuffer_iovec vec[3])
{
	size_t first = draw(count + 1), second = draw(count - first + 1);

	vec[0].iov_base = bytes;
	vec[0].iov_len = first;
	vec[1].iov_base = bytes + first;
	vec[1].iov_len = second;
	vec[2].iov_base = bytes + first + second;
	vec[2].iov_len = count - first - second;
	return 3;
}

static void
do_add_iovec(void)
{
	struct model *m = any_model();
	size_t count = 1 + draw_size(PIECE_MAX - 1);
	unsigned char *bytes = random_bytes(count);
	struct evbuffer_iovec vec[3];
	int n = cut_up(bytes, count, vec);
	size_t added = evbuffer_add_iovec(m->buf, vec, n);

	if (done(added > 0, !m->frozen_back)) {
		AGREE(added == count);
		model_insert(m, m->length, bytes, count);
	}
}

static void
do_expand(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX);
	unsigned char *bytes = random_bytes(count);

	if (!done(evbuffer_expand(m->buf, count) == 0, 1) || m->frozen_back ||
		draw(2))
		return;
	alloc_fail(1, 1);
	AGREE(evbuffer_add(m->buf, bytes, count) == 0);
	model_insert(m, m->length, bytes, count);
}

static void
commit_some(struct model *m, struct evbuffer_iovec *vec, int n)
{
	size_t at = m->length;

	for (int i = 0; i < n; i++) {
		if (vec[i].iov_len > PIECE_MAX)
			vec[i].iov_len = PIECE_MAX;
		vec[i].iov_len = draw(3) ? draw(vec[i].iov_len + 1) : 0;
		memcpy(vec[i].iov_base, random_bytes(vec[i].iov_len),
			vec[i].iov_len);
		model_insert(m, at, vec[i].iov_base, vec[i].iov_len);
		at += vec[i].iov_len;
	}
	AGREE(evbuffer_commit_space(m->buf, vec, n) == 0);
}

static void
do_reserve(void)
{
	struct model *m = any_model();
	struct evbuffer_iovec vec[4];
	size_t count = draw_size(PIECE_MAX), room = 0;
	int most = 1 + (int)draw(4), n;

	n = evbuffer_reserve_space(m->buf, (ev_ssize_t)count, vec, most);
	if (!done(n >= 0, !m->frozen_back))
		return;
	AGREE(n >= 1 && n <= most);
	for (int i = 0; i < n; i++)
		room += vec[i].iov_len;
	AGREE(room >= count && room > 0);
	if (draw(4))
		commit_some(m, vec, n - (int)draw(2));
}

static void
count_cleanup(const void *data, size_t length, void *memory)
{
	AGREE(!data || data == memory);
	AGREE(length <= PIECE_MAX);
	references--;
	free(memory);
}

static unsigned char *
new_reference(size_t count)
{
	unsigned char *memory = malloc(count + 1);

	memcpy(memory, random_bytes(count), count);
	references++;
	return memory;
}

static void
keep_reference(unsigned char *memory)
{
	references--;
	free(memory);
}

static void
do_add_reference(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX), skip = draw(count + 1);
	unsigned char *memory = new_reference(count), bytes[PIECE_MAX];
	int result;

	memcpy(bytes, memory, count);
	if (draw(2)) {
		skip = 0;
		result = evbuffer_add_reference(
			m->buf, memory, count, count_cleanup, memory);
	} else {
		result = evbuffer_add_reference_with_offset(m->buf, memory,
			skip, count - skip, count_cleanup, memory);
	}
	if (done(result == 0, !m->frozen_back))
		model_insert(m, m->length, bytes + skip, count - skip);
	else
		keep_reference(memory);
}

static void
do_add_iovec_reference(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX);
	unsigned char *memory = new_reference(count), bytes[PIECE_MAX];
	struct evbuffer_iovec vec[3];
	int n = cut_up(memory, count, vec);

	memcpy(bytes, memory, count);
	if (done(evbuffer_add_iovec_reference(
			 m->buf, vec, n, count_cleanup, memory) == 0,
		    !m->frozen_back))
		model_insert(m, m->length, bytes, count);
	else
		keep_reference(memory);
}

static void
do_add_file(void)
{
	struct model *m = any_model();
	size_t offset = draw(FILE_BYTES), count = draw_size(PIECE_MAX);
	struct evbuffer_file_segment *seg;
	unsigned flags = draw(4) ? 0 : EVBUF_FS_DISABLE_SENDFILE;
	int result;

	if (count > FILE_BYTES - offset)
		count = FILE_BYTES - offset;
	seg = evbuffer_file_segment_new(file_fd, 0, -1, flags);
	if (!done(seg != NULL, 1))
		return;
	result = evbuffer_add_file_segment(
		m->buf, seg, (ev_off_t)offset, (ev_off_t)count);
	if (done(result == 0, !m->frozen_back))
		model_insert(m, m->length, file_bytes + offset, count);
	evbuffer_file_segment_free(seg);
}

static void
do_drains(void)
{
	struct model *m = any_model();

	if (draw(2))
		evbuffer_set_flags(m->buf, EVBUFFER_FLAG_DRAINS_TO_FD);
	else
		evbuffer_clear_flags(m->buf, EVBUFFER_FLAG_DRAINS_TO_FD);
}

/* --- out -----------------------------------------------------------------*/

static void
do_drain(void)
{
	struct model *m = any_model();
	size_t count = draw(8) ? draw_size(PIECE_MAX) : SIZE_MAX;

	if (done(evbuffer_drain(m->buf, count) == 0, !m->frozen_front))
		model_cut(m, count < m->length ? count : m->length);
}

static void
do_remove(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX);
	unsigned char bytes[PIECE_MAX];
	int got = evbuffer_remove(m->buf, bytes, count);

	if (!done(got >= 0, !m->frozen_front))
		return;
	AGREE((size_t)got == (count < m->length ? count : m->length));
	AGREE(!memcmp(bytes, m->bytes, (size_t)got));
	model_cut(m, (size_t)got);
}

static void
do_copyout(void)
{
	struct model *m = any_model();
	size_t count = draw_size(PIECE_MAX), from = draw(m->length + 2);
	unsigned char bytes[PIECE_MAX];
	struct evbuffer_ptr ptr;
	ev_ssize_t got;
	int there;

	there = evbuffer_ptr_set(m->buf, &ptr, from, EVBUFFER_PTR_SET) == 0;
	AGREE(there == (from <= m->length));
	got = evbuffer_copyout_from(m->buf, &ptr, bytes, count);
	if (!done(got >= 0, !m->frozen_front && there) || !got)
		return;
	AGREE((size_t)got ==
		(count < m->length - from ? count : m->length - from));
	AGREE(!memcmp(bytes, m->bytes + from, (size_t)got));
}

static void
do_pullup(void)
{
	struct model *m = any_model();
	ev_ssize_t count = (ev_ssize_t)draw_size(PIECE_MAX) - 1;
	size_t want = count < 0 ? m->length : (size_t)count;
	unsigned char *bytes = evbuffer_pullup(m->buf, count);

	if (!done(bytes != NULL, want > 0 && want <= m->length))
		return;
	AGREE(!memcmp(bytes, m->bytes, want));
	AGREE(evbuffer_get_contiguous_space(m->buf) >= want);
}

static void
do_peek(void)
{
	struct model *m = any_model();
	size_t from = draw(m->length + 1), pos = from;
	ev_ssize_t count = (ev_ssize_t)draw_size(PIECE_MAX) - 1;
	size_t end = count < 0 ? m->length : from + (size_t)count;
	struct evbuffer_ptr ptr = at(m->buf, from);
	struct evbuffer_iovec vec[64];
	int n = evbuffer_peek(m->buf, count, &ptr, vec, 64);

	end = end < m->length ? end : m->length;
	if (!done(n > 0, end > from))
		return;
	for (int i = 0; i < n && i < 64; i++) {
		AGREE(pos < end && vec[i].iov_len > 0);
		AGREE(vec[i].iov_len <= m->length - pos);
		AGREE(!memcmp(vec[i].iov_base, m->bytes + pos, vec[i].iov_len));
		pos += vec[i].iov_len;
	}
	AGREE(n > 64 || pos >= end);
}

/* --- searching -----------------------------------------------------------*/

static ev_ssize_t
naive_search(const struct model *m, const void *what, size_t count, size_t from,
	size_t to)
{
	for (; from + count <= to; from++)
		if (!memcmp(m->bytes + from, what, count))
			return (ev_ssize_t)from;
	return -1;
}

static void
do_search(void)
{
	struct model *m = any_model();
	size_t from = draw(m->length + 1), to = draw(m->length + 1);
	size_t count = 1 + draw(draw(4) ? 5 : 300);
	unsigned char what[400];
	struct evbuffer_ptr start = at(m->buf, from), end = at(m->buf, to);
	struct evbuffer_ptr found;
	ev_ssize_t expected;

	if (draw(2) && m->length > count)
		memcpy(what, m->bytes + draw(m->length - count), count);
	else
		memcpy(what, random_bytes(count), count);
	found = evbuffer_search_range(
		m->buf, (char *)what, count, &start, &end);
	expected = naive_search(m, what, count, from, to);
	if (found.pos < 0 && alloc_has_failed())
		return;
	AGREE(found.pos == expected);
}

/* The end of a line as its documentation says, byte by byte. */
static ev_ssize_t
naive_eol(const struct model *m, size_t from, enum evbuffer_eol_style style,
	size_t *length_out)
{
	const unsigned char *bytes = m->bytes;
	size_t pos, end;

	for (pos = from; pos < m->length; pos++) {
		end = pos;
		if (style == EVBUFFER_EOL_ANY)
			while (end < m->length &&
				(bytes[end] == '\r' || bytes[end] == '\n'))
				end++;
		else if (style == EVBUFFER_EOL_NUL)
			end += bytes[pos] == '\0';
		else if (bytes[pos] == '\n' &&
			 style != EVBUFFER_EOL_CRLF_STRICT)
			end++;
		else if (style != EVBUFFER_EOL_LF && bytes[pos] == '\r' &&
			 pos + 1 < m->length && bytes[pos + 1] == '\n')
			end += 2;
		if (end > pos) {
			*length_out = end - pos;
			return (ev_ssize_t)pos;
		}
	}
	*length_out = 0;
	return -1;
}

static void
do_search_eol(void)
{
	struct model *m = any_model();
	size_t from = draw(m->length + 1), length, expected_length;
	enum evbuffer_eol_style style = (enum evbuffer_eol_style)draw(5);
	struct evbuffer_ptr start = at(m->buf, from), found;
	ev_ssize_t expected = naive_eol(m, from, style, &expected_length);

	found = evbuffer_search_eol(m->buf, &start, &length, style);
	if (found.pos < 0 && alloc_has_failed())
		return;
	AGREE(found.pos == expected);
	AGREE(length == expected_length);
}

static void
do_readln(void)
{
	struct model *m = any_model();
	enum evbuffer_eol_style style = (enum evbuffer_eol_style)draw(5);
	size_t eol, length;
	ev_ssize_t expected = naive_eol(m, 0, style, &eol);
	char *line = evbuffer_readln(m->buf, &length, style);

	if (!done(line != NULL, expected >= 0 && !m->frozen_front))
		return;
	AGREE((ev_ssize_t)length == expected);
	AGREE(!memcmp(line, m->bytes, length) && !line[length]);
	alloc_free(line);
	model_cut(m, length + eol);
}

/* --- from buffer to buffer -----------------------------------------------*/

static void
do_add_buffer(void)
{
	struct model *to = any_model(), *from = any_model();
	int moves = to != from && from->length;

	if (done(evbuffer_add_buffer(to->buf, from->buf) == 0,
		    !moves || (!to->frozen_back && !from->frozen_front)) &&
		moves) {
		model_insert(to, to->length, from->bytes, from->length);
		model_cut(from, from->length);
	}
}

static void
do_prepend_buffer(void)
{
	struct model *to = any_model(), *from = any_model();
	int moves = to != from && from->length;

	if (done(evbuffer_prepend_buffer(to->buf, from->buf) == 0,
		    !moves || (!to->frozen_front && !from->frozen_front)) &&
		moves) {
		model_insert(to, 0, from->bytes, from->length);
		model_cut(from, from->length);
	}
}

static void
do_remove_buffer(void)
{
	struct model *to = any_model(), *from = any_model();
	size_t count = draw_size(PIECE_MAX);
	int moved = evbuffer_remove_buffer(from->buf, to->buf, count);

	if (!done(moved >= 0,
		    to == from || (!to->frozen_back && !from->frozen_front)) ||
		to == from)
		return;
	AGREE((size_t)moved == (count < from->length ? count : from->length));
	model_insert(to, to->length, from->bytes, (size_t)moved);
	model_cut(from, (size_t)moved);
}

/* It may be refused for what is in FROM; then nothing has changed. */
static void
do_add_buffer_reference(void)
{
	struct model *to = any_model(), *from = any_model();
	int result = evbuffer_add_buffer_reference(to->buf, from->buf);

	if (result < 0)
		return;
	AGREE(to != from && !to->frozen_back);
	model_insert(to, to->length, from->bytes, from->length);
}

/* --- descriptors ---------------------------------------------------------*/

static void
do_read(void)
{
	struct model *m = any_model();
	size_t count = 1 + draw_size(PIECE_MAX - 1), got = 0;
	unsigned char *bytes = random_bytes(count), rest[PIECE_MAX];
	int came;

	AGREE(write(far_fd, bytes, count) == (ssize_t)count);
	came = evbuffer_read(m->buf, near_fd, (int)draw_size(PIECE_MAX) - 1);
	if (done(came >= 0, !m->frozen_back))
		got = (size_t)came;
	AGREE(got <= count);
	model_insert(m, m->length, bytes, got);
	if (got < count)
		AGREE(read(near_fd, rest, PIECE_MAX) == (ssize_t)(count - got));
}

static void
do_write(void)
{
	struct model *m = any_model();
	ev_ssize_t most = (ev_ssize_t)draw_size(PIECE_MAX) - 1;
	static unsigned char bytes[MODEL_MAX * 4];
	int went = evbuffer_write_atmost(m->buf, near_fd, most);

	if (!done(went > 0, m->length && most && !m->frozen_front))
		return;
	AGREE(most < 0 || went <= most);
	AGREE(read(far_fd, bytes, sizeof(bytes)) == went);
	AGREE(!memcmp(bytes, m->bytes, (size_t)went));
	model_cut(m, (size_t)went);
}

/* --- the rest ------------------------------------------------------------*/

static void
do_freeze(void)
{
	struct model *m = any_model();
	int front = (int)draw(2), freeze = draw(3) == 0;
	int *frozen = front ? &m->frozen_front : &m->frozen_back;

	*frozen = freeze;
	if (freeze)
		AGREE(evbuffer_freeze(m->buf, front) == 0);
	else
		AGREE(evbuffer_unfreeze(m->buf, front) == 0);
}

static void
be_told(struct evbuffer *buf, const struct evbuffer_cb_info *info, void *arg)
{
	struct model *m = arg;

	AGREE(m->buf == buf && m->cb);
	AGREE(info->orig_size == m->told);
	m->told += info->n_added;
	m->told -= info->n_deleted;
	AGREE(m->told == evbuffer_get_length(buf));
}

static void
do_callbacks(void)
{
	struct model *m = any_model();

	if (m->cb) {
		AGREE(evbuffer_remove_cb_entry(m->buf, m->cb) == 0);
		m->cb = NULL;
		return;
	}
	m->cb = evbuffer_add_cb(m->buf, be_told, m);
	m->told = m->length;
	(void)done(m->cb != NULL, 1);
}

static void
do_disable(void)
{
	struct model *m = any_model();

	if (!m->cb)
		return;
	evbuffer_cb_clear_flags(m->buf, m->cb, EVBUFFER_CB_ENABLED);
	if (!m->frozen_back && evbuffer_add(m->buf, "quiet", 5) == 0)
		model_insert(m, m->length, "quiet", 5);
	evbuffer_cb_set_flags(m->buf, m->cb, EVBUFFER_CB_ENABLED);
	m->told = m->length;
}

/* What is due is told first: switched, it would be told with other news. */
static void
do_defer(void)
{
	struct model *m = any_model();
	int defer = (int)draw(2);

	fake_turn();
	if (done(evbuffer_defer_callbacks(m->buf, defer ? fake_base() : NULL) ==
			    0,
		    1))
		m->deferred = defer;
}

static void
do_turn(void)
{
	fake_turn();
	for (int i = 0; i < N_MODELS; i++)
		if (models[i].cb)
			AGREE(models[i].told == models[i].length);
}

static void
do_start_over(void)
{
	struct model *m = any_model();
	struct evbuffer *buf = evbuffer_new();

	if (!done(buf != NULL, 1))
		return;
	fake_turn();
	evbuffer_free(m->buf);
	free(m->bytes);
	memset(m, 0, sizeof(*m));
	m->buf = buf;
	m->bytes = malloc(1);
}

const struct operation operations[] = {
	{"add", do_add},
	{"prepend", do_prepend},
	{"printf", do_printf},
	{"add_iovec", do_add_iovec},
	{"expand", do_expand},
	{"reserve", do_reserve},
	{"add_reference", do_add_reference},
	{"add_iovec_reference", do_add_iovec_reference},
	{"add_file", do_add_file},
	{"drains", do_drains},
	{"drain", do_drain},
	{"remove", do_remove},
	{"copyout", do_copyout},
	{"pullup", do_pullup},
	{"peek", do_peek},
	{"search", do_search},
	{"search_eol", do_search_eol},
	{"readln", do_readln},
	{"add_buffer", do_add_buffer},
	{"prepend_buffer", do_prepend_buffer},
	{"remove_buffer", do_remove_buffer},
	{"add_buffer_reference", do_add_buffer_reference},
	{"read", do_read},
	{"write", do_write},
	{"freeze", do_freeze},
	{"callbacks", do_callbacks},
	{"disable", do_disable},
	{"defer", do_defer},
	{"turn", do_turn},
	{"start_over", do_start_over},
};

const int n_operations = (int)(sizeof(operations) / sizeof(*operations));
