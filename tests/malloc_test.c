/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anonymous mappings and the heap: that they keep apart, which requests
 * malloc passes on to mmap, and what either costs.  What malloc does depends
 * on all that it did before, so each question is put to a fresh program.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/malloc.def"
#include "helpers/claims.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* The heap as the kernel knows it, from its start to the program break. */
struct heap {
	uintptr_t start;
	uintptr_t end;
};

static struct heap
heap_now(void)
{
	struct heap heap;

	view_heap(&heap.start, &heap.end);
	return heap;
}

static bool
in_heap(const void *addr)
{
	struct heap heap = heap_now();

	return (uintptr_t)addr >= heap.start && (uintptr_t)addr < heap.end;
}

/*
 * ----- Apart from the heap --------------------------------------------------
 */

static void
expect_heap(struct heap before, const char *when)
{
	struct heap now = heap_now();
	bool same = now.start == before.start && now.end == before.end;

	verdict_expect(same, "the heap as it was", "the heap %s %s",
	    same ? "as it was" : "moved or resized", when);
}

static void
outside_heap(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };
	size_t size = 4 * view_page();
	struct heap before;

	free(malloc(1));
	before = heap_now();
	for (size_t i = 0; i < 2; i++) {
		unsigned char *memory =
		    call_mmap(NULL, size, RW, flags[i], -1, 0);

		bool outside;

		call_expect("ok");
		outside = (uintptr_t)memory + size <= before.start ||
		    (uintptr_t)memory >= before.end;
		verdict_either(outside, "outside the heap", "inside the heap");
		probe_expect_bytes(memory, size, 0, "the mapping");
		memset(memory, 'a', size);
		expect_heap(before, "after mapping");
	}
	verdict_observe("outside the heap");
}

/* Comings and goings of many sizes, every second one for good. */
static void
many_maps(void)
{
	size_t page = view_page(), rounds = (size_t)verdict_rounds(300);
	struct view_region first, last;
	struct heap before;
	bool same;

	free(malloc(1));
	before = heap_now();
	if (!view_find_region((void *)before.start, &first))
		verdict_untested("needs a heap that is listed");
	for (size_t i = 0; i < rounds; i++) {
		unsigned char *memory =
		    call_map((1 + i % 7) * page, RW, "PRIVATE|ANON", -1, 0);

		probe_expect_bytes(memory, 1, 0, "the mapping");
		memory[0] = 'a';
		if (i % 2 == 0) {
			call_munmap(memory, (1 + i % 7) * page);
			call_expect("ok");
			probe_expect_load(
			    memory, "what was unmapped", "SIGSEGV|SIGBUS");
		}
	}
	call_forget();
	expect_heap(before, "after many mappings");
	same = view_find_region((void *)before.start, &last) &&
	    first.start == last.start && first.end == last.end;
	verdict_decide(same, "listed as it was", "the heap is listed as it was",
	    "the heap is not listed, or with other bounds");
}

/*
 * ----- malloc ---------------------------------------------------------------
 */

/* What an image answers about a piece of memory. */
enum place {
	HEAP,
	MAPPED
};

static const char *const place_names[] = { "the heap", "a mapping" };

/* Lets nothing in the environment tune the allocator of the next image. */
static void
default_malloc(void)
{
	static const char *const tuning[] = { "GLIBC_TUNABLES",
		"MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_TOP_PAD_",
		"MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_TEST",
		"MALLOC_PERTURB_", "MALLOC_CHECK_", "MALLOC_CONF",
		"MALLOC_OPTIONS" };

	for (size_t i = 0; i < sizeof(tuning) / sizeof(tuning[0]); i++)
		unsetenv(tuning[i]);
}

/* The thresholds are those of one library. */
static void
need_glibc(void)
{
	char libc[64];

	if (!view_libc(libc, sizeof(libc)))
		verdict_untested("needs to know the C library");
	if (strncmp(libc, "glibc ", 6) != 0)
		verdict_unsupported("what glibc documents is not for %s", libc);
	heap_now();
	default_malloc();
}

static enum place
place_of(const void *memory)
{
	return in_heap(memory) ? HEAP : MAPPED;
}

/* A chunk of that many bytes, which the compiler cannot do without. */
static unsigned char *
allocate(size_t size)
{
	void *(*volatile from)(size_t) = malloc;

	return from(size);
}

/* One that the claim needs to be there. */
static void *
take(size_t size)
{
	unsigned char *memory = allocate(size);

	call_made(memory != NULL, "malloc(%zu)", size);
	call_expect("ok");
	memory[0] = memory[size - 1] = 'm';
	return memory;
}

