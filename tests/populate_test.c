/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_POPULATE and its relatives: which pages are there when mmap returns.
 * Decided by looking at the pages, never by mmap's result, and each time the
 * same mapping without the flag must show the difference.  Where the system
 * does not show its pages, the faults of touching them are counted.
 *
 * What happens when the pool of huge pages runs out is in hugetlb_test.c.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define PAGES 16
#define MANY  256 /* few faults serve several pages: enough to see some */
#define AHEAD 16  /* most pages that one fault may serve */

/*
 * ----- Observation ----------------------------------------------------------
 */

static size_t
count(const unsigned char *vector, size_t pages)
{
	size_t found = 0;

	for (size_t i = 0; i < pages; i++)
		found += vector[i];
	return found;
}

/* A kernel that counts none would show every page to be there already. */
static void
need_counted_faults(void)
{
	static bool counted;
	volatile unsigned char *fresh;
	long before;

	if (counted)
		return;
	fresh = area_anon(1, RW);
	probe_faults();
	before = probe_faults();
	*fresh = 's';
	counted = probe_faults() > before;
	area_free((void *)(uintptr_t)fresh, 1);
	if (!counted)
		suite_untested("page faults are not counted here");
}

/* Faults of loading from, or storing to, each page once. */
static long
faults_of_touch(unsigned char *start, size_t pages, bool store)
{
	size_t page = suite_page();
	volatile unsigned char *byte = start;
	long before;

	need_counted_faults();
	/* The first call may fault itself. */
	probe_faults();
	before = probe_faults();
	for (size_t i = 0; i < pages; i++) {
		if (store)
			byte[i * page] = 's';
		else
			(void)byte[i * page];
	}
	return probe_faults() - before;
}

/* Whether pages are all there, or none is, so that touching faults. */
enum presence {
	NONE_THERE,
	SOME_THERE,
	ALL_THERE
};
static const char *const presence_words[] = { "no page", "some pages",
	"every page" };

static enum presence
presence(unsigned char *start)
{
	unsigned char vector[PAGES];
	size_t found;
	int error = plat_mapped(start, PAGES, vector);

	if (error != 0)
		return faults_of_touch(start, PAGES, false) == 0 ? ALL_THERE
								 : NONE_THERE;
	found = count(vector, PAGES);
	return found == PAGES ? ALL_THERE
	    : found == 0      ? NONE_THERE
			      : SOME_THERE;
}

static unsigned char *
map(int prot, const char *flags, int fd)
{
	unsigned char *start =
	    call_mmap(NULL, PAGES * suite_page(), prot, flags, fd, 0);

	call_expect("ok");
	return start;
}

static void
expect_presence(unsigned char *start, enum presence wanted)
{
	enum presence found = presence(start);

	suite_expect(found == wanted, presence_words[wanted], "%s there",
	    presence_words[found]);
}

/* The flags with MAP_POPULATE must show all pages, without it none. */
static void
expect_populated(int prot, const char *with, const char *without, int fd)
{
	/* Names a missing flag before anything is judged. */
	call_flags("MAP_", with);
	expect_presence(map(prot, without, fd), NONE_THERE);
	expect_presence(map(prot, with, fd), ALL_THERE);
}

/*
 * ----- Anonymous memory -----------------------------------------------------
 */

static void
anonymous_private(void)
{
	expect_populated(RW, "PRIVATE|ANON|POPULATE", "PRIVATE|ANON", -1);
}

static void
anonymous_shared(void)
{
	expect_populated(RW, "SHARED|ANON|POPULATE", "SHARED|ANON", -1);
}

/* Somebody else may take a page's translation away: the best of three. */
static void
store_after_populate(void)
{
	long faults = -1;

	for (int i = 0; i < 3 && faults != 0; i++)
		faults = faults_of_touch(
		    map(RW, "PRIVATE|ANON|POPULATE", -1), PAGES, true);
	suite_expect(faults == 0, "no fault",
	    "%ld faults while storing to %d pages", faults, PAGES);
}

/* Transparent huge pages would serve all of them by one fault. */
static void
store_without_populate(void)
{
	unsigned char *start =
	    call_mmap(NULL, MANY * suite_page(), RW, "PRIVATE|ANON", -1, 0);
	long faults;

	call_expect("ok");
	if (call_has_flags("MADV_", "NOHUGEPAGE"))
		call_madvise(start, MANY * suite_page(), "NOHUGEPAGE");
	faults = faults_of_touch(start, MANY, true);
	suite_expect(faults >= MANY / AHEAD, "a fault for each few pages", "%s",
	    faults >= MANY / AHEAD ? "faults while storing"
				   : "no faults while storing");
}

/* Made accessible afterwards, to be looked at: that brings no page. */
static void
protection_none(void)
{
	unsigned char *start = map(NONE, "PRIVATE|ANON|POPULATE", -1);

	area_protect(start, PAGES, RW);
	expect_presence(start, NONE_THERE);
}

