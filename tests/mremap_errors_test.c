/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mremap(2) refuses, each errno by itself: a call that differs in one
 * argument succeeds, and the one that fails has changed nothing.
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
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mremap_errors.def"
#include "helpers/claims.h"

#define PAGES 5 /* of filled memory; its second page is what calls are about */

struct request {
	unsigned char *old;
	size_t length;
	size_t new_length;
	const char *flags;
	unsigned char *place;
};

/* The memory at start and, where there is one, the target stay as they were. */
static void
expect_refused(unsigned char *start, unsigned char *target,
    struct request request, const char *allowed)
{
	call_mremap(request.old, request.length, request.new_length,
	    request.flags, request.place);
	call_expect(allowed);
	area_expect_kept(start, 0, PAGES, "the memory");
	if (target != NULL)
		area_expect_kept(target, 0, PAGES, "the target");
}

/* The same but for one argument: ok, and the page is there afterwards. */
static void
expect_sound(struct request request, const char *observed)
{
	unsigned char *got = call_mremap(request.old, request.length,
	    request.new_length, request.flags, request.place);

	call_expect("ok");
	probe_expect_bytes(
	    got, view_page(), area_fill_byte(1), "the page of the sound call");
	verdict_observe("%s", observed);
}

/* Neighbours of one kind are one region to the kernel. */
static void
growth_blocked(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, 2 * page, "", NULL };

	expect_refused(start, NULL, request, "ENOMEM");
	request.new_length = page;
	expect_sound(request, "ENOMEM");
}

static void
growth_blocked_by_other_kind(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, 3 * page, "", NULL };

	area_protect(start + 2 * page, 1, R);
	call_mremap(start + page, page, 3 * page, "", NULL);
	call_expect("ENOMEM");
	area_expect_filled(start, 0, PAGES, "the memory");
	probe_expect_store(
	    start + 2 * page, "the read-only neighbour", "SIGSEGV");
	request.flags = "MAYMOVE";
	expect_sound(request, "ENOMEM");
}

static void
fixed_without_maymove(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES), *to = area_filled(PAGES);
	struct request request = { start + page, page, page, "FIXED",
		to + page };

	expect_refused(start, to, request, "EINVAL");
	request.flags = "MAYMOVE|FIXED";
	expect_sound(request, "EINVAL");
}

/* Where the flag is not known, EINVAL says nothing. */
static void
expect_dontunmap_needs(struct request request)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES), *probe = area_filled(1);

	if (call_mremap(probe, page, page, "MAYMOVE|DONTUNMAP", NULL) ==
		MAP_FAILED &&
	    call_last()->error == EINVAL)
		verdict_unsupported("mremap does not know MREMAP_DONTUNMAP");
	request.old = start + page;
	expect_refused(start, NULL, request, "EINVAL");
	request.new_length = request.length;
	request.flags = "MAYMOVE|DONTUNMAP";
	expect_sound(request, "EINVAL");
}

static void
dontunmap_without_maymove(void)
{
	size_t page = view_page();

	expect_dontunmap_needs(
	    (struct request){ NULL, page, page, "DONTUNMAP", NULL });
}

static void
dontunmap_smaller(void)
{
	size_t page = view_page();

	expect_dontunmap_needs((struct request){
	    NULL, 2 * page, page, "MAYMOVE|DONTUNMAP", NULL });
}

static void
dontunmap_larger(void)
{
	size_t page = view_page();

	expect_dontunmap_needs((struct request){
	    NULL, page, 2 * page, "MAYMOVE|DONTUNMAP", NULL });
}

/* A page up, a page down, and where it is already. */
static void
overlap(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	unsigned char *targets[] = { start + 2 * page, start, start + page };
	struct request request = { start + page, 2 * page, 2 * page,
		"MAYMOVE|FIXED", NULL };

	for (size_t i = 0; i < 3; i++) {
		request.place = targets[i];
		expect_refused(start, NULL, request, "EINVAL");
	}
	request.place = start + 3 * page;
	expect_sound(request, "EINVAL");
}

