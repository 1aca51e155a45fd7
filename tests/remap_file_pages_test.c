/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remap_file_pages(2) of Linux beyond the order of pages, which mremap_test
 * looks at: what it takes, what it refuses, and what becomes of the mapping.
 */
#include <sys/types.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/remap_file_pages.def"
#include "helpers/claims.h"

#define PAGES 8 /* of the file and of its mapping */

/* The page at addr shows that page of the file. */
static void
expect_shows(const unsigned char *addr, size_t number)
{
	size_t page = view_page();

	probe_expect_pattern(
	    addr, page, (off_t)(number * page), "a page of the mapping");
}

/* Page 1 is to show page 2 and is refused; what would work then does. */
static void
expect_refused(unsigned char *mapped, int prot, unsigned char *sound)
{
	size_t page = view_page();

	call_remap_file_pages(mapped + page, page, prot, 2);
	call_expect("EINVAL");
	for (size_t i = 0; i < 3; i++)
		expect_shows(mapped + i * page, i);
	call_remap_file_pages(sound + page, page, NONE, 2);
	call_expect("ok");
	expect_shows(sound + page, 2);
	verdict_observe("EINVAL");
}

static void
prot_given(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());
	unsigned char *mapped = area_object(&file, 0, PAGES, RW, true);

	expect_refused(mapped, R, mapped);
}

static void
private_mapping(void)
{
	struct object file = object_make(FILE_RW, PAGES * view_page());

	expect_refused(area_object(&file, 0, PAGES, RW, false), NONE,
	    area_object(&file, 0, PAGES, RW, true));
}

static void
nothing_mapped(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, PAGES * page);
	unsigned char *mapped = area_object(&file, 0, PAGES, RW, true);

	area_free(mapped + page, 1);
	call_remap_file_pages(mapped + page, page, NONE, 2);
	call_expect("EINVAL");
	area_expect_gone(mapped + page, "the place without memory");
	call_remap_file_pages(mapped, page, NONE, 2);
	call_expect("ok");
	expect_shows(mapped, 2);
	verdict_observe("EINVAL");
}

/* A hundred bytes further on, and longer: pages 1 and 2, and no other. */
static void
rounded_down(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, PAGES * page);
	unsigned char *mapped = area_object(&file, 0, PAGES, RW, true);

	call_remap_file_pages(
	    mapped + page + 100, 2 * page + 100, NONE, PAGES - 2);
	call_expect("ok");
	expect_shows(mapped, 0);
	expect_shows(mapped + page, PAGES - 2);
	expect_shows(mapped + 2 * page, PAGES - 1);
	expect_shows(mapped + 3 * page, 3);
	verdict_observe("the pages that they begin in");
}

/* The other descriptor, whose mapping can be written, is taken first. */
static void
read_only_descriptor(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RO, PAGES * page);
	unsigned char *sound = area_object(&file, 0, PAGES, R, true);
	unsigned char *mapped = call_map(PAGES * page, R, "SHARED", file.fd, 0);

	call_remap_file_pages(sound + page, page, NONE, 2);
	call_expect("ok");
	expect_shows(sound + page, 2);
	call_remap_file_pages(mapped + page, page, NONE, 2);
	call_expect("ok");
	expect_shows(mapped + page, 2);
}

static void
protection_kept(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, PAGES * page);
	unsigned char *mapped = area_object(&file, 0, PAGES, RW, true);

	area_protect(mapped, 2, R);
	call_remap_file_pages(mapped, page, NONE, 3);
	call_expect("ok");
	probe_expect_store(mapped, "a page read-only before", "SIGSEGV");
	expect_shows(mapped, 3);
	call_remap_file_pages(mapped + 4 * page, page, NONE, 5);
	call_expect("ok");
	mapped[4 * page] = probe_other_byte(mapped[4 * page]);
	probe_expect_byte(object_byte(&file, (off_t)(5 * page)),
	    mapped[4 * page], "the file's byte");
	probe_expect_byte(probe_byte(mapped + 5 * page), mapped[4 * page],
	    "the byte in the page that shows the same");
	verdict_observe("protection and sharing kept");
}

static void
regions_of_reversed(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, PAGES * page);
	unsigned char *mapped = area_object(&file, 0, PAGES, RW, true);
	struct view_region whole;

	for (size_t i = 0; i < PAGES; i++) {
		call_remap_file_pages(
		    mapped + i * page, page, NONE, PAGES - 1 - i);
		call_expect("ok");
	}
	for (size_t i = 0; i < PAGES; i++)
		expect_shows(mapped + i * page, PAGES - 1 - i);
	whole = view_region(mapped);
	verdict_either(whole.end - (uintptr_t)mapped >= PAGES * page,
	    "one region", "several regions");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(prot_given, REMAP_FILE_PAGES_PROT_ZERO, prot_given),
	CODE(private_mapping, REMAP_FILE_PAGES_NEEDS_SHARED, private_mapping),
	CODE(nothing_mapped, REMAP_FILE_PAGES_NEEDS_SHARED, nothing_mapped),
	CODE_DIRS(rounded_down, REMAP_FILE_PAGES_ROUNDS_DOWN, rounded_down),
	CODE(read_only_descriptor, REMAP_FILE_PAGES_READ_ONLY, read_only_descriptor),
	CODE_DIRS(protection_kept, REMAP_FILE_PAGES_PROTECTION_KEPT, protection_kept),
	CODE(regions_of_reversed, REMAP_FILE_PAGES_NO_REGIONS, regions_of_reversed),
};
/* clang-format on */

SUITE_PROGRAM(cases)
