/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD.  Sources: sysctl(7), mincore(2), statvfs(2), paxctl(8),
 * security(7), shm_open(3) and the comments of <sys/sysctl.h>; for what they
 * leave open, sys/uvm/uvm_mmap.c and sys/uvm/uvm_map.c.
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>
#include <uvm/uvm_extern.h>
#include <uvm/uvm_param.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/functions.h"
#include "platform/platform.h"

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
	return "netbsd";
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
	snprintf(buf, size, "netbsd %d", __NetBSD_Version__);
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

/* Nothing populates without locking, and there are no huge pages. */
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

static long long
swap_size(void)
{
	int name[] = { CTL_VM, VM_UVMEXP2 };
	struct uvmexp_sysctl counts;
	size_t size = sizeof(counts);

	if (sysctl(name, 2, &counts, &size, NULL, 0) == -1)
		return -1;
	return (long long)(counts.swpages * counts.pagesize);
}

/* The lowest address binds root, too; vm.user_va0_disable raises it. */
static long long
lowest_address(void)
{
	long long lowest = number_or_unknown("vm.minaddress");

	if (lowest == 0 && number_or_unknown("vm.user_va0_disable") != 0)
		lowest = getpagesize();
	return lowest;
}

void
plat_facts(struct plat_facts *facts)
{
	bool root = geteuid() == 0;
	/* What paxctl(8) and security.pax.* left on for this process. */
	long long pax = number_or_unknown("proc.curproc.paxflags");
	long long end = number_or_unknown("vm.maxaddress");

	*facts = (struct plat_facts){
		.page_size = getpagesize(),
		.hugetlb = 0,
		.huge_page_size = 0,
		.huge_pages_total = 0,
		.huge_pages_free = 0,
		.huge_pages_extra = 0,
		/* Promised memory is not counted. */
		.overcommit = 1,
		.ram_bytes = number_or_unknown("hw.physmem64"),
		.swap_bytes = swap_size(),
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
		.aslr = -1,
		.wx = -1,
		.min_address = lowest_address(),
		.map_count_max = -1,
	};
	if (end > 0)
		facts->max_address = (unsigned long long)end;
	if (facts->min_address != -1)
		facts->can_map_zero = facts->min_address == 0;
	if (pax != -1) {
		facts->aslr = (pax & CTL_PROC_PAXFLAGS_ASLR) != 0;
		facts->wx = (pax & CTL_PROC_PAXFLAGS_MPROTECT) == 0;
	}
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	static const char *const numbers[] = {
		"kern.securelevel",
		"proc.curproc.paxflags",
		"security.pax.aslr.enabled",
		"security.pax.aslr.global",
		"security.pax.mprotect.enabled",
		"security.pax.mprotect.global",
		"vm.guard_size",
		"vm.swap_encrypt",
		"vm.user_va0_disable",
	};
	char name[128], value[64];

	for (size_t i = 0; i < __arraycount(numbers); i++) {
		long long number;

		if (read_number(numbers[i], &number) != 0)
			continue;
		snprintf(name, sizeof(name), "netbsd.%s", numbers[i]);
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
	struct statvfs info;

	if (statvfs(dir, &info) == -1)
		return errno;
	snprintf(buf, size, "%s", info.f_fstypename);
	return 0;
}

int
plat_noexec(const char *dir, bool *yes)
{
	struct statvfs info;

	if (statvfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flag & ST_NOEXEC) != 0;
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
	struct statvfs info;

	if (statvfs(dir, &info) == -1)
		return errno;
	*yes = (info.f_flag & ST_NOATIME) == 0;
	return 0;
}

int
plat_has_storage(const char *dir, bool *yes)
{
	struct statvfs info;

	if (statvfs(dir, &info) == -1)
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
	if (fsync(fd) == -1)
		return errno;
	return posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* A tmpfs is to be mounted there. */
const char *
plat_shm_dir(void)
{
	return "/var/shm";
}

/*
 * ----- The kernel's own view ----------------------------------------------
 */

/*
 * Room for all regions: in this program's own memory, as allocating it could
 * make a mapping.
 */
static struct kinfo_vmentry entries[1024];

/* Calls visit for each region in rising order until it returns nonzero. */
static int
visit_entries(
    int (*visit)(const struct kinfo_vmentry *entry, void *arg), void *arg)
{
	int name[] = { CTL_VM, VM_PROC, VM_PROC_MAP, getpid(),
		sizeof(entries[0]) };
	size_t size = sizeof(entries);

	if (sysctl(name, 5, entries, &size, NULL, 0) == -1)
		return errno;
	for (size_t i = 0; i < size / sizeof(entries[0]); i++)
		if (visit(&entries[i], arg) != 0)
			break;
	return 0;
}

struct lookup {
	uintptr_t addr;
	const struct kinfo_vmentry *found;
};

static int
match_entry(const struct kinfo_vmentry *entry, void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->addr >= entry->kve_end)
		return 0;
	if (lookup->addr >= entry->kve_start)
		lookup->found = entry;
	return 1;
}

/* *entry stays valid until the map is read again. */
static int
find_entry(const void *addr, const struct kinfo_vmentry **entry)
{
	struct lookup lookup = { (uintptr_t)addr, NULL };
	int error = visit_entries(match_entry, &lookup);

	if (error != 0)
		return error;
	if (lookup.found == NULL)
		return ENOENT;
	*entry = lookup.found;
	return 0;
}

/* Private memory is copied on write, whether a file is behind it or not. */
static void
fill_region(struct plat_region *region, const struct kinfo_vmentry *entry)
{
	*region = (struct plat_region){
		.start = (uintptr_t)entry->kve_start,
		.end = (uintptr_t)entry->kve_end,
		.shared = (entry->kve_flags & KVME_FLAG_COW) == 0,
		.inode = entry->kve_vn_fileid,
	};
	/* Memory without an object has no offset: all bits are set. */
	if (entry->kve_offset != UINT64_MAX)
		region->offset = entry->kve_offset;
	if ((entry->kve_protection & KVME_PROT_READ) != 0)
		region->prot |= PROT_READ;
	if ((entry->kve_protection & KVME_PROT_WRITE) != 0)
		region->prot |= PROT_WRITE;
	if ((entry->kve_protection & KVME_PROT_EXEC) != 0)
		region->prot |= PROT_EXEC;
	snprintf(region->object, sizeof(region->object), "%s", entry->kve_path);
}

int
plat_region(const void *addr, struct plat_region *region)
{
	const struct kinfo_vmentry *entry;
	int error = find_entry(addr, &entry);

	if (error == 0)
		fill_region(region, entry);
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

/* More pages than this would take seconds to ask for. */
#define COUNT_MAX ((size_t)1 << 18)

/* Bytes of a region in memory; -1 if that cannot be told. */
static long long
resident_bytes_of(const struct kinfo_vmentry *entry)
{
	unsigned char vec[4096];
	size_t page = (size_t)getpagesize();
	uintptr_t at = (uintptr_t)entry->kve_start;
	uintptr_t end = (uintptr_t)entry->kve_end;
	long long count = 0;

	if ((end - at) / page > COUNT_MAX)
		return -1;
	while (at < end) {
		size_t pages = MIN((end - at) / page, sizeof(vec));

		if (plat_resident((void *)at, pages, vec) != 0)
			return -1;
		for (size_t i = 0; i < pages; i++)
			count += vec[i];
		at += pages * page;
	}
	return count * (long long)page;
}

/* pmap(1) prints most of these. */
static void
spell_flags(const struct kinfo_vmentry *entry, char *buf, size_t size)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {
		{ KVME_FLAG_COW, " cow" },
		{ KVME_FLAG_NEEDS_COPY, " needs_copy" },
		{ KVME_FLAG_NOCOREDUMP, " nocoredump" },
		{ KVME_FLAG_PAGEABLE, " pageable" },
		{ KVME_FLAG_GROWS_UP, " grows_up" },
		{ KVME_FLAG_GROWS_DOWN, " grows_down" },
	};

	snprintf(
	    buf, size, "%s", entry->kve_wired_count > 0 ? "wired" : "unwired");
	for (size_t i = 0; i < __arraycount(words); i++)
		if ((entry->kve_flags & words[i].flag) != 0)
			strlcat(buf, words[i].word, size);
}

static void
fill_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	*usage = (struct plat_usage){
		.page_size = getpagesize(),
		.resident = resident_bytes_of(entry),
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
	const struct kinfo_vmentry *entry;
	int error = find_entry(addr, &entry);

	if (error == 0)
		fill_usage(usage, entry);
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

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	void *start = (void *)(uintptr_t)addr;

	if (mincore(start, pages * (size_t)getpagesize(), (char *)vec) == -1)
		return errno;
	for (size_t i = 0; i < pages; i++)
		vec[i] &= 1;
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
	struct kinfo_proc2 process;
	int name[] = { CTL_KERN, KERN_PROC2, KERN_PROC_PID, getpid(),
		sizeof(process), 1 };
	size_t size = sizeof(process);

	if (sysctl(name, 6, &process, &size, NULL, 0) == -1)
		return errno;
	*virtual_bytes = (long long)process.p_vm_vsize * getpagesize();
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
		FUNCTION(mremap),
		FUNCTION(posix_fallocate),
		FUNCTION(sbrk),
#ifdef MFD_CLOEXEC
		FUNCTION(memfd_create),
#endif
		NO_FUNCTION,
	};

	return function_find(linked, name);
}
