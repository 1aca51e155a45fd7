/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_FIXED: where it maps, what it replaces, what it leaves alone, and what
 * a request that fails leaves behind.  Most cases work on pages filled with
 * letters:
 *
 *	page       0     1     2     3
 *	before   aaaa  bbbb  cccc  dddd	area_filled(4)
 *	request        [new]		MAP_FIXED
 *	after    aaaa  0000  cccc  dddd
 */
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define FIXED_ANON "PRIVATE|ANON|FIXED"

/* New private anonymous pages over addr. */
static void
place_anon(unsigned char *addr, size_t length)
{
	call_mmap_at(addr, length, RW, FIXED_ANON, -1, 0);
}

/* A request like those below, but for its address, works. */
static void
set_up_sound_request(size_t length)
{
	size_t pages = length / suite_page();
	unsigned char *there = area_reserve(pages);

	suite_set_up(call_mmap(there, length, RW, FIXED_ANON, -1, 0) == there,
	    "MAP_FIXED over a reservation = %s",
	    names_errno(call_last()->error));
	area_free(there, pages);
	call_forget();
}

/* Filled pages must hold what they held, and take stores. */
static void
expect_kept(unsigned char *used, size_t first, size_t pages, const char *what)
{
	bool kept = area_still_filled(used, first, pages);
	size_t page = suite_page();

	suite_expect(kept, "kept", "%s %s", what, kept ? "kept" : "changed");
	for (size_t i = first; i < first + pages; i++)
		suite_expect(
		    probe_store(used + i * page, area_fill_byte(i)).signo == 0,
		    "writable", "%s is no longer writable", what);
	suite_observe("%s kept", what);
}

/*
 * ----- Exactly there ---------------------------------------------------------
 */

static void
exact_address(void)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 3 * page);
	unsigned char *over[] = {
		area_reserve(3),
		area_filled(3),
		area_shared(3),
		area_object(&object, 0, 3, RW, true),
	};

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		place_anon(over[i] + page, page);
		probe_expect_bytes(over[i] + page, page, 0, "the new page");
		probe_expect_store(over[i] + page, "the new page", "ok");
	}
	suite_expect(
	    object_byte(&object, (off_t)page) == object_pattern((off_t)page),
	    "the file left alone", "exact over 4 kinds of mapping");
}

/*
 * ----- What is replaced, and what is not ---------------------------------------
 */

static void
replaces_overlap(void)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(3);

	call_mmap_at(
	    used + page, page, RW, "PRIVATE|FIXED", object.fd, (off_t)page);
	probe_expect_pattern(
	    used + page, page, (off_t)page, "the replaced page");
}

/*
 * The request covers the end of one mapping and the start of another:
 *	aaaa bbbb | xxxx xxxx
 *	     [ new     ]
 */
static void
replaces_across_two_mappings(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(4);

	call_mmap_at(used + 2 * page, 2 * page, RW, "SHARED|ANON|FIXED", -1, 0);
	memset(used + 2 * page, 'x', 2 * page);
	place_anon(used + page, 2 * page);
	probe_expect_bytes(used + page, 2 * page, 0, "the replaced pages");
	probe_expect_bytes(
	    used + 3 * page, page, 'x', "the second mapping's other page");
	expect_kept(used, 0, 1, "the first mapping's other page");
}

/* The old protection goes with the old pages. */
static void
replaces_protection(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(3);

	call_mmap_at(used + page, page, R, FIXED_ANON, -1, 0);
	probe_expect_bytes(used + page, page, 0, "the replaced page");
	probe_expect_store(used + page, "a page now read-only", "SIGSEGV");
	place_anon(used + page, page);
	probe_expect_store(used + page, "a page writable again", "ok");
}

static void
keeps_neighbours_private(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(5);

	area_protect(used, 1, R);
	area_protect(used + 4 * page, 1, NONE);
	place_anon(used + 2 * page, page);
	expect_kept(used, 1, 1, "the page before");
	expect_kept(used, 3, 1, "the page after");
	probe_expect_store(used, "a read-only neighbour", "SIGSEGV");
	probe_expect_load(
	    used + 4 * page, "an inaccessible neighbour", "SIGSEGV");
	area_protect(used + 4 * page, 1, RW);
	expect_kept(used, 4, 1, "the neighbour that was inaccessible");
	suite_observe("contents and protection kept");
}

static long
store_to_three_pages(void *arg)
{
	unsigned char *pages = arg;

	for (size_t i = 0; i < 3; i++)
		pages[i * suite_page()] = 'x';
	return 0;
}

