/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_HUGETLB: mappings of huge pages, which come from a pool of the whole
 * system.  mmap reserves pages, the first touch takes them; a mapping with
 * MAP_NORESERVE needs neither until it is touched, so what the pool does not
 * decide is shown with it, and an empty pool is enough.
 *
 * The program is exclusive: its cases count the pool's pages and use it up.
 * Where the pool is too small, they may enlarge it in a run that allows it.
 * Others may use the pool all the same: what they can move is looked at before
 * and after, or has to come out alike several times.
 */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/area.h"
#include "helpers/call.h"
#include "helpers/child.h"
#include "helpers/names.h"
#include "helpers/probe.h"
#include "helpers/suite.h"

#define CLAIMS "tests/claims.d/hugetlb.def"
#include "helpers/claims.h"

#define PRIVATE_HUGE "PRIVATE|ANON|HUGETLB"
#define UNTOUCHED    "PRIVATE|ANON|HUGETLB|NORESERVE"
#define MIB          ((size_t)1 << 20)
#define DRAIN_LIMIT  (256 * MIB) /* a pool beyond it is somebody's */

/*
 * ----- The pool -------------------------------------------------------------
 */

/* The default size of huge pages, in bytes. */
static size_t
huge_size(void)
{
	long size = view_facts()->huge_page_size;

	call_flags("MAP_", "HUGETLB");
	if (size == 0)
		verdict_unsupported("this kernel has no huge pages");
	if (size < 0)
		verdict_untested(
		    "needs the size of huge pages, which cannot be "
		    "told here");
	return (size_t)size;
}

/* The same in ordinary pages. */
static size_t
small_pages(size_t huge_pages)
{
	return huge_pages * (huge_size() / view_page());
}

static struct plat_huge_pool
pool(void)
{
	struct plat_huge_pool now;

	if (plat_huge_pool(huge_size(), &now) != 0)
		verdict_untested("needs a view of the huge page pool");
	return now;
}

/* Pages that nobody uses and nobody has reserved. */
static long
free_pages(void)
{
	struct plat_huge_pool now = pool();

	return now.free - now.reserved;
}

static void
need_free(long pages)
{
	struct plat_huge_pool now = pool();
	long missing = pages - (now.free - now.reserved);

	if (missing <= 0)
		return;
	if (settings_may_change())
		settings_change(
		    PLAT_HUGE_PAGES, now.total - now.surplus + missing);
	if (free_pages() < pages)
		verdict_untested("needs %ld free huge pages; the pool has %ld",
		    pages, free_pages());
}

/* Pages that the pool may still grow by. */
static long
growth(void)
{
	long surplus = pool().surplus;
	long long extra;

	if (plat_setting(PLAT_HUGE_PAGES_EXTRA, &extra) != 0)
		extra = 0;
	return extra > surplus ? (long)extra - surplus : 0;
}

/* The most pages that it can have, whoever has them. */
static long
capacity(void)
{
	return pool().total + growth();
}

/* To be used up, it must be small. */
static void
need_drainable(long pages)
{
	long limit = (long)(DRAIN_LIMIT / huge_size());

	if (pages > limit)
		verdict_untested(
		    "needs a pool of at most %ld huge pages, to use "
		    "it up; it has %ld",
		    limit, pages);
}

#define AGREEING 5

/*
 * Whether to try once more: what is not as wanted counts only when so many
 * tries in a row came out alike.
 */
static bool
try_again(bool wanted, bool like_last, int *alike)
{
	if (wanted)
		return false;
	*alike = *alike > 0 && like_last ? *alike + 1 : 1;
	return *alike < AGREEING && verdict_again("the pool of huge pages");
}

/*
 * ----- Mappings -------------------------------------------------------------
 */

static void *
map(size_t huge_pages, const char *flags)
{
	return call_mmap(NULL, huge_pages * huge_size(), RW, flags, -1, 0);
}

