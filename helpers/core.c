/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "area.h"
#include "core.h"
#include "names.h"
#include "verdict.h"
#include "view.h"

/* Secrets are computed, so that neither stands in the program's own data. */
#define SECRET 32

static void
write_secret(unsigned char *memory, unsigned seed)
{
	for (unsigned i = 0; i < SECRET; i++)
		memory[i] = (unsigned char)((seed + i) * 167 + i * i);
}

/* In a child that has the mappings from its parent; a core may be large. */
static void
dump_core(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGABRT, SIG_DFL);
	if (setrlimit(RLIMIT_CORE, &all) == -1) {
		getrlimit(RLIMIT_CORE, &all);
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_CORE, &all);
	}
	abort();
}

static bool
file_holds(const char *path, unsigned seed)
{
	unsigned char secret[SECRET];
	bool holds = false;
	int fd = open(path, O_RDONLY);
	off_t size;
	unsigned char *bytes;

	write_secret(secret, seed);
	if (fd == -1 || (size = lseek(fd, 0, SEEK_END)) <= 0)
		verdict_broken("reading %s", path);
	bytes = malloc((size_t)size);
	if (bytes == NULL || pread(fd, bytes, (size_t)size, 0) != size)
		verdict_broken("reading %s", path);
	for (off_t i = 0; !holds && i + SECRET <= size; i++)
		holds = bytes[i] == secret[0] &&
		    memcmp(bytes + i, secret, SECRET) == 0;
	free(bytes);
	close(fd);
	return holds;
}

/* The name of a core file in the work directory. */
static bool
find_core(char *name, size_t size)
{
	DIR *directory = opendir(".");
	struct dirent *entry;
	bool found = false;

	if (directory == NULL)
		verdict_broken("reading the work directory");
	while (!found && (entry = readdir(directory)) != NULL)
		if (strstr(entry->d_name, "core") != NULL) {
			snprintf(name, size, "%s", entry->d_name);
			found = true;
		}
	closedir(directory);
	return found;
}

void
core_expect_kept_out(unsigned char *hidden)
{
	char name[256];
	bool plain, dumped;
	pid_t pid;
	int status;

	write_secret(area_anon(1, RW), 1);
	write_secret(hidden, 2);
	fflush(NULL);
	pid = fork();
	if (pid == -1)
		verdict_broken("fork");
	if (pid == 0)
		dump_core();
	if (waitpid(pid, &status, 0) == -1)
		verdict_broken("waitpid");
	verdict_set_up(WIFSIGNALED(status), "a child did not die of SIGABRT");
	if (!find_core(name, sizeof(name)))
		verdict_untested("needs core files in the work directory");
	plain = file_holds(name, 1);
	dumped = file_holds(name, 2);
	unlink(name);
	if (!plain)
		verdict_untested("needs core files that hold plain memory");
	verdict_either(!dumped, "not in the core file", "in the core file");
}
