/* SPDX-License-Identifier: BSD-3-Clause */
/* A shared object that needs a function which nobody has. */
int event_of_nobody(void);
int (*needed)(void) = event_of_nobody;
