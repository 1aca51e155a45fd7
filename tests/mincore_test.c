/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mincore(2): tells page by page what is in memory.
 */
#include <sys/types.h>

#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/suite.h"

/* Every other page is touched, so that a constant answer is wrong. */
static void
every_other_page(void)
{
	enum {
		PAGES = 8
	};
	unsigned char *area = area_anon(PAGES, RW);
	unsigned char vector[PAGES];

	for (size_t i = 0; i < PAGES; i += 2)
		area[i * suite_page()] = 't';
	memset(vector, 0xff, sizeof(vector));
	call_mincore(area, PAGES * suite_page(), vector);
	call_expect("ok");
	for (size_t i = 0; i < PAGES; i++)
		suite_expect((vector[i] & 1) == (i % 2 == 0),
		    i % 2 == 0 ? "touched pages resident"
			       : "untouched pages not resident",
		    "a page %s is told to be %s",
		    i % 2 == 0 ? "touched" : "not touched",
		    (vector[i] & 1) != 0 ? "resident" : "not resident");
	suite_observe("just the touched pages");
}

/* One byte of the second page is asked for; the third is not. */
static void
part_of_a_page(void)
{
	unsigned char *area = area_anon(3, RW);
	unsigned char vector[3];

	memset(area, 't', 3 * suite_page());
	memset(vector, 0x5a, sizeof(vector));
	call_mincore(area, suite_page() + 1, vector);
	call_expect("ok");
	suite_expect((vector[0] & 1) == 1 && (vector[1] & 1) == 1,
	    "two pages resident", "the touched pages told as %#x and %#x",
	    vector[0], vector[1]);
	suite_expect(vector[2] == 0x5a, "two bytes written",
	    "a third byte written: %#x", vector[2]);
	suite_observe("two pages, two bytes");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(every_other_page, MINCORE_TELLS_RESIDENCY, every_other_page),
	CODE(part_of_a_page, MINCORE_LENGTH_ROUNDS_UP, part_of_a_page),
};
/* clang-format on */

SUITE_PROGRAM(cases)
