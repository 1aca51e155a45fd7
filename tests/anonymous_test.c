/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_ANONYMOUS: memory without a file.  What it holds at first, what its
 * descriptor and offset mean, what can be done to it, and when the system gets
 * it back.  Who shares it: anonymous_sharing_test; which headers show the flag:
 * header_test; how malloc uses it: malloc_test; /dev/zero in its place:
 * devzero_test; stacks that grow: stack_test; the flags of one system:
 * linux_test, freebsd_test ...
 */
#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/anonymous.def"
#include "helpers/claims.h"

/* Pages that the claim needs to be there. */
static unsigned char *
map(size_t pages, const char *flags)
{
	return probe_map_zeros(pages * view_page(), flags, -1, 0);
}

/* The same at a place that the case has reserved. */
static void
map_at(unsigned char *place, size_t pages)
{
	call_mmap_at(
	    place, pages * view_page(), RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_zeros(place, pages * view_page());
}

static void
expect_kept(const unsigned char *memory, size_t pages)
{
	verdict_either(area_still_filled(memory, 0, pages), "contents kept",
	    "contents lost");
}

/*
 * ----- Zero fill ---------------------------------------------------------
 */

static void
private_zero(void)
{
	size_t pages = area_recycle(false);

	probe_expect_bytes(map(pages, "PRIVATE|ANON"), pages * view_page(), 0,
	    "the new mapping");
}

static void
shared_zero(void)
{
	size_t pages = area_recycle(true);

	probe_expect_bytes(map(pages, "SHARED|ANON"), pages * view_page(), 0,
	    "the new mapping");
}

static void
expect_same_bytes(
    const void *one, const void *other, size_t size, const char *when)
{
	bool same = memcmp(one, other, size) == 0;

	verdict_expect(same, "the same bytes", "%s: %s bytes", when,
	    same ? "the same" : "other");
}

/* The same reads and copies on write as four pages of a file of zeros. */
static void
like_file_of_zeros(void)
{
	struct object file = object_make(FILE_EMPTY, 0);
	size_t size = 4 * view_page();
	unsigned char *anon, *zeros;

	if (ftruncate(file.peer, (off_t)size) == -1)
		verdict_broken("ftruncate");
	zeros = area_object(&file, 0, 4, RW, false);
	anon = map(4, "PRIVATE|ANON");
	expect_same_bytes(anon, zeros, size, "untouched");
	for (size_t i = 0; i < size; i += view_page() / 2 + 1)
		anon[i] = zeros[i] = object_pattern((off_t)i);
	expect_same_bytes(anon, zeros, size, "after stores");
	object_end(&file);
}

/*
 * ----- Descriptor and offset ---------------------------------------------
 */

/* The memory is zero, and the file, if there is one, keeps its bytes. */
static void
expect_ignored(int fd, const struct object *file, off_t offset)
{
	static const char *const types[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *memory =
		    probe_map_zeros(2 * view_page(), types[i], fd, offset);
		bool kept;

		probe_expect_bytes(memory, 2 * view_page(), 0, "the memory");
		memory[0] = memory[view_page()] = 'x';
		kept = file == NULL ||
		    (object_byte(file, 0) == object_pattern(0) &&
			object_byte(file, (off_t)view_page()) ==
			    object_pattern((off_t)view_page()));
		verdict_decide(kept, "the file as it was",
		    "no store reached the file", "a store reached the file");
	}
	verdict_observe("ok, zeros");
}

static void
fd_of_file(void)
{
	struct object file = object_make(FILE_RW, 4 * view_page());

	expect_ignored(file.fd, &file, 0);
}

/* Whatever 0 is open on; a program that forgets the -1 passes it. */
static void
fd_zero(void)
{
	expect_ignored(0, NULL, 0);
}

static void
fd_closed(void)
{
	struct object closed = object_make(CLOSED, 0);

	expect_ignored(closed.fd, NULL, 0);
}

static void
offset_page(void)
{
	expect_ignored(-1, NULL, (off_t)view_page());
}

/*
 * Left open by the standard, but not without bounds: a call that fails with
 * one of three errnos changes nothing (mmap DESCRIPTION), and one that
 * succeeds has mapped what it says and nothing else.
 */
static void
survey(const char *flags, int fd, off_t offset)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4);
	char fixed[64];
	bool ok, kept;

	snprintf(fixed, sizeof(fixed), "%s|FIXED", flags);
	ok = call_mmap(used + page, page, RW, fixed, fd, offset) != MAP_FAILED;
	call_expect("ok|EINVAL|EBADF|ENOTSUP|ENODEV|ENXIO|EACCES|EOVERFLOW");
	kept = area_still_filled(used, 0, 1) && area_still_filled(used, 2, 2);
	verdict_either(kept, "its neighbours kept", "its neighbours changed");
	if (ok) {
		unsigned char byte;

		probe_expect_load(used + page, "the mapping", "ok");
		byte = probe_byte(used + page);
		probe_expect_store(used + page, "the mapping", "ok");
		verdict_observe("ok, %s", byte == 0 ? "zeros" : "other bytes");
		return;
	}
	verdict_either(area_still_filled(used, 1, 1) ||
		!call_allows("EINVAL|EBADF|ENOTSUP", call_last()->error),
	    "the old mapping kept", "the old mapping changed");
	verdict_observe("%s", names_errno(call_last()->error));
}

