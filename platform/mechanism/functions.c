/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/functions.h"

#include <dlfcn.h>
#include <string.h>

/* A static program goes without: glibc's needs shared libraries at run time. */
#ifdef __GLIBC__
#pragma weak dlsym
#define HAS_LOADER (dlsym != NULL)
#else
#define HAS_LOADER true
#endif

static plat_function_type *
ask_loader(const char *name)
{
	plat_function_type *function = NULL;
	void *found = HAS_LOADER ? dlsym(RTLD_DEFAULT, name) : NULL;

	memcpy(&function, &found, sizeof(function));
	return function;
}

plat_function_type *
function_find(const struct function *linked, const char *name)
{
	for (; linked->name != NULL; linked++)
		if (strcmp(linked->name, name) == 0 && linked->address != NULL)
			return linked->address;
	return ask_loader(name);
}
