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
 * What is refused when too much is promised is in overcommit_test.c.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/charge.h"
#include "helpers/names.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/noreserve.def"
#include "helpers/claims.h"

#define MIB (1LL << 20)

/* An object of that many bytes, most of them a hole. */
static struct object
make_sparse(enum object_kind kind)
{
	struct object object = object_make(kind, view_page());

	if (ftruncate(object.peer, (off_t)charge_sample()) == -1)
		verdict_untested("needs an object of %lld bytes: %s",
		    charge_sample(), names_errno(errno));
	return object;
}

/*
 * ----- What counts -------------------------------------------------------
 */

static void
private_anonymous(void)
{
	charge_expect_counted(RW, "PRIVATE|ANON", NULL);
}

static void
private_file(void)
{
	struct object file = make_sparse(FILE_RW);

	charge_expect_counted(RW, "PRIVATE", &file);
	object_end(&file);
}

static void
shared_devzero(void)
{
	struct object device = object_make(DEVZERO, 0);

	charge_expect_counted(RW, "SHARED", &device);
	object_end(&device);
}

/*
 * ----- What is free ------------------------------------------------------
 */

/* In mode 2 the flag has no effect; somebody may change the mode meanwhile. */
static void
expect_unreserved_free(const char *flags)
{
	struct charge_act plain = charge_mapping(RW, "PRIVATE|ANON", NULL);
	struct charge_act act = charge_mapping(RW, flags, NULL);
	struct charge seen, charge = { 0, 0 };
	bool visible, holds;
	long long before = settings_value(PLAT_OVERCOMMIT), after = before;

	call_flags("MAP_", "NORESERVE");
	if (before == 2)
		verdict_untested("needs overcommit mode 0 or 1; it is 2");
	do {
		seen.made = seen.left = 0;
		before = after;
		visible = charge_counts(&plain, true, &seen);
		holds = charge_counts(&act, false, &charge);
		after = settings_value(PLAT_OVERCOMMIT);
	} while ((before == 2 || after == 2) &&
	    verdict_again("the overcommit mode"));
	if (!visible)
		verdict_untested(
		    "needs a count of promised memory that private "
		    "writable mappings move");
	charge_judge(&act, charge, holds, false, "the mapping");
}

static void
noreserve(void)
{
	expect_unreserved_free("PRIVATE|ANON|NORESERVE");
}

static void
noreserve_shared(void)
{
	expect_unreserved_free("SHARED|ANON|NORESERVE");
}

static void
file_shared(void)
{
	struct object file = make_sparse(FILE_RW);

	charge_expect_free(RW, "SHARED", &file);
	object_end(&file);
}

static void
file_private_read_only(void)
{
	struct object file = make_sparse(FILE_RW);

	charge_expect_free(R, "PRIVATE", &file);
	object_end(&file);
}

static void
memfd_mapping(void)
{
	struct object memory = make_sparse(MEMFD);

	charge_expect_free(RW, "SHARED", &memory);
	object_end(&memory);
}

#define WRITTEN (16 * MIB)

static void
make_pages(struct charge_act *act)
{
	static char block[64 * 1024];
	ssize_t wrote = 1;

	/* What is written in part only is gone on with, and then refused. */
	for (off_t at = 0; at < act->size && wrote > 0; at += wrote) {
		errno = 0;
		wrote = pwrite(act->object->peer, block, sizeof(block), at);
	}
	call_made(wrote > 0, "pwrite(memfd, %zu)", sizeof(block));
	charge_need_room(act->size);
}

static void
undo_pages(struct charge_act *act)
{
	call_made(ftruncate(act->object->peer, 0) == 0, "ftruncate(memfd, 0)");
	call_expect("ok");
}

static void
memfd_pages(void)
{
	struct object memory = object_make(MEMFD, view_page());
	struct charge_act act = { .make = make_pages,
		.undo = undo_pages,
		.size = WRITTEN,
		.byte = -1,
		.object = &memory };

	undo_pages(&act);
	charge_expect(&act, true, "what is written to the memfd");
	object_end(&memory);
}

