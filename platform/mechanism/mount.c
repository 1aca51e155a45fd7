/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/mount.h"

#include <stdio.h>
#include <string.h>

#include "platform/platform.h"

int
plat_filesystem(const char *dir, char *buf, size_t size)
{
	struct mounted mounted;
	int error = mount_look(dir, &mounted);

	if (error == 0)
		snprintf(buf, size, "%s", mounted.type);
	return error;
}

int
plat_noexec(const char *path, bool *yes)
{
	struct mounted mounted;
	int error = mount_look(path, &mounted);

	if (error == 0)
		*yes = mounted.noexec;
	return error;
}

int
plat_marks_atime(const char *dir, bool *yes)
{
	struct mounted mounted;
	int error = mount_look(dir, &mounted);

	if (error == 0)
		*yes = !mounted.noatime;
	return error;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	struct mounted mounted;
	int error = mount_look(dir, &mounted);

	if (error == 0)
		*yes = strcmp(mounted.type, "tmpfs") != 0 &&
		    strcmp(mounted.type, "mfs") != 0;
	return error;
}
