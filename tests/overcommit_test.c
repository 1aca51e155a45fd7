/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims that hang on kernel-wide settings: how much memory may be promised
 * (the overcommit modes), and how many files may be open; and on memory that
 * is used up.
 *
 * A case runs where the system is already set as its claim says.  Elsewhere
 * it is untested, unless the run allows changes; then the setting is changed
 * for as short as can be and restored on every path.  Somebody else may change
 * it meanwhile: then the case starts over.  All memory mapped here is promised
 * only: no case but one touches more than a few pages.
 */
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/charge.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/overcommit.def"
#include "helpers/claims.h"

#define MIB (1LL << 20)

/* All memory that the system has, disks included. */
static long long
memory(void)
{
	long long ram = view_facts()->ram_bytes;
	long long swap = view_facts()->swap_bytes;

	if (ram < 0 || swap < 0)
		verdict_untested("needs the size of RAM and swap");
	return ram + swap;
}

/* Nothing but the system's memory may be in the way of size bytes. */
static size_t
need_space(long long size)
{
	unsigned long long bytes = (unsigned long long)size;
	unsigned long long end = view_facts()->max_address;
	long long limit = view_facts()->rlimit_as;
	long long data_limit = view_facts()->rlimit_data;

	if (bytes > SIZE_MAX / 2 || (end > 0 && bytes > end / 2) ||
	    (limit >= 0 && size > limit) ||
	    (data_limit >= 0 && size > data_limit))
		verdict_untested(
		    "needs an address space of %lld MiB", size / MIB);
	return (size_t)size - (size_t)size % view_page();
}

static size_t
twice_memory(void)
{
	return need_space(2 * memory());
}

static void *
map(size_t size, int prot, const char *flags)
{
	return call_mmap(NULL, size, prot, flags, -1, 0);
}

static void
release(void *start, size_t size)
{
	if (start != MAP_FAILED)
		area_free(start, size / view_page());
}

/*
 * ----- In one overcommit mode --------------------------------------------
 *
 * The calls of a case say what the last of them had to give, if it did not,
 * else NULL.  The mode is looked at before and after.  It may go there and
 * back between two looks, so that one wrong answer is none.
 */
#define AGREEING 5

static bool
mode_is(int mode)
{
	long long now;

	return settings_find(PLAT_OVERCOMMIT, &now) && now == mode;
}

static void
expect_in_mode(int mode, const char *(*calls)(void))
{
	const char *missed;
	int wrong = 0;
	bool moved;

	do {
		settings_need(PLAT_OVERCOMMIT, mode);
		missed = calls();
		moved = !mode_is(mode);
		wrong = moved || missed == NULL ? 0 : wrong + 1;
	} while ((moved || (wrong > 0 && wrong < AGREEING)) &&
	    verdict_again("the overcommit mode"));
	if (missed != NULL)
		call_expect(missed);
	verdict_observe(
	    "%s", call_last()->ok ? "ok" : names_errno(call_last()->error));
}

/* Made, looked at, taken away again: as allowed? */
static bool
gives(const char *allowed, size_t size, int prot, const char *flags)
{
	unsigned char *start = map(size, prot, flags);

	if (start != MAP_FAILED) {
		if ((prot & R) != 0)
			probe_expect_bytes(start, 1, 0, "the mapping");
		if ((prot & W) != 0)
			probe_expect_store(
			    start + size - 1, "its last byte", "ok");
		release(start, size);
	}
	return call_allows(allowed, call_last()->error);
}

/* The same call, that size and all, with MAP_NORESERVE. */
static void
need_unreserved(size_t size, int prot, const char *flags)
{
	if (!gives("ok", size, prot, flags) && call_last()->error == ENOMEM)
		verdict_untested("needs an address space of %lld MiB",
		    (long long)size / MIB);
	call_expect("ok");
}

/* What is allowed shows something only where its opposite is refused. */
static void
need_refusal(size_t size)
{
	if (gives("ok", size, RW, "PRIVATE|ANON"))
		verdict_unsupported(
		    "this kernel refuses no request as too large");
	call_expect("ENOMEM");
}

/*
 * ----- Mode 0: the obvious is refused ------------------------------------
 */

static const char *
request_twice_all(void)
{
	size_t size = twice_memory();

	need_unreserved(size, RW, "PRIVATE|ANON|NORESERVE");
	return gives("ENOMEM", size, RW, "PRIVATE|ANON") ? NULL : "ENOMEM";
}