/*
 * ----- What gives back ---------------------------------------------------
 */

static void
make_mapping_and(struct charge_act *act, void (*then)(struct charge_act *act))
{
	act->start =
	    call_mmap(NULL, (size_t)act->size, RW, "PRIVATE|ANON", -1, 0);
	charge_need_room(act->size);
	then(act);
}

static void
replace(struct charge_act *act)
{
	call_mmap_at(
	    act->start, (size_t)act->size, NONE, "PRIVATE|ANON|FIXED", -1, 0);
}

static void
discard(struct charge_act *act)
{
	call_madvise(act->start, (size_t)act->size, "DONTNEED");
	call_expect("ok");
}

static void
make_and_replace(struct charge_act *act)
{
	make_mapping_and(act, replace);
}

static void
make_and_discard(struct charge_act *act)
{
	make_mapping_and(act, discard);
}

/* The count moves for the same memory where it is left alone. */
static void
replaced_by_inaccessible(void)
{
	struct charge_act plain = charge_mapping(RW, "PRIVATE|ANON", NULL);
	struct charge_act act = charge_mapping(NONE, "PRIVATE|ANON", NULL);

	act.make = make_and_replace;
	charge_expect(&plain, true, "the mapping");
	charge_expect(&act, false, "what inaccessible pages replace");
}

static void
discarded(void)
{
	struct charge_act act = charge_mapping(RW, "PRIVATE|ANON", NULL);

	act.make = make_and_discard;
	charge_expect(&act, true, "memory after MADV_DONTNEED");
}

/*
 * ----- The flag ----------------------------------------------------------
 */

static struct view_usage
usage_of(const char *flags)
{
	unsigned char *start = area_reserve(3) + view_page();

	call_mmap_at(start, view_page(), RW, flags, -1, 0);
	probe_expect_bytes(start, view_page(), 0, "the mapping");
	return view_usage_with_flags(start);
}

/*
 * Strict accounting leaves the flag without effect.  The mode may go there
 * and back between two looks, so that one wrong answer is none.
 */
static void
listed_flags(void)
{
	struct view_usage plain, usage;
	bool strict, moved, holds;
	int wrong = 0;

	do {
		long long mode = settings_value(PLAT_OVERCOMMIT);

		plain = usage_of("PRIVATE|ANON|FIXED");
		usage = usage_of("PRIVATE|ANON|FIXED|NORESERVE");
		moved = settings_value(PLAT_OVERCOMMIT) != mode;
		strict = mode == 2;
		holds = plain.accounted && !plain.noreserve &&
		    usage.accounted == strict && usage.noreserve == !strict;
		wrong = moved || holds ? 0 : wrong + 1;
	} while ((moved || (wrong > 0 && wrong < CHARGE_TRIES)) &&
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
	    call_map(view_page(), NONE, "PRIVATE|ANON|NORESERVE", -1, 0);

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
	CODE(shared_devzero, COMMIT_DEVZERO_SHARED_CHARGED, shared_devzero),

	/* What is free */
	CODE(noreserve, COMMIT_NORESERVE_FREE, noreserve),
	CODE(noreserve_shared, COMMIT_NORESERVE_FREE, noreserve_shared),
	CODE_DIRS(file_shared, COMMIT_SHARED_FILE_FREE, file_shared),
	CODE_DIRS(file_private_read_only, COMMIT_SHARED_FILE_FREE, file_private_read_only),
	CODE(memfd_mapping, COMMIT_MEMFD_MAPPING_FREE, memfd_mapping),
	CODE(memfd_pages, COMMIT_MEMFD_MAPPING_FREE, memfd_pages),

	/* What gives back */
	CODE(replaced_by_inaccessible, COMMIT_GIVEN_BACK_BY_FIXED, replaced_by_inaccessible),
	CODE(discarded, COMMIT_KEPT_BY_DONTNEED, discarded),

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
