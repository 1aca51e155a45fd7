/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locking memory: pages become resident and are counted as locked.  Decided
 * by the kernel's count and by residency, never by the return value alone.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/suite.h"

#define PAGES 16

/* Ends the case unless this process may lock that many bytes. */
static void
need_lockable(long long bytes)
{
	const struct plat_facts *facts = suite_facts();

	if (facts->can_lock_memory != 1 && facts->rlimit_memlock >= 0 &&
	    facts->rlimit_memlock < bytes)
		suite_untested("needs RLIMIT_MEMLOCK of %lld bytes or the "
			       "privilege to lock memory",
		    bytes);
}

static size_t
resident_pages(const void *addr, size_t pages)
{
	unsigned char *vector = malloc(pages);
	size_t count = 0;
	int error;

	suite_set_up(vector != NULL, "no memory for a vector");
	error = plat_resident(addr, pages, vector);
	if (error == ENOTSUP)
		suite_untested("residency cannot be told here");
	suite_set_up(
	    error == 0, "residency of mapped pages: %s", names_errno(error));
	for (size_t i = 0; i < pages; i++)
		count += vector[i];
	free(vector);
	return count;
}

static long long
locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		suite_untested("locked memory cannot be counted here");
	return bytes;
}

static void
expect_locked(const void *addr, long long before)
{
	long long wanted = PAGES * (long long)suite_page();
	long long more = locked_bytes() - before;

	suite_expect(resident_pages(addr, PAGES) == PAGES, "all pages resident",
	    "%zu of %d pages resident", resident_pages(addr, PAGES), PAGES);
	suite_expect(more == wanted, "all pages counted as locked",
	    "%lld of %d pages counted as locked",
	    more / (long long)suite_page(), PAGES);
	suite_observe("resident and counted as locked");
}

static void
locked_when_mapped(void)
{
	long long before;
	unsigned char *mapped;

	need_lockable(PAGES * (long long)suite_page());
	before = locked_bytes();
	mapped = call_mmap(
	    NULL, PAGES * suite_page(), RW, "PRIVATE|ANON|LOCKED", -1, 0);
	call_expect("ok");
	expect_locked(mapped, before);
}

static void
locked_untouched(void)
{
	unsigned char *area = area_anon(PAGES, RW);
	long long before;

	need_lockable(PAGES * (long long)suite_page());
	suite_set_up(
	    resident_pages(area, PAGES) == 0, "untouched pages are resident");
	before = locked_bytes();
	call_mlock(area, PAGES * suite_page());
	call_expect("ok");
	expect_locked(area, before);
}

/* In a child, so that only it is locked. */
static long
locks_all(void *arg)
{
	long long size, resident;
	unsigned char *area = area_anon(PAGES, RW);

	(void)arg;
	if (plat_process_size(&size, &resident) == 0)
		need_lockable(size);
	suite_set_up(
	    resident_pages(area, PAGES) == 0, "untouched pages are resident");
	call_mlockall("CURRENT");
	call_expect("ok");
	suite_expect(resident_pages(area, PAGES) == PAGES, "all pages resident",
	    "%zu of %d pages resident", resident_pages(area, PAGES), PAGES);
	suite_expect(locked_bytes() >= PAGES * (long long)suite_page(),
	    "the pages counted as locked", "%lld bytes counted as locked",
	    locked_bytes());
	return 0;
}

static void
all_current(void)
{
	child_ask(locks_all, NULL);
	suite_observe("resident and counted as locked");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(locked_when_mapped, MAP_LOCKED_LOCKS, locked_when_mapped),
	CODE(locked_untouched, MLOCK_MAKES_RESIDENT, locked_untouched),
	CODE(all_current, MLOCKALL_CURRENT, all_current),
};
/* clang-format on */

SUITE_PROGRAM(cases)
