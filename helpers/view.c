/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "verdict.h"
#include "view.h"

#define NO_LIST "needs the kernel's list of regions"

/* ----- Facts ---------------------------------------------------------------- */

const struct plat_facts *
view_facts(void)
{
	static struct plat_facts facts;
	static bool found;

	if (!found) {
		plat_facts(&facts);
		found = true;
	}
	return &facts;
}

size_t
view_page(void)
{
	static size_t page;

	if (page == 0)
		page = (size_t)sysconf(_SC_PAGESIZE);
	return page;
}

void *
view_high(void)
{
	uintptr_t page = view_page(), high = UINTPTR_MAX - 2 * page + 1;
	unsigned long long end = view_facts()->max_address;

	if (end > high)
		high = (uintptr_t)end;
	if (end > high)
		verdict_unsupported("every address is a program's here");
	return (void *)high;
}

const char *
view_system(void)
{
	return plat_name();
}

bool
view_release(char *text, size_t size)
{
	return plat_release(text, size) == 0;
}

bool
view_libc(char *text, size_t size)
{
	return plat_libc(text, size) == 0;
}

bool
view_emulator(char *text, size_t size)
{
	return plat_emulator(text, size) == 0;
}

bool
view_container(char *text, size_t size)
{
	return plat_container(text, size) == 0;
}

const char *
view_emulator_version(void)
{
	return plat_emulator_version();
}

void
view_describe(
    void (*emit)(const char *name, const char *value, void *arg), void *arg)
{
	plat_describe(emit, arg);
}

/* A system that has transparent huge pages describes them as SYSTEM.thp. */
static void
note_thp(const char *name, const char *value, void *arg)
{
	const char *dot = strchr(name, '.');

	(void)value;
	if (dot != NULL && strcmp(dot, ".thp") == 0)
		*(bool *)arg = true;
}

bool
view_has_thp(void)
{
	bool described = false;

	plat_describe(note_thp, &described);
	return described;
}

int
view_locks_freely(void)
{
	struct plat_facts now;

	plat_facts(&now);
	return now.can_lock_memory;
}

long long
view_lock_limit(void)
{
	struct plat_facts now;

	plat_facts(&now);
	return now.rlimit_memlock;
}

/* ----- Names ---------------------------------------------------------------- */

static bool
open_flag(const struct plat_flag *flag, const char *name, long long *value)
{
	verdict_set_up(flag != NULL, "platform/flags.list lacks %s", name);
	*value = flag->present ? flag->value : 0;
	return flag->present;
}

bool
view_find_flag(const char *name, long long *value)
{
	return open_flag(plat_flag(name), name, value);
}

bool
view_find_flag_in(enum plat_world world, const char *name, long long *value)
{
	return open_flag(plat_flag_in(world, name), name, value);
}

const char *
view_flag_name(size_t number)
{
	size_t count;
	const struct plat_flag *flags = plat_flags(&count);

	return number < count ? flags[number].name : NULL;
}

const char *
view_role(unsigned int role)
{
	return plat_role((enum plat_role)role);
}

plat_function_type *
view_find_function(const char *name)
{
	return plat_function(name);
}

plat_function_type *
view_function(const char *name)
{
	plat_function_type *found = plat_function(name);

	if (found == NULL)
		verdict_unsupported("%s has no %s", plat_name(), name);
	return found;
}

/* ----- Regions -------------------------------------------------------------- */

/* plat_region(), in the words of a body. */
static int
ask_region(const volatile void *addr, struct view_region *region)
{
	struct plat_region found;
	int error = plat_region((const void *)(uintptr_t)addr, &found);

	if (error != 0)
		return error;
	region->start = found.start;
	region->end = found.end;
	region->prot = found.prot;
	region->shared = found.shared;
	region->offset = found.offset;
	region->inode = found.inode;
	snprintf(region->object, sizeof(region->object), "%s", found.object);
	return 0;
}

/* What the body has mapped is to be in the list. */
static void
expect_listed(int error)
{
	if (error != 0)
		verdict_expect(false, "a region that is listed",
		    "the region is not listed: %s", names_errno(error));
}