/* The outer pages stay shared with a child, the new one between is not. */
static void
keeps_neighbours_shared(void)
{
	size_t page = suite_page();
	unsigned char *shared = area_shared(3);

	memset(shared, 's', 3 * page);
	place_anon(shared + page, page);
	child_ask(store_to_three_pages, shared);
	suite_expect(shared[0] == 'x' && shared[2 * page] == 'x',
	    "neighbours shared with a child",
	    "a child's stores to the neighbours %s",
	    shared[0] == 'x' && shared[2 * page] == 'x' ? "seen" : "not seen");
	suite_expect(shared[page] == 0, "a private page between",
	    "a child's store to the new page %s",
	    shared[page] == 0 ? "not seen" : "seen");
	probe_expect_bytes(shared + 1, page - 1, 's', "the page before");
	probe_expect_bytes(
	    shared + 2 * page + 1, page - 1, 's', "the page after");
	suite_observe("contents and sharing kept");
}

static void
replaces_whole_last_page(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(4);

	place_anon(used + page, page + 1);
	probe_expect_bytes(used + page, 2 * page, 0,
	    "the two pages of a request for a page and a byte");
	expect_kept(used, 0, 1, "the page before");
	expect_kept(used, 3, 1, "the page after");
	suite_observe("replaced to the end of its last page, no further");
}

/* Hints at the rest, too: it is not free. */
static void
rest_stays_reserved(void)
{
	size_t page = suite_page(), pages = 32;
	unsigned char *start = area_reserve(pages);
	bool inside = false;

	place_anon(start + 16 * page, page);
	for (size_t i = 0; i < pages; i++) {
		unsigned char *got =
		    call_mmap(i % 2 == 0 ? NULL : start + i * page, page, RW,
			"PRIVATE|ANON", -1, 0);

		call_expect("ok");
		inside = inside || (got >= start && got < start + pages * page);
	}
	suite_expect(!inside, "later mappings outside the reservation",
	    "a later mapping lies %s the reservation",
	    inside ? "inside" : "outside");
	probe_expect_load(start, "the rest", "SIGSEGV");
	suite_observe("no later mapping inside");
}

static long long
locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		suite_untested("needs a count of locked memory");
	return bytes;
}

static void
removes_locks(void)
{
	long long page = (long long)suite_page(), before = locked_bytes();
	unsigned char *used = area_filled(3);
	struct plat_usage usage;
	long long after;

	if (call_mlock(used, 3 * suite_page()) == -1)
		suite_untested("needs to lock 3 pages: mlock gave %s",
		    names_errno(call_last()->error));
	suite_set_up(locked_bytes() == before + 3 * page,
	    "locking 3 pages is not counted");
	place_anon(used + page, suite_page());
	after = locked_bytes();
	suite_expect(after == before + 2 * page, "2 of 3 pages locked",
	    "%lld of 3 pages locked", (after - before) / page);
	if (plat_usage(used + page, &usage) == 0 && usage.locked >= 0)
		suite_expect(usage.locked == 0, "the new page unlocked",
		    "%lld bytes of the new page locked", usage.locked);
	suite_observe("the new page unlocked, its neighbours locked");
}

/*
 * Seen by the space that comes back.  Others use the file system, too: space
 * that moves in the other direction meanwhile only costs an attempt.
 */
#define STORAGE  ((off_t)16 << 20)
#define ATTEMPTS 5

static long long
free_bytes(int directory)
{
	struct statvfs info;

	if (fstatvfs(directory, &info) == -1)
		suite_broken("fstatvfs");
	return (long long)info.f_bfree * (long long)info.f_frsize;
}

/* Blocks may be given back a little later; never waits for long. */
static bool
grows_to(int directory, long long bytes)
{
	for (int i = 0; i < 100; i++) {
		if (free_bytes(directory) >= bytes)
			return true;
		sched_yield();
	}
	return false;
}

/* Gives an empty file its storage: by writing where nothing else can. */
static int
take_storage(int fd)
{
	int (*allocate)(int, off_t, off_t) =
	    (int (*)(int, off_t, off_t))plat_function("posix_fallocate");
	unsigned char block[1 << 16];

	if (allocate != NULL)
		return allocate(fd, 0, STORAGE);
	memset(block, 's', sizeof(block));
	for (off_t at = 0; at < STORAGE; at += (off_t)sizeof(block)) {
		ssize_t wrote = pwrite(fd, block, sizeof(block), at);

		if (wrote != (ssize_t)sizeof(block))
			return wrote == -1 ? errno : ENOSPC;
	}
	return 0;
}