static void
old_odd(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page + 1, page, 2 * page, "MAYMOVE",
		NULL };

	expect_refused(start, NULL, request, "EINVAL");
	request.old = start + page;
	expect_sound(request, "EINVAL");
}

static void
target_odd(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES), *to = area_filled(PAGES);
	struct request request = { start + page, page, page, "MAYMOVE|FIXED",
		to + page + 1 };

	expect_refused(start, to, request, "EINVAL");
	request.place = to + page;
	expect_sound(request, "EINVAL");
}

static void
target_outside(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, page, "MAYMOVE|FIXED",
		view_high() };

	expect_refused(start, NULL, request, "EINVAL");
	request.place = area_reserve(1);
	expect_sound(request, "EINVAL");
}

/* Without privileges, as these may map the lowest pages. */
static long
move_below_least(void *unused)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, page, "MAYMOVE|FIXED",
		NULL };
	int error;

	(void)unused;
	child_drop_privileges();
	expect_refused(start, NULL, request, "EPERM");
	error = call_last()->error;
	request.place = area_reserve(1);
	expect_sound(request, "EPERM");
	return error;
}

static void
target_below_least(void)
{
	if (view_facts()->min_address <= 0)
		verdict_untested("needs a lowest address that is not 0");
	limit_decide(move_below_least, NULL);
}

static void
new_size_zero(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, 0, "MAYMOVE", NULL };

	expect_refused(start, NULL, request, "EINVAL");
	request.new_length = page;
	expect_sound(request, "EINVAL");
}

static void
flags_unknown(void)
{
	static const char *const flags[] = { "0x8", "0x100", "0x40000000" };
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, page, NULL, NULL };

	for (size_t i = 0; i < 3; i++) {
		request.flags = flags[i];
		expect_refused(start, NULL, request, "EINVAL");
	}
	request.flags = "";
	expect_sound(request, "EINVAL");
}

/* Half of all addresses, nearly all, and so many that they wrap to none. */
static void
size_too_large(void)
{
	size_t page = view_page();
	size_t sizes[] = { SIZE_MAX / 2 + 1, SIZE_MAX - 2 * page + 1,
		SIZE_MAX };
	unsigned char *start = area_filled(PAGES);
	struct request request = { start + page, page, 0, "MAYMOVE", NULL };

	for (size_t i = 0; i < 3; i++) {
		request.new_length = sizes[i];
		expect_refused(start, NULL, request, "EINVAL|ENOMEM");
	}
	request.new_length = 2 * page;
	expect_sound(request, "EINVAL or ENOMEM");
}

/* A page that was there, and one behind it that still is. */
static void
unmapped(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES), *vacant = area_vacant(1);
	struct request request = { vacant, page, 2 * page, "MAYMOVE", NULL };

	expect_refused(start, NULL, request, "EFAULT");
	area_expect_gone(vacant, "the place without memory");
	request.old = start + page;
	expect_sound(request, "EFAULT");
}

static void
growth_of_several(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);

	area_protect(start + 2 * page, 1, R);
	call_mremap(start + page, 2 * page, 4 * page, "MAYMOVE", NULL);
	call_expect("EFAULT");
	area_expect_filled(start, 0, PAGES, "the memory");
	expect_sound(
	    (struct request){ start + page, page, 4 * page, "MAYMOVE", NULL },
	    "EFAULT");
}

static void
private_duplicate(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	unsigned char *shared = area_shared(PAGES);
	struct request request = { start + page, 0, page, "MAYMOVE", NULL };

	expect_refused(start, NULL, request, "EINVAL");
	area_fill(shared, PAGES);
	request.old = shared + page;
	expect_sound(request, "EINVAL");
}

static void
duplicate_without_maymove(void)
{
	size_t page = view_page();
	unsigned char *shared = area_shared(PAGES);
	struct request request = { shared + page, 0, page, "MAYMOVE", NULL };
	int error;

	area_fill(shared, PAGES);
	call_mremap(shared + page, 0, page, "", NULL);
	error = call_last()->error;
	area_expect_kept(shared, 0, PAGES, "the memory");
	verdict_expect(error == EINVAL, "EINVAL", "%s", names_result(error));
	expect_sound(request, "EINVAL");
}

