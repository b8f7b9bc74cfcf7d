/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a file mapped before and after there is a base?  Its name, or the end of
 * it, is the argument.
 */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

static int
is_mapped(const char *ending)
{
	char line[4096];
	size_t length = strlen(ending);
	FILE *maps = fopen("/proc/self/maps", "r");
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps)) {
		size_t n = strcspn(line, "\n");

		if (n >= length &&
			strncmp(line + n - length, ending, length) == 0)
			found = 1;
	}
	if (maps)
		fclose(maps);
	return found;
}

int
main(int argc, char **argv)
{
	const char *ending = argc > 1 ? argv[1] : "/epoll.so";
	int before = is_mapped(ending);
	struct event_base *base = event_base_new();

	if (!base)
		return 1;
	printf("before %d, after %d, backend %s\n", before, is_mapped(ending),
		event_base_get_method(base));
	event_base_free(base);
	return 0;
}
