/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DragonFly.  Sources: sysctl(3), mincore(2), statfs(2), shm_open(3),
 * procfs(5) and the comments of <sys/kinfo.h>; for what they leave open,
 * sys/vfs/procfs/procfs_map.c and sys/vm/vm_mmap.c.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/kinfo.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/functions.h"
#include "platform/platform.h"
#include "platform/mechanism/trial.h"

/*
 * ----- Reading sysctls ----------------------------------------------------
 */

/* A number of whatever width the sysctl has. */
static int
read_number(const char *name, long long *value)
{
	union {
		int8_t byte;
		int32_t word;
		int64_t quad;
	} number;
	size_t size = sizeof(number);

	if (sysctlbyname(name, &number, &size, NULL, 0) == -1)
		return errno == ENOENT ? ENOTSUP : errno;
	if (size == sizeof(number.byte))
		*value = number.byte;
	else if (size == sizeof(number.word))
		*value = number.word;
	else if (size == sizeof(number.quad))
		*value = number.quad;
	else
		return ENOTSUP;
	return 0;
}

/* What sysctl -n prints for a number, -1 if there is none of that name. */
static long long
number_or_unknown(const char *name)
{
	long long value;

	return read_number(name, &value) == 0 ? value : -1;
}

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "dragonfly";
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

/* It is of one piece with the system; <sys/param.h> numbers its state. */
int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "dragonfly %d", __DragonFly_version);
	return 0;
}

int
plat_emulator(char *buf, size_t size)
{
	snprintf(buf, size, "none");
	return 0;
}

int
plat_container(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return ENOTSUP;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

/* Nothing populates, and huge pages cannot be asked for. */
const char *
plat_role(enum plat_role role)
{
	static const char *const names[PLAT_ROLES] = {
		[PLAT_FIXED] = "MAP_FIXED",
		[PLAT_SHARED] = "MAP_SHARED",
		[PLAT_PRIVATE] = "MAP_PRIVATE",
		[PLAT_ANONYMOUS] = "MAP_ANON",
		[PLAT_NORESERVE] = "MAP_NORESERVE",
	};

	return names[role];
}

/*
 * ----- Facts --------------------------------------------------------------
 */

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
	bool root = geteuid() == 0;

	*facts = (struct plat_facts){
		.page_size = getpagesize(),
		.hugetlb = 0,
		.huge_page_size = -1,
		.huge_pages_total = -1,
		.huge_pages_free = -1,
		.huge_pages_extra = -1,
		/* Promised memory is not counted. */
		.overcommit = 1,
		.ram_bytes = number_or_unknown("hw.physmem"),
		.swap_bytes = -1,
		.commit_limit = -1,
		.rlimit_as = limit(RLIMIT_AS),
		.rlimit_data = limit(RLIMIT_DATA),
		.rlimit_memlock = limit(RLIMIT_MEMLOCK),
		/* RLIMIT_MEMLOCK binds root, too. */
		.can_lock_memory = 0,
		.can_raise_limits = root,
		.can_map_zero = -1,
		.can_see_frames = 0,
		.can_change_settings = root,
		.aslr = (int)number_or_unknown("vm.randomize_mmap"),
		.wx = trial_wx(),
		.min_address = -1,
		.map_count_max = -1,
	};
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	static const char *const numbers[] = {
		"kern.osreldate",
		"kern.securelevel",
		"vm.randomize_mmap",
		"vm.swap_size",
	};
	char name[128], value[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long long number;

		if (read_number(numbers[i], &number) != 0)
			continue;
		snprintf(name, sizeof(name), "dragonfly.%s", numbers[i]);
		snprintf(value, sizeof(value), "%lld", number);
		emit(name, value, arg);
	}
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
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	snprintf(buf, size, "%s", info.f_fstypename);
	return 0;
}

int
plat_noexec(const char *dir, bool *yes)
{
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flags & MNT_NOEXEC) != 0;
	return 0;
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
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flags & MNT_NOATIME) == 0;
	return 0;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	struct statfs info;

	if (statfs(dir, &info) == -1)
		return errno;
	*yes = strcmp(info.f_fstypename, "tmpfs") != 0;
	return 0;
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

/* A tmpfs is mounted there at boot; without it names are plain paths. */
const char *
plat_shm_dir(void)
{
	return "/var/run/shm";
}

/*
 * ----- The kernel's own view ----------------------------------------------
 */

/* Room for the list: allocating it could make a mapping. */
static char list[256 * 1024];

/* The whole list of regions, as text; one read gives one state of it. */
static int
read_list(void)
{
	int fd = open("/proc/curproc/map", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd == -1)
		return ENOTSUP;
	got = read(fd, list, sizeof(list) - 1);
	close(fd);
	if (got == -1)
		return errno;
	list[got] = '\0';
	return 0;
}

/*
 * A line of the list: start, end, pages in memory twice, object, rwx,
 * references, shadows, flags, COW or NCOW, NC or NNC, type, path.  Without
 * copy on write a vnode is shared, while other memory can be either.  The
 * kernel does not tell the offset, nor, but by the path, the inode.
 */
