/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What <sys/mman.h> shows in one world: compiled once for each enum
 * plat_world, with the language and the feature macros of that world on the
 * command line and no others.  WORLD is the name of the table.
 */
#include <sys/mman.h>

#include "platform/mechanism/world.h"

const struct plat_flag WORLD[] = {
#include "flags.inc"
	{ NULL, false, 0 },
};
