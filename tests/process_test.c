/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings and the life of a process: what close, fork, exec, munmap in a
 * relative and the end of the process do to them.
 */
#include <sys/types.h>
#include <sys/statvfs.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

static void
descriptor_closed(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED", file.fd, 0);

	call_expect("ok");
	object_close(&file);
	probe_expect_load(mapped, "the mapping", "ok");
	suite_expect(*mapped == object_pattern(0), "the file's first byte",
	    "first byte %#x", *mapped);
	probe_expect_store(mapped, "the mapping", "ok");
	*mapped = 0;
	suite_expect(object_byte(&file, 0) == 0, "the store in the file",
	    "the file's first byte is %#x", object_byte(&file, 0));
}

/* ----- exec ------------------------------------------------------------------- */

/* No address of a fresh image holds this by accident. */
static const char mark[32] = "mapped before exec, not after it";

/* 1: the mark is still where the argument says. */
static long
finds_mark(const char *argument)
{
	const char *at = (const char *)(uintptr_t)strtoumax(argument, NULL, 16);

	for (size_t i = 0; i < sizeof(mark); i++) {
		unsigned char value;

		if (probe_load(at + i, &value).signo != 0 ||
		    value != (unsigned char)mark[i])
			return 0;
	}
	return 1;
}

static void
executed(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		char *mapped =
		    call_mmap(NULL, suite_page(), RW, flags[i], -1, 0);
		char address[32];
		long found;

		call_expect("ok");
		memcpy(mapped, mark, sizeof(mark));
		snprintf(
		    address, sizeof(address), "%" PRIxPTR, (uintptr_t)mapped);
		suite_set_up(finds_mark(address) == 1, "no mark before exec");
		found = child_exec("finds_mark", address);
		suite_expect(found == 0, "gone after exec", "%s after exec",
		    found == 0 ? "gone" : "still mapped");
	}
}

/* ----- fork --------------------------------------------------------------------- */

static struct {
	const char *flags;
	enum object_kind object;
	int prot;
	volatile unsigned char *mapped;
	unsigned char first;
} inherited[] = {
	{ "PRIVATE|ANON", NOTHING, RW, NULL, 'p' },
	{ "SHARED|ANON", NOTHING, RW, NULL, 's' },
	{ "PRIVATE", FILE_RW, R, NULL, 0 },
	{ "SHARED", FILE_RW, RW, NULL, 0 },
	{ "PRIVATE|ANON", NOTHING, NONE, NULL, 0 },
};

#define INHERITED (sizeof(inherited) / sizeof(inherited[0]))

static void
map_inherited(void)
{
	for (size_t i = 0; i < INHERITED; i++) {
		struct object object =
		    object_make(inherited[i].object, suite_page());

		inherited[i].mapped = call_mmap(NULL, suite_page(),
		    inherited[i].prot, inherited[i].flags, object.fd, 0);
		call_expect("ok");
		if (object.kind == FILE_RW)
			inherited[i].first = object_pattern(0);
		else if (inherited[i].prot == RW)
			*inherited[i].mapped = inherited[i].first;
	}
}

/* In the child: 0, or the number of the first mapping that differs. */
static long
differs_in_child(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < INHERITED; i++) {
		unsigned char value = 0;
		struct guard_signal load =
		    probe_load(inherited[i].mapped, &value);
		struct guard_signal store =
		    probe_store(inherited[i].mapped, inherited[i].first);

		if ((load.signo == 0) != ((inherited[i].prot & R) != 0) ||
		    (load.signo == 0 && value != inherited[i].first) ||
		    (store.signo == 0) != ((inherited[i].prot & W) != 0))
			return (long)i + 1;
	}
	return 0;
}

static void
forked(void)
{
	long differs;

	map_inherited();
	differs = child_ask(differs_in_child, NULL);
	suite_expect(differs == 0, "all mappings as in the parent",
	    differs == 0 ? "all mappings as in the parent"
			 : "the mapping %s, %s differs in the child",
	    differs == 0 ? "" : inherited[differs - 1].flags,
	    differs == 0 ? "" : names_prot(inherited[differs - 1].prot));
}

/* Uses what the parent mapped: adds one to each byte, gives the sum. */
static long
uses_mappings(void *arg)
{
	long sum = 0;

	(void)arg;
	for (size_t i = 0; i < INHERITED; i++)
		if (inherited[i].prot == RW)
			sum += ++*inherited[i].mapped;
	return sum;
}

