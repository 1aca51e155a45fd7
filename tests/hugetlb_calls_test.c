/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other calls on mappings of huge pages: munmap, mprotect, madvise, mremap,
 * mincore and mlock, of whole ones and of parts.
 *
 * The program is exclusive: some cases need a page of the pool or count them,
 * and may enlarge the pool in a run that allows it.
 */
#include <stdlib.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/huge.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/hugetlb_calls.def"
#include "helpers/claims.h"

/*
 * ----- munmap and mprotect --------------------------------------------------
 */

/*
 *	|  huge page  |  huge page  |
 *	 ^---- length of one page
 */
static void
munmap_one_small_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_untouched(2);
	bool marked = huge_put_mark(start);

	call_munmap(start, view_page());
	call_expect("EINVAL");
	huge_expect_region(start, 2 * huge);
	huge_expect_mark(marked, start);
	call_munmap(start, huge);
	call_expect("ok");
	area_expect_gone(start, "the huge page");
	huge_expect_region(start + huge, huge);
	verdict_observe("EINVAL");
}

/*
 *	|  huge page  |  huge page  |
 *	   ^- length of a huge page
 */
static void
munmap_inside_huge_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_untouched(2);
	bool marked = huge_put_mark(start);

	call_munmap(start + view_page(), huge);
	call_expect("EINVAL");
	huge_expect_region(start, 2 * huge);
	huge_expect_mark(marked, start);
	call_munmap(start + huge, huge);
	call_expect("ok");
	area_expect_gone(start + huge, "the second huge page");
	huge_expect_region(start, huge);
	verdict_observe("EINVAL");
}

static void
mprotect_one_small_page(void)
{
	unsigned char *start = huge_map_untouched(1);
	bool marked = huge_put_mark(start);

	call_mprotect(start, view_page(), R);
	call_expect("EINVAL");
	huge_expect_region(start, huge_size());
	huge_expect_mark(marked, start);
	if (marked)
		probe_expect_store(start, "the huge page", "ok");
	call_mprotect(start, huge_size(), R);
	call_expect("ok");
	probe_expect_store(start, "the huge page, read-only", "SIGSEGV");
	verdict_observe("EINVAL");
}

/*
 * ----- madvise --------------------------------------------------------------
 */

static void
dontneed_whole_page(void)
{
	unsigned char *start = huge_map_pages(1, HUGE_PRIVATE);
	long more = -1;
	int alike = 0;
	bool like_last;

	do {
		long last = more, before;

		start[0] = 'd';
		before = huge_pool().free;
		call_madvise(start, huge_size(), "DONTNEED");
		call_expect("ok");
		more = huge_pool().free - before;
		probe_expect_bytes(start, 1, 0, "the huge page");
		like_last = last == more;
	} while (huge_try_again(more == 1, like_last, &alike));
	verdict_expect(more == 1, "1 page more in the pool",
	    "%ld pages more in the pool", more);
}

static void
dontneed_one_small_page(void)
{
	unsigned char *start = huge_map_pages(1, HUGE_PRIVATE);

	start[0] = 'd';
	call_madvise(start, view_page(), "DONTNEED");
	call_expect("ok");
	verdict_decide(probe_byte(start) == 0, "the huge page dropped",
	    "the data dropped", "the data kept");
}

static void
dontneed_inside_huge_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_untouched(2);
	bool marked = huge_put_mark(start);

	call_madvise(start + huge, huge, "DONTNEED");
	call_expect("ok");
	call_madvise(start + view_page(), huge, "DONTNEED");
	call_expect("EINVAL");
	huge_expect_mark(marked, start);
	verdict_observe("EINVAL");
}

/*
 * ----- mremap ---------------------------------------------------------------
 */

/* The same call grows an ordinary mapping. */
static void
mremap_larger(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_untouched(1);
	unsigned char *ordinary = area_anon(huge_in_pages(1), RW);
	bool marked = huge_put_mark(start);

	ordinary[0] = 'o';
	ordinary = call_mremap(ordinary, huge, 2 * huge, "MAYMOVE", NULL);
	call_expect("ok");
	probe_expect_bytes(ordinary, 1, 'o', "the ordinary mapping");
	call_mremap(start, huge, 2 * huge, "MAYMOVE", NULL);
	call_expect("EINVAL");
	huge_expect_region(start, huge);
	huge_expect_mark(marked, start);
	verdict_observe("EINVAL");
}

static void
mremap_elsewhere(void)
{
	size_t huge = huge_size();
	unsigned char *place = area_reserve_aligned(huge_in_pages(1), huge);
	unsigned char *start = huge_map_untouched(1);
	bool marked = huge_put_mark(start);

	call_mremap(start, huge, huge, "MAYMOVE|FIXED", place);
	call_expect("ok");
	huge_expect_region(place, huge);
	area_expect_gone(start, "the old place");
	huge_expect_mark(marked, place);
	verdict_observe("moved");
}

