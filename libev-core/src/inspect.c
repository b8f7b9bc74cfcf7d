/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in a base: walking over its events, and showing them. */
#include <stdio.h>

#include <event2/event.h>
#include <event2/ext_inspect.h>

#include "base.h"
#include "pending.h"

typedef int visit_fn(struct event *, void *);

struct walk {
	visit_fn *fn;
	void *arg;
};

static int
walk_fd(ev_fd fd, struct fd_entry *entry, void *arg)
{
	const struct walk *walk = arg;
	struct event *ev = entry->events, *next;
	int result = 0;

	(void)fd;
	for (; ev && !result; ev = next) {
		next = ev->ev_peers.le_next;
		result = walk->fn(ev, walk->arg);
	}
	return result;
}

static int
walk_signals(struct event_base *base, visit_fn *fn, void *arg)
{
	int result = 0;

	for (int signo = 1; signo < EV_SIGNAL_MAX && !result; signo++) {
		struct event *ev = signals_first(&base->signals, signo), *next;

		for (; ev && !result; ev = next) {
			next = ev->ev_peers.le_next;
			result = fn(ev, arg);
		}
	}
	return result;
}

/* Those that a descriptor or signal has not shown already. */
static int
visit_timer(struct event *ev, void *arg)
{
	const struct walk *walk = arg;

	if (ev->ev_evcallback.evcb_flags & EVLIST_INSERTED && ev->ev_fd >= 0)
		return 0;
	return walk->fn(ev, walk->arg);
}

static int
walk_active(struct event_base *base, visit_fn *fn, void *arg)
{
	int result = 0;

	for (int level = 0; level < base->ready.levels; level++) {
		struct event_callback *cb = ready_first(&base->ready, level);

		for (; cb && !result; cb = cb->evcb_active_next.tqe_next)
			if (cb->evcb_flags & EVLIST_INIT)
				result = fn(event_of_callback(cb), arg);
	}
	return result;
}

static int
visit_active(struct event *ev, void *arg)
{
	const struct walk *walk = arg;

	if (ev->ev_evcallback.evcb_flags & (EVLIST_INSERTED | EVLIST_TIMEOUT))
		return 0;
	return walk->fn(ev, walk->arg);
}

static int
walk_pending(struct event_base *base, visit_fn *fn, void *arg)
{
	struct walk walk = {fn, arg};
	int result = fdtable_foreach(&base->io.fds, walk_fd, &walk);

	if (!result)
		result = walk_signals(base, fn, arg);
	if (!result)
		result = timers_foreach(&base->timers, visit_timer, &walk);
	return result;
}

struct foreach {
	event_base_foreach_event_cb fn;
	const struct event_base *base;
	void *arg;
};

static int
call_user(struct event *ev, void *arg)
{
	const struct foreach *foreach = arg;

	return foreach->fn(foreach->base, ev, foreach->arg);
}

int
event_base_foreach_event(
	struct event_base *base, event_base_foreach_event_cb fn, void *arg)
{
	struct foreach foreach = {fn, base, arg};
	struct walk walk = {call_user, &foreach};
	int result;

	if (!base || !fn)
		return -1;
	lock_take(&base->lock);
	result = walk_pending(base, call_user, &foreach);
	if (!result)
		result = walk_active(base, visit_active, &walk);
	base_give(base);
	return result;
}

struct by_fd {
	struct event_base *base;
	evutil_socket_t fd;
	short events;
};

static int
activate_timer(struct event *ev, void *arg)
{
	const struct by_fd *by = arg;

	if (ev->ev_fd == by->fd)
		pending_activate(by->base, ev, EV_TIMEOUT, 1);
	return 0;
}

void
event_base_active_by_fd(
	struct event_base *base, evutil_socket_t fd, short events)
{
	struct by_fd by = {base, fd, events};
	struct fd_entry *entry;
	struct event *ev;
	int what;

	lock_take(&base->lock);
	if (events & EV_TIMEOUT)
		(void)timers_foreach(&base->timers, activate_timer, &by);
	entry = fdtable_find(&base->io.fds, fd);
	for (ev = entry ? entry->events : NULL; ev; ev = ev->ev_peers.le_next) {
		what = ev->ev_events & events &
		       (EV_READ | EV_WRITE | EV_CLOSED);
		if (what && !(ev->ev_evcallback.evcb_flags & EVLIST_INTERNAL))
			pending_activate(base, ev, what, 1);
	}
	base_give(base);
}

void
event_base_active_by_signal(struct event_base *base, int signo)
{
	lock_take(&base->lock);
	pending_activate_signal(base, signo, 1);
	base_give(base);
}

/* --- text ----------------------------------------------------------------*/

