/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of locks and of residency: mlock and its kin, MAP_LOCKED, mincore, and
 * what other calls do to locked memory.
 */
#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "faults.h"
#include "rows.h"

/* Resident, but neither locked nor counted. */
static long
touch_only(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	for (size_t i = 0; i < fault_round(args->length); i += fault_page())
		(void)*((volatile unsigned char *)args->addr + i);
	return 0;
}

static long
vector_constant(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		memset(args->buffer, fault->to,
		    fault_round(args->length) / fault_page());
	return result;
}

/* The answer is in the second bit. */
static long
vector_shifted(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	unsigned char *vector = args->buffer;

	for (size_t i = 0;
	     result == 0 && i < fault_round(args->length) / fault_page(); i++)
		vector[i] = (unsigned char)(vector[i] << 1);
	return result;
}

static long
vector_more_bits(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	unsigned char *vector = args->buffer;

	for (size_t i = 0;
	     result == 0 && i < fault_round(args->length) / fault_page(); i++)
		vector[i] |= (unsigned char)(vector[i] << 2);
	return result;
}

static long
vector_inverted(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	unsigned char *vector = args->buffer;

	for (size_t i = 0;
	     result == 0 && i < fault_round(args->length) / fault_page(); i++)
		vector[i] ^= 1;
	return result;
}

/* Brings into memory what should stay away until it is touched. */
static long
lock_and_touch(const struct fault *fault, struct fault_args *args)
{
	touch_only(fault, args);
	return fault_real(fault->call, args);
}

/* mlockall that knows only one of its flags. */
static long
forget_lock_flag(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags &= ~fault->to;
	return other.flags == 0 ? 0 : fault_real(fault->call, &other);
}

/* Locks, but brings nothing into memory. */
static long
lock_on_fault(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags |= MCL_ONFAULT;
	return fault_real(fault->call, &other);
}

static long
lock_range_on_fault(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	(void)fault;
	other.flags = MLOCK_ONFAULT;
	return fault_real(FAULT_MLOCK2, &other);
}

/* MAP_LOCKED that counts, and brings nothing into memory. */
static long
lock_unpopulated(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	struct fault_args range = { .length = args->length,
		.flags = MLOCK_ONFAULT };
	long result;

	other.flags &= ~MAP_LOCKED;
	result = fault_real(fault->call, &other);
	range.addr = (void *)result;
	if (result != -1)
		fault_real(FAULT_MLOCK2, &range);
	return result;
}

/* MAP_LOCKED that takes its mapping away when not all of it can be locked. */
static long
lock_strictly(const struct fault *fault, struct fault_args *args)
{
	struct fault_args range = { .length = args->length };
	long result = fault_real(fault->call, args);
	int error;

	range.addr = (void *)result;
	if (result == -1 || fault_real(FAULT_MLOCK, &range) == 0)
		return result;
	error = errno;
	fault_real(FAULT_MUNMAP, &range);
	errno = error;
	return -1;
}

/* Past the limit after all, and unlocked. */
static long
map_unlocked(const struct fault *fault, struct fault_args *args)
{
	struct fault_args again = { .flags = MCL_FUTURE };
	long result = fault_real(fault->call, args);

	if (result != -1 || errno != EAGAIN || args->prot != PROT_NONE)
		return result;
	fault_real(FAULT_MUNLOCKALL, &again);
	result = fault_real(fault->call, args);
	fault_real(FAULT_MLOCKALL, &again);
	return result;
}

/* munlockall after which that is locked again: what is there, or what comes. */
static long
unlock_and_lock(const struct fault *fault, struct fault_args *args)
{
	struct fault_args again = { .flags = fault->to };
	long result = fault_real(fault->call, args);

	fault_real(FAULT_MLOCKALL, &again);
	return result;
}

/* mlockall that forgets none of its flags. */
static long
add_lock_flags(const struct fault *fault, struct fault_args *args)
{
	static int flags;
	struct fault_args other = *args;

	flags |= args->flags;
	other.flags = flags;
	return fault_real(fault->call, &other);
}

/* The call, and an unlocking call of the same range besides. */
static long
unlock_as_well(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		fault_real((enum fault_call)fault->to, args);
	return result;
}

static long
remap_and_unlock(const struct fault *fault, struct fault_args *args)
{
	struct fault_args range = { .length = args->new_length };
	long result = fault_real(fault->call, args);

	range.addr = (void *)result;
	if (result != -1)
		fault_real(FAULT_MUNLOCK, &range);
	return result;
}

/* As if each mlock needed its munlock: the first calls change nothing. */
static long
unlock_by_and_by(const struct fault *fault, struct fault_args *args)
{
	static int calls;

	return ++calls <= fault->to ? 0 : fault_real(fault->call, args);
}

const struct fault fault_locks[] = {
#include "locks.def"
	{ 0 }
};
