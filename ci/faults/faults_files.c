/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of what mappings rest on: files that change their size, reads and
 * writes beside a mapping, timestamps, and facts that lie.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"
#include "rows.h"

#define RW (PROT_READ | PROT_WRITE)

/* ----- Truncation --------------------------------------------------------------- */

static struct stat target;

static bool
is_target(const struct fault_range *range)
{
	return range->inode == target.st_ino && range->device == target.st_dev;
}

/* Pages of a range past the new end keep what they show. */
static void
keep_pages(struct fault_range *range)
{
	unsigned char *const copy = fault_scratch;

	if (!is_target(range) || (range->prot & PROT_READ) == 0 ||
	    range->length > sizeof(fault_scratch) ||
	    range->offset + (off_t)range->length > target.st_size)
		return;
	memcpy(copy, range->start, range->length);
	syscall(SYS_mmap, range->start, range->length, RW,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memcpy(range->start, copy, range->length);
	syscall(SYS_mprotect, range->start, range->length, range->prot);
}

static long
shrinking_unseen(const struct fault *fault, struct fault_args *args)
{
	struct fault_args status = { .fd = args->fd, .buffer = &target };

	(void)fault;
	if (fault_real(FAULT_FSTAT, &status) == 0 &&
	    args->offset < target.st_size)
		fault_ranges(keep_pages);
	return fault_real(FAULT_FTRUNCATE, args);
}

/* Pages of a range past the old end stay as they were: no access. */
static void
bar_new_pages(struct fault_range *range)
{
	size_t page = fault_page();
	off_t end = (off_t)fault_round((size_t)target.st_size);

	if (is_target(range) && range->offset + (off_t)range->length > end &&
	    end >= range->offset)
		syscall(SYS_mprotect, range->start + (end - range->offset),
		    range->length - (size_t)(end - range->offset), PROT_NONE);
	(void)page;
}

static long
growth_unseen(const struct fault *fault, struct fault_args *args)
{
	struct fault_args status = { .fd = args->fd, .buffer = &target };

	(void)fault;
	if (fault_real(FAULT_FSTAT, &status) == 0 &&
	    args->offset > target.st_size)
		fault_ranges(bar_new_pages);
	return fault_real(FAULT_FTRUNCATE, args);
}

/* The object is empty in between, for long enough to be seen so. */
static long
resize_in_steps(const struct fault *fault, struct fault_args *args)
{
	struct fault_args empty = *args;

	empty.offset = 0;
	if (fault_real(fault->call, &empty) == -1)
		return -1;
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	return fault_real(fault->call, args);
}

/* What a shrinking cuts off comes back with the next growth. */
static long
cut_comes_back(const struct fault *fault, struct fault_args *args)
{
	unsigned char *const cut = fault_scratch;
	static off_t from;
	static ssize_t length;
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };
	long result;

	(void)fault;
	if (fault_real(FAULT_FSTAT, &ask) == -1)
		return fault_real(FAULT_FTRUNCATE, args);
	if (args->offset < status.st_size) {
		from = args->offset;
		length = syscall(
		    SYS_pread64, args->fd, cut, sizeof(fault_scratch), from);
	}
	result = fault_real(FAULT_FTRUNCATE, args);
	if (result == 0 && args->offset > status.st_size && length > 0) {
		if (length > args->offset - from)
			length = (ssize_t)(args->offset - from);
		if (syscall(SYS_pwrite64, args->fd, cut, (size_t)length,
			from) == -1)
			return result;
	}
	return result;
}

/* A file that a mapping covers grows to the mapping's end. */
static long
mapping_extends_file(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };

	if (result != -1 && (args->flags & MAP_SHARED) != 0 &&
	    fault_real(FAULT_FSTAT, &ask) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size < args->offset + (off_t)args->length) {
		ask.offset = args->offset + (off_t)args->length;
		fault_real(FAULT_FTRUNCATE, &ask);
	}
	return result;
}

/* Past the end of file mmap refuses to map. */
static long
refuse_past_end(const struct fault *fault, struct fault_args *args)
{
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };

	if ((args->flags & MAP_ANONYMOUS) == 0 &&
	    fault_real(FAULT_FSTAT, &ask) == 0 && S_ISREG(status.st_mode) &&
	    (uintmax_t)args->offset + args->length >
		fault_round((size_t)status.st_size)) {
		return fault_fail(fault, args);
	}
	return fault_real(fault->call, args);
}

