/* SPDX-License-Identifier: BSD-2-Clause */
/* What the contract asks of mounted file systems, where the mount tells it. */
#ifndef PLATFORM_MOUNT_H
#define PLATFORM_MOUNT_H

#include <stdbool.h>

struct mounted {
	char type[64]; /* "ffs", "tmpfs" */
	bool noexec;
	bool noatime;
};

/* How the file system of path is mounted; in statfs.c and in statvfs.c. */
int mount_look(const char *path, struct mounted *mounted);

#endif
