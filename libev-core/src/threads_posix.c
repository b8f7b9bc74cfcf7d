/* SPDX-License-Identifier: BSD-3-Clause */
/* evthread_use_pthreads(): the native locks of lock.h. */
#include <event2/thread.h>

#include "lock.h"
#include "log.h"

int
evthread_use_pthreads_with_flags(int flags)
{
	if (flags & ~EVTHREAD_PTHREAD_PRIO_INHERIT)
		return -1;
	if (lock_use_native(flags & EVTHREAD_PTHREAD_PRIO_INHERIT) < 0) {
		log_warn("locks of the program's own are in use already");
		return -1;
	}
	return 0;
}

int
evthread_use_pthreads(void)
{
	return evthread_use_pthreads_with_flags(0);
}
