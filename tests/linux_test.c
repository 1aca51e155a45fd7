/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux alone has: its types beside MAP_SHARED and MAP_PRIVATE, flags
 * that say where to map, flags for files, and what is done to memory.  Calls
 * and flags that are a topic of their own (huge pages, MAP_POPULATE, madvise,
 * mremap ...) have programs of that name.  A case whose flag is missing here
 * is unsupported.
 */
#include <sys/types.h>
#include <sys/utsname.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/place.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/linux.def"
#include "helpers/claims.h"

/*
 * ----- The type field, and bits that are no flag's -----------------------
 */

/* MAP_DROPPABLE by its number, as headers are years behind kernels. */
static const char droppable[] = "0x8|ANON";

/* Under pressure the parent may lose its page as well: zero or as stored. */
static void
expect_kept_or_dropped(const unsigned char *memory, const char *when)
{
	unsigned char byte = probe_byte(memory);

	verdict_expect(
	    byte == 'd' || byte == 0, "'d' or dropped", "%s %#x", when, byte);
}

static void
droppable_wiped(void)
{
	unsigned char *memory =
	    probe_map_zeros(2 * view_page(), droppable, -1, 0);
	unsigned char seen;

	probe_expect_bytes(memory, 2 * view_page(), 0, "the mapping");
	memset(memory, 'd', 2 * view_page());
	expect_kept_or_dropped(memory, "the mapping holds");
	seen = child_byte(memory);
	verdict_expect(seen == 0, "0, wiped", "a child sees %#x", seen);
	expect_kept_or_dropped(memory, "after the fork the mapping holds");
	verdict_observe("zeros, wiped in a child");
}

/* Without the twist it is memory, or the kernel does not know the type. */
static void
expect_not_droppable(const char *flags, int fd)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, droppable, -1, 0);

	call_expect("ok|EINVAL|EOPNOTSUPP");
	if (memory == MAP_FAILED)
		verdict_unsupported("this kernel has no type 8");
	probe_expect_zeros(memory, view_page());
	call_mmap(NULL, view_page(), RW, flags, fd, 0);
	call_expect("EINVAL");
}

static void
droppable_file(void)
{
	struct object file = object_make(FILE_RW, view_page());

	probe_map_pattern(view_page(), RW, "PRIVATE", file.fd);
	expect_not_droppable("0x8", file.fd);
	object_end(&file);
}

static void
droppable_locked(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, "PRIVATE|ANON|LOCKED", -1, 0);

	call_expect("ok|EAGAIN|EPERM|ENOMEM");
	if (memory == MAP_FAILED)
		verdict_untested("needs one page of memory that can be locked");
	probe_expect_zeros(memory, view_page());
	expect_not_droppable("0x8|ANON|LOCKED", -1);
}

/*
 * 1 shared, 2 private, 3 shared with all flags checked, which is for files;
 * 8 droppable, which has cases of its own.  Four bits where no header says
 * how wide the field is.
 */
static void
type_values(void)
{
	struct object file = object_make(FILE_RW, view_page());
	long long field;
	int mask = view_find_flag("MAP_TYPE", &field) ? (int)field : 0xf;
	unsigned char *memory;
	char text[32];

	for (int type = 0; type <= mask; type++) {
		if ((type & ~mask) != 0 || type == 8)
			continue;
		snprintf(text, sizeof(text), "%#x%s", (unsigned)type,
		    type == 3 ? "" : "|ANON");
		memory = call_mmap(
		    NULL, view_page(), RW, text, type == 3 ? file.fd : -1, 0);
		call_expect(type >= 1 && type <= 3 ? "ok" : "EINVAL");
		if (type == 1 || type == 2)
			probe_expect_zeros(memory, view_page());
		if (type == 3)
			probe_expect_page(memory);
	}
	object_end(&file);
	verdict_observe("1, 2, 3 are types, the others EINVAL");
}

