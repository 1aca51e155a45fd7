/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a lock lasts, and whom it concerns: other processes and images,
 * other mappings of the same pages, mappings made later, and calls that change
 * what is locked.  Decided by the kernel's count and by residency.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mlock_lifetime.def"
#include "helpers/claims.h"

#define PAGES 4

static long long
bytes_of(size_t pages)
{
	return (long long)(pages * view_page());
}

/* Locks them, and checks that they count. */
static void
lock(void *addr, size_t pages)
{
	long long before = view_locked_bytes();

	call_mlock(addr, pages * view_page());
	call_expect("ok");
	limit_expect_locked(before, (long long)pages);
}

static void
expect_resident(const void *addr, size_t pages, size_t of, const char *what)
{
	size_t resident = view_resident(addr, of);

	verdict_expect(resident == pages,
	    pages == 0 ? "no page resident" : "all locked pages resident",
	    "%zu of %zu pages of %s resident", resident, of, what);
}

/* ----- Other processes and images ---------------------------------------- */

static long
locked_now(void *unused)
{
	(void)unused;
	return (long)view_locked_bytes();
}

static void
not_in_child(void)
{
	long locked;

	limit_need_lockable(bytes_of(PAGES));
	lock(call_map(PAGES * view_page(), RW, "PRIVATE|ANON", -1, 0), PAGES);
	locked = child_ask(locked_now, NULL);
	verdict_expect(locked == 0, "nothing locked in the child",
	    "%ld bytes locked in the child", locked);
	verdict_observe("nothing locked in the child");
}

/* Pages of a fresh mapping in memory, which nobody touched. */
static long
mapped_untouched(void *unused)
{
	unsigned char *area = area_anon(PAGES, RW);

	(void)unused;
	return (long)view_resident(area, PAGES);
}

static void
future_not_in_child(void)
{
	long resident;

	limit_need_all_lockable(bytes_of(PAGES));
	call_mlockall("FUTURE");
	call_expect("ok");
	verdict_expect(mapped_untouched(NULL) == PAGES,
	    "later mappings resident here", "a later mapping is not resident");
	resident = child_ask(mapped_untouched, NULL);
	call_munlockall();
	verdict_expect(resident == 0, "no page of the child's resident",
	    "%ld of %d pages of the child's resident", resident, PAGES);
	verdict_observe("not locked in the child");
}

/* In a new image: the pages locked, or in memory. */
static long
look_for_locks(const char *unused)
{
	(void)unused;
	return (long)(view_locked_bytes() / bytes_of(1)) +
	    mapped_untouched(NULL);
}

static void
lock_everything(void)
{
	limit_need_all_lockable(bytes_of(PAGES));
	call_mlockall("CURRENT|FUTURE");
	call_expect("ok");
	verdict_expect(view_locked_bytes() > 0, "locked memory counted",
	    "locked memory is not counted");
}

static void
not_after_exec(void)
{
	long locked = child_exec_after(lock_everything, "look-for-locks", "");

	verdict_expect(locked == 0, "nothing locked in the new image",
	    "pages locked in the new image");
	verdict_observe("nothing locked in the new image");
}

/* Locks what its parent has locked, and unlocks it. */
static long
lock_and_unlock(void *area)
{
	lock(area, PAGES);
	call_munlock(area, PAGES * view_page());
	call_expect("ok");
	return (long)view_locked_bytes();
}

static void
unlocked_by_child(void)
{
	unsigned char *area =
	    call_map(PAGES * view_page(), RW, "SHARED|ANON", -1, 0);
	long long before;

	limit_need_lockable(2 * bytes_of(PAGES));
	before = view_locked_bytes();
	lock(area, PAGES);
	verdict_expect(child_ask(lock_and_unlock, area) == 0,
	    "unlocked in the child", "still locked in the child");
	limit_expect_locked(before, PAGES);
	verdict_observe("still locked");
}

/* ----- Other mappings ---------------------------------------------------- */