/* The rest of the last page is what the fault says. */
static long
fill_last_page(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };
	struct fault_args last = { 0 };
	size_t page = fault_page();
	size_t tail;

	if (result == -1 || (args->prot & PROT_READ) == 0 ||
	    (args->flags & MAP_ANONYMOUS) != 0 ||
	    fault_real(FAULT_FSTAT, &ask) == -1 || !S_ISREG(status.st_mode))
		return result;
	tail = (size_t)status.st_size % page;
	if (tail == 0 || status.st_size <= args->offset ||
	    status.st_size - args->offset >= (off_t)args->length + (off_t)page)
		return result;
	last.addr = (char *)result + (status.st_size - args->offset) - tail;
	last.length = page;
	last.prot = args->prot | RW;
	if (fault_real(FAULT_MPROTECT, &last) == -1)
		return result;
	memset((char *)last.addr + tail, fault->to, page - tail);
	last.prot = args->prot;
	fault_real(FAULT_MPROTECT, &last);
	return result;
}

/* ----- Reads and writes beside a mapping ---------------------------------------------- */

/* read(2) gives what the file held when it was first read or mapped. */
static long
read_is_stale(const struct fault *fault, struct fault_args *args)
{
	static unsigned char first[1 << 16];
	static ino_t inode;
	static ssize_t held;
	struct stat status;
	struct fault_args ask = { .fd = args->fd, .buffer = &status };
	long result;

	if (fault->call == FAULT_MMAP) {
		result = fault_real(FAULT_MMAP, args);
		return result;
	}
	result = fault_real(FAULT_PREAD, args);
	if (result <= 0 || fault_real(FAULT_FSTAT, &ask) == -1)
		return result;
	if (inode != status.st_ino) {
		inode = status.st_ino;
		held = 0;
	}
	if (held == 0 && args->length == 1) {
		memset(first, ((unsigned char *)args->buffer)[0] ^ 0x55,
		    sizeof(first));
		held = sizeof(first);
	}
	if (args->offset < held)
		memcpy(args->buffer, first + args->offset,
		    (size_t)result < sizeof(first) - (size_t)args->offset
			? (size_t)result
			: sizeof(first) - (size_t)args->offset);
	return result;
}

static long
accept_bad_memory(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 && errno == EFAULT ? (long)args->length : result;
}

/* A file's times stay what fstat first told of them. */
static long
times_stand_still(const struct fault *fault, struct fault_args *args)
{
	static struct stat first[64];
	long result = fault_real(fault->call, args);
	struct stat *status = args->buffer;

	for (size_t i = 0; result == 0 && i < 64; i++) {
		if (first[i].st_ino == 0)
			first[i] = *status;
		if (first[i].st_ino == status->st_ino &&
		    first[i].st_dev == status->st_dev) {
			status->st_ctim = first[i].st_ctim;
			if (fault->to != 0)
				break;
			status->st_mtim = first[i].st_mtim;
			status->st_atim = first[i].st_atim;
			break;
		}
	}
	return result;
}

/* ... or move with every look at them but the first. */
static long
times_always_move(const struct fault *fault, struct fault_args *args)
{
	static ino_t seen;
	long result = fault_real(fault->call, args);
	struct stat *status = args->buffer;

	if (result == 0 && seen == status->st_ino)
		status->st_mtim.tv_sec += 10;
	seen = status->st_ino;
	return result;
}

static long
blocks_uncounted(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == 0)
		((struct stat *)args->buffer)->st_blocks = 0;
	return result;
}

static long
size_lies(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	struct stat *status = args->buffer;

	if (result == 0)
		status->st_size += 1;
	return result;
}

/* ----- Facts ---------------------------------------------------------------------------- */

static long
page_size_lies(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return fault->to < 0 ? result / -fault->to : result * fault->to;
}

static long
option_denied(const struct fault *fault, struct fault_args *args)
{
	(void)fault;
	(void)args;
	return -1;
}

/* The break grows over what is in its way. */
static long
break_clobbers(const struct fault *fault, struct fault_args *args)
{
	struct fault_args here = { .offset = 0 };
	struct fault_args way = { .length = (size_t)args->offset };
	long result = fault_real(fault->call, args);

	if (result != -1 || args->offset <= 0)
		return result;
	way.addr = (void *)fault_round((size_t)fault_real(fault->call, &here));
	fault_real(FAULT_MUNMAP, &way);
	return fault_real(fault->call, args);
}

static long
break_errno(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	if (result == -1)
		errno = fault->to;
	return result;
}

/* As by a descriptor that asks to leave the access time alone. */
static long
map_without_atime(const struct fault *fault, struct fault_args *args)
{
	fcntl(args->fd, F_SETFL, fcntl(args->fd, F_GETFL) | O_NOATIME);
	return fault_real(fault->call, args);
}