/* Whether space came back; quiet: nobody disturbed the measurement. */
static bool
drop_once(int directory, bool *quiet)
{
	struct object object = object_make(FILE_EMPTY, 0);
	long long start = free_bytes(directory), before;
	unsigned char *mapped;
	bool came_back;
	int error = take_storage(object.peer);

	if (error != 0)
		suite_untested("needs %lld bytes of storage in %s: %s",
		    (long long)STORAGE, suite_filesystem(), names_errno(error));
	mapped = area_object(&object, 0, 1, R, true);
	object_end(&object);
	before = free_bytes(directory);
	*quiet = before <= start - STORAGE / 2;
	place_anon(mapped, suite_page());
	came_back = grows_to(directory, before + STORAGE / 2);
	area_free(mapped, 1);
	return came_back;
}

static void
drops_old_reference(void)
{
	int directory = open(suite_directory(), O_RDONLY | O_DIRECTORY);
	bool quiet = false, came_back = false, ever_quiet = false;

	if (directory == -1)
		suite_broken("opening %s", suite_directory());
	for (int i = 0; i < ATTEMPTS && !(quiet && came_back); i++) {
		came_back = drop_once(directory, &quiet);
		ever_quiet = ever_quiet || quiet;
	}
	close(directory);
	if (!ever_quiet)
		suite_untested("needs a file system whose free space shows "
			       "one file and is not in use by others");
	suite_expect(quiet && came_back, "the file's storage free again",
	    "the file's storage %s",
	    quiet && came_back ? "free again" : "still in use");
}

/*
 * ----- In one step -------------------------------------------------------------
 */

/* One page that two threads of this process care about. */
struct contest {
	unsigned char *page;
	unsigned char old, new; /* what a reader may find there */
	atomic_bool stop;
	atomic_bool lost; /* the page went to the other thread */
	atomic_bool faulted;
	atomic_bool strange; /* neither old nor new */
	atomic_long tries;
};

static pthread_t
start_thread(void *(*run)(void *), struct contest *contest)
{
	pthread_t thread;

	suite_set_up(pthread_create(&thread, NULL, run, contest) == 0,
	    "a thread cannot be made");
	return thread;
}

/* Maps with and without a hint at the page for as long as it goes on. */
static void *
steal(void *arg)
{
	struct contest *contest = arg;

	while (!contest->stop && !contest->lost) {
		bool hint = contest->tries++ % 2 == 0;
		unsigned char *got = area_near(hint ? contest->page : NULL, 1);

		if (got == contest->page)
			contest->lost = true;
		else if (got != NULL)
			area_free(got, 1);
	}
	return NULL;
}

/*
 * Rounds go on until the other thread has had its share of tries, also when
 * both run on one processor.
 */
static bool
goes_on(struct contest *contest, long round, long rounds)
{
	if (contest->lost || contest->faulted || contest->strange)
		return false;
	if (round < rounds)
		return true;
	if (contest->tries < rounds / 10)
		sched_yield();
	return contest->tries < rounds / 10;
}

static void
atomic_no_thief(void)
{
	struct contest contest = { .page = area_filled(3) + suite_page() };
	long rounds = suite_rounds(3000);
	pthread_t thread = start_thread(steal, &contest);

	for (long i = 0; goes_on(&contest, i, rounds); i++)
		call_mmap(contest.page, suite_page(), RW, FIXED_ANON, -1, 0);
	contest.stop = true;
	pthread_join(thread, NULL);
	suite_expect(!contest.lost, "never given to another thread",
	    "%s given to another thread", contest.lost ? "once" : "never");
}

static sigjmp_buf reader;

static void
leave_reader(int signo)
{
	(void)signo;
	siglongjmp(reader, 1);
}

static void *
read_page(void *arg)
{
	struct contest *contest = arg;

	if (sigsetjmp(reader, 1) != 0) {
		contest->faulted = true;
		return NULL;
	}
	while (!contest->stop) {
		unsigned char seen = *(volatile unsigned char *)contest->page;

		if (seen != contest->old && seen != contest->new)
			contest->strange = true;
		contest->tries++;
	}
	return NULL;
}

/* Two pages of a file take turns. */
static void
atomic_no_fault(void)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 2 * page);
	struct contest contest = {
		.page = area_object(&object, 0, 1, R, true),
		.old = object_pattern(0),
		.new = object_pattern((off_t)page),
	};
	struct sigaction action = { .sa_handler = leave_reader };
	struct sigaction segv, bus;
	long rounds = suite_rounds(3000);
	pthread_t thread;

	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	thread = start_thread(read_page, &contest);
	for (long i = 0; goes_on(&contest, i, rounds); i++)
		call_mmap(contest.page, page, R, "SHARED|FIXED", object.fd,
		    (off_t)((i + 1) % 2 * (long)page));
	contest.stop = true;
	pthread_join(thread, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	suite_expect(!contest.faulted && !contest.strange,
	    "the old byte or the new one", "a reader saw %s",
	    contest.faulted       ? "a fault"
		: contest.strange ? "a byte of neither page"
				  : "old or new bytes only");
}