/* There: a zero, or SIGBUS as long as the pool has no page for it. */
static void
expect_new(const unsigned char *start)
{
	unsigned char value = 0;
	struct guard_signal fault = probe_load(start, &value);

	verdict_expect(probe_allows("ok|SIGBUS", fault),
	    "ok, or SIGBUS for want of a page", "load from the huge page: %s",
	    probe_name(fault));
	verdict_expect(value == 0, "0", "the new huge page holds %#x", value);
}

/* The call that differs in one thing from what the claim is about. */
static unsigned char *
expect_sound(unsigned char *start)
{
	call_expect("ok");
	expect_new(start);
	return start;
}

/* Pages that are there when touched. */
static unsigned char *
map_pages(size_t huge_pages, const char *flags)
{
	void *start;

	do {
		need_free((long)huge_pages);
		start = map(huge_pages, flags);
	} while (start == MAP_FAILED && call_last()->error == ENOMEM &&
	    free_pages() < (long)huge_pages &&
	    verdict_again("the pool of huge pages"));
	call_expect("ok");
	return start;
}

/* Pages that nobody has promised. */
static unsigned char *
map_untouched(size_t huge_pages)
{
	return expect_sound(map(huge_pages, UNTOUCHED));
}

/* Stores a byte where the pool has a page for it; false if not. */
static bool
put_mark(unsigned char *start)
{
	struct guard_signal fault = probe_store(start, 'm');

	verdict_expect(probe_allows("ok|SIGBUS", fault),
	    "ok, or SIGBUS for want of a page", "store to the huge page: %s",
	    probe_name(fault));
	return fault.signo == 0;
}

static void
expect_mark(bool marked, const unsigned char *start)
{
	if (marked)
		probe_expect_bytes(start, 1, 'm', "the huge page");
	else
		expect_new(start);
}

static void
expect_gone(const unsigned char *start, const char *what)
{
	bool gone = !area_is_mapped(start);

	verdict_expect(
	    gone, "not mapped", "%s %s", what, gone ? "gone" : "still mapped");
}

/* What the kernel counts for it. */
static struct plat_usage
usage_of(const unsigned char *start)
{
	struct plat_usage usage;
	int error = plat_usage(start, &usage);

	if (error == ENOTSUP)
		verdict_untested("needs the kernel's view of the pages");
	verdict_expect(error == 0, "the mapping is there", "the mapping is %s",
	    error == 0 ? "there" : "not there");
	return usage;
}

/* The kernel lists one region there, of that length and readable, writable. */
static void
expect_region(const unsigned char *start, size_t length)
{
	struct plat_region region;
	int error = plat_region(start, &region);

	if (error == ENOTSUP)
		verdict_untested("needs the kernel's list of regions");
	verdict_expect(
	    error == 0, "the mapping is there", "no mapping is left");
	verdict_expect(region.start == (uintptr_t)start &&
		region.end == (uintptr_t)start + length && region.prot == RW,
	    "a region of the mapping's length, RW",
	    "a region that starts %+jd bytes from the mapping and ends %+jd "
	    "bytes from its end, %s",
	    (intmax_t)(region.start - (uintptr_t)start),
	    (intmax_t)(region.end - (uintptr_t)start - length),
	    names_prot(region.prot));
}

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
		bool aligned;

		area_reserve(1);
		start = expect_sound(
		    call_mmap(NULL, view_page(), RW, UNTOUCHED, -1, 0));
		aligned = (uintptr_t)start % huge == 0;
		verdict_expect(aligned, "a multiple of the huge page size",
		    "an address %s the huge page size",
		    aligned ? "aligned to" : "not aligned to");
	}
}

static void
length_one_byte(void)
{
	size_t huge = huge_size();
	unsigned char *start =
	    expect_sound(call_mmap(NULL, 1, RW, UNTOUCHED, -1, 0));

	expect_new(start + huge - 1);
	expect_region(start, huge);
	verdict_observe("one huge page for one byte");
}

static void
length_zero(void)
{
	map_untouched(1);
	map(0, UNTOUCHED);
	call_expect("EINVAL");
}

