/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing a mapping's size or the order of its pages: mremap(2) and
 * remap_file_pages(2) of Linux, and MAP_FIXED overlays, which do the latter
 * everywhere:
 *
 *	file     | 0 | 1 | 2 | 3 | 4 |
 *	mapping  | 3 | 2 | 1 | 0 | 4 |
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mremap.def"
#include "helpers/claims.h"

#define PAGES 4 /* that change places */

/*
 * The pages behind are taken, so that the mapping has to move:
 *
 *	area  | a | b | c | d | e |	page a grows to four pages
 */
static void
grown_by_moving(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(5);
	unsigned char *moved;
	bool kept, mapped;

	moved = call_mremap(area, page, 4 * page, "MAYMOVE", NULL);
	call_expect("ok");
	kept = area_still_filled(moved, 0, 1);
	verdict_either(kept, "the old contents", "other contents");
	probe_expect_bytes(moved + page, 3 * page, 0, "the pages added");
	probe_expect_store(moved + 4 * page - 1, "the last byte", "ok");
	mapped = area_is_mapped(area);
	verdict_either(!mapped, "the old place free", "the old place mapped");
	area_expect_filled(area, 1, 4, "the neighbours");
	verdict_observe("moved with its contents, the pages added zero");
}

/* It grows over pages in use, because it is told to, and no further. */
static void
grown_into_place(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(4), *there = area_filled(5);
	unsigned char *moved;
	bool kept;

	moved =
	    call_mremap(area, page, 3 * page, "MAYMOVE|FIXED", there + page);
	call_expect("ok");
	verdict_decide(moved == there + page, "where it was told to be",
	    "moved there", "moved elsewhere");
	kept = area_still_filled(moved, 0, 1);
	verdict_either(kept, "the old contents", "other contents");
	probe_expect_bytes(moved + page, 2 * page, 0, "the pages added");
	area_expect_filled(there, 0, 1, "the neighbours");
	area_expect_filled(there, 4, 1, "the neighbours");
	verdict_observe("moved with its contents, the pages added zero");
}

/*
 * ----- Where it goes, and what stays ----------------------------------------
 */

/* Moves a mapping to where it is told to be. */
static void
move_to(
    unsigned char *place, unsigned char *old, size_t length, size_t new_length)
{
	void *moved =
	    call_mremap(old, length, new_length, "MAYMOVE|FIXED", place);

	call_expect("ok");
	call_expect_at(moved, place);
}

/*
 * The middle page of three goes over the middle page of three others:
 *
 *	| a | - | c |	| a | b | c |
 *	      `-----------^
 */
static void
middle_to_middle(void)
{
	size_t page = view_page();
	unsigned char *from = area_filled(3), *to = area_filled(3);

	from[page] = 'm';
	move_to(to + page, from + page, page, page);
	verdict_either(probe_byte(to + page) == 'm', "the page moved",
	    "the target shows another page");
	area_expect_gone(from + page, "the old place");
	area_expect_kept(from, 0, 1, "the page before the old place");
	area_expect_kept(from, 2, 1, "the page behind the old place");
	area_expect_kept(to, 0, 1, "the page before the target");
	area_expect_kept(to, 2, 1, "the page behind the target");
	verdict_observe("moved, all neighbours kept");
}

static void
into_reservation(void)
{
	size_t page = view_page();
	unsigned char *from = area_filled(2), *room = area_reserve(4);

	move_to(room + page, from, 2 * page, 2 * page);
	area_expect_kept(room + page, 0, 2, "the pages moved");
	area_expect_gone(from, "the old place");
	area_expect_gone(from + page, "the old place");
	probe_expect_load(room, "the page before", "SIGSEGV");
	probe_expect_load(room + 3 * page, "the page behind", "SIGSEGV");
	verdict_either(area_is_mapped(room) && area_is_mapped(room + 3 * page),
	    "the rest still reserved", "more than the target taken");
	verdict_observe("moved, all neighbours kept");
}

static void
smaller_elsewhere(void)
{
	size_t page = view_page();
	unsigned char *from = area_filled(4), *to = area_filled(4);

	move_to(to + page, from, 3 * page, 2 * page);
	area_expect_kept(to + page, 0, 2, "the pages moved");
	for (size_t i = 0; i < 3; i++)
		area_expect_gone(from + i * page, "a page of the old place");
	area_expect_kept(from, 3, 1, "the page behind the old place");
	area_expect_kept(to, 0, 1, "the page before the target");
	area_expect_kept(to, 3, 1, "the page behind the target");
	verdict_observe("moved, the rest gone");
}

