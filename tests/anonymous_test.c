/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_ANONYMOUS: memory without a file.  What it holds at first, what its
 * descriptor and offset mean, who shares it, what can be done to it, and when
 * the system gets it back.  Which headers show the flag: header_test; how
 * malloc uses it: malloc_test; /dev/zero in its place: devzero_test; stacks
 * that grow: stack_test; the flags of one system: linux_test, freebsd_test ...
 */
#include <sys/types.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#define CLAIMS "tests/claims.d/anonymous.def"
#include "helpers/claims.h"

/*
 * New memory, looked at where it begins and ends, before anything else is
 * said of it.
 */
static void
expect_zeros(const unsigned char *memory, size_t pages)
{
	probe_expect_bytes(memory, 1, 0, "the new mapping");
	probe_expect_bytes(
	    memory + pages * view_page() - 1, 1, 0, "the mapping's last byte");
}

/* A mapping of pages that the claim needs to be there: else it fails. */
static unsigned char *
map(size_t pages, const char *flags, int fd, off_t offset)
{
	unsigned char *memory =
	    call_mmap(NULL, pages * view_page(), RW, flags, fd, offset);

	call_expect("ok");
	expect_zeros(memory, pages);
	return memory;
}

/* The same at a place that the case has reserved. */
static void
map_at(unsigned char *place, size_t pages)
{
	call_mmap_at(
	    place, pages * view_page(), RW, "PRIVATE|ANON|FIXED", -1, 0);
	expect_zeros(place, pages);
}

static void
expect_kept(const unsigned char *memory, size_t pages)
{
	bool kept = area_still_filled(memory, 0, pages);

	verdict_expect(
	    kept, "contents kept", "contents %s", kept ? "kept" : "lost");
}

/* Pages are there no more, or still are. */
static void
expect_gone(const void *memory, const char *what)
{
	bool gone = !area_is_mapped(memory);

	verdict_expect(
	    gone, "not mapped", "%s %s", what, gone ? "gone" : "still there");
}

/*
 * ----- Zero fill ----------------------------------------------------------
 */

static void
private_zero(void)
{
	size_t pages = area_recycle(false);

	probe_expect_bytes(map(pages, "PRIVATE|ANON", -1, 0),
	    pages * view_page(), 0, "the new mapping");
}

static void
shared_zero(void)
{
	size_t pages = area_recycle(true);

	probe_expect_bytes(map(pages, "SHARED|ANON", -1, 0),
	    pages * view_page(), 0, "the new mapping");
}

static void
expect_same_bytes(
    const void *one, const void *other, size_t size, const char *when)
{
	bool same = memcmp(one, other, size) == 0;

	verdict_expect(same, "the same bytes", "%s: %s bytes", when,
	    same ? "the same" : "other");
}

/* The same reads and copies on write as four pages of a file of zeros. */
static void
like_file_of_zeros(void)
{
	struct object file = object_make(FILE_EMPTY, 0);
	size_t size = 4 * view_page();
	unsigned char *anon, *zeros;

	if (ftruncate(file.peer, (off_t)size) == -1)
		verdict_broken("ftruncate");
	zeros = area_object(&file, 0, 4, RW, false);
	anon = map(4, "PRIVATE|ANON", -1, 0);
	expect_same_bytes(anon, zeros, size, "untouched");
	for (size_t i = 0; i < size; i += view_page() / 2 + 1)
		anon[i] = zeros[i] = object_pattern((off_t)i);
	expect_same_bytes(anon, zeros, size, "after stores");
	object_end(&file);
}

/*
 * ----- Descriptor and offset --------------------------------------------------------
 */

/* The memory is zero, and the file, if there is one, keeps its bytes. */
static void
expect_ignored(int fd, const struct object *file, off_t offset)
{
	static const char *const types[] = { "PRIVATE|ANON", "SHARED|ANON" };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *memory = map(2, types[i], fd, offset);
		bool kept;

		probe_expect_bytes(memory, 2 * view_page(), 0, "the memory");
		memory[0] = memory[view_page()] = 'x';
		kept = file == NULL ||
		    (object_byte(file, 0) == object_pattern(0) &&
			object_byte(file, (off_t)view_page()) ==
			    object_pattern((off_t)view_page()));
		verdict_expect(kept, "the file as it was", "%s the file",
		    kept ? "no store reached" : "a store reached");
	}
	verdict_observe("ok, zeros");
}

