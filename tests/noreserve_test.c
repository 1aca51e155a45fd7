/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_NORESERVE, and what mappings add to the memory that the system has
 * promised (Committed_AS): for most of them their whole size, at once.
 *
 *	mmap      private, writable: counted     MAP_NORESERVE: not
 *	mprotect  PROT_NONE to writable: counted then
 *
 * Other processes change the count as well: a mapping that is large, never
 * touched and gone at once stands out, and disturbed tries are repeated.
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

#define MIB   (1LL << 20)
#define TRIES 30

static long long
committed(void)
{
	long long bytes;

	/* Systems without the flag count, if at all, by other rules. */
	call_flags("MAP_", "NORESERVE");
	if (plat_committed(&bytes) != 0)
		suite_untested("needs the count of promised memory");
	return bytes;
}

/* 1 GiB, or less where memory is short. */
static long long
sample(void)
{
	const struct plat_facts *facts = suite_facts();
	long long size = 1024 * MIB;

	if (facts->ram_bytes > 0 && facts->ram_bytes / 4 < size)
		size = facts->ram_bytes / 4;
	return size - size % (long long)suite_page();
}

/* What became of a try. */
enum charge {
	NOTHING_COUNTED,
	ALL_COUNTED,
	UNCLEAR
};
static const char *const charge_words[] = { "nothing", "its whole size",
	"neither nothing nor its whole size" };

static enum charge
charge_of(long long delta, long long size)
{
	if (llabs(delta) < size / 4)
		return NOTHING_COUNTED;
	if (llabs(delta - size) < size / 4)
		return ALL_COUNTED;
	return UNCLEAR;
}

/* Whether so much may be promised is not what is asked here. */
static void
need_room(long long size)
{
	if (!call_last()->ok && call_last()->error == ENOMEM)
		suite_untested("needs room to promise %lld bytes", size);
	suite_set_up(call_last()->ok, "%s = %s", call_last()->text,
	    names_errno(call_last()->error));
}

static enum charge
charge_of_mapping(int prot, const char *flags, int fd)
{
	long long size = sample(), before = committed();
	void *start = call_mmap(NULL, (size_t)size, prot, flags, fd, 0);
	long long after = committed();

	need_room(size);
	area_free(start, (size_t)size / suite_page());
	return charge_of(after - before, size);
}

static void
expect_charge(enum charge wanted, int prot, const char *flags, int fd)
{
	enum charge found = UNCLEAR;

	for (int i = 0; i < TRIES && found != wanted; i++)
		found = charge_of_mapping(prot, flags, fd);
	suite_expect(found == wanted, charge_words[wanted],
	    "the mapping counts %s", charge_words[found]);
}

/* The count can be seen at all, so that nothing means nothing. */
static void
expect_free(int prot, const char *flags, int fd)
{
	expect_charge(ALL_COUNTED, RW, "PRIVATE|ANON", -1);
	expect_charge(NOTHING_COUNTED, prot, flags, fd);
}

/* An object of that many bytes, most of them a hole. */
static struct object
make_sparse(enum object_kind kind)
{
	struct object object = object_make(kind, suite_page());

	if (ftruncate(object.peer, (off_t)sample()) == -1)
		suite_broken("ftruncate");
	return object;
}

/*
 * ----- What counts ----------------------------------------------------------
 */

static void
private_anonymous(void)
{
	expect_charge(ALL_COUNTED, RW, "PRIVATE|ANON", -1);
}

static void
private_file(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_charge(ALL_COUNTED, RW, "PRIVATE", file.fd);
	object_end(&file);
}

static void
shared_anonymous(void)
{
	expect_charge(ALL_COUNTED, RW, "SHARED|ANON", -1);
}

static void
shared_anonymous_none(void)
{
	expect_charge(ALL_COUNTED, NONE, "SHARED|ANON", -1);
}

static void
shared_devzero(void)
{
	struct object device = object_make(DEVZERO, 0);

	expect_charge(ALL_COUNTED, RW, "SHARED", device.fd);
	object_end(&device);
}

static enum charge
charge_of_protecting(void)
{
	long long size = sample(), before, after;
	unsigned char *start = area_reserve((size_t)size / suite_page());

	before = committed();
	call_mprotect(start, (size_t)size, RW);
	after = committed();
	need_room(size);
	area_free(start, (size_t)size / suite_page());
	return charge_of(after - before, size);
}

static void
none_then_writable(void)
{
	enum charge found = UNCLEAR;

	expect_free(NONE, "PRIVATE|ANON", -1);
	for (int i = 0; i < TRIES && found != ALL_COUNTED; i++)
		found = charge_of_protecting();
	suite_expect(found == ALL_COUNTED, charge_words[ALL_COUNTED],
	    "made writable, the mapping counts %s", charge_words[found]);
}

