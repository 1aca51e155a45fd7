/* SPDX-License-Identifier: BSD-2-Clause */
/* Where posix_fadvise(2) lets go of what nobody needs. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/platform.h"

int
plat_uncache(int fd)
{
	if (fsync(fd) == -1)
		return errno;
	return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}
