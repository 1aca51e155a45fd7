/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD.  Sources: sysctl(3), mincore(2), getpagesizes(3), statfs(2),
 * jail(8), tuning(7), security(7), kinfo_getvmmap(3) and the comments of
 * <sys/user.h>; for what they leave open, sys/vm/vm_mmap.c, sys/vm/vm_map.c
 * and sys/kern/kern_proc.c of FreeBSD 14.
 *
 * mechanisms: attributes code facts fadvise flags functions kinfo limits
 *     lookup mincore mount process roles sysctl uname
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/mechanism/absent.h"
#include "platform/mechanism/facts.h"
#include "platform/mechanism/functions.h"
#include "platform/mechanism/kinfo.h"
#include "platform/mechanism/mincore.h"
#include "platform/mechanism/roles.h"
#include "platform/mechanism/sysctl.h"
#include "platform/platform.h"

/* A node below kern.proc, for this process. */
static int
read_process(int node, void *buf, size_t *size)
{
	int name[] = { CTL_KERN, KERN_PROC, node, getpid() };

	return sysctl(name, 4, buf, size, NULL, 0) == -1 ? errno : 0;
}

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "freebsd";
}

/* It is of one piece with the system; <osreldate.h> numbers its state. */
int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "freebsd %d", __FreeBSD_version);
	return 0;
}

int
plat_container(char *buf, size_t size)
{
	bool jailed = sysctl_or_unknown("security.jail.jailed") > 0;

	snprintf(buf, size, "%s", jailed ? "jail" : "none");
	return 0;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

const char *const roles_names[PLAT_ROLES] = {
	ROLES_STANDARD,
	[PLAT_ANONYMOUS] = "MAP_ANON",
	[PLAT_POPULATE] = "MAP_PREFAULT_READ",
	[PLAT_HUGETLB] = "MAP_ALIGNED_SUPER",
};

/*
 * ----- Facts --------------------------------------------------------------
 */

/* The second size is that of superpages; one size: there are none. */
static long
superpage_size(void)
{
	size_t sizes[MAXPAGESIZES];
	int count = getpagesizes(sizes, MAXPAGESIZES);

	if (count == -1)
		return -1;
	return count > 1 ? (long)sizes[1] : 0;
}

/* tuning(7): bit 0 makes the limit on promised memory hold; 0 has none. */
#define OVERCOMMIT_STRICT 1
#define OVERCOMMIT_RAM    4 /* what is not wired counts, too */

static int
overcommit_mode(void)
{
	long long bits = sysctl_or_unknown("vm.overcommit");

	if (bits == -1)
		return -1;
	return (bits & OVERCOMMIT_STRICT) != 0 ? 2 : 1;
}

/* Swap, and then memory of which the amount varies. */
static long long
commit_limit(void)
{
	long long bits = sysctl_or_unknown("vm.overcommit");

	if (bits == -1 || (bits & OVERCOMMIT_RAM) != 0)
		return -1;
	return sysctl_or_unknown("vm.swap_total");
}

/* What only this process's own layout tells; since FreeBSD 13.2. */
static void
layout_facts(struct plat_facts *facts)
{
#ifdef KERN_PROC_VM_LAYOUT
	struct kinfo_vm_layout layout;
	size_t size = sizeof(layout);

	if (read_process(KERN_PROC_VM_LAYOUT, &layout, &size) != 0)
		return;
	facts->min_address = (long long)layout.kvm_min_user_addr;
	facts->max_address = layout.kvm_max_user_addr;
	facts->aslr = (layout.kvm_map_flags & KMAP_FLAG_ASLR) != 0;
	facts->wx = (layout.kvm_map_flags & KMAP_FLAG_WXORX) == 0;
	/* The lowest address binds root, too. */
	facts->can_map_zero = facts->min_address == 0;
#else
	(void)facts;
#endif
}

void
plat_facts(struct plat_facts *facts)
{
	bool root = geteuid() == 0;
	bool jailed = sysctl_or_unknown("security.jail.jailed") > 0;

	facts_start(facts);
	facts->hugetlb = 0;
	/* Superpages form by themselves, there is no pool. */
	facts->huge_page_size = superpage_size();
	facts->overcommit = overcommit_mode();
	facts->ram_bytes = sysctl_or_unknown("hw.physmem");
	facts->swap_bytes = sysctl_or_unknown("vm.swap_total");
	facts->commit_limit = commit_limit();
	/* RLIMIT_MEMLOCK binds root, too. */
	facts->can_lock_memory = 0;
	facts->can_raise_limits = root;
	facts->can_see_frames = 0;
	facts->can_change_settings = root && !jailed;
	/* No number of regions is refused as such: none is told. */
	layout_facts(facts);
}

void
plat_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	static const char *const numbers[] = {
		"kern.elf32.allow_wx",
		"kern.elf32.aslr.enable",
		"kern.elf64.allow_wx",
		"kern.elf64.aslr.enable",
		"kern.elf64.aslr.pie_enable",
		"kern.osreldate",
		"kern.proc_vmmap_skip_resident_count",
		"security.bsd.map_at_zero",
		"security.bsd.unprivileged_mlock",
		"security.jail.jailed",
		"vm.imply_prot_max",
		"vm.max_user_wired",
		"vm.mincore_mapped",
		"vm.old_mlock",
		"vm.overcommit",
		"vm.pmap.pg_ps_enabled",
		"vm.pmap.superpages_enabled",
	};
	char value[64];
	size_t size = sizeof(value);

	sysctl_describe("freebsd", numbers, nitems(numbers), emit, arg);
	if (sysctlbyname("kern.vm_guest", value, &size, NULL, 0) == 0)
		emit("freebsd.kern.vm_guest", value, arg);
}