/* The page that is mapped keeps what it holds. */
static void
fixed_inside_huge_page(void)
{
	size_t huge = huge_size(), page = view_page();
	unsigned char *area = area_reserve_aligned(small_pages(2), huge);

	area_protect(area + page, 1, RW);
	area[page] = 'k';
	call_mmap(area + page, huge, RW, UNTOUCHED "|FIXED", -1, 0);
	call_expect("EINVAL");
	probe_expect_bytes(area + page, 1, 'k', "the old mapping");
	call_mmap_at(area, huge, RW, UNTOUCHED "|FIXED", -1, 0);
	expect_new(area);
	verdict_observe("EINVAL");
}

/*
 *	|  huge page  |  huge page  |
 *	 ^---- length of one page
 */
static void
munmap_one_small_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_untouched(2);
	bool marked = put_mark(start);

	call_munmap(start, view_page());
	call_expect("EINVAL");
	expect_region(start, 2 * huge);
	expect_mark(marked, start);
	call_munmap(start, huge);
	call_expect("ok");
	expect_gone(start, "the huge page");
	expect_region(start + huge, huge);
	verdict_observe("EINVAL");
}

/*
 *	|  huge page  |  huge page  |
 *	   ^- length of a huge page
 */
static void
munmap_inside_huge_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_untouched(2);
	bool marked = put_mark(start);

	call_munmap(start + view_page(), huge);
	call_expect("EINVAL");
	expect_region(start, 2 * huge);
	expect_mark(marked, start);
	call_munmap(start + huge, huge);
	call_expect("ok");
	expect_gone(start + huge, "the second huge page");
	expect_region(start, huge);
	verdict_observe("EINVAL");
}

static void
mprotect_one_small_page(void)
{
	unsigned char *start = map_untouched(1);
	bool marked = put_mark(start);

	call_mprotect(start, view_page(), R);
	call_expect("EINVAL");
	expect_region(start, huge_size());
	expect_mark(marked, start);
	if (marked)
		probe_expect_store(start, "the huge page", "ok");
	call_mprotect(start, huge_size(), R);
	call_expect("ok");
	probe_expect_store(start, "the huge page, read-only", "SIGSEGV");
	verdict_observe("EINVAL");
}

/*
 * ----- The pool's pages -----------------------------------------------------
 */

/* Every 512 bytes: enough for each page of any size. */
#define STEP 512

/* A page that comes back to the pool is the next one to be given out. */
static void
dirty_page_again(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_pages(1, PRIVATE_HUGE);

	for (size_t i = 0; i < huge; i += STEP)
		start[i] = 0xff;
	area_free(start, small_pages(1));
	start = map_pages(1, PRIVATE_HUGE);
	for (size_t i = 0; i < huge; i += STEP)
		if (start[i] != 0)
			verdict_expect(false, "zero throughout",
			    "%#x at byte %zu of the huge page", start[i], i);
	verdict_expect(true, "zero throughout", "zero throughout");
}

static void
more_than_the_pool(void)
{
	long pages;

	do {
		pages = capacity() + 1;
		area_free(
		    map_untouched((size_t)pages), small_pages((size_t)pages));
		map((size_t)pages, PRIVATE_HUGE);
	} while (
	    capacity() >= pages && verdict_again("the pool of huge pages"));
	call_expect("ENOMEM");
}

/* Stores to the pages in order, to the first that raises a signal. */
static struct guard_signal
store_to_pages(unsigned char *start, size_t pages)
{
	struct guard_signal fault = { 0, 0, 0 };

	for (size_t i = 0; i < pages && fault.signo == 0; i++)
		fault = probe_store(start + i * huge_size(), 'x');
	return fault;
}

static void
expect_shortage(const char *flags)
{
	long pages;
	struct guard_signal fault;

	do {
		unsigned char *start;

		pages = capacity() + 1;
		need_drainable(pages);
		start = map((size_t)pages, flags);
		call_expect("ok");
		fault = store_to_pages(start, (size_t)pages);
		area_free(start, small_pages((size_t)pages));
	} while (
	    capacity() >= pages && verdict_again("the pool of huge pages"));
	verdict_expect(probe_allows("SIGBUS", fault), "SIGBUS",
	    "store past the pool's last page: %s", probe_name(fault));
}

