/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locking memory: pages become resident and are counted as locked, until they
 * are unlocked.  Decided by the kernel's count and by residency, never by the
 * return value alone.  In the middle is what one call unlocks, or a hole:
 *
 *	| 0, 1 | 2 .. 5 | 6, 7 |
 */
#include <sys/types.h>
#include <sys/mman.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mlock.def"
#include "helpers/claims.h"

#define PAGES  8
#define MIDDLE 4 /* pages, between as many on both sides */
#define BEFORE ((PAGES - MIDDLE) / 2)

static void
expect_resident(const void *addr, size_t pages, const char *when)
{
	size_t resident = view_resident(addr, PAGES);

	verdict_expect(resident == pages,
	    pages == 0       ? "no page resident"
		: pages == 1 ? "one page resident"
			     : "all pages resident",
	    "%zu of %d pages resident%s", resident, PAGES, when);
}

/*
 * Pages that were never touched, so that being locked shows; the second half is
 * another region, for it may only be read.
 */
static unsigned char *
untouched_pages(void)
{
	unsigned char *area = area_anon(PAGES, RW);

	area_protect(area + PAGES / 2 * view_page(), PAGES / 2, R);
	verdict_set_up(
	    view_resident(area, PAGES) == 0, "untouched pages are resident");
	return area;
}

static void
expect_locked(const void *addr, long long before)
{
	expect_resident(addr, PAGES, "");
	limit_expect_locked(before, PAGES);
	verdict_observe("resident and counted as locked");
}

/* Pages mapped with MAP_LOCKED; before is what was locked until then. */
static unsigned char *
map_locked(long long *before)
{
	unsigned char *mapped;

	limit_need_lockable(PAGES * (long long)view_page());
	*before = view_locked_bytes();
	mapped = call_mmap(
	    NULL, PAGES * view_page(), RW, "PRIVATE|ANON|LOCKED", -1, 0);
	call_expect("ok");
	return mapped;
}

static void
expect_usable(unsigned char *mapped)
{
	probe_expect_bytes(mapped, PAGES * view_page(), 0, "the mapping");
	probe_expect_store(mapped, "the mapping", "ok");
}

static void
locked_when_mapped(void)
{
	long long before;
	unsigned char *mapped = map_locked(&before);

	expect_locked(mapped, before);
	expect_usable(mapped);
	verdict_observe("resident and counted as locked");
}

/* Whether they were brought into memory is another matter. */
static void
counted_when_mapped(void)
{
	long long before;
	unsigned char *mapped = map_locked(&before);

	limit_expect_locked(before, PAGES);
	expect_usable(mapped);
	call_munmap(mapped, MIDDLE * view_page());
	call_expect("ok");
	limit_expect_locked(before, PAGES - MIDDLE);
	verdict_observe("counted as locked until unmapped");
}

static void
locked_untouched(void)
{
	unsigned char *area;
	long long before;

	limit_need_lockable(PAGES * (long long)view_page());
	area = untouched_pages();
	before = view_locked_bytes();
	call_mlock(area, PAGES * view_page());
	call_expect("ok");
	expect_locked(area, before);
}

/* Of a file, with a mapping that can be read only, or written only. */
static void
file_locked(void)
{
	const int prots[] = { R, W };

	limit_need_lockable(PAGES * (long long)view_page());
	for (size_t i = 0; i < sizeof(prots) / sizeof(*prots); i++) {
		struct object file = object_make(FILE_RW, PAGES * view_page());
		unsigned char *area;
		long long before = view_locked_bytes();

		object_uncache(&file);
		area = area_object(&file, 0, PAGES, prots[i], true);
		call_mlock(area, PAGES * view_page());
		call_expect("ok");
		expect_locked(area, before);
		area_free(area, PAGES);
		object_end(&file);
	}
}

static void
locked_by_mlock2(void)
{
	unsigned char *area;
	long long before;

	limit_need_lockable(PAGES * (long long)view_page());
	area = untouched_pages();
	before = view_locked_bytes();
	call_mlock2(area, PAGES * view_page(), "");
	call_expect("ok");
	expect_locked(area, before);
}

