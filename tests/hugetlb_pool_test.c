/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_HUGETLB and the pool that huge pages come from: what mmap reserves of
 * it, what a touch takes, a copy after fork being one, and what happens when
 * there are none left.
 *
 *	[ in use | reserved | free ][ surplus: made on demand ]
 *
 * The program is exclusive: its cases count the pool's pages and use it up.
 * Where the pool is too small, they may enlarge it in a run that allows it.
 */
#include <errno.h>
#include <signal.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/huge.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/hugetlb_pool.def"
#include "helpers/claims.h"

#define DRAIN_LIMIT ((size_t)256 << 20) /* a pool beyond it is somebody's */
#define STEP        512                 /* enough for each page of any size */

/*
 * ----- What the pool has ----------------------------------------------------
 */

/* Pages that the pool may still grow by. */
static long
growth(void)
{
	long surplus = huge_pool().surplus;
	long long extra;

	if (!settings_find(PLAT_HUGE_PAGES_EXTRA, &extra))
		extra = 0;
	return extra > surplus ? (long)extra - surplus : 0;
}

/* The most pages that it can have, whoever has them. */
static long
capacity(void)
{
	return huge_pool().total + growth();
}

/* To be used up, it must be small. */
static void
need_drainable(long pages)
{
	long limit = (long)(DRAIN_LIMIT / huge_size());

	if (pages > limit)
		verdict_untested(
		    "needs a pool of at most %ld huge pages, to use "
		    "it up; it has %ld",
		    limit, pages);
}

/*
 * ----- Reserved, taken, given back ------------------------------------------
 */

/* A page that comes back to the pool is the next one to be given out. */
static void
dirty_page_again(void)
{
	size_t huge = huge_size();
	unsigned char *start = huge_map_pages(1, HUGE_PRIVATE);

	for (size_t i = 0; i < huge; i += STEP)
		start[i] = 0xff;
	area_free(start, huge_in_pages(1));
	start = huge_map_pages(1, HUGE_PRIVATE);
	for (size_t i = 0; i < huge; i += STEP)
		if (start[i] != 0)
			verdict_expect(false, "zero throughout",
			    "%#x at byte %zu of the huge page", start[i], i);
	verdict_expect(true, "zero throughout", "zero throughout");
}

static void
more_than_the_pool(void)
{
	long pages;

	do {
		pages = capacity() + 1;
		area_free(huge_map_untouched((size_t)pages),
		    huge_in_pages((size_t)pages));
		huge_map((size_t)pages, HUGE_PRIVATE);
	} while (
	    capacity() >= pages && verdict_again("the pool of huge pages"));
	call_expect("ENOMEM");
}

/* Stores to the pages in order, to the first that raises a signal. */
static struct guard_signal
store_to_pages(unsigned char *start, size_t pages)
{
	struct guard_signal fault = { 0, 0, 0 };

	for (size_t i = 0; i < pages && fault.signo == 0; i++)
		fault = probe_store(start + i * huge_size(), 'x');
	return fault;
}

static void
expect_shortage(const char *flags)
{
	long pages;
	struct guard_signal fault;

	do {
		unsigned char *start;

		pages = capacity() + 1;
		need_drainable(pages);
		start = huge_map((size_t)pages, flags);
		call_expect("ok");
		fault = store_to_pages(start, (size_t)pages);
		area_free(start, huge_in_pages((size_t)pages));
	} while (
	    capacity() >= pages && verdict_again("the pool of huge pages"));
	verdict_expect(probe_allows("SIGBUS", fault), "SIGBUS",
	    "store past the pool's last page: %s", probe_name(fault));
}

static void
more_than_the_pool_unreserved(void)
{
	expect_shortage(HUGE_UNTOUCHED);
}

static void
populate_more_than_the_pool(void)
{
	expect_shortage(HUGE_UNTOUCHED "|POPULATE");
}

static void
reserved_then_taken(void)
{
	long reserved = -1, early = -1, taken = -1;
	int alike = 0;
	bool wanted, like_last;

	do {
		long last[3] = { reserved, early, taken };
		struct view_pool before, mapped, touched;
		unsigned char *start;

		huge_need_free(2);
		before = huge_pool();
		start = huge_map_pages(2, HUGE_PRIVATE);
		mapped = huge_pool();
		start[0] = 't';
		touched = huge_pool();
		reserved = mapped.reserved - before.reserved;
		early = before.free - mapped.free;
		taken = mapped.free - touched.free;
		probe_expect_bytes(
		    start + huge_size(), 1, 0, "the second huge page");
		area_free(start, huge_in_pages(2));
		wanted = reserved == 2 && early == 0 && taken == 1;
		like_last =
		    last[0] == reserved && last[1] == early && last[2] == taken;
	} while (huge_try_again(wanted, like_last, &alike));
	verdict_expect(wanted,
	    "2 pages reserved by mmap, 0 taken; 1 taken by the touch",
	    "%ld pages reserved by mmap, %ld taken; %ld taken by the touch",
	    reserved, early, taken);
}

