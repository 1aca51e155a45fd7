/* SPDX-License-Identifier: BSD-2-Clause */
/* Where nothing populates without locking, and nobody can ask for huge pages. */
#include "platform/platform.h"

const char *
plat_role(enum plat_role role)
{
	static const char *const names[PLAT_ROLES] = {
		[PLAT_FIXED] = "MAP_FIXED",
		[PLAT_SHARED] = "MAP_SHARED",
		[PLAT_PRIVATE] = "MAP_PRIVATE",
		[PLAT_ANONYMOUS] = "MAP_ANON",
		[PLAT_NORESERVE] = "MAP_NORESERVE", /* OpenBSD: 0 */
	};

	return names[role];
}
