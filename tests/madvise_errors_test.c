/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise(2) and posix_madvise(3): what is refused, and what then is left as it
 * was.  Each call that must fail differs in one thing from one that succeeds.
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

#define CLAIMS "tests/claims.d/madvise_errors.def"
#include "helpers/claims.h"

/*
 * ----- Arguments ------------------------------------------------------------
 */

static void
unaligned(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(3);

	call_madvise(area + page + 1, page, "DONTNEED");
	call_expect("EINVAL");
	area_expect_filled(area, 0, 3, "the pages");
	call_madvise(area + page, page, "DONTNEED");
	call_expect("ok");
	verdict_observe("EINVAL");
}

static void
unknown_advice(void)
{
	unsigned char *area = area_filled(1);

	call_madvise(area, view_page(), "4711");
	call_expect("EINVAL");
	area_expect_filled(area, 0, 1, "the page");
	call_madvise(area, view_page(), "NORMAL");
	call_expect("ok");
	verdict_observe("EINVAL");
}

static void
unknown_advice_of_nothing(void)
{
	call_madvise(NULL, 0, "4711");
	call_expect("EINVAL");
	call_madvise(NULL, 0, "DONTNEED");
	call_expect("ok");
}

static void
length_zero(void)
{
	unsigned char *area = area_filled(1);

	call_madvise(area, 0, "DONTNEED");
	call_expect("ok");
	area_expect_filled(area, 0, 1, "the page");
}

/* Advice that would do no harm. */
static void
expect_too_long(size_t length)
{
	unsigned char *area = area_filled(1);

	call_madvise(area, length, "NORMAL");
	call_expect("EINVAL");
	call_madvise(area, view_page(), "NORMAL");
	call_expect("ok");
	verdict_observe("EINVAL");
}

static void
length_rounds_to_zero(void)
{
	expect_too_long(SIZE_MAX - 100);
}

static void
length_past_the_last_address(void)
{
	expect_too_long(SIZE_MAX - view_page() + 1);
}

/*
 * ----- Holes ----------------------------------------------------------------
 */

#define RANGE 4 /* pages, and one behind it */