static void
mremap_smaller(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_untouched(2);
	bool marked = huge_put_mark(start);

	call_mremap(start, 2 * huge, huge, "", NULL);
	call_expect("ok");
	huge_expect_region(start, huge);
	huge_expect_mark(marked, start);
	verdict_observe("shrunk");
}

/*
 * ----- mincore --------------------------------------------------------------
 */

static size_t
count_resident(unsigned char *start)
{
	size_t pages = huge_in_pages(1), count = 0;
	unsigned char *vector = calloc(pages, 1);

	if (vector == NULL)
		verdict_broken("no memory for a vector of %zu bytes", pages);
	call_mincore(start, huge_size(), vector);
	call_expect("ok");
	for (size_t i = 0; i < pages; i++)
		count += vector[i] & 1;
	free(vector);
	return count;
}

static void
mincore_one_byte_touched(void)
{
	unsigned char *start = huge_map_pages(1, HUGE_PRIVATE);
	bool none = count_resident(start) == 0, every;

	start[0] = 't';
	every = count_resident(start) == huge_in_pages(1);
	probe_expect_bytes(start + 1, 1, 0, "the huge page");
	verdict_expect(none && every, "none before the touch, every page after",
	    "%s before the touch, %s page after", none ? "none" : "some",
	    every ? "every" : "not every");
}

/*
 * ----- mlock ----------------------------------------------------------------
 */

/* An ordinary page does count, if it can be locked. */
static void
need_locked_count(void)
{
	long long before = view_locked_bytes();
	unsigned char *ordinary = area_anon(1, RW);

	call_mlock(ordinary, view_page());
	call_expect("ok|EPERM|ENOMEM|EAGAIN|ENOSYS");
	if (!call_last()->ok)
		verdict_untested("needs a page that can be locked: %s",
		    names_errno(call_last()->error));
	if (view_locked_bytes() - before != (long long)view_page())
		verdict_untested("needs a count of locked bytes that an "
				 "ordinary page moves");
	area_free(ordinary, 1);
}

static void
expect_not_counted(long long before)
{
	long long more = view_locked_bytes() - before;

	verdict_expect(
	    more == 0, "0 bytes more locked", "%lld bytes more locked", more);
}

/* The limit is looked at before anybody knows that the pages are huge. */
static void
need_limit(void)
{
	limit_need_locks((long long)(huge_size() + view_page()));
}

static void
mlock_huge_page(void)
{
	unsigned char *start = huge_map_pages(1, HUGE_PRIVATE);
	long long before;

	need_limit();
	probe_expect_bytes(start, 1, 0, "the huge page");
	need_locked_count();
	before = view_locked_bytes();
	call_mlock(start, huge_size());
	call_expect("ok");
	expect_not_counted(before);
}

static void
map_locked(void)
{
	long long before = view_locked_bytes();
	unsigned char *start;

	need_limit();
	start = huge_map_pages(1, HUGE_PRIVATE "|LOCKED");
	probe_expect_bytes(start, 1, 0, "the huge page");
	need_locked_count();
	expect_not_counted(before);
}

/* clang-format off */
static const struct row cases[] = {
	CODE(munmap_one_small_page, HUGETLB_MUNMAP_LENGTH_MULTIPLE, munmap_one_small_page),
	CODE(munmap_inside_huge_page, HUGETLB_MUNMAP_LENGTH_MULTIPLE, munmap_inside_huge_page),
	CODE(mprotect_one_small_page, HUGETLB_MPROTECT_PART, mprotect_one_small_page),
	SETTINGS(dontneed_whole_page, HUGETLB_MADVISE_DONTNEED, dontneed_whole_page),
	SETTINGS(dontneed_one_small_page, HUGETLB_DONTNEED_LENGTH_ROUNDING, dontneed_one_small_page),
	CODE(dontneed_inside_huge_page, HUGETLB_DONTNEED_UNALIGNED, dontneed_inside_huge_page),
	CODE(mremap_larger, HUGETLB_MREMAP_EXPAND, mremap_larger),
	CODE(mremap_elsewhere, HUGETLB_MREMAP_EXPAND, mremap_elsewhere),
	CODE(mremap_smaller, HUGETLB_MREMAP_EXPAND, mremap_smaller),
	SETTINGS(mincore_one_byte_touched, HUGETLB_MINCORE, mincore_one_byte_touched),
	SETTINGS(mlock_huge_page, HUGETLB_NOT_COUNTED_IN_VMLCK, mlock_huge_page),
	SETTINGS(map_locked, HUGETLB_NOT_COUNTED_IN_VMLCK, map_locked),
};
/* clang-format on */

SUITE_PROGRAM(cases)
