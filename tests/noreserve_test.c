/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_NORESERVE, and what mappings add to the memory that the system has
 * promised (Committed_AS): for most of them their whole size, at once, until
 * they are gone.
 *
 *	mmap      private, writable: counted     MAP_NORESERVE: not
 *	mprotect  PROT_NONE to writable: counted then
 *
 * Other processes change the count as well: what is counted is large, hardly
 * touched and gone at once, and a verdict takes several tries that agree.
 * What is refused when too much is promised is in exclusive_test.c.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define MIB (1LL << 20)

static long long
committed(void)
{
	long long bytes;

	if (plat_committed(&bytes) != 0)
		verdict_untested("needs the count of promised memory");
	return bytes;
}

/* The overcommit mode as it is now. */
static int
mode_now(void)
{
	long long mode;

	if (plat_setting(PLAT_OVERCOMMIT, &mode) != 0)
		verdict_untested("needs the overcommit mode, which cannot be "
				 "told here");
	return (int)mode;
}

/* 1 GiB, or less where memory or address space is short. */
static long long
sample(void)
{
	const struct plat_facts *facts = view_facts();
	long long size = 1024 * MIB;

	if (facts->ram_bytes > 0 && facts->ram_bytes / 4 < size)
		size = facts->ram_bytes / 4;
	if (facts->rlimit_as > 0 && facts->rlimit_as / 4 < size)
		size = facts->rlimit_as / 4;
	return size - size % (long long)view_page();
}

/*
 * Something that may count: made, looked at, undone.  start is where its
 * memory is, NULL for what maps none; byte what that must begin with, -1 for
 * memory without access.
 */
struct act {
	void (*make)(struct act *act);
	void (*undo)(struct act *act);
	long long size;
	int prot;
	const char *flags;
	int fd;
	int byte;
	unsigned char *start;
	const struct object *object;
};

/* What became of the count: while the act lasted, and when it was over. */
struct charge {
	long long made;
	long long left;
};

#define AGREEING 5 /* tries in a row that a verdict takes */

static bool
alike(struct charge one, struct charge other, long long size)
{
	return llabs(one.made - other.made) < size / 8 &&
	    llabs(one.left - other.left) < size / 8;
}

/* What counts nothing is there all the same. */
static void
expect_mapped(const void *start)
{
	bool there = area_is_mapped(start);

	verdict_expect(there, "a mapping", "%s mapping", there ? "a" : "no");
}

static struct charge
charge_once(struct act *act)
{
	struct charge charge;
	long long before = committed();

	act->make(act);
	charge.made = committed() - before;
	if (act->byte >= 0)
		probe_expect_bytes(
		    act->start, 1, (unsigned char)act->byte, "the mapping");
	else if (act->start != NULL)
		expect_mapped(act->start);
	act->undo(act);
	charge.left = committed() - before;
	return charge;
}

/*
 * As wanted: nothing or its whole size, and nothing left.  One such try is
 * enough, as nobody else moves the count there and back by just that; what
 * is not wanted has to be seen several times in a row.
 */
static bool
counts(struct act *act, bool wanted, struct charge *charge)
{
	struct charge ideal = { wanted ? act->size : 0, 0 }, last;
	int agreeing = 0;

	do {
		last = *charge;
		*charge = charge_once(act);
		if (alike(*charge, ideal, act->size))
			return true;
		agreeing = agreeing > 0 && alike(*charge, last, act->size)
		    ? agreeing + 1
		    : 1;
	} while (agreeing < AGREEING && verdict_again("the promised memory"));
	return false;
}

static const char *
charge_words(long long delta, long long size)
{
	if (llabs(delta) < size / 4)
		return "nothing";
	if (llabs(delta - size) < size / 4)
		return "its whole size";
	return "neither nothing nor its whole size";
}

static void
judge(const struct act *act, struct charge charge, bool holds, bool wanted,
    const char *what)
{
	const char *made = charge_words(charge.made, act->size);
	const char *left = charge_words(charge.left, act->size);
	bool gone = strcmp(left, "nothing") == 0;

	verdict_expect(holds,
	    wanted ? "its whole size until it is gone" : "nothing",
	    "%s counts %s%s%s", what, made,
	    gone ? "" : ", and when it is gone ", gone ? "" : left);
}

