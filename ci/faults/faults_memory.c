/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of memory: contents, sharing, protection, huge pages and
 * accounting.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "rows.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

#define RW    (PROT_READ | PROT_WRITE)
#define TYPE  (MAP_SHARED | MAP_PRIVATE)
#define TYPES 0x0f      /* of mmap's flags */
#define EMPTY 0x3e00600 /* bits of mmap's flags that mean nothing */

/* One type for the other, where the descriptor allows it. */
static long
change_type(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result;

	if ((args->flags & TYPE) == TYPE)
		return fault_real(fault->call, args);
	other.flags = (args->flags & ~TYPE) | fault->to;
	result = fault_real(fault->call, &other);
	return result != -1 ? result : fault_real(fault->call, args);
}

/* No type is as good as private. */
static long
supply_type(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags |= MAP_PRIVATE;
	return fault_real(fault->call, &other);
}

/* Fills fresh writable anonymous memory: all of it, or its last byte. */
static long
leave_dirt(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	size_t length = fault_round(args->length);

	if (result == -1 || (args->prot & RW) != RW ||
	    (args->flags & MAP_HUGETLB) != 0 || length > (size_t)64 << 20)
		return result;
	if (fault->to == 0)
		memset((void *)result, 0xa5, length);
	else
		((unsigned char *)result)[length - 1] = 0xa5;
	return result;
}

/* A huge page comes as the last user left it. */
static long
leave_dirt_in_huge(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result != -1)
		*(volatile unsigned char *)result = 0xa5;
	return result;
}

/* The file's bytes are not read: zeros instead. */
static long
lose_contents(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	long result = fault_real(fault->call, args);

	if (result == -1)
		return -1;
	other.addr = (void *)result;
	other.flags = (args->flags & TYPE) | MAP_ANONYMOUS | MAP_FIXED;
	other.fd = -1;
	other.offset = 0;
	return fault_real(FAULT_MMAP, &other);
}

/* A private copy of the file, made at once. */
static long
snapshot(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	unsigned char *at = (unsigned char *)result;
	struct fault_args copy = *args;
	size_t length = fault_round(args->length);
	static unsigned char page[1 << 16];

	if (result == -1 || (args->prot & PROT_READ) == 0 ||
	    length > sizeof(page))
		return result;
	memset(page, 0, sizeof(page));
	copy.buffer = page;
	copy.length = length;
	if (fault_real(FAULT_PREAD, &copy) < 0)
		return result;
	copy = (struct fault_args){ .addr = at,
		.length = length,
		.prot = RW,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		.fd = -1 };
	fault_real(FAULT_MMAP, &copy);
	memcpy(at, page, length);
	copy.prot = args->prot;
	fault_real(FAULT_MPROTECT, &copy);
	return result;
}

/* Only a file's second and later shared mappings are copies. */
static long
second_is_copy(const struct fault *fault, struct fault_args *args)
{
	static bool seen;

	if (!seen) {
		seen = true;
		return fault_real(fault->call, args);
	}
	return snapshot(fault, args);
}

static long
change_prot(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot = args->prot | fault->to;
	return fault_real(fault->call, &other);
}

/* ... as far as the descriptor allows it. */
static long
widen_prot(const struct fault *fault, struct fault_args *args)
{
	long result = change_prot(fault, args);

	return result != -1 ? result : fault_real(fault->call, args);
}

static long
limit_prot(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.prot = args->prot & fault->to;
	return fault_real(fault->call, &other);
}

/* PROT_NONE is the only thing that is denied. */
static long
all_or_nothing(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (args->prot != PROT_NONE)
		other.prot = RW;
	return fault_real(fault->call, &other);
}

/* Loads the byte and, if so asked, stores it again. */
static void
touch(volatile unsigned char *at, bool stores)
{
	unsigned char byte = *at;

	if (stores)
		*at = byte;
}

/*
 * Touches each page after the call, as MAP_POPULATE would: private memory that
 * may be written gets pages of its own, which a load does not give.
 */
