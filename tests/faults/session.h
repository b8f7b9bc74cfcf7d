/* SPDX-License-Identifier: BSD-3-Clause */
/* A program that uses everything, and goes on as well as it can. */
#ifndef TESTS_FAULTS_SESSION_H
#define TESTS_FAULTS_SESSION_H

/*
 * Run it on the backend that LIBEV_TEST_BACKEND names.  1 if everything
 * worked, 0 if something was refused, -1 if something did not happen and
 * nobody said so; in any case it gives everything back.
 */
int session_run(void);

#endif
