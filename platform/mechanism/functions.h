/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions by name.  What a system's headers declare is linked, so that
 * static programs have it, too; the loader is asked for the rest.
 */
#ifndef PLATFORM_FUNCTIONS_H
#define PLATFORM_FUNCTIONS_H

#include "platform/platform.h"

struct function {
	const char *name; /* NULL ends a table */
	plat_function_type *address;
};

#define FUNCTION(name)                            \
	{                                         \
#name, (plat_function_type *)name \
	}
#define NO_FUNCTION        \
	{                  \
		NULL, NULL \
	}

/* The function of that name, as plat_function(). */
plat_function_type *function_find(
    const struct function *linked, const char *name);

#endif
