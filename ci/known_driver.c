/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks plat_known() about a system that is described by the environment:
 *	known_driver PROGRAM CASE FILESYSTEM [OBSERVED]
 *						prints the reason, or "-"
 *	known_driver				prints how many lines there are
 * For ci/known.bats, which puts it together with platform/known/known.c.
 */
#include "platform/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
setting(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value != NULL ? value : fallback;
}

static int
number(const char *name)
{
	return atoi(setting(name, "-1"));
}

const char *
plat_name(void)
{
	return setting("SYSTEM", "linux");
}

int
plat_release(char *buf, size_t size)
{
	snprintf(buf, size, "%s", setting("RELEASE", "6.12.48"));
	return 0;
}

int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "%s", setting("LIBC", "glibc 2.36"));
	return 0;
}

/* The tests call a directory what its file system is called. */
int
plat_filesystem(const char *dir, char *buf, size_t size)
{
	snprintf(buf, size, "%s", dir);
	return 0;
}

/* A boolean of the environment, ENOTSUP if it is not there. */
static int
answer(const char *name, bool *yes)
{
	if (number(name) == -1)
		return ENOTSUP;
	*yes = number(name) != 0;
	return 0;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	(void)dir;
	return answer("STORAGE", yes);
}

int
plat_dax(const char *dir, bool *yes)
{
	(void)dir;
	return answer("DAX", yes);
}

int
plat_noexec(const char *dir, bool *yes)
{
	(void)dir;
	return answer("NOEXEC", yes);
}

int
plat_thp(char *buf, size_t size)
{
	if (getenv("THP") == NULL)
		return ENOTSUP;
	snprintf(buf, size, "%s", getenv("THP"));
	return 0;
}

int
plat_emulator(char *buf, size_t size)
{
	snprintf(buf, size, "%s", setting("EMULATOR", "none"));
	return 0;
}

int
plat_container(char *buf, size_t size)
{
	snprintf(buf, size, "%s", setting("CONTAINER", "none"));
	return 0;
}

int
plat_boot_option(const char *word, bool *yes)
{
	*yes = strcmp(word, setting("BOOT", "")) == 0;
	return 0;
}

void
plat_facts(struct plat_facts *facts)
{
	memset(facts, -1, sizeof(*facts));
	facts->page_size = number("PAGE");
	facts->min_address = number("MIN_ADDRESS");
	facts->can_lock_memory = number("CAN_LOCK");
	facts->can_change_settings = number("CAN_CHANGE");
	facts->overcommit = number("OVERCOMMIT");
	facts->huge_pages_free = number("HUGE_FREE");
	facts->aslr = number("ASLR");
	facts->wx = number("WX");
}

int
main(int argc, char **argv)
{
	const struct plat_known *line;
	size_t count;

	if (argc < 4) {
		plat_known_all(&count);
		printf("%zu\n", count);
		return 0;
	}
	plat_tell_emulator_version(getenv("EMULATOR_VERSION"));
	line = plat_known(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : NULL);
	printf("%s\n", line != NULL ? line->reason : "-");
	return 0;
}
