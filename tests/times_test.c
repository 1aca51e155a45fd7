/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file's times: when a store to a mapping marks the modification time, and
 * when a load marks the access time.  Times are set back first, so that a mark
 * shows whatever the clock's steps are.
 *
 *	set back ..... msync ..... store ..... msync
 *	   not marked        |   marked by the end   |
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <stdint.h>
#include <time.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/times.def"
#include "helpers/claims.h"

#define BEFORE 1000000000 /* a time well in the past, 2001-09-09 */

/* The access time before the other, or relatime would let it be. */
static void
back_date(const struct object *file)
{
	struct timespec times[2] = { { BEFORE - 100, 0 }, { BEFORE, 0 } };
	struct stat status;

	do {
		if (futimens(file->peer, times) == -1)
			verdict_broken("futimens");
		status = object_status(file);
	} while (
	    (status.st_mtime != BEFORE || status.st_atime != BEFORE - 100) &&
	    verdict_again("the times of a file of this case"));
}

static void
expect_in_file(const struct object *file, unsigned char byte)
{
	unsigned char seen = object_byte(file, 0);

	verdict_expect(seen == byte, "the store in the file and no other",
	    "the file's first byte is %#x", seen);
}

static void
expect_mtime(const struct object *file, bool marked)
{
	static const char *const words[2] = { "not marked", "marked" };
	bool is_marked = object_status(file).st_mtime != BEFORE;

	verdict_expect(is_marked == marked, words[marked],
	    "modification time %s", words[is_marked]);
}

/*
 * The times back-dated, and an msync that leaves them so: what earlier stores
 * have to mark is marked.  Some systems mark it when they please.
 */
static void
settle_times(
    const struct object *file, volatile unsigned char *mapped, const char *how)
{
	do {
		back_date(file);
		call_msync((void *)(uintptr_t)mapped, view_page(), how);
		call_expect("ok");
	} while (object_status(file).st_mtime != BEFORE &&
	    verdict_again("the times of a file of this case"));
}

/* A store after the back-dating, and the msync that ends the interval. */
static void
expect_marked_by_store(
    const struct object *file, volatile unsigned char *mapped, const char *how)
{
	settle_times(file, mapped, how);
	*mapped = 's';
	call_msync((void *)(uintptr_t)mapped, view_page(), how);
	call_expect("ok");
	expect_mtime(file, true);
	expect_in_file(file, 's');
	verdict_observe("modification time marked");
}

static void
expect_marked_after(const char *how)
{
	struct object file = object_make(FILE_LINKED, view_page());

	expect_marked_by_store(&file, call_map_page(W, "SHARED", file.fd), how);
}

static void
mtime_after_sync(void)
{
	expect_marked_after("SYNC");
}

static void
mtime_after_async(void)
{
	expect_marked_after("ASYNC");
}

/* The page has been dirty and clean before. */
static void
mtime_of_second_store(void)
{
	struct object file = object_make(FILE_LINKED, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "SHARED", file.fd);

	*mapped = 1;
	call_msync((void *)(uintptr_t)mapped, view_page(), "SYNC");
	call_expect("ok");
	expect_in_file(&file, 1);
	expect_marked_by_store(&file, mapped, "SYNC");
}

/* The page is in place, for reading, when the store comes. */
static void
mtime_of_store_after_load(void)
{
	struct object file = object_make(FILE_LINKED, view_page());

	expect_marked_by_store(&file,
	    probe_map_pattern(view_page(), RW, "SHARED", file.fd), "SYNC");
}

#define STEP 20000000 /* ns: more than a step of the clock of files */

/* Until a mark could be told from one that was made at that time. */
static void
pass_step(const struct timespec *then)
{
	struct timespec now;
	long long passed;

	do {
		if (clock_gettime(CLOCK_REALTIME, &now) == -1)
			verdict_broken("clock_gettime");
		passed = ((long long)now.tv_sec - then->tv_sec) * 1000000000 +
		    now.tv_nsec - then->tv_nsec;
	} while (passed >= 0 && passed < STEP);
}

/* It cannot be set back, so it must move from where it was. */
static void
ctime_after_sync(void)
{
	struct object file = object_make(FILE_LINKED, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "SHARED", file.fd);
	struct timespec before, after;

	settle_times(&file, mapped, "SYNC");
	before = object_status(&file).st_ctim;
	if (before.tv_nsec == 0)
		verdict_untested(
		    "needs a file system with times finer than a second");
	pass_step(&before);
	*mapped = 's';
	call_msync((void *)(uintptr_t)mapped, view_page(), "SYNC");
	call_expect("ok");
	after = object_status(&file).st_ctim;
	verdict_either(
	    after.tv_sec != before.tv_sec || after.tv_nsec != before.tv_nsec,
	    "marked", "status change time not marked");
	expect_in_file(&file, 's');
	verdict_observe("status change time marked");
}

static void
mtime_at_store(void)
{
	struct object file = object_make(FILE_LINKED, view_page());
	volatile unsigned char *mapped = call_map_page(RW, "SHARED", file.fd);

	back_date(&file);
	*mapped = 1;
	expect_mtime(&file, true);
	expect_in_file(&file, 1);
	verdict_observe("modification time marked");
}

/* Whether read, at least, marks the access time of files here. */
static bool
is_marked_by_read(const struct object *file)
{
	back_date(file);
	object_byte(file, 0);
	return object_status(file).st_atime != BEFORE - 100;
}

/*
 * What mounts say of themselves decides whether times are to be marked.
 * Where they say nothing, read tells.
 */
static void
atime_at_access(void)
{
	struct object file = object_make(FILE_RW, view_page());
	int marks = view_marks_atime(directories_path());

	if (marks == -1)
		marks = is_marked_by_read(&file);
	if (marks == 0)
		verdict_untested("needs a mount that marks access times");
	back_date(&file);
	probe_map_pattern(view_page(), R, "SHARED", file.fd);
	verdict_decide(object_status(&file).st_atime != BEFORE - 100, "marked",
	    "access time marked", "access time not marked");
}

static void
mtime_of_private_store(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped =
	    probe_map_pattern(view_page(), RW, "PRIVATE", file.fd);
	unsigned char old = *mapped, new = probe_other_byte(old);
	void *page = (void *)(uintptr_t)mapped;

	back_date(&file);
	*mapped = new;
	call_msync(page, view_page(), "SYNC");
	call_expect("ok");
	probe_expect_seen("the store", *mapped, old, new);
	area_free(page, 1);
	expect_mtime(&file, false);
	expect_in_file(&file, old);
	verdict_observe("modification time not marked");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(mtime_after_sync, SHARED_MTIME_AFTER_MSYNC, mtime_after_sync),
	CODE_DIRS(mtime_after_async, SHARED_MTIME_AFTER_MSYNC, mtime_after_async),
	CODE_DIRS(mtime_of_second_store, SHARED_MTIME_AFTER_MSYNC, mtime_of_second_store),
	CODE_DIRS(mtime_of_store_after_load, SHARED_MTIME_AFTER_MSYNC, mtime_of_store_after_load),
	CODE_DIRS(ctime_after_sync, SHARED_CTIME_AFTER_MSYNC, ctime_after_sync),
	CODE_DIRS(mtime_at_store, SHARED_MTIME_AT_FIRST_WRITE, mtime_at_store),
	CODE_DIRS(atime_at_access, MAP_MARKS_ATIME, atime_at_access),
	CODE_DIRS(mtime_of_private_store, PRIVATE_WRITE_LEAVES_MTIME, mtime_of_private_store),
};
/* clang-format on */

SUITE_PROGRAM(cases)
