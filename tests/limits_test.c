/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process runs out of: the address space, RLIMIT_AS and RLIMIT_DATA,
 * the number of regions, RLIMIT_MEMLOCK.  Each limit is met in a child, and
 * each errno must be the limit's: a little less can be had, or what was taken
 * can be had again.  What the whole system runs out of: overcommit_test.
 */
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/limit.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/limits.def"
#include "helpers/claims.h"

/* ----- The address space ------------------------------------------------- */

/*
 * Emulators that note something for each page would take minutes over all room.
 * Processor time, as others may run meanwhile.
 */
static void
need_room_at_once(void)
{
#define SAMPLE ((size_t)1 << (sizeof(size_t) < 8 ? 30 : 38))
	clock_t start = clock();
	void *mapped = call_mmap(NULL, SAMPLE, NONE, "PRIVATE|ANON", -1, 0);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

	if (mapped == MAP_FAILED)
		return;
	call_munmap(mapped, SAMPLE);
	call_expect("ok");
	verdict_either(!area_is_mapped(mapped), "gone",
	    "what was unmapped is still there");
	if (seconds * (double)(SIZE_MAX / SAMPLE / 65536) > 5)
		verdict_untested("needs a system that gives room at once: %zu "
				 "bytes took %.2f s",
		    SAMPLE, seconds);
}

/*
 * Takes all room there is, in ever smaller pieces that cost no memory: of each
 * length fewer than there are holes.
 */
#define PIECES_MOST 100000

static long
use_up_room(void *unused)
{
	size_t page = view_page(), length = SIZE_MAX / 2 + 1;
	unsigned char *first = area_reserve(1);
	long pieces = 0;
	int error;

	(void)unused;
	need_room_at_once();
	while (length >= page && pieces++ < PIECES_MOST)
		if (call_mmap(NULL, length, NONE, "PRIVATE|ANON", -1, 0) ==
		    MAP_FAILED)
			length /= 2;
	call_expect("ENOMEM");
	error = call_last()->error;
	area_free(first, 1);
	first = call_map(page, NONE, "PRIVATE|ANON", -1, 0);
	call_mprotect(first, page, RW);
	probe_expect_new(first, page);
	return error;
}

static void
no_room(void)
{
	long long limit = view_facts()->rlimit_as;

	if (limit != -1 && limit != LLONG_MAX)
		verdict_untested("needs an unlimited RLIMIT_AS");
	limit_decide(use_up_room, NULL);
}

/* The limit lies 64 pages above what the process has. */
static long
exceed_address_space(void *unused)
{
	size_t page = view_page();
	void *mapped;
	int error;

	(void)unused;
	child_limit(PLAT_LIMIT_AS, view_address_space() + 64 * (long long)page);
	mapped = probe_map_new(48 * page, "PRIVATE|ANON");
	call_mmap(NULL, 48 * page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	error = call_last()->error;
	call_munmap(mapped, 47 * page);
	call_expect("ok");
	probe_map_new(47 * page, "PRIVATE|ANON");
	return error;
}

#define REPLACEMENTS 2000

/* Always the same pages: room for them twice is more than enough. */
static long
replace_at_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *pages = area_anon(16, RW);
	long long before = view_address_space(), after;

	(void)unused;
	child_limit(PLAT_LIMIT_AS, before + 32 * (long long)page);
	child_limit(PLAT_LIMIT_DATA, before + 32 * (long long)page);
	for (int i = 0; i < REPLACEMENTS; i++) {
		call_mmap_at(pages, 16 * page, RW, "PRIVATE|ANON|FIXED", -1, 0);
		*pages = 'r';
	}
	after = view_address_space();
	verdict_either(
	    after <= before, "no more address space used", "more used");
	probe_expect_bytes(pages + 1, page - 1, 0, "the last replacement");
	return 0;
}

static void
replaced_many_times(void)
{
	limit_decide(replace_at_limit, NULL);
}

static void
limit_of_address_space(void)
{
	limit_decide(exceed_address_space, NULL);
}

/* ----- Data -------------------------------------------------------------- */

