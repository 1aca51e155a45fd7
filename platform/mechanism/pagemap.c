/* SPDX-License-Identifier: BSD-2-Clause */
/* Translations, by Documentation/admin-guide/mm/pagemap.rst. */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "platform/platform.h"

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME   ((1ULL << 55) - 1)

static int
read_pagemap(const void *addr, size_t pages, uint64_t *entries)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd == -1)
		return ENOTSUP;
	got = pread(fd, entries, pages * sizeof(*entries),
	    (off_t)((uintptr_t)addr / page * sizeof(*entries)));
	close(fd);
	return got == (ssize_t)(pages * sizeof(*entries)) ? 0 : ENOTSUP;
}

int
plat_mapped(const void *addr, size_t pages, unsigned char *vec)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t entries[512];
	int error = 0;

	for (size_t i = 0; error == 0 && i < pages; i++) {
		size_t part = pages - i < 512 ? pages - i : 512;

		if (i % 512 == 0)
			error = read_pagemap(
			    (const char *)addr + i * page, part, entries);
		if (error == 0)
			vec[i] = (entries[i % 512] & PAGEMAP_PRESENT) != 0;
	}
	return error;
}

int
plat_frame(const void *addr, unsigned long long *frame)
{
	uint64_t entry;
	int error = read_pagemap(addr, 1, &entry);

	if (error != 0)
		return error;
	if ((entry & PAGEMAP_PRESENT) == 0)
		return ENOENT;
	if ((entry & PAGEMAP_FRAME) == 0)
		return EPERM;
	*frame = entry & PAGEMAP_FRAME;
	return 0;
}
