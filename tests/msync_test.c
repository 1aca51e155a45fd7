/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msync(2): when it returns, changed pages have been written back.  Decided
 * by the kernel's own count of dirty memory and by what read(2) finds; no
 * test short of a crash can see the disk itself.
 */
#include <sys/types.h>

#include "helpers/call.h"
#include "helpers/object.h"
#include "helpers/suite.h"

/* Dirty bytes of a region; ends the case where nobody counts them. */
static long long
dirty_bytes(const void *addr)
{
	struct plat_usage usage;

	if (plat_usage(addr, &usage) != 0 || usage.dirty < 0)
		suite_untested("dirty memory cannot be counted here");
	return usage.dirty;
}

/* A page of a file, changed through a shared mapping. */
static unsigned char *
change_page(const struct object *file)
{
	unsigned char *mapped =
	    call_mmap(NULL, suite_page(), RW, "SHARED", file->fd, 0);

	call_expect("ok");
	*mapped = 0;
	suite_set_up(dirty_bytes(mapped) > 0, "a changed page is not dirty");
	return mapped;
}

/* A file system in memory has nothing to write back to. */
static void
expect_clean(const struct object *file, unsigned char *mapped)
{
	call_msync(mapped, suite_page(), "SYNC");
	call_expect("ok");
	suite_expect(object_byte(file, 0) == 0, "the store in the file",
	    "the file's first byte is %#x", object_byte(file, 0));
	suite_expect(dirty_bytes(mapped) == 0, "no dirty page",
	    "%s dirty page after msync", dirty_bytes(mapped) == 0 ? "no" : "a");
}

static void
need_storage(void)
{
	bool stored;
	int error = plat_has_storage(suite_directory(), &stored);

	if (error != 0)
		suite_untested("whether there is storage cannot be told here");
	if (!stored)
		suite_untested("needs a file system with storage behind it");
}

static void
written_back(void)
{
	struct object file;

	need_storage();
	file = object_make(FILE_LINKED, suite_page());
	expect_clean(&file, change_page(&file));
}

/* The file starts clean, so that what is dirty later is the store. */
static void
dirty_until_msync(void)
{
	struct object file;
	unsigned char *mapped;

	need_storage();
	file = object_make(FILE_LINKED, suite_page());
	mapped = call_mmap(NULL, suite_page(), RW, "SHARED", file.fd, 0);
	call_expect("ok");
	call_msync(mapped, suite_page(), "SYNC");
	call_expect("ok");
	suite_set_up(dirty_bytes(mapped) == 0, "an unchanged page is dirty");
	*mapped = 0;
	suite_expect(dirty_bytes(mapped) > 0, "dirty before msync",
	    "%s before msync", dirty_bytes(mapped) > 0 ? "dirty" : "clean");
	expect_clean(&file, mapped);
	suite_observe("dirty before msync, clean after it");
}

/* clang-format off */
static const struct suite_case cases[] = {
	CODE_DIRS(written_back, MSYNC_SYNC_OK, written_back),
	CODE_DIRS(dirty_until_msync, MSYNC_ENSURES_DISK, dirty_until_msync),
};
/* clang-format on */

SUITE_PROGRAM(cases)
