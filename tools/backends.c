/* SPDX-License-Identifier: BSD-3-Clause */
/* libev backends: every backend, and why it can or cannot be used. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/ext_backend.h>

enum format { AS_TABLE, AS_JSON };

struct listing {
	enum format format;
	const char *only; /* NULL: every backend */
	int is_asked;     /* only was asked for by name as well */
	int is_refused;   /* it could not be used before that */
	int shown;
	int usable;
};

static const struct {
	int bit;
	const char *name;
} features[] = {
	{EV_FEATURE_ET, "et"},
	{EV_FEATURE_O1, "o1"},
	{EV_FEATURE_FDS, "fds"},
	{EV_FEATURE_EARLY_CLOSE, "early-close"},
};

#define N_FEATURES (sizeof(features) / sizeof(*features))

static void
print_features(int set, const char *before, const char *between)
{
	const char *separator = "";

	for (size_t i = 0; i < N_FEATURES; i++)
		if (set & features[i].bit) {
			printf("%s%s%s%s", separator, before, features[i].name,
				before);
			separator = between;
		}
}

static void
print_string(const char *text)
{
	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void
show_json(const struct event_backend_info *info, int first)
{
	const char *kind = info->file        ? "module"
			   : info->abi_major ? "builtin"
					     : NULL;

	printf("%s\n  {\"name\": ", first ? "" : ",");
	print_string(info->name);
	fputs(", \"kind\": ", stdout);
	print_string(kind);
	fputs(", \"file\": ", stdout);
	print_string(info->file);
	printf(", \"abi\": \"%u.%u\", \"features\": [", info->abi_major,
		info->abi_minor);
	print_features(info->features, "\"", ", ");
	printf("], \"usable\": %s, \"picked\": %s, \"reason\": ",
		info->usable ? "true" : "false",
		info->picked ? "true" : "false");
	print_string(info->reason);
	putchar('}');
}

static void
show_row(const struct event_backend_info *info)
{
	printf("%c %-10s %-6s ", info->picked ? '*' : ' ', info->name,
		info->usable ? "yes" : "no");
	if (info->abi_major) {
		printf("%u.%-3u ", info->abi_major, info->abi_minor);
		print_features(info->features, "", ",");
		printf("  %s", info->file ? info->file : "(compiled in)");
	}
	if (info->reason)
		printf("%s%s", info->abi_major ? "\n                    " : "",
			info->reason);
	putchar('\n');
}

static int
show(const struct event_backend_info *found, void *arg)
{
	struct event_backend_info copy = *found, *info = &copy;
	struct listing *listing = arg;

	if (listing->only && strcmp(listing->only, info->name) != 0)
		return 0;
	if (listing->only && !info->usable && !listing->is_asked) {
		listing->is_refused = 1;
		return 0;
	}
	info->picked = info->picked && !listing->is_asked;
	if (listing->format == AS_JSON)
		show_json(info, listing->shown == 0);
	else
		show_row(info);
	listing->shown++;
	listing->usable += info->usable;
	return 0;
}

static void
swallow(int severity, const char *text)
{
	(void)severity, (void)text; /* each reason is in the listing */
}

/* There are backends that are only used so. */
static void
ask_by_name(struct listing *listing)
{
	listing->is_asked = 1;
	setenv("LIBEV_BACKENDS", listing->only, 1);
	event_backend_foreach(show, listing);
}

/* 0 if something in the list can be used. */
static int
list(struct listing *listing)
{
	event_set_log_callback(swallow);
	if (listing->format == AS_JSON)
		putchar('[');
	else
		puts("  backend    usable abi   features");
	event_backend_foreach(show, listing);
	if (listing->is_refused)
		ask_by_name(listing);
	if (listing->format == AS_JSON)
		puts(listing->shown ? "\n]" : "]");
	if (listing->only && !listing->shown) {
		fprintf(stderr, "libev: no backend is called %s here\n",
			listing->only);
		return 2;
	}
	return listing->usable ? 0 : 1;
}

int
command_backends(int argc, char **argv)
{
	struct listing listing = {.format = AS_TABLE};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			listing.format = AS_JSON;
		else if (strcmp(argv[i], "--probe") == 0 && i + 1 < argc)
			listing.only = argv[++i];
		else
			return COMMAND_MISUSED;
	}
	return list(&listing);
}
