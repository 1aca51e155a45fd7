/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a MAP_FIXED request that fails leaves behind: after EBADF, EINVAL and
 * ENOTSUP the old mapping, after any other error the old pages or none, and
 * never a page changed that was not asked for:
 *
 *	page       0     1     2
 *	before   aaaa  bbbb  cccc
 *	request        [    ]		an error
 *	after    aaaa  b? -  cccc
 */
#include <stdint.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/names.h"
#include "helpers/overlay.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/fixed_failure.def"
#include "helpers/claims.h"

/* A request for a file's page, which is there then. */
static void
expect_sound_file(const struct object *file)
{
	size_t page = view_page();
	unsigned char *there = area_filled(1);

	call_mmap_at(there, page, RW, "PRIVATE|FIXED", file->fd, 0);
	probe_expect_pattern(there, page, 0, "a page of the file");
	area_free(there, 1);
}

static void
ebadf_keeps_old(void)
{
	size_t page = view_page();
	struct object closed = object_make(CLOSED, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char *used = area_filled(4);

	expect_sound_file(&file);
	call_mmap(used + page, page, RW, "PRIVATE|FIXED", closed.fd, 0);
	call_expect("EBADF");
	area_expect_kept(used, 0, 4, "the old mapping");
	verdict_observe("EBADF, the old mapping kept");
}

/* A request for a file's page that one argument makes invalid. */
static void
expect_einval_keeps_old(size_t length, const char *flags, off_t offset)
{
	size_t page = view_page();
	struct object file = object_make(FILE_RW, 2 * page);
	unsigned char *used = area_filled(4);

	expect_sound_file(&file);
	call_mmap(used + page, length, RW, flags, file.fd, offset);
	call_expect("EINVAL");
	area_expect_kept(used, 0, 4, "the old mapping");
	verdict_observe("EINVAL, the old mapping kept");
}

static void
einval_len_zero(void)
{
	expect_einval_keeps_old(0, "PRIVATE|FIXED", 0);
}

static void
einval_type_missing(void)
{
	expect_einval_keeps_old(view_page(), "FIXED", 0);
}

static void
einval_offset_odd(void)
{
	expect_einval_keeps_old(view_page(), "PRIVATE|FIXED", 1);
}

/*
 * After EBADF, EINVAL and ENOTSUP the old page must be there; after any
 * other error it may be gone, with nothing in its place.
 */
static void
expect_old_after_error(unsigned char *old, unsigned char value)
{
	bool must_stay =
	    call_allows("EBADF|EINVAL|ENOTSUP", call_last()->error);
	unsigned char byte = 0;
	bool kept = probe_load(old, &byte).signo == 0 && byte == value;
	bool gone = !kept && !area_is_mapped(old);

	verdict_expect(kept || (gone && !must_stay),
	    must_stay ? "the old page kept" : "the old page kept or unmapped",
	    "%s, the old page %s", names_errno(call_last()->error),
	    kept       ? "kept"
		: gone ? "unmapped"
		       : "replaced");
}

/* A request that is granted decides nothing, but has to do what it says. */
static void
end_if_granted(unsigned char *old, const char *needs)
{
	unsigned char byte = 0;

	if (!call_last()->ok)
		return;
	probe_load(old, &byte);
	verdict_expect(
	    byte != 'x', "the old page replaced", "ok, and the old page kept");
	verdict_untested("%s", needs);
}

static void
expect_refused_object(enum object_kind kind)
{
	size_t page = view_page();
	struct object object = object_make(kind, 0);
	struct object file = object_make(FILE_RW, page);
	unsigned char *used = area_filled(3);

	expect_sound_file(&file);
	call_mmap(used + page, page, R, "SHARED|FIXED", object.fd, 0);
	call_expect("ENODEV");
	area_expect_kept(used, 0, 1, "the page before");
	area_expect_kept(used, 2, 1, "the page after");
	expect_old_after_error(used + page, area_fill_byte(1));
}

static void
enodev_directory(void)
{
	expect_refused_object(DIRECTORY);
}

static void
enodev_pipe(void)
{
	expect_refused_object(PIPE_READ);
}

static void
enodev_socket(void)
{
	expect_refused_object(SOCKET);
}

/* A length that no address space has room for. */
static void
enomem_len_huge(void)
{
	size_t page = view_page();
	unsigned char *used = area_filled(3);

	overlay_expect_sound();
	call_mmap(used + page, SIZE_MAX / page * page - page, RW, OVERLAY_ANON,
	    -1, 0);
	call_expect("ENOMEM");
	area_expect_kept(used, 0, 1, "the page before");
	expect_old_after_error(used + page, area_fill_byte(1));
}

/*
 * More huge pages than the pool has:
 *	x... .... .... x...	x: pages with bytes, .: reserved
 *	[ request    ]
 */
static void
enomem_huge_pool(void)
{
	long huge_page = view_facts()->huge_page_size;
	long free_pages = view_facts()->huge_pages_free;
	long extra_pages = view_facts()->huge_pages_extra;
	size_t page = view_page(), length;
	struct object object;
	unsigned char *start, after = 0;
	bool kept;

	if (huge_page == 0)
		verdict_unsupported("%s has no huge pages", view_system());
	if (huge_page < 0 || free_pages < 0 || extra_pages < 0)
		verdict_untested("needs to know the pool of huge pages");
	length = (size_t)huge_page * (size_t)(free_pages + extra_pages + 1);
	object = object_make(MEMFD_HUGE, length);
	start = area_reserve_aligned(length / page + 1, (size_t)huge_page);
	area_protect(start, 1, RW);
	area_protect(start + length, 1, RW);
	*start = 'x';
	start[length] = 'x';
	call_mmap(start, length, RW, "SHARED|FIXED", object.fd, 0);
	end_if_granted(start,
	    "needs a pool of huge pages smaller than the "
	    "request");
	call_expect("ENOMEM");
	kept = probe_load(start + length, &after).signo == 0 && after == 'x';
	verdict_either(kept, "the page after kept", "the page after changed");
	expect_old_after_error(start, 'x');
}

/* Twice what there is, reserved without a promise, then asked for with one. */
static void
enomem_overcommit(void)
{
	long long ram = view_facts()->ram_bytes;
	long long swap = view_facts()->swap_bytes;
	size_t page = view_page(), length;
	unsigned char *start;

	if (sizeof(void *) < 8)
		verdict_untested("needs more addresses than memory");
	if (view_facts()->overcommit == 1)
		verdict_untested("needs a system that counts what it promises; "
				 "overcommit mode is 1");
	if (ram > 0 && swap >= 0)
		length = (size_t)(ram + swap) / page * page * 2;
	else
		length = (size_t)((uint64_t)1 << 45);
	start = call_mmap(NULL, length, NONE, "PRIVATE|ANON", -1, 0);
	if (call_allows("ENOMEM", call_last()->error))
		verdict_untested("needs %zu bytes of address space", length);
	call_expect("ok");
	call_mprotect(start, page, RW);
	call_expect("ok");
	probe_expect_bytes(start, page, 0, "reserved memory made usable");
	*start = 'x';
	call_mmap(start, length, RW, OVERLAY_ANON, -1, 0);
	end_if_granted(start, "needs a system that counts what it promises");
	call_expect("ENOMEM");
	expect_old_after_error(start, 'x');
}

/* clang-format off */
static const struct row cases[] = {
	CODE(ebadf_keeps_old,		FIXED_EBADF_KEEPS_OLD,		ebadf_keeps_old),
	CODE(einval_len_zero,		FIXED_EINVAL_KEEPS_OLD,		einval_len_zero),
	CODE(einval_type_missing,	FIXED_EINVAL_KEEPS_OLD,		einval_type_missing),
	CODE(einval_offset_odd,		FIXED_EINVAL_KEEPS_OLD,		einval_offset_odd),
	CODE(enodev_directory,		FIXED_ENODEV_MAY_UNMAP,		enodev_directory),
	CODE(enodev_pipe,		FIXED_ENODEV_MAY_UNMAP,		enodev_pipe),
	CODE(enodev_socket,		FIXED_ENODEV_MAY_UNMAP,		enodev_socket),
	CODE(enomem_len_huge,		FIXED_ENOMEM_MAY_UNMAP,		enomem_len_huge),
	CODE(enomem_huge_pool,		FIXED_ENOMEM_MAY_UNMAP,		enomem_huge_pool),
	CODE(enomem_overcommit,		FIXED_OVERCOMMIT_ENOMEM_MAY_UNMAP, enomem_overcommit),
};
/* clang-format on */

SUITE_PROGRAM(cases)
