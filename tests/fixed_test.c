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
#include <sys/file.h>
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
#include <time.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed.def"
#include "helpers/claims.h"

#define FIXED_ANON "PRIVATE|ANON|FIXED"

/*
 * New private anonymous pages over addr: zeros to the end of the last one,
 * and writable.
 */
static void
place_anon(unsigned char *addr, size_t length)
{
	size_t page = view_page();

	call_mmap_at(addr, length, RW, FIXED_ANON, -1, 0);
	probe_expect_bytes(
	    addr, (length + page - 1) / page * page, 0, "the new pages");
	for (size_t at = 0; at < length; at += page) {
		struct guard_signal fault = probe_store(addr + at, 0);

		verdict_expect(fault.signo == 0, "new pages that are writable",
		    "store to the new pages: %s", probe_name(fault));
	}
}

/* A request like those below, but for one argument, works. */
static void
expect_sound_request(void)
{
	unsigned char *there = area_filled(1);

	place_anon(there, view_page());
	area_free(there, 1);
	call_forget();
}

/* Filled pages must hold what they held, and take stores. */
static void
expect_kept(unsigned char *used, size_t first, size_t pages, const char *what)
{
	bool kept = area_still_filled(used, first, pages);
	size_t page = view_page();

	verdict_expect(kept, "kept", "%s %s", what, kept ? "kept" : "changed");
	for (size_t i = first; i < first + pages; i++) {
		struct guard_signal fault =
		    probe_store(used + i * page, area_fill_byte(i));

		verdict_expect(fault.signo == 0, "writable as before",
		    "store to %s: %s", what, probe_name(fault));
	}
	verdict_observe("%s kept", what);
}

/*
 * ----- Exactly there ---------------------------------------------------------
 */

static void
exact_address(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 3 * page);
	unsigned char *over[] = {
		area_reserve(3),
		area_filled(3),
		area_shared(3),
		area_object(&object, 0, 3, RW, true),
	};
	unsigned char byte;

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		place_anon(over[i] + page, page);
		probe_expect_store(over[i] + page, "the new page", "ok");
	}
	byte = object_byte(&object, (off_t)page);
	verdict_expect(byte == object_pattern((off_t)page),
	    "the file left alone", "byte %zu of the file is %#x", page, byte);
	verdict_observe("exact over 4 kinds of mapping");
}

/*
 * ----- What is replaced, and what is not ---------------------------------------
 */

static void
replaces_overlap(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(3);

	call_mmap_at(
	    used + page, page, R, "PRIVATE|FIXED", object.fd, (off_t)page);
	probe_expect_pattern(
	    used + page, page, (off_t)page, "the replaced page");
	probe_expect_store(used + page, "a page now read-only", "SIGSEGV");
	expect_kept(used, 0, 1, "the page before");
	expect_kept(used, 2, 1, "the page after");
	verdict_observe("the file's page in its place");
}

/*
 * The request covers the end of one mapping and the start of another:
 *	aaaa bbbb | xxxx xxxx
 *	     [ new     ]
 */
static void
replaces_across_two_mappings(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4);

	call_mmap_at(used + 2 * page, 2 * page, RW, "SHARED|ANON|FIXED", -1, 0);
	probe_expect_bytes(used + 2 * page, 2 * page, 0, "the second mapping");
	memset(used + 2 * page, 'x', 2 * page);
	call_mmap_at(used + page, 2 * page, R, FIXED_ANON, -1, 0);
	probe_expect_bytes(used + page, 2 * page, 0, "the new pages");
	for (size_t i = 1; i <= 2; i++)
		probe_expect_store(
		    used + i * page, "a page now read-only", "SIGSEGV");
	probe_expect_bytes(
	    used + 3 * page, page, 'x', "the second mapping's other page");
	expect_kept(used, 0, 1, "the first mapping's other page");
}

/* The old protection goes with the old pages. */
static void
replaces_protection(void)
{
	size_t page = view_page();
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
	size_t page = view_page();
	unsigned char *used = area_filled(5);

	area_protect(used, 1, R);
	area_protect(used + 4 * page, 1, NONE);
	place_anon(used + 2 * page, page);
	expect_kept(used, 1, 1, "the page before");
	expect_kept(used, 3, 1, "the page after");
	probe_expect_store(used, "a read-only neighbour", "SIGSEGV");
	probe_expect_load(
	    used + 4 * page, "an inaccessible neighbour", "SIGSEGV");
	call_mprotect(used + 4 * page, page, RW);
	call_expect("ok");
	expect_kept(used, 4, 1, "the neighbour that was inaccessible");
	verdict_observe("contents and protection kept");
}

