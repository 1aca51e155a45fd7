/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msync(2): when it returns, changed pages have been written back, and what it
 * refuses.  Written back is decided by the kernel's own count of dirty memory
 * and by what read(2) finds; no test short of a crash can see the disk itself.
 */
#include <sys/types.h>

#include <stdint.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/limit.h"
#include "helpers/object.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/msync.def"
#include "helpers/claims.h"

/*
 * Stores a zero until the page is dirty.  Anybody may have it written between
 * the store and the look, but hardly ever so many times in turn: with one
 * try in ten disturbed, once in 10^20 cases.
 */
#define TRIES 20

static void
make_dirty(unsigned char *mapped)
{
	bool dirty = false;

	for (int i = 0; i < TRIES && !dirty; i++) {
		*mapped = 0;
		dirty = view_is_dirty(mapped);
	}
	verdict_either(dirty, "dirty before msync", "clean before msync");
}

/* A file system in memory has nothing to write back to. */
static void
expect_clean(const struct object *file, unsigned char *mapped)
{
	unsigned char stored;

	call_msync(mapped, view_page(), "SYNC");
	call_expect("ok");
	stored = object_byte(file, 0);
	verdict_expect(stored == 0, "the store in the file",
	    "the file's first byte is %#x", stored);
	verdict_either(!view_is_dirty(mapped), "no dirty page after msync",
	    "a dirty page after msync");
	probe_expect_pattern(
	    mapped + 1, view_page() - 1, 1, "the rest of the page");
	verdict_observe("dirty before msync, clean after it");
}

static void
need_storage(void)
{
	if (!view_has_storage(directories_path()))
		verdict_untested("needs a file system with storage behind it");
}

static void
written_back(void)
{
	struct object file;
	unsigned char *mapped;

	need_storage();
	file = object_make(FILE_LINKED, view_page());
	mapped = call_map(view_page(), RW, "SHARED", file.fd, 0);
	make_dirty(mapped);
	expect_clean(&file, mapped);
}

/* The file starts clean, so that what is dirty later is the store. */
static void
dirty_until_msync(void)
{
	struct object file;
	unsigned char *mapped;

	need_storage();
	file = object_make(FILE_LINKED, view_page());
	mapped = call_map(view_page(), RW, "SHARED", file.fd, 0);
	probe_expect_pattern(mapped, view_page(), 0, "the mapping");
	call_msync(mapped, view_page(), "SYNC");
	call_expect("ok");
	verdict_either(!view_is_dirty(mapped), "an unchanged page is clean",
	    "an unchanged page is dirty");
	make_dirty(mapped);
	expect_clean(&file, mapped);
}

/*
 * ----- What it refuses ------------------------------------------------------
 */

static void
expect_sync(void *addr, size_t length, const char *flags, const char *allowed)
{
	call_msync(addr, length, flags);
	call_expect(allowed);
}

#define STORED 'S'

/* A new file's pages, the first byte of each stored to. */
static unsigned char *
map_stored(struct object *file, size_t pages)
{
	size_t page = view_page();
	unsigned char *mapped;

	*file = object_make(FILE_RW, pages * page);
	mapped = call_map(pages * page, RW, "SHARED", file->fd, 0);
	for (size_t i = 0; i < pages; i++)
		mapped[i * page] = STORED;
	return mapped;
}

/* A page of map_stored() holds what it held. */
static void
expect_stored(const unsigned char *mapped, size_t number)
{
	size_t page = view_page();

	probe_expect_byte(
	    mapped[number * page], STORED, "the byte stored before");
	probe_expect_pattern(mapped + number * page + 1, page - 1,
	    (off_t)(number * page + 1), "the rest of the page");
}

/* Where MS_SYNC is 0, both modes are one, and no mode is one of them. */
static void
need_two_modes(void)
{
	if (call_flags("MS_", "SYNC") == 0)
		verdict_unsupported("MS_SYNC is 0 here");
}