/* Blocked by a neighbour that the kernel lists as one region with it. */
static void
neighbour_in_same_region(void)
{
	size_t page = view_page();
	unsigned char *area = area_filled(4);
	unsigned char *moved =
	    call_mremap(area + page, page, 2 * page, "MAYMOVE", NULL);

	call_expect("ok");
	verdict_either(moved != area + page, "moved", "grown over a neighbour");
	area_expect_kept(area, 0, 1, "the page before");
	area_expect_kept(area, 2, 2, "the pages behind");
	probe_expect_bytes(moved, page, area_fill_byte(1), "the page moved");
	probe_expect_bytes(moved + page, page, 0, "the page added");
	verdict_observe("moved, all neighbours kept");
}

/*
 * Into free room, to its end, and back beyond where it began:
 *
 *	| x | x |   |   | n | n |
 */
static void
grown_then_shrunk(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(6);

	area_free(start + 2 * page, 2);
	call_expect_at(call_mremap(start, 2 * page, 4 * page, "", NULL), start);
	probe_expect_bytes(start + 2 * page, 2 * page, 0, "the pages added");
	area_fill(start, 4);
	area_expect_filled(start, 4, 2, "the pages behind");
	call_expect_at(call_mremap(start, 4 * page, page, "", NULL), start);
	area_expect_kept(start, 0, 1, "the page left");
	for (size_t i = 1; i < 4; i++)
		area_expect_gone(start + i * page, "a page cut off");
	area_expect_kept(start, 4, 2, "the pages behind");
	verdict_observe("grown and shrunk in place, neighbours kept");
}

/* Three regions, as their protections differ; the first is left. */
static void
shrunk_over_regions(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(4);

	area_protect(start + page, 1, R);
	call_expect_at(call_mremap(start, 3 * page, page, "", NULL), start);
	area_expect_kept(start, 0, 1, "the page left");
	area_expect_gone(start + page, "the second region");
	area_expect_gone(start + 2 * page, "the third region");
	area_expect_kept(start, 3, 1, "the page behind");
	verdict_observe("shrunk");
}

/* Older systems move one mapping at a time, and refuse any other call. */
static void
several_moved(void)
{
	size_t page = view_page();
	unsigned char *from = area_filled(3), *to = area_reserve(5);
	void *moved;

	area_protect(from + page, 1, R);
	moved =
	    call_mremap(from, 3 * page, 3 * page, "MAYMOVE|FIXED", to + page);
	if (moved == MAP_FAILED && call_last()->error == EFAULT) {
		area_expect_filled(from, 0, 3, "the mappings");
		verdict_unsupported("mremap moves one mapping at a time");
	}
	call_expect("ok");
	call_expect_at(moved, to + page);
	area_expect_filled(to + page, 0, 3, "the mappings moved");
	probe_expect_store(to + page, "the first mapping", "ok");
	probe_expect_store(to + 2 * page, "the read-only mapping", "SIGSEGV");
	probe_expect_store(to + 3 * page, "the third mapping", "ok");
	for (size_t i = 0; i < 3; i++)
		area_expect_gone(from + i * page, "a page of the old place");
	probe_expect_load(to, "the page before", "SIGSEGV");
	probe_expect_load(to + 4 * page, "the page behind", "SIGSEGV");
	verdict_observe("all moved");
}

#define TABLE ((size_t)2 << 20) /* what one table of pages maps, or a part */

/*
 * A mark in each page, moved from and to both sides of a table's boundary;
 * advised first, if there is an advice.
 */
static void
expect_moved_whole(const char *advice)
{
	size_t page = view_page(), length = 2 * TABLE + 2 * page;
	size_t pages = length / page;

	for (size_t i = 0; i < 4; i++) {
		unsigned char *room =
		    area_reserve_aligned(pages + 2, TABLE) + i / 2 * page;
		unsigned char *from =
		    area_reserve_aligned(pages + 2, TABLE) + i % 2 * page;
		size_t lost = 0;

		area_protect(from, pages, RW);
		if (advice != NULL && call_madvise(from, length, advice) == -1)
			verdict_unsupported("madvise has no %s here", advice);
		for (size_t j = 0; j < pages; j++)
			from[j * page] = (unsigned char)(1 + j % 255);
		move_to(room, from, length, length);
		for (size_t j = 0; j < pages; j++)
			lost += probe_byte(room + j * page) !=
			    (unsigned char)(1 + j % 255);
		verdict_expect(lost == 0, "every page", "%zu of %zu pages lost",
		    lost, pages);
		area_expect_gone(from, "the first page of the old place");
		area_expect_gone(
		    from + length - page, "the last page of the old place");
		area_free(room, pages);
	}
	verdict_observe("every page");
}

static void
across_page_tables(void)
{
	expect_moved_whole(NULL);
}

