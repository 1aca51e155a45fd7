/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD.  Sources: sysctl(2), statfs(2), mmap(2), mount(8) on wxallowed,
 * shm_open(3) and the comments of <sys/sysctl.h>; for what they leave open,
 * sys/kern/kern_sysctl.c, sys/uvm/uvm_map.c and sys/uvm/uvm_mmap.c.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>
#include <uvm/uvmexp.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/functions.h"
#include "platform/platform.h"

/*
 * ----- Reading sysctls ----------------------------------------------------
 */

/* A number with a name of two levels, -1 if it cannot be had. */
static long long
number_or_unknown(int top, int second)
{
	int name[] = { top, second };
	union {
		int32_t word;
		int64_t quad;
	} number;
	size_t size = sizeof(number);

	if (sysctl(name, 2, &number, &size, NULL, 0) == -1)
		return -1;
	return size == sizeof(number.word) ? number.word : number.quad;
}

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "openbsd";
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
	snprintf(buf, size, "openbsd %d", OpenBSD);
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
	snprintf(buf, size, "none");
	return 0;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

/* Nothing populates, and there are no huge pages; MAP_NORESERVE is 0. */
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

/* There is no RLIMIT_AS. */
static long long
limit(int resource)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return -1;
	return now.rlim_cur == RLIM_INFINITY ? LLONG_MAX
					     : (long long)now.rlim_cur;
}

static long long
swap_size(void)
{
	int name[] = { CTL_VM, VM_UVMEXP };
	struct uvmexp counts;
	size_t size = sizeof(counts);

	if (sysctl(name, 2, &counts, &size, NULL, 0) == -1)
		return -1;
	return (long long)counts.swpages * counts.pagesize;
}

void
plat_facts(struct plat_facts *facts)
{
	bool root = geteuid() == 0;

	*facts = (struct plat_facts){
		.page_size = getpagesize(),
		.hugetlb = 0,
		.huge_page_size = 0,
		.huge_pages_total = 0,
		.huge_pages_free = 0,
		.huge_pages_extra = 0,
		/* Promised memory is not counted. */
		.overcommit = 1,
		.ram_bytes = number_or_unknown(CTL_HW, HW_PHYSMEM64),
		.swap_bytes = swap_size(),
		.commit_limit = -1,
		.rlimit_as = -1,
		.rlimit_data = limit(RLIMIT_DATA),
		.rlimit_memlock = limit(RLIMIT_MEMLOCK),
		/* RLIMIT_MEMLOCK binds root, too. */
		.can_lock_memory = 0,
		.can_raise_limits = root,
		/* The first page is outside of every address space. */
		.can_map_zero = 0,
		.can_see_frames = 0,
		.can_change_settings = root,
		.aslr = 1,
		/*
		 * But for programs that were linked to need both, and then
		 * only on file systems mounted wxallowed: this is not one.
		 */
		.wx = 0,
		.min_address = getpagesize(),
		.map_count_max = -1,
	};
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	static const struct {
		const char *name;
		int top;
		int second;
	} numbers[] = {
		{ "openbsd.kern.securelevel", CTL_KERN, KERN_SECURELVL },
		{ "openbsd.kern.wxabort", CTL_KERN, KERN_WXABORT },
	};
	char value[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(value, sizeof(value), "%lld",
		    number_or_unknown(numbers[i].top, numbers[i].second));
		emit(numbers[i].name, value, arg);
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
	*yes = strcmp(info.f_fstypename, "tmpfs") != 0 &&
	    strcmp(info.f_fstypename, "mfs") != 0;
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

/* Objects are files there, named by a hash. */
const char *
plat_shm_dir(void)
{
	return "/tmp";
}

/*
 * ----- The kernel's own view ----------------------------------------------
 */

/*
 * Calls visit for each region in rising order until it returns nonzero.  The
 * kernel fills the records from the first region at or above the address
 * that the first record holds.
 */
static int
visit_entries(
    int (*visit)(const struct kinfo_vmentry *entry, void *arg), void *arg)
{
	int name[] = { CTL_KERN, KERN_PROC_VMMAP, getpid() };
	struct kinfo_vmentry entries[64];
	unsigned long next = 0;

	for (;;) {
		size_t size = sizeof(entries);
		size_t count;

		entries[0].kve_start = next;
		if (sysctl(name, 3, entries, &size, NULL, 0) == -1)
			return errno;
		count = size / sizeof(entries[0]);
		for (size_t i = 0; i < count; i++)
			if (visit(&entries[i], arg) != 0)
				return 0;
		if (count == 0)
			return 0;
		next = entries[count - 1].kve_end;
	}
}

struct lookup {
	uintptr_t addr;
	struct kinfo_vmentry entry;
	bool found;
};

static int
match_entry(const struct kinfo_vmentry *entry, void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->addr >= entry->kve_end)
		return 0;
	if (lookup->addr >= entry->kve_start) {
		lookup->entry = *entry;
		lookup->found = true;
	}
	return 1;
}

static int
find_entry(const void *addr, struct kinfo_vmentry *entry)
{
	struct lookup lookup = { .addr = (uintptr_t)addr };
	int error = visit_entries(match_entry, &lookup);

	if (error != 0)
		return error;
	if (!lookup.found)
		return ENOENT;
	*entry = lookup.entry;
	return 0;
}

/*
 * Private memory is copied on write, whether a file is behind it or not.
 * The kernel tells neither path nor inode.
 */
static void
fill_region(struct plat_region *region, const struct kinfo_vmentry *entry)
{
	*region = (struct plat_region){
		.start = entry->kve_start,
		.end = entry->kve_end,
		.shared = (entry->kve_etype & KVE_ET_COPYONWRITE) == 0,
	};
	if ((entry->kve_etype & KVE_ET_OBJ) != 0)
		region->offset = entry->kve_offset;
	if ((entry->kve_protection & KVE_PROT_READ) != 0)
		region->prot |= PROT_READ;
	if ((entry->kve_protection & KVE_PROT_WRITE) != 0)
		region->prot |= PROT_WRITE;
	if ((entry->kve_protection & KVE_PROT_EXEC) != 0)
		region->prot |= PROT_EXEC;
}

int
plat_region(const void *addr, struct plat_region *region)
{
	struct kinfo_vmentry entry;
	int error = find_entry(addr, &entry);

	if (error == 0)
		fill_region(region, &entry);
	return error;
}

struct region_visit {
	int (*visit)(const struct plat_region *region, void *arg);
	void *arg;
};

static int
pass_region(const struct kinfo_vmentry *entry, void *arg)
{
	const struct region_visit *to = arg;
	struct plat_region region;

	fill_region(&region, entry);
	return to->visit(&region, to->arg);
}

int
plat_regions(
    int (*visit)(const struct plat_region *region, void *arg), void *arg)
{
	struct region_visit to = { visit, arg };

	return visit_entries(pass_region, &to);
}

/* procmap(1) prints most of these. */
static void
spell_flags(const struct kinfo_vmentry *entry, char *buf, size_t size)
{
	static const struct {
		int flag;
		const char *word;
	} words[] = {
		{ KVE_ET_OBJ, " object" },
		{ KVE_ET_COPYONWRITE, " cow" },
		{ KVE_ET_NEEDSCOPY, " needs_copy" },
		{ KVE_ET_NOFAULT, " nofault" },
		{ KVE_ET_STACK, " stack" },
		{ KVE_ET_CONCEAL, " conceal" },
	};

	snprintf(
	    buf, size, "%s", entry->kve_wired_count > 0 ? "wired" : "unwired");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((entry->kve_etype & words[i].flag) != 0)
			strlcat(buf, words[i].word, size);
}

static void
fill_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	*usage = (struct plat_usage){
		.page_size = getpagesize(),
		.resident = -1,
		.locked = 0,
		.dirty = -1,
	};
	if (entry->kve_wired_count > 0)
		usage->locked = (long long)(entry->kve_end - entry->kve_start);
	spell_flags(entry, usage->flags, sizeof(usage->flags));
}

