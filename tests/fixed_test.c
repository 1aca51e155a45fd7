/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_FIXED: where it maps, what it replaces and what it leaves alone.  Most
 * cases work on pages filled with letters:
 *
 *	page       0     1     2     3
 *	before   aaaa  bbbb  cccc  dddd	area_filled(4)
 *	request        [new]		MAP_FIXED
 *	after    aaaa  0000  cccc  dddd
 */
#include <sys/file.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/overlay.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed.def"
#include "helpers/claims.h"

/*
 * ----- Exactly there --------------------------------------------------------
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
		overlay_anon(over[i] + page, page);
		probe_expect_store(over[i] + page, "the new page", "ok");
	}
	byte = object_byte(&object, (off_t)page);
	verdict_expect(byte == object_pattern((off_t)page),
	    "the file left alone", "byte %zu of the file is %#x", page, byte);
	verdict_observe("exact over 4 kinds of mapping");
}

/*
 * ----- What is replaced, and what is not ------------------------------------
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
	area_expect_kept(used, 0, 1, "the page before");
	area_expect_kept(used, 2, 1, "the page after");
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
	call_mmap_at(used + page, 2 * page, R, OVERLAY_ANON, -1, 0);
	probe_expect_bytes(used + page, 2 * page, 0, "the new pages");
	for (size_t i = 1; i <= 2; i++)
		probe_expect_store(
		    used + i * page, "a page now read-only", "SIGSEGV");
	probe_expect_bytes(
	    used + 3 * page, page, 'x', "the second mapping's other page");
	area_expect_kept(used, 0, 1, "the first mapping's other page");
}

/* The old protection goes with the old pages. */
static void
replaces_protection(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(3);

	call_mmap_at(used + page, page, R, OVERLAY_ANON, -1, 0);
	probe_expect_bytes(used + page, page, 0, "the replaced page");
	probe_expect_store(used + page, "a page now read-only", "SIGSEGV");
	overlay_anon(used + page, page);
	probe_expect_store(used + page, "a page writable again", "ok");
}

static void
keeps_neighbours_private(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(5);

	area_protect(used, 1, R);
	area_protect(used + 4 * page, 1, NONE);
	overlay_anon(used + 2 * page, page);
	area_expect_kept(used, 1, 1, "the page before");
	area_expect_kept(used, 3, 1, "the page after");
	probe_expect_store(used, "a read-only neighbour", "SIGSEGV");
	probe_expect_load(
	    used + 4 * page, "an inaccessible neighbour", "SIGSEGV");
	call_mprotect(used + 4 * page, page, RW);
	call_expect("ok");
	area_expect_kept(used, 4, 1, "the neighbour that was inaccessible");
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
	overlay_anon(shared + page, page);
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
	overlay_anon(used + page, page + 1);
	area_expect_kept(used, 0, 1, "the page before");
	area_expect_kept(used, 3, 1, "the page after");
	verdict_observe("replaced to the end of its last page, no further");
}

/* Hints at the rest, too: it is not free. */
static void
rest_stays_reserved(void)
{
	size_t page = view_page(), pages = 32;
	unsigned char *start = area_reserve(pages);
	bool inside = false;

	overlay_anon(start + 16 * page, page);
	for (size_t i = 0; i < pages; i++) {
		unsigned char *got =
		    call_mmap(i % 2 == 0 ? NULL : start + i * page, page, RW,
			"PRIVATE|ANON", -1, 0);

		call_expect("ok");
		inside = inside || (got >= start && got < start + pages * page);
		probe_expect_bytes(got, page, 0, "a later mapping");
	}
	verdict_decide(!inside, "later mappings outside the reservation",
	    "a later mapping lies outside the reservation",
	    "a later mapping lies inside the reservation");
	probe_expect_load(start, "the rest", "SIGSEGV");
	probe_expect_bytes(start + 16 * page, page, 0, "the page covered");
	verdict_observe("no later mapping inside");
}

static void
removes_locks(void)
{
	long long page = (long long)view_page(), before = view_locked_bytes();
	unsigned char *used = area_filled(3);
	struct view_usage usage;
	long long after;

	if (call_mlock(used, 3 * view_page()) == -1 &&
	    call_allows("EPERM|ENOMEM|EAGAIN|ENOSYS", call_last()->error))
		verdict_untested("needs to lock 3 pages: mlock gave %s",
		    names_errno(call_last()->error));
	call_expect("ok");
	after = view_locked_bytes();
	verdict_expect(after == before + 3 * page, "3 pages locked",
	    "%lld of 3 pages locked", (after - before) / page);
	overlay_anon(used + page, view_page());
	after = view_locked_bytes();
	verdict_expect(after == before + 2 * page, "2 of 3 pages locked",
	    "%lld of 3 pages locked", (after - before) / page);
	if (view_find_usage(used + page, &usage) && usage.locked >= 0)
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
	overlay_anon(hold.mapped, view_page());
	state = lock_held(hold.watcher);
	close(hold.watcher);
	verdict_either(
	    state == LET_GO, "the file let go", "the file still held");
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
	    (int (*)(int, off_t, off_t))view_find_function("posix_fallocate");
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
	overlay_anon(mapped, view_page());
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
};
/* clang-format on */

SUITE_PROGRAM(cases)
