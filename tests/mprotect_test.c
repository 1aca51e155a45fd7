/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mprotect(2): what it refuses, what a refused call leaves, and what it can be
 * used on.  Which pages it changes is protection_test's.
 *
 *	pages    |  0  |  1  |  2  |  3  |  4  |
 *	hole                 |     |			mprotect(p, 5 pages)
 *	changed   perhaps           perhaps		and ENOMEM
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/mprotect.def"
#include "helpers/claims.h"

static const char denied[] = "SIGSEGV|SIGBUS";

/* No system has a protection there, nor a shifted one. */
#define UNKNOWN_PROT 0x40000000

/* The same call with the one argument put right. */
static void
expect_sound(unsigned char *start, size_t length)
{
	call_mprotect(start, length, R);
	call_expect("ok");
	probe_expect_store(start, "the page made read-only", denied);
}

/* ----- Holes ------------------------------------------------------------- */

#define PAGES 5

static void
hole(void)
{
	static const size_t holes[] = { 0, PAGES / 2, PAGES - 1 };
	size_t page = view_page();

	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		unsigned char *start = area_filled(PAGES);
		unsigned char *gap = start + holes[i] * page;

		area_free(gap, 1);
		call_mprotect(start, PAGES * page, R);
		call_expect("ENOMEM");
		area_expect_gone(gap, "the page that was not mapped");
	}
	expect_sound(area_filled(PAGES), PAGES * page);
	verdict_observe("ENOMEM");
}

static void
nothing_there(void)
{
	unsigned char *start = area_vacant(2);

	call_mprotect(start, view_page(), R);
	call_expect("ENOMEM");
	area_expect_gone(start, "the place");
	call_mprotect(view_high(), view_page(), R);
	call_expect("ENOMEM");
	expect_sound(area_filled(1), view_page());
	verdict_observe("ENOMEM");
}

/* Listed, where there is a list: half a change may keep a store for ever. */
static const char *
change_of(unsigned char *start)
{
	struct view_region region;
	bool writable = view_find_region(start, &region)
	    ? (region.prot & W) != 0
	    : probe_store(start, 's').signo == 0;

	return writable ? "as before" : "changed";
}

static void
hole_partly_done(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(PAGES);

	area_free(start + 2 * page, 1);
	call_mprotect(start, PAGES * page, R);
	probe_expect_load(start, "the first page", "ok");
	probe_expect_load(start + 4 * page, "the last page", "ok");
	verdict_observe("%s: before the hole %s, at it %s, behind it %s, last "
			"%s",
	    names_result(call_last()->error), change_of(start),
	    change_of(start + page), change_of(start + 3 * page),
	    change_of(start + 4 * page));
}

static void
length_wraps(void)
{
	size_t page = view_page();
	const size_t lengths[] = { SIZE_MAX, SIZE_MAX - page + 1,
		SIZE_MAX - page };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned char *start = area_filled(2);

		area_free(start + page, 1);
		call_mprotect(start, lengths[i], R);
		call_expect("ENOMEM|EINVAL");
		area_expect_filled(start, 0, 1, "the page");
	}
	expect_sound(area_filled(1), page);
	verdict_observe("refused");
}

/* ----- Arguments --------------------------------------------------------- */

static void
unaligned(void)
{
	size_t page = view_page();
	const size_t odd[] = { 1, page / 2, page - 1 };

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		unsigned char *start = area_filled(3);

		call_mprotect(start + page + odd[i], 1, R);
		call_expect("EINVAL");
		expect_sound(start + page, 1);
	}
	verdict_observe("EINVAL");
}

/* Each is refused by many systems, and by none all of them. */
static void
einval_changes_nothing(void)
{
	size_t page = view_page();
	unsigned char *start = area_filled(3);
	const struct {
		size_t odd;
		int prot;
	} calls[] = { { 1, NONE }, { page - 1, R }, { 0, UNKNOWN_PROT },
		{ 0, R | UNKNOWN_PROT } };
	size_t refused = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		call_mprotect(start + page + calls[i].odd, page, calls[i].prot);
		if (call_last()->error == 0) {
			area_free(start, 3);
			start = area_filled(3);
			continue;
		}
		call_expect("EINVAL");
		area_expect_kept(start, 0, 3, "the pages");
		refused++;
	}
	if (refused == 0)
		verdict_unsupported("no argument is refused with EINVAL");
	expect_sound(start + page, page);
	verdict_observe("as before");
}

