/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages in memory, by mincore(2). */
#ifndef PLATFORM_MINCORE_H
#define PLATFORM_MINCORE_H

#include <stddef.h>
#include <stdint.h>

/* For each page from addr 1 if the call says that it is there, else 0. */
int mincore_ask(const void *addr, size_t pages, unsigned char *vec);

/* How many pages of a range are there, and how many of these were changed. */
struct mincore_pages {
	long present;
	long modified; /* 0 where the system does not tell */
};

/* ENOTSUP: to ask for so many would take seconds. */
int mincore_count(uintptr_t start, uintptr_t end, struct mincore_pages *pages);

#endif
