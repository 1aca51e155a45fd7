/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What MAP_FIXED is laid over: a reservation of whatever kind, nothing at all,
 * memory that somebody else uses, the program's own.
 *
 *	reserved   [ 0 ][ 1 ][ 2 ][ 3 ]
 *	overlaid        [file][zero]
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/overlay.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed_over.def"
#include "helpers/claims.h"

/*
 * ----- One region of several mappings ---------------------------------------
 */

/* Page 1 of a file, then zeros, over pages 1 and 2 of four. */
static void
expect_overlays(unsigned char *start, const char *kind)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 2 * page);

	call_mmap_at(
	    start + page, page, RW, "PRIVATE|FIXED", object.fd, (off_t)page);
	overlay_anon(start + 2 * page, page);
	object_end(&object);
	probe_expect_pattern(start + page, page, (off_t)page, kind);
	probe_expect_store(start + page, kind, "ok");
	probe_expect_store(start + 2 * page, kind, "ok");
}

static void
reserve_type_irrelevant(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 4 * page);
	unsigned char *shared = area_shared(4);

	expect_overlays(area_reserve(4), "over inaccessible memory");
	expect_overlays(area_filled(4), "over private memory");
	expect_overlays(shared, "over shared memory");
	shared = area_shared(4);
	call_mprotect(shared, 4 * page, NONE);
	call_expect("ok");
	for (size_t i = 0; i < 4; i++)
		probe_expect_load(
		    shared + i * page, "inaccessible memory", "SIGSEGV");
	expect_overlays(shared, "over inaccessible shared memory");
	expect_overlays(
	    area_object(&object, 0, 4, R, false), "over a private file");
	expect_overlays(
	    area_object(&object, 0, 4, RW, true), "over a shared file");
	for (off_t i = 1; i <= 2; i++) {
		unsigned char byte = object_byte(&object, i * (off_t)page);

		verdict_expect(byte == object_pattern(i * (off_t)page),
		    "the reserving file left alone",
		    "a byte of the reserving file is %#x", byte);
	}
	verdict_observe("the same over 6 kinds of reservation");
}

static void
without_reservation(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 4 * page);
	unsigned char *start = area_vacant(4);

	/* Nothing may be mapped in between: this is one thread. */
	for (size_t i = 0; i < 4; i++)
		call_mmap_at(start + i * page, page, R, "SHARED|FIXED",
		    object.fd, (off_t)((3 - i) * page));
	for (size_t i = 0; i < 4; i++)
		probe_expect_pattern(start + i * page, page,
		    (off_t)((3 - i) * page), "a page of the region");
	verdict_observe("contiguous");
}

static long
clobber(void *arg)
{
	size_t page = view_page();
	unsigned char *heap;
	void *block;

	(void)arg;
	if (posix_memalign(&block, page, 3 * page) != 0)
		verdict_broken("posix_memalign");
	heap = block;
	memset(heap, 'h', 3 * page);
	overlay_anon(heap + page, page);
	probe_expect_bytes(heap, page, 'h', "allocated memory before");
	probe_expect_bytes(
	    heap + 2 * page, page, 'h', "allocated memory behind");
	return 0;
}

static void
clobbers_silently(void)
{
	child_ask(clobber, NULL);
	verdict_observe("allocated memory replaced by zeros");
}

/* A constant, as the claim has it; tried only where nothing is. */
static void
hard_coded_address(void)
{
	unsigned char *constant =
	    (unsigned char *)((uintptr_t)1 << (sizeof(void *) < 8 ? 30 : 36));
	unsigned char *used = area_filled(4), *got, byte = 1;
	bool right;

	if (area_is_mapped(constant))
		verdict_untested("needs a free page at the constant address");
	got = call_mmap(constant, view_page(), RW, OVERLAY_ANON, -1, 0);
	right = got == constant && probe_load(got, &byte).signo == 0 &&
	    byte == 0 && probe_store(got, 'x').signo == 0 &&
	    area_still_filled(used, 0, 4);
	verdict_decide(!right, "an error or harm done", "failed or did harm",
	    "mapped at a free constant address, no harm done");
}

/* Said to show that MAP_FIXED on a free range is an error likewise. */
static void
dup2_onto_closed(void)
{
	size_t page = view_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char byte = 0;
	bool refused, works;
	int result;

	call_begin("dup2(file, %d", closed.fd);
	result = dup2(file.fd, closed.fd);
	refused = result == -1;
	call_made(!refused, "dup2(file, %d)", closed.fd);
	works = result == closed.fd && pread(result, &byte, 1, 0) == 1 &&
	    byte == object_pattern(0);
	if (!refused)
		close(result);
	verdict_expect(refused, "an error", "%s",
	    refused     ? names_errno(call_last()->error)
		: works ? "dup2 succeeded, the descriptor works"
			: "dup2 succeeded, the descriptor does not work");
}

