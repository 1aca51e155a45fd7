/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * munmap(2): what is removed of a range, what is not, and what is refused.  A
 * call that fails has unmapped nothing.
 */
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/munmap.def"
#include "helpers/claims.h"

/*
 * ----- What is refused -----------------------------------------------------
 */

#define PAGES 4 /* of the memory that a refused call must leave alone */

/* The memory at start must survive the call, which is made here. */
static void
expect_refused(unsigned char *start, void *addr, size_t length)
{
	call_munmap(addr, length);
	call_expect("EINVAL");
	area_expect_filled(start, 0, PAGES, "the memory");
}

/* A page from its start on is what can be unmapped. */
static void
expect_sound(unsigned char *start)
{
	area_unmap(start + view_page(), view_page());
	area_expect_filled(start, 0, 1, "the page before");
	area_expect_filled(start, 2, 2, "the pages behind");
	verdict_observe("EINVAL");
}

static void
length_zero(void)
{
	unsigned char *start = area_filled(PAGES);

	expect_refused(start, start + view_page(), 0);
	expect_refused(start, start, 0);
	expect_sound(start);
}

static void
length_zero_in_free_room(void)
{
	unsigned char *start = area_filled(PAGES);
	unsigned char *vacant = area_vacant(1);

	expect_refused(start, vacant, 0);
	call_munmap(vacant, view_page());
	call_expect("ok");
	verdict_observe("EINVAL");
}

/* The end lies before the start, at zero, and just before zero. */
static void
length_wraps(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);

	expect_refused(start, start + page, SIZE_MAX - page + 1);
	expect_refused(start, start + page, 0 - (uintptr_t)(start + page));
	expect_refused(start, start + page, SIZE_MAX - (2 * page) + 2);
	expect_sound(start);
}

/* Rounded up to pages it would be zero. */
static void
length_wraps_by_rounding(void)
{
	unsigned char *start = area_filled(PAGES);

	expect_refused(start, start + view_page(), SIZE_MAX);
	expect_refused(start, start + view_page(), SIZE_MAX - view_page() + 2);
	expect_sound(start);
}

static void
past_the_end(void)
{
	unsigned char *start = area_filled(PAGES);

	expect_refused(start, view_high(), view_page());
	expect_sound(start);
}

/* From memory of this process on to where no process has any. */
static void
end_past_the_end(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);
	size_t length =
	    (size_t)((uintptr_t)view_high() - (uintptr_t)(start + page));

	expect_refused(start, start + page, length + page);
	expect_sound(start);
}

static void
addr_odd(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);

	expect_refused(start, start + page + 1, page);
	expect_refused(start, start + page + page / 2, 1);
	expect_refused(start, start + page - 1, 1);
	expect_sound(start);
}

/*
 * ----- What is removed -----------------------------------------------------
 */

static void
nothing_there(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(5);

	area_free(used + page, 3);
	call_munmap(used + page, 3 * page);
	call_expect("ok");
	call_munmap(used + 2 * page, 1);
	call_expect("ok");
	area_expect_kept(used, 0, 1, "the page before");
	area_expect_kept(used, 4, 1, "the page behind");
	verdict_observe("ok");
}

/* Nobody else maps between the calls: one thread, and nothing allocated. */
static void
expect_all_gone(unsigned char *start, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		area_expect_gone(
		    start + i * view_page(), "a page of the range");
}

/*
 *	file, shared | anonymous, read-only | file, private | anonymous
 */
static void
several_mappings(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *start = area_filled(6);

	call_mmap_at(start + page, page, RW, "SHARED|FIXED", file.fd, 0);
	call_mmap_at(start + 2 * page, page, R, "PRIVATE|ANON|FIXED", -1, 0);
	call_mmap_at(
	    start + 3 * page, page, RW, "PRIVATE|FIXED", file.fd, (off_t)page);
	call_munmap(start + page, 4 * page);
	call_expect("ok");
	expect_all_gone(start, 1, 5);
	area_expect_kept(start, 0, 1, "the page before");
	area_expect_kept(start, 5, 1, "the page behind");
	verdict_observe("all gone, its neighbours kept");
}

