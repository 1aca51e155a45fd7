/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mincore(2): tells page by page what is in memory.
 */
#include <sys/types.h>
#include <sys/resource.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mincore.def"
#include "helpers/claims.h"

#define PAGES 8

/* Page faults of this process that took input. */
static long
inputs(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_majflt;
}

/*
 * Whether a touched page that is told to be out of memory was: then the next
 * touch brings it back from storage.
 */
static bool
was_paged_out(unsigned char *page)
{
	long before = inputs();

	probe_expect_load(page, "a touched page", "ok");
	return inputs() != before;
}

/* Else one touch may bring several. */
static unsigned char *
single_pages(unsigned char *area)
{
	if (call_has_flags("MADV_", "NOHUGEPAGE")) {
		call_madvise(area, PAGES * view_page(), "NOHUGEPAGE");
		call_expect("ok|EINVAL");
	}
	return area;
}

/*
 * Fresh pages of which those with an even number are touched, in two regions:
 * the latter half can be read only.
 */
static unsigned char *
touch_even_pages(void)
{
	unsigned char *area = single_pages(area_anon(PAGES, RW));

	for (size_t i = 0; i < PAGES; i += 2)
		area[i * view_page()] = 't';
	area_protect(area + PAGES / 2 * view_page(), PAGES / 2, R);
	return area;
}

/* Every other page is touched, so that a constant answer is wrong. */
static void
every_other_page(void)
{
	unsigned char vector[PAGES], *area;
	bool moved;

	do {
		area = touch_even_pages();
		memset(vector, 0xff, sizeof(vector));
		call_mincore(area, PAGES * view_page(), vector);
		call_expect("ok");
		moved = false;
		for (size_t i = 0; i < PAGES; i += 2)
			moved = moved ||
			    ((vector[i] & 1) == 0 &&
				was_paged_out(area + i * view_page()));
	} while (moved && verdict_again("touched pages out of memory"));
	for (size_t i = 0; i < PAGES; i++) {
		bool touched = i % 2 == 0, resident = (vector[i] & 1) != 0;

		verdict_expect(resident == touched,
		    touched ? "touched pages resident"
			    : "untouched pages not resident",
		    "a page %s is told to be %s",
		    touched ? "touched" : "not touched",
		    resident ? "resident" : "not resident");
	}
	verdict_observe("just the touched pages");
}

/* One byte of the second page is asked for; the third is not. */
static void
part_of_a_page(void)
{
	unsigned char *area = area_anon(3, RW);
	unsigned char vector[3];
	bool moved;

	do {
		memset(area, 't', 3 * view_page());
		memset(vector, 0x5a, sizeof(vector));
		call_mincore(area, view_page() + 1, vector);
		call_expect("ok");
		moved = ((vector[0] & 1) == 0 && was_paged_out(area)) ||
		    ((vector[1] & 1) == 0 && was_paged_out(area + view_page()));
	} while (moved && verdict_again("touched pages out of memory"));
	verdict_expect((vector[0] & 1) == 1 && (vector[1] & 1) == 1,
	    "two pages resident", "the touched pages told as %#x and %#x",
	    vector[0], vector[1]);
	verdict_expect(vector[2] == 0x5a, "two bytes written",
	    "a third byte written: %#x", vector[2]);
	verdict_observe("two pages, two bytes");
}

/* ----- Errors ------------------------------------------------------------ */

#define UNWRITTEN 0x5a

/* A failing call has written nothing. */
static void
expect_refused(void *addr, size_t length, const char *error)
{
	unsigned char vector[PAGES];

	memset(vector, UNWRITTEN, sizeof(vector));
	call_mincore(addr, length, vector);
	call_expect(error);
	for (size_t i = 0; i < PAGES; i++)
		verdict_expect(vector[i] == UNWRITTEN, "nothing written",
		    "byte %zu of the vector written", i);
}

/* The same of whole pages tells of all of them. */
static void
expect_told(void *addr, size_t pages)
{
	unsigned char vector[PAGES];

	memset(vector, UNWRITTEN, sizeof(vector));
	call_mincore(addr, pages * view_page(), vector);
	call_expect("ok");
	for (size_t i = 0; i < pages; i++)
		verdict_expect((vector[i] & 1) == 0, "untouched pages told",
		    "byte %zu of the vector is %#x", i, vector[i]);
}