static const struct {
	short bit;
	const char *word;
} words[] = {
	{EV_READ, "Read"},
	{EV_WRITE, "Write"},
	{EV_CLOSED, "EOF"},
	{EV_SIGNAL, "Signal"},
	{EV_PERSIST, "Persist"},
	{EV_ET, "ET"},
};

#define N_WORDS (sizeof(words) / sizeof(*words))

static void
print_words(FILE *out, int events)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (events & words[i].bit)
			fprintf(out, " %s", words[i].word);
}

static void
print_head(FILE *out, const struct event *ev)
{
	fprintf(out, "  %p [%s %ld", (const void *)ev,
		ev->ev_events & EV_SIGNAL ? "sig" : "fd ", (long)ev->ev_fd);
	if (ev->ev_name)
		fprintf(out, ", %s", ev->ev_name);
}

static int
print_pending(struct event *ev, void *arg)
{
	FILE *out = arg;
	struct timeval tv;

	print_head(out, ev);
	fputc(']', out);
	print_words(out, ev->ev_events);
	if (ev->ev_evcallback.evcb_flags & EVLIST_INTERNAL)
		fputs(" Internal", out);
	if (ev->ev_evcallback.evcb_flags & EVLIST_TIMEOUT) {
		tv = clock_to_timeval(clock_wall_of(ev->ev_deadline));
		fprintf(out, " Timeout=%lld.%06ld", (long long)tv.tv_sec,
			(long)tv.tv_usec);
	}
	fputc('\n', out);
	return 0;
}

static int
print_active(struct event *ev, void *arg)
{
	FILE *out = arg;

	print_head(out, ev);
	fprintf(out, ", priority=%d]", ev->ev_evcallback.evcb_pri);
	print_words(out, ev->ev_res);
	if (ev->ev_res & EV_TIMEOUT)
		fputs(" Timeout", out);
	fputs(" active\n", out);
	return 0;
}

void
event_base_dump_events(struct event_base *base, FILE *out)
{
	lock_take(&base->lock);
	fputs("Inserted events:\n", out);
	(void)walk_pending(base, print_pending, out);
	fputs("Active events:\n", out);
	(void)walk_active(base, print_active, out);
	base_give(base);
}

/* --- JSON ----------------------------------------------------------------*/

struct json {
	FILE *out;
	int64_t now;
	int count;
};

static void
json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
json_words(FILE *out, const char *key, int events)
{
	const char *comma = "";

	fprintf(out, ", \"%s\": [", key);
	for (size_t i = 0; i < N_WORDS; i++)
		if (events & words[i].bit) {
			fprintf(out, "%s\"%s\"", comma, words[i].word);
			comma = ", ";
		}
	if (events & EV_TIMEOUT)
		fprintf(out, "%s\"Timeout\"", comma);
	fputc(']', out);
}

static int
json_event(struct event *ev, void *arg)
{
	struct json *json = arg;
	FILE *out = json->out;
	int flags = ev->ev_evcallback.evcb_flags;

	fprintf(out, "%s\n    {\"event\": \"%p\", \"name\": ",
		json->count++ ? "," : "", (const void *)ev);
	if (ev->ev_name)
		json_string(out, ev->ev_name);
	else
		fputs("null", out);
	fprintf(out, ", \"%s\": %ld, \"priority\": %d",
		ev->ev_events & EV_SIGNAL ? "signal" : "fd", (long)ev->ev_fd,
		ev->ev_evcallback.evcb_pri);
	json_words(out, "events", ev->ev_events);
	fprintf(out, ", \"internal\": %s, \"pending\": %s",
		flags & EVLIST_INTERNAL ? "true" : "false",
		flags & (EVLIST_INSERTED | EVLIST_TIMEOUT) ? "true" : "false");
	if (flags & EVLIST_TIMEOUT)
		fprintf(out, ", \"timeout_ns\": %lld",
			(long long)(ev->ev_deadline - json->now));
	if (flags & EVLIST_ACTIVE)
		json_words(out, "active", ev->ev_res);
	fputc('}', out);
	return 0;
}

int
event_base_dump_json(struct event_base *base, FILE *out)
{
	struct json json = {out, clock_read(), 0};
	struct walk walk = {json_event, &json};

	lock_take(&base->lock);
	fprintf(out, "{\n  \"method\": ");
	json_string(out, base->io.ops->name);
	fprintf(out,
		",\n  \"priorities\": %d,\n  \"running\": %s,\n"
		"  \"events\": [",
		base->ready.levels, base->running ? "true" : "false");
	(void)walk_pending(base, json_event, &json);
	(void)walk_active(base, visit_active, &walk);
	fprintf(out, "%s]\n}\n", json.count ? "\n  " : "");
	base_give(base);
	return ferror(out) ? -1 : 0;
}