static void
fd_of_file(void)
{
	struct object file = object_make(FILE_RW, 4 * view_page());

	expect_ignored(file.fd, &file, 0);
}

/* Whatever 0 is open on; a program that forgets the -1 passes it. */
static void
fd_zero(void)
{
	expect_ignored(0, NULL, 0);
}

static void
fd_closed(void)
{
	struct object closed = object_make(CLOSED, 0);

	expect_ignored(closed.fd, NULL, 0);
}

static void
offset_page(void)
{
	expect_ignored(-1, NULL, (off_t)view_page());
}

/*
 * Left open by the standard, but not without bounds: a call that fails with
 * one of three errnos changes nothing (mmap DESCRIPTION), and one that
 * succeeds has mapped what it says and nothing else.
 */
static void
survey(const char *flags, int fd, off_t offset)
{
	size_t page = view_page();
	unsigned char *used = area_filled(4);
	char fixed[64];
	bool ok, kept;

	snprintf(fixed, sizeof(fixed), "%s|FIXED", flags);
	ok = call_mmap(used + page, page, RW, fixed, fd, offset) != MAP_FAILED;
	call_expect("ok|EINVAL|EBADF|ENOTSUP|ENODEV|ENXIO|EACCES|EOVERFLOW");
	kept = area_still_filled(used, 0, 1) && area_still_filled(used, 2, 2);
	verdict_expect(kept, "its neighbours kept", "its neighbours %s",
	    kept ? "kept" : "changed");
	if (ok) {
		unsigned char byte;

		probe_expect_load(used + page, "the mapping", "ok");
		byte = probe_byte(used + page);
		probe_expect_store(used + page, "the mapping", "ok");
		verdict_observe("ok, %s", byte == 0 ? "zeros" : "other bytes");
		return;
	}
	kept = area_still_filled(used, 1, 1);
	verdict_expect(
	    kept || !call_allows("EINVAL|EBADF|ENOTSUP", call_last()->error),
	    "the old mapping kept", "the old mapping %s",
	    kept ? "kept" : "changed");
	verdict_observe("%s", names_errno(call_last()->error));
}

static void
survey_fd_of_file(void)
{
	struct object file = object_make(FILE_RW, 4 * view_page());

	survey("PRIVATE|ANON", file.fd, 0);
}

static void
survey_fd_zero(void)
{
	survey("PRIVATE|ANON", 0, 0);
}

static void
survey_offset_page(void)
{
	survey("PRIVATE|ANON", -1, (off_t)view_page());
}

/* Accepted, it must be one of the two: a child's store is seen, or is not. */
static long
store_b(void *memory)
{
	*(volatile unsigned char *)memory = 'b';
	return 0;
}

static void
both_types(void)
{
	unsigned char *memory, byte;

	survey("SHARED|PRIVATE|ANON", -1, 0);
	memory = call_mmap(NULL, view_page(), RW, "SHARED|PRIVATE|ANON", -1, 0);
	if (memory == MAP_FAILED) {
		verdict_observe("%s", names_errno(call_last()->error));
		return;
	}
	probe_expect_bytes(memory, view_page(), 0, "the memory");
	memory[0] = 'a';
	child_ask(store_b, memory);
	byte = probe_byte(memory);
	verdict_expect(byte == 'a' || byte == 'b', "shared or private", "%s",
	    byte == 'b'       ? "ok, shared"
		: byte == 'a' ? "ok, private"
			      : "ok, garbled");
}

/*
 * ----- Who shares it ----------------------------------------------------------------
 */

/* The child reads what its parent stored and answers by a store. */
static void
exchange(struct child *parent, void *arg)
{
	volatile unsigned char *memory = arg;

	child_hear(parent);
	child_tell(parent, memory[0]);
	memory[view_page()] = 'c';
	child_tell(parent, 0);
}

