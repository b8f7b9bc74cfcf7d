/* SPDX-License-Identifier: BSD-3-Clause */
#include "env.h"

#include <stdlib.h>
#ifdef __linux__
#include <sys/auxv.h>
#elif !defined(_WIN32)
#include <unistd.h>
#endif

int
env_is_privileged(void)
{
#if defined(__linux__)
	return getauxval(AT_SECURE) != 0;
#elif defined(_WIN32)
	return 0;
#else
	return geteuid() != getuid() || getegid() != getgid();
#endif
}

const char *
env_get(const char *name)
{
#ifdef __linux__
	return secure_getenv(name); /* knows it without asking */
#else
	return env_is_privileged() ? NULL : getenv(name);
#endif
}

int
env_is_set(const char *name)
{
	return env_get(name) != NULL;
}