static void
length_zero(void)
{
	unsigned char *start = area_filled(2), *vacant;

	call_mprotect(start, 0, NONE);
	call_expect("ok");
	area_expect_kept(start, 0, 2, "the pages");
	vacant = area_vacant(1);
	call_mprotect(vacant, 0, NONE);
	call_expect("ok");
	area_expect_gone(vacant, "the place");
	verdict_observe("ok, and nothing changed");
}

static void
unknown_bits(void)
{
	unsigned char *start = area_filled(1);

	call_mprotect(start, view_page(), R | UNKNOWN_PROT);
	call_expect("EINVAL");
	area_expect_kept(start, 0, 1, "the page");
	expect_sound(start, view_page());
	verdict_observe("EINVAL");
}

/* To be read, and not to be written. */
static void
expect_read_only(unsigned char *start)
{
	probe_expect_bytes(start, view_page(), 0, "the page");
	probe_expect_store(start, "the page", denied);
}

static void
unknown_bits_of_mmap(void)
{
	unsigned char *start;

	start = call_map_page(R | UNKNOWN_PROT, "PRIVATE|ANON", -1);
	expect_read_only(start);
	call_mprotect(start, view_page(), RW);
	call_expect("ok");
	probe_expect_store(start, "the page made writable", "ok");
	start = call_map_page(UNKNOWN_PROT, "PRIVATE|ANON", -1);
	probe_expect_load(start, "the page of no right", denied);
	verdict_observe("ignored");
}

static void
semaphore_bit(void)
{
	int sem = call_flags("PROT_", "SEM");
	unsigned char *start;

	start = call_map_page(R | sem, "SHARED|ANON", -1);
	expect_read_only(start);
	call_mprotect(start, view_page(), RW | sem);
	call_expect("ok");
	probe_expect_store(start, "the page made writable", "ok");
	call_mprotect(start, view_page(), R | sem);
	call_expect("ok");
	probe_expect_store(start, "the page made read-only", denied);
	call_mprotect(start, view_page(), sem);
	call_expect("ok");
	probe_expect_load(start, "the page of no right", denied);
	verdict_observe("the other bits' rights");
}

/* Pages that would grow, with room below that nobody else takes. */
static unsigned char *
map_growing(size_t pages)
{
	size_t page = view_page();
	unsigned char *room = area_reserve(pages + 18);

	return call_mmap_at(room + 17 * page, pages * page, RW,
	    "PRIVATE|ANON|FIXED|GROWSDOWN", -1, 0);
}

static void
growsdown_elsewhere(void)
{
	int down = call_flags("PROT_", "GROWSDOWN");
	int up = call_flags("PROT_", "GROWSUP");
	size_t page = view_page();
	unsigned char *start = area_filled(3), *growing = map_growing(2);

	call_mprotect(start + page, page, R | down);
	call_expect("EINVAL");
	area_expect_kept(start, 0, 3, "the pages");
	expect_sound(start + page, page);
	call_mprotect(growing, page, R | down | up);
	call_expect("EINVAL");
	probe_expect_store(growing, "memory that grows", "ok");
	expect_sound(growing, page);
	verdict_observe("EINVAL");
}

static void
growsdown_from_start(void)
{
	int down = call_flags("PROT_", "GROWSDOWN");
	size_t page = view_page();
	unsigned char *start = map_growing(4);

	probe_expect_zeros(start, 4 * page);
	call_mprotect(start + 2 * page, page, R | down);
	call_expect("ok");
	probe_expect_store(start + 2 * page, "the page named", denied);
	probe_expect_store(start + page, "the page below it", denied);
	probe_expect_store(start, "the lowest page", denied);
	probe_expect_store(start + 3 * page, "the page above it", "ok");
	verdict_observe("from the lowest page");
}

/* ----- Of any kind ------------------------------------------------------- */

