/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that do not replace: hints, and NULL.  The flags that ask for an
 * exact place but only when it is free are their systems': linux_test,
 * freebsd_test, netbsd_test.  Most cases work beside pages filled with
 * letters, in the middle of a hole that was free a moment ago, where the
 * system would not map of its own accord:
 *
 *	page    0    1    2    3    4    5    6    7	place_hole(8)
 *	      aaaa           [request]            hhhh
 */
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/hint.def"
#include "helpers/claims.h"

#define ANON "PRIVATE|ANON"

/*
 * ----- Addresses in use -----------------------------------------------------
 */

/* Hints on, into and across the pages in use; none may be touched. */
static void
occupied(void)
{
	size_t page = view_page(), length = 2 * page;
	unsigned char *used = area_filled(4);

	for (size_t at = 0; at < 4 * page; at += page / 2) {
		unsigned char *got =
		    call_mmap(used + at, length, RW, ANON, -1, 0);

		call_expect("ok");
		verdict_either(got + length <= used || got >= used + 4 * page,
		    "beside the pages in use", "over pages in use");
		place_expect_usable(got, length);
	}
	area_expect_filled(used, 0, 4, "pages in use");
	verdict_observe("mapped elsewhere");
}

/* Code asked for at page 1, and data at page 4, which is in use. */
static void
separate_maps(void)
{
	size_t page = view_page();
	unsigned char *start = place_hole(5), *code, *data;
	bool wanted;

	code = call_mmap(start + page, page, R, ANON, -1, 0);
	call_expect("ok");
	probe_expect_bytes(code, page, 0, "the code");
	data = call_mmap(start + 4 * page, page, RW, ANON, -1, 0);
	call_expect("ok");
	place_expect_usable(data, page);
	place_expect_edges(start, 5);
	wanted = data == code + 3 * page;
	verdict_either(!wanted, "another distance", "the wanted distance");
}

/*
 * ----- Free hints -----------------------------------------------------------
 */

static void
free_aligned(void)
{
	size_t page = view_page();
	unsigned char *start = place_hole(8), *hint = start + 3 * page, *got;

	got = call_mmap(hint, 2 * page, RW, ANON, -1, 0);
	call_expect("ok");
	place_expect_usable(got, 2 * page);
	place_expect_edges(start, 8);
	for (size_t i = 1; i < 7; i++) {
		unsigned char *free = start + i * page;

		if (free < got || free >= got + 2 * page)
			verdict_either(!area_is_mapped(free), "the rest free",
			    "another page mapped as well");
	}
	verdict_observe("%s", got == hint ? "at the hint" : "elsewhere");
}

static void
free_odd(void)
{
	size_t page = view_page();
	unsigned char *start = place_hole(6), *got;
	size_t odd;

	got = call_mmap(start + 2 * page + 123, page, RW, ANON, -1, 0);
	call_expect("ok");
	odd = (uintptr_t)got % page;
	verdict_either(odd == 0, "a page multiple", "no page multiple");
	place_expect_usable(got, page);
	place_expect_edges(start, 6);
	verdict_observe("ok");
}

/*
 * Both neighbours of the odd hint are free.  What became of it says something
 * about rounding only where a free hint is taken at all.
 */
static void
free_odd_rounding(void)
{
	size_t page = view_page();
	unsigned char *start = place_hole(6);
	unsigned char *below = start + 2 * page, *got, *even;
	bool down;

	even = call_mmap(below, page, RW, ANON, -1, 0);
	call_expect("ok");
	place_expect_usable(even, page);
	call_munmap(even, page);
	call_expect("ok");
	got = call_mmap(below + 1, page, RW, ANON, -1, 0);
	call_expect("ok");
	place_expect_usable(got, page);
	place_expect_edges(start, 6);
	down = got == below;
	verdict_expect(down, "rounded down", "%s",
	    down                      ? "rounded down"
		: got == below + page ? "rounded up"
		: even == below       ? "elsewhere, though free"
				      : "elsewhere, as is an aligned hint");
}