static void
twice_all_memory(void)
{
	expect_in_mode(0, request_twice_all);
}

static const char *
request_twice_all_unreserved(void)
{
	size_t size = twice_memory();

	call_flags("MAP_", "NORESERVE");
	need_refusal(size);
	return gives("ok", size, RW, "PRIVATE|ANON|NORESERVE") ? NULL : "ok";
}

static void
twice_all_memory_unreserved(void)
{
	expect_in_mode(0, request_twice_all_unreserved);
}

static const char *
request_most_twice(void)
{
	size_t size = need_space(memory() / 10 * 6);
	void *first = map(size, RW, "PRIVATE|ANON");
	bool both;

	if (first == MAP_FAILED)
		return "ok";
	both = gives("ok", size, RW, "PRIVATE|ANON");
	release(first, size);
	return both ? NULL : "ok";
}

static void
most_of_memory_twice(void)
{
	expect_in_mode(0, request_most_twice);
}

/* What may not be written is not promised, until it may. */
static const char *
request_access(void)
{
	size_t size = twice_memory(), page = view_page();
	unsigned char *start = map(size, NONE, "PRIVATE|ANON");
	const char *missed = NULL;

	if (start == MAP_FAILED)
		return "ok";
	call_mprotect(start, page, RW);
	if (!call_last()->ok)
		missed = "ok";
	else
		probe_expect_bytes(start, page, 0, "the first page");
	if (missed == NULL) {
		call_mprotect(start + page, size - page, RW);
		if (!call_allows("ENOMEM", call_last()->error))
			missed = "ENOMEM";
		else
			probe_expect_load(
			    start + page, "the mapping", "SIGSEGV");
	}
	release(start, size);
	return missed;
}

static void
inaccessible_then_writable(void)
{
	expect_in_mode(0, request_access);
}

static const char *
request_twice_all_read_only(void)
{
	size_t size = twice_memory();

	need_refusal(size);
	return gives("ok", size, R, "PRIVATE|ANON") ? NULL : "ok";
}

static void
read_only(void)
{
	expect_in_mode(0, request_twice_all_read_only);
}

static const char *
request_shared(int prot)
{
	size_t size = twice_memory();

	need_unreserved(size, prot, "SHARED|ANON|NORESERVE");
	return gives("ENOMEM", size, prot, "SHARED|ANON") ? NULL : "ENOMEM";
}

static const char *
request_shared_writable(void)
{
	return request_shared(RW);
}

static void
shared_writable(void)
{
	expect_in_mode(0, request_shared_writable);
}

static const char *
request_shared_inaccessible(void)
{
	return request_shared(NONE);
}

static void
shared_inaccessible(void)
{
	expect_in_mode(0, request_shared_inaccessible);
}

/*
 * ----- Mode 1: nothing is refused ----------------------------------------
 */

/* Without access it is room only: no mode counts that as memory. */
static bool
has_room(long long size)
{
	return gives("ok", need_space(size), NONE, "PRIVATE|ANON");
}

/*
 * Up to a quarter of the addresses there are, where that is known; a system
 * may give out fewer of them unless a hint asks for others.
 */
static const char *
request_ever_more(void)
{
	long long limit = view_facts()->max_address / 4, size = memory();

	while (limit > 2 * size && !has_room(limit))
		limit /= 2;
	if (limit < 2 * size)
		limit = 2 * size;
	need_space(limit);
	while (size <= limit / 2) {
		size *= 2;
		if (!gives("ok", need_space(size), RW, "PRIVATE|ANON"))
			return "ok";
	}
	return NULL;
}

static void
any_size(void)
{
	expect_in_mode(1, request_ever_more);
}

/*
 * ----- Mode 2: MAP_NORESERVE is ignored ----------------------------------
 */

#define SMALL (16 * MIB)

/*
 * In this mode other processes may be refused memory, so it must have room
 * left for all of them.
 */
static void
need_commit_room(void)
{
	long long limit = view_facts()->commit_limit, used;

	if (limit <= 0 || !view_find_committed(&used))
		verdict_untested("needs the limit of promised memory");
	if (used > limit / 2)
		verdict_untested("needs half of the commit limit free: %lld of "
				 "%lld MiB are promised",
		    used / MIB, limit / MIB);
}

/*
 * Between change and restoring are two calls; the judgement comes after.  In
 * no other mode is that much refused for an address space that has room.
 */