static void
expect_charge(struct act *act, bool wanted, const char *what)
{
	struct charge charge = { 0, 0 };
	bool holds = counts(act, wanted, &charge);

	judge(act, charge, holds, wanted, what);
}

/* Whether so much may be promised, or written, is not what is asked here. */
static void
need_room(long long size)
{
	if (!call_last()->ok &&
	    (call_last()->error == ENOMEM || call_last()->error == EFBIG))
		verdict_untested("needs room to promise %lld bytes", size);
	call_expect("ok");
}

static void
make_mapping(struct act *act)
{
	act->start = call_mmap(
	    NULL, (size_t)act->size, act->prot, act->flags, act->fd, 0);
	need_room(act->size);
	if (act->prot == NONE) {
		bool mapped = area_is_mapped(act->start);

		verdict_expect(mapped, "mapped", "the mapping is %s",
		    mapped ? "there" : "not there");
	}
}

static void
undo_mapping(struct act *act)
{
	area_free(act->start, (size_t)act->size / view_page());
}

static struct act
mapping(int prot, const char *flags, const struct object *object)
{
	struct act act = { .make = make_mapping,
		.undo = undo_mapping,
		.size = sample(),
		.prot = prot,
		.flags = flags,
		.fd = object != NULL ? object->fd : -1 };

	if (prot == NONE)
		act.byte = -1;
	else if (object != NULL && !object_is_zeros(object->kind))
		act.byte = object_pattern(0);
	return act;
}

static void
expect_counted(int prot, const char *flags, const struct object *object)
{
	struct act act = mapping(prot, flags, object);

	expect_charge(&act, true, "the mapping");
}

/* The count can be seen to move at all, so that nothing means nothing. */
static void
expect_free(int prot, const char *flags, const struct object *object)
{
	struct act plain = mapping(RW, "PRIVATE|ANON", NULL);
	struct act act = mapping(prot, flags, object);
	struct charge charge = { 0, 0 };

	if (!counts(&plain, true, &charge))
		verdict_untested(
		    "needs a count of promised memory that private "
		    "writable mappings move");
	expect_charge(&act, false, "the mapping");
}

/* An object of that many bytes, most of them a hole. */
static struct object
make_sparse(enum object_kind kind)
{
	struct object object = object_make(kind, view_page());

	if (ftruncate(object.peer, (off_t)sample()) == -1)
		verdict_untested("needs an object of %lld bytes: %s", sample(),
		    names_errno(errno));
	return object;
}

/*
 * ----- What counts ----------------------------------------------------------
 */

static void
private_anonymous(void)
{
	expect_counted(RW, "PRIVATE|ANON", NULL);
}

static void
private_file(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_counted(RW, "PRIVATE", &file);
	object_end(&file);
}

static void
shared_anonymous(void)
{
	expect_counted(RW, "SHARED|ANON", NULL);
}

static void
shared_anonymous_none(void)
{
	expect_counted(NONE, "SHARED|ANON", NULL);
}

static void
shared_devzero(void)
{
	struct object device = object_make(DEVZERO, 0);

	expect_counted(RW, "SHARED", &device);
	object_end(&device);
}

static void
make_writable(struct act *act)
{
	call_mprotect(act->start, (size_t)act->size, RW);
	need_room(act->size);
}

/* Writable once, it stays counted: a new one for the next try. */
static void
undo_writable(struct act *act)
{
	undo_mapping(act);
	act->start = area_reserve((size_t)act->size / view_page());
}

static void
none_then_writable(void)
{
	struct act act = {
		.make = make_writable, .undo = undo_writable, .size = sample()
	};
	struct act none = mapping(NONE, "PRIVATE|ANON", NULL);

	act.start = area_reserve((size_t)act.size / view_page());
	expect_charge(&act, true, "made writable, the mapping");
	expect_charge(&none, false, "without access, the mapping");
}

