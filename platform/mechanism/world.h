/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables made of world.c; each ends with a NULL name. */
#ifndef PLATFORM_WORLD_H
#define PLATFORM_WORLD_H

#include "platform/platform.h"

extern const struct plat_flag world_standard[];
extern const struct plat_flag world_bsd[];
extern const struct plat_flag world_plain[];

#endif