/* One bit that is no flag's, added to flags: ignored. */
static void
expect_bit_ignored(const char *flags, unsigned bit, const struct object *file)
{
	size_t page = view_page();
	char text[64];
	unsigned char *memory;

	snprintf(text, sizeof(text), "%s|%#x", flags, bit);
	memory = call_mmap(
	    NULL, 2 * page, RW, text, file != NULL ? file->fd : -1, 0);
	call_expect("ok");
	if (file == NULL)
		probe_expect_bytes(memory, 2 * page, 0, "the mapping");
	else
		probe_expect_pattern(memory, 2 * page, 0, "the mapping");
	probe_expect_store(memory, "the mapping", "ok");
	if (file != NULL) {
		bool shared = strcmp(flags, "SHARED") == 0;
		bool reached = object_byte(file, 0) != object_pattern(0);

		verdict_expect(reached == shared,
		    shared ? "a store in the file" : "the file as it was",
		    "the store %s the file",
		    reached ? "reached" : "did not reach");
		object_put(file, 0, object_pattern(0));
	}
	area_free(memory, 2);
}

/* Each such bit, on memory and on a file. */
static void
expect_all_ignored(const char *memory_flags, const char *file_flags)
{
	struct object file = object_make(FILE_RW, 2 * view_page());
	unsigned bits = call_unknown_bits();

	if (bits == 0)
		verdict_unsupported("every bit is some flag's here");
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((bits & bit) != 0) {
			expect_bit_ignored(memory_flags, bit, NULL);
			expect_bit_ignored(file_flags, bit, &file);
		}
	verdict_observe("all ignored");
}

static void
unknown_flags_shared(void)
{
	expect_all_ignored("SHARED|ANON", "SHARED");
}

static void
unknown_flags_private(void)
{
	expect_all_ignored("PRIVATE|ANON", "PRIVATE");
}

/* A mapping of the file's page, which is read. */
static volatile unsigned char *
map_file(const struct object *file, const char *flags)
{
	return probe_map_pattern(view_page(), RW, flags, file->fd);
}

/* What is stored to it reaches the file, or does not. */
static void
expect_type(
    const struct object *file, volatile unsigned char *mapped, bool shared)
{
	unsigned char old = *mapped, new = probe_other_byte(old);

	*mapped = new;
	if (shared)
		probe_expect_seen("the store", object_byte(file, 0), old, new);
	else
		probe_expect_unseen(
		    "the store", object_byte(file, 0), old, new);
}

static void
validate_unknown(void)
{
	struct object file = object_make(FILE_RW, view_page());
	char flags[64];

	map_file(&file, "SHARED_VALIDATE");
	snprintf(
	    flags, sizeof(flags), "SHARED_VALIDATE|%#x", call_unknown_flag());
	call_mmap(NULL, view_page(), RW, flags, file.fd, 0);
	call_expect("EOPNOTSUPP");
}

static void
validate_plain(void)
{
	struct object file = object_make(FILE_RW, view_page());
	volatile unsigned char *mapped =
	    map_file(&file, "SHARED_VALIDATE|POPULATE|NORESERVE");
	struct view_region region;

	if (view_find_region(mapped, &region))
		verdict_either(region.shared == 1, "listed as shared",
		    "listed as private");
	expect_type(&file, mapped, true);
}

/*
 * ----- Where to map ------------------------------------------------------
 */

static void
need_64_bits(void)
{
	if (sizeof(void *) < 8)
		verdict_unsupported("a program of 32 bits has no high memory");
}

static void
need_high(const void *memory)
{
	if ((uintptr_t)memory < (uintptr_t)1 << 31)
		verdict_untested("needs a system that maps above 2 GiB by "
				 "itself");
}

/* Several, as addresses are random; without the flag they are high. */
static void
below_2_gib(void)
{
	size_t size = 4 * view_page();

	call_flags("MAP_", "32BIT");
	need_64_bits();
	need_high(area_anon(4, RW));
	for (int i = 0; i < 8; i++) {
		unsigned char *memory =
		    probe_map_zeros(size, "PRIVATE|ANON|32BIT", -1, 0);

		verdict_either((uintptr_t)memory + size <= (uintptr_t)1 << 31,
		    "below 2 GiB", "above 2 GiB");
		probe_expect_store(memory, "the mapping", "ok");
	}
	verdict_observe("below 2 GiB");
}

