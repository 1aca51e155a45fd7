/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A <sys/mman.h> with four defects, for the fault header_wrong: the programs
 * that judge the header are built against it.
 */
#include_next <sys/mman.h>

#ifndef SPOILED_MMAN_H
#define SPOILED_MMAN_H

int spoiled_shm_unlink(char *name);
#define shm_unlink spoiled_shm_unlink

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif

/* One name is not as good as the other; the bit more means nothing. */
#undef MAP_ANON
#define MAP_ANON (MAP_ANONYMOUS | 0x800000)

#undef MAP_FIXED
#define MAP_FIXED MAP_PRIVATE

#endif
