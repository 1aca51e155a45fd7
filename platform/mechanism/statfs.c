/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/mount.h"

#include <sys/param.h>
#include <sys/mount.h>

#include <errno.h>
#include <stdio.h>

int
mount_look(const char *path, struct mounted *mounted)
{
	struct statfs info;

	if (statfs(path, &info) == -1)
		return errno;
	snprintf(mounted->type, sizeof(mounted->type), "%s", info.f_fstypename);
	mounted->noexec = (info.f_flags & MNT_NOEXEC) != 0;
	mounted->noatime = (info.f_flags & MNT_NOATIME) != 0;
	return 0;
}
