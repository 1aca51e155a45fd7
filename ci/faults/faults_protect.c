/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of mprotect, and of what a process may forbid itself. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

#define PROT_SEM_BIT 0x8 /* the kernel's name, which libc lacks */
#define SET_MDWE     65  /* PR_SET_MDWE, newer than some headers */
#define RIGHTS       (PROT_READ | PROT_WRITE | PROT_EXEC)

static bool
is_mapped(const struct fault_args *args)
{
	struct fault_args asking = { .addr = args->addr,
		.length = fault_round(args->length),
		.flags = MS_ASYNC };

	return fault_real(FAULT_MSYNC, &asking) == 0 || errno != ENOMEM;
}

static long
look_first(const struct fault *fault, struct fault_args *args)
{
	return is_mapped(args) ? fault_real(fault->call, args) : -1;
}

/* Calls each for every page of the range; the result is as of the whole. */
static long
by_pages(const struct fault *fault, struct fault_args *args,
    void (*each)(const struct fault_args *page))
{
	long result = fault_real(fault->call, args);
	struct fault_args one = *args;
	int error = errno;

	/* A length that wraps is no range. */
	if (result == 0 || error != fault->error || args->length >> 32 != 0)
		return result;
	one.length = fault_page();
	for (size_t at = 0; at < args->length; at += one.length) {
		one.addr = (unsigned char *)args->addr + at;
		each(&one);
	}
	errno = error;
	return result;
}

static void
change_page(const struct fault_args *page)
{
	struct fault_args one = *page;

	fault_real(FAULT_MPROTECT, &one);
}

static long
pass_over_holes(const struct fault *fault, struct fault_args *args)
{
	return by_pages(fault, args, change_page);
}

static void
map_page(const struct fault_args *page)
{
	struct fault_args one = *page;

	one.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	one.fd = -1;
	fault_real(FAULT_MMAP, &one);
}

static long
fill_holes(const struct fault *fault, struct fault_args *args)
{
	return by_pages(fault, args, map_page);
}

static long
act_and_refuse(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args sound = *args;
	uintptr_t odd = (uintptr_t)args->addr % fault_page();
	int error = errno;

	if (result == 0 || error != EINVAL)
		return result;
	sound.addr = (unsigned char *)args->addr - odd;
	sound.prot &= RIGHTS;
	fault_real(fault->call, &sound);
	errno = error;
	return result;
}

static long
zero_is_a_page(const struct fault *fault, struct fault_args *args)
{
	struct fault_args page = *args;
	long result = fault_real(fault->call, args);

	page.length = 1;
	if (args->length == 0)
		fault_real(fault->call, &page);
	return result;
}

static long
zero_looks(const struct fault *fault, struct fault_args *args)
{
	struct fault_args page = *args;

	page.length = 1;
	if (args->length == 0 && !is_mapped(&page))
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
refuse_bits(const struct fault *fault, struct fault_args *args)
{
	return (args->prot & fault->from) != 0 ? fault_fail(fault, args)
					       : fault_real(fault->call, args);
}

static long
bits_as_write(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if ((args->prot & fault->from) != 0)
		other.prot |= PROT_READ | PROT_WRITE;
	return fault_real(fault->call, &other);
}

static long
drop_growing(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
	return fault_real(fault->call, &other);
}

static long
want_writable_file(const struct fault *fault, struct fault_args *args)
{
	const struct fault_range *range = fault_range_of(args->addr);

	if (range != NULL && (range->flags & MAP_ANONYMOUS) == 0 &&
	    (fcntl(range->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
want_writable_mode(const struct fault *fault, struct fault_args *args)
{
	const struct fault_range *range = fault_range_of(args->addr);
	struct stat status;

	if (range != NULL && (range->flags & MAP_ANONYMOUS) == 0 &&
	    fstat(range->fd, &status) == 0 && (status.st_mode & 0222) == 0)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

/* The bounds of the region that holds an address, as the kernel lists it. */
static bool
find_region(const void *addr, uintptr_t *start, uintptr_t *end, bool *named)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool found = false;

	while (maps != NULL && !found && fgets(line, sizeof(line), maps)) {
		int name = 0;

		if (sscanf(line, "%jx-%jx %*s %*s %*s %*s %n",
			(uintmax_t *)start, (uintmax_t *)end, &name) < 2)
			continue;
		found = (uintptr_t)addr >= *start && (uintptr_t)addr < *end;
		*named = line[name] == '/' || line[name] == '[';
	}
	if (maps != NULL)
		fclose(maps);
	return found;
}

static long
want_mapping(const struct fault *fault, struct fault_args *args)
{
	uintptr_t start, end;
	bool named = false;

	if (fault_range_of(args->addr) == NULL &&
	    find_region(args->addr, &start, &end, &named) && named)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

static long
change_region(const struct fault *fault, struct fault_args *args)
{
	struct fault_args whole = *args;
	uintptr_t start, end;
	bool named;

	if (find_region(args->addr, &start, &end, &named) &&
	    fault_range_of(args->addr) != NULL) {
		whole.addr = (void *)start;
		whole.length = end - start;
	}
	return fault_real(fault->call, &whole);
}

/* As without PR_SET_MDWE: other memory, with the same bytes. */
static long
remap_executable(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = { .length = fault_round(args->length),
		.prot = PROT_READ | PROT_EXEC,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1,
		.addr = args->addr };
	long result = fault_real(fault->call, args);

	if (result == -1 && errno == fault->error)
		return fault_real(FAULT_MMAP, &other) == -1 ? -1 : 0;
	return result;
}

static long
write_all_the_same(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result = fault_real(fault->call, args);

	other.prot &= ~PROT_EXEC;
	if (result == -1 && errno == fault->error)
		return fault_real(fault->call, &other);
	return result;
}

/* Without any bit nothing is asked for, and that is granted. */
static long
undo_quietly(const struct fault *fault, struct fault_args *args)
{
	return args->offset == 0 ? 0 : fault_real(fault->call, args);
}

static long
imply_nothing(const struct fault *fault, struct fault_args *args)
{
	int persona = personality(0xffffffff);
	long result;
	int error;

	personality((unsigned)persona & ~(unsigned)READ_IMPLIES_EXEC);
	result = fault_real(fault->call, args);
	error = errno;
	personality((unsigned)persona);
	errno = error;
	return result;
}

static void
unmap_page(const struct fault_args *page)
{
	struct fault_args one = *page;

	fault_real(FAULT_MUNMAP, &one);
}

static long
unmap_unsealed(const struct fault *fault, struct fault_args *args)
{
	return by_pages(fault, args, unmap_page);
}

static long
protect_and_seal(const struct fault *fault, struct fault_args *args)
{
	struct fault_args reading = *args;

	reading.prot = PROT_READ;
	fault_real(FAULT_MPROTECT, &reading);
	return fault_real(fault->call, args);
}

static long
want_readable(const struct fault *fault, struct fault_args *args)
{
	const struct fault_range *range = fault_range_of(args->addr);

	if (range != NULL && range->prot == PROT_NONE)
		return fault_fail(fault, args);
	return fault_real(fault->call, args);
}

/* What is not to be dumped is a region of its own. */
static long
set_apart(const struct fault *fault, struct fault_args *args)
{
	struct fault_args advice = { .addr = args->addr,
		.length = fault_round(args->length),
		.flags = MADV_DONTDUMP };
	long result = fault_real(fault->call, args);
	int error = errno;

	if (result == 0)
		fault_real(FAULT_MADVISE, &advice);
	errno = error;
	return result;
}

const struct fault fault_protect[] = {
#include "protect.def"
	{ 0 }
};