/*
 * The heap grows in steps that leave 128 KiB free at its end: right after a
 * step, 64 KiB more leave less than any request of interest.
 */
static void
use_up_heap(void)
{
	struct heap before, now;

	take(1);
	before = heap_now();
	do {
		take(8 * KIB);
		now = heap_now();
	} while (now.end == before.end);
	take(64 * KIB);
}

static long
place_of_request(const char *size)
{
	use_up_heap();
	return place_of(take(strtoul(size, NULL, 10)));
}

static void
expect_place(size_t size, const char *words, enum place place)
{
	char argument[32];
	long seen;

	snprintf(argument, sizeof(argument), "%zu", size);
	seen = child_exec("place-of-request", argument);
	verdict_expect(seen == (long)place, place_names[place],
	    "%s comes from %s", words, place_names[seen]);
}

static void
threshold_128k(void)
{
	need_glibc();
	expect_place(127 * KIB, "127 KiB", HEAP);
	expect_place(128 * KIB + 1, "128 KiB and 1 byte", MAPPED);
	expect_place(128 * KIB, "128 KiB", HEAP);
}

/* Private, without a file, outside the heap. */
static long
is_private_anonymous(const char *size)
{
	void *memory = take(strtoul(size, NULL, 10));
	struct view_region region = view_region(memory);

	return region.shared != 1 && region.inode == 0 &&
	    region.object[0] == '\0' && !in_heap(memory);
}

static void
large_request(void)
{
	long yes;

	default_malloc();
	yes = child_exec("is-private-anonymous", "1048576");
	verdict_decide(yes == 1, "a private anonymous mapping",
	    "1 MiB comes from a private anonymous mapping",
	    "1 MiB comes from no private anonymous mapping");
}

/* A chunk that malloc has mapped, as it is above the threshold. */
static unsigned char *
take_mapped(size_t size)
{
	unsigned char *memory = take(size);
	enum place place = place_of(memory);

	verdict_expect(place == MAPPED, "a mapping",
	    "at first it comes from %s", place_names[place]);
	return memory;
}

/* Freed and taken again: the second place. */
static long
place_after_free(const char *size)
{
	size_t bytes = strtoul(size, NULL, 10);

	use_up_heap();
	free(take_mapped(bytes));
	return place_of(take(bytes));
}

/*
 * Setting the threshold turns the adjustment off: the counter-check.  Programs
 * of 32 bits never have a threshold above 512 KiB.
 */
static void
threshold_dynamic(void)
{
	long seen;

	need_glibc();
	seen = child_exec("place-after-free", "262144");
	verdict_expect(seen == HEAP, "the heap",
	    "256 KiB freed and taken again comes from %s", place_names[seen]);
	setenv("MALLOC_MMAP_THRESHOLD_", "131072", 1);
	seen = child_exec("place-after-free", "262144");
	verdict_expect(seen == MAPPED, "a mapping, the threshold being set",
	    "with a threshold set, it comes from %s", place_names[seen]);
	verdict_observe("the heap; with a threshold set, a mapping");
}

static long
place_of_first(const char *size)
{
	take(1);
	return place_of(take(strtoul(size, NULL, 10)));
}

/* Without room there it is mapped: the counter-check. */
static void
free_end_of_heap(void)
{
	long seen;

	need_glibc();
	seen = child_exec("place-of-first", "1048576");
	verdict_expect(seen == MAPPED, "a mapping",
	    "1 MiB, with no room at the heap's end, comes from %s",
	    place_names[seen]);
	setenv("MALLOC_TOP_PAD_", "4194304", 1);
	seen = child_exec("place-of-first", "1048576");
	verdict_expect(seen == HEAP, "the heap",
	    "1 MiB, with 4 MiB free at the heap's end, comes from %s",
	    place_names[seen]);
}

/* Whether the chunk is still there when it has been freed. */
static long
is_left_by_free(const char *size)
{
	unsigned char *memory = take_mapped(strtoul(size, NULL, 10));
	volatile uintptr_t addr = (uintptr_t)memory;

	free(memory);
	return probe_load((const void *)addr, NULL).signo == 0;
}

static void
free_unmaps(void)
{
	long left;

	need_glibc();
	left = child_exec("is-left-by-free", "1048576");
	verdict_decide(left == 0, "gone", "freed, 1 MiB is gone",
	    "freed, 1 MiB is still there");
}

/*
 * ----- Costs ----------------------------------------------------------------
 */

