/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims that hang on kernel-wide settings: how much memory may be promised
 * (the overcommit modes), and how many files may be open.
 *
 * A case runs where the system is already set as its claim says.  Elsewhere
 * it is untested, unless the run allows changes; then the setting is changed
 * for as short as can be and restored on every path.  All memory mapped here
 * is promised only: no case touches more than a page.
 */
#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define MIB (1LL << 20)

/* All memory that the system has, disks included. */
static long long
memory(void)
{
	const struct plat_facts *facts = suite_facts();

	if (facts->ram_bytes < 0 || facts->swap_bytes < 0)
		suite_untested("needs the size of RAM and swap");
	return facts->ram_bytes + facts->swap_bytes;
}

/* Nothing but the system's memory may be in the way of size bytes. */
static size_t
need_space(long long size)
{
	const struct plat_facts *facts = suite_facts();

	if ((unsigned long long)size > SIZE_MAX / 2 ||
	    (facts->max_address > 0 &&
		(unsigned long long)size > facts->max_address / 2) ||
	    size > facts->rlimit_as || size > facts->rlimit_data)
		suite_untested(
		    "needs an address space of %lld MiB", size / MIB);
	return (size_t)size - (size_t)size % suite_page();
}

/* The modes are those of systems that have the flag. */
static void
need_mode(int mode)
{
	call_flags("MAP_", "NORESERVE");
	suite_need_setting(PLAT_OVERCOMMIT, mode);
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
		area_free(start, size / suite_page());
}

/* The same call, that size and all, with MAP_NORESERVE. */
static void
set_up_unreserved(size_t size)
{
	void *start = map(size, RW, "PRIVATE|ANON|NORESERVE");

	if (start == MAP_FAILED)
		suite_untested("needs an address space of %lld MiB",
		    (long long)size / MIB);
	release(start, size);
}

/*
 * ----- Mode 0: the obvious is refused ---------------------------------------
 */

static void
twice_all_memory(void)
{
	size_t size = twice_memory();

	need_mode(0);
	set_up_unreserved(size);
	map(size, RW, "PRIVATE|ANON");
	call_expect("ENOMEM");
}

/* What is allowed shows something only where its opposite is refused. */
static void
need_refusal(size_t size)
{
	void *start = map(size, RW, "PRIVATE|ANON");

	if (call_last()->ok) {
		release(start, size);
		suite_unsupported(
		    "this kernel refuses no request as too large");
	}
}

static void
twice_all_memory_unreserved(void)
{
	size_t size = twice_memory();
	void *start;

	need_mode(0);
	need_refusal(size);
	start = map(size, RW, "PRIVATE|ANON|NORESERVE");
	call_expect("ok");
	probe_expect_store(start, "the mapping", "ok");
	release(start, size);
	suite_observe("ok");
}

static void
most_of_memory_twice(void)
{
	size_t size = need_space(memory() / 10 * 6);
	void *first, *second;

	need_mode(0);
	first = map(size, RW, "PRIVATE|ANON");
	call_expect("ok");
	second = map(size, RW, "PRIVATE|ANON");
	call_expect("ok");
	release(second, size);
	release(first, size);
}

/* What may not be written is not promised, until it may. */
static void
inaccessible_then_writable(void)
{
	size_t size = twice_memory();
	unsigned char *start;

	need_mode(0);
	start = map(size, NONE, "PRIVATE|ANON");
	call_expect("ok");
	call_mprotect(start, suite_page(), RW);
	suite_set_up(call_last()->ok, "%s failed", call_last()->text);
	call_mprotect(start + suite_page(), size - suite_page(), RW);
	call_expect("ENOMEM");
	probe_expect_load(start + suite_page(), "the mapping", "SIGSEGV");
	release(start, size);
	suite_observe("ENOMEM");
}

static void
read_only(void)
{
	size_t size = twice_memory();

	need_mode(0);
	need_refusal(size);
	release(map(size, R, "PRIVATE|ANON"), size);
	call_expect("ok");
}

static void
expect_shared_refused(int prot)
{
	size_t size = twice_memory();

	need_mode(0);
	release(map(size, prot, "SHARED|ANON|NORESERVE"), size);
	suite_set_up(call_last()->ok, "%s = %s", call_last()->text,
	    names_errno(call_last()->error));
	map(size, prot, "SHARED|ANON");
	call_expect("ENOMEM");
}

static void
shared_writable(void)
{
	expect_shared_refused(RW);
}

static void
shared_inaccessible(void)
{
	expect_shared_refused(NONE);
}

