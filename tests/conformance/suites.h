/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The suites of the conformance program; suite_x() is in x.c.
 */
#ifndef EV_TEST_SUITES_H
#define EV_TEST_SUITES_H

#include <check.h>

Suite *suite_active(void);
Suite *suite_base(void);
Suite *suite_bugs(void);
Suite *suite_closing(void);
Suite *suite_config(void);
Suite *suite_edge(void);
Suite *suite_features(void);
Suite *suite_fork(void);
Suite *suite_hang_up(void);
Suite *suite_io(void);
Suite *suite_legacy(void);
Suite *suite_library(void);
Suite *suite_locks(void);
Suite *suite_loop(void);
Suite *suite_loop_end(void);
Suite *suite_loop_time(void);
Suite *suite_numbers(void);
Suite *suite_priority(void);
Suite *suite_seed(void);
Suite *suite_signals(void);
Suite *suite_threads(void);
Suite *suite_timers(void);
Suite *suite_watch(void);

#endif
