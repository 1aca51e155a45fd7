/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locking memory: pages become resident and are counted as locked, until they
 * are unlocked.  Decided by the kernel's count and by residency, never by the
 * return value alone.  In the middle is what one call unlocks, or a hole:
 *
 *	| 0 .. 3 | 4 .. 11 | 12 .. 15 |
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/suite.h"

#define PAGES  16
#define MIDDLE 8 /* pages, between as many on both sides */
#define BEFORE ((PAGES - MIDDLE) / 2)

/* Ends the case unless this process may lock that many bytes. */
static void
need_lockable(long long bytes)
{
	const struct plat_facts *facts = suite_facts();

	if (facts->can_lock_memory != 1 && facts->rlimit_memlock >= 0 &&
	    facts->rlimit_memlock < bytes)
		suite_untested("needs RLIMIT_MEMLOCK of %lld bytes or the "
			       "privilege to lock memory",
		    bytes);
}

static size_t
resident_pages(const void *addr, size_t pages)
{
	unsigned char *vector = malloc(pages);
	size_t count = 0;
	int error;

	suite_set_up(vector != NULL, "no memory for a vector");
	error = plat_resident(addr, pages, vector);
	if (error == ENOTSUP)
		suite_untested("residency cannot be told here");
	suite_set_up(
	    error == 0, "residency of mapped pages: %s", names_errno(error));
	for (size_t i = 0; i < pages; i++)
		count += vector[i];
	free(vector);
	return count;
}

static long long
locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		suite_untested("locked memory cannot be counted here");
	return bytes;
}

static void
expect_locked(const void *addr, long long before)
{
	long long wanted = PAGES * (long long)suite_page();
	long long more = locked_bytes() - before;

	suite_expect(resident_pages(addr, PAGES) == PAGES, "all pages resident",
	    "%zu of %d pages resident", resident_pages(addr, PAGES), PAGES);
	suite_expect(more == wanted, "all pages counted as locked",
	    "%lld of %d pages counted as locked",
	    more / (long long)suite_page(), PAGES);
	suite_observe("resident and counted as locked");
}

/* Pages mapped with MAP_LOCKED; before is what was locked until then. */
static unsigned char *
map_locked(long long *before)
{
	unsigned char *mapped;

	need_lockable(PAGES * (long long)suite_page());
	*before = locked_bytes();
	mapped = call_mmap(
	    NULL, PAGES * suite_page(), RW, "PRIVATE|ANON|LOCKED", -1, 0);
	call_expect("ok");
	return mapped;
}

static void
locked_when_mapped(void)
{
	long long before;
	unsigned char *mapped = map_locked(&before);

	expect_locked(mapped, before);
}

/* Whether they were brought into memory is another matter. */
static void
counted_when_mapped(void)
{
	long long before;
	unsigned char *mapped = map_locked(&before);
	long long more = locked_bytes() - before;

	suite_expect(more == PAGES * (long long)suite_page(),
	    "all pages counted as locked", "%lld of %d pages counted as locked",
	    more / (long long)suite_page(), PAGES);
	area_free(mapped, PAGES);
	more = locked_bytes() - before;
	suite_expect(more == 0, "none after munmap",
	    "%lld pages still counted after munmap",
	    more / (long long)suite_page());
	suite_observe("counted as locked until unmapped");
}

static void
locked_untouched(void)
{
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	need_lockable(PAGES * (long long)suite_page());
	suite_set_up(
	    resident_pages(area, PAGES) == 0, "untouched pages are resident");
	before = locked_bytes();
	call_mlock(area, PAGES * suite_page());
	call_expect("ok");
	expect_locked(area, before);
}

/* Where all is locked, the pages are, and are counted among the rest. */
static void
expect_among_locked(const void *addr)
{
	suite_expect(resident_pages(addr, PAGES) == PAGES, "all pages resident",
	    "%zu of %d pages resident", resident_pages(addr, PAGES), PAGES);
	suite_expect(locked_bytes() >= PAGES * (long long)suite_page(),
	    "the pages counted as locked", "%lld bytes counted as locked",
	    locked_bytes());
}

/* In a child, so that only it is locked. */
static long
locks_all(void *arg)
{
	long long size, resident;
	unsigned char *area = area_anon(PAGES, RW);

	(void)arg;
	if (plat_process_size(&size, &resident) == 0)
		need_lockable(size);
	suite_set_up(
	    resident_pages(area, PAGES) == 0, "untouched pages are resident");
	call_mlockall("CURRENT");
	call_expect("ok");
	expect_among_locked(area);
	return 0;
}

static void
all_current(void)
{
	child_ask(locks_all, NULL);
	suite_observe("resident and counted as locked");
}

/* What is locked beyond a count from before, in pages. */
static void
expect_pages_locked(long long before, long long pages)
{
	long long more = (locked_bytes() - before) / (long long)suite_page();

	suite_expect(more == pages, "what is left counted as locked",
	    "%lld of %d pages locked, not %lld", more, PAGES, pages);
}