static void
below_2_gib_fixed(void)
{
	unsigned char *high = area_reserve(1);

	call_flags("MAP_", "32BIT");
	need_64_bits();
	need_high(high);
	call_mmap_at(high, view_page(), RW, "PRIVATE|ANON|FIXED|32BIT", -1, 0);
	probe_expect_zeros(high, view_page());
	probe_expect_store(high, "the mapping", "ok");
	verdict_observe("where it says");
}

/* The limit of x86-64 without five-level paging. */
static void
above_47_bits(void)
{
	uintptr_t limit = (uintptr_t)1 << (sizeof(void *) < 8 ? 31 : 47);
	size_t size = 2 * view_page();
	struct utsname name;
	unsigned char *memory;
	bool above;

	if (uname(&name) == -1)
		verdict_broken("uname");
	if (sizeof(void *) < 8 ||
	    (strcmp(name.machine, "x86_64") != 0 &&
		strcmp(name.machine, "amd64") != 0))
		verdict_unsupported(
		    "the limit is that of x86-64, not of %s", name.machine);
	memory =
	    call_mmap((void *)(limit << 1), size, RW, "PRIVATE|ANON", -1, 0);
	call_expect("ok");
	probe_expect_zeros(memory, size);
	probe_expect_store(memory, "the mapping with a hint", "ok");
	above = (uintptr_t)memory >= limit;
	for (int i = 0; i < 8; i++) {
		memory = probe_map_zeros(size, "PRIVATE|ANON", -1, 0);
		verdict_either((uintptr_t)memory + size <= limit,
		    "below 2^47 without a hint", "above 2^47 without a hint");
	}
	verdict_observe("below 2^47 without a hint, %s with one",
	    above ? "above" : "below");
}

#define NOREPLACE "PRIVATE|ANON|FIXED_NOREPLACE"

static void
noreplace_occupied(void)
{
	place_expect_refusal(NOREPLACE, "EEXIST");
}

static void
noreplace_free(void)
{
	place_expect_exact(NOREPLACE);
}

static void
noreplace_partly_occupied(void)
{
	place_expect_collision(NOREPLACE, "EEXIST");
}

static void
noreplace_with_fixed(void)
{
	place_expect_refusal(NOREPLACE "|FIXED", "EEXIST");
}

/*
 * ----- Files -------------------------------------------------------------
 *
 * What MAP_SYNC meets depends on the file system, so that a run that cannot
 * name it decides nothing.
 */

static struct object
file_of_known_filesystem(void)
{
	if (strcmp(directories_filesystem(), "unknown") == 0)
		verdict_untested("needs the name of the file system");
	return object_make(FILE_RW, view_page());
}

static void
sync_validated(void)
{
	struct object file = file_of_known_filesystem();

	map_file(&file, "SHARED_VALIDATE");
	call_mmap(NULL, view_page(), RW, "SHARED_VALIDATE|SYNC", file.fd, 0);
	call_expect("EOPNOTSUPP");
}

static void
sync_shared(void)
{
	struct object file = file_of_known_filesystem();

	expect_type(&file, map_file(&file, "SHARED|SYNC"), true);
}

static void
sync_private(void)
{
	struct object file = file_of_known_filesystem();

	expect_type(&file, map_file(&file, "PRIVATE|SYNC"), false);
}

/* Opens a file for writing again while it is mapped. */
static void
expect_writable(const char *path, const char *flags, int prot)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int again;

	if (fd == -1)
		verdict_broken("opening %s", path);
	call_name_fd(fd, object_name(FILE_RO));
	probe_map_pattern(view_page(), prot, flags, fd);
	call_begin("open(the mapped file, O_RDWR");
	again = open(path, O_RDWR | O_CLOEXEC);
	call_made(again != -1, "open(the mapped file, O_RDWR)");
	call_expect("ok");
	close(again);
	close(fd);
}

