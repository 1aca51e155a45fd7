/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/mechanism/emulator.h"

#include <sys/utsname.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/mechanism/lines.h"
#include "platform/platform.h"

/* It gives one build date for every release. */
static bool
is_gvisor(const struct utsname *name)
{
	return strstr(name->version, "Sun Jan 10 15:06:54 PST 2016") != NULL;
}

bool
emulator_counts_pages(void)
{
	static struct utsname name;

	if (name.version[0] == '\0' && uname(&name) == -1)
		return true;
	return !is_gvisor(&name);
}

/*
 * qemu-user rewrites /proc/self/maps but not /proc/thread-self/maps; what is
 * valgrind's is mapped from its directory.
 */
int
plat_emulator(char *buf, size_t size)
{
	struct utsname name;
	const char *found = "none";

	if (uname(&name) == -1)
		return errno;
	if (is_gvisor(&name))
		found = "gvisor";
	else if (strstr(name.release, "Microsoft") != NULL)
		found = "wsl1";
	else if (lines_contain("/proc/cpuinfo", "User Mode Linux"))
		found = "uml";
	else if (lines_contain("/proc/thread-self/maps", "/qemu-"))
		found = "qemu-user";
	else if (lines_contain("/proc/self/maps", "/valgrind/"))
		found = "valgrind";
	snprintf(buf, size, "%s", found);
	return 0;
}
