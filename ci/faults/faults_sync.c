/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of msync, and of changes to a mapped file past its mappings. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

/* ----- What msync does --------------------------------------------------------- */

static long
sync_first_mapping(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->addr);
	struct fault_args other = *args;
	size_t rest;

	if (range != NULL) {
		rest = (size_t)(range->start + range->length -
		    (unsigned char *)args->addr);
		if (other.length > rest)
			other.length = rest;
	}
	return fault_real(fault->call, &other);
}

/* Nothing is done where there is a hole. */
static long
sync_if_whole(const struct fault *fault, struct fault_args *args)
{
	unsigned char vector[64];

	if (args->length <= sizeof(vector) * fault_page() &&
	    syscall(SYS_mincore, args->addr, args->length, vector) == -1)
		return -1;
	return fault_real(fault->call, args);
}

static long
sync_otherwise(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags = fault->to;
	return fault_real(fault->call, &other);
}

static long
sync_and_empty(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->addr);
	long result = fault_real(fault->call, args);

	if (result == 0 && range != NULL && (range->prot & PROT_WRITE) != 0)
		memset(args->addr, 0, args->length);
	return result;
}

static long
sync_and_drop(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->addr);
	long result = fault_real(fault->call, args);

	if (result == 0 && range != NULL && (range->flags & MAP_PRIVATE) != 0)
		syscall(SYS_madvise, args->addr, args->length, MADV_DONTNEED);
	return result;
}

static long
sync_writable(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->addr);

	if (range != NULL && (range->prot & PROT_WRITE) == 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
sync_files(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->addr);

	if (range != NULL && (range->flags & MAP_ANONYMOUS) != 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

/* ----- What msync refuses ------------------------------------------------------ */

/* An empty range is refused. */
static long
sync_some(const struct fault *fault, struct fault_args *args)
{
	return args->length == 0 ? fault_fail(fault, args)
				 : fault_real(fault->call, args);
}

/* A range that wraps gives the error of the fault, or 0. */
static long
sync_unwrapped(const struct fault *fault, struct fault_args *args)
{
	if ((uintptr_t)args->addr + args->length >= (uintptr_t)args->addr)
		return fault_real(fault->call, args);
	return fault->to == 0 ? 0 : fault_fail(fault, args);
}

const struct fault fault_sync[] = {
#include "sync.def"
	{ 0 }
};
