/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings meant for stacks: MAP_GROWSDOWN, which the kernel extends when the
 * memory below is touched, and MAP_STACK, which means something else on each
 * system.  Room to grow is made of a reservation, with its lowest page kept,
 * so that nothing else comes near:
 *
 *	| NONE |          free          | stack | NONE |
 *	low -> high
 */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/stack.def"
#include "helpers/claims.h"

/*
 * ----- MAP_GROWSDOWN ------------------------------------------------------------
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

/* The lowest page of the region at addr, in pages below addr. */
static size_t
pages_grown(const unsigned char *addr)
{
	struct plat_region region;
	int error = plat_region(addr, &region);

	if (error == ENOTSUP)
		verdict_untested("needs the kernel's list of regions");
	verdict_expect(error == 0, "a region that is listed",
	    "the region is not listed: %s", names_errno(error));
	return ((uintptr_t)addr - region.start) / view_page();
}

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
	size_t grown = pages_grown(stack);

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
 * ----- MAP_STACK without effect -----------------------------------------------------
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

static void
list_flags(const char *map_flags, struct plat_usage *usage)
{
	unsigned char *memory = area_reserve(3) + view_page();
	int error;

	call_mmap(memory, view_page(), RW, map_flags, -1, 0);
	call_expect("ok");
	memory[0] = 's';
	error = plat_usage(memory, usage);
	if (error == ENOTSUP)
		verdict_untested("needs what the kernel counts for a region");
	verdict_expect(error == 0, "a region that is listed",
	    "the region is not listed: %s", names_errno(error));
	probe_expect_bytes(memory + 1, view_page() - 1, 0, "the mapping");
	if (usage->flags[0] == '\0')
		verdict_untested("needs the flags of a listed region");
}

static void
stack_listed(void)
{
	struct plat_usage plain, stack;

	list_flags("PRIVATE|ANON|FIXED", &plain);
	list_flags("PRIVATE|ANON|FIXED|STACK", &stack);
	verdict_expect(strcmp(plain.flags, stack.flags) == 0,
	    "the same flags with and without",
	    "listed as \"%s\" with it, as \"%s\" without", stack.flags,
	    plain.flags);
}

/*
 * ----- MAP_STACK with an effect ---------------------------------------------------------
 */

/*
 * As pages_grown(), where what grew is listed apart: a new entry below the old
 * one, down to the guard, which has no access.
 */
static size_t
pages_joined(const unsigned char *addr)
{
	size_t page = view_page(), pages = pages_grown(addr);
	struct plat_region below;

	while (plat_region(addr - (pages + 1) * page, &below) == 0 &&
	    below.prot == RW)
		pages = ((uintptr_t)addr - below.start) / page;
	return pages;
}

/*
 * The list shows that the lower pages are not there yet, an access makes them
 * so, and the lowest page of all never is.
 */
static void
stack_grows_inside(void)
{
	size_t page = view_page(), pages = 256, joined;
	unsigned char *stack, *highest;

	stack = call_mmap(NULL, pages * page, RW, "PRIVATE|ANON|STACK", -1, 0);
	call_expect("ok");
	highest = stack + (pages - 1) * page;
	*highest = 's';
	expect_as_mapped(highest);
	joined = pages_joined(highest);
	verdict_expect(joined < pages - 1, "a part of it",
	    joined < pages - 1 ? "a part of it is there"
			       : "all of it is there at once");
	probe_expect_store(stack + pages / 4 * page, "a lower page", "ok");
	joined = pages_joined(highest);
	verdict_expect(joined >= pages - 1 - pages / 4,
	    "grown to the page touched", "%s the page touched",
	    joined >= pages - 1 - pages / 4 ? "grown to" : "not grown to");
	probe_expect_store(stack, "the lowest page", "SIGSEGV|SIGBUS");
	verdict_observe("grows down to a guard");
}

/*
 * The signal stack is twice as long as it need be.  Its lower half becomes
 * plain memory; the handler goes down into it and enters the kernel there.
 */
#define HALF ((size_t)1 << 18)

static volatile sig_atomic_t survived;

static void
go_down(int signo)
{
	volatile char room[HALF + HALF / 2];

	(void)signo;
	room[0] = room[sizeof(room) - 1] = 'r';
	survived = getppid() > 0 && room[0] == 'r';
}

static long
run_on_signal_stack(void *plain)
{
	struct sigaction action;
	stack_t stack;

	memset(&stack, 0, sizeof(stack));
	stack.ss_size = 2 * HALF;
	stack.ss_sp =
	    call_mmap(NULL, stack.ss_size, RW, "PRIVATE|ANON|STACK", -1, 0);
	call_expect("ok");
	probe_expect_bytes(stack.ss_sp, view_page(), 0, "the stack");
	if (sigaltstack(&stack, NULL) == -1)
		verdict_broken("sigaltstack");
	if (plain != NULL) {
		call_mmap(stack.ss_sp, HALF, RW, "PRIVATE|ANON|FIXED", -1, 0);
		call_expect("ok");
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = go_down;
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	return survived;
}

static void
stack_required(void)
{
	struct child_status status;
	int yes = 1;
	long done = child_try(run_on_signal_stack, NULL, &status);

	verdict_expect(status.exited && done == 1, "ok",
	    "a system call with the stack pointer in MAP_STACK memory: %s",
	    done == 1           ? "ok"
		: status.exited ? "not made"
				: names_signal(status.signo));
	child_try(run_on_signal_stack, &yes, &status);
	verdict_expect(status.signo == SIGSEGV, "SIGSEGV",
	    "a system call with the stack pointer in plain memory: %s",
	    status.exited ? "ok" : names_signal(status.signo));
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
	CODE(stack_grows_inside, FREEBSD_MAP_STACK_LAZY, stack_grows_inside),
	CODE(stack_required,    OPENBSD_MAP_STACK_REQUIRED, stack_required),
};
/* clang-format on */

SUITE_PROGRAM(cases)
