/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

static struct {
	char name[64];
	char path[PATH_MAX];
	const char *launcher;
} program;

void
program_begin(const char *source, const char *path)
{
	const char *base = strrchr(source, '/');

	snprintf(program.name, sizeof(program.name), "%s",
	    base != NULL ? base + 1 : source);
	program.name[strcspn(program.name, ".")] = '\0';
	if (realpath(path, program.path) == NULL)
		snprintf(program.path, sizeof(program.path), "%s", path);
}

void
program_set_launcher(const char *launcher)
{
	program.launcher = launcher;
}

const char *
program_name(void)
{
	return program.name;
}

const char *
program_path(void)
{
	return program.path;
}

const char *
program_launcher(void)
{
	return program.launcher;
}
