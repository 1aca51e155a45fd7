/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where mappings go when nobody is in the way: hints near and far, low and
 * high, short and long, the system's own choice, and how large one mapping may
 * be.  hint_test is about hints in small.  Places are computed from the powers
 * of two, and are asked for only where they were free a moment ago.
 */
#include <sys/types.h>

#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/placement.def"
#include "helpers/claims.h"

#define ANON      "PRIVATE|ANON"
#define NOREPLACE "PRIVATE|ANON|FIXED_NOREPLACE"
#define MIB       ((size_t)1 << 20)
#define GIB       ((size_t)1 << 30)
#define BITS      ((int)sizeof(void *) * CHAR_BIT)

/* 1 GiB, or less where the address space is short. */
static size_t
longest(void)
{
	long long limit = view_facts()->rlimit_as;
	size_t length = sizeof(void *) < 8 ? GIB / 8 : GIB;

	while (limit >= 0 && (long long)length > limit / 8)
		length /= 2;
	return length;
}

static unsigned char *
place_at(uintptr_t addr)
{
	return (unsigned char *)addr;
}

/* The system can map there, and nothing is there. */
static bool
is_free(unsigned char *addr, size_t length)
{
	void *got = call_mmap(addr, length, R, NOREPLACE, -1, 0);

	call_expect("ok|EEXIST|ENOMEM|EPERM");
	if (got == MAP_FAILED)
		return false;
	probe_expect_zeros(got, length);
	call_munmap(got, length);
	call_expect("ok");
	return got == addr;
}

/* Maps with a hint; whether it was taken.  What was given is memory. */
static bool
is_taken(unsigned char *hint, size_t length, const char *flags)
{
	unsigned char *got = call_mmap(hint, length, R, flags, -1, 0);

	call_expect("ok");
	probe_expect_zeros(got, length);
	area_free(got, length / view_page());
	return got == hint;
}

/* A free place of that length below end; NULL: there is none. */
static unsigned char *
find_low(size_t length, uintptr_t end)
{
	for (uintptr_t at = 64 * MIB; at + length <= end; at += 64 * MIB)
		if (is_free(place_at(at), length))
			return place_at(at);
	return NULL;
}

/* Some pages past a power of two, so that no larger size divides it. */
static unsigned char *
far_place(int bit)
{
	return place_at(((uintptr_t)1 << bit) + 7 * view_page());
}

/*
 * ----- Hints ----------------------------------------------------------------
 */

static void
hint_far(void)
{
	size_t page = view_page();
	int tried = 0;

	for (int bit = 24; bit < BITS; bit++) {
		if (!is_free(far_place(bit), page))
			continue;
		tried++;
		verdict_expect(is_taken(far_place(bit), page, ANON),
		    "at each hint", "elsewhere than 7 pages past 2^%d", bit);
	}
	if (tried == 0)
		verdict_untested("needs a free page past a power of two");
	verdict_observe("at each hint");
}

/* The hole is twice as long as the longest, and begins at a multiple of it. */
static void
hint_long(void)
{
	size_t page = view_page(), most = longest();
	size_t multiples[] = { page, 16 * page, 2 * MIB, most };
	unsigned char *hole = area_reserve_aligned(2 * most / page, most);

	area_free(hole, 2 * most / page);
	for (size_t length = page; length <= most; length *= 2)
		for (size_t i = 0; i < 4; i++)
			verdict_expect(
			    is_taken(hole + multiples[i] % most, length, ANON),
			    "at each hint",
			    "elsewhere than at a multiple of %zu KiB, for %zu "
			    "KiB",
			    multiples[i] / 1024, length / 1024);
	verdict_observe("at each hint");
}

static void
hint_low(void)
{
	size_t lengths[] = { view_page(), 2 * MIB, longest() };

	for (size_t i = 0; i < 3; i++) {
		unsigned char *free =
		    find_low(lengths[i], (uintptr_t)GIB * 2 - 1 + GIB * 2);

		if (free == NULL)
			verdict_untested(
			    "needs %zu free bytes below 4 GiB", lengths[i]);
		verdict_expect(is_taken(free, lengths[i], ANON), "at each hint",
		    "elsewhere, for %zu KiB", lengths[i] / 1024);
	}
	verdict_observe("at each hint");
}

static void
fixed_long_and_low(void)
{
	size_t length = longest();
	unsigned char *free =
	    find_low(length, (uintptr_t)GIB * 2 - 1 + GIB * 2);

	if (free == NULL)
		verdict_untested("needs %zu free bytes below 4 GiB", length);
	call_mmap_at(free, length, R, ANON "|FIXED", -1, 0);
	probe_expect_zeros(free, length);
	area_unmap(free, length);
	verdict_observe("mapped at the address asked for");
}