/* Until it is given the page: by hint, then wherever there is room. */
static void *
take(void *arg)
{
	struct contest *contest = arg;

	for (int i = 0; i < 64 && !contest->lost; i++) {
		unsigned char *got =
		    area_near(i == 0 ? contest->page : NULL, 1);

		if (got != contest->page)
			continue;
		memset(got, 't', suite_page());
		contest->lost = true;
	}
	return NULL;
}

/* The other thread's step is forced: it comes between the two calls. */
static void
munmap_then_mmap(void)
{
	size_t page = suite_page();
	struct contest contest = { .page = area_filled(3) + page };
	unsigned char *again;

	pthread_join(start_thread(take, &contest), NULL);
	suite_expect(!contest.lost, "a mapped page not given away",
	    "a mapped page %sgiven away", contest.lost ? "" : "not ");
	call_munmap(contest.page, page);
	call_expect("ok");
	pthread_join(start_thread(take, &contest), NULL);
	if (!contest.lost)
		suite_untested("needs a system that gives a freed range to "
			       "the next thread that asks for it");
	again = call_mmap(contest.page, page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	suite_expect(again != contest.page, "lost to the other thread",
	    "the range %s",
	    again != contest.page ? "lost to the other thread" : "had again");
	probe_expect_bytes(contest.page, page, 't', "the other thread's page");
	suite_observe("the range lost to the other thread");
}

/* Said to show that MAP_FIXED on a free range is an error likewise. */
static void
dup2_onto_closed(void)
{
	size_t page = suite_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	int result = dup2(file.fd, closed.fd);
	unsigned char byte = 0;
	bool works = result == closed.fd && pread(result, &byte, 1, 0) == 1 &&
	    byte == object_pattern(0);

	if (result != -1)
		close(result);
	suite_expect(result == -1, "an error",
	    works ? "dup2 succeeded, the descriptor works" : "dup2 returned %d",
	    result);
}

/*
 * ----- Addresses at the edge ------------------------------------------------------
 */

/* Taken literally, or refused: never mapped at another place. */
static void
addr_odd(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(4), *odd = used + page + 1;
	unsigned char *got;

	set_up_sound_request(page);
	got = call_mmap(odd, page, RW, FIXED_ANON, -1, 0);
	call_expect("ok|EINVAL");
	if (got != MAP_FAILED) {
		suite_expect(got == odd, "the address asked for, or EINVAL",
		    "mapped at another address");
		return;
	}
	expect_kept(used, 0, 4, "the old mapping");
	suite_observe("EINVAL");
}

#define REMAINDER 512

static void
addr_offset_congruent(void)
{
	size_t page = suite_page(), length = page - REMAINDER;
	struct object object = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(3);
	unsigned char *odd = used + page + REMAINDER, *got;

	call_mmap_at(used + 2 * page, page, RW, "PRIVATE|FIXED", object.fd, 0);
	got = call_mmap(odd, length, RW, "PRIVATE|FIXED", object.fd, REMAINDER);
	call_expect("ok|EINVAL");
	if (got == MAP_FAILED) {
		expect_kept(used, 0, 2, "the old mapping");
		suite_observe("EINVAL");
		return;
	}
	suite_expect(got == odd, "the address asked for", "mapped %s",
	    got == odd ? "there" : "elsewhere");
	probe_expect_pattern(odd, length, REMAINDER, "the page");
	suite_observe("ok");
}

/* Page zero is mapped in a child only. The errno, 0 when mapped. */
static long
map_zero(void *arg)
{
	int allowed = suite_facts()->can_map_zero;
	unsigned char *got =
	    call_mmap(NULL, suite_page(), RW, FIXED_ANON, -1, 0);
	unsigned char byte = 0;

	(void)arg;
	if (got == MAP_FAILED && allowed == -1)
		suite_untested("needs to know who may map page zero; here it "
			       "is %s",
		    names_errno(call_last()->error));
	call_expect(allowed == 0 ? "EPERM" : "ok");
	if (got == MAP_FAILED)
		return call_last()->error;
	suite_expect(got == NULL, "page zero", "mapped %s",
	    got == NULL ? "page zero" : "elsewhere");
	probe_expect_store(NULL, "page zero", "ok");
	suite_expect(probe_load(NULL, &byte).signo == 0 && byte == 's',
	    "the byte stored", "page zero holds %#x", byte);
	return 0;
}

static void
addr_zero(void)
{
	long error;

	set_up_sound_request(suite_page());
	error = child_ask(map_zero, NULL);
	suite_observe(
	    "%s", error == 0 ? "page zero mapped" : names_errno((int)error));
}

/* For a claim about the addresses of one processor; it has two names. */
static void
need_x86_64(void)
{
	struct utsname name;

	if (uname(&name) == -1)
		suite_broken("uname");
	if (sizeof(void *) < 8 ||
	    (strcmp(name.machine, "x86_64") != 0 &&
		strcmp(name.machine, "amd64") != 0))
		suite_unsupported("claimed for x86-64");
}

/* Half way up: no address at all on most 64 bit processors. */
static void
addr_middle(void)
{
	unsigned char *middle = (unsigned char *)(UINTPTR_MAX / 2 + 1);

	if (sizeof(void *) < 8)
		suite_unsupported("on 32 bits this is an address like others");
	set_up_sound_request(suite_page());
	call_mmap(middle, suite_page(), RW, FIXED_ANON, -1, 0);
	call_expect("ENOMEM");
}

/*
 * The user's space is half of what the processor can address, or what the
 * kernel leaves of that: the end of the half is the power of two at or above
 * the end of the user's space.
 */
static void
addr_last_user_page(void)
{
	size_t page = suite_page();
	unsigned long long end = suite_facts()->max_address, half = 1;
	unsigned char *last;

	need_x86_64();
	if (end == 0)
		suite_untested("needs to know where the user's space ends");
	while (half < end)
		half *= 2;
	if (end < half - page)
		suite_unsupported("the user's space ends at %#llx", end);
	last = (unsigned char *)(uintptr_t)(half - page);
	set_up_sound_request(page);
	if (call_has_flags("MAP_", "FIXED_NOREPLACE")) {
		unsigned char *got = call_mmap(last - page, page, RW,
		    "PRIVATE|ANON|FIXED_NOREPLACE", -1, 0);

		suite_set_up(call_allows("ok|EEXIST", call_last()->error),
		    "the page before cannot be mapped either: %s",
		    names_errno(call_last()->error));
		if (got != MAP_FAILED)
			area_free(got, 1);
	}
	call_mmap(last, page, RW, FIXED_ANON, -1, 0);
	call_expect("ENOMEM");
}

/*
 * ----- One region of several mappings ------------------------------------------------
 */

/* Page 1 of a file, then zeros, over pages 1 and 2 of four. */
static void
expect_overlays(unsigned char *start, const char *kind)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 2 * page);

	call_mmap_at(
	    start + page, page, RW, "PRIVATE|FIXED", object.fd, (off_t)page);
	place_anon(start + 2 * page, page);
	object_end(&object);
	probe_expect_pattern(start + page, page, (off_t)page, kind);
	probe_expect_bytes(start + 2 * page, page, 0, kind);
	probe_expect_store(start + page, kind, "ok");
	probe_expect_store(start + 2 * page, kind, "ok");
}