static void
used_after_fork(void)
{
	long expected, sum;

	map_inherited();
	expected =
	    inherited[0].first + inherited[1].first + inherited[3].first + 3;
	sum = child_ask(uses_mappings, NULL);
	suite_expect(sum == expected, "the child's additions",
	    "a sum of %ld in the child, %ld expected", sum, expected);
	suite_expect(*inherited[1].mapped == inherited[1].first + 1,
	    "the child's store in shared memory", "shared byte %#x",
	    *inherited[1].mapped);
	suite_observe("usable without another mmap");
}

static long
unmaps(void *arg)
{
	call_munmap(arg, suite_page());
	call_expect("ok");
	return area_is_mapped(arg);
}

static void
unmapped_by_child(void)
{
	static const char *const flags[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    call_mmap(NULL, suite_page(), RW, flags[i], -1, 0);
		long left;

		call_expect("ok");
		*mapped = 'k';
		left = child_ask(unmaps, mapped);
		suite_expect(left == 0, "unmapped in the child",
		    "%s in the child", left ? "mapped" : "unmapped");
		probe_expect_load(mapped, "the parent's mapping", "ok");
		suite_expect(*mapped == 'k', "the parent's byte",
		    "the parent's byte is %#x", *mapped);
	}
}

/* ----- The end -------------------------------------------------------------------- */

static long
stores_and_dies(void *arg)
{
	struct object *file = arg;
	volatile unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED", file->fd, 0);

	call_expect("ok");
	mapped[1] = 0;
	raise(SIGKILL);
	return 0;
}

static void
unmapped_and_killed(void)
{
	struct object file = object_make(FILE_RW, suite_page());
	volatile unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED", file.fd, 0);
	struct child_status status;

	call_expect("ok");
	mapped[0] = 0;
	area_free((void *)(uintptr_t)mapped, 1);
	suite_expect(object_byte(&file, 0) == 0, "the store in the file",
	    "byte %#x after munmap", object_byte(&file, 0));
	child_try(stores_and_dies, &file, &status);
	suite_set_up(status.signo == SIGKILL, "the child was not killed");
	suite_expect(object_byte(&file, 1) == 0, "the store in the file",
	    "byte %#x after SIGKILL", object_byte(&file, 1));
	suite_observe("the stores are in the file");
}

#define HELD ((size_t)8 << 20) /* well above what other cases hold */

static unsigned long long
free_bytes(void)
{
	struct statvfs info;

	object_need(SHM);
	if (statvfs(plat_shm_dir(), &info) == -1)
		suite_broken("statvfs");
	return (unsigned long long)info.f_bfree * info.f_frsize;
}

/* Holds memory by nothing but a mapping, until told to end. */
static void
holds_memory(struct child *parent, void *arg)
{
	struct object shm = object_make(SHM, 0);
	unsigned char *mapped;

	(void)arg;
	if (ftruncate(shm.peer, HELD) == -1)
		suite_broken("ftruncate");
	mapped = call_mmap(NULL, HELD, RW, "SHARED", shm.fd, 0);
	call_expect("ok");
	object_end(&shm);
	memset(mapped, 'h', HELD);
	child_tell(parent, 1);
	child_hear(parent);
}

static void
ended_while_mapped(void)
{
	unsigned long long before, held, after;
	struct child child;

	if (plat_shm_dir() == NULL)
		suite_untested("needs a file system of shared memory objects");
	before = free_bytes();
	child = child_start(holds_memory, NULL);
	child_hear(&child);
	held = free_bytes();
	suite_set_up(held + HELD / 2 < before,
	    "the child's memory is not seen in the free space");
	child_tell(&child, 1);
	child_end(&child);
	after = free_bytes();
	suite_expect(after > held + HELD / 2, "the memory free again",
	    "the memory %s after the process ended",
	    after > held + HELD / 2 ? "free again" : "still held");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE_DIRS(descriptor_closed, CLOSE_KEEPS_MAPPING, descriptor_closed),
	CODE(executed, EXEC_REMOVES_MAPPINGS, executed),
	CODE(forked, FORK_KEEPS_MAPPINGS, forked),
	CODE(used_after_fork, NO_MMAP_AFTER_FORK_NEEDED, used_after_fork),
	CODE(unmapped_by_child, CHILD_MUNMAP_LEAVES_PARENT, unmapped_by_child),
	CODE_DIRS(unmapped_and_killed, DIRTY_SHARED_SURVIVES_MUNMAP, unmapped_and_killed),
	CODE(ended_while_mapped, EXIT_RELEASES_SHARED_MEMORY, ended_while_mapped),
};
/* clang-format on */

static const struct suite_image images[] = {
	{ "finds_mark", finds_mark },
	{ NULL, NULL },
};

SUITE_PROGRAM_IMAGES(cases, images)
