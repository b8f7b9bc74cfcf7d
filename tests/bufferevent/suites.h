/* SPDX-License-Identifier: BSD-3-Clause */
/* The suites of the program that tests bufferevents and listeners. */
#ifndef EV_TEST_BUFFEREVENT_SUITES_H
#define EV_TEST_BUFFEREVENT_SUITES_H

#include <check.h>

Suite *bugs_suite(void);
Suite *callbacks_suite(void);
Suite *connect_suite(void);
Suite *datagram_suite(void);
Suite *extras_suite(void);
Suite *filter_suite(void);
Suite *found_suite(void);
Suite *kind_suite(void);
Suite *life_suite(void);
Suite *listener_suite(void);
Suite *long_run_suite(void);
Suite *pair_suite(void);
Suite *pipe_suite(void);
Suite *rate_suite(void);
Suite *refusals_suite(void);
Suite *shared_suite(void);
Suite *shortage_suite(void);
Suite *socket_suite(void);
Suite *threads_suite(void);

#endif