struct view_region
view_region(const volatile void *addr)
{
	struct view_region region;
	int error = ask_region(addr, &region);

	if (error == ENOTSUP)
		verdict_untested(NO_LIST);
	expect_listed(error);
	return region;
}

bool
view_find_region(const volatile void *addr, struct view_region *region)
{
	return ask_region(addr, region) == 0;
}

int
view_is_listed(const volatile void *addr)
{
	struct view_region region;
	int error = ask_region(addr, &region);

	if (error == 0)
		return 1;
	return error == ENOENT ? 0 : -1;
}

int
view_protection(const volatile void *addr)
{
	return view_region(addr).prot;
}

const char *
view_object(const volatile void *addr)
{
	static struct view_region region;

	region = view_region(addr);
	return region.object;
}

static int
add_region(const struct plat_region *region, void *arg)
{
	struct view_snapshot *snapshot = arg;

	snapshot->count++;
	snapshot->sum = (snapshot->sum ^ region->start) * 31;
	snapshot->sum = (snapshot->sum ^ region->end) * 31;
	return 0;
}

struct view_snapshot
view_snapshot(void)
{
	struct view_snapshot snapshot = { 0, 0 };

	plat_regions(add_region, &snapshot);
	return snapshot;
}

/* ----- What the kernel counts for a region ---------------------------------- */

/* plat_usage(), in the words of a body. */
static int
ask_usage(const volatile void *addr, struct view_usage *usage)
{
	struct plat_usage found;
	int error = plat_usage((const void *)(uintptr_t)addr, &found);

	if (error != 0)
		return error;
	usage->page_size = found.page_size;
	usage->resident = found.resident;
	usage->locked = found.locked;
	usage->dirty = found.dirty;
	usage->noreserve = found.noreserve;
	usage->accounted = found.accounted;
	snprintf(usage->flags, sizeof(usage->flags), "%s", found.flags);
	return 0;
}

static struct view_usage
usage_or_untested(const volatile void *addr, const char *needed)
{
	struct view_usage usage;
	int error = ask_usage(addr, &usage);

	if (error == ENOTSUP)
		verdict_untested("%s", needed);
	expect_listed(error);
	return usage;
}

struct view_usage
view_usage(const volatile void *addr)
{
	return usage_or_untested(
	    addr, "needs what the kernel counts for a region");
}

bool
view_find_usage(const volatile void *addr, struct view_usage *usage)
{
	return ask_usage(addr, usage) == 0;
}

struct view_usage
view_usage_with_flags(const volatile void *addr)
{
	static const char needed[] = "needs the kernel's own flags of a region";
	struct view_usage usage = usage_or_untested(addr, needed);

	if (usage.flags[0] == '\0')
		verdict_untested(needed);
	return usage;
}

long long
view_resident_bytes(const volatile void *addr)
{
	static const char needed[] =
	    "needs the kernel's count of memory in a region";
	struct view_usage usage = usage_or_untested(addr, needed);

	if (usage.resident < 0)
		verdict_untested(needed);
	return usage.resident;
}

bool
view_is_dirty(const volatile void *addr)
{
	static const char needed[] = "dirty memory cannot be counted here";
	struct view_usage usage = usage_or_untested(addr, needed);

	if (usage.dirty < 0)
		verdict_untested(needed);
	return usage.dirty > 0;
}

struct visitor {
	void (*visit)(
	    uintptr_t start, uintptr_t end, long page_size, void *arg);
	void *arg;
};

static int
pass_backing(
    const struct plat_region *region, const struct plat_usage *usage, void *arg)
{
	const struct visitor *visitor = arg;

	if (usage->page_size > 0)
		visitor->visit(
		    region->start, region->end, usage->page_size, visitor->arg);
	return 0;
}

void
view_backing(
    void (*visit)(uintptr_t start, uintptr_t end, long page_size, void *arg),
    void *arg)
{
	struct visitor visitor = { visit, arg };

	plat_usages(pass_backing, &visitor);
}

