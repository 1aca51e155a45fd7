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

#include "helpers/area.h"
#include "helpers/call.h"
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
		call_remap_file_pages(mapped + i * page, page, PAGES - 1 - i);
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
	CODE_DIRS(reversed_by_remap_file_pages, REMAP_FILE_PAGES_REARRANGES, reversed_by_remap_file_pages),
	CODE_DIRS(reversed_by_overlays, REMAP_FILE_PAGES_LINUX_ONLY, reversed_by_overlays),
};
/* clang-format on */

SUITE_PROGRAM(cases)
