/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this process uses, by sysctl(3): BSD keeps a record of each process,
 * which every system lays out in its own way and explains in the header that
 * has it.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <unistd.h>

#include "platform/platform.h"

#if defined(__DragonFly__)
#include <sys/kinfo.h>
#elif defined(__FreeBSD__)
#include <sys/user.h>
#endif

#define PAGES(count) ((long long)(count)*getpagesize())

/* The record, what asks for it, the levels of its name, and its members. */
/* clang-format off */
#if defined(__NetBSD__)
#define RECORD            struct kinfo_proc2
#define NODE              KERN_PROC2
#define LEVELS            6
#define VIRTUAL(process)  PAGES((process).p_vm_vsize)
#define RESIDENT(process) PAGES((process).p_vm_rssize)
#elif defined(__OpenBSD__)
#define RECORD            struct kinfo_proc
#define NODE              KERN_PROC
#define LEVELS            6
#define VIRTUAL(process)  (long long)(process).p_vm_map_size
#define RESIDENT(process) PAGES((process).p_vm_rssize)
#elif defined(__DragonFly__)
#define RECORD            struct kinfo_proc
#define NODE              KERN_PROC
#define LEVELS            4
#define VIRTUAL(process)  (long long)(process).kp_vm_map_size
#define RESIDENT(process) PAGES((process).kp_vm_rssize)
#elif defined(__FreeBSD__)
#define RECORD            struct kinfo_proc
#define NODE              KERN_PROC
#define LEVELS            4
#define VIRTUAL(process)  (long long)(process).ki_size
#define RESIDENT(process) PAGES((process).ki_rssize)
#endif
/* clang-format on */

int
plat_process_size(long long *virtual_bytes, long long *resident_bytes)
{
	RECORD process;
	int name[] = { CTL_KERN, NODE, KERN_PROC_PID, getpid(), sizeof(process),
		1 };
	size_t size = sizeof(process);

	if (sysctl(name, LEVELS, &process, &size, NULL, 0) == -1)
		return errno;
	*virtual_bytes = VIRTUAL(process);
	*resident_bytes = RESIDENT(process);
	return 0;
}
