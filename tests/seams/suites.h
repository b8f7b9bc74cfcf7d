/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The suites of the seams program; suite_x() is in x.c.
 */
#ifndef EV_TEST_SEAMS_SUITES_H
#define EV_TEST_SEAMS_SUITES_H

#include <check.h>

Suite *suite_bell(void);
Suite *suite_changes(void);
Suite *suite_ring(void);
Suite *suite_schedule(void);

#endif
