/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages to the user: to the function given to event_set_log_callback(),
 * else to stderr.  Never called with a lock of ours held that the callback
 * could want; a line is cut at LOG_LINE_MAX - 1 bytes.
 */
#ifndef EV_CORE_LOG_H
#define EV_CORE_LOG_H

#define LOG_LINE_MAX 1024

#define LOG_PRINTF(text, first) __attribute__((format(printf, text, first)))

void log_debug(const char *format, ...) LOG_PRINTF(1, 2);
void log_msg(const char *format, ...) LOG_PRINTF(1, 2);
void log_warn(const char *format, ...) LOG_PRINTF(1, 2);
void log_error(const char *format, ...) LOG_PRINTF(1, 2);

/* One finished line of SEVERITY (EVENT_LOG_*). */
void log_line(int severity, const char *text);

/*
 * A caller broke a rule so badly that going on makes no sense: logs, then
 * calls the function given to event_set_fatal_callback().  Returns if that
 * does, or if there is none: the library itself never ends the process, so
 * the caller of log_fatal() must refuse what was asked.
 */
void log_fatal(const char *format, ...) LOG_PRINTF(1, 2);

/* Is it worth putting a debug message together? */
int log_debug_enabled(void);

#endif
