/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/functions.h"

#include <string.h>

/* Of a static program glibc's would need the shared library at run time. */
#ifndef __GLIBC__
#include <dlfcn.h>
#endif

static plat_function_type *
ask_loader(const char *name)
{
	plat_function_type *function = NULL;
#ifndef __GLIBC__
	void *found = dlsym(RTLD_DEFAULT, name);

	memcpy(&function, &found, sizeof(function));
#else
	(void)name;
#endif
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
