/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/roles.h"

const char *
plat_role(enum plat_role role)
{
	return roles_names[role];
}