static void
shared_with_child(void)
{
	unsigned char *memory = map(2, "SHARED|ANON", -1, 0);
	struct child child = child_start(exchange, memory);
	unsigned char byte;
	long seen;

	memory[0] = 'p';
	child_tell(&child, 0);
	seen = child_hear(&child);
	child_hear(&child);
	child_end(&child);
	byte = probe_byte(memory + view_page());
	verdict_expect(seen == 'p', "'p' as the parent stored after the fork",
	    "the child sees %#lx", (unsigned long)seen);
	verdict_expect(byte == 'c', "'c' as the child stored",
	    "the parent sees %#x", byte);
	verdict_observe("shared both ways");
}

static void
expect_distinct(const char *flags)
{
	size_t page = view_page();
	unsigned char *one = map(2, flags, -1, 0);
	unsigned char *other = map(2, flags, -1, 0);

	memset(one, 'o', 2 * page);
	probe_expect_bytes(other, 2 * page, 0, "the other mapping");
	memset(other, 'x', 2 * page);
	probe_expect_bytes(one, 2 * page, 'o', "the one mapping");
}

static void
private_calls(void)
{
	expect_distinct("PRIVATE|ANON");
}

static void
shared_calls(void)
{
	expect_distinct("SHARED|ANON");
}

/* The child makes its own, at the parent's length, after the fork. */
static long
map_another(void *arg)
{
	unsigned char *memory =
	    call_mmap(NULL, view_page(), RW, "SHARED|ANON", -1, 0);
	long seen;

	(void)arg;
	call_expect("ok");
	seen = memory[0];
	memory[0] = 'c';
	return seen;
}

static void
shared_calls_of_relatives(void)
{
	unsigned char *memory = map(1, "SHARED|ANON", -1, 0), byte;
	long seen;

	memory[0] = 'p';
	seen = child_ask(map_another, NULL);
	byte = probe_byte(memory);
	verdict_expect(seen == 0, "0, its own memory",
	    "a child's new mapping holds %#lx", (unsigned long)seen);
	verdict_expect(
	    byte == 'p', "'p', its own memory", "the parent's holds %#x", byte);
	verdict_observe("distinct");
}

/* Bits of what an unrelated process, asked for an address, could see. */
#define SEES_ADDRESS 1 /* the page is there, with the marker */
#define SEES_ANON    2 /* a new shared anonymous mapping has the marker */
#define SEES_DEVZERO 4 /* a shared mapping of /dev/zero has it */

#define MARKER 0x5c

/* Each way is tried: what could not be mapped was not seen not to share. */
static long
look_for_marker(const char *argument)
{
	unsigned char *there =
	    (unsigned char *)(uintptr_t)strtoull(argument, NULL, 16);
	struct object zero = object_make(DEVZERO, 0);
	unsigned char value = 0;
	long seen = 0;

	if (probe_load(there, &value).signo == 0 && value == MARKER)
		seen |= SEES_ADDRESS;
	there = call_mmap(there, view_page(), RW, "SHARED|ANON", -1, 0);
	call_expect("ok");
	if (there[0] == MARKER)
		seen |= SEES_ANON;
	there = call_mmap(NULL, view_page(), RW, "SHARED", zero.fd, 0);
	call_expect("ok");
	if (there[0] == MARKER)
		seen |= SEES_DEVZERO;
	return seen;
}

static void
unrelated_process(void)
{
	unsigned char *memory = map(1, "SHARED|ANON", -1, 0);
	char address[32];
	long seen;

	memory[0] = MARKER;
	snprintf(address, sizeof(address), "%" PRIxPTR, (uintptr_t)memory);
	seen = child_exec("look-for-marker", address);
	verdict_expect(seen == 0, "none of it", "a fresh program sees%s%s%s%s",
	    (seen & SEES_ADDRESS) != 0 ? " the address" : "",
	    (seen & SEES_ANON) != 0 ? " it by MAP_ANON" : "",
	    (seen & SEES_DEVZERO) != 0 ? " it by /dev/zero" : "",
	    seen == 0 ? " none of it" : "");
}

/*
 * Some kernels list the mappings of a process as files: proc_pid_map_files(5).
 * The errno of opening one, or 0 after a store to it.
 */
