/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_HUGETLB: which lengths, addresses, offsets, page sizes, types and files
 * a mapping of huge pages can have.  helpers/huge.h says how they show
 * themselves although the pool may be empty.
 */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/huge.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/hugetlb.def"
#include "helpers/claims.h"

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/*
 * ----- Address and length ---------------------------------------------------
 */

/* Odd pages in between, so that no address is aligned by chance. */
static void
address_aligned(void)
{
	size_t huge = huge_size();

	for (int i = 0; i < 4; i++) {
		unsigned char *start;

		area_reserve(1);
		start = huge_expect_sound(
		    call_mmap(NULL, view_page(), RW, HUGE_UNTOUCHED, -1, 0));
		verdict_either((uintptr_t)start % huge == 0,
		    "an address aligned to the huge page size",
		    "an address not aligned to the huge page size");
	}
}

static void
length_one_byte(void)
{
	size_t huge = huge_size();
	unsigned char *start =
	    huge_expect_sound(call_mmap(NULL, 1, RW, HUGE_UNTOUCHED, -1, 0));

	huge_expect_new(start + huge - 1);
	huge_expect_region(start, huge);
	verdict_observe("one huge page for one byte");
}

static void
length_zero(void)
{
	huge_map_untouched(1);
	huge_map(0, HUGE_UNTOUCHED);
	call_expect("EINVAL");
}

/* The page that is mapped keeps what it holds. */
static void
fixed_inside_huge_page(void)
{
	size_t huge = huge_size(), page = view_page();
	unsigned char *area = area_reserve_aligned(huge_in_pages(2), huge);

	area_protect(area + page, 1, RW);
	area[page] = 'k';
	call_mmap(area + page, huge, RW, HUGE_UNTOUCHED "|FIXED", -1, 0);
	call_expect("EINVAL");
	probe_expect_bytes(area + page, 1, 'k', "the old mapping");
	call_mmap_at(area, huge, RW, HUGE_UNTOUCHED "|FIXED", -1, 0);
	huge_expect_new(area);
	verdict_observe("EINVAL");
}

/*
 * ----- Sizes ----------------------------------------------------------------
 */

/* Flags of a mapping of pages of 1 << exponent bytes. */
static const char *
flags_for(const char *flags, unsigned exponent)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s|%#x", flags,
	    exponent << (unsigned)call_flags("MAP_", "HUGE_SHIFT"));
	return text;
}

static unsigned
exponent_of(size_t size)
{
	unsigned exponent = 0;

	while (size >>= 1)
		exponent++;
	return exponent;
}

/* The selector of the size that there is without one. */
static void
expect_default_size(void)
{
	huge_expect_sound(
	    huge_map(1, flags_for(HUGE_UNTOUCHED, exponent_of(huge_size()))));
}

static bool
has_size(unsigned exponent)
{
	struct view_pool unused;

	return view_find_pool((size_t)1 << exponent, &unused);
}

static void
sizes_not_there(void)
{
	unsigned bits = 8 * sizeof(size_t) - 1;

	huge_pool();
	expect_default_size();
	for (unsigned exponent = 10; exponent < bits; exponent++) {
		if (has_size(exponent))
			continue;
		huge_map(1, flags_for(HUGE_UNTOUCHED, exponent));
		call_expect("EINVAL");
	}
}

static void
size_2mb(void)
{
	unsigned char *start;
	long size;

	huge_pool();
	if (!has_size(21))
		verdict_unsupported("this kernel has no pages of 2 MiB");
	start = huge_expect_sound(
	    call_mmap(NULL, 2 * MIB, RW, HUGE_UNTOUCHED "|HUGE_2MB", -1, 0));
	size = view_usage(start).page_size;
	verdict_expect(size == (long)(2 * MIB), "pages of 2048 kB",
	    "pages of %ld kB", size / 1024);
}

/* Pages of 1 GiB in their pool; -1: there is no such size. */
static long
gigantic_pages(void)
{
	struct view_pool now;

	return view_find_pool(GIB, &now) ? now.total : -1;
}