static void
reserve_type_irrelevant(void)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 4 * page);
	unsigned char *shared = area_shared(4);

	expect_overlays(area_reserve(4), "over inaccessible memory");
	expect_overlays(area_filled(4), "over private memory");
	expect_overlays(shared, "over shared memory");
	area_protect(shared, 4, NONE);
	expect_overlays(shared, "over inaccessible shared memory");
	expect_overlays(
	    area_object(&object, 0, 4, R, false), "over a private file");
	expect_overlays(
	    area_object(&object, 0, 4, RW, true), "over a shared file");
	for (off_t i = 1; i <= 2; i++)
		suite_expect(object_byte(&object, i * (off_t)page) ==
			object_pattern(i * (off_t)page),
		    "the reserving file left alone",
		    "a store to the overlay reached the reserving file");
	suite_observe("the same over 6 kinds of reservation");
}

static void
without_reservation(void)
{
	size_t page = suite_page();
	struct object object = object_make(FILE_RW, 4 * page);
	unsigned char *start = area_vacant(4);

	/* Nothing may be mapped in between: this is one thread. */
	for (size_t i = 0; i < 4; i++)
		call_mmap_at(start + i * page, page, R, "SHARED|FIXED",
		    object.fd, (off_t)((3 - i) * page));
	for (size_t i = 0; i < 4; i++)
		probe_expect_pattern(start + i * page, page,
		    (off_t)((3 - i) * page), "a page of the region");
	suite_observe("contiguous");
}

static long
clobber(void *arg)
{
	size_t page = suite_page();
	unsigned char *heap;
	void *block;

	(void)arg;
	if (posix_memalign(&block, page, 3 * page) != 0)
		suite_broken("posix_memalign");
	heap = block;
	memset(heap, 'h', 3 * page);
	place_anon(heap + page, page);
	probe_expect_bytes(heap, page, 'h', "allocated memory before");
	probe_expect_bytes(
	    heap + page, page, 0, "allocated memory under the request");
	probe_expect_bytes(
	    heap + 2 * page, page, 'h', "allocated memory behind");
	return 0;
}

static void
clobbers_silently(void)
{
	child_ask(clobber, NULL);
	suite_observe("allocated memory replaced by zeros");
}