static long
store_by_path(const char *path)
{
	int fd = open(path, O_RDWR);
	unsigned char *memory;

	if (fd == -1)
		return errno;
	memory = call_mmap(NULL, view_page(), RW, "SHARED", fd, 0);
	call_expect("ok");
	memory[0] = MARKER;
	return 0;
}

/* To be refused is not to share, too; a path that is not there is neither. */
static void
unrelated_process_by_map_files(void)
{
	unsigned char *memory = map(1, "SHARED|ANON", -1, 0), byte;
	struct plat_region region;
	char path[128];
	int error;

	memory[0] = 'a';
	if (plat_region(memory, &region) != 0)
		verdict_untested("needs the kernel's list of regions");
	snprintf(path, sizeof(path), "/proc/%ld/map_files", (long)getpid());
	if (access(path, F_OK) == -1)
		verdict_unsupported("mappings are not listed as files here");
	snprintf(path + strlen(path), sizeof(path) - strlen(path),
	    "/%" PRIxPTR "-%" PRIxPTR, region.start, region.end);
	error = (int)child_exec("store-by-path", path);
	byte = probe_byte(memory);
	verdict_expect(byte == 'a', "'a', not shared",
	    "a store of a fresh program by way of map_files %s",
	    byte == 'a' ? "is not seen" : "is seen");
	if (error == EPERM || error == EACCES)
		verdict_observe(
		    "a fresh program may not open it: %s", names_errno(error));
	else if (error != 0)
		verdict_untested("needs to try the file in map_files: %s",
		    names_errno(error));
}

/* A counter that a child adds to, in memory of either kind. */
static long
count(void *counter)
{
	++*(volatile int *)counter;
	return 0;
}

static void
like_system_v(void)
{
	int *counter = (int *)(void *)map(1, "SHARED|ANON", -1, 0);
	struct shmid_ds about;
	int id, *segment, ours, theirs;

	id = shmget(IPC_PRIVATE, view_page(), IPC_CREAT | 0600);
	if (id == -1 && errno == ENOSYS)
		verdict_unsupported("this kernel has no System V memory");
	if (id == -1)
		verdict_untested("needs a System V segment to compare with: %s",
		    names_errno(errno));
	segment = shmat(id, NULL, 0);
	/* Some systems attach no segment that is marked for removal. */
	shmctl(id, IPC_RMID, NULL);
	if (segment == (void *)-1)
		verdict_broken("shmat");
	*counter = *segment = 1;
	child_ask(count, counter);
	child_ask(count, segment);
	ours = *counter;
	theirs = *segment;
	verdict_expect(ours == theirs, "the same count",
	    "anonymous %d, System V %d", ours, theirs);
	verdict_expect(ours == 2, "2", "anonymous %d", ours);
	shmdt(segment);
	verdict_set_up(
	    shmctl(id, IPC_STAT, &about) == -1, "the segment is still there");
	call_munmap(counter, view_page());
	call_expect("ok");
	expect_gone(counter, "the mapping");
	verdict_observe("the same count, nothing left");
}

/*
 * ----- Whole pages ------------------------------------------------------------------
 */

/* Between inaccessible pages, so that a byte too many would show. */
static void
one_byte(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(3);

	call_mmap_at(area + page, 1, RW, "PRIVATE|ANON|FIXED", -1, 0);
	expect_zeros(area + page, 1);
	probe_expect_store(area + 2 * page - 1, "the page's last byte", "ok");
	probe_expect_load(area + page - 1, "the page before", "SIGSEGV|SIGBUS");
	probe_expect_load(area + 2 * page, "the page after", "SIGSEGV|SIGBUS");
	verdict_observe("one page");
}

static void
unmap_int(void)
{
	int *counter = (int *)(void *)call_mmap(
	    NULL, sizeof(int), RW, "SHARED|ANON", -1, 0);
	unsigned char *last = (unsigned char *)counter + view_page() - 1;

	call_expect("ok");
	expect_zeros((unsigned char *)counter, 1);
	*counter = 1;
	call_munmap(counter, sizeof(int));
	call_expect("ok");
	probe_expect_load(last, "the page's last byte", "SIGSEGV|SIGBUS");
}

/* What this process has in memory, in bytes. */
static long long
in_memory(void)
{
	long long length, resident;

	if (plat_process_size(&length, &resident) != 0)
		verdict_untested("needs the size of the process in memory");
	return resident;
}