static bool
parse_region(const char *line, struct plat_region *region)
{
	char prot[4], cow[8], type[16];
	char path[sizeof(region->object)] = "-";
	struct stat file;

	*region = (struct plat_region){ .shared = -1 };
	if (sscanf(line,
		"%" SCNxPTR " %" SCNxPTR " %*d %*d %*s %3s %*d %*d %*x %7s"
		" %*s %15s %255[^\n]",
		&region->start, &region->end, prot, cow, type, path) < 5)
		return false;
	region->prot = (prot[0] == 'r' ? PROT_READ : 0) |
	    (prot[1] == 'w' ? PROT_WRITE : 0) |
	    (prot[2] == 'x' ? PROT_EXEC : 0);
	if (strcmp(cow, "COW") == 0)
		region->shared = 0;
	else if (strcmp(type, "vnode") == 0)
		region->shared = 1;
	if (strcmp(path, "-") != 0) {
		snprintf(region->object, sizeof(region->object), "%s", path);
		if (stat(path, &file) == 0)
			region->inode = file.st_ino;
	}
	return true;
}

struct lookup {
	uintptr_t addr;
	struct plat_region *region;
	bool found;
};

static int
match_region(const struct plat_region *region, void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->addr >= region->end)
		return 0;
	if (lookup->addr >= region->start) {
		*lookup->region = *region;
		lookup->found = true;
	}
	return 1;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	struct lookup lookup = { (uintptr_t)addr, region, false };
	int error = plat_regions(match_region, &lookup);

	if (error != 0)
		return error;
	return lookup.found ? 0 : ENOENT;
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	struct plat_region region;
	const char *line = list;
	int error = read_list();

	if (error != 0)
		return error;
	while (*line != '\0') {
		const char *end = strchr(line, '\n');

		if (parse_region(line, &region) && visit(&region, arg) != 0)
			break;
		if (end == NULL)
			break;
		line = end + 1;
	}
	return 0;
}

/* More pages than this would take seconds to ask for. */
#define COUNT_MAX ((size_t)1 << 18)

/*
 * The list tells neither locks nor pages in memory: mincore(2) tells these
 * and which of them this process changed.
 */
static void
fill_usage(struct plat_usage *usage, const struct plat_region *region)
{
	char vec[4096];
	size_t page = (size_t)getpagesize();
	long long resident = 0, dirty = 0;
	uintptr_t at;

	*usage = (struct plat_usage){
		.page_size = (long)page,
		.resident = -1,
		.locked = -1,
		.dirty = -1,
	};
	if ((region->end - region->start) / page > COUNT_MAX)
		return;
	for (at = region->start; at < region->end; at += sizeof(vec) * page) {
		size_t pages = MIN((region->end - at) / page, sizeof(vec));

		if (mincore((void *)at, pages * page, vec) == -1)
			return;
		for (size_t i = 0; i < pages; i++) {
			resident += (vec[i] & MINCORE_INCORE) != 0;
			dirty += (vec[i] & MINCORE_MODIFIED) != 0;
		}
	}
	usage->resident = resident * (long long)page;
	usage->dirty = dirty * (long long)page;
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	struct plat_region region;
	int error = plat_region(addr, &region);

	if (error == 0)
		fill_usage(usage, &region);
	return error;
}

struct usage_visit {
	int (*visit)(const struct plat_region *region,
	    const struct plat_usage *usage, void *arg);
	void *arg;
};

static int
pass_usage(const struct plat_region *region, void *arg)
{
	const struct usage_visit *to = arg;
	struct plat_usage usage;

	fill_usage(&usage, region);
	return to->visit(region, &usage, to->arg);
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	struct usage_visit to = { visit, arg };

	return plat_regions(pass_usage, &to);
}

/* mincore(2) looks into the first object only, not into what it shadows. */
int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	if (mincore(addr, pages * (size_t)getpagesize(), (char *)vec) == -1)
		return errno;
	for (size_t i = 0; i < pages; i++)
		vec[i] = (vec[i] & MINCORE_INCORE) != 0;
	return 0;
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
	struct kinfo_proc process;
	int name[] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid() };
	size_t size = sizeof(process);

	if (sysctl(name, 4, &process, &size, NULL, 0) == -1)
		return errno;
	*virtual_bytes = (long long)process.kp_vm_map_size;
	*resident_bytes = (long long)process.kp_vm_rssize * getpagesize();
	return 0;
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

/* The break moves from the end of the program's data, brk(2). */
int
plat_heap(uintptr_t *start, uintptr_t *end)
{
	extern char _end[];
	uintptr_t page = (uintptr_t)getpagesize();

	*start = ((uintptr_t)_end + page - 1) & ~(page - 1);
	*end = (uintptr_t)sbrk(0);
	return 0;
}

/*
 * ----- Kernel-wide settings -----------------------------------------------
 */

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

	return name == NULL ? ENOTSUP : read_number(name, value);
}

int
plat_set_setting(enum plat_setting setting, long long value)
{
	const char *name = plat_setting_name(setting);
	int number = (int)value;

	if (name == NULL || value < 0 || value > INT_MAX)
		return ENOTSUP;
	if (sysctlbyname(name, NULL, NULL, &number, sizeof(number)) == -1)
		return errno;
	return 0;
}

/*
 * ----- Functions that not every system has --------------------------------
 */

plat_function_type *
plat_function(const char *name)
{
	static const struct function linked[] = {
		FUNCTION(mincore),
		FUNCTION(minherit),
		FUNCTION(sbrk),
		NO_FUNCTION,
	};

	return function_find(linked, name);
}