static void
expect_flags_refused(const char *flags)
{
	struct object file;
	unsigned char *mapped;

	need_two_modes();
	mapped = map_stored(&file, 1);
	expect_sync(mapped, view_page(), "SYNC", "ok");
	expect_sync(mapped, view_page(), flags, "EINVAL");
	expect_stored(mapped, 0);
	verdict_observe("EINVAL");
}

static void
both_modes(void)
{
	expect_flags_refused("SYNC|ASYNC");
}

static void
unknown_flag(void)
{
	expect_flags_refused("SYNC|0x4000");
}

static void
no_mode(void)
{
	expect_flags_refused("");
}

static void
invalidate_alone(void)
{
	expect_flags_refused("INVALIDATE");
}

static void
no_mode_taken(void)
{
	static const char *const flags[] = { "", "INVALIDATE" };
	struct object file;

	need_two_modes();
	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped = map_stored(&file, 1);

		expect_sync(mapped, view_page(), flags[i], "ok");
		expect_stored(mapped, 0);
	}
}

static void
odd_address(void)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 2);

	expect_sync(mapped, view_page(), "SYNC", "ok");
	expect_sync(mapped + 1, view_page(), "SYNC", "EINVAL");
	expect_sync(mapped + 1, view_page(), "ASYNC", "EINVAL");
	expect_sync(mapped + view_page() / 2, 1, "SYNC", "EINVAL");
	expect_stored(mapped, 0);
}

/* Three pages, one of which is no more, and those that are left. */
static void
expect_hole(size_t hole)
{
	static const char *const modes[] = { "SYNC", "ASYNC" };
	size_t page = view_page();
	struct object file;
	unsigned char *mapped = map_stored(&file, 3);

	area_free(mapped + hole * page, 1);
	for (size_t i = 0; i < 2; i++) {
		expect_sync(mapped, 3 * page, modes[i], "ENOMEM");
		for (size_t j = 0; j < 3; j++)
			if (j != hole)
				expect_stored(mapped, j);
		area_expect_gone(mapped + hole * page, "the hole");
	}
	for (size_t j = 0; j < 3; j++)
		if (j != hole)
			expect_sync(mapped + j * page, page, "SYNC", "ok");
	verdict_observe("ENOMEM");
}

static void
hole_at_the_start(void)
{
	expect_hole(0);
}

static void
hole_in_the_middle(void)
{
	expect_hole(1);
}

static void
hole_at_the_end(void)
{
	expect_hole(2);
}

static void
hole_alone(void)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 1);

	expect_sync(mapped, view_page(), "SYNC", "ok");
	expect_stored(mapped, 0);
	area_free(mapped, 1);
	expect_sync(mapped, view_page(), "SYNC", "ENOMEM");
	expect_sync(mapped, view_page(), "ASYNC", "ENOMEM");
	area_expect_gone(mapped, "the page");
	verdict_observe("ENOMEM");
}

static void
expect_length_refused(size_t length)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 1);

	expect_sync(mapped, view_page(), "ASYNC", "ok");
	expect_sync(mapped, length, "ASYNC", "ENOMEM");
	expect_stored(mapped, 0);
	verdict_observe("ENOMEM");
}

static void
length_wraps(void)
{
	expect_length_refused(SIZE_MAX - 2 * view_page());
}

/* In whole pages it is none. */
static void
length_at_maximum(void)
{
	expect_length_refused(SIZE_MAX);
}

static void
length_zero(void)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 1);

	expect_sync(mapped, 0, "SYNC", "ok");
	expect_stored(mapped, 0);
	area_free(mapped, 1);
	expect_sync(mapped, 0, "SYNC", "ok");
	area_expect_gone(mapped, "the page");
	verdict_observe("ok, mapped or not");
}

