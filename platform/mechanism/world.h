/* SPDX-License-Identifier: BSD-2-Clause */
/* What flags.inc becomes, and the tables made of world.c. */
#ifndef PLATFORM_WORLD_H
#define PLATFORM_WORLD_H

#include "platform/platform.h"

/* Headers disagree about the sign of flags that use bit 31. */
#define FLAG_PRESENT(name, expression)                            \
	{                                                         \
		name, true, (long long)(unsigned int)(expression) \
	}
#define FLAG_ABSENT(name)      \
	{                      \
		name, false, 0 \
	}

/* Each ends with a NULL name. */
extern const struct plat_flag world_standard[];
extern const struct plat_flag world_bsd[];
extern const struct plat_flag world_plain[];

#endif
