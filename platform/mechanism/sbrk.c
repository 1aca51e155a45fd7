/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the break moves from the end of the program's data, brk(2). */
#include <stdint.h>
#include <unistd.h>

#include "platform/platform.h"

int
plat_heap(uintptr_t *start, uintptr_t *end)
{
	extern char _end[];
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	*start = ((uintptr_t)_end + page - 1) & ~(page - 1);
	*end = (uintptr_t)sbrk(0);
	return 0;
}