static void
inside_reservation(void)
{
	size_t page = view_page(), most = longest();
	unsigned char *range = area_reserve(most / page);
	size_t places[] = { 0, most / 2, most - page, most / 4 + 3 * page };

	for (size_t i = 0; i < 4; i++) {
		unsigned char *hint = range + places[i], *got;

		got = call_mmap(hint, 2 * page, RW, ANON, -1, 0);
		call_expect("ok");
		verdict_either(got + 2 * page <= range || got >= range + most,
		    "beside the reservation", "inside the reservation");
		place_expect_usable(got, 2 * page);
		probe_expect_load(
		    hint, "the reservation at the hint", "SIGSEGV|SIGBUS");
		area_free(got, 2);
	}
	verdict_observe("beside the reservation");
}

static void
hint_beyond_end(void)
{
	size_t page = view_page();
	unsigned long long end = view_facts()->max_address;
	uintptr_t hints[] = { (uintptr_t)view_high(), UINTPTR_MAX,
		UINTPTR_MAX - page + 1, (uintptr_t)end };

	for (size_t i = 0; i < 4; i++) {
		unsigned char *got =
		    call_mmap(place_at(hints[i]), 2 * page, RW, ANON, -1, 0);

		call_expect("ok");
		verdict_either(got != place_at(hints[i]) || hints[i] == 0,
		    "elsewhere", "beyond the end");
		place_expect_usable(got, 2 * page);
	}
	verdict_observe("elsewhere");
}

/* Near ones, and far ones if it can be told what is free. */
static void
hints_share(void)
{
	size_t page = view_page(), most = longest() / 8;
	unsigned char *hole = area_reserve(2 * most / page);
	int tried = 0, taken = 0;

	area_free(hole, 2 * most / page);
	for (size_t length = page; length <= most; length *= 4, tried++)
		taken += is_taken(hole + 3 * page, length, ANON);
	for (int bit = 28; bit < BITS; bit += 2)
		if (call_has_flags("MAP_", "FIXED_NOREPLACE") &&
		    is_free(far_place(bit), 4 * page)) {
			tried++;
			taken += is_taken(far_place(bit), 4 * page, ANON);
		}
	verdict_either(taken > 0, "some", "none is taken");
	verdict_observe(
	    "%s of them is taken", taken == tried ? "each" : "some");
}

/*
 * ----- The system's choice --------------------------------------------------
 */

#define MAPPINGS 8

/* So long that none fits into a hole between others. */
static void
null_order(void)
{
	size_t length = longest() / 8;
	unsigned char *last = NULL;
	int down = 0;

	for (int i = 0; i <= MAPPINGS; i++) {
		unsigned char *got = call_map(length, R, ANON, -1, 0);

		probe_expect_zeros(got, length);
		down += last != NULL && got < last;
		last = got;
	}
	verdict_either(down == MAPPINGS, "downwards",
	    down == 0 ? "upwards" : "up and down");
}

/* How many bits addresses have that nobody asked for. */
static void
null_highest(void)
{
	uintptr_t highest = 0;
	int bits = 0;

	for (int i = 0; i < MAPPINGS; i++) {
		unsigned char *got = call_map(2 * view_page(), RW, ANON, -1, 0);

		if ((uintptr_t)got > highest)
			highest = (uintptr_t)got;
		probe_expect_zeros(got, 2 * view_page());
	}
	while (bits < BITS && highest >> bits != 0)
		bits++;
	verdict_either(bits <= 47, "below 2^47", "above 2^47");
	verdict_observe("below 2^%d", bits);
}

/* A block of a low hint that must move to grow. */
static void
moved_from_low(void)
{
	size_t page = view_page();
	unsigned char *free = find_low(4 * page, 2 * GIB), *got;

	if (free == NULL)
		verdict_untested("needs 4 free pages below 2 GiB");
	call_mmap_at(free, 4 * page, RW, ANON "|FIXED", -1, 0);
	got = call_mremap(free, page, 8 * page, "MAYMOVE", NULL);
	call_expect("ok");
	verdict_either(got != free, "moved", "not moved");
	probe_expect_zeros(got, 8 * page);
	verdict_either(
	    (uintptr_t)got >= GIB * 2, "above 2 GiB", "below 2 GiB as before");
}