/* The same call without the hole is the sound one. */
static void
over_hole(size_t hole)
{
	size_t page = view_page();
	unsigned char *area = area_filled(RANGE + 1);

	area_free(area + hole * page, 1);
	call_madvise(area, RANGE * page, "DONTNEED");
	call_expect("ENOMEM");
	for (size_t i = 0; i < RANGE; i++)
		if (i != hole)
			probe_expect_bytes(area + i * page, page, 0,
			    i < hole ? "a page before the hole"
				     : "a page behind the hole");
	area_expect_filled(area, RANGE, 1, "the page behind the range");
	call_mmap_at(area + hole * page, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_madvise(area, RANGE * page, "DONTNEED");
	call_expect("ok");
	verdict_observe("ENOMEM, and all other pages empty");
}

static void
hole_at_the_start(void)
{
	over_hole(0);
}

static void
hole_in_the_middle(void)
{
	over_hole(RANGE / 2);
}

static void
hole_at_the_end(void)
{
	over_hole(RANGE - 1);
}

static void
hole_efault(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(3);

	area_free(area + page, 1);
	call_madvise(area, 3 * page, "DONTNEED");
	call_expect("EFAULT");
}

/*
 * ----- Locked memory --------------------------------------------------------
 */

/* The first of two pages is locked; unlocked it makes the sound call. */
static void
refused_while_locked(unsigned char *area, const char *advice)
{
	size_t page = view_page();
	unsigned char before[2];

	call_flags("MADV_", advice);
	before[0] = probe_byte(area);
	before[1] = probe_byte(area + page);
	limit_lock(area, 1);
	call_madvise(area, page, advice);
	call_expect("EINVAL");
	probe_expect_bytes(area, 1, before[0], "the locked page");
	munlock(area, page);
	call_advise(area, page, advice);
	probe_expect_bytes(area + page, 1, before[1], "the page behind it");
	verdict_observe("EINVAL while it was locked");
}

static void
dontneed_locked(void)
{
	refused_while_locked(area_filled(2), "DONTNEED");
}

static void
free_locked(void)
{
	refused_while_locked(area_filled(2), "FREE");
}

static void
cold_locked(void)
{
	refused_while_locked(area_filled(2), "COLD");
}

static void
pageout_locked(void)
{
	refused_while_locked(area_filled(2), "PAGEOUT");
}

static void
remove_locked(void)
{
	unsigned char *area = area_shared(2);

	area_fill(area, 2);
	refused_while_locked(area, "REMOVE");
}

/*
 * ----- Memory of another kind -----------------------------------------------
 */

/* What is refused changes nothing; private anonymous memory is sound. */
static void
refuses_free(unsigned char *memory)
{
	unsigned char before = probe_byte(memory);

	call_advise(area_filled(1), view_page(), "FREE");
	call_madvise(memory, view_page(), "FREE");
	call_expect("EINVAL");
	probe_expect_bytes(memory, 1, before, "the memory");
	verdict_observe("EINVAL");
}

static void
free_shared(void)
{
	unsigned char *memory = area_shared(1);

	memory[0] = 'm';
	refuses_free(memory);
}

static void
free_private_file(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *memory = area_object(&file, 0, 1, RW, false);

	memory[0] = 'm';
	refuses_free(memory);
}

static void
free_shared_file(void)
{
	struct object file = object_make(FILE_RW, view_page());

	refuses_free(area_object(&file, 0, 1, RW, true));
}

/* A shared writable mapping of the same object is sound. */
static void
refuses_remove(const struct object *object, unsigned char *memory)
{
	call_flags("MADV_", "REMOVE");
	call_madvise(memory, view_page(), "REMOVE");
	call_expect("EACCES");
	verdict_expect(object_byte(object, 0) == object_pattern(0),
	    "the object as before", "the object changed");
	call_madvise(
	    area_object(object, 0, 1, RW, true), view_page(), "REMOVE");
	call_expect("ok");
	verdict_observe("EACCES");
}

static void
remove_private(void)
{
	struct object object = object_make(SHM, view_page());

	refuses_remove(&object, area_object(&object, 0, 1, RW, false));
}

static void
remove_read_only(void)
{
	struct object object = object_make(SHM_RO, view_page());

	refuses_remove(&object, call_map_page(R, "SHARED", object.fd));
}

/* It could be made writable, but is not. */
static void
remove_not_yet_writable(void)
{
	struct object object = object_make(SHM, view_page());

	refuses_remove(&object, area_object(&object, 0, 1, R, true));
}

static void
remove_anonymous(void)
{
	unsigned char *area = area_filled(1);

	call_madvise(area, view_page(), "REMOVE");
	call_expect("EINVAL");
	area_expect_filled(area, 0, 1, "the page");
	call_madvise(area_shared(1), view_page(), "REMOVE");
	call_expect("ok");
	verdict_observe("EINVAL");
}

/*
 * ----- Population -----------------------------------------------------------
 */

static void
populate_needs(int prot, const char *advice)
{
	unsigned char *area = area_anon(2, RW);

	call_advise(area, view_page(), advice);
	area_protect(area, 2, prot);
	call_madvise(area, view_page(), advice);
	call_expect("EINVAL");
	verdict_observe("EINVAL");
}

static void
populate_read_none(void)
{
	populate_needs(NONE, "POPULATE_READ");
}

static void
populate_write_read_only(void)
{
	populate_needs(R, "POPULATE_WRITE");
}

static void
populate_over_hole(const char *advice)
{
	size_t page = view_page();
	unsigned char *area = area_anon(3, RW);

	call_advise(area, 3 * page, advice);
	area_free(area + page, 1);
	call_madvise(area, 3 * page, advice);
	call_expect("ENOMEM");
}

static void
populate_read_hole(void)
{
	populate_over_hole("POPULATE_READ");
}

static void
populate_write_hole(void)
{
	populate_over_hole("POPULATE_WRITE");
}

/*
 * ----- Privilege ------------------------------------------------------------
 */

static unsigned char *poisoned;

/* Never as root: the page frame would be lost to the whole machine. */
static long
poison(void *unused)
{
	(void)unused;
	child_drop_privileges();
	call_madvise(poisoned, view_page(), "HWPOISON");
	return call_last()->error;
}

static void
poison_unprivileged(void)
{
	long error;

	call_flags("MADV_", "HWPOISON");
	poisoned = area_filled(1);
	call_madvise(poisoned, view_page(), "NORMAL");
	call_expect("ok");
	error = child_ask(poison, NULL);
	if (error == EINVAL)
		verdict_unsupported(
		    "this kernel does not know MADV_HWPOISON: EINVAL");
	verdict_expect(error == EPERM, "EPERM for MADV_HWPOISON", "%s",
	    names_result((int)error));
	area_expect_filled(poisoned, 0, 1, "the page");
	verdict_observe("EPERM");
}

/*
 * ----- posix_madvise --------------------------------------------------------
 */

static void
posix_unaligned(void)
{
	unsigned char *area = area_filled(2);

	call_posix_madvise(area + 1, view_page(), "WILLNEED");
	area_expect_filled(area, 0, 2, "the pages");
	call_expect("ok|EINVAL");
}

static void
posix_length_zero(void)
{
	unsigned char *area = area_filled(1);

	call_posix_madvise(area, 0, "NORMAL");
	call_expect("ok|EINVAL");
}

/* By hand: call_posix_madvise() sets errno to the result. */
static void
posix_errno(void)
{
	unsigned char *area = area_anon(1, RW);
	int left, result;

	call_begin("posix_madvise(area, %zu, 4711", view_page());
	errno = EPERM;
	result = posix_madvise(area, view_page(), 4711);
	left = errno;
	errno = result;
	call_made(result == 0, "posix_madvise(area, %zu, 4711)", view_page());
	verdict_observe(left == EPERM ? "errno left alone" : "errno set");
}

/* All five; contents are those of area_fill(). */
static void
takes_all_advice(unsigned char *memory)
{
	static const char *const kinds[] = { "NORMAL", "RANDOM", "SEQUENTIAL",
		"WILLNEED", "DONTNEED" };

	area_fill(memory, 2);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		call_posix_madvise(memory, 2 * view_page(), kinds[i]);
		call_expect("ok");
		area_expect_kept(memory, 0, 2, "the memory");
		area_fill(memory, 2);
	}
	verdict_observe("contents kept");
}

