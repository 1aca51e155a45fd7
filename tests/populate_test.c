/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_POPULATE and its relatives: which pages are there when mmap returns.
 * Decided by looking at the pages, never by mmap's result, and each time the
 * same mapping without the flag must show the difference.  Where the system
 * does not show its pages, the faults of touching them are counted.  A system
 * that is short of memory may take a page back before it is looked at, so that
 * one that is missing is looked for several times.  Then all is read.
 *
 * What happens when the pool of huge pages runs out is in hugetlb_pool_test.c.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <string.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"
#include "helpers/touch.h"

#define CLAIMS "tests/claims.d/populate.def"
#include "helpers/claims.h"

#define PAGES 16
#define MANY  256 /* few faults serve several pages: enough to see some */
#define AHEAD 16  /* most pages that one fault may serve */
#define TRIES 5   /* before a page is said to be missing */

/*
 * ----- Observation ----------------------------------------------------------
 */

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
	size_t found;

	if (!view_find_mapped(start, PAGES, &found))
		return touch_faults(start, PAGES, false) == 0 ? ALL_THERE
							      : NONE_THERE;
	return found == PAGES ? ALL_THERE
	    : found == 0      ? NONE_THERE
			      : SOME_THERE;
}

static size_t
length(void)
{
	return PAGES * view_page();
}

static unsigned char *
map(int prot, const char *flags, int fd)
{
	return call_map(length(), prot, flags, fd, 0);
}

static void
expect_presence(enum presence found, enum presence wanted)
{
	verdict_expect(found == wanted, presence_words[wanted], "%s there",
	    presence_words[found]);
}

/*
 * No page is there; nobody else can have brought one.  Then it is gone, as a
 * file's pages that are mapped do not leave memory.
 */
static void
expect_absent(unsigned char *start, int fd)
{
	expect_presence(presence(start), NONE_THERE);
	probe_expect_contents(start, length(), fd != -1);
	area_free(start, PAGES);
}

/* Maps, and every page is there; for a file, read from storage. */
static void
expect_there(int prot, const char *flags, const struct object *file)
{
	int fd = file != NULL ? file->fd : -1;
	enum presence found = NONE_THERE;

	for (int i = 0; i < TRIES && found != ALL_THERE; i++) {
		unsigned char *start;

		if (file != NULL)
			object_uncache(file);
		start = map(prot, flags, fd);
		found = presence(start);
		probe_expect_contents(start, length(), fd != -1);
		area_free(start, PAGES);
	}
	expect_presence(found, ALL_THERE);
}

/* The flags with MAP_POPULATE must show all pages, without it none. */
static void
expect_populated(const char *with, const char *without)
{
	/* Names a missing flag before anything is judged. */
	call_flags("MAP_", with);
	expect_absent(map(RW, without, -1), -1);
	expect_there(RW, with, NULL);
}

/*
 * ----- Anonymous memory -----------------------------------------------------
 */

static void
anonymous_private(void)
{
	expect_populated("PRIVATE|ANON|POPULATE", "PRIVATE|ANON");
}

static void
anonymous_shared(void)
{
	expect_populated("SHARED|ANON|POPULATE", "SHARED|ANON");
}

static void
store_after_populate(void)
{
	long faults = -1;

	for (int i = 0; i < TRIES && faults != 0; i++) {
		unsigned char *start = map(RW, "PRIVATE|ANON|POPULATE", -1);

		faults = touch_faults(start, PAGES, true);
		probe_expect_bytes(start + 1, 1, 0, "the mapping");
		area_free(start, PAGES);
	}
	verdict_expect(faults == 0, "no fault",
	    "%ld faults while storing to %d pages", faults, PAGES);
}

/* Transparent huge pages would serve all of them by one fault. */
static void
store_without_populate(void)
{
	unsigned char *start =
	    call_map(MANY * view_page(), RW, "PRIVATE|ANON", -1, 0);
	long faults;

	if (call_has_flags("MADV_", "NOHUGEPAGE")) {
		call_madvise(start, MANY * view_page(), "NOHUGEPAGE");
		/* EINVAL: a kernel that has none. */
		call_expect("ok|EINVAL");
	}
	faults = touch_faults(start, MANY, true);
	probe_expect_bytes(start + 1, 1, 0, "the mapping");
	verdict_decide(faults >= MANY / AHEAD, "a fault for each few pages",
	    "faults while storing", "no faults while storing");
}

/* Made accessible afterwards, to be looked at: that brings no page. */
static void
protection_none(void)
{
	unsigned char *start = map(NONE, "PRIVATE|ANON|POPULATE", -1);

	call_mprotect(start, length(), RW);
	call_expect("ok");
	expect_absent(start, -1);
}

/*
 * A hole on each side, so that the region is counted alone.
 *
 *	| NONE |  populated, R  | NONE |  populated, RW  | NONE |
 */
static void
read_only_takes_no_memory(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(2 * PAGES + 3);
	unsigned char *zeros = area + page, *pages = zeros + length() + page;
	long long bytes = -1;
	size_t found;

	for (int i = 0; i < TRIES && bytes != (long long)length(); i++) {
		call_mmap_at(
		    pages, length(), RW, "PRIVATE|ANON|FIXED|POPULATE", -1, 0);
		bytes = view_resident_bytes(pages);
	}
	verdict_expect(bytes == (long long)length(), "every page of them",
	    "populated writable pages count %lld bytes", bytes);
	probe_expect_contents(pages, length(), false);
	call_mmap_at(zeros, length(), R, "PRIVATE|ANON|FIXED|POPULATE", -1, 0);
	if (!view_find_resident(zeros, PAGES, &found))
		verdict_untested("needs a view of the pages in memory");
	verdict_expect(found == PAGES, "every page in memory",
	    "%zu of %d pages in memory", found, PAGES);
	bytes = view_resident_bytes(zeros);
	probe_expect_contents(zeros, length(), false);
	verdict_expect(bytes == 0, "0 bytes of the process",
	    "%lld bytes of the process", bytes);
}