/*
 * ----- Mode 1: nothing is refused -------------------------------------------
 */

/* Without access it is room only: no mode counts that as memory. */
static bool
has_room(long long size)
{
	void *start = map(need_space(size), NONE, "PRIVATE|ANON");

	release(start, need_space(size));
	return start != MAP_FAILED;
}

/*
 * Up to a quarter of the addresses there are, where that is known; a system
 * may give out fewer of them unless a hint asks for others.
 */
static void
any_size(void)
{
	unsigned long long end = suite_facts()->max_address;
	long long limit = (long long)(end / 4), size = memory();

	need_mode(1);
	while (limit > 2 * size && !has_room(limit))
		limit /= 2;
	if (limit < 2 * size)
		limit = 2 * size;
	need_space(limit);
	while (size <= limit / 2) {
		void *start;

		size *= 2;
		start = map(need_space(size), RW, "PRIVATE|ANON");
		call_expect("ok");
		release(start, need_space(size));
	}
}

/*
 * ----- Mode 2: MAP_NORESERVE is ignored -------------------------------------
 */

#define SMALL (16 * MIB)

/*
 * In this mode other processes may be refused memory, so it must have room
 * left for all of them.
 */
static void
need_commit_room(void)
{
	long long limit = suite_facts()->commit_limit, used;

	if (suite_facts()->overcommit == 2)
		return;
	if (limit <= 0 || plat_committed(&used) != 0)
		suite_untested("needs the limit of promised memory");
	if (used > limit / 2)
		suite_untested("needs half of the commit limit free: %lld of "
			       "%lld MiB are promised",
		    used / MIB, limit / MIB);
}

/* Between change and restoring are two calls; the judgement comes after. */
static void
strict_and_unreserved(void)
{
	size_t size = twice_memory();
	struct plat_usage usage;
	void *small, *large;
	int small_error;

	if (suite_facts()->overcommit != 2)
		set_up_unreserved(size);
	need_commit_room();
	need_mode(2);
	small = map(SMALL, RW, "PRIVATE|ANON|NORESERVE");
	small_error = call_last()->error;
	large = map(size, RW, "PRIVATE|ANON|NORESERVE");
	suite_restore();
	release(large, size);
	call_expect("ENOMEM");
	suite_set_up(small_error == 0, "a mapping of %lld MiB failed: %s",
	    SMALL / MIB, names_errno(small_error));
	if (plat_usage(small, &usage) != 0)
		suite_untested("needs the kernel's own flags of a region");
	suite_expect(usage.accounted && !usage.noreserve, "ac and no nr",
	    "listed as \"%s\"", usage.flags);
	release(small, SMALL);
}

/*
 * ----- Open files -----------------------------------------------------------
 */

static void
map_for(const char *flags, int fd, const char *allowed)
{
	call_mmap(NULL, suite_page(), RW, flags, fd, 0);
	call_expect(allowed);
}

/* Unprivileged, as the limit does not hold for others. */
static void
map_when_told(struct child *parent, void *arg)
{
	const struct object *file = arg;

	child_drop_privileges();
	map_for("SHARED|ANON", -1, "ok");
	child_tell(parent, 0);
	child_hear(parent);
	map_for("SHARED|ANON", -1, "ENFILE");
	map_for("PRIVATE|ANON", -1, "ok");
	map_for("SHARED", file->fd, "ok");
	child_tell(parent, 0);
	child_hear(parent);
	map_for("SHARED|ANON", -1, "ok");
	child_tell(parent, 0);
}

/* Restored as soon as the child is done: the whole system feels it. */
static void
files_used_up(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	struct child child;

	/* Who restores the limit has to open a file. */
	if (suite_facts()->can_see_frames != 1)
		suite_untested("needs the privilege to exceed the limit");
	child = child_start(map_when_told, &file);
	child_hear(&child);
	/* Counted for each processor apart, a few files may look like none. */
	suite_change(PLAT_FILES_MAX, 0);
	child_tell(&child, 0);
	child_hear(&child);
	suite_restore();
	child_tell(&child, 0);
	child_hear(&child);
	child_end(&child);
	suite_observe("ENFILE for shared anonymous memory alone");
	object_end(&file);
}

/* clang-format off */
static const struct suite_case cases[] = {
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

	/* Open files */
	EXCLUSIVE(files_used_up, ENFILE_SYSTEM_LIMIT, files_used_up),
};
/* clang-format on */

SUITE_PROGRAM(cases)
