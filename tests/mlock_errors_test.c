/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be locked: limits, bounds of ranges, pages that cannot be brought
 * into memory, flags; and which locks there are after a call that failed.
 * Limits are met in a child without privileges.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mlock_errors.def"
#include "helpers/claims.h"

/* ----- Limits ------------------------------------------------------------ */

/* A locked page says that a limit, and no sandbox, refuses the others. */
static void
need_a_lock(unsigned char *area)
{
	if (mlock(area, view_page()) == -1)
		verdict_untested("needs to be allowed to lock memory: %s",
		    names_errno(errno));
	munlock(area, view_page());
}

static long
lock_one_more(void *unused)
{
	size_t page = view_page();
	unsigned char *area;
	long long before;
	int error;

	(void)unused;
	limit_locks(LIMIT_LOCKS);
	area = area_anon(LIMIT_LOCKS + 1, RW);
	need_a_lock(area);
	before = view_locked_bytes();
	call_mlock(area, (LIMIT_LOCKS + 1) * page);
	call_expect("ENOMEM");
	limit_expect_locked(before, 0);
	call_mlock(area, LIMIT_LOCKS * page);
	call_expect("ok");
	limit_expect_locked(before, LIMIT_LOCKS);
	call_mlock(area + LIMIT_LOCKS * page, page);
	call_expect("ENOMEM");
	error = call_last()->error;
	limit_expect_locked(before, LIMIT_LOCKS);
	call_munlock(area, page);
	call_expect("ok");
	call_mlock(area + LIMIT_LOCKS * page, page);
	call_expect("ok");
	return error;
}

static void
one_page_more(void)
{
	limit_decide(lock_one_more, NULL);
}

static long
lock_without_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *area;
	long long before;

	(void)unused;
	limit_locks(1);
	area = area_anon(1, RW);
	before = view_locked_bytes();
	need_a_lock(area);
	child_limit(PLAT_LIMIT_MEMLOCK, 0);
	call_mlock(area, page);
	call_expect("EPERM");
	limit_expect_locked(before, 0);
	return call_last()->error;
}

static void
limit_zero(void)
{
	limit_decide(lock_without_limit, NULL);
}

/* A byte less than two pages. */
static long
lock_odd_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *area;
	int error;

	(void)unused;
	limit_locks(2);
	area = area_anon(2, RW);
	need_a_lock(area);
	child_limit(PLAT_LIMIT_MEMLOCK, (long long)(2 * page - 1));
	call_mlock(area, 2 * page);
	call_expect("ENOMEM");
	error = call_last()->error;
	call_mlock(area, page);
	call_expect("ok");
	call_mlock(area + page, 1);
	call_expect("ENOMEM");
	child_limit(PLAT_LIMIT_MEMLOCK, (long long)(2 * page));
	call_mlock(area + page, 1);
	call_expect("ok");
	return error;
}

static void
limit_odd(void)
{
	limit_decide(lock_odd_limit, NULL);
}

/* All that may be locked is, first by the byte that is touched. */
static long
lock_again(void *unused)
{
	size_t length = LIMIT_LOCKS * view_page();
	unsigned char *area;
	long long before;

	(void)unused;
	limit_locks(LIMIT_LOCKS);
	area = area_anon(LIMIT_LOCKS + 1, RW);
	need_a_lock(area);
	before = view_locked_bytes();
	call_mlock2(area, length, "ONFAULT");
	call_expect("ok");
	for (int i = 0; i < 2; i++) {
		call_mlock(area, length);
		call_expect("ok");
		limit_expect_locked(before, LIMIT_LOCKS);
	}
	call_mlock(area + view_page(), length);
	call_expect("ENOMEM");
	return 0;
}

static void
locked_again(void)
{
	limit_decide(lock_again, NULL);
}

/* MCL_FUTURE locks nothing yet, and so is allowed. */
static long
lock_all_over_limit(void *unused)
{
	unsigned char *area;
	long long before;
	int error;

	(void)unused;
	limit_locks(LIMIT_LOCKS);
	area = area_anon(LIMIT_LOCKS + 1, RW);
	need_a_lock(area);
	before = view_locked_bytes();
	call_mlockall("CURRENT");
	call_expect("ENOMEM");
	error = call_last()->error;
	limit_expect_locked(before, 0);
	call_mlockall("FUTURE");
	call_expect("ok");
	return error;
}