/* Thrice locked, once unlocked: the middle, and then all of it. */
static void
unlocked_by_one_call(void)
{
	size_t page = suite_page();
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	need_lockable(PAGES * (long long)page);
	before = locked_bytes();
	for (int i = 0; i < 3; i++)
		suite_set_up(call_mlock(area, PAGES * page) == 0, "mlock: %s",
		    names_errno(call_last()->error));
	suite_set_up(locked_bytes() - before == PAGES * (long long)page,
	    "locked pages are not counted once");
	call_munlock(area + BEFORE * page, MIDDLE * page);
	call_expect("ok");
	expect_pages_locked(before, PAGES - MIDDLE);
	call_munlock(area, PAGES * page);
	call_expect("ok");
	expect_pages_locked(before, 0);
	suite_observe("unlocked by one call");
}

/* The same range without its hole is locked and unlocked. */
static void
expect_refused_for_hole(int (*call)(const void *, size_t))
{
	size_t page = suite_page();
	unsigned char *area = area_anon(3, RW);

	need_lockable(3 * (long long)page);
	suite_set_up(call(area, 3 * page) == 0, "%s = %s", call_last()->text,
	    names_errno(call_last()->error));
	area_free(area + page, 1);
	call(area, 3 * page);
	call_expect("ENOMEM");
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

/* Ends the case unless all that this process has mapped may be locked. */
static void
need_all_lockable(void)
{
	long long size, resident;

	if (plat_process_size(&size, &resident) == 0)
		need_lockable(size + PAGES * (long long)suite_page());
}

static long
locks_later_mappings(void *arg)
{
	unsigned char *area;

	(void)arg;
	need_all_lockable();
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
	suite_observe("resident and counted as locked");
}

static long
locks_nothing(void *arg)
{
	(void)arg;
	need_all_lockable();
	call_mlockall("CURRENT");
	suite_set_up(call_last()->ok, "the sound call %s = %s",
	    call_last()->text, names_errno(call_last()->error));
	call_mlockall("");
	call_expect("EINVAL");
	return 0;
}

static void
no_flags(void)
{
	child_ask(locks_nothing, NULL);
	suite_observe("EINVAL");
}

static void
set_up_all_locked(const char *flags)
{
	need_all_lockable();
	call_mlockall(flags);
	suite_set_up(call_last()->ok, "%s = %s", call_last()->text,
	    names_errno(call_last()->error));
	suite_set_up(locked_bytes() > 0, "locked memory is not counted");
}

static long
unlocks_all(void *arg)
{
	unsigned char *area = area_anon(PAGES, RW);

	(void)arg;
	set_up_all_locked("CURRENT");
	suite_set_up(resident_pages(area, PAGES) == PAGES,
	    "locked pages are not resident");
	call_munlockall();
	call_expect("ok");
	suite_expect(locked_bytes() == 0, "nothing counted as locked",
	    "%lld bytes counted as locked", locked_bytes());
	call_munlockall();
	call_expect("ok");
	return 0;
}

static void
all_unlocked(void)
{
	child_ask(unlocks_all, NULL);
	suite_observe("0 with and without locks, nothing counted as locked");
}

static long
maps_after_munlockall(void *arg)
{
	unsigned char *area;

	(void)arg;
	set_up_all_locked("CURRENT|FUTURE");
	area = area_anon(PAGES, RW);
	suite_set_up(resident_pages(area, PAGES) == PAGES,
	    "a later mapping is not locked");
	call_munlockall();
	call_expect("ok");
	area = area_anon(PAGES, RW);
	suite_expect(resident_pages(area, PAGES) == 0, "no page resident",
	    "%zu of %d pages resident", resident_pages(area, PAGES), PAGES);
	suite_expect(locked_bytes() == 0, "nothing counted as locked",
	    "%lld bytes counted as locked", locked_bytes());
	return 0;
}

static void
mapped_after_munlockall(void)
{
	child_ask(maps_after_munlockall, NULL);
	suite_observe("neither resident nor locked");
}

static void
locked_on_fault(void)
{
	size_t page = suite_page();
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	need_lockable(PAGES * (long long)page);
	before = locked_bytes();
	call_mlock2(area, PAGES * page, "ONFAULT");
	call_expect("ok");
	expect_pages_locked(before, PAGES);
	suite_expect(resident_pages(area, PAGES) == 0, "no page resident",
	    "%zu of %d pages resident", resident_pages(area, PAGES), PAGES);
	area[MIDDLE * page] = 'm';
	suite_expect(resident_pages(area, PAGES) == 1, "the touched page",
	    "%zu pages resident after touching one",
	    resident_pages(area, PAGES));
	suite_observe("locked, resident when touched");
}

static void
unknown_flag(void)
{
	size_t page = suite_page();
	unsigned char *area = area_anon(1, RW);

	need_lockable((long long)page);
	call_mlock2(area, page, "ONFAULT");
	suite_set_up(call_last()->ok, "the sound call %s = %s",
	    call_last()->text, names_errno(call_last()->error));
	call_mlock2(area, page, "0x40000000");
	call_expect("EINVAL");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(locked_when_mapped, MAP_LOCKED_LOCKS, locked_when_mapped),
	CODE(counted_when_mapped, MAP_LOCKED_COUNTS, counted_when_mapped),
	CODE(locked_untouched, MLOCK_MAKES_RESIDENT, locked_untouched),
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
