/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What FreeBSD's manual says of flags and calls of its own: MAP_GUARD,
 * MAP_ALIGNED, MAP_EXCL, MAP_STACK, MAP_PREFAULT_READ, MAP_NOSYNC, MAP_NOCORE,
 * and which offsets it takes.  A case whose flag is missing here is
 * unsupported; where another system has it, the case records what it does.
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/core.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"
#include "helpers/touch.h"

#define CLAIMS "tests/claims.d/freebsd.def"
#include "helpers/claims.h"

/*
 * ----- Bits that are no flag's -------------------------------------------
 */

static void
reserved_bits(void)
{
	unsigned bits = call_unknown_bits();
	char text[64];

	probe_expect_bytes(probe_map_zeros(view_page(),
			       "PRIVATE|ANON|RESERVED0020|RESERVED0040", -1, 0),
	    view_page(), 0, "with reserved bits, the mapping");
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((bits & bit) != 0) {
			snprintf(text, sizeof(text), "PRIVATE|ANON|%#x", bit);
			call_mmap(NULL, view_page(), RW, text, -1, 0);
			call_expect("EINVAL");
		}
	verdict_observe("reserved bits dropped, others EINVAL");
}

/*
 * ----- Where to map ------------------------------------------------------
 */

static void
expect_aligned(const char *flags, int bits)
{
	for (int i = 0; i < 8; i++) {
		unsigned char *memory =
		    probe_map_zeros(view_page(), flags, -1, 0);

		/* By uneven steps, so that none is aligned by luck. */
		area_reserve(1 + (size_t)i % 2);
		verdict_expect((uintptr_t)memory % ((uintptr_t)1 << bits) == 0,
		    "aligned", "not aligned to 2^%d", bits);
		probe_expect_store(memory, "the mapping", "ok");
	}
}

static void
aligned(void)
{
	expect_aligned("PRIVATE|ANON|ALIGNED(13)", 13);
	expect_aligned("PRIVATE|ANON|ALIGNED(16)", 16);
	expect_aligned("PRIVATE|ANON|ALIGNED(21)", 21);
	verdict_observe("aligned");
}

/* Below a page's size, and beyond the word's: 11 and 64 in the field. */
static void
aligned_impossible(void)
{
	static const int impossible[] = { 2, 11, 64, 128 };
	int shift = call_flags("MAP_", "ALIGNMENT_SHIFT");
	int flags = call_flags("MAP_", "PRIVATE|ANON");
	char text[64];

	probe_map_zeros(view_page(), "PRIVATE|ANON|ALIGNED(16)", -1, 0);
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "PRIVATE|ANON|ALIGNED(%d)",
		    impossible[i]);
		call_mmap_value(NULL, view_page(), RW,
		    (int)((unsigned)flags |
			(unsigned)impossible[i] << (unsigned)shift),
		    text, -1, 0);
		call_expect("EINVAL");
	}
}

/* Whatever place it gets, all of it is memory; the place is reported. */
static void
aligned_super(void)
{
	size_t size = (size_t)4 << 20, large = (size_t)2 << 20;
	unsigned char *memory =
	    probe_map_zeros(size, "PRIVATE|ANON|ALIGNED_SUPER", -1, 0);

	for (size_t i = 0; i < size; i += size / 16)
		probe_expect_bytes(memory + i, view_page(), 0, "the mapping");
	probe_expect_store(memory + size - 1, "its last byte", "ok");
	verdict_observe("%s to 2 MiB",
	    (uintptr_t)memory % large == 0 ? "aligned" : "not aligned");
}

#define EXCL "PRIVATE|ANON|FIXED|EXCL"

static void
excl_occupied(void)
{
	place_expect_refusal(EXCL, "EINVAL");
}

static void
excl_free(void)
{
	place_expect_exact(EXCL);
}

static void
excl_partly_occupied(void)
{
	place_expect_collision(EXCL, "EINVAL");
}

/*
 * ----- PROT_MAX ----------------------------------------------------------
 */

static void
prot_max_kept(void)
{
	int max = call_flags("PROT_", "MAX(PROT_READ)");
	size_t page = view_page();
	unsigned char *memory = call_map(page, R, "PRIVATE|ANON", -1, 0);

	call_mprotect(memory, page, RW);
	call_expect("ok");
	probe_expect_store(memory, "memory without a maximum", "ok");
	memory = call_map(page, R | max, "PRIVATE|ANON", -1, 0);
	probe_expect_bytes(memory, page, 0, "memory with a maximum");
	call_mprotect(memory, page, RW);
	call_expect("EACCES");
	probe_expect_store(memory, "memory with a maximum", "SIGSEGV|SIGBUS");
	call_mprotect(memory, page, NONE);
	call_expect("ok");
	probe_expect_load(memory, "memory of no access", "SIGSEGV|SIGBUS");
	call_mprotect(memory, page, R);
	call_expect("ok");
	probe_expect_bytes(memory, page, 0, "memory made readable again");
}