/* What huge pages hold, where the system gives any, is moved or split. */
static void
across_huge_pages(void)
{
	expect_moved_whole("HUGEPAGE");
}

/*
 * ----- What it stays --------------------------------------------------------
 */

/* Protection, type and object as they were, moved or not. */
static void
expect_same_kind(struct view_region was, const unsigned char *addr)
{
	struct view_region is = view_region(addr);

	verdict_expect(is.prot == was.prot && is.shared == was.shared &&
		is.inode == was.inode && is.offset == was.offset,
	    "the same kind of mapping", "%s%s", names_prot(is.prot),
	    is.shared == 1 ? ", shared" : "");
}

static void
same_size(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *kinds[2];

	kinds[0] = area_object(&file, 1, 2, R, true);
	kinds[1] = area_object(&file, 1, 2, RW, false);
	for (size_t i = 0; i < 2; i++) {
		struct view_region was = view_region(kinds[i]);
		unsigned char *got = call_mremap(kinds[i], 2 * page, 2 * page,
		    i == 0 ? "" : "MAYMOVE", NULL);

		call_expect("ok");
		call_expect_at(got, kinds[i]);
		expect_same_kind(was, got);
		probe_expect_pattern(got, 2 * page, (off_t)page, "the mapping");
	}
	verdict_observe("nothing changed");
}

static void
kind_kept_when_moved(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *to = area_reserve(2);
	unsigned char *old = area_object(&file, 1, 2, R, true);
	struct view_region was = view_region(old);

	move_to(to, old, 2 * page, 2 * page);
	expect_same_kind(was, to);
	probe_expect_store(to, "the read-only mapping", "SIGSEGV");
	old = area_anon(2, RW);
	was = view_region(old);
	move_to(to, old, 2 * page, 2 * page);
	expect_same_kind(was, to);
	probe_expect_store(to, "the writable mapping", "ok");
	verdict_observe("the same kind of mapping");
}

/*
 * ----- MREMAP_DONTUNMAP -----------------------------------------------------
 */

/* Moves two pages and leaves the old place mapped. */
static unsigned char *
move_contents(unsigned char *old, const char *flags, unsigned char *place)
{
	size_t length = 2 * view_page();
	unsigned char *moved = call_mremap(old, length, length, flags, place);

	if (moved == MAP_FAILED && call_last()->error == EINVAL)
		verdict_unsupported(
		    "MREMAP_DONTUNMAP is not known for this memory");
	call_expect("ok");
	verdict_either(moved != old, "another place", "the same place");
	return moved;
}

static void
expect_emptied(unsigned char *old, unsigned char *moved)
{
	size_t page = view_page();

	area_expect_kept(moved, 0, 2, "the pages moved");
	probe_expect_bytes(old, 2 * page, 0, "the old place");
	probe_expect_store(old, "the old place", "ok");
	area_expect_filled(moved, 0, 2, "the pages moved");
	verdict_observe("moved, the old place mapped and empty");
}

static void
old_place_emptied(void)
{
	unsigned char *old = area_filled(4);

	expect_emptied(old, move_contents(old, "MAYMOVE|DONTUNMAP", NULL));
	area_expect_kept(old, 2, 2, "the pages behind the old place");
	verdict_observe("moved, the old place mapped and empty");
}

static void
old_place_emptied_fixed(void)
{
	size_t page = view_page();
	unsigned char *old = area_filled(2), *to = area_filled(4);
	unsigned char *moved =
	    move_contents(old, "MAYMOVE|FIXED|DONTUNMAP", to + page);

	call_expect_at(moved, to + page);
	expect_emptied(old, moved);
	area_expect_kept(to, 0, 1, "the page before the target");
	area_expect_kept(to, 3, 1, "the page behind the target");
	verdict_observe("moved, the old place mapped and empty");
}

/* The object is not emptied: both places show it. */
static void
old_place_of_shared(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *old = area_object(&file, 0, 2, RW, true);
	unsigned char *moved = move_contents(old, "MAYMOVE|DONTUNMAP", NULL);

	probe_expect_pattern(moved, 2 * page, 0, "the new place");
	probe_expect_pattern(old, 2 * page, 0, "the old place");
	moved[page] = probe_other_byte(moved[page]);
	verdict_either(
	    probe_byte(old + page) == moved[page], "shared", "a copy");
	verdict_observe("both places show the file");
}

/*
 * ----- Old size 0 -----------------------------------------------------------
 */