static void
more_than_the_pool_unreserved(void)
{
	expect_shortage(UNTOUCHED);
}

static void
populate_more_than_the_pool(void)
{
	expect_shortage(UNTOUCHED "|POPULATE");
}

static void
reserved_then_taken(void)
{
	long reserved = -1, early = -1, taken = -1;
	int alike = 0;
	bool wanted, like_last;

	do {
		long last[3] = { reserved, early, taken };
		struct plat_huge_pool before, mapped, touched;
		unsigned char *start;

		need_free(2);
		before = pool();
		start = map_pages(2, PRIVATE_HUGE);
		mapped = pool();
		start[0] = 't';
		touched = pool();
		reserved = mapped.reserved - before.reserved;
		early = before.free - mapped.free;
		taken = mapped.free - touched.free;
		probe_expect_bytes(
		    start + huge_size(), 1, 0, "the second huge page");
		area_free(start, small_pages(2));
		wanted = reserved == 2 && early == 0 && taken == 1;
		like_last =
		    last[0] == reserved && last[1] == early && last[2] == taken;
	} while (try_again(wanted, like_last, &alike));
	verdict_expect(wanted,
	    "2 pages reserved by mmap, 0 taken; 1 taken by the touch",
	    "%ld pages reserved by mmap, %ld taken; %ld taken by the touch",
	    reserved, early, taken);
}