/* A constant, as the claim has it; tried only where nothing is. */
static void
hard_coded_address(void)
{
	unsigned char *constant =
	    (unsigned char *)((uintptr_t)1 << (sizeof(void *) < 8 ? 30 : 36));
	unsigned char *used = area_filled(4), *got;
	bool right;

	if (area_is_mapped(constant))
		suite_untested("needs a free page at the constant address");
	got = call_mmap(constant, suite_page(), RW, FIXED_ANON, -1, 0);
	right = got == constant && probe_store(got, 'x').signo == 0 &&
	    area_still_filled(used, 0, 4);
	suite_expect(!right, "an error or harm done",
	    right ? "mapped at a free constant address, no harm done"
		  : "failed or did harm");
}

/*
 * ----- Heap, stack and image ------------------------------------------------------------
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
	size_t page = suite_page(), size = 4 * page;
	enum place place = *(enum place *)arg;
	unsigned char *block = place == HEAP ? malloc(size)
	    : place == STACK                 ? stack
					     : image;
	unsigned char *middle;

	suite_set_up(
	    page <= LARGEST_PAGE && block != NULL, "no block of four pages");
	memset(block, 'm', size);
	middle = block + (size - (uintptr_t)block % page) - 2 * page;
	call_mmap(middle, page, RW, FIXED_ANON, -1, 0);
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
		suite_expect(place == STACK, "permitted or EPERM",
		    "the process got %s", names_signal(status.signo));
	else
		suite_expect(call_allows("ok|EPERM", (int)error),
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

/* With the way free the break moves, with a page in the way it does not. */
static long
block_break(void *arg)
{
	size_t page = suite_page();
	sbrk_function *move = (sbrk_function *)plat_function("sbrk");
	unsigned char *top, *wall;
	void *got;
	int error;

	(void)arg;
	if (move == NULL)
		suite_unsupported("%s has no sbrk", plat_name());
	if (move((intptr_t)(4 * page)) == (void *)-1)
		suite_unsupported("sbrk does not move the break here");
	move(-(intptr_t)(4 * page));
	top = move(0);
	wall = top + (page - (uintptr_t)top % page) % page + page;
	suite_set_up(!area_is_mapped(wall), "the way is not free");
	place_anon(wall, page);
	probe_expect_store(wall, "the mapping in the way", "ok");
	memset(wall, 'w', page);
	errno = 0;
	got = move((intptr_t)(4 * page));
	error = errno;
	suite_expect(got == (void *)-1 && error == ENOMEM, "ENOMEM",
	    "sbrk into a mapping: %s",
	    got == (void *)-1 ? names_errno(error) : "ok");
	suite_expect(move(0) == top, "the break where it was", "the break %s",
	    move(0) == top ? "stays" : "moved");
	probe_expect_bytes(wall, page, 'w', "the mapping in the way");
	return 0;
}

static void
brk_blocked(void)
{
	child_ask(block_break, NULL);
	suite_observe("sbrk fails with ENOMEM");
}

/*
 * ----- Requests that fail ------------------------------------------------------------------
 */

static void
ebadf_keeps_old(void)
{
	size_t page = suite_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char *used = area_filled(4);

	call_mmap_at(area_reserve(1), page, RW, "PRIVATE|FIXED", file.fd, 0);
	call_mmap(used + page, page, RW, "PRIVATE|FIXED", closed.fd, 0);
	call_expect("EBADF");
	expect_kept(used, 0, 4, "the old mapping");
	suite_observe("EBADF, the old mapping kept");
}

/* A request for a file's page that one argument makes invalid. */
static void
expect_einval_keeps_old(size_t length, const char *flags, off_t offset)
{
	size_t page = suite_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(4);

	call_mmap_at(area_reserve(1), page, RW, "PRIVATE|FIXED", file.fd, 0);
	call_mmap(used + page, length, RW, flags, file.fd, offset);
	if (call_last()->ok)
		suite_unsupported("%s takes such a request", plat_name());
	call_expect("EINVAL");
	expect_kept(used, 0, 4, "the old mapping");
	suite_observe("EINVAL, the old mapping kept");
}

static void
einval_len_zero(void)
{
	expect_einval_keeps_old(0, "PRIVATE|FIXED", 0);
}

static void
einval_type_missing(void)
{
	expect_einval_keeps_old(suite_page(), "FIXED", 0);
}

static void
einval_offset_odd(void)
{
	expect_einval_keeps_old(suite_page(), "PRIVATE|FIXED", 1);
}

/*
 * After EBADF, EINVAL and ENOTSUP the old page must be there; after any
 * other error it may be gone, with nothing in its place.
 */