static void
survey_fd_of_file(void)
{
	struct object file = object_make(FILE_RW, 4 * view_page());

	survey("PRIVATE|ANON", file.fd, 0);
}

static void
survey_fd_zero(void)
{
	survey("PRIVATE|ANON", 0, 0);
}

static void
survey_offset_page(void)
{
	survey("PRIVATE|ANON", -1, (off_t)view_page());
}

/* Accepted, it must be one of the two: a child's store is seen, or is not. */
static void
both_types(void)
{
	unsigned char *memory, byte;

	survey("SHARED|PRIVATE|ANON", -1, 0);
	memory = call_mmap(NULL, view_page(), RW, "SHARED|PRIVATE|ANON", -1, 0);
	if (memory == MAP_FAILED) {
		verdict_observe("%s", names_errno(call_last()->error));
		return;
	}
	probe_expect_bytes(memory, view_page(), 0, "the memory");
	memory[0] = 'a';
	child_stores(memory, 'b');
	byte = probe_byte(memory);
	verdict_expect(byte == 'a' || byte == 'b', "shared or private", "%s",
	    byte == 'b'       ? "ok, shared"
		: byte == 'a' ? "ok, private"
			      : "ok, garbled");
}

/*
 * ----- Whole pages -------------------------------------------------------
 */