/*
 * ----- What is free ---------------------------------------------------------
 */

static void
private_read_only(void)
{
	expect_free(R, "PRIVATE|ANON", NULL);
}

/* In mode 2 the flag has no effect; somebody may change the mode meanwhile. */
static void
noreserve(void)
{
	struct act plain = mapping(RW, "PRIVATE|ANON", NULL);
	struct act act = mapping(RW, "PRIVATE|ANON|NORESERVE", NULL);
	struct charge seen, charge = { 0, 0 };
	bool visible, holds;
	int before = mode_now(), after = before;

	call_flags("MAP_", "NORESERVE");
	if (before == 2)
		verdict_untested("needs overcommit mode 0 or 1; it is 2");
	do {
		seen.made = seen.left = 0;
		before = after;
		visible = counts(&plain, true, &seen);
		holds = counts(&act, false, &charge);
		after = mode_now();
	} while ((before == 2 || after == 2) &&
	    verdict_again("the overcommit mode"));
	if (!visible)
		verdict_untested(
		    "needs a count of promised memory that private "
		    "writable mappings move");
	judge(&act, charge, holds, false, "the mapping");
}

static void
file_shared(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_free(RW, "SHARED", &file);
	object_end(&file);
}

static void
file_private_read_only(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_free(R, "PRIVATE", &file);
	object_end(&file);
}

static void
memfd_mapping(void)
{
	struct object memory = make_sparse(MEMFD);

	expect_free(RW, "SHARED", &memory);
	object_end(&memory);
}

#define WRITTEN (16 * MIB)

static void
make_pages(struct act *act)
{
	static char block[64 * 1024];
	ssize_t wrote = 1;

	/* What is written in part only is gone on with, and then refused. */
	for (off_t at = 0; at < act->size && wrote > 0; at += wrote) {
		errno = 0;
		wrote = pwrite(act->object->peer, block, sizeof(block), at);
	}
	call_made(wrote > 0, "pwrite(memfd, %zu)", sizeof(block));
	need_room(act->size);
}

static void
undo_pages(struct act *act)
{
	call_made(ftruncate(act->object->peer, 0) == 0, "ftruncate(memfd, 0)");
	call_expect("ok");
}

static void
memfd_pages(void)
{
	struct object memory = object_make(MEMFD, view_page());
	struct act act = { .make = make_pages,
		.undo = undo_pages,
		.size = WRITTEN,
		.byte = -1,
		.object = &memory };

	undo_pages(&act);
	expect_charge(&act, true, "what is written to the memfd");
	object_end(&memory);
}

/*
 * ----- The flag -------------------------------------------------------------
 */

static struct plat_usage
usage_of(const char *flags)
{
	struct plat_usage usage;
	unsigned char *start = area_reserve(3) + view_page();

	call_mmap_at(start, view_page(), RW, flags, -1, 0);
	probe_expect_bytes(start, view_page(), 0, "the mapping");
	if (plat_usage(start, &usage) != 0 || usage.flags[0] == '\0')
		verdict_untested("needs the kernel's own flags of a region");
	return usage;
}

/*
 * Strict accounting leaves the flag without effect.  The mode may go there
 * and back between two looks, so that one wrong answer is none.
 */
static void
listed_flags(void)
{
	struct plat_usage plain, usage;
	bool strict, moved, holds;
	int wrong = 0;

	do {
		int mode = mode_now();

		plain = usage_of("PRIVATE|ANON|FIXED");
		usage = usage_of("PRIVATE|ANON|FIXED|NORESERVE");
		moved = mode_now() != mode;
		strict = mode == 2;
		holds = plain.accounted && !plain.noreserve &&
		    usage.accounted == strict && usage.noreserve == !strict;
		wrong = moved || holds ? 0 : wrong + 1;
	} while ((moved || (wrong > 0 && wrong < AGREEING)) &&
	    verdict_again("the overcommit mode"));
	verdict_expect(plain.accounted && !plain.noreserve,
	    "ac and no nr without the flag", "\"%s\" without the flag",
	    plain.flags);
	verdict_expect(usage.accounted == strict && usage.noreserve == !strict,
	    strict ? "ac and no nr with the flag"
		   : "nr and no ac with the flag",
	    "\"%s\" with the flag", usage.flags);
}

