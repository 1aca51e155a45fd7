/* SPDX-License-Identifier: BSD-2-Clause */
/* The flags of a system by their role in the matrix. */
#ifndef PLATFORM_ROLES_H
#define PLATFORM_ROLES_H

#include "platform/platform.h"

/* From the shim: the full name of the flag in each role; NULL: none. */
extern const char *const roles_names[PLAT_ROLES];

/* Those whose names every system has from the standard. */
/* clang-format off */
#define ROLES_STANDARD \
	[PLAT_FIXED] = "MAP_FIXED", \
	[PLAT_SHARED] = "MAP_SHARED", \
	[PLAT_PRIVATE] = "MAP_PRIVATE"
/* clang-format on */

#endif