static void
unlocked_elsewhere(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());
	unsigned char *first = area_object(&file, 0, PAGES, RW, true);
	unsigned char *second = area_object(&file, 0, PAGES, RW, true);
	long long before;

	limit_need_lockable(2 * bytes_of(PAGES));
	before = view_locked_bytes();
	lock(first, PAGES);
	lock(second, PAGES);
	call_munlock(second, PAGES * view_page());
	call_expect("ok");
	limit_expect_locked(before, PAGES);
	expect_resident(first, PAGES, PAGES, "the other mapping");
	call_munlock(first, PAGES * view_page());
	call_expect("ok");
	limit_expect_locked(before, 0);
	verdict_observe("the other mapping locked");
}

/* Two pages of four are unmapped, and mapped again. */
static void
unmapped(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	limit_need_lockable(bytes_of(PAGES));
	before = view_locked_bytes();
	lock(area, PAGES);
	call_munmap(area + page, 2 * page);
	call_expect("ok");
	limit_expect_locked(before, PAGES - 2);
	call_mmap_at(area + page, 2 * page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	limit_expect_locked(before, PAGES - 2);
	expect_resident(area + page, 0, 2, "the new mapping");
	verdict_observe("not locked any more");
}

static void
unlocked_after_truncation(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());
	unsigned char *area = area_object(&file, 0, PAGES, RW, true);
	long long before;

	limit_need_lockable(bytes_of(PAGES));
	before = view_locked_bytes();
	lock(area, PAGES);
	object_resize(&file, 0);
	call_munlock(area, PAGES * view_page());
	call_expect("ok");
	limit_expect_locked(before, 0);
	verdict_observe("unlocked");
}

/* ----- Mappings made later ----------------------------------------------- */

static long
map_on_fault(void *unused)
{
	unsigned char *area;
	long long before;

	(void)unused;
	call_flags("MCL_", "FUTURE|ONFAULT");
	limit_need_all_lockable(bytes_of(PAGES));
	call_mlockall("FUTURE|ONFAULT");
	call_expect("ok");
	before = view_locked_bytes();
	area = call_map(PAGES * view_page(), RW, "PRIVATE|ANON", -1, 0);
	limit_expect_locked(before, PAGES);
	expect_resident(area, 0, PAGES, "the new mapping");
	memset(area, 't', PAGES * view_page());
	expect_resident(area, PAGES, PAGES, "the touched mapping");
	return 0;
}

static void
future_on_fault(void)
{
	child_ask(map_on_fault, NULL);
	verdict_observe("locked, resident when touched");
}

static long
map_after_current(void *unused)
{
	(void)unused;
	limit_need_all_lockable(bytes_of(2 * PAGES));
	call_mlockall("FUTURE");
	call_expect("ok");
	verdict_expect(mapped_untouched(NULL) == PAGES,
	    "later mappings resident", "a later mapping is not resident");
	call_mlockall("CURRENT");
	call_expect("ok");
	verdict_expect(mapped_untouched(NULL) == 0, "no page resident",
	    "mappings after the second call are locked");
	return 0;
}

static void
future_taken_back(void)
{
	child_ask(map_after_current, NULL);
	verdict_observe("taken back");
}

static long
reserve_under_future(void *unused)
{
	size_t length = PAGES * view_page();
	unsigned char *area;
	long long before;

	(void)unused;
	limit_need_all_lockable(bytes_of(PAGES));
	call_mlockall("FUTURE");
	call_expect("ok");
	before = view_locked_bytes();
	area = call_map(length, NONE, "PRIVATE|ANON", -1, 0);
	limit_expect_locked(before, PAGES);
	expect_resident(area, 0, PAGES, "the reservation");
	call_mprotect(area, length, RW);
	call_expect("ok");
	limit_expect_locked(before, PAGES);
	expect_resident(area, PAGES, PAGES, "what was made writable");
	return 0;
}

static void
reservation_under_future(void)
{
	child_ask(reserve_under_future, NULL);
	verdict_observe("counted, resident when made writable");
}

/* ----- Calls that change what is locked ---------------------------------- */

