/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits by getrlimit(2) and setrlimit(2), which differ between systems only
 * in the limits that there are, and what happens at the limit of memory.
 */
#include <sys/types.h>
#include <sys/time.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/platform.h"

int
plat_set_limit(enum plat_limit limit, long long bytes)
{
	struct rlimit now;
	int resource = -1;

	switch (limit) {
	case PLAT_LIMIT_AS:
#ifdef RLIMIT_AS
		resource = RLIMIT_AS;
#endif
		break;
	case PLAT_LIMIT_DATA:
#ifdef RLIMIT_DATA
		resource = RLIMIT_DATA;
#endif
		break;
	case PLAT_LIMIT_MEMLOCK:
#ifdef RLIMIT_MEMLOCK
		resource = RLIMIT_MEMLOCK;
#endif
		break;
	}
	if (resource == -1)
		return ENOTSUP;
	if (getrlimit(resource, &now) == -1)
		return errno;
	now.rlim_cur = (rlim_t)bytes;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	return setrlimit(resource, &now) == -1 ? errno : 0;
}

/* proc_pid_oom_score_adj(5): 1000 is the most; anybody may offer more. */
int
plat_end_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd == -1)
		return ENOTSUP;
	if (write(fd, "1000", 4) != 4)
		error = errno;
	close(fd);
	return error;
}
