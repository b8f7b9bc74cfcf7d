/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend of a new base, and its features, a line each. */
#include <stdio.h>

#include <event2/event.h>

int
main(void)
{
	struct event_base *base = event_base_new();
	int features;

	if (!base)
		return 1;
	features = event_base_get_features(base);
	puts(event_base_get_method(base));
	if (features & EV_FEATURE_ET)
		puts("et");
	if (features & EV_FEATURE_O1)
		puts("o1");
	if (features & EV_FEATURE_FDS)
		puts("fds");
	if (features & EV_FEATURE_EARLY_CLOSE)
		puts("early-close");
	event_base_free(base);
	return 0;
}