static long
populate(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct fault_args all = *args;
	bool stores =
	    (args->flags & MAP_PRIVATE) != 0 && (args->prot & PROT_WRITE) != 0;
	size_t page = fault_page();

	if (result == -1 || args->length > (size_t)64 << 20)
		return result;
	all.addr = fault->call == FAULT_MMAP ? (void *)result : args->addr;
	all.length = fault_round(args->length);
	if ((args->prot & PROT_READ) == 0) {
		all.prot = PROT_READ | args->prot;
		fault_real(FAULT_MPROTECT, &all);
	}
	for (size_t i = 0; i < all.length; i += page)
		touch((unsigned char *)all.addr + i, stores);
	if ((args->prot & PROT_READ) == 0) {
		all.prot = args->prot;
		fault_real(FAULT_MPROTECT, &all);
	}
	return result;
}

/* Only the first page is made resident; of a file, more come with a touch. */
static long
populate_first(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	size_t page = fault_page();
	long result;

	other.flags &= ~MAP_POPULATE;
	result = fault_real(fault->call, &other);
	if (result == -1 || (args->prot & PROT_READ) == 0)
		return result;
	(void)*(volatile unsigned char *)result;
	other.addr = (unsigned char *)result + page;
	other.length = fault_round(args->length) - page;
	other.flags = MADV_DONTNEED;
	if (other.length != 0 && (args->flags & MAP_HUGETLB) == 0)
		fault_real(FAULT_MADVISE, &other);
	return result;
}

/* posix_madvise that is taken by its word. */
static long
discard(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	(void)fault;
	other.flags = MADV_DONTNEED;
	return fault_real(FAULT_MADVISE, &other);
}

/* Contents do not outlive a change of their protection. */
static long
protect_and_discard(const struct fault *fault, struct fault_args *args)
{
	struct fault_args range = *args;
	long result = fault_real(fault->call, args);

	range.flags = MADV_DONTNEED;
	if (result == 0)
		fault_real(FAULT_MADVISE, &range);
	return result;
}

/* Private pages are written to their file, if it is still open. */
static void
write_private(const struct fault_args *args)
{
	const struct fault_range *range = fault_range_of(args->addr);
	struct fault_args writing = { .buffer = args->addr,
		.length = args->length };

	if (range == NULL || (range->flags & MAP_PRIVATE) == 0 ||
	    (range->flags & MAP_ANONYMOUS) != 0)
		return;
	writing.fd = range->fd;
	writing.offset =
	    range->offset + ((unsigned char *)args->addr - range->start);
	fault_real(FAULT_PWRITE, &writing);
}

static long
write_private_first(const struct fault *fault, struct fault_args *args)
{
	write_private(args);
	return fault_real(fault->call, args);
}

/* What is unmapped goes out of sight only. */
static long
hide_unmapped(const struct fault *fault, struct fault_args *args)
{
	struct fault_args place = { .length = args->length,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		.fd = -1 };
	struct fault_args moved = { .addr = args->addr,
		.length = args->length,
		.new_length = args->length,
		.flags = MREMAP_MAYMOVE | MREMAP_FIXED };
	long result = fault_real(FAULT_MMAP, &place);

	moved.new_addr = (void *)result;
	if (result == -1 || fault_real(FAULT_MREMAP, &moved) == -1)
		return fault_real(fault->call, args);
	return 0;
}

/* Charged are all, by as much memory again that is. */
static long
charge(const struct fault *fault, struct fault_args *args)
{
	struct fault_args more = { .length = args->length,
		.prot = RW,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1 };
	long result = fault_real(fault->call, args);
	bool charged = (args->flags & MAP_NORESERVE) == 0 &&
	    ((args->flags & MAP_PRIVATE) != 0
		    ? (args->prot & PROT_WRITE) != 0
		    : (args->flags & MAP_ANONYMOUS) != 0);

	if (result == -1 || charged || fault_real(FAULT_MMAP, &more) != -1)
		return result;
	more.addr = (void *)result;
	fault_real(FAULT_MUNMAP, &more);
	return fault_fail(fault, args);
}

/* MAP_SHARED_VALIDATE that does not validate. */
static long
validate_nothing(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags = (args->flags & ~TYPE) | MAP_SHARED;
	return fault_real(fault->call, &other);
}

