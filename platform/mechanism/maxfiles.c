/* SPDX-License-Identifier: BSD-2-Clause */
/* Where of the settings only the limit of open files is there, by sysctl. */
#include <errno.h>
#include <limits.h>

#include "platform/mechanism/sysctl.h"
#include "platform/platform.h"

const char *
plat_setting_name(enum plat_setting setting)
{
	static const char *const names[PLAT_SETTINGS] = {
		[PLAT_FILES_MAX] = "kern.maxfiles",
	};

	return names[setting];
}

int
plat_setting(enum plat_setting setting, long long *value)
{
	const char *name = plat_setting_name(setting);

	return name == NULL ? ENOTSUP : sysctl_number(name, value);
}

int
plat_set_setting(enum plat_setting setting, long long value)
{
	const char *name = plat_setting_name(setting);

	if (name == NULL || value < 0 || value > INT_MAX)
		return ENOTSUP;
	return sysctl_set(name, (int)value);
}