static void
expect_old_after_error(unsigned char *old, unsigned char value)
{
	bool must_stay =
	    call_allows("EBADF|EINVAL|ENOTSUP", call_last()->error);
	unsigned char byte = 0;
	bool kept = probe_load(old, &byte).signo == 0 && byte == value;
	bool gone = !kept && !area_is_mapped(old);

	suite_expect(kept || (gone && !must_stay),
	    must_stay ? "the old page kept" : "the old page kept or unmapped",
	    "%s, the old page %s", names_errno(call_last()->error),
	    kept       ? "kept"
		: gone ? "unmapped"
		       : "replaced");
}

static void
expect_refused_object(enum object_kind kind)
{
	size_t page = suite_page();
	struct object object = object_make(kind, 0);
	unsigned char *used = area_filled(3);

	if (call_mmap(used + page, page, R, "SHARED|FIXED", object.fd, 0) !=
	    MAP_FAILED)
		suite_unsupported(
		    "%s maps a %s", plat_name(), object_name(kind));
	expect_kept(used, 0, 1, "the page before");
	expect_kept(used, 2, 1, "the page after");
	expect_old_after_error(used + page, area_fill_byte(1));
}

static void
enodev_directory(void)
{
	expect_refused_object(DIRECTORY);
}

static void
enodev_pipe(void)
{
	expect_refused_object(PIPE_READ);
}

static void
enodev_socket(void)
{
	expect_refused_object(SOCKET);
}

/* A length that no address space has room for. */
static void
enomem_len_huge(void)
{
	size_t page = suite_page();
	unsigned char *used = area_filled(3);

	set_up_sound_request(page);
	suite_set_up(call_mmap(used + page, SIZE_MAX / page * page - page, RW,
			 FIXED_ANON, -1, 0) == MAP_FAILED,
	    "half of all addresses can be mapped");
	expect_kept(used, 0, 1, "the page before");
	expect_old_after_error(used + page, area_fill_byte(1));
}

/*
 * More huge pages than the pool has:
 *	x... .... .... x...	x: pages with bytes, .: reserved
 *	[ request    ]
 */
static void
enomem_huge_pool(void)
{
	const struct plat_facts *facts = suite_facts();
	size_t page = suite_page(), huge, length;
	struct object object;
	unsigned char *start, after = 0;

	if (facts->huge_page_size == 0)
		suite_unsupported("%s has no huge pages", plat_name());
	if (facts->huge_page_size < 0 || facts->huge_pages_free < 0 ||
	    facts->huge_pages_extra < 0)
		suite_untested("needs to know the pool of huge pages");
	huge = (size_t)facts->huge_page_size;
	length = huge *
	    (size_t)(facts->huge_pages_free + facts->huge_pages_extra + 1);
	object = object_make(MEMFD_HUGE, length);
	start = area_reserve_aligned(length / page + 1, huge);
	area_protect(start, 1, RW);
	area_protect(start + length, 1, RW);
	*start = 'x';
	start[length] = 'x';
	if (call_mmap(start, length, RW, "SHARED|FIXED", object.fd, 0) !=
	    MAP_FAILED)
		suite_untested("needs a pool of huge pages smaller than the "
			       "request");
	call_expect("ENOMEM");
	suite_expect(
	    probe_load(start + length, &after).signo == 0 && after == 'x',
	    "the page after kept", "the page after changed");
	expect_old_after_error(start, 'x');
}