static double
nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Without call_mmap(): what that remembers would be timed as well. */
static double
time_maps(size_t size, int takes)
{
	double start = nanoseconds(), end;
	bool mapped = true, unmapped = true;

	for (int i = 0; i < takes && mapped && unmapped; i++) {
		unsigned char *memory;

		/* raw: timed */
		memory = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANON, -1, 0);
		mapped = memory != MAP_FAILED;
		if (!mapped)
			break;
		memory[0] = memory[size - 1] = 'm';
		unmapped = munmap(memory, size) == 0;
	}
	end = nanoseconds();
	call_made(mapped, "mmap(NULL, %zu, RW, PRIVATE|ANON, -1, 0)", size);
	call_expect("ok");
	call_made(unmapped, "munmap(memory, %zu)", size);
	call_expect("ok");
	return end - start;
}

static double
time_heap(size_t size, int takes)
{
	double start = nanoseconds(), end;
	unsigned char *memory = NULL;

	for (int i = 0; i < takes; i++) {
		memory = allocate(size);
		if (memory == NULL)
			break;
		memory[0] = memory[size - 1] = 'm';
		free(memory);
	}
	end = nanoseconds();
	call_made(memory != NULL, "malloc(%zu)", size);
	call_expect("ok");
	return end - start;
}

static int
compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/*
 * Either way once in turn, so that noise meets both, and the median of their
 * ratios; hundreds are usual, two is what must be.  Of what takes no time that
 * the clock can tell, more is done.
 */
#define ROUNDS 9
#define TAKES  30
#define LONG   1e4 /* nanoseconds */
#define MOST   100000

static void
slower_than_heap(void)
{
	size_t page = view_page();
	double ratios[ROUNDS];
	int takes = TAKES;
	bool slower;

	time_heap(page, takes);
	while (takes < MOST && time_heap(page, takes) < LONG)
		takes *= 2;
	if (takes >= MOST)
		verdict_untested("needs a clock that tells the heap's time");
	for (int i = 0; i < ROUNDS; i++) {
		double heap = time_heap(page, takes);

		ratios[i] = time_maps(page, takes) / (heap > 0 ? heap : LONG);
	}
	qsort(ratios, ROUNDS, sizeof(ratios[0]), compare);
	call_forget();
	slower = ratios[ROUNDS / 2] > 2;
	verdict_decide(slower, "at least twice the heap's time",
	    "more than twice the heap's time",
	    "less than twice the heap's time");
}

/*
 * Under a limit on the address space, which counts both: memory that malloc
 * gives before something was mapped, and what it gives then.
 */
#define ROOM ((size_t)64 << 20)

static long
ask_room(void *arg)
{
	void *volatile block; /* else both calls could be left out */
	bool given;

	(void)arg;
	child_limit(PLAT_LIMIT_AS, view_address_space() + (long long)ROOM);
	block = malloc(ROOM / 2);
	given = block != NULL;
	free(block);
	verdict_expect(given, "memory before", "no memory before");
	call_map(ROOM / 4 * 3, NONE, "PRIVATE|ANON", -1, 0);
	block = malloc(ROOM / 2);
	given = block != NULL;
	free(block);
	return !given;
}

static void
room_for_malloc(void)
{
	verdict_observe("malloc: %s",
	    child_ask(ask_room, NULL) == 1 ? "no memory" : "memory");
}

static const struct child_image images[] = {
	{ "place-of-request", place_of_request },
	{ "is-private-anonymous", is_private_anonymous },
	{ "place-after-free", place_after_free },
	{ "place-of-first", place_of_first },
	{ "is-left-by-free", is_left_by_free },
	{ NULL, NULL },
};

/* clang-format off */
static const struct row cases[] = {
	CODE(outside_heap,      ANON_OUTSIDE_HEAP,        outside_heap),
	CODE(many_maps,         ANON_NO_HEAP_FRAGMENTATION, many_maps),
	CODE(large_request,     MALLOC_MMAP_THRESHOLD,    large_request),
	CODE(threshold_128k,    MALLOC_THRESHOLD_128K,    threshold_128k),
	CODE(threshold_dynamic, MALLOC_THRESHOLD_DYNAMIC, threshold_dynamic),
	CODE(free_end_of_heap,  MALLOC_THRESHOLD_YIELDS_TO_FREE_TOP, free_end_of_heap),
	CODE(free_unmaps,       MALLOC_FREE_RETURNS_AT_ONCE, free_unmaps),
	CODE(room_for_malloc,   MAPPING_TAKES_MALLOCS_ROOM, room_for_malloc),
	CODE(slower_than_heap,  ANON_SLOWER_THAN_HEAP,    slower_than_heap),
};
/* clang-format on */

SUITE_PROGRAM_IMAGES(cases, images)
