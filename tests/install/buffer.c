/* SPDX-License-Identifier: BSD-3-Clause */
/* A program of somebody else that has buffers, and nothing but them. */
#include <stdio.h>
#include <stdlib.h>

#include <event2/buffer.h>

int
main(void)
{
	struct evbuffer *buffer = evbuffer_new();
	char *line;

	if (!buffer || evbuffer_add_printf(buffer, "%d lines\n", 1) < 0)
		return 1;
	line = evbuffer_readln(buffer, NULL, EVBUFFER_EOL_LF);
	printf("read: %s\n", line ? line : "nothing");
	free(line);
	evbuffer_free(buffer);
	return 0;
}