static void
below_min_addr(void)
{
	size_t page = view_page();
	long long least = view_facts()->min_address;
	uintptr_t lowest = least > (long long)page ? (uintptr_t)least : page;
	uintptr_t hints[] = { 1, page, lowest - 1 };

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		unsigned char *got =
		    call_mmap((void *)hints[i], page, RW, ANON, -1, 0);

		call_expect("ok");
		verdict_either((uintptr_t)got >= lowest,
		    "the lowest address or above it", "below it");
		place_expect_usable(got, page);
	}
	verdict_observe("moved up");
}

/*
 * ----- The system's choice --------------------------------------------------
 */

#define CHOICES 16
#define LONGEST ((size_t)1 << 26) /* bytes */

/* The longest of them, or less where address space is limited. */
static size_t
longest(void)
{
	long long limit = view_facts()->rlimit_as;
	size_t length = LONGEST;

	while (limit >= 0 && (long long)length > limit / 4)
		length /= 2;
	return length;
}

/* One length, touched at the ends, and given back. */
static void
expect_not_zero(size_t length)
{
	unsigned char *got = call_map(length, RW, ANON, -1, 0);

	verdict_either(got != NULL, "not zero", "address zero");
	probe_expect_bytes(got, 1, 0, "its first byte");
	probe_expect_bytes(got + length - 1, 1, 0, "its last byte");
	probe_expect_store(got, "its first byte", "ok");
	probe_expect_store(got + length - 1, "its last byte", "ok");
	call_munmap(got, length);
	call_expect("ok");
	probe_expect_load(got, "the unmapped page", "SIGSEGV");
}

static void
null_never_zero(void)
{
	size_t most = longest();

	for (size_t length = view_page(); length <= most; length *= 2) {
		expect_not_zero(length);
		expect_not_zero(length + 1);
	}
	expect_not_zero(1);
	verdict_observe("never zero");
}

static void
null_disjoint(void)
{
	size_t page = view_page(), length = 2 * page;
	unsigned char *maps[CHOICES];

	for (int i = 0; i < CHOICES; i++) {
		maps[i] = call_map(length, RW, ANON, -1, 0);
		place_expect_usable(maps[i], length);
		for (size_t j = 0; j < length; j++)
			maps[i][j] = (unsigned char)(i + 1);
	}
	for (int i = 0; i < CHOICES; i++)
		probe_expect_bytes(
		    maps[i], length, (unsigned char)(i + 1), "a mapping");
	verdict_observe("always room of its own");
}

static void
result_aligned(void)
{
	size_t page = view_page();
	size_t lengths[] = { 1, page - 1, page, page + 1, 5 * page };
	struct object file = object_make(FILE_RW, 6 * page);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned char *anon =
		    call_mmap(NULL, lengths[i], RW, ANON, -1, 0);
		unsigned char *shared;
		bool aligned;

		call_expect("ok");
		place_expect_usable(anon, lengths[i]);
		shared =
		    call_map(lengths[i], RW, "SHARED", file.fd, (off_t)page);
		aligned = (uintptr_t)anon % page == 0 &&
		    (uintptr_t)shared % page == 0;
		probe_expect_pattern(
		    shared, lengths[i], (off_t)page, "the file's mapping");
		verdict_either(aligned, "page multiples", "an odd address");
	}
}

/* clang-format off */
static const struct row cases[] = {
	CODE(occupied,			HINT_NEVER_REPLACES,		occupied),
	CODE(separate_maps,		SEPARATE_MAPS_DISTANCE_NOT_GIVEN, separate_maps),
	CODE(free_aligned,		HINT_HONOURED_WHEN_FREE,	free_aligned),
	CODE(free_odd,			HINT_UNALIGNED_ACCEPTED,	free_odd),
	CODE(free_odd_rounding,		HINT_UNALIGNED_ROUNDING,	free_odd_rounding),
	CODE(below_min_addr,		HINT_BELOW_MIN_ADDR,		below_min_addr),
	CODE(null_never_zero,		NULL_HINT_NEVER_ZERO,		null_never_zero),
	CODE(null_disjoint,		ADDR_NULL_RECOMMENDED,		null_disjoint),
	CODE(result_aligned,		RESULT_PAGE_ALIGNED,		result_aligned),
};
/* clang-format on */

SUITE_PROGRAM(cases)