static void
size_1gb(void)
{
	long long room = view_facts()->rlimit_as;
	long pages;

	expect_default_size();
	huge_pool();
	if (gigantic_pages() == -1) {
		call_mmap(NULL, GIB, RW, HUGE_UNTOUCHED "|HUGE_1GB", -1, 0);
		call_expect("EINVAL");
		return;
	}
	if (room >= 0 && room < 4 * (long long)GIB)
		verdict_untested("needs an address space of 4 GiB");
	do {
		pages = gigantic_pages();
		if (pages > 0)
			verdict_untested("needs a pool without pages of 1 GiB; "
					 "it has %ld",
			    pages);
		huge_expect_sound(call_mmap(
		    NULL, GIB, RW, HUGE_UNTOUCHED "|HUGE_1GB", -1, 0));
		call_mmap(NULL, GIB, RW, HUGE_PRIVATE "|HUGE_1GB", -1, 0);
	} while (gigantic_pages() != 0 &&
	    verdict_again("the pool of pages of 1 GiB"));
	call_expect("ENOMEM");
}

static void
uninitialized(void)
{
	call_flags("MAP_", "UNINITIALIZED");
	huge_map_untouched(1);
	huge_map(1, HUGE_UNTOUCHED "|UNINITIALIZED");
	call_expect("EINVAL");
}

/*
 * ----- Files ----------------------------------------------------------------
 */

/* What two mappings of one file have in common. */
static void
with_and_without_the_flag(void)
{
	size_t huge = huge_size();
	struct object object = object_make(MEMFD_HUGE, huge);
	const char *flags[2] = { "SHARED|NORESERVE",
		"SHARED|NORESERVE|HUGETLB" };
	struct view_region region[2];
	struct view_usage usage[2];
	bool same_file, same_type;

	for (int i = 0; i < 2; i++) {
		unsigned char *start = huge_expect_sound(
		    call_mmap(NULL, huge, RW, flags[i], object.fd, 0));

		huge_expect_region(start, huge);
		region[i] = view_region(start);
		usage[i] = view_usage(start);
		verdict_expect(usage[i].page_size == (long)huge,
		    "pages of the huge size", "pages of %ld kB",
		    usage[i].page_size / 1024);
	}
	same_file = region[0].inode == region[1].inode;
	same_type = region[0].shared == region[1].shared;
	verdict_expect(same_file && same_type &&
		strcmp(usage[0].flags, usage[1].flags) == 0,
	    "two regions alike",
	    "the same file %d, the same type %d, \"%s\" and \"%s\"", same_file,
	    same_type, usage[0].flags, usage[1].flags);
	verdict_observe("two regions alike");
	object_end(&object);
}

static void
file_offset_inside_huge_page(void)
{
	size_t huge = huge_size();
	struct object object = object_make(MEMFD_HUGE, 2 * huge);

	huge_expect_sound(call_mmap(
	    NULL, huge, RW, "SHARED|NORESERVE", object.fd, (off_t)huge));
	call_mmap(
	    NULL, huge, RW, "SHARED|NORESERVE", object.fd, (off_t)view_page());
	call_expect("EINVAL");
	object_end(&object);
}

/* The offset is what is looked at: a multiple passes, and so does no flag. */
static void
anonymous_offset_inside_huge_page(void)
{
	size_t huge = huge_size();
	off_t page = (off_t)view_page();

	huge_expect_sound(
	    call_mmap(NULL, huge, RW, HUGE_UNTOUCHED, -1, (off_t)huge));
	huge_expect_sound(
	    call_mmap(NULL, huge, RW, "PRIVATE|ANON|NORESERVE", -1, page));
	call_mmap(NULL, huge, RW, HUGE_UNTOUCHED, -1, page);
	call_expect("EINVAL");
}

static void
read_and_write(void)
{
	struct object object = object_make(MEMFD_HUGE, huge_size());
	struct object ordinary = object_make(MEMFD, view_page());
	unsigned char byte = 'r';

	verdict_set_up(pwrite(ordinary.fd, "w", 1, 0) == 1,
	    "an ordinary memfd cannot be written to");
	call_made(pread(object.fd, &byte, 1, 0) == 1,
	    "pread(memfd of huge pages, 1)");
	call_expect("ok");
	verdict_expect(byte == 0, "a zero", "read gives %#x", byte);
	call_made(pwrite(object.fd, "w", 1, 0) == 1,
	    "pwrite(memfd of huge pages, 1)");
	call_expect("EINVAL");
	object_end(&object);
	object_end(&ordinary);
}

/*
 * ----- Types and privileges -------------------------------------------------
 */

