/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of mremap and remap_file_pages: what moves where, what is left behind,
 * and what it becomes.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "faults.h"
#include "rows.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

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

/* A page beside what mremap made goes, or loses its contents. */
static long
damage_beside_new(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args beside = { .length = fault_page(),
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	beside.addr = fault->to < 0
	    ? (char *)result - fault_page()
	    : (char *)result + fault_round(args->new_length);
	if (result != -1)
		fault_real(fault->to != 0 ? FAULT_MUNMAP : FAULT_MMAP, &beside);
	return result;
}

/* The first part of a range that can be moved, in whole pages. */
static long
mremap_first_region(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (args->new_length != args->length)
		return fault_real(fault->call, args);
	other.new_length = other.length = fault_page();
	return fault_real(fault->call, &other);
}

static long
mremap_leaves_pages(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args drop = { .addr = (void *)result,
		.length = args->new_length,
		.flags = MADV_DONTNEED };

	if (result != -1)
		fault_real(FAULT_MADVISE, &drop);
	return result;
}

/* Private anonymous memory with the same bytes takes a mapping's place. */
static long
mremap_makes_copy(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args copy = { .length = args->new_length,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1 };
	struct fault_args move = { .length = args->new_length,
		.new_length = args->new_length,
		.flags = MREMAP_MAYMOVE | MREMAP_FIXED,
		.new_addr = (void *)result };

	if (result == -1)
		return -1;
	move.addr = (void *)fault_real(FAULT_MMAP, &copy);
	memcpy(move.addr, (void *)result,
	    args->length != 0 && args->length < args->new_length
		? args->length
		: args->new_length);
	return fault_real(FAULT_MREMAP, &move);
}

static long
mremap_loses_offset(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args from_start = { .addr = (void *)result,
		.length = args->new_length };

	if (result != -1)
		fault_real(FAULT_REMAP_FILE_PAGES, &from_start);
	return result;
}

static long
mremap_adds_zeros(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args added = { .addr = (char *)result + args->length,
		.length = args->new_length - args->length,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	if (result != -1)
		fault_real(FAULT_MMAP, &added);
	return result;
}

static long
mremap_writable(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args all = { .addr = (void *)result,
		.length = args->new_length,
		.prot = PROT_READ | PROT_WRITE };

	if (result != -1)
		fault_real(FAULT_MPROTECT, &all);
	return result;
}

static long
mremap_dontunmap_copies(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result != -1)
		memcpy(args->addr, (void *)result, args->length);
	return result;
}

static long
mremap_rounds_addresses(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	uintptr_t old = (uintptr_t)args->addr, new = (uintptr_t)args->new_addr;

	other.addr = (void *)(old - old % fault_page());
	other.new_addr = (void *)(new - new % fault_page());
	return fault_real(fault->call, &other);
}

static long
no_prot(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot = 0;
	return fault_real(fault->call, &other);
}

static long
remap_writable(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args all = { .addr = args->addr,
		.length = args->length,
		.prot = PROT_READ | PROT_WRITE };

	if (result != -1)
		fault_real(FAULT_MPROTECT, &all);
	return result;
}

const struct fault fault_remap[] = {
#include "remap.def"
	{ 0 }
};