/* Where all is locked, the pages are, and are counted among the rest. */
static void
expect_among_locked(const void *addr)
{
	long long locked = view_locked_bytes();

	expect_resident(addr, PAGES, "");
	verdict_expect(locked >= PAGES * (long long)view_page(),
	    "the pages counted as locked", "%lld bytes counted as locked",
	    locked);
}

static void
expect_nothing_locked(void)
{
	long long locked = view_locked_bytes();

	verdict_expect(locked == 0, "nothing counted as locked",
	    "%lld bytes counted as locked", locked);
}

/* In a child, so that only it is locked. */
static long
locks_all(void *arg)
{
	unsigned char *area;

	(void)arg;
	limit_need_all_lockable(PAGES * (long long)view_page());
	area = untouched_pages();
	call_mlockall("CURRENT");
	call_expect("ok");
	expect_among_locked(area);
	return 0;
}

static void
all_current(void)
{
	child_ask(locks_all, NULL);
	verdict_observe("resident and counted as locked");
}

/* A file's pages, and those of shared memory, which nobody touched. */
static long
locks_objects(void *file)
{
	unsigned char *mapped[2];

	limit_need_all_lockable(2 * PAGES * (long long)view_page());
	mapped[0] = area_object(file, 0, PAGES, R, true);
	mapped[1] = area_shared(PAGES);
	verdict_set_up(view_resident(mapped[1], PAGES) == 0,
	    "untouched pages are resident");
	call_mlockall("CURRENT");
	call_expect("ok");
	for (int i = 0; i < 2; i++) {
		struct view_usage usage = view_usage(mapped[i]);

		expect_among_locked(mapped[i]);
		verdict_expect(usage.locked == -1 ||
			usage.locked == PAGES * (long long)view_page(),
		    "all of the mapping locked",
		    "%lld bytes of the mapping locked", usage.locked);
	}
	return 0;
}

static void
all_objects(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());

	object_uncache(&file);
	child_ask(locks_objects, &file);
	verdict_observe("resident and counted as locked");
}

/*
 * Thrice locked, once unlocked: the middle, and then all of it.  Some systems
 * count pages against the limit as often as they are asked to lock them.
 */
static void
unlocked_by_one_call(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	limit_need_lockable(2 * PAGES * (long long)page);
	before = view_locked_bytes();
	for (int i = 0; i < 3; i++) {
		call_mlock(area, PAGES * page);
		call_expect("ok");
	}
	limit_expect_locked(before, PAGES);
	call_munlock(area + BEFORE * page, MIDDLE * page);
	call_expect("ok");
	limit_expect_locked(before, PAGES - MIDDLE);
	call_munlock(area, PAGES * page);
	call_expect("ok");
	limit_expect_locked(before, 0);
	verdict_observe("unlocked by one call");
}

/* The same range without its hole, at either end or inside, is accepted. */
static void
expect_refused_for_hole(int (*call)(const void *, size_t))
{
	size_t page = view_page();

	limit_need_lockable(2 * 3 * (long long)page);
	for (size_t hole = 0; hole < 3; hole++) {
		unsigned char *area = area_anon(3, RW);

		call(area, 3 * page);
		call_expect("ok");
		area_free(area + hole * page, 1);
		call(area, 3 * page);
		call_expect("ENOMEM");
		for (size_t i = 0; i < 3; i++)
			if (i != hole)
				area_free(area + i * page, 1);
	}
}

static void
hole_locked(void)
{
	expect_refused_for_hole(call_mlock);
}

static void
hole_unlocked(void)
{
	expect_refused_for_hole(call_munlock);
}

static long
locks_later_mappings(void *arg)
{
	unsigned char *area;

	(void)arg;
	limit_need_all_lockable(PAGES * (long long)view_page());
	call_mlockall("FUTURE");
	call_expect("ok");
	area = area_anon(PAGES, RW);
	expect_among_locked(area);
	return 0;
}

static void
all_future(void)
{
	child_ask(locks_later_mappings, NULL);
	verdict_observe("resident and counted as locked");
}

