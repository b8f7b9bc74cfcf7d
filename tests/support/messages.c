/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * messages.h: one count and the latest text for each severity.
 */
#include "messages.h"

#include <pthread.h>
#include <stdio.h>

#include <event2/event.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counts[MESSAGE_KINDS];
static char texts[MESSAGE_KINDS][256];

static void
note(int severity, const char *text)
{
	if (severity < 0 || severity >= MESSAGE_KINDS)
		severity = EVENT_LOG_ERR;
	pthread_mutex_lock(&lock);
	counts[severity]++;
	snprintf(texts[severity], sizeof(texts[severity]), "%s", text);
	pthread_mutex_unlock(&lock);
}

static void
note_fatal(int err)
{
	(void)err;
	note(MESSAGE_FATAL, "fatal");
}

void
messages_collect(void)
{
	int severity;

	for (severity = 0; severity < MESSAGE_KINDS; severity++) {
		counts[severity] = 0;
		texts[severity][0] = '\0';
	}
	event_set_log_callback(note);
	event_set_fatal_callback(note_fatal);
}

int
messages_take(int severity)
{
	int count;

	pthread_mutex_lock(&lock);
	count = counts[severity];
	counts[severity] = 0;
	pthread_mutex_unlock(&lock);
	return count;
}

const char *
messages_latest(int severity)
{
	return texts[severity];
}
