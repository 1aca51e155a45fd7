/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "area.h"
#include "call.h"
#include "guard.h"
#include "names.h"
#include "probe.h"
#include "verdict.h"
#include "view.h"

/* Whoever started this run wanted it to have no more. */
static bool
is_room_limited(void)
{
	long long limit = view_facts()->rlimit_as;

	return limit >= 0 && limit != LLONG_MAX;
}

static unsigned char *
map(size_t pages, int prot, int flags, int fd, off_t offset)
{
	void *addr = mmap(NULL, pages * view_page(), prot, flags, fd, offset);

	if (addr == MAP_FAILED && errno == ENOMEM && is_room_limited())
		verdict_untested("needs room for %zu pages more than RLIMIT_AS "
				 "leaves",
		    pages);
	if (addr == MAP_FAILED)
		verdict_broken("mapping %zu pages", pages);
	return addr;
}

unsigned char *
area_anon(size_t pages, int prot)
{
	return map(pages, prot, MAP_PRIVATE | MAP_ANON, -1, 0);
}

unsigned char *
area_reserve(size_t pages)
{
	return area_anon(pages, PROT_NONE);
}

unsigned char *
area_shared(size_t pages)
{
	return map(pages, RW, MAP_SHARED | MAP_ANON, -1, 0);
}

size_t
area_recycle(bool shared)
{
	size_t pages = ((size_t)1 << 18) / view_page();
	unsigned char *memory;

	if (pages < 16)
		pages = 16;
	memory = shared ? area_shared(pages) : area_anon(pages, RW);
	memset(memory, 0xa5, pages * view_page());
	area_free(memory, pages);
	return pages;
}

unsigned char
area_fill_byte(size_t page)
{
	return (unsigned char)('a' + page % 26);
}

void
area_fill(unsigned char *start, size_t pages)
{
	size_t page = view_page();

	for (size_t i = 0; i < pages; i++)
		memset(start + i * page, area_fill_byte(i), page);
}

unsigned char *
area_filled(size_t pages)
{
	unsigned char *start = area_anon(pages, RW);

	area_fill(start, pages);
	return start;
}

unsigned char *
area_object(const struct object *object, size_t first, size_t pages, int prot,
    bool shared)
{
	int fd = object->peer >= 0 ? object->peer : object->fd;

	return map(pages, prot, shared ? MAP_SHARED : MAP_PRIVATE, fd,
	    (off_t)(first * view_page()));
}

unsigned char *
area_reserve_aligned(size_t pages, size_t alignment)
{
	size_t page = view_page();
	size_t extra = alignment / page;
	unsigned char *start = area_reserve(pages + extra);
	uintptr_t up = (alignment - (uintptr_t)start % alignment) % alignment;
	size_t before = up / page;

	if (before > 0)
		area_free(start, before);
	if (extra > before)
		area_free(start + up + pages * page, extra - before);
	return start + up;
}

unsigned char *
area_vacant(size_t pages)
{
	unsigned char *start = area_reserve(pages);

	area_free(start, pages);
	return start;
}

unsigned char *
area_near(void *hint, size_t pages)
{
	void *addr =
	    mmap(hint, pages * view_page(), RW, MAP_PRIVATE | MAP_ANON, -1, 0);

	return addr != MAP_FAILED ? addr : NULL;
}

void
area_free(void *addr, size_t pages)
{
	if (munmap(addr, pages * view_page()) == 0)
		return;
	guard_refusal(addr, "munmap");
	verdict_broken("unmapping %zu pages", pages);
}

void
area_drop(void *addr, size_t pages)
{
	munmap(addr, pages * view_page());
}

#define CUSHION 64 /* pages */
#define HOLES   64 /* pages elsewhere that are filled at most */

/*
 * Holes among the libraries are given away first, and so are filled, until a
 * page comes to lie beside the cushion: below it or above, as the system goes.
 */
void
area_cushion(void)
{
	unsigned char *cushion = mmap(NULL, CUSHION * view_page(), PROT_NONE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);

	if (cushion == MAP_FAILED)
		return;
	for (int i = 0; i < HOLES; i++) {
		unsigned char *hole = mmap(NULL, view_page(), PROT_NONE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);

		if (hole == MAP_FAILED)
			return;
		if (hole + view_page() == cushion ||
		    hole == cushion + CUSHION * view_page()) {
			area_drop(hole, 1);
			return;
		}
	}
}

void
area_protect(void *addr, size_t pages, int prot)
{
	if (mprotect(addr, pages * view_page(), prot) == 0)
		return;
	guard_refusal(addr, "mprotect");
	verdict_broken("protecting %zu pages", pages);
}

/* Asks without touching where that is possible: a stack would grow. */
bool
area_is_mapped(const void *addr)
{
	int listed = view_is_listed(addr);

	return listed == -1 ? probe_load(addr, NULL).signo == 0 : listed == 1;
}

void
area_expect_gone(const void *addr, const char *what)
{
	bool gone = !area_is_mapped(addr);

	verdict_expect(
	    gone, "not mapped", "%s %s", what, gone ? "gone" : "still mapped");
}

void
area_unmap(void *addr, size_t length)
{
	unsigned char *start = addr;

	call_munmap(addr, length);
	call_expect("ok");
	area_expect_gone(start, "the first page");
	area_expect_gone(start + length - 1, "the last page");
}

bool
area_still_filled(const unsigned char *start, size_t first, size_t pages)
{
	size_t page = view_page();

	for (size_t i = first; i < first + pages; i++) {
		const unsigned char *bytes = start + i * page;

		if (probe_load(bytes, NULL).signo != 0)
			return false;
		for (size_t j = 0; j < page; j++)
			if (((const volatile unsigned char *)bytes)[j] !=
			    area_fill_byte(i))
				return false;
	}
	return true;
}

void
area_expect_filled(
    const unsigned char *start, size_t first, size_t pages, const char *what)
{
	bool kept = area_still_filled(start, first, pages);

	verdict_expect(kept, "kept", "%s %s", what, kept ? "kept" : "changed");
}

void
area_expect_kept(
    unsigned char *start, size_t first, size_t pages, const char *what)
{
	size_t page = view_page();

	area_expect_filled(start, first, pages, what);
	for (size_t i = first; i < first + pages; i++) {
		struct guard_signal fault =
		    probe_store(start + i * page, area_fill_byte(i));

		verdict_expect(fault.signo == 0, "writable as before",
		    "store to %s: %s", what, probe_name(fault));
	}
	verdict_observe("%s kept", what);
}
