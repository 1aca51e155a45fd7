/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/mount.h"

#include <sys/types.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <stdio.h>

int
mount_look(const char *path, struct mounted *mounted)
{
	struct statvfs info;

	if (statvfs(path, &info) == -1)
		return errno;
	snprintf(mounted->type, sizeof(mounted->type), "%s", info.f_fstypename);
	mounted->noexec = (info.f_flag & ST_NOEXEC) != 0;
	mounted->noatime = (info.f_flag & ST_NOATIME) != 0;
	return 0;
}
