/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of memory: contents, sharing, protection, residency, huge pages,
 * locks and accounting.
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

/* munlockall after which later mappings are still locked. */
static long
keep_future(const struct fault *fault, struct fault_args *args)
{
	struct fault_args again = { .flags = MCL_FUTURE };
	long result = fault_real(fault->call, args);

	fault_real(FAULT_MLOCKALL, &again);
	return result;
}

/* ... or after which nothing but that has changed. */
static long
cancel_future_only(const struct fault *fault, struct fault_args *args)
{
	struct fault_args again = { .flags = MCL_CURRENT };
	long result = fault_real(fault->call, args);

	fault_real(FAULT_MLOCKALL, &again);
	return result;
}

/* As if each mlock needed its munlock: the first calls change nothing. */
static long
unlock_by_and_by(const struct fault *fault, struct fault_args *args)
{
	static int calls;

	return ++calls <= fault->to ? 0 : fault_real(fault->call, args);
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

/* One advice is taken for another. */
static long
other_advice(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (fault->to < 0)
		return 0;
	other.flags = fault->to;
	return fault_real(fault->call, &other);
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
	{ .name = "shared_as_private",
	    .call = FAULT_MMAP,
	    .act = change_type,
	    .with = MAP_SHARED,
	    .to = MAP_PRIVATE,
	    .defect = "MAP_SHARED behaves as MAP_PRIVATE.",
	    .field = "SerenityOS, elfuse: shared memory lost over fork" },
	{ .name = "shared_anonymous_as_private",
	    .call = FAULT_MMAP,
	    .act = change_type,
	    .with = MAP_SHARED | MAP_ANONYMOUS,
	    .to = MAP_PRIVATE,
	    .defect = "Shared anonymous memory is private.",
	    .field = "Linux before 2.4; elfuse" },
	{ .name = "private_as_shared",
	    .call = FAULT_MMAP,
	    .act = change_type,
	    .with = MAP_PRIVATE,
	    .to = MAP_SHARED,
	    .defect = "MAP_PRIVATE behaves as MAP_SHARED: copy-on-write leaks "
		      "to the file, to parent and child.",
	    .field = "SerenityOS: the child's stores reached the parent" },
	{ .name = "private_anonymous_as_shared",
	    .call = FAULT_MMAP,
	    .act = change_type,
	    .with = MAP_PRIVATE | MAP_ANONYMOUS,
	    .to = MAP_SHARED,
	    .defect = "Private anonymous memory is shared with children.",
	    .field = "redis: a snapshot's child saw later stores" },
	{ .name = "private_file_as_shared",
	    .call = FAULT_MMAP,
	    .act = change_type,
	    .with = MAP_PRIVATE,
	    .without = MAP_ANONYMOUS,
	    .to = MAP_SHARED,
	    .defect = "Stores to a private file mapping reach the file.",
	    .field = "files changed by a debugger's breakpoints" },
	{ .name = "type_not_needed",
	    .call = FAULT_MMAP,
	    .act = supply_type,
	    .without = TYPE,
	    .defect = "mmap without a type is taken for MAP_PRIVATE.",
	    .field = "FreeBSD, NetBSD and OpenBSD: anonymous memory" },
	{ .name = "anonymous_dirty",
	    .call = FAULT_MMAP,
	    .act = leave_dirt,
	    .with = MAP_ANONYMOUS,
	    .needs = SUCCEEDS | READS | WRITES,
	    .defect = "Anonymous memory is not zero-filled.",
	    .field = "unikernels that reuse pages as they are" },
	{ .name = "anonymous_dirty_tail",
	    .call = FAULT_MMAP,
	    .act = leave_dirt,
	    .with = MAP_ANONYMOUS,
	    .to = 1,
	    .needs = SUCCEEDS | READS | WRITES,
	    .defect = "The last byte of anonymous memory is not zero.",
	    .field = "zeroing by the length asked for" },
	{ .name = "huge_pages_dirty",
	    .call = FAULT_MMAP,
	    .act = leave_dirt_in_huge,
	    .with = MAP_HUGETLB | MAP_ANONYMOUS,
	    .without = MAP_NORESERVE,
	    .needs = SUCCEEDS | READS | WRITES,
	    .defect = "Huge pages are not zero-filled.",
	    .field = "clearing of huge pages left to the first user" },
	{ .name = "anonymous_is_one_object",
	    .call = FAULT_MMAP,
	    .act = anonymous_is_one_object,
	    .with = MAP_SHARED | MAP_ANONYMOUS,
	    .defect = "All shared anonymous mappings are the same memory.",
	    .field = "young kernels: one object without a name" },
	{ .name = "anonymous_by_path",
	    .call = FAULT_MMAP,
	    .act = anonymous_by_path,
	    .lead = lead_to_anonymous,
	    .with = MAP_SHARED | MAP_ANONYMOUS,
	    .without = MAP_HUGETLB,
	    .defect = "Shared anonymous memory can be opened by everybody.",
	    .field = "/proc/PID/map_files without a check of privileges" },
	{ .name = "file_contents_lost",
	    .call = FAULT_MMAP,
	    .act = lose_contents,
	    .without = MAP_ANONYMOUS,
	    .needs = SUCCEEDS,
	    .defect = "A file mapping shows zeros instead of the file.",
	    .field = "network file systems; YARA's empty pages" },
	{ .name = "file_snapshot",
	    .call = FAULT_MMAP,
	    .act = snapshot,
	    .with = MAP_SHARED,
	    .without = MAP_ANONYMOUS,
	    .needs = SUCCEEDS | READS,
	    .defect = "A shared file mapping is a copy made by mmap.",
	    .field = "emscripten, OpenBSD: coherence lost" },
	{ .name = "private_file_snapshot",
	    .call = FAULT_MMAP,
	    .act = snapshot,
	    .with = MAP_PRIVATE,
	    .without = MAP_ANONYMOUS,
	    .needs = SUCCEEDS | READS,
	    .defect = "A private file mapping is a copy made by mmap.",
	    .field = "emscripten" },
	{ .name = "second_mapping_incoherent",
	    .call = FAULT_MMAP,
	    .act = second_is_copy,
	    .with = MAP_SHARED,
	    .without = MAP_ANONYMOUS,
	    .needs = SUCCEEDS | READS,
	    .defect = "A file's second shared mapping does not see the first.",
	    .field = "Docker Desktop: two views of a file differ" },
	{ .name = "mmap_prot_read_added",
	    .call = FAULT_MMAP,
	    .act = change_prot,
	    .to = PROT_READ,
	    .needs = READS_NOT,
	    .defect = "Everything that is mapped can be read.",
	    .field = "cobalt: PROT_NONE never verified" },
	{ .name = "mmap_prot_write_added",
	    .call = FAULT_MMAP,
	    .act = change_prot,
	    .to = RW,
	    .needs = WRITES_NOT,
	    .defect = "Everything that is mapped can be written.",
	    .field = "gVisor of 2022: a child stores to read-only pages" },
	{ .name = "fixed_keeps_protection",
	    .call = FAULT_MMAP,
	    .act = widen_prot,
	    .with = MAP_FIXED,
	    .to = RW,
	    .needs = WRITES_NOT | SUCCEEDS,
	    .defect = "What MAP_FIXED maps can be written as what it replaces.",
	    .field = "stale translations" },
	{ .name = "mmap_prot_write_lost",
	    .call = FAULT_MMAP,
	    .act = limit_prot,
	    .to = PROT_READ | PROT_EXEC,
	    .needs = WRITES,
	    .defect = "Nothing that is mapped can be written.",
	    .field = "read-only file systems underneath" },
	{ .name = "mmap_prot_exec_added",
	    .call = FAULT_MMAP,
	    .act = change_prot,
	    .to = PROT_EXEC,
	    .needs = JUMPS_NOT,
	    .defect = "Everything that is mapped can be executed.",
	    .field = "READ_IMPLIES_EXEC" },
	{ .name = "mmap_prot_none",
	    .call = FAULT_MMAP,
	    .act = limit_prot,
	    .to = PROT_NONE,
	    .needs = ACCESSIBLE,
	    .defect = "Nothing that is mapped can be touched.",
	    .field = "protection applied too late" },
	{ .name = "mmap_prot_all_or_nothing",
	    .call = FAULT_MMAP,
	    .act = all_or_nothing,
	    .needs = ACCESSIBLE,
	    .defect = "Every protection but PROT_NONE is read and write.",
	    .field = "processors without write protection" },
	{ .name = "mprotect_discards",
	    .call = FAULT_MPROTECT,
	    .act = protect_and_discard,
	    .defect = "mprotect empties the pages that it changes.",
	    .field = "emulators that map anew" },
	{ .name = "msync_writes_private",
	    .call = FAULT_MSYNC,
	    .act = write_private_first,
	    .defect = "msync writes private pages to their file.",
	    .field = "young kernels: types not told apart" },
	{ .name = "munmap_writes_private",
	    .call = FAULT_MUNMAP,
	    .act = write_private_first,
	    .defect = "munmap writes private pages to their file.",
	    .field = "libc emulations that write back" },
	{ .name = "munmap_keeps_memory",
	    .call = FAULT_MUNMAP,
	    .act = hide_unmapped,
	    .defect = "munmap hides pages and gives none back.",
	    .field = "leaks of young kernels" },
	{ .name = "mprotect_write_kept",
	    .call = FAULT_MPROTECT,
	    .act = change_prot,
	    .to = RW,
	    .needs = WRITES_NOT,
	    .defect = "mprotect never takes away the right to write.",
	    .field = "stale translations" },
	{ .name = "mprotect_exec_added",
	    .call = FAULT_MPROTECT,
	    .act = change_prot,
	    .to = PROT_EXEC,
	    .needs = JUMPS_NOT,
	    .defect = "mprotect always adds the right to execute.",
	    .field = "READ_IMPLIES_EXEC" },
	{ .name = "mprotect_exec_lost",
	    .call = FAULT_MPROTECT,
	    .act = limit_prot,
	    .to = RW,
	    .defect = "mprotect never grants the right to execute.",
	    .field = "asmjit, sljit: W^X policies that say nothing" },
	{ .name = "populate_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_POPULATE,
	    .to = MAP_POPULATE,
	    .defect = "MAP_POPULATE has no effect.",
	    .field = "WSL 1: MAP_POPULATE without effect" },
	{ .name = "populate_first_page",
	    .call = FAULT_MMAP,
	    .act = populate_first,
	    .with = MAP_POPULATE,
	    .defect = "MAP_POPULATE makes only the first page resident.",
	    .field = "page arithmetic" },
	{ .name = "populate_always",
	    .call = FAULT_MMAP,
	    .act = populate,
	    .without = MAP_POPULATE,
	    .needs = SUCCEEDS,
	    .defect = "Every mapping is resident at once.",
	    .field = "unikernels without demand paging" },
	{ .name = "nonblock_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_NONBLOCK,
	    .to = MAP_NONBLOCK,
	    .defect = "MAP_NONBLOCK does not keep MAP_POPULATE back.",
	    .field = "Linux before 2.6.23" },
	{ .name = "noreserve_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_NORESERVE,
	    .to = MAP_NORESERVE,
	    .defect = "MAP_NORESERVE memory is accounted all the same.",
	    .field = "box64, jemalloc: address space refused" },
	{ .name = "all_charged",
	    .call = FAULT_MMAP,
	    .act = charge,
	    .without = MAP_HUGETLB,
	    .needs = SUCCEEDS,
	    .to = ENOMEM,
	    .defect = "Every mapping is charged in full.",
	    .field = "kernels without overcommit" },
	{ .name = "noreserve_always",
	    .call = FAULT_MMAP,
	    .act = fault_add_flag,
	    .without = MAP_NORESERVE,
	    .to = MAP_NORESERVE,
	    .defect = "No mapping is accounted.",
	    .field = "gVisor: 1 TiB accepted" },
	{ .name = "hugetlb_ignored",
	    .call = FAULT_MMAP,
	    .act = small_pages,
	    .with = MAP_HUGETLB,
	    .defect = "MAP_HUGETLB gives normal pages.",
	    .field = "gVisor: no effect" },
	{ .name = "locked_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_LOCKED,
	    .to = MAP_LOCKED,
	    .defect = "MAP_LOCKED has no effect.",
	    .field = "containers that swallow the flag" },
	{ .name = "locked_untouched",
	    .call = FAULT_MMAP,
	    .act = lock_unpopulated,
	    .with = MAP_LOCKED,
	    .defect = "MAP_LOCKED counts pages and leaves them away.",
	    .field = "FreeBSD's Linuxulator; failures ignored" },
	{ .name = "mlock_touches_only",
	    .call = FAULT_MLOCK,
	    .act = touch_only,
	    .defect = "mlock makes pages resident but does not count them.",
	    .field = "corosync: limits never reached" },
	{ .name = "mlock_populates_nothing",
	    .call = FAULT_MLOCK,
	    .act = lock_range_on_fault,
	    .defect = "mlock counts pages as locked and leaves them away.",
	    .field = "OpenSSL's authors were not sure of it" },
	{ .name = "mlock2_populates",
	    .call = FAULT_MLOCK2,
	    .act = lock_and_touch,
	    .with = MLOCK_ONFAULT,
	    .defect = "MLOCK_ONFAULT is ignored: pages come at once.",
	    .field = "gVisor" },
	{ .name = "mlockall_current_ignored",
	    .call = FAULT_MLOCKALL,
	    .act = forget_lock_flag,
	    .with = MCL_CURRENT,
	    .to = MCL_CURRENT,
	    .defect = "MCL_CURRENT is ignored.",
	    .field = "young kernels" },
	{ .name = "mlockall_future_ignored",
	    .call = FAULT_MLOCKALL,
	    .act = forget_lock_flag,
	    .with = MCL_FUTURE,
	    .to = MCL_FUTURE,
	    .defect = "MCL_FUTURE is ignored.",
	    .field = "corosync: limits never reached" },
	{ .name = "mlockall_populates_nothing",
	    .call = FAULT_MLOCKALL,
	    .act = lock_on_fault,
	    .within = MCL_CURRENT | MCL_FUTURE,
	    .defect = "mlockall locks pages and leaves them away.",
	    .field = "MCL_ONFAULT for all" },
	{ .name = "munlockall_keeps_future",
	    .call = FAULT_MUNLOCKALL,
	    .act = keep_future,
	    .defect = "After munlockall MCL_FUTURE is still in force.",
	    .field = "gVisor" },
	{ .name = "munlockall_keeps_current",
	    .call = FAULT_MUNLOCKALL,
	    .act = cancel_future_only,
	    .defect = "munlockall undoes nothing but MCL_FUTURE.",
	    .field = "young kernels" },
	{ .name = "munlock_one_of_several",
	    .call = FAULT_MUNLOCK,
	    .act = unlock_by_and_by,
	    .to = 2,
	    .defect = "munlock undoes one mlock only.",
	    .field = "macOS: one wiring dropped a call" },
	{ .name = "posix_madvise_discards",
	    .call = FAULT_POSIX_MADVISE,
	    .act = discard,
	    .only = POSIX_MADV_DONTNEED,
	    .defect = "POSIX_MADV_DONTNEED discards contents.",
	    .field = "glibc before 2.6" },
	{ .name = "type_as_bits",
	    .call = FAULT_MMAP,
	    .act = type_as_bits,
	    .needs = FAILS,
	    .defect = "Of the type field only two bits are looked at.",
	    .field = "unikraft: the type taken as bits" },
	{ .name = "droppable_as_private",
	    .call = FAULT_MMAP,
	    .act = type_as_private,
	    .with = MAP_DROPPABLE,
	    .from = MAP_DROPPABLE,
	    .defect = "MAP_DROPPABLE memory is plain private memory.",
	    .field = "CRIU: lost with a checkpoint" },
	{ .name = "validate_as_private",
	    .call = FAULT_MMAP,
	    .act = type_as_private,
	    .with = MAP_SHARED_VALIDATE,
	    .from = MAP_SHARED_VALIDATE,
	    .defect = "MAP_SHARED_VALIDATE is taken for MAP_PRIVATE.",
	    .field = "unikraft: the type taken as bits" },
	{ .name = "unknown_flag_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .within = EMPTY,
	    .to = EINVAL,
	    .defect = "Flag bits that mean nothing are EINVAL.",
	    .field = "FreeBSD, Nanos" },
	{ .name = "anonymous_offset_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .with = MAP_ANONYMOUS,
	    .needs = HAS_OFFSET,
	    .to = EINVAL,
	    .defect = "Anonymous memory with an offset is EINVAL.",
	    .field = "FreeBSD" },
	{ .name = "anonymous_fd_refused",
	    .call = FAULT_MMAP,
	    .act = look_at_fd,
	    .with = MAP_ANONYMOUS,
	    .to = EINVAL,
	    .defect = "Anonymous memory with a descriptor is EINVAL.",
	    .field = "FreeBSD, NetBSD: cadical, chibi-scheme" },
	{ .name = "anonymous_fd_needed",
	    .call = FAULT_MMAP,
	    .act = look_at_fd,
	    .with = MAP_ANONYMOUS,
	    .to = EBADF,
	    .defect = "Anonymous memory needs a descriptor.",
	    .field = "kernels with /dev/zero only" },
	{ .name = "private_write_needs_writing",
	    .call = FAULT_MMAP,
	    .act = want_writable_fd,
	    .with = MAP_PRIVATE,
	    .without = MAP_ANONYMOUS,
	    .needs = WRITES,
	    .to = EACCES,
	    .defect = "A private writable mapping needs a writable file.",
	    .field = "young kernels: types not told apart" },
	{ .name = "shared_read_needs_writing",
	    .call = FAULT_MMAP,
	    .act = want_writable_fd,
	    .with = MAP_SHARED,
	    .without = MAP_ANONYMOUS,
	    .needs = WRITES_NOT,
	    .to = EACCES,
	    .defect = "A shared read-only mapping needs a writable file.",
	    .field = "elfuse: the JVM dies" },
	{ .name = "device_refused",
	    .call = FAULT_MMAP,
	    .act = want_no_device,
	    .without = MAP_ANONYMOUS,
	    .to = ENODEV,
	    .defect = "No device can be mapped.",
	    .field = "sandboxes with a /dev of their own" },
	{ .name = "noreserve_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .with = MAP_NORESERVE,
	    .to = EINVAL,
	    .defect = "MAP_NORESERVE is refused.",
	    .field = "kernels without the flag" },
	{ .name = "stack_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .with = MAP_STACK,
	    .to = EINVAL,
	    .defect = "MAP_STACK is refused.",
	    .field = "OpenBSD, for some protections" },
	{ .name = "nonblock_as_populate",
	    .call = FAULT_MMAP,
	    .act = swap_flags,
	    .with = MAP_NONBLOCK,
	    .without = MAP_POPULATE,
	    .from = MAP_NONBLOCK,
	    .to = MAP_POPULATE,
	    .defect = "MAP_NONBLOCK alone populates.",
	    .field = "flag bits mixed up" },
	{ .name = "populate_by_stores",
	    .call = FAULT_MMAP,
	    .act = populate_by_stores,
	    .with = MAP_POPULATE | MAP_ANONYMOUS,
	    .needs = READS | WRITES_NOT | SUCCEEDS,
	    .defect = "Read-only memory is populated with pages of its own.",
	    .field = "gVisor" },
	{ .name = "sync_accepted",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_SHARED_VALIDATE | MAP_SYNC,
	    .to = MAP_SYNC,
	    .defect = "MAP_SYNC is accepted for a file without DAX.",
	    .field = "gVisor; pacman, ford: users cannot tell" },
	{ .name = "sync_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .with = MAP_SYNC,
	    .to = EOPNOTSUPP,
	    .defect = "MAP_SYNC is refused with every type.",
	    .field = "overlayfs, ext4 with DAX off" },
	{ .name = "validate_as_shared",
	    .call = FAULT_MMAP,
	    .act = validate_nothing,
	    .with = MAP_SHARED_VALIDATE,
	    .defect = "MAP_SHARED_VALIDATE validates nothing.",
	    .field = "asterinas; unikraft: the type taken as bits" },
	{ .name = "denywrite_refused",
	    .call = FAULT_MMAP,
	    .act = fault_fail,
	    .with = MAP_DENYWRITE,
	    .to = ETXTBSY,
	    .defect = "MAP_DENYWRITE of a file that may be written fails.",
	    .field = "Linux before 2.4" },
	{ .name = "executable_refused",
	    .call = FAULT_MMAP,
	    .act = refuse_code,
	    .without = MAP_ANONYMOUS,
	    .to = EPERM,
	    .defect = "No file can be mapped executable.",
	    .field = "noexec mounts for all" },
	{ .name = "mincore_all_resident",
	    .call = FAULT_MINCORE,
	    .act = vector_constant,
	    .to = 1,
	    .defect = "mincore calls every page resident.",
	    .field = "gVisor of 2022" },
	{ .name = "mincore_none_resident",
	    .call = FAULT_MINCORE,
	    .act = vector_constant,
	    .to = 0,
	    .defect = "mincore calls no page resident.",
	    .field = "young kernels" },
	{ .name = "mincore_second_bit",
	    .call = FAULT_MINCORE,
	    .act = vector_shifted,
	    .defect = "mincore answers in another bit than the lowest.",
	    .field = "BSDs: further bits of the byte" },
	{ .name = "mincore_inverted",
	    .call = FAULT_MINCORE,
	    .act = vector_inverted,
	    .defect = "mincore tells the opposite.",
	    .field = "young kernels" },
	{ .name = "dontneed_ignored",
	    .call = FAULT_MADVISE,
	    .act = other_advice,
	    .only = MADV_DONTNEED,
	    .to = -1,
	    .defect = "MADV_DONTNEED leaves contents as they are.",
	    .field = "Nanos, mimalloc: returned 0 without acting" },
	{ .name = "willneed_discards",
	    .call = FAULT_MADVISE,
	    .act = other_advice,
	    .only = MADV_WILLNEED,
	    .to = MADV_DONTNEED,
	    .defect = "MADV_WILLNEED discards contents.",
	    .field = "km: advice mixed up" },
	{ .name = "wipeonfork_ignored",
	    .call = FAULT_MADVISE,
	    .act = other_advice,
	    .only = MADV_WIPEONFORK,
	    .to = -1,
	    .defect = "MADV_WIPEONFORK returns 0, and children read all.",
	    .field = "QEMU's user mode 7.2" },
	{ .name = "wipeonfork_wipes_at_once",
	    .call = FAULT_MADVISE,
	    .act = other_advice,
	    .only = MADV_WIPEONFORK,
	    .to = MADV_DONTNEED,
	    .defect = "MADV_WIPEONFORK wipes the parent's memory, at once.",
	    .field = "km: advice mixed up" },
	{ .name = "keeponfork_ignored",
	    .call = FAULT_MADVISE,
	    .act = other_advice,
	    .only = MADV_KEEPONFORK,
	    .to = -1,
	    .defect = "MADV_KEEPONFORK does not undo MADV_WIPEONFORK.",
	    .field = "QEMU's user mode: advice returns 0 without acting" },
	{ .name = "growsdown_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = MAP_GROWSDOWN,
	    .to = MAP_GROWSDOWN,
	    .defect = "MAP_GROWSDOWN does not grow.",
	    .field = "gVisor, emulators" },
	{ .name = "low_32bit_ignored",
	    .call = FAULT_MMAP,
	    .act = fault_drop_flag,
	    .with = 0x40,
	    .to = 0x40,
	    .defect = "MAP_32BIT does not choose a low address.",
	    .field = "LuaJIT, sanitizers: tag bits overwritten" },
	{ 0 },
};