/* A page before one that is in use, so that it has to move. */
static void
moved_and_grown(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(2), *moved;
	long long before;

	limit_need_lockable(bytes_of(PAGES + 1));
	before = view_locked_bytes();
	lock(area, 1);
	moved = call_mremap(area, page, PAGES * page, "MAYMOVE", NULL);
	call_expect("ok");
	verdict_set_up(moved != area, "the mapping did not move");
	limit_expect_locked(before, PAGES);
	expect_resident(moved, PAGES, PAGES, "the larger mapping");
	call_munlock(moved, PAGES * page);
	call_expect("ok");
	limit_expect_locked(before, 0);
	verdict_observe("locked, with the pages added");
}

static void
listed_as_locked(void)
{
	unsigned char *area = area_shared(PAGES);
	struct view_usage usage = view_usage_with_flags(area);

	limit_need_lockable(bytes_of(PAGES));
	verdict_set_up(strstr(usage.flags, "lo") == NULL,
	    "unlocked memory is listed as %s", usage.flags);
	call_mlock(area, PAGES * view_page());
	call_expect("ok");
	usage = view_usage_with_flags(area);
	verdict_expect(strstr(usage.flags, "lo") != NULL, "the flag lo",
	    "listed as \"%s\"", usage.flags);
	verdict_expect(usage.locked == bytes_of(PAGES), "all of it locked",
	    "%lld bytes listed as locked", usage.locked);
	verdict_observe("size and flag");
}

/* The protection in the middle changes, and changes back. */
static void
split_and_merged(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	limit_need_lockable(bytes_of(PAGES));
	before = view_locked_bytes();
	lock(area, PAGES);
	call_mprotect(area + page, page, R);
	call_expect("ok");
	limit_expect_locked(before, PAGES);
	call_mprotect(area + page, page, RW);
	call_expect("ok");
	limit_expect_locked(before, PAGES);
	call_munlock(area + page, page);
	call_expect("ok");
	limit_expect_locked(before, PAGES - 1);
	lock(area + page, 1);
	limit_expect_locked(before, PAGES);
	verdict_observe("locked throughout");
}

static void
locked_made_writable(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());
	unsigned char *area = area_object(&file, 0, PAGES, R, false);

	limit_need_lockable(bytes_of(PAGES));
	lock(area, PAGES);
	call_mprotect(area, PAGES * view_page(), RW);
	call_expect("ok|EAGAIN|ENOMEM");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(not_in_child, LOCKS_NOT_INHERITED, not_in_child),
	CODE(future_not_in_child, FUTURE_LOCK_NOT_INHERITED, future_not_in_child),
	CODE(not_after_exec, LOCKS_GONE_AFTER_EXEC, not_after_exec),
	CODE(unmapped, MUNMAP_REMOVES_LOCKS, unmapped),
	CODE(unlocked_elsewhere, MUNLOCK_OTHER_MAPPING, unlocked_elsewhere),
	CODE(unlocked_by_child, MUNLOCK_OTHER_PROCESS, unlocked_by_child),
	CODE_DIRS(unlocked_after_truncation, MUNLOCK_AFTER_TRUNCATION, unlocked_after_truncation),
	CODE(future_on_fault, MLOCKALL_ONFAULT, future_on_fault),
	CODE(future_taken_back, MLOCKALL_LATER_CALL, future_taken_back),
	CODE(reservation_under_future, FUTURE_LOCK_OF_NONE, reservation_under_future),
	CODE(moved_and_grown, MREMAP_KEEPS_LOCKS, moved_and_grown),
	CODE(listed_as_locked, LOCKED_IN_SMAPS, listed_as_locked),
	CODE(split_and_merged, MPROTECT_KEEPS_LOCKS, split_and_merged),
	CODE(locked_made_writable, MPROTECT_OF_LOCKED_PRIVATE, locked_made_writable),
};

static const struct child_image images[] = {
	{ "look-for-locks", look_for_locks },
	{ NULL, NULL },
};
/* clang-format on */

SUITE_PROGRAM_IMAGES(cases, images)
