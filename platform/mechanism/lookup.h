/* SPDX-License-Identifier: BSD-2-Clause */
/* One region, by looking through a list of all in rising order. */
#ifndef PLATFORM_LOOKUP_H
#define PLATFORM_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

struct lookup {
	uintptr_t addr; /* wanted */
	void *answer;   /* what the visitor fills when it is found */
	bool found;
};

/*
 * For the visitor of a list: sets found when the region from start to end, the
 * first address past it, holds the address.  Returns 1 when no later one can,
 * else 0.
 */
int lookup_pass(struct lookup *lookup, uintptr_t start, uintptr_t end);

/* What the search gives: error is the list's; ENOENT: nothing is there. */
int lookup_result(const struct lookup *lookup, int error);

#endif