/*
 * Counters of memory are batched by pages, so half of 4 MiB, or of 1024 pages,
 * is enough to be sure.  A system short of memory may take it back before.
 */
static void
unmapped_is_free(void)
{
	size_t page = view_page();
	size_t size = page > 4096 ? 1024 * page : (size_t)4 << 20;
	long long half = (long long)size / 2, before, with, freed;
	unsigned char *memory = NULL;

	do {
		if (memory != NULL)
			area_free(memory, size / page);
		before = in_memory();
		memory = map(size / page, "PRIVATE|ANON", -1, 0);
		for (size_t i = 0; i < size; i += page)
			memory[i] = 1;
		with = in_memory();
	} while (with - before <= half &&
	    verdict_again("what this process has in memory"));
	call_munmap(memory, size);
	call_expect("ok");
	freed = with - in_memory();
	verdict_expect(freed > half, "most of the memory given back",
	    "%s of the memory given back",
	    freed > half ? "most" : "less than half");
}

/*
 * Every second page is unmapped; two pages asked for at any of the holes do
 * not fit, although the holes have room for four such requests.
 *
 *	|x| |x| |x| |x| |x| |x| |x| |x| |x|
 */
#define HOLES 8

static void
holes_of_one_page(void)
{
	size_t page = view_page();
	unsigned char *run = area_filled(2 * HOLES + 1);
	size_t used = 0;

	for (size_t i = 0; i < HOLES; i++)
		area_free(run + (2 * i + 1) * page, 1);
	for (size_t i = 0; i < HOLES; i++) {
		unsigned char *hole = run + (2 * i + 1) * page;
		unsigned char *got =
		    call_mmap(hole, 2 * page, RW, "PRIVATE|ANON", -1, 0);

		call_expect("ok");
		expect_zeros(got, 2);
		if (got == hole)
			used++;
		else
			area_free(got, 2);
	}
	verdict_expect(used > 0, "room for two pages",
	    "8 free pages in 8 holes, and %s",
	    used > 0 ? "two pages fit" : "no room for two pages among them");
}

/*
 * ----- What can be done to it ---------------------------------------------------------
 */

static void
fill_pages(unsigned char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		memset(
		    memory + i * view_page(), area_fill_byte(i), view_page());
}

/* The first pages keep what was stored, the others are new. */
static void
expect_resized(const unsigned char *memory, size_t kept, size_t fresh)
{
	expect_kept(memory, kept);
	if (fresh > 0)
		probe_expect_bytes(memory + kept * view_page(),
		    fresh * view_page(), 0, "the new pages");
	verdict_observe("resized, contents kept");
}

/*
 * The way is blocked by the reservation's next page.  Where the system moves
 * it to, anything may lie behind it; so once more, to a place whose next page
 * is free.
 *
 *	reservation  | new place: 6 pages | free |
 */
static void
grown_by_moving(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(6), *place = area_reserve(7);
	unsigned char *moved;

	map_at(area, 2);
	fill_pages(area, 2);
	moved = call_mremap(area, 2 * page, 5 * page, "MAYMOVE", NULL);
	call_expect("ok");
	expect_resized(moved, 2, 3);
	expect_gone(area, "the old place");
	area_free(place + 6 * page, 1);
	verdict_expect(call_mremap(moved, 5 * page, 6 * page, "MAYMOVE|FIXED",
			   place) == place,
	    "the place asked for", "%s",
	    call_last()->ok ? "another place"
			    : names_errno(call_last()->error));
	expect_resized(place, 2, 4);
	expect_gone(moved, "the old place");
	expect_gone(place + 6 * page, "the page behind");
	verdict_observe("moved, contents kept");
}

static void
grown_in_place(void)
{
	size_t page = view_page();
	unsigned char *area = area_reserve(5);

	map_at(area, 2);
	fill_pages(area, 2);
	area_free(area + 2 * page, 2);
	verdict_expect(call_mremap(area, 2 * page, 4 * page, "", NULL) == area,
	    "the same address", "%s",
	    call_last()->ok ? "another address"
			    : names_errno(call_last()->error));
	expect_resized(area, 2, 2);
	probe_expect_load(area + 4 * page, "the page after", "SIGSEGV|SIGBUS");
	verdict_observe("grown in place, contents kept");
}

