/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform.h"

const struct plat_known *
plat_known(const char *program, const char *name, const char *filesystem)
{
	(void)program;
	(void)name;
	(void)filesystem;
	return NULL;
}

const struct plat_known *
plat_known_all(size_t *count)
{
	*count = 0;
	return NULL;
}