/*
 * ----- MAP_NONBLOCK ---------------------------------------------------------
 */

static void
nonblock_with_populate(void)
{
	expect_there(RW, "PRIVATE|ANON|POPULATE", NULL);
	expect_absent(map(RW, "PRIVATE|ANON|POPULATE|NONBLOCK", -1), -1);
}

static void
nonblock_alone(void)
{
	enum presence plain = presence(map(RW, "PRIVATE|ANON", -1));
	unsigned char *start = map(RW, "PRIVATE|ANON|NONBLOCK", -1);
	enum presence with = presence(start);

	verdict_expect(with == plain, presence_words[plain], "%s there",
	    presence_words[with]);
	probe_expect_contents(start, length(), false);
	probe_expect_store(start, "the mapping", "ok");
	verdict_observe("as without the flag");
}

/*
 * ----- Files ----------------------------------------------------------------
 */

static struct object
make_file(void)
{
	return object_make(FILE_RW, PAGES * view_page());
}

/* Its pages are in memory, and mapped. */
static void
expect_file_populated(const char *with, const char *without)
{
	struct object file = make_file();
	size_t found = 0;
	bool told = true;

	call_flags("MAP_", with);
	expect_absent(map(R, without, file.fd), file.fd);
	for (int i = 0; i < TRIES && told && found < PAGES; i++) {
		unsigned char *start;

		object_uncache(&file);
		start = map(R, with, file.fd);
		told = view_find_resident(start, PAGES, &found);
		area_free(start, PAGES);
	}
	if (told)
		verdict_expect(found == PAGES, "every page in memory",
		    "%zu of %d pages in memory", found, PAGES);
	expect_there(R, with, &file);
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
	long loading = -1, storing = -1;

	if (strcmp(directories_filesystem(), "unknown") == 0)
		verdict_untested("needs the name of the file system");
	for (int i = 0; i < TRIES && (loading != 0 || storing != 0); i++) {
		unsigned char *start = map(RW, "SHARED|POPULATE", file.fd);

		loading = touch_faults(start, PAGES, false);
		storing = touch_faults(start, PAGES, true);
		probe_expect_pattern(
		    start + 1, view_page() - 1, 1, "the mapping");
		area_free(start, PAGES);
	}
	verdict_expect(loading == 0, "no fault",
	    "%ld faults while loading from %d pages", loading, PAGES);
	verdict_expect(storing == 0, "no fault",
	    "%ld faults while storing to %d pages", storing, PAGES);
	object_end(&file);
}

/*
 *	file     | page |
 *	mapping  | page | past the end ...            |
 */
static unsigned char *
map_past_end(int prot, struct object *file)
{
	*file = object_make(FILE_RW, view_page());
	return map(prot, "SHARED|POPULATE", file->fd);
}

static void
past_end_of_file(void)
{
	struct object file;
	unsigned char *start = map_past_end(R, &file);

	probe_expect_pattern(start, view_page(), 0, "the file's page");
	probe_expect_load(
	    start + view_page(), "the page past the end", "SIGBUS");
	object_end(&file);
}

static void
expect_failure_told(int prot, const char *advice)
{
	struct object file;
	unsigned char *start = map_past_end(prot, &file);

	call_madvise(start, view_page(), advice);
	call_expect("ok");
	probe_expect_pattern(start, view_page(), 0, "the file's page");
	call_madvise(start, PAGES * view_page(), advice);
	call_expect("EFAULT");
	object_end(&file);
}

static void
past_end_by_madvise(void)
{
	expect_failure_told(R, "POPULATE_READ");
}

static void
past_end_by_madvise_write(void)
{
	expect_failure_told(RW, "POPULATE_WRITE");
}

static unsigned char
changed(off_t offset)
{
	return probe_other_byte(object_pattern(offset));
}

/* How many pages show what was written to the file after mmap. */
static size_t
follow_file(unsigned char *start)
{
	size_t follow = 0;

	for (size_t i = 0; i < PAGES; i++) {
		off_t offset = (off_t)(i * view_page());

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

	probe_expect_contents(without, length(), true);
	probe_expect_contents(with, length(), true);
	for (size_t i = 0; i < PAGES; i++) {
		off_t offset = (off_t)(i * view_page());

		object_put(&file, offset, changed(offset));
	}
	if (follow_file(without) != PAGES)
		verdict_untested("needs private mappings that follow the file "
				 "until they are stored to");
	follow = follow_file(with);
	verdict_expect(follow == 0, "no page follows the file",
	    "%zu of %d pages follow the file", follow, PAGES);
	probe_expect_pattern(with, length(), 0, "the populated mapping");
	verdict_observe("no page follows the file");
	object_end(&file);
}

/* clang-format off */
static const struct row cases[] = {
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
	CODE_DIRS(past_end_by_madvise_write, POPULATE_WRITE_TELLS_FAILURE, past_end_by_madvise_write),
	CODE_DIRS(private_and_later_writes, POPULATE_PRIVATE_BREAKS_COW_EARLY, private_and_later_writes),
};
/* clang-format on */

SUITE_PROGRAM(cases)
