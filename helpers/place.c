/* SPDX-License-Identifier: BSD-2-Clause */
#include "area.h"
#include "call.h"
#include "names.h"
#include "place.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

unsigned char *
place_hole(size_t pages)
{
	unsigned char *start = area_filled(pages);

	area_free(start + view_page(), pages - 2);
	return start;
}

void
place_expect_edges(const unsigned char *hole, size_t pages)
{
	verdict_either(area_still_filled(hole, 0, 1) &&
		area_still_filled(hole, pages - 1, 1),
	    "neighbours kept", "neighbours changed");
}

void
place_expect_usable(unsigned char *addr, size_t length)
{
	probe_expect_bytes(addr, length, 0, "the new mapping");
	probe_expect_store(addr, "its first byte", "ok");
	probe_expect_store(addr + length - 1, "its last byte", "ok");
}

void
place_expect_exact(const char *flags)
{
	size_t page = view_page();
	unsigned char *start = place_hole(8), *there = start + 3 * page;

	call_mmap_at(there, 2 * page, RW, flags, -1, 0);
	place_expect_usable(there, 2 * page);
	place_expect_edges(start, 8);
	verdict_observe("mapped at the address asked for");
}

void
place_expect_refusal(const char *flags, const char *error)
{
	size_t page = view_page();
	unsigned char *used = area_filled(3);

	call_mmap(used + page, page, RW, flags, -1, 0);
	call_expect(error);
	verdict_either(area_still_filled(used, 0, 3), "the pages in use kept",
	    "the pages in use changed");
	probe_expect_store(used + page, "the page in use", "ok");
	place_expect_exact(flags);
	verdict_observe("%s, the pages in use kept", error);
}

void
place_expect_collision(const char *flags, const char *error)
{
	size_t page = view_page();

	for (size_t used = 0; used < 3; used++) {
		unsigned char *start = area_filled(3);

		for (size_t i = 0; i < 3; i++)
			if (i != used)
				area_free(start + i * page, 1);
		call_mmap(start, 3 * page, RW, flags, -1, 0);
		call_expect(error);
		verdict_either(area_still_filled(start, used, 1),
		    "the page in use kept", "the page in use changed");
		for (size_t i = 0; i < 3; i++)
			verdict_either(
			    i == used || !area_is_mapped(start + i * page),
			    "free pages left free", "a free page mapped");
	}
	place_expect_exact(flags);
	verdict_observe("%s, the page in use kept", error);
}