/* A mapping that is larger than the pool makes it grow at mmap. */
static void
surplus_for_one_mapping(void)
{
	long grown = -1, left = -1;
	int alike = 0;
	bool like_last;

	if (growth() == 0)
		settings_need(PLAT_HUGE_PAGES_EXTRA, pool().surplus + 1);
	do {
		long last[2] = { grown, left };
		struct plat_huge_pool before = pool(), mapped;
		size_t pages = (size_t)(before.free - before.reserved) + 1;
		unsigned char *start;

		need_drainable((long)pages);
		start = map(pages, PRIVATE_HUGE);
		mapped = pool();
		if (start != MAP_FAILED) {
			struct guard_signal fault =
			    store_to_pages(start, pages);

			verdict_expect(fault.signo == 0, "ok",
			    "store to a reserved page: %s", probe_name(fault));
			area_free(start, small_pages(pages));
		}
		grown = mapped.surplus - before.surplus;
		left = pool().surplus - before.surplus;
		like_last = last[0] == grown && last[1] == left;
	} while (try_again(grown == 1 && left == 0, like_last, &alike));
	/* No free block of memory looks the same: show that there is one. */
	if (!call_last()->ok && call_last()->error == ENOMEM) {
		if (!settings_may_change())
			verdict_untested("needs memory for one more huge page");
		need_free(free_pages() + 1);
	}
	verdict_expect(grown == 1 && left == 0,
	    "1 surplus page while mapped, 0 after",
	    "%ld surplus pages while mapped, %ld after", grown, left);
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

/* 1: the system has pages of that size, 0: it has not. */
static bool
has_size(unsigned exponent)
{
	struct plat_huge_pool unused;

	return plat_huge_pool((size_t)1 << exponent, &unused) == 0;
}

static void
sizes_not_there(void)
{
	unsigned bits = 8 * sizeof(size_t) - 1;

	pool();
	expect_sound(map(1, flags_for(UNTOUCHED, exponent_of(huge_size()))));
	for (unsigned exponent = 10; exponent < bits; exponent++) {
		if (has_size(exponent))
			continue;
		map(1, flags_for(UNTOUCHED, exponent));
		call_expect("EINVAL");
	}
}

static void
size_2mb(void)
{
	struct plat_usage usage;
	unsigned char *start;

	pool();
	if (!has_size(21))
		verdict_unsupported("this kernel has no pages of 2 MiB");
	start = expect_sound(
	    call_mmap(NULL, 2 * MIB, RW, UNTOUCHED "|HUGE_2MB", -1, 0));
	usage = usage_of(start);
	verdict_expect(usage.page_size == (long)(2 * MIB), "pages of 2048 kB",
	    "pages of %ld kB", usage.page_size / 1024);
}

#define GIB ((size_t)1 << 30)

/* Pages of 1 GiB in their pool; -1: there is no such size. */
static long
gigantic_pages(void)
{
	struct plat_huge_pool now;

	return plat_huge_pool(GIB, &now) == 0 ? now.total : -1;
}

static void
size_1gb(void)
{
	long long room = view_facts()->rlimit_as;
	long pages;

	expect_sound(map(1, flags_for(UNTOUCHED, exponent_of(huge_size()))));
	pool();
	if (gigantic_pages() == -1) {
		call_mmap(NULL, GIB, RW, UNTOUCHED "|HUGE_1GB", -1, 0);
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
		expect_sound(
		    call_mmap(NULL, GIB, RW, UNTOUCHED "|HUGE_1GB", -1, 0));
		call_mmap(NULL, GIB, RW, PRIVATE_HUGE "|HUGE_1GB", -1, 0);
	} while (gigantic_pages() != 0 &&
	    verdict_again("the pool of pages of 1 GiB"));
	call_expect("ENOMEM");
}

static void
uninitialized(void)
{
	call_flags("MAP_", "UNINITIALIZED");
	map_untouched(1);
	map(1, UNTOUCHED "|UNINITIALIZED");
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
	struct plat_region region[2];
	struct plat_usage usage[2];

	for (int i = 0; i < 2; i++) {
		unsigned char *start = expect_sound(
		    call_mmap(NULL, huge, RW, flags[i], object.fd, 0));

		expect_region(start, huge);
		plat_region(start, &region[i]);
		usage[i] = usage_of(start);
		verdict_expect(usage[i].page_size == (long)huge,
		    "pages of the huge size", "pages of %ld kB",
		    usage[i].page_size / 1024);
	}
	verdict_expect(region[0].inode == region[1].inode &&
		region[0].shared == region[1].shared &&
		strcmp(usage[0].flags, usage[1].flags) == 0,
	    "two regions alike",
	    "two regions %s: the same file %d, both shared %d, \"%s\" and "
	    "\"%s\"",
	    strcmp(usage[0].flags, usage[1].flags) == 0 ? "alike" : "unlike",
	    region[0].inode == region[1].inode,
	    region[0].shared == region[1].shared, usage[0].flags,
	    usage[1].flags);
	verdict_observe("two regions alike");
	object_end(&object);
}

static void
file_offset_inside_huge_page(void)
{
	size_t huge = huge_size();
	struct object object = object_make(MEMFD_HUGE, 2 * huge);

	expect_sound(call_mmap(
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

	expect_sound(call_mmap(NULL, huge, RW, UNTOUCHED, -1, (off_t)huge));
	expect_sound(
	    call_mmap(NULL, huge, RW, "PRIVATE|ANON|NORESERVE", -1, page));
	call_mmap(NULL, huge, RW, UNTOUCHED, -1, page);
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

static long
store_in_child(void *start)
{
	return probe_store(start, 'c').signo;
}

/* Where the pool has a page, the child shows that the memory is shared. */
static void
shared_and_private(void)
{
	const char *both = "SHARED|PRIVATE|ANON|NORESERVE";
	struct plat_region region;
	unsigned char *start;
	int signo;

	huge_size();
	map(1, both);
	call_expect("EINVAL");
	start = expect_sound(map(1, "SHARED|PRIVATE|ANON|NORESERVE|HUGETLB"));
	if (plat_region(start, &region) != 0)
		verdict_untested("needs the kernel's list of regions");
	verdict_expect(region.shared == 1, "shared", "%s",
	    region.shared == 1 ? "shared" : "private");
	signo = (int)child_ask(store_in_child, start);
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
	struct plat_facts facts;

	(void)unused;
	child_drop_privileges();
	plat_facts(&facts);
	if (facts.can_lock_memory == 1)
		verdict_untested("needs a process without the privilege to "
				 "lock memory");
	map(1, UNTOUCHED);
	return call_last()->error;
}

static void
unprivileged(void)
{
	int error;

	map_untouched(1);
	error = (int)child_ask(map_as_nobody, NULL);
	verdict_expect(error == EPERM, "EPERM as an unprivileged user",
	    "%s as an unprivileged user",
	    error == 0 ? "ok" : names_errno(error));
}

/*
 * ----- After fork -----------------------------------------------------------
 */

/* A copy for the child takes a second page. */
static unsigned char
byte_after_child_store(const char *flags)
{
	unsigned char *start, byte;
	int signo;

	do {
		need_free(2);
		start = map_pages(1, flags);
		expect_new(start);
		start[0] = 'p';
		signo = (int)child_ask(store_in_child, start);
		byte = probe_byte(start);
		area_free(start, small_pages(1));
	} while (signo == SIGBUS && free_pages() < 2 &&
	    verdict_again("the pool of huge pages"));
	verdict_expect(signo == 0, "ok", "the child's store: %s",
	    signo == 0 ? "ok" : names_signal(signo));
	return byte;
}

static void
child_store_private(void)
{
	unsigned char byte = byte_after_child_store(PRIVATE_HUGE);

	verdict_expect(byte == 'p', "the parent's byte",
	    "the %s byte in the parent", byte == 'p' ? "parent's" : "child's");
}

static void
child_store_shared(void)
{
	unsigned char byte = byte_after_child_store("SHARED|ANON|HUGETLB");

	verdict_expect(byte == 'c', "the child's byte",
	    "the %s byte in the parent", byte == 'p' ? "parent's" : "child's");
}

/* All free pages, stored to; NULL if somebody else was faster. */
static unsigned char *
take_all(size_t pages)
{
	unsigned char *start = map(pages, PRIVATE_HUGE);
	struct guard_signal fault;

	if (start == MAP_FAILED && call_last()->error == ENOMEM &&
	    free_pages() < (long)pages)
		return NULL;
	expect_sound(start);
	fault = store_to_pages(start, pages);
	verdict_expect(fault.signo == 0, "ok", "store to a reserved page: %s",
	    probe_name(fault));
	return start;
}

/* What somebody else gives back meanwhile is there to copy to. */
static void
child_store_without_a_page(void)
{
	unsigned char byte = 'x';
	int signo = 0, alike = 0;

	do {
		unsigned char *start;
		size_t pages;

		if (growth() > 0)
			settings_need(PLAT_HUGE_PAGES_EXTRA, 0);
		need_free(1);
		pages = (size_t)free_pages();
		need_drainable((long)pages);
		start = pages > 0 ? take_all(pages) : NULL;
		if (start == NULL) {
			alike = 0;
			continue;
		}
		signo = (int)child_ask(store_in_child, start);
		byte = probe_byte(start);
		if (free_pages() > 0 || growth() > 0)
			alike = 0;
		area_free(start, small_pages(pages));
	} while (try_again(signo == SIGBUS, true, &alike));
	verdict_expect(signo == SIGBUS, "SIGBUS", "the child's store: %s",
	    signo == 0 ? "ok" : names_signal(signo));
	verdict_expect(byte == 'x', "the parent's byte",
	    "the parent's page holds %#x", byte);
	verdict_observe("the child's store: SIGBUS");
}

/*
 * ----- Other functions ------------------------------------------------------
 */

static void
dontneed_whole_page(void)
{
	unsigned char *start = map_pages(1, PRIVATE_HUGE);
	long more = -1;
	int alike = 0;
	bool like_last;

	do {
		long last = more, before;

		start[0] = 'd';
		before = pool().free;
		call_madvise(start, huge_size(), "DONTNEED");
		call_expect("ok");
		more = pool().free - before;
		probe_expect_bytes(start, 1, 0, "the huge page");
		like_last = last == more;
	} while (try_again(more == 1, like_last, &alike));
	verdict_expect(more == 1, "1 page more in the pool",
	    "%ld pages more in the pool", more);
}

static void
dontneed_one_small_page(void)
{
	unsigned char *start = map_pages(1, PRIVATE_HUGE);
	unsigned char byte;

	start[0] = 'd';
	call_madvise(start, view_page(), "DONTNEED");
	call_expect("ok");
	byte = probe_byte(start);
	verdict_expect(byte == 0, "the huge page dropped", "the data %s",
	    byte == 'd' ? "kept" : "dropped");
}

static void
dontneed_inside_huge_page(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_untouched(2);
	bool marked = put_mark(start);

	call_madvise(start + huge, huge, "DONTNEED");
	call_expect("ok");
	call_madvise(start + view_page(), huge, "DONTNEED");
	call_expect("EINVAL");
	expect_mark(marked, start);
	verdict_observe("EINVAL");
}

/* The same call grows an ordinary mapping. */
static void
mremap_larger(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_untouched(1);
	unsigned char *ordinary = area_anon(small_pages(1), RW);
	bool marked = put_mark(start);

	ordinary[0] = 'o';
	ordinary = call_mremap(ordinary, huge, 2 * huge, "MAYMOVE", NULL);
	call_expect("ok");
	probe_expect_bytes(ordinary, 1, 'o', "the ordinary mapping");
	call_mremap(start, huge, 2 * huge, "MAYMOVE", NULL);
	call_expect("EINVAL");
	expect_region(start, huge);
	expect_mark(marked, start);
	verdict_observe("EINVAL");
}

static void
mremap_elsewhere(void)
{
	size_t huge = huge_size();
	unsigned char *place = area_reserve_aligned(small_pages(1), huge);
	unsigned char *start = map_untouched(1);
	bool marked = put_mark(start);

	call_mremap(start, huge, huge, "MAYMOVE|FIXED", place);
	call_expect("ok");
	expect_region(place, huge);
	expect_gone(start, "the old place");
	expect_mark(marked, place);
	verdict_observe("moved");
}

static void
mremap_smaller(void)
{
	size_t huge = huge_size();
	unsigned char *start = map_untouched(2);
	bool marked = put_mark(start);

	call_mremap(start, 2 * huge, huge, "", NULL);
	call_expect("ok");
	expect_region(start, huge);
	expect_mark(marked, start);
	verdict_observe("shrunk");
}

static size_t
count_resident(unsigned char *start)
{
	size_t pages = small_pages(1), count = 0;
	unsigned char *vector = calloc(pages, 1);

	if (vector == NULL)
		verdict_broken("no memory for a vector of %zu bytes", pages);
	call_mincore(start, huge_size(), vector);
	call_expect("ok");
	for (size_t i = 0; i < pages; i++)
		count += vector[i] & 1;
	free(vector);
	return count;
}

static void
mincore_one_byte_touched(void)
{
	unsigned char *start = map_pages(1, PRIVATE_HUGE);
	size_t before = count_resident(start), after;

	start[0] = 't';
	after = count_resident(start);
	probe_expect_bytes(start + 1, 1, 0, "the huge page");
	verdict_expect(before == 0 && after == small_pages(1),
	    "none before the touch, every page after",
	    "%s before the touch, %s page after", before == 0 ? "none" : "some",
	    after == small_pages(1) ? "every" : "not every");
}

static long long
locked_bytes(void)
{
	long long bytes;

	if (plat_locked(&bytes) != 0)
		verdict_untested("needs a view of the locked bytes");
	return bytes;
}

/* An ordinary page does count, if it can be locked. */
static void
need_locked_count(void)
{
	long long before = locked_bytes();
	unsigned char *ordinary = area_anon(1, RW);

	call_mlock(ordinary, view_page());
	call_expect("ok|EPERM|ENOMEM|EAGAIN|ENOSYS");
	if (!call_last()->ok)
		verdict_untested("needs a page that can be locked: %s",
		    names_errno(call_last()->error));
	if (locked_bytes() - before != (long long)view_page())
		verdict_untested("needs a count of locked bytes that an "
				 "ordinary page moves");
	area_free(ordinary, 1);
}

static void
expect_not_counted(long long before)
{
	long long more = locked_bytes() - before;

	verdict_expect(
	    more == 0, "0 bytes more locked", "%lld bytes more locked", more);
}

/* The limit is looked at before anybody knows that the pages are huge. */
static void
need_limit(void)
{
	const struct plat_facts *facts = view_facts();

	if (facts->can_lock_memory != 1 &&
	    facts->rlimit_memlock < (long long)(huge_size() + view_page()))
		verdict_untested("needs RLIMIT_MEMLOCK above %zu",
		    huge_size() + view_page());
}

static void
mlock_huge_page(void)
{
	unsigned char *start = map_pages(1, PRIVATE_HUGE);
	long long before;

	need_limit();
	probe_expect_bytes(start, 1, 0, "the huge page");
	need_locked_count();
	before = locked_bytes();
	call_mlock(start, huge_size());
	call_expect("ok");
	expect_not_counted(before);
}

static void
map_locked(void)
{
	long long before = locked_bytes();
	unsigned char *start;

	need_limit();
	start = map_pages(1, PRIVATE_HUGE "|LOCKED");
	probe_expect_bytes(start, 1, 0, "the huge page");
	need_locked_count();
	expect_not_counted(before);
}

/* clang-format off */
static const struct row cases[] = {
	/* Address and length */
	CODE(address_aligned, HUGETLB_ADDRESS_ALIGNED, address_aligned),
	CODE(length_one_byte, HUGETLB_LENGTH_ROUNDED_UP, length_one_byte),
	CODE(length_zero, HUGETLB_LENGTH_ZERO, length_zero),
	CODE(fixed_inside_huge_page, HUGETLB_FIXED_UNALIGNED, fixed_inside_huge_page),
	CODE(munmap_one_small_page, HUGETLB_MUNMAP_LENGTH_MULTIPLE, munmap_one_small_page),
	CODE(munmap_inside_huge_page, HUGETLB_MUNMAP_LENGTH_MULTIPLE, munmap_inside_huge_page),
	CODE(mprotect_one_small_page, HUGETLB_MPROTECT_PART, mprotect_one_small_page),

	/* The pool's pages */
	SETTINGS(dirty_page_again, HUGETLB_ZERO_FILLED, dirty_page_again),
	CODE(more_than_the_pool, HUGETLB_EMPTY_POOL_ENOMEM, more_than_the_pool),
	CODE(more_than_the_pool_unreserved, HUGETLB_EMPTY_POOL_NORESERVE_SIGBUS, more_than_the_pool_unreserved),
	CODE(populate_more_than_the_pool, POPULATE_HUGETLB_SHORTAGE_SILENT, populate_more_than_the_pool),
	SETTINGS(reserved_then_taken, HUGETLB_RESERVES_WITHOUT_TAKING, reserved_then_taken),
	SETTINGS(surplus_for_one_mapping, HUGETLB_SURPLUS_PAGES, surplus_for_one_mapping),

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

	/* After fork */
	SETTINGS(child_store_private, HUGETLB_PRIVATE_COW, child_store_private),
	SETTINGS(child_store_shared, HUGETLB_PRIVATE_COW, child_store_shared),
	SETTINGS(child_store_without_a_page, HUGETLB_CHILD_COW_SHORTAGE, child_store_without_a_page),

	/* Other functions */
	SETTINGS(dontneed_whole_page, HUGETLB_MADVISE_DONTNEED, dontneed_whole_page),
	SETTINGS(dontneed_one_small_page, HUGETLB_DONTNEED_LENGTH_ROUNDING, dontneed_one_small_page),
	CODE(dontneed_inside_huge_page, HUGETLB_DONTNEED_UNALIGNED, dontneed_inside_huge_page),
	CODE(mremap_larger, HUGETLB_MREMAP_EXPAND, mremap_larger),
	CODE(mremap_elsewhere, HUGETLB_MREMAP_EXPAND, mremap_elsewhere),
	CODE(mremap_smaller, HUGETLB_MREMAP_EXPAND, mremap_smaller),
	SETTINGS(mincore_one_byte_touched, HUGETLB_MINCORE, mincore_one_byte_touched),
	SETTINGS(mlock_huge_page, HUGETLB_NOT_COUNTED_IN_VMLCK, mlock_huge_page),
	SETTINGS(map_locked, HUGETLB_NOT_COUNTED_IN_VMLCK, map_locked),
};
/* clang-format on */

SUITE_PROGRAM(cases)
