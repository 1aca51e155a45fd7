/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shim of a system that nobody has described yet: it can tell nothing,
 * so the cases that need to be told are unsupported or untested.  A port
 * starts as a copy of this file, and fills in what the system can tell.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/platform.h"
#include "platform/mechanism/trial.h"

const char *
plat_name(void)
{
	return "unknown";
}

int
plat_release(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) == -1)
		return errno;
	snprintf(buf, size, "%s", name.release);
	return 0;
}

int
plat_libc(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return ENOTSUP;
}

int
plat_emulator(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return ENOTSUP;
}

int
plat_container(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return ENOTSUP;
}

/* The names that every system shares. */
const char *
plat_role(enum plat_role role)
{
	switch (role) {
	case PLAT_FIXED:
		return "MAP_FIXED";
	case PLAT_SHARED:
		return "MAP_SHARED";
	case PLAT_PRIVATE:
		return "MAP_PRIVATE";
	case PLAT_ANONYMOUS:
		return "MAP_ANON";
	default:
		return NULL;
	}
}

static long long
limit(int resource)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return -1;
	return now.rlim_cur == RLIM_INFINITY ? LLONG_MAX
					     : (long long)now.rlim_cur;
}

void
plat_facts(struct plat_facts *facts)
{
	*facts = (struct plat_facts){
		.page_size = sysconf(_SC_PAGESIZE),
		.hugetlb = -1,
		.huge_page_size = -1,
		.huge_pages_total = -1,
		.huge_pages_free = -1,
		.huge_pages_extra = -1,
		.overcommit = -1,
		.ram_bytes = -1,
		.swap_bytes = -1,
		.commit_limit = -1,
		.rlimit_as = limit(RLIMIT_AS),
		.rlimit_data = limit(RLIMIT_DATA),
		.rlimit_memlock = -1,
		.can_lock_memory = -1,
		.can_raise_limits = -1,
		.can_map_zero = -1,
		.can_see_frames = -1,
		.can_change_settings = 0,
		.aslr = -1,
		.wx = trial_wx(),
		.min_address = -1,
		.map_count_max = -1,
	};
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	(void)emit;
	(void)arg;
}

int
plat_boot_option(const char *word, bool *yes)
{
	(void)word;
	(void)yes;
	return ENOTSUP;
}

int
plat_filesystem(const char *dir, char *buf, size_t size)
{
	(void)dir;
	(void)buf;
	(void)size;
	return ENOTSUP;
}

int
plat_noexec(const char *dir, bool *yes)
{
	(void)dir;
	(void)yes;
	return ENOTSUP;
}

int
plat_mandatory_locks(const char *dir, bool *yes)
{
	(void)dir;
	(void)yes;
	return ENOTSUP;
}

int
plat_marks_atime(const char *dir, bool *yes)
{
	(void)dir;
	(void)yes;
	return ENOTSUP;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	(void)dir;
	(void)yes;
	return ENOTSUP;
}

int
plat_dax(const char *dir, bool *yes)
{
	(void)dir;
	(void)yes;
	return ENOTSUP;
}

int
plat_thp(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return ENOTSUP;
}

int
plat_uncache(int fd)
{
	(void)fd;
	return ENOTSUP;
}

const char *
plat_shm_dir(void)
{
	return NULL;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	(void)addr;
	(void)region;
	return ENOTSUP;
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	(void)visit;
	(void)arg;
	return ENOTSUP;
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	(void)addr;
	(void)usage;
	return ENOTSUP;
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	(void)visit;
	(void)arg;
	return ENOTSUP;
}

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	(void)addr;
	(void)pages;
	(void)vec;
	return ENOTSUP;
}

int
plat_mapped(const void *addr, size_t pages, unsigned char *vec)
{
	(void)addr;
	(void)pages;
	(void)vec;
	return ENOTSUP;
}

int
plat_frame(const void *addr, unsigned long long *frame)
{
	(void)addr;
	(void)frame;
	return ENOTSUP;
}

int
plat_locked(long long *bytes)
{
	(void)bytes;
	return ENOTSUP;
}

int
plat_process_size(long long *virtual_bytes, long long *resident_bytes)
{
	(void)virtual_bytes;
	(void)resident_bytes;
	return ENOTSUP;
}

int
plat_committed(long long *bytes)
{
	(void)bytes;
	return ENOTSUP;
}

int
plat_huge_pool(size_t huge_page_size, struct plat_huge_pool *pool)
{
	(void)huge_page_size;
	(void)pool;
	return ENOTSUP;
}

int
plat_heap(uintptr_t *start, uintptr_t *end)
{
	(void)start;
	(void)end;
	return ENOTSUP;
}

const char *
plat_setting_name(enum plat_setting setting)
{
	static const char *const names[PLAT_SETTINGS] = { "overcommit mode",
		"huge page pool", "huge page surplus", "open files limit" };

	return names[setting];
}

int
plat_setting(enum plat_setting setting, long long *value)
{
	(void)setting;
	(void)value;
	return ENOTSUP;
}

int
plat_set_setting(enum plat_setting setting, long long value)
{
	(void)setting;
	(void)value;
	return ENOTSUP;
}

plat_function_type *
plat_function(const char *name)
{
	(void)name;
	return NULL;
}