static long
store_to_three_pages(void *arg)
{
	unsigned char *pages = arg;

	for (size_t i = 0; i < 3; i++)
		pages[i * view_page()] = 'x';
	return 0;
}

/* The outer pages stay shared with a child, the new one between is not. */
static void
keeps_neighbours_shared(void)
{
	size_t page = view_page();
	unsigned char *shared = area_shared(3);

	memset(shared, 's', 3 * page);
	place_anon(shared + page, page);
	child_ask(store_to_three_pages, shared);
	probe_expect_seen("the child's store to the page before",
	    probe_byte(shared), 's', 'x');
	probe_expect_seen("the child's store to the page after",
	    probe_byte(shared + 2 * page), 's', 'x');
	probe_expect_unseen("the child's store to the private page between",
	    probe_byte(shared + page), 0, 'x');
	probe_expect_bytes(shared + 1, page - 1, 's', "the page before");
	probe_expect_bytes(
	    shared + 2 * page + 1, page - 1, 's', "the page after");
	verdict_observe("contents and sharing kept");
}

static void
replaces_whole_last_page(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4);

	/* For a page and a byte. */
	place_anon(used + page, page + 1);
	expect_kept(used, 0, 1, "the page before");
	expect_kept(used, 3, 1, "the page after");
	verdict_observe("replaced to the end of its last page, no further");
}

/* Hints at the rest, too: it is not free. */
static void
rest_stays_reserved(void)
{
	size_t page = view_page(), pages = 32;
	unsigned char *start = area_reserve(pages);
	bool inside = false;

	place_anon(start + 16 * page, page);
	for (size_t i = 0; i < pages; i++) {
		unsigned char *got =
		    call_mmap(i % 2 == 0 ? NULL : start + i * page, page, RW,
			"PRIVATE|ANON", -1, 0);

		call_expect("ok");
		inside = inside || (got >= start && got < start + pages * page);
		probe_expect_bytes(got, page, 0, "a later mapping");
	}
	verdict_expect(!inside, "later mappings outside the reservation",
	    "a later mapping lies %s the reservation",
	    inside ? "inside" : "outside");
	probe_expect_load(start, "the rest", "SIGSEGV");
	probe_expect_bytes(start + 16 * page, page, 0, "the page covered");
	verdict_observe("no later mapping inside");
}

static long long
locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		verdict_untested("needs a count of locked memory");
	return bytes;
}

static void
removes_locks(void)
{
	long long page = (long long)view_page(), before = locked_bytes();
	unsigned char *used = area_filled(3);
	struct plat_usage usage;
	long long after;

	if (call_mlock(used, 3 * view_page()) == -1 &&
	    call_allows("EPERM|ENOMEM|EAGAIN|ENOSYS", call_last()->error))
		verdict_untested("needs to lock 3 pages: mlock gave %s",
		    names_errno(call_last()->error));
	call_expect("ok");
	after = locked_bytes();
	verdict_expect(after == before + 3 * page, "3 pages locked",
	    "%lld of 3 pages locked", (after - before) / page);
	place_anon(used + page, view_page());
	after = locked_bytes();
	verdict_expect(after == before + 2 * page, "2 of 3 pages locked",
	    "%lld of 3 pages locked", (after - before) / page);
	if (plat_usage(used + page, &usage) == 0 && usage.locked >= 0)
		verdict_expect(usage.locked == 0, "the new page unlocked",
		    "%lld bytes of the new page locked", usage.locked);
	verdict_observe("the new page unlocked, its neighbours locked");
}

/*
 * A lock by flock(2) belongs to the open file.  Where a mapping holds that open
 * after close(2), the lock tells whether it still does.
 */
enum hold {
	UNTOLD, /* mappings hold files in another way, or there are no locks */
	HELD,
	LET_GO
};

static enum hold
lock_held(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		flock(fd, LOCK_UN);
		return LET_GO;
	}
	return errno == EWOULDBLOCK ? HELD : UNTOLD;
}

/* A file without a name, which nothing but the mapping of a page holds. */
struct last_hold {
	unsigned char *mapped;
	int watcher; /* another open file, to ask by; -1: none */
};