static long
locks_nothing(void *arg)
{
	(void)arg;
	limit_need_all_lockable(0);
	call_mlockall("CURRENT");
	call_expect("ok");
	call_mlockall("");
	call_expect("EINVAL");
	return 0;
}

static void
no_flags(void)
{
	child_ask(locks_nothing, NULL);
	verdict_observe("EINVAL");
}

/* What munlockall() is to undo. */
static void
lock_all(const char *flags)
{
	call_mlockall(flags);
	call_expect("ok");
	verdict_expect(view_locked_bytes() > 0, "locked memory counted",
	    "locked memory is not counted");
}

static long
unlocks_all(void *arg)
{
	unsigned char *area;

	(void)arg;
	limit_need_all_lockable(PAGES * (long long)view_page());
	area = area_anon(PAGES, RW);
	lock_all("CURRENT");
	expect_resident(area, PAGES, "");
	call_munlockall();
	call_expect("ok");
	expect_nothing_locked();
	call_munlockall();
	call_expect("ok");
	return 0;
}

static void
all_unlocked(void)
{
	child_ask(unlocks_all, NULL);
	verdict_observe("0 with and without locks, nothing counted as locked");
}

static long
maps_after_munlockall(void *arg)
{
	unsigned char *area;

	(void)arg;
	limit_need_all_lockable(PAGES * (long long)view_page());
	lock_all("CURRENT|FUTURE");
	area = area_anon(PAGES, RW);
	expect_resident(area, PAGES, " of a later mapping");
	call_munlockall();
	call_expect("ok");
	area = area_anon(PAGES, RW);
	expect_resident(area, 0, "");
	expect_nothing_locked();
	return 0;
}

static void
mapped_after_munlockall(void)
{
	child_ask(maps_after_munlockall, NULL);
	verdict_observe("neither resident nor locked");
}

static void
locked_on_fault(void)
{
	size_t page = view_page();
	unsigned char *area;
	long long before;

	limit_need_lockable(PAGES * (long long)page);
	area = untouched_pages();
	before = view_locked_bytes();
	call_mlock2(area, PAGES * page, "ONFAULT");
	call_expect("ok");
	limit_expect_locked(before, PAGES);
	expect_resident(area, 0, "");
	*area = 'm';
	expect_resident(area, 1, " after touching one");
	verdict_observe("locked, resident when touched");
}

static void
unknown_flag(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(1, RW);

	limit_need_lockable((long long)page);
	call_mlock2(area, page, "ONFAULT");
	call_expect("ok");
	call_mlock2(area, page, "0x40000000");
	call_expect("EINVAL");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(locked_when_mapped, MAP_LOCKED_LOCKS, locked_when_mapped),
	CODE(counted_when_mapped, MAP_LOCKED_COUNTS, counted_when_mapped),
	CODE(locked_untouched, MLOCK_MAKES_RESIDENT, locked_untouched),
	CODE_DIRS(file_locked, MLOCK_OF_FILES, file_locked),
	CODE(locked_by_mlock2, MLOCK2_NO_FLAGS, locked_by_mlock2),
	CODE_DIRS(all_objects, MLOCKALL_OF_OBJECTS, all_objects),
	CODE(hole_locked, MLOCK_UNMAPPED, hole_locked),
	CODE(unlocked_by_one_call, MLOCK_DOES_NOT_NEST, unlocked_by_one_call),
	CODE(hole_unlocked, MUNLOCK_HOLE, hole_unlocked),
	CODE(all_current, MLOCKALL_CURRENT, all_current),
	CODE(all_future, MLOCKALL_FUTURE, all_future),
	CODE(no_flags, MLOCKALL_ZERO_FLAGS, no_flags),
	CODE(all_unlocked, MUNLOCKALL_RETURNS_ZERO, all_unlocked),
	CODE(mapped_after_munlockall, MUNLOCKALL_CANCELS_FUTURE, mapped_after_munlockall),
	CODE(locked_on_fault, MLOCK2_ONFAULT, locked_on_fault),
	CODE(unknown_flag, MLOCK2_UNKNOWN_FLAGS, unknown_flag),
};
/* clang-format on */

SUITE_PROGRAM(cases)
