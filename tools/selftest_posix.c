/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libev selftest: the conformance suite on the backends that are here.
 *
 * The programs of the suite are installed beside the libraries.  Each runs once
 * for each backend, in a process of its own, and tells in TAP what it found;
 * what is told here is TAP again, a line a program.
 */
#include "commands.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/ext_backend.h>

struct program {
	const char *file;
	const char *what;
	const char *setting; /* of the environment; NULL: none */
	int needs_module;    /* opens the backend's file, without the core */
};

static const struct program programs[] = {
	{"unit-backend_contract", "contract", NULL, 1},
	{"unit-backend_model", "random interest against a model", NULL, 1},
	{"unit-backend_wait", "waiting", NULL, 1},
	{"conformance", "events", NULL, 0},
	{"conformance", "events, with locks", "LIBEV_TEST_THREADS=1", 0},
#ifdef __linux__
	{"conformance", "events, signalfd", "LIBEV_SIGNALS=signalfd", 0},
#endif
	{"bufferevent-tests", "bufferevents", NULL, 0},
	{"bufferevent-tests", "bufferevents, with locks",
		"LIBEV_TEST_THREADS=1", 0},
};

#define N_PROGRAMS (sizeof(programs) / sizeof(*programs))

struct selftest {
	char folder[PATH_MAX];
	const char *only; /* NULL: every backend */
	int backends, ran, failed;
};

/* --- where the programs are ----------------------------------------------*/

/* A prefix that was moved takes its tests along. */
static int
put_folder_beside_us(char *out, size_t size)
{
	char self[PATH_MAX], *slash;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int n;

	if (!*TESTS_FROM_BIN || length < 0)
		return 0;
	self[length] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	n = snprintf(out, size, "%s/" TESTS_FROM_BIN, self);
	return n > 0 && (size_t)n < size && access(out, X_OK) == 0;
}

static int
find_folder(char *out, size_t size)
{
	if (put_folder_beside_us(out, size))
		return 1;
	return snprintf(out, size, "%s", TESTS_DIR) < (int)size &&
	       access(out, X_OK) == 0;
}

/* --- one program ----------------------------------------------------------*/

struct outcome {
	int passed, failed;
	int status; /* of the process, as wait() tells it */
};

static void
become(const struct selftest *selftest, const struct program *program,
	const struct event_backend_info *info)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", selftest->folder, program->file);
	unsetenv("LIBEV_BACKENDS");
	setenv("LIBEV_TEST_BACKEND", info->name, 1);
	if (info->file)
		setenv("LIBEV_TEST_MODULE", info->file, 1);
	if (program->setting)
		putenv((char *)(size_t)program->setting);
	execl(path, program->file, (char *)NULL);
	perror(path);
	_exit(127);
}

/* What it prints comes by OUT. */
static pid_t
start(const struct selftest *selftest, const struct program *program,
	const struct event_backend_info *info, FILE **out)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		become(selftest, program, info);
	}
	close(ends[1]);
	*out = pid < 0 ? NULL : fdopen(ends[0], "r");
	if (!*out)
		close(ends[0]);
	return pid;
}

/* Failures are shown at once, as remarks. */
static void
read_results(FILE *in, struct outcome *outcome)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) > 0) {
		if (strncmp(line, "ok ", 3) == 0)
			outcome->passed++;
		if (strncmp(line, "not ok ", 7) == 0) {
			outcome->failed++;
			printf("# %s", line);
		}
	}
	free(line);
}

static struct outcome
run(const struct selftest *selftest, const struct program *program,
	const struct event_backend_info *info)
{
	struct outcome outcome = {0, 0, -1};
	FILE *out = NULL;
	pid_t pid = start(selftest, program, info, &out);

	if (out) {
		read_results(out, &outcome);
		fclose(out);
	}
	if (pid > 0)
		waitpid(pid, &outcome.status, 0);
	return outcome;
}

static int
is_well(const struct outcome *outcome)
{
	return outcome->status == 0 && outcome->failed == 0 &&
	       outcome->passed > 0;
}

static void
tell_end(const struct outcome *outcome)
{
	if (outcome->status == -1)
		puts("# it could not be started");
	else if (WIFSIGNALED(outcome->status))
		printf("# ended by signal %d\n", WTERMSIG(outcome->status));
	else if (WEXITSTATUS(outcome->status))
		printf("# ended with %d\n", WEXITSTATUS(outcome->status));
}

/* --- all of them ----------------------------------------------------------*/

static int
test_backend(const struct event_backend_info *info, void *arg)
{
	struct selftest *selftest = arg;

	if (selftest->only && strcmp(selftest->only, info->name) != 0)
		return 0;
	if (!info->usable) {
		printf("# %s is not tested: %s\n", info->name,
			info->reason ? info->reason : "it cannot be used");
		return 0;
	}
	selftest->backends++;
	for (size_t i = 0; i < N_PROGRAMS; i++) {
		struct outcome outcome;

		if (programs[i].needs_module && !info->file)
			continue;
		outcome = run(selftest, &programs[i], info);
		selftest->ran++;
		selftest->failed += !is_well(&outcome);
		printf("%s %d - %s: %s, %d of %d\n",
			is_well(&outcome) ? "ok" : "not ok", selftest->ran,
			info->name, programs[i].what, outcome.passed,
			outcome.passed + outcome.failed);
		tell_end(&outcome);
	}
	return 0;
}

static void
swallow(int severity, const char *text)
{
	(void)severity, (void)text; /* the reason is told with the backend */
}

int
command_selftest(int argc, char **argv)
{
	struct selftest selftest = {.only = NULL};

	if (argc == 3 && strcmp(argv[1], "--backend") == 0)
		selftest.only = argv[2];
	else if (argc != 1)
		return COMMAND_MISUSED;
	if (!find_folder(selftest.folder, sizeof(selftest.folder))) {
		fputs("libev: the tests are not installed here; that takes a "
		      "build with -Dinstalled_tests=true\n",
			stderr);
		return 2;
	}
	/* A module of somebody's own is not in the list of this build. */
	if (selftest.only && setenv("LIBEV_BACKENDS", selftest.only, 1) < 0)
		return 2;
	event_set_log_callback(swallow);
	event_backend_foreach(test_backend, &selftest);
	printf("1..%d\n", selftest.ran);
	if (!selftest.backends) {
		fprintf(stderr, "libev: %s cannot be used here\n",
			selftest.only ? selftest.only : "any backend");
		return 2;
	}
	return selftest.failed ? 1 : 0;
}
