/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of advice that are orders: what memory holds, and how much of it is
 * there, after them.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/core.h"
#include "helpers/limit.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/madvise_contents.def"
#include "helpers/claims.h"

/* Linux's by number, for it is younger than many headers. */
#define GUARD_INSTALL "102"
#define GUARD_REMOVE  "103"

#define MANY 64 /* pages */

/*
 * ----- MADV_DONTNEED --------------------------------------------------------
 */

static void
dontneed_private_file(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *area = area_object(&file, 0, 3, RW, false);

	area_fill(area, 3);
	call_madvise(area + page, page, "DONTNEED");
	call_expect("ok");
	probe_expect_pattern(
	    area + page, page, (off_t)page, "the advised page");
	area_expect_filled(area, 0, 1, "the page before the range");
	area_expect_filled(area, 2, 1, "the page behind the range");
	verdict_observe("the file's bytes are back");
}

static void
shared_keeps(unsigned char *area)
{
	area_fill(area, 2);
	call_madvise(area, 2 * view_page(), "DONTNEED");
	call_expect("ok");
	area_expect_kept(area, 0, 2, "the shared pages");
	verdict_observe("kept");
}

static void
dontneed_shared_anonymous(void)
{
	shared_keeps(area_shared(2));
}

static void
dontneed_shared_file(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());

	shared_keeps(area_object(&file, 0, 2, RW, true));
}

/* Pages of their own, all of them resident; small ones where that matters. */
static unsigned char *
many_touched(void)
{
	unsigned char *area = area_anon(MANY, RW);

	if (call_has_flags("MADV_", "NOHUGEPAGE"))
		call_madvise(area, MANY * view_page(), "NOHUGEPAGE");
	area_fill(area, MANY);
	return area;
}

static void
dontneed_shrinks(void)
{
	long long size = (long long)(MANY * view_page());
	unsigned char *area = many_touched();
	long long before = view_resident_bytes(area);
	long long after;

	call_madvise(area, (size_t)size, "DONTNEED");
	call_expect("ok");
	after = view_resident_bytes(area);
	verdict_expect(before - after >= size / 2, "all of it gone",
	    "%lld of %d pages gone", (before - after) / (long long)view_page(),
	    MANY);
	verdict_observe("gone");
}

static void
dontneed_no_access(void)
{
	unsigned char *area = area_filled(3);

	area_protect(area, 2, NONE);
	call_madvise(area, 2 * view_page(), "DONTNEED");
	call_expect("ok");
	probe_expect_load(area, "the page", "SIGSEGV");
	area_protect(area, 2, RW);
	probe_expect_bytes(area, 2 * view_page(), 0, "the pages");
	area_expect_filled(area, 2, 1, "the page behind them");
	verdict_observe("empty");
}

static void
dontneed_locked(void)
{
	unsigned char *area = area_filled(2);

	limit_lock(area, 2);
	call_advise(area, view_page(), "DONTNEED_LOCKED");
	probe_expect_bytes(area, view_page(), 0, "the page");
	area_expect_kept(area, 1, 1, "the page behind it");
	verdict_observe("empty");
}

/*
 * ----- MADV_FREE ------------------------------------------------------------
 */

/* Whether a page holds zeros only. */
static bool
is_empty(const unsigned char *start)
{
	for (size_t i = 0; i < view_page(); i++)
		if (probe_byte(start + i) != 0)
			return false;
	return true;
}

static void
expect_old_or_empty(const unsigned char *area, size_t page)
{
	bool old = area_still_filled(area, page, 1);

	verdict_expect(old || is_empty(area + page * view_page()),
	    "the old bytes or zeros", "other bytes");
}

static void
free_old_or_zero(void)
{
	unsigned char *area = area_filled(4);

	call_advise(area, 3 * view_page(), "FREE");
	for (size_t i = 0; i < 3; i++)
		expect_old_or_empty(area, i);
	probe_expect_store(area, "a page that was freed", "ok");
	area_fill(area, 4);
	area_expect_kept(area, 0, 4, "what was stored since");
	verdict_observe("old bytes or zeros, then what was stored");
}

/* Every second page is stored to; being paged out takes the others. */
static void
free_stores_stay(void)
{
	size_t page = view_page();
	unsigned char *area = many_touched();

	call_advise(area, MANY * page, "FREE");
	for (size_t i = 0; i < MANY; i += 2)
		memset(area + i * page, 'S', page);
	call_advise(area, MANY * page, "PAGEOUT");
	for (size_t i = 0; i < MANY; i++)
		if (i % 2 == 0)
			probe_expect_bytes(area + i * page, page, 'S',
			    "a page stored to since");
		else
			expect_old_or_empty(area, i);
	verdict_observe("kept");
}