static void
strict_and_unreserved(void)
{
	size_t size = twice_memory();
	bool strict = mode_is(2), moved;
	struct view_usage usage;
	unsigned char *small = NULL;
	int small_error, wrong = 0;
	void *large;

	if (!strict)
		need_unreserved(size, RW, "PRIVATE|ANON|NORESERVE");
	do {
		if (!strict)
			need_commit_room();
		if (small != NULL)
			area_free(small, SMALL / view_page());
		settings_need(PLAT_OVERCOMMIT, 2);
		small = map(SMALL, RW, "PRIVATE|ANON|NORESERVE");
		small_error = call_last()->error;
		if (small_error != 0)
			small = NULL;
		large = map(size, RW, "PRIVATE|ANON|NORESERVE");
		moved = !mode_is(2);
		settings_restore();
		release(large, size);
		wrong = moved || !call_last()->ok ? 0 : wrong + 1;
	} while ((moved || (wrong > 0 && wrong < AGREEING)) &&
	    verdict_again("the overcommit mode"));
	call_expect("ENOMEM");
	if (small_error == ENOMEM)
		verdict_untested("needs room to promise %lld MiB", SMALL / MIB);
	verdict_expect(small_error == 0, "16 MiB mapped", "16 MiB: %s",
	    small_error == 0 ? "mapped" : names_errno(small_error));
	probe_expect_bytes(small, 1, 0, "the small mapping");
	usage = view_usage_with_flags(small);
	verdict_expect(usage.accounted && !usage.noreserve, "ac and no nr",
	    "listed as \"%s\"", usage.flags);
	area_free(small, SMALL / view_page());
}

/*
 * ----- Memory used up ----------------------------------------------------
 */

#define LARGEST (4096 * MIB) /* a machine beyond it is somebody's */

/* Stores to all the memory there is, and more; counts the pages. */
static long
store_to_end(void *unused)
{
	size_t page = view_page(), size = need_space(2 * memory());
	volatile unsigned char *start;

	(void)unused;
	child_end_first();
	start = map(size, RW, "PRIVATE|ANON|NORESERVE");
	call_expect("ok");
	/* So that it does not take long. */
	if (call_has_flags("MADV_", "HUGEPAGE"))
		call_madvise((void *)(uintptr_t)start, size, "HUGEPAGE");
	for (size_t i = 0; i < size / page; i++)
		start[i * page] = 's';
	return 0;
}

/*
 * Only on a machine that is small, has no swap, and is there for this run: all
 * others on it wait while memory is short.  Systems that end somebody to get
 * memory end the child, which offers itself.
 */
static void
store_without_memory(void)
{
	struct child_status status;

	if (memory() > LARGEST || view_facts()->swap_bytes > 0)
		verdict_untested("needs a machine of at most %lld MiB without "
				 "swap, to use its memory up",
		    LARGEST / MIB);
	if (mode_is(2))
		verdict_untested("needs overcommit mode 0 or 1; it is 2");
	child_try(store_to_end, NULL, &status);
	if (status.exited)
		verdict_untested("needs memory to run out");
	call_forget();
	verdict_expect(status.signo == SIGSEGV, "SIGSEGV",
	    "a store to memory that is not there: %s",
	    names_signal(status.signo));
}

/*
 * ----- Open files --------------------------------------------------------
 */

static int
map_for(const char *flags, int fd)
{
	void *start = call_mmap(NULL, view_page(), RW, flags, fd, 0);

	if (start != MAP_FAILED)
		probe_expect_store(start, "the mapping", "ok");
	return call_last()->error;
}

/* Unprivileged, as the limit does not hold for others. */
static void
map_when_told(struct child *parent, void *arg)
{
	const struct object *file = arg;

	child_drop_privileges();
	map_for("SHARED|ANON", -1);
	call_expect("ok");
	child_tell(parent, 0);
	while (child_hear(parent) != 0) {
		child_tell(parent, map_for("SHARED|ANON", -1));
		child_tell(parent, map_for("PRIVATE|ANON", -1));
		child_tell(parent, map_for("SHARED", file->fd));
	}
	map_for("SHARED|ANON", -1);
	call_expect("ok");
}

static const char *
word(long error)
{
	return error == 0 ? "ok" : names_errno((int)error);
}

