/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "directories.h"
#include "platform/platform.h"

static struct {
	char path[PATH_MAX];
	char filesystem[32];
} now;

const char *
directories_path(void)
{
	return now.path;
}

const char *
directories_filesystem(void)
{
	return now.filesystem;
}

const char *
directories_shm(void)
{
	return plat_shm_dir();
}

bool
directories_find_filesystem(const char *path, char *name, size_t size)
{
	return plat_filesystem(path, name, size) == 0;
}

size_t
directories_list(const char *work, char *configured, const char **directories)
{
	size_t count = 0;

	for (char *word = strtok(configured, " \t\n");
	     word != NULL && count < DIRECTORIES_MOST;
	     word = strtok(NULL, " \t\n"))
		directories[count++] = word;
	if (count > 0)
		return count;
	directories[count++] = work;
	if (plat_shm_dir() != NULL && access(plat_shm_dir(), W_OK | X_OK) == 0)
		directories[count++] = plat_shm_dir();
	return count;
}

void
directories_enter(const char *path)
{
	snprintf(now.path, sizeof(now.path), "%s", path);
	if (!directories_find_filesystem(
		path, now.filesystem, sizeof(now.filesystem)))
		snprintf(now.filesystem, sizeof(now.filesystem), "unknown");
}
