/* SPDX-License-Identifier: BSD-2-Clause */
#include "huge.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>

#include "call.h"
#include "child.h"
#include "names.h"
#include "probe.h"
#include "settings.h"
#include "verdict.h"

#define POOL     "the pool of huge pages"
#define AGREEING 5

size_t
huge_size(void)
{
	long size = view_facts()->huge_page_size;

	call_flags("MAP_", "HUGETLB");
	if (size == 0)
		verdict_unsupported("this kernel has no huge pages");
	if (size < 0)
		verdict_untested(
		    "needs the size of huge pages, which cannot be "
		    "told here");
	return (size_t)size;
}

size_t
huge_in_pages(size_t huge_pages)
{
	return huge_pages * (huge_size() / view_page());
}

/*
 * ----- The pool -------------------------------------------------------------
 */

struct view_pool
huge_pool(void)
{
	return view_pool(huge_size());
}

long
huge_free_pages(void)
{
	struct view_pool now = huge_pool();

	return now.free - now.reserved;
}

void
huge_need_free(long pages)
{
	struct view_pool now = huge_pool();
	long missing = pages - (now.free - now.reserved);

	if (missing <= 0)
		return;
	if (settings_may_change())
		settings_change(
		    PLAT_HUGE_PAGES, now.total - now.surplus + missing);
	if (huge_free_pages() < pages)
		verdict_untested("needs %ld free huge pages; the pool has %ld",
		    pages, huge_free_pages());
}

bool
huge_try_again(bool wanted, bool like_last, int *alike)
{
	if (wanted)
		return false;
	*alike = *alike > 0 && like_last ? *alike + 1 : 1;
	return *alike < AGREEING && verdict_again(POOL);
}

/*
 * ----- Mappings -------------------------------------------------------------
 */

void *
huge_map(size_t huge_pages, const char *flags)
{
	return call_mmap(NULL, huge_pages * huge_size(), RW, flags, -1, 0);
}

unsigned char *
huge_map_pages(size_t huge_pages, const char *flags)
{
	void *start;

	do {
		huge_need_free((long)huge_pages);
		start = huge_map(huge_pages, flags);
	} while (start == MAP_FAILED && call_last()->error == ENOMEM &&
	    huge_free_pages() < (long)huge_pages && verdict_again(POOL));
	call_expect("ok");
	return start;
}

unsigned char *
huge_map_untouched(size_t huge_pages)
{
	return huge_expect_sound(huge_map(huge_pages, HUGE_UNTOUCHED));
}

unsigned char *
huge_expect_sound(unsigned char *start)
{
	call_expect("ok");
	huge_expect_new(start);
	return start;
}

void
huge_expect_new(const unsigned char *start)
{
	unsigned char value = 0;
	struct guard_signal fault = probe_load(start, &value);

	verdict_expect(probe_allows("ok|SIGBUS", fault),
	    "ok, or SIGBUS for want of a page", "load from the huge page: %s",
	    probe_name(fault));
	verdict_expect(value == 0, "0", "the new huge page holds %#x", value);
}

/*
 * ----- What became of them --------------------------------------------------
 */

bool
huge_put_mark(unsigned char *start)
{
	struct guard_signal fault = probe_store(start, 'm');

	verdict_expect(probe_allows("ok|SIGBUS", fault),
	    "ok, or SIGBUS for want of a page", "store to the huge page: %s",
	    probe_name(fault));
	return fault.signo == 0;
}

void
huge_expect_mark(bool marked, const unsigned char *start)
{
	if (marked)
		probe_expect_bytes(start, 1, 'm', "the huge page");
	else
		huge_expect_new(start);
}

void
huge_expect_region(const unsigned char *start, size_t length)
{
	struct view_region region = view_region(start);

	verdict_expect(region.start == (uintptr_t)start &&
		region.end == (uintptr_t)start + length && region.prot == RW,
	    "a region of the mapping's length, RW",
	    "a region that starts %+jd bytes from the mapping and ends %+jd "
	    "bytes from its end, %s",
	    (intmax_t)(region.start - (uintptr_t)start),
	    (intmax_t)(region.end - (uintptr_t)start - length),
	    names_prot(region.prot));
}

static long
store(void *start)
{
	return probe_store(start, 'c').signo;
}

int
huge_store_in_child(unsigned char *start)
{
	return (int)child_ask(store, start);
}
