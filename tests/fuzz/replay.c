/* SPDX-License-Identifier: BSD-3-Clause */
/* A program by the bytes of files, each a test: the arguments, or in folders. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/runner.h"
#include "program.h"

enum { FILES_MAX = 1000, SIZE_MAX_OF_FILE = 1 << 20 };

static char *files[FILES_MAX];
static int n_files;

static unsigned char *
load(const char *path, size_t *size_out)
{
	unsigned char *bytes = malloc(SIZE_MAX_OF_FILE);
	FILE *file = fopen(path, "rb");

	ck_assert_msg(file && bytes, "%s cannot be read", path);
	*size_out = fread(bytes, 1, SIZE_MAX_OF_FILE, file);
	fclose(file);
	return bytes;
}

START_TEST(a_file_of_the_corpus)
{
	size_t size;
	unsigned char *bytes = load(files[_i], &size);

	printf("# %s\n", files[_i]);
	fflush(stdout);
	program_run_bytes(files[_i], bytes, size);
	free(bytes);
}
END_TEST

static void
add_file(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	if (!path || n_files == FILES_MAX)
		abort();
	snprintf(path, size, "%s%s%s", folder, *folder ? "/" : "", name);
	files[n_files++] = path;
}

static void
add(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	if (!folder) {
		add_file("", path);
		return;
	}
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			add_file(path, entry->d_name);
	closedir(folder);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create(program.name);
	TCase *tcase = tcase_create("corpus");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_file_of_the_corpus, 0, n_files);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		add(argv[i]);
	qsort(files, (size_t)n_files, sizeof(*files), compare);
	return runner_main((Suite *(*const[])(void)){make_suite, NULL});
}