static void
posix_private_anonymous(void)
{
	takes_all_advice(area_anon(2, RW));
}

static void
posix_private_file(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());

	takes_all_advice(area_object(&file, 0, 2, RW, false));
}

static void
posix_shared_file(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());

	takes_all_advice(area_object(&file, 0, 2, RW, true));
}

static void
posix_shared_anonymous(void)
{
	takes_all_advice(area_shared(2));
}

/* clang-format off */
static const struct row cases[] = {
	CODE(unaligned, MADVISE_UNALIGNED, unaligned),
	CODE(unknown_advice, MADVISE_UNKNOWN_ADVICE, unknown_advice),
	CODE(unknown_advice_of_nothing, MADVISE_TELLS_WHAT_IT_KNOWS, unknown_advice_of_nothing),
	CODE(length_zero, MADVISE_LENGTH_ZERO, length_zero),
	CODE(length_rounds_to_zero, MADVISE_LENGTH_WRAPS, length_rounds_to_zero),
	CODE(length_past_the_last_address, MADVISE_LENGTH_WRAPS, length_past_the_last_address),
	CODE(hole_at_the_start, MADVISE_HOLE, hole_at_the_start),
	CODE(hole_in_the_middle, MADVISE_HOLE, hole_in_the_middle),
	CODE(hole_at_the_end, MADVISE_HOLE, hole_at_the_end),
	CODE(hole_efault, MADVISE_HOLE_EFAULT, hole_efault),
	CODE(dontneed_locked, MADVISE_DONTNEED_REFUSES_LOCKED, dontneed_locked),
	CODE(free_locked, MADVISE_FREE_REFUSES_LOCKED, free_locked),
	CODE(cold_locked, MADVISE_COLD_REFUSES_LOCKED, cold_locked),
	CODE(pageout_locked, MADVISE_COLD_REFUSES_LOCKED, pageout_locked),
	CODE(remove_locked, MADVISE_REMOVE_REFUSES_LOCKED, remove_locked),
	CODE(free_shared, MADVISE_FREE_PRIVATE_ANON_ONLY, free_shared),
	CODE(free_private_file, MADVISE_FREE_PRIVATE_ANON_ONLY, free_private_file),
	CODE(free_shared_file, MADVISE_FREE_PRIVATE_ANON_ONLY, free_shared_file),
	CODE(remove_private, MADVISE_REMOVE_SHARED_WRITABLE_ONLY, remove_private),
	CODE(remove_read_only, MADVISE_REMOVE_SHARED_WRITABLE_ONLY, remove_read_only),
	CODE(remove_not_yet_writable, MADVISE_REMOVE_SHARED_WRITABLE_ONLY, remove_not_yet_writable),
	CODE(remove_anonymous, MADVISE_REMOVE_REFUSES_PRIVATE_ANON, remove_anonymous),
	CODE(populate_read_none, MADVISE_POPULATE_NEEDS_ACCESS, populate_read_none),
	CODE(populate_write_read_only, MADVISE_POPULATE_NEEDS_ACCESS, populate_write_read_only),
	CODE(populate_read_hole, MADVISE_POPULATE_HOLE, populate_read_hole),
	CODE(populate_write_hole, MADVISE_POPULATE_HOLE, populate_write_hole),
	CODE(poison_unprivileged, MADVISE_HWPOISON_PRIVILEGED, poison_unprivileged),
	CODE(posix_unaligned, POSIX_MADVISE_UNALIGNED, posix_unaligned),
	CODE(posix_length_zero, POSIX_MADVISE_LENGTH_ZERO, posix_length_zero),
	CODE(posix_errno, POSIX_MADVISE_ERRNO, posix_errno),
	CODE(posix_private_anonymous, POSIX_MADVISE_KEEPS_CONTENTS, posix_private_anonymous),
	CODE(posix_private_file, POSIX_MADVISE_KEEPS_CONTENTS, posix_private_file),
	CODE(posix_shared_file, POSIX_MADVISE_KEEPS_CONTENTS, posix_shared_file),
	CODE(posix_shared_anonymous, POSIX_MADVISE_KEEPS_CONTENTS, posix_shared_anonymous),
};
/* clang-format on */

SUITE_PROGRAM(cases)