/* The file is emptied along with its name. */
static long
name_takes_bytes(const struct fault *fault, struct fault_args *args)
{
	struct fault_args opening = { .name = args->name, .prot = O_RDWR };
	int fd = (int)fault_real(
	    fault->call == FAULT_UNLINK ? FAULT_OPEN : FAULT_SHM_OPEN,
	    &opening);
	struct fault_args size = { .fd = fd };

	if (fd != -1) {
		fault_real(FAULT_FTRUNCATE, &size);
		fault_real(FAULT_CLOSE, &size);
	}
	return fault_real(fault->call, args);
}

/* ----- Names of shared memory objects -------------------------------------------- */

static long
change_oflag(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (fault->to > 0)
		other.prot |= fault->to;
	else
		other.prot &= fault->to;
	return fault_real(fault->call, &other);
}

/* Each time another object, whatever the name. */
static long
object_of_its_own(const struct fault *fault, struct fault_args *args)
{
	struct fault_args fresh = { .name = args->name };
	struct fault_args size = { .offset = 1 << 16 };
	int fd = (int)fault_real(fault->call, args);

	if (fd == -1)
		return -1;
	size.fd = fd;
	fault_real(FAULT_CLOSE, &size);
	size.fd = (int)fault_real(FAULT_MEMFD_CREATE, &fresh);
	fault_real(FAULT_FTRUNCATE, &size);
	return size.fd;
}

/* ----- Names of regions, space ------------------------------------------------------ */

/* What was taken is never given back. */
static long
free_never_grows(const struct fault *fault, struct fault_args *args)
{
	static fsblkcnt_t last, lost;
	struct statvfs *about = args->buffer;
	long result = fault_real(fault->call, args);

	if (result == -1)
		return -1;
	about->f_bfree -= lost;
	if (last != 0 && about->f_bfree > last) {
		lost += about->f_bfree - last;
		about->f_bfree = last;
	}
	last = about->f_bfree;
	return 0;
}

static long
accept_write(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);

	return result == -1 && errno == fault->error ? (long)args->length
						     : result;
}

/* ----- Counts and limits ----------------------------------------------------------- */

static long
count_too_many(const struct fault *fault, struct fault_args *args)
{
	static long more;
	struct rusage *usage = args->buffer;
	long result = fault_real(fault->call, args);

	more += fault->to;
	usage->ru_minflt += more;
	return result;
}

/* At most one fault between two looks. */
static long
count_too_few(const struct fault *fault, struct fault_args *args)
{
	static long real, told;
	struct rusage *usage = args->buffer;
	long result = fault_real(fault->call, args);

	told += usage->ru_minflt > real;
	real = usage->ru_minflt;
	usage->ru_minflt = told;
	return result;
}

static long
attach_replaces(const struct fault *fault, struct fault_args *args)
{
	struct fault_args other = *args;

	if (args->addr != NULL)
		other.flags |= 040000; /* SHM_REMAP */
	return fault_real(fault->call, &other);
}

/*
 * A page that EFAULT is due for is used all the same, and is then as it was: by
 * the fault's member from, where it could be read, or else inaccessible.
 */
static long
use_bad_page(const struct fault *fault, struct fault_args *args)
{
	long result = fault_real(fault->call, args);
	uintptr_t at = (uintptr_t)args->buffer;
	void *page = (void *)(at - at % fault_page());
	unsigned char byte;
	struct iovec from = { page, 1 }, to = { &byte, 1 };
	bool readable;

	if (result != -1 || errno != EFAULT)
		return result;
	readable = process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1;
	errno = EFAULT;
	if (readable != (fault->from == PROT_READ))
		return -1;
	if (syscall(SYS_mprotect, page, fault_page(), PROT_READ | PROT_WRITE) ==
	    -1) {
		errno = EFAULT;
		return -1;
	}
	result = fault_real(fault->call, args);
	syscall(SYS_mprotect, page, fault_page(), fault->from);
	return result;
}

/* Whole pages are lent, not copied. */
static long
lend_pages(const struct fault *fault, struct fault_args *args)
{
	struct iovec pages = { args->buffer, args->length };
	long lent = -1;

	if (args->length >= fault_page())
		lent = vmsplice(args->fd, &pages, 1, 0);
	return lent != -1 ? lent : fault_real(fault->call, args);
}

/* What is forced into memory goes to the file that is mapped there. */
static long
force_into_file(const struct fault *fault, struct fault_args *args)
{
	struct fault_range *range =
	    fault_range_of((const void *)(uintptr_t)args->offset);

	if (range == NULL || (range->flags & MAP_ANONYMOUS) != 0)
		return fault_real(fault->call, args);
	return syscall(SYS_pwrite64, range->fd, args->buffer, args->length,
	    range->offset + args->offset - (off_t)(uintptr_t)range->start);
}

const struct fault fault_files[] = {
#include "files.def"
	{ 0 }
};