/*
 * ----- What is free ---------------------------------------------------------
 */

static void
private_read_only(void)
{
	expect_free(R, "PRIVATE|ANON", -1);
}

static void
noreserve(void)
{
	int mode = suite_facts()->overcommit;

	call_flags("MAP_", "NORESERVE");
	if (mode == 2)
		suite_untested("needs overcommit mode 0 or 1; it is 2");
	if (mode == -1)
		suite_untested("needs the overcommit mode, which cannot be "
			       "told here");
	expect_free(RW, "PRIVATE|ANON|NORESERVE", -1);
}

static void
file_shared(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_free(RW, "SHARED", file.fd);
	object_end(&file);
}

static void
file_private_read_only(void)
{
	struct object file = make_sparse(FILE_RW);

	expect_free(R, "PRIVATE", file.fd);
	object_end(&file);
}

static void
memfd_mapping(void)
{
	struct object memory = make_sparse(MEMFD);

	expect_free(RW, "SHARED", memory.fd);
	object_end(&memory);
}

#define WRITTEN (16 * MIB)

static enum charge
charge_of_writing(const struct object *memory)
{
	static char block[64 * 1024];
	long long before, after;

	if (ftruncate(memory->peer, 0) == -1)
		suite_broken("ftruncate");
	before = committed();
	for (off_t at = 0; at < WRITTEN; at += (off_t)sizeof(block))
		if (pwrite(memory->peer, block, sizeof(block), at) !=
		    (ssize_t)sizeof(block))
			suite_broken("writing to a memfd");
	after = committed();
	return charge_of(after - before, WRITTEN);
}

static void
memfd_pages(void)
{
	struct object memory = object_make(MEMFD, suite_page());
	enum charge found = UNCLEAR;

	for (int i = 0; i < TRIES && found != ALL_COUNTED; i++)
		found = charge_of_writing(&memory);
	call_forget();
	suite_expect(found == ALL_COUNTED, charge_words[ALL_COUNTED],
	    "what is written to the memfd counts %s", charge_words[found]);
	object_end(&memory);
}

/*
 * ----- The flag -------------------------------------------------------------
 */

static struct plat_usage
usage_of(const char *flags)
{
	struct plat_usage usage;
	unsigned char *area = area_reserve(3);
	void *start =
	    call_mmap(area + suite_page(), suite_page(), RW, flags, -1, 0);

	suite_set_up(start != MAP_FAILED, "%s failed", call_last()->text);
	if (plat_usage(start, &usage) != 0 || usage.flags[0] == '\0')
		suite_untested("needs the kernel's own flags of a region");
	return usage;
}

/* Strict accounting leaves the flag without effect. */
static void
listed_flags(void)
{
	struct plat_usage plain = usage_of("PRIVATE|ANON|FIXED");
	struct plat_usage usage = usage_of("PRIVATE|ANON|FIXED|NORESERVE");
	bool strict = suite_facts()->overcommit == 2;

	suite_expect(plain.accounted && !plain.noreserve,
	    "ac and no nr without the flag", "\"%s\" without the flag",
	    plain.flags);
	suite_expect(usage.accounted == strict && usage.noreserve == !strict,
	    strict ? "ac and no nr with the flag"
		   : "nr and no ac with the flag",
	    "\"%s\" with the flag", usage.flags);
}

/*
 * What a shortage does can only be seen by making one, which ends other
 * processes before this one.
 */
static void
store_without_memory(void)
{
	call_flags("MAP_", "NORESERVE");
	suite_untested("needs a system of its own whose memory may be used "
		       "up");
}

/* clang-format off */
static const struct suite_case cases[] = {
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
	CODE(store_without_memory, NORESERVE_SIGSEGV_ON_SHORTAGE, store_without_memory),

	/* Where it is accepted
	     name                       claim                          addr len   prot flags                    object   off   allowed */
	CALL(accepted_private_anonymous, NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "PRIVATE|ANON|NORESERVE", NOTHING, B(0), "ok", NO_SOUND),
	CALL(accepted_shared_anonymous, NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), RW, "SHARED|ANON|NORESERVE",  NOTHING, B(0), "ok", NO_SOUND),
	CALL(accepted_fixed,            NORESERVE_ACCEPTED_EVERYWHERE, USED, P(1), RW, "PRIVATE|ANON|FIXED|NORESERVE", NOTHING, B(0), "ok", NO_SOUND),
	CALL(accepted_none,             NORESERVE_ACCEPTED_EVERYWHERE, ANY, P(1), NONE, "PRIVATE|ANON|NORESERVE", NOTHING, B(0), "ok", NO_SOUND),
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
