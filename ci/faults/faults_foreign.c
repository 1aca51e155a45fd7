/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of flags that Linux lacks, and programs have by MMAPCHECK_FOREIGN. */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "foreign.h"
#include "rows.h"

#define ALIGNMENT (int)(0xffU << FREEBSD_ALIGNMENT_SHIFT)

static long
map_memory(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	(void)fault;
	other.flags = MAP_PRIVATE | MAP_ANONYMOUS | (args->flags & MAP_FIXED);
	other.fd = -1;
	other.offset = 0;
	return fault_real(FAULT_MMAP, &other);
}

static long
leave_boundary(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	struct fault_args first = { .length = fault_page() };
	long result;

	other.length += fault_page();
	result = fault_real(fault->call, &other);
	if (result == -1)
		return -1;
	first.addr = (void *)result;
	fault_real(FAULT_MUNMAP, &first);
	return result + (long)fault_page();
}

static long
leave_out_exec(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot &= ~PROT_EXEC;
	return fault_real(fault->call, &other);
}

static long
drop_maximum(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot &= (1 << FREEBSD_PROT_MAX_SHIFT) - 1;
	return fault_real(fault->call, &other);
}

static long
ignore_low(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if ((uintptr_t)args->addr >> 32 == 0)
		other.addr = NULL;
	other.flags &= ~NETBSD_TRYFIXED;
	return fault_real(fault->call, &other);
}

const struct fault fault_foreign[] = {
#include "foreign.def"
	{ 0 }
};