/*
 * ----- The kernel's own view ----------------------------------------------
 */

/*
 * Room for the records of all regions: in this program's own memory, as
 * allocating it could make a mapping.
 */
static uint64_t records[(1024 * 1024) / sizeof(uint64_t)];

/*
 * Calls visit for each region until it returns nonzero. A record is as long
 * as its kve_structsize says: the path is cut behind its end.
 */
int
kinfo_visit(
    int (*visit)(const struct kinfo_vmentry *entry, void *arg), void *arg)
{
	struct kinfo_vmentry entry;
	const char *at = (const char *)records;
	size_t left = sizeof(records);
	int error = read_process(KERN_PROC_VMMAP, records, &left);

	if (error != 0)
		return error;
	while (left >= offsetof(struct kinfo_vmentry, kve_path)) {
		size_t size;

		memcpy(&entry.kve_structsize, at, sizeof(entry.kve_structsize));
		size = (size_t)entry.kve_structsize;
		if (size == 0 || size > left)
			break;
		memset(&entry, 0, sizeof(entry));
		memcpy(&entry, at, MIN(size, sizeof(entry)));
		if (visit(&entry, arg) != 0)
			break;
		at += size;
		left -= size;
	}
	return 0;
}

/*
 * Copy on write means private.  Without it everything is shared but
 * anonymous memory, which can be either: of that the kernel tells neither
 * the inheritance nor, before the first touch, any object.
 */
static int
is_shared(const struct kinfo_vmentry *entry)
{
	if ((entry->kve_flags & KVME_FLAG_COW) != 0)
		return 0;
	switch (entry->kve_type) {
	case KVME_TYPE_NONE:
	case KVME_TYPE_DEFAULT:
	case KVME_TYPE_DEAD:
	case KVME_TYPE_GUARD:
	case KVME_TYPE_UNKNOWN:
		return -1;
	case KVME_TYPE_SWAP:
		/* Only anonymous memory has this handle. */
		return entry->kve_obj != 0 ? -1 : 1;
	default:
		return 1;
	}
}