/* Pages of a file, one of them locked. */
static void
expect_busy(size_t pages, size_t locked)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped;

	limit_need_locks((long long)page);
	mapped = map_stored(&file, pages);
	call_mlock(mapped + locked * page, page);
	call_expect("ok");
	expect_sync(mapped, pages * page, "SYNC", "ok");
	expect_sync(mapped, pages * page, "SYNC|INVALIDATE", "EBUSY");
	for (size_t i = 0; i < pages; i++)
		expect_stored(mapped, i);
	call_munlock(mapped + locked * page, page);
	call_expect("ok");
	expect_sync(mapped, pages * page, "SYNC|INVALIDATE", "ok");
	verdict_observe("EBUSY");
}

static void
invalidate_locked(void)
{
	expect_busy(1, 0);
}

static void
invalidate_last_locked(void)
{
	expect_busy(3, 2);
}

/*
 * ----- What it takes, and leaves as it is -----------------------------------
 */

static void
async_invalidate(void)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 1);

	expect_sync(mapped, view_page(), "ASYNC", "ok");
	expect_sync(mapped, view_page(), "ASYNC|INVALIDATE", "ok");
	expect_stored(mapped, 0);
}

/* Nothing of it is lost, and each call is taken. */
static void
expect_untouched(unsigned char *mapped, unsigned char value)
{
	static const char *const flags[] = { "SYNC", "ASYNC",
		"SYNC|INVALIDATE" };

	for (size_t i = 0; i < 3; i++) {
		expect_sync(mapped, view_page(), flags[i], "ok");
		probe_expect_bytes(mapped, view_page(), value, "the memory");
	}
}

static void
anonymous(void)
{
	static const char *const types[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *mapped =
		    probe_map_blank(view_page(), types[i], -1);

		for (size_t j = 0; j < view_page(); j++)
			mapped[j] = STORED;
		expect_untouched(mapped, STORED);
	}
}

static void
read_only(void)
{
	struct object file = object_make(FILE_RO, view_page());
	unsigned char *mapped =
	    probe_map_pattern(view_page(), R, "SHARED", file.fd);

	expect_sync(mapped, view_page(), "SYNC", "ok");
	expect_sync(mapped, view_page(), "ASYNC", "ok");
	probe_expect_pattern(mapped, view_page(), 0, "the mapping");
}

static void
shared_memory_object(void)
{
	struct object shm = object_make(SHM, view_page());
	unsigned char *mapped = call_map_page(RW, "SHARED", shm.fd);

	mapped[0] = STORED;
	expect_sync(mapped, view_page(), "SYNC", "ok");
	expect_sync(mapped, view_page(), "ASYNC", "ok");
	expect_stored(mapped, 0);
}

static void
invalidate_keeps_stores(void)
{
	struct object file;
	unsigned char *mapped = map_stored(&file, 2);

	expect_sync(mapped, 2 * view_page(), "SYNC|INVALIDATE", "ok");
	for (size_t i = 0; i < 2; i++) {
		off_t offset = (off_t)(i * view_page());

		expect_stored(mapped, i);
		probe_expect_byte(object_byte(&file, offset), STORED,
		    "the file's byte that was stored");
	}
	verdict_observe("in the mapping and in the file");
}

static void
invalidate_keeps_copies(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *mapped = call_map_page(RW, "PRIVATE", file.fd);

	mapped[0] = STORED;
	expect_sync(mapped, view_page(), "SYNC|INVALIDATE", "ok");
	expect_stored(mapped, 0);
	expect_sync(mapped, view_page(), "ASYNC|INVALIDATE", "ok");
	expect_stored(mapped, 0);
	probe_expect_byte(
	    object_byte(&file, 0), object_pattern(0), "the file's byte");
}

static void
invalidate_refreshes(void)
{
	struct object file = object_make(FILE_RW, view_page());
	unsigned char *one = call_map_page(RW, "SHARED", file.fd);
	unsigned char *other =
	    probe_map_pattern(view_page(), R, "SHARED", file.fd);

	one[0] = STORED;
	expect_sync(one, view_page(), "SYNC|INVALIDATE", "ok");
	probe_expect_byte(other[0], STORED, "the other mapping's byte");
	object_put(&file, 1, STORED);
	expect_sync(other, view_page(), "SYNC|INVALIDATE", "ok");
	probe_expect_byte(other[1], STORED, "the byte that was written");
}

