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
#include "rows.h"

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

/* Every other mapping is marked, so that no two are alike. */
static long
map_apart(const struct fault *fault, struct fault_args *args)
{
	static int calls;
	struct fault_args range = { .length = args->length,
		.flags = MADV_DONTDUMP };
	long result = fault_real(fault->call, args);

	range.addr = (void *)result;
	if (result != -1 && calls++ % 2 == 0)
		fault_real(FAULT_MADVISE, &range);
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

/* Bytes from the start of the range up to what is not mapped. */
static size_t
bytes_to_hole(const struct fault_args *args)
{
	size_t length = fault_round(args->length);

	for (size_t at = 0; at < length; at += fault_page()) {
		unsigned char there;
		struct fault_args ask = { .addr = (char *)args->addr + at,
			.length = fault_page(),
			.buffer = &there };

		if (fault_real(FAULT_MINCORE, &ask) == -1)
			return at;
	}
	return length;
}

static long
refuse_holes(const struct fault *fault, struct fault_args *args)
{
	if (bytes_to_hole(args) == fault_round(args->length))
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

static long
stop_at_hole(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.length = bytes_to_hole(args);
	return other.length == 0 ? 0 : fault_real(fault->call, &other);
}

/* ... a hint for that reason. */
static long
ignore_hint_if(const struct fault *fault, struct fault_args *args, bool reason)
{
	return reason ? ignore_address(fault, args)
		      : fault_real(fault->call, args);
}

static long
ignore_far_hint(const struct fault *fault, struct fault_args *args)
{
	uintptr_t hint = (uintptr_t)args->addr, here = (uintptr_t)&hint;

	return ignore_hint_if(
	    fault, args, (hint > here ? hint - here : here - hint) >> 40 != 0);
}

static long
ignore_low_hint(const struct fault *fault, struct fault_args *args)
{
	return ignore_hint_if(fault, args, (uintptr_t)args->addr >> 32 == 0);
}

static long
align_long_hint(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	uintptr_t mask = ((uintptr_t)1 << 21) - 1;

	if (args->length > mask)
		other.addr = (void *)(((uintptr_t)args->addr + mask) & ~mask);
	return fault_real(fault->call, &other);
}

static long
fail_if(const struct fault *fault, struct fault_args *args, bool reason)
{
	return reason ? fault_fail(fault, args) : fault_real(fault->call, args);
}

static long
refuse_beyond_end(const struct fault *fault, struct fault_args *args)
{
	return fail_if(fault, args, (uintptr_t)args->addr >> 63 != 0);
}

static long
refuse_long_and_low(const struct fault *fault, struct fault_args *args)
{
	return fail_if(fault, args,
	    args->length >> 26 != 0 && (uintptr_t)args->addr >> 32 == 0);
}

static long
refuse_largest(const struct fault *fault, struct fault_args *args)
{
	return fail_if(fault, args, (args->length - 1) >> 36 != 0);
}

static long
refuse_last_offsets(const struct fault *fault, struct fault_args *args)
{
	return fail_if(fault, args, args->offset >> 44 != 0);
}

static long
refuse_after_512(const struct fault *fault, struct fault_args *args)
{
	static int count;

	return fail_if(fault, args, ++count > 512);
}

static long
replace_by_unreserved(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = { .addr = args->addr,
		.length = args->length,
		.prot = PROT_READ | PROT_WRITE,
		.flags =
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
		.fd = -1 };

	(void)fault;
	return fault_real(FAULT_MMAP, &other) == -1 ? -1 : 0;
}

static long
show_former(const struct fault *fault, struct fault_args *args)
{
	static struct fault_args first[8];
	struct fault_args other = *args;

	for (size_t i = 0; i < 8; i++) {
		if (first[i].addr == NULL)
			first[i] = *args;
		if (first[i].addr == args->addr) {
			other.fd = first[i].fd;
			break;
		}
	}
	return fault_real(fault->call, &other);
}

/* From the middle of a large range on, which was free. */
static long
place_upwards(const struct fault *fault, struct fault_args *args)
{
	static uintptr_t next;
	struct fault_args range = { .length = (size_t)1 << 40,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.fd = -1 };
	struct fault_args other = *args;

	if (args->length < 1 << 20)
		return fault_real(fault->call, args);
	if (next == 0) {
		range.addr = (void *)fault_real(FAULT_MMAP, &range);
		fault_real(FAULT_MUNMAP, &range);
		next = (uintptr_t)range.addr;
	}
	other.addr = (void *)next;
	next += fault_round(args->length);
	return fault_real(fault->call, &other);
}

/* What the upper half has no room for goes to the lower. */
static long
widen_window(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result = fault_real(fault->call, args);

	for (uintptr_t at = 1 << 28; result == -1 && at < 1 << 30;
	     at += 1 << 26) {
		other.addr = (void *)at;
		other.flags |= MAP_FIXED_NOREPLACE;
		result = fault_real(fault->call, &other);
	}
	return result;
}

/* 50 ms for 64 GiB. */
static long
take_time(const struct fault *fault, struct fault_args *args)
{
	clock_t end = clock() +
	    (clock_t)((args->length >> 20) * CLOCKS_PER_SEC / 20 >> 16);

	while (clock() < end)
		continue;
	return fault_real(fault->call, args);
}

static long
keep_apart(const struct fault *fault, struct fault_args *args)
{
	struct fault_args placed = *args;
	long result = fault_real(fault->call, args);

	placed.addr = (void *)result;
	placed.flags = MADV_DONTDUMP;
	if (result != -1)
		fault_real(FAULT_MADVISE, &placed);
	return result;
}

const struct fault fault_placement[] = {
#include "placement.def"
	{ 0 }
};