void
kinfo_finish_region(
    struct plat_region *region, const struct kinfo_vmentry *entry)
{
	region->shared = is_shared(entry);
	region->offset = entry->kve_offset;
	region->inode = entry->kve_vn_fileid;
	snprintf(region->object, sizeof(region->object), "%s", entry->kve_path);
}

/*
 * mincore(2) speaks of this process's own translations as long as
 * vm.mincore_mapped is set, which it is unless the administrator cleared it.
 */
static bool
mincore_is_mapped(void)
{
	return sysctl_or_unknown("vm.mincore_mapped") != 0;
}

/* procstat(1) prints these as letters. */
static void
spell_flags(const struct kinfo_vmentry *entry, char *buf, size_t size)
{
	static const struct kinfo_word words[] = {
		{ KVME_FLAG_COW, " cow" },
		{ KVME_FLAG_NEEDS_COPY, " needs_copy" },
		{ KVME_FLAG_NOCOREDUMP, " nocoredump" },
		{ KVME_FLAG_SUPER, " super" },
		{ KVME_FLAG_GROWS_UP, " grows_up" },
		{ KVME_FLAG_GROWS_DOWN, " grows_down" },
		{ KVME_FLAG_USER_WIRED, " user_wired" },
	};
	static const char *const types[] = {
		[KVME_TYPE_NONE] = "none",
		[KVME_TYPE_DEFAULT] = "default",
		[KVME_TYPE_VNODE] = "vnode",
		[KVME_TYPE_SWAP] = "swap",
		[KVME_TYPE_DEVICE] = "device",
		[KVME_TYPE_PHYS] = "phys",
		[KVME_TYPE_DEAD] = "dead",
		[KVME_TYPE_SG] = "sg",
		[KVME_TYPE_MGTDEVICE] = "mgtdevice",
		[KVME_TYPE_GUARD] = "guard",
	};
	const char *type = "unknown";

	if (entry->kve_type >= 0 && entry->kve_type < (int)nitems(types))
		type = types[entry->kve_type];
	kinfo_spell(buf, size, type, (unsigned int)entry->kve_flags, words,
	    nitems(words));
}

void
kinfo_finish_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	struct mincore_pages pages;
	long page = getpagesize();

	if ((entry->kve_flags & KVME_FLAG_SUPER) != 0)
		usage->page_size = superpage_size();
	if (mincore_is_mapped() &&
	    mincore_count((uintptr_t)entry->kve_start,
		(uintptr_t)entry->kve_end, &pages) == 0) {
		usage->resident = (long long)pages.present * page;
		usage->dirty = (long long)pages.modified * page;
	}
	spell_flags(entry, usage->flags, sizeof(usage->flags));
}

struct residency {
	uintptr_t start;
	uintptr_t end;
	unsigned char *vec;
	int error;
};

/*
 * The map counts the pages of a region that are in memory, mapped or not.
 * With none and with all of them in memory that settles each page; so it
 * does when those mapped make up the number.
 */
static int
settle_region(const struct kinfo_vmentry *entry, void *arg)
{
	struct residency *asked = arg;
	size_t page = (size_t)getpagesize();
	uintptr_t start = MAX(asked->start, (uintptr_t)entry->kve_start);
	uintptr_t end = MIN(asked->end, (uintptr_t)entry->kve_end);
	struct mincore_pages pages;

	if (start >= end || entry->kve_resident == 0)
		return 0;
	if ((uint64_t)entry->kve_resident ==
	    (entry->kve_end - entry->kve_start) / page)
		memset(asked->vec + (start - asked->start) / page, 1,
		    (end - start) / page);
	else if (mincore_count((uintptr_t)entry->kve_start,
		     (uintptr_t)entry->kve_end, &pages) != 0 ||
	    pages.present != entry->kve_resident)
		asked->error = ENOTSUP;
	return asked->error;
}

