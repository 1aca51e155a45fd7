/* SPDX-License-Identifier: BSD-2-Clause */
/* Where mincore(2) tells of memory, and not of this process's view of it. */
#include "platform/mechanism/mincore.h"
#include "platform/platform.h"

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	return mincore_ask(addr, pages, vec);
}
