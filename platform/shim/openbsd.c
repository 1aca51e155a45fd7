/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD.  Sources: sysctl(2), statfs(2), mmap(2), mount(8) on wxallowed,
 * shm_open(3) and the comments of <sys/sysctl.h>; for what they leave open,
 * sys/kern/kern_sysctl.c, sys/uvm/uvm_map.c and sys/uvm/uvm_mmap.c.
 *
 * mechanisms: attributes code facts flags functions kinfo limits lookup mount
 *     process roles sbrk uname uvm
 */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/mechanism/absent.h"
#include "platform/mechanism/facts.h"
#include "platform/mechanism/functions.h"
#include "platform/mechanism/kinfo.h"
#include "platform/mechanism/roles.h"
#include "platform/mechanism/uvm.h"
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

/* It is of one piece with the system; <sys/param.h> numbers its state. */
int
plat_libc(char *buf, size_t size)
{
	snprintf(buf, size, "openbsd %d", OpenBSD);
	return 0;
}

/*
 * ----- Flags --------------------------------------------------------------
 */

/* Nothing populates without locking, and nobody can ask for huge pages. */
const char *const roles_names[PLAT_ROLES] = {
	ROLES_STANDARD, [PLAT_ANONYMOUS] = "MAP_ANON",
	[PLAT_NORESERVE] = "MAP_NORESERVE", /* 0 */
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
	facts->huge_page_size = 0;
	facts->huge_pages_total = 0;
	facts->huge_pages_free = 0;
	facts->huge_pages_extra = 0;
	/* Promised memory is not counted. */
	facts->overcommit = 1;
	facts->ram_bytes = number_or_unknown(CTL_HW, HW_PHYSMEM64);
	facts->swap_bytes = uvm_swap_size();
	/* RLIMIT_MEMLOCK binds root, too. */
	facts->can_lock_memory = 0;
	facts->can_raise_limits = root;
	/* The first page is outside of every address space. */
	facts->can_map_zero = 0;
	facts->can_see_frames = 0;
	facts->can_change_settings = root;
	facts->aslr = 1;
	/*
	 * But for programs that were linked to need both, and then
	 * only on file systems mounted wxallowed: this is not one.
	 */
	facts->wx = 0;
	facts->min_address = getpagesize();
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
int
kinfo_visit(
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

/*
 * Private memory is copied on write, whether a file is behind it or not.
 * The kernel tells neither path nor inode.
 */
void
kinfo_finish_region(
    struct plat_region *region, const struct kinfo_vmentry *entry)
{
	region->shared = (entry->kve_etype & KVE_ET_COPYONWRITE) == 0;
	if ((entry->kve_etype & KVE_ET_OBJ) != 0)
		region->offset = entry->kve_offset;
}

/* procmap(1) prints most of these. */
static void
spell_flags(const struct kinfo_vmentry *entry, char *buf, size_t size)
{
	static const struct kinfo_word words[] = {
		{ KVE_ET_OBJ, " object" },
		{ KVE_ET_COPYONWRITE, " cow" },
		{ KVE_ET_NEEDSCOPY, " needs_copy" },
		{ KVE_ET_NOFAULT, " nofault" },
		{ KVE_ET_STACK, " stack" },
		{ KVE_ET_CONCEAL, " conceal" },
	};

	kinfo_spell(buf, size, kinfo_is_locked(entry) ? "wired" : "unwired",
	    (unsigned int)entry->kve_etype, words,
	    sizeof(words) / sizeof(words[0]));
}

void
kinfo_finish_usage(struct plat_usage *usage, const struct kinfo_vmentry *entry)
{
	spell_flags(entry, usage->flags, sizeof(usage->flags));
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
ABSENT(uncache)
/* mincore(2) went away with OpenBSD 6.5, for what it told of others. */
ABSENT(resident)
ABSENT(mapped)
ABSENT(frame)
ABSENT(committed)
/* clang-format on */