/* That it is there shows when it is made accessible. */
static void
accepted_none(void)
{
	unsigned char *start =
	    call_mmap(NULL, view_page(), NONE, "PRIVATE|ANON|NORESERVE", -1, 0);

	call_expect("ok");
	probe_expect_load(start, "the mapping", "SIGSEGV|SIGBUS");
	call_mprotect(start, view_page(), RW);
	call_expect("ok");
	probe_expect_bytes(start, view_page(), 0, "the mapping");
	probe_expect_store(start, "the mapping", "ok");
	verdict_observe("ok");
}

/* clang-format off */
static const struct row cases[] = {
	/* What counts */
	CODE(private_anonymous, COMMIT_PRIVATE_WRITABLE_CHARGED, private_anonymous),
	CODE(private_file, COMMIT_PRIVATE_WRITABLE_CHARGED, private_file),
	CODE(shared_anonymous, OVERCOMMIT_SHARED_ANON_CHECKED, shared_anonymous),
	CODE(shared_anonymous_none, OVERCOMMIT_SHARED_ANON_CHECKED, shared_anonymous_none),
	CODE(shared_devzero, COMMIT_DEVZERO_SHARED_CHARGED, shared_devzero),
	CODE(none_then_writable, OVERCOMMIT_PROT_NONE_FREE, none_then_writable),

	/* What is free */
	CODE(private_read_only, OVERCOMMIT_PRIVATE_READONLY_FREE, private_read_only),
	CODE(noreserve, COMMIT_NORESERVE_FREE, noreserve),
	CODE_DIRS(file_shared, COMMIT_SHARED_FILE_FREE, file_shared),
	CODE_DIRS(file_private_read_only, COMMIT_SHARED_FILE_FREE, file_private_read_only),
	CODE(memfd_mapping, COMMIT_MEMFD_MAPPING_FREE, memfd_mapping),
	CODE(memfd_pages, COMMIT_MEMFD_MAPPING_FREE, memfd_pages),

	/* The flag */
	CODE(listed_flags, NORESERVE_VMFLAG, listed_flags),

	/* Where it is accepted
	     name                       claim                          addr len   prot flags                    object   off   allowed */
	CALL(accepted_private_anonymous, NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "PRIVATE|ANON|NORESERVE", NOTHING, B(0), "ok", NO_SOUND),
	CALL(accepted_shared_anonymous, NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|ANON|NORESERVE",  NOTHING, B(0), "ok", NO_SOUND),
	CALL(accepted_fixed,            NORESERVE_ACCEPTED_EVERYWHERE, USED, P(1), RW, "PRIVATE|ANON|FIXED|NORESERVE", NOTHING, B(0), "ok", NO_SOUND),
	CODE(accepted_none,             NORESERVE_ACCEPTED_EVERYWHERE, accepted_none),
	CALL(accepted_shared_file,      NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|NORESERVE",       FILE_RW, B(0), "ok", NO_SOUND),
	CALL(accepted_private_file,     NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "PRIVATE|NORESERVE",      FILE_RW, B(0), "ok", NO_SOUND),
	CALL(accepted_read_only_file,   NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), R,  "SHARED|NORESERVE",       FILE_RO, B(0), "ok", NO_SOUND),
	CALL(accepted_shm,              NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|NORESERVE",       SHM,     B(0), "ok", NO_SOUND),
	CALL(accepted_memfd,            NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|NORESERVE",       MEMFD,   B(0), "ok", NO_SOUND),
	CALL(accepted_devzero_private,  NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "PRIVATE|NORESERVE",      DEVZERO, B(0), "ok", NO_SOUND),
	CALL(accepted_devzero_shared,   NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|NORESERVE",       DEVZERO, B(0), "ok", NO_SOUND),
};
/* clang-format on */

SUITE_PROGRAM(cases)