/* Restored as soon as the child is done: the whole system feels it. */
static void
files_used_up(void)
{
	struct object file = object_make(FILE_RW, view_page());
	long shared, private, by_file;
	struct child child;
	long long limit;

	/* Who restores the limit has to open a file. */
	if (view_facts()->can_see_frames != 1)
		verdict_untested("needs the privilege to exceed the limit");
	child = child_start(map_when_told, &file);
	child_hear(&child);
	do {
		/* Counted for each processor apart, few may look like none. */
		settings_change(PLAT_FILES_MAX, 0);
		child_tell(&child, 1);
		shared = child_hear(&child);
		private = child_hear(&child);
		by_file = child_hear(&child);
		if (!settings_find(PLAT_FILES_MAX, &limit))
			limit = -1;
		settings_restore();
	} while (limit != 0 && verdict_again("the limit of open files"));
	child_tell(&child, 0);
	child_end(&child);
	verdict_expect(shared == ENFILE && private == 0 && by_file == 0,
	    "ENFILE for shared anonymous memory alone",
	    "shared anonymous memory: %s, private: %s, a file: %s",
	    word(shared), word(private), word(by_file));
	verdict_observe("ENFILE for shared anonymous memory alone");
	object_end(&file);
}

/*
 * ----- What counts, whatever the mode ------------------------------------
 */

static void
shared_anonymous(void)
{
	charge_expect_counted(RW, "SHARED|ANON", NULL);
}

static void
shared_anonymous_none(void)
{
	charge_expect_counted(NONE, "SHARED|ANON", NULL);
}

static void
make_writable(struct charge_act *act)
{
	call_mprotect(act->start, (size_t)act->size, RW);
	charge_need_room(act->size);
}

/* Writable once, it stays counted: a new one for the next try. */
static void
undo_writable(struct charge_act *act)
{
	charge_undo_mapping(act);
	act->start = area_reserve((size_t)act->size / view_page());
}

static void
none_then_writable(void)
{
	struct charge_act act = { .make = make_writable,
		.undo = undo_writable,
		.size = charge_sample() };
	struct charge_act none = charge_mapping(NONE, "PRIVATE|ANON", NULL);

	act.start = area_reserve((size_t)act.size / view_page());
	charge_expect(&act, true, "made writable, the mapping");
	charge_expect(&none, false, "without access, the mapping");
}

static void
private_read_only(void)
{
	charge_expect_free(R, "PRIVATE|ANON", NULL);
}

/* clang-format off */
static const struct row cases[] = {
	/* Mode 0 */
	SETTINGS(twice_all_memory, OVERCOMMIT_REFUSES_OBVIOUS, twice_all_memory),
	SETTINGS(twice_all_memory_unreserved, OVERCOMMIT_NORESERVE_UNCHECKED, twice_all_memory_unreserved),
	SETTINGS(most_of_memory_twice, OVERCOMMIT_MODE_0_IS_PER_CALL, most_of_memory_twice),
	SETTINGS(inaccessible_then_writable, OVERCOMMIT_PROT_NONE_FREE, inaccessible_then_writable),
	SETTINGS(read_only, OVERCOMMIT_PRIVATE_READONLY_FREE, read_only),
	SETTINGS(shared_writable, OVERCOMMIT_SHARED_ANON_CHECKED, shared_writable),
	SETTINGS(shared_inaccessible, OVERCOMMIT_SHARED_ANON_CHECKED, shared_inaccessible),

	/* Modes 1 and 2 */
	SETTINGS(any_size, OVERCOMMIT_MODE_1_NEVER_REFUSES, any_size),
	SETTINGS(strict_and_unreserved, NORESERVE_IGNORED_IN_MODE_2, strict_and_unreserved),

	/* Memory used up */
	EXCLUSIVE(store_without_memory, NORESERVE_SIGSEGV_ON_SHORTAGE, store_without_memory),

	/* Open files */
	EXCLUSIVE(files_used_up, ENFILE_SYSTEM_LIMIT, files_used_up),

	/* What counts, whatever the mode */
	CODE(shared_anonymous, OVERCOMMIT_SHARED_ANON_CHECKED, shared_anonymous),
	CODE(shared_anonymous_none, OVERCOMMIT_SHARED_ANON_CHECKED, shared_anonymous_none),
	CODE(none_then_writable, OVERCOMMIT_PROT_NONE_FREE, none_then_writable),
	CODE(private_read_only, OVERCOMMIT_PRIVATE_READONLY_FREE, private_read_only),
};
/* clang-format on */

SUITE_PROGRAM(cases)