/* Twice what there is, reserved without a promise, then asked for with one. */
static void
enomem_overcommit(void)
{
	const struct plat_facts *facts = suite_facts();
	size_t page = suite_page(), length;
	unsigned char *start;

	if (sizeof(void *) < 8)
		suite_untested("needs more addresses than memory");
	if (facts->overcommit == 1)
		suite_untested("needs a system that counts what it promises; "
			       "overcommit mode is 1");
	if (facts->ram_bytes > 0 && facts->swap_bytes >= 0)
		length = (size_t)(facts->ram_bytes + facts->swap_bytes) / page *
		    page * 2;
	else
		length = (size_t)((uint64_t)1 << 45);
	start = call_mmap(NULL, length, NONE, "PRIVATE|ANON", -1, 0);
	if (start == MAP_FAILED)
		suite_untested("needs %zu bytes of address space: %s", length,
		    names_errno(call_last()->error));
	area_protect(start, 1, RW);
	*start = 'x';
	if (call_mmap(start, length, RW, FIXED_ANON, -1, 0) != MAP_FAILED)
		suite_untested("needs a system that counts what it promises");
	call_expect("ENOMEM");
	expect_old_after_error(start, 'x');
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE(exact_address,		FIXED_EXACT_ADDRESS,		exact_address),
	CODE(replaces_overlap,		FIXED_REPLACES_OVERLAP,		replaces_overlap),
	CODE(replaces_across_two_mappings, FIXED_REPLACES_OVERLAP,	replaces_across_two_mappings),
	CODE(replaces_protection,	FIXED_REPLACES_OVERLAP,		replaces_protection),
	CODE(keeps_neighbours_private,	FIXED_KEEPS_NEIGHBOURS,		keeps_neighbours_private),
	CODE(keeps_neighbours_shared,	FIXED_KEEPS_NEIGHBOURS,		keeps_neighbours_shared),
	CODE(replaces_whole_last_page,	FIXED_REPLACES_WHOLE_LAST_PAGE,	replaces_whole_last_page),
	CODE(rest_stays_reserved,	FIXED_REST_STAYS_RESERVED,	rest_stays_reserved),
	CODE(removes_locks,		FIXED_REMOVES_LOCKS,		removes_locks),
	CODE_DIRS(drops_old_reference,	FIXED_DROPS_OLD_REFERENCE,	drops_old_reference),

	CODE(atomic_no_thief,		FIXED_ATOMIC_NO_THIEF,		atomic_no_thief),
	CODE(atomic_no_fault,		FIXED_ATOMIC_NO_FAULT,		atomic_no_fault),
	CODE(munmap_then_mmap,		MUNMAP_THEN_MMAP_NOT_ATOMIC,	munmap_then_mmap),
	CODE(dup2_onto_closed,		DUP2_ONTO_CLOSED_FD,		dup2_onto_closed),

	CODE(addr_odd,			FIXED_ADDR_UNALIGNED,		addr_odd),
	CODE(addr_offset_congruent,	FIXED_ADDR_OFFSET_CONGRUENT,	addr_offset_congruent),
	CODE(addr_zero,			FIXED_ADDR_ZERO,		addr_zero),
	CODE(addr_middle,		FIXED_BEYOND_ADDRESS_SPACE,	addr_middle),
	CODE(addr_last_user_page,	FIXED_LAST_USER_PAGE,		addr_last_user_page),
	/*   name	claim				addr  len    prot flags       object   off   allowed */
	CALL(addr_high,	FIXED_BEYOND_ADDRESS_SPACE,	HIGH, P(1),  RW,  FIXED_ANON, NOTHING, B(0), "ENOMEM", SOUND_ADDR(USED)),
	CALL(addr_wraps, FIXED_WRAPAROUND,		TOP,  P(2),  RW,  FIXED_ANON, NOTHING, B(0), "ENOMEM", SOUND_ADDR(USED)),
	CALL(len_wraps,	FIXED_WRAPAROUND,		USED, P(-1), RW,  FIXED_ANON, NOTHING, B(0), "ENOMEM", SOUND_LEN(P(1))),

	CODE(reserve_type_irrelevant,	FIXED_RESERVE_TYPE_IRRELEVANT,	reserve_type_irrelevant),
	CODE(without_reservation,	FIXED_WITHOUT_RESERVATION,	without_reservation),
	CODE(clobbers_silently,		FIXED_CLOBBERS_SILENTLY,	clobbers_silently),
	CODE(hard_coded_address,	FIXED_HARD_CODED_ALWAYS_A_BUG,	hard_coded_address),
	CODE(over_heap,			FIXED_WITH_GUARD_SEMANTICS,	over_heap),
	CODE(over_stack,		FIXED_WITH_GUARD_SEMANTICS,	over_stack),
	CODE(over_image,		FIXED_WITH_GUARD_SEMANTICS,	over_image),
	CODE(brk_blocked,		FIXED_BRK_BLOCKED,		brk_blocked),

	CODE(ebadf_keeps_old,		FIXED_EBADF_KEEPS_OLD,		ebadf_keeps_old),
	CODE(einval_len_zero,		FIXED_EINVAL_KEEPS_OLD,		einval_len_zero),
	CODE(einval_type_missing,	FIXED_EINVAL_KEEPS_OLD,		einval_type_missing),
	CODE(einval_offset_odd,		FIXED_EINVAL_KEEPS_OLD,		einval_offset_odd),
	CODE(enodev_directory,		FIXED_ENODEV_MAY_UNMAP,		enodev_directory),
	CODE(enodev_pipe,		FIXED_ENODEV_MAY_UNMAP,		enodev_pipe),
	CODE(enodev_socket,		FIXED_ENODEV_MAY_UNMAP,		enodev_socket),
	CODE(enomem_len_huge,		FIXED_ENOMEM_MAY_UNMAP,		enomem_len_huge),
	CODE(enomem_huge_pool,		FIXED_ENOMEM_MAY_UNMAP,		enomem_huge_pool),
	CODE(enomem_overcommit,		FIXED_OVERCOMMIT_ENOMEM_MAY_UNMAP, enomem_overcommit),
};
/* clang-format on */

SUITE_PROGRAM(cases)