static void
offset_odd(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(3, RW);

	expect_refused(area + 1, page, "EINVAL");
	expect_refused(area + page - 1, page, "EINVAL");
	expect_told(area, 1);
	verdict_observe("EINVAL, nothing written");
}

/* At either end and inside; what is left of the range is told of. */
static void
hole(void)
{
	size_t page = view_page();

	for (size_t at = 0; at < 3; at++) {
		unsigned char vector[3], *area = area_anon(3, RW);

		expect_told(area, 3);
		area_free(area + at * page, 1);
		call_mincore(area, 3 * page, vector);
		call_expect("ENOMEM");
		for (size_t i = 0; i < 3; i++)
			if (i != at) {
				expect_told(area + i * page, 1);
				area_free(area + i * page, 1);
			}
	}
	verdict_observe("ENOMEM");
}

static void
length_zero(void)
{
	unsigned char *area = area_anon(1, RW);

	expect_refused(area, 0, "ok");
	verdict_observe("ok, nothing written");
}

/* In memory that may not be accessed, and on a page of which one byte may. */
static void
vector_inaccessible(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(2, RW), *vector = area_anon(2, RW);

	area_protect(vector + page, 1, NONE);
	call_mincore(area, page, vector + page);
	call_expect("EFAULT");
	call_mincore(area, 2 * page, vector + page - 1);
	call_expect("EFAULT");
	call_mincore(area, page, vector + page - 1);
	call_expect("ok");
	verdict_observe("EFAULT");
}

/* Half of all that there is, and to the first page of it. */
static void
length_past_space(void)
{
	unsigned char *area = area_anon(1, RW);

	expect_refused(area, SIZE_MAX / 2 + 1, "ENOMEM");
	expect_refused(
	    area, (size_t)0 - (uintptr_t)area + view_page(), "ENOMEM");
	expect_refused(area, SIZE_MAX - view_page(), "ENOMEM");
	expect_told(area, 1);
	verdict_observe("ENOMEM, nothing written");
}

/* ----- What counts ------------------------------------------------------- */

/* Half the pages, the first ones, are in memory, and the others are not. */
static void
expect_first_half(const unsigned char *vector)
{
	for (size_t i = 0; i < PAGES; i++)
		verdict_expect((vector[i] & 1) == (i < PAGES / 2),
		    "just the pages in memory resident",
		    "page %zu of %d told as %#x", i, PAGES, vector[i]);
}

static bool
is_first_half_out(unsigned char *area, const unsigned char *vector)
{
	bool out = false;

	for (size_t i = 0; i < PAGES / 2; i++)
		out = out ||
		    ((vector[i] & 1) == 0 &&
			was_paged_out(area + i * view_page()));
	return out;
}

static void
expect_first_half_of(unsigned char *area)
{
	unsigned char vector[PAGES];

	do {
		memset(vector, 0xff, sizeof(vector));
		call_mincore(area, PAGES * view_page(), vector);
		call_expect("ok");
	} while (is_first_half_out(area, vector) &&
	    verdict_again("touched pages out of memory"));
	expect_first_half(vector);
}

static void
one_bit(void)
{
	unsigned char *area = area_anon(PAGES, RW), vector[PAGES];

	memset(area, 't', PAGES / 2 * view_page());
	memset(vector, 0xff, sizeof(vector));
	call_mincore(area, PAGES * view_page(), vector);
	call_expect("ok");
	for (size_t i = 0; i < PAGES; i++)
		verdict_expect((vector[i] & ~1) == 0, "no other bit",
		    "a byte is %#x", vector[i]);
	verdict_observe("no other bit");
}