/* Between inaccessible pages, so that a byte too many would show. */
static void
one_byte(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(3);

	call_mmap_at(area + page, 1, RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_zeros(area + page, page);
	probe_expect_store(area + 2 * page - 1, "the page's last byte", "ok");
	probe_expect_load(area + page - 1, "the page before", "SIGSEGV|SIGBUS");
	probe_expect_load(area + 2 * page, "the page after", "SIGSEGV|SIGBUS");
	verdict_observe("one page");
}

static void
unmap_int(void)
{
	int *counter = (int *)(void *)call_mmap(
	    NULL, sizeof(int), RW, "SHARED|ANON", -1, 0);
	unsigned char *last = (unsigned char *)counter + view_page() - 1;

	call_expect("ok");
	probe_expect_zeros(counter, view_page());
	*counter = 1;
	call_munmap(counter, sizeof(int));
	call_expect("ok");
	probe_expect_load(last, "the page's last byte", "SIGSEGV|SIGBUS");
}

/*
 * Counters of memory are batched by pages, so half of 4 MiB, or of 1024 pages,
 * is enough to be sure.  A system short of memory may take it back before.
 */
static void
unmapped_is_free(void)
{
	size_t page = view_page();
	size_t size = page > 4096 ? 1024 * page : (size_t)4 << 20;
	long long half = (long long)size / 2, before, with;
	unsigned char *memory = NULL;

	do {
		if (memory != NULL)
			area_free(memory, size / page);
		before = view_memory();
		memory = map(size / page, "PRIVATE|ANON");
		for (size_t i = 0; i < size; i += page)
			memory[i] = 1;
		with = view_memory();
	} while (with - before <= half &&
	    verdict_again("what this process has in memory"));
	call_munmap(memory, size);
	call_expect("ok");
	verdict_either(with - view_memory() > half,
	    "most of the memory given back",
	    "less than half of the memory given back");
}

/*
 * Every second page is unmapped; two pages asked for at any of the holes do
 * not fit, although the holes have room for four such requests.
 *
 *	|x| |x| |x| |x| |x| |x| |x| |x| |x|
 */
#define HOLES 8

static void
holes_of_one_page(void)
{
	size_t page = view_page();
	unsigned char *run = area_filled(2 * HOLES + 1);
	size_t used = 0;

	for (size_t i = 0; i < HOLES; i++)
		area_free(run + (2 * i + 1) * page, 1);
	for (size_t i = 0; i < HOLES; i++) {
		unsigned char *hole = run + (2 * i + 1) * page;
		unsigned char *got =
		    call_mmap(hole, 2 * page, RW, "PRIVATE|ANON", -1, 0);

		call_expect("ok");
		probe_expect_zeros(got, 2 * page);
		if (got == hole)
			used++;
		else
			area_free(got, 2);
	}
	verdict_decide(used > 0, "room for two pages",
	    "8 free pages in 8 holes, and two pages fit",
	    "8 free pages in 8 holes, and no room for two pages among them");
}

/*
 * ----- What can be done to it --------------------------------------------
 */

static void
fill_pages(unsigned char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		memset(
		    memory + i * view_page(), area_fill_byte(i), view_page());
}

/* The first pages keep what was stored, the others are new. */
static void
expect_resized(const unsigned char *memory, size_t kept, size_t fresh)
{
	expect_kept(memory, kept);
	if (fresh > 0)
		probe_expect_bytes(memory + kept * view_page(),
		    fresh * view_page(), 0, "the new pages");
	verdict_observe("resized, contents kept");
}

/* What mremap gave must be where it was asked to be. */
static void
expect_there(const void *got, const void *wanted, const char *where)
{
	verdict_expect(got == wanted, where, "%s",
	    got == wanted         ? where
		: call_last()->ok ? "another address"
				  : names_errno(call_last()->error));
}

/*
 * The way is blocked by the reservation's next page.  Where the system moves
 * it to, anything may lie behind it; so once more, to a place whose next page
 * is free.
 *
 *	reservation  | new place: 6 pages | free |
 */
static void
grown_by_moving(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(6), *place = area_reserve(7);
	unsigned char *moved;

	map_at(area, 2);
	fill_pages(area, 2);
	moved = call_mremap(area, 2 * page, 5 * page, "MAYMOVE", NULL);
	call_expect("ok");
	expect_resized(moved, 2, 3);
	area_expect_gone(area, "the old place");
	area_free(place + 6 * page, 1);
	expect_there(
	    call_mremap(moved, 5 * page, 6 * page, "MAYMOVE|FIXED", place),
	    place, "the place asked for");
	expect_resized(place, 2, 4);
	area_expect_gone(moved, "the old place");
	area_expect_gone(place + 6 * page, "the page behind");
	verdict_observe("moved, contents kept");
}

static void
grown_in_place(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(5);

	map_at(area, 2);
	fill_pages(area, 2);
	area_free(area + 2 * page, 2);
	expect_there(call_mremap(area, 2 * page, 4 * page, "", NULL), area,
	    "the same address");
	expect_resized(area, 2, 2);
	probe_expect_load(area + 4 * page, "the page after", "SIGSEGV|SIGBUS");
	verdict_observe("grown in place, contents kept");
}

static void
shrunk_in_place(void)
{
	size_t page = view_page();
	unsigned char *memory = map(4, "PRIVATE|ANON");

	fill_pages(memory, 4);
	expect_there(call_mremap(memory, 4 * page, 2 * page, "", NULL), memory,
	    "the same address");
	expect_resized(memory, 2, 0);
	area_expect_gone(memory + 2 * page, "the end");
	verdict_observe("shrunk in place, contents kept");
}

static void
protection_there_and_back(void)
{
	size_t page = view_page();
	unsigned char *memory = area_reserve(4) + page;

	map_at(memory, 2);
	fill_pages(memory, 2);
	call_mprotect(memory, 2 * page, R);
	call_expect("ok");
	probe_expect_store(memory, "the mapping, read-only", "SIGSEGV|SIGBUS");
	probe_expect_load(memory, "the mapping, read-only", "ok");
	call_mprotect(memory, 2 * page, NONE);
	call_expect("ok");
	probe_expect_load(memory, "the mapping, PROT_NONE", "SIGSEGV|SIGBUS");
	call_mprotect(memory, 2 * page, RW);
	call_expect("ok");
	expect_kept(memory, 2);
	probe_expect_store(memory, "the mapping, writable again", "ok");
	verdict_observe("enforced, contents kept");
}

/* posix_madvise() must change no contents; madvise() may, with DONTNEED. */
static void
advice(void)
{
	static const char *const kinds[] = { "NORMAL", "RANDOM", "SEQUENTIAL",
		"WILLNEED", "DONTNEED" };
	size_t size = 4 * view_page();
	unsigned char *memory = map(4, "PRIVATE|ANON");

	fill_pages(memory, 4);
	for (size_t i = 0; i < 5; i++) {
		call_posix_madvise(memory, size, kinds[i]);
		call_expect("ok");
		expect_kept(memory, 4);
	}
	for (size_t i = 0; i < 5; i++) {
		call_madvise(memory, size, kinds[i]);
		call_expect("ok");
		if (strcmp(kinds[i], "DONTNEED") != 0)
			expect_kept(memory, 4);
	}
	probe_expect_store(memory, "the mapping", "ok");
	verdict_observe("taken by both");
}

/*
 * ----- Where it goes -----------------------------------------------------
 */

/*
 * A single page in between spoils an alignment that is mere luck; read-only,
 * so that nothing of it has to be promised.
 */
static void
whole_huge_pages(void)
{
	long huge = view_facts()->huge_page_size;
	size_t aligned = 0, tries = 8;

	if (!view_has_thp() || huge <= 0)
		verdict_unsupported("no transparent huge pages are seen here");
	for (size_t i = 0; i < tries; i++) {
		size_t size = 2 * (size_t)huge;
		unsigned char *memory;

		area_reserve(1);
		memory = call_map(size, R, "PRIVATE|ANON", -1, 0);
		probe_expect_zeros(memory, size);
		area_free(memory, size / view_page());
		aligned += (uintptr_t)memory % (uintptr_t)huge == 0;
	}
	verdict_decide(aligned == tries, "all on a huge page's boundary",
	    "all on a huge page's boundary",
	    aligned == 0 ? "none on a huge page's boundary"
			 : "not all on a huge page's boundary");
}

/* clang-format off */
static const struct row cases[] = {
	/*   name               claim                 addr len   prot flags                  object    off   allowed */
	CALL(fd_minus_one_private, ANON_FD_MINUS_ONE, ANY, P(1), RW,  "PRIVATE|ANON",        NOTHING,  B(0), "ok", NO_SOUND),
	CALL(fd_minus_one_shared,  ANON_FD_MINUS_ONE, ANY, P(1), RW,  "SHARED|ANON",         NOTHING,  B(0), "ok", NO_SOUND),
	CALL(offset_odd_private, ANON_OFFSET_UNALIGNED, ANY, P(1), RW, "PRIVATE|ANON",       NOTHING,  B(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(offset_odd_shared, ANON_OFFSET_UNALIGNED, ANY, P(1), RW, "SHARED|ANON",         NOTHING,  B(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(type_missing,      ANON_NEEDS_TYPE,      ANY, P(1), RW,  "ANON",                NOTHING,  B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON")),
	CALL(type_missing_fixed, ANON_NEEDS_TYPE,     USED, P(1), RW, "ANON|FIXED",          NOTHING,  B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|FIXED")),

	CODE(private_zero,      ANON_ZERO_FILLED,     private_zero),
	CODE(shared_zero,       ANON_SHARED_ZERO_FILLED, shared_zero),
	CODE(like_file_of_zeros, ANON_ZEROIZED_VIRTUAL_FILE, like_file_of_zeros),
	CODE(fd_of_file,        ANON_FD_IGNORED,      fd_of_file),
	CODE(fd_zero,           ANON_FD_IGNORED,      fd_zero),
	CODE(fd_closed,         ANON_FD_IGNORED,      fd_closed),
	CODE(offset_page,       ANON_OFFSET_NONZERO,  offset_page),
	CODE(survey_fd_of_file, ANON_OTHER_FD_UNSPECIFIED, survey_fd_of_file),
	CODE(survey_fd_zero,    ANON_OTHER_FD_UNSPECIFIED, survey_fd_zero),
	CODE(survey_offset_page, ANON_OTHER_FD_UNSPECIFIED, survey_offset_page),
	CODE(both_types,        ANON_BOTH_TYPES,      both_types),
	CODE(one_byte,          ANON_LENGTH_WHOLE_PAGES, one_byte),
	CODE(unmap_int,         ANON_MUNMAP_SIZEOF_INT, unmap_int),
	CODE(unmapped_is_free,  ANON_UNMAP_FREES_AT_ONCE, unmapped_is_free),
	CODE(holes_of_one_page, ANON_NO_FRAGMENTATION, holes_of_one_page),
	CODE(grown_by_moving,   ANON_RESIZABLE,       grown_by_moving),
	CODE(grown_in_place,    ANON_RESIZABLE,       grown_in_place),
	CODE(shrunk_in_place,   ANON_RESIZABLE,       shrunk_in_place),
	CODE(protection_there_and_back, ANON_PERMISSIONS_CHANGE, protection_there_and_back),
	CODE(advice,            ANON_TAKES_ADVICE,    advice),
	CODE(whole_huge_pages,  ANON_LARGE_THP_ALIGNED, whole_huge_pages),
};
/* clang-format on */

SUITE_PROGRAM(cases)
