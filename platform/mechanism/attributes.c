/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks of files: BSD has flags that the owner may set, Linux has attributes
 * of which this one takes a privilege, chattr(1).
 */
#include "platform/platform.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#ifdef __has_include
#if __has_include(<linux/fs.h>)
#include <linux/fs.h>
#endif
#endif

int
plat_set_append_only(int fd, bool on)
{
#if defined(UF_APPEND)
	return fchflags(fd, on ? UF_APPEND : 0) == -1 ? errno : 0;
#elif defined(FS_IOC_SETFLAGS)
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == -1)
		return errno == EPERM ? EPERM : ENOTSUP;
	if (on)
		flags |= FS_APPEND_FL;
	else
		flags &= ~FS_APPEND_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) == -1)
		return errno == EPERM ? EPERM : ENOTSUP;
	return 0;
#else
	(void)fd;
	(void)on;
	return ENOTSUP;
#endif
}