static void
all_over_limit(void)
{
	limit_decide(lock_all_over_limit, NULL);
}

static long
lock_all_without_limit(void *unused)
{
	unsigned char *area;
	int error;

	(void)unused;
	limit_locks(1);
	area = area_anon(1, RW);
	need_a_lock(area);
	child_limit(PLAT_LIMIT_MEMLOCK, 0);
	call_mlockall("FUTURE");
	call_expect("EPERM");
	error = call_last()->error;
	child_limit(PLAT_LIMIT_MEMLOCK, (long long)view_page());
	call_mlockall("FUTURE");
	call_expect("ok");
	return error;
}

static void
all_limit_zero(void)
{
	limit_decide(lock_all_without_limit, NULL);
}

/* ----- Flags ------------------------------------------------------------- */

struct lock_flags {
	const char *bad;
	const char *sound;
};

static long
lock_by_flags(void *arg)
{
	const struct lock_flags *flags = arg;
	int error;

	call_flags("MCL_", flags->bad);
	limit_need_all_lockable(0);
	call_mlockall(flags->bad);
	call_expect("EINVAL");
	error = call_last()->error;
	verdict_either(view_locked_bytes() == 0, "nothing locked",
	    "the refused call locked something");
	call_mlockall(flags->sound);
	call_expect("ok");
	return error;
}

static void
unknown_flag_of_all(void)
{
	struct lock_flags flags = { "CURRENT|0x40000000", "CURRENT" };

	limit_decide(lock_by_flags, &flags);
}

static void
onfault_alone(void)
{
	struct lock_flags flags = { "ONFAULT", "CURRENT|ONFAULT" };

	limit_decide(lock_by_flags, &flags);
}

/* ----- Bounds ------------------------------------------------------------ */

/* Where locks are limited, so many pages are past the limit as well. */
static const char *
refusal_of_many(void)
{
	return view_locks_freely() == 1 ? "EINVAL" : "EINVAL|ENOMEM";
}

/* From the second page to the first page of all that there is. */
static void
wrapping(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(3, RW);
	size_t length = (size_t)0 - (uintptr_t)(area + page) + page;
	long long before;

	limit_need_lockable(3 * (long long)page);
	before = view_locked_bytes();
	call_mlock(area + page, page);
	call_expect("ok");
	call_mlock(area + page, length);
	call_expect(refusal_of_many());
	limit_expect_locked(before, 1);
	call_munlock(area + page, length);
	call_expect("EINVAL");
	limit_expect_locked(before, 1);
	verdict_observe("EINVAL, the same locks");
}

static void
almost_all(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(1, RW);

	limit_need_lockable((long long)page);
	call_mlock(area, page);
	call_expect("ok");
	call_mlock(area, SIZE_MAX - 100);
	call_expect("EINVAL|ENOMEM");
}

static void
length_zero(void)
{
	unsigned char *area = area_anon(1, RW);
	long long before;

	limit_need_lockable((long long)view_page());
	before = view_locked_bytes();
	call_mlock(area, 0);
	verdict_set_up(view_locked_bytes() == before, "a page is locked");
	verdict_observe("%s, nothing locked",
	    call_last()->ok ? "ok" : names_errno(call_last()->error));
}

static void
unlocked_unlocked(void)
{
	unsigned char *area = area_anon(2, RW);
	long long before;

	limit_need_lockable(2 * (long long)view_page());
	before = view_locked_bytes();
	call_munlock(area, 2 * view_page());
	verdict_set_up(view_locked_bytes() == before, "the count moved");
	verdict_observe(
	    "%s", call_last()->ok ? "ok" : names_errno(call_last()->error));
}

