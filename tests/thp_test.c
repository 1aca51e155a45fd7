/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the system may have put into one huge page, of which a program
 * gives up, or changes, some small pages:
 *
 *	| kept ........ | given up | kept ........ |
 *	 <------------- a huge page -------------->
 */
#include <sys/types.h>

#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/thp.def"
#include "helpers/claims.h"

#define HUGE  ((size_t)2 << 20) /* where pages are of 4 KiB */
#define COUNT 3                 /* small pages that are given up */

/* All of the byte 'h', in one huge page if the system likes. */
static unsigned char *
map_huge(void)
{
	unsigned char *start = area_reserve_aligned(HUGE / view_page(), HUGE);

	call_mmap_at(start, HUGE, RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_zeros(start, HUGE);
	if (call_has_flags("MADV_", "HUGEPAGE")) {
		call_madvise(start, HUGE, "HUGEPAGE");
		call_expect("ok|EINVAL");
	}
	memset(start, 'h', HUGE);
	return start;
}

/* A third of the way in. */
static unsigned char *
first_given_up(unsigned char *start)
{
	return start + HUGE / view_page() / 3 * view_page();
}

static void
expect_rest(unsigned char *start)
{
	size_t before = (size_t)(first_given_up(start) - start),
	       after = before + COUNT * view_page();

	probe_expect_bytes(start, before, 'h', "what lies before");
	probe_expect_bytes(
	    start + after, HUGE - after, 'h', "what lies behind");
}

static void
dontneed_part(void)
{
	unsigned char *start = map_huge();
	unsigned char *part = first_given_up(start);

	call_madvise(part, COUNT * view_page(), "DONTNEED");
	call_expect("ok");
	probe_expect_bytes(part, COUNT * view_page(), 0, "the part");
	expect_rest(start);
	memset(part, 'n', COUNT * view_page());
	expect_rest(start);
	verdict_observe("emptied, and the rest kept");
}

static void
unmapped_part(void)
{
	unsigned char *start = map_huge();
	unsigned char *part = first_given_up(start);

	call_munmap(part, COUNT * view_page());
	call_expect("ok");
	for (size_t i = 0; i < COUNT; i++)
		area_expect_gone(part + i * view_page(), "the part");
	expect_rest(start);
	verdict_observe("gone, and the rest kept");
}

static long
change_part(void *arg)
{
	unsigned char *start = arg, *part = first_given_up(start);

	call_mprotect(part, view_page(), NONE);
	call_expect("ok");
	call_munmap(part + view_page(), view_page());
	call_expect("ok");
	memset(part + 2 * view_page(), 'c', view_page());
	expect_rest(start);
	return 0;
}

static void
changed_by_child(void)
{
	unsigned char *start = map_huge();

	child_expect_fork();
	child_ask(change_part, start);
	probe_expect_bytes(start, HUGE, 'h', "the parent's memory");
	probe_expect_store(first_given_up(start), "the parent's memory", "ok");
	verdict_observe("the parent's memory kept");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(dontneed_part, THP_DONTNEED_PART, dontneed_part),
	CODE(unmapped_part, THP_MUNMAP_PART, unmapped_part),
	CODE(changed_by_child, THP_FORK_THEN_PART, changed_by_child),
};
/* clang-format on */

SUITE_PROGRAM(cases)
