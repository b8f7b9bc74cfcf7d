/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include <event2/event.h>

static event_log_cb log_callback;
static event_fatal_cb fatal_callback;
static ev_uint32_t debug_mask;

void
event_set_log_callback(event_log_cb cb)
{
	log_callback = cb;
}

void
event_set_fatal_callback(event_fatal_cb cb)
{
	fatal_callback = cb;
}

void
event_enable_debug_logging(ev_uint32_t which)
{
	debug_mask = which;
}

int
log_debug_enabled(void)
{
	return debug_mask != 0;
}

static const char *
severity_name(int severity)
{
	static const char *const names[] = {
		[EVENT_LOG_DEBUG] = "debug",
		[EVENT_LOG_MSG] = "msg",
		[EVENT_LOG_WARN] = "warn",
		[EVENT_LOG_ERR] = "err",
	};

	return severity >= 0 && severity <= EVENT_LOG_ERR ? names[severity]
							  : "???";
}

void
log_line(int severity, const char *text)
{
	if (severity == EVENT_LOG_DEBUG && !debug_mask)
		return;
	if (log_callback)
		log_callback(severity, text);
	else
		fprintf(stderr, "[%s] %s\n", severity_name(severity), text);
}

static void
log_format(int severity, const char *format, va_list args)
{
	char text[LOG_LINE_MAX];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	log_line(severity, text);
}

void
log_debug(const char *format, ...)
{
	va_list args;

	if (!debug_mask)
		return;
	va_start(args, format);
	log_format(EVENT_LOG_DEBUG, format, args);
	va_end(args);
}

void
log_msg(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format(EVENT_LOG_MSG, format, args);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format(EVENT_LOG_WARN, format, args);
	va_end(args);
}

void
log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format(EVENT_LOG_ERR, format, args);
	va_end(args);
}

void
log_fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_format(EVENT_LOG_ERR, format, args);
	va_end(args);
	if (fatal_callback)
		fatal_callback(1);
}
