/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of placement and extent: where memory goes, how much of it, and
 * what happens to the neighbours.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Fixed for any address that is given, aligned or not. */
static long
hint_as_fixed(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	uintptr_t addr = (uintptr_t)args->addr;

	if (addr >= fault_page()) {
		other.addr = (void *)(addr - addr % fault_page());
		other.flags |= MAP_FIXED;
	}
	return fault_real(fault->call, &other);
}

/* A hint within a page is taken for the next one. */
static long
round_hint_up(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.addr = (void *)fault_round((uintptr_t)args->addr);
	return fault_real(fault->call, &other);
}

static bool
is_free(const void *addr)
{
	unsigned char vector;
	struct fault_args page = { .length = fault_page(), .buffer = &vector };
	int error = errno;
	bool free;

	page.addr = (void *)(uintptr_t)addr;
	free = fault_real(FAULT_MINCORE, &page) == -1 && errno == ENOMEM;
	errno = error;
	return free;
}

/* Only the range's first page has to be free. */
static long
look_at_first_page(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (!is_free(args->addr))
		return fault_real(fault->call, args);
	other.flags &= ~MAP_FIXED_NOREPLACE;
	other.flags |= MAP_FIXED;
	return fault_real(fault->call, &other);
}

/* The end of the region that holds addr, as the kernel lists it. */
static uintptr_t
end_of_region(const void *addr)
{
	static char text[1 << 18];
	struct fault_args list = { .name = "/proc/self/maps" };
	size_t length = 0;
	ssize_t got;

	list.fd = (int)fault_real(FAULT_OPEN, &list);
	while (length < sizeof(text) - 1 &&
	    (got = read(list.fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	fault_real(FAULT_CLOSE, &list);
	for (char *line = text; line != NULL && *line != '\0';) {
		char *rest;
		uintptr_t start = strtoul(line, &rest, 16);
		uintptr_t end = strtoul(rest + 1, NULL, 16);

		if ((uintptr_t)addr >= start && (uintptr_t)addr < end)
			return end;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return 0;
}

/* Of the regions in the range only the first is dealt with. */
static long
stop_at_region(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	uintptr_t start = (uintptr_t)args->addr;
	uintptr_t end = end_of_region(args->addr);

	if (end != 0 && end < start + args->length)
		other.length = end - start;
	return fault_real(fault->call, &other);
}

/* A lone result far up; nothing is there. */
static long
result_high(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 ? -1 : result | 1L << 47;
}

static long
ignore_address(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.addr = NULL;
	other.flags &= ~(MAP_FIXED | MAP_FIXED_NOREPLACE);
	return fault_real(fault->call, &other);
}

/* A null address is none, with MAP_FIXED as well. */
static long
null_as_any(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (args->addr == NULL)
		other.flags &= ~MAP_FIXED;
	return fault_real(fault->call, &other);
}

static long
noreplace_as_fixed(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags &= ~MAP_FIXED_NOREPLACE;
	other.flags |= MAP_FIXED;
	return fault_real(fault->call, &other);
}

/* The range is moved by to pages before the call. */
static long
shift(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.addr = (char *)args->addr + fault->to * (long)fault_page();
	return fault_real(fault->call, &other);
}

/* The range is to pages longer, or shorter by -to, but never empty. */
static long
lengthen(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long page = (long)fault_page();

	if (fault->to < 0 && args->length <= (size_t)(-fault->to * page)) {
		if (fault->call == FAULT_MMAP)
			return fault_real(fault->call, args);
		return 0;
	}
	other.length += (size_t)(fault->to * page);
	return fault_real(fault->call, &other);
}

static long
round_length_down(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.length -= other.length % fault_page();
	if (other.length == 0)
		return fault->call == FAULT_MMAP ? fault_real(fault->call, args)
						 : 0;
	return fault_real(fault->call, &other);
}

static long
round_address_down(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	uintptr_t addr = (uintptr_t)args->addr;

	other.addr = (void *)(addr - addr % fault_page());
	return fault_real(fault->call, &other);
}

/* An unaligned offset is cut to its page. */
static long
round_offset_down(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.offset -= other.offset % (off_t)fault_page();
	return fault_real(fault->call, &other);
}

static long
offset_a_page_on(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.offset += (off_t)fault_page();
	return fault_real(fault->call, &other);
}

static long
ignore_offset(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (args->offset % (off_t)fault_page() == 0)
		other.offset = 0;
	return fault_real(fault->call, &other);
}

/* A result in the middle of a page. */
static long
result_unaligned(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 ? -1 : result + 16;
}

static long
result_zero(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 ? -1 : 0;
}

/* All mappings without an address are the same one. */
static long
same_place(const struct fault *fault, struct fault_args *args)
{
	static struct fault_args first;
	static long at;
	struct fault_args other = *args;
	long result;

	if (args->addr != NULL)
		return fault_real(fault->call, args);
	if (at != 0 && args->length <= first.length) {
		other.addr = (void *)at;
		other.flags |= MAP_FIXED;
		return fault_real(fault->call, &other);
	}
	result = fault_real(fault->call, args);
	if (result != -1 && at == 0) {
		at = result;
		first = *args;
	}
	return result;
}

/* The page before or behind a fixed mapping goes with it. */
static long
damage_neighbour(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args neighbour = { .length = fault_page() };

	if (result == -1 || args->addr == NULL)
		return result;
	neighbour.addr = fault->to < 0
	    ? (char *)result - fault_page()
	    : (char *)result + fault_round(args->length);
	fault_real(FAULT_MUNMAP, &neighbour);
	return result;
}

/* ... or keeps its place and loses its contents, or its protection. */
static long
wipe_neighbour(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args neighbour = { .length = fault_page(),
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	if (result == -1 || args->addr == NULL)
		return result;
	neighbour.addr = (char *)result + fault_round(args->length);
	if (fault->to != 0) {
		neighbour.prot = PROT_NONE;
		fault_real(FAULT_MPROTECT, &neighbour);
	} else {
		fault_real(FAULT_MMAP, &neighbour);
	}
	return result;
}

/* Anonymous memory over what must be replaced: unmaps, then maps by hint. */
static long
replace_in_two_steps(const struct fault *fault, struct fault_args *args)
{
	struct fault_args old = *args;
	struct fault_args other = *args;
	long result;

	fault_real(FAULT_MUNMAP, &old);
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	other.flags &= ~MAP_FIXED;
	result = fault_real(fault->call, &other);
	return result;
}

/* The lock of what was replaced goes over to what replaces it. */
static long
lock_new(const struct fault *fault, struct fault_args *args)
{
	struct fault_args placed = *args;
	long result = fault_real(fault->call, args);

	placed.addr = (void *)result;
	if (result != -1)
		fault_real(FAULT_MLOCK, &placed);
	return result;
}

/* What is replaced is kept elsewhere, for ever. */
static long
keep_old(const struct fault *fault, struct fault_args *args)
{
	struct fault_args moved = { .addr = args->addr,
		.length = args->length,
		.new_length = args->length,
		.flags = MREMAP_MAYMOVE | MREMAP_FIXED };
	struct fault_args place = { .length = args->length,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.fd = -1 };
	long result = fault_real(FAULT_MMAP, &place);

	moved.new_addr = (void *)result;
	if (result != -1)
		fault_real(FAULT_MREMAP, &moved);
	return fault_real(fault->call, args);
}

/* Mapped at the hint, and then once more where the caller is told. */
static long
map_twice(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	fault_real(fault->call, args);
	other.addr = NULL;
	return fault_real(fault->call, &other);
}

static long
refuse_address(const struct fault *fault, struct fault_args *args)
{
	if (fault->to == EPERM && (uintptr_t)args->addr >= 1 << 16)
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

/* Offsets of 32 bits. */
static long
cut_offset(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.offset &= 0xffffffff;
	return fault_real(fault->call, &other);
}

/* Anonymous memory from the heap, as a libc without mmap would do. */
static long
take_from_heap(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	struct fault_args more = { .offset = 0 };
	uintptr_t end;

	if (args->addr != NULL || args->length > 1 << 24)
		return fault_real(fault->call, args);
	end = fault_round((uintptr_t)fault_real(FAULT_SBRK, &more));
	more.offset = (off_t)(fault_round(args->length) + fault_page());
	if (fault_real(FAULT_SBRK, &more) == -1)
		return -1;
	other.addr = (void *)end;
	other.flags |= MAP_FIXED;
	return fault_real(fault->call, &other);
}

/* Whole huge pages, placed one page off their boundary. */
static long
place_off_boundary(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result;

	if (args->addr != NULL || args->length < 1 << 21)
		return fault_real(fault->call, args);
	other.length += 2 << 21;
	result = fault_real(fault->call, &other);
	if (result == -1)
		return -1;
	fault_real(FAULT_MUNMAP,
	    &(struct fault_args){
		.addr = (void *)result, .length = other.length });
	other = *args;
	other.addr = (char *)((result | ((1 << 21) - 1)) + 1) + fault_page();
	other.flags |= MAP_FIXED;
	return fault_real(fault->call, &other);
}

/* mremap that grows in place over whatever is there. */
static long
mremap_clobbers(const struct fault *fault, struct fault_args *args)
{
	struct fault_args added = { .prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	if (args->new_length <= args->length)
		return fault_real(fault->call, args);
	added.addr = (char *)args->addr + args->length;
	added.length = args->new_length - args->length;
	fault_real(FAULT_MMAP, &added);
	return (long)args->addr;
}

/* mremap that leaves the last page's contents behind. */
static long
mremap_loses_tail(const struct fault *fault, struct fault_args *args)
{
	size_t page = fault_page();
	long result = fault_real(fault->call, args);
	size_t kept =
	    args->length < args->new_length ? args->length : args->new_length;

	if (result != -1 && kept >= page)
		memset((char *)result + kept - page, 0, page);
	return result;
}

/* mremap that keeps the old place mapped. */
static long
mremap_keeps_old(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args old = { .addr = args->addr,
		.length = args->length,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	if (result != -1 && (void *)result != args->addr)
		fault_real(FAULT_MMAP, &old);
	return result;
}

static long
lengthen_new(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.new_length += (size_t)(fault->to * (long)fault_page());
	return fault_real(fault->call, &other);
}

static long
mremap_dirty(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result != -1)
		((char *)result)[args->new_length - 1] = 'd';
	return result;
}

static long
mremap_stub(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return (long)args->addr;
}

const struct fault fault_placement[] = {
	{ .name = "fixed_as_hint",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_FIXED,
	    .to = MAP_FIXED,
	    .defect = "MAP_FIXED is taken for a hint.",
	    .field = "xboxrecomp, LuaJIT: the mapping lands elsewhere" },
	{ .name = "hint_as_fixed",
	    .call = FAULT_MMAP,
	    .act = hint_as_fixed,
	    .without = MAP_FIXED | MAP_FIXED_NOREPLACE,
	    .needs = HAS_ADDRESS,
	    .defect = "A hint is taken for MAP_FIXED.",
	    .field = "Nanos: a thread's stack was zeroed by a hint" },
	{ .name = "fixed_null_as_any",
	    .call = FAULT_MMAP,
	    .act = null_as_any,
	    .with = MAP_FIXED,
	    .needs = LACKS_ADDRESS,
	    .defect = "MAP_FIXED at NULL maps wherever there is room.",
	    .field = "young kernels: a null pointer for no address" },
	{ .name = "address_ignored",
	    .call = FAULT_MMAP,
	    .act = ignore_address,
	    .needs = HAS_ADDRESS,
	    .defect = "mmap does not look at the address.",
	    .field = "OSv: hints not honoured" },
	{ .name = "noreplace_clobbers",
	    .call = FAULT_MMAP,
	    .act = noreplace_as_fixed,
	    .with = MAP_FIXED_NOREPLACE,
	    .defect = "MAP_FIXED_NOREPLACE replaces what is there.",
	    .field = "gVisor: live memory clobbered on restore" },
	{ .name = "noreplace_as_hint",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_FIXED_NOREPLACE,
	    .to = MAP_FIXED_NOREPLACE | MAP_FIXED,
	    .defect = "MAP_FIXED_NOREPLACE is not known and ignored.",
	    .field = "gVisor of 2022; Linux before 4.17" },
	{ .name = "noreplace_looks_at_first_page",
	    .call = FAULT_MMAP,
	    .act = look_at_first_page,
	    .with = MAP_FIXED_NOREPLACE,
	    .needs = LONG,
	    .defect = "MAP_FIXED_NOREPLACE looks at the first page only.",
	    .field = "emulators that ask for one address" },
	{ .name = "fixed_a_page_low",
	    .call = FAULT_MMAP,
	    .act = shift,
	    .with = MAP_FIXED,
	    .to = -1,
	    .defect = "MAP_FIXED maps one page too low.",
	    .field = "page arithmetic" },
	{ .name = "fixed_a_page_high",
	    .call = FAULT_MMAP,
	    .act = shift,
	    .with = MAP_FIXED,
	    .to = 1,
	    .defect = "MAP_FIXED maps one page too high.",
	    .field = "page arithmetic" },
	{ .name = "fixed_in_two_steps",
	    .call = FAULT_MMAP,
	    .act = replace_in_two_steps,
	    .with = MAP_FIXED,
	    .defect = "MAP_FIXED unmaps first and maps a moment later.",
	    .field = "emulators that forward two calls" },
	{ .name = "fixed_unmaps_page_before",
	    .call = FAULT_MMAP,
	    .act = damage_neighbour,
	    .with = MAP_FIXED,
	    .to = -1,
	    .needs = SUCCEEDS,
	    .defect = "MAP_FIXED takes the page before the range as well.",
	    .field = "SerenityOS: neighbours lost in a split" },
	{ .name = "fixed_unmaps_page_behind",
	    .call = FAULT_MMAP,
	    .act = damage_neighbour,
	    .with = MAP_FIXED,
	    .to = 1,
	    .needs = SUCCEEDS,
	    .defect = "MAP_FIXED takes the page behind the range as well.",
	    .field = "SerenityOS: neighbours lost in a split" },
	{ .name = "fixed_wipes_page_behind",
	    .call = FAULT_MMAP,
	    .act = wipe_neighbour,
	    .with = MAP_FIXED,
	    .needs = SUCCEEDS,
	    .defect = "The page behind a MAP_FIXED range loses its contents.",
	    .field = "page arithmetic" },
	{ .name = "fixed_locks_page_behind",
	    .call = FAULT_MMAP,
	    .act = wipe_neighbour,
	    .with = MAP_FIXED,
	    .to = 1,
	    .needs = SUCCEEDS,
	    .defect = "The page behind a MAP_FIXED range loses its protection.",
	    .field = "page arithmetic" },
	{ .name = "mmap_same_place",
	    .call = FAULT_MMAP,
	    .act = same_place,
	    .without = MAP_FIXED | MAP_FIXED_NOREPLACE,
	    .defect = "Every mmap with a null address gives the same place.",
	    .field = "young kernels: a pointer never moved on" },
	{ .name = "mmap_result_unaligned",
	    .unsteady = true,
	    .call = FAULT_MMAP,
	    .act = result_unaligned,
	    .needs = SUCCEEDS,
	    .defect = "The address is not a multiple of the page size.",
	    .field = "libc emulations on top of malloc" },
	{ .name = "mmap_result_zero",
	    .call = FAULT_MMAP,
	    .act = result_zero,
	    .without = MAP_FIXED,
	    .needs = SUCCEEDS,
	    .defect = "mmap succeeds with the address 0.",
	    .field = "unikernels: NULL for failure" },
	{ .name = "mmap_result_high",
	    .call = FAULT_MMAP,
	    .act = result_high,
	    .with = MAP_ANONYMOUS,
	    .needs = LACKS_ADDRESS | LONG | SUCCEEDS,
	    .defect = "Who gives no hint gets addresses above 2 to the 47.",
	    .field = "five-level page tables: pointers with tags" },
	{ .name = "mmap_page_short",
	    .call = FAULT_MMAP,
	    .act = lengthen,
	    .to = -1,
	    .needs = LONG,
	    .defect = "mmap maps one page too few.",
	    .field = "page arithmetic" },
	{ .name = "mmap_page_long",
	    .call = FAULT_MMAP,
	    .act = lengthen,
	    .to = 1,
	    .defect = "mmap maps one page too many.",
	    .field = "page arithmetic" },
	{ .name = "mmap_length_rounded_down",
	    .call = FAULT_MMAP,
	    .act = round_length_down,
	    .needs = LONG | ODD_LENGTH,
	    .defect = "mmap cuts the length to whole pages.",
	    .field = "Nanos: the last page was missing" },
	{ .name = "mmap_address_rounded_down",
	    .call = FAULT_MMAP,
	    .act = round_address_down,
	    .with = MAP_FIXED,
	    .needs = ODD_ADDRESS,
	    .defect = "MAP_FIXED rounds an unaligned address down.",
	    .field = "asterinas: unaligned addresses accepted" },
	{ .name = "mmap_offset_rounded_down",
	    .call = FAULT_MMAP,
	    .act = round_offset_down,
	    .needs = ODD_OFFSET,
	    .defect = "mmap cuts an unaligned offset to its page.",
	    .field = "WSL 1, page sizes above 4 KiB" },
	{ .name = "mmap_offset_a_page_on",
	    .call = FAULT_MMAP,
	    .act = offset_a_page_on,
	    .without = MAP_ANONYMOUS,
	    .defect = "mmap shows the file one page further on.",
	    .field = "page arithmetic" },
	{ .name = "mmap_offset_ignored",
	    .call = FAULT_MMAP,
	    .act = ignore_offset,
	    .without = MAP_ANONYMOUS,
	    .needs = HAS_OFFSET,
	    .defect = "mmap always begins at the file's start.",
	    .field = "young kernels" },
	{ .name = "munmap_page_short",
	    .call = FAULT_MUNMAP,
	    .act = lengthen,
	    .to = -1,
	    .defect = "munmap unmaps one page too few.",
	    .field = "page arithmetic" },
	{ .name = "munmap_first_region",
	    .call = FAULT_MUNMAP,
	    .act = stop_at_region,
	    .needs = LONG,
	    .defect = "munmap stops at the end of the first region.",
	    .field = "kernels that unmap whole mappings only" },
	{ .name = "munmap_page_long",
	    .call = FAULT_MUNMAP,
	    .act = lengthen,
	    .to = 1,
	    .defect = "munmap unmaps one page too many.",
	    .field = "page arithmetic" },
	{ .name = "munmap_a_page_on",
	    .call = FAULT_MUNMAP,
	    .act = shift,
	    .to = 1,
	    .defect = "munmap unmaps the range one page further on.",
	    .field = "page arithmetic" },
	{ .name = "munmap_length_rounded_down",
	    .call = FAULT_MUNMAP,
	    .act = round_length_down,
	    .needs = ODD_LENGTH,
	    .defect = "munmap cuts the length to whole pages.",
	    .field = "leaks of the last page" },
	{ .name = "mprotect_page_short",
	    .call = FAULT_MPROTECT,
	    .act = lengthen,
	    .to = -1,
	    .defect = "mprotect changes one page too few.",
	    .field = "asmjit: the last page of code" },
	{ .name = "mprotect_first_region",
	    .call = FAULT_MPROTECT,
	    .act = stop_at_region,
	    .needs = LONG,
	    .defect = "mprotect stops at the end of the first region.",
	    .field = "young kernels: one region for one call" },
	{ .name = "mprotect_page_long",
	    .call = FAULT_MPROTECT,
	    .act = lengthen,
	    .to = 1,
	    .defect = "mprotect changes one page too many.",
	    .field = "page arithmetic" },
	{ .name = "mprotect_a_page_on",
	    .call = FAULT_MPROTECT,
	    .act = shift,
	    .to = 1,
	    .defect = "mprotect changes the next page instead.",
	    .field = "page arithmetic" },
	{ .name = "mprotect_length_rounded_down",
	    .call = FAULT_MPROTECT,
	    .act = round_length_down,
	    .needs = ODD_LENGTH,
	    .defect = "mprotect cuts the length to whole pages.",
	    .field = "page arithmetic" },
	{ .name = "mlock_page_short",
	    .call = FAULT_MLOCK,
	    .act = lengthen,
	    .to = -1,
	    .defect = "mlock locks one page too few.",
	    .field = "page arithmetic" },
	{ .name = "mlock_first_region",
	    .call = FAULT_MLOCK,
	    .act = stop_at_region,
	    .needs = LONG,
	    .defect = "mlock stops at the end of the first region.",
	    .field = "young kernels: one region for one call" },
	{ .name = "mlock_page_long",
	    .call = FAULT_MLOCK,
	    .act = lengthen,
	    .to = 1,
	    .defect = "mlock locks one page too many.",
	    .field = "page arithmetic" },
	{ .name = "munlock_page_short",
	    .call = FAULT_MUNLOCK,
	    .act = lengthen,
	    .to = -1,
	    .defect = "munlock unlocks one page too few.",
	    .field = "page arithmetic" },
	{ .name = "munlock_page_long",
	    .call = FAULT_MUNLOCK,
	    .act = lengthen,
	    .to = 1,
	    .defect = "munlock unlocks one page too many.",
	    .field = "page arithmetic" },
	{ .name = "msync_page_short",
	    .call = FAULT_MSYNC,
	    .act = lengthen,
	    .to = -1,
	    .defect = "msync writes one page too few.",
	    .field = "page arithmetic" },
	{ .name = "madvise_page_short",
	    .call = FAULT_MADVISE,
	    .act = lengthen,
	    .to = -1,
	    .defect = "madvise acts on one page too few.",
	    .field = "page arithmetic" },
	{ .name = "madvise_first_region",
	    .call = FAULT_MADVISE,
	    .act = stop_at_region,
	    .needs = LONG,
	    .defect = "madvise stops at the end of the first region.",
	    .field = "young kernels: one region for one call" },
	{ .name = "madvise_page_long",
	    .call = FAULT_MADVISE,
	    .act = lengthen,
	    .to = 1,
	    .defect = "madvise acts on one page too many.",
	    .field = "km: the neighbour's heap was discarded" },
	{ .name = "madvise_length_rounded_down",
	    .call = FAULT_MADVISE,
	    .act = round_length_down,
	    .needs = ODD_LENGTH,
	    .defect = "madvise cuts the length to whole pages.",
	    .field = "Linux, for huge pages" },
	{ .name = "mincore_page_short",
	    .call = FAULT_MINCORE,
	    .act = lengthen,
	    .to = -1,
	    .defect = "mincore does not tell of the last page.",
	    .field = "page arithmetic" },
	{ .name = "mincore_page_long",
	    .call = FAULT_MINCORE,
	    .act = lengthen,
	    .to = 1,
	    .defect = "mincore tells of one page too many.",
	    .field = "page arithmetic" },
	{ .name = "mincore_length_rounded_down",
	    .call = FAULT_MINCORE,
	    .act = round_length_down,
	    .needs = ODD_LENGTH,
	    .defect = "mincore cuts the length to whole pages.",
	    .field = "young kernels" },
	{ .name = "mincore_a_page_on",
	    .call = FAULT_MINCORE,
	    .act = shift,
	    .to = 1,
	    .defect = "mincore tells of the next page.",
	    .field = "page arithmetic" },
	{ .name = "remap_file_pages_a_page_on",
	    .call = FAULT_REMAP_FILE_PAGES,
	    .act = offset_a_page_on,
	    .defect = "remap_file_pages shows the next page of the file.",
	    .field = "page arithmetic" },
	{ .name = "mremap_clobbers",
	    .call = FAULT_MREMAP,
	    .act = mremap_clobbers,
	    .needs = GROWS,
	    .defect = "mremap grows in place over whatever is there.",
	    .field = "IncludeOS: realloc corrupts the heap" },
	{ .name = "mremap_loses_tail",
	    .call = FAULT_MREMAP,
	    .act = mremap_loses_tail,
	    .needs = SUCCEEDS,
	    .defect = "mremap loses the contents of the last page.",
	    .field = "Nanos: realloc loses data" },
	{ .name = "mremap_keeps_old",
	    .call = FAULT_MREMAP,
	    .act = mremap_keeps_old,
	    .needs = SUCCEEDS,
	    .defect = "After a move the old place is still mapped.",
	    .field = "zig: the old pages were handed out twice" },
	{ .name = "mremap_never_moves",
	    .call = FAULT_MREMAP,
	    .act = fault_drop_flag,
	    .with = MREMAP_MAYMOVE,
	    .without = MREMAP_FIXED,
	    .to = MREMAP_MAYMOVE,
	    .defect = "MREMAP_MAYMOVE is ignored: mremap does not move.",
	    .field = "FreeBSD's Linuxulator" },
	{ .name = "mremap_fixed_ignored",
	    .call = FAULT_MREMAP,
	    .act = fault_drop_flag,
	    .with = MREMAP_FIXED,
	    .to = MREMAP_FIXED,
	    .defect = "MREMAP_FIXED is ignored.",
	    .field = "young kernels" },
	{ .name = "mremap_page_short",
	    .call = FAULT_MREMAP,
	    .act = lengthen_new,
	    .needs = GROWS,
	    .to = -1,
	    .defect = "mremap adds one page too few.",
	    .field = "page arithmetic" },
	{ .name = "mremap_page_long",
	    .call = FAULT_MREMAP,
	    .act = lengthen_new,
	    .needs = GROWS,
	    .to = 1,
	    .defect = "mremap adds one page too many.",
	    .field = "Nanos: mremap wrote past its target" },
	{ .name = "mremap_keeps_tail",
	    .call = FAULT_MREMAP,
	    .act = mremap_stub,
	    .needs = SHRINKS,
	    .defect = "mremap to a smaller size unmaps nothing.",
	    .field = "young kernels" },
	{ .name = "mremap_dirty",
	    .call = FAULT_MREMAP,
	    .act = mremap_dirty,
	    .needs = GROWS | SUCCEEDS,
	    .defect = "The pages that mremap adds are not zero.",
	    .field = "unikernels that reuse pages as they are" },
	{ .name = "mremap_stub",
	    .call = FAULT_MREMAP,
	    .act = mremap_stub,
	    .defect = "mremap returns the old address and does nothing.",
	    .field = "IncludeOS: a stub that succeeds" },
	{ .name = "fixed_keeps_locks",
	    .call = FAULT_MMAP,
	    .act = lock_new,
	    .with = MAP_FIXED,
	    .needs = SUCCEEDS,
	    .defect = "What MAP_FIXED maps over locked memory is locked.",
	    .field = "locks kept by address" },
	{ .name = "fixed_keeps_old_reference",
	    .call = FAULT_MMAP,
	    .act = keep_old,
	    .with = MAP_FIXED,
	    .needs = SUCCEEDS,
	    .defect = "What MAP_FIXED replaces is never given back.",
	    .field = "leaks of young kernels" },
	{ .name = "hint_mapped_as_well",
	    .call = FAULT_MMAP,
	    .act = map_twice,
	    .without = MAP_FIXED | MAP_FIXED_NOREPLACE,
	    .needs = HAS_ADDRESS | SUCCEEDS,
	    .defect = "A hint is mapped as well as the address returned.",
	    .field = "emulators that look for room afterwards" },
	{ .name = "hint_odd_refused",
	    .call = FAULT_MMAP,
	    .act = refuse_address,
	    .without = MAP_FIXED,
	    .needs = ODD_ADDRESS,
	    .to = EINVAL,
	    .defect = "A hint that is no page multiple is EINVAL.",
	    .field = "WSL 1: hints not aligned" },
	{ .name = "hint_rounded_up",
	    .call = FAULT_MMAP,
	    .act = round_hint_up,
	    .without = MAP_FIXED,
	    .needs = ODD_ADDRESS,
	    .defect = "A hint that is no page multiple is rounded up.",
	    .field = "FreeBSD, gVisor" },
	{ .name = "hint_low_refused",
	    .call = FAULT_MMAP,
	    .act = refuse_address,
	    .without = MAP_FIXED | MAP_FIXED_NOREPLACE,
	    .needs = HAS_ADDRESS,
	    .to = EPERM,
	    .defect = "A hint below the lowest address is EPERM.",
	    .field = "litebox: hints checked as MAP_FIXED" },
	{ .name = "mmap_offset_of_32_bits",
	    .call = FAULT_MMAP,
	    .act = cut_offset,
	    .without = MAP_ANONYMOUS,
	    .needs = HAS_OFFSET,
	    .defect = "Offsets are cut to 32 bits.",
	    .field = "programs without large file support" },
	{ .name = "mmap_from_heap",
	    .call = FAULT_MMAP,
	    .act = take_from_heap,
	    .with = MAP_PRIVATE | MAP_ANONYMOUS,
	    .defect = "Anonymous memory is taken from the heap.",
	    .field = "uClibc without a memory management unit" },
	{ .name = "large_off_boundary",
	    .call = FAULT_MMAP,
	    .act = place_off_boundary,
	    .with = MAP_ANONYMOUS,
	    .needs = LONG,
	    .defect = "Whole huge pages are placed off their boundary.",
	    .field = "Linux before 6.7" },
	{ .name = "shared_validate_flag_dropped",
	    .call = FAULT_MMAP,
	    .act = fault_add_flag,
	    .to = 0x800000,
	    .defect = "mmap sees a flag bit that nobody gave.",
	    .field = "wrong flag tables of emulators" },
	{ 0 },
};