static void
prot_max_exceeded(void)
{
	int max = call_flags("PROT_", "MAX(PROT_READ)");

	probe_expect_bytes(
	    call_map(view_page(), R | max, "PRIVATE|ANON", -1, 0), view_page(),
	    0, "memory within its maximum");
	call_mmap(NULL, view_page(), RW | max, "PRIVATE|ANON", -1, 0);
	call_expect("ENOTSUP|EOPNOTSUPP");
}

/*
 * ----- MAP_GUARD ---------------------------------------------------------
 */

static void
guard_unmapped_in_part(void)
{
	size_t page = view_page();
	unsigned char *range = call_map(3 * page, NONE, "GUARD", -1, 0);

	call_munmap(range + page, page);
	call_expect("ok");
	area_expect_gone(range + page, "what was unmapped");
	for (size_t i = 0; i < 3; i += 2) {
		call_mprotect(range + i * page, page, RW);
		probe_expect_load(range + i * page, "the rest of the guard",
		    "SIGSEGV|SIGBUS");
	}
	call_mmap_at(range + page, page, RW, EXCL, -1, 0);
	place_expect_usable(range + page, page);
	verdict_observe("split");
}

static void
guard(void)
{
	size_t page = view_page();
	unsigned char *range = call_map(3 * page, NONE, "GUARD", -1, 0);

	probe_expect_load(range + page, "the guard", "SIGSEGV|SIGBUS");
	call_mmap(range, page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_load(
	    range, "the guard a hint was given of", "SIGSEGV|SIGBUS");
	/* Refused or not: what counts is that it lets nobody in. */
	call_mprotect(range, 3 * page, RW);
	probe_expect_load(range, "the guard after mprotect", "SIGSEGV|SIGBUS");
	call_mmap_at(range + page, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_zeros(range + page, page);
	probe_expect_store(range + page, "what replaced a part", "ok");
	probe_expect_load(range, "the rest below", "SIGSEGV|SIGBUS");
	probe_expect_load(range + 2 * page, "the rest above", "SIGSEGV|SIGBUS");
	verdict_observe("unusable until replaced");
}

/*
 * ----- MAP_STACK ---------------------------------------------------------
 *
 *	| guard |   not there yet   | there | *highest |
 *	low -> high
 */

/*
 * How many pages below addr are there: its region's, and those of what grew
 * but is listed apart, a new entry below the old one, down to the guard, which
 * has no access.
 */
static size_t
pages_joined(const unsigned char *addr)
{
	size_t page = view_page();
	uintptr_t lowest = view_region(addr).start;
	struct view_region below;

	while (view_find_region((const void *)(lowest - page), &below) &&
	    below.prot == RW)
		lowest = below.start;
	return ((uintptr_t)addr - lowest) / page;
}

/*
 * The list shows that the lower pages are not there yet, an access makes them
 * so, and the lowest page of all never is.
 */
static void
stack_grows_inside(void)
{
	size_t page = view_page(), pages = 256;
	unsigned char *stack, *highest;

	stack = call_map(pages * page, RW, "PRIVATE|ANON|STACK", -1, 0);
	highest = stack + (pages - 1) * page;
	*highest = 's';
	probe_expect_seen("the store to the mapping", *highest, 0, 's');
	probe_expect_bytes(highest + 1, page - 1, 0, "the rest of the mapping");
	verdict_decide(pages_joined(highest) < pages - 1, "a part of it",
	    "a part of it is there", "all of it is there at once");
	probe_expect_store(stack + pages / 4 * page, "a lower page", "ok");
	verdict_decide(pages_joined(highest) >= pages - 1 - pages / 4,
	    "grown to the page touched", "grown to the page touched",
	    "not grown to the page touched");
	probe_expect_store(stack, "the lowest page", "SIGSEGV|SIGBUS");
	verdict_observe("grows down to a guard");
}

/*
 * ----- Files -------------------------------------------------------------
 */

/* So many, as the first ones are mapped without the flag, too. */
#define MANY 256

/* The file was written just now, so its pages are in memory. */
static bool
faults_of_prefaulted(const char *flags, int fd)
{
	size_t length = MANY * view_page();
	unsigned char *start = call_map(length, R, flags, fd, 0);
	long faults = touch_faults(start, MANY, false);

	probe_expect_pattern(start, length, 0, "the mapping");
	return faults > 0;
}

static void
prefault_file(void)
{
	struct object file = object_make(FILE_RW, MANY * view_page());
	bool with = faults_of_prefaulted("SHARED|PREFAULT_READ", file.fd);
	bool without = faults_of_prefaulted("SHARED", file.fd);

	verdict_expect(without && !with,
	    "faults without the flag, none with it",
	    "%s without the flag, %s with it", without ? "faults" : "none",
	    with ? "faults" : "none");
	object_end(&file);
}

static void
nosync_coherent(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *memory =
	    call_map(2 * page, RW, "SHARED|NOSYNC", file.fd, 0);
	unsigned char byte;

	probe_expect_pattern(memory, 2 * page, 0, "the file's pages");
	memory[0] = 's';
	byte = object_byte(&file, 0);
	verdict_expect(
	    byte == 's', "'s', as stored", "read(2) gives %#x", byte);
	object_put(&file, (off_t)page, 'w');
	byte = probe_byte(memory + page);
	verdict_expect(
	    byte == 'w', "'w', as written", "the mapping holds %#x", byte);
	verdict_observe("coherent");
	object_end(&file);
}

#define REMAINDER 100

/* The same request at a page multiple shows that an error is the offset's. */
static void
offset_odd(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 3 * page);
	unsigned char *got = call_map(page, R, "SHARED", file.fd, 0);

	probe_expect_pattern(got, page, 0, "the mapping at offset 0");
	got = call_map(page, R, "SHARED", file.fd, REMAINDER);
	verdict_either((uintptr_t)got % page == REMAINDER,
	    "shifted by the remainder", "not shifted by the remainder");
	probe_expect_pattern(got, page, REMAINDER, "the mapping");
	verdict_observe("shifted by the remainder");
}

/*
 * ----- Core files --------------------------------------------------------
 */

static void
nocore(void)
{
	core_expect_kept_out(
	    probe_map_zeros(view_page(), "PRIVATE|ANON|NOCORE", -1, 0));
}

/* clang-format off */
static const struct row cases[] = {
	CODE(reserved_bits,     FREEBSD_OLD_FLAG_BITS, reserved_bits),

	/* Where to map
	     name               claim               addr  len   prot  flags                   object   off   allowed */
	CODE(aligned,           FREEBSD_MAP_ALIGNED, aligned),
	CODE(aligned_impossible, FREEBSD_MAP_ALIGNED, aligned_impossible),
	CODE(aligned_super,     FREEBSD_MAP_ALIGNED_SUPER, aligned_super),
	CODE(excl_occupied,     FIXED_EXCL_OCCUPIED, excl_occupied),
	CODE(excl_free,         FIXED_EXCL_EXACT,   excl_free),
	CALL(excl_alone,        FIXED_EXCL_NEEDS_FIXED, ANY, P(1), R, "PRIVATE|ANON|EXCL",    NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON")),

	CODE(excl_partly_occupied, FIXED_EXCL_OCCUPIED, excl_partly_occupied),
	CODE(prot_max_kept,     FREEBSD_PROT_MAX,   prot_max_kept),
	CODE(prot_max_exceeded, FREEBSD_PROT_MAX_AT_ONCE, prot_max_exceeded),

	/* MAP_GUARD */
	CALL(guard_readable,    FREEBSD_MAP_GUARD,  ANY,  P(1), R,    "GUARD",                NOTHING, B(0), "EINVAL", SOUND_PROT(NONE)),
	CALL(guard_of_file,     FREEBSD_MAP_GUARD,  ANY,  P(1), NONE, "GUARD",                FILE_RW, B(0), "EINVAL", SOUND_OBJECT(NOTHING)),
	CALL(guard_offset,      FREEBSD_MAP_GUARD,  ANY,  P(1), NONE, "GUARD",                NOTHING, P(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(guard_private,     FREEBSD_MAP_GUARD,  ANY,  P(1), NONE, "GUARD|PRIVATE",        NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CALL(guard_shared,      FREEBSD_MAP_GUARD,  ANY,  P(1), NONE, "GUARD|SHARED",         NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CALL(guard_anonymous,   FREEBSD_MAP_GUARD,  ANY,  P(1), NONE, "GUARD|ANON",           NOTHING, B(0), "EINVAL", SOUND_FLAGS("GUARD")),
	CODE(guard,             FREEBSD_MAP_GUARD,  guard),

	CODE(guard_unmapped_in_part, FREEBSD_MAP_GUARD, guard_unmapped_in_part),

	CODE(stack_grows_inside, FREEBSD_MAP_STACK_LAZY, stack_grows_inside),

	/* Files */
	CODE_DIRS(prefault_file, FREEBSD_PREFAULT_READ, prefault_file),
	CALL(prefault_private,  FREEBSD_PREFAULT_READ, ANY, P(1), RW, "PRIVATE|PREFAULT_READ", FILE_RW, B(0), "ok", NO_SOUND),
	CALL(prefault_anonymous, FREEBSD_PREFAULT_READ, ANY, P(1), RW, "PRIVATE|ANON|PREFAULT_READ", NOTHING, B(0), "ok", NO_SOUND),
	CALL(prefault_shm,      FREEBSD_PREFAULT_READ, ANY, P(1), RW, "SHARED|PREFAULT_READ", SHM,     B(0), "ok", NO_SOUND),
	CODE(nosync_coherent,   FREEBSD_MAP_NOSYNC, nosync_coherent),
	CODE(offset_odd,        UNALIGNED_OFFSET_SHIFTS_RESULT, offset_odd),
	CALL(offset_negative,   OFFSET_NEGATIVE,    ANY,  P(1), R,    "SHARED",               FILE_RW, P(-1), "EINVAL|ENXIO|EOVERFLOW", SOUND_OFF(B(0))),

	CODE(nocore,            FREEBSD_MAP_NOCORE, nocore),
};
/* clang-format on */

SUITE_PROGRAM(cases)
