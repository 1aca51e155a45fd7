/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD.  Sources: sysctl(7), mincore(2), statvfs(2), paxctl(8),
 * security(7), shm_open(3) and the comments of <sys/sysctl.h>; for what they
 * leave open, sys/uvm/uvm_mmap.c and sys/uvm/uvm_map.c.
 *
 * mechanisms: attributes code facts fadvise flags functions kinfo limits
 *     lookup maxfiles mincore mount process resident roles sbrk sysctl uname
 *     uvm
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <uvm/uvm_param.h>

#include <errno.h>
#include <fcntl.h>
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
#include "platform/mechanism/uvm.h"
#include "platform/platform.h"

/*
 * ----- The name of the system ---------------------------------------------
 */

const char *
plat_name(void)
{
	return "netbsd";
}

/* It is of one piece with the system; <sys/param.h> numbers its state. */
int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "netbsd %d", __NetBSD_Version__);
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

/* The lowest address binds root, too; vm.user_va0_disable raises it. */
static long long
lowest_address(void)
{
	long long lowest = sysctl_or_unknown("vm.minaddress");

	if (lowest == 0 && sysctl_or_unknown("vm.user_va0_disable") != 0)
		lowest = getpagesize();
	return lowest;
}

void
plat_facts(struct plat_facts *facts)
{
	bool root = geteuid() == 0;
	/* What paxctl(8) and security.pax.* left on for this process. */
	long long pax = sysctl_or_unknown("proc.curproc.paxflags");
	long long end = sysctl_or_unknown("vm.maxaddress");

	facts_start(facts);
	facts->hugetlb = 0;
	facts->huge_page_size = 0;
	facts->huge_pages_total = 0;
	facts->huge_pages_free = 0;
	facts->huge_pages_extra = 0;
	/* Promised memory is not counted. */
	facts->overcommit = 1;
	facts->ram_bytes = sysctl_or_unknown("hw.physmem64");
	facts->swap_bytes = uvm_swap_size();
	/* RLIMIT_MEMLOCK binds root, too. */
	facts->can_lock_memory = 0;
	facts->can_raise_limits = root;
	facts->can_see_frames = 0;
	facts->can_change_settings = root;
	facts->min_address = lowest_address();
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

	sysctl_describe("netbsd", numbers, __arraycount(numbers), emit, arg);
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
int
kinfo_visit(
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

/* Private memory is copied on write, whether a file is behind it or not. */
void
kinfo_finish_region(
    struct plat_region *region, const struct kinfo_vmentry *entry)
{
	region->shared = (entry->kve_flags & KVME_FLAG_COW) == 0;
	region->inode = entry->kve_vn_fileid;
	/* Memory without an object has no offset: all bits are set. */
	if (entry->kve_offset != UINT64_MAX)
		region->offset = entry->kve_offset;
	snprintf(region->object, sizeof(region->object), "%s", entry->kve_path);
}

/* pmap(1) prints most of these. */
static void
spell_flags(const struct kinfo_vmentry *entry, char *buf, size_t size)
{
	static const struct kinfo_word words[] = {
		{ KVME_FLAG_COW, " cow" },
		{ KVME_FLAG_NEEDS_COPY, " needs_copy" },
		{ KVME_FLAG_NOCOREDUMP, " nocoredump" },
		{ KVME_FLAG_PAGEABLE, " pageable" },
		{ KVME_FLAG_GROWS_UP, " grows_up" },
		{ KVME_FLAG_GROWS_DOWN, " grows_down" },
	};

	kinfo_spell(buf, size, kinfo_is_locked(entry) ? "wired" : "unwired",
	    entry->kve_flags, words, __arraycount(words));
}

void
kinfo_finish_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	struct mincore_pages pages;

	if (mincore_count((uintptr_t)entry->kve_start,
		(uintptr_t)entry->kve_end, &pages) == 0)
		usage->resident = (long long)pages.present * getpagesize();
	spell_flags(entry, usage->flags, sizeof(usage->flags));
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

/*
 * ----- What is not there, or cannot be told -------------------------------
 */

/* clang-format off */
NONE(emulator)
NONE(container)
NONE(huge_pool)
ABSENT(boot_option)
ABSENT(mandatory_locks)
ABSENT(dax)
ABSENT(thp)
ABSENT(mapped)
ABSENT(frame)
ABSENT(committed)
/* clang-format on */
