/* SPDX-License-Identifier: BSD-3-Clause */
/* A shared object without the symbol of a backend. */
extern int not_a_backend;
int not_a_backend;
