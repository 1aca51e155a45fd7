/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shim of a system that nobody has described yet: it can tell nothing,
 * so the cases that need to be told are unsupported or untested.  A port
 * starts as a copy of this file.  Then one line after another of the list at
 * the end goes: a function takes its place, or a mechanism that has it.
 *
 * mechanisms: attributes code facts flags functions limits roles trial uname
 */
#include "platform/mechanism/absent.h"
#include "platform/mechanism/roles.h"
#include "platform/platform.h"

const char *
plat_name(void)
{
	return "unknown";
}

const char *const roles_names[PLAT_ROLES] = {
	ROLES_STANDARD,
	[PLAT_ANONYMOUS] = "MAP_ANON",
};

/* clang-format off */
NONE(shm_dir)
NONE(describe)
NONE(function)
ABSENT(facts)
ABSENT(libc)
ABSENT(emulator)
ABSENT(container)
ABSENT(boot_option)
ABSENT(filesystem)
ABSENT(noexec)
ABSENT(mandatory_locks)
ABSENT(marks_atime)
ABSENT(has_storage)
ABSENT(dax)
ABSENT(thp)
ABSENT(uncache)
ABSENT(region)
ABSENT(regions)
ABSENT(usage)
ABSENT(usages)
ABSENT(resident)
ABSENT(mapped)
ABSENT(frame)
ABSENT(locked)
ABSENT(process_size)
ABSENT(committed)
ABSENT(huge_pool)
ABSENT(heap)
ABSENT(setting)
ABSENT(setting_name)
ABSENT(set_setting)
/* clang-format on */