/* How many bytes of many_touched() leave resident memory. */
static long long
free_resident(void)
{
	unsigned char *area = many_touched();
	long long before = view_resident_bytes(area), after;

	call_advise(area, MANY * view_page(), "FREE");
	after = view_resident_bytes(area);
	area_free(area, MANY);
	return before - after;
}

/* Memory may be short at that moment, but not five times in a row. */
static void
free_stays_resident(void)
{
	bool gone = true;

	for (int i = 0; gone && i < 5; i++)
		gone = free_resident() > (long long)(MANY / 2 * view_page());
	verdict_either(!gone, "still resident", "gone at once");
}

/*
 * ----- MADV_REMOVE ----------------------------------------------------------
 */

/*
 *	+0    +1       +2       +3
 *	kept  removed  removed  kept
 */
static void
remove_empties(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 4 * page);
	unsigned char *area = area_object(&file, 0, 4, RW, true);
	unsigned char *view = area_object(&file, 0, 4, R, true);

	call_flags("MADV_", "REMOVE");
	call_madvise(area + page, 2 * page, "REMOVE");
	if (!call_last()->ok && call_last()->error == EOPNOTSUPP)
		verdict_unsupported("this file system has no holes");
	call_expect("ok");
	probe_expect_bytes(area + page, 2 * page, 0, "the range");
	probe_expect_bytes(view + page, 2 * page, 0, "another view of it");
	verdict_expect(object_byte(&file, (off_t)page) == 0,
	    "a zero read from the file", "the old byte read from the file");
	probe_expect_pattern(view, page, 0, "the page before the range");
	probe_expect_pattern(
	    view + 3 * page, page, (off_t)(3 * page), "the page behind it");
	verdict_expect(object_status(&file).st_size == (off_t)(4 * page),
	    "the size as before", "another size");
	verdict_observe("empty for all");
}

static void
remove_keeps_private(void)
{
	struct object file = object_make(SHM, view_page());
	unsigned char *area = area_object(&file, 0, 1, RW, true);
	unsigned char *own = call_map_page(RW, "PRIVATE", file.fd);

	call_flags("MADV_", "REMOVE");
	area_fill(own, 1);
	call_madvise(area, view_page(), "REMOVE");
	call_expect("ok");
	probe_expect_bytes(area, view_page(), 0, "the range");
	area_expect_kept(own, 0, 1, "the private page");
	verdict_observe("kept");
}

/*
 * ----- Pages less needed ----------------------------------------------------
 */

static void
advice_keeps(unsigned char *area, const char *advice)
{
	call_advise(area, MANY * view_page(), advice);
	area_expect_kept(area, 0, MANY, "the pages");
	verdict_observe("kept");
}

static unsigned char *
many_shared(void)
{
	unsigned char *area = area_shared(MANY);

	area_fill(area, MANY);
	return area;
}

static unsigned char *
many_of_file(void)
{
	struct object file = object_make(FILE_RW, MANY * view_page());
	unsigned char *area = area_object(&file, 0, MANY, RW, true);

	area_fill(area, MANY);
	return area;
}

static void
cold_private(void)
{
	advice_keeps(many_touched(), "COLD");
}

static void
pageout_private(void)
{
	advice_keeps(many_touched(), "PAGEOUT");
}

static void
pageout_shared(void)
{
	advice_keeps(many_shared(), "PAGEOUT");
}

static void
pageout_file(void)
{
	advice_keeps(many_of_file(), "PAGEOUT");
}

/* Filled pages that are a huge page, where one is to be had, and how many. */
static unsigned char *
huge_filled(size_t *pages)
{
	long huge = view_facts()->huge_page_size;
	unsigned char *area;

	if (huge <= 0 || (size_t)huge > 1U << 22)
		verdict_untested("needs huge pages of at most 4 MiB");
	*pages = (size_t)huge / view_page();
	area = area_reserve_aligned(*pages, (size_t)huge);
	area_protect(area, *pages, RW);
	if (call_has_flags("MADV_", "HUGEPAGE"))
		call_madvise(area, (size_t)huge, "HUGEPAGE");
	area_fill(area, *pages);
	return area;
}

/* Of one small page in it, and of its first half. */
static void
dontneed_inside_huge_page(void)
{
	size_t page = view_page(), pages, half;
	unsigned char *area = huge_filled(&pages);

	half = pages / 2;
	call_madvise(area + (half + 1) * page, page, "DONTNEED");
	call_expect("ok");
	probe_expect_bytes(area + (half + 1) * page, page, 0, "the small page");
	area_expect_filled(area, 0, half + 1, "the pages before it");
	area_expect_filled(
	    area, half + 2, pages - half - 2, "the pages behind it");
	call_madvise(area, half * page, "DONTNEED");
	call_expect("ok");
	probe_expect_bytes(area, half * page, 0, "the first half");
	area_expect_filled(area, half, 1, "the page behind the half");
	area_expect_kept(area, half + 2, pages - half - 2, "the rest");
	verdict_observe("the pages of the range empty, all others kept");
}

