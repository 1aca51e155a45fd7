/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DragonFly.  Sources: sysctl(3), mincore(2), statfs(2), shm_open(3) and
 * procfs(5); for what they leave open, sys/vfs/procfs/procfs_map.c and
 * sys/vm/vm_mmap.c.
 *
 * mechanisms: attributes code facts flags functions limits lookup maxfiles
 *     mincore mount process resident roles sbrk sysctl trial uname
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/absent.h"
#include "platform/mechanism/facts.h"
#include "platform/mechanism/functions.h"
#include "platform/mechanism/mincore.h"
#include "platform/mechanism/roles.h"
#include "platform/mechanism/sysctl.h"
#include "platform/mechanism/trial.h"
#include "platform/platform.h"

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "dragonfly";
}

/* It is of one piece with the system; <sys/param.h> numbers its state. */
int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "dragonfly %d", __DragonFly_version);
	return 0;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

/* Nothing populates without locking, and nobody can ask for huge pages. */
const char *const roles_names[PLAT_ROLES] = {
	ROLES_STANDARD,
	[PLAT_ANONYMOUS] = "MAP_ANON",
	[PLAT_NORESERVE] = "MAP_NORESERVE",
};

/*
 * ----- Facts --------------------------------------------------------------
 */

void
plat_facts(struct plat_facts *facts)
{
	bool root = geteuid() == 0;

	facts_start(facts);
	facts->hugetlb = 0;
	/* Promised memory is not counted. */
	facts->overcommit = 1;
	facts->ram_bytes = sysctl_or_unknown("hw.physmem");
	/* RLIMIT_MEMLOCK binds root, too. */
	facts->can_lock_memory = 0;
	facts->can_raise_limits = root;
	facts->can_see_frames = 0;
	facts->can_change_settings = root;
	facts->aslr = (int)sysctl_or_unknown("vm.randomize_mmap");
	facts->wx = trial_wx();
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

	sysctl_describe("dragonfly", numbers,
	    sizeof(numbers) / sizeof(numbers[0]), emit, arg);
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

/*
 * The list tells neither locks nor pages in memory: mincore(2) tells these
 * and which of them this process changed.  It looks into the first object
 * only, not into what it shadows.
 */
static void
fill_usage(struct plat_usage *usage, const struct plat_region *region)
{
	struct mincore_pages pages;
	long page = getpagesize();

	*usage = (struct plat_usage){
		.page_size = page,
		.resident = -1,
		.locked = -1,
		.dirty = -1,
	};
	if (mincore_count(region->start, region->end, &pages) == 0) {
		usage->resident = (long long)pages.present * page;
		usage->dirty = (long long)pages.modified * page;
	}
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

/*
 * ----- What is not there, or cannot be told -------------------------------
 */

/* clang-format off */
NONE(emulator)
ABSENT(container)
ABSENT(boot_option)
ABSENT(mandatory_locks)
ABSENT(dax)
ABSENT(thp)
ABSENT(uncache)
ABSENT(mapped)
ABSENT(frame)
ABSENT(locked)
ABSENT(committed)
ABSENT(huge_pool)
/* clang-format on */