static const struct {
	const char *flags;
	enum object_kind object;
} kinds[] = {
	{ "PRIVATE|ANON|FIXED", NOTHING },
	{ "SHARED|FIXED", FILE_RW },
	{ "SHARED|ANON|FIXED", NOTHING },
	{ "PRIVATE|FIXED", FILE_RW },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A page of each, one behind the other, between two of PROT_NONE. */
static unsigned char *
map_kinds(int prot)
{
	size_t page = view_page();
	unsigned char *start = area_reserve(KINDS + 2) + page;

	for (size_t i = 0; i < KINDS; i++) {
		struct object object = object_make(kinds[i].object, page);

		call_mmap_at(
		    start + i * page, page, prot, kinds[i].flags, object.fd, 0);
		object_end(&object);
	}
	return start;
}

/* Each page but its first byte is as mapped; a store there ends so. */
static void
expect_kinds(unsigned char *start, const char *store)
{
	size_t page = view_page();

	for (size_t i = 0; i < KINDS; i++) {
		unsigned char *at = start + i * page;

		if (kinds[i].object != NOTHING)
			probe_expect_pattern(at + 1, page - 1, 1, "the page");
		else
			probe_expect_bytes(at + 1, page - 1, 0, "the page");
		probe_expect_store(at, "the page", store);
	}
	probe_expect_load(start - page, "the page before all", denied);
	probe_expect_load(start + KINDS * page, "the page behind all", denied);
}

static void
readable_to_writable(void)
{
	size_t page = view_page();
	unsigned char *start = map_kinds(R);

	expect_kinds(start, denied);
	for (size_t i = 0; i < KINDS; i++) {
		call_mprotect(start + i * page, page, RW);
		call_expect("ok");
	}
	expect_kinds(start, "ok");
	verdict_observe("stored, and the rest as it was");
}

static void
several_mappings(void)
{
	unsigned char *start = map_kinds(RW);
	size_t length = KINDS * view_page();

	expect_kinds(start, "ok");
	call_mprotect(start, length, R);
	call_expect("ok");
	expect_kinds(start, denied);
	call_mprotect(start, length, RW);
	call_expect("ok");
	expect_kinds(start, "ok");
	verdict_observe("all of them");
}

static void
private_of_readonly(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RO, page);
	unsigned char *mapped = call_map_page(R, "PRIVATE", file.fd);
	unsigned char stored = probe_other_byte(object_pattern(0));

	probe_expect_pattern(mapped, page, 0, "the mapping");
	probe_expect_store(mapped, "the mapping", denied);
	call_mprotect(mapped, page, RW);
	call_expect("ok");
	probe_expect_store(mapped, "the mapping made writable", "ok");
	mapped[0] = stored;
	probe_expect_byte(probe_byte(mapped), stored, "the store");
	probe_expect_pattern(mapped + 1, page - 1, 1, "the rest of the page");
	probe_expect_unseen(
	    "the store", object_byte(&file, 0), object_pattern(0), stored);
	verdict_observe("writable, and the file as it was");
}

/* The mode says nobody may open the file now; the mapping was made before. */
static void
mode_taken_away(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, page);
	unsigned char *mapped = call_map_page(R, "SHARED", file.fd);
	unsigned char stored = probe_other_byte(object_pattern(0));

	probe_expect_pattern(mapped, page, 0, "the mapping");
	verdict_set_up(fchmod(file.fd, 0) == 0, "fchmod");
	call_mprotect(mapped, page, RW);
	call_expect("ok");
	probe_expect_store(mapped, "the mapping made writable", "ok");
	mapped[0] = stored;
	probe_expect_seen(
	    "the store", object_byte(&file, 0), object_pattern(0), stored);
	object_close(&file);
	call_mprotect(mapped, page, R);
	call_expect("ok");
	probe_expect_store(mapped, "the mapping made read-only", denied);
	call_mprotect(mapped, page, RW);
	call_expect("ok");
	probe_expect_store(mapped, "the mapping made writable again", "ok");
	verdict_observe("rights of the descriptor");
}

static void
exec_taken_away(void)
{
	size_t page = view_page();
	unsigned char *code = area_anon(1, RW);
	static const int prots[] = { RX, R, RX };

	if (!probe_plant(code))
		verdict_untested("needs code that this processor runs");
	for (size_t i = 0; i < sizeof(prots) / sizeof(prots[0]); i++) {
		struct guard_signal fault;

		call_mprotect(code, page, prots[i]);
		if (!call_last()->ok && view_facts()->wx == 0)
			verdict_untested("needs what was stored to be made "
					 "executable: %s",
			    names_errno(call_last()->error));
		call_expect("ok");
		probe_expect_load(code, "the code", "ok");
		fault = probe_jump(code);
		verdict_expect((fault.signo == 0) == (prots[i] == RX) &&
			(fault.signo == 0 || probe_allows("SIGSEGV", fault)),
		    prots[i] == RX ? "ok" : "SIGSEGV", "jump: %s",
		    probe_name(fault));
	}
	verdict_observe("SIGSEGV without it, and with it the code runs");
}

/* ----- Of any origin ----------------------------------------------------- */

#define ROOM (1 << 17) /* holds a whole page of any size up to a half */

/* The first whole page inside. */
static unsigned char *
whole_page(const void *room)
{
	uintptr_t page = view_page();

	verdict_set_up(2 * page <= ROOM, "pages of up to %d bytes", ROOM / 2);
	return (unsigned char *)(((uintptr_t)room + page - 1) / page * page);
}

