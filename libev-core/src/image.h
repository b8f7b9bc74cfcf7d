/* SPDX-License-Identifier: BSD-3-Clause */
/* What the head of a file says of it, before it is loaded as a library. */
#ifndef EV_CORE_IMAGE_H
#define EV_CORE_IMAGE_H

/*
 * Why FILE is not to be given to dlopen(), which would name a wrong reason or
 * end the process; NULL: there is none, or none that is seen here.
 */
const char *image_objection(const char *file);

#endif