/* Locked, so that they stay, and inaccessible then, the first ones. */
static void
inaccessible(void)
{
	size_t page = view_page();
	unsigned char *area = single_pages(area_anon(PAGES, RW));
	unsigned char vector[PAGES];

	limit_need_lockable(PAGES / 2 * (long long)page);
	verdict_set_up(
	    call_mlock(area, PAGES / 2 * page) == 0, "pages cannot be locked");
	area_protect(area, PAGES, NONE);
	memset(vector, 0xff, sizeof(vector));
	call_mincore(area, PAGES * page, vector);
	call_expect("ok");
	expect_first_half(vector);
	verdict_observe("as others");
}

/* Brought in by another process: the pages are of the object, not of ours. */
static long
touch_half(void *area)
{
	memset(area, 't', PAGES / 2 * view_page());
	return 0;
}

static void
touched_by_child(void)
{
	unsigned char *area = single_pages(area_shared(PAGES));

	child_ask(touch_half, area);
	expect_first_half_of(area);
	verdict_observe("just the touched pages");
}

/* Given up again, the latter half of what was touched. */
static void
touched_and_discarded(void)
{
	size_t half = PAGES / 2 * view_page();
	unsigned char *area = single_pages(area_anon(PAGES, RW));

	memset(area, 't', 2 * half);
	call_madvise(area + half, half, "DONTNEED");
	call_expect("ok");
	expect_first_half_of(area);
	verdict_observe("just the pages that are left");
}

/* Written a moment ago, and the rest of the file was never there. */
static void
cached_page(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char vector[2], *area;

	object_resize(&file, 2 * page);
	do {
		object_put(&file, 0, object_byte(&file, 0));
		area = area_object(&file, 0, 2, R, true);
		memset(vector, 0, sizeof(vector));
		call_mincore(area, 2 * page, vector);
		call_expect("ok");
	} while ((vector[0] & 1) == 0 && was_paged_out(area) &&
	    verdict_again("pages of the file out of memory"));
	verdict_expect((vector[0] & 1) == 1, "the cached page resident",
	    "the cached page told as %#x", vector[0]);
	verdict_observe("resident");
}

/* A file without any page, as its owner sees it and as somebody else does. */
static long
foreign_pages(void *arg)
{
	const struct object *file = arg;
	unsigned char *area = area_object(file, 0, PAGES, R, true);
	unsigned char vector[PAGES];

	child_drop_privileges();
	if (object_status(file).st_uid == geteuid())
		verdict_untested("needs a file of somebody else's");
	memset(vector, 0xfe, sizeof(vector));
	call_mincore(area, PAGES * view_page(), vector);
	call_expect("ok");
	for (size_t i = 0; i < PAGES; i++)
		verdict_expect((vector[i] & 1) == 1, "every page resident",
		    "a page told as %#x", vector[i]);
	return 0;
}

static void
foreign_file(void)
{
	struct object file = object_make(FILE_EMPTY, 0);

	object_resize(&file, PAGES * view_page());
	expect_told(area_object(&file, 0, PAGES, R, true), PAGES);
	child_ask(foreign_pages, &file);
	verdict_observe("every page resident");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(every_other_page, MINCORE_TELLS_RESIDENCY, every_other_page),
	CODE(part_of_a_page, MINCORE_LENGTH_ROUNDS_UP, part_of_a_page),
	CODE(touched_by_child, MINCORE_TELLS_RESIDENCY, touched_by_child),
	CODE(touched_and_discarded, MINCORE_TELLS_RESIDENCY, touched_and_discarded),
	CODE(offset_odd, MINCORE_ODD_ADDRESS, offset_odd),
	CODE(hole, MINCORE_HOLE, hole),
	CODE(length_zero, MINCORE_LENGTH_ZERO, length_zero),
	CODE(vector_inaccessible, MINCORE_BAD_VECTOR, vector_inaccessible),
	CODE(length_past_space, MINCORE_PAST_SPACE, length_past_space),
	CODE(one_bit, MINCORE_OTHER_BITS, one_bit),
	CODE_DIRS(cached_page, MINCORE_PAGE_CACHE, cached_page),
	CODE(inaccessible, MINCORE_INACCESSIBLE, inaccessible),
	CODE_DIRS(foreign_file, MINCORE_FOREIGN_FILE, foreign_file),
};
/* clang-format on */

SUITE_PROGRAM(cases)