/* ----- Pages ---------------------------------------------------------------- */

#define LOOKED_AT 1024 /* pages at a time */

typedef int page_question(const void *addr, size_t pages, unsigned char *vec);

/* For how many of the pages the answer is yes; an errno value. */
static int
count_pages(
    page_question *ask, const volatile void *addr, size_t pages, size_t *found)
{
	const unsigned char *at = (const unsigned char *)(uintptr_t)addr;
	unsigned char answers[LOOKED_AT];
	size_t count = 0;

	while (pages > 0) {
		size_t part = pages < LOOKED_AT ? pages : LOOKED_AT;
		int error = ask(at, part, answers);

		if (error != 0)
			return error;
		for (size_t i = 0; i < part; i++)
			count += answers[i] != 0;
		at += part * view_page();
		pages -= part;
	}
	*found = count;
	return 0;
}

size_t
view_resident(const volatile void *addr, size_t pages)
{
	size_t found = 0;
	int error = count_pages(plat_resident, addr, pages, &found);

	if (error == ENOTSUP)
		verdict_untested("residency cannot be told here");
	if (error != 0)
		verdict_expect(false, "pages that can be looked at",
		    "residency of mapped pages: %s", names_errno(error));
	return found;
}

bool
view_find_resident(const volatile void *addr, size_t pages, size_t *found)
{
	return count_pages(plat_resident, addr, pages, found) == 0;
}

bool
view_find_mapped(const volatile void *addr, size_t pages, size_t *found)
{
	return count_pages(plat_mapped, addr, pages, found) == 0;
}

/* ----- This process and the system ------------------------------------------ */

long long
view_locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		verdict_untested("locked memory cannot be counted here");
	return bytes;
}

bool
view_find_address_space(long long *bytes)
{
	long long resident;

	return plat_process_size(bytes, &resident) == 0;
}

long long
view_address_space(void)
{
	long long bytes;

	if (!view_find_address_space(&bytes))
		verdict_untested("needs the size of this process");
	return bytes;
}

long long
view_memory(void)
{
	long long size, resident;

	if (plat_process_size(&size, &resident) != 0)
		verdict_untested("needs the size of the process in memory");
	return resident;
}

void
view_heap(uintptr_t *start, uintptr_t *end)
{
	if (plat_heap(start, end) != 0)
		verdict_untested("needs the bounds of the heap");
}

bool
view_find_committed(long long *bytes)
{
	return plat_committed(bytes) == 0;
}

long long
view_committed(void)
{
	long long bytes;

	if (!view_find_committed(&bytes))
		verdict_untested("needs the count of promised memory");
	return bytes;
}

bool
view_find_pool(size_t huge_page_size, struct view_pool *pool)
{
	struct plat_huge_pool found;

	if (plat_huge_pool(huge_page_size, &found) != 0)
		return false;
	pool->total = found.total;
	pool->free = found.free;
	pool->reserved = found.reserved;
	pool->surplus = found.surplus;
	return true;
}

struct view_pool
view_pool(size_t huge_page_size)
{
	struct view_pool pool;

	if (!view_find_pool(huge_page_size, &pool))
		verdict_untested("needs a view of the huge page pool");
	return pool;
}

/* ----- File systems --------------------------------------------------------- */

bool
view_has_storage(const char *dir)
{
	bool stored;

	if (plat_has_storage(dir, &stored) != 0)
		verdict_untested(
		    "whether there is storage cannot be told here");
	return stored;
}

/* 1, 0; -1: cannot be told. */
static int
ask_mount(int (*ask)(const char *path, bool *yes), const char *path)
{
	bool yes;

	return ask(path, &yes) == 0 ? yes : -1;
}

int
view_noexec(const char *path)
{
	return ask_mount(plat_noexec, path);
}

int
view_mandatory_locks(const char *dir)
{
	return ask_mount(plat_mandatory_locks, dir);
}

int
view_marks_atime(const char *dir)
{
	return ask_mount(plat_marks_atime, dir);
}
