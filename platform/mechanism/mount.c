/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the contract asks of mounted file systems, where the mount tells it:
 * by statfs(2), or on NetBSD by its statvfs(2), which tells the type, too.
 */
#include <sys/param.h>
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/platform.h"

#ifdef __NetBSD__
#include <sys/statvfs.h>

#define ASK     statvfs
#define FLAGS   f_flag
#define NOEXEC  ST_NOEXEC
#define NOATIME ST_NOATIME
#else
#include <sys/mount.h>

#define ASK     statfs
#define FLAGS   f_flags
#define NOEXEC  MNT_NOEXEC
#define NOATIME MNT_NOATIME
#endif

struct mounted {
	char type[64]; /* "ffs", "tmpfs" */
	bool noexec;
	bool noatime;
};

/* How the file system of path is mounted. */
static int
look(const char *path, struct mounted *mounted)
{
	struct ASK info;

	if (ASK(path, &info) == -1)
		return errno;
	snprintf(mounted->type, sizeof(mounted->type), "%s", info.f_fstypename);
	mounted->noexec = (info.FLAGS & NOEXEC) != 0;
	mounted->noatime = (info.FLAGS & NOATIME) != 0;
	return 0;
}

int
plat_filesystem(const char *dir, char *buf, size_t size)
{
	struct mounted mounted;
	int error = look(dir, &mounted);

	if (error == 0)
		snprintf(buf, size, "%s", mounted.type);
	return error;
}

int
plat_noexec(const char *path, bool *yes)
{
	struct mounted mounted;
	int error = look(path, &mounted);

	if (error == 0)
		*yes = mounted.noexec;
	return error;
}

int
plat_marks_atime(const char *dir, bool *yes)
{
	struct mounted mounted;
	int error = look(dir, &mounted);

	if (error == 0)
		*yes = !mounted.noatime;
	return error;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	struct mounted mounted;
	int error = look(dir, &mounted);

	if (error == 0)
		*yes = strcmp(mounted.type, "tmpfs") != 0 &&
		    strcmp(mounted.type, "mfs") != 0;
	return error;
}