static void
shrunk_in_place(void)
{
	size_t page = view_page();
	unsigned char *memory = map(4, "PRIVATE|ANON", -1, 0);

	fill_pages(memory, 4);
	verdict_expect(
	    call_mremap(memory, 4 * page, 2 * page, "", NULL) == memory,
	    "the same address", "%s",
	    call_last()->ok ? "another address"
			    : names_errno(call_last()->error));
	expect_resized(memory, 2, 0);
	expect_gone(memory + 2 * page, "the end");
	verdict_observe("shrunk in place, contents kept");
}

static void
protection_there_and_back(void)
{
	size_t page = view_page();
	unsigned char *memory = area_reserve(4) + page;

	map_at(memory, 2);
	fill_pages(memory, 2);
	call_mprotect(memory, 2 * page, R);
	call_expect("ok");
	probe_expect_store(memory, "the mapping, read-only", "SIGSEGV|SIGBUS");
	probe_expect_load(memory, "the mapping, read-only", "ok");
	call_mprotect(memory, 2 * page, NONE);
	call_expect("ok");
	probe_expect_load(memory, "the mapping, PROT_NONE", "SIGSEGV|SIGBUS");
	call_mprotect(memory, 2 * page, RW);
	call_expect("ok");
	expect_kept(memory, 2);
	probe_expect_store(memory, "the mapping, writable again", "ok");
	verdict_observe("enforced, contents kept");
}

/* posix_madvise() must change no contents; madvise() may, with DONTNEED. */
static void
advice(void)
{
	static const char *const kinds[] = { "NORMAL", "RANDOM", "SEQUENTIAL",
		"WILLNEED", "DONTNEED" };
	size_t size = 4 * view_page();
	unsigned char *memory = map(4, "PRIVATE|ANON", -1, 0);

	fill_pages(memory, 4);
	for (size_t i = 0; i < 5; i++) {
		call_posix_madvise(memory, size, kinds[i]);
		call_expect("ok");
		expect_kept(memory, 4);
	}
	for (size_t i = 0; i < 5; i++) {
		call_madvise(memory, size, kinds[i]);
		call_expect("ok");
		if (strcmp(kinds[i], "DONTNEED") != 0)
			expect_kept(memory, 4);
	}
	probe_expect_store(memory, "the mapping", "ok");
	verdict_observe("taken by both");
}

/*
 * ----- Where it goes ------------------------------------------------------------------
 */

struct thp {
	bool configured;
};

/* A system that has transparent huge pages describes them as SYSTEM.thp. */
static void
note_thp(const char *name, const char *value, void *arg)
{
	struct thp *thp = arg;
	const char *dot = strchr(name, '.');

	(void)value;
	if (dot != NULL && strcmp(dot, ".thp") == 0)
		thp->configured = true;
}

/*
 * A single page in between spoils an alignment that is mere luck; read-only,
 * so that nothing of it has to be promised.
 */
static void
whole_huge_pages(void)
{
	long huge = view_facts()->huge_page_size;
	struct thp thp = { false };
	size_t aligned = 0, tries = 8;

	plat_describe(note_thp, &thp);
	if (!thp.configured || huge <= 0)
		verdict_unsupported("no transparent huge pages are seen here");
	for (size_t i = 0; i < tries; i++) {
		unsigned char *memory;

		area_reserve(1);
		memory =
		    call_mmap(NULL, 2 * (size_t)huge, R, "PRIVATE|ANON", -1, 0);
		call_expect("ok");
		expect_zeros(memory, 2 * (size_t)huge / view_page());
		area_free(memory, 2 * (size_t)huge / view_page());
		aligned += (uintptr_t)memory % (uintptr_t)huge == 0;
	}
	verdict_expect(aligned == tries, "all on a huge page's boundary",
	    "%s on a huge page's boundary",
	    aligned == tries   ? "all"
		: aligned == 0 ? "none"
			       : "not all");
}

static const struct child_image images[] = {
	{ "look-for-marker", look_for_marker },
	{ "store-by-path", store_by_path },
	{ NULL, NULL },
};

