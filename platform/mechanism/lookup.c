/* SPDX-License-Identifier: BSD-2-Clause */
/* One region, by looking through the list of all. */
#include <errno.h>

#include "platform/platform.h"

struct lookup {
	uintptr_t addr;
	struct plat_region *region;
	bool found;
};

static int
match_region(const struct plat_region *region, void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->addr >= region->end)
		return 0;
	if (lookup->addr >= region->start) {
		*lookup->region = *region;
		lookup->found = true;
	}
	return 1;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	struct lookup lookup = { (uintptr_t)addr, region, false };
	int error = plat_regions(match_region, &lookup);

	if (error != 0)
		return error;
	return lookup.found ? 0 : ENOENT;
}
