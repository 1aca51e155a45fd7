/* SPDX-License-Identifier: BSD-2-Clause */
/* What answers in place of a Linux kernel. */
#ifndef PLATFORM_EMULATOR_H
#define PLATFORM_EMULATOR_H

#include <stdbool.h>

/*
 * gVisor says that every page is in memory, and that all that could be
 * changed has been: pkg/sentry/syscalls/linux/sys_mmap.go Mincore,
 * pkg/sentry/mm/procfs.go.
 */
bool emulator_counts_pages(void);

#endif