static void
denywrite(void)
{
	char path[1024];

	close(object_named_file(path, sizeof(path), view_page()));
	expect_writable(path, "PRIVATE|DENYWRITE", R);
}

static void
executable_mapping_of_open_file(void)
{
	char path[1024];

	close(object_named_file(path, sizeof(path), view_page()));
	if (view_noexec(".") == 1)
		verdict_untested(
		    "needs a work directory that allows execution");
	expect_writable(path, "PRIVATE", RX);
}

/* The page is reached by one mapping in each of many. */
#define MANY 600

static void
many_of_memfd(void)
{
	size_t page = view_page();
	struct object memory = object_make(MEMFD, MANY * page);
	unsigned char *whole = area_object(&memory, 0, MANY, R, true);

	for (size_t i = 0; i < MANY; i++) {
		unsigned char *one =
		    call_map(page, RW, "SHARED", memory.fd, (off_t)(i * page));

		probe_expect_pattern(
		    one, page, (off_t)(i * page), "a page's mapping");
		*one = 0;
		probe_expect_byte(
		    whole[i * page], 0, "the store in another mapping");
	}
	verdict_observe("each shows its own page");
}

/*
 * The last page that an offset can name ends at its maximum, the one before is
 * the last to be mapped.
 */
static void
offset_last(void)
{
	size_t page = view_page();
	struct object memory = object_make(SHM, page);
	off_t last = (off_t)(INT64_MAX - INT64_MAX % (int64_t)page);
	unsigned char *got;

	if (sizeof(void *) < 8)
		verdict_untested("needs pages numbered in more than 32 bits");
	got = call_map(page, R, "SHARED", memory.fd, last - (off_t)page);
	probe_expect_load(got, "a page past the end", "SIGBUS");
	call_mmap(NULL, page, R, "SHARED", memory.fd, last);
	call_expect("EOVERFLOW");
}

/* The mount may forbid execution, the file's mode does not. */
static void
executable_by_mode(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *mapped;

	verdict_set_up((object_status(&file).st_mode & 0111) == 0,
	    "a file that nobody may execute");
	if (view_noexec(directories_path()) == 1)
		verdict_untested("needs a directory that allows execution");
	mapped = call_map(view_page(), RX, "PRIVATE", file.fd, 0);
	probe_expect_pattern(mapped, view_page(), 0, "the mapping");
	verdict_either(view_protection(mapped) == RX, "listed as executable",
	    "listed as not executable");
}

/* One that no header knows, beside what is asked for. */
static void
unknown_protection(void)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), R | 0x400000, "PRIVATE|ANON", -1, 0);
	struct view_region region;

	call_expect("ok");
	probe_expect_zeros(memory, view_page());
	probe_expect_store(memory, "the mapping", "SIGSEGV|SIGBUS");
	if (view_find_region(memory, &region))
		verdict_either(
		    region.prot == R, "listed as R", "listed otherwise");
	verdict_observe("ignored");
}

/*
 * ----- Memory ------------------------------------------------------------
 */

static void
uninitialized_zero(void)
{
	size_t size = area_recycle(false) * view_page();

	probe_expect_bytes(
	    probe_map_zeros(size, "PRIVATE|ANON|UNINITIALIZED", -1, 0), size, 0,
	    "the new mapping");
}

/* Listed by that name, or refused and listed without one. */
static void
region_name(void)
{
	unsigned char *memory = area_reserve(3) + view_page();
	const char *object;
	bool named;

	call_mmap_at(memory, view_page(), RW, "PRIVATE|ANON|FIXED", -1, 0);
	probe_expect_zeros(memory, view_page());
	call_prctl_name(memory, view_page(), "mmapcheck");
	call_expect("ok|EINVAL");
	object = view_object(memory);
	named = strcmp(object, "[anon:mmapcheck]") == 0;
	verdict_expect(named || object[0] == '\0',
	    "\"[anon:mmapcheck]\" or \"\"", "listed as \"%s\"", object);
	verdict_expect(named == call_last()->ok,
	    call_last()->ok ? "named" : "not named", "%s, %s",
	    call_last()->ok ? "ok" : names_errno(call_last()->error),
	    named ? "named" : "not named");
}