/* No room for data at all: a page of it may already be too much. */
static long
exceed_data(void *unused)
{
	struct object file = object_make(FILE_RW, 64 * view_page());
	size_t length = 64 * view_page();
	int error;

	(void)unused;
	probe_map_new(length, "PRIVATE|ANON");
	child_limit(PLAT_LIMIT_DATA, (long long)view_page());
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	call_mmap(NULL, length, RW, "PRIVATE", file.fd, 0);
	call_expect("ENOMEM");
	error = call_last()->error;
	probe_expect_bytes(call_map(length, R, "PRIVATE|ANON", -1, 0), length,
	    0, "read-only memory");
	probe_map_new(length, "SHARED|ANON");
	probe_expect_page(call_mmap(NULL, length, RW, "SHARED", file.fd, 0));
	return error;
}

static void
limit_of_data(void)
{
	limit_decide(exceed_data, NULL);
}

/* What the manual says, without a word on which mappings count. */
static long
exceed_data_by_memory(void *unused)
{
	size_t length = 64 * view_page();

	(void)unused;
	probe_map_new(length, "PRIVATE|ANON");
	child_limit(PLAT_LIMIT_DATA, (long long)view_page());
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	return call_last()->error;
}

static void
limit_of_data_reached(void)
{
	limit_decide(exceed_data_by_memory, NULL);
}

/* Nor is what is inaccessible counted, until it is made writable. */
static long
reserve_beyond_data(void *unused)
{
	size_t length = 64 * view_page();
	unsigned char *reserved;

	(void)unused;
	child_limit(PLAT_LIMIT_DATA, (long long)view_page());
	call_mmap(NULL, length, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ENOMEM");
	reserved = call_map(length, NONE, "PRIVATE|ANON", -1, 0);
	probe_expect_load(reserved, "the reservation", "SIGSEGV|SIGBUS");
	call_mprotect(reserved, length, RW);
	call_expect("ENOMEM");
	probe_expect_load(
	    reserved, "the reservation after mprotect", "SIGSEGV|SIGBUS");
	return call_last()->error;
}

static void
limit_of_data_and_reservation(void)
{
	limit_decide(reserve_beyond_data, NULL);
}

typedef void *sbrk_function(intptr_t);

/* With the limit at what there is the break does not move, before it does. */
static long
exceed_data_by_break(void *unused)
{
	size_t page = view_page();
	sbrk_function *move = (sbrk_function *)view_function("sbrk");
	void *got;

	(void)unused;
	call_begin("sbrk(%zu", page);
	got = move((intptr_t)page);
	call_made(got != (void *)-1, "sbrk(%zu)", page);
	if (!call_last()->ok)
		verdict_unsupported("sbrk does not move the break here");
	child_limit(PLAT_LIMIT_DATA, (long long)page);
	call_begin("sbrk(%zu", 64 * page);
	got = move((intptr_t)(64 * page));
	call_made(got != (void *)-1, "sbrk(%zu)", 64 * page);
	call_expect("ENOMEM");
	return call_last()->error;
}

static void
limit_of_data_for_break(void)
{
	limit_decide(exceed_data_by_break, NULL);
}

/* ----- Regions ----------------------------------------------------------- */

#define REGIONS_MOST 100000 /* more would take too long */
#define REGIONS_LEFT 32
#define MARGIN       1024 /* pages, for what else is mapped meanwhile */

/* A limit of bytes must not be met before that of regions. */
static void
need_address_space(size_t bytes)
{
	long long limit = view_facts()->rlimit_as;

	if (limit < 0 || limit == LLONG_MAX)
		return;
	if (limit - view_address_space() < (long long)bytes)
		verdict_untested(
		    "needs %zu bytes more within RLIMIT_AS", bytes);
}

/*
 * A reservation whose pages are inaccessible and readable in turn: no two of
 * them share a region, and so few are left that some dozen calls need them.
 *
 *	[ - | r | - | r | - | r | ... | - ]
 */
static void
use_up_regions(void)
{
	long limit = view_facts()->map_count_max;
	struct view_snapshot now = view_snapshot();
	unsigned char *pages;
	long count;

	if (limit <= 0 || now.count == 0)
		verdict_untested("needs to know the limit of regions");
	if (limit > REGIONS_MOST)
		verdict_untested("needs a limit of at most %d regions, is %ld",
		    REGIONS_MOST, limit);
	count = limit - now.count - REGIONS_LEFT;
	verdict_set_up(
	    count > 0, "%ld regions of %ld in use", now.count, limit);
	need_address_space((size_t)(count + MARGIN) * view_page());
	pages = area_reserve((size_t)count);
	for (long i = 1; i < count; i += 2) {
		call_mprotect(pages + (size_t)i * view_page(), view_page(), R);
		call_expect("ok");
	}
}

/*
 * Maps pages that no neighbour takes in, until that fails: *mapped is the
 * last one, or NULL.  How many there were.
 */
static long
map_until_failure(void **mapped)
{
	for (long i = 0; i < 8 * REGIONS_LEFT; i++) {
		void *next =
		    call_mmap(NULL, view_page(), RW, "SHARED|ANON", -1, 0);

		if (next == MAP_FAILED)
			return i;
		probe_expect_new(next, view_page());
		*mapped = next;
	}
	verdict_expect(false, "a failure at the limit of regions",
	    "no failure beyond the limit of regions");
	return 0;
}

/* The errno is judged last: it must come from the limit and nothing else. */
static long
exceed_regions(void *allowed)
{
	struct call_record failed;
	char observed[32];
	void *mapped = NULL;
	long count;

	use_up_regions();
	count = map_until_failure(&mapped);
	failed = *call_last();
	verdict_expect(count >= REGIONS_LEFT - 3 && count <= REGIONS_LEFT + 3,
	    "as many regions as the system says",
	    "a failure with %ld regions left", REGIONS_LEFT - count);
	/* Room for one region must be all that is missing. */
	call_munmap(mapped, view_page());
	call_expect("ok");
	probe_map_new(view_page(), "SHARED|ANON");
	snprintf(observed, sizeof(observed), "used up: %s",
	    names_errno(failed.error));
	if (!call_allows(allowed, failed.error))
		verdict_fail(failed.text, allowed, observed);
	return failed.error;
}

static void
regions_used_up(void)
{
	char allowed[] = "ENOMEM";

	limit_decide(exceed_regions, allowed);
}

static void
regions_used_up_emfile(void)
{
	char allowed[] = "EMFILE";

	limit_decide(exceed_regions, allowed);
}

/* The same change of the whole mapping splits nothing and must work. */
static long
split_at_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *three = area_shared(3);
	void *mapped = NULL;
	int error;

	(void)unused;
	use_up_regions();
	map_until_failure(&mapped);
	call_expect("ENOMEM");
	call_mprotect(three + page, page, R);
	call_expect("ENOMEM");
	error = call_last()->error;
	probe_expect_store(three + page, "the page to be changed", "ok");
	call_mprotect(three, 3 * page, R);
	call_expect("ok");
	probe_expect_store(
	    three + page, "the mapping made read-only", "SIGSEGV");
	return error;
}