/*
 * ----- Limits ---------------------------------------------------------------
 */

/* All of the limit is locked; without the lock the same call succeeds. */
static long
grow_locked(void *unused)
{
	size_t page = view_page();
	unsigned char *start;
	int error;

	(void)unused;
	limit_locks(PAGES);
	start = area_filled(PAGES);
	if (call_mlock(start, PAGES * page) == -1)
		verdict_untested("needs to lock %d pages", PAGES);
	call_mremap(start, PAGES * page, (PAGES + 1) * page, "MAYMOVE", NULL);
	call_expect("EAGAIN");
	error = call_last()->error;
	area_expect_kept(start, 0, PAGES, "the locked memory");
	call_munlock(start, PAGES * page);
	call_expect("ok");
	start = call_mremap(
	    start, PAGES * page, (PAGES + 1) * page, "MAYMOVE", NULL);
	call_expect("ok");
	area_expect_filled(start, 0, PAGES, "the memory unlocked");
	return error;
}

static void
lock_limit(void)
{
	limit_decide(grow_locked, NULL);
}

#define ROOM 64 /* pages below the limit */

static long
grow_past_room(void *unused)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	int error;

	(void)unused;
	child_limit(
	    PLAT_LIMIT_AS, view_address_space() + ROOM * (long long)page);
	call_mremap(start, PAGES * page, 2 * ROOM * page, "MAYMOVE", NULL);
	call_expect("ENOMEM");
	error = call_last()->error;
	area_expect_kept(start, 0, PAGES, "the memory");
	start =
	    call_mremap(start, PAGES * page, ROOM / 2 * page, "MAYMOVE", NULL);
	call_expect("ok");
	area_expect_filled(start, 0, PAGES, "the memory grown");
	return error;
}

static void
address_space_limit(void)
{
	limit_decide(grow_past_room, NULL);
}

/* clang-format off */
static const struct row cases[] = {
	CODE(growth_blocked, MREMAP_GROWTH_BLOCKED, growth_blocked),
	CODE(growth_blocked_by_other_kind, MREMAP_GROWTH_BLOCKED, growth_blocked_by_other_kind),
	CODE(fixed_without_maymove, MREMAP_FIXED_NEEDS_MAYMOVE, fixed_without_maymove),
	CODE(dontunmap_without_maymove, MREMAP_DONTUNMAP_ARGUMENTS, dontunmap_without_maymove),
	CODE(dontunmap_smaller, MREMAP_DONTUNMAP_ARGUMENTS, dontunmap_smaller),
	CODE(dontunmap_larger, MREMAP_DONTUNMAP_ARGUMENTS, dontunmap_larger),
	CODE(overlap, MREMAP_OVERLAP, overlap),
	CODE(old_odd, MREMAP_OLD_UNALIGNED, old_odd),
	CODE(target_odd, MREMAP_NEW_UNALIGNED, target_odd),
	CODE(target_outside, MREMAP_TARGET_OUTSIDE, target_outside),
	CODE(target_below_least, MREMAP_TARGET_BELOW_LEAST, target_below_least),
	CODE(new_size_zero, MREMAP_NEW_SIZE_ZERO, new_size_zero),
	CODE(flags_unknown, MREMAP_UNKNOWN_FLAGS, flags_unknown),
	CODE(size_too_large, MREMAP_SIZE_TOO_LARGE, size_too_large),
	CODE(unmapped, MREMAP_UNMAPPED, unmapped),
	CODE(growth_of_several, MREMAP_GROWTH_OF_SEVERAL, growth_of_several),
	CODE(private_duplicate, MREMAP_PRIVATE_DUPLICATE, private_duplicate),
	CODE(duplicate_without_maymove, MREMAP_DUPLICATE_NEEDS_MAYMOVE, duplicate_without_maymove),
	CODE(lock_limit, MREMAP_LOCK_LIMIT, lock_limit),
	CODE(address_space_limit, MREMAP_ADDRESS_SPACE_LIMIT, address_space_limit),
};
/* clang-format on */

SUITE_PROGRAM(cases)
