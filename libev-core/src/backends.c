/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One attempt after the other.  What was wrong with each is collected in a
 * report, and shown only if no attempt succeeds, or at the debug level.
 */
#include "backends.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/ext_backend.h>

#include "env.h"
#include "host.h"
#include "loader.h"
#include "log.h"
#include "mem.h"

struct report {
	char text[LOG_LINE_MAX];
	size_t length;
};

static void
note(struct report *report, const char *name, const char *why)
{
	size_t room = sizeof(report->text) - report->length;
	int n = snprintf(report->text + report->length, room, "%s%s (%s)",
		report->length ? "; " : "", name, why);

	log_debug("backend %s is not used: %s", name, why);
	if (n > 0)
		report->length += (size_t)n < room ? (size_t)n : room - 1;
}

static uint32_t
options(const struct event_config *config)
{
	int env = !(config->flags & EVENT_BASE_FLAG_IGNORE_ENV);

	if (config->flags & EVENT_BASE_FLAG_PRECISE_TIMER ||
		(env && env_is_set("EVENT_PRECISE_TIMER")))
		return EV_OPT_PRECISE;
	return 0;
}

static const char *
refusal(const struct ev_backend_ops *ops, int err)
{
	const char *why = EV_ABI_HAS(struct ev_backend_ops, ops, explain)
				  ? ops->explain(err)
				  : NULL;

	return why ? why : strerror(-err);
}

/* NULL if NAME is open in IO now, else why not. */
static const char *
attempt(struct io *io, const struct event_config *config, const char *name,
	struct loader_found *found)
{
	const char *why = config_objection(config, name);
	int err;

	if (why)
		return why;
	loader_find(name, found);
	if (!found->ops)
		return found->why;
	if (found->why[0])
		log_debug("backend %s is the one compiled in: %s", name,
			found->why);
	why = config_lacks(config, found->ops->features);
	if (why)
		return why;
	err = io_open(io, found->ops, host_table(), options(config));
	return err < 0 ? refusal(found->ops, err) : NULL;
}

static void
show_choice(const struct io *io, const struct event_config *config,
	const struct loader_found *found)
{
	int env = !(config->flags & EVENT_BASE_FLAG_IGNORE_ENV);

	if (env && env_is_set("EVENT_SHOW_METHOD"))
		log_msg("event loop method: %s%s%s", io->ops->name,
			found->file ? ", " : " (compiled in)",
			found->file ? found->file : "");
	else
		log_debug("backend %s from %s", io->ops->name,
			found->file ? found->file : "the library itself");
}

int
backends_open(struct io *io, const struct event_config *config)
{
	struct report report = {.length = 0};
	struct loader_found found;
	char *owned;
	const char *const *names = config_names(config, &owned);
	const char *why = "";

	if (!names)
		return -ENOMEM;
	for (; why && *names; names++) {
		why = attempt(io, config, *names, &found);
		if (why)
			note(&report, *names, why);
	}
	mem_free(owned);
	if (why) {
		log_warn("no backend can be used: %s",
			report.length ? report.text : "none is named");
		return -ENOSYS;
	}
	show_choice(io, config, &found);
	return 0;
}

/* --- lists for the user --------------------------------------------------*/

/*
 * Filled at the first call, and then again at each; the names themselves are
 * those of the build, so nothing that was handed out ever goes.
 */
const char **
event_get_supported_methods(void)
{
	static const char *methods[32];
	struct event_config config;
	struct loader_found found;
	size_t n = 0;

	config_init(&config);
	for (int i = 0; loader_names[i]; i++) {
		if (n + 1 == sizeof(methods) / sizeof(*methods))
			break;
		if (config_objection(&config, loader_names[i]))
			continue;
		loader_find(loader_names[i], &found);
		if (found.ops)
			methods[n++] = loader_names[i];
	}
	methods[n] = NULL;
	return methods;
}

/* NAME is not opened: who has not asked for it may be forbidden to try. */
static const char *
find_unasked(const char *name, struct loader_found *found)
{
	loader_find(name, found);
	return found->ops ? "used only when asked for by name" : found->why;
}

/* Open NAME for a moment: what it is, and whether it works here. */
static const char *
probe(const struct event_config *config, const char *name,
	struct loader_found *found)
{
	const char *why;
	struct io io;

	found->ops = NULL;
	found->file = NULL;
	why = attempt(&io, config, name, found);
	if (!why)
		io_close(&io);
	return why;
}

static struct event_backend_info
describe(const char *name, const struct loader_found *found, const char *why)
{
	struct event_backend_info info = {
		.struct_size = sizeof(info),
		.name = name,
		.file = found->file,
		.usable = !why,
		.reason = why,
	};

	if (found->ops) {
		info.abi_major = EV_ABI_MAJOR(found->ops->abi_version);
		info.abi_minor = EV_ABI_MINOR(found->ops->abi_version);
		info.features = (int)found->ops->features;
	}
	return info;
}

static int
show_unasked(int (*fn)(const struct event_backend_info *, void *), void *arg)
{
	struct event_backend_info info;
	struct loader_found found;
	int result = 0;

	for (int i = 0; loader_names_on_request[i] && !result; i++) {
		const char *name = loader_names_on_request[i];
		const char *why = find_unasked(name, &found);

		info = describe(name, &found, why);
		result = fn(&info, arg);
	}
	return result;
}

int
event_backend_foreach(
	int (*fn)(const struct event_backend_info *, void *), void *arg)
{
	struct event_config config;
	struct event_backend_info info;
	struct loader_found found;
	char *owned;
	const char *const *names, *const *next;
	const char *why;
	int result = 0, picked = 0;

	config_init(&config);
	names = config_names(&config, &owned);
	for (next = names; next && *next && !result; next++) {
		why = probe(&config, *next, &found);
		info = describe(*next, &found, why);
		info.picked = info.usable && !picked;
		picked |= info.usable;
		result = fn(&info, arg);
	}
	if (names == loader_names && !result)
		result = show_unasked(fn, arg);
	mem_free(owned);
	return result;
}