/*
 * ----- Several mappings, and what is dirty ----------------------------------
 */

/* The first pages of two files, one behind the other. */
static unsigned char *
map_two(const struct object *first, const struct object *second)
{
	unsigned char *start = area_reserve(2);

	call_mmap_at(start, view_page(), RW, "SHARED|FIXED", first->fd, 0);
	call_mmap_at(start + view_page(), view_page(), RW, "SHARED|FIXED",
	    second->fd, 0);
	return start;
}

static void
second_mapping(void)
{
	size_t page = view_page();
	struct object first, second;
	unsigned char *start;

	need_storage();
	first = object_make(FILE_LINKED, page);
	second = object_make(FILE_LINKED, page);
	start = map_two(&first, &second);
	make_dirty(start);
	make_dirty(start + page);
	expect_sync(start, 2 * page, "SYNC", "ok");
	verdict_either(!view_is_dirty(start), "the first is clean",
	    "the first is dirty after msync");
	verdict_either(!view_is_dirty(start + page), "the second is clean",
	    "the second is dirty after msync");
}

static void
second_mapping_locked(void)
{
	size_t page = view_page();
	struct object first = object_make(FILE_RW, page);
	struct object second = object_make(FILE_RW, page);
	unsigned char *start;

	limit_need_locks((long long)page);
	start = map_two(&first, &second);
	expect_sync(start, 2 * page, "SYNC|INVALIDATE", "ok");
	call_mlock(start + page, page);
	call_expect("ok");
	expect_sync(start, page, "SYNC|INVALIDATE", "ok");
	expect_sync(start, 2 * page, "SYNC|INVALIDATE", "EBUSY");
	probe_expect_pattern(start, page, 0, "the first file's page");
	probe_expect_pattern(start + page, page, 0, "the second file's page");
	verdict_observe("EBUSY");
}

static void
written_behind_hole(void)
{
	size_t page = view_page();
	struct object file;
	unsigned char *mapped;

	need_storage();
	file = object_make(FILE_LINKED, 3 * page);
	mapped = call_map(3 * page, RW, "SHARED", file.fd, 0);
	area_free(mapped + page, 1);
	make_dirty(mapped + 2 * page);
	expect_sync(mapped, 3 * page, "SYNC", "ENOMEM");
	verdict_either(!view_is_dirty(mapped + 2 * page),
	    "ENOMEM, and the page behind the hole is written back",
	    "ENOMEM, and the page behind the hole is dirty");
}

/* Anybody may have it written back: one page that stays dirty decides. */
static void
async_starts_nothing(void)
{
	struct object file;
	unsigned char *mapped;
	bool dirty = false;

	need_storage();
	file = object_make(FILE_LINKED, view_page());
	mapped = call_map_page(RW, "SHARED", file.fd);
	for (int i = 0; i < TRIES && !dirty; i++) {
		make_dirty(mapped);
		expect_sync(mapped, view_page(), "ASYNC", "ok");
		dirty = view_is_dirty(mapped);
	}
	probe_expect_pattern(
	    mapped + 1, view_page() - 1, 1, "the rest of the page");
	verdict_either(dirty, "dirty after MS_ASYNC", "clean after MS_ASYNC");
}

static void
fsync_covers_mapping(void)
{
	struct object file;
	unsigned char *mapped;

	need_storage();
	file = object_make(FILE_LINKED, view_page());
	mapped = call_map_page(RW, "SHARED", file.fd);
	make_dirty(mapped);
	call_begin("fsync(file");
	call_made(fsync(file.peer) == 0, "fsync(file)");
	call_expect("ok");
	verdict_either(!view_is_dirty(mapped), "no dirty page after fsync",
	    "a dirty page after fsync");
	probe_expect_byte(object_byte(&file, 0), 0, "the byte in the file");
	verdict_observe("dirty before fsync, clean after it");
}