static void
split_when_used_up(void)
{
	limit_decide(split_at_limit, NULL);
}

/* A part at the mapping's edge splits nothing, and is unmapped. */
static long
unmap_at_limit(void *unused)
{
	size_t page = view_page();
	unsigned char *three = area_shared(3);
	void *mapped = NULL;
	int error;

	(void)unused;
	area_fill(three, 3);
	use_up_regions();
	map_until_failure(&mapped);
	call_munmap(three + page, page);
	call_expect("ENOMEM");
	error = call_last()->error;
	area_expect_kept(three, 0, 3, "the mapping");
	area_unmap(three + 2 * page, page);
	area_expect_filled(three, 0, 2, "the pages before");
	return error;
}

static void
hole_when_used_up(void)
{
	limit_decide(unmap_at_limit, NULL);
}

/* ----- The number of regions --------------------------------------------- */

#define NEIGHBOURS 64

static long
count_regions(void)
{
	long count = view_snapshot().count;

	if (count == 0)
		verdict_untested("needs the kernel's list of regions");
	return count;
}

static void
expect_regions(long before, long more, const char *when)
{
	long now = count_regions();

	verdict_expect(now == before + more, "as many regions as needed",
	    "%ld regions more than before %s, not %ld", now - before, when,
	    more);
}

/* A reservation, covered page by page, is one region again. */
static void
neighbours_merged(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(NEIGHBOURS);
	struct view_region region;

	for (size_t i = 0; i < NEIGHBOURS; i++)
		call_mmap_at(
		    area + i * page, page, RW, "PRIVATE|ANON|FIXED", -1, 0);
	region = view_region(area);
	verdict_expect(region.start <= (uintptr_t)area &&
		region.end >= (uintptr_t)(area + NEIGHBOURS * page),
	    "one region", "a region of %zu of %d pages",
	    (size_t)(region.end - (uintptr_t)area) / page, NEIGHBOURS);
	probe_expect_bytes(area, NEIGHBOURS * page, 0, "the mapping");
	verdict_observe("one region");
}