/* Made read-only and writable; what is first says whether it was writable. */
static void
expect_protected(
    const void *room, unsigned char byte, int first, const char *what)
{
	unsigned char *start = whole_page(room);
	int other = first == R ? RW : R;
	unsigned char middle = byte;

	probe_expect_store(start, what, first == R ? denied : "ok");
	call_mprotect(start, view_page(), other);
	call_expect("ok");
	probe_expect_store(start, what, other == R ? denied : "ok");
	probe_expect_load(start + 1, what, "ok");
	probe_load(start + 1, &middle);
	probe_expect_byte(middle, byte, what);
	call_mprotect(start, view_page(), first);
	call_expect("ok");
	probe_expect_store(start, what, first == R ? denied : "ok");
}

static unsigned char data[ROOM];
static const unsigned char constants[ROOM] = { 1 };

static void
any_memory(void)
{
	unsigned char stack[ROOM];

	memset(stack, 's', sizeof(stack));
	expect_protected(data, 0, RW, "the program's data");
	expect_protected(constants, 0, R, "the program's constants");
	expect_protected(stack, 's', RW, "the stack");
	verdict_observe("data, constants and stack");
}

/* ----- Regions ----------------------------------------------------------- */

static void
expect_region(
    const unsigned char *start, size_t pages, int prot, const char *what)
{
	struct view_region region = view_region(start);

	verdict_expect(region.start == (uintptr_t)start &&
		region.end == (uintptr_t)start + pages * view_page() &&
		region.prot == prot,
	    "a region of just these pages", "%s: listed with other bounds",
	    what);
}

static void
split_and_merged(void)
{
	size_t page = view_page();
	unsigned char *start = area_reserve(8) + page;

	call_mmap_at(start, 3 * page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	call_mmap_at(
	    start + 3 * page, 3 * page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	expect_region(start, 6, RW, "two mappings beside each other");
	call_mprotect(start + 2 * page, 2 * page, R);
	call_expect("ok");
	expect_region(start, 2, RW, "the pages before those changed");
	expect_region(start + 2 * page, 2, R, "the pages changed");
	expect_region(start + 4 * page, 2, RW, "the pages behind those");
	call_mprotect(start + 2 * page, 2 * page, RW);
	call_expect("ok");
	expect_region(start, 6, RW, "pages of the same protection again");
	verdict_observe("split, and one again");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(hole, MPROTECT_HOLE_ENOMEM, hole),
	CODE(nothing_there, MPROTECT_UNMAPPED_ENOMEM, nothing_there),
	CODE(hole_partly_done, MPROTECT_HOLE_PARTLY_DONE, hole_partly_done),
	CODE(length_wraps, MPROTECT_WRAP_REFUSED, length_wraps),
	CODE(einval_changes_nothing, MPROTECT_EINVAL_CHANGES_NOTHING, einval_changes_nothing),
	CODE(unaligned, MPROTECT_UNALIGNED_EINVAL, unaligned),
	CODE(length_zero, MPROTECT_LENGTH_ZERO_OK, length_zero),
	CODE(unknown_bits, MPROTECT_UNKNOWN_BITS_EINVAL, unknown_bits),
	CODE(unknown_bits_of_mmap, MMAP_UNKNOWN_PROT_BITS_IGNORED, unknown_bits_of_mmap),
	CODE(semaphore_bit, PROT_SEM_HAS_NO_EFFECT, semaphore_bit),
	CODE(growsdown_elsewhere, PROT_GROWSDOWN_NEEDS_GROWING, growsdown_elsewhere),
	CODE(growsdown_from_start, PROT_GROWSDOWN_FROM_START, growsdown_from_start),
	CODE(private_of_readonly, MPROTECT_PRIVATE_OF_READONLY, private_of_readonly),
	CODE(readable_to_writable, MPROTECT_GRANTS_WRITE, readable_to_writable),
	CODE(several_mappings, MPROTECT_SEVERAL_MAPPINGS, several_mappings),
	CODE(exec_taken_away, MPROTECT_TAKES_EXEC_AWAY, exec_taken_away),
	CODE(any_memory, MPROTECT_ANY_MEMORY, any_memory),
	CODE(mode_taken_away, MPROTECT_RIGHTS_OF_OPENING, mode_taken_away),
	CODE(split_and_merged, MPROTECT_SPLITS_AND_MERGES, split_and_merged),
};
/* clang-format on */

SUITE_PROGRAM(cases)