static void
room_below_2_gib(void)
{
	int blocks = 0, taken = 0;

	for (uintptr_t at = 64 * MIB; at < 2 * GIB; at += 64 * MIB)
		if (is_free(place_at(at), 64 * MIB)) {
			blocks++;
			taken += is_taken(place_at(at), 64 * MIB, ANON);
		}
	verdict_either(taken > 0 && taken == blocks,
	    "all that is free, by hints", "not all that is free, by hints");
}

static void
need_32bit(void)
{
	call_flags("MAP_", "32BIT");
	if (sizeof(void *) < 8)
		verdict_unsupported("a program of 32 bits has no high memory");
}

static void
low_hint_32bit(void)
{
	size_t lengths[] = { view_page(), 32 * MIB };

	need_32bit();
	for (size_t i = 0; i < 2; i++) {
		unsigned char *free = find_low(lengths[i], 2 * GIB);

		if (free == NULL)
			verdict_untested(
			    "needs %zu free bytes below 2 GiB", lengths[i]);
		verdict_either(is_taken(free, lengths[i], ANON "|32BIT"),
		    "at the hint", "elsewhere");
	}
}

#define BLOCK (64 * MIB)

static void
window_32bit(void)
{
	uintptr_t lowest = UINTPTR_MAX;
	int blocks = 0;

	need_32bit();
	for (; blocks < 32; blocks++) {
		unsigned char *got =
		    call_mmap(NULL, BLOCK, R, ANON "|32BIT", -1, 0);

		if (got == MAP_FAILED)
			break;
		probe_expect_zeros(got, BLOCK);
		if ((uintptr_t)got < lowest)
			lowest = (uintptr_t)got;
	}
	call_expect("ENOMEM");
	if (find_low(BLOCK, GIB) == NULL)
		verdict_untested("needs 64 MiB free below 1 GiB");
	verdict_expect(blocks > 0 && lowest >= GIB, "all of 1 GiB to 2 GiB",
	    "%s", blocks == 0 ? "nothing" : "addresses below 1 GiB");
	verdict_observe("1 GiB to 2 GiB");
}

/*
 * ----- Two files that change places -----------------------------------------
 */

#define SWAPS 200

static void
swapped_files(void)
{
	size_t page = view_page();
	struct object files[2] = { object_make(FILE_RW, page),
		object_make(FILE_RW, page) };
	unsigned char *places = area_reserve(2);

	for (int i = 0; i < SWAPS; i++) {
		object_put(&files[i % 2], 0, (unsigned char)(i + 1));
		area_unmap(places, 2 * page);
		for (int j = 0; j < 2; j++)
			call_mmap_at(places + (size_t)j * page, page, R,
			    "SHARED|FIXED", files[(i + j) % 2].fd, 0);
		probe_expect_byte(probe_byte(places), (unsigned char)(i + 1),
		    "the file at the first place");
		verdict_either(probe_byte(places + page) ==
			object_byte(&files[(i + 1) % 2], 0),
		    "the other file at the second place",
		    "something else at the second place");
	}
	verdict_observe("each file where it was mapped last");
}

/*
 * ----- MAP_FIXED_NOREPLACE --------------------------------------------------
 */

static long
map_zero(void *unused)
{
	(void)unused;
	child_drop_privileges();
	call_mmap(NULL, view_page(), RW, NOREPLACE, -1, 0);
	call_expect("EPERM");
	return call_last()->error;
}

static void
noreplace_at_zero(void)
{
	if (view_facts()->min_address <= 0)
		verdict_untested("needs a lowest address above 0");
	place_expect_exact(NOREPLACE);
	limit_decide(map_zero, NULL);
}

static void
noreplace_known_or_not(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4), *got;
	bool known;

	got = call_mmap(used + page, 2 * page, RW, NOREPLACE, -1, 0);
	call_expect("ok|EEXIST");
	known = got == MAP_FAILED;
	verdict_either(
	    known || got + 2 * page <= used || got >= used + 4 * page,
	    "beside the pages in use", "over pages in use");
	if (!known)
		place_expect_usable(got, 2 * page);
	area_expect_kept(used, 0, 4, "pages in use");
	verdict_observe("%s", known ? "EEXIST" : "elsewhere");
}

/*
 * ----- How large ------------------------------------------------------------
 */

#define SAMPLE_BITS 36

