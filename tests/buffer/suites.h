/* SPDX-License-Identifier: BSD-3-Clause */
/* The suites of the program that tests buffers alone. */
#ifndef EV_TEST_BUFFER_SUITES_H
#define EV_TEST_BUFFER_SUITES_H

#include <check.h>

Suite *evbuffer_suite(void);
Suite *file_suite(void);
Suite *io_suite(void);
Suite *move_suite(void);
Suite *notify_suite(void);
Suite *search_suite(void);

#endif
