/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A <sys/mman.h> with three defects, for the fault header_wrong: the programs
 * that judge the header are built against it.
 */
#include_next <sys/mman.h>

#ifndef SPOILED_MMAN_H
#define SPOILED_MMAN_H

int spoiled_shm_unlink(char *name);
#define shm_unlink spoiled_shm_unlink

#ifndef MAP_ANON
#define MAP_ANON      0x20
#define MAP_ANONYMOUS 0x20
#endif

#undef MAP_FIXED
#define MAP_FIXED MAP_PRIVATE

#endif
