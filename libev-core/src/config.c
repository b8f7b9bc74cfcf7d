/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <event2/ext_backend.h>
#include <event2/util.h>

#include "env.h"
#include "loader.h"
#include "mem.h"

void
config_init(struct event_config *config)
{
	*config = (struct event_config){
		.limits = {CLOCK_NEVER, INT_MAX, 0},
	};
}

struct event_config *
event_config_new(void)
{
	struct event_config *config = mem_alloc(sizeof(*config));

	if (config)
		config_init(config);
	return config;
}

static void
free_names(const char **names)
{
	for (int i = 0; names && names[i]; i++)
		mem_free((void *)(uintptr_t)names[i]);
	mem_free(names);
}

void
event_config_free(struct event_config *config)
{
	struct config_name *name;

	if (!config)
		return;
	while ((name = config->avoided)) {
		config->avoided = name->next;
		mem_free(name);
	}
	free_names(config->methods);
	mem_free(config);
}

int
event_config_avoid_method(struct event_config *config, const char *method)
{
	size_t size = method ? strlen(method) + 1 : 0;
	struct config_name *name = config && size
					   ? mem_alloc(sizeof(*name) + size)
					   : NULL;

	if (!name)
		return -1;
	memcpy(name->text, method, size);
	name->next = config->avoided;
	config->avoided = name;
	return 0;
}

int
event_config_set_methods(struct event_config *config, const char *const *names)
{
	size_t n = 0;
	const char **copy;

	if (!config)
		return -1;
	while (names && names[n])
		n++;
	copy = names ? mem_zero(n + 1, sizeof(*copy)) : NULL;
	if (names && !copy)
		return -1;
	for (size_t i = 0; i < n; i++) {
		copy[i] = mem_dup(names[i]);
		if (!copy[i]) {
			free_names(copy);
			return -1;
		}
	}
	free_names(config->methods);
	config->methods = copy;
	return 0;
}

int
event_config_require_features(struct event_config *config, int features)
{
	if (!config)
		return -1;
	config->required = features;
	return 0;
}

int
event_config_set_flag(struct event_config *config, int flag)
{
	if (!config)
		return -1;
	config->flags |= flag;
	return 0;
}

/* For completion ports alone, which no backend of this library has. */
int
event_config_set_num_cpus_hint(struct event_config *config, int cpus)
{
	(void)cpus;
	return config ? 0 : -1;
}

int
event_config_set_max_dispatch_interval(struct event_config *config,
	const struct timeval *max_interval, int max_callbacks, int min_priority)
{
	if (!config)
		return -1;
	config->limits = (struct dispatch_limits){
		.interval_ns = max_interval ? clock_from_timeval(max_interval)
					    : CLOCK_NEVER,
		.callbacks = max_callbacks < 0 ? INT_MAX
			     : max_callbacks   ? max_callbacks
					       : 1,
		.min_priority = min_priority < 0 ? 0 : min_priority,
	};
	return 0;
}

/* TEXT, names with commas between, cut in place into a list. */
static const char *const *
split(const char *text, char **owned_out)
{
	size_t size = strlen(text) + 1, n = 0, commas = 0;
	char *block, *word, *rest;
	const char **names;

	for (const char *c = text; *c; c++)
		commas += *c == ',';
	block = mem_alloc((commas + 2) * sizeof(*names) + size);
	if (!block)
		return NULL;
	names = (const char **)(void *)block;
	word = memcpy(block + (commas + 2) * sizeof(*names), text, size);
	for (; word; word = rest) {
		rest = strchr(word, ',');
		if (rest)
			*rest++ = '\0';
		if (*word)
			names[n++] = word;
	}
	names[n] = NULL;
	*owned_out = block;
	return names;
}

const char *const *
config_names(const struct event_config *config, char **owned_out)
{
	const char *wanted = env_get("LIBEV_BACKENDS");

	*owned_out = NULL;
	if (config->methods)
		return config->methods;
	if (wanted && *wanted && !(config->flags & EVENT_BASE_FLAG_IGNORE_ENV))
		return split(wanted, owned_out);
	return loader_names;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static int
is_forbidden(const char *name)
{
	char variable[64] = "EVENT_NO";
	size_t start = strlen(variable), length = strlen(name);

	if (length >= sizeof(variable) - start)
		return 0;
	for (size_t i = 0; i < length; i++)
		variable[start + i] = upper(name[i]);
	return env_is_set(variable);
}

const char *
config_objection(const struct event_config *config, const char *name)
{
	for (struct config_name *a = config->avoided; a; a = a->next)
		if (evutil_ascii_strcasecmp(a->text, name) == 0)
			return "avoided by the program";
	if (!(config->flags & EVENT_BASE_FLAG_IGNORE_ENV) && is_forbidden(name))
		return "forbidden by EVENT_NO<METHOD> in the environment";
	return NULL;
}

const char *
config_lacks(const struct event_config *config, uint32_t features)
{
	if (((uint32_t)config->required & ~features) == 0)
		return NULL;
	return "lacks a feature that the program requires";
}