/* Where the pool has a page, the child shows that the memory is shared. */
static void
shared_and_private(void)
{
	const char *both = "SHARED|PRIVATE|ANON|NORESERVE";
	unsigned char *start;
	int signo;

	huge_size();
	huge_map(1, both);
	call_expect("EINVAL");
	start = huge_expect_sound(
	    huge_map(1, "SHARED|PRIVATE|ANON|NORESERVE|HUGETLB"));
	verdict_either(view_region(start).shared == 1, "shared", "private");
	signo = huge_store_in_child(start);
	verdict_expect(signo == 0 || signo == SIGBUS,
	    "ok, or SIGBUS for want of a page", "the child's store: %s",
	    names_signal(signo));
	if (signo == 0)
		probe_expect_bytes(start, 1, 'c', "what the child stored");
	verdict_observe("shared");
}

/* The errno, 0 if it succeeds, of a mapping without privileges. */
static long
map_as_nobody(void *unused)
{
	(void)unused;
	child_drop_privileges();
	if (view_locks_freely() == 1)
		verdict_untested("needs a process without the privilege to "
				 "lock memory");
	huge_map(1, HUGE_UNTOUCHED);
	return call_last()->error;
}

static void
unprivileged(void)
{
	int error;

	huge_map_untouched(1);
	error = (int)child_ask(map_as_nobody, NULL);
	verdict_expect(error == EPERM, "EPERM as an unprivileged user",
	    "%s as an unprivileged user",
	    error == 0 ? "ok" : names_errno(error));
}

/* clang-format off */
static const struct row cases[] = {
	/* Address and length */
	CODE(address_aligned, HUGETLB_ADDRESS_ALIGNED, address_aligned),
	CODE(length_one_byte, HUGETLB_LENGTH_ROUNDED_UP, length_one_byte),
	CODE(length_zero, HUGETLB_LENGTH_ZERO, length_zero),
	CODE(fixed_inside_huge_page, HUGETLB_FIXED_UNALIGNED, fixed_inside_huge_page),

	/* Sizes */
	CODE(sizes_not_there, HUGETLB_UNSUPPORTED_SIZE, sizes_not_there),
	CODE(size_2mb, HUGETLB_SIZE_SELECTOR_2MB, size_2mb),
	CODE(size_1gb, HUGETLB_1GB_EMPTY_POOL, size_1gb),
	CODE(uninitialized, HUGETLB_UNINITIALIZED_COLLIDES, uninitialized),

	/* Files
	     name                 claim                    addr len   prot flags              object   off   allowed */
	CALL(regular_file_shared, HUGETLB_ON_REGULAR_FILE, ANY, P(1), RW, "SHARED|HUGETLB",  FILE_RW, B(0), "EINVAL", SOUND_FLAGS("SHARED")),
	CALL(regular_file_private, HUGETLB_ON_REGULAR_FILE, ANY, P(1), RW, "PRIVATE|HUGETLB", FILE_RW, B(0), "EINVAL", SOUND_FLAGS("PRIVATE")),
	CALL(shm_object,          HUGETLB_ON_REGULAR_FILE, ANY, P(1), RW, "SHARED|HUGETLB",  SHM,     B(0), "EINVAL", SOUND_FLAGS("SHARED")),
	CALL(memfd_of_small_pages, HUGETLB_ON_REGULAR_FILE, ANY, P(1), RW, "SHARED|HUGETLB",  MEMFD,   B(0), "EINVAL", SOUND_FLAGS("SHARED")),
	CODE(with_and_without_the_flag, HUGETLB_ON_HUGETLB_FILE, with_and_without_the_flag),
	CODE(file_offset_inside_huge_page, HUGETLB_FILE_OFFSET_MULTIPLE, file_offset_inside_huge_page),
	CODE(anonymous_offset_inside_huge_page, HUGETLB_ANON_OFFSET_CHECKED, anonymous_offset_inside_huge_page),
	CODE(read_and_write, HUGETLB_WRITE_SYSCALL, read_and_write),

	/* Types and privileges */
	CODE(shared_and_private, HUGETLB_BOTH_TYPES_ANON, shared_and_private),
	CODE(unprivileged, HUGETLB_UNPRIVILEGED, unprivileged),
};
/* clang-format on */

SUITE_PROGRAM(cases)