/* Processor time for 2^bits bytes, the least of three; -1: no room. */
static double
seconds_for(int bits)
{
	double least = -1;

	for (int i = 0; i < 3; i++) {
		size_t length = (size_t)1 << bits;
		clock_t start = clock();
		void *got = call_mmap(NULL, length, NONE, ANON, -1, 0);
		double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

		call_expect("ok|ENOMEM");
		if (got == MAP_FAILED)
			return -1;
		area_unmap(got, length);
		if (i == 0 || seconds < least)
			least = seconds;
	}
	return least;
}

static double
need_sample(void)
{
	double seconds = BITS < 64 ? -1 : seconds_for(SAMPLE_BITS);

	if (seconds < 0)
		verdict_untested(
		    "needs 2^%d bytes of address space", SAMPLE_BITS);
	return seconds;
}

static void
reservation_time(void)
{
	double large = need_sample(), small = seconds_for(30);

	verdict_either(large < 0.02 + 4 * small, "as long as for 1 GiB",
	    "longer than for 1 GiB");
}

/* Each in no time, or the next would take too long. */
static void
reservation_largest(void)
{
	int bits = SAMPLE_BITS;

	if (need_sample() > 0.02)
		verdict_untested("needs a system that gives room at once");
	while (bits < BITS - 1) {
		size_t length = (size_t)1 << (bits + 1);
		unsigned char *got = call_mmap(NULL, length, NONE, ANON, -1, 0);

		if (got == MAP_FAILED)
			break;
		probe_expect_load(
		    got + length / 2, "its middle", "SIGSEGV|SIGBUS");
		area_unmap(got, length);
		bits++;
	}
	verdict_either(bits > SAMPLE_BITS, "more", "2^36 bytes");
	verdict_observe("2^%d bytes", bits);
}

#define PAGES 64

/* As an allocator does that gives single pages back, and takes them again. */
static void
decommit_merges(void)
{
	size_t page = view_page();
	unsigned char *pages = area_anon(PAGES, RW);
	struct view_snapshot before, after;

	before = view_snapshot();
	if (before.count == 0)
		verdict_untested("needs the kernel's list of regions");
	for (size_t i = 1; i < PAGES; i += 2) {
		unsigned char *at = pages + i * page;

		call_mmap_at(at, page, NONE, ANON "|FIXED", -1, 0);
		probe_expect_load(at, "the page given back", "SIGSEGV|SIGBUS");
	}
	for (size_t i = 1; i < PAGES; i += 2)
		place_expect_usable(call_mmap_at(pages + i * page, page, RW,
					ANON "|FIXED", -1, 0),
		    page);
	after = view_snapshot();
	verdict_expect(after.count <= before.count + 2, "as many regions",
	    "more regions than before");
	verdict_observe("as many regions");
}

/* clang-format off */
static const struct row cases[] = {
	/* Hints */
	CODE(hint_far,			HINT_TAKEN_FAR,			hint_far),
	CODE(hint_long,			HINT_TAKEN_LONG,		hint_long),
	CODE(hint_low,			HINT_TAKEN_LOW,			hint_low),
	CODE(fixed_long_and_low,	FIXED_LONG_AND_LOW,		fixed_long_and_low),
	CODE(inside_reservation,	HINT_IN_RESERVATION,		inside_reservation),
	CODE(hint_beyond_end,		HINT_BEYOND_END,		hint_beyond_end),
	CODE(hints_share,		HINTS_TAKEN_SHARE,		hints_share),

	/* The system's choice */
	CODE(null_order,		NULL_HINT_ORDER,		null_order),
	CODE(null_highest,		NULL_HINT_HIGHEST,		null_highest),
	CODE(moved_from_low,		MREMAP_LEAVES_LOW,		moved_from_low),
	CODE(room_below_2_gib,		ROOM_BELOW_2_GIB,		room_below_2_gib),
	CODE(low_hint_32bit,		MAP_32BIT_TAKES_HINT,		low_hint_32bit),
	CODE(window_32bit,		MAP_32BIT_WINDOW,		window_32bit),

	CODE_DIRS(swapped_files,	SWAPPED_FILES_SHOW,		swapped_files),

	/* MAP_FIXED_NOREPLACE */
	CODE(noreplace_at_zero,		NOREPLACE_AT_ZERO,	noreplace_at_zero),
	CODE(noreplace_known_or_not,	NOREPLACE_NEVER_REPLACES,	noreplace_known_or_not),

	/* How large */
	CODE(reservation_time,		RESERVATION_TIME,		reservation_time),
	CODE(reservation_largest,	RESERVATION_LARGEST,		reservation_largest),
	CODE(decommit_merges,		DECOMMIT_MERGES,		decommit_merges),
};
/* clang-format on */

SUITE_PROGRAM(cases)