static long long
resident_bytes(const unsigned char *start)
{
	struct plat_usage usage;

	if (plat_usage(start, &usage) != 0 || usage.resident < 0)
		suite_untested("needs the kernel's count of memory in a "
			       "region");
	return usage.resident;
}

/*
 * A hole on each side, so that the region is counted alone.
 *
 *	| NONE |  populated, R  | NONE |  populated, RW  | NONE |
 */
static void
read_only_takes_no_memory(void)
{
	size_t page = suite_page(), length = PAGES * page;
	unsigned char *area = area_reserve(2 * PAGES + 3);
	unsigned char *zeros = area + page, *pages = zeros + length + page;
	unsigned char vector[PAGES];

	call_mmap(pages, length, RW, "PRIVATE|ANON|FIXED|POPULATE", -1, 0);
	call_expect("ok");
	suite_set_up(resident_bytes(pages) == (long long)length,
	    "populated writable pages count %lld bytes", resident_bytes(pages));
	call_mmap(zeros, length, R, "PRIVATE|ANON|FIXED|POPULATE", -1, 0);
	call_expect("ok");
	if (plat_resident(zeros, PAGES, vector) != 0)
		suite_untested("needs a view of the pages in memory");
	suite_expect(count(vector, PAGES) == PAGES, "every page in memory",
	    "%zu of %d pages in memory", count(vector, PAGES), PAGES);
	suite_expect(resident_bytes(zeros) == 0, "0 bytes of the process",
	    "%lld bytes of the process", resident_bytes(zeros));
}

/*
 * ----- MAP_NONBLOCK ---------------------------------------------------------
 */

static void
nonblock_with_populate(void)
{
	expect_presence(map(RW, "PRIVATE|ANON|POPULATE", -1), ALL_THERE);
	expect_presence(
	    map(RW, "PRIVATE|ANON|POPULATE|NONBLOCK", -1), NONE_THERE);
}

static void
nonblock_alone(void)
{
	unsigned char *plain = map(RW, "PRIVATE|ANON", -1);
	unsigned char *start = map(RW, "PRIVATE|ANON|NONBLOCK", -1);

	suite_expect(presence(start) == presence(plain),
	    presence_words[presence(plain)], "%s there",
	    presence_words[presence(start)]);
	probe_expect_bytes(start, PAGES * suite_page(), 0, "the mapping");
	probe_expect_store(start, "the mapping", "ok");
	suite_observe("as without the flag");
}

/*
 * ----- Files ----------------------------------------------------------------
 */

static struct object
make_file(void)
{
	return object_make(FILE_RW, PAGES * suite_page());
}

/* The file is read from storage, where it can be made to leave memory. */
static void
expect_file_populated(const char *with, const char *without)
{
	struct object file = make_file();
	unsigned char vector[PAGES];
	unsigned char *start;

	call_flags("MAP_", with);
	expect_presence(map(R, without, file.fd), NONE_THERE);
	object_uncache(&file);
	start = map(R, with, file.fd);
	if (plat_resident(start, PAGES, vector) == 0)
		suite_expect(count(vector, PAGES) == PAGES,
		    "every page in memory", "%zu of %d pages in memory",
		    count(vector, PAGES), PAGES);
	expect_presence(start, ALL_THERE);
	object_end(&file);
}

static void
file_shared(void)
{
	expect_file_populated("SHARED|POPULATE", "SHARED");
}

static void
file_private(void)
{
	expect_file_populated("PRIVATE|POPULATE", "PRIVATE");
}

/*
 * Loads first: they show that the mapping is populated at all.  The answer
 * is the file system's, so it must have a name.
 */
static void
store_to_shared_file(void)
{
	struct object file = make_file();
	unsigned char *start = map(RW, "SHARED|POPULATE", file.fd);
	long loading, storing;

	if (strcmp(suite_filesystem(), "unknown") == 0)
		suite_untested("needs the name of the file system");
	loading = faults_of_touch(start, PAGES, false);
	storing = faults_of_touch(start, PAGES, true);
	suite_expect(loading == 0, "no fault",
	    "%ld faults while loading from %d pages", loading, PAGES);
	suite_expect(storing == 0, "no fault",
	    "%ld faults while storing to %d pages", storing, PAGES);
	object_end(&file);
}

/*
 *	file     | page |
 *	mapping  | page | past the end ...            |
 */
static unsigned char *
map_past_end(struct object *file)
{
	*file = object_make(FILE_RW, suite_page());
	return map(R, "SHARED|POPULATE", file->fd);
}

static void
past_end_of_file(void)
{
	struct object file;
	unsigned char *start = map_past_end(&file);

	probe_expect_pattern(start, suite_page(), 0, "the file's page");
	probe_expect_load(
	    start + suite_page(), "the page past the end", "SIGBUS");
	object_end(&file);
}

