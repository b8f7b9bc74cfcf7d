/* SPDX-License-Identifier: BSD-3-Clause */
/* libev: what the suite has and can do on this system. */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "commands.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"backends", command_backends},
	{"selftest", command_selftest},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static int
usage(FILE *out, int status)
{
	fputs("usage: libev backends [--json] [--probe NAME]\n"
	      "       libev selftest [--backend NAME]\n"
	      "       libev --version\n\n"
	      "backends  lists every backend in order of choice: whether it\n"
	      "          can be used, as which file, and if not, why; * marks\n"
	      "          the one that event_base_new() takes\n"
	      "selftest  runs the conformance suite, if it is installed, on\n"
	      "          each backend that can be used\n\n"
	      "Not related to the library libev.\n",
		out);
	return status;
}

static int
version(void)
{
	printf("libev-suite %s (libevent API %s)\n", LIBEV_VERSION,
		event_get_version());
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return version();
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			int status = commands[i].run(argc - 1, argv + 1);

			return status == COMMAND_MISUSED ? usage(stderr, 2)
							 : status;
		}
	return usage(stderr, 2);
}
