/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of placement and extent: where memory goes, how much of it, and
 * what happens to the neighbours.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

static long
ignore_address(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.addr = NULL;
	other.flags &= ~(MAP_FIXED | MAP_FIXED_NOREPLACE);
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
	for (volatile int i = 0; i < 20000; i++)
		;
	other.flags &= ~MAP_FIXED;
	result = fault_real(fault->call, &other);
	return result;
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
	    .defect = "A hint is taken for MAP_FIXED.",
	    .field = "Nanos: a thread's stack was zeroed by a hint" },
	{ .name = "address_ignored",
	    .call = FAULT_MMAP,
	    .act = ignore_address,
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
	    .unsteady = true,
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
	    .defect = "MAP_FIXED takes the page before the range as well.",
	    .field = "SerenityOS: neighbours lost in a split" },
	{ .name = "fixed_unmaps_page_behind",
	    .call = FAULT_MMAP,
	    .act = damage_neighbour,
	    .with = MAP_FIXED,
	    .to = 1,
	    .defect = "MAP_FIXED takes the page behind the range as well.",
	    .field = "SerenityOS: neighbours lost in a split" },
	{ .name = "fixed_wipes_page_behind",
	    .call = FAULT_MMAP,
	    .act = wipe_neighbour,
	    .with = MAP_FIXED,
	    .defect = "The page behind a MAP_FIXED range loses its contents.",
	    .field = "page arithmetic" },
	{ .name = "fixed_locks_page_behind",
	    .call = FAULT_MMAP,
	    .act = wipe_neighbour,
	    .with = MAP_FIXED,
	    .to = 1,
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
	    .defect = "The address is not a multiple of the page size.",
	    .field = "libc emulations on top of malloc" },
	{ .name = "mmap_result_zero",
	    .call = FAULT_MMAP,
	    .act = result_zero,
	    .without = MAP_FIXED,
	    .defect = "mmap succeeds with the address 0.",
	    .field = "unikernels: NULL for failure" },
	{ .name = "mmap_page_short",
	    .call = FAULT_MMAP,
	    .act = lengthen,
	    .to = -1,
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
	    .defect = "mmap cuts the length to whole pages.",
	    .field = "Nanos: the last page was missing" },
	{ .name = "mmap_address_rounded_down",
	    .call = FAULT_MMAP,
	    .act = round_address_down,
	    .with = MAP_FIXED,
	    .defect = "MAP_FIXED rounds an unaligned address down.",
	    .field = "asterinas: unaligned addresses accepted" },
	{ .name = "mmap_offset_rounded_down",
	    .call = FAULT_MMAP,
	    .act = round_offset_down,
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
	    .defect = "mmap always begins at the file's start.",
	    .field = "young kernels" },
	{ .name = "munmap_page_short",
	    .call = FAULT_MUNMAP,
	    .act = lengthen,
	    .to = -1,
	    .defect = "munmap unmaps one page too few.",
	    .field = "page arithmetic" },
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
	    .defect = "munmap cuts the length to whole pages.",
	    .field = "leaks of the last page" },
	{ .name = "mprotect_page_short",
	    .call = FAULT_MPROTECT,
	    .act = lengthen,
	    .to = -1,
	    .defect = "mprotect changes one page too few.",
	    .field = "asmjit: the last page of code" },
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
	    .defect = "mprotect cuts the length to whole pages.",
	    .field = "page arithmetic" },
	{ .name = "mlock_page_short",
	    .call = FAULT_MLOCK,
	    .act = lengthen,
	    .to = -1,
	    .defect = "mlock locks one page too few.",
	    .field = "page arithmetic" },
	{ .name = "munlock_page_short",
	    .call = FAULT_MUNLOCK,
	    .act = lengthen,
	    .to = -1,
	    .defect = "munlock unlocks one page too few.",
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
	{ .name = "madvise_page_long",
	    .call = FAULT_MADVISE,
	    .act = lengthen,
	    .to = 1,
	    .defect = "madvise acts on one page too many.",
	    .field = "km: the neighbour's heap was discarded" },
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
	    .defect = "mremap grows in place over whatever is there.",
	    .field = "IncludeOS: realloc corrupts the heap" },
	{ .name = "mremap_loses_tail",
	    .call = FAULT_MREMAP,
	    .act = mremap_loses_tail,
	    .defect = "mremap loses the contents of the last page.",
	    .field = "Nanos: realloc loses data" },
	{ .name = "mremap_keeps_old",
	    .call = FAULT_MREMAP,
	    .act = mremap_keeps_old,
	    .defect = "After a move the old place is still mapped.",
	    .field = "zig: the old pages were handed out twice" },
	{ .name = "mremap_stub",
	    .call = FAULT_MREMAP,
	    .act = mremap_stub,
	    .defect = "mremap returns the old address and does nothing.",
	    .field = "IncludeOS: a stub that succeeds" },
	{ .name = "shared_validate_flag_dropped",
	    .call = FAULT_MMAP,
	    .act = fault_add_flag,
	    .to = 0x800000,
	    .defect = "mmap sees a flag bit that nobody gave.",
	    .field = "wrong flag tables of emulators" },
	{ 0 },
};
