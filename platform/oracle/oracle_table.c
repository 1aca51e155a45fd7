/* SPDX-License-Identifier: BSD-2-Clause */
/* Which oracle is whose.  It needs them all; none of them needs it. */
#include "platform/oracle/oracle_table.h"

#include <stddef.h>
#include <string.h>

#include "platform/oracle/oracles.h"

/* clang-format off */
static const struct {
	const char *system;
	oracle_function *function;
} oracles[] = {
	{ "portable",  oracle_portable },
	{ "linux",     oracle_linux },
	{ "freebsd",   oracle_freebsd },
	{ "netbsd",    oracle_netbsd },
	{ "openbsd",   oracle_openbsd },
	{ "gvisor",    oracle_gvisor },
	{ "qemu-user", oracle_qemu_user },
	{ "uml",       oracle_uml },
};
/* clang-format on */

oracle_function *
oracle_for(const char *system)
{
	for (size_t i = 0; i < sizeof(oracles) / sizeof(oracles[0]); i++)
		if (strcmp(oracles[i].system, system) == 0)
			return oracles[i].function;
	return NULL;
}