/*
 * ----- Heap, stack and image ------------------------------------------------
 */

enum place {
	HEAP,
	STACK,
	IMAGE
};

#define LARGEST_PAGE (1 << 16)

/* Replaces the page in the middle of what is usually not mmap's business. */
static long
replace_there(void *arg)
{
	static unsigned char image[4 * LARGEST_PAGE];
	unsigned char stack[4 * LARGEST_PAGE];
	size_t page = view_page(), size = 4 * page;
	enum place place = *(enum place *)arg;
	unsigned char *block = place == HEAP ? malloc(size)
	    : place == STACK                 ? stack
					     : image;
	unsigned char *middle;

	verdict_set_up(
	    page <= LARGEST_PAGE && block != NULL, "no block of four pages");
	memset(block, 'm', size);
	middle = block + (size - (uintptr_t)block % page) - 2 * page;
	call_mmap(middle, page, RW, OVERLAY_ANON, -1, 0);
	call_expect("ok|EPERM");
	probe_expect_bytes(middle, page, call_last()->ok ? 0 : 'm', "the page");
	probe_expect_bytes(middle - page, page, 'm', "the page before");
	probe_expect_bytes(middle + page, 1, 'm', "the page after");
	return call_last()->error;
}

/* Some systems end a process whose stack was replaced. */
static void
over(enum place place)
{
	struct child_status status;
	long error = child_try(replace_there, &place, &status);

	if (!status.exited)
		verdict_expect(place == STACK, "permitted or EPERM",
		    "the process got %s", names_signal(status.signo));
	else
		verdict_expect(call_allows("ok|EPERM", (int)error),
		    "permitted or EPERM", "%s",
		    error == 0 ? "permitted" : names_errno((int)error));
}

static void
over_heap(void)
{
	over(HEAP);
}

static void
over_stack(void)
{
	over(STACK);
}

static void
over_image(void)
{
	over(IMAGE);
}

typedef void *sbrk_function(intptr_t);

/* With a page in the way the break does not move, without it it does. */
static long
block_break(void *arg)
{
	size_t page = view_page();
	sbrk_function *move = (sbrk_function *)view_function("sbrk");
	unsigned char *top, *wall, *still;
	void *got;

	(void)arg;
	top = move(0);
	wall = top + (page - (uintptr_t)top % page) % page + page;
	if (area_is_mapped(wall))
		verdict_untested("needs a free page behind the program break");
	overlay_anon(wall, page);
	memset(wall, 'w', page);
	errno = 0;
	call_begin("sbrk(%zu", 4 * page);
	got = move((intptr_t)(4 * page));
	call_made(got != (void *)-1, "sbrk(%zu) into a mapping", 4 * page);
	call_expect("ENOMEM");
	still = move(0);
	verdict_decide(still == top, "the break where it was",
	    "the break stays", "the break moved");
	probe_expect_bytes(wall, page, 'w', "the mapping in the way");
	call_munmap(wall, page);
	call_expect("ok");
	probe_expect_load(wall, "what was in the way", "SIGSEGV");
	call_begin("sbrk(%zu", 4 * page);
	got = move((intptr_t)(4 * page));
	call_made(got != (void *)-1, "sbrk(%zu)", 4 * page);
	/* C libraries without a break of their own have a function as well. */
	if (call_allows("ENOMEM|ENOSYS", call_last()->error))
		verdict_unsupported("sbrk does not move the break here");
	call_expect("ok");
	probe_expect_store(wall, "memory below the break", "ok");
	return 0;
}

static void
brk_blocked(void)
{
	child_ask(block_break, NULL);
	verdict_observe("sbrk fails with ENOMEM");
}

/* clang-format off */
static const struct row cases[] = {
	CODE(reserve_type_irrelevant,	FIXED_RESERVE_TYPE_IRRELEVANT,	reserve_type_irrelevant),
	CODE(without_reservation,	FIXED_WITHOUT_RESERVATION,	without_reservation),
	CODE(clobbers_silently,		FIXED_CLOBBERS_SILENTLY,	clobbers_silently),
	CODE(hard_coded_address,	FIXED_HARD_CODED_ALWAYS_A_BUG,	hard_coded_address),
	CODE(dup2_onto_closed,		DUP2_ONTO_CLOSED_FD,		dup2_onto_closed),
	CODE(over_heap,			FIXED_WITH_GUARD_SEMANTICS,	over_heap),
	CODE(over_stack,		FIXED_WITH_GUARD_SEMANTICS,	over_stack),
	CODE(over_image,		FIXED_WITH_GUARD_SEMANTICS,	over_image),
	CODE(brk_blocked,		FIXED_BRK_BLOCKED,		brk_blocked),
};
/* clang-format on */

SUITE_PROGRAM(cases)