int
plat_resident(const void *addr, size_t pages, unsigned char *vec)
{
	struct residency asked = {
		.start = (uintptr_t)addr,
		.end = (uintptr_t)addr + pages * (size_t)getpagesize(),
		.vec = vec,
	};
	int error = mincore_ask(addr, pages, vec);

	if (error != 0 || !mincore_is_mapped() || memchr(vec, 0, pages) == NULL)
		return error;
	if (sysctl_or_unknown("kern.proc_vmmap_skip_resident_count") > 0)
		return ENOTSUP;
	error = kinfo_visit(settle_region, &asked);
	return error != 0 ? error : asked.error;
}

int
plat_mapped(const void *addr, size_t pages, unsigned char *vec)
{
	return mincore_is_mapped() ? mincore_ask(addr, pages, vec) : ENOTSUP;
}

int
plat_committed(long long *bytes)
{
	return sysctl_number("vm.swap_reserved", bytes);
}

/*
 * The break moves from the end of the program's data; brk(2) finds it from
 * the data segment's start and size, the size in pages.
 */
int
plat_heap(uintptr_t *start, uintptr_t *end)
{
#ifdef KERN_PROC_VM_LAYOUT
	extern char _end[];
	struct kinfo_vm_layout layout;
	size_t size = sizeof(layout);
	uintptr_t page = (uintptr_t)getpagesize();
	int error = read_process(KERN_PROC_VM_LAYOUT, &layout, &size);

	if (error != 0)
		return error;
	*start = roundup2((uintptr_t)_end, page);
	*end =
	    roundup2(layout.kvm_data_addr, page) + layout.kvm_data_size * page;
	return 0;
#else
	(void)start;
	(void)end;
	return ENOTSUP;
#endif
}

/*
 * ----- Kernel-wide settings -----------------------------------------------
 */

const char *
plat_setting_name(enum plat_setting setting)
{
	static const char *const names[PLAT_SETTINGS] = {
		[PLAT_OVERCOMMIT] = "vm.overcommit",
		[PLAT_FILES_MAX] = "kern.maxfiles",
	};

	return names[setting];
}

int
plat_setting(enum plat_setting setting, long long *value)
{
	const char *name = plat_setting_name(setting);
	int error;

	if (name == NULL)
		return ENOTSUP;
	error = sysctl_number(name, value);
	if (error == 0 && setting == PLAT_OVERCOMMIT)
		*value = overcommit_mode();
	return error;
}

/* The other bits of vm.overcommit stay as they are. */
int
plat_set_setting(enum plat_setting setting, long long value)
{
	const char *name = plat_setting_name(setting);
	long long bits;
	int number, error;

	if (name == NULL || value < 0 || value > INT_MAX)
		return ENOTSUP;
	number = (int)value;
	if (setting == PLAT_OVERCOMMIT) {
		if (value != 1 && value != 2)
			return ENOTSUP;
		error = sysctl_number(name, &bits);
		if (error != 0)
			return error;
		number = (int)bits & ~OVERCOMMIT_STRICT;
		if (value == 2)
			number |= OVERCOMMIT_STRICT;
	}
	return sysctl_set(name, number);
}

/*
 * ----- Functions that not every system has --------------------------------
 */

/* libc of arm64 and riscv has none. */
#pragma weak sbrk

plat_function_type *
plat_function(const char *name)
{
	static const struct function linked[] = {
		FUNCTION(mincore),
		FUNCTION(minherit),
		FUNCTION(posix_fallocate),
		FUNCTION(sbrk),
#ifdef MFD_CLOEXEC
		FUNCTION(memfd_create),
#endif
		NO_FUNCTION,
	};

	return function_find(linked, name);
}

/*
 * ----- What is not there, or cannot be told -------------------------------
 */

/* clang-format off */
NONE(emulator)
/* shm_open(2): its names are no part of the file system. */
NONE(shm_dir)
ABSENT(boot_option)
ABSENT(mandatory_locks)
ABSENT(dax)
ABSENT(thp)
ABSENT(frame)
ABSENT(huge_pool)
/* clang-format on */