/* Advice that is told region by region splits, and taking it back merges. */
static void
advice_merged(void)
{
	size_t page = view_page();
	unsigned char *area = area_anon(3, RW);
	long before = count_regions();

	call_madvise(area + page, page, "DONTFORK");
	call_expect("ok");
	expect_regions(before, 2, "a page was advised");
	call_madvise(area + page, page, "DOFORK");
	call_expect("ok");
	expect_regions(before, 0, "the advice was taken back");
	verdict_observe("split, and merged again");
}

/* ----- Locked memory ----------------------------------------------------- */

static void
locked_over_limit(void)
{
	limit_refuses_lock("PRIVATE|ANON|LOCKED", LIMIT_LOCKS, "EAGAIN");
}

static void
locked_limit_zero(void)
{
	limit_refuses_lock("PRIVATE|ANON|LOCKED", 0, "EPERM");
}

static long
map_beyond_future_lock(void *arg)
{
	const int *prot = arg;
	size_t page = view_page(), length = 2 * LIMIT_LOCKS * page;
	int error;

	limit_locks(LIMIT_LOCKS);
	call_mlockall("FUTURE");
	if (!call_last()->ok &&
	    (call_last()->error == ENOSYS || call_last()->error == EPERM))
		verdict_untested("needs mlockall without privilege: %s",
		    names_errno(call_last()->error));
	call_expect("ok");
	probe_map_new(LIMIT_LOCKS / 2 * page, "PRIVATE|ANON");
	call_mmap(NULL, length, *prot, "PRIVATE|ANON", -1, 0);
	call_expect("EAGAIN|ENOMEM");
	error = call_last()->error;
	call_munlockall();
	call_expect("ok");
	probe_map(length, *prot, "PRIVATE|ANON", -1, 0);
	return error;
}

static void
future_lock_over_limit(void)
{
	int prot = RW;

	limit_decide(map_beyond_future_lock, &prot);
}

static void
future_lock_of_reservation(void)
{
	int prot = NONE;

	limit_decide(map_beyond_future_lock, &prot);
}

/* clang-format off */
static const struct row cases[] = {
	CODE(no_room, NO_ROOM_ENOMEM, no_room),
	CODE(limit_of_address_space, RLIMIT_AS, limit_of_address_space),
	CODE(limit_of_data_reached, RLIMIT_DATA_LIMITS_MMAP, limit_of_data_reached),
	CODE(limit_of_data, RLIMIT_DATA_PRIVATE_WRITABLE, limit_of_data),
	CODE(limit_of_data_and_reservation, RLIMIT_DATA_SPARES_RESERVATIONS, limit_of_data_and_reservation),
	CODE(replaced_many_times, FIXED_COUNTS_ONCE, replaced_many_times),
	CODE(regions_used_up, MAP_COUNT_LIMIT, regions_used_up),
	CODE(regions_used_up_emfile, ERRNO_EMFILE_FOR_REGIONS, regions_used_up_emfile),
	CODE(hole_when_used_up, MUNMAP_AT_REGION_LIMIT, hole_when_used_up),
	CODE(split_when_used_up, MPROTECT_SPLIT_AT_MAP_LIMIT, split_when_used_up),
	CODE(neighbours_merged, NEIGHBOURS_MERGED, neighbours_merged),
	CODE(advice_merged, ADVICE_MERGED, advice_merged),
	CODE(limit_of_data_for_break, RLIMIT_DATA_LIMITS_BREAK, limit_of_data_for_break),
	CODE(locked_over_limit, MAP_LOCKED_OVER_LIMIT, locked_over_limit),
	CODE(locked_limit_zero, MAP_LOCKED_LIMIT_ZERO, locked_limit_zero),
	CODE(future_lock_over_limit, MLOCKALL_FUTURE_OVER_LIMIT, future_lock_over_limit),
	CODE(future_lock_of_reservation, FUTURE_LOCK_COUNTS_NONE, future_lock_of_reservation),
};
/* clang-format on */

SUITE_PROGRAM(cases)
