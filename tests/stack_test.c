/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings meant for stacks: MAP_GROWSDOWN, which the kernel extends when the
 * memory below is touched, and MAP_STACK where it means nothing; where it does,
 * freebsd_test and openbsd_test are about it.  Room to grow is made of a
 * reservation, with its lowest page kept, so that nothing else comes near:
 *
 *	| NONE |          free          | stack | NONE |
 *	low -> high
 */
#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/stack.def"
#include "helpers/claims.h"

/*
 * ----- MAP_GROWSDOWN --------------------------------------------------------
 */

/* Maps one page above free ones, and below one of nobody's; its address. */
static unsigned char *
map_above(size_t free_pages, const char *flags)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(free_pages + 3);
	unsigned char *stack = area + (free_pages + 1) * page;

	call_mmap(stack, page, RW, flags, -1, 0);
	call_expect("ok");
	stack[0] = 's';
	area_free(area + page, free_pages);
	return stack;
}

static const char growing[] = "PRIVATE|ANON|FIXED|GROWSDOWN";

/* The page that was mapped holds the one store to it. */
static void
expect_as_mapped(unsigned char *stack)
{
	probe_expect_seen("the store to the mapping", *stack, 0, 's');
	probe_expect_bytes(
	    stack + 1, view_page() - 1, 0, "the rest of the mapping");
}

static void
expect_grown(const unsigned char *stack, size_t pages)
{
	uintptr_t start = view_region(stack).start;
	size_t grown = ((uintptr_t)stack - start) / view_page();

	verdict_expect(grown == pages,
	    pages == 0 ? "not grown" : "grown by the pages touched",
	    "grown by %zu pages", grown);
}

/* Without the flag the same access is a fault. */
static void
page_below(void)
{
	size_t page = view_page();
	unsigned char *stack = map_above(16, "PRIVATE|ANON|FIXED");

	probe_expect_load(
	    stack - page, "the page below, without the flag", "SIGSEGV|SIGBUS");
	stack = map_above(16, growing);
	probe_expect_load(stack - page, "the page below", "ok");
	probe_expect_bytes(stack - page, page, 0, "the page below");
	probe_expect_store(stack - page, "the page below", "ok");
	expect_as_mapped(stack);
	verdict_observe("grown");
}

static void
far_below(void)
{
	size_t page = view_page();
	unsigned char *stack = map_above(32, growing);

	expect_grown(stack, 0);
	probe_expect_load(
	    stack - 16 * page, "16 pages below", "SIGSEGV|SIGBUS");
	expect_grown(stack, 0);
	expect_as_mapped(stack);
	verdict_observe("SIGSEGV");
}

/*
 * An accessible page in place of the reservation's lowest; then page by page
 * down to it.
 */
#define ROOM 300

static void
near_neighbour(void)
{
	size_t page = view_page();
	unsigned char *stack = map_above(ROOM, growing);
	size_t left = ROOM;

	area_protect(stack - (ROOM + 1) * page, 1, RW);
	while (left > 0 &&
	    probe_load(stack - (ROOM + 1 - left) * page, NULL).signo == 0)
		left--;
	expect_grown(stack, ROOM - left);
	expect_as_mapped(stack);
	verdict_expect(left == 1, "growth to the last page but one",
	    "growth stopped with %zu pages left", left);
}

/*
 * ----- MAP_STACK ------------------------------------------------------------
 */

/* All of it there at once, none beyond it, and protection as it likes. */
static void
stack_is_memory(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(18);
	unsigned char *stack = area + page;

	call_mmap(stack, 16 * page, RW, "PRIVATE|ANON|FIXED|STACK", -1, 0);
	call_expect("ok");
	area_free(area, 1);
	probe_expect_bytes(stack, 16 * page, 0, "the mapping");
	probe_expect_store(stack, "its lowest page", "ok");
	probe_expect_load(stack - page, "the page below", "SIGSEGV|SIGBUS");
	call_mprotect(stack, 16 * page, R);
	call_expect("ok");
	probe_expect_store(stack, "the mapping, read-only", "SIGSEGV|SIGBUS");
	verdict_observe("as without it");
}

/* How a page mapped with those flags is listed. */
static struct view_usage
usage_with(const char *flags)
{
	unsigned char *memory = area_reserve(3) + view_page();
	struct view_usage usage;

	call_mmap(memory, view_page(), RW, flags, -1, 0);
	call_expect("ok");
	memory[0] = 's';
	usage = view_usage_with_flags(memory);
	probe_expect_bytes(memory + 1, view_page() - 1, 0, "the mapping");
	return usage;
}

static void
stack_listed(void)
{
	struct view_usage plain = usage_with("PRIVATE|ANON|FIXED");
	struct view_usage stack = usage_with("PRIVATE|ANON|FIXED|STACK");

	verdict_expect(strcmp(plain.flags, stack.flags) == 0,
	    "the same flags with and without",
	    "listed as \"%s\" with it, as \"%s\" without", stack.flags,
	    plain.flags);
}

/* clang-format off */
static const struct row cases[] = {
	/*   name               claim              addr len   prot flags                   object   off   allowed */
	CALL(growing_file,      GROWSDOWN_ON_FILE, ANY, P(1), RW,  "PRIVATE|GROWSDOWN",    FILE_RW, B(0), "EINVAL", SOUND_FLAGS("PRIVATE")),
	CALL(growing_file_shared, GROWSDOWN_ON_FILE, ANY, P(1), RW, "SHARED|GROWSDOWN",    FILE_RW, B(0), "EINVAL", SOUND_FLAGS("SHARED")),
	CALL(growing_shared,    GROWSDOWN_ON_FILE, ANY, P(1), RW,  "SHARED|ANON|GROWSDOWN", NOTHING, B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|GROWSDOWN")),

	CODE(page_below,        GROWSDOWN_GROWS,   page_below),
	CODE(far_below,         GROWSDOWN_FAR,     far_below),
	CODE(near_neighbour,    GROWSDOWN_STOPS_NEAR_OTHER_MAPPING, near_neighbour),
	CODE(stack_is_memory,   MAP_STACK_NO_EFFECT, stack_is_memory),
	CODE(stack_listed,      MAP_STACK_NO_EFFECT, stack_listed),
};
/* clang-format on */

SUITE_PROGRAM(cases)