int
plat_usage(const void *addr, struct plat_usage *usage)
{
	struct kinfo_vmentry entry;
	int error = find_entry(addr, &entry);

	if (error == 0)
		fill_usage(usage, &entry);
	return error;
}

struct usage_visit {
	int (*visit)(const struct plat_region *region,
	    const struct plat_usage *usage, void *arg);
	void *arg;
};

static int
pass_usage(const struct kinfo_vmentry *entry, void *arg)
{
	const struct usage_visit *to = arg;
	struct plat_region region;
	struct plat_usage usage;

	fill_region(&region, entry);
	fill_usage(&usage, entry);
	return to->visit(&region, &usage, to->arg);
}

int
plat_usages(int (*visit)(const struct plat_region *region,
		const struct plat_usage *usage, void *arg),
    void *arg)
{
	struct usage_visit to = { visit, arg };

	return visit_entries(pass_usage, &to);
}

/* mincore(2) went away with OpenBSD 6.5, for what it told of others. */
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

static int
add_locked(const struct kinfo_vmentry *entry, void *arg)
{
	long long *bytes = arg;

	if (entry->kve_wired_count > 0)
		*bytes += (long long)(entry->kve_end - entry->kve_start);
	return 0;
}

int
plat_locked(long long *bytes)
{
	long long sum = 0;
	int error = visit_entries(add_locked, &sum);

	if (error == 0)
		*bytes = sum;
	return error;
}

int
plat_process_size(long long *virtual_bytes, long long *resident_bytes)
{
	struct kinfo_proc process;
	int name[] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid(),
		sizeof(process), 1 };
	size_t size = sizeof(process);

	if (sysctl(name, 6, &process, &size, NULL, 0) == -1)
		return errno;
	*virtual_bytes = (long long)process.p_vm_map_size;
	*resident_bytes = (long long)process.p_vm_rssize * getpagesize();
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
	return ENOENT;
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
	return setting == PLAT_FILES_MAX ? "kern.maxfiles" : NULL;
}

int
plat_setting(enum plat_setting setting, long long *value)
{
	long long number;

	if (setting != PLAT_FILES_MAX)
		return ENOTSUP;
	number = number_or_unknown(CTL_KERN, KERN_MAXFILES);
	if (number == -1)
		return ENOTSUP;
	*value = number;
	return 0;
}

int
plat_set_setting(enum plat_setting setting, long long value)
{
	int name[] = { CTL_KERN, KERN_MAXFILES };
	int number = (int)value;

	if (setting != PLAT_FILES_MAX || value < 0 || value > INT_MAX)
		return ENOTSUP;
	if (sysctl(name, 2, NULL, NULL, &number, sizeof(number)) == -1)
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
		FUNCTION(minherit),
		FUNCTION(mquery),
		FUNCTION(sbrk),
		NO_FUNCTION,
	};

	return function_find(linked, name);
}