/*
 * Free room at its start, in its middle and at its end:
 *
 *	| x |   | x |   | x |   | x |
 *	    |<--     range    -->|
 */
static void
gaps(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(7);

	for (size_t i = 1; i < 7; i += 2)
		area_free(start + i * page, 1);
	call_munmap(start + page, 5 * page);
	call_expect("ok");
	expect_all_gone(start, 1, 6);
	area_expect_kept(start, 0, 1, "the page before");
	area_expect_kept(start, 6, 1, "the page behind");
	verdict_observe("all gone, its neighbours kept");
}

/* Lengths on both sides of a page's end. */
static void
last_page_partly(void)
{
	size_t page = view_page();
	const struct {
		size_t length, pages;
	} ranges[] = { { 1, 1 }, { page - 1, 1 }, { page, 1 }, { page + 1, 2 },
		{ 2 * page - 1, 2 }, { 2 * page, 2 }, { 2 * page + 1, 3 } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		unsigned char *start = area_filled(5);

		call_munmap(start + page, ranges[i].length);
		call_expect("ok");
		expect_all_gone(start, 1, 1 + ranges[i].pages);
		area_expect_filled(start, 0, 1, "the page before");
		area_expect_filled(start, 1 + ranges[i].pages,
		    4 - ranges[i].pages, "the pages behind");
		area_free(start, 5);
	}
	verdict_observe("whole pages");
}

/* Each kind of memory, unmapped after it was touched. */
static void
reference_after(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *kinds[4];

	kinds[0] = area_filled(1);
	kinds[1] = area_shared(1);
	kinds[2] = area_object(&file, 0, 1, RW, true);
	kinds[3] = area_object(&file, 0, 1, RW, false);
	for (size_t i = 0; i < 4; i++) {
		kinds[i][0] = 'x';
		call_munmap(kinds[i], page);
		call_expect("ok");
		probe_expect_load(kinds[i], "the page unmapped", "SIGSEGV");
		probe_expect_store(
		    kinds[i] + page - 1, "the page unmapped", "SIGSEGV");
	}
	verdict_observe("SIGSEGV");
}

/* The segment's memory lives as long as a page of it is attached. */
static void
part_of_segment(void)
{
	size_t page = view_page();
	int id = shmget(IPC_PRIVATE, 3 * page, IPC_CREAT | 0600);
	unsigned char *start;

	if (id == -1)
		verdict_untested("needs a System V segment");
	start = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	if (start == (void *)-1)
		verdict_broken("shmat");
	area_fill(start, 3);
	area_unmap(start + page, page);
	area_expect_kept(start, 0, 1, "the first page");
	area_expect_kept(start, 2, 1, "the last page");
	if (shmdt(start) == -1)
		verdict_fail("shmdt", "ok", "refused");
	expect_all_gone(start, 0, 3);
	verdict_observe("a page gone, the others kept until shmdt");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(length_zero,		MUNMAP_LENGTH_ZERO,	length_zero),
	CODE(length_zero_in_free_room,	MUNMAP_LENGTH_ZERO,	length_zero_in_free_room),
	CODE(length_wraps,		MUNMAP_OUTSIDE,		length_wraps),
	CODE(length_wraps_by_rounding,	MUNMAP_OUTSIDE,		length_wraps_by_rounding),
	CODE(past_the_end,		MUNMAP_OUTSIDE,		past_the_end),
	CODE(end_past_the_end,		MUNMAP_OUTSIDE,		end_past_the_end),
	CODE(addr_odd,			MUNMAP_ADDR_UNALIGNED,	addr_odd),
	CODE(nothing_there,		MUNMAP_NOTHING_MAPPED,	nothing_there),
	CODE(several_mappings,		MUNMAP_WHOLE_RANGE,	several_mappings),
	CODE(gaps,			MUNMAP_WHOLE_RANGE,	gaps),
	CODE(last_page_partly,		MUNMAP_WHOLE_PAGES,	last_page_partly),
	CODE(reference_after,		MUNMAP_MAKES_SEGV,	reference_after),
	CODE(part_of_segment,		MUNMAP_PART_OF_SEGMENT,	part_of_segment),
};
/* clang-format on */

SUITE_PROGRAM(cases)