/* A byte, and two bytes on both sides of a boundary. */
static void
odd_locked(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(4, RW);
	long long before;

	limit_need_lockable(4 * (long long)page);
	before = view_locked_bytes();
	call_mlock(area + 100, 1);
	call_expect("ok");
	limit_expect_locked(before, 1);
	call_mlock(area + 3 * page - 1, 2);
	call_expect("ok");
	limit_expect_locked(before, 3);
	verdict_expect(view_resident(area, 1) == 1 &&
		view_resident(area + page, 1) == 0 &&
		view_resident(area + 2 * page, 2) == 2,
	    "just those pages resident", "other pages resident");
	verdict_observe("each page with a byte");
}

static void
odd_unlocked(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(4, RW);
	long long before;

	limit_need_lockable(4 * (long long)page);
	before = view_locked_bytes();
	call_mlock(area, 4 * page);
	call_expect("ok");
	call_munlock(area + 100, 1);
	call_expect("ok");
	limit_expect_locked(before, 3);
	call_munlock(area + 3 * page - 1, 2);
	call_expect("ok");
	limit_expect_locked(before, 1);
	verdict_observe("each page with a byte");
}

/* ----- Pages that cannot come -------------------------------------------- */

/* The second of the pages is one of them; protection is the only difference. */
static void
inaccessible(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(2, RW);

	limit_need_lockable(2 * (long long)page);
	area_protect(area + page, 1, NONE);
	call_mlock(area, 2 * page);
	call_expect("ENOMEM");
	area_protect(area + page, 1, R);
	call_mlock(area, 2 * page);
	call_expect("ok");
	verdict_observe("ENOMEM");
}

static void
past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *area = area_object(&file, 0, 2, RW, true);

	limit_need_lockable(2 * (long long)page);
	call_mlock(area, 2 * page);
	call_expect("ENOMEM");
	call_mlock(area, page);
	call_expect("ok");
	verdict_observe("ENOMEM");
}

static void
mapped_past_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	long long before;

	limit_need_lockable(2 * (long long)page);
	before = view_locked_bytes();
	call_mmap(NULL, 2 * page, RW, "SHARED|LOCKED", file.fd, 0);
	call_expect("ok");
	limit_expect_locked(before, 2);
	verdict_observe("mapped, counted as locked");
}

/* Two pages, a hole, a page: none of them was locked. */
static void
failure_at_hole(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(4, RW);
	long long before;

	limit_need_lockable(2 * 4 * (long long)page);
	area_free(area + 2 * page, 1);
	before = view_locked_bytes();
	call_mlock(area, 4 * page);
	call_expect("ENOMEM");
	limit_expect_locked(before, 0);
	verdict_observe("no lock changed");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(one_page_more, MLOCK_OVER_LIMIT, one_page_more),
	CODE(limit_zero, MLOCK_LIMIT_ZERO, limit_zero),
	CODE(limit_odd, MLOCK_LIMIT_ROUNDS_DOWN, limit_odd),
	CODE(locked_again, MLOCK_AGAIN_COUNTS_ONCE, locked_again),
	CODE(all_over_limit, MLOCKALL_OVER_LIMIT, all_over_limit),
	CODE(all_limit_zero, MLOCKALL_LIMIT_ZERO, all_limit_zero),
	CODE(unknown_flag_of_all, MLOCKALL_UNKNOWN_FLAGS, unknown_flag_of_all),
	CODE(onfault_alone, MLOCKALL_ONFAULT_ALONE, onfault_alone),
	CODE(wrapping, MLOCK_WRAPS, wrapping),
	CODE(almost_all, MLOCK_ALMOST_ALL, almost_all),
	CODE(length_zero, MLOCK_ZERO_LENGTH, length_zero),
	CODE(unlocked_unlocked, MUNLOCK_OF_UNLOCKED, unlocked_unlocked),
	CODE(odd_locked, MLOCK_ROUNDS_TO_PAGES, odd_locked),
	CODE(odd_unlocked, MUNLOCK_ROUNDS_TO_PAGES, odd_unlocked),
	CODE(inaccessible, MLOCK_INACCESSIBLE, inaccessible),
	CODE(past_end, MLOCK_PAST_END, past_end),
	CODE(mapped_past_end, MAP_LOCKED_PAST_END, mapped_past_end),
	CODE(failure_at_hole, MLOCK_FAILURE_CHANGES_NOTHING, failure_at_hole),
};
/* clang-format on */

SUITE_PROGRAM(cases)