/* clang-format off */
static const struct row cases[] = {
	/* The type field, and bits that are no flag's */
	CODE(droppable_wiped, MAP_DROPPABLE, droppable_wiped),
	CODE(droppable_file, MAP_DROPPABLE, droppable_file),
	CODE(droppable_locked, MAP_DROPPABLE, droppable_locked),
	CODE(type_values, MAP_TYPE_VALUES, type_values),
	CODE(unknown_flags_shared, UNKNOWN_FLAGS_IGNORED_SHARED, unknown_flags_shared),
	CODE(unknown_flags_private, UNKNOWN_FLAGS_IGNORED_PRIVATE, unknown_flags_private),
	CODE_DIRS(validate_unknown, VALIDATE_REJECTS_UNKNOWN, validate_unknown),
	CODE_DIRS(validate_plain, VALIDATE_PLAIN_IS_SHARED, validate_plain),

	/* Where to map */
	CODE(below_2_gib, MAP_32BIT_LOW, below_2_gib),
	CODE(below_2_gib_fixed, MAP_32BIT_IGNORED_WITH_FIXED, below_2_gib_fixed),
	CODE(above_47_bits, ANON_ABOVE_47_BITS, above_47_bits),
	CODE(noreplace_occupied, FIXED_NOREPLACE_EEXIST, noreplace_occupied),
	CODE(noreplace_free, FIXED_NOREPLACE_EXACT, noreplace_free),
	CODE(noreplace_partly_occupied, FIXED_NOREPLACE_PARTIAL_COLLISION, noreplace_partly_occupied),
	CODE(noreplace_with_fixed, FIXED_NOREPLACE_OVERRIDES_FIXED, noreplace_with_fixed),

	/* Files */
	CODE_DIRS(sync_validated, MAP_SYNC_VALIDATE_NOT_DAX, sync_validated),
	CODE_DIRS(sync_shared, MAP_SYNC_IGNORED_WITH_SHARED, sync_shared),
	CODE_DIRS(sync_private, MAP_SYNC_WITH_PRIVATE, sync_private),
	CODE(denywrite, DENYWRITE_IGNORED, denywrite),
	CODE(executable_mapping_of_open_file, RO_MAPPING_NOT_BLOCKING_WRITE, executable_mapping_of_open_file),

	CODE(executable_by_mode, EXECUTION_BY_FILE_MODE, executable_by_mode),
	CODE(many_of_memfd, MANY_MAPPINGS_OF_MEMFD, many_of_memfd),
	CODE(offset_last, OFFSET_LAST_MAPPED, offset_last),
	CODE(unknown_protection, UNKNOWN_PROTECTION_IGNORED, unknown_protection),
	CALL(executable_file, EXECUTABLE_IGNORED, ANY, P(1), RW, "PRIVATE|EXECUTABLE", FILE_RW, B(0), "ok", NO_SOUND),
	CALL(executable_shared, EXECUTABLE_IGNORED, ANY, P(1), RW, "SHARED|EXECUTABLE", FILE_RW, B(0), "ok", NO_SOUND),
	CALL(executable_memory, EXECUTABLE_IGNORED, ANY, P(1), RW, "PRIVATE|ANON|EXECUTABLE", NOTHING, B(0), "ok", NO_SOUND),

	/* Memory */
	CODE(uninitialized_zero, ANON_UNINITIALIZED_STILL_ZERO, uninitialized_zero),
	CODE(region_name, ANON_NAME_PRCTL, region_name),
};
/* clang-format on */

SUITE_PROGRAM(cases)
