/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mincore(2): tells page by page what is in memory.
 */
#include <sys/types.h>
#include <sys/resource.h>

#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
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

/*
 * Fresh pages of which those with an even number are touched, in two regions:
 * the latter half can be read only.
 */
static unsigned char *
touch_even_pages(void)
{
	unsigned char *area = area_anon(PAGES, RW);

	/* Else one touch may bring several. */
	if (call_has_flags("MADV_", "NOHUGEPAGE")) {
		call_madvise(area, PAGES * view_page(), "NOHUGEPAGE");
		call_expect("ok|EINVAL");
	}
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

/* clang-format off */
static const struct row cases[] = {
	CODE(every_other_page, MINCORE_TELLS_RESIDENCY, every_other_page),
	CODE(part_of_a_page, MINCORE_LENGTH_ROUNDS_UP, part_of_a_page),
};
/* clang-format on */

SUITE_PROGRAM(cases)
