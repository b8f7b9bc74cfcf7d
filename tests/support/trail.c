/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trail.h: one trail for the process, that is, for the test.
 */
#include "trail.h"

#include <stdint.h>

#include "fixture.h"

static char letters[256];
static size_t count;

const char *
trail(void)
{
	return letters;
}

size_t
trail_length(void)
{
	return count;
}

void
leave_mark(const char *letter)
{
	if (count < sizeof(letters) - 1)
		letters[count] = *letter;
	count++;
}

void
mark(evutil_socket_t fd, short what, void *letter)
{
	(void)fd;
	(void)what;
	leave_mark(letter);
}

void
mark_and_take(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	take_all(fd);
}

void
mark_and_send(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	send_byte(fx.peer);
}

void
mark_and_break(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	ck_assert_int_eq(event_base_loopbreak(fx.base), 0);
}

void
mark_and_exit(evutil_socket_t fd, short what, void *letter)
{
	mark(fd, what, letter);
	ck_assert_int_eq(event_base_loopexit(fx.base, NULL), 0);
}

static struct event *
make(evutil_socket_t fd, short what, event_callback_fn fn, const char *letter,
	int priority)
{
	struct event *ev = fixture_event(
		fd, what, fn, (void *)(uintptr_t)letter);

	ck_assert_int_eq(event_priority_set(ev, priority), 0);
	return ev;
}

void
add_active(event_callback_fn fn, const char *letter, int priority)
{
	event_active(make(-1, 0, fn, letter, priority), EV_READ, 1);
}

void
add_reader(event_callback_fn fn, const char *letter, int priority)
{
	struct event *ev = make(
		fx.fd, EV_READ | EV_PERSIST, fn, letter, priority);

	ck_assert_int_eq(event_add(ev, NULL), 0);
}