static struct last_hold
hold_by_mapping(struct object *object)
{
	struct last_hold hold = { NULL, object->peer };

	object->peer = -1;
	hold.mapped = call_mmap(NULL, view_page(), R, "SHARED", object->fd, 0);
	call_expect("ok");
	if (flock(object->fd, LOCK_EX | LOCK_NB) == -1) {
		close(hold.watcher);
		hold.watcher = -1;
	}
	object_end(object);
	return hold;
}

/* Whether the lock told; if so, the verdict is reached. */
static bool
judged_by_lock(void)
{
	struct object object = object_make(FILE_RW, view_page());
	struct last_hold hold = hold_by_mapping(&object);
	enum hold state;

	if (hold.watcher == -1)
		return false;
	if (lock_held(hold.watcher) != HELD) {
		close(hold.watcher);
		return false;
	}
	place_anon(hold.mapped, view_page());
	state = lock_held(hold.watcher);
	close(hold.watcher);
	verdict_expect(state == LET_GO, "the file let go", "the file %s",
	    state == LET_GO ? "let go" : "still held");
	return true;
}

/*
 * Seen by the space that comes back, sooner or later.  Others use the file
 * system, too.
 */
#define STORAGE ((off_t)16 << 20)
#define PATIENT 2 /* seconds */

static long long
free_bytes(int directory)
{
	struct statvfs info;

	if (fstatvfs(directory, &info) == -1)
		verdict_broken("fstatvfs");
	return (long long)info.f_bfree * (long long)info.f_frsize;
}

static bool
grows_to(int directory, long long bytes)
{
	time_t end = time(NULL) + PATIENT;

	do {
		if (free_bytes(directory) >= bytes)
			return true;
		sched_yield();
	} while (time(NULL) <= end);
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

/* Whether the space that the file took came back. */
static bool
comes_back(int directory)
{
	struct object object = object_make(FILE_EMPTY, 0);
	long long start = free_bytes(directory), before;
	unsigned char *mapped;
	bool back;
	int error = take_storage(object.peer);

	if (error != 0)
		verdict_untested("needs %lld bytes of storage in %s: %s",
		    (long long)STORAGE, directories_filesystem(),
		    names_errno(error));
	mapped = call_mmap(NULL, view_page(), R, "SHARED", object.fd, 0);
	call_expect("ok");
	object_end(&object);
	before = free_bytes(directory);
	place_anon(mapped, view_page());
	back = before <= start - STORAGE / 2 &&
	    grows_to(directory, before + STORAGE / 2);
	call_munmap(mapped, view_page());
	call_expect("ok");
	return back;
}

static void
drops_old_reference(void)
{
	int directory;
	bool back = true;

	if (judged_by_lock())
		return;
	directory = open(directories_path(), O_RDONLY | O_DIRECTORY);
	if (directory == -1)
		verdict_broken("opening %s", directories_path());
	/* Once may be somebody else's space. */
	for (int i = 0; i < 3 && back; i++)
		back = comes_back(directory);
	close(directory);
	if (!back)
		verdict_untested("needs a system where a mapping keeps a lock, "
				 "or a file system that shows at once what one "
				 "file takes");
	verdict_observe("the file's storage free again");
}

/*
 * ----- In one step -------------------------------------------------------------
 */

/* One page that two threads of this process care about. */
struct contest {
	unsigned char *page;
	unsigned char old, new; /* what a reader may find there */
	atomic_bool stop;
	atomic_bool lost;    /* the page went to the other thread */
	atomic_bool faulted; /* by fault, which is then set */
	struct guard_signal fault;
	atomic_bool strange; /* neither old nor new */
	long wanted;         /* without which the race was none: */
	atomic_long tries;   /* of the other thread, that came to something */
};

static pthread_t
start_thread(void *(*run)(void *), struct contest *contest)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, contest);

	if (error != 0)
		verdict_untested(
		    "needs another thread: %s", names_errno(error));
	return thread;
}

/* Maps with and without a hint at the page for as long as it goes on. */
static void *
steal(void *arg)
{
	struct contest *contest = arg;
	bool hint = false;

	while (!contest->stop && !contest->lost) {
		unsigned char *got;

		hint = !hint;
		got = area_near(hint ? contest->page : NULL, 1);
		if (got == contest->page)
			contest->lost = true;
		else if (got != NULL)
			area_drop(got, 1);
		if (got != NULL)
			contest->tries++;
	}
	return NULL;
}

