/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/utsname.h>

#include <errno.h>
#include <stdio.h>

#include "platform/platform.h"

int
plat_release(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) == -1)
		return errno;
	snprintf(buf, size, "%s", name.release);
	return 0;
}
