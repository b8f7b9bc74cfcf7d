/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library logs during a test.
 *
 * Nothing reaches stderr.  A test that provokes warnings or a fatal error takes
 * them; the fixture fails a test that leaves some behind.
 */
#ifndef EV_TEST_MESSAGES_H
#define EV_TEST_MESSAGES_H

enum { MESSAGE_FATAL = 4, MESSAGE_KINDS };

/** Begin to collect: log and fatal callback become ours, counts 0. */
void messages_collect(void);

/**
 * How many messages of a severity came since the last time of asking.
 *
 * @param severity  EVENT_LOG_*, or MESSAGE_FATAL for calls of the fatal
 *     callback
 */
int messages_take(int severity);

/** The text of the latest message of a severity; "" if there was none. */
const char *messages_latest(int severity);

#endif