/*
 * Rounds go on until the other thread has had its share of tries, also when
 * both run on one processor; but not for ever.
 */
#define AT_MOST 100 /* times the rounds */

static bool
goes_on(struct contest *contest, long round, long rounds)
{
	if (contest->lost || contest->faulted || contest->strange)
		return false;
	if (round < rounds)
		return true;
	if (contest->tries >= contest->wanted || round >= AT_MOST * rounds)
		return false;
	sched_yield();
	return true;
}

/* The other thread's side of the race has to have been there, too. */
static void
need_both_sides(const struct contest *contest)
{
	long tries = contest->tries;

	if (tries < contest->wanted)
		verdict_untested("needs another thread that runs meanwhile: it "
				 "came to %ld tries, not %ld",
		    tries, contest->wanted);
}

static void
atomic_no_thief(void)
{
	long rounds = verdict_rounds(3000);
	struct contest contest = { .page = area_filled(3) + view_page(),
		.wanted = rounds / 10 };
	pthread_t thread = start_thread(steal, &contest);
	bool replaced = true;

	for (long i = 0; replaced && goes_on(&contest, i, rounds); i++) {
		*contest.page = 'o';
		replaced = call_mmap(contest.page, view_page(), RW, FIXED_ANON,
			       -1, 0) == contest.page &&
		    probe_byte(contest.page) == 0;
	}
	contest.stop = true;
	pthread_join(thread, NULL);
	verdict_expect(!contest.lost, "never given to another thread",
	    "%s given to another thread", contest.lost ? "once" : "never");
	call_expect("ok");
	verdict_expect(replaced, "a new page each time", "the old page stays");
	need_both_sides(&contest);
	verdict_observe("never given to another thread");
}

/* What comes to something is a byte that is not the one seen last. */
static void *
read_page(void *arg)
{
	struct contest *contest = arg;
	unsigned char last = contest->old;

	while (!contest->stop && !contest->faulted) {
		unsigned char seen = last;
		struct guard_signal fault = probe_load(contest->page, &seen);

		if (fault.signo != 0) {
			contest->fault = fault;
			contest->faulted = true;
		}
		if (seen != contest->old && seen != contest->new)
			contest->strange = true;
		if (seen != last)
			contest->tries++;
		last = seen;
	}
	return NULL;
}

/* Two pages of a file take turns. */
static void
atomic_no_fault(void)
{
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 2 * page);
	long rounds = verdict_rounds(3000);
	struct contest contest = {
		.page = area_object(&object, 0, 1, R, true),
		.old = object_pattern(0),
		.new = object_pattern((off_t)page),
		.wanted = rounds / 100,
	};
	pthread_t thread = start_thread(read_page, &contest);
	bool replaced = true;

	for (long i = 0; replaced && goes_on(&contest, i, rounds); i++) {
		off_t at = (off_t)((i + 1) % 2 * (long)page);
		unsigned char byte = 0;

		replaced = call_mmap(contest.page, page, R, "SHARED|FIXED",
			       object.fd, at) == contest.page &&
		    probe_load(contest.page, &byte).signo == 0 &&
		    byte == object_pattern(at);
	}
	contest.stop = true;
	pthread_join(thread, NULL);
	if (contest.faulted)
		verdict_expect(false, "the old byte or the new one",
		    "a reader saw %s", probe_name(contest.fault));
	verdict_expect(!contest.strange, "the old byte or the new one",
	    "a reader saw %s",
	    contest.strange ? "a byte of neither page"
			    : "old or new bytes only");
	call_expect("ok");
	verdict_expect(
	    replaced, "the other page each time", "the same page as before");
	need_both_sides(&contest);
	verdict_observe("a reader saw old or new bytes only");
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
		memset(got, 't', view_page());
		contest->lost = true;
	}
	return NULL;
}