/* A mapping that is larger than the pool makes it grow at mmap. */
static void
surplus_for_one_mapping(void)
{
	long grown = -1, left = -1;
	int alike = 0;
	bool like_last;

	if (growth() == 0)
		settings_need(PLAT_HUGE_PAGES_EXTRA, huge_pool().surplus + 1);
	do {
		long last[2] = { grown, left };
		struct view_pool before = huge_pool(), mapped;
		size_t pages = (size_t)(before.free - before.reserved) + 1;
		unsigned char *start;

		need_drainable((long)pages);
		start = huge_map(pages, HUGE_PRIVATE);
		mapped = huge_pool();
		if (start != MAP_FAILED) {
			struct guard_signal fault =
			    store_to_pages(start, pages);

			verdict_expect(fault.signo == 0, "ok",
			    "store to a reserved page: %s", probe_name(fault));
			area_free(start, huge_in_pages(pages));
		}
		grown = mapped.surplus - before.surplus;
		left = huge_pool().surplus - before.surplus;
		like_last = last[0] == grown && last[1] == left;
	} while (huge_try_again(grown == 1 && left == 0, like_last, &alike));
	/* No free block of memory looks the same: show that there is one. */
	if (!call_last()->ok && call_last()->error == ENOMEM) {
		if (!settings_may_change())
			verdict_untested("needs memory for one more huge page");
		huge_need_free(huge_free_pages() + 1);
	}
	verdict_expect(grown == 1 && left == 0,
	    "1 surplus page while mapped, 0 after",
	    "%ld surplus pages while mapped, %ld after", grown, left);
}

/*
 * ----- After fork -----------------------------------------------------------
 */

/* A copy for the child takes a second page. */
static unsigned char
byte_after_child_store(const char *flags)
{
	unsigned char *start, byte;
	int signo;

	do {
		huge_need_free(2);
		start = huge_map_pages(1, flags);
		huge_expect_new(start);
		start[0] = 'p';
		signo = huge_store_in_child(start);
		byte = probe_byte(start);
		area_free(start, huge_in_pages(1));
	} while (signo == SIGBUS && huge_free_pages() < 2 &&
	    verdict_again("the pool of huge pages"));
	verdict_expect(signo == 0, "ok", "the child's store: %s",
	    signo == 0 ? "ok" : names_signal(signo));
	return byte;
}

static void
child_store_private(void)
{
	unsigned char byte = byte_after_child_store(HUGE_PRIVATE);

	verdict_either(byte == 'p', "the parent's byte in the parent",
	    "the child's byte in the parent");
}

static void
child_store_shared(void)
{
	unsigned char byte = byte_after_child_store("SHARED|ANON|HUGETLB");

	verdict_either(byte == 'c', "the child's byte in the parent",
	    "the parent's byte in the parent");
}

/* All free pages, stored to; NULL if somebody else was faster. */
static unsigned char *
take_all(size_t pages)
{
	unsigned char *start = huge_map(pages, HUGE_PRIVATE);
	struct guard_signal fault;

	if (start == MAP_FAILED && call_last()->error == ENOMEM &&
	    huge_free_pages() < (long)pages)
		return NULL;
	huge_expect_sound(start);
	fault = store_to_pages(start, pages);
	verdict_expect(fault.signo == 0, "ok", "store to a reserved page: %s",
	    probe_name(fault));
	return start;
}

/* What somebody else gives back meanwhile is there to copy to. */
static void
child_store_without_a_page(void)
{
	unsigned char byte = 'x';
	int signo = 0, alike = 0;

	do {
		unsigned char *start;
		size_t pages;

		if (growth() > 0)
			settings_need(PLAT_HUGE_PAGES_EXTRA, 0);
		huge_need_free(1);
		pages = (size_t)huge_free_pages();
		need_drainable((long)pages);
		start = pages > 0 ? take_all(pages) : NULL;
		if (start == NULL) {
			alike = 0;
			continue;
		}
		signo = huge_store_in_child(start);
		byte = probe_byte(start);
		if (huge_free_pages() > 0 || growth() > 0)
			alike = 0;
		area_free(start, huge_in_pages(pages));
	} while (huge_try_again(signo == SIGBUS, true, &alike));
	verdict_expect(signo == SIGBUS, "SIGBUS", "the child's store: %s",
	    signo == 0 ? "ok" : names_signal(signo));
	verdict_expect(byte == 'x', "the parent's byte",
	    "the parent's page holds %#x", byte);
	verdict_observe("the child's store: SIGBUS");
}

/* clang-format off */
static const struct row cases[] = {
	SETTINGS(dirty_page_again, HUGETLB_ZERO_FILLED, dirty_page_again),
	CODE(more_than_the_pool, HUGETLB_EMPTY_POOL_ENOMEM, more_than_the_pool),
	CODE(more_than_the_pool_unreserved, HUGETLB_EMPTY_POOL_NORESERVE_SIGBUS, more_than_the_pool_unreserved),
	CODE(populate_more_than_the_pool, POPULATE_HUGETLB_SHORTAGE_SILENT, populate_more_than_the_pool),
	SETTINGS(reserved_then_taken, HUGETLB_RESERVES_WITHOUT_TAKING, reserved_then_taken),
	SETTINGS(surplus_for_one_mapping, HUGETLB_SURPLUS_PAGES, surplus_for_one_mapping),
	SETTINGS(child_store_private, HUGETLB_PRIVATE_COW, child_store_private),
	SETTINGS(child_store_shared, HUGETLB_PRIVATE_COW, child_store_shared),
	SETTINGS(child_store_without_a_page, HUGETLB_CHILD_COW_SHORTAGE, child_store_without_a_page),
};
/* clang-format on */

SUITE_PROGRAM(cases)