/* Private memory is refused: mremap_errors_test. */
static void
expect_duplicate(unsigned char *first)
{
	size_t page = view_page();
	unsigned char *second =
	    call_mremap(first, 0, 2 * page, "MAYMOVE", NULL);

	call_expect("ok");
	verdict_either(second != first, "another place", "the same place");
	for (size_t i = 0; i < 2; i++) {
		unsigned char *one = first + i * page, *two = second + i * page;

		*one = probe_other_byte(*one);
		probe_expect_byte(
		    probe_byte(two), *one, "a store in the first");
		*two = probe_other_byte(*two);
		probe_expect_byte(
		    probe_byte(one), *two, "a store in the second");
	}
	verdict_observe("two mappings of the same pages");
}

static void
duplicate_of_anonymous(void)
{
	expect_duplicate(area_shared(2));
}

static void
duplicate_of_file(void)
{
	struct object file = object_make(FILE_RW, 2 * view_page());

	expect_duplicate(area_object(&file, 0, 2, RW, true));
}

/*
 * ----- Pages of files in another order --------------------------------------
 */

/*
 * Page i of the mapping must show page PAGES - 1 - i of the file; the page
 * behind stays as it was.
 */
static void
expect_reversed(const unsigned char *mapped)
{
	size_t page = view_page();

	for (size_t i = 0; i < PAGES; i++)
		probe_expect_pattern(mapped + i * page, page,
		    (off_t)((PAGES - 1 - i) * page), "a reversed page");
	probe_expect_pattern(mapped + PAGES * page, page, (off_t)(PAGES * page),
	    "the page behind");
	verdict_observe("the pages reversed");
}

static void
reversed_by_remap_file_pages(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, (PAGES + 1) * page);
	unsigned char *mapped = area_object(&file, 0, PAGES + 1, RW, true);

	for (size_t i = 0; i < PAGES; i++) {
		call_remap_file_pages(
		    mapped + i * page, page, NONE, PAGES - 1 - i);
		call_expect("ok");
	}
	expect_reversed(mapped);
}

static void
reversed_by_overlays(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, (PAGES + 1) * page);
	unsigned char *mapped = area_object(&file, 0, PAGES + 1, RW, true);

	for (size_t i = 0; i < PAGES; i++) {
		call_mmap_at(mapped + i * page, page, RW, "SHARED|FIXED",
		    file.fd, (off_t)((PAGES - 1 - i) * page));
	}
	expect_reversed(mapped);
	verdict_observe("the pages reversed; remap_file_pages is %s",
	    view_find_function("remap_file_pages") != NULL ? "present"
							   : "absent");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(grown_by_moving, MREMAP_EXISTS, grown_by_moving),
	CODE(grown_into_place, MREMAP_FIXED_PLACE, grown_into_place),
	CODE(middle_to_middle, MREMAP_NEIGHBOURS_KEPT, middle_to_middle),
	CODE(into_reservation, MREMAP_NEIGHBOURS_KEPT, into_reservation),
	CODE(neighbour_in_same_region, MREMAP_NEIGHBOURS_KEPT, neighbour_in_same_region),
	CODE(grown_then_shrunk, MREMAP_NEIGHBOURS_KEPT, grown_then_shrunk),
	CODE(smaller_elsewhere, MREMAP_FIXED_SMALLER, smaller_elsewhere),
	CODE(shrunk_over_regions, MREMAP_SHRINKS_OVER_REGIONS, shrunk_over_regions),
	CODE(several_moved, MREMAP_MOVES_SEVERAL, several_moved),
	CODE(across_page_tables, MREMAP_ANY_ALIGNMENT, across_page_tables),
	CODE(across_huge_pages, MREMAP_ANY_ALIGNMENT, across_huge_pages),
	CODE(same_size, MREMAP_SAME_SIZE, same_size),
	CODE(kind_kept_when_moved, MREMAP_KIND_KEPT, kind_kept_when_moved),
	CODE(old_place_emptied, MREMAP_DONTUNMAP_EMPTIES, old_place_emptied),
	CODE(old_place_emptied_fixed, MREMAP_DONTUNMAP_EMPTIES, old_place_emptied_fixed),
	CODE_DIRS(old_place_of_shared, MREMAP_DONTUNMAP_SHARED, old_place_of_shared),
	CODE(duplicate_of_anonymous, MREMAP_DUPLICATES_SHARED, duplicate_of_anonymous),
	CODE_DIRS(duplicate_of_file, MREMAP_DUPLICATES_SHARED, duplicate_of_file),
	CODE_DIRS(reversed_by_remap_file_pages, REMAP_FILE_PAGES_REARRANGES, reversed_by_remap_file_pages),
	CODE_DIRS(reversed_by_overlays, REMAP_FILE_PAGES_LINUX_ONLY, reversed_by_overlays),
};
/* clang-format on */

SUITE_PROGRAM(cases)