/* clang-format off */
static const struct row cases[] = {
	/*   name               claim                 addr len   prot flags                  object    off   allowed */
	CALL(fd_minus_one_private, ANON_FD_MINUS_ONE, ANY, P(1), RW,  "PRIVATE|ANON",        NOTHING,  B(0), "ok", NO_SOUND),
	CALL(fd_minus_one_shared,  ANON_FD_MINUS_ONE, ANY, P(1), RW,  "SHARED|ANON",         NOTHING,  B(0), "ok", NO_SOUND),
	CALL(offset_odd_private, ANON_OFFSET_UNALIGNED, ANY, P(1), RW, "PRIVATE|ANON",       NOTHING,  B(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(offset_odd_shared, ANON_OFFSET_UNALIGNED, ANY, P(1), RW, "SHARED|ANON",         NOTHING,  B(1), "EINVAL", SOUND_OFF(B(0))),
	CALL(type_missing,      ANON_NEEDS_TYPE,      ANY, P(1), RW,  "ANON",                NOTHING,  B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON")),
	CALL(type_missing_fixed, ANON_NEEDS_TYPE,     USED, P(1), RW, "ANON|FIXED",          NOTHING,  B(0), "EINVAL", SOUND_FLAGS("PRIVATE|ANON|FIXED")),

	CODE(private_zero,      ANON_ZERO_FILLED,     private_zero),
	CODE(shared_zero,       ANON_SHARED_ZERO_FILLED, shared_zero),
	CODE(like_file_of_zeros, ANON_ZEROIZED_VIRTUAL_FILE, like_file_of_zeros),
	CODE(fd_of_file,        ANON_FD_IGNORED,      fd_of_file),
	CODE(fd_zero,           ANON_FD_IGNORED,      fd_zero),
	CODE(fd_closed,         ANON_FD_IGNORED,      fd_closed),
	CODE(offset_page,       ANON_OFFSET_NONZERO,  offset_page),
	CODE(survey_fd_of_file, ANON_OTHER_FD_UNSPECIFIED, survey_fd_of_file),
	CODE(survey_fd_zero,    ANON_OTHER_FD_UNSPECIFIED, survey_fd_zero),
	CODE(survey_offset_page, ANON_OTHER_FD_UNSPECIFIED, survey_offset_page),
	CODE(both_types,        ANON_BOTH_TYPES,      both_types),
	CODE(shared_with_child, ANON_SHARED_SUPPORTED, shared_with_child),
	CODE(private_calls,     ANON_PRIVATE_CALLS_DISTINCT, private_calls),
	CODE(shared_calls,      ANON_SHARED_CALLS_DISTINCT, shared_calls),
	CODE(shared_calls_of_relatives, ANON_SHARED_CALLS_DISTINCT, shared_calls_of_relatives),
	CODE(unrelated_process, ANON_UNRELATED_CANNOT_SHARE, unrelated_process),
	CODE(unrelated_process_by_map_files, ANON_UNRELATED_CANNOT_SHARE, unrelated_process_by_map_files),
	CODE(like_system_v,     ANON_LIKE_SYSV_SHM,   like_system_v),
	CODE(one_byte,          ANON_LENGTH_WHOLE_PAGES, one_byte),
	CODE(unmap_int,         ANON_MUNMAP_SIZEOF_INT, unmap_int),
	CODE(unmapped_is_free,  ANON_UNMAP_FREES_AT_ONCE, unmapped_is_free),
	CODE(holes_of_one_page, ANON_NO_FRAGMENTATION, holes_of_one_page),
	CODE(grown_by_moving,   ANON_RESIZABLE,       grown_by_moving),
	CODE(grown_in_place,    ANON_RESIZABLE,       grown_in_place),
	CODE(shrunk_in_place,   ANON_RESIZABLE,       shrunk_in_place),
	CODE(protection_there_and_back, ANON_PERMISSIONS_CHANGE, protection_there_and_back),
	CODE(advice,            ANON_TAKES_ADVICE,    advice),
	CODE(whole_huge_pages,  ANON_LARGE_THP_ALIGNED, whole_huge_pages),
};
/* clang-format on */

SUITE_PROGRAM_IMAGES(cases, images)