/* The other thread's step is forced: it comes between the two calls. */
static void
munmap_then_mmap(void)
{
	size_t page = view_page();
	struct contest contest = { .page = area_filled(3) + page };
	unsigned char *again;

	bool lost, still;

	pthread_join(start_thread(take, &contest), NULL);
	lost = contest.lost;
	verdict_expect(!lost, "a mapped page not given away",
	    "a mapped page %sgiven away", lost ? "" : "not ");
	call_munmap(contest.page, page);
	call_expect("ok");
	still = area_is_mapped(contest.page);
	verdict_expect(!still, "the page unmapped", "the page %s",
	    still ? "still mapped" : "unmapped");
	pthread_join(start_thread(take, &contest), NULL);
	if (!contest.lost)
		verdict_untested("needs a system that gives a freed range to "
				 "the next thread that asks for it");
	again = call_mmap(contest.page, page, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	verdict_expect(again != contest.page, "lost to the other thread",
	    "the range %s",
	    again != contest.page ? "lost to the other thread" : "had again");
	probe_expect_bytes(again, page, 0, "the page had instead");
	probe_expect_bytes(contest.page, page, 't', "the other thread's page");
	verdict_observe("the range lost to the other thread");
}

/* Said to show that MAP_FIXED on a free range is an error likewise. */
static void
dup2_onto_closed(void)
{
	size_t page = view_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char byte = 0;
	bool works;
	int result;

	call_begin("dup2(file, %d", closed.fd);
	result = dup2(file.fd, closed.fd);
	call_made(result != -1, "dup2(file, %d)", closed.fd);
	works = result == closed.fd && pread(result, &byte, 1, 0) == 1 &&
	    byte == object_pattern(0);
	if (result != -1)
		close(result);
	verdict_expect(result == -1, "an error", "%s",
	    works ? "dup2 succeeded, the descriptor works"
		: result == -1
		? names_errno(call_last()->error)
		: "dup2 succeeded, the descriptor does not work");
}

/*
 * ----- Addresses at the edge ------------------------------------------------------
 */

/* Taken literally, or refused: never mapped at another place. */
static void
addr_odd(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4), *odd = used + page + 1;
	unsigned char *got;

	expect_sound_request();
	got = call_mmap(odd, page, RW, FIXED_ANON, -1, 0);
	call_expect("ok|EINVAL");
	if (got == MAP_FAILED) {
		expect_kept(used, 0, 4, "the old mapping");
		verdict_observe("EINVAL");
		return;
	}
	verdict_expect(got == odd, "the address asked for, or EINVAL",
	    "mapped %s", got == odd ? "there" : "elsewhere");
	probe_expect_bytes(odd, page, 0, "the memory asked for");
	expect_kept(used, 0, 1, "the page before");
	expect_kept(used, 3, 1, "the page after");
	verdict_observe("ok");
}

#define REMAINDER 512

static void
addr_offset_congruent(void)
{
	size_t page = view_page(), length = page - REMAINDER;
	struct object object = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(3);
	unsigned char *odd = used + page + REMAINDER, *got;

	call_mmap_at(used + 2 * page, page, RW, "PRIVATE|FIXED", object.fd, 0);
	probe_expect_pattern(used + 2 * page, page, 0, "the page behind");
	got = call_mmap(odd, length, RW, "PRIVATE|FIXED", object.fd, REMAINDER);
	call_expect("ok|EINVAL");
	if (got == MAP_FAILED) {
		expect_kept(used, 0, 2, "the old mapping");
		verdict_observe("EINVAL");
		return;
	}
	verdict_expect(got == odd, "the address asked for", "mapped %s",
	    got == odd ? "there" : "elsewhere");
	probe_expect_pattern(odd, length, REMAINDER, "the page");
	verdict_observe("ok");
}

/* Page zero is mapped in a child only. The errno, 0 when mapped. */
static long
map_zero(void *arg)
{
	int allowed = view_facts()->can_map_zero;
	unsigned char *got =
	    call_mmap(NULL, view_page(), RW, FIXED_ANON, -1, 0);

	(void)arg;
	if (got == MAP_FAILED && allowed == -1)
		verdict_untested("needs to know who may map page zero; here it "
				 "is %s",
		    names_errno(call_last()->error));
	call_expect(allowed == 0 ? "EPERM" : "ok");
	if (got == MAP_FAILED)
		return call_last()->error;
	verdict_expect(got == NULL, "page zero", "mapped %s",
	    got == NULL ? "page zero" : "elsewhere");
	probe_expect_bytes(NULL, view_page(), 0, "page zero");
	probe_expect_store(NULL, "page zero", "ok");
	probe_expect_bytes(NULL, 1, 's', "page zero");
	return 0;
}

static void
addr_zero(void)
{
	long error;

	/* The kernel may have sealed one that it mapped itself. */
	if (area_is_mapped(NULL))
		verdict_untested(
		    "needs a page zero that is not mapped already");
	expect_sound_request();
	error = child_ask(map_zero, NULL);
	verdict_observe(
	    "%s", error == 0 ? "page zero mapped" : names_errno((int)error));
}

