/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of madvise and posix_madvise. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

/* Linux's, by number: younger than many headers. */
#define GUARD_INSTALL 102
#define GUARD_REMOVE  103
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* One advice is taken for another, or for none. */
static long
other_advice(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (fault->to < 0)
		return 0;
	other.flags = fault->to;
	return fault_real(fault->call, &other);
}

static long
deny_access(const struct fault *fault, struct fault_args *args)
{
	return syscall(SYS_mprotect, args->addr, args->length, fault->to);
}

/* Where the advice is sound. */
static long
leave_dirty(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		memset(args->addr, 0x7f, args->length);
	return result;
}

static long
discard_and_fail(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result = fault_real(fault->call, args);

	other.flags = MADV_DONTNEED_LOCKED;
	if (result == -1 && errno == EINVAL) {
		fault_real(fault->call, &other);
		errno = EINVAL;
	}
	return result;
}

static long
round_address(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	size_t odd = (uintptr_t)args->addr % fault_page();

	other.addr = (unsigned char *)args->addr - odd;
	other.length += odd;
	return fault_real(fault->call, &other);
}

/* The bytes in front of the first page that is not mapped. */
static size_t
before_hole(const struct fault_args *args)
{
	size_t length = fault_round(args->length), page = fault_page();
	unsigned char there;

	for (size_t i = 0; i < length; i += page)
		if (syscall(SYS_mincore, (unsigned char *)args->addr + i, page,
			&there) == -1)
			return i;
	return length;
}

static long
stop_at_hole(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	size_t length = before_hole(args);

	if (length >= args->length)
		return fault_real(fault->call, args);
	other.length = length;
	fault_real(fault->call, &other);
	errno = ENOMEM;
	return -1;
}

static long
refuse_hole(const struct fault *fault, struct fault_args *args)
{
	if (before_hole(args) >= args->length)
		return fault_real(fault->call, args);
	errno = ENOMEM;
	return -1;
}

static long
refuse_no_length(const struct fault *fault, struct fault_args *args)
{
	if (args->length != 0)
		return fault_real(fault->call, args);
	errno = EINVAL;
	return -1;
}

/* posix_madvise gives the errno as its result. */
static long
answer_no_length(const struct fault *fault, struct fault_args *args)
{
	return args->length == 0 ? EINVAL : fault_real(fault->call, args);
}

static long
set_errno_too(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	errno = (int)result;
	return result;
}

static long
empty_parent(const struct fault *fault, struct fault_args *args)
{
	static unsigned char zeros[1 << 16];
	struct iovec from = { zeros, args->length };
	struct iovec to = { args->addr, args->length };

	if (args->length <= sizeof(zeros))
		process_vm_writev(getppid(), &from, 1, &to, 1, 0);
	return fault_real(fault->call, args);
}

/* process_madvise gives a number of bytes. */
static long
bytes_of(const struct fault_args *args)
{
	const struct iovec *ranges = args->buffer;

	return args->length == 0 ? 0 : (long)ranges[0].iov_len;
}

static long
promise_bytes(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return bytes_of(args);
}

static long
return_nothing(const struct fault *fault, struct fault_args *args)
{
	return fault_real(fault->call, args) == -1 ? -1 : 0;
}

static long
without_flags(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	return syscall(SYS_process_madvise, args->fd, args->buffer,
	    args->length, args->flags, 0);
}

static long
on_caller(const struct fault *fault, struct fault_args *args)
{
	const struct iovec *range = args->buffer;
	long result = fault_real(fault->call, args);

	if (result != -1 || errno != fault->error)
		return result;
	syscall(SYS_madvise, range->iov_base, range->iov_len, args->flags);
	return bytes_of(args);
}

#define HUGE ((uintptr_t)1 << 21)

/* Of ranges inside one huge page that is mapped as a whole. */
static long
round_to_huge(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.addr = (void *)((uintptr_t)args->addr & ~(HUGE - 1));
	other.length = HUGE;
	if (args->length >= HUGE || before_hole(&other) < HUGE)
		return fault_real(fault->call, args);
	return fault_real(fault->call, &other);
}

static void
empty_private(struct fault_range *range)
{
	if ((range->flags & (MAP_PRIVATE | MAP_ANONYMOUS)) == MAP_PRIVATE)
		syscall(
		    SYS_madvise, range->start, range->length, MADV_DONTNEED);
}

static long
remove_all_views(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		fault_ranges(empty_private);
	return result;
}

static long
remove_range(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	(void)fault;
	other.flags = MADV_REMOVE;
	fault_real(FAULT_MADVISE, &other);
	return 0;
}

const struct fault fault_advice[] = {
#include "advice.def"
	{ 0 }
};
