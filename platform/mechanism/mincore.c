/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/mincore.h"

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <unistd.h>

#ifdef __NetBSD__ /* has no name for the one bit that it tells */
#define MINCORE_INCORE   1
#define MINCORE_MODIFIED 0
#endif

#define COUNT_MAX ((size_t)1 << 18) /* pages */

int
mincore_ask(const void *addr, size_t pages, unsigned char *vec)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (mincore((void *)(uintptr_t)addr, pages * page, (char *)vec) == -1)
		return errno;
	for (size_t i = 0; i < pages; i++)
		vec[i] = (vec[i] & MINCORE_INCORE) != 0;
	return 0;
}

int
mincore_count(uintptr_t start, uintptr_t end, struct mincore_pages *pages)
{
	char vec[4096];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t left = (end - start) / page;

	if (left > COUNT_MAX)
		return ENOTSUP;
	*pages = (struct mincore_pages){ 0, 0 };
	while (left > 0) {
		size_t part = left < sizeof(vec) ? left : sizeof(vec);

		if (mincore((void *)start, part * page, vec) == -1)
			return errno;
		for (size_t i = 0; i < part; i++) {
			pages->present += (vec[i] & MINCORE_INCORE) != 0;
			pages->modified += (vec[i] & MINCORE_MODIFIED) != 0;
		}
		start += part * page;
		left -= part;
	}
	return 0;
}
