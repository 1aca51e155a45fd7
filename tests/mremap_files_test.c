/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap(2) of mappings that have an object: what moved and grown pages show,
 * and where the object ends.
 */
#include <sys/types.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mremap_files.def"
#include "helpers/claims.h"

static void
expect_in_file(const struct object *file, size_t offset, unsigned char byte)
{
	probe_expect_byte(
	    object_byte(file, (off_t)offset), byte, "the file's byte");
}

static void
move(unsigned char *place, unsigned char *old, size_t pages)
{
	size_t length = pages * view_page();

	call_expect_at(
	    call_mremap(old, length, length, "MAYMOVE|FIXED", place), place);
}

/* Of three pages the middle one was changed, the last will be. */
static void
private_moved(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *old = area_object(&file, 0, 3, RW, false);
	unsigned char *to = area_reserve(4), own;

	own = old[page] = probe_other_byte(old[page]);
	move(to, old, 3);
	probe_expect_byte(probe_byte(to + page), own, "the changed byte");
	probe_expect_pattern(to + page + 1, page - 1, (off_t)page + 1,
	    "the rest of the changed page");
	probe_expect_pattern(to, page, 0, "the first page");
	probe_expect_pattern(
	    to + 2 * page, page, (off_t)(2 * page), "the last page");
	to[2 * page] = probe_other_byte(to[2 * page]);
	expect_in_file(&file, page, object_pattern((off_t)page));
	expect_in_file(&file, 2 * page, object_pattern((off_t)(2 * page)));
	verdict_observe("its own page kept, the file left alone");
}

static void
shared_moved(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *old = area_object(&file, 0, 2, RW, true);
	unsigned char *to = area_reserve(2);

	old[0] = probe_other_byte(old[0]);
	move(to, old, 2);
	expect_in_file(&file, 0, probe_byte(to));
	to[page] = probe_other_byte(to[page]);
	expect_in_file(&file, page, probe_byte(to + page));
	object_put(&file, 1, probe_other_byte(object_pattern(1)));
	probe_expect_byte(probe_byte(to + 1),
	    probe_other_byte(object_pattern(1)), "what was written");
	verdict_observe("shared with the file");
}

/* Two of four pages, the first of them changed. */
static void
private_grown(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 4 * page);
	unsigned char *old = area_object(&file, 0, 2, RW, false), *grown, own;

	own = old[0] = probe_other_byte(old[0]);
	grown = call_mremap(old, 2 * page, 4 * page, "MAYMOVE", NULL);
	call_expect("ok");
	probe_expect_byte(probe_byte(grown), own, "the changed byte");
	probe_expect_pattern(grown + 1, 4 * page - 1, 1, "the rest");
	probe_expect_store(grown + 4 * page - 1, "the last byte", "ok");
	expect_in_file(&file, 0, object_pattern(0));
	expect_in_file(
	    &file, 4 * page - 1, object_pattern((off_t)(4 * page - 1)));
	verdict_observe("the file in the pages added");
}

static void
shared_grown(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 4 * page);
	unsigned char *grown = call_mremap(area_object(&file, 1, 1, RW, true),
	    page, 3 * page, "MAYMOVE", NULL);

	call_expect("ok");
	probe_expect_pattern(grown, 3 * page, (off_t)page, "the mapping");
	grown[2 * page] = probe_other_byte(grown[2 * page]);
	expect_in_file(&file, 3 * page, probe_byte(grown + 2 * page));
	verdict_observe("the file in the pages added");
}

/* One page is there; the file may grow later, and shows then. */
static void
past_the_end(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *grown = call_mremap(area_object(&file, 0, 1, RW, true),
	    page, 2 * page, "MAYMOVE", NULL);

	call_expect("ok");
	probe_expect_pattern(grown, page, 0, "the first page");
	probe_expect_load(grown + page, "the page past the end", "SIGBUS");
	probe_expect_store(
	    grown + 2 * page - 1, "the page past the end", "SIGBUS");
	object_resize(&file, 2 * page);
	probe_expect_bytes(grown + page, page, 0, "the page in the file now");
	verdict_observe("SIGBUS");
}

static void
anonymous_past_object(void)
{
	size_t page = view_page();
	unsigned char *grown =
	    call_mremap(area_shared(1), page, 2 * page, "MAYMOVE", NULL);

	call_expect("ok");
	probe_expect_bytes(grown, page, 0, "the first page");
	probe_expect_load(grown + page, "the page added", "SIGBUS");
	verdict_observe("SIGBUS");
}

/*
 * The middle of three pages goes away, and back between its neighbours, which
 * the kernel may make one region again; then all of them move as one.
 */
static void
away_and_back(void)
{
	static const bool shared[] = { true, false };
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 4 * page);

	for (size_t i = 0; i < 2; i++) {
		unsigned char *start = area_object(&file, 1, 3, RW, shared[i]);
		unsigned char *to = area_reserve(3);

		move(to, start + page, 1);
		probe_expect_pattern(
		    to, page, (off_t)(2 * page), "the page moved away");
		move(start + page, to, 1);
		probe_expect_pattern(
		    start, 3 * page, (off_t)page, "the page moved back");
		area_expect_gone(to, "the place in between");
		move(to, start + page, 1);
		move(to + page, start + 2 * page, 1);
		probe_expect_pattern(
		    to, 2 * page, (off_t)(2 * page), "two pages moved");
		probe_expect_pattern(
		    start, page, (off_t)page, "the page left behind");
	}
	verdict_observe("the same place in the file");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(private_moved, MREMAP_PRIVATE_FILE_KEPT, private_moved),
	CODE_DIRS(shared_moved, MREMAP_SHARED_FILE_KEPT, shared_moved),
	CODE_DIRS(private_grown, MREMAP_GROWTH_SHOWS_FILE, private_grown),
	CODE_DIRS(shared_grown, MREMAP_GROWTH_SHOWS_FILE, shared_grown),
	CODE_DIRS(past_the_end, MREMAP_PAST_THE_END, past_the_end),
	CODE(anonymous_past_object, MREMAP_ANON_PAST_OBJECT, anonymous_past_object),
	CODE_DIRS(away_and_back, MREMAP_OFFSET_KEPT, away_and_back),
};
/* clang-format on */

SUITE_PROGRAM(cases)
