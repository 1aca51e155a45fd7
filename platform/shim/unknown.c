/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shim of a system that nobody has described yet: it can tell nothing,
 * so the cases that need to be told are unsupported or untested.  A port
 * starts as a copy of this file.  Then one line after another of the list at
 * the end goes: a function takes its place, or a mechanism that has it.
 *
 * mechanisms: attributes code facts flags functions limits trial uname
 */
#include <sys/types.h>

#include <unistd.h>

#include "platform/mechanism/absent.h"
#include "platform/mechanism/facts.h"
#include "platform/mechanism/trial.h"
#include "platform/platform.h"

const char *
plat_name(void)
{
	return "unknown";
}

/* The names that every system shares. */
const char *
plat_role(enum plat_role role)
{
	switch (role) {
	case PLAT_FIXED:
		return "MAP_FIXED";
	case PLAT_SHARED:
		return "MAP_SHARED";
	case PLAT_PRIVATE:
		return "MAP_PRIVATE";
	case PLAT_ANONYMOUS:
		return "MAP_ANON";
	default:
		return NULL;
	}
}

void
plat_facts(struct plat_facts *facts)
{
	facts_start(facts);
	facts->can_change_settings = 0;
	facts->wx = trial_wx();
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	(void)emit;
	(void)arg;
}

const char *
plat_setting_name(enum plat_setting setting)
{
	static const char *const names[PLAT_SETTINGS] = { "overcommit mode",
		"huge page pool", "huge page surplus", "open files limit" };

	return names[setting];
}

plat_function_type *
plat_function(const char *name)
{
	(void)name;
	return NULL;
}

/* clang-format off */
NONE(shm_dir)
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
ABSENT(set_setting)
/* clang-format on */