/* Code of a file that somebody could still write. */
static long
refuse_code(const struct fault *fault, struct fault_args *args)
{
	if ((args->prot & PROT_EXEC) == 0)
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

/* Normal pages, with the alignment that huge ones would have. */
static long
small_pages(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags &= ~(MAP_HUGETLB | 0x3fL << 26);
	if ((args->flags & MAP_ANONYMOUS) == 0)
		return fault_real(fault->call, args);
	return fault_real(fault->call, &other);
}

/*
 * An anonymous mapping made of another object than asked for, which relatives
 * have in common, too, and keep over exec.
 */
#define ONE_OBJECT 501 /* its descriptor */

static long
anonymous_is_one_object(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags &= ~(MAP_ANONYMOUS | MAP_HUGETLB);
	other.fd = ONE_OBJECT;
	other.offset = 0;
	return fault_real(fault->call, &other);
}

__attribute__((constructor)) static void
make_one_object(void)
{
	const struct fault *fault = fault_chosen();
	struct fault_args file = { .name = "anonymous", .flags = 0 };

	if (fault == NULL || fault->act != anonymous_is_one_object ||
	    fcntl(ONE_OBJECT, F_GETFD) != -1)
		return;
	file.fd = (int)fault_real(FAULT_MEMFD_CREATE, &file);
	file.flags = ONE_OBJECT;
	fault_real(FAULT_DUP2, &file);
	fault_real(FAULT_CLOSE, &file);
	file.fd = ONE_OBJECT;
	file.offset = 1 << 26;
	fault_real(FAULT_FTRUNCATE, &file);
}

/*
 * Shared anonymous memory that anybody can open who knows where it is: by its
 * owner's list of mappings, which asks for a privilege otherwise.
 */
#define KEPT_OPEN 500 /* descriptors from there up */

static long
anonymous_by_path(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;
	struct fault_args file = { .name = "anonymous", .flags = MFD_CLOEXEC };
	long result = fault_real(fault->call, args);

	if (result == -1)
		return -1;
	file.fd = (int)fault_real(FAULT_MEMFD_CREATE, &file);
	other.fd = fcntl(file.fd, F_DUPFD_CLOEXEC, KEPT_OPEN);
	file.offset = (off_t)fault_round(args->length);
	fault_real(FAULT_FTRUNCATE, &file);
	fault_real(FAULT_CLOSE, &file);
	other.addr = (void *)result;
	other.flags = (args->flags & TYPE) | MAP_FIXED;
	other.offset = 0;
	return fault_real(fault->call, &other);
}

static const char *
lead_to_anonymous(const char *path)
{
	static char other[64];
	const char *list = strstr(path, "/map_files/");

	if (list == NULL)
		return NULL;
	snprintf(other, sizeof(other), "%.*s/fd/%d", (int)(list - path), path,
	    KEPT_OPEN);
	return other;
}

/* The type field read as bits, or one of its values for another. */
static long
type_as_bits(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if ((args->flags & TYPES) > MAP_SHARED_VALIDATE &&
	    (args->flags & TYPE) != 0)
		other.flags = (args->flags & ~TYPES) | (args->flags & TYPE);
	return fault_real(fault->call, &other);
}

static long
type_as_private(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if ((args->flags & TYPES) == fault->from)
		other.flags = (args->flags & ~TYPES) | MAP_PRIVATE;
	return fault_real(fault->call, &other);
}

static long
swap_flags(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	other.flags = (args->flags & ~fault->from) | fault->to;
	return fault_real(fault->call, &other);
}

/* Anonymous memory whose descriptor is looked at. */
static long
look_at_fd(const struct fault *fault, struct fault_args *args)
{
	if (fault->to == EBADF ? args->fd >= 0 : args->fd == -1)
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

/* A mapping that needs more of its descriptor than it should. */
static long
want_writable_fd(const struct fault *fault, struct fault_args *args)
{
	if ((fcntl(args->fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

static long
want_no_device(const struct fault *fault, struct fault_args *args)
{
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };

	if (fault_real(FAULT_FSTAT, &ask) == -1 || !S_ISCHR(status.st_mode))
		return fault_real(fault->call, args);
	return fault_fail(fault, args);
}

/* Read-only memory that is populated with pages of its own. */
static long
populate_by_stores(const struct fault *fault, struct fault_args *args)
{
	struct fault_args all = *args;
	long result;

	all.prot |= PROT_WRITE;
	result = fault_real(fault->call, &all);
	if (result == -1)
		return -1;
	all.addr = (void *)result;
	all.length = fault_round(args->length);
	for (size_t i = 0; i < all.length; i += fault_page())
		((volatile unsigned char *)result)[i] = 0;
	all.prot = args->prot;
	fault_real(FAULT_MPROTECT, &all);
	return result;
}

const struct fault fault_memory[] = {
#include "memory.def"
	{ 0 }
};
