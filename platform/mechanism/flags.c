/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of flags.list.  flags.inc is made from it by flags.awk: for each
 * name, what the headers included here define, and nothing else.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* Linux keeps the newer names in its own headers until libc has them. */
#ifdef __has_include
#if __has_include(<linux/mman.h>)
#include <linux/mman.h>
#endif
#if __has_include(<linux/prctl.h>)
#include <linux/prctl.h>
#endif
#if __has_include(<linux/memfd.h>)
#include <linux/memfd.h>
#endif
#endif

#include "platform/platform.h"
#include "platform/mechanism/world.h"

static const struct plat_flag flags[] = {
#include "flags.inc"
};

const struct plat_flag *
plat_flags(size_t *count)
{
	*count = sizeof(flags) / sizeof(flags[0]);
	return flags;
}

const struct plat_flag *
plat_flag(const char *name)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i].name, name) == 0)
			return &flags[i];
	return NULL;
}

const struct plat_flag *
plat_flag_in(enum plat_world world, const char *name)
{
	static const struct plat_flag *const worlds[] = {
		[PLAT_STANDARD] = world_standard,
		[PLAT_BSD] = world_bsd,
		[PLAT_PLAIN] = world_plain,
	};
	const struct plat_flag *flag;

	for (flag = worlds[world]; flag->name != NULL; flag++)
		if (strcmp(flag->name, name) == 0)
			return flag;
	return NULL;
}