static void
past_end_by_madvise(void)
{
	struct object file;
	unsigned char *start = map_past_end(&file);

	call_madvise(start, suite_page(), "POPULATE_READ");
	call_expect("ok");
	call_madvise(start, PAGES * suite_page(), "POPULATE_READ");
	call_expect("EFAULT");
	object_end(&file);
}

static unsigned char
changed(off_t offset)
{
	return (unsigned char)(object_pattern(offset) ^ 0x55);
}

/* How many pages show what was written to the file after mmap. */
static size_t
follow_file(unsigned char *start)
{
	size_t follow = 0;

	for (size_t i = 0; i < PAGES; i++) {
		off_t offset = (off_t)(i * suite_page());

		follow += probe_byte(start + offset) == changed(offset);
	}
	return follow;
}

static void
private_and_later_writes(void)
{
	struct object file = make_file();
	unsigned char *without = map(RW, "PRIVATE", file.fd);
	unsigned char *with = map(RW, "PRIVATE|POPULATE", file.fd);
	size_t follow;

	for (size_t i = 0; i < PAGES; i++) {
		off_t offset = (off_t)(i * suite_page());

		object_put(&file, offset, changed(offset));
	}
	if (follow_file(without) != PAGES)
		suite_untested("needs private mappings that follow the file "
			       "until they are stored to");
	follow = follow_file(with);
	suite_expect(follow == 0, "no page follows the file",
	    "%zu of %d pages follow the file", follow, PAGES);
	object_end(&file);
}

/*
 * ----- MAP_PREFAULT_READ ----------------------------------------------------
 */

/*
 * The file was written just now, so its pages are in memory.  That many, as
 * the first ones are mapped without the flag, too.
 */
static long
faults_of_prefaulted(const char *flags, int fd)
{
	unsigned char *start =
	    call_mmap(NULL, MANY * suite_page(), R, flags, fd, 0);

	call_expect("ok");
	return faults_of_touch(start, MANY, false);
}

static void
prefault_file(void)
{
	struct object file = object_make(FILE_RW, MANY * suite_page());
	long with = faults_of_prefaulted("SHARED|PREFAULT_READ", file.fd);
	long without = faults_of_prefaulted("SHARED", file.fd);

	suite_expect(without > 0 && with == 0,
	    "faults without the flag, none with it",
	    "%s without the flag, %s with it", without > 0 ? "faults" : "none",
	    with > 0 ? "faults" : "none");
	object_end(&file);
}

/* clang-format off */
static const struct suite_case cases[] = {
	/* Anonymous memory */
	CODE(anonymous_private, POPULATE_PREFAULTS_ANON, anonymous_private),
	CODE(anonymous_shared, POPULATE_PREFAULTS_ANON, anonymous_shared),
	CODE(store_after_populate, POPULATE_NO_LATER_FAULTS, store_after_populate),
	CODE(store_without_populate, NO_POPULATE_FAULTS_ON_TOUCH, store_without_populate),
	CODE(protection_none, POPULATE_PROT_NONE, protection_none),
	CODE(read_only_takes_no_memory, POPULATE_READ_ONLY_ANON, read_only_takes_no_memory),

	/* MAP_NONBLOCK */
	CODE(nonblock_with_populate, POPULATE_NONBLOCK_DOES_NOTHING, nonblock_with_populate),
	CODE(nonblock_alone, NONBLOCK_ALONE_IGNORED, nonblock_alone),

	/* Files */
	CODE_DIRS(file_shared, POPULATE_FILE, file_shared),
	CODE_DIRS(file_private, POPULATE_PRIVATE_SUPPORTED, file_private),
	CODE_DIRS(store_to_shared_file, POPULATE_SHARED_NO_STORE_FAULTS, store_to_shared_file),
	CODE_DIRS(past_end_of_file, POPULATE_PAST_EOF_SUCCEEDS, past_end_of_file),
	CODE_DIRS(past_end_by_madvise, POPULATE_REPLACED_BY_MADVISE, past_end_by_madvise),
	CODE_DIRS(private_and_later_writes, POPULATE_PRIVATE_BREAKS_COW_EARLY, private_and_later_writes),

	/* MAP_PREFAULT_READ
	     name               claim                  addr len   prot flags                        object   off   allowed */
	CODE_DIRS(prefault_file, FREEBSD_PREFAULT_READ, prefault_file),
	CALL(prefault_private,  FREEBSD_PREFAULT_READ, ANY, P(1), RW, "PRIVATE|PREFAULT_READ",      FILE_RW, B(0), "ok", NO_SOUND),
	CALL(prefault_anonymous, FREEBSD_PREFAULT_READ, ANY, P(1), RW, "PRIVATE|ANON|PREFAULT_READ", NOTHING, B(0), "ok", NO_SOUND),
	CALL(prefault_shm,      FREEBSD_PREFAULT_READ, ANY, P(1), RW, "SHARED|PREFAULT_READ",       SHM,     B(0), "ok", NO_SOUND),
};
/* clang-format on */

SUITE_PROGRAM(cases)
