/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise(2): advice, or more than that?
 */
#include <sys/types.h>

#include <errno.h>
#include <stdio.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/madvise.def"
#include "helpers/claims.h"

/* Whether so many bytes are all zero. */
static bool
is_zero(const unsigned char *start, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (probe_byte(start + i) != 0)
			return false;
	return true;
}

/* The first and the last of four pages hold what they held. */
static void
expect_ends_kept(const unsigned char *area)
{
	bool kept =
	    area_still_filled(area, 0, 1) && area_still_filled(area, 3, 1);

	verdict_either(kept, "the neighbours kept", "the neighbours changed");
}

/*
 *	area  +0       +1       +2       +3
 *	      kept     advised  advised  kept
 */
static void
dontneed_on_changed_memory(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(4);
	bool kept;

	call_madvise(area + page, 2 * page, "DONTNEED");
	call_expect("ok");
	expect_ends_kept(area);
	kept = area_still_filled(area, 1, 2);
	verdict_expect(kept, "contents as before", "the advised pages hold %s",
	    kept                                 ? "what they held"
		: is_zero(area + page, 2 * page) ? "zeros"
						 : "other bytes");
}

static unsigned char *advised;

/* A bit for each page that holds what it held. */
static long
pages_kept(void *unused)
{
	long kept = 0;

	(void)unused;
	for (size_t page = 0; page < 3; page++)
		kept |= area_still_filled(advised, page, 1) << page;
	return kept;
}

/*
 *	advised  +0       +1       +2
 *	         kept     wiped    kept
 */
static void
wiped_on_fork(void)
{
	long kept;

	advised = area_filled(3);
	call_madvise(advised + view_page(), view_page(), "WIPEONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	verdict_expect((kept & 2) == 0, "wiped in the child",
	    "the child reads what the parent wrote");
	verdict_expect(kept == 5, "neighbours kept",
	    "the child lost pages beside the range");
	verdict_expect(area_still_filled(advised, 0, 3), "kept in the parent",
	    "the parent's memory is wiped");
	verdict_observe("wiped in the child, kept in the parent");
}

static void
kept_on_fork_again(void)
{
	long kept;

	advised = area_filled(3);
	call_madvise(advised + view_page(), view_page(), "WIPEONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	verdict_expect(kept == 5, "the range wiped", "pages %s in the child",
	    kept == 7 ? "as before" : "lost");
	call_madvise(advised + view_page(), view_page(), "KEEPONFORK");
	call_expect("ok");
	kept = child_ask(pages_kept, NULL);
	verdict_either(
	    kept == 7, "all pages as before", "not all pages as before");
}

/*
 * Who refuses private anonymous memory, too, does not know the advice.  What is
 * refused changes nothing.
 */
static void
wipe_other_memory(unsigned char *memory)
{
	unsigned char *area = area_filled(1);
	unsigned char seen;

	call_madvise(area, view_page(), "WIPEONFORK");
	if (!call_last()->ok && call_last()->error == EINVAL)
		verdict_unsupported(
		    "this kernel does not know MADV_WIPEONFORK: EINVAL");
	call_expect("ok");
	seen = child_byte(area);
	verdict_expect(
	    seen == 0, "private memory wiped", "%#x in private memory", seen);
	memory[0] = 'm';
	call_madvise(memory, view_page(), "WIPEONFORK");
	call_expect("EINVAL");
	seen = child_byte(memory);
	verdict_expect(
	    seen == 'm', "the memory kept", "%#x, which was 'm'", seen);
	verdict_observe("EINVAL");
}

static void
wiped_shared(void)
{
	wipe_other_memory(area_shared(1));
}

static void
wiped_file(void)
{
	struct object file = object_make(FILE_RW, view_page());

	wipe_other_memory(area_object(&file, 0, 1, RW, false));
}

/*
 * The last byte of the range is the first of its page, which is a region of
 * its own:
 *
 *	area  +0       +1       +2       +3
 *	      kept     empty    empty    kept
 *	      read and written  read     read and written
 */
static void
dontneed_in_the_middle(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(4);

	area_protect(area + 2 * page, 1, R);
	call_madvise(area + page, page + 1, "DONTNEED");
	call_expect("ok");
	probe_expect_bytes(area + page, 2 * page, 0, "the pages of the range");
	expect_ends_kept(area);
	verdict_observe("whole pages empty, the neighbours kept");
}

/*
 * ----- posix_madvise --------------------------------------------------------
 */

/* Not every result is an error number. */
static const char *
result_word(int result)
{
	if (result == 0)
		return "ok";
	return result == -1 ? "-1" : names_errno(result);
}

/* The result is judged, so errno must not help: it is another one before. */
static void
expect_result(int expected, void *addr, const char *advice)
{
	int result;

	errno = EPERM;
	result = call_posix_madvise(addr, view_page(), advice);
	verdict_expect(result == expected, names_errno(expected), "%s",
	    result_word(result));
}

static void
expect_sound(void *addr)
{
	int result = call_posix_madvise(addr, view_page(), "NORMAL");

	verdict_expect(
	    result == 0, "ok from the sound call", "%s", result_word(result));
}

static void
unknown_advice(void)
{
	unsigned char *area = area_anon(1, RW);

	expect_sound(area);
	expect_result(EINVAL, area, "4711");
}

/* The error is told by the result alone: -1 is no error number. */
static void
result_is_the_error(void)
{
	unsigned char *area = area_anon(1, RW);
	int result;

	expect_sound(area);
	result = call_posix_madvise(area, view_page(), "4711");
	verdict_expect(result > 0, "an error number",
	    "%d returned for an unknown advice", result);
	verdict_observe("an error number");
}

static void
advised_hole(void)
{
	static const char *const advices[] = { "NORMAL", "RANDOM", "SEQUENTIAL",
		"WILLNEED", "DONTNEED" };
	const size_t count = sizeof(advices) / sizeof(advices[0]);
	unsigned char *area = area_anon(1, RW);
	char seen[256];
	size_t used = 0;

	expect_sound(area);
	area_free(area, 1);
	for (size_t i = 0; i < count; i++) {
		int result = call_posix_madvise(area, view_page(), advices[i]);

		used += (size_t)snprintf(seen + used, sizeof(seen) - used,
		    "%s%s %s", i == 0 ? "" : ", ", advices[i],
		    result_word(result));
	}
	verdict_observe("%s", seen);
}

/* clang-format off */
static const struct row cases[] = {
	CODE(dontneed_on_changed_memory, MADVISE_ADVISES_KERNEL, dontneed_on_changed_memory),
	CODE(wiped_on_fork, MADVISE_WIPEONFORK, wiped_on_fork),
	CODE(kept_on_fork_again, MADVISE_KEEPONFORK, kept_on_fork_again),
	CODE(wiped_shared, MADVISE_WIPEONFORK_PRIVATE_ANON_ONLY, wiped_shared),
	CODE(wiped_file, MADVISE_WIPEONFORK_PRIVATE_ANON_ONLY, wiped_file),
	CODE(dontneed_in_the_middle, MADVISE_DONTNEED_PRIVATE_ANON, dontneed_in_the_middle),
	CODE(unknown_advice, POSIX_MADVISE_INVALID_ADVICE, unknown_advice),
	CODE(result_is_the_error, POSIX_MADVISE_RETURNS_ERROR_NUMBER, result_is_the_error),
	CODE(advised_hole, POSIX_MADVISE_HOLE, advised_hole),
};
/* clang-format on */

SUITE_PROGRAM(cases)