/* No huge page to be had is no failure: EAGAIN, ENOMEM, EBUSY. */
static void
collapse(void)
{
	size_t pages;
	unsigned char *area = huge_filled(&pages);

	call_madvise(area, pages * view_page(), "COLLAPSE");
	if (!call_last()->ok && call_last()->error == EINVAL)
		verdict_unsupported("this kernel makes no huge pages of it");
	call_expect("ok|EAGAIN|ENOMEM|EBUSY");
	area_expect_kept(area, 0, pages, "the pages");
	verdict_observe("kept");
}

/*
 * ----- Pages that will be needed --------------------------------------------
 */

static unsigned char *
many_untouched(const char *advice)
{
	unsigned char *area = area_anon(MANY, RW);

	call_flags("MADV_", advice);
	if (call_has_flags("MADV_", "NOHUGEPAGE"))
		call_madvise(area, MANY * view_page(), "NOHUGEPAGE");
	return area;
}

static void
populate_read(void)
{
	unsigned char *area = many_untouched("POPULATE_READ");
	size_t mapped;

	call_advise(area, MANY * view_page(), "POPULATE_READ");
	if (!view_find_mapped(area, MANY, &mapped))
		verdict_untested("needs to see which pages are mapped");
	verdict_expect(mapped == MANY, "all pages mapped",
	    "%zu of %d pages mapped", mapped, MANY);
	probe_expect_bytes(area, MANY * view_page(), 0, "the pages");
	verdict_observe("all pages mapped");
}

static void
populate_write(void)
{
	unsigned char *area = many_untouched("POPULATE_WRITE");
	long long own;

	area_fill(area, 1);
	call_advise(area, MANY * view_page(), "POPULATE_WRITE");
	own = view_resident_bytes(area) / (long long)view_page();
	verdict_expect(own >= MANY, "all pages resident",
	    "%lld of %d pages resident", own, MANY);
	area_expect_filled(area, 0, 1, "the page stored to before");
	probe_expect_bytes(
	    area + view_page(), (MANY - 1) * view_page(), 0, "the other pages");
	verdict_observe("all pages resident");
}

/*
 * ----- Guards ---------------------------------------------------------------
 */

/*
 *	+0    +1       +2       +3
 *	kept  guarded  guarded  kept
 */
static unsigned char *
guarded(void)
{
	unsigned char *area = area_filled(4);

	call_advise(area + view_page(), 2 * view_page(), GUARD_INSTALL);
	return area;
}

static void
expect_guarded(unsigned char *area)
{
	size_t page = view_page();

	probe_expect_load(area + page, "the first page guarded", "SIGSEGV");
	probe_expect_store(
	    area + 3 * page - 1, "the last page guarded", "SIGSEGV");
	area_expect_kept(area, 0, 1, "the page before the guard");
	area_expect_kept(area, 3, 1, "the page behind the guard");
}

static void
guard_raises(void)
{
	expect_guarded(guarded());
	verdict_observe("SIGSEGV");
}

static void
guard_keeps_region(void)
{
	unsigned char *area = guarded();
	struct view_region region = view_region(area);

	verdict_either(region.end >= (uintptr_t)(area + 4 * view_page()),
	    "one region", "split");
}

static void
guard_removed(void)
{
	size_t page = view_page();
	unsigned char *area = guarded();

	call_madvise(area, 4 * page, GUARD_REMOVE);
	call_expect("ok");
	probe_expect_bytes(area + page, 2 * page, 0, "the pages guarded");
	probe_expect_store(area + page, "a page guarded", "ok");
	area_expect_kept(area, 0, 1, "the page before the guard");
	area_expect_kept(area, 3, 1, "the page behind the guard");
	verdict_observe("empty, and writable");
}

static void
guard_outlasts_dontneed(void)
{
	size_t page = view_page();
	unsigned char *area = guarded();

	call_madvise(area + page, 2 * page, "DONTNEED");
	call_expect("ok");
	expect_guarded(area);
	verdict_observe("SIGSEGV");
}

static void
guard_locked(void)
{
	unsigned char *area = guarded();

	area = area_filled(1);
	limit_lock(area, 1);
	call_madvise(area, view_page(), GUARD_INSTALL);
	call_expect("EINVAL");
	area_expect_kept(area, 0, 1, "the locked page");
	verdict_observe("EINVAL");
}

/*
 * ----- Marks ----------------------------------------------------------------
 */