/* For a claim about the addresses of one processor; it has two names. */
static void
need_x86_64(void)
{
	struct utsname name;

	if (uname(&name) == -1)
		verdict_broken("uname");
	if (sizeof(void *) < 8 ||
	    (strcmp(name.machine, "x86_64") != 0 &&
		strcmp(name.machine, "amd64") != 0))
		verdict_unsupported("claimed for x86-64");
}

/* Half way up: no address at all on most 64 bit processors. */
static void
addr_middle(void)
{
	unsigned char *middle = (unsigned char *)(UINTPTR_MAX / 2 + 1);
	unsigned long long end = view_facts()->max_address;

	if (end > (uintptr_t)middle)
		verdict_unsupported("here this is an address like others");
	if (end == 0 && sizeof(void *) < 8)
		verdict_untested("needs to know where the user's space ends");
	expect_sound_request();
	call_mmap(middle, view_page(), RW, FIXED_ANON, -1, 0);
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
	size_t page = view_page();
	unsigned long long end = view_facts()->max_address, half = 1;
	unsigned char *last;

	need_x86_64();
	if (end == 0)
		verdict_untested("needs to know where the user's space ends");
	while (half < end)
		half *= 2;
	if (end < half - page)
		verdict_unsupported("the user's space ends at %#llx", end);
	last = (unsigned char *)(uintptr_t)(half - page);
	expect_sound_request();
	if (call_has_flags("MAP_", "FIXED_NOREPLACE")) {
		unsigned char *got = call_mmap(last - page, page, RW,
		    "PRIVATE|ANON|FIXED_NOREPLACE", -1, 0);

		call_expect("ok|EEXIST");
		if (got != MAP_FAILED) {
			probe_expect_bytes(got, page, 0, "the page before");
			area_free(got, 1);
		}
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
	size_t page = view_page();
	struct object object = object_make(FILE_RW, 2 * page);

	call_mmap_at(
	    start + page, page, RW, "PRIVATE|FIXED", object.fd, (off_t)page);
	place_anon(start + 2 * page, page);
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
	place_anon(heap + page, page);
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
	got = call_mmap(constant, view_page(), RW, FIXED_ANON, -1, 0);
	right = got == constant && probe_load(got, &byte).signo == 0 &&
	    byte == 0 && probe_store(got, 'x').signo == 0 &&
	    area_still_filled(used, 0, 4);
	verdict_expect(!right, "an error or harm done",
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
	sbrk_function *move = (sbrk_function *)plat_function("sbrk");
	unsigned char *top, *wall, *still;
	void *got;

	(void)arg;
	if (move == NULL)
		verdict_unsupported("%s has no sbrk", plat_name());
	top = move(0);
	wall = top + (page - (uintptr_t)top % page) % page + page;
	if (area_is_mapped(wall))
		verdict_untested("needs a free page behind the program break");
	place_anon(wall, page);
	memset(wall, 'w', page);
	errno = 0;
	call_begin("sbrk(%zu", 4 * page);
	got = move((intptr_t)(4 * page));
	call_made(got != (void *)-1, "sbrk(%zu) into a mapping", 4 * page);
	call_expect("ENOMEM");
	still = move(0);
	verdict_expect(still == top, "the break where it was", "the break %s",
	    still == top ? "stays" : "moved");
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

/*
 * ----- Requests that fail ------------------------------------------------------------------
 */

/* A request for a file's page, which is there then. */
static void
expect_sound_file(const struct object *file)
{
	size_t page = view_page();
	unsigned char *there = area_filled(1);

	call_mmap_at(there, page, RW, "PRIVATE|FIXED", file->fd, 0);
	probe_expect_pattern(there, page, 0, "a page of the file");
	area_free(there, 1);
}

static void
ebadf_keeps_old(void)
{
	size_t page = view_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char *used = area_filled(4);

	expect_sound_file(&file);
	call_mmap(used + page, page, RW, "PRIVATE|FIXED", closed.fd, 0);
	call_expect("EBADF");
	expect_kept(used, 0, 4, "the old mapping");
	verdict_observe("EBADF, the old mapping kept");
}

/* A request for a file's page that one argument makes invalid. */
static void
expect_einval_keeps_old(size_t length, const char *flags, off_t offset)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(4);

	expect_sound_file(&file);
	call_mmap(used + page, length, RW, flags, file.fd, offset);
	call_expect("EINVAL");
	expect_kept(used, 0, 4, "the old mapping");
	verdict_observe("EINVAL, the old mapping kept");
}

static void
einval_len_zero(void)
{
	expect_einval_keeps_old(0, "PRIVATE|FIXED", 0);
}

static void
einval_type_missing(void)
{
	expect_einval_keeps_old(view_page(), "FIXED", 0);
}

static void
einval_offset_odd(void)
{
	expect_einval_keeps_old(view_page(), "PRIVATE|FIXED", 1);
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

	verdict_expect(kept || (gone && !must_stay),
	    must_stay ? "the old page kept" : "the old page kept or unmapped",
	    "%s, the old page %s", names_errno(call_last()->error),
	    kept       ? "kept"
		: gone ? "unmapped"
		       : "replaced");
}

/* A request that is granted decides nothing, but has to do what it says. */
static void
end_if_granted(unsigned char *old, const char *needs)
{
	unsigned char byte = 0;

	if (!call_last()->ok)
		return;
	probe_load(old, &byte);
	verdict_expect(
	    byte != 'x', "the old page replaced", "ok, and the old page kept");
	verdict_untested("%s", needs);
}

static void
expect_refused_object(enum object_kind kind)
{
	size_t page = view_page();
	struct object object = object_make(kind, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char *used = area_filled(3);

	expect_sound_file(&file);
	call_mmap(used + page, page, R, "SHARED|FIXED", object.fd, 0);
	call_expect("ENODEV");
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
	size_t page = view_page();
	unsigned char *used = area_filled(3);

	expect_sound_request();
	call_mmap(
	    used + page, SIZE_MAX / page * page - page, RW, FIXED_ANON, -1, 0);
	call_expect("ENOMEM");
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
	const struct plat_facts *facts = view_facts();
	size_t page = view_page(), huge, length;
	struct object object;
	unsigned char *start, after = 0;

	if (facts->huge_page_size == 0)
		verdict_unsupported("%s has no huge pages", plat_name());
	if (facts->huge_page_size < 0 || facts->huge_pages_free < 0 ||
	    facts->huge_pages_extra < 0)
		verdict_untested("needs to know the pool of huge pages");
	huge = (size_t)facts->huge_page_size;
	length = huge *
	    (size_t)(facts->huge_pages_free + facts->huge_pages_extra + 1);
	object = object_make(MEMFD_HUGE, length);
	start = area_reserve_aligned(length / page + 1, huge);
	area_protect(start, 1, RW);
	area_protect(start + length, 1, RW);
	*start = 'x';
	start[length] = 'x';
	call_mmap(start, length, RW, "SHARED|FIXED", object.fd, 0);
	end_if_granted(start,
	    "needs a pool of huge pages smaller than the "
	    "request");
	call_expect("ENOMEM");
	verdict_expect(
	    probe_load(start + length, &after).signo == 0 && after == 'x',
	    "the page after kept", "the page after changed");
	expect_old_after_error(start, 'x');
}

/* Twice what there is, reserved without a promise, then asked for with one. */
static void
enomem_overcommit(void)
{
	const struct plat_facts *facts = view_facts();
	size_t page = view_page(), length;
	unsigned char *start;

	if (sizeof(void *) < 8)
		verdict_untested("needs more addresses than memory");
	if (facts->overcommit == 1)
		verdict_untested("needs a system that counts what it promises; "
				 "overcommit mode is 1");
	if (facts->ram_bytes > 0 && facts->swap_bytes >= 0)
		length = (size_t)(facts->ram_bytes + facts->swap_bytes) / page *
		    page * 2;
	else
		length = (size_t)((uint64_t)1 << 45);
	start = call_mmap(NULL, length, NONE, "PRIVATE|ANON", -1, 0);
	if (call_allows("ENOMEM", call_last()->error))
		verdict_untested("needs %zu bytes of address space", length);
	call_expect("ok");
	call_mprotect(start, page, RW);
	call_expect("ok");
	probe_expect_bytes(start, page, 0, "reserved memory made usable");
	*start = 'x';
	call_mmap(start, length, RW, FIXED_ANON, -1, 0);
	end_if_granted(start, "needs a system that counts what it promises");
	call_expect("ENOMEM");
	expect_old_after_error(start, 'x');
}

/* clang-format off */
static const struct row cases[] = {
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
