/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/lookup.h"

#include <errno.h>

#include "platform/platform.h"

int
lookup_pass(struct lookup *lookup, uintptr_t start, uintptr_t end)
{
	if (lookup->addr >= end)
		return 0;
	lookup->found = lookup->addr >= start;
	return 1;
}

int
lookup_result(const struct lookup *lookup, int error)
{
	if (error != 0)
		return error;
	return lookup->found ? 0 : ENOENT;
}

static int
match_region(const struct plat_region *region, void *arg)
{
	struct lookup *lookup = arg;
	int stop = lookup_pass(lookup, region->start, region->end);

	if (lookup->found)
		*(struct plat_region *)lookup->answer = *region;
	return stop;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	struct lookup lookup = { (uintptr_t)addr, region, false };

	return lookup_result(&lookup, plat_regions(match_region, &lookup));
}
