/* SPDX-License-Identifier: BSD-3-Clause */
/* What libev can be told to do.  argv[0] is the command's name. */
#ifndef LIBEV_COMMANDS_H
#define LIBEV_COMMANDS_H

/* 0: all is well.  1: it is not.  2: it could not be tried. */
#define COMMAND_MISUSED (-1) /* the caller shows how it is used */

int command_backends(int argc, char **argv);
int command_selftest(int argc, char **argv);

#endif
