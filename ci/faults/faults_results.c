/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of results: calls that do nothing and say they did, wrong errnos,
 * errors where success is due, and success where an error is due.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

/* posix_madvise gives the errno as its result. */
static long
give_errno(const struct fault *fault, struct fault_args *args)
{
	(void)args;
	return fault->to;
}

/* posix_madvise that tells an error as system calls do. */
static long
give_minus_one(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		return 0;
	errno = (int)result;
	return -1;
}

static long
give_other_errno(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == fault->error ? fault->to : result;
}

/* The error is found only after everything has been done. */
static long
do_and_fail(const struct fault *fault, struct fault_args *args)
{
	fault_real(fault->call, args);
	return fault_fail(fault, args);
}

static long
change_errno(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == -1 && (fault->error == 0 || errno == fault->error))
		errno = fault->to;
	return result;
}

static long
ignore_error(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == -1 && (fault->error == 0 || errno == fault->error))
		return 0;
	return result;
}

/* What was refused becomes anonymous memory of at least a page. */
static long
map_all_the_same(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args again = *args;

	if (result != -1 || (fault->error != 0 && errno != fault->error))
		return result;
	again.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	again.fd = -1;
	again.offset = 0;
	if (again.length == 0 || again.length > (size_t)1 << 40)
		again.length = fault_page();
	again.addr = NULL;
	return fault_real(FAULT_MMAP, &again);
}

/* The errno is put where the pointer belongs. */
static long
errno_as_address(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 ? -errno : result;
}

/* Fails where it should, and leaves a mapping all the same. */
static long
fail_with_traces(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args trace = { .length = fault_page(),
		.prot = PROT_READ,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1 };
	int error = errno;

	if (result == -1)
		fault_real(FAULT_MMAP, &trace);
	errno = error;
	return result;
}

/* Fails where it should, after the old mapping has been taken away. */
static long
unmap_and_fail(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == -1 && args->addr != NULL) {
		uintptr_t start = (uintptr_t)args->addr;
		struct fault_args old = { 0 };

		old.addr = (void *)(start - start % fault_page());
		old.length = fault_page();
		fault_real(FAULT_MUNMAP, &old);
	}
	errno = error;
	return result;
}

/* ... or has lost its contents. */
static long
wipe_and_fail(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == -1 && args->addr != NULL) {
		uintptr_t start = (uintptr_t)args->addr;
		struct fault_args old = { .length = fault_page(),
			.prot = PROT_READ | PROT_WRITE,
			.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			.fd = -1 };

		old.addr = (void *)(start - start % fault_page());
		fault_real(FAULT_MMAP, &old);
	}
	errno = error;
	return result;
}

/* With a handler for what others send, every other call is interrupted. */
static long
interrupt(const struct fault *fault, struct fault_args *args)
{
	static unsigned calls;
	struct sigaction action;

	if (sigaction(SIGUSR1, NULL, &action) == 0 &&
	    action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN &&
	    ++calls % 2 == 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

/* Refused unless private writable memory in all is less than the RAM. */
static long
count_sum(const struct fault *fault, struct fault_args *args)
{
	static size_t sum;
	long result = fault_real(fault->call, args);
	size_t most = (size_t)sysconf(_SC_PHYS_PAGES) * fault_page();

	if (result == -1)
		return -1;
	sum += args->length;
	if (sum <= most)
		return result;
	args->addr = (void *)result;
	fault_real(FAULT_MUNMAP, args);
	return fault_fail(fault, args);
}

static long
refuse_above_data_limit(const struct fault *fault, struct fault_args *args)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) == 0 &&
	    args->length > limit.rlim_cur)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
refuse_execution(const struct fault *fault, struct fault_args *args)
{
	if ((args->prot & PROT_EXEC) != 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
refuse_protection(const struct fault *fault, struct fault_args *args)
{
	if ((args->prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC)) != 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

const struct fault fault_results[] = {
#include "results.def"
	{ 0 }
};
