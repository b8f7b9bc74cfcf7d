/* SPDX-License-Identifier: BSD-3-Clause */
/* What it costs to begin: a loop, and a whole process up to its first event. */
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"
#include "work.h"

extern char **environ;

static void
new_free(struct meter *meter, const struct work *work)
{
	static struct loop loop;

	(void)work;
	while (meter_round(meter, 1))
		for (long i = 0; i < meter->turns; i++) {
			check(loop_open(&loop, 0) == 0);
			loop_close(&loop);
		}
}

ON_IO(on_first)
{
	loop_stop(arg);
}

void
start_first_event(void)
{
	static struct loop loop;
	static struct io io;
	int fds[2];

	check(pipe(fds) == 0 && write(fds[1], "x", 1) == 1);
	check(loop_open(&loop, 0) == 0);
	io_init(&io, &loop, fds[0], IO_READ, on_first, &loop);
	io_start(&io);
	loop_run(&loop);
}

static int64_t
spent_by(const struct rusage *usage)
{
	return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
		       1000000000 +
	       ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) *
		       1000;
}

/* The time is the child's. */
static int64_t
run_process(void)
{
	char self[] = "/proc/self/exe", command[] = "first_event";
	char *argv[] = {self, command, NULL};
	struct rusage usage;
	int status;
	pid_t pid;

	check(posix_spawn(&pid, self, NULL, NULL, argv, environ) == 0);
	check(wait4(pid, &status, 0, &usage) == pid);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return spent_by(&usage);
}

static void
first_event(struct meter *meter, const struct work *work)
{
	(void)work;
	if (meter->mode == METER_COUNT)
		meter_skip("callgrind counts one process");
	while (meter_round(meter, 1)) {
		meter_pause(meter);
		for (long i = 0; i < meter->turns; i++)
			meter_add_ns(meter, run_process());
		meter_resume(meter);
	}
}

const struct work work_start[] = {
	{"start/new_free", "loop", new_free, .n = 1},
	{"start/first_event", "process", first_event, .n = 1},
	{0},
};
