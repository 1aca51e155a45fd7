/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generic faults: what could go wrong with any call under test, whichever it
 * is.  They break no claim by name; each is put on the last call that a case
 * makes, and the case has to notice it, or ci/faults/generic.tsv says why not.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "faults.h"
#include "rows.h"

#define BIT(call) (1 << (call))

/* Calls that give memory, or change what it is like. */
#define OF_MEMORY (BIT(FAULT_MMAP) | BIT(FAULT_MREMAP) | BIT(FAULT_MPROTECT))
#define ALL       (BIT(FAULT_FORK) - 1)

#define NO_FILE 999 /* a descriptor that nobody has */

static long
fail_oddly(const struct fault *fault, struct fault_args *args)
{
	return fault_current() == FAULT_POSIX_MADVISE ? fault->to
						      : fault_fail(fault, args);
}

/* A place where nothing is. */
static long
free_place(const struct fault_args *args)
{
	struct fault_args place = { .length = args->length,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.fd = -1 };
	long result = fault_real(FAULT_MMAP, &place);

	place.addr = (void *)result;
	if (result == -1)
		return (long)(fault_page() << 4);
	fault_real(FAULT_MUNMAP, &place);
	return result;
}

static long
do_nothing(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	switch (fault_current()) {
	case FAULT_MMAP:
		return (args->flags & MAP_FIXED) != 0 ? (long)args->addr
						      : free_place(args);
	case FAULT_MREMAP:
		return (args->flags & MREMAP_FIXED) != 0 ? (long)args->new_addr
							 : (long)args->addr;
	case FAULT_SHM_OPEN:
	case FAULT_MEMFD_CREATE:
		return NO_FILE;
	default:
		return 0;
	}
}

/* The memory that a call is about, once it has succeeded. */
static struct fault_args
memory_of(const struct fault_args *args, long result)
{
	enum fault_call call = fault_current();
	struct fault_args memory = { .addr = args->addr,
		.length = args->length,
		.prot = args->prot,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };

	if (call == FAULT_MREMAP) {
		memory.length = args->new_length;
		memory.prot = PROT_READ | PROT_WRITE;
	}
	if (call != FAULT_MPROTECT)
		memory.addr = (void *)(result - result % (long)fault_page());
	memory.length = fault_round(memory.length);
	if (call == FAULT_MMAP && (args->flags & MAP_HUGETLB) != 0)
		memory.length = (memory.length + (1 << 21) - 1) >> 21 << 21;
	return memory;
}

static long
make_inaccessible(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault_current(), args);
	struct fault_args memory;

	(void)fault;
	if (result == -1)
		return -1;
	memory = memory_of(args, result);
	memory.prot = PROT_NONE;
	fault_real(FAULT_MPROTECT, &memory);
	return result;
}

static long
fill_with_other_bytes(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault_current(), args);
	struct fault_args memory;
	int prot;

	if (result == -1)
		return -1;
	memory = memory_of(args, result);
	prot = memory.prot;
	memory.prot = PROT_READ | PROT_WRITE;
	if (fault_real(FAULT_MMAP, &memory) == -1)
		return result;
	if (memory.length <= (size_t)64 << 20)
		memset(memory.addr, fault->to, memory.length);
	memory.prot = prot;
	fault_real(FAULT_MPROTECT, &memory);
	return result;
}

const struct fault fault_generic[] = {
#include "generic.def"
	{ 0 }
};