/* Whether the region that holds addr is listed with a word for that. */
static bool
is_marked(const unsigned char *addr, const char *word)
{
	struct view_usage usage = view_usage_with_flags(addr);

	return strstr(usage.flags, word) != NULL;
}

static void
expect_mark(const unsigned char *area, const char *word, bool wanted)
{
	bool marked = is_marked(area + view_page(), word);

	verdict_expect(marked == wanted, wanted ? "marked" : "not marked", "%s",
	    marked ? "marked" : "not marked");
}

/* On, and off by the other one, in the middle of three filled pages. */
static void
marks(const char *on, const char *word, const char *off)
{
	size_t page = view_page();
	unsigned char *area = area_filled(3);

	verdict_set_up(!is_marked(area, word), "a new page is not marked");
	call_advise(area + page, page, on);
	expect_mark(area, word, true);
	verdict_expect(
	    !is_marked(area, word) && !is_marked(area + 2 * page, word),
	    "the neighbours not marked", "a neighbour marked");
	call_advise(area + page, page, off);
	expect_mark(area, word, false);
	area_expect_kept(area, 0, 3, "the pages");
	verdict_observe("marked, and no more");
}

static void
dontdump(void)
{
	marks("DONTDUMP", "dd", "DODUMP");
}

static void
kept_out_of_core(void)
{
	unsigned char *hidden = area_anon(1, RW);

	call_advise(hidden, view_page(), "DONTDUMP");
	core_expect_kept_out(hidden);
}

static void
mergeable(void)
{
	marks("MERGEABLE", "mg", "UNMERGEABLE");
}

static void
hugepage(void)
{
	marks("HUGEPAGE", "hg", "NOHUGEPAGE");
	marks("NOHUGEPAGE", "nh", "HUGEPAGE");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(dontneed_private_file, MADVISE_DONTNEED_PRIVATE_FILE, dontneed_private_file),
	CODE(dontneed_shared_anonymous, MADVISE_DONTNEED_SHARED, dontneed_shared_anonymous),
	CODE_DIRS(dontneed_shared_file, MADVISE_DONTNEED_SHARED, dontneed_shared_file),
	CODE(dontneed_shrinks, MADVISE_DONTNEED_SHRINKS, dontneed_shrinks),
	CODE(dontneed_no_access, MADVISE_DONTNEED_NO_ACCESS, dontneed_no_access),
	CODE(dontneed_locked, MADVISE_DONTNEED_LOCKED_EMPTIES, dontneed_locked),
	CODE(free_old_or_zero, MADVISE_FREE_OLD_OR_ZERO, free_old_or_zero),
	CODE(free_stores_stay, MADVISE_FREE_STORES_STAY, free_stores_stay),
	CODE(free_stays_resident, MADVISE_FREE_STAYS_RESIDENT, free_stays_resident),
	CODE_DIRS(remove_empties, MADVISE_REMOVE_EMPTIES, remove_empties),
	CODE(remove_keeps_private, MADVISE_REMOVE_KEEPS_PRIVATE, remove_keeps_private),
	CODE(cold_private, MADVISE_COLD_KEEPS, cold_private),
	CODE(pageout_private, MADVISE_PAGEOUT_KEEPS, pageout_private),
	CODE(pageout_shared, MADVISE_PAGEOUT_KEEPS, pageout_shared),
	CODE(pageout_file, MADVISE_PAGEOUT_KEEPS, pageout_file),
	CODE(dontneed_inside_huge_page, MADVISE_DONTNEED_INSIDE_HUGE_PAGE, dontneed_inside_huge_page),
	CODE(kept_out_of_core, MADVISE_DONTDUMP_KEEPS_OUT, kept_out_of_core),
	CODE(collapse, MADVISE_COLLAPSE_KEEPS, collapse),
	CODE(populate_read, MADVISE_POPULATE_READ_MAPS, populate_read),
	CODE(populate_write, MADVISE_POPULATE_WRITE_MAPS, populate_write),
	CODE(guard_raises, MADVISE_GUARD_RAISES, guard_raises),
	CODE(guard_keeps_region, MADVISE_GUARD_KEEPS_REGION, guard_keeps_region),
	CODE(guard_removed, MADVISE_GUARD_REMOVED, guard_removed),
	CODE(guard_outlasts_dontneed, MADVISE_GUARD_OUTLASTS_DONTNEED, guard_outlasts_dontneed),
	CODE(guard_locked, MADVISE_GUARD_REFUSES_LOCKED, guard_locked),
	CODE(dontdump, MADVISE_DONTDUMP_MARKS, dontdump),
	CODE(hugepage, MADVISE_HUGEPAGE_MARKS, hugepage),
	CODE(mergeable, MADVISE_MERGEABLE_MARKS, mergeable),
};
/* clang-format on */

SUITE_PROGRAM(cases)
