/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msync(2): when it returns, changed pages have been written back.  Decided
 * by the kernel's own count of dirty memory and by what read(2) finds; no
 * test short of a crash can see the disk itself.
 */
#include <sys/types.h>

#include "helpers/call.h"
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

/* clang-format off */
static const struct row cases[] = {
	CODE_DIRS(written_back, MSYNC_SYNC_OK, written_back),
	CODE_DIRS(dirty_until_msync, MSYNC_ENSURES_DISK, dirty_until_msync),
};
/* clang-format on */

SUITE_PROGRAM(cases)
