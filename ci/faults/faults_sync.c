/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of msync, and of changes to a mapped file past its mappings. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/* ----- Changes past the mappings ----------------------------------------------- */

static struct stat changed; /* the file */

/* The range keeps what it shows, and sees the file no more. */
static void
keep_range(struct fault_range *range)
{
	unsigned char *const copy = fault_scratch;
	off_t rest = changed.st_size - range->offset;

	if (range->inode != changed.st_ino || range->device != changed.st_dev ||
	    (range->prot & PROT_READ) == 0 ||
	    range->length > sizeof(fault_scratch) ||
	    rest < (off_t)range->length)
		return;
	memcpy(copy, range->start, range->length);
	syscall(SYS_mmap, range->start, range->length, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memcpy(range->start, copy, range->length);
	syscall(SYS_mprotect, range->start, range->length, range->prot);
}

static long
change_unseen(const struct fault *fault, struct fault_args *args)
{
	struct fault_args status = { .fd = args->fd, .buffer = &changed };

	if (fault_real(FAULT_FSTAT, &status) == 0)
		fault_ranges(keep_range);
	return fault_real(fault->call, args);
}

/* The buffer is a mapping of the file. */
static long
refuse_own(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range = fault_range_of(args->buffer);
	struct fault_args status = { .fd = args->fd, .buffer = &changed };

	if (range != NULL && fault_real(FAULT_FSTAT, &status) == 0 &&
	    range->inode == changed.st_ino && range->device == changed.st_dev)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
accept_bad_memory(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 && errno == EFAULT ? 8 : result;
}

/* What the kernel met is met again by the program. */
static long
touch_bad_memory(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == -1 && error == EFAULT)
		(void)*(volatile unsigned char *)args->buffer;
	errno = error;
	return result;
}

static off_t cut; /* where the file ends now */

/* The tail of the last page is as it was. */
static void
fill_tail(struct fault_range *range)
{
	off_t from = cut - range->offset;
	size_t tail = fault_page() - (size_t)cut % fault_page();

	if (range->inode == changed.st_ino && range->device == changed.st_dev &&
	    (range->prot & PROT_WRITE) != 0 && from >= 0 &&
	    from < (off_t)range->length)
		memset(range->start + from, 't', tail);
}

static long
cut_tail_shown(const struct fault *fault, struct fault_args *args)
{
	struct fault_args status = { .fd = args->fd, .buffer = &changed };
	long result = fault_real(fault->call, args);

	cut = args->offset;
	if (result == 0 && (size_t)cut % fault_page() != 0 &&
	    fault_real(FAULT_FSTAT, &status) == 0)
		fault_ranges(fill_tail);
	return result;
}

const struct fault fault_sync[] = {
#include "sync.def"
	{ 0 }
};