/* The file is a hole, which takes blocks when it is stored to. */
static void
blocks_after_sync(void)
{
	size_t page = view_page();
	struct object file = object_make(FILE_EMPTY, 0);
	unsigned char *mapped;
	struct stat status;

	object_resize(&file, 64 * page);
	verdict_set_up(object_status(&file).st_blocks == 0, "a file of a hole");
	mapped = call_map(64 * page, RW, "SHARED", file.fd, 0);
	for (size_t i = 0; i < 64; i++)
		mapped[i * page] = STORED;
	expect_sync(mapped, 64 * page, "SYNC", "ok");
	status = object_status(&file);
	verdict_either(status.st_blocks >= (blkcnt_t)(64 * page / 512),
	    "all blocks are counted", "too few blocks are counted");
}

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(written_back, MSYNC_SYNC_OK, written_back),
	CODE_DIRS(dirty_until_msync, MSYNC_ENSURES_DISK, dirty_until_msync),
	CODE_DIRS(both_modes, MSYNC_ONE_MODE, both_modes),
	CODE_DIRS(unknown_flag, MSYNC_UNKNOWN_FLAG, unknown_flag),
	CODE(no_mode, MSYNC_NO_MODE, no_mode),
	CODE(invalidate_alone, MSYNC_NO_MODE, invalidate_alone),
	CODE_DIRS(no_mode_taken, MSYNC_WITHOUT_MODE, no_mode_taken),
	CODE_DIRS(odd_address, MSYNC_ODD_ADDRESS, odd_address),
	CODE_DIRS(hole_at_the_start, MSYNC_UNMAPPED, hole_at_the_start),
	CODE_DIRS(hole_in_the_middle, MSYNC_UNMAPPED, hole_in_the_middle),
	CODE_DIRS(hole_at_the_end, MSYNC_UNMAPPED, hole_at_the_end),
	CODE(hole_alone, MSYNC_UNMAPPED, hole_alone),
	CODE(length_wraps, MSYNC_LENGTH_WRAPS, length_wraps),
	CODE(length_at_maximum, MSYNC_LENGTH_AT_MAXIMUM, length_at_maximum),
	CODE(length_zero, MSYNC_LENGTH_ZERO, length_zero),
	CODE_DIRS(invalidate_locked, MSYNC_INVALIDATE_LOCKED, invalidate_locked),
	CODE_DIRS(invalidate_last_locked, MSYNC_INVALIDATE_LOCKED, invalidate_last_locked),
	CODE_DIRS(async_invalidate, MSYNC_ASYNC_INVALIDATE, async_invalidate),
	CODE(anonymous, MSYNC_ANONYMOUS, anonymous),
	CODE_DIRS(read_only, MSYNC_READ_ONLY, read_only),
	CODE(shared_memory_object, MSYNC_SHM, shared_memory_object),
	CODE_DIRS(invalidate_keeps_stores, MSYNC_INVALIDATE_KEEPS_STORES, invalidate_keeps_stores),
	CODE_DIRS(invalidate_keeps_copies, MSYNC_INVALIDATE_KEEPS_COPIES, invalidate_keeps_copies),
	CODE_DIRS(invalidate_refreshes, MSYNC_INVALIDATE_REFRESHES, invalidate_refreshes),
	CODE_DIRS(second_mapping, MSYNC_SEVERAL_MAPPINGS, second_mapping),
	CODE_DIRS(second_mapping_locked, MSYNC_INVALIDATE_LOCKED, second_mapping_locked),
	CODE_DIRS(written_behind_hole, MSYNC_BEHIND_HOLE, written_behind_hole),
	CODE_DIRS(async_starts_nothing, MSYNC_ASYNC_STARTS_NOTHING, async_starts_nothing),
	CODE_DIRS(fsync_covers_mapping, FSYNC_COVERS_MAPPING, fsync_covers_mapping),
	CODE_DIRS(blocks_after_sync, MSYNC_BLOCKS_COUNTED, blocks_after_sync),
};
/* clang-format on */

SUITE_PROGRAM(cases)
